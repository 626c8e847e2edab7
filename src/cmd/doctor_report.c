/* SPDX-License-Identifier: Apache-2.0 */
/* What the doctor says: facts in order, then the verdict, then the trust to paste. */
#include "doctor.h"
#include "facts.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <mayfly/alloc.h>
#include <mayfly/clock.h>
#include <mayfly/text.h>

enum { REPORT_MAX = 8 << 20, VALUE_MAX = 2048 };

static int add(struct mf_facts *f, const char *name, struct mf_str value, struct mf_err *err)
{
	char text[VALUE_MAX];

	snprintf(text, sizeof(text), "%.*s", (int)(value.n < sizeof(text) ? value.n : sizeof(text) - 1), value.p ? value.p : "");
	return mf_facts_add(f, name, text, err);
}

/* -- who ------------------------------------------------------------------------------------------------- */

static int audiences(struct mf_facts *f, const struct mf_claims *c, struct mf_err *err)
{
	const struct mf_jnode *aud = c->doc ? mf_json_get_z(mf_json_root(c->doc), "aud") : NULL;
	struct mf_buf text = MF_BUF(VALUE_MAX);
	int rc = 0;

	if (!aud || mf_json_type(aud) != MF_J_ARRAY)
		return add(f, "aud", c->aud, err);
	for (const struct mf_jnode *e = mf_json_first(aud); e && rc == 0; e = mf_json_next(e))
		rc = (text.n && mf_buf_puts(&text, ", ", err)) || mf_buf_add(&text, mf_json_text(c->doc, e).p, mf_json_text(c->doc, e).n, err) ? -1 : 0;
	if (rc == 0)
		rc = mf_facts_add(f, "aud", mf_buf_text(&text), err);
	mf_buf_free(&text);
	return rc;
}

/* An enterprise may have an issuer of its own, which no variable of a job tells. */
static int other_issuer(const struct mf_doctor *d, struct mf_facts *f, struct mf_err *err)
{
	if (!d->why[0] || !mf_str_is(d->claims.iss, "https://token.actions.githubusercontent.com"))
		return 0;
	return mf_facts_add(f, f->json ? "iss_of_an_enterprise" : "or iss", "https://token.actions.githubusercontent.com/<enterprise>", err);
}

static int identity(const struct mf_doctor *d, struct mf_facts *f, struct mf_err *err)
{
	const struct mf_claims *c = &d->claims;
	char life[32] = "";

	if (c->exp > c->iat && c->iat)
		mf_duration_format(life, c->exp - c->iat);
	return mf_facts_open(f, "identity", err) || mf_facts_add(f, "from", d->source ? d->source : d->who.origin, err) || mf_facts_add(f, "missing", d->why, err) ||
	       add(f, "iss", c->iss, err) || other_issuer(d, f, err) || add(f, "sub", c->sub, err) || audiences(f, c, err) || mf_facts_add(f, "lifetime", life, err) || mf_facts_close(f, err) ? -1 : 0;
}

static bool shown_before(struct mf_str key)
{
	static const char *const names[] = { "iss", "sub", "aud", "iat", "nbf", "exp", "jti" };

	for (size_t i = 0; i < MF_COUNT(names); i++)
		if (mf_str_is(key, names[i]))
			return true;
	return false;
}

static int claims(const struct mf_doctor *d, struct mf_facts *f, struct mf_err *err)
{
	if (mf_facts_open(f, "claims", err))
		return -1;
	for (const struct mf_jnode *n = mf_json_first(mf_json_root(d->claims.doc)); n; n = mf_json_next(n)) {
		char name[128];

		if (shown_before(mf_json_key(n)) || mf_json_type(n) >= MF_J_ARRAY || mf_json_type(n) == MF_J_NULL)
			continue;
		snprintf(name, sizeof(name), "%.*s", (int)(mf_json_key(n).n < 100 ? mf_json_key(n).n : 100), mf_json_key(n).p);
		mf_text_clean(name, false);
		if (add(f, name, mf_json_text(d->claims.doc, n), err))
			return -1;
	}
	return mf_facts_close(f, err);
}

static int subjects(const struct mf_doctor *d, struct mf_facts *f, struct mf_err *err)
{
	struct mf_sub_form *forms = mf_calloc(MF_SUB_FORMS, sizeof(*forms));
	size_t n = forms ? mf_trust_subs(forms, &d->claims) : 0;
	int rc = forms ? mf_facts_list(f, "subjects", err) : mf_fail_nomem(err);

	for (size_t i = 0; i < n && rc == 0; i++)
		rc = mf_facts_open(f, NULL, err) || mf_facts_add(f, "of", forms[i].name, err) || mf_facts_add(f, "sub", forms[i].sub, err) ||
		     mf_facts_add(f, "is", forms[i].ours ? d->who.token ? "this job's" : "this one" : NULL, err) || mf_facts_close(f, err) ? -1 : 0;
	if (rc == 0)
		rc = mf_facts_close(f, err);
	free(forms);
	return rc;
}

/* -- the trust ------------------------------------------------------------------------------------------- */

/* Text has the claim behind the kind; a program gets each under a name of its own. */
static int difference(struct mf_facts *f, const struct mf_diff *d, const char *group, struct mf_err *err)
{
	static const char *const kinds[] = { [MF_DIFF_NO] = "differs", [MF_DIFF_UNSURE] = "not judged", [MF_DIFF_WIDE] = "too wide" };

	if (mf_facts_open(f, f->json ? NULL : group, err) || (f->json && mf_facts_add(f, "kind", kinds[d->kind], err)) ||
	    mf_facts_add(f, f->json ? "claim" : kinds[d->kind], d->claim[0] || f->json ? d->claim : "the trust", err))
		return -1;
	return mf_facts_add(f, "wants", d->wants, err) || mf_facts_add(f, "has", d->has, err) || mf_facts_add(f, "why", d->why, err) || mf_facts_close(f, err) ? -1 : 0;
}

static int differences(const struct mf_doctor *d, struct mf_facts *f, struct mf_err *err)
{
	size_t n;
	const struct mf_diff *v = mf_trust_diffs(d->trust, &n);

	if (f->json && mf_facts_list(f, "differences", err))
		return -1;
	for (size_t i = 0; i < n; i++)
		if (difference(f, &v[i], i ? "" : "trust", err))
			return -1;
	return f->json ? mf_facts_close(f, err) : 0;
}

/* What the configuration says that the trust is of, for a command to paste. */
static const char *name_of(const struct mf_doctor *d)
{
	static const enum mf_key keys[] = { [MF_TRUST_VAULT] = MF_K_VAULT_ROLE, [MF_TRUST_AWS] = MF_K_AWS_ROLE, [MF_TRUST_GCP] = MF_K_GCP_PROVIDER, [MF_TRUST_AZURE] = MF_K_AZURE_CLIENT_ID };
	const char *s = mf_conf_str(d->env->conf, keys[d->kind]);

	return s && *s ? s : NULL;
}

static int write_trust(const struct mf_doctor *d, struct mf_buf *out, struct mf_err *err)
{
	char mount[128];
	struct mf_str m;

	if (d->trust)
		return mf_trust_write(out, d->trust, &d->claims, err);
	m = mf_vault_mount(d->env->conf);
	snprintf(mount, sizeof(mount), "%.*s", (int)(m.n < 100 ? m.n : 100), m.p);
	return mf_trust_fresh(out, d->kind, &d->claims, name_of(d), d->kind == MF_TRUST_VAULT ? mount : NULL, err);
}

static const char *sentence(const struct mf_doctor *d)
{
	const struct mf_diff *v;
	size_t n;

	if (!d->trust)
		return "No trust was given to compare with; this one admits exactly this job:";
	v = mf_trust_diffs(d->trust, &n);
	if (!mf_trust_admits(d->trust))
		return "The trust does not admit this job. So it would:";
	for (size_t i = 0; i < n; i++)
		if (v[i].kind == MF_DIFF_UNSURE)
			return "The trust admits this job as far as it can be judged from here.";
	return "The trust admits this job.";
}

/* Text after the facts, as it is to be pasted: only what would steer a terminal or a runner is taken out. */
static int finish(const struct mf_doctor *d, struct mf_facts *f, struct mf_err *err)
{
	const bool needed = d->provider && (!d->trust || !mf_trust_admits(d->trust));
	struct mf_buf text = MF_BUF(REPORT_MAX);
	int rc = needed ? write_trust(d, &text, err) : 0;

	if (rc == 0 && d->provider && f->json) {
		rc = mf_facts_open(f, "verdict", err) || mf_facts_add(f, "admits", d->trust ? mf_trust_admits(d->trust) ? "yes" : "no" : NULL, err) ||
		     mf_facts_add(f, "corrected", mf_buf_text(&text), err) || mf_facts_close(f, err) ? -1 : 0;
	} else if (rc == 0 && d->provider) {
		rc = mf_buf_putc(&f->text, '\n', err) || mf_buf_puts(&f->text, sentence(d), err) || mf_buf_putc(&f->text, '\n', err) ? -1 : 0;
		if (rc == 0 && text.n) {
			mf_text_clean(text.p, true);
			for (char *line = text.p; line; line = strchr(line, '\n') ? strchr(line, '\n') + 1 : NULL)
				mf_text_tame(line);
			rc = mf_buf_putc(&f->text, '\n', err) || mf_buf_puts(&f->text, text.p, err) ? -1 : 0;
		}
	}
	mf_buf_free(&text);
	return rc;
}

int mf_doctor_report(const struct mf_doctor *d, struct mf_err *err)
{
	struct mf_facts f;
	int rc;

	mf_facts_init(&f, d->env->common.format && strcmp(d->env->common.format, "json") == 0, REPORT_MAX);
	f.width = 21;
	rc = identity(d, &f, err) || claims(d, &f, err) || subjects(d, &f, err) || (d->trust && differences(d, &f, err)) || finish(d, &f, err) || mf_facts_write(&f, stdout, err) ? -1 : 0;
	mf_facts_free(&f);
	return rc;
}
