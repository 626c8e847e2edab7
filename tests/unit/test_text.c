/* SPDX-License-Identifier: Apache-2.0 */
/* Text for terminals and logs: what is replaced, what stays, and where it is cut. */
#include "unit.h"

#include <stdio.h>
#include <mayfly/enc.h>
#include <mayfly/text.h>

static void check_clean(const char *in, bool lines, const char *want)
{
	char s[128];

	snprintf(s, sizeof(s), "%s", in);
	mf_text_clean(s, lines);
	assert_string_equal(s, want);
	mf_text_clean(s, lines);	/* what is clean stays as it is */
	assert_string_equal(s, want);
}

static void test_clean_keeps_text(void **state)
{
	static const char *const kept[] = {
		"", "plain text ~!@#", "gr\xc3\xbc\xc3\x9f", "\xe2\x82\xac", "\xf0\x9f\x98\x80", "\xe2\x80\x93\xe2\x80\x99",
		"\xc2\xa0", "\xf4\x8f\xbf\xbf", "\xe2\x80\xa7|\xe2\x80\xaf", "\xe2\x81\xa5|\xe2\x81\xaa",
	};

	(void)state;
	for (size_t i = 0; i < MF_COUNT(kept); i++) {
		check_clean(kept[i], false, kept[i]);
		check_clean(kept[i], true, kept[i]);
	}
}

static void test_clean_control_bytes(void **state)
{
	(void)state;
	for (int c = 1; c < 0x20; c++) {
		const char in[] = { 'a', (char)c, 'b', '\0' };

		check_clean(in, false, "a?b");
		check_clean(in, true, c == '\n' || c == '\t' ? in : "a?b");
	}
	check_clean("\x7f", true, "?");
	check_clean("\x1b[31mred\x1b[0m", false, "?[31mred?[0m");
	check_clean("one\r\ntwo", true, "one?\ntwo");
	for (int c = 0x80; c < 0xa0; c++) {
		const char in[] = { '\xc2', (char)c, '.', '\0' };

		check_clean(in, true, "?.");
	}
}

/* Each becomes one sign, however many bytes it had. */
static void test_clean_what_reorders_or_hides(void **state)
{
	static const struct { uint32_t first, last; } ranges[] = {
		{ 0x61c, 0x61c }, { 0x200e, 0x200f }, { 0x2028, 0x2029 }, { 0x202a, 0x202e }, { 0x2066, 0x2069 }, { 0xfeff, 0xfeff },
		{ 0xe0000, 0xe007f },
	};

	(void)state;
	for (size_t i = 0; i < MF_COUNT(ranges); i++) {
		for (uint32_t cp = ranges[i].first; cp <= ranges[i].last; cp++) {
			char in[8] = "<";
			const size_t n = mf_utf8_encode(in + 1, cp);

			in[1 + n] = '>';
			check_clean(in, false, "<?>");
			check_clean(in, true, "<?>");
		}
	}
}

static void test_clean_ill_formed(void **state)
{
	static const struct { const char *in, *want; } cases[] = {
		{ "\x80", "?" }, { "a\xff" "b", "a?b" }, { "\xc3", "?" }, { "\xc3(", "?(" },
		{ "\xe2\x82", "??" }, { "\xe2\x82z", "??z" }, { "\xf0\x9f\x98", "???" },	/* cut short */
		{ "\xc0\xaf", "??" }, { "\xe0\x80\xaf", "???" },				/* overlong */
		{ "\xed\xa0\x80", "???" },							/* a surrogate */
		{ "\xf4\x90\x80\x80", "????" }, { "\xf8\x88\x80\x80\x80", "?????" },		/* beyond U+10FFFF */
		{ "\xc3\xa4\xc3", "\xc3\xa4?" },
	};

	(void)state;
	for (size_t i = 0; i < MF_COUNT(cases); i++)
		check_clean(cases[i].in, i % 2, cases[i].want);
}

static void check_tame(const char *in, const char *want)
{
	char s[128];

	snprintf(s, sizeof(s), "%s", in);
	mf_text_tame(s);
	assert_string_equal(s, want);
}

static void test_tame_brackets(void **state)
{
	(void)state;
	check_tame("##[error]x", "#?[error]x");
	check_tame("a ##[group]b", "a #?[group]b");
	check_tame("##[a]##[b] ##[", "#?[a]#?[b] #?[");
	check_tame("###[x", "##?[x");
	check_tame("one\n##[error]two", "one\n#?[error]two");
	check_tame("  ::##[x", "  :?#?[x");
	check_tame("# [x] #[y] ## [z] ##", "# [x] #[y] ## [z] ##");
	check_tame("", "");
}

static void test_tame_colons(void **state)
{
	(void)state;
	check_tame("::error::x", ":?error::x");
	check_tame(" \t ::stop-commands::x", " \t :?stop-commands::x");
	check_tame(":::", ":?:");
	check_tame("a ::error::x", "a ::error::x");
	check_tame("std::string", "std::string");
	check_tame(": :", ": :");
	check_tame(":", ":");
	check_tame("  ", "  ");
}

MF_PRINTF(4, 5) static void fill(char *out, size_t cap, bool lines, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	mf_text_vfmt(out, cap, lines, fmt, ap);
	va_end(ap);
}

static void test_vfmt_fits(void **state)
{
	char out[9];

	(void)state;
	fill(out, sizeof(out), false, "%s-%d", "ab", 7);
	assert_string_equal(out, "ab-7");
	fill(out, sizeof(out), false, "%s", "12345678");	/* exactly */
	assert_string_equal(out, "12345678");
	fill(out, sizeof(out), false, "a\nb\x1b%s", "\xff");
	assert_string_equal(out, "a?b??");
	fill(out, sizeof(out), true, "a\n\tb\x1b");
	assert_string_equal(out, "a\n\tb?");
}

static void test_vfmt_cuts(void **state)
{
	char out[9];

	(void)state;
	fill(out, sizeof(out), false, "%s", "123456789");
	assert_string_equal(out, "12345...");
	fill(out, sizeof(out), false, "1234%s", "\xc3\xa4 and more");		/* two bytes, one fits */
	assert_string_equal(out, "1234...");
	fill(out, sizeof(out), false, "123%s", "\xc3\xa4 and more");		/* both fit */
	assert_string_equal(out, "123\xc3\xa4...");
	fill(out, sizeof(out), false, "123%s", "\xe2\x82\xac and more");	/* three bytes, two fit */
	assert_string_equal(out, "123...");
	fill(out, sizeof(out), false, "12%s", "\xf0\x9f\x98\x80 and more");	/* four bytes, three fit */
	assert_string_equal(out, "12...");
	fill(out, sizeof(out), false, "1%s", "\xf0\x9f\x98\x80 and more");
	assert_string_equal(out, "1\xf0\x9f\x98\x80...");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_clean_keeps_text),
		cmocka_unit_test(test_clean_control_bytes),
		cmocka_unit_test(test_clean_what_reorders_or_hides),
		cmocka_unit_test(test_clean_ill_formed),
		cmocka_unit_test(test_tame_brackets),
		cmocka_unit_test(test_tame_colons),
		cmocka_unit_test(test_vfmt_fits),
		cmocka_unit_test(test_vfmt_cuts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
