/* SPDX-License-Identifier: Apache-2.0 */
/* All forms of a secret, in the order of their importance: as it is, the main encodings, rarer spellings, wrapped encodings.
 * What does not fit into the limits is cut at the end of that order. */
#include "forms.h"

#include <stdlib.h>
#include <mayfly/enc.h>

/* A value of a few lines is a list of secrets, each of which may be used alone; the lines of a longer one are not encoded
 * one by one. */
enum { LINES_ENCODED = 8 };

static bool is_text(struct mf_str s)
{
	return mf_utf8_valid(s.p, s.n) && !memchr(s.p, '\0', s.n);
}

static int add_copy(struct mf_formset *f, struct mf_str s, struct mf_err *err)
{
	struct mf_secret *copy = mf_secret_new(s.p, s.n);

	if (!copy)
		return mf_fail_nomem(err);
	return mf_formset_add(f, copy, err);
}

static int add_base64(struct mf_formset *f, struct mf_str s, struct mf_err *err)
{
	for (unsigned before = 0; before < 3; before++)
		if (mf_formset_add(f, mf_spell_base64(s, before, false, err), err) ||
		    mf_formset_add(f, mf_spell_base64(s, before, true, err), err))
			return -1;
	return 0;
}

static int add_spelling(struct mf_formset *f, struct mf_str s, const struct mf_spelling *how, struct mf_err *err)
{
	MF_CLEANUP(mf_secret_freep) struct mf_secret *form = NULL;
	struct mf_str text;
	struct mf_out o;

	mf_out_begin(&o, 12 * s.n, err);
	how->write(&o, s, how);
	form = mf_out_take(&o);
	if (!form)
		return -1;
	text = mf_secret_reveal(form);
	/* A log is read line by line: a spelling that keeps line ends is met as its lines. */
	if (memchr(text.p, '\n', text.n))
		return 0;
	return add_copy(f, text, err);
}

static int add_spellings(struct mf_formset *f, const struct mf_part *part, bool rare, bool encoded, struct mf_err *err)
{
	const bool text = is_text(part->s);

	for (size_t i = 0; i < mf_n_spellings && !f->full; i++) {
		const struct mf_spelling *how = &mf_spellings[i];

		if (how->rare != rare || !(how->bytes ? encoded : text))
			continue;
		if (add_spelling(f, part->s, how, err))
			return -1;
	}
	return 0;
}

/* base64 of the JSON-escaped text, where that differs: a Kubernetes secret that holds a JSON document. */
static int add_json_base64(struct mf_formset *f, struct mf_str s, struct mf_err *err)
{
	static const struct mf_spelling plain = { .name = "JSON" };
	MF_CLEANUP(mf_secret_freep) struct mf_secret *json = NULL;
	struct mf_out o;

	if (!is_text(s))
		return 0;
	mf_out_begin(&o, 6 * s.n, err);
	mf_spell_json(&o, s, &plain);
	json = mf_out_take(&o);
	if (!json)
		return -1;
	return mf_secret_len(json) == s.n ? 0 : add_base64(f, mf_secret_reveal(json), err);
}

static int add_wrapped(struct mf_formset *f, struct mf_str s, struct mf_err *err)
{
	if (mf_spell_wrapped(f, s, 76, false, err) || mf_spell_wrapped(f, s, 64, false, err))
		return -1;
	return mf_spell_wrapped(f, s, 60, true, err);
}

static int as_it_is(struct mf_formset *f, const struct mf_parts *p, struct mf_err *err)
{
	for (size_t i = 0; i < p->n && !f->full; i++)
		if (is_text(p->v[i].s) && add_copy(f, p->v[i].s, err))
			return -1;
	return 0;
}

static bool encoded(const struct mf_parts *p, const struct mf_part *part)
{
	return part->kind != MF_PART_BODY && (part->kind != MF_PART_LINE || p->lines <= LINES_ENCODED);
}

static int main_encodings(struct mf_formset *f, const struct mf_parts *p, struct mf_err *err)
{
	for (size_t i = 0; i < p->n && !f->full; i++) {
		const struct mf_part *part = &p->v[i];

		if (part->kind == MF_PART_BODY)
			continue;
		if (encoded(p, part) && add_base64(f, part->s, err))
			return -1;
		if (add_spellings(f, part, false, encoded(p, part), err))
			return -1;
	}
	return 0;
}

static int rare_spellings(struct mf_formset *f, const struct mf_parts *p, struct mf_err *err)
{
	for (size_t i = 0; i < p->n && !f->full; i++) {
		const struct mf_part *part = &p->v[i];

		if (part->kind == MF_PART_BODY)
			continue;
		if (add_spellings(f, part, true, encoded(p, part), err))
			return -1;
		if (encoded(p, part) && add_json_base64(f, part->s, err))
			return -1;
	}
	return 0;
}

/* Wrapping depends on where the text begins, so the value's own blanks count. */
static int wrapped(struct mf_formset *f, const struct mf_parts *p, struct mf_str value, struct mf_err *err)
{
	if (p->whole && add_wrapped(f, value, err))
		return -1;
	for (size_t i = 0; i < p->n && !f->full; i++)
		if (p->v[i].kind == MF_PART_LEAF && add_wrapped(f, p->v[i].s, err))
			return -1;
	return 0;
}

/* Of one length by their bytes: every libc's qsort then gives the same order. */
static int longest_first(const void *a, const void *b)
{
	const struct mf_str x = mf_secret_reveal(*(struct mf_secret *const *)a), y = mf_secret_reveal(*(struct mf_secret *const *)b);

	return x.n != y.n ? (x.n < y.n) - (x.n > y.n) : memcmp(x.p, y.p, x.n);
}

static int build(struct mf_forms *out, struct mf_formset *f, const struct mf_parts *p, struct mf_str value,
		 struct mf_err *err)
{
	if (as_it_is(f, p, err) || main_encodings(f, p, err))
		return -1;
	out->capped = f->full || p->over;
	if (!out->capped && (rare_spellings(f, p, err) || wrapped(f, p, value, err)))
		return -1;
	out->reduced = f->full;
	return 0;
}

int mf_mask_forms(struct mf_forms *out, const struct mf_secret *value, struct mf_err *err)
{
	const struct mf_str s = mf_secret_reveal(value);
	struct mf_forms forms = { 0 };
	struct mf_formset set;
	struct mf_parts parts;

	if (mf_parts_split(&parts, s, err))
		return -1;
	if (mf_formset_init(&set, err)) {
		mf_parts_free(&parts);
		return -1;
	}
	if (build(&forms, &set, &parts, s, err)) {
		mf_parts_free(&parts);
		mf_formset_free(&set);
		return -1;
	}
	if (set.n)
		qsort(set.v, set.n, sizeof(*set.v), longest_first);
	forms.whole = parts.whole;
	forms.too_short = parts.weak;
	forms.v = set.v;
	forms.n = set.n;
	set.v = NULL;
	set.n = 0;
	mf_parts_free(&parts);
	mf_formset_free(&set);
	mf_wipe_stack();
	*out = forms;
	return 0;
}

void mf_forms_free(struct mf_forms *f)
{
	if (!f)
		return;
	for (size_t i = 0; i < f->n; i++)
		mf_secret_free(f->v[i]);
	free(f->v);
	*f = (struct mf_forms){ 0 };
}
