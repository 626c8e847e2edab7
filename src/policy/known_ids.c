/* SPDX-License-Identifier: Apache-2.0 */
/* Ids take milliseconds each, so they are kept for the next run: they are in its reports anyway. Bytes: a digest of salt and cost (32); then for each the number
 * of a group (4, little-endian) and the id (16). */
#include "collect.h"

#include <stdlib.h>
#include <mayfly/alloc.h>
#include <mayfly/enc.h>
#include <mayfly/hash.h>
#include "accepted.h"
#include "ids.h"

enum { TAG = 32, ENTRY = 4 + 16 };

void mf_known_ids_free(struct mf_known_ids *k)
{
	mf_intern_free(&k->keys);
	free(k->v);
	*k = (struct mf_known_ids){ 0 };
}

static void tag_of(unsigned char tag[static TAG], const struct mf_accepted *a)
{
	unsigned char text[MF_SALT_MOST + 8] = { 0 };
	const unsigned cost = a && a->cost ? a->cost : MF_COST;

	if (a)
		memcpy(text, a->salt, a->salt_n);
	text[MF_SALT_MOST] = (unsigned char)(a ? a->salt_n : 0);
	for (unsigned i = 0; i < 4; i++)
		text[MF_SALT_MOST + 1 + i] = (unsigned char)(cost >> (8 * i));
	mf_sha256(tag, text, sizeof(text));
}

static int key_of(struct mf_buf *key, const char *rule_id, struct mf_str secret, struct mf_err *err)
{
	key->n = 0;
	return mf_buf_add(key, rule_id, strlen(rule_id) + 1, err) || mf_buf_add(key, secret.p, secret.n, err) ? -1 : 0;
}

static int take_one(struct mf_collect *c, const struct mf_kept *k, const unsigned char *id, struct mf_buf *key, struct mf_err *err)
{
	struct mf_known_ids *to = &c->known;
	uint32_t n;

	if (key_of(key, k->rule->id, mf_intern_get(&c->texts, k->secret), err) || mf_room(&to->v, to->keys.n, &to->cap, sizeof(*to->v), err) ||
	    mf_intern_add(&n, &to->keys, (struct mf_str){ key->p, key->n }, err))
		return -1;
	mf_hex_encode(to->v[n], id, 16, false);
	to->v[n][32] = '\0';
	return 0;
}

int mf_known_ids_take(struct mf_collect *c, const struct mf_past *p, const uint32_t *model, size_t groups, struct mf_err *err)
{
	const struct mf_str bytes = mf_past_extra(p);
	const unsigned char *at = (const unsigned char *)bytes.p;
	struct mf_buf key = MF_BUF(SIZE_MAX / 4);
	int rc = 0;

	if (bytes.n < TAG)
		return 0;
	memcpy(c->known.tag, at, TAG);
	for (size_t i = TAG; i + ENTRY <= bytes.n && rc == 0; i += ENTRY) {
		const uint32_t group = at[i] | (uint32_t)at[i + 1] << 8 | (uint32_t)at[i + 2] << 16 | (uint32_t)at[i + 3] << 24;

		if (group < groups && model[group] != MF_NONE)
			rc = take_one(c, &c->kept[model[group]], at + i + 4, &key, err);
	}
	mf_buf_free(&key);
	return rc;
}

int mf_ids_recall(struct mf_ids *ids, const struct mf_collect *c, const struct mf_accepted *a, struct mf_err *err)
{
	unsigned char tag[TAG];
	struct mf_buf key = MF_BUF(SIZE_MAX / 4);
	int rc = 0;

	if (!c || !c->known.keys.n)
		return 0;
	tag_of(tag, a);
	if (memcmp(tag, c->known.tag, TAG) != 0)
		return 0;
	for (size_t i = ids->done; i < ids->keys.n && rc == 0; i++) {
		uint32_t n;

		rc = key_of(&key, ids->v[i].rule_id, ids->v[i].secret, err);
		n = rc ? MF_NONE : mf_intern_find(&c->known.keys, (struct mf_str){ key.p, key.n });
		if (n != MF_NONE)
			memcpy(ids->v[i].id, c->known.v[n], sizeof(ids->v[i].id));
	}
	mf_buf_free(&key);
	return rc;
}

/* A number that the next run knows the finding's credential by. */
static uint32_t number_of(const struct mf_collect *c, const struct mf_finding *f)
{
	char key[sizeof(f->rule) + sizeof(uint32_t)];
	const uint32_t secret = mf_intern_find(&c->texts, (struct mf_str){ f->secret, f->secret_n });
	uint32_t group;

	memcpy(key, &f->rule, sizeof(f->rule));
	memcpy(key + sizeof(f->rule), &secret, sizeof(secret));
	group = secret == MF_NONE ? MF_NONE : mf_intern_find(&c->groups, (struct mf_str){ key, sizeof(key) });
	return group == MF_NONE ? MF_NONE : c->past_group[group];
}

static bool bytes_of(unsigned char out[static 16], const char id[static 33])
{
	for (unsigned i = 0; i < 16; i++) {
		const int high = mf_hex_digit(id[2 * i]), low = high < 0 ? -1 : mf_hex_digit(id[2 * i + 1]);

		if (low < 0)
			return false;
		out[i] = (unsigned char)(high << 4 | low);
	}
	return true;
}

int mf_collect_remember_ids(struct mf_past *p, const struct mf_collect *c, const struct mf_findings *list, const struct mf_accepted *a, struct mf_err *err)
{
	struct mf_buf out = MF_BUF(SIZE_MAX / 4);
	unsigned char tag[TAG];
	int rc;

	tag_of(tag, a);
	rc = mf_buf_add(&out, tag, TAG, err);
	for (size_t i = 0; c->past_group && i < list->n && rc == 0; i++) {
		const struct mf_finding *f = &list->v[i];
		/* a rule that has no secret has an id of its match */
		const uint32_t number = f->fingerprint_id[0] && f->secret_n ? number_of(c, f) : MF_NONE;
		unsigned char entry[ENTRY];

		if (number == MF_NONE || !bytes_of(entry + 4, f->fingerprint_id))
			continue;
		for (unsigned k = 0; k < 4; k++)
			entry[k] = (unsigned char)(number >> (8 * k));
		rc = mf_buf_add(&out, entry, sizeof(entry), err);
	}
	if (rc == 0)
		rc = mf_past_set_extra(p, (struct mf_str){ out.p, out.n }, err);
	mf_buf_free(&out);
	return rc;
}
