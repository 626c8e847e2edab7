/* SPDX-License-Identifier: Apache-2.0 */
/* What a platform knows a finding by from one run to the next. */
#ifndef MF_REPORT_TRACK_H
#define MF_REPORT_TRACK_H

#include "show.h"

/* The signature of a credential at a path: of rule, path and what a report shows of the secret; of its line too, where that is nothing. No id of ours
 * is in it, which changes with the salt of .mayflyignore. Several credentials that these leave alike are numbered as they come. */
struct mf_track {
	unsigned char shown[32];
	size_t nth;		/* from 0 */
};
void mf_track_put(struct mf_pen *p, const struct mf_track *track);	/* the bytes to hash */
/* One for each finding of the list; the caller frees them. */
int mf_tracks(struct mf_track **out, struct mf_show *s, struct mf_err *err) MF_MUST_USE;

#endif
