/* SPDX-License-Identifier: Apache-2.0 */
/* mayfly check: no credential that the job can reach lives longer than it needs. */
#include <stdlib.h>
#include <unistd.h>

#include <mayfly/alloc.h>
#include <mayfly/clock.h>
#include <mayfly/fs.h>

#include "check.h"
#include "check_explain.h"
#include "commands.h"

struct opts {
	const char *only, *format, *explain;
};

static const struct mf_opt opts[] = {
	{ .kind = MF_OPT_VALUE, .name = "only", .arg = "WHAT", .brief = "look there only: job, ci, repository; several with commas",
	  .offset = offsetof(struct opts, only) },
	{ .kind = MF_OPT_VALUE, .name = "explain", .arg = "ID", .brief = "what the finding, kind, class or rule ID is, and the steps to replace it",
	  .offset = offsetof(struct opts, explain) },
	{ .kind = MF_OPT_VALUE, .name = "format", .arg = "FORMAT", .choices = "text json sarif gitlab github", .brief = "what is written to standard output",
	  .offset = offsetof(struct opts, format) },
	MF_OPTS_CHECK,
	MF_OPTS_NET,
	{ .kind = MF_OPT_KEY, .key = MF_K_VAULT_URL },
	{ .kind = MF_OPT_KEY, .key = MF_K_VAULT_NAMESPACE },
	{ .kind = MF_OPT_KEY, .key = MF_K_SCAN_RULES },
	{ .kind = MF_OPT_KEY, .key = MF_K_SCAN_BASELINE },
	{ .kind = MF_OPT_KEY, .key = MF_K_SCAN_STRICT },
	{ .kind = MF_OPT_KEY, .key = MF_K_SCAN_IGNORED },
	{ .kind = MF_OPT_KEY, .key = MF_K_SCAN_CATEGORY },
	{ .kind = MF_OPT_END },
};

static int take_only(struct mf_checking *k, const char *only, struct mf_err *err)
{
	k->job = k->ci = k->repo = !only;
	while (only && *only) {
		const size_t n = strcspn(only, ",");
		const struct mf_str word = mf_trim((struct mf_str){ only, n });

		if (mf_str_is(word, "job"))
			k->job = true;
		else if (mf_str_is(word, "ci"))
			k->ci = true;
		else if (mf_str_is(word, "repository"))
			k->repo = true;
		else {
			mf_fail(err, MF_E_OPT_VALUE, "'--only' has no '%.*s'", (int)(word.n > 40 ? 40 : word.n), word.p);
			mf_err_hint(err, "it takes job (variables and files that tools read), ci (its definition) and repository");
			return -1;
		}
		only += n + (only[n] == ',');
	}
	k->detect = k->repo;
	return 0;
}

static int run(struct mf_env *env, const struct mf_args *args, struct mf_err *err)
{
	const struct opts *o = env->opts;
	struct mf_checking k = { .env = env, .path = args->n ? args->v[0] : ".", .format = o->format, .explain = o->explain };
	int rc = take_only(&k, o->only, err);

	if (rc == 0)
		rc = mf_checking_run(&k, err);
	mf_checking_free(&k);
	return rc;
}

int mf_check_stage(struct mf_env *env, struct mf_err *err)
{
	struct mf_checking k = { .env = env, .path = ".", .job = true, .ci = true, .repo = true, .stage = true };
	int rc = mf_checking_run(&k, err);
	size_t reports;

	mf_conf_list(env->conf, MF_K_LIFETIME_REPORTS, &reports);
	if (rc == 0 && reports && !env->common.dry_run) {
		env->checked = mf_calloc(1, sizeof(*env->checked));
		if (env->checked) {
			*env->checked = k.list;
			k.list = (struct mf_check_list){ 0 };
		} else {
			rc = mf_fail_nomem(err);
		}
	}
	mf_checking_free(&k);
	if (rc)
		mf_err_note(err, "no identity was asked for, no credential was obtained and nothing was exported");
	return rc;
}

const struct mf_cmd mf_cmd_check = {
	.name = "check",
	.args = "[PATH]",
	.brief = "find credentials that live too long: in the job, its definition, the repository",
	.about =
		"Measures how long each credential lives that this job can reach: in its variables, in the files that tools read "
		"(~/.aws, ~/.docker/config.json, ~/.npmrc, kubeconfig, ...), in the CI definition, and in the files of the repository at PATH (the current folder). "
		"What lives longer than the maximum of its class ends the command with exit code 1 and says what replaces it. What the CI made for this job, "
		"and what dies with it, is listed and passes.\n\n"
		"Values are never shown. The job is read in a child without network that reads nothing of the repository, and the repository in another one "
		"that has nothing of the job. With --online the issuers of the job's credentials are asked how long these live, each with the credential itself, "
		"and nothing but reading; --dry-run lists the requests.",
	.example =
		"mayfly check\n"
		"mayfly check --only job --format json\n"
		"mayfly check --explain aws-access-key\n"
		"mayfly check --trend mayfly-trend.jsonl --max-static 4\n",
	.opts = opts,
	.opts_size = sizeof(struct opts),
	.needs = MF_NEEDS_CONF | MF_NEEDS_NET,
	.prints = true,
	.run = run,
};
