/* SPDX-License-Identifier: Apache-2.0 */
/* Command lines: one table of options for each command is the source of parsing, --help, shell completion and
 * the man page. Most options name a configuration key and take everything else from its entry. */
#ifndef MAYFLY_OPT_H
#define MAYFLY_OPT_H

#include <mayfly/conf.h>

enum mf_opt_kind {
	MF_OPT_END,		/* closes a table */
	MF_OPT_KEY,		/* --flag of a configuration key; one without a flag is listed among the variables only */
	MF_OPT_SWITCH,		/* --name: counts into *(int *) at `offset` of the command's options */
	MF_OPT_VALUE,		/* --name VALUE: const char * at `offset`, the last one wins */
	MF_OPT_MAYBE,		/* --name or --name=VALUE: const char * at `offset`, "" without a value */
	MF_OPT_LIST		/* --name VALUE, as often as wanted: struct mf_opt_list at `offset` */
};

/* The values of an option that may be repeated; the strings are argv's. What is beyond the room is refused. */
#define MF_OPT_LIST_MAX 64
struct mf_opt_list {
	const char *v[MF_OPT_LIST_MAX];
	size_t n;
};

struct mf_opt {
	enum mf_opt_kind kind;
	enum mf_key key;
	const char *name;	/* without "--" */
	char letter;
	const char *arg;	/* placeholder, "FILE"; a key's is in its entry */
	const char *choices;	/* for completion and checking, space-separated, or NULL */
	const char *brief;
	size_t offset;
};

/* Options that every command has. */
struct mf_common {
	int quiet, verbose, dry_run, help;
	const char *format;	/* "text" or "json" */
	const char *color;	/* "auto", "always", "never" */
};
extern const struct mf_opt mf_common_opts[];	/* with offsets into struct mf_common; a command's own of the same name is taken instead */

/* What is left after options: the array is the caller's to free, its strings are argv's. */
struct mf_args {
	const char *const *v;
	size_t n;
};
void mf_args_free(struct mf_args *args);

struct mf_env;		/* cmd.h */

/* A command's entry: what main() needs to start it, and all that help, completion and the man page say of it. */
struct mf_cmd {
	const char *name;		/* "run", "exchange vault" */
	const char *args;		/* "[NAME=REF...]" for the usage line, or ""; how many there may be is checked by it.
					 * "bash|zsh|fish", COMMAND and FILE are completed */
	const char *brief;		/* one line */
	const char *about;		/* a paragraph or two for --help and the man page */
	const char *example;		/* lines to copy */
	const struct mf_opt *opts;
	size_t opts_size;
	unsigned needs;			/* enum mf_needs */
	bool bare;			/* who starts it reads both streams as one: no line goes there beside what it prints, but for errors */
	bool prints;			/* its output is what was asked for: stdout stays free of everything else, also on GitHub */
	bool evals;			/* its stdout may be read by eval: on failure a line goes there that makes eval fail */
	int (*run)(struct mf_env *env, const struct mf_args *args, struct mf_err *err);
	int (*exit_code)(const struct mf_env *env, const struct mf_err *err);	/* of a failure, where it is not the error's; may be NULL */
};

/* The command that argv (without the program's name) begins with; "exchange vault" takes two words. *words is set to
 * how many it took. NULL with MF-OPT-04 naming the nearest command. */
const struct mf_cmd *mf_cmd_find(const struct mf_cmd *const *cmds, int *words, char **argv, struct mf_err *err) MF_MUST_USE;

/* Parses argv[1..argc-1] of a command by its own table and the common one: --name VALUE, --name=VALUE, -n VALUE, -nq,
 * --no-NAME for booleans; options and arguments may be mixed, "--" ends options. Keys go to `conf`, the command's own into
 * `dest` (cmd->opts_size bytes), common ones into `common`. MF-OPT-01 (unknown, naming the nearest), MF-OPT-02 (a value is
 * missing or too many), MF-OPT-03 (a wrong value). A value that may hold a secret is never quoted. */
int mf_opt_parse(const struct mf_cmd *cmd, int argc, char **argv, struct mf_conf *conf, struct mf_common *common, void *dest,
		 struct mf_args *rest, struct mf_err *err) MF_MUST_USE;

/* The writers. `cmds` is an array of pointers that ends with NULL. */
int mf_opt_help(struct mf_buf *out, const struct mf_cmd *cmd, const struct mf_cmd *const *cmds, struct mf_err *err) MF_MUST_USE; /* cmd NULL: the program */
int mf_opt_man(struct mf_buf *out, const struct mf_cmd *const *cmds, struct mf_err *err) MF_MUST_USE;			/* mayfly.1, roff */
int mf_opt_completion(struct mf_buf *out, const char *shell, const struct mf_cmd *const *cmds, struct mf_err *err) MF_MUST_USE; /* bash, zsh, fish */

#endif
