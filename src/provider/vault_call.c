/* SPDX-License-Identifier: Apache-2.0 */
/* Requests to Vault or OpenBao: address, namespace, token and further headers put together. */
#include "vault.h"

#include <stdio.h>
#include <stdlib.h>
#include <mayfly/alloc.h>
#include <mayfly/reveal.h>
#include <mayfly/url.h>

enum { URL_MAX = 16384, HEADERS_MAX = 64 };

void mf_vault_headers_free(struct mf_vault_headers *h)
{
	for (size_t i = 0; i < h->n; i++) {
		free(h->v[i].name);
		mf_secret_free(h->v[i].value);
	}
	free(h->v);
	*h = (struct mf_vault_headers){ 0 };
}

int mf_vault_headers_add(struct mf_vault_headers *h, struct mf_str name, struct mf_str value, struct mf_err *err)
{
	struct mf_vault_header *grown, one;

	if (h->n == HEADERS_MAX) {
		mf_fail(err, MF_E_VAULT_CONFIG, "more than %d request headers", HEADERS_MAX);
		return -1;
	}
	grown = mf_regrow(h->v, h->n + 1, sizeof(*grown));
	if (!grown)
		return mf_fail_nomem(err);
	h->v = grown;
	one.name = mf_strndup(name.p, name.n);
	one.value = mf_secret_new(value.p, value.n);
	if (!one.name || !one.value) {
		free(one.name);
		mf_secret_free(one.value);
		return mf_fail_nomem(err);
	}
	h->v[h->n++] = one;
	return 0;
}

/* RFC 9110 section 5.6.2 */
static bool token_chars(struct mf_str s)
{
	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];

		if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || strchr("!#$%&'*+-.^_`|~", c)))
			return false;
	}
	return s.n > 0;
}

static bool value_chars(struct mf_str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (((unsigned char)s.p[i] < 0x20 && s.p[i] != '\t') || s.p[i] == 0x7f)
			return false;
	return true;
}

static struct mf_str trim(struct mf_str s)
{
	while (s.n && (s.p[0] == ' ' || s.p[0] == '\t'))
		s.p++, s.n--;
	while (s.n && (s.p[s.n - 1] == ' ' || s.p[s.n - 1] == '\t' || s.p[s.n - 1] == '\r'))
		s.n--;
	return s;
}

/* What this program sets itself or what would change how the request is read. */
static bool reserved(struct mf_str name)
{
	static const char *const names[] = { "host", "content-length", "transfer-encoding", "connection", "x-vault-token",
					     "x-vault-namespace", "x-vault-request" };

	for (size_t i = 0; i < MF_COUNT(names); i++)
		if (strlen(names[i]) == name.n && strncasecmp(names[i], name.p, name.n) == 0)
			return true;
	return false;
}

static int add_line(struct mf_vault_headers *out, struct mf_str line, const char *origin, size_t index, struct mf_err *err)
{
	const char *colon = line.n ? memchr(line.p, ':', line.n) : NULL;
	const size_t n = colon ? (size_t)(colon - line.p) : 0;
	struct mf_str name = { line.p, n }, value = { NULL, 0 };

	name = trim(name);
	if (colon)
		value = trim((struct mf_str){ colon + 1, line.n - n - 1 });
	if (!token_chars(name) || !value_chars(value)) {
		mf_fail(err, MF_E_VAULT_CONFIG, "header %zu of %s cannot be sent", index, origin);
		mf_err_hint(err, "write one header on each line, as in: X-Custom: value");
		return -1;
	}
	if (reserved(name)) {
		mf_fail(err, MF_E_VAULT_CONFIG, "header '%.*s' cannot be set in %s", (int)name.n, name.p, origin);
		mf_err_why(err, "mayfly sets it itself");
		return -1;
	}
	return mf_vault_headers_add(out, name, value, err);
}

int mf_vault_extra(struct mf_vault_headers *out, const struct mf_conf *conf, struct mf_err *err)
{
	size_t n;
	const char *const *lines = mf_conf_list(conf, MF_K_VAULT_HEADERS, &n);

	for (size_t i = 0; i < n; i++)
		if (add_line(out, mf_str(lines[i]), mf_conf_origin(conf, MF_K_VAULT_HEADERS), i + 1, err)) {
			mf_vault_headers_free(out);
			return -1;
		}
	return 0;
}

int mf_vault_extra_text(struct mf_vault_headers *out, struct mf_str text, struct mf_err *err)
{
	for (size_t i = 1; text.n; i++) {
		const char *end = memchr(text.p, '\n', text.n);
		const size_t n = end ? (size_t)(end - text.p) : text.n;

		if (n && add_line(out, (struct mf_str){ text.p, n }, "the saved state", i, err)) {
			mf_vault_headers_free(out);
			return -1;
		}
		text = (struct mf_str){ text.p + n + (end != NULL), text.n - n - (end != NULL) };
	}
	return 0;
}

int mf_vault_priv(struct mf_vault_priv **out, struct mf_cred *cred, struct mf_err *err)
{
	if (!cred->priv && !(cred->priv = mf_calloc(1, sizeof(struct mf_vault_priv))))
		return mf_fail_nomem(err);
	*out = cred->priv;
	return 0;
}

static int build_url(struct mf_buf *url, const struct mf_cred *cred, const char *path, const char *version, struct mf_err *err)
{
	size_t n = strlen(cred->url);

	while (n && cred->url[n - 1] == '/')
		n--;
	if (mf_buf_add(url, cred->url, n, err) || mf_buf_puts(url, "/v1/", err) || mf_url_add_path(url, mf_str(path), err))
		return -1;
	return version ? mf_url_add_query(url, "version", mf_str(version), err) : 0;
}

static void add_headers(struct mf_header *out, size_t *n, const struct mf_vault_headers *from)
{
	for (size_t i = 0; i < from->n; i++)
		out[(*n)++] = (struct mf_header){ .name = from->v[i].name, .secret = from->v[i].value };
}

int mf_vault_request(struct mf_vault_request *out, const struct mf_cred *cred, enum mf_vault_as as, const char *path, const char *version,
		     struct mf_err *err)
{
	const struct mf_vault_priv *priv = cred->priv;
	struct mf_vault_request r = { .url = MF_BUF(URL_MAX) };
	size_t n = 0;

	if (build_url(&r.url, cred, path, version, err)) {
		mf_buf_free(&r.url);
		return -1;
	}
	r.headers = mf_calloc(3 + (priv ? priv->extra.n + priv->inline_auth.n : 0), sizeof(*r.headers));
	if (!r.headers) {
		mf_buf_free(&r.url);
		return mf_fail_nomem(err);
	}
	r.headers[n++] = (struct mf_header){ .name = "X-Vault-Request", .value = "true" };
	if (cred->ns && cred->ns[0])
		r.headers[n++] = (struct mf_header){ .name = "X-Vault-Namespace", .value = cred->ns };
	if (as == MF_VAULT_WITH_TOKEN && cred->token)
		r.headers[n++] = (struct mf_header){ .name = "X-Vault-Token", .secret = cred->token };
	if (priv)
		add_headers(r.headers, &n, &priv->extra);
	if (priv && as == MF_VAULT_WITH_TOKEN)
		add_headers(r.headers, &n, &priv->inline_auth);
	r.req = (struct mf_req){ .method = "GET", .url = r.url.p, .headers = r.headers, .n_headers = n, .retry = MF_RETRY_SAFE };
	*out = r;
	return 0;
}

void mf_vault_request_free(struct mf_vault_request *r)
{
	mf_buf_free(&r->url);
	free(r->headers);
	*r = (struct mf_vault_request){ 0 };
}

int mf_vault_call(struct mf_http *http, const struct mf_cred *cred, const char *method, const char *path, const struct mf_secret *body,
		  enum mf_retry retry, long *status, struct mf_json **json, struct mf_err *err)
{
	struct mf_vault_request r;
	struct mf_resp resp = { 0 };
	int rc;

	if (mf_vault_request(&r, cred, cred->token ? MF_VAULT_WITH_TOKEN : MF_VAULT_ANONYMOUS, path, NULL, err))
		return -1;
	r.req.method = method;
	r.req.body = body;
	r.req.retry = retry;
	rc = mf_http_do(http, &r.req, &resp, err);
	if (rc == 0) {
		*status = resp.status;
		rc = mf_vault_body(json, &resp, err);
	}
	mf_resp_free(&resp);
	mf_vault_request_free(&r);
	return rc;
}

enum { MOUNTS_REFUSED, MOUNTS_SHOWN, MOUNTS_STRANGE };

/* Everybody may ask which mounts there are to see: every valid token, whatever its policies are, and who has none; with a token
 * that the server does not know it is refused. */
static int ask_mounts(struct mf_http *http, const struct mf_cred *cred)
{
	MF_CLEANUP(mf_json_freep) struct mf_json *json = NULL;
	struct mf_err err = { 0 };
	long status;

	if (mf_vault_call(http, cred, "GET", "sys/internal/ui/mounts", NULL, MF_RETRY_SAFE, &status, &json, &err))
		return MOUNTS_STRANGE;
	if (status == 200)
		return mf_vault_own_answer(json) ? MOUNTS_SHOWN : MOUNTS_STRANGE;
	return status == 403 && mf_vault_bad_token(json) ? MOUNTS_REFUSED : MOUNTS_STRANGE;
}

int mf_vault_alive(struct mf_http *http, const struct mf_cred *cred)
{
	int seen = ask_mounts(http, cred);

	return seen == MOUNTS_SHOWN ? 1 : seen == MOUNTS_REFUSED ? 0 : -1;
}

bool mf_vault_forgotten(struct mf_http *http, const struct mf_cred *cred)
{
	struct mf_cred nobody = *cred;

	nobody.token = NULL;
	return ask_mounts(http, cred) == MOUNTS_REFUSED && ask_mounts(http, &nobody) == MOUNTS_SHOWN;
}
