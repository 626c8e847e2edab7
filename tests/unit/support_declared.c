/* SPDX-License-Identifier: Apache-2.0 */
#include "unit.h"
#include "support_declared.h"

#include <stdlib.h>

enum { FILES = 8 };

static int by_path(const void *a, const void *b)
{
	return strcmp(((const struct mf_dc_file *)a)->path, ((const struct mf_dc_file *)b)->path);
}

void declared_check(struct mf_check *c, const struct mf_dc_family *family, const char *const *files)
{
	struct mf_dc_file v[FILES] = { 0 }, f;
	struct mf_declared d = { .v = v };
	struct mf_err err = { 0 };

	*c = (struct mf_check){ .now = DECLARED_NOW };
	for (; files[2 * d.n]; d.n++) {
		assert_true(d.n < FILES);
		v[d.n] = (struct mf_dc_file){ .path = (char *)(uintptr_t)files[2 * d.n], .bytes = mf_str(files[2 * d.n + 1]), .family = family };
	}
	assert_true(family->wants(v[0].path));
	if (family->yaml && mf_yaml_parse(&v[0].yaml, v[0].path, v[0].bytes.p, v[0].bytes.n, &err))
		fail_msg("%s: %s", err.what, err.why);
	f = v[0];
	qsort(v, d.n, sizeof(*v), by_path);
	assert_int_equal(family->check(&d, &f, c, &err), 0);
	mf_yaml_free(f.yaml);
}

const struct mf_check_item *declared_item(const struct mf_check *c, const char *rule, size_t n)
{
	for (size_t i = 0; i < c->list.n; i++)
		if (strcmp(c->list.v[i].rule, rule) == 0 && n-- == 0)
			return &c->list.v[i];
	return NULL;
}

static void show(const struct mf_check *c, const char *text)
{
	print_message("%s\n", text);
	for (size_t i = 0; i < c->list.n; i++)
		print_message("  %s %s %u:%u\n", c->list.v[i].rule, c->list.v[i].name ? c->list.v[i].name : "-", c->list.v[i].line, c->list.v[i].col);
}

void declared_count(const struct mf_dc_family *family, const char *path, const char *text, size_t want)
{
	struct mf_check c;

	declared_check(&c, family, (const char *const[]){ path, text, NULL, NULL });
	if (c.list.n != want)
		show(&c, text);
	assert_int_equal(c.list.n, want);
	mf_check_list_free(&c.list);
}

void declared_one(const struct mf_dc_family *family, const char *path, const char *text, const char *rule, const char *name, unsigned line, unsigned col)
{
	struct mf_check c;

	declared_check(&c, family, (const char *const[]){ path, text, NULL, NULL });
	if (c.list.n != 1 || c.list.v[0].line != line || c.list.v[0].col != col)
		show(&c, text);
	assert_int_equal(c.list.n, 1);
	assert_string_equal(c.list.v[0].rule, rule);
	if (name)
		assert_string_equal(c.list.v[0].name, name);
	assert_int_equal(c.list.v[0].line, line);
	assert_int_equal(c.list.v[0].col, col);
	mf_check_list_free(&c.list);
}
