/* SPDX-License-Identifier: Apache-2.0 */
/* A secret or parameter that AWS did not give: what its code means, and the policy that would allow it. */
#include "aws_read.h"

#include <stdio.h>
#include <mayfly/clock.h>

struct refusal {
	struct mf_aws_read *r;
	const struct mf_aws_error *error;
	enum mf_aws_op op;
	const struct mf_aws_priv *priv;
};

static bool says(const struct refusal *f, const char *words)
{
	return strcasestr(f->error->text, words) != NULL;
}

static const char *action_of(enum mf_aws_op op)
{
	switch (op) {
	case MF_AWS_SECRET:
		return "secretsmanager:GetSecretValue";
	case MF_AWS_SECRETS:
	case MF_AWS_SECRETS_LIKE:
		return "secretsmanager:BatchGetSecretValue";
	case MF_AWS_PARAMETER:
		return "ssm:GetParameter";
	case MF_AWS_PARAMETERS:
		return "ssm:GetParameters";
	case MF_AWS_PARAMETERS_BELOW:
		return "ssm:GetParametersByPath";
	}
	return "?";
}

/* The ARN of a policy's Resource. A secret's ends in six characters that are not known: "-??????". */
static void resource_of(char *out, size_t size, const struct refusal *f)
{
	const struct mf_aws_item *item = &f->r->item;
	const char *partition = mf_aws_partition_of(item->region)->name, *account = f->priv->account[0] ? f->priv->account : "*";
	const int n = (int)(item->name.n < 1024 ? item->name.n : 1024);

	if (mf_str_begins(item->name, "arn:"))
		snprintf(out, size, "%.*s%s", n, item->name.p, item->many ? "*" : "");
	else if (!item->ssm)
		snprintf(out, size, "arn:%s:secretsmanager:%s:%s:secret:%.*s%s", partition, item->region, account, n, item->name.p, item->many ? "*" : "-??????");
	else
		snprintf(out, size, "arn:%s:ssm:%s:%s:parameter%s%.*s%s", partition, item->region, account, item->name.p[0] == '/' ? "" : "/", n, item->name.p,
			 item->many ? "*" : "");
}

static int write_policy(struct mf_buf *out, const struct refusal *f, struct mf_err *err)
{
	char resource[1400];

	resource_of(resource, sizeof(resource), f);
	/* the two that list take no resource of their own, and what they list is allowed one by one */
	if (f->op == MF_AWS_SECRETS_LIKE)
		return mf_buf_puts(out, "{ \"Effect\": \"Allow\", \"Action\": [\"secretsmanager:BatchGetSecretValue\", \"secretsmanager:ListSecrets\"], \"Resource\": \"*\" },\n"
				   "{ \"Effect\": \"Allow\", \"Action\": \"secretsmanager:GetSecretValue\", \"Resource\": ", err) ||
		       mf_json_quote(out, mf_str(resource), err) || mf_buf_puts(out, " }\n", err) ? -1 : 0;
	return mf_buf_printf(out, err, "{ \"Effect\": \"Allow\", \"Action\": \"%s\", \"Resource\": ", action_of(f->op)) || mf_json_quote(out, mf_str(resource), err) ||
	       mf_buf_puts(out, " }\n", err) ? -1 : 0;
}

static void advise_policy(const struct refusal *f, struct mf_err *err)
{
	struct mf_buf text = MF_BUF(sizeof(err->advice) - 1);
	struct mf_err ignored = { 0 };

	if (write_policy(&text, f, &ignored) == 0)
		mf_err_advice(err, "%s", mf_buf_text(&text));
	mf_buf_free(&text);
}

static void on_denied(const struct refusal *f, struct mf_err *err)
{
	if (says(f, "kms")) {
		mf_err_hint(err, "the key that it is encrypted with does not let the login decrypt: kms:Decrypt on the key, in a policy of the role or in the key's own policy");
		return;
	}
	mf_err_hint(err, says(f, "explicit deny") ? "a policy denies it, and no other one can allow it then: look for the Deny (in the role, its boundary, the organisation, or aws.session-policy)" :
		    "no policy of the role allows it; this statement does:");
	if (!says(f, "explicit deny"))
		advise_policy(f, err);
}

static void on_key(const struct refusal *f, struct mf_err *err)
{
	(void)f;
	mf_err_hint(err, "the key that it is encrypted with is disabled, deleted, or does not let the login decrypt (kms:Decrypt)");
}

static void on_missing(const struct refusal *f, struct mf_err *err)
{
	f->r->doc->missing = true;
	mf_err_hint(err, "look at the name, letter by letter, and at the region: '%s' was asked (?region= names another one)", f->r->item.region);
}

static void on_request(const struct refusal *f, struct mf_err *err)
{
	if (says(f, "deletion") || says(f, "deleted"))
		mf_err_hint(err, "it is about to be deleted: aws secretsmanager restore-secret --secret-id '%.*s', or ask for another one", (int)f->r->item.name.n, f->r->item.name.p);
}

static void on_session(const struct refusal *f, struct mf_err *err)
{
	mf_err_hint(err, "the session is over, or not valid in region '%s'%s", f->r->item.region,
		    f->priv->own ? ": a region that is off for this account does not know it" : ": the job's AWS keys are used as they are");
}

static const struct {
	const char *code;
	enum mf_error as;
	void (*explain)(const struct refusal *f, struct mf_err *err);
} reasons[] = {
	{ "AccessDeniedException", MF_E_AWS_DENIED, on_denied }, { "AccessDenied", MF_E_AWS_DENIED, on_denied },
	{ "DecryptionFailure", MF_E_AWS_DENIED, on_key }, { "InvalidKeyId", MF_E_AWS_DENIED, on_key },
	{ "ResourceNotFoundException", MF_E_AWS_NOT_FOUND, on_missing }, { "ParameterNotFound", MF_E_AWS_NOT_FOUND, on_missing },
	{ "ParameterVersionNotFound", MF_E_AWS_NOT_FOUND, on_missing },
	{ "InvalidRequestException", MF_E_AWS_REFUSED, on_request },
	{ "ExpiredTokenException", MF_E_AWS_LOGIN, on_session }, { "ExpiredToken", MF_E_AWS_LOGIN, on_session }, { "UnrecognizedClientException", MF_E_AWS_LOGIN, on_session },
	{ "InvalidClientTokenId", MF_E_AWS_LOGIN, on_session }, { "InvalidSignatureException", MF_E_AWS_LOGIN, on_session },
};

static void begin(enum mf_error as, const struct mf_aws_read *r, struct mf_err *err)
{
	switch (as) {
	case MF_E_AWS_DENIED:
		mf_fail(err, as, "not allowed to read '%s'", r->ref->path);
		break;
	case MF_E_AWS_NOT_FOUND:
		mf_fail(err, as, "nothing at '%s'%s%s", r->ref->path, r->ref->version ? ", version " : r->ref->stage ? ", stage " : "",
			r->ref->version ? r->ref->version : r->ref->stage ? r->ref->stage : "");
		break;
	default:
		mf_fail(err, as, "AWS refused to read '%s'", r->ref->path);
		break;
	}
}

void mf_aws_denied(struct mf_aws_read *r, const struct mf_aws_error *error, const struct mf_resp *resp, enum mf_aws_op op, const struct mf_cred *cred)
{
	const struct refusal f = { .r = r, .error = error, .op = op, .priv = cred->priv };
	size_t i = 0;

	while (i < MF_COUNT(reasons) && strcmp(reasons[i].code, error->code) != 0)
		i++;
	begin(i < MF_COUNT(reasons) ? reasons[i].as : MF_E_AWS_REFUSED, r, r->err);
	mf_err_why(r->err, "status %ld, %s: %s", resp->status, error->code[0] ? error->code : "no code", error->text[0] ? error->text : "the server gives no reason");
	mf_err_sent(r->err, "%s in region '%s'%s%s", cred->subject ? cred->subject : "a session", r->item.region, resp->request_id[0] ? ", request " : "", resp->request_id);
	mf_clock_note(resp->date, r->err);
	if (i < MF_COUNT(reasons))
		reasons[i].explain(&f, r->err);
}
