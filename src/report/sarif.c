/* SPDX-License-Identifier: Apache-2.0 */
/* SARIF 2.1.0 for GitHub's code scanning and whoever else reads it: one run, no secret, no name or address of a person. */
#include "formats.h"
#include "sarif.h"
#include "track.h"

#include <stdlib.h>
#include <mayfly/clock.h>
#include <mayfly/hash.h>
#include <mayfly/enc.h>

enum { RESULTS_MAX = 25000 };	/* GitHub refuses a run that has more */

struct job {
	struct mf_pen p;
	struct mf_show show;
	const struct mf_run *run;
	const struct mf_findings *list;
	const struct mf_finding **picked;
	size_t n;
	struct mf_sarif_rules rules;
	struct mf_line_hash *hashes;
	struct mf_track *tracks;
};

static const char *level(enum mf_severity s)
{
	return s >= MF_SEV_HIGH ? "error" : s == MF_SEV_MEDIUM ? "warning" : "note";
}

static int uri(struct mf_pen *p, const struct mf_finding *f)
{
	struct mf_buf path = MF_BUF(SIZE_MAX / 4);
	struct mf_str s;

	if (mf_show_path(&path, f, p->err)) {
		mf_buf_free(&path);
		return -1;
	}
	s = (struct mf_str){ mf_buf_text(&path), path.n };
	while (s.n && s.p[0] == '/') {	/* relative, whatever an odd tree says */
		s.p++;
		s.n--;
	}
	mf_pen_uri(p, s);
	mf_buf_free(&path);
	return 0;
}

static void message(struct mf_pen *p, const struct mf_finding *f, const struct mf_shown *v)
{
	struct mf_buf text = MF_BUF(1 << 20);
	struct mf_pen t = { .buf = &text, .err = p->err };

	mf_pen_line(&t, mf_str(v->title));
	if (v->secret.n) {
		mf_pen_puts(&t, ": ");
		mf_pen_line(&t, v->secret);
	}
	if (f->commit) {
		mf_pen_puts(&t, ", since commit ");
		mf_pen_line(&t, (struct mf_str){ f->commit, strnlen(f->commit, 10) });
	}
	mf_pen_puts(&t, ". First revoke it");
	if (v->revoke && *v->revoke) {
		mf_pen_puts(&t, ": ");
		mf_pen_line(&t, mf_str(v->revoke));
	}
	mf_pen_puts(&t, ".");
	p->failed |= t.failed;
	mf_pen_puts(p, "          \"message\": {\"text\": ");
	mf_pen_json(p, (struct mf_str){ mf_buf_text(&text), text.n }, false);
	mf_pen_puts(p, "},\n");
	mf_buf_free(&text);
}

static int location(struct mf_pen *p, const struct mf_finding *f, const struct mf_shown *v)
{
	const unsigned line = f->line ? f->line : 1, last = f->end_line > line ? f->end_line : line;

	mf_pen_puts(p, "          \"locations\": [{\"physicalLocation\": {\"artifactLocation\": {\"uri\": \"");
	if (uri(p, f))
		return -1;
	mf_pen_printf(p, "\"}, \"region\": {\"startLine\": %u, \"endLine\": %u", line, last);
	/* SARIF's end lies behind the last character */
	if (f->col)
		mf_pen_printf(p, ", \"startColumn\": %u, \"endColumn\": %u", f->col, last == line && f->end_col < f->col ? f->col + 1 : f->end_col + 1);
	mf_pen_puts(p, ", \"snippet\": {\"text\": ");
	mf_pen_json(p, v->text, false);
	mf_pen_puts(p, "}}}}],\n");
	return 0;
}

/* Of what stays the same when lines move and history is rewritten. */
static void fingerprint(struct mf_pen *p, const struct mf_track *track, const struct mf_line_hash *h)
{
	struct mf_buf text = MF_BUF(SIZE_MAX / 4);
	struct mf_pen t = { .buf = &text, .err = p->err };
	unsigned char digest[32];
	char hex[32];

	mf_track_put(&t, track);
	mf_sha256(digest, mf_buf_text(&text), text.n);
	mf_hex_encode(hex, digest, 16, false);
	p->failed |= t.failed;
	mf_pen_printf(p, "          \"partialFingerprints\": {\"primaryLocationLineHash\": \"%llx:%zu\", \"mayfly/v1\": \"%.32s\"},\n",
		      (unsigned long long)h->hash, h->nth, hex);
	mf_buf_free(&text);
}

static int suppression(struct job *j, const struct mf_finding *f, struct mf_err *err)
{
	struct mf_str why = { 0 };

	if (!f->pass)
		return 0;
	if (f->pass_why && mf_show_text(&why, &j->show, f->pass_why, err))
		return -1;
	mf_pen_printf(&j->p, "          \"suppressions\": [{\"kind\": \"%s\", \"status\": \"accepted\"", f->pass == MF_PASS_INLINE ? "inSource" : "external");
	mf_pen_puts(&j->p, ", \"justification\": ");
	mf_pen_json(&j->p, why.n ? why : mf_str(mf_show_pass(f->pass)), false);
	mf_pen_puts(&j->p, "}],\n");
	return 0;
}

static void properties(struct mf_pen *p, const struct mf_finding *f)
{
	mf_pen_printf(p, "          \"properties\": {\"severity\": \"%s\", \"format\": \"%s\", \"source\": \"%s\"", mf_severity_name(f->severity),
		      mf_format_name(f->format), mf_show_source(f->source));
	if (f->commit) {
		mf_pen_puts(p, ", \"commit\": ");
		mf_pen_json_z(p, f->commit);
	}
	if (*mf_show_name(f)) {
		mf_pen_puts(p, ", \"id\": ");
		mf_pen_json_z(p, mf_show_name(f));
	}
	if (f->n_more_paths)
		mf_pen_printf(p, ", \"morePaths\": %zu", f->n_more_paths);
	if (f->pass)
		mf_pen_printf(p, ", \"passes\": \"%s\"", mf_show_pass(f->pass));
	mf_pen_puts(p, "}\n");
}

static int result(struct job *j, const struct mf_finding *f, struct mf_err *err)
{
	struct mf_pen *p = &j->p;
	struct mf_shown v;

	if (mf_show_finding(&v, &j->show, f, err))
		return -1;
	mf_pen_puts(p, "        {\n          \"ruleId\": ");
	mf_pen_json_z(p, v.id);
	mf_pen_printf(p, ",\n          \"ruleIndex\": %zu,\n          \"level\": \"%s\",\n", mf_sarif_rule(&j->rules, f), level(f->severity));
	message(p, f, &v);
	if (location(p, f, &v))
		return -1;
	fingerprint(p, &j->tracks[f - j->list->v], &j->hashes[f - j->list->v]);
	if (suppression(j, f, err))
		return -1;
	properties(p, f);
	mf_pen_puts(p, "        }");
	return 0;
}

static int results(struct job *j, struct mf_err *err)
{
	mf_pen_puts(&j->p, "      \"results\": [");
	for (size_t i = 0; i < j->n; i++) {
		mf_pen_puts(&j->p, i ? ",\n" : "\n");
		if (result(j, j->picked[i], err))
			return -1;
	}
	mf_pen_puts(&j->p, j->n ? "\n      ]" : "]");
	return 0;
}

static void notification(struct mf_pen *p, bool first, const char *kind, const char *what, const char *why, const char *hint)
{
	struct mf_buf text = MF_BUF(1 << 20);
	struct mf_pen t = { .buf = &text, .err = p->err };

	mf_pen_puts(&t, what);
	mf_pen_puts(&t, why ? ": " : "");
	mf_pen_puts(&t, why ? why : "");
	mf_pen_puts(&t, hint ? " (help: " : "");
	mf_pen_puts(&t, hint ? hint : "");
	mf_pen_puts(&t, hint ? ")" : "");
	p->failed |= t.failed;
	mf_pen_printf(p, "%s            {\"level\": \"%s\", \"message\": {\"text\": ", first ? "\n" : ",\n", kind);
	mf_pen_json(p, (struct mf_str){ mf_buf_text(&text), text.n }, false);
	mf_pen_puts(p, "}}");
	mf_buf_free(&text);
}

static void invocation(struct job *j, const struct mf_verdict *verdict)
{
	char from[21], to[21], many[120];
	size_t n = 0;

	mf_time_format(from, j->run->began);
	mf_time_format(to, j->run->began + j->run->took_ms / 1000);
	mf_pen_printf(&j->p, "      \"invocations\": [{\n          \"executionSuccessful\": %s,\n          \"startTimeUtc\": \"%s\",\n"
		      "          \"endTimeUtc\": \"%s\",\n          \"toolExecutionNotifications\": [", verdict->incomplete ? "false" : "true", from, to);
	for (size_t i = 0; i < j->run->n_notes; i++) {
		const struct mf_note *note = &j->run->notes[i];

		notification(&j->p, n++ == 0, note->incomplete ? "warning" : "note", note->what ? note->what : "", note->why, note->hint);
	}
	if (j->n < j->list->n) {
		snprintf(many, sizeof(many), "%zu of %zu results %s left out: a run may have %d", j->list->n - j->n, j->list->n,
			 j->list->n - j->n == 1 ? "is" : "are", RESULTS_MAX);
		notification(&j->p, n++ == 0, "warning", many, NULL, "the JSON report has all");
	}
	mf_pen_puts(&j->p, n ? "\n          ]\n      }],\n" : "]\n      }],\n");
}

static void provenance(struct job *j)
{
	struct mf_buf url = MF_BUF(1 << 16);
	struct mf_err ignored;

	if (j->run->server_url && j->run->repository && mf_buf_printf(&url, &ignored, "%s/%s", j->run->server_url, j->run->repository) == 0 &&
	    mf_show_is_url(url.p)) {
		mf_pen_puts(&j->p, "      \"versionControlProvenance\": [{\"repositoryUri\": ");
		mf_pen_json_z(&j->p, url.p);
		if (j->run->sha) {
			mf_pen_puts(&j->p, ", \"revisionId\": ");
			mf_pen_json_z(&j->p, j->run->sha);
		}
		if (j->run->ref) {
			mf_pen_puts(&j->p, ", \"branch\": ");
			mf_pen_json_z(&j->p, j->run->ref);
		}
		mf_pen_puts(&j->p, "}],\n");
	}
	mf_buf_free(&url);
}

static int document(struct job *j, const struct mf_verdict *verdict, struct mf_err *err)
{
	struct mf_pen *p = &j->p;

	mf_pen_puts(p, "{\n  \"$schema\": \"https://json.schemastore.org/sarif-2.1.0.json\",\n  \"version\": \"2.1.0\",\n  \"runs\": [\n    {\n"
		    "      \"tool\": {\"driver\": {\n        \"name\": \"mayfly\",\n        \"version\": ");
	mf_pen_json_z(p, j->run->version ? j->run->version : "");
	mf_pen_puts(p, ",\n        \"rules\": [");
	mf_sarif_rules_write(p, &j->rules);
	mf_pen_puts(p, "\n      }},\n");
	if (j->run->category && *j->run->category) {
		const size_t n = strlen(j->run->category);

		/* GitHub takes what stands before the last slash for the category */
		mf_pen_puts(p, "      \"automationDetails\": {\"id\": ");
		if (j->run->category[n - 1] == '/') {
			mf_pen_json_z(p, j->run->category);
		} else {
			struct mf_buf id = MF_BUF(SIZE_MAX / 4);

			p->failed |= mf_buf_printf(&id, err, "%s/", j->run->category) != 0;
			mf_pen_json_z(p, mf_buf_text(&id));
			mf_buf_free(&id);
		}
		mf_pen_puts(p, "},\n");
	}
	provenance(j);
	invocation(j, verdict);
	mf_pen_puts(p, "      \"columnKind\": \"unicodeCodePoints\",\n");
	if (results(j, err))
		return -1;
	mf_pen_puts(p, "\n    }\n  ]\n}\n");
	return 0;
}

int mf_report_sarif(FILE *to, const struct mf_run *run, const struct mf_findings *list, const struct mf_verdict *verdict,
		    const struct mf_report_opts *opts, struct mf_err *err)
{
	struct job j = { .p = { .to = to, .err = err }, .run = run, .list = list };
	int r;

	(void)opts;
	if (mf_show_open(&j.show, list, false, err))
		return -1;
	r = mf_sarif_pick(&j.picked, &j.n, list, RESULTS_MAX, err) || mf_sarif_rules(&j.rules, j.picked, j.n, err) ||
	    mf_line_hashes(&j.hashes, &j.show, err) || mf_tracks(&j.tracks, &j.show, err) || document(&j, verdict, err) ? -1 : 0;
	mf_show_close(&j.show);
	free(j.picked);
	free(j.rules.v);
	free(j.hashes);
	free(j.tracks);
	return r ? r : mf_pen_end(&j.p);
}
