/* SPDX-License-Identifier: Apache-2.0 */
/* Vault and OpenBao as a provider: the table, and how their server is reached. */
#include "vault.h"

#include <stdio.h>
#include <stdlib.h>
#include <mayfly/alloc.h>
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

static int headers(struct mf_secret **out, const struct mf_conf *conf, struct mf_err *err)
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

static int attach(struct mf_cred *cred, const struct mf_secret *headers, struct mf_err *err)
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
	size_t n;

	if (mf_provider_http_conf(out, conf, err))
		return -1;
	out->ca_file = either(conf, MF_K_VAULT_CA_FILE, MF_K_CA_FILE);
	out->ca_pem = mf_str(mf_conf_str(conf, MF_K_VAULT_CA_PEM));
	out->client_cert = mf_conf_str(conf, MF_K_VAULT_CLIENT_CERT);
	out->client_key = mf_conf_str(conf, MF_K_VAULT_CLIENT_KEY);
	out->client_cert_pem = mf_conf_secret(conf, MF_K_VAULT_CLIENT_CERT_PEM);
	out->client_key_pem = mf_conf_secret(conf, MF_K_VAULT_CLIENT_KEY_PEM);
	out->skip_verify = mf_conf_bool(conf, MF_K_VAULT_SKIP_VERIFY);
	out->redirect_to = mf_conf_list(conf, MF_K_VAULT_REDIRECT_TO, &n);
	return 0;
}

static bool wanted(const struct mf_conf *conf)
{
	return mf_conf_bool(conf, MF_K_VAULT_EXPORT_TOKEN) || mf_conf_bool(conf, MF_K_VAULT_OUTPUT_TOKEN);
}

static int plan(const struct mf_conf *conf, mf_fact_fn *add, void *ctx, struct mf_err *err)
{
	const bool ready = mf_vault_method_of(conf) == MF_VAULT_TOKEN;
	const struct mf_str m = mf_vault_mount(conf);
	MF_CLEANUP(mf_freep) char *mount = mf_strndup(m.p, m.n);

	if (!mount)
		return mf_fail_nomem(err);
	if (add(ctx, "url", mf_conf_str(conf, MF_K_VAULT_URL), err) || add(ctx, "namespace", mf_conf_str(conf, MF_K_VAULT_NAMESPACE), err) ||
	    add(ctx, "method", mf_vault_method(conf), err))
		return -1;
	if (!ready && (add(ctx, "mount", mount, err) || add(ctx, "role", mf_conf_str(conf, MF_K_VAULT_ROLE), err)))
		return -1;
	return add(ctx, "lifetime", ready ? "what the token has left: asked at login" : "what the role grants: shown at login", err) ||
		add(ctx, "ends", ready ? "not by mayfly: the token was there before" :
			mf_conf_bool(conf, MF_K_VAULT_INLINE) ? "no token exists: each read logs in by itself" :
			mf_conf_bool(conf, MF_K_REVOKE) ? "revoked at the end of the job" : "by itself: revoke is off", err) ? -1 : 0;
}

static const struct mf_secret *secret(const struct mf_cred *cred, size_t i, const char **called)
{
	*called = "the Vault token";
	return i == 0 ? cred->token : NULL;
}

static int give_plain(const char *name, const char *value, mf_grant_fn *give, void *ctx, struct mf_err *err)
{
	return value && *value ? give(ctx, &(struct mf_grant){ .name = name, .plain = value }, err) : 0;
}

static int give_token(const struct mf_cred *cred, const struct mf_conf *conf, mf_grant_fn *give, void *ctx, struct mf_err *err)
{
	struct mf_grant grant = {
		.name = "VAULT_TOKEN", .output = mf_conf_bool(conf, MF_K_VAULT_OUTPUT_TOKEN) ? "vault_token" : NULL,
		.no_env = !mf_conf_bool(conf, MF_K_VAULT_EXPORT_TOKEN), .there = mf_vault_method_of(conf) == MF_VAULT_TOKEN,
	};

	if (cred) {
		grant.value = mf_secret_dup(cred->token);
		if (!grant.value)
			return mf_fail_nomem(err);
	}
	return give(ctx, &grant, err);
}

static int hand_over(const struct mf_cred *cred, const struct mf_conf *conf, bool drop_in, mf_grant_fn *give, void *ctx, struct mf_err *err)
{
	if (!wanted(conf) || (cred && !cred->token))
		return 0;
	if (give_token(cred, conf, give, ctx, err))
		return -1;
	/* the drop-in exports what its model does, and no more: the job may have an address of its own */
	if (drop_in || !mf_conf_bool(conf, MF_K_VAULT_EXPORT_TOKEN))
		return 0;
	return give_plain("VAULT_ADDR", mf_conf_str(conf, MF_K_VAULT_URL), give, ctx, err) ||
		give_plain("VAULT_NAMESPACE", mf_conf_str(conf, MF_K_VAULT_NAMESPACE), give, ctx, err) ? -1 : 0;
}

/* Words that both vendors' programs take. */
static void shorten(const struct mf_cred *cred, const struct mf_conf *conf, char *out, size_t size)
{
	const struct mf_str mount = mf_vault_mount(conf);
	const char *role = mf_conf_str(conf, MF_K_VAULT_ROLE);
	const enum mf_vault_method method = mf_vault_method_of(conf);

	if (cred->root)
		snprintf(out, size, "take the policy 'root' away from the login, and give it the paths that the job reads");
	else if (method == MF_VAULT_JWT || method == MF_VAULT_KUBERNETES || method == MF_VAULT_APPROLE)
		snprintf(out, size, "vault write auth/%.*s/role/%s token_ttl=15m token_max_ttl=1h%s", (int)mount.n, mount.p,
			 role && *role && method != MF_VAULT_APPROLE ? role : "NAME", cred->period ? " token_period=0" : "");
	else
		snprintf(out, size, "set token_ttl=15m and token_max_ttl=1h where auth/%.*s knows the login, or for all of it:  "
			 "vault auth tune -default-lease-ttl=15m -max-lease-ttl=1h %.*s/", (int)mount.n, mount.p, (int)mount.n, mount.p);
}

const struct mf_provider mf_provider_vault = {
	.name = "vault",
	.title = "Vault",
	.schemes = 1u << MF_REF_VAULT,
	.wanted = wanted,
	.check = mf_vault_check,
	.http_conf = mf_vault_http_conf,
	.plan = plan,
	.secret = secret,
	.hand_over = hand_over,
	.shorten = shorten,
	.exchange = mf_vault_exchange,
	.needs_identity = needs_identity,
	.look_up = mf_vault_look_up,
	.reach = mf_vault_reach,
	.trust = mf_vault_trust,
	.renew = mf_vault_renew,
	.fetch = mf_vault_fetch,
	.revoke = mf_vault_revoke,
	.hide = mf_vault_hide,
	.headers = headers,
	.attach = attach,
	.drop = drop,
};
