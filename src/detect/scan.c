/* SPDX-License-Identifier: Apache-2.0 */
/* One blob: what it is, its hits, its candidates. */
#include "scanner.h"

#include <stdlib.h>

#include <mayfly/alloc.h>
#include "allowlist.h"
#include "archive.h"

#define ARCHIVE_BYTES ((size_t)256 << 20)
enum { ARCHIVE_MEMBERS = 100000 };
/* What may be decoded within something decoded, all layers together. It depends on that alone, so that a version has what it has as a whole. */
enum { INNER_TIMES = 8, INNER_LEAST = 4096 };

int mf_scanner_new(struct mf_scanner **out, const struct mf_detector *d, struct mf_err *err)
{
	struct mf_scanner *s = mf_calloc(1, sizeof(*s));

	if (!s)
		return mf_fail_nomem(err);
	s->d = d;
	s->seen = mf_calloc(d->n_lits + 1, 1);
	if (!s->seen || mf_memo_new(&s->memo, err) || mf_regex_run_new(&s->run, err)) {
		if (!s->seen)
			mf_fail_nomem(err);
		mf_scanner_free(s);
		return -1;
	}
	*out = s;
	return 0;
}

static void free_scratch(struct mf_scanner *s)
{
	free(s->founds.v);
	free(s->hits.v);
	free(s->fresh.v);
	free(s->raws.v);
	free(s->fresh_raws.v);
	free(s->seen);
}

void mf_scanner_free(struct mf_scanner *s)
{
	if (!s)
		return;
	free_scratch(s);
	mf_regex_run_free(s->run);
	mf_memo_free(s->memo);
	free(s);
}

const struct mf_scan_stats *mf_scanner_stats(const struct mf_scanner *s)
{
	return &s->stats;
}

static int by_hit(const void *a, const void *b)
{
	const struct mf_hit *x = a, *y = b;

	if (x->at != y->at)
		return x->at < y->at ? -1 : 1;
	return (x->lit > y->lit) - (x->lit < y->lit);
}

/* Hits that lie in the window, into s->fresh. */
int mf_window_hits(struct mf_scanner *s, struct mf_str b, size_t from, size_t to, struct mf_err *err)
{
	s->founds.n = 0;
	mf_prefilter_find(s->d->prefilter, (const unsigned char *)b.p, b.n, from, to, &s->founds);
	if (s->founds.nomem)
		return mf_fail_nomem(err);
	for (size_t i = 0; i < s->founds.n; i++) {
		const struct mf_hit h = { .at = s->founds.v[i].at, .lit = (uint16_t)s->founds.v[i].lit };

		if (mf_hit_push(&s->fresh, &h, err))
			return -1;
	}
	s->stats.matched_bytes += to - from;
	return s->depth < s->d->opts.decode_depth ? mf_encoded_find(s->d, b, from, to, &s->fresh, err) : 0;
}

void mf_sort_hits(struct mf_hit_list *l)
{
	for (size_t i = 1; i < l->n; i++) {
		if (by_hit(&l->v[i - 1], &l->v[i]) > 0) {
			qsort(l->v, l->n, sizeof(*l->v), by_hit);
			return;
		}
	}
}

/* Which literals occur, for rules that are matched whole. */
void mf_note_seen(struct mf_scanner *s)
{
	if (!s->d->any_whole)
		return;
	memset(s->seen, 0, s->d->n_lits);
	for (size_t i = 0; i < s->hits.n; i++)
		if (s->hits.v[i].lit != MF_HIT_RUN)
			s->seen[s->hits.v[i].lit] = 1;
}

int mf_scan_text(struct mf_scanner *s, struct mf_str b, struct mf_cands *out, struct mf_err *err)
{
	s->hits.n = s->fresh.n = s->raws.n = 0;
	if (mf_window_hits(s, b, 0, b.n, err))
		return -1;
	mf_sort_hits(&s->fresh);
	for (size_t i = 0; i < s->fresh.n; i++) {
		struct mf_hit h = s->fresh.v[i];

		if (h.lit != MF_HIT_RUN)
			mf_context(s->d, b, &h);
		if (mf_match_hit(s, b, &h, &s->raws, err) || mf_hit_push(&s->hits, &h, err))
			return -1;
	}
	mf_note_seen(s);
	return mf_finalize(s, b, out, err);
}

int mf_scan_inner(struct mf_scanner *s, struct mf_str b, struct mf_cands *out, struct mf_err *err)
{
	size_t left = INNER_TIMES * b.n + INNER_LEAST;
	struct mf_scanner in = { .d = s->d, .run = s->run, .depth = s->depth + 1, .left = s->depth ? s->left : &left, .binary = s->binary, .memo = s->memo,
				 .seen = mf_calloc(s->d->n_lits + 1, 1) };
	int rc = in.seen ? mf_scan_text(&in, b, out, err) : mf_fail_nomem(err);

	if (in.stats.undecided) {
		s->stats.undecided += in.stats.undecided;
		s->stats.limited = in.stats.limited;
	}
	free_scratch(&in);
	return rc;
}

/* -- archives ------------------------------------------------------------------------------------------------------- */

struct member {
	struct mf_scanner *s;
	struct mf_cands *out;
	struct mf_archive_budget *budget;
	const char *prefix;
	unsigned depth;
};

static int scan_class(struct mf_scanner *s, struct mf_str b, enum mf_class cls, struct mf_cands *out, struct mf_err *err);

static char *member_name(const char *prefix, const char *name)
{
	const size_t n = prefix ? strlen(prefix) : 0, m = strlen(name);
	char *p = mf_calloc(n + m + 2, 1);

	if (!p)
		return NULL;
	if (n) {
		memcpy(p, prefix, n);
		p[n] = '!';
	}
	memcpy(p + n + (n > 0), name, m);
	return p;
}

static int scan_archive(struct mf_scanner *s, struct mf_str b, const char *prefix, unsigned depth, struct mf_archive_budget *budget, struct mf_cands *out,
			struct mf_err *err);

static int on_member(void *ctx, const char *name, struct mf_str bytes, struct mf_err *err)
{
	struct member *m = ctx;
	const size_t from = m->out->n;
	char *full = name ? member_name(m->prefix, name) : m->prefix ? mf_strdup(m->prefix) : NULL;
	int rc = 0;

	if ((name || m->prefix) && !full)
		return mf_fail_nomem(err);
	m->s->stats.members++;
	const enum mf_archive kind = mf_archive_kind(bytes);

	/* a .tar.gz is one archive */
	if (kind != MF_ARCHIVE_NONE)
		rc = scan_archive(m->s, bytes, full, m->depth + (!name && kind == MF_ARCHIVE_TAR), m->budget, m->out, err);
	if (rc == 0)
		rc = scan_class(m->s, bytes, mf_classify(bytes), m->out, err);
	for (size_t i = from; rc == 0 && i < m->out->n; i++) {
		struct mf_cand *c = &m->out->v[i];

		c->encoding |= MF_ENC_ARCHIVE;
		if (!c->member && full && !(c->member = mf_strdup(full)))
			rc = mf_fail_nomem(err);
	}
	free(full);
	return rc;
}

static int scan_archive(struct mf_scanner *s, struct mf_str b, const char *prefix, unsigned depth, struct mf_archive_budget *budget, struct mf_cands *out,
			struct mf_err *err)
{
	struct member m = { .s = s, .out = out, .budget = budget, .prefix = prefix, .depth = depth - 1 };

	if (depth == 0) {
		budget->skipped++;
		return 0;
	}
	s->stats.archives++;
	return mf_archive_each(b, budget, on_member, &m, err);
}

bool mf_scan_is_archive(struct mf_str bytes)
{
	return mf_archive_kind(bytes) != MF_ARCHIVE_NONE;
}

/* -- one blob ---------------------------------------------------------------------------------------------------------- */

static int scan_class(struct mf_scanner *s, struct mf_str b, enum mf_class cls, struct mf_cands *out, struct mf_err *err)
{
	int rc;

	if (cls == MF_CLASS_UTF16LE || cls == MF_CLASS_UTF16BE)
		return mf_scan_utf16(s, b, cls, out, err);
	s->binary = cls == MF_CLASS_BINARY;
	s->stats.binary += s->binary;
	rc = mf_scan_text(s, b, out, err);
	if (rc == 0 && s->binary)
		rc = mf_scan_wide_strings(s, b, out, err);
	s->binary = false;
	return rc;
}

/* Of archives' members, of wide strings: their order is not that of the blob. */
static int cand_order(const void *a, const void *b)
{
	const struct mf_cand *x = a, *y = b;
	int order = 0;

	if (x->member || y->member)
		order = strcmp(x->member ? x->member : "", y->member ? y->member : "");
	if (order == 0 && x->at != y->at)
		order = x->at < y->at ? -1 : 1;
	return order ? order : strcmp(x->rule->id, y->rule->id);
}

static int by_secret(const void *a, const void *b)
{
	const struct mf_cand *x = a, *y = b;
	int r = strcmp(x->rule->id, y->rule->id);

	if (r == 0 && x->secret_n != y->secret_n)
		r = x->secret_n < y->secret_n ? -1 : 1;
	r = r ? r : memcmp(x->secret, y->secret, x->secret_n);
	return r ? r : !x->member - !y->member;
}

/* What is stored in an archive as it is was found in its bytes, and again in the member, which says more. */
static void drop_stored(struct mf_cands *out, size_t from)
{
	struct mf_cand *v = out->v + from;
	const size_t n = out->n - from;
	size_t kept = 0;

	if (n < 2)
		return;
	qsort(v, n, sizeof(*v), by_secret);
	for (size_t i = 0, first = 0; i < n; i++) {
		struct mf_cand c = v[i];

		if (i == 0 || strcmp(v[first].rule->id, c.rule->id) != 0 || v[first].secret_n != c.secret_n || memcmp(v[first].secret, c.secret, c.secret_n) != 0)
			first = i;
		if (v[first].member && !c.member) {
			mf_cand_free(&v[i]);
			continue;
		}
		v[kept] = c;
		/* the group's first stays where it can be compared with */
		first = first == i ? kept : first;
		kept++;
	}
	out->n = from + kept;
}

int mf_scan_whole(struct mf_scanner *s, struct mf_str b, enum mf_class cls, struct mf_cands *out, struct mf_err *err)
{
	const size_t from = out->n;
	int rc = scan_class(s, b, cls, out, err);

	if (rc == 0 && s->d->opts.archive_depth && mf_archive_kind(b) != MF_ARCHIVE_NONE) {
		struct mf_archive_budget budget = { .bytes = s->d->opts.archive_bytes ? s->d->opts.archive_bytes : ARCHIVE_BYTES, .members = ARCHIVE_MEMBERS };

		rc = scan_archive(s, b, NULL, s->d->opts.archive_depth, &budget, out, err);
		s->stats.skipped_members += budget.skipped;
		if (rc == 0)
			drop_stored(out, from);
		cls = MF_CLASS_BINARY;
	}
	if (rc == 0 && cls != MF_CLASS_TEXT && out->n > from)
		qsort(out->v + from, out->n - from, sizeof(*out->v), cand_order);
	return rc;
}

static void drop_foreign(const struct mf_scanner *s, const char *path, struct mf_cands *out, size_t from)
{
	size_t n = from;

	for (size_t i = from; i < out->n; i++) {
		struct mf_cand c = out->v[i];

		if (!c.rule->path || mf_rule_path_ok(s->d, c.rule, path))
			out->v[n++] = c;
		else
			mf_cand_free(&out->v[i]);
	}
	out->n = n;
}

int mf_scan(struct mf_scanner *s, struct mf_str bytes, const char *path, struct mf_cands *out, struct mf_err *err)
{
	const size_t from = out->n;

	s->stats.blobs++;
	s->stats.bytes += bytes.n;
	if (mf_scan_whole(s, bytes, mf_classify(bytes), out, err))
		return -1;
	if (path)
		drop_foreign(s, path, out, from);
	return 0;
}

static bool covers(struct mf_scanner *s, const struct mf_allowlist *a, size_t n, const struct mf_cand *c, const char *path, const char *commit, const char **why)
{
	for (size_t i = 0; i < n; i++) {
		if (mf_allowlist_covers(&a[i], s->run, c->rule, (struct mf_str){ c->secret, c->secret_n }, (struct mf_str){ c->match, c->match_n },
					(struct mf_str){ c->text, c->text_n }, path, commit)) {
			*why = a[i].description;
			return true;
		}
	}
	return false;
}

bool mf_allowlisted(struct mf_scanner *s, const struct mf_cand *c, const char *path, const char *commit, const char **why)
{
	return covers(s, c->rule->allow, c->rule->n_allow, c, path, commit, why) ||
		covers(s, s->d->set->allow, s->d->set->n_allow, c, path, commit, why);
}
