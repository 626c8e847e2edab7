/* SPDX-License-Identifier: Apache-2.0 */
/* A refused login explained: which claim, role, mount or setting is the likely cause, and what would fit. */
#include "vault.h"

#include <stdio.h>
#include <stdlib.h>
#include <mayfly/clock.h>
#include <mayfly/trust.h>

struct refusal {
	long status;
	char text[512];			/* the server's words */
	char role[128], mount[128];
	const struct mf_claims *claims;	/* NULL when no JWT was sent */
	const struct mf_conf *conf;
	char claim[64];			/* the claim that the text names, or "" */
	struct mf_err *err;
};

static bool says(const struct refusal *r, const char *words)
{
	return strcasestr(r->text, words) != NULL;
}

/* A claim for a message: its text, or what else it is. */
static void show_claim(char *out, size_t size, const struct mf_claims *claims, const char *name)
{
	const struct mf_jnode *n = mf_json_get_z(mf_json_root(claims->doc), name);
	struct mf_str s = mf_claim(claims, name);

	if (!n)
		snprintf(out, size, "(not in the token)");
	else if (s.n)
		snprintf(out, size, "%.*s", (int)(s.n < 200 ? s.n : 200), s.p);
	else
		snprintf(out, size, "(%s)", mf_json_type(n) == MF_J_STRING ? "empty" : mf_json_type_name(mf_json_type(n)));
}

/* claim "repository" does not match ... -> repository */
static void find_claim(struct refusal *r)
{
	const char *p = strstr(r->text, "claim \"");
	size_t n;

	if (!p)
		return;
	p += strlen("claim \"");
	n = strcspn(p, "\"");
	/* a role may bind by JSON pointer: "/repository" */
	if (n && *p == '/')
		p++, n--;
	if (n && n < sizeof(r->claim)) {
		memcpy(r->claim, p, n);
		r->claim[n] = 0;
	}
}

static void show_sent(const struct refusal *r)
{
	const struct mf_claims *c = r->claims;
	char value[256], more[400] = "", exp[21] = "?";

	if (!c) {
		if (r->role[0])
			mf_err_sent(r->err, "role '%s' at auth/%s", r->role, r->mount);
		return;
	}
	if (r->claim[0] && strcmp(r->claim, "iss") && strcmp(r->claim, "aud") && strcmp(r->claim, "sub")) {
		show_claim(value, sizeof(value), c, r->claim);
		snprintf(more, sizeof(more), " %s=%s", r->claim, value);
	}
	if (c->exp)
		mf_time_format(exp, c->exp);
	mf_err_sent(r->err, "iss=%.*s aud=%.*s%s sub=%.*s exp=%s%s", (int)c->iss.n, c->iss.p, (int)c->aud.n, c->aud.p,
		    c->n_aud > 1 ? ",..." : "", (int)c->sub.n, c->sub.p, exp, more);
}

static void advise_role(const struct refusal *r)
{
	if (r->claims)
		mf_trust_advise(MF_TRUST_VAULT, r->claims, r->role[0] ? r->role : "ci", r->mount, r->err);
}

static void on_missing_role(const struct refusal *r)
{
	mf_err_hint(r->err, "set 'vault.role' to the role's name, or give auth/%s a default_role", r->mount);
}

static void on_unknown_role(const struct refusal *r)
{
	mf_err_hint(r->err, "look at `bao list auth/%s/role`, and create the role if it is not there", r->mount);
	advise_role(r);
}

static void on_audience(const struct refusal *r)
{
	if (r->claims)
		mf_err_hint(r->err, "the token's audience is '%.*s': set 'vault.audience' to what the role expects, or add it to the role's bound_audiences",
			    (int)r->claims->aud.n, r->claims->aud.p);
	advise_role(r);
}

static void on_no_audience(const struct refusal *r)
{
	mf_err_hint(r->err, "give role '%s' a bound_audiences with the token's audience", r->role);
	advise_role(r);
}

static void on_issuer(const struct refusal *r)
{
	if (r->claims)
		mf_err_hint(r->err, "auth/%s trusts another issuer (bound_issuer, oidc_discovery_url): the token's is '%.*s'; is 'vault.path' the right mount?",
			    r->mount, (int)r->claims->iss.n, r->claims->iss.p);
}

/* repo:OWNER@1/REPO@2:... */
static bool immutable_sub(struct mf_str sub)
{
	const char *at = sub.n > 5 && memcmp(sub.p, "repo:", 5) == 0 ? memchr(sub.p, '@', sub.n) : NULL;

	return at && at + 1 < sub.p + sub.n && at[1] >= '0' && at[1] <= '9';
}

static void on_subject(const struct refusal *r)
{
	struct mf_str sub = r->claims ? r->claims->sub : (struct mf_str){ 0 };

	advise_role(r);
	if (immutable_sub(sub))
		mf_err_hint(r->err, "this repository's tokens carry ids in 'sub' (repo:OWNER@ID/NAME@ID:...), as those of repositories that were made, renamed or "
			    "moved since 2026-07-15 do; the role's bound_subject may still have the older form without ids");
	else if (sub.n > 5 && memcmp(sub.p, "repo:", 5) == 0)
		mf_err_hint(r->err, "the role's bound_subject has to be the token's 'sub', letter by letter; if it has ids in it (repo:OWNER@ID/...): this "
			    "repository's tokens have the older form without");
	else
		mf_err_hint(r->err, "the role's bound_subject has to be the token's 'sub', letter by letter");
}

static void on_claim(const struct refusal *r)
{
	char value[256];

	if (!r->claims || !r->claim[0])
		return;
	show_claim(value, sizeof(value), r->claims, r->claim);
	if (value[0] == '(' && strcmp(value, "(not in the token)") == 0)
		mf_err_hint(r->err, "this job's token has no claim '%s': take it out of role '%s', or run the job where the CI sets it", r->claim, r->role);
	else if (strcmp(r->claim, "ref") == 0 && strncmp(value, "refs/pull/", 10) == 0)
		mf_err_hint(r->err, "this is a pull request (ref %s), which role '%s' does not admit", value, r->role);
	else
		mf_err_hint(r->err, "role '%s' would need '%s' in its bound_claims for '%s' (letter by letter, or with bound_claims_type=glob)", r->role,
			    value, r->claim);
	advise_role(r);
}

static void on_clock(const struct refusal *r)
{
	char at[21], now[21];
	int64_t t = mf_now();

	if (!r->claims)
		return;
	mf_time_format(now, t);
	mf_time_format(at, says(r, "expir") ? r->claims->exp : r->claims->nbf ? r->claims->nbf : r->claims->iat);
	if (says(r, "expir") && r->claims->exp && r->claims->exp <= t)
		mf_err_hint(r->err, "the token ended at %s, and it is %s here: get a fresh one right before the login", at, now);
	else
		mf_err_hint(r->err, "the token says %s, and it is %s here: the clocks of server, CI and this machine do not agree", at, now);
}

static void on_signature(const struct refusal *r)
{
	mf_err_hint(r->err, "auth/%s knows no key that signed this token: is it configured for the issuer%s%.*s, and can the server reach it?", r->mount,
		    r->claims ? " " : "", r->claims ? (int)r->claims->iss.n : 0, r->claims ? r->claims->iss.p : "");
}

static void on_keys(const struct refusal *r)
{
	mf_err_hint(r->err, "the server cannot fetch the issuer's keys: look at its way to the issuer%s%.*s (network, proxy, CA)", r->claims ? " " : "",
		    r->claims ? (int)r->claims->iss.n : 0, r->claims ? r->claims->iss.p : "");
}

static void on_config(const struct refusal *r)
{
	mf_err_hint(r->err, "auth/%s is not configured yet: bao write auth/%s/config oidc_discovery_url=ISSUER", r->mount, r->mount);
}

static void on_approle(const struct refusal *r)
{
	mf_err_hint(r->err, "role id and secret id do not belong together, or the secret id is used up or has expired");
}

static void on_password(const struct refusal *r)
{
	mf_err_hint(r->err, "look at the user's name and password, and whether the user is locked out");
}

static void on_kubernetes(const struct refusal *r)
{
	mf_err_hint(r->err, "role '%s' has to name this service account and namespace (bound_service_account_names, bound_service_account_namespaces)%s",
		    r->role, says(r, "audience") ? ", and its audience" : "");
}

static void on_namespace(const struct refusal *r)
{
	const char *ns = mf_conf_str(r->conf, MF_K_VAULT_NAMESPACE);

	if (ns && *ns)
		mf_err_hint(r->err, "there is no namespace '%s' (vault.namespace): its path counts from the root, without slashes around it", ns);
	else
		mf_err_hint(r->err, "set 'vault.namespace'");
}

static void on_no_mount(const struct refusal *r)
{
	const char *ns = mf_conf_str(r->conf, MF_K_VAULT_NAMESPACE);

	mf_err_hint(r->err, "most likely no auth method is mounted at 'auth/%s' in %s%s%s: look at `bao auth list`, then at 'vault.path' and 'vault.namespace'",
		    r->mount, ns && *ns ? "namespace '" : "the root namespace", ns && *ns ? ns : "", ns && *ns ? "'" : "");
}

static void on_wrong_type(const struct refusal *r)
{
	mf_err_hint(r->err, "the auth method at 'auth/%s' is of another type than '%s': look at `bao auth list`", r->mount, mf_vault_method(r->conf));
}

/* The first one that the server's words contain. Texts of OpenBao 2 and Vault 1. */
static const struct {
	const char *words;
	long status;	/* 0: any */
	void (*explain)(const struct refusal *r);
} reasons[] = {
	{ "missing role", 0, on_missing_role },
	{ "no audiences bound to the role", 0, on_no_audience },
	{ "could not be found", 400, on_unknown_role },
	{ "invalid role name", 0, on_unknown_role },
	{ "audience (aud)", 0, on_audience },
	{ "aud claim", 0, on_audience },
	{ "issuer (iss)", 0, on_issuer },
	{ "subject (sub)", 0, on_subject },
	{ "sub claim", 0, on_subject },
	{ "expiration time", 0, on_clock },
	{ "token is expired", 0, on_clock },
	{ "not before", 0, on_clock },
	{ "token not valid yet", 0, on_clock },
	{ "issued at", 0, on_clock },
	{ "error validating claims", 0, on_claim },
	{ "claim \"", 0, on_claim },
	{ "fetching keys", 0, on_keys },
	{ "error loading", 0, on_keys },
	{ "could not load", 0, on_config },
	{ "token signature", 0, on_signature },
	{ "no known key", 0, on_signature },
	{ "malformed jwt", 0, on_signature },
	{ "invalid role or secret", 0, on_approle },
	{ "invalid role ID", 0, on_approle },
	{ "invalid secret id", 0, on_approle },
	{ "invalid username or password", 0, on_password },
	{ "ldap operation failed", 0, on_password },
	{ "service account", 0, on_kubernetes },
	{ "namespace not authorized", 0, on_kubernetes },
	{ "lookup failed", 0, on_kubernetes },
	{ "namespace not found", 0, on_namespace },
	{ "unsupported operation", 0, on_wrong_type },
	{ "unsupported path", 0, on_wrong_type },
	{ "no handler for route", 0, on_no_mount },
	{ "permission denied", 403, on_no_mount },
	{ "", 404, on_no_mount },
};

static void set_names(struct refusal *r)
{
	const char *role = mf_conf_str(r->conf, MF_K_VAULT_ROLE);
	struct mf_str m = mf_vault_mount(r->conf);

	snprintf(r->role, sizeof(r->role), "%s", role ? role : "");
	snprintf(r->mount, sizeof(r->mount), "%.*s", (int)(m.n < 100 ? m.n : 100), m.p);
}

void mf_vault_explain(long status, const struct mf_json *answer, const struct mf_claims *claims, const struct mf_conf *conf,
		      const struct mf_cred *cred, struct mf_err *err)
{
	struct refusal r = { .status = status, .claims = claims, .conf = conf, .err = err };

	mf_vault_errors(r.text, sizeof(r.text), answer, cred);
	set_names(&r);
	find_claim(&r);
	mf_err_why(err, "status %ld: %s", status, r.text[0] ? r.text : "the server gives no reason");
	show_sent(&r);
	for (size_t i = 0; i < MF_COUNT(reasons); i++)
		if ((!reasons[i].status || reasons[i].status == status) && says(&r, reasons[i].words)) {
			reasons[i].explain(&r);
			return;
		}
	mf_err_hint(err, "the server's audit log has the request; mayfly sent it to auth/%s", r.mount);
}
