/* SPDX-License-Identifier: Apache-2.0 */
/* Between the files of the translation. */
#ifndef MF_DETECT_RE2_EMIT_H
#define MF_DETECT_RE2_EMIT_H

#include "re2.h"

struct mf_re2_emitter {
	struct mf_buf *out;
	bool ascii;
	bool uses_char, uses_inside;	/* the subroutines that have to be defined */
	unsigned groups;
	struct mf_err *err;
};

int mf_re2_emit_byte(struct mf_re2_emitter *e, unsigned char c);		/* a literal */
int mf_re2_emit_class(struct mf_re2_emitter *e, const struct mf_range *r, size_t n);	/* one item, to which a repetition can be added */
int mf_re2_emit_boundary(struct mf_re2_emitter *e);	/* true only between characters */
int mf_re2_emit_subroutines(struct mf_re2_emitter *e);

/* Whether the class has every character above ASCII, so that each byte above 0x7f belongs to it. */
bool mf_re2_all_high(const struct mf_range *r, size_t n);
/* "[...]" of the class's ASCII part, and with `high` of all bytes above. */
int mf_re2_emit_bytes(struct mf_re2_emitter *e, const struct mf_range *r, size_t n, bool high);

#endif
