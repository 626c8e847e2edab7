/* SPDX-License-Identifier: Apache-2.0 */
/* Compressed streams: gzip (RFC 1952), zstd (RFC 8878), and raw deflate for zip; and which kind of archive bytes are. */
#include <libdeflate.h>
#include <stdlib.h>
#include <zstd.h>

#include <mayfly/alloc.h>
#include "archive_priv.h"

/* Deflate cannot do better than this, so that a claim beyond it is a lie. */
#define DEFLATE_RATIO 1032
/* What is asked for first when a stream does not say its size. */
#define FIRST_GUESS ((size_t)64 << 10)
enum { ZSTD_WINDOW_LOG = 27 };

/* Magic numbers of what is not read. Behind "BZh" stands the size of bzip2's blocks, each of which begins with pi. */
static bool is_other(struct mf_str b)
{
	static const struct { const char *p; size_t n; } magic[] = { { "\xfd" "7zXZ", 6 }, { "7z\xbc\xaf\x27\x1c", 6 }, { "Rar!\x1a\x07", 6 } };

	if (b.n < 14)
		return false;
	for (size_t i = 0; i < MF_COUNT(magic); i++)
		if (memcmp(b.p, magic[i].p, magic[i].n) == 0)
			return true;
	return memcmp(b.p, "BZh", 3) == 0 && (memcmp(b.p + 4, "1AY&SY", 6) == 0 || memcmp(b.p + 4, "\x17\x72\x45\x38\x50\x90", 6) == 0);
}

enum mf_archive mf_archive_kind(struct mf_str b)
{
	const unsigned char *p = (const unsigned char *)b.p;

	if (b.n >= 22 && p[0] == 'P' && p[1] == 'K' && ((p[2] == 3 && p[3] == 4) || (p[2] == 5 && p[3] == 6)))
		return MF_ARCHIVE_ZIP;
	if (b.n >= 18 && p[0] == 0x1f && p[1] == 0x8b && p[2] == 8)
		return MF_ARCHIVE_GZIP;
	if (b.n >= 8 && p[0] == 0x28 && p[1] == 0xb5 && p[2] == 0x2f && p[3] == 0xfd)
		return MF_ARCHIVE_ZSTD;
	if (b.n >= 512 && memcmp(p + 257, "ustar", 5) == 0)
		return MF_ARCHIVE_TAR;
	if (is_other(b))
		return MF_ARCHIVE_OTHER;
	/* two zeros for a length: no comment follows */
	if (b.n >= 64 && memcmp(p + b.n - 22, "PK\5\6", 4) == 0 && p[b.n - 1] == 0 && p[b.n - 2] == 0)
		return MF_ARCHIVE_ZIP;
	return MF_ARCHIVE_NONE;
}

int mf_inflate_member(unsigned char **out, size_t *out_n, struct mf_str in, size_t claimed, struct mf_archive_budget *budget, struct mf_err *err)
{
	struct libdeflate_decompressor *d;
	enum libdeflate_result r;
	unsigned char *p;

	if (claimed > budget->bytes || claimed / DEFLATE_RATIO > in.n)
		return 1;
	d = libdeflate_alloc_decompressor();
	p = malloc(claimed ? claimed : 1);
	if (!d || !p) {
		libdeflate_free_decompressor(d);
		free(p);
		return mf_fail_nomem(err);
	}
	r = libdeflate_deflate_decompress(d, in.p, in.n, p, claimed, out_n);
	libdeflate_free_decompressor(d);
	if (r != LIBDEFLATE_SUCCESS) {
		free(p);
		return 1;
	}
	budget->bytes -= *out_n;
	*out = p;
	return 0;
}

/* One member of a gzip file; the output grows until it fits or the budget is used up. 0, 1 (cannot be had) or -1. */
static int gunzip_one(struct libdeflate_decompressor *d, struct mf_str in, size_t *used, unsigned char **out, size_t *out_n, size_t most, struct mf_err *err)
{
	size_t cap = in.n < FIRST_GUESS / 4 ? FIRST_GUESS : in.n * 4;

	for (;; cap *= 2) {
		enum libdeflate_result r;
		unsigned char *p;

		if (cap > most)
			cap = most;
		p = malloc(cap ? cap : 1);
		if (!p)
			return mf_fail_nomem(err);
		r = libdeflate_gzip_decompress_ex(d, in.p, in.n, p, cap, used, out_n);
		if (r == LIBDEFLATE_SUCCESS) {
			*out = p;
			return 0;
		}
		free(p);
		if (r != LIBDEFLATE_INSUFFICIENT_SPACE || cap == most)
			return 1;
	}
}

/* What a stream gave before its end (rc 0) or until it could not go on (1) is handed out, and freed. */
static int stream_out(int rc, unsigned char *all, size_t n, struct mf_archive_budget *budget, mf_member_fn fn, void *ctx, struct mf_err *err)
{
	if (rc >= 0)
		budget->skipped += rc > 0;
	if (rc >= 0 && n)
		rc = mf_member_out(budget, fn, ctx, NULL, (struct mf_str){ (const char *)all, n }, err);
	free(all);
	return rc < 0 ? -1 : 0;
}

/* The members of a gzip file are one after the other's continuation (RFC 1952, 2.2). */
static int each_gzip(struct mf_str b, struct mf_archive_budget *budget, mf_member_fn fn, void *ctx, struct mf_err *err)
{
	struct libdeflate_decompressor *d = libdeflate_alloc_decompressor();
	unsigned char *all = NULL;
	size_t n = 0;
	int rc = d ? 0 : mf_fail_nomem(err);

	while (rc == 0 && mf_archive_kind(b) == MF_ARCHIVE_GZIP) {
		unsigned char *part = NULL, *more;
		size_t used = 0, got = 0;

		rc = gunzip_one(d, b, &used, &part, &got, budget->bytes, err);
		if (rc)
			break;
		budget->bytes -= got;
		more = all ? realloc(all, n + got + 1) : part;
		if (!more) {
			free(part);
			rc = mf_fail_nomem(err);
			break;
		}
		if (all) {
			memcpy(more + n, part, got);
			free(part);
		}
		all = more;
		n += got;
		b = (struct mf_str){ b.p + used, b.n - used };
	}
	libdeflate_free_decompressor(d);
	return stream_out(rc, all, n, budget, fn, ctx, err);
}

/* Grows `out` by what the stream still gives; 0 at its end, 1 when it cannot be had, -1. */
static int unzstd(ZSTD_DCtx *d, struct mf_str b, unsigned char **out, size_t *n, size_t most, struct mf_err *err)
{
	ZSTD_inBuffer in = { b.p, b.n, 0 };
	size_t cap = 0, left = 1;

	while (in.pos < in.size || left) {
		ZSTD_outBuffer to;
		const size_t at = in.pos;

		if (*n == cap) {
			unsigned char *more;

			if (cap >= most)
				return 1;
			cap = cap ? cap * 2 : FIRST_GUESS;
			cap = cap > most ? most : cap;
			more = realloc(*out, cap);
			if (!more)
				return mf_fail_nomem(err);
			*out = more;
		}
		to = (ZSTD_outBuffer){ *out, cap, *n };
		left = ZSTD_decompressStream(d, &to, &in);
		if (ZSTD_isError(left))
			return 1;
		if (to.pos == *n && in.pos == at)
			return left ? 1 : 0;
		*n = to.pos;
	}
	return 0;
}

static int each_zstd(struct mf_str b, struct mf_archive_budget *budget, mf_member_fn fn, void *ctx, struct mf_err *err)
{
	ZSTD_DCtx *d = ZSTD_createDCtx();
	unsigned char *all = NULL;
	size_t n = 0;
	int rc;

	if (!d || ZSTD_isError(ZSTD_DCtx_setParameter(d, ZSTD_d_windowLogMax, ZSTD_WINDOW_LOG))) {
		ZSTD_freeDCtx(d);
		return mf_fail_nomem(err);
	}
	rc = unzstd(d, b, &all, &n, budget->bytes, err);
	ZSTD_freeDCtx(d);
	budget->bytes -= n;
	return stream_out(rc, all, n, budget, fn, ctx, err);
}

int mf_member_out(struct mf_archive_budget *budget, mf_member_fn fn, void *ctx, const char *name, struct mf_str bytes, struct mf_err *err)
{
	if (budget->members == 0) {
		budget->skipped++;
		return 0;
	}
	budget->members--;
	budget->read++;
	return fn(ctx, name, bytes, err);
}

int mf_archive_each(struct mf_str bytes, struct mf_archive_budget *budget, mf_member_fn fn, void *ctx, struct mf_err *err)
{
	switch (mf_archive_kind(bytes)) {
	case MF_ARCHIVE_ZIP:
		return mf_zip_each(bytes, budget, fn, ctx, err);
	case MF_ARCHIVE_TAR:
		return mf_tar_each(bytes, budget, fn, ctx, err);
	case MF_ARCHIVE_GZIP:
		return each_gzip(bytes, budget, fn, ctx, err);
	case MF_ARCHIVE_ZSTD:
		return each_zstd(bytes, budget, fn, ctx, err);
	case MF_ARCHIVE_OTHER:
		budget->skipped++;
		break;
	case MF_ARCHIVE_NONE:
		break;
	}
	return 0;
}
