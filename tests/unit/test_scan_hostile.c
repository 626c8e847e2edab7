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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(test_many_decoded, drop),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
