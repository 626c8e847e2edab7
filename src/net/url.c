/* SPDX-License-Identifier: Apache-2.0 */
/* URLs: taken apart and checked (RFC 3986), put together with percent encoding. */
#include <arpa/inet.h>
#include <stdio.h>
#include <strings.h>

#include <mayfly/enc.h>
#include <mayfly/url.h>

enum { URL_MAX_LEN = 16384, HOST_MAX_LEN = 253, LABEL_MAX_LEN = 63, SHOWN_MAX_LEN = 160 };

/* The part that may be shown: a query can hold a token, and so can what stands before an '@'. */
static struct mf_str shown_part(const char *url)
{
	struct mf_str s = { .p = url, .n = strcspn(url, "?#") };
	const char *at = memrchr(s.p, '@', s.n);

	if (at)
		s = (struct mf_str){ .p = at + 1, .n = s.n - (size_t)(at + 1 - s.p) };
	if (s.n > SHOWN_MAX_LEN)
		s.n = SHOWN_MAX_LEN;
	return s;
}

static int invalid(struct mf_err *err, const char *url, const char *why)
{
	struct mf_str s = shown_part(url);

	mf_fail(err, MF_E_URL_INVALID, "'%.*s' is not a URL that can be used", (int)s.n, s.p);
	mf_err_why(err, "%s", why);
	mf_err_hint(err, "give it as https://HOST[:PORT][/PATH]");
	return -1;
}

/* Control characters, spaces, backslashes and bytes beyond ASCII: other parsers read them in their own ways. */
static const char *bad_text(const char *url)
{
	size_t n = 0;

	for (const char *p = url; *p; p++, n++) {
		unsigned char c = (unsigned char)*p;

		if (c < 0x20 || c == 0x7f)
			return "it has a control character in it";
		if (c == ' ')
			return "it has a space in it";
		if (c == '\\')
			return "it has a backslash in it";
		if (c >= 0x80)
			return "it has a character beyond ASCII in it: percent-encode the path, write the host in punycode";
		if (n >= URL_MAX_LEN)
			return "it is longer than 16 KiB";
	}
	return NULL;
}

static bool host_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
}

static bool name_valid(struct mf_str host)
{
	size_t label = 0;

	if (host.n == 0 || host.n > HOST_MAX_LEN)
		return false;
	for (size_t i = 0; i < host.n; i++) {
		if (host.p[i] == '.') {
			if (label == 0)
				return false;
			label = 0;
		} else if (!host_char(host.p[i]) || ++label > LABEL_MAX_LEN) {
			return false;
		}
	}
	return true;
}

/* The address in network order, false when the text is none. Forms such as 127.1 or 0x7f.1 are none here. */
static bool ip_parse(int family, void *out, struct mf_str s)
{
	char text[INET6_ADDRSTRLEN];

	if (s.n >= sizeof text)
		return false;
	memcpy(text, s.p, s.n);
	text[s.n] = '\0';
	return inet_pton(family, text, out) == 1;
}

static bool is_loopback(struct mf_str host)
{
	struct in_addr v4;
	struct in6_addr v6;

	if (host.n == 9 && strncasecmp(host.p, "localhost", 9) == 0)
		return true;
	if (ip_parse(AF_INET, &v4, host))
		return (ntohl(v4.s_addr) >> 24) == 127;
	return ip_parse(AF_INET6, &v6, host) && IN6_IS_ADDR_LOOPBACK(&v6);
}

static bool is_link_local(struct mf_str host)
{
	struct in_addr v4;

	return ip_parse(AF_INET, &v4, host) && ntohl(v4.s_addr) >> 16 == 0xa9fe;
}

static bool port_parse(uint16_t *port, struct mf_str s)
{
	unsigned v = 0;

	if (s.n == 0 || s.n > 5)
		return false;
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] < '0' || s.p[i] > '9')
			return false;
		v = v * 10 + (unsigned)(s.p[i] - '0');
	}
	if (v == 0 || v > 65535)
		return false;
	*port = (uint16_t)v;
	return true;
}

/* "host", "host:port", "[v6]" or "[v6]:port" -> u->host (without brackets) and u->port; NULL or what is wrong. */
static const char *authority_parse(struct mf_url *u, struct mf_str a)
{
	struct mf_str port = { .p = NULL };
	const char *end = a.p + a.n, *colon;
	struct in6_addr v6;

	if (a.n && a.p[0] == '[') {
		const char *close = memchr(a.p, ']', a.n);

		if (!close)
			return "the IPv6 address has no ']'";
		u->host = (struct mf_str){ .p = a.p + 1, .n = (size_t)(close - a.p) - 1 };
		if (!ip_parse(AF_INET6, &v6, u->host))
			return "what stands in brackets is not an IPv6 address";
		if (close + 1 != end && close[1] != ':')
			return "after the ']' a port or a path is expected";
		colon = close + 1 == end ? NULL : close + 1;
	} else {
		colon = memchr(a.p, ':', a.n);
		u->host = (struct mf_str){ .p = a.p, .n = colon ? (size_t)(colon - a.p) : a.n };
		if (u->host.n == 0)
			return "it has no host";
		if (!name_valid(u->host))
			return "the host is neither a name nor an address";
	}
	if (!colon)
		return NULL;
	port = (struct mf_str){ .p = colon + 1, .n = (size_t)(end - colon) - 1 };
	return port_parse(&u->port, port) ? NULL : "the port is not a number from 1 to 65535";
}

static const char *scheme_parse(struct mf_url *u, const char *url)
{
	if (strncasecmp(url, "https://", 8) == 0) {
		u->scheme = (struct mf_str){ .p = url, .n = 5 };
		u->port = 443;
	} else if (strncasecmp(url, "http://", 7) == 0) {
		u->scheme = (struct mf_str){ .p = url, .n = 4 };
		u->port = 80;
	} else {
		return "it begins neither with https:// nor with http://";
	}
	return NULL;
}

static void tail_parse(struct mf_url *u, const char *p)
{
	size_t n = strcspn(p, "?#");

	u->path = n ? (struct mf_str){ .p = p, .n = n } : mf_str("/");
	p += n;
	if (*p == '?') {
		n = strcspn(++p, "#");
		u->query = (struct mf_str){ .p = p, .n = n };
		p += n;
	}
	if (*p == '#')
		u->fragment = mf_str(p + 1);
}

int mf_url_parse(struct mf_url *out, const char *url, struct mf_err *err)
{
	struct mf_url u = { .port = 0 };
	struct mf_str authority;
	const char *why = bad_text(url);

	if (!why)
		why = scheme_parse(&u, url);
	if (why)
		return invalid(err, url, why);
	authority.p = url + u.scheme.n + 3;
	authority.n = strcspn(authority.p, "/?#");
	if (memchr(authority.p, '@', authority.n))
		return invalid(err, url, "it carries a user name or password before an '@'");
	why = authority_parse(&u, authority);
	if (why)
		return invalid(err, url, why);
	tail_parse(&u, authority.p + authority.n);
	u.loopback = is_loopback(u.host);
	u.link_local = is_link_local(u.host);
	*out = u;
	return 0;
}

void mf_url_host(char out[static MF_URL_HOST], const struct mf_url *u)
{
	const bool v6 = u->host.n && memchr(u->host.p, ':', u->host.n), own = u->port == (u->scheme.n == 5 ? 443 : 80);
	const int n = snprintf(out, MF_URL_HOST - 10, "%s%.*s%s", v6 ? "[" : "", (int)(u->host.n < 260 ? u->host.n : 260), u->host.p, v6 ? "]" : "");

	if (!own)
		snprintf(out + n, 10, ":%u", (unsigned)u->port);
}

static bool caseless_eq(struct mf_str a, struct mf_str b)
{
	return a.n == b.n && strncasecmp(a.p, b.p, a.n) == 0;
}

bool mf_url_same_origin(const struct mf_url *a, const struct mf_url *b)
{
	return a->port == b->port && caseless_eq(a->scheme, b->scheme) && caseless_eq(a->host, b->host);
}

static bool is_dots(struct mf_str s)
{
	return mf_str_is(s, ".") || mf_str_is(s, "..");
}

static int add_encoded(struct mf_buf *url, struct mf_str s, struct mf_err *err)
{
	char out[3 * 64];

	for (size_t at = 0; at < s.n; at += 64) {
		size_t n = s.n - at < 64 ? s.n - at : 64;

		if (mf_buf_add(url, out, mf_pct_encode(out, s.p + at, n, true), err) < 0)
			return -1;
	}
	return 0;
}

static int refuse_dots(struct mf_str s, struct mf_err *err)
{
	mf_fail(err, MF_E_URL_INVALID, "the path segment '%.*s' cannot be part of a URL", (int)s.n, s.p);
	mf_err_why(err, "servers and proxies take it as a step to another path");
	return -1;
}

int mf_url_add_segment(struct mf_buf *url, struct mf_str segment, struct mf_err *err)
{
	if (is_dots(segment))
		return refuse_dots(segment, err);
	return add_encoded(url, segment, err);
}

int mf_url_add_path(struct mf_buf *url, struct mf_str path, struct mf_err *err)
{
	size_t before = url->n, at = 0;

	while (at < path.n) {
		const char *slash = memchr(path.p + at, '/', path.n - at);
		struct mf_str part = { .p = path.p + at, .n = slash ? (size_t)(slash - path.p) - at : path.n - at };

		if (mf_url_add_segment(url, part, err) < 0 || (slash && mf_buf_putc(url, '/', err) < 0)) {
			if (url->p) {
				url->n = before;
				url->p[before] = '\0';
			}
			return -1;
		}
		at += part.n + (slash ? 1 : 0);
	}
	return 0;
}

int mf_url_add_query(struct mf_buf *url, const char *name, struct mf_str value, struct mf_err *err)
{
	char sep = url->n && memchr(url->p, '?', url->n) ? '&' : '?';

	if (mf_buf_putc(url, sep, err) < 0 || add_encoded(url, mf_str(name), err) < 0 || mf_buf_putc(url, '=', err) < 0)
		return -1;
	return add_encoded(url, value, err);
}
