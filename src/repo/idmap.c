/* SPDX-License-Identifier: Apache-2.0 */
/* Hash tables with open addressing, under a random seed. */
#include "idmap.h"

#include <stdlib.h>
#include <mayfly/alloc.h>
#include <mayfly/fs.h>

enum { FIRST_SLOTS = 64, NUMBERS_MAX = 1 << 30 };

static uint64_t load64(const void *p)
{
	uint64_t v;

	memcpy(&v, p, sizeof(v));
	return v;
}

/* Multiplying by a secret odd number mixes upwards, the shift brings it down again. */
static uint64_t mix(uint64_t h, uint64_t seed)
{
	h *= seed;
	return h ^ h >> 32;
}

static uint64_t new_seed(void)
{
	uint64_t seed;

	mf_random(&seed, sizeof(seed));
	return seed | 1;
}

/* An id is a hash already, but one that whoever made the object could choose. */
static uint32_t hash_id(const struct mf_idmap *map, const struct mf_oid *id)
{
	return (uint32_t)(mix((load64(id->b) ^ load64(id->b + 8)) + map->seed, map->seed) >> 16);
}

static uint32_t *id_slot(const struct mf_idmap *map, const struct mf_oid *id)
{
	uint32_t i = hash_id(map, id) & (map->n_slots - 1);

	while (map->slots[i] && memcmp(&map->ids[map->slots[i] - 1], id, sizeof(*id)) != 0)
		i = (i + 1) & (map->n_slots - 1);
	return &map->slots[i];
}

static bool more_ids(struct mf_idmap *map, uint32_t n_slots)
{
	uint32_t *slots;
	struct mf_oid *ids;

	if (map->n >= NUMBERS_MAX)
		return false;
	if (!map->seed)
		map->seed = new_seed();
	ids = mf_regrow(map->ids, n_slots / 2, sizeof(*ids));
	if (!ids)
		return false;
	map->ids = ids;
	slots = mf_calloc(n_slots, sizeof(*slots));
	if (!slots)
		return false;
	free(map->slots);
	map->slots = slots;
	map->n_slots = n_slots;
	map->cap = n_slots / 2;
	for (uint32_t i = 0; i < map->n; i++)
		*id_slot(map, &map->ids[i]) = i + 1;
	return true;
}

uint32_t mf_idmap_add(struct mf_idmap *map, const struct mf_oid *id)
{
	uint32_t *slot;

	if (map->n == map->cap) {
		const uint32_t there = mf_idmap_find(map, id);

		if (there != MF_NUMBER_NONE)
			return there;
		if (!more_ids(map, map->n_slots ? map->n_slots * 2 : FIRST_SLOTS))
			return MF_NUMBER_NONE;
	}
	slot = id_slot(map, id);
	if (!*slot) {
		map->ids[map->n] = *id;
		*slot = ++map->n;
	}
	return *slot - 1;
}

int mf_idmap_reserve(struct mf_idmap *map, size_t n)
{
	uint32_t n_slots = FIRST_SLOTS;

	if (n > NUMBERS_MAX)
		return -1;
	while (n_slots / 2 < n)
		n_slots *= 2;
	return n_slots <= map->n_slots || more_ids(map, n_slots) ? 0 : -1;
}

uint32_t mf_idmap_find(const struct mf_idmap *map, const struct mf_oid *id)
{
	return map->n ? *id_slot(map, id) - 1 : MF_NUMBER_NONE;
}

void mf_idmap_prefetch(const struct mf_idmap *map, const struct mf_oid *later, const struct mf_oid *soon)
{
	uint32_t slot;

	if (!map->n_slots)
		return;
	__builtin_prefetch(&map->slots[hash_id(map, later) & (map->n_slots - 1)]);
	slot = map->slots[hash_id(map, soon) & (map->n_slots - 1)];
	if (slot)
		__builtin_prefetch(&map->ids[slot - 1]);
}

void mf_idmap_free(struct mf_idmap *map)
{
	if (!map)
		return;
	free(map->ids);
	free(map->slots);
	*map = (struct mf_idmap){ 0 };
}

static uint32_t hash_text(const struct mf_textmap *map, const unsigned char *p, size_t n)
{
	uint64_t h = map->seed ^ n, tail = 0;

	for (; n >= 8; p += 8, n -= 8)
		h = mix(h ^ load64(p), map->seed);
	for (size_t i = 0; i < n; i++)
		tail |= (uint64_t)p[i] << (8 * i);
	h = mix(h ^ tail, map->seed);
	return (uint32_t)(mix(h, map->seed) >> 16);
}

static uint32_t *text_slot(const struct mf_textmap *map, const void *p, size_t n, uint32_t hash)
{
	uint32_t i = hash & (map->n_slots - 1);

	for (; map->slots[i]; i = (i + 1) & (map->n_slots - 1)) {
		const struct mf_text_ref *ref = &map->refs[map->slots[i] - 1];

		if (ref->hash == hash && ref->n == n && memcmp(map->bytes + ref->at, p, n) == 0)
			break;
	}
	return &map->slots[i];
}

static bool more_refs(struct mf_textmap *map)
{
	const uint32_t n_slots = map->n_slots ? map->n_slots * 2 : FIRST_SLOTS;
	struct mf_text_ref *refs;
	uint32_t *slots;

	if (map->n >= NUMBERS_MAX)
		return false;
	if (!map->seed)
		map->seed = new_seed();
	refs = mf_regrow(map->refs, n_slots / 2, sizeof(*refs));
	if (!refs)
		return false;
	map->refs = refs;
	slots = mf_calloc(n_slots, sizeof(*slots));
	if (!slots)
		return false;
	for (uint32_t i = 0; i < map->n; i++) {
		uint32_t at = map->refs[i].hash & (n_slots - 1);

		while (slots[at])
			at = (at + 1) & (n_slots - 1);
		slots[at] = i + 1;
	}
	free(map->slots);
	map->slots = slots;
	map->n_slots = n_slots;
	map->cap = n_slots / 2;
	return true;
}

static bool more_bytes(struct mf_textmap *map, size_t n)
{
	size_t cap = map->cap_bytes ? map->cap_bytes : 1024;
	char *bytes;

	if (map->bytes && n <= map->cap_bytes - map->n_bytes)
		return true;
	while (cap - map->n_bytes < n) {
		if (cap > SIZE_MAX / 2)
			return false;
		cap *= 2;
	}
	bytes = realloc(map->bytes, cap);
	if (!bytes)
		return false;
	map->bytes = bytes;
	map->cap_bytes = cap;
	return true;
}

uint32_t mf_textmap_add(struct mf_textmap *map, const void *p, size_t n, bool *fresh)
{
	uint32_t *slot, hash;

	*fresh = false;
	if (n > UINT32_MAX || (map->n == map->cap && !more_refs(map)) || !more_bytes(map, n))
		return MF_NUMBER_NONE;
	hash = hash_text(map, p, n);
	slot = text_slot(map, p, n, hash);
	if (*slot)
		return *slot - 1;
	if (n)
		memcpy(map->bytes + map->n_bytes, p, n);
	map->refs[map->n] = (struct mf_text_ref){ .at = map->n_bytes, .n = (uint32_t)n, .hash = hash };
	map->n_bytes += n;
	*slot = ++map->n;
	*fresh = true;
	return map->n - 1;
}

struct mf_str mf_textmap_get(const struct mf_textmap *map, uint32_t number)
{
	return (struct mf_str){ map->bytes + map->refs[number].at, map->refs[number].n };
}

void mf_textmap_free(struct mf_textmap *map)
{
	if (!map)
		return;
	free(map->bytes);
	free(map->refs);
	free(map->slots);
	*map = (struct mf_textmap){ 0 };
}
