/* SPDX-License-Identifier: Apache-2.0 */
/* What a run leaves for the end of the job, beside what earlier runs of the same job have left there. */
#include <stdlib.h>

#include <mayfly/alloc.h>
#include <mayfly/clock.h>

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

void mf_ends_text(char *out, size_t size, int64_t expires, bool unlimited)
{
	char left[32];
	int64_t seconds = expires - mf_now();

	if (unlimited || expires == 0) {
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

/* The end of the job may stand in another folder: it gets the whole path. One that leads nowhere is kept as it is. */
static int copy_path(char **out, const char *path, struct mf_err *err)
{
	*out = path && *path ? realpath(path, NULL) : NULL;
	return *out ? 0 : mf_copy_text(out, path, err);
}

static int copy_secret(struct mf_secret **out, const struct mf_secret *from, struct mf_err *err)
{
	*out = from ? mf_secret_dup(from) : NULL;
	return from && !*out ? mf_fail_nomem(err) : 0;
}

static int copy_urls(struct mf_state_cred *c, const char *const *urls, struct mf_err *err)
{
	size_t n = 0;

	while (urls && urls[n])
		n++;
	return mf_copy_list(&c->redirect_to, &c->n_redirect_to, (char *const *)urls, n, err);
}

/* The connection's settings travel along: the post step may run in another folder and without our inputs. */
static int fill_connection(struct mf_state_cred *c, const struct mf_login *l, const struct mf_conf *conf, struct mf_err *err)
{
	struct mf_http_conf http = { 0 };

	if (l->provider->http_conf(&http, conf, err))
		return -1;
	c->skip_verify = http.skip_verify;
	c->allow_http = http.allow_http;
	if (http.ca_pem.n) {
		c->ca_pem = mf_strndup(http.ca_pem.p, http.ca_pem.n);
		if (!c->ca_pem)
			return mf_fail_nomem(err);
	}
	return copy_path(&c->ca_file, http.ca_file, err) || copy_path(&c->client_cert, http.client_cert, err) ||
		copy_path(&c->client_key, http.client_key, err) ||
		copy_secret(&c->client_cert_pem, http.client_cert_pem, err) ||
		copy_secret(&c->client_key_pem, http.client_key_pem, err) ||
		(l->provider->headers && l->provider->headers(&c->headers, conf, err)) || copy_urls(c, http.redirect_to, err) ? -1 : 0;
}

/* What cannot be ended is kept without its secrets, so that the end of the job can say what lives on. */
static int fill_cred(struct mf_state_cred *c, const struct mf_session *s, const struct mf_login *l, struct mf_err *err)
{
	size_t n;
	const char *const *leases = mf_login_leases(s, l, &n);

	c->expires = l->cred.expires;
	c->batch = l->cred.batch;
	c->unlimited = l->cred.unlimited;
	c->ours = l->cred.ours;
	if (mf_copy_text(&c->provider, l->provider->name, err) || mf_copy_text(&c->url, l->cred.url, err) ||
	    mf_copy_text(&c->ns, l->cred.ns, err) || mf_copy_text(&c->accessor, l->cred.accessor, err))
		return -1;
	if (!l->provider->revoke)
		return 0;
	return copy_secret(&c->token, l->cred.token, err) || mf_copy_list(&c->leases, &c->n_leases, (char *const *)leases, n, err) ||
		fill_connection(c, l, s->env->conf, err) ? -1 : 0;
}

/* A credential that was there before us is not ours to end, but its leases are. */
static bool to_end(const struct mf_session *s, const struct mf_login *l)
{
	size_t n;

	mf_login_leases(s, l, &n);
	return l->cred.provider && l->cred.token && mf_conf_bool(s->env->conf, MF_K_REVOKE) && (l->cred.ours || n);
}

static size_t count_to_end(const struct mf_session *s)
{
	size_t n = 0;

	for (size_t i = 0; i < s->n_logins; i++)
		n += to_end(s, &s->logins[i]);
	return n;
}

/* All that this run has to undo. */
static int own_state(struct mf_state *out, const struct mf_session *s, struct mf_err *err)
{
	const size_t n = count_to_end(s);

	if (n) {
		out->creds = mf_calloc(n, sizeof(*out->creds));
		if (!out->creds)
			return mf_fail_nomem(err);
		for (size_t i = 0; i < s->n_logins; i++)
			if (to_end(s, &s->logins[i]) && fill_cred(&out->creds[out->n_creds++], s, &s->logins[i], err))
				return -1;
	}
	return mf_copy_list(&out->files, &out->n_files, s->files, s->n_files, err);
}

/* The runner shows the saved text when it debugs. The tokens have their masks already. */
static int mask_connections(struct mf_session *s, const struct mf_state *own, struct mf_err *err)
{
	int fd = fileno(s->env->err);

	if (!s->env->job.action)
		return 0;
	fflush(s->env->err);
	for (; s->n_masked < own->n_creds; s->n_masked++) {
		const struct mf_state_cred *c = &own->creds[s->n_masked];

		if ((c->headers && mf_mask_only(&s->env->job, fd, c->headers, "the request headers", err)) ||
		    (c->client_key_pem && mf_mask_only(&s->env->job, fd, c->client_key_pem, "the client key", err)))
			return -1;
	}
	return 0;
}

int mf_session_save(struct mf_session *s, struct mf_err *err)
{
	struct mf_state own = { 0 };
	int rc = -1;

	if (count_to_end(s) == 0 && s->n_files == 0)
		return 0;
	if (own_state(&own, s, err) == 0 && mask_connections(s, &own, err) == 0)
		rc = mf_state_save(&own, &s->env->job, s->env->getenv, err);
	mf_state_free(&own);
	if (rc == 0)
		s->saved = true;
	return rc;
}

int mf_session_forget(struct mf_session *s, struct mf_err *err)
{
	struct mf_state own = { 0 };
	int rc = -1;

	if (!s->saved)
		return 0;
	if (own_state(&own, s, err) == 0)
		rc = mf_state_remove(&own, &s->env->job, s->env->getenv, NULL, err);
	mf_state_free(&own);
	if (rc == 0)
		s->saved = false;
	return rc;
}
