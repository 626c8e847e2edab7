/* SPDX-License-Identifier: Apache-2.0 */
/* A role of Vault's and OpenBao's JWT method. Source: HashiCorp Vault, "JWT/OIDC auth method (API)", Create role: bound_audiences, bound_subject, bound_claims, bound_claims_type. */
#include "trust_priv.h"

const struct mf_jnode *mf_trust_vault_role(const struct mf_trust *t)
{
	const struct mf_jnode *root = mf_json_root(t->doc), *data = mf_json_get_z(root, "data");

	return data && mf_json_type(data) == MF_J_OBJECT ? data : root;
}

static bool is_empty(const struct mf_jnode *n)
{
	return !n || mf_json_type(n) == MF_J_NULL || ((mf_json_type(n) == MF_J_ARRAY || mf_json_type(n) == MF_J_OBJECT) && mf_json_size(n) == 0);
}

/* Since Vault 1.17 a token with an audience needs a role that binds one. */
static void audiences(struct mf_judged *f, const struct mf_trust *t, const struct mf_jnode *role, const struct mf_claims *claims)
{
	const struct mf_jnode *node = mf_json_get_z(role, "bound_audiences");
	struct mf_buf json = MF_BUF(MF_TRUST_TEXT);
	struct mf_err err = { 0 };
	struct mf_values wants;
	struct mf_diff *d;

	mf_values_of(&wants, t->doc, node);
	if (wants.n) {
		mf_judged_compare(f, claims, mf_str("aud"), MF_MATCH_EQUAL, false, t->doc, node, &wants);
		return;
	}
	if (claims->n_aud == 0 || !(d = mf_judged_add(f, MF_DIFF_NO, mf_str("aud"))))
		return;
	mf_diff_put(d->has, sizeof(d->has), claims->aud);
	mf_diff_put(d->why, sizeof(d->why), mf_str("the token has an audience, and the role binds none: bound_audiences has to list it"));
	f->no_memory |= mf_buf_puts(&json, node ? "[" : "\"bound_audiences\": [", &err) || mf_json_quote(&json, claims->aud, &err) || mf_buf_putc(&json, ']', &err);
	mf_judged_patch(f, node, &json);
}

static bool binds(struct mf_judged *f, const struct mf_trust *t, const struct mf_jnode *role, const struct mf_claims *claims)
{
	const struct mf_jnode *bound = mf_json_get_z(role, "bound_claims"), *type = mf_json_get_z(role, "bound_claims_type");
	const bool glob = type && mf_json_type(type) == MF_J_STRING && mf_str_is(mf_json_text(t->doc, type), "glob");
	bool any = false;

	if (is_empty(bound) || mf_json_type(bound) != MF_J_OBJECT)
		return false;
	for (const struct mf_jnode *c = mf_json_first(bound); c; c = mf_json_next(c)) {
		struct mf_values wants;

		mf_values_of(&wants, t->doc, c);
		if (wants.n == 0)
			continue;
		any = true;
		mf_judged_compare(f, claims, mf_json_key(c), glob ? MF_MATCH_GLOB : MF_MATCH_EQUAL, false, t->doc, c, &wants);
	}
	return any;
}

static void needs_claim(struct mf_judged *f, const struct mf_trust *t, const struct mf_jnode *role, const char *member, const struct mf_claims *claims)
{
	const struct mf_jnode *n = mf_json_get_z(role, member);
	struct mf_values has;
	struct mf_diff *d;

	if (!n || mf_json_type(n) != MF_J_STRING || mf_json_text(t->doc, n).n == 0)
		return;
	mf_values_claim(&has, claims, mf_json_text(t->doc, n));
	if (has.there || !(d = mf_judged_add(f, MF_DIFF_NO, mf_json_text(t->doc, n))))
		return;
	mf_diff_put(d->why, sizeof(d->why), mf_str("the role names a user after this claim, and the token does not have it"));
}

void mf_trust_vault(struct mf_trust *t, const struct mf_claims *claims)
{
	const struct mf_jnode *role = mf_trust_vault_role(t), *subject = mf_json_get_z(role, "bound_subject");
	struct mf_judged f = { 0 };
	struct mf_values wants;
	bool bound;

	audiences(&f, t, role, claims);
	mf_values_of(&wants, t->doc, subject);
	bound = wants.n && wants.v[0].n;
	if (bound && !mf_judged_compare(&f, claims, mf_str("sub"), MF_MATCH_EQUAL, false, t->doc, NULL, &wants))
		mf_judged_replace(&f, subject, claims->sub);
	bound |= binds(&f, t, role, claims);
	needs_claim(&f, t, role, "user_claim", claims);
	if (!bound)
		mf_judged_why(&f, MF_DIFF_WIDE, "", "the role binds no claim: every job that the issuer gives a token%s may log in with it", wants.there || claims->n_aud ? " with this audience" : "");
	mf_trust_nearer(t, &f, true);
}
