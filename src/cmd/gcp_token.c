/* SPDX-License-Identifier: Apache-2.0 */
/* mayfly gcp-token: what the credential file of `mayfly exchange gcp` starts for each new identity token. Source: AIP-4117, executable source, version 1. */
#include "commands.h"
#include "once.h"

#include <unistd.h>
#include <mayfly/fs.h>

static const struct mf_opt opts[] = {
	{ .kind = MF_OPT_KEY, .key = MF_K_GCP_PROVIDER },
	{ .kind = MF_OPT_KEY, .key = MF_K_GCP_AUDIENCE },
	MF_OPTS_IDENTITY,
	MF_OPTS_NET,
	{ .kind = MF_OPT_END },
};

/* Only who calls it as its contract has it gets a token: on a terminal, or in a step's log, one would stay to be read. */
static int check_caller(const struct mf_env *env, struct mf_err *err)
{
	const char *audience = env->getenv("GOOGLE_EXTERNAL_ACCOUNT_AUDIENCE");

	if (audience && *audience && !isatty(STDOUT_FILENO))
		return 0;
	mf_fail(err, MF_E_CMD_CALLER, "this prints an identity token, and is for Google's client libraries");
	mf_err_why(err, "they set GOOGLE_EXTERNAL_ACCOUNT_AUDIENCE, which is not set here, and read what is printed");
	mf_err_hint(err, "'mayfly exchange gcp' writes the file that makes them call it");
	return -1;
}

static int get(struct mf_env *env, struct mf_identity *who, struct mf_err *err)
{
	const char *audience = NULL;

	/* without an audience and a provider the CI's own default would be sent to no use */
	if (!mf_conf_is_set(env->conf, MF_K_GCP_AUDIENCE) && !mf_conf_is_set(env->conf, MF_K_GCP_PROVIDER))
		return mf_provider_gcp.check(env->conf, err);
	(void)mf_provider_gcp.needs_identity(env->conf, &audience);
	return mf_once_identity(who, env, audience, err);
}

static int run(struct mf_env *env, const struct mf_args *args, struct mf_err *err)
{
	struct mf_identity who = { 0 };
	MF_CLEANUP(mf_secret_freep) struct mf_secret *answer = NULL;
	int rc;

	(void)args;
	if (check_caller(env, err))
		return -1;
	rc = get(env, &who, err) || mf_gcp_executable(&answer, &who, err) || mf_fs_write_secret(STDOUT_FILENO, answer, "standard output", err) ? -1 : 0;
	mf_identity_free(&who);
	return rc;
}

const struct mf_cmd mf_cmd_gcp_token = {
	.name = "gcp-token",
	.args = "",
	.brief = "print an identity token for Google's client libraries",
	.about =
		"The credential file that `mayfly exchange gcp` writes names this as the source of identity tokens: the client libraries start it whenever they need a new one, so that a job "
		"that is longer than a token's life goes on. It asks the CI for a token with --gcp-audience and prints it as their executable source wants it (version 1). For anybody else it "
		"prints nothing.",
	.example = "GOOGLE_EXTERNAL_ACCOUNT_ALLOW_EXECUTABLES=1 python3 deploy.py    # started by the library\n",
	.opts = opts,
	.needs = MF_NEEDS_NET | MF_NEEDS_TOKEN | MF_NEEDS_CONF,
	.prints = true,
	.bare = true,
	.run = run,
};
