/* SPDX-License-Identifier: Apache-2.0 */
/* Compiles our rules when the program is built: rules OUT.c FILE.toml...
 *
 * The table is the same bytes wherever and in whatever order the files are given. Each mistake is told as FILE:line:col, and there is no output then. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <mayfly/fs.h>
#include <mayfly/hash.h>
#include <mayfly/verify.h>

#include "../src/detect/rules_book.h"

enum { OUTPUT_MAX = 64 << 20 };

static const char *const flag_names[] = { "MF_RULE_CASE", "MF_RULE_BLOCK", "MF_RULE_BINARY", "MF_RULE_DECODE", "MF_RULE_GENERIC",
	"MF_RULE_NEXT_LINE", "MF_RULE_RESTARTS", "MF_RULE_NAMED" };
static const char *const severities[] = { "MF_SEV_LOW", "MF_SEV_MEDIUM", "MF_SEV_HIGH", "MF_SEV_CRITICAL" };

struct emit {
	struct mf_buf out;
	struct mf_err *err;
	bool failed;
};

static void put(struct emit *e, const char *fmt, ...) MF_PRINTF(2, 3);

static void put(struct emit *e, const char *fmt, ...)
{
	char line[512];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	e->failed = e->failed || mf_buf_puts(&e->out, line, e->err);
}

/* A string literal; octal has three digits at most, so that what follows cannot be taken for a fourth; '?' may be a trigraph's. */
static void put_string(struct emit *e, const char *s)
{
	if (!s) {
		put(e, "NULL");
		return;
	}
	put(e, "\"");
	for (; *s; s++) {
		const unsigned char c = (unsigned char)*s;

		if (c == '"' || c == '\\' || c == '?')
			put(e, "\\%c", c);
		else if (c < 0x20 || c >= 0x7f)
			put(e, "\\%03o", c);
		else
			put(e, "%c", c);
	}
	put(e, "\"");
}

/* A list of its own, or nothing when it is empty. */
static void put_list(struct emit *e, size_t rule, const char *name, const char *const *v, size_t n)
{
	if (n == 0)
		return;
	put(e, "static const char *const r%zu_%s[] = {", rule, name);
	for (size_t i = 0; i < n; i++) {
		put(e, i ? ", " : " ");
		put_string(e, v[i]);
	}
	put(e, " };\n");
}

static void put_list_use(struct emit *e, size_t rule, const char *field, const char *name, size_t n)
{
	if (n)
		put(e, "\t\t.%s = r%zu_%s, .n_%s = %zu,\n", field, rule, name, field, n);
}

static void put_field(struct emit *e, const char *name, const char *text)
{
	if (!text)
		return;
	put(e, "\t\t.%s = ", name);
	put_string(e, text);
	put(e, ",\n");
}

/* -- parts of a rule, before the table ------------------------------------------------------------------- */

static void put_size(struct emit *e, size_t n)
{
	if (n == SIZE_MAX)
		put(e, "SIZE_MAX");
	else
		put(e, "%zu", n);
}

static void put_required(struct emit *e, size_t i, const struct mf_rule *r)
{
	if (r->n_required == 0)
		return;
	put(e, "static const struct mf_required r%zu_required[] = {", i);
	for (size_t k = 0; k < r->n_required; k++) {
		put(e, k ? ", { " : " { ");
		put_string(e, r->required[k].id);
		put(e, ", ");
		put_size(e, r->required[k].lines);
		put(e, ", ");
		put_size(e, r->required[k].columns);
		put(e, " }");
	}
	put(e, " };\n");
}

static void put_allow(struct emit *e, size_t i, const struct mf_rule_src *s)
{
	char name[64];

	for (size_t k = 0; k < s->n_allow; k++) {
		const struct mf_allow_text *a = &s->allow[k]->text;
		const struct { const char *name; const char *const *v; size_t n; } lists[] = { { "regexes", a->regexes, a->n_regexes },
			{ "paths", a->paths, a->n_paths }, { "commits", a->commits, a->n_commits }, { "stopwords", a->stopwords, a->n_stopwords } };

		for (size_t l = 0; l < MF_COUNT(lists); l++) {
			snprintf(name, sizeof(name), "a%zu_%s", k, lists[l].name);
			put_list(e, i, name, lists[l].v, lists[l].n);
		}
	}
	if (s->n_allow == 0)
		return;
	put(e, "static const struct mf_allow_text r%zu_allow[] = {\n", i);
	for (size_t k = 0; k < s->n_allow; k++) {
		const struct mf_allow_text *a = &s->allow[k]->text;
		const struct { const char *name; size_t n; } lists[] = { { "regexes", a->n_regexes }, { "paths", a->n_paths }, { "commits", a->n_commits },
			{ "stopwords", a->n_stopwords } };

		put(e, "\t{\n\t\t.all = %d, .target = %d,\n", a->all, a->target);
		put_field(e, "description", a->description);
		for (size_t l = 0; l < MF_COUNT(lists); l++) {
			snprintf(name, sizeof(name), "a%zu_%s", k, lists[l].name);
			put_list_use(e, i, lists[l].name, name, lists[l].n);
		}
		put(e, "\t},\n");
	}
	put(e, "};\n");
}

static void put_parts(struct emit *e, size_t i, const struct mf_rule_src *s)
{
	const struct mf_rule *r = &s->rule;

	put_list(e, i, "keywords", r->keywords, r->n_keywords);
	put_list(e, i, "aliases", r->aliases, r->n_aliases);
	put_list(e, i, "tags", r->tags, r->n_tags);
	put_required(e, i, r);
	put_allow(e, i, s);
}

/* -- the table --------------------------------------------------------------------------------------------- */

static void put_flags(struct emit *e, unsigned flags)
{
	const char *sep = "\t\t.flags = ";

	for (size_t i = 0; i < MF_COUNT(flag_names); i++) {
		if (flags & 1u << i) {
			put(e, "%s%s", sep, flag_names[i]);
			sep = " | ";
		}
	}
	put(e, flags ? ",\n" : "");
}

static void put_value(struct emit *e, const struct mf_rule_value *v)
{
	if (!v->least)
		return;
	put(e, "\t\t.value = { %zu, ", v->least);
	put_size(e, v->within);
	put(e, ", {");
	for (size_t i = 0; i < sizeof(v->bytes); i++)
		put(e, " %u,", v->bytes[i]);
	put(e, " } },\n");
}

static void put_rule(struct emit *e, size_t i, const struct mf_rule *r)
{
	put(e, "\t{\n");
	put_field(e, "id", r->id);
	put_field(e, "title", r->title);
	put_field(e, "vendor", r->vendor);
	put_field(e, "opens", r->opens);
	put_field(e, "revoke", r->revoke);
	put_field(e, "source", r->source);
	put_field(e, "check", r->check);
	put_field(e, "lifetime", r->lifetime);
	put_field(e, "end", r->end);
	put_field(e, "regex", r->regex);
	put_field(e, "each", r->each);
	put_field(e, "path", r->path);
	put_list_use(e, i, "keywords", "keywords", r->n_keywords);
	put_list_use(e, i, "aliases", "aliases", r->n_aliases);
	put_list_use(e, i, "tags", "tags", r->n_tags);
	put_list_use(e, i, "required", "required", r->n_required);
	put(e, "\t\t.severity = %s,\n", severities[r->severity]);
	put_flags(e, r->flags);
	if (r->group)
		put(e, "\t\t.group = %u,\n", r->group);
	if (r->entropy > 0)
		put(e, "\t\t.entropy = %a,\n", r->entropy);
	if (r->before)
		put(e, "\t\t.before = %zu,\n", r->before);
	if (r->max)
		put(e, "\t\t.max = %zu,\n", r->max);
	put_value(e, &r->value);
	put(e, "\t},\n");
}

static void put_allows(struct emit *e, const struct mf_book *book)
{
	size_t n = 0;

	put(e, "const struct mf_builtin_allow mf_builtin_allows[] = {\n");
	for (size_t i = 0; i < book->n; i++) {
		if (book->rules[i].src.n_allow == 0)
			continue;
		put(e, "\t{ %zu, r%zu_allow, %zu },\n", i, i, book->rules[i].src.n_allow);
		n++;
	}
	/* no array of C is empty */
	put(e, "%s};\nconst size_t mf_n_builtin_allows = %zu;\n", n ? "" : "\t{ 0 }\n", n);
}

static int put_digest(struct emit *e, const struct mf_book *book)
{
	MF_CLEANUP(mf_buf_free) struct mf_buf b = MF_BUF(OUTPUT_MAX);
	unsigned char digest[32];

	for (size_t i = 0; i < book->n; i++) {
		const struct mf_rule_src *s = &book->rules[i].src;

		if (mf_rule_spell(&b, &s->rule, e->err))
			return -1;
		for (size_t k = 0; k < s->n_allow; k++)
			if (mf_allow_spell(&b, &s->allow[k]->text, e->err))
				return -1;
	}
	mf_sha256(digest, b.p, b.n);
	put(e, "const unsigned char mf_builtin_digest[32] = {");
	for (size_t i = 0; i < sizeof(digest); i++)
		put(e, " %u,", digest[i]);
	put(e, " };\n");
	return 0;
}

static int emit(struct mf_buf *out, const struct mf_book *book, struct mf_err *err)
{
	struct emit e = { .out = MF_BUF(OUTPUT_MAX), .err = err };

	put(&e, "/* made by tools/rules.c from src/detect/rules */\n#include \"rules_src.h\"\n\n");
	for (size_t i = 0; i < book->n; i++)
		put_parts(&e, i, &book->rules[i].src);
	put(&e, "const struct mf_rule mf_builtin_rules[] = {\n");
	for (size_t i = 0; i < book->n; i++)
		put_rule(&e, i, &book->rules[i].src.rule);
	put(&e, "};\nconst size_t mf_n_builtin_rules = %zu;\n", book->n);
	put_allows(&e, book);
	if (put_digest(&e, book) || e.failed) {
		mf_buf_free(&e.out);
		return -1;
	}
	*out = e.out;
	return 0;
}

/* -- files ------------------------------------------------------------------------------------------------- */

static void complain(void *ctx, const struct mf_err *e)
{
	(void)ctx;
	fprintf(stderr, "%s%s%s\n", *e->why ? e->why : e->what, *e->hint ? "; " : "", e->hint);
}

static int read_files(struct mf_book *book, char **files, struct mf_err *err)
{
	for (; *files; files++) {
		MF_CLEANUP(mf_buf_free) struct mf_buf text = MF_BUF(MF_TOML_BYTES);

		if (mf_fs_read(&text, *files, err) || mf_book_add(book, *files, (struct mf_str){ .p = text.p, .n = text.n }, err))
			return -1;
	}
	return mf_book_finish(book, err);
}

static int write_file(const char *path, const struct mf_buf *text, struct mf_err *err)
{
	FILE *f = fopen(path, "we");

	if (!f)
		return mf_fail(err, MF_E_FS_CREATE, "cannot create '%s'", path);
	fwrite(text->p, 1, text->n, f);
	if (ferror(f) | fclose(f))
		return mf_fail(err, MF_E_FS_WRITE, "cannot write '%s'", path);
	return 0;
}

static int compile(const char *out, char **files, struct mf_book *book, struct mf_err *err)
{
	MF_CLEANUP(mf_buf_free) struct mf_buf text = MF_BUF(OUTPUT_MAX);

	if (read_files(book, files, err))
		return -1;
	if (book->errors || book->n == 0)
		return mf_fail(err, MF_E_RULE_CONFIG, book->n ? "%u mistakes in the rules" : "there are no rules", book->errors);
	if (emit(&text, book, err))
		return -1;
	return write_file(out, &text, err);
}

int main(int argc, char **argv)
{
	struct mf_book book = { .checks = mf_check_names, .complain = complain };
	struct mf_err err = { 0 };
	int rc;

	if (argc < 3) {
		fprintf(stderr, "usage: %s OUT.c FILE.toml...\n", argv[0]);
		return 2;
	}
	rc = compile(argv[1], argv + 2, &book, &err);
	mf_book_free(&book);
	if (rc)
		fprintf(stderr, "%s: %s%s%s\n", argv[0], err.what, *err.why ? ": " : "", err.why);
	return rc ? 1 : 0;
}
