/* SPDX-License-Identifier: Apache-2.0 */
/* The state as JSON: {"v":1,"creds":[{...}],"files":["..."]}. */
#include "state.h"

#include <stdio.h>
#include <stdlib.h>
#include <mayfly/alloc.h>
#include <mayfly/json.h>

enum { VERSION = 1 };

/* -- writing -------------------------------------------------------------------------------------- */
static int puts_to(struct mf_secret *to, const char *s, struct mf_err *err)
{
	return mf_secret_add(to, s, strlen(s), err);
}

/* ,"key":"value"; nothing for NULL */
static int text_member(struct mf_secret *to, const char *key, const char *value, struct mf_err *err)
{
	if (!value)
		return 0;
	if (puts_to(to, ",\"", err) || puts_to(to, key, err) || puts_to(to, "\":", err))
		return -1;
	return mf_json_quote_secret(to, mf_str(value), err);
}

static int flag_member(struct mf_secret *to, const char *key, bool value, struct mf_err *err)
{
	if (!value)
		return 0;
	if (puts_to(to, ",\"", err) || puts_to(to, key, err))
		return -1;
	return puts_to(to, "\":true", err);
}

static int list(struct mf_secret *to, const char *key, char *const *v, size_t n, struct mf_err *err)
{
	if (puts_to(to, ",\"", err) || puts_to(to, key, err) || puts_to(to, "\":[", err))
		return -1;
	for (size_t i = 0; i < n; i++)
		if ((i && puts_to(to, ",", err)) || mf_json_quote_secret(to, mf_str(v[i]), err))
			return -1;
	return puts_to(to, "]", err);
}

static int secret_member(struct mf_secret *to, const char *key, const struct mf_secret *value, struct mf_err *err)
{
	if (!value)
		return 0;
	if (puts_to(to, ",\"", err) || puts_to(to, key, err) || puts_to(to, "\":", err))
		return -1;
	return mf_json_quote_secret(to, mf_secret_reveal(value), err);
}

static int write_cred(struct mf_secret *to, const struct mf_state_cred *c, struct mf_err *err)
{
	char expires[48];

	snprintf(expires, sizeof(expires), "{\"expires\":%lld", (long long)c->expires);
	if (puts_to(to, expires, err) || text_member(to, "provider", c->provider, err) ||
	    text_member(to, "url", c->url, err) || text_member(to, "ns", c->ns, err) ||
	    text_member(to, "ca_file", c->ca_file, err) || text_member(to, "client_cert", c->client_cert, err) ||
	    text_member(to, "client_key", c->client_key, err) || text_member(to, "ca_pem", c->ca_pem, err) ||
	    text_member(to, "accessor", c->accessor, err) || secret_member(to, "token", c->token, err) ||
	    secret_member(to, "client_cert_pem", c->client_cert_pem, err) ||
	    secret_member(to, "client_key_pem", c->client_key_pem, err) || secret_member(to, "headers", c->headers, err))
		return -1;
	if (flag_member(to, "skip_verify", c->skip_verify, err) || flag_member(to, "allow_http", c->allow_http, err) ||
	    flag_member(to, "batch", c->batch, err) || flag_member(to, "unlimited", c->unlimited, err) ||
	    flag_member(to, "ours", c->ours, err))
		return -1;
	if ((c->n_redirect_to && list(to, "redirect_to", c->redirect_to, c->n_redirect_to, err)) ||
	    list(to, "leases", c->leases, c->n_leases, err))
		return -1;
	return puts_to(to, "}", err);
}

static int write_all(struct mf_secret *to, const struct mf_state *s, struct mf_err *err)
{
	if (puts_to(to, "{\"v\":1,\"creds\":[", err))
		return -1;
	for (size_t i = 0; i < s->n_creds; i++)
		if ((i && puts_to(to, ",", err)) || write_cred(to, &s->creds[i], err))
			return -1;
	if (puts_to(to, "]", err) || list(to, "files", s->files, s->n_files, err))
		return -1;
	return puts_to(to, "}", err);
}

int mf_state_write(struct mf_secret **out, const struct mf_state *s, struct mf_err *err)
{
	struct mf_secret *to = mf_secret_empty(MF_STATE_FILE_MAX);

	if (!to)
		return mf_fail_nomem(err);
	if (write_all(to, s, err)) {
		mf_secret_free(to);
		return -1;
	}
	*out = to;
	return 0;
}

/* -- reading -------------------------------------------------------------------------------------- */
static int wrong(const char *from, const char *what, struct mf_err *err)
{
	mf_fail(err, MF_E_STATE_INVALID, "the state saved in %s cannot be read", from);
	mf_err_why(err, "%s", what);
	mf_err_note(err, "what it names was not revoked and ends with its lifetime");
	return -1;
}

/* A string without NUL, or NULL when it is missing. */
static int take_text(char **out, const struct mf_json *doc, const struct mf_jnode *n, const char *key, const char *from,
		     struct mf_err *err)
{
	const struct mf_jnode *node = mf_json_get_z(n, key);
	struct mf_str s;

	if (!node)
		return 0;
	s = mf_json_text(doc, node);
	if (mf_json_type(node) != MF_J_STRING || (s.n && memchr(s.p, '\0', s.n)))
		return wrong(from, "a member is no string", err);
	*out = mf_strndup(s.p, s.n);
	return *out ? 0 : mf_fail_nomem(err);
}

static int take_flag(bool *out, const struct mf_jnode *n, const char *key, const char *from, struct mf_err *err)
{
	return mf_json_opt_bool(out, n, key, false, err) ? wrong(from, "a member is neither true nor false", err) : 0;
}

static int take_list(char ***out, size_t *out_n, const struct mf_json *doc, const struct mf_jnode *n, const char *key,
		     const char *from, struct mf_err *err)
{
	const struct mf_jnode *array = mf_json_get_z(n, key);
	const size_t size = array ? mf_json_size(array) : 0;

	if (array && (mf_json_type(array) != MF_J_ARRAY || size > MF_STATE_MAX_LIST))
		return wrong(from, "a list is none or is too long", err);
	if (!size)
		return 0;
	*out = mf_calloc(size, sizeof(char *));
	if (!*out)
		return mf_fail_nomem(err);
	for (const struct mf_jnode *e = mf_json_first(array); e; e = mf_json_next(e)) {
		const struct mf_str s = mf_json_text(doc, e);

		if (mf_json_type(e) != MF_J_STRING || (s.n && memchr(s.p, '\0', s.n)))
			return wrong(from, "a list holds something else than strings", err);
		(*out)[*out_n] = mf_strndup(s.p, s.n);
		if (!(*out)[*out_n])
			return mf_fail_nomem(err);
		++*out_n;
	}
	return 0;
}

static int take_secret(struct mf_secret **out, const struct mf_json *doc, const struct mf_jnode *n, const char *key, const char *from,
		       struct mf_err *err)
{
	const struct mf_jnode *node = mf_json_get_z(n, key);

	if (!node)
		return 0;
	if (mf_json_type(node) != MF_J_STRING)
		return wrong(from, "a member is no string", err);
	*out = mf_json_secret(doc, node);
	return *out ? 0 : mf_fail_nomem(err);
}

static int take_cred(struct mf_state_cred *c, const struct mf_json *doc, const struct mf_jnode *n, const char *from,
		     struct mf_err *err)
{
	if (mf_json_type(n) != MF_J_OBJECT)
		return wrong(from, "a credential is no object", err);
	if (take_text(&c->provider, doc, n, "provider", from, err) || take_text(&c->url, doc, n, "url", from, err) ||
	    take_text(&c->ns, doc, n, "ns", from, err) || take_text(&c->ca_file, doc, n, "ca_file", from, err) ||
	    take_text(&c->client_cert, doc, n, "client_cert", from, err) ||
	    take_text(&c->client_key, doc, n, "client_key", from, err) ||
	    take_text(&c->ca_pem, doc, n, "ca_pem", from, err) ||
	    take_text(&c->accessor, doc, n, "accessor", from, err) || take_secret(&c->token, doc, n, "token", from, err) ||
	    take_secret(&c->client_cert_pem, doc, n, "client_cert_pem", from, err) ||
	    take_secret(&c->client_key_pem, doc, n, "client_key_pem", from, err) ||
	    take_secret(&c->headers, doc, n, "headers", from, err))
		return -1;
	if (!c->provider || !c->url)
		return wrong(from, "a credential lacks its provider or its address", err);
	if (take_flag(&c->skip_verify, n, "skip_verify", from, err) ||
	    take_flag(&c->allow_http, n, "allow_http", from, err) || take_flag(&c->batch, n, "batch", from, err) ||
	    take_flag(&c->unlimited, n, "unlimited", from, err) || take_flag(&c->ours, n, "ours", from, err) ||
	    take_list(&c->redirect_to, &c->n_redirect_to, doc, n, "redirect_to", from, err) ||
	    take_list(&c->leases, &c->n_leases, doc, n, "leases", from, err))
		return -1;
	if (mf_json_opt_int(&c->expires, doc, n, "expires", 0, err))
		return wrong(from, "a credential's end is no number", err);
	return 0;
}

static int take_all(struct mf_state *s, const struct mf_json *doc, const char *from, struct mf_err *err)
{
	const struct mf_jnode *root = mf_json_root(doc), *creds = mf_json_get_z(root, "creds");
	struct mf_err ignored;
	int64_t version = 0;

	if (mf_json_type(root) != MF_J_OBJECT || mf_json_need_int(&version, doc, root, "v", &ignored) || version != VERSION)
		return wrong(from, "it was written by another version of mayfly, or by something else", err);
	if (!creds || mf_json_type(creds) != MF_J_ARRAY || mf_json_size(creds) > MF_STATE_MAX_LIST)
		return wrong(from, "it lists no credentials", err);
	s->creds = mf_calloc(mf_json_size(creds) + 1, sizeof(*s->creds));
	if (!s->creds)
		return mf_fail_nomem(err);
	for (const struct mf_jnode *c = mf_json_first(creds); c; c = mf_json_next(c))
		if (take_cred(&s->creds[s->n_creds++], doc, c, from, err))
			return -1;
	return take_list(&s->files, &s->n_files, doc, root, "files", from, err);
}

int mf_state_parse(struct mf_state *out, struct mf_str text, const char *from, struct mf_err *err)
{
	MF_CLEANUP(mf_json_freep) struct mf_json *doc = NULL;
	struct mf_state s = { 0 };

	if (text.n > MF_STATE_FILE_MAX)
		return wrong(from, "it is larger than 1 MiB", err);
	if (mf_json_parse(&doc, text.p, text.n, err))
		return err->code == MF_BUG ? -1 : wrong(from, "it is no valid JSON", err);
	if (take_all(&s, doc, from, err)) {
		mf_state_free(&s);
		return -1;
	}
	*out = s;
	return 0;
}
