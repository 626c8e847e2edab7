/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as .mayflyignore: refused with a place, or read with all limits kept. */
#include <stdint.h>
#include <stdlib.h>

#include <mayfly/enc.h>
#include "../../src/policy/accepted.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define CHECK(condition) do { if (!(condition)) abort(); } while (0)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct mf_accepted *a = NULL;
	struct mf_err err = { 0 };

	if (mf_accepted_read(&a, "f", (struct mf_str){ (const char *)data, size }, &err)) {
		CHECK(err.id && strcmp(err.id, "MF-POL-02") == 0 && *err.why && strstr(err.what, "line ") && !a);
		return 0;
	}
	CHECK(a->salt_n == 0 || (a->salt_n >= MF_SALT_LEAST && a->salt_n <= MF_SALT_MOST));
	CHECK(a->cost == 0 || (a->cost >= MF_COST_LEAST && a->cost <= MF_COST_MOST));
	CHECK(a->n == 0 || a->salt_n);
	for (size_t i = 0; i < a->n; i++) {
		const struct mf_accepted_entry *e = &a->v[i];

		CHECK(strlen(e->id) == 32 && *e->rule && *e->reason && e->until >= 0 && mf_utf8_valid(e->reason, strlen(e->reason)));
		CHECK(mf_accepted_find(a, e->id) == e && mf_accepted_has_rule(a, e->rule));
	}
	mf_accepted_free(a);
	return 0;
}
