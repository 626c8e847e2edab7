/* SPDX-License-Identifier: Apache-2.0 */
/* Numbers with 7 bits a byte, the lowest first. */
#include "past.h"

#include <stdlib.h>
#include <mayfly/alloc.h>

uint64_t mf_num_take(struct mf_num_in *in)
{
	uint64_t v = 0;

	for (unsigned shift = 0; shift < 64 && in->p < in->end; shift += 7) {
		const unsigned char c = *in->p++;

		v |= (uint64_t)(c & 0x7f) << shift;
		if (!(c & 0x80))
			return v;
	}
	in->bad = true;
	return 0;
}

uint32_t mf_num_below(struct mf_num_in *in, size_t limit)
{
	const uint64_t v = mf_num_take(in);

	in->bad |= v >= limit || v > UINT32_MAX;
	return in->bad ? 0 : (uint32_t)v;
}

void *mf_num_room(struct mf_num_in *in, size_t *n, size_t size, size_t least)
{
	const uint64_t count = mf_num_take(in);
	void *v;

	if (in->bad || count > (size_t)(in->end - in->p) / least || count >= UINT32_MAX) {
		in->bad = true;
		return NULL;
	}
	v = mf_calloc((size_t)count + 1, size);
	in->nomem |= !v;
	*n = v ? (size_t)count : 0;
	return v;
}

void mf_num_flush(struct mf_num_out *o)
{
	o->failed = o->failed || mf_buf_add(o->to, o->v, o->n, o->err);
	o->n = 0;
}

void mf_num_put(struct mf_num_out *o, uint64_t v)
{
	if (o->n + 10 > sizeof(o->v))
		mf_num_flush(o);
	for (; v >= 0x80; v >>= 7)
		o->v[o->n++] = (unsigned char)(v | 0x80);
	o->v[o->n++] = (unsigned char)v;
}
