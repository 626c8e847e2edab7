/* SPDX-License-Identifier: Apache-2.0 */
/* Findings to report, harmless and hostile ones. */
#ifndef MF_TESTS_SUPPORT_REPORT_H
#define MF_TESTS_SUPPORT_REPORT_H

#include <mayfly/report.h>

/* Rules that the findings below are of. */
extern const struct mf_rule mf_test_rules[4];	/* aws-access-key-id, github-pat, private-key, generic-password */

/* Secrets are made at run time, since this tree is scanned too. */
struct mf_test_secrets {
	char aws[21], pat[41], word[8], key[400];
};
void mf_test_secrets(struct mf_test_secrets *s);

/* A path with everything in it that some format could take for its own. */
extern const char mf_test_evil[];

/* One finding in commit ada..., in `path`:`line`; `format` has %s where the secret goes. Nothing is freed on failure of the test. */
struct mf_finding mf_test_finding(const struct mf_rule *rule, const char *path, unsigned line, const char *secret, const char *format);
void mf_test_add(struct mf_findings *list, struct mf_finding f);

/* About ten of them: with and without commit, hostile, of several lines, encoded, in a message, passing, expired, of an unknown rule. */
void mf_test_findings(struct mf_findings *list);
void mf_test_run(struct mf_run *run);

/* What a reporter writes; the caller frees. NULL with err filled when it fails. */
char *mf_test_render(const char *reporter, const struct mf_run *run, const struct mf_findings *list, const struct mf_report_opts *opts, size_t *n,
		     struct mf_err *err);

#endif
