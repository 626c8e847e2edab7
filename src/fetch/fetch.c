/* SPDX-License-Identifier: Apache-2.0 */
/* Wants become items: what is local is read first, then every distinct document once and all at once, then the fields are
 * taken out. Leases that were granted are kept whatever happens. */
#include "fetch_priv.h"

#include <stdlib.h>
#include <mayfly/alloc.h>
#include <mayfly/log.h>

struct job {
	const struct mf_conf *conf;
	size_t n;			/* wants */
	struct mf_source *sources;	/* one for each want */
	bool *skip;			/* an optional want whose source is missing */
	size_t *doc_of;			/* index into docs, for provider references */
	const struct mf_cred **cred_of;	/* what each doc is read with */
	const struct mf_ref **refs;	/* distinct */
	struct mf_doc *docs;
	struct mf_err *errs;
	size_t n_docs;
	size_t failed;			/* wants that failed; the first one's error is kept */
};

static void job_free(struct job *j)
{
	for (size_t i = 0; j->sources && i < j->n; i++)
		mf_source_free(&j->sources[i]);
	for (size_t i = 0; j->docs && i < j->n_docs; i++)
		mf_doc_free(&j->docs[i]);
	free(j->sources);
	free(j->skip);
	free(j->doc_of);
	free(j->cred_of);
	free(j->refs);
	free(j->docs);
	free(j->errs);
}

static int job_alloc(struct job *j, struct mf_err *err)
{
	size_t n = j->n ? j->n : 1;

	j->sources = mf_calloc(n, sizeof(*j->sources));
	j->skip = mf_calloc(n, sizeof(*j->skip));
	j->doc_of = mf_calloc(n, sizeof(*j->doc_of));
	j->cred_of = mf_calloc(n, sizeof(*j->cred_of));
	j->refs = mf_calloc(n, sizeof(*j->refs));
	j->docs = mf_calloc(n, sizeof(*j->docs));
	j->errs = mf_calloc(n, sizeof(*j->errs));
	return j->sources && j->skip && j->doc_of && j->cred_of && j->refs && j->docs && j->errs ? 0 : mf_fail_nomem(err);
}

/* Keeps the first failure, with what asked for it; counts the others. */
static void note_failure(struct job *j, struct mf_err *first, const struct mf_err *err, const struct mf_want *want)
{
	if (j->failed++ == 0) {
		*first = *err;
		if (!first->note[0])
			mf_err_note(first, "for '%s' (%s)", want->name ? want->name : want->prefix ? want->prefix : "all fields", want->origin);
		return;
	}
	mf_verbose("also: %s (%s)", err->what, want->origin);
}

static void read_local(struct job *j, mf_getenv_fn env, struct mf_err *first)
{
	for (size_t i = 0; i < j->n; i++) {
		const struct mf_want *want = mf_conf_want(j->conf, i);
		struct mf_err err = { 0 };
		bool missing = false;

		if (!mf_ref_local(&want->ref) || mf_source_local(&j->sources[i], &want->ref, env, &missing, &err) == 0)
			continue;
		if (missing && want->optional) {
			mf_info("'%s' is left out: %s", want->name ? want->name : want->ref.path, err.what);
			j->skip[i] = true;
			continue;
		}
		note_failure(j, first, &err, want);
	}
}

/* The documents that one provider reads stand beside each other. */
static void find_docs(struct job *j, const struct mf_cred *cred)
{
	const size_t first = j->n_docs;

	for (size_t i = 0; i < j->n; i++) {
		const struct mf_ref *ref = &mf_conf_want(j->conf, i)->ref;
		size_t d = first;

		if (!(cred->provider->schemes & 1u << ref->scheme))
			continue;
		while (d < j->n_docs && !mf_ref_same_doc(j->refs[d], ref))
			d++;
		if (d == j->n_docs) {
			j->cred_of[d] = cred;
			j->refs[j->n_docs++] = ref;
		}
		j->doc_of[i] = d;
	}
}

/* Whoever logged in for a run did so for all of its references. */
static int all_found(const struct job *j, struct mf_err *err)
{
	for (size_t i = 0; i < j->n; i++)
		if (!mf_ref_local(&mf_conf_want(j->conf, i)->ref) &&
		    (j->doc_of[i] >= j->n_docs || !(j->cred_of[j->doc_of[i]]->provider->schemes & 1u << mf_conf_want(j->conf, i)->ref.scheme)))
			return mf_fail(err, MF_E_BASE_BUG, "secrets of a server are asked for without a login");
	return 0;
}

static int keep_leases(struct mf_items *out, struct job *j, struct mf_err *err)
{
	size_t n = 0;

	for (size_t d = 0; d < j->n_docs; d++)
		n += j->docs[d].lease_id != NULL;
	if (n == 0)
		return 0;
	out->leases = mf_calloc(n, sizeof(*out->leases));
	if (!out->leases)
		return mf_fail_nomem(err);
	for (size_t d = 0; d < j->n_docs; d++)
		if (j->docs[d].lease_id) {
			char *copy = mf_strdup(j->docs[d].lease_id);

			if (!copy)
				return mf_fail_nomem(err);
			out->leases[out->n_leases++] = copy;
		}
	return 0;
}

static int keep_reads(struct mf_items *out, struct job *j, struct mf_err *err)
{
	out->reads = mf_calloc(j->n_docs, sizeof(*out->reads));
	if (!out->reads)
		return mf_fail_nomem(err);
	for (size_t d = 0; d < j->n_docs; d++)
		if (j->docs[d].read.path) {
			out->reads[out->n_reads++] = j->docs[d].read;
			j->docs[d].read.path = NULL;
		}
	return 0;
}

static void read_with(struct job *j, const struct mf_reader *reader)
{
	const size_t first = j->n_docs;

	find_docs(j, reader->cred);
	/* every document's own error says what there is to say */
	if (j->n_docs > first && reader->cred->provider->fetch(reader->cred, reader->http, j->refs + first, j->n_docs - first, j->docs + first,
							       j->errs + first))
		mf_debug("not all of %zu documents were read", j->n_docs - first);
}

static int read_docs(struct mf_items *out, struct job *j, const struct mf_reader *readers, size_t n, struct mf_err *err)
{
	for (size_t i = 0; i < n; i++)
		if (readers[i].cred->provider)
			read_with(j, &readers[i]);
	if (keep_leases(out, j, err) || all_found(j, err))
		return -1;
	return j->n_docs ? keep_reads(out, j, err) : 0;
}

static void take_fields(struct mf_items *items, struct job *j, struct mf_err *first)
{
	for (size_t i = 0; i < j->n; i++) {
		const struct mf_want *want = mf_conf_want(j->conf, i);
		size_t d = j->doc_of[i], first_item = items->n;
		struct mf_err err = { 0 };

		if (!mf_ref_local(&want->ref)) {
			if (j->errs[d].id && j->docs[d].missing && want->optional) {
				mf_warn("'%s' is left out: %s", want->name ? want->name : want->ref.path, j->errs[d].what);
				continue;
			}
			if (j->errs[d].id) {
				note_failure(j, first, &j->errs[d], want);
				continue;
			}
			j->sources[i].doc = &j->docs[d];
			j->sources[i].cred = j->cred_of[d];
		}
		if (j->skip[i])
			continue;
		if (mf_fetch_select(items, &j->sources[i], want, &err))
			note_failure(j, first, &err, want);
		for (size_t k = first_item; k < items->n; k++)
			items->v[k].no_env = !mf_conf_want_env(j->conf, want);
	}
}

static bool same_name(const char *a, const char *b)
{
	return a && b && strcmp(a, b) == 0;
}

static void item_drop(struct mf_items *items, size_t i)
{
	struct mf_item *it = &items->v[i];

	free(it->name);
	mf_secret_free(it->value);
	free(it->output);
	free(it->holds);
	free(it->from);
	memmove(it, it + 1, (items->n - i - 1) * sizeof(*it));
	items->n--;
}

static const char *output_of(const struct mf_item *it)
{
	return it->output ? it->output : it->name;
}

/* The same value twice under one name is harmless, and kept once; two values are not, but where the order decides. */
static int check_pair(struct mf_items *items, size_t i, size_t k, bool *dropped, struct mf_err *err)
{
	struct mf_item *a = &items->v[i];
	struct mf_item *b = &items->v[k];
	bool env = !a->no_env && !b->no_env && same_name(a->name, b->name);
	bool output = !a->no_output && !b->no_output && same_name(output_of(a), output_of(b));

	*dropped = false;
	if (!env && !output)
		return 0;
	if (a->as == b->as && mf_secret_eq(a->value, b->value)) {
		b->no_env |= env;
		b->no_output |= output;
		*dropped = b->no_env && b->no_output;
		if (*dropped)
			item_drop(items, k);
		return 0;
	}
	if (a->yields && b->yields) {
		mf_warn("two secrets for the %s '%s': '%s' takes the place of '%s'", env ? "variable" : "output", env ? a->name : output_of(a), b->from,
			a->from);
		a->no_env |= env;
		a->no_output |= output;
		return 0;
	}
	mf_fail(err, MF_E_FETCH_TWICE, "two secrets for the %s '%s'", env ? "variable" : "output", env ? a->name : output_of(a));
	mf_err_why(err, "'%s' and '%s'", a->from, b->from);
	mf_err_hint(err, "give one of them another name or prefix");
	return -1;
}

static int check_names(struct mf_items *items, struct mf_err *err)
{
	for (size_t i = 0; i < items->n; i++)
		for (size_t k = i + 1; k < items->n;) {
			bool dropped;

			if (check_pair(items, i, k, &dropped, err))
				return -1;
			k += !dropped;
		}
	for (size_t i = items->n; i-- > 0;)
		if (items->v[i].yields && items->v[i].no_env && items->v[i].no_output)
			item_drop(items, i);
	return 0;
}

static int collect(struct mf_items *out, struct job *j, const struct mf_reader *readers, size_t n, mf_getenv_fn env, struct mf_err *err)
{
	struct mf_err first = { 0 };

	if (job_alloc(j, err))
		return -1;
	/* what fails without a request fails before a lease is granted */
	read_local(j, env, &first);
	if (j->failed == 0) {
		if (read_docs(out, j, readers, n, err))
			return -1;
		take_fields(out, j, &first);
	}
	if (j->failed == 0)
		return check_names(out, err);
	*err = first;
	if (j->failed > 1) {
		char note[sizeof(err->note)];

		memcpy(note, first.note, sizeof(note));
		mf_err_note(err, "%s; %zu more failed (-v shows them)", note, j->failed - 1);
	}
	return -1;
}

int mf_fetch(struct mf_items *out, const struct mf_conf *conf, const struct mf_reader *readers, size_t n, mf_getenv_fn env, struct mf_err *err)
{
	struct job j = { .conf = conf, .n = mf_conf_wants(conf) };
	struct mf_items items = { 0 };
	int rc = collect(&items, &j, readers, n, env, err);

	job_free(&j);
	if (rc) {
		struct mf_items leases = { .leases = items.leases, .n_leases = items.n_leases };

		items.leases = NULL;
		items.n_leases = 0;
		mf_items_free(&items);
		*out = leases;
		return -1;
	}
	*out = items;
	return 0;
}
