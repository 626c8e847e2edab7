/* SPDX-License-Identifier: Apache-2.0 */
/* --online: the trust as the server has it. */
#include "doctor.h"
#include "once.h"

int mf_doctor_fetch(struct mf_doctor *d, struct mf_buf *out, struct mf_err *err)
{
	struct mf_http *http = NULL;
	int rc;

	if (mf_once_open(&http, d->env, d->provider, err))
		return -1;
	rc = d->provider->trust(d->env->conf, http, d->who.token ? &d->who : NULL, out, err);
	mf_http_close(http);
	return rc;
}
