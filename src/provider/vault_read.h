/* SPDX-License-Identifier: Apache-2.0 */
/* One read on its way, shared by vault_read.c, which sends it, and vault_refusal.c, which explains why it failed. */
#ifndef MAYFLY_PROVIDER_VAULT_READ_H
#define MAYFLY_PROVIDER_VAULT_READ_H

#include "vault.h"

enum mf_vault_step { MF_VAULT_STEP_LOOKUP, MF_VAULT_STEP_WAIT, MF_VAULT_STEP_READ, MF_VAULT_STEP_DONE };

struct mf_vault_read {
	const struct mf_ref *ref;
	char *path;		/* as it is read next: ref->path, or with data/ put in */
	enum mf_vault_step step;
	bool looked;		/* the mount is known, or cannot be */
	bool blind;		/* it cannot: both forms are tried */
	bool data_form;		/* `path` has data/ put in */
	bool kv;		/* the mount is said to be KV: reading makes nothing */
	size_t mount;		/* bytes of `path` that are the mount with its slash; 0: not known */
	struct mf_doc *doc;
	struct mf_err *err;
};

/* Whether the login travels with each request, so that there is no token. */
bool mf_vault_is_inline(const struct mf_cred *cred);

/* Whether this read may make a credential that does not end with the token: the token is not ours to revoke, or cannot be. Then a
 * read that went out is not repeated, and its answer is waited for. */
bool mf_vault_makes_what_stays(const struct mf_vault_read *r, const struct mf_cred *cred);
void mf_vault_note_what_stays(struct mf_vault_read *r);

/* Fills r->err for an answer of this status; `json` is its body, or NULL. A 404 also marks the document as missing. */
void mf_vault_read_refused(struct mf_vault_read *r, const struct mf_cred *cred, long status, const struct mf_json *json);

#endif
