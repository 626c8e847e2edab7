/* SPDX-License-Identifier: Apache-2.0 */
/* GitHub's workflows: credentials where the job's identity would do, habits, places, the step that replaces a step. */
#include "unit.h"

#include <mayfly/yaml.h>

#include <stdio.h>

#include <mayfly/declared.h>

#define PATH ".github/workflows/a.yml"
#define HEAD "on: push\npermissions: { contents: read }\njobs:\n  one:\n    runs-on: ubuntu-latest\n    steps:\n"
#define COMMIT "08c6903cd8c0fde910a37f88322edcfb5dd907a8"

static struct mf_err err;
static struct mf_check found;

struct file {
	const char *path, *text;
};

static void look(const struct file *files, size_t n)
{
	struct mf_declared *d = NULL;

	mf_check_list_free(&found.list);
	assert_int_equal(mf_declared_new(&d, &err), 0);
	for (size_t i = 0; i < n; i++)
		assert_int_equal(mf_declared_add(d, &found, files[i].path, mf_str(files[i].text), &err), 0);
	assert_int_equal(mf_declared_check(d, &found, &err), 0);
	mf_declared_free(d);
}

static void one(const char *text)
{
	look(&(struct file){ PATH, text }, 1);
}

static const struct mf_check_item *item(const char *rule)
{
	for (size_t i = 0; i < found.list.n; i++)
		if (strcmp(found.list.v[i].rule, rule) == 0)
			return &found.list.v[i];
	return NULL;
}

static const struct mf_check_item *expect(const char *rule, const char *name, unsigned line, unsigned col)
{
	const struct mf_check_item *i = item(rule);

	if (!i)
		fail_msg("no %s", rule);
	if (name)
		assert_string_equal(i->name, name);
	assert_int_equal(i->line, line);
	assert_int_equal(i->col, col);
	assert_int_equal(i->from, MF_CHECK_CI);
	/* so that a mode, an exception and --explain know it */
	assert_true(i->life.kind ? mf_check_kind(i->rule) != NULL : mf_check_rule(i->rule) != NULL);
	return i;
}

static bool parses(const char *yaml)
{
	struct mf_err none = { 0 };
	struct mf_yaml *doc;

	if (mf_yaml_parse(&doc, "x", yaml, strlen(yaml), &none))
		return false;
	mf_yaml_free(doc);
	return true;
}

static void nothing(const char *text)
{
	one(text);
	if (found.list.n)
		fail_msg("%s in %s", found.list.v[0].rule, text);
}

/* -- credentials ------------------------------------------------------------------------------------ */

#define STEP(action, input) HEAD "      - uses: " action "@" COMMIT "\n        with:\n          " input "\n"

static void test_inputs(void **state)
{
	static const struct { const char *text, *rule, *yaml; } cases[] = {
		{ STEP("aws-actions/configure-aws-credentials", "aws-secret-access-key: ${{ secrets.S }}"), "aws-access-key", "role-to-assume: arn:aws:iam::" },
		{ STEP("google-github-actions/auth", "credentials_json: '${{ secrets.S }}'"), "gcp-service-account", "workload_identity_provider: projects/" },
		{ STEP("mayfly-ci/mayfly/ci/github/aws", "aws-secret-access-key: ${{ secrets.S }}"), "aws-access-key", "role-to-assume: arn:aws:iam::" },
		{ STEP("mayfly-ci/mayfly/ci/github/azure", "creds: ${{ secrets.S }}"), "azure-client-secret", "client-id: " },
		{ STEP("azure/webapps-deploy", "publish-profile: ${{ secrets.S }}"), "azure-key", "azure/login@v2" },
		{ STEP("azure/aks-set-context", "creds: ${{ secrets.S }}"), "azure-client-secret", "azure/login@v2" },
		{ STEP("redhat-actions/podman-login", "password: ${{ secrets.S }}"), "registry-password", "password: ${{ env.REGISTRY_TOKEN }}" },
		{ STEP("azure/docker-login", "password: ${{ secrets.S }}\n          login-server: a.azurecr.io"), "azure-client-secret", "az acr login" },
		{ STEP("azure/login", "creds: ${{secrets['S']}}"), "azure-client-secret", "client-id: ${{ vars.AZURE_CLIENT_ID }}" },
		{ STEP("pypa/gh-action-pypi-publish", "password: ${{ secrets.S }}"), "pypi-token", "id-token: write" },
		{ STEP("hashicorp/vault-action", "token: ${{ secrets.S }}"), "vault-service-token", "method: jwt" },
		{ STEP("hashicorp/vault-action", "secretId: ${{ secrets.S }}"), "vault-secret-id", "method: jwt" },
		{ STEP("webfactory/ssh-agent", "ssh-private-key: ${{ secrets.S }}"), "ssh-private-key", "ssh/sign/ROLE_NAME" },
		{ STEP("actions/checkout", "ssh-key: ${{ secrets.S }}"), "ssh-private-key", "actions/checkout@" COMMIT },
		{ STEP("actions/checkout", "token: ${{ secrets.S || github.token }}"), "github-pat", "      token: ${{ github.token }}\n" },
		{ STEP("docker/login-action", "password: ${{ secrets.S }}"), "registry-password", "REGISTRY_TOKEN=vault://" },
		{ STEP("docker/login-action", "password: ${{ secrets.S }}\n          username: me\n          registry: ghcr.io"), "registry-password", "packages: write" },
		{ STEP("docker/login-action", "password: ${{ secrets.S }}\n          registry: 1.dkr.ecr.eu-west-1.amazonaws.com"), "aws-access-key", "amazon-ecr-login@v2" },
		{ STEP("docker/login-action", "password: ${{ secrets.S }}\n          username: _json_key\n          registry: gcr.io"), "gcp-service-account",
			"      token_format: access_token\n    id: auth\n  - uses: docker/login-action@" },
		{ STEP("azure/k8s-set-context", "kubeconfig: ${{ secrets.S }}"), "kubeconfig", "ACTIONS_ID_TOKEN_REQUEST_URL" },
		{ STEP("hashicorp/setup-terraform", "cli_config_credentials_token: ${{ secrets.S }}"), "terraform-cloud", "TF_TOKEN_app_terraform_io=vault://" },
	};

	(void)state;
	for (size_t i = 0; i < MF_COUNT(cases); i++) {
		const struct mf_check_item *it;

		one(cases[i].text);
		it = expect(cases[i].rule, "S", 9, 11);
		assert_true(it->why && it->fix);
		assert_true(!cases[i].yaml == !it->yaml);
		if (cases[i].yaml)
			assert_non_null(strstr(it->yaml, cases[i].yaml));
		assert_true(!it->yaml || parses(it->yaml));
	}
}

/* A step that stays as it is, but for the variable that it needs no more, behind the one that logs in. */
static void test_steps_before(void **state)
{
	static const struct { const char *variable, *rule, *yaml; } cases[] = {
		{ "AWS_SECRET_ACCESS_KEY", "aws-access-key", "aws-actions/configure-aws-credentials@v5" },
		{ "GOOGLE_CREDENTIALS", "gcp-service-account", "google-github-actions/auth@v3" },
		{ "ARM_CLIENT_SECRET", "azure-client-secret", "azure/login@v2" },
		{ "AZURE_STORAGE_KEY", "azure-storage-key", "--auth-mode login" }, { "ARM_SAS_TOKEN", "azure-sas", "azure/login@v2" },
		{ "NODE_AUTH_TOKEN", "npm-token", "id-token: write" }, { "TWINE_PASSWORD", "pypi-token", "pypa/gh-action-pypi-publish@" },
		{ "CARGO_REGISTRY_TOKEN", "crates-token", "      CARGO_REGISTRY_TOKEN: ${{ steps.crates.outputs.token }}\n" },
		{ "NUGET_API_KEY", "nuget-key", "      NUGET_API_KEY: ${{ steps.nuget.outputs.NUGET_API_KEY }}\n" },
		{ "GEM_HOST_API_KEY", "rubygems-key", "rubygems/configure-rubygems-credentials@" },
		{ "VAULT_TOKEN", "vault-service-token", "vault-export-token: true" }, { "VAULT_SECRET_ID", "vault-secret-id", "vault-role:" },
		{ "KUBECONFIG", "kubeconfig", "kubectl config set-credentials" }, { "TF_TOKEN_app_terraform_io", "terraform-cloud", "terraform/creds" },
		{ "SSH_PRIVATE_KEY", "ssh-private-key", "ssh/sign/ROLE_NAME" }, { "GH_TOKEN", "github-pat", "      GH_TOKEN: ${{ github.token }}\n" },
		{ "GITLAB_TOKEN", "gitlab-pat", "gitlab/token" }, { "DOCKER_PASSWORD", "registry-password", "${{ env.REGISTRY_TOKEN }}" },
	};
	char text[1000], gone[100];

	(void)state;
	for (size_t i = 0; i < MF_COUNT(cases); i++) {
		const struct mf_check_item *it;

		snprintf(text, sizeof(text), HEAD "      - run: |\n          ./deploy --all\n        env:\n          OTHER: 1\n          %s: ${{ secrets.S }}\n", cases[i].variable);
		one(text);
		it = expect(cases[i].rule, "S", 11, 11);
		snprintf(gone, sizeof(gone), "%s: ${{ secrets.", cases[i].variable);
		if (!it->yaml || !strstr(it->yaml, cases[i].yaml) || !strstr(it->yaml, "      ./deploy --all\n") || !strstr(it->yaml, "      OTHER: 1\n") ||
		    strstr(it->yaml, gone))
			fail_msg("%s: %s", cases[i].variable, it->yaml ? it->yaml : "no YAML");
		assert_true(parses(it->yaml));
	}
}

/* The line that logs in goes, or gets its secret from a step before it; the rest of the script stays. */
static void test_script_lines(void **state)
{
	static const struct { const char *line, *rule, *after; } cases[] = {
		{ "docker login -u me -p ${{ secrets.S }} ${{ vars.R }}", "registry-password", "      docker login -u me -p ${{ env.REGISTRY_TOKEN }} ${{ vars.R }}\n" },
		{ "cargo publish --token ${{ secrets.S }}", "crates-token", "      cargo publish --token ${{ steps.crates.outputs.token }}\n" },
		{ "az login --service-principal -p ${{ secrets.S }}", "azure-client-secret", "" },
		{ "vsce publish -p ${{ secrets.S }}", "azure-devops-pat", "      vsce publish --azure-credential\n" },
		{ "gem push --key ${{ secrets.S }} a.gem", "rubygems-key", "      gem push FILE\n" },
		{ "ssh-add - <<< \"${{ secrets.S }}\"", "ssh-private-key", "      ssh-add \"$RUNNER_TEMP/key\"\n" },
	};
	char text[1000], after[300];

	(void)state;
	for (size_t i = 0; i < MF_COUNT(cases); i++) {
		const struct mf_check_item *it;

		snprintf(text, sizeof(text), HEAD "      - name: push\n        run: |\n          make\n          %s\n          make push\n", cases[i].line);
		one(text);
		it = expect(cases[i].rule, "S", 10, 11);
		snprintf(after, sizeof(after), "  - name: push\n    run: |\n      make\n%s      make push\n", cases[i].after);
		if (!strstr(it->yaml, after) || !parses(it->yaml))
			fail_msg("%s: %s", cases[i].line, it->yaml);
	}
}

static void test_no_secret(void **state)
{
	static const char *const cases[] = {
		STEP("aws-actions/configure-aws-credentials", "role-to-assume: ${{ secrets.ROLE }}"),
		STEP("aws-actions/configure-aws-credentials", "aws-secret-access-key: ${{ steps.login.outputs.key }}"),
		HEAD "      - uses: aws-actions/configure-aws-credentials@" COMMIT "\n        with: { aws-secret-access-key: \"${{ secrets.S }}\", "
			"aws-session-token: \"${{ secrets.T }}\" }\n",
		STEP("actions/checkout", "token: ${{ secrets.GITHUB_TOKEN }}"), STEP("actions/checkout", "token: ${{ github.token }}"),
		STEP("docker/login-action", "password: ${{ secrets.GITHUB_TOKEN }}"), STEP("codecov/codecov-action", "token: ${{ secrets.CODECOV_TOKEN }}"),
		STEP("azure/login", "creds: ${{ inputs.creds }}"), STEP("azure/login", "creds: secrets.S"), STEP("azure/login", "creds: ${{ mysecrets.S }}"),
		HEAD "      - run: |\n          # aws configure set aws_secret_access_key x\n          az login --service-principal --federated-token \"$T\"\n",
		HEAD "      - run: echo \"${{ secrets.GITHUB_TOKEN }}\" | docker login ghcr.io --password-stdin\n",
	};

	(void)state;
	for (size_t i = 0; i < MF_COUNT(cases); i++)
		nothing(cases[i]);
}

static void test_rewrite(void **state)
{
	(void)state;
	one(HEAD "      - name: \"log in: here\"\n        if: github.ref == 'refs/heads/main'\n        uses: aws-actions/configure-aws-credentials@" COMMIT "\n"
	    "        with:\n          aws-access-key-id: ${{ secrets.A }}\n          AWS-SECRET-ACCESS-KEY: ${{ secrets.B }}\n          aws-region: eu-west-1\n"
	    "          inline-session-policy: |\n            {\n              \"a\": 1\n            }\n");
	assert_string_equal(expect("aws-access-key", "B", 12, 11)->yaml,
		"permissions:\n  id-token: write\n  contents: read\nsteps:\n"
		"  - name: 'log in: here'\n    if: github.ref == 'refs/heads/main'\n    uses: aws-actions/configure-aws-credentials@" COMMIT "\n    with:\n"
		"      role-to-assume: arn:aws:iam::ACCOUNT_ID:role/ROLE_NAME\n      aws-region: eu-west-1\n"
		"      inline-session-policy: |\n        {\n          \"a\": 1\n        }\n");
}

static void test_env(void **state)
{
	(void)state;
	one("on: push\npermissions: {}\nenv:\n  AWS_ACCESS_KEY_ID: ${{ secrets.A }}\n  AWS_SECRET_ACCESS_KEY: ${{ secrets.B }}\njobs: { a: { runs-on: x } }\n");
	assert_int_equal(found.list.n, 1);
	expect("aws-access-key", "B", 5, 3);
	one(HEAD "      - run: twine upload dist/*\n        env:\n          TWINE_PASSWORD: ${{ secrets.P }}\n          TF_TOKEN_app_terraform_io: ${{ secrets.T }}\n");
	expect("pypi-token", "P", 9, 11);
	expect("terraform-cloud", "T", 10, 11);
	/* through a variable of the job */
	one("on: push\npermissions: {}\njobs:\n  one:\n    runs-on: x\n    env:\n      KEY: ${{ secrets.K }}\n    steps:\n      - uses: azure/login@" COMMIT "\n"
	    "        with:\n          creds: ${{ env.KEY }}\n");
	expect("azure-client-secret", "K", 11, 11);
	/* another store's */
	one(HEAD "      - run: aws s3 sync . s3://b --endpoint-url x\n        env:\n          AWS_SECRET_ACCESS_KEY: ${{ secrets.B }}\n");
	assert_null(item("aws-access-key"));
	expect("credential", "B", 9, 11);
}

static void test_scripts(void **state)
{
	(void)state;
	one(HEAD "      - run: |\n          set -e\n          aws configure set aws_secret_access_key ${{ secrets.K }}\n");
	expect("aws-access-key", "K", 9, 11);
	one(HEAD "      - run: az login --service-principal -u a -p \"$P\"\n");
	expect("azure-client-secret", NULL, 7, 14);
}

/* One step that runs a line, and the kind that it uses. */
static void test_lines(void **state)
{
	static const struct { const char *line, *kind; } cases[] = {
		{ "cargo publish -p x --token ${{ secrets.S }}", "crates-token" }, { "npx vsce publish -p ${{ secrets.S }}", "azure-devops-pat" },
		{ "dotnet nuget push a.nupkg -k ${{ secrets.S }}", "nuget-key" }, { "gem push a.gem --key ${{ secrets.S }}", "rubygems-key" },
		{ "echo '//registry.npmjs.org/:_authToken=${{ secrets.S }}' > .npmrc", "npm-token" },
		{ "echo '${{ secrets.S }}' > /tmp/application_default_credentials.json", "gcp-service-account" },
		{ "echo '${{ secrets.S }}' | base64 -d > ~/.kube/config", "kubeconfig" }, { "ssh-add - <<< '${{ secrets.S }}'", "ssh-private-key" },
		{ "echo '${{ secrets.S }}' > ~/.ssh/id_ed25519", "ssh-private-key" }, { "helm registry login r -p ${{ secrets.S }}", "registry-password" },
	};
	static const char *const none[] = { "cargo publish --token $T", "nuget push a.nupkg", "echo '${{ secrets.S }}' > ~/.ssh/id_ed25519.pub",
		"kubectl --kubeconfig ~/.kube/config get pods" };
	char text[1024];

	(void)state;
	for (size_t i = 0; i < MF_COUNT(cases); i++) {
		snprintf(text, sizeof(text), HEAD "      - run: |\n          %s\n", cases[i].line);
		one(text);
		assert_int_equal(found.list.n, 1);
		expect(cases[i].kind, "S", 8, 11);
	}
	for (size_t i = 0; i < MF_COUNT(none); i++) {
		snprintf(text, sizeof(text), HEAD "      - run: |\n          %s\n", none[i]);
		nothing(text);
	}
}

static void test_variables(void **state)
{
	static const struct { const char *name, *kind; } cases[] = {
		{ "AZURE_STORAGE_CONNECTION_STRING", "azure-storage-key" }, { "AZURE_STORAGE_SAS_TOKEN", "azure-sas" }, { "PYPI_PASSWORD", "pypi-token" },
		{ "VSCE_PAT", "azure-devops-pat" }, { "GITLAB_TOKEN", "gitlab-pat" }, { "DOCKER_PASSWORD", "registry-password" },
		{ "TF_VAR_aws_secret_key", "aws-access-key" }, { "TF_VAR_vault_token", "vault-service-token" },
	};
	char text[1024];

	(void)state;
	for (size_t i = 0; i < MF_COUNT(cases); i++) {
		snprintf(text, sizeof(text), HEAD "      - run: x\n        env:\n          %s: ${{ secrets.S }}\n", cases[i].name);
		one(text);
		assert_int_equal(found.list.n, 1);
		expect(cases[i].kind, "S", 9, 11);
	}
	nothing(HEAD "      - run: x\n        env:\n          TF_VAR_region: ${{ secrets.S }}\n          AZURE_STORAGE_CONTAINER_NAME: ${{ secrets.S }}\n");
}

static void test_github_tokens(void **state)
{
	(void)state;
	one(STEP("someone/lock", "github-token: ${{ secrets.LOCKER }}"));
	expect("github-pat", "LOCKER", 9, 11);
	one(STEP("peter-evans/slash-command-dispatch", "token: ${{ secrets.BOT }}"));
	expect("github-pat", "BOT", 9, 11);
	nothing(STEP("someone/cover", "token: ${{ secrets.COVER }}"));
	nothing(STEP("someone/lock", "github-token: ${{ secrets.GITHUB_TOKEN }}"));
}

static void test_images(void **state)
{
	(void)state;
	one("on: push\npermissions: {}\njobs:\n  one:\n    runs-on: x\n    container:\n      image: ghcr.io/a/b\n      credentials:\n        username: a\n"
	    "        password: ${{ secrets.P }}\n    steps: []\n");
	assert_int_equal(found.list.n, 1);
	assert_non_null(strstr(expect("registry-password", "P", 10, 19)->fix, "GITHUB_TOKEN"));
	one("on: push\npermissions: {}\njobs:\n  one:\n    runs-on: x\n    services:\n      db:\n        image: r.example/db\n        credentials:\n"
	    "          password: ${{ secrets.P }}\n        env: { AWS_SECRET_ACCESS_KEY: \"${{ secrets.K }}\" }\n    steps: []\n");
	assert_int_equal(found.list.n, 2);
	expect("registry-password", "P", 10, 21);
	expect("aws-access-key", "K", 11, 16);
	nothing("on: push\npermissions: {}\njobs:\n  one:\n    runs-on: x\n    container:\n      image: ghcr.io/a/b\n      credentials:\n"
		"        password: ${{ secrets.GITHUB_TOKEN }}\n    services: [x]\n    steps: []\n");
}

static void test_composite(void **state)
{
	const struct file files[] = {
		{ PATH, HEAD "      - uses: ./.github/actions/login\n        with:\n          key: ${{ secrets.K }}\n" },
		{ ".github/actions/login/action.yml", "runs:\n  using: composite\n  steps:\n    - uses: azure/login@" COMMIT "\n      with:\n        creds: ${{ inputs.KEY }}\n" },
	};
	const struct file endless[] = {
		{ PATH, HEAD "      - uses: ./a\n" }, { "a/action.yml", "runs:\n  steps:\n    - uses: ./a\n    - uses: ./a\n" },
	};

	(void)state;
	look(files, 2);
	assert_int_equal(found.list.n, 1);
	assert_string_equal(expect("azure-client-secret", "K", 7, 15)->path, PATH);
	look(endless, 2);
	assert_int_equal(found.list.n, 0);
}

/* -- habits ----------------------------------------------------------------------------------------- */

static void test_permissions(void **state)
{
	(void)state;
	one("on: push\njobs:\n  one:\n    runs-on: x\n    steps:\n      - run: git push\n");
	assert_string_equal(expect("permissions-missing", "one", 3, 3)->yaml, "permissions:\n  contents: write\n");
	nothing("on: { workflow_call: {} }\njobs:\n  one:\n    runs-on: x\n");
	nothing("on: push\njobs:\n  one:\n    permissions: {}\n    runs-on: x\n");
	one("on: push\npermissions: write-all\njobs: { one: { runs-on: x } }\n");
	expect("permissions-wide", NULL, 2, 1);
	/* at the top, what one job writes is every job's; a job that says its own has it not */
	one("on: push\npermissions:\n  packages: write\njobs:\n  a: { runs-on: x }\n  b: { runs-on: x }\n");
	assert_non_null(strstr(expect("permissions-wide", NULL, 3, 3)->yaml, "      packages: write\n"));
	nothing("on: push\npermissions:\n  packages: write\njobs:\n  a: { runs-on: x }\n  b: { runs-on: x, permissions: {} }\n");
	nothing("on: push\npermissions:\n  packages: write\njobs:\n  a: { runs-on: x }\n");
	one("on: push\npermissions: { contents: read }\njobs:\n  one:\n    runs-on: x\n    permissions:\n      id-token: write\n    steps:\n      - run: echo hello\n");
	expect("id-token-unused", "one", 7, 7);
	nothing("on: push\npermissions: { contents: read }\njobs:\n  one:\n    permissions:\n      id-token: write\n    steps:\n      - run: ./deploy\n");
	nothing("on: push\npermissions: { contents: read }\njobs:\n  one:\n    permissions:\n      id-token: write\n    uses: ./.github/workflows/b.yml\n");
}

static void test_services(void **state)
{
	(void)state;
	one(HEAD "      - run: heroku container:push web\n        env:\n          HEROKU_API_KEY: ${{ secrets.A }}\n");
	assert_non_null(strstr(expect("credential", "A", 9, 11)->yaml, "vault://"));
	one(HEAD "      - run: firebase deploy\n        env:\n          FIREBASE_TOKEN: ${{ secrets.A }}\n");
	assert_non_null(strstr(expect("gcp-refresh-token", "A", 9, 11)->yaml, "workload_identity_provider"));
	assert_int_equal(item("gcp-refresh-token")->life.flags, MF_LIFE_STATIC);
	one(HEAD "      - run: git push https://bot:${{ secrets.A }}@github.com/acme/docs\n");
	expect("github-pat", "A", 7, 14);
	one(HEAD "      - run: x\n        env: { PERSONAL_ACCESS_TOKEN: \"${{ secrets.A }}\" }\n");
	expect("github-pat", "A", 8, 16);
	nothing(HEAD "      - run: git push https://x-access-token:${{ secrets.GITHUB_TOKEN }}@github.com/acme/docs\n");
}

static void test_secrets(void **state)
{
	const struct file called[] = {
		{ PATH, "on: push\npermissions: {}\njobs:\n  one:\n    uses: ./.github/workflows/b.yml\n    secrets: inherit\n" },
		{ ".github/workflows/b.yml", "on:\n  workflow_call:\n    secrets:\n      A: { required: true }\njobs: { a: { runs-on: x } }\n" },
	};

	(void)state;
	look(called, 2);
	assert_string_equal(expect("secrets-inherit", NULL, 6, 5)->yaml, "secrets:\n  A: ${{ secrets.A }}\n");
	one(HEAD "      - run: x\n        env:\n          ALL: ${{ toJSON( secrets ) }}\n");
	expect("secrets-all", NULL, 9, 11);
	one(HEAD "      - run: |\n          x\n          echo \"${{ secrets.A }}\"\n");
	expect("secret-echo", "A", 9, 11);
	nothing(HEAD "      - run: echo \"${{ secrets.A }}\" > key.json\n");
	one(HEAD "      - env: { KEY: \"${{ secrets.A }}\" }\n        run: |\n          x\n          echo \"key: ${KEY}\"\n");
	expect("secret-echo", "A", 10, 11);
	nothing(HEAD "      - env: { KEY: \"${{ secrets.A }}\" }\n        run: |\n          echo '$KEY' \\$KEY ${#KEY} $OTHER\n          echo \"$KEY\" | x\n");
	nothing(HEAD "      - env: { KEY: \"${{ secrets.DEPLOY_HOST }}\", OWN: \"${{ secrets.GITHUB_TOKEN }}\" }\n        run: echo $KEY $OWN\n");
	nothing(HEAD "      - run: echo \"::add-mask::${{ secrets.A }}\"\n");
	one(HEAD "      - uses: acme/deploy@v2\n        with: { key: \"${{ secrets.A }}\" }\n");
	expect("unpinned-secret-action", "A", 7, 15);
	nothing(HEAD "      - uses: acme/deploy@v2\n        with: { role: \"${{ secrets.DEPLOY_ROLE_ARN }}\" }\n");
	one(HEAD "      - uses: docker://r.acme.io:5000/deploy:2\n        env: { KEY: \"${{ secrets.A }}\" }\n");
	assert_non_null(strstr(expect("unpinned-secret-action", "A", 7, 15)->yaml, "- uses: docker://r.acme.io:5000/deploy@sha256:DIGEST    # 2\n"));
	one(HEAD "      - uses: docker://deploy\n        env: { KEY: \"${{ secrets.A }}\" }\n");
	assert_non_null(strstr(expect("unpinned-secret-action", "A", 7, 15)->yaml, "- uses: docker://deploy@sha256:DIGEST\n"));
	nothing(HEAD "      - uses: docker://deploy@sha256:00\n        env: { KEY: \"${{ secrets.A }}\" }\n");
	one("on: push\npermissions: {}\njobs:\n  one:\n    uses: acme/ci/.github/workflows/b.yml@main\n    secrets: { KEY: \"${{ secrets.A }}\" }\n");
	assert_string_equal(expect("unpinned-secret-action", "A", 5, 11)->yaml, "uses: acme/ci/.github/workflows/b.yml@COMMIT    # main\n");
	nothing("on: push\npermissions: {}\njobs:\n  one:\n    uses: acme/ci/.github/workflows/b.yml@" COMMIT "\n    secrets: { KEY: \"${{ secrets.A }}\" }\n");
	nothing("on: push\npermissions: {}\njobs:\n  one:\n    uses: ./.github/workflows/b.yml\n    secrets: { KEY: \"${{ secrets.A }}\" }\n");
	nothing(HEAD "      - uses: acme/deploy@v2\n        with: { role: \"${{ secrets.DEPLOYROLEARN }}\" }\n");
	nothing(HEAD "      - uses: acme/deploy@" COMMIT "\n        with: { key: \"${{ secrets.A }}\" }\n");
}

static void test_checkout(void **state)
{
#define WRITES "on: push\npermissions: { contents: write }\njobs:\n  one:\n    runs-on: x\n    steps:\n"
	(void)state;
	one(WRITES "      - uses: actions/checkout@v4\n");
	assert_string_equal(expect("checkout-persisted", NULL, 7, 15)->yaml,
		"steps:\n  - uses: actions/checkout@v4\n    with:\n      persist-credentials: false\n");
	nothing(WRITES "      - uses: actions/checkout@v4\n        with: { persist-credentials: false }\n");
	nothing(WRITES "      - uses: actions/checkout@v6\n");
	nothing(WRITES "      - uses: actions/checkout@" COMMIT " # v6.0.1\n");
	nothing(WRITES "      - uses: actions/checkout@v4\n      - run: git push\n");
	nothing(HEAD "      - uses: actions/checkout@v4\n");
}

/* -- hostile input ---------------------------------------------------------------------------------- */

static void test_odd(void **state)
{
	static const char *const odd[] = {
		"", "[]", "jobs: 3\n", "jobs: [a]\n", "permissions: {}\njobs: { a: b }\n", "permissions: {}\njobs: { a: { steps: { a: b } } }\n", HEAD "      - x\n      - [a]\n", HEAD "      - uses: [a]\n",
		HEAD "      - uses: '@'\n", HEAD "      - uses: ./\n", HEAD "      - uses: a/b@\n", HEAD "      - run: ${{ secrets.\n", HEAD "      - run: ${{ secrets[\n",
		HEAD "      - with: 3\n        env: 4\n", HEAD "      - &a\n        run: x\n      - *a\n",
	};

	(void)state;
	for (size_t i = 0; i < MF_COUNT(odd); i++)
		nothing(odd[i]);
	one("jobs: &a [*a]\n");
	assert_true(found.list.n_notes == 1 && found.list.notes[0].incomplete);
	one("jobs: {\xff\n");
	assert_int_equal(found.list.n_notes, 1);
	assert_true(mf_declared_wants(PATH));
	assert_false(mf_declared_wants("x/.github/workflows/a.txt"));
}

static int done(void **state)
{
	(void)state;
	mf_check_list_free(&found.list);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_inputs), cmocka_unit_test(test_no_secret), cmocka_unit_test(test_steps_before), cmocka_unit_test(test_script_lines), cmocka_unit_test(test_rewrite), cmocka_unit_test(test_env),
		cmocka_unit_test(test_scripts), cmocka_unit_test(test_composite), cmocka_unit_test(test_permissions), cmocka_unit_test(test_services), cmocka_unit_test(test_secrets),
		cmocka_unit_test(test_checkout), cmocka_unit_test(test_odd), cmocka_unit_test(test_lines), cmocka_unit_test(test_variables),
		cmocka_unit_test(test_github_tokens), cmocka_unit_test(test_images),
	};

	return cmocka_run_group_tests(tests, NULL, done);
}
