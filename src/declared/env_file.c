/* SPDX-License-Identifier: Apache-2.0 */
/* Committed .env files: each value by itself, and the file as a habit where it holds one. */
#include "ci.h"

#include <stdio.h>

/* Those that are meant to be copied and filled in. */
static bool sample(const char *name)
{
	static const char *const words[] = { "example", "sample", "template", "dist", "test", "defaults", "schema", "tpl", "tmpl", "ci", "vault", "enc", "encrypted" };

	for (const char *p = name; *p;) {
		const size_t n = strcspn(p, ".-_");

		for (size_t i = 0; i < MF_COUNT(words); i++)
			if (strlen(words[i]) == n && strncmp(p, words[i], n) == 0)
				return true;
		p += n + (p[n] != '\0');
	}
	return false;
}

static bool wants(const char *path)
{
	const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;

	if (strncmp(name, ".env", 4) == 0 && (name[4] == '\0' || name[4] == '.'))
		return !sample(name);
	return mf_dc_ends(name, ".env") && name[0] != '.' && !sample(name);
}

/* NAME=value, "export" before it, quotes and a comment behind it. */
static bool pair(struct mf_str line, struct mf_str *name, struct mf_str *value)
{
	struct mf_str s = mf_trim(line);
	const char *eq, *end;

	if (mf_str_begins(s, "export "))
		s = mf_trim((struct mf_str){ .p = s.p + 7, .n = s.n - 7 });
	eq = s.n && s.p[0] != '#' ? memchr(s.p, '=', s.n) : NULL;
	if (!eq)
		return false;
	*name = mf_trim((struct mf_str){ .p = s.p, .n = (size_t)(eq - s.p) });
	*value = mf_trim((struct mf_str){ .p = eq + 1, .n = s.n - (size_t)(eq - s.p) - 1 });
	if (value->n >= 2 && (value->p[0] == '"' || value->p[0] == '\'')) {
		end = memchr(value->p + 1, value->p[0], value->n - 1);
		if (end)
			*value = (struct mf_str){ .p = value->p + 1, .n = (size_t)(end - value->p) - 1 };
	} else {
		const size_t comment = mf_dc_seek(*value, 0, mf_str(" #"));

		if (comment != SIZE_MAX)
			*value = mf_trim((struct mf_str){ .p = value->p, .n = comment });
	}
	for (size_t i = 0; i < name->n; i++)
		if (!mf_dc_word(name->p[i]) && name->p[i] != '.' && name->p[i] != '-')
			return false;
	return name->n > 0 && name->n < 100 && value->n > 0;
}

static int check(const struct mf_declared *d, const struct mf_dc_file *f, struct mf_check *c, struct mf_err *err)
{
	unsigned left = MF_DC_PER_FILE;
	struct mf_str line, name, value;
	struct mf_check_place at;
	size_t pos = 0;
	bool any = false;

	(void)d;
	while (left && mf_dc_line(f->bytes, &pos, &line)) {
		struct mf_check_item *item;
		char text[128];

		if (!pair(line, &name, &value) || mf_dc_placeholder(value))
			continue;
		snprintf(text, sizeof(text), "%.*s", (int)name.n, name.p);
		at = mf_dc_at(f, MF_CHECK_REPO, (size_t)(value.p - f->bytes.p), value.n, text);
		left--;
		if (mf_dc_literal(c, &at, value, &item, err))
			return -1;
		any |= item != NULL;
	}
	if (!any)
		return mf_dc_sops(f, c, err);
	at = mf_dc_at(f, MF_CHECK_REPO, 0, 0, NULL);
	return mf_check_habit(c, &at, "env-committed", NULL, err);
}

const struct mf_dc_family mf_dc_env_file = { .name = "environment file", .wants = wants, .check = check };
