/* SPDX-License-Identifier: Apache-2.0 */
/* The trust that admits a job, where there is none yet, as a command or a document to paste. The claims may hold a branch's name, and that anything: each text is written such that it
 * ends no quotes. */
#include "trust_priv.h"

#include <stdio.h>

/* -- Vault ------------------------------------------------------------------------------------------------ */

/* Claims that a role should bind, by who issued the token; the first one that is there also names the user. */
static const char *const github_claims[] = { "repository", "repository_id", "ref", "environment", NULL };
static const char *const gitlab_claims[] = { "project_path", "project_id", "ref", "ref_type", "environment", NULL };

static int json_member(struct mf_buf *out, const char *sep, const char *key, struct mf_str value, struct mf_err *err)
{
	return mf_buf_printf(out, err, "%s\"%s\": ", sep, key) || mf_json_quote(out, value, err) ? -1 : 0;
}

static int bound_claims(struct mf_buf *out, const struct mf_claims *claims, const char *const *names, struct mf_err *err)
{
	bool any = false;

	if (mf_buf_puts(out, "  \"bound_claims\": { ", err))
		return -1;
	for (; *names; names++) {
		const struct mf_str value = mf_claim(claims, *names);

		if (value.n == 0)
			continue;
		if (json_member(out, any ? ", " : "", *names, value, err))
			return -1;
		any = true;
	}
	return mf_buf_puts(out, " },\n", err);
}

static int vault(struct mf_buf *out, const struct mf_claims *claims, const char *role, const char *mount, struct mf_err *err)
{
	const bool github = mf_claim(claims, "repository").n > 0, gitlab = mf_claim(claims, "project_path").n > 0;

	if (mf_buf_printf(out, err, "bao write auth/%s/role/%s - <<'EOF'\n{\n  \"role_type\": \"jwt\",\n  \"user_claim\": \"%s\",\n", mount ? mount : "jwt", role ? role : "ROLE",
			  github ? "repository" : gitlab ? "project_path" : "sub"))
		return -1;
	if (claims->aud.n && (mf_buf_puts(out, "  \"bound_audiences\": [", err) || mf_json_quote(out, claims->aud, err) || mf_buf_puts(out, "],\n", err)))
		return -1;
	if (github || gitlab) {
		if (bound_claims(out, claims, github ? github_claims : gitlab_claims, err))
			return -1;
	} else if (json_member(out, "  ", "bound_subject", claims->sub, err) || mf_buf_puts(out, ",\n", err)) {
		return -1;
	}
	return mf_buf_puts(out, "  \"token_policies\": [\"NAME-OF-YOUR-POLICY\"],\n  \"token_ttl\": \"15m\"\n}\nEOF\n", err);
}

/* -- AWS -------------------------------------------------------------------------------------------------- */

static int condition(struct mf_buf *out, struct mf_str host, const char *claim, struct mf_str value, const char *after, struct mf_err *err)
{
	struct mf_buf key = MF_BUF(1024);
	int rc = mf_buf_add(&key, host.p, host.n, err) || mf_buf_printf(&key, err, ":%s", claim) || mf_buf_puts(out, "      ", err) ||
		 mf_json_quote(out, (struct mf_str){ key.p, key.n }, err) || mf_buf_puts(out, ": ", err) || mf_json_quote(out, value, err) || mf_buf_puts(out, after, err) ? -1 : 0;

	mf_buf_free(&key);
	return rc;
}

/* arn:PARTITION:iam::ACCOUNT:role/NAME */
static bool parts_of(struct mf_str *partition, struct mf_str *account, const char *arn)
{
	const char *iam = arn && strncmp(arn, "arn:", 4) == 0 ? strstr(arn, ":iam::") : NULL;

	if (!iam)
		return false;
	*partition = (struct mf_str){ arn + 4, (size_t)(iam - arn - 4) };
	*account = (struct mf_str){ iam + 6, strcspn(iam + 6, ":") };
	return true;
}

static int aws(struct mf_buf *out, const struct mf_claims *claims, const char *role, struct mf_err *err)
{
	const struct mf_str host = mf_issuer_host(claims->iss);
	struct mf_str partition = mf_str("aws"), account = mf_str("ACCOUNT-ID");
	struct mf_buf provider = MF_BUF(1024);
	int rc;

	(void)parts_of(&partition, &account, role);
	rc = mf_buf_printf(&provider, err, "arn:%.*s:iam::%.*s:oidc-provider/%.*s", (int)partition.n, partition.p, (int)account.n, account.p, (int)host.n, host.p) ||
	     mf_buf_puts(out, "{ \"Version\": \"2012-10-17\", \"Statement\": [{\n    \"Effect\": \"Allow\",\n    \"Principal\": { \"Federated\": ", err) ||
	     mf_json_quote(out, (struct mf_str){ provider.p, provider.n }, err) ||
	     mf_buf_puts(out, " },\n    \"Action\": \"sts:AssumeRoleWithWebIdentity\",\n    \"Condition\": { \"StringEquals\": {\n", err) ||
	     condition(out, host, "aud", claims->aud, ",\n", err) || condition(out, host, "sub", claims->sub, "\n    } }\n}] }\n", err) ? -1 : 0;
	mf_buf_free(&provider);
	return rc;
}

/* -- Google Cloud ----------------------------------------------------------------------------------------- */

/* In single quotes within double ones. */
static bool plain(struct mf_str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] <= ' ' || s.p[i] > '~' || strchr("'\"`$\\!", s.p[i]))
			return false;
	return s.n > 0;
}

static int gcp(struct mf_buf *out, const struct mf_claims *claims, const char *provider, struct mf_err *err)
{
	static const char *const names[] = { "repository", "project_path" };
	struct mf_str value = claims->sub;
	const char *claim = "sub";

	for (size_t i = 0; i < MF_COUNT(names); i++)
		if (plain(mf_claim(claims, names[i]))) {
			claim = names[i];
			value = mf_claim(claims, claim);
		}
	if (!plain(value))
		return 0;
	return mf_gcp_command(out, mf_str(provider ? provider : ""), err) || mf_buf_printf(out, err, " \\\n  --attribute-condition \"assertion.%s == '%.*s'\"\n", claim, (int)value.n, value.p) ? -1 : 0;
}

/* -- Azure ------------------------------------------------------------------------------------------------ */

enum { FIC_NAME_MAX = 120 };

/* A credential's name: letters, digits and hyphens, three of them at least. */
static void name_of(char out[static FIC_NAME_MAX + 1], struct mf_str sub)
{
	size_t n = 0;

	for (size_t i = 0; i < sub.n && n < FIC_NAME_MAX; i++) {
		const char c = sub.p[i];
		const bool ordinary = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');

		if (ordinary || (n && out[n - 1] != '-'))
			out[n++] = ordinary ? c : '-';
	}
	while (n && out[n - 1] == '-')
		n--;
	out[n] = '\0';
	if (n < 3)
		snprintf(out, FIC_NAME_MAX + 1, "mayfly");
}

/* In a shell's single quotes: the one character that would end them is written as JSON's escape. */
static int shell_member(struct mf_buf *out, const char *key, struct mf_str value, struct mf_err *err)
{
	struct mf_buf quoted = MF_BUF(MF_JWT_MAX);
	int rc = mf_json_quote(&quoted, value, err) || mf_buf_puts(out, key, err) ? -1 : 0;

	for (size_t i = 0; rc == 0 && i < quoted.n; i++)
		rc = quoted.p[i] == '\'' ? mf_buf_puts(out, "\\u0027", err) : mf_buf_putc(out, quoted.p[i], err);
	mf_buf_free(&quoted);
	return rc;
}

static int azure(struct mf_buf *out, const struct mf_claims *claims, const char *client, struct mf_err *err)
{
	char name[FIC_NAME_MAX + 1];

	name_of(name, claims->sub);
	return mf_buf_printf(out, err, "az ad app federated-credential create --id %s --parameters '{\n", client ? client : "CLIENT-ID") ||
	       shell_member(out, "  \"name\": ", mf_str(name), err) || shell_member(out, ",\n  \"issuer\": ", claims->iss, err) ||
	       shell_member(out, ",\n  \"subject\": ", claims->sub, err) || shell_member(out, ",\n  \"audiences\": [", claims->aud, err) || mf_buf_puts(out, "]\n}'\n", err) ? -1 : 0;
}

int mf_trust_fresh(struct mf_buf *out, enum mf_trust_kind kind, const struct mf_claims *claims, const char *name, const char *mount, struct mf_err *err)
{
	switch (kind) {
	case MF_TRUST_VAULT:
		return vault(out, claims, name, mount, err);
	case MF_TRUST_AWS:
		return aws(out, claims, name, err);
	case MF_TRUST_GCP:
		return gcp(out, claims, name, err);
	case MF_TRUST_AZURE:
		break;
	}
	return azure(out, claims, name, err);
}

void mf_trust_advise(enum mf_trust_kind kind, const struct mf_claims *claims, const char *name, const char *mount, struct mf_err *err)
{
	struct mf_buf text = MF_BUF(sizeof(err->advice) - 1);
	struct mf_err ignored = { 0 };

	/* what does not fit is left out: half a command is worse than none */
	if (claims && mf_trust_fresh(&text, kind, claims, name, mount, &ignored) == 0)
		mf_err_advice(err, "%s", mf_buf_text(&text));
	mf_buf_free(&text);
}
