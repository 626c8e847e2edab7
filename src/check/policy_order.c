/* SPDX-License-Identifier: Apache-2.0 */
/* The order of a list, and the ids of what is in it. */
#include "policy_priv.h"
#include "check_priv.h"

#include <stdlib.h>

#include <mayfly/alloc.h>
#include <mayfly/enc.h>
#include <mayfly/hash.h>

enum { ID_LEAST = 4 };

const char *mf_check_from_name(enum mf_check_from from)
{
	static const char *const names[MF_CHECK_FROM_COUNT] = {
		[MF_CHECK_ENV] = "env", [MF_CHECK_HOME] = "home", [MF_CHECK_CI] = "ci", [MF_CHECK_REPO] = "repo", [MF_CHECK_FETCHED] = "fetched",
	};

	return (unsigned)from < MF_CHECK_FROM_COUNT ? names[from] : "env";
}

static int texts(const char *a, const char *b)
{
	return a && b ? strcmp(a, b) : (a != NULL) - (b != NULL);
}

static int numbers(unsigned a, unsigned b)
{
	return (a > b) - (a < b);
}

static int first_of(const int *order, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (order[i])
			return order[i];
	return 0;
}

static int by_place(const void *a, const void *b)
{
	const struct mf_check_item *x = a, *y = b;
	const int order[] = {
		numbers(x->from, y->from), texts(x->path, y->path), numbers(x->line, y->line), numbers(x->col, y->col), texts(x->name, y->name),
		texts(x->rule, y->rule), strcmp(x->fingerprint, y->fingerprint), texts(x->shown, y->shown), texts(x->why, y->why),
	};

	return first_of(order, MF_COUNT(order));
}

/* What the id is made of. */
static int by_identity(const struct mf_check_item *x, const struct mf_check_item *y)
{
	const int order[] = { texts(x->rule, y->rule), numbers(x->from, y->from), texts(x->path, y->path), texts(x->name, y->name) };

	return first_of(order, MF_COUNT(order));
}

static int by_identity_then_place(const void *a, const void *b)
{
	const struct mf_check_item *const *x = a, *const *y = b;
	const int order = by_identity(*x, *y);

	return order ? order : (*x > *y) - (*x < *y);
}

static void drop_twins(struct mf_check_list *l)
{
	size_t kept = 0;

	for (size_t i = 0; i < l->n; i++) {
		const struct mf_check_item *last = kept ? &l->v[kept - 1] : NULL;
		const bool twin = last && by_place(last, &l->v[i]) == 0;

		if (twin)
			mf_check_item_free(&l->v[i]);
		else
			l->v[kept++] = l->v[i];
	}
	l->n = kept;
}

static int add(struct mf_buf *to, const char *text, struct mf_err *err)
{
	/* what is not there is another thing than what is empty */
	return text ? mf_buf_puts(to, "=", err) || mf_buf_add(to, text, strlen(text) + 1, err) : mf_buf_add(to, "-", 2, err);
}

static int name(struct mf_check_item *item, size_t nth, struct mf_err *err)
{
	struct mf_buf text = MF_BUF(SIZE_MAX / 4);
	unsigned char digest[32];
	int r = add(&text, item->rule, err) || add(&text, mf_check_from_name(item->from), err) || add(&text, item->path, err) ||
		add(&text, item->name, err) || mf_buf_printf(&text, err, "%zu", nth) ? -1 : 0;

	if (r == 0) {
		mf_sha256(digest, text.p, text.n);
		mf_hex_encode(item->id, digest, 8, false);
		item->id[16] = '\0';
	}
	mf_buf_free(&text);
	return r;
}

int mf_check_order(struct mf_check_list *l, struct mf_err *err)
{
	struct mf_check_item **v;
	size_t nth = 0;
	int r = 0;

	if (l->n == 0)
		return 0;
	qsort(l->v, l->n, sizeof(*l->v), by_place);
	drop_twins(l);
	v = mf_calloc(l->n, sizeof(*v));
	if (!v)
		return mf_fail_nomem(err);
	for (size_t i = 0; i < l->n; i++)
		v[i] = &l->v[i];
	qsort(v, l->n, sizeof(*v), by_identity_then_place);
	for (size_t i = 0; i < l->n && r == 0; i++) {
		nth = i && by_identity(v[i - 1], v[i]) == 0 ? nth + 1 : 0;
		r = name(v[i], nth, err);
	}
	free(v);
	return r;
}

const struct mf_check_item *mf_check_find(const struct mf_check_list *l, const char *id)
{
	const struct mf_check_item *found = NULL;
	const size_t n = strlen(id);

	for (size_t i = 0; i < l->n && n >= ID_LEAST; i++) {
		if (strncmp(l->v[i].id, id, n) != 0)
			continue;
		if (found)
			return NULL;
		found = &l->v[i];
	}
	return found;
}
