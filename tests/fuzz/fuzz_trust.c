/* SPDX-License-Identifier: Apache-2.0 */
/* Trusts of the four servers against claims: the first byte says whose, a zero byte stands between the trust and the claims. */
#include <stdint.h>
#include <stdlib.h>

#include <mayfly/trust.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define CHECK(condition) do { if (!(condition)) abort(); } while (0)

static const char usual[] = "{\"iss\":\"https://token.actions.githubusercontent.com\",\"sub\":\"repo:acme/shop:ref:refs/heads/main\",\"aud\":\"sts.amazonaws.com\","
			    "\"repository\":\"acme/shop\",\"ref\":\"refs/heads/main\",\"groups\":[\"a\",\"b\"]}";

static void subjects(const struct mf_claims *c)
{
	static struct mf_sub_form forms[MF_SUB_FORMS];
	const size_t n = mf_trust_subs(forms, c);

	CHECK(n <= MF_SUB_FORMS);
	for (size_t i = 0; i < n; i++)
		CHECK(forms[i].name && memchr(forms[i].sub, 0, sizeof(forms[i].sub)));
}

static void fresh(enum mf_trust_kind kind, const struct mf_claims *c)
{
	struct mf_buf out = MF_BUF(1 << 20);
	struct mf_err err = { 0 };

	CHECK(mf_trust_fresh(&out, kind, c, NULL, NULL, &err) == 0 || err.id);
	mf_buf_free(&out);
}

static void compare(struct mf_trust *t, const struct mf_claims *c)
{
	struct mf_buf out = MF_BUF(8 << 20);
	struct mf_err err = { 0 };
	const struct mf_diff *v;
	size_t n, noes = 0;

	CHECK(mf_trust_compare(t, c, &err) == 0);
	v = mf_trust_diffs(t, &n);
	CHECK(n <= MF_DIFFS);
	for (size_t i = 0; i < n; i++) {
		noes += v[i].kind == MF_DIFF_NO;
		CHECK(memchr(v[i].claim, 0, sizeof(v[i].claim)) && memchr(v[i].wants, 0, sizeof(v[i].wants)) && memchr(v[i].has, 0, sizeof(v[i].has)) && memchr(v[i].why, 0, sizeof(v[i].why)));
	}
	CHECK(!noes || !mf_trust_admits(t));
	CHECK(mf_trust_write(&out, t, c, &err) == 0 || err.id);
	mf_buf_free(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = (const char *)data + 1, *second;
	struct mf_trust *t = NULL;
	struct mf_claims c = { 0 };
	struct mf_err err = { 0 };
	enum mf_trust_kind kind;
	size_t n;

	if (size < 1)
		return 0;
	size--;
	kind = (enum mf_trust_kind)(data[0] & 3);
	second = memchr(text, 0, size);
	n = second ? (size_t)(second - text) : size;
	if (!second || mf_claims_parse(&c, (struct mf_str){ second + 1, size - n - 1 }, &err)) {
		err = (struct mf_err){ 0 };
		CHECK(mf_claims_parse(&c, mf_str(usual), &err) == 0);
	}
	subjects(&c);
	fresh(kind, &c);
	if (mf_trust_read(&t, kind, (struct mf_str){ text, n }, &err) == 0) {
		compare(t, &c);
		mf_trust_free(t);
	} else {
		CHECK(err.id);
	}
	mf_claims_free(&c);
	return 0;
}
