/* SPDX-License-Identifier: Apache-2.0 */
/* What replaces a static credential: the same job, logged in by the identity that its CI gives it. */
#include "ci.h"

static const char *const gitlab[MF_IS_COUNT] = {
	[MF_IS_AWS] =
		"%s:\n"
		"  id_tokens:\n"
		"    AWS_ID_TOKEN: { aud: sts.amazonaws.com }\n"
		"  variables:\n"
		"    AWS_ROLE_ARN: arn:aws:iam::ACCOUNT:role/ROLE\n"
		"    AWS_WEB_IDENTITY_TOKEN_FILE: /tmp/aws-id-token\n"
		"  before_script:\n"
		"    - (umask 077; printf '%%s' \"$AWS_ID_TOKEN\" > \"$AWS_WEB_IDENTITY_TOKEN_FILE\")\n",
	[MF_IS_GCP] =
		"%s:\n"
		"  id_tokens:\n"
		"    GCP_ID_TOKEN: { aud: \"https://iam.googleapis.com/projects/NUMBER/locations/global/workloadIdentityPools/POOL/providers/PROVIDER\" }\n"
		"  before_script:\n"
		"    - (umask 077; printf '%%s' \"$GCP_ID_TOKEN\" > /tmp/gcp-id-token)\n"
		"    - gcloud iam workload-identity-pools create-cred-config projects/NUMBER/locations/global/workloadIdentityPools/POOL/providers/PROVIDER\n"
		"      --service-account=NAME@PROJECT.iam.gserviceaccount.com --credential-source-file=/tmp/gcp-id-token --output-file=/tmp/gcp.json\n"
		"    - gcloud auth login --cred-file=/tmp/gcp.json\n",
	[MF_IS_AZURE] =
		"%s:\n"
		"  id_tokens:\n"
		"    AZURE_ID_TOKEN: { aud: api://AzureADTokenExchange }\n"
		"  before_script:\n"
		"    - az login --service-principal -u \"$AZURE_CLIENT_ID\" -t \"$AZURE_TENANT_ID\" --federated-token \"$AZURE_ID_TOKEN\"\n",
	[MF_IS_VAULT] =
		"%s:\n"
		"  id_tokens:\n"
		"    VAULT_ID_TOKEN: { aud: \"https://vault.example.com\" }\n"
		"  before_script:\n"
		"    - export VAULT_TOKEN=\"$(vault write -field=token auth/jwt/login role=ROLE jwt=\"$VAULT_ID_TOKEN\")\"\n",
	[MF_IS_KUBE] =
		"%s:\n"
		"  id_tokens:\n"
		"    KUBE_ID_TOKEN: { aud: kubernetes }\n"
		"  before_script:\n"
		"    - kubectl config set-credentials job --token=\"$KUBE_ID_TOKEN\"\n",
	[MF_IS_TERRAFORM] =
		"%s:\n"
		"  id_tokens:\n"
		"    TFC_WORKLOAD_IDENTITY_TOKEN: { aud: \"https://vault.example.com\" }\n"
		"  before_script:\n"
		"    - export TF_TOKEN_app_terraform_io=\"$(VAULT_TOKEN=\"$(vault write -field=token auth/jwt/login role=ROLE jwt=\"$TFC_WORKLOAD_IDENTITY_TOKEN\")\"\n"
		"      vault read -field=token terraform/creds/ROLE)\"\n",
	[MF_IS_NPM] =
		"%s:\n"
		"  id_tokens:\n"
		"    NPM_ID_TOKEN: { aud: \"npm:registry.npmjs.org\" }\n"
		"  script:\n"
		"    - npm publish\n",
	[MF_IS_DOCKER] =
		"%s:\n"
		"  script:\n"
		"    - printf '%%s' \"$CI_REGISTRY_PASSWORD\" | docker login -u \"$CI_REGISTRY_USER\" --password-stdin \"$CI_REGISTRY\"\n",
};

static const char *const circleci[MF_IS_COUNT] = {
	[MF_IS_AWS] =
		"# %s\n"
		"- aws-cli/setup:\n"
		"    role_arn: arn:aws:iam::ACCOUNT:role/ROLE\n"
		"    role_session_name: circleci-${CIRCLE_WORKFLOW_ID}\n"
		"    session_duration: \"900\"\n",
	[MF_IS_GCP] =
		"# %s\n"
		"- gcp-cli/setup:\n"
		"    use_oidc: true\n"
		"    google_project_number: GOOGLE_PROJECT_NUMBER\n"
		"    workload_identity_pool_id: OIDC_WIP_ID\n"
		"    workload_identity_pool_provider_id: OIDC_WIP_PROVIDER_ID\n"
		"    service_account_email: OIDC_SERVICE_ACCOUNT_EMAIL\n",
	[MF_IS_AZURE] =
		"# %s: the token in CIRCLE_OIDC_TOKEN_V2 names the organization as its audience\n"
		"- run: |\n"
		"    ID_TOKEN=\"$(circleci run oidc get --claims '{\"aud\": \"api://AzureADTokenExchange\"}')\"\n"
		"    az login --service-principal -u \"$AZURE_CLIENT_ID\" -t \"$AZURE_TENANT_ID\" --federated-token \"$ID_TOKEN\"\n",
	[MF_IS_VAULT] =
		"# %s\n"
		"- run: |\n"
		"    echo \"export VAULT_TOKEN=$(vault write -field=token auth/jwt/login role=ROLE jwt=\"$CIRCLE_OIDC_TOKEN_V2\")\" >> \"$BASH_ENV\"\n",
	[MF_IS_KUBE] =
		"# %s: the token in CIRCLE_OIDC_TOKEN_V2 names the organization as its audience\n"
		"- run: kubectl config set-credentials job --token=\"$(circleci run oidc get --claims '{\"aud\": \"kubernetes\"}')\"\n",
};

static const char *const azure[MF_IS_COUNT] = {
	[MF_IS_AWS] =
		"# %s: an AWS service connection with \"Use OIDC\"\n"
		"- task: AWSShellScript@1\n"
		"  inputs:\n"
		"    awsCredentials: CONNECTION\n"
		"    regionName: REGION\n"
		"    scriptType: inline\n"
		"    inlineScript: aws sts get-caller-identity\n",
	[MF_IS_AZURE] =
		"# %s: an Azure service connection with workload identity federation\n"
		"- task: AzureCLI@2\n"
		"  inputs:\n"
		"    azureSubscription: CONNECTION\n"
		"    scriptType: bash\n"
		"    scriptLocation: inlineScript\n"
		"    inlineScript: az account show\n",
	[MF_IS_KUBE] =
		"# %s: a Kubernetes connection of an Azure subscription with workload identity federation\n"
		"- task: KubernetesManifest@1\n"
		"  inputs:\n"
		"    connectionType: azureResourceManager\n"
		"    azureSubscriptionConnection: CONNECTION\n"
		"    azureResourceGroup: GROUP\n"
		"    kubernetesCluster: CLUSTER\n"
		"    manifests: FILE\n",
	[MF_IS_NPM] =
		"# %s: the feed of the organization needs no token of npm\n"
		"- task: npmAuthenticate@0\n"
		"  inputs:\n"
		"    workingFile: .npmrc\n",
};

static const char *const bitbucket[MF_IS_COUNT] = {
	[MF_IS_AWS] =
		"- step:\n"
		"    name: %s\n"
		"    oidc: true\n"
		"    script:\n"
		"      - export AWS_ROLE_ARN=arn:aws:iam::ACCOUNT:role/ROLE AWS_WEB_IDENTITY_TOKEN_FILE=/tmp/id-token\n"
		"      - (umask 077; printf '%%s' \"$BITBUCKET_STEP_OIDC_TOKEN\" > \"$AWS_WEB_IDENTITY_TOKEN_FILE\")\n",
	[MF_IS_GCP] =
		"- step:\n"
		"    name: %s\n"
		"    oidc: true\n"
		"    script:\n"
		"      - (umask 077; printf '%%s' \"$BITBUCKET_STEP_OIDC_TOKEN\" > /tmp/id-token)\n"
		"      - gcloud iam workload-identity-pools create-cred-config projects/NUMBER/locations/global/workloadIdentityPools/POOL/providers/PROVIDER\n"
		"        --service-account=NAME@PROJECT.iam.gserviceaccount.com --credential-source-file=/tmp/id-token --output-file=/tmp/gcp.json\n"
		"      - gcloud auth login --cred-file=/tmp/gcp.json\n",
	[MF_IS_AZURE] =
		"- step:\n"
		"    name: %s\n"
		"    oidc: true\n"
		"    script:\n"
		"      - az login --service-principal -u \"$AZURE_CLIENT_ID\" -t \"$AZURE_TENANT_ID\" --federated-token \"$BITBUCKET_STEP_OIDC_TOKEN\"\n",
	[MF_IS_VAULT] =
		"- step:\n"
		"    name: %s\n"
		"    oidc: true\n"
		"    script:\n"
		"      - export VAULT_TOKEN=\"$(vault write -field=token auth/jwt/login role=ROLE jwt=\"$BITBUCKET_STEP_OIDC_TOKEN\")\"\n",
};

static const char *const jenkins[MF_IS_COUNT] = {
	[MF_IS_AWS] =
		"// %s: an \"OpenID Connect id token as file\" credential\n"
		"withCredentials([file(credentialsId: 'aws-id-token', variable: 'AWS_WEB_IDENTITY_TOKEN_FILE')]) {\n"
		"    withEnv(['AWS_ROLE_ARN=arn:aws:iam::ACCOUNT:role/ROLE']) {\n"
		"        sh 'aws sts get-caller-identity'\n"
		"    }\n"
		"}\n",
	[MF_IS_GCP] =
		"// %s: an \"OpenID Connect id token as file\" credential\n"
		"withCredentials([file(credentialsId: 'gcp-id-token', variable: 'ID_TOKEN_FILE')]) {\n"
		"    sh '''gcloud iam workload-identity-pools create-cred-config projects/NUMBER/locations/global/workloadIdentityPools/POOL/providers/PROVIDER \\\n"
		"        --service-account=NAME@PROJECT.iam.gserviceaccount.com --credential-source-file=\"$ID_TOKEN_FILE\" --output-file=gcp.json\n"
		"        gcloud auth login --cred-file=gcp.json'''\n"
		"}\n",
	[MF_IS_AZURE] =
		"// %s: an \"OpenID Connect id token\" credential\n"
		"withCredentials([string(credentialsId: 'azure-id-token', variable: 'ID_TOKEN')]) {\n"
		"    sh 'az login --service-principal -u \"$AZURE_CLIENT_ID\" -t \"$AZURE_TENANT_ID\" --federated-token \"$ID_TOKEN\"'\n"
		"}\n",
	[MF_IS_VAULT] =
		"// %s: an \"OpenID Connect id token\" credential\n"
		"withCredentials([string(credentialsId: 'vault-id-token', variable: 'ID_TOKEN')]) {\n"
		"    sh 'VAULT_TOKEN=\"$(vault write -field=token auth/jwt/login role=ROLE jwt=\"$ID_TOKEN\")\" ./deploy'\n"
		"}\n",
};

const char *mf_dc_oidc(enum mf_dc_ci ci, enum mf_dc_issuer issuer)
{
	static const char *const *const table[MF_CI_COUNT] = { [MF_CI_GITLAB] = gitlab, [MF_CI_CIRCLECI] = circleci, [MF_CI_AZURE] = azure,
		[MF_CI_BITBUCKET] = bitbucket, [MF_CI_JENKINS] = jenkins };

	return table[ci][issuer];
}
