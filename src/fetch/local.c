/* SPDX-License-Identifier: Apache-2.0 */
/* Secrets that are in the job already: a variable, a file. They are masked and handed on like any other. */
#include "fetch_priv.h"

#include <errno.h>
#include <unistd.h>
#include <mayfly/environ.h>
#include <mayfly/fs.h>

enum { FILE_MAX = 1 << 20 };

void mf_source_free(struct mf_source *s)
{
	mf_secret_free(s->raw);
	mf_json_free(s->parsed);
	*s = (struct mf_source){ 0 };
}

static int read_env(struct mf_source *out, const struct mf_ref *ref, mf_getenv_fn env, bool *missing, struct mf_err *err)
{
	const char *value = env(ref->path);

	if (!value)
		value = mf_environ_set_aside(ref->path);
	if (!value) {
		*missing = true;
		mf_fail(err, MF_E_FETCH_ENV, "variable '%s' is not set", ref->path);
		mf_err_hint(err, "set it for this step (on GitHub under 'env:'), or mark the secret 'optional: true'");
		return -1;
	}
	out->raw = mf_secret_new(value, strlen(value));
	return out->raw ? 0 : mf_fail_nomem(err);
}

int mf_source_local(struct mf_source *out, const struct mf_ref *ref, mf_getenv_fn env, bool *missing, struct mf_err *err)
{
	*missing = false;
	if (ref->scheme == MF_REF_ENV)
		return read_env(out, ref, env, missing, err);
	*missing = access(ref->path, F_OK) != 0 && errno == ENOENT;
	return mf_fs_read_secret(&out->raw, ref->path, FILE_MAX, err);
}
