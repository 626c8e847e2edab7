/* SPDX-License-Identifier: Apache-2.0 */
/* Objects in files of their own. */
#include "loose.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <mayfly/alloc.h>
#include "delta.h"
#include "mapping.h"

enum { HEADER_MAX = 32 };	/* "commit 18446744073709551615" and its NUL fit */

struct header {
	enum mf_otype type;
	uint64_t size;
	size_t n;		/* its own length */
};

static bool parse_header(struct header *out, const unsigned char *p, size_t n)
{
	static const char *const name[] = { "", "commit ", "tree ", "blob ", "tag " };
	struct header h = { 0 };

	for (unsigned t = MF_OBJ_COMMIT; t <= MF_OBJ_TAG; t++) {
		const size_t len = strlen(name[t]);

		if (n > len && memcmp(p, name[t], len) == 0) {
			h.type = (enum mf_otype)t;
			h.n = len;
			break;
		}
	}
	if (!h.type || p[h.n] == '\0')
		return false;
	for (; h.n < n && h.n < HEADER_MAX && p[h.n] != '\0'; h.n++) {
		if (p[h.n] < '0' || p[h.n] > '9' || __builtin_mul_overflow(h.size, 10, &h.size) ||
		    __builtin_add_overflow(h.size, (uint64_t)(p[h.n] - '0'), &h.size))
			return false;
	}
	if (h.n == n || p[h.n] != '\0')
		return false;
	h.n++;
	*out = h;
	return true;
}

static int damaged(struct mf_err *err, const char *why)
{
	mf_fail(err, MF_E_GIT_DAMAGED, "a loose object is damaged");
	mf_err_why(err, "%s", why);
	return -1;
}

/* The first bytes. The library does not promise what is there when the room was too small; it writes in order, and what is read from it is
 * checked against the whole later. A stored block leaves nothing: then the header is not found here. */
static bool peek(struct header *h, struct mf_inflater *z, const unsigned char *p, size_t n)
{
	unsigned char first[HEADER_MAX] = { 0 };
	size_t got = sizeof(first);

	if (mf_inflate_some(z, first, sizeof(first), &got, p, n) == MF_INFLATE_BAD)
		return false;
	return parse_header(h, first, sizeof(first));
}

static int check_size(const struct header *h, size_t in_n, size_t max, struct mf_err *err)
{
	if (max && h->size > max)
		return mf_fail(err, MF_E_GIT_LIMIT, "an object of %llu bytes is larger than the limit of %zu", (unsigned long long)h->size, max);
	if (!mf_inflate_sane(h->size, in_n) || h->size > SIZE_MAX / 2)
		return damaged(err, "it claims to be larger than its file can hold");
	return 0;
}

/* The header could not be seen beforehand: expands with more and more room. */
static int expand_blindly(unsigned char **out, size_t *out_n, struct mf_inflater *z, const unsigned char *p, size_t n, size_t max,
			  struct mf_err *err)
{
	size_t cap = n < 4096 ? 4096 : n;

	for (;;) {
		unsigned char *b = malloc(cap + MF_SLACK);
		enum mf_inflated r;

		if (!b)
			return mf_fail_nomem(err);
		r = mf_inflate_some(z, b, cap, out_n, p, n);
		if (r == MF_INFLATE_OK) {
			*out = b;
			return 0;
		}
		free(b);
		if (r == MF_INFLATE_BAD || !mf_inflate_sane(cap, n))
			return damaged(err, "its zlib stream is broken");
		if (max && cap - HEADER_MAX > max)
			return mf_fail(err, MF_E_GIT_LIMIT, "an object is larger than the limit of %zu bytes", max);
		cap *= 2;
	}
}

static int expand(unsigned char **out, size_t *out_n, struct mf_inflater *z, const unsigned char *p, size_t n, size_t max,
		  struct mf_err *err)
{
	struct header h;
	unsigned char *b;

	if (!peek(&h, z, p, n))
		return expand_blindly(out, out_n, z, p, n, max, err);
	if (check_size(&h, n, max, err))
		return -1;
	*out_n = (size_t)h.size + h.n;
	b = malloc(*out_n + MF_SLACK);
	if (!b)
		return mf_fail_nomem(err);
	if (!mf_inflate(z, b, *out_n, p, n)) {
		free(b);
		return damaged(err, "its zlib stream is broken, or its length is wrong");
	}
	*out = b;
	return 0;
}

int mf_loose_parse(struct mf_object *out, struct mf_inflater *z, const unsigned char *p, size_t n, size_t max, struct mf_err *err)
{
	unsigned char *b = NULL;
	struct header h;
	size_t all;

	if (expand(&b, &all, z, p, n, max, err))
		return -1;
	if (!parse_header(&h, b, all) || h.size != all - h.n) {
		free(b);
		return damaged(err, "its header does not fit its bytes");
	}
	if (max && h.size > max) {
		free(b);
		return check_size(&h, n, max, err);
	}
	memmove(b, b + h.n, (size_t)h.size);
	*out = (struct mf_object){ .type = h.type, .p = b, .n = (size_t)h.size };
	return 0;
}

static bool path_of(char path[PATH_MAX], const char *odir, const struct mf_oid *id, size_t oid_len)
{
	char hex[65];

	mf_oid_hex(hex, id, oid_len);
	return (size_t)snprintf(path, PATH_MAX, "%s/%.2s/%s", odir, hex, hex + 2) < PATH_MAX;
}

bool mf_loose_there(const char *odir, const struct mf_oid *id, size_t oid_len)
{
	char path[PATH_MAX];

	return path_of(path, odir, id, oid_len) && (faccessat(AT_FDCWD, path, F_OK, 0) == 0 || (errno != ENOENT && errno != ENOTDIR));
}

static int map_object(struct mf_mapping *m, const char *odir, const struct mf_oid *id, size_t oid_len, struct mf_err *err)
{
	char path[PATH_MAX];

	if (!path_of(path, odir, id, oid_len))
		return mf_fail(err, MF_E_GIT_MISSING, "'%s' is too long for a path", odir);
	return mf_mapping_open(m, path, err);
}

static void name_object(struct mf_err *err, const struct mf_oid *id, size_t oid_len)
{
	char hex[65];

	mf_oid_hex(hex, id, oid_len);
	mf_err_wrap(err, "object %s", hex);
}

int mf_loose_read(struct mf_object *out, struct mf_inflater *z, const char *odir, const struct mf_oid *id, size_t oid_len, size_t max,
		  struct mf_err *err)
{
	struct mf_mapping m;
	int rc;

	if (map_object(&m, odir, id, oid_len, err))
		return -1;
	rc = mf_loose_parse(out, z, m.p, m.n, max, err);
	if (rc)
		name_object(err, id, oid_len);
	mf_mapping_close(&m);
	return rc;
}

int mf_loose_stat(enum mf_otype *type, size_t *size, struct mf_inflater *z, const char *odir, const struct mf_oid *id, size_t oid_len,
		  struct mf_err *err)
{
	struct mf_mapping m;
	struct mf_object o;
	struct header h;
	int rc = 0;

	if (map_object(&m, odir, id, oid_len, err))
		return -1;
	if (peek(&h, z, m.p, m.n)) {
		*type = h.type;
		*size = (size_t)h.size;
	} else if ((rc = mf_loose_parse(&o, z, m.p, m.n, 0, err)) == 0) {
		*type = o.type;
		*size = o.n;
		mf_object_free(&o);
	}
	mf_mapping_close(&m);
	return rc;
}

void mf_oids_free(struct mf_oids *o)
{
	free(o->v);
	*o = (struct mf_oids){ 0 };
}

static int add_id(struct mf_oids *o, const struct mf_oid *id, struct mf_err *err)
{
	if (o->n == o->cap) {
		const size_t cap = o->cap ? o->cap * 2 : 64;
		struct mf_oid *v = mf_regrow(o->v, cap, sizeof(*v));

		if (!v)
			return mf_fail_nomem(err);
		o->v = v;
		o->cap = cap;
	}
	o->v[o->n++] = *id;
	return 0;
}

static int by_id(const void *a, const void *b)
{
	return memcmp(a, b, sizeof(struct mf_oid));
}

static int list_folder(struct mf_oids *out, const char *odir, unsigned first, size_t oid_len, struct mf_err *lost, struct mf_err *err)
{
	char path[PATH_MAX], hex[65];
	const struct dirent *e;
	struct mf_oid id;
	DIR *d;
	int rc = 0;

	if ((size_t)snprintf(path, sizeof(path), "%s/%02x", odir, first) >= sizeof(path))
		return 0;
	d = opendir(path);
	if (!d && errno != ENOENT && errno != ENOTDIR)
		mf_fail_errno(lost, MF_E_GIT_DAMAGED, errno, "the folder of objects '%s' cannot be listed", path);
	while (d && rc == 0 && (e = readdir(d))) {
		if (strlen(e->d_name) != 2 * oid_len - 2)
			continue;	/* a temporary file, for instance */
		snprintf(hex, sizeof(hex), "%02x%.62s", first & 0xff, e->d_name);
		if (mf_oid_parse(&id, mf_str(hex), oid_len))
			rc = add_id(out, &id, err);
	}
	if (d)
		closedir(d);
	return rc;
}

int mf_loose_list(struct mf_oids *out, const char *odir, size_t oid_len, struct mf_err *lost, struct mf_err *err)
{
	struct mf_oids ids = { 0 };

	for (unsigned first = 0; first < 256; first++) {
		if (list_folder(&ids, odir, first, oid_len, lost, err)) {
			mf_oids_free(&ids);
			return -1;
		}
	}
	if (ids.n)
		qsort(ids.v, ids.n, sizeof(*ids.v), by_id);
	*out = ids;
	return 0;
}
