/* SPDX-License-Identifier: Apache-2.0 */
/* Words and identifiers against chance: which of two models explains a text in fewer bits. The first knows how often one letter follows another inside a
 * word and how often letters of either case, digits and joints follow each other in source code; the second draws from the smallest alphabet that holds all
 * of the text. Both tables are counts over some hundred thousand distinct identifiers and words, in quarters of a bit. */
#include "filter_priv.h"

#include <mayfly/enc.h>

enum { HEX_MIN = 24 };

/* Row: the letter before, '^' for the beginning of a word; column: the letter. A cost is its character less '0'. */
static const char cost[27][27] = {
	"OD>@LLCVDXK=@>XAX=?:GKNKIR",	/* a */
	":HCG=JLW>@Q;GJAMX@BM=RXREQ",	/* b */
	"?JFL=LV=EX>AGS8KXAG=EPWOJX",	/* c */
	">GKB5IHK<QUFMM@LXFCJCOSNKX",	/* d */
	"BK@@FDIUNFT?D=NFJ:<>PGJBHX",	/* e */
	">IHG?>PU8XX@NG<LX@BCBUUUFX",	/* f */
	"EQGP7PIE8XXAJADKX=@GDRRUPO",	/* g */
	"9QQO8RSU>XSLGN=LXCG@:UQXNX",	/* h */
	"EEA@EEBXVXR@C9>EVD?;XGXIXG",	/* i */
	"CTML:RTXGXOPNR>FQS3PESOXWX",	/* j */
	"APEF4IJL>XQHKFDKXK?EDSJJOP",	/* k */
	">LPE9>KT:XR<RN=LXRCABMWXGW",	/* l */
	"9EPF8PRX>WOEAP==XRBKEUXWLX",	/* m */
	"?Q@=>C>TBWJKPH;KXO?;FHWOPX",	/* n */
	"JEA<SIGXHTIB=:EAX;CBAHFQRX",	/* o */
	";QHG;NQDBXI@ON>BX=D?>STXFX",	/* p */
	"KQLOLOPTNUU?OMQQFGFL1TOVVU",	/* q */
	"<ODG7LDU=XHGEF=MXC@AGISXCX",	/* r */
	"CSDP9ON@?XFDKIBCPL>9BONXHV",	/* s */
	"=RFL8MS=;XVGJR?HX>BDFWLKBV",	/* t */
	"F<GH@FIXDXT;B<O@X>>=WNXOXT",	/* u */
	"8SKT5PLW<XTQKIEAXPHJUQQQVX",	/* v */
	";QHH=LOE:XSHNA;NX<@GQXDQUX",	/* w */
	"DO?G>IRO?XTICNK:XNB7NQV@FR",	/* x */
	"DICLALJRGXSB@>G6TJ<?LOKWOO",	/* y */
	"?QNM4NSJ>USBEJAQVOAMLUNUFD",	/* z */
	"@B=AAABEBNKDBAD?QA=AFGHJUP",	/* ^ */
};

enum kind { LOWER, UPPER, DIGIT, JOINT, ENDS };

/* From one kind to the next; the last row is the beginning, the last column the end. */
static const unsigned char step[5][5] = {
	{ 1, 24, 24, 13, 15 },
	{ 12, 2, 21, 12, 17 },
	{ 13, 20, 3, 11, 10 },
	{ 2, 10, 16, 18, 30 },
	{ 3, 8, 38, 11, 60 },
};

static enum kind kind_of(char c)
{
	if (c >= 'a' && c <= 'z')
		return LOWER;
	if (c >= 'A' && c <= 'Z')
		return UPPER;
	return mf_f_digit(c) ? DIGIT : JOINT;
}

/* What a character costs within its kind. */
static int within(enum kind before, enum kind k, char last, char c)
{
	bool new_word = before > UPPER || (before == LOWER && k == UPPER);

	switch (k) {
	case LOWER:
	case UPPER:
		return cost[new_word ? 26 : mf_f_lower(last) - 'a'][mf_f_lower(c) - 'a'] - '0';
	case DIGIT:
		return 13;
	default:
		return mf_f_among(c, "_-./ ") ? 8 : mf_f_among(c, ":,$@+") ? 16 : 24;
	}
}

static int text_cost(struct mf_str s)
{
	enum kind before = ENDS;
	int bits = 0;
	char last = 0;

	for (size_t i = 0; i < s.n; i++) {
		enum kind k = kind_of(s.p[i]);

		bits += step[before][k] + within(before, k, last, s.p[i]);
		before = k;
		last = s.p[i];
	}
	return bits + step[before][ENDS];
}

static bool all_hex(struct mf_str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (!mf_f_hex(s.p[i]))
			return false;
	return true;
}

/* Four times log2 of the alphabet's size. */
static int chance_cost(struct mf_str s)
{
	unsigned c = mf_f_classes(s);
	bool low = c & MF_F_LOWER, up = c & MF_F_UPPER, digit = c & MF_F_DIGIT, more = c & ~(unsigned)(MF_F_LOWER | MF_F_UPPER | MF_F_DIGIT);
	int each = low && up ? (digit ? 24 : 23) : digit && (low || up) ? 21 : low || up ? 19 : 13;

	if (!more && digit && !(low && up) && all_hex(s))
		each = 16;
	if (more)
		each = c & (MF_F_SYMBOL | MF_F_BLANK | MF_F_OTHER) ? 26 : each + 1;
	return each * (int)s.n;
}

int mf_f_wordiness(struct mf_str s)
{
	return chance_cost(s) - text_cost(s);
}

/* Abbreviations look like chance where they are short. The longer a text the further random ones fall below 0, so that this much lower a limit still takes
 * fewer than one random value in 200 of twenty characters and more for words (docs/verification.md has the figures). */
static int slack(struct mf_str s)
{
	unsigned c = mf_f_classes(s);
	int n = (int)s.n, less = 40;

	if (c == (MF_F_LOWER | MF_F_UPPER))
		return n > 6 ? 6 * n - 36 : 0;
	if (c & MF_F_UPPER && (!(c & MF_F_LOWER) || !(c & ~(unsigned)(MF_F_LOWER | MF_F_UPPER | MF_F_DIGIT))))
		less = 20;
	else if (c == (MF_F_LOWER | MF_F_DIGIT))
		less = 30;
	return 4 * n > less ? 4 * n - less : 0;
}

bool mf_f_wordy(struct mf_str s)
{
	return mf_f_wordiness(s) > -slack(s);
}

/* Only without digits: rows of those are no words, and no words of ours have them. */
bool mf_made_of_words(struct mf_str s)
{
	return !(mf_f_classes(s) & MF_F_DIGIT) && mf_f_wordy(s);
}

/* Fewer different characters than chance leaves: once in ten thousand values of hexadecimal digits at most. */
static bool low_variety(struct mf_str s)
{
	bool seen[256] = { false };
	size_t distinct = 0;

	for (size_t i = 0; i < s.n; i++) {
		distinct += !seen[(unsigned char)s.p[i]];
		seen[(unsigned char)s.p[i]] = true;
	}
	return (s.n >= 16 && distinct < 6) || (s.n >= 24 && distinct < 8) || (s.n >= 40 && distinct < 10);
}

/* Signs that generated values have only where they are long and drawn from all of the keyboard. */
static bool code(const struct mf_value *v)
{
	static const char never[] = "\\{}[]<>|\"'`\t ", seldom[] = "();,?&%";

	for (size_t i = 0; i < v->s.n; i++)
		if (mf_f_among(v->s.p[i], never) || (v->s.n < 32 && mf_f_among(v->s.p[i], seldom)))
			return true;
	return v->s.n >= 32 && v->classes & MF_F_SYMBOL && !(v->classes & MF_F_DIGIT);
}

/* Base64 of words: what tests and manuals encode. */
static bool words_in_base64(struct mf_str s)
{
	struct mf_err ignored;
	char text[104];
	size_t n = 0;

	if (s.n < 8 || s.n > 128 || s.n % 4 || mf_b64_decode(text, &n, s.p, s.n, MF_B64_STD, &ignored))
		return false;
	for (size_t i = 0; i < n; i++)
		if (text[i] < ' ' || text[i] > '~')
			return false;
	return n && (mf_f_wordiness((struct mf_str){ .p = text, .n = n }) > 0 || mf_f_placeholder(&(struct mf_value){ .s = { .p = text, .n = n } }));
}

/* Hexadecimal digits in a row, of one case, as many and as mixed as only a generator makes them: a prefix before them is made of words, the value is not. */
static bool holds_random_hex(struct mf_str s)
{
	for (size_t i = 0, n; i < s.n; i += n + 1) {
		unsigned digits = 0, low = 0, up = 0;

		for (n = 0; i + n < s.n && mf_f_hex(s.p[i + n]); n++) {
			digits += mf_f_digit(s.p[i + n]);
			low += s.p[i + n] >= 'a';
			up += s.p[i + n] >= 'A' && s.p[i + n] <= 'F';
		}
		if (n >= HEX_MIN && !(low && up) && digits >= n / 4 && low + up >= n / 6 && !low_variety((struct mf_str){ s.p + i, n }))
			return true;
	}
	return false;
}

const char *mf_f_word(const struct mf_value *v)
{
	if (code(v))
		return "code";
	if (low_variety(v->s))
		return "low variety";
	/* letters of one case with joints between them, and nothing else: no generator draws from that */
	if (v->classes == (MF_F_LOWER | MF_F_JOINT) || v->classes == (MF_F_UPPER | MF_F_JOINT))
		return "word";
	/* short, and letters of one case: the model has too little to go by */
	if (v->s.n < 12 && v->classes == MF_F_LOWER)
		return "word";
	if (v->s.n < 16 && mf_f_cut_out(v))
		return "code";
	if (holds_random_hex(v->s))
		return NULL;
	return mf_f_wordy(v->s) || words_in_base64(v->s) ? "word" : NULL;
}
