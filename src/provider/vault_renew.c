/* SPDX-License-Identifier: Apache-2.0 */
/* A token and its leases live on, up to the longest life that the server gives them. Source: HashiCorp Vault API, auth/token/renew-self, sys/leases/renew. */
#include "vault.h"

static int lowest(int64_t *life, const struct mf_json *json, const struct mf_jnode *owner, struct mf_err *err)
{
	int64_t seconds;

	if (mf_json_need_int(&seconds, json, owner, "lease_duration", err))
		return -1;
	if (seconds <= 0)
		return mf_fail(err, MF_E_VAULT_ANSWER, "the server renewed it for no time");
	if (!*life || seconds < *life)
		*life = seconds;
	return 0;
}

static int call(int64_t *life, const struct mf_cred *cred, struct mf_http *http, const char *path, const struct mf_secret *body, const char *member, struct mf_err *err)
{
	MF_CLEANUP(mf_json_freep) struct mf_json *json = NULL;
	const struct mf_jnode *owner;
	long status;

	if (mf_vault_call(http, cred, "POST", path, body, MF_RETRY_SAFE, &status, &json, err))
		return -1;
	if (status != 200 || !json) {
		mf_fail(err, MF_E_VAULT_REFUSED, "the server does not renew it");
		mf_err_why(err, "status %ld of '%s'", status, path);
		return -1;
	}
	owner = member ? mf_json_get_z(mf_json_root(json), member) : mf_json_root(json);
	return owner ? lowest(life, json, owner, err) : mf_fail(err, MF_E_VAULT_ANSWER, "the server's answer has no '%s'", member);
}

static int renew_lease(int64_t *life, const struct mf_cred *cred, struct mf_http *http, const char *lease, struct mf_err *err)
{
	MF_CLEANUP(mf_secret_freep) struct mf_secret *body = mf_secret_empty(16384);

	if (!body)
		return mf_fail_nomem(err);
	if (mf_secret_add(body, "{", 1, err) || mf_vault_member(body, "lease_id", mf_str(lease), err) || mf_secret_add(body, "}", 1, err))
		return -1;
	return call(life, cred, http, "sys/leases/renew", body, NULL, err);
}

int mf_vault_renew(struct mf_cred *cred, struct mf_http *http, const char *const *leases, size_t n, int64_t *life, struct mf_err *err)
{
	MF_CLEANUP(mf_secret_freep) struct mf_secret *body = mf_secret_new("{}", 2);

	*life = 0;
	if (!body)
		return mf_fail_nomem(err);
	/* a batch token and one without an end have nothing to renew */
	if (cred->renewable && !cred->unlimited && call(life, cred, http, "auth/token/renew-self", body, "auth", err))
		return -1;
	for (size_t i = 0; i < n; i++)
		if (renew_lease(life, cred, http, leases[i], err))
			return -1;
	if (!*life)
		*life = 3600;
	return 0;
}
