/* SPDX-License-Identifier: Apache-2.0 */
/* What the checks said of the last few credentials: one that stands in a file stands in most versions of it. */
#include "scanner.h"

#include <stdlib.h>

#include <mayfly/alloc.h>
#include <mayfly/secret.h>

enum { SLOTS = 64 };

struct slot {
	const struct mf_rule *rule;	/* NULL: free */
	char *bytes;			/* the secret, then the match */
	size_t secret_n, match_n;
	enum mf_verdict_format format;
	struct mf_token_facts facts;
};

struct mf_memo {
	struct slot slot[SLOTS];
};

int mf_memo_new(struct mf_memo **out, struct mf_err *err)
{
	*out = mf_calloc(1, sizeof(**out));
	return *out ? 0 : mf_fail_nomem(err);
}

static void clear(struct slot *s)
{
	mf_wipe_free(s->bytes, s->secret_n + s->match_n);
	*s = (struct slot){ 0 };
}

void mf_memo_free(struct mf_memo *m)
{
	for (size_t i = 0; m && i < SLOTS; i++)
		clear(&m->slot[i]);
	free(m);
}

static struct slot *slot_of(struct mf_memo *m, const struct mf_rule *rule, struct mf_str secret)
{
	uint32_t h = (uint32_t)((uintptr_t)rule >> 4);

	for (size_t i = 0; i < secret.n && i < 64; i++)
		h = (h ^ (unsigned char)secret.p[i]) * 0x01000193u;
	return &m->slot[(h ^ h >> 16) % SLOTS];
}

static bool same(const char *p, struct mf_str s)
{
	return memcmp(p, s.p, s.n) == 0;
}

enum mf_verdict_format mf_memo_check(struct mf_memo *m, const struct mf_rule *rule, struct mf_str secret, struct mf_str match, struct mf_token_facts *facts)
{
	struct slot *s = slot_of(m, rule, secret);

	if (s->rule == rule && s->secret_n == secret.n && s->match_n == match.n && same(s->bytes, secret) && same(s->bytes + secret.n, match)) {
		*facts = s->facts;
		return s->format;
	}
	clear(s);
	s->format = mf_check_run(rule->check, secret, match, facts);
	s->facts = *facts;
	s->bytes = malloc(secret.n + match.n + 1);
	/* without memory for it, it is only not remembered */
	if (s->bytes) {
		memcpy(s->bytes, secret.p, secret.n);
		memcpy(s->bytes + secret.n, match.p, match.n);
		s->rule = rule;
		s->secret_n = secret.n;
		s->match_n = match.n;
	}
	return s->format;
}
