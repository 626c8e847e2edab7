/* SPDX-License-Identifier: Apache-2.0 */
/* Reading secrets: all at once, in waves. A path that carries /data/ is read as it stands. Of the others the mount is
 * looked up first, once for all that lie in it and beside the reads that need none; where the look-up is refused, the path is
 * tried as it stands, then as KV version 2. Paths of vault-action's grammar are the API's own: they are only read as they stand. */
#include "vault_read.h"

#include <stdio.h>
#include <stdlib.h>
#include <mayfly/alloc.h>
#include <mayfly/clock.h>
#include <mayfly/log.h>
#include <mayfly/reveal.h>

enum { WAVES_MAX = 16 };

struct batch {
	struct mf_cred *cred;
	struct mf_http *http;
	struct mf_vault_read *reads;
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

bool mf_vault_is_inline(const struct mf_cred *cred)
{
	const struct mf_vault_priv *priv = cred->priv;

	return priv && priv->inline_auth.n > 0;
}

/* Whether a path's next part is what engines that make credentials have before a role's name. */
static bool makes(const char *s)
{
	static const char *const words[] = { "creds", "sts", "token", "issue", "sign", "roleset", "static-account", "key", "login" };

	for (size_t i = 0; i < MF_COUNT(words); i++)
		if (first_segment(s) == strlen(words[i]) && memcmp(s, words[i], strlen(words[i])) == 0)
			return true;
	return false;
}

/* "secret/data/ci/deploy", but not "team/data/creds/deploy", where "team/data" may be an engine that makes credentials. */
static bool reads_data(const char *path)
{
	const char *s = mf_vault_data_at(path) ? strstr(path, "/data/") : NULL;

	return s && !makes(s + strlen("/data/"));
}

static void start(struct mf_vault_read *r, const struct mf_cred *cred)
{
	const char *path = r->ref->path;

	r->step = MF_VAULT_STEP_READ;
	if (r->ref->post || r->ref->compat || system_path(path) || !strchr(path, '/'))
		r->looked = true;
	else if (mf_vault_is_inline(cred))
		r->looked = r->blind = true;	/* the look-up needs a token */
	else if (mf_vault_data_at(path) == 0)
		r->step = MF_VAULT_STEP_LOOKUP;
	r->kv = r->step == MF_VAULT_STEP_READ && reads_data(path);
}

bool mf_vault_makes_what_stays(const struct mf_vault_read *r, const struct mf_cred *cred)
{
	if (r->step == MF_VAULT_STEP_LOOKUP || r->kv)
		return false;
	return !cred->ours || cred->batch || mf_vault_is_inline(cred);
}

void mf_vault_note_what_stays(struct mf_vault_read *r)
{
	mf_err_note(r->err, "if '%s' makes credentials, one may have been made; nobody revokes it, and it ends with its lease", r->path);
}

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
static bool try_on(struct mf_vault_read *r, struct mf_err *err)
{
	char *path;

	if (r->data_form || r->ref->post)
		return false;
	if (!r->looked) {
		/* in "secret/data/x" the data is KV's own for certain; in "secret/ci/data" it may be a part of the name */
		if (mf_vault_data_at(r->path) == 1)
			return false;
		r->step = MF_VAULT_STEP_LOOKUP;
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
	r->step = MF_VAULT_STEP_READ;
	return true;
}

/* Of KV all is behind its mount; of other engines behind a word of their own, as in "database/creds/app". */
static size_t base_of(const struct mf_vault_read *r)
{
	const char *data = r->kv && mf_vault_data_at(r->path) ? strstr(r->path, "/data/") : NULL;

	if (data)
		return (size_t)(data - r->path) + strlen("/data/");
	if (r->kv)
		return r->mount;
	for (const char *s = strchr(r->path, '/'); s && !system_path(r->path); s = strchr(s + 1, '/'))
		if (makes(s + 1) && s[1 + first_segment(s + 1)] == '/')
			return (size_t)(s - r->path) + 2 + first_segment(s + 1);
	return 0;
}

/* The read's own copy of the path goes with its document. */
static void keep_path(struct mf_vault_read *r)
{
	r->doc->read = (struct mf_read){ .path = r->path, .base = base_of(r), .writes = r->ref->post != NULL };
	r->path = NULL;
}

static void take(struct mf_vault_read *r, const struct batch *b, const struct mf_resp *resp)
{
	struct mf_json *json = NULL;

	r->step = MF_VAULT_STEP_DONE;
	if (mf_vault_body(&json, resp, r->err)) {
		mf_err_wrap(r->err, "cannot read '%s'", r->path);
		return;
	}
	if (resp->status == 200 && json) {
		show_warnings(json, r->path, b->cred);
		if (mf_vault_read_doc(r->doc, json, r->ref, b->now, r->err))
			mf_err_wrap(r->err, "cannot use '%s'", r->path);
		else
			keep_path(r);
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
			mf_vault_read_refused(r, b->cred, resp->status, json);
	}
	mf_json_free(json);
}

/* What a mount's look-up means for all reads that wait for it. */
static void use_mount(struct batch *b, const char *asked, const char *mount, bool kv, bool kv2)
{
	size_t n = mount ? strlen(mount) : 0;

	for (size_t i = 0; i < b->n; i++) {
		struct mf_vault_read *r = &b->reads[i];
		char *path;

		if (r->step != MF_VAULT_STEP_LOOKUP && r->step != MF_VAULT_STEP_WAIT)
			continue;
		if (mount ? strncmp(r->path, mount, n) != 0 || !r->path[n] : !same_first_segment(r->path, asked))
			continue;
		r->looked = true;
		r->blind = !mount;
		r->kv = kv;
		r->mount = n;
		r->step = MF_VAULT_STEP_READ;
		if (!kv2 || strncmp(r->path + n, "data/", 5) == 0)
			continue;
		path = mf_vault_data_path(r->path, n);
		if (!path) {
			mf_fail_nomem(r->err);
			r->step = MF_VAULT_STEP_DONE;
			continue;
		}
		free(r->path);
		r->path = path;
		r->data_form = true;
	}
}

static void take_lookup(struct mf_vault_read *r, struct batch *b, const struct mf_resp *resp)
{
	MF_CLEANUP(mf_json_freep) struct mf_json *json = NULL;
	MF_CLEANUP(mf_freep) char *mount = NULL;
	MF_CLEANUP(mf_freep) char *asked = mf_strdup(r->path);
	struct mf_err ignored = { 0 };
	bool kv = false, kv2 = false;

	if (!asked) {
		mf_fail_nomem(r->err);
		r->step = MF_VAULT_STEP_DONE;
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
static size_t plan_wave(struct batch *b, struct mf_vault_read **wave)
{
	size_t n = 0;

	for (size_t i = 0; i < b->n; i++) {
		struct mf_vault_read *r = &b->reads[i];
		bool asked = false;

		if (r->step == MF_VAULT_STEP_WAIT)
			r->step = MF_VAULT_STEP_LOOKUP;
		if (r->step == MF_VAULT_STEP_DONE)
			continue;
		for (size_t j = 0; r->step == MF_VAULT_STEP_LOOKUP && j < n; j++)
			asked |= wave[j]->step == MF_VAULT_STEP_LOOKUP && same_first_segment(wave[j]->path, r->path);
		if (asked)
			r->step = MF_VAULT_STEP_WAIT;
		else
			wave[n++] = r;
	}
	return n;
}

static int request_of(struct mf_vault_request *out, struct mf_secret **body, const struct batch *b, const struct mf_vault_read *r,
		      struct mf_err *err)
{
	static const char ui[] = "sys/internal/ui/mounts/";
	char path[sizeof(ui) + MF_REF_PATH_MAX + 8];
	bool lookup = r->step == MF_VAULT_STEP_LOOKUP;

	snprintf(path, sizeof(path), "%s%s", lookup ? ui : "", r->path);
	if (mf_vault_request(out, b->cred, MF_VAULT_WITH_TOKEN, path, lookup ? NULL : r->ref->version, err))
		return -1;
	/* and what was refused inline with status 500 (a lease) is refused every time */
	if (mf_vault_makes_what_stays(r, b->cred))
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
	struct mf_vault_read **reads;
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
		struct mf_vault_read *r = w->reads[i];

		if (w->errs[i].id) {
			*r->err = w->errs[i];
			mf_err_wrap(r->err, "cannot read '%s'", r->ref->path);
			/* the note of a request that went out, and whose answer nobody has */
			if (r->err->note[0] && mf_vault_makes_what_stays(r, b->cred))
				mf_vault_note_what_stays(r);
			r->step = MF_VAULT_STEP_DONE;
		} else if (r->step == MF_VAULT_STEP_LOOKUP) {
			take_lookup(r, b, &w->resps[i]);
		} else {
			take(r, b, &w->resps[i]);
		}
	}
}

/* 1 when there was something to send. */
static int run_wave(struct batch *b, struct mf_vault_read **list, struct mf_err *err)
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
	MF_CLEANUP(mf_freep) struct mf_vault_read **list = mf_calloc(b->n, sizeof(*list));
	struct mf_err err = { 0 };
	int rc = 1;

	if (!list)
		rc = mf_fail_nomem(&err);
	for (int waves = 0; rc == 1 && waves < WAVES_MAX; waves++)
		rc = run_wave(b, list, &err);
	for (size_t i = 0; i < b->n; i++)
		if (b->reads[i].step != MF_VAULT_STEP_DONE) {
			if (!err.id)
				mf_fail(&err, MF_E_BASE_BUG, "reading '%s' came to no end", b->reads[i].ref->path);
			*b->reads[i].err = err;
		}
}

int mf_vault_fetch(struct mf_cred *cred, struct mf_http *http, const struct mf_ref *const *refs, size_t n, struct mf_doc *docs,
		   struct mf_err *errs)
{
	struct batch b = { .cred = cred, .http = http, .n = n, .now = mf_now(), .reads = mf_calloc(n ? n : 1, sizeof(*b.reads)) };
	int rc = 0;

	for (size_t i = 0; i < n; i++) {
		docs[i] = (struct mf_doc){ 0 };
		errs[i] = (struct mf_err){ 0 };
		if (!b.reads) {
			rc = mf_fail_nomem(&errs[i]);
			continue;
		}
		b.reads[i] = (struct mf_vault_read){ .ref = refs[i], .path = mf_strdup(refs[i]->path), .doc = &docs[i], .err = &errs[i] };
		if (b.reads[i].path) {
			start(&b.reads[i], cred);
		} else {
			mf_fail_nomem(&errs[i]);
			b.reads[i].step = MF_VAULT_STEP_DONE;
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
