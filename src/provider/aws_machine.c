/* SPDX-License-Identifier: Apache-2.0 */
/* The keys of the machine or pod that the job runs on. Sources: AWS SDKs and Tools reference, "Container credential provider" (ECS, EKS Pod Identity); Amazon EC2 user guide, "Use
 * the Instance Metadata Service" (version 2: no answer without a token). */
#include "aws.h"

#include <stdio.h>
#include <mayfly/clock.h>
#include <mayfly/fs.h>
#include <mayfly/reveal.h>
#include <mayfly/url.h>

enum { URL_MAX = 2048, ROLE_MAX = 128, VALUE_MAX = 16384, LIFE_MAX = 13 * 3600 };

#define ECS "http://169.254.170.2"

static const char *text(const struct mf_conf *conf, enum mf_key k)
{
	const char *s = mf_conf_str(conf, k);

	return s && *s ? s : NULL;
}

static bool container(const struct mf_conf *conf)
{
	return mf_aws_source(conf) == MF_AWS_CONTAINER;
}

/* Plain http stays on this machine, its link, or EKS's own address; a host beyond has https. */
static bool near(const struct mf_url *url)
{
	return url->loopback || url->link_local || mf_str_is(url->host, "fd00:ec2::23") || mf_str_is(url->host, "[fd00:ec2::23]");
}

static int address(char out[static URL_MAX], const struct mf_conf *conf, struct mf_err *err)
{
	const char *full = text(conf, MF_K_AWS_CONTAINER_URI), *relative = text(conf, MF_K_AWS_CONTAINER_PATH);

	if (!container(conf))
		snprintf(out, URL_MAX, "%s", mf_conf_str(conf, MF_K_AWS_IMDS_URL));
	else if (relative && relative[0] == '/' && strlen(relative) < 1024)
		snprintf(out, URL_MAX, ECS "%s", relative);
	else if (full && strlen(full) < URL_MAX)
		snprintf(out, URL_MAX, "%s", full);
	else {
		mf_fail(err, MF_E_AWS_CONFIG, "the source is 'container', and this is no container that AWS gives keys to");
		mf_err_why(err, "neither AWS_CONTAINER_CREDENTIALS_RELATIVE_URI nor AWS_CONTAINER_CREDENTIALS_FULL_URI is set");
		mf_err_hint(err, "ECS and EKS Pod Identity set one of them; 'aws.source: file' is for IRSA, 'instance' for EC2");
		return -1;
	}
	return 0;
}

int mf_aws_machine_check(const struct mf_conf *conf, struct mf_err *err)
{
	char base[URL_MAX];
	struct mf_url url;

	if (address(base, conf, err) || mf_url_parse(&url, base, err))
		return -1;
	if (near(&url) || (container(conf) && mf_str_is(url.scheme, "https")))
		return 0;
	mf_fail(err, MF_E_AWS_CONFIG, "'%.*s' is not this machine", (int)url.host.n, url.host.p);
	mf_err_why(err, "keys of a machine are asked for on loopback or at a link-local address");
	return -1;
}

/* -- answers ---------------------------------------------------------------------------------------------- */

static int take(struct mf_secret **out, const struct mf_json *json, const char *name, struct mf_err *err)
{
	struct mf_str s;

	if (mf_json_need_str(&s, json, mf_json_root(json), name, err))
		return -1;
	for (size_t i = 0; i < s.n; i++)
		if ((unsigned char)s.p[i] <= ' ' || (unsigned char)s.p[i] >= 0x7f)
			s.n = 0;
	if (s.n == 0 || s.n > VALUE_MAX)
		return mf_fail(err, MF_E_AWS_ANSWER, "'%s' of the machine's keys is empty, too long, or has a character that no key has", name);
	*out = mf_secret_new(s.p, s.n);
	return *out ? 0 : mf_fail_nomem(err);
}

int mf_aws_read_machine(struct mf_aws_keys *out, const struct mf_json *json, int64_t now, struct mf_err *err)
{
	struct mf_aws_keys keys = { 0 };
	struct mf_str end;
	int64_t at;

	if (take(&keys.id, json, "AccessKeyId", err) || take(&keys.secret, json, "SecretAccessKey", err) || take(&keys.token, json, "Token", err) ||
	    mf_json_need_str(&end, json, mf_json_root(json), "Expiration", err)) {
		mf_aws_keys_free(&keys);
		return -1;
	}
	if (!mf_time_parse(&at, end) || at <= now || at - now > LIFE_MAX) {
		mf_aws_keys_free(&keys);
		return mf_fail(err, MF_E_AWS_ANSWER, "the end of the machine's keys is no time, has passed, or is more than %d hours away", LIFE_MAX / 3600);
	}
	keys.expires = at;
	keys.ttl = at - now;
	*out = keys;
	return 0;
}

static int refused(const struct mf_conf *conf, const struct mf_resp *resp, struct mf_err *err)
{
	const bool busy = resp->status == 429 || resp->status >= 500;

	if (busy)
		mf_fail(err, MF_E_AWS_UNAVAILABLE, "the endpoint for the machine's keys does not serve requests now");
	else
		mf_fail(err, MF_E_AWS_LOGIN, "this %s has no role of AWS", container(conf) ? "container" : "machine");
	err->retryable = busy;
	mf_err_why(err, "status %ld", resp->status);
	if (!busy)
		mf_err_hint(err, container(conf) ? "give the task a task role, or the pod's service account a pod identity association" : "attach an instance profile with a role, and let version 2 of the metadata service answer");
	return -1;
}

/* -- asking ----------------------------------------------------------------------------------------------- */

static int ask(struct mf_resp *resp, const struct mf_conf *conf, struct mf_http *http, const char *method, const char *url, const struct mf_header *header, struct mf_err *err)
{
	const struct mf_req req = { .method = method, .url = url, .headers = header, .n_headers = header ? 1 : 0, .retry = MF_RETRY_SAFE };

	if (mf_http_do(http, &req, resp, err)) {
		mf_err_wrap(err, "cannot ask this machine for its keys");
		if (!container(conf))
			mf_err_hint(err, "'aws.source: instance' is for runners on EC2; hosted runners log in with the job's identity");
		return -1;
	}
	return resp->status == 200 ? 0 : refused(conf, resp, err);
}

static int read_keys(struct mf_aws_keys *out, const struct mf_resp *resp, struct mf_err *err)
{
	MF_CLEANUP(mf_json_freep) struct mf_json *json = NULL;

	if (mf_json_parse_secret(&json, resp->body, err) || mf_aws_read_machine(out, json, mf_now(), err)) {
		mf_err_wrap(err, "cannot use the machine's keys");
		return -1;
	}
	return 0;
}

/* A file is read each time: EKS renews what is in it. */
static int authorization(struct mf_secret **out, const struct mf_conf *conf, struct mf_err *err)
{
	const char *file = text(conf, MF_K_AWS_CONTAINER_TOKEN_FILE);
	const struct mf_secret *token = mf_conf_secret(conf, MF_K_AWS_CONTAINER_TOKEN);
	struct mf_str s;

	*out = NULL;
	if (!file)
		return token && !(*out = mf_secret_dup(token)) ? mf_fail_nomem(err) : 0;
	if (mf_fs_read_secret(out, file, VALUE_MAX, err)) {
		mf_err_wrap(err, "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE");
		return -1;
	}
	s = mf_trim(mf_secret_reveal(*out));
	mf_secret_cut(*out, s.n);
	return 0;
}

static int from_container(struct mf_aws_keys *out, const struct mf_conf *conf, struct mf_http *http, struct mf_err *err)
{
	MF_CLEANUP(mf_secret_freep) struct mf_secret *token = NULL;
	struct mf_header header = { .name = "Authorization" };
	struct mf_resp resp = { 0 };
	char url[URL_MAX];
	int rc;

	if (address(url, conf, err) || authorization(&token, conf, err))
		return -1;
	header.secret = token;
	rc = ask(&resp, conf, http, "GET", url, token ? &header : NULL, err) || read_keys(out, &resp, err) ? -1 : 0;
	mf_resp_free(&resp);
	return rc;
}

/* The first line of the list: a profile has one role. */
static int role_name(char out[static ROLE_MAX], const struct mf_resp *resp, struct mf_err *err)
{
	struct mf_str s = mf_secret_reveal(resp->body);
	size_t n = 0;

	while (n < s.n && s.p[n] != '\n' && s.p[n] != '\r' && n < ROLE_MAX - 1) {
		if (!((s.p[n] | 0x20) >= 'a' && (s.p[n] | 0x20) <= 'z') && !(s.p[n] >= '0' && s.p[n] <= '9') && !memchr("+=,.@_-", s.p[n], 7))
			return mf_fail(err, MF_E_AWS_ANSWER, "the metadata service names a role that is none");
		out[n] = s.p[n];
		n++;
	}
	out[n] = '\0';
	return n ? 0 : mf_fail(err, MF_E_AWS_ANSWER, "the metadata service names no role");
}

static int from_instance(struct mf_aws_keys *out, const struct mf_conf *conf, struct mf_http *http, struct mf_err *err)
{
	static const char list[] = "/latest/meta-data/iam/security-credentials/";
	const struct mf_header life = { .name = "X-aws-ec2-metadata-token-ttl-seconds", .value = "300" };
	struct mf_header header = { .name = "X-aws-ec2-metadata-token" };
	struct mf_resp token = { 0 }, roles = { 0 }, keys = { 0 };
	char base[URL_MAX], url[URL_MAX + 300], role[ROLE_MAX];
	int rc = address(base, conf, err);
	size_t n = strlen(base);

	while (n && base[n - 1] == '/')
		base[--n] = '\0';
	snprintf(url, sizeof(url), "%s/latest/api/token", base);
	if (rc == 0)
		rc = ask(&token, conf, http, "PUT", url, &life, err);
	header.secret = token.body;
	snprintf(url, sizeof(url), "%s%s", base, list);
	if (rc == 0)
		rc = ask(&roles, conf, http, "GET", url, &header, err) || role_name(role, &roles, err) ? -1 : 0;
	if (rc == 0) {
		snprintf(url, sizeof(url), "%s%s%s", base, list, role);
		rc = ask(&keys, conf, http, "GET", url, &header, err) || read_keys(out, &keys, err) ? -1 : 0;
	}
	mf_resp_free(&token);
	mf_resp_free(&roles);
	mf_resp_free(&keys);
	return rc;
}

int mf_aws_machine_keys(struct mf_aws_keys *out, const struct mf_conf *conf, struct mf_http *http, struct mf_err *err)
{
	return container(conf) ? from_container(out, conf, http, err) : from_instance(out, conf, http, err);
}
