/* SPDX-License-Identifier: Apache-2.0 */
/* Installation tokens of GitHub Apps by an octo-sts service: for other repositories than the job's own, by a trust policy that lies in them. Sources: octo-sts' documentation
 * (/sts/exchange); GitHub REST API, "Revoke an installation access token". */
#include "mint.h"

#include <stdio.h>
#include <string.h>
#include <mayfly/alloc.h>
#include <mayfly/url.h>

enum { LIFE = 3600 };

static const char *text(const struct mf_conf *conf, enum mf_key k)
{
	const char *s = mf_conf_str(conf, k);

	return s && *s ? s : NULL;
}

static bool wanted(const struct mf_conf *conf)
{
	return text(conf, MF_K_GITHUB_SCOPE) != NULL;
}

/* "octo-sts.dev" of the service's address: the audience that it wants. */
static bool needs_identity(const struct mf_conf *conf, const char **audience)
{
	static char host[MF_URL_HOST];
	struct mf_err ignored = { 0 };
	struct mf_url url;

	*audience = text(conf, MF_K_GITHUB_AUDIENCE);
	if (!*audience && mf_url_parse(&url, mf_conf_str(conf, MF_K_GITHUB_STS_URL), &ignored) == 0) {
		mf_url_host(host, &url);
		*audience = host;
	}
	return true;
}

static bool all_of(const char *s, const char *more)
{
	for (size_t i = 0; s[i]; i++)
		if (!((s[i] | 0x20) >= 'a' && (s[i] | 0x20) <= 'z') && !(s[i] >= '0' && s[i] <= '9') && !strchr(more, s[i]))
			return false;
	return *s && strlen(s) < 200;
}

static int check(const struct mf_conf *conf, struct mf_err *err)
{
	const char *scope = text(conf, MF_K_GITHUB_SCOPE), *identity = text(conf, MF_K_GITHUB_IDENTITY);

	if (!scope || !all_of(scope, "-_./")) {
		mf_fail(err, MF_E_MINT_CONFIG, scope ? "'github.scope' is no repository and no organization" : "a token for what? 'github.scope' is not set");
		mf_err_hint(err, "it is OWNER/REPOSITORY, or OWNER for a trust policy of the whole organization");
		return -1;
	}
	if (!identity || !all_of(identity, "-_.")) {
		mf_fail(err, MF_E_MINT_CONFIG, identity ? "'github.identity' is no name of a trust policy" : "by which trust policy? 'github.identity' is not set");
		mf_err_hint(err, "it is NAME of .github/chainguard/NAME.sts.yaml in the repository that the token is for");
		return -1;
	}
	return 0;
}

static int plan(const struct mf_conf *conf, mf_fact_fn *add, void *ctx, struct mf_err *err)
{
	return add(ctx, "url", mf_conf_str(conf, MF_K_GITHUB_STS_URL), err) || add(ctx, "scope", text(conf, MF_K_GITHUB_SCOPE), err) || add(ctx, "identity", text(conf, MF_K_GITHUB_IDENTITY), err) ||
	       add(ctx, "lifetime", "1 h", err) || add(ctx, "ends", "revoked at the end of the job", err) ? -1 : 0;
}

static int exchange(const struct mf_conf *conf, struct mf_http *http, const struct mf_identity *who, struct mf_cred *out, struct mf_err *err)
{
	struct mf_cred cred = { .provider = &mf_provider_github, .kind = "github-app-token", .title = "a GitHub App's installation token", .named = "GH_TOKEN" };
	struct mf_mint m = { .title = "the STS for GitHub", .token = "token", .hint = "the repository needs a trust policy of that name on its default branch, .github/chainguard/NAME.sts.yaml, whose issuer, "
		"subject and audience fit what was sent, and the App of the service has to be installed there" };
	const char *base = mf_conf_str(conf, MF_K_GITHUB_STS_URL);
	struct mf_buf url = MF_BUF(MF_MINT_URL), subject = MF_BUF(600);
	int rc;

	if (check(conf, err))
		return -1;
	rc = mf_buf_printf(&url, err, "%.*s/sts/exchange", (int)(strlen(base) - (base[strlen(base) - 1] == '/')), base) || mf_url_add_query(&url, "scope", mf_str(text(conf, MF_K_GITHUB_SCOPE)), err) ||
	     mf_url_add_query(&url, "identity", mf_str(text(conf, MF_K_GITHUB_IDENTITY)), err) ||
	     mf_buf_printf(&subject, err, "'%s' by trust policy '%s'", text(conf, MF_K_GITHUB_SCOPE), text(conf, MF_K_GITHUB_IDENTITY)) ? -1 : 0;
	m.url = mf_buf_text(&url);
	if (rc == 0)
		rc = mf_mint_exchange(&cred, &m, http, who, LIFE, err);
	if (rc == 0 && (!(cred.url = mf_strdup(mf_conf_str(conf, MF_K_GITHUB_API_URL))) || !(cred.subject = mf_buf_take(&subject))))
		rc = mf_fail_nomem(err);
	mf_buf_free(&url);
	mf_buf_free(&subject);
	if (rc) {
		mf_cred_free(&cred);
		return -1;
	}
	*out = cred;
	return 0;
}

static int hand_over(const struct mf_cred *cred, const struct mf_conf *conf, bool drop_in, mf_grant_fn *give, void *ctx, struct mf_err *err)
{
	(void)drop_in;
	return wanted(conf) ? mf_mint_give(cred, mf_conf_str(conf, MF_K_GITHUB_TOKEN_NAME), "github_token", give, ctx, err) : 0;
}

static void shorten(const struct mf_cred *cred, const struct mf_conf *conf, char *out, size_t size)
{
	(void)cred;
	(void)conf;
	snprintf(out, size, "GitHub gives installation tokens an hour; this one is revoked when the job ends");
}

static int revoke(const struct mf_cred *cred, struct mf_http *http, const char *const *leases, size_t n, char *how, size_t how_size, struct mf_err *err)
{
	char url[MF_MINT_URL];

	(void)leases;
	(void)n;
	snprintf(url, sizeof(url), "%s/installation/token", cred->url);
	return mf_mint_revoke(cred, url, http, how, how_size, err);
}

const struct mf_provider mf_provider_github = {
	.name = "github",
	.title = "GitHub",
	.wanted = wanted,
	.check = check,
	.http_conf = mf_provider_http_conf,
	.plan = plan,
	.exchange = exchange,
	.secret = mf_mint_secret,
	.hand_over = hand_over,
	.shorten = shorten,
	.needs_identity = needs_identity,
	.revoke = revoke,
	.hide = mf_mint_hide,
	.drop = mf_mint_drop,
};
