/* SPDX-License-Identifier: Apache-2.0 */
/* mayfly revoke: the end of the job. Tokens and leases are revoked, files wiped, within five seconds: runners
 * kill soon after they ask. What cannot be ended is said, with the time it has left; it is never an error. */
#include <stdlib.h>
#include <unistd.h>

#include <mayfly/alloc.h>
#include <mayfly/clock.h>
#include <mayfly/fs.h>

#include "agent.h"
#include "commands.h"
#include "session.h"

/* Five seconds in all: besides this, loading and removing the state may wait for a lock. */
#define REVOKE_MS 4000
/* Of that, what servers must leave for the files. */
#define FILES_MS 500

static const struct mf_opt opts[] = {
	MF_OPTS_VAULT_NET,
	{ .kind = MF_OPT_KEY, .key = MF_K_CA_FILE },
	{ .kind = MF_OPT_KEY, .key = MF_K_ALLOW_HTTP },
	{ .kind = MF_OPT_END },
};

/* What this command's own flags say counts; all else is as when the main step connected. Neither the configuration file nor
 * the environment is asked, but for the proxy's variables: the job may have changed both. */
static void connection(struct mf_http_conf *out, const struct mf_provider *provider, const struct mf_conf *flags, const struct mf_state_cred *c)
{
	struct mf_err err = { 0 };

	if (provider->http_conf(out, flags, &err)) {
		mf_warn("%s: left out", err.what);
		*out = (struct mf_http_conf){ 0 };
	}
	if (!out->ca_file) {
		out->ca_file = c->ca_file;
		out->ca_pem = mf_str(c->ca_pem);
	}
	if (!out->client_cert) {
		out->client_cert = c->client_cert;
		out->client_cert_pem = c->client_cert_pem;
	}
	if (!out->client_key) {
		out->client_key = c->client_key;
		out->client_key_pem = c->client_key_pem;
	}
	if (!mf_conf_is_set(flags, MF_K_VAULT_SKIP_VERIFY))
		out->skip_verify = c->skip_verify;
	if (!mf_conf_is_set(flags, MF_K_ALLOW_HTTP))
		out->allow_http = c->allow_http;
}

/* The list as the client takes it, or NULL. */
static const char **redirects(const struct mf_state_cred *c)
{
	const char **list = c->n_redirect_to ? mf_calloc(c->n_redirect_to + 1, sizeof(*list)) : NULL;

	for (size_t i = 0; list && i < c->n_redirect_to; i++)
		list[i] = c->redirect_to[i];
	return list;
}

static int end_at_server(struct mf_cred *cred, const struct mf_state_cred *c, const struct mf_conf *flags, int64_t end, char *how, size_t how_size,
			 struct mf_err *err)
{
	MF_CLEANUP(mf_freep) const char **list = redirects(c);
	struct mf_http_conf conf;
	struct mf_http *http = NULL;
	int64_t left = end - mf_mono_ms();
	int rc;

	if (left <= 0)
		return mf_fail(err, MF_E_VAULT_REVOKE, "no time was left");
	connection(&conf, cred->provider, flags, c);
	if (!conf.redirect_to)
		conf.redirect_to = list;
	if (!conf.deadline_ms || conf.deadline_ms > left)
		conf.deadline_ms = (unsigned)left;
	conf.end_ms = end;
	if ((cred->provider->attach && cred->provider->attach(cred, c->headers, err)) || mf_http_open(&http, &conf, err))
		return -1;
	rc = cred->provider->revoke(cred, http, (const char *const *)c->leases, c->n_leases, how, how_size, err);
	mf_http_close(http);
	return rc;
}

static int end_cred(struct mf_env *env, const struct mf_state_cred *c, int64_t end, char *how, size_t how_size, struct mf_err *err)
{
	const struct mf_provider *provider = mf_provider_find(c->provider);
	struct mf_cred cred = {
		.provider = provider, .url = c->url, .ns = c->ns, .token = c->token, .accessor = c->accessor,
		.expires = c->expires, .batch = c->batch, .unlimited = c->unlimited, .ours = c->ours,
	};
	char ends[64];
	int rc;

	if (!provider) {
		mf_fail(err, MF_E_STATE_INVALID, "the saved state names the provider '%s'", c->provider ? c->provider : "");
		return -1;
	}
	if (!provider->revoke) {
		mf_ends_text(ends, sizeof(ends), c->expires, c->unlimited);
		snprintf(how, how_size, "cannot be revoked, %s", ends);
		return 0;
	}
	rc = end_at_server(&cred, c, env->conf, end, how, how_size, err);
	if (provider->drop && cred.priv)
		provider->drop(&cred);
	return rc;
}

/* Whether there is nothing left to do for it. */
static bool revoke_one(struct mf_env *env, const struct mf_state_cred *c, int64_t end)
{
	struct mf_err err = { 0 };
	char how[256] = "", ends[64];

	if (end_cred(env, c, end, how, sizeof(how), &err) == 0) {
		mf_info("%s token %s at %s: %s", c->provider, c->accessor ? c->accessor : "", c->url, how);
		return true;
	}
	mf_ends_text(ends, sizeof(ends), c->expires, c->unlimited);
	if (how[0])
		mf_warn("%s token %s at %s: %s: %s%s%s", c->provider, c->accessor ? c->accessor : "", c->url, how, err.what,
			err.why[0] ? ": " : "", err.why);
	else
		mf_warn("the %s token %s at %s was not revoked and %s: %s%s%s", c->provider, c->accessor ? c->accessor : "", c->url,
			ends, err.what, err.why[0] ? ": " : "", err.why);
	return !c->unlimited && c->expires && c->expires <= mf_now();
}

/* Those that were ended come first; returns how many. Each gets its share of the time that is left. */
static size_t revoke_all(struct mf_env *env, struct mf_state *state, int64_t end)
{
	size_t done = 0;

	for (size_t i = 0; i < state->n_creds; i++) {
		const int64_t now = mf_mono_ms(), share = (end - now) / (int64_t)(state->n_creds - i);
		struct mf_state_cred c = state->creds[i];

		if (!revoke_one(env, &c, share > 0 ? now + share : end))
			continue;
		state->creds[i] = state->creds[done];
		state->creds[done++] = c;
	}
	return done;
}

/* What the agent could not do while nobody heard it. */
static void tell_of_agent(const char *path)
{
	const char *slash = strrchr(path, '/');
	struct mf_buf text = MF_BUF(4096);
	struct mf_err ignored = { 0 };

	if (slash && strcmp(slash + 1, MF_AGENT_FILE) == 0 && mf_fs_read(&text, path, &ignored) == 0)
		for (char *line = text.p, *end; line && *line; line = end ? end + 1 : NULL) {
			end = strchr(line, '\n');
			mf_warn("not kept fresh: %.*s", (int)(end ? end - line : (long)strlen(line)), line);
		}
	mf_buf_free(&text);
}

/* The same for files. When the time is up they are removed all the same, without being overwritten. */
static size_t wipe_files(struct mf_state *state, int64_t end)
{
	size_t done = 0, hasty = 0;

	for (size_t i = 0; i < state->n_files; i++) {
		struct mf_err err = { 0 };
		char *path = state->files[i];

		tell_of_agent(path);

		if (mf_mono_ms() >= end && unlink(path) == 0) {
			hasty++;
		} else if (mf_files_wipe((const char *const *)&path, 1, &err)) {
			mf_warn_err(&err);
			continue;
		}
		state->files[i] = state->files[done];
		state->files[done++] = path;
	}
	if (hasty)
		mf_warn("%zu secret file%s removed without being overwritten: no time was left", hasty, hasty == 1 ? "" : "s");
	if (done > hasty)
		mf_info("%zu secret file%s wiped", done - hasty, done - hasty == 1 ? "" : "s");
	return done;
}

static void show_plan(const struct mf_state *state)
{
	char left[64];

	for (size_t i = 0; i < state->n_creds; i++) {
		mf_ends_text(left, sizeof(left), state->creds[i].expires, state->creds[i].unlimited);
		mf_info("would revoke the %s token %s at %s (%zu lease%s); otherwise it %s", state->creds[i].provider,
			state->creds[i].accessor ? state->creds[i].accessor : "", state->creds[i].url,
			state->creds[i].n_leases, state->creds[i].n_leases == 1 ? "" : "s", left);
	}
	for (size_t i = 0; i < state->n_files; i++)
		mf_info("would wipe '%s'", state->files[i]);
}

/* What was not ended stays saved. */
static void undo(struct mf_env *env, struct mf_state *state, int64_t end)
{
	struct mf_err err = { 0 };
	struct mf_state done = { .creds = state->creds, .files = state->files };
	size_t left = 0;

	/* a token that lives on is worse than a file that is removed in haste */
	done.n_creds = revoke_all(env, state, state->n_files ? end - FILES_MS : end);
	done.n_files = wipe_files(state, end);
	if (mf_state_remove(&done, &env->job, env->getenv, &left, &err))
		mf_warn("%s%s%s: the saved state stays, and `mayfly revoke` removes it", err.what, err.why[0] ? ": " : "", err.why);
	if (left && done.n_creds + done.n_files < state->n_creds + state->n_files)
		mf_info("what is left is still noted: `mayfly revoke` tries again");
}

static int run(struct mf_env *env, const struct mf_args *args, struct mf_err *err)
{
	int64_t end = mf_mono_ms() + REVOKE_MS;
	struct mf_state state = { 0 };
	int rc;

	(void)args;
	/* a place that cannot be read does not keep the others from being undone */
	rc = mf_state_load(&state, &env->job, env->getenv, err);
	if (rc == 0 && state.n_creds == 0 && state.n_files == 0)
		mf_info("nothing to revoke");
	if (env->common.dry_run)
		show_plan(&state);
	else
		undo(env, &state, end);
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
		"it has left, and the job does not fail for it. The server is reached as when the token was obtained: the "
		"configuration file and the environment are not read, but for the proxy's variables, and only the options given here "
		"change that.",
	.example =
		"mayfly revoke\n"
		"mayfly revoke --dry-run\n",
	.opts = opts,
	.needs = MF_NEEDS_NET,
	.run = run,
};
