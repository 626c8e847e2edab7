/* SPDX-License-Identifier: Apache-2.0 */
/* What the parts of `mayfly doctor` share. */
#ifndef MAYFLY_CMD_DOCTOR_H
#define MAYFLY_CMD_DOCTOR_H

#include <mayfly/cmd.h>
#include <mayfly/identity.h>
#include <mayfly/provider.h>
#include <mayfly/trust.h>

struct mf_doctor {
	struct mf_env *env;
	const struct mf_provider *provider;	/* NULL: none was named */
	enum mf_trust_kind kind;		/* its trust */
	struct mf_identity who;			/* token NULL: the claims are predicted, or were given */
	struct mf_claims claims;		/* the token's (borrowed from it where there is one), or those */
	const char *source;			/* static: where the claims are from, where not from a token */
	char why[1200];				/* predicted: why there is no token */
	struct mf_trust *trust;			/* NULL: none is compared */
};

/* doctor_identity.c: the job's token, or a prediction where the CI gives none. */
int mf_doctor_identity(struct mf_doctor *d, struct mf_err *err) MF_MUST_USE;

/* doctor_fetch.c: the trust as the server has it. */
int mf_doctor_fetch(struct mf_doctor *d, struct mf_buf *out, struct mf_err *err) MF_MUST_USE;

/* doctor_report.c: everything to standard output. */
int mf_doctor_report(const struct mf_doctor *d, struct mf_err *err) MF_MUST_USE;

#endif
