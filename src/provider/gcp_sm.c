/* SPDX-License-Identifier: Apache-2.0 */
/* Reading Secret Manager: one version each, all at once. */
#include "gcp.h"
#include "get.h"

#include <stdio.h>
#include <mayfly/clock.h>

/* The region's own host keeps the secret in the region, also on its way. */
static void host_of(char out[static MF_GCP_HOST], const struct mf_conf *conf, const struct mf_gcp_item *item)
{
	char service[80];

	if (item->location.n)
		snprintf(service, sizeof(service), "secretmanager.%.*s.rep", (int)(item->location.n < 40 ? item->location.n : 40), item->location.p);
	mf_gcp_endpoint(out, conf, MF_K_GCP_SECRETS_URL, item->location.n ? service : "secretmanager");
}

static int ask(struct mf_buf *url, struct mf_header *header, const struct mf_cred *cred, const struct mf_ref *ref, struct mf_err *err)
{
	const struct mf_gcp_priv *priv = cred->priv;
	struct mf_gcp_item item;
	char host[MF_GCP_HOST];

	mf_gcp_item_of(&item, ref);
	host_of(host, priv->conf, &item);
	*header = (struct mf_header){ .name = "Authorization", .value = "Bearer ", .secret = priv->access.token };
	if (mf_buf_puts(url, host, err) || mf_buf_puts(url, "/v1/projects/", err) || mf_url_add_segment(url, item.project, err))
		return -1;
	if (item.location.n && (mf_buf_puts(url, "/locations/", err) || mf_url_add_segment(url, item.location, err)))
		return -1;
	return mf_buf_puts(url, "/secrets/", err) || mf_url_add_segment(url, item.secret, err) || mf_buf_puts(url, "/versions/", err) ||
	       mf_url_add_segment(url, mf_str(item.version), err) || mf_buf_puts(url, ":access", err) ? -1 : 0;
}

static void take(struct mf_doc *doc, const struct mf_ref *ref, const struct mf_resp *resp, const struct mf_cred *cred, struct mf_err *err)
{
	MF_CLEANUP(mf_json_freep) struct mf_json *json = NULL;
	const struct mf_gcp_ask who = { .title = "Secret Manager", .doing = "cannot read a secret" };

	doc->read.base = (size_t)(strrchr(ref->path, '/') + 1 - ref->path);
	if (mf_gcp_json(&json, resp, &who, err))
		mf_err_wrap(err, "cannot read '%s'", ref->path);
	else if (resp->status != 200)
		mf_gcp_secret_refused(doc, ref, resp, json, cred, err);
	else if (mf_gcp_read_secret(doc, json, ref, err))
		mf_clock_note(resp->date, err);
}

int mf_gcp_fetch(struct mf_cred *cred, struct mf_http *http, const struct mf_ref *const *refs, size_t n, struct mf_doc *docs, struct mf_err *errs)
{
	static const struct mf_get how = { .ask = ask, .take = take, .no_host = "there is no such region of Secret Manager, or the universe is another one (gcp.universe)" };

	return mf_get_all(&how, cred, http, refs, n, docs, errs);
}
