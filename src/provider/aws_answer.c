/* SPDX-License-Identifier: Apache-2.0 */
/* Answers of AWS, taken apart strictly: credentials, whose they are, and errors in either of its two formats. */
#include "aws.h"

#include <stdio.h>
#include <mayfly/clock.h>
#include <mayfly/reveal.h>
#include <mayfly/text.h>
#include <mayfly/xml.h>

enum { ID_MIN = 16, ID_MAX = 128, SECRET_MAX = 256, TOKEN_MAX = 32768, LIFE_MAX = 36 * 3600 };

void mf_aws_keys_free(struct mf_aws_keys *k)
{
	mf_secret_free(k->id);
	mf_secret_free(k->secret);
	mf_secret_free(k->token);
	*k = (struct mf_aws_keys){ 0 };
}

void mf_aws_hide(const struct mf_cred *cred, char *text)
{
	const struct mf_aws_priv *priv = cred ? cred->priv : NULL;

	if (!priv || !text)
		return;
	mf_secret_hide(text, priv->keys.secret);
	mf_secret_hide(text, priv->keys.token);
	mf_secret_hide(text, priv->assertion);
}

/* -- errors ------------------------------------------------------------------------------------------- */

/* "com.amazonaws.secretsmanager#ResourceNotFoundException", "ThrottlingException:http://..." */
static void put_code(struct mf_aws_error *out, struct mf_str s)
{
	const char *hash = s.n ? memrchr(s.p, '#', s.n) : NULL, *colon;

	if (hash)
		s = (struct mf_str){ hash + 1, s.n - (size_t)(hash + 1 - s.p) };
	colon = s.n ? memchr(s.p, ':', s.n) : NULL;
	if (colon)
		s.n = (size_t)(colon - s.p);
	for (size_t i = 0; i < s.n; i++)
		if (!((s.p[i] | 0x20) >= 'a' && (s.p[i] | 0x20) <= 'z') && !(s.p[i] >= '0' && s.p[i] <= '9') && s.p[i] != '.' && s.p[i] != '_')
			return;
	if (s.n < sizeof(out->code))
		snprintf(out->code, sizeof(out->code), "%.*s", (int)s.n, s.p ? s.p : "");
}

static void put_text(struct mf_aws_error *out, struct mf_str s, const struct mf_cred *cred)
{
	char text[2048];

	snprintf(text, sizeof(text), "%.*s", (int)(s.n < sizeof(text) ? s.n : sizeof(text) - 1), s.p ? s.p : "");
	mf_aws_hide(cred, text);
	for (char *p = text; *p; p++)
		if (*p == '\r' || *p == '\n')
			*p = ' ';
	mf_text_clean(text, false);
	mf_text_tame(text);
	snprintf(out->text, sizeof(out->text), "%.*s", (int)sizeof(out->text) - 1, text);
	mf_wipe(text, sizeof(text));
}

void mf_aws_make_error(struct mf_aws_error *out, struct mf_str code, struct mf_str text, const struct mf_cred *cred)
{
	*out = (struct mf_aws_error){ 0 };
	put_code(out, code);
	put_text(out, text, cred);
}

static void read_xml(struct mf_aws_error *out, const struct mf_xml *xml, const struct mf_cred *cred)
{
	const struct mf_xnode *root = mf_xml_root(xml), *error = mf_xml_get(root, "Error"), *code, *text;

	/* services of the EC2 family have Response/Errors/Error */
	if (!error)
		error = mf_xml_get(root, "Errors/Error");
	code = mf_xml_get(error, "Code");
	text = mf_xml_get(error, "Message");
	if (code)
		put_code(out, mf_xml_text(code));
	if (text)
		put_text(out, mf_xml_text(text), cred);
}

static struct mf_str member(const struct mf_json *json, const struct mf_jnode *n, const char *key)
{
	const struct mf_jnode *m = mf_json_get_z(n, key);

	return m && mf_json_type(m) == MF_J_STRING ? mf_json_text(json, m) : (struct mf_str){ 0 };
}

static void read_json(struct mf_aws_error *out, const struct mf_json *json, const struct mf_cred *cred)
{
	const struct mf_jnode *root = mf_json_root(json), *error = mf_json_get_z(root, "Error");
	struct mf_str text;

	/* the query protocol, where JSON was asked for: {"Error":{"Code":..,"Message":..}} */
	if (error && mf_json_type(error) == MF_J_OBJECT) {
		put_code(out, member(json, error, "Code"));
		put_text(out, member(json, error, "Message"), cred);
		return;
	}
	put_code(out, member(json, root, "__type").n ? member(json, root, "__type") : member(json, root, "code"));
	text = member(json, root, "message");
	put_text(out, text.n ? text : member(json, root, "Message"), cred);
}

void mf_aws_read_error(struct mf_aws_error *out, const struct mf_secret *body, const struct mf_cred *cred)
{
	MF_CLEANUP(mf_json_freep) struct mf_json *json = NULL;
	MF_CLEANUP(mf_xml_freep) struct mf_xml *xml = NULL;
	const struct mf_str s = mf_secret_reveal(body);
	struct mf_err ignored = { 0 };
	size_t i = 0;

	*out = (struct mf_aws_error){ 0 };
	while (i < s.n && (s.p[i] == ' ' || s.p[i] == '\n' || s.p[i] == '\r' || s.p[i] == '\t'))
		i++;
	if (i == s.n)
		return;
	if (s.p[i] == '<' && mf_xml_parse(&xml, s.p, s.n, &ignored) == 0)
		read_xml(out, xml, cred);
	else if (s.p[i] == '{' && mf_json_parse_secret(&json, body, &ignored) == 0)
		read_json(out, json, cred);
}

/* AWS SDKs and tools reference guide, "Retry behavior": errors that are throttling or transient. */
bool mf_aws_again(long status, const struct mf_secret *body)
{
	static const char *const codes[] = {
		"Throttling", "ThrottlingException", "ThrottledException", "RequestThrottledException", "RequestThrottled", "TooManyRequestsException",
		"ProvisionedThroughputExceededException", "TransactionInProgressException", "RequestLimitExceeded", "BandwidthLimitExceeded",
		"LimitExceededException", "PriorRequestNotComplete", "SlowDown", "EC2ThrottledException", "RequestTimeout", "RequestTimeoutException",
		"IDPCommunicationError", "IDPCommunicationErrorException", "InternalServiceError", "InternalFailure", "ServiceUnavailable",
	};
	struct mf_aws_error error;

	if (status < 400 || status > 499)
		return false;
	mf_aws_read_error(&error, body, NULL);
	for (size_t i = 0; i < MF_COUNT(codes); i++)
		if (strcmp(error.code, codes[i]) == 0)
			return true;
	return false;
}

bool mf_aws_busy(const struct mf_resp *resp)
{
	return resp->status == 429 || resp->status >= 500 || mf_aws_again(resp->status, resp->body);
}

int mf_aws_unavailable(const struct mf_resp *resp, const struct mf_aws_error *error, const char *what, struct mf_err *err)
{
	mf_fail(err, MF_E_AWS_UNAVAILABLE, "%s does not serve requests now", what);
	mf_err_why(err, "status %ld%s%s: %s", resp->status, error->code[0] ? ", " : "", error->code, error->text[0] ? error->text : "the server or a proxy failed");
	mf_err_sent(err, "%u times, the last one%s%s", resp->tries, resp->request_id[0] ? " as request " : "", resp->request_id);
	err->retryable = true;
	return -1;
}

int mf_aws_stranger(const struct mf_resp *resp, const char *service, struct mf_err *err)
{
	mf_fail(err, MF_E_AWS_ANSWER, "the answer is not from %s", service);
	mf_err_why(err, "status %ld without an error of AWS in it%s%s", resp->status, resp->content_type[0] ? ", content type " : "", resp->content_type);
	mf_err_hint(err, "a proxy or a login page in between answers so");
	return -1;
}

/* -- credentials -------------------------------------------------------------------------------------- */

static int wrong(const char *why, struct mf_err *err)
{
	mf_fail(err, MF_E_AWS_ANSWER, "cannot use the answer of STS");
	mf_err_why(err, "%s", why);
	return -1;
}

static int parse(struct mf_xml **out, const struct mf_secret *body, struct mf_err *err)
{
	const struct mf_str s = mf_secret_reveal(body);

	if (s.n == 0) {
		wrong("it is empty: the connection may have been cut", err);
		err->code = MF_NETWORK;
		return -1;
	}
	if (mf_xml_parse(out, s.p, s.n, err) == 0)
		return 0;
	if (err->id == mf_error_id(MF_E_BASE_NOMEM))
		return -1;
	/* what is cut off is no more than that; what is something else is from somebody else */
	if (s.n > 12 && memmem(s.p, s.n < 512 ? s.n : 512, "Response", 8)) {
		mf_err_wrap(err, "the answer of STS");
		return -1;
	}
	wrong("it is no XML", err);
	mf_err_hint(err, "a proxy or a login page in between answers so");
	return -1;
}

static int take(struct mf_secret **out, const struct mf_xnode *from, const char *name, size_t least, size_t most, struct mf_err *err)
{
	const struct mf_xnode *n = mf_xml_get(from, name);
	const struct mf_str s = n ? mf_xml_text(n) : (struct mf_str){ 0 };
	char why[80];

	snprintf(why, sizeof(why), "its '%s' is missing, or is none", name);
	if (s.n < least || s.n > most)
		return wrong(why, err);
	for (size_t i = 0; i < s.n; i++)
		if ((unsigned char)s.p[i] <= ' ' || (unsigned char)s.p[i] >= 0x7f)
			return wrong(why, err);
	*out = mf_secret_new(s.p, s.n);
	return *out ? 0 : mf_fail_nomem(err);
}

static int take_arn(char arn[static MF_AWS_ARN], const struct mf_xnode *n, struct mf_err *err)
{
	const struct mf_str s = n ? mf_xml_text(n) : (struct mf_str){ 0 };

	if (s.n < 12 || s.n >= MF_AWS_ARN || !mf_str_begins(s, "arn:aws"))
		return wrong("it does not say whose the credentials are: its 'Arn' is missing, or is none", err);
	snprintf(arn, MF_AWS_ARN, "%.*s", (int)s.n, s.p);
	mf_text_clean(arn, false);
	mf_text_tame(arn);
	return 0;
}

void mf_aws_account_of(char out[static MF_AWS_ACCOUNT], const char *arn)
{
	const char *at = arn;

	out[0] = '\0';
	for (int i = 0; at && i < 4; i++)
		at = strchr(at, ':') ? strchr(at, ':') + 1 : NULL;
	if (at && strspn(at, "0123456789") == 12)
		snprintf(out, MF_AWS_ACCOUNT, "%.12s", at);
}

/* arn:aws:sts::123456789012:assumed-role/deploy/SESSION, of the role's account and name. */
static bool is_of(const char *arn, const char *role_arn)
{
	char account[MF_AWS_ACCOUNT], want[160];
	struct mf_aws_role role;

	mf_aws_account_of(account, arn);
	if (!mf_aws_role_of(&role, role_arn) || !mf_str_is(role.account, account))
		return false;
	snprintf(want, sizeof(want), ":assumed-role/%.*s/", (int)role.name.n, role.name.p);
	return strstr(arn, want) != NULL;
}

static int take_end(struct mf_aws_keys *out, const struct mf_xnode *from, int64_t now, struct mf_err *err)
{
	const struct mf_xnode *n = mf_xml_get(from, "Expiration");
	int64_t end;

	if (!n || !mf_time_parse(&end, mf_xml_text(n)))
		return wrong("it does not say when the credentials end: 'Expiration' is missing, or no time", err);
	if (end <= now || end - now > LIFE_MAX)
		return wrong("its credentials have ended, or live for more than AWS grants", err);
	out->expires = end;
	out->ttl = end - now;
	return 0;
}

int mf_aws_read_keys(struct mf_aws_keys *out, char arn[static MF_AWS_ARN], const struct mf_secret *body, const char *result, const char *role, int64_t now,
		     struct mf_err *err)
{
	MF_CLEANUP(mf_xml_freep) struct mf_xml *xml = NULL;
	struct mf_aws_keys keys = { 0 };
	const struct mf_xnode *from, *creds;

	if (parse(&xml, body, err))
		return -1;
	from = mf_xml_get(mf_xml_root(xml), result);
	creds = mf_xml_get(from, "Credentials");
	if (!creds)
		return wrong("it has no 'Credentials'", err);
	if (take(&keys.id, creds, "AccessKeyId", ID_MIN, ID_MAX, err) || take(&keys.secret, creds, "SecretAccessKey", 1, SECRET_MAX, err) ||
	    take(&keys.token, creds, "SessionToken", 1, TOKEN_MAX, err) || take_end(&keys, creds, now, err) ||
	    take_arn(arn, mf_xml_get(from, "AssumedRoleUser/Arn"), err))
		goto fail;
	if (!is_of(arn, role)) {
		wrong("it is about another role than was asked for", err);
		mf_err_sent(err, "asked for '%.200s', got '%.200s'", role, arn);
		goto fail;
	}
	*out = keys;
	return 0;
fail:
	mf_aws_keys_free(&keys);
	return -1;
}

int mf_aws_read_who(char account[static MF_AWS_ACCOUNT], char arn[static MF_AWS_ARN], const struct mf_secret *body, struct mf_err *err)
{
	MF_CLEANUP(mf_xml_freep) struct mf_xml *xml = NULL;
	const struct mf_xnode *from, *n;
	struct mf_str s;

	if (parse(&xml, body, err))
		return -1;
	from = mf_xml_get(mf_xml_root(xml), "GetCallerIdentityResult");
	n = mf_xml_get(from, "Account");
	s = n ? mf_xml_text(n) : (struct mf_str){ 0 };
	if (s.n != 12 || strspn(s.p, "0123456789") < 12)
		return wrong("it names no account", err);
	snprintf(account, MF_AWS_ACCOUNT, "%.12s", s.p);
	return take_arn(arn, mf_xml_get(from, "Arn"), err);
}
