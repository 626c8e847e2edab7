/* SPDX-License-Identifier: Apache-2.0 */
/* What is sent: method and header lines, checked so that no value can end a line. */
#include <stdlib.h>
#include <strings.h>

#include <mayfly/alloc.h>
#include <mayfly/reveal.h>

#include "net.h"

#ifndef MF_VERSION
#define MF_VERSION "dev"
#endif

enum { METHOD_MAX_LEN = 16, NAME_MAX_LEN = 128 };

/* RFC 9110 section 5.6.2 */
static bool is_token(const char *s, size_t max)
{
	size_t n = 0;

	for (; s[n]; n++) {
		char c = s[n];
		bool alnum = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');

		if (n >= max || (!alnum && !strchr("!#$%&'*+-.^_`|~", c)))
			return false;
	}
	return n > 0;
}

static bool value_safe(struct mf_str v)
{
	for (size_t i = 0; i < v.n; i++) {
		unsigned char c = (unsigned char)v.p[i];

		if ((c < 0x20 && c != '\t') || c == 0x7f)
			return false;
	}
	return true;
}

/* What libcurl sets itself: two of them in one request are read in two ways by two servers. */
static bool is_framing(const char *name)
{
	static const char *const names[] = { "Content-Length", "Transfer-Encoding", "Connection", "Expect", "TE", "Trailer", "Upgrade" };

	for (size_t i = 0; i < MF_COUNT(names); i++) {
		if (strcasecmp(name, names[i]) == 0)
			return true;
	}
	return false;
}

static int refuse(struct mf_err *err, const char *what, const char *name, const char *why)
{
	mf_fail(err, MF_E_HTTP_REQUEST, "%s '%.100s' cannot be sent", what, name);
	mf_err_why(err, "%s", why);
	return -1;
}

static int header_check(const struct mf_header *h, struct mf_err *err)
{
	if (!h->name || !is_token(h->name, NAME_MAX_LEN))
		return refuse(err, "the header", h->name ? h->name : "", "its name is not an HTTP token of at most 128 characters");
	if (is_framing(h->name))
		return refuse(err, "the header", h->name, "it is part of how the message is framed");
	if (h->value && !value_safe(mf_str(h->value)))
		return refuse(err, "the header", h->name, "its value has a line break or another control character in it");
	if (h->secret && !value_safe(mf_secret_reveal(h->secret))) {
		refuse(err, "the header", h->name, "the secret in it has a line break or another control character in it");
		mf_err_hint(err, "look for a newline at the end of the token");
		return -1;
	}
	return 0;
}

int mf_request_check(const struct mf_req *req, struct mf_err *err)
{
	if (req->method && !is_token(req->method, METHOD_MAX_LEN))
		return refuse(err, "the method", req->method, "it is not an HTTP token");
	if (req->content_type && !value_safe(mf_str(req->content_type)))
		return refuse(err, "the header", "Content-Type", "its value has a control character in it");
	for (size_t i = 0; i < req->n_headers; i++) {
		if (header_check(&req->headers[i], err) < 0)
			return -1;
	}
	return 0;
}

static bool has_header(const struct mf_req *req, const char *name)
{
	for (size_t i = 0; i < req->n_headers; i++) {
		if (strcasecmp(req->headers[i].name, name) == 0)
			return true;
	}
	return false;
}

/* -- the lines, each ended by NUL in one secret text; curl's list points into it -- */

static int put(struct mf_secret *text, const char *s, struct mf_err *err)
{
	return mf_secret_add(text, s, strlen(s), err);
}

/* curl reads "Name;" as a header without a value, and "Name:" as one to leave out. */
static int line_add(struct mf_secret *text, const struct mf_header *h, struct mf_err *err)
{
	bool empty = (!h->value || !*h->value) && (!h->secret || mf_secret_len(h->secret) == 0);

	if (put(text, h->name, err) < 0 || put(text, empty ? ";" : ": ", err) < 0)
		return -1;
	if (h->value && put(text, h->value, err) < 0)
		return -1;
	if (h->secret && mf_secret_join(text, h->secret, err) < 0)
		return -1;
	return mf_secret_add(text, "", 1, err);
}

static int default_add(struct mf_secret *text, const struct mf_req *req, const char *name, const char *value, struct mf_err *err)
{
	struct mf_header h = { .name = name, .value = value };

	return has_header(req, name) ? 0 : line_add(text, &h, err);
}

static int text_build(struct mf_secret *text, const struct mf_req *req, struct mf_err *err)
{
	const char *type = req->content_type ? req->content_type : "application/json";

	if (default_add(text, req, "User-Agent", "mayfly/" MF_VERSION, err) < 0
	    || default_add(text, req, "Accept", "application/json", err) < 0
	    || (req->body && default_add(text, req, "Content-Type", type, err) < 0))
		return -1;
	for (size_t i = 0; i < req->n_headers; i++) {
		if (line_add(text, &req->headers[i], err) < 0)
			return -1;
	}
	if (req->sigv4 && mf_sigv4_lines(text, req, err))
		return -1;
	/* leave these out: one costs a round trip, the other would be a guess */
	if (mf_secret_add(text, "Expect:", 8, err) < 0)
		return -1;
	return !req->body && !has_header(req, "Content-Type") ? mf_secret_add(text, "Content-Type:", 14, err) : 0;
}

static int nodes_build(struct mf_lines *l, struct mf_err *err)
{
	struct mf_str text = mf_secret_reveal(l->text);
	size_t n = 0, at = 0;

	for (size_t i = 0; i < text.n; i++)
		n += text.p[i] == '\0';
	l->nodes = mf_calloc(n, sizeof *l->nodes);
	if (!l->nodes)
		return mf_fail_nomem(err);
	for (size_t i = 0; i < n; i++) {
		/* curl only reads the list */
		l->nodes[i].data = (char *)(uintptr_t)(text.p + at);
		l->nodes[i].next = i + 1 < n ? &l->nodes[i + 1] : NULL;
		at += strlen(text.p + at) + 1;
	}
	return 0;
}

int mf_lines_build(struct mf_lines *out, const struct mf_req *req, struct mf_err *err)
{
	struct mf_lines l = { .text = mf_secret_empty(MF_NET_REQUEST_BYTES) };

	if (!l.text)
		return mf_fail_nomem(err);
	if (text_build(l.text, req, err) < 0) {
		struct mf_err cause = *err;

		mf_lines_free(&l);
		if (!cause.id || strcmp(cause.id, mf_error_id(MF_E_BASE_LIMIT)) != 0)
			return -1;
		return refuse(err, "the header of", req->url, "it is longer than 256 KiB");
	}
	if (nodes_build(&l, err) < 0) {
		mf_lines_free(&l);
		return -1;
	}
	*out = l;
	return 0;
}

void mf_lines_free(struct mf_lines *l)
{
	free(l->nodes);
	mf_secret_free(l->text);
	*l = (struct mf_lines){ .text = NULL };
}
