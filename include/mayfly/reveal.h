/* SPDX-License-Identifier: Apache-2.0 */
/* The bytes of a secret. Only base/, net/, ci/identity, provider/, fetch/ and sink/ may include this header (make lint). */
#ifndef MAYFLY_REVEAL_H
#define MAYFLY_REVEAL_H

#include <mayfly/secret.h>

/* Borrowed until the secret changes or is freed; a NUL that is not counted follows the last byte. */
struct mf_str mf_secret_reveal(const struct mf_secret *s);

#endif
