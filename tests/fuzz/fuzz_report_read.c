/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as a report to merge; what is accepted has to survive being written and read again, and can be shown in every format. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <mayfly/json.h>
#include <mayfly/report.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define CHECK(condition) do { if (!(condition)) abort(); } while (0)

static char *render(const struct mf_reporter *r, const struct mf_merged *m, size_t *n)
{
	const struct mf_report_opts opts = { .redact = 100, .verbose = 1, .color = true };
	struct mf_verdict verdict;
	struct mf_err err;
	char *text = NULL;
	FILE *to = open_memstream(&text, n);

	CHECK(to);
	mf_verdict_of(&verdict, &m->findings);
	CHECK(mf_report_write(r, to, &m->run, &m->findings, &verdict, &opts, &err) == 0);
	CHECK(fclose(to) == 0);
	return text;
}

static void again(const struct mf_merged *m)
{
	struct mf_merged twice = { 0 };
	struct mf_err err;
	size_t n, k;
	char *first, *second;

	for (size_t i = 0; mf_reporters[i]; i++)
		free(render(mf_reporters[i], m, &n));
	first = render(mf_reporter_find("json", &err), m, &n);
	CHECK(mf_report_read(&twice, "again", (struct mf_str){ first, n }, &err) == 0);
	CHECK(twice.findings.n == m->findings.n);
	second = render(mf_reporter_find("json", &err), &twice, &k);
	CHECK(n == k && memcmp(first, second, n) == 0);
	free(first);
	free(second);
	mf_merged_free(&twice);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct mf_merged m = { 0 };
	struct mf_err err = { 0 };

	if (mf_report_read(&m, "report", (struct mf_str){ (const char *)data, size }, &err) == 0) {
		again(&m);
		/* the same shard, or no shard at all: never merged twice */
		CHECK(mf_report_read(&m, "report", (struct mf_str){ (const char *)data, size }, &err) == -1);
		CHECK(mf_merged_finish(&m, &err) == 0 || *err.why);
	} else {
		CHECK(err.id && *err.what);
	}
	mf_merged_free(&m);
	return 0;
}
