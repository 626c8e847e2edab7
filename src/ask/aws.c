/* SPDX-License-Identifier: Apache-2.0 */
/* AWS: STS says whose key it is, which needs no permission; IAM says when a long-lived one was made, where the key may ask that. Answers in JSON are asked
 * for. Source: AWS STS API, GetCallerIdentity; IAM API, ListAccessKeys. */
#include "ask_priv.h"

#include <stdio.h>
#include <stdlib.h>
#include <mayfly/clock.h>
#include <mayfly/reveal.h>

/* "sts.eu-west-1.amazonaws.com" -> "eu-west-1"; addresses without one belong to the first region of their partition. */
static void region_of(char out[static 40], const char *url)
{
	struct mf_err ignored = { 0 };
	struct mf_url u;
	const char *dot, *end;

	snprintf(out, 40, "us-east-1");
	if (mf_url_parse(&u, url, &ignored) || u.loopback)
		return;
	dot = memchr(u.host.p, '.', u.host.n);
	end = dot ? memchr(dot + 1, '.', u.host.n - (size_t)(dot + 1 - u.host.p)) : NULL;
	if (end && memchr(dot, '-', (size_t)(end - dot)) && end - dot < 40)
		snprintf(out, 40, "%.*s", (int)(end - dot - 1), dot + 1);
	else if (u.host.n > 3 && memcmp(u.host.p + u.host.n - 3, ".cn", 3) == 0)
		snprintf(out, 40, "cn-north-1");
	else if (u.host.n > 9 && memmem(u.host.p, u.host.n, ".us-gov.", 8))
		snprintf(out, 40, "us-gov-west-1");
}

static int query(struct mf_ask_call *c, const char *base, const char *service, const char *body, struct mf_err *err)
{
	const struct mf_ask *a = c->ask;

	region_of(c->region, base);
	c->sigv4 = (struct mf_sigv4){ .id = a->id, .secret = a->secret, .token = a->token, .region = c->region, .service = service };
	c->req.sigv4 = &c->sigv4;
	mf_ask_header(c, "Accept", "application/json", NULL);
	return mf_ask_body(c, body, NULL, err) || mf_ask_url(c, base, "/", err) ? -1 : 0;
}

static int request(struct mf_ask_call *c, struct mf_err *err)
{
	return query(c, c->ask->url, "sts", "Action=GetCallerIdentity&Version=2011-06-15", err);
}

static int request_age(struct mf_ask_call *c, struct mf_err *err)
{
	return query(c, c->ask->url2, "iam", "Action=ListAccessKeys&Version=2010-05-08", err);
}

static int take(struct mf_ask_call *c, const struct mf_resp *resp, struct mf_err *err)
{
	MF_CLEANUP(mf_json_freep) struct mf_json *json = NULL;
	struct mf_ask *a = c->ask;
	const struct mf_jnode *result;
	struct mf_str account, arn;
	char number[32];

	if (mf_ask_object(&json, resp, err))
		return -1;
	result = mf_json_pointer(mf_json_root(json), mf_str("/GetCallerIdentityResponse/GetCallerIdentityResult"));
	if (mf_json_need_str(&account, json, result, "Account", err) || mf_json_need_str(&arn, json, result, "Arn", err))
		return -1;
	mf_ask_text(a, number, sizeof(number), account);
	snprintf(a->account, sizeof(a->account), "AWS account %s", number);
	mf_ask_text(a, a->subject, sizeof(a->subject), arn);
	/* a session has an end that nobody tells */
	a->no_end = a->token == NULL;
	return 0;
}

/* Seconds as a number, with a fraction or an exponent, or a time as text. */
static bool created(int64_t *out, const struct mf_json *json, const struct mf_jnode *n)
{
	const struct mf_str s = n ? mf_json_text(json, n) : (struct mf_str){ 0 };
	char text[40];
	double v;

	if (s.n == 0 || s.n >= sizeof(text))
		return false;
	if (mf_json_type(n) == MF_J_STRING)
		return mf_time_parse(out, s);
	memcpy(text, s.p, s.n);
	text[s.n] = '\0';
	v = strtod(text, NULL);
	if (!(v > 1e9 && v < 1e11))
		return false;
	*out = (int64_t)v;
	return true;
}

static int take_age(struct mf_ask_call *c, const struct mf_resp *resp, struct mf_err *err)
{
	MF_CLEANUP(mf_json_freep) struct mf_json *json = NULL;
	const struct mf_str id = mf_secret_reveal(c->ask->id);
	const struct mf_jnode *list;

	if (mf_ask_object(&json, resp, err))
		return -1;
	list = mf_json_pointer(mf_json_root(json), mf_str("/ListAccessKeysResponse/ListAccessKeysResult/AccessKeyMetadata"));
	for (const struct mf_jnode *k = list && mf_json_type(list) == MF_J_ARRAY ? mf_json_first(list) : NULL; k; k = mf_json_next(k)) {
		const struct mf_jnode *own = mf_json_get_z(k, "AccessKeyId");
		const struct mf_str name = own ? mf_json_text(json, own) : (struct mf_str){ 0 };

		if (name.n == id.n && id.n && memcmp(name.p, id.p, id.n) == 0 && created(&c->ask->issued, json, mf_json_get_z(k, "CreateDate")))
			return 0;
	}
	return mf_fail(err, MF_E_CHECK_ASK, "the answer does not have the key");
}

/* "AccessDenied" of an error in JSON or XML; "" */
static void code_of(char out[static 64], const struct mf_resp *resp)
{
	const struct mf_str body = mf_secret_reveal(resp->body);
	MF_CLEANUP(mf_json_freep) struct mf_json *json = NULL;
	struct mf_err ignored = { 0 };
	const struct mf_jnode *code;
	const char *at, *end;

	out[0] = '\0';
	if (mf_json_parse_secret(&json, resp->body, &ignored) == 0) {
		code = mf_json_pointer(mf_json_root(json), mf_str("/Error/Code"));
		if (code && mf_json_type(code) == MF_J_STRING && mf_json_text(json, code).n < 64)
			snprintf(out, 64, "%.*s", (int)mf_json_text(json, code).n, mf_json_text(json, code).p);
		return;
	}
	at = body.n ? memmem(body.p, body.n, "<Code>", 6) : NULL;
	end = at ? memchr(at + 6, '<', body.n - (size_t)(at + 6 - body.p)) : NULL;
	if (end && end - (at + 6) < 64)
		snprintf(out, 64, "%.*s", (int)(end - (at + 6)), at + 6);
}

static bool refused(const struct mf_ask_call *c, const struct mf_resp *resp)
{
	static const char *const codes[] = { "InvalidClientTokenId", "ExpiredToken", "ExpiredTokenException", "UnrecognizedClientException" };
	char code[64];

	(void)c;
	code_of(code, resp);
	for (size_t i = 0; i < MF_COUNT(codes); i++)
		if (strcmp(code, codes[i]) == 0)
			return true;
	return false;
}

const struct mf_ask_kind mf_ask_aws = { .name = "aws", .url = "https://sts.amazonaws.com", .request = request, .take = take, .refused = refused };
const struct mf_ask_kind mf_ask_aws_iam = { .name = "aws-iam", .url = "https://iam.amazonaws.com", .request = request_age, .take = take_age,
	.refused = refused };
