/* SPDX-License-Identifier: Apache-2.0 */
/* Login methods: what each needs of the configuration, and what it sends where. */
#include "vault.h"

#include <stdio.h>
#include <stdlib.h>
#include <mayfly/alloc.h>
#include <mayfly/fs.h>
#include <mayfly/reveal.h>
#include <mayfly/url.h>

enum { BODY_MAX = 1 << 20, K8S_TOKEN_MAX = 65536, NAME_MAX_LEN = 512 };

static const char *const names[] = {
	[MF_VAULT_JWT] = "jwt", [MF_VAULT_APPROLE] = "approle", [MF_VAULT_KUBERNETES] = "kubernetes", [MF_VAULT_TOKEN] = "token",
	[MF_VAULT_USERPASS] = "userpass", [MF_VAULT_LDAP] = "ldap", [MF_VAULT_GITHUB] = "github", [MF_VAULT_OTHER] = "other",
};

const char *mf_vault_method(const struct mf_conf *conf)
{
	if (mf_conf_is_set(conf, MF_K_VAULT_METHOD))
		return mf_conf_str(conf, MF_K_VAULT_METHOD);
	if (mf_conf_is_set(conf, MF_K_VAULT_TOKEN))
		return "token";
	return mf_conf_is_set(conf, MF_K_VAULT_ROLE_ID) ? "approle" : "jwt";
}

enum mf_vault_method mf_vault_method_of(const struct mf_conf *conf)
{
	const char *name = mf_vault_method(conf);

	for (size_t i = 0; i < MF_COUNT(names); i++)
		if (strcmp(name, names[i]) == 0)
			return (enum mf_vault_method)i;
	return MF_VAULT_JWT;
}

void mf_vault_login_free(struct mf_vault_login *l)
{
	for (size_t i = 0; i < l->n; i++)
		mf_secret_free(l->values[i]);
	mf_secret_free(l->body);
	free(l->mount);
	free(l->path);
	free(l->role);
	*l = (struct mf_vault_login){ 0 };
}

/* What the methods need. `key` 0 ends a list. */
static const struct need {
	enum mf_vault_method method;
	enum mf_key key;
	const char *help;
} needs[] = {
	{ MF_VAULT_APPROLE, MF_K_VAULT_ROLE_ID, "MAYFLY_VAULT_ROLE_ID=... (or vault.role-id)" },
	{ MF_VAULT_KUBERNETES, MF_K_VAULT_ROLE, "vault.role: NAME" },
	{ MF_VAULT_TOKEN, MF_K_VAULT_TOKEN, "VAULT_TOKEN=..." },
	{ MF_VAULT_USERPASS, MF_K_VAULT_USERNAME, "vault.username: NAME" },
	{ MF_VAULT_USERPASS, MF_K_VAULT_PASSWORD, "MAYFLY_VAULT_PASSWORD=..." },
	{ MF_VAULT_LDAP, MF_K_VAULT_USERNAME, "vault.username: NAME" },
	{ MF_VAULT_LDAP, MF_K_VAULT_PASSWORD, "MAYFLY_VAULT_PASSWORD=..." },
	{ MF_VAULT_GITHUB, MF_K_VAULT_GITHUB_TOKEN, "MAYFLY_VAULT_GITHUB_TOKEN=..." },
	{ MF_VAULT_OTHER, MF_K_VAULT_AUTH_PAYLOAD, "MAYFLY_VAULT_AUTH_PAYLOAD='{...}'" },
	{ MF_VAULT_OTHER, MF_K_VAULT_PATH, "vault.path: MOUNT" },
};

static int check_needs(enum mf_vault_method method, const struct mf_conf *conf, struct mf_err *err)
{
	for (size_t i = 0; i < MF_COUNT(needs); i++) {
		const struct mf_key_info *info = mf_key_info(needs[i].key);

		if (needs[i].method != method || mf_conf_is_set(conf, needs[i].key))
			continue;
		mf_fail(err, MF_E_VAULT_CONFIG, "method '%s' needs a value that is not set", names[method]);
		mf_err_why(err, "%s: %s", info->path ? info->path : info->symbol, info->brief);
		mf_err_hint(err, "set %s", needs[i].help);
		return -1;
	}
	return 0;
}

static int check_address(const struct mf_conf *conf, struct mf_err *err)
{
	const char *url = mf_conf_str(conf, MF_K_VAULT_URL);
	struct mf_url parsed;

	if (!url) {
		mf_fail(err, MF_E_VAULT_CONFIG, "no address of a Vault or OpenBao server");
		mf_err_why(err, "'vault.url' is not set, neither are VAULT_ADDR and BAO_ADDR");
		mf_err_hint(err, "add to .mayfly.yml:  vault: { url: https://vault.example.com, role: ROLE }");
		return -1;
	}
	if (mf_url_parse(&parsed, url, err))
		return -1;
	if (parsed.query.n || parsed.fragment.n)
		return mf_fail(err, MF_E_VAULT_CONFIG, "the server's address '%s' has a query or fragment", url);
	return mf_http_allows(&parsed, mf_conf_bool(conf, MF_K_ALLOW_HTTP), err);
}

static bool printable(struct mf_str s)
{
	for (size_t i = 0; i < s.n; i++)
		if ((unsigned char)s.p[i] <= 0x20 || (unsigned char)s.p[i] >= 0x7f)
			return false;
	return s.n > 0;
}

int mf_vault_check(const struct mf_conf *conf, struct mf_err *err)
{
	enum mf_vault_method method = mf_vault_method_of(conf);
	struct mf_vault_headers extra = { 0 };
	const char *ns = mf_conf_str(conf, MF_K_VAULT_NAMESPACE);

	if (check_address(conf, err) || check_needs(method, conf, err) || mf_vault_extra(&extra, conf, err))
		return -1;
	mf_vault_headers_free(&extra);
	if (ns && *ns && !printable(mf_str(ns)))
		return mf_fail(err, MF_E_VAULT_CONFIG, "namespace '%s' has a character that no namespace has", ns);
	if (method == MF_VAULT_TOKEN && !printable(mf_secret_reveal(mf_conf_secret(conf, MF_K_VAULT_TOKEN)))) {
		mf_fail(err, MF_E_VAULT_CONFIG, "the token of %s cannot be one", mf_conf_origin(conf, MF_K_VAULT_TOKEN));
		mf_err_why(err, "it has a space, a line break or another character that no token has");
		return -1;
	}
	if (mf_conf_bool(conf, MF_K_VAULT_INLINE) && method == MF_VAULT_TOKEN)
		return mf_fail(err, MF_E_VAULT_CONFIG, "inline authentication and a ready token exclude each other");
	if (mf_conf_bool(conf, MF_K_VAULT_INLINE) &&
	    (mf_conf_bool(conf, MF_K_VAULT_EXPORT_TOKEN) || mf_conf_bool(conf, MF_K_VAULT_OUTPUT_TOKEN)))
		return mf_fail(err, MF_E_VAULT_CONFIG, "with inline authentication there is no token to export");
	return 0;
}

struct mf_str mf_vault_mount(const struct mf_conf *conf)
{
	const char *path = mf_conf_str(conf, MF_K_VAULT_PATH);
	struct mf_str m = mf_str(path && *path ? path : mf_vault_method(conf));

	while (m.n && m.p[0] == '/')
		m.p++, m.n--;
	while (m.n && m.p[m.n - 1] == '/')
		m.n--;
	if (m.n > 5 && memcmp(m.p, "auth/", 5) == 0)
		m.p += 5, m.n -= 5;
	return m;
}

static int set_mount(struct mf_vault_login *l, const struct mf_conf *conf, struct mf_err *err)
{
	struct mf_str m = mf_vault_mount(conf);

	if (m.n == 0 || m.n > NAME_MAX_LEN)
		return mf_fail(err, MF_E_VAULT_CONFIG, "'vault.path' is no mount of an auth method");
	l->mount = mf_strndup(m.p, m.n);
	return l->mount ? 0 : mf_fail_nomem(err);
}

static int set_path(struct mf_vault_login *l, const char *user, struct mf_err *err)
{
	struct mf_buf b = MF_BUF(4096);

	if (user && strchr(user, '/'))
		return mf_fail(err, MF_E_VAULT_CONFIG, "user name '%s' has a '/' in it", user);
	if (mf_buf_printf(&b, err, "auth/%s/login%s%s", l->mount, user ? "/" : "", user ? user : "")) {
		mf_buf_free(&b);
		return -1;
	}
	l->path = mf_buf_take(&b);
	return l->path ? 0 : mf_fail_nomem(err);
}

static int add(struct mf_vault_login *l, const char *key, struct mf_str value, bool shown, struct mf_err *err)
{
	struct mf_secret *s = mf_secret_new(value.p, value.n);

	if (!s)
		return mf_fail_nomem(err);
	l->keys[l->n] = key;
	l->shown[l->n] = shown;
	l->values[l->n++] = s;
	return 0;
}

static int add_role(struct mf_vault_login *l, const struct mf_conf *conf, struct mf_err *err)
{
	const char *role = mf_conf_str(conf, MF_K_VAULT_ROLE);

	/* without a role the server takes the mount's default_role, or says that it is missing */
	if (!role || !*role)
		return 0;
	l->role = mf_strdup(role);
	return l->role ? add(l, "role", mf_str(role), true, err) : mf_fail_nomem(err);
}

static int fill_jwt(struct mf_vault_login *l, const struct mf_conf *conf, const struct mf_identity *who, struct mf_err *err)
{
	struct mf_secret *own = NULL;
	const struct mf_secret *token = who ? who->token : NULL;
	int rc;

	if (add_role(l, conf, err))
		return -1;
	if (mf_conf_is_set(conf, MF_K_VAULT_JWT_KEY)) {
		if (mf_vault_own_jwt(&own, conf, err))
			return -1;
		token = own;
	}
	if (!token)
		return mf_fail(err, MF_E_BASE_BUG, "a login with method 'jwt' without an identity token");
	rc = add(l, "jwt", mf_secret_reveal(token), false, err);
	mf_secret_free(own);
	if (rc == 0)
		l->identity = l->values[l->n - 1];
	return rc;
}

/* The file ends in a newline now and then, which is not part of the token. */
static int fill_kubernetes(struct mf_vault_login *l, const struct mf_conf *conf, struct mf_err *err)
{
	const char *file = mf_conf_str(conf, MF_K_VAULT_K8S_TOKEN_FILE);
	struct mf_secret *token;
	struct mf_str s;
	int rc;

	if (add_role(l, conf, err))
		return -1;
	if (mf_fs_read_secret(&token, file, K8S_TOKEN_MAX, err)) {
		mf_err_hint(err, "method 'kubernetes' is for a runner in a pod with a service account; 'vault.kubernetes-token-file' names another file");
		return -1;
	}
	s = mf_secret_reveal(token);
	while (s.n && (s.p[s.n - 1] == '\n' || s.p[s.n - 1] == '\r' || s.p[s.n - 1] == ' '))
		s.n--;
	if (!printable(s))
		rc = mf_fail(err, MF_E_VAULT_CONFIG, "'%s' holds no token", file);
	else
		rc = add(l, "jwt", s, false, err);
	mf_secret_free(token);
	if (rc == 0)
		l->identity = l->values[l->n - 1];
	return rc;
}

static int fill_approle(struct mf_vault_login *l, const struct mf_conf *conf, struct mf_err *err)
{
	const struct mf_secret *secret_id = mf_conf_secret(conf, MF_K_VAULT_SECRET_ID);
	const char *role_id = mf_conf_str(conf, MF_K_VAULT_ROLE_ID);

	l->role = mf_strdup(role_id);
	if (!l->role)
		return mf_fail_nomem(err);
	if (add(l, "role_id", mf_str(role_id), true, err))
		return -1;
	/* a role may go without a secret id (bind_secret_id=false) */
	return secret_id ? add(l, "secret_id", mf_secret_reveal(secret_id), false, err) : 0;
}

static int fill_password(struct mf_vault_login *l, const struct mf_conf *conf, struct mf_err *err)
{
	l->role = mf_strdup(mf_conf_str(conf, MF_K_VAULT_USERNAME));
	if (!l->role)
		return mf_fail_nomem(err);
	return add(l, "password", mf_secret_reveal(mf_conf_secret(conf, MF_K_VAULT_PASSWORD)), false, err);
}

static int fill_other(struct mf_vault_login *l, const struct mf_conf *conf, struct mf_err *err)
{
	const struct mf_secret *payload = mf_conf_secret(conf, MF_K_VAULT_AUTH_PAYLOAD);
	MF_CLEANUP(mf_json_freep) struct mf_json *json = NULL;

	if (mf_json_parse_secret(&json, payload, err)) {
		err->code = MF_USAGE;
		mf_err_wrap(err, "%s", mf_conf_origin(conf, MF_K_VAULT_AUTH_PAYLOAD));
		return -1;
	}
	if (mf_json_type(mf_json_root(json)) != MF_J_OBJECT)
		return mf_fail(err, MF_E_VAULT_CONFIG, "%s holds no JSON object", mf_conf_origin(conf, MF_K_VAULT_AUTH_PAYLOAD));
	l->body = mf_secret_dup(payload);
	return l->body ? 0 : mf_fail_nomem(err);
}

static int fill(struct mf_vault_login *l, const struct mf_conf *conf, const struct mf_identity *who, struct mf_err *err)
{
	bool user = l->method == MF_VAULT_USERPASS || l->method == MF_VAULT_LDAP;

	if (set_mount(l, conf, err) || set_path(l, user ? mf_conf_str(conf, MF_K_VAULT_USERNAME) : NULL, err))
		return -1;
	switch (l->method) {
	case MF_VAULT_JWT:
		return fill_jwt(l, conf, who, err);
	case MF_VAULT_APPROLE:
		return fill_approle(l, conf, err);
	case MF_VAULT_KUBERNETES:
		return fill_kubernetes(l, conf, err);
	case MF_VAULT_USERPASS:
	case MF_VAULT_LDAP:
		return fill_password(l, conf, err);
	case MF_VAULT_GITHUB:
		return add(l, "token", mf_secret_reveal(mf_conf_secret(conf, MF_K_VAULT_GITHUB_TOKEN)), false, err);
	case MF_VAULT_OTHER:
		return fill_other(l, conf, err);
	case MF_VAULT_TOKEN:
		break;
	}
	return 0;
}

int mf_vault_login_of(struct mf_vault_login *out, const struct mf_conf *conf, const struct mf_identity *who, struct mf_err *err)
{
	struct mf_vault_login l = { .method = mf_vault_method_of(conf) };

	if (fill(&l, conf, who, err)) {
		mf_vault_login_free(&l);
		return -1;
	}
	*out = l;
	return 0;
}

int mf_vault_member(struct mf_secret *body, const char *key, struct mf_str value, struct mf_err *err)
{
	if (mf_secret_add(body, mf_secret_len(body) > 1 ? "," : "", mf_secret_len(body) > 1, err) ||
	    mf_json_quote_secret(body, mf_str(key), err) || mf_secret_add(body, ":", 1, err))
		return -1;
	return mf_json_quote_secret(body, value, err);
}

int mf_vault_login_body(struct mf_secret **out, const struct mf_vault_login *l, struct mf_err *err)
{
	struct mf_secret *body = l->body ? mf_secret_dup(l->body) : mf_secret_empty(BODY_MAX);

	if (!body)
		return mf_fail_nomem(err);
	if (!l->body) {
		int rc = mf_secret_add(body, "{", 1, err);

		for (size_t i = 0; rc == 0 && i < l->n; i++)
			rc = mf_vault_member(body, l->keys[i], mf_secret_reveal(l->values[i]), err);
		if (rc || mf_secret_add(body, "}", 1, err)) {
			mf_secret_free(body);
			return -1;
		}
	}
	*out = body;
	return 0;
}
