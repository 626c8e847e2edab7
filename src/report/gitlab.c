/* SPDX-License-Identifier: Apache-2.0 */
/* gl-secret-detection-report.json, schema 15.2.4. GitLab refuses a report that breaks its schema as a whole, so each limit of it is kept:
 * 255 characters in a name, 7,000 in a solution, 1,048,576 in a description, no empty texts where it wants some. */
#include "formats.h"
#include "track.h"

#include <stdlib.h>
#include <mayfly/clock.h>
#include <mayfly/enc.h>
#include <mayfly/hash.h>

#define SCHEMA "15.2.4"

enum { NAME_MAX_CHARS = 255, SOLUTION_MAX = 7000, DESCRIPTION_MAX = 100000 };

static const char *severity(enum mf_severity s)
{
	static const char *const names[] = {
		[MF_SEV_LOW] = "Low", [MF_SEV_MEDIUM] = "Medium", [MF_SEV_HIGH] = "High", [MF_SEV_CRITICAL] = "Critical"
	};

	return (unsigned)s < MF_COUNT(names) ? names[s] : "Unknown";
}

/* A name of 16 bytes in the shape of a UUID, made of what stays the same from run to run. */
static void identity(char out[static 37], char signature[static 65], struct mf_pen *p, const struct mf_finding *f, const struct mf_track *track)
{
	struct mf_buf text = MF_BUF(SIZE_MAX / 4);
	struct mf_pen t = { .buf = &text, .err = p->err };
	unsigned char digest[32];
	char hex[64];
	size_t n = 0;

	mf_track_put(&t, track);
	mf_sha256(digest, mf_buf_text(&text), text.n);
	mf_hex_encode(hex, digest, 32, false);
	memcpy(signature, hex, 64);
	signature[64] = '\0';
	mf_pen_printf(&t, "%u:%u:", f->line, f->col);
	mf_pen_json_z(&t, f->commit);
	mf_sha256(digest, mf_buf_text(&text), text.n);
	digest[6] = (unsigned char)((digest[6] & 0x0f) | 0x80);
	digest[8] = (unsigned char)((digest[8] & 0x3f) | 0x80);
	mf_hex_encode(hex, digest, 32, false);
	for (size_t i = 0; i < 32; i++) {
		if (i == 8 || i == 12 || i == 16 || i == 20)
			out[n++] = '-';
		out[n++] = hex[i];
	}
	out[n] = '\0';
	p->failed |= t.failed;
	mf_buf_free(&text);
}

static void identifiers(struct mf_pen *p, const struct mf_finding *f, const struct mf_shown *v)
{
	const char *id = *v->id ? v->id : "unknown";

	mf_pen_puts(p, "      \"identifiers\": [{\"type\": \"mayfly_rule_id\", \"name\": ");
	mf_pen_json(p, mf_pen_first(v->title && *v->title ? v->title : id, NAME_MAX_CHARS), false);
	mf_pen_puts(p, ", \"value\": ");
	mf_pen_json_z(p, id);
	if (f->rule && mf_show_is_url(f->rule->source)) {
		mf_pen_puts(p, ", \"url\": ");
		mf_pen_json_z(p, f->rule->source);
	}
	mf_pen_puts(p, "}, {\"type\": \"cwe\", \"name\": \"CWE-798\", \"value\": \"798\", "
		    "\"url\": \"https://cwe.mitre.org/data/definitions/798.html\"}],\n");
}

static void words(struct mf_pen *p, const struct mf_finding *f, const struct mf_shown *v)
{
	struct mf_buf text = MF_BUF(SIZE_MAX / 4);
	struct mf_pen t = { .buf = &text, .err = p->err };

	mf_pen_puts(p, "      \"name\": ");
	mf_pen_json(p, mf_pen_first(v->title, NAME_MAX_CHARS), false);
	mf_pen_puts(&t, v->opens && *v->opens ? v->opens : v->title);
	mf_pen_puts(&t, f->format == MF_FORMAT_VERIFIED ? " (its checksum or structure is right)" :
		       f->format == MF_FORMAT_BROKEN ? " (its checksum or structure is wrong)" : "");
	p->failed |= t.failed;
	mf_pen_puts(p, ",\n      \"description\": ");
	mf_pen_json(p, mf_pen_first(mf_buf_text(&text), DESCRIPTION_MAX), false);
	mf_buf_free(&text);
	mf_pen_printf(p, ",\n      \"severity\": \"%s\",\n      \"solution\": ", severity(f->severity));
	mf_pen_puts(&t, "First revoke it: ");
	mf_pen_puts(&t, v->revoke && *v->revoke ? v->revoke : "where it was issued");
	mf_pen_puts(&t, "\nThen remove it; the history still holds it.");
	p->failed |= t.failed;
	mf_pen_json(p, mf_pen_first(mf_buf_text(&text), SOLUTION_MAX - 100), false);
	mf_pen_puts(p, ",\n");
	mf_buf_free(&text);
}

static int file(struct mf_pen *p, const struct mf_finding *f)
{
	struct mf_buf path = MF_BUF(SIZE_MAX / 4);

	if (mf_show_path(&path, f, p->err)) {
		mf_buf_free(&path);
		return -1;
	}
	mf_pen_json(p, (struct mf_str){ mf_buf_text(&path), path.n }, false);
	mf_buf_free(&path);
	return 0;
}

static int location(struct mf_pen *p, const struct mf_run *run, const struct mf_finding *f)
{
	const unsigned line = f->line ? f->line : 1;
	const char *sha = f->commit ? f->commit : run->sha && *run->sha ? run->sha : "0000000";	/* as GitLab's own analyzer has it */

	mf_pen_puts(p, "      \"location\": {\"file\": ");
	if (file(p, f))
		return -1;
	mf_pen_printf(p, ", \"start_line\": %u, \"end_line\": %u, \"commit\": {\"sha\": ", line, f->end_line > line ? f->end_line : line);
	mf_pen_json_z(p, *sha ? sha : "0000000");
	if (f->commit) {
		char when[21];

		mf_time_format(when, f->date);
		mf_pen_printf(p, ", \"date\": \"%s\"", when);
	}
	mf_pen_puts(p, "}},\n");
	return 0;
}

static int tracking(struct mf_pen *p, const struct mf_finding *f, const char *signature)
{
	const unsigned line = f->line ? f->line : 1;

	mf_pen_puts(p, "      \"tracking\": {\"type\": \"source\", \"items\": [{\"file\": ");
	if (file(p, f))
		return -1;
	mf_pen_printf(p, ", \"start_line\": %u, \"end_line\": %u, \"signatures\": [{\"algorithm\": \"mayfly_v1\", \"value\": \"%s\"}]}]}", line,
		      f->end_line > line ? f->end_line : line, signature);
	return 0;
}

static void flags(struct mf_pen *p, const struct mf_finding *f)
{
	if (f->format == MF_FORMAT_BROKEN)
		mf_pen_puts(p, ",\n      \"flags\": [{\"type\": \"flagged-as-likely-false-positive\", \"origin\": \"mayfly\", "
			    "\"description\": \"its checksum or structure is wrong\"}]");
}

static int vulnerability(struct mf_pen *p, struct mf_show *s, const struct mf_run *run, const struct mf_finding *f, const struct mf_track *track,
			 struct mf_err *err)
{
	char id[37], signature[65];
	struct mf_shown v;

	if (mf_show_finding(&v, s, f, err))
		return -1;
	identity(id, signature, p, f, track);
	mf_pen_printf(p, "    {\n      \"id\": \"%s\",\n      \"category\": \"secret_detection\",\n", id);
	words(p, f, &v);
	mf_pen_puts(p, "      \"raw_source_code_extract\": ");
	mf_pen_json(p, v.text, false);
	mf_pen_puts(p, ",\n");
	identifiers(p, f, &v);
	if (location(p, run, f) || tracking(p, f, signature))
		return -1;
	flags(p, f);
	mf_pen_puts(p, "\n    }");
	return 0;
}

static void tool(struct mf_pen *p, const char *role, const struct mf_run *run)
{
	mf_pen_printf(p, "    \"%s\": {\"id\": \"mayfly\", \"name\": \"mayfly\", \"version\": ", role);
	mf_pen_json(p, mf_pen_first(run->version && *run->version ? run->version : "unknown", NAME_MAX_CHARS), false);
	mf_pen_puts(p, ", \"vendor\": {\"name\": \"mayfly\"}},\n");
}

static void messages(struct mf_pen *p, const struct mf_run *run)
{
	const char *before = ",\n    \"messages\": [\n";

	for (size_t i = 0; i < run->n_notes; i++) {
		const struct mf_note *n = &run->notes[i];
		struct mf_buf text = MF_BUF(SIZE_MAX / 4);
		struct mf_pen t = { .buf = &text, .err = p->err };

		mf_pen_puts(&t, n->what && *n->what ? n->what : "note");
		mf_pen_puts(&t, n->why ? ": " : "");
		mf_pen_puts(&t, n->why ? n->why : "");
		p->failed |= t.failed;
		mf_pen_printf(p, "%s      {\"level\": \"%s\", \"value\": ", before, n->incomplete ? "warn" : "info");
		mf_pen_json(p, (struct mf_str){ mf_buf_text(&text), text.n }, false);
		mf_pen_puts(p, "}");
		mf_buf_free(&text);
		before = ",\n";
	}
	if (run->n_notes)
		mf_pen_puts(p, "\n    ]");
}

static void scan(struct mf_pen *p, const struct mf_run *run)
{
	char from[21], to[21];

	mf_time_format(from, run->began);
	mf_time_format(to, run->began + run->took_ms / 1000);
	mf_pen_puts(p, "  \"scan\": {\n");
	tool(p, "analyzer", run);
	tool(p, "scanner", run);
	/* no time zone: the schema's own form */
	mf_pen_printf(p, "    \"type\": \"secret_detection\",\n    \"start_time\": \"%.19s\",\n    \"end_time\": \"%.19s\",\n    \"status\": \"success\"", from, to);
	messages(p, run);
	mf_pen_puts(p, "\n  },\n");
}

int mf_report_gitlab(FILE *to, const struct mf_run *run, const struct mf_findings *list, const struct mf_verdict *verdict,
		     const struct mf_report_opts *opts, struct mf_err *err)
{
	struct mf_pen p = { .to = to, .err = err };
	const char *before = "\n";
	struct mf_track *tracks = NULL;
	struct mf_show s;
	int r = 0;

	(void)opts;
	(void)verdict;
	if (mf_show_open(&s, list, false, err))
		return -1;
	if (mf_tracks(&tracks, &s, err)) {
		mf_show_close(&s);
		return -1;
	}
	mf_pen_puts(&p, "{\n  \"version\": \"" SCHEMA "\",\n  \"schema\": \"https://gitlab.com/gitlab-org/security-products/security-report-schemas/"
		    "-/raw/v" SCHEMA "/dist/secret-detection-report-format.json\",\n");
	scan(&p, run);
	mf_pen_puts(&p, "  \"vulnerabilities\": [");
	/* what passes is left out: GitLab would ask for it again */
	for (size_t i = 0; i < list->n && r == 0; i++) {
		if (list->v[i].pass)
			continue;
		mf_pen_puts(&p, before);
		r = vulnerability(&p, &s, run, &list->v[i], &tracks[i], err);
		before = ",\n";
	}
	mf_pen_puts(&p, *before == ',' ? "\n  ]\n}\n" : "]\n}\n");
	mf_show_close(&s);
	free(tracks);
	return r ? r : mf_pen_end(&p);
}
