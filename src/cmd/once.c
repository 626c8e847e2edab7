/* SPDX-License-Identifier: Apache-2.0 */
/* One login that goes to whoever asks for it, and is neither saved nor exported. */
#include "once.h"

#include <unistd.h>

int mf_once_identity(struct mf_identity *out, const struct mf_env *env, const char *audience, struct mf_err *err)
{
	struct mf_http_conf conf = { 0 };
	struct mf_http *http = NULL;
	int rc;

	if (mf_provider_http_conf(&conf, env->conf, err))
		return -1;
	conf.stop = env->stop;
	if (mf_http_open(&http, &conf, err))
		return -1;
	rc = mf_identity_get(out, env->conf, &env->job, env->getenv, http, audience, err);
	mf_http_close(http);
	return rc;
}

int mf_once_open(struct mf_http **out, const struct mf_env *env, const struct mf_provider *p, struct mf_err *err)
{
	struct mf_http_conf conf = { 0 };

	if (p->check(env->conf, err) || p->http_conf(&conf, env->conf, err))
		return -1;
	conf.stop = env->stop;
	return mf_http_open(out, &conf, err);
}

int mf_once_login(struct mf_cred *cred, struct mf_identity *who, const struct mf_env *env, const struct mf_provider *p, struct mf_err *err)
{
	struct mf_http *http = NULL;
	const char *audience = NULL;
	int rc = mf_once_open(&http, env, p, err);

	if (rc == 0 && p->needs_identity(env->conf, &audience))
		rc = mf_once_identity(who, env, audience, err);
	if (rc == 0)
		rc = p->exchange(env->conf, http, who->token ? who : NULL, cred, err);
	mf_http_close(http);
	return rc;
}

int mf_once_piped(const char *whose, const char *help, struct mf_err *err)
{
	if (!isatty(STDOUT_FILENO))
		return 0;
	mf_fail(err, MF_E_CMD_CALLER, "this prints a secret, and is for %s", whose);
	mf_err_hint(err, "%s", help);
	return -1;
}
