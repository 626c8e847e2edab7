/* SPDX-License-Identifier: Apache-2.0 */
/* A JSON Web Token taken apart, with nothing in it believed: wrong shapes are refused before anybody shows a claim. */
#include <stdlib.h>

#include <mayfly/alloc.h>
#include <mayfly/enc.h>
#include <mayfly/jwt.h>
#include <mayfly/reveal.h>

/* Dates beyond the year 9999 are a mistake or an attack on somebody's arithmetic. */
#define TIME_MAX INT64_C(253402300799)

static int bad(struct mf_err *err, const char *why)
{
	mf_fail(err, MF_E_JWT_INVALID, "the identity token is no JSON Web Token");
	mf_err_why(err, "%s", why);
	return -1;
}

static int bad_claim(struct mf_err *err, const char *name, const char *want)
{
	mf_fail(err, MF_E_JWT_INVALID, "the identity token is no JSON Web Token");
	mf_err_why(err, "its '%s' is not %s", name, want);
	return -1;
}

/* Exactly three parts; the views lie in the token. */
static int split(struct mf_str part[static 3], struct mf_str token, struct mf_err *err)
{
	size_t at = 0;

	if (token.n == 0)
		return bad(err, "it is empty");
	if (token.n > MF_JWT_MAX)
		return bad(err, "it is longer than 64 KiB");
	for (size_t i = 0; i < 3; i++) {
		const char *start = token.p + at;
		const char *dot = at < token.n ? memchr(start, '.', token.n - at) : NULL;
		size_t n = dot ? (size_t)(dot - start) : token.n - at;

		if (!dot != (i == 2))
			return bad(err, "it does not have three parts with dots between them");
		if (n == 0)
			return bad(err, i == 2 ? "it has no signature" : "one of its parts is empty");
		part[i] = (struct mf_str){ .p = start, .n = n };
		at += n + 1;
	}
	return 0;
}

/* base64url without padding (RFC 7515 section 2). The caller wipes and frees the bytes. */
static int decode(char **out, size_t *out_n, struct mf_str part, const char *name, struct mf_err *err)
{
	struct mf_err ignored;
	char *p;

	if (memchr(part.p, '=', part.n))
		return bad_claim(err, name, "base64url without padding");
	p = mf_calloc(part.n / 4 * 3 + 3, 1);
	if (!p)
		return mf_fail_nomem(err);
	if (mf_b64_decode(p, out_n, part.p, part.n, MF_B64_URL, &ignored)) {
		free(p);
		return bad_claim(err, name, "base64url without padding");
	}
	*out = p;
	return 0;
}

static int parse_part(struct mf_json **out, struct mf_str part, const char *name, struct mf_err *err)
{
	struct mf_json *doc = NULL;
	struct mf_err why;
	char *text = NULL;
	size_t n = 0;
	int rc;

	if (decode(&text, &n, part, name, err))
		return -1;
	rc = mf_json_parse(&doc, text, n, &why);
	mf_wipe_free(text, n);
	if (rc && why.code == MF_BUG) {
		*err = why;
		return -1;
	}
	if (rc || mf_json_type(mf_json_root(doc)) != MF_J_OBJECT) {
		mf_json_free(doc);
		return bad_claim(err, name, "a JSON object");
	}
	*out = doc;
	return 0;
}

static int opt_text(struct mf_str *out, const struct mf_json *doc, const char *name, struct mf_err *err)
{
	const struct mf_jnode *n = mf_json_get_z(mf_json_root(doc), name);

	*out = mf_str("");
	if (!n)
		return 0;
	if (mf_json_type(n) != MF_J_STRING)
		return bad_claim(err, name, "text");
	*out = mf_json_text(doc, n);
	return 0;
}

/* NumericDate (RFC 7519 section 2): seconds, possibly with a fraction, which is cut off. */
static int opt_time(int64_t *out, const struct mf_json *doc, const char *name, struct mf_err *err)
{
	const struct mf_jnode *n = mf_json_get_z(mf_json_root(doc), name);
	struct mf_str text;
	char number[64], *end;
	double d;

	*out = 0;
	if (!n)
		return 0;
	text = mf_json_text(doc, n);
	if (mf_json_type(n) != MF_J_NUMBER || text.n == 0 || text.n >= sizeof number)
		return bad_claim(err, name, "a number of seconds");
	memcpy(number, text.p, text.n);
	number[text.n] = '\0';
	d = strtod(number, &end);
	if (*end || !(d >= 0 && d <= (double)TIME_MAX))
		return bad_claim(err, name, "a time between 1970 and 9999");
	*out = (int64_t)d;
	return 0;
}

static int audience(struct mf_claims *c, struct mf_err *err)
{
	const struct mf_jnode *aud = mf_json_get_z(mf_json_root(c->doc), "aud");

	c->aud = mf_str("");
	if (!aud)
		return 0;
	if (mf_json_type(aud) == MF_J_STRING) {
		c->aud = mf_json_text(c->doc, aud);
		c->n_aud = 1;
		return 0;
	}
	if (mf_json_type(aud) != MF_J_ARRAY)
		return bad_claim(err, "aud", "text or a list of texts");
	for (const struct mf_jnode *n = mf_json_first(aud); n; n = mf_json_next(n)) {
		if (mf_json_type(n) != MF_J_STRING)
			return bad_claim(err, "aud", "text or a list of texts");
		if (c->n_aud++ == 0)
			c->aud = mf_json_text(c->doc, n);
	}
	return 0;
}

static int fill_payload(struct mf_claims *c, struct mf_err *err)
{
	if (opt_text(&c->iss, c->doc, "iss", err) || opt_text(&c->sub, c->doc, "sub", err) || audience(c, err))
		return -1;
	return opt_time(&c->iat, c->doc, "iat", err) || opt_time(&c->nbf, c->doc, "nbf", err) ||
	       opt_time(&c->exp, c->doc, "exp", err) ? -1 : 0;
}

static int fill(struct mf_claims *c, const struct mf_str part[static 3], struct mf_err *err)
{
	char *signature = NULL;
	size_t n = 0;

	if (parse_part(&c->header, part[0], "header", err) || parse_part(&c->doc, part[1], "payload", err) ||
	    decode(&signature, &n, part[2], "signature", err))
		return -1;
	mf_wipe_free(signature, n);
	return opt_text(&c->alg, c->header, "alg", err) || opt_text(&c->kid, c->header, "kid", err) || fill_payload(c, err) ? -1 : 0;
}

int mf_jwt_decode(struct mf_claims *out, const struct mf_secret *token, struct mf_err *err)
{
	struct mf_claims c = { 0 };
	struct mf_str part[3];

	if (split(part, mf_secret_reveal(token), err))
		return -1;
	if (fill(&c, part, err)) {
		mf_claims_free(&c);
		return -1;
	}
	*out = c;
	return 0;
}

int mf_claims_parse(struct mf_claims *out, struct mf_str payload, struct mf_err *err)
{
	struct mf_claims c = { .alg = mf_str(""), .kid = mf_str("") };

	if (payload.n > MF_JWT_MAX)
		return bad(err, "it is too long");
	if (mf_json_parse(&c.doc, payload.p, payload.n, err))
		return -1;
	if (mf_json_type(mf_json_root(c.doc)) != MF_J_OBJECT) {
		mf_claims_free(&c);
		return bad(err, "the claims are no JSON object");
	}
	if (fill_payload(&c, err)) {
		mf_claims_free(&c);
		return -1;
	}
	*out = c;
	return 0;
}

void mf_claims_free(struct mf_claims *c)
{
	if (!c)
		return;
	mf_json_free(c->doc);
	mf_json_free(c->header);
	*c = (struct mf_claims){ 0 };
}

struct mf_str mf_claim(const struct mf_claims *c, const char *name)
{
	const struct mf_jnode *n = c->doc ? mf_json_get_z(mf_json_root(c->doc), name) : NULL;

	if (!n || mf_json_type(n) == MF_J_ARRAY || mf_json_type(n) == MF_J_OBJECT)
		return mf_str("");
	return mf_json_text(c->doc, n);
}
