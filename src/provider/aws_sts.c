/* SPDX-License-Identifier: Apache-2.0 */
/* Requests to STS (Query API, version 2011-06-15): AssumeRoleWithWebIdentity, AssumeRole and GetCallerIdentity. */
#include "aws.h"

#include <stdio.h>
#include <stdlib.h>
#include <mayfly/clock.h>
#include <mayfly/log.h>
#include <mayfly/reveal.h>

enum { BODY_MAX = 3 * MF_JWT_MAX + (256 << 10) };

struct call {
	struct mf_secret *body;
	const struct mf_aws_keys *with;		/* signs; NULL: nothing does */
	struct mf_resp resp;
};

static int begin(struct call *c, const char *action, struct mf_err *err)
{
	c->body = mf_secret_empty(BODY_MAX);
	if (!c->body)
		return mf_fail_nomem(err);
	return mf_form_add(c->body, "Action", mf_str(action), err) || mf_form_add(c->body, "Version", mf_str("2011-06-15"), err) ? -1 : 0;
}

static void end(struct call *c)
{
	mf_secret_free(c->body);
	mf_resp_free(&c->resp);
}

/* One that is granted twice leaves nothing behind that would not end by itself. */
static int send(struct call *c, const struct mf_cred *cred, struct mf_http *http, struct mf_err *err)
{
	const struct mf_aws_priv *priv = cred->priv;
	const struct mf_sigv4 key = {
		.id = c->with ? c->with->id : NULL, .secret = c->with ? c->with->secret : NULL, .token = c->with ? c->with->token : NULL,
		.region = mf_conf_str(priv->conf, MF_K_AWS_REGION), .service = "sts",
	};
	const struct mf_header headers[] = { { .name = "Accept", .value = "application/xml, text/xml" } };
	const struct mf_req req = {
		.method = "POST", .url = cred->url, .headers = headers, .n_headers = 1, .body = c->body,
		.content_type = "application/x-www-form-urlencoded; charset=utf-8", .retry = MF_RETRY_SAFE, .again = mf_aws_again, .sigv4 = c->with ? &key : NULL,
	};

	if (mf_http_do(http, &req, &c->resp, err)) {
		mf_err_wrap(err, "cannot log in to AWS");
		return -1;
	}
	return 0;
}

/* What every request for a role has. */
static int put_role(struct call *c, const struct mf_aws_ask *ask, const struct mf_conf *conf, struct mf_err *err)
{
	const char *policy = mf_conf_str(conf, MF_K_AWS_SESSION_POLICY);
	char number[48];
	size_t n;
	const char *const *arns = mf_conf_list(conf, MF_K_AWS_SESSION_POLICIES, &n);

	snprintf(number, sizeof(number), "%lld", (long long)ask->duration);
	if (mf_form_add(c->body, "RoleArn", mf_str(ask->role), err) || mf_form_add(c->body, "RoleSessionName", mf_str(ask->session), err) ||
	    mf_form_add(c->body, "DurationSeconds", mf_str(number), err))
		return -1;
	if (!ask->last)
		return 0;
	if (policy && *policy && mf_form_add(c->body, "Policy", mf_str(policy), err))
		return -1;
	for (size_t i = 0; i < n; i++) {
		snprintf(number, sizeof(number), "PolicyArns.member.%zu.arn", i + 1);
		if (mf_form_add(c->body, number, mf_str(arns[i]), err))
			return -1;
	}
	return 0;
}

/* A key of a tag that is left out: STS refuses a transitive key without its tag. */
static bool left_out(const struct mf_aws_tag *tags, size_t n, const char *key)
{
	for (size_t i = 0; i < n; i++)
		if (mf_str_is(tags[i].key, key))
			return tags[i].optional;
	return false;
}

static int put_tags(struct call *c, bool lean, const struct mf_conf *conf, struct mf_err *err)
{
	struct mf_aws_tag tags[MF_AWS_TAGS];
	char name[48];
	size_t n, n_keys, member = 0;
	const char *const *keys;

	if (mf_aws_tags(tags, &n, conf, err))
		return -1;
	for (size_t i = 0; i < n && !(lean && tags[i].optional); i++) {
		snprintf(name, sizeof(name), "Tags.member.%zu.Key", i + 1);
		if (mf_form_add(c->body, name, tags[i].key, err))
			return -1;
		snprintf(name, sizeof(name), "Tags.member.%zu.Value", i + 1);
		if (mf_form_add(c->body, name, tags[i].value, err))
			return -1;
	}
	keys = mf_conf_list(conf, MF_K_AWS_TRANSITIVE_TAGS, &n_keys);
	for (size_t i = 0; i < n_keys; i++) {
		if (lean && left_out(tags, n, keys[i]))
			continue;
		snprintf(name, sizeof(name), "TransitiveTagKeys.member.%zu", ++member);
		if (mf_form_add(c->body, name, mf_str(keys[i]), err))
			return -1;
	}
	return 0;
}

/* -- refusals ----------------------------------------------------------------------------------------- */

static int refused(const struct call *c, const struct mf_aws_ask *ask, const struct mf_cred *cred, const struct mf_claims *claims, struct mf_err *err)
{
	const struct mf_aws_priv *priv = cred->priv;
	struct mf_aws_error error;

	mf_aws_read_error(&error, c->resp.body, cred);
	if (mf_aws_busy(&c->resp))
		return mf_aws_unavailable(&c->resp, &error, "cannot log in: STS", err);
	if (!error.code[0])
		return mf_aws_stranger(&c->resp, "STS", err);
	if (ask)
		mf_fail(err, MF_E_AWS_LOGIN, "AWS refused the login as '%.180s'", ask->role);
	else
		mf_fail(err, MF_E_AWS_LOGIN, "AWS does not take the keys");
	mf_aws_explain(&(struct mf_aws_refusal){
		.status = c->resp.status, .error = &error, .claims = claims, .role = ask ? ask->role : NULL, .conf = priv->conf, .date = c->resp.date,
		.duration = ask ? ask->duration : 0,
	}, err);
	return -1;
}

static int64_t server_now(const struct mf_resp *resp)
{
	return resp->date ? resp->date : mf_now();
}

/* -- the three ---------------------------------------------------------------------------------------- */

int mf_aws_by_token(struct mf_aws_keys *out, char arn[static MF_AWS_ARN], const struct mf_aws_ask *ask, const struct mf_cred *cred, struct mf_http *http,
		    const struct mf_claims *claims, struct mf_err *err)
{
	const struct mf_aws_priv *priv = cred->priv;
	struct call c = { 0 };
	int rc = begin(&c, "AssumeRoleWithWebIdentity", err) || put_role(&c, ask, priv->conf, err) ||
		 mf_form_add(c.body, "WebIdentityToken", mf_secret_reveal(priv->assertion), err) || send(&c, cred, http, err) ? -1 : 0;

	if (rc == 0 && c.resp.status != 200)
		rc = refused(&c, ask, cred, claims, err);
	else if (rc == 0 && (rc = mf_aws_read_keys(out, arn, c.resp.body, "AssumeRoleWithWebIdentityResult", ask->role, server_now(&c.resp), err)))
		mf_clock_note(c.resp.date, err);
	end(&c);
	return rc;
}

static int put_chain(struct call *c, const struct mf_aws_ask *ask, const struct mf_conf *conf, struct mf_err *err)
{
	const char *external = mf_conf_str(conf, MF_K_AWS_EXTERNAL_ID), *source = mf_conf_str(conf, MF_K_AWS_SOURCE_IDENTITY);

	if ((external && *external && mf_form_add(c->body, "ExternalId", mf_str(external), err)) ||
	    (source && *source && mf_form_add(c->body, "SourceIdentity", mf_str(source), err)))
		return -1;
	return ask->first ? put_tags(c, ask->lean, conf, err) : 0;
}

/* More tags, names and policies than fit; without those that may be left out it may fit. */
static bool too_much(const struct call *c, const struct mf_aws_ask *ask, const struct mf_conf *conf)
{
	struct mf_aws_error error;

	if (!ask->first || ask->lean || !mf_conf_is_set(conf, MF_K_AWS_OPTIONAL_TAGS))
		return false;
	mf_aws_read_error(&error, c->resp.body, NULL);
	return strcmp(error.code, "PackedPolicyTooLarge") == 0 || strcmp(error.code, "PackedPolicyTooLargeException") == 0;
}

static int ask_by_keys(struct call *c, const struct mf_aws_ask *ask, const struct mf_cred *cred, struct mf_http *http, struct mf_err *err)
{
	const struct mf_aws_priv *priv = cred->priv;

	return begin(c, "AssumeRole", err) || put_role(c, ask, priv->conf, err) || put_chain(c, ask, priv->conf, err) || send(c, cred, http, err) ? -1 : 0;
}

int mf_aws_by_keys(struct mf_aws_keys *out, char arn[static MF_AWS_ARN], const struct mf_aws_ask *ask, const struct mf_aws_keys *with, const struct mf_cred *cred,
		   struct mf_http *http, struct mf_err *err)
{
	const struct mf_aws_priv *priv = cred->priv;
	struct mf_aws_ask lean = *ask;
	struct call c = { .with = with };
	int rc = ask_by_keys(&c, ask, cred, http, err);

	if (rc == 0 && c.resp.status != 200 && too_much(&c, ask, priv->conf)) {
		mf_info("the session's tags and policies are too much for AWS: asking again without aws.optional-tags");
		end(&c);
		c = (struct call){ .with = with };
		lean.lean = true;
		rc = ask_by_keys(&c, &lean, cred, http, err);
	}
	if (rc == 0 && c.resp.status != 200)
		rc = refused(&c, ask, cred, NULL, err);
	else if (rc == 0 && (rc = mf_aws_read_keys(out, arn, c.resp.body, "AssumeRoleResult", ask->role, server_now(&c.resp), err)))
		mf_clock_note(c.resp.date, err);
	end(&c);
	return rc;
}

int mf_aws_who(char account[static MF_AWS_ACCOUNT], char arn[static MF_AWS_ARN], const struct mf_aws_keys *keys, const struct mf_cred *cred,
	       struct mf_http *http, struct mf_err *err)
{
	struct call c = { .with = keys };
	int rc = begin(&c, "GetCallerIdentity", err) || send(&c, cred, http, err) ? -1 : 0;

	if (rc == 0 && c.resp.status != 200)
		rc = refused(&c, NULL, cred, NULL, err);
	else if (rc == 0)
		rc = mf_aws_read_who(account, arn, c.resp.body, err);
	end(&c);
	return rc;
}
