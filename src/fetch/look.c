/* SPDX-License-Identifier: Apache-2.0 */
/* For those who measure what was fetched, and may not reveal a secret themselves. */
#include "fetch_priv.h"

#include <mayfly/reveal.h>

int mf_items_look(const struct mf_items *items, int (*look)(void *ctx, const struct mf_item *item, struct mf_str value, struct mf_err *err), void *ctx,
		  struct mf_err *err)
{
	for (size_t i = 0; i < items->n; i++)
		if (look(ctx, &items->v[i], mf_secret_reveal(items->v[i].value), err))
			return -1;
	return 0;
}
