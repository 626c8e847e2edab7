/* SPDX-License-Identifier: Apache-2.0 */
/* --dry-run: what this job would ask for, shown without a request. On a laptop the repository stands in for the job. */
#include <mayfly/alloc.h>
#include <mayfly/text.h>

#include "facts.h"
#include "session.h"

#define PLAN_MAX (1u << 20)

struct plan {
	struct mf_env *env;
	const struct mf_conf *conf;
	struct mf_facts *out;
	struct mf_session *s;	/* only prepared, never gone through */
	unsigned identities;
};

static int job(struct plan *p, struct mf_err *err)
{
	const struct mf_job *job = &p->env->job;

	return mf_facts_open(p->out, "job", err) ||
		mf_facts_add(p->out, "ci", mf_ci_name(job->ci), err) ||
		mf_facts_add(p->out, "repository", job->repository, err) ||
		mf_facts_add(p->out, "ref", job->ref, err) ||
		mf_facts_add(p->out, "event", job->event, err) ||
		mf_facts_add(p->out, "fork", job->fork, err) ||
		mf_facts_close(p->out, err) ? -1 : 0;
}

/* Both spellings of GitHub's subject: which one a repository has depends on its age, which no file tells. */
static int subjects(struct plan *p, struct mf_err *err)
{
	char sub[512], immutable[512];

	mf_identity_predict_sub(sub, sizeof(sub), &p->env->job, false);
	mf_identity_predict_sub(immutable, sizeof(immutable), &p->env->job, true);
	if (mf_facts_add(p->out, "sub", *sub ? sub : "not known outside of CI", err))
		return -1;
	if (strcmp(sub, immutable) == 0)
		return 0;
	return mf_facts_add(p->out, p->out->json ? "sub_immutable" : "or", immutable, err);
}

static int identity(struct plan *p, const struct mf_provider *provider, struct mf_err *err)
{
	struct mf_err why = { 0 };
	const char *audience;
	char iss[256], name[32] = "identity";

	if (!provider->needs_identity(p->conf, &audience))
		return 0;
	/* one for each login, and no name twice in an object */
	if (p->out->json && p->identities++)
		snprintf(name, sizeof(name), "identity_%s", provider->name);
	mf_identity_predict_iss(iss, sizeof(iss), &p->env->job);
	if (mf_facts_open(p->out, name, err) ||
	    mf_facts_add(p->out, "audience", audience ? audience : "the CI's default", err) ||
	    mf_facts_add(p->out, "iss", *iss ? iss : "not known outside of CI", err) ||
	    subjects(p, err))
		return -1;
	if (p->env->job.ci != MF_CI_LOCAL &&
	    mf_identity_possible(p->conf, &p->env->job, p->env->getenv, audience, &why) &&
	    mf_facts_add(p->out, "missing", why.why[0] ? why.why : why.what, err))
		return -1;
	return mf_facts_close(p->out, err);
}

static int add_fact(void *ctx, const char *name, const char *value, struct mf_err *err)
{
	return mf_facts_add(ctx, name, value, err);
}

static int add_name(void *ctx, const struct mf_grant *grant, struct mf_err *err)
{
	struct mf_buf *names = ctx;

	if (grant->no_env || grant->there)
		return 0;
	return (names->n && mf_buf_puts(names, ", ", err)) || mf_buf_puts(names, grant->name, err) ? -1 : 0;
}

/* The variables that the login itself becomes. */
static int hand_over(struct plan *p, const struct mf_provider *provider, struct mf_err *err)
{
	struct mf_buf names = MF_BUF(8192);
	int rc = p->s->output ? 0 : provider->hand_over(NULL, p->conf, p->env->drop_in, add_name, &names, err);

	if (rc == 0)
		rc = mf_facts_add(p->out, "sets", mf_buf_text(&names), err);
	mf_buf_free(&names);
	return rc;
}

/* Each with the identity that it asks for, since that has an audience of its own. */
static int logins(struct plan *p, struct mf_err *err)
{
	for (size_t i = 0; i < MF_PROVIDERS; i++) {
		const struct mf_provider *provider = mf_providers[i];

		if (!mf_provider_needed(provider, p->conf))
			continue;
		if (identity(p, provider, err) || mf_facts_open(p->out, provider->name, err) || provider->plan(p->conf, add_fact, p->out, err) ||
		    hand_over(p, provider, err) || mf_facts_close(p->out, err))
			return -1;
	}
	return 0;
}

/* The variable's name as far as it is known before the fields are: every field of a secret gets the prefix. */
static int secret(struct plan *p, const struct mf_want *want, struct mf_err *err)
{
	struct mf_buf ref = MF_BUF(8192), name = MF_BUF(8192);
	int rc = -1;

	if (mf_ref_print(&ref, &want->ref, err) == 0 &&
	    mf_buf_printf(&name, err, "%s%s", want->name ? want->name : want->prefix ? want->prefix : "", want->name ? "" : "*") == 0)
		rc = mf_facts_open(p->out, NULL, err) ||
			mf_facts_add(p->out, "name", mf_buf_text(&name), err) ||
			mf_facts_add(p->out, "from", mf_buf_text(&ref), err) ||
			mf_facts_add(p->out, "as", want->as == MF_AS_FILE ? "file" : "variable", err) ||
			mf_facts_close(p->out, err) ? -1 : 0;
	mf_buf_free(&ref);
	mf_buf_free(&name);
	return rc;
}

static int secrets(struct plan *p, struct mf_err *err)
{
	size_t n = mf_conf_wants(p->conf);

	if (n == 0)
		return 0;
	if (mf_facts_list(p->out, "secrets", err))
		return -1;
	for (size_t i = 0; i < n; i++)
		if (secret(p, mf_conf_want(p->conf, i), err))
			return -1;
	return mf_facts_close(p->out, err);
}

/* A dry run has no value to derive masks from, so it names the forms instead. */
static int sink(struct plan *p, struct mf_err *err)
{
	const char *to = mf_conf_str(p->conf, MF_K_EXPORT_TO);
	const char *where = p->s->output ? p->s->output : to ? to : p->s->sink ? p->s->sink->name :
		"nowhere on this machine; the CI job decides, or --to";
	/* a laptop shows what the CI that it stands in for will do */
	bool laptop = p->env->job.ci == MF_CI_LOCAL && !p->s->sink;
	bool masked = laptop ? p->env->job.rules == MF_CI_GITHUB : p->s->sink && (p->s->sink->caps & MF_SINK_MASKS);
	const char *masks = p->s->output ? "the token in the log, should it be printed" : masked ?
		"each value, its lines and JSON leaves, also as base64, hex, URL, JSON and shell text" :
		laptop && p->env->job.rules != MF_CI_GITLAB ? "on GitHub each value in all its forms; other CIs cannot mask at run time" :
		"none: this CI cannot mask at run time";

	return mf_facts_open(p->out, "export", err) || mf_facts_add(p->out, "to", where, err) ||
		mf_facts_add(p->out, "masks", masks, err) || mf_facts_close(p->out, err) ? -1 : 0;
}

/* What the real run would refuse before its first request is refused here too; only a place to export to is not asked of a
 * laptop. */
static int check(struct plan *p, struct mf_err *err)
{
	struct mf_http_conf http = { 0 };

	for (size_t i = 0; i < MF_PROVIDERS; i++)
		if (mf_provider_needed(mf_providers[i], p->conf) && (mf_providers[i]->check(p->conf, err) || mf_providers[i]->http_conf(&http, p->conf, err)))
			return -1;
	if (p->env->job.ci == MF_CI_LOCAL && !p->s->output && !mf_conf_str(p->conf, MF_K_EXPORT_TO))
		return mf_check_wants(p->env, NULL, err);
	return mf_session_prepare(p->s, err);
}

static int fill(struct plan *p, struct mf_err *err)
{
	if (p->env->job.ci == MF_CI_LOCAL && mf_job_fill_local(&p->env->job, ".", err))
		return -1;
	if (check(p, err))
		return -1;
	if (!mf_session_needs_login(p->conf) && mf_conf_wants(p->conf) == 0)
		return mf_facts_say(p->out, "nothing is configured: no secret and no token would be asked for", err);
	return job(p, err) || logins(p, err) || secrets(p, err) || sink(p, err) ? -1 : 0;
}

int mf_report_plan(struct mf_env *env, const char *output, struct mf_err *err)
{
	struct mf_facts out;
	struct mf_session s = { .env = env, .output = output };
	struct plan p = { .env = env, .conf = env->conf, .out = &out, .s = &s };
	int rc = -1;

	mf_facts_init(&out, mf_env_json(env), PLAN_MAX);
	if (mf_facts_say(&out, "dry run: nothing was requested and nothing was written", err) == 0 && fill(&p, err) == 0)
		rc = mf_facts_write(&out, env->out, err);
	mf_facts_free(&out);
	return rc;
}
