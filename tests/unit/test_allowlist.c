/* SPDX-License-Identifier: Apache-2.0 */
/* Whether an allowlist covers a finding: each kind, OR and AND, targets, what is missing. */
#include "unit.h"

#include <mayfly/rules.h>
#include "../../src/detect/allowlist.h"

static struct mf_err err;

/* The first allowlist of a config that holds nothing else. */
static bool covers(const char *list, const char *secret, const char *match, const char *line, const char *path, const char *commit)
{
	static const char *const aliases[] = { "old-acme" };
	const struct mf_rule rule = { .id = "acme", .aliases = aliases, .n_aliases = 1 };
	struct mf_rules_opts o = { .gitleaks = true };
	struct mf_ruleset set;
	struct mf_regex_run *run;
	char text[512] = "[[allowlists]]\n";
	bool r;

	strncat(text, list, sizeof(text) - 32);
	o.config_text = mf_str(text);
	if (mf_rules_load(&set, &o, &err))
		fail_msg("%s: %s", err.what, err.why);
	assert_int_equal(mf_regex_run_new(&run, &err), 0);
	r = mf_allowlist_covers(&set.allow[0], run, &rule, mf_str(secret), mf_str(match), mf_str(line), path, commit);
	mf_regex_run_free(run);
	mf_rules_free(&set);
	return r;
}

#define ARGS "seCRet1", "key=seCRet1", "my key=seCRet1 # demo", "dir/file.txt", "0a1B2c"

static void test_each_kind(void **state)
{
	(void)state;
	assert_true(covers("regexes = ['^seCR']", ARGS));
	assert_false(covers("regexes = ['key']", ARGS));
	assert_true(covers("regexes = ['^key=']\nregexTarget = 'match'", ARGS));
	assert_false(covers("regexes = ['demo']\nregexTarget = 'match'", ARGS));
	assert_true(covers("regexes = ['demo']\nregexTarget = 'line'", ARGS));
	assert_true(covers("regexes = ['nope', 'et1$']", ARGS));
	assert_true(covers("stopwords = ['SECRET']", ARGS));
	assert_true(covers("stopwords = ['x', 'ret']", ARGS));
	assert_false(covers("stopwords = ['key']", ARGS));
	assert_false(covers("stopwords = ['']", ARGS));
	assert_true(covers("paths = ['\\.txt$']", ARGS));
	assert_false(covers("paths = ['^file']", ARGS));
	assert_true(covers("commits = ['0A1b2C']", ARGS));
	assert_false(covers("commits = ['0a1b']", ARGS));
}

static void test_or_and(void **state)
{
	(void)state;
	assert_true(covers("paths = ['nope']\nstopwords = ['secret']", ARGS));
	assert_true(covers("commits = ['nope']\nregexes = ['seCR']", ARGS));
	assert_false(covers("paths = ['nope']\nstopwords = ['nope']", ARGS));
	assert_false(covers("condition = 'AND'\npaths = ['nope']\nstopwords = ['secret']", ARGS));
	assert_false(covers("condition = 'AND'\npaths = ['txt']\nstopwords = ['nope']", ARGS));
	assert_false(covers("condition = 'and'\npaths = ['txt']\nstopwords = ['secret']\nregexes = ['nope']", ARGS));
	assert_true(covers("condition = '&&'\npaths = ['txt']\nstopwords = ['secret']\nregexes = ['1$']\ncommits = ['0a1b2c']", ARGS));
	assert_true(covers("condition = 'AND'\npaths = ['txt']", ARGS));
	assert_true(covers("condition = 'AND'\npaths = ['nope', 'txt']", ARGS));
}

static void test_missing(void **state)
{
	(void)state;
	assert_false(covers("paths = ['.*']", "s", "s", "s", NULL, NULL));
	assert_false(covers("commits = ['']", "s", "s", "s", NULL, NULL));
	assert_false(covers("condition = 'AND'\npaths = ['.*']\nstopwords = ['s']", "s", "s", "s", NULL, NULL));
	assert_true(covers("paths = ['.*']\nstopwords = ['s']", "s", "s", "s", NULL, NULL));
	assert_false(covers("regexes = ['.*']", "", "", "", "p", "c"));
}

static void test_target_rules(void **state)
{
	(void)state;
	assert_true(covers("targetRules = ['acme']\nstopwords = ['secret']", ARGS));
	assert_true(covers("targetRules = ['x', 'old-acme']\nstopwords = ['secret']", ARGS));
	assert_false(covers("targetRules = ['other']\nstopwords = ['secret']", ARGS));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_each_kind),
		cmocka_unit_test(test_or_and),
		cmocka_unit_test(test_missing),
		cmocka_unit_test(test_target_rules),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
