/* SPDX-License-Identifier: Apache-2.0 */
/* AWS Signature Version 4 of a request: the headers that prove that the sender has a secret key, without it.
 * Source: AWS, "Create a signed AWS API request" (Signature Version 4 for API requests). Paths are encoded once more, as all services but S3 want it. */
#include <stdlib.h>
#include <strings.h>

#include <mayfly/alloc.h>
#include <mayfly/clock.h>
#include <mayfly/enc.h>
#include <mayfly/hash.h>
#include <mayfly/reveal.h>

#include "net.h"

enum { SIGNED_MAX = 32, PAIRS_MAX = 256, SEGMENTS_MAX = 256, TEXT_MAX = 1 << 20, NAME_MAX_LEN = 64 };

struct field {
	char name[NAME_MAX_LEN];	/* in lower case */
	struct mf_str value;
};

struct signing {
	const struct mf_req *req;
	const struct mf_sigv4 *key;
	struct mf_url url;
	char host[MF_URL_HOST], date[17], scope[200];	/* 20261126T025214Z; 20261126/us-east-1/sts/aws4_request */
	struct field fields[SIGNED_MAX];
	size_t n;
	struct mf_secret *text;		/* the canonical request */
};

static int put(struct mf_secret *out, struct mf_str s, struct mf_err *err)
{
	return s.n ? mf_secret_add(out, s.p, s.n, err) : 0;
}

static int put_z(struct mf_secret *out, const char *s, struct mf_err *err)
{
	return put(out, mf_str(s), err);
}

static int too_much(struct mf_err *err, const char *what)
{
	mf_fail(err, MF_E_HTTP_REQUEST, "a request cannot be signed for AWS");
	mf_err_why(err, "it has more %s than can be", what);
	return -1;
}

/* What stands before the next `mark`, and is taken from *rest with it; false: nothing is left. */
static bool next(struct mf_str *rest, char mark, struct mf_str *part)
{
	const char *at = rest->n ? memchr(rest->p, mark, rest->n) : NULL;

	*part = (struct mf_str){ rest->p, at ? (size_t)(at - rest->p) : rest->n };
	if (rest->n == 0)
		return false;
	rest->p += part->n + (at != NULL);
	rest->n -= part->n + (at != NULL);
	return true;
}

/* -- the path --------------------------------------------------------------------------------------- */

static int put_encoded(struct mf_secret *out, struct mf_str s, struct mf_err *err)
{
	char text[3 * 64];

	for (size_t at = 0; at < s.n; at += 64) {
		const size_t n = s.n - at < 64 ? s.n - at : 64;

		if (mf_secret_add(out, text, mf_pct_encode(text, s.p + at, n, true), err))
			return -1;
	}
	return 0;
}

/* Its parts without "." and empty ones; ".." takes one away. */
static int put_path(struct mf_secret *out, struct mf_str path, struct mf_err *err)
{
	struct mf_str parts[SEGMENTS_MAX], rest = path, part;
	size_t n = 0;

	while (next(&rest, '/', &part)) {
		if (mf_str_is(part, "..")) {
			n -= n > 0;
		} else if (part.n && !mf_str_is(part, ".")) {
			if (n == SEGMENTS_MAX)
				return too_much(err, "segments in its path");
			parts[n++] = part;
		}
	}
	for (size_t i = 0; i < n; i++)
		if (mf_secret_add(out, "/", 1, err) || put_encoded(out, parts[i], err))
			return -1;
	return n == 0 || path.p[path.n - 1] == '/' ? mf_secret_add(out, "/", 1, err) : 0;
}

/* -- the query -------------------------------------------------------------------------------------- */

struct pair {
	struct mf_str name, value;
};

static int compare(struct mf_str a, struct mf_str b)
{
	const int c = memcmp(a.n ? a.p : "", b.n ? b.p : "", a.n < b.n ? a.n : b.n);

	return c ? c : (a.n > b.n) - (a.n < b.n);
}

static int by_name(const void *a, const void *b)
{
	const struct pair *x = a, *y = b;
	const int c = compare(x->name, y->name);

	return c ? c : compare(x->value, y->value);
}

/* What was sent is encoded already. */
static int put_query(struct mf_secret *out, struct mf_str query, struct mf_err *err)
{
	struct pair pairs[PAIRS_MAX];
	struct mf_str one;
	size_t n = 0;

	while (next(&query, '&', &one)) {
		if (n == PAIRS_MAX)
			return too_much(err, "parameters");
		next(&one, '=', &pairs[n].name);
		pairs[n++].value = one;
	}
	qsort(pairs, n, sizeof(*pairs), by_name);
	for (size_t i = 0; i < n; i++)
		if ((i && mf_secret_add(out, "&", 1, err)) || put(out, pairs[i].name, err) || mf_secret_add(out, "=", 1, err) ||
		    put(out, pairs[i].value, err))
			return -1;
	return 0;
}

/* -- headers ---------------------------------------------------------------------------------------- */

static int field_add(struct signing *s, const char *name, struct mf_str value, struct mf_err *err)
{
	struct field f = { .value = value };
	size_t i = s->n;

	if (s->n == SIGNED_MAX || strlen(name) >= sizeof(f.name))
		return too_much(err, "headers");
	for (size_t k = 0; name[k]; k++)
		f.name[k] = name[k] >= 'A' && name[k] <= 'Z' ? (char)(name[k] | 0x20) : name[k];
	for (; i > 0 && strcmp(s->fields[i - 1].name, f.name) > 0; i--)
		s->fields[i] = s->fields[i - 1];
	s->fields[i] = f;
	s->n++;
	return 0;
}

static int fields_collect(struct signing *s, struct mf_err *err)
{
	const struct mf_req *req = s->req;

	if (field_add(s, "host", mf_str(s->host), err) || field_add(s, "x-amz-date", mf_str(s->date), err) ||
	    (req->body && field_add(s, "content-type", mf_str(req->content_type ? req->content_type : "application/json"), err)) ||
	    (s->key->token && field_add(s, "x-amz-security-token", mf_secret_reveal(s->key->token), err)))
		return -1;
	for (size_t i = 0; i < req->n_headers; i++) {
		const struct mf_header *h = &req->headers[i];

		if (strncasecmp(h->name, "x-amz-", 6) == 0 && !h->secret && field_add(s, h->name, mf_str(h->value ? h->value : ""), err))
			return -1;
	}
	return 0;
}

/* Without blanks at its ends, and with one where it has several. */
static int put_value(struct mf_secret *out, struct mf_str v, struct mf_err *err)
{
	bool blank = false, begun = false;

	for (size_t i = 0; i < v.n; i++) {
		if (v.p[i] == ' ' || v.p[i] == '\t') {
			blank = true;
			continue;
		}
		if ((blank && begun && mf_secret_add(out, " ", 1, err)) || mf_secret_add(out, &v.p[i], 1, err))
			return -1;
		blank = false;
		begun = true;
	}
	return 0;
}

static int put_names(struct mf_secret *out, const struct signing *s, struct mf_err *err)
{
	for (size_t i = 0; i < s->n; i++)
		if ((i && mf_secret_add(out, ";", 1, err)) || put_z(out, s->fields[i].name, err))
			return -1;
	return 0;
}

/* -- the signature ---------------------------------------------------------------------------------- */

static void hex_of(char out[static 65], struct mf_str s)
{
	unsigned char digest[32];

	mf_sha256(digest, s.n ? s.p : "", s.n);
	mf_hex_encode(out, digest, sizeof(digest), false);
	out[64] = '\0';
}

static int canonical(struct signing *s, struct mf_err *err)
{
	const char *method = s->req->method ? s->req->method : "GET";
	char hash[65];

	hex_of(hash, s->req->body ? mf_secret_reveal(s->req->body) : (struct mf_str){ 0 });
	if (put_z(s->text, method, err) || put_z(s->text, "\n", err) || put_path(s->text, s->url.path, err) || put_z(s->text, "\n", err) ||
	    put_query(s->text, s->url.query, err) || put_z(s->text, "\n", err))
		return -1;
	for (size_t i = 0; i < s->n; i++)
		if (put_z(s->text, s->fields[i].name, err) || put_z(s->text, ":", err) || put_value(s->text, s->fields[i].value, err) ||
		    put_z(s->text, "\n", err))
			return -1;
	return put_z(s->text, "\n", err) || put_names(s->text, s, err) || put_z(s->text, "\n", err) || put_z(s->text, hash, err) ? -1 : 0;
}

static int derive(unsigned char out[static 32], const struct signing *s, struct mf_err *err)
{
	MF_CLEANUP(mf_secret_freep) struct mf_secret *first = mf_secret_empty(TEXT_MAX);
	const struct mf_str secret = mf_secret_reveal(s->key->secret);
	struct mf_str k;

	if (!first)
		return mf_fail_nomem(err);
	if (put_z(first, "AWS4", err) || put(first, secret, err))
		return -1;
	k = mf_secret_reveal(first);
	mf_hmac_sha256(out, k.p, k.n, s->date, 8);
	mf_hmac_sha256(out, out, 32, s->key->region, strlen(s->key->region));
	mf_hmac_sha256(out, out, 32, s->key->service, strlen(s->key->service));
	mf_hmac_sha256(out, out, 32, "aws4_request", 12);
	return 0;
}

static int signature(char out[static 65], const struct signing *s, struct mf_err *err)
{
	unsigned char key[32], mac[32];
	char hash[65], text[400];

	if (derive(key, s, err))
		return -1;
	hex_of(hash, mf_secret_reveal(s->text));
	snprintf(text, sizeof(text), "AWS4-HMAC-SHA256\n%s\n%s\n%s", s->date, s->scope, hash);
	mf_hmac_sha256(mac, key, sizeof(key), text, strlen(text));
	mf_wipe(key, sizeof(key));
	mf_hex_encode(out, mac, sizeof(mac), false);
	out[64] = '\0';
	return 0;
}

/* "20261126T025214Z" of "2026-11-26T02:52:14Z" */
static void date_of(char out[static 17], int64_t now)
{
	char text[21];
	size_t n = 0;

	mf_time_format(text, now);
	for (const char *p = text; *p && n < 16; p++)
		if (*p != '-' && *p != ':')
			out[n++] = *p;
	out[n] = '\0';
}

static int headers_put(struct mf_secret *lines, const struct signing *s, const char *sig, struct mf_err *err)
{
	if (put_z(lines, "X-Amz-Date: ", err) || put_z(lines, s->date, err) || mf_secret_add(lines, "", 1, err))
		return -1;
	if (s->key->token && (put_z(lines, "X-Amz-Security-Token: ", err) || mf_secret_join(lines, s->key->token, err) || mf_secret_add(lines, "", 1, err)))
		return -1;
	return put_z(lines, "Authorization: AWS4-HMAC-SHA256 Credential=", err) || mf_secret_join(lines, s->key->id, err) || put_z(lines, "/", err) ||
	       put_z(lines, s->scope, err) || put_z(lines, ", SignedHeaders=", err) || put_names(lines, s, err) ||
	       put_z(lines, ", Signature=", err) || put_z(lines, sig, err) || mf_secret_add(lines, "", 1, err) ? -1 : 0;
}

int mf_sigv4_lines(struct mf_secret *lines, const struct mf_req *req, struct mf_err *err)
{
	struct signing s = { .req = req, .key = req->sigv4 };
	char sig[65];
	int rc;

	if (mf_url_parse(&s.url, req->url, err))
		return -1;
	date_of(s.date, s.key->now ? s.key->now : mf_now());
	mf_url_host(s.host, &s.url);
	if ((size_t)snprintf(s.scope, sizeof(s.scope), "%.8s/%s/%s/aws4_request", s.date, s.key->region, s.key->service) >= sizeof(s.scope))
		return too_much(err, "characters in its region");
	s.text = mf_secret_empty(TEXT_MAX);
	if (!s.text)
		return mf_fail_nomem(err);
	rc = fields_collect(&s, err) || canonical(&s, err) || signature(sig, &s, err) || headers_put(lines, &s, sig, err) ? -1 : 0;
	mf_secret_free(s.text);
	return rc;
}
