/* SPDX-License-Identifier: Apache-2.0 */
/* Dates -> durations and flags. Dates are hostile: any number may stand in a token. */
#include <mayfly/lifetime.h>

#define BELIEVABLE 1704067200	/* 2024-01-01: before it, a clock was never set */
#define FAR_FUTURE INT64_C(13569465600)	/* 2400-01-01; milliseconds taken for seconds lie far behind it */

static int64_t span(int64_t from, int64_t to)
{
	int64_t d;

	return __builtin_sub_overflow(to, from, &d) ? MF_LIFE_FOREVER : d;
}

/* An end before the beginning is no lifetime; what says nothing of its beginning lives at least as long as it still will. */
static void count_lifetime(struct mf_life *life, int64_t now, bool clock)
{
	if (life->issued && life->expires) {
		life->lifetime = span(life->issued, life->expires);
		if (life->lifetime < 0) {
			life->lifetime = -1;
			life->flags |= MF_LIFE_ABSURD;
		}
	} else if (life->expires && clock && life->expires > now) {
		life->lifetime = span(now, life->expires);
		life->flags |= MF_LIFE_AT_LEAST;
	}
}

static void count_remaining(struct mf_life *life, int64_t now)
{
	int64_t left = span(now, life->expires);

	life->remaining = left > 0 ? left : 0;
	if (left < -MF_LIFE_LEEWAY)
		life->flags |= MF_LIFE_EXPIRED;
}

void mf_life_settle(struct mf_life *life, int64_t now)
{
	bool clock = now >= BELIEVABLE;

	life->flags &= ~(unsigned)(MF_LIFE_AT_LEAST | MF_LIFE_EXPIRED | MF_LIFE_NOT_YET | MF_LIFE_ABSURD);
	life->remaining = -1;
	if (life->flags & MF_LIFE_STATIC) {
		life->expires = 0;
		life->lifetime = life->remaining = MF_LIFE_FOREVER;
	} else if (life->known >= MF_LIFE_MEASURED) {
		life->lifetime = -1;
		count_lifetime(life, now, clock);
		if (life->expires && clock)
			count_remaining(life, now);
	} else if (life->known == MF_LIFE_UNKNOWN || life->lifetime <= 0) {
		life->lifetime = -1;
	}
	if (life->expires > FAR_FUTURE || life->issued > FAR_FUTURE)
		life->flags |= MF_LIFE_ABSURD;
	if (clock && life->issued > now && span(now, life->issued) > MF_LIFE_LEEWAY)
		life->flags |= MF_LIFE_NOT_YET;
}
