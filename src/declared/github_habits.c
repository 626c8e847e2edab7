/* SPDX-License-Identifier: Apache-2.0 */
/* Habits of workflows: what the job's token may do, who gets secrets, what stays behind. */
#include "github.h"

#include <stdio.h>

/* In place of all secrets. */
#define NAMED "env:    # one for each that the step reads\n  NAME: ${{ secrets.NAME }}\n"

static int habit(const struct mf_gh *g, const char *rule, const struct mf_check_place *at, const char *yaml)
{
	struct mf_check_item *item;

	if (mf_check_habit(g->c, at, rule, &item, g->err))
		return -1;
	return item && yaml ? mf_check_yaml(item, yaml, g->err) : 0;
}

static int habit_at(const struct mf_gh *g, const char *rule, const struct mf_ynode *at, const char *name, const char *yaml)
{
	const struct mf_check_place place = mf_gh_place(g, at, name);

	return habit(g, rule, &place, yaml);
}

static int unpinned_call(const struct mf_gh *g);

/* -- what a job does -------------------------------------------------------------------------------- */

static const struct mf_ynode *steps_of(const struct mf_ynode *job)
{
	const struct mf_ynode *steps = mf_dc_get(job, "steps");

	return steps && mf_yaml_type(steps) == MF_Y_SEQ ? steps : NULL;
}

static bool runs(const struct mf_ynode *job, const char *what)
{
	const struct mf_ynode *steps = steps_of(job);

	for (size_t i = 0; steps && i < mf_yaml_size(steps); i++)
		if (mf_gh_has(mf_dc_text(mf_dc_get(mf_yaml_at(steps, i), "run")), what))
			return true;
	return false;
}

static bool uses(const struct mf_ynode *job, const char *list)
{
	const struct mf_ynode *steps = steps_of(job);
	char action[MF_GH_NAME];
	struct mf_str ref;

	for (size_t i = 0; steps && i < mf_yaml_size(steps); i++)
		if (mf_gh_action(action, &ref, mf_yaml_at(steps, i)) && mf_gh_is_one(action, list))
			return true;
	return false;
}

/* Whether a script does what needs an identity token, or may: a script of the repository can do anything. */
static bool script_may_log_in(struct mf_str run)
{
	static const char *const words[] = { "id_token", "oidc", "cosign", "sigstore", "provenance", "aws", "gcloud", "az ", "vault", "bao", "publish",
		"attest", "slsa", "mayfly", "octo-sts", "npm", "pnpm", "yarn", "uv ", "twine", "goreleaser", "./", "make", "bash ", "sh ", "python", "node ",
		"task", "just ", "docker", "gh ", "terraform", "pulumi", "helm" };

	for (size_t i = 0; i < MF_COUNT(words); i++)
		if (mf_gh_has(run, words[i]))
			return true;
	return false;
}

/* Only what is known to have no use for it counts as not using it. */
static bool step_may_log_in(const struct mf_ynode *step)
{
	static const char never[] = ";actions/checkout;actions/cache;actions/cache/restore;actions/cache/save;actions/upload-artifact;actions/download-artifact;"
		"actions/setup-node;actions/setup-go;actions/setup-java;actions/setup-python;actions/setup-dotnet;actions/labeler;actions/stale;"
		"actions/first-interaction;actions/add-to-project;actions/dependency-review-action;actions/configure-pages;actions/upload-pages-artifact;";
	char action[MF_GH_NAME];
	struct mf_str ref;

	if (mf_dc_get(step, "uses"))
		return !mf_gh_action(action, &ref, step) || !mf_gh_is_one(action, never);
	return script_may_log_in(mf_dc_text(mf_dc_get(step, "run")));
}

static bool may_log_in(const struct mf_ynode *job)
{
	const struct mf_ynode *steps = steps_of(job);

	if (mf_dc_get(job, "uses") || !steps)
		return true;
	for (size_t i = 0; i < mf_yaml_size(steps); i++)
		if (step_may_log_in(mf_yaml_at(steps, i)))
			return true;
	return false;
}

/* -- permissions ------------------------------------------------------------------------------------ */

/* What the steps that are known need: a beginning to edit. */
static int permissions_block(struct mf_buf *out, const struct mf_ynode *job, struct mf_err *err)
{
	static const struct { const char *line, *actions, *script; } needs[] = {
		{ "contents: write", ";softprops/action-gh-release;ncipollo/release-action;peter-evans/create-pull-request;stefanzweifel/git-auto-commit-action;"
			"ad-m/github-push-action;peaceiris/actions-gh-pages;googleapis/release-please-action;changesets/action;", "git push" },
		{ "issues: write", ";actions/stale;actions/first-interaction;", "gh issue" },
		{ "pull-requests: write", ";actions/stale;actions/labeler;peter-evans/create-pull-request;changesets/action;googleapis/release-please-action;", "gh pr" },
		{ "packages: write", ";docker/build-push-action;", "ghcr.io" },
		{ "security-events: write", ";github/codeql-action/analyze;github/codeql-action/upload-sarif;", NULL },
		{ "pages: write", ";actions/deploy-pages;", NULL },
		{ "id-token: write", ";actions/deploy-pages;aws-actions/configure-aws-credentials;google-github-actions/auth;azure/login;pypa/gh-action-pypi-publish;mayfly-ci/mayfly;mayfly-ci/mayfly/ci/github/vault;mayfly-ci/mayfly/ci/github/aws;"
			"mayfly-ci/mayfly/ci/github/gcp;mayfly-ci/mayfly/ci/github/azure;", NULL },
	};
	bool contents = false;

	if (mf_buf_puts(out, "permissions:\n", err))
		return -1;
	for (size_t i = 0; i < MF_COUNT(needs); i++) {
		if (!uses(job, needs[i].actions) && !(needs[i].script && runs(job, needs[i].script)))
			continue;
		contents = contents || i == 0;
		if (mf_buf_printf(out, err, "  %s\n", needs[i].line))
			return -1;
	}
	return contents ? 0 : mf_buf_puts(out, "  contents: read\n", err);
}

static int permissions_habit(const struct mf_gh *g, const char *rule, const struct mf_ynode *at, const char *name)
{
	struct mf_buf yaml = MF_BUF(4096);
	int rc = permissions_block(&yaml, g->job, g->err);

	if (rc == 0)
		rc = habit_at(g, rule, at, name, mf_buf_text(&yaml));
	mf_buf_free(&yaml);
	return rc;
}

static bool is_text(const struct mf_ynode *n, const char *text)
{
	return mf_str_is(mf_trim(mf_dc_text(n)), text);
}

/* Called by others only: what its token may do is their say. */
static bool only_called(const struct mf_ynode *root)
{
	const struct mf_ynode *on = mf_dc_get(root, "on");

	if (!on)
		return false;
	if (mf_yaml_type(on) == MF_Y_MAP)
		return mf_yaml_size(on) == 1 && mf_dc_get(on, "workflow_call");
	if (mf_yaml_type(on) == MF_Y_SEQ)
		return mf_yaml_size(on) == 1 && is_text(mf_yaml_at(on, 0), "workflow_call");
	return is_text(on, "workflow_call");
}

static const struct mf_ynode *key_of(const struct mf_ynode *map, const char *name)
{
	for (size_t i = 0; map && mf_yaml_type(map) == MF_Y_MAP && i < mf_yaml_size(map); i++)
		if (mf_str_is(mf_yaml_text(mf_yaml_key_at(map, i)), name))
			return mf_yaml_key_at(map, i);
	return NULL;
}

static int each_job_missing(const struct mf_gh *g, const struct mf_ynode *jobs, bool *told)
{
	for (size_t i = 0; i < mf_yaml_size(jobs) && !*told; i++) {
		struct mf_gh in = *g;
		char name[MF_GH_NAME];
		const struct mf_str key = mf_yaml_text(mf_yaml_key_at(jobs, i));

		in.job = mf_yaml_at(jobs, i);
		if (mf_yaml_type(in.job) != MF_Y_MAP || mf_dc_get(in.job, "permissions"))
			continue;
		*told = true;
		snprintf(name, sizeof(name), "%.*s", (int)(key.n < 100 ? key.n : 100), key.p);
		if (permissions_habit(&in, "permissions-missing", mf_yaml_key_at(jobs, i), name))
			return -1;
	}
	return 0;
}

/* The permissions that are left. */
static int unused(const struct mf_gh *g, const struct mf_ynode *permissions, const char *job)
{
	struct mf_buf yaml = MF_BUF(4096);
	size_t left = 0;
	int rc = mf_buf_puts(&yaml, "permissions:\n", g->err);

	for (size_t i = 0; rc == 0 && i < mf_yaml_size(permissions) && left < 40; i++) {
		const struct mf_str key = mf_yaml_text(mf_yaml_key_at(permissions, i)), may = mf_trim(mf_dc_text(mf_yaml_at(permissions, i)));

		if (mf_str_is(key, "id-token") || key.n > 40 || may.n > 10)
			continue;
		left++;
		rc = mf_buf_printf(&yaml, g->err, "  %.*s: %.*s\n", (int)key.n, key.p, (int)may.n, may.p);
	}
	if (rc == 0 && left == 0) {
		yaml.n = 0;
		rc = mf_buf_puts(&yaml, "permissions: {}\n", g->err);
	}
	if (rc == 0)
		rc = habit_at(g, "id-token-unused", key_of(permissions, "id-token"), job, mf_buf_text(&yaml));
	mf_buf_free(&yaml);
	return rc;
}

/* The first permission to write, but for the identity, which has a rule of its own. */
static const struct mf_ynode *first_write(const struct mf_ynode *permissions, struct mf_str *name)
{
	for (size_t i = 0; permissions && mf_yaml_type(permissions) == MF_Y_MAP && i < mf_yaml_size(permissions); i++) {
		*name = mf_yaml_text(mf_yaml_key_at(permissions, i));
		if (is_text(mf_yaml_at(permissions, i), "write") && !mf_str_is(*name, "id-token"))
			return mf_yaml_key_at(permissions, i);
	}
	return NULL;
}

/* What one job writes, and the workflow allows to several of them. */
static int writes_for_all(const struct mf_gh *g, const struct mf_ynode *permissions, const struct mf_ynode *jobs)
{
	struct mf_str name;
	const struct mf_ynode *at = first_write(permissions, &name);
	char yaml[400];
	size_t n = 0;

	for (size_t i = 0; at && i < mf_yaml_size(jobs); i++)
		n += mf_yaml_type(mf_yaml_at(jobs, i)) == MF_Y_MAP && !mf_dc_get(mf_yaml_at(jobs, i), "permissions");
	if (n < 2 || name.n > 40)
		return 0;
	snprintf(yaml, sizeof(yaml), "permissions:\n  contents: read\njobs:\n  JOB:    # the one that writes\n    permissions:\n%s      %.*s: write\n",
		mf_str_is(name, "contents") ? "" : "      contents: read\n", (int)name.n, name.p);
	return habit_at(g, "permissions-wide", at, NULL, yaml);
}

/* The same for all jobs of a workflow: told once, at the first. */
int mf_gh_workflow_habits(const struct mf_gh *g)
{
	const struct mf_ynode *permissions = mf_dc_get(g->root, "permissions"), *jobs = mf_dc_get(g->root, "jobs");
	bool told = false, may = false;

	if (!jobs || mf_yaml_type(jobs) != MF_Y_MAP)
		return 0;
	if (!permissions && !only_called(g->root))
		return each_job_missing(g, jobs, &told);
	if (is_text(permissions, "write-all") && permissions_habit(g, "permissions-wide", key_of(g->root, "permissions"), NULL))
		return -1;
	if (writes_for_all(g, permissions, jobs))
		return -1;
	if (!is_text(mf_dc_get(permissions, "id-token"), "write"))
		return 0;
	for (size_t i = 0; i < mf_yaml_size(jobs); i++)
		may = may || (!mf_dc_get(mf_yaml_at(jobs, i), "permissions") && may_log_in(mf_yaml_at(jobs, i)));
	return may ? 0 : unused(g, permissions, NULL);
}

/* -- jobs ------------------------------------------------------------------------------------------- */

/* The secrets that the called workflow names, when it is in the repository. */
static int named_secrets(struct mf_buf *out, const struct mf_gh *g)
{
	const struct mf_str path = mf_dc_text(mf_dc_get(g->job, "uses"));
	const struct mf_dc_file *called;
	const struct mf_ynode *secrets;
	char name[256];

	if (path.n < 3 || path.n >= sizeof(name) || memcmp(path.p, "./", 2) != 0)
		return 0;
	snprintf(name, sizeof(name), "%.*s", (int)path.n - 2, path.p + 2);
	called = mf_dc_find(g->d, name);
	secrets = called && called->yaml ? mf_dc_get(mf_dc_get(mf_dc_get(mf_yaml_root(called->yaml), "on"), "workflow_call"), "secrets") : NULL;
	if (!secrets || mf_yaml_type(secrets) != MF_Y_MAP || mf_yaml_size(secrets) == 0)
		return 0;
	if (mf_buf_puts(out, "secrets:\n", g->err))
		return -1;
	for (size_t i = 0; i < mf_yaml_size(secrets); i++) {
		const struct mf_str s = mf_yaml_text(mf_yaml_key_at(secrets, i));

		if (mf_buf_printf(out, g->err, "  %.*s: ${{ secrets.%.*s }}\n", (int)s.n, s.p, (int)s.n, s.p))
			return -1;
	}
	return 0;
}

static int inherits(const struct mf_gh *g)
{
	static const char any[] = "secrets:    # one for each that the called workflow reads\n  NAME: ${{ secrets.NAME }}\n";
	struct mf_buf yaml = MF_BUF(8192);
	int rc = 0;

	if (!is_text(mf_dc_get(g->job, "secrets"), "inherit"))
		return 0;
	rc = named_secrets(&yaml, g);
	if (rc == 0)
		rc = habit_at(g, "secrets-inherit", key_of(g->job, "secrets"), NULL, yaml.n ? mf_buf_text(&yaml) : any);
	mf_buf_free(&yaml);
	return rc;
}

int mf_gh_job_habits(const struct mf_gh *g, const struct mf_ynode *key)
{
	const struct mf_ynode *permissions = mf_dc_get(g->job, "permissions");
	const struct mf_str name = mf_yaml_text(key);
	char job[MF_GH_NAME];

	snprintf(job, sizeof(job), "%.*s", (int)(name.n < 100 ? name.n : 100), name.p);
	if (is_text(permissions, "write-all") && permissions_habit(g, "permissions-wide", key_of(g->job, "permissions"), job))
		return -1;
	if (is_text(mf_dc_get(permissions, "id-token"), "write") && !may_log_in(g->job) && unused(g, permissions, job))
		return -1;
	return inherits(g) || unpinned_call(g) ? -1 : 0;
}

/* -- steps ------------------------------------------------------------------------------------------ */

/* Whether the job's token can change something: only then it matters that it lies around. */
static bool token_writes(const struct mf_gh *g)
{
	const struct mf_ynode *p = mf_dc_get(g->job, "permissions");

	p = p ? p : mf_dc_get(g->root, "permissions");
	if (!p)
		return !only_called(g->root);
	if (mf_yaml_type(p) != MF_Y_MAP)
		return is_text(p, "write-all");
	return is_text(mf_dc_get(p, "contents"), "write");
}

/* "v6" of a tag, or of a comment behind a commit: from then on the token is kept outside of the checkout. */
static bool newer_checkout(const struct mf_gh *g, struct mf_str ref)
{
	const char *p = ref.n ? memchr(ref.p, 'v', ref.n) : NULL;
	struct mf_check_place at;
	struct mf_str text = g->f->bytes;

	if (p == ref.p && ref.n > 1)
		return ref.p[1] >= '6' || (ref.n > 2 && ref.p[1] == '1' && ref.p[2] >= '0' && ref.p[2] <= '9');
	at = mf_gh_place(g, mf_dc_get(g->step, "uses"), NULL);
	for (unsigned line = 1; text.n && line < at.line; line++) {
		const char *end = memchr(text.p, '\n', text.n);

		text = end ? (struct mf_str){ end + 1, text.n - (size_t)(end + 1 - text.p) } : (struct mf_str){ "", 0 };
	}
	p = text.n ? memchr(text.p, '\n', text.n) : NULL;
	text.n = p ? (size_t)(p - text.p) : text.n;
	return mf_gh_has(text, "# v6") || mf_gh_has(text, "# v7");
}

static int checkout(const struct mf_gh *g, struct mf_str ref)
{
	static const char pushers[] = ";peter-evans/create-pull-request;stefanzweifel/git-auto-commit-action;ad-m/github-push-action;changesets/action;"
		"endbug/add-and-commit;peaceiris/actions-gh-pages;jamesives/github-pages-deploy-action;googleapis/release-please-action;"
		"goreleaser/goreleaser-action;";
	struct mf_buf yaml = MF_BUF(8192);
	struct mf_err none = { 0 };
	int rc;

	if (g->caller || !g->job || mf_dc_text(mf_gh_input(g->step, "persist-credentials", NULL)).n || !token_writes(g) || newer_checkout(g, ref))
		return 0;
	if (runs(g->job, "git push") || runs(g->job, "git fetch") || runs(g->job, "git tag") || uses(g->job, pushers))
		return 0;
	rc = mf_gh_rewrite(&yaml, g, &(struct mf_gh_new){ .add = "persist-credentials: false\n" }, &none);
	rc = habit_at(g, "checkout-persisted", mf_dc_get(g->step, "uses"), NULL, rc == 0 ? mf_buf_text(&yaml) : NULL);
	mf_buf_free(&yaml);
	return rc;
}

static bool is_commit(struct mf_str ref)
{
	for (size_t i = 0; i < ref.n; i++)
		if (!strchr("0123456789abcdefABCDEF", ref.p[i]) || !ref.p[i])
			return false;
	return ref.n == 40 || ref.n == 64;
}

/* Many keep as a secret what is none: a role to assume, an account, an address. */
static bool opens_nothing(const char *name)
{
	/* the first also without an underscore before it */
	static const char *const ends[] = { "ARN", "ROLE", "ROLE_TO_ASSUME", "REGION", "ACCOUNT", "ACCOUNT_ID", "CLIENT_ID", "TENANT_ID", "SUBSCRIPTION_ID",
		"PROJECT_ID", "APP_ID", "USER", "USERNAME", "EMAIL", "URL", "HOST", "BUCKET" };
	const size_t n = strlen(name);

	for (size_t i = 0; i < MF_COUNT(ends); i++) {
		const size_t m = strlen(ends[i]);

		if (n >= m && strcasecmp(name + n - m, ends[i]) == 0 && (n == m || name[n - m - 1] == '_' || i == 0))
			return true;
	}
	return false;
}

static bool any_secret(char name[static MF_GH_NAME], const struct mf_gh *g, const struct mf_ynode *map)
{
	for (size_t i = 0; map && mf_yaml_type(map) == MF_Y_MAP && i < mf_yaml_size(map); i++)
		if (mf_gh_secret_of(name, g, mf_dc_text(mf_yaml_at(map, i))) && !opens_nothing(name))
			return true;
	return false;
}

/* GitHub's own actions are the platform's: who does not trust them cannot run anything there. */
static bool trusted(const char *action, struct mf_str ref)
{
	return is_commit(ref) || strncmp(action, "actions/", 8) == 0 || strncmp(action, "github/", 7) == 0;
}

/* What `uses` becomes: the commit, and what it was said by in a comment. */
static void pinned(char out[static 300], struct mf_str whole, struct mf_str ref, const char *to)
{
	const size_t n = whole.n > ref.n ? whole.n - ref.n - 1 : 0;

	snprintf(out, 300, "%.*s@%s    # %.*s", (int)(n < 150 ? n : 150), whole.p, to, (int)(ref.n < 80 ? ref.n : 80), ref.p);
}

static int tell_unpinned(const struct mf_gh *g, const char *uses, const char *secret)
{
	struct mf_buf yaml = MF_BUF(12 << 10);
	struct mf_err none = { 0 };
	int rc = mf_gh_rewrite(&yaml, g, &(struct mf_gh_new){ .uses = uses }, &none);

	rc = habit_at(g, "unpinned-secret-action", mf_dc_get(g->step, "uses"), secret, rc == 0 ? mf_buf_text(&yaml) : NULL);
	mf_buf_free(&yaml);
	return rc;
}

static int unpinned(const struct mf_gh *g, const char *action, struct mf_str ref)
{
	char secret[MF_GH_NAME], uses[300];

	if (trusted(action, ref) || (!any_secret(secret, g, mf_dc_get(g->step, "with")) && !any_secret(secret, g, mf_dc_get(g->step, "env"))))
		return 0;
	pinned(uses, mf_dc_text(mf_dc_get(g->step, "uses")), ref, "COMMIT");
	return tell_unpinned(g, uses, secret);
}

/* A step that is an image: a tag moves as a branch does, only a digest stays. */
static int unpinned_image(const struct mf_gh *g)
{
	const struct mf_str whole = mf_trim(mf_dc_text(mf_dc_get(g->step, "uses")));
	struct mf_str ref = { whole.p, 0 };
	char secret[MF_GH_NAME], uses[300];

	if (!mf_str_begins(whole, "docker://") || mf_gh_has(whole, "@sha256:") ||
	    (!any_secret(secret, g, mf_dc_get(g->step, "with")) && !any_secret(secret, g, mf_dc_get(g->step, "env"))))
		return 0;
	/* a colon before the last slash is a port's */
	for (size_t i = whole.n; i > 9 && whole.p[i - 1] != '/' && !ref.n; i--)
		if (whole.p[i - 1] == ':')
			ref = (struct mf_str){ whole.p + i, whole.n - i };
	if (!ref.n)
		snprintf(uses, sizeof(uses), "%.*s@sha256:DIGEST", (int)(whole.n < 150 ? whole.n : 150), whole.p);
	else
		pinned(uses, whole, ref, "sha256:DIGEST");
	return tell_unpinned(g, uses, secret);
}

/* A called workflow of another repository. */
static int unpinned_call(const struct mf_gh *g)
{
	const struct mf_ynode *secrets = mf_dc_get(g->job, "secrets"), *uses = mf_dc_get(g->job, "uses");
	const bool all = is_text(secrets, "inherit");
	char action[MF_GH_NAME], secret[MF_GH_NAME], becomes[300], yaml[320];
	struct mf_str ref;

	if (!mf_gh_action(action, &ref, g->job) || trusted(action, ref) || (!all && !any_secret(secret, g, secrets)))
		return 0;
	pinned(becomes, mf_dc_text(uses), ref, "COMMIT");
	snprintf(yaml, sizeof(yaml), "uses: %s\n", becomes);
	return habit_at(g, "unpinned-secret-action", uses, all ? NULL : secret, yaml);
}

static int prints(const struct mf_gh *g, const struct mf_ynode *script, struct mf_str line, unsigned *left)
{
	char secret[MF_GH_NAME], yaml[4 * MF_GH_NAME + 100];
	struct mf_check_place at;

	line = mf_trim(line);
	if (line.n == 0 || line.p[0] == '#' || !(mf_gh_has(line, "echo ") || mf_gh_has(line, "printf ")))
		return 0;
	/* into a file, another program, a substitution, or to hide it */
	if (memchr(line.p, '>', line.n) || memchr(line.p, '|', line.n) || mf_gh_has(line, "$(") || memchr(line.p, '`', line.n) || mf_gh_has(line, "add-mask"))
		return 0;
	if (!mf_gh_secret_in(secret, line) && (!mf_gh_secret_printed(secret, g, line, left) || opens_nothing(secret)))
		return 0;
	at = mf_gh_place_in(g, script, line, secret);
	snprintf(yaml, sizeof(yaml), "env:\n  %s: ${{ secrets.%s }}\nrun: |\n  test -n \"$%s\"    # whether it is there, and not what it is\n", secret, secret, secret);
	return habit(g, "secret-echo", &at, yaml);
}

/* Of the inputs or the variables of a step, a job or a workflow. */
static int all_secrets(const struct mf_gh *g, const struct mf_ynode *map)
{
	for (size_t i = 0; map && mf_yaml_type(map) == MF_Y_MAP && i < mf_yaml_size(map); i++)
		if (mf_gh_all_secrets(mf_dc_text(mf_yaml_at(map, i))))
			return habit_at(g, "secrets-all", mf_yaml_key_at(map, i), NULL, NAMED);
	return 0;
}

static int script_habits(const struct mf_gh *g, const struct mf_ynode *script)
{
	unsigned left = 1000;
	bool all = false;
	struct mf_str line;

	for (size_t at = 0; mf_dc_line(mf_dc_text(script), &at, &line);) {
		if (!all && mf_gh_all_secrets(line)) {
			const struct mf_check_place place = mf_gh_place_in(g, script, mf_trim(line), NULL);

			all = true;
			if (habit(g, "secrets-all", &place, NAMED))
				return -1;
		}
		if (prints(g, script, line, &left))
			return -1;
	}
	return 0;
}

int mf_gh_env_habits(const struct mf_gh *g, const struct mf_ynode *env)
{
	return all_secrets(g, env);
}

int mf_gh_step_habits(const struct mf_gh *g)
{
	char action[MF_GH_NAME];
	struct mf_str ref;

	if (all_secrets(g, mf_dc_get(g->step, "with")) || all_secrets(g, mf_dc_get(g->step, "env")) || script_habits(g, mf_dc_get(g->step, "run")))
		return -1;
	if (!mf_gh_action(action, &ref, g->step))
		return unpinned_image(g);
	if (strcmp(action, "actions/checkout") == 0 && checkout(g, ref))
		return -1;
	return unpinned(g, action, ref);
}
