/* SPDX-License-Identifier: Apache-2.0 */
/* mayfly scan: committed secrets in files, the index, commits, or all of the history. */
#include <stdio.h>
#include <unistd.h>

#include <mayfly/clock.h>

#include "commands.h"
#include "scan.h"

struct opts {
	int staged, history, from_stdin, hook;
	const char *range, *path, *engine, *shard, *repos, *accept, *reason, *until, *decode_depth, *format;
};

static const struct mf_opt opts[] = {
	{ .kind = MF_OPT_SWITCH, .name = "staged", .brief = "what the next commit would add", .offset = offsetof(struct opts, staged) },
	{ .kind = MF_OPT_VALUE, .name = "range", .arg = "A..B", .brief = "what the commits of B that A has not bring in", .offset = offsetof(struct opts, range) },
	{ .kind = MF_OPT_SWITCH, .name = "history", .brief = "everything in the object database", .offset = offsetof(struct opts, history) },
	{ .kind = MF_OPT_SWITCH, .name = "stdin", .brief = "standard input", .offset = offsetof(struct opts, from_stdin) },
	{ .kind = MF_OPT_VALUE, .name = "path", .arg = "NAME", .brief = "the name that standard input is reported under", .offset = offsetof(struct opts, path) },
	{ .kind = MF_OPT_VALUE, .name = "repos", .arg = "FILE", .brief = "the history of each repository that FILE lists: lines of PATH or NAME=PATH",
	  .offset = offsetof(struct opts, repos) },
	{ .kind = MF_OPT_VALUE, .name = "shard", .arg = "I/N", .brief = "the I-th of N parts, or 'auto'; join the JSON reports with  mayfly merge",
	  .offset = offsetof(struct opts, shard) },
	{ .kind = MF_OPT_VALUE, .name = "engine", .arg = "pack|odb", .choices = "pack odb", .brief = "how objects are read: by delta, or one by one through libgit2",
	  .offset = offsetof(struct opts, engine) },
	{ .kind = MF_OPT_VALUE, .name = "decode-depth", .arg = "N", .choices = "0 1 2 3", .brief = "how many layers of base64 and the like are undone (default: 3)",
	  .offset = offsetof(struct opts, decode_depth) },
	{ .kind = MF_OPT_VALUE, .name = "accept", .arg = "ID", .brief = "let the finding with this id pass from now on: writes .mayflyignore",
	  .offset = offsetof(struct opts, accept) },
	{ .kind = MF_OPT_VALUE, .name = "reason", .arg = "TEXT", .brief = "why it is accepted", .offset = offsetof(struct opts, reason) },
	{ .kind = MF_OPT_VALUE, .name = "until", .arg = "DATE", .brief = "the last day on which it passes, 2027-01-31", .offset = offsetof(struct opts, until) },
	{ .kind = MF_OPT_VALUE, .name = "format", .arg = "FORMAT", .choices = "text json sarif gitlab junit csv html github",
	  .brief = "what is written to standard output", .offset = offsetof(struct opts, format) },
	{ .kind = MF_OPT_SWITCH, .name = "hook", .brief = "started by a git hook: GIT_DIR and GIT_INDEX_FILE count", .offset = offsetof(struct opts, hook) },
	MF_OPTS_SCAN,
	{ .kind = MF_OPT_END },
};

static int one_mode(const struct opts *o, const struct mf_args *args, struct mf_err *err)
{
	const int n = !!o->staged + !!o->range + !!o->history + !!o->from_stdin + !!o->repos;

	if (n > 1 || (args->n && (o->from_stdin || o->repos))) {
		mf_fail(err, MF_E_OPT_ARITY, "'--staged', '--range', '--history', '--stdin' and '--repos' exclude each other");
		mf_err_hint(err, "name one thing to scan");
		return -1;
	}
	if (o->path && !o->from_stdin)
		return mf_fail(err, MF_E_OPT_ARITY, "'--path' goes with '--stdin'");
	if (o->shard && !o->history && !o->repos) {
		mf_fail(err, MF_E_SCAN_SHARD, "'--shard' needs '--history' or '--repos'");
		mf_err_why(err, "only a history, and a list of repositories, can be split into parts that add up to the whole");
		mf_err_hint(err, "mayfly scan --history --shard %s", o->shard);
		return -1;
	}
	if (o->accept && mf_accepted_id_ok(o->accept, err))
		return -1;
	if (o->accept && (!o->reason || o->from_stdin || o->repos)) {
		mf_fail(err, MF_E_POL_ACCEPT, o->reason ? "'--accept' needs a work tree to scan" : "'--accept' needs a reason");
		if (o->from_stdin && o->reason)
			mf_err_hint(err, "use " MF_ACCEPT_INSTEAD);
		else
			mf_err_hint(err, "%smayfly scan %s--accept %s --reason 'a test account without rights' --until 2027-01-31",
				    o->repos ? "in the repository that has it:  " : "", o->repos || o->history ? "--history " : o->staged ? "--staged " : "", o->accept);
		return -1;
	}
	if (o->accept && mf_accepted_reason_ok(o->reason, err))
		return -1;
	return (o->reason || o->until) && !o->accept ? mf_fail(err, MF_E_OPT_ARITY, "'--reason' and '--until' go with '--accept'") : 0;
}

static int take_until(struct mf_scan *s, const char *until, struct mf_err *err)
{
	char text[32];

	if (!until)
		return 0;
	/* the day counts whole, wherever it is read */
	snprintf(text, sizeof(text), "%.10sT23:59:59Z", until);
	if (strlen(until) != 10 || !mf_time_parse(&s->until, mf_str(text))) {
		mf_fail(err, MF_E_POL_ACCEPT, "'%.20s' is no date", until);
		mf_err_hint(err, "write a day that exists as 2027-01-31, or leave '--until' out: without it there is no end");
		return -1;
	}
	if (s->until > mf_now())
		return 0;
	mf_fail(err, MF_E_POL_ACCEPT, "the date '%s' is over", until);
	mf_err_hint(err, "'--until' takes the last day on which the finding passes, in UTC");
	return -1;
}

static int take_opts(struct mf_scan *s, const struct opts *o, const struct mf_args *args, struct mf_err *err)
{
	s->path = args->n ? args->v[0] : ".";
	s->named = args->n;
	s->mode = o->staged ? MF_SCAN_STAGED : o->history || o->repos ? MF_SCAN_HISTORY : o->from_stdin ? MF_SCAN_STDIN : MF_SCAN_AUTO;
	s->stdin_name = o->path;
	s->repos_file = o->repos;
	s->accept = o->accept;
	s->reason = o->reason;
	s->from_hook = o->hook || o->staged;
	s->engine = o->engine && strcmp(o->engine, "odb") == 0 ? MF_ENGINE_ODB : MF_ENGINE_PACK;
	if (o->decode_depth)
		s->detect.decode_depth = (unsigned)(o->decode_depth[0] - '0');
	if ((o->range && mf_scan_range(s, o->range, err)) || (o->shard && mf_scan_shard(s, o->shard, err)))
		return -1;
	/* the parts of a shard are joined later */
	s->raw = s->shards > 1 && !o->repos;
	return take_until(s, o->until, err);
}

/* What standard output gets: on GitHub, besides the text, annotations. */
static int take_format(struct mf_scan *s, const char *format, struct mf_err *err)
{
	const struct mf_reporter *r;

	if (!format || strcmp(format, "text") == 0)
		return mf_scan_say(s, STDOUT_FILENO, err);
	if (strcmp(format, "github") == 0)
		return mf_scan_annotate(s, STDOUT_FILENO, err);
	r = mf_reporter_find(format, err);
	return r ? mf_output_add_as(s, r, NULL, STDOUT_FILENO, err) : -1;
}

static int run(struct mf_env *env, const struct mf_args *args, struct mf_err *err)
{
	const struct opts *o = env->opts;
	struct mf_scan s = { 0 };
	int rc = one_mode(o, args, err) || mf_scan_conf(&s, env, err) || take_opts(&s, o, args, err) ? -1 : 0;

	if (rc == 0 && env->common.dry_run)
		rc = mf_scan_show_plan(&s, err);
	else if (rc == 0)
		rc = take_format(&s, o->format, err) || mf_scan_run(&s, err) ? -1 : 0;
	mf_scan_free(&s);
	return rc;
}

const struct mf_cmd mf_cmd_scan = {
	.name = "scan",
	.args = "[PATH]",
	.brief = "find committed secrets: files, staged changes, commits, the whole history",
	.about =
		"Looks for credentials in the work tree at PATH (the current folder): tracked files and untracked ones that are not ignored. "
		"With --staged, --range or --history in what is to be committed, in commits, or in everything that the object database "
		"holds, unreachable objects and messages included. In a CI job that names nothing, the commits of the event are scanned, "
		"and all that the clone holds where the event has no commit before it.\n\n"
		"A finding ends the command with exit code 1. It passes with a comment `mayfly:allow REASON` on its line, an entry in "
		".gitleaksignore or .mayflyignore (--accept), an allowlist in .gitleaks.toml, or a --baseline. What could not be looked at is "
		"always told; with --strict it fails the command with exit code 7. The scan runs in a child without network, which can only read.",
	.example =
		"mayfly scan\n"
		"mayfly scan --history --report sarif=mayfly.sarif\n"
		"mayfly scan --range origin/main..HEAD\n"
		"mayfly scan --accept 3f2c1ab90d --reason 'a revoked test key' --until 2027-01-31\n",
	.opts = opts,
	.opts_size = sizeof(struct opts),
	.needs = MF_NEEDS_CONF,
	.prints = true,
	.run = run,
};
