/* SPDX-License-Identifier: Apache-2.0 */
/* HashiCorp Vault's and OpenBao's tokens: hvs. (service), hvb. (batch), hvr. (recovery). */
#include "verify_priv.h"

#include <stdlib.h>

/* A protocol buffer: version 1, then an HMAC of 32 bytes (field 2), then the token itself (field 3). */
static bool signed_token(const unsigned char *p, size_t n)
{
	return n > 38 && p[0] == 0x08 && p[1] == 0x01 && p[2] == 0x12 && p[3] == 0x20 && p[36] == 0x1a && p[37] < 128 && n == 38 + (size_t)p[37];
}

enum mf_verdict_format mf_vc_vault_token(const struct mf_vin *in)
{
	struct mf_str body = mf_v_from(in->secret, 4);
	unsigned char *raw;
	size_t n = 0;
	bool nomem;
	enum mf_verdict_format f = MF_FORMAT_PLAUSIBLE;

	if (mf_str_begins(in->secret, "hvb."))
		mf_v_note(in, "a batch token: it cannot be renewed");
	else if (mf_str_begins(in->secret, "hvr."))
		mf_v_note(in, "a recovery token");
	if (!mf_str_begins(in->secret, "hvs.") || !mf_str_begins(body, "CAES"))
		return f;	/* s. and hvs. with 24 random characters */
	raw = mf_v_b64_new(&n, body, &nomem);
	if (raw)
		f = signed_token(raw, n) ? MF_FORMAT_VERIFIED : MF_FORMAT_PLAUSIBLE;
	free(raw);
	return f;
}
