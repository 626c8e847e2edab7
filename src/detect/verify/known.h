/* SPDX-License-Identifier: Apache-2.0 */
/* Credentials that everybody has, since they are printed in manuals or built into emulators. */
#ifndef MAYFLY_VERIFY_KNOWN_H
#define MAYFLY_VERIFY_KNOWN_H

#include <mayfly/base.h>

/* Whether this is one of them; only digests are kept. */
bool mf_v_known_example(struct mf_str s);

#endif
