/* SPDX-License-Identifier: Apache-2.0 */
/* What lies behind struct mf_repo. */
#ifndef MF_REPO_PRIV_H
#define MF_REPO_PRIV_H

#include <mayfly/repo.h>

/* A growing list of texts that it owns. */
struct mf_texts {
	char **v;
	size_t n, cap;
};
void mf_texts_free(struct mf_texts *t);
int mf_texts_add(struct mf_texts *t, const char *s, struct mf_err *err) MF_MUST_USE;	/* a copy of it */
bool mf_texts_has(const struct mf_texts *t, const char *s);
int mf_texts_addf(struct mf_texts *t, struct mf_err *err, const char *fmt, ...) MF_PRINTF(3, 4) MF_MUST_USE;

struct mf_store;

struct mf_repo {
	struct mf_repo_info info;
	char *git_dir, *common_dir, *work_tree, *index_file;
	struct mf_texts odirs;		/* the objects folder, then those of alternates */
	struct mf_texts paths, notes;
	struct mf_store *store;		/* the packs; opened when objects are first asked for */
};

/* A git config file, without what it includes: only what says how the repository is laid out is read. fn gets section and key in lower
 * case, and the value "true" for a key that stands alone. What cannot be read is skipped. */
typedef int (*mf_gitconfig_fn)(void *ctx, const char *section, const char *sub, const char *key, const char *value, struct mf_err *err);
int mf_gitconfig_parse(const char *p, size_t n, mf_gitconfig_fn fn, void *ctx, struct mf_err *err) MF_MUST_USE;
bool mf_gitconfig_bool(const char *value);

/* The folders of git_dir that r->git_dir, r->common_dir name; fills odirs, with all alternates. */
int mf_repo_odirs(struct mf_repo *r, struct mf_err *err) MF_MUST_USE;

/* A whole small file as text; *out is NULL when there is none. */
int mf_repo_text(char **out, size_t *n, const char *dir, const char *name, size_t max, struct mf_err *err) MF_MUST_USE;

/* realpath(3) of dir/name (or of name when it is absolute); NULL and 0 when there is no such thing. */
int mf_repo_real(char **out, const char *dir, const char *name, struct mf_err *err) MF_MUST_USE;

#endif
