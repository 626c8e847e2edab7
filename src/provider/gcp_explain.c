/* SPDX-License-Identifier: Apache-2.0 */
/* A login that Google refused: what its words mean, and the trust that would admit this job. Sources: Google Cloud IAM, "Troubleshoot workload identity
 * federation"; "Access control: service account impersonation"; Google Identity, "OAuth 2.0 for server to server applications", error codes. */
#include "gcp.h"

#include <stdio.h>
#include <mayfly/clock.h>
#include <mayfly/trust.h>

typedef const struct mf_gcp_refusal refusal;

static bool says(refusal *r, const char *words)
{
	return strcasestr(r->error->text, words) != NULL;
}

static bool is(refusal *r, const char *code)
{
	return strcmp(r->error->code, code) == 0 || strcmp(r->error->reason, code) == 0;
}

static const char *account_of(refusal *r)
{
	const char *s = mf_gcp_text(r->conf, MF_K_GCP_SERVICE_ACCOUNT);

	return s ? s : "SERVICE-ACCOUNT";
}

/* A claim may hold a branch's name, and that a quote or a dollar: such a command is not shown. */
static bool plain(struct mf_str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] <= ' ' || s.p[i] > '~' || strchr("'\"`$\\!", s.p[i]))
			return false;
	return s.n > 0;
}

/* -- parts of the provider's name --------------------------------------------------------------------- */

struct provider {
	char name[MF_GCP_PROVIDER];
	int number, pool_name, pool_at, pool, at, own;	/* lengths and places in it */
};

/* projects/NUMBER/locations/global/workloadIdentityPools/POOL/providers/NAME, which the check has seen before. */
static void take_apart(struct provider *p, refusal *r)
{
	const char *pool, *own;

	*p = (struct provider){ 0 };
	mf_gcp_provider_name(p->name, r->conf);
	pool = strstr(p->name, "/workloadIdentityPools/");
	own = pool ? strstr(pool, "/providers/") : NULL;
	if (!own)
		return;
	p->number = (int)strcspn(p->name + 9, "/");
	p->pool_name = (int)(own - p->name);
	p->pool_at = (int)(pool - p->name) + 23;
	p->pool = p->pool_name - p->pool_at;
	p->at = p->pool_name + 11;
	p->own = (int)strlen(p->name + p->at);
}

static void advise_provider(refusal *r, const char *verb, const char *more, struct mf_err *err)
{
	struct provider p;

	take_apart(&p, r);
	mf_err_advice(err, "gcloud iam workload-identity-pools providers %s %s --project %.*s \\\n  --location global --workload-identity-pool %.*s%s\n", verb, p.name + p.at, p.number,
		      p.name + 9, p.pool, p.name + p.pool_at, more);
}

/* -- who asks for what -------------------------------------------------------------------------------- */

/* "principal://iam.googleapis.com/POOL/subject/SUB", or all of a repository where a subject is too long for Google. */
static int principal(struct mf_buf *out, refusal *r, struct mf_err *err)
{
	const struct mf_str sub = r->claims ? r->claims->sub : mf_str(""), repository = r->claims ? mf_claim(r->claims, "repository") : mf_str("");
	const bool fits = sub.n <= MF_GCP_SUBJECT && plain(sub);
	struct provider p;

	take_apart(&p, r);
	if (!fits && plain(repository))
		return mf_buf_printf(out, err, "principalSet://iam.%s/%.*s/attribute.repository/%.*s", mf_gcp_universe(r->conf), p.pool_name, p.name, (int)repository.n, repository.p);
	return mf_buf_printf(out, err, "principal://iam.%s/%.*s/subject/%.*s", mf_gcp_universe(r->conf), p.pool_name, p.name, fits ? (int)sub.n : 3, fits ? sub.p : "SUB");
}

static void advise_binding(refusal *r, const char *role, struct mf_err *err)
{
	struct mf_buf who = MF_BUF(1024);
	struct mf_err ignored = { 0 };

	if (principal(&who, r, &ignored) == 0)
		mf_err_advice(err, "gcloud iam service-accounts add-iam-policy-binding %s \\\n  --role %s \\\n  --member '%s'\n", account_of(r), role, mf_buf_text(&who));
	mf_buf_free(&who);
}

static void show_sent(refusal *r, struct mf_err *err)
{
	const struct mf_claims *c = r->claims;
	char exp[21] = "?";

	if (!c || r->step != MF_GCP_STS)
		return;
	if (c->exp)
		mf_time_format(exp, c->exp);
	mf_err_sent(err, "iss=%.*s aud=%.*s sub=%.*s exp=%s", (int)c->iss.n, c->iss.p, (int)c->aud.n, c->aud.p, (int)c->sub.n, c->sub.p, exp);
}

/* -- the Security Token Service ----------------------------------------------------------------------- */

static void on_condition(refusal *r, struct mf_err *err)
{
	char name[MF_GCP_PROVIDER];

	mf_gcp_provider_name(name, r->conf);
	mf_err_hint(err, "the provider's attribute condition does not hold for these claims: compare it with what was sent, letter by letter (CEL's == heeds case; `mayfly doctor gcp` "
		    "does it). This one admits this repository:");
	mf_trust_advise(MF_TRUST_GCP, r->claims, name, NULL, err);
}

static void on_audience(refusal *r, struct mf_err *err)
{
	const struct mf_str aud = r->claims ? r->claims->aud : mf_str("");
	char wants[MF_GCP_HOST + MF_GCP_PROVIDER], more[600];

	mf_gcp_resource(wants, r->conf);
	mf_err_hint(err, "the claim that differs is aud: '%.*s' was sent. A provider without --allowed-audiences takes https:%s only; else set gcp.audience to one that it lists, or add it:",
		    (int)aud.n, aud.p, wants);
	snprintf(more, sizeof(more), " \\\n  --allowed-audiences '%.*s'", (int)aud.n, aud.p);
	if (plain(aud) && aud.n < 500)
		advise_provider(r, "update-oidc", more, err);
}

static void on_issuer(refusal *r, struct mf_err *err)
{
	const struct mf_str iss = r->claims ? r->claims->iss : mf_str("");
	char more[600];

	mf_err_hint(err, "the claim that differs is iss: the provider is of another issuer (a slash at its end counts, and so does GitHub's /enterprise part). Of this job it is:");
	snprintf(more, sizeof(more), " \\\n  --issuer-uri '%.*s'", (int)iss.n, iss.p);
	if (plain(iss) && iss.n < 500)
		advise_provider(r, "update-oidc", more, err);
}

static void on_target(refusal *r, struct mf_err *err)
{
	mf_err_hint(err, "there is no such pool or provider, or it is disabled, or was deleted (it can be undeleted for 30 days, and its name stays taken so long). Look at it:");
	advise_provider(r, "describe", "", err);
}

static void on_long(refusal *r, struct mf_err *err)
{
	const struct mf_str sub = r->claims ? r->claims->sub : mf_str("");

	mf_err_hint(err, "google.subject may have %d bytes, and this job's sub has %zu: map something shorter, and bind roles to attribute.repository instead of the subject:", MF_GCP_SUBJECT,
		    sub.n);
	advise_provider(r, "update-oidc", " \\\n  --attribute-mapping \"google.subject=assertion.repository + ':' + assertion.run_id,attribute.repository=assertion.repository\"", err);
}

static void on_stale(refusal *r, struct mf_err *err)
{
	char at[21], there[21];

	mf_time_format(at, r->claims ? r->claims->exp : 0);
	mf_time_format(there, r->resp->date ? r->resp->date : mf_now());
	mf_err_hint(err, "the identity token is too old: it ends at %s, and it is %s at Google (a day is the longest that Google takes, however long it says)", at, there);
}

static void on_keys(refusal *r, struct mf_err *err)
{
	const struct mf_str iss = r->claims ? r->claims->iss : mf_str("");

	mf_err_hint(err, "Google fetches the keys of '%.*s' from its /.well-known/openid-configuration: that has to be open to the internet and have the key that signed this token. "
		    "An issuer behind a firewall can be given its keys with --jwk-json-path", (int)iss.n, iss.p);
}

static void on_mapping(refusal *r, struct mf_err *err)
{
	mf_err_hint(err, "the provider maps a claim that this token lacks; map what is there, or write has(assertion.NAME) before it. Its mapping:");
	advise_provider(r, "describe", " --format 'value(attributeMapping)'", err);
}

static const struct {
	const char *words;
	void (*explain)(refusal *r, struct mf_err *err);
} words[] = {
	{ "attribute condition", on_condition }, { "audience in", on_audience }, { "issuer in", on_issuer }, { "127 bytes", on_long }, { "google.subject exceeds", on_long },
	{ "mapped attribute", on_mapping }, { "mapping", on_mapping }, { "stale", on_stale }, { "expired", on_stale }, { "connecting to the given credential's issuer", on_keys },
	{ "verification key", on_keys }, { "signature", on_keys }, { "jwks", on_keys }, { "\"audience\" parameter", on_target },
};

static void on_sts(refusal *r, struct mf_err *err)
{
	for (size_t i = 0; i < MF_COUNT(words); i++)
		if (says(r, words[i].words)) {
			words[i].explain(r, err);
			return;
		}
	if (is(r, "invalid_target"))
		on_target(r, err);
	else
		mf_err_hint(err, "the audit log of project number '%.*s' has the event with the reason, where data access logs of sts.googleapis.com are on",
			    (int)strcspn(strstr(mf_conf_str(r->conf, MF_K_GCP_PROVIDER), "projects/") + 9, "/"), strstr(mf_conf_str(r->conf, MF_K_GCP_PROVIDER), "projects/") + 9);
}

/* -- the service account ------------------------------------------------------------------------------ */

static void on_disabled(refusal *r, struct mf_err *err)
{
	const char *service = r->step == MF_GCP_STS ? "sts.googleapis.com" : "iamcredentials.googleapis.com";
	char project[MF_GCP_PROJECT];

	mf_gcp_project(project, r->conf);
	mf_err_hint(err, "the API is off in the project; a few minutes after this it is on:");
	mf_err_advice(err, "gcloud services enable %s --project %s\n", service, project[0] ? project : "PROJECT");
}

static void on_account(refusal *r, struct mf_err *err)
{
	static const char *const roles[] = {
		[MF_GCP_ACCESS] = "roles/iam.workloadIdentityUser", [MF_GCP_ID] = "roles/iam.workloadIdentityUser", [MF_GCP_SIGN] = "roles/iam.serviceAccountTokenCreator",
	};
	size_t delegates;

	(void)mf_conf_list(r->conf, MF_K_GCP_DELEGATES, &delegates);
	if (is(r, "SERVICE_DISABLED")) {
		on_disabled(r, err);
	} else if (says(r, "lifetime")) {
		mf_err_hint(err, "tokens live for an hour at most, and for up to twelve where the policy constraints/iam.allowServiceAccountCredentialLifetimeExtension of the organization "
			    "lists '%s': list it, or set 'gcp.lifetime: 1h'", account_of(r));
	} else if (is(r, "NOT_FOUND")) {
		mf_err_hint(err, "there is no such service account: look at gcp.service-account, letter by letter (gcloud iam service-accounts list)");
	} else if (delegates) {
		mf_err_hint(err, "each account in gcp.delegates needs roles/iam.serviceAccountTokenCreator on the next one, the last of them on '%s', and the job's identity on the first",
			    account_of(r));
	} else if (r->resp->status == 403) {
		mf_err_hint(err, "the job's identity may not act as '%s', or there is no such account (a new binding takes minutes to count). This one lets it:", account_of(r));
		advise_binding(r, roles[r->step], err);
	} else {
		mf_err_hint(err, "one of the settings is not as Google wants it: service account, scopes, lifetime or audience, as the server says");
	}
}

static void on_person(refusal *r, struct mf_err *err)
{
	const char *subject = mf_gcp_text(r->conf, MF_K_GCP_SUBJECT);

	if (is(r, "invalid_grant"))
		mf_err_hint(err, "the Workspace does not know '%s', or this machine's clock is off", subject ? subject : "?");
	else
		mf_err_hint(err, "an administrator of the Workspace has to allow it: admin.google.com, Security, API controls, Domain-wide delegation: the numeric client id of '%s', and each of "
			    "gcp.scopes, letter by letter", account_of(r));
}

void mf_gcp_explain(const struct mf_gcp_refusal *r, struct mf_err *err)
{
	const char *text = r->error->text[0] ? r->error->text : "the server gives no reason", *code = r->error->code;

	mf_err_why(err, "status %ld%s%s: %s", r->resp->status, code[0] ? ", " : "", code, text);
	show_sent(r, err);
	mf_clock_note(r->resp->date, err);
	switch (r->step) {
	case MF_GCP_STS:
		on_sts(r, err);
		break;
	case MF_GCP_ACCESS:
	case MF_GCP_ID:
	case MF_GCP_SIGN:
		on_account(r, err);
		break;
	case MF_GCP_PERSON:
		on_person(r, err);
		break;
	case MF_GCP_METADATA:
		mf_err_hint(err, "no service account is attached to this machine (or, on Kubernetes, to the pod's account); hosted runners log in with the job's identity");
		break;
	}
}
