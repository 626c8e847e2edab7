/* SPDX-License-Identifier: Apache-2.0 */
/* What can be refused before a request is made, by a real run and by a dry one: places, names, formats. */
#include "session.h"

void mf_session_sink_opts(struct mf_sink_opts *out, const struct mf_env *env, const struct mf_sink *sink)
{
	const struct mf_conf *c = env->conf;

	*out = (struct mf_sink_opts){
		.out_fd = fileno(sink && (sink->caps & MF_SINK_STDOUT) ? env->out : env->err),
		.overwrite = mf_conf_bool(c, MF_K_EXPORT_OVERWRITE),
		/* no shell can set such a variable, and it prints the value when it fails to */
		.loose_names = env->drop_in && (!sink || (sink->caps & MF_SINK_MASKS)),
		.require_mask = mf_conf_bool(c, MF_K_EXPORT_REQUIRE_MASK),
		.unmasked_ok = mf_conf_bool(c, MF_K_EXPORT_UNMASKED_OK),
		.env = env->getenv,
	};
	out->arg = mf_sink_arg(mf_conf_str(c, MF_K_EXPORT_TO));
	out->allow_names = mf_conf_list(c, MF_K_EXPORT_ALLOW_NAMES, &out->n_allow_names);
}

/* Step outputs alone, where there are none. */
static int goes_nowhere(const struct mf_want *want, const struct mf_sink *sink, struct mf_err *err)
{
	if (want->as == MF_AS_FILE || (!want->no_output && (!sink || sink == &mf_sink_github)))
		return 0;
	mf_fail(err, MF_E_CONF_WANT, "%s: nothing would get '%s'", want->origin, want->name ? want->name : want->prefix ? want->prefix : "the fields");
	mf_err_why(err, "it is to set no variable, and %s", want->no_output ? "no output either" : "only GitHub has step outputs");
	mf_err_hint(err, "take 'export.env: false' (MAYFLY_EXPORT_ENV=false, 'env: false' of the secret) away");
	return -1;
}

int mf_check_wants(const struct mf_env *env, const struct mf_sink *sink, struct mf_err *err)
{
	struct mf_sink_opts opts;

	mf_session_sink_opts(&opts, env, sink);
	for (size_t i = 0; i < mf_conf_wants(env->conf); i++) {
		const struct mf_want *want = mf_conf_want(env->conf, i);
		const char *name = want->name ? want->name : want->prefix ? want->prefix : "*";

		if (!mf_conf_want_env(env->conf, want)) {
			if (goes_nowhere(want, sink, err))
				return -1;
			continue;
		}
		if (want->name && mf_name_check(want->name, &opts, err))
			return -1;
		if (want->as == MF_AS_ENV && sink && mf_sink_allows(sink, &env->job, &opts, name, err))
			return -1;
	}
	return 0;
}

/* A name that cannot be set costs no login; the value that is there already is no conflict. */
static int check_grant(void *ctx, const struct mf_grant *grant, struct mf_err *err)
{
	const struct mf_env *env = ctx;
	const char *now = env->getenv(grant->name);
	struct mf_sink_opts opts;

	mf_session_sink_opts(&opts, env, NULL);
	if (grant->no_env || grant->there || (grant->plain && (!now || strcmp(now, grant->plain) == 0)))
		return 0;
	return mf_name_check(grant->name, &opts, err);
}

static int check_grants(struct mf_env *env, struct mf_err *err)
{
	for (size_t i = 0; i < MF_PROVIDERS; i++)
		if (mf_provider_needed(mf_providers[i], env->conf) && mf_providers[i]->hand_over(NULL, env->conf, env->drop_in, check_grant, env, err))
			return -1;
	return 0;
}

int mf_session_prepare(struct mf_session *s, struct mf_err *err)
{
	struct mf_env *env = s->env;

	if (s->output)
		return mf_file_place_check(s->output, &env->job, err);
	if (mf_sink_pick(&s->sink, mf_conf_str(env->conf, MF_K_EXPORT_TO), &env->job, err) ||
	    mf_check_wants(env, s->sink, err) || check_grants(env, err))
		return -1;
	if (s->sink == &mf_sink_file &&
	    mf_file_place_check(mf_sink_arg(mf_conf_str(env->conf, MF_K_EXPORT_TO)), &env->job, err))
		return -1;
	if ((s->sink->caps & MF_SINK_STDOUT) && env->job.ci == MF_CI_GITLAB && env->job.debug)
		mf_warn("CI_DEBUG_TRACE is on: the shell prints every value that eval sets");
	if (!mf_env_json(env) || !(s->sink->caps & MF_SINK_STDOUT))
		return 0;
	mf_fail(err, MF_E_CMD_FORMAT, "'--format json' and '--to %s' both want standard output", s->sink->name);
	mf_err_hint(err, "leave out --format, or write the variables to a file:  --to file:PATH");
	return -1;
}
