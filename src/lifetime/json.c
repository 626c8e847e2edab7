/* SPDX-License-Identifier: Apache-2.0 */
/* Credential files in JSON: Google's, Azure's, AWS's, Docker's, JSON Web Keys; and any other document, whose texts are looked at one by one. */
#include "life_priv.h"

#include <mayfly/clock.h>

struct doc {
	const struct mf_json *doc;
	struct mf_str text;	/* the whole document, as it was given */
	size_t seen;		/* texts that were looked at */
};

static struct mf_str member(const struct doc *d, const struct mf_jnode *n, const char *key)
{
	return mf_lf_member(d->doc, n, key);
}

static int walk(struct mf_lf *in, struct doc *d, const struct mf_jnode *n, unsigned depth);

/* -- Google ----------------------------------------------------------------------------------------- */

static int service_account(struct mf_lf *in, const struct doc *d, const struct mf_jnode *n)
{
	struct mf_str key = member(d, n, "private_key"), id = member(d, n, "private_key_id"), who = member(d, n, "client_email");

	mf_lf_is(in, "gcp-service-account", "a service account's key of Google", MF_LC_API_KEY);
	if (key.n == 0 || !mf_lf_check(in, "pem-private", key, key))
		return mf_lf_nothing(in);
	in->out->note[0] = '\0';
	if (who.n)
		mf_lf_account(in, "%.*s", (int)(who.n < 90 ? who.n : 90), who.p);
	if (id.n)
		mf_lf_subject(in, id);
	in->out->issued = in->hint->issued;
	return mf_lf_static(in);
}

/* An external_account names where an identity is to be had and holds no key: what comes of it lives an hour. */
static int external_account(struct mf_lf *in, const struct doc *d, const struct mf_jnode *n)
{
	struct mf_str aud = member(d, n, "audience");

	if (member(d, n, "refresh_token").n) {
		mf_lf_is(in, "gcp-refresh-token", "a refresh token of Google", MF_LC_HUMAN_SESSION);
		return mf_lf_static(in);
	}
	mf_lf_is(in, "gcp-external-account", "a file that names an identity and holds no key", MF_LC_NONE);
	mf_lf_subject(in, aud);
	in->out->known = MF_LIFE_BY_FORMAT;
	in->out->lifetime = 3600;
	mf_life_settle(in->out, in->now);
	return 1;
}

static int google(struct mf_lf *in, struct doc *d, const struct mf_jnode *n)
{
	struct mf_str type = member(d, n, "type");
	const struct mf_jnode *source = mf_json_get_z(n, "source_credentials");

	if (mf_str_is(type, "service_account"))
		return service_account(in, d, n);
	if (mf_str_is(type, "external_account") || mf_str_is(type, "external_account_authorized_user"))
		return external_account(in, d, n);
	if (mf_str_is(type, "authorized_user") && member(d, n, "refresh_token").n) {
		mf_lf_is(in, "gcp-authorized-user", "a person's login for Google's tools", MF_LC_HUMAN_SESSION);
		mf_lf_note(in, "its refresh token ends when it is revoked, or after half a year without use");
		return mf_lf_static(in);
	}
	return mf_str_is(type, "impersonated_service_account") && source ? google(in, d, source) : 0;
}

/* -- AWS, Azure, Docker, JWK ------------------------------------------------------------------------ */

/* {"AccessKeyId", "SecretAccessKey", "SessionToken", "Expiration"}, as it is, or as "Credentials" or "AccessKey" of an answer. */
static int aws(struct mf_lf *in, const struct doc *d, const struct mf_jnode *n)
{
	struct mf_str id = member(d, n, "AccessKeyId");
	struct mf_life_hint hint = *in->hint;
	struct mf_lf sub = *in;

	if (id.n == 0 || member(d, n, "SecretAccessKey").n == 0)
		return 0;
	if (!mf_time_parse(&hint.expires, member(d, n, "Expiration")))
		hint.expires = in->hint->expires;
	if (!mf_time_parse(&hint.issued, member(d, n, "CreateDate")))
		hint.issued = in->hint->issued;
	sub.v = id;
	sub.hint = &hint;
	return mf_lf_aws(&sub);
}

/* What `aws ecr get-login-password` prints, in base64: twelve hours for everybody, so its end tells its beginning. */
static int ecr(struct mf_lf *in, const struct doc *d, const struct mf_jnode *n)
{
	const struct mf_jnode *end = mf_json_get_z(n, "expiration");
	const int64_t whole = 12 * INT64_C(3600);
	int64_t expires = 0;

	if (member(d, n, "payload").n == 0 || member(d, n, "datakey").n == 0 || !mf_str_is(member(d, n, "type"), "DATA_KEY"))
		return 0;
	mf_lf_is(in, "aws-ecr-password", "a registry's password of Amazon ECR", MF_LC_API_KEY);
	if (!end || !mf_lf_number(&expires, mf_json_text(d->doc, end)))
		return mf_lf_unknown(in);
	return mf_lf_measured(in, expires > whole && expires - whole <= in->now + MF_LIFE_LEEWAY ? expires - whole : 0, expires);
}

/* azure/login's `creds`, and what `az ad sp create-for-rbac` prints. */
static int azure(struct mf_lf *in, const struct doc *d, const struct mf_jnode *n)
{
	struct mf_str secret = member(d, n, "clientSecret"), id = member(d, n, "clientId"), tenant = member(d, n, "tenantId");

	if (secret.n == 0) {
		secret = member(d, n, "password");
		id = member(d, n, "appId");
		tenant = member(d, n, "tenant");
	}
	if (secret.n == 0 || id.n == 0 || tenant.n == 0)
		return 0;
	if (mf_not_a_secret(secret, secret, secret, false))
		return mf_lf_nothing(in);
	mf_lf_is(in, "azure-client-secret", "an application's secret of Entra ID", MF_LC_API_KEY);
	mf_lf_account(in, "tenant %.*s", (int)(tenant.n < 60 ? tenant.n : 60), tenant.p);
	mf_lf_subject(in, id);
	return mf_lf_static(in);
}

/* Docker's config.json: `auth` is base64 of a user and a password, `identitytoken` a refresh token. */
static int docker(struct mf_lf *in, const struct doc *d, const struct mf_jnode *n)
{
	const struct mf_jnode *auths = mf_json_get_z(n, "auths"), *one;
	size_t seen = 0;

	if (!auths || mf_json_type(auths) != MF_J_OBJECT)
		return 0;
	for (one = mf_json_first(auths); one && seen < MF_LF_PARTS; one = mf_json_next(one), seen++) {
		struct mf_str auth = member(d, one, "auth"), token = member(d, one, "identitytoken"), registry = mf_json_key(one);
		struct mf_life before = *in->out;

		if (auth.n && mf_lf_inner(in, auth, "auth") < 0)
			return -1;
		if (token.n && mf_lf_inner(in, token, "registry_token") < 0)
			return -1;
		if (in->out->kind && mf_lf_worse(&before, in->out) && in->out->account[0] == '\0')
			mf_lf_account(in, "%.*s", (int)(registry.n < 90 ? registry.n : 90), registry.p);
	}
	return 1;
}

static int jwk(struct mf_lf *in, const struct doc *d, const struct mf_jnode *n)
{
	struct mf_token_facts facts;

	if (member(d, n, "kty").n == 0 || n != mf_json_root(d->doc))
		return 0;
	if (mf_check_run("jwk", d->text, d->text, &facts) != MF_FORMAT_VERIFIED || facts.harmless)
		return mf_lf_nothing(in);
	mf_lf_is(in, "jwk", "a private JSON Web Key", MF_LC_API_KEY);
	return mf_lf_static(in);
}

/* -- any document ----------------------------------------------------------------------------------- */

static int known_shape(struct mf_lf *in, struct doc *d, const struct mf_jnode *n)
{
	int rc = google(in, d, n);

	if (rc == 0)
		rc = aws(in, d, n);
	if (rc == 0)
		rc = ecr(in, d, n);
	if (rc == 0)
		rc = azure(in, d, n);
	if (rc == 0)
		rc = docker(in, d, n);
	return rc ? rc : jwk(in, d, n);
}

/* A known shape deep in a document is kept where it is worse than what was found before it. */
static int shape_or_members(struct mf_lf *in, struct doc *d, const struct mf_jnode *n, unsigned depth)
{
	struct mf_life life = { 0 };
	struct mf_lf sub = *in;
	int rc;

	sub.out = &life;
	rc = known_shape(&sub, d, n);
	if (rc < 0)
		return -1;
	if (rc == 1) {
		if (mf_lf_worse(in->out, &life))
			*in->out = life;
		return 0;
	}
	for (const struct mf_jnode *m = mf_json_first(n); m && d->seen < MF_LF_PARTS; m = mf_json_next(m))
		if (walk(in, d, m, depth + 1) < 0)
			return -1;
	return 0;
}

static int text_member(struct mf_lf *in, struct doc *d, const struct mf_jnode *n)
{
	struct mf_str key = mf_json_key(n), text = mf_json_text(d->doc, n);
	char name[64];

	if (text.n < 8)
		return 0;
	d->seen++;
	memcpy(name, key.n ? key.p : "", key.n < sizeof name ? key.n : sizeof name - 1);
	name[key.n < sizeof name ? key.n : sizeof name - 1] = '\0';
	return mf_lf_inner(in, text, key.n ? name : NULL);
}

static int walk(struct mf_lf *in, struct doc *d, const struct mf_jnode *n, unsigned depth)
{
	enum mf_jtype type = mf_json_type(n);

	if (depth > MF_JSON_DEPTH)
		return 0;
	if (type == MF_J_STRING)
		return text_member(in, d, n);
	if (type == MF_J_OBJECT)
		return shape_or_members(in, d, n, depth);
	if (type != MF_J_ARRAY)
		return 0;
	for (const struct mf_jnode *m = mf_json_first(n); m && d->seen < MF_LF_PARTS; m = mf_json_next(m))
		if (walk(in, d, m, depth + 1) < 0)
			return -1;
	return 0;
}

/* A document that is one, and in which nothing was found, is no credential, whatever the name of its variable. */
int mf_lf_json(struct mf_lf *in)
{
	MF_CLEANUP(mf_json_freep) struct mf_json *doc = NULL;
	struct doc d = { .text = in->v };
	int rc;

	if (in->v.n < 2 || (in->v.p[0] != '{' && in->v.p[0] != '['))
		return 0;
	rc = mf_lf_parse(&doc, in->v, in->err);
	if (rc <= 0)
		return rc;
	d.doc = doc;
	return walk(in, &d, mf_json_root(doc), 0) < 0 ? -1 : 1;
}
