/* SPDX-License-Identifier: Apache-2.0 */
/* What can be told of an assigned value without its expression: how long it is at least, its bytes, and how far from its name it may end. */
#include <mayfly/alloc.h>

#include "re2.h"
#include "rules_book.h"

enum { ASCII = 0x80 };

static void add_bytes(struct mf_rule_value *out, const struct mf_step *step)
{
	for (size_t i = 0; i < step->n; i++) {
		for (uint32_t c = step->range[i].lo; c <= step->range[i].hi && c < ASCII; c++)
			out->bytes[c / 8] |= (unsigned char)(1u << c % 8);
		/* of other characters every byte that they may have */
		if (step->range[i].hi >= ASCII)
			for (size_t k = ASCII / 8; k < sizeof(out->bytes); k++)
				out->bytes[k] = 0xff;
	}
}

int mf_rule_value_of(struct mf_rule_value *out, const char *value, const char *whole, struct mf_err *err)
{
	struct mf_re2 one = { 0 }, all = { 0 };
	struct mf_prog *prog = NULL;
	int rc = mf_re2_parse(&one, mf_str(value), err) || mf_re2_parse(&all, mf_str(whole), err) || mf_prog_new(&prog, &one, err) ? -1 : 0;

	*out = (struct mf_rule_value){ 0 };
	if (rc == 0) {
		out->least = one.root->bytes_min;
		out->within = all.root->bytes_max;
		for (size_t i = 0; i < prog->n; i++)
			if (prog->step[i].op == MF_STEP_CLASS)
				add_bytes(out, &prog->step[i]);
	}
	mf_prog_free(prog);
	mf_re2_arena_free(&one.arena);
	mf_re2_arena_free(&all.arena);
	return rc;
}
