/* SPDX-License-Identifier: Apache-2.0 */
/* zip by its central directory (PKWARE's APPNOTE.TXT 6.3): stored and deflated members, zip64 sizes; jar, docx, whl and the like are zip. */
#include <stdlib.h>

#include <mayfly/alloc.h>
#include "archive_priv.h"

enum { END_SIZE = 22, END_BACK = END_SIZE + 65535, CENTRAL_SIZE = 46, LOCAL_SIZE = 30, END64_SIZE = 56, LOCATOR_SIZE = 20 };

struct entry {
	unsigned flags, method;
	uint64_t packed, size, at;
	struct mf_str name;
};

static uint64_t get(const char *p, unsigned n)
{
	uint64_t v = 0;

	while (n--)
		v = v << 8 | (unsigned char)p[n];
	return v;
}

/* The end record is the last one in the file, before a comment. */
static bool find_end(struct mf_str b, size_t *at)
{
	const size_t stop = b.n > END_BACK ? b.n - END_BACK : 0;

	if (b.n < END_SIZE)
		return false;
	for (size_t i = b.n - END_SIZE + 1; i-- > stop;) {
		if (get(b.p + i, 4) == 0x06054b50) {
			*at = i;
			return true;
		}
	}
	return false;
}

/* Where the central directory is; its place is taken from its size, so that a zip behind a program (a self-extracting one) works. */
static bool find_directory(struct mf_str b, struct mf_str *dir, uint64_t *shift)
{
	size_t end;
	uint64_t size, at;

	if (!find_end(b, &end))
		return false;
	size = get(b.p + end + 12, 4);
	at = get(b.p + end + 16, 4);
	if ((size == UINT32_MAX || at == UINT32_MAX) && end >= LOCATOR_SIZE + END64_SIZE && get(b.p + end - LOCATOR_SIZE, 4) == 0x07064b50) {
		end -= LOCATOR_SIZE + END64_SIZE;
		if (get(b.p + end, 4) != 0x06064b50)
			return false;
		size = get(b.p + end + 40, 8);
		at = get(b.p + end + 48, 8);
	}
	if (size > end || at > end - size)
		return false;
	*shift = end - size - at;
	*dir = (struct mf_str){ b.p + end - size, (size_t)size };
	return true;
}

/* Sizes that do not fit 32 bits stand in an extra field, in this order, each only when it is needed. */
static void take_zip64(struct entry *e, struct mf_str extra)
{
	while (extra.n >= 4) {
		const size_t id = (size_t)get(extra.p, 2), n = (size_t)get(extra.p + 2, 2);
		uint64_t *const wanted[] = { &e->size, &e->packed, &e->at };
		size_t at = 4;

		if (n > extra.n - 4)
			return;
		for (unsigned i = 0; id == 1 && i < MF_COUNT(wanted); i++) {
			if (*wanted[i] != UINT32_MAX || at + 8 > n + 4)
				continue;
			*wanted[i] = get(extra.p + at, 8);
			at += 8;
		}
		extra = (struct mf_str){ extra.p + 4 + n, extra.n - 4 - n };
	}
}

static bool next_entry(struct entry *e, struct mf_str *dir)
{
	size_t name, extra, comment;

	if (dir->n < CENTRAL_SIZE || get(dir->p, 4) != 0x02014b50)
		return false;
	name = (size_t)get(dir->p + 28, 2);
	extra = (size_t)get(dir->p + 30, 2);
	comment = (size_t)get(dir->p + 32, 2);
	if (name + extra + comment > dir->n - CENTRAL_SIZE)
		return false;
	*e = (struct entry){
		.flags = (unsigned)get(dir->p + 8, 2), .method = (unsigned)get(dir->p + 10, 2), .packed = get(dir->p + 20, 4), .size = get(dir->p + 24, 4),
		.at = get(dir->p + 42, 4), .name = { dir->p + CENTRAL_SIZE, name },
	};
	take_zip64(e, (struct mf_str){ dir->p + CENTRAL_SIZE + name, extra });
	*dir = (struct mf_str){ dir->p + CENTRAL_SIZE + name + extra + comment, dir->n - CENTRAL_SIZE - name - extra - comment };
	return true;
}

/* The packed bytes: behind the local header, whose name and extra field have lengths of their own. */
static bool find_data(struct mf_str *out, struct mf_str b, const struct entry *e, uint64_t shift)
{
	uint64_t at = e->at + shift;

	if (e->at > b.n || shift > b.n || at > b.n || b.n - at < LOCAL_SIZE || get(b.p + at, 4) != 0x04034b50)
		return false;
	at += LOCAL_SIZE + get(b.p + at + 26, 2) + get(b.p + at + 28, 2);
	if (at > b.n || e->packed > b.n - at)
		return false;
	*out = (struct mf_str){ b.p + at, (size_t)e->packed };
	return true;
}

static int one_entry(struct mf_str b, const struct entry *e, uint64_t shift, struct mf_archive_budget *budget, mf_member_fn fn, void *ctx, struct mf_err *err)
{
	MF_CLEANUP(mf_freep) char *name = mf_strndup(e->name.p, e->name.n);
	unsigned char *p = NULL;
	struct mf_str data;
	size_t n = 0;
	int rc = 1;

	if (!name)
		return mf_fail_nomem(err);
	if (!(e->flags & 1) && budget->members && find_data(&data, b, e, shift)) {
		if (e->method == 0 && data.n <= budget->bytes) {
			budget->bytes -= data.n;
			return mf_member_out(budget, fn, ctx, name, data, err);
		}
		if (e->method == 8 && e->size <= SIZE_MAX)
			rc = mf_inflate_member(&p, &n, data, (size_t)e->size, budget, err);
	}
	if (rc == 0)
		rc = mf_member_out(budget, fn, ctx, name, (struct mf_str){ (const char *)p, n }, err);
	else if (rc > 0)
		budget->skipped++;
	free(p);
	return rc < 0 ? -1 : 0;
}

int mf_zip_each(struct mf_str b, struct mf_archive_budget *budget, mf_member_fn fn, void *ctx, struct mf_err *err)
{
	struct mf_str dir;
	struct entry e;
	uint64_t shift;

	if (!find_directory(b, &dir, &shift)) {
		budget->skipped++;
		return 0;
	}
	while (next_entry(&e, &dir)) {
		const bool folder = e.name.n && e.name.p[e.name.n - 1] == '/';

		if (!folder && e.size && one_entry(b, &e, shift, budget, fn, ctx, err))
			return -1;
	}
	budget->skipped += dir.n != 0;
	return 0;
}
