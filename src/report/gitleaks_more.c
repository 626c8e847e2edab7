/* SPDX-License-Identifier: Apache-2.0 */
/* gitleaks' JUnit and SARIF. */
#include "gitleaks.h"

#include <stdlib.h>
#include <mayfly/alloc.h>
#include "formats.h"

static void xml(struct mf_pen *p, const char *s)
{
	mf_pen_xml(p, mf_str(s), MF_XML_GO);
}

/* -- JUnit ----------------------------------------------------------------------------------------------------- */

static void sentence(struct mf_pen *p, const struct mf_leak *l)
{
	xml(p, l->rule);
	mf_pen_puts(p, " has detected a secret in file ");
	xml(p, l->file);
	mf_pen_printf(p, ", line %u", l->line);
	if (*l->commit) {
		mf_pen_puts(p, ", at commit ");
		xml(p, l->commit);
	}
	mf_pen_puts(p, ".");
}

static void testcase(struct mf_pen *p, const struct mf_leak *l, bool first, bool links)
{
	struct mf_buf json = MF_BUF(SIZE_MAX / 4);
	struct mf_pen j = { .buf = &json, .err = p->err };

	(void)first;
	(void)links;
	mf_leak_json(&j, l, "\t", 0);
	p->failed |= j.failed;
	mf_pen_puts(p, "\n\t\t<testcase classname=\"");
	xml(p, l->description);
	mf_pen_puts(p, "\" file=\"");
	xml(p, l->file);
	mf_pen_puts(p, "\" name=\"");
	sentence(p, l);
	mf_pen_puts(p, "\" time=\"\">\n\t\t\t<failure message=\"");
	sentence(p, l);
	mf_pen_puts(p, "\" type=\"");
	xml(p, l->description);
	mf_pen_puts(p, "\">");
	mf_pen_xml(p, (struct mf_str){ mf_buf_text(&json), json.n }, MF_XML_GO);
	mf_pen_puts(p, "</failure>\n\t\t</testcase>");
	mf_buf_free(&json);
}

int mf_report_gitleaks_junit(FILE *to, const struct mf_run *run, const struct mf_findings *list, const struct mf_verdict *verdict,
			     const struct mf_report_opts *opts, struct mf_err *err)
{
	struct mf_pen p = { .to = to, .err = err };
	size_t n = 0;

	(void)verdict;
	for (size_t i = 0; i < list->n; i++)
		n += list->v[i].pass ? 0 : 1 + list->v[i].n_more_paths;
	mf_pen_puts(&p, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n");
	mf_pen_printf(&p, "\t<testsuite failures=\"%zu\" name=\"gitleaks\" tests=\"%zu\" time=\"\">", n, n);
	if (mf_leak_each(&p, run, list, opts, testcase, &n, err))
		return -1;
	mf_pen_puts(&p, n ? "\n\t</testsuite>\n</testsuites>" : "</testsuite>\n</testsuites>");
	return mf_pen_end(&p);
}

/* -- SARIF ----------------------------------------------------------------------------------------------------- */

struct named {
	const char *id, *title;
};

static int by_id(const void *a, const void *b)
{
	const struct named *x = a, *y = b;
	const int r = strcmp(x->id, y->id);

	return r ? r : strcmp(x->title, y->title);
}

/* Several of our rules may be one of gitleaks'. */
static int rules(struct mf_pen *p, const struct mf_run *run, const struct mf_report_opts *opts)
{
	const size_t n = run->all_rules ? run->rules : 0;
	struct named *v = mf_calloc(n + 1, sizeof(*v));
	const char *before = "[\n";

	if (!v)
		return mf_fail_nomem(p->err);
	for (size_t i = 0; i < n; i++)
		v[i] = (struct named){ mf_leak_rule(run->all_rules[i], opts->gitleaks_ids), run->all_rules[i]->title ? run->all_rules[i]->title : "" };
	if (n)
		qsort(v, n, sizeof(*v), by_id);
	mf_pen_puts(p, n ? "" : "[");
	for (size_t i = 0; i < n; i++) {
		if (i && strcmp(v[i].id, v[i - 1].id) == 0)
			continue;
		mf_pen_puts(p, before);
		mf_pen_puts(p, "      {\n       \"id\": ");
		mf_pen_json(p, mf_str(v[i].id), true);
		mf_pen_puts(p, ",\n       \"shortDescription\": {\n        \"text\": ");
		mf_pen_json(p, mf_str(v[i].title), true);
		mf_pen_puts(p, "\n       }\n      }");
		before = ",\n";
	}
	mf_pen_puts(p, n ? "\n     ]" : "]");
	free(v);
	return 0;
}

static void message(struct mf_pen *p, const struct mf_leak *l)
{
	struct mf_buf text = MF_BUF(SIZE_MAX / 4);
	struct mf_pen t = { .buf = &text, .err = p->err };

	mf_pen_puts(&t, l->rule);
	mf_pen_puts(&t, " has detected secret for file ");
	mf_pen_puts(&t, l->file);
	mf_pen_puts(&t, *l->commit ? " at commit " : "");
	mf_pen_puts(&t, l->commit);
	mf_pen_puts(&t, ".");
	mf_pen_puts(p, "    {\n     \"message\": {\n      \"text\": ");
	mf_pen_json(p, (struct mf_str){ mf_buf_text(&text), text.n }, true);
	mf_pen_puts(p, "\n     },\n");
	mf_buf_free(&text);
	p->failed |= t.failed;
}

static void location(struct mf_pen *p, const struct mf_leak *l)
{
	mf_pen_puts(p, "     \"ruleId\": ");
	mf_pen_json(p, mf_str(l->rule), true);
	mf_pen_puts(p, ",\n     \"locations\": [\n      {\n       \"physicalLocation\": {\n        \"artifactLocation\": {\n         \"uri\": ");
	mf_pen_json(p, mf_str(l->file), true);
	mf_pen_puts(p, "\n        },\n        \"region\": {\n");
	mf_pen_printf(p, "         \"startLine\": %u,\n         \"startColumn\": %u,\n         \"endLine\": %u,\n         \"endColumn\": %u,\n", l->line, l->col,
		      l->end_line, l->end_col);
	mf_pen_puts(p, "         \"snippet\": {\n          \"text\": ");
	mf_pen_json(p, (struct mf_str){ mf_buf_text(&l->secret), l->secret.n }, true);
	mf_pen_puts(p, "\n         }\n        }\n       }\n      }\n     ],\n");
}

static void member(struct mf_pen *p, const char *before, const char *value, size_t n)
{
	mf_pen_puts(p, before);
	mf_pen_json(p, (struct mf_str){ value, n }, true);
}

static void go_json(struct mf_pen *p, struct mf_str s)
{
	mf_pen_json(p, s, true);
}

static void result(struct mf_pen *p, const struct mf_leak *l, bool first, bool links)
{
	(void)links;
	mf_pen_puts(p, first ? "\n" : ",\n");
	message(p, l);
	location(p, l);
	member(p, "     \"partialFingerprints\": {\n      \"commitSha\": ", l->commit, strlen(l->commit));
	member(p, ",\n      \"email\": ", l->email, strlen(l->email));
	member(p, ",\n      \"author\": ", mf_buf_text(&l->author), l->author.n);
	member(p, ",\n      \"date\": ", l->date, strlen(l->date));
	member(p, ",\n      \"commitMessage\": ", mf_buf_text(&l->message), l->message.n);
	mf_pen_puts(p, "\n     },\n     \"properties\": {\n      \"tags\": [");
	if (l->n_tags || l->encoding) {
		mf_pen_puts(p, "\n       ");
		mf_leak_tags(p, l, ",\n       ", go_json);
		mf_pen_puts(p, "\n      ");
	}
	mf_pen_puts(p, "]\n     }\n    }");
}

int mf_report_gitleaks_sarif(FILE *to, const struct mf_run *run, const struct mf_findings *list, const struct mf_verdict *verdict,
			     const struct mf_report_opts *opts, struct mf_err *err)
{
	struct mf_pen p = { .to = to, .err = err };
	size_t n = 0;
	int r;

	(void)verdict;
	mf_pen_puts(&p, "{\n \"$schema\": \"https://json.schemastore.org/sarif-2.1.0.json\",\n \"version\": \"2.1.0\",\n \"runs\": [\n  {\n   \"tool\": {\n"
		    "    \"driver\": {\n     \"name\": \"gitleaks\",\n     \"semanticVersion\": \"v8.0.0\",\n"
		    "     \"informationUri\": \"https://github.com/gitleaks/gitleaks\",\n     \"rules\": ");
	r = rules(&p, run, opts);
	mf_pen_puts(&p, "\n    }\n   },\n   \"results\": [");
	if (r == 0)
		r = mf_leak_each(&p, run, list, opts, result, &n, err);
	mf_pen_puts(&p, n ? "\n   ]\n  }\n ]\n}\n" : "]\n  }\n ]\n}\n");
	return r ? r : mf_pen_end(&p);
}
