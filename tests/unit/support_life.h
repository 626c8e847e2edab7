/* SPDX-License-Identifier: Apache-2.0 */
/* Credentials with dates of the test's choice: nobody issued them, and none is in the tree. */
#ifndef MF_TESTS_SUPPORT_LIFE_H
#define MF_TESTS_SUPPORT_LIFE_H

#include <mayfly/base.h>

/* Texts are static or of a ring of a few: good until some calls later. */

/* The token of verify_samples.def that is right by this check. */
const char *life_sample(const char *check);
/* printf into the ring. */
const char *life_text(const char *fmt, ...) MF_PRINTF(1, 2);
const char *life_b64(const void *p, size_t n);
/* A JWT with these claims (JSON), as if signed. */
const char *life_jwt(const char *claims);
/* PyPI's token with one caveat, or none (NULL). */
const char *life_pypi(const char *caveat);
/* "ssh-ed25519-cert-v01@openssh.com AAAA...": type 1 is a user's, 2 a host's. */
const char *life_ssh_cert(unsigned type, uint64_t after, uint64_t before, const char *principal);

/* LIFE_REQ: as `openssl req -x509` makes them, a CA's without key usage. */
enum life_cert { LIFE_LEAF, LIFE_SELF_SIGNED, LIFE_INTERMEDIATE, LIFE_ROOT, LIFE_REQ };
/* A certificate in PEM, the same in DER (*n bytes, to be freed), its private key in PEM; from and to in seconds, `to` 0: the year 9999. */
const char *life_cert(enum life_cert kind, int64_t from, int64_t to);
unsigned char *life_cert_der(size_t *n, enum life_cert kind, int64_t from, int64_t to);
const char *life_key(void);
unsigned char *life_key_der(size_t *n);
unsigned char *life_pkcs12(size_t *n);
void life_support_free(void);

#endif
