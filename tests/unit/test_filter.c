/* SPDX-License-Identifier: Apache-2.0 */
/* What is no credential, and how seldom a random value is taken for it. */
#include "unit.h"

#include <math.h>
#include <stdio.h>
#include <mayfly/verify.h>

/* `line` holds the value where its "@" stands, or is NULL for the value alone. */
static const char *ask(const char *value, const char *line, bool generic)
{
	static char text[4096];
	const char *at = line ? strchr(line, '@') : NULL;
	int before = at ? (int)(at - line) : 0;

	snprintf(text, sizeof(text), "%.*s%s%s", before, at ? line : "", value, at ? at + 1 : "");
	return mf_not_a_secret((struct mf_str){ .p = text + before, .n = strlen(value) }, mf_str(text), mf_str(text), generic);
}

static void dropped(const char *value, const char *line, bool generic, const char *want)
{
	const char *why = ask(value, line, generic);

	if (!why || strcmp(why, want) != 0)
		fail_msg("\"%s\" in \"%s\": %s, not %s", value, line ? line : "", why ? why : "kept", want);
}

static void kept(const char *value, const char *line, bool generic)
{
	const char *why = ask(value, line, generic);

	if (why)
		fail_msg("\"%s\" in \"%s\" is dropped: %s", value, line ? line : "", why);
}

static void test_strong(void **state)
{
	static const char *const cases[][2] = {
		{ "ghp_" "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx", "placeholder" }, { "tok_****************", "placeholder" }, { "tok_abc...xyz", "placeholder" },
		{ "<your-api-key>", "template" }, { "<TOKEN>", "template" }, { "${API_TOKEN}", "template" }, { "{{ .Values.token }}", "template" }, { "%API_TOKEN%", "template" },
		{ "$(cat /run/token)", "template" }, { "<%= ENV['T'] %>", "template" }, { "#{token}", "template" }, { "%(token)s", "template" }, { "@@TOKEN@@", "template" },
		{ "$TOKEN", "template" }, { "__TOKEN__", "template" }, { "tok_1234567890abcdef", "sequence" }, { "sk_a1b2c3d4e5f6a7b8", "sequence" },
		{ "tok_example_0f9a8b7c", "example" }, { "AKIAIOSFODNN7" "EXAMPLE", "example" }, { "changeme", "placeholder" }, { "tok_REDACTED_a8f9", "placeholder" },
		{ "tok_deadbeef0f9a8b7c", "placeholder" }, { "0000000000000000000000", "placeholder" }, { "tok_abcabcabcabcabcabc", "sequence" },
		{ "tok_qwertyuiop91", "sequence" }, { "tok_9876543210", "sequence" }, { "insert_token_here", "placeholder" }, { "tok_fake_8f7a6b", "placeholder" },
	};

	(void)state;
	for (size_t i = 0; i < MF_COUNT(cases); i++) {
		dropped(cases[i][0], NULL, false, cases[i][1]);
		assert_non_null(ask(cases[i][0], NULL, true));
	}
	dropped("secrets.TOKEN", "token: ${{ @ }}", false, "template");
	assert_string_equal(ask("", NULL, false), "empty");
}

/* A value that is given to nothing but "value" has the name that has matched. */
static void test_name_of_match(void **state)
{
	static const char above[] = "- name: DB_PASSWORD\n  value: hunter7\n", other[] = "- name: DB_REGION\n  value: hunter7\n";
	const char *at = strstr(above, "hunter7"), *from = strstr(above, "PASSWORD");

	(void)state;
	assert_null(mf_not_a_secret((struct mf_str){ .p = at, .n = 7 }, (struct mf_str){ .p = from, .n = (size_t)(at - from) + 7 }, mf_str(above), true));
	at = strstr(other, "hunter7");
	from = strstr(other, "REGION");
	assert_non_null(mf_not_a_secret((struct mf_str){ .p = at, .n = 7 }, (struct mf_str){ .p = from, .n = (size_t)(at - from) + 7 }, mf_str(other), true));
}

/* A word in a random body is no reason, nor are fields of zeros. */
static void test_not_strong(void **state)
{
	static const char *const cases[] = {
		"ghp_" "Kq2test9mZp4W7bTokenVx3Lr8Yd1Sg6Hn", "sk_live_" "9fTodoQz27KfakeL0xMock3bVnXs", "AAAAAAAAAAAAJQQJ99BDACYeBjFXJ3w3AAAAAAAAAAAAQz7",
		"AgEIcHlwaS5vcmcAAAAAAAAAAAAQk9", "x7Kq$2mZ(p", "f47ac10b-58cc-4372-a567-0e02b2c3d479",
	};

	(void)state;
	for (size_t i = 0; i < MF_COUNT(cases); i++)
		kept(cases[i], NULL, false);
}

static void test_generic(void **state)
{
	static const struct { const char *value, *line, *why; } cases[] = {
		{ "f47ac10b-58cc-4372-a567-0e02b2c3d479", "api_key = \"@\"", "uuid" },
		{ "process.env.API_KEY", "apiKey: @,", "reference" }, { "os.environ[\"API_KEY\"]", "api_key = @", "reference" }, { "getenv(\"API_KEY\")", "key = @;", "reference" },
		{ "var.api_key", "api_key = @", "reference" }, { "config.auth.token", "token = @", "reference" }, { "arn:aws:secretsmanager:eu-west-1:123:secret:x", "secret = \"@\"", "reference" },
		{ "vault:secret/data/ci#token", "token: @", "reference" }, { "createToken(user, 7)", "token = @", "code" }, { "generateSecretKey()", "secret = @", "code" },
		{ "getAccessTokenFromRequest", "token = @(req)", "code" }, { "https://login.acme.io/token", "token = \"@\"", "url" }, { "/run/secrets/api_token", "token = \"@\"", "path" },
		{ "./certs/server.key", "key: @", "path" }, { "application/json", "token = \"@\"", "media type" }, { "20240131", "key = @", "number" }, { "1.25.3-beta2", "key: @", "version" },
		{ "2024-01-31T10:00:00Z", "key: @", "version" }, { "0xdeadc0de1234", "key = @", "number" }, { "me@acme.io", "token: @", "address" },
		{ "accessTokenProvider", "token = \"@\"", "word" }, { "ACCESS_TOKEN_SECRET_KEY", "token = \"@\"", "word" }, { "user-session-token", "token = \"@\"", "word" },
		{ "SystemTimeToFileTime", "token = \"@\"", "word" }, { "LoadLibraryA", "token = \"@\"", "word" },
		{ "Please enter the secret", "secret: \"@\"", "text" }, { "aaaaabbbbbaaaaabbbbbab", "key = \"@\"", "placeholder" }, { "ababcebcbaecdebcdebdceabcd", "key = \"@\"", "low variety" },
		{ "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08", "\"sha256\": \"@\"", "hash" },
		{ "3f2c1ab9470e18dc96b25a4f3e7d1c02b9a6f8e5", "commit @", "hash" }, { "sha512-q1Zk9vXm3bT7cLw2RdYaQ==", "\"integrity\": \"@\"", "hash" },
		{ "q1Zk9vXm3bT7cLw2RdYaQz7", "PUBLIC_KEY = \"@\"", "public key" }, { "q1Zk9vXm3bT7cLw2RdYaQz7", "secret_name = \"@\"", "name" },
		{ "q1Zk9vXm3bT7cLw2RdYaQz7", "cacheKey = \"@\"", "name" }, { "q1Zk9vXm3bT7cLw2RdYaQz7", "max_tokens: '@'", "name" },
		{ "q1Zk9vXm3bT7cLw2RdYaQz7", "<meta name=\"csrf-token\" content=\"@\">", "data" },
		{ "q1Zk9vXm3bT7cLw2RdYaQz7", "[![build](https://ci.acme.io/shop.svg?token=@)]", "data" },
		{ "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJ", "key = \"@\"", "data" }, { "{a:1,b:[2]}", "key = @", "code" },
	};

	(void)state;
	for (size_t i = 0; i < MF_COUNT(cases); i++)
		dropped(cases[i].value, cases[i].line, true, cases[i].why);
	dropped("YW5vdGhlci1hY2Nlc3MtdG9rZW4h", "credential=@", true, "word");
	/* a package whose name ends as a password's does */
	dropped("npm:^7.0.4", "\"minipass\": \"@\",", true, "version");
	dropped("npm:@acme/other-pass@~1.2.3-rc.1", "gen-pass: @", true, "version");
	dropped("npm:otherpass@7.0.4", "htpass: \"@\"", true, "version");
	dropped("workspace:>=2.10.0", "\"my-pass\": \"@\",", true, "version");
	kept("npm:q1Zk9vXm3bT7cLw2RdYaQz7", "db_pass: \"@\"", true);
	kept("npm:q1Zk9vXm3@bT7cLw2RdYaQz7", "db_pass: \"@\"", true);
	kept("q1Zk9vXm3bT7cLw2RdYaQz7", "api_key = \"@\"", true);
	kept("9f86d081884c7d659a2feaa0c55ad015", "api_key: @", true);
	kept("q1Zk9vXm3bT7cLw2RdYaQz7", "Authorization: @", true);
	kept("q1Zk9vXm3bT7cLw2RdYaQz7", "AZURE_STORAGE_KEY=@", true);
	kept("q1Zk9vXm3bT7cLw2RdYaQz7", "VAULT_SECRET_ID=@", true);
	kept("9f86d081884c7d659a2feaa0c55ad015", "{\"version\": 1, \"hash\": true, \"api_key\": \"@\"}", true);
	kept("q1Zk9vXm3bT7cLw2RdYaQz7N+7Xw0g==", "apiSecret: \"@\"", true);
	kept("k#8x!q2-z&v7(m1^w9)e4*r6_t3=u5+i0@o", "SECRET_KEY = '@'", true);
	kept("q1Zk9vXm3bT7cLw2RdYaQz7", "publish(clientSecret='@')", true);
}

static void test_passwords(void **state)
{
	static const char *const real[] = { "hunter2", "hunter2!", "S3cr3t!", "Tr0ub4dor&3", "admin123", "welcome1", "Summer2024!", "x8Kq2mZp", "V3ryS3cure#Pa55", "monkey77" };
	static const char *const none[] = { "password", "password123", "Password1!", "changeme", "********", "test1234", "getPassword", "DB_PASSWORD", "user.password", "${DB_PASS}",
		"correct horse battery", "12345", "postgres", "sha256", "secret", "iloveyou", "old_password", "your-password", "abc", "letmein", "fakepwd", "swordfish" };

	(void)state;
	for (size_t i = 0; i < MF_COUNT(real); i++) {
		kept(real[i], "password = \"@\"", true);
		kept(real[i], "DB_PASSWORD=@", true);
		kept(real[i], "  db_pass: @  # rotate", true);
	}
	for (size_t i = 0; i < MF_COUNT(none); i++) {
		assert_non_null(ask(none[i], "password = \"@\"", true));
		assert_non_null(ask(none[i], "DB_PASSWORD=@", true));
	}
	/* an anchor, a symbol, a tag; the name of a secret; a part of a page */
	dropped(":PPPoE", "'name: :PPPoE password: @ service'", true, "reference");
	dropped("!secret", "password: @ wifi", true, "reference");
	dropped("@env:AC_PASSWORD", "\"password\": \"@\"", true, "reference");
	dropped("MySecret1-a1b2c3", "\"ARN\": \"arn:aws:secretsmanager:us-west-2:111122223333:secret:@\"", true, "reference");
	dropped("[a-zA-Z0-9/_+=.@-]+$", "\"^arn:(aws[a-z-]*):secretsmanager:[a-z0-9-]+:[0-9]{12}:secret:@\"", true, "reference");
	dropped("MySecret1-a1b2c3", "-west-2:111122223333:secret:@\"", true, "reference");
	dropped("a-zA-Z0-9/_+=.@-", "[a-z0-9-]+:[0-9]{12}:secret:[@]+$\"", true, "reference");
	dropped("[a-zA-Z0-9/_+=.@-]+$", "{1}:\\\\d{12}:secret:@\"", true, "reference");
	kept("q1Zk9vXm3bT7cLw2RdYaQz7", "db:42:secret:@", true);
	dropped("#add-password", "this.addPassword = \"@\";", true, "markup");
	dropped("-anonymous@", "  $pass = '@'", true, "placeholder");
	dropped("cCdHpPu", "local argopts_pass=\"@\"", true, "name");
	dropped("TestVerboseSkip.*", "--- PASS: @", true, "text");
	dropped("CHECKBOX", "'type': ['TEXT', 'PASSWORD', '@', 'RADIO']", true, "word");
	dropped("c85175a4ebcce361", "    \"AWS::SecretsManager::Secret\": \"@\",", true, "name");
	dropped("2203u32", "pub const NERR_BadPassword: u32 = @;", true, "number");
	dropped("-534i32", "pub const PASSWORDCHAR: i32 = @;", true, "number");
	dropped("1048576UL", "static long password_max = @;", true, "number");
	kept("2203u32", "DB_PASSWORD=@", true);
	kept("2203u32", "password = \"@\"", true);
	kept("#Summer2024", "password = \"@\"", true);
	kept("#xKqzWvTb", "password = \"@\"", true);
	kept("!xKqzWvTb", "DB_PASSWORD=@", true);
	kept("c85175a4ebcce361", "    \"Aws.SecretsManager.Secret\": \"@\",", true);
	kept("q1Zk9vXm3bT7cLw2RdYaQz7", "\"arn:aws:secretsmanager\", \"secret\": \"@\"", true);
	dropped("85b067a827e2847c4a1d92c2f90a023651f25749", "[![CI](https://circleci.com/gh/acme/shop.svg?style=svg&circle-token=@)]", true, "data");
	kept("85b067a827e2847c4a1d92c2f90a023651f25749", "see a.svg?b https://circleci.com/api/me?circle-token=@", true);
	/* an identifier in code is a variable */
	dropped("pass2word", "connect(user, password=@, port)", true, "word");
	dropped("password1", "    password = @;", true, "placeholder");
	dropped("PK11SlotInfo", "PK11_DoPassword(@ *slot);", true, "code");
	dropped("PKCS12", "raise ValueError(\"Invalid password or @ data\")", true, "code");
	dropped("EACCES", "case ERROR_PASSWORD_EXPIRED: error = @; break;", true, "code");
}

/* `line` has the secret where its "@" stands; the match begins where its "^" stands, which is taken out. */
static bool denied(const char *line)
{
	static const char value[] = "q1Zk9vXm3bT7cLw2RdYaQz7";
	char text[256];
	const char *mark = strchr(line, '^'), *at;
	int n;

	assert_non_null(mark);
	at = strchr(mark, '@');
	assert_non_null(at);
	n = snprintf(text, sizeof(text), "%.*s%.*s%s%s", (int)(mark - line), line, (int)(at - mark - 1), mark + 1, value, at + 1);
	assert_true(n > 0 && (size_t)n < sizeof(text));
	return mf_name_denies((struct mf_str){ text + (at - line) - 1, sizeof(value) - 1 }, (struct mf_str){ text + (mark - line), (size_t)n - (size_t)(mark - line) },
			      (struct mf_str){ text, (size_t)n });
}

/* A vendor's name and a word that says that it is no secret; and names that only look like that. */
static void test_names(void **state)
{
	static const char *const none[] = {
		"^HEROKU_APP_ID=@", "^HEROKU_ADDON_NAME=@", "^heroku_pipeline: @", "^SNYK_ORG=@", "\"^snykOrgId\": \"@\"", "my^SnykOrg = '@'", "^VERCEL_ORG_ID_PROD=@", "^vercel-org-id: @",
		"^MISTRAL_AGENT_ID_2=@", "ARG ^LINODE_SHA256=@", "^linodeCliSha256: \"@\"", "^linode.cli.md5sum=@", "^GITEA_COMMIT=@", "^MERAKI_REV=@", "^algoliaIndexHash: '@'",
		"^twilio_checksum=@", "^SENTRY_ETAG=@", "^datadogTraceId = \"@\"", "^heroku_appid: @", "^TENCENT_APPID=@", "set('^herokuAppId', '@')", "^spotifyClientID := \"@\"",
		"^HEROKU_API_KEY_ID=@", "^twilio_auth_token_hash=@", "^heroku_uuid=@", "name=\"^HEROKU_APP_ID\" value=\"@\"", "^heroku_id: String = \"@\"", "^snyk: { tokenId: \"@\" }",
		"^heroku.getById(\"@\")", "^snyk->token_id = \"@\"", "[![CI](https://circleci.com/gh/acme/shop.svg?style=svg&^circle-token=@)",
	};
	static const char *const keep[] = {
		"^HEROKU_API_KEY=@", "^heroku=@", "^HEROKU_KEY_ORG=@", "^SNYK_TOKEN_PROJECT: @", "^herokuApiKeyV2: \"@\"", "ORG_TOKEN_^SNYK_PROJECT=@", "^VAULT_SECRET_ID=@", "^vaultSecretId: @",
		"^HEROKU_API_KEY_PROD=@", "^heroku_app_id --token @", "^heroku: { apiKey: \"@\" }", "^herokuKey: Uuid = \"@\"", "^herokuPaid = \"@\"", "^TWILIO_AUTH_TOKEN_2=@", "^heroku: @",
		"^HEROKU_VALID=@", "curl https://circleci.com/api/v1/me?^circle-token=@", "see a.svg?b ^circle-token=@", "^heroku_1=@", "^snyk->token = \"@\"",
	};

	(void)state;
	for (size_t i = 0; i < MF_COUNT(none); i++)
		if (!denied(none[i]))
			fail_msg("'%s' is taken for a secret's name", none[i]);
	for (size_t i = 0; i < MF_COUNT(keep); i++)
		if (denied(keep[i]))
			fail_msg("'%s' is not taken for a secret's name", keep[i]);
	assert_false(mf_name_denies(mf_str("x"), (struct mf_str){ 0 }, (struct mf_str){ 0 }));
	assert_true(mf_made_of_words(mf_str("ModifyInstanceBackupName")));
	assert_false(mf_made_of_words(mf_str("qZkvXmbTcLwRdYaQzWnGfJpH")));
}

/* The line may be huge, and the value may have been decoded from it. */
static void test_surroundings(void **state)
{
	size_t n = 8 << 20;
	char *line = malloc(n);
	static const char value[] = "q1Zk9vXm3bT7cLw2RdYaQz7";

	(void)state;
	assert_non_null(line);
	memset(line, 'a', n);
	memcpy(line + n / 2, value, sizeof(value) - 1);
	memcpy(line + n / 2 - 12, "public_key=\"", 12);
	assert_string_equal(mf_not_a_secret((struct mf_str){ .p = line + n / 2, .n = sizeof(value) - 1 }, mf_str(value), (struct mf_str){ .p = line, .n = n }, true), "public key");
	assert_null(mf_not_a_secret(mf_str(value), mf_str("key=" "q1Zk9vXm3bT7cLw2RdYaQz7"), (struct mf_str){ .p = line, .n = 64 }, true));
	assert_null(mf_not_a_secret(mf_str(value), (struct mf_str){ 0 }, (struct mf_str){ 0 }, true));
	free(line);
}

/* xorshift: the same values in every run. */
static uint64_t dice = 0x9e3779b97f4a7c15u;

static unsigned throw(unsigned below)
{
	dice ^= dice << 13;
	dice ^= dice >> 7;
	dice ^= dice << 17;
	return (unsigned)(dice >> 33) % below;
}

static unsigned drops(const char *alphabet, size_t n, bool generic, unsigned rounds)
{
	char value[100];
	unsigned count = 0, size = (unsigned)strlen(alphabet);

	for (unsigned r = 0; r < rounds; r++) {
		for (size_t i = 0; i < n; i++)
			value[i] = alphabet[throw(size)];
		value[n] = '\0';
		count += ask(value, "api_key = \"@\"", generic) != NULL;
	}
	return count;
}

static void test_random_values(void **state)
{
	static const char *const alphabets[] = {
		"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz", "abcdefghijklmnopqrstuvwxyz", "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", "0123456789abcdef",
		"abcdefghijklmnopqrstuvwxyz0123456789", "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/",
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_",
	};
	static const size_t sizes[] = { 20, 32, 40, 64 };

	(void)state;
	for (size_t a = 0; a < MF_COUNT(alphabets); a++)
		for (size_t i = 0; i < MF_COUNT(sizes); i++) {
			unsigned strong = drops(alphabets[a], sizes[i], false, 4000), weak = drops(alphabets[a], sizes[i], true, 2000);

			if (strong > 2 || weak > 20)	/* 0.05 %, 1 % */
				fail_msg("%zu of %.12s...: %u of 4000 and %u of 2000 are dropped", sizes[i], alphabets[a], strong, weak);
		}
}

static void test_entropy(void **state)
{
	char run[400];

	(void)state;
	assert_true(fabs(mf_entropy(mf_str("")) - 0) < 1e-12);
	assert_true(fabs(mf_entropy(mf_str("aaaa")) - 0) < 1e-12);
	assert_true(fabs(mf_entropy(mf_str("ab")) - 1) < 1e-12);
	assert_true(fabs(mf_entropy(mf_str("0123456789abcdef")) - 4) < 1e-12);
	assert_true(fabs(mf_entropy(mf_str("aab")) - 0.9182958340544896) < 1e-12);
	for (size_t i = 0; i < sizeof(run); i++)
		run[i] = i < 300 ? 'x' : 'y';
	assert_true(fabs(mf_entropy((struct mf_str){ .p = run, .n = sizeof(run) }) - 0.8112781244591328) < 1e-12);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_name_of_match), cmocka_unit_test(test_strong),
		cmocka_unit_test(test_not_strong),
		cmocka_unit_test(test_generic),
		cmocka_unit_test(test_passwords),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_surroundings),
		cmocka_unit_test(test_random_values),
		cmocka_unit_test(test_entropy),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
