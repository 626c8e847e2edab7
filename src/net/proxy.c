/* SPDX-License-Identifier: Apache-2.0 */
/* Which proxy a request goes through, from the environment; libcurl's own reading of it is switched off. */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

#include <mayfly/alloc.h>

#include "net.h"

/* The lower-case name wins, as it does in curl; an empty value counts as unset. */
static const char *env2(const char *lower, const char *upper)
{
	const char *v = getenv(lower);

	if ((!v || !*v) && upper)
		v = getenv(upper);
	return v && *v ? v : NULL;
}

/* What may be shown of a proxy: what follows the credentials. */
void mf_proxy_name(char out[static 128], const char *proxy)
{
	const char *at = strrchr(proxy, '@');
	const char *from = strstr(proxy, "://");
	size_t n;

	from = at ? at + 1 : from ? from + 3 : proxy;
	n = strcspn(from, "/?#");
	snprintf(out, 128, "%.*s", (int)(n < 127 ? n : 127), from);
}

static bool scheme_known(const char *proxy)
{
	static const char *const known[] = { "http", "https", "socks4", "socks4a", "socks5", "socks5h" };
	const char *sep = strstr(proxy, "://");

	if (!sep)
		return true;
	for (size_t i = 0; i < MF_COUNT(known); i++) {
		if ((size_t)(sep - proxy) == strlen(known[i]) && strncasecmp(proxy, known[i], strlen(known[i])) == 0)
			return true;
	}
	return false;
}

static int proxy_copy(char **out, const char *from, const char *what, struct mf_err *err)
{
	char name[128];

	if (!from)
		return 0;
	mf_proxy_name(name, from);
	for (const char *p = from; *p; p++) {
		if ((unsigned char)*p <= ' ' || *p == 0x7f) {
			mf_fail(err, MF_E_HTTP_PROXY, "the proxy of %s cannot be used", what);
			mf_err_why(err, "its value has a space or a control character in it");
			return -1;
		}
	}
	if (!scheme_known(from)) {
		mf_fail(err, MF_E_HTTP_PROXY, "the proxy '%s' of %s cannot be used", name, what);
		mf_err_why(err, "its scheme is not one of http, https, socks4, socks4a, socks5, socks5h");
		return -1;
	}
	*out = mf_strdup(from);
	return *out ? 0 : mf_fail_nomem(err);
}

int mf_proxy_open(struct mf_proxy *p, struct mf_err *err)
{
	/* a CGI program gets the client's "Proxy:" header as HTTP_PROXY */
	const char *http = env2("http_proxy", getenv("REQUEST_METHOD") ? NULL : "HTTP_PROXY");
	const char *https = env2("https_proxy", "HTTPS_PROXY");
	const char *all = env2("all_proxy", "ALL_PROXY"), *no = env2("no_proxy", "NO_PROXY");

	*p = (struct mf_proxy){ .http = NULL };
	if (proxy_copy(&p->http, http ? http : all, http ? "HTTP_PROXY" : "ALL_PROXY", err) < 0
	    || proxy_copy(&p->https, https ? https : all, https ? "HTTPS_PROXY" : "ALL_PROXY", err) < 0)
		goto fail;
	p->no_proxy = mf_strdup(no ? no : "");
	if (p->no_proxy)
		return 0;
	mf_fail_nomem(err);
fail:
	mf_proxy_close(p);
	return -1;
}

void mf_proxy_close(struct mf_proxy *p)
{
	mf_wipe_free(p->http, mf_str(p->http).n);
	mf_wipe_free(p->https, mf_str(p->https).n);
	free(p->no_proxy);
	*p = (struct mf_proxy){ .http = NULL };
}

/* -- NO_PROXY -- */

struct address {
	unsigned char bytes[16];
	size_t n;	/* 4, 16, or 0: no address */
};

static struct address address_of(struct mf_str s)
{
	struct address a = { .n = 0 };
	char text[INET6_ADDRSTRLEN];

	if (s.n >= 2 && s.p[0] == '[' && s.p[s.n - 1] == ']')
		s = (struct mf_str){ .p = s.p + 1, .n = s.n - 2 };
	if (s.n == 0 || s.n >= sizeof text)
		return a;
	memcpy(text, s.p, s.n);
	text[s.n] = '\0';
	if (inet_pton(AF_INET, text, a.bytes) == 1)
		a.n = 4;
	else if (inet_pton(AF_INET6, text, a.bytes) == 1)
		a.n = 16;
	return a;
}

static bool same_bits(const struct address *a, const struct address *b, unsigned bits)
{
	unsigned whole = bits / 8, rest = bits % 8;

	if (a->n != b->n || bits > a->n * 8 || memcmp(a->bytes, b->bytes, whole) != 0)
		return false;
	return rest == 0 || (a->bytes[whole] ^ b->bytes[whole]) >> (8 - rest) == 0;
}

/* Up to three decimal digits. */
static bool bits_parse(unsigned *out, struct mf_str s)
{
	unsigned v = 0;

	if (s.n == 0 || s.n > 3)
		return false;
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] < '0' || s.p[i] > '9')
			return false;
		v = v * 10 + (unsigned)(s.p[i] - '0');
	}
	*out = v;
	return true;
}

static bool address_matches(const struct address *host, struct mf_str entry)
{
	const char *slash = memchr(entry.p, '/', entry.n);
	struct mf_str text = { .p = entry.p, .n = slash ? (size_t)(slash - entry.p) : entry.n };
	struct address a = address_of(text);
	unsigned bits = (unsigned)a.n * 8;

	if (!a.n)
		return false;
	if (slash && !bits_parse(&bits, (struct mf_str){ .p = slash + 1, .n = entry.n - text.n - 1 }))
		return false;
	return same_bits(&a, host, bits);
}

/* "example.org", ".example.org" and "*.example.org" all mean the name and what lies below it. */
static bool name_matches(struct mf_str host, struct mf_str entry)
{
	if (entry.n >= 2 && entry.p[0] == '*' && entry.p[1] == '.')
		entry = (struct mf_str){ .p = entry.p + 2, .n = entry.n - 2 };
	else if (entry.n && entry.p[0] == '.')
		entry = (struct mf_str){ .p = entry.p + 1, .n = entry.n - 1 };
	if (entry.n && entry.p[entry.n - 1] == '.')
		entry.n--;
	if (host.n && host.p[host.n - 1] == '.')
		host.n--;
	if (!entry.n || host.n < entry.n || strncasecmp(host.p + host.n - entry.n, entry.p, entry.n) != 0)
		return false;
	return host.n == entry.n || host.p[host.n - entry.n - 1] == '.';
}

/* Takes ":port" off an entry; false when it names another port. An IPv6 address has its port after ']'. */
static bool port_matches(struct mf_str *entry, uint16_t port)
{
	const char *colon = memrchr(entry->p, ':', entry->n);
	unsigned v = 0;

	if (!colon || (memchr(entry->p, ':', entry->n) != colon && colon[-1] != ']'))
		return true;
	for (const char *p = colon + 1; p < entry->p + entry->n; p++) {
		if (*p < '0' || *p > '9' || v > 65535)
			return false;
		v = v * 10 + (unsigned)(*p - '0');
	}
	entry->n = (size_t)(colon - entry->p);
	return v == port;
}

bool mf_no_proxy(const char *list, const struct mf_url *url)
{
	struct address host = address_of(url->host);

	while (*list) {
		struct mf_str entry = { .p = list, .n = strcspn(list, ", \t") };

		list += entry.n;
		list += strspn(list, ", \t");
		if (mf_str_is(entry, "*"))
			return true;
		if (!entry.n || !port_matches(&entry, url->port))
			continue;
		if (host.n ? address_matches(&host, entry) : name_matches(url->host, entry))
			return true;
	}
	return false;
}

/* Loopback never goes through a proxy: plain http is only allowed there because it does not leave the machine. And no proxy has another machine's metadata
 * service to give, nor should it see the answer. */
const char *mf_proxy_for(const struct mf_proxy *p, const struct mf_url *url)
{
	const char *proxy = url->scheme.n == 5 ? p->https : p->http;

	return proxy && !url->loopback && !url->link_local && !mf_no_proxy(p->no_proxy, url) ? proxy : NULL;
}
