/* SPDX-License-Identifier: Apache-2.0 */
/* The steps by which a job gets a credential by its identity, where the step that has it stored takes none: it is given what they leave. Where no issuer
 * takes the job's identity, Vault does, and gives out what it stores or makes. */
#include "github.h"

#define OIDC "  id-token: write\n  contents: read\n"
#define FROM_VAULT(secrets) \
	"  - uses: mayfly-ci/mayfly@v0\n    with:\n      vault-url: https://VAULT_SERVER\n      vault-role: ROLE_NAME\n      secrets: |\n        " secrets "\n"

#define VAULT_LOGIN \
	"  - uses: mayfly-ci/mayfly@v0\n    with:\n      vault-url: https://VAULT_SERVER\n      vault-role: ROLE_NAME\n      vault-export-token: true\n"
#define AZURE(comment) \
	"  - uses: azure/login@v2" comment "\n    with:\n      client-id: ${{ vars.AZURE_CLIENT_ID }}\n      tenant-id: ${{ vars.AZURE_TENANT_ID }}\n" \
	"      subscription-id: ${{ vars.AZURE_SUBSCRIPTION_ID }}\n"

static const struct mf_gh_instead all[] = {
	{ "aws-access-key", OIDC,
		"  - uses: aws-actions/configure-aws-credentials@v5\n    with:\n      role-to-assume: arn:aws:iam::ACCOUNT_ID:role/ROLE_NAME\n"
		"      aws-region: REGION\n", NULL, NULL },
	{ "azure-client-secret", OIDC, AZURE(""), NULL, NULL },
	{ "azure-devops-pat", OIDC, AZURE(""), NULL, "vsce publish --azure-credential" },
	{ "azure-key", OIDC, AZURE(""), NULL, NULL },
	{ "azure-sas", OIDC, AZURE("    # then: az storage ... --auth-mode login"), NULL, NULL },
	{ "azure-storage-key", OIDC, AZURE("    # then: az storage ... --auth-mode login"), NULL, NULL },
	{ "crates-token", OIDC, "  - id: crates\n    uses: rust-lang/crates-io-auth-action@v1\n", "${{ steps.crates.outputs.token }}", NULL },
	{ "credential", OIDC, FROM_VAULT("STORE_KEY=vault://secret/data/ci/store#key"), "${{ env.STORE_KEY }}", NULL },
	{ "database-url", OIDC,
		"  - uses: mayfly-ci/mayfly@v0\n    with:\n      vault-url: https://VAULT_SERVER\n      vault-role: ROLE_NAME\n      secrets: |\n"
		"        DB_USER=vault://database/creds/ROLE_NAME#username\n        DB_PASS=vault://database/creds/ROLE_NAME#password\n",
		"postgres://${{ env.DB_USER }}:${{ env.DB_PASS }}@HOST/NAME", NULL },
	{ "gcp-service-account", OIDC,
		"  - uses: google-github-actions/auth@v3\n    with:\n"
		"      workload_identity_provider: projects/PROJECT_NUMBER/locations/global/workloadIdentityPools/POOL/providers/PROVIDER\n"
		"      service_account: NAME@PROJECT.iam.gserviceaccount.com\n", NULL, NULL },
	{ "github-pat", "  contents: read    # and what the step changes: contents, pull-requests, issues: write\n", NULL, "${{ github.token }}", NULL },
	{ "gitlab-pat", OIDC, FROM_VAULT("GITLAB_TOKEN=vault://gitlab/token/ROLE_NAME#token"), NULL, NULL },
	{ "kubeconfig", OIDC,
		"  - name: the cluster trusts the job's identity\n    env:\n      AUDIENCE: CLUSTER_AUDIENCE\n    run: |\n"
		"      token=$(curl -sSf -H \"Authorization: Bearer $ACTIONS_ID_TOKEN_REQUEST_TOKEN\" \\\n"
		"        \"$ACTIONS_ID_TOKEN_REQUEST_URL&audience=$AUDIENCE\" | jq -r .value)\n"
		"      echo \"::add-mask::$token\"\n      kubectl config set-cluster job --server=https://API_SERVER --certificate-authority=ca.pem\n"
		"      kubectl config set-credentials job --token=\"$token\"\n      kubectl config set-context job --cluster=job --user=job\n"
		"      kubectl config use-context job\n", NULL, NULL },
	{ "npm-token", OIDC, "  - run: npm install --global npm@11    # trusted publishing needs 11.5.1 or later\n", NULL, NULL },
	{ "nuget-key", OIDC, "  - id: nuget\n    uses: NuGet/login@v1\n    with:\n      user: NUGET_USER\n", "${{ steps.nuget.outputs.NUGET_API_KEY }}", NULL },
	{ "pypi-token", OIDC, "  - uses: pypa/gh-action-pypi-publish@release/v1    # uploads dist/, in place of twine or of the tool's own upload\n", NULL, NULL },
	{ "registry-password", OIDC, FROM_VAULT("REGISTRY_TOKEN=vault://secret/data/ci/registry#token"), "${{ env.REGISTRY_TOKEN }}", NULL },
	{ "rubygems-key", OIDC, "  - uses: rubygems/configure-rubygems-credentials@v1\n", NULL, "gem push FILE" },
	{ "ssh-private-key", OIDC, VAULT_LOGIN
		"  - name: a key of this job, signed for minutes\n    run: |\n"
		"      ssh-keygen -q -t ed25519 -N '' -f \"$RUNNER_TEMP/key\"\n"
		"      vault write -field=signed_key ssh/sign/ROLE_NAME public_key=@\"$RUNNER_TEMP/key.pub\" > \"$RUNNER_TEMP/key-cert.pub\"\n", NULL,
		"ssh-add \"$RUNNER_TEMP/key\"" },
	{ "terraform-cloud", OIDC, FROM_VAULT("TF_TOKEN_app_terraform_io=vault://terraform/creds/ROLE_NAME#token"), NULL, NULL },
	{ "vault-secret-id", OIDC, VAULT_LOGIN, NULL, NULL },
	{ "vault-service-token", OIDC, VAULT_LOGIN, NULL, NULL },
};

const struct mf_gh_instead *mf_gh_instead(const char *kind)
{
	for (size_t i = 0; i < MF_COUNT(all); i++)
		if (strcmp(all[i].kind, kind) == 0)
			return &all[i];
	return NULL;
}
