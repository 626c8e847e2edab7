/* SPDX-License-Identifier: Apache-2.0 */
/* Fields out of documents: by name, by pointer, by vault-action's path, or all of them under their own names. */
#include "fetch_priv.h"

#include <stdlib.h>
#include <mayfly/alloc.h>
#include <mayfly/enc.h>
#include <mayfly/log.h>
#include <mayfly/reveal.h>

enum { NAMES_SHOWN = 12, NAMES_NEAR = 500, NAME_MAX_LEN = 512, LINES_MAX = 8 << 20 };

struct pick {
	struct mf_items *items;
	const struct mf_want *want;
	const struct mf_doc *doc;
	const struct mf_json *json;
	const struct mf_jnode *root;
	const struct mf_cred *cred;	/* whose server named the fields; NULL for local sources */
};

/* A server may repeat what it was sent as the name of a field, and names are shown. True when it has. */
static bool hide(const struct pick *p, char *name)
{
	if (!p->cred || !p->cred->provider || !p->cred->provider->hide)
		return false;
	p->cred->provider->hide(p->cred, name);
	return strstr(name, "[cut]") != NULL;
}

/* -- where fields are */

/* vault-action takes `data` inside the data for the data, whatever the engine is. */
static const struct mf_jnode *compat_root(const struct mf_json *json)
{
	const struct mf_jnode *data = mf_json_get_z(mf_json_root(json), "data"), *inner = mf_json_get_z(data, "data");

	return inner && mf_json_type(inner) != MF_J_NULL ? inner : data;
}

/* The bytes that a secret is, where it has no fields of its own: a variable's, a file's, a cloud's. */
static const struct mf_secret *bytes_of(const struct mf_source *src)
{
	return src->doc ? src->doc->raw : src->raw;
}

static int parse_bytes(struct mf_source *src, const struct mf_want *want, struct mf_err *err)
{
	if (src->parsed)
		return 0;
	if (mf_json_parse_secret(&src->parsed, bytes_of(src), err)) {
		mf_err_wrap(err, "a field of '%s'", want->ref.path);
		return -1;
	}
	return 0;
}

static int find_root(struct pick *p, struct mf_source *src, struct mf_err *err)
{
	p->doc = src->doc;
	if (!bytes_of(src)) {
		p->json = src->doc->json;
		p->root = p->want->ref.compat ? compat_root(p->json) : src->doc->data;
		return 0;
	}
	if (parse_bytes(src, p->want, err))
		return -1;
	p->json = src->parsed;
	p->root = mf_json_root(src->parsed);
	return 0;
}

/* -- one item */

static void item_free(struct mf_item *item)
{
	free(item->name);
	mf_secret_free(item->value);
	free(item->output);
	free(item->holds);
	free(item->from);
}

void mf_items_free(struct mf_items *items)
{
	if (!items)
		return;
	for (size_t i = 0; i < items->n; i++)
		item_free(&items->v[i]);
	free(items->v);
	for (size_t i = 0; i < items->n_leases; i++)
		free(items->leases[i]);
	free(items->leases);
	for (size_t i = 0; i < items->n_reads; i++)
		free(items->reads[i].path);
	free(items->reads);
	*items = (struct mf_items){ 0 };
}

static int describe(char **out, const struct mf_want *want, const char *field, struct mf_err *err)
{
	struct mf_buf b = MF_BUF(4 * MF_REF_MAX);
	struct mf_ref ref = want->ref;

	if (field) {
		ref.select = MF_SEL_KEY;
		ref.field = (char *)field;
	}
	if (mf_ref_print(&b, &ref, err)) {
		mf_buf_free(&b);
		return -1;
	}
	*out = mf_buf_take(&b);
	return *out ? 0 : mf_fail_nomem(err);
}

/* Takes value over, also on failure. `field`: of an expansion. */
static int add_item(struct pick *p, const char *name, const char *output, const char *field, struct mf_secret *value, struct mf_err *err)
{
	const struct mf_want *want = p->want;
	struct mf_item item = { .value = value, .as = want->as, .no_env = want->no_env, .no_output = want->no_output,
		.yields = want->ref.compat && !want->ref.post };
	struct mf_item *grown;

	if (!value)
		return mf_fail_nomem(err);
	if (p->items->n >= MF_ITEMS_MAX) {
		mf_fail(err, MF_E_FETCH_LIMIT, "more than %d values to export", MF_ITEMS_MAX);
		mf_err_why(err, "'%s' has too many fields for what else is asked for", want->ref.path);
		mf_err_hint(err, "ask for the fields that are needed: NAME: vault://...#FIELD");
		goto fail;
	}
	if (mf_fetch_decode(&item.value, want, name, err) || describe(&item.from, want, field, err))
		goto fail;
	item.name = mf_strdup(name);
	item.output = output ? mf_strdup(output) : NULL;
	if (!item.name || (output && !item.output)) {
		mf_fail_nomem(err);
		goto fail;
	}
	if (p->doc) {
		item.version = p->doc->version;
		item.created = p->doc->created;
		item.expires = p->doc->expires;
		item.fetched = true;
		item.made = want->ref.post != NULL;
		item.leased = p->doc->lease_id != NULL;
		item.lease_ttl = p->doc->lease_ttl;
	}
	grown = mf_regrow(p->items->v, p->items->n + 1, sizeof(*grown));
	if (!grown) {
		mf_fail_nomem(err);
		goto fail;
	}
	p->items->v = grown;
	p->items->v[p->items->n++] = item;
	return 0;
fail:
	item_free(&item);
	return -1;
}

/* ["a","b"] -> "a\nb" */
static int join_lines(struct mf_secret **out, const struct pick *p, const struct mf_jnode *list, struct mf_err *err)
{
	struct mf_secret *s = mf_secret_empty(LINES_MAX);

	if (!s)
		return mf_fail_nomem(err);
	for (const struct mf_jnode *n = mf_json_first(list); n; n = mf_json_next(n)) {
		struct mf_str line = mf_json_text(p->json, n);

		if (mf_json_type(n) != MF_J_STRING) {
			mf_fail(err, MF_E_FETCH_TYPE, "'%s' in the answer of '%s' is no list of texts", p->want->ref.field, p->want->ref.path);
			goto fail;
		}
		if ((n != mf_json_first(list) && mf_secret_add(s, "\n", 1, err)) || mf_secret_add(s, line.p, line.n, err))
			goto fail;
	}
	*out = s;
	return 0;
fail:
	mf_secret_free(s);
	return -1;
}

/* Text as it is, anything else as JSON. null is a value only to vault-action. */
static int value_of(struct mf_secret **out, const struct pick *p, const struct mf_jnode *n, struct mf_err *err)
{
	if (p->want->ref.lines && mf_json_type(n) == MF_J_ARRAY)
		return join_lines(out, p, n, err);
	if (mf_json_type(n) == MF_J_NULL && !p->want->ref.compat) {
		mf_fail(err, MF_E_FETCH_TYPE, "the field for '%s' is null", p->want->name ? p->want->name : "?");
		mf_err_sent(err, "'%s', asked for by %s", p->want->ref.path, p->want->origin);
		return -1;
	}
	*out = mf_json_secret(p->json, n);
	return *out ? 0 : mf_fail_nomem(err);
}

/* -- what is not there */

static bool plain_name(struct mf_str s)
{
	return s.n && s.n < NAME_MAX_LEN && !memchr(s.p, 0, s.n);
}

/* Names of fields are no secrets; how near one is to what was asked for helps most. */
static void show_names(const struct pick *p, const char *asked, struct mf_err *err)
{
	struct mf_buf text = MF_BUF(512);
	struct mf_err ignored = { 0 };
	char *names[NAMES_NEAR];
	const char *near;
	size_t n = 0, shown = 0;

	for (const struct mf_jnode *f = mf_json_first(p->root); f && n < NAMES_NEAR; f = mf_json_next(f)) {
		struct mf_str key = mf_json_key(f);

		if (!plain_name(key) || !(names[n] = mf_strndup(key.p, key.n)))
			continue;
		hide(p, names[n]);
		if (shown < NAMES_SHOWN && mf_buf_printf(&text, &ignored, "%s'%s'", shown ? ", " : "", names[n]) == 0)
			shown++;
		n++;
	}
	if (mf_json_size(p->root) > shown)
		mf_err_sent(err, "it has %zu fields: %s, ...", mf_json_size(p->root), mf_buf_text(&text));
	else
		mf_err_sent(err, "%s%s", shown ? "it has: " : "it has no fields", mf_buf_text(&text));
	near = asked ? mf_nearest(asked, (const char *const *)names, n) : NULL;
	if (near)
		mf_err_hint(err, "did you mean '%s'?", near);
	for (size_t i = 0; i < n; i++)
		free(names[i]);
	mf_buf_free(&text);
}

static int no_field(const struct pick *p, const char *asked, struct mf_err *err)
{
	mf_fail(err, MF_E_FETCH_FIELD, "'%s' has no field '%s'", p->want->ref.path, asked);
	mf_err_why(err, "asked for by %s", p->want->origin);
	if (p->root && mf_json_type(p->root) == MF_J_OBJECT)
		show_names(p, asked, err);
	else
		mf_err_sent(err, "its content is %s", p->root ? mf_json_type_name(mf_json_type(p->root)) : "nothing");
	return -1;
}

/* -- single fields */

static const struct mf_jnode *item_at(const struct mf_jnode *n, int64_t index)
{
	int64_t size = (int64_t)mf_json_size(n);

	/* what is no array is one of one item */
	if (mf_json_type(n) != MF_J_ARRAY)
		return index == 0 || index == -1 ? n : NULL;
	if (index < 0)
		index += size;
	if (index < 0 || index >= size)
		return NULL;
	for (n = mf_json_first(n); n && index; index--)
		n = mf_json_next(n);
	return n;
}

/* JSONata applies a name to every item of an array; that is more than a path, and refused. */
static int walk(const struct mf_jnode **out, const struct pick *p, struct mf_err *err)
{
	const struct mf_ref *ref = &p->want->ref;
	const struct mf_jnode *n = ref->field ? mf_json_get_z(p->root, ref->field) : NULL;

	*out = n;
	if (n)
		return 0;
	n = p->root;
	for (size_t i = 0; n && i < ref->n_steps; i++) {
		const struct mf_step *s = &ref->steps[i];

		if (s->name && mf_json_type(n) == MF_J_ARRAY) {
			mf_fail(err, MF_E_FETCH_TYPE, "the selector for '%s' names '%s' in an array", p->want->name ? p->want->name : "?", s->name);
			mf_err_why(err, "'%s' has an array there, and the selector no index", ref->path);
			mf_err_hint(err, "write an index before '.%s', as in items[0].%s", s->name, s->name);
			return -1;
		}
		n = s->name ? mf_json_get_z(n, s->name) : item_at(n, s->index);
	}
	*out = n;
	return 0;
}

static int find_field(const struct mf_jnode **out, const char **asked, const struct pick *p, struct mf_err *err)
{
	const struct mf_ref *ref = &p->want->ref;

	*asked = ref->field ? ref->field : ref->n_steps && ref->steps[0].name ? ref->steps[0].name : "?";
	switch (ref->select) {
	case MF_SEL_POINTER:
		*out = mf_json_pointer(p->root, mf_str(ref->field));
		return 0;
	case MF_SEL_PATH:
		return walk(out, p, err);
	default:
		*out = mf_json_get_z(p->root, ref->field);
		return 0;
	}
}

static int select_field(struct pick *p, struct mf_err *err)
{
	const struct mf_want *want = p->want;
	const struct mf_jnode *n;
	struct mf_secret *value;
	const char *asked;

	if (find_field(&n, &asked, p, err))
		return -1;
	if (!n) {
		/* vault-action's ignoreNotFound is for paths alone; a chain may be missing from a root's own certificate */
		if ((want->optional && !want->ref.compat) || want->ref.lines) {
			mf_info("'%s' has no field '%s': '%s' is left out", want->ref.path, asked, want->name ? want->name : asked);
			return 0;
		}
		return no_field(p, asked, err);
	}
	if (value_of(&value, p, n, err))
		return -1;
	return add_item(p, want->name ? want->name : asked, want->output, NULL, value, err);
}

/* -- all fields */

/* "api-key" -> PREFIX + "API_KEY" */
static int field_name(struct mf_buf *out, const struct mf_want *want, struct mf_str key, struct mf_err *err)
{
	if (want->prefix && mf_buf_puts(out, want->prefix, err))
		return -1;
	for (size_t i = 0; i < key.n; i++) {
		char c = key.p[i];

		if (c >= 'a' && c <= 'z' && !want->keep_case)
			c = (char)(c - 'a' + 'A');
		else if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9')))
			c = '_';
		if (mf_buf_putc(out, c, err))
			return -1;
	}
	return 0;
}

/* vault-action normalises the prefix and the key together. */
static int compat_field_name(struct mf_buf *out, const struct mf_want *want, struct mf_str key, bool upper, struct mf_err *err)
{
	if (want->prefix && mf_ref_compat_name(out, mf_str(want->prefix), upper, err))
		return -1;
	return mf_ref_compat_name(out, key, upper, err);
}

static int name_field(struct mf_buf *name, struct mf_buf *output, const struct mf_want *want, struct mf_str key, const char *shown,
		      struct mf_err *err)
{
	for (size_t i = 0; i < key.n; i++)
		if ((unsigned char)key.p[i] >= 0x80 || !key.p[i])
			goto bad;
	if (!want->ref.compat) {
		if (field_name(name, want, key, err))
			return -1;
	} else if (compat_field_name(name, want, key, !want->keep_case, err) || compat_field_name(output, want, key, false, err)) {
		return -1;
	}
	if (name->n && (name->p[0] < '0' || name->p[0] > '9'))
		return 0;
bad:
	mf_fail(err, MF_E_FETCH_NAME, "field '%.100s' of '%s' makes no name of a variable", shown, want->ref.path);
	mf_err_why(err, "all fields are asked for by %s", want->origin);
	mf_err_hint(err, "name it on its own, as in NAME: vault://...#field%s", want->prefix ? "" : ", or give the fields a prefix");
	return -1;
}

static int expand_one(struct pick *p, const struct mf_jnode *field, struct mf_err *err)
{
	struct mf_buf name = MF_BUF(2048), output = MF_BUF(2048);
	struct mf_str key = mf_json_key(field);
	MF_CLEANUP(mf_freep) char *own = mf_strndup(key.p, key.n);
	struct mf_secret *value;
	int rc = own ? 0 : mf_fail_nomem(err);

	/* a short secret may be a part of a name by chance: a token "root", a field "root_password" */
	if (rc == 0 && key.n >= 16 && hide(p, own) && key.n > strlen(own) + 10)
		rc = mf_fail(err, MF_E_FETCH_NAME, "a field of '%s' has a name that was sent to the server as a secret", p->want->ref.path);
	if (rc == 0)
		rc = name_field(&name, &output, p->want, key, own, err);
	if (rc == 0)
		rc = value_of(&value, p, field, err);
	if (rc == 0)
		rc = add_item(p, mf_buf_text(&name), output.n ? output.p : NULL, own, value, err);
	mf_buf_free(&name);
	mf_buf_free(&output);
	return rc;
}

/* All fields of a secret that has none: what comes after would miss them without a word. */
static int nothing(const struct pick *p, struct mf_err *err)
{
	const struct mf_want *want = p->want;

	if (want->optional || want->ref.compat) {
		mf_warn("'%s' has no fields: nothing of it is exported", want->ref.path);
		return 0;
	}
	mf_fail(err, MF_E_FETCH_FIELD, "'%s' has no fields", want->ref.path);
	mf_err_why(err, "%s, and all fields are asked for by %s", mf_json_size(p->root) ? "each is null" : "it is empty", want->origin);
	mf_err_hint(err, "look at the path; if it may be empty, mark the secret 'optional: true'");
	return -1;
}

static int expand(struct pick *p, struct mf_err *err)
{
	const size_t before = p->items->n;

	if (!p->root || mf_json_type(p->root) != MF_J_OBJECT) {
		mf_fail(err, MF_E_FETCH_TYPE, "'%s' has no fields", p->want->ref.path);
		mf_err_why(err, "its content is %s, and all fields are asked for by %s", p->root ? mf_json_type_name(mf_json_type(p->root)) : "nothing",
			   p->want->origin);
		return -1;
	}
	for (const struct mf_jnode *f = mf_json_first(p->root); f; f = mf_json_next(f)) {
		if (mf_json_type(f) == MF_J_NULL && !p->want->ref.compat) {
			mf_verbose("a field of '%s' is null and left out", p->want->ref.path);
			continue;
		}
		if (expand_one(p, f, err))
			return -1;
	}
	return p->items->n > before ? 0 : nothing(p, err);
}

int mf_fetch_select(struct mf_items *items, struct mf_source *src, const struct mf_want *want, struct mf_err *err)
{
	struct pick p = { .items = items, .want = want, .cred = src->doc ? src->cred : NULL };

	p.doc = src->doc;
	if (want->ref.select == MF_SEL_ALL && want->name && bytes_of(src))
		return add_item(&p, want->name, want->output, NULL, mf_secret_dup(bytes_of(src)), err);
	if (find_root(&p, src, err))
		return -1;
	if (want->ref.select != MF_SEL_ALL)
		return select_field(&p, err);
	if (want->name)
		return add_item(&p, want->name, want->output, NULL, p.root ? mf_json_secret(p.json, p.root) : mf_secret_new("", 0), err);
	return expand(&p, err);
}
