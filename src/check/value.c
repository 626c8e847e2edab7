/* SPDX-License-Identifier: Apache-2.0 */
/* A value at a place -> an item, where it is a credential. The value itself stays with the caller. */
#include "check_priv.h"

#include <mayfly/enc.h>
#include <mayfly/finding.h>
#include <mayfly/hash.h>
#include <mayfly/secret.h>

/* Of a text with structure (a URL, a document, a key) the head says nothing that the kind does not, and may be a user's name. */
static bool token_like(struct mf_str v)
{
	static const char set[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-.=+~";

	for (size_t i = 0; i < v.n; i++)
		if (!v.p[i] || !strchr(set, v.p[i]))
			return false;
	return v.n > 0 && v.n <= 4096;
}

/* "AKIA****": what mf_redact() shows before its stars, and nothing behind them. */
static int show_head(struct mf_check_item *item, struct mf_str value, struct mf_err *err)
{
	struct mf_buf out = MF_BUF(8192);
	size_t n;
	int rc;

	if (!token_like(value))
		return 0;
	rc = mf_redact(&out, value, err);
	n = rc == 0 && out.n ? strcspn(out.p, "*") : 0;
	if (rc == 0)
		rc = mf_check_text(&item->shown, err, "%.*s****", (int)(n > 24 ? 24 : n), mf_buf_text(&out));
	mf_buf_free(&out);
	return rc;
}

static void fingerprint(struct mf_check_item *item, const struct mf_check *c, struct mf_str value)
{
	static const char digits[] = "0123456789abcdef";
	unsigned char mac[32];

	mf_hmac_sha256(mac, c->key, sizeof(c->key), value.p, value.n);
	for (size_t i = 0; i + 1 < sizeof(item->fingerprint); i++)
		item->fingerprint[i] = digits[i % 2 ? mac[i / 2] & 15 : mac[i / 2] >> 4];
	item->fingerprint[sizeof(item->fingerprint) - 1] = '\0';
}

int mf_check_life(struct mf_check *c, const struct mf_check_place *at, const struct mf_life *life, struct mf_check_item **item, struct mf_err *err)
{
	struct mf_check_item *added;

	if (mf_check_item_add(c, at, life->kind, life->title, &added, err))
		return -1;
	if (added) {
		added->life = *life;
		added->life.kind = added->rule;
		added->life.title = added->title;
	}
	if (item)
		*item = added;
	return 0;
}

int mf_check_kind_is(struct mf_check_item *item, const char *kind, struct mf_err *err)
{
	const struct mf_check_kind *k = mf_check_kind(kind);

	if (!k)
		return 0;
	if (mf_check_text(&item->rule, err, "%s", k->kind) || mf_check_text(&item->title, err, "%s", k->title))
		return -1;
	item->life.kind = item->rule;
	item->life.title = item->title;
	item->life.class = k->class;
	return 0;
}

int mf_check_value(struct mf_check *c, const struct mf_check_place *at, struct mf_str value, const struct mf_life_hint *hint, struct mf_check_item **item,
		   struct mf_err *err)
{
	const struct mf_life_hint own = { .name = at->name, .person = c->person };
	struct mf_check_item *added = NULL;
	struct mf_life life;

	if (item)
		*item = NULL;
	if (mf_life_measure(&life, value, hint ? hint : &own, c->now, err))
		return -1;
	if (!life.kind)
		return 0;
	if (mf_check_life(c, at, &life, &added, err))
		return -1;
	value = mf_trim(value);
	if (added && value.n) {
		fingerprint(added, c, value);
		if (show_head(added, value, err) || (c->seen && c->seen(c->seen_ctx, added, at, value, err)))
			return -1;
	}
	if (item)
		*item = added;
	return 0;
}
