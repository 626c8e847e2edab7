/* SPDX-License-Identifier: Apache-2.0 */
/* Time: seconds since the epoch for lifetimes, a monotonic clock for deadlines, durations as people write them. */
#ifndef MAYFLY_CLOCK_H
#define MAYFLY_CLOCK_H

#include <mayfly/err.h>

int64_t mf_now(void);		/* seconds since 1970-01-01 UTC */
int64_t mf_mono_ms(void);	/* milliseconds, never going back */

/* RFC 3339 ("2026-01-02T03:04:05.678Z", any offset) -> epoch seconds; false when it is none. */
bool mf_time_parse(int64_t *out, struct mf_str s);

/* Epoch seconds -> "2026-01-02T03:04:05Z"; `out` holds 21 bytes. */
void mf_time_format(char out[static 21], int64_t t);

/* "90s", "15m", "1h30m", "24h", "90d", "3600" (seconds) -> seconds; false when it is none, or overflows. */
bool mf_duration_parse(int64_t *out, struct mf_str s);

/* 3600 -> "1 h", 5400 -> "1 h 30 min", 45 -> "45 s", 93600 -> "1 d 2 h"; `out` holds 32 bytes. */
void mf_duration_format(char out[static 32], int64_t seconds);

/* Adds to err's note by how much this machine's clock differs from a server's, to the minute, when it is two or more. `date`: when the server answered, by
 * its clock; 0: not known. */
void mf_clock_note(int64_t date, struct mf_err *err);

#endif
