/* SPDX-License-Identifier: Apache-2.0 */
/* Reading a vault: secrets, and the public parts of certificates and keys, all at once. Where a token goes is decided here and never by what a
 * vault says in its challenge. */
#include "azure.h"

#include <stdlib.h>
#include <mayfly/alloc.h>
#include <mayfly/clock.h>
#include <mayfly/log.h>

enum { URL_MAX = 1024 };

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

static const struct mf_secret *token_for(const struct mf_cred *cred, const char *scope)
{
	const struct mf_azure_priv *priv = cred->priv;

	for (size_t i = 0; priv && i < priv->n; i++)
		if (strcmp(priv->tokens[i].scope, scope) == 0)
			return priv->tokens[i].token;
	return NULL;
}

static int add_request(struct batch *b, const struct mf_cred *cred, const struct mf_ref *ref, size_t index, struct mf_err *err)
{
	static const char *const kinds[] = { [MF_AZURE_SECRET] = "/secrets/", [MF_AZURE_CERTIFICATE] = "/certificates/", [MF_AZURE_KEY] = "/keys/" };
	const struct mf_azure_priv *priv = cred->priv;
	struct mf_buf *url = &b->urls[b->n_reqs];
	struct mf_header *header = &b->headers[b->n_reqs];
	char base[MF_AZURE_HOST], scope[MF_AZURE_SCOPE];
	struct mf_azure_item item;

	*url = MF_BUF(URL_MAX);
	mf_azure_item_of(&item, ref);
	if (mf_azure_vault(base, scope, priv->conf, item.vault, err) || mf_buf_puts(url, base, err) || mf_buf_puts(url, kinds[item.kind], err) ||
	    mf_url_add_segment(url, item.name, err))
		return -1;
	if (ref->version && (mf_buf_putc(url, '/', err) || mf_url_add_segment(url, mf_str(ref->version), err)))
		return -1;
	if (mf_url_add_query(url, "api-version", mf_str("7.4"), err))
		return -1;
	*header = (struct mf_header){ .name = "Authorization", .value = "Bearer ", .secret = token_for(cred, scope) };
	if (!header->secret)
		return mf_fail(err, MF_E_BASE_BUG, "there is no token for '%s'", scope);
	b->reqs[b->n_reqs] = (struct mf_req){ .url = mf_buf_text(url), .headers = header, .n_headers = 1, .retry = MF_RETRY_SAFE, .want = { "www-authenticate" } };
	b->of[b->n_reqs++] = index;
	return 0;
}

static void take(struct mf_doc *doc, const struct mf_ref *ref, const struct mf_resp *resp, const struct mf_cred *cred, struct mf_err *err)
{
	MF_CLEANUP(mf_json_freep) struct mf_json *json = NULL;

	if (mf_azure_body(&json, resp, "Key Vault", err))
		mf_err_wrap(err, "cannot read '%s'", ref->path);
	else if (resp->status != 200)
		mf_azure_item_refused(doc, ref, resp, json, cred, err);
	else if (mf_azure_read_item(doc, json, ref, resp->date ? resp->date : mf_now(), err))
		mf_clock_note(resp->date, err);
}

static void lost(const struct mf_ref *ref, const struct mf_err *why, struct mf_err *err)
{
	*err = *why;
	mf_err_wrap(err, "cannot read '%s'", ref->path);
	if (err->id == mf_error_id(MF_E_HTTP_DNS))
		mf_err_hint(err, "there is no vault of that name, or its private endpoint is not reached from here");
}

static int set_path(struct mf_doc *doc, const struct mf_ref *ref)
{
	doc->read = (struct mf_read){ .path = mf_strdup(ref->path), .base = strcspn(ref->path, "/") + 1 };
	return doc->read.path ? 0 : -1;
}

int mf_azure_fetch(struct mf_cred *cred, struct mf_http *http, const struct mf_ref *const *refs, size_t n, struct mf_doc *docs, struct mf_err *errs)
{
	struct batch b = { 0 };
	const bool room = batch_alloc(&b, n);
	int rc = 0;

	for (size_t i = 0; i < n; i++) {
		docs[i] = (struct mf_doc){ 0 };
		errs[i] = (struct mf_err){ 0 };
		if (!room)
			mf_fail_nomem(&errs[i]);
		else if (add_request(&b, cred, refs[i], i, &errs[i]))
			mf_buf_free(&b.urls[b.n_reqs]);
	}
	/* each answer's own error says what there is to say */
	if (b.n_reqs && mf_http_do_all(http, b.reqs, b.n_reqs, b.resps, b.errs))
		mf_debug("not every request of %zu got an answer", b.n_reqs);
	for (size_t i = 0; i < b.n_reqs; i++) {
		const size_t to = b.of[i];

		if (b.errs[i].id)
			lost(refs[to], &b.errs[i], &errs[to]);
		else
			take(&docs[to], refs[to], &b.resps[i], cred, &errs[to]);
		if (!errs[to].id && set_path(&docs[to], refs[to]))
			mf_fail_nomem(&errs[to]);
	}
	batch_free(&b);
	for (size_t i = 0; i < n; i++)
		rc |= errs[i].id ? -1 : 0;
	return rc;
}
