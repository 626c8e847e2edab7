/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as GitHub's event file, and as the URL of a git remote. */
#include <stdint.h>
#include <stdlib.h>

#include <mayfly/job.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void remote(struct mf_str text)
{
	char *server = NULL, *repository = NULL;

	if (mf_job_remote(&server, &repository, text)) {
		/* what is shown later holds neither user name nor password */
		const char *at = strchr(server, '@');

		if (!*repository || *repository == '/' || (at && strchr(at, '/')))
			abort();
	} else if (server || repository) {
		abort();
	}
	free(server);
	free(repository);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct mf_str text = { .p = (const char *)data, .n = size };
	struct mf_job job = { 0 };
	struct mf_err err = { 0 };

	if (mf_job_read_event(&job, text, &err)) {
		if (!err.id || job.fork)
			abort();
	} else if (job.fork && !*job.fork) {
		abort();
	}
	mf_job_free(&job);
	remote(text);
	return 0;
}
