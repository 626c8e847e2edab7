/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as a file that declares something: the first byte chooses which, and what stands behind a NUL is a second file, that the first may use. */
#include <stdint.h>
#include <stdlib.h>

#include <mayfly/declared.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define CHECK(condition) do { if (!(condition)) abort(); } while (0)

static const char *const paths[] = {
	".github/workflows/a.yml", "a/action.yml", ".gitlab-ci.yml", ".circleci/config.yml", "azure-pipelines.yml", "bitbucket-pipelines.yml", "Jenkinsfile",
	"Dockerfile", "policy.hcl", ".env", "key.pem", "deploy/manifest.yml",
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct mf_check c = { .now = INT64_C(1800000000) };
	struct mf_declared *d = NULL;
	struct mf_err err = { 0 };
	const char *text = (const char *)data + 1, *second;
	size_t n;

	if (size < 1)
		return 0;
	size--;
	second = memchr(text, 0, size);
	n = second ? (size_t)(second - text) : size;
	CHECK(mf_declared_new(&d, &err) == 0);
	CHECK(mf_declared_add(d, &c, paths[data[0] % MF_COUNT(paths)], (struct mf_str){ text, n }, &err) == 0);
	if (second)
		CHECK(mf_declared_add(d, &c, "a/action.yml", (struct mf_str){ second + 1, size - n - 1 }, &err) == 0);
	CHECK(mf_declared_check(d, &c, &err) == 0);
	for (size_t i = 0; i < c.list.n; i++)
		CHECK(c.list.v[i].rule && c.list.v[i].title && c.list.v[i].path);
	mf_declared_free(d);
	mf_check_list_free(&c.list);
	return 0;
}
