/* SPDX-License-Identifier: Apache-2.0 */
/* base64 as it comes out wherever the secret begins and ends inside what is encoded, and as tools wrap it. */
#include "forms.h"

#include <mayfly/enc.h>

enum { CHUNK = 48 };		/* bytes in, whole groups; 64 characters out */

/* Encodes `zeros` zero bytes and then s, without padding. */
static void encode(struct mf_out *o, struct mf_str s, unsigned zeros, bool url)
{
	unsigned char in[CHUNK] = { 0 };
	char out[CHUNK / 3 * 4];
	size_t n = zeros;

	for (size_t i = 0; i < s.n || n; ) {
		size_t take = CHUNK - n;

		take = take < s.n - i ? take : s.n - i;
		if (take)
			memcpy(in + n, s.p + i, take);
		i += take;
		mf_out_add(o, out, mf_b64_encode(out, in, n + take, url ? MF_B64_URL : MF_B64_STD, false));
		n = 0;
	}
	mf_wipe(in, sizeof(in));
	mf_wipe(out, sizeof(out));
}

/* A secret's bytes [from, to) as a new secret. */
static struct mf_secret *cut(struct mf_str s, size_t from, size_t to, struct mf_err *err)
{
	struct mf_secret *r = mf_secret_new(from < to ? s.p + from : "", from < to ? to - from : 0);

	if (!r)
		mf_fail_nomem(err);
	return r;
}

/* A group's first character depends on its first byte, the second on the first two, the third on the last two, the fourth on
 * the last. So of a group that others begin, 2 or 1 characters at its end are ours; of one that others
 * end, all but the last that we began. */
struct mf_secret *mf_spell_base64(struct mf_str s, unsigned before, bool url, struct mf_err *err)
{
	static const size_t skip[] = { 0, 2, 3 };
	MF_CLEANUP(mf_secret_freep) struct mf_secret *all = NULL;
	struct mf_str text;
	struct mf_out o;

	mf_out_begin(&o, mf_b64_len(s.n + before, false), err);
	encode(&o, s, before, url);
	all = mf_out_take(&o);
	if (!all)
		return NULL;
	text = mf_secret_reveal(all);
	return cut(text, skip[before], text.n - ((s.n + before) % 3 != 0), err);
}

int mf_spell_wrapped(struct mf_formset *f, struct mf_str s, size_t width, bool hex, struct mf_err *err)
{
	static const struct mf_spelling lower = { .name = "hex" };
	MF_CLEANUP(mf_secret_freep) struct mf_secret *all = NULL;
	struct mf_str text;
	struct mf_out o;

	mf_out_begin(&o, hex ? 2 * s.n : mf_b64_len(s.n, false), err);
	if (hex)
		mf_spell_hex(&o, s, &lower);
	else
		encode(&o, s, 0, false);
	all = mf_out_take(&o);
	if (!all)
		return -1;
	text = mf_secret_reveal(all);
	if (!hex && s.n % 3)
		text.n--;
	if (text.n <= width)
		return 0;
	for (size_t i = 0; i < text.n && !f->full; i += width)
		if (mf_formset_add(f, cut(text, i, i + width < text.n ? i + width : text.n, err), err))
			return -1;
	return 0;
}
