/* SPDX-License-Identifier: Apache-2.0 */
/* The state between the main step and the post step: in GITHUB_STATE for our action, else in a file. */
#include "state.h"

#include <stdlib.h>

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

/* The first folder that can be used. What an earlier run has put into another one is found there by load. */
static int save_in_file(const struct mf_state *s, const struct mf_job *job, mf_getenv_fn env, struct mf_err *err)
{
	struct mf_err last = { 0 };

	for (size_t i = 0; i < mf_state_folders(job); i++) {
		MF_CLEANUP(mf_freep) char *dir = mf_state_folder(job, env, i);

		if (!dir)
			return mf_fail_nomem(err);
		last = (struct mf_err){ 0 };
		if (mf_state_file_add(s, dir, &last) == 0)
			return 0;
	}
	*err = last;	/* the first places are preferred, but need not exist */
	return -1;
}

int mf_state_save(const struct mf_state *s, const struct mf_job *job, mf_getenv_fn env, struct mf_err *err)
{
	MF_CLEANUP(mf_secret_freep) struct mf_secret *text = NULL;

	if (mf_state_write(&text, s, err))
		return fail(err);
	/* what is too long for a variable of the post step goes into the file, which that step reads too */
	if (in_github(job) && mf_secret_len(text) <= MF_STATE_TEXT_MAX)
		return save_in_github(text, job, err) ? fail(err) : 0;
	return save_in_file(s, job, env, err) ? fail(err) : 0;
}

/* Keeps the first of several reasons. */
static int note(int rc, struct mf_err *err, const struct mf_err *why)
{
	if (rc == 0)
		*err = *why;
	return -1;
}

static int load_variable(struct mf_state *out, const char *text, struct mf_err *err)
{
	struct mf_state s = { 0 };
	int rc = mf_state_parse(&s, mf_str(text), "GITHUB_STATE", err);

	if (rc == 0)
		rc = mf_state_join(out, &s, err);
	mf_state_free(&s);
	return rc;
}

int mf_state_load(struct mf_state *out, const struct mf_job *job, mf_getenv_fn env, struct mf_err *err)
{
	const char *saved = env ? env("STATE_" NAME) : NULL;
	struct mf_err why = { 0 };
	int rc = 0;

	*out = (struct mf_state){ 0 };
	if (saved && *saved && load_variable(out, saved, &why))
		rc = note(rc, err, &why);
	for (size_t i = 0; i < mf_state_folders(job); i++) {
		MF_CLEANUP(mf_freep) char *dir = mf_state_folder(job, env, i);

		why = (struct mf_err){ 0 };
		if (dir ? mf_state_file_read(out, dir, &why) : mf_fail_nomem(&why))
			rc = note(rc, err, &why);
	}
	return rc;
}

int mf_state_remove(const struct mf_state *s, const struct mf_job *job, mf_getenv_fn env, size_t *left, struct mf_err *err)
{
	MF_CLEANUP(mf_secret_freep) struct mf_secret *text = NULL;
	const char *saved = env ? env("STATE_" NAME) : NULL;
	struct mf_err why = { 0 };
	size_t n = 0;
	int rc = 0;

	/* a later entry counts; in the post step there is nobody left to read one */
	if (in_github(job) && !saved && (mf_state_write(&text, &(struct mf_state){ 0 }, &why) || save_in_github(text, job, &why)))
		rc = note(rc, err, &why);
	for (size_t i = 0; i < mf_state_folders(job); i++) {
		MF_CLEANUP(mf_freep) char *dir = mf_state_folder(job, env, i);

		why = (struct mf_err){ 0 };
		if (dir ? mf_state_file_subtract(s, dir, &n, &why) : mf_fail_nomem(&why))
			rc = note(rc, err, &why);
	}
	if (left)
		*left = n;
	return rc;
}
