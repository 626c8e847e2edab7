/* SPDX-License-Identifier: Apache-2.0 */
/* The configuration object: made, asked, freed; the flags' and the drop-ins' ways into it. */
#include <stdio.h>
#include <stdlib.h>

#include <mayfly/alloc.h>

#include "conf_priv.h"

static int set_defaults(struct mf_conf *c, struct mf_err *err)
{
	for (unsigned k = 0; k < MF_K_COUNT; k++) {
		const char *fallback = mf_key_info(k)->fallback;

		if (fallback && mf_conf_put(c, k, MF_RANK_DEFAULT, "default", mf_str(fallback), err))
			return -1;
	}
	return 0;
}

int mf_conf_new(struct mf_conf **out, struct mf_err *err)
{
	struct mf_conf *c = mf_calloc(1, sizeof(*c));

	if (!c)
		return mf_fail_nomem(err);
	if (set_defaults(c, err)) {
		mf_conf_free(c);
		return -1;
	}
	*out = c;
	return 0;
}

void mf_conf_free(struct mf_conf *c)
{
	if (!c)
		return;
	for (unsigned k = 0; k < MF_K_COUNT; k++)
		mf_value_free(&c->values[k]);
	mf_conf_clear_wants(c);
	mf_conf_free_lifetime(c);
	free(c);
}

int mf_conf_set_flag(struct mf_conf *c, enum mf_key k, const char *value, struct mf_err *err)
{
	const struct mf_key_info *info = mf_key_info(k);
	char origin[64];

	if (!info->flag)
		return mf_fail(err, MF_E_BASE_BUG, "key %s has no option", info->symbol);
	snprintf(origin, sizeof(origin), "--%s", info->flag);
	return mf_conf_put(c, k, MF_RANK_FLAG, origin, mf_str(value), err);
}

int mf_conf_set_env(struct mf_conf *c, enum mf_key k, const char *value, const char *origin, struct mf_err *err)
{
	return mf_conf_put(c, k, MF_RANK_ENV, origin, mf_str(value), err);
}

/* A text that was emptied on purpose (--vault-namespace=) counts as not set. */
const char *mf_conf_str(const struct mf_conf *c, enum mf_key k)
{
	const char *text = c->values[k].text;

	return text && *text ? text : NULL;
}

bool mf_conf_bool(const struct mf_conf *c, enum mf_key k)
{
	return c->values[k].num != 0;
}

int64_t mf_conf_int(const struct mf_conf *c, enum mf_key k)
{
	return c->values[k].num;
}

const char *const *mf_conf_list(const struct mf_conf *c, enum mf_key k, size_t *n)
{
	*n = c->values[k].n_items;
	return (const char *const *)c->values[k].items;
}

const struct mf_secret *mf_conf_secret(const struct mf_conf *c, enum mf_key k)
{
	return c->values[k].secret;
}

bool mf_conf_is_ours(const struct mf_conf *c, enum mf_key k)
{
	return c->values[k].origin && c->values[k].ours;
}

bool mf_conf_is_set(const struct mf_conf *c, enum mf_key k)
{
	const struct mf_value *v = &c->values[k];

	if (!v->origin || v->rank == MF_RANK_DEFAULT)
		return false;
	return v->secret || v->n_items || (v->text && *v->text);
}

bool mf_conf_in_file(const struct mf_conf *c, enum mf_key k)
{
	return c->values[k].rank == MF_RANK_FILE;
}

const char *mf_conf_origin(const struct mf_conf *c, enum mf_key k)
{
	return c->values[k].origin ? c->values[k].origin : "default";
}
