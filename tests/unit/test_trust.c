/* SPDX-License-Identifier: Apache-2.0 */
/* trust/: documents of the four servers against one token, what is said of a difference, and that the corrected trust admits the token. */
#include "unit.h"

#include <stdio.h>
#include <mayfly/trust.h>

#define ISS "https://token.actions.githubusercontent.com"
#define HOST "token.actions.githubusercontent.com"
#define SUB "repo:acme/shop:ref:refs/heads/main"

static struct mf_claims claims(const char *payload)
{
	struct mf_claims c = { 0 };
	struct mf_err err = { 0 };

	if (mf_claims_parse(&c, mf_str(payload), &err))
		fail_msg("%s: %s", err.what, err.why);
	return c;
}

#define USUAL "{\"iss\":\"" ISS "\",\"sub\":\"" SUB "\",\"aud\":\"aud-1\",\"repository\":\"acme/shop\",\"repository_id\":\"7\",\"repository_owner_id\":\"9\",\"ref\":\"refs/heads/main\"," \
	      "\"actor\":\"mona\",\"run_attempt\":1,\"ok\":true,\"groups\":[\"a\",\"b\"]}"
#define WITH_IDS "{\"iss\":\"" ISS "\",\"sub\":\"repo:acme@9/shop@7:ref:refs/heads/main\",\"aud\":[\"aud-1\",\"aud-2\"],\"repository\":\"acme/shop\",\"ref\":\"refs/heads/main\"}"

static struct mf_trust *compared(enum mf_trust_kind kind, const char *text, const struct mf_claims *c)
{
	struct mf_trust *t = NULL;
	struct mf_err err = { 0 };

	if (mf_trust_read(&t, kind, mf_str(text), &err) || mf_trust_compare(t, c, &err))
		fail_msg("%s: %s\n%s", err.what, err.why, text);
	return t;
}

static const struct mf_diff *diff_of(const struct mf_trust *t, const char *claim)
{
	size_t n;
	const struct mf_diff *v = mf_trust_diffs(t, &n);

	for (size_t i = 0; i < n; i++)
		if (strcmp(v[i].claim, claim) == 0)
			return &v[i];
	return NULL;
}

/* What is written anew has to admit the token: for JSON it is read again. */
static void corrected_admits(const struct mf_trust *t, enum mf_trust_kind kind, const struct mf_claims *c, const char *text)
{
	struct mf_buf out = MF_BUF(1 << 20);
	struct mf_err err = { 0 };
	struct mf_trust *again;

	if (mf_trust_write(&out, t, c, &err))
		fail_msg("%s", err.what);
	if (out.n && out.p[0] != 'g') {
		again = compared(kind, out.p, c);
		if (!mf_trust_admits(again))
			fail_msg("the corrected trust does not admit it:\n%s\nfrom\n%s", out.p, text);
		mf_trust_free(again);
	}
	mf_buf_free(&out);
}

struct expect {
	const char *text;
	const char *claim;	/* the one that differs; NULL: the token is admitted */
	const char *why;	/* in the reason */
	bool beyond;		/* writing it anew mends not all of it */
};

static void check_all(enum mf_trust_kind kind, const struct expect *v, size_t n, const char *payload)
{
	struct mf_claims c = claims(payload);

	for (size_t i = 0; i < n; i++) {
		struct mf_trust *t = compared(kind, v[i].text, &c);
		const struct mf_diff *d = v[i].claim ? diff_of(t, v[i].claim) : NULL;

		if (mf_trust_admits(t) != !v[i].claim)
			fail_msg("%s: %s", v[i].claim ? "admits" : "does not admit", v[i].text);
		if (v[i].claim && (!d || !strstr(d->why, v[i].why ? v[i].why : "")))
			fail_msg("%s: '%s' (wants %s, has %s): %s", v[i].claim, d ? d->why : "not told", d ? d->wants : "", d ? d->has : "", v[i].text);
		if (v[i].claim && !v[i].beyond)
			corrected_admits(t, kind, &c, v[i].text);
		mf_trust_free(t);
	}
	mf_claims_free(&c);
}

/* -- AWS ---------------------------------------------------------------------------------------------------- */

#define STATEMENT(effect, host, condition) "{\"Effect\":\"" effect "\",\"Principal\":{\"Federated\":\"arn:aws:iam::1:oidc-provider/" host "\"},\"Action\":\"sts:AssumeRoleWithWebIdentity\"," \
	"\"Condition\":{" condition "}}"
#define POLICY(...) "{\"Version\":\"2012-10-17\",\"Statement\":[" __VA_ARGS__ "]}"
#define AWS(condition) POLICY(STATEMENT("Allow", HOST, condition))
#define EQ(key, value) "\"StringEquals\":{\"" HOST ":" key "\":" value "}"
#define LIKE(key, value) "\"StringLike\":{\"" HOST ":" key "\":" value "}"

static void test_aws(void **state)
{
	static const struct expect cases[] = {
		{ AWS(EQ("aud", "\"aud-1\"") "," LIKE("sub", "\"repo:acme/shop:*\"")), NULL, NULL, false },
		{ "{\"Role\":{\"AssumeRolePolicyDocument\":" AWS(EQ("sub", "\"" SUB "\"")) "}}", NULL, NULL, false },
		{ AWS(EQ("sub", "[\"x\",\"" SUB "\"]")), NULL, NULL, false },
		{ AWS("\"ForAnyValue:StringEquals\":{\"" HOST ":sub\":\"" SUB "\"}"), NULL, NULL, false },
		{ AWS("\"StringEqualsIgnoreCase\":{\"" HOST ":sub\":\"REPO:ACME/shop:ref:refs/heads/main\"}"), NULL, NULL, false },
		{ AWS("\"StringNotEquals\":{\"" HOST ":sub\":\"x\"},\"StringLike\":{\"" HOST ":sub\":\"repo:*\"}"), NULL, NULL, false },
		{ AWS("\"StringEqualsIfExists\":{\"" HOST ":amr\":\"x\"}," LIKE("sub", "\"repo:?cme/*\"")), NULL, NULL, false },
		{ POLICY(STATEMENT("Allow", "gitlab.com", "") "," STATEMENT("Allow", HOST, EQ("sub", "\"" SUB "\""))), NULL, NULL, false },
		{ AWS(EQ("sub", "\"repo:Acme/shop:ref:refs/heads/main\"")), "sub", "only the case", false },
		{ AWS(EQ("sub", "\"repo:acme/shop:*\"")), "sub", "wildcard", false },
		{ AWS(EQ("sub", "\"" SUB "/\"")), "sub", "slash at the end", false },
		{ AWS(EQ("sub", "\" " SUB "\"")), "sub", "white space", false },
		{ AWS(EQ("sub", "\"repo:acme/shop:environment:prod\"")), "sub", "for an environment", false },
		{ AWS(EQ("sub", "\"repo:acme/shop:pull_request\"")), "sub", "for a pull request", false },
		{ AWS(EQ("sub", "\"repo:acme@9/shop@7:ref:refs/heads/main\"")), "sub", "the trust has the subject with ids", false },
		{ AWS(LIKE("sub", "\"repo:acme/other:*\"")), "sub", "", false },
		{ AWS(EQ("aud", "\"sts.amazonaws.com\"") "," LIKE("sub", "\"" SUB "\"")), "aud", "ask for a token", false },
		{ AWS(EQ("job_workflow_ref", "\"x\"")), "job_workflow_ref", "does not have this claim", true },
		{ AWS("\"StringNotLike\":{\"" HOST ":sub\":\"repo:acme/*\"}"), "sub", "keeps exactly this value out", true },
		{ AWS("\"Null\":{\"" HOST ":actor\":\"true\"}"), "", "Null", true },
		{ POLICY(STATEMENT("Allow", "token.actions.githubusercontent.com/acme", EQ("sub", "\"" SUB "\""))), "iss", "another identity provider", true },
		{ POLICY(STATEMENT("Allow", "token.actions.githubusercontent.com/", EQ("sub", "\"" SUB "\""))), "iss", "slash", true },
		{ POLICY("{\"Effect\":\"Allow\",\"Principal\":{\"Service\":\"ec2.amazonaws.com\"},\"Action\":\"sts:AssumeRole\"}"), "", "no statement allows", true },
		{ POLICY(STATEMENT("Allow", HOST, LIKE("sub", "\"repo:*\"")) "," STATEMENT("Deny", HOST, EQ("sub", "\"" SUB "\""))), "", "Deny", true },
		{ POLICY(STATEMENT("Allow", HOST, LIKE("sub", "\"repo:*\"")) "," STATEMENT("Deny", "gitlab.com", "")), NULL, NULL, false },
	};
	static const struct expect ids[] = {
		{ AWS(EQ("sub", "\"" SUB "\"")), "sub", "the token has the subject with ids", false },
		{ AWS(LIKE("sub", "\"repo:acme/shop:*\"")), "sub", "the token has the subject with ids", false },
		{ AWS(LIKE("sub", "\"repo:acme@9/*\"") "," EQ("aud", "\"aud-2\"")), NULL, NULL, false },
	};
	struct mf_claims c = claims(USUAL);
	struct mf_trust *t = compared(MF_TRUST_AWS, AWS(EQ("aud", "\"aud-1\"")), &c);

	(void)state;
	check_all(MF_TRUST_AWS, cases, MF_COUNT(cases), USUAL);
	check_all(MF_TRUST_AWS, ids, MF_COUNT(ids), WITH_IDS);
	assert_true(mf_trust_admits(t));
	assert_int_equal(diff_of(t, "sub")->kind, MF_DIFF_WIDE);
	mf_trust_free(t);
	t = compared(MF_TRUST_AWS, AWS(EQ("sub", "\"" SUB "\"") ",\"IpAddress\":{\"aws:SourceIp\":\"10.0.0.0/8\"}"), &c);
	assert_true(mf_trust_admits(t));
	assert_int_equal(diff_of(t, "aws:SourceIp")->kind, MF_DIFF_UNSURE);
	mf_trust_free(t);
	mf_claims_free(&c);
}

/* What other jobs need stays. */
static void test_others_stay(void **state)
{
	struct mf_claims c = claims(USUAL);
	struct mf_trust *t = compared(MF_TRUST_AWS, AWS(EQ("sub", "[\"repo:acme/shop:environment:prod\",\"repo:acme/shop:*\"]")), &c);
	struct mf_buf out = MF_BUF(1 << 16);
	struct mf_err err = { 0 };

	(void)state;
	assert_int_equal(mf_trust_write(&out, t, &c, &err), 0);
	assert_non_null(strstr(out.p, "\"" HOST ":sub\": [\"repo:acme/shop:environment:prod\", \"" SUB "\"]"));
	mf_buf_free(&out);
	mf_trust_free(t);
	mf_claims_free(&c);
}

/* -- Vault -------------------------------------------------------------------------------------------------- */

#define ROLE(...) "{\"data\":{\"role_type\":\"jwt\",\"user_claim\":\"actor\"," __VA_ARGS__ "}}"
#define AUD "\"bound_audiences\":[\"aud-1\"]"

static void test_vault(void **state)
{
	static const struct expect cases[] = {
		{ ROLE(AUD ",\"bound_subject\":\"" SUB "\""), NULL, NULL, false },
		{ ROLE(AUD ",\"bound_claims\":{\"repository\":\"acme/shop\",\"/ref\":[\"x\",\"refs/heads/main\"]}"), NULL, NULL, false },
		{ ROLE(AUD ",\"bound_claims_type\":\"glob\",\"bound_claims\":{\"sub\":\"repo:acme/*\"}"), NULL, NULL, false },
		{ ROLE(AUD ",\"bound_claims\":{\"groups\":\"b\",\"run_attempt\":1,\"ok\":true}"), NULL, NULL, false },
		{ ROLE(AUD ",\"bound_claims\":{\"sub\":\"repo:acme/*\"},\"bound_claims_type\":\"string\""), "sub", "wildcard", false },
		{ ROLE(AUD ",\"bound_claims\":{\"repository\":\"Acme/shop\"}"), "repository", "only the case", false },
		{ ROLE(AUD ",\"bound_claims\":{\"environment\":[\"prod\"]}"), "environment", "does not have this claim", true },
		{ ROLE(AUD ",\"bound_subject\":\"repo:acme/shop:environment:prod\""), "sub", "for an environment", false },
		{ ROLE("\"bound_audiences\":[\"vault\"],\"bound_subject\":\"" SUB "\""), "aud", "", false },
		{ ROLE("\"bound_audiences\":[],\"bound_subject\":\"" SUB "\""), "aud", "binds none", false },
		{ ROLE("\"bound_subject\":\"" SUB "\""), "aud", "binds none", false },
		{ "{\"role_type\":\"jwt\",\"user_claim\":\"email\"," AUD ",\"bound_subject\":\"" SUB "\"}", "email", "does not have it", true },
	};
	struct mf_claims c = claims(USUAL);
	struct mf_trust *t = compared(MF_TRUST_VAULT, ROLE(AUD), &c);

	(void)state;
	check_all(MF_TRUST_VAULT, cases, MF_COUNT(cases), USUAL);
	assert_true(mf_trust_admits(t));
	assert_int_equal(diff_of(t, "")->kind, MF_DIFF_WIDE);
	mf_trust_free(t);
	mf_claims_free(&c);
}

/* -- Azure -------------------------------------------------------------------------------------------------- */

#define FIC(iss, sub, aud) "{\"name\":\"n\",\"issuer\":\"" iss "\",\"subject\":\"" sub "\",\"audiences\":[\"" aud "\"]}"
#define FLEX(text) "{\"issuer\":\"" ISS "\",\"audiences\":[\"aud-1\"],\"claimsMatchingExpression\":{\"value\":\"" text "\",\"languageVersion\":1}}"

static void test_azure(void **state)
{
	static const struct expect cases[] = {
		{ FIC(ISS, SUB, "aud-1"), NULL, NULL, false },
		{ "[" FIC(ISS, "x", "aud-1") "," FIC(ISS, SUB, "aud-1") "]", NULL, NULL, false },
		{ "{\"value\":[" FIC(ISS, SUB, "aud-1") "]}", NULL, NULL, false },
		{ FLEX("claims['sub'] matches 'repo:acme/*:ref:refs/heads/mai?' and claims['repository'] eq 'acme/shop'"), NULL, NULL, false },
		{ FIC(ISS "/", SUB, "aud-1"), "iss", "slash", false },
		{ FIC(ISS, "repo:acme/Shop:ref:refs/heads/main", "aud-1"), "sub", "only the case", false },
		{ FIC(ISS, "repo:acme/shop:*", "aud-1"), "sub", "wildcard", false },
		{ FIC(ISS, SUB, "api://AzureADTokenExchange"), "aud", "ask for a token", false },
		{ "[" FIC("x", "x", "x") "," FIC(ISS, "repo:acme/shop:environment:prod", "aud-1") "]", "sub", "for an environment", false },
		{ FLEX("claims['sub'] matches 'repo:acme/other:*'"), "sub", "", true },
		{ "[]", "", "no federated credential", true },
	};
	struct mf_claims c = claims(USUAL);
	struct mf_trust *t = compared(MF_TRUST_AZURE, FLEX("claims['sub'] like 'x'"), &c);

	(void)state;
	check_all(MF_TRUST_AZURE, cases, MF_COUNT(cases), USUAL);
	assert_int_equal(diff_of(t, "")->kind, MF_DIFF_UNSURE);
	mf_trust_free(t);
	mf_claims_free(&c);
}

/* -- Google Cloud ------------------------------------------------------------------------------------------- */

#define NAME "projects/1/locations/global/workloadIdentityPools/ci/providers/github"
#define PROVIDER(condition) "{\"name\":\"" NAME "\",\"oidc\":{\"issuerUri\":\"" ISS "\",\"allowedAudiences\":[\"aud-1\"]},\"attributeMapping\":{\"google.subject\":\"assertion.sub\"," \
	"\"attribute.repo\":\"assertion.repository\",\"attribute.branch\":\"assertion.ref.extract('refs/heads/{b}')\"},\"attributeCondition\":\"" condition "\"}"

static void test_gcp(void **state)
{
	static const struct expect cases[] = {
		{ "assertion.repository == 'acme/shop'", NULL, NULL, false },
		{ "'acme/shop' == assertion.repository && !(assertion.ref != 'refs/heads/main')", NULL, NULL, false },
		{ "assertion['repository'] in ['x', \"acme/shop\"] // a comment", NULL, NULL, false },
		{ "assertion.ref.startsWith('refs/heads/') && assertion.ref.endsWith('main') && assertion.ref.contains('/')", NULL, NULL, false },
		{ "has(assertion.environment) ? assertion.environment == 'prod' : assertion.actor == r'mona'", NULL, NULL, false },
		{ "'b' in assertion.groups && assertion.ok && assertion.run_attempt == 1", NULL, NULL, false },
		{ "assertion.repository + ':' + assertion.actor == 'acme/shop:mona'", NULL, NULL, false },
		{ "assertion.environment == 'prod' || assertion.repository == 'acme/shop'", NULL, NULL, false },
		{ "google.subject == '" SUB "'", NULL, NULL, false },
		{ "assertion.actor.upperAscii() == 'MONA'", NULL, NULL, false },
		{ PROVIDER("attribute.repo == 'acme/shop' && attribute.branch == 'main'"), NULL, NULL, false },
		{ "assertion.repository == 'Acme/shop'", "repository", "only the case", false },
		{ "assertion.repository == 'acme/*'", "repository", "wildcard", false },
		{ "assertion.ref == 'refs/heads/dev' && assertion.actor == 'mona'", "ref", "", false },
		{ "assertion.ref in ['refs/heads/dev', 'refs/heads/test']", "ref", "", false },
		{ "assertion.ref.startsWith('refs/tags/')", "ref", "", false },
		{ "assertion.environment == 'prod'", "environment", "does not have this claim", true },
		{ "assertion.environment == 'prod' || assertion.repository == 'acme/other'", "repository", "", false },
		{ "!(assertion.actor == 'mona')", "", "does not hold", true },
		{ "google.subject == 'repo:acme/shop:environment:prod'", "sub", "for an environment", false },
		{ PROVIDER("attribute.repo == 'ACME/shop'"), "repository", "only the case", false },
		{ "{\"name\":\"" NAME "\",\"oidc\":{\"issuerUri\":\"" ISS "/\"},\"attributeMapping\":{\"google.subject\":\"assertion.sub\"}}", "iss", "slash", true },
		{ "{\"name\":\"" NAME "\",\"oidc\":{\"issuerUri\":\"" ISS "\"},\"attributeMapping\":{\"google.subject\":\"assertion.sub\"}}", "aud", "", true },
		{ "{\"oidc\":{},\"attributeMapping\":{\"google.subject\":\"assertion.environment\"}}", "sub", "google.subject", true },
		{ "{\"oidc\":{},\"attributeMapping\":{}}", "sub", "maps nothing", true },
		{ "{\"oidc\":{},\"disabled\":true,\"attributeMapping\":{\"google.subject\":\"assertion.sub\"}}", "", "disabled", true },
	};
	static const char *const unsure[] = {
		"assertion.ref.matches('^refs/.*')", "assertion.run_attempt > 1", "assertion.repository == 'acme/shop' && size(assertion.groups) == 2", "assertion.x == ", "((((", "a b", "'open",
	};
	struct mf_claims c = claims(USUAL);

	(void)state;
	check_all(MF_TRUST_GCP, cases, MF_COUNT(cases), USUAL);
	for (size_t i = 0; i < MF_COUNT(unsure); i++) {
		struct mf_trust *t = compared(MF_TRUST_GCP, unsure[i], &c);

		if (!mf_trust_admits(t) || !diff_of(t, "") || diff_of(t, "")->kind != MF_DIFF_UNSURE)
			fail_msg("judged: %s", unsure[i]);
		mf_trust_free(t);
	}
	mf_claims_free(&c);
}

static void test_long_subject(void **state)
{
	char payload[512], branch[130];
	struct mf_claims c;
	struct mf_trust *t;

	(void)state;
	memset(branch, 'x', sizeof(branch));
	snprintf(payload, sizeof(payload), "{\"sub\":\"repo:acme/shop:ref:refs/heads/%.*s\",\"repository\":\"acme/shop\"}", 98, branch);
	c = claims(payload);
	assert_int_equal(c.sub.n, 128);
	t = compared(MF_TRUST_GCP, "assertion.repository == 'acme/shop'", &c);
	assert_false(mf_trust_admits(t));
	assert_non_null(strstr(diff_of(t, "sub")->why, "127 bytes"));
	mf_trust_free(t);
	mf_claims_free(&c);
}

/* -- what cannot be read ------------------------------------------------------------------------------------ */

static void test_unreadable(void **state)
{
	static const struct {
		enum mf_trust_kind kind;
		const char *text, *id;
	} cases[] = {
		{ MF_TRUST_AWS, "", "MF-TRUST-01" }, { MF_TRUST_AWS, "[]", "MF-TRUST-01" }, { MF_TRUST_AWS, "{", "MF-JSON-01" }, { MF_TRUST_AWS, "{}", "MF-TRUST-01" },
		{ MF_TRUST_VAULT, "{\"data\":{}}", "MF-TRUST-01" }, { MF_TRUST_GCP, "{\"x\":1}", "MF-TRUST-01" }, { MF_TRUST_GCP, "{\"attributeCondition\":1}", "MF-TRUST-01" },
		{ MF_TRUST_AZURE, "7", "MF-TRUST-01" },
	};
	struct mf_trust *t;
	struct mf_err err;

	(void)state;
	for (size_t i = 0; i < MF_COUNT(cases); i++)
		assert_fails(mf_trust_read(&t, cases[i].kind, mf_str(cases[i].text), &err), err, cases[i].id);
}

/* -- subjects ----------------------------------------------------------------------------------------------- */

static const struct mf_sub_form *form(const struct mf_sub_form *v, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(v[i].name, name) == 0)
			return &v[i];
	fail_msg("no form '%s'", name);
	return NULL;
}

static void test_subjects(void **state)
{
	static struct mf_sub_form v[MF_SUB_FORMS];
	struct mf_claims c = claims(USUAL);
	size_t n = mf_trust_subs(v, &c);

	(void)state;
	assert_true(form(v, n, "branch")->ours);
	assert_string_equal(form(v, n, "branch")->sub, SUB);
	assert_string_equal(form(v, n, "pull request, with ids")->sub, "repo:acme@9/shop@7:pull_request");
	assert_true(form(v, n, "environment")->template);
	mf_claims_free(&c);
	c = claims("{\"iss\":\"https://ghes.example/_services/token\",\"sub\":\"repo:a/b:environment:a%3Ab\",\"repository\":\"a/b\",\"environment\":\"a:b\",\"ref\":\"refs/tags/v1\"}");
	n = mf_trust_subs(v, &c);
	assert_true(form(v, n, "environment")->ours);
	assert_string_equal(form(v, n, "tag")->sub, "repo:a/b:ref:refs/tags/v1");
	for (size_t i = 0; i < n; i++)
		assert_null(strchr(v[i].sub, '@'));
	mf_claims_free(&c);
	c = claims("{\"sub\":\"project_path:g/p:ref_type:tag:ref:v1\",\"project_path\":\"g/p\",\"ref\":\"v1\",\"ref_type\":\"tag\"}");
	n = mf_trust_subs(v, &c);
	assert_int_equal(n, 2);
	assert_true(form(v, n, "tag")->ours);
	mf_claims_free(&c);
	c = claims("{\"iss\":\"" ISS "\",\"sub\":\"repository_owner:acme:actor:mona\",\"repository\":\"acme/shop\"}");
	n = mf_trust_subs(v, &c);
	assert_true(form(v, n, "custom")->ours);
	mf_claims_free(&c);
}

/* A trust for exactly this job admits it, and no branch's name gets out of its quotes. */
static void test_fresh(void **state)
{
	struct mf_claims c = claims(USUAL), evil = claims("{\"iss\":\"" ISS "\",\"aud\":\"a\",\"sub\":\"repo:a/b:ref:refs/heads/x'$(id)\\\"\"}");
	struct mf_buf out = MF_BUF(1 << 16);
	struct mf_err err = { 0 };
	struct mf_trust *t;

	(void)state;
	assert_int_equal(mf_trust_fresh(&out, MF_TRUST_AWS, &c, "arn:aws-cn:iam::123456789012:role/x", NULL, &err), 0);
	t = compared(MF_TRUST_AWS, out.p, &c);
	assert_true(mf_trust_admits(t));
	assert_non_null(strstr(out.p, "arn:aws-cn:iam::123456789012:oidc-provider/" HOST));
	mf_trust_free(t);
	mf_buf_free(&out);
	out = MF_BUF(1 << 16);
	assert_int_equal(mf_trust_fresh(&out, MF_TRUST_AZURE, &evil, "id", NULL, &err), 0);
	assert_null(strstr(out.p, "x'$"));
	mf_buf_free(&out);
	out = MF_BUF(1 << 16);
	assert_int_equal(mf_trust_fresh(&out, MF_TRUST_GCP, &evil, NULL, NULL, &err), 0);
	assert_int_equal(out.n, 0);
	assert_int_equal(mf_trust_fresh(&out, MF_TRUST_GCP, &c, NAME, NULL, &err), 0);
	assert_non_null(strstr(out.p, "providers update-oidc github --project 1"));
	assert_non_null(strstr(out.p, "\"assertion.repository == 'acme/shop'\""));
	mf_buf_free(&out);
	mf_claims_free(&c);
	mf_claims_free(&evil);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_aws),
		cmocka_unit_test(test_others_stay),
		cmocka_unit_test(test_vault),
		cmocka_unit_test(test_azure),
		cmocka_unit_test(test_gcp),
		cmocka_unit_test(test_long_subject),
		cmocka_unit_test(test_unreadable),
		cmocka_unit_test(test_subjects),
		cmocka_unit_test(test_fresh),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
