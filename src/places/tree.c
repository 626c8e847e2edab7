/* SPDX-License-Identifier: Apache-2.0 */
/* Files in YAML and TOML whose members' names tell: gh's and glab's hosts, yarn's, cargo's, poetry's. */
#include "places_priv.h"

#include <mayfly/toml.h>
#include <mayfly/yaml.h>

/* -- YAML ------------------------------------------------------------------------------------------- */

/* Libraries' names of what yarn names its own way. */
static const char *field_of(const char *key)
{
	return strcmp(key, "npmAuthIdent") == 0 ? "auth" : key;
}

static int yaml_walk(struct mf_pl *p, const struct mf_ynode *n, const char *before, struct mf_str parent, struct mf_str key, unsigned *left)
{
	char name[MF_PL_NAME], field[64];

	/* aliases make a small file large */
	if (*left == 0)
		return 0;
	--*left;
	mf_pl_name(name, mf_str(before), '.', key);
	if (mf_yaml_type(n) == MF_Y_SCALAR) {
		struct mf_pl_value v = { .name = name, .value = mf_yaml_text(n), .line = mf_yaml_pos(n).line, .col = mf_yaml_pos(n).col };

		mf_pl_z(field, sizeof(field), key);
		v.field = field_of(field);
		/* glab has its tokens below the hosts */
		if (mf_str_ends(mf_str(p->path), "glab-cli/config.yml"))
			v.host = parent;
		return mf_pl_tell(p, &v, NULL);
	}
	for (size_t i = 0; i < mf_yaml_size(n); i++) {
		const struct mf_ynode *k = mf_yaml_key_at(n, i);

		if (yaml_walk(p, mf_yaml_at(n, i), name, key, k ? mf_yaml_text(k) : key, left))
			return -1;
	}
	return 0;
}

int mf_pl_yaml(struct mf_pl *p)
{
	unsigned left = MF_YAML_NODES;
	struct mf_yaml *doc;
	int rc;

	if (mf_yaml_parse(&doc, p->path, p->text.p, p->text.n, p->err))
		return mf_pl_broken(p, "YAML");
	rc = mf_yaml_root(doc) ? yaml_walk(p, mf_yaml_root(doc), "", (struct mf_str){ 0 }, (struct mf_str){ 0 }, &left) : 0;
	mf_yaml_free(doc);
	return rc;
}

/* -- gh --------------------------------------------------------------------------------------------- */

static const struct mf_ynode *get(const struct mf_ynode *n, const char *key)
{
	for (size_t i = 0; n && mf_yaml_type(n) == MF_Y_MAP && i < mf_yaml_size(n); i++)
		if (mf_str_is(mf_yaml_text(mf_yaml_key_at(n, i)), key))
			return mf_yaml_at(n, i);
	return NULL;
}

static int gh_token(struct mf_pl *p, const struct mf_ynode *n, struct mf_str host, struct mf_str user)
{
	char whose[MF_PL_NAME], name[MF_PL_NAME];
	struct mf_pl_value v = { .name = name, .field = "oauth_token", .value = mf_yaml_text(n), .line = mf_yaml_pos(n).line, .col = mf_yaml_pos(n).col,
		.host = host };

	if (mf_yaml_type(n) != MF_Y_SCALAR)
		return 0;
	mf_pl_name(whose, host, '.', user);
	mf_pl_name(name, mf_str(whose), '.', mf_str("oauth_token"));
	return mf_pl_tell(p, &v, NULL);
}

/* The token of the user who is active stands at the host as well: it is one. */
static int gh_host(struct mf_pl *p, struct mf_str host, const struct mf_ynode *n)
{
	const struct mf_ynode *own = get(n, "oauth_token"), *users = get(n, "users");

	for (size_t i = 0; users && mf_yaml_type(users) == MF_Y_MAP && i < mf_yaml_size(users); i++) {
		const struct mf_ynode *token = get(mf_yaml_at(users, i), "oauth_token");

		if (token && own && mf_str_eq(mf_yaml_text(token), mf_yaml_text(own)))
			own = NULL;
		if (token && gh_token(p, token, host, mf_yaml_text(mf_yaml_key_at(users, i))))
			return -1;
	}
	return own ? gh_token(p, own, host, (struct mf_str){ 0 }) : 0;
}

int mf_pl_gh(struct mf_pl *p)
{
	const struct mf_ynode *root;
	struct mf_yaml *doc;
	int rc = 0;

	if (mf_yaml_parse(&doc, p->path, p->text.p, p->text.n, p->err))
		return mf_pl_broken(p, "YAML");
	root = mf_yaml_root(doc);
	for (size_t i = 0; root && mf_yaml_type(root) == MF_Y_MAP && i < mf_yaml_size(root) && rc == 0; i++)
		rc = gh_host(p, mf_yaml_text(mf_yaml_key_at(root, i)), mf_yaml_at(root, i));
	mf_yaml_free(doc);
	return rc;
}

/* -- TOML ------------------------------------------------------------------------------------------- */

static int toml_walk(struct mf_pl *p, const struct mf_tnode *n, const char *before, struct mf_str key)
{
	enum mf_ttype type = mf_toml_type(n);
	char name[MF_PL_NAME], field[64];

	mf_pl_name(name, mf_str(before), '.', key);
	if (type == MF_T_STRING) {
		const struct mf_pl_value v = { .name = name, .field = field, .value = mf_toml_text(n), .line = mf_toml_pos(n).line,
			.col = mf_toml_pos(n).col };

		mf_pl_z(field, sizeof(field), key);
		return mf_pl_tell(p, &v, NULL);
	}
	if (type != MF_T_ARRAY && type != MF_T_TABLE)
		return 0;
	for (size_t i = 0; i < mf_toml_size(n); i++)
		if (toml_walk(p, mf_toml_at(n, i), name, type == MF_T_TABLE ? mf_toml_key_at(n, i) : key))
			return -1;
	return 0;
}

int mf_pl_toml(struct mf_pl *p)
{
	struct mf_toml *doc;
	int rc;

	if (mf_toml_parse(&doc, p->path, p->text.p, p->text.n, p->err))
		return mf_pl_broken(p, "TOML");
	rc = toml_walk(p, mf_toml_root(doc), "", (struct mf_str){ 0 });
	mf_toml_free(doc);
	return rc;
}
