/* SPDX-License-Identifier: Apache-2.0 */
/* A job of .gitlab-ci.yml with what it inherits: local includes, `extends`, `!reference`.
 * https://docs.gitlab.com/ci/yaml/#extends, #include, #secrets */
#ifndef MAYFLY_CMD_GITLAB_CI_H
#define MAYFLY_CMD_GITLAB_CI_H

#include <mayfly/job.h>
#include <mayfly/yaml.h>

enum { MF_GCI_FILES = 64, MF_GCI_LAYERS = 256, MF_GCI_NAME = 256 };

struct mf_gci_file {
	char *name;			/* as in messages: ".gitlab-ci.yml", "ci/deploy.yml" */
	struct mf_yaml *doc;
};

/* One place where a keyword of the job is set; a later one is merged over an earlier one, map by map. */
struct mf_gci_layer {
	const struct mf_ynode *node;
	const char *file;		/* borrowed */
};

struct mf_gci {
	struct mf_gci_file files[MF_GCI_FILES];	/* what is included stands before what includes it */
	size_t n_files;
	struct mf_gci_layer layers[MF_GCI_LAYERS];
	size_t n_layers;
	bool elsewhere;			/* another project, a component, a template or an address is included: not read */
	char lost[MF_GCI_NAME];		/* a job that is extended and is in none of the files; "" */
};

/* Reads the definition `path` (from `dir`, the checkout) with its local includes, and gathers where the job `name` ("deploy", also for its runs
 * "deploy: [eu]" and "deploy 1/3") sets `keyword`. MF-CMD-07 for a job that is in none of the files, a circle of `extends` and too much of
 * anything; MF-YAML-.., MF-FS-.. */
int mf_gci_read(struct mf_gci *out, const char *dir, const char *path, const char *name, const char *keyword, struct mf_err *err) MF_MUST_USE;
void mf_gci_free(struct mf_gci *g);

/* The value of a key of a map, or NULL. */
const struct mf_ynode *mf_gci_get(const struct mf_ynode *map, const char *key);

/* GitLab's secrets of this job (`secrets:`), as what to fetch: `conf` gets them, and the audiences of the tokens that they name. What the runner has
 * served already is left alone. MF-CONF-05 with file, line and column for what cannot be read. */
struct mf_env;
int mf_gitlab_secrets(struct mf_env *env, struct mf_err *err) MF_MUST_USE;

#endif
