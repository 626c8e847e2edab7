/* SPDX-License-Identifier: Apache-2.0 */
/* The check as gl-secret-detection-report.json, schema 15.2.4: GitLab refuses a report that breaks its schema as a whole, so its limits are kept. */
#include "check.h"
#include "show.h"

#include <mayfly/clock.h>
#include <mayfly/enc.h>
#include <mayfly/hash.h>

#define SCHEMA "15.2.4"

enum { NAME_MAX_CHARS = 255, SOLUTION_MAX = 6900 };

/* In the shape of a UUID, and as a signature, made of the item's id, which stays from run to run. */
static void identity(char out[static 37], char signature[static 65], const char *id)
{
	unsigned char digest[32];
	char hex[32];
	size_t n = 0;

	mf_sha256(digest, id, strlen(id));
	mf_hex_encode(signature, digest, 32, false);
	signature[64] = '\0';
	digest[6] = (unsigned char)((digest[6] & 0x0f) | 0x80);
	digest[8] = (unsigned char)((digest[8] & 0x3f) | 0x80);
	mf_hex_encode(hex, digest, 16, false);
	for (size_t i = 0; i < 32; i++) {
		if (i == 8 || i == 12 || i == 16 || i == 20)
			out[n++] = '-';
		out[n++] = hex[i];
	}
	out[n] = '\0';
}

/* A text that was put together, as a JSON string of at most `most` bytes. */
static void quoted(struct mf_pen *p, struct mf_pen *t, size_t most)
{
	p->failed |= t->failed;
	mf_pen_json(p, mf_pen_first(mf_buf_text(t->buf), most), false);
	mf_buf_free(t->buf);
}

static void words(struct mf_pen *p, const struct mf_check_item *item)
{
	struct mf_buf text = MF_BUF(SIZE_MAX / 4);
	struct mf_pen t = { .buf = &text, .err = p->err };
	const char *title = item->title && *item->title ? item->title : item->rule;

	mf_pen_puts(p, "      \"name\": ");
	mf_pen_json(p, mf_pen_first(title, NAME_MAX_CHARS), false);
	mf_pen_puts(&t, title);
	if (item->life.kind) {
		mf_pen_puts(&t, " ");
		mf_check_put_verdict(&t, item);
	}
	mf_pen_puts(&t, ": ");
	mf_check_put_where(&t, item, mf_pen_line);
	mf_pen_puts(&t, "\n");
	mf_pen_puts(&t, mf_check_why(item));
	mf_pen_puts(p, ",\n      \"description\": ");
	quoted(p, &t, 100000);
	mf_pen_printf(p, ",\n      \"severity\": \"%s\",\n      \"solution\": ", item->fails ? "High" : "Medium");
	mf_pen_puts(&t, mf_check_fix(item));
	if (item->yaml && *item->yaml) {
		mf_pen_puts(&t, "\n");
		mf_pen_puts(&t, item->yaml);
	}
	quoted(p, &t, SOLUTION_MAX);
	mf_pen_puts(p, ",\n");
}

/* A variable is in no file; what set it may be the job's definition. */
static void place(struct mf_pen *p, const struct mf_check_run *run, const struct mf_check_item *item)
{
	const bool own = item->path && *item->path, in = mf_check_in_repository(item);
	const unsigned line = (own || in) && item->line ? item->line : 1, last = item->end_line > line ? item->end_line : line;

	mf_pen_puts(p, "\"file\": ");
	mf_pen_json_z(p, own ? item->path : run->workflow && *run->workflow ? run->workflow : "environment");
	mf_pen_printf(p, ", \"start_line\": %u, \"end_line\": %u", line, last);
}

static void vulnerability(struct mf_pen *p, const struct mf_check_run *run, const struct mf_check_item *item)
{
	const unsigned cwe = item->life.kind ? 613 : 522;
	char id[37], signature[65];

	identity(id, signature, item->id);
	mf_pen_printf(p, "    {\n      \"id\": \"%s\",\n      \"category\": \"secret_detection\",\n", id);
	words(p, item);
	mf_pen_puts(p, "      \"raw_source_code_extract\": ");
	mf_pen_json_z(p, item->shown ? item->shown : "");
	mf_pen_puts(p, ",\n      \"identifiers\": [{\"type\": \"mayfly_rule_id\", \"name\": ");
	mf_pen_json(p, mf_pen_first(item->rule, NAME_MAX_CHARS), false);
	mf_pen_puts(p, ", \"value\": ");
	mf_pen_json(p, mf_pen_first(item->rule, NAME_MAX_CHARS), false);
	/* insufficient session expiration; insufficiently protected credentials */
	mf_pen_printf(p, "}, {\"type\": \"cwe\", \"name\": \"CWE-%u\", \"value\": \"%u\", "
		      "\"url\": \"https://cwe.mitre.org/data/definitions/%u.html\"}],\n      \"location\": {", cwe, cwe, cwe);
	place(p, run, item);
	mf_pen_puts(p, ", \"commit\": {\"sha\": ");
	mf_pen_json_z(p, run->sha && *run->sha ? run->sha : "0000000");
	mf_pen_puts(p, "}},\n      \"tracking\": {\"type\": \"source\", \"items\": [{");
	place(p, run, item);
	mf_pen_printf(p, ", \"signatures\": [{\"algorithm\": \"mayfly_check_v1\", \"value\": \"%s\"}]}]}\n    }", signature);
}

static void tool(struct mf_pen *p, const char *role, const struct mf_check_run *run)
{
	mf_pen_printf(p, "    \"%s\": {\"id\": \"mayfly-check\", \"name\": \"mayfly check\", \"version\": ", role);
	mf_pen_json(p, mf_pen_first(run->version && *run->version ? run->version : "unknown", NAME_MAX_CHARS), false);
	mf_pen_puts(p, ", \"vendor\": {\"name\": \"mayfly\"}},\n");
}

static void messages(struct mf_pen *p, const struct mf_check_list *l)
{
	const char *before = ",\n    \"messages\": [\n";

	for (size_t i = 0; i < l->n_notes; i++) {
		const struct mf_check_note *n = &l->notes[i];
		struct mf_buf text = MF_BUF(SIZE_MAX / 4);
		struct mf_pen t = { .buf = &text, .err = p->err };

		mf_pen_puts(&t, n->what && *n->what ? n->what : "note");
		mf_pen_puts(&t, n->why ? ": " : "");
		mf_pen_puts(&t, n->why ? n->why : "");
		mf_pen_printf(p, "%s      {\"level\": \"%s\", \"value\": ", before, n->incomplete ? "warn" : "info");
		quoted(p, &t, 10000);
		mf_pen_puts(p, "}");
		before = ",\n";
	}
	if (l->n_notes)
		mf_pen_puts(p, "\n    ]");
}

static void scan(struct mf_pen *p, const struct mf_check_run *run, const struct mf_check_list *l)
{
	char from[21], to[21];

	mf_time_format(from, run->began);
	mf_time_format(to, run->began + run->took_ms / 1000);
	mf_pen_puts(p, "  \"scan\": {\n");
	tool(p, "analyzer", run);
	tool(p, "scanner", run);
	mf_pen_printf(p, "    \"type\": \"secret_detection\",\n    \"start_time\": \"%.19s\",\n    \"end_time\": \"%.19s\",\n"
		      "    \"status\": \"success\"", from, to);
	messages(p, l);
	mf_pen_puts(p, "\n  },\n");
}

int mf_check_gitlab_report(FILE *to, const struct mf_check_run *run, const struct mf_check_list *l, const struct mf_check_verdict *v,
			   const struct mf_check_report_opts *opts, struct mf_err *err)
{
	struct mf_pen p = { .to = to, .err = err };
	const char *before = "\n";

	(void)opts;
	(void)v;
	mf_pen_puts(&p, "{\n  \"version\": \"" SCHEMA "\",\n  \"schema\": \"https://gitlab.com/gitlab-org/security-products/security-report-schemas/"
		    "-/raw/v" SCHEMA "/dist/secret-detection-report-format.json\",\n");
	scan(&p, run, l);
	mf_pen_puts(&p, "  \"vulnerabilities\": [");
	/* what passes is left out: GitLab would ask for it again */
	for (size_t i = 0; i < l->n; i++) {
		if (!l->v[i].fails && !l->v[i].warns)
			continue;
		mf_pen_puts(&p, before);
		vulnerability(&p, run, &l->v[i]);
		before = ",\n";
	}
	mf_pen_puts(&p, *before == ',' ? "\n  ]\n}\n" : "]\n}\n");
	return mf_pen_end(&p);
}
