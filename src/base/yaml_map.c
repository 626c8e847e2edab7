/* SPDX-License-Identifier: Apache-2.0 */
/* An ordered map from text to YAML nodes. */
#include "yaml_map.h"

#include <stdlib.h>
#include <mayfly/alloc.h>
#include <mayfly/fs.h>

int mf_ypairs_add(struct mf_ypairs *list, struct mf_ypair pair)
{
	const size_t cap = list->cap ? list->cap * 2 : 8;
	struct mf_ypair *v;

	if (list->n == list->cap) {
		v = mf_regrow(list->v, cap, sizeof(*v));
		if (!v)
			return -1;
		list->v = v;
		list->cap = cap;
	}
	list->v[list->n++] = pair;
	return 0;
}

void mf_ypairs_free(struct mf_ypairs *list)
{
	free(list->v);
	*list = (struct mf_ypairs){ 0 };
}

/* A polynomial in a random odd number: which keys collide cannot be known beforehand. The high bits are the good ones. */
static size_t slot_of(const struct mf_ymap *map, struct mf_str key)
{
	uint64_t h = map->seed;

	for (size_t i = 0; i < key.n; i++)
		h = (h + (unsigned char)key.p[i] + 1) * map->seed;
	h ^= h >> 29;
	return (size_t)((h * map->seed) >> 32) & (map->n_slots - 1);
}

static uint32_t *find(struct mf_ymap *map, struct mf_str key)
{
	size_t i = slot_of(map, key);

	while (map->slots[i] && !mf_str_eq(map->pairs.v[map->slots[i] - 1].text, key))
		i = (i + 1) & (map->n_slots - 1);
	return &map->slots[i];
}

static int more_slots(struct mf_ymap *map)
{
	const size_t n = map->n_slots ? map->n_slots * 2 : 16;
	uint32_t *slots = mf_calloc(n, sizeof(*slots));

	if (!slots)
		return -1;
	if (!map->seed) {
		mf_random(&map->seed, sizeof(map->seed));
		map->seed |= 1;
	}
	free(map->slots);
	map->slots = slots;
	map->n_slots = n;
	for (size_t i = 0; i < map->pairs.n; i++)
		*find(map, map->pairs.v[i].text) = (uint32_t)i + 1;
	return 0;
}

enum mf_ymap_result mf_ymap_add(struct mf_ymap *map, struct mf_ypair pair)
{
	uint32_t *slot;

	if (map->pairs.n * 2 >= map->n_slots && more_slots(map))
		return MF_YMAP_NOMEM;
	slot = find(map, pair.text);
	if (*slot)
		return MF_YMAP_PRESENT;
	if (mf_ypairs_add(&map->pairs, pair))
		return MF_YMAP_NOMEM;
	*slot = (uint32_t)map->pairs.n;
	return MF_YMAP_ADDED;
}

void mf_ymap_free(struct mf_ymap *map)
{
	mf_ypairs_free(&map->pairs);
	free(map->slots);
	*map = (struct mf_ymap){ 0 };
}
