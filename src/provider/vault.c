/* SPDX-License-Identifier: Apache-2.0 */
/* Vault and OpenBao as a provider: the table, and how their server is reached. */
#include "vault.h"

#include <stdlib.h>
#include <mayfly/reveal.h>

enum { HEADERS_TEXT_MAX = 512 << 10 };

static bool needs_identity(const struct mf_conf *conf, const char **audience)
{
	const char *aud = mf_conf_str(conf, MF_K_VAULT_AUDIENCE);

	*audience = NULL;
	if (mf_vault_method_of(conf) != MF_VAULT_JWT || mf_conf_is_set(conf, MF_K_VAULT_JWT_KEY))
		return false;
	if (aud && *aud)
		*audience = aud;
	else if (!mf_conf_bool(conf, MF_K_VAULT_CI_AUDIENCE))
		*audience = mf_conf_str(conf, MF_K_VAULT_URL);
	return true;
}

static void explain(long status, const struct mf_json *answer, const struct mf_claims *claims, const struct mf_conf *conf, struct mf_err *err)
{
	mf_vault_explain(status, answer, claims, conf, NULL, err);
}

static void drop(struct mf_cred *cred)
{
	struct mf_vault_priv *priv = cred->priv;

	mf_vault_headers_free(&priv->extra);
	mf_vault_headers_free(&priv->inline_auth);
	mf_secret_free(priv->identity);
	for (size_t i = 0; i < priv->n_sent; i++)
		mf_secret_free(priv->sent[i]);
	free(priv);
	cred->priv = NULL;
}

const struct mf_provider mf_provider_vault = {
	.name = "vault",
	.exchange = mf_vault_exchange,
	.needs_identity = needs_identity,
	.look_up = mf_vault_look_up,
	.reach = mf_vault_reach,
	.fetch = mf_vault_fetch,
	.revoke = mf_vault_revoke,
	.explain = explain,
	.hide = mf_vault_hide,
	.drop = drop,
};

int mf_vault_headers_text(struct mf_secret **out, const struct mf_conf *conf, struct mf_err *err)
{
	size_t n;
	const char *const *lines = mf_conf_list(conf, MF_K_VAULT_HEADERS, &n);
	struct mf_secret *text = n ? mf_secret_empty(HEADERS_TEXT_MAX) : NULL;

	*out = NULL;
	if (n == 0)
		return 0;
	if (!text)
		return mf_fail_nomem(err);
	for (size_t i = 0; i < n; i++)
		if (mf_secret_add(text, lines[i], strlen(lines[i]), err) || mf_secret_add(text, "\n", 1, err)) {
			mf_secret_free(text);
			return -1;
		}
	*out = text;
	return 0;
}

int mf_vault_attach(struct mf_cred *cred, const struct mf_secret *headers, struct mf_err *err)
{
	struct mf_vault_priv *priv;

	cred->provider = &mf_provider_vault;
	if (mf_vault_priv(&priv, cred, err))
		return -1;
	mf_vault_headers_free(&priv->extra);
	return headers ? mf_vault_extra_text(&priv->extra, mf_secret_reveal(headers), err) : 0;
}

static const char *either(const struct mf_conf *conf, enum mf_key first, enum mf_key second)
{
	const char *s = mf_conf_str(conf, first);

	return s && *s ? s : mf_conf_str(conf, second);
}

int mf_vault_http_conf(struct mf_http_conf *out, const struct mf_conf *conf, struct mf_err *err)
{
	int64_t timeout = mf_conf_int(conf, MF_K_TIMEOUT), tries = mf_conf_int(conf, MF_K_TRIES);
	size_t n;

	if (timeout <= 0 || timeout > 86400)
		return mf_fail(err, MF_E_VAULT_CONFIG, "a timeout of %lld s cannot be used", (long long)timeout);
	*out = (struct mf_http_conf){
		.ca_file = either(conf, MF_K_VAULT_CA_FILE, MF_K_CA_FILE),
		.ca_pem = mf_str(mf_conf_str(conf, MF_K_VAULT_CA_PEM)),
		.client_cert = mf_conf_str(conf, MF_K_VAULT_CLIENT_CERT),
		.client_key = mf_conf_str(conf, MF_K_VAULT_CLIENT_KEY),
		.client_cert_pem = mf_conf_secret(conf, MF_K_VAULT_CLIENT_CERT_PEM),
		.client_key_pem = mf_conf_secret(conf, MF_K_VAULT_CLIENT_KEY_PEM),
		.skip_verify = mf_conf_bool(conf, MF_K_VAULT_SKIP_VERIFY),
		.allow_http = mf_conf_bool(conf, MF_K_ALLOW_HTTP),
		.redirect_to = mf_conf_list(conf, MF_K_VAULT_REDIRECT_TO, &n),
		.deadline_ms = (unsigned)timeout * 1000,
		.tries = tries > 0 && tries <= 100 ? (unsigned)tries : 0,
	};
	return 0;
}
