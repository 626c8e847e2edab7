/* SPDX-License-Identifier: Apache-2.0 */
/* Joins JSON reports: the shards of one run, each once and all of them. */
#include "read.h"

#include <stdlib.h>
#include <mayfly/alloc.h>

enum { MISSING_NAMED = 20, NOTES_MAX = 10000 };

void mf_merged_free(struct mf_merged *m)
{
	if (!m)
		return;
	mf_findings_free(&m->findings);
	free(m->shards_seen);
	if (m->own)
		mf_read_own_free(m->own);
	free(m->own);
	*m = (struct mf_merged){ 0 };
}

static int refuse(struct mf_err *err, const char *what)
{
	return mf_fail(err, MF_E_REPORT_READ, "%s", what);
}

static int differs(struct mf_err *err, const char *what)
{
	mf_fail(err, MF_E_REPORT_READ, "it is of another run than the reports before it");
	mf_err_why(err, "%s is not the same", what);
	return -1;
}

static int same_run(const struct mf_merged *m, const struct mf_read_one *o, struct mf_err *err)
{
	const struct mf_read_own *a = m->own, *b = &o->own;

	if (m->run.shards != o->run.shards)
		return differs(err, "the number of shards");
	if (o->run.shards < 2)
		return refuse(err, "it is no shard: only the shards of one run can be merged");
	if (!mf_same_text(a->version, b->version))
		return differs(err, "mayfly's version");
	if (m->run.rules != o->run.rules || !mf_same_text(a->rules_origin, b->rules_origin))
		return differs(err, "the set of rules");
	if (!mf_same_text(a->mode, b->mode) || !mf_same_text(a->range, b->range))
		return differs(err, "what was scanned");
	if (!mf_same_text(a->repository, b->repository) || !mf_same_text(a->sha, b->sha) || m->run.oid_len != o->run.oid_len)
		return differs(err, "the repository or its commit");
	for (size_t i = 0; i < m->n_seen; i++)
		if (m->shards_seen[i] == o->run.shard)
			return mf_fail(err, MF_E_REPORT_READ, "shard %u of %u is there twice", o->run.shard + 1, o->run.shards);
	return 0;
}

static bool add_counts(struct mf_run *to, const struct mf_run *from)
{
	return !(__builtin_add_overflow(to->files, from->files, &to->files) || __builtin_add_overflow(to->blobs, from->blobs, &to->blobs) ||
		 __builtin_add_overflow(to->commits, from->commits, &to->commits) || __builtin_add_overflow(to->bytes, from->bytes, &to->bytes) ||
		 __builtin_add_overflow(to->matched_bytes, from->matched_bytes, &to->matched_bytes) ||
		 __builtin_add_overflow(to->known, from->known, &to->known) || __builtin_add_overflow(to->elsewhere, from->elsewhere, &to->elsewhere));
}

static bool has_note(const struct mf_read_own *own, const struct mf_note *n)
{
	for (size_t i = 0; i < own->n_notes; i++) {
		const struct mf_note *o = &own->notes[i];

		if (o->incomplete == n->incomplete && mf_same_text(o->what, n->what) && mf_same_text(o->why, n->why) && mf_same_text(o->hint, n->hint))
			return true;
	}
	return false;
}

/* Room for all that is about to move, so that nothing fails half way. */
static int reserve(struct mf_merged *m, struct mf_read_own *own, const struct mf_read_one *o, struct mf_err *err)
{
	unsigned *seen = mf_regrow(m->shards_seen, m->n_seen + 1, sizeof(*seen));
	struct mf_note *notes;
	struct mf_finding *v;

	if (!seen)
		return mf_fail_nomem(err);
	m->shards_seen = seen;
	notes = mf_regrow(own->notes, own->n_notes + o->own.n_notes + 1, sizeof(*notes));
	if (!notes)
		return mf_fail_nomem(err);
	own->notes = notes;
	m->run.notes = notes;
	if (m->findings.cap - m->findings.n < o->findings.n) {
		v = mf_regrow(m->findings.v, m->findings.n + o->findings.n, sizeof(*v));
		if (!v)
			return mf_fail_nomem(err);
		m->findings.v = v;
		m->findings.cap = m->findings.n + o->findings.n;
	}
	return 0;
}

static void move_notes(struct mf_read_own *to, struct mf_read_one *o)
{
	size_t kept = 0;

	for (size_t i = 0; i < o->own.n_notes; i++) {
		if (has_note(to, &o->own.notes[i]))
			o->own.notes[kept++] = o->own.notes[i];
		else
			to->notes[to->n_notes++] = o->own.notes[i];
	}
	o->own.n_notes = kept;	/* to be freed */
}

static void move_all(struct mf_merged *m, struct mf_read_own *own, struct mf_read_one *o)
{
	for (size_t i = 0; i < o->findings.n; i++)
		m->findings.v[m->findings.n++] = o->findings.v[i];
	o->findings.n = 0;
	move_notes(own, o);
	m->shards_seen[m->n_seen++] = o->run.shard;
	m->raw |= o->raw;
	m->run.n_notes = own->n_notes;
}

static void borrow(struct mf_run *run, const struct mf_read_own *own)
{
	run->version = own->version;
	run->mode = own->mode;
	run->target = own->target;
	run->range = own->range;
	run->repository = own->repository;
	run->server_url = own->server_url;
	run->ref = own->ref;
	run->sha = own->sha;
	run->rules_origin = own->rules_origin;
}

/* The first report is the run; its texts become ours. */
static int begin(struct mf_merged *m, struct mf_read_one *o, struct mf_err *err)
{
	struct mf_read_own *own = mf_calloc(1, sizeof(*own));

	if (!own)
		return mf_fail_nomem(err);
	if (reserve(m, own, o, err)) {
		free(own->notes);
		free(own);
		m->run.notes = NULL;
		return -1;
	}
	free(own->notes);
	*own = o->own;
	o->own = (struct mf_read_own){ 0 };
	m->own = own;
	m->run = o->run;
	m->run.notes = own->notes;
	borrow(&m->run, own);
	move_all(m, own, o);
	return 0;
}

static int join(struct mf_merged *m, struct mf_read_one *o, struct mf_err *err)
{
	struct mf_run sum = m->run;

	if (same_run(m, o, err))
		return -1;
	if (!add_counts(&sum, &o->run))
		return refuse(err, "its counts are too large");
	if (m->run.n_notes + o->own.n_notes > NOTES_MAX)
		return refuse(err, "the reports have too many notes");
	if (reserve(m, m->own, o, err))
		return -1;
	sum.notes = m->run.notes;
	sum.began = o->run.began < sum.began ? o->run.began : sum.began;
	sum.took_ms = o->run.took_ms > sum.took_ms ? o->run.took_ms : sum.took_ms;
	m->run = sum;
	move_all(m, m->own, o);
	return 0;
}

int mf_report_read(struct mf_merged *m, const char *name, struct mf_str text, struct mf_err *err)
{
	struct mf_read_one o = { 0 };
	int r = mf_read_one(&o, text, err);

	if (r == 0)
		r = m->own ? join(m, &o, err) : begin(m, &o, err);
	mf_read_one_free(&o);
	if (r == 0)
		return 0;
	if (err->code == MF_USAGE || err->id == mf_error_id(MF_E_JSON_SYNTAX) || err->id == mf_error_id(MF_E_JSON_TYPE)) {
		err->id = mf_error_id(MF_E_REPORT_READ);
		err->code = mf_error_code(MF_E_REPORT_READ);
	}
	mf_err_wrap(err, "report '%s'", name);
	return -1;
}

int mf_merged_note(struct mf_merged *m, const char *what, const char *hint, struct mf_err *err)
{
	struct mf_read_own *own = m->own;
	struct mf_note n = { .what = mf_strdup(what), .hint = mf_strdup(hint) }, *notes = mf_regrow(own->notes, own->n_notes + 1, sizeof(*notes));

	if (notes)
		own->notes = notes;
	m->run.notes = own->notes;
	if (!n.what || !n.hint || !notes) {
		free(n.what);
		free(n.hint);
		return mf_fail_nomem(err);
	}
	notes[own->n_notes++] = n;
	m->run.n_notes = own->n_notes;
	return 0;
}

static bool seen(const struct mf_merged *m, unsigned shard)
{
	for (size_t i = 0; i < m->n_seen; i++)
		if (m->shards_seen[i] == shard)
			return true;
	return false;
}

int mf_merged_finish(struct mf_merged *m, struct mf_err *err)
{
	char list[400] = "";
	size_t n = 0, missing = 0;

	for (unsigned i = 0; i < m->run.shards && m->n_seen < m->run.shards; i++) {
		if (seen(m, i))
			continue;
		if (missing++ < MISSING_NAMED)
			n += (size_t)snprintf(list + n, sizeof(list) - n, "%s%u", n ? ", " : "", i + 1);
	}
	if (missing && m->run.shards > 1) {
		mf_fail(err, MF_E_REPORT_READ, missing == 1 ? "the report of %zu of %u shards is missing" : "the reports of %zu of %u shards are missing", missing,
			m->run.shards);
		mf_err_why(err, "no report of shard %s%s", list, missing > MISSING_NAMED ? ", ..." : "");
		return -1;
	}
	m->run.shard = m->run.shards = 0;
	m->run.elsewhere = 0;
	return 0;
}
