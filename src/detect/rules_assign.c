/* SPDX-License-Identifier: Apache-2.0 */
/* `assign`: the expression for a name that holds a keyword and is given a value, however the language at hand writes that.
 *
 * It begins at the keyword (at most one character before it), so that it runs at a keyword's hit and fails there at once when no
 * assignment follows. What may stand between keyword and value is counted, never open: no input makes it slow. */
#include "rules_src.h"

/* The first character of the keyword begins a word: after anything but a letter, or in capitals after a small one (myAcmeKey).
 * "tidy" is not in "untidy" then; what follows the keyword is free, since names go on in every way (acmecorp, ACMEKEY). */
#define WORD_BEGIN "(?:\\b|[0-9_]|-D)"

/* A quote as it is, escaped in a string of its own, or as an entity. */
#define QUOTE "(?:\\\\{0,2}[\"'`]|&quot;|&#39;)"

/* name = value, in every spelling that has a sign between them. */
#define SIGN \
	"(?:" QUOTE "|\\[[0-9]{0,4}\\])?[)\\]}]{0,2}"			/* the name is over: "name", ['name'], get("name"), name[33] */ \
	"(?:[ \\t]{0,2}:?[ \\t]{1,2}(?:[Aa]s[ ])?[&*]?[A-Za-z][\\w.<>?&]{0,20})?"	/* its type: name: String =, name string =, name As String = */ \
	"[ \\t]{0,20}" \
	"(?:(?:[:?+.|!]{0,3}=[=>]{0,2}[ \\t]{0,4}[(\\\\]?|\\()[ \\t]{0,4}\\r?\\n[ \\t]{0,80}[A-Za-z@$]{0,2}" QUOTE	/* in the next line, in quotes */ \
	"|:[ \\t]{1,4}[|>][+-]?[ \\t]{0,4}\\r?\\n[ \\t]{1,80}"	/* YAML's blocks */ \
	"|[:?+.|!]{0,3}=[=>]{0,2}|:{1,2}-?|<-|>|\\(|\\|{1,2}|\\?\\?|[ \\t]or[ \\t])"

/* "name", "value" (without quotes it would be a variable) and name="..." value="..." (or default, content), in one line. */
#define PAIR \
	QUOTE "\\]?[ \\t]{0,4}(?:,?[ \\t]{0,8}[A-Za-z@$]{0,2}" QUOTE "|[,{]?[ \\t]{0,8}" QUOTE "?(?i:value|default|content)" QUOTE "?[ \\t]{0,4}[:=])"

/* A line break and what the next line is indented by. */
#define BREAK "[ \\t]{0,4}\\r?\\n[ \\t]{0,80}"

/* Where the value is a pair's, or an item's, without a sign behind the name: {name: NAME, value: V}, and over two lines the same, or a JSON object's;
 * a property list's <key>, Hadoop's <name>; the only item of a YAML list; Terraform's variable "NAME" { default = V }. */
#define BELOW \
	QUOTE "?(?:[ \\t]{0,4},[ \\t]{0,8}|,?" BREAK ")" QUOTE "?(?i:value)" QUOTE "?[ \\t]{0,20}[:=]" \
	"|</(?:key|name)>(?:" BREAK ")?<(?:string|value)>" \
	"|" QUOTE "?:" BREAK "-[ \\t]{1,4}" \
	"|\"[ \\t]{1,4}\\{[ \\t]{0,4}\\r?\\n(?:[ \\t]{1,40}(?:type|description|sensitive|nullable|ephemeral|#|//)[^\\n]{0,120}\\n){0,5}" \
	"[ \\t]{1,40}default[ \\t]{0,40}="

/* A value in quotes behind nothing but blanks: #define NAME "V", (setq name "V"), :name "V", name 'V'; or in Erlang behind a comma. */
#define QUOTED "[ \\t]{1,40}@?[\"']|,[ \\t]{0,4}(?:<<)?\""

/* A name that is a credential's wherever it stands, for `acme --token X`, acme: { apiKey: X }, https://acme/?secret=X */
#define CREDENTIAL \
	"(?i:a(?:pi|pp|uth|ccess|ccount)[_. -]?key|t(?:oken)|s(?:ecret)|p(?:assw(?:or)?d|assphrase|rivate[_. -]?key)|c(?:lient[_. -]?key|redential))"

/* The value begins: brackets, a call, a prefix of strings, a scheme of HTTP. */
#define OPEN \
	"[ \\t]{0,20}(?:[\\[({]{1,2}[ \\t]{0,4})?(?:(?:new[ \\t])?[A-Za-z_][\\w.:]{0,30}\\([ \\t]{0,4})?(?:<!\\[CDATA\\[)?" \
	"(?:[A-Za-z@$]{0,2}" QUOTE "{1,3})?(?:(?i:bearer|basic|token|apikey|api[_-]key|key)[ \\t:=]{1,3})?"

/* The value is over: nothing follows that could belong to it. */
#define CLOSE "(?:[^\\w+/=.$(*{~^%\\n-]|\\.[^\\w\\n]|\\.?(?m:$))"

static const char tail[] =
	"(?:"
	"[\\w.-]{0,40}(?:(?:::|->)[\\w.]{1,40})?(?:" SIGN "|" PAIR "|" BELOW "|" QUOTED ")"
	"|[\\w.-]{0,40}?(?i:k(?:ey)|p(?:ass|wd|at))(?:[ \\t]{1,8}|,)"
	"|[^\\n;=,]{0,80}?" CREDENTIAL "[\\w-]{0,16}(?:" SIGN "|[ \\t]{1,4}|,)"
	")" OPEN;

static bool letter(char c)
{
	return (c | 32) >= 'a' && (c | 32) <= 'z';
}

static bool alnum(char c)
{
	return letter(c) || (c >= '0' && c <= '9');
}

/* The text of a keyword as an expression. */
static int add_literal(struct mf_buf *out, const char *s, struct mf_err *err)
{
	for (; *s; s++)
		if ((strchr("\\.+*?()|[]{}^$", *s) && mf_buf_putc(out, '\\', err)) || mf_buf_putc(out, *s, err))
			return -1;
	return 0;
}

static int add_keywords(struct mf_buf *out, const char *const *keywords, size_t n, bool match_case, bool words, struct mf_err *err)
{
	const char *sep = "";

	if (mf_buf_puts(out, words ? WORD_BEGIN : "", err) || mf_buf_puts(out, match_case ? "(?:" : "(?i:", err))
		return -1;
	for (size_t i = 0; i < n; i++) {
		if (alnum(keywords[i][0]) != words)
			continue;
		if (mf_buf_puts(out, sep, err) || add_literal(out, keywords[i], err))
			return -1;
		sep = "|";
	}
	return mf_buf_puts(out, ")", err);
}

/* myAcmeKey, myAcmekey: the keyword with a capital, after a small letter. */
static int add_capitals(struct mf_buf *out, const char *const *keywords, size_t n, bool match_case, struct mf_err *err)
{
	const char *sep = "|[a-z](?:";

	for (size_t i = 0; i < n; i++) {
		char first[2] = { keywords[i][0], '\0' };

		if (!letter(first[0]) || (match_case && first[0] >= 'a'))
			continue;
		first[0] &= ~32;
		if (mf_buf_puts(out, sep, err) || mf_buf_puts(out, first, err) || mf_buf_puts(out, match_case ? "" : "(?i:", err) ||
		    add_literal(out, keywords[i] + 1, err) || mf_buf_puts(out, match_case ? "" : ")", err))
			return -1;
		sep = "|";
	}
	return *sep == '|' && sep[1] ? 0 : mf_buf_puts(out, ")", err);
}

int mf_rule_assign(struct mf_buf *out, const char *const *keywords, size_t n, bool match_case, const char *value, struct mf_err *err)
{
	size_t words = 0;

	for (size_t i = 0; i < n; i++)
		words += alnum(keywords[i][0]);
	if (mf_buf_puts(out, "(?:", err))
		return -1;
	if (words < n && add_keywords(out, keywords, n, match_case, false, err))
		return -1;
	if (words && words < n && mf_buf_puts(out, "|", err))
		return -1;
	if (words && (add_keywords(out, keywords, n, match_case, true, err) || add_capitals(out, keywords, n, match_case, err)))
		return -1;
	return mf_buf_printf(out, err, ")%s(%s)%s", tail, value, CLOSE);
}
