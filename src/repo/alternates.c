/* SPDX-License-Identifier: Apache-2.0 */
/* The folders that objects are in: the repository's own, and those that objects/info/alternates names, and theirs. */
#include "repo_priv.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <mayfly/alloc.h>
#include <mayfly/fs.h>

enum { DIRS_MAX = 256, FILE_MAX = 1 << 20 };

static bool is_dir(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

/* A line in double quotes has C's escapes; octal ones are for bytes that git does not print. */
static void unquote(char *s)
{
	char *out = s;

	if (*s != '"')
		return;
	for (const char *p = s + 1; *p && *p != '"'; p++) {
		if (*p != '\\') {
			*out++ = *p;
		} else if (*++p >= '0' && *p <= '3' && p[1] >= '0' && p[1] <= '7' && p[2] >= '0' && p[2] <= '7') {
			*out++ = (char)((p[0] - '0') << 6 | (p[1] - '0') << 3 | (p[2] - '0'));
			p += 2;
		} else if (*p == '\0') {
			break;
		} else {
			*out++ = *p == 'n' ? '\n' : *p == 't' ? '\t' : *p;
		}
	}
	*out = '\0';
}

static int add_alternate(struct mf_repo *r, const char *dir, const char *line, struct mf_err *err)
{
	MF_CLEANUP(mf_freep) char *real = NULL;

	if (mf_repo_real(&real, dir, line, err))
		return -1;
	if (!real || !is_dir(real))
		return mf_texts_addf(&r->notes, err, "alternate '%s' cannot be read", line);
	if (mf_texts_has(&r->odirs, real))
		return 0;	/* named twice, or a loop */
	if (r->odirs.n >= DIRS_MAX)
		return mf_texts_addf(&r->notes, err, "alternate '%s' is left out: there are more than %d", real, DIRS_MAX);
	return mf_texts_add(&r->odirs, real, err);
}

static int read_alternates(struct mf_repo *r, const char *dir, struct mf_err *err)
{
	MF_CLEANUP(mf_freep) char *text = NULL;
	char *save = NULL;
	size_t n;

	if (mf_repo_text(&text, &n, dir, "info/alternates", FILE_MAX, err)) {
		if (err->code != MF_IO)
			return -1;
		return mf_texts_addf(&r->notes, err, "'%s/info/alternates' cannot be read", dir);
	}
	for (char *line = text ? strtok_r(text, "\n", &save) : NULL; line; line = strtok_r(NULL, "\n", &save)) {
		n = strlen(line);
		if (n && line[n - 1] == '\r')
			line[n - 1] = '\0';
		if (*line == '\0' || *line == '#')
			continue;
		unquote(line);
		if (add_alternate(r, dir, line, err))
			return -1;
	}
	return 0;
}

int mf_repo_odirs(struct mf_repo *r, struct mf_err *err)
{
	MF_CLEANUP(mf_freep) char *objects = NULL;

	if (mf_repo_real(&objects, r->common_dir, "objects", err))
		return -1;
	if (!objects || !is_dir(objects))
		return mf_fail(err, MF_E_GIT_NONE, "'%s' is no git repository: it has no objects", r->git_dir);
	if (mf_texts_add(&r->odirs, objects, err))
		return -1;
	/* the list grows while it is walked */
	for (size_t i = 0; i < r->odirs.n; i++)
		if (read_alternates(r, r->odirs.v[i], err))
			return -1;
	return 0;
}
