/* SPDX-License-Identifier: Apache-2.0 */
/* Where a value may be encoded: masks beside a loop over bytes, the search beside one that asks at every position, and what a change can touch. */
#include "unit.h"

#include <stdio.h>

#include "../../src/detect/bytes.h"
#include "../../src/detect/scanner.h"
#include "support_dice.h"

enum { TEXT_MAX = 1500 };

static struct mf_err err;
static struct mf_ruleset rules;
static struct mf_detector *detector;

static int set_up(void **state)
{
	const char *const one[] = { "github-pat-classic" };
	const struct mf_rules_opts o = { .enable = one, .n_enable = 1 };
	const struct mf_scan_opts scan = { .decode_depth = 3 };

	(void)state;
	return mf_rules_load(&rules, &o, &err) || mf_detector_new(&detector, &rules, &scan, &err);
}

static int tear_down(void **state)
{
	(void)state;
	mf_detector_free(detector);
	mf_rules_free(&rules);
	return 0;
}

static void *exact(const void *p, size_t n)
{
	void *copy = malloc(n ? n : 1);

	assert_non_null(copy);
	if (n)
		memcpy(copy, p, n);
	return copy;
}

/* -- masks ------------------------------------------------------------------------------------------------------------- */

static bool is_encoded(char c)
{
	return c && strchr("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/-_", c);
}

static void check_masks(const char *p)
{
	const uint64_t encoded = mf_encoded_bits(p), escapes = mf_escape_bits(p);
	unsigned n = 0;

	for (unsigned i = 0; i < 64; i++) {
		assert_int_equal(encoded >> i & 1, is_encoded(p[i]));
		assert_int_equal(escapes >> i & 1, p[i] == '%' || p[i] == '\\');
		n += is_encoded(p[i]);
	}
	assert_int_equal(mf_bits(encoded), n);
}

static void test_masks(void **state)
{
	struct dice d = { 3 };

	(void)state;
	for (unsigned c = 0; c < 256; c++) {
		char *p = malloc(64);

		assert_non_null(p);
		memset(p, (int)c, 64);
		check_masks(p);
		for (unsigned i = 0; i < 64; i++)
			p[i] = (char)(c + i);
		check_masks(p);
		for (unsigned i = 0; i < 64; i++)
			p[i] = (char)dice_bits(&d);
		check_masks(p);
		free(p);
	}
}

static void test_find_and_count(void **state)
{
	struct dice d = { 4 };
	char text[300];

	(void)state;
	for (unsigned round = 0; round < 2000; round++) {
		const size_t n = dice_below(&d, round & 1 ? sizeof(text) : 40);
		size_t first = n, lines = 0;
		char *p;

		for (size_t i = 0; i < n; i++) {
			text[i] = (char)(dice_once_in(&d, 50) ? '\n' : dice_once_in(&d, 3) ? '\n' ^ 0x80 : '\n' + 1);
			lines += text[i] == '\n';
			first = text[i] == '\n' && first == n ? i : first;
		}
		p = exact(text, n);
		assert_int_equal(mf_find_byte(p, n, '\n'), first);
		assert_int_equal(mf_count_lines(p, n), lines);
		free(p);
	}
}

/* -- texts ------------------------------------------------------------------------------------------------------------- */

static size_t put(char *out, const char *s)
{
	memcpy(out, s, strlen(s));
	return strlen(s);
}

/* n characters of the base64 or hex of printable text, with a break after every so many. */
static size_t put_run(struct dice *d, char *out, size_t n, bool hex, size_t every, const char *gap)
{
	static const char b64[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/", digits[] = "0123456789abcdef";
	const bool wide = dice_once_in(d, 4);
	uint32_t three = 0;
	size_t o = hex && wide ? put(out, "0x") : 0;

	for (size_t i = 0; i < n; i++) {
		if (every && i && i % every == 0)
			o += put(out + o, gap);
		for (size_t k = 0; !hex && i % 4 == 0 && k < 3; k++)
			three = three << 8 | (wide && (i / 4 * 3 + k) % 2 ? 0 : (uint32_t)(' ' + dice_below(d, 95)));
		if (hex)
			out[o++] = i & 1 ? digits[dice_below(d, 15)] : "23456"[dice_below(d, 5)];
		else
			out[o++] = b64[three >> (18 - 6 * (i % 4)) & 63];
	}
	return o;
}

static size_t random_text(struct dice *d, char *p, size_t most)
{
	static const char *const bits[] = { "\\n", "\\r\\n", "\n", "\r\n", "\n    ", "\r", "n", "\\", "%41", "%7a", "%7B", "%4", "%", "\\x41", "\\x4", "\\x8",
					    "\\u0041", "\\u00", "\\u01", "\\U00", "\\u{6", "\\u{0", "\\u{3", "\\u{", "0x", "=", "==", " ", "\t", "\"", "-", "_x", "\\nn", "nnn", "A", "//", "\n\n", "\0", "%60", "%40" };
	static const size_t lens[] = { 1, 5, 22, 23, 24, 25, 26, 40, 55, 56, 57, 60, 64, 76, 130, 200 }, lines[] = { 0, 0, 55, 56, 57, 64, 76 };
	static const char *const gaps[] = { "\n", "\r\n", "\\n", "\\r\\n", "\n  ", "\n\t\t", "\n                                      ", "\n                                        " };
	size_t n = 0;

	while (n < most && !dice_once_in(d, 60)) {
		if (dice_once_in(d, 4)) {
			const size_t len = lens[dice_below(d, MF_COUNT(lens))];

			if (n + 3 * len + 300 > most)
				break;
			n += put_run(d, p + n, len, dice_once_in(d, 4), lines[dice_below(d, MF_COUNT(lines))], gaps[dice_below(d, MF_COUNT(gaps))]);
		} else if (n + 8 < most) {
			n += put(p + n, bits[dice_below(d, MF_COUNT(bits))]);
		}
		if (n + 8 >= most)
			break;
	}
	return n;
}

/* -- the search ---------------------------------------------------------------------------------------------------------- */

static bool is_hex(char c)
{
	return c && strchr("0123456789abcdefABCDEF", c);
}

/* %41 to %5a and %61 to %7a; \x4 to \x7; \u00; \u{0 and \u{4 to \u{7. */
static uint16_t slow_escape(struct mf_str b, size_t at, size_t to)
{
	const size_t n = to - at;
	const char *p = b.p + at;

	if (n >= 3 && p[0] == '%' && is_hex(p[1]) && is_hex(p[2])) {
		const char text[] = { p[1], p[2], '\0' };
		const long c = strtol(text, NULL, 16);

		return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ? detector->lit_percent : MF_HIT_RUN;
	}
	if (n >= 3 && p[0] == '\\' && (p[1] == 'x' || p[1] == 'X') && p[2] >= '4' && p[2] <= '7')
		return detector->lit_x;
	if (n >= 4 && p[0] == '\\' && (p[1] == 'u' || p[1] == 'U') && p[2] == '0' && p[3] == '0')
		return detector->lit_u;
	if (n >= 4 && p[0] == '\\' && (p[1] == 'u' || p[1] == 'U') && p[2] == '{' && p[3] && strchr("04567", p[3]))
		return detector->lit_u;
	return MF_HIT_RUN;
}

static int hit_push(struct mf_hit_list *l, struct mf_hit h)
{
	return mf_hit_push(l, &h, &err);
}

static void slow_find(struct mf_str b, size_t from, size_t to, struct mf_hit_list *out)
{
	for (size_t at = from; at < to; at++) {
		const uint16_t lit = slow_escape(b, at, to);
		struct mf_hit h;

		if (lit != MF_HIT_RUN)
			assert_int_equal(hit_push(out, (struct mf_hit){ .at = (uint32_t)at, .lit = lit }), 0);
		if (mf_run_at(&h, b, at))
			assert_int_equal(hit_push(out, h), 0);
	}
}

static void check_same(const struct mf_hit_list *want, const struct mf_hit_list *got, const char *what, unsigned round)
{
	for (size_t i = 0; i < want->n || i < got->n; i++) {
		const struct mf_hit *w = i < want->n ? &want->v[i] : NULL, *g = i < got->n ? &got->v[i] : NULL;

		if (!w || !g || w->at != g->at || w->lit != g->lit || w->lo != g->lo || w->hi != g->hi)
			fail_msg("%s, round %u: hit %zu is at %zd (%d), not at %zd (%d)", what, round, i, g ? (ssize_t)g->at : -1, g ? g->lit : -1,
				 w ? (ssize_t)w->at : -1, w ? w->lit : -1);
	}
}

static void test_search(void **state)
{
	struct dice d = { 5 };
	char text[TEXT_MAX];
	size_t runs = 0, escapes = 0;

	(void)state;
	for (unsigned round = 0; round < 6000; round++) {
		const size_t n = random_text(&d, text, round % 8 ? 400 : TEXT_MAX), from = round & 1 ? dice_below(&d, n + 1) : 0;
		const size_t to = round & 2 ? from + dice_below(&d, n - from + 1) : n;
		char *p = exact(text, n);
		const struct mf_str b = { p, n };
		struct mf_hit_list want = { 0 }, got = { 0 };

		slow_find(b, from, to, &want);
		assert_int_equal(mf_encoded_find(detector, b, from, to, &got, &err), 0);
		mf_sort_hits(&want);
		mf_sort_hits(&got);
		check_same(&want, &got, "search", round);
		for (size_t i = 0; i < want.n; i++) {
			runs += want.v[i].lit == MF_HIT_RUN;
			escapes += want.v[i].lit != MF_HIT_RUN;
		}
		free(want.v);
		free(got.v);
		free(p);
	}
	assert_true(runs > 4000 && escapes > 4000);
}

/* -- changes ------------------------------------------------------------------------------------------------------------- */

/* Of the old text [0, lo) stays, `cut` bytes go and `more` come in their place. */
struct edit {
	size_t lo, cut, more;
};

static bool among(const struct mf_hit_list *l, const struct mf_hit *h)
{
	for (size_t i = 0; i < l->n; i++)
		if (l->v[i].at == h->at && l->v[i].lit == h->lit)
			return true;
	return false;
}

/* Runs of the old text that still begin in the new one, and those that the reach of the change shows. */
static void carry_runs(struct mf_str old, struct mf_str b, const struct edit *e, struct mf_hit_list *out)
{
	struct mf_hit_list base = { 0 }, fresh = { 0 };
	size_t lo = e->lo, hi = e->lo + e->more;

	assert_int_equal(mf_encoded_find(detector, old, 0, old.n, &base, &err), 0);
	for (size_t i = 0; i < base.n; i++) {
		struct mf_hit h = base.v[i];

		if (h.lit != MF_HIT_RUN || (h.at >= e->lo && h.at < e->lo + e->cut))
			continue;
		if (mf_run_at(&h, b, h.at < e->lo ? h.at : h.at - e->cut + e->more))
			assert_int_equal(mf_hit_push(out, &h, &err), 0);
	}
	mf_encoded_reach(b, &lo, &hi);
	assert_true(lo <= e->lo && hi >= e->lo + e->more && hi <= b.n);
	assert_int_equal(mf_encoded_find(detector, b, lo, hi, &fresh, &err), 0);
	for (size_t i = 0; i < fresh.n; i++)
		if (fresh.v[i].lit == MF_HIT_RUN && !among(out, &fresh.v[i]))
			assert_int_equal(mf_hit_push(out, &fresh.v[i], &err), 0);
	free(base.v);
	free(fresh.v);
}

static void all_runs(struct mf_str b, struct mf_hit_list *out)
{
	assert_int_equal(mf_encoded_find(detector, b, 0, b.n, out, &err), 0);
	for (size_t i = 0, n = out->n; i < n; i++) {
		if (i == 0)
			out->n = 0;
		if (out->v[i].lit == MF_HIT_RUN)
			out->v[out->n++] = out->v[i];
	}
}

static void test_changes(void **state)
{
	struct dice d = { 6 };
	char text[2 * TEXT_MAX], old_text[TEXT_MAX], new_bytes[TEXT_MAX];
	size_t runs = 0;

	(void)state;
	for (unsigned round = 0; round < 20000; round++) {
		const size_t n = random_text(&d, old_text, 500), lo = dice_below(&d, n + 1);
		const size_t cut = dice_below(&d, (dice_once_in(&d, 2) ? n - lo : n - lo < 3 ? n - lo : 3) + 1);
		const struct edit e = { lo, cut, dice_once_in(&d, 3) ? 0 : random_text(&d, new_bytes, dice_once_in(&d, 4) ? 400 : 12) };
		const size_t size = n - cut + e.more;
		struct mf_hit_list want = { 0 }, got = { 0 };
		char *p, *old = exact(old_text, n);

		memcpy(text, old_text, lo);
		memcpy(text + lo, new_bytes, e.more);
		memcpy(text + lo + e.more, old_text + lo + cut, n - lo - cut);
		p = exact(text, size);
		all_runs((struct mf_str){ p, size }, &want);
		carry_runs((struct mf_str){ old, n }, (struct mf_str){ p, size }, &e, &got);
		mf_sort_hits(&got);
		check_same(&want, &got, "change", round);
		runs += want.n;
		free(want.v);
		free(got.v);
		free(p);
		free(old);
	}
	assert_true(runs > 10000);
}

/* -- what is read -------------------------------------------------------------------------------------------------------- */

static const char pat[] = "ghp_" "Zk7QmR2v" "X9bTn4Ls" "W8cYd3Hf" "J6pGa1Ke" "5uVi";

static void put_hex(char *out, const char *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		snprintf(out + 2 * i, 3, "%02x", (unsigned char)p[i]);
}

static void put_base64(char *out, const char *p, size_t n)
{
	static const char b64[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

	for (size_t i = 0; i < n; i += 3) {
		const uint32_t three = (uint32_t)(unsigned char)p[i] << 16 | (i + 1 < n ? (uint32_t)(unsigned char)p[i + 1] << 8 : 0) |
				       (i + 2 < n ? (unsigned char)p[i + 2] : 0);

		for (unsigned k = 0; k < 4; k++)
			*out++ = i + k > n ? '=' : b64[three >> (18 - 6 * k) & 63];
	}
	*out = '\0';
}

/* Of a command that holds the token, in UTF-16LE. */
static size_t put_wide(char *out, bool mark)
{
	char text[100];
	size_t n = 0;

	snprintf(text, sizeof(text), "$env:GH = '%s'; ./deploy.ps1", pat);
	if (mark)
		n += put(out, "\xff\xfe");
	for (const char *c = text; *c; c++) {
		out[n++] = *c;
		out[n++] = '\0';
	}
	return n;
}

static void check_read(const char *before, const char *value, const char *after, unsigned encoding)
{
	struct mf_scanner *scanner = NULL;
	struct mf_cands cands = { 0 };
	char text[2000];

	assert_int_equal(mf_scanner_new(&scanner, detector, &err), 0);
	snprintf(text, sizeof(text), "a line\n%s%s%s\n", before, value, after);
	assert_int_equal(mf_scan(scanner, mf_str(text), NULL, &cands, &err), 0);
	if (cands.n != 1)
		fail_msg("%zu found in: %s", cands.n, text);
	assert_string_equal(cands.v[0].secret, pat);
	assert_int_equal(cands.v[0].encoding, encoding);
	assert_int_equal(cands.v[0].line, 2);
	mf_cands_free(&cands);
	mf_scanner_free(scanner);
}

static void test_wide(void **state)
{
	char bytes[300], value[700];
	size_t n;

	(void)state;
	for (unsigned mark = 0; mark < 2; mark++) {
		n = put_wide(bytes, mark);
		put_base64(value, bytes, n);
		check_read("powershell -EncodedCommand ", value, "", MF_ENC_BASE64 | MF_ENC_UTF16);
		check_read("\"\\n", value, "\"", MF_ENC_BASE64 | MF_ENC_UTF16);
		put_hex(value, bytes, n);
		if (!mark)
			check_read("INSERT INTO t VALUES (0x", value, ")", MF_ENC_HEX | MF_ENC_UTF16);
	}
}

static void test_hex_prefix(void **state)
{
	char value[200];

	(void)state;
	put_hex(value, pat, strlen(pat));
	check_read("v = 0x", value, ";", MF_ENC_HEX);
	check_read("v = 0X", value, "", MF_ENC_HEX);
	check_read("v = ", value, "", MF_ENC_HEX);
}

static void test_braces(void **state)
{
	char value[600];
	size_t n = 0;

	(void)state;
	snprintf(value, sizeof(value), "\\u{%x}%s", 'g', pat + 1);
	check_read("v = '", value, "'", MF_ENC_UNICODE);
	snprintf(value, sizeof(value), "gh\\u{0000%x}%s", 'p', pat + 3);
	check_read("v = '", value, "'", MF_ENC_UNICODE);
	for (size_t i = 0; pat[i]; i++)
		n += (size_t)snprintf(value + n, sizeof(value) - n, "\\u{%x}", (unsigned char)pat[i]);
	check_read("v = '", value, "'", MF_ENC_UNICODE);
}

/* The value behind a name begins on a shorter line than those that it goes on in, as LDIF has it. */
static void test_lines(void **state)
{
	static const size_t first[] = { 56, 57, 58, 61, 76 };
	char bytes[300], value[500], lines[600];
	size_t n = 0;

	(void)state;
	n = put(bytes, "a configuration in which nothing stands for two lines, and then a token at the end of the third one and further: ");
	n += put(bytes + n, pat);
	n += put(bytes + n, "\n# and nothing else but what is needed to make it long enough\n");
	put_base64(value, bytes, n);
	for (size_t i = 0; i < MF_COUNT(first); i++) {
		size_t o = 0;

		for (size_t at = 0, len = first[i]; at < strlen(value); at += len, len = 76)
			o += (size_t)snprintf(lines + o, sizeof(lines) - o, "%s%.*s", at ? "\n " : "", (int)(at ? 76 : first[i]), value + at);
		check_read("userData:: ", lines, "", MF_ENC_BASE64);
	}
}

/* What is none, or has no end, stands for itself. */
static void test_no_braces(void **state)
{
	static const char *const texts[] = { "\\u{", "\\u{}", "\\u{6", "\\u{67", "\\u{g}", "\\u{0000067}", "\\u{6 7}", "\\u{1f600}", "\\u{100}", "\\u67", "\\x", "%6" };
	char out[32];
	unsigned how;

	(void)state;
	for (size_t i = 0; i < MF_COUNT(texts); i++) {
		char *p = exact(texts[i], strlen(texts[i]));

		assert_int_equal(mf_decode_escapes(out, (struct mf_str){ p, strlen(texts[i]) }, &how), strlen(texts[i]));
		assert_int_equal(how, 0);
		assert_memory_equal(out, p, strlen(texts[i]));
		free(p);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_masks),
		cmocka_unit_test(test_find_and_count),
		cmocka_unit_test(test_search),
		cmocka_unit_test(test_changes),
		cmocka_unit_test(test_wide),
		cmocka_unit_test(test_hex_prefix),
		cmocka_unit_test(test_braces),
		cmocka_unit_test(test_no_braces),
		cmocka_unit_test(test_lines),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
