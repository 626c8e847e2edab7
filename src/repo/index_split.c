/* SPDX-License-Identifier: Apache-2.0 */
/* An index in two files: the large one stays, the small one says what has changed since. And reading either from disk. */
#include "index.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>
#include <mayfly/alloc.h>
#include <mayfly/fs.h>
#include <mayfly/hash.h>

static const size_t INDEX_MAX = (size_t)1 << 30;

static int damaged(struct mf_err *err, const char *why)
{
	mf_fail(err, MF_E_GIT_INDEX, "the index cannot be read");
	mf_err_why(err, "%s", why);
	return -1;
}

static uint64_t be(const char *p, size_t n)
{
	uint64_t v = 0;

	for (size_t i = 0; i < n; i++)
		v = v << 8 | (unsigned char)p[i];
	return v;
}

static bool put(unsigned char *out, size_t n, uint64_t word, size_t at)
{
	for (; word; word &= word - 1) {
		const size_t bit = at + (size_t)__builtin_ctzll(word);

		if (bit >= n)
			return false;
		out[bit] = 1;
	}
	return true;
}

/* Words of 64 bits: a marker tells how many equal words follow unwritten, and how many literal ones after it. */
bool mf_index_bitmap(unsigned char *out, size_t n, struct mf_str *in)
{
	enum { WORD = 8 };
	size_t words, at = 0;
	struct mf_str body;

	if (in->n < 12)
		return false;
	words = (size_t)be(in->p + 4, 4);
	if (words > (in->n - 12) / WORD)
		return false;
	body = (struct mf_str){ in->p + 8, words * WORD };
	in->p += 12 + words * WORD;
	in->n -= 12 + words * WORD;
	while (body.n) {
		const uint64_t marker = be(body.p, WORD);
		const size_t run = (size_t)(marker >> 1 & UINT32_MAX);
		size_t literals = (size_t)(marker >> 33);

		body.p += WORD;
		body.n -= WORD;
		if (literals > body.n / WORD || run > n / 64 + 1)
			return false;
		for (size_t i = 0; (marker & 1) && i < run * 64; i++) {
			if (at + i >= n)
				return false;
			out[at + i] = 1;
		}
		at += run * 64;
		for (; literals; literals--, at += 64, body.p += WORD, body.n -= WORD)
			if (at > n + 64 || !put(out, n, be(body.p, WORD), at))
				return false;
	}
	return true;
}

struct join {
	struct mf_index_entry *v;
	size_t n;
	unsigned char *removed, *replaced;
};

/* The base's entries that are still valid; the small file's first entries have no path and stand for those marked as replaced. */
static bool take_base(struct join *j, const struct mf_index *index, const struct mf_index *base, size_t *used)
{
	size_t next = 0;

	for (size_t i = 0; i < base->n; i++) {
		struct mf_index_entry e = base->v[i];

		if (j->replaced[i]) {
			if (next == index->n || index->v[next].n)
				return false;
			e = index->v[next++];
			e.path = base->v[i].path;
			e.n = base->v[i].n;
		}
		if (!j->removed[i])
			j->v[j->n++] = e;
	}
	*used = next;
	return true;
}

static int same_place(const struct mf_index_entry *a, const struct mf_index_entry *b)
{
	return a->n == b->n && a->stage == b->stage && memcmp(a->path, b->path, a->n) == 0;
}

/* Where both files have an entry, the small one's counts. */
static void without_doubles(struct mf_index *index)
{
	size_t to = 0;

	for (size_t i = 0; i < index->n; i++) {
		if (!to || !same_place(&index->v[to - 1], &index->v[i]))
			index->v[to++] = index->v[i];
		else if (index->v[i].flags & MF_INDEX_FRESH)
			index->v[to - 1] = index->v[i];
	}
	index->n = to;
}

static int fill(struct join *j, struct mf_index *index, const struct mf_index *base, struct mf_err *err)
{
	struct mf_str maps = index->link.removed;
	size_t used;

	j->v = mf_calloc(index->n + base->n + 1, sizeof(*j->v));
	j->removed = mf_calloc(base->n + 1, 1);
	j->replaced = mf_calloc(base->n + 1, 1);
	if (!j->v || !j->removed || !j->replaced)
		return mf_fail_nomem(err);
	if (maps.n && (!mf_index_bitmap(j->removed, base->n, &maps) || !mf_index_bitmap(j->replaced, base->n, &maps)))
		return damaged(err, "what has changed since its shared part was written is damaged");
	if (!take_base(j, index, base, &used))
		return damaged(err, "its two files do not fit together");
	for (size_t i = used; i < index->n; i++) {
		if (!index->v[i].n)
			return damaged(err, "its two files do not fit together");
		j->v[j->n] = index->v[i];
		j->v[j->n++].flags |= MF_INDEX_FRESH;
	}
	return 0;
}

int mf_index_join(struct mf_index *index, struct mf_index *base, struct mf_err *err)
{
	struct join j = { 0 };
	const int r = fill(&j, index, base, err);

	free(j.removed);
	free(j.replaced);
	if (r) {
		free(j.v);
		mf_index_free(base);
		return -1;
	}
	free(index->v);
	index->v = j.v;
	index->n = j.n;
	index->own[2] = base->own[0];
	index->own[3] = base->own[1];
	base->own[0] = base->own[1] = NULL;
	mf_index_free(base);
	mf_index_sort(index);
	without_doubles(index);
	index->link = (struct mf_index_link){ 0 };
	return 0;
}

/* All zero: written with index.skipHash. */
static bool checksum_right(const unsigned char *p, size_t n, size_t oid_len)
{
	unsigned char sum[32] = { 0 };

	if (memcmp(p + n - oid_len, sum, oid_len) == 0)
		return true;
	if (oid_len == 20)
		mf_sha1(sum, p, n - oid_len);
	else
		mf_sha256(sum, p, n - oid_len);
	return memcmp(p + n - oid_len, sum, oid_len) == 0;
}

/* One file. Sets *missing instead of failing when there is none. */
static int read_file(struct mf_index *out, const char *path, size_t oid_len, bool *missing, struct mf_err *err)
{
	MF_CLEANUP(mf_buf_free) struct mf_buf bytes = MF_BUF(INDEX_MAX);
	struct mf_index index = { 0 };
	struct mf_err why;

	*missing = access(path, F_OK) != 0 && errno == ENOENT;
	if (*missing)
		return 0;
	if (mf_fs_read(&bytes, path, &why)) {
		damaged(err, why.what);
		if (*why.why)
			mf_err_why(err, "%s: %s", why.what, why.why);
		return strcmp(why.id, mf_error_id(MF_E_BASE_NOMEM)) == 0 ? mf_fail_nomem(err) : -1;
	}
	if (bytes.n == 0)
		return 0;	/* as `git` takes an empty file: nothing is tracked */
	if (bytes.n < oid_len || !checksum_right((const unsigned char *)bytes.p, bytes.n, oid_len))
		return damaged(err, "its checksum is wrong");
	if (mf_index_parse(&index, (const unsigned char *)bytes.p, bytes.n, oid_len, err))
		return -1;
	index.own[1] = bytes.p;
	bytes = MF_BUF(0);
	*out = index;
	return 0;
}

static int read_base(struct mf_index *out, const struct mf_index *index, const struct mf_repo_info *info, struct mf_err *err)
{
	MF_CLEANUP(mf_freep) char *path = NULL;
	char name[80], hex[65];
	bool missing;

	mf_oid_hex(hex, &index->link.base, info->oid_len);
	snprintf(name, sizeof(name), "sharedindex.%s", hex);
	path = mf_path_join(info->git_dir, name);
	if (!path)
		return mf_fail_nomem(err);
	if (read_file(out, path, info->oid_len, &missing, err))
		return -1;
	if (missing)
		return damaged(err, "its shared part is missing");
	if (!out->link.there)
		return 0;
	mf_index_free(out);
	return damaged(err, "its shared part is split again");
}

int mf_index_read(struct mf_index *out, const struct mf_repo_info *info, struct mf_err *err)
{
	struct mf_index index = { 0 }, base = { 0 };
	bool missing;

	if (info->index_file && read_file(&index, info->index_file, info->oid_len, &missing, err))
		return -1;
	if (index.link.there && (read_base(&base, &index, info, err) || mf_index_join(&index, &base, err))) {
		mf_index_free(&index);
		return -1;
	}
	*out = index;
	return 0;
}
