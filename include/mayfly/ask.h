/* SPDX-License-Identifier: Apache-2.0 */
/* Asks the issuer of a credential how long it lives, with the credential itself and with nothing but reading. Who may be asked where is the caller's to
 * say: nothing here chooses an address by itself. */
#ifndef MAYFLY_ASK_H
#define MAYFLY_ASK_H

#include <mayfly/http.h>

/* -- issuers ---------------------------------------------------------------------------------------- */

enum mf_issuer {
	MF_ISSUER_AWS,		/* GetCallerIdentity of STS: whose key it is, and whether it works */
	MF_ISSUER_AWS_IAM,	/* ListAccessKeys of IAM: when a long-lived key was made */
	MF_ISSUER_GITHUB,	/* the header github-authentication-token-expiration of any answer */
	MF_ISSUER_GITLAB,	/* personal_access_tokens/self */
	MF_ISSUER_VAULT,	/* auth/token/lookup-self */
	MF_ISSUER_GCP,		/* tokeninfo */
	MF_ISSUER_COUNT
};
const char *mf_issuer_name(enum mf_issuer i);		/* "aws-iam"; never NULL */
enum mf_issuer mf_issuer_by_name(struct mf_str name);	/* MF_ISSUER_COUNT: none */
const char *mf_issuer_url(enum mf_issuer i);		/* the public address, without a '/' at its end; NULL: each has its own */

/* -- questions -------------------------------------------------------------------------------------- */

enum mf_asked {
	MF_ASKED_NOT,		/* no answer that can be used: err says why */
	MF_ASKED_ACTIVE,
	MF_ASKED_REFUSED	/* the issuer does not know it, or takes it no more */
};

/* What is asked is the caller's, borrowed while mf_ask_all() runs. Texts of the answer are UTF-8 without control characters, cut, and without any part
 * of the credential. Times are seconds since 1970. */
struct mf_ask {
	enum mf_issuer issuer;
	const char *url;		/* "https://api.github.com" */
	const char *url2;		/* AWS: of IAM, for keys of which the age is wanted; NULL: it is not asked */
	const char *ns;			/* Vault: the namespace, or NULL */
	const struct mf_secret *secret;	/* the token; AWS: the secret key */
	const struct mf_secret *id, *token;	/* AWS: the key's id; the session's token or NULL */
	/* the answer */
	enum mf_asked asked;
	struct mf_err err;
	int64_t issued, expires;	/* 0: it did not say */
	bool no_end;			/* it lives until somebody revokes it */
	char account[96], subject[128], note[160];
	int64_t date;			/* by the issuer's clock; 0: it did not say */
};

/* Asks all n at once; `asked` is set in each. Each issuer that cannot be reached costs that answer and nothing else. The only error is MF-BASE-01. */
int mf_ask_all(struct mf_http *http, struct mf_ask *asks, size_t n, struct mf_err *err) MF_MUST_USE;

/* Tells the requests that mf_ask_all() would make for one: "GET", the whole address. */
int mf_ask_plan(const struct mf_ask *ask, int (*fn)(void *ctx, const char *method, const char *url, struct mf_err *err), void *ctx, struct mf_err *err)
	MF_MUST_USE;

/* -- from the process that finds credentials to the one that asks ------------------------------------- */

/* One credential on its way through a file in memory. */
struct mf_ask_record {
	enum mf_issuer issuer;
	char fingerprint[17];		/* of the item of the check */
	char host[256];			/* whose it is, as what stood beside it says: "gitlab.example.com"; "": it says nothing */
	struct mf_str parts[3];		/* to write: secret, id, token; borrowed */
	struct mf_secret *read[3];	/* read; NULL where it was empty */
};
enum { MF_ASK_PART_MAX = 16384, MF_ASK_RECORDS_MAX = 500 };
/* Parts that are too long or hold what no header can are left out: 0, nothing is written. */
int mf_ask_record_write(int fd, const struct mf_ask_record *r, struct mf_err *err) MF_MUST_USE;
/* 1: the next one, checked; 0: no more, or nothing that was written so; -1 MF-BASE-01. */
int mf_ask_record_read(int fd, struct mf_ask_record *out, struct mf_err *err) MF_MUST_USE;
void mf_ask_record_free(struct mf_ask_record *r);	/* zeroes it */

#endif
