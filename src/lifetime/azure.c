/* SPDX-License-Identifier: Apache-2.0 */
/* Azure: client secrets, keys with a signature in them, shared access signatures, personal access tokens of Azure DevOps. */
#include "life_priv.h"

static bool verified(struct mf_lf *in, const char *check)
{
	struct mf_token_facts facts;

	return mf_check_run(check, in->v, in->v, &facts) == MF_FORMAT_VERIFIED;
}

/* -- shared access signatures ----------------------------------------------------------------------- */

/* What it opens, by its parameters: sr is one resource, ss a whole account's services, skoid a user's delegation. */
static const char *scope(struct mf_str query)
{
	char text[8];

	if (mf_lf_has(query, "skoid="))
		return "a delegated signature: seven days at most";
	if (mf_lf_has(query, "skn="))
		return "of a messaging service";
	if (mf_lf_has(query, "ss="))
		return "for a whole storage account";
	return mf_lf_param(text, sizeof text, query, "sr") && strcmp(text, "c") == 0 ? "for a container" : "for one resource";
}

static int signature(struct mf_lf *in)
{
	size_t at = mf_lf_find(in->v, "?");
	struct mf_str query = at == SIZE_MAX ? in->v : mf_lf_from(in->v, at + 1);

	if (mf_str_begins(query, "SharedAccessSignature "))
		query = mf_lf_from(query, 22);
	if (!mf_lf_has(query, "sig=") || !(mf_lf_has(query, "sv=") || mf_lf_has(query, "skn=") || mf_lf_has(query, "sr=")) ||
	    !(mf_lf_has(query, "se=") || mf_lf_has(query, "si=")))
		return 0;
	mf_lf_is(in, "azure-sas", "a shared access signature of Azure", MF_LC_SERVICE_TOKEN);
	if (!mf_lf_check(in, "azure-sas", query, query))
		return mf_lf_nothing(in);
	in->out->note[0] = '\0';
	mf_lf_note(in, "%s", scope(query));
	if (!in->out->expires)
		mf_lf_note(in, "a stored policy ends it, or its end cannot be read");
	return mf_lf_measured(in, in->out->issued, in->out->expires);
}

/* -- keys ------------------------------------------------------------------------------------------- */

static int client_secret(struct mf_lf *in)
{
	static const char set[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.~-";

	if (in->v.n < 37 || in->v.n > 40 || memcmp(in->v.p + 4, "Q~", 2) != 0 || !mf_lf_all(in->v, set))
		return 0;
	mf_lf_is(in, "azure-client-secret", "an application's secret of Entra ID", MF_LC_API_KEY);
	if (!mf_lf_check(in, "entra-secret", in->v, in->v))
		return mf_lf_nothing(in);
	mf_lf_note(in, "two years at most where the portal made it; only the tenant knows its end");
	return mf_lf_static(in);
}

static int key(struct mf_lf *in)
{
	if (in->v.n < 40 || in->v.n > 100 || !verified(in, "azure-identifiable"))
		return 0;
	if (in->v.n == 84 && mf_lf_find(in->v, "AZDO") == 76) {
		mf_lf_is(in, "azure-devops-pat", "a personal access token of Azure DevOps", MF_LC_API_KEY);
		if (!mf_lf_check(in, "azure-identifiable", in->v, in->v))
			return mf_lf_nothing(in);
		mf_lf_note(in, "a year at most");
		return mf_lf_unknown(in);
	}
	mf_lf_is(in, "azure-key", "a key of an Azure service", MF_LC_API_KEY);
	return mf_lf_check(in, "azure-identifiable", in->v, in->v) ? mf_lf_static(in) : mf_lf_nothing(in);
}

/* Secrets and keys of before the forms that can be told: only the names that Azure's own tools read. */
static int by_name(struct mf_lf *in)
{
	static const char secrets[] = "AZURE_CLIENT_SECRET;ARM_CLIENT_SECRET;AZURE_CREDENTIALS_CLIENT_SECRET";
	static const char keys[] = "AZURE_STORAGE_KEY;AZURE_STORAGE_ACCOUNT_KEY;AZURE_STORAGE_ACCESS_KEY;ARM_ACCESS_KEY";
	bool secret = mf_lf_named_one(in, secrets);

	if (in->bare || in->v.n < 16 || in->v.n > 100 || (!secret && !(mf_lf_named_one(in, keys) && in->v.n == 88)))
		return 0;
	if (mf_not_a_secret(in->v, in->v, in->v, false))
		return 0;
	if (secret)
		mf_lf_is(in, "azure-client-secret", "an application's secret of Entra ID", MF_LC_API_KEY);
	else
		mf_lf_is(in, "azure-storage-key", "a storage account's key of Azure", MF_LC_API_KEY);
	return mf_lf_static(in);
}

int mf_lf_azure(struct mf_lf *in)
{
	int rc = client_secret(in);

	if (rc == 0)
		rc = signature(in);
	if (rc == 0)
		rc = key(in);
	if (rc == 0 && in->v.n == 52 && verified(in, "azure-devops-pat")) {
		mf_lf_is(in, "azure-devops-pat", "a personal access token of Azure DevOps", MF_LC_API_KEY);
		mf_lf_note(in, "a year at most");
		rc = mf_lf_unknown(in);
	}
	return rc ? rc : by_name(in);
}
