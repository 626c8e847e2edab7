/* SPDX-License-Identifier: Apache-2.0 */
/* One file of an index: header, entries, extensions. */
#include "index.h"

#include <stdlib.h>
#include <mayfly/alloc.h>

enum {
	HEADER_N = 12, STAT_N = 40, MODE_AT = 24,
	FLAG_EXTENDED = 0x4000, FLAG_STAGE = 0x3000, FLAG_NAME = 0xfff,
	MORE_SKIP = 0x4000, MORE_INTENT = 0x2000,
	PATH_MAX_N = 1 << 16,
};

struct parse {
	const unsigned char *p;
	size_t n, at, oid_len;
	unsigned version;
	char *names;			/* version 4: where paths are put together */
	size_t names_n, names_cap;
};

static uint32_t be32(const unsigned char *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static unsigned be16(const unsigned char *p)
{
	return (unsigned)p[0] << 8 | p[1];
}

static int damaged(struct mf_err *err, const char *why)
{
	mf_fail(err, MF_E_GIT_INDEX, "the index cannot be read");
	mf_err_why(err, "%s", why);
	return -1;
}

/* A number in 7-bit groups, the highest first, each of the following plus one. */
static bool take_varint(size_t *out, struct parse *in)
{
	size_t v = 0;
	unsigned char c;

	do {
		if (in->at == in->n || v > SIZE_MAX >> 8)
			return false;
		c = in->p[in->at++];
		v = (v << 7) + (c & 127) + (c & 128 ? 1 : 0);
	} while (c & 128);
	*out = v;
	return true;
}

/* Version 4: the path is the one before with its end replaced. */
static bool take_name_v4(struct mf_index_entry *e, struct parse *in, struct mf_str before)
{
	const unsigned char *nul;
	size_t strip, keep, tail;
	char *to = in->names + in->names_n;

	if (!take_varint(&strip, in) || strip > before.n)
		return false;
	nul = memchr(in->p + in->at, '\0', in->n - in->at);
	if (!nul)
		return false;
	keep = before.n - strip;
	tail = (size_t)(nul - (in->p + in->at));
	if (keep + tail > PATH_MAX_N || in->names_cap - in->names_n < keep + tail + 1)
		return false;
	if (keep)
		memcpy(to, before.p, keep);
	memcpy(to + keep, in->p + in->at, tail + 1);
	e->path = to;
	e->n = (uint32_t)(keep + tail);
	in->names_n += keep + tail + 1;
	in->at += tail + 1;
	return true;
}

static bool take_name(struct mf_index_entry *e, struct parse *in, size_t start)
{
	const unsigned char *nul = memchr(in->p + in->at, '\0', in->n - in->at);
	size_t used;

	if (!nul || nul - (in->p + in->at) > PATH_MAX_N)
		return false;
	e->path = (const char *)in->p + in->at;
	e->n = (uint32_t)(nul - (in->p + in->at));
	used = (in->at + e->n - start + 8) & ~(size_t)7;	/* one to eight NULs */
	if (used > in->n - start)
		return false;
	in->at = start + used;
	return true;
}

static bool take_entry(struct mf_index_entry *e, struct parse *in, struct mf_str before)
{
	const size_t start = in->at, fixed = STAT_N + in->oid_len + 2;
	const unsigned char *p = in->p + start;
	unsigned flags, more;

	if (in->n - in->at < fixed)
		return false;
	*e = (struct mf_index_entry){ .mode = be32(p + MODE_AT), .id = p + STAT_N };
	flags = be16(p + STAT_N + in->oid_len);
	in->at += fixed;
	e->stage = (uint8_t)((flags & FLAG_STAGE) >> 12);
	if (flags & FLAG_EXTENDED) {
		if (in->version < 3 || in->n - in->at < 2)
			return false;
		more = be16(in->p + in->at);
		in->at += 2;
		e->flags = (uint8_t)((more & MORE_INTENT ? MF_INDEX_INTENT : 0) | (more & MORE_SKIP ? MF_INDEX_SKIP : 0));
	}
	if (!(in->version == 4 ? take_name_v4(e, in, before) : take_name(e, in, start)))
		return false;
	return (flags & FLAG_NAME) == FLAG_NAME || (flags & FLAG_NAME) == e->n;
}

static int compare(const void *a, const void *b)
{
	const struct mf_index_entry *x = a, *y = b;
	const int r = memcmp(x->path, y->path, (x->n < y->n ? x->n : y->n) + (size_t)1);	/* up to the shorter one's NUL */

	return r ? r : x->stage - y->stage;
}

/* git keeps them sorted; nothing of ours may depend on that being so. */
static void sort(struct mf_index_entry *v, size_t n)
{
	for (size_t i = 1; i < n; i++) {
		if (compare(&v[i - 1], &v[i]) <= 0)
			continue;
		qsort(v, n, sizeof(*v), compare);
		return;
	}
}

static int entries(struct mf_index *out, struct parse *in, struct mf_err *err)
{
	struct mf_str before = { "", 0 };

	for (size_t i = 0; i < out->n; i++) {
		struct mf_index_entry *e = &out->v[i];

		if (!take_entry(e, in, before))
			return damaged(err, "an entry is damaged or cut off");
		if (e->n && e->path[0] == '/')
			return damaged(err, "an entry's path begins with '/'");
		before = (struct mf_str){ e->path, e->n };
	}
	return 0;
}

static bool link_extension(struct mf_index *out, struct mf_str body, size_t oid_len)
{
	if (body.n < oid_len)
		return false;
	memcpy(out->link.base.b, body.p, oid_len);
	for (size_t i = 0; i < oid_len; i++)
		out->link.there |= body.p[i] != 0;
	out->link.removed = (struct mf_str){ body.p + oid_len, body.n - oid_len };	/* both; joining takes them apart */
	return true;
}

/* Extensions that begin with a capital may be left out by a reader; without the others the entries mean something else. */
static int extensions(struct mf_index *out, struct parse *in, struct mf_err *err)
{
	bool nomem = false;

	while (in->n - in->at >= 8) {
		const unsigned char *p = in->p + in->at;
		const uint32_t size = be32(p + 4);
		struct mf_str body;

		if (size > in->n - in->at - 8)
			return damaged(err, "an extension is longer than the file");
		body = (struct mf_str){ (const char *)p + 8, size };
		if (memcmp(p, "TREE", 4) == 0)
			mf_index_cache_parse(out, body, in->oid_len, &nomem);
		else if (memcmp(p, "link", 4) == 0 && !link_extension(out, body, in->oid_len))
			return damaged(err, "the link to its other file is damaged");
		else if (!(p[0] >= 'A' && p[0] <= 'Z') && memcmp(p, "link", 4) != 0 && memcmp(p, "sdir", 4) != 0)
			return damaged(err, "it has an extension that this version does not know");
		if (nomem)
			return mf_fail_nomem(err);
		in->at += 8 + size;
	}
	return 0;
}

/* The size of all paths put together, which is known only after a look at all of them. */
static bool measure_v4(struct parse in, uint32_t count, size_t *total)
{
	size_t before = 0, strip, at;

	*total = 0;
	for (uint32_t i = 0; i < count; i++) {
		const unsigned char *nul;

		at = STAT_N + in.oid_len;
		if (in.n - in.at < at + 2)
			return false;
		in.at += at + 2 + (be16(in.p + in.at + at) & FLAG_EXTENDED ? 2 : 0);
		if (in.at > in.n || !take_varint(&strip, &in) || strip > before)
			return false;
		nul = memchr(in.p + in.at, '\0', in.n - in.at);
		if (!nul)
			return false;
		before = before - strip + (size_t)(nul - (in.p + in.at));
		if (before > PATH_MAX_N)
			return false;
		*total += before + 1;
		in.at = (size_t)(nul - in.p) + 1;
	}
	return true;
}

static int parse_into(struct mf_index *out, struct parse *in, uint32_t count, struct mf_err *err)
{
	if (in->version == 4) {
		/* a few bytes of a hostile file may stand for long paths */
		if (!measure_v4(*in, count, &in->names_cap) || in->names_cap / 256 > in->n)
			return damaged(err, "an entry's path is damaged");
		in->names = malloc(in->names_cap + 1);
		if (!in->names)
			return mf_fail_nomem(err);
		out->own[0] = in->names;
	}
	out->v = mf_calloc((size_t)count + 1, sizeof(*out->v));
	if (!out->v)
		return mf_fail_nomem(err);
	out->n = count;
	if (entries(out, in, err) || extensions(out, in, err))
		return -1;
	return 0;
}

/* Only in the second file of a split index entries may lack a path. */
static bool whole(const struct mf_index *index)
{
	for (size_t i = 0; i < index->n; i++)
		if (!index->v[i].n)
			return false;
	return true;
}

int mf_index_parse(struct mf_index *out, const unsigned char *p, size_t n, size_t oid_len, struct mf_err *err)
{
	struct parse in = { .p = p, .oid_len = oid_len, .at = HEADER_N };
	struct mf_index index = { 0 };
	uint32_t count;

	if (n < HEADER_N + oid_len || memcmp(p, "DIRC", 4) != 0)
		return damaged(err, "it is no index");
	in.n = n - oid_len;
	in.version = be32(p + 4);
	count = be32(p + 8);
	if (in.version < 2 || in.version > 4)
		return damaged(err, "it has a version that git does not have yet");
	if (count > in.n / (STAT_N + oid_len))
		return damaged(err, "it has more entries than bytes");
	if (parse_into(&index, &in, count, err)) {
		mf_index_free(&index);
		return -1;
	}
	if (!index.link.there && !whole(&index)) {
		mf_index_free(&index);
		return damaged(err, "an entry has no path");
	}
	if (!index.link.there)
		sort(index.v, index.n);
	*out = index;
	return 0;
}

void mf_index_free(struct mf_index *index)
{
	if (!index)
		return;
	free(index->v);
	free(index->nodes);
	free(index->order);
	for (size_t i = 0; i < MF_COUNT(index->own); i++)
		free(index->own[i]);
	*index = (struct mf_index){ 0 };
}

void mf_index_sort(struct mf_index *index)
{
	sort(index->v, index->n);
}

/* -1, 0 or 1 as the entry's path lies before, below or behind a prefix. */
static int against(const struct mf_index_entry *e, struct mf_str prefix)
{
	const size_t n = e->n < prefix.n ? e->n : prefix.n;
	const int r = n ? memcmp(e->path, prefix.p, n) : 0;

	return r < 0 || (r == 0 && e->n < prefix.n) ? -1 : r > 0;
}

size_t mf_index_at(const struct mf_index *index, size_t from, size_t to, struct mf_str path)
{
	while (from < to) {
		const size_t mid = from + (to - from) / 2;

		if (against(&index->v[mid], path) < 0)
			from = mid + 1;
		else
			to = mid;
	}
	return from;
}

size_t mf_index_end(const struct mf_index *index, size_t from, size_t to, struct mf_str prefix)
{
	while (from < to) {
		const size_t mid = from + (to - from) / 2;

		if (against(&index->v[mid], prefix) <= 0)
			from = mid + 1;
		else
			to = mid;
	}
	return from;
}
