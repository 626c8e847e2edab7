/* SPDX-License-Identifier: Apache-2.0 */
/* Reading a vault: secrets, and the public parts of certificates and keys, all at once. Where a token goes is decided here and never by what a
 * vault says in its challenge. */
#include "azure.h"
#include "get.h"

#include <mayfly/clock.h>

static const struct mf_secret *token_for(const struct mf_cred *cred, const char *scope)
{
	const struct mf_azure_priv *priv = cred->priv;

	for (size_t i = 0; priv && i < priv->n; i++)
		if (strcmp(priv->tokens[i].scope, scope) == 0)
			return priv->tokens[i].token;
	return NULL;
}

static int ask(struct mf_buf *url, struct mf_header *header, const struct mf_cred *cred, const struct mf_ref *ref, struct mf_err *err)
{
	static const char *const kinds[] = { [MF_AZURE_SECRET] = "/secrets/", [MF_AZURE_CERTIFICATE] = "/certificates/", [MF_AZURE_KEY] = "/keys/" };
	const struct mf_azure_priv *priv = cred->priv;
	char base[MF_AZURE_HOST], scope[MF_AZURE_SCOPE];
	struct mf_azure_item item;

	mf_azure_item_of(&item, ref);
	if (mf_azure_vault(base, scope, priv->conf, item.vault, err) || mf_buf_puts(url, base, err) || mf_buf_puts(url, kinds[item.kind], err) ||
	    mf_url_add_segment(url, item.name, err))
		return -1;
	if (ref->version && (mf_buf_putc(url, '/', err) || mf_url_add_segment(url, mf_str(ref->version), err)))
		return -1;
	*header = (struct mf_header){ .name = "Authorization", .value = "Bearer ", .secret = token_for(cred, scope) };
	if (!header->secret)
		return mf_fail(err, MF_E_BASE_BUG, "there is no token for '%s'", scope);
	return mf_url_add_query(url, "api-version", mf_str("7.4"), err);
}

static void take(struct mf_doc *doc, const struct mf_ref *ref, const struct mf_resp *resp, const struct mf_cred *cred, struct mf_err *err)
{
	MF_CLEANUP(mf_json_freep) struct mf_json *json = NULL;

	doc->read.base = strcspn(ref->path, "/") + 1;
	if (mf_azure_body(&json, resp, "Key Vault", err))
		mf_err_wrap(err, "cannot read '%s'", ref->path);
	else if (resp->status != 200)
		mf_azure_item_refused(doc, ref, resp, json, cred, err);
	else if (mf_azure_read_item(doc, json, ref, resp->date ? resp->date : mf_now(), err))
		mf_clock_note(resp->date, err);
}

int mf_azure_fetch(struct mf_cred *cred, struct mf_http *http, const struct mf_ref *const *refs, size_t n, struct mf_doc *docs, struct mf_err *errs)
{
	static const struct mf_get how = {
		.ask = ask, .take = take, .no_host = "there is no vault of that name, or its private endpoint is not reached from here", .want = "www-authenticate",
	};

	return mf_get_all(&how, cred, http, refs, n, docs, errs);
}
