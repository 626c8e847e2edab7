/* SPDX-License-Identifier: Apache-2.0 */
/* JSON from outside (RFC 8259), read through cJSON with our own strictness: UTF-8 and end of input are
 * checked, keys are case-sensitive, duplicate keys are refused, numbers keep their text, a string with
 * NUL is never cut, depth and node count are bounded. json.c is the only user of cJSON. */
#ifndef MAYFLY_JSON_H
#define MAYFLY_JSON_H

#include <mayfly/buf.h>
#include <mayfly/secret.h>

struct mf_json;		/* a parsed document: owns its memory, wiped when freed */
struct mf_jnode;	/* a node in it: borrowed */

enum mf_jtype { MF_J_NULL, MF_J_BOOL, MF_J_NUMBER, MF_J_STRING, MF_J_ARRAY, MF_J_OBJECT };

#define MF_JSON_DEPTH 64
#define MF_JSON_NODES 200000

/* Parses n bytes. MF-JSON-01 with line and column on failure; the text itself is never quoted. */
int mf_json_parse(struct mf_json **out, const char *p, size_t n, struct mf_err *err) MF_MUST_USE;
int mf_json_parse_secret(struct mf_json **out, const struct mf_secret *s, struct mf_err *err) MF_MUST_USE;
void mf_json_free(struct mf_json *doc);
void mf_json_freep(struct mf_json **doc);

const struct mf_jnode *mf_json_root(const struct mf_json *doc);
enum mf_jtype mf_json_type(const struct mf_jnode *n);
const char *mf_json_type_name(enum mf_jtype t);	/* "object", "string", ... */

/* A member by exact name, or NULL (also when `n` is NULL or no object). */
const struct mf_jnode *mf_json_get(const struct mf_jnode *n, struct mf_str key);
const struct mf_jnode *mf_json_get_z(const struct mf_jnode *n, const char *key);

/* RFC 6901 pointer ("" is the node itself), or NULL. */
const struct mf_jnode *mf_json_pointer(const struct mf_jnode *n, struct mf_str pointer);

/* Children of an array or object, in the order of the document. */
size_t mf_json_size(const struct mf_jnode *n);
const struct mf_jnode *mf_json_first(const struct mf_jnode *n);
const struct mf_jnode *mf_json_next(const struct mf_jnode *n);
struct mf_str mf_json_key(const struct mf_jnode *n);	/* of a member */

/* A string's bytes (decoded, NULs kept), a number's text as written, "true"/"false"/"null"; {NULL,0} for containers. Borrowed. */
struct mf_str mf_json_text(const struct mf_json *doc, const struct mf_jnode *n);

/* Typed reads by member name: MF-JSON-02 naming `key` when missing or of another type. */
int mf_json_need_str(struct mf_str *out, const struct mf_json *doc, const struct mf_jnode *n, const char *key, struct mf_err *err) MF_MUST_USE;
int mf_json_need_int(int64_t *out, const struct mf_json *doc, const struct mf_jnode *n, const char *key, struct mf_err *err) MF_MUST_USE;

/* The same with a default for a member that is missing or null; another type is still an error. */
int mf_json_opt_str(struct mf_str *out, const struct mf_json *doc, const struct mf_jnode *n, const char *key, const char *fallback, struct mf_err *err) MF_MUST_USE;
int mf_json_opt_int(int64_t *out, const struct mf_json *doc, const struct mf_jnode *n, const char *key, int64_t fallback, struct mf_err *err) MF_MUST_USE;
int mf_json_opt_bool(bool *out, const struct mf_jnode *n, const char *key, bool fallback, struct mf_err *err) MF_MUST_USE;

/* A node as a secret of its own: a string's bytes as they are, anything else as compact JSON text. NULL when memory is out. */
struct mf_secret *mf_json_secret(const struct mf_json *doc, const struct mf_jnode *n);

/* Writing: a quoted JSON string, for text that is not secret and for secret bodies. Bytes that are no UTF-8 become U+FFFD. */
int mf_json_quote(struct mf_buf *out, struct mf_str s, struct mf_err *err) MF_MUST_USE;
int mf_json_quote_secret(struct mf_secret *out, struct mf_str s, struct mf_err *err) MF_MUST_USE;

#endif
