/* SPDX-License-Identifier: Apache-2.0 */
/* Trusted publishing: a registry's short-lived token for the job's identity. Sources: docs.pypi.org, "Trusted Publishers, Internals" (mint-token); docs.npmjs.com, "Trusted publishing",
 * and npm's CLI (oidc/token/exchange); crates.io, "Trusted Publishing"; guides.rubygems.org, "Trusted Publishing". */
#include "mint.h"

#include <stdio.h>
#include <string.h>
#include <mayfly/alloc.h>
#include <mayfly/url.h>

struct registry {
	const char *name, *title, *url, *audience;
	const char *path;		/* %s: the package, percent-encoded */
	const char *body_member, *token;
	const char *revoke;		/* path, or NULL: tokens only end */
	int64_t life;			/* seconds */
	const char *variables[3];	/* that the tools read */
	const char *user;		/* that goes with the token, or NULL */
};

static const struct registry registries[] = {
	{ "pypi", "PyPI", "https://pypi.org", "pypi", "/_/oidc/mint-token", "token", "token", NULL, 900, { "TWINE_PASSWORD", "UV_PUBLISH_TOKEN", NULL }, "TWINE_USERNAME" },
	{ "testpypi", "TestPyPI", "https://test.pypi.org", "testpypi", "/_/oidc/mint-token", "token", "token", NULL, 900, { "TWINE_PASSWORD", "UV_PUBLISH_TOKEN", NULL }, "TWINE_USERNAME" },
	{ "npm", "npm", "https://registry.npmjs.org", "npm:registry.npmjs.org", "/-/npm/v1/oidc/token/exchange/package/%s", NULL, "token", NULL, 3600, { "NODE_AUTH_TOKEN", "NPM_TOKEN", NULL }, NULL },
	{ "cargo", "crates.io", "https://crates.io", "crates.io", "/api/v1/trusted_publishing/tokens", "jwt", "token", "/api/v1/trusted_publishing/tokens", 1800, { "CARGO_REGISTRY_TOKEN", NULL, NULL }, NULL },
	{ "rubygems", "RubyGems", "https://rubygems.org", "rubygems.org", "/api/v1/oidc/trusted_publisher/exchange_token", "jwt", "rubygems_api_key", NULL, 900, { "GEM_HOST_API_KEY", NULL, NULL }, NULL },
};

static const char *text(const struct mf_conf *conf, enum mf_key k)
{
	const char *s = mf_conf_str(conf, k);

	return s && *s ? s : NULL;
}

static const struct registry *named(const char *name)
{
	for (size_t i = 0; name && i < MF_COUNT(registries); i++)
		if (strcmp(registries[i].name, name) == 0)
			return &registries[i];
	return NULL;
}

static const struct registry *registry_of(const struct mf_conf *conf)
{
	return named(text(conf, MF_K_PUBLISH_TO));
}

static bool wanted(const struct mf_conf *conf)
{
	return registry_of(conf) != NULL;
}

static bool needs_identity(const struct mf_conf *conf, const char **audience)
{
	const struct registry *r = registry_of(conf);
	const char *own = text(conf, MF_K_PUBLISH_AUDIENCE);

	*audience = own ? own : r ? r->audience : NULL;
	return true;
}

static int check(const struct mf_conf *conf, struct mf_err *err)
{
	const struct registry *r = registry_of(conf);
	const char *package = text(conf, MF_K_PUBLISH_PACKAGE);

	if (!r) {
		mf_fail(err, MF_E_MINT_CONFIG, "publish where? 'publish.to' is not set");
		mf_err_hint(err, "it is pypi, testpypi, npm, cargo or rubygems");
		return -1;
	}
	if (strstr(r->path, "%s") && (!package || strlen(package) > 214)) {
		mf_fail(err, MF_E_MINT_CONFIG, "npm gives a token for one package: 'publish.package' %s", package ? "is too long" : "is not set");
		mf_err_hint(err, "it is as in package.json: @scope/name");
		return -1;
	}
	return 0;
}

static int address(struct mf_buf *out, const struct registry *r, const struct mf_conf *conf, struct mf_err *err)
{
	const char *own = text(conf, MF_K_PUBLISH_URL), *base = own ? own : r->url, *hole = strstr(r->path, "%s");
	size_t n = strlen(base);

	while (n && base[n - 1] == '/')
		n--;
	if (mf_buf_add(out, base, n, err) || mf_buf_add(out, r->path, hole ? (size_t)(hole - r->path) : strlen(r->path), err))
		return -1;
	return hole ? mf_url_add_segment(out, mf_str(text(conf, MF_K_PUBLISH_PACKAGE)), err) : 0;
}

static int plan(const struct mf_conf *conf, mf_fact_fn *add, void *ctx, struct mf_err *err)
{
	const struct registry *r = registry_of(conf);
	struct mf_buf url = MF_BUF(MF_MINT_URL);
	int rc;

	if (check(conf, err))
		return -1;
	rc = address(&url, r, conf, err) || add(ctx, "url", mf_buf_text(&url), err) || add(ctx, "registry", r->title, err) || add(ctx, "package", text(conf, MF_K_PUBLISH_PACKAGE), err) ||
	     add(ctx, "ends", r->revoke ? "revoked at the end of the job" : "by itself: it cannot be revoked", err) ? -1 : 0;
	mf_buf_free(&url);
	return rc;
}

static int exchange(const struct mf_conf *conf, struct mf_http *http, const struct mf_identity *who, struct mf_cred *out, struct mf_err *err)
{
	const struct registry *r = registry_of(conf);
	struct mf_cred cred = { .provider = &mf_provider_publish, .kind = "registry-token", .title = "a registry's token for publishing" };
	struct mf_buf url = MF_BUF(MF_MINT_URL);
	struct mf_mint m = { .post = true, .hint = "the package needs a trusted publisher at the registry whose repository, workflow file and environment are this job's, letter by letter" };
	const char *own = text(conf, MF_K_PUBLISH_URL);
	int rc;

	if (check(conf, err))
		return -1;
	m.title = r->title;
	m.body_member = r->body_member;
	m.token = r->token;
	cred.named = r->variables[0];
	rc = address(&url, r, conf, err);
	m.url = mf_buf_text(&url);
	if (rc == 0)
		rc = mf_mint_exchange(&cred, &m, http, who, r->life, err);
	if (rc == 0 && (!(cred.url = mf_strdup(own ? own : r->url)) || !(cred.subject = mf_strdup(r->title)) || !(cred.ns = mf_strdup(r->name))))
		rc = mf_fail_nomem(err);
	mf_buf_free(&url);
	if (rc) {
		mf_cred_free(&cred);
		return -1;
	}
	*out = cred;
	return 0;
}

static int hand_over(const struct mf_cred *cred, const struct mf_conf *conf, bool drop_in, mf_grant_fn *give, void *ctx, struct mf_err *err)
{
	const struct registry *r = registry_of(conf);

	(void)drop_in;
	for (size_t i = 0; r && r->variables[i]; i++)
		if (mf_mint_give(cred, r->variables[i], i ? NULL : "publish_token", give, ctx, err))
			return -1;
	return r && r->user ? give(ctx, &(struct mf_grant){ .name = r->user, .plain = "__token__" }, err) : 0;
}

static void shorten(const struct mf_cred *cred, const struct mf_conf *conf, char *out, size_t size)
{
	(void)cred;
	(void)conf;
	snprintf(out, size, "the registry alone decides how long its tokens live");
}

static int revoke(const struct mf_cred *cred, struct mf_http *http, const char *const *leases, size_t n, char *how, size_t how_size, struct mf_err *err)
{
	const struct registry *r = named(cred->ns);
	char url[MF_MINT_URL];

	(void)leases;
	(void)n;
	if (!r || !r->revoke) {
		if (how)
			snprintf(how, how_size, "cannot be revoked, ends by itself");
		return 0;
	}
	snprintf(url, sizeof(url), "%s%s", cred->url, r->revoke);
	return mf_mint_revoke(cred, url, http, how, how_size, err);
}

const struct mf_provider mf_provider_publish = {
	.name = "publish",
	.title = "the registry",
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
