/* SPDX-License-Identifier: Apache-2.0 */
/* Reads TOML on standard input and writes it as the tagged JSON of the language's public test suite; 1 for what is no TOML. */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include <mayfly/toml.h>

static void quoted(struct mf_str s)
{
	putchar('"');
	for (size_t i = 0; i < s.n; i++) {
		const unsigned char c = (unsigned char)s.p[i];

		if (c < 0x20 || c == '"' || c == '\\' || c == 0x7f)
			printf("\\u%04x", c);
		else
			putchar(c);
	}
	putchar('"');
}

static const char *moment_type(struct mf_str s)
{
	if (s.p[2] == ':')
		return "time-local";
	if (s.n == 10)
		return "date-local";
	for (size_t i = 11; i < s.n; i++)
		if (s.p[i] == '+' || s.p[i] == '-' || (s.p[i] | 32) == 'z')
			return "datetime";
	return "datetime-local";
}

static void moment(struct mf_str s)
{
	putchar('"');
	for (size_t i = 0; i < s.n; i++)
		putchar(i == 10 && s.p[2] != ':' ? 'T' : s.p[i] == 'z' ? 'Z' : s.p[i]);
	putchar('"');
}

static void number(double v)
{
	if (isnan(v))
		fputs("\"nan\"", stdout);
	else if (isinf(v))
		fputs(v < 0 ? "\"-inf\"" : "\"inf\"", stdout);
	else
		printf("\"%.17g\"", v);
}

static void scalar(const struct mf_tnode *n)
{
	const struct mf_str s = mf_toml_text(n);
	const enum mf_ttype type = mf_toml_type(n);
	int64_t i = 0;
	double d = 0;

	printf("{\"type\": \"%s\", \"value\": ", type == MF_T_STRING ? "string" : type == MF_T_INT ? "integer" : type == MF_T_FLOAT ? "float" :
	       type == MF_T_BOOL ? "bool" : moment_type(s));
	if (type == MF_T_TIME)
		moment(s);
	else if (type == MF_T_INT && mf_toml_int(&i, n))
		printf("\"%" PRId64 "\"", i);
	else if (type == MF_T_FLOAT && mf_toml_double(&d, n))
		number(d);
	else
		quoted(s);
	putchar('}');
}

static void node(const struct mf_tnode *n)
{
	const bool table = mf_toml_type(n) == MF_T_TABLE;

	if (!table && mf_toml_type(n) != MF_T_ARRAY) {
		scalar(n);
		return;
	}
	putchar(table ? '{' : '[');
	for (size_t i = 0; i < mf_toml_size(n); i++) {
		if (i)
			putchar(',');
		if (table) {
			quoted(mf_toml_key_at(n, i));
			putchar(':');
		}
		node(mf_toml_at(n, i));
	}
	putchar(table ? '}' : ']');
}

int main(void)
{
	static char text[1 << 20];
	const size_t n = fread(text, 1, sizeof(text), stdin);
	struct mf_toml *doc;
	struct mf_err err = { 0 };

	if (mf_toml_parse(&doc, "stdin", text, n, &err)) {
		fprintf(stderr, "%s\n", err.why);
		return 1;
	}
	node(mf_toml_root(doc));
	putchar('\n');
	mf_toml_free(doc);
	return fflush(stdout) ? 2 : 0;
}
