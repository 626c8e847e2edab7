/* SPDX-License-Identifier: Apache-2.0 */
/* The role that a login is judged by, read with a token that may. */
#include "vault.h"

#include <stdio.h>
#include <mayfly/log.h>
#include <mayfly/reveal.h>

static int read_role(struct mf_cred *cred, const struct mf_conf *conf, struct mf_http *http, struct mf_buf *out, struct mf_err *err)
{
	MF_CLEANUP(mf_json_freep) struct mf_json *json = NULL;
	MF_CLEANUP(mf_secret_freep) struct mf_secret *text = NULL;
	/* a login with a token of one's own looks at the role of another method */
	const struct mf_str mount = mf_conf_is_set(conf, MF_K_VAULT_PATH) ? mf_vault_mount(conf) : mf_str("jwt");
	const char *role = mf_conf_str(conf, MF_K_VAULT_ROLE);
	char path[600];
	long status;

	if (!role || !*role)
		return mf_fail(err, MF_E_VAULT_CONFIG, "which role is it? 'vault.role' is not set");
	snprintf(path, sizeof(path), "auth/%.*s/role/%s", (int)(mount.n < 256 ? mount.n : 256), mount.p, role);
	if (mf_vault_call(http, cred, "GET", path, NULL, MF_RETRY_SAFE, &status, &json, err))
		return -1;
	if (status != 200 || !json) {
		if (status == 404) {
			mf_fail(err, MF_E_VAULT_NOT_FOUND, "there is no '%s'", path);
			mf_err_hint(err, "look at vault.role and vault.path, letter by letter");
		} else {
			mf_fail(err, MF_E_VAULT_DENIED, "the login may not read '%s'", path);
			mf_err_hint(err, "a policy with  path \"%s\" { capabilities = [\"read\"] }  lets it, or a token of yours in VAULT_TOKEN (--vault-method token)", path);
		}
		mf_err_why(err, "status %ld", status);
		return -1;
	}
	text = mf_json_secret(json, mf_json_root(json));
	return text ? mf_buf_add(out, mf_secret_reveal(text).p, mf_secret_reveal(text).n, err) : mf_fail_nomem(err);
}

int mf_vault_trust(const struct mf_conf *conf, struct mf_http *http, const struct mf_identity *who, struct mf_buf *out, struct mf_err *err)
{
	struct mf_err ending = { 0 };
	struct mf_cred cred = { 0 };
	int rc;

	if (mf_vault_exchange(conf, http, who, &cred, err))
		return -1;
	rc = read_role(&cred, conf, http, out, err);
	if (cred.ours && mf_vault_revoke(&cred, http, NULL, 0, NULL, 0, &ending))
		mf_warn_err(&ending);
	mf_cred_free(&cred);
	return rc;
}
