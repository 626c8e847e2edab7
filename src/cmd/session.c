/* SPDX-License-Identifier: Apache-2.0 */
/* The stages of a job with secrets: identity, login, fetch, export. */
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include <mayfly/alloc.h>
#include <mayfly/clock.h>
#include <mayfly/fs.h>

#include "agent.h"
#include "azure_cli.h"
#include "session.h"

bool mf_env_json(const struct mf_env *env)
{
	return env->common.format && strcmp(env->common.format, "json") == 0;
}

int mf_session_go_on(const struct mf_session *s, struct mf_err *err)
{
	if (!*s->env->stop)
		return 0;
	mf_fail(err, MF_E_CMD_STOPPED, "stopped by signal %d", *s->env->stop);
	mf_err_why(err, "the job was cancelled, or its time was up");
	return -1;
}

static int open_http(struct mf_session *s, struct mf_login *l, struct mf_err *err)
{
	struct mf_http_conf conf = { 0 };

	if (l->provider->http_conf(&conf, s->env->conf, err))
		return -1;
	conf.stop = s->env->stop;
	return mf_http_open(&l->http, &conf, err);
}

/* The CI's own endpoint gets the general settings and never a provider's. */
static int open_ci_http(struct mf_session *s, struct mf_err *err)
{
	struct mf_http_conf conf = { 0 };

	if (s->ci_http)
		return 0;
	if (mf_provider_http_conf(&conf, s->env->conf, err))
		return -1;
	conf.stop = s->env->stop;
	return mf_http_open(&s->ci_http, &conf, err);
}

bool mf_session_needs_login(const struct mf_conf *conf)
{
	for (size_t i = 0; i < MF_PROVIDERS; i++)
		if (mf_provider_needed(mf_providers[i], conf))
			return true;
	return false;
}

const char *const *mf_login_leases(const struct mf_session *s, const struct mf_login *l, size_t *n)
{
	/* only Vault grants them */
	*n = l->provider->schemes & 1u << MF_REF_VAULT ? s->items.n_leases : 0;
	return (const char *const *)s->items.leases;
}

/* 0 with l->who, or with s->no_identity where the user wants to go on without. */
static int get_identity(struct mf_session *s, struct mf_login *l, const char *audience, struct mf_err *err)
{
	const char *policy = mf_conf_str(s->env->conf, MF_K_ON_NO_IDENTITY);

	if (open_ci_http(s, err))
		return -1;
	if (mf_identity_get(&l->who, s->env->conf, &s->env->job, s->env->getenv, s->ci_http, audience, err) == 0) {
		mf_verbose("identity: %s, sub '%.*s'", l->who.origin, (int)l->who.claims.sub.n, l->who.claims.sub.p);
		fflush(s->env->err);
		return mf_mask_whole(&s->env->job, fileno(s->env->err), l->who.token, err);
	}
	if (!mf_identity_is_absent(err) || strcmp(policy, "skip") != 0)
		return -1;
	mf_warn("%s (%s): %s", err->what, err->id, err->why);
	mf_warn("on-no-identity is 'skip': not logged in, nothing was fetched and nothing was exported");
	*err = (struct mf_err){ 0 };
	s->no_identity = true;
	return 0;
}

/* A runner that debugs shows the saved text, so the masks come first. When the log cannot be written, undo revokes at once. */
static int mask_login(const struct mf_session *s, const struct mf_login *l, struct mf_err *err)
{
	const struct mf_secret *secret;
	const char *called;

	fflush(s->env->err);
	for (size_t i = 0; (secret = l->provider->secret(&l->cred, i, &called)); i++)
		if (mf_mask_only(&s->env->job, fileno(s->env->err), secret, called, err))
			return -1;
	return 0;
}

static int log_in(struct mf_session *s, struct mf_login *l, struct mf_err *err)
{
	const struct mf_conf *conf = s->env->conf;
	struct mf_http_conf http = { 0 };
	const char *audience = NULL;

	if (l->provider->needs_identity(conf, &audience) && get_identity(s, l, audience, err))
		return -1;
	if (s->no_identity)
		return 0;
	if (l->provider->http_conf(&http, conf, err))
		return -1;
	if (http.skip_verify)
		mf_warn("the server's certificate is not verified (%s): anybody on the way can read the secrets and the token",
			mf_conf_origin(conf, MF_K_VAULT_SKIP_VERIFY));
	if (mf_session_go_on(s, err) || open_http(s, l, err) ||
	    l->provider->exchange(conf, l->http, l->who.token ? &l->who : NULL, &l->cred, err))
		return -1;
	return mask_login(s, l, err) || mf_session_save(s, err) ? -1 : 0;
}

int mf_session_login(struct mf_session *s, struct mf_err *err)
{
	for (size_t i = 0; i < MF_PROVIDERS; i++)
		if (mf_provider_needed(mf_providers[i], s->env->conf))
			s->logins[s->n_logins++].provider = mf_providers[i];
	/* what is wrong with one is known before another grants anything */
	for (size_t i = 0; i < s->n_logins; i++)
		if (s->logins[i].provider->check(s->env->conf, err))
			return -1;
	for (size_t i = 0; i < s->n_logins && !s->no_identity; i++)
		if (log_in(s, &s->logins[i], err))
			return -1;
	return 0;
}

struct granting {
	struct mf_items *items;
	const struct mf_provider *provider;
};

static int add_grant(void *ctx, const struct mf_grant *grant, struct mf_err *err)
{
	struct granting *g = ctx;
	struct mf_secret *value = grant->plain ? mf_secret_new(grant->plain, strlen(grant->plain)) : grant->value;
	struct mf_item *grown = value ? mf_regrow(g->items->v, g->items->n + 1, sizeof(*g->items->v)) : NULL;
	struct mf_item *item;

	if (!grown) {
		mf_secret_free(value);
		return mf_fail_nomem(err);
	}
	g->items->v = grown;
	item = &g->items->v[g->items->n++];
	*item = (struct mf_item){ .value = value, .as = grant->as, .plain = grant->plain || grant->known, .fresh = grant->fresh, .no_env = grant->no_env,
		.no_output = !grant->output, .login = g->provider };
	return mf_copy_text(&item->name, grant->name, err) || mf_copy_text(&item->output, grant->output, err) || mf_copy_text(&item->holds, grant->holds, err) ||
		mf_copy_text(&item->from, grant->plain ? "configuration" : "login", err) ? -1 : 0;
}

static int hand_over(struct mf_session *s, struct mf_err *err)
{
	for (size_t i = 0; i < s->n_logins; i++) {
		struct granting g = { .items = &s->items, .provider = s->logins[i].provider };

		if (g.provider->hand_over(&s->logins[i].cred, s->env->conf, s->env->drop_in, add_grant, &g, err))
			return -1;
	}
	return 0;
}

int mf_session_fetch(struct mf_session *s, struct mf_err *err)
{
	struct mf_reader readers[MF_PROVIDERS];
	size_t n = 0;

	if (mf_session_go_on(s, err))
		return -1;
	for (size_t i = 0; i < s->n_logins; i++)
		readers[n++] = (struct mf_reader){ &s->logins[i].cred, s->logins[i].http };
	if (mf_fetch(&s->items, s->env->conf, readers, n, s->env->getenv, err))
		return -1;
	/* from here on a killed process leaves no lease behind that the post step does not know */
	if (s->items.n_leases && mf_session_save(s, err))
		return -1;
	return mf_agent_prepare(s, err) || hand_over(s, err) || mf_agent_mark(s, err) ? -1 : 0;
}

/* The end of the job may stand in another folder: it gets the whole path. */
static int keep_path(struct mf_session *s, const char *path, struct mf_err *err)
{
	MF_CLEANUP(mf_freep) char *whole = realpath(path, NULL);

	if (!whole)
		return mf_fail_errno(err, MF_E_FS_CREATE, errno, "cannot find '%s'", path);
	return mf_copy_list(&s->files, &s->n_files, &whole, 1, err);
}

static int keep_files(struct mf_session *s, void *st, const struct mf_sink_opts *opts, struct mf_err *err)
{
	const char *const *paths = NULL;
	size_t n = s->sink->files ? s->sink->files(st, &paths) : 0;

	if (s->sink == &mf_sink_file && keep_path(s, opts->arg, err))
		return -1;
	return mf_copy_list(&s->files, &s->n_files, (char *const *)paths, n, err);
}

/* Nothing becomes visible before the end of the job can undo it, nor after a signal. */
static int export_items(struct mf_session *s, void *st, const struct mf_sink_opts *opts, struct mf_err *err)
{
	if (mf_emit_prepare(s->sink, st, &s->items, err) || keep_files(s, st, opts, err) || mf_session_save(s, err) ||
	    mf_session_go_on(s, err) || s->sink->commit(st, err))
		return -1;
	s->exported = true;
	return 0;
}

int mf_session_export(struct mf_session *s, struct mf_err *err)
{
	struct mf_env *env = s->env;
	struct mf_sink_opts opts;
	void *st = NULL;
	int rc;

	if (s->items.n == 0) {
		if (mf_conf_wants(env->conf))
			mf_warn("nothing was exported: every secret is optional, and none was found");
		return 0;
	}
	if (mf_session_go_on(s, err))
		return -1;
	mf_session_sink_opts(&opts, env, s->sink);
	fflush(env->out);
	fflush(env->err);
	if (s->sink->open(&st, &env->job, &opts, err))
		return -1;
	rc = export_items(s, st, &opts, err);
	s->sink->close(st);
	return rc;
}

void mf_session_close(struct mf_session *s)
{
	for (size_t i = 0; i < s->n_files; i++)
		free(s->files[i]);
	free(s->files);
	mf_items_free(&s->items);
	for (size_t i = 0; i < s->n_logins; i++) {
		mf_cred_free(&s->logins[i].cred);
		mf_identity_free(&s->logins[i].who);
		mf_http_close(s->logins[i].http);
	}
	mf_http_close(s->ci_http);
	mf_agent_close(s);
}

static void wipe(const char *path)
{
	struct mf_err err = { 0 };

	if (mf_fs_wipe(path, &err))
		mf_warn_err(&err);
}

static int token_to_file(struct mf_session *s, const char *path, struct mf_err *err)
{
	MF_CLEANUP(mf_closep) int fd = mf_fs_create(path, err);

	if (fd < 0)
		return -1;
	if (keep_path(s, path, err) == 0 && mf_session_save(s, err) == 0 &&
	    mf_fs_write_secret(fd, s->logins[0].cred.token, path, err) == 0) {
		s->exported = true;
		return 0;
	}
	wipe(path);
	return -1;
}

int mf_session_go(struct mf_env *env, const char *output, struct mf_err *err)
{
	struct mf_session s = { .env = env, .output = output };
	int rc = mf_session_prepare(&s, err);

	if (rc == 0)
		rc = mf_session_login(&s, err);
	if (rc == 0 && !s.no_identity) {
		if (output)
			rc = mf_session_judge(&s, err) || token_to_file(&s, output, err) ? -1 : 0;
		else
			rc = mf_session_fetch(&s, err) || mf_session_judge(&s, err) || mf_session_export(&s, err) ? -1 : 0;
	}
	if (rc == 0)
		rc = mf_azure_cli(&s, err) || mf_report_session(&s, err) ? -1 : 0;
	if (rc == 0)
		rc = mf_agent_start(&s, err);
	if (rc)
		mf_session_undo(&s, err);
	mf_session_close(&s);
	return rc;
}
