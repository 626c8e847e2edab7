/* SPDX-License-Identifier: Apache-2.0 */
/* What a run leaves for the end of the job, beside what earlier runs of the same job have left there. */
#include <stdlib.h>

#include <mayfly/alloc.h>

#include "session.h"

int mf_copy_text(char **out, const char *text, struct mf_err *err)
{
	if (!text)
		return 0;
	*out = mf_strdup(text);
	return *out ? 0 : mf_fail_nomem(err);
}

int mf_copy_list(char ***list, size_t *n, char *const *more, size_t n_more, struct mf_err *err)
{
	char **grown = n_more ? mf_regrow(*list, *n + n_more, sizeof(*grown)) : NULL;

	if (n_more == 0)
		return 0;
	if (!grown)
		return mf_fail_nomem(err);
	*list = grown;
	for (size_t i = 0; i < n_more; i++, ++*n) {
		grown[*n] = NULL;
		if (mf_copy_text(&grown[*n], more[i], err))
			return -1;
	}
	return 0;
}

/* The connection's settings travel along: the post step may run in another folder and without our inputs. */
static int fill_cred(struct mf_state_cred *c, const struct mf_session *s, struct mf_err *err)
{
	struct mf_http_conf http = { 0 };

	if (mf_vault_http_conf(&http, s->env->conf, err))
		return -1;
	c->skip_verify = http.skip_verify;
	c->allow_http = http.allow_http;
	c->expires = s->cred.expires;
	c->batch = s->cred.batch;
	c->unlimited = s->cred.unlimited;
	c->ours = s->cred.ours;
	c->token = s->cred.token ? mf_secret_dup(s->cred.token) : NULL;
	if (s->cred.token && !c->token)
		return mf_fail_nomem(err);
	if (mf_copy_text(&c->provider, s->provider->name, err) || mf_copy_text(&c->url, s->cred.url, err) ||
	    mf_copy_text(&c->ns, s->cred.ns, err) || mf_copy_text(&c->accessor, s->cred.accessor, err) ||
	    mf_copy_text(&c->ca_file, http.ca_file, err) || mf_copy_text(&c->client_cert, http.client_cert, err) ||
	    mf_copy_text(&c->client_key, http.client_key, err) ||
	    mf_copy_list(&c->leases, &c->n_leases, s->items.leases, s->items.n_leases, err))
		return -1;
	if (http.ca_pem.n) {
		c->ca_pem = mf_strndup(http.ca_pem.p, http.ca_pem.n);
		if (!c->ca_pem)
			return mf_fail_nomem(err);
	}
	return 0;
}

static int add_cred(struct mf_state *state, const struct mf_session *s, struct mf_err *err)
{
	struct mf_state_cred *grown = mf_regrow(state->creds, state->n_creds + 1, sizeof(*grown));

	if (!grown)
		return mf_fail_nomem(err);
	state->creds = grown;
	grown[state->n_creds] = (struct mf_state_cred){ 0 };
	return fill_cred(&grown[state->n_creds++], s, err);
}

/* An earlier save of this very run: its token is ours. */
static bool is_own(const struct mf_state_cred *c, const struct mf_session *s)
{
	return c->token && s->cred.token && mf_secret_eq(c->token, s->cred.token);
}

static void drop_own(struct mf_state *state, const struct mf_session *s)
{
	size_t kept = 0;

	for (size_t i = 0; i < state->n_creds; i++) {
		if (is_own(&state->creds[i], s)) {
			mf_state_cred_free(&state->creds[i]);
			continue;
		}
		state->creds[kept++] = state->creds[i];
	}
	state->n_creds = kept;
}

/* A job may call mayfly more than once, and its end has to undo it all. */
static int load_others(struct mf_state *state, const struct mf_session *s, struct mf_err *err)
{
	if (mf_state_load(state, &s->env->job, s->env->getenv, err))
		return -1;
	drop_own(state, s);
	return 0;
}

/* A credential that was there before us is not ours to end, but its leases are. */
static bool to_end(const struct mf_session *s)
{
	return s->cred.provider && s->cred.token && mf_conf_bool(s->env->conf, MF_K_REVOKE) &&
		(s->cred.ours || s->items.n_leases);
}

int mf_session_save(const struct mf_session *s, struct mf_err *err)
{
	struct mf_state state = { 0 };
	int rc = -1;

	if (!to_end(s) && s->n_files == 0)
		return 0;
	if (load_others(&state, s, err) == 0 &&
	    (!to_end(s) || add_cred(&state, s, err) == 0) &&
	    mf_copy_list(&state.files, &state.n_files, s->files, s->n_files, err) == 0)
		rc = mf_state_save(&state, &s->env->job, s->env->getenv, err);
	mf_state_free(&state);
	return rc;
}

int mf_session_forget(const struct mf_session *s, struct mf_err *err)
{
	struct mf_state state = { 0 };
	int rc = load_others(&state, s, err);

	if (rc == 0 && (state.n_creds || state.n_files))
		rc = mf_state_save(&state, &s->env->job, s->env->getenv, err);
	else if (rc == 0)
		rc = mf_state_drop(&s->env->job, s->env->getenv, err);
	mf_state_free(&state);
	return rc;
}
