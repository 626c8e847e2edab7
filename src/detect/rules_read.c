/* SPDX-License-Identifier: Apache-2.0 */
/* A rule of ours: TOML -> struct mf_rule. Every key is known, has its type, and takes its place in struct mf_rule. */
#include "rules_book.h"

enum { ASSIGN_MAX = 1 << 16, BLOCK_MAX = 16384, CONTEXT_MAX = 1 << 20 };

/* What a rule says, before defaults. */
struct draft {
	const char *id, *title, *opens, *revoke, *source, *regex, *each, *assign, *check, *lifetime, *severity, *block, *path;
	const char *const *keywords, *const *aliases, *const *tags, *const *examples, *const *counter;
	size_t n_keywords, n_aliases, n_tags, n_examples, n_counter;
	bool match_case, binary, decode, generic, restarts, any_name;
	bool has_binary, has_decode;
	int64_t group, max;
	double entropy;
};

enum kind { TEXT, LIST, BOOL, COUNT, REAL, REQUIRED, ALLOW };

struct key {
	const char *name;
	enum kind kind;
	size_t at, n_at;	/* n_at: a list's number, or whether a boolean was given */
};

#define TEXT_KEY(name, field) { name, TEXT, offsetof(struct draft, field), 0 }
#define LIST_KEY(name, field) { name, LIST, offsetof(struct draft, field), offsetof(struct draft, n_##field) }

static const struct key keys[] = {
	TEXT_KEY("id", id), TEXT_KEY("title", title), TEXT_KEY("opens", opens), TEXT_KEY("revoke", revoke), TEXT_KEY("source", source),
	TEXT_KEY("regex", regex), TEXT_KEY("each", each), TEXT_KEY("assign", assign), TEXT_KEY("check", check), TEXT_KEY("lifetime", lifetime),
	TEXT_KEY("severity", severity), TEXT_KEY("block", block), TEXT_KEY("path", path),
	LIST_KEY("keywords", keywords), LIST_KEY("aliases", aliases), LIST_KEY("tags", tags), LIST_KEY("examples", examples),
	LIST_KEY("counter", counter),
	{ "case", BOOL, offsetof(struct draft, match_case), 0 },
	{ "generic", BOOL, offsetof(struct draft, generic), 0 },
	{ "restarts", BOOL, offsetof(struct draft, restarts), 0 },
	{ "any_name", BOOL, offsetof(struct draft, any_name), 0 },
	{ "binary", BOOL, offsetof(struct draft, binary), offsetof(struct draft, has_binary) },
	{ "decode", BOOL, offsetof(struct draft, decode), offsetof(struct draft, has_decode) },
	{ "group", COUNT, offsetof(struct draft, group), 0 },
	{ "max", COUNT, offsetof(struct draft, max), 0 },
	{ "entropy", REAL, offsetof(struct draft, entropy), 0 },
	{ "required", REQUIRED, 0, 0 },
	{ "allowlists", ALLOW, 0, 0 },
};

struct reading {
	struct mf_book *book;
	struct mf_book_rule *out;
	struct draft d;
	const char *file, *vendor;
	struct mf_err *err;
};

/* -- values ---------------------------------------------------------------------------------------------- */

static int mistyped(struct reading *r, const char *key, const struct mf_tnode *n, const char *want)
{
	return mf_rule_fail(r->err, r->file, mf_toml_pos(n), "'%s' takes %s, not %s", key, want, mf_toml_type_name(mf_toml_type(n)));
}

static int read_text(struct reading *r, const char **out, const char *key, const struct mf_tnode *n)
{
	const struct mf_str s = mf_toml_text(n);

	if (mf_toml_type(n) != MF_T_STRING)
		return mistyped(r, key, n, "a string");
	if (s.n == 0 || memchr(s.p, '\0', s.n))
		return mf_rule_fail(r->err, r->file, mf_toml_pos(n), s.n ? "'%s' holds a NUL byte" : "'%s' is empty", key);
	*out = mf_rule_pool_str(&r->book->pool, s);
	return *out ? 0 : mf_fail_nomem(r->err);
}

static int read_list(struct reading *r, const char *const **out, size_t *n_out, const char *key, const struct mf_tnode *n)
{
	const size_t count = mf_toml_size(n);
	const char **list;

	if (mf_toml_type(n) != MF_T_ARRAY)
		return mistyped(r, key, n, "an array of strings");
	list = mf_rule_pool_get(&r->book->pool, (count + 1) * sizeof(*list));
	if (!list)
		return mf_fail_nomem(r->err);
	for (size_t i = 0; i < count; i++)
		if (read_text(r, &list[i], key, mf_toml_at(n, i)))
			return -1;
	*out = list;
	*n_out = count;
	return 0;
}

static int read_count(struct reading *r, int64_t *out, const char *key, const struct mf_tnode *n)
{
	int64_t v;

	if (!mf_toml_int(&v, n) || v < 1 || v > CONTEXT_MAX)
		return mf_rule_fail(r->err, r->file, mf_toml_pos(n), "'%s' takes a number from 1 to %d", key, CONTEXT_MAX);
	*out = v;
	return 0;
}

static int read_required_one(struct reading *r, struct mf_required *out, const struct mf_tnode *n)
{
	int64_t v;

	*out = (struct mf_required){ .lines = SIZE_MAX, .columns = SIZE_MAX };
	for (size_t i = 0; mf_toml_type(n) == MF_T_TABLE && i < mf_toml_size(n); i++) {
		const struct mf_str key = mf_toml_key_at(n, i);
		const struct mf_tnode *value = mf_toml_at(n, i);

		if (mf_str_is(key, "id")) {
			if (read_text(r, &out->id, "required.id", value))
				return -1;
			continue;
		}
		if (!mf_str_is(key, "lines") && !mf_str_is(key, "columns"))
			return mf_rule_fail(r->err, r->file, mf_toml_pos(value), "'required' has no '%s': there are id, lines and columns", key.p);
		if (read_count(r, &v, key.p, value))
			return -1;
		*(key.p[0] == 'l' ? &out->lines : &out->columns) = (size_t)v;
	}
	return out->id ? 0 : mf_rule_fail(r->err, r->file, mf_toml_pos(n), "'required' takes tables with an id: [{ id = \"...\", lines = 5 }]");
}

static int read_required(struct reading *r, const struct mf_tnode *n)
{
	const size_t count = mf_toml_size(n);
	struct mf_required *list;

	if (mf_toml_type(n) != MF_T_ARRAY)
		return mistyped(r, "required", n, "an array of tables");
	list = mf_rule_pool_get(&r->book->pool, (count + 1) * sizeof(*list));
	if (!list)
		return mf_fail_nomem(r->err);
	for (size_t i = 0; i < count; i++)
		if (read_required_one(r, &list[i], mf_toml_at(n, i)))
			return -1;
	r->out->src.rule.required = list;
	r->out->src.rule.n_required = count;
	return 0;
}

static int read_allow(struct reading *r, const struct mf_tnode *n)
{
	struct mf_rule_src *src = &r->out->src;
	const size_t count = mf_toml_size(n);
	const struct mf_allow_place place = { .file = r->file, .label = r->d.id, .strict = true };

	if (mf_toml_type(n) != MF_T_ARRAY)
		return mistyped(r, "allowlists", n, "tables: [[rule.allowlists]]");
	src->allow = mf_rule_pool_get(&r->book->pool, (count + 1) * sizeof(*src->allow));
	if (!src->allow)
		return mf_fail_nomem(r->err);
	for (; src->n_allow < count; src->n_allow++)
		if (mf_allow_read(&src->allow[src->n_allow], &r->book->pool, &place, mf_toml_at(n, src->n_allow), r->err))
			return -1;
	return 0;
}

static int read_value(struct reading *r, const struct key *k, const struct mf_tnode *n)
{
	char *d = (char *)&r->d;

	switch (k->kind) {
	case TEXT:
		return read_text(r, (const char **)(d + k->at), k->name, n);
	case LIST:
		return read_list(r, (const char *const **)(d + k->at), (size_t *)(d + k->n_at), k->name, n);
	case BOOL:
		if (!mf_toml_bool((bool *)(d + k->at), n))
			return mistyped(r, k->name, n, "true or false");
		if (k->n_at)
			*(bool *)(d + k->n_at) = true;
		return 0;
	case COUNT:
		return read_count(r, (int64_t *)(d + k->at), k->name, n);
	case REAL:
		return mf_toml_double((double *)(d + k->at), n) ? 0 : mistyped(r, k->name, n, "a number");
	case REQUIRED:
		return read_required(r, n);
	default:
		return read_allow(r, n);
	}
}


static int read_keys(struct reading *r, const struct mf_tnode *n)
{
	const char *names[MF_COUNT(keys)];

	for (size_t i = 0; i < MF_COUNT(keys); i++)
		names[i] = keys[i].name;
	for (size_t i = 0; i < mf_toml_size(n); i++) {
		const struct mf_str key = mf_toml_key_at(n, i);
		size_t k = 0;

		while (k < MF_COUNT(keys) && !mf_str_is(key, keys[k].name))
			k++;
		if (k == MF_COUNT(keys))
			return mf_rule_unknown_key(r->err, r->file, mf_toml_at(n, i), "a rule", key, names, MF_COUNT(names));
		if (read_value(r, &keys[k], mf_toml_at(n, i)))
			return -1;
	}
	return 0;
}

/* -- a rule ---------------------------------------------------------------------------------------------- */

static int expand_assign(struct reading *r)
{
	MF_CLEANUP(mf_buf_free) struct mf_buf b = MF_BUF(ASSIGN_MAX);

	if (mf_rule_assign(&b, r->d.keywords, r->d.n_keywords, r->d.match_case, r->d.assign, r->err))
		return -1;
	r->d.regex = mf_rule_pool_str(&r->book->pool, mf_str(mf_buf_text(&b)));
	r->out->assign = true;
	r->out->value = r->d.assign;
	return r->d.regex ? 0 : mf_fail_nomem(r->err);
}

/* Keywords of so many characters, in exactly this case, begin a token and not a word. */
static bool has_shape(const struct draft *d, size_t least)
{
	for (size_t i = 0; i < d->n_keywords; i++)
		if (strlen(d->keywords[i]) < least)
			return false;
	return d->match_case && d->n_keywords;
}

static unsigned flags(const struct draft *d)
{
	/* what is decoded is text and little; a binary file has every three bytes somewhere */
	const bool decode = d->has_decode ? d->decode : has_shape(d, 3), binary = d->has_binary ? d->binary : has_shape(d, 4);

	return (d->match_case ? MF_RULE_CASE : 0u) | (d->block ? MF_RULE_BLOCK : 0u) | (d->generic ? MF_RULE_GENERIC : 0u) | (d->assign ? MF_RULE_NEXT_LINE : 0u) |
	       (d->restarts ? MF_RULE_RESTARTS : 0u) | (d->assign && !d->generic && !d->any_name ? MF_RULE_NAMED : 0u) | (binary ? MF_RULE_BINARY : 0u) | (decode ? MF_RULE_DECODE : 0u);
}

static int severity(struct reading *r, struct mf_tpos pos, enum mf_severity *out)
{
	*out = MF_SEV_HIGH;
	if (!r->d.severity)
		return 0;
	for (int s = MF_SEV_LOW; s <= MF_SEV_CRITICAL; s++) {
		if (strcmp(r->d.severity, mf_severity_name((enum mf_severity)s)) == 0) {
			*out = (enum mf_severity)s;
			return 0;
		}
	}
	return mf_rule_fail(r->err, r->file, pos, "rule '%s': severity is critical, high, medium or low", r->d.id);
}

static int settle(struct reading *r, struct mf_tpos pos)
{
	struct mf_rule *out = &r->out->src.rule;
	struct draft *d = &r->d;

	/* unless case counts, keywords are compared in lower case */
	d->keywords = d->match_case ? d->keywords : mf_rule_pool_lower(&r->book->pool, d->keywords, d->n_keywords);
	if (!d->match_case && !d->keywords)
		return mf_fail_nomem(r->err);
	if (d->regex && d->assign)
		return mf_rule_fail(r->err, r->file, pos, "rule '%s' has both 'regex' and 'assign'", d->id);
	if (d->any_name && (!d->assign || d->generic))
		return mf_rule_fail(r->err, r->file, pos, "rule '%s': any_name is for 'assign' without 'generic'", d->id);
	if (d->assign && d->n_keywords && expand_assign(r))
		return -1;
	if (severity(r, pos, &out->severity))
		return -1;
	out->id = d->id;
	out->title = d->title;
	out->vendor = r->vendor;
	out->opens = d->opens;
	out->revoke = d->revoke;
	out->source = d->source;
	out->check = d->check;
	out->lifetime = d->lifetime ? d->lifetime : "api_key";
	out->end = d->block;
	out->regex = d->regex;
	out->each = d->each;
	out->path = d->path;
	out->keywords = d->keywords;
	out->n_keywords = d->n_keywords;
	out->aliases = d->aliases;
	out->n_aliases = d->n_aliases;
	out->tags = d->tags;
	out->n_tags = d->n_tags;
	out->flags = flags(d);
	out->group = (unsigned)d->group;
	out->entropy = d->entropy;
	out->max = d->max ? (size_t)d->max : d->block ? BLOCK_MAX : 0;
	return 0;
}

/* Both kinds of examples: enough of them, and templates that mean something. */
static int examples(struct reading *r, const struct mf_tnode *n, const char *key, const char *const *list, size_t count)
{
	if (count < 2)
		return mf_rule_fail(r->err, r->file, mf_toml_pos(n), "rule '%s' needs at least two entries in '%s'", r->d.id, key);
	for (size_t i = 0; i < count; i++) {
		const char *mistake = mf_template_mistake(mf_str(list[i]), r->book->checks);

		if (mistake)
			return mf_rule_fail(r->err, r->file, mf_toml_pos(mf_toml_at(mf_toml_get(n, key), i)), "rule '%s', %s: %s", r->d.id, key, mistake);
	}
	return 0;
}

int mf_book_read_rule(struct mf_book *book, struct mf_book_rule *out, const char *file, const char *vendor, const struct mf_tnode *n, struct mf_err *err)
{
	struct reading reading = { .book = book, .out = out, .file = file, .vendor = vendor, .err = err }, *r = &reading;

	if (mf_toml_type(n) != MF_T_TABLE)
		return mistyped(r, "rule", n, "tables: [[rule]]");
	r->out->src.file = r->file;
	r->out->src.pos = mf_toml_pos(n);
	/* for messages, before the other keys */
	if (!mf_toml_get(n, "id"))
		return mf_rule_fail(r->err, r->file, mf_toml_pos(n), "a rule has no 'id'");
	if (read_text(r, &r->d.id, "id", mf_toml_get(n, "id")) || read_keys(r, n) || settle(r, mf_toml_pos(n)))
		return -1;
	if (examples(r, n, "examples", r->d.examples, r->d.n_examples) || examples(r, n, "counter", r->d.counter, r->d.n_counter))
		return -1;
	return mf_book_check(r->book, r->out, r->err);
}
