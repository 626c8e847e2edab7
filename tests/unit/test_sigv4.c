/* SPDX-License-Identifier: Apache-2.0 */
/* Signatures of requests to AWS against those that AWS's own library for Python (botocore) makes: tests/data/sigv4/requests.tsv, one request a line.
 * Another file of the same form is taken by MAYFLY_SIGV4. */
#include "../../src/net/net.h"
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <mayfly/reveal.h>

enum { METHOD, URL, BODY, TARGET, ID, SECRET, TOKEN, REGION, SERVICE, TIME, RESULT, COLUMNS };

static const char *line_of(struct mf_str text, const char *name)
{
	for (size_t at = 0; at < text.n; at += strlen(text.p + at) + 1)
		if (strncmp(text.p + at, name, strlen(name)) == 0)
			return text.p + at + strlen(name);
	return NULL;
}

static void check(char *const *col, size_t number)
{
	struct mf_secret *id = mf_secret_new(col[ID], strlen(col[ID])), *secret = mf_secret_new(col[SECRET], strlen(col[SECRET]));
	struct mf_secret *token = strcmp(col[TOKEN], "-") ? mf_secret_new(col[TOKEN], strlen(col[TOKEN])) : NULL;
	struct mf_secret *body = strcmp(col[BODY], "-") ? mf_secret_new(col[BODY], strlen(col[BODY])) : NULL, *lines = mf_secret_empty(1 << 20);
	const struct mf_sigv4 key = { .id = id, .secret = secret, .token = token, .region = col[REGION], .service = col[SERVICE], .now = strtoll(col[TIME], NULL, 10) };
	const struct mf_header target = { .name = "X-Amz-Target", .value = col[TARGET] };
	const struct mf_req req = { .method = col[METHOD], .url = col[URL], .headers = &target, .n_headers = strcmp(col[TARGET], "-") != 0, .body = body,
		.content_type = "application/x-amz-json-1.1", .sigv4 = &key };
	struct mf_err err = { 0 };
	const char *got;

	if (mf_sigv4_lines(lines, &req, &err))
		fail_msg("line %zu: %s %s", number, err.what, err.why);
	got = line_of(mf_secret_reveal(lines), "Authorization: ");
	if (!got || strcmp(got, col[RESULT]) != 0)
		fail_msg("line %zu: %s %s\n     %s\nnot  %s", number, col[METHOD], col[URL], got ? got : "nothing", col[RESULT]);
	got = line_of(mf_secret_reveal(lines), "X-Amz-Security-Token: ");
	assert_true(token ? got && strcmp(got, col[TOKEN]) == 0 : !got);
	mf_secret_free(id);
	mf_secret_free(secret);
	mf_secret_free(token);
	mf_secret_free(body);
	mf_secret_free(lines);
}

static void test_against_botocore(void **state)
{
	const char *path = getenv("MAYFLY_SIGV4") ? getenv("MAYFLY_SIGV4") : "tests/data/sigv4/requests.tsv";
	FILE *f = fopen(path, "r");
	char line[8192];
	size_t n = 0;

	(void)state;
	assert_non_null(f);
	while (fgets(line, sizeof(line), f)) {
		char *col[COLUMNS], *rest = line;

		line[strcspn(line, "\n")] = '\0';
		for (size_t i = 0; i < COLUMNS; i++)
			assert_non_null(col[i] = strsep(&rest, "\t"));
		check(col, ++n);
	}
	fclose(f);
	assert_true(n >= 40);
}

static int sign(const char *url)
{
	struct mf_secret *s = mf_secret_new("k", 1), *lines = mf_secret_empty(1 << 20);
	const struct mf_sigv4 key = { .id = s, .secret = s, .region = "us-east-1", .service = "sts" };
	const struct mf_req req = { .url = url, .sigv4 = &key };
	struct mf_err err = { 0 };
	const int rc = mf_sigv4_lines(lines, &req, &err);

	mf_secret_free(s);
	mf_secret_free(lines);
	return rc;
}

static void test_limits(void **state)
{
	char path[1100] = "https://x.example/", query[1100] = "https://x.example/?";

	(void)state;
	for (size_t i = strlen(path); i < 1090; i += 2)
		memcpy(path + i, "a/", 3);
	for (size_t i = strlen(query); i < 1090; i += 2)
		memcpy(query + i, "a&", 3);
	assert_int_equal(sign("https://x.example/?a&b=c"), 0);
	assert_int_equal(sign(path), -1);
	assert_int_equal(sign(query), -1);
	assert_int_equal(sign("ftp://x.example/"), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_against_botocore), cmocka_unit_test(test_limits) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
