/* SPDX-License-Identifier: Apache-2.0 */
/* Clocks, RFC 3339 times and durations. Calendar arithmetic is done here, so that no time zone file is read. */
#include <mayfly/clock.h>

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { MINUTE = 60, HOUR = 3600, DAY = 86400 };

int64_t mf_now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_REALTIME, &ts);
	return ts.tv_sec;
}

int64_t mf_mono_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

/* Days from 1970-01-01 to a date of the proleptic Gregorian calendar: years are counted from March, so that the
 * leap day is a year's last. */
static int64_t days_from_civil(int64_t y, int m, int d)
{
	int64_t era, yoe, doy;

	y -= m <= 2;
	era = (y >= 0 ? y : y - 399) / 400;
	yoe = y - era * 400;
	doy = (153 * (m + (m > 2 ? -3 : 9)) + 2) / 5 + d - 1;
	return era * 146097 + yoe * 365 + yoe / 4 - yoe / 100 + doy - 719468;
}

static void civil_from_days(int64_t days, int *y, int *m, int *d)
{
	int64_t z = days + 719468, era = (z >= 0 ? z : z - 146096) / 146097, doe = z - era * 146097;
	int64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
	int64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100), mp = (5 * doy + 2) / 153;

	*d = (int)(doy - (153 * mp + 2) / 5 + 1);
	*m = (int)(mp < 10 ? mp + 3 : mp - 9);
	*y = (int)(yoe + era * 400 + (*m <= 2));
}

/* Exactly `width` digits at *s. */
static bool digits(struct mf_str *s, size_t width, int *out)
{
	int v = 0;

	if (s->n < width)
		return false;
	for (size_t i = 0; i < width; i++) {
		if (s->p[i] < '0' || s->p[i] > '9')
			return false;
		v = v * 10 + (s->p[i] - '0');
	}
	s->p += width;
	s->n -= width;
	*out = v;
	return true;
}

static bool eat(struct mf_str *s, const char *any_of)
{
	if (s->n == 0 || s->p[0] == '\0' || !strchr(any_of, s->p[0]))
		return false;
	s->p++;
	s->n--;
	return true;
}

static int days_in_month(int y, int m)
{
	static const int days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };

	return m == 2 && y % 4 == 0 && (y % 100 != 0 || y % 400 == 0) ? 29 : days[m - 1];
}

static bool fraction(struct mf_str *s)
{
	int ignored;

	if (!eat(s, "."))
		return true;
	if (!digits(s, 1, &ignored))
		return false;
	while (digits(s, 1, &ignored))
		;
	return true;
}

static bool zone(struct mf_str *s, int *seconds)
{
	int sign, h, m;

	*seconds = 0;
	if (eat(s, "Zz"))
		return true;
	sign = s->n && s->p[0] == '-' ? -1 : 1;
	if (!eat(s, "+-") || !digits(s, 2, &h) || !eat(s, ":") || !digits(s, 2, &m) || h > 23 || m > 59)
		return false;
	*seconds = sign * (h * HOUR + m * MINUTE);
	return true;
}

bool mf_time_parse(int64_t *out, struct mf_str s)
{
	int y, mon, d, h, min, sec, offset;

	if (!digits(&s, 4, &y) || !eat(&s, "-") || !digits(&s, 2, &mon) || !eat(&s, "-") || !digits(&s, 2, &d) ||
	    !eat(&s, "Tt ") || !digits(&s, 2, &h) || !eat(&s, ":") || !digits(&s, 2, &min) || !eat(&s, ":") ||
	    !digits(&s, 2, &sec) || !fraction(&s) || !zone(&s, &offset) || s.n != 0)
		return false;
	/* 60 is a leap second. */
	if (mon < 1 || mon > 12 || d < 1 || d > days_in_month(y, mon) || h > 23 || min > 59 || sec > 60)
		return false;
	*out = days_from_civil(y, mon, d) * DAY + h * HOUR + min * MINUTE + sec - offset;
	return true;
}

void mf_time_format(char out[static 21], int64_t t)
{
	const int64_t least = -62167219200, most = 253402300799;	/* years 0000 to 9999 */
	int64_t days, rest;
	int y, m, d;
	char text[64];

	t = t < least ? least : t > most ? most : t;
	days = t / DAY;
	rest = t % DAY;
	if (rest < 0) {
		rest += DAY;
		days--;
	}
	civil_from_days(days, &y, &m, &d);
	snprintf(text, sizeof(text), "%04d-%02d-%02dT%02d:%02d:%02dZ", y, m, d, (int)(rest / HOUR),
		 (int)(rest % HOUR / MINUTE), (int)(rest % MINUTE));
	memcpy(out, text, 20);
	out[20] = '\0';
}

static bool number(struct mf_str *s, int64_t *out)
{
	int64_t v = 0;
	int digit;

	if (!digits(s, 1, &digit))
		return false;
	do {
		if (__builtin_mul_overflow(v, 10, &v) || __builtin_add_overflow(v, digit, &v))
			return false;
	} while (digits(s, 1, &digit));
	*out = v;
	return true;
}

bool mf_duration_parse(int64_t *out, struct mf_str s)
{
	static const struct { char letter; int64_t seconds; } units[] = {
		{ 'd', DAY }, { 'h', HOUR }, { 'm', MINUTE }, { 's', 1 }
	};
	int64_t total = 0, v;
	size_t next = 0;

	if (!number(&s, &v))
		return false;
	if (s.n == 0) {
		*out = v;
		return true;
	}
	for (;;) {
		while (next < MF_COUNT(units) && (s.n == 0 || units[next].letter != s.p[0]))
			next++;
		if (next == MF_COUNT(units) || __builtin_mul_overflow(v, units[next].seconds, &v) ||
		    __builtin_add_overflow(total, v, &total))
			return false;
		next++;
		s.p++;
		s.n--;
		if (s.n == 0)
			break;
		if (!number(&s, &v))
			return false;
	}
	*out = total;
	return true;
}

void mf_duration_format(char out[static 32], int64_t seconds)
{
	static const struct { uint64_t seconds; const char *name; } units[] = {
		{ DAY, "d" }, { HOUR, "h" }, { MINUTE, "min" }, { 1, "s" }
	};
	const char *sign = seconds < 0 ? "-" : "";
	uint64_t left = seconds < 0 ? 0 - (uint64_t)seconds : (uint64_t)seconds, first, second;
	char text[64] = "";
	size_t u = 0;

	while (u < MF_COUNT(units) - 1 && left < units[u].seconds)
		u++;
	first = left / units[u].seconds;
	second = u + 1 < MF_COUNT(units) ? left % units[u].seconds / units[u + 1].seconds : 0;
	if (second)
		snprintf(text, sizeof(text), "%s%llu %s %llu %s", sign, (unsigned long long)first, units[u].name,
			 (unsigned long long)second, units[u + 1].name);
	else
		snprintf(text, sizeof(text), "%s%llu %s", sign, (unsigned long long)first, units[u].name);
	memcpy(out, text, 31);
	out[31] = '\0';
}

void mf_clock_note(int64_t date, struct mf_err *err)
{
	const int64_t diff = date ? mf_now() - date : 0, size = diff < 0 ? -diff : diff;
	char by[32];

	if (size < 120)
		return;
	/* a Date has whole seconds, and the answer took some time: what is less than a minute says nothing */
	mf_duration_format(by, (size + 30) / 60 * 60);
	mf_err_note(err, "this machine's clock is %s %s the server's", by, diff > 0 ? "ahead of" : "behind");
}
