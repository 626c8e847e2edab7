/* SPDX-License-Identifier: Apache-2.0 */
/* What replaces a static credential: the same job, logged in by the identity that its CI gives it. */
#include "ci.h"

#include <stdio.h>

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

/* -- the others: a frame that hands the job's identity to a script, and the script ---------------------- */

/* %s: the job, %a: the audience. The lines of the script follow, each with `indent` before it. In `set`, %n is a variable for what comes after, %v the
 * command that prints its value. */
static const struct {
	const char *head, *indent, *token, *set, *end;
} frames[MF_CI_COUNT] = {
	[MF_CI_GITLAB] = {
		"%s:\n"
		"  id_tokens:\n"
		"    ID_TOKEN: { aud: \"%a\" }\n"
		"  before_script:\n"
		"    - |\n",
		"      ", "$ID_TOKEN", "export %n=\"$(%v)\"", "" },
	[MF_CI_CIRCLECI] = {
		"# %s\n"
		"- run: |\n"
		"    ID_TOKEN=\"$(circleci run oidc get --claims '{\"aud\": \"%a\"}')\"\n",
		"    ", "$ID_TOKEN", "echo \"export %n='$(%v)'\" >> \"$BASH_ENV\"", "" },
	[MF_CI_AZURE] = {
		"# %s: an Azure service connection with workload identity federation. idToken is the job's, for api://AzureADTokenExchange\n"
		"- task: AzureCLI@2\n"
		"  inputs:\n"
		"    azureSubscription: CONNECTION\n"
		"    addSpnToEnvironment: true\n"
		"    scriptType: bash\n"
		"    scriptLocation: inlineScript\n"
		"    inlineScript: |\n",
		"      ", "$idToken", "echo \"##vso[task.setvariable variable=%n;issecret=true]$(%v)\"", "" },
	[MF_CI_BITBUCKET] = {
		"- step:\n"
		"    name: %s\n"
		"    oidc: true\n"
		"    script:\n"
		"      - |\n",
		"        ", "$BITBUCKET_STEP_OIDC_TOKEN", "export %n=\"$(%v)\"", "" },
	[MF_CI_JENKINS] = {
		"// %s: an \"OpenID Connect id token\" credential with the audience %a\n"
		"withCredentials([string(credentialsId: 'id-token', variable: 'ID_TOKEN')]) {\n"
		"    sh '''\n",
		"        ", "$ID_TOKEN", "export %n=\"$(%v)\"", "        ./deploy\n    '''\n}\n" },
};

#define VAULT_SERVER "https://vault.example.com"
#define VAULT_LOGIN "export VAULT_ADDR=" VAULT_SERVER " VAULT_TOKEN=\"$(vault write -field=token auth/jwt/login role=ROLE jwt=\"%t\")\"\n"
#define GCP_PROVIDER "projects/NUMBER/locations/global/workloadIdentityPools/POOL/providers/PROVIDER"
#define TOKEN_FILE "(umask 077; printf '%%s' \"%t\" > /tmp/id-token)\n"
#define GCP_LOGIN \
	TOKEN_FILE \
	"gcloud iam workload-identity-pools create-cred-config " GCP_PROVIDER " \\\n" \
	"  --service-account=NAME@PROJECT.iam.gserviceaccount.com --credential-source-file=/tmp/id-token --output-file=/tmp/gcp.json\n" \
	"gcloud auth login --cred-file=/tmp/gcp.json\n"

enum script { FETCH, VAULT, GCP, KUBE, OCTO_STS, TERRAFORM, SSH, PYPI, ADDRESS, REGISTRY, ECR, GAR, ACR, SCRIPTS };

/* Lines of shell. %t: the job's identity token, %n: the variable; a line that begins with '=' prints the variable's value. */
static const struct {
	const char *audience, *variable, *lines;	/* variable: where what was seen is none */
} scripts[SCRIPTS] = {
	[FETCH] = { VAULT_SERVER, "SECRET", VAULT_LOGIN "=vault kv get -field=value secret/ci/%n\n" },
	[VAULT] = { VAULT_SERVER, "VAULT_TOKEN", "=vault write -address=" VAULT_SERVER " -field=token auth/jwt/login role=ROLE jwt=\"%t\"\n" },
	[GCP] = { "https://iam.googleapis.com/" GCP_PROVIDER, NULL, GCP_LOGIN },
	[KUBE] = { "kubernetes", NULL, "kubectl config set-credentials job --token=\"%t\"\n" },
	[OCTO_STS] = { "octo-sts.dev", "GH_TOKEN",
		"=curl -sSf -H \"Authorization: Bearer %t\" 'https://octo-sts.dev/sts/exchange?scope=OWNER/REPOSITORY&identity=NAME' | jq -r .token\n" },
	[TERRAFORM] = { VAULT_SERVER, "TF_TOKEN_app_terraform_io", VAULT_LOGIN "=vault read -field=token terraform/creds/ROLE\n" },
	[SSH] = { VAULT_SERVER, NULL,
		VAULT_LOGIN
		"ssh-keygen -q -t ed25519 -N '' -f /tmp/job-key\n"
		"vault write -field=signed_key ssh/sign/ROLE public_key=@/tmp/job-key.pub > /tmp/job-key-cert.pub\n"
		"ssh -i /tmp/job-key USER@HOST\n" },
	[PYPI] = { "pypi", "TWINE_PASSWORD", "=curl -sSf -d \"{\\\"token\\\": \\\"%t\\\"}\" https://pypi.org/_/oidc/mint-token | jq -r .token\n" },
	[ADDRESS] = { VAULT_SERVER, NULL,
		VAULT_LOGIN
		"git config --global credential.helper '!f() { echo username=USER; echo \"password=$(vault kv get -field=value secret/ci/git)\"; }; f'\n"
		"git push https://HOST/OWNER/REPOSITORY.git HEAD\n" },
	[REGISTRY] = { VAULT_SERVER, NULL,
		VAULT_LOGIN
		"vault kv get -field=password secret/ci/registry | docker login --username USER --password-stdin REGISTRY\n" },
	[ECR] = { "sts.amazonaws.com", NULL,
		TOKEN_FILE
		"export AWS_ROLE_ARN=arn:aws:iam::ACCOUNT:role/ROLE AWS_WEB_IDENTITY_TOKEN_FILE=/tmp/id-token\n"
		"aws ecr get-login-password --region REGION | docker login --username AWS --password-stdin ACCOUNT.dkr.ecr.REGION.amazonaws.com\n" },
	[GAR] = { "https://iam.googleapis.com/" GCP_PROVIDER, NULL,
		GCP_LOGIN
		"gcloud auth print-access-token | docker login --username oauth2accesstoken --password-stdin https://REGION-docker.pkg.dev\n" },
	[ACR] = { "api://AzureADTokenExchange", NULL,
		"az login --service-principal -u \"$AZURE_CLIENT_ID\" -t \"$AZURE_TENANT_ID\" --federated-token \"%t\"\n"
		"az acr login --name REGISTRY\n" },
};

/* The cloud whose registry a line names. */
static enum script of_registry(struct mf_str line)
{
	static const struct { const char *part; enum script script; } hosts[] = {
		{ ".dkr.ecr.", ECR }, { "public.ecr.aws", ECR }, { "-docker.pkg.dev", GAR }, { "gcr.io", GAR }, { ".azurecr.io", ACR } };

	for (size_t i = 0; i < MF_COUNT(hosts); i++)
		if (mf_dc_has(line, hosts[i].part))
			return hosts[i].script;
	return REGISTRY;
}

static enum script script_of(enum mf_dc_ci ci, enum mf_dc_issuer issuer, struct mf_str line)
{
	switch (issuer) {
	case MF_IS_VAULT:
		return VAULT;
	case MF_IS_GCP:
		return GCP;
	case MF_IS_KUBE:
		return KUBE;
	case MF_IS_DOCKER:
		return of_registry(line);
	case MF_IS_GITHUB:
		return OCTO_STS;
	case MF_IS_TERRAFORM:
		return TERRAFORM;
	case MF_IS_SSH:
		return SSH;
	case MF_IS_ADDRESS:
		return ADDRESS;
	case MF_IS_PYPI:
		/* of the CIs here, the one that PyPI trusts */
		return ci == MF_CI_GITLAB ? PYPI : FETCH;
	default:
		return FETCH;
	}
}

struct form {
	const char *job, *name, *audience, *token, *value;
};

/* %s, %a, %t, %n and %v as in the tables, "%%" for one '%'; any other stands for itself. */
static int fill(struct mf_buf *out, const char *text, const struct form *f, struct mf_err *err)
{
	for (; *text; text++) {
		const char *value = NULL;

		if (text[0] == '%')
			value = text[1] == 's' ? f->job : text[1] == 'a' ? f->audience : text[1] == 't' ? f->token : text[1] == 'n' ? f->name :
				text[1] == 'v' ? f->value : text[1] == '%' ? "%" : NULL;
		if (value ? mf_buf_puts(out, value, err) : mf_buf_putc(out, *text, err))
			return -1;
		text += value != NULL;
	}
	return 0;
}

static int add_line(struct mf_buf *out, enum mf_dc_ci ci, struct mf_str line, struct form f, struct mf_err *err)
{
	char text[512];
	struct mf_buf value = MF_BUF(1024);
	const bool set = *line.p == '=';
	int rc = mf_buf_puts(out, frames[ci].indent, err);

	snprintf(text, sizeof(text), "%.*s", (int)line.n - set, line.p + set);
	if (rc == 0 && set) {
		rc = fill(&value, text, &f, err);
		f.value = mf_buf_text(&value);
	}
	rc = rc || fill(out, set ? frames[ci].set : text, &f, err) || mf_buf_putc(out, '\n', err) ? -1 : 0;
	mf_buf_free(&value);
	return rc;
}

static bool variable_name(const char *s)
{
	if (!((*s >= 'A' && *s <= 'Z') || *s == '_'))
		return false;
	for (; *s; s++)
		if (!mf_dc_word(*s))
			return false;
	return true;
}

static int framed(struct mf_buf *out, enum mf_dc_ci ci, enum script script, const char *job, const char *name, struct mf_err *err)
{
	const char *fixed = scripts[script].variable;
	const struct form f = { .job = job, .audience = scripts[script].audience, .token = frames[ci].token,
		.name = variable_name(name) || !fixed ? name : fixed };

	if (fill(out, frames[ci].head, &f, err))
		return -1;
	for (const char *line = scripts[script].lines, *end; *line; line = end + 1) {
		end = strchr(line, '\n');
		if (add_line(out, ci, (struct mf_str){ line, (size_t)(end - line) }, f, err))
			return -1;
	}
	return mf_buf_puts(out, frames[ci].end, err);
}

int mf_dc_oidc(struct mf_buf *out, enum mf_dc_ci ci, enum mf_dc_issuer issuer, const char *job, const char *name, struct mf_str line, struct mf_err *err)
{
	static const char *const *const table[MF_CI_COUNT] = { [MF_CI_GITLAB] = gitlab, [MF_CI_CIRCLECI] = circleci, [MF_CI_AZURE] = azure,
		[MF_CI_BITBUCKET] = bitbucket, [MF_CI_JENKINS] = jenkins };
	const enum mf_dc_issuer as = issuer == MF_IS_FIREBASE ? MF_IS_GCP : issuer;	/* its command line takes Google's credentials */
	const char *own = as == MF_IS_DOCKER && of_registry(line) != REGISTRY ? NULL : table[ci][as];
	const struct form f = { .job = job };

	return own ? fill(out, own, &f, err) : framed(out, ci, script_of(ci, as, line), job, name, err);
}
