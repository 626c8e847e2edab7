/* SPDX-License-Identifier: Apache-2.0 */
/* PCRE2, and nothing above it: compiling a translated pattern and matching with it. */
#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include "re2.h"

#include <stdlib.h>
#include <mayfly/alloc.h>

/* MATCH_LIMIT ends what backtracks without end, after some milliseconds; the JIT counts far coarser steps than the interpreter.
 * HEAP_KIB is the interpreter's memory. */
enum { MATCH_LIMIT = 200000, DEPTH_LIMIT = 50000, HEAP_KIB = 4096, STACK_FIRST = 32 << 10, STACK_MOST = 512 << 10, PAIRS = 16 };

struct mf_pcre {
	pcre2_code *code;
	bool jit;
};

struct mf_pcre_run {
	pcre2_match_data *data;
	size_t pairs;
	pcre2_match_context *context;
	pcre2_jit_stack *stack;		/* or NULL: the JIT then has 32 KiB of the thread's */
};

/* 0, 1 when PCRE2 cannot compile it (the pattern is ours, so its size is the reason), -1 for memory. */
static int compile(pcre2_code **out, const char *pattern, size_t n, bool anchored)
{
	uint32_t options = PCRE2_MULTILINE | PCRE2_ALT_CIRCUMFLEX | PCRE2_DOTALL | PCRE2_NEVER_UTF | PCRE2_NEVER_UCP;
	pcre2_compile_context *context = pcre2_compile_context_create(NULL);
	PCRE2_SIZE at;
	int fault = 0;

	if (!context)
		return -1;
	pcre2_set_newline(context, PCRE2_NEWLINE_LF);
	pcre2_set_parens_nest_limit(context, 4 * MF_RE2_HEIGHT);
	*out = pcre2_compile((PCRE2_SPTR)pattern, n, options | (anchored ? PCRE2_ANCHORED : 0), &fault, &at, context);
	pcre2_compile_context_free(context);
	if (*out)
		return 0;
	return fault == PCRE2_ERROR_HEAP_FAILED ? -1 : 1;
}

int mf_pcre_new(struct mf_pcre **out, const char *pattern, size_t n, bool anchored, struct mf_err *err)
{
	struct mf_pcre *c = mf_calloc(1, sizeof(*c));
	int rc;

	if (!c)
		return mf_fail_nomem(err);
	rc = compile(&c->code, pattern, n, anchored);
	if (rc) {
		free(c);
		if (rc < 0)
			return mf_fail_nomem(err);
		*out = NULL;
		return 0;
	}
	/* It fails where the library has no JIT, or the system allows no memory that is writable and executable. */
	c->jit = pcre2_jit_compile(c->code, PCRE2_JIT_COMPLETE) == 0;
	*out = c;
	return 0;
}

void mf_pcre_free(struct mf_pcre *c)
{
	if (!c)
		return;
	pcre2_code_free(c->code);
	free(c);
}

bool mf_pcre_has_jit(const struct mf_pcre *c)
{
	return c->jit;
}

void mf_pcre_run_free(struct mf_pcre_run *run)
{
	if (!run)
		return;
	pcre2_match_data_free(run->data);
	pcre2_match_context_free(run->context);
	if (run->stack)
		pcre2_jit_stack_free(run->stack);
	free(run);
}

int mf_pcre_run_new(struct mf_pcre_run **out, struct mf_err *err)
{
	struct mf_pcre_run *run = mf_calloc(1, sizeof(*run));

	if (!run)
		return mf_fail_nomem(err);
	run->pairs = PAIRS;
	run->data = pcre2_match_data_create(PAIRS, NULL);
	run->context = pcre2_match_context_create(NULL);
	if (!run->data || !run->context) {
		mf_pcre_run_free(run);
		return mf_fail_nomem(err);
	}
	pcre2_set_match_limit(run->context, MATCH_LIMIT);
	pcre2_set_depth_limit(run->context, DEPTH_LIMIT);
	pcre2_set_heap_limit(run->context, HEAP_KIB);
	run->stack = pcre2_jit_stack_create(STACK_FIRST, STACK_MOST, NULL);
	if (run->stack)
		pcre2_jit_stack_assign(run->context, NULL, run->stack);
	*out = run;
	return 0;
}

int mf_pcre_room(struct mf_pcre_run *run, size_t pairs, struct mf_err *err)
{
	pcre2_match_data *data;

	if (pairs <= run->pairs)
		return 0;
	data = pcre2_match_data_create((uint32_t)pairs, NULL);
	if (!data)
		return mf_fail_nomem(err);
	pcre2_match_data_free(run->data);
	run->data = data;
	run->pairs = pairs;
	return 0;
}

enum mf_pcre_answer mf_pcre_match(const struct mf_pcre *c, struct mf_pcre_run *run, const char *p, size_t n, size_t from, size_t *pairs)
{
	int rc;

	if (c->jit)
		rc = pcre2_jit_match(c->code, (PCRE2_SPTR)p, n, from, 0, run->data, run->context);
	else
		rc = pcre2_match(c->code, (PCRE2_SPTR)p, n, from, PCRE2_NO_JIT, run->data, run->context);
	if (rc == PCRE2_ERROR_NOMATCH)
		return MF_PCRE_NONE;
	if (rc < 0)
		return MF_PCRE_GAVE_UP;
	*pairs = rc ? (size_t)rc : run->pairs;
	return MF_PCRE_FOUND;
}

const size_t *mf_pcre_offsets(const struct mf_pcre_run *run)
{
	return pcre2_get_ovector_pointer(run->data);
}
