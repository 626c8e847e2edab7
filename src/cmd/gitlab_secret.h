/* SPDX-License-Identifier: Apache-2.0 */
/* One secret of GitLab's own `secrets:`, and the places that it can be in. */
#ifndef MAYFLY_CMD_GITLAB_SECRET_H
#define MAYFLY_CMD_GITLAB_SECRET_H

#include <mayfly/cmd.h>

#include "gitlab_ci.h"

#define MF_GL_ORIGIN "GitLab's 'secrets'"	/* of a setting that the block asks for */

/* One secret of the block, in all places where parts of it are set. */
struct mf_gl_secret {
	struct mf_env *env;
	const char *name;
	const struct mf_ynode *nodes[MF_GCI_LAYERS];
	const char *files[MF_GCI_LAYERS];
	size_t n;
	struct mf_err *err;
};

/* A place where GitLab's runner finds secrets. */
struct mf_gl_kind {
	const char *key;
	int (*ref)(struct mf_buf *ref, const struct mf_gl_secret *s);	/* the reference; settings of the login go into the configuration */
	enum mf_key audience;		/* what the login asks a token for */
};

/* The one that the secret names; MF-CONF-05 for none and for several. */
int mf_gl_kind(const struct mf_gl_kind **out, const struct mf_gl_secret *s) MF_MUST_USE;

/* MF-CONF-05 at the secret's place; -1. `what` is quoted behind `why`, or NULL. */
int mf_gl_wrong(const struct mf_gl_secret *s, const char *why, const char *what);

/* What stands under a path of keys ("vault engine name"), or NULL. */
const struct mf_ynode *mf_gl_look(const struct mf_gl_secret *s, const char *path);

/* A setting of the login, which is one for all secrets of a kind. */
int mf_gl_settle(const struct mf_gl_secret *s, enum mf_key key, const char *value) MF_MUST_USE;

#endif
