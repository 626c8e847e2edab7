/* SPDX-License-Identifier: Apache-2.0 */
/* A version of a file by its changes: what was matched in its base is carried through the copies; only what a change can have touched is looked at. */
#include "scanner.h"

#include <stdlib.h>

#include <mayfly/alloc.h>
#include "archive.h"

/* Whether [lo - 1, hi + 1), as far as it is in the base, was copied as a whole, and ends of the file are ends of the file again. */
static bool untouched(const struct mf_hit *h, const struct mf_span *sp, size_t base_n, size_t n)
{
	const size_t end = sp->from + sp->n;

	if (h->lo ? h->lo - 1 < sp->from : sp->from != 0 || sp->at != 0)
		return false;
	return h->hi < base_n ? (size_t)h->hi + 1 <= end : end == base_n && sp->at + sp->n == n;
}

/* The first hit at or behind `from`, near `hint` mostly: copies tend to follow one another in the base. */
static size_t first_at(const struct mf_hits *base, size_t from, size_t hint)
{
	size_t step = 1, at = hint > base->n || (hint && base->v[hint - 1].at >= from) ? 0 : hint;

	for (; at + step <= base->n && base->v[at + step - 1].at < from; step *= 2)
		at += step;
	for (step /= 2; step; step /= 2)
		if (at + step <= base->n && base->v[at + step - 1].at < from)
			at += step;
	return at;
}

/* Moved hits keep what was matched there, or are matched again. */
static int carry_hit(struct mf_scanner *s, struct mf_str b, const struct mf_hits *base, size_t i, size_t raw, const struct mf_span *sp, struct mf_err *err)
{
	struct mf_hit h = base->v[i];
	const bool same = untouched(&h, sp, base->n_bytes, b.n);

	if (h.lit != MF_HIT_RUN && (size_t)h.at + s->d->lits[h.lit].len > sp->from + sp->n)
		return 0;
	/* it says nothing of this version, and there is none after it */
	if (same && h.n_raws == 0 && s->last)
		return 0;
	/* lo may lie before the span of a hit that is matched again: it is set anew */
	h.at = (uint32_t)(h.at - sp->from + sp->at);
	if (same) {
		h.lo = (uint32_t)(h.lo - sp->from + sp->at);
		h.hi = (uint32_t)(h.hi - sp->from + sp->at);
		for (size_t k = 0; k < h.n_raws; k++)
			if (mf_raw_push(&s->raws, &base->raws[raw + k], err))
				return -1;
	} else if (h.lit == MF_HIT_RUN && !mf_run_at(&h, b, h.at)) {
		return 0;
	} else {
		if (h.lit != MF_HIT_RUN)
			mf_context(s->d, b, &h);
		h.n_raws = 0;
		if (mf_match_hit(s, b, &h, &s->raws, err))
			return -1;
	}
	return mf_hit_push(&s->hits, &h, err);
}

/* The sums of n_raws up to each hit, when there are any. */
static int carry(struct mf_scanner *s, struct mf_str b, const struct mf_view *v, const struct mf_hits *base, struct mf_err *err)
{
	uint32_t *sums = NULL;
	size_t i = 0;
	int rc = 0;

	if (base->n == 0)
		return 0;
	if (base->n_raws) {
		uint32_t at = 0;

		sums = mf_calloc(base->n + 1, sizeof(*sums));
		if (!sums)
			return mf_fail_nomem(err);
		for (i = 0; i < base->n; i++) {
			sums[i] = at;
			at += base->v[i].n_raws;
		}
	}
	for (size_t k = 0; k < v->n_spans && rc == 0; k++) {
		const struct mf_span *sp = &v->spans[k];

		if (sp->from == MF_SPAN_NEW)
			continue;
		for (i = first_at(base, sp->from, i); rc == 0 && i < base->n && base->v[i].at < sp->from + sp->n; i++)
			rc = carry_hit(s, b, base, i, sums ? sums[i] : 0, sp, err);
	}
	free(sums);
	return rc;
}

/* The copied span that holds position `at`, or NULL. */
static const struct mf_span *span_of(const struct mf_view *v, size_t at)
{
	size_t lo = 0, hi = v->n_spans;

	while (lo < hi) {
		const size_t mid = lo + (hi - lo) / 2;

		if (v->spans[mid].at + v->spans[mid].n <= at)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo < v->n_spans && v->spans[lo].from != MF_SPAN_NEW ? &v->spans[lo] : NULL;
}

/* Whether a hit that the search came upon was carried as well. */
static bool carried(const struct mf_scanner *s, const struct mf_view *v, const struct mf_hit *h)
{
	const struct mf_span *sp = span_of(v, h->at);

	/* runs are few: those that were carried are told by their place when the lists are joined */
	if (!sp || h->lit == MF_HIT_RUN)
		return false;
	return (size_t)h->at + s->d->lits[h->lit].len <= sp->at + sp->n;
}

/* A window that grows while the next one meets it. */
struct window {
	size_t from, to;
};

static int search(struct mf_scanner *s, struct mf_str b, const struct window *w, struct mf_err *err)
{
	if (w->to <= w->from)
		return 0;
	return mf_window_hits(s, b, w->from, w->to, err);
}

static size_t less(size_t at, size_t by)
{
	return at > by ? at - by : 0;
}

static size_t more(size_t at, size_t by, size_t n)
{
	return n - at > by ? at + by : n;
}

/* What has to be looked at because of a change or a seam. */
static struct window window_of(const struct mf_scanner *s, struct mf_str b, size_t lo, size_t hi)
{
	const size_t wide = s->d->longest > MF_ESCAPE_MAX ? s->d->longest - 1 : MF_ESCAPE_MAX - 1;
	struct window w = { less(lo, wide), more(hi, wide, b.n) };

	if (s->depth < s->d->opts.decode_depth) {
		mf_encoded_reach(b, &lo, &hi);
		w.from = lo < w.from ? lo : w.from;
		w.to = hi > w.to ? hi : w.to;
	}
	return w;
}

/* Searches around what is new and around seams; the file's ends are seams, too. */
static int search_changes(struct mf_scanner *s, struct mf_str b, const struct mf_view *v, struct mf_err *err)
{
	struct window now = { 0, 0 };

	for (size_t k = 0; k <= v->n_spans; k++) {
		const struct mf_span *sp = &v->spans[k];
		const size_t lo = k < v->n_spans ? sp->at : b.n, hi = k < v->n_spans && sp->from == MF_SPAN_NEW ? sp->at + sp->n : lo;
		struct window w;

		/* the seam behind what is new was looked at with it */
		if (k && lo == hi && v->spans[k - 1].from == MF_SPAN_NEW)
			continue;
		w = window_of(s, b, lo, hi);
		if (w.from > now.to + 64) {
			if (search(s, b, &now, err))
				return -1;
			now = w;
		} else if (w.to > now.to) {
			now.to = w.to;
		}
	}
	return search(s, b, &now, err);
}

/* New hits between carried ones, each with its raws at the right place. */
static int merge(struct mf_scanner *s, struct mf_str b, const struct mf_view *v, struct mf_err *err)
{
	struct mf_hit_list old = s->hits;
	struct mf_raw_list old_raws = s->raws;
	size_t i = 0, raw = 0;
	int rc = 0;

	mf_sort_hits(&s->fresh);
	s->hits = (struct mf_hit_list){ 0 };
	s->raws = s->fresh_raws;
	s->raws.n = 0;
	for (size_t k = 0; rc == 0 && k <= s->fresh.n; k++) {
		struct mf_hit h;
		const bool last = k == s->fresh.n;

		if (!last) {
			h = s->fresh.v[k];
			if (carried(s, v, &h) || (k && s->fresh.v[k - 1].at == h.at && s->fresh.v[k - 1].lit == h.lit))
				continue;
		}
		for (; rc == 0 && i < old.n && (last || old.v[i].at < h.at || (old.v[i].at == h.at && old.v[i].lit < h.lit)); i++) {
			for (size_t r = 0; rc == 0 && r < old.v[i].n_raws; r++, raw++)
				rc = mf_raw_push(&s->raws, &old_raws.v[raw], err);
			if (rc == 0)
				rc = mf_hit_push(&s->hits, &old.v[i], err);
		}
		if (last || rc)
			break;
		if (i < old.n && old.v[i].at == h.at && old.v[i].lit == h.lit)
			continue;
		if (h.lit != MF_HIT_RUN)
			mf_context(s->d, b, &h);
		h.n_raws = 0;
		rc = mf_match_hit(s, b, &h, &s->raws, err) || mf_hit_push(&s->hits, &h, err) ? -1 : 0;
	}
	free(old.v);
	s->fresh_raws = old_raws;
	return rc;
}

static int by_changes(struct mf_scanner *s, struct mf_str b, const struct mf_view *v, const struct mf_hits *base, struct mf_cands *out, struct mf_err *err)
{
	s->hits.n = s->fresh.n = s->raws.n = 0;
	s->last = v->last && !s->d->any_whole;
	if (carry(s, b, v, base, err) || search_changes(s, b, v, err))
		return -1;
	if (s->fresh.n && merge(s, b, v, err))
		return -1;
	mf_note_seen(s);
	return mf_finalize(s, b, out, err);
}

static int keep_hits(struct mf_hits **keep, const struct mf_scanner *s, size_t n_bytes, bool text, struct mf_err *err)
{
	const size_t n = text ? s->hits.n : 0, raws = text ? s->raws.n : 0, head = sizeof(struct mf_hits) + n * sizeof(struct mf_hit);
	struct mf_hits *k = malloc(head + raws * sizeof(struct mf_raw));

	if (!k)
		return mf_fail_nomem(err);
	*k = (struct mf_hits){ .n_bytes = n_bytes, .text = text, .n = n, .n_raws = raws, .raws = (struct mf_raw *)(void *)((char *)k + head) };
	if (n)
		memcpy(k->v, s->hits.v, n * sizeof(struct mf_hit));
	if (raws)
		memcpy(k->raws, s->raws.v, raws * sizeof(struct mf_raw));
	*keep = k;
	return 0;
}

void mf_hits_free(struct mf_scanner *s, struct mf_hits *h)
{
	(void)s;
	free(h);
}

int mf_scan_view(struct mf_scanner *s, const struct mf_view *v, struct mf_cands *out, struct mf_hits **keep, struct mf_err *err)
{
	const struct mf_str b = { (const char *)v->p, v->n };
	const enum mf_class cls = mf_classify(b);
	const struct mf_hits *base = v->base;
	const bool text = cls == MF_CLASS_TEXT && !(s->d->opts.archive_depth && mf_archive_kind(b) != MF_ARCHIVE_NONE);
	int rc;

	s->stats.blobs++;
	s->stats.bytes += v->n;
	if (text && v->spans && base && base->text)
		rc = by_changes(s, b, v, base, out, err);
	else
		rc = mf_scan_whole(s, b, cls, out, err);
	return rc ? -1 : v->last ? 0 : keep_hits(keep, s, v->n, text, err);
}
