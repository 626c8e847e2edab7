/* SPDX-License-Identifier: Apache-2.0 */
/* A check's order: look, judge, report, keep the count. */
#include "check.h"

#include <stdlib.h>
#include <unistd.h>

#include <mayfly/clock.h>
#include <mayfly/fs.h>
#include "check_explain.h"

void mf_checking_free(struct mf_checking *k)
{
	mf_check_list_free(&k->list);
}

/* -- looking ---------------------------------------------------------------------------------------- */

/* The repository's child reads CI definitions and other files in one walk. */
static bool asked_for(const struct mf_check_item *item, const void *checking)
{
	const struct mf_checking *k = checking;

	return item->from == MF_CHECK_CI ? k->ci : item->from == MF_CHECK_REPO ? k->repo : k->job;
}

static int look(struct mf_checking *k, struct mf_err *err)
{
	if (((k->ci || k->repo) && mf_check_repository(k, err)) || (k->job && mf_check_job(k, err)))
		return -1;
	mf_check_list_filter(&k->list, asked_for, k);
	return 0;
}

/* -- reporting -------------------------------------------------------------------------------------- */

/* "owner/name/.github/workflows/ci.yml@refs/heads/main" -> its path. */
static const char *workflow_of(const struct mf_env *env, char out[static 256])
{
	const char *ref = env->job.ci == MF_CI_GITHUB ? env->getenv("GITHUB_WORKFLOW_REF") : NULL;
	const char *path = ref ? strstr(ref, "/.github/") : NULL;

	if (env->job.ci == MF_CI_GITLAB)
		return env->getenv("CI_CONFIG_PATH") ? env->getenv("CI_CONFIG_PATH") : ".gitlab-ci.yml";
	if (!path)
		return NULL;
	snprintf(out, 256, "%.*s", (int)strcspn(path + 1, "@"), path + 1);
	return out;
}

static int write_to(FILE *f, const char *format, const struct mf_check_run *run, const struct mf_checking *k, const struct mf_check_verdict *v, struct mf_err *err)
{
	const struct mf_check_reporter *r = mf_check_reporter_find(format, err);
	const struct mf_check_report_opts opts = {
		.color = mf_log_color() && (isatty(fileno(f)) || mf_same_text(k->env->common.color, "always")),
		.verbose = (unsigned)k->env->common.verbose,
	};

	return r ? mf_check_report_write(r, f, run, &k->list, v, &opts, err) : -1;
}

static int write_summary(const struct mf_checking *k, const struct mf_check_run *run, const struct mf_check_verdict *v, struct mf_err *err)
{
	/* GitHub takes 1 MiB for a step, and the scan may have written to it */
	struct mf_buf text = MF_BUF(256 << 10);
	MF_CLEANUP(mf_closep) int fd = mf_fs_append(k->env->job.summary_file, err);
	int rc;

	if (fd < 0) {
		/* no reason not to tell the rest */
		mf_warn_err(err);
		*err = (struct mf_err){ 0 };
		return 0;
	}
	rc = mf_check_report_summary(&text, run, &k->list, v, err);
	if (rc == 0)
		rc = mf_fs_write(fd, mf_buf_text(&text), text.n, "GITHUB_STEP_SUMMARY", err);
	mf_buf_free(&text);
	return rc;
}

/* One file more of `FORMAT=FILE`, or a file whose suffix tells the format. */
static int write_file(const char *spec, const struct mf_check_run *run, const struct mf_checking *k, const struct mf_check_verdict *v, struct mf_err *err)
{
	MF_CLEANUP(mf_freep) char *temp = NULL;
	const size_t n = strcspn(spec, "=");
	const char *path = spec[n] ? spec + n + 1 : spec;
	char format[16];
	FILE *f;
	int fd, rc;

	snprintf(format, sizeof(format), "%.*s", (int)(n > 15 ? 15 : n), spec);
	for (const struct mf_check_reporter *r = mf_check_reporters; !spec[n] && r->name; r++)
		if (r->suffix && strlen(path) > strlen(r->suffix) && strcmp(path + strlen(path) - strlen(r->suffix), r->suffix) == 0)
			snprintf(format, sizeof(format), "%s", r->name);
	if (!mf_check_reporter_find(format, err))
		return -1;
	fd = mf_temp_beside(&temp, path, 0644, err);
	if (fd < 0)
		return -1;
	f = fdopen(fd, "wb");
	if (!f) {
		close(fd);
		unlink(temp);
		return mf_fail_nomem(err);
	}
	rc = write_to(f, format, run, k, v, err);
	if (fclose(f) && rc == 0)
		rc = mf_fail(err, MF_E_REPORT_WRITE, "the report '%s' cannot be written", path);
	if (rc == 0)
		return mf_temp_commit(&temp, path, err);
	unlink(temp);
	return rc;
}

static int write_files(const struct mf_checking *k, const struct mf_check_run *run, const struct mf_check_verdict *v, struct mf_err *err)
{
	size_t n;
	const char *const *specs = mf_conf_list(k->env->conf, MF_K_LIFETIME_REPORTS, &n);

	for (size_t i = 0; i < n; i++)
		if (write_file(specs[i], run, k, v, err))
			return -1;
	return 0;
}

static int say(const struct mf_checking *k, const struct mf_check_run *run, const struct mf_check_verdict *v, struct mf_err *err)
{
	const bool github = k->env->job.ci == MF_CI_GITHUB && (!k->format || strcmp(k->format, "text") == 0);
	const bool quiet = v->fails == 0 && (k->env->common.quiet || (k->stage && v->warns == 0 && k->list.n_notes == 0));
	FILE *f = k->stage ? k->env->err : stdout;

	if (quiet && k->stage && v->listed)
		mf_info("of %zu credential%s none lives too long", v->listed, v->listed == 1 ? "" : "s");
	else if (quiet && k->stage)
		mf_info("the job has no credential yet");
	else if (!quiet && write_to(f, k->format ? k->format : "text", run, k, v, err))
		return -1;
	if (github && (v->fails || v->warns) && write_to(f, "github", run, k, v, err))
		return -1;
	if (k->env->job.ci == MF_CI_GITHUB && k->env->job.summary_file && !(quiet && k->stage) && write_summary(k, run, v, err))
		return -1;
	return 0;
}

/* -- the count of earlier runs ---------------------------------------------------------------------- */

static int read_trend(struct mf_trend *t, struct mf_check_policy *p, const char *path, struct mf_err *err)
{
	if (!path)
		return 0;
	if (mf_check_trend_read(t, path, err))
		return -1;
	mf_check_policy_trend(p, t);
	return 0;
}

static const char *trend_line(char out[static 128], const struct mf_trend *t, const struct mf_check_verdict *v)
{
	const size_t more = v->statics > t->last ? v->statics - t->last : t->last - v->statics;

	if (t->lines == 0)
		return NULL;
	if (more == 0)
		snprintf(out, 128, "as many static credentials as in the last run: %zu", v->statics);
	else
		snprintf(out, 128, "%zu static credential%s %s than in the last run: %zu", more, more == 1 ? "" : "s",
			 v->statics > t->last ? "more" : "fewer", v->statics);
	return out;
}

/* -- the outcome ------------------------------------------------------------------------------------ */

static int outcome(const struct mf_checking *k, const struct mf_check_verdict *v, struct mf_err *err)
{
	if (v->fails) {
		mf_fail(err, MF_E_CHECK_LONG, "%zu finding%s of the check fail%s", v->fails, v->fails == 1 ? "" : "s", v->fails == 1 ? "s" : "");
		mf_err_hint(err, "mayfly check --explain ID  tells how to replace one; lifetime.exceptions in .mayfly.yml lets one pass until a date");
		return -1;
	}
	if (v->too_many) {
		mf_fail(err, MF_E_CHECK_LONG, "%zu static credentials, and --max-static allows %zu", v->statics, v->statics_most);
		mf_err_hint(err, "replace one, or find out which one is new: the report lists them");
		return -1;
	}
	if (v->incomplete && mf_conf_bool(k->env->conf, MF_K_SCAN_STRICT)) {
		mf_fail(err, MF_E_SCAN_INCOMPLETE, "the check is incomplete, and '--strict' asks for all of it");
		mf_err_why(err, "the report names what could not be looked at");
		return -1;
	}
	return 0;
}

static struct mf_check_run run_of(const struct mf_checking *k, char workflow[static 256])
{
	const struct mf_job *job = &k->env->job;

	return (struct mf_check_run){
		.version = MF_VERSION, .repository = job->repository, .ref = job->ref, .sha = job->sha, .server_url = job->server_url,
		.category = mf_conf_str(k->env->conf, MF_K_SCAN_CATEGORY), .workflow = workflow_of(k->env, workflow),
		.began = mf_now(), .took_ms = mf_mono_ms() - k->began_ms,
	};
}

static int report(struct mf_checking *k, const struct mf_trend *before, const struct mf_check_verdict *v, struct mf_err *err)
{
	const char *trend = mf_conf_str(k->env->conf, MF_K_LIFETIME_TREND);
	char workflow[256], line[128];
	struct mf_check_run run = run_of(k, workflow);
	const struct mf_trend_now now = { .at = run.began, .sha = run.sha, .ref = run.ref };

	run.trend = trend ? trend_line(line, before, v) : NULL;
	if (say(k, &run, v, err) || write_files(k, &run, v, err) || (trend && mf_check_trend_append(trend, &now, &k->list, v, err)))
		return -1;
	return outcome(k, v, err);
}

int mf_checking_tell(struct mf_checking *k, const struct mf_check_verdict *v, struct mf_err *err)
{
	char workflow[256];
	const struct mf_check_run run = run_of(k, workflow);

	if (v->fails == 0 && (k->env->common.quiet || (v->warns == 0 && k->list.n_notes == 0)))
		return 0;
	return say(k, &run, v, err);
}

int mf_checking_files(const struct mf_checking *k, const struct mf_check_verdict *v, struct mf_err *err)
{
	char workflow[256];
	const struct mf_check_run run = run_of(k, workflow);

	return write_files(k, &run, v, err);
}

static int explain(struct mf_checking *k, struct mf_err *err)
{
	const struct mf_check_item *item = mf_check_find(&k->list, k->explain);

	return mf_check_explain(k->env, k->path, item, k->explain, stdout, err);
}

/* A kind, a class or a rule is explained as it is; an id needs the finding. */
static bool is_id(const char *text)
{
	return strlen(text) >= 4 && text[strspn(text, "0123456789abcdef")] == '\0';
}

static int show_plan(struct mf_checking *k, struct mf_err *err)
{
	if (k->job)
		mf_info("would look at the job's variables and at the files that tools read");
	if (k->ci || k->repo)
		mf_info("would look at the %s in '%s'", !k->repo ? "CI definitions" : !k->ci ? "files" : "CI definitions and files", k->path);
	/* which requests there would be depends on what the job has */
	return k->job && k->online ? mf_check_job(k, err) : 0;
}

static int go(struct mf_checking *k, struct mf_check_policy *p, struct mf_err *err)
{
	struct mf_check_verdict v;
	struct mf_trend before = { 0 };

	if (read_trend(&before, p, mf_conf_str(k->env->conf, MF_K_LIFETIME_TREND), err) || look(k, err) || mf_check_judge(p, &k->list, &v, err))
		return -1;
	return k->explain ? explain(k, err) : report(k, &before, &v, err);
}

int mf_checking_run(struct mf_checking *k, struct mf_err *err)
{
	struct mf_check_policy *p = NULL;
	int rc;

	if (k->explain && !is_id(k->explain))
		return explain(k, err);
	k->began_ms = mf_mono_ms();
	k->online = mf_conf_bool(k->env->conf, MF_K_ONLINE);
	mf_random(k->key, sizeof(k->key));
	if (mf_check_policy_new(&p, k->env->conf, mf_now(), err))
		return -1;
	rc = k->env->common.dry_run ? show_plan(k, err) : go(k, p, err);
	mf_check_policy_free(p);
	return rc;
}
