/* SPDX-License-Identifier: Apache-2.0 */
/* Trusts: read, compared with a token's claims, written again. */
#include "trust_priv.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <mayfly/alloc.h>
#include <mayfly/text.h>

int mf_trust_bad(struct mf_err *err, const char *fmt, ...)
{
	char why[300];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(why, sizeof(why), fmt, ap);
	va_end(ap);
	mf_fail(err, MF_E_TRUST_INVALID, "the trust cannot be read");
	mf_err_why(err, "%s", why);
	return -1;
}

/* -- values ------------------------------------------------------------------------------------------- */

static void add_value(struct mf_values *out, const struct mf_json *doc, const struct mf_jnode *n)
{
	const enum mf_jtype type = mf_json_type(n);

	if (out->n < MF_TRUST_VALUES && (type == MF_J_STRING || type == MF_J_NUMBER || type == MF_J_BOOL))
		out->v[out->n++] = mf_json_text(doc, n);
}

void mf_values_of(struct mf_values *out, const struct mf_json *doc, const struct mf_jnode *n)
{
	*out = (struct mf_values){ .there = n && mf_json_type(n) != MF_J_NULL };
	if (n && mf_json_type(n) == MF_J_ARRAY)
		for (const struct mf_jnode *e = mf_json_first(n); e; e = mf_json_next(e))
			add_value(out, doc, e);
	else if (n)
		add_value(out, doc, n);
}

void mf_values_claim(struct mf_values *out, const struct mf_claims *claims, struct mf_str name)
{
	const struct mf_jnode *root = claims->doc ? mf_json_root(claims->doc) : NULL;

	*out = (struct mf_values){ 0 };
	if (root)
		mf_values_of(out, claims->doc, name.n && name.p[0] == '/' ? mf_json_pointer(root, name) : mf_json_get(root, name));
}

struct mf_str mf_issuer_host(struct mf_str iss)
{
	const char *at = iss.n ? memmem(iss.p, iss.n, "://", 3) : NULL;

	return at ? (struct mf_str){ at + 3, iss.n - (size_t)(at + 3 - iss.p) } : iss;
}

/* -- differences -------------------------------------------------------------------------------------- */

/* Cut at a whole character. */
void mf_diff_put(char *out, size_t size, struct mf_str s)
{
	size_t n = s.n < size ? s.n : size - 1;

	while (n && n < s.n && ((unsigned char)s.p[n] & 0xc0) == 0x80)
		n--;
	if (n)
		memcpy(out, s.p, n);
	out[n] = '\0';
}

void mf_diff_list(char *out, size_t size, const struct mf_values *v)
{
	size_t n = 0;

	out[0] = '\0';
	for (size_t i = 0; i < v->n && n + 8 < size; i++) {
		if (i && i == 4) {
			snprintf(out + n, size - n, ", ...");
			return;
		}
		n += (size_t)snprintf(out + n, size - n, "%s", i ? ", " : "");
		mf_diff_put(out + n, size - n, v->v[i]);
		n += strlen(out + n);
	}
}

struct mf_diff *mf_judged_add(struct mf_judged *f, enum mf_diff_kind kind, struct mf_str claim)
{
	struct mf_diff *d;

	f->noes += kind == MF_DIFF_NO;
	if (f->n == MF_DIFFS)
		return NULL;
	d = &f->v[f->n++];
	*d = (struct mf_diff){ .kind = kind };
	mf_diff_put(d->claim, sizeof(d->claim), claim);
	return d;
}

void mf_judged_why(struct mf_judged *f, enum mf_diff_kind kind, const char *claim, const char *fmt, ...)
{
	struct mf_diff *d = mf_judged_add(f, kind, mf_str(claim));
	va_list ap;

	if (!d)
		return;
	va_start(ap, fmt);
	vsnprintf(d->why, sizeof(d->why), fmt, ap);
	va_end(ap);
}

void mf_judged_patch(struct mf_judged *f, const struct mf_jnode *node, struct mf_buf *json)
{
	if (f->n_patches < MF_DIFFS && json->n)
		f->patches[f->n_patches++] = (struct mf_patch){ node, mf_buf_take(json) };
	mf_buf_free(json);
}

void mf_judged_replace(struct mf_judged *f, const struct mf_jnode *node, struct mf_str value)
{
	struct mf_buf json = MF_BUF(MF_TRUST_TEXT);
	struct mf_err err = { 0 };

	f->no_memory |= mf_json_quote(&json, value, &err) != 0;
	mf_judged_patch(f, node, &json);
}

void mf_judged_free(struct mf_judged *f)
{
	for (size_t i = 0; i < f->n_patches; i++)
		free(f->patches[i].json);
	*f = (struct mf_judged){ 0 };
}

void mf_trust_nearer(struct mf_trust *t, struct mf_judged *f, bool first)
{
	if (first || f->noes < t->found.noes || f->no_memory) {
		mf_judged_free(&t->found);
		t->found = *f;
		*f = (struct mf_judged){ 0 };
	} else {
		mf_judged_free(f);
	}
}

/* What stands there with the token's value: beside what there is, or in the place of what no token can have. */
static void patch_values(struct mf_judged *f, const struct mf_json *doc, const struct mf_jnode *node, const bool dead[static MF_TRUST_VALUES], struct mf_str value)
{
	const bool list = mf_json_type(node) == MF_J_ARRAY;
	struct mf_values old;
	struct mf_buf json = MF_BUF(MF_TRUST_TEXT);
	struct mf_err err = { 0 };
	size_t kept = 0;
	int rc = 0;

	mf_values_of(&old, doc, node);
	for (size_t i = 0; i < old.n; i++)
		kept += !dead[i];
	if (kept || list)
		rc = mf_buf_putc(&json, '[', &err);
	for (size_t i = 0; i < old.n && rc == 0; i++)
		if (!dead[i])
			rc = mf_json_quote(&json, old.v[i], &err) || mf_buf_puts(&json, ", ", &err) ? -1 : 0;
	if (rc == 0)
		rc = mf_json_quote(&json, value, &err) || ((kept || list) && mf_buf_putc(&json, ']', &err)) ? -1 : 0;
	f->no_memory |= rc != 0;
	mf_judged_patch(f, node, &json);
}

bool mf_judged_compare(struct mf_judged *f, const struct mf_claims *claims, struct mf_str claim, enum mf_match how, bool one, const struct mf_json *doc, const struct mf_jnode *node,
		      const struct mf_values *wants)
{
	bool dead[MF_TRUST_VALUES] = { false };
	char why[MF_DIFF_WHY], all[MF_DIFF_WHY] = "";
	struct mf_values has;
	struct mf_diff *d;

	mf_values_claim(&has, claims, claim);
	for (size_t i = 0; i < wants->n; i++)
		for (size_t k = 0; k < has.n; k++)
			if (mf_match(how, wants->v[i], has.v[k], one))
				return true;
	for (size_t i = 0; i < wants->n; i++)
		for (size_t k = 0; k < has.n; k++) {
			mf_why(why, &dead[i], claim, how, wants->v[i], has.v[k]);
			mf_why_add(all, why, wants, i);
		}
	d = mf_judged_add(f, MF_DIFF_NO, claim);
	if (d) {
		mf_diff_list(d->wants, sizeof(d->wants), wants);
		mf_diff_list(d->has, sizeof(d->has), &has);
		snprintf(d->why, sizeof(d->why), "%s", all[0] ? all : has.there ? "" : "the token does not have this claim");
	}
	if (node && has.n)
		patch_values(f, doc, node, dead, has.v[0]);
	return false;
}

/* -- reading ------------------------------------------------------------------------------------------ */

static int set_condition(struct mf_trust *t, struct mf_err *err)
{
	const struct mf_jnode *n = mf_json_get_z(mf_json_root(t->doc), "attributeCondition");

	if (n && mf_json_type(n) != MF_J_STRING)
		return mf_trust_bad(err, "its 'attributeCondition' is no text");
	if (n && !(t->condition = mf_strndup(mf_json_text(t->doc, n).p, mf_json_text(t->doc, n).n)))
		return mf_fail_nomem(err);
	return 0;
}

static int check_shape(struct mf_trust *t, struct mf_err *err)
{
	const struct mf_jnode *root = mf_json_root(t->doc);
	const enum mf_jtype type = mf_json_type(root);

	if (type != MF_J_OBJECT && !(t->kind == MF_TRUST_AZURE && type == MF_J_ARRAY))
		return mf_trust_bad(err, "it is %s, and no object", mf_json_type_name(type));
	switch (t->kind) {
	case MF_TRUST_VAULT:
		if (!mf_json_get_z(mf_trust_vault_role(t), "role_type") && !mf_json_get_z(mf_trust_vault_role(t), "user_claim"))
			return mf_trust_bad(err, "this is no role of Vault: it has no 'role_type' and no 'user_claim' (vault read -format=json auth/jwt/role/NAME)");
		return 0;
	case MF_TRUST_AWS:
		if (!mf_json_get_z(mf_trust_aws_policy(t), "Statement"))
			return mf_trust_bad(err, "this is no trust policy: it has no 'Statement' (aws iam get-role --role-name NAME --query Role.AssumeRolePolicyDocument)");
		return 0;
	case MF_TRUST_GCP:
		if (!mf_json_get_z(root, "attributeMapping") && !mf_json_get_z(root, "attributeCondition") && !mf_json_get_z(root, "oidc"))
			return mf_trust_bad(err, "this is no provider: it has no 'attributeMapping' (gcloud iam workload-identity-pools providers describe NAME --format json)");
		return set_condition(t, err);
	case MF_TRUST_AZURE:
		break;
	}
	return 0;
}

int mf_trust_read(struct mf_trust **out, enum mf_trust_kind kind, struct mf_str text, struct mf_err *err)
{
	struct mf_trust *t = mf_calloc(1, sizeof(*t));
	int rc;

	if (!t)
		return mf_fail_nomem(err);
	t->kind = kind;
	text = mf_trim(text);
	if (text.n == 0 || text.n > MF_TRUST_TEXT) {
		rc = mf_trust_bad(err, text.n ? "it has more than a megabyte" : "it is empty");
	} else if (kind == MF_TRUST_GCP && text.p[0] != '{') {
		t->condition = mf_strndup(text.p, text.n);
		rc = t->condition ? 0 : mf_fail_nomem(err);
	} else {
		rc = mf_json_parse(&t->doc, text.p, text.n, err);
		if (rc)
			mf_err_wrap(err, "the trust cannot be read");
		else
			rc = check_shape(t, err);
	}
	if (rc) {
		mf_trust_free(t);
		return -1;
	}
	*out = t;
	return 0;
}

void mf_trust_free(struct mf_trust *t)
{
	if (!t)
		return;
	mf_judged_free(&t->found);
	mf_json_free(t->doc);
	free(t->condition);
	free(t->corrected);
	free(t);
}

int mf_trust_compare(struct mf_trust *t, const struct mf_claims *claims, struct mf_err *err)
{
	static void (*const kinds[])(struct mf_trust *, const struct mf_claims *) = {
		[MF_TRUST_VAULT] = mf_trust_vault, [MF_TRUST_AWS] = mf_trust_aws, [MF_TRUST_GCP] = mf_trust_gcp, [MF_TRUST_AZURE] = mf_trust_azure,
	};

	mf_judged_free(&t->found);
	free(t->corrected);
	t->corrected = NULL;
	kinds[t->kind](t, claims);
	return t->found.no_memory ? mf_fail_nomem(err) : 0;
}

const struct mf_diff *mf_trust_diffs(const struct mf_trust *t, size_t *n)
{
	*n = t->found.n;
	return t->found.v;
}

bool mf_trust_admits(const struct mf_trust *t)
{
	return t->found.noes == 0;
}

/* -- writing ------------------------------------------------------------------------------------------ */

static const char *patch_of(const struct mf_trust *t, const struct mf_jnode *n)
{
	for (size_t i = t->found.n_patches; i-- > 0;)
		if (t->found.patches[i].node == n)
			return t->found.patches[i].json;
	return NULL;
}

static int put_scalar(struct mf_buf *out, const struct mf_json *doc, const struct mf_jnode *n, struct mf_err *err)
{
	const struct mf_str s = mf_json_type(n) == MF_J_NULL ? mf_str("null") : mf_json_text(doc, n);

	return mf_json_type(n) == MF_J_STRING ? mf_json_quote(out, s, err) : mf_buf_add(out, s.p, s.n, err);
}

/* Lists of nothing but scalars stand in one line. */
static bool is_flat(const struct mf_trust *t, const struct mf_jnode *n)
{
	for (const struct mf_jnode *e = mf_json_first(n); e; e = mf_json_next(e))
		if (mf_json_type(e) >= MF_J_ARRAY || patch_of(t, e))
			return false;
	return mf_json_type(n) == MF_J_ARRAY;
}

static int put_node(struct mf_buf *out, const struct mf_trust *t, const struct mf_jnode *n, unsigned depth, struct mf_err *err)
{
	const char *patch = patch_of(t, n);
	const bool object = mf_json_type(n) == MF_J_OBJECT, flat = is_flat(t, n) || mf_json_size(n) == 0;

	if (patch)
		return mf_buf_puts(out, patch, err);
	if (mf_json_type(n) < MF_J_ARRAY)
		return put_scalar(out, t->doc, n, err);
	if (mf_buf_putc(out, object ? '{' : '[', err))
		return -1;
	for (const struct mf_jnode *e = mf_json_first(n); e; e = mf_json_next(e)) {
		if (flat ? e != mf_json_first(n) && mf_buf_puts(out, ", ", err) : mf_buf_printf(out, err, "%s\n%*s", e == mf_json_first(n) ? "" : ",", (int)(2 * depth + 2), ""))
			return -1;
		if (object && (mf_json_quote(out, mf_json_key(e), err) || mf_buf_puts(out, ": ", err)))
			return -1;
		if (put_node(out, t, e, depth + 1, err))
			return -1;
	}
	for (size_t i = 0; depth == 0 && object && i < t->found.n_patches; i++)
		if (!t->found.patches[i].node && mf_buf_printf(out, err, ",\n  %s", t->found.patches[i].json))
			return -1;
	if (!flat && mf_buf_printf(out, err, "\n%*s", (int)(2 * depth), ""))
		return -1;
	return mf_buf_putc(out, object ? '}' : ']', err);
}

int mf_trust_write(struct mf_buf *out, const struct mf_trust *t, const struct mf_claims *claims, struct mf_err *err)
{
	const struct mf_jnode *root;

	if (t->kind == MF_TRUST_GCP)
		return mf_trust_gcp_write(out, t, claims, err);
	root = t->kind == MF_TRUST_VAULT ? mf_trust_vault_role(t) : t->kind == MF_TRUST_AWS ? mf_trust_aws_policy(t) : mf_json_root(t->doc);
	return put_node(out, t, root, 0, err) || mf_buf_putc(out, '\n', err) ? -1 : 0;
}
