/* SPDX-License-Identifier: Apache-2.0 */
/* Does every match of an expression hold one of a rule's keywords, and how far from its start? Exactly: the program of the expression and the
 * automaton of the keywords are walked together, step by step. A way to the end that meets no keyword is the answer no; the longest way to the first
 * keyword is the distance. */
#include <stdlib.h>
#include <mayfly/alloc.h>

#include "re2.h"
#include "rules_book.h"

enum { STATES_MAX = 4096, SYMBOLS_MAX = 96, PAIRS_MAX = 40000000, OTHER = 0 };

/* A state: which beginning of which keyword the text ends with. */
struct prefix { const char *word; size_t n; size_t whole; };	/* whole: the length of the keyword that is complete here, 0: none */

struct proof {
	const char *const *words;
	size_t n_words;
	bool nocase;
	struct prefix *state;
	size_t n_states;
	unsigned char symbol[SYMBOLS_MAX];	/* symbol[OTHER] stands for all that no keyword holds */
	size_t n_symbols;
	uint16_t *go;				/* n_states * n_symbols */
	struct mf_prog *prog;
	uint32_t *from;				/* of each pair that was reached: the one before it, + 1 */
	unsigned char *by;			/* and the character between them, 0: none */
	uint32_t *queue;
	size_t n_queue;
	struct mf_err *err;
};

/* -- the automaton of the keywords ------------------------------------------------------------------------ */

static size_t find_state(const struct proof *p, const char *word, size_t n)
{
	for (size_t i = 0; i < p->n_states; i++)
		if (p->state[i].n == n && memcmp(p->state[i].word, word, n) == 0)
			return i;
	return SIZE_MAX;
}

/* The longest keyword that a text ends with. */
static size_t complete(const struct proof *p, const char *text, size_t n)
{
	size_t best = 0;

	for (size_t i = 0; i < p->n_words; i++) {
		const size_t len = strlen(p->words[i]);

		if (len <= n && len > best && memcmp(text + n - len, p->words[i], len) == 0)
			best = len;
	}
	return best;
}

static bool add_symbol(struct proof *p, unsigned char c)
{
	for (size_t i = 1; i < p->n_symbols; i++)
		if (p->symbol[i] == c)
			return true;
	if (p->n_symbols == SYMBOLS_MAX)
		return false;
	p->symbol[p->n_symbols++] = c;
	return true;
}

static int add_states(struct proof *p)
{
	size_t most = 1;

	for (size_t i = 0; i < p->n_words; i++)
		most += strlen(p->words[i]);
	p->state = mf_calloc(most, sizeof(*p->state));
	if (!p->state)
		return mf_fail_nomem(p->err);
	p->state[p->n_states++] = (struct prefix){ .word = "" };
	p->n_symbols = 1;
	for (size_t i = 0; i < p->n_words; i++) {
		const char *w = p->words[i];

		for (size_t n = 1; n <= strlen(w); n++) {
			if (!add_symbol(p, (unsigned char)w[n - 1]) || p->n_states == STATES_MAX)
				return mf_fail(p->err, MF_E_RULE_CONFIG, "too many keywords to prove anything of them");
			if (find_state(p, w, n) == SIZE_MAX)
				p->state[p->n_states++] = (struct prefix){ w, n, complete(p, w, n) };
		}
	}
	return 0;
}

static size_t next_state(const struct proof *p, const struct prefix *s, unsigned char c)
{
	char text[80];
	size_t at;

	memcpy(text, s->word, s->n);
	text[s->n] = (char)c;
	for (size_t skip = 0; skip <= s->n; skip++) {
		at = find_state(p, text + skip, s->n + 1 - skip);
		if (at != SIZE_MAX)
			return at;
	}
	return 0;
}

static int build(struct proof *p)
{
	if (add_states(p))
		return -1;
	p->go = mf_calloc(p->n_states * p->n_symbols, sizeof(*p->go));
	if (!p->go)
		return mf_fail_nomem(p->err);
	for (size_t s = 0; s < p->n_states; s++)
		for (size_t c = 1; c < p->n_symbols; c++)
			p->go[s * p->n_symbols + c] = (uint16_t)next_state(p, &p->state[s], p->symbol[c]);
	return 0;
}

/* -- what a step of the program can take ------------------------------------------------------------------- */

static size_t spellings(const struct proof *p, size_t symbol, uint32_t out[static 3])
{
	const unsigned char c = p->symbol[symbol];
	size_t n = 0;

	out[n++] = c;
	if (p->nocase && c >= 'a' && c <= 'z')
		out[n++] = c - 32u;
	/* where case is ignored RE2 takes a long s and the sign of Kelvin for letters; nobody writes a token so */
	if (p->nocase && (c == 's' || c == 'k'))
		out[n++] = c == 's' ? 0x17f : 0x212a;
	return n;
}

static bool takes(const struct proof *p, const struct mf_step *step, size_t symbol)
{
	uint32_t rune[3];
	const size_t n = spellings(p, symbol, rune);

	for (size_t i = 0; i < n; i++)
		if (mf_ranges_hold(step->range, step->n, rune[i]))
			return true;
	return false;
}

/* A character of the class that no keyword holds, and how many bytes the longest of them has; 0: there is none. */
static size_t other(const struct proof *p, const struct mf_step *step, unsigned char *shown)
{
	uint64_t all = 0;
	uint32_t rune[3], last = 0;

	for (size_t i = 0; i < step->n; i++) {
		all += step->range[i].hi - step->range[i].lo + 1u;
		last = step->range[i].hi;
	}
	for (size_t s = 1; s < p->n_symbols; s++)
		for (size_t k = spellings(p, s, rune); k-- > 0; )
			all -= mf_ranges_hold(step->range, step->n, rune[k]);
	*shown = '.';
	for (unsigned char c = '!'; all && c < 0x7f; c++) {
		bool used = false;

		for (size_t s = 1; s < p->n_symbols; s++)
			used |= p->symbol[s] == (p->nocase && c >= 'A' && c <= 'Z' ? c | 32 : c);
		if (!used && mf_ranges_hold(step->range, step->n, c)) {
			*shown = c;
			break;
		}
	}
	return all ? mf_rune_size(last) : 0;
}

/* -- a way without a keyword -------------------------------------------------------------------------------- */

static void reach(struct proof *p, size_t pc, size_t state, uint32_t from, unsigned char by)
{
	const size_t pair = pc * p->n_states + state;

	if (p->from[pair])
		return;
	p->from[pair] = from + 1;
	p->by[pair] = by;
	p->queue[p->n_queue++] = (uint32_t)pair;
}

static void step_class(struct proof *p, const struct mf_step *step, size_t pc, size_t state, uint32_t pair)
{
	unsigned char shown;

	for (size_t s = 1; s < p->n_symbols; s++) {
		const size_t to = p->go[state * p->n_symbols + s];

		if (!p->state[to].whole && takes(p, step, s))
			reach(p, pc + 1, to, pair, p->symbol[s]);
	}
	if (other(p, step, &shown))
		reach(p, pc + 1, 0, pair, shown);
}

/* The pair in which the program ends, or SIZE_MAX. */
static size_t search(struct proof *p)
{
	reach(p, 0, 0, 0, 0);
	for (size_t i = 0; i < p->n_queue; i++) {
		const uint32_t pair = p->queue[i];
		const size_t pc = pair / p->n_states, state = pair % p->n_states;
		const struct mf_step *step = &p->prog->step[pc];

		switch (step->op) {
		case MF_STEP_MATCH:
			return pair;
		case MF_STEP_CLASS:
			step_class(p, step, pc, state, pair);
			break;
		case MF_STEP_FORK:
			reach(p, step->x, state, pair, 0);
			reach(p, step->y, state, pair, 0);
			break;
		default:
			reach(p, step->op == MF_STEP_JUMP ? step->x : pc + 1, state, pair, 0);
		}
	}
	return SIZE_MAX;
}

/* The text along the way, its end where it is long. */
static void spell(const struct proof *p, size_t pair, char out[static 48])
{
	size_t at = 47;

	out[at] = '\0';
	for (size_t n = 0; n < p->n_queue && at > 0; n++) {
		if (p->by[pair])
			out[--at] = (char)p->by[pair];
		if (p->from[pair] - 1 == pair)
			break;
		pair = p->from[pair] - 1;
	}
	memmove(out, out + at, 48 - at);
}

/* -- the longest way to a keyword ---------------------------------------------------------------------------- */

/* Of each pair: BIAS + the bytes from there to the first byte of the keyword that is complete first; OPEN while the way leads through it. */
enum { UNSEEN = 0, DEAD_END = 1, BIAS = 80, OPEN = INT32_MAX };

struct walk {
	struct proof *p;
	int32_t *dist;
	bool endless;
};

struct edge { size_t pair, bytes; };

static size_t edges(const struct proof *p, size_t pair, struct edge out[static SYMBOLS_MAX + 2], int32_t *whole)
{
	const size_t pc = pair / p->n_states, state = pair % p->n_states;
	const struct mf_step *step = &p->prog->step[pc];
	size_t n = 0, bytes;
	unsigned char shown;

	*whole = DEAD_END;
	if (step->op == MF_STEP_MATCH)
		return 0;
	if (step->op == MF_STEP_FORK)
		out[n++] = (struct edge){ step->y * p->n_states + state, 0 };
	if (step->op != MF_STEP_CLASS) {
		out[n++] = (struct edge){ (step->op == MF_STEP_FORK || step->op == MF_STEP_JUMP ? step->x : pc + 1) * p->n_states + state, 0 };
		return n;
	}
	for (size_t s = 1; s < p->n_symbols; s++) {
		const size_t to = p->go[state * p->n_symbols + s];

		if (!takes(p, step, s))
			continue;
		if (p->state[to].whole && BIAS + 1 - (int32_t)p->state[to].whole > *whole)
			*whole = BIAS + 1 - (int32_t)p->state[to].whole;
		if (!p->state[to].whole)
			out[n++] = (struct edge){ (pc + 1) * p->n_states + to, 1 };
	}
	bytes = other(p, step, &shown);
	if (bytes)
		out[n++] = (struct edge){ (pc + 1) * p->n_states, bytes };
	return n;
}

/* What is known of the pair by what follows it; the index of what has to be looked at before, n: nothing. */
static size_t settle(struct walk *w, const struct edge *e, size_t n, int32_t *best)
{
	for (size_t i = 0; i < n; i++) {
		const int32_t d = w->dist[e[i].pair];

		if (d == UNSEEN)
			return i;
		w->endless |= d == OPEN;
		if (d > DEAD_END && d < OPEN - 8 && d + (int32_t)e[i].bytes > *best)
			*best = d + (int32_t)e[i].bytes;
	}
	return n;
}

/* Depth first, with the queue's memory as the stack: each pair is on it once. */
static void walk(struct walk *w)
{
	struct proof *p = w->p;
	struct edge e[SYMBOLS_MAX + 2];
	size_t depth = 0;

	p->queue[depth++] = 0;
	while (depth && !w->endless) {
		const uint32_t pair = p->queue[depth - 1];
		int32_t best;
		const size_t n = edges(p, pair, e, &best), i = settle(w, e, n, &best);

		w->dist[pair] = i < n ? OPEN : best;
		if (i < n)
			p->queue[depth++] = (uint32_t)e[i].pair;
		else
			depth--;
	}
}

static int distance(struct proof *p, size_t *before)
{
	struct walk w = { .p = p, .dist = mf_calloc(p->prog->n * p->n_states, sizeof(*w.dist)) };

	if (!w.dist)
		return mf_fail_nomem(p->err);
	walk(&w);
	*before = w.endless ? SIZE_MAX : w.dist[0] > BIAS ? (size_t)(w.dist[0] - BIAS) : 0;
	free(w.dist);
	return 0;
}

/* -- together ------------------------------------------------------------------------------------------------- */

static int prove(struct proof *p, size_t *before, char without[static 48])
{
	size_t pairs, end;

	*without = '\0';
	if (build(p))
		return -1;
	pairs = p->prog->n * p->n_states;
	if (pairs > PAIRS_MAX)
		return mf_fail(p->err, MF_E_RULE_CONFIG, "the expression and its keywords are too large for a proof");
	p->from = mf_calloc(pairs, sizeof(*p->from));
	p->by = mf_calloc(pairs, 1);
	p->queue = mf_calloc(pairs, sizeof(*p->queue));
	if (!p->from || !p->by || !p->queue)
		return mf_fail_nomem(p->err);
	end = search(p);
	if (end == SIZE_MAX)
		return distance(p, before);
	spell(p, end, without);
	if (!*without)
		memcpy(without, "no text", 8);
	return 0;
}

int mf_rule_prove(const struct mf_rule *rule, size_t *before, char without[static 48], struct mf_err *err)
{
	struct proof p = { .words = rule->keywords, .n_words = rule->n_keywords, .nocase = !(rule->flags & MF_RULE_CASE), .err = err };
	struct mf_re2 re = { 0 };
	int rc = mf_re2_parse(&re, mf_str(rule->regex), err) || mf_prog_new(&p.prog, &re, err) ? -1 : prove(&p, before, without);

	mf_prog_free(p.prog);
	mf_re2_arena_free(&re.arena);
	free(p.state);
	free(p.go);
	free(p.from);
	free(p.by);
	free(p.queue);
	return rc;
}
