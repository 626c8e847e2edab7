/* SPDX-License-Identifier: Apache-2.0 */
/* Every kind of credential that can be measured: what it is, and what takes its place. */
#include <mayfly/check.h>

#define JOB_FIX "nothing: it ends with the job; give it no more permissions than the job needs"
#define AWS_FIX "let the job assume a role with its OIDC identity (sts:AssumeRoleWithWebIdentity), then delete the key"
#define GCP_FIX "let the job in by Workload Identity Federation, then delete the service account's key"
#define AZURE_FIX "give the application a federated credential for this job's identity, then delete the secret"
#define AZURE_KEY_FIX "log in with a federated credential and a role on the resource, then switch keys off there"
#define GITLAB_FIX "use CI_JOB_TOKEN with the other project's allowlist, or a token for one project that ends within the month"
#define RUNNER_FIX "keep it on the runner's host, out of jobs and repositories; register with `glrt-` tokens and let them rotate"
#define DB_FIX "fetch a user that Vault's database engine makes for this job, or log in with the cloud's identity"
#define STORE_FIX "keep it in Vault, fetch it in the job by its OIDC identity, and renew it by its rotation age"
#define CONTAINER_FIX "fetch the key and its certificate in the job, issued for it by Vault's PKI engine, instead of a stored container"
#define SIGNED_FIX "sign it where it is used, for minutes, and hand on the right to sign instead of the URL"

/* By kind, in the order of strcmp(). */
const struct mf_check_kind mf_check_known[] = {
	{ "age-key", "an age identity", MF_LC_API_KEY, MF_REMEDY_ENCRYPTION,
		"it decrypts all that was ever encrypted to it, and cannot be revoked",
		"encrypt to a key of the cloud's KMS or Vault's transit engine, which the job may use by its OIDC identity" },
	{ "artifactory-reference", "a reference token of Artifactory", MF_LC_API_KEY, MF_REMEDY_ARTIFACTORY,
		"it stands for an access token that the server keeps; only the server knows its end",
		"exchange the job's OIDC identity for a token of Artifactory that lives for minutes" },
	{ "aws-access-key", "a long-lived AWS access key", MF_LC_API_KEY, MF_REMEDY_AWS,
		"with its secret it is an IAM user, from anywhere, until somebody deactivates it",
		AWS_FIX },
	{ "aws-bedrock-key", "a long-term key of Amazon Bedrock", MF_LC_API_KEY, MF_REMEDY_AWS,
		"it is an IAM user's credential for Bedrock, with an end only where one was chosen",
		AWS_FIX },
	{ "aws-bedrock-session", "a short-term key of Amazon Bedrock", MF_LC_SERVICE_TOKEN, MF_REMEDY_AWS_SESSION,
		"it lives as long as the session that made it, twelve hours at most",
		"make it in the job, from a role's session of an hour or less" },
	{ "aws-cloudfront-url", "a signed URL of CloudFront", MF_LC_SERVICE_TOKEN, MF_REMEDY_SIGNED_URL,
		"whoever has the address has the content, until the date in it",
		SIGNED_FIX },
	{ "aws-ecr-password", "a registry's password of Amazon ECR", MF_LC_API_KEY, MF_REMEDY_AWS_SESSION,
		"it pulls and pushes what the login that made it may, for twelve hours, which nobody can shorten",
		"make it in the job, from a role that may do no more than push this image" },
	{ "aws-presigned-url", "a presigned URL of AWS", MF_LC_SERVICE_TOKEN, MF_REMEDY_SIGNED_URL,
		"whoever has the address may do what was signed, for the seconds in it, seven days at most",
		SIGNED_FIX },
	{ "aws-secret-key", "the secret of an AWS access key", MF_LC_API_KEY, MF_REMEDY_AWS,
		"it lives as long as its key id: for an AKIA that is until somebody deletes it",
		AWS_FIX },
	{ "aws-session-key", "a temporary AWS access key", MF_LC_SERVICE_TOKEN, MF_REMEDY_AWS_SESSION,
		"STS made it for a session of fifteen minutes to twelve hours, or thirty-six for a user's",
		"ask STS for a session as long as the job (DurationSeconds), in the job" },
	{ "aws-session-token", "a temporary AWS session token", MF_LC_SERVICE_TOKEN, MF_REMEDY_AWS_SESSION,
		"STS made it for a session of fifteen minutes to twelve hours, or thirty-six for a user's",
		"ask STS for a session as long as the job (DurationSeconds), in the job" },
	{ "azure-access-key", "a shared access key of Azure", MF_LC_API_KEY, MF_REMEDY_AZURE,
		"it signs for a whole namespace or policy of a service until it is regenerated",
		AZURE_KEY_FIX },
	{ "azure-client-secret", "an application's secret of Entra ID", MF_LC_API_KEY, MF_REMEDY_AZURE,
		"it is the application's password, from anywhere, for up to two years or longer",
		AZURE_FIX },
	{ "azure-devops-pat", "a personal access token of Azure DevOps", MF_LC_API_KEY, MF_REMEDY_AZURE_DEVOPS,
		"it does what its owner may within its scopes, for a year at most",
		"use the pipeline's System.AccessToken, or a service principal's token for Azure DevOps by federation" },
	{ "azure-key", "a key of an Azure service", MF_LC_API_KEY, MF_REMEDY_AZURE,
		"it opens the service until it is regenerated",
		AZURE_KEY_FIX },
	{ "azure-sas", "a shared access signature of Azure", MF_LC_SERVICE_TOKEN, MF_REMEDY_AZURE_SAS,
		"whoever has it may do what was signed until its `se`; only a new account key, or its stored policy, ends it before",
		"make a user delegation SAS in the job, from its own login, for an hour or less" },
	{ "azure-storage-key", "a storage account's key of Azure", MF_LC_API_KEY, MF_REMEDY_AZURE,
		"it opens all of the storage account, and signs for it, until it is regenerated",
		AZURE_KEY_FIX },
	{ "azure-token", "a token of Entra ID", MF_LC_SERVICE_TOKEN, MF_REMEDY_AZURE,
		"it lives for an hour or so; its dates are in it",
		"log in in the job, by a federated credential; tokens are not for handing on" },
	{ "basic-auth", "a user's name and password", MF_LC_API_KEY, MF_REMEDY_STORE,
		"a password has no end of its own",
		STORE_FIX },
	{ "cask", "an annotated security key (CASK)", MF_LC_API_KEY, MF_REMEDY_STORE,
		"its bytes say when it was made; its end, where it has one, only its issuer knows",
		STORE_FIX },
	{ "ci-id-token", "an identity token of a CI job", MF_LC_CI_TOKEN, MF_REMEDY_JOB,
		"it says which job this is; its dates are in it",
		JOB_FIX },
	{ "ci-job-token", "a token that the CI made for this job", MF_LC_CI_TOKEN, MF_REMEDY_JOB,
		"it ends with its job",
		JOB_FIX },
	{ "crates-token", "a token of crates.io", MF_LC_API_KEY, MF_REMEDY_CRATES,
		"it publishes crates; an end is optional, and only crates.io knows it",
		"publish by crates.io's trusted publishing, then revoke the token" },
	{ "credential", "a credential", MF_LC_API_KEY, MF_REMEDY_STORE,
		"the scan found it, and nothing in it tells how long it lives",
		STORE_FIX },
	{ "database-connection", "a connection string with a password", MF_LC_DATABASE, MF_REMEDY_DATABASE,
		"a password has no end of its own",
		DB_FIX },
	{ "database-url", "a database's URL with a password", MF_LC_DATABASE, MF_REMEDY_DATABASE,
		"a password has no end of its own",
		DB_FIX },
	{ "docker-oat", "an organization's access token of Docker Hub", MF_LC_API_KEY, MF_REMEDY_DOCKER,
		"an end is optional, and only Docker Hub knows it",
		"push to a registry that takes the job's own token, or give this one an end within the quarter and one repository" },
	{ "docker-pat", "a personal access token of Docker Hub", MF_LC_API_KEY, MF_REMEDY_DOCKER,
		"an end is optional, and only Docker Hub knows it",
		"push to a registry that takes the job's own token, or use an organization's token with an end within the quarter" },
	{ "gcp-access-token", "an access token of Google", MF_LC_SERVICE_TOKEN, MF_REMEDY_GCP,
		"it lives for an hour, unless an organization allows twelve",
		"ask for it in the job, by Workload Identity Federation" },
	{ "gcp-api-key", "an API key of Google", MF_LC_API_KEY, MF_REMEDY_GCP_API_KEY,
		"it names a project, has no end, and works from anywhere unless it is restricted",
		"call with a service account's token by federation; where only a key is taken, restrict it to one API and renew it each quarter" },
	{ "gcp-authorized-user", "a person's login for Google's tools", MF_LC_HUMAN_SESSION, MF_REMEDY_PERSON,
		"its refresh token makes new tokens until it is revoked, or unused for half a year",
		"let the job in by Workload Identity Federation instead of a person's login" },
	{ "gcp-external-account", "a file that names an identity and holds no key", MF_LC_NONE, MF_REMEDY_NONE,
		"it says how to exchange an identity for a token; by itself it opens nothing",
		"nothing: this is the form to have" },
	{ "gcp-id-token", "an identity token of Google", MF_LC_SERVICE_TOKEN, MF_REMEDY_GCP,
		"it lives for an hour; its dates are in it",
		"ask for it in the job, by Workload Identity Federation" },
	{ "gcp-oauth-secret", "an OAuth client's secret of Google", MF_LC_API_KEY, MF_REMEDY_GCP,
		"it has no end until it is replaced",
		"let the job in by Workload Identity Federation; a job needs no OAuth client" },
	{ "gcp-refresh-token", "a refresh token of Google", MF_LC_HUMAN_SESSION, MF_REMEDY_PERSON,
		"it makes new tokens until it is revoked, or unused for half a year",
		"let the job in by Workload Identity Federation instead of a person's login" },
	{ "gcp-service-account", "a service account's key of Google", MF_LC_API_KEY, MF_REMEDY_GCP,
		"it is the service account, from anywhere, until the key is deleted",
		GCP_FIX },
	{ "gcp-signed-url", "a signed URL of Google Cloud Storage", MF_LC_SERVICE_TOKEN, MF_REMEDY_SIGNED_URL,
		"whoever has the address may do what was signed, for the seconds in it, seven days at most",
		SIGNED_FIX },
	{ "github-app-installation", "an installation token of GitHub", MF_LC_CI_TOKEN, MF_REMEDY_JOB,
		"a GitHub App's access to the repositories that it was asked for, for an hour; GITHUB_TOKEN is one",
		JOB_FIX },
	{ "github-app-user", "a GitHub App's token for a user", MF_LC_HUMAN_SESSION, MF_REMEDY_GITHUB,
		"it lives for eight hours, as a person",
		"use GITHUB_TOKEN, or an installation token of the App: a job is no person" },
	{ "github-id-token", "an identity token of a GitHub job", MF_LC_CI_TOKEN, MF_REMEDY_JOB,
		"it says which job this is; its dates are in it",
		JOB_FIX },
	{ "github-oauth", "an OAuth app's token for GitHub", MF_LC_API_KEY, MF_REMEDY_GITHUB,
		"it acts as a person and ends after a year without use",
		"use GITHUB_TOKEN, or a GitHub App's installation token where that does not reach" },
	{ "github-pat", "a personal access token of GitHub, by its use", MF_LC_API_KEY, MF_REMEDY_GITHUB,
		"it does what its owner may, in every repository, for as long as its owner chose",
		"use GITHUB_TOKEN with the permissions that the job needs, or a GitHub App's installation token, then delete the token" },
	{ "github-pat-classic", "a classic personal access token of GitHub", MF_LC_API_KEY, MF_REMEDY_GITHUB,
		"it opens all that its owner can within its scopes; a date, where it has one, only GitHub knows",
		"use GITHUB_TOKEN, or a GitHub App's installation token where that does not reach, then delete the token" },
	{ "github-pat-fine-grained", "a fine-grained personal access token of GitHub", MF_LC_API_KEY, MF_REMEDY_GITHUB,
		"it opens what was chosen when it was made, until a day that only GitHub knows",
		"use GITHUB_TOKEN, or a GitHub App's installation token where that does not reach, then delete the token" },
	{ "github-refresh", "a GitHub App's refresh token", MF_LC_API_KEY, MF_REMEDY_GITHUB,
		"it makes new tokens for a user for half a year",
		"use GITHUB_TOKEN, or an installation token of the App: a job is no person" },
	{ "github-runtime-token", "a GitHub job's token for caches, artifacts and identity", MF_LC_CI_TOKEN, MF_REMEDY_JOB,
		"it ends with its job",
		JOB_FIX },
	{ "gitlab-agent", "a Kubernetes agent's token of GitLab", MF_LC_SERVICE_TOKEN, MF_REMEDY_GITLAB_RUNNER,
		"it has no end until it is revoked",
		"keep it in the cluster; a job reaches the cluster through the agent (`ci_access`) without it" },
	{ "gitlab-deploy-token", "a deploy token of GitLab", MF_LC_API_KEY, MF_REMEDY_GITLAB,
		"an end is optional, and only GitLab knows it",
		GITLAB_FIX },
	{ "gitlab-feature-flags", "a feature flags client's token of GitLab", MF_LC_API_KEY, MF_REMEDY_STORE,
		"it reads flags until it is reset",
		STORE_FIX },
	{ "gitlab-feed", "a feed token of GitLab", MF_LC_API_KEY, MF_REMEDY_GITLAB,
		"it reads its owner's feeds and calendars until it is reset",
		"reset it in the owner's settings; a job has no use for it" },
	{ "gitlab-id-token", "an identity token of a GitLab job", MF_LC_CI_TOKEN, MF_REMEDY_JOB,
		"it says which job this is; its dates are in it",
		JOB_FIX },
	{ "gitlab-incoming-mail", "an incoming mail token of GitLab", MF_LC_API_KEY, MF_REMEDY_GITLAB,
		"mail to an address with it is its owner's, until it is reset",
		"reset it in the owner's settings; a job has no use for it" },
	{ "gitlab-job-token", "a job's token of GitLab", MF_LC_CI_TOKEN, MF_REMEDY_JOB,
		"it ends with its job",
		JOB_FIX },
	{ "gitlab-oauth-secret", "an OAuth application's secret of GitLab", MF_LC_API_KEY, MF_REMEDY_STORE,
		"it has no end until it is renewed",
		STORE_FIX },
	{ "gitlab-pat", "a personal, project or group access token of GitLab", MF_LC_API_KEY, MF_REMEDY_GITLAB,
		"it does what its scopes say, for a year at most by GitLab's default; only GitLab knows its end",
		GITLAB_FIX },
	{ "gitlab-runner", "a runner's token of GitLab", MF_LC_SERVICE_TOKEN, MF_REMEDY_GITLAB_RUNNER,
		"with it a machine takes jobs, and their secrets, until it is reset",
		RUNNER_FIX },
	{ "gitlab-runner-registration", "a runner registration token of GitLab", MF_LC_API_KEY, MF_REMEDY_GITLAB_RUNNER,
		"with it anybody adds a runner, which is given jobs and their secrets",
		RUNNER_FIX },
	{ "gitlab-scim", "a SCIM token of GitLab", MF_LC_SERVICE_TOKEN, MF_REMEDY_STORE,
		"it makes and removes a group's members until it is reset",
		STORE_FIX },
	{ "gitlab-session", "a session cookie of GitLab", MF_LC_HUMAN_SESSION, MF_REMEDY_PERSON,
		"it is a person's login in a browser",
		"log that session out; a job uses CI_JOB_TOKEN or a token of its own" },
	{ "gitlab-trigger", "a pipeline trigger token of GitLab", MF_LC_API_KEY, MF_REMEDY_GITLAB,
		"it starts pipelines as its owner; an end is optional",
		"start the other pipeline with `trigger:` or CI_JOB_TOKEN, then delete the token" },
	{ "java-keystore", "a Java keystore", MF_LC_TLS, MF_REMEDY_TLS,
		"what is in it, and until when, its password hides",
		CONTAINER_FIX },
	{ "jwe", "an encrypted JSON Web Token", MF_LC_SERVICE_TOKEN, MF_REMEDY_STORE,
		"its dates are encrypted",
		"have its issuer issue it in the job, for as long as the job" },
	{ "jwk", "a private JSON Web Key", MF_LC_API_KEY, MF_REMEDY_STORE,
		"it signs or decrypts until those who trust it stop",
		"let the job identify itself by its OIDC identity, or sign with Vault's transit engine, where the key cannot be read" },
	{ "jwt", "a JSON Web Token", MF_LC_SERVICE_TOKEN, MF_REMEDY_STORE,
		"whoever has it is its subject until its `exp`, without one for ever",
		"have its issuer issue it in the job, for as long as the job" },
	{ "kubeconfig", "a kubeconfig that is kept as a secret", MF_LC_SERVICE_TOKEN, MF_REMEDY_KUBERNETES,
		"it holds a token or a certificate that lives as long as the stored secret does",
		"let the cluster trust the CI's OIDC identity, or make the kubeconfig in the job by the cloud's own login" },
	{ "kubernetes-bound-token", "a Kubernetes service account's token", MF_LC_SERVICE_TOKEN, MF_REMEDY_KUBERNETES,
		"it is a service account for one audience, until the date in it",
		"ask for it in the job: `kubectl create token --duration`, or Vault's Kubernetes engine" },
	{ "kubernetes-legacy-token", "a Kubernetes service account's token of the old form", MF_LC_SERVICE_TOKEN, MF_REMEDY_KUBERNETES,
		"it is a service account for as long as its Secret exists",
		"let the cluster trust the CI's OIDC identity, or use a token with an end, then delete the Secret" },
	{ "large-value", "a value that is too large to be looked into", MF_LC_API_KEY, MF_REMEDY_STORE,
		"more than a mebibyte in one value was not measured",
		"put it in a file, and check the credentials in it by themselves" },
	{ "named", "a credential by its name", MF_LC_API_KEY, MF_REMEDY_STORE,
		"its name says that it is a credential, and nothing says how long it lives",
		"say what it is: replace it by one with an end, or excuse it by name with an owner and a date" },
	{ "npm-token", "an access token of npm", MF_LC_API_KEY, MF_REMEDY_NPM,
		"it publishes packages until a day that only the registry knows",
		"publish by npm's trusted publishing, then delete the token" },
	{ "nuget-key", "an API key of NuGet", MF_LC_API_KEY, MF_REMEDY_NUGET,
		"it publishes packages, for a year at most",
		"publish by NuGet's trusted publishing, then delete the key" },
	{ "pgp-private-key", "an OpenPGP private key", MF_LC_API_KEY, MF_REMEDY_SIGNING,
		"it signs as its owner; an end in it can be moved by whoever has it",
		"sign without a key of your own (Sigstore, by the job's OIDC identity), or with a key that stays in a KMS" },
	{ "pkcs12", "a PKCS #12 container", MF_LC_TLS, MF_REMEDY_TLS,
		"what is in it, and until when, its password hides",
		CONTAINER_FIX },
	{ "private-key", "a private key without a certificate", MF_LC_TLS, MF_REMEDY_TLS,
		"no certificate beside it says until when it is good for anything",
		"make the key in the job and have Vault's PKI engine certify it for as long as the job" },
	{ "pypi-token", "an upload token of PyPI", MF_LC_API_KEY, MF_REMEDY_PYPI,
		"it uploads releases until somebody deletes it, unless a caveat in it has an end",
		"publish by PyPI's trusted publishing, then delete the token" },
	{ "registry-password", "a password of an image registry", MF_LC_API_KEY, MF_REMEDY_DOCKER,
		"it pushes and pulls for as long as its owner chose",
		"push to a registry that takes the job's own token, or use a token with an end that may do no more" },
	{ "rubygems-key", "an API key of RubyGems", MF_LC_API_KEY, MF_REMEDY_RUBYGEMS,
		"it pushes gems; an end is optional, and only RubyGems knows it",
		"publish by RubyGems' trusted publishing, then delete the key" },
	{ "ssh-host-certificate", "an SSH host certificate", MF_LC_TLS, MF_REMEDY_SSH,
		"it says which host this is, until the date in it",
		"sign it for 90 days at most, and renew it by machine" },
	{ "ssh-private-key", "an SSH private key without a certificate", MF_LC_SSH, MF_REMEDY_SSH,
		"it opens every host that lists it, until somebody removes it there",
		"make a key in the job and have Vault's SSH engine sign it for as long as the job" },
	{ "ssh-user-certificate", "an SSH user certificate", MF_LC_SSH, MF_REMEDY_SSH,
		"it opens what its principals may, until the date in it; hosts ask nobody whether it was revoked",
		"sign it in the job, for as long as the job" },
	{ "stored-secret", "a stored secret", MF_LC_API_KEY, MF_REMEDY_STORE,
		"it is good until somebody replaces it where it came from",
		"replace it where it came from and write the new one, or let an engine of Vault make one for each job" },
	{ "supabase-anon", "an anon key of Supabase, meant to be public", MF_LC_NONE, MF_REMEDY_NONE,
		"row level security decides what it may see",
		"nothing: it is meant to be public" },
	{ "terraform-cloud", "a token of HCP Terraform", MF_LC_API_KEY, MF_REMEDY_TERRAFORM,
		"an end is optional, and only the server knows it",
		"use a team's token with an end, fetched from Vault in the job, and dynamic credentials for the clouds" },
	{ "url-password", "a URL with a password", MF_LC_API_KEY, MF_REMEDY_STORE,
		"a password has no end of its own, and addresses end up in logs",
		STORE_FIX },
	{ "vault-batch-token", "a Vault batch token", MF_LC_SERVICE_TOKEN, MF_REMEDY_VAULT,
		"it cannot be revoked and ends at its TTL, which only the server knows",
		"log in in the job by its OIDC identity, with a role whose tokens live for minutes" },
	{ "vault-recovery-token", "a Vault recovery token", MF_LC_SERVICE_TOKEN, MF_REMEDY_VAULT_RECOVERY,
		"it opens a server in recovery mode, all of it",
		"end the recovery mode; such a token is never a job's" },
	{ "vault-secret-id", "an AppRole secret_id of Vault", MF_LC_SECRET_ID, MF_REMEDY_VAULT_SECRET_ID,
		"it is half of a login, and without a TTL and a number of uses it is good for ever",
		"log in by the job's OIDC identity, or wrap a secret_id for one use and ten minutes" },
	{ "vault-service-token", "a Vault service token", MF_LC_SERVICE_TOKEN, MF_REMEDY_VAULT,
		"a root token and a periodic one have no end; only the server knows which this is",
		"log in in the job by its OIDC identity, with a role whose tokens live for minutes" },
	{ "x509-intermediate", "an intermediate certificate", MF_LC_TLS_CA, MF_REMEDY_CA,
		"what it signs is trusted until the date in it",
		"issue it for five years at most, and keep its key in an HSM, a KMS or Vault's PKI engine" },
	{ "x509-leaf", "a certificate", MF_LC_TLS, MF_REMEDY_TLS,
		"with its key it is its subject, until the date in it",
		"have ACME or Vault's PKI engine issue it by machine, for 90 days at most" },
	{ "x509-root", "a root certificate", MF_LC_TLS_CA, MF_REMEDY_CA,
		"with its key everything below it can be made anew",
		"keep the key out of CI: in an HSM, a KMS or Vault's PKI engine" },
	{ NULL, NULL, MF_LC_NONE, MF_REMEDY_NONE, NULL, NULL },
};

const struct mf_check_kind *mf_check_kind(const char *kind)
{
	size_t low = 0, high = MF_COUNT(mf_check_known) - 1;

	while (kind && low < high) {
		size_t mid = low + (high - low) / 2;
		int order = strcmp(kind, mf_check_known[mid].kind);

		if (order == 0)
			return &mf_check_known[mid];
		if (order < 0)
			high = mid;
		else
			low = mid + 1;
	}
	return NULL;
}

/* For kinds that are known only where they were declared. */
static const char *by_class(enum mf_life_class class)
{
	switch (class) {
	case MF_LC_CI_TOKEN:
		return JOB_FIX;
	case MF_LC_DATABASE:
		return DB_FIX;
	case MF_LC_SSH:
	case MF_LC_SSH_PERSON:
		return mf_check_kind("ssh-private-key")->fix;
	case MF_LC_TLS:
		return mf_check_kind("x509-leaf")->fix;
	case MF_LC_TLS_CA:
		return mf_check_kind("x509-intermediate")->fix;
	case MF_LC_SECRET_ID:
		return mf_check_kind("vault-secret-id")->fix;
	default:
		return STORE_FIX;
	}
}

const char *mf_check_fix(const struct mf_check_item *item)
{
	const struct mf_check_kind *kind = mf_check_kind(item->life.kind);
	const struct mf_check_rule *rule;

	if (item->fix)
		return item->fix;
	if (kind)
		return kind->fix;
	rule = item->life.kind ? NULL : mf_check_rule(item->rule);
	return rule && rule->fix ? rule->fix : by_class(item->life.class);
}
