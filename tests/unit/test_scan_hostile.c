/* SPDX-License-Identifier: Apache-2.0 */
/* Files that are made to cost: more candidates than are kept, lines and words without end, encodings of encodings. */
#include "unit.h"

#include <mayfly/detect.h>
#include "failalloc.h"
#include "support_versions.h"

static struct mf_err err;
static struct mf_ruleset rules;
static struct mf_detector *detector;
static struct mf_scanner *scanner;
static struct mf_cands cands;
static const char pat[] = "ghp_" "Zk7QmR2v" "X9bTn4Ls" "W8cYd3Hf" "J6pGa1Ke" "5uVi";

static void scan_with(const char *conf, const struct version *v)
{
	const struct mf_rules_opts o = { .config_text = mf_str(conf) };
	const struct mf_scan_opts scan = { .decode_depth = 3 };

	if (mf_rules_load(&rules, &o, &err) || mf_detector_new(&detector, &rules, &scan, &err) || mf_scanner_new(&scanner, detector, &err))
		fail_msg("%s: %s", err.what, err.why);
	assert_int_equal(mf_scan(scanner, (struct mf_str){ v->p, v->n }, NULL, &cands, &err), 0);
}

static int drop(void **state)
{
	(void)state;
	mf_cands_free(&cands);
	mf_scanner_free(scanner);
	mf_detector_free(detector);
	mf_rules_free(&rules);
	scanner = NULL;
	detector = NULL;
	return 0;
}

static void add_text(struct version *v, const char *s)
{
	version_add(v, s, strlen(s));
}

/* With a user's rules each candidate is looked at once more, in memory for as many as are kept. */
static void test_many_decoded(void **state)
{
	struct version v = { 0 };

	(void)state;
	for (unsigned i = 0; i < 12000; i++) {
		add_text(&v, "v = ");
		version_add_base64(&v, pat, strlen(pat));
		add_text(&v, "\n");
	}
	scan_with("[extend]\nuseDefault = true\n[[rules]]\nid = 'bare'\nregex = '''zq[0-9]{5}'''\n", &v);
	assert_int_equal(cands.n, 10000);
	assert_int_equal(cands.v[9999].line, 10000);
	assert_true(mf_scanner_stats(scanner)->truncated > 0);
	version_free(&v);
}

/* -- places ------------------------------------------------------------------------------------------------------------ */

static void check_place(const struct version *v, size_t at, unsigned line, unsigned col)
{
	unsigned l = 1, c = 1;

	for (size_t i = 0; i < at; i++) {
		c = v->p[i] == '\n' ? 1 : c + 1;
		l += v->p[i] == '\n';
	}
	assert_int_equal(line, l);
	assert_int_equal(col, c);
}

/* Lines, columns and texts, whichever candidates share a line. */
static void test_places(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed < 60; seed++) {
		struct dice d = { seed };
		struct version v = { 0 };

		version_make(&v, &d);
		if (v.n && !memchr(v.p, 0, v.n)) {
			scan_with(NULL, &v);
			for (size_t i = 0; i < cands.n; i++) {
				const struct mf_cand *c = &cands.v[i];

				check_place(&v, c->at, c->line, c->col);
				check_place(&v, c->end > c->at ? c->end - 1 : c->at, c->end_line, c->end_col);
				assert_non_null(memmem(v.p, v.n, c->text, c->text_n));
				assert_true(c->text_n >= (c->end - c->at < 4096 ? c->end - c->at : 4096) || v.p[c->end - 1] == '\r' || v.p[c->end - 1] == '\n');
			}
			drop(NULL);
		}
		version_free(&v);
	}
}

/* Minutes, when each candidate looks for the ends of its line. */
static void test_one_long_line(void **state)
{
	struct version v = { 0 };
	char gap[800];

	(void)state;
	memset(gap, '.', sizeof(gap));
	for (unsigned i = 0; i < 11000; i++) {
		version_add(&v, gap, sizeof(gap));
		add_text(&v, " ");
		add_text(&v, pat);
		add_text(&v, " ");
	}
	scan_with(NULL, &v);
	assert_int_equal(cands.n, 10000);
	for (size_t i = 0; i < cands.n; i++)
		assert_true(cands.v[i].line == 1 && cands.v[i].col == cands.v[i].at + 1 && cands.v[i].end_col == cands.v[i].end);
	version_free(&v);
}

/* As UTF-16, with one character in front that takes two units. */
static void test_wide_places(void **state)
{
	struct version v = { 0 };

	(void)state;
	version_add(&v, "\xff\xfe\x3d\xd8\x00\xde\xe9\x00", 8);
	for (unsigned i = 0; i < 4000; i++) {
		const char *const texts[] = { "\nv = '", pat, "' and something else that stands there ...................................................." };

		for (size_t k = 0; k < MF_COUNT(texts); k++)
			for (const char *c = texts[k]; *c; c++)
				version_add(&v, (const char[]){ *c, '\0' }, 2);
	}
	scan_with(NULL, &v);
	assert_int_equal(cands.n, 4000);
	for (size_t i = 0; i < cands.n; i++) {
		const struct mf_cand *c = &cands.v[i];

		assert_int_equal(c->secret_end - c->secret_at, 2 * strlen(pat));
		assert_int_equal(c->line, i + 2);
		assert_true(c->at <= c->secret_at && c->end >= c->secret_end);
		for (size_t k = 0; k < strlen(pat); k++)
			assert_true(v.p[c->secret_at + 2 * k] == pat[k]);
	}
	version_free(&v);
}

/* -- long values ------------------------------------------------------------------------------------------------------- */

/* A Google key whose private key has n characters, whole or cut. */
static void add_google_key(struct version *v, size_t n, bool cut)
{
	struct dice d = { n };
	char bytes[3 * 1600];

	for (size_t i = 0; i < n / 4 * 3; i++)
		bytes[i] = (char)dice_bits(&d);
	add_text(v, "{\"type\": \"service_account\", \"private_key_id\": \"0f1e2d3c4b5a69788796a5b4c3d2e1f00f1e2d3c\", \"private_key\": \"-----BEGIN PRIVATE KEY-----\\n");
	version_add_base64(v, bytes, n / 4 * 3);
	add_text(v, cut ? "\"}\n" : "\\n-----END PRIVATE KEY-----\\n\", \"client_email\": \"a@b.iam.gserviceaccount.com\"}\n");
}

/* Their length, or an end that is missing, takes no more than one look. */
static void test_google_keys(void **state)
{
	static const size_t lens[] = { 400, 1624, 2400, 3000, 3240, 6000 };
	struct version v = { 0 };

	(void)state;
	for (size_t i = 0; i < MF_COUNT(lens); i++) {
		add_google_key(&v, lens[i], true);
		add_google_key(&v, lens[i], false);
	}
	scan_with(NULL, &v);
	assert_int_equal(mf_scanner_stats(scanner)->undecided, 0);
	assert_int_equal(cands.n, MF_COUNT(lens));
	for (size_t i = 0; i < cands.n; i++)
		assert_string_equal(cands.v[i].rule->id, "gcp-service-account-key");
	version_free(&v);
}

/* Beginnings without an end, and then a key: each of them is looked at as far as the next one. Minutes, when each looks for an end. */
static void test_beginnings(void **state)
{
	static const char *const begins[] = { "-----BEGIN PRIVATE KEY-----", "-----BEGIN PRIVATE KEY-----\n", "-----BEGIN PRIVATE KEY----- \xc3\xa9 " };
	char body[600];

	(void)state;
	for (size_t i = 0; i < sizeof(body); i++)
		body[i] = pat[4 + i * 7 % 36];
	for (size_t i = 0; i < MF_COUNT(begins); i++) {
		struct version v = { 0 };
		size_t at;

		for (unsigned k = 0; k < 300000; k++)
			add_text(&v, begins[i]);
		at = v.n;
		add_text(&v, "-----BEGIN PRIVATE KEY-----\n");
		for (size_t k = 0; k < sizeof(body); k += 60) {
			version_add(&v, body + k, 60);
			add_text(&v, "\n");
		}
		add_text(&v, "-----END PRIVATE KEY-----\n");
		scan_with(NULL, &v);
		assert_int_equal(mf_scanner_stats(scanner)->undecided, 0);
		assert_int_equal(cands.n, 1);
		assert_int_equal(cands.v[0].at, at);
		drop(NULL);
		version_free(&v);
	}
}

/* Keywords whose expressions go over several lines, in text that is not ASCII: no attempt goes on behind where a match may begin. */
static void test_many_block_keywords(void **state)
{
	static const char *const words[] = { "\"kty\"", "\"kty\" \xc3\xa9", "\"private_key", "\"service_account \xc3\xa9", "PuTTY-User-Key-File-2: \xc3\xa9", "kind: secret\xc3\xa9" };

	(void)state;
	for (size_t i = 0; i < MF_COUNT(words); i++) {
		struct version v = { 0 };

		for (unsigned k = 0; k < 20000; k++)
			add_text(&v, words[i]);
		scan_with(NULL, &v);
		assert_int_equal(mf_scanner_stats(scanner)->undecided, 0);
		assert_int_equal(cands.n, 0);
		drop(NULL);
		version_free(&v);
	}
}

/* Secrets of Kubernetes without an end or without values: each is looked at as far as the next one. Minutes, when each looks for values behind that. */
static void test_many_manifests(void **state)
{
	static const char *const texts[] = { "kind: Secret\n", "kind: Secret\nkind: SECRET\n", "kind: Secret\ndata:\n  a: QUJD\n", "- kind: Secret\n  name: a\n", "data:\n",
					     "data:\n  a: QUJDREVGR0hJSktMTU5PUFFS\n", "\"kind\": \"Secret\", \"a\": \"b\", ", "\"data\": {\"a\": \"QUJDREVGR0hJSktMTU5PUFFS\",\n" };

	(void)state;
	for (size_t i = 0; i < MF_COUNT(texts); i++) {
		struct version v = { 0 };

		for (unsigned k = 0; k < 40000; k++)
			add_text(&v, texts[i]);
		scan_with(NULL, &v);
		assert_int_equal(mf_scanner_stats(scanner)->undecided, 0);
		assert_int_equal(cands.n, 0);
		drop(NULL);
		version_free(&v);
	}
}

/* Every value of a manifest, and one finding for each: a token that a rule knows is that rule's. */
static void test_values_of_manifests(void **state)
{
	static const char *const forms[][5] = {
		{ "kind: Secret\nmetadata:\n  name: db\nstringData:\n  x: y\ndata:\n  a: ", "\n  b: ", "\n  c.d: \"", "\"\n", "kubernetes-secret-yaml" },
		{ "data:\n  a: ", "\n  b: ", "\n  c: ", "\nimmutable: true\nkind: Secret\nmetadata:\n  name: db\n", "kubernetes-secret-data" },
		{ "items:\n- kind: Secret\n  data:\n    a: ", "\n    b: ", "\n    c: ", "\n- kind: ConfigMap\n  data:\n    d: dk1nRkVsWmtBcXp3eG5QaVJ1\n", "kubernetes-secret-yaml" },
		{ "kind: Secret\r\ndata:\r\n  a: ", "\r\n  b: ", "\r\n  c: ", "\r\n---\r\nkind: ConfigMap\r\ndata:\r\n  d: dk1nRkVsWmtBcXp3eG5QaVJ1\r\n",
		  "kubernetes-secret-yaml" },
		{ "{\"kind\": \"Secret\", \"data\": {\"a\": \"", "\", \"b\": \"", "\", \"c\": \"", "\"}}", "kubernetes-secret-json" },
		{ "{\"data\": {\"a\": \"", "\", \"b\": \"", "\", \"c\": \"", "\"}, \"kind\": \"Secret\"}", "kubernetes-secret-json" },
	};

	(void)state;
	for (size_t i = 0; i < MF_COUNT(forms); i++) {
		struct version v = { 0 };
		size_t at[3];

		for (size_t k = 0; k < 3; k++) {
			add_text(&v, forms[i][k]);
			at[k] = v.n;
			version_add_base64(&v, k == 1 ? pat : "vM9FElZ7kAq2zwx5nPiRu" + k, k == 1 ? strlen(pat) : 19);
		}
		add_text(&v, forms[i][3]);
		scan_with(NULL, &v);
		assert_int_equal(cands.n, 3);
		for (size_t k = 0; k < 3; k++) {
			assert_int_equal(cands.v[k].secret_at, at[k]);
			assert_string_equal(cands.v[k].rule->id, k == 1 ? "github-pat-classic" : forms[i][4]);
		}
		drop(NULL);
		version_free(&v);
	}
}

/* Names by the ten thousand, on one line, and then one with a value. */
static void test_many_names(void **state)
{
	static const char *const names[] = { "api_key=", "secret=", "token\":\"", "secret = \"", "api_key=''token" };

	(void)state;
	for (size_t i = 0; i < MF_COUNT(names); i++) {
		struct version v = { 0 };
		size_t at;

		for (unsigned k = 0; k < 30000; k++)
			add_text(&v, names[i]);
		add_text(&v, "\n\napi_key=");
		at = v.n;
		add_text(&v, "vM9FElZ7kAq2zwx5nPiRu3kd");
		scan_with(NULL, &v);
		assert_int_equal(mf_scanner_stats(scanner)->undecided, 0);
		assert_int_equal(cands.n, 1);
		assert_int_equal(cands.v[0].secret_at, at);
		drop(NULL);
		version_free(&v);
	}
}

/* -- encodings --------------------------------------------------------------------------------------------------------- */

/* A word whose escapes have escapes in them, again and again: what each holds is decoded, but not over and over. */
static void test_nested_escapes(void **state)
{
	struct version v = { 0 };
	char gap[260];

	(void)state;
	memset(gap, '.', sizeof(gap));
	for (unsigned i = 0; i < 1000; i++) {
		add_text(&v, "\\x5cx5cx41");
		version_add(&v, gap, sizeof(gap));
	}
	scan_with(NULL, &v);
	assert_int_equal(cands.n, 0);
	assert_true(mf_scanner_stats(scanner)->undecided > 0);
	version_free(&v);
}

/* Keywords in a row, each with something escaped behind it: each line is decoded for the first of them. */
static void test_keywords_with_escapes(void **state)
{
	struct version v = { 0 };

	(void)state;
	for (unsigned i = 0; i < 100000; i++)
		add_text(&v, "ghp_%41");
	add_text(&v, "\nGHP_ ");
	for (unsigned i = 0; i < 12; i++) {
		version_add_escaped(&v, pat, strlen(pat), 4 + i);
		add_text(&v, " ");
	}
	scan_with(NULL, &v);
	assert_true(cands.n >= 12);
	for (size_t i = 0; i < cands.n; i++) {
		assert_int_equal(cands.v[i].line, 2);
		assert_string_equal(cands.v[i].secret, pat);
	}
	version_free(&v);
}

/* One run that holds them all: each stands in the same place. */
static void test_many_in_one_run(void **state)
{
	struct version v = { 0 }, in = { 0 };

	(void)state;
	for (unsigned i = 0; i < 12000; i++) {
		add_text(&in, pat);
		add_text(&in, "\n");
	}
	add_text(&v, "a\nb: ");
	version_add_base64(&v, in.p, in.n);
	add_text(&v, " # mayfly:allow: made up\nc\n");
	version_free(&in);
	scan_with(NULL, &v);
	assert_int_equal(cands.n, 10000);
	for (size_t i = 0; i < cands.n; i++) {
		const struct mf_cand *c = &cands.v[i];

		assert_true(c->line == 2 && c->end_line == 2 && c->col == 4 && c->at == 5 && c->end == v.n - 27 && c->end_col == c->end - 2);
		assert_true(c->allowed && c->text_n == 4096);
		assert_string_equal(c->reason, "made up");
	}
	version_free(&v);
}

/* A marker is a word of its own; gitleaks' one is what gitleaks takes for it. */
static void test_markers(void **state)
{
	static const struct { const char *text, *reason; bool allowed; } cases[] = {
		{ "# mayfly:allow", NULL, true }, { "#mayfly:allow made up", "made up", true }, { "# MAYFLY:Allow: x", "x", true },
		{ "<!--mayfly:allow-->", NULL, true }, { "--mayfly:allow - x", "x", true }, { "/* mayfly:allow(x */", "x", true },
		{ "# mayfly:allow.", ".", true }, { "# mayfly:allowance", NULL, false }, { "# mayfly:allowed x", NULL, false },
		{ "# mayfly:allow_it", NULL, false }, { "# mayfly:allow-list", NULL, false }, { "# mayfly:allow2", NULL, false },
		{ "# xmayfly:allow x", NULL, false }, { "# not_mayfly:allow x", NULL, false }, { "# mayfly:allowance mayfly:allow x", "x", true },
		{ "# pragma: allowlist secret", NULL, true }, { "# pragma: allowlist secretary", NULL, false },
		{ "# xpragma: allowlist secret", NULL, false }, { "# gitleaks:allow", NULL, true }, { "# xgitleaks:allowed", "ed", true },
	};

	(void)state;
	for (size_t i = 0; i < MF_COUNT(cases); i++) {
		struct version v = { 0 };

		add_text(&v, "k=");
		add_text(&v, pat);
		add_text(&v, " ");
		add_text(&v, cases[i].text);
		for (int last = 0; last < 2; last++) {
			scan_with(NULL, &v);
			assert_int_equal(cands.n, 1);
			if (cands.v[0].allowed != cases[i].allowed)
				fail_msg("'%s'", cases[i].text);
			if (cases[i].reason)
				assert_string_equal(cands.v[0].reason, cases[i].reason);
			else
				assert_null(cands.v[0].reason);
			drop(state);
			add_text(&v, "\na line\n");
		}
		version_free(&v);
	}
}

/* Three layers of a file of some size are no such thing. */
/* A file in base64 on one line: what stands at its end is found, and what is beyond all limits is told. */
static void test_a_long_run(void **state)
{
	struct version plain = { 0 }, v = { 0 };

	(void)state;
	for (unsigned i = 0; i < 60000; i++)
		add_text(&plain, "a line of a configuration that says nothing at all\n");
	add_text(&plain, "token: ");
	add_text(&plain, pat);
	version_add_base64(&v, plain.p, plain.n);
	scan_with("[extend]\nuseDefault = true\n", &v);
	assert_int_equal(cands.n, 1);
	assert_int_equal(mf_scanner_stats(scanner)->undecided, 0);
	version_free(&v);
	for (unsigned i = 0; i < 9; i++)
		version_add_base64(&v, plain.p, plain.n / 3 * 3);
	assert_true(v.n > (size_t)33 << 20);
	mf_cands_clear(&cands);
	assert_int_equal(mf_scan(scanner, (struct mf_str){ v.p, v.n }, NULL, &cands, &err), 0);
	assert_true(mf_scanner_stats(scanner)->undecided > 0);
	version_free(&v);
	version_free(&plain);
}

static void test_three_layers(void **state)
{
	struct version v = { 0 }, in = { 0 };

	(void)state;
	for (unsigned i = 0; i < 500; i++) {
		add_text(&v, "some text that is longer than what is of interest\n");
		if (i % 100)
			continue;
		add_text(&v, pat);
		add_text(&v, "\n");
	}
	for (unsigned layer = 0; layer < 3; layer++) {
		in = v;
		v = (struct version){ 0 };
		version_add_base64(&v, in.p, in.n);
		version_free(&in);
	}
	scan_with(NULL, &v);
	assert_int_equal(mf_scanner_stats(scanner)->undecided, 0);
	assert_int_equal(cands.n, 5);
	assert_int_equal(cands.v[0].depth, 3);
	version_free(&v);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(test_many_decoded, drop),
		cmocka_unit_test_teardown(test_places, drop),
		cmocka_unit_test_teardown(test_one_long_line, drop),
		cmocka_unit_test_teardown(test_wide_places, drop),
		cmocka_unit_test_teardown(test_google_keys, drop),
		cmocka_unit_test_teardown(test_beginnings, drop),
		cmocka_unit_test_teardown(test_many_block_keywords, drop),
		cmocka_unit_test_teardown(test_many_manifests, drop),
		cmocka_unit_test_teardown(test_many_names, drop),
		cmocka_unit_test_teardown(test_values_of_manifests, drop),
		cmocka_unit_test_teardown(test_nested_escapes, drop),
		cmocka_unit_test_teardown(test_keywords_with_escapes, drop),
		cmocka_unit_test_teardown(test_many_in_one_run, drop),
		cmocka_unit_test_teardown(test_markers, drop),
		cmocka_unit_test_teardown(test_a_long_run, drop), cmocka_unit_test_teardown(test_three_layers, drop),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
