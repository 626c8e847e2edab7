/* SPDX-License-Identifier: Apache-2.0 */
/* Answers of Secret Manager (API v1, AccessSecretVersionResponse), taken apart strictly, and what its refusals mean. */
#include "gcp.h"

#include <stdio.h>
#include <stdlib.h>
#include <mayfly/alloc.h>
#include <mayfly/enc.h>
#include <mayfly/hash.h>
#include <mayfly/reveal.h>

/* PROJECT/SECRET, projects/PROJECT/secrets/SECRET, or projects/PROJECT/locations/REGION/secrets/SECRET, which the parser has seen. */
void mf_gcp_item_of(struct mf_gcp_item *out, const struct mf_ref *ref)
{
	const bool whole = strncmp(ref->path, "projects/", 9) == 0;
	const char *project = ref->path + (whole ? 9 : 0), *location = whole ? strstr(ref->path, "/locations/") : NULL;

	*out = (struct mf_gcp_item){ .project = { project, strcspn(project, "/") }, .secret = mf_str(strrchr(ref->path, '/') + 1),
				     .version = ref->version ? ref->version : "latest" };
	if (ref->region)
		out->location = mf_str(ref->region);
	else if (location)
		out->location = (struct mf_str){ location + 11, strcspn(location + 11, "/") };
}

/* -- what it holds ------------------------------------------------------------------------------------ */

static int wrong(const struct mf_ref *ref, const char *why, struct mf_err *err)
{
	mf_fail(err, MF_E_GCP_ANSWER, "cannot use the answer for '%s'", ref->path);
	mf_err_why(err, "%s", why);
	return -1;
}

/* projects/NUMBER/secrets/SECRET/versions/N: the number is another name of the project, and an alias or 'latest' of the version. */
static int check_name(struct mf_doc *out, const struct mf_json *json, const struct mf_ref *ref, struct mf_err *err)
{
	struct mf_gcp_item item;
	struct mf_str name;
	const char *slash;
	size_t n;

	mf_gcp_item_of(&item, ref);
	if (mf_json_need_str(&name, json, mf_json_root(json), "name", err)) {
		mf_err_wrap(err, "the answer for '%s'", ref->path);
		return -1;
	}
	slash = memrchr(name.p, '/', name.n);
	n = slash ? (size_t)(slash - name.p) : 0;	/* ".../secrets/SECRET/versions" */
	if (n < item.secret.n + 18 || memcmp(name.p + n - 9, "/versions", 9) != 0 || memcmp(name.p + n - 9 - item.secret.n, item.secret.p, item.secret.n) != 0 ||
	    memcmp(name.p + n - 18 - item.secret.n, "/secrets/", 9) != 0)
		return wrong(ref, "it is about something else, by its name", err);
	if (ref->version && strspn(ref->version, "0123456789") == strlen(ref->version) && !mf_str_is((struct mf_str){ slash + 1, name.n - n - 1 }, ref->version))
		return wrong(ref, "it is about another version than was asked for, by its name", err);
	for (const char *p = slash + 1; p < name.p + name.n && out->version < INT64_MAX / 100; p++)
		out->version = *p >= '0' && *p <= '9' ? out->version * 10 + (*p - '0') : 0;
	return 0;
}

/* int64 values are strings in Google's JSON; some servers write a number. */
static int check_sum(const struct mf_json *json, const struct mf_jnode *payload, const struct mf_ref *ref, const unsigned char *data, size_t n, struct mf_err *err)
{
	const struct mf_jnode *sum = mf_json_get_z(payload, "dataCrc32c");
	struct mf_str text = { 0 };
	char ours[16];

	if (!sum)
		return 0;	/* versions that were added before sums were kept have none */
	if (mf_json_type(sum) == MF_J_STRING || mf_json_type(sum) == MF_J_NUMBER)
		text = mf_json_text(json, sum);
	snprintf(ours, sizeof(ours), "%u", (unsigned)mf_crc32c(data, n));
	if (mf_str_is(text, ours))
		return 0;
	mf_fail(err, MF_E_GCP_CHECKSUM, "'%s' was damaged on its way", ref->path);
	mf_err_why(err, "its CRC-32C is not the one that the answer states");
	mf_err_hint(err, "start the job again; if it stays so, something between this machine and Google changes answers, or the version was written damaged");
	err->retryable = true;
	return -1;
}

static int read_payload(struct mf_doc *out, const struct mf_json *json, const struct mf_ref *ref, struct mf_err *err)
{
	const struct mf_jnode *payload = mf_json_get_z(mf_json_root(json), "payload");
	const struct mf_jnode *node = mf_json_get_z(payload, "data");
	unsigned char *data;
	struct mf_str text;
	size_t n = 0;
	int rc;

	if (!payload || mf_json_type(payload) != MF_J_OBJECT)
		return wrong(ref, "it has no 'payload'", err);
	/* no data is how nothing is written */
	if (node && mf_json_type(node) != MF_J_STRING)
		return wrong(ref, "its 'data' is no text", err);
	text = node ? mf_json_text(json, node) : (struct mf_str){ "", 0 };
	data = mf_calloc(text.n + 4, 1);
	if (!data)
		return mf_fail_nomem(err);
	rc = mf_b64_decode(data, &n, text.p, text.n, MF_B64_STD, err) ? wrong(ref, "its 'data' is no base64", err) : check_sum(json, payload, ref, data, n, err);
	if (rc == 0 && !(out->raw = mf_secret_new(data, n)))
		rc = mf_fail_nomem(err);
	mf_wipe_free(data, text.n + 4);
	return rc;
}

int mf_gcp_read_secret(struct mf_doc *out, const struct mf_json *json, const struct mf_ref *ref, struct mf_err *err)
{
	return check_name(out, json, ref, err) || read_payload(out, json, ref, err) ? -1 : 0;
}

/* -- what it refuses ---------------------------------------------------------------------------------- */

static void advise_role(const struct mf_gcp_item *item, const struct mf_cred *cred, struct mf_err *err)
{
	const struct mf_gcp_priv *priv = cred->priv;
	const char *account = mf_gcp_machine(priv->conf) ? NULL : mf_gcp_text(priv->conf, MF_K_GCP_SERVICE_ACCOUNT);
	char name[MF_GCP_PROVIDER], member[MF_GCP_PROVIDER + 64], *own;

	mf_gcp_provider_name(name, priv->conf);
	own = strstr(name, "/providers/");
	if (own)
		*own = '\0';
	if (account)
		snprintf(member, sizeof(member), "serviceAccount:%s", account);
	else if (own)
		snprintf(member, sizeof(member), "principal://iam.%s/%s/subject/SUB", mf_gcp_universe(priv->conf), name);
	else
		snprintf(member, sizeof(member), "serviceAccount:EMAIL");
	mf_err_advice(err, "gcloud secrets add-iam-policy-binding %.*s --project %.*s%s%.*s \\\n  --role roles/secretmanager.secretAccessor \\\n  --member '%s'\n", (int)item->secret.n,
		      item->secret.p, (int)item->project.n, item->project.p, item->location.n ? " --location " : "", (int)item->location.n, item->location.n ? item->location.p : "", member);
}

static int fail_of(struct mf_doc *doc, const struct mf_ref *ref, long status, struct mf_err *err)
{
	switch (status) {
	case 401:
		return mf_fail(err, MF_E_GCP_DENIED, "Secret Manager does not accept the token: cannot read '%s'", ref->path);
	case 403:
		return mf_fail(err, MF_E_GCP_DENIED, "not allowed to read '%s'", ref->path);
	case 404:
		doc->missing = true;
		return mf_fail(err, MF_E_GCP_NOT_FOUND, "nothing at '%s'%s%s", ref->path, ref->version ? ", version " : "", ref->version ? ref->version : "");
	default:
		break;
	}
	if (status != 429 && status < 500)
		return mf_fail(err, MF_E_GCP_REFUSED, "Secret Manager refused to read '%s'", ref->path);
	mf_fail(err, MF_E_GCP_UNAVAILABLE, "cannot read '%s': Secret Manager does not serve requests now", ref->path);
	err->retryable = true;
	return -1;
}

static void explain(const struct mf_gcp_item *item, const struct mf_resp *resp, const struct mf_gcp_error *error, const struct mf_cred *cred, struct mf_err *err)
{
	const bool off = strcmp(error->reason, "SERVICE_DISABLED") == 0;

	if (off) {
		mf_err_hint(err, "the API is off in the project; a few minutes after this it is on:");
		mf_err_advice(err, "gcloud services enable secretmanager.googleapis.com --project %.*s\n", (int)item->project.n, item->project.p);
	} else if (resp->status == 403) {
		mf_err_hint(err, "no binding lets the login read it, or it does not exist (a new one takes minutes to count). This one does:");
		advise_role(item, cred, err);
	} else if (resp->status == 404) {
		mf_err_hint(err, "look at project and name, letter by letter; a secret of one region is read with ?region=");
	} else if (strcasestr(error->text, "DISABLED") || strcasestr(error->text, "DESTROYED")) {
		mf_err_hint(err, "this version is disabled or destroyed: enable it (gcloud secrets versions enable), or ask for another one with ?version=");
	} else if (resp->status == 429) {
		mf_err_hint(err, "a project's secrets are read some 90,000 times a minute at most, for all who read them: read less often, or raise the quota");
	}
}

void mf_gcp_secret_refused(struct mf_doc *doc, const struct mf_ref *ref, const struct mf_resp *resp, const struct mf_json *json, const struct mf_cred *cred,
			   struct mf_err *err)
{
	struct mf_gcp_error error;
	struct mf_gcp_item item;

	mf_gcp_item_of(&item, ref);
	mf_gcp_read_error(&error, json, cred);
	/* something in between may answer with a page of its own: that is no word of Google's that a secret is missing */
	if (!json && !mf_gcp_busy(resp) && resp->status != 401) {
		mf_fail(err, MF_E_GCP_ANSWER, "cannot read '%s': the answer is not from Secret Manager", ref->path);
		mf_err_why(err, "status %ld with something else than a JSON object", resp->status);
		return;
	}
	fail_of(doc, ref, resp->status, err);
	mf_err_why(err, "status %ld%s%s: %s", resp->status, error.code[0] ? ", " : "", error.code, error.text[0] ? error.text : "the server gives no reason");
	mf_err_sent(err, "%s%s%s", cred->subject ? cred->subject : "a token", resp->request_id[0] ? ", request " : "", resp->request_id);
	explain(&item, resp, &error, cred, err);
}
