/* SPDX-License-Identifier: Apache-2.0 */
/* Regular expressions: what is refused and where, matches and groups, facts, limits, threads. tests/regex/run compares far more with Go. */
#include "unit.h"

#include <pthread.h>
#include <stdio.h>
#include <mayfly/clock.h>
#include <mayfly/regex.h>
#include "../../src/detect/re2.h"
#include "failalloc.h"

static struct mf_err err;
static struct mf_regex_run *run;

static struct mf_regex *make(const char *text)
{
	struct mf_regex *re = NULL;

	if (mf_regex_new(&re, mf_str(text), &err))
		fail_msg("%s: %s: %s", text, err.what, err.why);
	return re;
}

static int setup(void **state)
{
	(void)state;
	return mf_regex_run_new(&run, &err);
}

static int teardown(void **state)
{
	(void)state;
	mf_regex_run_free(run);
	mf_regex_run_free(NULL);
	mf_regex_free(NULL);
	return 0;
}

static void test_refused(void **state)
{
	static const struct { const char *text; unsigned at; const char *why; } cases[] = {
		{ "a**", 2, "repetition of a repetition" }, { "ab)", 2, "closes nothing" }, { "ab(c", 2, "')' is missing" },
		{ "*a", 0, "nothing to repeat" }, { "a|*", 2, "nothing to repeat" }, { "a{1001}", 1, "above 1000" }, { "a{3,2}", 1, "above its most" },
		{ "x((a{100}){10}){2}", 15, "1000 copies" }, { "(a)\\1", 3, "back-references" }, { "a(?=b)", 1, "look-ahead" },
		{ "a(?<!b)", 1, "look-behind" }, { "(?P<a b>c)", 0, "group's name" }, { "ab\\C", 2, "\\C" }, { "a[b", 1, "']' is missing" },
		{ "a[z-b]", 2, "before it begins" }, { "[[:nope:]]", 1, "unknown name" }, { "\\p{Klingon}", 0, "unknown name" }, { "a\\", 1, "backslash" },
		{ "\\x{110000}", 0, "U+10FFFF" }, { "\\x{}", 0, "hex" }, { "a\\Z", 1, "escape is unknown" }, { "ab\xff", 2, "UTF-8" }, { "(?i", 0, "')' is missing" },
		{ "(?>a)", 0, "'(?'" },
	};

	(void)state;
	for (size_t i = 0; i < MF_COUNT(cases); i++) {
		struct mf_regex *re = NULL;
		char place[32];

		assert_fails(mf_regex_new(&re, mf_str(cases[i].text), &err), err, "MF-RE-01");
		snprintf(place, sizeof(place), "at byte %u", cases[i].at);
		if (!strstr(err.what, place) || strlen(strstr(err.what, place)) != strlen(place) || !strstr(err.why, cases[i].why))
			fail_msg("%s: %s: %s", cases[i].text, err.what, err.why);
		assert_null(re);
	}
}

/* Against "from-to from-to", "-" for what did not take part, "" for no match. */
static void finds(const char *text, const char *subject, const char *want)
{
	struct mf_regex *re = make(text);
	struct mf_re_group g[12];
	size_t pairs = mf_regex_facts(re)->groups + 1;

	for (int engine = MF_ENGINE_BEST; engine <= MF_ENGINE_VM; engine++) {
		char got[200] = "";
		int rc = mf_regex_run_with(engine, re, run, false, mf_str(subject), 0, g, pairs, &err), n = 0;

		if (engine == MF_ENGINE_PCRE && rc < 0)
			continue;
		assert_in_range(rc, 0, 1);
		for (size_t i = 0; rc && i < pairs; i++) {
			if (g[i].at == SIZE_MAX)
				n += snprintf(got + n, sizeof(got) - (size_t)n, "%s-", i ? " " : "");
			else
				n += snprintf(got + n, sizeof(got) - (size_t)n, "%s%zu-%zu", i ? " " : "", g[i].at, g[i].end);
		}
		if (strcmp(got, want) != 0)
			fail_msg("/%s/ on \"%s\": %s, not %s (engine %d)", text, subject, got, want, engine);
	}
	mf_regex_free(re);
}

static void test_matches(void **state)
{
	(void)state;
	finds("a(b)?(c)?", "xac", "1-3 - 2-3");
	finds("a|ab", "ab", "0-1");
	finds("(?:a|ab)(?:c|bcd)(d*)", "abcd", "0-4 4-4");
	finds("a{,2}", "a{,2}", "0-5");
	finds("\\Qa.b\\E+", "xa.bb", "1-5");
	finds("a$", "a\n", "");
	finds("(?m)a$", "a\n", "0-1");
	finds("(?m)^b", "a\nb", "2-3");
	finds("(?m)^$", "a\n", "2-2");
	finds("a.b", "a\nb", "");
	finds("(?s)a.b", "a\nb", "0-3");
	finds("\\s", "\v", "");
	finds("[[:space:]]", "\v", "0-1");
	finds("\\12", "\n", "0-1");
	finds("a(?i)b|C", "c", "0-1");
	finds("(?U)a+", "aaa", "0-1");
	finds("(?i)k", "\xe2\x84\xaa", "0-3");
	finds("(?i)sk", "\xc5\xbfK", "0-3");
	finds("(?i)\xc3\xa9", "\xc3\x89", "0-2");
	finds("\\bb", "\xc3\xa9" "b", "2-3");
	finds("\\p{Greek}+", "a\xce\xb1\xce\xb2", "1-5");
	finds("\\x00", "", "");
}

static void test_bytes(void **state)
{
	(void)state;
	finds("^.$", "\xe4\xb8\x96", "0-3");
	finds("(.)(.*)", "\xff\xe4\xb8", "0-3 0-1 1-3");
	finds("(.*)(.)", "a\xc3\xa9", "0-3 0-1 1-3");
	finds("[^\xc3\xa9]b", "\xc3\xa9" "b", "");	/* not from the middle of a character */
	finds("[^a]b", "\xc3\xa9" "b", "0-3");
	finds("\\x{FFFD}", "\x80", "0-1");
	finds("[^\\x{FFFD}]", "\xed\xa0\x80", "");
	finds("\\B.*?\\B.", "a\xe4\xb8\x96", "");
	finds("[\\x{7ff}-\\x{10000}]+", "\xdf\xbf\xe0\xa0\x80\xf0\x90\x80\x80\xf0\x90\x80\x81", "0-9");
}

/* Turns of no length: only the first one counts. */
static void test_empty_turns(void **state)
{
	(void)state;
	finds("(a|)+", "aab", "0-2 1-2");
	finds("(|a)+", "aa", "0-0 0-0");
	finds("(a*)*", "b", "0-0 0-0");
	finds("(a*)+", "aab", "0-2 0-2");
	finds("(?:b|(?:|a))+", "ba", "0-2");
	finds("(?:a*)*b", "aab", "0-3");
	finds("(a|){2,3}", "a", "0-1 1-1");
}

static void test_offsets(void **state)
{
	struct mf_regex *re = make("\\bb(c)?"), *begin = make("^b"), *class = make("[^a]");
	struct mf_re_group g[4];

	(void)state;
	assert_int_equal(mf_regex_find(re, run, "ab bc", 5, 1, g, 4, &err), 1);
	assert_int_equal(g[0].at, 3);
	assert_int_equal(g[1].at, 4);
	assert_int_equal(g[2].at, SIZE_MAX);
	assert_int_equal(g[3].end, SIZE_MAX);
	g[1].at = 77;
	assert_int_equal(mf_regex_find(re, run, "ab bc", 5, 0, g, 1, &err), 1);
	assert_int_equal(g[1].at, 77);
	assert_int_equal(mf_regex_find(re, run, "ab bc", 5, 0, NULL, 0, &err), 1);
	assert_int_equal(mf_regex_find(re, run, "ab bc", 5, 5, g, 1, &err), 0);
	assert_int_equal(mf_regex_find(re, run, "ab bc", 5, 6, g, 1, &err), 0);
	assert_int_equal(mf_regex_find(re, run, NULL, 0, 0, g, 1, &err), 0);
	assert_int_equal(mf_regex_at(re, run, "ab bc", 5, 2, g, 1, &err), 0);
	assert_int_equal(mf_regex_at(re, run, "ab bc", 5, 3, g, 1, &err), 1);
	assert_int_equal(g[0].end, 5);
	assert_int_equal(mf_regex_find(begin, run, "bb", 2, 1, g, 1, &err), 0);
	for (int engine = MF_ENGINE_PCRE; engine <= MF_ENGINE_VM; engine++) {
		assert_int_equal(mf_regex_run_with(engine, class, run, false, mf_str("\xc3\xa9z"), 1, g, 1, &err), 1);
		assert_int_equal(g[0].at, 2);
		assert_int_equal(mf_regex_run_with(engine, class, run, true, mf_str("\xc3\xa9z"), 1, g, 1, &err), 0);
	}
	mf_regex_free(re);
	mf_regex_free(begin);
	mf_regex_free(class);
}

/* In subjects that are tried as a whole, and in longer ones, which are tried in pieces. */
static void check_until(const char *expression)
{
	struct mf_regex *re = make(expression);
	static char text[1000];
	struct mf_re_group g[1];

	for (size_t n = 100; n <= sizeof(text); n += 900) {
		memset(text, 'a', n);
		memcpy(text + n - 50, "bbc", 3);
		memcpy(text + n - 20, "bbc", 3);
		for (size_t from = 0; from < 40; from += 13) {
			assert_int_equal(mf_regex_find_until(re, run, text, n, from, n - 50, g, 1, &err), 1);
			assert_true(g[0].at == n - 50 && g[0].end == n - 47);
			assert_int_equal(mf_regex_find_until(re, run, text, n, from, SIZE_MAX, g, 1, &err), 1);
			assert_int_equal(g[0].at, n - 50);
			if (mf_regex_find_until(re, run, text, n, from, n - 51, g, 1, &err) != 0)
				assert_true(g[0].at > n - 51);
		}
		assert_int_equal(mf_regex_find_until(re, run, text, n, n - 49, n - 49, g, 1, &err), 1);
		assert_int_equal(mf_regex_find_until(re, run, text, n, n - 30, n - 20, g, 1, &err), 1);
		assert_int_equal(g[0].at, n - 20);
		assert_int_equal(mf_regex_find_until(re, run, text, n, n - 30, n - 40, g, 1, &err), 0);
	}
	mf_regex_free(re);
}

static void test_until(void **state)
{
	(void)state;
	check_until("b+c");
	/* PCRE2 reads it differently */
	check_until("b(b|)*c");
}

static void test_names(void **state)
{
	struct mf_regex *re = make("(a)(?P<two>b)(?:c)(?<n4>d(e))");

	(void)state;
	assert_int_equal(mf_regex_facts(re)->groups, 4);
	assert_null(mf_regex_group_name(re, 0));
	assert_null(mf_regex_group_name(re, 1));
	assert_string_equal(mf_regex_group_name(re, 2), "two");
	assert_string_equal(mf_regex_group_name(re, 3), "n4");
	assert_null(mf_regex_group_name(re, 4));
	assert_null(mf_regex_group_name(re, 5));
	mf_regex_free(re);
}

/* The bytes that a match at the end may end in, as far as they are ASCII. */
static void check_last(const char *pattern, const char *want)
{
	struct mf_regex *re = make(pattern);
	const unsigned char *last = mf_regex_facts(re)->last;
	char got[129];
	size_t n = 0;

	for (unsigned c = 1; c < 128; c++)
		if (last[c >> 3] >> (c & 7) & 1)
			got[n++] = (char)c;
	got[n] = '\0';
	assert_string_equal(n > 100 ? "all" : got, want);
	mf_regex_free(re);
}

static void test_last(void **state)
{
	(void)state;
	check_last("\\.p12$", "2");
	check_last("(?i)\\.(?:p12|pfx)$", "2Xx");
	check_last("(^|/)id_(rsa|dsa)?(\\.bak)*$", "_ak");
	check_last("[a-c]+[0-9]{0,2}\\z", "0123456789abc");
	check_last("(?i)\\.key$", "Yy");
	check_last("(?i)k$", "Kk");
	check_last("a*$", "all");
	check_last("\\.p12", "all");
	check_last("[^/]$", "all");
}

/* Of a path, the last part is enough. */
static void test_in_name(void **state)
{
	static const char *const yes[] = {
		"\\.p12$", "(?i)\\.(?:p12|pfx)$", "(?:^|/)[._]netrc$", "(^|/)[^/]+\\.p(?:12|fx)$", "/id_rsa$", "^id_rsa$", "(a$|/b$)", "[a-z]*\\z", "/?x$", "(?:x$){1,2}",
	};
	static const char *const no[] = {
		"\\.p12", "a/b$", "(^|/)a/b$", ".*$", "x[^a]y$", "/*x$", "(a$|b)", "\\bid_rsa$", "(?m)^/x$", "(?m)a$", "(?:/|x)/y$", "(?:x$)?", "//$",
	};

	(void)state;
	for (size_t i = 0; i < MF_COUNT(yes); i++) {
		struct mf_regex *re = make(yes[i]);

		if (!mf_regex_facts(re)->in_name)
			fail_msg("%s looks at a name alone", yes[i]);
		mf_regex_free(re);
	}
	for (size_t i = 0; i < MF_COUNT(no); i++) {
		struct mf_regex *re = make(no[i]);

		if (mf_regex_facts(re)->in_name)
			fail_msg("%s does not look at a name alone", no[i]);
		mf_regex_free(re);
	}
}

static void test_translation(void **state)
{
	static const char *const cases[][2] = {
		{ "a.c", "a(?>[\\x00-\\x09\\x0b-\\x7f]|(?1)|[\\x80-\\xff])c(?(DEFINE)" }, { "^a+$", "\\Aa+\\z" }, { "(?m)^a$", "^a$" }, { "\\s", "[\\x09\\x0a\\x0c\\x0d\\x20]" },
		{ "(?i)ab-c", "(?i:ab\\-c)" }, { "(?i)k", "(?:[Kk]|\\xe2\\x84[\\xaa])" }, { "[\xc3\xa9-\xc3\xbc]", "(?:(?!)|\\xc3[\\xa9-\\xbc])" },
		{ "a(b|c)d??", "a(b|c)d??" }, { "(?:ab){2,}?", "(?:ab){2,}?" }, { "x\\x{D800}", "x(?!)" },
	};

	(void)state;
	for (size_t i = 0; i < MF_COUNT(cases); i++) {
		struct mf_regex *re = make(cases[i][0]);
		const char *text = mf_regex_pcre(re);

		assert_non_null(text);
		if (strncmp(text, cases[i][1], strlen(cases[i][1])) != 0 || (text[strlen(cases[i][1])] && !strstr(cases[i][1], "DEFINE")))
			fail_msg("%s is %s", cases[i][0], text);
		assert_ptr_equal(mf_regex_pcre(re), text);
		mf_regex_free(re);
	}
}

/* The literals in their order, in brackets. */
static void literals(const char *text, const char *want, bool nocase, size_t before)
{
	struct mf_regex *re = make(text);
	const struct mf_re_facts *f = mf_regex_facts(re);
	char got[1000] = "";
	int n = 0;

	for (size_t i = 0; i < f->n_literals; i++)
		n += snprintf(got + n, sizeof(got) - (size_t)n, "<%s>", f->literals[i]);
	if (strcmp(got, want) != 0 || (*want && (f->literal_nocase != nocase || f->before != before)))
		fail_msg("/%s/: %s%s, %zu before", text, got, f->literal_nocase ? " in any case" : "", f->before);
	mf_regex_free(re);
}

static void test_literals(void **state)
{
	(void)state;
	literals("\\bab" "c_[0-9a-z]{36}\\b", "<abc_>", false, 0);
	literals("(?:A3T[A-Z0-9]|AKIA|ASIA)[A-Z2-7]{16}", "<A3T><AKIA><ASIA>", false, 0);
	literals("[a-z]{3,5}[_-]?secret", "<secret>", false, 6);
	literals("[a-z]+secret", "<secret>", false, SIZE_MAX);
	literals("(?i)token", "<token><to\xe2\x84\xaa" "en>", true, 0);
	literals("(?i)api[_-]?id", "<api-id><api_id><apiid>", true, 0);
	literals("[Aa]pi", "<api>", true, 0);
	literals("(abc){2}x", "<abcabcx>", false, 0);
	literals("(?:abc)+", "<abc>", false, 0);
	literals("(?:abc)?d", "<d>", false, 3);
	literals("(?:abc)*", "", false, 0);
	literals("abc|d*", "", false, 0);
	literals("[a-z]+", "", false, 0);
	literals("abcd|abcdef|abx", "<abcd><abx>", false, 0);
	literals(".{2}ab" "c", "<abc>", false, 8);
	literals("a\\x00b", "<a>", false, 0);
}

static void test_facts(void **state)
{
	static const struct { const char *text; size_t min, max; bool newline, anchored; } cases[] = {
		{ "abc", 3, 3, false, false }, { "^a+", 1, SIZE_MAX, false, true }, { "(?m)^a", 1, 1, false, false }, { "a|\xe4\xb8\x96", 1, 3, false, false },
		{ ".", 1, 4, false, false }, { "[^a]?", 0, 4, true, false }, { "\\s{2,3}", 2, 3, true, false }, { "(?i)k", 1, 3, false, false },
		{ "(?:\\Aa|^b)", 1, 1, false, true }, { "(?:\\Aa|b)", 1, 1, false, false }, { "\\b^a", 1, 1, false, true }, { "", 0, 0, false, false },
		{ "(?s).{0}", 0, 0, false, false }, { "\\n", 1, 1, true, false }, { "(^a)+", 1, SIZE_MAX, false, true }, { "(^a)*", 0, SIZE_MAX, false, false },
	};

	(void)state;
	for (size_t i = 0; i < MF_COUNT(cases); i++) {
		struct mf_regex *re = make(cases[i].text);
		const struct mf_re_facts *f = mf_regex_facts(re);

		if (f->min != cases[i].min || f->max != cases[i].max || f->newline != cases[i].newline || f->anchored != cases[i].anchored)
			fail_msg("/%s/: %zu to %zu, newline %d, anchored %d", cases[i].text, f->min, f->max, f->newline, f->anchored);
		mf_regex_free(re);
	}
}

/* `piece` so often, between two others. */
static char *many(const char *before, const char *piece, size_t times, const char *after)
{
	size_t n = strlen(piece), at = strlen(before);
	char *out = malloc(at + n * times + strlen(after) + 1);

	assert_non_null(out);
	memcpy(out, before, at);
	for (size_t i = 0; i < times; i++, at += n)
		memcpy(out + at, piece, n);
	memcpy(out + at, after, strlen(after) + 1);
	return out;
}

static void refuses(char *text, const char *why)
{
	struct mf_regex *re = NULL;

	assert_fails(mf_regex_new(&re, mf_str(text), &err), err, "MF-RE-01");
	if (!strstr(err.why, why))
		fail_msg("%s", err.why);
	free(text);
}

static void test_sizes(void **state)
{
	char *text = many("", "(?:", 998, "a"), *whole = many(text, ")", 998, "");

	(void)state;
	mf_regex_free(make(whole));
	free(text);
	free(whole);
	refuses(many("", "(", 5000, ""), "too deeply");
	text = many("", "(", 1000, "a");
	refuses(many(text, ")", 1000, ""), "too deeply");
	free(text);
	refuses(many("", "a", 65537, ""), "64 KiB");
	refuses(many("", "(a)", 1001, ""), "1000 groups");
	refuses(many("", "a{1000}", 200, ""), "written out");
	refuses(many("", "\\pL", 3000, ""), "too large");
	text = many("", "a", 65536, "");
	mf_regex_free(make(text));
	free(text);
	text = many("", "(?:a|b|", 200, "c");
	whole = many(text, ")", 200, "");
	mf_regex_free(make(whole));
	free(text);
	free(whole);
}

static void timed(const char *text, const char *subject, int want)
{
	struct mf_regex *re = make(text);
	int64_t began = mf_mono_ms();
	struct mf_re_group g;
	int rc = mf_regex_find(re, run, subject, strlen(subject), 0, &g, 1, &err);

	if (want != -2)
		assert_int_equal(rc, want);
	/* some 60 ms at most; sanitizers and busy machines are slower */
	assert_in_range(mf_mono_ms() - began, 0, 3000);
	mf_regex_free(re);
}

static void test_time(void **state)
{
	char *few = many("", "a", 40, "!"), *some = many("", "a", 3000, "!"), *lots = many("", "a", 200000, "!");

	(void)state;
	timed("(a+)+$", few, 0);
	timed("(a|aa)+$", some, 0);
	timed("(?:a|aa)+[^!]$", few, 0);
	timed("a*a*a*a*a*[xy]", some, 0);
	timed("(x+x+)+y", some, 0);
	timed("a+\\s", lots, -2);
	timed("(a*)*[xy]", lots, -2);
	timed("(.{0,1000}a){1}", lots, 1);
	free(few);
	free(some);
	free(lots);
}

/* Behind the last place where a match may begin nothing is read: the rest would take more steps than there are. */
static void test_until_in_a_long_text(void **state)
{
	struct mf_regex *odd = make("b(b|)*[^x]{0,100}c");
	const size_t n = 4 << 20;
	char *text = many("", "a", n, "");
	struct mf_re_group g;

	(void)state;
	assert_int_equal(mf_regex_find_until(odd, run, text, n, 0, 10, &g, 1, &err), 0);
	memset(text + 5, 'b', 2);
	assert_int_equal(mf_regex_find_until(odd, run, text, n, 0, 10, &g, 1, &err), 0);
	text[100] = 'c';
	assert_int_equal(mf_regex_find_until(odd, run, text, n, 0, 10, &g, 1, &err), 1);
	assert_true(g.at == 5 && g.end == 101);
	memset(text + 100, 'b', n - 100);
	assert_fails(mf_regex_find_until(odd, run, text, n, 0, n, &g, 1, &err), err, "MF-RE-02");
	free(text);
	mf_regex_free(odd);
}

static void test_limit(void **state)
{
	struct mf_regex *re = make(".{0,1000}x"), *large = make("(?:.{1000}|[^a]{1000}b|\\PL{500})c"), *odd = make("(a|)*");
	char *lots = many("", "a", 100000, "");
	struct mf_re_group g;

	(void)state;
	assert_fails(mf_regex_run_with(MF_ENGINE_VM, re, run, false, mf_str(lots), 0, &g, 1, &err), err, "MF-RE-02");
	/* what PCRE2 cannot take is run all the same */
	assert_fails(mf_regex_run_with(MF_ENGINE_PCRE, odd, run, false, mf_str("a"), 0, &g, 1, &err), err, "MF-RE-02");
	assert_int_equal(mf_regex_find(odd, run, "aa", 2, 0, &g, 1, &err), 1);
	assert_fails(mf_regex_run_with(MF_ENGINE_PCRE, large, run, false, mf_str("\xc3\xa9"), 0, &g, 1, &err), err, "MF-RE-02");
	memcpy(lots, "\xc3\xa9", 2);
	assert_int_equal(mf_regex_find(large, run, lots, 2000, 0, &g, 1, &err), 0);
	lots[2000] = 'c';
	assert_int_equal(mf_regex_find(large, run, lots, 2002, 0, &g, 1, &err), 1);
	assert_int_equal(g.at, 1000);
	assert_int_equal(g.end, 2001);
	free(lots);
	mf_regex_free(re);
	mf_regex_free(large);
	mf_regex_free(odd);
}

static void *in_thread(void *arg)
{
	const struct mf_regex *re = arg;
	struct mf_regex_run *own;
	struct mf_re_group g;
	struct mf_err e;
	size_t good = 0;

	if (mf_regex_run_new(&own, &e))
		return NULL;
	for (int i = 0; i < 200; i++)
		good += mf_regex_find(re, own, i % 2 ? "x \xc3\xa9 key=1" : "x key=12", i % 2 ? 10 : 8, 0, &g, 1, &e) == 1;
	mf_regex_run_free(own);
	return good == 200 && mf_regex_pcre(re) ? arg : NULL;
}

static void test_threads(void **state)
{
	pthread_t thread[8];

	(void)state;
	for (int round = 0; round < 10; round++) {
		struct mf_regex *re = make(round % 2 ? "(?i)key=\\d" : "(key|)*=\\d");
		void *ok;

		for (size_t i = 0; i < MF_COUNT(thread); i++)
			assert_int_equal(pthread_create(&thread[i], NULL, in_thread, re), 0);
		for (size_t i = 0; i < MF_COUNT(thread); i++) {
			pthread_join(thread[i], &ok);
			assert_ptr_equal(ok, re);
		}
		mf_regex_free(re);
	}
}

static int all_of_it(void *ctx, struct mf_err *e)
{
	MF_CLEANUP(mf_freep) char *lots = NULL;
	struct mf_regex *re = NULL;
	struct mf_regex_run *own = NULL;
	struct mf_re_group g[40];
	int rc = mf_regex_new(&re, mf_str(ctx), e) || mf_regex_run_new(&own, e) ? -1 : 0;

	if (!rc && (mf_regex_find(re, own, "key=ab", 6, 0, g, 40, e) < 0 || mf_regex_at(re, own, "\xc3\xa9 ab", 5, 2, g, 40, e) < 0))
		rc = -1;
	mf_regex_run_free(own);
	mf_regex_free(re);
	return rc;
}

static void test_no_memory(void **state)
{
	(void)state;
	mf_torture(all_of_it, "(?i)(?P<a>[^\\x00-\\x7f]?k(?:e|E)y)=(\\pN|a{2,3}|.)+$");
	mf_torture(all_of_it, "(a|)*(?:b{2,})*?(c|d|ef)(){3}(\\w)");
	mf_torture(all_of_it, "((((((((((((((((((((a))))))))))))))))))))");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_refused), cmocka_unit_test(test_matches), cmocka_unit_test(test_bytes), cmocka_unit_test(test_empty_turns),
		cmocka_unit_test(test_offsets), cmocka_unit_test(test_until), cmocka_unit_test(test_names), cmocka_unit_test(test_in_name),
		cmocka_unit_test(test_last), cmocka_unit_test(test_translation), cmocka_unit_test(test_literals), cmocka_unit_test(test_until_in_a_long_text),
		cmocka_unit_test(test_facts), cmocka_unit_test(test_sizes), cmocka_unit_test(test_time), cmocka_unit_test(test_limit),
		cmocka_unit_test(test_threads), cmocka_unit_test(test_no_memory),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
