/* SPDX-License-Identifier: Apache-2.0 */
/* --online: the trust as the server has it, read with the login that it lets in. */
#include "doctor.h"
#include "once.h"

#include <mayfly/log.h>

static int read_trust(struct mf_doctor *d, struct mf_http *http, struct mf_cred *cred, struct mf_buf *out, struct mf_err *err)
{
	const struct mf_provider *p = d->provider;
	struct mf_err ending = { 0 };
	int rc;

	if (p->exchange(d->env->conf, http, d->who.token ? &d->who : NULL, cred, err))
		return -1;
	rc = p->trust(cred, d->env->conf, http, out, err);
	if (cred->ours && p->revoke && p->revoke(cred, http, NULL, 0, NULL, 0, &ending))
		mf_warn_err(&ending);
	return rc;
}

int mf_doctor_fetch(struct mf_doctor *d, struct mf_buf *out, struct mf_err *err)
{
	struct mf_http *http = NULL;
	struct mf_cred cred = { 0 };
	int rc;

	if (!d->provider->trust) {
		mf_fail(err, MF_E_OPT_VALUE, "--online does not read the trust of %s", d->provider->title);
		mf_err_hint(err, "print it with the server's own tool, and give it with --trust");
		return -1;
	}
	if (mf_once_open(&http, d->env, d->provider, err))
		return -1;
	rc = read_trust(d, http, &cred, out, err);
	mf_cred_free(&cred);
	mf_http_close(http);
	return rc;
}
