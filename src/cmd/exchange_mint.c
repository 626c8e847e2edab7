/* SPDX-License-Identifier: Apache-2.0 */
/* mayfly exchange github, mayfly exchange publish: tokens that are had with one request. */
#include "commands.h"
#include "session.h"

static const struct mf_opt opts[] = {
	MF_OPTS_MINT,
	MF_OPTS_IDENTITY,
	{ .kind = MF_OPT_KEY, .key = MF_K_LIFETIME_ENABLED },
	MF_OPTS_EXPORT,
	MF_OPTS_NET,
	{ .kind = MF_OPT_END },
};

static int exchange(struct mf_env *env, const struct mf_provider *provider, enum mf_key key, struct mf_err *err)
{
	mf_conf_clear_wants(env->conf);
	/* what is not asked for at all would log in nowhere */
	if (provider->check(env->conf, err) || mf_exchange_only(env->conf, key, err))
		return -1;
	if (env->common.dry_run)
		return mf_report_plan(env, NULL, err);
	return mf_session_go(env, NULL, err);
}

static int run_github(struct mf_env *env, const struct mf_args *args, struct mf_err *err)
{
	(void)args;
	return exchange(env, &mf_provider_github, MF_K_GITHUB_SCOPE, err);
}

static int run_publish(struct mf_env *env, const struct mf_args *args, struct mf_err *err)
{
	(void)args;
	return exchange(env, &mf_provider_publish, MF_K_PUBLISH_TO, err);
}

const struct mf_cmd mf_cmd_exchange_github = {
	.name = "exchange github",
	.args = "",
	.brief = "exchange the job's identity for a GitHub App's installation token",
	.about =
		"Asks an octo-sts service for a token of its GitHub App, for a repository whose trust policy admits this job: instead of a personal access token for repositories beside the job's own. "
		"The token is exported as GH_TOKEN (--github-token-name), lives for an hour, and is revoked at the end of the job.",
	.example = "mayfly exchange github --github-scope acme/infrastructure --github-identity deploy\n",
	.opts = opts,
	.needs = MF_NEEDS_NET | MF_NEEDS_TOKEN | MF_NEEDS_CONF,
	.evals = true,
	.run = run_github,
};

const struct mf_cmd mf_cmd_exchange_publish = {
	.name = "exchange publish",
	.args = "",
	.brief = "exchange the job's identity for a registry's token: trusted publishing",
	.about =
		"Asks PyPI, npm, crates.io or RubyGems for a token for the package that this job is a trusted publisher of, and exports it under the names that their tools read: TWINE_PASSWORD and "
		"UV_PUBLISH_TOKEN, NODE_AUTH_TOKEN and NPM_TOKEN, CARGO_REGISTRY_TOKEN, GEM_HOST_API_KEY. crates.io's is revoked at the end of the job; the others end by themselves.",
	.example =
		"mayfly exchange publish --publish-to pypi\n"
		"mayfly exchange publish --publish-to npm --publish-package @acme/shop\n",
	.opts = opts,
	.needs = MF_NEEDS_NET | MF_NEEDS_TOKEN | MF_NEEDS_CONF,
	.evals = true,
	.run = run_publish,
};
