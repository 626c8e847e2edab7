/* SPDX-License-Identifier: Apache-2.0 */
/* The files that were added, and the families that check them. */
#include "declared_priv.h"

#include <stdlib.h>

#include <mayfly/alloc.h>

/* The first that wants a path gets it. */
static const struct mf_dc_family *const families[] = {
	&mf_dc_github, &mf_dc_action, &mf_dc_gitlab, &mf_dc_circleci, &mf_dc_azure, &mf_dc_bitbucket, &mf_dc_jenkins, &mf_dc_docker, &mf_dc_vault_policy,
	&mf_dc_env_file, &mf_dc_keys, &mf_dc_encrypted, &mf_dc_manifest,
	NULL
};

static const struct mf_dc_family *family_of(const char *path)
{
	for (size_t i = 0; families[i]; i++)
		if (families[i]->wants(path))
			return families[i];
	return NULL;
}

int mf_declared_new(struct mf_declared **out, struct mf_err *err)
{
	struct mf_declared *d = mf_calloc(1, sizeof(*d));

	if (d)
		d->identities = mf_calloc(1, sizeof(*d->identities));
	if (!d || !d->identities) {
		free(d);
		return mf_fail_nomem(err);
	}
	*out = d;
	return 0;
}

void mf_declared_free(struct mf_declared *d)
{
	for (size_t i = 0; d && i < d->n; i++) {
		free(d->v[i].path);
		free((void *)(uintptr_t)d->v[i].bytes.p);
		mf_yaml_free(d->v[i].yaml);
	}
	if (d) {
		free(d->v);
		free(d->identities);
	}
	free(d);
}

bool mf_declared_wants(const char *path)
{
	return family_of(path) != NULL;
}

int mf_declared_add(struct mf_declared *d, struct mf_check *c, const char *path, struct mf_str bytes, struct mf_err *err)
{
	const struct mf_dc_family *family = family_of(path);
	struct mf_dc_file f = { .family = family };
	char *copy;

	if (!family)
		return 0;
	if (bytes.n > MF_DECLARED_FILE_MAX || bytes.n > MF_DECLARED_BYTES_MAX - d->bytes)
		return mf_check_note(c, !family->quiet, "it is larger than what is read of such files", NULL, err, "'%s' was not checked", path);
	if (mf_grow(&d->v, &d->cap, d->n + 1, sizeof(*d->v), err))
		return -1;
	f.path = mf_strdup(path);
	/* a key store has NULs */
	copy = mf_calloc(bytes.n + 1, 1);
	if (!f.path || !copy) {
		free(f.path);
		free(copy);
		return mf_fail_nomem(err);
	}
	if (bytes.n)
		memcpy(copy, bytes.p, bytes.n);
	f.bytes = (struct mf_str){ .p = copy, .n = bytes.n };
	d->bytes += bytes.n;
	d->v[d->n++] = f;
	return 0;
}

static int by_path(const void *a, const void *b)
{
	const struct mf_dc_file *x = a, *y = b;

	return strcmp(x->path, y->path);
}

/* What cannot be parsed is no error of the run: the file may be another tool's. */
static int parse(struct mf_dc_file *f, struct mf_check *c, struct mf_err *err)
{
	struct mf_err why = { 0 };

	if (!f->family->yaml || mf_yaml_parse(&f->yaml, f->path, f->bytes.p, f->bytes.n, &why) == 0)
		return 0;
	if (why.id && strcmp(why.id, mf_error_id(MF_E_BASE_NOMEM)) == 0) {
		*err = why;
		return -1;
	}
	if (f->family->quiet)
		return 0;
	return mf_check_note(c, true, why.why[0] ? why.why : why.what, why.hint[0] ? why.hint : NULL, err, "'%s' was not checked", f->path);
}

int mf_declared_check(struct mf_declared *d, struct mf_check *c, struct mf_err *err)
{
	if (d->n)
		qsort(d->v, d->n, sizeof(*d->v), by_path);
	for (size_t i = 0; i < d->n; i++)
		if (parse(&d->v[i], c, err))
			return -1;
	for (size_t i = 0; i < d->n; i++)
		if ((!d->v[i].family->yaml || d->v[i].yaml) && d->v[i].family->check(d, &d->v[i], c, err))
			return -1;
	c->list.files += d->n;
	return 0;
}

const struct mf_dc_file *mf_dc_find(const struct mf_declared *d, const char *path)
{
	const struct mf_dc_file key = { .path = (char *)(uintptr_t)path };

	return d->n ? bsearch(&key, d->v, d->n, sizeof(*d->v), by_path) : NULL;
}

/* -- what the families share --------------------------------------------------------------------------- */

bool mf_dc_ends(const char *path, const char *suffix)
{
	const size_t n = strlen(path), m = strlen(suffix);

	return n >= m && strcmp(path + n - m, suffix) == 0;
}

bool mf_dc_is(const char *path, const char *name)
{
	const size_t n = strlen(path), m = strlen(name);

	return mf_dc_ends(path, name) && (n == m || path[n - m - 1] == '/');
}

const struct mf_ynode *mf_dc_get(const struct mf_ynode *n, const char *key)
{
	if (!n || mf_yaml_type(n) != MF_Y_MAP)
		return NULL;
	for (size_t i = 0; i < mf_yaml_size(n); i++)
		if (mf_str_is(mf_yaml_text(mf_yaml_key_at(n, i)), key))
			return mf_yaml_at(n, i);
	return NULL;
}

struct mf_str mf_dc_text(const struct mf_ynode *n)
{
	return n && mf_yaml_type(n) == MF_Y_SCALAR ? mf_yaml_text(n) : (struct mf_str){ .p = "", .n = 0 };
}

struct mf_check_place mf_dc_place(const struct mf_dc_file *f, enum mf_check_from from, const struct mf_ynode *n, const char *name)
{
	struct mf_check_place at = { .from = from, .name = name, .path = f->path };

	if (n) {
		at.line = mf_yaml_pos(n).line;
		at.col = mf_yaml_pos(n).col;
	}
	return at;
}
