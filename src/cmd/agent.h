/* SPDX-License-Identifier: Apache-2.0 */
/* The background process that keeps what a job was handed fresh for as long as the job runs. */
#ifndef MAYFLY_CMD_AGENT_H
#define MAYFLY_CMD_AGENT_H

#include "session.h"

/* The file among the job's private ones that says that an agent runs: it ends when that is gone, and writes into it what it could not do. */
#define MF_AGENT_FILE "CREDENTIALS_AGENT"

/* agent.c. Before the hand-over: the address that programs will ask, where one is needed. */
int mf_agent_prepare(struct mf_session *s, struct mf_err *err) MF_MUST_USE;
/* After it: the file, where there is anything to do. */
int mf_agent_mark(struct mf_session *s, struct mf_err *err) MF_MUST_USE;
/* After the export: starts it. */
int mf_agent_start(struct mf_session *s, struct mf_err *err) MF_MUST_USE;
void mf_agent_close(struct mf_session *s);

/* Whether a login's credential is renewed, or taken anew. */
bool mf_agent_renews(const struct mf_session *s, const struct mf_login *l);
bool mf_agent_logs_in(const struct mf_session *s, const struct mf_login *l);

/* agent_run.c: the process itself, in a child that has everything of its parent; does not return. */
_Noreturn void mf_agent_run(struct mf_session *s, const char *file);

#endif
