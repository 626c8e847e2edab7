/* SPDX-License-Identifier: Apache-2.0 */
/* What a repository says about its files: its index, and all ignore rules that count in a folder. */
#include "worktree_priv.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>
#include <mayfly/alloc.h>
#include <mayfly/fs.h>

enum { RULES_MAX = 16 << 20 };
static const uint64_t WORK = (uint64_t)1 << 31;

static int put(struct mf_scope *s, struct mf_str text, size_t base, struct mf_err *err)
{
	if (s->n == s->cap) {
		const size_t cap = s->cap ? s->cap * 2 : 8;
		struct mf_rules *v = mf_regrow(s->rules, cap, sizeof(*v));

		if (!v)
			return mf_fail_nomem(err);
		s->rules = v;
		s->cap = cap;
	}
	if (mf_exclude_parse(&s->rules[s->n].list, text, err))
		return -1;
	s->rules[s->n++].base = base;
	return 0;
}

static int slurp(struct mf_buf *out, int fd, size_t size, struct mf_err *err)
{
	char chunk[8192];
	ssize_t got;

	(void)size;
	while ((got = read(fd, chunk, sizeof(chunk))) > 0 || (got < 0 && errno == EINTR))
		if (got > 0 && mf_buf_add(out, chunk, (size_t)got, err))
			return -1;
	return got < 0;
}

/* A file of rules by its descriptor. */
static int add_open(struct mf_scope *s, int fd, size_t base, const char **why, struct mf_err *err)
{
	MF_CLEANUP(mf_buf_free) struct mf_buf text = MF_BUF(RULES_MAX);
	struct mf_err reason;
	struct stat st;
	int r;

	if (fstat(fd, &st) || !S_ISREG(st.st_mode)) {
		*why = "it is no regular file";
		return 0;
	}
	r = slurp(&text, fd, (size_t)st.st_size, &reason);
	if (r == 0)
		return put(s, (struct mf_str){ mf_buf_text(&text), text.n }, base, err);
	if (r < 0 && strcmp(reason.id, mf_error_id(MF_E_BASE_NOMEM)) == 0)
		return mf_fail_nomem(err);
	*why = r < 0 ? "it is longer than 16 MiB" : "it cannot be read";
	return 0;
}

int mf_scope_add(struct mf_scope *s, int folder, size_t base, const char **why, struct mf_err *err)
{
	/* git follows no link here either */
	MF_CLEANUP(mf_closep) int fd = openat(folder, ".gitignore", O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);

	*why = NULL;
	if (fd >= 0)
		return add_open(s, fd, base, why, err);
	if (errno != ENOENT && errno != ELOOP)
		*why = "it cannot be opened";
	return 0;
}

static void lost(void *walk, const char *path, const char *why)
{
	struct mf_files *w = walk;

	if (why && w->opts->lost)
		w->opts->lost(w->ctx, path, why);
}

/* The user's and the repository's own, which may be missing. */
static int add_path(struct mf_scope *s, const char *path, struct mf_files *w, struct mf_err *err)
{
	MF_CLEANUP(mf_closep) int fd = path ? open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY) : -1;
	const char *why = NULL;
	int r = 0;

	if (fd < 0 && path && errno != ENOENT && errno != ENOTDIR)
		why = strerror(errno);
	else if (fd >= 0)
		r = add_open(s, fd, 0, &why, err);
	lost(w, path, why);
	return r;
}

static int open_rules(struct mf_scope *s, const struct mf_repo_info *info, struct mf_files *w, struct mf_err *err)
{
	MF_CLEANUP(mf_freep) char *exclude = mf_path_join(info->common_dir, "info/exclude");
	MF_CLEANUP(mf_freep) char *user = NULL;

	if (!exclude)
		return mf_fail_nomem(err);
	return mf_exclude_user_file(&user, info, lost, w, err) || add_path(s, user, w, err) || add_path(s, exclude, w, err) ? -1 : 0;
}

int mf_scope_open(struct mf_scope *out, const struct mf_repo *r, size_t at, struct mf_files *w, struct mf_err *err)
{
	struct mf_scope s = { .r = r, .at = at, .work = WORK };

	if (r && (mf_index_read(&s.index, mf_repo_info(r), err) || open_rules(&s, mf_repo_info(r), w, err))) {
		mf_scope_close(&s);
		return -1;
	}
	*out = s;
	return 0;
}

void mf_scope_drop(struct mf_scope *s, size_t n)
{
	while (s->n > n)
		mf_exclude_free(&s->rules[--s->n].list);
}

void mf_scope_close(struct mf_scope *s)
{
	mf_scope_drop(s, 0);
	free(s->rules);
	mf_index_free(&s->index);
	mf_repo_free(s->own);
	*s = (struct mf_scope){ 0 };
}

bool mf_scope_ignores(struct mf_scope *s, struct mf_str path, bool folder)
{
	for (size_t i = s->n; i-- > 0;) {
		const enum mf_exclude_verdict v = mf_exclude_match(&s->rules[i].list, path, s->rules[i].base, folder, &s->work);

		if (v != MF_EXCLUDE_NONE)
			return v == MF_EXCLUDE_OUT;
	}
	return false;
}
