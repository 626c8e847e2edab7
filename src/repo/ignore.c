/* SPDX-License-Identifier: Apache-2.0 */
/* Lists of ignore rules: parsing and matching. */
#include "ignore.h"

#include <stdlib.h>
#include <mayfly/alloc.h>

enum {
	RULE_KEEP = 1,		/* "!pattern" */
	RULE_FOLDER = 2,	/* "pattern/" */
	RULE_NAME = 4,		/* no '/' in it: matches the last part of the path, at any depth */
	RULE_SUFFIX = 8,	/* "*literal" */
};

static bool special(char c)
{
	return c == '*' || c == '?' || c == '[' || c == '\\';
}

static size_t literal_part(struct mf_str s)
{
	size_t n = 0;

	while (n < s.n && !special(s.p[n]))
		n++;
	return n;
}

/* Blanks at the end do not count, but for one that a backslash holds. */
static struct mf_str trim_end(struct mf_str line)
{
	size_t keep = 0;

	for (size_t i = 0; i < line.n; i++) {
		if (line.p[i] == '\\') {
			if (++i == line.n)
				return line;
			keep = i + 1;
		} else if (line.p[i] != ' ') {
			keep = i + 1;
		}
	}
	line.n = keep;
	return line;
}

/* False for a line that holds no rule. */
static bool parse_rule(struct mf_exclude_rule *rule, struct mf_str line, const char *text)
{
	const char *nul = line.n ? memchr(line.p, '\0', line.n) : NULL;

	*rule = (struct mf_exclude_rule){ 0 };
	if (nul)
		line.n = (size_t)(nul - line.p);
	if (line.n && line.p[line.n - 1] == '\r')
		line.n--;
	if (!line.n || line.p[0] == '#')
		return false;
	line = trim_end(line);
	if (line.n && line.p[0] == '!') {
		rule->flags |= RULE_KEEP;
		line.p++;
		line.n--;
	}
	if (line.n && line.p[line.n - 1] == '/') {
		rule->flags |= RULE_FOLDER;
		line.n--;
	}
	if (!line.n)
		return false;
	if (!memchr(line.p, '/', line.n))
		rule->flags |= RULE_NAME;
	else if (line.p[0] == '/') {
		line.p++;
		line.n--;
	}
	rule->at = (uint32_t)(line.p - text);
	rule->n = (uint32_t)line.n;
	rule->literal = (uint32_t)literal_part(line);
	if (line.n && line.p[0] == '*' && literal_part((struct mf_str){ line.p + 1, line.n - 1 }) == line.n - 1)
		rule->flags |= RULE_SUFFIX;
	return true;
}

static struct mf_str without_mark(struct mf_str text)
{
	if (text.n >= 3 && memcmp(text.p, "\xef\xbb\xbf", 3) == 0) {
		text.p += 3;
		text.n -= 3;
	}
	return text;
}

static size_t count_lines(struct mf_str text)
{
	size_t n = 1;

	for (size_t i = 0; i < text.n; i++)
		n += text.p[i] == '\n';
	return n;
}

static void parse_lines(struct mf_exclude *ig, size_t text_n)
{
	struct mf_str left = { ig->text, text_n };

	while (left.n) {
		const char *end = memchr(left.p, '\n', left.n);
		const struct mf_str line = { left.p, end ? (size_t)(end - left.p) : left.n };
		const size_t used = line.n + (end != NULL);

		ig->n += parse_rule(&ig->rules[ig->n], line, ig->text);
		left.p += used;
		left.n -= used;
	}
}

int mf_exclude_parse(struct mf_exclude *out, struct mf_str text, struct mf_err *err)
{
	struct mf_exclude ig = { 0 };

	text = without_mark(text);
	if (text.n > UINT32_MAX)
		return mf_fail(err, MF_E_BASE_LIMIT, "a file of ignore rules is longer than 4 GiB");
	ig.text = malloc(text.n + 1);
	ig.rules = mf_calloc(count_lines(text), sizeof(*ig.rules));
	if (!ig.text || !ig.rules) {
		mf_exclude_free(&ig);
		return mf_fail_nomem(err);
	}
	if (text.n)
		memcpy(ig.text, text.p, text.n);
	ig.text[text.n] = '\0';
	parse_lines(&ig, text.n);
	*out = ig;
	return 0;
}

void mf_exclude_free(struct mf_exclude *ig)
{
	if (!ig)
		return;
	free(ig->text);
	free(ig->rules);
	*ig = (struct mf_exclude){ 0 };
}

static bool same(const char *a, const char *b, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (a[i] != b[i])
			return false;
	return true;
}

/* The rule's pattern against a name or a path. */
static bool matches(const struct mf_exclude *ig, const struct mf_exclude_rule *rule, struct mf_str text, uint64_t *work)
{
	const struct mf_str pattern = { ig->text + rule->at, rule->n };
	const size_t tail = pattern.n - 1;	/* none is empty */

	if (rule->literal == pattern.n)
		return text.n == pattern.n && same(text.p, pattern.p, text.n);
	if ((rule->flags & (RULE_SUFFIX | RULE_NAME)) == (RULE_SUFFIX | RULE_NAME))
		return text.n >= tail && same(text.p + text.n - tail, pattern.p + 1, tail);
	if (text.n < rule->literal || !same(text.p, pattern.p, rule->literal))
		return false;
	return mf_wildmatch((struct mf_str){ pattern.p + rule->literal, pattern.n - rule->literal },
			    (struct mf_str){ text.p + rule->literal, text.n - rule->literal }, work);
}

enum mf_exclude_verdict mf_exclude_match(const struct mf_exclude *ig, struct mf_str path, size_t base, bool folder, uint64_t *work)
{
	struct mf_str name = path;

	while (name.n && path.p[name.n - 1] != '/')
		name.n--;
	name = (struct mf_str){ path.p + name.n, path.n - name.n };
	path.p += base;
	path.n -= base;
	for (size_t i = ig->n; i-- > 0;) {
		const struct mf_exclude_rule *rule = &ig->rules[i];

		if (!*work)
			return MF_EXCLUDE_NONE;
		--*work;
		if ((rule->flags & RULE_FOLDER) && !folder)
			continue;
		if (!matches(ig, rule, rule->flags & RULE_NAME ? name : path, work) || !*work)
			continue;
		return rule->flags & RULE_KEEP ? MF_EXCLUDE_KEEP : MF_EXCLUDE_OUT;
	}
	return MF_EXCLUDE_NONE;
}
