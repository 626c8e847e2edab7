/* SPDX-License-Identifier: Apache-2.0 */
/* JSON documents: cJSON builds the tree, the scanner before it decides what is JSON and keeps every node's text. */
#include <mayfly/json.h>

#include <stdlib.h>
#include <cjson/cJSON.h>
#include <mayfly/alloc.h>
#include <mayfly/enc.h>
#include <mayfly/reveal.h>
#include "json_scan.h"

struct mf_jnode {
	const struct mf_json *doc;
	const cJSON *item;	/* its valueint is the node's index, its valuedouble is unused */
	struct mf_str text, key;
	size_t size;
	enum mf_jtype type;
};

struct mf_json {
	char *text;		/* a copy of what was parsed, NUL-terminated */
	size_t n;
	cJSON *tree;
	struct mf_jnode *nodes;	/* in the order of the document */
	size_t count;
	char *decoded;		/* strings and keys that hold NUL, which cJSON cannot represent */
	size_t decoded_n;
};

/* -- building --------------------------------------------------------------------------------------- */

/* What cJSON would spoil never reaches it: a number is read from its text, wherever needed, and \u0000 would cut a
 * string. Both are blanked in the copy while the tree is built. */
static void hide_nul(char *p, size_t n)
{
	for (size_t i = 0; i + 1 < n; i++) {
		if (p[i] != '\\')
			continue;
		i++;
		if (p[i] == 'u' && memcmp(p + i + 1, "0000", 4) == 0)
			p[i + 4] = '1';
	}
}

static void hide(char *text, const struct mf_jspans *spans)
{
	for (size_t i = 0; i < spans->n; i++) {
		const struct mf_jspan *s = &spans->v[i];

		if (s->is_number) {
			memset(text + s->at, ' ', s->n);
			text[s->at] = '0';
		}
		if (s->nul)
			hide_nul(text + s->at, s->n);
		if (s->key_nul)
			hide_nul(text + s->key_at, s->key_n);
	}
}

static enum mf_jtype type_of(const cJSON *item)
{
	switch (item->type & 0xff) {
	case cJSON_False:
	case cJSON_True:
		return MF_J_BOOL;
	case cJSON_Number:
		return MF_J_NUMBER;
	case cJSON_String:
		return MF_J_STRING;
	case cJSON_Array:
		return MF_J_ARRAY;
	case cJSON_Object:
		return MF_J_OBJECT;
	default:
		return MF_J_NULL;
	}
}

static struct mf_str decode(struct mf_json *doc, size_t at, size_t n)
{
	char *to = doc->decoded + doc->decoded_n;
	size_t len = mf_json_unescape(to, doc->text + at, n);

	doc->decoded_n += len;
	return (struct mf_str){ .p = to, .n = len };
}

static struct mf_str text_of(struct mf_json *doc, const cJSON *item, const struct mf_jspan *span, enum mf_jtype type)
{
	if (type == MF_J_ARRAY || type == MF_J_OBJECT)
		return (struct mf_str){ 0 };
	if (type != MF_J_STRING)
		return (struct mf_str){ .p = doc->text + span->at, .n = span->n };
	return span->nul ? decode(doc, span->at, span->n) : mf_str(item->valuestring);
}

/* Walks the tree and the spans in step; false when they disagree. */
static bool attach(struct mf_json *doc, cJSON *item, const struct mf_jspans *spans)
{
	const struct mf_jspan *span;
	struct mf_jnode *node;
	size_t mine = doc->count;

	if (mine >= spans->n)
		return false;
	span = &spans->v[mine];
	node = &doc->nodes[mine];
	doc->count++;
	item->valueint = (int)mine;
	node->doc = doc;
	node->item = item;
	node->type = type_of(item);
	if ((node->type == MF_J_STRING) != span->is_string || (node->type == MF_J_NUMBER) != span->is_number)
		return false;
	node->text = text_of(doc, item, span, node->type);
	if (item->string)
		node->key = span->key_nul ? decode(doc, span->key_at, span->key_n) : mf_str(item->string);
	for (cJSON *child = item->child; child; child = child->next) {
		if (!attach(doc, child, spans))
			return false;
		node->size++;
	}
	return true;
}

static size_t nul_room(const struct mf_jspans *spans)
{
	size_t n = 0;

	for (size_t i = 0; i < spans->n; i++)
		n += (spans->v[i].nul ? spans->v[i].n : 0) + (spans->v[i].key_nul ? spans->v[i].key_n : 0);
	return n;
}

static int build(struct mf_json *doc, const char *p, size_t n, const struct mf_jspans *spans, struct mf_err *err)
{
	const size_t room = nul_room(spans);

	doc->text = malloc(n + 1);
	doc->nodes = mf_calloc(spans->n, sizeof(*doc->nodes));
	doc->decoded = room ? malloc(room) : NULL;
	if (!doc->text || !doc->nodes || (room && !doc->decoded))
		return mf_fail_nomem(err);
	memcpy(doc->text, p, n);
	doc->text[n] = '\0';
	doc->n = n;
	hide(doc->text, spans);
	doc->tree = cJSON_ParseWithLengthOpts(doc->text, n + 1, NULL, 1);
	memcpy(doc->text, p, n);
	if (!doc->tree)
		return mf_fail_nomem(err);	/* the text was found valid, so nothing else is left */
	if (!attach(doc, doc->tree, spans) || doc->count != spans->n)
		return mf_fail(err, MF_E_BASE_BUG, "two JSON readers disagree");
	return 0;
}

int mf_json_parse(struct mf_json **out, const char *p, size_t n, struct mf_err *err)
{
	struct mf_jspans spans = { 0 };
	struct mf_json *doc;
	int r;

	if (n >= SIZE_MAX / 2)
		return mf_fail_nomem(err);
	if (mf_json_scan(&spans, p, n, err))
		return -1;
	doc = mf_calloc(1, sizeof(*doc));
	r = doc ? build(doc, p, n, &spans, err) : mf_fail_nomem(err);
	mf_jspans_free(&spans);
	if (r) {
		mf_json_free(doc);
		return -1;
	}
	*out = doc;
	return 0;
}

int mf_json_parse_secret(struct mf_json **out, const struct mf_secret *s, struct mf_err *err)
{
	struct mf_str text = mf_secret_reveal(s);

	return mf_json_parse(out, text.p, text.n, err);
}

/* Also where free() does not wipe. */
static void wipe_tree(cJSON *item)
{
	for (; item; item = item->next) {
		wipe_tree(item->child);
		if (item->valuestring)
			mf_wipe(item->valuestring, strlen(item->valuestring));
		if (item->string)
			mf_wipe(item->string, strlen(item->string));
	}
}

void mf_json_free(struct mf_json *doc)
{
	if (!doc)
		return;
	wipe_tree(doc->tree);
	cJSON_Delete(doc->tree);
	mf_wipe(doc->text, doc->n);
	free(doc->text);
	mf_wipe(doc->decoded, doc->decoded_n);
	free(doc->decoded);
	free(doc->nodes);
	free(doc);
}

void mf_json_freep(struct mf_json **doc)
{
	mf_json_free(*doc);
	*doc = NULL;
}

/* -- reading ---------------------------------------------------------------------------------------- */

const struct mf_jnode *mf_json_root(const struct mf_json *doc)
{
	return &doc->nodes[0];
}

enum mf_jtype mf_json_type(const struct mf_jnode *n)
{
	return n ? n->type : MF_J_NULL;
}

const char *mf_json_type_name(enum mf_jtype t)
{
	static const char *const names[] = { "null", "boolean", "number", "string", "array", "object" };

	return (unsigned)t < MF_COUNT(names) ? names[t] : "nothing";
}

static const struct mf_jnode *node_of(const struct mf_json *doc, const cJSON *item)
{
	return item ? &doc->nodes[item->valueint] : NULL;
}

size_t mf_json_size(const struct mf_jnode *n)
{
	return n ? n->size : 0;
}

const struct mf_jnode *mf_json_first(const struct mf_jnode *n)
{
	return n ? node_of(n->doc, n->item->child) : NULL;
}

const struct mf_jnode *mf_json_next(const struct mf_jnode *n)
{
	return n ? node_of(n->doc, n->item->next) : NULL;
}

struct mf_str mf_json_key(const struct mf_jnode *n)
{
	return n ? n->key : (struct mf_str){ 0 };
}

struct mf_str mf_json_text(const struct mf_json *doc, const struct mf_jnode *n)
{
	(void)doc;
	return n ? n->text : (struct mf_str){ 0 };
}

const struct mf_jnode *mf_json_get(const struct mf_jnode *n, struct mf_str key)
{
	if (!n || n->type != MF_J_OBJECT)
		return NULL;
	for (n = mf_json_first(n); n; n = mf_json_next(n))
		if (mf_str_eq(n->key, key))
			return n;
	return NULL;
}

const struct mf_jnode *mf_json_get_z(const struct mf_jnode *n, const char *key)
{
	return mf_json_get(n, mf_str(key));
}

/* Whether a pointer's token, with its ~0 and ~1, names the key; false for a malformed token too. */
static bool token_is(struct mf_str token, struct mf_str key)
{
	size_t k = 0;

	for (size_t i = 0; i < token.n; i++, k++) {
		char c = token.p[i];

		if (c == '~') {
			if (++i == token.n || (token.p[i] != '0' && token.p[i] != '1'))
				return false;
			c = token.p[i] == '0' ? '~' : '/';
		}
		if (k >= key.n || key.p[k] != c)
			return false;
	}
	return k == key.n;
}

static const struct mf_jnode *element(const struct mf_jnode *n, struct mf_str token)
{
	size_t index = 0;

	if (token.n == 0 || token.n > 9 || (token.n > 1 && token.p[0] == '0'))
		return NULL;
	for (size_t i = 0; i < token.n; i++) {
		if (token.p[i] < '0' || token.p[i] > '9')
			return NULL;
		index = index * 10 + (size_t)(token.p[i] - '0');
	}
	if (index >= n->size)
		return NULL;
	for (n = mf_json_first(n); n && index; index--)
		n = mf_json_next(n);
	return n;
}

static const struct mf_jnode *step(const struct mf_jnode *n, struct mf_str token)
{
	if (n->type == MF_J_ARRAY)
		return element(n, token);
	if (n->type != MF_J_OBJECT)
		return NULL;
	for (n = mf_json_first(n); n; n = mf_json_next(n))
		if (token_is(token, n->key))
			return n;
	return NULL;
}

const struct mf_jnode *mf_json_pointer(const struct mf_jnode *n, struct mf_str pointer)
{
	struct mf_str token;
	const char *slash;

	while (n && pointer.n) {
		if (pointer.p[0] != '/')
			return NULL;
		token = (struct mf_str){ .p = pointer.p + 1, .n = pointer.n - 1 };
		slash = token.n ? memchr(token.p, '/', token.n) : NULL;
		if (slash)
			token.n = (size_t)(slash - token.p);
		n = step(n, token);
		pointer.p = token.p + token.n;
		pointer.n -= token.n + 1;
	}
	return n;
}

/* -- typed reads ------------------------------------------------------------------------------------ */

static int wrong_type(const struct mf_jnode *m, const char *key, const char *wanted, struct mf_err *err)
{
	if (!m)
		return mf_fail(err, MF_E_JSON_TYPE, "'%s' is missing in a JSON object", key);
	return mf_fail(err, MF_E_JSON_TYPE, "'%s' in a JSON object is %s, not %s", key, mf_json_type_name(m->type), wanted);
}

static bool absent(const struct mf_jnode *m)
{
	return !m || m->type == MF_J_NULL;
}

static bool to_int(int64_t *out, struct mf_str s)
{
	bool minus = s.n && s.p[0] == '-';
	int64_t v = 0;

	for (size_t i = minus; i < s.n; i++) {
		if (s.p[i] < '0' || s.p[i] > '9')
			return false;
		if (__builtin_mul_overflow(v, 10, &v) ||
		    (minus ? __builtin_sub_overflow(v, s.p[i] - '0', &v) : __builtin_add_overflow(v, s.p[i] - '0', &v)))
			return false;
	}
	*out = v;
	return true;
}

int mf_json_need_str(struct mf_str *out, const struct mf_json *doc, const struct mf_jnode *n, const char *key,
		     struct mf_err *err)
{
	const struct mf_jnode *m = mf_json_get_z(n, key);

	if (!m || m->type != MF_J_STRING)
		return wrong_type(m, key, "string", err);
	*out = mf_json_text(doc, m);
	return 0;
}

int mf_json_need_int(int64_t *out, const struct mf_json *doc, const struct mf_jnode *n, const char *key,
		     struct mf_err *err)
{
	const struct mf_jnode *m = mf_json_get_z(n, key);

	if (!m || m->type != MF_J_NUMBER)
		return wrong_type(m, key, "number", err);
	if (!to_int(out, mf_json_text(doc, m)))
		return mf_fail(err, MF_E_JSON_TYPE, "'%s' in a JSON object is no integer of 64 bits", key);
	return 0;
}

int mf_json_opt_str(struct mf_str *out, const struct mf_json *doc, const struct mf_jnode *n, const char *key,
		    const char *fallback, struct mf_err *err)
{
	if (absent(mf_json_get_z(n, key))) {
		*out = mf_str(fallback);
		return 0;
	}
	return mf_json_need_str(out, doc, n, key, err);
}

int mf_json_opt_int(int64_t *out, const struct mf_json *doc, const struct mf_jnode *n, const char *key, int64_t fallback,
		    struct mf_err *err)
{
	if (absent(mf_json_get_z(n, key))) {
		*out = fallback;
		return 0;
	}
	return mf_json_need_int(out, doc, n, key, err);
}

int mf_json_opt_bool(bool *out, const struct mf_jnode *n, const char *key, bool fallback, struct mf_err *err)
{
	const struct mf_jnode *m = mf_json_get_z(n, key);

	if (!absent(m) && m->type != MF_J_BOOL)
		return wrong_type(m, key, "boolean", err);
	*out = absent(m) ? fallback : m->text.p[0] == 't';
	return 0;
}
