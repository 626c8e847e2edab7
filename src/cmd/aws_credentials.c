/* SPDX-License-Identifier: Apache-2.0 */
/* mayfly aws-credentials: what AWS's own programs start for each new session (credential_process). */
#include "commands.h"
#include "once.h"

#include <unistd.h>
#include <mayfly/fs.h>

static const struct mf_opt opts[] = {
	MF_OPTS_AWS,
	MF_OPTS_IDENTITY,
	MF_OPTS_NET,
	{ .kind = MF_OPT_END },
};

static int run(struct mf_env *env, const struct mf_args *args, struct mf_err *err)
{
	static const char help[] = "write  credential_process = mayfly aws-credentials ...  into a profile of ~/.aws/config, and let AWS's programs call it";
	MF_CLEANUP(mf_secret_freep) struct mf_secret *answer = NULL;
	struct mf_identity who = { 0 };
	struct mf_cred cred = { 0 };
	int rc;

	(void)args;
	if (mf_once_piped("AWS's programs", help, err))
		return -1;
	rc = mf_once_login(&cred, &who, env, &mf_provider_aws, err) || mf_aws_process(&answer, &cred, false, err) || mf_fs_write_secret(STDOUT_FILENO, answer, "standard output", err) ? -1 : 0;
	mf_cred_free(&cred);
	mf_identity_free(&who);
	return rc;
}

const struct mf_cmd mf_cmd_aws_credentials = {
	.name = "aws-credentials",
	.args = "",
	.brief = "print a session of AWS for credential_process",
	.about =
		"AWS's command line, SDKs and Terraform start a program for credentials where a profile says so, and start it again before they end: a job that is longer than a session goes on. "
		"This takes on the role as `mayfly exchange aws` does, and prints the session as they want it (version 1). What it prints is a secret: it refuses a terminal.",
	.example =
		"# ~/.aws/config\n"
		"[profile deploy]\n"
		"credential_process = /usr/local/bin/mayfly aws-credentials --aws-role arn:aws:iam::123456789012:role/deploy --aws-region eu-west-1\n",
	.opts = opts,
	.needs = MF_NEEDS_NET | MF_NEEDS_TOKEN | MF_NEEDS_CONF,
	.prints = true,
	.bare = true,
	.run = run,
};
