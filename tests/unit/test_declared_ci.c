/* SPDX-License-Identifier: Apache-2.0 */
/* CI definitions of other services than GitHub: static credentials in their jobs, and jobs that do without. */
#include "unit.h"

#include <stdio.h>

#include "support_declared.h"
#include "support_life.h"

#define GITLAB ".gitlab-ci.yml"

static void test_gitlab(void **state)
{
	static const char deploy[] = "deploy:\n  script:\n    - terraform init\n    - aws s3 sync . s3://x --secret \"$AWS_SECRET_ACCESS_KEY\"\n";
	struct mf_check c;

	(void)state;
	declared_one(&mf_dc_gitlab, GITLAB, deploy, "aws-access-key", "AWS_SECRET_ACCESS_KEY", 4, 38);
	declared_one(&mf_dc_gitlab, GITLAB, "a:\n  variables:\n    AWS_SECRET_ACCESS_KEY: $STORED\n  script: aws s3 ls\n", "aws-access-key",
		"AWS_SECRET_ACCESS_KEY", 3, 28);
	declared_check(&c, &mf_dc_gitlab, (const char *const[]){ GITLAB, deploy, NULL, NULL });
	assert_int_equal(c.list.v[0].life.flags, MF_LIFE_STATIC);
	assert_int_equal(c.list.v[0].life.lifetime, MF_LIFE_FOREVER);
	assert_int_equal(c.list.v[0].end_col, 60);
	assert_int_equal(c.list.v[0].from, MF_CHECK_CI);
	assert_non_null(strstr(c.list.v[0].yaml, "deploy:\n  id_tokens:\n"));
	assert_non_null(strstr(c.list.v[0].yaml, "printf '%s'"));
	assert_non_null(c.list.v[0].why);
	mf_check_list_free(&c.list);

	/* by block, by command, once a job */
	declared_one(&mf_dc_gitlab, GITLAB, "a:\n  script:\n    - |\n      true\n      gcloud auth activate-service-account --key-file k.json\n      echo $GOOGLE_CREDENTIALS > k\n",
		"gcp-service-account", "gcloud auth activate-service-account", 5, 7);
	declared_one(&mf_dc_gitlab, GITLAB, "a:\n  script: az login --service-principal -u x -p $P\n", "azure-client-secret", "az login --service-principal", 2, 11);
	declared_one(&mf_dc_gitlab, GITLAB, "a:\n  script:\n    - docker login -u me -p $HUB_TOKEN\n", "registry-password", "HUB_TOKEN", 3, 29);
	declared_one(&mf_dc_gitlab, GITLAB, "a:\n  variables:\n    TOKEN: $TF_TOKEN_app\n", "terraform-cloud", "TF_TOKEN_app", 3, 12);
	/* one of several keys; a password that stands in the line; a registry that takes a key of Google's */
	declared_one(&mf_dc_gitlab, GITLAB, "a:\n  script: x ${AWS_PROD_SECRET_ACCESS_KEY}\n", "aws-access-key", "AWS_PROD_SECRET_ACCESS_KEY", 2, 13);
	declared_one(&mf_dc_gitlab, GITLAB, "a:\n  script: x ${TEST_AWS_SECRET_ACCESS_KEY}\n", "aws-access-key", "TEST_AWS_SECRET_ACCESS_KEY", 2, 13);
	declared_one(&mf_dc_gitlab, GITLAB, "a:\n  script: docker login -u me -p apple+pear registry.test\n", "registry-password", "docker login", 2, 33);
	declared_one(&mf_dc_gitlab, GITLAB, "a:\n  script: docker login -u _json_key --password-stdin gcr.io < k\n", "gcp-service-account", "docker login", 2, 27);
	declared_one(&mf_dc_gitlab, GITLAB, "a:\n  script: echo $HUB_PASS | docker login -u me --password-stdin\n", "registry-password", "HUB_PASS", 2, 16);
	declared_count(&mf_dc_gitlab, GITLAB, "a: { script: 'x $BYPASS $OTHER_SECRET_ACCESS_KEY' }\nb: { script: 'docker login -u a -p $X' }\n", 0);
	declared_count(&mf_dc_gitlab, GITLAB, "a: { script: [ 'x $VAULT_TOKEN' ] }\nb: { script: [ 'x $VAULT_TOKEN', 'y $NPM_TOKEN' ] }\n", 3);
}

/* What no identity is exchanged for, by the names that tools read. */
static void test_stored_tokens(void **state)
{
	static const char *const good[] = {
		"a: { variables: { TWINE_PASSWORD: $CI_JOB_TOKEN, TWINE_USERNAME: gitlab-ci-token }, script: twine upload }\n",
		"a: { script: 'git push https://gitlab-ci-token:${CI_JOB_TOKEN}@${CI_SERVER_HOST}/a/b HEAD:main' }\n",
		"a: { id_tokens: { T: { aud: x } }, script: 'x $HEROKU_API_KEY $SSH_PRIVATE_KEY' }\n",
		"a:\n  script: |\n    HEROKU_API_KEY=$(heroku auth:token)\n    x $HEROKU_API_KEY\n", "a: { script: 'curl https://x.io:$PORT@y https://$HOST/ $A_TOKEN@x' }\n",
		"a: { script: 'x https://u:${MY_TOKEN:0:4}@y $TOKEN@z ://$' }\n",
	};
	struct mf_check c;

	(void)state;
	declared_one(&mf_dc_gitlab, GITLAB, "a:\n  script: x $GITHUB_TOKEN\n", "github-pat", "GITHUB_TOKEN", 2, 13);
	declared_one(&mf_dc_gitlab, GITLAB, "a:\n  script: git push https://oauth2:${PUSH_TOKEN}@${CI_SERVER_HOST}/a/b\n", "gitlab-pat", "PUSH_TOKEN", 2, 35);
	declared_one(&mf_dc_gitlab, GITLAB, "a:\n  script: git clone https://$BOT_PAT@github.com/a/b\n", "github-pat", "BOT_PAT", 2, 29);
	declared_one(&mf_dc_gitlab, GITLAB, "a:\n  script: git clone \"https://ci:$FORGE_TOKEN@git.acme.io/a\"\n", "credential", "FORGE_TOKEN", 2, 33);
	declared_one(&mf_dc_gitlab, GITLAB, "a:\n  variables:\n    TWINE_PASSWORD: $STORED\n", "pypi-token", "TWINE_PASSWORD", 3, 21);
	declared_one(&mf_dc_circleci, ".circleci/config.yml", "jobs:\n  d:\n    steps:\n      - run: firebase deploy --token $FIREBASE_TOKEN\n", "gcp-refresh-token", "FIREBASE_TOKEN", 4, 38);
	declared_one(&mf_dc_azure, "azure-pipelines.yml", "steps:\n- script: x\n  env:\n    SONAR_TOKEN: $(sonar)\n", "credential", "SONAR_TOKEN", 4, 18);
	declared_one(&mf_dc_bitbucket, "bitbucket-pipelines.yml", "image:\n  name: x\n  username: u\n  password: $HUB_PASSWORD\npipelines: {}\n", "registry-password", "password", 4, 13);
	declared_one(&mf_dc_bitbucket, "bitbucket-pipelines.yml", "pipelines:\n  default:\n    - step:\n        script:\n          - pipe: a/b:1\n            variables:\n"
		"              KEY_FILE: $GCLOUD_API_KEYFILE\n", "gcp-service-account", "GCLOUD_API_KEYFILE", 7, 25);
	declared_one(&mf_dc_jenkins, "Jenkinsfile", "sshagent(['deploy']) {\n", "ssh-private-key", "ssh", 1, 1);
	declared_one(&mf_dc_jenkins, "Jenkinsfile", "withCredentials([sshUserPrivateKey(credentialsId: 'd', keyFileVariable: 'K')]) {\n", "ssh-private-key", "ssh", 1, 18);
	/* each service is told, and once */
	declared_check(&c, &mf_dc_gitlab, (const char *const[]){ GITLAB, "a:\n  script:\n    - x $HEROKU_API_KEY $SNYK_TOKEN\n    - y $HEROKU_API_KEY\n", NULL, NULL });
	assert_int_equal(c.list.n, 2);
	assert_string_equal(c.list.v[0].name, "HEROKU_API_KEY");
	assert_string_equal(c.list.v[1].name, "SNYK_TOKEN");
	assert_int_equal(mf_life_judge(&c.list.v[0].life, 1000, 0), MF_LV_UNKNOWN);
	mf_check_list_free(&c.list);
	for (size_t i = 0; i < MF_COUNT(good); i++)
		declared_count(&mf_dc_gitlab, GITLAB, good[i], 0);
}

static void test_gitlab_without(void **state)
{
	static const char *const good[] = {
		"",
		"a: { id_tokens: { T: { aud: x } }, script: [ 'aws s3 ls $AWS_SECRET_ACCESS_KEY' ] }\n",
		".aws: { id_tokens: { T: { aud: x } } }\n.more: { extends: [.aws] }\na: { extends: .more, script: 'x $AWS_SECRET_ACCESS_KEY' }\n",
		"default: { id_tokens: { T: { aud: x } } }\na: { script: 'x $AWS_SECRET_ACCESS_KEY' }\n",
		"a: { secrets: { AWS_SECRET_ACCESS_KEY: { vault: a/b } }, script: 'x $AWS_SECRET_ACCESS_KEY' }\n",
		"a:\n  script:\n    - CREDS=$(aws sts assume-role --role-arn x)\n    - export AWS_SECRET_ACCESS_KEY=$(echo $CREDS | jq x)\n    - aws --key $AWS_SECRET_ACCESS_KEY\n",
		"a: { script: 'docker login -u $CI_REGISTRY_USER -p $CI_REGISTRY_PASSWORD $CI_REGISTRY' }\n",
		"a: { script: 'aws ecr get-login-password | docker login --password-stdin -u AWS $TOKEN' }\n",
		"a:\n  script:\n    - !reference [.b, script]\n    - echo done\n",
		"a: { script: 'az login --service-principal -u $A --federated-token $T' }\n",
		"a: { extends: a, script: x }\nb: { extends: [ c, b ] }\nc: { extends: b }\n",
		/* not the value */
		"a: { script: 'test ${AWS_SECRET_ACCESS_KEY:+set}' }\n", "a:\n  script:\n    - |\n      # $AWS_SECRET_ACCESS_KEY\n      true\n",
		"variables: { POSTGRES_PASSWORD: postgres, DATABASE_URL: \"postgres://u:pw12345678@db/x\", API_TOKEN: $OTHER, SECRET_KEY: <changeme> }\n",
	};

	(void)state;
	for (size_t i = 0; i < MF_COUNT(good); i++)
		declared_count(&mf_dc_gitlab, GITLAB, good[i], 0);
}

static void test_printing(void **state)
{
	static const char *const quiet[] = { "echo \"$CI_JOB_TOKEN\"", "echo \"$A_TOKEN\" > f", "echo $A_TOKEN | sha256sum", "echo '$A_TOKEN'", "echo \\$A_TOKEN",
		"echo ${A_TOKEN:+set}", "x=$(echo $A_TOKEN)", "test -z \"$A_TOKEN\" && echo missing", "echo A_TOKEN", "echo \"::add-mask::$A_TOKEN\"" };

	(void)state;
	declared_one(&mf_dc_gitlab, GITLAB, "a:\n  script:\n    - echo \"it is $DEPLOY_TOKEN\"\n", "secret-echo", "DEPLOY_TOKEN", 3, 7);
	declared_one(&mf_dc_gitlab, GITLAB, "a:\n  script:\n    - true && printf %s ${DB_PASSWORD} || true\n", "secret-echo", "DB_PASSWORD", 3, 15);
	declared_count(&mf_dc_gitlab, GITLAB, "a:\n  script:\n    - |\n      set -ex\n      x $VAULT_TOKEN\n", 2);
	declared_count(&mf_dc_gitlab, GITLAB, "a:\n  script:\n    - |\n      set -ex\n      set +x\n      x $VAULT_TOKEN\n", 1);
	for (size_t i = 0; i < MF_COUNT(quiet); i++)
		declared_count(&mf_dc_gitlab, GITLAB, life_text("a:\n  script:\n    - |\n      %s\n", quiet[i]), 0);
}

static void test_literals(void **state)
{
	(void)state;
	declared_one(&mf_dc_gitlab, GITLAB, life_text("variables:\n  NPM: %s\n", life_sample("npm")), "npm-token", "NPM", 2, 8);
	declared_one(&mf_dc_gitlab, GITLAB, life_text("variables:\n  MY_PASSWORD:\n    value: \"%s%s\"\n    description: x\n", "q8ZkT4vB2n", "L9xWc7Rp"), "named", "MY_PASSWORD",
		3, 12);
	declared_one(&mf_dc_circleci, ".circleci/config.yml", life_text("jobs:\n  a:\n    environment:\n      NPM: %s\n", life_sample("npm")), "npm-token", "NPM", 4, 12);
	declared_one(&mf_dc_azure, "azure-pipelines.yml", life_text("variables:\n- name: NPM\n  value: %s\nsteps: []\n", life_sample("npm")), "npm-token", "NPM", 3, 10);
	declared_one(&mf_dc_jenkins, "Jenkinsfile", life_text("environment {\n  NPM = '%s'\n}\n", life_sample("npm")), "npm-token", "NPM", 2, 10);
	/* an anchor's value is told once */
	declared_count(&mf_dc_gitlab, GITLAB, life_text(".v: &v\n  variables: { NPM: %s }\na: { <<: *v, script: x }\n", life_sample("npm")), 1);
}

static void test_gitlab_includes(void **state)
{
	static const char root[] = "include:\n  - local: /ci/build.yml\n  - local: 'more/*.yml'\n  - https://x.example/ci/other.yml\n  - project: ci/other.yml\nx: { script: y }\n";
	static const char job[] = "b:\n  script: x $VAULT_TOKEN\n";
	struct mf_check c;

	(void)state;
	declared_check(&c, &mf_dc_gitlab, (const char *const[]){ GITLAB, root, "ci/build.yml", "include: .gitlab-ci.yml\nb:\n  script: x $VAULT_TOKEN\n", "ci/other.yml", job,
		"more/a.yml", job, "more/broken.yml", "a: [", NULL, NULL });
	assert_int_equal(c.list.n, 2);
	assert_string_equal(c.list.v[0].path, "ci/build.yml");
	assert_int_equal(c.list.v[0].line, 3);
	assert_string_equal(c.list.v[1].path, "more/a.yml");
	mf_check_list_free(&c.list);
}

static void test_gitlab_elsewhere(void **state)
{
	static const char *const from[] = { "{ project: a/b, file: /x.yml }", "{ component: h/a/b@1 }", "{ template: x.yml }", "{ remote: 'https://x.test/a.yml' }",
		"'https://x.test/a.yml'" };
	struct mf_check c;

	(void)state;
	for (size_t i = 0; i < MF_COUNT(from); i++) {
		declared_check(&c, &mf_dc_gitlab, (const char *const[]){ GITLAB, life_text("include: [ %s ]\n", from[i]), NULL, NULL });
		assert_int_equal(c.list.n, 0);
		assert_int_equal(c.list.n_notes, 1);
		assert_non_null(strstr(c.list.notes[0].what, "from elsewhere"));
		assert_false(c.list.notes[0].incomplete);
		mf_check_list_free(&c.list);
	}
	declared_check(&c, &mf_dc_gitlab, (const char *const[]){ GITLAB, "include: a.yml\n", NULL, NULL });
	assert_int_equal(c.list.n_notes, 0);
	mf_check_list_free(&c.list);
}

static void test_circleci(void **state)
{
	static const char path[] = ".circleci/config.yml";

	(void)state;
	declared_one(&mf_dc_circleci, path, "jobs:\n  d:\n    steps:\n      - run: |\n          x\n          y $AWS_SECRET_ACCESS_KEY\n", "aws-access-key", "AWS_SECRET_ACCESS_KEY", 6, 13);
	declared_one(&mf_dc_circleci, path, "jobs:\n  d:\n    steps:\n      - aws-cli/setup:\n          aws-secret-access-key: PROD_KEY\n", "aws-access-key", "PROD_KEY", 5, 34);
	declared_count(&mf_dc_circleci, path, "jobs:\n  d:\n    steps:\n      - aws-cli/setup: { role_arn: x }\n      - run: y $AWS_SECRET_ACCESS_KEY\n", 0);
	declared_count(&mf_dc_circleci, path, "jobs: x\ncommands: [ 1 ]\nworkflows: { version: 2, a: { jobs: [ b, { c: x, d: y }, { e: {} } ] }, f: { jobs: g } }\n", 0);
	/* a job of an orb */
	declared_one(&mf_dc_circleci, path, "workflows:\n  w:\n    jobs:\n      - aws-ecr/build:\n          aws-secret-access-key: PROD_KEY\n", "aws-access-key", "PROD_KEY", 5, 34);
	declared_one(&mf_dc_circleci, path, "jobs:\n  d:\n    docker:\n      - image: a/b\n        auth:\n          username: me\n          password: $HUB\n", "registry-password",
		"password", 7, 21);
	declared_count(&mf_dc_circleci, path, "jobs: { d: { steps: [ { x/y: { username: me, password: $HUB } } ] } }\n", 0);
	assert_true(mf_dc_circleci.wants("sub/.circleci/more.yml"));
	assert_false(mf_dc_circleci.wants(".circleci/files/stack.yml"));
	assert_false(mf_dc_circleci.wants("sub/.circleci/files/stack.yml"));
	assert_false(mf_dc_circleci.wants("circleci/config.yml"));
}

static void test_azure(void **state)
{
	static const char path[] = "ci/azure-pipelines.release.yml";

	(void)state;
	declared_one(&mf_dc_azure, path, "stages:\n- stage: a\n  jobs:\n  - job: d\n    steps:\n    - script: terraform apply\n      env:\n        ARM_CLIENT_SECRET: $(ARM_CLIENT_SECRET)\n",
		"azure-client-secret", "ARM_CLIENT_SECRET", 8, 28);
	declared_count(&mf_dc_azure, path, "steps:\n- task: AzureCLI@2\n  inputs: { addSpnToEnvironment: true, inlineScript: 'x $(ARM_CLIENT_SECRET)' }\n", 0);
	/* names of a cluster's objects */
	declared_count(&mf_dc_azure, path, life_text("variables:\n  imagePullSecret: 'shop%s-auth'\nsteps: []\n", "81724593ab"), 0);
	declared_count(&mf_dc_azure, path, "steps:\n- script: echo $(Build.BuildId) $(System.AccessToken)\n", 0);
}

static void test_bitbucket(void **state)
{
	static const char path[] = "bitbucket-pipelines.yml";

	(void)state;
	declared_one(&mf_dc_bitbucket, path, "pipelines:\n  default:\n    - step:\n        name: d\n        script:\n          - x\n          - y ${AWS_SECRET_ACCESS_KEY}\n", "aws-access-key",
		"AWS_SECRET_ACCESS_KEY", 7, 15);
	declared_one(&mf_dc_bitbucket, path, "pipelines:\n  default:\n    - step:\n        image:\n          name: a/b\n          username: $U\n          password: $P\n"
		"        script: [ x ]\n", "registry-password", "password", 7, 21);
	declared_count(&mf_dc_bitbucket, path, "pipelines:\n  default:\n    - step:\n        oidc: true\n        script: [ 'y $AWS_SECRET_ACCESS_KEY' ]\n", 0);
}

static void test_jenkins(void **state)
{
	(void)state;
	declared_one(&mf_dc_jenkins, "ci/Jenkinsfile.deploy", "x\nwithCredentials([string(credentialsId: 'v', variable: 'VAULT_TOKEN')]) {\n", "vault-service-token", "VAULT_TOKEN", 2, 56);
	declared_one(&mf_dc_jenkins, "Jenkinsfile", "environment {\n  AWS_SECRET_ACCESS_KEY = credentials('k')\n}\n", "aws-access-key", "AWS_SECRET_ACCESS_KEY", 2, 3);
	declared_one(&mf_dc_jenkins, "Jenkinsfile", "withCredentials([file(\n  credentialsId: 'k',\n  variable: 'KUBECONFIG'\n)]) {\n", "kubeconfig", "KUBECONFIG", 3, 14);
	declared_one(&mf_dc_jenkins, "Jenkinsfile", "environment {\n  GOOGLE_APPLICATION_CREDENTIALS = credentials(\n    'k')\n}\n", "gcp-service-account",
		"GOOGLE_APPLICATION_CREDENTIALS", 2, 3);
	declared_one(&mf_dc_jenkins, "Jenkinsfile", "x\nwithAWS(region: 'r', credentials: 'k') {\n", "aws-access-key", "AWS_SECRET_ACCESS_KEY", 2, 1);
	declared_one(&mf_dc_jenkins, "Jenkinsfile", "docker.withRegistry('', 'hub') {\n", "registry-password", "docker.withRegistry", 1, 1);
	declared_one(&mf_dc_jenkins, "Jenkinsfile", "withDockerRegistry([credentialsId: 'hub', url: '']) {\n", "registry-password", "withDockerRegistry", 1, 1);
	declared_one(&mf_dc_jenkins, "Jenkinsfile", "withKubeConfig([credentialsId: 'k']) {\n", "kubeconfig", "withKubeConfig", 1, 1);
	declared_count(&mf_dc_jenkins, "Jenkinsfile", "docker.withRegistry('https://r.test') {\nwithAWS(region: 'r') {\nwithAWS(role: 'x', credentials: 'k') {\n"
		"docker.withRegistry('https://r.test', 'ecr:eu-west-1:k') {\n", 0);
	declared_count(&mf_dc_jenkins, "Jenkinsfile", "/* $VAULT_TOKEN\n $VAULT_TOKEN */\n// $VAULT_TOKEN\nx\n", 0);
	declared_count(&mf_dc_jenkins, "Jenkinsfile", "withCredentials([usernamePassword(credentialsId: 'v', passwordVariable: 'P', usernameVariable: 'U')]) {\n", 0);
}

/* Every issuer in every CI has something in its place, that the CI can read. */
static void test_replacements(void **state)
{
	static const char *const seen[] = { "$AWS_SECRET_ACCESS_KEY", "$GCP_SA_KEY", "$ARM_CLIENT_SECRET", "$VAULT_TOKEN", "$KUBE_CONFIG", "$TFE_TOKEN", "$NPM_TOKEN",
		"$GITHUB_PAT", "$GITLAB_PAT", "$PYPI_TOKEN", "$SSH_PRIVATE_KEY", "$FIREBASE_TOKEN", "$HEROKU_API_KEY", "https://u:$GIT_TOKEN@h.test/a",
		"docker login -u me -p $HUB_TOKEN", "docker login -u AWS -p $ECR_TOKEN 1.dkr.ecr.eu-west-1.amazonaws.com",
		"docker login -u me -p $GAR_TOKEN europe-docker.pkg.dev", "docker login -u me -p $ACR_TOKEN x.azurecr.io" };
	static const struct { const struct mf_dc_family *family; const char *path, *before, *after; } cis[] = {
		{ &mf_dc_gitlab, GITLAB, "a:\n  script:\n    - x ", "\n" },
		{ &mf_dc_circleci, ".circleci/config.yml", "jobs:\n  a:\n    steps:\n      - run: x ", "\n" },
		{ &mf_dc_azure, "azure-pipelines.yml", "steps:\n  - script: x ", "\n" },
		{ &mf_dc_bitbucket, "bitbucket-pipelines.yml", "pipelines:\n  default:\n    - step:\n        script:\n          - x ", "\n" },
		{ &mf_dc_jenkins, "Jenkinsfile", "node { sh 'x ", "' }\n" } };

	(void)state;
	for (size_t i = 0; i < MF_COUNT(cis); i++)
		for (size_t k = 0; k < MF_COUNT(seen); k++) {
			char text[512];
			const char *yaml;
			struct mf_yaml *doc = NULL;
			struct mf_err err = { 0 };
			struct mf_check c;

			snprintf(text, sizeof(text), "%s%s%s", cis[i].before, seen[k], cis[i].after);
			declared_check(&c, cis[i].family, (const char *const[]){ cis[i].path, text, NULL, NULL });
			if (c.list.n != 1)
				fail_msg("%s: %zu items in: %s", cis[i].path, c.list.n, text);
			yaml = c.list.v[0].yaml;
			if (!yaml || strchr(yaml, '\t') || (cis[i].family != &mf_dc_jenkins && mf_yaml_parse(&doc, "instead", yaml, strlen(yaml), &err)))
				fail_msg("%s: %s has in its place:\n%s\n%s", cis[i].path, seen[k], yaml ? yaml : "nothing", err.why);
			if (k == 15)
				assert_non_null(strstr(yaml, "aws ecr get-login-password"));
			if (k == 16)
				assert_non_null(strstr(yaml, "-docker.pkg.dev"));
			if (k == 17)
				assert_non_null(strstr(yaml, "az acr login"));
			mf_yaml_free(doc);
			mf_check_list_free(&c.list);
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_stored_tokens), cmocka_unit_test(test_gitlab), cmocka_unit_test(test_gitlab_without), cmocka_unit_test(test_printing), cmocka_unit_test(test_literals),
		cmocka_unit_test(test_gitlab_includes), cmocka_unit_test(test_gitlab_elsewhere), cmocka_unit_test(test_circleci), cmocka_unit_test(test_azure), cmocka_unit_test(test_bitbucket),
		cmocka_unit_test(test_jenkins), cmocka_unit_test(test_replacements),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
