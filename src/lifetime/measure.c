/* SPDX-License-Identifier: Apache-2.0 */
/* A value -> what it is. The kinds are asked in an order in which the surest come first: what has a structure of its own, then what only its first
 * letters tell, then what holds other values, and its name last. */
#include "life_priv.h"

static mf_lf_fn *const kinds[] = {
	mf_lf_pem, mf_lf_jwt, mf_lf_github, mf_lf_gitlab, mf_lf_aws, mf_lf_vault, mf_lf_gcp, mf_lf_registry, mf_lf_ssh_cert, mf_lf_json,
	mf_lf_cask, mf_lf_signed_url, mf_lf_azure, mf_lf_url, mf_lf_connection, mf_lf_keystore, mf_lf_der, mf_lf_wrapped, mf_lf_words, mf_lf_named,
};

/* What shells and .env files put around a value. */
static struct mf_str without_quotes(struct mf_str v)
{
	v = mf_trim(v);
	if (v.n >= 2 && (v.p[0] == '"' || v.p[0] == '\'' || v.p[0] == '`') && v.p[v.n - 1] == v.p[0])
		v = mf_trim((struct mf_str){ .p = v.p + 1, .n = v.n - 2 });
	return v;
}

/* DER and Java's keystores, whose last byte may look like a blank. */
static bool binary(struct mf_str v)
{
	return v.n > 4 && ((v.p[0] == 0x30 && (v.p[1] & 0x80)) || memcmp(v.p, "\xfe\xed\xfe\xed", 4) == 0 || memcmp(v.p, "\xce\xce\xce\xce", 4) == 0);
}

static int ask_all(struct mf_lf *in)
{
	int rc;

	if (!binary(in->v))
		in->v = without_quotes(in->v);
	if (in->v.n > MF_LIFE_VALUE_MAX) {
		mf_lf_is(in, "large-value", "a value that is too large to be looked into", MF_LC_API_KEY);
		mf_lf_note(in, "%zu bytes", in->v.n);
		return mf_lf_unknown(in);
	}
	if (in->v.n == 0)
		return mf_lf_named(in);
	for (size_t i = 0; i < MF_COUNT(kinds); i++) {
		rc = kinds[i](in);
		if (rc)
			return rc;
	}
	return 0;
}

/* -- several ---------------------------------------------------------------------------------------- */

static int rank(const struct mf_life *l)
{
	if (!l->kind)
		return 0;
	if (l->class == MF_LC_NONE || (l->flags & (MF_LIFE_JOB_BOUND | MF_LIFE_EXPIRED)))
		return 1;
	if (l->flags & MF_LIFE_STATIC)
		return 4;
	return l->lifetime < 0 ? 3 : 2;
}

bool mf_lf_worse(const struct mf_life *than, const struct mf_life *life)
{
	int a = rank(than), b = rank(life);

	return b > a || (b == a && b == 2 && life->lifetime > than->lifetime);
}

int mf_lf_inner(struct mf_lf *in, struct mf_str v, const char *name)
{
	struct mf_life life = { 0 };
	struct mf_life_hint hint = *in->hint;
	struct mf_lf sub = { .v = v, .hint = &hint, .now = in->now, .depth = in->depth + 1, .bare = name == NULL, .out = &life, .err = in->err };

	if (sub.depth <= MF_LF_DEPTH) {
		if (name)
			hint.name = name;
		if (sub.bare)
			hint.class_name = NULL;
		if (ask_all(&sub) < 0)
			return -1;
		if (mf_lf_worse(in->out, &life))
			*in->out = life;
	}
	return in->out->kind != NULL;
}

int mf_life_measure(struct mf_life *out, struct mf_str value, const struct mf_life_hint *hint, int64_t now, struct mf_err *err)
{
	static const struct mf_life_hint none;
	struct mf_life life = { 0 };
	struct mf_lf in = { .v = value, .hint = hint ? hint : &none, .now = now, .out = &life, .err = err };

	if (ask_all(&in) < 0)
		return -1;
	*out = life;
	return 0;
}
