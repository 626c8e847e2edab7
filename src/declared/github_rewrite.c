/* SPDX-License-Identifier: Apache-2.0 */
/* A step as YAML again, with the job's identity in place of its secrets. */
#include "github.h"

#include <stdio.h>

enum { VALUE_MAX = 2000, SCRIPT_MAX = 800 };

/* What YAML takes as it is, between the lines of a map. */
static bool plain(struct mf_str v)
{
	static const char first[] = "-?:,[]{}#&*!|>'\"%@`";

	if (v.n == 0 || strchr(first, v.p[0]) || mf_blank(v.p[0]) || mf_blank(v.p[v.n - 1]))
		return false;
	for (size_t i = 0; i < v.n; i++)
		if (v.p[i] == '\n' || (unsigned char)v.p[i] < ' ' || (v.p[i] == '#' && mf_blank(v.p[i ? i - 1 : 0])) ||
		    (v.p[i] == ':' && (i + 1 == v.n || mf_blank(v.p[i + 1]))))
			return false;
	return true;
}

static int quoted(struct mf_buf *out, struct mf_str v, struct mf_err *err)
{
	if (mf_buf_putc(out, '\'', err))
		return -1;
	for (size_t i = 0; i < v.n; i++)
		if (mf_buf_putc(out, v.p[i], err) || (v.p[i] == '\'' && mf_buf_putc(out, '\'', err)))
			return -1;
	return mf_buf_puts(out, "'\n", err);
}

static int lines(struct mf_buf *out, struct mf_str v, const char *indent, struct mf_err *err)
{
	struct mf_str line;

	if (mf_buf_puts(out, "|\n", err))
		return -1;
	for (size_t at = 0; mf_dc_line(v, &at, &line);)
		if ((line.n && mf_buf_puts(out, indent, err)) || mf_buf_add(out, line.p, line.n, err) || mf_buf_putc(out, '\n', err))
			return -1;
	return 0;
}

static int value(struct mf_buf *out, const struct mf_ynode *n, const char *indent, struct mf_err *err)
{
	const struct mf_str v = mf_dc_text(n);

	if (v.n > VALUE_MAX)
		return mf_fail(err, MF_E_BASE_LIMIT, "a step that is too long to be shown");
	if (memchr(v.n ? v.p : "", '\n', v.n))
		return lines(out, v, indent, err);
	if (!plain(v))
		return quoted(out, v, err);
	return mf_buf_add(out, v.p, v.n, err) || mf_buf_putc(out, '\n', err) ? -1 : 0;
}

static bool dropped(struct mf_str key, const char *drop)
{
	char name[MF_GH_NAME];

	mf_gh_lower(name, key);
	return drop && mf_gh_is_one(name, drop);
}

static int added(struct mf_buf *out, const char *add, const struct mf_ynode *from, const char *drop, struct mf_err *err)
{
	while (*add) {
		const size_t n = strcspn(add, "\n");

		const struct mf_str key = { add, strcspn(add, ":") };

		/* what the step has already, and keeps */
		if ((!mf_gh_member(from, key, NULL) || dropped(key, drop)) && mf_buf_printf(out, err, "      %.*s\n", (int)n, add))
			return -1;
		add += n + (add[n] == '\n');
	}
	return 0;
}

/* A map below `title`, without what goes and with what comes. */
static int map(struct mf_buf *out, const char *title, const struct mf_ynode *from, const char *drop, const char *add, struct mf_err *err)
{
	const size_t before = out->n, head = strlen(title) + strlen("    :\n");

	if (mf_buf_printf(out, err, "    %s:\n", title) || (add && added(out, add, from, drop, err)))
		return -1;
	for (size_t i = 0; from && mf_yaml_type(from) == MF_Y_MAP && i < mf_yaml_size(from); i++) {
		const struct mf_str key = mf_yaml_text(mf_yaml_key_at(from, i));

		if (dropped(key, drop))
			continue;
		if (mf_buf_printf(out, err, "      %.*s: ", (int)key.n, key.p) || value(out, mf_yaml_at(from, i), "        ", err))
			return -1;
	}
	/* nothing is left to be said */
	if (out->n == before + head) {
		out->n = before;
		out->p[before] = '\0';
	}
	return 0;
}

/* A line with `value` in place of its expressions that name a secret. */
static int line_with(struct mf_buf *out, struct mf_str line, const char *value, struct mf_err *err)
{
	char name[MF_GH_NAME];

	while (line.n) {
		const char *at = memmem(line.p, line.n, "${{", 3), *end = at ? memmem(at, line.n - (size_t)(at - line.p), "}}", 2) : NULL;
		const size_t n = end ? (size_t)(at - line.p) : line.n;
		const struct mf_str expression = { line.p + n, end ? (size_t)(end + 2 - at) : 0 };
		const bool secret = end && mf_gh_secret_in(name, expression);

		if (mf_buf_add(out, line.p, n, err) || (end && (secret ? mf_buf_puts(out, value, err) : mf_buf_add(out, expression.p, expression.n, err))))
			return -1;
		line = (struct mf_str){ line.p + n + expression.n, line.n - n - expression.n };
	}
	return mf_buf_putc(out, '\n', err);
}

/* The line that logs in: what is there in its place. */
static int new_line(struct mf_buf *out, struct mf_str line, const struct mf_gh_new *n, struct mf_err *err)
{
	if (n->line)
		return mf_buf_printf(out, err, "      %s\n", n->line);
	return mf_buf_puts(out, "      ", err) || line_with(out, line, n->value, err) ? -1 : 0;
}

/* A script without the line that logs in, where it is short. */
static int script(struct mf_buf *out, struct mf_str run, const struct mf_gh_new *new, struct mf_err *err)
{
	const struct mf_str without = new->drop_line;
	struct mf_str line;
	size_t left = 0;

	if (run.n > SCRIPT_MAX)
		return mf_buf_puts(out, without.n ? "    # run: as it is, without the secret\n" : "    # run: as it is\n", err);
	if (mf_buf_puts(out, "    run: |\n", err))
		return -1;
	for (size_t at = 0; mf_dc_line(run, &at, &line);) {
		const bool own = without.n && mf_str_eq(mf_trim(line), without);

		if (mf_trim(line).n == 0 || (own && !new->line && !new->value))
			continue;
		if (own ? new_line(out, line, new, err) : mf_buf_printf(out, err, "      %.*s\n", (int)line.n, line.p))
			return -1;
		left++;
	}
	return left ? 0 : mf_buf_puts(out, "      # nothing is left to be done here\n", err);
}

static int head(struct mf_buf *out, const struct mf_gh *g, const struct mf_gh_new *n, struct mf_err *err)
{
	if (g->caller && mf_buf_puts(out, "# in the action's own file; permissions are the workflow's\n", err))
		return -1;
	if (n->permissions && mf_buf_printf(out, err, "permissions:\n%s", n->permissions))
		return -1;
	if (!n->before && !g->step)
		return 0;
	return mf_buf_puts(out, "steps:\n", err) || (n->before && mf_buf_puts(out, n->before, err)) ? -1 : 0;
}

int mf_gh_rewrite(struct mf_buf *out, const struct mf_gh *g, const struct mf_gh_new *n, struct mf_err *err)
{
	static const char *const keys[] = { "name", "id", "if", "uses", "shell", "working-directory" };
	const struct mf_ynode *run = mf_dc_get(g->step, "run");
	bool first = true;

	if (head(out, g, n, err))
		return -1;
	for (size_t i = 0; g->step && i < MF_COUNT(keys); i++) {
		const struct mf_ynode *v = mf_dc_get(g->step, keys[i]);

		if (!v)
			continue;
		if (mf_buf_printf(out, err, "  %c %s: ", first ? '-' : ' ', keys[i]))
			return -1;
		if (i == 3 && n->uses ? mf_buf_printf(out, err, "%s\n", n->uses) : value(out, v, "      ", err))
			return -1;
		first = false;
	}
	/* variables of a whole job */
	if (!g->step)
		return n->add_env ? mf_buf_printf(out, err, "env:\n  %s", n->add_env) : 0;
	if (run && first && mf_buf_puts(out, "  - name: as before\n", err))
		return -1;
	return (run && script(out, mf_dc_text(run), n, err)) || map(out, "with", mf_dc_get(g->step, "with"), n->drop, n->add, err) ||
	       map(out, "env", mf_dc_get(g->step, "env"), n->drop_env, n->add_env, err) ? -1 : 0;
}
