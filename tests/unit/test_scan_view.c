/* SPDX-License-Identifier: Apache-2.0 */
/* What a version of a file has is the same whether all of it is looked at or only what is new in it: through chains of versions, with all rules, with a
 * user's composite rules and with one that has no keyword, whatever the delta copies. */
#include "unit.h"

#include <mayfly/detect.h>
#include "failalloc.h"
#include "support_cands.h"
#include "support_versions.h"

static struct mf_err err;

/* One kind of scan: rules, options, and two scanners, one for each way. */
struct kind {
	struct mf_ruleset rules;
	struct mf_detector *detector;
	struct mf_scanner *whole, *view;
};

static void kind_make(struct kind *k, const char *conf, const struct mf_scan_opts *scan)
{
	const struct mf_rules_opts o = { .config_text = mf_str(conf) };

	*k = (struct kind){ .whole = NULL };
	if (mf_rules_load(&k->rules, &o, &err) || mf_detector_new(&k->detector, &k->rules, scan, &err))
		fail_msg("%s: %s", err.what, err.why);
	assert_int_equal(mf_scanner_new(&k->whole, k->detector, &err), 0);
	assert_int_equal(mf_scanner_new(&k->view, k->detector, &err), 0);
}

static void kind_free(struct kind *k)
{
	mf_scanner_free(k->whole);
	mf_scanner_free(k->view);
	mf_detector_free(k->detector);
	mf_rules_free(&k->rules);
}

static size_t n_cands, n_versions, n_encoded, n_allowed;

/* Both ways; *hits is of the base before and of this version behind. */
static void check(struct kind *k, const struct version *v, const struct mf_span *spans, size_t n_spans, struct mf_hits **hits, uint64_t seed, unsigned number)
{
	/* exactly as long as the text is */
	char *p = malloc(v->n ? v->n : 1);
	struct mf_view view = { .type = MF_OBJ_BLOB, .p = (const unsigned char *)p, .n = v->n, .spans = spans, .n_spans = n_spans, .base = *hits, .wanted = true };
	struct mf_cands want = { 0 }, got = { 0 };
	struct mf_hits *keep = NULL;
	const char *what;
	size_t at;

	assert_non_null(p);
	memcpy(p, v->p, v->n);
	assert_int_equal(mf_scan(k->whole, (struct mf_str){ p, v->n }, NULL, &want, &err), 0);
	/* as if nothing followed, then as it is */
	view.last = true;
	assert_int_equal(mf_scan_view(k->view, &view, &got, &keep, &err), 0);
	assert_null(keep);
	what = cands_differ(&want, &got, &at);
	if (!what) {
		view.last = false;
		mf_cands_clear(&got);
		assert_int_equal(mf_scan_view(k->view, &view, &got, &keep, &err), 0);
		what = cands_differ(&want, &got, &at);
	}
	if (what) {
		const struct mf_cand *w = at < want.n ? &want.v[at] : NULL, *g = at < got.n ? &got.v[at] : NULL;

		fail_msg("seed %llu, version %u of %zu bytes: candidate %zu of %zu, and of %zu by changes, differs in %s: %s at %zu to %zu, %s at %zu to %zu",
			 (unsigned long long)seed, number, v->n, at, want.n, got.n, what, w ? w->rule->id : "none", w ? w->at : 0, w ? w->end : 0,
			 g ? g->rule->id : "none", g ? g->at : 0, g ? g->end : 0);
	}
	n_versions++;
	n_cands += got.n;
	for (size_t i = 0; i < got.n; i++) {
		n_encoded += got.v[i].depth > 0;
		n_allowed += got.v[i].allowed;
	}
	mf_cands_free(&want);
	mf_cands_free(&got);
	mf_hits_free(k->view, *hits);
	*hits = keep;
	free(p);
}

static void chain(struct kind *k, uint64_t seed, unsigned versions)
{
	struct dice d = { seed };
	struct version base = { 0 };
	struct mf_hits *hits = NULL;

	version_make(&base, &d);
	check(k, &base, NULL, 0, &hits, seed, 0);
	for (unsigned i = 1; i <= versions; i++) {
		struct version v;
		struct mf_span *spans;
		size_t n;

		version_next(&v, &base);
		version_edit(&v, &d);
		spans = version_spans(&v, &base, &d, &n);
		check(k, &v, spans, n, &hits, seed, i);
		free(spans);
		version_free(&base);
		base = v;
	}
	mf_hits_free(k->view, hits);
	version_free(&base);
}

/* MF_SEEDS=FROM-TO in the environment looks further than the test; false then, as nothing is known of what those hold. */
static bool chains(struct kind *k, uint64_t first, unsigned n)
{
	const char *wide = getenv("MF_SEEDS");
	uint64_t last = first + n - 1;

	n_cands = n_versions = n_encoded = n_allowed = 0;
	if (wide) {
		char *end;

		first = strtoull(wide, &end, 10);
		last = *end ? strtoull(end + 1, NULL, 10) : first;
	}
	for (uint64_t seed = first; seed <= last; seed++)
		chain(k, seed, 20);
	kind_free(k);
	return !wide;
}

/* -- edits where it matters ----------------------------------------------------------------------------------------------- */

/* `before` and `after` are copied, what stands between them goes or comes. "@" is a token, "#" a line of base64 that holds one,
 * "~" a hundred blanks, "^" a token with an escape in it. */
static const struct {
	const char *before, *gone, *fresh, *after;
} edits[] = {
	{ "x", "\n", "", "@\n" }, { "x", "", "\n", "@\n" }, { "x", "\n", "y", "@\n" }, { "k = @", "\n", "A", "b\n" }, { "k = @", "", "A", "\n" }, { "k = @", "A", "", "\n" },
	{ "", "", "a", "@\n" }, { "", "a", "", "@\n" }, { "", "", "a", "@" }, { "@", "", "a", "" }, { "@", "a", "", "" }, { "@\r", "", "", "\nx" }, { "@", "\r", "", "\nx" },
	{ "@", "", " // mayfly:allow: x", "\n" }, { "@ // mayfly:allow", "\n", "", "x" }, { "a\n@", "", "\n", "@\n" }, { "g", "", "", "hp_@" }, { "@\n@\n", "@\n", "@ ", "@\n@" },
	{ "v = ", "", "\\", "n#\n" }, { "v = \\", "", "x", "n#\n" }, { "v = \\", "n", "", "#\n" }, { "v = ", "\\", "", "n#" }, { "v = \\", "n", "r\\n", "#" }, { "v=", "", "\"", "#" },
	{ "v = ", "", "ab", "#\n" }, { "v = #", "", "\n", "#\n" }, { "v = #\n", "#", "", "\n#" }, { "v = #", "", "=", "" }, { "v = #", "\n", "\n    ", "#\n" }, { "#", "\n", "\r\n", "#" },
	{ "#\n                                    ", "", "    ", "#" }, { "#\n    ", "", "                                        ", "#" }, { "aaaaaaaaaaaaaaaa", "", "aaaa", "#" },
	{ "%4", "1", "2", "%42@" }, { "%", "", "4", "1=@ x" }, { "tok%65n=\\x4", "", "1", "@\n" }, { "x%4", "1", "", "@" }, { "\\u00", "6", "7", "1@" }, { "k=%41", "", " ", "%42@" },
	{ "ghp_ ghp_ ghp_ ghp_ ghp_ ghp_ ghp_ ", "", "ghp_ ", "^\n" }, { "GHP_ghp_ghp_ghp_ghp_ghp_ghp_ghp_ ", "", "\n", "^\n" }, { "g", "x", "", "hp_ghp_ghp_ghp_ghp_ghp_ghp_ghp_ ^" },
	{ "ghp_ghp_ghp_ghp_ghp_ghp_ghp_ghp_~~ ", "", "                                        ", "^" },
	{ "client_secret =", "", "\n", "  \"k9Zq8Xw2Lk9T" "n4Rb7Vm1Pd6Hs3\"\n" }, { "client_secret =", "x", "", "\n  \"k9Zq8Xw2Lk9T" "n4Rb7Vm1Pd6Hs3\"\n" },
	{ "client_secret", "", " (", "\r\n  \"k9Zq8Xw2Lk9T" "n4Rb7Vm1Pd6Hs3\"\r\n" }, { "client_secret: >", "", "-", "\n  k9Zq8Xw2Lk9T" "n4Rb7Vm1Pd6Hs3\n" },
	{ "client_secret = (\n  \"k9Zq8Xw2Lk9T", "", "x", "n4Rb7Vm1Pd6Hs3\"\n" }, { "client_secret = \\\n", "x", "", "  \"k9Zq8Xw2Lk9T" "n4Rb7Vm1Pd6Hs3\"" },
	{ "", "", "ghp_ ", "ghp_ ghp_ ghp_ ghp_ ghp_ ghp_ ghp_ ^\n" }, { "", "ghp_ ", "", "ghp_ ghp_ ghp_ ghp_ ghp_ ghp_ ghp_ ^\n" },
	{ "~twelve_byte", "", "s", "123~" }, { "~", "", "t", "welve_bytes123~" }, { "~twelve_byte", "x", "", "s123~" }, { "~t", "x", "", "welve_bytes123~" },
};

static const char pat[] = "ghp_" "Zk7QmR2v" "X9bTn4Ls" "W8cYd3Hf" "J6pGa1Ke" "5uVi";

static void spell(struct version *out, const char *text)
{
	static const char blanks[] = "                                                                                                    ";
	const size_t want = strlen(text);

	for (size_t i = 0; i < want; i++) {
		if (text[i] == '@')
			version_add(out, pat, strlen(pat));
		else if (text[i] == '#')
			version_add_base64(out, pat, strlen(pat));
		else if (text[i] == '^')
			version_add_escaped(out, pat, strlen(pat), 4);
		else if (text[i] == '~')
			version_add(out, blanks, sizeof(blanks) - 1);
		else
			version_add(out, &text[i], 1);
	}
}

/* As long as any that is looked for. */
static const char longest[] = "[extend]\nuseDefault = true\n[[rules]]\nid = 'twelve'\nregex = '''twelve_bytes\\d'''\nkeywords = ['twelve_bytes']\n";

static void all_edits(const char *conf, unsigned depth)
{
	struct kind k;

	kind_make(&k, conf, &(struct mf_scan_opts){ .decode_depth = depth });
	n_cands = 0;
	for (unsigned i = 0; i < MF_COUNT(edits); i++) {
		struct version base = { 0 }, v = { 0 };
		struct mf_span spans[3];
		struct mf_hits *hits = NULL;
		size_t at[3], n = 0;

		spell(&base, edits[i].before);
		at[0] = base.n;
		spell(&base, edits[i].gone);
		at[1] = base.n;
		spell(&base, edits[i].after);
		spell(&v, edits[i].before);
		spell(&v, edits[i].fresh);
		at[2] = v.n;
		spell(&v, edits[i].after);
		if (at[0])
			spans[n++] = (struct mf_span){ 0, at[0], 0 };
		if (at[2] > at[0])
			spans[n++] = (struct mf_span){ at[0], at[2] - at[0], MF_SPAN_NEW };
		if (v.n > at[2])
			spans[n++] = (struct mf_span){ at[2], v.n - at[2], at[1] };
		check(&k, &base, NULL, 0, &hits, i, 0);
		check(&k, &v, spans, n, &hits, i, 1);
		mf_hits_free(k.view, hits);
		version_free(&base);
		version_free(&v);
	}
	assert_true(n_cands > MF_COUNT(edits) / 2);
	kind_free(&k);
}

static void test_edits(void **state)
{
	(void)state;
	all_edits(NULL, 3);
	all_edits(longest, 3);
	all_edits(longest, 0);
}

/* -- other rules ------------------------------------------------------------------------------------------------------------ */

static const char composite[] =
	"[extend]\nuseDefault = true\n"
	"[[rules]]\nid = 'pair'\nregex = '''pair_[a-f0-9]{8}'''\nkeywords = ['pair_']\n[[rules.required]]\nid = 'half'\nwithinLines = 2\n"
	"[[rules]]\nid = 'half'\nregex = '''half_[0-9]{6}'''\nkeywords = ['half_']\n"
	"[[rules]]\nid = 'with-pat'\nregex = '''(?i)token\\W'''\nkeywords = ['token']\n[[rules.required]]\nid = 'github-pat-classic'\nwithinColumns = 60\n";

static const char no_keywords[] =
	"[extend]\nuseDefault = true\n"
	"[[rules]]\nid = 'bare'\nregex = '''zq[0-9]{5,9}\\b'''\n"
	"[[rules]]\nid = 'lines'\nregex = '''(?s)BEGIN RSA.{3,500}?END'''\nkeywords = ['begin rsa']\n";

static void test_builtin(void **state)
{
	struct kind k;

	(void)state;
	kind_make(&k, NULL, &(struct mf_scan_opts){ .decode_depth = 3 });
	if (chains(&k, 1, 200))
		assert_true(n_cands > n_versions && n_encoded > n_versions / 4 && n_allowed > n_versions / 10);
}

static void test_other_options(void **state)
{
	struct kind k;

	(void)state;
	kind_make(&k, NULL, &(struct mf_scan_opts){ .decode_depth = 0, .no_inline_allow = true });
	chains(&k, 10001, 30);
	assert_int_equal(n_encoded + n_allowed, 0);
	kind_make(&k, NULL, &(struct mf_scan_opts){ .decode_depth = 1, .archive_depth = 2, .gitleaks_only_marker = true });
	chains(&k, 20001, 30);
}

static void test_composite(void **state)
{
	struct kind k;

	(void)state;
	kind_make(&k, composite, &(struct mf_scan_opts){ .decode_depth = 3 });
	if (chains(&k, 30001, 40))
		assert_true(n_cands > n_versions / 2);
}

static void test_no_keywords(void **state)
{
	struct kind k;

	(void)state;
	kind_make(&k, no_keywords, &(struct mf_scan_opts){ .decode_depth = 3 });
	if (chains(&k, 40001, 40))
		assert_true(n_cands > n_versions);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_builtin),
		cmocka_unit_test(test_edits),
		cmocka_unit_test(test_other_options),
		cmocka_unit_test(test_composite),
		cmocka_unit_test(test_no_keywords),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
