/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as a file: text, binary, UTF-16, an archive. What is found lies in them, in order, and a second look finds the same. */
#include <stdint.h>

#include "../unit/support_cands.h"
#include "tokens.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define CHECK(condition) do { if (!(condition)) abort(); } while (0)

static struct mf_scanner *scanner;

static void check(const struct mf_cand *c, size_t n)
{
	CHECK(c->rule && c->secret && c->match && c->text);
	CHECK(c->line >= 1 && c->col >= 1 && c->end_line >= c->line && c->end_col >= 1);
	CHECK(c->secret[c->secret_n] == '\0' && c->match[c->match_n] == '\0' && c->text[c->text_n] == '\0');
	CHECK(c->at <= c->end && c->secret_at <= c->secret_end);
	CHECK((c->encoding & MF_ENC_ARCHIVE) || (c->end <= n && c->secret_end <= n));
	CHECK(c->depth <= 3 && c->entropy >= 0 && c->entropy <= 8.000001);
}

static void scan(struct mf_str b, struct mf_cands *out)
{
	struct mf_err err = { 0 };

	CHECK(mf_scan(scanner, b, NULL, out, &err) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct mf_cands first = { 0 }, again = { 0 };
	size_t n, at;
	char *p = fuzz_expand(data, size, &n);

	if (!scanner)
		scanner = fuzz_scanner(fuzz_detector(NULL, &(struct mf_scan_opts){ .decode_depth = 3, .archive_depth = 2, .archive_bytes = 1 << 20 }));
	scan((struct mf_str){ p, n }, &first);
	for (size_t i = 0; i < first.n; i++) {
		check(&first.v[i], n);
		CHECK(i == 0 || first.v[i].member || first.v[i - 1].member || first.v[i - 1].at <= first.v[i].at);
	}
	scan((struct mf_str){ p, n }, &again);
	CHECK(!cands_differ(&first, &again, &at));
	mf_cands_free(&first);
	mf_cands_free(&again);
	free(p);
	return 0;
}
