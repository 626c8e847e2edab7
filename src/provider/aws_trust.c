/* SPDX-License-Identifier: Apache-2.0 */
/* The role that an identity token is judged by, as IAM has it. Source: IAM API reference (2010-05-08), GetRole: the policy in the answer is percent-encoded (RFC 3986). */
#include "aws.h"

#include <stdio.h>
#include <stdlib.h>
#include <mayfly/alloc.h>
#include <mayfly/clock.h>
#include <mayfly/enc.h>
#include <mayfly/reveal.h>
#include <mayfly/xml.h>

enum { BODY_MAX = 1024 };

#define OWN_KEYS "keys of yours can: AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and --aws-source environment"

/* -- the answer --------------------------------------------------------------------------------------- */

static int unfit(const char *why, struct mf_err *err)
{
	mf_fail(err, MF_E_AWS_ANSWER, "cannot use the answer of IAM");
	mf_err_why(err, "%s", why);
	return -1;
}

static int undo_percent(struct mf_buf *out, struct mf_str s, struct mf_err *err)
{
	for (size_t i = 0; i < s.n; i++) {
		const bool coded = s.p[i] == '%' && s.n - i > 2 && mf_hex_digit(s.p[i + 1]) >= 0 && mf_hex_digit(s.p[i + 2]) >= 0;
		const char c = coded ? (char)(mf_hex_digit(s.p[i + 1]) << 4 | mf_hex_digit(s.p[i + 2])) : s.p[i];

		if (mf_buf_putc(out, c, err))
			return -1;
		i += coded ? 2 : 0;
	}
	return 0;
}

/* Keys of another account would find its role of the same name. */
static int read_role(struct mf_buf *out, const struct mf_secret *body, const char *arn, struct mf_err *err)
{
	MF_CLEANUP(mf_xml_freep) struct mf_xml *xml = NULL;
	const struct mf_str s = mf_secret_reveal(body);
	const struct mf_xnode *role, *n;
	struct mf_str is;

	if (mf_xml_parse(&xml, s.p, s.n, err)) {
		if (err->id != mf_error_id(MF_E_BASE_NOMEM))
			mf_err_wrap(err, "the answer of IAM");
		return -1;
	}
	role = mf_xml_get(mf_xml_root(xml), "GetRoleResult/Role");
	n = mf_xml_get(role, "Arn");
	is = n ? mf_xml_text(n) : mf_str("");
	if (!is.n)
		return unfit("it does not say which role it is about: its 'Arn' is missing", err);
	if (!mf_str_is(is, arn)) {
		mf_fail(err, MF_E_AWS_CONFIG, "the login looks at another account's role of this name, or at another path's");
		mf_err_sent(err, "asked for '%.180s', got '%.*s'", arn, (int)(is.n < 180 ? is.n : 180), is.p);
		mf_err_hint(err, "log in to the role's own account, and write aws.role as IAM has it");
		return -1;
	}
	n = mf_xml_get(role, "AssumeRolePolicyDocument");
	return n && mf_xml_text(n).n ? undo_percent(out, mf_xml_text(n), err) : unfit("the role has no 'AssumeRolePolicyDocument'", err);
}

static int refused(const struct mf_resp *resp, const char *arn, const struct mf_cred *cred, struct mf_err *err)
{
	struct mf_aws_error error;

	mf_aws_read_error(&error, resp->body, cred);
	if (mf_aws_busy(resp))
		return mf_aws_unavailable(resp, &error, "cannot look at the role: IAM", err);
	if (!error.code[0])
		return mf_aws_stranger(resp, "IAM", err);
	if (strcmp(error.code, "NoSuchEntity") == 0) {
		mf_fail(err, MF_E_AWS_NOT_FOUND, "there is no role '%.200s'", arn);
		mf_err_hint(err, "look at aws.role, letter by letter, and at whose account the login is of");
	} else if (strcmp(error.code, "AccessDenied") == 0 || strcmp(error.code, "AccessDeniedException") == 0) {
		mf_fail(err, MF_E_AWS_DENIED, "the login may not look at the role '%.200s'", arn);
		mf_err_hint(err, "this statement lets it; " OWN_KEYS);
		mf_err_advice(err, "{ \"Effect\": \"Allow\", \"Action\": \"iam:GetRole\", \"Resource\": \"%.300s\" }\n", arn);
	} else {
		mf_fail(err, MF_E_AWS_REFUSED, "IAM refused to show the role '%.200s'", arn);
	}
	mf_err_why(err, "status %ld, %s: %s", resp->status, error.code, error.text[0] ? error.text : "the server gives no reason");
	mf_err_sent(err, "%s%s%s", cred->subject ? cred->subject : "the keys that there are", resp->request_id[0] ? ", request " : "", resp->request_id);
	mf_clock_note(resp->date, err);
	return -1;
}

/* -- the request -------------------------------------------------------------------------------------- */

static int send(struct mf_resp *resp, const struct mf_aws_role *role, const struct mf_aws_partition *partition, const struct mf_cred *cred, struct mf_http *http, struct mf_err *err)
{
	MF_CLEANUP(mf_secret_freep) struct mf_secret *body = mf_secret_empty(BODY_MAX);
	const struct mf_aws_priv *priv = cred->priv;
	const struct mf_sigv4 key = { .id = priv->keys.id, .secret = priv->keys.secret, .token = priv->keys.token, .region = partition->home, .service = "iam" };
	const struct mf_header headers[] = { { .name = "Accept", .value = "application/xml, text/xml" } };
	char host[MF_AWS_HOST], url[MF_AWS_HOST + 1];
	const struct mf_req req = {
		.method = "POST", .url = url, .headers = headers, .n_headers = 1, .body = body, .content_type = "application/x-www-form-urlencoded; charset=utf-8",
		.retry = MF_RETRY_SAFE, .again = mf_aws_again, .sigv4 = &key,
	};

	if (!body)
		return mf_fail_nomem(err);
	if (mf_form_add(body, "Action", mf_str("GetRole"), err) || mf_form_add(body, "Version", mf_str("2010-05-08"), err) || mf_form_add(body, "RoleName", role->name, err) ||
	    mf_aws_iam(host, priv->conf, partition, err))
		return -1;
	snprintf(url, sizeof(url), "%s/", host);
	if (mf_http_do(http, &req, resp, err)) {
		mf_err_wrap(err, "cannot look at the role");
		return -1;
	}
	return 0;
}

int mf_aws_trust(const struct mf_conf *conf, struct mf_http *http, const struct mf_identity *who, struct mf_buf *out, struct mf_err *err)
{
	const char *arn = mf_conf_str(conf, MF_K_AWS_ROLE);
	const struct mf_aws_partition *partition;
	struct mf_resp resp = { 0 };
	struct mf_cred cred = { 0 };
	struct mf_aws_role role;
	int rc;

	if (!arn || !*arn)
		return mf_fail(err, MF_E_AWS_CONFIG, "which role is it? 'aws.role' is not set");
	if (!mf_aws_role_of(&role, arn) || !(partition = mf_aws_partition_named(role.partition)))
		return mf_fail(err, MF_E_AWS_CONFIG, "'%.200s' is no role's ARN", arn);
	if (mf_aws_looking(conf, http, who, &cred, err)) {
		mf_err_note(err, "a login that is refused cannot look at the role; " OWN_KEYS);
		return -1;
	}
	rc = send(&resp, &role, partition, &cred, http, err);
	if (rc == 0)
		rc = resp.status == 200 ? read_role(out, resp.body, arn, err) : refused(&resp, arn, &cred, err);
	mf_resp_free(&resp);
	mf_cred_free(&cred);
	return rc;
}
