/* SPDX-License-Identifier: Apache-2.0 */
/* One scan, from its options to its reports: planned and opened by the parent, carried out by the confined child. Shared by scan, run and the
 * gitleaks drop-in. */
#ifndef MAYFLY_CMD_SCAN_H
#define MAYFLY_CMD_SCAN_H

#include <pthread.h>
#include <sys/types.h>

#include <mayfly/cmd.h>
#include <mayfly/report.h>
#include <mayfly/worktree.h>

enum mf_scan_mode { MF_SCAN_AUTO, MF_SCAN_TREE, MF_SCAN_STAGED, MF_SCAN_RANGE, MF_SCAN_HISTORY, MF_SCAN_STDIN };

/* A report that is written: to a descriptor that the parent opened, moved into place when the scan has succeeded. */
struct mf_output {
	const struct mf_reporter *reporter;
	char *path, *temp;	/* NULL: standard output */
	int fd;
};

/* A submodule by its path in the repository, and the commits of it that are asked for. */
struct mf_link {
	char *path;
	struct mf_oid *ids;
	size_t n_ids, cap_ids;
};

/* One repository or folder. */
struct mf_target {
	char *path, *name;	/* name: of a fleet's repository; NULL of the only one */
	struct mf_repo *repo;	/* NULL: a folder without one */
	char *why_not;		/* it cannot be scanned */
	bool file;		/* what was named is no folder, and in no repository: no side files count */
	/* of a submodule, which the child opens */
	const struct mf_target *outer;	/* the repository that it lies in; NULL: this is none */
	char *prefix, *of;	/* its path in the outermost one; what notes begin with */
	unsigned depth;
	/* found by scanning it: its own submodules, and the ends of a range, none: all of it */
	struct mf_link *links;
	size_t n_links, cap_links;
	struct mf_oid *from, *to;
	size_t n_from, n_to;
};
void mf_target_clear(struct mf_target *t);	/* what it owns */
static inline const char *mf_target_of(const struct mf_target *t)
{
	return t->of ? t->of : "";
}

/* What is asked for. Texts are borrowed from the command line, the configuration or the job unless said otherwise. */
struct mf_checking;

struct mf_scan {
	struct mf_env *env;
	enum mf_scan_mode mode;
	const char *path;		/* "." when nothing was named */
	const char *stdin_name;
	char *from, *to;		/* of a range: revisions; owned. `from` NULL: all that `to` reaches */
	bool one;			/* of the range only `to` itself */
	const char *range_why;
	bool warn;			/* what was not looked at is said on stderr: no report may be there to say it */
	bool named;			/* the path was */
	char *auto_note;		/* what an automatic choice has to admit; owned */
	const char *auto_hint;		/* what to do about it, or NULL */
	bool auto_incomplete;		/* what the event brings was not looked at */
	bool from_hook;			/* GIT_DIR and GIT_INDEX_FILE count */
	enum mf_engine engine;
	unsigned shard, shards;
	unsigned threads;
	bool submodules, ignored, strict, raw;
	bool changed;			/* of tracked files, what is staged, a range: only what the file did not hold before */
	bool each_path;			/* a finding for each path that a secret has, as gitleaks has them */
	size_t max_bytes;		/* of a file or blob */
	struct mf_rules_opts rules;
	struct mf_scan_opts detect;
	const char *rules_file;		/* as named; else the checkout's .gitleaks.toml, unless `no_own_rules` */
	bool no_own_rules, found_rules;	/* found_rules: they are the target's own, which anybody may have written */
	const char *own_files[2];	/* paths, as findings have them, in which nothing counts: the rules, the baseline */
	const char *baseline_file;
	const char *const *ignore_files;	/* further .gitleaksignore files */
	size_t n_ignore_files;
	const char *repos_file;
	const char *accept, *reason;	/* an id to accept, and why */
	int64_t until;
	/* the state file */
	const char *state_file;
	const char *state_key;		/* as the environment has it; NULL: none */
	struct mf_buf state_text;	/* as read by the parent, checked; empty: none */
	char *state_temp;		/* where the child writes the new one; owned */
	int state_fd;
	/* the text of .mayflyignore with one more line */
	char *accept_temp, *accept_path;
	int accept_fd;
	char *accept_args;		/* what --accept needs besides to find the same; owned */

	struct mf_target *targets;	/* owned */
	size_t n_targets;
	struct mf_output *outputs;	/* owned */
	size_t n_outputs;
	struct mf_report_opts report;
	int summary_fd;			/* GitHub's step summary; 0: none */
	const struct mf_checking *check;	/* the repository's part of a check is done in the child, too; no report is written */
	int check_fd;
	bool stage;			/* of run: a scan that has nothing to say takes one line */
	bool folder;			/* PATH is a folder, whatever repository it lies in */
	const char *prefix;		/* before the paths of files; NULL: none */
	unsigned timeout;		/* seconds after which the scan is ended, with an error; 0: none */
	bool progress;			/* standard error is a terminal */
};

/* What the parent learns besides an error. */
struct mf_scan_result {
	uint64_t findings, passed, notes;
	bool incomplete;
	bool accepted;			/* accept_temp holds the new text */
	bool new_ids;			/* ... which is the first to have a salt */
};

/* From the configuration: all that scan and run share. */
int mf_scan_conf(struct mf_scan *s, struct mf_env *env, struct mf_err *err) MF_MUST_USE;

/* The mode when none was named, from the job and the configuration. MF-SCAN-02. */
int mf_scan_plan(struct mf_scan *s, struct mf_err *err) MF_MUST_USE;

/* "A..B" (or "A...B", "..B", "A..") into from and to. */
int mf_scan_range(struct mf_scan *s, const char *text, struct mf_err *err) MF_MUST_USE;

/* gitleaks' --log-opts: words of git log that name commits. */
int mf_gitleaks_log_opts(struct mf_scan *s, const char *text, struct mf_err *err) MF_MUST_USE;

/* "2/4", "auto" (from the CI's variables). MF-SCAN-07. */
int mf_scan_shard(struct mf_scan *s, const char *text, struct mf_err *err) MF_MUST_USE;

/* Opens the repositories: the path's own, or those of the list. MF-SCAN-01, MF-GIT-.. */
int mf_scan_targets(struct mf_scan *s, struct mf_err *err) MF_MUST_USE;

/* The folder that has the side files (.gitleaksignore and others) that count for the target: for a submodule those of the outermost repository.
 * NULL: it is bare, or a file by itself. */
const char *mf_target_root(const struct mf_target *t);

/* "sarif=out.sarif", or a file whose suffix tells the format; "-" is standard output. MF-REPORT-01. */
int mf_output_add(struct mf_scan *s, const char *spec, struct mf_err *err) MF_MUST_USE;
/* `path` NULL: to `fd`, which stays open. */
int mf_output_add_as(struct mf_scan *s, const struct mf_reporter *reporter, const char *path, int fd, struct mf_err *err) MF_MUST_USE;
/* Puts the written files into place; without it they are removed by mf_scan_free(). MF-REPORT-02. */
int mf_outputs_commit(struct mf_scan *s, struct mf_err *err) MF_MUST_USE;
/* Creates a file beside `path` and names it in *temp. */
int mf_temp_beside(char **temp, const char *path, mode_t mode, struct mf_err *err);
int mf_temp_commit(char **temp, const char *path, struct mf_err *err) MF_MUST_USE;

/* The whole of it: opens, forks, waits, commits. Fails with MF-SCAN-05 for findings, MF-SCAN-04 for an incomplete one with `strict`. */
int mf_scan_go(struct mf_scan *s, struct mf_scan_result *result, struct mf_err *err) MF_MUST_USE;
/* The error that a result is: findings, an incomplete scan with `strict`. */
int mf_scan_outcome(const struct mf_scan *s, const struct mf_scan_result *r, struct mf_err *err) MF_MUST_USE;
/* Text for a person on `fd`, with annotations and the step's summary where GitHub shows them. */
int mf_scan_say(struct mf_scan *s, int fd, struct mf_err *err) MF_MUST_USE;
/* GitHub's annotations alone, with the summary where the job has one. */
int mf_scan_annotate(struct mf_scan *s, int fd, struct mf_err *err) MF_MUST_USE;
/* Says what would be scanned; for dry runs. */
int mf_scan_show_plan(struct mf_scan *s, struct mf_err *err) MF_MUST_USE;
/* The first stage of run. */
int mf_scan_stage(struct mf_env *env, struct mf_err *err) MF_MUST_USE;
/* Targets, plan, go: for a scan whose options and outputs are set. */
int mf_scan_run(struct mf_scan *s, struct mf_err *err) MF_MUST_USE;
void mf_scan_free(struct mf_scan *s);

/* -- in the child ------------------------------------------------------------------------------------------- */

/* What has to be admitted, each kind once, with up to five names. */
struct mf_notes {
	struct mf_note *v;
	size_t n, cap;
};
int mf_note_add(struct mf_notes *notes, bool incomplete, const char *hint, const char *why, const char *fmt, ...) MF_PRINTF(5, 6);
void mf_notes_free(struct mf_notes *notes);

/* Names of what was skipped for one reason: the first few are kept, whole. Safe between threads. */
enum { MF_TALLY_NAMES = 5 };
struct mf_tally {
	pthread_mutex_t lock;
	uint64_t n;
	char *names[MF_TALLY_NAMES];
	const char *details[MF_TALLY_NAMES];	/* shown behind the name; borrowed, or NULL */
	unsigned kept;
	char why[512];		/* of the first */
};
void mf_tally_add(struct mf_tally *t, const char *name, const char *why);
void mf_tally_free(struct mf_tally *t);

/* Secrets that stand in names. */
struct mf_named {
	struct mf_str *v;	/* owned */
	size_t n, cap;
	struct mf_scanner *scanner;
};

struct mf_child {
	struct mf_scan *s;
	struct mf_ruleset rules;
	struct mf_detector *detector;
	struct mf_scanner **scanners;	/* one a thread */
	unsigned n_threads;
	struct mf_collect *collect;	/* of the target that is being scanned */
	uint64_t order;			/* of the commit that a range has come to */
	uint64_t dropped;		/* candidates that were too many */
	struct mf_findings findings;
	struct mf_named named;
	struct mf_notes notes;
	struct mf_run run;
	struct mf_tally unreadable, too_large, lfs, submodules, absent, lists, damaged, vanished, odd, repos;
	struct mf_tally packs, unfit;	/* that cannot be read; whose index does not fit them */
	struct mf_tally closed;		/* archives that were not opened */
	struct mf_tally undecided, truncated, members;	/* names alone: places are counted by the scanners */
	size_t n_modules;		/* submodules so far */
	_Atomic uint64_t done_bytes, done_blobs;	/* for the progress line */
	_Atomic uint64_t placed_bytes;		/* of files and blobs whose place was known */
	struct mf_baseline *baseline;	/* of all targets; NULL: none */
	struct mf_past *past;		/* of the state file; NULL: none */
};

/* The child's entry: `result` is a struct mf_scan_result. */
int mf_scan_child(void *scan, void *result, struct mf_err *err);

/* One target's blobs into c->collect, by mode, and what is to be said of them into c->run and the tallies; with *origins, which is freed by the caller, of
 * what was collected without a place. */
int mf_scan_history(struct mf_child *c, struct mf_target *t, struct mf_origins *origins, struct mf_err *err) MF_MUST_USE;
int mf_scan_commits(struct mf_child *c, struct mf_target *t, struct mf_err *err) MF_MUST_USE;
int mf_scan_staged(struct mf_child *c, struct mf_target *t, struct mf_err *err) MF_MUST_USE;
int mf_scan_files(struct mf_child *c, struct mf_target *t, struct mf_err *err) MF_MUST_USE;
int mf_scan_stdin(struct mf_child *c, struct mf_err *err) MF_MUST_USE;

/* One target with all that belongs to it, into c->findings; NULL: standard input. */
int mf_scan_target(struct mf_child *c, struct mf_target *t, struct mf_err *err) MF_MUST_USE;

/* What was named, as a path below the root of its work tree; NULL: all of it. The caller frees. */
int mf_scan_below(char **out, const char *path, const char *root, struct mf_err *err) MF_MUST_USE;
/* Findings of moved files get the names that they had before. */
int mf_scan_moved(const struct mf_target *t, struct mf_findings *list, struct mf_err *err) MF_MUST_USE;
/* With s->changed: takes out of the list what the files held before. */
int mf_scan_drop_old(struct mf_child *c, const struct mf_target *t, struct mf_findings *list, struct mf_err *err) MF_MUST_USE;

/* Submodules: one that a walk came by; those that are checked out, or in HEAD; and, after the target itself, all that were noted: scanned when that is asked
 * for, or named. */
int mf_scan_link(struct mf_child *c, struct mf_target *t, const struct mf_place *place, struct mf_err *err) MF_MUST_USE;
int mf_scan_links(struct mf_child *c, struct mf_target *t, struct mf_err *err) MF_MUST_USE;
int mf_scan_modules(struct mf_child *c, struct mf_target *t, struct mf_err *err) MF_MUST_USE;
/* Paths of a target as findings have them; and what they have as their repository, NULL: nothing. Without a path that says where a submodule is. */
int mf_scan_under(char **out, const struct mf_target *t, const char *path, struct mf_err *err) MF_MUST_USE;
int mf_scan_prefix_origins(struct mf_origins *o, const struct mf_target *t, struct mf_err *err) MF_MUST_USE;
/* Marks findings whose commit is where a shallow clone ends. */
int mf_scan_boundary(const struct mf_target *t, struct mf_findings *list, struct mf_err *err) MF_MUST_USE;
/* --history: where blobs that hold something, and files that are reported for their paths, come from; then the findings of the latter. */
int mf_scan_attribute(struct mf_child *c, const struct mf_target *t, struct mf_origins *origins, const struct mf_history_opts *opts, struct mf_seen *seen,
		      struct mf_past *past, struct mf_err *err) MF_MUST_USE;
int mf_scan_named(struct mf_child *c, struct mf_origins *origins, const struct mf_history_opts *opts, struct mf_err *err) MF_MUST_USE;
int mf_scan_repo_name(char **out, const struct mf_target *t, const struct mf_finding *f, struct mf_err *err) MF_MUST_USE;

/* A pack that was not scanned, or not in whole; `of` is what names begin with. */
void mf_scan_see_pack(struct mf_child *c, const char *of, const struct mf_bad_pack *pack);
/* Names a file or object of which more could not be looked at than `before` says; whether there is something. */
bool mf_scan_see_limits(struct mf_child *c, const struct mf_scan_stats *before, const struct mf_scan_stats *now, const char *name);

/* One file's or blob's bytes by the scanner of thread `at`, and into c->collect. */
int mf_scan_placed(struct mf_child *c, unsigned at, enum mf_source source, const struct mf_place *place, struct mf_str bytes, struct mf_err *err) MF_MUST_USE;

/* True, and names the file, when its bytes are a pointer of Git LFS, whose content is elsewhere. */
bool mf_scan_see_lfs(struct mf_child *c, struct mf_str bytes, const char *path);
/* The same for an archive, where they are not opened. */
bool mf_scan_see_archive(struct mf_child *c, struct mf_str bytes, const char *path);

/* The notes of all that the tallies, the scanners and the repositories have to admit. */
int mf_notes_of_scan(struct mf_child *c, struct mf_err *err) MF_MUST_USE;

/* Adds what the rules find in a name (NULL: nothing) to c->named; in those of findings; in those that a report says of the run. */
int mf_named_learn(struct mf_child *c, const char *text, struct mf_err *err) MF_MUST_USE;
int mf_named_of_findings(struct mf_child *c, const struct mf_findings *list, struct mf_err *err) MF_MUST_USE;
int mf_named_of_run(struct mf_child *c, struct mf_err *err) MF_MUST_USE;
void mf_named_free(struct mf_named *n);
/* All of c->named and the findings' secrets. */
int mf_named_hide(struct mf_hide **out, const struct mf_child *c, const struct mf_findings *list, struct mf_err *err) MF_MUST_USE;
/* Takes the secrets out of the notes, and of an error. */
int mf_named_in_notes(struct mf_child *c, struct mf_err *err) MF_MUST_USE;
void mf_named_in_error(struct mf_child *c, struct mf_err *e);

/* Ignore files, baselines and lists are read up to this size. */
#define MF_SIDE_FILE_MAX ((size_t)256 << 20)
/* Reads the baseline, once for all targets. MF-POL-01. */
int mf_scan_policy_open(struct mf_child *c, struct mf_err *err) MF_MUST_USE;
/* Which of a target's findings pass; `t` NULL: standard input. MF-POL-02. */
int mf_scan_policy(struct mf_child *c, const struct mf_target *t, struct mf_findings *list, struct mf_err *err) MF_MUST_USE;
/* Reads a file that may be missing; *found tells. */
int mf_read_optional(struct mf_buf *out, const char *path, bool *found, struct mf_err *err) MF_MUST_USE;

/* Finds what s->accept names and writes the new .mayflyignore to s->accept_fd. MF-POL-03. */
/* Of how many credentials of a repository the reports show an id; SIZE_MAX: all. And what they say of the others, NULL: nothing. */
size_t mf_scan_ids(const struct mf_scan *s);
const char *mf_scan_ids_note(const char **hint, const struct mf_scan *s, const struct mf_verdict *v);
int mf_scan_accept(struct mf_child *c, struct mf_scan_result *result, struct mf_err *err) MF_MUST_USE;

/* How a report says that a finding can be accepted; with the flags of the same scan. */
enum mf_accepting mf_scan_accepting(const struct mf_scan *s);
const char *mf_scan_accept_flags(const struct mf_scan *s);
/* ... and with the path that was named, once the targets are known. */
int mf_scan_accept_args(struct mf_scan *s, struct mf_err *err) MF_MUST_USE;

/* The progress line on a terminal: a thread of its own. */
struct mf_progress;
struct mf_progress *mf_progress_start(struct mf_child *c);
void mf_progress_end(struct mf_progress *p);

#endif
