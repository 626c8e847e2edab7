/* SPDX-License-Identifier: Apache-2.0 */
/* GitHub's expressions, as far as secrets go through them; actions, inputs, places. */
#include "github.h"

#include <ctype.h>
#include <stdio.h>

static char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c + 'a' - 'A') : c;
}

void mf_gh_lower(char out[static MF_GH_NAME], struct mf_str s)
{
	const size_t n = s.n < MF_GH_NAME ? s.n : MF_GH_NAME - 1;

	for (size_t i = 0; i < n; i++)
		out[i] = lower(s.p[i]);
	out[n] = '\0';
}

static bool same(struct mf_str a, struct mf_str b)
{
	size_t i = 0;

	while (i < a.n && i < b.n && lower(a.p[i]) == lower(b.p[i]))
		i++;
	return i == a.n && i == b.n;
}

static size_t find(struct mf_str text, const char *what)
{
	const size_t n = strlen(what);

	for (size_t i = 0; n <= text.n && i + n <= text.n; i++)
		if (lower(text.p[i]) == lower(what[0]) && same((struct mf_str){ text.p + i, n }, (struct mf_str){ what, n }))
			return i;
	return SIZE_MAX;
}

bool mf_gh_has(struct mf_str text, const char *what)
{
	return find(text, what) != SIZE_MAX;
}

static struct mf_str from(struct mf_str s, size_t at)
{
	return at < s.n ? (struct mf_str){ s.p + at, s.n - at } : (struct mf_str){ "", 0 };
}

static bool word(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
}

/* The next ${{ ... }}: its inside in *inside, what is behind it in *rest. */
static bool next_expression(struct mf_str text, struct mf_str *inside, struct mf_str *rest)
{
	const size_t begin = find(text, "${{");
	size_t n;

	if (begin == SIZE_MAX)
		return false;
	*inside = from(text, begin + 3);
	n = find(*inside, "}}");
	if (n == SIZE_MAX)
		return false;
	*rest = from(*inside, n + 2);
	inside->n = n;
	return true;
}

/* context.NAME or context['NAME'] in an expression. */
static bool member_in(char out[static MF_GH_NAME], struct mf_str e, const char *context, const char *but)
{
	const size_t n = strlen(context);

	for (size_t at; (at = find(e, context)) != SIZE_MAX; e = from(e, at + n)) {
		struct mf_str name = from(e, at + n);
		size_t len = 0;

		if ((at > 0 && (word(e.p[at - 1]) || e.p[at - 1] == '.')) || name.n < 2)
			continue;
		if (name.p[0] == '[')
			name = from(name, name.p[1] == '\'' || name.p[1] == '"' ? 2 : 1);
		else if (name.p[0] == '.')
			name = from(name, 1);
		else
			continue;
		while (len < name.n && word(name.p[len]))
			len++;
		name.n = len;
		if (len == 0 || len >= MF_GH_NAME || (but && same(name, mf_str(but))))
			continue;
		memcpy(out, name.p, len);
		out[len] = '\0';
		return true;
	}
	return false;
}

bool mf_gh_secret_in(char out[static MF_GH_NAME], struct mf_str text)
{
	struct mf_str inside;

	while (next_expression(text, &inside, &text))
		if (member_in(out, inside, "secrets", "GITHUB_TOKEN"))
			return true;
	return false;
}

bool mf_gh_all_secrets(struct mf_str text)
{
	struct mf_str inside;

	while (next_expression(text, &inside, &text)) {
		const size_t at = find(inside, "tojson(");

		if (at != SIZE_MAX && same(mf_trim((struct mf_str){ inside.p + at + 7, strcspn(inside.p + at + 7, ")}") }), mf_str("secrets")))
			return true;
	}
	return false;
}

static const struct mf_ynode *env_of(const struct mf_gh *g, const char *name)
{
	const struct mf_ynode *const places[] = { g->step, g->job, g->root };

	for (size_t i = 0; i < MF_COUNT(places); i++) {
		const struct mf_ynode *v = mf_dc_get(mf_dc_get(places[i], "env"), name);

		if (v)
			return v;
	}
	return NULL;
}

bool mf_gh_secret_of(char out[static MF_GH_NAME], const struct mf_gh *g, struct mf_str value)
{
	struct mf_str text = value, inside;
	char name[MF_GH_NAME];

	if (mf_gh_secret_in(out, value))
		return true;
	while (next_expression(text, &inside, &text)) {
		/* a variable that is set from another one is followed once */
		if (member_in(name, inside, "env", NULL) && mf_gh_secret_in(out, mf_dc_text(env_of(g, name))))
			return true;
		if (g->caller && member_in(name, inside, "inputs", NULL) &&
		    mf_gh_secret_of(out, g->caller, mf_dc_text(mf_gh_input(g->caller->step, name, NULL))))
			return true;
	}
	return false;
}

/* $NAME or ${NAME} at a dollar. What a shell makes of ${NAME:0:4} or ${#NAME} is not the value. */
static bool variable_at(char name[static MF_GH_NAME], struct mf_str line, size_t i)
{
	const size_t b = i + 1 + (i + 1 < line.n && line.p[i + 1] == '{');
	size_t n = 0;

	while (b + n < line.n && (isalnum((unsigned char)line.p[b + n]) || line.p[b + n] == '_'))
		n++;
	if (n == 0 || n >= MF_GH_NAME || (b > i + 1 && (b + n >= line.n || line.p[b + n] != '}')))
		return false;
	memcpy(name, line.p + b, n);
	name[n] = '\0';
	return true;
}

bool mf_gh_secret_printed(char out[static MF_GH_NAME], const struct mf_gh *g, struct mf_str line, unsigned *left)
{
	bool single = false, twice = false;
	char name[MF_GH_NAME];

	for (size_t i = 0; i < line.n && *left; i++) {
		if (line.p[i] == '\\' && !single)
			i++;
		else if (line.p[i] == '"' && !single)
			twice = !twice;
		else if (line.p[i] == '\'' && !twice)
			single = !single;
		else if (line.p[i] == '$' && !single && variable_at(name, line, i) && (*left)-- && mf_gh_secret_in(out, mf_dc_text(env_of(g, name))))
			return true;
	}
	return false;
}

/* -- actions ---------------------------------------------------------------------------------------- */

bool mf_gh_action(char out[static MF_GH_NAME], struct mf_str *ref, const struct mf_ynode *step)
{
	struct mf_str uses = mf_trim(mf_dc_text(mf_dc_get(step, "uses")));
	size_t n = 0, slashes = 0;

	if (uses.n == 0 || uses.p[0] == '.' || mf_gh_has(uses, "docker://"))
		return false;
	while (n < uses.n && uses.p[n] != '@' && n + 1 < MF_GH_NAME) {
		slashes += uses.p[n] == '/';
		/* a folder below the repository is another action of the same owner */
		if (slashes < 2)
			out[n] = lower(uses.p[n]);
		else
			out[n] = uses.p[n];
		n++;
	}
	out[n] = '\0';
	*ref = from(uses, n + 1);
	return slashes > 0 && n < uses.n;
}

bool mf_gh_is_one(const char *action, const char *list)
{
	char wanted[MF_GH_NAME + 2];

	snprintf(wanted, sizeof(wanted), ";%s;", action);
	return strstr(list, wanted) != NULL;
}

const struct mf_ynode *mf_gh_member(const struct mf_ynode *map, struct mf_str name, const struct mf_ynode **key)
{
	if (!map || mf_yaml_type(map) != MF_Y_MAP)
		return NULL;
	for (size_t i = 0; i < mf_yaml_size(map); i++) {
		const struct mf_ynode *k = mf_yaml_key_at(map, i);

		if (!same(mf_yaml_text(k), name))
			continue;
		if (key)
			*key = k;
		return mf_yaml_at(map, i);
	}
	return NULL;
}

const struct mf_ynode *mf_gh_input(const struct mf_ynode *step, const char *name, const struct mf_ynode **key)
{
	return mf_gh_member(mf_dc_get(step, "with"), mf_str(name), key);
}

/* -- places ----------------------------------------------------------------------------------------- */

struct mf_check_place mf_gh_place(const struct mf_gh *g, const struct mf_ynode *at, const char *name)
{
	while (g->caller) {
		g = g->caller;
		at = mf_dc_get(g->step, "uses");
	}
	return mf_dc_place(g->f, MF_CHECK_CI, at, name);
}

/* The script's first line is that of its node, or the one below a `|`: so the line is looked for in the file from there on. */
struct mf_check_place mf_gh_place_in(const struct mf_gh *g, const struct mf_ynode *script, struct mf_str part, const char *name)
{
	struct mf_check_place at = mf_gh_place(g, script, name);
	struct mf_str text = g->f->bytes;
	unsigned line = 1;

	if (part.n && memchr(part.p, '\n', part.n))
		part.n = (size_t)((const char *)memchr(part.p, '\n', part.n) - part.p);
	while (!g->caller && text.n && part.n) {
		const char *end = memchr(text.p, '\n', text.n);
		const size_t n = end ? (size_t)(end - text.p) : text.n;

		if (line >= at.line) {
			const char *found = memmem(text.p, n, part.p, part.n);

			if (found) {
				at.line = line;
				at.col = (unsigned)(found - text.p) + 1;
				at.end_line = line;
				at.end_col = at.col + (unsigned)part.n;
				return at;
			}
		}
		text = from(text, n + 1);
		line++;
	}
	return at;
}
