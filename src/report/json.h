/* SPDX-License-Identifier: Apache-2.0 */
/* What writer and reader of our JSON report agree on. */
#ifndef MF_REPORT_JSON_H
#define MF_REPORT_JSON_H

#define MF_JSON_FORMAT 1

/* Names of MF_ENC_* bits, lowest first. */
extern const char *const mf_encoding_names[6];

#endif
