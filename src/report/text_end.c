/* SPDX-License-Identifier: Apache-2.0 */
/* How the report for a person ends: what could not be looked at, what was found, how much was scanned. */
#include "text.h"

static const char *plural(size_t n)
{
	return n == 1 ? "" : "s";
}

static void notes(struct mf_pen *p, const struct mf_ink *ink, const struct mf_run *run)
{
	for (size_t i = 0; i < run->n_notes; i++) {
		const struct mf_note *n = &run->notes[i];

		mf_pen_printf(p, "%s%s%s: ", n->incomplete ? ink->warn : ink->strong, n->incomplete ? "warning" : "note", ink->off);
		mf_pen_line(p, mf_str(n->what));
		mf_pen_puts(p, "\n");
		if (n->why) {
			mf_text_field(p, ink, "why");
			mf_pen_line(p, mf_str(n->why));
			mf_pen_puts(p, "\n");
		}
		if (n->hint) {
			mf_text_field(p, ink, "help");
			mf_pen_line(p, mf_str(n->hint));
			mf_pen_puts(p, "\n");
		}
	}
}

static void severities(struct mf_pen *p, const struct mf_findings *list)
{
	size_t n[MF_SEV_CRITICAL + 1] = { 0 };
	const char *between = " (";

	for (size_t i = 0; i < list->n; i++)
		if (!list->v[i].pass && list->v[i].severity <= MF_SEV_CRITICAL)
			n[list->v[i].severity]++;
	for (int s = MF_SEV_CRITICAL; s >= MF_SEV_LOW; s--) {
		if (!n[s])
			continue;
		mf_pen_printf(p, "%s%zu %s", between, n[s], mf_severity_name((enum mf_severity)s));
		between = ", ";
	}
	if (*between == ',')
		mf_pen_puts(p, ")");
}

static void passes(struct mf_pen *p, const struct mf_verdict *verdict)
{
	const char *between = " passed (";
	size_t all = 0;

	for (int i = MF_PASS_INLINE; i <= MF_PASS_ACCEPTED; i++)
		all += verdict->passed[i];
	if (all == 0)
		return;
	mf_pen_printf(p, ", %zu", all);
	for (int i = MF_PASS_INLINE; i <= MF_PASS_ACCEPTED; i++) {
		if (!verdict->passed[i])
			continue;
		mf_pen_printf(p, "%s%zu %s", between, verdict->passed[i], mf_show_pass((enum mf_pass)i));
		between = ", ";
	}
	mf_pen_puts(p, ")");
}

void mf_text_verdict(struct mf_pen *p, const struct mf_findings *list, const struct mf_verdict *verdict)
{
	if (verdict->findings) {
		mf_pen_printf(p, "%zu finding%s", verdict->findings, plural(verdict->findings));
		severities(p, list);
	} else {
		mf_pen_puts(p, verdict->incomplete ? "no credentials found in what could be looked at" : "no credentials found");
	}
	if (verdict->expired)
		mf_pen_printf(p, ", %zu of them accepted until a date that has passed", verdict->expired);
	passes(p, verdict);
}

static void counted(struct mf_pen *p, const char **between, uint64_t n, const char *one, const char *many)
{
	char text[32];

	if (n == 0)
		return;
	mf_show_count(text, n);
	mf_pen_printf(p, "%s%s %s", *between, text, n == 1 ? one : many);
	*between = ", ";
}

void mf_text_scanned(struct mf_pen *p, const struct mf_run *run, void (*put)(struct mf_pen *, struct mf_str))
{
	const char *between = "";
	char bytes[32], matched[32];

	counted(p, &between, run->commits, "commit", "commits");
	counted(p, &between, run->blobs, "blob", "blobs");
	counted(p, &between, run->files, "file", "files");
	mf_show_bytes(bytes, run->bytes);
	mf_pen_printf(p, "%s%s", between, bytes);
	/* of a history; elsewhere it is whole files of which some are binary */
	if (run->commits && run->matched_bytes && run->matched_bytes < run->bytes) {
		mf_show_bytes(matched, run->matched_bytes);
		mf_pen_printf(p, " (of which %s were new in their version)", matched);
	}
	if (run->took_ms < 10000)
		mf_pen_printf(p, " in %lld.%02lld s", (long long)run->took_ms / 1000, (long long)run->took_ms % 1000 / 10);
	else
		mf_pen_printf(p, " in %lld s", (long long)run->took_ms / 1000);
	mf_pen_printf(p, " with %zu rule%s", run->rules, plural(run->rules));
	if (run->rules_origin) {
		mf_pen_puts(p, " (");
		put(p, mf_str(run->rules_origin));
		mf_pen_puts(p, ")");
	}
	between = "; ";
	counted(p, &between, run->known, "object was known already", "objects were known already");
	counted(p, &between, run->elsewhere, "object is another shard's", "objects are other shards'");
	if (run->shards > 1)
		mf_pen_printf(p, "; shard %u of %u", run->shard + 1, run->shards);
}

static void what(struct mf_pen *p, const struct mf_run *run)
{
	if (run->mode) {
		mf_pen_puts(p, run->mode);
		mf_pen_puts(p, run->target || run->range ? " " : "");
	}
	if (run->target) {
		mf_pen_puts(p, "'");
		mf_pen_line(p, mf_str(run->target));
		mf_pen_puts(p, "'");
	}
	if (run->range) {
		mf_pen_puts(p, run->target ? ", " : "");
		mf_pen_line(p, mf_str(run->range));
	}
	mf_pen_puts(p, ": ");
}

void mf_text_end(struct mf_pen *p, const struct mf_ink *ink, const struct mf_run *run, const struct mf_findings *list, const struct mf_verdict *verdict)
{
	notes(p, ink, run);
	mf_pen_puts(p, verdict->findings ? ink->bad : verdict->incomplete ? ink->warn : ink->good);
	mf_text_verdict(p, list, verdict);
	mf_pen_printf(p, "%s\n%s", ink->off, ink->dim);
	if (run->mode || run->target || run->range)
		what(p, run);
	mf_text_scanned(p, run, mf_pen_line);
	mf_pen_printf(p, "%s\n", ink->off);
}
