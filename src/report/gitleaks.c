/* SPDX-License-Identifier: Apache-2.0 */
/* gitleaks' reports, field by field and byte by byte as gitleaks 8.30 writes them. What passes is not in them. */
#include "gitleaks.h"

#include <stdlib.h>
#include <mayfly/alloc.h>
#include "formats.h"
#include "show.h"

static struct mf_str view(const struct mf_buf *b)
{
	return (struct mf_str){ mf_buf_text(b), b->n };
}

static int each(struct mf_pen *p, const struct mf_run *run, const struct mf_findings *list, const struct mf_report_opts *opts, const struct mf_hide *hide,
		mf_leak_fn *put, size_t *n, struct mf_err *err)
{
	bool links = false;

	for (size_t i = 0; i < list->n; i++) {
		struct mf_finding f = list->v[i];	/* borrows */

		/* gitleaks has an entry for each path */
		for (size_t k = 0; !f.pass && k <= list->v[i].n_more_paths; k++) {
			struct mf_leak l;

			f.path = k ? list->v[i].more_paths[k - 1] : f.path;
			if (mf_leak_make(&l, &f, run, hide, opts, err))
				return -1;
			links = *n ? links : l.link.n > 0;
			put(p, &l, *n == 0, links);
			mf_leak_free(&l);
			++*n;
		}
	}
	return 0;
}

int mf_leak_each(struct mf_pen *p, const struct mf_run *run, const struct mf_findings *list, const struct mf_report_opts *opts, mf_leak_fn *put, size_t *n,
		 struct mf_err *err)
{
	struct mf_hide *hide = NULL;
	int r;

	*n = 0;
	if (opts->redact >= 100 && mf_hide_new(&hide, list, NULL, 0, err))
		return -1;
	r = each(p, run, list, opts, hide, put, n, err);
	mf_hide_free(hide);
	return r;
}

/* -- tags ------------------------------------------------------------------------------------------------------ */

void mf_leak_tags(struct mf_pen *p, const struct mf_leak *l, const char *between, void (*put)(struct mf_pen *, struct mf_str))
{
	static const struct { unsigned bit; const char *name; } kinds[] = {
		{ MF_ENC_PERCENT, "decoded:percent" }, { MF_ENC_UNICODE, "decoded:unicode" }, { MF_ENC_HEX, "decoded:hex" },
		{ MF_ENC_BASE64, "decoded:base64" },
	};
	char depth[32];
	size_t n = 0;

	for (size_t i = 0; i < l->n_tags; i++) {
		mf_pen_puts(p, n++ ? between : "");
		put(p, mf_str(l->tags[i]));
	}
	if (!l->encoding)
		return;
	for (size_t i = 0; i < MF_COUNT(kinds); i++)
		if (l->encoding & kinds[i].bit) {
			mf_pen_puts(p, n++ ? between : "");
			put(p, mf_str(kinds[i].name));
		}
	snprintf(depth, sizeof(depth), "decode-depth:%u", l->depth);
	mf_pen_puts(p, n ? between : "");
	put(p, mf_str(depth));
}

static void go_json(struct mf_pen *p, struct mf_str s)
{
	mf_pen_json(p, s, true);
}

/* An empty array stands on one line. */
static void tag_array(struct mf_pen *p, const struct mf_leak *l, const char *tab, int depth)
{
	char between[32] = ",\n";

	if (l->n_tags == 0 && !l->encoding) {
		mf_pen_puts(p, "[]");
		return;
	}
	for (int i = 0; i < depth + 2; i++)
		memcpy(between + 2 + i, tab, 2);
	mf_pen_puts(p, "[");
	mf_pen_puts(p, between + 1);
	mf_leak_tags(p, l, between, go_json);
	between[2 + depth + 1] = '\0';
	mf_pen_puts(p, between + 1);
	mf_pen_puts(p, "]");
}

/* -- JSON ------------------------------------------------------------------------------------------------------ */

static void name(struct mf_pen *p, const char *field, const char *tab, int depth)
{
	mf_pen_puts(p, "\n");
	for (int i = 0; i <= depth; i++)
		mf_pen_puts(p, tab);
	mf_pen_printf(p, "\"%s\": ", field);
}

static void text(struct mf_pen *p, const char *field, struct mf_str value, const char *tab, int depth)
{
	name(p, field, tab, depth);
	go_json(p, value);
	mf_pen_puts(p, ",");
}

static void number(struct mf_pen *p, const char *field, unsigned value, const char *tab, int depth)
{
	name(p, field, tab, depth);
	mf_pen_printf(p, "%u,", value);
}

/* The shortest text that is read as the same float. */
static void shortest(struct mf_pen *p, double value)
{
	const float want = (float)value;
	char out[40];

	for (int digits = 1; digits <= 9; digits++) {
		snprintf(out, sizeof(out), "%.*g", digits, (double)want);
		if (strtof(out, NULL) == want)
			break;
	}
	mf_pen_puts(p, out);
}

void mf_leak_json(struct mf_pen *p, const struct mf_leak *l, const char *tab, int depth)
{
	mf_pen_puts(p, "{");
	text(p, "RuleID", mf_str(l->rule), tab, depth);
	text(p, "Description", mf_str(l->description), tab, depth);
	number(p, "StartLine", l->line, tab, depth);
	number(p, "EndLine", l->end_line, tab, depth);
	number(p, "StartColumn", l->col, tab, depth);
	number(p, "EndColumn", l->end_col, tab, depth);
	text(p, "Match", view(&l->match), tab, depth);
	text(p, "Secret", view(&l->secret), tab, depth);
	text(p, "File", mf_str(l->file), tab, depth);
	text(p, "SymlinkFile", mf_str(""), tab, depth);
	text(p, "Commit", mf_str(l->commit), tab, depth);
	if (l->link.n)
		text(p, "Link", view(&l->link), tab, depth);
	name(p, "Entropy", tab, depth);
	shortest(p, l->entropy);
	mf_pen_puts(p, ",");
	text(p, "Author", view(&l->author), tab, depth);
	text(p, "Email", mf_str(l->email), tab, depth);
	text(p, "Date", mf_str(l->date), tab, depth);
	text(p, "Message", view(&l->message), tab, depth);
	name(p, "Tags", tab, depth);
	tag_array(p, l, tab, depth);
	mf_pen_puts(p, ",");
	name(p, "Fingerprint", tab, depth);
	go_json(p, view(&l->fingerprint));
	mf_pen_puts(p, "\n");
	for (int i = 0; i < depth; i++)
		mf_pen_puts(p, tab);
	mf_pen_puts(p, "}");
}

static void json_one(struct mf_pen *p, const struct mf_leak *l, bool first, bool links)
{
	(void)links;
	mf_pen_puts(p, first ? "\n " : ",\n ");
	mf_leak_json(p, l, " ", 1);
}

int mf_report_gitleaks_json(FILE *to, const struct mf_run *run, const struct mf_findings *list, const struct mf_verdict *verdict,
			    const struct mf_report_opts *opts, struct mf_err *err)
{
	struct mf_pen p = { .to = to, .err = err };
	size_t n;

	(void)verdict;
	mf_pen_puts(&p, "[");
	if (mf_leak_each(&p, run, list, opts, json_one, &n, err))
		return -1;
	mf_pen_puts(&p, n ? "\n]\n" : "]\n");
	return mf_pen_end(&p);
}

/* -- CSV ------------------------------------------------------------------------------------------------------- */

static void cell(struct mf_pen *p, struct mf_str s)
{
	mf_pen_puts(p, ",");
	mf_pen_csv(p, s, true);
}

static void plain(struct mf_pen *p, struct mf_str s)
{
	mf_pen_add(p, s.p, s.n);
}

static void csv_tags(struct mf_pen *p, const struct mf_leak *l)
{
	struct mf_buf all = MF_BUF(1 << 20);
	struct mf_pen t = { .buf = &all, .err = p->err };

	mf_leak_tags(&t, l, " ", plain);
	p->failed |= t.failed;
	cell(p, view(&all));
	mf_buf_free(&all);
}

static void csv_one(struct mf_pen *p, const struct mf_leak *l, bool first, bool links)
{
	if (first) {
		mf_pen_puts(p, "RuleID,Commit,File,SymlinkFile,Secret,Match,StartLine,EndLine,StartColumn,EndColumn,Author,Message,Date,Email,Fingerprint,Tags");
		mf_pen_puts(p, links ? ",Link\n" : "\n");
	}
	mf_pen_csv(p, mf_str(l->rule), true);
	cell(p, mf_str(l->commit));
	cell(p, mf_str(l->file));
	cell(p, mf_str(""));
	cell(p, view(&l->secret));
	cell(p, view(&l->match));
	mf_pen_printf(p, ",%u,%u,%u,%u", l->line, l->end_line, l->col, l->end_col);
	cell(p, view(&l->author));
	cell(p, view(&l->message));
	cell(p, mf_str(l->date));
	cell(p, mf_str(l->email));
	cell(p, view(&l->fingerprint));
	csv_tags(p, l);
	if (links)
		cell(p, view(&l->link));
	mf_pen_puts(p, "\n");
}

int mf_report_gitleaks_csv(FILE *to, const struct mf_run *run, const struct mf_findings *list, const struct mf_verdict *verdict,
			   const struct mf_report_opts *opts, struct mf_err *err)
{
	struct mf_pen p = { .to = to, .err = err };
	size_t n;

	(void)verdict;
	return mf_leak_each(&p, run, list, opts, csv_one, &n, err) ? -1 : mf_pen_end(&p);
}
