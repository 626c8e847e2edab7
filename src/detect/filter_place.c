/* SPDX-License-Identifier: Apache-2.0 */
/* Templates and placeholders: strong enough to count against a token with a vendor's prefix. A random body of 64 characters may not fall under any of
 * these more often than once in some thousands, so words are long and runs are longer than chance makes them. */
#include "filter_priv.h"

/* -- templates -------------------------------------------------------------------------------------- */

static bool between(struct mf_str s, const char *open, const char *close)
{
	size_t at = mf_f_find(s, open);

	return at != SIZE_MAX && mf_f_has(mf_f_from(s, at + strlen(open)), close);
}

static bool identifier(struct mf_str s)
{
	if (s.n == 0 || !(mf_f_letter(s.p[0]) || s.p[0] == '_'))
		return false;
	for (size_t i = 0; i < s.n; i++)
		if (!mf_f_alnum(s.p[i]) && !mf_f_among(s.p[i], "_-."))
			return false;
	return true;
}

static struct mf_str inner(struct mf_str s, size_t by)
{
	return s.n > 2 * by ? mf_f_head(mf_f_from(s, by), s.n - 2 * by) : (struct mf_str){ 0 };
}

/* <name>, [name], {name}, %NAME%, __NAME__, @NAME@, $NAME, :name, as the whole value. */
static bool one_name(struct mf_str s)
{
	char first, last;

	if (s.n < 3)
		return false;
	first = s.p[0];
	last = s.p[s.n - 1];
	if (first == '<' && last == '>')
		return true;
	if ((first == '[' && last == ']') || (first == '{' && last == '}'))
		return identifier(inner(s, 1)) || mf_f_has(s, " ") || mf_f_has(s, "your");
	if ((first == '%' && last == '%') || (first == '@' && last == '@'))
		return identifier(inner(s, 1));
	if (s.n > 4 && mf_f_begins(s, "__") && mf_f_ends(s, "__"))
		return identifier(inner(s, 2));
	return first == '$' && identifier(mf_f_from(s, 1)) && !(mf_f_classes(s) & MF_F_DIGIT && mf_f_classes(s) & MF_F_LOWER && mf_f_classes(s) & MF_F_UPPER);
}

/* The value is inside of one that began before it: ${{ secrets.X }} of which the expression took a part. */
static bool opened_before(struct mf_str before)
{
	static const char *const opens[] = { "${", "{{", "$(", "%(", "<%=", "<%", "#{", "${{" };

	before = mf_trim(before);
	return MF_F_ENDS(before, opens);
}

const char *mf_f_template(const struct mf_value *v)
{
	static const char *const pairs[][2] = {
		{ "${", "}" }, { "{{", "}}" }, { "<%", "%>" }, { "#{", "}" }, { "$(", ")" }, { "%(", ")s" }, { "@@", "@@" }, { "{%", "%}" }, { "<<", ">>" },
		{ "[[", "]]" }, { "$[", "]" },
	};

	for (size_t i = 0; i < MF_COUNT(pairs); i++)
		if (between(v->s, pairs[i][0], pairs[i][1]))
			return "template";
	if (one_name(v->s) || opened_before(v->before))
		return "template";
	return NULL;
}

/* -- runs ------------------------------------------------------------------------------------------- */

/* How many equal characters in a row speak against the value, by how likely chance makes them in a token that may hold this one. */
static size_t long_run(char c)
{
	if (c == '.' || c == '*')
		return 3;
	if (c == 'A')	/* zeros in base64: whole fields of real keys are so */
		return 24;
	if (c == 'x' || c == 'X' || c == '#' || c == '?' || c == '-' || c == '_' || c == '=')
		return 5;
	return mf_f_hex(c) ? 8 : 6;
}

static bool has_run(struct mf_str s)
{
	for (size_t i = 0, n = 0; i < s.n; i++) {
		n = i && s.p[i] == s.p[i - 1] ? n + 1 : 1;
		if (n >= long_run(s.p[i]) && !(s.p[i] == '=' && i + 1 == s.n))
			return true;
	}
	return false;
}

/* The same few characters over and over: eight in a row that equal those one period before. */
static bool periodic(struct mf_str s)
{
	for (size_t period = 2; period <= 16; period++)
		for (size_t i = period, n = 0; i < s.n; i++) {
			n = s.p[i] != 'A' && mf_f_lower(s.p[i]) == mf_f_lower(s.p[i - period]) ? n + 1 : 0;
			if (n >= 8 + (period < 4 ? 2 : 0))
				return true;
		}
	return false;
}

/* Whether b follows a: the next digit or letter, with 0 behind 9. */
static bool follows(char a, char b)
{
	a = mf_f_lower(a);
	b = mf_f_lower(b);
	return mf_f_alnum(a) && mf_f_alnum(b) && (b == a + 1 || (a == '9' && b == '0'));
}

/* 12345678, abcdefg, 87654321, and interleaved: a1b2c3d4. */
static bool sequence(struct mf_str s, size_t stride)
{
	size_t up = 0, down = 0, digits = 0;

	for (size_t i = stride; i < s.n; i++) {
		up = follows(s.p[i - stride], s.p[i]) ? up + 1 : 0;
		down = follows(s.p[i], s.p[i - stride]) ? down + 1 : 0;
		digits = mf_f_digit(s.p[i]) ? digits + 1 : 0;
		if (up >= 7 || down >= 7 || ((up >= 6 || down >= 6) && digits < 6))
			return true;
	}
	return false;
}

static bool keyboard(struct mf_str s)
{
	static const char *const rows[] = { "qwerty", "asdfgh", "zxcvbn", "qazwsx", "1q2w3e", "poiuyt", "lkjhgf" };

	return MF_F_HAS(s, rows);
}

/* -- words ------------------------------------------------------------------------------------------ */

static const char *const anywhere[] = {
	"example", "placeholder", "changeme", "change_me", "change-me", "change_this", "changethis", "redacted", "replaceme", "replace_", "replace-me", "replacewith",
	"insert_", "insert-", "inserty", "dummy", "notreal", "not_real", "not-real", "notasecret", "not_a_secret", "not-a-secret", "fakekey", "faketoken",
	"fakesecret", "sampletoken", "samplekey", "sample_", "sample-", "yourtoken", "yourkey", "yourapi", "yoursecret", "your_", "your-", "<your", "putyour",
	"enteryour", "mytoken", "myapikey", "mysecretkey", "my_token", "my-token", "my_secret", "my_api", "foobar", "foo_bar", "foo-bar", "testtest",
	"test_token", "test-token", "testtoken", "test_key", "test-key", "test_secret", "test-secret", "testsecret", "testpass", "thisisa", "this_is", "this-is",
	"thisisnot", "somesecret", "sometoken", "some_secret", "some-secret", "deadbeef", "cafebabe", "feedface", "baadf00d", "undefined", "donotuse", "do_not_use",
	"do-not-use", "invalid_", "invalid-", "hackme", "loremipsum", "lorem_ipsum", "censored", "obfuscated", "removed_", "xxxxxx", "\xe2\x80\xa6", "abcdabcd",
};

/* Only between characters that are no letters: chance makes these in random letters. */
static const char *const alone[] = { "fake", "todo", "fixme", "xxx", "none", "null", "abcd", "mock", "bogus", "blah", "hidden", "secret_here", "here" };

static bool has_word(struct mf_str s)
{
	if (MF_F_HAS(s, anywhere))
		return true;
	for (size_t i = 0; i < MF_COUNT(alone); i++)
		if (mf_f_has_word(s, alone[i]) && (mf_f_classes(s) & (MF_F_JOINT | MF_F_BLANK) || mf_f_is(s, alone[i])))
			return true;
	return false;
}

/* Three different characters or fewer in a dozen. */
static bool poor(struct mf_str s)
{
	bool seen[256] = { false };
	size_t distinct = 0;

	for (size_t i = 0; i < s.n; i++) {
		distinct += !seen[(unsigned char)s.p[i]];
		seen[(unsigned char)s.p[i]] = true;
	}
	return s.n >= 6 && distinct <= (s.n >= 16 ? 4u : s.n >= 12 ? 3u : 1u);
}

/* Longer ones are keys in blocks and signed tokens, where fields of zeros and counted things are common. */
#define LONGEST_TOKEN 160

const char *mf_f_placeholder(const struct mf_value *v)
{
	if (has_word(v->s))
		return mf_f_has(v->s, "example") ? "example" : "placeholder";
	if (v->s.n > LONGEST_TOKEN)
		return NULL;
	if (has_run(v->s) || poor(v->s))
		return "placeholder";
	if (sequence(v->s, 1) || sequence(v->s, 2) || keyboard(v->s) || periodic(v->s))
		return "sequence";
	return NULL;
}
