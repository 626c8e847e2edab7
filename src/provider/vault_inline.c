/* SPDX-License-Identifier: Apache-2.0 */
/* OpenBao's inline authentication: the login travels in the headers of each read, so that no token comes to exist. */
#include "vault.h"

#include <stdio.h>
#include <stdlib.h>
#include <mayfly/alloc.h>
#include <mayfly/enc.h>
#include <mayfly/reveal.h>

enum { PARAMETER_MAX = 1 << 17 };

/* X-Vault-Inline-Auth-Parameter-KEY: base64url of {"key":KEY,"value":VALUE} */
static int add_parameter(struct mf_vault_headers *out, const char *key, const struct mf_secret *value, struct mf_err *err)
{
	struct mf_secret *json = mf_secret_empty(PARAMETER_MAX);
	struct mf_str text;
	char name[96], *b64 = NULL;
	size_t n = 0, room = 0;
	int rc = -1;

	if (!json)
		return mf_fail_nomem(err);
	if (mf_secret_add(json, "{", 1, err) || mf_vault_member(json, "key", mf_str(key), err) ||
	    mf_vault_member(json, "value", mf_secret_reveal(value), err) || mf_secret_add(json, "}", 1, err))
		goto out;
	text = mf_secret_reveal(json);
	room = mf_b64_len(text.n, false);
	b64 = mf_calloc(room + 1, 1);
	if (!b64) {
		mf_fail_nomem(err);
		goto out;
	}
	n = mf_b64_encode(b64, text.p, text.n, MF_B64_URL, false);
	snprintf(name, sizeof(name), "X-Vault-Inline-Auth-Parameter-%s", key);
	rc = mf_vault_headers_add(out, mf_str(name), (struct mf_str){ b64, n }, err);
out:
	if (b64)
		mf_wipe(b64, room);
	free(b64);
	mf_secret_free(json);
	return rc;
}

int mf_vault_inline_headers(struct mf_vault_headers *out, const struct mf_vault_login *l, struct mf_err *err)
{
	if (l->body) {
		mf_fail(err, MF_E_VAULT_INLINE, "inline authentication is not possible with method 'other'");
		mf_err_why(err, "its headers carry one value each, not a whole object");
		return -1;
	}
	if (mf_vault_headers_add(out, mf_str("X-Vault-Inline-Auth-Path"), mf_str(l->path), err))
		goto fail;
	for (size_t i = 0; i < l->n; i++)
		if (add_parameter(out, l->keys[i], l->values[i], err))
			goto fail;
	return 0;
fail:
	mf_vault_headers_free(out);
	return -1;
}
