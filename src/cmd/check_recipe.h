/* SPDX-License-Identifier: Apache-2.0 */
/* Recipes as data: steps with %{names} in them, and what this job puts in the place of the names. */
#ifndef MAYFLY_CMD_CHECK_RECIPE_H
#define MAYFLY_CMD_CHECK_RECIPE_H

#include "check_explain.h"

/* For whom a step is; several may be joined, and all have to be true. */
enum {
	MF_STEP_GITHUB = 1,
	MF_STEP_GITLAB = 2,
	MF_STEP_OWN_SERVER = 4,		/* the issuer is a server of one's own: clouds have to reach it */
	MF_STEP_REVIEW = 16,		/* the job is a pull or merge request's */
	MF_STEP_IDS = 32,		/* GitHub's subject may have ids in it */
	MF_STEP_LONG_SUB = 64,		/* longer than what Google takes for a subject */
	MF_STEP_OTHER_CI = 128,		/* neither GitHub nor GitLab: of its claims nothing is known */
	MF_STEP_FETCH = 256,		/* the job reads a path of Vault's */
	MF_STEP_TOKEN = 512		/* the job calls Vault by itself, with a token */
};

struct mf_recipe_step {
	unsigned when;		/* MF_STEP_...; 0: always */
	bool goes_on;		/* belongs to the step before: no number of its own */
	const char *say;	/* NULL ends the recipe */
	const char *code;	/* lines to paste, or NULL */
	const struct mf_recipe_step *more;	/* another recipe's steps in this place, or NULL */
};

/* Steps of each remedy; never NULL. */
const struct mf_recipe_step *mf_recipe_steps(enum mf_check_remedy remedy);
/* The trust in this job's identity, in full. */
extern const struct mf_recipe_step mf_recipe_aws[], mf_recipe_gcp[], mf_recipe_azure[], mf_recipe_vault[];

/* What this job puts in. A value that is not known, or that would need quoting in a command, is left to a reader: its name stays. */
struct mf_recipe_job {
	unsigned is;		/* MF_STEP_... that are true */
	const char *ci;		/* "GitHub Actions" */
	char iss[256], host[256];	/* with and without https:// */
	char sub[512], sub_ids[512], subs[1100];	/* subs: one or both, as JSON */
	char own_sub[512];	/* of a pull request's job, which the recipes do not trust */
	char repository[256], owner[256], project[256], repository_id[32], owner_id[32];
	char ref[256], branch[256], ref_type[8];
	char server[256];
	char name[48];		/* for roles and pools: "acme-shop" */
	char account[16];	/* of AWS */
	char vault[256], audience[256], mount[128], role[128];
	char path[128], can[8], pair[192];	/* of Vault: what the policy allows, what the job asks for */
	uint64_t missing;	/* which entries of the table of names were left to the reader */
};

void mf_recipe_job(struct mf_recipe_job *j, const struct mf_env *env, const struct mf_check_item *item);
/* Puts in what Vault does in this recipe. */
void mf_recipe_for(struct mf_recipe_job *j, enum mf_check_remedy remedy);
/* Appends `text` with its names replaced, each line behind `indent` spaces. */
int mf_recipe_expand(struct mf_recipe_job *j, struct mf_buf *out, const char *text, unsigned indent, struct mf_err *err) MF_MUST_USE;
/* Appends the names that were left to the reader, each with a way to learn it. */
int mf_recipe_missing(const struct mf_recipe_job *j, struct mf_buf *out, struct mf_err *err) MF_MUST_USE;

#endif
