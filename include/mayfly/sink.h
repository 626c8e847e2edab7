/* SPDX-License-Identifier: Apache-2.0 */
/* Where secrets go: mask all, put all, commit. A sink that is closed without a commit rolls back. */
#ifndef MAYFLY_SINK_H
#define MAYFLY_SINK_H

#include <mayfly/fetch.h>
#include <mayfly/job.h>

/* MASKS: the CI is told what to hide. STDOUT: the variables themselves are printed there, for eval. */
enum mf_sink_caps { MF_SINK_MASKS = 1, MF_SINK_STDOUT = 2 };

struct mf_sink_opts {
	int out_fd;			/* where workflow commands and shell text go: the job's stdout */
	bool overwrite;			/* variables that exist may be replaced */
	bool loose_names;		/* '-' and '.' may stand in names: a drop-in's model sets such variables */
	const char *const *allow_names;	/* dangerous names that were opened one by one */
	size_t n_allow_names;
	bool require_mask;		/* what cannot be masked is refused, not warned about */
	bool unmasked_ok;		/* export also where the CI cannot mask, and past the cap */
	const char *arg;		/* the sink's own: a path */
	mf_getenv_fn env;
};

struct mf_sink {
	const char *name;		/* "github", "gitlab", "shell", "file" */
	unsigned caps;
	int (*open)(void **st, const struct mf_job *job, const struct mf_sink_opts *opts, struct mf_err *err);
	int (*mask)(void *st, const struct mf_item *item, struct mf_err *err);	/* NULL where the CI cannot mask */
	int (*put)(void *st, const struct mf_item *item, struct mf_err *err);
	int (*commit)(void *st, struct mf_err *err);
	void (*close)(void *st);
	size_t (*files)(void *st, const char *const **paths);	/* files made for `as: file`, so that revoke can wipe them; borrowed; may be NULL */
};

/* github: GITHUB_ENV, GITHUB_OUTPUT, add-mask on out_fd. gitlab and shell: text for eval on out_fd. file: the same text in
 * a new 0600 file, `arg` is its path. */
extern const struct mf_sink mf_sink_github, mf_sink_gitlab, mf_sink_shell, mf_sink_file;

/* A variable in an environment: NAME=VALUE and a NUL within the kernel's MAX_ARG_STRLEN; a step output; all variables of a
 * run together, since the environment as a whole is bounded too. Bytes. */
#define MF_VARIABLE_MAX ((size_t)128 << 10)
#define MF_OUTPUT_MAX ((size_t)1 << 20)
#define MF_VARIABLES_MAX ((size_t)1 << 20)

/* The sink for this job: by name ("github", "gitlab", "shell", "file:PATH"; "dotenv" is refused with the reason), or by
 * the CI when `name` is NULL. MF-SINK-01 when there is none (local without one named), MF-SINK-07 for dotenv. */
int mf_sink_pick(const struct mf_sink **out, const char *name, const struct mf_job *job, struct mf_err *err) MF_MUST_USE;

/* What follows the colon in a sink's name ("file:PATH"), for opts.arg: borrowed, NULL when there is no colon or no name. */
const char *mf_sink_arg(const char *name);

/* MF-SINK-06 when a value in the variable `name` would go, unmasked, to where the job's log shows it and the user has not agreed.
 * Sinks ask it in put(); callers ask it before they log in. */
int mf_sink_allows(const struct mf_sink *sink, const struct mf_job *job, const struct mf_sink_opts *opts, const char *name,
		   struct mf_err *err) MF_MUST_USE;

/* MF-SINK-.. when a new file with secrets may not be made at `path`: it is missing, or in a CI job's checkout. */
int mf_file_place_check(const char *path, const struct mf_job *job, struct mf_err *err) MF_MUST_USE;

/* Masks all and puts all; nothing is visible before the sink's commit, which the caller asks for once it has done what comes in
 * between, and on failure everything is taken back once the sink is closed. What stdio holds for out_fd has to be flushed
 * before. MF-MASK-.., MF-SINK-... */
int mf_emit_prepare(const struct mf_sink *sink, void *st, const struct mf_items *items, struct mf_err *err) MF_MUST_USE;

/* Masks one secret that is not exported (a token) in the job's log; nothing where the CI cannot. */
int mf_mask_only(const struct mf_job *job, int out_fd, const struct mf_secret *value, const char *name, struct mf_err *err) MF_MUST_USE;

/* Masks a long token as it is and leaves its other forms to the runner's own encoders: for an identity token, which lives for
 * minutes and is handed to nobody, a hundred long lines in every job's log would cost more than they hide. */
int mf_mask_whole(const struct mf_job *job, int out_fd, const struct mf_secret *value, struct mf_err *err) MF_MUST_USE;

/* MF-SINK-.. when `name` is no variable name, is dangerous, or exists and may not be replaced. */
int mf_name_check(const char *name, const struct mf_sink_opts *opts, struct mf_err *err) MF_MUST_USE;

/* Wipes files that a sink made (paths from its files(), or from the saved state) and removes their folder when it is ours
 * and empty. Files that are gone are no error; goes on after a failure and reports the first. MF-FS-02. */
int mf_files_wipe(const char *const *paths, size_t n, struct mf_err *err) MF_MUST_USE;

/* One line of the table of what was issued: texts without secrets, each may be NULL; borrowed. */
struct mf_summary_row {
	const char *what;	/* "VAULT_TOKEN", "DB_PASSWORD" */
	const char *from;	/* the reference, the role */
	const char *lifetime;	/* "1 h", "no end" */
	const char *ends;	/* "revoked at the end of the job" */
};

/* The table in aligned columns for a terminal or a job log, one line each, with a head; nothing for no rows. */
int mf_summary_text(struct mf_buf *out, const struct mf_summary_row *rows, size_t n, struct mf_err *err) MF_MUST_USE;

/* Appends the table as GitHub-flavoured markdown to the job's summary file, as many rows as fit into GitHub's 1 MiB for a
 * step; nothing where the job has none. Cells cannot break out of the table nor carry links or HTML. MF-SINK-08. */
int mf_summary_write(const struct mf_job *job, const struct mf_summary_row *rows, size_t n, struct mf_err *err) MF_MUST_USE;

#endif
