/* SPDX-License-Identifier: Apache-2.0 */
/* .npmrc and yarn's .yarnrc: "//registry.npmjs.org/:_authToken=...", "_auth=..." */
#include "places_priv.h"

/* "_password" is the base64 of one, "_auth" that of a user and a password. */
static const char *field_of(struct mf_str key)
{
	static const char *const fields[] = { "_authToken", "_auth", "_password", "npmAuthToken", "npmAuthIdent" };

	for (size_t i = 0; i < MF_COUNT(fields); i++)
		if (mf_pl_is_caseless(key, fields[i]))
			return fields[i];
	return NULL;
}

/* "//registry.npmjs.org/:_authToken" -> "registry.npmjs.org", "_authToken" */
static struct mf_str key_of(struct mf_str *registry, struct mf_str key)
{
	size_t at = key.n;

	while (at && key.p[at - 1] != ':')
		at--;
	*registry = mf_pl_head(key, at ? at - 1 : 0);
	while (registry->n && registry->p[0] == '/')
		*registry = mf_pl_from(*registry, 1);
	while (registry->n && registry->p[registry->n - 1] == '/')
		registry->n--;
	return mf_pl_from(key, at);
}

static int pair(struct mf_pl *p, struct mf_str key, struct mf_str value)
{
	struct mf_str registry, last = key_of(&registry, mf_pl_unquoted(key));
	const char *field = field_of(last);
	char name[MF_PL_NAME];
	const struct mf_pl_value v = { .name = name, .field = field, .value = mf_pl_unquoted(value) };

	mf_pl_name(name, registry, '/', last);
	/* a proxy's or a registry's URL may hold a password */
	return field || mf_pl_find(value, "://") != SIZE_MAX ? mf_pl_tell(p, &v, NULL) : 0;
}

int mf_pl_npmrc(struct mf_pl *p)
{
	struct mf_str rest = p->text, line, value;

	while (mf_pl_line(&rest, &line)) {
		size_t n = 0;

		line = mf_trim(line);
		if (line.n == 0 || line.p[0] == '#' || line.p[0] == ';')
			continue;
		/* yarn parts by a blank, and puts quotes around the key */
		while (n < line.n && line.p[n] != '=' && !mf_blank(line.p[n]))
			n++;
		value = mf_trim(mf_pl_from(line, n));
		if (value.n && value.p[0] == '=')
			value = mf_trim(mf_pl_from(value, 1));
		if (pair(p, mf_pl_head(line, n), value))
			return -1;
	}
	return 0;
}
