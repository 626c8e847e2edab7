/* SPDX-License-Identifier: Apache-2.0 */
/* Lists of texts, and small files of a repository. */
#include "repo_priv.h"

#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <mayfly/alloc.h>
#include <mayfly/fs.h>
#include "mapping.h"

void mf_texts_free(struct mf_texts *t)
{
	for (size_t i = 0; i < t->n; i++)
		free(t->v[i]);
	free(t->v);
	*t = (struct mf_texts){ 0 };
}

int mf_texts_add(struct mf_texts *t, const char *s, struct mf_err *err)
{
	char *copy;

	if (t->n == t->cap) {
		const size_t cap = t->cap ? t->cap * 2 : 4;
		char **v = mf_regrow(t->v, cap, sizeof(*v));

		if (!v)
			return mf_fail_nomem(err);
		t->v = v;
		t->cap = cap;
	}
	copy = mf_strdup(s);
	if (!copy)
		return mf_fail_nomem(err);
	t->v[t->n++] = copy;
	return 0;
}

bool mf_texts_has(const struct mf_texts *t, const char *s)
{
	for (size_t i = 0; i < t->n; i++)
		if (strcmp(t->v[i], s) == 0)
			return true;
	return false;
}

int mf_texts_addf(struct mf_texts *t, struct mf_err *err, const char *fmt, ...)
{
	char line[PATH_MAX + 256];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	return mf_texts_add(t, line, err);
}

int mf_repo_text(char **out, size_t *n, const char *dir, const char *name, size_t max, struct mf_err *err)
{
	MF_CLEANUP(mf_freep) char *path = mf_path_join(dir, name);
	struct mf_mapping m;
	char *text;

	if (!path)
		return mf_fail_nomem(err);
	*out = NULL;
	*n = 0;
	if (mf_mapping_open(&m, path, err))
		return strcmp(err->id, mf_error_id(MF_E_GIT_MISSING)) == 0 ? 0 : -1;
	if (m.n > max) {
		mf_mapping_close(&m);
		return mf_fail(err, MF_E_GIT_LIMIT, "'%s' is larger than %zu bytes", path, max);
	}
	text = malloc(m.n + 1);
	if (text) {
		if (m.n)
			memcpy(text, m.p, m.n);
		text[m.n] = '\0';
		*n = m.n;
	}
	mf_mapping_close(&m);
	*out = text;
	return text ? 0 : mf_fail_nomem(err);
}

int mf_repo_real(char **out, const char *dir, const char *name, struct mf_err *err)
{
	MF_CLEANUP(mf_freep) char *path = name[0] == '/' ? mf_strdup(name) : mf_path_join(dir, name);

	*out = NULL;
	if (!path)
		return mf_fail_nomem(err);
	*out = realpath(path, NULL);
	return !*out && errno == ENOMEM ? mf_fail_nomem(err) : 0;
}
