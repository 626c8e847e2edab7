/* SPDX-License-Identifier: Apache-2.0 */
/* Reads what main.go wrote and says where mayfly's engines differ from it, and where an expression's facts are wrong. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <mayfly/enc.h>
#include "re2.h"

enum { LINE_MAX_LEN = 1 << 20, MATCHES = 4096, GROUPS = 1024, SHOWN = 20 };

struct check {
	struct mf_regex *re;
	struct mf_regex_run *run;
	char text[LINE_MAX_LEN], subject[LINE_MAX_LEN];
	size_t text_n, subject_n;
	struct mf_re_group got[GROUPS];
	bool wrong;	/* the expression at hand */
	size_t passed, failed, not_pcre, given_up;
};

static void show(const char *s, size_t n)
{
	for (size_t i = 0; i < n && i < 300; i++) {
		unsigned char c = (unsigned char)s[i];

		if (c < ' ' || c > '~')
			printf("\\x%02x", c);
		else
			putchar(c);
	}
}

static void complain(struct check *c, const char *what)
{
	bool first = !c->wrong;

	c->wrong = true;
	if (!first || c->failed >= SHOWN)
		return;
	printf("  %s: /", what);
	show(c->text, c->text_n);
	printf("/ on \"");
	show(c->subject, c->subject_n);
	printf("\"\n");
}

/* Hex up to "-", which stands at the end of it. */
static const char *unhex(const char *s, char *out, size_t *n)
{
	char pair[3] = "";

	for (*n = 0; *s && *s != '-'; s += 2) {
		memcpy(pair, s, 2);
		out[(*n)++] = (char)strtoul(pair, NULL, 16);
	}
	return *s ? s + 2 : s;
}

static bool same(struct check *c, const char **at, unsigned groups)
{
	for (unsigned i = 0; i < 2 * (groups + 1); i++) {
		const struct mf_re_group *g = &c->got[i / 2];
		char *end;
		long long want = strtoll(*at, &end, 10);
		size_t got = i % 2 ? g->end : g->at;

		if (end == *at || (want < 0 ? got != SIZE_MAX : got != (size_t)want))
			return false;
		*at = end + (*end == ',');
	}
	return **at == ';' || **at == '\n' || **at == '\0';
}

static size_t width(const struct check *c, size_t at)
{
	uint32_t rune;
	size_t n = mf_utf8_decode(&rune, c->subject + at, c->subject_n - at);

	return n ? n : 1;
}

static bool lower_is(const char *p, const char *literal, size_t n, bool nocase)
{
	for (size_t i = 0; i < n; i++) {
		char a = p[i];

		if (nocase && a >= 'A' && a <= 'Z')
			a = (char)(a + 32);
		if (a != literal[i])
			return false;
	}
	return true;
}

static bool has_literal(const struct mf_re_facts *f, const char *p, size_t n)
{
	for (size_t i = 0; i < f->n_literals; i++) {
		size_t len = strlen(f->literals[i]);

		for (size_t at = 0; at + len <= n && at <= f->before; at++)
			if (lower_is(p + at, f->literals[i], len, f->literal_nocase))
				return true;
	}
	return f->n_literals == 0;
}

static void facts(struct check *c)
{
	const struct mf_re_facts *f = mf_regex_facts(c->re);
	const char *p = c->subject + c->got[0].at;
	size_t n = c->got[0].end - c->got[0].at;

	if (n < f->min || n > f->max)
		complain(c, "length is not what the facts say");
	if (!f->newline && n && memchr(p, '\n', n))
		complain(c, "a newline that the facts rule out");
	if (f->anchored && c->got[0].at)
		complain(c, "not anchored");
	if (!has_literal(f, p, n))
		complain(c, "none of its literals");
}

/* Goes through all matches as Go's FindAll does: an empty one right behind another does not count. */
static void all_matches(struct check *c, enum mf_regex_engine engine, const char *want)
{
	static const char *const names[] = { "differs", "PCRE2 differs", "the program differs" };
	unsigned groups = mf_regex_facts(c->re)->groups;
	struct mf_str s = { c->subject, c->subject_n };
	size_t last = SIZE_MAX;
	struct mf_err err;

	for (size_t at = 0; at <= s.n; ) {
		int rc = mf_regex_run_with(engine, c->re, c->run, false, s, at, c->got, groups + 1, &err);
		struct mf_re_group whole = c->got[0];

		if (rc < 0) {
			if (engine == MF_ENGINE_PCRE)
				c->not_pcre++;
			else
				c->given_up++;
			return;
		}
		if (!rc)
			break;
		at = whole.end > whole.at ? whole.end : whole.end + (whole.end < s.n ? width(c, whole.end) : 1);
		if (whole.end == whole.at && whole.at == last)
			continue;
		last = whole.end;
		if (!same(c, &want, groups)) {
			complain(c, names[engine]);
			return;
		}
		want += *want == ';';
		facts(c);
		if (mf_regex_run_with(engine, c->re, c->run, true, s, whole.at, c->got, 1, &err) != 1 || c->got[0].end != whole.end)
			complain(c, "does not match where it was found");
	}
	if (*want && *want != '\n' && *want != '-')
		complain(c, names[engine]);
}

static void finish(struct check *c)
{
	if (!c->text_n && !c->re && !c->wrong)
		return;
	c->failed += c->wrong;
	c->passed += !c->wrong;
	c->wrong = false;
	mf_regex_free(c->re);
	c->re = NULL;
}

static void expression(struct check *c, const char *line)
{
	const char *verdict = unhex(line + 2, c->text, &c->text_n);
	struct mf_err err;
	int rc = mf_regex_new(&c->re, (struct mf_str){ c->text, c->text_n }, &err);

	c->subject_n = 0;
	if (rc)
		c->re = NULL;
	if (!rc != (*verdict == 'o')) {
		complain(c, rc ? "is refused" : "is accepted");
		if (rc && c->failed < SHOWN)
			printf("    %s: %s\n", err.what, err.why);
	}
	if (rc)
		c->text_n += !c->text_n;
}

static void subject(struct check *c, const char *line)
{
	const char *want = unhex(line + 2, c->subject, &c->subject_n);

	if (!c->re)
		return;
	all_matches(c, MF_ENGINE_BEST, want);
	all_matches(c, MF_ENGINE_PCRE, want);
	all_matches(c, MF_ENGINE_VM, want);
}

int main(void)
{
	static char line[4 * LINE_MAX_LEN];
	struct check *c = calloc(1, sizeof(*c));
	struct mf_err err;
	bool failed;

	if (!c || mf_regex_run_new(&c->run, &err))
		return 2;
	while (fgets(line, sizeof(line), stdin)) {
		if (*line == 'p') {
			finish(c);
			expression(c, line);
		} else {
			subject(c, line);
		}
	}
	finish(c);
	mf_regex_run_free(c->run);
	printf("%zu subjects were not for PCRE2, %zu were given up\n%zu passed, %zu failed, 0 skipped\n", c->not_pcre, c->given_up, c->passed, c->failed);
	failed = c->failed != 0;
	free(c);
	return failed;
}
