/* SPDX-License-Identifier: Apache-2.0 */
/* A GitHub workflow while it is read: where we are in it, and what its expressions stand for. */
#ifndef MAYFLY_DECLARED_GITHUB_H
#define MAYFLY_DECLARED_GITHUB_H

#include "declared_priv.h"

enum { MF_GH_NAME = 128, MF_GH_DEPTH = 4 };

/* A step and all around it. */
struct mf_gh {
	const struct mf_declared *d;
	const struct mf_dc_file *f;
	struct mf_check *c;
	struct mf_err *err;
	const struct mf_ynode *root, *job, *step;	/* `job` is NULL in a composite action */
	const struct mf_gh *caller;	/* of a composite action: the step that uses it */
	unsigned depth;
};

/* Where the name of the first secret stands that a text has in an expression, GITHUB_TOKEN aside; false: none. */
bool mf_gh_secret_in(char out[static MF_GH_NAME], struct mf_str text);
/* The secret that a value comes from: directly, by env.X of the step, its job or the workflow, or by inputs.X of the step that uses this action. */
bool mf_gh_secret_of(char out[static MF_GH_NAME], const struct mf_gh *g, struct mf_str value);
/* The secret that a variable of the step, its job or the workflow has, where a shell puts that variable's value into a line. *left: how
 * many variables are still looked for. */
bool mf_gh_secret_printed(char out[static MF_GH_NAME], const struct mf_gh *g, struct mf_str line, unsigned *left);
/* toJson(secrets), in any case. */
bool mf_gh_all_secrets(struct mf_str text);
bool mf_gh_has(struct mf_str text, const char *what);

/* "owner/name" of a step's action in small letters, and its ref; false: it is local, a container or no action. */
bool mf_gh_action(char out[static MF_GH_NAME], struct mf_str *ref, const struct mf_ynode *step);
/* Whether the action is one of these: ";a/b;c/d;". */
bool mf_gh_is_one(const char *action, const char *list);

/* In small letters, cut to its room. */
void mf_gh_lower(char out[static MF_GH_NAME], struct mf_str s);
/* A member of a map (or NULL), by any case of its name; its key node in *key, which may be NULL. */
const struct mf_ynode *mf_gh_member(const struct mf_ynode *map, struct mf_str name, const struct mf_ynode **key);
/* An input of a step likewise. */
const struct mf_ynode *mf_gh_input(const struct mf_ynode *step, const char *name, const struct mf_ynode **key);
/* A node's place; in a composite action that of the step that uses it. */
struct mf_check_place mf_gh_place(const struct mf_gh *g, const struct mf_ynode *at, const char *name);
/* Where a text stands in a run: script. */
struct mf_check_place mf_gh_place_in(const struct mf_gh *g, const struct mf_ynode *script, struct mf_str part, const char *name);

/* The credentials that a step, or an env: block, hands on. */
int mf_gh_step_credentials(const struct mf_gh *g);
int mf_gh_env_credentials(const struct mf_gh *g, const struct mf_ynode *env);
/* The passwords for a job's container and its services, and their variables. */
int mf_gh_job_images(const struct mf_gh *g);
/* The habits of a workflow and of its steps. */
int mf_gh_workflow_habits(const struct mf_gh *g);
int mf_gh_job_habits(const struct mf_gh *g, const struct mf_ynode *key);
int mf_gh_step_habits(const struct mf_gh *g);
/* Those of the variables of a workflow or a job. */
int mf_gh_env_habits(const struct mf_gh *g, const struct mf_ynode *env);

/* What a step becomes. Lists are ";a;b;" in small letters, lines end with a newline; all of it may be NULL. */
struct mf_gh_new {
	const char *permissions;	/* lines: "id-token: write" */
	const char *before;		/* steps that come first, as they stand below `steps:` */
	const char *uses;		/* in place of its own */
	const char *drop, *add;		/* inputs that go, lines of those that come */
	const char *drop_env, *add_env;	/* variables likewise */
	struct mf_str drop_line;	/* of its script: it goes, */
	const char *line;		/* or this comes in its place, */
	const char *value;		/* or it stays with this in place of its secret */
};
/* The step as YAML, below the permissions and the steps that it needs. A long script is left out. */
int mf_gh_rewrite(struct mf_buf *out, const struct mf_gh *g, const struct mf_gh_new *n, struct mf_err *err) MF_MUST_USE;

/* -- github_instead.c: how a job gets by itself what is stored otherwise ---------------------------------------- */

struct mf_gh_instead {
	const char *kind, *permissions, *before;
	const char *variable;	/* what the variable that held the secret is set to then, or what stands in its place in a script; NULL: it goes */
	const char *line;	/* what a line of a script becomes that had it; NULL: it goes, unless it has `variable` in it then */
};
/* By the kind of credential; NULL: nothing is known to take its place. */
const struct mf_gh_instead *mf_gh_instead(const char *kind);

#endif
