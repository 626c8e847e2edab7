/* SPDX-License-Identifier: Apache-2.0 */
/* Reading secrets: all at once, in waves. A path that carries /data/ is read as it stands. Of the others the mount is
 * looked up first, once for all that lie in it and beside the reads that need none; where the look-up is refused, the path is
 * tried as it stands, then as KV version 2. Paths of vault-action's grammar are the API's own: they are only read as they stand. */
#include "vault.h"

#include <stdio.h>
#include <stdlib.h>
#include <mayfly/alloc.h>
#include <mayfly/clock.h>
#include <mayfly/log.h>
#include <mayfly/reveal.h>

enum { WAVES_MAX = 16 };

enum step { STEP_LOOKUP, STEP_WAIT, STEP_READ, STEP_DONE };

struct read {
	const struct mf_ref *ref;
	char *path;		/* as it is read next: ref->path, or with data/ put in */
	enum step step;
	bool looked;		/* the mount is known, or cannot be */
	bool blind;		/* it cannot: both forms are tried */
	bool data_form;		/* `path` has data/ put in */
	bool kv;		/* the mount is said to be KV: reading makes nothing */
	struct mf_doc *doc;
	struct mf_err *err;
};

struct batch {
	struct mf_cred *cred;
	struct mf_http *http;
	struct read *reads;
	size_t n;
	int64_t now;
};

static size_t first_segment(const char *path)
{
	return strcspn(path, "/");
}

static bool same_first_segment(const char *a, const char *b)
{
	size_t n = first_segment(a);

	return n == first_segment(b) && memcmp(a, b, n) == 0;
}

/* What is no secrets engine of the user's has no versions. */
static bool system_path(const char *path)
{
	static const char *const names[] = { "sys", "auth", "identity", "cubbyhole" };

	for (size_t i = 0; i < MF_COUNT(names); i++)
		if (first_segment(path) == strlen(names[i]) && memcmp(path, names[i], strlen(names[i])) == 0)
			return true;
	return false;
}

static bool is_inline(const struct mf_cred *cred)
{
	const struct mf_vault_priv *priv = cred->priv;

	return priv && priv->inline_auth.n > 0;
}

/* "secret/data/ci/deploy", but not "team/data/creds/deploy", where "team/data" may be an engine that makes credentials. */
static bool reads_data(const char *path)
{
	static const char *const makers[] = { "creds", "sts", "token", "issue", "sign", "roleset", "static-account", "key", "login" };
	const char *s = mf_vault_data_at(path) ? strstr(path, "/data/") : NULL;

	if (!s)
		return false;
	s += strlen("/data/");
	for (size_t i = 0; i < MF_COUNT(makers); i++)
		if (first_segment(s) == strlen(makers[i]) && memcmp(s, makers[i], strlen(makers[i])) == 0)
			return false;
	return true;
}

static void start(struct read *r, const struct mf_cred *cred)
{
	const char *path = r->ref->path;

	r->step = STEP_READ;
	if (r->ref->post || r->ref->compat || system_path(path) || !strchr(path, '/'))
		r->looked = true;
	else if (is_inline(cred))
		r->looked = r->blind = true;	/* the look-up needs a token */
	else if (mf_vault_data_at(path) == 0)
		r->step = STEP_LOOKUP;
	r->kv = r->step == STEP_READ && reads_data(path);
}

/* Whether this read may make a credential that does not end with the token: the token is not ours to revoke, or cannot be. Then a
 * read that went out is not repeated, and its answer is waited for. */
static bool makes_what_stays(const struct read *r, const struct mf_cred *cred)
{
	if (r->step == STEP_LOOKUP || r->kv)
		return false;
	return !cred->ours || cred->batch || is_inline(cred);
}

static void note_what_stays(struct read *r)
{
	mf_err_note(r->err, "if '%s' makes credentials, one may have been made; nobody revokes it, and it ends with its lease", r->path);
}

/* -- refusals */

static void policy_advice(const char *path, bool write, struct mf_err *err)
{
	mf_err_advice(err, "path \"%s\" {\n  capabilities = [\"%s\"]\n}\n", path, write ? "update" : "read");
}

static void denied(struct read *r, const struct mf_cred *cred, const struct mf_json *json, const char *text)
{
	struct mf_err *err = r->err;

	if (mf_vault_bad_token(json) && !is_inline(cred)) {
		mf_fail(err, MF_E_VAULT_TOKEN, "the token is not valid any more: cannot read '%s'", r->path);
		mf_err_why(err, "status 403: %s", text);
		mf_err_hint(err, "it has expired, was revoked, or is used up (token_num_uses of the role)");
		return;
	}
	mf_fail(err, MF_E_VAULT_DENIED, "not allowed to read '%s'", r->path);
	mf_err_why(err, "status 403: %s", text[0] ? text : "permission denied");
	mf_err_sent(err, "%s%s%s%s", cred->subject ? cred->subject : "token", cred->ns ? ", namespace '" : "", cred->ns ? cred->ns : "",
		    cred->ns ? "'" : "");
	if (r->blind && !r->ref->post)
		mf_err_hint(err, "either no policy of the role allows this path, or the path is wrong: '%s' was tried as it stands and as KV version 2 "
			    "with 'data/' after the mount; add to a policy:", r->ref->path);
	else
		mf_err_hint(err, "either no policy of the role allows this path, or nothing is mounted there; add to a policy:");
	policy_advice(r->path, r->ref->post != NULL, err);
}

static bool invalid_kv_path(const struct mf_json *json)
{
	const struct mf_jnode *list = json ? mf_json_get_z(mf_json_root(json), "warnings") : NULL;

	for (const struct mf_jnode *w = list ? mf_json_first(list) : NULL; w; w = mf_json_next(w)) {
		struct mf_str s = mf_json_text(json, w);

		if (s.n > 12 && memcmp(s.p, "Invalid path", 12) == 0)
			return true;
	}
	return false;
}

static void not_found(struct read *r, const struct mf_cred *cred, const struct mf_json *json, const char *text)
{
	struct mf_err *err = r->err;

	r->doc->missing = true;
	mf_fail(err, MF_E_VAULT_NOT_FOUND, "nothing at '%s'%s%s", r->path, r->ref->version ? ", version " : "", r->ref->version ? r->ref->version : "");
	mf_err_why(err, "status 404%s%s", text[0] ? ": " : "", text);
	if (invalid_kv_path(json))
		mf_err_hint(err, "the mount is KV version 2, whose paths have 'data/' after the mount: MOUNT/data/PATH");
	else if (cred->ns)
		mf_err_hint(err, "look at the path and at the namespace '%s'; nothing may have been written there yet", cred->ns);
	else
		mf_err_hint(err, "look at the path, letter by letter; nothing may have been written there yet");
}

static void inline_refused(struct read *r, const struct mf_cred *cred, long status, const struct mf_json *json, const char *text)
{
	const struct mf_vault_priv *priv = cred->priv;
	struct mf_claims claims = { 0 };
	struct mf_err ignored = { 0 };

	if (strstr(text, "cannot generate leases")) {
		mf_fail(r->err, MF_E_VAULT_INLINE, "'%s' cannot be read with inline authentication", r->path);
		mf_err_why(r->err, "status %ld: %s", status, text);
		mf_err_hint(r->err, "it is a dynamic secret with a lease, which needs a token that lives on: log in without vault.inline-auth");
		return;
	}
	mf_fail(r->err, MF_E_VAULT_INLINE, "the server refused to read '%s' with inline authentication", r->path);
	if (priv->identity && mf_jwt_decode(&claims, priv->identity, &ignored) == 0)
		mf_vault_explain(status, json, &claims, priv->conf, cred, r->err);
	else
		mf_vault_explain(status, json, NULL, priv->conf, cred, r->err);
	mf_claims_free(&claims);
	mf_err_note(r->err, "inline authentication exists in OpenBao from 2.4 on; Vault takes such a request for one without a token");
}

static void refused(struct read *r, const struct mf_cred *cred, long status, const struct mf_json *json)
{
	char text[512], what[256];

	mf_vault_errors(text, sizeof(text), json, cred);
	snprintf(what, sizeof(what), "cannot read '%.180s': the server does not serve requests now", r->path);
	if (mf_vault_unavailable(status, what, text, r->err)) {
		if (status != 412 && status != 429 && status != 503 && makes_what_stays(r, cred))
			note_what_stays(r);
		return;
	}
	/* plain "permission denied" is the login's refusal, the other one the policy's */
	if (is_inline(cred) && (status == 400 || status == 500 || (status == 403 && mf_vault_bad_token(json)))) {
		inline_refused(r, cred, status, json, text);
		return;
	}
	if (status == 403) {
		denied(r, cred, json, text);
		return;
	}
	if (status == 404) {
		not_found(r, cred, json, text);
		return;
	}
	mf_fail(r->err, MF_E_VAULT_REFUSED, "the server refused to read '%s'", r->path);
	mf_err_why(r->err, "status %ld: %s", status, text[0] ? text : "the server gives no reason");
	if (status == 405)
		mf_err_hint(r->err, "this path cannot be read: engines that issue (pki/issue, ssh/sign) want a request with a body");
	else if (status >= 500)
		r->err->code = MF_NETWORK;
}

/* -- reads */

static void show_warnings(const struct mf_json *json, const char *path, const struct mf_cred *cred)
{
	const struct mf_jnode *list = mf_json_get_z(mf_json_root(json), "warnings");
	size_t n = 0;

	if (!list || mf_json_type(list) != MF_J_ARRAY)
		return;
	for (const struct mf_jnode *w = mf_json_first(list); w && n < 8; w = mf_json_next(w), n++) {
		struct mf_str s = mf_json_text(json, w);
		char text[1024];

		/* cut before it is shortened: a part of a secret that is left at the end would not be known for one */
		snprintf(text, sizeof(text), "%.*s", (int)(s.n < sizeof(text) ? s.n : sizeof(text) - 1), s.p);
		mf_vault_hide(cred, text);
		mf_verbose("the server on '%s': %.300s", path, text);
	}
}

/* Whether another form of the path is left to try after a 403 or 404. */
static bool try_on(struct read *r, struct mf_err *err)
{
	char *path;

	if (r->data_form || r->ref->post)
		return false;
	if (!r->looked) {
		/* in "secret/data/x" the data is KV's own for certain; in "secret/ci/data" it may be a part of the name */
		if (mf_vault_data_at(r->path) == 1)
			return false;
		r->step = STEP_LOOKUP;
		return true;
	}
	if (!r->blind || mf_vault_data_at(r->path) == 1)
		return false;
	path = mf_vault_data_path(r->path, first_segment(r->path) + 1);
	if (!path) {
		mf_fail_nomem(err);
		return false;
	}
	free(r->path);
	r->path = path;
	r->data_form = true;
	r->step = STEP_READ;
	return true;
}

static void take(struct read *r, const struct batch *b, const struct mf_resp *resp)
{
	struct mf_json *json = NULL;

	r->step = STEP_DONE;
	if (mf_vault_body(&json, resp, r->err)) {
		mf_err_wrap(r->err, "cannot read '%s'", r->path);
		return;
	}
	if (resp->status == 200 && json) {
		show_warnings(json, r->path, b->cred);
		if (mf_vault_read_doc(r->doc, json, r->ref, b->now, r->err))
			mf_err_wrap(r->err, "cannot use '%s'", r->path);
		return;
	}
	/* a deleted version says so in a whole answer */
	if (resp->status == 404 && json && mf_json_type(mf_json_get_z(mf_json_root(json), "data")) == MF_J_OBJECT) {
		if (mf_vault_read_doc(r->doc, json, r->ref, b->now, r->err) == 0)
			mf_fail(r->err, MF_E_VAULT_ANSWER, "the answer for '%s' has status 404 and data", r->path);
		return;
	}
	if ((resp->status != 403 && resp->status != 404) || (resp->status == 403 && mf_vault_bad_token(json)) || !try_on(r, r->err)) {
		if (!r->err->id)
			refused(r, b->cred, resp->status, json);
	}
	mf_json_free(json);
}

/* What a mount's look-up means for all reads that wait for it. */
static void use_mount(struct batch *b, const char *asked, const char *mount, bool kv, bool kv2)
{
	size_t n = mount ? strlen(mount) : 0;

	for (size_t i = 0; i < b->n; i++) {
		struct read *r = &b->reads[i];
		char *path;

		if (r->step != STEP_LOOKUP && r->step != STEP_WAIT)
			continue;
		if (mount ? strncmp(r->path, mount, n) != 0 || !r->path[n] : !same_first_segment(r->path, asked))
			continue;
		r->looked = true;
		r->blind = !mount;
		r->kv = kv;
		r->step = STEP_READ;
		if (!kv2 || strncmp(r->path + n, "data/", 5) == 0)
			continue;
		path = mf_vault_data_path(r->path, n);
		if (!path) {
			mf_fail_nomem(r->err);
			r->step = STEP_DONE;
			continue;
		}
		free(r->path);
		r->path = path;
		r->data_form = true;
	}
}

static void take_lookup(struct read *r, struct batch *b, const struct mf_resp *resp)
{
	MF_CLEANUP(mf_json_freep) struct mf_json *json = NULL;
	MF_CLEANUP(mf_freep) char *mount = NULL;
	MF_CLEANUP(mf_freep) char *asked = mf_strdup(r->path);
	struct mf_err ignored = { 0 };
	bool kv = false, kv2 = false;

	if (!asked) {
		mf_fail_nomem(r->err);
		r->step = STEP_DONE;
		return;
	}
	if (resp->status == 200 && mf_vault_body(&json, resp, &ignored) == 0 && json && mf_vault_read_mount(&mount, &kv, &kv2, json) &&
	    strncmp(asked, mount, strlen(mount)) == 0) {
		mf_verbose("mount '%s' is %s", mount, kv2 ? "KV version 2" : "read by path");
		use_mount(b, asked, mount, kv, kv2);
		return;
	}
	mf_verbose("the mount of '%s' cannot be looked up (status %ld): its path is tried in both forms", asked, resp->status);
	use_mount(b, asked, NULL, false, false);
}

/* The next requests: every read that is ready, and one look-up for each first segment. */
static size_t plan_wave(struct batch *b, struct read **wave)
{
	size_t n = 0;

	for (size_t i = 0; i < b->n; i++) {
		struct read *r = &b->reads[i];
		bool asked = false;

		if (r->step == STEP_WAIT)
			r->step = STEP_LOOKUP;
		if (r->step == STEP_DONE)
			continue;
		for (size_t j = 0; r->step == STEP_LOOKUP && j < n; j++)
			asked |= wave[j]->step == STEP_LOOKUP && same_first_segment(wave[j]->path, r->path);
		if (asked)
			r->step = STEP_WAIT;
		else
			wave[n++] = r;
	}
	return n;
}

static int request_of(struct mf_vault_request *out, struct mf_secret **body, const struct batch *b, const struct read *r, struct mf_err *err)
{
	static const char ui[] = "sys/internal/ui/mounts/";
	char path[sizeof(ui) + MF_REF_PATH_MAX + 8];
	bool lookup = r->step == STEP_LOOKUP;

	snprintf(path, sizeof(path), "%s%s", lookup ? ui : "", r->path);
	if (mf_vault_request(out, b->cred, MF_VAULT_WITH_TOKEN, path, lookup ? NULL : r->ref->version, err))
		return -1;
	/* and what was refused inline with status 500 (a lease) is refused every time */
	if (makes_what_stays(r, b->cred))
		out->req.retry = MF_RETRY_CONNECT;
	if (!lookup && r->ref->query && (mf_buf_putc(&out->url, '?', err) || mf_buf_puts(&out->url, r->ref->query, err))) {
		mf_vault_request_free(out);
		return -1;
	}
	out->req.url = out->url.p;
	if (lookup || !r->ref->post)
		return 0;
	*body = mf_secret_new(r->ref->post, strlen(r->ref->post));
	if (!*body) {
		mf_vault_request_free(out);
		return mf_fail_nomem(err);
	}
	out->req.method = "POST";
	out->req.body = *body;
	out->req.retry = MF_RETRY_CONNECT;
	return 0;
}

struct wave {
	struct read **reads;
	struct mf_vault_request *requests;
	struct mf_secret **bodies;
	struct mf_req *reqs;
	struct mf_resp *resps;
	struct mf_err *errs;
	size_t n;
};

static void wave_free(struct wave *w)
{
	for (size_t i = 0; i < w->n; i++) {
		if (w->requests)
			mf_vault_request_free(&w->requests[i]);
		if (w->bodies)
			mf_secret_free(w->bodies[i]);
		if (w->resps)
			mf_resp_free(&w->resps[i]);
	}
	free(w->requests);
	free(w->bodies);
	free(w->reqs);
	free(w->resps);
	free(w->errs);
}

static int wave_alloc(struct wave *w, struct mf_err *err)
{
	w->requests = mf_calloc(w->n, sizeof(*w->requests));
	w->bodies = mf_calloc(w->n, sizeof(*w->bodies));
	w->reqs = mf_calloc(w->n, sizeof(*w->reqs));
	w->resps = mf_calloc(w->n, sizeof(*w->resps));
	w->errs = mf_calloc(w->n, sizeof(*w->errs));
	return w->requests && w->bodies && w->reqs && w->resps && w->errs ? 0 : mf_fail_nomem(err);
}

static int send_wave(struct batch *b, struct wave *w, struct mf_err *err)
{
	if (wave_alloc(w, err))
		return -1;
	for (size_t i = 0; i < w->n; i++) {
		if (request_of(&w->requests[i], &w->bodies[i], b, w->reads[i], err))
			return -1;
		w->reqs[i] = w->requests[i].req;
	}
	/* each answer's own error says what there is to say */
	if (mf_http_do_all(b->http, w->reqs, w->n, w->resps, w->errs))
		mf_debug("not every request of %zu got an answer", w->n);
	return 0;
}

static void take_wave(struct batch *b, struct wave *w)
{
	b->now = mf_now();
	for (size_t i = 0; i < w->n; i++) {
		struct read *r = w->reads[i];

		if (w->errs[i].id) {
			*r->err = w->errs[i];
			mf_err_wrap(r->err, "cannot read '%s'", r->ref->path);
			/* the note of a request that went out, and whose answer nobody has */
			if (r->err->note[0] && makes_what_stays(r, b->cred))
				note_what_stays(r);
			r->step = STEP_DONE;
		} else if (r->step == STEP_LOOKUP) {
			take_lookup(r, b, &w->resps[i]);
		} else {
			take(r, b, &w->resps[i]);
		}
	}
}

/* 1 when there was something to send. */
static int run_wave(struct batch *b, struct read **list, struct mf_err *err)
{
	struct wave w = { .reads = list, .n = plan_wave(b, list) };
	int rc;

	if (w.n == 0)
		return 0;
	rc = send_wave(b, &w, err);
	if (rc == 0)
		take_wave(b, &w);
	wave_free(&w);
	return rc ? -1 : 1;
}

static void run(struct batch *b)
{
	MF_CLEANUP(mf_freep) struct read **list = mf_calloc(b->n, sizeof(*list));
	struct mf_err err = { 0 };
	int rc = 1;

	if (!list)
		rc = mf_fail_nomem(&err);
	for (int waves = 0; rc == 1 && waves < WAVES_MAX; waves++)
		rc = run_wave(b, list, &err);
	for (size_t i = 0; i < b->n; i++)
		if (b->reads[i].step != STEP_DONE) {
			if (!err.id)
				mf_fail(&err, MF_E_BASE_BUG, "reading '%s' came to no end", b->reads[i].ref->path);
			*b->reads[i].err = err;
		}
}

int mf_vault_fetch(struct mf_cred *cred, struct mf_http *http, const struct mf_ref *const *refs, size_t n, struct mf_doc *docs,
		   struct mf_err *errs)
{
	struct batch b = { .cred = cred, .http = http, .n = n, .now = mf_now(), .reads = mf_calloc(n ? n : 1, sizeof(struct read)) };
	int rc = 0;

	for (size_t i = 0; i < n; i++) {
		docs[i] = (struct mf_doc){ 0 };
		errs[i] = (struct mf_err){ 0 };
		if (!b.reads) {
			rc = mf_fail_nomem(&errs[i]);
			continue;
		}
		b.reads[i] = (struct read){ .ref = refs[i], .path = mf_strdup(refs[i]->path), .doc = &docs[i], .err = &errs[i] };
		if (b.reads[i].path) {
			start(&b.reads[i], cred);
		} else {
			mf_fail_nomem(&errs[i]);
			b.reads[i].step = STEP_DONE;
		}
	}
	if (b.reads)
		run(&b);
	for (size_t i = 0; b.reads && i < n; i++) {
		free(b.reads[i].path);
		rc |= errs[i].id ? -1 : 0;
	}
	free(b.reads);
	return rc;
}
