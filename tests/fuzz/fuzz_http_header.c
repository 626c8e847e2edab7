/* SPDX-License-Identifier: Apache-2.0 */
/* Header lines of an answer (Retry-After and dates among them), NO_PROXY lists and CA bundles. */
#include <stdint.h>
#include <stdlib.h>

#include "../../src/net/net.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void header(struct mf_str text)
{
	struct mf_answer a = { .body = NULL };
	struct mf_err err;

	if (mf_answer_begin(&a, 1000, &err) < 0)
		return;
	while (text.n) {
		const char *nl = memchr(text.p, '\n', text.n);
		size_t n = nl ? (size_t)(nl + 1 - text.p) : text.n;

		if (mf_answer_header((char *)(uintptr_t)text.p, 1, n, &a) != n)
			break;
		text.p += n;
		text.n -= n;
	}
	if (a.retry_after < -1 || a.retry_after > 30 * 86400)
		abort();
	if (strlen(a.content_type) >= sizeof a.content_type || strlen(a.request_id) >= sizeof a.request_id)
		abort();
	mf_answer_clear(&a);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct mf_str text = { .p = (const char *)data, .n = size };
	struct mf_ca_index *x = mf_ca_index_new();
	struct mf_err err;
	struct mf_url u;
	char *list;
	int64_t t = 0;

	if (mf_retry_after_parse(&t, text, 1700000000) && (t < 0 || t > 30 * 86400))
		abort();
	if (mf_http_date_parse(&t, text) && (t < 0 || t > 253402300800))
		abort();
	header(text);
	if (x && mf_ca_index_add(x, text) > 0)
		X509_STORE_free(mf_ca_index_store(x));
	mf_ca_index_free(x);
	list = malloc(size + 1);
	if (list) {
		memcpy(list, data, size);
		list[size] = '\0';
		if (mf_url_parse(&u, "https://[2001:db8::1]:8200/", &err) == 0)
			mf_no_proxy(list, &u);
		if (mf_url_parse(&u, "https://10.1.2.3/", &err) == 0)
			mf_no_proxy(list, &u);
		if (mf_url_parse(&u, "https://a.example/", &err) == 0)
			mf_no_proxy(list, &u);
		free(list);
	}
	return 0;
}
