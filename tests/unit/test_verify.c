/* SPDX-License-Identifier: Apache-2.0 */
/* Every check against tokens that another implementation made (tests/support/samples.py), whole and broken; what is told of them; what is harmless. */
#include "unit.h"

#include <stdio.h>
#include <mayfly/enc.h>
#include <mayfly/verify.h>
#include "failalloc.h"

static const struct {
	const char *check;
	enum mf_verdict_format want;
	const char *secret, *match;
} samples[] = {
#include "verify_samples.def"
};

static struct mf_token_facts facts;

static enum mf_verdict_format run(const char *check, const char *secret)
{
	return mf_check_run(check, mf_str(secret), (struct mf_str){ 0 }, &facts);
}

static bool named(const char *name)
{
	for (size_t i = 0; mf_check_names[i]; i++)
		if (strcmp(mf_check_names[i], name) == 0)
			return true;
	return false;
}

static const char *sample_of(const char *check)
{
	for (size_t i = 0; i < MF_COUNT(samples); i++)
		if (strcmp(samples[i].check, check) == 0)
			return samples[i].secret;
	fail_msg("no sample of %s", check);
	return "";
}

/* The text with `from` once replaced by `to`; one buffer. */
static const char *with(const char *text, const char *from, const char *to)
{
	static char out[8192];
	const char *at = strstr(text, from);

	assert_non_null(at);
	assert_true(strlen(text) + strlen(to) < sizeof(out));
	memcpy(out, text, (size_t)(at - text));
	memcpy(out + (at - text), to, strlen(to));
	memcpy(out + (at - text) + strlen(to), at + strlen(from), strlen(at + strlen(from)) + 1);
	return out;
}

static void test_samples(void **state)
{
	(void)state;
	for (size_t i = 0; i < MF_COUNT(samples); i++) {
		enum mf_verdict_format got = mf_check_run(samples[i].check, mf_str(samples[i].secret), mf_str(samples[i].match), &facts);
		/* a mark in the middle of base64 is nothing without the rest of it */
		const bool chance = got == MF_FORMAT_BROKEN && strcmp(samples[i].check, "cask") == 0;

		assert_true(named(samples[i].check));
		if (got != samples[i].want || facts.harmless != chance)
			fail_msg("%s (%zu): %s, not %s", samples[i].check, i, mf_format_name(got), mf_format_name(samples[i].want));
	}
}

/* Each check has its samples, and the names are sorted, each once. */
static void test_names(void **state)
{
	(void)state;
	for (size_t i = 0; mf_check_names[i]; i++) {
		sample_of(mf_check_names[i]);
		if (i)
			assert_true(strcmp(mf_check_names[i - 1], mf_check_names[i]) < 0);
	}
	assert_int_equal(run("no-such-check", "x"), MF_FORMAT_PLAUSIBLE);
	assert_int_equal(run("npm", ""), MF_FORMAT_PLAUSIBLE);
	assert_string_equal(mf_format_name(MF_FORMAT_VERIFIED), "verified-format");
	assert_string_equal(mf_format_name((enum mf_verdict_format)9), "plausible");
}

/* A token that is cut anywhere is not verified (a block without its last line may be), and nothing is read behind its end. */
static void test_cut(void **state)
{
	static const char *const whole[] = { "github-classic", "github-fine", "npm", "grafana-sa", "confluent", "cloudflare", "atlassian", "azure-identifiable", "entra-secret",
		"azure-devops-pat", "cask", "nats-nkey", "stellar", "wif", "xprv", "nostr", "pypi", "gitlab-routable", "jwt", "jwk", "openssh-private", "pgp-private",
		"minisign" };

	(void)state;
	for (size_t i = 0; i < MF_COUNT(whole); i++) {
		const char *s = sample_of(whole[i]);
		size_t n = strlen(s);

		for (size_t cut = 1; cut < n; cut++) {
			char *part = malloc(cut);

			assert_non_null(part);
			memcpy(part, s, cut);
			if (mf_check_run(whole[i], (struct mf_str){ .p = part, .n = cut }, (struct mf_str){ 0 }, &facts) == MF_FORMAT_VERIFIED && (n < 60 || cut + 60 < n))
				fail_msg("%s is verified at %zu of %zu", whole[i], cut, n);
			free(part);
		}
	}
}

static void tells(const char *check, const char *account, const char *note, int64_t issued, int64_t expires)
{
	run(check, sample_of(check));
	assert_string_equal(facts.account, account);
	if (note)
		assert_string_equal(facts.note, note);
	assert_int_equal(facts.issued, issued);
	assert_int_equal(facts.expires, expires);
}

static void test_facts(void **state)
{
	(void)state;
	tells("aws-key-id", "AWS account 123456789012", "a long-lived access key", 0, 0);
	tells("gitlab-routable", "user 82", NULL, 0, 0);
	tells("cask", "provider TEST", NULL, 1767225600, 0);	/* 2026-01-01 */
	tells("sentry", "organization acme", NULL, 1700000000, 0);
	tells("jwt", "issuer https://id.acme.invalid", "", 1700000000, 1700003600);
	tells("github-app-jwt", "app 12345", NULL, 1700000000, 1700003600);
	tells("pypi", "pypi.org", NULL, 0, 0);
	tells("artifactory-reftkn", "", NULL, 0, 1900000000);
	tells("azure-sas", "", NULL, 1893369600, 1893553445);
	tells("postman", "", NULL, 1700000000, 0);
	tells("pgp-private", "", "the key is not encrypted", 1700000000, 0);
	tells("pem-private", "", "an RSA key of 1024 bits", 0, 0);
	tells("openssh-private", "", "ssh-ed25519", 0, 0);
	tells("gcp-service-account", "ci@acme.iam.gserviceaccount.com", "an RSA key of 1024 bits", 0, 0);
	tells("grafana-cloud", "organization 12345", NULL, 0, 0);
	tells("basic-auth", "user deploy", NULL, 0, 0);
	tells("aws-bedrock", "AWS account 123456789012", NULL, 0, 0);
}

static size_t put(unsigned char *out, unsigned type, const char *text, size_t n)
{
	out[0] = (unsigned char)type;
	out[1] = (unsigned char)n;
	memcpy(out + 2, text, n);
	return n + 2;
}

/* A token of PyPI with these caveats. */
static const char *pypi_with(const char *first, const char *second)
{
	static char token[600] = "pypi-";
	const char *const caveats[] = { first, second };
	unsigned char raw[400];
	size_t n = 0;

	raw[n++] = 2;
	n += put(raw + n, 1, "pypi.org", 8);
	n += put(raw + n, 2, "85fd1729-9499-4b34-8a52-000000000000", 36);
	raw[n++] = 0;
	for (size_t i = 0; i < MF_COUNT(caveats); i++) {
		if (caveats[i]) {
			n += put(raw + n, 2, caveats[i], strlen(caveats[i]));
			raw[n++] = 0;
		}
	}
	raw[n++] = 0;
	n += put(raw + n, 6, "0123456789abcdef0123456789abcdef", 32);
	token[5 + mf_b64_encode(token + 5, raw, n, MF_B64_URL, false)] = '\0';
	return token;
}

static void times_are(const char *token, int64_t issued, int64_t expires)
{
	assert_int_equal(run("pypi", token), MF_FORMAT_VERIFIED);
	assert_int_equal(facts.issued, issued);
	assert_int_equal(facts.expires, expires);
}

/* A macaroon is as narrow as all of its caveats together. */
static void test_pypi_caveats(void **state)
{
	(void)state;
	times_are(pypi_with(NULL, NULL), 0, 0);
	times_are(pypi_with("[0, 1700000900, 1700000000]", NULL), 1700000000, 1700000900);
	times_are(pypi_with("[0, 1700000900, 1700000000]", "[0,1700000600,1700000300]"), 1700000300, 1700000600);
	times_are(pypi_with("[1, [\"acme\"]]", "{\"nbf\": 1700000000, \"exp\": 1700003600}"), 1700000000, 1700003600);
	times_are(pypi_with("{\"version\": 1, \"permissions\": \"user\"}", "[3, \"85fd1729-9499-4b34-8a52-000000000000\"]"), 0, 0);
	times_are(pypi_with("[0, -5, 10]", "[0, 1700000900]"), 0, 0);
	times_are(pypi_with("no JSON", "[0, [], {}]"), 0, 0);
}

static void harmless(const char *check, const char *secret)
{
	run(check, secret);
	if (!facts.harmless)
		fail_msg("%s: \"%s\" is taken for a secret", check, secret);
}

static void test_harmless(void **state)
{
	(void)state;
	harmless("aws-key-id", "AKIAIOSFODNN7" "EXAMPLE");
	harmless("app-password", "send mail from here");
	harmless("app-password", "abcd efgh ijkl mnop");
	harmless("aws-secret", "wJalrXUtnFEMI/K7MDENG/" "bPxRfiCYEXAMPLEKEY");
	harmless("aws-secret", "da39a3ee5e6b4b0d3255" "bfef95601890afd80709");
	/* RFC 7515 A.1, RFC 7519 6.1, jwt.io */
	harmless("jwt", "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9" ".eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ"
		".dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk");
	harmless("jwt", "eyJhbGciOiJub25lIn0" ".eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ.");
	harmless("jwt", "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9" ".eyJzdWIiOiIxMjM0NTY3ODkwIiwibmFtZSI6IkpvaG4gRG9lIiwiaWF0IjoxNTE2MjM5MDIyfQ"
		".SflKxwRJSMeKKF2QT4fwpMeJf36POk6yJV_adQssw5c");
	harmless("jwk", "{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"abc\",\"y\":\"def\"}");
	harmless("jwk", "{\"keys\":[{\"kty\":\"RSA\",\"n\":\"abc\",\"e\":\"AQAB\"}]}");
	harmless("jwk", "{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"d\":\"nWGxne_9WmC6hEr0kuwsx" "ERJxWl7MmkZcDusAxyuf2A\",\"x\":\"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwaaPJHURo\"}");
	harmless("pem-private", "-----BEGIN PRIVATE " "KEY-----\n...\n-----END PRIVATE KEY-----");
	harmless("pem-private", "-----BEGIN RSA PRIVATE " "KEY-----\\n<your key here>\\n-----END RSA PRIVATE KEY-----");
	harmless("pem-private", "-----BEGIN PUBLIC KEY-----\nMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE\n-----END PUBLIC KEY-----");
	harmless("gcp-service-account", "{\"type\": \"authorized_user\", \"client_id\": \"x\"}");
	harmless("mapbox", "pk.eyJ1IjoiYWNtZSIsImEiOiJ4In0" ".abcdefghijABCDEFGHIJkl");
	harmless("basic-auth", "QWxhZGRpbjpvcGVu" "IHNlc2FtZQ==");
	harmless("basic-auth", "dXNlcjpwYXNzd29yZA==");	/* user:password */
	harmless("stripe", "pk_live_" "51abcdefghijklmnopqrstuvw");
}

static void test_places(void **state)
{
	static const struct { const char *check, *secret, *match; bool harmless; const char *account, *note; } cases[] = {
		{ "url-credentials", "b7Kq2mZpW4", "mysql://app:b7Kq2mZpW4@db.acme.io/x", false, "db.acme.io", "" },
		{ "url-credentials", "b7Kq2mZpW4", "mysql://app:b7Kq2mZpW4@localhost:3306/x", false, "localhost", "on this machine only" },
		{ "url-credentials", "b7Kq2mZpW4", "https://app:b7Kq2mZpW4@example.com/x", true, "", NULL },
		{ "url-credentials", "b7Kq2mZpW4", "https://app:b7Kq2mZpW4@api.example.org/x", true, "", NULL },
		{ "url-credentials", "password", "postgres://user:password@db.acme.io/x", true, "", NULL },
		{ "url-credentials", "app", "postgres://app:app@db.acme.io/x", true, "", NULL },
		{ "url-credentials", "${DB_PASS}", "postgres://app:${DB_PASS}@db.acme.io/x", true, "", NULL },
		{ "url-credentials", "p@ss/w0rD9", "amqp://app:p@ss/w0rD9@mq.acme.io/x", false, "mq.acme.io", "" },
		{ "url-credentials", "b7Kq2mZpW4", "redis://:b7Kq2mZpW4@[2001:db8::7]:6379", false, "[2001:db8::7]", "" },
		{ "netrc", "b7Kq2mZpW4", "machine git.acme.io login me password b7Kq2mZpW4", false, "git.acme.io", "" },
		{ "netrc", "b7Kq2mZpW4", "machine example.com login me password b7Kq2mZpW4", true, "", NULL },
		{ "pgpass", "b7Kq2mZpW4", "db.acme.io:5432:*:me:b7Kq2mZpW4", false, "db.acme.io", "" },
		{ "pgpass", "password", "hostname:5432:database:username:password", true, "", NULL },
	};

	(void)state;
	for (size_t i = 0; i < MF_COUNT(cases); i++) {
		assert_int_equal(mf_check_run(cases[i].check, mf_str(cases[i].secret), mf_str(cases[i].match), &facts), MF_FORMAT_PLAUSIBLE);
		if (facts.harmless != cases[i].harmless || strcmp(facts.account, cases[i].account) != 0)
			fail_msg("%s: %d, account \"%s\"", cases[i].match, facts.harmless, facts.account);
		if (cases[i].note)
			assert_string_equal(facts.note, cases[i].note);
	}
	assert_int_equal(mf_check_run("pgpass", mf_str("x"), mf_str("12:34:56:78:x"), &facts), MF_FORMAT_PLAUSIBLE);
	assert_int_equal(mf_check_run("pgpass", mf_str("x"), mf_str("a:port:c:d:x"), &facts), MF_FORMAT_BROKEN);
}

/* A key as it stands in source code, logs and one-line variables. */
static void rewrite(char *out, size_t cap, const char *pem, const char *before, const char *after)
{
	size_t n = 0;

	for (const char *line = pem; *line && n + 128 < cap;) {
		size_t len = strcspn(line, "\n");

		n += (size_t)snprintf(out + n, cap - n, "%s%.*s%s", before, (int)len, line, after);
		line += len + (line[len] == '\n');
	}
}

static void test_written_otherwise(void **state)
{
	static const char *const ways[][2] = { { "", "\r\n" }, { "", "\\n" }, { "", "\\\\n" }, { "  \"", "\\n\" +\n" }, { "    // ", "\n" }, { " * ", "\n" }, { "+", "\n" }, { "", " " },
		{ "2026-01-02 11:22:33 ", "\n" }, { "\t'", "',\n" }, { "> ", "\n" }, { "# ", "\n" } };
	static const char *const kinds[] = { "pem-private", "openssh-private" };
	char text[16384];

	(void)state;
	for (size_t k = 0; k < MF_COUNT(kinds); k++)
		for (size_t i = 0; i < MF_COUNT(ways); i++) {
			/* a diff's sign cannot be told from a digit of the key */
			if (strcmp(ways[i][0], "+") == 0)
				continue;
			rewrite(text, sizeof(text), sample_of(kinds[k]), ways[i][0], ways[i][1]);
			if (run("pem-private", text) != MF_FORMAT_VERIFIED)
				fail_msg("%s between \"%s\" and \"%s\" is not read", kinds[k], ways[i][0], ways[i][1]);
		}
}

static void test_other_forms(void **state)
{
	(void)state;
	assert_int_equal(run("gitlab-routable", "glpat-" "Zk3vXq9sT1mB7cLw2RdY"), MF_FORMAT_PLAUSIBLE);
	assert_int_equal(run("vault-token", "hvs." "Zk3vXq9sT1mB7cLw2RdYaaaa"), MF_FORMAT_PLAUSIBLE);
	assert_int_equal(run("entra-secret", "abc" "7Q~" "Zk3vXq9sT1mB7cLw2RdYabcdefghijk"), MF_FORMAT_PLAUSIBLE);
	assert_int_equal(run("aws-key-id", "AKIAI" "OSFODNN7EXAMPQA"), MF_FORMAT_PLAUSIBLE);
	/* a service account's JSON inside of a string */
	assert_int_equal(run("jwk", "{\\\"kty\\\": \\\"oct\\\", \\\"k\\\": \\\"c2VjcmV0LXNlY3JldA\\\"}"), MF_FORMAT_VERIFIED);
	/* BIP 173, BIP 350 */
	assert_int_equal(run("bech32", "A12UEL5L"), MF_FORMAT_VERIFIED);
	assert_int_equal(run("bech32", "A1LQFN3A"), MF_FORMAT_VERIFIED);
	assert_int_equal(run("bech32", "A1G7SGD8"), MF_FORMAT_BROKEN);
	/* BIP 32, test vector 1, the public key */
	harmless("xprv", "xpub661MyMwAqRbcFtXgS5sYJABqqG9YLmC4Q1Rdap9gSE8NqtwybGhePY2gZ29ESFjqJoCu1Rupje8YtGqsefD265TMg7usUDFdp6W1EGMcet8");
	/* DER that goes on behind its end */
	assert_int_equal(run("pem-private", with(sample_of("pem-private"), "\n-----END", "\nAAAA\n-----END")), MF_FORMAT_BROKEN);
	assert_int_equal(run("atlassian", with(sample_of("atlassian"), "=", "%3D")), MF_FORMAT_VERIFIED);
}

/* With memory out a token is plausible, never broken or harmless. */
static int one(void *ctx, struct mf_err *err)
{
	const char *check = ctx;
	enum mf_verdict_format f = run(check, sample_of(check));

	(void)err;
	assert_true(f == MF_FORMAT_VERIFIED || (f == MF_FORMAT_PLAUSIBLE && mf_allocation_failed()));
	assert_false(facts.harmless);
	return 0;
}

static void test_no_memory(void **state)
{
	static const char *const checks[] = { "pem-private", "pem-base64", "openssh-private", "pgp-private", "jwt", "jwk", "gcp-service-account", "sentry", "mapbox", "pypi", "vault-token",
		"github-app-jwt", "grafana-cloud", "basic-auth" };

	(void)state;
	for (size_t i = 0; i < MF_COUNT(checks); i++)
		mf_torture(one, (void *)checks[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_samples),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_cut),
		cmocka_unit_test(test_facts),
		cmocka_unit_test(test_pypi_caveats),
		cmocka_unit_test(test_harmless),
		cmocka_unit_test(test_places),
		cmocka_unit_test(test_written_otherwise),
		cmocka_unit_test(test_other_forms),
		cmocka_unit_test(test_no_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
