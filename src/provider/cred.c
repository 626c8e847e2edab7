/* SPDX-License-Identifier: Apache-2.0 */
/* Credentials and documents: how they end in memory. */
#include <mayfly/provider.h>

#include <stdlib.h>

void mf_cred_free(struct mf_cred *c)
{
	if (!c)
		return;
	if (c->priv && c->provider && c->provider->drop)
		c->provider->drop(c);
	free(c->url);
	free(c->ns);
	mf_secret_free(c->token);
	free(c->accessor);
	free(c->subject);
	free(c->serve_url);
	mf_secret_free(c->serve_token);
	*c = (struct mf_cred){ 0 };
}

void mf_doc_free(struct mf_doc *d)
{
	if (!d)
		return;
	mf_json_free(d->json);
	mf_secret_free(d->raw);
	free(d->lease_id);
	free(d->read.path);
	*d = (struct mf_doc){ 0 };
}
