/* SPDX-License-Identifier: Apache-2.0 */
/* Habits of files that keep long-lived credentials alive, or hand them to more than need them. */
#include <mayfly/check.h>

const struct mf_check_rule mf_check_rules[] = {
	{ "checkout-persisted", "the checkout leaves the job's token in .git/config", MF_CHECK_WARN,
		"every later step, and every artifact that takes the folder along, can read it and push with it",
		"set persist-credentials: false where nothing pushes" },
	{ "id-token-unused", "the job may ask for an identity token, and nothing in it does", MF_CHECK_WARN,
		"any step can then log in as this job wherever its identity is trusted",
		"take id-token: write away, or give it to the one job that logs in" },
	{ "permissions-missing", "the workflow does not say what its token may do", MF_CHECK_WARN,
		"the token then gets the repository's default, which may be to write everything",
		"say it at the top of the workflow: permissions: { contents: read }" },
	{ "permissions-wide", "the job's token may write everything", MF_CHECK_WARN,
		"a step that is taken over can then push, release and publish",
		"name what the job writes, and nothing else" },
	{ "secret-echo", "a secret is printed by a script", MF_CHECK_WARN,
		"the log's mask hides one spelling of it; a changed case, a cut or an encoding gets through",
		"hand it to the program through the environment or standard input" },
	{ "secrets-all", "all secrets are handed to one step", MF_CHECK_FAIL,
		"toJson(secrets) gives a step each secret that the repository and its organization have",
		"name the secrets that the step needs" },
	{ "secrets-inherit", "all secrets are handed to a called workflow", MF_CHECK_WARN,
		"the called workflow gets each secret of the caller, also those that are added later",
		"name the secrets that it needs under secrets:" },
	{ "unpinned-secret-action", "an action that is not pinned to a commit gets a secret", MF_CHECK_WARN,
		"whoever can move its tag or branch gets the secret with the next run",
		"pin the action to the commit of its release" },
	{ .id = NULL },
};

const struct mf_check_rule *mf_check_rule(const char *id)
{
	for (const struct mf_check_rule *r = mf_check_rules; id && r->id; r++)
		if (strcmp(r->id, id) == 0)
			return r;
	return NULL;
}
