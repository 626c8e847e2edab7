/* SPDX-License-Identifier: Apache-2.0 */
/* All questions at once, and what their answers have in common. */
#include "ask_priv.h"

#include <stdio.h>
#include <stdlib.h>
#include <mayfly/alloc.h>
#include <mayfly/log.h>

static const struct mf_ask_kind *const kinds[MF_ISSUER_COUNT] = {
	[MF_ISSUER_AWS] = &mf_ask_aws, [MF_ISSUER_AWS_IAM] = &mf_ask_aws_iam, [MF_ISSUER_GITHUB] = &mf_ask_github, [MF_ISSUER_GITLAB] = &mf_ask_gitlab,
	[MF_ISSUER_VAULT] = &mf_ask_vault, [MF_ISSUER_GCP] = &mf_ask_gcp,
};

const char *mf_issuer_name(enum mf_issuer i)
{
	return kinds[i]->name;
}

const char *mf_issuer_url(enum mf_issuer i)
{
	return kinds[i]->url;
}

enum mf_issuer mf_issuer_by_name(struct mf_str name)
{
	enum mf_issuer i = 0;

	while (i < MF_ISSUER_COUNT && !mf_str_is(name, kinds[i]->name))
		i++;
	return i;
}

/* -- requests --------------------------------------------------------------------------------------- */

int mf_ask_url(struct mf_ask_call *c, const char *base, const char *path, struct mf_err *err)
{
	size_t n = strlen(base);

	while (n && base[n - 1] == '/')
		n--;
	if ((size_t)snprintf(c->url, sizeof(c->url), "%.*s%s", (int)n, base, path) >= sizeof(c->url))
		return mf_fail(err, MF_E_URL_INVALID, "an address of %zu characters cannot be asked", n + strlen(path));
	return 0;
}

void mf_ask_header(struct mf_ask_call *c, const char *name, const char *value, const struct mf_secret *secret)
{
	c->headers[c->n_headers++] = (struct mf_header){ .name = name, .value = value, .secret = secret };
}

int mf_ask_body(struct mf_ask_call *c, const char *before, const struct mf_secret *secret, struct mf_err *err)
{
	c->body = mf_secret_empty(MF_ASK_PART_MAX + 1024);
	if (!c->body)
		return mf_fail_nomem(err);
	c->req.method = "POST";
	c->req.content_type = "application/x-www-form-urlencoded";
	return mf_secret_add(c->body, before, strlen(before), err) || (secret && mf_secret_join(c->body, secret, err)) ? -1 : 0;
}

static const struct mf_ask_kind *kind_of(const struct mf_ask_call *c)
{
	return c->second ? &mf_ask_aws_iam : kinds[c->ask->issuer];
}

static int request(struct mf_ask_call *c, struct mf_ask *a, bool second, struct mf_err *err)
{
	*c = (struct mf_ask_call){ .ask = a, .second = second };
	if (kind_of(c)->request(c, err))
		return -1;
	c->req.url = c->url;
	c->req.headers = c->headers;
	c->req.n_headers = c->n_headers;
	c->req.body = c->body;
	c->req.retry = MF_RETRY_SAFE;
	return 0;
}

int mf_ask_plan(const struct mf_ask *ask, int (*fn)(void *ctx, const char *method, const char *url, struct mf_err *err), void *ctx, struct mf_err *err)
{
	struct mf_ask a = *ask;
	int rc = 0;

	for (int second = 0; rc == 0 && second <= (a.url2 != NULL); second++) {
		struct mf_ask_call c;

		rc = request(&c, &a, second, err);
		if (rc == 0)
			rc = fn(ctx, c.req.method ? c.req.method : "GET", c.url, err);
		mf_secret_free(c.body);
	}
	return rc;
}

/* -- answers ---------------------------------------------------------------------------------------- */

int mf_ask_object(struct mf_json **out, const struct mf_resp *resp, struct mf_err *err)
{
	if (mf_json_parse_secret(out, resp->body, err)) {
		mf_err_wrap(err, "the answer");
		return -1;
	}
	if (mf_json_type(mf_json_root(*out)) == MF_J_OBJECT)
		return 0;
	mf_json_free(*out);
	*out = NULL;
	return mf_fail(err, MF_E_JSON_TYPE, "the answer is no JSON object");
}

void mf_ask_text(const struct mf_ask *a, char *out, size_t size, struct mf_str text)
{
	MF_CLEANUP(mf_freep) char *whole = mf_calloc(text.n + 1, 1);

	out[0] = '\0';
	if (!whole)
		return;
	/* hidden before it is cut: a part of a secret that is left at the end would not be known for one */
	for (size_t i = 0; i < text.n; i++)
		whole[i] = (unsigned char)text.p[i] < 0x20 || (unsigned char)text.p[i] >= 0x7f ? '?' : text.p[i];
	mf_secret_hide(whole, a->secret);
	mf_secret_hide(whole, a->token);
	mf_secret_hide(whole, a->id);
	snprintf(out, size, "%s", whole);
}

static void not_known(struct mf_ask *a, const struct mf_ask_call *c, const struct mf_resp *resp)
{
	mf_fail(&a->err, MF_E_CHECK_ASK, "%s %s: status %ld", c->req.method ? c->req.method : "GET", c->url, resp->status);
	mf_err_why(&a->err, "%s", resp->status == 429 || resp->status >= 500 ? "the server has no answer now" : "the server does not tell");
}

static void take(struct mf_ask_call *c, const struct mf_resp *resp)
{
	struct mf_ask *a = c->ask;
	struct mf_err err = { 0 };

	if (c->second) {
		/* who may not ask for the age still knows whose key it is */
		if (resp->status < 200 || resp->status > 299 || kind_of(c)->take(c, resp, &err))
			snprintf(a->note, sizeof(a->note), "it may not be asked how old it is");
		return;
	}
	a->date = resp->date;
	if (resp->status < 200 || resp->status > 299) {
		if (kind_of(c)->refused(c, resp))
			a->asked = MF_ASKED_REFUSED;
		else
			not_known(a, c, resp);
		return;
	}
	if (kind_of(c)->take(c, resp, &err)) {
		a->err = err;
		return;
	}
	a->asked = MF_ASKED_ACTIVE;
}

struct wave {
	struct mf_ask_call *calls;
	struct mf_req *reqs;
	struct mf_resp *resps;
	struct mf_err *errs;
	size_t n;
};

static int wave_open(struct wave *w, size_t n, struct mf_err *err)
{
	w->calls = mf_calloc(n, sizeof(*w->calls));
	w->reqs = mf_calloc(n, sizeof(*w->reqs));
	w->resps = mf_calloc(n, sizeof(*w->resps));
	w->errs = mf_calloc(n, sizeof(*w->errs));
	return w->calls && w->reqs && w->resps && w->errs ? 0 : mf_fail_nomem(err);
}

static void wave_close(struct wave *w)
{
	for (size_t i = 0; i < w->n; i++) {
		mf_secret_free(w->calls[i].body);
		mf_resp_free(&w->resps[i]);
	}
	free(w->calls);
	free(w->reqs);
	free(w->resps);
	free(w->errs);
}

/* The second wave is of those keys that work, and whose age is wanted. */
static bool is_in(const struct mf_ask *a, bool second)
{
	return !second || (a->url2 && a->asked == MF_ASKED_ACTIVE);
}

static int run(struct mf_http *http, struct mf_ask *asks, size_t n, bool second, struct mf_err *err)
{
	struct wave w = { 0 };
	int rc = wave_open(&w, n, err);

	for (size_t i = 0; rc == 0 && i < n; i++) {
		struct mf_ask *a = &asks[i];
		struct mf_ask_call *c = &w.calls[w.n];

		if (!is_in(a, second))
			continue;
		if (request(c, a, second, &a->err)) {
			mf_secret_free(c->body);
			c->body = NULL;
			continue;
		}
		w.reqs[w.n++] = c->req;
	}
	/* each has its own error */
	if (rc == 0 && w.n && mf_http_do_all(http, w.reqs, w.n, w.resps, w.errs))
		mf_debug("not every issuer of %zu has answered", w.n);
	for (size_t i = 0; rc == 0 && i < w.n; i++) {
		if (w.errs[i].id && !second)
			w.calls[i].ask->err = w.errs[i];
		else if (!w.errs[i].id)
			take(&w.calls[i], &w.resps[i]);
	}
	wave_close(&w);
	return rc;
}

int mf_ask_all(struct mf_http *http, struct mf_ask *asks, size_t n, struct mf_err *err)
{
	if (n == 0)
		return 0;
	return run(http, asks, n, false, err) || run(http, asks, n, true, err) ? -1 : 0;
}
