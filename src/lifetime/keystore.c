/* SPDX-License-Identifier: Apache-2.0 */
/* Containers that a password closes: PKCS #12, Java's keystores; keys in files of their own form: PuTTY's, age's. */
#include "life_priv.h"

static int closed(struct mf_lf *in, const char *kind, const char *title)
{
	mf_lf_is(in, kind, title, MF_LC_TLS);
	mf_lf_note(in, "what is in it, and until when, its password hides");
	in->out->flags |= MF_LIFE_ENCRYPTED;
	return mf_lf_unknown(in);
}

static int putty(struct mf_lf *in)
{
	mf_lf_is(in, "ssh-private-key", "an SSH private key without a certificate", in->hint->person ? MF_LC_SSH_PERSON : MF_LC_SSH);
	if (!mf_lf_check(in, "putty-ppk", in->v, in->v))
		return mf_lf_nothing(in);
	if (mf_lf_has(mf_str(in->out->note), "key is encrypted"))
		in->out->flags |= MF_LIFE_ENCRYPTED;
	return mf_lf_static(in);
}

/* One key in upper case, or age-keygen's file: comments, then the key. */
static int age(struct mf_lf *in, size_t at)
{
	struct mf_str rest, key = mf_trim(mf_lf_split(mf_lf_from(in->v, at), '\n', &rest));

	mf_lf_is(in, "age-key", "an age identity", MF_LC_API_KEY);
	return mf_lf_check(in, "age-secret", key, key) ? mf_lf_static(in) : mf_lf_nothing(in);
}

int mf_lf_keystore(struct mf_lf *in)
{
	const unsigned char *p = (const unsigned char *)in->v.p;
	size_t at = mf_lf_find(mf_lf_head(in->v, 4096), "AGE-SECRET-KEY-1");

	if (at != SIZE_MAX)
		return age(in, at);
	if (mf_str_begins(in->v, "PuTTY-User-Key-File-"))
		return putty(in);
	if (in->v.n < 40)
		return 0;
	if (memcmp(p, "\xfe\xed\xfe\xed", 4) == 0 || memcmp(p, "\xce\xce\xce\xce", 4) == 0)
		return closed(in, "java-keystore", "a Java keystore");
	if (p[0] == 0x30 && (p[1] & 0x80) && mf_lf_is_pkcs12(p, in->v.n))
		return closed(in, "pkcs12", "a PKCS #12 container");
	return 0;
}
