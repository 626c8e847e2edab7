/* SPDX-License-Identifier: Apache-2.0 */
/* Taking back a failed run: the credential ends here and now where that is possible, and the error's note says what became of it. */
#include <stdlib.h>

#include <mayfly/clock.h>

#include "session.h"

/* How long the undoing of a failed run may take: runners kill 7.5 s after the first signal. */
#define UNDO_MS 3000

/* After what the error's note says already, as which secret it was. */
static void add_note(struct mf_err *err, const char *text)
{
	char earlier[sizeof(err->note)];

	memcpy(earlier, err->note, sizeof(earlier));
	if (strstr(earlier, text))
		return;
	mf_err_note(err, "%s%s%s", earlier, earlier[0] ? "; " : "", text);
}

/* Within UNDO_MS in all, with a client of its own: the stop flag that ended the run must not end this. */
static int undo_cred(struct mf_session *s, char *how, size_t size, struct mf_err *err)
{
	struct mf_http_conf conf = { 0 };
	struct mf_http *http = NULL;
	int rc;

	if (mf_vault_http_conf(&conf, s->env->conf, err))
		return -1;
	conf.deadline_ms = UNDO_MS;
	conf.end_ms = mf_mono_ms() + UNDO_MS;
	if (mf_http_open(&http, &conf, err))
		return -1;
	rc = s->provider->revoke(&s->cred, http, (const char *const *)s->items.leases, s->items.n_leases, how, size, err);
	mf_http_close(http);
	return rc;
}

static void forget(struct mf_session *s)
{
	struct mf_err err = { 0 };

	if (mf_session_forget(s, &err))
		mf_warn_err(&err);
}

/* Whether the error says already what became of the export. */
static bool known(const struct mf_err *err)
{
	return strstr(err->note, "nothing was exported") || strstr(err->note, "may be left");
}

static void revoke_now(struct mf_session *s, struct mf_err *err)
{
	char note[sizeof(err->note)];
	struct mf_err why = { 0 };
	char how[256] = "revoked", ends[64];

	if (undo_cred(s, how, sizeof(how), &why) == 0) {
		snprintf(note, sizeof(note), "%sthe token: %s", known(err) ? "" : "nothing was exported; ", how);
		add_note(err, note);
		forget(s);
		return;
	}
	mf_ends_text(ends, sizeof(ends), s->cred.expires, s->cred.unlimited);
	snprintf(note, sizeof(note), "%sthe token could not be revoked now (%s): %s%s", known(err) ? "" : "nothing was exported; ", why.what,
		!s->saved ? "it " : s->env->job.action ? "the post step tries again" : "`mayfly revoke` tries again",
		s->saved ? "" : ends);
	add_note(err, note);
}

void mf_session_undo(struct mf_session *s, struct mf_err *err)
{
	if (s->exported) {
		mf_err_note(err, "the secrets were exported%s", s->saved ? "; mayfly revoke ends them" : "");
		return;
	}
	if (!s->cred.provider || (!s->cred.ours && s->items.n_leases == 0)) {
		if (!known(err))
			add_note(err, "nothing was exported");
		forget(s);
		return;
	}
	revoke_now(s, err);
}
