/* SPDX-License-Identifier: Apache-2.0 */
/* Layout: magic (8), version and id length (4 + 4, little-endian), digest of the rules (32), what mf_past_write() gives, and HMAC-SHA256 of all before
 * it under the user's key, or SHA-256 without one, which only finds damage. */
#include "scan_state.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <mayfly/fs.h>
#include <mayfly/hash.h>

#define MAGIC "mayflyst"
enum { VERSION = 5, HEAD = 8 + 4 + 4 + 32, TAG = 32 };
#define STATE_MAX ((size_t)1 << 30)

static void put32(unsigned char *p, uint32_t v)
{
	for (unsigned i = 0; i < 4; i++)
		p[i] = (unsigned char)(v >> (8 * i));
}

static uint32_t get32(const unsigned char *p)
{
	return p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
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

/* Everything besides the rules that changes what an object gives. */
static void digest_of(unsigned char out[static 32], const struct mf_child *c)
{
	unsigned char all[32 + 32] = { 0 };

	memcpy(all, c->rules.digest, 32);
	put32(all + 32, c->s->detect.decode_depth);
	put32(all + 36, c->s->detect.archive_depth);
	put32(all + 40, (uint32_t)c->s->max_bytes);
	put32(all + 44, (uint32_t)((uint64_t)c->s->max_bytes >> 32));
	put32(all + 48, c->s->detect.no_inline_allow | c->s->detect.gitleaks_only_marker << 1);
	put32(all + 52, VERSION);
	mf_sha256(out, all, sizeof(all));
}

/* Takes the file over when it is whole and about the same rules; else *why says why not. */
static int take(const char **why, struct mf_past *p, const struct mf_child *c, size_t oid_len, struct mf_err *err)
{
	const unsigned char *text = (const unsigned char *)c->s->state_text.p;
	const size_t n = c->s->state_text.n;
	unsigned char digest[32];
	int rc;

	*why = NULL;
	if (n < HEAD + TAG)
		return 0;
	digest_of(digest, c);
	if (get32(text + 8) != VERSION || get32(text + 12) != oid_len)
		*why = "it is of another version or kind of repository";
	else if (memcmp(text + 16, digest, 32) != 0)
		*why = "it was made under other rules";
	if (*why)
		return 0;
	rc = mf_past_read(p, (struct mf_str){ c->s->state_text.p + HEAD, n - HEAD - TAG }, err);
	if (rc > 0)
		*why = "it is damaged";
	return rc < 0 ? -1 : 0;
}

int mf_scan_past(struct mf_past **out, struct mf_child *c, size_t oid_len, struct mf_err *err)
{
	struct mf_past *p;
	const char *why;

	if (mf_past_new(&p, oid_len, c->n_threads, err))
		return -1;
	if (take(&why, p, c, oid_len, err) ||
	    (why && mf_note_add(&c->notes, false, NULL, why, "the state file was ignored: everything was scanned") && mf_fail_nomem(err))) {
		mf_past_free(p);
		return -1;
	}
	*out = p;
	return 0;
}

int mf_scan_past_write(const struct mf_child *c, struct mf_past *p, size_t oid_len, struct mf_err *err)
{
	struct mf_buf text = MF_BUF(STATE_MAX);
	unsigned char head[HEAD] = MAGIC;
	int rc;

	put32(head + 8, VERSION);
	put32(head + 12, (uint32_t)oid_len);
	digest_of(head + 16, c);
	rc = mf_buf_add(&text, head, HEAD, err) || mf_past_write(&text, p, err) || mf_fs_write(c->s->state_fd, text.p, text.n, c->s->state_file, err) ? -1 : 0;
	mf_buf_free(&text);
	return rc;
}
