/* SPDX-License-Identifier: Apache-2.0 */
/* mayfly revoke: the end of the job. Tokens and leases are revoked, files wiped, within five seconds: runners
 * kill soon after they ask. What cannot be ended is said, with the time it has left; it is never an error. */
#include <stdlib.h>

#include <mayfly/clock.h>

#include "commands.h"
#include "session.h"

#define REVOKE_MS 4500

static const struct mf_opt opts[] = {
	MF_OPTS_VAULT_NET,
	MF_OPTS_NET,
	{ .kind = MF_OPT_END },
};

static const struct mf_provider *find_provider(const char *name)
{
	return name && strcmp(name, mf_provider_vault.name) == 0 ? &mf_provider_vault : NULL;
}

/* "ends by itself in 9 min": what a person wants to know of a token that lives on. */
static void remaining(char *out, size_t size, const struct mf_state_cred *c)
{
	char left[32];
	int64_t seconds = c->expires - mf_now();

	if (c->unlimited || c->expires == 0) {
		snprintf(out, size, "has no end (revoke it by hand)");
		return;
	}
	if (seconds <= 0) {
		snprintf(out, size, "has expired");
		return;
	}
	mf_duration_format(left, seconds);
	snprintf(out, size, "ends by itself in %s", left);
}

/* As the main step connected, with what only our own environment has (a client certificate's PEM text). */
static int open_http(struct mf_http **out, struct mf_env *env, const struct mf_state_cred *c, unsigned deadline_ms, struct mf_err *err)
{
	struct mf_http_conf conf = { 0 };

	if (mf_vault_http_conf(&conf, env->conf, err))
		return -1;
	if (c->ca_file)
		conf.ca_file = c->ca_file;
	if (c->ca_pem)
		conf.ca_pem = mf_str(c->ca_pem);
	if (c->client_cert)
		conf.client_cert = c->client_cert;
	if (c->client_key)
		conf.client_key = c->client_key;
	conf.skip_verify = conf.skip_verify || c->skip_verify;
	conf.allow_http = conf.allow_http || c->allow_http;
	conf.deadline_ms = deadline_ms;
	return mf_http_open(out, &conf, err);
}

static int end_cred(struct mf_env *env, const struct mf_state_cred *c, unsigned deadline_ms, char *how, size_t how_size, struct mf_err *err)
{
	const struct mf_provider *provider = find_provider(c->provider);
	struct mf_cred cred = {
		.provider = provider, .url = c->url, .ns = c->ns, .token = c->token, .accessor = c->accessor,
		.expires = c->expires, .batch = c->batch, .unlimited = c->unlimited, .ours = c->ours,
	};
	struct mf_http *http = NULL;
	int rc;

	if (!provider) {
		mf_fail(err, MF_E_STATE_INVALID, "the saved state names the provider '%s'", c->provider ? c->provider : "");
		return -1;
	}
	if (open_http(&http, env, c, deadline_ms, err))
		return -1;
	rc = mf_vault_attach(&cred, env->conf, err);
	if (rc == 0)
		rc = provider->revoke(&cred, http, (const char *const *)c->leases, c->n_leases, how, how_size, err);
	mf_http_close(http);
	if (provider->drop)
		provider->drop(&cred);
	return rc;
}

static void revoke_one(struct mf_env *env, const struct mf_state_cred *c, unsigned deadline_ms)
{
	struct mf_err err = { 0 };
	char how[256] = "revoked", left[64];

	if (end_cred(env, c, deadline_ms, how, sizeof(how), &err) == 0) {
		mf_info("%s token %s at %s: %s", c->provider, c->accessor ? c->accessor : "", c->url, how);
		return;
	}
	remaining(left, sizeof(left), c);
	mf_warn("the %s token %s at %s was not revoked and %s: %s%s%s", c->provider ? c->provider : "",
		c->accessor ? c->accessor : "", c->url ? c->url : "", left, err.what, err.why[0] ? ": " : "", err.why);
}

static void wipe_files(const struct mf_state *state)
{
	struct mf_err err = { 0 };

	if (mf_files_wipe((const char *const *)state->files, state->n_files, &err))
		mf_warn("%s%s%s", err.what, err.why[0] ? ": " : "", err.why);
	else if (state->n_files)
		mf_info("%zu secret file%s wiped", state->n_files, state->n_files == 1 ? "" : "s");
}

static int show_plan(const struct mf_state *state)
{
	char left[64];

	for (size_t i = 0; i < state->n_creds; i++) {
		remaining(left, sizeof(left), &state->creds[i]);
		mf_info("would revoke the %s token %s at %s (%zu lease%s); otherwise it %s", state->creds[i].provider,
			state->creds[i].accessor ? state->creds[i].accessor : "", state->creds[i].url,
			state->creds[i].n_leases, state->creds[i].n_leases == 1 ? "" : "s", left);
	}
	for (size_t i = 0; i < state->n_files; i++)
		mf_info("would wipe '%s'", state->files[i]);
	return 0;
}

static int run(struct mf_env *env, const struct mf_args *args, struct mf_err *err)
{
	int64_t end = mf_mono_ms() + REVOKE_MS;
	struct mf_state state = { 0 };
	struct mf_err drop = { 0 };
	int rc = 0;

	(void)args;
	if (mf_state_load(&state, &env->job, env->getenv, err))
		return -1;
	if (state.n_creds == 0 && state.n_files == 0)
		mf_info("nothing to revoke");
	if (env->common.dry_run) {
		rc = show_plan(&state);
		mf_state_free(&state);
		return rc;
	}
	wipe_files(&state);
	for (size_t i = 0; i < state.n_creds; i++) {
		int64_t left = (end - mf_mono_ms()) / (int64_t)(state.n_creds - i);

		revoke_one(env, &state.creds[i], left > 100 ? (unsigned)left : 100);
	}
	if (mf_state_drop(&env->job, env->getenv, &drop))
		mf_warn("%s%s%s", drop.what, drop.why[0] ? ": " : "", drop.why);
	mf_state_free(&state);
	return rc;
}

const struct mf_cmd mf_cmd_revoke = {
	.name = "revoke",
	.args = "",
	.brief = "revoke what this job obtained, wipe its files: the post step",
	.about =
		"Ends the tokens and leases that run, export or exchange obtained in this job, and wipes the files they made. "
		"It is the action's post step; in GitLab call it in after_script. It takes five seconds at most. What is gone "
		"already is fine; what cannot be revoked (a batch token, a server that is down) is named in a warning with the time "
		"it has left, and the job does not fail for it.",
	.example =
		"mayfly revoke\n"
		"mayfly revoke --dry-run\n",
	.opts = opts,
	.needs = MF_NEEDS_NET | MF_NEEDS_CONF,
	.run = run,
};
