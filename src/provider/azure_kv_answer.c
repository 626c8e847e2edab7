/* SPDX-License-Identifier: Apache-2.0 */
/* Answers of Key Vault (REST API 7.4: Get Secret, Get Certificate, Get Key), taken apart strictly, and what its refusals mean. */
#include "azure.h"

#include <stdio.h>
#include <stdlib.h>
#include <mayfly/alloc.h>
#include <mayfly/clock.h>
#include <mayfly/enc.h>
#include <mayfly/reveal.h>

enum { DER_MAX = 65536 };

void mf_azure_item_of(struct mf_azure_item *out, const struct mf_ref *ref)
{
	const char *slash = strchr(ref->path, '/'), *last = strrchr(ref->path, '/');

	*out = (struct mf_azure_item){ .vault = { ref->path, slash ? (size_t)(slash - ref->path) : strlen(ref->path) }, .name = mf_str(last ? last + 1 : "") };
	if (slash && strncmp(slash, "/certificates/", 14) == 0)
		out->kind = MF_AZURE_CERTIFICATE;
	else if (slash && strncmp(slash, "/keys/", 6) == 0)
		out->kind = MF_AZURE_KEY;
}

/* -- what it holds ------------------------------------------------------------------------------------ */

static int wrong(const struct mf_ref *ref, const char *why, struct mf_err *err)
{
	mf_fail(err, MF_E_AZURE_ANSWER, "cannot use the answer for '%s'", ref->path);
	mf_err_why(err, "%s", why);
	return -1;
}

/* Key Vault shows what has expired, and what is not valid yet: the dates are for who reads. */
static int check_dates(const struct mf_ref *ref, int64_t from, int64_t to, int64_t now, struct mf_err *err)
{
	char at[21], here[21];

	mf_time_format(here, now);
	if (to && to <= now) {
		mf_time_format(at, to);
		mf_fail(err, MF_E_AZURE_EXPIRED, "'%s' has expired", ref->path);
		mf_err_why(err, "its expiry date is %s, and it is %s at the vault", at, here);
		mf_err_hint(err, "write a new version with a later expiry date (az keyvault secret set --expires ...), or ask for another one with ?version=");
		return -1;
	}
	if (from && from > now) {
		mf_time_format(at, from);
		mf_fail(err, MF_E_AZURE_EXPIRED, "'%s' is not valid yet", ref->path);
		mf_err_why(err, "its activation date is %s, and it is %s at the vault", at, here);
		mf_err_hint(err, "ask for the version before with ?version=, or change the date (--not-before)");
		return -1;
	}
	return 0;
}

static int read_attributes(struct mf_doc *out, const struct mf_json *json, const struct mf_ref *ref, int64_t now, struct mf_err *err)
{
	const struct mf_jnode *a = mf_json_get_z(mf_json_root(json), "attributes");
	int64_t from, to;
	bool enabled;

	if (!a || mf_json_type(a) != MF_J_OBJECT)
		return wrong(ref, "it has no 'attributes'", err);
	if (mf_json_opt_bool(&enabled, a, "enabled", true, err) || mf_json_opt_int(&from, json, a, "nbf", 0, err) ||
	    mf_json_opt_int(&to, json, a, "exp", 0, err) || mf_json_opt_int(&out->created, json, a, "created", 0, err)) {
		mf_err_wrap(err, "the answer for '%s'", ref->path);
		return -1;
	}
	if (!enabled) {
		mf_fail(err, MF_E_AZURE_EXPIRED, "'%s' is disabled", ref->path);
		mf_err_hint(err, "enable it (--enabled true), or ask for another version with ?version=");
		return -1;
	}
	out->expires = to > 0 ? to : 0;
	out->created = out->created > 0 ? out->created : 0;
	return check_dates(ref, from, to, now, err);
}

/* Whether the answer is of this thing: its id ends in NAME/VERSION. A vault's names have no case. */
static int check_id(const struct mf_json *json, const struct mf_jnode *owner, const char *key, const struct mf_ref *ref, struct mf_err *err)
{
	struct mf_azure_item item;
	struct mf_str id;
	const char *slash;
	size_t n;

	if (mf_json_need_str(&id, json, owner, key, err)) {
		mf_err_wrap(err, "the answer for '%s'", ref->path);
		return -1;
	}
	mf_azure_item_of(&item, ref);
	slash = memrchr(id.p, '/', id.n);
	n = slash ? (size_t)(slash - id.p) : 0;
	if (n <= item.name.n || id.p[n - item.name.n - 1] != '/' || strncasecmp(id.p + n - item.name.n, item.name.p, item.name.n) != 0)
		return wrong(ref, "it is about something else, by its id", err);
	if (ref->version && !mf_str_is((struct mf_str){ slash + 1, id.n - n - 1 }, ref->version))
		return wrong(ref, "it is about another version than was asked for, by its id", err);
	return 0;
}

static int read_secret(struct mf_doc *out, const struct mf_json *json, const struct mf_ref *ref, struct mf_err *err)
{
	struct mf_str value;

	if (mf_json_need_str(&value, json, mf_json_root(json), "value", err)) {
		mf_err_wrap(err, "the answer for '%s'", ref->path);
		return -1;
	}
	out->raw = mf_secret_new(value.p, value.n);
	return out->raw ? check_id(json, mf_json_root(json), "id", ref, err) : mf_fail_nomem(err);
}

/* RFC 7468: 64 characters a line. */
static int add_pem(struct mf_secret *out, struct mf_str b64, struct mf_err *err)
{
	if (mf_secret_add(out, "-----BEGIN CERTIFICATE-----\n", 28, err))
		return -1;
	for (size_t at = 0; at < b64.n; at += 64)
		if (mf_secret_add(out, b64.p + at, b64.n - at < 64 ? b64.n - at : 64, err) || mf_secret_add(out, "\n", 1, err))
			return -1;
	return mf_secret_add(out, "-----END CERTIFICATE-----\n", 26, err);
}

static int read_certificate(struct mf_doc *out, const struct mf_json *json, const struct mf_ref *ref, struct mf_err *err)
{
	MF_CLEANUP(mf_freep) unsigned char *der = NULL;
	struct mf_str cer;
	size_t n;

	if (mf_json_need_str(&cer, json, mf_json_root(json), "cer", err)) {
		mf_err_wrap(err, "the answer for '%s'", ref->path);
		return -1;
	}
	if (cer.n == 0 || cer.n > DER_MAX)
		return wrong(ref, "'cer' is empty, or too long for a certificate", err);
	der = mf_calloc(cer.n + 4, 1);
	if (!der)
		return mf_fail_nomem(err);
	/* a SEQUENCE is how each certificate begins */
	if (mf_b64_decode(der, &n, cer.p, cer.n, MF_B64_STD, err) || n < 4 || der[0] != 0x30)
		return wrong(ref, "'cer' is no certificate in base64", err);
	out->raw = mf_secret_empty(2 * DER_MAX);
	if (!out->raw)
		return mf_fail_nomem(err);
	return add_pem(out->raw, cer, err) || check_id(json, mf_json_root(json), "id", ref, err) ? -1 : 0;
}

/* RFC 7517, as the vault writes it: it has no private part to give. */
static int read_key(struct mf_doc *out, const struct mf_json *json, const struct mf_ref *ref, struct mf_err *err)
{
	const struct mf_jnode *key = mf_json_get_z(mf_json_root(json), "key");

	if (!key || mf_json_type(key) != MF_J_OBJECT)
		return wrong(ref, "it has no 'key'", err);
	out->raw = mf_json_secret(json, key);
	return out->raw ? check_id(json, key, "kid", ref, err) : mf_fail_nomem(err);
}

int mf_azure_read_item(struct mf_doc *out, const struct mf_json *json, const struct mf_ref *ref, int64_t now, struct mf_err *err)
{
	struct mf_azure_item item;
	int rc;

	mf_azure_item_of(&item, ref);
	rc = item.kind == MF_AZURE_SECRET ? read_secret(out, json, ref, err) : item.kind == MF_AZURE_KEY ? read_key(out, json, ref, err) :
	     read_certificate(out, json, ref, err);
	if (rc == 0)
		rc = read_attributes(out, json, ref, now, err);
	if (rc) {
		mf_secret_free(out->raw);
		out->raw = NULL;
	}
	return rc;
}

/* -- what it refuses ---------------------------------------------------------------------------------- */

/* error.innererror.code, else error.code. */
static void code_of(char *out, size_t size, const struct mf_json *json)
{
	const struct mf_jnode *error = json ? mf_json_get_z(mf_json_root(json), "error") : NULL, *inner = mf_json_get_z(error, "innererror");
	const struct mf_jnode *n = inner && mf_json_type(inner) == MF_J_OBJECT ? mf_json_get_z(inner, "code") : mf_json_get_z(error, "code");
	const struct mf_str s = n && mf_json_type(n) == MF_J_STRING ? mf_json_text(json, n) : (struct mf_str){ 0 };

	snprintf(out, size, "%.*s", (int)(s.n < size ? s.n : size - 1), s.p ? s.p : "");
}

static const char *role_for(enum mf_azure_kind kind)
{
	return kind == MF_AZURE_SECRET ? "Key Vault Secrets User" : kind == MF_AZURE_CERTIFICATE ? "Key Vault Certificate User" : "Key Vault Crypto User";
}

static const char *plural(enum mf_azure_kind kind)
{
	return kind == MF_AZURE_SECRET ? "secrets" : kind == MF_AZURE_CERTIFICATE ? "certificates" : "keys";
}

static const char *singular(enum mf_azure_kind kind)
{
	return kind == MF_AZURE_SECRET ? "secret" : kind == MF_AZURE_CERTIFICATE ? "certificate" : "key";
}

static void advise_role(const struct mf_azure_item *item, const struct mf_cred *cred, bool policy, struct mf_err *err)
{
	const struct mf_azure_priv *priv = cred->priv;
	const char *client = priv ? mf_conf_str(priv->conf, MF_K_AZURE_CLIENT_ID) : NULL;
	const int vault = (int)strcspn(item->vault.p, "./:");

	if (!client || !*client)
		client = "CLIENT-ID";
	if (policy)
		mf_err_advice(err, "az keyvault set-policy --name %.*s --spn %s --%s-permissions get\n", vault, item->vault.p, client, singular(item->kind));
	else
		mf_err_advice(err, "az role assignment create --role '%s' --assignee %s \\\n  --scope \"$(az keyvault show --name %.*s --query id --output tsv)/%s/%.*s\"\n",
			      role_for(item->kind), client, vault, item->vault.p, plural(item->kind), (int)item->name.n, item->name.p);
}

static void forbidden(const struct mf_azure_item *item, const struct mf_ref *ref, const char *code, const struct mf_cred *cred, struct mf_err *err)
{
	const bool policy = strcmp(code, "AccessDenied") == 0;

	if (strcmp(code, "SecretDisabled") == 0 || strcmp(code, "CertificateDisabled") == 0 || strcmp(code, "KeyDisabled") == 0) {
		mf_err_hint(err, "'%s' is disabled: enable it (--enabled true), or ask for another version with ?version=", ref->path);
		return;
	}
	if (strncmp(code, "ForbiddenByFirewall", 19) == 0 || strncmp(code, "ForbiddenByConnection", 21) == 0) {
		mf_err_hint(err, "the vault's firewall does not admit this machine: admit its address, or use a runner in a network that the vault admits");
		return;
	}
	mf_err_hint(err, policy ? "no access policy of the vault lets the application read it; this one does:" :
		    "no role lets the application read it (a new one takes minutes to count); this one does:");
	advise_role(item, cred, policy, err);
}

static void unauthorized(const struct mf_resp *resp, struct mf_err *err)
{
	const char *challenge = resp->wanted[0];

	/* only shown, never followed: whoever answers in a vault's place would say where the next token goes */
	mf_err_hint(err, "the vault trusts another tenant than 'azure.tenant-id', or is of another cloud%s%.200s", challenge[0] ? "; it says: " : "", challenge);
}

static int fail_of(struct mf_doc *doc, const struct mf_ref *ref, long status, struct mf_err *err)
{
	switch (status) {
	case 401:
		return mf_fail(err, MF_E_AZURE_DENIED, "the vault does not accept the token: cannot read '%s'", ref->path);
	case 403:
		return mf_fail(err, MF_E_AZURE_DENIED, "not allowed to read '%s'", ref->path);
	case 404:
		doc->missing = true;
		return mf_fail(err, MF_E_AZURE_NOT_FOUND, "nothing at '%s'%s%s", ref->path, ref->version ? ", version " : "", ref->version ? ref->version : "");
	default:
		break;
	}
	if (status != 429 && status < 500)
		return mf_fail(err, MF_E_AZURE_REFUSED, "the vault refused to read '%s'", ref->path);
	mf_fail(err, MF_E_AZURE_UNAVAILABLE, "cannot read '%s': the vault does not serve requests now", ref->path);
	err->retryable = true;
	return -1;
}

void mf_azure_item_refused(struct mf_doc *doc, const struct mf_ref *ref, const struct mf_resp *resp, const struct mf_json *json, const struct mf_cred *cred,
			   struct mf_err *err)
{
	struct mf_azure_item item;
	char code[64], words[400];

	mf_azure_item_of(&item, ref);
	code_of(code, sizeof(code), json);
	mf_azure_text(words, sizeof(words), json, cred);
	/* something in between may answer with a page of its own: that is no word of the vault that a secret is missing */
	if (!json && resp->status != 429 && resp->status < 500 && resp->status != 401) {
		mf_fail(err, MF_E_AZURE_ANSWER, "cannot read '%s': the answer is not from Key Vault", ref->path);
		mf_err_why(err, "status %ld with something else than a JSON object", resp->status);
		return;
	}
	fail_of(doc, ref, resp->status, err);
	mf_err_why(err, "status %ld: %s", resp->status, words[0] ? words : resp->status == 429 ? "too many requests" : "the server gives no reason");
	mf_err_sent(err, "%s%s%s", cred->subject ? cred->subject : "a token", resp->request_id[0] ? ", request " : "", resp->request_id);
	if (resp->status == 401)
		unauthorized(resp, err);
	else if (resp->status == 403)
		forbidden(&item, ref, code, cred, err);
	else if (resp->status == 404)
		mf_err_hint(err, "look at the name, letter by letter, and at the vault; one that was deleted can be recovered (az keyvault %s recover)", singular(item.kind));
	else if (resp->status == 429)
		mf_err_hint(err, "a vault serves some 4000 requests in ten seconds for all who read it: read less often, or spread the jobs over several vaults");
}
