/* SPDX-License-Identifier: Apache-2.0 */
/* The check as SARIF 2.1.0, for GitHub's code scanning and whoever else reads it: what fails and warns, and what an exception lets pass. */
#include "check.h"
#include "show.h"

#include <stdlib.h>
#include <mayfly/alloc.h>
#include <mayfly/clock.h>

struct job {
	struct mf_pen p;
	const struct mf_check_run *run;
	const struct mf_check_list *l;
	const struct mf_check_item **rules;	/* any item of each, by id */
	size_t n_rules;
};

static bool reported(const struct mf_check_item *item)
{
	return item->mode != MF_CHECK_OFF && (item->fails || item->warns || item->excused);
}

static int by_rule(const void *a, const void *b)
{
	const struct mf_check_item *const *x = a, *const *y = b;

	return strcmp((*x)->rule, (*y)->rule);
}

/* The first item of each rule: a list of one order gives one report. */
static int by_rule_and_place(const void *a, const void *b)
{
	const struct mf_check_item *const *x = a, *const *y = b;
	const int order = by_rule(a, b);

	return order ? order : (*x > *y) - (*x < *y);
}

static int collect(struct job *j, struct mf_err *err)
{
	size_t n = 0;

	j->rules = mf_calloc(j->l->n + 1, sizeof(*j->rules));
	if (!j->rules)
		return mf_fail_nomem(err);
	for (size_t i = 0; i < j->l->n; i++)
		if (reported(&j->l->v[i]))
			j->rules[n++] = &j->l->v[i];
	if (n)
		qsort(j->rules, n, sizeof(*j->rules), by_rule_and_place);
	for (size_t i = 0; i < n; i++)
		if (j->n_rules == 0 || by_rule(&j->rules[j->n_rules - 1], &j->rules[i]) != 0)
			j->rules[j->n_rules++] = j->rules[i];
	return 0;
}

static size_t rule_index(const struct job *j, const struct mf_check_item *item)
{
	const struct mf_check_item *const *at = bsearch(&item, j->rules, j->n_rules, sizeof(*j->rules), by_rule);

	return at ? (size_t)(at - j->rules) : 0;
}

static void text_object(struct mf_pen *p, const char *name, const char *text)
{
	mf_pen_printf(p, ",\n            \"%s\": {\"text\": ", name);
	mf_pen_json_z(p, text);
	mf_pen_puts(p, "}");
}

/* What a rule says is the same for all of its items: nothing of the first one's own is in it. */
static void rule(struct mf_pen *p, const struct mf_check_item *item)
{
	const struct mf_check_rule *habit = item->life.kind ? NULL : mf_check_rule(item->rule);
	const struct mf_check_item plain = { .rule = item->rule, .life = { .kind = item->life.kind, .class = item->life.class } };

	mf_pen_puts(p, "          {\n            \"id\": ");
	mf_pen_json_z(p, item->rule);
	text_object(p, "shortDescription", habit ? habit->title : item->title ? item->title : item->rule);
	text_object(p, "fullDescription", mf_check_why(&plain));
	text_object(p, "help", mf_check_fix(&plain));
	mf_pen_printf(p, ",\n            \"properties\": {\"security-severity\": \"%s\", \"tags\": [\"security\", \"%s\"]}\n          }",
		      item->life.kind || (habit && habit->mode == MF_CHECK_FAIL) ? "8.0" : "5.5", item->life.kind ? "credential" : "workflow");
}

static void message(struct mf_pen *p, const struct mf_check_item *item)
{
	struct mf_buf text = MF_BUF(1 << 20);
	struct mf_pen t = { .buf = &text, .err = p->err };

	mf_pen_line(&t, mf_str(item->title ? item->title : item->rule));
	if (item->life.kind) {
		mf_pen_puts(&t, " ");
		mf_check_put_verdict(&t, item);
	}
	mf_pen_puts(&t, ": ");
	mf_check_put_where(&t, item, mf_pen_line);
	mf_pen_puts(&t, ". ");
	mf_pen_line(&t, mf_str(mf_check_why(item)));
	mf_pen_puts(&t, ". Help: ");
	mf_pen_line(&t, mf_str(mf_check_fix(item)));
	mf_pen_puts(&t, ".");
	if (item->yaml && *item->yaml) {
		mf_pen_puts(&t, "\n\n");
		mf_pen_puts(&t, item->yaml);
	}
	p->failed |= t.failed;
	mf_pen_puts(p, "          \"message\": {\"text\": ");
	mf_pen_json(p, (struct mf_str){ mf_buf_text(&text), text.n }, false);
	mf_pen_puts(p, "},\n");
	mf_buf_free(&text);
}

/* What is in no file of the repository is shown at the job's definition, where that is known, else at the file that this tool reads: GitHub takes no
 * report with a result that has no file. Its own place is told besides. */
static void location(struct mf_pen *p, const struct mf_check_run *run, const struct mf_check_item *item)
{
	const bool in = mf_check_in_repository(item);
	const char *path = in ? item->path : run->workflow && *run->workflow ? run->workflow : ".mayfly.yml";
	const unsigned line = in && item->line ? item->line : 1, last = in && item->end_line > line ? item->end_line : line;

	mf_pen_puts(p, "          \"locations\": [{");
	if (path) {
		mf_pen_puts(p, "\"physicalLocation\": {\"artifactLocation\": {\"uri\": \"");
		path += strspn(path, "/");
		mf_pen_uri(p, mf_str(path));
		mf_pen_printf(p, "\"}, \"region\": {\"startLine\": %u, \"endLine\": %u", line, last);
		/* SARIF's end lies behind the last character */
		if (in && item->col)
			mf_pen_printf(p, ", \"startColumn\": %u, \"endColumn\": %u", item->col,
				      last == line && item->end_col < item->col ? item->col + 1 : item->end_col + 1);
		mf_pen_puts(p, "}}");
	}
	if (!in) {
		mf_pen_puts(p, path ? ", " : "");
		mf_pen_printf(p, "\"logicalLocations\": [{\"kind\": \"%s\", \"name\": ", item->from == MF_CHECK_ENV ? "variable" : "resource");
		mf_pen_json_z(p, item->path ? item->path : item->name ? item->name : "");
		mf_pen_puts(p, "}]");
	}
	mf_pen_puts(p, "}],\n");
}

static void suppression(struct mf_pen *p, const struct mf_check_item *item)
{
	if (!item->excused || item->excuse_over)
		return;
	mf_pen_puts(p, "          \"suppressions\": [{\"kind\": \"external\", \"status\": \"accepted\", \"justification\": ");
	mf_pen_json_z(p, item->excused);
	mf_pen_puts(p, "}],\n");
}

static void properties(struct mf_pen *p, const struct mf_check_item *item)
{
	mf_pen_printf(p, "          \"partialFingerprints\": {\"primaryLocationLineHash\": \"%s:1\", \"mayfly/v1\": \"%s\"},\n", item->id, item->id);
	suppression(p, item);
	mf_pen_printf(p, "          \"properties\": {\"id\": \"%s\", \"from\": \"%s\", \"class\": \"%s\"", item->id, mf_check_from(item->from),
		      mf_check_class(item));
	if (item->life.kind) {
		char max[32];

		mf_pen_printf(p, ", \"verdict\": \"%s\", \"known\": \"%s\", \"lifetime\": \"", mf_life_verdict_name(item->verdict),
			      mf_life_known_name(item->life.known));
		mf_check_put_lifetime(p, item);
		mf_check_report_max(max, item->max);
		mf_pen_printf(p, "\", \"maximum\": \"%s\"", max);
	}
	mf_pen_puts(p, "}\n");
}

static void result(struct job *j, const struct mf_check_item *item)
{
	struct mf_pen *p = &j->p;

	mf_pen_puts(p, "        {\n          \"ruleId\": ");
	mf_pen_json_z(p, item->rule);
	mf_pen_printf(p, ",\n          \"ruleIndex\": %zu,\n          \"level\": \"%s\",\n", rule_index(j, item),
		      item->fails ? "error" : item->warns ? "warning" : "note");
	message(p, item);
	location(p, j->run, item);
	properties(p, item);
	mf_pen_puts(p, "        }");
}

static void notification(struct mf_pen *p, bool first, const struct mf_check_note *note)
{
	struct mf_buf text = MF_BUF(1 << 20);
	struct mf_pen t = { .buf = &text, .err = p->err };

	mf_pen_puts(&t, note->what ? note->what : "");
	mf_pen_puts(&t, note->why ? ": " : "");
	mf_pen_puts(&t, note->why ? note->why : "");
	mf_pen_puts(&t, note->hint ? " (help: " : "");
	mf_pen_puts(&t, note->hint ? note->hint : "");
	mf_pen_puts(&t, note->hint ? ")" : "");
	p->failed |= t.failed;
	mf_pen_printf(p, "%s            {\"level\": \"%s\", \"message\": {\"text\": ", first ? "\n" : ",\n", note->incomplete ? "warning" : "note");
	mf_pen_json(p, (struct mf_str){ mf_buf_text(&text), text.n }, false);
	mf_pen_puts(p, "}}");
	mf_buf_free(&text);
}

static void invocation(struct job *j, const struct mf_check_verdict *v)
{
	char from[21], to[21];

	mf_time_format(from, j->run->began);
	mf_time_format(to, j->run->began + j->run->took_ms / 1000);
	mf_pen_printf(&j->p, "      \"invocations\": [{\n          \"executionSuccessful\": %s,\n          \"startTimeUtc\": \"%s\",\n"
		      "          \"endTimeUtc\": \"%s\",\n          \"toolExecutionNotifications\": [", v->incomplete ? "false" : "true", from, to);
	for (size_t i = 0; i < j->l->n_notes; i++)
		notification(&j->p, i == 0, &j->l->notes[i]);
	mf_pen_puts(&j->p, j->l->n_notes ? "\n          ]\n      }],\n" : "]\n      }],\n");
}

static void category(struct job *j, struct mf_err *err)
{
	const char *name = j->run->category;
	struct mf_buf id = MF_BUF(1 << 16);

	if (!name || !*name)
		return;
	/* GitHub takes what stands before the last slash for the category */
	mf_pen_puts(&j->p, "      \"automationDetails\": {\"id\": ");
	j->p.failed |= mf_buf_printf(&id, err, "%.4000s%s", name, name[strlen(name) - 1] == '/' ? "" : "/") != 0;
	mf_pen_json_z(&j->p, mf_buf_text(&id));
	mf_pen_puts(&j->p, "},\n");
	mf_buf_free(&id);
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

static void document(struct job *j, const struct mf_check_verdict *v, struct mf_err *err)
{
	struct mf_pen *p = &j->p;
	bool any = false;

	mf_pen_puts(p, "{\n  \"$schema\": \"https://json.schemastore.org/sarif-2.1.0.json\",\n  \"version\": \"2.1.0\",\n  \"runs\": [\n    {\n"
		    "      \"tool\": {\"driver\": {\n        \"name\": \"mayfly check\",\n        \"version\": ");
	mf_pen_json_z(p, j->run->version ? j->run->version : "");
	mf_pen_puts(p, ",\n        \"rules\": [");
	for (size_t i = 0; i < j->n_rules; i++) {
		mf_pen_puts(p, i ? ",\n" : "\n");
		rule(p, j->rules[i]);
	}
	mf_pen_puts(p, j->n_rules ? "\n        ]\n      }},\n" : "]\n      }},\n");
	category(j, err);
	provenance(j);
	invocation(j, v);
	mf_pen_puts(p, "      \"columnKind\": \"unicodeCodePoints\",\n      \"results\": [");
	for (size_t i = 0; i < j->l->n; i++) {
		if (!reported(&j->l->v[i]))
			continue;
		mf_pen_puts(p, any ? ",\n" : "\n");
		result(j, &j->l->v[i]);
		any = true;
	}
	mf_pen_puts(p, any ? "\n      ]\n    }\n  ]\n}\n" : "]\n    }\n  ]\n}\n");
}

int mf_check_sarif_report(FILE *to, const struct mf_check_run *run, const struct mf_check_list *l, const struct mf_check_verdict *v,
			  const struct mf_check_report_opts *opts, struct mf_err *err)
{
	struct job j = { .p = { .to = to, .err = err }, .run = run, .l = l };

	(void)opts;
	if (collect(&j, err))
		return -1;
	document(&j, v, err);
	free(j.rules);
	return mf_pen_end(&j.p);
}
