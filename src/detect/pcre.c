/* SPDX-License-Identifier: Apache-2.0 */
/* PCRE2, and nothing above it: compiling a translated pattern and matching with it. */
#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include "re2.h"

#include <stdlib.h>
#include <mayfly/alloc.h>
#include <mayfly/clock.h>

/* PCRE2 counts where it can go back, but not how far a run of one class goes from there: a step that counts may read the whole subject.
 * So the limit depends on the length, and WORK bytes (some 5 ms) are the most that one call reads. */
enum { WORK = 1 << 22, SHORT = 256, LIMIT = WORK / SHORT, LIMIT_LEAST = 64, STARTS_LEAST = 16, MILLISECONDS = 20 };
/* HEAP_KIB is the interpreter's memory. */
enum { DEPTH_LIMIT = 20000, HEAP_KIB = 4096, STACK_FIRST = 32 << 10, STACK_MOST = 512 << 10, PAIRS = 16 };

struct mf_pcre {
	pcre2_code *code;
	bool jit, anchored;
};

struct mf_pcre_run {
	pcre2_match_data *data;
	size_t pairs;
	pcre2_match_context *context;
	pcre2_jit_stack *stack;		/* NULL until the 32 KiB that the JIT takes of the thread's were too few */
};

/* 0, 1 when PCRE2 cannot compile it (the pattern is ours, so its size is the reason), -1 for memory. */
static int compile(pcre2_code **out, const char *pattern, size_t n, bool anchored)
{
	uint32_t options = PCRE2_MULTILINE | PCRE2_ALT_CIRCUMFLEX | PCRE2_DOTALL | PCRE2_NEVER_UTF | PCRE2_NEVER_UCP |
			   PCRE2_USE_OFFSET_LIMIT;
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
	c->anchored = anchored;
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
	pcre2_set_match_limit(run->context, LIMIT);
	pcre2_set_depth_limit(run->context, DEPTH_LIMIT);
	pcre2_set_heap_limit(run->context, HEAP_KIB);
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

/* A stack is mapped memory, which costs more than most matches: few of them need one. */
static bool more_stack(struct mf_pcre_run *run)
{
	if (run->stack)
		return false;
	run->stack = pcre2_jit_stack_create(STACK_FIRST, STACK_MOST, NULL);
	if (run->stack)
		pcre2_jit_stack_assign(run->context, NULL, run->stack);
	return run->stack != NULL;
}

static int once(const struct mf_pcre *c, struct mf_pcre_run *run, struct mf_str s, size_t from)
{
	int rc;

	if (!c->jit)
		return pcre2_match(c->code, (PCRE2_SPTR)s.p, s.n, from, PCRE2_NO_JIT, run->data, run->context);
	do
		rc = pcre2_jit_match(c->code, (PCRE2_SPTR)s.p, s.n, from, 0, run->data, run->context);
	while (rc == PCRE2_ERROR_JIT_STACKLIMIT && more_stack(run));
	return rc;
}

/* What to try of s[from...) next: so many starts, none behind `last`, with this limit. */
struct piece {
	size_t from, last, starts;
	uint32_t limit;
};

/* Whether there is a next piece after this answer: of what is behind it, or, when it reached the limit, of fewer starts or with a higher
 * limit while little time is spent. */
static bool go_on(struct piece *p, int rc, int64_t spent)
{
	if (rc == PCRE2_ERROR_NOMATCH && p->starts <= p->last - p->from) {
		p->from += p->starts;
		p->starts *= 2;
		return true;
	}
	if (rc != PCRE2_ERROR_MATCHLIMIT)
		return false;
	if (p->starts > STARTS_LEAST)
		p->starts = p->limit / 8 < p->starts / 4 && p->limit / 8 > STARTS_LEAST ? p->limit / 8 : STARTS_LEAST;
	else if (spent < MILLISECONDS / 4)
		p->limit *= 4;
	else
		return false;
	return true;
}

static int in_pieces(const struct mf_pcre *c, struct mf_pcre_run *run, struct mf_str s, size_t from, size_t last)
{
	size_t limit = WORK / (s.n - from), starts = c->anchored ? STARTS_LEAST : last - from + 1;
	struct piece p = { from, last, starts, (uint32_t)(limit > LIMIT_LEAST ? limit : LIMIT_LEAST) };
	int64_t began = mf_mono_ms(), spent;
	bool more;
	int rc;

	do {
		pcre2_set_match_limit(run->context, p.limit);
		pcre2_set_offset_limit(run->context, p.starts > last - p.from ? last : p.from + p.starts - 1);
		rc = once(c, run, s, p.from);
		spent = mf_mono_ms() - began;
		if (rc == PCRE2_ERROR_NOMATCH && c->anchored)
			break;
		more = go_on(&p, rc, spent);
		if (more && spent > MILLISECONDS) {
			rc = PCRE2_ERROR_MATCHLIMIT;
			break;
		}
	} while (more);
	pcre2_set_match_limit(run->context, LIMIT);
	pcre2_set_offset_limit(run->context, PCRE2_UNSET);
	return rc;
}

enum mf_pcre_answer mf_pcre_match(const struct mf_pcre *c, struct mf_pcre_run *run, struct mf_str s, size_t from, size_t last, size_t *pairs)
{
	int rc;

	last = last < s.n ? last : s.n;
	rc = s.n - from <= SHORT ? once(c, run, s, from) : in_pieces(c, run, s, from, last);

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
