/* SPDX-License-Identifier: Apache-2.0 */
/* States put together and taken apart: several runs of one job leave one state. */
#include "state.h"

#include <stdlib.h>
#include <mayfly/alloc.h>

static void free_list(char **v, size_t n)
{
	for (size_t i = 0; i < n; i++)
		free(v[i]);
	free(v);
}

void mf_state_cred_free(struct mf_state_cred *c)
{
	if (!c)
		return;
	free(c->provider);
	free(c->url);
	free(c->ns);
	free(c->ca_file);
	free(c->client_cert);
	free(c->client_key);
	free(c->ca_pem);
	mf_secret_free(c->client_cert_pem);
	mf_secret_free(c->client_key_pem);
	mf_secret_free(c->headers);
	mf_secret_free(c->token);
	free(c->accessor);
	free_list(c->redirect_to, c->n_redirect_to);
	free_list(c->leases, c->n_leases);
	*c = (struct mf_state_cred){ 0 };
}

void mf_state_free(struct mf_state *s)
{
	if (!s)
		return;
	for (size_t i = 0; i < s->n_creds; i++)
		mf_state_cred_free(&s->creds[i]);
	free(s->creds);
	free_list(s->files, s->n_files);
	*s = (struct mf_state){ 0 };
}

static bool has(char *const *v, size_t n, const char *text)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(v[i], text) == 0)
			return true;
	return false;
}

/* Moves what `to` does not have; the rest stays for the caller to free. */
static int move_texts(char ***to, size_t *n, char **from, size_t *n_from, struct mf_err *err)
{
	size_t stay = 0;
	char **grown = *n_from ? mf_regrow(*to, *n + *n_from, sizeof(*grown)) : NULL;

	if (*n_from == 0)
		return 0;
	if (!grown)
		return mf_fail_nomem(err);
	*to = grown;
	for (size_t i = 0; i < *n_from; i++) {
		if (has(grown, *n, from[i]))
			from[stay++] = from[i];
		else
			grown[(*n)++] = from[i];
	}
	*n_from = stay;
	return 0;
}

/* Two servers may have been reached by one address with different tokens, and by two addresses with one. */
static bool same_cred(const struct mf_state_cred *a, const struct mf_state_cred *b)
{
	if (a->token && b->token)
		return mf_secret_eq(a->token, b->token) && mf_same_text(a->url, b->url);
	return !a->token && !b->token && mf_same_text(a->url, b->url) && mf_same_text(a->accessor, b->accessor);
}

static struct mf_state_cred *find(const struct mf_state *s, const struct mf_state_cred *c)
{
	for (size_t i = 0; i < s->n_creds; i++)
		if (same_cred(&s->creds[i], c))
			return &s->creds[i];
	return NULL;
}

/* `to` becomes `from`, which is freed, with the leases of both. */
static int join_cred(struct mf_state_cred *to, struct mf_state_cred *from, struct mf_err *err)
{
	struct mf_state_cred former;

	if (move_texts(&from->leases, &from->n_leases, to->leases, &to->n_leases, err))
		return -1;
	from->ours |= to->ours;
	former = *to;
	*to = *from;
	mf_state_cred_free(&former);
	*from = (struct mf_state_cred){ 0 };
	return 0;
}

static int add_cred(struct mf_state *to, struct mf_state_cred *c, struct mf_err *err)
{
	struct mf_state_cred *grown = mf_regrow(to->creds, to->n_creds + 1, sizeof(*grown));

	if (!grown)
		return mf_fail_nomem(err);
	to->creds = grown;
	grown[to->n_creds++] = *c;
	*c = (struct mf_state_cred){ 0 };
	return 0;
}

int mf_state_join(struct mf_state *to, struct mf_state *from, struct mf_err *err)
{
	for (size_t i = 0; i < from->n_creds; i++) {
		struct mf_state_cred *there = find(to, &from->creds[i]);

		if (there ? join_cred(there, &from->creds[i], err) : add_cred(to, &from->creds[i], err))
			return -1;
	}
	return move_texts(&to->files, &to->n_files, from->files, &from->n_files, err);
}

/* Returns how many stay. */
static size_t drop_texts(char **v, size_t n, char *const *drop, size_t n_drop)
{
	size_t stay = 0;

	for (size_t i = 0; i < n; i++) {
		if (has(drop, n_drop, v[i]))
			free(v[i]);
		else
			v[stay++] = v[i];
	}
	return stay;
}

/* Whether nothing of it is left to do. */
static bool ended(struct mf_state_cred *c, const struct mf_state_cred *by)
{
	if (by->ours)
		return true;
	c->n_leases = drop_texts(c->leases, c->n_leases, by->leases, by->n_leases);
	return !c->ours && c->n_leases == 0;
}

bool mf_state_subtract(struct mf_state *from, const struct mf_state *s)
{
	const size_t n_files = from->n_files;
	size_t stay = 0;
	bool changed = false;

	for (size_t i = 0; i < from->n_creds; i++) {
		const struct mf_state_cred *by = find(s, &from->creds[i]);

		changed |= by != NULL;
		if (by && ended(&from->creds[i], by))
			mf_state_cred_free(&from->creds[i]);
		else
			from->creds[stay++] = from->creds[i];
	}
	from->n_creds = stay;
	from->n_files = drop_texts(from->files, from->n_files, s->files, s->n_files);
	return changed || from->n_files != n_files;
}
