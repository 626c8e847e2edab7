/* SPDX-License-Identifier: Apache-2.0 */
/* The trust in this job's identity: of AWS, Google, Azure, Vault and OpenBao.
 * Source: docs.aws.amazon.com, "Create a role for OpenID Connect federation"; cloud.google.com, "Configure Workload Identity Federation with
 * deployment pipelines"; learn.microsoft.com, "Configure an app to trust an external identity provider"; developer.hashicorp.com, "JWT/OIDC auth
 * method (API)". */
#include "check_recipe.h"

#define REVIEW { MF_STEP_REVIEW, true, "This job is a pull or merge request's (%{own_sub}): it runs what nobody has reviewed yet, so the trust " \
	"below names a branch instead.", NULL, NULL }
#define OTHER { MF_STEP_OTHER_CI, true, "How this CI names its jobs is not known here: put in the issuer and the subject of its identity tokens.", \
	NULL, NULL }
#define END { 0, false, NULL, NULL, NULL }

#define AWS_TRUST(subs) \
	"cat > trust.json <<'EOF'\n" \
	"{\n" \
	"  \"Version\": \"2012-10-17\",\n" \
	"  \"Statement\": [{\n" \
	"    \"Effect\": \"Allow\",\n" \
	"    \"Principal\": { \"Federated\": \"arn:aws:iam::%{account}:oidc-provider/%{host}\" },\n" \
	"    \"Action\": \"sts:AssumeRoleWithWebIdentity\",\n" \
	"    \"Condition\": {\n" \
	"      \"StringEquals\": {\n" \
	"        \"%{host}:aud\": \"sts.amazonaws.com\",\n" \
	"        \"%{host}:sub\": " subs "\n" \
	"      }\n" \
	"    }\n" \
	"  }]\n" \
	"}\n" \
	"EOF\n" \
	"aws iam create-role --role-name ci-%{name} --assume-role-policy-document file://trust.json --max-session-duration 3600\n" \
	"aws iam attach-role-policy --role-name ci-%{name} --policy-arn %{POLICY_ARN}\n"

const struct mf_recipe_step mf_recipe_aws[] = {
	REVIEW, OTHER,
	{ 0, false, "Tell AWS about the issuer, once in each account:",
		"aws iam create-open-id-connect-provider --url %{iss} --client-id-list sts.amazonaws.com\n", NULL },
	{ MF_STEP_OWN_SERVER, true, "AWS fetches %{iss}/.well-known/openid-configuration and the keys that it names: they have to be reachable from "
		"the internet.",
		NULL, NULL },
	{ 0, false, "Make a role that only this repository's jobs may take on:", AWS_TRUST("%{subs}"), NULL },
	{ MF_STEP_GITHUB, true, "A job with `environment: NAME` has another subject: repo:%{repository}:environment:NAME. For all branches and tags, "
		"and for pull requests too, take \"%{host}:sub\" out of StringEquals and add:",
		"\"StringLike\": { \"%{host}:sub\": \"repo:%{repository}:*\" }\n", NULL },
	{ MF_STEP_GITHUB | MF_STEP_IDS, true, "Repositories that were made, renamed or moved since 2026-07-15 have ids in their subject: "
		"%{sub_ids}. Keep the form that this repository's tokens have.", NULL, NULL },
	{ MF_STEP_GITLAB, true, "For all branches, merge requests from branches of this project too, take \"%{host}:sub\" out of StringEquals and "
		"add:",
		"\"StringLike\": { \"%{host}:sub\": \"project_path:%{repository}:ref_type:branch:ref:*\" }\n", NULL },
	{ MF_STEP_GITHUB, false, "Change the job:",
		"permissions: { id-token: write, contents: read }\n"
		"steps:\n"
		"  - uses: aws-actions/configure-aws-credentials@%{COMMIT}\n"
		"    with:\n"
		"      role-to-assume: arn:aws:iam::%{account}:role/ci-%{name}\n"
		"      aws-region: %{AWS_REGION}\n"
		"      role-duration-seconds: 900\n", NULL },
	{ MF_STEP_GITLAB, false, "Change the job; AWS's tools read these two variables by themselves:",
		"deploy:\n"
		"  id_tokens: { AWS_ID_TOKEN: { aud: sts.amazonaws.com } }\n"
		"  variables: { AWS_ROLE_ARN: \"arn:aws:iam::%{account}:role/ci-%{name}\", AWS_REGION: %{AWS_REGION} }\n"
		"  script:\n"
		"    - export AWS_WEB_IDENTITY_TOKEN_FILE=\"$(mktemp)\"\n"
		"    - printf %s \"$AWS_ID_TOKEN\" > \"$AWS_WEB_IDENTITY_TOKEN_FILE\"\n", NULL },
	{ 0, false, "Once a run was green, switch the key off, look for a day who misses it, and delete it:",
		"aws iam update-access-key --user-name %{USER} --access-key-id %{KEY_ID} --status Inactive\n"
		"aws iam delete-access-key --user-name %{USER} --access-key-id %{KEY_ID}\n", NULL },
	END,
};

#define POOL "projects/%{PROJECT_NUMBER}/locations/global/workloadIdentityPools/ci-jobs"
#define GCP_PROVIDER(mapping, condition) \
	"gcloud iam workload-identity-pools create ci-jobs --project=%{PROJECT_ID} --location=global\n" \
	"gcloud iam workload-identity-pools providers create-oidc ci-%{name} --project=%{PROJECT_ID} --location=global \\\n" \
	"  --workload-identity-pool=ci-jobs --issuer-uri=%{iss} \\\n" \
	"  --attribute-mapping='google.subject=assertion.sub" mapping "' \\\n" \
	"  --attribute-condition=\"" condition "\"\n"
#define GCP_BINDING(member) \
	"gcloud iam service-accounts add-iam-policy-binding %{SERVICE_ACCOUNT} --project=%{PROJECT_ID} \\\n" \
	"  --role=roles/iam.workloadIdentityUser --member='" member "'\n"

const struct mf_recipe_step mf_recipe_gcp[] = {
	REVIEW, OTHER,
	{ MF_STEP_GITHUB, false, "Make a pool and a provider that let in this repository's jobs alone:",
		GCP_PROVIDER(",attribute.repository=assertion.repository", "assertion.repository=='%{repository}' && assertion.ref=='%{ref}'"),
			NULL },
	{ MF_STEP_GITLAB, false, "Make a pool and a provider that let in this project's jobs alone:",
		GCP_PROVIDER(",attribute.project_path=assertion.project_path",
			"assertion.project_path=='%{repository}' && assertion.ref=='%{branch}' && assertion.ref_type=='%{ref_type}'"), NULL },
	{ MF_STEP_OTHER_CI, false, "Make a pool and a provider that let in this job alone:", GCP_PROVIDER("", "assertion.sub=='%{sub}'"), NULL },
	{ MF_STEP_OWN_SERVER, true, "Where Google cannot reach %{iss}, give it the issuer's keys with --jwk-json-path=FILE.", NULL, NULL },
	{ MF_STEP_LONG_SUB, true, "This job's subject is longer than the 127 bytes that Google takes: map google.subject to assertion.repository or "
		"assertion.project_id instead of assertion.sub.", NULL, NULL },
	{ MF_STEP_GITHUB, false, "Let them be the service account:",
		GCP_BINDING("principalSet://iam.googleapis.com/" POOL "/attribute.repository/%{repository}"), NULL },
	{ MF_STEP_GITLAB, false, "Let them be the service account:",
		GCP_BINDING("principalSet://iam.googleapis.com/" POOL "/attribute.project_path/%{repository}"), NULL },
	{ MF_STEP_OTHER_CI, false, "Let it be the service account:", GCP_BINDING("principal://iam.googleapis.com/" POOL "/subject/%{sub}"), NULL },
	{ MF_STEP_GITHUB, false, "Change the job:",
		"permissions: { id-token: write, contents: read }\n"
		"steps:\n"
		"  - uses: google-github-actions/auth@%{COMMIT}\n"
		"    with:\n"
		"      workload_identity_provider: " POOL "/providers/ci-%{name}\n"
		"      service_account: %{SERVICE_ACCOUNT}\n", NULL },
	{ MF_STEP_GITLAB, false, "Change the job:",
		"deploy:\n"
		"  id_tokens:\n"
		"    GCP_ID_TOKEN: { aud: \"https://iam.googleapis.com/" POOL "/providers/ci-%{name}\" }\n"
		"  script:\n"
		"    - export ID=\"$(mktemp)\" GOOGLE_APPLICATION_CREDENTIALS=\"$(mktemp)\"\n"
		"    - printf %s \"$GCP_ID_TOKEN\" > \"$ID\"\n"
		"    - gcloud iam workload-identity-pools create-cred-config " POOL "/providers/ci-%{name}\n"
		"      --service-account=%{SERVICE_ACCOUNT} --credential-source-file=\"$ID\" --output-file=\"$GOOGLE_APPLICATION_CREDENTIALS\"\n"
		"    - gcloud auth login --cred-file=\"$GOOGLE_APPLICATION_CREDENTIALS\"\n", NULL },
	{ 0, false, "Once a run was green, delete the key:",
		"gcloud iam service-accounts keys list --iam-account=%{SERVICE_ACCOUNT} --managed-by=user\n"
		"gcloud iam service-accounts keys delete %{KEY_ID} --iam-account=%{SERVICE_ACCOUNT}\n", NULL },
	END,
};

const struct mf_recipe_step mf_recipe_azure[] = {
	REVIEW, OTHER,
	{ 0, false, "Let the application trust this job, instead of a secret:",
		"cat > federated.json <<'EOF'\n"
		"{\n"
		"  \"name\": \"ci-%{name}\",\n"
		"  \"issuer\": \"%{iss}\",\n"
		"  \"subject\": \"%{sub}\",\n"
		"  \"audiences\": [\"api://AzureADTokenExchange\"]\n"
		"}\n"
		"EOF\n"
		"az ad app federated-credential create --id %{APP_ID} --parameters federated.json\n", NULL },
	{ 0, true, "Entra compares the subject letter by letter: each branch or environment that deploys needs one of its own.", NULL, NULL },
	{ MF_STEP_GITHUB, true, "A job with `environment: NAME` has the subject repo:%{repository}:environment:NAME.", NULL, NULL },
	{ MF_STEP_GITHUB | MF_STEP_IDS, true, "Repositories that were made, renamed or moved since 2026-07-15 have ids in their subject: then it is "
		"%{sub_ids}.", NULL, NULL },
	{ MF_STEP_OWN_SERVER, true, "Entra fetches %{iss}/.well-known/openid-configuration and the keys that it names: they have to be reachable "
		"from the internet.",
		NULL, NULL },
	{ 0, false, "Give it a role on what the job works with, where it has none yet:",
		"az role assignment create --assignee %{APP_ID} --role %{ROLE} --scope "
			"/subscriptions/%{SUBSCRIPTION_ID}/resourceGroups/%{RESOURCE_GROUP}\n", NULL },
	{ MF_STEP_GITHUB, false, "Change the job:",
		"permissions: { id-token: write, contents: read }\n"
		"steps:\n"
		"  - uses: azure/login@%{COMMIT}\n"
		"    with:\n"
		"      client-id: %{APP_ID}\n"
		"      tenant-id: %{TENANT_ID}\n"
		"      subscription-id: %{SUBSCRIPTION_ID}\n", NULL },
	{ MF_STEP_GITLAB, false, "Change the job:",
		"deploy:\n"
		"  id_tokens: { AZURE_ID_TOKEN: { aud: \"api://AzureADTokenExchange\" } }\n"
		"  script:\n"
		"    - az login --service-principal --username %{APP_ID} --tenant %{TENANT_ID} --federated-token \"$AZURE_ID_TOKEN\"\n", NULL },
	{ 0, false, "Once a run was green, delete the secret; of a storage account, refuse its keys:",
		"az ad app credential delete --id %{APP_ID} --key-id %{KEY_ID}\n"
		"az storage account update --name %{STORAGE_ACCOUNT} --resource-group %{RESOURCE_GROUP} --allow-shared-key-access false\n", NULL },
	END,
};

#define VAULT_ROLE(user, bound) \
	"vault write auth/%{mount}/role/%{role} - <<'EOF'\n" \
	"{\n" \
	"  \"role_type\": \"jwt\",\n" \
	"  \"user_claim\": \"" user "\",\n" \
	"  \"bound_audiences\": [\"%{audience}\"],\n" \
	"  " bound ",\n" \
	"  \"token_policies\": [\"ci-%{name}\"],\n" \
	"  \"token_ttl\": \"15m\",\n" \
	"  \"token_max_ttl\": \"15m\"\n" \
	"}\n" \
	"EOF\n"

const struct mf_recipe_step mf_recipe_vault[] = {
	REVIEW, OTHER,
	{ 0, false, "Let Vault (or OpenBao: `bao` takes the same commands) trust the issuer, once:",
		"vault auth enable -path=%{mount} jwt\n"
		"vault write auth/%{mount}/config oidc_discovery_url=%{iss} bound_issuer=%{iss}\n", NULL },
	{ MF_STEP_OWN_SERVER, true, "Vault fetches the keys from %{iss}: it has to reach it, and to trust its certificate (oidc_discovery_ca_pem).",
		NULL, NULL },
	{ 0, false, "Write a policy with the paths that the job reads, and no `*` that is wider:",
		"vault policy write ci-%{name} - <<'EOF'\n"
		"path \"%{path}\" { capabilities = [\"%{can}\"] }\n"
		"EOF\n", NULL },
	{ MF_STEP_GITHUB, false, "Make a role for this repository's jobs, whose tokens end after a quarter of an hour:",
		VAULT_ROLE("repository", "\"bound_claims\": { \"repository\": \"%{repository}\", \"repository_id\": \"%{repository_id}\", \"ref\": "
			"\"%{ref}\" }"), NULL },
	{ MF_STEP_GITLAB, false, "Make a role for this project's jobs, whose tokens end after a quarter of an hour:",
		VAULT_ROLE("project_path", "\"bound_claims\": { \"project_path\": \"%{repository}\", \"ref\": \"%{branch}\", \"ref_type\": "
			"\"%{ref_type}\" }"), NULL },
	{ MF_STEP_OTHER_CI, false, "Make a role for this job, whose tokens end after a quarter of an hour:", VAULT_ROLE("sub", "\"bound_subject\": "
		"\"%{sub}\""), NULL },
	{ MF_STEP_GITHUB | MF_STEP_FETCH, false, "Change the job; its token is revoked when it ends:",
		"permissions: { id-token: write, contents: read }\n"
		"steps:\n"
		"  - uses: mayfly-ci/mayfly@v0\n"
		"    with:\n"
		"      vault-url: %{vault}\n"
		"      vault-role: %{role}\n"
		"      secrets: |\n"
		"        %{pair}\n", NULL },
	{ MF_STEP_GITHUB | MF_STEP_TOKEN, false, "Change the job; the token in VAULT_TOKEN is revoked when it ends:",
		"permissions: { id-token: write, contents: read }\n"
		"steps:\n"
		"  - uses: mayfly-ci/mayfly@v0\n"
		"    with:\n"
		"      vault-url: %{vault}\n"
		"      vault-role: %{role}\n"
		"      vault-export-token: true\n", NULL },
	{ MF_STEP_GITLAB | MF_STEP_FETCH, false, "Change the job; its token is revoked when it ends:",
		"deploy:\n"
		"  extends: .mayfly\n"
		"  id_tokens: { VAULT_ID_TOKEN: { aud: \"%{audience}\" } }\n"
		"  variables: { VAULT_ADDR: \"%{vault}\", MAYFLY_VAULT_ROLE: %{role} }\n"
		"  script:\n"
		"    - eval \"$(mayfly export --unmasked-ok '%{pair}')\"\n", NULL },
	{ MF_STEP_GITLAB | MF_STEP_TOKEN, false, "Change the job; the token in VAULT_TOKEN is revoked when it ends:",
		"deploy:\n"
		"  extends: .mayfly\n"
		"  id_tokens: { VAULT_ID_TOKEN: { aud: \"%{audience}\" } }\n"
		"  variables: { VAULT_ADDR: \"%{vault}\", MAYFLY_VAULT_ROLE: %{role} }\n"
		"  script:\n"
		"    - eval \"$(mayfly export --unmasked-ok --vault-export-token)\"\n", NULL },
	{ MF_STEP_OTHER_CI | MF_STEP_FETCH, false, "Change the job; its token is revoked when it ends:",
		"mayfly run --vault-url %{vault} --vault-role %{role} '%{pair}'\n", NULL },
	END,
};
