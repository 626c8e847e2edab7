/* SPDX-License-Identifier: Apache-2.0 */
/* The state between the main step and the post step: in GITHUB_STATE for our action, else in a file. */
#include "state.h"

#include "sink.h"

#define NAME "mayfly"

static bool in_github(const struct mf_job *job)
{
	return job->ci == MF_CI_GITHUB && job->action && job->state_file;
}

static int fail(struct mf_err *err)
{
	err->id = mf_error_id(MF_E_STATE_WRITE);
	err->code = mf_error_code(MF_E_STATE_WRITE);
	mf_err_wrap(err, "cannot save what the end of the job has to revoke");
	return -1;
}

static int save_in_github(const struct mf_secret *text, const struct mf_job *job, struct mf_err *err)
{
	struct mf_append a;
	int r;

	if (mf_append_open(&a, "GITHUB_STATE", job->state_file, err))
		return -1;
	r = mf_append_value(&a, NAME, mf_secret_reveal(text), err);
	if (r == 0)
		r = mf_append_commit(&a, err);
	mf_append_close(&a);
	return r;
}

/* As a variable of the post step it may not be large: leases end with their token and are the first to go. */
static int shorten(struct mf_secret **text, const struct mf_state *s, struct mf_err *err)
{
	if (mf_secret_len(*text) <= MF_STATE_TEXT_MAX)
		return 0;
	mf_secret_free(*text);
	*text = NULL;
	if (mf_state_write(text, s, false, err))
		return -1;
	if (mf_secret_len(*text) <= MF_STATE_TEXT_MAX)
		return 0;
	mf_fail(err, MF_E_STATE_WRITE, "the state for the end of the job is longer than 96 KiB");
	mf_err_why(err, "it becomes a variable of the post step, which could not start");
	mf_err_hint(err, "give certificates as a file (vault.ca-file), and fewer secrets as files");
	return -1;
}

int mf_state_save(const struct mf_state *s, const struct mf_job *job, mf_getenv_fn env, struct mf_err *err)
{
	MF_CLEANUP(mf_secret_freep) struct mf_secret *text = NULL;

	if (mf_state_write(&text, s, true, err))
		return fail(err);
	if (!in_github(job))
		return mf_state_file_save(text, job, env, err) ? fail(err) : 0;
	if (shorten(&text, s, err))
		return -1;
	return save_in_github(text, job, err) ? fail(err) : 0;
}

int mf_state_load(struct mf_state *out, const struct mf_job *job, mf_getenv_fn env, struct mf_err *err)
{
	MF_CLEANUP(mf_secret_freep) struct mf_secret *text = NULL;
	const char *saved = env ? env("STATE_" NAME) : NULL;

	if (saved && *saved)
		return mf_state_parse(out, mf_str(saved), "GITHUB_STATE", err);
	if (mf_state_file_read(&text, job, env, err))
		return -1;
	if (text)
		return mf_state_parse(out, mf_secret_reveal(text), "the job's state file", err);
	*out = (struct mf_state){ 0 };
	return 0;
}

int mf_state_drop(const struct mf_job *job, mf_getenv_fn env, struct mf_err *err)
{
	return mf_state_file_drop(job, env, err);
}
