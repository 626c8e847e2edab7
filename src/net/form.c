/* SPDX-License-Identifier: Apache-2.0 */
/* Bodies as HTML's forms have them (WHATWG URL Standard, application/x-www-form-urlencoded), percent-encoded as RFC 3986 has it: a space is %20. */
#include <mayfly/enc.h>
#include <mayfly/http.h>

/* In pieces, which leave nothing of a secret behind. */
int mf_form_add(struct mf_secret *body, const char *name, struct mf_str value, struct mf_err *err)
{
	char piece[3 * 256];
	int rc = (mf_secret_len(body) && mf_secret_add(body, "&", 1, err)) || mf_secret_add(body, name, strlen(name), err) || mf_secret_add(body, "=", 1, err) ? -1 : 0;

	for (size_t at = 0; rc == 0 && at < value.n; at += 256)
		rc = mf_secret_add(body, piece, mf_pct_encode(piece, value.p + at, value.n - at < 256 ? value.n - at : 256, true), err);
	mf_wipe(piece, sizeof(piece));
	return rc;
}
