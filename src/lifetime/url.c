/* SPDX-License-Identifier: Apache-2.0 */
/* URLs: presigned ones, which say when they end, and those that hold a user's password. */
#include "life_priv.h"

#include <stdlib.h>
#include <mayfly/alloc.h>
#include <mayfly/secret.h>

enum { LONGEST = 16 * 1024 };

/* -- presigned -------------------------------------------------------------------------------------- */

static bool http(struct mf_str v)
{
	return mf_lf_begins_caseless(v, "https://") || mf_lf_begins_caseless(v, "http://");
}

/* X-Amz-Date and X-Amz-Expires (Signature Version 4), X-Goog-Date and X-Goog-Expires. */
static int dated(struct mf_lf *in, struct mf_str query, const char *date, const char *seconds, const char *credential)
{
	char text[256];
	int64_t from, length;

	if (!mf_lf_param(text, sizeof text, query, date) || !mf_lf_compact_time(&from, mf_str(text)) || !mf_lf_param(text, sizeof text, query, seconds) ||
	    !mf_lf_number(&length, mf_str(text)))
		return mf_lf_unknown(in);
	if (mf_lf_param(text, sizeof text, query, credential)) {
		struct mf_token_facts facts;
		struct mf_str rest;

		if (strncmp(text, "AKIA", 4) == 0 || strncmp(text, "ASIA", 4) == 0)
			mf_check_run("aws-key-id", mf_lf_split(mf_str(text), '/', &rest), (struct mf_str){ 0 }, &facts);
		else
			memset(&facts, 0, sizeof facts);
		if (facts.account[0])
			mf_lf_account(in, "%s", facts.account);
	}
	return mf_lf_measured(in, from, from + length);
}

/* Expires=SECONDS of AWS's and Google's first versions and of CloudFront. */
static int until_second(struct mf_lf *in, struct mf_str query)
{
	char text[32];
	int64_t end = 0;

	if (!mf_lf_param(text, sizeof text, query, "Expires") || !mf_lf_number(&end, mf_str(text)))
		return mf_lf_unknown(in);
	return mf_lf_measured(in, 0, end ? end : 1);
}

int mf_lf_signed_url(struct mf_lf *in)
{
	size_t at = mf_lf_find(in->v, "?");
	struct mf_str query = mf_lf_from(in->v, at == SIZE_MAX ? in->v.n : at + 1);

	if (!http(in->v) || in->v.n > LONGEST)
		return 0;
	if (mf_lf_has(query, "X-Amz-Signature=")) {
		mf_lf_is(in, "aws-presigned-url", "a presigned URL of AWS", MF_LC_SERVICE_TOKEN);
		return dated(in, query, "X-Amz-Date", "X-Amz-Expires", "X-Amz-Credential");
	}
	if (mf_lf_has(query, "X-Goog-Signature=")) {
		mf_lf_is(in, "gcp-signed-url", "a signed URL of Google Cloud Storage", MF_LC_SERVICE_TOKEN);
		return dated(in, query, "X-Goog-Date", "X-Goog-Expires", "X-Goog-Credential");
	}
	if (!mf_lf_has(query, "Signature=") || !mf_lf_has(query, "Expires="))
		return 0;
	if (mf_lf_has(query, "AWSAccessKeyId="))
		mf_lf_is(in, "aws-presigned-url", "a presigned URL of AWS", MF_LC_SERVICE_TOKEN);
	else if (mf_lf_has(query, "GoogleAccessId="))
		mf_lf_is(in, "gcp-signed-url", "a signed URL of Google Cloud Storage", MF_LC_SERVICE_TOKEN);
	else if (mf_lf_has(query, "Key-Pair-Id="))
		mf_lf_is(in, "aws-cloudfront-url", "a signed URL of CloudFront", MF_LC_SERVICE_TOKEN);
	else
		return 0;
	return until_second(in, query);
}

/* -- passwords -------------------------------------------------------------------------------------- */

struct parts {
	struct mf_str scheme, user, password, host, query;
};

static size_t until(struct mf_str s, const char *any)
{
	size_t n = 0;

	while (n < s.n && s.p[n] && !strchr(any, s.p[n]))
		n++;
	return n;
}

/* Where the user's part ends: at the last '@', since a password may hold one, and a '/' as well. A '/' before the first '@' ends the host instead
 * where no password begins before it: a path may hold an '@', too ("https://host:8080/@scope/package"). SIZE_MAX: there is no user. */
static size_t end_of_user(struct mf_str rest)
{
	struct mf_str part = mf_lf_head(rest, until(rest, "?#")), before, behind;
	size_t first = until(part, "@"), slash = until(part, "/"), last = SIZE_MAX;

	if (slash < first) {
		before = mf_lf_split(mf_lf_head(part, slash), ':', &behind);
		if (before.n == slash || behind.n == 0 || mf_lf_digits(behind))
			return SIZE_MAX;
	}
	for (size_t i = first; i < part.n; i++)
		if (part.p[i] == '@')
			last = i;
	return last;
}

static bool take_apart(struct parts *p, struct mf_str v)
{
	size_t at, last;
	struct mf_str rest;

	memset(p, 0, sizeof(*p));
	if (mf_lf_begins_caseless(v, "jdbc:"))
		v = mf_lf_from(v, 5);
	at = mf_lf_find(mf_lf_head(v, 64), "://");
	if (at == SIZE_MAX || v.n > LONGEST || until(v, " \t\r\n\"'<>`") != v.n)
		return false;
	p->scheme = mf_lf_head(v, at);
	rest = mf_lf_from(v, at + 3);
	last = end_of_user(rest);
	p->host = last == SIZE_MAX ? rest : mf_lf_from(rest, last + 1);
	mf_lf_split(p->host, '?', &p->query);
	p->host = mf_lf_head(p->host, until(p->host, "/?#,;"));
	if (last == SIZE_MAX)
		return true;
	p->user = mf_lf_split(mf_lf_head(rest, last), ':', &p->password);
	return true;
}

static bool database(struct mf_str scheme)
{
	static const char *const names[] = { "postgres", "postgresql", "mysql", "mysqlx", "mariadb", "mongodb", "mongodb+srv", "redis", "rediss", "mssql",
		"sqlserver", "oracle", "clickhouse", "cockroachdb", "cassandra", "neo4j", "bolt", "couchbase", "couchdb", "influxdb", "vertica", "snowflake",
			"trino" };
	struct mf_str rest, plain = mf_lf_split(scheme, '+', &rest);

	for (size_t i = 0; i < MF_COUNT(names); i++)
		if (mf_lf_is_caseless(scheme, names[i]) || mf_lf_is_caseless(plain, names[i]))
			return true;
	return false;
}

/* Vault names the users that it makes "v-ROLE-...-RANDOM-SECONDS". */
static bool of_vault(struct mf_lf *in, struct mf_str user)
{
	int64_t made = 0;

	if (!mf_str_begins(user, "v-") || user.n < 24)
		return false;
	if (user.p[user.n - 11] == '-' && mf_lf_number(&made, mf_lf_from(user, user.n - 10)))
		in->out->issued = made;
	mf_lf_note(in, "Vault made this user: its lease tells the end");
	return true;
}

static int tell_password(struct mf_lf *in, const struct parts *p)
{
	if (database(p->scheme))
		mf_lf_is(in, "database-url", "a database's URL with a password", MF_LC_DATABASE);
	else
		mf_lf_is(in, "url-password", "a URL with a password", MF_LC_API_KEY);
	if (!mf_lf_check(in, "url-credentials", p->password, in->v))
		return mf_lf_nothing(in);
	if (mf_str_is(p->user, "gitlab-ci-token")) {
		mf_lf_is(in, "gitlab-job-token", "a job's token of GitLab", MF_LC_CI_TOKEN);
		in->out->flags |= MF_LIFE_JOB_BOUND;
		mf_lf_note(in, "it ends with its job");
		return mf_lf_unknown(in);
	}
	mf_lf_user(in, p->user, p->password);
	return of_vault(in, p->user) ? mf_lf_unknown(in) : mf_lf_static(in);
}

/* A token in the password's place is told as what it is; where there is no password, the user may be one. */
static int inside(struct mf_lf *in, struct mf_str text)
{
	char *plain;
	int rc;

	if (text.n == 0)
		return 0;
	plain = mf_calloc(text.n, 1);
	if (!plain)
		return mf_fail_nomem(in->err);
	rc = mf_lf_inner(in, (struct mf_str){ .p = plain, .n = mf_lf_unescape(plain, text) }, NULL);
	mf_wipe_free(plain, text.n);
	return rc;
}

int mf_lf_url(struct mf_lf *in)
{
	struct parts p;
	char password[200];
	int rc;

	if (!take_apart(&p, in->v))
		return 0;
	rc = inside(in, p.password);
	if (rc == 0)
		rc = inside(in, p.user);
	if (rc)
		return rc;
	if (p.password.n)
		return tell_password(in, &p);
	if (mf_lf_param(password, sizeof password, p.query, "password") && password[0]) {
		mf_wipe(password, sizeof password);
		mf_lf_is(in, database(p.scheme) ? "database-url" : "url-password", "a database's URL with a password", MF_LC_DATABASE);
		mf_lf_account(in, "%.*s", (int)(p.host.n < 90 ? p.host.n : 90), p.host.p);
		return mf_lf_static(in);
	}
	mf_wipe(password, sizeof password);
	return 0;
}
