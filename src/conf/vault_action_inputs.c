/* SPDX-License-Identifier: Apache-2.0 */
/* vault-action's inputs (INPUT_URL, INPUT_METHOD, ...) as values of our own keys, so that a workflow moves over by its
 * `uses:` line. The defaults are vault-action's too: method `token`, the CI's own default audience. */
#include "inputs.h"

#include <stdio.h>
#include <stdlib.h>
#include <mayfly/alloc.h>
#include <mayfly/enc.h>
#include <mayfly/log.h>

enum { PEM_MAX = 1 << 20 };

/* Inputs that are taken over as they are. */
static const struct mf_in_plain plain[] = {
	{ "url", MF_K_VAULT_URL },
	{ "namespace", MF_K_VAULT_NAMESPACE },
	{ "role", MF_K_VAULT_ROLE },
	{ "path", MF_K_VAULT_PATH },
	{ "token", MF_K_VAULT_TOKEN },
	{ "roleId", MF_K_VAULT_ROLE_ID },
	{ "secretId", MF_K_VAULT_SECRET_ID },
	{ "githubToken", MF_K_VAULT_GITHUB_TOKEN },
	{ "kubernetesTokenPath", MF_K_VAULT_K8S_TOKEN_FILE },
	{ "username", MF_K_VAULT_USERNAME },
	{ "password", MF_K_VAULT_PASSWORD },
	{ "authPayload", MF_K_VAULT_AUTH_PAYLOAD },
	{ "jwtKeyPassword", MF_K_VAULT_JWT_KEY_PASSWORD },
	{ "jwtTtl", MF_K_VAULT_JWT_TTL },
};

/* Inputs that hold base64 of PEM text. */
static const struct mf_in_plain encoded[] = {
	{ "caCertificate", MF_K_VAULT_CA_PEM },
	{ "clientCertificate", MF_K_VAULT_CLIENT_CERT_PEM },
	{ "clientKey", MF_K_VAULT_CLIENT_KEY_PEM },
	{ "jwtPrivateKey", MF_K_VAULT_JWT_KEY },
};

/* Everything but "false" is true to vault-action. */
static bool truth(const struct mf_inputs *in, const char *input, bool fallback)
{
	struct mf_str s = mf_in_get(in, input);

	return s.n ? !(s.n == 5 && strncasecmp(s.p, "false", 5) == 0) : fallback;
}

/* base64 in either alphabet with line breaks allowed, or PEM text as it is. */
static int set_pem(const struct mf_inputs *in, enum mf_key key, const char *input, struct mf_err *err)
{
	struct mf_str s = mf_in_get(in, input);
	char *text, *out;
	size_t n = 0, out_n;
	int rc = -1;

	if (!s.n)
		return 0;
	if (s.n > 11 && memcmp(s.p, "-----BEGIN ", 11) == 0)
		return mf_in_set(in, key, s, input, err);
	if (s.n > PEM_MAX)
		return mf_fail(err, MF_E_REF_VAULT_ACTION, "input '%s' is longer than %d bytes", input, PEM_MAX);
	text = mf_calloc(s.n, 1);
	out = mf_calloc(s.n + 3, 1);
	if (text && out) {
		for (size_t i = 0; i < s.n; i++)
			if (!mf_blank(s.p[i]))
				text[n++] = s.p[i] == '-' ? '+' : s.p[i] == '_' ? '/' : s.p[i];
		rc = mf_b64_decode(out, &out_n, text, n, MF_B64_STD, err);
		if (rc) {
			mf_fail(err, MF_E_REF_VAULT_ACTION, "input '%s' is not base64", input);
			mf_err_hint(err, "it holds PEM text in base64, as `base64 -w0 FILE` writes it");
		} else {
			rc = mf_in_set(in, key, (struct mf_str){ out, out_n }, input, err);
		}
		mf_wipe(text, s.n);
		mf_wipe(out, s.n + 3);
	} else {
		mf_fail_nomem(err);
	}
	free(text);
	free(out);
	return rc;
}

static const char *const methods[] = { "jwt", "approle", "kubernetes", "token", "userpass", "ldap", "github" };

/* Any other name is a login of its own, with the payload as its body and the name as its default path. */
static int set_method(const struct mf_inputs *in, struct mf_err *err)
{
	struct mf_str s = mf_in_get(in, "method");
	char name[32] = "token";

	if (s.n >= sizeof(name))
		return mf_fail(err, MF_E_REF_VAULT_ACTION, "input 'method' is too long");
	if (s.n) {
		memcpy(name, s.p, s.n);
		name[s.n] = 0;
	}
	for (char *c = name; *c; c++)
		if (*c >= 'A' && *c <= 'Z')
			*c = (char)(*c - 'A' + 'a');
	for (size_t i = 0; i < MF_COUNT(methods); i++)
		if (strcmp(name, methods[i]) == 0)
			return mf_in_set(in, MF_K_VAULT_METHOD, mf_str(name), "method", err);
	if (!mf_in_get(in, "authPayload").n) {
		mf_fail(err, MF_E_REF_VAULT_ACTION, "unknown method '%s', and no 'authPayload' for it", name);
		mf_err_hint(err, "methods: jwt, approle, kubernetes, token, userpass, ldap, github; any other needs authPayload");
		return -1;
	}
	if (!mf_in_get(in, "path").n && mf_in_set(in, MF_K_VAULT_PATH, mf_str(name), "method", err))
		return -1;
	return mf_in_set(in, MF_K_VAULT_METHOD, mf_str("other"), "method", err);
}

static int set_audience(const struct mf_inputs *in, struct mf_err *err)
{
	struct mf_str s = mf_in_get(in, "jwtGithubAudience");

	if (s.n)
		return mf_in_set(in, MF_K_VAULT_AUDIENCE, s, "jwtGithubAudience", err);
	return mf_in_set_bool(in, MF_K_VAULT_CI_AUDIENCE, true, "jwtGithubAudience", err);
}

/* The token and the namespace come from their own inputs there, whatever a header says; the third one is always sent. */
static bool is_own_header(struct mf_str name)
{
	static const char *const own[] = { "X-Vault-Token", "X-Vault-Namespace", "X-Vault-Request" };

	for (size_t i = 0; i < MF_COUNT(own); i++)
		if (name.n == strlen(own[i]) && strncasecmp(name.p, own[i], name.n) == 0) {
			if (i < 2)
				mf_warn("the header '%s' of input 'extraHeaders' is left out: the input '%s' decides", own[i], i ? "namespace" : "token");
			return true;
		}
	return false;
}

/* "Name : value" with blanks wherever people put them. What is no header stays as it is, to be refused. */
static int set_headers(const struct mf_inputs *in, struct mf_err *err)
{
	struct mf_str rest = mf_in_get(in, "extraHeaders"), line, name;
	struct mf_buf text = MF_BUF(PEM_MAX);
	int rc = 0;

	for (const char *end; !rc && rest.n; rest.p += line.n, rest.n -= line.n) {
		const char *colon;

		end = memchr(rest.p, '\n', rest.n);
		line = (struct mf_str){ rest.p, end ? (size_t)(end - rest.p) + 1 : rest.n };
		colon = memchr(line.p, ':', line.n);
		name = colon ? mf_trim((struct mf_str){ line.p, (size_t)(colon - line.p) }) : (struct mf_str){ 0 };
		if (is_own_header(name))
			continue;
		rc = mf_buf_add(&text, name.p, name.n, err);
		if (!rc)
			rc = colon ? mf_buf_add(&text, colon, line.n - (size_t)(colon - line.p), err) : mf_buf_add(&text, line.p, line.n, err);
	}
	if (!rc && mf_trim((struct mf_str){ text.p, text.n }).n)
		rc = mf_in_set(in, MF_K_VAULT_HEADERS, (struct mf_str){ text.p, text.n }, "extraHeaders", err);
	mf_wipe(text.p, text.n);
	mf_buf_free(&text);
	return rc ? -1 : 0;
}

static int set_values(const struct mf_inputs *in, struct mf_err *err)
{
	if (mf_in_set_all(in, plain, MF_COUNT(plain), err))
		return -1;
	for (size_t i = 0; i < MF_COUNT(encoded); i++)
		if (set_pem(in, encoded[i].key, encoded[i].input, err))
			return -1;
	if (set_headers(in, err) || set_method(in, err) || set_audience(in, err))
		return -1;
	if (mf_in_set_bool(in, MF_K_VAULT_SKIP_VERIFY, truth(in, "tlsSkipVerify", false), "tlsSkipVerify", err) ||
	    mf_in_set_bool(in, MF_K_VAULT_EXPORT_TOKEN, truth(in, "exportToken", false), "exportToken", err) ||
	    mf_in_set_bool(in, MF_K_VAULT_OUTPUT_TOKEN, truth(in, "outputToken", false), "outputToken", err) ||
	    mf_in_set_bool(in, MF_K_EXPORT_ENV, !mf_str_is(mf_in_get(in, "exportEnv"), "false"), "exportEnv", err))
		return -1;
	/* a variable that exists is replaced, as vault-action does */
	return mf_in_set_bool(in, MF_K_EXPORT_OVERWRITE, true, "secrets", err);
}

int mf_conf_read_vault_action(struct mf_conf *c, mf_getenv_fn env, struct mf_err *err)
{
	const struct mf_inputs in = { .conf = c, .env = env };
	struct mf_str secrets = mf_in_get(&in, "secrets"), pki = mf_in_get(&in, "pki"), encoding = mf_in_get(&in, "secretEncodingType");
	struct mf_vault_action_rules rules = {
		.export_env = !mf_str_is(mf_in_get(&in, "exportEnv"), "false"),
		.ignore_not_found = truth(&in, "ignoreNotFound", false),
		.encoding = mf_str_is(encoding, "base64") ? "base64" : mf_str_is(encoding, "hex") ? "hex" : NULL,
	};

	if (encoding.n && !rules.encoding && !mf_str_is(encoding, "utf8")) {
		mf_fail(err, MF_E_REF_VAULT_ACTION, "unknown 'secretEncodingType' '%.*s'", (int)encoding.n, encoding.p);
		mf_err_hint(err, "base64, hex or utf8");
		return -1;
	}
	if (secrets.n && pki.n)
		return mf_fail(err, MF_E_REF_VAULT_ACTION, "inputs 'secrets' and 'pki' cannot be used together");
	if (set_values(&in, err))
		return -1;
	if (secrets.n)
		return mf_conf_add_vault_action(c, secrets, &rules, err);
	return pki.n ? mf_conf_add_vault_pki(c, pki, &rules, err) : 0;
}
