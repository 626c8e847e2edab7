/* SPDX-License-Identifier: Apache-2.0 */
#include "support_versions.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <mayfly/verify.h>

enum { TEXT_MOST = 60000 };

static const struct {
	const char *check;
	enum mf_verdict_format want;
	const char *secret, *match;
} samples[] = {
#include "verify_samples.def"
};

static void *or_abort(void *p)
{
	if (!p)
		abort();
	return p;
}

void version_free(struct version *v)
{
	free(v->p);
	free(v->from);
	*v = (struct version){ 0 };
}

static void reserve(struct version *v, size_t n)
{
	if (n <= v->cap)
		return;
	v->cap = n * 2;
	v->p = or_abort(realloc(v->p, v->cap));
	v->from = or_abort(realloc(v->from, v->cap * sizeof(*v->from)));
}

void version_add(struct version *v, const char *p, size_t n)
{
	reserve(v, v->n + n + 1);
	memcpy(v->p + v->n, p, n);
	for (size_t i = 0; i < n; i++)
		v->from[v->n + i] = MF_SPAN_NEW;
	v->n += n;
}

static void puts_to(struct version *v, const char *s)
{
	version_add(v, s, strlen(s));
}

#define ONE_OF(d, list) list[dice_below(d, MF_COUNT(list))]

/* -- tokens ---------------------------------------------------------------------------------------------------------- */

static void of_alphabet(struct version *v, struct dice *d, const char *alphabet, size_t n)
{
	const size_t kinds = strlen(alphabet);

	while (n--)
		version_add(v, &alphabet[dice_below(d, kinds)], 1);
}

#define ALNUM "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"

static void token(struct version *v, struct dice *d)
{
	static const char *const prefixes[] = { "ghp_", "gho_", "npm_", "AKIA", "xoxb-", "sk_live_", "glpat-", "SG.", "hvs.", "dop_v1_", "pair_", "half_", "zq",
					       "github_pat_", "sq0csp-", "-----BEGIN ", "xapp-1-A", "AGE-SECRET-KEY-1" };

	if (!dice_once_in(d, 3)) {
		const char *secret = samples[dice_below(d, MF_COUNT(samples))].secret;

		/* multi-line blocks have a form of their own */
		if (strlen(secret) < 700) {
			puts_to(v, secret);
			return;
		}
	}
	puts_to(v, ONE_OF(d, prefixes));
	of_alphabet(v, d, dice_once_in(d, 2) ? ALNUM : "0123456789abcdef", 5 + dice_below(d, 40));
}

/* -- encodings --------------------------------------------------------------------------------------------------------- */

static void base64_of(struct version *out, const char *p, size_t n, size_t every, const char *gap)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	size_t col = 0;

	for (size_t i = 0; i < n; i += 3) {
		const uint32_t three = (uint32_t)(unsigned char)p[i] << 16 | (i + 1 < n ? (uint32_t)(unsigned char)p[i + 1] << 8 : 0) |
				       (i + 2 < n ? (unsigned char)p[i + 2] : 0);

		for (size_t k = 0; k < 4; k++) {
			if (every && col && col % every == 0)
				puts_to(out, gap);
			version_add(out, k > n - i ? "=" : &digits[three >> (18 - 6 * k) & 63], 1);
			col++;
		}
	}
}

void version_add_base64(struct version *v, const char *p, size_t n)
{
	base64_of(v, p, n, 0, "");
}

void version_add_escaped(struct version *v, const char *p, size_t n, size_t at)
{
	char three[4];

	snprintf(three, sizeof(three), "%%%02X", (unsigned)(unsigned char)p[at]);
	version_add(v, p, at);
	version_add(v, three, 3);
	version_add(v, p + at + 1, n - at - 1);
}

static void hex_of(struct version *out, const char *p, size_t n, size_t every, const char *gap)
{
	for (size_t i = 0; i < n; i++) {
		char two[3];

		snprintf(two, sizeof(two), "%02x", (unsigned char)p[i]);
		if (every && i && i * 2 % every == 0)
			puts_to(out, gap);
		puts_to(out, two);
	}
}

static void escape_of(struct version *out, struct dice *d, const char *p, size_t n)
{
	static const char *const formats[] = { "%%%02x", "%%%02X", "\\u%04x", "\\x%02x" };
	const char *const format = ONE_OF(d, formats);
	const size_t some = dice_once_in(d, 2) ? 1 : 1 + dice_below(d, 12);

	for (size_t i = 0; i < n; i++) {
		char text[8];

		if (!dice_once_in(d, some)) {
			version_add(out, &p[i], 1);
			continue;
		}
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
		snprintf(text, sizeof(text), format, (unsigned)(unsigned char)p[i]);
#pragma GCC diagnostic pop
		puts_to(out, text);
	}
}

static void piece(struct version *v, struct dice *d, unsigned depth);

static void encoded(struct version *v, struct dice *d, unsigned depth)
{
	static const size_t every[] = { 0, 0, 56, 60, 64, 76, 40 };
	static const char *const gaps[] = { "\n", "\r\n", "\n    ", "\\n", "\\r\\n", "\n\t" };
	struct version in = { 0 };

	for (size_t k = dice_below(d, 3) + 1; k; k--)
		piece(&in, d, depth + 1);
	if (dice_once_in(d, 3))
		escape_of(v, d, in.p, in.n);
	else if (dice_once_in(d, 3))
		hex_of(v, in.p, in.n, ONE_OF(d, every), ONE_OF(d, gaps));
	else
		base64_of(v, in.p, in.n, ONE_OF(d, every), ONE_OF(d, gaps));
	version_free(&in);
}

/* -- lines ------------------------------------------------------------------------------------------------------------- */

static void prose(struct version *v, struct dice *d)
{
	static const char *const words[] = { "the ", "token ", "of this ", "secret ", "password ", "is ", "kept in ", "a vault, ", "see https://ci:", "AWS ", "see docs. ",
					     "key = ", "github ", "-- ", "(ghp_ is a prefix) ", "\xc3\xa9t\xc3\xa9 ", "%20", "\t", "C:\\new\\users\\x41 ", "100% of ", "// " };

	for (size_t k = dice_below(d, 15); k; k--)
		puts_to(v, ONE_OF(d, words));
}

static void assignment(struct version *v, struct dice *d)
{
	static const char *const names[] = { "password", "API_KEY", "client_secret", "DB_PASSWORD", "aws_secret_access_key", "token", "github_token", "slackToken", "secret" };
	static const char *const signs[] = { " = '", "=", ": \"", "\": \"", " := `", "=\"", " -> ",
					     "\n  value: ", "\",\r\n\t\"value\": \"", ":\n  - ", "</key>\n<string>", "\" {\n  type = string\n  default = \"",
					     " {\n  default = \"", ",\n\n  value: " };
	static const char *const values[] = { "${TOKEN}", "changeme", "xxxxxxxxxxxxxxxxxxxxxxxx", "<your-token>", "process.env.TOKEN", "", "your_api_key_here", "example" };
	static const char *const ends[] = { "'", "\"", "", ";", "',", "`", "' # x", "\" // gitleaks:allow", "' # mayfly:allow: made up", " # pragma: allowlist secret",
					    "' /* gitleaks:allow the reason */", "\", \"" };

	puts_to(v, ONE_OF(d, names));
	puts_to(v, ONE_OF(d, signs));
	if (dice_once_in(d, 4))
		puts_to(v, ONE_OF(d, values));
	else if (dice_once_in(d, 3))
		of_alphabet(v, d, ALNUM "!@#$-_", 8 + dice_below(d, 40));
	else
		token(v, d);
	puts_to(v, ONE_OF(d, ends));
}

static void block(struct version *v, struct dice *d, const char *end_of_line)
{
	static const char *const kinds[] = { "RSA PRIVATE KEY", "PRIVATE KEY", "EC PRIVATE KEY", "OPENSSH PRIVATE KEY", "CERTIFICATE", "ENCRYPTED PRIVATE KEY" };
	const char *kind = ONE_OF(d, kinds);

	puts_to(v, "-----BEGIN ");
	puts_to(v, kind);
	puts_to(v, "-----");
	puts_to(v, end_of_line);
	for (size_t k = 1 + dice_below(d, 12); k; k--) {
		of_alphabet(v, d, ALNUM "+/", k == 1 ? 20 : 64);
		puts_to(v, end_of_line);
	}
	if (dice_once_in(d, 8))
		return;
	puts_to(v, "-----END ");
	puts_to(v, kind);
	puts_to(v, "-----");
}

/* A Secret of Kubernetes, or what looks like one; some of its values are tokens. */
static void manifest(struct version *v, struct dice *d)
{
	static const char *const kinds[] = { "kind: Secret\n", "kind: Secret\r\n", "Kind: secret\n", "kind: ConfigMap\n", "- kind: Secret\n", "kind: \"Secret\"\n" };
	static const char *const between[] = { "", "metadata:\n  name: db\n", "immutable: true\n", "---\n", "stringData:\n  a: b\n" };
	const bool first = dice_once_in(d, 2);

	puts_to(v, "\n");
	if (first)
		puts_to(v, ONE_OF(d, kinds));
	puts_to(v, ONE_OF(d, between));
	puts_to(v, "data:\n");
	for (size_t k = dice_below(d, 5); k; k--) {
		struct version in = { 0 };

		if (dice_once_in(d, 2))
			token(&in, d);
		else
			of_alphabet(&in, d, ALNUM, 3 + dice_below(d, 40));
		puts_to(v, dice_once_in(d, 6) ? "    key.a: \"" : "  key: ");
		version_add_base64(v, in.p, in.n);
		puts_to(v, dice_once_in(d, 6) ? "\"\r\n" : "\n");
		version_free(&in);
	}
	puts_to(v, ONE_OF(d, between));
	if (!first)
		puts_to(v, ONE_OF(d, kinds));
}

static void piece(struct version *v, struct dice *d, unsigned depth)
{
	static const char *const ends[] = { "\n", "\n", "\r\n", "\\n", "\n  ", " ", "" };
	static const char *const urls[] = { "https://user:", "postgres://app:", "curl -u admin:", "Authorization: Bearer ", "redis://:", "Basic " };

	switch (dice_below(d, 12)) {
	case 0:
	case 1:
		prose(v, d);
		break;
	case 2:
	case 3:
	case 4:
		assignment(v, d);
		break;
	case 5:
		token(v, d);
		break;
	case 6:
		puts_to(v, ONE_OF(d, urls));
		token(v, d);
		puts_to(v, "@host.example/db ");
		break;
	case 7:
		if (dice_once_in(d, 2))
			block(v, d, dice_once_in(d, 3) ? "\\n" : dice_once_in(d, 4) ? "\r\n" : "\n");
		else
			manifest(v, d);
		break;
	case 8:
		puts_to(v, "pair_");
		of_alphabet(v, d, "abcdef012", 8);
		puts_to(v, " half_123456 zq99999 ");
		break;
	default:
		if (depth < 3)
			encoded(v, d, depth);
		break;
	}
	puts_to(v, ONE_OF(d, ends));
}

static void code(struct version *v, struct dice *d)
{
	static const char *const lines[] = { "int main(void)\n{\n", "\treturn 0;\n}\n", "def scan(path, token=None):\n    pass\n", "{\n  \"name\": \"x\",\n", "import os\n\n", "----\n",
					     "if (a && b) { key = map[\"secret\"]; }\n", "var s = \"\\x41\\u0042\";\n", "========================\n", "\n\n\n" };

	for (size_t k = dice_below(d, 4); k; k--)
		puts_to(v, ONE_OF(d, lines));
}

/* Now and then one long line, now and then long gaps between what is of interest. */
static void filler(struct version *v, struct dice *d)
{
	static const size_t lens[] = { 50, 120, 128, 250, 257, 4090, 4100, 16300, 16400 };
	static const char *const of[] = { "a b ", "x", "abc\n", "0123456789abcdef", ".,", "AbC1", "ghp_", "x%41", "ghp_%41", "token=%5A\\x41 " };
	const bool is_long = dice_once_in(d, 12);
	const char *const what = of[dice_below(d, is_long ? 6 : MF_COUNT(of))];
	const size_t n = lens[dice_below(d, is_long ? MF_COUNT(lens) : 5)] + dice_below(d, 12);

	for (size_t o = 0; o < n; o += strlen(what))
		puts_to(v, what);
}

static void to_utf16(struct version *v, bool mark)
{
	struct version wide = { 0 };

	if (mark)
		version_add(&wide, "\xff\xfe", 2);
	for (size_t i = 0; i < v->n; i++) {
		const char unit[2] = { v->p[i], '\0' };

		version_add(&wide, unit, 2);
	}
	version_free(v);
	*v = wide;
}

static void some_text(struct version *v, struct dice *d, size_t parts)
{
	while (parts--) {
		code(v, d);
		piece(v, d, 0);
		if (dice_once_in(d, 8))
			filler(v, d);
	}
}

void version_make(struct version *v, struct dice *d)
{
	const bool ends = dice_once_in(d, 4);

	if (dice_once_in(d, 3))
		token(v, d);
	some_text(v, d, dice_below(d, dice_once_in(d, 12) ? 40 : 7));
	if (ends)
		token(v, d);
	if (dice_once_in(d, 15))
		version_add(v, "\0", 1);
	if (dice_once_in(d, 20))
		to_utf16(v, dice_once_in(d, 2));
	if (v->n > TEXT_MOST)
		v->n = TEXT_MOST;
	reserve(v, 1);
}

/* -- edits ----------------------------------------------------------------------------------------------------------- */

void version_next(struct version *out, const struct version *v)
{
	*out = (struct version){ 0 };
	reserve(out, v->n + 1);
	memcpy(out->p, v->p, v->n);
	for (size_t i = 0; i < v->n; i++)
		out->from[i] = i;
	out->n = v->n;
}

/* [at, at + cut) gives way to other bytes. */
static void replace(struct version *v, size_t at, size_t cut, const struct version *with)
{
	const size_t n = with ? with->n : 0, rest = v->n - at - cut;

	reserve(v, v->n + n + 1);
	memmove(v->p + at + n, v->p + at + cut, rest);
	memmove(v->from + at + n, v->from + at + cut, rest * sizeof(*v->from));
	if (n) {
		memcpy(v->p + at, with->p, n);
		memcpy(v->from + at, with->from, n * sizeof(*v->from));
	}
	v->n += n - cut;
}

static void take(struct version *out, const struct version *v, size_t at, size_t n)
{
	*out = (struct version){ 0 };
	reserve(out, n + 1);
	memcpy(out->p, v->p + at, n);
	memcpy(out->from, v->from + at, n * sizeof(*out->from));
	out->n = n;
}

static bool of_run(char c)
{
	return (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z') || c == '+' || c == '/' || c == '-' || c == '_';
}

/* A place where something is at stake: in or near a token, an escape, a line's end, a run; the file's ends. */
static size_t tender(const struct version *v, struct dice *d)
{
	const size_t start = dice_below(d, v->n + 1), kind = dice_below(d, 10);
	size_t at = start, n = 0;

	if (kind == 0 || v->n < 4)
		return dice_once_in(d, 2) ? dice_below(d, v->n < 3 ? v->n + 1 : 3) : v->n - dice_below(d, v->n < 3 ? v->n + 1 : 3);
	if (kind == 1)
		return start;
	for (; at < v->n; at++) {
		n = of_run(v->p[at]) ? n + 1 : 0;
		if ((kind == 2 && (v->p[at] == '\r' || v->p[at] == '\n')) || (kind == 8 && at && of_run(v->p[at]) != of_run(v->p[at - 1])))
			return at + dice_below(d, dice_once_in(d, 2) ? 1 : v->n - at < 3 ? 1 : 3);
		if (kind == 3 && (v->p[at] == '%' || v->p[at] == '\\'))
			return at + dice_below(d, v->n - at < 4 ? v->n - at + 1 : 4);
		if (kind == 4 && n == 16)
			return at;
		if (kind == 5 && v->p[at] == '_')
			return at + dice_below(d, 2);
		if ((kind == 6 || kind == 7) && n == 24) {
			const size_t off = dice_below(d, 130);

			at -= 23;
			return kind == 6 ? (at > off ? at - off : 0) : at + off < v->n ? at + off : v->n;
		}
	}
	return start;
}

static size_t length(struct dice *d, size_t most)
{
	const size_t n = dice_once_in(d, 2) ? 1 + dice_below(d, 2) : dice_once_in(d, 4) ? dice_below(d, most + 1) : dice_below(d, 200);

	return n < most ? n : most;
}

static void insert_new(struct version *v, struct dice *d, size_t at, size_t cut)
{
	static const char *const bits[] = { "\n", "\r", "\\", "n", "\\n", "%", "4", "A", "a", "=", "'", "\"", " ", "x", "\\u00", "_", "-", "\\x", "%4", "\n    ", "ghp_", "/", ".", "\t", "E" };
	struct version in = { 0 };

	if (dice_once_in(d, 3))
		some_text(&in, d, 1 + dice_below(d, 2));
	else if (dice_once_in(d, 150))
		version_add(&in, "\0", 1);
	else
		for (size_t k = 1 + dice_below(d, 2); k; k--)
			puts_to(&in, ONE_OF(d, bits));
	if (v->n + in.n < TEXT_MOST)
		replace(v, at, cut, &in);
	version_free(&in);
}

/* A range goes elsewhere, or is there twice. */
static void move(struct version *v, struct dice *d, size_t at, size_t n, bool twice)
{
	struct version in;

	take(&in, v, at, n);
	if (!twice)
		replace(v, at, n, NULL);
	if (v->n + n < TEXT_MOST)
		replace(v, tender(v, d), 0, &in);
	version_free(&in);
}

void version_edit(struct version *v, struct dice *d)
{
	for (size_t k = dice_once_in(d, 3) ? 1 + dice_below(d, 6) : 1; k; k--) {
		const size_t at = tender(v, d), n = length(d, v->n - at);

		switch (dice_below(d, 6)) {
		case 0:
			insert_new(v, d, at, 0);
			break;
		case 1:
			replace(v, at, n, NULL);
			break;
		case 2:
			insert_new(v, d, at, n);
			break;
		case 3:
			insert_new(v, d, at, v->n > at);
			break;
		default:
			move(v, d, at, n, dice_once_in(d, 2));
			break;
		}
	}
}

/* -- spans ------------------------------------------------------------------------------------------------------------ */

/* As many bytes as stand the same there, but not always all. */
static size_t copy_length(const struct version *v, size_t at, const struct version *base, size_t from, struct dice *d)
{
	size_t n = 0;

	while (at + n < v->n && from + n < base->n && v->p[at + n] == base->p[from + n])
		n++;
	return n && dice_once_in(d, 6) ? 1 + dice_below(d, n) : n;
}

static size_t other_place(const struct version *v, size_t at, const struct version *base, struct dice *d)
{
	for (unsigned k = 0; base->n && k < 20; k++) {
		const size_t from = dice_below(d, base->n);

		if (base->p[from] == v->p[at])
			return from;
	}
	return MF_SPAN_NEW;
}

struct mf_span *version_spans(const struct version *v, const struct version *base, struct dice *d, size_t *n)
{
	struct mf_span *s = or_abort(malloc((v->n + 1) * sizeof(*s)));
	/* each version in a manner of its own: some as git does it, some with many bad copies, some with much that is new */
	const size_t odd = dice_once_in(d, 2) ? 0 : 1 + dice_below(d, 40), fresh = dice_once_in(d, 2) ? 0 : 1 + dice_below(d, 40);

	*n = 0;
	for (size_t at = 0; at < v->n;) {
		struct mf_span sp = { .at = at, .from = v->from[at] };

		if (odd && dice_once_in(d, odd))
			sp.from = other_place(v, at, base, d);
		if (fresh && dice_once_in(d, fresh))
			sp.from = MF_SPAN_NEW;
		if (sp.from != MF_SPAN_NEW)
			sp.n = copy_length(v, at, base, sp.from, d);
		else
			for (const size_t most = fresh && v->from[at] != MF_SPAN_NEW ? 1 + dice_below(d, 60) : v->n; sp.n < most && at + sp.n < v->n; sp.n++)
				if (sp.n && v->from[at + sp.n] != MF_SPAN_NEW && v->from[at] == MF_SPAN_NEW)
					break;
		s[(*n)++] = sp;
		at += sp.n;
	}
	return s;
}
