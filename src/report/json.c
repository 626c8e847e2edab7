/* SPDX-License-Identifier: Apache-2.0 */
/* Our own report: everything that is known, without the secrets; `mayfly merge` reads it back. One finding a line. */
#include "formats.h"
#include "json.h"
#include "show.h"

#include <stdlib.h>
#include <mayfly/alloc.h>
#include <mayfly/clock.h>
#include <mayfly/enc.h>

const char *const mf_encoding_names[6] = { "base64", "hex", "percent", "unicode", "utf16", "archive" };

static void member(struct mf_pen *p, const char *name, const char *value)
{
	mf_pen_printf(p, "\"%s\": ", name);
	mf_pen_json_z(p, value);
	mf_pen_puts(p, ", ");
}

static void number(struct mf_pen *p, const char *name, uint64_t n)
{
	mf_pen_printf(p, "\"%s\": %llu, ", name, (unsigned long long)n);
}

static void text(struct mf_pen *p, const char *name, struct mf_str s)
{
	mf_pen_printf(p, "\"%s\": ", name);
	mf_pen_json(p, s, false);
	mf_pen_puts(p, ", ");
}

static void when(struct mf_pen *p, const char *name, int64_t t)
{
	char out[21];

	if (t == 0) {
		mf_pen_printf(p, "\"%s\": null, ", name);
		return;
	}
	mf_time_format(out, t);
	mf_pen_printf(p, "\"%s\": \"%s\", ", name, out);
}

/* A comma too many is taken back by writing the last member without one. */
static void last_bool(struct mf_pen *p, const char *name, bool v)
{
	mf_pen_printf(p, "\"%s\": %s", name, v ? "true" : "false");
}

static void base64(struct mf_pen *p, const char *s)
{
	const size_t n = strlen(s);
	char *out = malloc(mf_b64_len(n, true) + 1);

	if (!out) {
		mf_fail_nomem(p->err);
		p->failed = true;
		return;
	}
	out[mf_b64_encode(out, s, n, MF_B64_STD, true)] = '\0';
	mf_pen_json_z(p, out);
	free(out);
}

/* Names of files are bytes: where they are no UTF-8, the exact ones stand beside the readable ones. */
static bool plain(const char *s)
{
	return mf_utf8_valid(s, strlen(s));
}

static void paths(struct mf_pen *p, const struct mf_finding *f)
{
	const char *path = f->path ? f->path : "";
	bool exact = true;

	member(p, "path", path);
	if (!plain(path)) {
		mf_pen_puts(p, "\"path_b64\": ");
		base64(p, path);
		mf_pen_puts(p, ", ");
	}
	mf_pen_puts(p, "\"more_paths\": [");
	for (size_t i = 0; i < f->n_more_paths; i++) {
		mf_pen_puts(p, i ? ", " : "");
		mf_pen_json_z(p, f->more_paths[i]);
		exact &= plain(f->more_paths[i]);
	}
	mf_pen_puts(p, "], ");
	if (exact)
		return;
	mf_pen_puts(p, "\"more_paths_b64\": [");
	for (size_t i = 0; i < f->n_more_paths; i++) {
		mf_pen_puts(p, i ? ", " : "");
		base64(p, f->more_paths[i]);
	}
	mf_pen_puts(p, "], ");
}

static int hidden(struct mf_pen *p, struct mf_show *s, const char *name, const char *value, struct mf_err *err)
{
	struct mf_str shown;

	if (!value) {
		member(p, name, NULL);
		return 0;
	}
	if (mf_show_text(&shown, s, value, err))
		return -1;
	text(p, name, shown);
	return 0;
}

static int commit(struct mf_pen *p, struct mf_show *s, const struct mf_finding *f, struct mf_err *err)
{
	member(p, "source", mf_show_source(f->source));
	member(p, "repo", f->repo);
	member(p, "commit", f->commit);
	member(p, "blob", f->blob);
	if (f->author || f->email) {
		mf_pen_puts(p, "\"author\": {");
		if (hidden(p, s, "name", f->author ? f->author : "", err) || hidden(p, s, "email", f->email ? f->email : "", err))
			return -1;
		when(p, "date", f->date);
		mf_pen_printf(p, "\"time\": %lld, \"tz\": %d}, ", (long long)f->date, f->tz);
	} else {
		mf_pen_puts(p, "\"author\": null, ");
	}
	number(p, "order", f->order);
	number(p, "versions", f->versions);
	if (f->boundary)
		mf_pen_puts(p, "\"boundary\": true, ");
	return 0;
}

static void tags(struct mf_pen *p, const struct mf_finding *f)
{
	size_t n;
	const char *const *list = mf_finding_tags(f, &n);

	for (size_t i = 0; i < n; i++) {
		mf_pen_puts(p, i ? ", " : "\"tags\": [");
		mf_pen_json_z(p, list[i]);
	}
	if (n)
		mf_pen_puts(p, "], ");
}

static void encodings(struct mf_pen *p, const struct mf_finding *f)
{
	const char *between = "";

	mf_pen_puts(p, "\"encoding\": [");
	for (size_t i = 0; i < MF_COUNT(mf_encoding_names); i++)
		if (f->encoding >> i & 1) {
			mf_pen_printf(p, "%s\"%s\"", between, mf_encoding_names[i]);
			between = ", ";
		}
	mf_pen_printf(p, "], \"depth\": %u, ", f->depth);
}

static int pass(struct mf_pen *p, struct mf_show *s, const struct mf_finding *f, struct mf_err *err)
{
	if (!f->pass && !f->pass_until) {
		mf_pen_puts(p, "\"pass\": null, ");
		return 0;
	}
	mf_pen_puts(p, "\"pass\": {");
	member(p, "by", mf_show_pass(f->pass ? f->pass : MF_PASS_ACCEPTED));
	if (hidden(p, s, "why", f->pass_why, err))
		return -1;
	when(p, "until", f->pass_until);
	last_bool(p, "expired", !f->pass);
	mf_pen_puts(p, "}, ");
	return 0;
}

static void facts(struct mf_pen *p, const struct mf_token_facts *t)
{
	mf_pen_puts(p, "\"facts\": {");
	member(p, "account", *t->account ? t->account : NULL);
	when(p, "issued", t->issued);
	when(p, "expires", t->expires);
	mf_pen_puts(p, "\"note\": ");
	mf_pen_json_z(p, *t->note ? t->note : NULL);
	mf_pen_puts(p, "}}");
}

static int fingerprint(struct mf_pen *p, const struct mf_finding *f, struct mf_err *err)
{
	struct mf_buf fp = MF_BUF(SIZE_MAX / 4);
	int r = mf_fingerprint(&fp, f, mf_show_id(f), err);

	if (r == 0)
		text(p, "fingerprint", (struct mf_str){ mf_buf_text(&fp), fp.n });
	mf_buf_free(&fp);
	return r;
}

static int finding(struct mf_pen *p, struct mf_show *s, const struct mf_finding *f, struct mf_err *err)
{
	struct mf_shown v;

	mf_pen_puts(p, "{");
	member(p, "rule", mf_show_id(f));
	member(p, "title", mf_show_title(f));
	member(p, "severity", mf_severity_name(f->severity));
	member(p, "format", mf_format_name(f->format));
	paths(p, f);
	if (commit(p, s, f, err) || mf_show_finding(&v, s, f, err))
		return -1;
	mf_pen_printf(p, "\"line\": %u, \"column\": %u, \"end_line\": %u, \"end_column\": %u, ", f->line, f->col, f->end_line, f->end_col);
	text(p, "secret", v.secret);
	text(p, "match", v.match);
	text(p, "text", v.text);
	member(p, "id", *mf_show_name(f) ? mf_show_name(f) : NULL);
	if (fingerprint(p, f, err))
		return -1;
	mf_pen_printf(p, "\"entropy\": %.4f, ", f->entropy);
	tags(p, f);
	encodings(p, f);
	if (pass(p, s, f, err))
		return -1;
	facts(p, &f->facts);
	return 0;
}

static void notes(struct mf_pen *p, const struct mf_run *run)
{
	mf_pen_puts(p, "\"notes\": [");
	for (size_t i = 0; i < run->n_notes; i++) {
		mf_pen_puts(p, i ? ",\n    {" : "\n    {");
		member(p, "what", run->notes[i].what ? run->notes[i].what : "");
		member(p, "why", run->notes[i].why);
		member(p, "hint", run->notes[i].hint);
		last_bool(p, "incomplete", run->notes[i].incomplete);
		mf_pen_puts(p, "}");
	}
	mf_pen_puts(p, run->n_notes ? "\n  ]" : "]");
}

static void about(struct mf_pen *p, const struct mf_run *run)
{
	mf_pen_puts(p, "{\n\"mayfly\": {");
	member(p, "version", run->version ? run->version : "");
	mf_pen_printf(p, "\"format\": %d},\n\"run\": {\n  ", MF_JSON_FORMAT);
	member(p, "mode", run->mode);
	member(p, "target", run->target);
	member(p, "range", run->range);
	member(p, "repository", run->repository);
	member(p, "server_url", run->server_url);
	member(p, "ref", run->ref);
	member(p, "sha", run->sha);
	mf_pen_puts(p, "\n  ");
	mf_pen_printf(p, "\"began\": %lld, \"took_ms\": %lld, ", (long long)run->began, (long long)run->took_ms);
	number(p, "files", run->files);
	number(p, "blobs", run->blobs);
	number(p, "commits", run->commits);
	number(p, "bytes", run->bytes);
	number(p, "matched_bytes", run->matched_bytes);
	number(p, "known", run->known);
	number(p, "elsewhere", run->elsewhere);
	mf_pen_puts(p, "\n  ");
	number(p, "shard", run->shard);
	number(p, "shards", run->shards);
	number(p, "oid_len", run->oid_len);
	number(p, "rules", run->rules);
	member(p, "rules_origin", run->rules_origin);
	notes(p, run);
	mf_pen_puts(p, "\n},\n");
}

static void outcome(struct mf_pen *p, const struct mf_run *run, const struct mf_verdict *verdict)
{
	mf_pen_printf(p, "\"verdict\": {\"findings\": %zu, \"passed\": {", verdict->findings);
	for (int i = MF_PASS_INLINE; i <= MF_PASS_ACCEPTED; i++)
		mf_pen_printf(p, "%s\"%s\": %zu", i > MF_PASS_INLINE ? ", " : "", mf_show_pass((enum mf_pass)i), verdict->passed[i]);
	mf_pen_printf(p, "}, \"expired\": %zu, ", verdict->expired);
	last_bool(p, "incomplete", verdict->incomplete);
	mf_pen_puts(p, "},\n");
	last_bool(p, "raw", run->shards > 1);
	mf_pen_puts(p, "\n}\n");
}

int mf_report_json(FILE *to, const struct mf_run *run, const struct mf_findings *list, const struct mf_verdict *verdict,
		   const struct mf_report_opts *opts, struct mf_err *err)
{
	struct mf_pen p = { .to = to, .err = err };
	struct mf_show s;
	int r = 0;

	(void)opts;
	if (mf_show_open(&s, list, false, err))
		return -1;
	about(&p, run);
	mf_pen_puts(&p, "\"findings\": [");
	for (size_t i = 0; i < list->n && r == 0; i++) {
		mf_pen_puts(&p, i ? ",\n" : "\n");
		r = finding(&p, &s, &list->v[i], err);
	}
	mf_pen_puts(&p, list->n ? "\n],\n" : "],\n");
	outcome(&p, run, verdict);
	mf_show_close(&s);
	return r ? r : mf_pen_end(&p);
}
