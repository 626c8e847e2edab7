/* SPDX-License-Identifier: Apache-2.0 */
/* The reports of the check: their table, and the words that they share. */
#include "check.h"
#include "show.h"

#include <mayfly/clock.h>

enum { NAMES = 5 };

const struct mf_check_reporter mf_check_reporters[] = {
	{ "text", ".txt", mf_check_text_report },
	{ "json", ".json", mf_check_json_report },
	{ "sarif", ".sarif", mf_check_sarif_report },
	{ "github", NULL, mf_check_github_report },
	{ "gitlab", NULL, mf_check_gitlab_report },
	{ .name = NULL },
};

const struct mf_check_reporter *mf_check_reporter_find(const char *name, struct mf_err *err)
{
	const char *names[NAMES], *near;

	for (size_t i = 0; i < NAMES; i++) {
		if (strcmp(mf_check_reporters[i].name, name) == 0)
			return &mf_check_reporters[i];
		names[i] = mf_check_reporters[i].name;
	}
	mf_fail(err, MF_E_REPORT_FORMAT, "unknown report format '%s'", name);
	near = mf_nearest(name, names, NAMES);
	if (near)
		mf_err_hint(err, "did you mean '%s'?", near);
	else
		mf_err_hint(err, "one of text, json, sarif, github, gitlab");
	return NULL;
}

int mf_check_report_write(const struct mf_check_reporter *r, FILE *to, const struct mf_check_run *run, const struct mf_check_list *l,
			  const struct mf_check_verdict *v, const struct mf_check_report_opts *opts, struct mf_err *err)
{
	return r->write(to, run, l, v, opts, err);
}

/* -- words ------------------------------------------------------------------------------------------ */

const char *mf_check_from(enum mf_check_from from)
{
	static const char *const names[MF_CHECK_FROM_COUNT] = {
		[MF_CHECK_ENV] = "env", [MF_CHECK_HOME] = "home", [MF_CHECK_CI] = "ci", [MF_CHECK_REPO] = "repo", [MF_CHECK_FETCHED] = "fetched",
	};

	return (unsigned)from < MF_CHECK_FROM_COUNT ? names[from] : "env";
}

bool mf_check_in_repository(const struct mf_check_item *item)
{
	return item->path && *item->path && (item->from == MF_CHECK_CI || item->from == MF_CHECK_REPO);
}

/* What a run has fetched no later check meets again. */
const char *mf_check_topic(const struct mf_check_item *item)
{
	return item->from == MF_CHECK_FETCHED ? item->rule : item->id;
}

const char *mf_check_state(const struct mf_check_item *item)
{
	if (item->mode == MF_CHECK_OFF)
		return "off";
	if (item->fails)
		return "fail";
	if (item->excused)
		return "excused";
	if (item->warns)
		return "warning";
	return item->life.kind ? mf_life_verdict_name(item->verdict) : "ok";
}

const char *mf_check_class(const struct mf_check_item *item)
{
	return item->life.kind ? mf_life_rule(item->life.class)->name : "habit";
}

const char *mf_check_why(const struct mf_check_item *item)
{
	const struct mf_check_rule *rule = item->life.kind ? NULL : mf_check_rule(item->rule);

	if (item->why && *item->why)
		return item->why;
	return rule ? rule->why : mf_life_rule(item->life.class)->reason;
}

void mf_check_report_lifetime(char out[static 48], const struct mf_life *life)
{
	char text[32];

	if ((life->flags & MF_LIFE_STATIC) || life->lifetime == MF_LIFE_FOREVER) {
		snprintf(out, 48, "no end");
	} else if (life->lifetime < 0) {
		snprintf(out, 48, "unknown");
	} else {
		mf_duration_format(text, life->lifetime);
		snprintf(out, 48, "%s%s", life->flags & MF_LIFE_AT_MOST ? "at most " : life->flags & MF_LIFE_AT_LEAST ? "at least " : "", text);
	}
}

void mf_check_report_max(char out[static 32], int64_t max)
{
	if (max == MF_LIFE_FOREVER)
		snprintf(out, 32, "none");
	else
		mf_duration_format(out, max);
}

static void name(struct mf_pen *p, const char *text, mf_put_fn *put)
{
	mf_pen_puts(p, "'");
	put(p, mf_str(text));
	mf_pen_puts(p, "'");
}

void mf_check_put_where(struct mf_pen *p, const struct mf_check_item *item, mf_put_fn *put)
{
	const bool named = item->name && *item->name;

	if (!item->path || !*item->path) {
		mf_pen_puts(p, item->from == MF_CHECK_ENV ? "variable " : item->from == MF_CHECK_FETCHED ? "fetched as " : "");
		name(p, named ? item->name : "", put);
		return;
	}
	put(p, mf_str(item->path));
	if (item->line) {
		char text[32];

		snprintf(text, sizeof(text), item->col ? ":%u:%u" : ":%u", item->line, item->col);
		put(p, mf_str(text));
	}
	if (named) {
		mf_pen_puts(p, " (");
		name(p, item->name, put);
		mf_pen_puts(p, ")");
	}
}

int mf_check_report_where(struct mf_buf *out, const struct mf_check_item *item, struct mf_err *err)
{
	struct mf_pen p = { .buf = out, .err = err };

	mf_check_put_where(&p, item, mf_pen_line);
	return mf_pen_end(&p);
}

void mf_check_put_lifetime(struct mf_pen *p, const struct mf_check_item *item)
{
	char text[48];

	if (!item->life.kind) {
		mf_pen_puts(p, "-");
		return;
	}
	if (mf_check_stored(item) && item->life.issued > 0) {
		mf_show_day(text, item->life.issued);
		mf_pen_printf(p, "stored since %s", text);
		return;
	}
	mf_check_report_lifetime(text, &item->life);
	mf_pen_puts(p, text);
}

void mf_check_put_verdict(struct mf_pen *p, const struct mf_check_item *item)
{
	char life[48], max[32];

	if (!item->life.kind)
		return;
	mf_check_report_lifetime(life, &item->life);
	mf_check_report_max(max, item->max);
	if (item->verdict == MF_LV_EXPIRED)
		mf_pen_puts(p, "is over");
	else if (item->verdict == MF_LV_JOB_BOUND)
		mf_pen_puts(p, "ends with this job");
	else if (item->verdict == MF_LV_UNKNOWN && mf_check_stored(item))
		mf_pen_puts(p, "is stored, and nothing says how old it is");
	else if (item->verdict == MF_LV_UNKNOWN)
		mf_pen_printf(p, "may live longer than %s: nothing says when it ends", max);
	else if (item->verdict == MF_LV_OK)
		mf_pen_puts(p, "ends in time");
	else if (mf_check_stored(item))
		mf_pen_printf(p, "is stored, and was last replaced more than %s ago", max);
	else if (item->life.flags & MF_LIFE_STATIC)
		mf_pen_printf(p, "has no end, where %s is the most", max);
	else
		mf_pen_printf(p, "lives %s, where %s is the most", life, max);
}

/* -- counts ----------------------------------------------------------------------------------------- */

static void counted(struct mf_pen *p, const char **between, size_t n, const char *one, const char *many)
{
	char text[32];

	if (n == 0)
		return;
	mf_show_count(text, n);
	mf_pen_printf(p, "%s%s %s", *between, text, n == 1 ? one : many);
	*between = ", ";
}

void mf_check_put_outcome(struct mf_pen *p, const struct mf_check_list *l, const struct mf_check_verdict *v)
{
	const char *between = v->fails ? "" : ", ";
	size_t credentials = 0, habits = 0;

	for (size_t i = 0; i < l->n; i++) {
		credentials += l->v[i].fails && l->v[i].life.kind;
		habits += l->v[i].fails && !l->v[i].life.kind;
	}
	if (!v->fails)
		mf_pen_puts(p, v->incomplete ? "no credential fails of what could be looked at" : "no credential lives too long");
	counted(p, &between, credentials, "credential fails", "credentials fail");
	counted(p, &between, habits, "habit fails", "habits fail");
	counted(p, &between, v->over, "of them by an exception that has expired", "of them by exceptions that have expired");
	counted(p, &between, v->warns, "warning", "warnings");
	counted(p, &between, v->excused, "excused", "excused");
	counted(p, &between, v->job_bound, "bound to the job", "bound to the job");
	counted(p, &between, v->expired, "expired", "expired");
	counted(p, &between, v->statics, "without an end", "without an end");
	if (v->too_many)
		mf_pen_printf(p, " where %zu may stay", v->statics_most);
}

void mf_check_put_looked(struct mf_pen *p, const struct mf_check_run *run, const struct mf_check_list *l)
{
	const char *between = "";

	counted(p, &between, l->variables, "variable", "variables");
	counted(p, &between, l->files, "file", "files");
	if (l->variables + l->files == 0)
		mf_pen_puts(p, "nothing");
	mf_pen_printf(p, " looked at in %lld.%02lld s", (long long)run->took_ms / 1000, (long long)run->took_ms % 1000 / 10);
}
