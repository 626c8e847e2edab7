/* SPDX-License-Identifier: Apache-2.0 */
/* A step as YAML again, with the job's identity in place of its secrets. */
#include "github.h"

#include <stdio.h>

enum { VALUE_MAX = 2000 };

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
	if (mf_buf_puts(out, "|\n", err))
		return -1;
	while (v.n) {
		const char *end = memchr(v.p, '\n', v.n);
		const size_t n = end ? (size_t)(end - v.p) : v.n;

		if ((n && mf_buf_puts(out, indent, err)) || mf_buf_add(out, v.p, n, err) || mf_buf_putc(out, '\n', err))
			return -1;
		v = (struct mf_str){ v.p + n + (end != NULL), v.n - n - (end != NULL) };
	}
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
	char name[64];

	if (key.n >= sizeof(name) || !drop)
		return false;
	for (size_t i = 0; i < key.n; i++)
		name[i] = (char)(key.p[i] >= 'A' && key.p[i] <= 'Z' ? key.p[i] + 'a' - 'A' : key.p[i]);
	name[key.n] = '\0';
	return mf_gh_is_one(name, drop);
}

static int added(struct mf_buf *out, const char *add, struct mf_err *err)
{
	while (*add) {
		const size_t n = strcspn(add, "\n");

		if (mf_buf_printf(out, err, "      %.*s\n", (int)n, add))
			return -1;
		add += n + (add[n] == '\n');
	}
	return 0;
}

static int inputs(struct mf_buf *out, const struct mf_ynode *with, const char *drop, const char *add, struct mf_err *err)
{
	const size_t before = out->n;

	if (mf_buf_puts(out, "    with:\n", err) || added(out, add, err))
		return -1;
	for (size_t i = 0; with && mf_yaml_type(with) == MF_Y_MAP && i < mf_yaml_size(with); i++) {
		const struct mf_str key = mf_yaml_text(mf_yaml_key_at(with, i));

		if (dropped(key, drop))
			continue;
		if (mf_buf_printf(out, err, "      %.*s: ", (int)key.n, key.p) || value(out, mf_yaml_at(with, i), "        ", err))
			return -1;
	}
	/* nothing is left to be said */
	if (out->n == before + strlen("    with:\n")) {
		out->n = before;
		out->p[before] = '\0';
	}
	return 0;
}

int mf_gh_rewrite(struct mf_buf *out, const struct mf_ynode *step, const char *drop, const char *add, bool id_token, struct mf_err *err)
{
	static const char *const keys[] = { "name", "id", "if", "uses" };
	bool first = true;

	if (id_token && mf_buf_puts(out, "permissions:\n  id-token: write\n  contents: read\n", err))
		return -1;
	if (mf_buf_puts(out, "steps:\n", err))
		return -1;
	for (size_t i = 0; i < MF_COUNT(keys); i++) {
		const struct mf_ynode *n = mf_dc_get(step, keys[i]);

		if (!n)
			continue;
		if (mf_buf_printf(out, err, "  %c %s: ", first ? '-' : ' ', keys[i]) || value(out, n, "      ", err))
			return -1;
		first = false;
	}
	return inputs(out, mf_dc_get(step, "with"), drop, add, err);
}
