/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of the Azure provider share. Sources: Microsoft identity platform, "OAuth 2.0 client credentials flow" and "Workload identity
 * federation"; Azure Instance Metadata Service and App Service, "managed identities"; Key Vault REST API 7.4. */
#ifndef MAYFLY_PROVIDER_AZURE_H
#define MAYFLY_PROVIDER_AZURE_H

#include <mayfly/provider.h>

enum {
	MF_AZURE_TOKENS = 16,		/* of one login */
	MF_AZURE_SCOPE = 512,		/* bytes of a scope */
	MF_AZURE_NAME = 64,		/* bytes of a variable's name before a scope */
	MF_AZURE_HOST = 300,		/* bytes of a vault's host with its port */
};

/* One of Azure's clouds. All texts are static. */
struct mf_azure_cloud {
	const char *name;		/* the word in azure.cloud */
	const char *authority;		/* "https://login.microsoftonline.com" */
	const char *audience;		/* that a federated credential has unless somebody chose another one */
	const char *management, *graph, *sql;	/* scopes' resources */
	const char *vault, *hsm;	/* suffixes of hosts, and after "https://" the resources of their scopes */
	const char *arm;		/* ARM_ENVIRONMENT's word, or NULL for the one that is taken without */
};
const struct mf_azure_cloud *mf_azure_cloud_of(const struct mf_conf *conf);

/* An access token for one scope. */
struct mf_azure_token {
	char scope[MF_AZURE_SCOPE];
	char name[MF_AZURE_NAME];	/* the variable that it goes to, or "" */
	struct mf_secret *token;
	int64_t expires;		/* epoch seconds */
	int64_t ttl;			/* seconds at issue */
};

/* What hangs on mf_cred.priv. */
struct mf_azure_priv {
	struct mf_azure_token tokens[MF_AZURE_TOKENS];
	size_t n;
	struct mf_secret *assertion;	/* the identity token, for those who log in by themselves; NULL without one */
	struct mf_secret *sent[2];	/* what else the login sent as secrets: cut out of what servers say */
	const struct mf_conf *conf;	/* borrowed */
};

/* azure_cloud.c */

/* The scope that a word of azure.scopes or a resource means: "management" -> "https://management.azure.com/.default". MF-AZURE-01. */
int mf_azure_scope(char out[static MF_AZURE_SCOPE], const struct mf_azure_cloud *cloud, struct mf_str text, const char *origin, struct mf_err *err) MF_MUST_USE;

/* All that a run needs, with their names; tokens are NULL: those of azure.scopes (by default the management's, where the login is handed over), and
 * those of the vaults that are read. */
int mf_azure_scopes(struct mf_azure_priv *out, const struct mf_conf *conf, struct mf_err *err) MF_MUST_USE;

/* Where a vault answers ("https://shop.vault.azure.net", no slash at its end) and the scope of its token. `vault` is a name, or a host. Only hosts of
 * the configured cloud, and what azure-vault-url names. MF-AZURE-01. */
int mf_azure_vault(char url[static MF_AZURE_HOST], char scope[static MF_AZURE_SCOPE], const struct mf_conf *conf, struct mf_str vault, struct mf_err *err) MF_MUST_USE;

/* azure.c: whether variables are handed over, for programs that log in by themselves. */
bool mf_azure_exports(const struct mf_conf *conf);
bool mf_azure_managed(const struct mf_conf *conf);
/* The host of the login, without a slash at its end, in `out`. */
void mf_azure_authority(char out[static MF_AZURE_HOST], const struct mf_conf *conf);

/* azure_login.c */
int mf_azure_exchange(const struct mf_conf *conf, struct mf_http *http, const struct mf_identity *who, struct mf_cred *out, struct mf_err *err) MF_MUST_USE;
/* The same for one token alone: for `resource` ("https://graph.microsoft.com"), whatever the configuration asks for. */
int mf_azure_exchange_for(const char *resource, const struct mf_conf *conf, struct mf_http *http, const struct mf_identity *who, struct mf_cred *out, struct mf_err *err) MF_MUST_USE;
/* A token's answer, of Entra or of a managed identity. `now`: epoch seconds. MF-AZURE-03. */
int mf_azure_read_token(struct mf_azure_token *out, const struct mf_json *json, int64_t now, struct mf_err *err) MF_MUST_USE;
/* The body as JSON, an object; *out stays NULL where it is anything else. `err` is filled for a 200 alone, and for memory. */
int mf_azure_body(struct mf_json **out, const struct mf_resp *resp, const char *whose, struct mf_err *err) MF_MUST_USE;
void mf_azure_hide(const struct mf_cred *cred, char *text);

/* azure_managed.c: a token from the machine that the job runs on. */
int mf_azure_managed_token(struct mf_azure_token *out, const struct mf_conf *conf, struct mf_http *http, struct mf_err *err) MF_MUST_USE;
/* MF-AZURE-01 when the endpoint of the machine is neither on it nor link-local. *plain: whether it speaks plain http. */
int mf_azure_managed_check(bool *plain, const struct mf_conf *conf, struct mf_err *err) MF_MUST_USE;

/* azure_trust.c */
int mf_azure_trust(const struct mf_conf *conf, struct mf_http *http, const struct mf_identity *who, struct mf_buf *out, struct mf_err *err) MF_MUST_USE;

/* azure_explain.c */

/* A number of Entra ("AADSTS700213") out of its answer; 0: there is none. */
long mf_azure_code(const struct mf_json *answer);
/* The server's words, in one line, without what is only of use to its support. "" when there are none. */
void mf_azure_text(char *out, size_t size, const struct mf_json *answer, const struct mf_cred *cred);
/* why, sent, hint and advice of a refused login. `date`: when the server answered, by its clock; 0: not known. */
void mf_azure_explain(long status, const struct mf_json *answer, const struct mf_claims *claims, const struct mf_conf *conf, int64_t date,
		      const struct mf_cred *cred, struct mf_err *err);

/* azure_kv.c */
int mf_azure_fetch(struct mf_cred *cred, struct mf_http *http, const struct mf_ref *const *refs, size_t n, struct mf_doc *docs, struct mf_err *errs);

/* azure_kv_answer.c */

/* The three kinds of things in a vault. */
enum mf_azure_kind { MF_AZURE_SECRET, MF_AZURE_CERTIFICATE, MF_AZURE_KEY };
/* What a reference names; views into its path. */
struct mf_azure_item {
	struct mf_str vault, name;
	enum mf_azure_kind kind;
};
void mf_azure_item_of(struct mf_azure_item *out, const struct mf_ref *ref);
/* An answer with status 200 into a document. `now` is the server's time. MF-AZURE-.. */
int mf_azure_read_item(struct mf_doc *out, const struct mf_json *json, const struct mf_ref *ref, int64_t now, struct mf_err *err) MF_MUST_USE;
/* Fills doc and err for any other status. */
void mf_azure_item_refused(struct mf_doc *doc, const struct mf_ref *ref, const struct mf_resp *resp, const struct mf_json *json, const struct mf_cred *cred,
			   struct mf_err *err);

#endif
