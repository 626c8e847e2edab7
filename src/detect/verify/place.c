/* SPDX-License-Identifier: Apache-2.0 */
/* Passwords that are known by the place they stand in: URLs, headers, .netrc, .pgpass. What they are worth depends on the rest of it. */
#include "verify_priv.h"

#include <stdlib.h>

static char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
}

static bool same(struct mf_str a, const char *b)
{
	if (a.n != strlen(b))
		return false;
	for (size_t i = 0; i < a.n; i++)
		if (lower(a.p[i]) != b[i])
			return false;
	return true;
}

static int small(char c)
{
	return c >= 'a' && c <= 'z' ? 0 : -1;
}

/* `host` is this name or below it. */
static bool below(struct mf_str host, const char *domain)
{
	size_t n = strlen(domain);

	if (host.n < n || (host.n > n && host.p[host.n - n - 1] != '.'))
		return false;
	return same(mf_v_from(host, host.n - n), domain);
}

/* Names that RFC 2606 and RFC 6761 set aside, and what manuals write. */
static bool example_host(struct mf_str host)
{
	static const char *const names[] = { "example", "example.com", "example.org", "example.net", "test", "invalid", "yourdomain.com", "domain.com",
		"mydomain.com", "yourcompany.com", "company.com", "acme.com", "foo.com", "bar.com", "foo.bar", "site.com", "hostname", "host", "hostspec", "server",
		"myserver", "myhost", "yourhost", "your-host", "somehost", "ip", "address", "proxy.com", "proxyserver", "url", "host.com", "server.com",
		"some-host", "proxy-host.com", "faketld", "bogus.net", "complex.url.com", "google.com" };

	for (size_t i = 0; i < MF_COUNT(names); i++)
		if (below(host, names[i]))
			return true;
	return host.n == 0 || strchr("<{$%", host.p[0]) != NULL || (host.p[0] == '[' && !mf_v_has(host, ":"));
}

static bool local_host(struct mf_str host)
{
	static const char *const names[] = { "localhost", "127.0.0.1", "0.0.0.0", "[::1]", "host.docker.internal" };

	for (size_t i = 0; i < MF_COUNT(names); i++)
		if (below(host, names[i]))
			return true;
	return false;
}

/* "password" with a sign in it that a URL has to write in another way: p%40ssword, pa%2Fssword. */
static bool escaped_stock(struct mf_str password)
{
	char bare[24];
	size_t n = 0, at = 0;
	bool escaped = false;

	while (at < password.n && n < sizeof(bare)) {
		if (password.p[at] == '%' && at + 2 < password.n) {
			const bool a = password.p[at + 1] == '4' && password.p[at + 2] == '0';

			at += 3;
			escaped = true;
			if (!a)
				continue;
			bare[n++] = 'a';
		} else {
			bare[n++] = password.p[at++];
		}
	}
	return escaped && at == password.n && (mf_stock_password((struct mf_str){ bare, n }) || same((struct mf_str){ bare, n }, "passpass"));
}

/* The user's own name, or what every manual has for a password. */
static bool placeholder(struct mf_str user, struct mf_str password)
{
	static const char *const words[] = { "password", "passwd", "pass", "pwd", "secret", "token", "user", "username", "x-oauth-basic", "x-access-token",
		"mypassword", "your_password", "yourpassword", "changeme", "example", "credentials", "key", "apikey", "api_key", "pw", "passw0rd" };

	for (size_t i = 0; i < MF_COUNT(words); i++)
		if (same(password, words[i]))
			return true;
	return password.n == 0 || mf_str_eq(user, password) || mf_stock_password(password) || escaped_stock(password) || mf_not_a_secret(password, password, password, false) != NULL;
}

/* -- URLs ------------------------------------------------------------------------------------------- */

struct userinfo {
	struct mf_str user, password, host;
};

static size_t until(struct mf_str s, const char *any)
{
	size_t n = 0;

	while (n < s.n && s.p[n] && !strchr(any, s.p[n]))
		n++;
	return n;
}

/* The '@' that ends the user's part: the one behind the password, where that is known, else the last before the path. */
static size_t end_of_user(struct mf_str authority, struct mf_str password)
{
	size_t last = SIZE_MAX, n = password.n;

	for (size_t i = 1; n && i + n < authority.n; i++)
		if (authority.p[i + n] == '@' && authority.p[i - 1] == ':' && memcmp(authority.p + i, password.p, n) == 0)
			return i + n;
	for (size_t i = 0; i < authority.n && (last == SIZE_MAX || !strchr("/?#", authority.p[i])); i++)
		if (authority.p[i] == '@')
			last = i;
	return last;
}

/* scheme://user:password@host */
static bool take_apart(struct userinfo *u, struct mf_str url, struct mf_str password)
{
	size_t at = mf_v_find(url, "://"), last;
	struct mf_str authority;

	if (at == SIZE_MAX)
		return false;
	authority = mf_v_from(url, at + 3);
	authority = mf_v_head(authority, until(authority, " \t\r\n\"'<>`"));
	last = end_of_user(authority, password);
	if (last == SIZE_MAX)
		return false;
	u->host = mf_v_from(authority, last + 1);
	u->host = mf_v_head(u->host, u->host.n && u->host.p[0] == '[' ? until(u->host, "]") + 1 : until(u->host, ":/?#,;)\\"));
	u->user = mf_v_split(mf_v_head(authority, last), ':', &u->password);
	return true;
}

enum mf_verdict_format mf_vc_url_credentials(const struct mf_vin *in)
{
	struct userinfo u = { 0 };

	if (!take_apart(&u, mf_v_has(in->match, "://") ? in->match : in->secret, in->secret))
		return MF_FORMAT_PLAUSIBLE;
	if (example_host(u.host))
		return mf_v_harmless(in, "the host is an example");
	if (placeholder(u.user, u.password.n ? u.password : in->secret))
		return mf_v_harmless(in, "the password is a placeholder");
	if (local_host(u.host) && in->secret.n < 8 && mf_v_all(in->secret, small))
		return mf_v_harmless(in, "a test's password on this machine");
	mf_v_account(in, "%.*s", MF_V_ARG(u.host));
	if (local_host(u.host))
		mf_v_note(in, "on this machine only");
	return MF_FORMAT_PLAUSIBLE;
}

/* -- base64 of user:password ------------------------------------------------------------------------ */

static enum mf_verdict_format basic(const struct mf_vin *in, const unsigned char *raw, size_t n)
{
	struct mf_str password, user = mf_v_split((struct mf_str){ .p = (const char *)raw, .n = n }, ':', &password);

	for (size_t i = 0; i < n; i++)
		if (raw[i] < 0x20 || raw[i] == 0x7f)
			return MF_FORMAT_BROKEN;
	if (user.n == n)
		return MF_FORMAT_BROKEN;
	/* RFC 7617's and RFC 2617's own */
	if (same(user, "aladdin") || placeholder(user, password) || (password.n < 10 && mf_v_all(password, small)))
		return mf_v_harmless(in, "an example of a manual");
	mf_v_account(in, "user %.*s", MF_V_ARG(user));
	return MF_FORMAT_VERIFIED;
}

enum mf_verdict_format mf_vc_basic_auth(const struct mf_vin *in)
{
	size_t n = 0;
	bool nomem;
	unsigned char *raw = mf_v_b64_new(&n, in->secret, &nomem);
	enum mf_verdict_format f;

	if (!raw)
		return nomem ? MF_FORMAT_PLAUSIBLE : MF_FORMAT_BROKEN;
	f = basic(in, raw, n);
	free(raw);
	return f;
}

enum mf_verdict_format mf_vc_docker_auth(const struct mf_vin *in)
{
	return mf_vc_basic_auth(in);
}

/* -- files ------------------------------------------------------------------------------------------ */

static struct mf_str word_after(struct mf_str s, const char *name)
{
	size_t at = mf_v_find(s, name);
	struct mf_str rest;

	if (at == SIZE_MAX)
		return (struct mf_str){ 0 };
	rest = mf_trim(mf_v_from(s, at + strlen(name)));
	return mf_v_head(rest, until(rest, " \t\r\n"));
}

enum mf_verdict_format mf_vc_netrc(const struct mf_vin *in)
{
	struct mf_str host = word_after(in->match, "machine "), user = word_after(in->match, "login ");

	if (host.n && example_host(host))
		return mf_v_harmless(in, "the host is an example");
	if (placeholder(user, in->secret))
		return mf_v_harmless(in, "the password is a placeholder");
	if (host.n)
		mf_v_account(in, "%.*s", MF_V_ARG(host));
	return MF_FORMAT_PLAUSIBLE;
}

/* host:port:database:user:password, where the first four may be '*'. */
enum mf_verdict_format mf_vc_pgpass(const struct mf_vin *in)
{
	struct mf_str rest = in->match, field[4];
	int64_t port;

	for (size_t i = 0; i < 4; i++)
		field[i] = mf_v_split(rest, ':', &rest);
	if (!mf_str_is(field[1], "*") && (!mf_v_number(&port, field[1]) || port < 1 || port > 65535))
		return MF_FORMAT_BROKEN;
	if (same(field[0], "hostname") || example_host(field[0]))
		return mf_v_harmless(in, "the host is an example");
	if (placeholder(field[3], in->secret))
		return mf_v_harmless(in, "the password is a placeholder");
	mf_v_account(in, "%.*s", MF_V_ARG(field[0]));
	return MF_FORMAT_PLAUSIBLE;
}

/* -- app passwords ----------------------------------------------------------------------------------- */

/* Four letters as hardly any word has them: without a vowel, or with a letter that is rare. */
static bool no_word(struct mf_str group)
{
	bool vowel = false, rare = false;

	for (size_t i = 0; i < group.n; i++) {
		vowel = vowel || strchr("aeiouy", group.p[i]);
		rare = rare || strchr("jqxz", group.p[i]);
	}
	return rare || !vowel;
}

static bool runs_on(struct mf_str s)
{
	size_t n = 0;

	for (size_t i = 1; i < s.n; i++)
		n += s.p[i] == s.p[i - 1] || s.p[i] == s.p[i - 1] + 1;
	return n > 6;
}

/* "abcd efgh ijkl mnop": four words of a sentence look the same, but for their letters. */
enum mf_verdict_format mf_vc_app_password(const struct mf_vin *in)
{
	struct mf_str rest = in->secret;
	unsigned n = 0;

	if (runs_on(in->secret))
		return mf_v_harmless(in, "a placeholder");
	while (rest.n)
		n += no_word(mf_v_split(rest, ' ', &rest));
	return n >= 2 ? MF_FORMAT_PLAUSIBLE : mf_v_harmless(in, "words");
}
