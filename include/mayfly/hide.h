/* SPDX-License-Identifier: Apache-2.0 */
/* Finds any of many known secrets in a text: a line that is shown for one finding may hold the secret of another one, and a
 * commit's message the secret of a third. */
#ifndef MAYFLY_HIDE_H
#define MAYFLY_HIDE_H

#include <mayfly/finding.h>

struct mf_hide;
/* The secrets of the findings, and `more`, which stay where they are as long as this lives. */
int mf_hide_new(struct mf_hide **out, const struct mf_findings *list, const struct mf_str *more, size_t n_more, struct mf_err *err) MF_MUST_USE;
void mf_hide_free(struct mf_hide *h);

/* Appends `text` with every secret replaced by its redacted form, and with "..." for a secret of which only the beginning is there.
 * `own` is hidden however short it is and however it is spelled, and its end where the text begins with that. */
int mf_hide_text(struct mf_buf *out, const struct mf_hide *h, struct mf_str text, struct mf_str own, struct mf_err *err) MF_MUST_USE;

/* The name of a file, a person or a branch with every secret replaced by its redacted form; NULL in *out when it holds none. Names are
 * whole, so nothing in them is the beginning of a secret. The caller frees it. */
int mf_hide_name(char **out, const struct mf_hide *h, const char *name, struct mf_err *err) MF_MUST_USE;

/* The redacted form: mf_redact(), cut where it is long. */
int mf_hide_secret(struct mf_buf *out, struct mf_str secret, struct mf_err *err) MF_MUST_USE;

#endif
