/* SPDX-License-Identifier: Apache-2.0 */
/* Digests and checksums. hash.c is the only file of base/ that uses OpenSSL. */
#ifndef MAYFLY_HASH_H
#define MAYFLY_HASH_H

#include <mayfly/err.h>

/* FIPS 180-4. */
void mf_sha256(unsigned char out[static 32], const void *p, size_t n);
void mf_sha1(unsigned char out[static 20], const void *p, size_t n);
/* RFC 2104, RFC 8018. */
void mf_hmac_sha256(unsigned char out[static 32], const void *key, size_t key_n, const void *p, size_t n);
int mf_pbkdf2_sha256(unsigned char *out, size_t out_n, const void *pass, size_t pass_n, const void *salt, size_t salt_n, unsigned rounds,
		     struct mf_err *err) MF_MUST_USE;
/* CRC-32 of IEEE 802.3 (reflected 0xedb88320), as zlib's crc32(0, p, n). */
uint32_t mf_crc32(const void *p, size_t n);

/* CRC-32C (Castagnoli, reflected 0x82f63b78): RFC 3720 appendix B.4. */
uint32_t mf_crc32c(const void *p, size_t n);

#endif
