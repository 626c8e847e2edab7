/* SPDX-License-Identifier: Apache-2.0 */
/* Amazon Web Services. A key id says whether it is an IAM user's (AKIA, no end) or a session's (ASIA), and of which account. */
#include "life_priv.h"

#define H INT64_C(3600)
#define LONGEST (36 * H)	/* of GetSessionToken and GetFederationToken; a role's is 12 h */

static int key_id(struct mf_lf *in)
{
	static const char set[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
	bool session = mf_str_begins(in->v, "ASIA");

	if (in->v.n != 20 || (!session && !mf_str_begins(in->v, "AKIA")) || !mf_lf_all(mf_lf_from(in->v, 4), set))
		return 0;
	if (session)
		mf_lf_is(in, "aws-session-key", "a temporary AWS access key", MF_LC_SERVICE_TOKEN);
	else
		mf_lf_is(in, "aws-access-key", "a long-lived AWS access key", MF_LC_API_KEY);
	if (!mf_lf_check(in, "aws-key-id", in->v, in->v))
		return mf_lf_nothing(in);
	in->out->note[0] = '\0';
	if (!session)
		return mf_lf_static(in);
	if (in->hint->expires)
		return mf_lf_measured(in, in->hint->issued, in->hint->expires);
	mf_lf_note(in, "its end is not in it: 12 h at most for a role, 36 h otherwise");
	in->out->known = MF_LIFE_BY_FORMAT;
	in->out->flags |= MF_LIFE_AT_MOST;
	in->out->lifetime = LONGEST;
	mf_life_settle(in->out, in->now);
	return 1;
}

static int session_token(struct mf_lf *in)
{
	struct mf_token_facts facts;
	bool named = !in->bare && mf_lf_named_one(in, "AWS_SESSION_TOKEN;AWS_SECURITY_TOKEN;SessionToken");

	if (in->v.n < 100 || in->v.n > 8192)
		return 0;
	if (mf_check_run("aws-session-token", in->v, in->v, &facts) != MF_FORMAT_VERIFIED && !(named && !mf_lf_has(in->v, " ")))
		return 0;
	mf_lf_is(in, "aws-session-token", "a temporary AWS session token", MF_LC_SERVICE_TOKEN);
	if (in->hint->expires)
		return mf_lf_measured(in, in->hint->issued, in->hint->expires);
	mf_lf_note(in, "its end is not in it: 12 h at most for a role, 36 h otherwise");
	in->out->known = MF_LIFE_BY_FORMAT;
	in->out->flags |= MF_LIFE_AT_MOST;
	in->out->lifetime = LONGEST;
	mf_life_settle(in->out, in->now);
	return 1;
}

/* Forty characters that only their name tells; the key id beside them says how long they live. */
static int secret_key(struct mf_lf *in)
{
	static const char names[] = "AWS_SECRET_ACCESS_KEY;AWS-SECRET-ACCESS-KEY;AWS_SECRET_KEY;SecretAccessKey;TF_VAR_aws_secret_key";
	struct mf_token_facts facts;

	if (in->bare || in->v.n != 40 || !mf_lf_named_one(in, names))
		return 0;
	if (mf_check_run("aws-secret", in->v, in->v, &facts) == MF_FORMAT_BROKEN || facts.harmless)
		return 0;
	mf_lf_is(in, "aws-secret-key", "the secret of an AWS access key", MF_LC_API_KEY);
	mf_lf_note(in, "it lives as long as its key id: AKIA has no end, ASIA is a session's");
	return mf_lf_unknown(in);
}

static const struct mf_lf_form bedrock[] = {
	{ "bedrock-api-key-", 60, 8000, "aws-bedrock", "aws-bedrock-session", "a short-term key of Amazon Bedrock", MF_LC_SERVICE_TOKEN, MF_LF_AT_MOST,
		12 * H, NULL },
	{ "ABSK", 100, 200, "aws-bedrock", "aws-bedrock-key", "a long-term key of Amazon Bedrock", MF_LC_API_KEY, MF_LF_UNKNOWN, 0, NULL },
};

int mf_lf_aws(struct mf_lf *in)
{
	int rc = key_id(in);

	if (rc == 0)
		rc = mf_lf_by_form(in, bedrock, MF_COUNT(bedrock));
	if (rc == 0)
		rc = session_token(in);
	return rc ? rc : secret_key(in);
}
