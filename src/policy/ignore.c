/* SPDX-License-Identifier: Apache-2.0 */
/* .gitleaksignore. A finding is looked up as the text of its fingerprint under each name of its rule, so that paths with colons and
 * rules with odd names work as they do in gitleaks. */
#include "covers.h"

#include <stdio.h>
#include <stdlib.h>
#include <mayfly/alloc.h>

struct mf_ignore {
	struct mf_intern files;		/* names */
	struct mf_intern lines;		/* as written, with '/' between the parts of a path */
	uint32_t *file_of;		/* of each line */
	size_t file_of_cap;
	struct mf_intern without;	/* lines that name a commit, without it */
	size_t bad;
	char *first_bad;
};

static bool is_hex(struct mf_str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (!((s.p[i] >= '0' && s.p[i] <= '9') || (s.p[i] >= 'a' && s.p[i] <= 'f')))
			return false;
	return true;
}

/* How long the commit and its colon are that the line begins with, or 0. */
static size_t commit_of(struct mf_str s)
{
	static const size_t lengths[] = { 40, 64 };

	for (size_t i = 0; i < MF_COUNT(lengths); i++)
		if (s.n > lengths[i] && s.p[lengths[i]] == ':' && is_hex((struct mf_str){ s.p, lengths[i] }))
			return lengths[i] + 1;
	return 0;
}

/* "[commit:]path:rule:line" */
static bool well_formed(struct mf_str s)
{
	const size_t commit = commit_of(s);
	size_t line, rule;

	for (line = s.n; line > commit && s.p[line - 1] >= '0' && s.p[line - 1] <= '9'; line--)
		;
	if (line == s.n || line <= commit || s.p[line - 1] != ':')
		return false;
	for (rule = line - 1; rule > commit && s.p[rule - 1] != ':'; rule--)
		;
	/* without a path it is a message, a blob that no commit reaches, or standard input */
	return rule > commit && rule < line - 1;
}

static int add_line(struct mf_ignore *ig, struct mf_str line, uint32_t file, struct mf_err *err)
{
	const size_t commit = commit_of(line), before = ig->lines.n;
	uint32_t id;

	if (mf_room(&ig->file_of, before, &ig->file_of_cap, sizeof(*ig->file_of), err) || mf_intern_add(&id, &ig->lines, line, err))
		return -1;
	if (id == before)
		ig->file_of[id] = file;
	return commit ? mf_intern_add(&id, &ig->without, (struct mf_str){ line.p + commit, line.n - commit }, err) : 0;
}

static int add_bad(struct mf_ignore *ig, const char *name, unsigned number, struct mf_err *err)
{
	struct mf_buf text = MF_BUF(SIZE_MAX / 4);

	if (ig->bad++)
		return 0;
	if (mf_buf_printf(&text, err, "%s:%u", name, number))
		return -1;
	ig->first_bad = mf_buf_take(&text);
	return ig->first_bad ? 0 : mf_fail_nomem(err);
}

/* A copy of the text in which paths are written with '/'. */
static char *normal(struct mf_str s)
{
	char *p = malloc(s.n + 1);

	if (!p)
		return NULL;
	for (size_t i = 0; i < s.n; i++)
		p[i] = s.p[i] == '\\' ? '/' : s.p[i];
	p[s.n] = '\0';
	return p;
}

static int read_lines(struct mf_ignore *ig, const char *name, struct mf_str text, uint32_t file, struct mf_err *err)
{
	for (unsigned number = 1; text.n; number++) {
		const char *end = memchr(text.p, '\n', text.n);
		const size_t n = end ? (size_t)(end - text.p) : text.n;
		const struct mf_str line = mf_trim((struct mf_str){ text.p, n });
		int r = 0;

		if (line.n && line.p[0] != '#')
			r = well_formed(line) ? add_line(ig, line, file, err) : add_bad(ig, name, number, err);
		if (r)
			return -1;
		text.p += end ? n + 1 : n;
		text.n -= end ? n + 1 : n;
	}
	return 0;
}

int mf_ignore_read(struct mf_ignore **out, const char *name, struct mf_str text, struct mf_err *err)
{
	struct mf_ignore *ig = *out ? *out : mf_calloc(1, sizeof(*ig));
	char *copy = normal(text);
	uint32_t file;
	int r = ig && copy ? 0 : mf_fail_nomem(err);

	if (r == 0 && text.n >= 3 && memcmp(text.p, "\xef\xbb\xbf", 3) == 0)
		memset(copy, ' ', 3);
	if (r == 0)
		r = mf_intern_add(&file, &ig->files, mf_str(name), err) || read_lines(ig, name, (struct mf_str){ copy, text.n }, file, err) ? -1 : 0;
	free(copy);
	if (r == 0)
		*out = ig;
	else if (!*out)
		mf_ignore_free(ig);
	return r;
}

size_t mf_ignore_bad(const struct mf_ignore *ig, const char **first)
{
	*first = ig->first_bad;
	return ig->bad;
}

void mf_ignore_free(struct mf_ignore *ig)
{
	if (!ig)
		return;
	mf_intern_free(&ig->files);
	mf_intern_free(&ig->lines);
	mf_intern_free(&ig->without);
	free(ig->file_of);
	free(ig->first_bad);
	free(ig);
}

const char *mf_finding_rule_name(const struct mf_finding *f, size_t i)
{
	if (i == 0)
		return f->rule_id;
	return f->rule && i <= f->rule->n_aliases ? f->rule->aliases[i - 1] : NULL;
}

/* "path:rule:line", after "commit:" where one is given. */
static int spell(struct mf_buf *text, const char *commit, const char *path, const char *rule, unsigned line, struct mf_err *err)
{
	text->n = 0;
	if (mf_buf_printf(text, err, "%s%s%s:%s:%u", commit ? commit : "", commit ? ":" : "", path, rule, line))
		return -1;
	for (size_t i = 0; i < text->n; i++)
		if (text->p[i] == '\\')
			text->p[i] = '/';
	return 0;
}

/* The line that names this path under any name of the rule, or MF_NONE; `commit` NULL: that of any commit will do. */
static int find(uint32_t *line, const struct mf_ignore *ig, const struct mf_finding *f, const char *path, const char *commit, unsigned at,
		struct mf_buf *text, struct mf_err *err)
{
	*line = MF_NONE;
	for (size_t i = 0; *line == MF_NONE && mf_finding_rule_name(f, i); i++) {
		const char *rule = mf_finding_rule_name(f, i);

		if (spell(text, NULL, path, rule, at, err))
			return -1;
		/* no path is that of standard input, and not that of every message */
		if (*path || f->source == MF_SRC_STDIN)
			*line = mf_intern_find(&ig->lines, (struct mf_str){ text->p, text->n });
		if (*line == MF_NONE && !commit && mf_intern_find(&ig->without, (struct mf_str){ text->p, text->n }) != MF_NONE)
			*line = 0;
		if (*line != MF_NONE || !commit)
			continue;
		if (spell(text, commit, path, rule, at, err))
			return -1;
		*line = mf_intern_find(&ig->lines, (struct mf_str){ text->p, text->n });
	}
	return 0;
}

static int find_shown(uint32_t *line, const struct mf_ignore *ig, const struct mf_finding *f, const char *path, const char *commit, unsigned at,
		      const struct mf_hide *hide, struct mf_buf *text, struct mf_err *err)
{
	char *shown = NULL;
	int r = find(line, ig, f, path, commit, at, text, err);

	if (r == 0 && *line == MF_NONE && hide)
		r = mf_hide_name(&shown, hide, path, err);
	if (r == 0 && shown)
		r = find(line, ig, f, shown, commit, at, text, err);
	free(shown);
	return r;
}

int mf_ignore_covers(bool *yes, const struct mf_ignore *ig, const struct mf_finding *f, const struct mf_hide *hide, const char **why, struct mf_err *err)
{
	struct mf_buf text = MF_BUF(SIZE_MAX / 4);
	uint32_t first, other;
	int r;

	/* without a commit there is nothing to compare: not "any commit" */
	r = find_shown(&first, ig, f, f->path ? f->path : "", *mf_finding_origin(f) ? mf_finding_origin(f) : "-", f->line,
		       hide, &text, err);
	/* gitleaks has named any of the commits that changed the line */
	for (size_t i = 0; r == 0 && first == MF_NONE && i < f->n_again; i++)
		r = find_shown(&first, ig, f, f->again[i].path ? f->again[i].path : f->path, f->again[i].commit, f->again[i].line, hide,
			       &text, err);
	*yes = r == 0 && first != MF_NONE;
	for (size_t i = 0; *yes && r == 0 && i < f->n_more_paths; i++) {
		r = find_shown(&other, ig, f, f->more_paths[i], NULL, f->line, hide, &text, err);
		*yes = r == 0 && other != MF_NONE;
	}
	mf_buf_free(&text);
	if (*yes)
		*why = mf_intern_get(&ig->files, ig->file_of[first]).p;
	return r;
}
