/* SPDX-License-Identifier: Apache-2.0 */
/* Inputs of the scanner's targets without credentials in the tree: a byte 0x01 and one more stand for a token that nobody issued. */
#ifndef MF_TESTS_FUZZ_TOKENS_H
#define MF_TESTS_FUZZ_TOKENS_H

#include <stdlib.h>
#include <string.h>

#include <mayfly/detect.h>

static const struct {
	const char *check;
	enum mf_verdict_format want;
	const char *secret, *match;
} fuzz_tokens[] = {
#include "../unit/verify_samples.def"
};

/* The input with its tokens in exactly as much memory as it takes; *n is its length. The caller frees it. */
static char *fuzz_expand(const uint8_t *data, size_t size, size_t *n)
{
	char *out = NULL;
	size_t o = 0;

	/* its length first, then the bytes */
	for (int pass = 0; pass < 2; pass++) {
		o = 0;
		for (size_t i = 0; i < size; i++) {
			const char *p = (const char *)data + i;
			size_t k = 1;

			if (data[i] == 1 && i + 1 < size) {
				p = fuzz_tokens[data[++i] % MF_COUNT(fuzz_tokens)].secret;
				k = strlen(p);
			}
			if (out)
				memcpy(out + o, p, k);
			o += k;
		}
		if (!out && !(out = malloc(o ? o : 1)))
			abort();
	}
	*n = o;
	return out;
}

/* Made once, for all inputs. */
static inline struct mf_detector *fuzz_detector(const char *conf, const struct mf_scan_opts *scan)
{
	const struct mf_rules_opts o = { .config_text = mf_str(conf) };
	struct mf_ruleset *rules = calloc(1, sizeof(*rules));
	struct mf_detector *d;
	struct mf_err err = { 0 };

	if (!rules || mf_rules_load(rules, &o, &err) || mf_detector_new(&d, rules, scan, &err))
		abort();
	return d;
}

static inline struct mf_scanner *fuzz_scanner(const struct mf_detector *d)
{
	struct mf_scanner *s;
	struct mf_err err = { 0 };

	if (mf_scanner_new(&s, d, &err))
		abort();
	return s;
}

#endif
