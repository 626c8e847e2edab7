/* SPDX-License-Identifier: Apache-2.0 */
/* What a rule of ours has to fulfil, so that the build fails and not a scan: nothing missing, names that exist, an expression of which every match
 * holds a keyword at a bounded distance. */
#include "rules_book.h"

#include <stdio.h>
#include <stdlib.h>

enum { KEYWORD_MIN = 3, KEYWORD_MAX = 64, BEFORE_MAX = 512 };

static const char *const lifetimes[] = { "ci_token", "human_session", "service_token", "database", "ssh", "tls", "tls_ca", "secret_id", "api_key" };

static int wrong(const struct mf_book_rule *r, struct mf_err *err, const char *text, const char *value)
{
	return mf_rule_fail(err, r->src.file, r->src.pos, "rule '%s': %s%s%s%s", r->src.rule.id, text, value ? " '" : "", value ? value : "", value ? "'" : "");
}

/* -- names and texts ------------------------------------------------------------------------------------- */

static bool id_shape(const char *id)
{
	bool hyphen = true;

	for (; *id; id++) {
		if (*id == '-' ? hyphen : !((*id >= 'a' && *id <= 'z') || (*id >= '0' && *id <= '9')))
			return false;
		hyphen = *id == '-';
	}
	return !hyphen;
}

static bool one_line(const char *s)
{
	for (; *s; s++)
		if ((unsigned char)*s < 0x20 || *s == 0x7f)
			return false;
	return true;
}

static int check_texts(const struct mf_book_rule *r, struct mf_err *err)
{
	const struct mf_rule *u = &r->src.rule;
	const struct { const char *name, *text; } texts[] = { { "title", u->title }, { "opens", u->opens }, { "revoke", u->revoke }, { "source", u->source } };

	if (!id_shape(u->id))
		return wrong(r, err, "an id is made of lower-case letters, digits and single hyphens", NULL);
	for (size_t i = 0; i < MF_COUNT(texts); i++) {
		if (!texts[i].text)
			return wrong(r, err, "it lacks", texts[i].name);
		if (!one_line(texts[i].text))
			return wrong(r, err, "a line end or control character stands in", texts[i].name);
	}
	if (strncmp(u->source, "https://", 8) != 0 || strpbrk(u->source, " <>\"'`\\"))
		return wrong(r, err, "'source' takes an https:// URL, not", u->source);
	if (u->entropy < 0 || u->entropy > 8)
		return wrong(r, err, "'entropy' is between 0 and 8 bits a character", NULL);
	return 0;
}

static int check_names(const struct mf_book *book, const struct mf_book_rule *r, struct mf_err *err)
{
	const struct mf_rule *u = &r->src.rule;
	size_t n = 0, i = 0;

	while (i < MF_COUNT(lifetimes) && strcmp(lifetimes[i], u->lifetime) != 0)
		i++;
	if (i == MF_COUNT(lifetimes)) {
		wrong(r, err, "there is no lifetime class", u->lifetime);
		return mf_rule_hint(err, u->lifetime, lifetimes, MF_COUNT(lifetimes));
	}
	if (!u->check)
		return 0;
	for (; book->checks && book->checks[n]; n++)
		if (strcmp(book->checks[n], u->check) == 0)
			return 0;
	wrong(r, err, "there is no structure check", u->check);
	return mf_rule_hint(err, u->check, book->checks, n);
}

static int check_keywords(const struct mf_book_rule *r, struct mf_err *err)
{
	const struct mf_rule *u = &r->src.rule;

	if (!u->regex && !u->path)
		return wrong(r, err, "it has neither 'regex' nor 'assign' (nor 'path' alone)", NULL);
	if (u->n_keywords == 0)
		return u->regex ? wrong(r, err, "it lacks 'keywords'", NULL) : 0;
	for (size_t i = 0; i < u->n_keywords; i++) {
		const size_t len = strlen(u->keywords[i]);

		if (len < KEYWORD_MIN || len > KEYWORD_MAX || !one_line(u->keywords[i]))
			return wrong(r, err, "a keyword has 3 to 64 characters in one line, unlike", u->keywords[i]);
		for (size_t k = 0; k < i; k++)
			if (strcmp(u->keywords[k], u->keywords[i]) == 0)
				return wrong(r, err, "a keyword occurs twice:", u->keywords[i]);
	}
	return 0;
}

/* -- the expression -------------------------------------------------------------------------------------- */

static int check_keyword_in_match(struct mf_book_rule *r, struct mf_err *err)
{
	struct mf_rule *u = &r->src.rule;
	char without[48];

	if (mf_rule_prove(u, &u->before, without, err))
		return -1;
	if (*without)
		return wrong(r, err, "a match need not hold a keyword; this is the end of one that holds none:", without);
	if ((u->flags & MF_RULE_BLOCK) && u->before)
		return wrong(r, err, "a block's expression begins with its keyword", NULL);
	if (u->before > BEFORE_MAX)
		return wrong(r, err, "what a match may have before its keyword is not bounded (512 bytes at most)", NULL);
	return 0;
}

static int check_facts(struct mf_book_rule *r, const struct mf_re_facts *f, struct mf_err *err)
{
	if (r->src.rule.group > f->groups)
		return wrong(r, err, "the expression has no group of the number that 'group' names", NULL);
	if (f->min == 0)
		return wrong(r, err, "the expression matches no text at all, too", NULL);
	if (f->anchored)
		return wrong(r, err, "the expression is tied to the beginning of the text", NULL);
	return check_keyword_in_match(r, err);
}

static int check_regex(struct mf_book_rule *r, const char *key, const char *text, bool facts, struct mf_err *err)
{
	struct mf_regex *re;
	char label[160];
	int rc;

	if (!text)
		return 0;
	snprintf(label, sizeof(label), "rule '%.100s', %s", r->src.rule.id, key);
	if (mf_rule_regex(&re, r->src.file, r->src.pos, label, text, err))
		return -1;
	rc = facts ? check_facts(r, mf_regex_facts(re), err) : 0;
	mf_regex_free(re);
	return rc;
}

int mf_book_check(struct mf_book *book, struct mf_book_rule *r, struct mf_err *err)
{
	if (check_texts(r, err) || check_names(book, r, err) || check_keywords(r, err))
		return -1;
	if (check_regex(r, r->assign ? "assign" : "regex", r->src.rule.regex, true, err))
		return -1;
	if (r->assign && mf_rule_value_of(&r->src.rule.value, r->value, r->src.rule.regex, err))
		return -1;
	if (r->src.rule.each && !(r->src.rule.flags & MF_RULE_BLOCK))
		return wrong(r, err, "'each' is for what is found in a block", NULL);
	return check_regex(r, "each", r->src.rule.each, false, err) || check_regex(r, "path", r->src.rule.path, false, err) ? -1 : 0;
}

/* -- all rules together ---------------------------------------------------------------------------------- */

static int by_id(const void *a, const void *b)
{
	return strcmp(((const struct mf_book_rule *)a)->src.rule.id, ((const struct mf_book_rule *)b)->src.rule.id);
}

static const struct mf_book_rule *find(const struct mf_book *book, const char *id)
{
	for (size_t i = 0; i < book->n; i++)
		if (strcmp(book->rules[i].src.rule.id, id) == 0)
			return &book->rules[i];
	return NULL;
}

/* An alias of one file may stand for several of its rules, and be the id of one, where others have one rule for what are several formats. */
static int check_alias(const struct mf_book *book, const struct mf_book_rule *r, const char *alias, struct mf_err *err)
{
	for (size_t i = 0; i < book->n; i++) {
		const struct mf_book_rule *o = &book->rules[i];

		if (strcmp(o->src.rule.id, alias) == 0)
			return o->src.file == r->src.file ? 0 : wrong(r, err, "an alias is another rule's id:", alias);
		for (size_t k = 0; o != r && o->src.file != r->src.file && k < o->src.rule.n_aliases; k++)
			if (strcmp(o->src.rule.aliases[k], alias) == 0)
				return wrong(r, err, "a rule of another file has the same alias:", alias);
	}
	return 0;
}

static int check_together(const struct mf_book *book, const struct mf_book_rule *r, struct mf_err *err)
{
	for (size_t i = 0; i < r->src.rule.n_required; i++)
		if (!find(book, r->src.rule.required[i].id))
			return wrong(r, err, "it requires a rule that does not exist:", r->src.rule.required[i].id);
	for (size_t i = 0; i < r->src.rule.n_aliases; i++)
		if (check_alias(book, r, r->src.rule.aliases[i], err))
			return -1;
	return 0;
}

int mf_book_finish(struct mf_book *book, struct mf_err *err)
{
	if (book->n)
		qsort(book->rules, book->n, sizeof(*book->rules), by_id);
	for (size_t i = 0; i < book->n; i++) {
		const struct mf_book_rule *r = &book->rules[i];

		if (i && by_id(r - 1, r) == 0) {
			mf_rule_fail(err, r->src.file, r->src.pos, "rule '%s' exists already, in %s:%u", r->src.rule.id, r[-1].src.file, r[-1].src.pos.line);
			mf_book_complain(book, err);
		} else if (check_together(book, r, err)) {
			mf_book_complain(book, err);
		}
	}
	return 0;
}
