/* SPDX-License-Identifier: Apache-2.0 */
/* What every unit test includes: cmocka with what it needs before it, and checks of errors. */
#ifndef MF_TESTS_UNIT_H
#define MF_TESTS_UNIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <mayfly/err.h>

/* `call` fails, with this id. */
#define assert_fails(call, err, want)                            \
	do {                                                     \
		memset(&(err), 0, sizeof(err));                  \
		assert_int_equal((call), -1);                    \
		assert_non_null((err).id);                       \
		assert_string_equal((err).id, (want));           \
	} while (0)

/* A view holds exactly this text. */
#define assert_str_is(view, text)                                \
	do {                                                     \
		const struct mf_str view_ = (view);              \
		assert_int_equal(view_.n, strlen(text));         \
		assert_memory_equal(view_.p, (text), view_.n);   \
	} while (0)

#endif
