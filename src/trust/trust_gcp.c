/* SPDX-License-Identifier: Apache-2.0 */
/* Google Cloud's providers: attribute conditions and mappings, issuer and audiences. Sources: Google Cloud IAM, "Workload identity federation", "Mapping attributes", limits of
 * google.subject; REST resource projects.locations.workloadIdentityPools.providers. */
#include "cel.h"

#include <stdio.h>
#include <stdlib.h>
#include <mayfly/alloc.h>

enum { SUBJECT_MAX = 127, NAME = 400 };

struct judge {
	struct mf_judged *f;
	struct cel *c;
	struct cel_world *w;
	const struct mf_claims *claims;
};

static struct mf_str shown(const struct cel_value *v)
{
	return v->type == CEL_V_TEXT ? v->text : v->type == CEL_V_BOOL ? mf_str(v->yes ? "true" : "false") : mf_str("");
}

/* -- patches: text of the condition that is written anew ------------------------------------------------- */

/* A patch's node is not JSON here but the tree's; the condition is put together from right to left. */
static void patch(struct judge *j, unsigned node, const char *before, struct mf_str value, const char *behind)
{
	struct mf_buf text = MF_BUF(MF_TRUST_TEXT);
	struct mf_err err = { 0 };

	/* a text in CEL's quotes: what could end them is no claim that is worth a condition */
	if (value.n == 0 || memchr(value.p, '\'', value.n) || memchr(value.p, '\\', value.n) || memchr(value.p, '\n', value.n))
		return;
	j->f->no_memory |= mf_buf_printf(&text, &err, "%s'%.*s'%s", before, (int)value.n, value.p, behind) != 0;
	mf_judged_patch(j->f, (const struct mf_jnode *)(const void *)&j->c->v[node], &text);
}

/* claim == 'wanted': the wanted one stays where another job may have it. */
static void patch_equal(struct judge *j, unsigned node, unsigned literal, bool dead, struct mf_str has)
{
	const struct cel_node *n = &j->c->v[node];
	const struct mf_str left = mf_trim(j->c->v[n->a == literal ? n->b : n->a].source), old = mf_trim(j->c->v[literal].source);
	struct mf_buf before = MF_BUF(2 * CEL_LENGTH);
	struct mf_err err = { 0 };

	if (dead) {
		patch(j, literal, "", has, "");
		return;
	}
	if (mf_buf_printf(&before, &err, "%.*s in [%.*s, ", (int)left.n, left.p, (int)old.n, old.p) == 0)
		patch(j, node, mf_buf_text(&before), has, "]");
	mf_buf_free(&before);
}

static void patch_beside(struct judge *j, unsigned node, struct mf_str claim, struct mf_str has)
{
	const struct mf_str old = mf_trim(j->c->v[node].source);
	struct mf_buf before = MF_BUF(2 * CEL_LENGTH);
	struct mf_err err = { 0 };

	if (mf_buf_printf(&before, &err, "(%.*s || assertion.%.*s == ", (int)old.n, old.p, (int)claim.n, claim.p) == 0)
		patch(j, node, mf_buf_text(&before), has, ")");
	mf_buf_free(&before);
}

static const char *place_of(const struct mf_patch *p)
{
	return ((const struct cel_node *)(const void *)p->node)->source.p;
}

static int by_place(const void *a, const void *b)
{
	const char *x = place_of(a), *y = place_of(b);

	return (x > y) - (x < y);
}

/* They point into the tree, and are put into the condition while it is there. */
static void apply(struct mf_trust *t, const char *text)
{
	struct mf_judged *f = &t->found;
	struct mf_buf out = MF_BUF(MF_TRUST_TEXT);
	struct mf_err err = { 0 };
	const char *at = text;
	int rc = 0;

	qsort(f->patches, f->n_patches, sizeof(f->patches[0]), by_place);
	for (size_t i = 0; i < f->n_patches && rc == 0; i++) {
		const struct mf_str old = mf_trim(((const struct cel_node *)(const void *)f->patches[i].node)->source);

		if (old.p < at)
			continue;
		rc = mf_buf_add(&out, at, (size_t)(old.p - at), &err) || mf_buf_puts(&out, f->patches[i].json, &err) ? -1 : 0;
		at = old.p + old.n;
	}
	if (rc == 0 && f->n_patches && mf_buf_puts(&out, at, &err) == 0)
		t->corrected = mf_buf_take(&out);
	f->no_memory |= rc != 0;
	mf_buf_free(&out);
	for (size_t i = 0; i < f->n_patches; i++)
		free(f->patches[i].json);
	f->n_patches = 0;
}

/* -- what is to blame ------------------------------------------------------------------------------------- */

static void generic(struct judge *j, unsigned node, enum mf_diff_kind kind, const char *why)
{
	struct mf_diff *d = mf_judged_add(j->f, kind, mf_str(""));

	if (!d)
		return;
	mf_diff_put(d->wants, sizeof(d->wants), mf_trim(j->c->v[node].source));
	snprintf(d->why, sizeof(d->why), "%s", why);
}

/* The claim of a comparison, and its value. */
static bool claim_side(struct judge *j, unsigned node, struct mf_str *claim, struct mf_str *has)
{
	struct cel_value v;

	*claim = mf_cel_claim(j->c, j->w, node);
	if (claim->n == 0)
		return false;
	v = mf_cel_eval(j->c, j->w, node);
	*has = shown(&v);
	return true;
}

static void blame_equal(struct judge *j, unsigned node)
{
	const struct cel_node *n = &j->c->v[node];
	const bool left = mf_cel_claim(j->c, j->w, n->a).n > 0;
	const unsigned side = left ? n->a : n->b, other = left ? n->b : n->a;
	const struct cel_value wanted = mf_cel_eval(j->c, j->w, other);
	struct mf_str claim, has;
	struct mf_diff *d;
	bool dead = false;

	if (!claim_side(j, side, &claim, &has) || (wanted.type != CEL_V_TEXT && wanted.type != CEL_V_BOOL)) {
		generic(j, node, MF_DIFF_NO, "this part of the condition does not hold");
		return;
	}
	d = mf_judged_add(j->f, MF_DIFF_NO, claim);
	if (!d)
		return;
	mf_diff_put(d->wants, sizeof(d->wants), shown(&wanted));
	mf_diff_put(d->has, sizeof(d->has), has);
	if (has.n == 0)
		snprintf(d->why, sizeof(d->why), "the token does not have this claim");
	else
		mf_why(d->why, &dead, claim, MF_MATCH_EQUAL, shown(&wanted), has);
	if (wanted.type == CEL_V_BOOL && j->c->v[other].kind == CEL_TEXT)
		return;
	if (j->c->v[other].kind == CEL_TEXT)
		patch_equal(j, node, other, dead, has);
}

static void blame_in(struct judge *j, unsigned node)
{
	const struct cel_node *n = &j->c->v[node];
	struct mf_values wants = { .there = true };
	struct mf_str claim, has;
	char why[MF_DIFF_WHY], all[MF_DIFF_WHY] = "";
	unsigned last = 0;
	struct mf_diff *d;
	bool dead;

	if (!claim_side(j, n->a, &claim, &has) || j->c->v[n->b].kind != CEL_LIST) {
		generic(j, node, MF_DIFF_NO, "this part of the condition does not hold");
		return;
	}
	for (unsigned e = j->c->v[n->b].a; e; e = j->c->v[e].next) {
		const struct cel_value v = mf_cel_eval(j->c, j->w, e);

		last = e;
		if (v.type != CEL_V_TEXT || wants.n == MF_TRUST_VALUES)
			continue;
		wants.v[wants.n++] = v.text;
		mf_why(why, &dead, claim, MF_MATCH_EQUAL, v.text, has);
		mf_why_add(all, why, &wants, wants.n - 1);
	}
	d = mf_judged_add(j->f, MF_DIFF_NO, claim);
	if (d) {
		mf_diff_list(d->wants, sizeof(d->wants), &wants);
		mf_diff_put(d->has, sizeof(d->has), has);
		snprintf(d->why, sizeof(d->why), "%s", has.n ? all : "the token does not have this claim");
	}
	if (last) {
		const struct mf_str old = mf_trim(j->c->v[last].source);
		struct mf_buf before = MF_BUF(2 * CEL_LENGTH);
		struct mf_err err = { 0 };

		if (mf_buf_printf(&before, &err, "%.*s, ", (int)old.n, old.p) == 0)
			patch(j, last, mf_buf_text(&before), has, "");
		mf_buf_free(&before);
	}
}

/* assertion.ref.startsWith('refs/tags/') */
static void blame_call(struct judge *j, unsigned node)
{
	const struct cel_node *n = &j->c->v[node];
	const struct cel_value arg = n->b ? mf_cel_eval(j->c, j->w, n->b) : (struct cel_value){ 0 };
	struct mf_str claim, has;
	struct mf_diff *d;

	if (!n->a || !claim_side(j, n->a, &claim, &has) || arg.type != CEL_V_TEXT) {
		generic(j, node, MF_DIFF_NO, "this part of the condition does not hold");
		return;
	}
	d = mf_judged_add(j->f, MF_DIFF_NO, claim);
	if (d) {
		snprintf(d->wants, sizeof(d->wants), "%.*s(%.*s)", (int)(n->text.n < 40 ? n->text.n : 40), n->text.p, (int)(arg.text.n < 400 ? arg.text.n : 400), arg.text.p);
		mf_diff_put(d->has, sizeof(d->has), has);
		if (has.n == 0)
			snprintf(d->why, sizeof(d->why), "the token does not have this claim");
		else if (has.n >= arg.text.n && strncasecmp(has.p, arg.text.p, arg.text.n) == 0)
			snprintf(d->why, sizeof(d->why), "only the case of letters differs: values are compared letter by letter");
	}
	patch_beside(j, node, claim, has);
}

/* A node that is not true: its parts that are to blame. */
static void blame(struct judge *j, unsigned node)
{
	const struct cel_node *n = &j->c->v[node];
	const struct cel_value v = mf_cel_eval(j->c, j->w, node);

	if (v.type == CEL_V_BOOL && v.yes)
		return;
	if (n->kind == CEL_AND || n->kind == CEL_OR) {
		blame(j, n->a);
		blame(j, n->b);
	} else if (v.type == CEL_V_UNKNOWN) {
		generic(j, node, MF_DIFF_UNSURE, "this part of the condition is not understood here");
	} else if (n->kind == CEL_EQ) {
		blame_equal(j, node);
	} else if (n->kind == CEL_IN) {
		blame_in(j, node);
	} else if (n->kind == CEL_CALL) {
		blame_call(j, node);
	} else {
		generic(j, node, MF_DIFF_NO, v.type == CEL_V_MISSING ? "the token lacks a claim that this part asks for" : "this part of the condition does not hold");
	}
}

static void condition(struct judge *j, const char *text)
{
	struct cel_value v;

	if (!mf_cel_parse(j->c, mf_str(text))) {
		struct mf_diff *d = mf_judged_add(j->f, MF_DIFF_UNSURE, mf_str(""));

		if (d) {
			mf_diff_put(d->wants, sizeof(d->wants), j->c->rest.n ? j->c->rest : mf_str(text));
			snprintf(d->why, sizeof(d->why), "the condition is not understood here: %s", j->c->why ? j->c->why : "?");
		}
		return;
	}
	v = mf_cel_eval(j->c, j->w, j->c->root);
	if (v.type == CEL_V_BOOL && v.yes)
		return;
	blame(j, j->c->root);
	/* of alternatives that are not known one may hold */
	if (v.type == CEL_V_UNKNOWN)
		for (size_t i = 0; i < j->f->n; i++)
			if (j->f->v[i].kind == MF_DIFF_NO) {
				j->f->v[i].kind = MF_DIFF_UNSURE;
				j->f->noes--;
			}
}

/* -- the provider ----------------------------------------------------------------------------------------- */

static struct mf_str member(const struct mf_trust *t, const struct mf_jnode *owner, const char *name)
{
	const struct mf_jnode *n = owner && mf_json_type(owner) == MF_J_OBJECT ? mf_json_get_z(owner, name) : NULL;

	return n && (mf_json_type(n) == MF_J_STRING || mf_json_type(n) == MF_J_BOOL) ? mf_json_text(t->doc, n) : mf_str("");
}

static void provider(struct mf_judged *f, const struct mf_trust *t, const struct mf_claims *claims)
{
	const struct mf_jnode *root = mf_json_root(t->doc), *oidc = mf_json_get_z(root, "oidc"), *list = oidc ? mf_json_get_z(oidc, "allowedAudiences") : NULL;
	const struct mf_str issuer = member(t, oidc, "issuerUri"), name = member(t, root, "name"), state = member(t, root, "state");
	struct mf_values wants = { .n = 1, .there = true };
	char usual[NAME + 40];

	if (mf_str_is(member(t, root, "disabled"), "true") || mf_str_is(state, "DELETED"))
		mf_judged_why(f, MF_DIFF_NO, "", "the provider is %s", mf_str_is(state, "DELETED") ? "deleted (it can be undeleted for 30 days)" : "disabled");
	wants.v[0] = issuer;
	if (issuer.n)
		mf_judged_compare(f, claims, mf_str("iss"), MF_MATCH_EQUAL, false, NULL, NULL, &wants);
	mf_values_of(&wants, t->doc, list);
	if (wants.n == 0 && name.n && name.n < NAME) {
		/* the default is taken with and without the scheme */
		snprintf(usual, sizeof(usual), "https://iam.googleapis.com/%.*s", (int)name.n, name.p);
		wants = (struct mf_values){ .v = { mf_str(usual), mf_str(usual + 6) }, .n = 2, .there = true };
	}
	if (wants.n)
		mf_judged_compare(f, claims, mf_str("aud"), MF_MATCH_EQUAL, false, NULL, NULL, &wants);
}

static void subject(struct judge *j)
{
	struct cel_value v;
	struct mf_diff *d;

	if (j->w->mappings && !mf_json_get_z(j->w->mappings, "google.subject")) {
		mf_judged_why(j->f, MF_DIFF_NO, "sub", "the provider maps nothing to google.subject");
		return;
	}
	if (!mf_cel_parse(j->c, mf_str("google.subject")))
		return;
	v = mf_cel_eval(j->c, j->w, j->c->root);
	mf_cel_free(j->c);
	if (v.type == CEL_V_MISSING)
		mf_judged_why(j->f, MF_DIFF_NO, "sub", "the token lacks the claim that is mapped to google.subject");
	if (v.type != CEL_V_TEXT || v.text.n <= SUBJECT_MAX || !(d = mf_judged_add(j->f, MF_DIFF_NO, mf_str("sub"))))
		return;
	snprintf(d->why, sizeof(d->why), "google.subject may have %d bytes, and becomes one of %zu here: map something shorter (assertion.repository + ':' + assertion.run_id)", SUBJECT_MAX,
		 v.text.n);
}

void mf_trust_gcp(struct mf_trust *t, const struct mf_claims *claims)
{
	const struct mf_jnode *mappings = t->doc ? mf_json_get_z(mf_json_root(t->doc), "attributeMapping") : NULL;
	struct cel_world w = { .claims = claims, .mapping = t->doc, .mappings = mappings && mf_json_type(mappings) == MF_J_OBJECT ? mappings : NULL };
	struct judge j = { .f = &t->found, .c = mf_calloc(1, sizeof(*j.c)), .w = &w, .claims = claims };

	if (!j.c) {
		t->found.no_memory = true;
		return;
	}
	if (t->doc)
		provider(j.f, t, claims);
	subject(&j);
	w.guessed = false;
	if (t->condition && *t->condition)
		condition(&j, t->condition);
	else
		mf_judged_why(j.f, MF_DIFF_WIDE, "", "the provider has no attribute condition: everybody with a token of this issuer gets into the pool, and bindings alone decide");
	if (w.guessed)
		mf_judged_why(j.f, MF_DIFF_UNSURE, "", "how attributes are mapped is not known: attribute.x was taken for assertion.x (give the whole provider as JSON)");
	apply(t, t->condition ? t->condition : "");
	j.f->no_memory |= j.c->no_memory;
	mf_cel_free(j.c);
	free(j.c);
}

/* -- writing ---------------------------------------------------------------------------------------------- */

/* Inside a shell's double quotes. */
static bool quotable(const char *s)
{
	return !strpbrk(s, "\"$`\\!") && !strpbrk(s, "\r\n");
}

static bool differs(const struct mf_trust *t, const char *claim)
{
	for (size_t i = 0; i < t->found.n; i++)
		if (t->found.v[i].kind == MF_DIFF_NO && strcmp(t->found.v[i].claim, claim) == 0)
			return true;
	return false;
}

static int flag(struct mf_buf *out, const char *name, struct mf_str value, struct mf_err *err)
{
	for (size_t i = 0; i < value.n; i++)
		if (value.p[i] <= ' ' || value.p[i] > '~' || strchr("'\"$`\\!", value.p[i]))
			return 0;
	return value.n ? mf_buf_printf(out, err, " \\\n  --%s '%.*s'", name, (int)value.n, value.p) : 0;
}

/* projects/NUMBER/locations/global/workloadIdentityPools/POOL/providers/NAME */
int mf_gcp_command(struct mf_buf *out, struct mf_str name, struct mf_err *err)
{
	const char *pool = name.n ? memmem(name.p, name.n, "/workloadIdentityPools/", 23) : NULL, *end = name.p + name.n;
	const char *own = pool ? memmem(pool, (size_t)(end - pool), "/providers/", 11) : NULL;

	for (size_t i = 0; i < name.n; i++)
		if (!((name.p[i] | 0x20) >= 'a' && (name.p[i] | 0x20) <= 'z') && !(name.p[i] >= '0' && name.p[i] <= '9') && !strchr("/-_.:", name.p[i]))
			own = NULL;
	if (!own || !mf_str_begins(name, "projects/"))
		return mf_buf_puts(out, "gcloud iam workload-identity-pools providers update-oidc PROVIDER --location global --workload-identity-pool POOL", err);
	return mf_buf_printf(out, err, "gcloud iam workload-identity-pools providers update-oidc %.*s --project %.*s \\\n  --location global --workload-identity-pool %.*s",
			     (int)(end - own - 11), own + 11, (int)strcspn(name.p + 9, "/"), name.p + 9, (int)(own - pool - 23), pool + 23);
}

int mf_trust_gcp_write(struct mf_buf *out, const struct mf_trust *t, const struct mf_claims *claims, struct mf_err *err)
{
	const char *text = t->corrected;

	if (!text && !differs(t, "iss") && !differs(t, "aud"))
		return 0;
	if (text && !quotable(text))
		return mf_buf_printf(out, err, "%s\n", text);
	if (mf_gcp_command(out, t->doc ? member(t, mf_json_root(t->doc), "name") : mf_str(""), err) || (differs(t, "iss") && flag(out, "issuer-uri", claims->iss, err)) ||
	    (differs(t, "aud") && flag(out, "allowed-audiences", claims->aud, err)))
		return -1;
	return (text && mf_buf_printf(out, err, " \\\n  --attribute-condition \"%s\"", text)) || mf_buf_putc(out, '\n', err) ? -1 : 0;
}
