/* SPDX-License-Identifier: Apache-2.0 */
/* What the families of files share. */
#ifndef MAYFLY_DECLARED_PRIV_H
#define MAYFLY_DECLARED_PRIV_H

#include <mayfly/declared.h>
#include <mayfly/yaml.h>

struct mf_dc_file {
	char *path;
	struct mf_str bytes;	/* owned */
	const struct mf_dc_family *family;
	struct mf_yaml *yaml;	/* of families that say so, parsed before check(); NULL: it does not parse, which was noted */
};

/* A cloud identity that a job of a workflow logs in as; texts lie in the workflow. */
struct mf_dc_identity {
	const char *env, *path;
	struct mf_str job, id;
};

/* Those of the workflows that were checked before, as workflows are often one for each environment: the first of each environment. */
struct mf_dc_identities {
	struct mf_dc_identity v[512];
	size_t n;
};

struct mf_declared {
	struct mf_dc_file *v;	/* sorted by path before the check */
	size_t n, cap;
	size_t bytes;
	struct mf_dc_identities *identities;	/* NULL: other files count for nothing */
};

struct mf_dc_family {
	const char *name;	/* "GitHub workflow" */
	bool yaml;
	bool quiet;		/* what does not parse is no news: any .yml may be a manifest */
	bool (*wants)(const char *path);
	int (*check)(const struct mf_declared *d, const struct mf_dc_file *f, struct mf_check *c, struct mf_err *err);
};
extern const struct mf_dc_family mf_dc_github, mf_dc_action, mf_dc_gitlab, mf_dc_circleci, mf_dc_azure, mf_dc_bitbucket, mf_dc_jenkins, mf_dc_docker,
	mf_dc_manifest, mf_dc_vault_policy, mf_dc_env_file, mf_dc_keys, mf_dc_encrypted;

/* The added file of that path, or NULL. */
const struct mf_dc_file *mf_dc_find(const struct mf_declared *d, const char *path);
/* Whether a path is `name`, or ends in "/name"; whether it ends in `suffix`. */
bool mf_dc_is(const char *path, const char *name);
bool mf_dc_ends(const char *path, const char *suffix);

/* A map's member, NULL when missing or `n` is no map (or NULL). */
const struct mf_ynode *mf_dc_get(const struct mf_ynode *n, const char *key);
/* Its text; {"",0} when it is no scalar or NULL. */
struct mf_str mf_dc_text(const struct mf_ynode *n);
/* The next line of s from *at on, without its end; false at the end. */
bool mf_dc_line(struct mf_str s, size_t *at, struct mf_str *line);
/* The place of a node in a file; `name` may be NULL. */
struct mf_check_place mf_dc_place(const struct mf_dc_file *f, enum mf_check_from from, const struct mf_ynode *n, const char *name);

#endif
