/* SPDX-License-Identifier: Apache-2.0 */
/* From wants to items: each document is fetched once, all at once, then the fields are taken out of them.
 * All or nothing: one failure, no items. */
#ifndef MAYFLY_FETCH_H
#define MAYFLY_FETCH_H

#include <mayfly/provider.h>

/* What a sink gets: a name and a secret. */
struct mf_item {
	char *name;			/* the variable's; checked to be one */
	struct mf_secret *value;
	enum mf_as as;
	bool no_env, no_output;
	bool plain;			/* no secret (an address): exported without a mask */
	char *output;			/* of the step, or NULL */
	bool fresh;			/* of a login: a later one gives it anew */
	char *holds;			/* of a file: another one, whose path it has where MF_FILE_HERE is; or NULL */
	char *from;			/* the reference as text, for the summary */
	int64_t version, created, expires;
	bool fetched;			/* from a provider; false for what was in the job already */
	bool made;			/* by the request: a certificate that was issued, no stored secret */
	bool leased;
	int64_t lease_ttl;		/* of its lease in seconds, 0: not known */
	bool yields;			/* to a later one of the same name, as vault-action's entries do */
	const struct mf_provider *login;	/* it is what a login hands over; NULL: it is no such thing */
};

enum { MF_ITEMS_MAX = 2000 };		/* of one run; no job needs more, and names are compared with each other */

struct mf_items {
	struct mf_item *v;
	size_t n;
	char **leases;			/* every lease that was granted, also when the run fails later */
	size_t n_leases;
	struct mf_read *reads;		/* each document once */
	size_t n_reads;
};
void mf_items_free(struct mf_items *items);	/* zeroes it */

/* Shows each item's value (borrowed) to `look`, until one fails. Whoever measures values so wipes the stack at the end. */
int mf_items_look(const struct mf_items *items, int (*look)(void *ctx, const struct mf_item *item, struct mf_str value, struct mf_err *err), void *ctx,
		  struct mf_err *err) MF_MUST_USE;

/* A login to read with. Both are borrowed. */
struct mf_reader {
	struct mf_cred *cred;
	struct mf_http *http;
};

/* Fetches and selects, each reference with the reader whose provider knows its scheme. On failure items->leases is still filled, so that
 * they can be revoked. The first error is returned; further ones are counted in its note. */
int mf_fetch(struct mf_items *out, const struct mf_conf *conf, const struct mf_reader *readers, size_t n, mf_getenv_fn env, struct mf_err *err) MF_MUST_USE;

#endif
