/* SPDX-License-Identifier: Apache-2.0 */
/* AWS trust policies. Sources: AWS IAM user guide, "IAM JSON policy elements: Condition operators", "Available keys for AWS OIDC federation", "Create a role for OIDC federation". */
#include "trust_priv.h"

#include <stdio.h>

struct statement {
	const struct mf_trust *t;
	const struct mf_jnode *node;
	const struct mf_claims *claims;
	struct mf_str host;		/* of the issuer, as condition keys begin */
	bool sub;			/* some condition is about the subject, or a claim that says whose job it is */
};

const struct mf_jnode *mf_trust_aws_policy(const struct mf_trust *t)
{
	const struct mf_jnode *root = mf_json_root(t->doc), *role = mf_json_get_z(root, "Role");
	const struct mf_jnode *policy = mf_json_get_z(role && mf_json_type(role) == MF_J_OBJECT ? role : root, "AssumeRolePolicyDocument");

	return policy && mf_json_type(policy) == MF_J_OBJECT ? policy : root;
}

/* -- what it is about ----------------------------------------------------------------------------------- */

static bool lists_action(const struct statement *s)
{
	struct mf_values actions;

	mf_values_of(&actions, s->t->doc, mf_json_get_z(s->node, "Action"));
	for (size_t i = 0; i < actions.n; i++)
		if (mf_match(MF_MATCH_CASELESS, actions.v[i], mf_str("sts:AssumeRoleWithWebIdentity"), false) || mf_str_is(actions.v[i], "*") || mf_str_is(actions.v[i], "sts:*") ||
		    mf_glob(actions.v[i], mf_str("sts:AssumeRoleWithWebIdentity"), true))
			return true;
	return false;
}

/* "arn:aws:iam::123456789012:oidc-provider/HOST" */
static struct mf_str provider_host(struct mf_str arn)
{
	static const char part[] = ":oidc-provider/";
	const char *at = arn.n ? memmem(arn.p, arn.n, part, sizeof(part) - 1) : NULL;

	return at ? (struct mf_str){ at + sizeof(part) - 1, arn.n - (size_t)(at + sizeof(part) - 1 - arn.p) } : arn;
}

/* Whether the statement is about this issuer. Where all of them are about others, the nearest is told. */
static bool principal(struct mf_judged *f, const struct statement *s)
{
	const struct mf_jnode *p = mf_json_get_z(s->node, "Principal"), *federated = p && mf_json_type(p) == MF_J_OBJECT ? mf_json_get_z(p, "Federated") : NULL;
	struct mf_values arns, hosts = { .there = true };
	struct mf_diff *d;
	char why[MF_DIFF_WHY] = "";
	bool dead;

	mf_values_of(&arns, s->t->doc, federated);
	if (arns.n == 0) {
		mf_judged_why(f, MF_DIFF_NO, "iss", "the statement is for no identity provider: it has no Principal.Federated");
		return false;
	}
	for (size_t i = 0; i < arns.n; i++) {
		hosts.v[hosts.n++] = provider_host(arns.v[i]);
		if (mf_match(MF_MATCH_EQUAL, hosts.v[i], s->host, false))
			return true;
	}
	d = mf_judged_add(f, MF_DIFF_NO, mf_str("iss"));
	if (!d)
		return false;
	mf_why(why, &dead, mf_str("iss"), MF_MATCH_EQUAL, hosts.v[0], s->host);
	mf_diff_list(d->wants, sizeof(d->wants), &hosts);
	mf_diff_put(d->has, sizeof(d->has), s->host);
	snprintf(d->why, sizeof(d->why), "%s", why[0] ? why : "the statement is for another identity provider");
	return false;
}

/* -- conditions ------------------------------------------------------------------------------------------ */

enum operator { EQUALS, NOT_EQUALS, IGNORE_CASE, NOT_IGNORE_CASE, LIKE, NOT_LIKE, IS_NULL, OTHER };

struct condition {
	enum operator op;
	bool if_exists, every;		/* ...IfExists, ForAllValues: */
};

static struct condition operator_of(struct mf_str name)
{
	static const char *const names[] = {
		[EQUALS] = "StringEquals", [NOT_EQUALS] = "StringNotEquals", [IGNORE_CASE] = "StringEqualsIgnoreCase", [NOT_IGNORE_CASE] = "StringNotEqualsIgnoreCase",
		[LIKE] = "StringLike", [NOT_LIKE] = "StringNotLike", [IS_NULL] = "Null",
	};
	struct condition c = { .op = OTHER };

	if (mf_str_begins(name, "ForAllValues:")) {
		c.every = true;
		name = (struct mf_str){ name.p + 13, name.n - 13 };
	} else if (mf_str_begins(name, "ForAnyValue:")) {
		name = (struct mf_str){ name.p + 12, name.n - 12 };
	}
	if (name.n > 8 && memcmp(name.p + name.n - 8, "IfExists", 8) == 0) {
		c.if_exists = true;
		name.n -= 8;
	}
	for (size_t i = 0; i < MF_COUNT(names); i++)
		if (mf_match(MF_MATCH_CASELESS, mf_str(names[i]), name, false))
			c.op = (enum operator)i;
	return c;
}

/* "HOST:sub" is the claim of that name; of another host's, or "aws:...", none. Keys have no case. */
static bool claim_of(struct mf_str *claim, const struct statement *s, struct mf_str key)
{
	if (key.n <= s->host.n + 1 || strncasecmp(key.p, s->host.p, s->host.n) != 0 || key.p[s->host.n] != ':')
		return false;
	*claim = (struct mf_str){ key.p + s->host.n + 1, key.n - s->host.n - 1 };
	return true;
}

static bool any_matches(enum mf_match how, const struct mf_values *wants, const struct mf_values *has)
{
	for (size_t i = 0; i < wants->n; i++)
		for (size_t k = 0; k < has->n; k++)
			if (mf_match(how, wants->v[i], has->v[k], true))
				return true;
	return false;
}

static void negative(struct mf_judged *f, struct mf_str claim, enum mf_match how, const struct mf_values *wants, const struct mf_values *has)
{
	struct mf_diff *d;

	if (!any_matches(how, wants, has) || !(d = mf_judged_add(f, MF_DIFF_NO, claim)))
		return;
	mf_diff_list(d->wants, sizeof(d->wants), wants);
	mf_diff_list(d->has, sizeof(d->has), has);
	snprintf(d->why, sizeof(d->why), "the condition keeps exactly this value out");
}

static void unsure(struct mf_judged *f, struct mf_str key, struct mf_str op)
{
	struct mf_diff *d = mf_judged_add(f, MF_DIFF_UNSURE, key);

	if (d)
		snprintf(d->why, sizeof(d->why), "%.*s of this key is not in the token: it cannot be judged here", (int)(op.n < 60 ? op.n : 60), op.p);
}

static void one_key(struct mf_judged *f, struct statement *s, struct mf_str op_name, const struct mf_jnode *node)
{
	const struct condition c = operator_of(op_name);
	struct mf_values wants, has;
	struct mf_str claim;

	if (c.op == OTHER || !claim_of(&claim, s, mf_json_key(node))) {
		unsure(f, mf_json_key(node), op_name);
		return;
	}
	mf_values_of(&wants, s->t->doc, node);
	mf_values_claim(&has, s->claims, claim);
	s->sub |= !mf_str_is(claim, "aud") && c.op != NOT_EQUALS && c.op != NOT_LIKE && c.op != IS_NULL;
	if (c.if_exists && !has.there)
		return;
	switch (c.op) {
	case EQUALS:
	case IGNORE_CASE:
	case LIKE:
		if (!(c.every && !has.there))
			mf_judged_compare(f, s->claims, claim, c.op == EQUALS ? MF_MATCH_EQUAL : c.op == LIKE ? MF_MATCH_GLOB : MF_MATCH_CASELESS, true, s->t->doc, node, &wants);
		return;
	case NOT_EQUALS:
		negative(f, claim, MF_MATCH_EQUAL, &wants, &has);
		return;
	case NOT_IGNORE_CASE:
		negative(f, claim, MF_MATCH_CASELESS, &wants, &has);
		return;
	case NOT_LIKE:
		negative(f, claim, MF_MATCH_GLOB, &wants, &has);
		return;
	case IS_NULL:
		if (wants.n && mf_str_is(wants.v[0], has.there ? "true" : "false"))
			mf_judged_why(f, MF_DIFF_NO, "", "the condition Null asks that the token %s %.*s", has.there ? "has no" : "has", (int)(claim.n < 60 ? claim.n : 60), claim.p);
		return;
	case OTHER:
		break;
	}
}

static void conditions(struct mf_judged *f, struct statement *s)
{
	const struct mf_jnode *all = mf_json_get_z(s->node, "Condition");

	if (!all || mf_json_type(all) != MF_J_OBJECT)
		return;
	for (const struct mf_jnode *op = mf_json_first(all); op; op = mf_json_next(op))
		if (mf_json_type(op) == MF_J_OBJECT)
			for (const struct mf_jnode *key = mf_json_first(op); key; key = mf_json_next(key))
				one_key(f, s, mf_json_key(op), key);
}

/* -- statements ------------------------------------------------------------------------------------------ */

static void warn_wide(struct mf_judged *f, const struct statement *s)
{
	if (!s->sub)
		mf_judged_why(f, MF_DIFF_WIDE, "sub", "no condition says whose jobs may take the role on: everybody with a token of this issuer may");
}

static bool denies(const struct statement *s)
{
	const struct mf_jnode *effect = mf_json_get_z(s->node, "Effect");

	return effect && mf_json_type(effect) == MF_J_STRING && mf_str_is(mf_json_text(s->t->doc, effect), "Deny");
}

/* A principal of another provider is none of ours; "*" is everybody. */
static bool about_us(const struct statement *s)
{
	const struct mf_jnode *p = mf_json_get_z(s->node, "Principal");
	struct mf_judged ignored = { 0 };
	bool ours = !p || mf_json_type(p) != MF_J_OBJECT || !mf_json_get_z(p, "Federated") || principal(&ignored, s);

	mf_judged_free(&ignored);
	return ours;
}

/* A Deny whose conditions all hold has the last word. */
static void deny(struct mf_trust *t, struct statement *s)
{
	struct mf_judged f = { 0 };

	conditions(&f, s);
	if (f.noes == 0 && f.n == 0)
		mf_judged_why(&t->found, MF_DIFF_NO, "", "a statement with Effect Deny is about this token, and no Allow counts then");
	else if (f.noes == 0)
		mf_judged_why(&t->found, MF_DIFF_UNSURE, "", "a statement with Effect Deny may be about this token");
	mf_judged_free(&f);
}

static size_t each(struct mf_trust *t, const struct mf_claims *claims, bool denying)
{
	const struct mf_jnode *node = mf_json_get_z(mf_trust_aws_policy(t), "Statement"), *n;
	const bool list = mf_json_type(node) == MF_J_ARRAY;
	size_t seen = 0;

	for (n = list ? mf_json_first(node) : node; n; n = list ? mf_json_next(n) : NULL) {
		struct statement s = { .t = t, .node = n, .claims = claims, .host = mf_issuer_host(claims->iss) };
		struct mf_judged f = { 0 };

		if (mf_json_type(n) != MF_J_OBJECT || !lists_action(&s) || denies(&s) != denying)
			continue;
		if (denying) {
			if (about_us(&s))
				deny(t, &s);
			continue;
		}
		if (principal(&f, &s)) {
			conditions(&f, &s);
			warn_wide(&f, &s);
		} else {
			f.noes += MF_DIFFS;	/* any statement about the issuer is nearer */
		}
		mf_trust_nearer(t, &f, seen++ == 0);
	}
	return seen;
}

void mf_trust_aws(struct mf_trust *t, const struct mf_claims *claims)
{
	if (each(t, claims, false) == 0)
		mf_judged_why(&t->found, MF_DIFF_NO, "", "no statement allows sts:AssumeRoleWithWebIdentity");
	each(t, claims, true);
}
