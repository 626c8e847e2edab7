/* SPDX-License-Identifier: Apache-2.0 */
/* Every kind of credential with the lifetimes that it can have: none, short, over, unknown; what holds others; dates that cannot be meant. */
#include "unit.h"

#include <stdio.h>
#include <mayfly/enc.h>
#include <mayfly/lifetime.h>
#include "failalloc.h"
#include "support_life.h"

enum { MIN = 60, H = 3600, D = 86400 };
#define NOW INT64_C(1800000000)	/* 2027-01-15T08:00:00Z */
#define FOREVER MF_LIFE_FOREVER

static struct mf_life life;

static void measure_n(const void *p, size_t n, const struct mf_life_hint *hint)
{
	struct mf_err err = { 0 };

	memset(&life, 0xa5, sizeof(life));
	assert_int_equal(mf_life_measure(&life, (struct mf_str){ .p = p, .n = n }, hint, NOW, &err), 0);
	if (life.kind) {
		assert_non_null(life.title);
		assert_true(mf_utf8_valid(life.account, strlen(life.account)) && mf_utf8_valid(life.subject, strlen(life.subject)));
	}
}

static void measure(const char *value, const char *name)
{
	const struct mf_life_hint hint = { .name = name };

	measure_n(value, strlen(value), &hint);
}

/* By the default maximum of its own class. */
static enum mf_life_verdict judged(void)
{
	return mf_life_judge(&life, mf_life_rule(life.class)->max, 0);
}

static void is(const char *value, const char *name, const char *kind, int64_t lifetime, enum mf_life_verdict verdict)
{
	measure(value, name);
	if (!life.kind || strcmp(life.kind, kind) != 0)
		fail_msg("%.20s... is \"%s\", not \"%s\"", value, life.kind ? life.kind : "nothing", kind);
	if (life.lifetime != lifetime || judged() != verdict)
		fail_msg("%s (%.30s): lifetime %lld, not %lld, and %s, not %s", kind, value, (long long)life.lifetime, (long long)lifetime,
			mf_life_verdict_name(judged()),
			mf_life_verdict_name(verdict));
}

static void nothing(const char *value, const char *name)
{
	measure(value, name);
	if (life.kind)
		fail_msg("%.40s is a \"%s\"", value, life.kind);
}

/* -- JWT -------------------------------------------------------------------------------------------- */

static const char *dated(int64_t issued, int64_t expires, const char *more)
{
	return life_jwt(life_text("{\"iss\":\"https://id.acme.io\",\"sub\":\"ci\",\"iat\":%lld,\"exp\":%lld%s}", (long long)issued, (long long)expires,
		more));
}

static void test_jwt(void **state)
{
	(void)state;
	is(life_jwt("{\"iss\":\"https://id.acme.io\",\"iat\":1799990000}"), NULL, "jwt", FOREVER, MF_LV_TOO_LONG);
	assert_true(life.flags & MF_LIFE_STATIC);
	assert_int_equal(life.issued, 1799990000);
	is(dated(NOW - 60, NOW + 840, ""), NULL, "jwt", 900, MF_LV_OK);
	assert_int_equal(life.known, MF_LIFE_MEASURED);
	assert_int_equal(life.remaining, 840);
	assert_string_equal(life.account, "issuer https://id.acme.io");
	assert_string_equal(life.subject, "ci");
	is(dated(NOW - 60, NOW - 60 + 4 * H, ""), NULL, "jwt", 4 * H, MF_LV_OK);
	is(dated(NOW - 60, NOW - 59 + 4 * H, ""), NULL, "jwt", 4 * H + 1, MF_LV_OK);
	is(dated(NOW - 60, NOW - 59 + 4 * H + MF_LIFE_LEEWAY, ""), NULL, "jwt", 4 * H + 1 + MF_LIFE_LEEWAY, MF_LV_TOO_LONG);
	is(dated(NOW - 90 * D, NOW - 80 * D, ""), NULL, "jwt", 10 * D, MF_LV_EXPIRED);
	assert_int_equal(life.remaining, 0);
	/* within what clocks may differ it is not over */
	is(dated(NOW - 100, NOW - 10, ""), NULL, "jwt", 90, MF_LV_OK);
	is(dated(NOW - 900, NOW - MF_LIFE_LEEWAY, ""), NULL, "jwt", 600, MF_LV_OK);
	is(dated(NOW - 900, NOW - MF_LIFE_LEEWAY - 1, ""), NULL, "jwt", 599, MF_LV_EXPIRED);
	/* nothing says when it was issued: counted from now; nbf stands in for iat */
	is(life_jwt("{\"sub\":\"a\",\"exp\":1800000600}"), NULL, "jwt", 600, MF_LV_OK);
	assert_true(life.flags & MF_LIFE_AT_LEAST);
	is(life_jwt("{\"sub\":\"a\",\"exp\":1900000000}"), NULL, "jwt", 100000000, MF_LV_TOO_LONG);
	is(life_jwt("{\"sub\":\"a\",\"nbf\":1799999400,\"exp\":1800000600}"), NULL, "jwt", 1200, MF_LV_OK);
	is(dated(NOW - 60, NOW + 60, ",\"aud\":[\"a\",\"b\",\"c\"]"), NULL, "jwt", 120, MF_LV_OK);
	assert_non_null(strstr(life.note, "3 audiences"));
	is(dated(NOW + 4000, NOW + 5000, ""), NULL, "jwt", 1000, MF_LV_OK);
	assert_true(life.flags & MF_LIFE_NOT_YET);
	is("eyJhbGciOiJSU0EtT0FFUCIsImVuYyI6IkEyNTZHQ00ifQ.YWJj.ZGVm.Z2hp.amts", NULL, "jwe", -1, MF_LV_UNKNOWN);
	assert_true(life.flags & MF_LIFE_ENCRYPTED);
}

static void test_jwt_absurd(void **state)
{
	(void)state;
	/* milliseconds, the end before the beginning, no numbers, beyond int64_t, below zero */
	is(dated(NOW, NOW * 1000, ""), NULL, "jwt", NOW * 999, MF_LV_TOO_LONG);
	assert_true(life.flags & MF_LIFE_ABSURD);
	is(dated(NOW, NOW - 50, ""), NULL, "jwt", -1, MF_LV_UNKNOWN);
	assert_true(life.flags & MF_LIFE_ABSURD);
	is(life_jwt("{\"sub\":\"a\",\"exp\":\"never\"}"), NULL, "jwt", -1, MF_LV_UNKNOWN);
	is(life_jwt("{\"sub\":\"a\",\"exp\":{}}"), NULL, "jwt", -1, MF_LV_UNKNOWN);
	is(life_jwt("{\"sub\":\"a\",\"exp\":null}"), NULL, "jwt", FOREVER, MF_LV_TOO_LONG);
	is(life_jwt("{\"sub\":\"a\",\"iat\":1,\"exp\":1e300}"), NULL, "jwt", INT64_C(8999999999999999), MF_LV_TOO_LONG);
	is(life_jwt("{\"sub\":\"a\",\"exp\":99999999999999999999999999}"), NULL, "jwt", INT64_C(9000000000000000) - NOW, MF_LV_TOO_LONG);
	is(life_jwt("{\"sub\":\"a\",\"iat\":-5,\"exp\":-1}"), NULL, "jwt", 0, MF_LV_EXPIRED);
	is(life_jwt("{\"sub\":\"a\",\"iat\":1799999000.5,\"exp\":\"1800000000\"}"), NULL, "jwt", 1000, MF_LV_OK);
	is(life_jwt("{\"sub\":\"a\",\"iat\":1.799999e9,\"exp\":1.8e9}"), NULL, "jwt", 1000, MF_LV_OK);
	nothing(life_jwt("[1,2]"), NULL);
	nothing(life_jwt("{\"sub\":"), NULL);
	nothing("eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9" ".eyJzdWIiOiIxMjM0NTY3ODkwIiwibmFtZSI6IkpvaG4gRG9lIiwiaWF0IjoxNTE2MjM5MDIyfQ"
		".SflKxwRJSMeKKF2QT4fwpMeJf36POk6yJV_adQssw5c", "API_TOKEN");
}

#define GITHUB "{\"iss\":\"https://token.actions.githubusercontent.com\",\"sub\":\"repo:acme/shop:ref:refs/heads/main\","
#define GITLAB "{\"iss\":\"https://gitlab.com\",\"sub\":\"project_path:acme/shop\",\"project_path\":\"acme/shop\",\"pipeline_id\":\"1\",\"job_id\":\"2\","

static void test_job_tokens(void **state)
{
	(void)state;
	is(life_jwt(GITHUB "\"repository\":\"acme/shop\",\"run_id\":\"1\",\"iat\":1799999900,\"exp\":1800000200}"), "ANY", "github-id-token", 300,
		MF_LV_JOB_BOUND);
	is(life_jwt(GITHUB "\"ac\":\"[]\",\"scp\":\"Actions.Results:a:b\",\"iat\":1799999900,\"exp\":1800021500}"), NULL, "github-runtime-token", 21600,
		MF_LV_JOB_BOUND);
	is(life_jwt(GITLAB "\"iat\":1799999900,\"exp\":1800003500}"), "ID_TOKEN", "gitlab-id-token", 3600, MF_LV_JOB_BOUND);
	is(life_jwt("{\"iss\":\"https://oidc.circleci.com/org/1\",\"iat\":1799999900,\"exp\":1800003500}"), NULL, "ci-id-token", 3600, MF_LV_JOB_BOUND);
	/* a cap counts, and who says that he is a job's for years is not believed */
	measure(life_jwt(GITLAB "\"iat\":1799999900,\"exp\":1800003500}"), NULL);
	assert_int_equal(mf_life_judge(&life, H, 3600), MF_LV_JOB_BOUND);
	assert_int_equal(mf_life_judge(&life, H, 3000), MF_LV_TOO_LONG);
	is(life_jwt(GITLAB "\"iat\":1799999900,\"exp\":1899999900}"), NULL, "gitlab-id-token", 100000000, MF_LV_TOO_LONG);
	is(life_jwt(GITLAB "\"iat\":1799999900}"), NULL, "gitlab-id-token", FOREVER, MF_LV_TOO_LONG);
	/* job tokens by form, by name and form, by name where there is no form */
	is("glcbt-" "64_Zk3vXq9sT1mB7cLw2RdY", NULL, "gitlab-job-token", -1, MF_LV_JOB_BOUND);
	is(life_text("glcbt-%s", dated(NOW - 60, NOW + 3540, "")), NULL, "gitlab-job-token", 3600, MF_LV_JOB_BOUND);
	is("Zk3vXq9sT1mB7cLw2RdY", "CI_JOB_TOKEN", "ci-job-token", -1, MF_LV_JOB_BOUND);
	is("https://gitlab-ci-token:Zk3vXq9sT1mB7cLw2RdY@gitlab.com/acme/shop.git", "CI_REPOSITORY_URL", "gitlab-job-token", -1, MF_LV_JOB_BOUND);
	is("glpat-" "Zk3vXq9sT1mB7cLw2RdY", "CI_JOB_TOKEN", "gitlab-pat", -1, MF_LV_UNKNOWN);
	is("ghs_" "MTGVknakjl7yekmd9jen4CU9TNFAJU1mc3t4", "GITHUB_TOKEN", "github-app-installation", 3600, MF_LV_JOB_BOUND);
	is("ghs_" "MTGVknakjl7yekmd9jen4CU9TNFAJU1mc3t4", "APP_TOKEN", "github-app-installation", 3600, MF_LV_OK);
	is(life_text("ghs_12345_%s", dated(NOW - 60, NOW + 3540, "")), "GITHUB_TOKEN", "github-app-installation", 3600, MF_LV_JOB_BOUND);
	is(life_sample("github-classic"), "GITHUB_TOKEN", "github-pat-classic", FOREVER, MF_LV_TOO_LONG);
}

static void test_kubernetes(void **state)
{
	(void)state;
	is(life_jwt("{\"iss\":\"kubernetes/serviceaccount\",\"sub\":\"system:serviceaccount:ci:deploy\"}"), NULL, "kubernetes-legacy-token", FOREVER,
		MF_LV_TOO_LONG);
	assert_string_equal(life.subject, "system:serviceaccount:ci:deploy");
	is(dated(NOW - 10, NOW + 590, ",\"kubernetes.io\":{\"namespace\":\"ci\",\"pod\":{\"name\":\"x\"}}"), NULL, "kubernetes-bound-token", 600, MF_LV_OK);
	is(dated(NOW - 10, NOW + 365 * D, ",\"kubernetes.io\":{\"namespace\":\"ci\"}"), NULL, "kubernetes-bound-token", 365 * D + 10, MF_LV_TOO_LONG);
	is(dated(NOW - 9000, NOW - 5400, ",\"kubernetes.io\":{\"namespace\":\"ci\"}"), NULL, "kubernetes-bound-token", 3600, MF_LV_EXPIRED);
}

/* -- X.509 ------------------------------------------------------------------------------------------ */

static void test_certificates(void **state)
{
	(void)state;
	is(life_cert(LIFE_LEAF, NOW - D, NOW + 89 * D), NULL, "x509-leaf", 90 * D, MF_LV_OK);
	assert_string_equal(life.subject, "ci.acme.io");
	assert_false(life.flags & MF_LIFE_KEY_BESIDE);
	is(life_cert(LIFE_LEAF, NOW - D, NOW + 90 * D), NULL, "x509-leaf", 91 * D, MF_LV_TOO_LONG);
	is(life_cert(LIFE_SELF_SIGNED, NOW - D, NOW + 3649 * D), NULL, "x509-leaf", (int64_t)3650 * D, MF_LV_TOO_LONG);
	is(life_cert(LIFE_LEAF, NOW - 90 * D, NOW - D), NULL, "x509-leaf", 89 * D, MF_LV_EXPIRED);
	is(life_cert(LIFE_INTERMEDIATE, NOW - D, NOW + 1824 * D), NULL, "x509-intermediate", (int64_t)1825 * D, MF_LV_OK);
	is(life_cert(LIFE_INTERMEDIATE, NOW - D, NOW + 3650 * D), NULL, "x509-intermediate", (int64_t)3651 * D, MF_LV_TOO_LONG);
	/* a trust anchor is public; with its key it signs */
	is(life_cert(LIFE_ROOT, NOW - D, NOW + 3650 * D), NULL, "x509-root", (int64_t)3651 * D, MF_LV_OK);
	is(life_text("%s%s", life_key(), life_cert(LIFE_ROOT, NOW - D, NOW + 3650 * D)), NULL, "x509-root", (int64_t)3651 * D, MF_LV_TOO_LONG);
	/* what openssl req -x509 makes is a server's, whatever it says */
	is(life_text("%s%s", life_key(), life_cert(LIFE_REQ, NOW - D, NOW + 364 * D)), NULL, "x509-leaf", 365 * D, MF_LV_TOO_LONG);
	is(life_cert(LIFE_REQ, NOW - D, NOW + 364 * D), NULL, "x509-root", 365 * D, MF_LV_OK);
	is(life_text("%s%s%s", life_key(), life_cert(LIFE_INTERMEDIATE, NOW - D, NOW + D), life_cert(LIFE_LEAF, NOW - D, NOW + 9 * D)), NULL, "x509-leaf",
		10 * D, MF_LV_OK);
	assert_true(life.flags & MF_LIFE_KEY_BESIDE);
	assert_string_equal(life.note, "1 more certificate");
	/* absurd: no end, the end before the beginning, the first second of all */
	is(life_cert(LIFE_LEAF, NOW - D, 0), NULL, "x509-leaf", FOREVER, MF_LV_TOO_LONG);
	is(life_cert(LIFE_LEAF, NOW + D, NOW + 1), NULL, "x509-leaf", -1, MF_LV_UNKNOWN);
	assert_true(life.flags & MF_LIFE_ABSURD);
	is(life_cert(LIFE_LEAF, -D, -1), NULL, "x509-leaf", 0, MF_LV_EXPIRED);
	is(life_cert(LIFE_LEAF, NOW, INT64_C(250000000000)), NULL, "x509-leaf", INT64_C(250000000000) - NOW, MF_LV_TOO_LONG);
	assert_true(life.flags & MF_LIFE_ABSURD);
	nothing("-----BEGIN CERTIFICATE-----\nMIIBAAAA\n-----END CERTIFICATE-----\n", NULL);
	nothing("-----BEGIN PUBLIC KEY-----\nMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE\n-----END PUBLIC KEY-----", "PUBLIC_KEY");
	nothing("-----BEGIN CERTIFICATE-----", NULL);
}

/* One line with \n in it, base64 of the whole, quoted, DER. */
static void test_written_otherwise(void **state)
{
	const char *pem = life_cert(LIFE_LEAF, NOW - D, NOW + 9 * D);
	char line[4096];
	unsigned char *der;
	size_t n = 0;

	(void)state;
	for (const char *p = pem; *p; p++) {
		line[n++] = *p == '\n' ? '\\' : *p;
		if (*p == '\n')
			line[n++] = 'n';
	}
	line[n] = '\0';
	is(life_text("\"%s\"", line), NULL, "x509-leaf", 10 * D, MF_LV_OK);
	is(life_b64(pem, strlen(pem)), NULL, "x509-leaf", 10 * D, MF_LV_OK);
	der = life_cert_der(&n, LIFE_LEAF, NOW - D, NOW + 9 * D);
	measure_n(der, n, NULL);
	assert_string_equal(life.kind, "x509-leaf");
	is(life_b64(der, n), NULL, "x509-leaf", 10 * D, MF_LV_OK);
	/* cut anywhere, nothing is read behind the end */
	for (size_t cut = 0; cut < n; cut++) {
		unsigned char *part = malloc(cut ? cut : 1);

		assert_non_null(part);
		memcpy(part, der, cut);
		measure_n(part, cut, NULL);
		assert_null(life.kind);
		free(part);
	}
	free(der);
}

static void test_keys(void **state)
{
	static const char java[] = "\xfe\xed\xfe\xed\0\0\0\2\0\0\0\1\0\0\0\1\0\5mykey.............................";
	const struct mf_life_hint person = { .person = true };
	unsigned char *der;
	size_t n;

	(void)state;
	is(life_key(), NULL, "private-key", FOREVER, MF_LV_TOO_LONG);
	assert_int_equal(life.class, MF_LC_TLS);
	is(life_sample("openssh-private"), NULL, "ssh-private-key", FOREVER, MF_LV_TOO_LONG);
	assert_int_equal(life.class, MF_LC_SSH);
	measure_n(life_sample("openssh-private"), strlen(life_sample("openssh-private")), &person);
	assert_int_equal(life.class, MF_LC_SSH_PERSON);
	is(life_sample("pgp-private"), NULL, "pgp-private-key", FOREVER, MF_LV_TOO_LONG);
	assert_int_equal(life.issued, 1700000000);
	is(life_sample("putty-ppk"), NULL, "ssh-private-key", FOREVER, MF_LV_TOO_LONG);
	is(life_sample("age-secret"), NULL, "age-key", FOREVER, MF_LV_TOO_LONG);
	is(life_text("# created: 2027-01-01\n# public key: age1x\n%s\n", life_sample("age-secret")), "SOPS_AGE_KEY", "age-key", FOREVER, MF_LV_TOO_LONG);
	der = life_key_der(&n);
	measure_n(der, n, NULL);
	assert_string_equal(life.kind, "private-key");
	free(der);
	der = life_pkcs12(&n);
	measure_n(der, n, NULL);
	assert_string_equal(life.kind, "pkcs12");
	assert_int_equal(judged(), MF_LV_UNKNOWN);
	assert_true(life.flags & MF_LIFE_ENCRYPTED);
	is(life_b64(der, n), "CERT_P12", "pkcs12", -1, MF_LV_UNKNOWN);
	free(der);
	measure_n(java, sizeof java, NULL);
	assert_string_equal(life.kind, "java-keystore");
	nothing("-----BEGIN RSA PRIVATE " "KEY-----\n...\n-----END RSA PRIVATE KEY-----", "TLS_KEY");
}

static void test_ssh_certificates(void **state)
{
	const struct mf_life_hint person = { .person = true };
	const char *text;

	(void)state;
	is(life_ssh_cert(1, NOW - 60, NOW + 8 * H - 60, "deploy"), NULL, "ssh-user-certificate", 8 * H, MF_LV_OK);
	assert_string_equal(life.account, "account deploy");
	assert_string_equal(life.subject, "deploy@ci");
	is(life_ssh_cert(1, NOW - 60, NOW + 8 * H, "deploy"), NULL, "ssh-user-certificate", 8 * H + 60, MF_LV_OK);
	is(life_ssh_cert(1, NOW - 600, NOW + 8 * H, "deploy"), NULL, "ssh-user-certificate", 8 * H + 600, MF_LV_TOO_LONG);
	is(life_ssh_cert(1, NOW - 60, UINT64_MAX, "deploy"), NULL, "ssh-user-certificate", FOREVER, MF_LV_TOO_LONG);
	is(life_ssh_cert(1, 0, NOW + 60, NULL), NULL, "ssh-user-certificate", 60, MF_LV_OK);
	assert_non_null(strstr(life.note, "every account"));
	is(life_ssh_cert(1, NOW - 9000, NOW - 8000, "deploy"), NULL, "ssh-user-certificate", 1000, MF_LV_EXPIRED);
	is(life_ssh_cert(1, UINT64_MAX - 1, 5, "deploy"), NULL, "ssh-user-certificate", -1, MF_LV_EXPIRED);
	is(life_ssh_cert(2, NOW - 60, NOW + 80 * D, "git.acme.io"), NULL, "ssh-host-certificate", 80 * D + 60, MF_LV_OK);
	assert_string_equal(life.account, "host git.acme.io");
	nothing(life_ssh_cert(3, NOW - 60, NOW + 60, "deploy"), NULL);
	nothing("ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJNTzsAHxkg deploy", "DEPLOY_KEY");
	text = life_ssh_cert(1, NOW - 60, NOW + H, "deploy");
	measure_n(text, strlen(text), &person);
	assert_int_equal(life.class, MF_LC_SSH_PERSON);
	assert_int_equal(judged(), MF_LV_TOO_LONG);
	for (size_t cut = 0; cut < 300; cut++)
		measure_n(text, cut, NULL);
}

/* -- vendors ---------------------------------------------------------------------------------------- */

static const char hidden[] = "Zk3vXq9sT1mB7cLw2RdYpH5nJ8gA4eUi6oWf0tKy";	/* 40 characters that nobody issued */

static void test_aws(void **state)
{
	const struct mf_life_hint soon = { .name = "AWS_ACCESS_KEY_ID", .issued = NOW - 60, .expires = NOW + 3540 }, over = { .expires = NOW - 3600 };
	char id[32];

	(void)state;
	is(life_sample("aws-key-id"), NULL, "aws-access-key", FOREVER, MF_LV_TOO_LONG);
	assert_string_equal(life.account, "AWS account 123456789012");
	snprintf(id, sizeof id, "ASIA%s", life_sample("aws-key-id") + 4);
	is(id, "AWS_ACCESS_KEY_ID", "aws-session-key", 36 * H, MF_LV_UNKNOWN);
	assert_string_equal(life.account, "AWS account 123456789012");
	/* what stands beside it is believed, but cannot make a long-lived key short */
	measure_n(id, 20, &soon);
	assert_int_equal(life.lifetime, 3600);
	assert_int_equal(judged(), MF_LV_OK);
	measure_n(id, 20, &over);
	assert_int_equal(judged(), MF_LV_EXPIRED);
	measure_n(life_sample("aws-key-id"), 20, &soon);
	assert_int_equal(judged(), MF_LV_TOO_LONG);
	is(life_sample("aws-session-token"), NULL, "aws-session-token", 36 * H, MF_LV_UNKNOWN);
	measure_n(life_sample("aws-session-token"), strlen(life_sample("aws-session-token")), &soon);
	assert_int_equal(judged(), MF_LV_OK);
	is(life_sample("aws-secret"), "AWS_SECRET_ACCESS_KEY", "aws-secret-key", -1, MF_LV_UNKNOWN);
	nothing(life_sample("aws-secret"), "SOME_HASH");
	nothing("AKIAIOSFODNN7EXAMPLE", "AWS_ACCESS_KEY_ID");
	is(life_text("{\"Credentials\":{\"AccessKeyId\":\"%s\",\"SecretAccessKey\":\"%s\",\"SessionToken\":\"x\",\"Expiration\":\"2027-01-15T09:00:00Z\"}}", id, hidden), NULL,
		"aws-session-key", 3600, MF_LV_OK);
	is(life_text("{\"AccessKeyId\":\"%s\",\"SecretAccessKey\":\"%s\"}", life_sample("aws-key-id"), hidden), NULL, "aws-access-key", FOREVER,
		MF_LV_TOO_LONG);
	is(life_sample("aws-bedrock"), NULL, "aws-bedrock-key", -1, MF_LV_UNKNOWN);
}

static void test_gcp(void **state)
{
	(void)state;
	is(life_sample("gcp-service-account"), NULL, "gcp-service-account", FOREVER, MF_LV_TOO_LONG);
	assert_string_equal(life.account, "ci@acme.iam.gserviceaccount.com");
	is(life_b64(life_sample("gcp-service-account"), strlen(life_sample("gcp-service-account"))), "GCP_KEY", "gcp-service-account", FOREVER,
		MF_LV_TOO_LONG);
	is("{\"type\":\"external_account\",\"audience\":\"//iam.googleapis.com/projects/1\",\"credential_source\":{\"file\":\"/x\"}}", NULL,
		"gcp-external-account", 3600, MF_LV_OK);
	is(life_text("{\"type\":\"authorized_user\",\"client_id\":\"a\",\"client_secret\":\"b\",\"refresh_token\":\"1//0%s\"}", hidden), NULL,
		"gcp-authorized-user", FOREVER,
		MF_LV_TOO_LONG);
	is(life_text("{\"type\":\"impersonated_service_account\",\"source_credentials\":{\"type\":\"authorized_user\",\"refresh_token\":\"1//0%s\"}}",
		hidden), NULL,
		"gcp-authorized-user", FOREVER, MF_LV_TOO_LONG);
	is(life_text("ya29.%s%s", hidden, hidden), NULL, "gcp-access-token", 3600, MF_LV_OK);
	is(life_text("AIza%.35s", hidden), NULL, "gcp-api-key", FOREVER, MF_LV_TOO_LONG);
	is(life_text("GOCSPX-%.28s", hidden), NULL, "gcp-oauth-secret", FOREVER, MF_LV_TOO_LONG);
	nothing("{\"type\":\"service_account\",\"client_email\":\"x\"}", "GOOGLE_CREDENTIALS");
}

#define SIG "&sig=AQIDBAUGBwgJCgsMDQ4PEBESExQVFhcYGRobHB0eHyA%3D"

static void test_azure(void **state)
{
	const char *key = life_sample("azure-identifiable");

	(void)state;
	is(life_sample("entra-secret"), NULL, "azure-client-secret", FOREVER, MF_LV_TOO_LONG);
	is(life_text("{\"clientId\":\"c\",\"clientSecret\":\"%s\",\"tenantId\":\"t\",\"subscriptionId\":\"s\"}", hidden), NULL, "azure-client-secret",
		FOREVER, MF_LV_TOO_LONG);
	is("sv=2022-11-02&sr=b&sp=r&st=2027-01-15T07:00:00Z&se=2027-01-15T09:00:00Z" SIG, NULL, "azure-sas", 2 * H, MF_LV_OK);
	is("https://acme.blob.core.windows.net/c?sv=2022-11-02&sr=c&se=2030-01-01" SIG, NULL, "azure-sas", INT64_C(1893456000) - NOW, MF_LV_TOO_LONG);
	assert_string_equal(life.note, "for a container");
	is("?sv=2022-11-02&ss=b&srt=co&st=2026-01-01&se=2026-01-02" SIG, NULL, "azure-sas", D, MF_LV_EXPIRED);
	is("sv=2022-11-02&sr=c&si=policy" SIG, NULL, "azure-sas", -1, MF_LV_UNKNOWN);
	is("SharedAccessSignature sr=acme.servicebus.windows.net&se=1800003600&skn=send" SIG, NULL, "azure-sas", 3600, MF_LV_OK);
	is(key, NULL, "azure-key", FOREVER, MF_LV_TOO_LONG);
	is(life_text("DefaultEndpointsProtocol=https;AccountName=acme;AccountKey=%s;EndpointSuffix=core.windows.net", key), NULL, "azure-storage-key",
		FOREVER, MF_LV_TOO_LONG);
	assert_string_equal(life.account, "storage account acme");
	is(life_text("Endpoint=sb://acme.servicebus.windows.net/;SharedAccessKeyName=Root;SharedAccessKey=%s=", hidden), NULL, "azure-access-key", FOREVER,
		MF_LV_TOO_LONG);
	is("BlobEndpoint=https://acme.blob.core.windows.net/;SharedAccessSignature=sv=2022-11-02&sr=b&st=2027-01-15T07:00:00Z&se=2027-01-15T09:00:00Z" SIG,
		NULL, "azure-sas",
		2 * H, MF_LV_OK);
	is(hidden, "AZURE_CLIENT_SECRET", "azure-client-secret", FOREVER, MF_LV_TOO_LONG);
	is(life_text("%s%s%.6s==", hidden, hidden, hidden), "AZURE_STORAGE_KEY", "azure-storage-key", FOREVER, MF_LV_TOO_LONG);
	nothing("${{ secrets.AZURE }}-and-more", "AZURE_CLIENT_SECRET");
	is(life_sample("azure-devops-pat"), NULL, "azure-devops-pat", -1, MF_LV_UNKNOWN);
	is(life_sample("cask"), NULL, "cask", FOREVER, MF_LV_TOO_LONG);
	assert_int_equal(life.issued, 1767225600);
	nothing("UseDevelopmentStorage=true;DevelopmentStorageProxyUri=http://127.0.0.1", NULL);
}

static void test_vault(void **state)
{
	const struct mf_life_hint lease = { .issued = NOW, .expires = NOW + 1200 };

	(void)state;
	is(life_sample("vault-token"), NULL, "vault-service-token", -1, MF_LV_UNKNOWN);
	measure_n(life_sample("vault-token"), strlen(life_sample("vault-token")), &lease);
	assert_int_equal(judged(), MF_LV_OK);
	is(life_text("hvb.AAAAAQ%s%s%s", hidden, hidden, hidden), NULL, "vault-batch-token", -1, MF_LV_UNKNOWN);
	assert_non_null(strstr(life.note, "cannot be renewed"));
	is(life_text("hvr.%s", hidden), NULL, "vault-recovery-token", -1, MF_LV_UNKNOWN);
	is("s." "Zk3vXq9sT1mB7cLw2RdYpH5n", NULL, "vault-service-token", -1, MF_LV_UNKNOWN);
	is("s." "Zk3vXq9sT1mB7cLw2RdYpH5n" ".aB3dE", NULL, "vault-service-token", -1, MF_LV_UNKNOWN);
	is(life_text("b.AAAAAQ%s%s", hidden, hidden), NULL, "vault-batch-token", -1, MF_LV_UNKNOWN);
	nothing("s." "Zk3vXq9sT1mB7cLw2RdYpH5", NULL);
	is("b7a0c9c2-5e1f-4d55-9a2b-0f3a1c5d7e90", "VAULT_SECRET_ID", "vault-secret-id", -1, MF_LV_UNKNOWN);
	assert_int_equal(life.class, MF_LC_SECRET_ID);
	nothing("b7a0c9c2-5e1f-4d55-9a2b-0f3a1c5d7e90", "VAULT_ROLE_ID");
	is("Zk3vXq9sT1mB7c" ".atlasv1." "Zk3vXq9sT1mB7cLw2RdYpH5nJ8gA4eUi6oWf0tKyZk3vXq9sT1mB7cLw2RdYpH5nJ8", "TF_TOKEN_app_terraform_io",
		"terraform-cloud", -1, MF_LV_UNKNOWN);
}

static void test_forges(void **state)
{
	static const struct { const char *prefix, *kind; int64_t lifetime; enum mf_life_verdict verdict; } cases[] = {
		{ "gho_", "github-oauth", FOREVER, MF_LV_TOO_LONG }, { "ghu_", "github-app-user", 8 * H, MF_LV_OK }, { "ghs_", "github-app-installation", H,
			MF_LV_OK },
		{ "ghr_", "github-refresh", 184 * D, MF_LV_TOO_LONG }, { "gldt-", "gitlab-deploy-token", FOREVER, MF_LV_TOO_LONG },
		{ "glrt-", "gitlab-runner", FOREVER, MF_LV_TOO_LONG }, { "glrtr-", "gitlab-runner-registration", FOREVER, MF_LV_TOO_LONG },
		{ "glptt-", "gitlab-trigger", FOREVER, MF_LV_TOO_LONG }, { "glft-", "gitlab-feed", FOREVER, MF_LV_TOO_LONG },
		{ "glimt-", "gitlab-incoming-mail", FOREVER, MF_LV_TOO_LONG }, { "glagent-", "gitlab-agent", FOREVER, MF_LV_TOO_LONG },
		{ "glsoat-", "gitlab-scim", FOREVER, MF_LV_TOO_LONG }, { "glffct-", "gitlab-feature-flags", FOREVER, MF_LV_TOO_LONG },
		{ "gloas-", "gitlab-oauth-secret", FOREVER, MF_LV_TOO_LONG }, { "dckr_pat_", "docker-pat", -1, MF_LV_UNKNOWN }, { "dckr_oat_", "docker-oat", -1,
			MF_LV_UNKNOWN },
	};

	(void)state;
	for (size_t i = 0; i < MF_COUNT(cases); i++)
		is(life_text("%s%s", cases[i].prefix, hidden), NULL, cases[i].kind, cases[i].lifetime, cases[i].verdict);
	is(life_sample("github-classic"), NULL, "github-pat-classic", FOREVER, MF_LV_TOO_LONG);
	is(life_sample("github-fine"), NULL, "github-pat-fine-grained", -1, MF_LV_UNKNOWN);
	is(life_text("GR1348941%.20s", hidden), NULL, "gitlab-runner-registration", FOREVER, MF_LV_TOO_LONG);
	is(life_text("ghs_12345_%s", dated(NOW - 60, NOW + 3540, "")), NULL, "github-app-installation", 3600, MF_LV_OK);
	assert_int_equal(life.known, MF_LIFE_MEASURED);
	assert_string_equal(life.account, "app 12345");
	is(life_text("ghs_12345_%s", dated(NOW - 9000, NOW - 5400, "")), NULL, "github-app-installation", 3600, MF_LV_EXPIRED);
	is(life_sample("gitlab-routable"), NULL, "gitlab-pat", -1, MF_LV_UNKNOWN);
	assert_string_equal(life.account, "user 82");
	is(life_sample("npm"), NULL, "npm-token", -1, MF_LV_UNKNOWN);
	is(life_pypi(NULL), NULL, "pypi-token", FOREVER, MF_LV_TOO_LONG);
	is(life_pypi("[0, 1800000840, 1799999940]"), NULL, "pypi-token", 900, MF_LV_OK);
	is(life_pypi("[0, 1799990900, 1799990000]"), NULL, "pypi-token", 900, MF_LV_EXPIRED);
	is(life_pypi("[1, [\"acme\"]]"), NULL, "pypi-token", FOREVER, MF_LV_TOO_LONG);
	is(life_sample("artifactory-reftkn"), NULL, "artifactory-reference", 100000000, MF_LV_TOO_LONG);
	nothing("ghp_short", NULL);
	nothing("ghp_MTG Vknakjl7yekmd9jen4CU9TNFAJU1mc3t4", NULL);
}

static void test_urls(void **state)
{
	const char *key = life_sample("aws-key-id");

	(void)state;
	is(life_text("https://b.s3.amazonaws.com/k?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=%s%%2F20270115%%2Feu%%2Fs3%%2Faws4_request&X-Amz-Date=20270115T075900Z"
		"&X-Amz-Expires=900&X-Amz-SignedHeaders=host&X-Amz-Signature=abc", key), NULL, "aws-presigned-url", 900, MF_LV_OK);
	assert_string_equal(life.account, "AWS account 123456789012");
	assert_int_equal(life.remaining, 840);
	is("https://b.s3.amazonaws.com/k?X-Amz-Date=20270115T075900Z&X-Amz-Expires=604800&X-Amz-Signature=abc", NULL, "aws-presigned-url", 7 * D,
		MF_LV_TOO_LONG);
	is("https://b.s3.amazonaws.com/k?X-Amz-Date=20260115T075900Z&X-Amz-Expires=900&X-Amz-Signature=abc", NULL, "aws-presigned-url", 900, MF_LV_EXPIRED);
	is("https://b.s3.amazonaws.com/k?X-Amz-Date=yesterday&X-Amz-Expires=900&X-Amz-Signature=abc", NULL, "aws-presigned-url", -1, MF_LV_UNKNOWN);
	is("https://storage.googleapis.com/b/o?X-Goog-Date=20270115T075900Z&X-Goog-Expires=60&X-Goog-Signature=ab", NULL, "gcp-signed-url", 60, MF_LV_OK);
	is("https://storage.googleapis.com/b/o?GoogleAccessId=x&Expires=1900000000&Signature=ab", NULL, "gcp-signed-url", 100000000, MF_LV_TOO_LONG);
	is("https://d.cloudfront.net/o?Expires=1700000000&Signature=ab&Key-Pair-Id=K1", NULL, "aws-cloudfront-url", -1, MF_LV_EXPIRED);
	is("postgres://app:b7Kq2mZpW4@db.acme.io/x", "DATABASE_URL", "database-url", FOREVER, MF_LV_TOO_LONG);
	assert_string_equal(life.account, "db.acme.io");
	assert_string_equal(life.subject, "app");
	assert_int_equal(life.class, MF_LC_DATABASE);
	is("postgresql://v-github-app-reado-Zk3vXq9sT1mB7cLw2RdY-1799999000:b7Kq2mZpW4-@db.acme.io/x", NULL, "database-url", -1, MF_LV_UNKNOWN);
	assert_int_equal(life.issued, 1799999000);
	is("mongodb+srv://app:b7Kq2mZpW4@m.acme.io/x", NULL, "database-url", FOREVER, MF_LV_TOO_LONG);
	is("jdbc:postgresql://db.acme.io/x?user=a&password=b7Kq2mZpW4", NULL, "database-url", FOREVER, MF_LV_TOO_LONG);
	is("Server=db.acme.io;Database=x;User Id=app;Password=b7Kq2mZpW4", NULL, "database-connection", FOREVER, MF_LV_TOO_LONG);
	assert_string_equal(life.subject, "app");
	is("host=db.acme.io user=app password=b7Kq2mZpW4 dbname=x", NULL, "database-connection", FOREVER, MF_LV_TOO_LONG);
	is("https://deploy:b7Kq2mZpW4@git.acme.io/x.git", NULL, "url-password", FOREVER, MF_LV_TOO_LONG);
	is(life_text("https://x-access-token:%s@github.com/acme/shop", life_sample("github-classic")), NULL, "github-pat-classic", FOREVER, MF_LV_TOO_LONG);
	is(life_text("https://%s@github.com/acme/shop", life_sample("github-classic")), NULL, "github-pat-classic", FOREVER, MF_LV_TOO_LONG);
	/* a password with '@' and '/': none of it is told as the host */
	is("amqp://app:p@ss/w0rD9xyz@mq.acme.io/x", NULL, "url-password", FOREVER, MF_LV_TOO_LONG);
	assert_string_equal(life.account, "mq.acme.io");
	assert_string_equal(life.subject, "app");
	is("amqp://app:p/w0rD9xyz@mq.acme.io/x", NULL, "url-password", FOREVER, MF_LV_TOO_LONG);
	assert_string_equal(life.account, "mq.acme.io");
	nothing("https://npm.acme.io:8080/@acme/shop", "REGISTRY");
	nothing("https://npm.acme.io/@acme/shop:1", "REGISTRY");
	/* nor a token in the user's place */
	is("https://Zk3vXq9sT1mB7cLw2RdY:x1@git.acme.io/x.git", NULL, "url-password", FOREVER, MF_LV_TOO_LONG);
	assert_string_equal(life.subject, "");
	nothing("postgres://user:password@localhost/x", "DATABASE_URL");
	nothing("postgres://app@db.acme.io/x", "DATABASE_URL");
	nothing("https://github.com/acme/shop", "REPOSITORY");
	nothing("https://github.com/acme/shop?ref=main&Expires=5", "URL");
}

/* -- what holds others ------------------------------------------------------------------------------ */

static void test_wrapped(void **state)
{
	const char *pat = life_sample("github-classic"), *pair = life_text("x-access-token:%s", pat), *user = "deploy:b7Kq2mZpW4Yt";

	(void)state;
	is(life_text("AUTHORIZATION: basic %s", life_b64(pair, strlen(pair))), "http.extraheader", "github-pat-classic", FOREVER, MF_LV_TOO_LONG);
	is(life_text("Basic %s", life_b64("Zk3vXq9sT1mB7cLw2RdY:", 21)), NULL, "basic-auth", FOREVER, MF_LV_TOO_LONG);
	assert_string_equal(life.subject, "");
	is(life_text("Basic %s", life_b64("deploy:b7Kq2mZpW4Yt", 19)), NULL, "basic-auth", FOREVER, MF_LV_TOO_LONG);
	assert_string_equal(life.subject, "deploy");
	is(life_text("Bearer %s", dated(NOW, NOW + 60, "")), NULL, "jwt", 60, MF_LV_OK);
	is(life_text("token %s", pat), NULL, "github-pat-classic", FOREVER, MF_LV_TOO_LONG);
	is(life_text(" '%s'\n", pat), NULL, "github-pat-classic", FOREVER, MF_LV_TOO_LONG);
	is(life_text("//registry.npmjs.org/:_authToken=%s", life_sample("npm")), NULL, "npm-token", -1, MF_LV_UNKNOWN);
	is(life_text("git clone https://github.com/a and use %s. Or not", pat), NULL, "github-pat-classic", FOREVER, MF_LV_TOO_LONG);
	is(life_text("{\"auths\":{\"ghcr.io\":{\"auth\":\"%s\"}}}", life_b64(user, strlen(user))), "DOCKER_AUTH_CONFIG", "basic-auth", FOREVER,
		MF_LV_TOO_LONG);
	assert_string_equal(life.account, "ghcr.io");
	assert_string_equal(life.subject, "deploy");
	nothing("{\"auths\":{},\"credHelpers\":{\"x\":\"ecr-login\"}}", "DOCKER_AUTH_CONFIG");
	is(life_sample("jwk"), NULL, "jwk", FOREVER, MF_LV_TOO_LONG);
	/* of several the worst: no end, then unknown, then the longest */
	is(life_text("{\"a\":\"%s\",\"b\":[\"%s\",{\"c\":\"%s\"}]}", dated(NOW, NOW + 60, ""), pat, life_sample("npm")), NULL, "github-pat-classic",
		FOREVER, MF_LV_TOO_LONG);
	is(life_text("{\"a\":\"%s\",\"c\":\"%s\"}", dated(NOW, NOW + 60, ""), life_sample("npm")), NULL, "npm-token", -1, MF_LV_UNKNOWN);
	is(life_text("%s %s", dated(NOW, NOW + 60, ""), dated(NOW, NOW + 90, "")), NULL, "jwt", 90, MF_LV_OK);
	is("{\"database\":{\"password\":\"b7Kq2mZpW4Yt\"}}", "CONFIG", "named", -1, MF_LV_UNKNOWN);
	nothing("{\"a\":1,\"b\":[true,null],\"c\":\"hello world\"}", "SETTINGS_TOKEN");
}

/* base64 in base64 ends somewhere; 100 MB are not looked at; neither takes long. */
static void test_hostile(void **state)
{
	static const char garbage[] = "\0\0\0\0\xff\xfe invalid \x80\x81 text";
	struct mf_err err = { 0 };
	const char *text = life_sample("github-classic");
	size_t big = (size_t)100 * 1024 * 1024;
	char *p;

	(void)state;
	text = life_text("{\"t\":\"%s\"}", text);
	for (int i = 0; i < 3; i++)
		text = life_text("{\"t\":\"%s\"}", life_b64(text, strlen(text)));
	measure(text, NULL);
	for (int i = 0; i < 3; i++)
		text = life_text("{\"t\":\"%s\"}", life_b64(text, strlen(text)));
	nothing(text, NULL);
	p = malloc(big);
	assert_non_null(p);
	memset(p, 'A', big);
	measure_n(p, big, NULL);
	assert_string_equal(life.kind, "large-value");
	assert_int_equal(judged(), MF_LV_UNKNOWN);
	memset(p, '[', big);
	measure_n(p, MF_LIFE_VALUE_MAX, NULL);
	assert_null(life.kind);
	for (size_t i = 0; i + 11 <= MF_LIFE_VALUE_MAX; i += 11)
		memcpy(p + i, "-----BEGIN ", 11);
	measure_n(p, MF_LIFE_VALUE_MAX, NULL);
	for (size_t i = 0; i + 4 <= MF_LIFE_VALUE_MAX; i += 4)
		memcpy(p + i, "eyJ.", 4);
	measure_n(p, MF_LIFE_VALUE_MAX, NULL);
	free(p);
	measure_n(NULL, 0, NULL);
	assert_null(life.kind);
	measure_n(garbage, sizeof garbage, NULL);
	assert_null(life.kind);
	/* a clock that was never set: the lifetime is known, what remains is not */
	text = life_jwt("{\"sub\":\"a\",\"iat\":1700000000,\"exp\":1700000900}");
	assert_int_equal(mf_life_measure(&life, mf_str(text), NULL, 5000, &err), 0);
	assert_int_equal(life.lifetime, 900);
	assert_int_equal(life.remaining, -1);
	assert_int_equal(judged(), MF_LV_OK);
	assert_int_equal(mf_life_measure(&life, mf_str(life_jwt("{\"sub\":\"a\",\"exp\":1700000900}")), NULL, 5000, &err), 0);
	assert_int_equal(judged(), MF_LV_UNKNOWN);
}

static void test_names(void **state)
{
	static const char *const promise[] = { "DB_PASSWORD", "API_TOKEN", "apiToken", "NPM_TOKEN", "SONAR_TOKEN", "MY_API_KEY", "PGPASSWORD",
		"client-secret", "auth.token", "CREDENTIALS_JSON", "SSH_KEY_BASE64", "DOCKER_AUTH_CONFIG",
		"SSH_PRIVATE_KEY", "SIGNING_KEY", "GH_PAT", ".vault-token", ".git-credentials" };
	static const char *const others[] = { "HOME", "PUBLIC_KEY", "PRIMARY_KEY", "MAX_TOKEN", "TOKEN_URL", "PASSWORD_FILE", "KEYBOARD", "SECRETARY", "_", "CONFIG_JSON", "JSON", "PUBLIC_KEY_BASE64",
		"" };
	static const char *const harmless[] = { "/run/secrets/db", "true", "${DB_PASSWORD}", "$(cat x)", "changeme", "~/x", "123", "https://vault.acme.io" };
	const struct mf_life_hint rule = { .class_name = "service_token" }, no_rule = { .class_name = "no_such" };

	(void)state;
	for (size_t i = 0; i < MF_COUNT(promise); i++) {
		is("b7Kq2mZpW4YtRd", promise[i], "named", -1, MF_LV_UNKNOWN);
		assert_true(life.flags & MF_LIFE_NAME_ONLY);
		/* not passed over: somebody meant to set it */
		is("", promise[i], "named", -1, MF_LV_UNKNOWN);
		assert_non_null(strstr(life.note, "empty"));
	}
	for (size_t i = 0; i < MF_COUNT(others); i++) {
		nothing("b7Kq2mZpW4YtRd", others[i]);
		nothing("", others[i]);
	}
	for (size_t i = 0; i < MF_COUNT(harmless); i++)
		nothing(harmless[i], "DB_PASSWORD");
	measure("b7Kq2mZpW4YtRd", "DB_PASSWORD");
	assert_int_equal(life.class, MF_LC_DATABASE);
	measure("b7Kq2mZpW4YtRd", "SONAR_TOKEN");
	assert_int_equal(life.class, MF_LC_API_KEY);
	measure_n("b7Kq2mZpW4YtRd", 14, &rule);
	assert_string_equal(life.kind, "credential");
	assert_int_equal(life.class, MF_LC_SERVICE_TOKEN);
	measure_n("b7Kq2mZpW4YtRd", 14, &no_rule);
	assert_null(life.kind);
}

/* -- whole jobs ------------------------------------------------------------------------------------- */

/* What GitHub's and GitLab's runners set in a job that has no secrets: nothing but what dies with the job. */
static void test_stock_jobs(void **state)
{
	static const struct { const char *name, *value; } vars[] = {
		{ "CI", "true" }, { "HOME", "/home/runner" }, { "PWD", "/home/runner/work/shop" }, { "PWD", "" }, { "OLDPWD", "/home/runner" }, { "SHLVL", "1" },
		{ "PATH", "/usr/local/bin:/usr/bin:/bin" }, { "LANG", "C.UTF-8" }, { "_", "/usr/bin/env" }, { "GITHUB_ACTIONS", "true" },
		{ "GITHUB_SHA", "853f6a4e2d8b7c1a9f00e5d4c3b2a1908f7e6d5c" }, { "GITHUB_RUN_ID", "9876543210" }, { "GITHUB_REPOSITORY", "acme/shop" },
		{ "GITHUB_REF", "refs/heads/main" }, { "GITHUB_SERVER_URL", "https://github.com" }, { "GITHUB_ENV", "/home/runner/work/_temp/_runner_file_commands/set_env_1" },
		{ "GITHUB_WORKFLOW_REF", "acme/shop/.github/workflows/ci.yml@refs/heads/main" }, { "RUNNER_TRACKING_ID", "github_b7a0c9c2-5e1f-4d55-9a2b-0f3a1c5d7e90" },
		{ "ACTIONS_ID_TOKEN_REQUEST_URL", "https://pipelines.actions.githubusercontent.com/a/b/idtoken?api-version=2.0" },
		{ "ACTIONS_CACHE_URL", "https://acghubeus1.actions.githubusercontent.com/Zk3vXq9sT1mB7cLw2RdYpH5nJ8gA4eUi6oWf0tKy/" },
		{ "SSH_AUTH_SOCK", "/tmp/ssh-agent.sock" }, { "GPG_KEY", "E3FF2839C048B25C084DEBE9B26995E310250568" }, { "JAVA_HOME_17_X64", "/usr/lib/jvm/temurin-17" },
		{ "DOTNET_SKIP_FIRST_TIME_EXPERIENCE", "1" }, { "ACTIONS_RUNTIME_TOKEN", "Zk3vXq9sT1mB7cLw2RdYpH5nJ8gA4eUi6oWf0tKy" },
		{ "GITLAB_CI", "true" }, { "CI_COMMIT_SHA", "853f6a4e2d8b7c1a9f00e5d4c3b2a1908f7e6d5c" }, { "CI_JOB_ID", "123456" },
		{ "CI_REPOSITORY_URL", "https://gitlab-ci-token:glcbt-" "64_Zk3vXq9sT1mB7cLw2RdY@gitlab.com/acme/shop.git" }, { "CI_REGISTRY_USER", "gitlab-ci-token" },
		{ "CI_JOB_TOKEN", "glcbt-" "64_Zk3vXq9sT1mB7cLw2RdY" }, { "CI_REGISTRY_PASSWORD", "glcbt-" "64_Zk3vXq9sT1mB7cLw2RdY" },
		{ "CI_DEPENDENCY_PROXY_PASSWORD", "glcbt-" "64_Zk3vXq9sT1mB7cLw2RdY" }, { "CI_RUNNER_SHORT_TOKEN", "Zk3vXq9sT" }, { "CI_JOB_STARTED_AT", "2027-01-15T08:00:00Z" },
		{ "CI_SERVER_TLS_CA_FILE", "/builds/acme/shop.tmp/CI_SERVER_TLS_CA_FILE" }, { "CI_API_V4_URL", "https://gitlab.com/api/v4" },
		{ "CI_COMMIT_MESSAGE", "Take the password from the vault\n\nAnd the token as well." }, { "FF_USE_FASTZIP", "true" }, { "GITLAB_USER_EMAIL", "dev@acme.io" },
		{ "KUBERNETES_PORT", "tcp://10.0.0.1:443" }, { "GITLAB_FEATURES", "audit_events,ci_project_subscriptions,code_owners" },
	};

	(void)state;
	for (size_t i = 0; i < MF_COUNT(vars); i++) {
		measure(vars[i].value, vars[i].name);
		if (life.kind && judged() != MF_LV_JOB_BOUND)
			fail_msg("%s is a \"%s\"", vars[i].name, life.kind);
	}
}

/* -- memory ----------------------------------------------------------------------------------------- */

static int measured(void *ctx, struct mf_err *err)
{
	return mf_life_measure(&life, mf_str(ctx), NULL, NOW, err);
}

static void test_torture(void **state)
{
	const char *user = "deploy:b7Kq2mZpW4Yt";

	(void)state;
	mf_torture(measured, (char *)(uintptr_t)dated(NOW - 60, NOW + 60, ""));
	/* OpenSSL keeps the text of an error for the next one */
	mf_torture_own(measured, (char *)(uintptr_t)life_text("%s%s", life_key(), life_cert(LIFE_LEAF, NOW - D, NOW + D)));
	mf_torture(measured, (char *)(uintptr_t)life_sample("gcp-service-account"));
	mf_torture(measured, (char *)(uintptr_t)life_text("{\"auths\":{\"a\":{\"auth\":\"%s\"}}}", life_b64(user, strlen(user))));
	mf_torture(measured, (char *)(uintptr_t)life_ssh_cert(1, NOW - 60, NOW + 60, "a"));
	mf_torture(measured, (char *)(uintptr_t)life_pypi("[0, 1800000840, 1799999940]"));
	mf_torture(measured, (char *)(uintptr_t)"postgres://app:b7Kq2mZpW4@db.acme.io/x");
}

static int at_end(void **state)
{
	(void)state;
	life_support_free();
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_jwt),
		cmocka_unit_test(test_jwt_absurd),
		cmocka_unit_test(test_job_tokens),
		cmocka_unit_test(test_kubernetes),
		cmocka_unit_test(test_certificates),
		cmocka_unit_test(test_written_otherwise),
		cmocka_unit_test(test_keys),
		cmocka_unit_test(test_ssh_certificates),
		cmocka_unit_test(test_aws),
		cmocka_unit_test(test_gcp),
		cmocka_unit_test(test_azure),
		cmocka_unit_test(test_vault),
		cmocka_unit_test(test_forges),
		cmocka_unit_test(test_urls),
		cmocka_unit_test(test_wrapped),
		cmocka_unit_test(test_hostile),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_stock_jobs),
		cmocka_unit_test(test_torture),
	};

	return cmocka_run_group_tests(tests, NULL, at_end);
}
