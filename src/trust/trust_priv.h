/* SPDX-License-Identifier: Apache-2.0 */
/* What the kinds of trust share. */
#ifndef MAYFLY_TRUST_PRIV_H
#define MAYFLY_TRUST_PRIV_H

#include <mayfly/trust.h>

enum { MF_TRUST_VALUES = 64, MF_TRUST_TEXT = 1 << 20 };

/* A value of the trust that is written anew: the node's place, and the JSON text that stands there then. */
struct mf_patch {
	const struct mf_jnode *node;
	char *json;
};

/* What comparing with one statement has found. */
struct mf_judged {
	struct mf_diff v[MF_DIFFS];
	size_t n, noes;
	struct mf_patch patches[MF_DIFFS];
	size_t n_patches;
	bool no_memory;
};

struct mf_trust {
	enum mf_trust_kind kind;
	struct mf_json *doc;		/* NULL: a condition alone */
	char *condition;		/* Google's */
	char *corrected;		/* the same after comparing, where that could be done */
	struct mf_judged found;
};

/* Several values of one claim, or of one place in a trust. */
struct mf_values {
	struct mf_str v[MF_TRUST_VALUES];
	size_t n;
	bool there;
};

/* Text, number, boolean, or a list of these. */
void mf_values_of(struct mf_values *out, const struct mf_json *doc, const struct mf_jnode *n);
/* A claim by its name, or by a JSON pointer where it begins with '/'. */
void mf_values_claim(struct mf_values *out, const struct mf_claims *claims, struct mf_str name);

/* -- trust_text.c -- */
enum mf_match { MF_MATCH_EQUAL, MF_MATCH_CASELESS, MF_MATCH_GLOB };

/* '*' is any run of characters; '?' is one where `one` says so. Linear space, and time bounded by the product of both lengths. */
bool mf_glob(struct mf_str pattern, struct mf_str s, bool one);
bool mf_match(enum mf_match how, struct mf_str wants, struct mf_str has, bool one);

/* Why a value is not the one that is wanted; "" where nothing is to be said. `dead`: no token can ever have what is wanted. */
void mf_why(char out[static MF_DIFF_WHY], bool *dead, struct mf_str claim, enum mf_match how, struct mf_str wants, struct mf_str has);

/* Of several values each reason names its own. */
void mf_why_add(char all[static MF_DIFF_WHY], const char *why, const struct mf_values *wants, size_t i);

/* -- trust.c -- */
struct mf_diff *mf_judged_add(struct mf_judged *f, enum mf_diff_kind kind, struct mf_str claim);
void mf_judged_why(struct mf_judged *f, enum mf_diff_kind kind, const char *claim, const char *fmt, ...) MF_PRINTF(4, 5);
void mf_diff_put(char *out, size_t size, struct mf_str s);
void mf_diff_list(char *out, size_t size, const struct mf_values *v);

/* One claim against what the trust lists for it: any of them will do. Adds a difference, and the patch for `node` (NULL: none), when none fits. true when it fits. */
bool mf_judged_compare(struct mf_judged *f, const struct mf_claims *claims, struct mf_str claim, enum mf_match how, bool one, const struct mf_json *doc, const struct mf_jnode *node,
		      const struct mf_values *wants);
/* Takes the text over. A NULL node: a further member of the trust. */
void mf_judged_patch(struct mf_judged *f, const struct mf_jnode *node, struct mf_buf *json);
void mf_judged_replace(struct mf_judged *f, const struct mf_jnode *node, struct mf_str value);
void mf_judged_free(struct mf_judged *f);

/* A new one is nearer when fewer claims differ. Takes what is in `f` over, or frees it. */
void mf_trust_nearer(struct mf_trust *t, struct mf_judged *f, bool first);

int mf_trust_bad(struct mf_err *err, const char *fmt, ...) MF_PRINTF(2, 3);

/* The kinds. */
void mf_trust_vault(struct mf_trust *t, const struct mf_claims *claims);
void mf_trust_aws(struct mf_trust *t, const struct mf_claims *claims);
void mf_trust_azure(struct mf_trust *t, const struct mf_claims *claims);
void mf_trust_gcp(struct mf_trust *t, const struct mf_claims *claims);
int mf_trust_gcp_write(struct mf_buf *out, const struct mf_trust *t, const struct mf_claims *claims, struct mf_err *err) MF_MUST_USE;

/* The command that changes a provider, up to its flags: by its name where that is one. */
int mf_gcp_command(struct mf_buf *out, struct mf_str name, struct mf_err *err) MF_MUST_USE;

/* The object that is the trust: of {"data":{...}}, {"Role":{"AssumeRolePolicyDocument":{...}}}. */
const struct mf_jnode *mf_trust_vault_role(const struct mf_trust *t);
const struct mf_jnode *mf_trust_aws_policy(const struct mf_trust *t);

/* "token.actions.githubusercontent.com" of the issuer's address: as AWS names it. */
struct mf_str mf_issuer_host(struct mf_str iss);

#endif
