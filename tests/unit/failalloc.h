/* SPDX-License-Identifier: Apache-2.0 */
/* Allocation failure for unit tests. failalloc.c is linked into every unit program and defines malloc, calloc, realloc
 * and free there; nothing happens unless a test asks:
 *
 *	static int body(void *ctx, struct mf_err *err)
 *	{
 *		MF_CLEANUP(mf_buf_free) struct mf_buf b = MF_BUF(100);
 *
 *		return mf_buf_puts(&b, ctx, err);	// 0, or -1 with err filled; everything freed in both cases
 *	}
 *	...
 *	mf_torture(body, "text");
 *
 * body runs once as it is (and has to succeed), then again with its first allocation failing, then its second, and so on
 * until a run needs no allocation that failed. Each run has to return 0, or -1 with an error whose id is not that of a
 * bug, and to have given back all that it allocated. Only allocations of the calling thread are counted and fail,
 * those of libraries included; memory that a library keeps for later is allocated in the run before.
 *
 * A body with many allocations is sampled, unless MF_TORTURE=all is in the environment (`make torture`). */
#ifndef MF_TESTS_FAILALLOC_H
#define MF_TESTS_FAILALLOC_H

#include <mayfly/err.h>

typedef int (*mf_torture_fn)(void *ctx, struct mf_err *err);

void mf_torture(mf_torture_fn body, void *ctx);

/* The same, but only allocations that the program's own code asks for are counted and fail, not those inside shared
 * libraries: for what stands on one that does not survive (libfyaml 0.7 leaks and crashes when memory is out). */
void mf_torture_own(mf_torture_fn body, void *ctx);

/* The n-th allocation of this thread from now on (1: the next) fails; 0 switches it off. */
void mf_fail_allocation(size_t n);

/* Whether allocations can be made to fail at all: not where a tool brings its own malloc (valgrind). */
bool mf_allocations_can_fail(void);

/* Whether the failure that was asked for has happened. */
bool mf_allocation_failed(void);

#endif
