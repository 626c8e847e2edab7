/* SPDX-License-Identifier: Apache-2.0 */
/* Reading secrets and parameters: as few requests as there can be, all at once, then what those leave open: further pages, and one by one what was refused
 * together. */
#include "aws_read.h"

#include <stdlib.h>
#include <mayfly/alloc.h>
#include <mayfly/clock.h>
#include <mayfly/log.h>

enum { FEW = 4 };	/* so many secrets are asked for one by one: that takes as long, and no second permission */

struct work {
	const struct mf_cred *cred;
	const struct mf_conf *conf;
	struct mf_http *http;
	struct mf_aws_read *reads;
	size_t n;
	struct mf_aws_call *calls;
	size_t n_calls, sent;
};

/* A call on its way. */
struct flight {
	char url[MF_AWS_HOST + 1];
	struct mf_header header;
	struct mf_sigv4 key;
	struct mf_secret *body;
};

static void work_free(struct work *w)
{
	for (size_t i = 0; i < w->n_calls; i++)
		free(w->calls[i].next);
	free(w->calls);
	for (size_t i = 0; w->reads && i < w->n; i++)
		mf_secret_free(w->reads[i].list);
	free(w->reads);
}

/* -- what to ask -------------------------------------------------------------------------------------- */

/* Takes `next` over. */
static int add_call(struct work *w, struct mf_aws_call call, struct mf_err *err)
{
	struct mf_aws_call *grown = mf_regrow(w->calls, w->n_calls + 1, sizeof(*grown));

	if (!grown) {
		free(call.next);
		return mf_fail_nomem(err);
	}
	w->calls = grown;
	w->calls[w->n_calls++] = call;
	return 0;
}

static enum mf_aws_op op_of(const struct mf_aws_read *r)
{
	if (r->item.many)
		return r->item.ssm ? MF_AWS_PARAMETERS_BELOW : MF_AWS_SECRETS_LIKE;
	if (r->item.ssm)
		return MF_AWS_PARAMETERS;
	return r->ref->version || r->ref->stage ? MF_AWS_SECRET : MF_AWS_SECRETS;
}

/* One request has each name once, and all of one region. */
static bool fits(const struct work *w, const struct mf_aws_call *call, enum mf_aws_op op, const struct mf_aws_read *r)
{
	if (call->op != op || call->n >= mf_aws_room(op) || strcmp(w->reads[call->of[0]].item.region, r->item.region) != 0)
		return false;
	for (size_t i = 0; i < call->n; i++)
		if (mf_str_eq(w->reads[call->of[i]].item.name, r->item.name))
			return false;
	return true;
}

static int plan_one(struct work *w, size_t i, struct mf_err *err)
{
	const enum mf_aws_op op = op_of(&w->reads[i]);

	for (size_t k = 0; k < w->n_calls; k++)
		if (fits(w, &w->calls[k], op, &w->reads[i])) {
			w->calls[k].of[w->calls[k].n++] = i;
			return 0;
		}
	return add_call(w, (struct mf_aws_call){ .op = op, .of = { i }, .n = 1 }, err);
}

static int add_singles(struct work *w, struct mf_aws_call call, struct mf_err *err)
{
	const enum mf_aws_op op = call.op == MF_AWS_SECRETS ? MF_AWS_SECRET : MF_AWS_PARAMETER;

	for (size_t i = 0; i < call.n; i++)
		if (!w->reads[call.of[i]].done && add_call(w, (struct mf_aws_call){ .op = op, .of = { call.of[i] }, .n = 1 }, err))
			return -1;
	return 0;
}

static int plan(struct work *w, struct mf_err *err)
{
	size_t planned;

	for (size_t i = 0; i < w->n; i++)
		if (plan_one(w, i, err))
			return -1;
	planned = w->n_calls;
	for (size_t k = 0; k < planned; k++) {
		const struct mf_aws_call call = w->calls[k];

		if ((call.op != MF_AWS_SECRETS || call.n > FEW) && (call.op != MF_AWS_PARAMETERS || call.n > 1))
			continue;
		w->calls[k].op = call.op == MF_AWS_SECRETS ? MF_AWS_SECRET : MF_AWS_PARAMETER;
		w->calls[k].n = 1;
		for (size_t i = 1; i < call.n; i++)
			if (add_call(w, (struct mf_aws_call){ .op = w->calls[k].op, .of = { call.of[i] }, .n = 1 }, err))
				return -1;
	}
	return 0;
}

/* -- what came of it ---------------------------------------------------------------------------------- */

static void finish(struct mf_aws_read *r)
{
	r->done = true;
	if (r->err->id)
		return;
	r->doc->read = (struct mf_read){ .path = mf_strdup(r->ref->path) };
	if (!r->doc->read.path)
		mf_fail_nomem(r->err);
}

static void fail_all(struct work *w, const struct mf_aws_call *call, const struct mf_err *why)
{
	for (size_t i = 0; i < call->n; i++) {
		struct mf_aws_read *r = &w->reads[call->of[i]];

		if (r->done)
			continue;
		*r->err = *why;
		mf_err_wrap(r->err, "cannot read '%s'", r->ref->path);
		finish(r);
	}
}

static bool is_code(const struct mf_aws_error *e, const char *const *codes)
{
	for (; *codes; codes++)
		if (strcmp(e->code, *codes) == 0)
			return true;
	return false;
}

/* What is refused for one name is no answer for the others; what is wrong with the session is one for all. */
static int refused(struct work *w, const struct mf_aws_call *call, const struct mf_resp *resp, struct mf_err *err)
{
	static const char *const ours[] = { "ExpiredTokenException", "ExpiredToken", "UnrecognizedClientException", "InvalidClientTokenId", "InvalidSignatureException", NULL };
	const char *service = call->op >= MF_AWS_PARAMETER ? "Systems Manager" : "Secrets Manager";
	struct mf_aws_error error;
	struct mf_err why = { 0 };

	mf_aws_read_error(&error, resp->body, w->cred);
	if (mf_aws_busy(resp) || !error.code[0]) {
		if (mf_aws_busy(resp))
			mf_aws_unavailable(resp, &error, service, &why);
		else
			mf_aws_stranger(resp, service, &why);
		fail_all(w, call, &why);
		return 0;
	}
	if ((call->op == MF_AWS_SECRETS || call->op == MF_AWS_PARAMETERS) && !is_code(&error, ours))
		return add_singles(w, *call, err);
	for (size_t i = 0; i < call->n; i++)
		if (!w->reads[call->of[i]].done) {
			mf_aws_denied(&w->reads[call->of[i]], &error, resp, call->op, w->cred);
			finish(&w->reads[call->of[i]]);
		}
	return 0;
}

/* Another page: NULL when there is none. MF-AWS-03 for a token that is none, or pages without end. */
static int next_page(char **out, const struct mf_json *json, const struct mf_aws_call *call, struct mf_err *err)
{
	const struct mf_jnode *n = mf_json_get_z(mf_json_root(json), "NextToken");
	struct mf_str s;

	*out = NULL;
	if (!n || mf_json_type(n) == MF_J_NULL)
		return 0;
	s = mf_json_type(n) == MF_J_STRING ? mf_json_text(json, n) : (struct mf_str){ 0 };
	if (s.n == 0 || s.n > MF_AWS_NEXT || memchr(s.p, 0, s.n) || call->page >= MF_AWS_PAGES)
		return mf_fail(err, MF_E_AWS_ANSWER, "a list of AWS has no end: its 'NextToken' is none, or there were %zu pages", call->page + 1);
	*out = mf_strndup(s.p, s.n);
	return *out ? 0 : mf_fail_nomem(err);
}

static int again(struct work *w, const struct mf_aws_call *call, char *next, struct mf_err *err)
{
	struct mf_aws_call more = *call;

	more.next = next;
	more.page++;
	return add_call(w, more, err);
}

static struct mf_aws_error error_of(const struct mf_json *json, const struct mf_jnode *n, const struct mf_cred *cred)
{
	const struct mf_jnode *code = mf_json_get_z(n, "ErrorCode"), *text = mf_json_get_z(n, "Message");
	struct mf_aws_error out;

	mf_aws_make_error(&out, code ? mf_json_text(json, code) : (struct mf_str){ 0 }, text ? mf_json_text(json, text) : (struct mf_str){ 0 }, cred);
	return out;
}

static void take_refusals(struct work *w, const struct mf_aws_call *call, const struct mf_json *json, const struct mf_resp *resp)
{
	for (const struct mf_jnode *n = mf_json_first(mf_json_get_z(mf_json_root(json), "Errors")); n; n = mf_json_next(n)) {
		const struct mf_jnode *id = mf_json_get_z(n, "SecretId");
		const struct mf_aws_error error = error_of(json, n, w->cred);

		for (size_t i = 0; id && i < call->n; i++) {
			struct mf_aws_read *r = &w->reads[call->of[i]];

			if (r->done || (!r->item.many && !mf_str_eq(mf_json_text(json, id), r->item.name)))
				continue;
			mf_aws_denied(r, &error, resp, r->item.many ? call->op : MF_AWS_SECRET, w->cred);
			finish(r);
		}
	}
}

static void take_values(struct work *w, const struct mf_aws_call *call, const struct mf_json *json, const struct mf_jnode *list)
{
	const bool ssm = call->op == MF_AWS_PARAMETERS;

	for (const struct mf_jnode *n = mf_json_first(list); n; n = mf_json_next(n))
		for (size_t i = 0; i < call->n; i++) {
			struct mf_aws_read *r = &w->reads[call->of[i]];

			if (r->done || !(ssm ? mf_aws_is_parameter(r, json, n) : mf_aws_is_secret(r, json, n)))
				continue;
			/* on failure r->err is what tells */
			if (ssm ? mf_aws_take_parameter(r, json, n, r->err) : mf_aws_take_secret(r, json, n, r->err))
				mf_verbose("the answer for '%s' cannot be used", r->ref->path);
			finish(r);
		}
}

/* What is in none of the answer's lists is asked for on its own: that answer says why. */
static int take_batch(struct work *w, const struct mf_aws_call *call, const struct mf_json *json, const struct mf_resp *resp, struct mf_err *err)
{
	struct mf_err why = { 0 };
	char *next;

	take_values(w, call, json, mf_json_get_z(mf_json_root(json), call->op == MF_AWS_PARAMETERS ? "Parameters" : "SecretValues"));
	take_refusals(w, call, json, resp);
	if (next_page(&next, json, call, &why)) {
		fail_all(w, call, &why);
		return 0;
	}
	return next ? again(w, call, next, err) : add_singles(w, *call, err);
}

static int take_many(struct work *w, const struct mf_aws_call *call, const struct mf_json *json, const struct mf_resp *resp, struct mf_err *err)
{
	struct mf_aws_read *r = &w->reads[call->of[0]];
	char *next = NULL;

	take_refusals(w, call, json, resp);
	if (r->done)
		return 0;
	if (mf_aws_take_list(r, json, mf_json_get_z(mf_json_root(json), r->item.ssm ? "Parameters" : "SecretValues"), mf_conf_int(w->conf, MF_K_AWS_LIMIT), r->err) ||
	    next_page(&next, json, call, r->err)) {
		finish(r);
		return 0;
	}
	if (next)
		return again(w, call, next, err);
	/* on failure r->err is what tells */
	if (mf_aws_end_list(r, r->err))
		mf_verbose("'%s' has nothing that can be used", r->ref->path);
	finish(r);
	return 0;
}

static void take_one(struct work *w, const struct mf_aws_call *call, const struct mf_json *json, const struct mf_resp *resp)
{
	struct mf_aws_read *r = &w->reads[call->of[0]];
	const struct mf_jnode *root = mf_json_root(json);

	if (call->op == MF_AWS_PARAMETER ? mf_aws_take_parameter(r, json, mf_json_get_z(root, "Parameter"), r->err) : mf_aws_take_secret(r, json, root, r->err))
		mf_clock_note(resp->date, r->err);
	finish(r);
}

static int take(struct work *w, const struct mf_aws_call *call, const struct mf_resp *resp, struct mf_err *err)
{
	MF_CLEANUP(mf_json_freep) struct mf_json *json = NULL;
	struct mf_err why = { 0 };

	if (resp->status != 200)
		return refused(w, call, resp, err);
	if (mf_secret_len(resp->body) == 0) {
		mf_fail(&why, MF_E_AWS_ANSWER, "the answer is empty: the connection may have been cut");
		why.code = MF_NETWORK;
	} else if (mf_json_parse_secret(&json, resp->body, &why) == 0 && mf_json_type(mf_json_root(json)) != MF_J_OBJECT) {
		mf_fail(&why, MF_E_AWS_ANSWER, "the answer is no JSON object");
	}
	if (why.id) {
		fail_all(w, call, &why);
		return 0;
	}
	switch (call->op) {
	case MF_AWS_SECRETS:
	case MF_AWS_PARAMETERS:
		return take_batch(w, call, json, resp, err);
	case MF_AWS_SECRETS_LIKE:
	case MF_AWS_PARAMETERS_BELOW:
		return take_many(w, call, json, resp, err);
	default:
		take_one(w, call, json, resp);
		return 0;
	}
}

/* -- rounds ------------------------------------------------------------------------------------------- */

static int prepare(struct flight *f, struct mf_req *req, const struct work *w, const struct mf_aws_call *call, struct mf_err *err)
{
	const struct mf_aws_priv *priv = w->cred->priv;
	const bool ssm = call->op >= MF_AWS_PARAMETER;
	const char *service = ssm ? "ssm" : "secretsmanager", *region = w->reads[call->of[0]].item.region;

	if (mf_aws_endpoint(f->url, w->conf, ssm ? MF_K_AWS_SSM_URL : MF_K_AWS_SECRETS_URL, service, region, err))
		return -1;
	memcpy(f->url + strlen(f->url), "/", 2);
	f->body = mf_aws_request(call, w->reads, err);
	if (!f->body)
		return -1;
	f->header = (struct mf_header){ .name = "X-Amz-Target", .value = mf_aws_target(call->op) };
	f->key = (struct mf_sigv4){ .id = priv->keys.id, .secret = priv->keys.secret, .token = priv->keys.token, .region = region, .service = service };
	*req = (struct mf_req){
		.method = "POST", .url = f->url, .headers = &f->header, .n_headers = 1, .body = f->body, .content_type = "application/x-amz-json-1.1", .retry = MF_RETRY_SAFE,
		.again = mf_aws_again, .sigv4 = &f->key,
	};
	return 0;
}

struct round {
	size_t first, n;
	struct flight *flights;
	struct mf_req *reqs;
	struct mf_resp *resps;
	struct mf_err *errs;
};

static void round_free(struct round *r)
{
	for (size_t i = 0; r->flights && i < r->n; i++)
		mf_secret_free(r->flights[i].body);
	for (size_t i = 0; r->resps && i < r->n; i++)
		mf_resp_free(&r->resps[i]);
	free(r->flights);
	free(r->reqs);
	free(r->resps);
	free(r->errs);
}

static int send(struct round *r, struct work *w, struct mf_err *err)
{
	r->flights = mf_calloc(r->n, sizeof(*r->flights));
	r->reqs = mf_calloc(r->n, sizeof(*r->reqs));
	r->resps = mf_calloc(r->n, sizeof(*r->resps));
	r->errs = mf_calloc(r->n, sizeof(*r->errs));
	if (!r->flights || !r->reqs || !r->resps || !r->errs)
		return mf_fail_nomem(err);
	for (size_t i = 0; i < r->n; i++)
		if (prepare(&r->flights[i], &r->reqs[i], w, &w->calls[r->first + i], err))
			return -1;
	/* each answer's own error says what there is to say */
	if (mf_http_do_all(w->http, r->reqs, r->n, r->resps, r->errs))
		mf_debug("not every request of %zu got an answer", r->n);
	return 0;
}

static int receive(const struct round *r, struct work *w, struct mf_err *err)
{
	for (size_t i = 0; i < r->n; i++) {
		const struct mf_aws_call call = w->calls[r->first + i];

		if (r->errs[i].id)
			fail_all(w, &call, &r->errs[i]);
		else if (take(w, &call, &r->resps[i], err))
			return -1;
	}
	return 0;
}

static int rounds(struct work *w, struct mf_err *err)
{
	while (w->sent < w->n_calls) {
		struct round r = { .first = w->sent, .n = w->n_calls - w->sent };
		int rc;

		w->sent = w->n_calls;
		rc = send(&r, w, err) || receive(&r, w, err) ? -1 : 0;
		round_free(&r);
		if (rc)
			return -1;
	}
	return 0;
}

static int start(struct work *w, const struct mf_ref *const *refs, struct mf_doc *docs, struct mf_err *errs, struct mf_err *err)
{
	w->reads = mf_calloc(w->n, sizeof(*w->reads));
	if (!w->reads)
		return mf_fail_nomem(err);
	for (size_t i = 0; i < w->n; i++) {
		w->reads[i] = (struct mf_aws_read){ .ref = refs[i], .doc = &docs[i], .err = &errs[i] };
		mf_aws_item_of(&w->reads[i].item, refs[i], w->conf);
	}
	return plan(w, err);
}

int mf_aws_fetch(struct mf_cred *cred, struct mf_http *http, const struct mf_ref *const *refs, size_t n, struct mf_doc *docs, struct mf_err *errs)
{
	const struct mf_aws_priv *priv = cred->priv;
	struct work w = { .cred = cred, .conf = priv->conf, .http = http, .n = n };
	struct mf_err all = { 0 };
	int rc = 0;

	for (size_t i = 0; i < n; i++) {
		docs[i] = (struct mf_doc){ 0 };
		errs[i] = (struct mf_err){ 0 };
	}
	if (start(&w, refs, docs, errs, &all) || rounds(&w, &all))
		for (size_t i = 0; i < n; i++)
			if (!w.reads || !w.reads[i].done)
				errs[i] = all;
	for (size_t i = 0; i < n; i++)
		rc |= errs[i].id ? -1 : 0;
	work_free(&w);
	return rc;
}
