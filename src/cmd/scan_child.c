/* SPDX-License-Identifier: Apache-2.0 */
/* The confined half of a scan: rules, targets, policy, reports. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <mayfly/alloc.h>
#include <mayfly/clock.h>
#include <mayfly/fs.h>
#include "check.h"
#include "scan.h"
#include "scan_state.h"

/* -- set up and taken down ----------------------------------------------------------------------------------- */

/* One scanner more than threads: the one that walks files has one, too. */
static int set_up(struct mf_child *c, struct mf_err *err)
{
	const struct mf_history_opts threads = { .threads = c->s->threads };

	c->n_threads = mf_history_threads(&threads);
	if (mf_scan_policy_open(c, err) || mf_rules_load(&c->rules, &c->s->rules, err) || mf_detector_new(&c->detector, &c->rules, &c->s->detect, err))
		return -1;
	c->scanners = mf_calloc(c->n_threads + 1, sizeof(*c->scanners));
	if (!c->scanners)
		return mf_fail_nomem(err);
	for (unsigned i = 0; i <= c->n_threads; i++)
		if (mf_scanner_new(&c->scanners[i], c->detector, err))
			return -1;
	return 0;
}

static void each_tally(struct mf_child *c, void (*fn)(struct mf_tally *t))
{
	struct mf_tally *const tallies[] = { &c->unreadable, &c->too_large, &c->lfs, &c->submodules, &c->absent, &c->lists, &c->damaged,
					     &c->vanished, &c->odd, &c->repos, &c->undecided, &c->truncated, &c->members, &c->closed,
					     &c->packs, &c->unfit };

	for (size_t i = 0; i < MF_COUNT(tallies); i++)
		fn(tallies[i]);
}

static void tally_init(struct mf_tally *t)
{
	pthread_mutex_init(&t->lock, NULL);
}

static void take_down(struct mf_child *c)
{
	mf_findings_free(&c->findings);
	for (unsigned i = 0; c->scanners && i <= c->n_threads; i++)
		mf_scanner_free(c->scanners[i]);
	free(c->scanners);
	mf_baseline_free(c->baseline);
	mf_named_free(&c->named);
	mf_detector_free(c->detector);
	mf_rules_free(&c->rules);
	mf_notes_free(&c->notes);
	each_tally(c, mf_tally_free);
}

/* -- bytes ------------------------------------------------------------------------------------------------------ */

bool mf_scan_see_lfs(struct mf_child *c, struct mf_str bytes, const char *path)
{
	static const char head[] = "version https://git-lfs.github.com/spec/";

	if (bytes.n <= sizeof(head) || bytes.n >= 1024 || memcmp(bytes.p, head, sizeof(head) - 1) != 0)
		return false;
	mf_tally_add(&c->lfs, path, NULL);
	return true;
}

bool mf_scan_see_archive(struct mf_child *c, struct mf_str bytes, const char *path)
{
	if (c->s->detect.archive_depth || !mf_scan_is_archive(bytes))
		return false;
	mf_tally_add(&c->closed, path, NULL);
	return true;
}

int mf_scan_placed(struct mf_child *c, unsigned at, enum mf_source source, const struct mf_place *place, struct mf_str bytes, struct mf_err *err)
{
	const struct mf_scan_stats *stats = mf_scanner_stats(c->scanners[at]), before = *stats;
	struct mf_cands cands = { 0 };
	int rc = mf_scan(c->scanners[at], bytes, *place->path ? place->path : NULL, &cands, err);

	if (rc == 0)
		mf_scan_see_limits(c, &before, stats, place->path);
	if (rc == 0 && cands.n)
		rc = mf_collect_placed(c->collect, source, place, c->order, &cands, err);
	mf_cands_free(&cands);
	mf_scan_see_lfs(c, bytes, place->path);
	mf_scan_see_archive(c, bytes, place->path);
	c->done_blobs++;
	c->done_bytes += bytes.n;
	c->placed_bytes += bytes.n;
	return rc;
}

/* -- targets ---------------------------------------------------------------------------------------------------- */

static int scan_mode(struct mf_child *c, struct mf_target *t, struct mf_origins *origins, struct mf_err *err)
{
	switch (c->s->mode) {
	case MF_SCAN_HISTORY:
		return mf_scan_history(c, t, origins, err);
	case MF_SCAN_RANGE:
		return t->outer && !t->n_to ? mf_scan_history(c, t, origins, err) : mf_scan_commits(c, t, err);
	case MF_SCAN_STAGED:
		return mf_scan_staged(c, t, err);
	case MF_SCAN_STDIN:
		return mf_scan_stdin(c, err);
	case MF_SCAN_AUTO:
	case MF_SCAN_TREE:
		break;
	}
	return mf_scan_files(c, t, err);
}

/* A shard need not have the finding of a message that it shows for another one: what is in it is looked for anew. */
static int redact_message(struct mf_child *c, struct mf_finding *f, struct mf_err *err)
{
	const struct mf_str message = { f->message, f->message ? strlen(f->message) : 0 };
	struct mf_buf text = MF_BUF(1 << 20);
	struct mf_cands cands = { 0 };
	int rc = message.n ? mf_scan(c->scanners[0], message, NULL, &cands, err) : 0;

	for (size_t i = 0; rc == 0 && i < cands.n; i++) {
		const struct mf_str secret = { cands.v[i].secret, cands.v[i].secret_n };
		char *shown = NULL;

		rc = mf_redact_in(&text, (struct mf_str){ f->message, strlen(f->message) }, secret, err);
		if (rc == 0 && !(shown = mf_strndup(text.p, text.n)))
			rc = mf_fail_nomem(err);
		if (rc == 0) {
			free(f->message);
			f->message = shown;
		}
	}
	mf_cands_free(&cands);
	mf_buf_free(&text);
	return rc;
}

/* The target's findings go behind the others', under its name. */
static int take_findings(struct mf_child *c, const struct mf_target *t, struct mf_findings *list, struct mf_err *err)
{
	for (size_t i = 0; i < list->n; i++) {
		struct mf_finding f = list->v[i];

		list->v[i] = (struct mf_finding){ 0 };
		if (mf_scan_repo_name(&f.repo, t, &f, err) || mf_named_learn(c, f.repo, err) || (c->s->raw && redact_message(c, &f, err))) {
			mf_finding_free(&f);
			return -1;
		}
		if (mf_findings_add(&c->findings, &f, err))
			return -1;
	}
	return 0;
}

int mf_scan_target(struct mf_child *c, struct mf_target *t, struct mf_err *err)
{
	const size_t oid_len = t && t->repo ? mf_repo_info(t->repo)->oid_len : 20;
	struct mf_origins origins = { 0 };
	struct mf_findings list = { 0 };
	int rc;

	if (t && t->why_not) {
		mf_tally_add(&c->repos, t->name, t->why_not);
		return 0;
	}
	if (mf_collect_new(&c->collect, err))
		return -1;
	c->order = 0;
	rc = scan_mode(c, t, &origins, err);
	if (rc == 0)
		rc = mf_collect_finish(&list, c->collect, origins.own ? &origins : NULL, oid_len, c->detector, c->scanners[0],
				       c->s->raw ? MF_JOIN_NOT : c->s->each_path ? MF_JOIN_PATHS : MF_JOIN_ALL, err);
	if (rc == 0)
		rc = mf_scan_drop_old(c, t, &list, err);
	if (rc == 0)
		rc = mf_scan_boundary(t, &list, err);
	c->dropped += rc == 0 ? mf_collect_dropped(c->collect) : 0;
	if (rc == 0)
		rc = mf_named_of_findings(c, &list, err);
	if (rc == 0)
		rc = mf_scan_policy(c, t, &list, err);
	if (rc == 0 && c->past)
		rc = mf_scan_past_write(c, c->past, oid_len, err);
	mf_past_free(c->past);
	c->past = NULL;
	if (rc == 0)
		rc = take_findings(c, t, &list, err);
	mf_collect_free(c->collect);
	c->collect = NULL;
	mf_origins_free(&origins);
	mf_findings_free(&list);
	return rc == 0 && t ? mf_scan_modules(c, t, err) : rc;
}

static int scan_targets(struct mf_child *c, struct mf_err *err)
{
	if (c->s->mode == MF_SCAN_STDIN)
		return mf_scan_target(c, NULL, err);
	for (size_t i = 0; i < c->s->n_targets; i++)
		if (mf_scan_target(c, &c->s->targets[i], err))
			return -1;
	return 0;
}

/* -- reports ------------------------------------------------------------------------------------------------------ */

enum { RANGE_MAX = 1024 };

static const char *mode_name(const struct mf_scan *s)
{
	static const char *const names[] = {
		[MF_SCAN_AUTO] = "work tree", [MF_SCAN_TREE] = "work tree", [MF_SCAN_STAGED] = "staged", [MF_SCAN_RANGE] = "range",
		[MF_SCAN_HISTORY] = "history", [MF_SCAN_STDIN] = "standard input",
	};

	return s->mode == MF_SCAN_TREE && s->n_targets && !s->targets[0].repo ? "folder" : names[s->mode];
}

static void describe(struct mf_child *c, char range[static RANGE_MAX])
{
	const struct mf_job *job = &c->s->env->job;
	struct mf_run *r = &c->run;

	r->version = MF_VERSION;
	r->mode = mode_name(c->s);
	r->target = c->s->mode == MF_SCAN_STDIN ? c->s->stdin_name : c->s->repos_file ? c->s->repos_file : c->s->path;
	if (c->s->mode == MF_SCAN_RANGE) {
		snprintf(range, RANGE_MAX, "%.255s..%.255s%s%.400s", c->s->from ? c->s->from : "", c->s->to, c->s->range_why ? ": " : "",
			 c->s->range_why ? c->s->range_why : "");
		r->range = range;
	}
	r->repository = job->repository;
	r->server_url = job->server_url;
	r->ref = job->ref;
	r->sha = job->sha;
	r->category = mf_conf_str(c->s->env->conf, MF_K_SCAN_CATEGORY);
	r->accepting = mf_scan_accepting(c->s);
	r->accept_flags = mf_scan_accept_flags(c->s);
	r->shard = c->s->shard;
	r->shards = c->s->shards;
	r->rules = c->rules.n_rules;
	r->rules_origin = c->rules.origin;
	r->all_rules = c->rules.rules;
	/* repositories of a list need not have ids of one length */
	r->oid_len = c->s->repos_file ? 0 : c->s->n_targets && c->s->targets[0].repo ? mf_repo_info(c->s->targets[0].repo)->oid_len : 20;
}

/* What has to be said besides the findings, when all of them are there. */
static int admit(struct mf_child *c, const struct mf_verdict *v, struct mf_err *err)
{
	const char *hint, *note = mf_scan_ids_note(&hint, c->s, v);

	if (mf_named_of_run(c, err) || mf_notes_of_scan(c, err))
		return -1;
	if (note && mf_note_add(&c->notes, false, hint, NULL, "%s", note))
		return mf_fail_nomem(err);
	c->run.notes = c->notes.v;
	c->run.n_notes = c->notes.n;
	c->run.secrets = c->named.v;
	c->run.n_secrets = c->named.n;
	return 0;
}

static int write_one(const struct mf_child *c, const struct mf_reporter *reporter, int fd, const struct mf_verdict *v, struct mf_err *err)
{
	const int copy = dup(fd);
	FILE *f = copy < 0 ? NULL : fdopen(copy, "wb");
	int rc;

	if (!f) {
		if (copy >= 0)
			close(copy);
		return mf_fail_errno(err, MF_E_REPORT_WRITE, errno, "the report '%s' cannot be written", reporter->name);
	}
	rc = mf_report_write(reporter, f, &c->run, &c->findings, v, &c->s->report, err);
	if (fclose(f) && rc == 0)
		rc = mf_fail_errno(err, MF_E_REPORT_WRITE, errno, "the report '%s' cannot be written", reporter->name);
	return rc;
}

static int write_summary(const struct mf_child *c, const struct mf_verdict *v, struct mf_err *err)
{
	/* GitHub takes 1 MiB for a step, and others may have written to it */
	struct mf_buf text = MF_BUF(512 << 10);
	int rc = mf_report_summary(&text, &c->run, &c->findings, v, err);

	if (rc == 0)
		rc = mf_fs_write(c->s->summary_fd, mf_buf_text(&text), text.n, "GITHUB_STEP_SUMMARY", err);
	mf_buf_free(&text);
	return rc;
}

static int write_reports(struct mf_child *c, const struct mf_verdict *v, struct mf_err *err)
{
	const bool silent = c->s->stage && v->findings == 0 && c->notes.n == 0;

	fflush(stdout);
	if (c->s->summary_fd && !silent && write_summary(c, v, err))
		return -1;
	for (size_t i = 0; i < c->s->n_outputs; i++) {
		/* -q: what a person reads is left out where there is nothing to say */
		if ((silent || (c->s->env->common.quiet && v->findings == 0)) && !c->s->outputs[i].path && strcmp(c->s->outputs[i].reporter->name, "text") == 0)
			continue;
		if (write_one(c, c->s->outputs[i].reporter, c->s->outputs[i].fd, v, err))
			return -1;
	}
	return 0;
}

/* -- all of it ------------------------------------------------------------------------------------------------------ */

static int conclude(struct mf_child *c, struct mf_scan_result *result, struct mf_err *err)
{
	struct mf_verdict v = { 0 };
	char range[RANGE_MAX];

	c->run.bytes += c->placed_bytes;
	if (c->s->accept)
		return mf_scan_accept(c, result, err);
	mf_findings_sort(&c->findings);
	if (!c->s->raw && mf_findings_name(&c->findings, mf_scan_ids(c->s), err))
		return -1;
	mf_verdict_of(&v, &c->findings);
	describe(c, range);
	if (admit(c, &v, err))
		return -1;
	for (size_t i = 0; i < c->notes.n; i++) {
		const struct mf_note *n = &c->notes.v[i];

		v.incomplete = v.incomplete || n->incomplete;
		if (c->s->warn && n->incomplete)
			mf_warn("%s%s%s", n->what, n->why ? ": " : "", n->why ? n->why : "");
	}
	if (write_reports(c, &v, err))
		return -1;
	result->findings = v.findings;
	for (size_t i = 1; i < MF_COUNT(v.passed); i++)
		result->passed += v.passed[i];
	result->incomplete = v.incomplete;
	result->notes = c->notes.n;
	return 0;
}

int mf_scan_child(void *scan, void *result, struct mf_err *err)
{
	struct mf_child c = { .s = scan };
	struct mf_progress *progress;
	const int64_t began = mf_mono_ms();
	int rc;

	each_tally(&c, tally_init);
	if (c.s->timeout)
		alarm(c.s->timeout);	/* whose signal ends the child: that is told, and never clean */
	c.run.began = mf_now();
	progress = mf_progress_start(&c);
	rc = set_up(&c, err);
	/* a check that comes after a scan has no need to scan again */
	if (rc == 0 && (!c.s->check || c.s->check->detect))
		rc = scan_targets(&c, err);
	/* walks end early when they are asked to: what they had by then is no result */
	if (rc == 0 && c.s->env->stop && *c.s->env->stop)
		rc = mf_fail(err, MF_E_CMD_STOPPED, "the scan was stopped by signal %d", *c.s->env->stop);
	mf_progress_end(progress);
	c.run.took_ms = mf_mono_ms() - began;
	if (rc == 0)
		rc = c.s->check ? mf_check_in_child(&c, err) : conclude(&c, result, err);
	if (rc)
		mf_named_in_error(&c, err);
	take_down(&c);
	return rc;
}
