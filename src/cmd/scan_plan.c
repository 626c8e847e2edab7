/* SPDX-License-Identifier: Apache-2.0 */
/* What to scan when nothing was named: a CI says what its event brings; everything else is said by the user. */
#include <stdio.h>
#include <stdlib.h>

#include <mayfly/alloc.h>
#include "scan.h"

static int set_text(char **out, const char *text, size_t n, struct mf_err *err)
{
	char *copy = mf_strndup(text, n);

	if (!copy)
		return mf_fail_nomem(err);
	free(*out);
	*out = copy;
	return 0;
}

int mf_scan_range(struct mf_scan *s, const char *text, struct mf_err *err)
{
	const char *dots = strstr(text, ".."), *to;

	if (!dots) {
		mf_fail(err, MF_E_SCAN_RANGE, "'%s' is no range", text);
		mf_err_hint(err, "write FROM..TO, as in  --range origin/main..HEAD");
		return -1;
	}
	/* what B has and A has not: the merge base of "A...B" changes nothing about that */
	to = dots + 2 + (dots[2] == '.');
	if (dots > text && set_text(&s->from, text, (size_t)(dots - text), err))
		return -1;
	if (set_text(&s->to, *to ? to : "HEAD", strlen(*to ? to : "HEAD"), err))
		return -1;
	s->mode = MF_SCAN_RANGE;
	return 0;
}

/* Whether the commits that the event names are in the clone. */
static bool has_commit(const struct mf_scan *s, const char *hex)
{
	const struct mf_repo *repo = s->n_targets ? s->targets[0].repo : NULL;
	struct mf_reader *rd = NULL;
	struct mf_err err = { 0 };
	enum mf_otype type;
	struct mf_oid id;
	size_t size;
	bool found;

	if (!repo || mf_reader_new(&rd, repo, &err))
		return false;
	found = mf_oid_parse(&id, mf_str(hex), mf_repo_info(repo)->oid_len) && mf_object_stat(&type, &size, rd, &id, &err) == 0 &&
		type == MF_OBJ_COMMIT;
	mf_reader_free(rd);
	return found;
}

static int everything(struct mf_scan *s, const char *why, struct mf_err *err)
{
	s->mode = MF_SCAN_HISTORY;
	return set_text(&s->auto_note, why, strlen(why), err);
}

/* How the clone gets what it lacks. */
static const char *deeper(const struct mf_scan *s, bool tip)
{
	if (s->env->job.ci == MF_CI_GITLAB)
		return tip ? "check out the commit that the pipeline is for, with  GIT_DEPTH: 0" : "variables: { GIT_DEPTH: 0 }";
	return tip ? "actions/checkout: with: { ref: \"${{ github.event.pull_request.head.sha || github.sha }}\", fetch-depth: 0 }" :
	       "actions/checkout: with: { fetch-depth: 0 }";
}

/* An event brings commits, and there is nothing that could hold them: no checkout, or another folder. */
static int no_checkout(const struct mf_scan *s, struct mf_err *err)
{
	mf_fail(err, MF_E_GIT_NONE, "'%s' is no git repository, and %s names commits to scan", s->path, s->env->job.range_why);
	mf_err_hint(err, s->env->job.ci == MF_CI_GITHUB ? "run actions/checkout before it, or name a folder:  mayfly scan PATH" :
			 "check the repository out before it, or name a folder:  mayfly scan PATH");
	return -1;
}

/* A pull request's, a push's, a merge request's commits; without a usable "before", all that the clone holds. */
static int from_event(struct mf_scan *s, struct mf_err *err)
{
	const struct mf_job *job = &s->env->job;
	char why[500];

	if (!job->range_from) {
		if (job->range_lost)
			snprintf(why, sizeof(why), "%s: everything that the clone holds was scanned", job->range_lost);
		else
			snprintf(why, sizeof(why), "%s%s%s names no commit before it: everything that the clone holds was scanned",
				 job->event ? "the event '" : "this job", job->event ? job->event : "", job->event ? "'" : "");
		return everything(s, why, err);
	}
	if (!has_commit(s, job->range_from) || !has_commit(s, job->range_to)) {
		const bool tip = !has_commit(s, job->range_to);

		snprintf(why, sizeof(why), "%s: the clone lacks commit %.12s%s: everything that the clone holds was scanned instead", job->range_why,
			 tip ? job->range_to : job->range_from, tip ? ", which is what the event brings" : "");
		s->auto_incomplete = tip;
		s->auto_hint = deeper(s, tip);
		return everything(s, why, err);
	}
	s->mode = MF_SCAN_RANGE;
	s->range_why = job->range_why;
	return set_text(&s->from, job->range_from, strlen(job->range_from), err) || set_text(&s->to, job->range_to, strlen(job->range_to), err) ? -1 : 0;
}

int mf_scan_plan(struct mf_scan *s, struct mf_err *err)
{
	const char *when = mf_conf_str(s->env->conf, MF_K_SCAN_HISTORY);
	const bool repository = s->n_targets && s->targets[0].repo;

	if (s->mode != MF_SCAN_AUTO)
		return 0;
	/* a job that only needs credentials may have no checkout; who asks for a scan has one */
	if (!repository && s->env->job.ci != MF_CI_LOCAL && s->env->job.range_from && !s->stage && !s->named && !s->repos_file &&
	    !(when && strcmp(when, "never") == 0))
		return no_checkout(s, err);
	if (repository && when && strcmp(when, "always") == 0)
		s->mode = MF_SCAN_HISTORY;
	else if (!repository || s->env->job.ci == MF_CI_LOCAL || (when && strcmp(when, "never") == 0))
		s->mode = MF_SCAN_TREE;
	else
		return from_event(s, err);
	return 0;
}

/* -- shards -------------------------------------------------------------------------------------------------- */

static bool number(const char *text, unsigned *out)
{
	char *end;
	const unsigned long v = strtoul(text, &end, 10);

	if (!*text || *text == '-' || *end || v > 10000)
		return false;
	*out = (unsigned)v;
	return true;
}

/* Where a CI counts its parallel jobs, and from what. GitHub has no variable: the workflow passes strategy.job-index on. */
static bool ci_shard(const struct mf_scan *s, unsigned *index, unsigned *total)
{
	static const struct { const char *index, *total; unsigned base; } vars[] = {
		{ "MAYFLY_SHARD_INDEX", "MAYFLY_SHARD_TOTAL", 0 },
		{ "CI_NODE_INDEX", "CI_NODE_TOTAL", 1 },
		{ "JOB_COMPLETION_INDEX", "JOB_COMPLETIONS", 0 },
	};

	for (size_t i = 0; i < MF_COUNT(vars); i++) {
		const char *at = s->env->getenv(vars[i].index), *of = s->env->getenv(vars[i].total);

		if (!at || !of || !number(at, index) || !number(of, total) || *index < vars[i].base)
			continue;
		*index -= vars[i].base;
		return *index < *total;
	}
	return false;
}

int mf_scan_shard(struct mf_scan *s, const char *text, struct mf_err *err)
{
	unsigned index = 0, total = 0;
	char at[16];
	const size_t n = strcspn(text, "/");

	if (strcmp(text, "auto") == 0) {
		if (!ci_shard(s, &index, &total)) {
			mf_fail(err, MF_E_SCAN_SHARD, "'--shard auto' finds no parallel jobs");
			mf_err_why(err, "none of MAYFLY_SHARD_INDEX, CI_NODE_INDEX and JOB_COMPLETION_INDEX is set together with its total");
			mf_err_hint(err, "GitLab: parallel: N. GitHub: set MAYFLY_SHARD_INDEX: ${{ strategy.job-index }} and MAYFLY_SHARD_TOTAL: "
				    "${{ strategy.job-total }}. Kubernetes: an Indexed Job with JOB_COMPLETIONS");
			return -1;
		}
		s->shard = index;
		s->shards = total;
		return 0;
	}
	if (text[n] && n < sizeof(at)) {
		memcpy(at, text, n);
		at[n] = '\0';
		if (number(at, &index) && number(text + n + 1, &total) && index >= 1 && index <= total) {
			s->shard = index - 1;
			s->shards = total;
			return 0;
		}
	}
	mf_fail(err, MF_E_SCAN_SHARD, "there is no shard '%s'", text);
	mf_err_hint(err, "write I/N with I from 1 to N, as in  --shard 2/4,  or  --shard auto");
	return -1;
}
