/* SPDX-License-Identifier: Apache-2.0 */
/* A login that Entra refused: what its number means, which claim differs, and the federated credential that would fit. */
#include "azure.h"

#include <stdio.h>
#include <stdlib.h>
#include <mayfly/clock.h>
#include <mayfly/text.h>
#include <mayfly/trust.h>

struct refusal {
	const struct mf_claims *claims;	/* NULL: no identity token was sent */
	const struct mf_conf *conf;
	int64_t date;			/* the server's time, or 0 */
	struct mf_err *err;
};

/* -- the server's words ------------------------------------------------------------------------------- */

static struct mf_str description(const struct mf_json *answer)
{
	const struct mf_jnode *root = answer ? mf_json_root(answer) : NULL, *n = mf_json_get_z(root, "error_description");
	const struct mf_jnode *error = mf_json_get_z(root, "error");

	/* Key Vault and Azure's management: {"error":{"code":..,"message":..}} */
	if (!n && error && mf_json_type(error) == MF_J_OBJECT)
		n = mf_json_get_z(error, "message");
	if (!n)
		n = error;
	return n && mf_json_type(n) == MF_J_STRING ? mf_json_text(answer, n) : (struct mf_str){ 0 };
}

static long number_at(struct mf_str s)
{
	long v = 0;

	for (size_t i = 0; i < s.n && i < 9 && s.p[i] >= '0' && s.p[i] <= '9'; i++)
		v = v * 10 + (s.p[i] - '0');
	return v;
}

long mf_azure_code(const struct mf_json *answer)
{
	const struct mf_jnode *codes = answer ? mf_json_get_z(mf_json_root(answer), "error_codes") : NULL;
	const struct mf_jnode *first = codes && mf_json_type(codes) == MF_J_ARRAY ? mf_json_first(codes) : NULL;
	const struct mf_str text = description(answer);
	const char *hit = text.n ? memmem(text.p, text.n, "AADSTS", 6) : NULL;

	if (hit)
		return number_at((struct mf_str){ hit + 6, text.n - (size_t)(hit + 6 - text.p) });
	return first && mf_json_type(first) == MF_J_NUMBER ? number_at(mf_json_text(answer, first)) : 0;
}

void mf_azure_text(char *out, size_t size, const struct mf_json *answer, const struct mf_cred *cred)
{
	const struct mf_str s = description(answer);
	char text[2048];
	char *end;

	snprintf(text, sizeof(text), "%.*s", (int)(s.n < sizeof(text) ? s.n : sizeof(text) - 1), s.p ? s.p : "");
	mf_azure_hide(cred, text);
	for (char *p = text; *p; p++)
		if (*p == '\r' || *p == '\n')
			*p = ' ';
	end = strstr(text, "Trace ID:");
	if (end)
		*end = '\0';
	mf_text_clean(text, false);
	mf_text_tame(text);
	for (size_t n = strlen(text); n && text[n - 1] == ' '; n--)
		text[n - 1] = '\0';
	snprintf(out, size, "%s", text);
	mf_wipe(text, sizeof(text));
}

/* -- what would fit ----------------------------------------------------------------------------------- */

static void advise(const struct refusal *r)
{
	mf_trust_advise(MF_TRUST_AZURE, r->claims, mf_conf_str(r->conf, MF_K_AZURE_CLIENT_ID), NULL, r->err);
}

static void show_sent(const struct refusal *r)
{
	const struct mf_claims *c = r->claims;
	char exp[21] = "?";

	if (!c)
		return;
	if (c->exp)
		mf_time_format(exp, c->exp);
	mf_err_sent(r->err, "iss=%.*s aud=%.*s sub=%.*s exp=%s", (int)c->iss.n, c->iss.p, (int)c->aud.n, c->aud.p, (int)c->sub.n, c->sub.p, exp);
}

/* -- reasons ------------------------------------------------------------------------------------------ */

static const char *client_of(const struct refusal *r)
{
	const char *s = mf_conf_str(r->conf, MF_K_AZURE_CLIENT_ID);

	return s ? s : "";
}

static const char *tenant_of(const struct refusal *r)
{
	const char *s = mf_conf_str(r->conf, MF_K_AZURE_TENANT_ID);

	return s ? s : "";
}

static void on_issuer(const struct refusal *r)
{
	if (r->claims)
		mf_err_hint(r->err, "the claim that differs is iss: no federated credential of the application has the issuer '%.*s', letter by letter and without a slash "
			    "at its end; add one:", (int)r->claims->iss.n, r->claims->iss.p);
	advise(r);
}

static void on_audience(const struct refusal *r)
{
	if (r->claims)
		mf_err_hint(r->err, "the claim that differs is aud: the token has '%.*s'; set 'azure.audience' to what the federated credential has, or change that; by "
			    "default it is %s", (int)r->claims->aud.n, r->claims->aud.p, mf_azure_cloud_of(r->conf)->audience);
	advise(r);
}

static bool immutable_sub(struct mf_str sub)
{
	const char *at = mf_str_begins(sub, "repo:") ? memchr(sub.p, '@', sub.n) : NULL;

	return at && at + 1 < sub.p + sub.n && at[1] >= '0' && at[1] <= '9';
}

static void on_subject(const struct refusal *r)
{
	const struct mf_str sub = r->claims ? r->claims->sub : (struct mf_str){ 0 };
	const char *more = "";

	advise(r);
	if (immutable_sub(sub))
		more = "; this repository's tokens carry ids (repo:OWNER@ID/NAME@ID:...), and the credential may have the older form without";
	else if (mf_str_ends(sub, ":pull_request"))
		more = "; this job is a pull request, whose subject names no branch";
	else if (sub.n && memmem(sub.p, sub.n, ":environment:", 13))
		more = "; this job names an environment, and then the subject names no branch";
	else if (mf_str_begins(sub, "repo:"))
		more = "; a job with an 'environment:' has another subject than one without";
	mf_err_hint(r->err, "the claim that differs is sub: no federated credential of the application has this subject, which is compared whole and letter by letter "
		    "(one that was just made may take minutes)%s", more);
}

static void on_case(const struct refusal *r)
{
	advise(r);
	mf_err_hint(r->err, "the claim that differs is sub, in upper and lower case alone: write it in the federated credential as the token has it");
}

static void on_any_claim(const struct refusal *r)
{
	advise(r);
	mf_err_hint(r->err, "no federated credential of the application has these three claims, iss, aud and sub, letter by letter");
}

static void on_no_credential(const struct refusal *r)
{
	advise(r);
	mf_err_hint(r->err, "application '%s' has no federated credential at all; add one:", client_of(r));
}

static void on_time(const struct refusal *r)
{
	const int64_t now = r->date ? r->date : mf_now();
	char at[21], there[21];

	mf_time_format(there, now);
	if (!r->claims) {
		mf_err_hint(r->err, "the clocks of the CI and of Entra ID do not agree");
	} else if (r->claims->exp && r->claims->exp <= now) {
		mf_time_format(at, r->claims->exp);
		mf_err_hint(r->err, "the identity token has expired: it ended at %s, and it is %s at Entra ID; get a fresh one right before the login", at, there);
	} else {
		mf_time_format(at, r->claims->nbf ? r->claims->nbf : r->claims->iat);
		mf_err_hint(r->err, "the identity token is not valid yet: it begins at %s, and it is %s at Entra ID; the clock of who issued it is ahead", at, there);
	}
}

static void on_signature(const struct refusal *r)
{
	mf_err_hint(r->err, "Entra ID fetches the keys of '%.*s' from its /.well-known/openid-configuration: that has to be open to the internet, and have the key that "
		    "signed this token", r->claims ? (int)r->claims->iss.n : 0, r->claims ? r->claims->iss.p : "");
}

static void on_application(const struct refusal *r)
{
	mf_err_hint(r->err, "tenant '%s' has no application '%s': azure.client-id is the 'Application (client) ID', not an object id, and azure.tenant-id the tenant "
		    "that it is registered in", tenant_of(r), client_of(r));
}

static void on_tenant(const struct refusal *r)
{
	mf_err_hint(r->err, "there is no tenant '%s' in the cloud '%s': look at azure.tenant-id and azure.cloud", tenant_of(r), mf_azure_cloud_of(r->conf)->name);
}

static void on_client_secret(const struct refusal *r)
{
	mf_err_hint(r->err, "the client secret is wrong or has expired; a federated credential needs none: see docs/providers/azure.md");
}

static void on_policy(const struct refusal *r)
{
	mf_err_hint(r->err, "a Conditional Access policy for workload identities refuses this machine's address or risk: the sign-in log of the service principal names it");
}

static void on_resource(const struct refusal *r)
{
	mf_err_hint(r->err, "the tenant has no such resource: look at azure.scopes, and whether it belongs to the cloud '%s'", mf_azure_cloud_of(r->conf)->name);
}

static void on_scope(const struct refusal *r)
{
	mf_err_hint(r->err, "an application's scope is a resource and '/.default', as in https://management.azure.com/.default: look at azure.scopes");
}

static void on_disabled(const struct refusal *r)
{
	mf_err_hint(r->err, "application '%s' or its service principal is disabled in tenant '%s'", client_of(r), tenant_of(r));
}

static void on_cloud(const struct refusal *r)
{
	mf_err_hint(r->err, "application or tenant belong to another cloud than '%s': set azure.cloud", mf_azure_cloud_of(r->conf)->name);
}

static void on_role(const struct refusal *r)
{
	mf_err_hint(r->err, "the resource admits assigned applications alone: assign application '%s' to it in tenant '%s'", client_of(r), tenant_of(r));
}

/* Microsoft Entra authentication and authorization error codes. */
static const struct {
	long code;
	void (*explain)(const struct refusal *r);
} reasons[] = {
	{ 700211, on_issuer }, { 700212, on_audience }, { 700213, on_subject }, { 7002138, on_case }, { 70021, on_any_claim }, { 70025, on_no_credential },
	{ 700024, on_time }, { 700027, on_signature }, { 50027, on_signature }, { 700016, on_application }, { 90002, on_tenant }, { 900023, on_tenant },
	{ 50049, on_tenant }, { 7000215, on_client_secret }, { 7000222, on_client_secret }, { 7000216, on_client_secret }, { 53003, on_policy },
	{ 500011, on_resource }, { 50001, on_resource }, { 1002012, on_scope }, { 70011, on_scope }, { 7000112, on_disabled }, { 900382, on_cloud },
	{ 900439, on_cloud }, { 501051, on_role },
};

void mf_azure_explain(long status, const struct mf_json *answer, const struct mf_claims *claims, const struct mf_conf *conf, int64_t date,
		      const struct mf_cred *cred, struct mf_err *err)
{
	const struct refusal r = { .claims = claims, .conf = conf, .date = date, .err = err };
	const long code = mf_azure_code(answer);
	char words[480];

	mf_azure_text(words, sizeof(words), answer, cred);
	mf_err_why(err, "status %ld: %s", status, words[0] ? words : "the server gives no reason");
	show_sent(&r);
	mf_clock_note(date, err);
	for (size_t i = 0; i < MF_COUNT(reasons); i++)
		if (reasons[i].code == code) {
			reasons[i].explain(&r);
			break;
		}
	if (err->hint[0])
		return;
	mf_err_hint(err, "the sign-in log of the service principal has the request; https://login.microsoftonline.com/error?code=%ld tells of the number", code);
}
