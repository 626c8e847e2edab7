/* SPDX-License-Identifier: Apache-2.0 */
/* What scan and run do alike with a scan that is described: where its text goes, and the scan as the first stage of run. */
#include <unistd.h>

#include <mayfly/fs.h>
#include "scan.h"

/* The step's summary belongs to the annotations. A file that cannot be opened is no reason not to scan. */
static void open_summary(struct mf_scan *s)
{
	const struct mf_job *job = &s->env->job;
	struct mf_err none = { 0 };

	if (job->ci != MF_CI_GITHUB || !job->summary_file)
		return;
	s->summary_fd = mf_fs_append(job->summary_file, &none);
	if (s->summary_fd < 0) {
		mf_warn_err(&none);
		s->summary_fd = 0;
	}
}

int mf_scan_annotate(struct mf_scan *s, int fd, struct mf_err *err)
{
	const struct mf_reporter *r = mf_reporter_find("github", err);

	if (!r || mf_output_add_as(s, r, NULL, fd, err))
		return -1;
	open_summary(s);
	return 0;
}

int mf_scan_say(struct mf_scan *s, int fd, struct mf_err *err)
{
	const struct mf_reporter *r = mf_reporter_find("text", err);

	if (!r || mf_output_add_as(s, r, NULL, fd, err))
		return -1;
	return s->env->job.ci == MF_CI_GITHUB ? mf_scan_annotate(s, fd, err) : 0;
}

int mf_scan_run(struct mf_scan *s, struct mf_err *err)
{
	struct mf_scan_result result;

	s->progress = s->env->job.ci == MF_CI_LOCAL && isatty(STDERR_FILENO) && !s->env->common.quiet;
	s->report.color = mf_log_color() && (isatty(STDOUT_FILENO) || mf_same_text(s->env->common.color, "always"));
	if (mf_scan_targets(s, err) || mf_scan_plan(s, err) || mf_scan_go(s, &result, err))
		return -1;
	if (s->stage)
		mf_info("no committed secrets were found");
	if (result.accepted)
		mf_info("accepted: '%s' has one more line; commit it%s", s->accept_path, !result.new_ids ? "" :
			". It has a salt now, so that reports show other ids from now on; --accept takes those of before, too");
	return 0;
}

int mf_scan_show_plan(struct mf_scan *s, struct mf_err *err)
{
	static const char *const what[] = {
		[MF_SCAN_AUTO] = "the files of", [MF_SCAN_TREE] = "the files of", [MF_SCAN_STAGED] = "what is staged in", [MF_SCAN_RANGE] = "commits of",
		[MF_SCAN_HISTORY] = "the history of", [MF_SCAN_STDIN] = "standard input",
	};

	if (mf_scan_targets(s, err) || mf_scan_plan(s, err))
		return -1;
	if (s->mode == MF_SCAN_RANGE)
		mf_info("would scan %s '%s': %s..%s", what[s->mode], s->path, s->from ? s->from : "", s->to);
	else if (s->mode == MF_SCAN_STDIN)
		mf_info("would scan standard input");
	else
		mf_info("would scan %s '%s'", what[s->mode], s->repos_file ? s->repos_file : s->path);
	return 0;
}

int mf_scan_stage(struct mf_env *env, struct mf_err *err)
{
	struct mf_scan s = { .path = ".", .stage = true };
	int rc = mf_scan_conf(&s, env, err);

	if (rc == 0 && env->common.dry_run)
		rc = mf_scan_show_plan(&s, err);
	else if (rc == 0)
		rc = mf_scan_say(&s, fileno(env->err), err) || mf_scan_run(&s, err) ? -1 : 0;
	mf_scan_free(&s);
	if (rc)
		mf_err_note(err, "no identity was asked for, no credential was obtained and nothing was exported");
	return rc;
}
