/* SPDX-License-Identifier: Apache-2.0 */
/* One job's way from identity to exported secrets, in stages that run, export and exchange share. Each stage leaves
 * the session such that mf_session_undo() can take back what has happened so far. */
#ifndef MAYFLY_CMD_SESSION_H
#define MAYFLY_CMD_SESSION_H

#include <mayfly/cmd.h>
#include <mayfly/fetch.h>
#include <mayfly/provider.h>
#include <mayfly/sink.h>
#include <mayfly/state.h>

#include "agent_serve.h"

/* One provider's part of it. */
struct mf_login {
	const struct mf_provider *provider;
	struct mf_http *http;		/* to the provider */
	struct mf_identity who;		/* token NULL when the method needs none */
	struct mf_cred cred;		/* provider NULL before the exchange */
};

struct mf_session {
	struct mf_env *env;
	struct mf_http *ci_http;	/* to the CI's token endpoint: never with a provider's CA or client certificate */
	struct mf_login logins[MF_PROVIDERS];
	size_t n_logins;
	const char *output;		/* exchange: the token's file; NULL: it goes to the job */
	const struct mf_sink *sink;	/* NULL when nothing goes to the job */
	struct mf_items items;
	char **files;			/* made by the sink */
	size_t n_files;
	size_t n_masked;		/* logins whose connection has no secret left that the log could show */
	bool saved;			/* the end of the job will find it: what mf_session_save wrote is still there */
	bool exported;			/* the sink has committed: undo leaves the credential to revoke */
	bool no_identity;		/* on-no-identity: skip took effect */
	struct mf_serve serve;		/* keep-fresh: where programs ask; listener 0: nowhere */
	struct mf_guard guard;		/* keep-fresh: whose end is the job's */
};

/* Whether this run has to log in at all: something is to be fetched from a provider, or its credential is wanted. */
bool mf_session_needs_login(const struct mf_conf *conf);

/* The leases that were granted with this login's credential. Borrowed. */
const char *const *mf_login_leases(const struct mf_session *s, const struct mf_login *l, size_t *n);

/* Picks the sink and checks what can be checked before a request is made: names, formats. */
int mf_session_prepare(struct mf_session *s, struct mf_err *err) MF_MUST_USE;

/* Every variable that is asked for may be set, and may go to this sink (NULL: there is none). */
int mf_check_wants(const struct mf_env *env, const struct mf_sink *sink, struct mf_err *err) MF_MUST_USE;

/* Whether --format json was given. */
bool mf_env_json(const struct mf_env *env);

/* Identity, exchange, state. With on-no-identity: skip and no identity: 0, s->no_identity is set and nothing was sent. */
int mf_session_login(struct mf_session *s, struct mf_err *err) MF_MUST_USE;

/* References to items, and what of the logins is wanted. */
int mf_session_fetch(struct mf_session *s, struct mf_err *err) MF_MUST_USE;

/* How long what was obtained lives: the logins' credentials, leases, what is in the values, how old stored ones are. Says what warns or fails. MF-CHECK-01
 * when something lives too long: nothing has been exported then. */
int mf_session_judge(struct mf_session *s, struct mf_err *err) MF_MUST_USE;

/* Masks, exports, saves the state for the end of the job. */
int mf_session_export(struct mf_session *s, struct mf_err *err) MF_MUST_USE;

/* After a failure: ends what was obtained, within three seconds and whatever signal came, and says so in err's note. */
void mf_session_undo(struct mf_session *s, struct mf_err *err);

void mf_session_close(struct mf_session *s);

/* Fails with MF-CMD-02 once a signal has asked us to end. */
int mf_session_go_on(const struct mf_session *s, struct mf_err *err) MF_MUST_USE;

/* The sink's options from the configuration; strings are borrowed from it. A sink that prints the variables gets standard output,
 * any other the stream that the runner reads commands from. */
void mf_session_sink_opts(struct mf_sink_opts *out, const struct mf_env *env, const struct mf_sink *sink);

/* Writes what the end of the job has to undo as known so far, beside what earlier runs of this job left there. */
int mf_session_save(struct mf_session *s, struct mf_err *err) MF_MUST_USE;

/* Takes this run's part out of what was written: it has been undone. */
int mf_session_forget(struct mf_session *s, struct mf_err *err) MF_MUST_USE;

/* How a credential ends that nobody revokes, after "it": "ends by itself in 9 min". */
void mf_ends_text(char *out, size_t size, int64_t expires, bool unlimited);

/* Copies of texts that the caller frees; a NULL text stays NULL. The second appends to a list. */
int mf_copy_text(char **out, const char *text, struct mf_err *err) MF_MUST_USE;
int mf_copy_list(char ***list, size_t *n, char *const *more, size_t n_more, struct mf_err *err) MF_MUST_USE;

/* All stages in order, with the undoing and the report: what run, export and exchange are. With `output` the first login's token goes to
 * that new file, and nothing to the job. */
int mf_session_go(struct mf_env *env, const char *output, struct mf_err *err) MF_MUST_USE;

/* What a person reads when all went well (text), or the facts (json): who, how long, what, and how it ends. */
int mf_report_session(const struct mf_session *s, struct mf_err *err) MF_MUST_USE;

/* What run, export or exchange (with its `output`, or NULL) would do, without a request: --dry-run. */
int mf_report_plan(struct mf_env *env, const char *output, struct mf_err *err) MF_MUST_USE;

#endif
