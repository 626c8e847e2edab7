/* SPDX-License-Identifier: Apache-2.0 */
/* The parts of the file's `lifetime` that are no single values: maxima by name and by path, modes, exceptions. Which classes, kinds and rules there
 * are is not known here: the check's policy looks at them. */
#include <stdio.h>
#include <stdlib.h>

#include <mayfly/alloc.h>
#include <mayfly/clock.h>
#include <mayfly/yaml.h>

#include "conf_priv.h"

enum { ENTRIES_MAX = 1000, TEXT_MAX = 500 };

const char *const mf_lifetime_parts[] = { "lifetime.names", "lifetime.paths", "lifetime.mode", "lifetime.exceptions" };
const size_t mf_n_lifetime_parts = MF_COUNT(mf_lifetime_parts);
const char *const mf_exception_keys[] = { "name", "path", "id", "kind", "class", "reason", "owner", "until" };
const size_t mf_n_exception_keys = MF_COUNT(mf_exception_keys);

struct reader {
	struct mf_conf *conf;
	const char *file, *key;		/* "lifetime.names" */
	struct mf_err *err;
};

static void exception_free(struct mf_conf_exception *e)
{
	free(e->name);
	free(e->path);
	free(e->id);
	free(e->kind);
	free(e->class_name);
	free(e->reason);
	free(e->owner);
	free(e->origin);
}

void mf_conf_free_lifetime(struct mf_conf *c)
{
	for (size_t w = 0; w < MF_CONF_LIMITS; w++) {
		for (size_t i = 0; i < c->n_limits[w]; i++) {
			free(c->limits[w][i].what);
			free(c->limits[w][i].mode);
			free(c->limits[w][i].origin);
		}
		free(c->limits[w]);
	}
	for (size_t i = 0; i < c->n_exceptions; i++)
		exception_free(&c->exceptions[i]);
	free(c->exceptions);
}

const struct mf_conf_limit *mf_conf_limits(const struct mf_conf *c, enum mf_conf_limits which, size_t *n)
{
	*n = c->n_limits[which];
	return c->limits[which];
}

const struct mf_conf_exception *mf_conf_exceptions(const struct mf_conf *c, size_t *n)
{
	*n = c->n_exceptions;
	return c->exceptions;
}

static int wrong(const struct reader *r, const struct mf_ynode *n, const char *what, const char *is, const char *hint)
{
	char at[MF_AT_MAX];

	mf_at(at, r->file, n);
	mf_fail(r->err, MF_E_CONF_VALUE, "%s: '%.100s' %s", at, what, is);
	if (hint)
		mf_err_hint(r->err, "%s", hint);
	return -1;
}

static int origin(char **out, const struct reader *r, const struct mf_ynode *n)
{
	char at[MF_AT_MAX];

	mf_at(at, r->file, n);
	*out = mf_strdup(at);
	return *out ? 0 : mf_fail_nomem(r->err);
}

/* A text that is shown and compared: not too long for that. */
static int text(char **out, const struct reader *r, const struct mf_ynode *n, const char *key)
{
	if (*out)
		return wrong(r, n, key, "is given twice", NULL);
	if (mf_yaml_need_text(out, r->file, n, key, r->err))
		return -1;
	return strlen(*out) > TEXT_MAX ? wrong(r, n, key, "is longer than 500 bytes", NULL) : 0;
}

static int read_max(const struct reader *r, struct mf_conf_limit *l, const struct mf_ynode *n)
{
	enum mf_scalar kind = mf_scalar_kind(n);

	if (kind != MF_SC_INT && kind != MF_SC_TEXT)
		return mf_yaml_wrong_type(r->file, n, l->what, "a length of time such as 30s or 1h", r->err);
	if (!mf_duration_parse(&l->max, mf_yaml_text(n)) || l->max <= 0)
		return wrong(r, n, l->what, "has no length of time", "write it as 90s, 15m, 1h30m, 24h or 90d");
	return 0;
}

static int read_mode(const struct reader *r, struct mf_conf_limit *l, const struct mf_ynode *n)
{
	static const char choices[] = "fail warn off";
	char near[64];

	if (text(&l->mode, r, n, l->what))
		return -1;
	if (mf_choice_has(choices, mf_str(l->mode)))
		return 0;
	wrong(r, n, l->what, "is none of the choices", NULL);
	mf_err_why(r->err, "it is one of: %s", choices);
	if (mf_choice_nearest(near, choices, mf_str(l->mode)))
		mf_err_hint(r->err, "did you mean '%s'?", near);
	return -1;
}

static int read_limits(const struct reader *r, enum mf_conf_limits which, const struct mf_ynode *map)
{
	struct mf_conf *c = r->conf;
	size_t size = mf_yaml_size(map);

	if (mf_yaml_type(map) != MF_Y_MAP)
		return mf_yaml_wrong_type(r->file, map, r->key, which == MF_CONF_MODES ? "a map of classes and modes" : "a map of patterns and durations", r->err);
	if (size > ENTRIES_MAX)
		return wrong(r, map, r->key, "has more than 1000 entries", NULL);
	c->limits[which] = mf_calloc(size + 1, sizeof(*c->limits[which]));
	if (!c->limits[which])
		return mf_fail_nomem(r->err);
	for (size_t i = 0; i < size; i++) {
		struct mf_conf_limit *l = &c->limits[which][c->n_limits[which]++];
		const struct mf_ynode *key = mf_yaml_key_at(map, i), *n = mf_yaml_at(map, i);

		if (mf_yaml_key_text(&l->what, r->file, key, r->err) || origin(&l->origin, r, key))
			return -1;
		if (strlen(l->what) > TEXT_MAX)
			return wrong(r, key, r->key, "has a key of more than 500 bytes", NULL);
		if (which == MF_CONF_MODES ? read_mode(r, l, n) : read_max(r, l, n))
			return -1;
	}
	return 0;
}

/* The last second of the day. */
static int read_until(const struct reader *r, struct mf_conf_exception *e, const struct mf_ynode *n)
{
	MF_CLEANUP(mf_freep) char *day = NULL;
	char whole[24];

	if (text(&day, r, n, "until"))
		return -1;
	snprintf(whole, sizeof(whole), "%.10sT23:59:59Z", day);
	if (strlen(day) != 10 || !mf_time_parse(&e->until, mf_str(whole)))
		return wrong(r, n, "until", "is no date", "write the last day as 2027-01-31");
	memcpy(e->day, day, sizeof(e->day));
	return 0;
}

static int read_member(const struct reader *r, struct mf_conf_exception *e, const struct mf_ynode *key, const struct mf_ynode *n)
{
	char **const fields[] = { &e->name, &e->path, &e->id, &e->kind, &e->class_name, &e->reason, &e->owner };
	struct mf_str name = mf_yaml_text(key);

	if (mf_yaml_type(key) == MF_Y_SCALAR) {
		for (size_t i = 0; i < MF_COUNT(fields); i++)
			if (mf_str_is(name, mf_exception_keys[i]))
				return mf_scalar_kind(n) == MF_SC_NULL ? 0 : text(fields[i], r, n, mf_exception_keys[i]);
		if (mf_str_is(name, "until"))
			return mf_scalar_kind(n) == MF_SC_NULL ? 0 : read_until(r, e, n);
	}
	return mf_yaml_unknown_key(r->file, key, r->key, mf_exception_keys, mf_n_exception_keys, r->err);
}

static bool blank(const char *s)
{
	return !s || s[strspn(s, " \t\r\n")] == '\0';
}

static int read_exception(const struct reader *r, struct mf_conf_exception *e, const struct mf_ynode *map)
{
	if (mf_yaml_type(map) != MF_Y_MAP)
		return mf_yaml_wrong_type(r->file, map, r->key, "a list of maps with 'reason', 'owner' and 'until'", r->err);
	if (origin(&e->origin, r, map))
		return -1;
	for (size_t i = 0; i < mf_yaml_size(map); i++)
		if (read_member(r, e, mf_yaml_key_at(map, i), mf_yaml_at(map, i)))
			return -1;
	if (!e->name && !e->path && !e->id && !e->kind && !e->class_name)
		return wrong(r, map, r->key, "has an entry that says nothing of what it excuses", "at least one of name, path, id, kind, class");
	if (blank(e->reason))
		return wrong(r, map, r->key, "has an entry without a reason", "reason: \"why it cannot be shorter yet\"");
	if (blank(e->owner))
		return wrong(r, map, r->key, "has an entry without an owner", "owner: who answers for it");
	/* what has no end would be excused for good */
	if (!*e->day)
		return wrong(r, map, r->key, "has an entry without a last day", "until: 2027-01-31");
	return 0;
}

static int read_exceptions(const struct reader *r, const struct mf_ynode *list)
{
	struct mf_conf *c = r->conf;
	size_t size = mf_yaml_size(list);

	if (mf_yaml_type(list) != MF_Y_SEQ)
		return mf_yaml_wrong_type(r->file, list, r->key, "a list of maps with 'reason', 'owner' and 'until'", r->err);
	if (size > ENTRIES_MAX)
		return wrong(r, list, r->key, "has more than 1000 entries", NULL);
	c->exceptions = mf_calloc(size + 1, sizeof(*c->exceptions));
	if (!c->exceptions)
		return mf_fail_nomem(r->err);
	for (size_t i = 0; i < size; i++)
		if (read_exception(r, &c->exceptions[c->n_exceptions++], mf_yaml_at(list, i)))
			return -1;
	return 0;
}

bool mf_conf_read_lifetime(struct mf_conf *c, const char *path, const char *file, const struct mf_ynode *n, int *rc, struct mf_err *err)
{
	const struct reader r = { .conf = c, .file = file, .key = path, .err = err };

	for (size_t i = 0; i < MF_COUNT(mf_lifetime_parts); i++) {
		if (strcmp(path, mf_lifetime_parts[i]) != 0)
			continue;
		if (mf_scalar_kind(n) == MF_SC_NULL)
			*rc = 0;
		else
			*rc = i < MF_CONF_LIMITS ? read_limits(&r, (enum mf_conf_limits)i, n) : read_exceptions(&r, n);
		return true;
	}
	return false;
}
