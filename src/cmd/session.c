/* SPDX-License-Identifier: Apache-2.0 */
/* The stages of a job with secrets: identity, login, fetch, export. */
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include <mayfly/alloc.h>
#include <mayfly/clock.h>
#include <mayfly/fs.h>

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

static int open_http(struct mf_session *s, struct mf_err *err)
{
	struct mf_http_conf conf = { 0 };

	if (mf_vault_http_conf(&conf, s->env->conf, err))
		return -1;
	conf.stop = s->env->stop;
	return mf_http_open(&s->http, &conf, err);
}

/* The CI's own endpoint gets the general settings and never the provider's. */
static int open_ci_http(struct mf_session *s, struct mf_err *err)
{
	struct mf_http_conf provider = { 0 }, conf = {
		.ca_file = mf_conf_str(s->env->conf, MF_K_CA_FILE),
		.allow_http = mf_conf_bool(s->env->conf, MF_K_ALLOW_HTTP),
		.stop = s->env->stop,
	};

	if (mf_vault_http_conf(&provider, s->env->conf, err))
		return -1;
	conf.deadline_ms = provider.deadline_ms;
	conf.tries = provider.tries;
	return mf_http_open(&s->ci_http, &conf, err);
}

bool mf_session_needs_login(const struct mf_conf *conf)
{
	for (size_t i = 0; i < mf_conf_wants(conf); i++)
		if (mf_conf_want(conf, i)->ref.scheme == MF_REF_VAULT)
			return true;
	return mf_conf_bool(conf, MF_K_VAULT_EXPORT_TOKEN) || mf_conf_bool(conf, MF_K_VAULT_OUTPUT_TOKEN);
}

/* 0 with s->who, or with s->no_identity where the user wants to go on without. */
static int get_identity(struct mf_session *s, const char *audience, struct mf_err *err)
{
	const char *policy = mf_conf_str(s->env->conf, MF_K_ON_NO_IDENTITY);

	if (open_ci_http(s, err))
		return -1;
	if (mf_identity_get(&s->who, s->env->conf, &s->env->job, s->env->getenv, s->ci_http, audience, err) == 0) {
		mf_verbose("identity: %s, sub '%.*s'", s->who.origin, (int)s->who.claims.sub.n, s->who.claims.sub.p);
		fflush(s->env->err);
		return mf_mask_whole(&s->env->job, fileno(s->env->err), s->who.token, err);
	}
	if (!mf_identity_is_absent(err) || strcmp(policy, "skip") != 0)
		return -1;
	mf_warn("%s (%s): %s", err->what, err->id, err->why);
	mf_warn("on-no-identity is 'skip': not logged in, nothing was fetched and nothing was exported");
	*err = (struct mf_err){ 0 };
	s->no_identity = true;
	return 0;
}

int mf_session_login(struct mf_session *s, struct mf_err *err)
{
	struct mf_env *env = s->env;
	const char *audience = NULL;

	s->provider = &mf_provider_vault;
	if (!mf_session_needs_login(env->conf))
		return 0;
	if (mf_vault_check(env->conf, err))
		return -1;
	if (s->provider->needs_identity(env->conf, &audience) && get_identity(s, audience, err))
		return -1;
	if (s->no_identity)
		return 0;
	if (mf_conf_bool(env->conf, MF_K_VAULT_SKIP_VERIFY))
		mf_warn("the server's certificate is not verified (%s): anybody on the way can read the secrets and the token",
			mf_conf_origin(env->conf, MF_K_VAULT_SKIP_VERIFY));
	if (mf_session_go_on(s, err) || open_http(s, err))
		return -1;
	if (s->provider->exchange(env->conf, s->http, s->who.token ? &s->who : NULL, &s->cred, err))
		return -1;
	/* masked first: a runner that debugs shows the saved text. When the log cannot be written, undo revokes at once */
	fflush(env->err);
	if (s->cred.token && mf_mask_only(&env->job, fileno(env->err), s->cred.token, "the Vault token", err))
		return -1;
	return mf_session_save(s, err);
}

/* The provider's own variables, for `exchange` and exportToken: an address is no secret and gets no mask. */
static int add_item(struct mf_items *items, const char *name, const char *output, bool no_env, struct mf_secret *value, bool plain, struct mf_err *err)
{
	struct mf_item *grown = value ? mf_regrow(items->v, items->n + 1, sizeof(*items->v)) : NULL;
	struct mf_item *item;

	if (!grown) {
		mf_secret_free(value);
		return mf_fail_nomem(err);
	}
	items->v = grown;
	item = &items->v[items->n++];
	*item = (struct mf_item){ .value = value, .as = MF_AS_ENV, .plain = plain, .no_env = no_env, .no_output = !output };
	return mf_copy_text(&item->name, name, err) || mf_copy_text(&item->output, output, err) ||
		mf_copy_text(&item->from, plain ? "configuration" : "login", err) ? -1 : 0;
}

static int add_plain(struct mf_items *items, const char *name, const char *value, struct mf_err *err)
{
	if (!value || !*value)
		return 0;
	return add_item(items, name, NULL, false, mf_secret_new(value, strlen(value)), true, err);
}

static int add_token_items(struct mf_session *s, struct mf_err *err)
{
	const struct mf_conf *c = s->env->conf;
	bool env = mf_conf_bool(c, MF_K_VAULT_EXPORT_TOKEN), output = mf_conf_bool(c, MF_K_VAULT_OUTPUT_TOKEN);

	if (!s->cred.token || (!env && !output))
		return 0;
	if (add_item(&s->items, "VAULT_TOKEN", output ? "vault_token" : NULL, !env, mf_secret_dup(s->cred.token), false, err))
		return -1;
	/* the drop-in exports what its model does, and no more: the job may have an address of its own */
	if (s->env->drop_in)
		return 0;
	if (env && (add_plain(&s->items, "VAULT_ADDR", mf_conf_str(c, MF_K_VAULT_URL), err) ||
	    add_plain(&s->items, "VAULT_NAMESPACE", mf_conf_str(c, MF_K_VAULT_NAMESPACE), err)))
		return -1;
	return 0;
}

int mf_session_fetch(struct mf_session *s, struct mf_err *err)
{
	if (mf_session_go_on(s, err))
		return -1;
	if (mf_fetch(&s->items, s->env->conf, s->cred.provider ? &s->cred : NULL, s->http, s->env->getenv, err))
		return -1;
	/* from here on a killed process leaves no lease behind that the post step does not know */
	if (s->items.n_leases && mf_session_save(s, err))
		return -1;
	return add_token_items(s, err);
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
	mf_cred_free(&s->cred);
	mf_identity_free(&s->who);
	mf_http_close(s->http);
	mf_http_close(s->ci_http);
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
	    mf_fs_write_secret(fd, s->cred.token, path, err) == 0) {
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
		rc = mf_report_session(&s, err);
	if (rc)
		mf_session_undo(&s, err);
	mf_session_close(&s);
	return rc;
}
