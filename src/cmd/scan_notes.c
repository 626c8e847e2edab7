/* SPDX-License-Identifier: Apache-2.0 */
/* What a scan has to admit: counted while it runs, told once at the end. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <mayfly/alloc.h>
#include <mayfly/hide.h>
#include <mayfly/text.h>
#include "scan.h"

enum { NAME_KEPT = 4096, NAME_SHOWN = 200 };

int mf_note_add(struct mf_notes *notes, bool incomplete, const char *hint, const char *why, const char *fmt, ...)
{
	struct mf_note n = { .incomplete = incomplete };
	char what[512];
	va_list ap;

	va_start(ap, fmt);
	mf_text_vfmt(what, sizeof(what), false, fmt, ap);
	va_end(ap);
	if (notes->n == notes->cap) {
		struct mf_note *more = mf_regrow(notes->v, notes->cap * 2 + 8, sizeof(*more));

		if (!more)
			return -1;
		notes->v = more;
		notes->cap = notes->cap * 2 + 8;
	}
	n.what = mf_strdup(what);
	n.why = why && *why ? mf_strdup(why) : NULL;
	n.hint = hint ? mf_strdup(hint) : NULL;
	if (!n.what || (why && *why && !n.why) || (hint && !n.hint)) {
		free(n.what);
		free(n.why);
		free(n.hint);
		return -1;
	}
	notes->v[notes->n++] = n;
	return 0;
}

void mf_notes_free(struct mf_notes *notes)
{
	for (size_t i = 0; i < notes->n; i++) {
		free(notes->v[i].what);
		free(notes->v[i].why);
		free(notes->v[i].hint);
	}
	free(notes->v);
	*notes = (struct mf_notes){ 0 };
}

/* Without memory the name is left out, and the count stays right. It is cut when it is shown: not before the secrets in it are found. */
static void keep_name(struct mf_tally *t, const char *name)
{
	t->names[t->kept] = mf_strndup(name, strnlen(name, NAME_KEPT));
	t->kept += t->names[t->kept] != NULL;
}

void mf_tally_free(struct mf_tally *t)
{
	for (unsigned i = 0; i < t->kept; i++)
		free(t->names[i]);
	t->kept = 0;
}

void mf_tally_add(struct mf_tally *t, const char *name, const char *why)
{
	pthread_mutex_lock(&t->lock);
	if (t->n++ == 0 && why)
		snprintf(t->why, sizeof(t->why), "%s", why);
	if (t->kept < MF_TALLY_NAMES && name && *name)
		keep_name(t, name);
	pthread_mutex_unlock(&t->lock);
}

static const char *plural(uint64_t n)
{
	return n == 1 ? "" : "s";
}

/* "'a', 'b', ..." */
static int put_names(struct mf_buf *out, const struct mf_tally *t, const struct mf_hide *hide, struct mf_err *err)
{
	for (unsigned i = 0; i < t->kept; i++) {
		MF_CLEANUP(mf_freep) char *shown = NULL;

		if (mf_hide_name(&shown, hide, t->names[i], err) ||
		    mf_buf_printf(out, err, "%s'%.*s'", i ? ", " : "", NAME_SHOWN, shown ? shown : t->names[i]))
			return -1;
	}
	return t->n > t->kept && t->kept ? mf_buf_puts(out, ", ...", err) : 0;
}

static int note_tally(struct mf_child *c, const struct mf_tally *t, bool incomplete, const char *hint, const char *one, const struct mf_hide *hide,
		      struct mf_err *err)
{
	MF_CLEANUP(mf_buf_free) struct mf_buf why = MF_BUF(8192);

	if (t->n == 0)
		return 0;
	if (mf_buf_printf(&why, err, "%s%s", t->why, t->why[0] && t->kept ? ": " : "") || put_names(&why, t, hide, err))
		return -1;
	if (why.n)
		mf_text_clean(why.p, false);
	return mf_note_add(&c->notes, incomplete, hint, mf_buf_text(&why), "%llu %s", (unsigned long long)t->n, one) ? mf_fail_nomem(err) : 0;
}

static int note_tallies(struct mf_child *c, const struct mf_hide *hide, struct mf_err *err)
{
	char larger[96];
	const struct { const struct mf_tally *t; bool incomplete; const char *hint, *one; } all[] = {
		{ &c->repos, true, NULL, "of the listed repositories could not be opened" },
		{ &c->unreadable, true, NULL, "files or folders could not be read" },
		{ &c->damaged, true, "git fsck", "objects could not be read" },
		{ &c->too_large, true, larger, "left out: larger than the limit" },
		{ &c->vanished, false, NULL, "files vanished while the scan ran" },
		{ &c->submodules, false, "--submodules", "submodules were not scanned: their content is in other repositories" },
		{ &c->absent, true, "git submodule update --init --recursive", "submodules could not be scanned" },
		{ &c->lists, false, NULL, "lists of ignored files, or files that may name one, could not be read: what they leave out was scanned, too" },
		{ &c->lfs, false, NULL, "pointers of Git LFS: their content is not in the repository and was not scanned" },
		{ &c->odd, false, NULL, "pipes, sockets or devices were passed over" },
	};

	snprintf(larger, sizeof(larger), "--max-size %llu", (unsigned long long)((c->s->max_bytes >> 20) * 4));
	for (size_t i = 0; i < MF_COUNT(all); i++)
		if (note_tally(c, all[i].t, all[i].incomplete, all[i].hint, all[i].one, hide, err))
			return -1;
	return 0;
}

/* The names are looked at whole, with all that was found by now. */
static int note_skipped(struct mf_child *c, struct mf_err *err)
{
	const struct mf_tally *const all[] = { &c->repos, &c->unreadable, &c->damaged, &c->too_large, &c->vanished, &c->submodules, &c->absent, &c->lists,
					       &c->lfs, &c->odd };
	struct mf_hide *hide = NULL;
	unsigned names = 0;
	int rc = 0;

	for (size_t i = 0; i < MF_COUNT(all); i++)
		for (unsigned k = 0; k < all[i]->kept && rc == 0; k++, names++)
			rc = mf_named_learn(c, all[i]->names[k], err);
	if (rc == 0 && names)
		rc = mf_named_hide(&hide, c, &c->findings, err);
	if (rc == 0)
		rc = note_tallies(c, hide, err);
	mf_hide_free(hide);
	return rc;
}

static int note_scanners(struct mf_child *c)
{
	struct mf_scan_stats sum = { 0 };

	for (unsigned i = 0; i <= c->n_threads; i++) {
		const struct mf_scan_stats *s = mf_scanner_stats(c->scanners[i]);

		c->run.matched_bytes += s->matched_bytes;
		sum.undecided += s->undecided;
		sum.truncated += s->truncated;
		sum.skipped_members += s->skipped_members;
	}
	if (sum.undecided && mf_note_add(&c->notes, true, NULL, "an expression reached its limit on them", "%llu place%s not fully scanned",
					 (unsigned long long)sum.undecided, plural(sum.undecided)))
		return -1;
	sum.truncated += c->dropped != 0;
	if (sum.truncated && mf_note_add(&c->notes, true, NULL, "more findings than are kept", "%llu file%s not fully reported",
					 (unsigned long long)sum.truncated, plural(sum.truncated)))
		return -1;
	return sum.skipped_members ? mf_note_add(&c->notes, true, NULL, "too large, too deep, encrypted, or of an unknown method",
						 "%llu member%s of archives not scanned", (unsigned long long)sum.skipped_members,
						 plural(sum.skipped_members)) : 0;
}

static int note_repos(struct mf_child *c)
{
	for (size_t i = 0; i < c->s->n_targets; i++) {
		const char *const *notes;
		size_t n = 0;

		if (!c->s->targets[i].repo)
			continue;
		notes = NULL;
		n = mf_repo_notes(c->s->targets[i].repo, &notes);
		for (size_t j = 0; j < n; j++)
			if (mf_note_add(&c->notes, true, NULL, NULL, "%s", notes[j]))
				return -1;
	}
	return c->s->auto_note ? mf_note_add(&c->notes, c->s->auto_incomplete, c->s->auto_hint, NULL, "%s", c->s->auto_note) : 0;
}

int mf_notes_of_scan(struct mf_child *c, struct mf_err *err)
{
	if (note_repos(c))
		return mf_fail_nomem(err);
	if (note_skipped(c, err))
		return -1;
	return note_scanners(c) ? mf_fail_nomem(err) : mf_named_in_notes(c, err);
}
