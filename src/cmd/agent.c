/* SPDX-License-Identifier: Apache-2.0 */
/* --keep-fresh: the part of a run that begins the background process. */
#include "agent.h"
#include "commands.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>
#include <mayfly/alloc.h>
#include <mayfly/clock.h>
#include <mayfly/enc.h>
#include <mayfly/fs.h>
#include <mayfly/log.h>

static bool wanted(const struct mf_session *s)
{
	return mf_conf_bool(s->env->conf, MF_K_KEEP_FRESH) && !s->output;
}

/* -- before the hand-over --------------------------------------------------------------------------------- */

static int make_token(struct mf_secret **out, struct mf_err *err)
{
	unsigned char random[32];
	char hex[2 * sizeof(random) + 1];

	mf_random(random, sizeof(random));
	mf_hex_encode(hex, random, sizeof(random), false);
	*out = mf_secret_new(hex, 2 * sizeof(random));
	mf_wipe(random, sizeof(random));
	mf_wipe(hex, sizeof(hex));
	return *out ? 0 : mf_fail_nomem(err);
}

static int serve(struct mf_session *s, struct mf_login *l, struct mf_err *err)
{
	char url[64];

	if (mf_serve_open(&s->serve, url, sizeof(url), err) || make_token(&l->cred.serve_token, err) || l->provider->endpoint(&s->serve.answer, &l->cred, err))
		return -1;
	s->serve.token = l->cred.serve_token;
	l->cred.serve_url = mf_strdup(url);
	return l->cred.serve_url ? 0 : mf_fail_nomem(err);
}

int mf_agent_prepare(struct mf_session *s, struct mf_err *err)
{
	for (size_t i = 0; wanted(s) && i < s->n_logins; i++)
		if (s->logins[i].provider->endpoint && s->logins[i].provider->served(s->env->conf) && serve(s, &s->logins[i], err))
			return -1;
	return 0;
}

void mf_agent_close(struct mf_session *s)
{
	mf_serve_close(&s->serve);
}

/* -- what there is to do ---------------------------------------------------------------------------------- */

bool mf_agent_renews(const struct mf_session *s, const struct mf_login *l)
{
	size_t n;

	mf_login_leases(s, l, &n);
	return l->provider->renew && l->cred.ours && l->cred.token && (n || mf_conf_bool(s->env->conf, MF_K_VAULT_EXPORT_TOKEN));
}

bool mf_agent_logs_in(const struct mf_session *s, const struct mf_login *l)
{
	if (l->cred.serve_url)
		return true;
	for (size_t i = 0; i < s->items.n; i++)
		if (s->items.v[i].fresh && s->items.v[i].login == l->provider)
			return true;
	return false;
}

static bool anything(const struct mf_session *s)
{
	for (size_t i = 0; i < s->n_logins; i++)
		if (mf_agent_renews(s, &s->logins[i]) || mf_agent_logs_in(s, &s->logins[i]))
			return true;
	return false;
}

int mf_agent_mark(struct mf_session *s, struct mf_err *err)
{
	struct mf_item *grown;

	if (!wanted(s) || !anything(s)) {
		if (wanted(s))
			mf_info("nothing has to be kept fresh: what was handed over renews itself, or does not end");
		return 0;
	}
	grown = mf_regrow(s->items.v, s->items.n + 1, sizeof(*grown));
	if (!grown)
		return mf_fail_nomem(err);
	s->items.v = grown;
	s->items.v[s->items.n++] = (struct mf_item){ .as = MF_AS_FILE, .plain = true, .no_env = true, .no_output = true };
	grown = &s->items.v[s->items.n - 1];
	grown->value = mf_secret_new("", 0);
	return grown->value ? mf_copy_text(&grown->name, MF_AGENT_FILE, err) || mf_copy_text(&grown->from, "configuration", err) ? -1 : 0 : mf_fail_nomem(err);
}

/* -- the start -------------------------------------------------------------------------------------------- */

static const char *file_of(const struct mf_session *s)
{
	for (size_t i = 0; i < s->n_files; i++) {
		const char *slash = strrchr(s->files[i], '/');

		if (slash && strcmp(slash + 1, MF_AGENT_FILE) == 0)
			return s->files[i];
	}
	return NULL;
}

int mf_agent_start(struct mf_session *s, struct mf_err *err)
{
	const char *file = s->exported ? file_of(s) : NULL;
	int pid;

	if (!file)
		return 0;
	mf_guard_find(&s->guard);
	fflush(NULL);
	pid = mf_secret_fork();
	if (pid < 0)
		return mf_fail_errno(err, MF_E_AGENT_START, errno, "no process to keep the credentials fresh");
	if (pid == 0)
		mf_agent_run(s, file);
	mf_verbose("process %d keeps what was handed over fresh", pid);
	return 0;
}

/* -- mayfly agent ----------------------------------------------------------------------------------------- */

static const struct mf_opt opts[] = {
	MF_OPTS_AGENT,
	MF_OPTS_VAULT,
	MF_OPTS_AWS,
	MF_OPTS_AWS_READ,
	MF_OPTS_GCP,
	MF_OPTS_GCP_READ,
	MF_OPTS_AZURE,
	MF_OPTS_AZURE_READ,
	MF_OPTS_IDENTITY,
	{ .kind = MF_OPT_KEY, .key = MF_K_LIFETIME_ENABLED },
	MF_OPTS_EXPORT,
	MF_OPTS_NET,
	{ .kind = MF_OPT_END },
};

static int run(struct mf_env *env, const struct mf_args *args, struct mf_err *err)
{
	(void)args;
	if (mf_conf_set_flag(env->conf, MF_K_KEEP_FRESH, "true", err))
		return -1;
	if (mf_conf_wants(env->conf) == 0 && !mf_session_needs_login(env->conf)) {
		mf_fail(err, MF_E_CMD_NOTHING, "nothing to keep fresh: no login is configured");
		mf_err_hint(err, "write a section 'aws', 'gcp', 'azure' or 'vault' into .mayfly.yml");
		return -1;
	}
	if (env->common.dry_run)
		return mf_report_plan(env, NULL, err);
	return mf_session_go(env, NULL, err);
}

const struct mf_cmd mf_cmd_agent = {
	.name = "agent",
	.args = "",
	.brief = "log in, hand over, and keep what was handed over fresh in the background",
	.about =
		"As `mayfly run --keep-fresh` without scan and check: logs in, exports what is configured, and leaves a small process behind for the length of the job. It asks the CI for a new identity "
		"token and logs in again when half of a life is over, writes files anew in one piece (Azure's and Google's identity tokens, AWS's profile), gives AWS's programs sessions on an address of "
		"loopback that only this job's bearer opens, and renews Vault's token and leases. It ends with `mayfly revoke`, with the runner's worker, at its longest life, or when nobody has asked "
		"it for a while. What it cannot refresh it tries again while the old credential lives; after that programs are told why, and so does `mayfly revoke`.",
	.example =
		"mayfly agent --aws-role arn:aws:iam::123456789012:role/deploy --aws-region eu-west-1\n"
		"mayfly run --keep-fresh\n",
	.opts = opts,
	.needs = MF_NEEDS_NET | MF_NEEDS_TOKEN | MF_NEEDS_CONF,
	.evals = true,
	.run = run,
};
