/* SPDX-License-Identifier: Apache-2.0 */
/* What takes the place of tokens of forges and registries, passwords and keys; and which recipe is a remedy's.
 * Source: docs.npmjs.com, docs.pypi.org, crates.io, guides.rubygems.org and learn.microsoft.com on trusted publishing; docs.github.com on
 * GITHUB_TOKEN and GitHub Apps; docs.gitlab.com on CI_JOB_TOKEN; developer.hashicorp.com on the database, SSH and PKI engines. */
#include "check_recipe.h"

#define END { 0, false, NULL, NULL, NULL }
#define SAY(text) { 0, false, text, NULL, NULL }
#define DO(text, code) { 0, false, text, code, NULL }
#define ON(when, text, code) { when, false, text, code, NULL }
#define MORE(text, recipe) { 0, false, text, NULL, recipe }
/* Trust by a form in the registry's pages, and a job without a token. */
#define PUBLISH(form, where) \
	ON(MF_STEP_GITHUB, "Name this repository as trusted publisher, at " where ": " \
		"owner %{owner}, repository %{project}, workflow " form ".", NULL)
#define PUBLISH_GITLAB(where) \
	ON(MF_STEP_GITLAB, "Name this project as trusted publisher, at " where ": %{repository} with its .gitlab-ci.yml; gitlab.com only.", NULL), \
	{ MF_STEP_OWN_SERVER, true, "Registries trust the clouds of GitHub and GitLab. A job of %{server} needs a token with an end, from " \
		"Vault.", NULL, NULL }, \
	ON(MF_STEP_OTHER_CI, NOT_EVERY_CI, NULL)
#define NOT_EVERY_CI "Its page on trusted publishing says which CIs it takes. For others: a key for one package, with an end, from Vault."
#define PUBLISH_ELSEWHERE ON(MF_STEP_GITLAB, NOT_EVERY_CI, NULL), ON(MF_STEP_OTHER_CI, NOT_EVERY_CI, NULL)
#define REVOKE(where) SAY("Once a release was published, delete the token " where ", and take it out of the CI's settings.")

static const struct mf_recipe_step none[] = { SAY("Nothing has to be done."), END };

static const struct mf_recipe_step job[] = {
	SAY("Nothing has to be replaced: the CI issued it for this job, and it ends with it. `--max-job` caps what its lifetime may be."),
	ON(MF_STEP_GITHUB, "Keep it small: give the job the permissions that it needs and no others, and do not leave the token in .git/config:",
		"permissions: { contents: read }\n"
		"steps:\n"
		"  - uses: actions/checkout@%{COMMIT}\n"
		"    with: { persist-credentials: false }\n"),
	ON(MF_STEP_GITLAB, "Keep it small: leave the job token's allowlist on (Settings, CI/CD, Job token permissions), and name in `aud:` only who "
		"is to take the identity token.", NULL),
	END,
};

static const struct mf_recipe_step store[] = {
	SAY("Ask its issuer first whether it takes this job's OIDC identity: then there is nothing to store."),
	DO("Where it does not: have a new one issued, with an end within the quarter, and put it into Vault (- reads it from standard input):",
		"vault kv put -mount=secret ci/%{name} deploy_key=-\n"),
	MORE("Let the job fetch it:", mf_recipe_vault),
	SAY("Revoke the old one at its issuer, and take it out of the CI's settings. `mayfly check` looks at the age of the new one."),
	END,
};

static const struct mf_recipe_step aws_session[] = {
	DO("Ask for no more time than the job takes, in the job that uses it; fifteen minutes is the least:",
		"aws sts assume-role-with-web-identity --duration-seconds 900 --role-arn arn:aws:iam::%{account}:role/ci-%{name} \\\n"
		"  --role-session-name ci --web-identity-token \"$AWS_ID_TOKEN\"\n"),
	DO("Let the role give no longer ones:", "aws iam update-role --role-name ci-%{name} --max-session-duration 3600\n"),
	MORE("A session that came from a stored key is as old as the key. Let the job's identity take on the role instead:", mf_recipe_aws),
	END,
};

static const struct mf_recipe_step signed_url[] = {
	SAY("Sign it in the step that uses it, and for minutes: `aws s3 presign --expires-in 900`, `gcloud storage sign-url --duration=15m`."),
	SAY("Sign with the job's temporary credentials: an address lives no longer than what signed it."),
	SAY("Hand the right to read on instead of the address, where the reader has an identity: a role, a binding, a policy."),
	END,
};

static const struct mf_recipe_step gcp_api_key[] = {
	MORE("Call the API with a token of a service account, where it takes one:", mf_recipe_gcp),
	DO("Where only a key is taken, restrict it to the one API, and make a new one each quarter:",
		"gcloud services api-keys update %{KEY_ID} --project=%{PROJECT_ID} --api-target=service=%{API}.googleapis.com\n"),
	END,
};

static const struct mf_recipe_step azure_sas[] = {
	MORE("Let the job log in by its own identity:", mf_recipe_azure),
	DO("Sign with that login, for an hour at most (a user delegation SAS), where an address is needed at all:",
		"az storage container generate-sas --account-name %{STORAGE_ACCOUNT} --name %{CONTAINER} --permissions r --auth-mode login --as-user "
			"\\\n"
		"  --https-only --expiry \"$(date -u -d '+1 hour' +%Y-%m-%dT%H:%MZ)\"\n"),
	SAY("End the old one: by its stored policy, or by a new account key."),
	END,
};

static const struct mf_recipe_step azure_devops[] = {
	SAY("In Azure Pipelines use $(System.AccessToken): it ends with the job."),
	MORE("From elsewhere log in as a service principal that is a member of the organization, without a secret:", mf_recipe_azure),
	DO("Ask for a token of Azure DevOps with that login; it lives for an hour:",
		"az account get-access-token --resource 499b84ac-1321-427f-aa17-267ca6975798 --query accessToken --output tsv\n"),
	END,
};

static const struct mf_recipe_step person[] = {
	SAY("Log the person out of the job's machine, and revoke that login where its issuer lists sessions (`gcloud auth revoke`, GitLab: Active "
		"sessions)."),
	SAY("Give the job an identity of its own: a person's login ends up with a person's rights, and outlives the person's job."),
	MORE("For Google Cloud:", mf_recipe_gcp),
	END,
};

static const struct mf_recipe_step vault_token[] = {
	MORE("Log in by the job's own identity: then no token is stored anywhere.", mf_recipe_vault),
	DO("See what the stored token is, and revoke it with all that it made:", "vault token lookup\nvault token revoke -self\n"),
	SAY("A token that has to be made by hand gets an end: `vault token create -policy=ci-%{name} -ttl=15m -explicit-max-ttl=1h`, and no "
		"`-period`. Revoke root tokens: `vault operator generate-root` makes one when it is needed."),
	END,
};

static const struct mf_recipe_step vault_secret_id[] = {
	MORE("Log in by the job's own identity: then there is no secret_id.", mf_recipe_vault),
	DO("Where AppRole has to stay: let a secret_id live for ten minutes and one login, and hand it over wrapped:",
		"vault write auth/approle/role/%{role} secret_id_ttl=10m secret_id_num_uses=1 token_ttl=15m token_max_ttl=15m "
			"token_policies=ci-%{name}\n"
		"vault write -wrap-ttl=60s -force auth/approle/role/%{role}/secret-id\n"),
	DO("Destroy the old one:", "vault write auth/approle/role/%{role}/secret-id/destroy secret_id=-\n"),
	END,
};

static const struct mf_recipe_step vault_recovery[] = {
	SAY("End the recovery mode (restart the server without -recovery): the token ends with it."),
	SAY("Look for how it got here: recovery is done by hand, at the server, and never in a job."),
	END,
};

static const struct mf_recipe_step github_token[] = {
	DO("In this repository use the job's own token, with the permissions that the step needs:",
		"permissions: { contents: read }\n"
		"steps:\n"
		"  - run: gh api repos/%{repository}\n"
		"    env: { GH_TOKEN: \"${{ github.token }}\" }\n"),
	DO("For other repositories, and where a push has to start workflows, use an installation token of a GitHub App: an hour, chosen "
		"repositories, chosen permissions, revoked when the job ends:",
		"steps:\n"
		"  - uses: actions/create-github-app-token@%{COMMIT}\n"
		"    id: app\n"
		"    with:\n"
		"      app-id: ${{ vars.APP_ID }}\n"
		"      private-key: ${{ env.APP_PRIVATE_KEY }} # from Vault, by mayfly\n"
		"      owner: %{owner}\n"
		"      repositories: %{OTHER_REPOSITORY}\n"
		"      permission-contents: read\n"),
	MORE("The App's private key is long-lived itself. Keep it in Vault, and let only this job fetch it:", mf_recipe_vault),
	SAY("Delete the old token: Settings, Developer settings, Personal access tokens (an OAuth app's or an App's: Settings, Applications)."),
	END,
};

static const struct mf_recipe_step gitlab_token[] = {
	DO("Use the job's own token. The other project lets this one in: Settings, CI/CD, Job token permissions, add %{repository}. In an address of "
		"the API `/` is %2F:",
		"git clone \"https://gitlab-ci-token:${CI_JOB_TOKEN}@${CI_SERVER_HOST}/%{OTHER_PROJECT}.git\"\n"
		"curl --header \"JOB-TOKEN: ${CI_JOB_TOKEN}\" \"${CI_API_V4_URL}/projects/%{OTHER_PROJECT}/releases\"\n"),
	DO("Where it does not reach: a project access token for one project and one scope, that ends within the month. Have it renew itself:",
		"curl --request POST --header \"PRIVATE-TOKEN: $TOKEN\" "
			"\"%{server}/api/v4/personal_access_tokens/self/rotate?expires_at=%{LAST_DAY}\"\n"),
	MORE("Keep that one in Vault:", mf_recipe_vault),
	SAY("Revoke the old token where it was made: Settings, Access tokens, or Repository, Deploy tokens."),
	END,
};

static const struct mf_recipe_step gitlab_runner[] = {
	SAY("Keep it where the runner or the agent runs (config.toml, mode 0600, or a secret of the cluster), and out of jobs and repositories."),
	SAY("Register by an authentication token (`glrt-`) that is made for one runner; registration tokens are switched off in the instance's "
		"settings."),
	SAY("Let them be renewed: Admin, Settings, CI/CD, Continuous Integration and Deployment, Runners expiration."),
	SAY("Reset the old one: it may have been copied."),
	END,
};

#define CLUSTER_SAY "Let the cluster trust the job's identity, and no other's of that issuer (a cloud's cluster: log in to the cloud by OIDC, and " \
	"take its kubeconfig instead):"
#define CLUSTER(claim, value) \
		"apiVersion: apiserver.config.k8s.io/v1 # v1beta1 before Kubernetes 1.34\n" \
		"kind: AuthenticationConfiguration\n" \
		"jwt:\n" \
		"  - issuer: { url: \"%{iss}\", audiences: [kubernetes] }\n" \
		"    claimMappings: { username: { claim: sub, prefix: \"ci:\" } }\n" \
		"    claimValidationRules: [{ claim: " claim ", requiredValue: \"" value "\" }]\n"

static const struct mf_recipe_step kubernetes[] = {
	ON(MF_STEP_GITHUB, CLUSTER_SAY, CLUSTER("repository", "%{repository}")),
	ON(MF_STEP_GITLAB, CLUSTER_SAY, CLUSTER("project_path", "%{repository}")),
	ON(MF_STEP_OTHER_CI, CLUSTER_SAY, CLUSTER("sub", "%{sub}")),
	DO("Give that one subject a role in one namespace:",
		"kubectl create rolebinding ci-%{name} --namespace=%{NAMESPACE} --clusterrole=edit --user='ci:%{sub}'\n"),
	DO("Where that cannot be: a token for minutes, instead of a Secret of type kubernetes.io/service-account-token:",
		"kubectl create token ci-%{name} --namespace=%{NAMESPACE} --duration=10m\n"),
	DO("Delete the Secret: the old token ends with it.", "kubectl delete secret %{SECRET} --namespace=%{NAMESPACE}\n"),
	END,
};

static const struct mf_recipe_step database[] = {
	DO("Let Vault make a user for each job, which is gone after it (create.sql has the database's CREATE ROLE with {{name}}, {{password}}, "
		"{{expiration}}):",
		"vault secrets enable database\n"
		"vault write database/roles/ci-%{name} db_name=%{DATABASE} creation_statements=@create.sql default_ttl=1h max_ttl=24h\n"),
	MORE("Let the job in:", mf_recipe_vault),
	SAY("Clouds do without a password as well: RDS and Cloud SQL by IAM, Azure by Entra ID, with the role that the job takes on by OIDC."),
	SAY("Change the old password, and take the address out of the CI's settings."),
	END,
};

static const struct mf_recipe_step npm[] = {
	PUBLISH("%{WORKFLOW}", "npmjs.com, the package's Settings, Trusted Publisher"),
	PUBLISH_GITLAB("npmjs.com, the package's Settings, Trusted Publisher"),
	ON(MF_STEP_GITHUB, "Publish without NODE_AUTH_TOKEN, with npm 11.5.1 or later, on a runner of GitHub's:",
		"permissions: { id-token: write, contents: read }\nsteps:\n  - run: npm publish\n"),
	ON(MF_STEP_GITLAB, "Publish without NODE_AUTH_TOKEN, with npm 11.5.1 or later, on a runner of gitlab.com's:",
		"publish:\n  id_tokens: { NPM_ID_TOKEN: { aud: \"npm:registry.npmjs.org\" } }\n  script:\n    - npm publish\n"),
	SAY("To install private packages a token is still needed: a granular one, read-only, for those packages, with an end."),
	REVOKE("(npm token revoke %{KEY_ID})"),
	SAY("In the package's Settings, Publishing access, disallow tokens."),
	END,
};

static const struct mf_recipe_step pypi[] = {
	PUBLISH("%{WORKFLOW}", "https://pypi.org/manage/project/%{PACKAGE}/settings/publishing/"),
	PUBLISH_GITLAB("https://pypi.org/manage/project/%{PACKAGE}/settings/publishing/"),
	ON(MF_STEP_GITHUB, "Publish without a password:",
		"permissions: { id-token: write, contents: read }\nsteps:\n  - uses: pypa/gh-action-pypi-publish@%{COMMIT}\n"),
	ON(MF_STEP_GITLAB, "Publish without a password, with twine 6.1 or later:",
		"publish:\n  id_tokens: { PYPI_ID_TOKEN: { aud: pypi } }\n  script:\n    - twine upload dist/*\n"),
	REVOKE("(pypi.org, Account settings, API tokens)"),
	END,
};

static const struct mf_recipe_step crates[] = {
	PUBLISH("%{WORKFLOW}", "https://crates.io/crates/%{PACKAGE}/settings"),
	ON(MF_STEP_GITHUB, "Publish with a token for half an hour:",
		"permissions: { id-token: write, contents: read }\n"
		"steps:\n"
		"  - uses: rust-lang/crates-io-auth-action@%{COMMIT}\n"
		"    id: auth\n"
		"  - run: cargo publish\n"
		"    env: { CARGO_REGISTRY_TOKEN: \"${{ steps.auth.outputs.token }}\" }\n"),
	PUBLISH_GITLAB("https://crates.io/crates/%{PACKAGE}/settings"),
	ON(MF_STEP_GITLAB, "Exchange an identity token for the audience crates.io for a token of half an hour: "
		"https://crates.io/docs/trusted-publishing", NULL),
	REVOKE("(https://crates.io/settings/tokens)"),
	END,
};

static const struct mf_recipe_step rubygems[] = {
	PUBLISH("%{WORKFLOW}", "https://rubygems.org/gems/%{PACKAGE}/trusted_publishers"),
	ON(MF_STEP_GITHUB, "Push with a key that is made for the job:",
		"permissions: { id-token: write, contents: read }\n"
		"steps:\n"
		"  - uses: rubygems/configure-rubygems-credentials@%{COMMIT}\n"
		"  - run: gem push pkg/*.gem\n"),
	PUBLISH_ELSEWHERE,
	REVOKE("(https://rubygems.org/profile/api_keys)"),
	END,
};

static const struct mf_recipe_step nuget[] = {
	PUBLISH("%{WORKFLOW}", "nuget.org, Trusted Publishing"),
	ON(MF_STEP_GITHUB, "Push with a key that is made for the job:",
		"permissions: { id-token: write, contents: read }\n"
		"steps:\n"
		"  - uses: NuGet/login@%{COMMIT}\n"
		"    id: login\n"
		"    with: { user: %{NUGET_USER} }\n"
		"  - run: dotnet nuget push out/*.nupkg --source https://api.nuget.org/v3/index.json --api-key \"$KEY\"\n"
		"    env: { KEY: \"${{ steps.login.outputs.NUGET_API_KEY }}\" }\n"),
	PUBLISH_ELSEWHERE,
	REVOKE("(nuget.org, API Keys)"),
	END,
};

static const struct mf_recipe_step docker[] = {
	ON(MF_STEP_GITHUB, "Push to a registry that takes the job's own token:",
		"permissions: { contents: read, packages: write }\n"
		"steps:\n"
		"  - run: echo \"$TOKEN\" | docker login ghcr.io --username ci --password-stdin\n"
		"    env: { TOKEN: \"${{ github.token }}\" }\n"),
	ON(MF_STEP_GITLAB, "Push to a registry that takes the job's own token:",
		"script:\n  - echo \"$CI_REGISTRY_PASSWORD\" | docker login \"$CI_REGISTRY\" --username \"$CI_REGISTRY_USER\" --password-stdin\n"),
	SAY("A cloud's registry (ECR, Artifact Registry, ACR) takes the cloud's login, which the job has by OIDC: mayfly check --explain "
		"aws-access-key, gcp-service-account, azure-client-secret."),
	MORE("Where it has to be Docker Hub: an organization's access token, for those repositories alone, with an end within the quarter, from "
		"Vault:",
		mf_recipe_vault),
	REVOKE("(Docker Hub, Account settings or the organization's, Access tokens)"),
	END,
};

static const struct mf_recipe_step artifactory[] = {
	DO("Make an OIDC integration in Artifactory (Administration, User Management, Integrations) with the provider's address %{iss}, and a "
		"mapping that lets in this job alone, with a lifetime of minutes:",
		"{ \"sub\": \"%{sub}\" }\n"),
	SAY("Exchange the job's identity token there (`jf eot`, or jfrog/setup-jfrog-cli with `oidc-provider-name`), and drop the stored token."),
	REVOKE("(Administration, Access tokens)"),
	END,
};

static const struct mf_recipe_step terraform[] = {
	DO("Let Vault make a token for the job, of a user that is in one team alone (- reads the token that Vault works with from standard input):",
		"vault secrets enable terraform\n"
		"vault write terraform/config token=-\n"
		"vault write terraform/role/ci-%{name} user_id=%{ORG_USER} ttl=15m max_ttl=1h\n"),
	MORE("Let the job in:", mf_recipe_vault),
	SAY("Give the workspace dynamic provider credentials: then it holds no key of a cloud either."),
	SAY("Delete the old token; a token that stays gets an end."),
	END,
};

static const struct mf_recipe_step ssh[] = {
	DO("Let Vault sign keys for the job, once:",
		"vault secrets enable -path=ssh-ci ssh\n"
		"vault write ssh-ci/config/ca generate_signing_key=true\n"
		"vault write ssh-ci/roles/ci-%{name} key_type=ca allow_user_certificates=true allowed_users=deploy default_user=deploy ttl=15m "
			"max_ttl=1h\n"),
	DO("Let the hosts trust what it signs, and take the old key out of their authorized_keys:",
		"vault read -field=public_key ssh-ci/config/ca > /etc/ssh/ci-ca.pub\n"
		"echo 'TrustedUserCAKeys /etc/ssh/ci-ca.pub' >> /etc/ssh/sshd_config\n"),
	MORE("Let the job in:", mf_recipe_vault),
	DO("Make a key in the job and have it signed:",
		"ssh-keygen -q -t ed25519 -N '' -f id && vault write -field=signed_key ssh-ci/sign/ci-%{name} public_key=@id.pub > id-cert.pub\n"),
	SAY("To clone and push, take HTTPS with the job's own token instead of a deploy key."),
	END,
};

static const struct mf_recipe_step tls[] = {
	DO("A client's certificate: let Vault issue it for the job, key and all, and store none:",
		"vault write pki/roles/ci-%{name} allowed_domains=%{DOMAIN} allow_subdomains=true client_flag=true server_flag=false "
			"max_ttl=24h\n"
		"vault write -format=json pki/issue/ci-%{name} common_name=%{name}.%{DOMAIN} ttl=1h\n"),
	MORE("Let the job in:", mf_recipe_vault),
	SAY("A server's certificate: have ACME renew it on the server, where the key stays. Public ones may live 200 days since March 2026, 100 from "
		"March 2027, 47 from March 2029."),
	SAY("Revoke the old certificate, where its key was stored, and delete the key."),
	END,
};

static const struct mf_recipe_step ca[] = {
	SAY("Keep the authority's key where it cannot be read: an HSM, a cloud's KMS, Vault's PKI engine. A job asks for a certificate, it does not "
		"sign one."),
	DO("Issue a new intermediate for five years at most:", "vault write -format=json pki_int/intermediate/generate/internal common_name='CI "
		"issuing CA'\n"),
	SAY("Where the key was in a job or a repository: revoke the certificate, and issue again what it signed."),
	END,
};

static const struct mf_recipe_step signing[] = {
	ON(MF_STEP_GITHUB, "Sign without a key: Sigstore issues a certificate for this job's identity, for ten minutes:",
		"permissions: { id-token: write, contents: read }\n"
		"steps:\n"
		"  - run: cosign sign-blob --yes --bundle %{FILE}.sigstore.json %{FILE}\n"),
	ON(MF_STEP_GITLAB, "Sign without a key: Sigstore issues a certificate for this job's identity, for ten minutes:",
		"sign:\n  id_tokens: { SIGSTORE_ID_TOKEN: { aud: sigstore } }\n  script:\n    - cosign sign-blob --yes --bundle "
			"%{FILE}.sigstore.json "
			"FILE\n"),
	DO("Whoever verifies names this repository:",
		"cosign verify-blob --bundle %{FILE}.sigstore.json --certificate-oidc-issuer %{iss} \\\n"
		"  --certificate-identity-regexp '^%{server}/%{repository}/' %{FILE}\n"),
	SAY("Where it has to be OpenPGP or another form (packages, git tags): sign in a KMS or Vault's transit engine, or with a subkey of a year at "
		"most whose main key is offline."),
	SAY("Publish a revocation of the old key."),
	END,
};

static const struct mf_recipe_step encryption[] = {
	DO("Encrypt to a key that cannot be read, and that the job may use by its OIDC identity:",
		"vault secrets enable transit\n"
		"vault write transit/keys/ci-%{name} auto_rotate_period=90d\n"
		"sops --encrypt --hc-vault-transit %{vault}/v1/transit/keys/ci-%{name} secrets.yaml > secrets.enc.yaml\n"),
	MORE("Let the job in:", mf_recipe_vault),
	DO("Renew what is inside: who had the old key has read it. Give the file a new data key:", "sops --rotate --in-place secrets.enc.yaml\n"),
	END,
};

static const struct mf_recipe_step *const recipes[MF_REMEDY_COUNT] = {
	[MF_REMEDY_NONE] = none,
	[MF_REMEDY_JOB] = job,
	[MF_REMEDY_STORE] = store,
	[MF_REMEDY_AWS] = mf_recipe_aws,
	[MF_REMEDY_AWS_SESSION] = aws_session,
	[MF_REMEDY_SIGNED_URL] = signed_url,
	[MF_REMEDY_GCP] = mf_recipe_gcp,
	[MF_REMEDY_GCP_API_KEY] = gcp_api_key,
	[MF_REMEDY_AZURE] = mf_recipe_azure,
	[MF_REMEDY_AZURE_SAS] = azure_sas,
	[MF_REMEDY_AZURE_DEVOPS] = azure_devops,
	[MF_REMEDY_PERSON] = person,
	[MF_REMEDY_VAULT] = vault_token,
	[MF_REMEDY_VAULT_SECRET_ID] = vault_secret_id,
	[MF_REMEDY_VAULT_RECOVERY] = vault_recovery,
	[MF_REMEDY_GITHUB] = github_token,
	[MF_REMEDY_GITLAB] = gitlab_token,
	[MF_REMEDY_GITLAB_RUNNER] = gitlab_runner,
	[MF_REMEDY_KUBERNETES] = kubernetes,
	[MF_REMEDY_DATABASE] = database,
	[MF_REMEDY_NPM] = npm,
	[MF_REMEDY_PYPI] = pypi,
	[MF_REMEDY_CRATES] = crates,
	[MF_REMEDY_RUBYGEMS] = rubygems,
	[MF_REMEDY_NUGET] = nuget,
	[MF_REMEDY_DOCKER] = docker,
	[MF_REMEDY_ARTIFACTORY] = artifactory,
	[MF_REMEDY_TERRAFORM] = terraform,
	[MF_REMEDY_SSH] = ssh,
	[MF_REMEDY_TLS] = tls,
	[MF_REMEDY_CA] = ca,
	[MF_REMEDY_SIGNING] = signing,
	[MF_REMEDY_ENCRYPTION] = encryption,
};

const struct mf_recipe_step *mf_recipe_steps(enum mf_check_remedy remedy)
{
	return (unsigned)remedy < MF_REMEDY_COUNT && recipes[remedy] ? recipes[remedy] : store;
}
