/* SPDX-License-Identifier: Apache-2.0 */
/* A login token that is signed with the user's own key, with the claims that vault-action puts into it. */
#include "vault.h"

#include <stdlib.h>
#include <mayfly/clock.h>

/* A claim from a variable of the job; left out when it is not set. */
static int claim(struct mf_buf *out, const char *name, const char *variable, struct mf_err *err)
{
	const char *value = getenv(variable);

	if (!value)
		return 0;
	if (mf_buf_printf(out, err, ",\"%s\":", name))
		return -1;
	return mf_json_quote(out, mf_str(value), err);
}

static int payload(struct mf_buf *out, int64_t now, int64_t ttl, struct mf_err *err)
{
	if (mf_buf_printf(out, err, "{\"iss\":\"vault-action\",\"iat\":%lld,\"nbf\":%lld,\"exp\":%lld", (long long)now, (long long)now,
			  (long long)(now + ttl)))
		return -1;
	if (claim(out, "event", "GITHUB_EVENT_NAME", err) || claim(out, "workflow", "GITHUB_WORKFLOW", err) ||
	    claim(out, "sha", "GITHUB_SHA", err) || claim(out, "actor", "GITHUB_ACTOR", err) ||
	    claim(out, "repository", "GITHUB_REPOSITORY", err) || claim(out, "ref", "GITHUB_REF", err))
		return -1;
	return mf_buf_putc(out, '}', err);
}

int mf_vault_own_jwt(struct mf_secret **out, const struct mf_conf *conf, struct mf_err *err)
{
	int64_t ttl = mf_conf_int(conf, MF_K_VAULT_JWT_TTL);
	struct mf_buf text = MF_BUF(65536);
	int rc;

	if (ttl <= 0 || ttl > 365 * 86400)
		return mf_fail(err, MF_E_VAULT_CONFIG, "a token that is signed with a key cannot live for %lld s", (long long)ttl);
	rc = payload(&text, mf_now(), ttl, err) ||
	     mf_jwt_sign(out, (struct mf_str){ text.p, text.n }, mf_conf_secret(conf, MF_K_VAULT_JWT_KEY),
			 mf_conf_secret(conf, MF_K_VAULT_JWT_KEY_PASSWORD), err);
	mf_buf_free(&text);
	return rc ? -1 : 0;
}
