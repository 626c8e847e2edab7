/* SPDX-License-Identifier: Apache-2.0 */
/* The end: a token of ours revokes itself, which ends its leases too. Leases are ended one by one only where the token
 * cannot be: a batch token, one that was there before, one that may not revoke itself. */
#include "vault.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <mayfly/alloc.h>
#include <mayfly/clock.h>

static void say(char *how, size_t size, const char *fmt, ...) MF_PRINTF(3, 4);

static void say(char *how, size_t size, const char *fmt, ...)
{
	va_list ap;

	if (!how || !size)
		return;
	va_start(ap, fmt);
	vsnprintf(how, size, fmt, ap);
	va_end(ap);
}

/* " in 12 min", for what cannot be ended */
static void ends_by_itself(char out[static 64], const struct mf_cred *cred)
{
	int64_t left = cred->expires - mf_now();
	char text[32];

	if (cred->unlimited) {
		snprintf(out, 64, "never ends by itself");
	} else if (!cred->expires) {
		snprintf(out, 64, "ends by itself at a time that is not known");
	} else if (left <= 0) {
		snprintf(out, 64, "has ended by itself");
	} else {
		mf_duration_format(text, left);
		snprintf(out, 64, "ends by itself in %s", text);
	}
}

static int lease_body(struct mf_secret **out, const char *lease, struct mf_err *err)
{
	struct mf_secret *body = mf_secret_empty(16384);

	if (!body)
		return mf_fail_nomem(err);
	if (mf_secret_add(body, "{", 1, err) || mf_vault_member(body, "lease_id", mf_str(lease), err) || mf_secret_add(body, "}", 1, err)) {
		mf_secret_free(body);
		return -1;
	}
	*out = body;
	return 0;
}

struct lease_calls {
	struct mf_vault_request *requests;
	struct mf_secret **bodies;
	struct mf_req *reqs;
	struct mf_resp *resps;
	struct mf_err *errs;
};

static void lease_calls_free(struct lease_calls *c, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (c->requests)
			mf_vault_request_free(&c->requests[i]);
		if (c->bodies)
			mf_secret_free(c->bodies[i]);
		if (c->resps)
			mf_resp_free(&c->resps[i]);
	}
	free(c->requests);
	free(c->bodies);
	free(c->reqs);
	free(c->resps);
	free(c->errs);
}

static int lease_calls_fill(struct lease_calls *c, const struct mf_cred *cred, const char *const *leases, size_t n, struct mf_err *err)
{
	c->requests = mf_calloc(n, sizeof(*c->requests));
	c->bodies = mf_calloc(n, sizeof(*c->bodies));
	c->reqs = mf_calloc(n, sizeof(*c->reqs));
	c->resps = mf_calloc(n, sizeof(*c->resps));
	c->errs = mf_calloc(n, sizeof(*c->errs));
	if (!c->requests || !c->bodies || !c->reqs || !c->resps || !c->errs)
		return mf_fail_nomem(err);
	for (size_t i = 0; i < n; i++) {
		if (mf_vault_request(&c->requests[i], cred, MF_VAULT_WITH_TOKEN, "sys/leases/revoke", NULL, err) ||
		    lease_body(&c->bodies[i], leases[i], err))
			return -1;
		c->reqs[i] = c->requests[i].req;
		c->reqs[i].method = "PUT";
		c->reqs[i].body = c->bodies[i];
	}
	return 0;
}

static bool lease_gone(const struct mf_resp *resp)
{
	MF_CLEANUP(mf_json_freep) struct mf_json *json = NULL;
	struct mf_err ignored = { 0 };

	return resp->status == 200 && mf_vault_body(&json, resp, &ignored) == 0 && mf_vault_own_answer(json);
}

/* *done counts those that are gone. -1 only when no answer came for one of them: a refusal is no error here. */
static int revoke_leases(const struct mf_cred *cred, struct mf_http *http, const char *const *leases, size_t n, size_t *done, struct mf_err *err)
{
	struct lease_calls c = { 0 };
	int rc = 0;

	*done = 0;
	if (n == 0)
		return 0;
	if (lease_calls_fill(&c, cred, leases, n, err)) {
		lease_calls_free(&c, n);
		return -1;
	}
	rc = mf_http_do_all(http, c.reqs, n, c.resps, c.errs);
	for (size_t i = 0; i < n; i++) {
		if (c.errs[i].id)
			*err = c.errs[i];
		else if (c.resps[i].status == 202 || c.resps[i].status == 204 || lease_gone(&c.resps[i]))
			++*done;
	}
	lease_calls_free(&c, n);
	return rc;
}

static void leases_text(char out[static 96], size_t done, size_t n)
{
	if (n == 0)
		out[0] = 0;
	else if (done == n)
		snprintf(out, 96, ", %zu %s revoked", n, n == 1 ? "lease" : "leases");
	else
		snprintf(out, 96, ", %zu of %zu leases revoked, the others end by themselves", done, n);
}

/* A token that stays: what hangs on it is ended as far as it may. */
static int revoke_only_leases(const struct mf_cred *cred, struct mf_http *http, const char *const *leases, size_t n, char *how, size_t how_size,
			      struct mf_err *err)
{
	char ends[64], rest[96];
	size_t done;
	int rc = revoke_leases(cred, http, leases, n, &done, err);

	ends_by_itself(ends, cred);
	leases_text(rest, done, n);
	if (cred->batch)
		say(how, how_size, "a batch token cannot be revoked: it %s%s", ends, rest);
	else
		say(how, how_size, "the token was there before and stays: it %s%s", ends, rest);
	if (rc) {
		mf_err_wrap(err, "cannot revoke leases");
		mf_err_note(err, "leases that could not be revoked end by themselves, or with their token, which %s", ends);
		return -1;
	}
	if (done == n)
		return 0;
	mf_fail(err, MF_E_VAULT_REVOKE, "%zu of %zu leases could not be revoked", n - done, n);
	mf_err_why(err, "the server refused it (a policy has to allow 'update' on 'sys/leases/revoke')");
	mf_err_note(err, "they end by themselves, or with their token, which %s", ends);
	return -1;
}

/* Whether a refusal is the token's end and not a policy's or a gateway's word: only a token that is known to be gone needs nobody. */
static bool ended(const struct mf_cred *cred, struct mf_http *http, const struct mf_json *json)
{
	if (cred->expires && mf_now() >= cred->expires)
		return true;
	switch (mf_vault_word_of(json)) {
	case MF_VAULT_ENDED:
		return mf_vault_alive(http, cred) != 1;
	case MF_VAULT_UNKNOWN:
		return mf_vault_forgotten(http, cred);
	default:
		return false;
	}
}

/* A 403 whose reason is not known. */
static int not_accepted(const struct mf_cred *cred, const char *text, struct mf_err *err)
{
	char ends[64];

	ends_by_itself(ends, cred);
	mf_fail(err, MF_E_VAULT_REVOKE, "the token could not be revoked: it is not accepted any more");
	mf_err_why(err, "status 403: %s", text[0] ? text : "no reason is given");
	mf_err_hint(err, "a gateway in front of the server may have refused it: look at the server's audit log");
	mf_err_note(err, "if the token lives, it %s", ends);
	return -1;
}

static int self_refused(const struct mf_cred *cred, struct mf_http *http, const char *const *leases, size_t n, long status,
			const struct mf_json *json, char *how, size_t how_size, struct mf_err *err)
{
	struct mf_err ignored = { 0 };
	char text[512], ends[64], rest[96];
	size_t done = 0;

	mf_vault_errors(text, sizeof(text), json, cred);
	ends_by_itself(ends, cred);
	if (status == 400 && strstr(text, "batch token")) {
		say(how, how_size, "a batch token cannot be revoked: it %s", ends);
		return 0;
	}
	if (status == 403 && ended(cred, http, json)) {
		say(how, how_size, "had ended already");
		return 0;
	}
	if (status == 403 && mf_vault_alive(http, cred) != 1)
		return not_accepted(cred, text, err);
	if (mf_vault_unavailable(status, "cannot revoke the token: the server does not serve requests now", text, err)) {
		mf_err_note(err, "the token %s", ends);
		return -1;
	}
	if (revoke_leases(cred, http, leases, n, &done, &ignored))
		done = 0;
	leases_text(rest, done, n);
	mf_fail(err, MF_E_VAULT_REVOKE, "the token could not be revoked%s", rest);
	mf_err_why(err, "status %ld: %s%s", status, text,
		   status == 403 ? " (a policy has to allow 'update' on 'auth/token/revoke-self', as 'default' does)" : "");
	mf_err_note(err, "the token %s", ends);
	if (status == 403) {
		mf_err_hint(err, "its policies do not let it revoke itself, as the 'default' policy would; add to a policy:");
		mf_err_advice(err, "path \"auth/token/revoke-self\" {\n  capabilities = [\"update\"]\n}\n");
	}
	return -1;
}

int mf_vault_revoke(const struct mf_cred *cred, struct mf_http *http, const char *const *leases, size_t n, char *how, size_t how_size,
		    struct mf_err *err)
{
	MF_CLEANUP(mf_json_freep) struct mf_json *json = NULL;
	char ends[64];
	long status;

	if (!cred->token) {
		say(how, how_size, "there was no token");
		return 0;
	}
	if (!cred->ours || cred->batch)
		return revoke_only_leases(cred, http, leases, n, how, how_size, err);
	if (mf_vault_call(http, cred, "POST", "auth/token/revoke-self", NULL, MF_RETRY_SAFE, &status, &json, err)) {
		ends_by_itself(ends, cred);
		mf_err_wrap(err, "cannot revoke the token");
		mf_err_note(err, "the token %s", ends);
		return -1;
	}
	if (status == 200 && !mf_vault_own_answer(json)) {
		ends_by_itself(ends, cred);
		mf_fail(err, MF_E_VAULT_ANSWER, "cannot revoke the token: the answer is not one of Vault's or OpenBao's");
		mf_err_why(err, "status 200 without the fields that each of their answers has: something else may have answered");
		mf_err_note(err, "if the token lives, it %s", ends);
		return -1;
	}
	if (status != 200 && status != 204)
		return self_refused(cred, http, leases, n, status, json, how, how_size, err);
	if (n)
		say(how, how_size, "revoked, with %zu %s", n, n == 1 ? "lease" : "leases");
	else
		say(how, how_size, "revoked");
	return 0;
}
