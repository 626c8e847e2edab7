/* SPDX-License-Identifier: Apache-2.0 */
/* Git's deltas: an object as copies out of its base and new bytes. */
#ifndef MF_REPO_DELTA_H
#define MF_REPO_DELTA_H

#include <mayfly/history.h>

/* Buffers that take part have this many bytes more than they hold: short runs are copied in whole registers. */
#define MF_SLACK 96

/* Runs of an object. The array is used again and again. */
struct mf_spans {
	struct mf_span *v;
	size_t n, cap;
	bool given_up;	/* memory was out, or there were so many that they help nobody */
};
void mf_spans_free(struct mf_spans *s);

/* The two sizes that a delta begins with, and where its instructions begin. */
bool mf_delta_sizes(uint64_t *base_n, uint64_t *result_n, size_t *at, const unsigned char *d, size_t n);

/* Whether the instructions give exactly result_n bytes. To be asked before much memory is set aside. */
bool mf_delta_gives(uint64_t result_n, const unsigned char *d, size_t n);

struct mf_delta {
	const unsigned char *ops;	/* the instructions; readable MF_SLACK bytes further */
	size_t n;
	const unsigned char *base;	/* readable MF_SLACK bytes further */
	size_t base_n;
};

/* Carries the instructions out: exactly out_n bytes (writable MF_SLACK bytes further). `spans` may be NULL. False: damaged. */
bool mf_delta_apply(unsigned char *out, size_t out_n, const struct mf_delta *d, struct mf_spans *spans);

#endif
