/* SPDX-License-Identifier: Apache-2.0 */
/* How the parser builds its tree: parts of a branch, branches of an alternation. */
#ifndef MF_DETECT_RE2_TREE_H
#define MF_DETECT_RE2_TREE_H

#include "re2_parse.h"

int mf_re2_put(struct mf_re2_parser *s, struct mf_re2_stack *stack, struct mf_node *n);	/* a node that is finished */
int mf_re2_end_branch(struct mf_re2_parser *s);			/* the parts since the last "(" or "|" become one branch */
struct mf_node *mf_re2_end_alts(struct mf_re2_parser *s);	/* the branches since the last "(" become one node */
struct mf_node *mf_re2_group(struct mf_re2_parser *s, struct mf_node *sub, unsigned cap);
int mf_re2_repeat(struct mf_re2_parser *s, size_t at, int min, int max, bool lazy);	/* of the last part */
int mf_re2_name_group(struct mf_re2_parser *s, size_t at, struct mf_str name);	/* counts one more group */

#endif
