/* SPDX-License-Identifier: Apache-2.0 */
/* Files of our rules, one after the other. */
#include "rules_book.h"

#include <stdlib.h>
#include <mayfly/alloc.h>

static int grow(struct mf_book *book, struct mf_err *err)
{
	const size_t cap = book->cap ? book->cap * 2 : 64;
	struct mf_book_rule *more;

	if (book->n < book->cap)
		return 0;
	more = mf_regrow(book->rules, cap, sizeof(*more));
	if (!more)
		return mf_fail_nomem(err);
	book->rules = more;
	book->cap = cap;
	return 0;
}

/* A mistake is complained of; only what is not the file's fault ends the reading. */
static int blame(struct mf_book *book, const struct mf_err *err)
{
	if (strcmp(err->id, mf_error_id(MF_E_BASE_NOMEM)) == 0)
		return -1;
	mf_book_complain(book, err);
	return 0;
}

static int read_rules(struct mf_book *book, const char *file, const char *vendor, const struct mf_tnode *list, struct mf_err *err)
{
	for (size_t i = 0; i < mf_toml_size(list); i++) {
		struct mf_book_rule rule = { 0 };

		if (grow(book, err))
			return -1;
		if (mf_book_read_rule(book, &rule, file, vendor, mf_toml_at(list, i), err)) {
			if (blame(book, err))
				return -1;
			continue;
		}
		book->rules[book->n++] = rule;
	}
	return 0;
}

static int read_vendor(struct mf_book *book, const char *file, const struct mf_tnode *n, const char **out, struct mf_err *err)
{
	const struct mf_str s = mf_toml_text(n);

	if (!n)
		return 0;
	if (mf_toml_type(n) != MF_T_STRING || s.n == 0 || memchr(s.p, '\0', s.n))
		return mf_rule_fail(err, file, mf_toml_pos(n), "'vendor' takes a name");
	*out = mf_rule_pool_str(&book->pool, s);
	return *out ? 0 : mf_fail_nomem(err);
}

static int read_file(struct mf_book *book, const char *file, const struct mf_tnode *root, struct mf_err *err)
{
	static const char *const names[] = { "vendor", "rule" };
	const struct mf_tnode *rules = mf_toml_get(root, "rule");
	const char *vendor = NULL;

	for (size_t i = 0; i < mf_toml_size(root); i++) {
		const struct mf_str key = mf_toml_key_at(root, i);

		if (!mf_str_is(key, "vendor") && !mf_str_is(key, "rule"))
			return mf_rule_unknown_key(err, file, mf_toml_at(root, i), "a file of rules", key, names, MF_COUNT(names));
	}
	if (read_vendor(book, file, mf_toml_get(root, "vendor"), &vendor, err))
		return -1;
	if (!rules || mf_toml_type(rules) != MF_T_ARRAY)
		return mf_rule_fail(err, file, (struct mf_tpos){ 1, 1 }, "a file of rules has at least one [[rule]]");
	return read_rules(book, file, vendor, rules, err);
}

int mf_book_add(struct mf_book *book, const char *file, struct mf_str text, struct mf_err *err)
{
	const char *name = mf_rule_pool_str(&book->pool, mf_str(file));
	struct mf_toml *doc;
	int rc;

	if (!name)
		return mf_fail_nomem(err);
	if (mf_toml_parse(&doc, name, text.p, text.n, err))
		return blame(book, err);
	rc = read_file(book, name, mf_toml_root(doc), err);
	mf_toml_free(doc);
	return rc ? blame(book, err) : 0;
}

void mf_book_complain(struct mf_book *book, const struct mf_err *e)
{
	book->errors++;
	if (book->complain)
		book->complain(book->ctx, e);
}

void mf_book_free(struct mf_book *book)
{
	free(book->rules);
	mf_rule_pool_free(&book->pool);
	book->rules = NULL;
	book->n = book->cap = 0;
}
