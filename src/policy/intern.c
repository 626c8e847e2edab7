/* SPDX-License-Identifier: Apache-2.0 */
/* A hash table of byte strings. Its keys come from repositories, so the hash is SipHash-1-3 under a random key: nobody can choose
 * strings that fall together. */
#include "intern.h"

#include <stdlib.h>
#include <mayfly/alloc.h>
#include <mayfly/fs.h>

enum { CHUNK = 64 * 1024 };

struct mf_intern_chunk {
	struct mf_intern_chunk *next;
	size_t used, size;
	char p[];
};

static uint64_t rotate(uint64_t x, unsigned by)
{
	return x << by | x >> (64 - by);
}

static void sip_round(uint64_t v[4])
{
	v[0] += v[1];
	v[1] = rotate(v[1], 13) ^ v[0];
	v[0] = rotate(v[0], 32);
	v[2] += v[3];
	v[3] = rotate(v[3], 16) ^ v[2];
	v[0] += v[3];
	v[3] = rotate(v[3], 21) ^ v[0];
	v[2] += v[1];
	v[1] = rotate(v[1], 17) ^ v[2];
	v[2] = rotate(v[2], 32);
}

static uint32_t hash(const uint64_t key[2], struct mf_str s)
{
	uint64_t v[4] = { key[0] ^ 0x736f6d6570736575u, key[1] ^ 0x646f72616e646f6du, key[0] ^ 0x6c7967656e657261u,
			  key[1] ^ 0x7465646279746573u };
	uint64_t word;
	size_t at = 0;

	for (; at + 8 <= s.n; at += 8) {
		memcpy(&word, s.p + at, 8);
		v[3] ^= word;
		sip_round(v);
		v[0] ^= word;
	}
	word = (uint64_t)s.n << 56;
	for (size_t i = at; i < s.n; i++)
		word |= (uint64_t)(unsigned char)s.p[i] << (8 * (i - at));
	v[3] ^= word;
	sip_round(v);
	v[0] ^= word;
	v[2] ^= 0xff;
	for (int i = 0; i < 3; i++)
		sip_round(v);
	word = v[0] ^ v[1] ^ v[2] ^ v[3];
	return (uint32_t)(word ^ word >> 32);
}

/* The slot that has the string, or the empty one where it belongs. */
static size_t slot_of(const struct mf_intern *t, struct mf_str s, uint32_t h)
{
	size_t i = h & (t->n_slots - 1);

	for (; t->slots[i]; i = (i + 1) & (t->n_slots - 1)) {
		const struct mf_intern_entry *e = &t->v[t->slots[i] - 1];

		if (e->hash == h && mf_str_eq((struct mf_str){ e->p, e->n }, s))
			break;
	}
	return i;
}

/* At most half of the slots are used. */
static int more_slots(struct mf_intern *t, struct mf_err *err)
{
	const size_t n = t->n_slots ? t->n_slots * 2 : 64;
	uint32_t *slots;

	if (t->n < t->n_slots / 2)
		return 0;
	slots = mf_calloc(n, sizeof(*slots));
	if (!slots)
		return mf_fail_nomem(err);
	if (!t->n_slots)
		mf_random(t->key, sizeof(t->key));
	for (size_t k = 0; k < t->n; k++) {
		size_t i = t->v[k].hash & (n - 1);

		while (slots[i])
			i = (i + 1) & (n - 1);
		slots[i] = (uint32_t)k + 1;
	}
	free(t->slots);
	t->slots = slots;
	t->n_slots = n;
	return 0;
}

static char *keep(struct mf_intern *t, struct mf_str s)
{
	const size_t need = s.n + 1;
	struct mf_intern_chunk *c = t->chunks;
	char *to;

	if (!c || c->size - c->used < need) {
		const size_t size = need > CHUNK / 4 ? need : CHUNK;

		c = malloc(sizeof(*c) + size);
		if (!c)
			return NULL;
		*c = (struct mf_intern_chunk){ .next = t->chunks, .size = size };
		t->chunks = c;
	}
	to = c->p + c->used;
	if (s.n)
		memcpy(to, s.p, s.n);
	to[s.n] = '\0';
	c->used += need;
	t->bytes += need;
	return to;
}

int mf_intern_add(uint32_t *id, struct mf_intern *t, struct mf_str s, struct mf_err *err)
{
	uint32_t h;
	size_t i;
	char *p;

	if (s.n >= UINT32_MAX - 1 || t->n >= UINT32_MAX / 2)
		return mf_fail_nomem(err);
	if (more_slots(t, err) || mf_room(&t->v, t->n, &t->cap, sizeof(*t->v), err))
		return -1;
	h = hash(t->key, s);
	i = slot_of(t, s, h);
	if (!t->slots[i]) {
		p = keep(t, s);
		if (!p)
			return mf_fail_nomem(err);
		t->v[t->n] = (struct mf_intern_entry){ .p = p, .n = (uint32_t)s.n, .hash = h };
		t->slots[i] = (uint32_t)++t->n;
	}
	*id = t->slots[i] - 1;
	return 0;
}

uint32_t mf_intern_find(const struct mf_intern *t, struct mf_str s)
{
	return t->n_slots ? t->slots[slot_of(t, s, hash(t->key, s))] - 1 : MF_NONE;
}

struct mf_str mf_intern_get(const struct mf_intern *t, uint32_t id)
{
	return id == MF_NONE ? (struct mf_str){ 0 } : (struct mf_str){ t->v[id].p, t->v[id].n };
}

void mf_intern_free(struct mf_intern *t)
{
	struct mf_intern_chunk *next;

	for (struct mf_intern_chunk *c = t->chunks; c; c = next) {
		next = c->next;
		free(c);
	}
	free(t->v);
	free(t->slots);
	*t = (struct mf_intern){ 0 };
}

int mf_compare(struct mf_str a, struct mf_str b)
{
	const size_t n = a.n < b.n ? a.n : b.n;
	const int r = n ? memcmp(a.p, b.p, n) : 0;

	return r ? r : (a.n > b.n) - (a.n < b.n);
}

static void merge(uint32_t *to, const uint32_t *a, size_t n_a, const uint32_t *b, size_t n_b, mf_order_fn order, const void *ctx)
{
	while (n_a && n_b) {
		if (order(ctx, *a, *b) <= 0) {
			*to++ = *a++;
			n_a--;
		} else {
			*to++ = *b++;
			n_b--;
		}
	}
	memcpy(to, n_a ? a : b, (n_a ? n_a : n_b) * sizeof(*to));
}

int mf_sort_numbers(uint32_t *v, size_t n, mf_order_fn order, const void *ctx, struct mf_err *err)
{
	uint32_t *tmp, *from = v, *to;

	if (n < 2)
		return 0;
	to = tmp = mf_calloc(n, sizeof(*tmp));
	if (!tmp)
		return mf_fail_nomem(err);
	for (size_t width = 1; width < n; width *= 2) {
		for (size_t at = 0; at < n; at += 2 * width) {
			const size_t mid = n - at > width ? width : n - at, rest = n - at - mid > width ? width : n - at - mid;

			merge(to + at, from + at, mid, from + at + mid, rest, order, ctx);
		}
		to = from;
		from = from == v ? tmp : v;
	}
	if (from != v)
		memcpy(v, from, n * sizeof(*v));
	free(tmp);
	return 0;
}

int mf_room(void *array, size_t n, size_t *cap, size_t size, struct mf_err *err)
{
	size_t more;
	void *p;

	if (n < *cap)
		return 0;
	more = *cap ? *cap + *cap / 2 + 1 : 16;
	memcpy(&p, array, sizeof(p));
	p = mf_regrow(p, more, size);
	if (!p)
		return mf_fail_nomem(err);
	memcpy(array, &p, sizeof(p));
	*cap = more;
	return 0;
}
