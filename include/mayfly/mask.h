/* SPDX-License-Identifier: Apache-2.0 */
/* Every form in which a secret can turn up in a log. The masker prints them as add-mask commands; a redactor can
 * match them in a stream. */
#ifndef MAYFLY_MASK_H
#define MAYFLY_MASK_H

#include <mayfly/secret.h>

/* Shorter values and common words are not masked: the log would be unreadable and they are guessed anyway. */
#define MF_MASK_MIN 4
/* Most forms of one secret: the runner multiplies each mask by eleven and looks for all of them in each line of
 * the log (docs/masking.md has the measurement). */
#define MF_MASK_CAP 512
/* Most bytes of all forms of one secret. */
#define MF_MASK_BYTES ((size_t)4 << 20)

struct mf_forms {
	struct mf_secret **v;	/* distinct, the longest first; those that hold line ends are left out by the writer of commands */
	size_t n;
	bool whole;		/* the value itself is masked: false when it is empty, too short or too common */
	size_t too_short;	/* parts (the value, lines, JSON leaves) that are too short or too common */
	bool capped;		/* the value, its lines and leaves and their main encodings do not fit into the limits */
	bool reduced;		/* rarer spellings (quoting styles, wrapped base64) were left out to stay within the limits */
};

/* Forms: the value, its trimmed lines, JSON leaves, PEM bodies, passwords in URLs and in key=value text, each as
 * it is, base64 at three alignments cut to the characters that depend on nothing else (so that they hold also when
 * more text precedes or follows), base64url likewise, hex in both cases, percent-encoded in both cases, JSON-escaped
 * in the ways of the common encoders, quoted for shells, XML and Python, base64 wrapped at 64 and 76 columns.
 * MF-BASE-01 when memory is out. */
int mf_mask_forms(struct mf_forms *out, const struct mf_secret *value, struct mf_err *err) MF_MUST_USE;
void mf_forms_free(struct mf_forms *f);	/* zeroes it */

#endif
