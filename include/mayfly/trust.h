/* SPDX-License-Identifier: Apache-2.0 */
/* Whether a trust admits an identity token: a role of Vault, a trust policy of AWS, a provider of Google Cloud, a federated credential of Entra ID, each compared with the token's
 * claims without asking anybody. What differs is named with its reason, and the trust is written again so that it admits the token. Both are an attacker's text. */
#ifndef MAYFLY_TRUST_H
#define MAYFLY_TRUST_H

#include <mayfly/jwt.h>

enum mf_trust_kind { MF_TRUST_VAULT, MF_TRUST_AWS, MF_TRUST_GCP, MF_TRUST_AZURE };

enum mf_diff_kind {
	MF_DIFF_NO,		/* the trust does not admit the token because of this */
	MF_DIFF_UNSURE,		/* it cannot be judged from the outside */
	MF_DIFF_WIDE		/* the trust admits the token, and others that it should not */
};

enum { MF_DIFF_CLAIM = 128, MF_DIFF_VALUE = 600, MF_DIFF_WHY = 500, MF_DIFFS = 64 };

/* One difference. Texts are UTF-8 as they came, cut to fit; who shows them cleans them. */
struct mf_diff {
	enum mf_diff_kind kind;
	char claim[MF_DIFF_CLAIM];	/* "sub", "aud", "repository"; "" where it is about the trust as a whole */
	char wants[MF_DIFF_VALUE];	/* what the trust asks for; "" where it asks for nothing */
	char has[MF_DIFF_VALUE];	/* what the token has; "" where it has none */
	char why[MF_DIFF_WHY];		/* "only the case of letters differs"; may be "" */
};

/* A trust that has been read. */
struct mf_trust;

/* Reads a trust: JSON as the servers' own tools print it, wrapped or not ("data", "Role", a list of federated credentials), and for Google the attribute condition alone as well.
 * MF-TRUST-01 with what is wrong. */
int mf_trust_read(struct mf_trust **out, enum mf_trust_kind kind, struct mf_str text, struct mf_err *err) MF_MUST_USE;
void mf_trust_free(struct mf_trust *t);

/* Compares. Of several statements or credentials the one that comes nearest is told about. */
int mf_trust_compare(struct mf_trust *t, const struct mf_claims *claims, struct mf_err *err) MF_MUST_USE;

/* After comparing: what differs, MF_DIFFS at most; and whether the token is admitted (nothing is MF_DIFF_NO). */
const struct mf_diff *mf_trust_diffs(const struct mf_trust *t, size_t *n);
bool mf_trust_admits(const struct mf_trust *t);

/* After comparing: the same trust with what differs put right, as text to paste. Values that other jobs need stay beside this one's; one that no token can have is replaced. */
int mf_trust_write(struct mf_buf *out, const struct mf_trust *t, const struct mf_claims *claims, struct mf_err *err) MF_MUST_USE;

/* A trust for exactly this job where there is none yet: the policy, role, condition or credential as text. `name` is the role's ARN (AWS), the role (Vault), the provider (Google), the
 * application (Azure), or NULL; `mount` is Vault's, or NULL. */
int mf_trust_fresh(struct mf_buf *out, enum mf_trust_kind kind, const struct mf_claims *claims, const char *name, const char *mount, struct mf_err *err) MF_MUST_USE;

/* The same as the advice of an error; nothing where it does not fit there, or `claims` is NULL. */
void mf_trust_advise(enum mf_trust_kind kind, const struct mf_claims *claims, const char *name, const char *mount, struct mf_err *err);

/* -- subjects -------------------------------------------------------------------------------------------- */

/* One form that `sub` may take for this job. */
struct mf_sub_form {
	const char *name;		/* static: "branch", "environment", "immutable, tag", "custom" */
	char sub[MF_DIFF_VALUE];
	bool ours;			/* it is the token's */
	bool template;			/* it has parts that are not known here: <environment> */
};
enum { MF_SUB_FORMS = 16 };

/* All of them, by the claims. Returns how many. Sources: docs.github.com, "OpenID Connect reference"; docs.gitlab.com, "OpenID Connect (OIDC) Authentication Using ID Tokens". */
size_t mf_trust_subs(struct mf_sub_form out[static MF_SUB_FORMS], const struct mf_claims *claims);

#endif
