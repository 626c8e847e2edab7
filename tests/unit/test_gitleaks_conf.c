/* SPDX-License-Identifier: Apache-2.0 */
/* .gitleaks.toml with gitleaks' meaning: its values, what it extends, allowlists, overrides through aliases, what is refused and where. */
#include "unit.h"

#include <stdio.h>
#include <unistd.h>
#include <mayfly/fs.h>
#include <mayfly/log.h>
#include <mayfly/rules.h>
#include "failalloc.h"

static struct mf_err err;

static int load_opts(struct mf_ruleset *set, const char *text, bool gitleaks)
{
	const struct mf_rules_opts o = { .config_text = mf_str(text), .gitleaks = gitleaks };

	memset(&err, 0, sizeof(err));
	return mf_rules_load(set, &o, &err);
}

static void load(struct mf_ruleset *set, const char *text, bool gitleaks)
{
	if (load_opts(set, text, gitleaks))
		fail_msg("%s: %s", err.what, err.why);
}

static const struct mf_rule *find(const struct mf_ruleset *set, const char *id)
{
	for (size_t i = 0; i < set->n_rules; i++)
		if (strcmp(set->rules[i]->id, id) == 0)
			return set->rules[i];
	return NULL;
}

static void test_a_rule(void **state)
{
	struct mf_ruleset set;
	const struct mf_rule *r;

	(void)state;
	load(&set, "title = 'x'\nminVersion = 'v8.25.0'\nunknown = 1\n[[Rules]]\nID = 'acme'\nDescription = 'Acme key'\nREGEX = '''(?i)acme_([a-z]{4})'''\n"
		   "SecretGroup = '1'\nentropy = '3.5'\nKeyWords = ['ACME', 'b']\ntags = 'one,two'\npath = '\\.env$'\nskipReport = 'true'\n", true);
	assert_int_equal(set.n_rules, 1);
	assert_string_equal(set.origin, "GITLEAKS_CONFIG_TOML");
	r = set.rules[0];
	assert_string_equal(r->id, "acme");
	assert_string_equal(r->title, "Acme key");
	assert_string_equal(r->regex, "(?i)acme_([a-z]{4})");
	assert_string_equal(r->path, "\\.env$");
	assert_int_equal(r->group, 1);
	assert_true(r->entropy > 3.4 && r->entropy < 3.6);
	assert_string_equal(r->keywords[0], "acme");
	assert_int_equal(r->n_tags, 2);
	assert_string_equal(r->tags[1], "two");
	assert_int_equal(r->flags, MF_RULE_USER | MF_RULE_DECODE | MF_RULE_SKIP_REPORT);
	assert_non_null(r->opens);
	assert_non_null(r->revoke);
	assert_non_null(r->source);
	mf_rules_free(&set);
}

static void test_path_only_and_without_title(void **state)
{
	struct mf_ruleset set;

	(void)state;
	load(&set, "[[rules]]\nid = 'p12'\npath = '\\.p12$'\n[[rules]]\nid = 'generic-x'\nregex = 'x'\n", true);
	assert_null(find(&set, "p12")->regex);
	assert_string_equal(find(&set, "p12")->title, "p12");
	assert_true(find(&set, "generic-x")->flags & MF_RULE_GENERIC);
	mf_rules_free(&set);
}

#define OWN "[[rules]]\nid = 'acme'\nregex = 'acme[0-9]'\n"

static void count(const char *text, bool gitleaks, size_t want)
{
	struct mf_ruleset set;

	load(&set, text, gitleaks);
	assert_int_equal(set.n_rules, want);
	mf_rules_free(&set);
}

static void test_what_is_extended(void **state)
{
	(void)state;
	count(OWN, true, 1);
	count(OWN, false, mf_n_builtin_rules + 1);
	count("[extend]\nuseDefault = true\n" OWN, true, mf_n_builtin_rules + 1);
	count("[extend]\nuseDefault = true\n" OWN, false, mf_n_builtin_rules + 1);
	count("[extend]\nusedefault = false\n" OWN, false, 1);
	count("", true, 0);
	count("", false, mf_n_builtin_rules);
	count("[extend]\nuseDefault = true\ndisabledRules = ['github-pat', 'no-such-rule']\n", true, mf_n_builtin_rules - 1);
	count("[extend]\nuseDefault = true\ndisabledRules = ['github-app-token']\n" OWN, true, mf_n_builtin_rules - 1);
}

static void test_override_by_alias(void **state)
{
	struct mf_ruleset set;
	const struct mf_rule *r;

	(void)state;
	load(&set, "[extend]\nuseDefault = true\n[[rules]]\nid = 'github-pat'\ndescription = 'ours'\nentropy = 4\ntags = ['t']\nkeywords = ['zzz']\n"
		   "[[rules.allowlists]]\nstopwords = ['Test']\n", true);
	assert_int_equal(set.n_rules, mf_n_builtin_rules);
	r = find(&set, "github-pat-classic");
	assert_non_null(r);
	assert_string_equal(r->title, "ours");
	assert_true(r->entropy > 3.9);
	assert_string_equal(r->check, "github-classic");
	assert_true(r->flags & MF_RULE_CASE);
	assert_int_equal(r->n_keywords, 1);
	assert_int_equal(r->n_allow, 1);
	assert_string_equal(r->allow[0].stopwords[0], "test");
	mf_rules_free(&set);
	load(&set, "[extend]\nuseDefault = true\n[[rules]]\nid = 'github-pat'\nregex = 'ghp_([a-z]+)'\nkeywords = ['x']\n", true);
	r = find(&set, "github-pat-classic");
	assert_string_equal(r->regex, "ghp_([a-z]+)");
	assert_null(r->check);
	assert_int_equal(r->flags, MF_RULE_USER | MF_RULE_DECODE);
	assert_int_equal(r->n_keywords, 2);
	mf_rules_free(&set);
}

/* gitleaks' github-app-token is two rules of ours: lists are joined to both, a new expression replaces both. */
static void test_override_of_several(void **state)
{
	struct mf_ruleset set;

	(void)state;
	load(&set, "[extend]\nuseDefault = true\n[[rules]]\nid = 'github-app-token'\ntags = ['t']\n", true);
	assert_int_equal(find(&set, "github-app-user-token")->n_tags, 1);
	assert_int_equal(find(&set, "github-app-installation-token")->n_tags, 1);
	mf_rules_free(&set);
	load(&set, "[extend]\nuseDefault = true\n[[rules]]\nid = 'github-app-token'\nregex = '(?:ghu|ghs)_x'\n", true);
	assert_int_equal(set.n_rules, mf_n_builtin_rules - 1);
	mf_rules_free(&set);
}

static void test_allowlists(void **state)
{
	struct mf_ruleset set;
	const struct mf_allowlist *a;

	(void)state;
	load(&set, OWN "[[rules.allowlists]]\ndescription = 'd'\ncondition = '&&'\nregexTarget = 'line'\nregexes = ['x', 'y']\npaths = ['p']\n"
		   "[[rules.allowlists]]\ncommits = [' ABCDEF ']\n[[allowlists]]\ntargetRules = ['acme']\nstopwords = ['S']\n[[allowlists]]\npaths = 'a,b'\n"
		   "condition = 'or'\n", true);
	a = set.rules[0]->allow;
	assert_int_equal(set.rules[0]->n_allow, 2);
	assert_true(a[0].all && a[0].target == MF_TARGET_LINE && a[0].n_regexes == 2 && a[0].n_paths == 1);
	assert_string_equal(a[0].description, "d");
	assert_true(!a[1].all && a[1].target == MF_TARGET_SECRET);
	assert_string_equal(a[1].commits[0], "abcdef");
	assert_int_equal(set.n_allow, 2);
	assert_string_equal(set.allow[0].rules[0], "acme");
	assert_int_equal(set.allow[1].n_paths, 2);
	assert_int_equal(set.allow[1].n_rules, 0);
	mf_rules_free(&set);
	load(&set, OWN "[rules.allowlist]\nregexes = ['x']\n[allowlist]\npaths = ['x']\n", true);
	assert_int_equal(set.rules[0]->n_allow, 1);
	assert_int_equal(set.n_allow, 1);
	mf_rules_free(&set);
}

static void test_required(void **state)
{
	struct mf_ruleset set;
	const struct mf_required *q;
	const char *const enable[] = { "pair" };
	const struct mf_rules_opts o = { .config_text = mf_str(OWN "[[rules]]\nid = 'pair'\nregex = 'z'\n[[rules.required]]\nid = 'acme'\nwithinLines = 2\n"
							       "[[rules.required]]\nid = 'github-pat'\nwithinColumns = 0\n"), .enable = enable, .n_enable = 1 };

	(void)state;
	assert_int_equal(mf_rules_load(&set, &o, &err), 0);
	assert_int_equal(set.n_rules, 3);
	q = find(&set, "pair")->required;
	assert_true(q[0].lines == 2 && q[0].columns == SIZE_MAX && q[1].lines == SIZE_MAX && q[1].columns == 0);
	assert_false(find(&set, "pair")->flags & MF_RULE_SKIP_REPORT);
	assert_true(find(&set, "acme")->flags & MF_RULE_SKIP_REPORT);
	assert_true(find(&set, "github-pat-classic")->flags & MF_RULE_SKIP_REPORT);
	mf_rules_free(&set);
}

static void test_a_second_rule_of_the_id(void **state)
{
	struct mf_ruleset set;

	(void)state;
	load(&set, OWN "[[rules]]\nid = 'acme'\nregex = 'second'\n", true);
	assert_int_equal(set.n_rules, 1);
	assert_string_equal(set.rules[0]->regex, "second");
	mf_rules_free(&set);
}

static void test_refused(void **state)
{
	static const char *const texts[][2] = {
		{ "[[rules]]\nregex = 'x'\n", "GITLEAKS_CONFIG_TOML:1:3: a rule has no id" },
		{ "[[rules]]\nid = ' '\ndescription = 'some'\nregex = 'x'\n", "a rule has no id: some" },
		{ "[[rules]]\nid = 'a'\n", ":1:3: rule 'a' has neither 'regex' nor 'path'" },
		{ "[[rules]]\nid = 'a'\nregex = '''x(?!y)'''\n", ":3:9: rule 'a', regex: a regular expression is not valid at byte" },
		{ "[[rules]]\nid = 'a'\nregex = 'x'\npath = '('\n", ":4:8: rule 'a', path: " },
		{ "[[rules]]\nid = 'a'\nregex = '(x)'\nsecretGroup = 2\n", "secretGroup is 2, the expression has 1 group" },
		{ "[[rules]]\nid = 'a'\nregex = ['x']\n", ":3:9: 'regex' takes a string, not an array" },
		{ "[[rules]]\nid = 'a'\nregex = 'x'\nentropy = 'high'\n", ":4:11: 'entropy' takes a number" },
		{ "[[rules]]\nid = 'a'\nregex = 'x'\nsecretGroup = -1\n", "takes a number from 0 on" },
		{ "[[rules]]\nid = 'a'\nregex = 'x'\nkeywords = [['x']]\n", "'keywords' takes strings, not an array" },
		{ "rules = 'x'\n", "'rules' takes tables, not a string" },
		{ OWN "[[rules.allowlists]]\ncondition = 'xor'\nregexes = ['x']\n", ":5:13: rule 'acme': 'condition' is OR or AND, not 'xor'" },
		{ OWN "[[rules.allowlists]]\nregexTarget = 'file'\nregexes = ['x']\n", "'regexTarget' is secret, match or line" },
		{ OWN "[[rules.allowlists]]\ndescription = 'x'\n", ":4:9: rule 'acme': an allowlist holds at least one of" },
		{ OWN "[[rules.allowlists]]\nregexes = ['x', '[']\n", ":5:17: rule 'acme', regexes: " },
		{ OWN "[[rules.allowlists]]\nregexes = ['x']\n[rules.allowlist]\nregexes = ['y']\n", "is the old spelling" },
		{ "[[allowlists]]\npaths = ['x']\n[allowlist]\npaths = ['y']\n", "[[allowlists]]: 'allowlist' is the old spelling" },
		{ "[allowlist]\n", "[[allowlists]]: an allowlist holds at least one of" },
		{ OWN "[[rules.required]]\nid = 'other'\n", "rule 'acme' requires rule 'other', which does not exist" },
		{ OWN "[[rules.required]]\nwithinLines = 2\n", "[[rules.required]] has no id" },
		{ "[extend]\nuseDefault = 'maybe'\n", "'useDefault' takes true or false" },
		{ "extend = 1\n", "'extend' takes a table" },
	};
	struct mf_ruleset set = { .n_rules = 77 };

	(void)state;
	for (size_t i = 0; i < MF_COUNT(texts); i++) {
		assert_fails(load_opts(&set, texts[i][0], true), err, "MF-RULE-01");
		if (!strstr(err.why, texts[i][1]))
			fail_msg("'%s' instead of '%s'", err.why, texts[i][1]);
		assert_int_equal(set.n_rules, 77);
	}
	assert_fails(load_opts(&set, "x = ", true), err, "MF-TOML-01");
	assert_fails(load_opts(&set, "[extend]\nuseDefault = true\npath = 'x.toml'\n", true), err, "MF-RULE-03");
	assert_fails(load_opts(&set, "[extend]\npath = '/no/such/file.toml'\n", true), err, "MF-RULE-03");
}

static unsigned char *digest(const char *text, unsigned char out[static 32])
{
	struct mf_ruleset set;

	load(&set, text, true);
	memcpy(out, set.digest, 32);
	mf_rules_free(&set);
	return out;
}

/* Whatever changes a result changes the digest. */
static void test_digest(void **state)
{
	static const char *const texts[] = {
		OWN, OWN "entropy = 1\n", OWN "keywords = ['x']\n", OWN "secretGroup = 0\ntags = ['x']\n", OWN "path = 'x'\n", OWN "skipReport = true\n",
		OWN "[[rules.allowlists]]\nregexes = ['x']\n", OWN "[[rules.allowlists]]\nregexes = ['y']\n", OWN "[[rules.allowlists]]\npaths = ['x']\n",
		OWN "[[rules.allowlists]]\nregexes = ['x']\nregexTarget = 'match'\n", OWN "[[rules.allowlists]]\nregexes = ['x']\npaths = ['x']\n",
		OWN "[[rules.allowlists]]\nregexes = ['x']\npaths = ['x']\ncondition = 'and'\n", OWN "[[allowlists]]\nregexes = ['x']\n",
		OWN "[[allowlists]]\nregexes = ['x']\ntargetRules = ['acme']\n", OWN "[[rules.required]]\nid = 'acme'\n",
		OWN "[[rules.required]]\nid = 'acme'\nwithinLines = 1\n", OWN "[[rules.required]]\nid = 'acme'\nwithinColumns = 1\n", "[extend]\nuseDefault = true\n",
	};
	unsigned char d[MF_COUNT(texts)][32], again[32];

	(void)state;
	for (size_t i = 0; i < MF_COUNT(texts); i++) {
		digest(texts[i], d[i]);
		for (size_t k = 0; k < i; k++)
			if (memcmp(d[i], d[k], 32) == 0)
				fail_msg("same digest: %s and %s", texts[i], texts[k]);
	}
	assert_memory_equal(digest(OWN, again), d[0], 32);
}

/* -- files ------------------------------------------------------------------------------------------------ */

static char *dir;

static int make_dir(void **state)
{
	(void)state;
	memset(&err, 0, sizeof(err));
	return mf_fs_mkdir_private(&dir, "/tmp", "rules-", &err);
}

static int remove_dir(void **state)
{
	static const char *const names[] = { "a.toml", "b.toml", "c.toml", "d.toml", "loop.toml" };

	(void)state;
	for (size_t i = 0; i < MF_COUNT(names); i++) {
		char *path = mf_path_join(dir, names[i]);

		unlink(path);
		free(path);
	}
	rmdir(dir);
	free(dir);
	return 0;
}

static void put(const char *name, const char *text)
{
	char *path = mf_path_join(dir, name);
	int fd;

	unlink(path);
	fd = mf_fs_create(path, &err);
	assert_true(fd >= 0);
	assert_int_equal(mf_fs_write(fd, text, strlen(text), name, &err), 0);
	close(fd);
	free(path);
}

static int load_file(struct mf_ruleset *set, const char *name)
{
	char *path = mf_path_join(dir, name);
	const struct mf_rules_opts o = { .config = path, .gitleaks = true };
	int rc;

	memset(&err, 0, sizeof(err));
	rc = mf_rules_load(set, &o, &err);
	free(path);
	return rc;
}

static void test_extend_path(void **state)
{
	struct mf_ruleset set;

	(void)state;
	put("c.toml", "[[rules]]\nid = 'c'\nregex = 'c'\ndescription = 'from c'\nkeywords = ['c']\ntags = ['c']\n[[rules]]\nid = 'gone'\nregex = 'x'\n"
		      "[[allowlists]]\npaths = ['c']\n");
	put("b.toml", "[extend]\npath = 'c.toml'\ndisabledRules = ['gone']\n[[rules]]\nid = 'b'\nregex = 'b'\n[[allowlists]]\npaths = ['b']\n");
	put("a.toml", "[extend]\npath = 'b.toml'\n[[rules]]\nid = 'c'\nregex = '(c)c'\nsecretGroup = 1\nkeywords = ['A']\ntags = ['a']\n");
	assert_int_equal(load_file(&set, "a.toml"), 0);
	assert_int_equal(set.n_rules, 2);
	assert_string_equal(find(&set, "c")->regex, "(c)c");
	assert_string_equal(find(&set, "c")->title, "from c");
	assert_int_equal(find(&set, "c")->n_keywords, 2);
	assert_string_equal(find(&set, "c")->keywords[1], "a");
	assert_int_equal(find(&set, "c")->n_tags, 2);
	assert_int_equal(set.n_allow, 2);
	mf_rules_free(&set);
}

static void test_extend_depth(void **state)
{
	struct mf_ruleset set;

	(void)state;
	put("d.toml", "[[rules]]\nid = 'd'\nregex = 'd'\n");
	put("c.toml", "[extend]\npath = 'd.toml'\n[[rules]]\nid = 'c'\nregex = 'c'\n");
	put("b.toml", "[extend]\npath = 'c.toml'\n[[rules]]\nid = 'b'\nregex = 'b'\n");
	put("a.toml", "[extend]\npath = 'b.toml'\n[[rules]]\nid = 'a'\nregex = 'a'\n");
	assert_int_equal(load_file(&set, "a.toml"), 0);
	assert_int_equal(set.n_rules, 3);
	mf_rules_free(&set);
	put("loop.toml", "[extend]\npath = 'loop.toml'\n[[rules]]\nid = 'a'\nregex = 'a'\n");
	assert_int_equal(load_file(&set, "loop.toml"), 0);
	assert_int_equal(set.n_rules, 1);
	mf_rules_free(&set);
	put("c.toml", "x = ");
	assert_fails(load_file(&set, "b.toml"), err, "MF-TOML-01");
	assert_non_null(strstr(err.why, "c.toml:1:5"));
	assert_fails(load_file(&set, "missing.toml"), err, "MF-FS-03");
}

static int torture(void *ctx, struct mf_err *e)
{
	const struct mf_rules_opts o = { .config_text = mf_str(ctx) };
	struct mf_ruleset set;

	if (mf_rules_load(&set, &o, e))
		return -1;
	mf_rules_free(&set);
	return 0;
}

static void test_torture(void **state)
{
	(void)state;
	mf_torture(torture, "[extend]\ndisabledRules = ['github-oauth']\n" OWN "keywords = ['A']\ntags = 'x,y'\n[[rules.required]]\nid = 'github-pat'\n"
			    "[[rules.allowlists]]\nregexes = ['x']\ncommits = ['y']\nstopwords = ['z']\n[[rules]]\nid = 'github-pat'\nregex = 'x'\nkeywords = ['k']\n"
			    "[[allowlists]]\npaths = ['x']\ntargetRules = ['acme']\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_rule),
		cmocka_unit_test(test_path_only_and_without_title),
		cmocka_unit_test(test_what_is_extended),
		cmocka_unit_test(test_override_by_alias),
		cmocka_unit_test(test_override_of_several),
		cmocka_unit_test(test_allowlists),
		cmocka_unit_test(test_required),
		cmocka_unit_test(test_a_second_rule_of_the_id),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_digest),
		cmocka_unit_test_setup_teardown(test_extend_path, make_dir, remove_dir),
		cmocka_unit_test_setup_teardown(test_extend_depth, make_dir, remove_dir),
		cmocka_unit_test(test_torture),
	};

	mf_log_setup(stderr, MF_LOG_QUIET, MF_DRESS_PLAIN);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
