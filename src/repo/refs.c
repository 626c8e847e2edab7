/* SPDX-License-Identifier: Apache-2.0 */
/* References: where each is looked for, and what it says. */
#include "refs.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>
#include <mayfly/alloc.h>
#include <mayfly/fs.h>
#include "mapping.h"

enum { DEPTH = 5, NAME_N = 1024, FILE_N = 4096 };

bool mf_ref_name_ok(struct mf_str name)
{
	static const char refused[] = " ~^:?*[\\\177";
	char before = '/';

	if (!name.n || name.n >= NAME_N || name.p[name.n - 1] == '/' || name.p[name.n - 1] == '.')
		return false;
	for (size_t i = 0; i < name.n; i++) {
		const char c = name.p[i];

		if ((unsigned char)c < ' ' || memchr(refused, c, sizeof(refused) - 1))
			return false;
		if ((c == '.' && (before == '.' || before == '/')) || (c == '/' && before == '/') || (c == '{' && before == '@'))
			return false;
		if ((c == '/' || i + 1 == name.n) && i >= 5) {
			const size_t end = c == '/' ? i : i + 1;

			if (memcmp(name.p + end - 5, ".lock", 5) == 0)
				return false;
		}
		before = c;
	}
	return true;
}

static bool begins(const char *s, const char *with)
{
	return strncmp(s, with, strlen(with)) == 0;
}

static bool own_of_work_tree(const char *name)
{
	return !begins(name, "refs/") || begins(name, "refs/bisect/") || begins(name, "refs/worktree/") || begins(name, "refs/rewritten/");
}

/* The folder that the reference's file lies in, and its name there; `dir` is allocated. */
static int place(char **dir, const char **rest, const struct mf_repo_info *info, const char *name, struct mf_err *err)
{
	const char *slash;

	*rest = name;
	if (begins(name, "main-worktree/")) {
		*rest = strchr(name, '/') + 1;
		*dir = mf_strdup(info->common_dir);
	} else if (begins(name, "worktrees/") && (slash = strchr(name + 10, '/'))) {
		MF_CLEANUP(mf_freep) char *sub = mf_strndup(name, (size_t)(slash - name));

		*rest = slash + 1;
		if (!sub)
			return mf_fail_nomem(err);
		*dir = own_of_work_tree(*rest) ? mf_path_join(info->common_dir, sub) : mf_strdup(info->common_dir);
	} else {
		*dir = mf_strdup(own_of_work_tree(name) ? info->git_dir : info->common_dir);
	}
	return *dir ? 0 : mf_fail_nomem(err);
}

/* The file's text without white space at its end; n == 0: no such file, or nothing in it. */
static int read_loose(char out[static FILE_N], size_t *n, const char *path, struct mf_err *err)
{
	MF_CLEANUP(mf_closep) int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	struct stat st;
	ssize_t got = 0;

	*n = 0;
	if (fd < 0 && (errno == ENOENT || errno == ENOTDIR))
		return 0;
	if (fd >= 0 && fstat(fd, &st) == 0 && !S_ISREG(st.st_mode))
		return 0;	/* a folder of references below this name */
	if (fd >= 0)
		got = read(fd, out, FILE_N - 1);
	if (fd < 0 || got < 0)
		return mf_fail_errno(err, MF_E_GIT_REVISION, errno, "'%s' cannot be read", path);
	while (got && mf_blank(out[got - 1]))
		got--;
	out[got] = '\0';
	*n = (size_t)got;
	return 0;
}

bool mf_packed_find(struct mf_oid *out, struct mf_str packed, const char *name, size_t oid_len)
{
	const size_t hex = 2 * oid_len, len = strlen(name);

	while (packed.n) {
		const char *end = memchr(packed.p, '\n', packed.n);
		const size_t line = end ? (size_t)(end - packed.p) : packed.n, used = line + (end != NULL);

		if (line == hex + 1 + len && packed.p[hex] == ' ' && memcmp(packed.p + hex + 1, name, len) == 0 &&
		    mf_oid_parse(out, (struct mf_str){ packed.p, hex }, oid_len))
			return true;
		packed.p += used;
		packed.n -= used;
	}
	return false;
}

static int read_packed(struct mf_oid *out, bool *found, const struct mf_repo_info *info, const char *name, struct mf_err *err)
{
	MF_CLEANUP(mf_freep) char *path = mf_path_join(info->common_dir, "packed-refs");
	struct mf_mapping map;
	struct mf_err why;

	*found = false;
	if (!path)
		return mf_fail_nomem(err);
	if (mf_mapping_open(&map, path, &why))
		return strcmp(why.id, mf_error_id(MF_E_GIT_MISSING)) == 0 ? 0 : (*err = why, -1);
	*found = mf_packed_find(out, (struct mf_str){ (const char *)map.p, map.n }, name, info->oid_len);
	mf_mapping_close(&map);
	return 0;
}

static int nonsense(struct mf_err *err, const char *name, const char *why)
{
	mf_fail(err, MF_E_GIT_REVISION, "the reference '%s' cannot be read", name);
	mf_err_why(err, "%s", why);
	return -1;
}

/* One step: an id (*found), or another name in `next`. */
static int step(struct mf_oid *out, bool *found, char next[static NAME_N], const struct mf_repo_info *info, const char *name, struct mf_err *err)
{
	MF_CLEANUP(mf_freep) char *dir = NULL, *path = NULL;
	char text[FILE_N];
	struct mf_str target;
	const char *rest;
	size_t n;

	next[0] = '\0';
	if (place(&dir, &rest, info, name, err))
		return -1;
	path = mf_path_join(dir, rest);
	if (!path)
		return mf_fail_nomem(err);
	if (read_loose(text, &n, path, err))
		return -1;
	if (!n)
		return own_of_work_tree(rest) ? 0 : read_packed(out, found, info, rest, err);
	if (!begins(text, "ref:")) {
		/* FETCH_HEAD has more behind the id */
		if (n > 2 * info->oid_len && mf_blank(text[2 * info->oid_len]))
			n = 2 * info->oid_len;
		*found = mf_oid_parse(out, (struct mf_str){ text, n }, info->oid_len);
		return *found ? 0 : nonsense(err, name, "it holds neither an id nor the name of another one");
	}
	target = mf_trim(mf_str(text + 4));
	if (!mf_ref_name_ok(target) || !begins(target.p, "refs/"))
		return nonsense(err, name, "it points at a name that is none");
	memcpy(next, target.p, target.n);
	next[target.n] = '\0';
	return 0;
}

int mf_ref_read(struct mf_oid *out, bool *found, const struct mf_repo *r, const char *name, struct mf_err *err)
{
	const struct mf_repo_info *info = mf_repo_info(r);
	char now[NAME_N], next[NAME_N];
	struct mf_oid id;

	*found = false;
	if (!mf_ref_name_ok(mf_str(name)))
		return 0;
	snprintf(now, sizeof(now), "%s", name);
	for (unsigned i = 0; i <= DEPTH; i++) {
		if (step(&id, found, next, info, now, err))
			return -1;
		if (*found)
			*out = id;
		if (*found || !next[0])
			return 0;
		memcpy(now, next, sizeof(now));
	}
	return nonsense(err, name, "it leads to another one, and that again, without end");
}
