/* SPDX-License-Identifier: Apache-2.0 */
/* Values of a .gitleaks.toml as gitleaks takes them: keys in any case of letters, scalars of one type where another is meant ("3.5" for 3.5), a
 * string with commas for a list. What is absent leaves the output as it is. */
#ifndef MF_DETECT_GITLEAKS_VALUE_H
#define MF_DETECT_GITLEAKS_VALUE_H

#include "rules_src.h"

struct mf_gl_table {
	struct mf_pool *pool;
	const char *file;
	const struct mf_tnode *n;
	struct mf_err *err;
};

struct mf_gl_list { const char *const *v; size_t n; };

int mf_gl_text(const struct mf_gl_table *t, const char *key, const char **out) MF_MUST_USE;
int mf_gl_texts(const struct mf_gl_table *t, const char *key, struct mf_gl_list *out) MF_MUST_USE;
int mf_gl_bool(const struct mf_gl_table *t, const char *key, bool *out, bool *given) MF_MUST_USE;
int mf_gl_real(const struct mf_gl_table *t, const char *key, double *out) MF_MUST_USE;
int mf_gl_count(const struct mf_gl_table *t, const char *key, size_t *out) MF_MUST_USE;	/* not below 0 */
/* A table, or an array of tables: how many there are (0 when absent), -1 for another type. */
int mf_gl_tables(const struct mf_gl_table *t, const char *key, size_t *n) MF_MUST_USE;
/* Warns of keys of a table that are none of n, but nearly one. gitleaks passes over what it does not know. */
void mf_gl_misspelled(const struct mf_gl_table *t, const char *const *known, size_t n);
const struct mf_tnode *mf_gl_table_at(const struct mf_gl_table *t, const char *key, size_t i);

#endif
