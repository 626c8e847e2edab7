/* SPDX-License-Identifier: Apache-2.0 */
/* Requests to Secrets Manager and Parameter Store: JSON 1.1, the operation in a header. */
#include "aws_read.h"

#include <stdio.h>

enum { BODY_MAX = 256 << 10 };

static const struct {
	const char *target;
	unsigned room;
} ops[] = {
	[MF_AWS_SECRET] = { "secretsmanager.GetSecretValue", 1 },
	[MF_AWS_SECRETS] = { "secretsmanager.BatchGetSecretValue", MF_AWS_BATCH_SECRETS },
	[MF_AWS_SECRETS_LIKE] = { "secretsmanager.BatchGetSecretValue", 1 },
	[MF_AWS_PARAMETER] = { "AmazonSSM.GetParameter", 1 },
	[MF_AWS_PARAMETERS] = { "AmazonSSM.GetParameters", MF_AWS_BATCH_PARAMETERS },
	[MF_AWS_PARAMETERS_BELOW] = { "AmazonSSM.GetParametersByPath", 1 },
};

const char *mf_aws_target(enum mf_aws_op op)
{
	return ops[op].target;
}

unsigned mf_aws_room(enum mf_aws_op op)
{
	return ops[op].room;
}

static int put(struct mf_secret *out, const char *s, struct mf_err *err)
{
	return mf_secret_add(out, s, strlen(s), err);
}

/* ,"name":"value" */
static int member(struct mf_secret *out, const char *name, const char *value, struct mf_err *err)
{
	return put(out, ",\"", err) || put(out, name, err) || put(out, "\":", err) || mf_json_quote_secret(out, mf_str(value), err) ? -1 : 0;
}

static int put_secret(struct mf_secret *out, const struct mf_aws_read *r, struct mf_err *err)
{
	if (put(out, "\"SecretId\":", err) || mf_json_quote_secret(out, r->item.name, err))
		return -1;
	return (r->ref->version && member(out, "VersionId", r->ref->version, err)) || (r->ref->stage && member(out, "VersionStage", r->ref->stage, err)) ? -1 : 0;
}

/* A parameter's version or label stands behind its name. */
static int put_parameter(struct mf_secret *out, const struct mf_aws_read *r, struct mf_err *err)
{
	const char *selector = r->ref->version ? r->ref->version : r->ref->stage;
	struct mf_buf name = MF_BUF(2048);
	int rc = mf_buf_add(&name, r->item.name.p, r->item.name.n, err) || (selector && mf_buf_printf(&name, err, ":%s", selector)) ||
		 mf_json_quote_secret(out, mf_str(mf_buf_text(&name)), err) ? -1 : 0;

	mf_buf_free(&name);
	return rc;
}

static int put_list(struct mf_secret *out, const struct mf_aws_call *call, const struct mf_aws_read *reads, struct mf_err *err)
{
	if (put(out, call->op == MF_AWS_SECRETS ? "\"SecretIdList\":[" : "\"Names\":[", err))
		return -1;
	for (size_t i = 0; i < call->n; i++) {
		const struct mf_aws_read *r = &reads[call->of[i]];

		if ((i && put(out, ",", err)) || (call->op == MF_AWS_SECRETS ? mf_json_quote_secret(out, r->item.name, err) : put_parameter(out, r, err)))
			return -1;
	}
	return put(out, "]", err);
}

/* "/shop/" -> "/shop", "/" -> "/" */
static struct mf_str folder(struct mf_str s)
{
	return s.n > 1 ? (struct mf_str){ s.p, s.n - 1 } : s;
}

static int fill(struct mf_secret *out, const struct mf_aws_call *call, const struct mf_aws_read *reads, struct mf_err *err)
{
	const struct mf_aws_read *r = &reads[call->of[0]];

	switch (call->op) {
	case MF_AWS_SECRET:
		return put_secret(out, r, err);
	case MF_AWS_SECRETS:
		return put_list(out, call, reads, err);
	case MF_AWS_SECRETS_LIKE:
		return put(out, "\"Filters\":[{\"Key\":\"name\",\"Values\":[", err) || mf_json_quote_secret(out, r->item.name, err) ||
		       put(out, "]}],\"MaxResults\":20", err) ? -1 : 0;
	case MF_AWS_PARAMETER:
		return put(out, "\"Name\":", err) || put_parameter(out, r, err) ? -1 : 0;
	case MF_AWS_PARAMETERS:
		return put_list(out, call, reads, err);
	case MF_AWS_PARAMETERS_BELOW:
		return put(out, "\"Path\":", err) || mf_json_quote_secret(out, folder(r->item.name), err) || put(out, ",\"Recursive\":true,\"MaxResults\":10", err) ? -1 : 0;
	}
	return -1;
}

struct mf_secret *mf_aws_request(const struct mf_aws_call *call, const struct mf_aws_read *reads, struct mf_err *err)
{
	const bool ssm = call->op >= MF_AWS_PARAMETER;
	struct mf_secret *out = mf_secret_empty(BODY_MAX);

	if (!out) {
		mf_fail_nomem(err);
		return NULL;
	}
	if (put(out, "{", err) || fill(out, call, reads, err) || (ssm && put(out, ",\"WithDecryption\":true", err)) ||
	    (call->next && member(out, "NextToken", call->next, err)) || put(out, "}", err)) {
		mf_secret_free(out);
		return NULL;
	}
	return out;
}
