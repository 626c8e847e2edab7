/* SPDX-License-Identifier: Apache-2.0 */
/* From the process that finds credentials to the one that asks: a file in memory of records with bounded lengths. The reader believes nothing of it. */
#include "ask_priv.h"

#include <mayfly/fs.h>

struct head {
	uint32_t magic;
	uint32_t issuer;
	char fingerprint[17];
	char host[256];
	uint32_t lengths[3];
};

#define MAGIC 0x6d666173u

/* What a header takes: visible ASCII. */
static bool sendable(const char *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if ((unsigned char)p[i] <= 0x20 || (unsigned char)p[i] >= 0x7f)
			return false;
	return true;
}

int mf_ask_record_write(int fd, const struct mf_ask_record *r, struct mf_err *err)
{
	struct head h;

	/* padding, too: what stood on the stack stays here */
	memset(&h, 0, sizeof(h));
	h.magic = MAGIC;
	h.issuer = r->issuer;
	memcpy(h.fingerprint, r->fingerprint, sizeof(h.fingerprint));
	memcpy(h.host, r->host, strnlen(r->host, sizeof(h.host) - 1));
	for (size_t i = 0; i < MF_COUNT(r->parts); i++) {
		if (r->parts[i].n > MF_ASK_PART_MAX || !sendable(r->parts[i].p, r->parts[i].n))
			return 0;
		h.lengths[i] = (uint32_t)r->parts[i].n;
	}
	if (h.lengths[0] == 0)
		return 0;
	if (mf_fs_write(fd, &h, sizeof(h), "the list of what is to be asked", err))
		return -1;
	for (size_t i = 0; i < MF_COUNT(r->parts); i++)
		if (r->parts[i].n && mf_fs_write(fd, r->parts[i].p, r->parts[i].n, "the list of what is to be asked", err))
			return -1;
	return 0;
}

static bool read_all(int fd, void *p, size_t n)
{
	return mf_fs_read_fd(fd, p, n) == (ssize_t)n;
}

static bool hex(const char *s)
{
	return strlen(s) == 16 && s[strspn(s, "0123456789abcdef")] == '\0';
}

static bool host_name(const char *s)
{
	return s[strspn(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-:[]")] == '\0';
}

static bool believable(const struct head *h)
{
	return h->magic == MAGIC && h->issuer < MF_ISSUER_COUNT && h->fingerprint[16] == '\0' && hex(h->fingerprint) &&
	       memchr(h->host, 0, sizeof(h->host)) && host_name(h->host) && h->lengths[0] > 0 && h->lengths[0] <= MF_ASK_PART_MAX &&
	       h->lengths[1] <= MF_ASK_PART_MAX && h->lengths[2] <= MF_ASK_PART_MAX;
}

/* 1; 0: the file ends before it, or it cannot be sent. */
static int part(struct mf_secret **out, int fd, size_t n, struct mf_err *err)
{
	char bytes[MF_ASK_PART_MAX];
	const bool whole = read_all(fd, bytes, n) && sendable(bytes, n);

	if (whole)
		*out = mf_secret_new(bytes, n);
	mf_wipe(bytes, n);
	return !whole ? 0 : *out ? 1 : mf_fail_nomem(err);
}

int mf_ask_record_read(int fd, struct mf_ask_record *out, struct mf_err *err)
{
	struct head h;
	int rc = 1;

	*out = (struct mf_ask_record){ 0 };
	if (!read_all(fd, &h, sizeof(h)) || !believable(&h))
		return 0;
	out->issuer = (enum mf_issuer)h.issuer;
	memcpy(out->fingerprint, h.fingerprint, sizeof(out->fingerprint));
	memcpy(out->host, h.host, sizeof(out->host));
	for (size_t i = 0; rc == 1 && i < MF_COUNT(out->read); i++)
		if (h.lengths[i])
			rc = part(&out->read[i], fd, h.lengths[i], err);
	if (rc != 1)
		mf_ask_record_free(out);
	return rc;
}

void mf_ask_record_free(struct mf_ask_record *r)
{
	for (size_t i = 0; i < MF_COUNT(r->read); i++)
		mf_secret_free(r->read[i]);
	*r = (struct mf_ask_record){ 0 };
}
