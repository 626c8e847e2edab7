/* SPDX-License-Identifier: Apache-2.0 */
/* The stages of a job with secrets, and their undoing: identity, login, fetch, export. */
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include <mayfly/alloc.h>
#include <mayfly/clock.h>
#include <mayfly/fs.h>

#include "session.h"

/* How long the undoing of a failed run may take: runners kill 7.5 s after the first signal. */
#define UNDO_MS 3000

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

int mf_session_http(struct mf_http **out, const struct mf_env *env, unsigned deadline_ms, const volatile int *stop, struct mf_err *err)
{
	struct mf_http_conf conf = { 0 };

	if (mf_vault_http_conf(&conf, env->conf, err))
		return -1;
	if (deadline_ms)
		conf.deadline_ms = deadline_ms;
	conf.stop = stop;
	return mf_http_open(out, &conf, err);
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

/* Step outputs alone, where there are none. */
static int goes_nowhere(const struct mf_want *want, const struct mf_sink *sink, struct mf_err *err)
{
	if (want->as == MF_AS_FILE || (!want->no_output && (!sink || sink == &mf_sink_github)))
		return 0;
	mf_fail(err, MF_E_CONF_WANT, "%s: nothing would get '%s'", want->origin, want->name ? want->name : want->prefix ? want->prefix : "the fields");
	mf_err_why(err, "it is to set no variable, and %s", want->no_output ? "no output either" : "only GitHub has step outputs");
	mf_err_hint(err, "take 'export.env: false' (MAYFLY_EXPORT_ENV=false, 'env: false' of the secret) away");
	return -1;
}

int mf_check_wants(const struct mf_env *env, const struct mf_sink *sink, struct mf_err *err)
{
	struct mf_sink_opts opts;

	mf_session_sink_opts(&opts, env, sink);
	for (size_t i = 0; i < mf_conf_wants(env->conf); i++) {
		const struct mf_want *want = mf_conf_want(env->conf, i);
		const char *name = want->name ? want->name : want->prefix ? want->prefix : "*";

		if (!mf_conf_want_env(env->conf, want)) {
			if (goes_nowhere(want, sink, err))
				return -1;
			continue;
		}
		if (want->name && mf_name_check(want->name, &opts, err))
			return -1;
		if (want->as == MF_AS_ENV && sink && mf_sink_allows(sink, &env->job, &opts, name, err))
			return -1;
	}
	return 0;
}

/* A name that cannot be set costs no login; the value that is there already is no conflict. */
static int check_token_names(const struct mf_env *env, struct mf_err *err)
{
	const struct mf_conf *c = env->conf;
	const struct { const char *name, *value; } vars[] = {
		{ "VAULT_ADDR", mf_conf_str(c, MF_K_VAULT_URL) },
		{ "VAULT_NAMESPACE", mf_conf_str(c, MF_K_VAULT_NAMESPACE) },
	};
	struct mf_sink_opts opts;

	if (!mf_conf_bool(c, MF_K_VAULT_EXPORT_TOKEN))
		return 0;
	mf_session_sink_opts(&opts, env, NULL);
	/* a ready token is handed on as it is */
	if (strcmp(mf_vault_method(c), "token") != 0 && mf_name_check("VAULT_TOKEN", &opts, err))
		return -1;
	for (size_t i = 0; i < MF_COUNT(vars); i++) {
		const char *now = env->getenv(vars[i].name);

		if (now && vars[i].value && strcmp(now, vars[i].value) != 0 && mf_name_check(vars[i].name, &opts, err))
			return -1;
	}
	return 0;
}

int mf_session_prepare(struct mf_session *s, struct mf_err *err)
{
	const struct mf_env *env = s->env;

	if (s->output)
		return mf_file_place_check(s->output, &env->job, err);
	if (mf_sink_pick(&s->sink, mf_conf_str(env->conf, MF_K_EXPORT_TO), &env->job, err) ||
	    mf_check_wants(env, s->sink, err) || check_token_names(env, err))
		return -1;
	if (s->sink == &mf_sink_file &&
	    mf_file_place_check(mf_sink_arg(mf_conf_str(env->conf, MF_K_EXPORT_TO)), &env->job, err))
		return -1;
	if ((s->sink->caps & MF_SINK_STDOUT) && env->job.ci == MF_CI_GITLAB && env->job.debug)
		mf_warn("CI_DEBUG_TRACE is on: the shell prints every value that eval sets");
	if (!mf_env_json(env) || !(s->sink->caps & MF_SINK_STDOUT))
		return 0;
	mf_fail(err, MF_E_CMD_FORMAT, "'--format json' and '--to %s' both want standard output", s->sink->name);
	mf_err_hint(err, "leave out --format, or write the variables to a file:  --to file:PATH");
	return -1;
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
	if (mf_session_go_on(s, err) || mf_session_http(&s->http, env, 0, env->stop, err))
		return -1;
	if (s->provider->exchange(env->conf, s->http, s->who.token ? &s->who : NULL, &s->cred, err))
		return -1;
	/* saved first: a log that cannot be written leaves no token that nobody knows of */
	if (mf_session_save(s, err))
		return -1;
	fflush(env->err);
	return s->cred.token ? mf_mask_only(&env->job, fileno(env->err), s->cred.token, "the Vault token", err) : 0;
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
	const char *drop_in = s->env->getenv("MAYFLY_INPUTS");

	if (!s->cred.token || (!env && !output))
		return 0;
	if (add_item(&s->items, "VAULT_TOKEN", output ? "vault_token" : NULL, !env, mf_secret_dup(s->cred.token), false, err))
		return -1;
	/* the drop-in exports what its model does, and no more: the job may have an address of its own */
	if (drop_in && *drop_in)
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

void mf_session_sink_opts(struct mf_sink_opts *out, const struct mf_env *env, const struct mf_sink *sink)
{
	const struct mf_conf *c = env->conf;

	*out = (struct mf_sink_opts){
		.out_fd = fileno(sink && (sink->caps & MF_SINK_STDOUT) ? env->out : env->err),
		.overwrite = mf_conf_bool(c, MF_K_EXPORT_OVERWRITE),
		.require_mask = mf_conf_bool(c, MF_K_EXPORT_REQUIRE_MASK),
		.unmasked_ok = mf_conf_bool(c, MF_K_EXPORT_UNMASKED_OK),
		.env = env->getenv,
	};
	out->arg = mf_sink_arg(mf_conf_str(c, MF_K_EXPORT_TO));
	out->allow_names = mf_conf_list(c, MF_K_EXPORT_ALLOW_NAMES, &out->n_allow_names);
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

/* After what the error's note says already, as which secret it was. */
static void add_note(struct mf_err *err, const char *text)
{
	char earlier[sizeof(err->note)];

	memcpy(earlier, err->note, sizeof(earlier));
	if (strstr(earlier, text))
		return;
	mf_err_note(err, "%s%s%s", earlier, earlier[0] ? "; " : "", text);
}

/* Within UNDO_MS in all, with a client of its own: the stop flag that ended the run must not end this. */
static int undo_cred(struct mf_session *s, char *how, size_t size, struct mf_err *err)
{
	struct mf_http_conf conf = { 0 };
	struct mf_http *http = NULL;
	int rc;

	if (mf_vault_http_conf(&conf, s->env->conf, err))
		return -1;
	conf.deadline_ms = UNDO_MS;
	conf.end_ms = mf_mono_ms() + UNDO_MS;
	if (mf_http_open(&http, &conf, err))
		return -1;
	rc = s->provider->revoke(&s->cred, http, (const char *const *)s->items.leases, s->items.n_leases, how, size, err);
	mf_http_close(http);
	return rc;
}

static void forget(struct mf_session *s)
{
	struct mf_err err = { 0 };

	if (mf_session_forget(s, &err))
		mf_warn("%s%s%s", err.what, err.why[0] ? ": " : "", err.why);
}

static void revoke_now(struct mf_session *s, struct mf_err *err)
{
	char note[sizeof(err->note)];
	struct mf_err why = { 0 };
	char how[256] = "revoked", ends[64];

	if (undo_cred(s, how, sizeof(how), &why) == 0) {
		snprintf(note, sizeof(note), "nothing was exported; the token: %s", how);
		add_note(err, note);
		forget(s);
		return;
	}
	mf_ends_text(ends, sizeof(ends), s->cred.expires, s->cred.unlimited);
	snprintf(note, sizeof(note), "nothing was exported; the token could not be revoked now (%s): %s%s", why.what,
		!s->saved ? "it " : s->env->job.action ? "the post step tries again" : "`mayfly revoke` tries again",
		s->saved ? "" : ends);
	add_note(err, note);
}

void mf_session_undo(struct mf_session *s, struct mf_err *err)
{
	if (s->exported) {
		mf_err_note(err, "the secrets were exported%s", s->saved ? "; mayfly revoke ends them" : "");
		return;
	}
	if (!s->cred.provider || (!s->cred.ours && s->items.n_leases == 0)) {
		add_note(err, "nothing was exported");
		forget(s);
		return;
	}
	revoke_now(s, err);
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

int mf_session_go(struct mf_env *env, struct mf_err *err)
{
	struct mf_session s = { .env = env };
	int rc = -1;

	if (mf_session_prepare(&s, err) == 0 && mf_session_login(&s, err) == 0 && (s.no_identity || (
	    mf_session_fetch(&s, err) == 0 &&
	    mf_session_export(&s, err) == 0)))
		rc = mf_report_session(&s, err);
	if (rc)
		mf_session_undo(&s, err);
	mf_session_close(&s);
	return rc;
}

static void wipe(const char *path)
{
	struct mf_err err = { 0 };

	if (mf_fs_wipe(path, &err))
		mf_warn("%s%s%s", err.what, err.why[0] ? ": " : "", err.why);
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

int mf_session_go_token(struct mf_env *env, const char *output, struct mf_err *err)
{
	struct mf_session s = { .env = env, .output = output };
	int rc = mf_session_prepare(&s, err);

	if (rc == 0)
		rc = mf_session_login(&s, err);
	if (rc == 0 && !s.no_identity) {
		if (output)
			rc = token_to_file(&s, output, err);
		else
			rc = mf_session_fetch(&s, err) || mf_session_export(&s, err) ? -1 : 0;
	}
	if (rc == 0)
		rc = mf_report_session(&s, err);
	if (rc)
		mf_session_undo(&s, err);
	mf_session_close(&s);
	return rc;
}
