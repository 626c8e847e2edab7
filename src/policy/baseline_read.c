/* SPDX-License-Identifier: Apache-2.0 */
/* Baselines as text: an array as gitleaks writes it, or our JSON report. The outer form is taken apart here and each finding parsed on its
 * own, since a baseline may hold more than one JSON document is allowed to. */
#include "baseline.h"

#include <stdio.h>
#include <stdlib.h>
#include <mayfly/alloc.h>
#include <mayfly/json.h>

struct reader {
	struct mf_baseline *b;
	struct mf_str rest;
	size_t entry;		/* the present one, from 1; 0: outside of them */
	struct mf_err *err;
};

static int refuse(struct reader *r, const char *why)
{
	char text[sizeof(r->err->why)];

	if (r->entry)
		snprintf(text, sizeof(text), "finding %zu: %.400s", r->entry, why);
	else
		snprintf(text, sizeof(text), "%.400s", why);
	mf_fail(r->err, MF_E_POL_BASELINE, "the baseline '%s' cannot be read", r->b->name);
	mf_err_why(r->err, "%s", text);
	mf_err_hint(r->err, "make it anew: mayfly scan --report json=%s", r->b->name);
	mf_err_note(r->err, "nothing was let pass because of this file");
	return -1;
}

/* An error of the JSON reader, which never quotes the text. */
static int refuse_json(struct reader *r)
{
	char why[sizeof(r->err->what) + sizeof(r->err->why) + 2];

	if (strcmp(r->err->id, mf_error_id(MF_E_BASE_NOMEM)) == 0)
		return -1;
	snprintf(why, sizeof(why), "%s%s%s", r->err->what, *r->err->why ? ": " : "", r->err->why);
	return refuse(r, why);
}

static void blanks(struct reader *r)
{
	while (r->rest.n && memchr(" \t\r\n", r->rest.p[0], 4)) {
		r->rest.p++;
		r->rest.n--;
	}
}

static bool eat(struct reader *r, char c)
{
	blanks(r);
	if (!r->rest.n || r->rest.p[0] != c)
		return false;
	r->rest.p++;
	r->rest.n--;
	return true;
}

/* After a quote that opens: the position behind the one that closes, or n. */
static size_t string_end(struct mf_str s, size_t at)
{
	while (at < s.n && s.p[at] != '"')
		at += s.p[at] == '\\' && at + 1 < s.n ? 2 : 1;
	return at < s.n ? at + 1 : s.n;
}

/* Takes one value, up to the ',' or bracket that follows it. What it is, is left to the JSON reader. */
static struct mf_str take_value(struct reader *r)
{
	const struct mf_str s = r->rest;
	size_t at = 0, depth = 0;

	while (at < s.n) {
		const char c = s.p[at];

		if (depth == 0 && (c == ',' || c == ']' || c == '}'))
			break;
		depth += c == '[' || c == '{';
		depth -= c == ']' || c == '}';
		at = c == '"' ? string_end(s, at + 1) : at + 1;
	}
	r->rest.p += at;
	r->rest.n -= at;
	return (struct mf_str){ s.p, at };
}

static bool has(const struct mf_jnode *n, const char *key)
{
	return mf_json_get_z(n, key) != NULL;
}

/* What no commit reaches has its blob at the begin of our fingerprint: "blob::rule:line". */
static struct mf_str blob_of(struct mf_str fingerprint)
{
	const char *colon = fingerprint.n ? memchr(fingerprint.p, ':', fingerprint.n) : NULL;
	const size_t n = colon ? (size_t)(colon - fingerprint.p) : 0;

	return (struct mf_str){ fingerprint.p, n == 40 || n == 64 ? n : 0 };
}

/* A finding of gitleaks. */
static int theirs(struct mf_baseline_item *item, struct mf_str *path, int64_t *line, const struct mf_json *doc, const struct mf_jnode *n,
		  struct mf_err *err)
{
	struct mf_str fingerprint;

	if (mf_json_need_str(&item->rule, doc, n, "RuleID", err) || mf_json_need_str(path, doc, n, "File", err) ||
	    mf_json_need_int(line, doc, n, "StartLine", err) || mf_json_opt_str(&item->commit, doc, n, "Commit", "", err) ||
	    mf_json_opt_str(&item->secret, doc, n, "Secret", "", err) || mf_json_opt_str(&fingerprint, doc, n, "Fingerprint", "", err))
		return -1;
	if (!path->n && !item->commit.n)
		item->commit = blob_of(fingerprint);
	item->redacted = !item->secret.n || mf_str_is(item->secret, "REDACTED") ||
			 (item->secret.n >= 3 && memcmp(item->secret.p + item->secret.n - 3, "...", 3) == 0);
	return 0;
}

/* One of ours. */
static int ours(struct mf_baseline_item *item, struct mf_str *path, int64_t *line, const struct mf_json *doc, const struct mf_jnode *n,
		struct mf_err *err)
{
	struct mf_str source, blob;

	item->redacted = true;
	if (mf_json_need_str(&item->rule, doc, n, "rule", err) || mf_json_need_str(path, doc, n, "path", err) ||
	       mf_json_need_int(line, doc, n, "line", err) || mf_json_opt_str(&item->commit, doc, n, "commit", "", err) ||
	       mf_json_opt_str(&item->secret, doc, n, "secret", "", err) || mf_json_opt_str(&item->id, doc, n, "id", "", err) ||
	    mf_json_opt_str(&source, doc, n, "source", "", err) || mf_json_opt_str(&blob, doc, n, "blob", "", err))
		return -1;
	if (mf_str_is(source, "unreachable"))
		item->commit = blob;
	return 0;
}

/* The first path and those of "more_paths". */
static int all_paths(struct mf_str **out, size_t *n, struct reader *r, struct mf_str first, const struct mf_json *doc, const struct mf_jnode *more)
{
	const bool array = more && mf_json_type(more) == MF_J_ARRAY;
	struct mf_str *v;

	if (more && !array && mf_json_type(more) != MF_J_NULL)
		return refuse(r, "'more_paths' is no array");
	v = mf_calloc((array ? mf_json_size(more) : 0) + 1, sizeof(*v));
	if (!v)
		return mf_fail_nomem(r->err);
	v[0] = first;
	*n = 1;
	for (const struct mf_jnode *p = array ? mf_json_first(more) : NULL; p; p = mf_json_next(p)) {
		if (mf_json_type(p) != MF_J_STRING) {
			free(v);
			return refuse(r, "'more_paths' holds something else than paths");
		}
		v[(*n)++] = mf_json_text(doc, p);
	}
	*out = v;
	return 0;
}

static int read_finding(struct reader *r, const struct mf_json *doc)
{
	const struct mf_jnode *n = mf_json_root(doc);
	const bool mine = has(n, "rule") && !has(n, "RuleID");
	struct mf_baseline_item item = { 0 };
	struct mf_str path, *paths = NULL;
	int64_t line;
	int bad;

	if (mf_json_type(n) != MF_J_OBJECT)
		return refuse(r, "it is no object");
	if (mine ? ours(&item, &path, &line, doc, n, r->err) : theirs(&item, &path, &line, doc, n, r->err))
		return refuse_json(r);
	if (line < 0 || line > INT32_MAX)
		return refuse(r, "the line is no line number");
	item.line = (unsigned)line;
	if (all_paths(&paths, &item.n_paths, r, path, doc, mf_json_get_z(n, "more_paths")))
		return -1;
	item.paths = paths;
	bad = mf_baseline_add(r->b, &item, r->err);
	free(paths);
	return bad;
}

static int read_array(struct reader *r)
{
	struct mf_json *doc;
	int bad;

	if (!eat(r, '['))
		return refuse(r, "the findings are no array");
	if (eat(r, ']'))
		return 0;
	do {
		r->entry++;
		blanks(r);
		struct mf_str value = take_value(r);

		if (mf_json_parse(&doc, value.p, value.n, r->err))
			return refuse_json(r);
		bad = read_finding(r, doc);
		mf_json_free(doc);
		if (bad)
			return -1;
	} while (eat(r, ','));
	r->entry = 0;
	return eat(r, ']') ? 0 : refuse(r, "the array of findings does not end");
}

/* "mayfly": of which format the report is. */
static int check_format(struct reader *r, struct mf_str value)
{
	struct mf_json *doc;
	int64_t format = 0;
	int bad;

	if (mf_json_parse(&doc, value.p, value.n, r->err))
		return refuse_json(r);
	bad = mf_json_need_int(&format, doc, mf_json_root(doc), "format", r->err) ? refuse_json(r) : 0;
	mf_json_free(doc);
	if (bad)
		return -1;
	return format == 1 ? 0 : refuse(r, "the report has a format that this version does not know");
}

static int read_member(struct reader *r, bool *findings)
{
	struct mf_str key, value;
	size_t n;

	blanks(r);
	if (!r->rest.n || r->rest.p[0] != '"')
		return refuse(r, "a member of the report has no name");
	n = string_end(r->rest, 1);
	key = (struct mf_str){ r->rest.p, n };
	r->rest.p += n;
	r->rest.n -= n;
	if (!eat(r, ':'))
		return refuse(r, "a member of the report has no value");
	if (mf_str_is(key, "\"findings\"")) {
		if (*findings)
			return refuse(r, "there are two members 'findings'");
		*findings = true;
		return read_array(r);
	}
	blanks(r);
	value = take_value(r);
	return mf_str_is(key, "\"mayfly\"") ? check_format(r, value) : 0;
}

static int read_report(struct reader *r)
{
	bool findings = false;

	if (!eat(r, '{'))
		return refuse(r, "it is neither an array of findings nor a report");
	do {
		if (read_member(r, &findings))
			return -1;
	} while (eat(r, ','));
	if (!eat(r, '}'))
		return refuse(r, "the report does not end");
	return findings ? 0 : refuse(r, "there is no member 'findings'");
}

int mf_baseline_parse(struct mf_baseline *b, struct mf_str text, struct mf_err *err)
{
	struct reader r = { .b = b, .rest = text, .err = err };

	blanks(&r);
	if (r.rest.n && r.rest.p[0] == '[' ? read_array(&r) : read_report(&r))
		return -1;
	blanks(&r);
	return r.rest.n ? refuse(&r, "something follows its end") : 0;
}
