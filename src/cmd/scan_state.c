/* SPDX-License-Identifier: Apache-2.0 */
/* Layout: magic (8), version and id length (4 + 4, little-endian), digest of the rules (32), number of ids (8), the sorted ids, and HMAC-SHA256 of all
 * before it under the user's key, or SHA-256 without one, which only finds damage. */
#include "scan_state.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <mayfly/alloc.h>
#include <mayfly/fs.h>
#include <mayfly/hash.h>

#define MAGIC "mayflyst"
enum { VERSION = 1, HEAD = 8 + 4 + 4 + 32 + 8, TAG = 32 };
#define STATE_MAX ((size_t)1 << 30)

static void put32(unsigned char *p, uint32_t v)
{
	for (unsigned i = 0; i < 4; i++)
		p[i] = (unsigned char)(v >> (8 * i));
}

static void put64(unsigned char *p, uint64_t v)
{
	put32(p, (uint32_t)v);
	put32(p + 4, (uint32_t)(v >> 32));
}

static uint64_t get(const unsigned char *p, unsigned n)
{
	uint64_t v = 0;

	while (n--)
		v = v << 8 | p[n];
	return v;
}

/* -- in the parent ------------------------------------------------------------------------------------------- */

static void authenticate(unsigned char tag[static TAG], const struct mf_scan *s, const void *p, size_t n)
{
	if (s->state_key)
		mf_hmac_sha256(tag, s->state_key, strlen(s->state_key), p, n);
	else
		mf_sha256(tag, p, n);
}

static bool same(const unsigned char *a, const unsigned char *b, size_t n)
{
	unsigned char diff = 0;

	for (size_t i = 0; i < n; i++)
		diff |= a[i] ^ b[i];
	return diff == 0;
}

static int unsafe(struct mf_scan *s, const char *why, struct mf_err *err)
{
	mf_fail(err, MF_E_SCAN_STATE, "the state file '%s' is not safe to use", s->state_file);
	mf_err_why(err, "%s", why);
	mf_err_note(err, "who can write it can keep a secret from being found");
	mf_err_hint(err, "remove it, and keep it where only this job's user can write");
	return -1;
}

/* A file of others, or that others can write, is refused rather than ignored: somebody set it up like this. */
static int check_owner(struct mf_scan *s, struct mf_err *err)
{
	struct stat st;

	if (lstat(s->state_file, &st))
		return errno == ENOENT ? 0 : unsafe(s, strerror(errno), err);
	if (!S_ISREG(st.st_mode))
		return unsafe(s, "it is no regular file", err);
	if (st.st_uid != geteuid() && st.st_uid != 0)
		return unsafe(s, "it belongs to another user", err);
	if (st.st_mode & (S_IWGRP | S_IWOTH))
		return unsafe(s, "other users can write it", err);
	return mf_fs_read(&s->state_text, s->state_file, err);
}

static void forget(struct mf_scan *s, const char *why)
{
	mf_warn("the state file '%s' is ignored: %s; everything is scanned", s->state_file, why);
	mf_buf_free(&s->state_text);
	s->state_text = MF_BUF(STATE_MAX);
}

int mf_scan_state_read(struct mf_scan *s, struct mf_err *err)
{
	unsigned char tag[TAG];

	s->state_text = MF_BUF(STATE_MAX);
	if (!s->state_file)
		return 0;
	if (check_owner(s, err))
		return -1;
	if (s->state_text.n) {
		const size_t n = s->state_text.n;

		if (n < HEAD + TAG || memcmp(s->state_text.p, MAGIC, 8) != 0) {
			forget(s, "it is none of mayfly's");
		} else {
			authenticate(tag, s, s->state_text.p, n - TAG);
			if (!same(tag, (const unsigned char *)s->state_text.p + n - TAG, TAG))
				forget(s, s->state_key ? "it was not written with this key, or is damaged" : "it is damaged, or was written with a key");
		}
	}
	s->state_fd = mf_temp_beside(&s->state_temp, s->state_file, 0600, err);
	return s->state_fd < 0 ? -1 : 0;
}

int mf_scan_state_commit(struct mf_scan *s, struct mf_err *err)
{
	struct mf_buf text = MF_BUF(STATE_MAX);
	unsigned char tag[TAG];
	int rc;

	if (!s->state_temp)
		return 0;
	rc = mf_fs_read(&text, s->state_temp, err);
	if (rc == 0 && text.n) {
		authenticate(tag, s, text.p, text.n);
		rc = lseek(s->state_fd, 0, SEEK_END) < 0 ? mf_fail_errno(err, MF_E_REPORT_WRITE, errno, "'%s' cannot be written", s->state_file)
							 : mf_fs_write(s->state_fd, tag, TAG, s->state_file, err);
		if (rc == 0)
			rc = mf_temp_commit(&s->state_temp, s->state_file, err);
	}
	mf_buf_free(&text);
	return rc;
}

/* -- in the child -------------------------------------------------------------------------------------------- */

struct ids {
	unsigned char *v;
	size_t n, cap;
};

struct mf_known {
	struct mf_scan *s;
	unsigned char digest[32];
	size_t oid_len;
	const unsigned char *v;		/* sorted, in the parent's text */
	size_t n;
	uint32_t first[257];		/* by the first byte */
	struct ids *added;		/* by thread */
	unsigned n_threads;
};

/* Everything besides the rules that changes what an object gives. */
static void digest_of(unsigned char out[static 32], const struct mf_child *c)
{
	unsigned char all[32 + 32] = { 0 };

	memcpy(all, c->rules.digest, 32);
	put32(all + 32, c->s->detect.decode_depth);
	put32(all + 36, c->s->detect.archive_depth);
	put64(all + 40, c->s->max_bytes);
	put32(all + 48, c->s->detect.no_inline_allow | c->s->detect.gitleaks_only_marker << 1);
	put32(all + 52, VERSION);
	mf_sha256(out, all, sizeof(all));
}

static bool sorted(const unsigned char *v, size_t n, size_t len)
{
	for (size_t i = 1; i < n; i++)
		if (memcmp(v + (i - 1) * len, v + i * len, len) >= 0)
			return false;
	return true;
}

/* Takes the ids over when the file is whole and about the same rules. */
static const char *take(struct mf_known *k, const unsigned char *p, size_t n)
{
	uint64_t count;

	if (n < HEAD + TAG)
		return NULL;
	if (get(p + 8, 4) != VERSION || get(p + 12, 4) != k->oid_len)
		return "it is of another version or kind of repository";
	if (memcmp(p + 16, k->digest, 32) != 0)
		return "it was made under other rules";
	count = get(p + 48, 8);
	if (count > (n - HEAD - TAG) / k->oid_len || count * k->oid_len != n - HEAD - TAG || count > UINT32_MAX ||
	    !sorted(p + HEAD, (size_t)count, k->oid_len))
		return "it is damaged";
	k->v = p + HEAD;
	k->n = (size_t)count;
	for (size_t i = 0, b = 0; b < 257; b++) {
		while (i < k->n && k->v[i * k->oid_len] < b)
			i++;
		k->first[b] = (uint32_t)i;
	}
	return NULL;
}

int mf_known_new(struct mf_known **out, struct mf_child *c, size_t oid_len, struct mf_err *err)
{
	struct mf_known *k = mf_calloc(1, sizeof(*k));
	const char *why;

	if (!k)
		return mf_fail_nomem(err);
	k->s = c->s;
	k->oid_len = oid_len;
	k->n_threads = c->n_threads;
	k->added = mf_calloc(c->n_threads, sizeof(*k->added));
	if (!k->added) {
		free(k);
		return mf_fail_nomem(err);
	}
	digest_of(k->digest, c);
	why = take(k, (const unsigned char *)c->s->state_text.p, c->s->state_text.n);
	if (why && mf_note_add(&c->notes, false, NULL, why, "the state file was ignored: everything was scanned")) {
		mf_known_free(k);
		return mf_fail_nomem(err);
	}
	*out = k;
	return 0;
}

void mf_known_free(struct mf_known *k)
{
	if (!k)
		return;
	for (unsigned i = 0; i < k->n_threads; i++)
		free(k->added[i].v);
	free(k->added);
	free(k);
}

bool mf_known_has(const struct mf_known *k, const struct mf_oid *id)
{
	size_t lo = k->first[id->b[0]], hi = k->n ? k->first[id->b[0] + 1] : 0;

	while (lo < hi) {
		const size_t mid = lo + (hi - lo) / 2;
		const int order = memcmp(k->v + mid * k->oid_len, id->b, k->oid_len);

		if (order == 0)
			return true;
		if (order < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return false;
}

int mf_known_add(struct mf_known *k, unsigned at, const struct mf_oid *id, struct mf_err *err)
{
	struct ids *ids = &k->added[at];

	if (mf_grow(&ids->v, &ids->cap, ids->n + 1, k->oid_len, err))
		return -1;
	memcpy(ids->v + ids->n++ * k->oid_len, id->b, k->oid_len);
	return 0;
}

static int by_id20(const void *a, const void *b)
{
	return memcmp(a, b, 20);
}

static int by_id32(const void *a, const void *b)
{
	return memcmp(a, b, 32);
}

/* All added ids as one sorted array without repetitions. */
static int join(struct ids *all, struct mf_known *k, struct mf_err *err)
{
	const size_t len = k->oid_len;
	size_t total = 0, n = 0;

	for (unsigned i = 0; i < k->n_threads; i++)
		total += k->added[i].n;
	all->v = mf_calloc(total ? total : 1, len);
	if (!all->v)
		return mf_fail_nomem(err);
	for (unsigned i = 0; i < k->n_threads; i++) {
		if (k->added[i].n)
			memcpy(all->v + n * len, k->added[i].v, k->added[i].n * len);
		n += k->added[i].n;
	}
	qsort(all->v, n, len, len == 20 ? by_id20 : by_id32);
	for (size_t i = 0; i < n; i++)
		if (i == 0 || memcmp(all->v + (all->n - 1) * len, all->v + i * len, len) != 0)
			memmove(all->v + all->n++ * len, all->v + i * len, len);
	return 0;
}

static int write_merged(FILE *f, const struct mf_known *k, const struct ids *b, uint64_t *count)
{
	const size_t len = k->oid_len;
	size_t i = 0, j = 0;

	while (i < k->n || j < b->n) {
		const int order = i == k->n ? 1 : j == b->n ? -1 : memcmp(k->v + i * len, b->v + j * len, len);
		const unsigned char *next = order <= 0 ? k->v + i * len : b->v + j * len;

		if (fwrite(next, len, 1, f) != 1)
			return -1;
		i += order <= 0;
		j += order >= 0;
		++*count;
	}
	return 0;
}

int mf_known_write(struct mf_known *k, struct mf_err *err)
{
	unsigned char head[HEAD] = MAGIC;
	struct ids all = { 0 };
	uint64_t count = 0;
	FILE *f = NULL;
	int fd = -1, rc = join(&all, k, err);

	if (rc == 0) {
		fd = dup(k->s->state_fd);
		f = fd < 0 ? NULL : fdopen(fd, "wb");
		put32(head + 8, VERSION);
		put32(head + 12, (uint32_t)k->oid_len);
		memcpy(head + 16, k->digest, 32);
		if (!f || fwrite(head, HEAD, 1, f) != 1 || write_merged(f, k, &all, &count) || fflush(f))
			rc = -1;
		put64(head + 48, count);
		if (rc == 0 && pwrite(fd, head, HEAD, 0) != HEAD)
			rc = -1;
		if (rc)
			mf_fail_errno(err, MF_E_REPORT_WRITE, errno, "'%s' cannot be written", k->s->state_file);
	}
	if (f)
		fclose(f);
	else if (fd >= 0)
		close(fd);
	free(all.v);
	return rc;
}
