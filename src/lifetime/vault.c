/* SPDX-License-Identifier: Apache-2.0 */
/* Tokens of Vault and OpenBao: their TTL is the server's secret. Terraform Cloud's, which the same vendor makes. */
#include "life_priv.h"

#include <mayfly/enc.h>

static const struct mf_lf_form forms[] = {
	{ "hvs.", 28, 400, "vault-token", "vault-service-token", "a Vault service token", MF_LC_SERVICE_TOKEN, MF_LF_UNKNOWN, 0,
		"a root token and a periodic one have no end" },
	{ "hvb.", 60, 600, "vault-token", "vault-batch-token", "a Vault batch token", MF_LC_SERVICE_TOKEN, MF_LF_UNKNOWN, 0, NULL },
	{ "hvr.", 28, 400, "vault-token", "vault-recovery-token", "a Vault recovery token", MF_LC_SERVICE_TOKEN, MF_LF_UNKNOWN, 0, NULL },
};

static const struct mf_lf_form legacy_service = { "s.", 26, 64, NULL, "vault-service-token", "a Vault service token", MF_LC_SERVICE_TOKEN,
	MF_LF_UNKNOWN, 0, "of the form of before Vault 1.10" };
static const struct mf_lf_form legacy_batch = { "b.", 60, 600, NULL, "vault-batch-token", "a Vault batch token", MF_LC_SERVICE_TOKEN, MF_LF_UNKNOWN,
	0, "of the form of before Vault 1.10; it cannot be renewed" };

static size_t letters(struct mf_str s, const char *more)
{
	size_t n = 0;

	while (n < s.n && (mf_b64_digit(s.p[n]) >= 0 || (s.p[n] && strchr(more, s.p[n]))) && s.p[n] != '/' && s.p[n] != '+')
		n++;
	return n;
}

/* "s." and 24 letters and digits, "." and a namespace's five behind it or not. Two letters tell little, so the length has to be right. */
static int old_forms(struct mf_lf *in)
{
	struct mf_str namespace, body = mf_lf_split(mf_lf_from(in->v, 2), '.', &namespace);

	if (letters(body, "") != body.n || letters(namespace, "") != namespace.n)
		return 0;
	if (mf_str_begins(in->v, "s.") && body.n == 24 && (namespace.n == 0 || namespace.n == 5))
		return mf_lf_take_form(in, &legacy_service);
	if (mf_str_begins(in->v, "b.AAAAA") && body.n >= 80)
		return mf_lf_take_form(in, &legacy_batch);
	return 0;
}

/* ID.atlasv1.SECRET */
static int terraform(struct mf_lf *in)
{
	size_t at = mf_lf_find(mf_lf_head(in->v, 40), ".atlasv1.");

	if (at != 14 || in->v.n < 14 + 9 + 60 || in->v.n > 120 || letters(in->v, ".=") != in->v.n)
		return 0;
	mf_lf_is(in, "terraform-cloud", "a token of HCP Terraform", MF_LC_API_KEY);
	mf_lf_note(in, "an end is optional, and only the server knows it");
	return mf_lf_unknown(in);
}

/* A secret_id is a UUID: only its name tells it from others. */
static int secret_id(struct mf_lf *in)
{
	static const char names[] = "VAULT_SECRET_ID;BAO_SECRET_ID;INPUT_SECRETID;SECRET_ID;VAULT_APPROLE_SECRET_ID;APPROLE_SECRET_ID";

	if (!mf_lf_uuid(in->v) || in->bare || !mf_lf_named_one(in, names))
		return 0;
	mf_lf_is(in, "vault-secret-id", "an AppRole secret_id of Vault", MF_LC_SECRET_ID);
	return mf_lf_unknown(in);
}

int mf_lf_vault(struct mf_lf *in)
{
	int rc = mf_lf_by_form(in, forms, MF_COUNT(forms));

	if (rc == 0 && (mf_str_begins(in->v, "s.") || mf_str_begins(in->v, "b.")))
		rc = old_forms(in);
	if (rc == 0)
		rc = terraform(in);
	return rc ? rc : secret_id(in);
}
