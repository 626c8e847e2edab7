/* SPDX-License-Identifier: Apache-2.0 */
/* The list of a check: what is collected, and what another process may tell. */
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>

#include <mayfly/check.h>

#define NOW INT64_C(1800000000)

static struct mf_err err;

static struct mf_check *fresh(void)
{
	static struct mf_check c;

	c = (struct mf_check){ .now = NOW };
	return &c;
}

static void add(struct mf_check *c, const char *name, const char *value, struct mf_check_item **item)
{
	const struct mf_check_place at = { .from = MF_CHECK_ENV, .name = name };

	assert_int_equal(mf_check_value(c, &at, mf_str(value), NULL, item, &err), 0);
}

/* Made of pieces, so that no file holds one. */
static const char *key_id(void)
{
	static char out[21];

	snprintf(out, sizeof(out), "%s%s", "AKIA", "QYLPMN5HZ2W7KD4T");
	return out;
}

static void test_value(void **state)
{
	struct mf_check *c = fresh();
	struct mf_check_item *a, *b;

	(void)state;
	add(c, "SHELL", "/bin/sh", &a);
	assert_null(a);
	add(c, "AWS_ACCESS_KEY_ID", key_id(), &a);
	assert_non_null(a);
	assert_string_equal(a->rule, a->life.kind);
	assert_string_equal(a->name, "AWS_ACCESS_KEY_ID");
	assert_non_null(strstr(a->shown, "AKIA"));
	assert_null(strstr(a->shown, key_id() + 8));
	assert_int_equal(strlen(a->fingerprint), 16);
	add(c, "OTHER", key_id(), &b);
	assert_string_equal(c->list.v[0].fingerprint, b->fingerprint);
	c->key[0] = 1;
	add(c, "THIRD", key_id(), &b);
	assert_string_not_equal(c->list.v[0].fingerprint, b->fingerprint);
	mf_check_list_free(&c->list);
}

/* Of a text with structure nothing is shown. */
static void test_shown(void **state)
{
	struct mf_check *c = fresh();
	struct mf_check_item *item;

	(void)state;
	add(c, "DATABASE_URL", "postgres://app:b7Kq2mZpW4YtRd@db.shop.internal/shop", &item);
	assert_non_null(item);
	assert_null(item->shown);
	add(c, "DEPLOY_PASSWORD", "b7Kq2mZpW4YtRd", &item);
	assert_non_null(item);
	assert_string_equal(item->shown, "****");
	mf_check_list_free(&c->list);
}

static void test_habit(void **state)
{
	struct mf_check *c = fresh();
	const struct mf_check_place at = { .from = MF_CHECK_CI, .path = "a\x1b[31m.yml", .line = 3, .col = 5 };
	struct mf_check_item *item;

	(void)state;
	assert_int_equal(mf_check_habit(c, &at, "secrets-inherit", &item, &err), 0);
	assert_string_equal(item->path, "a?[31m.yml");
	assert_null(item->life.kind);
	assert_int_equal(mf_check_yaml(item, "a:\n  b: c\n", &err), 0);
	assert_string_equal(item->yaml, "a:\n  b: c\n");
	assert_int_equal(mf_check_habit(c, &at, "no-such-rule", &item, &err), -1);
	mf_check_list_free(&c->list);
}

static void test_rules(void **state)
{
	(void)state;
	for (const struct mf_check_rule *r = mf_check_rules; r->id; r++) {
		assert_ptr_equal(mf_check_rule(r->id), r);
		assert_true(r->title && r->why && r->fix && *r->title && *r->why && *r->fix);
		assert_int_not_equal(r->mode, MF_CHECK_OFF);
		if (r[1].id)
			assert_true(strcmp(r->id, r[1].id) < 0);
	}
	assert_null(mf_check_rule("none"));
	assert_null(mf_check_rule(NULL));
}

static void test_limit(void **state)
{
	struct mf_check *c = fresh();
	const struct mf_check_place at = { .from = MF_CHECK_CI, .path = "a.yml" };

	(void)state;
	for (int i = 0; i < MF_CHECK_ITEMS_MAX + 10; i++)
		assert_int_equal(mf_check_habit(c, &at, "secrets-inherit", NULL, &err), 0);
	assert_int_equal(c->list.n, MF_CHECK_ITEMS_MAX);
	assert_int_equal(c->list.n_notes, 1);
	assert_true(c->list.notes[0].incomplete);
	for (int i = 0; i < MF_CHECK_NOTES_MAX + 10; i++)
		assert_int_equal(mf_check_note(c, false, NULL, NULL, &err, "note %d", i), 0);
	assert_int_equal(c->list.n_notes, MF_CHECK_NOTES_MAX);
	mf_check_list_free(&c->list);
}

/* -- between processes -------------------------------------------------------------------------------- */

static void test_wire(void **state)
{
	struct mf_check *c = fresh();
	const struct mf_check_place at = { .from = MF_CHECK_CI, .name = "DEPLOY", .path = ".github/workflows/a.yml", .line = 3, .col = 5, .end_line = 4, .end_col = 6 };
	struct mf_buf text = MF_BUF(1 << 20), again = MF_BUF(1 << 20);
	struct mf_check_list back = { 0 };
	struct mf_check_item *item;

	(void)state;
	add(c, "AWS_ACCESS_KEY_ID", key_id(), &item);
	assert_int_equal(mf_check_habit(c, &at, "secrets-inherit", &item, &err), 0);
	assert_int_equal(mf_check_text(&item->why, &err, "because of \"%s\"", "this"), 0);
	assert_int_equal(mf_check_yaml(item, "a:\n\tb\n", &err), 0);
	assert_int_equal(mf_check_note(c, true, "why", "hint", &err, "what"), 0);
	c->list.files = 7;
	assert_int_equal(mf_check_write(&text, &c->list, &err), 0);
	assert_int_equal(mf_check_read(&back, (struct mf_str){ text.p, text.n }, &err), 0);
	assert_int_equal(back.n, 2);
	assert_int_equal(back.files, 7);
	assert_string_equal(back.v[0].life.kind, "aws-access-key");
	assert_int_equal(back.v[0].life.lifetime, MF_LIFE_FOREVER);
	assert_int_equal(back.v[1].end_col, 6);
	assert_string_equal(back.v[1].yaml, "a:\n\tb\n");
	assert_string_equal(back.notes[0].hint, "hint");
	assert_int_equal(mf_check_write(&again, &back, &err), 0);
	assert_string_equal(mf_buf_text(&text), mf_buf_text(&again));
	mf_buf_free(&text);
	mf_buf_free(&again);
	mf_check_list_free(&back);
	mf_check_list_free(&c->list);
}

static void test_wire_hostile(void **state)
{
	static const char *const bad[] = {
		"", "[]", "{}", "{\"items\":[],\"notes\":{}}", "{\"items\":[1],\"notes\":[]}", "{\"items\":[{}],\"notes\":[]}",
		"{\"items\":[{\"from\":99,\"rule\":\"secrets-inherit\",\"title\":\"t\"}],\"notes\":[]}",
		"{\"items\":[{\"from\":0,\"rule\":\"unheard-of\",\"title\":\"t\"}],\"notes\":[]}",
		"{\"items\":[{\"from\":0,\"rule\":\"jwt\",\"title\":\"t\",\"life\":{\"class\":99}}],\"notes\":[]}",
		"{\"items\":[{\"from\":0,\"rule\":\"jwt\",\"title\":\"t\",\"life\":{\"class\":1,\"lifetime\":-5}}],\"notes\":[]}",
		"{\"items\":[{\"from\":0,\"rule\":\"jwt\",\"title\":\"t\",\"fingerprint\":\"0123456789abcdef0123\"}],\"notes\":[]}",
		"{\"items\":[{\"from\":0,\"rule\":\"a\\u0000b\",\"title\":\"t\",\"life\":{\"class\":1}}],\"notes\":[]}",
		"{\"items\":[],\"notes\":[{\"incomplete\":true}]}", "{\"items\":[],\"notes\":[],\"variables\":-1}",
	};

	(void)state;
	for (size_t i = 0; i < MF_COUNT(bad); i++) {
		struct mf_check_list l = { 0 };

		assert_int_equal(mf_check_read(&l, mf_str(bad[i]), &err), -1);
		assert_string_equal(err.id, "MF-CHECK-02");
		assert_int_equal(l.n, 0);
	}
}

static bool no_env(const struct mf_check_item *item, const void *ctx)
{
	(void)ctx;
	return item->from != MF_CHECK_ENV;
}

static void test_filter(void **state)
{
	struct mf_check *c = fresh();
	const struct mf_check_place at = { .from = MF_CHECK_CI, .path = "a.yml" };
	struct mf_check_item *item;

	(void)state;
	add(c, "AWS_ACCESS_KEY_ID", key_id(), &item);
	assert_int_equal(mf_check_habit(c, &at, "secrets-inherit", NULL, &err), 0);
	add(c, "OTHER", key_id(), &item);
	mf_check_list_filter(&c->list, no_env, NULL);
	assert_int_equal(c->list.n, 1);
	assert_string_equal(c->list.v[0].rule, "secrets-inherit");
	mf_check_list_free(&c->list);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_value), cmocka_unit_test(test_shown), cmocka_unit_test(test_habit), cmocka_unit_test(test_rules),
		cmocka_unit_test(test_limit), cmocka_unit_test(test_wire), cmocka_unit_test(test_wire_hostile), cmocka_unit_test(test_filter),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
