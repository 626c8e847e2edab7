/* SPDX-License-Identifier: Apache-2.0 */
/* A login that AWS refused: what its code means, and the trust that would admit this job. STS never says which condition failed, so the claims are shown
 * beside it. Source: AWS STS API reference, errors of AssumeRoleWithWebIdentity and AssumeRole; IAM user guide, "Create a role for OpenID Connect federation". */
#include "aws.h"

#include <stdio.h>
#include <mayfly/clock.h>
#include <mayfly/trust.h>

typedef const struct mf_aws_refusal refusal;

static void show_sent(refusal *r, struct mf_err *err)
{
	const struct mf_claims *c = r->claims;
	char exp[21] = "?";

	if (!c)
		return;
	if (c->exp)
		mf_time_format(exp, c->exp);
	mf_err_sent(err, "iss=%.*s aud=%.*s sub=%.*s exp=%s", (int)c->iss.n, c->iss.p, (int)c->aud.n, c->aud.p, (int)c->sub.n, c->sub.p, exp);
}

/* -- reasons ------------------------------------------------------------------------------------------ */

static bool says(refusal *r, const char *words)
{
	return strcasestr(r->error->text, words) != NULL;
}

static void on_denied(refusal *r, struct mf_err *err)
{
	if (r->claims) {
		mf_err_hint(err, "the role does not exist, or its trust policy does not admit this token: AWS does not say which condition failed, so compare it with what "
			    "was sent, letter by letter (StringEquals knows no wildcards, StringLike does). This policy admits this very job:");
		mf_trust_advise(MF_TRUST_AWS, r->claims, r->role, NULL, err);
	} else if (says(r, "sts:TagSession")) {
		mf_err_hint(err, "the trust policy of the role has to allow sts:TagSession to who takes it on, or leave the tags out");
	} else if (says(r, "sts:SetSourceIdentity")) {
		mf_err_hint(err, "the trust policy of the role has to allow sts:SetSourceIdentity to who takes it on, or leave aws.source-identity out");
	} else {
		mf_err_hint(err, "two policies have to allow it: the trust policy of the role names who may take it on (with its sts:ExternalId, if it asks for one), and that one "
			    "is allowed sts:AssumeRole on the role");
	}
}

static void on_token(refusal *r, struct mf_err *err)
{
	const struct mf_str iss = r->claims ? r->claims->iss : (struct mf_str){ 0 }, aud = r->claims ? r->claims->aud : (struct mf_str){ 0 };

	if (says(r, "No OpenIDConnect provider")) {
		mf_err_hint(err, "the claim that differs is iss: the account has no identity provider for this issuer, letter by letter; add it:");
		if (r->claims)
			mf_err_advice(err, "aws iam create-open-id-connect-provider --url '%.*s' --client-id-list '%.*s'\n", (int)iss.n, iss.p, (int)aud.n, aud.p);
	} else if (says(r, "audience")) {
		mf_err_hint(err, "the claim that differs is aud: the identity provider in IAM does not list '%.*s' as a client id; add it, or set aws.audience to one that it "
			    "lists", (int)aud.n, aud.p);
	} else if (says(r, "thumbprint")) {
		mf_err_hint(err, "the certificate of the issuer's server was renewed by another authority: update the provider's thumbprint in IAM");
	} else if (says(r, "verification key") || says(r, "retrieve")) {
		mf_err_hint(err, "AWS fetches the keys of '%.*s' from its /.well-known/openid-configuration: that has to be open to the internet, and have the key that signed "
			    "this token", (int)iss.n, iss.p);
	} else {
		mf_err_hint(err, "AWS does not take the token for one of the identity provider: is its issuer the provider's address, letter by letter?");
	}
}

static void on_claim(refusal *r, struct mf_err *err)
{
	(void)r;
	mf_err_hint(err, "the issuer says that the token is not valid any more, or the token lacks a claim that AWS needs (iss, aud, sub, exp, iat)");
}

static void on_expired(refusal *r, struct mf_err *err)
{
	char at[21], there[21];

	if (!r->claims) {
		mf_err_hint(err, "the session whose keys the job has is over: log in anew before this step");
		return;
	}
	mf_time_format(at, r->claims->exp);
	mf_time_format(there, r->date ? r->date : mf_now());
	mf_err_hint(err, "the identity token has expired: it ended at %s, and it is %s at AWS; get a fresh one right before the login", at, there);
}

static void on_packed(refusal *r, struct mf_err *err)
{
	(void)r;
	mf_err_hint(err, "session policies and tags are packed together, and are too much: shorten aws.session-policy, name fewer policies, or move tags to aws.optional-tags");
}

static void on_region(refusal *r, struct mf_err *err)
{
	mf_err_hint(err, "STS is not active in '%s' for this account: activate it (IAM: Account settings, Security Token Service), or set aws.region to another region",
		    mf_conf_str(r->conf, MF_K_AWS_REGION));
}

static void on_policy(refusal *r, struct mf_err *err)
{
	(void)r;
	mf_err_hint(err, "aws.session-policy is no policy that AWS takes: Version 2012-10-17, and a Statement with Effect, Action and Resource");
}

static void on_validation(refusal *r, struct mf_err *err)
{
	struct mf_aws_role role;

	if (says(r, "MaxSessionDuration") && r->role && mf_aws_role_of(&role, r->role)) {
		mf_err_hint(err, "the role allows shorter sessions than %lld s: set aws.duration to less, or let it:", (long long)r->duration);
		mf_err_advice(err, "aws iam update-role --role-name %.*s --max-session-duration %lld\n", (int)role.name.n, role.name.p, (long long)r->duration);
	} else if (says(r, "1 hour") || says(r, "role chaining")) {
		mf_err_hint(err, "a session that is taken on from another one lives for an hour at most: set 'aws.duration: 1h' or less");
	} else {
		mf_err_hint(err, "one of the settings is not as AWS wants it: role, session name, duration, policies or tags, as the server says");
	}
}

static void on_key(refusal *r, struct mf_err *err)
{
	mf_err_hint(err, "AWS does not know the key in AWS_ACCESS_KEY_ID%s: it was deleted or disabled, or is of another partition than region '%s'",
		    mf_conf_secret(r->conf, MF_K_AWS_SESSION_TOKEN) ? " with its session token" : "", mf_conf_str(r->conf, MF_K_AWS_REGION));
}

static void on_signature(refusal *r, struct mf_err *err)
{
	mf_err_hint(err, says(r, "expired") || says(r, "not yet current") || says(r, "skew") ? "signatures hold for five minutes around the server's time: set this machine's clock" :
		    "AWS_SECRET_ACCESS_KEY is not the secret of AWS_ACCESS_KEY_ID");
}

static const struct {
	const char *code;
	void (*explain)(refusal *r, struct mf_err *err);
} reasons[] = {
	{ "AccessDenied", on_denied }, { "AccessDeniedException", on_denied },
	{ "InvalidIdentityToken", on_token }, { "InvalidIdentityTokenException", on_token },
	{ "IDPRejectedClaim", on_claim }, { "IDPRejectedClaimException", on_claim },
	{ "ExpiredTokenException", on_expired }, { "ExpiredToken", on_expired },
	{ "PackedPolicyTooLarge", on_packed }, { "PackedPolicyTooLargeException", on_packed },
	{ "RegionDisabledException", on_region }, { "RegionDisabled", on_region },
	{ "MalformedPolicyDocument", on_policy }, { "MalformedPolicyDocumentException", on_policy },
	{ "ValidationError", on_validation },
	{ "InvalidClientTokenId", on_key }, { "UnrecognizedClientException", on_key },
	{ "SignatureDoesNotMatch", on_signature }, { "RequestExpired", on_signature }, { "RequestTimeTooSkewed", on_signature },
};

void mf_aws_explain(const struct mf_aws_refusal *r, struct mf_err *err)
{
	mf_err_why(err, "status %ld, %s: %s", r->status, r->error->code, r->error->text[0] ? r->error->text : "the server gives no reason");
	show_sent(r, err);
	mf_clock_note(r->date, err);
	for (size_t i = 0; i < MF_COUNT(reasons); i++)
		if (strcmp(reasons[i].code, r->error->code) == 0) {
			reasons[i].explain(r, err);
			return;
		}
	mf_err_hint(err, "CloudTrail has the event with the reason (service sts.amazonaws.com, region '%s')", mf_conf_str(r->conf, MF_K_AWS_REGION));
}
