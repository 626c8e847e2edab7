/* SPDX-License-Identifier: Apache-2.0 */
/* What comes back: header lines within limits, and the body straight into secret memory. */
#include <stdlib.h>
#include <strings.h>

#include <mayfly/alloc.h>
#include <mayfly/clock.h>

#include "net.h"

int mf_answer_begin(struct mf_answer *a, size_t max_body, struct mf_err *err)
{
	mf_answer_clear(a);
	a->max_body = max_body;
	a->retry_after = -1;
	a->body = mf_secret_empty(max_body);
	return a->body ? 0 : mf_fail_nomem(err);
}

void mf_answer_clear(struct mf_answer *a)
{
	mf_secret_free(a->body);
	free(a->location);
	*a = (struct mf_answer){ .body = NULL };
}

static void copy_printable(char *out, size_t size, struct mf_str v)
{
	size_t n = v.n < size - 1 ? v.n : size - 1;

	for (size_t i = 0; i < n; i++)
		out[i] = v.p[i] >= 0x20 && v.p[i] < 0x7f ? v.p[i] : '?';
	out[n] = '\0';
}

/* "text/html; charset=utf-8" -> "text/html"; nothing when it is no media type of a usual length (RFC 9110 section 8.3.1). */
static void copy_media_type(char *out, struct mf_str v)
{
	size_t n = 0, slashes = 0;

	out[0] = '\0';
	while (n < v.n && v.p[n] != ';' && v.p[n] != ' ' && v.p[n] != '\t') {
		char c = v.p[n++];

		slashes += c == '/';
		if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || (c && strchr("/!#$&^_.+-", c))))
			return;
	}
	if (n > MF_NET_MEDIA_TYPE || slashes != 1)
		return;
	memcpy(out, v.p, n);
	out[n] = '\0';
}

static bool is_request_id(struct mf_str name)
{
	static const char *const names[] = { "x-request-id", "x-amzn-requestid", "x-amz-request-id", "x-ms-request-id",
		"x-github-request-id", "x-goog-request-id", "request-id" };

	for (size_t i = 0; i < MF_COUNT(names); i++) {
		if (name.n == strlen(names[i]) && strncasecmp(name.p, names[i], name.n) == 0)
			return true;
	}
	return false;
}

static bool name_is(struct mf_str name, const char *s)
{
	return name.n == strlen(s) && strncasecmp(name.p, s, name.n) == 0;
}

static void field(struct mf_answer *a, struct mf_str name, struct mf_str v)
{
	for (size_t i = 0; a->want && i < MF_WANTED; i++)
		if (a->want[i] && name_is(name, a->want[i]))
			copy_printable(a->wanted[i], sizeof(a->wanted[i]), v);
	if (name_is(name, "content-type")) {
		copy_media_type(a->content_type, v);
	} else if (name_is(name, "retry-after")) {
		if (!mf_retry_after_parse(&a->retry_after, v, mf_now()))
			a->retry_after = -1;
	} else if (name_is(name, "location") && !a->location) {
		/* text with a NUL in it is cut there and then refused or harmless: the URL is parsed before use */
		a->location = mf_strndup(v.p, v.n);
		if (!a->location)
			a->reject = MF_REJECT_MEMORY;
	} else if (name_is(name, "date")) {
		if (!mf_http_date_parse(&a->date, v))
			a->date = 0;
	} else if (is_request_id(name) && !a->request_id[0]) {
		copy_printable(a->request_id, sizeof a->request_id, v);
	}
}

/* A status line begins a new header: after 100 Continue, say. */
static void restart(struct mf_answer *a, struct mf_str status_line)
{
	const char *space = memchr(status_line.p, ' ', status_line.n);


	free(a->location);
	a->location = NULL;
	a->complete_head = false;
	a->final = space && space + 1 < status_line.p + status_line.n && space[1] != '1';
	a->retry_after = -1;
	a->content_type[0] = a->request_id[0] = '\0';
	for (size_t i = 0; i < MF_WANTED; i++)
		a->wanted[i][0] = '\0';
	a->date = 0;
}

static void line(struct mf_answer *a, struct mf_str l)
{
	const char *colon = memchr(l.p, ':', l.n);
	struct mf_str name, v;

	if (!colon)
		return;
	name = (struct mf_str){ .p = l.p, .n = (size_t)(colon - l.p) };
	v = (struct mf_str){ .p = colon + 1, .n = l.n - name.n - 1 };
	while (v.n && (*v.p == ' ' || *v.p == '\t')) {
		v.p++;
		v.n--;
	}
	while (v.n && (v.p[v.n - 1] == ' ' || v.p[v.n - 1] == '\t'))
		v.n--;
	field(a, name, v);
}

size_t mf_answer_header(char *p, size_t size, size_t n, void *answer)
{
	struct mf_answer *a = answer;
	struct mf_str l = { .p = p, .n = n * size };

	a->line_bytes += l.n;
	if (++a->lines > MF_NET_HEADERS || a->line_bytes > MF_NET_HEADER_BYTES) {
		a->reject = MF_REJECT_HEADER;
		return 0;
	}
	while (l.n && (l.p[l.n - 1] == '\n' || l.p[l.n - 1] == '\r'))
		l.n--;
	if (l.n >= 5 && memcmp(l.p, "HTTP/", 5) == 0)
		restart(a, l);
	else if (l.n == 0)
		a->complete_head = a->final;
	else if (!a->complete_head)	/* what follows the body is of no use here */
		line(a, l);
	return a->reject ? 0 : n * size;
}

size_t mf_answer_body(char *p, size_t size, size_t n, void *answer)
{
	struct mf_answer *a = answer;
	struct mf_err ignored;

	n *= size;
	if (mf_secret_len(a->body) + n > a->max_body) {
		a->reject = MF_REJECT_SIZE;
		return 0;
	}
	if (n && mf_secret_add(a->body, p, n, &ignored) < 0) {
		a->reject = MF_REJECT_MEMORY;
		return 0;
	}
	return n;
}
