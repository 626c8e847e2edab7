/* SPDX-License-Identifier: Apache-2.0 */
/* Which engine runs an expression, and when it is made. PCRE2's JIT runs nearly all of them. Each has two translations, a plain one for
 * subjects of ASCII alone and one that knows UTF-8, both compiled when they are first needed, by whichever thread is there first.
 * The program of re2_vm.c takes over what PCRE2 reads differently (`odd`), finds too large, or gives up on. */
#include "re2.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <mayfly/alloc.h>

enum { ASCII_LOOK = 16640 };	/* a block with what is before it; longer subjects are not read through to see whether they are ASCII */

struct mf_regex {
	struct mf_re2 re2;
	struct mf_re_facts facts;
	_Atomic(struct mf_pcre *) code[2][2];	/* by ASCII and by anchored; UNFIT, or NULL: not made yet */
	_Atomic(struct mf_prog *) prog;
	_Atomic(char *) text;
};

struct mf_regex_run {
	struct mf_pcre_run *pcre;
};

static char unfit;
#define UNFIT ((struct mf_pcre *)(void *)&unfit)

int mf_regex_new(struct mf_regex **out, struct mf_str text, struct mf_err *err)
{
	struct mf_regex *re = mf_calloc(1, sizeof(*re));

	if (!re)
		return mf_fail_nomem(err);
	if (mf_re2_parse(&re->re2, text, err) || mf_re2_facts(&re->re2, &re->facts, err)) {
		mf_regex_free(re);
		return -1;
	}
	if (re->re2.root->odd)
		for (size_t i = 0; i < 4; i++)
			atomic_init(&re->code[i / 2][i % 2], UNFIT);
	*out = re;
	return 0;
}

void mf_regex_free(struct mf_regex *re)
{
	if (!re)
		return;
	for (size_t i = 0; i < 4; i++) {
		struct mf_pcre *code = atomic_load(&re->code[i / 2][i % 2]);

		if (code != UNFIT)
			mf_pcre_free(code);
	}
	mf_prog_free(atomic_load(&re->prog));
	free(atomic_load(&re->text));
	mf_re2_arena_free(&re->re2.arena);
	free(re);
}

const struct mf_re_facts *mf_regex_facts(const struct mf_regex *re)
{
	return &re->facts;
}

const char *mf_regex_group_name(const struct mf_regex *re, unsigned group)
{
	return group && group <= re->re2.groups ? re->re2.names[group] : NULL;
}

const char *mf_regex_pcre(const struct mf_regex *re)
{
	struct mf_regex *own = (struct mf_regex *)re;
	MF_CLEANUP(mf_buf_free) struct mf_buf b = MF_BUF(MF_RE2_PATTERN);
	struct mf_err err;
	char *text = atomic_load(&own->text), *none = NULL;

	if (text || mf_re2_emit(&b, &re->re2, false, &err))
		return text;
	text = mf_buf_take(&b);
	if (text && !atomic_compare_exchange_strong(&own->text, &none, text)) {
		free(text);
		return none;
	}
	return text;
}

static int make_code(struct mf_pcre **out, const struct mf_regex *re, bool ascii, bool anchored, struct mf_err *err)
{
	MF_CLEANUP(mf_buf_free) struct mf_buf b = MF_BUF(MF_RE2_PATTERN);

	*out = NULL;
	if (mf_re2_emit(&b, &re->re2, ascii, err)) {
		if (!mf_same_text(err->id, mf_error_id(MF_E_BASE_LIMIT)))
			return -1;
	} else if (mf_pcre_new(out, mf_buf_text(&b), b.n, anchored, err)) {
		return -1;
	}
	*out = *out ? *out : UNFIT;
	return 0;
}

static int get_code(struct mf_pcre **out, const struct mf_regex *re, bool ascii, bool anchored, struct mf_err *err)
{
	_Atomic(struct mf_pcre *) *place = &((struct mf_regex *)re)->code[ascii][anchored];
	struct mf_pcre *code = atomic_load_explicit(place, memory_order_acquire), *none = NULL;

	if (!code) {
		if (make_code(&code, re, ascii, anchored, err))
			return -1;
		if (!atomic_compare_exchange_strong(place, &none, code)) {
			if (code != UNFIT)
				mf_pcre_free(code);
			code = none;
		}
	}
	*out = code;
	return 0;
}

static int get_prog(struct mf_prog **out, const struct mf_regex *re, struct mf_err *err)
{
	_Atomic(struct mf_prog *) *place = &((struct mf_regex *)re)->prog;
	struct mf_prog *prog = atomic_load_explicit(place, memory_order_acquire), *none = NULL;

	if (!prog) {
		if (mf_prog_new(&prog, &re->re2, err))
			return -1;
		if (!atomic_compare_exchange_strong(place, &none, prog)) {
			mf_prog_free(prog);
			prog = none;
		}
	}
	*out = prog;
	return 0;
}

static bool is_ascii(const char *p, size_t n)
{
	uint64_t word, all = 0;

	if (n > ASCII_LOOK)
		return false;
	for (; n >= sizeof(word); p += sizeof(word), n -= sizeof(word)) {
		memcpy(&word, p, sizeof(word));
		all |= word;
	}
	for (; n; n--)
		all |= (unsigned char)*p++;
	return (all & UINT64_C(0x8080808080808080)) == 0;
}

static void take_groups(const struct mf_pcre_run *run, size_t pairs, struct mf_re_group *groups, size_t n_groups)
{
	const size_t *offsets = mf_pcre_offsets(run);

	for (size_t i = 0; i < n_groups; i++)
		groups[i] = i < pairs ? (struct mf_re_group){ offsets[2 * i], offsets[2 * i + 1] } : (struct mf_re_group){ SIZE_MAX, SIZE_MAX };
}

static int with_vm(const struct mf_regex *re, struct mf_str s, size_t from, size_t last, struct mf_re_group *groups, size_t n_groups,
		   struct mf_err *err)
{
	size_t own = n_groups <= re->re2.groups + 1 ? n_groups : re->re2.groups + 1;
	struct mf_prog *prog;
	int rc = get_prog(&prog, re, err);

	if (!rc)
		rc = mf_prog_run(prog, s.p, s.n, from, last, groups, own, err);
	for (size_t i = own; rc == 1 && i < n_groups; i++)
		groups[i] = (struct mf_re_group){ SIZE_MAX, SIZE_MAX };
	return rc;
}

static int run_until(enum mf_regex_engine engine, const struct mf_regex *re, struct mf_regex_run *run, bool anchored, struct mf_str s, size_t from, size_t last,
		     struct mf_re_group *groups, size_t n_groups, struct mf_err *err)
{
	size_t pairs = n_groups <= re->re2.groups + 1 ? n_groups : re->re2.groups + 1;
	struct mf_pcre *code = UNFIT;

	s.p = s.p ? s.p : "";
	if (from > s.n || from > last)
		return 0;
	if (engine != MF_ENGINE_VM && get_code(&code, re, is_ascii(s.p + from, s.n - from), anchored, err))
		return -1;
	if (code != UNFIT) {
		if (mf_pcre_room(run->pcre, pairs, err))
			return -1;
		switch (mf_pcre_match(code, run->pcre, s, from, last, &pairs)) {
		case MF_PCRE_FOUND:
			take_groups(run->pcre, pairs, groups, n_groups);
			return 1;
		case MF_PCRE_NONE:
			return 0;
		case MF_PCRE_GAVE_UP:
			break;
		}
	}
	if (engine == MF_ENGINE_PCRE)
		return mf_fail(err, MF_E_RE_LIMIT, "PCRE2 cannot run a regular expression");
	return with_vm(re, s, from, anchored ? from : last, groups, n_groups, err);
}

int mf_regex_run_with(enum mf_regex_engine engine, const struct mf_regex *re, struct mf_regex_run *run, bool anchored, struct mf_str s, size_t from,
		      struct mf_re_group *groups, size_t n_groups, struct mf_err *err)
{
	return run_until(engine, re, run, anchored, s, from, SIZE_MAX, groups, n_groups, err);
}

int mf_regex_find_until(const struct mf_regex *re, struct mf_regex_run *run, const char *p, size_t n, size_t from, size_t last, struct mf_re_group *groups,
			size_t n_groups, struct mf_err *err)
{
	return run_until(MF_ENGINE_BEST, re, run, false, (struct mf_str){ p, n }, from, last, groups, n_groups, err);
}

int mf_regex_find(const struct mf_regex *re, struct mf_regex_run *run, const char *p, size_t n, size_t from, struct mf_re_group *groups, size_t n_groups,
		  struct mf_err *err)
{
	return mf_regex_run_with(MF_ENGINE_BEST, re, run, false, (struct mf_str){ p, n }, from, groups, n_groups, err);
}

int mf_regex_at(const struct mf_regex *re, struct mf_regex_run *run, const char *p, size_t n, size_t from, struct mf_re_group *groups, size_t n_groups,
		struct mf_err *err)
{
	return mf_regex_run_with(MF_ENGINE_BEST, re, run, true, (struct mf_str){ p, n }, from, groups, n_groups, err);
}

int mf_regex_run_new(struct mf_regex_run **out, struct mf_err *err)
{
	struct mf_regex_run *run = mf_calloc(1, sizeof(*run));

	if (!run)
		return mf_fail_nomem(err);
	if (mf_pcre_run_new(&run->pcre, err)) {
		free(run);
		return -1;
	}
	*out = run;
	return 0;
}

void mf_regex_run_free(struct mf_regex_run *run)
{
	if (!run)
		return;
	mf_pcre_run_free(run->pcre);
	free(run);
}
