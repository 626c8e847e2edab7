/* SPDX-License-Identifier: Apache-2.0 */
/* vault-action's `secrets` and `pki` grammars (its v3, documented in its README): entries become wants. */
#include <mayfly/conf.h>

#include <stdio.h>
#include <stdlib.h>
#include <mayfly/alloc.h>
#include <mayfly/json.h>

enum { ENTRIES_MAX = 1000, TEXT_MAX = 1 << 20 };

/* Cuts the first blank-separated word off. */
static struct mf_str word(struct mf_str *rest)
{
	struct mf_str w;

	*rest = mf_trim(*rest);
	w = *rest;
	w.n = 0;
	while (w.n < rest->n && !mf_blank(rest->p[w.n]))
		w.n++;
	rest->p += w.n;
	rest->n -= w.n;
	return w;
}

static int bad_entry(struct mf_str entry, const char *input, size_t index, struct mf_err *err, const char *why)
{
	mf_fail(err, MF_E_REF_VAULT_ACTION, "cannot read entry %zu of '%s': '%.*s'", index, input, (int)entry.n, entry.p);
	mf_err_why(err, "%s", why);
	if (strcmp(input, "pki") == 0)
		mf_err_hint(err, "write: PATH {JSON} ; as in: pki/issue/web {\"common_name\": \"web.example.com\"}");
	else if (entry.p[0] == '#')
		mf_err_hint(err, "this grammar has no comments");
	else
		mf_err_hint(err, "write: PATH KEY | NAME ; as in: secret/data/ci/deploy api_key | DEPLOY_API_KEY");
	return -1;
}

int mf_ref_compat_name(struct mf_buf *out, struct mf_str key, bool upper, struct mf_err *err)
{
	for (size_t i = 0; i < key.n; i++) {
		char c = key.p[i];
		int rc = 0;

		if (c == '.')
			rc = mf_buf_puts(out, "__", err);
		else if (c >= 'a' && c <= 'z')
			rc = mf_buf_putc(out, upper ? (char)(c - 'a' + 'A') : c, err);
		else if ((c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_')
			rc = mf_buf_putc(out, c, err);
		if (rc)
			return -1;
	}
	return 0;
}

static int compat_name(char **out, struct mf_str key, bool upper, struct mf_err *err)
{
	struct mf_buf name = MF_BUF(2 * MF_REF_PATH_MAX);

	if (mf_ref_compat_name(&name, key, upper, err)) {
		mf_buf_free(&name);
		return -1;
	}
	*out = mf_buf_take(&name);
	return *out ? 0 : mf_fail_nomem(err);
}

static int bad_path(struct mf_str path, const char *why, struct mf_err *err)
{
	mf_fail(err, MF_E_REF_SYNTAX, "cannot read path '%.*s'", (int)path.n, path.p);
	mf_err_why(err, "%s", why);
	return -1;
}

/* A version alone is told from the rest, since its answer can be checked. */
static bool only_version(struct mf_str query)
{
	return query.n > 8 && memcmp(query.p, "version=", 8) == 0 && !memchr(query.p, '&', query.n);
}

/* RFC 3986 section 3.4, as strict as it is: what is sent is what was written. */
static int read_query(struct mf_ref *out, struct mf_str path, struct mf_str query, struct mf_err *err)
{
	for (size_t i = 0; i < query.n; i++) {
		char c = query.p[i];

		if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || (c && strchr("-._~!$&'()*+,;=:@/?%", c))))
			return bad_path(path, "a character after '?' that has to be percent-encoded", err);
	}
	out->query = mf_strndup(query.p, query.n);
	return out->query ? 0 : mf_fail_nomem(err);
}

/* The path with single slashes, as servers redirect to; none around it. */
static int add_path(struct mf_buf *text, struct mf_str path, struct mf_err *err)
{
	while (path.n && path.p[0] == '/')
		path.p++, path.n--;
	for (size_t i = 0; i < path.n; i++)
		if (!(path.p[i] == '/' && (i + 1 == path.n || path.p[i + 1] == '/')) && mf_buf_putc(text, path.p[i], err))
			return -1;
	return 0;
}

/* vault-action puts the path into the URL as it stands: percent-encoding and a query (?version=2, ?ttl=15m, ?list=true) included. */
static int read_path(struct mf_ref *out, struct mf_str path, struct mf_err *err)
{
	struct mf_buf text = MF_BUF(MF_REF_MAX);
	const char *mark = memchr(path.p, '?', path.n);
	struct mf_str head = path, query = { 0 };
	int rc;

	if (memchr(path.p, '#', path.n))
		return bad_path(path, "'#' in it (write %23 for one)", err);
	if (mark) {
		head.n = (size_t)(mark - path.p);
		query = (struct mf_str){ mark + 1, path.n - head.n - 1 };
	}
	rc = mf_buf_puts(&text, "vault://", err) || add_path(&text, head, err);
	if (!rc && only_version(query))
		rc = mf_buf_putc(&text, '?', err) || mf_buf_add(&text, query.p, query.n, err);
	rc = rc || mf_ref_parse(out, (struct mf_str){ text.p, text.n }, err) ||
	     (query.n && !out->version && read_query(out, path, query, err));
	mf_buf_free(&text);
	return rc ? -1 : 0;
}

/* The selector without its double quotes, which vault-action drops wherever they stand. */
static int read_selector(struct mf_ref *out, struct mf_str raw, bool *needs_name, char **bare, struct mf_err *err)
{
	bool quoted = raw.n > 2 && raw.p[0] == '"' && memchr(raw.p + 1, '"', raw.n - 1) == raw.p + raw.n - 1;
	char *s = mf_calloc(raw.n + 1, 1);
	size_t n = 0;

	if (!s)
		return mf_fail_nomem(err);
	for (size_t i = 0; i < raw.n; i++)
		if (raw.p[i] != '"')
			s[n++] = raw.p[i];
	if (mf_ref_parse_selector(out, (struct mf_str){ s, n }, needs_name, err)) {
		free(s);
		return -1;
	}
	if (quoted)
		*needs_name = false;
	*bare = s;
	return 0;
}

static int copy(char **out, struct mf_str s, struct mf_err *err)
{
	*out = mf_strndup(s.p, s.n);
	return *out ? 0 : mf_fail_nomem(err);
}

static bool ascii(struct mf_str s)
{
	for (size_t i = 0; i < s.n; i++)
		if ((unsigned char)s.p[i] >= 0x80)
			return false;
	return true;
}

/* A name that is given is used verbatim for variable and output; without one both come from the selector. */
static int name_want(struct mf_want *want, struct mf_str name, struct mf_str bare, struct mf_err *err)
{
	if (want->ref.select == MF_SEL_ALL) {
		want->keep_case = bare.n == 2;
		return name.n ? copy(&want->prefix, name, err) : 0;
	}
	if (name.n)
		return copy(&want->name, name, err) || copy(&want->output, name, err) ? -1 : 0;
	return compat_name(&want->name, bare, true, err) || compat_name(&want->output, bare, false, err) ? -1 : 0;
}

static void apply_rules(struct mf_want *want, const struct mf_vault_action_rules *rules)
{
	want->no_env = !rules->export_env;
	want->optional = rules->ignore_not_found;
	if (rules->encoding && strcmp(rules->encoding, "base64") == 0)
		want->decode = MF_DECODE_BASE64;
	else if (rules->encoding && strcmp(rules->encoding, "hex") == 0)
		want->decode = MF_DECODE_HEX;
}

static int fill_want(struct mf_want *want, struct mf_str entry, size_t index, struct mf_err *err)
{
	MF_CLEANUP(mf_freep) char *bare = NULL;
	struct mf_str spec = entry, name = { 0 }, path, raw;
	const char *bar = memrchr(entry.p, '|', entry.n);
	bool needs_name;

	if (bar) {
		spec.n = (size_t)(bar - entry.p);
		name = mf_trim((struct mf_str){ bar + 1, entry.n - spec.n - 1 });
		if (name.n == 0)
			return bad_entry(entry, "secrets", index, err, "no name after '|'");
	}
	path = word(&spec);
	raw = word(&spec);
	if (raw.n == 0 || mf_trim(spec).n)
		return bad_entry(entry, "secrets", index, err, raw.n == 0 ? "a path and a key are needed" :
				 "more than a path and a key (are the entries separated by ';'?)");
	if (read_path(&want->ref, path, err) || read_selector(&want->ref, raw, &needs_name, &bare, err)) {
		mf_err_wrap(err, "entry %zu of 'secrets'", index);
		return -1;
	}
	if (name.n == 0 && want->ref.select != MF_SEL_ALL && (needs_name || !ascii(mf_str(bare))))
		return bad_entry(entry, "secrets", index, err, "such a selector needs a name of its own");
	return name_want(want, name, mf_str(bare), err);
}

static int add_entry(struct mf_conf *c, struct mf_str entry, size_t index, const struct mf_vault_action_rules *rules, struct mf_err *err)
{
	struct mf_want want = { 0 };

	snprintf(want.origin, sizeof(want.origin), "entry %zu of 'secrets'", index);
	apply_rules(&want, rules);
	if (fill_want(&want, entry, index, err)) {
		mf_want_free(&want);
		return -1;
	}
	return mf_conf_add_want(c, &want, err);
}

static int check_size(struct mf_str text, const char *input, size_t entries, struct mf_err *err)
{
	if (text.n <= TEXT_MAX && entries <= ENTRIES_MAX)
		return 0;
	mf_fail(err, MF_E_REF_VAULT_ACTION, "'%s' is too long", input);
	mf_err_why(err, "limits are %d bytes and %d entries", TEXT_MAX, ENTRIES_MAX);
	return -1;
}

typedef int entry_fn(struct mf_conf *c, struct mf_str entry, size_t index, const struct mf_vault_action_rules *rules, struct mf_err *err);

/* Entries end at ';', whatever stands around it; empty ones do not count. */
static int each_entry(struct mf_conf *c, struct mf_str text, const char *input, const struct mf_vault_action_rules *rules, entry_fn *fn,
		      struct mf_err *err)
{
	size_t index = 0;

	if (check_size(text, input, 0, err))
		return -1;
	for (size_t at = 0; at <= text.n;) {
		const char *end = at < text.n ? memchr(text.p + at, ';', text.n - at) : NULL;
		size_t n = end ? (size_t)(end - text.p) - at : text.n - at;
		struct mf_str entry = n ? mf_trim((struct mf_str){ text.p + at, n }) : (struct mf_str){ 0 };

		at += n + 1;
		if (entry.n == 0)
			continue;
		if (check_size(text, input, ++index, err) || fn(c, entry, index, rules, err))
			return -1;
	}
	return 0;
}

int mf_conf_add_vault_action(struct mf_conf *c, struct mf_str text, const struct mf_vault_action_rules *rules, struct mf_err *err)
{
	return each_entry(c, text, "secrets", rules, add_entry, err);
}

static const struct {
	const char *upper, *lower, *field;
	bool lines;
} pki_parts[] = {
	{ "_CERT", "_cert", "certificate", false },
	{ "_KEY", "_key", "private_key", false },
	{ "_CA", "_ca", "issuing_ca", false },
	{ "_CA_CHAIN", "_ca_chain", "ca_chain", true },
};

static int joined(char **out, const char *a, const char *b, struct mf_err *err)
{
	size_t n = strlen(a), m = strlen(b);
	char *s = mf_calloc(n + m + 1, 1);

	if (!s)
		return mf_fail_nomem(err);
	memcpy(s, a, n);
	memcpy(s + n, b, m);
	*out = s;
	return 0;
}

static int pki_want(struct mf_want *want, size_t part, struct mf_str path, struct mf_str json, struct mf_err *err)
{
	MF_CLEANUP(mf_freep) char *upper = NULL;
	MF_CLEANUP(mf_freep) char *lower = NULL;
	const char *slash = memrchr(path.p, '/', path.n);
	struct mf_str last = slash ? (struct mf_str){ slash + 1, (size_t)(path.p + path.n - slash) - 1 } : path;

	if (read_path(&want->ref, path, err) || copy(&want->ref.post, json, err) ||
	    copy(&want->ref.field, mf_str(pki_parts[part].field), err))
		return -1;
	want->ref.select = MF_SEL_KEY;
	want->ref.compat = true;
	want->ref.lines = pki_parts[part].lines;
	if (compat_name(&upper, last, true, err) || compat_name(&lower, last, false, err))
		return -1;
	return joined(&want->name, upper, pki_parts[part].upper, err) || joined(&want->output, lower, pki_parts[part].lower, err) ? -1 : 0;
}

static int check_json(struct mf_str json, size_t index, struct mf_err *err)
{
	MF_CLEANUP(mf_json_freep) struct mf_json *doc = NULL;

	if (mf_json_parse(&doc, json.p, json.n, err)) {
		mf_err_wrap(err, "entry %zu of 'pki'", index);
		err->code = MF_USAGE;
		return -1;
	}
	if (mf_json_type(mf_json_root(doc)) == MF_J_OBJECT)
		return 0;
	mf_fail(err, MF_E_REF_VAULT_ACTION, "entry %zu of 'pki' has no JSON object after its path", index);
	return -1;
}

static int add_pki_entry(struct mf_conf *c, struct mf_str entry, size_t index, const struct mf_vault_action_rules *rules, struct mf_err *err)
{
	struct mf_str rest = entry, path = word(&rest), json = mf_trim(rest);

	if (json.n == 0)
		return bad_entry(path, "pki", index, err, "a path and a JSON object are needed");
	if (check_json(json, index, err))
		return -1;
	for (size_t i = 0; i < MF_COUNT(pki_parts); i++) {
		struct mf_want want = { 0 };

		apply_rules(&want, rules);
		want.decode = MF_DECODE_NONE;
		want.optional = false;
		snprintf(want.origin, sizeof(want.origin), "entry %zu of 'pki'", index);
		if (pki_want(&want, i, path, json, err)) {
			mf_want_free(&want);
			return -1;
		}
		if (mf_conf_add_want(c, &want, err))
			return -1;
	}
	return 0;
}

int mf_conf_add_vault_pki(struct mf_conf *c, struct mf_str text, const struct mf_vault_action_rules *rules, struct mf_err *err)
{
	return each_entry(c, text, "pki", rules, add_pki_entry, err);
}
