/* SPDX-License-Identifier: Apache-2.0 */
/* What the sinks share: text in the CI's format, appending to its files, files for secrets, the checks of values. */
#ifndef MAYFLY_SINK_SINK_H
#define MAYFLY_SINK_SINK_H

#include <sys/types.h>
#include <mayfly/reveal.h>
#include <mayfly/sink.h>

/* -- append.c: files that the CI reads, all or nothing --------------------------------------------- */
struct mf_append {
	const char *label;		/* "GITHUB_ENV", for messages; static */
	const char *path;		/* borrowed */
	struct mf_secret *text;		/* what is to be appended */
	int fd;				/* -1: not open */
	off_t before;			/* its size before we wrote */
	bool newline;			/* a newline was put before the text */
	bool written;
};
#define MF_APPEND_NONE ((struct mf_append){ .fd = -1 })

/* Opens the file for appending (MF-SINK-08); `path` NULL: fails, since the job does not have it. */
int mf_append_open(struct mf_append *a, const char *label, const char *path, struct mf_err *err) MF_MUST_USE;

/* Adds NAME<<DELIMITER, the value, DELIMITER in the runner's format. The name was checked before. */
int mf_append_value(struct mf_append *a, const char *name, struct mf_str value, struct mf_err *err) MF_MUST_USE;

/* Writes the text in one go; on failure the file has its former size again. */
int mf_append_commit(struct mf_append *a, struct mf_err *err) MF_MUST_USE;
/* Takes back what commit wrote, unless others have appended since: then `written` stays set. */
void mf_append_undo(struct mf_append *a);
void mf_append_close(struct mf_append *a);

/* -- filebox.c: a private folder with a file for each secret ----------------------------------------- */
struct mf_filebox {
	char *dir;
	char **paths;
	size_t n;
};

/* Writes the item's value to a new 0600 file that is called like its variable and returns its path, borrowed. What it holds has to be put before. */
int mf_filebox_put(struct mf_filebox *b, const char **path, const struct mf_job *job, const struct mf_item *item, struct mf_err *err) MF_MUST_USE;
void mf_filebox_undo(struct mf_filebox *b);	/* wipes the files and removes the folder */
void mf_filebox_free(struct mf_filebox *b);

/* mf_name_check for an item: the same value again replaces nothing and is no conflict. */
int mf_item_name_check(const struct mf_item *item, const struct mf_sink_opts *opts, struct mf_err *err) MF_MUST_USE;

/* -- value.c --------------------------------------------------------------------------------------- */
/* MF-SINK-05 when the value cannot be in the variable `name`: NUL bytes, too long; with `utf8` also what is no UTF-8. */
int mf_value_check(const char *name, struct mf_str value, bool utf8, struct mf_err *err) MF_MUST_USE;
int mf_output_check(const char *name, struct mf_str value, struct mf_err *err) MF_MUST_USE;

/* Counts a variable; MF-SINK-05 when all together are more than an environment can hold. */
int mf_value_count(size_t *total, const char *name, size_t n, struct mf_err *err) MF_MUST_USE;

/* MF-SINK-02 when `name` cannot be a step output's. */
int mf_output_name_check(const char *name, bool loose, struct mf_err *err) MF_MUST_USE;

/* -- commands.c: GitHub's add-mask ---------------------------------------------------------------- */
/* Whether what cannot be masked is refused or warned about. */
struct mf_mask_rules {
	bool require_mask, unmasked_ok;
	bool file;		/* the value becomes a file, no variable */
};

/* Writes an add-mask command for each form of the value to `fd`. */
int mf_write_masks(int fd, const struct mf_secret *value, const char *name, const struct mf_mask_rules *rules,
		   struct mf_err *err) MF_MUST_USE;

#endif
