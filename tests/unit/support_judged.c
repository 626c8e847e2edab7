/* SPDX-License-Identifier: Apache-2.0 */
#include "support_judged.h"
#include "unit.h"

#include <stdio.h>

#include <mayfly/yaml.h>
#include "../../src/conf/conf_priv.h"
#include "support_report.h"

const struct mf_check_run mf_test_check_run = {
	.version = "1.2.3", .repository = "acme/shop", .server_url = "https://github.com", .ref = "refs/heads/main",
	.sha = "0123456789abcdef0123456789abcdef01234567", .category = "mayfly", .workflow = ".github/workflows/ci.yml", .began = MF_TEST_NOW, .took_ms = 1234,
	.trend = "1 fewer without an end than in the last run",
};

struct mf_conf *mf_test_conf(const char *yaml)
{
	struct mf_yaml *doc = NULL;
	struct mf_conf *c = NULL;
	struct mf_err err = { 0 };

	if (mf_conf_new(&c, &err) || mf_yaml_parse(&doc, "f", yaml, strlen(yaml), &err) || mf_conf_read_yaml(c, "f", doc, &err))
		fail_msg("%s: %s (%s)", err.id, err.what, err.hint);
	mf_yaml_free(doc);
	return c;
}

struct mf_life mf_test_life(const char *kind, const char *title, enum mf_life_class class, int64_t lifetime)
{
	struct mf_life l = { .kind = kind, .title = title, .class = class, .lifetime = lifetime, .remaining = lifetime };

	l.known = lifetime == MF_LIFE_FOREVER ? MF_LIFE_BY_FORMAT : lifetime < 0 ? MF_LIFE_UNKNOWN : MF_LIFE_MEASURED;
	l.flags = lifetime == MF_LIFE_FOREVER ? MF_LIFE_STATIC : 0;
	if (lifetime > 0 && lifetime < MF_LIFE_FOREVER) {
		l.issued = MF_TEST_NOW - lifetime / 2;
		l.expires = l.issued + lifetime;
		l.remaining = l.expires - MF_TEST_NOW;
	}
	return l;
}

struct mf_check_item *mf_test_credential(struct mf_check *c, enum mf_check_from from, const char *name, const char *path, unsigned line,
					 const struct mf_life *life)
{
	const struct mf_check_place at = { .from = from, .name = name, .path = path, .line = line, .col = line ? 3 : 0, .end_line = line, .end_col = line ? 9 : 0 };
	struct mf_check_item *item = NULL;
	struct mf_err err;

	assert_int_equal(mf_check_life(c, &at, life, &item, &err), 0);
	assert_non_null(item);
	return item;
}

struct mf_check_item *mf_test_habit(struct mf_check *c, const char *path, unsigned line, const char *rule)
{
	const struct mf_check_place at = { .from = MF_CHECK_CI, .path = path, .line = line, .col = 5, .end_line = line + 1, .end_col = 20 };
	struct mf_check_item *item = NULL;
	struct mf_err err;

	assert_int_equal(mf_check_habit(c, &at, rule, &item, &err), 0);
	return item;
}

static void collect(struct mf_check *c)
{
	struct mf_life aws = mf_test_life("aws-access-key", "a long-lived AWS access key", MF_LC_API_KEY, MF_LIFE_FOREVER);
	struct mf_life jwt = mf_test_life("jwt", "a JSON Web Token", MF_LC_SERVICE_TOKEN, 3600);
	struct mf_life year = mf_test_life("x509-leaf", "a certificate", MF_LC_TLS, 365 * 86400);
	struct mf_life named = mf_test_life("named", "a credential by its name", MF_LC_API_KEY, -1);
	struct mf_life job = mf_test_life("github-app-installation", "an installation token of GitHub", MF_LC_CI_TOKEN, 3600);
	struct mf_check_item *item;
	struct mf_err err;

	snprintf(aws.account, sizeof(aws.account), "AWS account 123456789012");
	named.flags |= MF_LIFE_NAME_ONLY;
	job.flags |= MF_LIFE_JOB_BOUND;
	year.flags |= MF_LIFE_KEY_BESIDE;
	item = mf_test_credential(c, MF_CHECK_ENV, "AWS_ACCESS_KEY_ID", NULL, 0, &aws);
	assert_int_equal(mf_check_text(&item->shown, &err, "AKIA****"), 0);
	memcpy(item->fingerprint, "00112233aabbccdd", 17);
	item = mf_test_credential(c, MF_CHECK_HOME, "default.aws_access_key_id", "~/.aws/credentials", 2, &aws);
	memcpy(item->fingerprint, "00112233aabbccdd", 17);
	item = mf_test_credential(c, MF_CHECK_CI, "secrets.AWS_KEY", ".github/workflows/ci.yml", 12, &aws);
	assert_int_equal(mf_check_yaml(item, "permissions:\n  id-token: write\nwith:\n  role-to-assume: ROLE\n", &err), 0);
	assert_int_equal(mf_check_text(&item->why, &err, "this step takes a key where it takes a role"), 0);
	assert_int_equal(mf_check_text(&item->fix, &err, "let the step assume a role"), 0);
	mf_test_credential(c, MF_CHECK_REPO, NULL, "tls/server.pem", 1, &year);
	mf_test_credential(c, MF_CHECK_ENV, "SERVICE_TOKEN", NULL, 0, &jwt);
	mf_test_credential(c, MF_CHECK_ENV, "EMPTY_PASSWORD", NULL, 0, &named);
	mf_test_credential(c, MF_CHECK_ENV, "GITHUB_TOKEN", NULL, 0, &job);
	jwt.flags |= MF_LIFE_EXPIRED;
	mf_test_credential(c, MF_CHECK_ENV, "OLD_TOKEN", NULL, 0, &jwt);
	mf_test_habit(c, ".github/workflows/ci.yml", 30, "secrets-all");
	mf_test_habit(c, ".github/workflows/ci.yml", 3, "permissions-missing");
	item = mf_test_credential(c, MF_CHECK_REPO, mf_test_evil, mf_test_evil, 7, &year);
	assert_int_equal(mf_check_text(&item->why, &err, "%s", mf_test_evil), 0);
	assert_int_equal(mf_check_text(&item->fix, &err, "::stop-commands::x ##[error] | `a` <b> %s", mf_test_evil), 0);
	assert_int_equal(mf_check_note(c, true, "permission denied", "run it as its owner", &err, "'~/.netrc' cannot be read"), 0);
	assert_int_equal(mf_check_note(c, false, NULL, NULL, &err, "%s", mf_test_evil), 0);
	c->list.variables = 200;
	c->list.files = 30;
}

void mf_test_judged(struct mf_check *c, struct mf_check_verdict *v, const char *yaml)
{
	struct mf_conf *conf = mf_test_conf(yaml);
	struct mf_check_policy *p = NULL;
	struct mf_err err;

	*c = (struct mf_check){ .now = MF_TEST_NOW };
	collect(c);
	assert_int_equal(mf_check_policy_new(&p, conf, MF_TEST_NOW, &err), 0);
	assert_int_equal(mf_check_judge(p, &c->list, v, &err), 0);
	mf_check_policy_free(p);
	mf_conf_free(conf);
}

char *mf_test_check_report(const char *format, const struct mf_check_list *l, const struct mf_check_verdict *v, const struct mf_check_report_opts *opts,
			   size_t *n, struct mf_err *err)
{
	static const struct mf_check_report_opts none = { 0 };
	const struct mf_check_reporter *r = mf_check_reporter_find(format, err);
	char *text = NULL;
	FILE *f;
	int rc;

	if (!r)
		return NULL;
	f = open_memstream(&text, n);
	if (!f) {
		mf_fail_nomem(err);
		return NULL;
	}
	rc = mf_check_report_write(r, f, &mf_test_check_run, l, v, opts ? opts : &none, err);
	if (fclose(f) && rc == 0)
		rc = mf_fail_nomem(err);
	if (rc) {
		free(text);
		return NULL;
	}
	return text;
}
