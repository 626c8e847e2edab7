/* SPDX-License-Identifier: Apache-2.0 */
/* CircleCI, Azure Pipelines and Bitbucket Pipelines: where their jobs are. */
#include "ci.h"

static bool is_yaml(const char *path)
{
	return mf_dc_ends(path, ".yml") || mf_dc_ends(path, ".yaml");
}

/* One job, with all below it. */
static int job(const struct mf_dc_job *like, const struct mf_ynode *n, struct mf_str name, struct mf_err *err)
{
	struct mf_dc_job j = *like;
	size_t seen = *j.bytes;

	mf_dc_job_name(&j, name);
	j.oidc |= mf_dc_node_identity(n, &seen, 0);
	return mf_dc_walk(&j, n, name, false, err);
}

/* -- CircleCI --------------------------------------------------------------------------------------- */

static bool circleci_wants(const char *path)
{
	const char *below = strncmp(path, ".circleci/", 10) == 0 ? path + 10 : strstr(path, "/.circleci/");

	if (below && below != path + 10)
		below += 11;
	/* folders below it hold whatever a job needs: templates of a cloud, of a cluster */
	return is_yaml(path) && below && !strchr(below, '/');
}

/* Jobs that a workflow takes from an orb get their credentials by parameters there. */
static int circleci_workflow(const struct mf_dc_job *like, const struct mf_ynode *workflow, struct mf_err *err)
{
	const struct mf_ynode *jobs = mf_dc_get(workflow, "jobs");

	for (size_t i = 0; jobs && mf_yaml_type(jobs) == MF_Y_SEQ && i < mf_yaml_size(jobs); i++) {
		const struct mf_ynode *e = mf_yaml_at(jobs, i);

		if (mf_yaml_type(e) == MF_Y_MAP && mf_yaml_size(e) == 1 && job(like, e, mf_dc_text(mf_yaml_key_at(e, 0)), err))
			return -1;
	}
	return 0;
}

static int circleci_check(const struct mf_declared *d, const struct mf_dc_file *f, struct mf_check *c, struct mf_err *err)
{
	static const char *const groups[] = { "jobs", "commands", "executors" };
	const struct mf_ynode *root = f->yaml ? mf_yaml_root(f->yaml) : NULL, *workflows = mf_dc_get(root, "workflows");
	size_t bytes = MF_DC_TEXT;
	unsigned left = MF_DC_PER_FILE;
	const struct mf_dc_job like = { .file = f, .c = c, .ci = MF_CI_CIRCLECI, .first = c->list.n, .bytes = &bytes, .left = &left };

	(void)d;
	for (size_t g = 0; root && g < MF_COUNT(groups); g++) {
		const struct mf_ynode *group = mf_dc_get(root, groups[g]);

		for (size_t i = 0; group && mf_yaml_type(group) == MF_Y_MAP && i < mf_yaml_size(group); i++)
			if (job(&like, mf_yaml_at(group, i), mf_dc_text(mf_yaml_key_at(group, i)), err))
				return -1;
	}
	for (size_t i = 0; workflows && mf_yaml_type(workflows) == MF_Y_MAP && i < mf_yaml_size(workflows); i++)
		if (circleci_workflow(&like, mf_yaml_at(workflows, i), err))
			return -1;
	return 0;
}

const struct mf_dc_family mf_dc_circleci = { .name = "CircleCI", .yaml = true, .wants = circleci_wants, .check = circleci_check };

/* -- Azure Pipelines -------------------------------------------------------------------------------- */

static bool azure_wants(const char *path)
{
	const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;

	return is_yaml(path) && (strncmp(name, "azure-pipelines", 15) == 0 || strncmp(name, ".azure-pipelines", 16) == 0 ||
		strncmp(path, ".azure-pipelines/", 17) == 0 || strncmp(path, ".azuredevops/", 13) == 0);
}

/* Each map that has steps is a job, or the file is one. */
static int azure_jobs(const struct mf_dc_job *like, const struct mf_ynode *n, unsigned depth, struct mf_err *err)
{
	const bool map = mf_yaml_type(n) == MF_Y_MAP;
	struct mf_str name = mf_dc_text(mf_dc_get(n, "job"));

	if (depth > MF_YAML_DEPTH || mf_yaml_type(n) == MF_Y_SCALAR)
		return 0;
	if (!name.n)
		name = mf_dc_text(mf_dc_get(n, "deployment"));
	if (map && (name.n || mf_dc_get(n, "steps")))
		return job(like, n, name, err);
	for (size_t i = 0; i < mf_yaml_size(n); i++) {
		const struct mf_str key = map ? mf_dc_text(mf_yaml_key_at(n, i)) : mf_str("");
		struct mf_dc_job j = *like;

		if (mf_str_is(key, "variables") ? mf_dc_walk(&j, mf_yaml_at(n, i), key, true, err) : azure_jobs(like, mf_yaml_at(n, i), depth + 1, err))
			return -1;
	}
	return 0;
}

static int azure_check(const struct mf_declared *d, const struct mf_dc_file *f, struct mf_check *c, struct mf_err *err)
{
	const struct mf_ynode *root = f->yaml ? mf_yaml_root(f->yaml) : NULL;
	size_t bytes = MF_DC_TEXT;
	unsigned left = MF_DC_PER_FILE;
	const struct mf_dc_job like = { .file = f, .c = c, .ci = MF_CI_AZURE, .first = c->list.n, .bytes = &bytes, .left = &left, .name = "job" };

	(void)d;
	return root ? azure_jobs(&like, root, 0, err) : 0;
}

const struct mf_dc_family mf_dc_azure = { .name = "Azure Pipelines", .yaml = true, .wants = azure_wants, .check = azure_check };

/* -- Bitbucket Pipelines ---------------------------------------------------------------------------- */

static bool bitbucket_wants(const char *path)
{
	return mf_dc_is(path, "bitbucket-pipelines.yml");
}

static int bitbucket_steps(const struct mf_dc_job *like, const struct mf_ynode *n, unsigned depth, struct mf_err *err)
{
	const bool map = mf_yaml_type(n) == MF_Y_MAP;

	if (depth > MF_YAML_DEPTH || mf_yaml_type(n) == MF_Y_SCALAR)
		return 0;
	if (map && mf_dc_get(n, "script"))
		return job(like, n, mf_dc_text(mf_dc_get(n, "name")), err);
	for (size_t i = 0; i < mf_yaml_size(n); i++)
		if (bitbucket_steps(like, mf_yaml_at(n, i), depth + 1, err))
			return -1;
	return 0;
}

/* The image of all steps. */
static int bitbucket_image(const struct mf_dc_job *like, const struct mf_ynode *root, struct mf_err *err)
{
	const struct mf_ynode *image = mf_dc_get(root, "image");
	struct mf_dc_job j = *like;

	mf_dc_job_name(&j, mf_str("image"));
	return image && mf_yaml_type(image) == MF_Y_MAP ? mf_dc_walk(&j, image, mf_str("image"), false, err) : 0;
}

static int bitbucket_check(const struct mf_declared *d, const struct mf_dc_file *f, struct mf_check *c, struct mf_err *err)
{
	const struct mf_ynode *root = f->yaml ? mf_yaml_root(f->yaml) : NULL;
	size_t bytes = MF_DC_TEXT;
	unsigned left = MF_DC_PER_FILE;
	const struct mf_dc_job like = { .file = f, .c = c, .ci = MF_CI_BITBUCKET, .first = c->list.n, .bytes = &bytes, .left = &left };

	(void)d;
	if (!root)
		return 0;
	return bitbucket_image(&like, root, err) || bitbucket_steps(&like, root, 0, err) ? -1 : 0;
}

const struct mf_dc_family mf_dc_bitbucket = { .name = "Bitbucket Pipelines", .yaml = true, .wants = bitbucket_wants, .check = bitbucket_check };
