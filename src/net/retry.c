/* SPDX-License-Identifier: Apache-2.0 */
/* When to try again, and after how long. */
#include <mayfly/clock.h>
#include <mayfly/fs.h>

#include "net.h"

enum { BACKOFF_BASE_MS = 250, BACKOFF_MAX_MS = 8000, BACKOFF_MIN_MS = 10, RETRY_AFTER_MAX_S = 30 * 86400 };

bool mf_retry_status(enum mf_retry retry, long status)
{
	switch (status) {
	case 412: case 429: case 503:	/* refused before it was carried out */
		return retry != MF_RETRY_NEVER;
	case 408: case 500: case 502: case 504:
		return retry == MF_RETRY_SAFE;
	default:
		return false;
	}
}

/* Full jitter: any wait up to a bound that doubles, so that jobs that failed together do not return together. */
int64_t mf_retry_backoff_ms(unsigned tries)
{
	int64_t bound = BACKOFF_BASE_MS;
	uint32_t r;

	for (unsigned i = 1; i < tries && bound < BACKOFF_MAX_MS; i++)
		bound *= 2;
	if (bound > BACKOFF_MAX_MS)
		bound = BACKOFF_MAX_MS;
	mf_random(&r, sizeof r);
	return BACKOFF_MIN_MS + (int64_t)(r % (uint32_t)bound);
}

/* -- HTTP dates (RFC 9110 section 5.6.7): the one form that is sent and the two old ones that are read -- */

struct cursor {
	const char *p, *end;
};

static bool eat(struct cursor *c, const char *text)
{
	size_t n = strlen(text);

	if ((size_t)(c->end - c->p) < n || memcmp(c->p, text, n) != 0)
		return false;
	c->p += n;
	return true;
}

/* Exactly n digits; a blank may stand for the first where asctime pads. */
static bool digits(struct cursor *c, int n, int *out)
{
	int v = 0;

	if (c->end - c->p < n)
		return false;
	for (int i = 0; i < n; i++) {
		char d = c->p[i];

		if (d == ' ' && i == 0 && n == 2)
			d = '0';
		if (d < '0' || d > '9')
			return false;
		v = v * 10 + (d - '0');
	}
	c->p += n;
	*out = v;
	return true;
}

static bool month(struct cursor *c, int *out)
{
	static const char *const names[] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };

	for (size_t i = 0; i < MF_COUNT(names); i++) {
		if (eat(c, names[i])) {
			*out = (int)i + 1;
			return true;
		}
	}
	return false;
}

static bool weekday(struct cursor *c)
{
	static const char *const names[] = { "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday",
		"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun" };

	for (size_t i = 0; i < MF_COUNT(names); i++) {
		if (eat(c, names[i]))
			return true;
	}
	return false;
}

struct date {
	int year, month, day, hour, minute, second;
};

static bool clock_time(struct cursor *c, struct date *d)
{
	return digits(c, 2, &d->hour) && eat(c, ":") && digits(c, 2, &d->minute) && eat(c, ":") && digits(c, 2, &d->second);
}

/* Days since 1970-01-01 of a date in the Gregorian calendar. */
static int64_t days_since_epoch(int64_t y, int m, int d)
{
	int64_t era, yoe, doy;

	y -= m <= 2;
	era = y / 400;
	yoe = y - era * 400;
	doy = (153 * (m + (m > 2 ? -3 : 9)) + 2) / 5 + d - 1;
	return era * 146097 + yoe * 365 + yoe / 4 - yoe / 100 + doy - 719468;
}

static bool date_valid(const struct date *d)
{
	static const int length[] = { 31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };

	return d->year >= 1970 && d->month >= 1 && d->month <= 12 && d->day >= 1 && d->day <= length[d->month - 1]
		&& d->hour < 24 && d->minute < 60 && d->second <= 60;
}

/* "Sun, 06 Nov 1994 08:49:37 GMT" or "Sunday, 06-Nov-94 08:49:37 GMT", after the comma */
static bool date_fixed(struct cursor *c, struct date *d)
{
	if (!eat(c, " ") || !digits(c, 2, &d->day))
		return false;
	if (eat(c, "-")) {
		if (!month(c, &d->month) || !eat(c, "-") || !digits(c, 2, &d->year))
			return false;
		d->year += d->year < 70 ? 2000 : 1900;
	} else if (!eat(c, " ") || !month(c, &d->month) || !eat(c, " ") || !digits(c, 4, &d->year)) {
		return false;
	}
	return eat(c, " ") && clock_time(c, d) && eat(c, " GMT");
}

/* "Sun Nov  6 08:49:37 1994", after the weekday */
static bool date_asctime(struct cursor *c, struct date *d)
{
	return eat(c, " ") && month(c, &d->month) && eat(c, " ") && digits(c, 2, &d->day) && eat(c, " ")
		&& clock_time(c, d) && eat(c, " ") && digits(c, 4, &d->year);
}

bool mf_http_date_parse(int64_t *out, struct mf_str s)
{
	struct cursor c = { .p = s.p, .end = s.p + s.n };
	struct date d = { .year = 0 };

	if (!s.n || !weekday(&c))
		return false;
	if (!(eat(&c, ",") ? date_fixed(&c, &d) : date_asctime(&c, &d)))
		return false;
	if (c.p != c.end || !date_valid(&d))
		return false;
	*out = days_since_epoch(d.year, d.month, d.day) * 86400 + d.hour * 3600 + d.minute * 60 + d.second;
	return true;
}

static bool seconds_parse(int64_t *out, struct mf_str s)
{
	int64_t v = 0;

	if (!s.n)
		return false;
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] < '0' || s.p[i] > '9')
			return false;
		if (v <= RETRY_AFTER_MAX_S)
			v = v * 10 + (s.p[i] - '0');
	}
	*out = v;
	return true;
}

bool mf_retry_after_parse(int64_t *out, struct mf_str s, int64_t now)
{
	int64_t v;

	if (!seconds_parse(&v, s)) {
		if (!mf_http_date_parse(&v, s))
			return false;
		v = v > now ? v - now : 0;
	}
	*out = v < RETRY_AFTER_MAX_S ? v : RETRY_AFTER_MAX_S;
	return true;
}
