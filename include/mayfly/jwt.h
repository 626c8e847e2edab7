/* SPDX-License-Identifier: Apache-2.0 */
/* A JSON Web Token's header and claims (RFC 7519), decoded without being trusted: the server that gets it
 * checks the signature. The claims are facts to show; the token itself stays a secret. */
#ifndef MAYFLY_JWT_H
#define MAYFLY_JWT_H

#include <mayfly/json.h>

struct mf_claims {
	struct mf_json *doc;		/* the whole payload */
	struct mf_str alg, kid;		/* views into the header's document */
	struct mf_json *header;
	struct mf_str iss, sub;		/* "" when absent */
	struct mf_str aud;		/* the first one */
	size_t n_aud;
	int64_t iat, nbf, exp;		/* epoch seconds, fractions cut off; 0 when absent */
};

#define MF_JWT_MAX (64 * 1024)

/* Three base64url parts, JSON objects in the first two, at most MF_JWT_MAX bytes (RFC 7515 section 7.1). iss and sub are strings, aud a
 * string or an array of strings, the times are numbers. MF-JWT-01 otherwise; the token is never quoted. */
int mf_jwt_decode(struct mf_claims *out, const struct mf_secret *token, struct mf_err *err) MF_MUST_USE;
/* The same of a payload's JSON text alone; header, alg and kid stay empty. MF-JSON-01, MF-JWT-01. */
int mf_claims_parse(struct mf_claims *out, struct mf_str payload, struct mf_err *err) MF_MUST_USE;
void mf_claims_free(struct mf_claims *c);	/* zeroes it */

/* A claim as text for messages ("" when absent or no scalar); borrowed. */
struct mf_str mf_claim(const struct mf_claims *c, const char *name);

/* Signs `payload` (JSON text) with a PEM private key: RS256 for RSA of 2048 bits or more, ES256 for P-256 (RFC 7518 sections 3.3,
 * 3.4). `password` opens an encrypted key, or is NULL. MF-JWT-02 for a key that cannot be used. The caller frees *out. */
int mf_jwt_sign(struct mf_secret **out, struct mf_str payload, const struct mf_secret *pem, const struct mf_secret *password, struct mf_err *err) MF_MUST_USE;

#endif
