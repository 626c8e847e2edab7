/* SPDX-License-Identifier: Apache-2.0 */
/* URLs: what is accepted keeps to its own rules. */
#include <stdint.h>
#include <stdlib.h>

#include <mayfly/url.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void inside(const char *text, size_t n, struct mf_str part)
{
	if (part.n && !(part.p >= text && part.p + part.n <= text + n) && !mf_str_is(part, "/"))
		abort();
}

static void build(const char *text, size_t n)
{
	struct mf_buf b = MF_BUF(4096);
	struct mf_err err;
	struct mf_url u;

	if (mf_buf_puts(&b, "https://h/", &err) == 0 && mf_url_add_path(&b, (struct mf_str){ .p = text, .n = n }, &err) == 0
	    && mf_url_add_query(&b, "q", (struct mf_str){ .p = text, .n = n }, &err) == 0) {
		/* what was built from anything is a URL on the same host */
		if (mf_url_parse(&u, mf_buf_text(&b), &err) < 0 || !mf_str_is(u.host, "h") || !u.query.n)
			abort();
	}
	mf_buf_free(&b);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1);
	struct mf_err err;
	struct mf_url u;

	if (!text)
		return 0;
	memcpy(text, data, size);
	text[size] = '\0';
	if (mf_url_parse(&u, text, &err) == 0) {
		const struct mf_str parts[] = { u.scheme, u.host, u.path, u.query, u.fragment };

		for (size_t i = 0; i < MF_COUNT(parts); i++)
			inside(text, strlen(text), parts[i]);
		if (!u.host.n || !u.port || !u.path.n || memchr(u.host.p, '@', u.host.n) || memchr(u.host.p, '/', u.host.n)
		    || !mf_url_same_origin(&u, &u))
			abort();
	}
	build(text, strnlen(text, 500));
	free(text);
	return 0;
}
