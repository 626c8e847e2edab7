/* SPDX-License-Identifier: Apache-2.0 */
/* One login that goes to whoever asks for it, and is neither saved nor exported. */
#ifndef MAYFLY_CMD_ONCE_H
#define MAYFLY_CMD_ONCE_H

#include <mayfly/cmd.h>
#include <mayfly/identity.h>
#include <mayfly/provider.h>

/* The job's identity for an audience (may be NULL), over a connection of its own. */
int mf_once_identity(struct mf_identity *out, const struct mf_env *env, const char *audience, struct mf_err *err) MF_MUST_USE;

/* A connection to the provider, with its settings checked. */
int mf_once_open(struct mf_http **out, const struct mf_env *env, const struct mf_provider *p, struct mf_err *err) MF_MUST_USE;

/* Identity, where the method needs one (else who->token stays NULL), and exchange. The caller frees both, also on failure. */
int mf_once_login(struct mf_cred *cred, struct mf_identity *who, const struct mf_env *env, const struct mf_provider *p, struct mf_err *err) MF_MUST_USE;

/* For a command that prints a secret for another program: refuses a terminal. `whose` names the programs, `help` how they come to call it. */
int mf_once_piped(const char *whose, const char *help, struct mf_err *err) MF_MUST_USE;

#endif
