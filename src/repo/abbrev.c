/* SPDX-License-Identifier: Apache-2.0 */
/* Ids by their first hex digits, from packs and loose objects. */
#include "refs.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <mayfly/fs.h>
#include "reader.h"
#include "repo_priv.h"

struct found {
	struct mf_oid *v;
	size_t n, max;
	bool more;
	unsigned char first[32];	/* the digits as bytes, the rest zero */
	size_t digits;
};

static bool fits(const struct found *f, const unsigned char *id)
{
	const size_t whole = f->digits / 2;

	return memcmp(id, f->first, whole) == 0 && (f->digits % 2 == 0 || (id[whole] ^ f->first[whole]) < 16);
}

static void add(struct found *f, const unsigned char *id, size_t oid_len)
{
	for (size_t i = 0; i < f->n; i++)
		if (memcmp(f->v[i].b, id, oid_len) == 0)
			return;
	if (f->n == f->max) {
		f->more = true;
		return;
	}
	f->v[f->n] = (struct mf_oid){ { 0 } };
	memcpy(f->v[f->n++].b, id, oid_len);
}

/* The ids of a pack are sorted, so that those which fit lie together. */
static void in_pack(struct found *f, const struct mf_idx *x)
{
	const unsigned first = f->first[0];
	uint32_t from = first ? mf_be32(x->fanout + 4 * (first - 1)) : 0, end = mf_be32(x->fanout + 4 * first), to = end;

	if (end > x->n || from > end)
		return;
	while (from < to) {
		const uint32_t mid = from + (to - from) / 2;

		if (memcmp(mf_idx_id(x, mid), f->first, x->oid_len) < 0)
			from = mid + 1;
		else
			to = mid;
	}
	for (; from < end && !f->more && fits(f, mf_idx_id(x, from)); from++)
		add(f, mf_idx_id(x, from), x->oid_len);
}

static void in_folder(struct found *f, const char *dir, size_t oid_len)
{
	const struct dirent *e;
	struct mf_oid id;
	char hex[80];
	DIR *d = opendir(dir);

	while (d && !f->more && (e = readdir(d))) {
		if (strlen(e->d_name) != 2 * oid_len - 2)
			continue;
		snprintf(hex, sizeof(hex), "%02x%.62s", f->first[0], e->d_name);
		if (mf_oid_parse(&id, mf_str(hex), oid_len) && fits(f, id.b))
			add(f, id.b, oid_len);
	}
	if (d)
		closedir(d);
}

static int in_loose(struct found *f, const struct mf_repo *r, struct mf_err *err)
{
	char sub[3];

	snprintf(sub, sizeof(sub), "%02x", f->first[0]);
	for (size_t i = 0; i < r->odirs.n; i++) {
		MF_CLEANUP(mf_freep) char *dir = mf_path_join(r->odirs.v[i], sub);

		if (!dir)
			return mf_fail_nomem(err);
		in_folder(f, dir, r->info.oid_len);
	}
	return 0;
}

int mf_abbrev_find(struct mf_oid *out, size_t *n, size_t max, bool *more, struct mf_reader *rd, struct mf_str hex, struct mf_err *err)
{
	struct found f = { .v = out, .max = max, .digits = hex.n };
	char padded[65];
	struct mf_oid first;

	*n = 0;
	*more = false;
	if (hex.n < MF_ABBREV_MIN || hex.n > 2 * rd->oid_len)
		return 0;
	memset(padded, '0', sizeof(padded));
	memcpy(padded, hex.p, hex.n);
	if (!mf_oid_parse(&first, (struct mf_str){ padded, 2 * rd->oid_len }, rd->oid_len))
		return 0;
	memcpy(f.first, first.b, sizeof(f.first));
	for (size_t i = 0; i < rd->store->n; i++)
		in_pack(&f, &rd->store->packs[i].idx);
	if (in_loose(&f, rd->r, err))
		return -1;
	*n = f.n;
	*more = f.more;
	return 0;
}
