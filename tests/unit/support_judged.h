/* SPDX-License-Identifier: Apache-2.0 */
/* Lists to judge, and configurations to judge them by. */
#ifndef MF_TESTS_SUPPORT_JUDGED_H
#define MF_TESTS_SUPPORT_JUDGED_H

#include <mayfly/check_report.h>

/* 2026-06-01T12:00:00Z */
#define MF_TEST_NOW ((int64_t)1780315200)

/* A configuration of this text; the test fails when it is wrong. */
struct mf_conf *mf_test_conf(const char *yaml);

/* Facts: `lifetime` in seconds, MF_LIFE_FOREVER for one without an end, -1 for one that is not known. */
struct mf_life mf_test_life(const char *kind, const char *title, enum mf_life_class class, int64_t lifetime);

struct mf_check_item *mf_test_credential(struct mf_check *c, enum mf_check_from from, const char *name, const char *path, unsigned line,
					 const struct mf_life *life);
struct mf_check_item *mf_test_habit(struct mf_check *c, const char *path, unsigned line, const char *rule);

/* A list with about everything in it, hostile texts too; judged with `yaml`. */
void mf_test_judged(struct mf_check *c, struct mf_check_verdict *v, const char *yaml);
/* As a report of that format; the caller frees. */
char *mf_test_check_report(const char *format, const struct mf_check_list *l, const struct mf_check_verdict *v, const struct mf_check_report_opts *opts,
			   size_t *n, struct mf_err *err);
extern const struct mf_check_run mf_test_check_run;

#endif
