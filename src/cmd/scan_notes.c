/* SPDX-License-Identifier: Apache-2.0 */
/* What a scan has to admit: counted while it runs, told once at the end. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <mayfly/alloc.h>
#include <mayfly/text.h>
#include "scan.h"

enum { NAMES_KEPT = 5, NAME_SHOWN = 200, DETAIL_SHOWN = 64 };

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

/* Without memory the name is left out, and the count stays right. */
static void keep_name(struct mf_tally *t, const char *name, const char *detail)
{
	const size_t have = t->names ? strlen(t->names) : 0, n = strlen(name), room = (n < NAME_SHOWN ? n : NAME_SHOWN) + DETAIL_SHOWN + 12;
	char *more = realloc(t->names, have + room);

	if (!more)
		return;
	snprintf(more + have, room, "%s'%.*s'%s%.*s%s", have ? ", " : "", NAME_SHOWN, name, detail ? " (" : "", DETAIL_SHOWN, detail ? detail : "", detail ? ")" : "");
	mf_text_clean(more + have, false);
	t->names = more;
	t->kept++;
}

static void tally(struct mf_tally *t, const char *name, const char *detail, const char *why)
{
	pthread_mutex_lock(&t->lock);
	if (t->n++ == 0 && why)
		snprintf(t->why, sizeof(t->why), "%s", why);
	if (t->kept < NAMES_KEPT && name && *name)
		keep_name(t, name, detail);
	pthread_mutex_unlock(&t->lock);
}

void mf_tally_add(struct mf_tally *t, const char *name, const char *why)
{
	tally(t, name, NULL, why);
}

bool mf_scan_see_limits(struct mf_child *c, const struct mf_scan_stats *before, const struct mf_scan_stats *now, const char *name)
{
	const bool undecided = now->undecided != before->undecided, truncated = now->truncated != before->truncated;
	const bool members = now->skipped_members != before->skipped_members;

	if (undecided)
		tally(&c->undecided, name, now->limited, NULL);
	if (truncated)
		tally(&c->truncated, name, NULL, NULL);
	if (members)
		tally(&c->members, name, NULL, NULL);
	return undecided || truncated || members;
}

static int note_tally(struct mf_child *c, const struct mf_tally *t, bool incomplete, const char *hint, const char *one, const char *many)
{
	char why[1400];

	if (t->n == 0)
		return 0;
	snprintf(why, sizeof(why), "%s%s%s%s", t->why, t->why[0] && t->names ? ": " : "", t->names ? t->names : "", t->n > t->kept && t->kept ? ", ..." : "");
	return mf_note_add(&c->notes, incomplete, hint, why, "%llu %s", (unsigned long long)t->n, t->n == 1 ? one : many);
}

static int note_tallies(struct mf_child *c)
{
	char hint[96];

	snprintf(hint, sizeof(hint), "--max-size %llu", (unsigned long long)((c->s->max_bytes >> 20) * 4));
	return note_tally(c, &c->repos, true, NULL, "of the listed repositories could not be opened", "of the listed repositories could not be opened") ||
		note_tally(c, &c->unreadable, true, NULL, "file or folder could not be read", "files or folders could not be read") ||
		note_tally(c, &c->damaged, true, "git fsck", "object could not be read", "objects could not be read") ||
		note_tally(c, &c->too_large, true, hint, "left out: larger than the limit", "left out: larger than the limit") ||
		note_tally(c, &c->vanished, false, NULL, "file vanished while the scan ran", "files vanished while the scan ran") ||
		note_tally(c, &c->submodules, false, "--submodules", "submodule was not scanned: its content is in another repository",
			   "submodules were not scanned: their content is in other repositories") ||
		note_tally(c, &c->absent, true, "git submodule update --init --recursive", "submodule could not be scanned",
			   "submodules could not be scanned") ||
		note_tally(c, &c->lists, false, NULL,
			   "list of ignored files, or file that may name one, could not be read: what it leaves out was scanned, too",
			   "lists of ignored files, or files that may name one, could not be read: what they leave out was scanned, too") ||
		note_tally(c, &c->lfs, false, NULL, "pointer of Git LFS: its content is not in the repository and was not scanned",
			   "pointers of Git LFS: their content is not in the repository and was not scanned") ||
		note_tally(c, &c->closed, false, "--archives", "archive was not opened: what is packed in it was not scanned",
			   "archives were not opened: what is packed in them was not scanned") ||
		note_tally(c, &c->odd, false, NULL, "pipe, socket or device was passed over", "pipes, sockets or devices were passed over");
}

/* What the scanners have counted, and where that was. */
static int note_limit(struct mf_child *c, const struct mf_tally *t, uint64_t n, const char *why, const char *one, const char *many)
{
	char text[1400];

	if (n == 0)
		return 0;
	snprintf(text, sizeof(text), "%s%s%s%s", why, t->names ? ": " : "", t->names ? t->names : "", t->n > t->kept && t->kept ? ", ..." : "");
	return mf_note_add(&c->notes, true, NULL, text, "%llu %s", (unsigned long long)n, n == 1 ? one : many);
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
	sum.truncated += c->dropped != 0;
	return note_limit(c, &c->undecided, sum.undecided, "an expression or the decoding reached its limit on them", "place not fully scanned",
			  "places not fully scanned") ||
		note_limit(c, &c->truncated, sum.truncated, "more findings than are kept", "file not fully reported", "files not fully reported") ||
		note_limit(c, &c->members, sum.skipped_members, "too large, too deep, encrypted, or of an unknown method", "member of archives not scanned",
			   "members of archives not scanned");
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

int mf_notes_of_scan(struct mf_child *c)
{
	return note_repos(c) || note_tallies(c) || note_scanners(c) ? -1 : 0;
}
