/* SPDX-License-Identifier: Apache-2.0 */
/* The strict first pass over JSON text: everything that RFC 8259 and json.h ask for is checked here, and every node's
 * place in the text is noted in the order of the document. */
#ifndef MF_BASE_JSON_SCAN_H
#define MF_BASE_JSON_SCAN_H

#include <mayfly/err.h>

struct mf_jspan {
	size_t at, n;		/* the node's text; a string's lies between its quotes */
	size_t key_at, key_n;	/* of an object's member, between the quotes */
	bool is_string, is_number;
	bool nul, key_nul;	/* holds \u0000 */
};

struct mf_jspans {
	struct mf_jspan *v;
	size_t n, cap;
};

int mf_json_scan(struct mf_jspans *out, const char *p, size_t n, struct mf_err *err) MF_MUST_USE;
void mf_jspans_free(struct mf_jspans *s);

/* Decodes the escapes of a string that was scanned; `out` holds at least n bytes. Returns the length. */
size_t mf_json_unescape(char *out, const char *p, size_t n);

#endif
