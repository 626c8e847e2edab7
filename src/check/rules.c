/* SPDX-License-Identifier: Apache-2.0 */
/* Habits of files that keep long-lived credentials alive, or hand them to more than need them. */
#include <mayfly/check.h>

const struct mf_check_rule mf_check_rules[] = {
	{ "checkout-persisted", "the checkout leaves the job's token in .git/config", MF_CHECK_WARN,
		"every later step, and every artifact that takes the folder along, can read it and push with it",
		"set persist-credentials: false where nothing pushes" },
	{ "docker-secret-arg", "a secret is an argument of an image's build", MF_CHECK_WARN,
		"the image's history shows it to whoever can pull the image",
		"hand it to the one command that needs it: RUN --mount=type=secret" },
	{ "docker-secret-copy", "a file with credentials is copied into an image", MF_CHECK_WARN,
		"it stays in the layer, also when a later one deletes it",
		"mount it for the one command that needs it: RUN --mount=type=secret" },
	{ "docker-secret-env", "a secret is a variable of an image", MF_CHECK_WARN,
		"each container has it, and whoever can pull the image reads it",
		"give it to the container when it starts, or mount it in the build: RUN --mount=type=secret" },
	{ "env-committed", "a file with the variables of a program is committed", MF_CHECK_WARN,
		"everybody who has ever cloned the repository has its credentials",
		"change them, keep the file out of the repository, and commit an .env.example without values" },
	{ "id-token-unused", "the job may ask for an identity token, and nothing in it does", MF_CHECK_WARN,
		"any step can then log in as this job wherever its identity is trusted",
		"take id-token: write away, or give it to the one job that logs in" },
	{ "kube-secret-committed", "a Kubernetes Secret is committed with its values", MF_CHECK_WARN,
		"base64 hides nothing: everybody who has ever cloned the repository has them",
		"commit what fetches it (an ExternalSecret), or encrypt it with SOPS or Sealed Secrets" },
	{ "permissions-missing", "the workflow does not say what its token may do", MF_CHECK_WARN,
		"the token then gets the repository's default, which may be to write everything",
		"say it at the top of the workflow: permissions: { contents: read }" },
	{ "permissions-wide", "the token of jobs may write more than they need", MF_CHECK_WARN,
		"a step that is taken over can then push, release or publish",
		"name what a job writes, and nothing else, at the job that writes it" },
	{ "secret-echo", "a secret is printed by a script", MF_CHECK_WARN,
		"the log's mask hides one spelling of it; a changed case, a cut or an encoding gets through",
		"hand it to the program through the environment or standard input" },
	{ "secrets-all", "all secrets are handed to one step", MF_CHECK_FAIL,
		"toJson(secrets) gives a step each secret that the repository and its organization have",
		"name the secrets that the step needs" },
	{ "secrets-inherit", "all secrets are handed to a called workflow", MF_CHECK_WARN,
		"the called workflow gets each secret of the caller, also those that are added later",
		"name the secrets that it needs under secrets:" },
	{ "shared-service-account", "one service account serves several environments", MF_CHECK_WARN,
		"what is taken over in a test environment can then act in production",
		"give each environment an identity of its own" },
	{ "sops-old", "a file encrypted with SOPS has not been rotated", MF_CHECK_WARN,
		"whoever once had its data key still reads it, and what it holds is as old",
		"change the secrets in it and run: sops rotate --in-place FILE" },
	{ "unpinned-secret-action", "an action that is not pinned to a commit gets a secret", MF_CHECK_WARN,
		"whoever can move its tag or branch gets the secret with the next run",
		"pin the action to the commit of its release" },
	{ "vault-policy-wide", "a Vault policy allows more than one job can need", MF_CHECK_WARN,
		"a token that leaks then opens everything that Vault keeps",
		"name the paths that the job reads, with the capability to read" },
	{ "vault-role-wide", "the login may do more in Vault than this run has done", MF_CHECK_WARN,
		"whoever gets hold of the token, or logs in as this job does, has all of it",
		"give the role a policy of its own, with the paths that the job reads and nothing else" },
	{ .id = NULL },
};

const struct mf_check_rule *mf_check_rule(const char *id)
{
	for (const struct mf_check_rule *r = mf_check_rules; id && r->id; r++)
		if (strcmp(r->id, id) == 0)
			return r;
	return NULL;
}
