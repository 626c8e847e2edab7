/* SPDX-License-Identifier: Apache-2.0 */
/* Federated credentials of Entra ID. Sources: Microsoft Graph, federatedIdentityCredential; Microsoft Entra, "Flexible federated identity credentials" (claimsMatchingExpression). */
#include "trust_priv.h"

#include <stdio.h>

/* -- claims['sub'] matches 'repo:o/r:*' and claims['job_workflow_ref'] eq '...' ---------------------------- */

static void skip_space(struct mf_str *s)
{
	while (s->n && (unsigned char)s->p[0] <= ' ') {
		s->p++;
		s->n--;
	}
}

static bool take(struct mf_str *s, const char *word)
{
	skip_space(s);
	if (!mf_str_begins(*s, word))
		return false;
	s->p += strlen(word);
	s->n -= strlen(word);
	return true;
}

static bool quoted(struct mf_str *out, struct mf_str *s)
{
	const char *end;

	if (!take(s, "'") || !(end = memchr(s->p, '\'', s->n)))
		return false;
	*out = (struct mf_str){ s->p, (size_t)(end - s->p) };
	s->n -= out->n + 1;
	s->p = end + 1;
	return true;
}

static bool condition(struct mf_judged *f, const struct mf_claims *claims, struct mf_str *s)
{
	struct mf_values wants = { .n = 1, .there = true };
	struct mf_str claim;
	bool glob;

	if (!take(s, "claims[") || !quoted(&claim, s) || !take(s, "]"))
		return false;
	glob = take(s, "matches");
	if ((!glob && !take(s, "eq")) || !quoted(&wants.v[0], s))
		return false;
	mf_judged_compare(f, claims, claim, glob ? MF_MATCH_GLOB : MF_MATCH_EQUAL, true, NULL, NULL, &wants);
	return true;
}

/* Anything else than conditions that all have to hold is not judged. */
static void expression(struct mf_judged *f, const struct mf_claims *claims, struct mf_str s)
{
	struct mf_diff *d;

	do {
		if (condition(f, claims, &s))
			continue;
		d = mf_judged_add(f, MF_DIFF_UNSURE, mf_str(""));
		if (d) {
			mf_diff_put(d->wants, sizeof(d->wants), s);
			snprintf(d->why, sizeof(d->why), "this part of claimsMatchingExpression is not understood here");
		}
		return;
	} while (take(&s, "and"));
	skip_space(&s);
	if (s.n)
		mf_judged_why(f, MF_DIFF_UNSURE, "", "the end of claimsMatchingExpression is not understood here");
}

/* -- one credential --------------------------------------------------------------------------------------- */

static void single(struct mf_judged *f, const struct mf_trust *t, const struct mf_jnode *owner, const char *member, const char *claim, struct mf_str value, const struct mf_claims *claims)
{
	const struct mf_jnode *node = mf_json_get_z(owner, member);
	struct mf_values wants;

	mf_values_of(&wants, t->doc, node);
	if (wants.n && !mf_judged_compare(f, claims, mf_str(claim), MF_MATCH_EQUAL, false, t->doc, NULL, &wants))
		mf_judged_replace(f, node, value);
}

static void credential(struct mf_trust *t, const struct mf_jnode *c, const struct mf_claims *claims, bool first)
{
	const struct mf_jnode *flexible = mf_json_get_z(c, "claimsMatchingExpression"), *audiences = mf_json_get_z(c, "audiences"), *value;
	struct mf_judged f = { 0 };
	struct mf_values wants;

	single(&f, t, c, "issuer", "iss", claims->iss, claims);
	mf_values_of(&wants, t->doc, audiences);
	/* a credential has one audience at most */
	if (wants.n && !mf_judged_compare(&f, claims, mf_str("aud"), MF_MATCH_EQUAL, false, t->doc, NULL, &wants))
		mf_judged_replace(&f, mf_json_type(audiences) == MF_J_ARRAY ? mf_json_first(audiences) : audiences, claims->aud);
	value = flexible && mf_json_type(flexible) == MF_J_OBJECT ? mf_json_get_z(flexible, "value") : flexible;
	if (value && mf_json_type(value) == MF_J_STRING)
		expression(&f, claims, mf_json_text(t->doc, value));
	else if (mf_json_get_z(c, "subject"))
		single(&f, t, c, "subject", "sub", claims->sub, claims);
	else
		mf_judged_why(&f, MF_DIFF_UNSURE, "sub", "the credential has no 'subject'");
	mf_trust_nearer(t, &f, first);
}

void mf_trust_azure(struct mf_trust *t, const struct mf_claims *claims)
{
	const struct mf_jnode *root = mf_json_root(t->doc), *value = mf_json_type(root) == MF_J_OBJECT ? mf_json_get_z(root, "value") : root;
	struct mf_judged none = { 0 };
	bool first = true;

	if (!value || mf_json_type(value) != MF_J_ARRAY) {
		credential(t, root, claims, true);
		return;
	}
	for (const struct mf_jnode *c = mf_json_first(value); c; c = mf_json_next(c), first = false)
		credential(t, c, claims, first);
	if (!first)
		return;
	mf_judged_why(&none, MF_DIFF_NO, "", "the application has no federated credential");
	mf_trust_nearer(t, &none, true);
}
