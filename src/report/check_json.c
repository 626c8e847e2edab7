/* SPDX-License-Identifier: Apache-2.0 */
/* The check's report as JSON: every fact, in an order that stays. A member that is not known is null. */
#include "check.h"

#include <mayfly/clock.h>

enum { FORMAT = 1 };

static void member(struct mf_pen *p, const char *name, const char *text)
{
	mf_pen_printf(p, "\"%s\": ", name);
	mf_pen_json_z(p, text);
	mf_pen_puts(p, ", ");
}

static void member_or_null(struct mf_pen *p, const char *name, const char *text)
{
	member(p, name, text && *text ? text : NULL);
}

static void boolean(struct mf_pen *p, const char *name, bool is)
{
	mf_pen_printf(p, "\"%s\": %s", name, is ? "true" : "false");
}

static void when(struct mf_pen *p, const char *name, int64_t t)
{
	char text[21];

	if (t > 0)
		mf_time_format(text, t);
	member(p, name, t > 0 ? text : NULL);
}

/* Seconds; null: not known, or none. */
static void seconds(struct mf_pen *p, const char *name, int64_t n)
{
	if (n < 0 || n == MF_LIFE_FOREVER)
		mf_pen_printf(p, "\"%s\": null, ", name);
	else
		mf_pen_printf(p, "\"%s\": %lld, ", name, (long long)n);
}

static void life(struct mf_pen *p, const struct mf_check_item *item)
{
	static const char *const flags[] = {
		"static", "job_bound", "at_most", "at_least", "expired", "not_yet", "absurd", "encrypted", "name_only", "key_beside"
	};
	const struct mf_life *l = &item->life;
	const char *between = "";

	if (!l->kind) {
		mf_pen_puts(p, "\"life\": null, ");
		return;
	}
	mf_pen_puts(p, "\"life\": {");
	member(p, "class", mf_check_class(item));
	member(p, "known", mf_life_known_name(l->known));
	mf_pen_puts(p, "\"flags\": [");
	for (size_t i = 0; i < MF_COUNT(flags); i++)
		if (l->flags >> i & 1) {
			mf_pen_printf(p, "%s\"%s\"", between, flags[i]);
			between = ", ";
		}
	mf_pen_puts(p, "], ");
	when(p, "issued", l->issued);
	when(p, "expires", l->expires);
	seconds(p, "lifetime", l->lifetime);
	seconds(p, "remaining", l->remaining);
	seconds(p, "maximum", item->max);
	member(p, "verdict", mf_life_verdict_name(item->verdict));
	member_or_null(p, "account", l->account);
	member_or_null(p, "subject", l->subject);
	mf_pen_puts(p, "\"note\": ");
	mf_pen_json_z(p, *l->note ? l->note : NULL);
	mf_pen_puts(p, "}, ");
}

static void item(struct mf_pen *p, const struct mf_check_item *item)
{
	mf_pen_puts(p, "{");
	member(p, "id", item->id);
	member(p, "state", mf_check_state(item));
	member(p, "rule", item->rule);
	member(p, "title", item->title);
	member(p, "from", mf_check_from(item->from));
	member_or_null(p, "name", item->name);
	member_or_null(p, "path", item->path);
	mf_pen_printf(p, "\"line\": %u, \"column\": %u, \"end_line\": %u, \"end_column\": %u, ", item->line, item->col, item->end_line, item->end_col);
	member_or_null(p, "shown", item->shown);
	member_or_null(p, "fingerprint", item->fingerprint);
	life(p, item);
	member(p, "why", mf_check_why(item));
	member(p, "fix", item->fails || item->warns || item->excused ? mf_check_fix(item) : NULL);
	member_or_null(p, "yaml", item->yaml);
	member_or_null(p, "exception", item->excused);
	boolean(p, "exception_expired", item->excuse_over);
	mf_pen_puts(p, "}");
}

static void about(struct mf_pen *p, const struct mf_check_run *run, const struct mf_check_list *l)
{
	mf_pen_puts(p, "{\n\"mayfly\": {");
	member(p, "version", run->version ? run->version : "");
	mf_pen_printf(p, "\"check\": %d},\n\"run\": {", FORMAT);
	member(p, "repository", run->repository);
	member(p, "server_url", run->server_url);
	member(p, "ref", run->ref);
	member(p, "sha", run->sha);
	member(p, "workflow", run->workflow);
	mf_pen_printf(p, "\"began\": %lld, \"took_ms\": %lld, \"variables\": %zu, \"files\": %zu},\n", (long long)run->began, (long long)run->took_ms,
		      l->variables, l->files);
}

static void notes(struct mf_pen *p, const struct mf_check_list *l)
{
	mf_pen_puts(p, "\"notes\": [");
	for (size_t i = 0; i < l->n_notes; i++) {
		mf_pen_puts(p, i ? ",\n{" : "\n{");
		member(p, "what", l->notes[i].what ? l->notes[i].what : "");
		member(p, "why", l->notes[i].why);
		member(p, "hint", l->notes[i].hint);
		boolean(p, "incomplete", l->notes[i].incomplete);
		mf_pen_puts(p, "}");
	}
	mf_pen_puts(p, l->n_notes ? "\n],\n" : "],\n");
}

static void outcome(struct mf_pen *p, const struct mf_check_verdict *v)
{
	mf_pen_printf(p, "\"verdict\": {\"fails\": %zu, \"warns\": %zu, \"listed\": %zu, \"off\": %zu, ", v->fails, v->warns, v->listed, v->off);
	mf_pen_printf(p, "\"static\": %zu, \"unknown\": %zu, \"job_bound\": %zu, \"expired\": %zu, ", v->statics, v->unknown, v->job_bound, v->expired);
	mf_pen_printf(p, "\"excused\": %zu, \"exceptions_expired\": %zu, ", v->excused, v->over);
	if (v->statics_most == SIZE_MAX)
		mf_pen_puts(p, "\"max_static\": null, ");
	else
		mf_pen_printf(p, "\"max_static\": %zu, ", v->statics_most);
	boolean(p, "too_many_static", v->too_many);
	mf_pen_puts(p, ", ");
	boolean(p, "incomplete", v->incomplete);
	mf_pen_puts(p, "}\n}\n");
}

int mf_check_json_report(FILE *to, const struct mf_check_run *run, const struct mf_check_list *l, const struct mf_check_verdict *v,
			 const struct mf_check_report_opts *opts, struct mf_err *err)
{
	struct mf_pen p = { .to = to, .err = err };
	const char *before = "\n";

	(void)opts;
	about(&p, run, l);
	mf_pen_puts(&p, "\"items\": [");
	for (size_t i = 0; i < l->n; i++) {
		if (l->v[i].mode == MF_CHECK_OFF)
			continue;
		mf_pen_puts(&p, before);
		item(&p, &l->v[i]);
		before = ",\n";
	}
	mf_pen_puts(&p, *before == ',' ? "\n],\n" : "],\n");
	notes(&p, l);
	outcome(&p, v);
	return mf_pen_end(&p);
}
