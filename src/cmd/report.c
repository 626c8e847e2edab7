/* SPDX-License-Identifier: Apache-2.0 */
/* What was issued, for how long, and how it ends: for a person, for the job's summary page, or as JSON. Never a value. */
#include <inttypes.h>
#include <stdlib.h>

#include <mayfly/alloc.h>
#include <mayfly/clock.h>

#include "facts.h"
#include "session.h"

#define REPORT_MAX ((size_t)4 << 20)

/* The texts that a summary row borrows. */
struct texts {
	char lifetime[96], ends[96];
};

static void cred_texts(struct texts *t, const struct mf_session *s, const struct mf_login *l)
{
	const struct mf_cred *c = &l->cred;

	if (c->unlimited)
		snprintf(t->lifetime, sizeof(t->lifetime), "no end");
	else if (c->expires)
		mf_duration_format(t->lifetime, c->expires - mf_now());
	else
		snprintf(t->lifetime, sizeof(t->lifetime), "not known");
	snprintf(t->ends, sizeof(t->ends), "%s",
		!c->token ? "no token exists" :
		!c->ours ? "not by mayfly: it was there before" :
		c->batch ? "by itself: a batch token" :
		!l->provider->revoke ? "by itself: it cannot be revoked" :
		mf_conf_bool(s->env->conf, MF_K_REVOKE) ? "revoked at the end of the job" : "by itself: revoke is off");
}

static void age(char *out, size_t size, int64_t version, int64_t created)
{
	char old[32];

	if (created == 0) {
		snprintf(out, size, version ? "static, version %" PRId64 : "static", version);
		return;
	}
	mf_duration_format(old, mf_now() - created);
	/* a version of Key Vault is no number */
	if (version)
		snprintf(out, size, "static, version %" PRId64 ", %s old", version, old);
	else
		snprintf(out, size, "static, %s old", old);
}

static void item_texts(struct texts *t, const struct mf_session *s, const struct mf_item *item)
{
	for (size_t i = 0; item->login && i < s->n_logins; i++)
		if (s->logins[i].provider == item->login) {
			cred_texts(t, s, &s->logins[i]);
			return;
		}
	if (item->expires)
		mf_duration_format(t->lifetime, item->expires - mf_now());
	else
		age(t->lifetime, sizeof(t->lifetime), item->version, item->created);
	snprintf(t->ends, sizeof(t->ends), "%s%s",
		item->leased ? "lease revoked at the end of the job" : item->plain ? "" : "not by mayfly: rotate it at its source",
		item->as == MF_AS_FILE ? "; file wiped" : "");
}

/* The logins themselves are the first rows. */
static size_t fill_rows(struct mf_summary_row *rows, struct texts *texts, const struct mf_session *s)
{
	size_t n = 0;

	for (size_t i = 0; i < s->n_logins; i++) {
		if (!s->logins[i].cred.provider)
			continue;
		cred_texts(&texts[n], s, &s->logins[i]);
		rows[n] = (struct mf_summary_row){ .what = "login", .from = s->logins[i].cred.subject };
		n++;
	}
	for (size_t i = 0; i < s->items.n; i++) {
		const struct mf_item *item = &s->items.v[i];

		if (item->plain)
			continue;
		item_texts(&texts[n], s, item);
		rows[n] = (struct mf_summary_row){ .what = item->name, .from = item->from };
		n++;
	}
	for (size_t i = 0; i < n; i++) {
		rows[i].lifetime = texts[i].lifetime;
		rows[i].ends = texts[i].ends;
	}
	return n;
}

static int login_json(struct mf_facts *f, const struct mf_login *l, struct mf_err *err)
{
	const struct mf_cred *c = &l->cred;

	if (!c->provider)
		return 0;
	return mf_facts_open(f, l->provider->name, err) || mf_facts_add(f, "url", c->url, err) || mf_facts_add(f, "namespace", c->ns, err) ||
		mf_facts_add(f, "accessor", c->accessor, err) || mf_facts_add(f, "subject", c->subject, err) ||
		(c->expires && mf_facts_int(f, "expires", c->expires, err)) || (c->ttl && mf_facts_int(f, "ttl", c->ttl, err)) ||
		mf_facts_close(f, err) ? -1 : 0;
}

static int as_json(const struct mf_session *s, const struct mf_summary_row *rows, size_t n, struct mf_err *err)
{
	struct mf_facts f;
	int rc = -1;

	mf_facts_init(&f, true, REPORT_MAX);
	for (size_t i = 0; i < s->n_logins; i++)
		if (login_json(&f, &s->logins[i], err))
			goto out;
	if (mf_facts_list(&f, "issued", err))
		goto out;
	for (size_t i = 0; i < n; i++)
		if (mf_facts_open(&f, NULL, err) || mf_facts_add(&f, "name", rows[i].what, err) ||
		    mf_facts_add(&f, "from", rows[i].from, err) || mf_facts_add(&f, "lifetime", rows[i].lifetime, err) ||
		    mf_facts_add(&f, "ends", rows[i].ends, err) || mf_facts_close(&f, err))
			goto out;
	if (mf_facts_close(&f, err) == 0)
		rc = mf_facts_write(&f, s->env->out, err);
out:
	mf_facts_free(&f);
	return rc;
}

static int as_text(const struct mf_session *s, const struct mf_summary_row *rows, size_t n, struct mf_err *err)
{
	struct mf_buf text = MF_BUF(REPORT_MAX);
	int rc = mf_summary_text(&text, rows, n, err);

	if (rc == 0 && mf_log_level() >= MF_LOG_NORMAL)
		fputs(mf_buf_text(&text), s->env->err);
	mf_buf_free(&text);
	return rc;
}

/* The summary page is a courtesy: when it cannot be written the secrets are there all the same. */
static void to_page(const struct mf_session *s, const struct mf_summary_row *rows, size_t n)
{
	struct mf_err err = { 0 };

	if (mf_summary_write(&s->env->job, rows, n, &err))
		mf_warn_err(&err);
}

int mf_report_session(const struct mf_session *s, struct mf_err *err)
{
	struct mf_summary_row *rows = mf_calloc(s->items.n + MF_PROVIDERS, sizeof(*rows));
	struct texts *texts = mf_calloc(s->items.n + MF_PROVIDERS, sizeof(*texts));
	int rc = -1;
	size_t n;

	if (!rows || !texts) {
		mf_fail_nomem(err);
	} else {
		n = fill_rows(rows, texts, s);
		to_page(s, rows, n);
		rc = mf_env_json(s->env) ? as_json(s, rows, n, err) : as_text(s, rows, n, err);
	}
	free(rows);
	free(texts);
	return rc;
}
