/* SPDX-License-Identifier: Apache-2.0 */
/* Reading a finished TOML tree. */
#include "toml_build.h"

#include <strings.h>

const struct mf_tnode *mf_toml_root(const struct mf_toml *doc)
{
	return doc->root;
}

enum mf_ttype mf_toml_type(const struct mf_tnode *n)
{
	return n->type;
}

const char *mf_toml_type_name(enum mf_ttype t)
{
	static const char *const names[] = { "a string", "an integer", "a float", "a boolean", "a date or time", "an array", "a table" };

	return names[t];
}

struct mf_tpos mf_toml_pos(const struct mf_tnode *n)
{
	return n ? n->pos : (struct mf_tpos){ 1, 1 };
}

struct mf_str mf_toml_text(const struct mf_tnode *n)
{
	return n ? n->text : (struct mf_str){ 0 };
}

bool mf_toml_int(int64_t *out, const struct mf_tnode *n)
{
	if (!n || n->type != MF_T_INT)
		return false;
	*out = n->as.i;
	return true;
}

bool mf_toml_double(double *out, const struct mf_tnode *n)
{
	if (!n || (n->type != MF_T_FLOAT && n->type != MF_T_INT))
		return false;
	*out = n->type == MF_T_FLOAT ? n->as.d : (double)n->as.i;
	return true;
}

bool mf_toml_bool(bool *out, const struct mf_tnode *n)
{
	if (!n || n->type != MF_T_BOOL)
		return false;
	*out = n->as.b;
	return true;
}

size_t mf_toml_size(const struct mf_tnode *n)
{
	return n ? n->n : 0;
}

const struct mf_tnode *mf_toml_at(const struct mf_tnode *n, size_t i)
{
	return n && i < n->n ? n->kids[i].value : NULL;
}

struct mf_str mf_toml_key_at(const struct mf_tnode *n, size_t i)
{
	return n && n->type == MF_T_TABLE && i < n->n ? n->kids[i].key : (struct mf_str){ 0 };
}

const struct mf_tnode *mf_toml_get(const struct mf_tnode *n, const char *key)
{
	for (size_t i = 0; n && n->type == MF_T_TABLE && i < n->n; i++)
		if (mf_str_is(n->kids[i].key, key))
			return n->kids[i].value;
	return NULL;
}

const struct mf_tnode *mf_toml_get_nocase(const struct mf_tnode *n, const char *key)
{
	const size_t len = strlen(key);

	for (size_t i = 0; n && n->type == MF_T_TABLE && i < n->n; i++)
		if (n->kids[i].key.n == len && strncasecmp(n->kids[i].key.p, key, len) == 0)
			return n->kids[i].value;
	return NULL;
}
