/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of check/ share. */
#ifndef MAYFLY_CHECK_PRIV_H
#define MAYFLY_CHECK_PRIV_H

#include <mayfly/check.h>

void mf_check_item_free(struct mf_check_item *item);
/* One more, empty, at the end of the list. */
int mf_check_list_add(struct mf_check_list *l, struct mf_check_item **item, struct mf_err *err) MF_MUST_USE;
int mf_check_list_note(struct mf_check_list *l, struct mf_check_note **note, struct mf_err *err) MF_MUST_USE;
/* One more with its place; *item is NULL, and a note was made once, when there are MF_CHECK_ITEMS_MAX. */
int mf_check_item_add(struct mf_check *c, const struct mf_check_place *at, const char *rule, const char *title, struct mf_check_item **item,
		      struct mf_err *err) MF_MUST_USE;

#endif
