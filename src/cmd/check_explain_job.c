/* SPDX-License-Identifier: Apache-2.0 */
/* This job's claims and settings, as far as they can stand in a command as they are. */
#include "check_recipe.h"

#include <ctype.h>
#include <mayfly/identity.h>
#include <mayfly/provider.h>

#define PLAIN "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz._/@:+=,%-"

/* -- names ------------------------------------------------------------------------------------------ */

/* What a reader has to fill in where the job does not: the name says what, the sentence how to learn it. */
static const struct {
	const char *name;
	size_t at;		/* of the value in the job; SIZE_MAX: the job never knows it */
	const char *shown;	/* what stands there then */
	const char *how;
} names[] = {
#define FIELD(name, shown, how) { #name, offsetof(struct mf_recipe_job, name), shown, how }
	FIELD(iss, "https://ISSUER", "the address that signs your CI's identity tokens, its `iss` claim"),
	FIELD(host, "ISSUER", "the address that signs your CI's identity tokens, its `iss` claim, without https://"),
	FIELD(sub, "SUBJECT", "the `sub` claim of this job's identity token: `mayfly run --dry-run` in the job shows it"),
	FIELD(sub_ids, "SUBJECT_WITH_IDS", "the `sub` claim of this job's identity token: `mayfly run --dry-run` in the job shows it"),
	FIELD(subs, "\"SUBJECT\"", "the `sub` claim of this job's identity token: `mayfly run --dry-run` in the job shows it"),
	FIELD(own_sub, "its subject is not known", ""),
	FIELD(repository, "OWNER/NAME", "this repository, with its owner or group"),
	FIELD(owner, "OWNER", "the owner of this repository"),
	FIELD(project, "REPOSITORY_NAME", "the name of this repository, without its owner"),
	FIELD(owner_id, "OWNER_ID", "gh api users/OWNER --jq .id"),
	FIELD(repository_id, "REPOSITORY_ID", "gh api repos/OWNER/NAME --jq .id; GitLab shows a project's id in its settings"),
	FIELD(ref, "refs/heads/BRANCH", "the branch whose jobs are let in, such as main"),
	FIELD(branch, "BRANCH", "the branch whose jobs are let in, such as main"),
	FIELD(ref_type, "branch", ""),
	FIELD(server, "https://SERVER", "the address of your CI's server"),
	FIELD(name, "NAME", "a name of your choice, in small letters"),
	FIELD(account, "AWS_ACCOUNT_ID", "aws sts get-caller-identity --query Account --output text"),
	FIELD(vault, "https://VAULT", "the address of your Vault or OpenBao (`vault.url`)"),
	FIELD(audience, "https://VAULT", "the address of your Vault or OpenBao (`vault.url`)"),
	FIELD(mount, "jwt", ""),
	FIELD(role, "ci", ""),
	FIELD(path, "secret/data/ci/NAME", ""),
	FIELD(can, "read", ""),
	FIELD(pair, "DEPLOY_KEY=vault://secret/data/ci/NAME#deploy_key", ""),
#undef FIELD
#define ASKED(name, how) { #name, SIZE_MAX, #name, how }
	ASKED(USER, "whose key it is: aws sts get-caller-identity, called with it"),
	ASKED(KEY_ID, "the id under which its issuer lists it"),
	ASKED(AWS_REGION, "the region that the job works in, such as eu-central-1"),
	ASKED(POLICY_ARN, "a policy that allows what the job does and no more"),
	ASKED(PROJECT_ID, "gcloud config get-value project"),
	ASKED(PROJECT_NUMBER, "gcloud projects describe PROJECT_ID --format='value(projectNumber)'"),
	ASKED(SERVICE_ACCOUNT, "the account that the key belonged to: gcloud iam service-accounts list"),
	ASKED(APP_ID, "the application's client id: az ad app list --display-name NAME --query '[].appId'"),
	ASKED(TENANT_ID, "az account show --query tenantId --output tsv"),
	ASKED(SUBSCRIPTION_ID, "az account show --query id --output tsv"),
	ASKED(COMMIT, "the full commit id of a release of that action, on which you looked"),
	ASKED(ROLE, "what the application may do there: az role definition list --query '[].roleName'"),
	ASKED(RESOURCE_GROUP, "az group list --query '[].name'"),
	ASKED(STORAGE_ACCOUNT, "az storage account list --query '[].name'"),
	ASKED(CONTAINER, "what the address is to reach: az storage container list"),
	ASKED(API, "the one API that is called, without .googleapis.com: gcloud services list --enabled"),
	ASKED(DATABASE, "the connection that Vault knows: vault list database/config"),
	ASKED(ORG_USER, "the user whose tokens Vault makes, user-...: a member of the one team that the job needs"),
	ASKED(NAMESPACE, "the namespace that the job deploys to"),
	ASKED(SECRET, "what holds the old token: kubectl get secrets --field-selector type=kubernetes.io/service-account-token"),
	ASKED(OTHER_REPOSITORY, "the repositories that the step reaches, without their owner"),
	ASKED(OTHER_PROJECT, "the path of the project that the step reaches"),
	ASKED(LAST_DAY, "a day within the month, as in 2027-01-31"),
	ASKED(DOMAIN, "the domain that Vault's authority issues for"),
	ASKED(NUGET_USER, "the name of the profile at nuget.org that owns the package"),
	ASKED(FILE, "what is signed"),
	ASKED(PACKAGE, "the package that is published"),
	ASKED(WORKFLOW, "the name of the workflow's file, such as release.yml"),
#undef ASKED
};
_Static_assert(MF_COUNT(names) <= 64, "one bit for each");

static const char *value_of(const struct mf_recipe_job *j, size_t i)
{
	return names[i].at == SIZE_MAX ? "" : (const char *)j + names[i].at;
}

/* A subject that was put together may itself hold what a reader has to fill in. */
static void miss_inside(struct mf_recipe_job *j, const char *value)
{
	for (size_t i = 0; i < MF_COUNT(names); i++)
		if (names[i].at != SIZE_MAX && *names[i].how && !*value_of(j, i) && strstr(value, names[i].shown))
			j->missing |= (uint64_t)1 << i;
}

static const char *look_up(struct mf_recipe_job *j, const char *name, size_t n)
{
	for (size_t i = 0; i < MF_COUNT(names); i++) {
		const char *value = value_of(j, i);

		if (strlen(names[i].name) != n || memcmp(names[i].name, name, n) != 0)
			continue;
		if (!*value && *names[i].how)
			j->missing |= (uint64_t)1 << i;
		if (*value)
			miss_inside(j, value);
		return *value ? value : names[i].shown;
	}
	return NULL;
}

static int spaces(struct mf_buf *out, unsigned n, struct mf_err *err)
{
	return mf_buf_printf(out, err, "%*s", (int)n, "");
}

int mf_recipe_expand(struct mf_recipe_job *j, struct mf_buf *out, const char *text, unsigned indent, struct mf_err *err)
{
	bool begins = true;

	for (const char *p = text; *p;) {
		const char *end = p[0] == '%' && p[1] == '{' ? strchr(p, '}') : NULL;
		const char *value = end ? look_up(j, p + 2, (size_t)(end - p - 2)) : NULL;

		if (begins && *p != '\n' && spaces(out, indent, err))
			return -1;
		begins = *p == '\n';
		if (value ? mf_buf_puts(out, value, err) : mf_buf_putc(out, *p, err))
			return -1;
		p = value ? end + 1 : p + 1;
	}
	return begins ? 0 : mf_buf_putc(out, '\n', err);
}

/* Two names may stand for one thing. */
static bool said_before(const struct mf_recipe_job *j, size_t i)
{
	for (size_t k = 0; k < i; k++)
		if ((j->missing >> k & 1) && strcmp(names[k].how, names[i].how) == 0)
			return true;
	return false;
}

int mf_recipe_missing(const struct mf_recipe_job *j, struct mf_buf *out, struct mf_err *err)
{
	if (!j->missing)
		return 0;
	if (mf_buf_puts(out, "To fill in:\n", err))
		return -1;
	for (size_t i = 0; i < MF_COUNT(names); i++)
		if ((j->missing >> i & 1) && !said_before(j, i) && mf_buf_printf(out, err, "  %-18s %s\n", names[i].shown, names[i].how))
			return -1;
	return mf_buf_putc(out, '\n', err);
}

/* -- the job ---------------------------------------------------------------------------------------- */

/* Only what is itself in JSON, in a shell and in Google's expressions: a branch can have any name. */
static void put(char *out, size_t cap, const char *value)
{
	size_t n = value ? strlen(value) : 0;

	out[0] = '\0';
	if (n && n < cap && strspn(value, PLAIN) == n && value[0] != '-')
		memcpy(out, value, n + 1);
}
#define PUT(field, value) put((field), sizeof(field), (value))

static void put_ref(struct mf_recipe_job *j, const char *ref)
{
	bool tag = ref && strncmp(ref, "refs/tags/", 10) == 0, branch = ref && strncmp(ref, "refs/heads/", 11) == 0;

	if (!tag && !branch)
		return;
	PUT(j->ref, ref);
	PUT(j->branch, ref + (tag ? 10 : 11));
	PUT(j->ref_type, tag ? "tag" : "branch");
}

/* "acme/Shop.web" -> "acme-shop-web" */
static void put_name(struct mf_recipe_job *j)
{
	size_t n = 0;

	for (const char *p = j->repository; *p && n < 28; p++) {
		if (isalnum((unsigned char)*p))
			j->name[n++] = (char)tolower((unsigned char)*p);
		else if (n && j->name[n - 1] != '-')
			j->name[n++] = '-';
	}
	while (n && j->name[n - 1] == '-')
		n--;
	j->name[n] = '\0';
}

static bool of_review(const struct mf_job *job)
{
	return (job->event && (strcmp(job->event, "pull_request") == 0 || strcmp(job->event, "merge_request_event") == 0)) ||
		(job->ref && (strncmp(job->ref, "refs/pull/", 10) == 0 || strncmp(job->ref, "refs/merge-requests/", 20) == 0));
}

/* Whom to let in instead of a pull request's job, which runs what nobody has looked at: a branch that a reader names. */
static void put_subjects(struct mf_recipe_job *j, const struct mf_job *job)
{
	struct mf_job as = *job;
	char heads[] = "refs/heads/BRANCH", event[] = "push", owner_id[] = "OWNER_ID", id[] = "REPOSITORY_ID", named[] = "OWNER/NAME", text[512];

	if (j->is & MF_STEP_REVIEW) {
		mf_identity_predict_sub(text, sizeof(text), job, false);
		PUT(j->own_sub, text);
		as.event = event;
		as.environment = NULL;
	}
	if (!j->ref[0] && !as.environment)
		as.ref = heads;
	if (!j->repository[0])
		as.repository = named;
	as.owner_id = j->owner_id[0] ? as.owner_id : owner_id;
	as.repository_id = j->repository_id[0] ? as.repository_id : id;
	mf_identity_predict_sub(text, sizeof(text), &as, false);
	PUT(j->sub, text);
	mf_identity_predict_sub(text, sizeof(text), &as, true);
	PUT(j->sub_ids, text);
	if (!j->sub[0])
		return;
	if (strcmp(j->sub, j->sub_ids) != 0)
		j->is |= MF_STEP_IDS;
	/* both forms name this repository; the one with ids can only be written where they are known */
	if ((j->is & MF_STEP_IDS) && j->sub_ids[0] && j->owner_id[0] && j->repository_id[0])
		snprintf(j->subs, sizeof(j->subs), "[\"%s\", \"%s\"]", j->sub, j->sub_ids);
	else
		snprintf(j->subs, sizeof(j->subs), "\"%s\"", j->sub);
	if (strlen(j->sub) > 127)
		j->is |= MF_STEP_LONG_SUB;
}

static void put_issuer(struct mf_recipe_job *j, const struct mf_job *job)
{
	static const char *const clouds[] = { "https://github.com", "https://gitlab.com" };
	const char *server = job->server_url;
	char iss[256];
	struct mf_job as = *job;
	char github[] = "https://github.com", gitlab[] = "https://gitlab.com";
	size_t n;

	if (!server)
		as.server_url = j->is & MF_STEP_GITLAB ? gitlab : github;
	PUT(j->server, as.server_url);
	mf_identity_predict_iss(iss, sizeof(iss), &as);
	PUT(j->iss, iss);
	if (strncmp(j->iss, "https://", 8) == 0)
		PUT(j->host, j->iss + 8);
	j->is |= MF_STEP_OWN_SERVER;
	for (size_t i = 0; i < MF_COUNT(clouds); i++)
		if (strcmp(as.server_url, clouds[i]) == 0)
			j->is &= ~(unsigned)MF_STEP_OWN_SERVER;
	n = strlen(as.server_url);
	if (n > 8 && strcmp(as.server_url + n - 8, ".ghe.com") == 0)
		j->is &= ~(unsigned)MF_STEP_OWN_SERVER;
}

static void put_repository(struct mf_recipe_job *j, const struct mf_job *job)
{
	const char *slash = job->repository ? strchr(job->repository, '/') : NULL;

	PUT(j->repository, job->repository);
	PUT(j->owner_id, job->owner_id);
	PUT(j->repository_id, job->repository_id);
	if (slash && j->repository[0]) {
		snprintf(j->owner, sizeof(j->owner), "%.*s", (int)(slash - job->repository), job->repository);
		PUT(j->project, slash + 1);
	}
	put_name(j);
}

static void put_vault(struct mf_recipe_job *j, const struct mf_conf *conf)
{
	char text[sizeof(j->mount)];
	struct mf_str mount;

	if (!conf)
		return;
	PUT(j->vault, mf_conf_str(conf, MF_K_VAULT_URL));
	PUT(j->audience, mf_conf_str(conf, MF_K_VAULT_AUDIENCE));
	if (!j->audience[0])
		PUT(j->audience, j->vault);
	PUT(j->role, mf_conf_str(conf, MF_K_VAULT_ROLE));
	mount = mf_vault_mount(conf);
	if (strcmp(mf_vault_method(conf), "jwt") != 0 || mount.n >= sizeof(text))
		return;
	memcpy(text, mount.p, mount.n);
	text[mount.n] = '\0';
	PUT(j->mount, text);
}

/* "AWS account 123456789012" */
static void put_account(struct mf_recipe_job *j, const struct mf_check_item *item)
{
	const char *p = item ? item->life.account : "";

	if (strncmp(p, "AWS account ", 12) == 0 && strspn(p + 12, "0123456789") == 12)
		snprintf(j->account, sizeof(j->account), "%.12s", p + 12);
}

void mf_recipe_job(struct mf_recipe_job *j, const struct mf_env *env, const struct mf_check_item *item)
{
	struct mf_job job = env->job;

	memset(j, 0, sizeof(*j));
	if (job.rules != MF_CI_GITHUB && job.rules != MF_CI_GITLAB) {
		j->ci = mf_ci_name(job.ci);
		j->is = MF_STEP_OTHER_CI;
		put_repository(j, &job);
		put_vault(j, env->conf);
		put_account(j, item);
		return;
	}
	j->is = job.rules == MF_CI_GITLAB ? MF_STEP_GITLAB : MF_STEP_GITHUB;
	j->is |= of_review(&job) ? MF_STEP_REVIEW : 0;
	j->ci = mf_ci_name(job.rules);
	put_issuer(j, &job);
	put_repository(j, &job);
	if (!(j->is & MF_STEP_REVIEW))
		put_ref(j, job.ref);
	put_subjects(j, &job);
	put_vault(j, env->conf);
	put_account(j, item);
}

void mf_recipe_for(struct mf_recipe_job *j, enum mf_check_remedy remedy)
{
	/* without a variable's name the job calls Vault by itself */
	static const struct {
		enum mf_check_remedy remedy;
		const char *before, *can, *variable, *behind;
	} uses[] = {
		{ MF_REMEDY_DATABASE, "database/creds/ci-", "read", "DB_*=", "" },
		{ MF_REMEDY_TERRAFORM, "terraform/creds/ci-", "read", "TF_TOKEN_app_terraform_io=", "#token" },
		{ MF_REMEDY_SSH, "ssh-ci/sign/ci-", "update", NULL, "" },
		{ MF_REMEDY_TLS, "pki/issue/ci-", "update", NULL, "" },
		{ MF_REMEDY_ENCRYPTION, "transit/decrypt/ci-", "update", NULL, "" },
		{ MF_REMEDY_COUNT, "secret/data/ci/", "read", "DEPLOY_KEY=", "#deploy_key" },
	};
	const char *name = j->name[0] ? j->name : "NAME";
	size_t i = 0;

	while (uses[i].remedy != remedy && uses[i].remedy != MF_REMEDY_COUNT)
		i++;
	snprintf(j->path, sizeof(j->path), "%s%s", uses[i].before, name);
	snprintf(j->can, sizeof(j->can), "%s", uses[i].can);
	snprintf(j->pair, sizeof(j->pair), "%svault://%s%s", uses[i].variable ? uses[i].variable : "", j->path, uses[i].behind);
	j->is |= uses[i].variable ? MF_STEP_FETCH : MF_STEP_TOKEN;
}
