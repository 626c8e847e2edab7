/* SPDX-License-Identifier: Apache-2.0 */
/* TOML 1.0 (https://toml.io/en/v1.0.0), read into a tree with positions. */
#ifndef MAYFLY_TOML_H
#define MAYFLY_TOML_H

#include <mayfly/err.h>

struct mf_toml;
struct mf_tnode;	/* borrowed from the document */

enum mf_ttype { MF_T_STRING, MF_T_INT, MF_T_FLOAT, MF_T_BOOL, MF_T_TIME, MF_T_ARRAY, MF_T_TABLE };

#define MF_TOML_BYTES (8u << 20)
#define MF_TOML_DEPTH 64
#define MF_TOML_NODES 500000

struct mf_tpos { unsigned line, col; };	/* both from 1; columns count bytes */

/* `name` is used in messages ("FILE:line:col: ..."). MF-TOML-01 syntax, MF-TOML-02 limits. */
int mf_toml_parse(struct mf_toml **out, const char *name, const char *p, size_t n, struct mf_err *err) MF_MUST_USE;
void mf_toml_free(struct mf_toml *doc);

const struct mf_tnode *mf_toml_root(const struct mf_toml *doc);
enum mf_ttype mf_toml_type(const struct mf_tnode *n);
const char *mf_toml_type_name(enum mf_ttype t);
struct mf_tpos mf_toml_pos(const struct mf_tnode *n);
struct mf_str mf_toml_text(const struct mf_tnode *n);	/* a string's bytes (NULs kept), any other scalar's text as written */
bool mf_toml_int(int64_t *out, const struct mf_tnode *n);
bool mf_toml_double(double *out, const struct mf_tnode *n);	/* floats and integers */
bool mf_toml_bool(bool *out, const struct mf_tnode *n);
size_t mf_toml_size(const struct mf_tnode *n);		/* children of an array or table */
const struct mf_tnode *mf_toml_at(const struct mf_tnode *n, size_t i);
struct mf_str mf_toml_key_at(const struct mf_tnode *n, size_t i);	/* of a table, in the order of the document */
const struct mf_tnode *mf_toml_get(const struct mf_tnode *n, const char *key);	/* NULL when absent */
const struct mf_tnode *mf_toml_get_nocase(const struct mf_tnode *n, const char *key);	/* ASCII case ignored: viper's habit */

#endif
