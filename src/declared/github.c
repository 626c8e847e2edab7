/* SPDX-License-Identifier: Apache-2.0 */
/* GitHub's workflows and the composite actions of the repository: jobs and steps, each with what is around it. */
#include "ci.h"
#include "github.h"

#include <stdio.h>

static bool wants_workflow(const char *path)
{
	static const char folder[] = ".github/workflows/";

	return strncmp(path, folder, sizeof(folder) - 1) == 0 && !strchr(path + sizeof(folder) - 1, '/') && (mf_dc_ends(path, ".yml") || mf_dc_ends(path, ".yaml"));
}

static bool wants_action(const char *path)
{
	return mf_dc_is(path, "action.yml") || mf_dc_is(path, "action.yaml");
}

/* The composite action that a step uses by a path of the repository; NULL: none. */
static const struct mf_ynode *local_action(const struct mf_gh *g)
{
	static const char *const names[] = { "action.yml", "action.yaml" };
	struct mf_str uses = mf_trim(mf_dc_text(mf_dc_get(g->step, "uses")));
	char path[512];

	if (uses.n < 2 || uses.p[0] != '.' || uses.p[1] != '/' || uses.n > 400)
		return NULL;
	uses = (struct mf_str){ uses.p + 2, uses.n - 2 };
	while (uses.n && uses.p[uses.n - 1] == '/')
		uses.n--;
	for (size_t i = 0; i < MF_COUNT(names); i++) {
		const struct mf_dc_file *f;

		snprintf(path, sizeof(path), "%.*s%s%s", (int)uses.n, uses.p, uses.n ? "/" : "", names[i]);
		f = mf_dc_find(g->d, path);
		if (f && f->yaml)
			return mf_yaml_root(f->yaml);
	}
	return NULL;
}

static int one_step(const struct mf_gh *g);

/* Steps that a caller's secrets go into are told at the caller; the others when the action is read by itself. */
static int inside(const struct mf_gh *g)
{
	const struct mf_ynode *action = g->depth < MF_GH_DEPTH ? local_action(g) : NULL;
	const struct mf_ynode *steps = mf_dc_get(mf_dc_get(action, "runs"), "steps");

	for (size_t i = 0; steps && mf_yaml_type(steps) == MF_Y_SEQ && i < mf_yaml_size(steps); i++) {
		struct mf_gh in = *g;

		in.caller = g;
		in.root = in.job = NULL;
		in.step = mf_yaml_at(steps, i);
		in.depth = g->depth + 1;
		if (mf_gh_step_credentials(&in) || inside(&in))
			return -1;
	}
	return 0;
}

static int one_step(const struct mf_gh *g)
{
	if (mf_yaml_type(g->step) != MF_Y_MAP)
		return 0;
	return mf_gh_step_credentials(g) || mf_gh_step_habits(g) || inside(g) ? -1 : 0;
}

static int each_step(const struct mf_gh *g, const struct mf_ynode *steps)
{
	for (size_t i = 0; steps && mf_yaml_type(steps) == MF_Y_SEQ && i < mf_yaml_size(steps); i++) {
		struct mf_gh in = *g;

		in.step = mf_yaml_at(steps, i);
		if (one_step(&in))
			return -1;
	}
	return 0;
}

static int check_workflow(const struct mf_declared *d, const struct mf_dc_file *f, struct mf_check *c, struct mf_err *err)
{
	struct mf_gh g = { .d = d, .f = f, .c = c, .err = err, .root = mf_yaml_root(f->yaml) };
	const struct mf_ynode *jobs = mf_dc_get(g.root, "jobs");

	if (!jobs || mf_yaml_type(jobs) != MF_Y_MAP)
		return 0;
	if (mf_gh_workflow_habits(&g) || mf_gh_env_credentials(&g, mf_dc_get(g.root, "env")) || mf_gh_env_habits(&g, mf_dc_get(g.root, "env")))
		return -1;
	for (size_t i = 0; i < mf_yaml_size(jobs); i++) {
		g.job = mf_yaml_at(jobs, i);
		if (mf_yaml_type(g.job) != MF_Y_MAP)
			continue;
		if (mf_gh_job_habits(&g, mf_yaml_key_at(jobs, i)) || mf_gh_env_credentials(&g, mf_dc_get(g.job, "env")) ||
		    mf_gh_env_habits(&g, mf_dc_get(g.job, "env")) || mf_gh_job_images(&g) ||
		    each_step(&g, mf_dc_get(g.job, "steps")))
			return -1;
	}
	return mf_dc_environments(d, f, jobs, c, err);
}

static int check_action(const struct mf_declared *d, const struct mf_dc_file *f, struct mf_check *c, struct mf_err *err)
{
	const struct mf_gh g = { .d = d, .f = f, .c = c, .err = err, .root = mf_yaml_root(f->yaml) };

	return each_step(&g, mf_dc_get(mf_dc_get(g.root, "runs"), "steps"));
}

const struct mf_dc_family mf_dc_github = { .name = "GitHub workflow", .yaml = true, .wants = wants_workflow, .check = check_workflow };
const struct mf_dc_family mf_dc_action = { .name = "GitHub action", .yaml = true, .quiet = true, .wants = wants_action, .check = check_action };
