/* SPDX-License-Identifier: Apache-2.0 */
/* What a scan has to admit: counted while it runs, told once at the end. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <mayfly/alloc.h>
#include <mayfly/hide.h>
#include <mayfly/text.h>
#include "scan.h"

enum { NAME_KEPT = 4096, NAME_SHOWN = 200, DETAIL_SHOWN = 64 };

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
static void keep_name(struct mf_tally *t, const char *name, const char *detail)
{
	t->names[t->kept] = mf_strndup(name, strnlen(name, NAME_KEPT));
	t->details[t->kept] = detail;
	t->kept += t->names[t->kept] != NULL;
}

void mf_tally_free(struct mf_tally *t)
{
	for (unsigned i = 0; i < t->kept; i++)
		free(t->names[i]);
	t->kept = 0;
}

static void tally(struct mf_tally *t, const char *name, const char *detail, const char *why)
{
	pthread_mutex_lock(&t->lock);
	if (t->n++ == 0 && why)
		snprintf(t->why, sizeof(t->why), "%s", why);
	if (t->kept < MF_TALLY_NAMES && name && *name)
		keep_name(t, name, detail);
	pthread_mutex_unlock(&t->lock);
}

void mf_tally_add(struct mf_tally *t, const char *name, const char *why)
{
	tally(t, name, NULL, why);
}

void mf_scan_see_pack(struct mf_child *c, const char *of, const struct mf_bad_pack *pack)
{
	struct mf_tally *t = pack->kind == MF_BAD_UNREAD ? &c->packs : pack->kind == MF_BAD_UNFIT ? &c->unfit : &c->unreadable;
	char name[NAME_KEPT];

	snprintf(name, sizeof(name), "%s%s", of, pack->name);
	mf_tally_add(t, name, pack->why.why[0] ? pack->why.why : pack->why.what);
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

/* "'a', 'b', ..." */
static int put_names(struct mf_buf *out, const struct mf_tally *t, const struct mf_hide *hide, struct mf_err *err)
{
	for (unsigned i = 0; i < t->kept; i++) {
		MF_CLEANUP(mf_freep) char *shown = NULL;

		if (mf_hide_name(&shown, hide, t->names[i], err) ||
		    mf_buf_printf(out, err, "%s'%.*s'", i ? ", " : "", NAME_SHOWN, shown ? shown : t->names[i]) ||
		    (t->details[i] && mf_buf_printf(out, err, " (%.*s)", DETAIL_SHOWN, t->details[i])))
			return -1;
	}
	return t->n > t->kept && t->kept ? mf_buf_puts(out, ", ...", err) : 0;
}

/* One kind of what has to be admitted: how many, and what to say of one and of several. */
struct admission {
	const struct mf_tally *t;
	bool incomplete;
	const char *hint, *one, *many;
};

static int admit(struct mf_child *c, const struct admission *a, uint64_t n, const char *why, const struct mf_hide *hide, struct mf_err *err)
{
	MF_CLEANUP(mf_buf_free) struct mf_buf text = MF_BUF(8192);

	if (n == 0)
		return 0;
	if (mf_buf_printf(&text, err, "%s%s", why, *why && a->t->kept ? ": " : "") || put_names(&text, a->t, hide, err))
		return -1;
	if (text.n)
		mf_text_clean(text.p, false);
	return mf_note_add(&c->notes, a->incomplete, a->hint, mf_buf_text(&text), "%llu %s", (unsigned long long)n, n == 1 ? a->one : a->many) ?
	       mf_fail_nomem(err) : 0;
}

static int note_tallies(struct mf_child *c, const struct mf_hide *hide, struct mf_err *err)
{
	char larger[96];
	const struct admission all[] = {
		{ &c->repos, true, NULL, "of the listed repositories could not be opened", "of the listed repositories could not be opened" },
		{ &c->unreadable, true, NULL, "file or folder could not be read", "files or folders could not be read" },
		{ &c->damaged, true, "git fsck", "object could not be read", "objects could not be read" },
		{ &c->packs, true, NULL, "pack could not be read: its objects were not scanned", "packs could not be read: their objects were not scanned" },
		{ &c->unfit, true, "git fsck", "pack has an index that does not fit it: some of its objects may not have been scanned",
		  "packs have indexes that do not fit them: some of their objects may not have been scanned" },
		{ &c->too_large, true, larger, "left out: larger than the limit", "left out: larger than the limit" },
		{ &c->vanished, false, NULL, "file vanished while the scan ran", "files vanished while the scan ran" },
		{ &c->submodules, false, "--submodules", "submodule was not scanned: its content is in another repository",
		  "submodules were not scanned: their content is in other repositories" },
		{ &c->absent, true, "git submodule update --init --recursive", "submodule could not be scanned", "submodules could not be scanned" },
		{ &c->lists, false, NULL, "list of ignored files, or file that may name one, could not be read: what it leaves out was scanned, too",
		  "lists of ignored files, or files that may name one, could not be read: what they leave out was scanned, too" },
		{ &c->lfs, false, NULL, "pointer of Git LFS: its content is not in the repository and was not scanned",
		  "pointers of Git LFS: their content is not in the repository and was not scanned" },
		{ &c->closed, false, "--archives", "archive was not opened: what is packed in it was not scanned",
		  "archives were not opened: what is packed in them was not scanned" },
		{ &c->odd, false, NULL, "pipe, socket or device was passed over", "pipes, sockets or devices were passed over" },
	};

	snprintf(larger, sizeof(larger), "--max-size %llu", (unsigned long long)((c->s->max_bytes >> 20) * 4));
	for (size_t i = 0; i < MF_COUNT(all); i++)
		if (admit(c, &all[i], all[i].t->n, all[i].t->why, hide, err))
			return -1;
	return 0;
}

/* What the scanners have counted, and where that was. */
static int note_scanners(struct mf_child *c, const struct mf_hide *hide, struct mf_err *err)
{
	static const char *const why[] = { "an expression reached its limit on them", "more findings than are kept",
					   "too large, too deep, encrypted, or of an unknown method" };
	const struct admission all[] = {
		{ &c->undecided, true, NULL, "place not fully scanned", "places not fully scanned" },
		{ &c->truncated, true, NULL, "file not fully reported", "files not fully reported" },
		{ &c->members, true, NULL, "member of archives not scanned", "members of archives not scanned" },
	};
	uint64_t n[MF_COUNT(all)] = { 0, c->dropped != 0, 0 };

	for (unsigned i = 0; i <= c->n_threads; i++) {
		const struct mf_scan_stats *s = mf_scanner_stats(c->scanners[i]);

		c->run.matched_bytes += s->matched_bytes;
		n[0] += s->undecided;
		n[1] += s->truncated;
		n[2] += s->skipped_members;
	}
	for (size_t i = 0; i < MF_COUNT(all); i++)
		if (admit(c, &all[i], n[i], why[i], hide, err))
			return -1;
	return 0;
}

/* The names are looked at whole, with all that was found by now. */
static int note_skipped(struct mf_child *c, struct mf_err *err)
{
	const struct mf_tally *const all[] = { &c->repos, &c->unreadable, &c->damaged, &c->too_large, &c->vanished, &c->submodules, &c->absent, &c->lists,
					       &c->lfs, &c->closed, &c->odd, &c->undecided, &c->truncated, &c->members, &c->packs, &c->unfit };
	struct mf_hide *hide = NULL;
	unsigned names = 0;
	int rc = 0;

	for (size_t i = 0; i < MF_COUNT(all); i++)
		for (unsigned k = 0; k < all[i]->kept && rc == 0; k++, names++)
			rc = mf_named_learn(c, all[i]->names[k], err);
	if (rc == 0 && names)
		rc = mf_named_hide(&hide, c, &c->findings, err);
	if (rc == 0)
		rc = note_tallies(c, hide, err) || note_scanners(c, hide, err) ? -1 : 0;
	mf_hide_free(hide);
	return rc;
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
	return mf_named_in_notes(c, err);
}
