/* SPDX-License-Identifier: Apache-2.0 */
/* Where one reference is one GET: all of them at once. */
#include "get.h"

#include <stdlib.h>
#include <mayfly/alloc.h>
#include <mayfly/log.h>

struct batch {
	size_t n;
	struct mf_buf *urls;
	struct mf_header *headers;
	struct mf_req *reqs;
	struct mf_resp *resps;
	size_t *of;		/* which reference each request is for */
	struct mf_err *errs;
	size_t n_reqs;
};

static void batch_free(struct batch *b)
{
	for (size_t i = 0; i < b->n; i++) {
		if (b->urls)
			mf_buf_free(&b->urls[i]);
		if (b->resps)
			mf_resp_free(&b->resps[i]);
	}
	free(b->urls);
	free(b->headers);
	free(b->reqs);
	free(b->resps);
	free(b->of);
	free(b->errs);
}

static bool batch_alloc(struct batch *b, size_t n)
{
	const size_t room = n ? n : 1;

	b->n = n;
	b->urls = mf_calloc(room, sizeof(*b->urls));
	b->headers = mf_calloc(room, sizeof(*b->headers));
	b->reqs = mf_calloc(room, sizeof(*b->reqs));
	b->resps = mf_calloc(room, sizeof(*b->resps));
	b->of = mf_calloc(room, sizeof(*b->of));
	b->errs = mf_calloc(room, sizeof(*b->errs));
	return b->urls && b->headers && b->reqs && b->resps && b->of && b->errs;
}

static int add(struct batch *b, const struct mf_get *how, const struct mf_cred *cred, const struct mf_ref *ref, size_t index, struct mf_err *err)
{
	struct mf_buf *url = &b->urls[b->n_reqs];
	struct mf_header *header = &b->headers[b->n_reqs];

	*url = MF_BUF(MF_GET_URL);
	if (how->ask(url, header, cred, ref, err)) {
		mf_buf_free(url);
		return -1;
	}
	b->reqs[b->n_reqs] = (struct mf_req){ .url = mf_buf_text(url), .headers = header, .n_headers = 1, .retry = MF_RETRY_SAFE, .want = { how->want } };
	b->of[b->n_reqs++] = index;
	return 0;
}

static void lost(const struct mf_get *how, const struct mf_ref *ref, const struct mf_err *why, struct mf_err *err)
{
	*err = *why;
	mf_err_wrap(err, "cannot read '%s'", ref->path);
	if (err->id == mf_error_id(MF_E_HTTP_DNS))
		mf_err_hint(err, "%s", how->no_host);
}

int mf_get_all(const struct mf_get *how, const struct mf_cred *cred, struct mf_http *http, const struct mf_ref *const *refs, size_t n, struct mf_doc *docs,
	       struct mf_err *errs)
{
	struct batch b = { 0 };
	const bool room = batch_alloc(&b, n);
	int rc = 0;

	for (size_t i = 0; i < n; i++) {
		docs[i] = (struct mf_doc){ 0 };
		errs[i] = (struct mf_err){ 0 };
		if (!room)
			mf_fail_nomem(&errs[i]);
		else if (add(&b, how, cred, refs[i], i, &errs[i]))
			rc = -1;
	}
	/* each answer's own error says what there is to say */
	if (b.n_reqs && mf_http_do_all(http, b.reqs, b.n_reqs, b.resps, b.errs))
		mf_debug("not every request of %zu got an answer", b.n_reqs);
	for (size_t i = 0; i < b.n_reqs; i++) {
		const size_t to = b.of[i];

		if (b.errs[i].id)
			lost(how, refs[to], &b.errs[i], &errs[to]);
		else
			how->take(&docs[to], refs[to], &b.resps[i], cred, &errs[to]);
		if (!errs[to].id && !(docs[to].read.path = mf_strdup(refs[to]->path)))
			mf_fail_nomem(&errs[to]);
	}
	batch_free(&b);
	for (size_t i = 0; i < n; i++)
		rc |= errs[i].id ? -1 : 0;
	return rc;
}
