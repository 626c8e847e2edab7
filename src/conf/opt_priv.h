/* SPDX-License-Identifier: Apache-2.0 */
/* What the parser and the writers share: options seen alike wherever their facts come from, and a writer whose
 * failure is looked at once, at the end. */
#ifndef MF_OPT_PRIV_H
#define MF_OPT_PRIV_H

#include <mayfly/opt.h>

/* An option as a user sees it. */
struct mf_flag {
	const struct mf_opt *opt;
	const struct mf_key_info *info;	/* of a key, else NULL */
	const char *name;		/* NULL: it can only be set by a variable */
	char letter;
	const char *arg;		/* placeholder; NULL: takes no value */
	const char *choices;		/* space-separated, or NULL */
	const char *brief;
	bool negatable;			/* has a --no-NAME */
	bool on_by_default;		/* so that --no-NAME is what one needs */
	bool repeats;
	bool maybe;			/* its value may be left out, and stands after a '=' */
	bool common;
};
struct mf_flag mf_flag_of(const struct mf_opt *opt, bool common);

/* The options of a command, the common ones after its own; false at the end. `*i` begins with 0. */
bool mf_flag_next(struct mf_flag *out, const struct mf_cmd *cmd, size_t *i);

/* Whether an option's or an argument's value is a file's name. */
bool mf_flag_is_file(const struct mf_flag *f);

/* The groups of --help and of the man page. */
enum mf_flag_group { MF_G_OWN, MF_G_SCAN, MF_G_CHECK, MF_G_VAULT, MF_G_AWS, MF_G_GCP, MF_G_AZURE, MF_G_MINT, MF_G_IDENTITY, MF_G_EXPORT, MF_G_GENERAL, MF_G_COMMON, MF_G_COUNT };
enum mf_flag_group mf_flag_group(const struct mf_flag *f);
const char *mf_flag_group_title(enum mf_flag_group g);

struct mf_page {
	struct mf_buf *buf;
	struct mf_err *err;
	bool failed;
};
void mf_pagef(struct mf_page *o, const char *fmt, ...) MF_PRINTF(2, 3);
void mf_page_add(struct mf_page *o, const char *p, size_t n);
/* A paragraph wrapped at 80 columns; its first line begins at column `at`, the others at `indent`. Newlines in it stay. */
void mf_page_wrap(struct mf_page *o, const char *text, size_t at, size_t indent);

/* The notes after an option's brief: its choices and its default. */
void mf_flag_notes(char out[static 256], const struct mf_flag *f);

/* One of a command's arguments, from its usage text. */
struct mf_slot {
	struct mf_str name;		/* "NAME=REF", "bash|zsh|fish" */
	bool optional, repeats;
};
/* false at the end; `*p` begins with cmd->args. */
bool mf_slot_next(struct mf_slot *out, const char **p);

#endif
