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
	assert_int_equal(mf_scan_view(k->view, &view, &got, &keep, &err), 0);
	what = cands_differ(&want, &got, &at);
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
		cmocka_unit_test(test_other_options),
		cmocka_unit_test(test_composite),
		cmocka_unit_test(test_no_keywords),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
