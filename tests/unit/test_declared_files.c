/* SPDX-License-Identifier: Apache-2.0 */
/* Images, manifests, policies, env files and keys. */
#include "unit.h"
#include "support_declared.h"
#include "support_life.h"

#include <stdio.h>

#include <mayfly/clock.h>

static void test_docker(void **state)
{
	static const char *const good[] = { "", "ARG VERSION=1\nENV PATH=/x TOKEN_URL=https://x.example/y\n", "RUN --mount=type=secret,id=t,env=NPM_TOKEN npm ci\n",
		"ENV API_KEY=changeme DB_PASSWORD=\"\"\n", "ENV DB_PASSWORD=${DB_HOST}\n", "COPY --from=build /app/.env /app/\n", "COPY .env.example README.md /app/\n",
		"COPY .npmrc package.json ./\n", "RUN <<END\nENV A_TOKEN=$B_TOKEN\nARG A_TOKEN\nEND\nRUN x\n", "# ARG A_TOKEN\n", "RUN echo \\\n# ARG A\n  ARG A_TOKEN\n",
		"ARG PUBLIC_KEY\nENV POSTGRES_PASSWORD_FILE=/run/secrets/p\n", "COPY .env\n", "ARG\nENV\nENV A\nCOPY\n", "RUN x <<", "ARG X_SECRET=dummy\n" };
	static const char path[] = "build/app.Dockerfile";
	struct mf_check c;

	(void)state;
	declared_one(&mf_dc_docker, "Dockerfile", "FROM x\nARG VERSION NPM_TOKEN\n", "docker-secret-arg", "NPM_TOKEN", 2, 13);
	declared_one(&mf_dc_docker, path, "FROM x\nENV A=1 \\\n  # why\n  NPM_TOKEN=${NPM_TOKEN}\n", "docker-secret-env", "NPM_TOKEN", 4, 3);
	declared_one(&mf_dc_docker, path, "FROM x\nENV NPM_TOKEN $NPM_TOKEN\n", "docker-secret-env", "NPM_TOKEN", 2, 5);
	declared_one(&mf_dc_docker, path, "FROM x\r\nCOPY a .ssh/id_rsa /app/\r\n", "docker-secret-copy", ".ssh/id_rsa", 2, 8);
	declared_one(&mf_dc_docker, path, "ADD [\"a\", \"./.env\", \"/app/\"]\n", "docker-secret-copy", "./.env", 1, 12);
	declared_one(&mf_dc_docker, path, "COPY .npmrc .\nRUN npm ci && rm -f .npmrc\n", "docker-secret-copy", ".npmrc", 1, 6);
	declared_check(&c, &mf_dc_docker, (const char *const[]){ path, life_text("ENV NPM_TOKEN=\"%s\"\n", life_sample("npm")), NULL, NULL });
	assert_non_null(declared_item(&c, "docker-secret-env", 0));
	assert_non_null(strstr(declared_item(&c, "docker-secret-env", 0)->yaml, "RUN --mount=type=secret,id=npm_token,env=NPM_TOKEN"));
	assert_int_equal(declared_item(&c, "npm-token", 0)->col, 16);
	mf_check_list_free(&c.list);
	for (size_t i = 0; i < MF_COUNT(good); i++)
		declared_count(&mf_dc_docker, path, good[i], 0);
	assert_true(mf_dc_docker.wants("Containerfile"));
	assert_true(mf_dc_docker.wants("a/Dockerfile.prod"));
	assert_false(mf_dc_docker.wants("Dockerfiles/readme"));
}

static void test_sops(void **state)
{
	static const char text[] = "a: ENC[AES256_GCM,data:x,type:str]\nsops:\n  mac: ENC[x]\n  lastmodified: \"%s\"\n  version: 3.8.1\n";

	(void)state;
	declared_one(&mf_dc_manifest, "x.yaml", life_text(text, "2026-10-01T00:00:00Z"), "sops-old", "sops.lastmodified", 4, 17);
	declared_count(&mf_dc_manifest, "x.yaml", life_text(text, "2026-12-01T00:00:00Z"), 0);
	declared_count(&mf_dc_manifest, "x.yaml", life_text(text, "yesterday"), 0);
	declared_one(&mf_dc_encrypted, "my.enc.json", "{\n \"a\": \"x\",\n \"sops\": {\"mac\": \"m\", \"lastmodified\": \"2026-10-01T00:00:00Z\"}}", "sops-old", "sops.lastmodified", 3, 40);
	declared_count(&mf_dc_encrypted, "my.enc.json", "{\"sops\":", 0);
	declared_one(&mf_dc_encrypted, ".env.enc", "A=ENC[x]\nsops_mac=ENC[x]\nsops_lastmodified=2026-10-01T00:00:00Z\n", "sops-old", "sops.lastmodified", 3, 19);
	declared_one(&mf_dc_env_file, "prod.env", "A=ENC[x]\nsops_lastmodified=\"2026-10-01T00:00:00Z\"\nsops_mac=ENC[x]\n", "sops-old", "sops.lastmodified", 2, 20);
	declared_one(&mf_dc_encrypted, "a.ini", "[a]\nb = ENC[x]\n[sops]\nlastmodified = 2026-10-01T00:00:00Z\nmac = ENC[x]\n", "sops-old", "sops.lastmodified", 4, 16);
	declared_one(&mf_dc_encrypted, "key.p12.sops", "{\"data\": \"ENC[x]\", \"sops\": {\"mac\": \"m\", \"lastmodified\": \"2026-10-01T00:00:00Z\"}}", "sops-old",
		"sops.lastmodified", 1, 58);
	declared_count(&mf_dc_encrypted, "a.ini", "[a]\nlastmodified = 2020-01-01T00:00:00Z\nmac = x\n[sops]\n", 0);
	declared_count(&mf_dc_encrypted, ".env.enc", "sops_lastmodified=2026-12-20T00:00:00Z\nsops_mac=x\n", 0);
	declared_count(&mf_dc_encrypted, ".env.enc", "sops_lastmodified=\nsops_mac\n", 0);
	declared_count(&mf_dc_encrypted, "my.enc.json", "{\"sops\": 1}", 0);
}

static void test_secret(void **state)
{
	static const char *const good[] = { "kind: Secret\napiVersion: v1\ndata: {}\n", "kind: Secret\napiVersion: v1\nstringData: { a: $(A), b: \"{{ .b }}\", c: <c> }\n",
		"kind: ExternalSecret\napiVersion: x/v1\ndata: [ a ]\n", "kind: Secret\napiVersion: v1\nstringData:\n  a: {{ .Values.a }}\n", "kind: ConfigMap\n# Secret\n",
		"---\n---\n", "--- # Secret\n", "kind: Secret\napiVersion: v1\ndata: x\n" };
	struct mf_check c;

	(void)state;
	declared_check(&c, &mf_dc_manifest, (const char *const[]){ "k8s/all.yml", life_text("apiVersion: v1\nkind: ConfigMap\n---\nkind: Secret\napiVersion: v1\n"
		"metadata:\n  name: web\ndata:\n  npm: %s\n--- \nkind: List\nitems:\n- kind: Secret\n  apiVersion: v1\n  stringData: { p: plain }\n",
		life_b64(life_sample("npm"), strlen(life_sample("npm")))), NULL, NULL });
	assert_int_equal(c.list.n, 3);
	assert_int_equal(declared_item(&c, "npm-token", 0)->line, 9);
	assert_int_equal(declared_item(&c, "npm-token", 0)->col, 8);
	assert_int_equal(declared_item(&c, "kube-secret-committed", 0)->line, 4);
	assert_int_equal(declared_item(&c, "kube-secret-committed", 1)->line, 13);
	assert_string_equal(declared_item(&c, "kube-secret-committed", 0)->name, "web");
	mf_check_list_free(&c.list);
	for (size_t i = 0; i < MF_COUNT(good); i++)
		declared_count(&mf_dc_manifest, "x.yaml", good[i], 0);
}

static void test_shared(void **state)
{
	static const char text[] = "kind: ServiceAccount\nmetadata:\n  annotations:\n    eks.amazonaws.com/role-arn: arn:aws:iam::123456789012:role/web\n";
	struct mf_check c;

	(void)state;
	declared_check(&c, &mf_dc_manifest, (const char *const[]){ "k/prod/sa.yaml", text, "k/dev/sa.yaml", text, NULL, NULL });
	assert_int_equal(c.list.n, 1);
	assert_string_equal(c.list.v[0].rule, "shared-service-account");
	assert_int_equal(c.list.v[0].line, 4);
	assert_int_equal(c.list.v[0].col, 33);
	mf_check_list_free(&c.list);
	declared_check(&c, &mf_dc_manifest, (const char *const[]){ "k/prod/sa.yaml", "annotations: {iam.gke.io/gcp-service-account: d@p.iam.gserviceaccount.com} # x\n",
		"k/dev/sa.yaml", "iam.gke.io/gcp-service-account: d@p.iam.gserviceaccount.com\n", NULL, NULL });
	assert_int_equal(c.list.n, 1);
	assert_string_equal(c.list.v[0].name, "d@p.iam.gserviceaccount.com");
	mf_check_list_free(&c.list);
	declared_check(&c, &mf_dc_manifest, (const char *const[]){ "k/staging/sa.yaml", text, "k/prod/other.yaml", text, NULL, NULL });
	assert_int_equal(c.list.n, 0);
	mf_check_list_free(&c.list);
}

/* A workflow with a job for each environment, all logging in as `id`. */
static const char *deploys(const char *const *environments, const char *id)
{
	static char text[4096];
	int n = snprintf(text, sizeof(text), "on: push\npermissions: { id-token: write }\njobs:\n");

	for (size_t i = 0; environments[i]; i++)
		n += snprintf(text + n, sizeof(text) - (size_t)n, "  job%zu:\n    runs-on: x\n    environment: %s\n    steps:\n"
			"      - uses: aws-actions/configure-aws-credentials@08c6903cd8c0fde910a37f88322edcfb5dd907a8\n        with: { role-to-assume: \"%s\" }\n",
			i, environments[i], id);
	return text;
}

static void test_environments(void **state)
{
	static const char role[] = "arn:aws:iam::123456789012:role/web", path[] = ".github/workflows/a.yml", name[] = "shared-service-account";
	static const char *const both[] = { "staging", "{ name: production }", "prod-eu", NULL }, *const one[] = { "prod-plan", "prod-apply", NULL };

	(void)state;
	declared_one(&mf_dc_github, path, deploys(both, role), name, role, 15, 33);
	declared_count(&mf_dc_github, path, deploys(one, role), 0);
	declared_count(&mf_dc_github, path, deploys(both, "${{ vars.ROLE }}"), 0);
	declared_one(&mf_dc_github, path, deploys(both, "ci@acme.iam.gserviceaccount.com"), name, "ci@acme.iam.gserviceaccount.com", 15, 33);
	declared_one(&mf_dc_github, path, "on: push\npermissions: {}\njobs:\n  a: { uses: ./x.yml, with: { environment: dev, client-id: 8d0f2b1e-0000-4d55-9a2b-00000000abcd } }\n"
		"  b: { uses: ./x.yml, with: { environment: live, client-id: 8d0f2b1e-0000-4d55-9a2b-00000000abcd } }\n", name, "8d0f2b1e-0000-4d55-9a2b-00000000abcd", 5, 61);
	declared_one(&mf_dc_gitlab, ".gitlab-ci.yml", "a:\n  environment: staging\n  variables: { AWS_ROLE_ARN: \"arn:aws:iam::123456789012:role/web\" }\n  script: [x]\n"
		"b:\n  environment: { name: production }\n  variables: { AWS_ROLE_ARN: \"arn:aws:iam::123456789012:role/web\" }\n  script: [x]\n", name, role, 7, 30);
}

/* Each environment has its own workflow. */
static void test_environments_of_files(void **state)
{
	static const char role[] = "arn:aws:iam::123456789012:role/web";
	static const char *const dev[] = { "dev", NULL }, *const test[] = { "qa", NULL };
	struct mf_check c = { .now = DECLARED_NOW };
	struct mf_declared *d;
	struct mf_err err = { 0 };

	(void)state;
	assert_int_equal(mf_declared_new(&d, &err), 0);
	assert_int_equal(mf_declared_add(d, &c, ".github/workflows/a.yml", mf_str(deploys(dev, role)), &err), 0);
	assert_int_equal(mf_declared_add(d, &c, ".github/workflows/b.yml", mf_str(deploys(test, role)), &err), 0);
	assert_int_equal(mf_declared_check(d, &c, &err), 0);
	assert_int_equal(c.list.n, 1);
	assert_string_equal(c.list.v[0].path, ".github/workflows/b.yml");
	assert_non_null(strstr(c.list.v[0].why, "job 'job0' (development) of .github/workflows/a.yml"));
	assert_non_null(strstr(c.list.v[0].yaml, "role-to-assume: ${{ vars.DEPLOY_IDENTITY }}"));
	mf_declared_free(d);
	mf_check_list_free(&c.list);
}

/* Many files with many identities: each is looked for among a bounded number. */
static void test_many_environments(void **state)
{
	static char text[8192];
	struct mf_check c = { .now = DECLARED_NOW };
	const int64_t begun = mf_mono_ms();
	struct mf_declared *d;
	struct mf_err err = { 0 };
	char path[64];
	int n = 0;

	(void)state;
	assert_int_equal(mf_declared_new(&d, &err), 0);
	n += snprintf(text, sizeof(text), "on: push\npermissions: {}\njobs:\n  a:\n    environment: prod\n    env:\n");
	for (int i = 0; i < 64; i++)
		n += snprintf(text + n, sizeof(text) - (size_t)n, "      R%d: \"arn:aws:iam::123456789012:role/web-%d\"\n", i, i);
	for (int i = 0; i < 400; i++) {
		snprintf(path, sizeof(path), ".github/workflows/%d.yml", i);
		assert_int_equal(mf_declared_add(d, &c, path, mf_str(text), &err), 0);
	}
	assert_int_equal(mf_declared_check(d, &c, &err), 0);
	assert_int_equal(c.list.n, 0);
	assert_true(mf_mono_ms() - begun < 5000);
	mf_declared_free(d);
	mf_check_list_free(&c.list);
}

static void test_policy(void **state)
{
	static const char *const good[] = { "", "path \"secret/*\" { capabilities = [\"create\", \"update\"] }\n",
		"# path \"*\" { capabilities = [\"sudo\"] }\n", "/* path \"*\" { capabilities = [\"sudo\"] }", "x = \"path\"\ny { path = \"*\" }\n", "path \"*", "path \"*\" {",
		"path \"sys/health\" { capabilities = [\"read\", \"sudo\"] }\n",
		"resource \"a\" \"b\" { p = \"sudo\" }\n", "path \"*\" { capabilities = [\"deny\"] }\n" };

	(void)state;
	declared_one(&mf_dc_vault_policy, "p.hcl", "# x\npath \"*\" {\n  capabilities = [\"create\", \"read\"]\n}\n", "vault-policy-wide", "*", 2, 1);
	declared_one(&mf_dc_vault_policy, "p.hcl", "  path \"+/*\" { capabilities = [\"update\"] }", "vault-policy-wide", "+/*", 1, 3);
	declared_one(&mf_dc_vault_policy, "p.hcl", "path \"sys/raw\" { capabilities = [\"read\", \"sudo\"] }", "vault-policy-wide", "sys/raw", 1, 1);
	declared_count(&mf_dc_vault_policy, "p.hcl", "path \"*\" { policy = \"write\" }\npath \"a\" { capabilities = [\"sudo\"] }\n", 2);
	for (size_t i = 0; i < MF_COUNT(good); i++)
		declared_count(&mf_dc_vault_policy, "p.hcl", good[i], 0);
	/* to read everything is most of what there is to steal */
	declared_one(&mf_dc_vault_policy, "p.hcl", "path \"*\" {\n capabilities = [\"read\", \"list\"]\n}\n", "vault-policy-wide", "*", 1, 1);
	declared_one(&mf_dc_vault_policy, "a.tf", "resource \"vault_policy\" \"a\" {\n  policy = <<EOT\npath \"*\" {\n  capabilities = [\"read\"]\n}\nEOT\n}\n",
		"vault-policy-wide", "*", 3, 1);
	declared_one(&mf_dc_vault_policy, "a.tf", "data \"vault_policy_document\" \"a\" {\n  rule {\n    path         = \"*\"\n    capabilities = [\"read\"]\n  }\n"
		"  rule {\n    path = \"a\"\n    capabilities = [\"read\"]\n  }\n}\n", "vault-policy-wide", "*", 3, 5);
	declared_count(&mf_dc_vault_policy, "a.tf", "resource \"x\" \"y\" {\n  path = \"*\"\n  capabilities = [\"read\"]\n}\n", 0);
	declared_one(&mf_dc_vault_policy, "ci-policy.json", "{\"path\": {\"a\": {\"capabilities\": [\"read\"]},\n \"*\": {\"capabilities\": [\"read\"]}}}", "vault-policy-wide", "*",
		2, 2);
	declared_one(&mf_dc_vault_policy, "ci-policy.json", "{\"path\": {\"*\": {\"policy\": \"write\"}}}", "vault-policy-wide", "*", 1, 11);
	declared_count(&mf_dc_vault_policy, "ci-policy.json", "{\"path\": {\"*\": {\"capabilities\": [\"deny\"]}, \"b\": 1}, \"Statement\": []}", 0);
	declared_count(&mf_dc_vault_policy, "ci-policy.json", "{\"path\": [\"*\"]}", 0);
	declared_count(&mf_dc_vault_policy, "ci-policy.json", "{\"path\": {", 0);
}

static void test_env_file(void **state)
{
	static const char *const no[] = { ".env.example", ".env.sample", "a/.env.template", ".env.dist", ".env.local.example", "x.env.js", ".environment", "sample.env" };
	struct mf_check c;

	(void)state;
	declared_check(&c, &mf_dc_env_file, (const char *const[]){ "app/.env.production", life_text("# x\nA=1\nexport NPM=\"%s\"  # y\n", life_sample("npm")), NULL, NULL });
	assert_int_equal(c.list.n, 2);
	assert_int_equal(declared_item(&c, "npm-token", 0)->line, 3);
	assert_int_equal(declared_item(&c, "npm-token", 0)->col, 13);
	assert_int_equal(declared_item(&c, "env-committed", 0)->line, 1);
	mf_check_list_free(&c.list);
	declared_count(&mf_dc_env_file, ".env", "API_KEY=changeme\nDB_PASSWORD=secret\nTOKEN=${X}\nPORT=1\n=x\nA=\n#TOKEN=q8ZkT4vB2nL9xWc7Rp\n", 0);
	for (size_t i = 0; i < MF_COUNT(no); i++)
		assert_false(mf_dc_env_file.wants(no[i]));
}

static void test_keys(void **state)
{
	struct mf_check c;

	(void)state;
	declared_check(&c, &mf_dc_keys, (const char *const[]){ "tls/server.crt", life_cert(LIFE_LEAF, DECLARED_NOW - 86400, DECLARED_NOW + INT64_C(86400) * 364), NULL, NULL });
	assert_int_equal(c.list.n, 1);
	assert_int_equal(c.list.v[0].life.lifetime, INT64_C(86400) * 365);
	assert_int_equal(c.list.v[0].line, 1);
	mf_check_list_free(&c.list);
	declared_one(&mf_dc_keys, "tls/server.key", life_key(), "private-key", NULL, 1, 1);
	declared_count(&mf_dc_keys, "a.key", "not a key at all\n", 0);
	declared_count(&mf_dc_keys, "a.pem", "", 0);
	assert_true(mf_dc_keys.wants("x/id_ed25519"));
	assert_false(mf_dc_keys.wants("x/id_ed25519.pub"));
	assert_false(mf_dc_keys.wants("x/id_map.c"));
	life_support_free();
}

/* Bytes behind a NUL are the file's as well. */
static void test_binary(void **state)
{
	static const char text[] = "#\0\npath \"*\" { capabilities = [\"sudo\"] }\n";
	struct mf_check c = { .now = DECLARED_NOW };
	struct mf_declared *d;
	struct mf_err err = { 0 };

	(void)state;
	assert_int_equal(mf_declared_new(&d, &err), 0);
	assert_int_equal(mf_declared_add(d, &c, "p.hcl", (struct mf_str){ .p = text, .n = sizeof(text) - 1 }, &err), 0);
	assert_int_equal(mf_declared_check(d, &c, &err), 0);
	assert_int_equal(c.list.n, 1);
	assert_int_equal(c.list.v[0].line, 2);
	mf_declared_free(d);
	mf_check_list_free(&c.list);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_docker), cmocka_unit_test(test_sops), cmocka_unit_test(test_secret), cmocka_unit_test(test_shared), cmocka_unit_test(test_environments),
		cmocka_unit_test(test_environments_of_files), cmocka_unit_test(test_many_environments),
		cmocka_unit_test(test_policy), cmocka_unit_test(test_env_file), cmocka_unit_test(test_keys), cmocka_unit_test(test_binary),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
