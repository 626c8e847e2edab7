/* SPDX-License-Identifier: Apache-2.0 */
/* Tracking signatures. Nothing that is hashed here is secret: it is all in the report, beside the hash. */
#include "track.h"

#include <stdlib.h>
#include <mayfly/alloc.h>
#include <mayfly/hash.h>

/* A finding while the credentials of one `shown` are numbered. */
struct entry {
	const struct mf_track *track;
	const struct mf_finding *f;
	size_t at;	/* in the list */
	size_t first;	/* where the credential comes first */
};

static int digest(unsigned char out[static 32], struct mf_show *s, const struct mf_finding *f, struct mf_err *err)
{
	struct mf_buf text = MF_BUF(SIZE_MAX / 4);
	struct mf_pen t = { .buf = &text, .err = err };
	struct mf_shown v;

	if (mf_show_finding(&v, s, f, err))
		return -1;
	mf_pen_json_z(&t, v.id);
	mf_pen_json_z(&t, f->repo);
	mf_pen_json_z(&t, f->path);
	mf_pen_json(&t, v.secret, false);
	/* else whoever dismissed one password of a file would have dismissed the next one */
	if (strspn(v.secret.n ? v.secret.p : "", "*") == v.secret.n)
		mf_pen_json(&t, v.text, false);
	if (!t.failed)
		mf_sha256(out, mf_buf_text(&text), text.n);
	mf_buf_free(&text);
	return t.failed ? -1 : 0;
}

/* By the id where there is one: of a report that was read back the rest is redacted. */
static int by_credential(const struct mf_finding *a, const struct mf_finding *b)
{
	const int id = strcmp(a->fingerprint_id, b->fingerprint_id);
	const size_t n = a->secret_n < b->secret_n ? a->secret_n : b->secret_n;
	const int bytes = id || *a->fingerprint_id || !n ? id : memcmp(a->secret, b->secret, n);

	return bytes || *a->fingerprint_id ? bytes : (a->secret_n > b->secret_n) - (a->secret_n < b->secret_n);
}

static int together(const void *a, const void *b)
{
	const struct entry *x = a, *y = b;
	const int shown = memcmp(x->track->shown, y->track->shown, 32), credential = shown ? shown : by_credential(x->f, y->f);

	return credential ? credential : (x->at > y->at) - (x->at < y->at);
}

static int as_they_come(const void *a, const void *b)
{
	const struct entry *x = a, *y = b;
	const int shown = memcmp(x->track->shown, y->track->shown, 32);

	return shown ? shown : (x->first > y->first) - (x->first < y->first);
}

static void number(struct mf_track *v, struct entry *e, size_t n)
{
	qsort(e, n, sizeof(*e), together);
	for (size_t i = 0; i < n; i++) {
		const bool same = i && memcmp(e[i].track->shown, e[i - 1].track->shown, 32) == 0 && by_credential(e[i].f, e[i - 1].f) == 0;

		e[i].first = same ? e[i - 1].first : e[i].at;
	}
	qsort(e, n, sizeof(*e), as_they_come);
	for (size_t i = 1; i < n; i++)
		if (memcmp(e[i].track->shown, e[i - 1].track->shown, 32) == 0)
			v[e[i].at].nth = v[e[i - 1].at].nth + (e[i].first != e[i - 1].first);
}

void mf_track_put(struct mf_pen *p, const struct mf_track *track)
{
	mf_pen_add(p, track->shown, sizeof(track->shown));
	mf_pen_printf(p, "%zu:", track->nth);
}

int mf_tracks(struct mf_track **out, struct mf_show *s, struct mf_err *err)
{
	const size_t n = s->list->n;
	struct mf_track *v = mf_calloc(n + 1, sizeof(*v));
	struct entry *e = mf_calloc(n + 1, sizeof(*e));
	int r = v && e ? 0 : mf_fail_nomem(err);

	for (size_t i = 0; i < n && r == 0; i++) {
		e[i] = (struct entry){ .track = &v[i], .f = &s->list->v[i], .at = i };
		r = digest(v[i].shown, s, &s->list->v[i], err);
	}
	if (r == 0 && n)
		number(v, e, n);
	free(e);
	if (r)
		free(v);
	else
		*out = v;
	return r;
}
