/* SPDX-License-Identifier: Apache-2.0 */
/* mayfly merge: the JSON reports of several shards, or of several repositories, as one. */
#include <stdio.h>
#include <unistd.h>

#include <mayfly/fs.h>

#include "commands.h"
#include "scan.h"

struct opts {
	const char *format;
};

static const struct mf_opt opts[] = {
	{ .kind = MF_OPT_VALUE, .name = "format", .arg = "FORMAT", .choices = "text json sarif gitlab junit csv html github",
	  .brief = "what is written to standard output", .offset = offsetof(struct opts, format) },
	{ .kind = MF_OPT_KEY, .key = MF_K_SCAN_REPORTS },
	{ .kind = MF_OPT_KEY, .key = MF_K_SCAN_STRICT },
	{ .kind = MF_OPT_KEY, .key = MF_K_SCAN_CATEGORY },
	{ .kind = MF_OPT_END },
};

static int read_all(struct mf_merged *m, const struct mf_args *args, struct mf_err *err)
{
	for (size_t i = 0; i < args->n; i++) {
		struct mf_buf text = MF_BUF(MF_SIDE_FILE_MAX);
		int rc = mf_fs_read(&text, args->v[i], err);

		if (rc == 0)
			rc = mf_report_read(m, args->v[i], (struct mf_str){ text.p, text.n }, err);
		mf_buf_free(&text);
		if (rc)
			return -1;
	}
	return 0;
}

static int write_one(const struct mf_merged *m, const struct mf_output *o, const struct mf_verdict *v, const struct mf_report_opts *ro, struct mf_err *err)
{
	FILE *f = o->temp ? fdopen(dup(o->fd), "wb") : stdout;
	int rc;

	if (!f)
		return mf_fail(err, MF_E_REPORT_WRITE, "the report '%s' cannot be written", o->path);
	rc = mf_report_write(o->reporter, f, &m->run, &m->findings, v, ro, err);
	if (f != stdout && fclose(f) && rc == 0)
		rc = mf_fail(err, MF_E_REPORT_WRITE, "the report '%s' cannot be written", o->path);
	return rc;
}

/* Shards have all ids, and the merged report those that a single run shows. */
static int name(const struct mf_scan *s, struct mf_merged *m, struct mf_verdict *v, struct mf_err *err)
{
	const char *note, *hint;

	if (m->raw && mf_findings_name(&m->findings, mf_scan_ids(s), err))
		return -1;
	mf_verdict_of(v, &m->findings);
	note = m->raw ? mf_scan_ids_note(&hint, s, v) : NULL;
	return note ? mf_merged_note(m, note, hint, err) : 0;
}

static int merge(struct mf_scan *s, struct mf_merged *m, const struct mf_args *args, struct mf_verdict *v, struct mf_err *err)
{
	if (read_all(m, args, err) || mf_merged_finish(m, err) || (m->raw && mf_findings_join(&m->findings, err)))
		return -1;
	mf_findings_sort(&m->findings);
	if (name(s, m, v, err))
		return -1;
	for (size_t i = 0; i < m->run.n_notes; i++)
		v->incomplete = v->incomplete || m->run.notes[i].incomplete;
	/* what names a repository before its path is of a fleet */
	for (size_t i = 0; i < m->findings.n; i++)
		if (m->findings.v[i].repo && *m->findings.v[i].path)
			m->run.accepting = MF_ACCEPT_THERE;
	m->run.accept_flags = mf_same_text(m->run.mode, "history") ? "--history " : "";
	m->run.version = MF_VERSION;
	m->run.category = mf_conf_str(s->env->conf, MF_K_SCAN_CATEGORY);
	for (size_t i = 0; i < s->n_outputs; i++)
		if (write_one(m, &s->outputs[i], v, &s->report, err))
			return -1;
	return mf_outputs_commit(s, err);
}

static int run(struct mf_env *env, const struct mf_args *args, struct mf_err *err)
{
	const struct opts *o = env->opts;
	const struct mf_reporter *r = mf_reporter_find(o->format ? o->format : "text", err);
	struct mf_merged m = { 0 };
	struct mf_verdict v = { 0 };
	struct mf_scan s = { 0 };
	int rc = !r || mf_scan_conf(&s, env, err) || mf_output_add_as(&s, r, NULL, STDOUT_FILENO, err) ? -1 : 0;

	s.report.color = mf_log_color();
	if (rc == 0)
		rc = merge(&s, &m, args, &v, err);
	if (rc == 0) {
		const struct mf_scan_result result = { .findings = v.findings, .incomplete = v.incomplete };

		s.mode = mf_same_text(m.run.mode, "history") ? MF_SCAN_HISTORY : MF_SCAN_AUTO;
		rc = mf_scan_outcome(&s, &result, err);
	}
	mf_merged_free(&m);
	mf_scan_free(&s);
	return rc;
}

const struct mf_cmd mf_cmd_merge = {
	.name = "merge",
	.args = "FILE...",
	.brief = "join the JSON reports of several scans into one",
	.about =
		"Reads the JSON reports of `mayfly scan --shard I/N --format json` and writes the report that one scan of everything would have "
		"given, in any format. A shard that is missing is an error. Exit codes are those of scan.",
	.example =
		"mayfly merge shard-*.json --report sarif=mayfly.sarif\n",
	.opts = opts,
	.opts_size = sizeof(struct opts),
	.prints = true,
	.run = run,
};
