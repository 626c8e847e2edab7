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

/* Until `end`, with a client of its own: the stop flag that ended the run must not end this. */
static int undo_cred(struct mf_session *s, const struct mf_login *l, int64_t end, char *how, size_t size, struct mf_err *err)
{
	struct mf_http_conf conf = { 0 };
	struct mf_http *http = NULL;
	size_t n;
	const char *const *leases = mf_login_leases(s, l, &n);
	int rc;

	if (l->provider->http_conf(&conf, s->env->conf, err))
		return -1;
	conf.deadline_ms = UNDO_MS;
	conf.end_ms = end;
	if (mf_http_open(&http, &conf, err))
		return -1;
	rc = l->provider->revoke(&l->cred, http, leases, n, how, size, err);
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

/* Whether there is something of this login that would live on. */
static bool lives(const struct mf_session *s, const struct mf_login *l)
{
	size_t n;

	mf_login_leases(s, l, &n);
	return l->cred.provider && (l->cred.ours || n);
}

/* Whether it is over, or will be by itself without anybody's doing. */
static bool revoke_now(struct mf_session *s, const struct mf_login *l, int64_t end, struct mf_err *err)
{
	const char *what = l->provider->schemes & 1u << MF_REF_VAULT ? "the token" : l->cred.title;
	char note[sizeof(err->note)];
	struct mf_err why = { 0 };
	char how[256] = "revoked", ends[64];

	mf_ends_text(ends, sizeof(ends), l->cred.expires, l->cred.unlimited);
	if (!l->provider->revoke) {
		snprintf(note, sizeof(note), "%s%s, which nobody has, %s", known(err) ? "" : "nothing was exported; ", what, ends);
		add_note(err, note);
		return true;
	}
	if (undo_cred(s, l, end, how, sizeof(how), &why) == 0) {
		snprintf(note, sizeof(note), "%s%s: %s", known(err) ? "" : "nothing was exported; ", what, how);
		add_note(err, note);
		return true;
	}
	snprintf(note, sizeof(note), "%s%s could not be revoked now (%s): %s%s", known(err) ? "" : "nothing was exported; ", what, why.what,
		!s->saved ? "it " : s->env->job.action ? "the post step tries again" : "`mayfly revoke` tries again",
		s->saved ? "" : ends);
	add_note(err, note);
	return false;
}

void mf_session_undo(struct mf_session *s, struct mf_err *err)
{
	const int64_t end = mf_mono_ms() + UNDO_MS;
	size_t left = 0, over = 0;

	if (s->exported) {
		mf_err_note(err, "the secrets were exported%s", s->saved ? "; mayfly revoke ends them" : "");
		return;
	}
	for (size_t i = 0; i < s->n_logins; i++)
		left += lives(s, &s->logins[i]);
	if (left == 0 && !known(err))
		add_note(err, "nothing was exported");
	for (size_t i = 0; i < s->n_logins; i++) {
		const int64_t now = mf_mono_ms();

		if (!lives(s, &s->logins[i]))
			continue;
		over += revoke_now(s, &s->logins[i], now + (end - now) / (int64_t)(left - over > 0 ? left - over : 1), err);
	}
	/* what could not be ended stays noted for the end of the job, with what was: ending that twice is no error */
	if (over == left)
		forget(s);
}
