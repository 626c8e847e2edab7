/* SPDX-License-Identifier: Apache-2.0 */
/* What Google Cloud's login is told, checked before anything is asked of anybody. */
#include "gcp.h"

#include <stdio.h>
#include <unistd.h>

enum { LONGEST = 43200 };

#define ALNUM "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"

static bool all_of(const char *s, size_t n, const char *set)
{
	for (size_t i = 0; i < n; i++)
		if (!s[i] || !strchr(set, s[i]))
			return false;
	return n > 0;
}

const char *mf_gcp_text(const struct mf_conf *conf, enum mf_key k)
{
	const char *s = mf_conf_str(conf, k);

	return s && *s ? s : NULL;
}

bool mf_gcp_machine(const struct mf_conf *conf)
{
	return mf_conf_bool(conf, MF_K_GCP_MACHINE);
}

const char *mf_gcp_universe(const struct mf_conf *conf)
{
	const char *s = mf_gcp_text(conf, MF_K_GCP_UNIVERSE);

	return s ? s : "googleapis.com";
}

void mf_gcp_provider_name(char out[static MF_GCP_PROVIDER], const struct mf_conf *conf)
{
	const char *s = mf_gcp_text(conf, MF_K_GCP_PROVIDER), *at = s ? strstr(s, "projects/") : NULL;

	/* with the address that it stands behind in a token's audience, too */
	if (at && at > s && (strncmp(s, "//iam.", 6) == 0 || strncmp(s, "https://iam.", 12) == 0))
		s = at;
	snprintf(out, MF_GCP_PROVIDER, "%s", s ? s : "");
}

/* "ci@shop-1.iam.gserviceaccount.com", "ci@shop-1.example.com.iam..." for projects of a domain. */
void mf_gcp_project(char out[static MF_GCP_PROJECT], const struct mf_conf *conf)
{
	const char *own = mf_gcp_text(conf, MF_K_GCP_PROJECT_ID), *account = mf_gcp_text(conf, MF_K_GCP_SERVICE_ACCOUNT);
	const char *at = account ? strchr(account, '@') : NULL, *end = at ? strstr(at, ".iam.gserviceaccount.com") : NULL;

	snprintf(out, MF_GCP_PROJECT, "%s", own ? own : "");
	if (!own && end && !memchr(at + 1, '.', (size_t)(end - at - 1)))
		snprintf(out, MF_GCP_PROJECT, "%.*s", (int)(end - at - 1), at + 1);
}

void mf_gcp_audience(char out[static MF_GCP_HOST + MF_GCP_PROVIDER], const struct mf_conf *conf)
{
	const char *own = mf_gcp_text(conf, MF_K_GCP_AUDIENCE);
	char name[MF_GCP_PROVIDER];

	mf_gcp_provider_name(name, conf);
	if (own)
		snprintf(out, MF_GCP_HOST + MF_GCP_PROVIDER, "%s", own);
	else
		snprintf(out, MF_GCP_HOST + MF_GCP_PROVIDER, "https://iam.%s/%s", mf_gcp_universe(conf), name);
}

void mf_gcp_endpoint(char out[static MF_GCP_HOST], const struct mf_conf *conf, enum mf_key own, const char *service)
{
	const char *url = mf_gcp_text(conf, own);
	size_t n = url ? strlen(url) : 0;

	while (n && url[n - 1] == '/')
		n--;
	if (n)
		snprintf(out, MF_GCP_HOST, "%.*s", (int)(n < MF_GCP_HOST ? n : 0), url);
	else
		snprintf(out, MF_GCP_HOST, "https://%s.%s", service, mf_gcp_universe(conf));
}

void mf_gcp_resource(char out[static MF_GCP_HOST + MF_GCP_PROVIDER], const struct mf_conf *conf)
{
	char name[MF_GCP_PROVIDER];

	mf_gcp_provider_name(name, conf);
	snprintf(out, MF_GCP_HOST + MF_GCP_PROVIDER, "//iam.%s/%s", mf_gcp_universe(conf), name);
}

void mf_gcp_sts_url(char out[static MF_GCP_TOKEN_URL], const struct mf_conf *conf)
{
	char base[MF_GCP_HOST];

	mf_gcp_endpoint(base, conf, MF_K_GCP_STS_URL, "sts");
	snprintf(out, MF_GCP_TOKEN_URL, "%s/v1/token", base);
}

int mf_gcp_account_url(struct mf_buf *out, const struct mf_conf *conf, const char *verb, struct mf_err *err)
{
	char base[MF_GCP_HOST];

	mf_gcp_endpoint(base, conf, MF_K_GCP_IAM_URL, "iamcredentials");
	return mf_buf_printf(out, err, "%s/v1/projects/-/serviceAccounts/", base) || mf_url_add_segment(out, mf_str(mf_gcp_text(conf, MF_K_GCP_SERVICE_ACCOUNT)), err) ||
	       mf_buf_printf(out, err, ":%s", verb) ? -1 : 0;
}

enum mf_gcp_source mf_gcp_source(const struct mf_conf *conf, bool can_ask_again)
{
	const char *s = mf_conf_str(conf, MF_K_GCP_SOURCE);
	char program[MF_GCP_PROGRAM];

	if (strcmp(s, "file") == 0)
		return MF_GCP_FILE;
	if (strcmp(s, "url") == 0)
		return MF_GCP_URL;
	if (strcmp(s, "executable") == 0)
		return MF_GCP_EXECUTABLE;
	/* GitHub's token lives for five minutes, and a new one can be asked for; GitLab's lives as long as the job. The bearer of GitHub's address opens more than tokens,
	 * and gets into a file only where that is asked for. */
	return can_ask_again && mf_gcp_program(program) ? MF_GCP_EXECUTABLE : MF_GCP_FILE;
}

/* Libraries cut the command at its spaces, some with a shell's quotes and some without. */
bool mf_gcp_program(char out[static MF_GCP_PROGRAM])
{
	const ssize_t n = readlink("/proc/self/exe", out, MF_GCP_PROGRAM - 1);

	if (n <= 0 || n >= MF_GCP_PROGRAM - 1 || !all_of(out, (size_t)n, ALNUM "/._-+@%=,:"))
		return false;
	out[n] = '\0';
	return true;
}

/* -- checks ------------------------------------------------------------------------------------------- */

static int wrong(const struct mf_conf *conf, enum mf_key k, const char *what, const char *hint, struct mf_err *err)
{
	mf_fail(err, MF_E_GCP_CONFIG, "%s: %s", mf_conf_origin(conf, k), what);
	if (hint)
		mf_err_hint(err, "%s", hint);
	return -1;
}

/* What stands between two fixed parts; *at goes behind it. */
static size_t between(const char **at, const char *before)
{
	const size_t n = strlen(before);

	if (strncmp(*at, before, n) != 0)
		return 0;
	*at += n;
	return strcspn(*at, "/");
}

static int check_provider(const struct mf_conf *conf, struct mf_err *err)
{
	static const char form[] = "it is projects/NUMBER/locations/global/workloadIdentityPools/POOL/providers/NAME "
				   "(gcloud iam workload-identity-pools providers describe NAME --workload-identity-pool POOL --location global --format 'value(name)')";
	char name[MF_GCP_PROVIDER];
	const char *at = name, *number;
	size_t n, digits, pool;

	if (!mf_gcp_text(conf, MF_K_GCP_PROVIDER)) {
		mf_fail(err, MF_E_GCP_CONFIG, "no provider to log in at: 'gcp.workload-identity-provider' is not set");
		mf_err_hint(err, "set it in .mayfly.yml; it is no secret:");
		mf_err_advice(err, "gcp:\n  workload-identity-provider: projects/123456789012/locations/global/workloadIdentityPools/POOL/providers/NAME\n");
		return -1;
	}
	if (strlen(mf_gcp_text(conf, MF_K_GCP_PROVIDER)) >= MF_GCP_PROVIDER)
		return wrong(conf, MF_K_GCP_PROVIDER, "this is no provider's name", form, err);
	mf_gcp_provider_name(name, conf);
	n = between(&at, "projects/");
	number = at;
	digits = strspn(at, "0123456789");
	at += n;
	if (between(&at, "/locations/") != 6 || strncmp(at, "global", 6) != 0)
		return wrong(conf, MF_K_GCP_PROVIDER, "this is no provider's name", form, err);
	at += 6;
	pool = between(&at, "/workloadIdentityPools/");
	if (!pool || !all_of(at, pool, ALNUM "-"))
		return wrong(conf, MF_K_GCP_PROVIDER, "this is no provider's name", form, err);
	at += pool;
	pool = between(&at, "/providers/");
	if (!pool || at[pool] || !all_of(at, pool, ALNUM "-"))
		return wrong(conf, MF_K_GCP_PROVIDER, "this is no provider's name", form, err);
	if (n && digits == n)
		return 0;
	mf_fail(err, MF_E_GCP_CONFIG, "%s: the provider's name has the project's id in it, and not its number", mf_conf_origin(conf, MF_K_GCP_PROVIDER));
	mf_err_hint(err, "the number of '%.*s':  gcloud projects describe %.*s --format 'value(projectNumber)'", (int)n, number, (int)n, number);
	return -1;
}

static bool account_ok(const char *s)
{
	const size_t n = strlen(s);

	return n < 320 && all_of(s, n, ALNUM "-_.@:") && (strchr(s, '@') || strspn(s, "0123456789") == n);
}

static int check_accounts(const struct mf_conf *conf, struct mf_err *err)
{
	static const enum mf_key needs[] = { MF_K_GCP_SUBJECT, MF_K_GCP_ID_TOKEN_AUDIENCE, MF_K_GCP_DELEGATES };
	const char *account = mf_gcp_text(conf, MF_K_GCP_SERVICE_ACCOUNT);
	size_t n;
	const char *const *delegates = mf_conf_list(conf, MF_K_GCP_DELEGATES, &n);

	if (account && !account_ok(account))
		return wrong(conf, MF_K_GCP_SERVICE_ACCOUNT, "this is no service account", "it is as in ci@shop-1.iam.gserviceaccount.com", err);
	for (size_t i = 0; i < n; i++)
		if (!account_ok(delegates[i]))
			return wrong(conf, MF_K_GCP_DELEGATES, "this is no service account", "it is as in ci@shop-1.iam.gserviceaccount.com", err);
	for (size_t i = 0; i < MF_COUNT(needs) && !account; i++)
		if (mf_conf_is_set(conf, needs[i]))
			return wrong(conf, needs[i], "this needs a service account to act as", "set gcp.service-account", err);
	return 0;
}

/* They go into an address, and into a header. */
static int check_texts(const struct mf_conf *conf, struct mf_err *err)
{
	static const enum mf_key urls[] = { MF_K_GCP_STS_URL, MF_K_GCP_IAM_URL, MF_K_GCP_OAUTH_URL, MF_K_GCP_SECRETS_URL };
	const char *reason = mf_gcp_text(conf, MF_K_GCP_REASON);
	const int64_t life = mf_conf_int(conf, MF_K_GCP_LIFETIME);

	if (!all_of(mf_gcp_universe(conf), strlen(mf_gcp_universe(conf)), ALNUM "-.") || strlen(mf_gcp_universe(conf)) > 200)
		return wrong(conf, MF_K_GCP_UNIVERSE, "this is no domain", "it is googleapis.com, but for clouds of others", err);
	if (life < 60 || life > LONGEST)
		return wrong(conf, MF_K_GCP_LIFETIME, "an access token lives for a minute to twelve hours", NULL, err);
	for (size_t i = 0; reason && reason[i]; i++)
		if ((unsigned char)reason[i] < ' ' || (unsigned char)reason[i] >= 0x7f || i > 1000)
			return wrong(conf, MF_K_GCP_REASON, "a reason is printable ASCII, 1000 characters at most", NULL, err);
	for (size_t i = 0; i < MF_COUNT(urls); i++)
		if (mf_gcp_text(conf, urls[i]) && strlen(mf_gcp_text(conf, urls[i])) >= MF_GCP_HOST)
			return wrong(conf, urls[i], "the address is too long", NULL, err);
	return 0;
}

/* Who is asked for the machine's own token gives one to whoever asks; another machine is none of ours. */
static int check_machine(const struct mf_conf *conf, struct mf_err *err)
{
	struct mf_url url;

	if (mf_url_parse(&url, mf_conf_str(conf, MF_K_GCP_METADATA_URL), err))
		return -1;
	if (url.loopback || url.link_local)
		return 0;
	wrong(conf, MF_K_GCP_METADATA_URL, "this is not this machine", NULL, err);
	mf_err_why(err, "the metadata server is asked on loopback or at a link-local address");
	return -1;
}

int mf_gcp_check(const struct mf_conf *conf, struct mf_err *err)
{
	if (mf_gcp_machine(conf))
		return check_machine(conf, err) || check_texts(conf, err) ? -1 : 0;
	return check_provider(conf, err) || check_accounts(conf, err) || check_texts(conf, err) ? -1 : 0;
}
