/* SPDX-License-Identifier: Apache-2.0 */
/* A job's folder with its command files, items to export, and the runner's view of what was written. */
#ifndef MF_TESTS_SUPPORT_SINK_H
#define MF_TESTS_SUPPORT_SINK_H

#include <mayfly/sink.h>

struct mf_text {
	char *p;	/* NUL-terminated */
	size_t n;
};

/* A new folder with empty command files, and a job that knows them. out_fd collects what would be the log. */
struct mf_test_job {
	char dir[64];
	char env_file[96], output_file[96], state_file[96], summary_file[96], temp[96], work[96];
	struct mf_job job;
	struct mf_sink_opts opts;
};
void mf_test_job_begin(struct mf_test_job *t, enum mf_ci ci);
void mf_test_job_end(struct mf_test_job *t);

/* The whole file; aborts when it cannot be read. */
struct mf_text mf_test_read(const char *path);
struct mf_text mf_test_log(const struct mf_test_job *t);
void mf_test_write(const char *path, const char *text);
size_t mf_test_entries(const char *dir);	/* files and folders in it, at any depth */

/* Items of names and values; `n` of them, bytes counted by strlen unless set with mf_test_item. */
void mf_test_item(struct mf_items *items, const char *name, const void *value, size_t n);
void mf_test_items_end(struct mf_items *items);

/* What the product does with an open sink: prepare, then commit. */
int mf_test_emit_into(const struct mf_sink *sink, void *st, const struct mf_items *items, struct mf_err *err);

/* Opens the sink, emits, closes it. */
int mf_test_emit(const struct mf_sink *sink, struct mf_test_job *t, const struct mf_items *items, struct mf_err *err);

/* The value that the runner would read for `name` from a file of its format, the last one when there are several. NULL
 * when there is none; *malformed when the runner would end the step. The caller frees it. */
char *mf_test_lookup(size_t *n, struct mf_text file, const char *name, bool *malformed, size_t *count);

#endif
