/* SPDX-License-Identifier: Apache-2.0 */
/* mayfly exchange gcp: the identity token for a login to Google Cloud, and nothing else. */
#include "commands.h"
#include "session.h"

struct own_opts {
	const char *output;
};

static const struct mf_opt opts[] = {
	{ .kind = MF_OPT_VALUE, .name = "output", .letter = 'o', .arg = "FILE",
	  .brief = "write the access token to FILE (new, mode 0600) instead of exporting",
	  .offset = offsetof(struct own_opts, output) },
	MF_OPTS_GCP,
	MF_OPTS_IDENTITY,
	{ .kind = MF_OPT_KEY, .key = MF_K_LIFETIME_ENABLED },
	MF_OPTS_EXPORT,
	MF_OPTS_AGENT,
	MF_OPTS_NET,
	{ .kind = MF_OPT_END },
};

static int run(struct mf_env *env, const struct mf_args *args, struct mf_err *err)
{
	const struct own_opts *own = env->opts;

	(void)args;
	mf_conf_clear_wants(env->conf);
	if (mf_conf_set_flag(env->conf, MF_K_GCP_EXPORT, "true", err) || mf_exchange_only(env->conf, MF_K_GCP_EXPORT, err))
		return -1;
	if (env->common.dry_run)
		return mf_report_plan(env, own->output, err);
	return mf_session_go(env, own->output, err);
}

const struct mf_cmd mf_cmd_exchange_gcp = {
	.name = "exchange gcp",
	.args = "",
	.brief = "exchange the job's identity for a short-lived login to Google Cloud",
	.about =
		"Logs in to Google Cloud by workload identity federation, as a service account where one is named, and hands the login to the following steps: "
		"GOOGLE_APPLICATION_CREDENTIALS and CLOUDSDK_AUTH_CREDENTIAL_FILE_OVERRIDE for the client libraries, Terraform and gcloud, and the project. The file that they name "
		"is private, lies outside of the checkout, is wiped at the end of the job, and holds no secret: programs get identity tokens from `mayfly gcp-token` on GitHub, from "
		"a file on GitLab. Access tokens cannot be revoked: they end by themselves (--gcp-lifetime).",
	.example =
		"mayfly exchange gcp --gcp-workload-identity-provider projects/123456789012/locations/global/workloadIdentityPools/ci/providers/github\n"
		"mayfly exchange gcp --gcp-service-account deploy@shop-1.iam.gserviceaccount.com --gcp-lifetime 15m\n",
	.opts = opts,
	.opts_size = sizeof(struct own_opts),
	.needs = MF_NEEDS_NET | MF_NEEDS_TOKEN | MF_NEEDS_CONF,
	.evals = true,
	.run = run,
};
