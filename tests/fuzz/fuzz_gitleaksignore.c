/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as .gitleaksignore; a line of "path:rule:line" that is taken covers the finding that it names. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <mayfly/alloc.h>
#include "../../src/policy/covers.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define CHECK(condition) do { if (!(condition)) abort(); } while (0)

/* The last line as a finding: cut at its last two colons. False when it has none, or no line number as we write it. */
static bool split(struct mf_finding *f, char *line)
{
	char *number = strrchr(line, ':'), *rule, again[32];

	if (!number)
		return false;
	*number++ = '\0';
	rule = strrchr(line, ':');
	if (!rule)
		return false;
	*rule++ = '\0';
	f->line = (unsigned)strtoul(number, NULL, 10);
	f->path = line;
	f->rule_id = rule;
	snprintf(again, sizeof(again), "%u", f->line);
	return *line && strcmp(again, number) == 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct mf_str text = { (const char *)data, size }, line;
	struct mf_ignore *ig = NULL, *one = NULL;
	struct mf_finding f = { 0 };
	struct mf_err err = { 0 };
	const char *first, *why;
	size_t at = size;
	char *copy;
	bool yes;

	CHECK(mf_ignore_read(&ig, "f", text, &err) == 0);
	CHECK(mf_ignore_read(&ig, "g", text, &err) == 0);
	CHECK((mf_ignore_bad(ig, &first) != 0) == (first != NULL));
	while (at && text.p[at - 1] != '\n')
		at--;
	line = mf_trim((struct mf_str){ text.p + at, size - at });
	copy = mf_strndup(line.p, line.n);
	CHECK(copy && mf_ignore_read(&one, "h", line, &err) == 0);
	/* with a byte order mark or a NUL in it, the line is not what it looks like */
	if (mf_ignore_bad(one, &first) == 0 && line.n && line.p[0] != '#' && (unsigned char)line.p[0] != 0xef && strlen(copy) == line.n &&
	    split(&f, copy)) {
		CHECK(mf_ignore_covers(&yes, ig, &f, NULL, &why, &err) == 0);
		CHECK(yes && strcmp(why, "f") == 0);
	}
	free(copy);
	mf_ignore_free(ig);
	mf_ignore_free(one);
	return 0;
}
