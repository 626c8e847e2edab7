/* SPDX-License-Identifier: Apache-2.0 */
/* Times and durations: what is read can be written, and read again. */
#include <stdint.h>
#include <stdlib.h>

#include <mayfly/clock.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define CHECK(condition) do { if (!(condition)) abort(); } while (0)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct mf_str s = { (const char *)data, size };
	char time_text[21], duration_text[32];
	int64_t t = 0, back;

	if (mf_time_parse(&t, s)) {
		mf_time_format(time_text, t);
		CHECK(mf_time_parse(&back, mf_str(time_text)));
		/* A zone's offset can lead out of the years that can be written. */
		CHECK(back == t || t < -62167219200 || t > 253402300799);
	}
	if (mf_duration_parse(&t, s)) {
		CHECK(t >= 0);
		mf_duration_format(duration_text, t);
		CHECK(strlen(duration_text) < sizeof(duration_text));
	}
	if (size >= sizeof(t)) {
		memcpy(&t, data, sizeof(t));
		mf_time_format(time_text, t);
		CHECK(strlen(time_text) == 20 && mf_time_parse(&back, mf_str(time_text)));
		mf_duration_format(duration_text, t);
		CHECK(strlen(duration_text) < sizeof(duration_text));
	}
	return 0;
}
