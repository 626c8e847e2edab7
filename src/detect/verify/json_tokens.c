/* SPDX-License-Identifier: Apache-2.0 */
/* Tokens that are JSON in base64. */
#include "verify_priv.h"

static bool has(const struct mf_json *doc, const char *key)
{
	return mf_json_get_z(mf_json_root(doc), key) != NULL;
}

/* glc_: {"o":"1","n":"name","k":"...","m":{"r":"region"}} */
enum mf_verdict_format mf_vc_grafana_cloud(const struct mf_vin *in)
{
	MF_CLEANUP(mf_json_freep) struct mf_json *doc = NULL;
	enum mf_v_json got = mf_v_json_b64(&doc, mf_v_from(in->secret, 4));
	struct mf_str org;

	if (got != MF_V_JSON_OK)
		return mf_v_no_json(got);
	if (!has(doc, "o") || !has(doc, "n") || !has(doc, "k"))
		return MF_FORMAT_BROKEN;
	org = mf_v_member(doc, mf_json_root(doc), "o");
	mf_v_account(in, "organization %.*s", MF_V_ARG(org));
	return MF_FORMAT_VERIFIED;
}

/* eyJrIjoi...: {"k":"...","n":"name","id":1} */
enum mf_verdict_format mf_vc_grafana_api_key(const struct mf_vin *in)
{
	MF_CLEANUP(mf_json_freep) struct mf_json *doc = NULL;
	enum mf_v_json got = mf_v_json_b64(&doc, in->secret);
	struct mf_str org;

	if (got != MF_V_JSON_OK)
		return mf_v_no_json(got);
	if (!has(doc, "k") || !has(doc, "n") || !has(doc, "id"))
		return MF_FORMAT_BROKEN;
	org = mf_v_member(doc, mf_json_root(doc), "id");
	mf_v_account(in, "organization %.*s", MF_V_ARG(org));
	return MF_FORMAT_VERIFIED;
}

/* sntrys_ base64 _ base64: {"iat":1.0,"url":"...","region_url":"...","org":"..."}, then the secret. */
enum mf_verdict_format mf_vc_sentry(const struct mf_vin *in)
{
	MF_CLEANUP(mf_json_freep) struct mf_json *doc = NULL;
	struct mf_str secret, payload = mf_v_split(mf_v_from(in->secret, 7), '_', &secret), org;
	enum mf_v_json got = mf_v_json_b64(&doc, payload);

	if (got != MF_V_JSON_OK)
		return mf_v_no_json(got);
	if (!has(doc, "iat") || !has(doc, "org") || secret.n < 20)
		return MF_FORMAT_BROKEN;
	org = mf_v_member(doc, mf_json_root(doc), "org");
	mf_v_account(in, "organization %.*s", MF_V_ARG(org));
	in->facts->issued = mf_v_seconds(doc, mf_json_root(doc), "iat");
	return MF_FORMAT_VERIFIED;
}

/* ops_: {"signInAddress":"...","email":"...","secretKey":...,"userAuth":{...}} */
enum mf_verdict_format mf_vc_onepassword_ops(const struct mf_vin *in)
{
	MF_CLEANUP(mf_json_freep) struct mf_json *doc = NULL;
	enum mf_v_json got = mf_v_json_b64(&doc, mf_v_from(in->secret, 4));
	struct mf_str where;

	if (got != MF_V_JSON_OK)
		return mf_v_no_json(got);
	if (!has(doc, "signInAddress") || !(has(doc, "secretKey") || has(doc, "muk")))
		return MF_FORMAT_BROKEN;
	where = mf_v_member(doc, mf_json_root(doc), "signInAddress");
	mf_v_account(in, "%.*s", MF_V_ARG(where));
	return MF_FORMAT_VERIFIED;
}

/* pk. sk. tk.: {"u":"user","a":"id"}, a dot, and 22 characters. */
enum mf_verdict_format mf_vc_mapbox(const struct mf_vin *in)
{
	MF_CLEANUP(mf_json_freep) struct mf_json *doc = NULL;
	struct mf_str tail, payload = mf_v_split(mf_v_from(in->secret, 3), '.', &tail), user;
	enum mf_v_json got = mf_v_json_b64(&doc, payload);

	if (got != MF_V_JSON_OK)
		return mf_v_no_json(got);
	user = mf_v_member(doc, mf_json_root(doc), "u");
	if (user.n == 0 || tail.n < 20)
		return MF_FORMAT_BROKEN;
	mf_v_account(in, "account %.*s", MF_V_ARG(user));
	if (mf_str_begins(in->secret, "pk."))
		return mf_v_harmless(in, "a public token");
	if (mf_str_begins(in->secret, "tk."))
		mf_v_note(in, "a temporary token: it lives an hour at most");
	return MF_FORMAT_VERIFIED;
}

/* The JSON object that Google's console hands out; `match` where the secret is only its key. */
enum mf_verdict_format mf_vc_gcp_service_account(const struct mf_vin *in)
{
	MF_CLEANUP(mf_json_freep) struct mf_json *doc = NULL;
	bool whole = mf_str_begins(in->secret, "{");
	enum mf_v_json got;
	struct mf_str key, who;

	if (!whole && !mf_str_begins(in->match, "{"))
		return mf_vc_pem_private(in);
	got = mf_v_json_in(&doc, whole ? in->secret : in->match);
	if (got != MF_V_JSON_OK)
		return mf_v_no_json(got);
	if (!mf_str_is(mf_v_member(doc, mf_json_root(doc), "type"), "service_account"))
		return mf_v_harmless(in, "no service account's key");
	key = mf_v_member(doc, mf_json_root(doc), "private_key");
	who = mf_v_member(doc, mf_json_root(doc), "client_email");
	if (key.n == 0)
		return mf_v_harmless(in, "no key in it");
	mf_v_account(in, "%.*s", MF_V_ARG(who));
	return mf_vc_pem_private(&(struct mf_vin){ .secret = key, .match = key, .facts = in->facts });
}
