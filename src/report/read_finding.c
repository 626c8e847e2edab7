/* SPDX-License-Identifier: Apache-2.0 */
/* One finding of a JSON report. What it says is believed only as far as it has the shape that our writer gives it. */
#include "read.h"

#include <limits.h>
#include <stdlib.h>
#include <mayfly/alloc.h>
#include <mayfly/clock.h>
#include <mayfly/enc.h>
#include "json.h"
#include "show.h"

enum { RULE_ID_MAX = 255 };

static int bad(struct mf_err *err, const char *key)
{
	return mf_fail(err, MF_E_REPORT_READ, "'%s' is not what a report of mayfly has there", key);
}

int mf_read_text(char **out, const struct mf_json *doc, const struct mf_jnode *n, const char *key, struct mf_err *err)
{
	const struct mf_jnode *m = mf_json_get_z(n, key);
	struct mf_str s;
	char *copy;

	if (!m || mf_json_type(m) == MF_J_NULL) {
		*out = NULL;
		return 0;
	}
	if (mf_json_need_str(&s, doc, n, key, err))
		return -1;
	if (s.n && memchr(s.p, '\0', s.n))
		return bad(err, key);
	copy = mf_strndup(s.p ? s.p : "", s.n);
	if (!copy)
		return mf_fail_nomem(err);
	*out = copy;
	return 0;
}

int mf_read_count(uint64_t *out, const struct mf_json *doc, const struct mf_jnode *n, const char *key, uint64_t most, struct mf_err *err)
{
	int64_t v = 0;

	if (mf_json_need_int(&v, doc, n, key, err))
		return -1;
	if (v < 0 || (uint64_t)v > most)
		return bad(err, key);
	*out = (uint64_t)v;
	return 0;
}

int mf_read_time(int64_t *out, const struct mf_json *doc, const struct mf_jnode *n, const char *key, struct mf_err *err)
{
	const struct mf_jnode *m = mf_json_get_z(n, key);
	struct mf_str s;

	if (!m || mf_json_type(m) == MF_J_NULL) {
		*out = 0;
		return 0;
	}
	if (mf_json_need_str(&s, doc, n, key, err))
		return -1;
	return mf_time_parse(out, s) ? 0 : bad(err, key);
}

static int number(unsigned *out, const struct mf_json *doc, const struct mf_jnode *n, const char *key, struct mf_err *err)
{
	uint64_t v = 0;

	if (mf_read_count(&v, doc, n, key, UINT_MAX - 1, err))
		return -1;
	*out = (unsigned)v;
	return 0;
}

/* Bytes that may hold NUL. */
static int bytes(char **out, size_t *len, const struct mf_json *doc, const struct mf_jnode *n, const char *key, struct mf_err *err)
{
	struct mf_str s;
	char *copy;

	if (mf_json_need_str(&s, doc, n, key, err))
		return -1;
	copy = malloc(s.n + 1);
	if (!copy)
		return mf_fail_nomem(err);
	if (s.n)
		memcpy(copy, s.p, s.n);
	copy[s.n] = '\0';
	*out = copy;
	*len = s.n;
	return 0;
}

static int one_of(int *out, const char *(*name)(int), int count, const struct mf_json *doc, const struct mf_jnode *n, const char *key, struct mf_err *err)
{
	struct mf_str s;

	if (mf_json_need_str(&s, doc, n, key, err))
		return -1;
	for (int i = 0; i < count; i++)
		if (name(i) && mf_str_is(s, name(i))) {
			*out = i;
			return 0;
		}
	return bad(err, key);
}

static const char *severity(int i)
{
	return mf_severity_name((enum mf_severity)i);
}

static const char *format(int i)
{
	return mf_format_name((enum mf_verdict_format)i);
}

static const char *source(int i)
{
	return mf_show_source((enum mf_source)i);
}

static const char *pass_name(int i)
{
	return mf_show_pass((enum mf_pass)i);
}

static int hex(char **out, const struct mf_json *doc, const struct mf_jnode *n, const char *key, size_t oid_len, struct mf_err *err)
{
	char *s;
	size_t len;

	if (mf_read_text(&s, doc, n, key, err))
		return -1;
	len = s ? strlen(s) : 0;
	if (s && (strspn(s, "0123456789abcdef") != len || (oid_len ? len != 2 * oid_len : len != 40 && len != 64))) {
		free(s);
		return bad(err, key);
	}
	*out = s;
	return 0;
}

static int decoded(char **out, struct mf_str s, const char *key, struct mf_err *err)
{
	char *p = malloc(s.n / 4 * 3 + 4);
	size_t n;

	if (!p)
		return mf_fail_nomem(err);
	if (mf_b64_decode(p, &n, s.p ? s.p : "", s.n, MF_B64_STD, err) || memchr(p, '\0', n)) {
		free(p);
		return bad(err, key);
	}
	p[n] = '\0';
	*out = p;
	return 0;
}

/* The readable list, or the exact one where there is one. */
static int more_paths(struct mf_finding *f, const struct mf_json *doc, const struct mf_jnode *n, struct mf_err *err)
{
	const struct mf_jnode *exact = mf_json_get_z(n, "more_paths_b64"), *list = exact ? exact : mf_json_get_z(n, "more_paths");
	const size_t count = mf_json_size(list);

	if (mf_json_type(list) != MF_J_ARRAY || mf_json_size(mf_json_get_z(n, "more_paths")) != count)
		return bad(err, "more_paths");
	if (count == 0)
		return 0;
	f->more_paths = mf_calloc(count, sizeof(*f->more_paths));
	if (!f->more_paths)
		return mf_fail_nomem(err);
	for (const struct mf_jnode *m = mf_json_first(list); m; m = mf_json_next(m)) {
		const struct mf_str s = mf_json_text(doc, m);
		char *copy = NULL;

		if (mf_json_type(m) != MF_J_STRING || (s.n && memchr(s.p, '\0', s.n)))
			return bad(err, "more_paths");
		if (exact ? decoded(&copy, s, "more_paths_b64", err) : (copy = mf_strndup(s.p ? s.p : "", s.n)) ? 0 : mf_fail_nomem(err))
			return -1;
		f->more_paths[f->n_more_paths++] = copy;
	}
	return 0;
}

/* Not in reports of rules without any. */
static int tags(struct mf_finding *f, const struct mf_json *doc, const struct mf_jnode *n, struct mf_err *err)
{
	const struct mf_jnode *list = mf_json_get_z(n, "tags");

	if (!list)
		return 0;
	if (mf_json_type(list) != MF_J_ARRAY)
		return bad(err, "tags");
	f->tags = mf_calloc(mf_json_size(list) + 1, sizeof(*f->tags));
	if (!f->tags)
		return mf_fail_nomem(err);
	for (const struct mf_jnode *m = mf_json_first(list); m; m = mf_json_next(m)) {
		const struct mf_str s = mf_json_text(doc, m);

		if (mf_json_type(m) != MF_J_STRING || (s.n && memchr(s.p, '\0', s.n)))
			return bad(err, "tags");
		f->tags[f->n_tags] = mf_strndup(s.p ? s.p : "", s.n);
		if (!f->tags[f->n_tags])
			return mf_fail_nomem(err);
		f->n_tags++;
	}
	return 0;
}

static int paths(struct mf_finding *f, const struct mf_json *doc, const struct mf_jnode *n, struct mf_err *err)
{
	struct mf_str s;

	if (mf_json_get_z(n, "path_b64")) {
		if (mf_json_need_str(&s, doc, n, "path_b64", err) || decoded(&f->path, s, "path_b64", err))
			return -1;
	} else if (mf_read_text(&f->path, doc, n, "path", err)) {
		return -1;
	}
	return f->path ? more_paths(f, doc, n, err) : bad(err, "path");
}

static int author(struct mf_finding *f, const struct mf_json *doc, const struct mf_jnode *n, struct mf_err *err)
{
	const struct mf_jnode *a = mf_json_get_z(n, "author");
	int64_t tz = 0;

	if (mf_json_type(a) == MF_J_NULL)
		return 0;
	if (mf_read_text(&f->author, doc, a, "name", err) || mf_read_text(&f->email, doc, a, "email", err) ||
	    mf_json_need_int(&f->date, doc, a, "time", err) || mf_json_need_int(&tz, doc, a, "tz", err))
		return -1;
	if (tz < -6000 || tz > 6000)
		return bad(err, "tz");
	f->tz = (int)tz;
	return 0;
}

static int place(struct mf_finding *f, const struct mf_json *doc, const struct mf_jnode *n, size_t oid_len, struct mf_err *err)
{
	int where = 0;

	if (one_of(&where, source, MF_SRC_STDIN + 1, doc, n, "source", err) || mf_read_text(&f->repo, doc, n, "repo", err) ||
	    hex(&f->commit, doc, n, "commit", oid_len, err) || hex(&f->blob, doc, n, "blob", oid_len, err) || author(f, doc, n, err) ||
	    mf_read_count(&f->order, doc, n, "order", INT64_MAX, err) ||
	    mf_read_count(&f->versions, doc, n, "versions", INT64_MAX, err) || mf_json_opt_bool(&f->boundary, n, "boundary", false, err) || number(&f->line, doc, n, "line", err) ||
	    number(&f->col, doc, n, "column", err) || number(&f->end_line, doc, n, "end_line", err) || number(&f->end_col, doc, n, "end_column", err))
		return -1;
	f->source = (enum mf_source)where;
	/* of one repository */
	return f->commit && f->blob && strlen(f->commit) != strlen(f->blob) ? bad(err, "blob") : 0;
}

static int id(struct mf_finding *f, const struct mf_json *doc, const struct mf_jnode *n, struct mf_err *err)
{
	struct mf_str s;

	if (mf_json_opt_str(&s, doc, n, "id", "", err))
		return -1;
	if (s.n && (s.n != 32 || strspn(s.p, "0123456789abcdef") != 32))
		return bad(err, "id");
	memcpy(f->fingerprint_id, s.p ? s.p : "", s.n);
	f->fingerprint_id[s.n] = '\0';
	return 0;
}

static int entropy(struct mf_finding *f, const struct mf_json *doc, const struct mf_jnode *n, struct mf_err *err)
{
	const struct mf_jnode *m = mf_json_get_z(n, "entropy");
	const struct mf_str s = mf_json_text(doc, m);
	char text[40];

	if (mf_json_type(m) != MF_J_NUMBER || s.n >= sizeof(text))
		return bad(err, "entropy");
	memcpy(text, s.p, s.n);
	text[s.n] = '\0';
	f->entropy = strtod(text, NULL);
	return f->entropy >= 0 && f->entropy <= 32 ? 0 : bad(err, "entropy");
}

static int encoding(struct mf_finding *f, const struct mf_json *doc, const struct mf_jnode *n, struct mf_err *err)
{
	const struct mf_jnode *list = mf_json_get_z(n, "encoding");

	if (mf_json_type(list) != MF_J_ARRAY)
		return bad(err, "encoding");
	for (const struct mf_jnode *m = mf_json_first(list); m; m = mf_json_next(m)) {
		const unsigned before = f->encoding;

		for (size_t i = 0; i < MF_COUNT(mf_encoding_names); i++)
			if (mf_str_is(mf_json_text(doc, m), mf_encoding_names[i]))
				f->encoding |= 1u << i;
		if (f->encoding == before)
			return bad(err, "encoding");
	}
	return number(&f->depth, doc, n, "depth", err);
}

static int pass(struct mf_finding *f, const struct mf_json *doc, const struct mf_jnode *n, struct mf_err *err)
{
	const struct mf_jnode *p = mf_json_get_z(n, "pass");
	bool expired = false;
	int by = 0;

	if (mf_json_type(p) == MF_J_NULL)
		return 0;
	if (one_of(&by, pass_name, MF_PASS_ACCEPTED + 1, doc, p, "by", err) || mf_read_text(&f->pass_why, doc, p, "why", err) ||
	    mf_read_time(&f->pass_until, doc, p, "until", err) || mf_json_opt_bool(&expired, p, "expired", false, err))
		return -1;
	f->pass = expired ? MF_PASS_NONE : (enum mf_pass)by;
	return 0;
}

static int short_text(char *out, size_t cap, const struct mf_json *doc, const struct mf_jnode *n, const char *key, struct mf_err *err)
{
	struct mf_str s;

	if (mf_json_opt_str(&s, doc, n, key, "", err))
		return -1;
	if (s.n >= cap || (s.n && memchr(s.p, '\0', s.n)))
		return bad(err, key);
	memcpy(out, s.p ? s.p : "", s.n);
	out[s.n] = '\0';
	return 0;
}

static int facts(struct mf_finding *f, const struct mf_json *doc, const struct mf_jnode *n, struct mf_err *err)
{
	const struct mf_jnode *t = mf_json_get_z(n, "facts");

	if (mf_json_type(t) != MF_J_OBJECT)
		return bad(err, "facts");
	return short_text(f->facts.account, sizeof(f->facts.account), doc, t, "account", err) ||
	       short_text(f->facts.note, sizeof(f->facts.note), doc, t, "note", err) || mf_read_time(&f->facts.issued, doc, t, "issued", err) ||
	       mf_read_time(&f->facts.expires, doc, t, "expires", err) ? -1 : 0;
}

static int by_rule(const void *key, const void *element)
{
	return strcmp(key, ((const struct mf_rule *)element)->id);
}

/* A rule of ours, if the report means the same by it; a user's rule may have the id of one of ours. */
static void find_rule(struct mf_finding *f)
{
	const struct mf_rule *rule = bsearch(f->rule_id, mf_builtin_rules, mf_n_builtin_rules, sizeof(*mf_builtin_rules), by_rule);

	if (rule && f->title && rule->title && strcmp(rule->title, f->title) == 0)
		f->rule = rule;
}

static int whole(struct mf_finding *f, const struct mf_json *doc, const struct mf_jnode *n, size_t oid_len, struct mf_err *err)
{
	int sev = 0, form = 0;

	if (mf_read_text(&f->rule_id, doc, n, "rule", err) || mf_read_text(&f->title, doc, n, "title", err))
		return -1;
	if (!f->rule_id || !*f->rule_id || strlen(f->rule_id) > RULE_ID_MAX || !f->title)
		return bad(err, "rule");
	if (one_of(&sev, severity, MF_SEV_CRITICAL + 1, doc, n, "severity", err) || one_of(&form, format, MF_FORMAT_BROKEN + 1, doc, n, "format", err) ||
	    paths(f, doc, n, err) || place(f, doc, n, oid_len, err) || bytes(&f->secret, &f->secret_n, doc, n, "secret", err) ||
	    bytes(&f->match, &f->match_n, doc, n, "match", err) || bytes(&f->text, &f->text_n, doc, n, "text", err) || id(f, doc, n, err) ||
	    tags(f, doc, n, err) || entropy(f, doc, n, err) || encoding(f, doc, n, err) || pass(f, doc, n, err) || facts(f, doc, n, err))
		return -1;
	f->severity = (enum mf_severity)sev;
	f->format = (enum mf_verdict_format)form;
	f->redacted = true;
	find_rule(f);
	return 0;
}

int mf_read_finding(struct mf_finding *out, struct mf_str text, size_t oid_len, struct mf_err *err)
{
	struct mf_finding f = { 0 };
	struct mf_json *doc;

	if (mf_json_parse(&doc, text.p, text.n, err))
		return -1;
	if (mf_json_type(mf_json_root(doc)) != MF_J_OBJECT ? bad(err, "findings") : whole(&f, doc, mf_json_root(doc), oid_len, err)) {
		mf_json_free(doc);
		mf_finding_free(&f);
		return -1;
	}
	mf_json_free(doc);
	*out = f;
	return 0;
}
