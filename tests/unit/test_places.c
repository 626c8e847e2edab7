/* SPDX-License-Identifier: Apache-2.0 */
/* Every kind of file with what it may hold: a credential without an end, a short one, one that is over or unknown, none at all; exact places. */
#include "unit.h"

#include <stdio.h>
#include <mayfly/clock.h>
#include <mayfly/places.h>
#include "failalloc.h"
#include "support_life.h"

#define NOW INT64_C(1800000000)	/* 2027-01-15T08:00:00Z */

static struct mf_check c;

static void look(const char *path, const char *text)
{
	struct mf_err err = { 0 };

	mf_check_list_free(&c.list);
	c = (struct mf_check){ .now = NOW };
	assert_int_equal(mf_places_file(&c, MF_CHECK_HOME, path, mf_str(text), &err), 0);
}

static void count(size_t items, size_t notes)
{
	if (c.list.n == items && c.list.n_notes == notes)
		return;
	for (size_t i = 0; i < c.list.n; i++)
		print_error("%s:%u:%u %s %s\n", c.list.v[i].path, c.list.v[i].line, c.list.v[i].col, c.list.v[i].name, c.list.v[i].rule);
	for (size_t i = 0; i < c.list.n_notes; i++)
		print_error("note: %s: %s\n", c.list.notes[i].what, c.list.notes[i].why ? c.list.notes[i].why : "");
	fail_msg("%zu items and %zu notes, not %zu and %zu", c.list.n, c.list.n_notes, items, notes);
}

static const struct mf_check_item *item(size_t i, const char *name, const char *rule, unsigned line, unsigned col)
{
	const struct mf_check_item *it = &c.list.v[i];

	assert_true(i < c.list.n);
	if (strcmp(it->name ? it->name : "", name) != 0 || strcmp(it->rule, rule) != 0 || it->line != line || it->col != col)
		fail_msg("%s %s at %u:%u, not %s %s at %u:%u", it->name, it->rule, it->line, it->col, name, rule, line, col);
	return it;
}

static enum mf_life_verdict judged(const struct mf_check_item *it)
{
	return mf_life_judge(&it->life, mf_life_rule(it->life.class)->max, 0);
}

/* -- values made here ------------------------------------------------------------------------------- */

static const char *token(int64_t issued, int64_t expires)
{
	return life_jwt(life_text("{\"iss\":\"https://id.acme.io\",\"sub\":\"ci\",\"iat\":%lld,\"exp\":%lld}", (long long)issued, (long long)expires));
}

static const char *password(void)
{
	return life_text("%s%s", "vK7qz", "TgW2mRx9Lp");
}

/* Long enough for any token, and nothing in it repeats. */
static const char *opaque(void)
{
	return life_text("0.AXkA%s-Qn4Ys%s", "vK7qzTgW2mRx9Lp", "8bEhUc3JdZ6oFi");
}

static const char *session_id(void)
{
	return life_text("ASIA%s", life_sample("aws-key-id") + 4);
}

static const char *gh(void)
{
	return life_sample("github-classic");
}

/* -- AWS -------------------------------------------------------------------------------------------- */

static void test_aws(void **state)
{
	const struct mf_check_item *it;
	char file[8000];

	(void)state;
	snprintf(file, sizeof file,
		"[default]\naws_access_key_id = %s\naws_secret_access_key=%s\n# a comment\n"
		"[profile ci]\n  aws_access_key_id=%s\naws_secret_access_key=%s\naws_session_token=%s\nexpiration = 2027-01-15T08:30:00Z\n"
		"[old]\naws_access_key_id=%s\naws_secret_access_key=%s\naws_session_token=%s\nexpiration = 2027-01-14T08:30:00Z\n"
		"[sso]\nsso_session = x\n[process]\ncredential_process = /usr/bin/get --token abc\n",
		life_sample("aws-key-id"), life_sample("aws-secret"), session_id(), life_sample("aws-secret"), life_sample("aws-session-token"), session_id(),
		life_sample("aws-secret"), life_sample("aws-session-token"));
	look("~/.aws/credentials", file);
	count(3, 0);
	it = item(0, "default.aws_access_key_id", "aws-access-key", 2, 21);
	assert_int_equal(judged(it), MF_LV_TOO_LONG);
	assert_string_equal(it->shown, "AKIA****");
	assert_string_equal(it->path, "~/.aws/credentials");
	it = item(1, "ci.aws_access_key_id", "aws-session-key", 6, 21);
	assert_int_equal(it->life.known, MF_LIFE_MEASURED);
	assert_int_equal(it->life.remaining, 1800);
	assert_int_equal(judged(item(2, "old.aws_access_key_id", "aws-session-key", 11, 19)), MF_LV_EXPIRED);
}

static void test_aws_parts(void **state)
{
	char file[4000];

	(void)state;
	snprintf(file, sizeof file, "[a]\naws_secret_access_key=%s\n[b]\naws_access_key_id=${ID}\naws_secret_access_key=${SECRET}\n[c]\naws_secret_access_key=\n",
		life_sample("aws-secret"));
	look("/x/.aws/credentials", file);
	count(2, 0);
	item(0, "a.aws_secret_access_key", "aws-secret-key", 2, 23);
	assert_int_equal(judged(item(1, "c.aws_secret_access_key", "named", 7, 23)), MF_LV_UNKNOWN);
}

/* -- JSON ------------------------------------------------------------------------------------------- */

static void test_docker(void **state)
{
	const char *pair = life_b64("ci:vK7qzTgW2mRx9Lp", 18);
	char file[4000];

	(void)state;
	snprintf(file, sizeof file,
		"{\n  \"auths\": {\n    \"ghcr.io\": {\"auth\": \"%s\"},\n    \"acr.azurecr.io\": {\"auth\": \"\", \"identitytoken\": \"%s\"},\n"
		"    \"helper.io\": {}\n  },\n  \"credHelpers\": {\"gcr.io\": \"gcloud\"}, \"credsStore\": \"secretservice\"\n}\n",
		pair, token(NOW - 60, NOW + 840));
	look("~/.docker/config.json", file);
	count(2, 0);
	assert_int_equal(judged(item(0, "ghcr.io.auth", "basic-auth", 3, 26)), MF_LV_TOO_LONG);
	assert_int_equal(judged(item(1, "acr.azurecr.io.identitytoken", "jwt", 4, 54)), MF_LV_OK);
	look("~/.docker/config.json", "{\"auths\": {\"a\": {\"auth\": \"${DOCKER_AUTH}\"}}}");
	count(0, 0);
	look("~/.docker/config.json", "{\"auths\": ");
	count(0, 1);
	assert_true(c.list.notes[0].incomplete);
	assert_non_null(strstr(c.list.notes[0].why, "line 1, column 11"));
	/* what is no JSON is looked through all the same */
	snprintf(file, sizeof file, "{\"auths\": %s", gh());
	look("~/.docker/config.json", file);
	count(1, 1);
}

static void test_google(void **state)
{
	char file[8000], db[600];

	(void)state;
	look("~/.config/gcloud/application_default_credentials.json", life_sample("gcp-service-account"));
	count(1, 0);
	assert_string_equal(c.list.v[0].rule, "gcp-service-account");
	assert_string_equal(c.list.v[0].name, "private_key");
	assert_true(c.list.v[0].line >= 1 && c.list.v[0].col > 1);
	snprintf(file, sizeof file, "{\"type\": \"authorized_user\",\n \"client_secret\": \"d-%s\",\n \"refresh_token\": \"%s\"}", password(), password());
	look("~/.config/gcloud/legacy_credentials/me/adc.json", file);
	count(1, 0);
	item(0, "refresh_token", "gcp-authorized-user", 3, 20);
	look("/t/application_default_credentials.json", "{\"type\":\"external_account\",\"audience\":\"//iam.googleapis.com/p\"}");
	count(1, 0);
	assert_int_equal(judged(&c.list.v[0]), MF_LV_OK);
	snprintf(db, sizeof db, "SQLite format 3 \x01\x02{\"refresh_token\": \"1//0%s%s%s%s%s\", \"x\": 1}\n", password(), password(), password(), password(), password());
	look("~/.config/gcloud/credentials.db", db);
	count(1, 0);
	item(0, "refresh_token", "gcp-refresh-token", 1, 38);
	snprintf(db, sizeof db, "SQLite format 3 \x01\x02me@acme.ioya29.%s%s%s2026-11-26 07:30:00\n", password(), password(), password());
	look("~/.config/gcloud/access_tokens.db", db);
	count(1, 0);
	assert_int_equal(judged(item(0, "access_token", "gcp-access-token", 1, 29)), MF_LV_OK);
}

static void test_azure(void **state)
{
	char file[8000];

	(void)state;
	snprintf(file, sizeof file,
		"\xef\xbb\xbf{\"AccessToken\": {\"k\": {\"secret\": \"%s\", \"cached_at\": \"1799999400\", \"expires_on\": \"1800003000\"}},\n"
		"\"IdToken\": {\"k\": {\"secret\": \"%s\"}},\n\"RefreshToken\": {\"k\": {\"secret\": \"%s\"}}}",
		password(), token(NOW, NOW + 60), opaque());
	look("~/.azure/msal_token_cache.json", file);
	count(2, 0);
	assert_int_equal(item(0, "AccessToken.secret", "named", 1, 38)->life.lifetime, 3600);
	assert_int_equal(judged(item(1, "RefreshToken.secret", "named", 3, 35)), MF_LV_UNKNOWN);
	snprintf(file, sizeof file,
		"[{\"servicePrincipalId\": \"a\", \"servicePrincipalTenant\": \"b\", \"accessToken\": \"%s\"},\n"
		" {\"accessToken\": \"%s\", \"expiresOn\": \"2027-01-15 07:00:00.123456\", \"refreshToken\": \"%s\"}]",
		opaque(), password(), password());
	look("~/.azure/accessTokens.json", file);
	count(3, 0);
	assert_int_equal(judged(item(0, "accessToken", "azure-client-secret", 1, 77)), MF_LV_TOO_LONG);
	assert_int_equal(judged(item(1, "accessToken", "named", 2, 19)), MF_LV_EXPIRED);
	item(2, "refreshToken", "named", 2, 97);
	snprintf(file, sizeof file, "[{\"client_id\": \"a\", \"tenant\": \"b\", \"client_secret\": \"%s\"}]", life_sample("entra-secret"));
	look("~/.azure/service_principal_entries.json", file);
	count(1, 0);
	item(0, "client_secret", "azure-client-secret", 1, 54);
}

static void test_caches_of_aws(void **state)
{
	char file[8000];

	(void)state;
	snprintf(file, sizeof file, "{\"Credentials\": {\"AccessKeyId\": \"%s\", \"SecretAccessKey\": \"%s\", \"SessionToken\": \"%s\",\n\"Expiration\": \"2027-01-15T08:10:00Z\"}}",
		session_id(), life_sample("aws-secret"), life_sample("aws-session-token"));
	look("/h/.aws/cli/cache/x.json", file);
	/* by its name it is nothing: the folder tells; a document of this form is known all the same */
	count(1, 0);
	assert_string_equal(c.list.v[0].rule, "aws-session-key");
	assert_int_equal(c.list.v[0].life.remaining, 600);
}

static void test_terraform(void **state)
{
	char file[2000];

	(void)state;
	snprintf(file, sizeof file, "{\n \"credentials\": {\n  \"app.terraform.io\": {\n   \"token\": \"%s\"\n  }\n }\n}\n", password());
	look("~/.terraform.d/credentials.tfrc.json", file);
	count(1, 0);
	item(0, "credentials.app.terraform.io.token", "named", 4, 14);
	snprintf(file, sizeof file, "# token = \"no\"\ncredentials \"app.terraform.io\" {\n  token = \"%s\"\n}\ncredentials_helper \"x\" {}\n", password());
	look("~/.terraformrc", file);
	count(1, 0);
	item(0, "app.terraform.io.token", "named", 3, 12);
}

/* -- pairs ------------------------------------------------------------------------------------------ */

static void test_pypirc(void **state)
{
	char file[4000];

	(void)state;
	snprintf(file, sizeof file, "[distutils]\nindex-servers = pypi\n[pypi]\nusername = __token__\npassword = %s\n[own]\nusername: ci\npassword: %s\n",
		life_pypi(NULL), password());
	look("~/.pypirc", file);
	count(2, 0);
	assert_int_equal(judged(item(0, "pypi.password", "pypi-token", 5, 12)), MF_LV_TOO_LONG);
	assert_int_equal(judged(item(1, "own.password", "named", 8, 11)), MF_LV_UNKNOWN);
}

static void test_npmrc(void **state)
{
	char file[4000];

	(void)state;
	snprintf(file, sizeof file,
		"; comment\n//registry.npmjs.org/:_authToken=%s\n//npm.acme.io/:_authToken = \"%s\"\n//x.io/:_authToken=${NPM_TOKEN}\n"
		"//y.io/:_auth=%s\nproxy=http://ci:%s@proxy:3128\nfund=false\nregistry=https://registry.npmjs.org/\n",
		life_sample("npm"), token(NOW - 60, NOW + 840), life_b64("ci:vK7qzTgW2mRx9Lp", 18), password());
	look("/r/.npmrc", file);
	count(4, 0);
	item(0, "registry.npmjs.org/_authToken", "npm-token", 2, 34);
	assert_int_equal(judged(item(1, "npm.acme.io/_authToken", "jwt", 3, 30)), MF_LV_OK);
	item(2, "y.io/_auth", "basic-auth", 5, 15);
	item(3, "proxy", "url-password", 6, 7);
	snprintf(file, sizeof file, "npmScopes:\n  acme:\n    npmAuthToken: %s\n    npmRegistryServer: \"https://x\"\n  b:\n    npmAuthToken: \"${T}\"\n", gh());
	look(".yarnrc.yml", file);
	count(1, 0);
	item(0, "npmScopes.acme.npmAuthToken", "github-pat-classic", 3, 19);
}

static void test_git(void **state)
{
	char file[4000];
	const char *basic = life_text("x-access-token:ghs_%s", gh() + 4);

	(void)state;
	snprintf(file, sizeof file,
		"[core]\n\tbare = false\n[remote \"origin\"]\n\turl = https://github.com/acme/x\n[http \"https://github.com/\"]\n"
		"\textraheader = AUTHORIZATION: basic %s\n[url \"https://ci:%s]@git.acme.io/\"]\n\tinsteadOf = https://git.acme.io/\n",
		life_b64(basic, strlen(basic)), password());
	look("/r/.git/config", file);
	count(2, 0);
	assert_int_equal(judged(item(0, "http.https://github.com/.extraheader", "github-app-installation", 6, 16)), MF_LV_OK);
	item(1, "url", "url-password", 7, 7);
	snprintf(file, sizeof file, "https://me:%s@github.com\nhttps://ci:%s@git.acme.io\n\nhttps://git.acme.io\n", gh(), password());
	look("~/.git-credentials", file);
	count(2, 0);
	item(0, "github.com", "github-pat-classic", 1, 1);
	item(1, "git.acme.io", "url-password", 2, 1);
}

static void test_netrc(void **state)
{
	char file[4000];

	(void)state;
	snprintf(file, sizeof file,
		"# password none\nmachine api.acme.io login ci password %s\nmachine github.com\n  login me\n  password \"%s\"\n"
		"macdef init\npassword inmacro12345\n\ndefault login anonymous password %s\n",
		password(), gh(), token(NOW - 7200, NOW - 3600));
	look("~/.netrc", file);
	count(3, 0);
	assert_int_equal(judged(item(0, "api.acme.io.password", "named", 2, 39)), MF_LV_UNKNOWN);
	item(1, "github.com.password", "github-pat-classic", 5, 13);
	assert_int_equal(judged(item(2, "default.password", "jwt", 9, 34)), MF_LV_EXPIRED);
	snprintf(file, sizeof file, "# none\ndb.acme.io:5432:*:ci\\:x:%s\n", password());
	look("~/.pgpass", file);
	count(1, 0);
	assert_int_equal(item(0, "db.acme.io.password", "named", 2, 25)->life.class, MF_LC_DATABASE);
}

static void test_urls(void **state)
{
	char file[2000];

	(void)state;
	snprintf(file, sizeof file,
		"[global]\n# https://no:%s@x/\nindex-url = https://ci:%s@pypi.acme.io/simple\nextra-index-url=https://pypi.org/simple\n"
		"    https://__token__:%s@b.io/\n", password(), password(), gh());
	look("~/.config/pip/pip.conf", file);
	count(2, 0);
	item(0, "index-url", "url-password", 3, 13);
	item(1, "extra-index-url", "github-pat-classic", 5, 5);
}

static void test_properties(void **state)
{
	char file[2000];

	(void)state;
	snprintf(file, sizeof file, "org.gradle.jvmargs=-Xmx2g\nsonatypePassword=%s\nsigning.keyId=ABCDEF01\nsigning.password=${env.P}\ngpr.key=%s\n", password(), gh());
	look("~/.gradle/gradle.properties", file);
	count(2, 0);
	item(0, "sonatypePassword", "named", 2, 18);
	item(1, "gpr.key", "github-pat-classic", 5, 9);
}

/* -- XML, TOML, YAML -------------------------------------------------------------------------------- */

static void test_maven(void **state)
{
	char file[4000];

	(void)state;
	snprintf(file, sizeof file,
		"<?xml version=\"1.0\"?>\n<!-- <password>commented%s</password> -->\n<settings>\n <servers>\n  <server>\n   <id>github</id>\n"
		"   <password>%s</password>\n  </server>\n  <server><id>own</id><password><![CDATA[%s]]></password></server>\n"
		"  <server><id>enc</id><password>{COQLCE6DU6GtcS5P=}</password></server>\n"
		"  <server><id>env</id><password>${env.CI_TOKEN}</password></server>\n </servers>\n <password>x%s</password>\n</settings>\n",
		password(), gh(), password(), password());
	look("~/.m2/settings.xml", file);
	count(2, 0);
	item(0, "github.password", "github-pat-classic", 7, 14);
	item(1, "own.password", "named", 9, 42);
	snprintf(file, sizeof file, "<settings><servers><server><id>gl</id><configuration><httpHeaders>\n<property><name>Private-Token</name><value>%s</value></property>\n"
		"<property><name>Deploy-Token</name><value>%s</value></property><property><name>Accept</name><value>text/x</value></property>\n"
		"<property><name>Job-Token</name><value>${CI_JOB_TOKEN}</value></property></httpHeaders></configuration></server></servers>"
		"<name>Private-Token</name><value>x%s</value></settings>", gh(), password(), password());
	look("~/.m2/settings.xml", file);
	count(2, 0);
	item(0, "gl.Private-Token", "github-pat-classic", 2, 44);
	item(1, "gl.Deploy-Token", "named", 3, 43);
	look("/r/idea/settings.xml", life_text("<application><password>%s</password></application>", password()));
	count(0, 0);
	snprintf(file, sizeof file, "<settingsSecurity>\n<master>{%s=}</master></settingsSecurity>", password());
	look("~/.m2/settings-security.xml", file);
	count(1, 0);
	item(0, "settingsSecurity.master", "credential", 2, 9);
}

static void test_nuget(void **state)
{
	char file[2000];

	(void)state;
	snprintf(file, sizeof file,
		"<configuration>\n<packageSourceCredentials>\n <acme>\n  <add key=\"Username\" value=\"ci\" />\n  <add key=\"ClearTextPassword\" value=\"%s\" />\n"
		" </acme>\n <env>\n  <add key=\"ClearTextPassword\" value=\"%%NUGET_TOKEN%%\" />\n </env>\n <enc><add key=\"Password\" value=\"AQAAANCMnd8=\" /></enc>\n"
		"</packageSourceCredentials>\n</configuration>\n", password());
	look("/r/NuGet.Config", file);
	count(1, 0);
	item(0, "acme.ClearTextPassword", "named", 5, 39);
}

static void test_cargo(void **state)
{
	char file[2000];

	(void)state;
	snprintf(file, sizeof file, "[registry]\ntoken = \"%s\"\n[registries.acme]\ntoken = \"Bearer %s\"\n", password(), token(NOW - 60, NOW + 840));
	look("~/.cargo/credentials.toml", file);
	count(2, 0);
	item(0, "registry.token", "named", 2, 10);
	assert_int_equal(judged(item(1, "registries.acme.token", "jwt", 4, 10)), MF_LV_OK);
	look("~/.cargo/credentials.toml", "[registry\n");
	count(0, 1);
}

static void test_gh(void **state)
{
	char file[2000];

	(void)state;
	snprintf(file, sizeof file, "github.com:\n    user: me\n    oauth_token: %s\n    users:\n        me:\n            oauth_token: %s\ngh.acme.io:\n    oauth_token: \"%s\"\n",
		gh(), gh(), password());
	look("~/.config/gh/hosts.yml", file);
	count(2, 0);
	item(0, "github.com.me.oauth_token", "github-pat-classic", 6, 26);
	item(1, "gh.acme.io.oauth_token", "named", 8, 19);
}

static void test_kube(void **state)
{
	const char *cert = life_cert(LIFE_LEAF, NOW - 60, NOW + 3540), *key = life_key();
	const char *cert64 = life_b64(cert, strlen(cert)), *key64 = life_b64(key, strlen(key));
	const struct mf_check_item *it;
	char file[16000];

	(void)state;
	snprintf(file, sizeof file,
		"apiVersion: v1\nkind: Config\nclusters:\n- name: c\n  cluster: {certificate-authority-data: %s}\nusers:\n- name: admin\n  user:\n"
		"    client-certificate-data: %s\n    client-key-data: %s\n- name: ci\n  user:\n    token: %s\n- name: basic\n  user: {username: u, password: %s}\n"
		"- name: plugin\n  user:\n    exec: {command: aws, args: [eks, get-token], env: [{name: AWS_PROFILE, value: ci}, {name: API_TOKEN, value: %s}, x]}\n- name: file\n  user: {tokenFile: /var/run/t}\n",
		cert64, cert64, key64, token(NOW - 60, NOW + 840), password(), gh());
	look("/h/.kube/config", file);
	count(4, 1);
	it = item(0, "admin.client-key-data", "x509-leaf", 10, 22);
	assert_int_equal(it->life.expires, NOW + 3540);
	assert_true(it->life.flags & MF_LIFE_KEY_BESIDE);
	assert_int_equal(judged(item(1, "ci.token", "jwt", 13, 12)), MF_LV_OK);
	item(2, "basic.password", "named", 15, 33);
	item(3, "plugin.API_TOKEN", "github-pat-classic", 18, 113);
	assert_non_null(strstr(c.list.notes[0].what, "tokenFile"));
	/* a key alone has no end */
	snprintf(file, sizeof file, "users:\n- name: a\n  user: {client-key-data: %s}\n", key64);
	look("kubeconfig", file);
	count(1, 0);
	item(0, "a.client-key-data", "private-key", 3, 27);
	look("kubeconfig", "users:\n- name: [\n");
	count(0, 1);
}

static void test_one_value(void **state)
{
	char file[2000];

	(void)state;
	look("~/.vault-token", life_sample("vault-token"));
	count(1, 0);
	assert_string_equal(c.list.v[0].name, ".vault-token");
	assert_string_equal(c.list.v[0].rule, "vault-service-token");
	snprintf(file, sizeof file, "# created: 2026\n# public key: age1xyz\n%s\n%s\n", life_sample("age-secret"), life_sample("age-secret"));
	look("~/.config/sops/age/keys.txt", file);
	count(2, 0);
	item(0, "keys.txt", "age-key", 3, 1);
	item(1, "keys.txt", "age-key", 4, 1);
}

/* -- hostile ---------------------------------------------------------------------------------------- */

static void test_known(void **state)
{
	(void)state;
	assert_true(mf_places_knows(".npmrc"));
	assert_true(mf_places_knows("sub/.npmrc"));
	assert_true(mf_places_knows("a/.git/config"));
	assert_true(mf_places_knows("settings.xml"));
	assert_true(mf_places_knows("NuGet.Config"));
	assert_false(mf_places_knows("x.npmrc"));
	assert_false(mf_places_knows("config"));
	assert_false(mf_places_knows("npmrc"));
	assert_false(mf_places_knows(""));
}

static void test_bytes_that_are_no_text(void **state)
{
	static const char *const paths[] = { ".aws/credentials", ".npmrc", ".netrc", ".docker/config.json", ".kube/config", ".cargo/credentials.toml",
		"settings.xml", "NuGet.Config", ".gitconfig", ".azure/accessTokens.json", ".terraformrc", ".pgpass" };

	(void)state;
	for (size_t i = 0; i < MF_COUNT(paths); i++) {
		look(paths[i], "\xff\xfe\x80[\xc3\x28=\"\xf0\x28\x8c\xbc\"\n<\xff a=\xff'");
		for (size_t k = 0; k < c.list.n_notes; k++)
			assert_null(strchr(c.list.notes[k].what, '\xff'));
		look(paths[i], "");
		count(0, 0);
	}
}

/* What takes long for its size: aliases of a long text, many tags before many blanks, many pairs. */
static void test_large_texts(void **state)
{
	static const struct {
		const char *path, *head, *repeat, *tail;
		char filler;
	} of[] = {
		{ ".yarnrc.yml", "a: &a \"", "- *a\n", "\"\nb:\n", 'x' }, { ".kube/config", "a: &a {name: \"", "- *a\n", "\", user: {token: x}}\nusers:\n", 'x' },
		{ ".kube/config", "t: &t\n  token: \"", "- user: *t\n", "\"\nusers:\n", 'x' }, { "settings.xml", "<settings>", "<a>", "", ' ' },
		{ "nuget.config", "<x>", "<add key='a' value='b'>", "", ' ' }, { ".npmrc", "", "//a/:_authToken=vK7qzTgW2m\n", "", '\n' },
		{ ".gitconfig", "[", "url=x\n", "]\n", 'x' }, { ".docker/config.json", "{\"auths\":[", "\n{\"auth\":\"x\"},", "", ' ' },
		{ ".netrc", "", "password x\n", "", ' ' },
	};
	size_t room = 1000000, n;
	char *text = malloc(room + 1);

	(void)state;
	assert_non_null(text);
	for (size_t i = 0; i < MF_COUNT(of); i++) {
		int64_t begun = mf_mono_ms();

		memset(text, of[i].filler, room);
		memcpy(text, of[i].head, strlen(of[i].head));
		n = room / 2;
		memcpy(text + n, of[i].tail, strlen(of[i].tail));
		for (n += strlen(of[i].tail); n + strlen(of[i].repeat) < room && n < room / 2 + 60000; n += strlen(of[i].repeat))
			memcpy(text + n, of[i].repeat, strlen(of[i].repeat));
		if (of[i].filler != ' ' && of[i].filler != '\n')
			text[n] = '\0';
		text[room] = '\0';
		look(of[i].path, text);
		if (mf_mono_ms() - begun > 5000)
			fail_msg("%s (%zu) took %lld ms", of[i].path, i, (long long)(mf_mono_ms() - begun));
	}
	free(text);
}

/* Each '@' becomes one. */
static void with_password(char *out, size_t cap, const char *text)
{
	size_t n = 0;

	for (; *text && n + 20 < cap; text++)
		n += (size_t)snprintf(out + n, cap - n, *text == '@' ? "%s" : "%.1s", *text == '@' ? password() : text);
}

/* A parser says what it trips over, and that may be the password. */
static void test_notes_without_values(void **state)
{
	static const char *const texts[] = { "users:\n- name: a\n  user: {password: *@}\n", "users:\n- user:\n    password: !@ x\n",
		"@: 1\n@: 2\n", "{\"@\": 1, \"@\": 2}", "a: \"@\n" };
	static const char *const paths[] = { ".kube/config", ".docker/config.json", ".cargo/credentials.toml" };
	char text[400];

	(void)state;
	for (size_t i = 0; i < MF_COUNT(texts) * MF_COUNT(paths); i++) {
		with_password(text, sizeof text, texts[i / MF_COUNT(paths)]);
		look(paths[i % MF_COUNT(paths)], text);
		for (size_t k = 0; k < c.list.n_notes; k++) {
			assert_null(strstr(c.list.notes[k].what, password()));
			assert_true(!c.list.notes[k].why || !strstr(c.list.notes[k].why, password()));
		}
	}
	look(".kube/config", "users:\n- name: a\n  user: {password: *b}\n");
	count(0, 1);
	assert_non_null(strstr(c.list.notes[0].why, "line 3, column"));
}

static int body(void *ctx, struct mf_err *err)
{
	const char *const *one = ctx;
	struct mf_check own = { .now = NOW };
	int rc = mf_places_file(&own, MF_CHECK_HOME, one[0], mf_str(one[1]), err);

	mf_check_list_free(&own.list);
	return rc;
}

static void test_memory(void **state)
{
	char pair[200], aws[400];
	const char *const json[] = { "~/.docker/config.json", pair }, *const ini[] = { "~/.aws/credentials", aws };

	(void)state;
	snprintf(pair, sizeof pair, "{\"auths\":{\"a\":{\"auth\":\"%s\"}}}", life_b64("ci:vK7qzTgW2mRx9Lp", 18));
	snprintf(aws, sizeof aws, "[a]\naws_access_key_id=%s\naws_secret_access_key=%s\n", life_sample("aws-key-id"), life_sample("aws-secret"));
	mf_torture(body, (void *)json);
	mf_torture(body, (void *)ini);
}

static int done(void **state)
{
	(void)state;
	mf_check_list_free(&c.list);
	life_support_free();
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_aws), cmocka_unit_test(test_aws_parts), cmocka_unit_test(test_docker), cmocka_unit_test(test_google),
		cmocka_unit_test(test_azure), cmocka_unit_test(test_caches_of_aws), cmocka_unit_test(test_terraform), cmocka_unit_test(test_pypirc),
		cmocka_unit_test(test_npmrc), cmocka_unit_test(test_git), cmocka_unit_test(test_netrc), cmocka_unit_test(test_urls), cmocka_unit_test(test_properties),
		cmocka_unit_test(test_maven), cmocka_unit_test(test_nuget), cmocka_unit_test(test_cargo), cmocka_unit_test(test_gh),
		cmocka_unit_test(test_kube), cmocka_unit_test(test_one_value), cmocka_unit_test(test_known),
		cmocka_unit_test(test_bytes_that_are_no_text), cmocka_unit_test(test_large_texts),
		cmocka_unit_test(test_notes_without_values), cmocka_unit_test(test_memory),
	};

	return cmocka_run_group_tests(tests, NULL, done);
}
