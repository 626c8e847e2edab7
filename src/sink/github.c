/* SPDX-License-Identifier: Apache-2.0 */
/* GitHub Actions: variables of the following steps, outputs of this step, masks in its log. */
#include "sink.h"

#include <stdlib.h>

struct github {
	const struct mf_job *job;
	struct mf_sink_opts opts;
	struct mf_append env, output;
	struct mf_filebox files;
	size_t total;		/* bytes of all variables */
	bool committed;
};

static int github_open(void **st, const struct mf_job *job, const struct mf_sink_opts *opts, struct mf_err *err)
{
	struct github *g = calloc(1, sizeof(*g));

	if (!g)
		return mf_fail_nomem(err);
	g->job = job;
	g->opts = *opts;
	g->env = g->output = MF_APPEND_NONE;
	*st = g;
	return 0;
}

static int github_mask(void *st, const struct mf_item *item, struct mf_err *err)
{
	const struct github *g = st;
	const struct mf_mask_rules rules = {
		.require_mask = g->opts.require_mask,
		.unmasked_ok = g->opts.unmasked_ok,
		.file = item->as == MF_AS_FILE,
	};

	return mf_write_masks(g->opts.out_fd, item->value, item->name, &rules, err);
}

static int put_variable(struct github *g, const char *name, struct mf_str value, struct mf_err *err)
{
	if (mf_value_check(name, value, true, err) || mf_value_count(&g->total, name, value.n, err))
		return -1;
	if (g->env.fd < 0 && mf_append_open(&g->env, "GITHUB_ENV", g->job->env_file, err))
		return -1;
	return mf_append_value(&g->env, name, value, err);
}

static int put_output(struct github *g, const char *name, struct mf_str value, struct mf_err *err)
{
	if (mf_output_name_check(name, g->opts.loose_names, err) || mf_output_check(name, value, err))
		return -1;
	if (g->output.fd < 0 && mf_append_open(&g->output, "GITHUB_OUTPUT", g->job->output_file, err))
		return -1;
	return mf_append_value(&g->output, name, value, err);
}

static int github_put(void *st, const struct mf_item *item, struct mf_err *err)
{
	struct github *g = st;
	struct mf_str value = mf_secret_reveal(item->value);
	const char *path;

	/* A file is called like the variable, so the name has to be one in any case. */
	if ((!item->no_env || item->as == MF_AS_FILE) && mf_item_name_check(item, &g->opts, err))
		return -1;
	if (item->as == MF_AS_FILE) {
		if (mf_filebox_put(&g->files, &path, g->job, item, err))
			return -1;
		value = mf_str(path);
	}
	if (!item->no_env && put_variable(g, item->name, value, err))
		return -1;
	return item->no_output ? 0 : put_output(g, item->output ? item->output : item->name, value, err);
}

static int github_commit(void *st, struct mf_err *err)
{
	struct github *g = st;

	if (mf_append_commit(&g->env, err))
		return -1;
	if (mf_append_commit(&g->output, err)) {
		mf_append_undo(&g->env);
		return -1;
	}
	g->committed = true;
	return 0;
}

static void github_close(void *st)
{
	struct github *g = st;

	if (!g)
		return;
	if (!g->committed)
		mf_filebox_undo(&g->files);
	mf_filebox_free(&g->files);
	mf_append_close(&g->env);
	mf_append_close(&g->output);
	free(g);
}

static size_t github_files(void *st, const char *const **paths)
{
	const struct github *g = st;

	*paths = (const char *const *)g->files.paths;
	return g->files.n;
}

const struct mf_sink mf_sink_github = {
	.name = "github",
	.caps = MF_SINK_MASKS,
	.open = github_open,
	.mask = github_mask,
	.put = github_put,
	.commit = github_commit,
	.close = github_close,
	.files = github_files,
};
