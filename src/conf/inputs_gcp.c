/* SPDX-License-Identifier: Apache-2.0 */
/* The inputs of google-github-actions/auth and google-github-actions/get-secretmanager-secrets, as their own documentation has them. */
#include "inputs.h"

#include <stdio.h>

enum { REF_MAX = 2048 };

static const struct mf_in_plain plain[] = {
	{ "project_id", MF_K_GCP_PROJECT_ID }, { "workload_identity_provider", MF_K_GCP_PROVIDER }, { "service_account", MF_K_GCP_SERVICE_ACCOUNT }, { "audience", MF_K_GCP_AUDIENCE },
	{ "universe", MF_K_GCP_UNIVERSE }, { "request_reason", MF_K_GCP_REASON }, { "access_token_lifetime", MF_K_GCP_LIFETIME }, { "access_token_subject", MF_K_GCP_SUBJECT },
};

static int set_tokens(const struct mf_inputs *in, struct mf_err *err)
{
	const struct mf_str format = mf_in_get(in, "token_format"), audience = mf_in_get(in, "id_token_audience");
	const bool access = mf_str_is(format, "access_token"), id = mf_str_is(format, "id_token");

	if (format.n && !access && !id)
		return mf_in_bad(err, "token_format", "it is access_token or id_token");
	if (id && !audience.n)
		return mf_in_bad(err, "token_format", "id_token needs id_token_audience");
	if (format.n && !mf_in_get(in, "service_account").n)
		return mf_in_bad(err, "token_format", "a token needs service_account");
	if (mf_in_set_bool(in, MF_K_GCP_OUTPUT_TOKEN, access, "token_format", err) || (id && mf_in_set(in, MF_K_GCP_ID_TOKEN_AUDIENCE, audience, "id_token_audience", err)) ||
	    mf_in_set_bool(in, MF_K_GCP_ID_TOKEN_EMAIL, mf_in_yes(in, "id_token_include_email", false), "id_token_include_email", err))
		return -1;
	return mf_in_set_lines(in, MF_K_GCP_SCOPES, "access_token_scopes", err);
}

/* A key is no login: it is handed on in a private file, as the model does, and `mayfly check` says what it thinks of it. */
static int add_key(const struct mf_inputs *in, struct mf_err *err)
{
	static const char *const names[] = { "GOOGLE_APPLICATION_CREDENTIALS", "CLOUDSDK_AUTH_CREDENTIAL_FILE_OVERRIDE" };

	for (size_t i = 0; i < MF_COUNT(names); i++)
		if (mf_in_want(in, (struct mf_want){ .as = MF_AS_FILE, .no_output = true },
			       &(struct mf_in_secret){ "env://INPUT_CREDENTIALS_JSON", names[i], NULL, "credentials_json", false }, err))
			return -1;
	return 0;
}

static int set_login(const struct mf_inputs *in, struct mf_err *err)
{
	const bool key = mf_in_get(in, "credentials_json").n > 0, provider = mf_in_get(in, "workload_identity_provider").n > 0;
	const bool file = mf_in_yes(in, "create_credentials_file", true) && mf_in_yes(in, "export_environment_variables", true);

	if (key && provider)
		return mf_in_bad(err, "credentials_json", "it and workload_identity_provider are two logins: give one");
	if (key && mf_in_get(in, "token_format").n)
		return mf_in_bad(err, "token_format", "tokens are had with workload_identity_provider, not with a key");
	if (key && file && add_key(in, err))
		return -1;
	return mf_in_set_bool(in, MF_K_GCP_EXPORT, provider && file, "create_credentials_file", err);
}

/* -- secrets: OUTPUT:PROJECT/SECRET[/VERSION], PROJECT/LOCATION/SECRET/VERSION, or whole names ------------- */

enum { PARTS = 8 };

static size_t split(struct mf_str out[static PARTS], struct mf_str what)
{
	size_t n = 0;

	while (what.n) {
		const char *slash = memchr(what.p, '/', what.n);
		const size_t length = slash ? (size_t)(slash - what.p) : what.n;
		const struct mf_str part = mf_trim((struct mf_str){ what.p, length });

		if (part.n && n == PARTS)
			return PARTS + 1;
		if (part.n)
			out[n++] = part;
		what.p += length + (slash != NULL);
		what.n -= length + (slash != NULL);
	}
	return n;
}

/* Which of the parts is what; 0 stands for none, since a project is always the first or second one. */
static bool places(size_t at[static 4], const struct mf_str *part, size_t n)
{
	static const struct { size_t n; const char *names; size_t project, location, secret, version; } forms[] = {
		{ 8, "lsv", 1, 3, 5, 7 }, { 6, "sv", 1, 0, 3, 5 }, { 6, "ls", 1, 3, 5, 0 }, { 4, "s", 1, 0, 3, 0 }, { 4, NULL, 0, 1, 2, 3 }, { 3, NULL, 0, 0, 1, 2 }, { 2, NULL, 0, 0, 1, 0 },
	};

	for (size_t i = 0; i < MF_COUNT(forms); i++) {
		bool fits = n == forms[i].n && (!forms[i].names || mf_str_is(part[0], "projects"));

		for (size_t k = 0; fits && forms[i].names && forms[i].names[k]; k++)
			fits = mf_str_is(part[2 + 2 * k], forms[i].names[k] == 'l' ? "locations" : forms[i].names[k] == 's' ? "secrets" : "versions");
		if (!fits)
			continue;
		at[0] = forms[i].project;
		at[1] = forms[i].location;
		at[2] = forms[i].secret;
		at[3] = forms[i].version;
		return true;
	}
	return false;
}

static int ref_of(struct mf_buf *ref, struct mf_str what, struct mf_err *err)
{
	struct mf_str part[PARTS];
	size_t at[4];

	if (!places(at, part, split(part, what)))
		return mf_in_bad(err, "secrets", "an entry is OUTPUT:PROJECT/SECRET, with /VERSION behind it, or OUTPUT:projects/PROJECT/secrets/SECRET/versions/VERSION, with /locations/LOCATION "
				 "behind the project");
	if (mf_buf_printf(ref, err, "gcp-sm://%.*s/%.*s", (int)part[at[0]].n, part[at[0]].p, (int)part[at[2]].n, part[at[2]].p))
		return -1;
	if (at[3] && mf_buf_printf(ref, err, "?version=%.*s", (int)part[at[3]].n, part[at[3]].p))
		return -1;
	return at[1] ? mf_buf_printf(ref, err, "%sregion=%.*s", at[3] ? "&" : "?", (int)part[at[1]].n, part[at[1]].p) : 0;
}

static int add_secret(const struct mf_inputs *in, struct mf_str entry, struct mf_err *err)
{
	const char *colon = memchr(entry.p, ':', entry.n);
	const struct mf_str encoding = mf_in_get(in, "encoding");
	const struct mf_want want = { .no_env = !mf_in_yes(in, "export_to_environment", false),
				      .decode = mf_str_is(encoding, "base64") ? MF_ENCODE_BASE64 : mf_str_is(encoding, "hex") ? MF_ENCODE_HEX : MF_DECODE_NONE };
	struct mf_buf ref = MF_BUF(REF_MAX), name = MF_BUF(REF_MAX), output = MF_BUF(REF_MAX);
	struct mf_str own;
	int rc;

	if (!colon)
		return mf_in_bad(err, "secrets", "an entry is OUTPUT:PROJECT/SECRET, or OUTPUT:projects/PROJECT/secrets/SECRET/versions/VERSION");
	own = mf_trim((struct mf_str){ entry.p, (size_t)(colon - entry.p) });
	rc = ref_of(&ref, mf_trim((struct mf_str){ colon + 1, entry.n - (size_t)(colon + 1 - entry.p) }), err) || mf_buf_add(&output, own.p, own.n, err) ||
	     mf_in_name(&name, own, false, err) ? -1 : 0;
	if (rc == 0)
		rc = mf_in_want(in, want, &(struct mf_in_secret){ mf_buf_text(&ref), mf_buf_text(&name), mf_buf_text(&output), "secrets", false }, err);
	mf_buf_free(&ref);
	mf_buf_free(&name);
	mf_buf_free(&output);
	return rc;
}

static int set_secrets(const struct mf_inputs *in, struct mf_err *err)
{
	struct mf_str rest = mf_in_get(in, "secrets"), entry;
	const struct mf_str encoding = mf_in_get(in, "encoding");

	if (encoding.n && !mf_str_is(encoding, "utf8") && !mf_str_is(encoding, "utf-8") && !mf_str_is(encoding, "base64") && !mf_str_is(encoding, "hex"))
		return mf_in_bad(err, "encoding", "it is utf8, base64 or hex");
	while (mf_in_next(&rest, true, &entry))
		if (add_secret(in, entry, err))
			return -1;
	return 0;
}

int mf_conf_read_gcp_inputs(struct mf_conf *c, mf_getenv_fn env, struct mf_err *err)
{
	static const char *const bools[] = { "create_credentials_file", "export_environment_variables", "id_token_include_email", "cleanup_credentials", "export_to_environment", NULL };
	const struct mf_inputs in = { .conf = c, .env = env };

	return mf_in_check_bools(&in, bools, err) || mf_in_set_all(&in, plain, MF_COUNT(plain), err) || mf_in_set_lines(&in, MF_K_GCP_DELEGATES, "delegates", err) || set_login(&in, err) || set_tokens(&in, err) ||
	       set_secrets(&in, err) ? -1 : 0;
}
