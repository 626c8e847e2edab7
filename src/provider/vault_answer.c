/* SPDX-License-Identifier: Apache-2.0 */
/* Answers of Vault and OpenBao: logins, look-ups and secrets, taken apart strictly. */
#include "vault.h"

#include <stdio.h>
#include <stdlib.h>
#include <mayfly/alloc.h>
#include <mayfly/clock.h>
#include <mayfly/log.h>
#include <mayfly/reveal.h>

enum { TOKEN_MAX = 8192, FIELDS_MAX = 10000, SUBJECT_MAX = 512 };

static bool looks_like_html(const struct mf_resp *resp, struct mf_str body)
{
	size_t i = 0;

	if (strncasecmp(resp->content_type, "text/html", 9) == 0)
		return true;
	while (i < body.n && (body.p[i] == ' ' || body.p[i] == '\n' || body.p[i] == '\r' || body.p[i] == '\t'))
		i++;
	return i < body.n && body.p[i] == '<';
}

static int not_vault(const struct mf_resp *resp, bool html, struct mf_err *err)
{
	mf_fail(err, MF_E_VAULT_NOT_VAULT, "the answer is not from Vault or OpenBao");
	mf_err_why(err, "status %ld with %s%s%s in place of JSON", resp->status, html ? "an HTML page" : "something else",
		   resp->content_type[0] ? ", content type " : "", resp->content_type);
	mf_err_hint(err, "look at 'vault.url': it is the server's address without /ui or /v1; a proxy or login page in between answers so too");
	if (resp->status >= 500) {
		err->code = MF_NETWORK;
		err->retryable = true;
	}
	return -1;
}

int mf_vault_body(struct mf_json **out, const struct mf_resp *resp, struct mf_err *err)
{
	struct mf_str body = mf_secret_reveal(resp->body);
	struct mf_json *json;

	if (body.n == 0) {
		if (resp->status != 200) {
			*out = NULL;
			return 0;
		}
		mf_fail(err, MF_E_VAULT_ANSWER, "the answer is empty");
		mf_err_why(err, "status 200 without a body: the connection may have been cut");
		err->code = MF_NETWORK;
		return -1;
	}
	if (looks_like_html(resp, body))
		return not_vault(resp, true, err);
	if (mf_json_parse_secret(&json, resp->body, err)) {
		if (err->id != mf_error_id(MF_E_JSON_SYNTAX))
			return -1;
		if (body.p[0] != '{')
			return not_vault(resp, false, err);
		mf_err_wrap(err, "the server's answer");
		return -1;
	}
	if (mf_json_type(mf_json_root(json)) != MF_J_OBJECT) {
		mf_json_free(json);
		return not_vault(resp, false, err);
	}
	*out = json;
	return 0;
}

/* Goes into a header: visible ASCII only. */
static int read_token(struct mf_cred *out, const struct mf_json *json, const struct mf_jnode *auth, struct mf_err *err)
{
	struct mf_str token;

	if (mf_json_need_str(&token, json, auth, "client_token", err))
		return -1;
	for (size_t i = 0; i < token.n; i++)
		if ((unsigned char)token.p[i] <= 0x20 || (unsigned char)token.p[i] >= 0x7f)
			return mf_fail(err, MF_E_VAULT_ANSWER, "the token that the server sent has a character that no token has");
	if (token.n == 0 || token.n > TOKEN_MAX)
		return mf_fail(err, MF_E_VAULT_ANSWER, "the token that the server sent has %zu bytes", token.n);
	out->token = mf_secret_new(token.p, token.n);
	return out->token ? 0 : mf_fail_nomem(err);
}

/* ["ci","default"] -> "ci, default" */
static int policies_text(struct mf_buf *out, const struct mf_json *json, const struct mf_jnode *owner, struct mf_err *err)
{
	const struct mf_jnode *list = mf_json_get_z(owner, "policies");

	if (!list || mf_json_type(list) == MF_J_NULL)
		return mf_buf_puts(out, "none", err);
	if (mf_json_type(list) != MF_J_ARRAY)
		return mf_fail(err, MF_E_VAULT_ANSWER, "'policies' in the server's answer is no list");
	for (const struct mf_jnode *p = mf_json_first(list); p; p = mf_json_next(p)) {
		struct mf_str s = mf_json_text(json, p);

		if (mf_json_type(p) != MF_J_STRING)
			return mf_fail(err, MF_E_VAULT_ANSWER, "a policy in the server's answer is no text");
		if (out->n + s.n + 8 > SUBJECT_MAX - 64)
			return mf_buf_puts(out, ", ...", err);
		if ((p != mf_json_first(list) && mf_buf_puts(out, ", ", err)) || mf_buf_add(out, s.p, s.n, err))
			return -1;
	}
	return mf_json_size(list) ? 0 : mf_buf_puts(out, "none", err);
}

static int set_subject(struct mf_cred *out, const struct mf_json *json, const struct mf_jnode *owner, const char *who, struct mf_err *err)
{
	struct mf_buf text = MF_BUF(8192), policies = MF_BUF(8192);
	int rc = policies_text(&policies, json, owner, err) ||
		 mf_buf_printf(&text, err, "%.200s (policies: %s)", who, mf_buf_text(&policies));

	mf_buf_free(&policies);
	if (rc) {
		mf_buf_free(&text);
		return -1;
	}
	out->subject = mf_buf_take(&text);
	return out->subject ? 0 : mf_fail_nomem(err);
}

static int set_life(struct mf_cred *out, int64_t ttl, int64_t now, struct mf_err *err)
{
	if (ttl < 0 || ttl > INT64_MAX / 2)
		return mf_fail(err, MF_E_VAULT_ANSWER, "the server's answer has a lifetime of %lld s", (long long)ttl);
	out->ttl = ttl;
	out->expires = ttl ? now + ttl : 0;
	out->unlimited = ttl == 0;
	return 0;
}

static void set_policies(struct mf_cred *out, const struct mf_json *json, const struct mf_jnode *owner)
{
	const struct mf_jnode *list = mf_json_get_z(owner, "policies");
	size_t n = 0, defaults = 0;

	for (const struct mf_jnode *p = list ? mf_json_first(list) : NULL; p; p = mf_json_next(p), n++) {
		out->root |= mf_str_is(mf_json_text(json, p), "root");
		defaults += mf_str_is(mf_json_text(json, p), "default");
	}
	out->default_only = n > 0 && defaults == n;
}

/* What bounds it besides its TTL. A login's answer has no period and no explicit maximum, a look-up's has all. */
static int set_bounds(struct mf_cred *out, const struct mf_json *json, const struct mf_jnode *owner, struct mf_err *err)
{
	const struct {
		const char *key;
		int64_t *to;
	} numbers[] = { { "period", &out->period }, { "explicit_max_ttl", &out->max_ttl }, { "num_uses", &out->num_uses } };

	for (size_t i = 0; i < MF_COUNT(numbers); i++) {
		if (mf_json_opt_int(numbers[i].to, json, owner, numbers[i].key, 0, err))
			return -1;
		if (*numbers[i].to < 0 || *numbers[i].to > INT64_MAX / 2)
			return mf_fail(err, MF_E_VAULT_ANSWER, "the server's answer has a '%s' of %lld", numbers[i].key, (long long)*numbers[i].to);
	}
	set_policies(out, json, owner);
	return mf_json_opt_bool(&out->renewable, owner, "renewable", false, err);
}

static int set_accessor(struct mf_cred *out, const struct mf_json *json, const struct mf_jnode *owner, struct mf_err *err)
{
	struct mf_str s;

	if (mf_json_opt_str(&s, json, owner, "accessor", "", err))
		return -1;
	out->accessor = mf_strndup(s.p, s.n);
	return out->accessor ? 0 : mf_fail_nomem(err);
}

static bool batch_prefix(const struct mf_secret *token)
{
	struct mf_str t = mf_secret_reveal(token);

	return (t.n > 2 && memcmp(t.p, "b.", 2) == 0) || (t.n > 4 && memcmp(t.p, "hvb.", 4) == 0);
}

static int no_auth(const struct mf_json *json, const struct mf_jnode *auth, struct mf_err *err)
{
	const struct mf_jnode *mfa = mf_json_get_z(auth, "mfa_requirement");

	mf_fail(err, MF_E_VAULT_ANSWER, "the server's answer to the login holds no token");
	if (mfa && mf_json_type(mfa) == MF_J_OBJECT)
		mf_err_why(err, "it asks for a second factor, which a job cannot give");
	else if (mf_json_type(mf_json_get_z(mf_json_root(json), "wrap_info")) == MF_J_OBJECT)
		mf_err_why(err, "it is wrapped; an extra header asks for that");
	else
		mf_err_why(err, "there is no 'auth' in it");
	return -1;
}

static void name_kind(struct mf_cred *out, bool batch)
{
	out->batch = batch;
	out->kind = batch ? "vault-batch-token" : "vault-service-token";
	out->title = batch ? "a Vault batch token" : "a Vault service token";
	out->named = "VAULT_TOKEN";
}

int mf_vault_read_login(struct mf_cred *out, const struct mf_json *json, const char *role, int64_t now, struct mf_err *err)
{
	const struct mf_jnode *auth = mf_json_get_z(mf_json_root(json), "auth"), *mfa;
	struct mf_str type;
	int64_t ttl;

	mfa = auth ? mf_json_get_z(auth, "mfa_requirement") : NULL;
	if (!auth || mf_json_type(auth) != MF_J_OBJECT || (mfa && mf_json_type(mfa) == MF_J_OBJECT))
		return no_auth(json, auth, err);
	if (read_token(out, json, auth, err))
		return -1;
	if (mf_json_need_int(&ttl, json, auth, "lease_duration", err) || set_life(out, ttl, now, err) || set_bounds(out, json, auth, err) ||
	    mf_json_opt_str(&type, json, auth, "token_type", "service", err) || set_accessor(out, json, auth, err) ||
	    set_subject(out, json, auth, role, err))
		return -1;
	name_kind(out, mf_str_is(type, "batch") || batch_prefix(out->token));
	out->ours = true;
	return 0;
}

int mf_vault_read_lookup(struct mf_cred *out, const struct mf_json *json, const char *origin, int64_t now, struct mf_err *err)
{
	const struct mf_jnode *data = mf_json_get_z(mf_json_root(json), "data");
	struct mf_str type;
	char who[128];
	int64_t ttl;

	if (!data || mf_json_type(data) != MF_J_OBJECT)
		return mf_fail(err, MF_E_VAULT_ANSWER, "the server's answer to lookup-self has no 'data'");
	snprintf(who, sizeof(who), "the token of %s", origin);
	if (mf_json_need_int(&ttl, json, data, "ttl", err) || set_life(out, ttl, now, err) || set_bounds(out, json, data, err) ||
	    mf_json_opt_str(&type, json, data, "type", "service", err) || set_accessor(out, json, data, err) ||
	    set_subject(out, json, data, who, err))
		return -1;
	name_kind(out, mf_str_is(type, "batch") || batch_prefix(out->token));
	return 0;
}

int mf_vault_read_bounds(struct mf_cred *out, const struct mf_json *json, struct mf_err *err)
{
	const struct mf_jnode *data = mf_json_get_z(mf_json_root(json), "data");

	if (!data || mf_json_type(data) != MF_J_OBJECT)
		return mf_fail(err, MF_E_VAULT_ANSWER, "the server's answer to lookup-self has no 'data'");
	if (set_bounds(out, json, data, err))
		return -1;
	out->bounded = true;
	return 0;
}

unsigned mf_vault_read_capabilities(const struct mf_json *json, const char *path)
{
	static const struct {
		const char *name;
		unsigned may;
	} words[] = {
		{ "read", MF_VAULT_MAY_READ }, { "create", MF_VAULT_MAY_CHANGE }, { "update", MF_VAULT_MAY_CHANGE }, { "patch", MF_VAULT_MAY_CHANGE },
		{ "delete", MF_VAULT_MAY_CHANGE }, { "sudo", MF_VAULT_MAY_SUDO },
		{ "root", MF_VAULT_MAY_READ | MF_VAULT_MAY_CHANGE | MF_VAULT_MAY_SUDO },
	};
	const struct mf_jnode *data = mf_json_get_z(mf_json_root(json), "data"), *list = mf_json_get_z(data, path);
	unsigned may = 0;

	for (const struct mf_jnode *p = list && mf_json_type(list) == MF_J_ARRAY ? mf_json_first(list) : NULL; p; p = mf_json_next(p))
		for (size_t i = 0; i < MF_COUNT(words); i++)
			may |= mf_str_is(mf_json_text(json, p), words[i].name) ? words[i].may : 0;
	return may;
}

static int read_lease(struct mf_doc *out, const struct mf_json *json, int64_t now, struct mf_err *err)
{
	const struct mf_jnode *root = mf_json_root(json);
	struct mf_str id;

	if (mf_json_opt_str(&id, json, root, "lease_id", "", err))
		return -1;
	if (id.n == 0)
		return 0;
	if (memchr(id.p, 0, id.n) || id.n > 2048)
		return mf_fail(err, MF_E_VAULT_ANSWER, "'lease_id' in the server's answer is none");
	out->lease_id = mf_strndup(id.p, id.n);
	if (!out->lease_id)
		return mf_fail_nomem(err);
	if (mf_json_opt_int(&out->lease_ttl, json, root, "lease_duration", 0, err))
		return -1;
	if (out->lease_ttl < 0 || out->lease_ttl > INT64_MAX / 2)
		return mf_fail(err, MF_E_VAULT_ANSWER, "the server's answer has a lease of %lld s", (long long)out->lease_ttl);
	out->expires = out->lease_ttl ? now + out->lease_ttl : 0;
	return 0;
}

static int64_t time_of(const struct mf_json *json, const struct mf_jnode *meta, const char *key)
{
	const struct mf_jnode *n = mf_json_get_z(meta, key);
	int64_t t;

	return n && mf_json_type(n) == MF_J_STRING && mf_time_parse(&t, mf_json_text(json, n)) ? t : 0;
}

/* KV v2 wraps the fields: data.data beside data.metadata with a version and a time. */
static const struct mf_jnode *versioned(const struct mf_jnode *data)
{
	const struct mf_jnode *meta = mf_json_get_z(data, "metadata"), *version = mf_json_get_z(meta, "version");
	const struct mf_jnode *created = mf_json_get_z(meta, "created_time"), *inner = mf_json_get_z(data, "data");

	if (!inner || !version || !created || mf_json_size(data) != 2)
		return NULL;
	return mf_json_type(version) == MF_J_NUMBER && mf_json_type(created) == MF_J_STRING ? meta : NULL;
}

static int deleted(const struct mf_json *json, const struct mf_jnode *meta, const struct mf_ref *ref, int64_t version, struct mf_err *err)
{
	int64_t gone = time_of(json, meta, "deletion_time");
	struct mf_err ignored = { 0 };
	bool destroyed = false;
	char at[21] = "";

	if (mf_json_opt_bool(&destroyed, meta, "destroyed", false, &ignored))
		destroyed = false;
	if (gone)
		mf_time_format(at, gone);
	mf_fail(err, MF_E_VAULT_DELETED, "version %lld of '%s' was %s", (long long)version, ref->path, destroyed ? "destroyed" : "deleted");
	if (destroyed) {
		mf_err_why(err, "its data is gone for good%s%s", gone ? "; it was deleted at " : "", at);
		mf_err_hint(err, "ask for another version with ?version=N, or write the secret anew");
		return -1;
	}
	mf_err_why(err, "%s%s", gone ? "deleted at " : "the server does not say when", at);
	mf_err_hint(err, "undelete it (bao kv undelete -versions=%lld ...), ask for another version with ?version=N, or write it anew",
		    (long long)version);
	return -1;
}

static int read_versioned(struct mf_doc *out, const struct mf_jnode *data, const struct mf_jnode *meta, const struct mf_ref *ref, int64_t now,
			  struct mf_err *err)
{
	const struct mf_jnode *inner = mf_json_get_z(data, "data");
	int64_t version, gone = time_of(out->json, meta, "deletion_time");

	if (mf_json_need_int(&version, out->json, meta, "version", err))
		return -1;
	if (mf_json_type(inner) == MF_J_NULL) {
		out->missing = true;
		return deleted(out->json, meta, ref, version, err);
	}
	if (mf_json_type(inner) != MF_J_OBJECT)
		return mf_fail(err, MF_E_VAULT_ANSWER, "the data of '%s' is no object", ref->path);
	out->data = inner;
	out->version = version;
	out->created = time_of(out->json, meta, "created_time");
	if (gone > now)
		out->expires = gone;
	return 0;
}

static int check_version(const struct mf_doc *doc, const struct mf_ref *ref, struct mf_err *err)
{
	if (!ref->version || doc->version == strtoll(ref->version, NULL, 10))
		return 0;
	if (doc->version)
		return mf_fail(err, MF_E_VAULT_ANSWER, "asked for version %s of '%s', and was given version %lld", ref->version, ref->path,
			       (long long)doc->version);
	mf_fail(err, MF_E_VAULT_VERSION, "'%s' has no version %s", ref->path, ref->version);
	mf_err_why(err, "the answer holds a secret without versions: only KV version 2 has them");
	mf_err_hint(err, "take '?version=%s' away, or move the secret to a KV version 2 engine", ref->version);
	return -1;
}

int mf_vault_read_doc(struct mf_doc *out, struct mf_json *json, const struct mf_ref *ref, int64_t now, struct mf_err *err)
{
	const struct mf_jnode *data = mf_json_get_z(mf_json_root(json), "data"), *meta;

	out->json = json;
	if (read_lease(out, json, now, err))
		return -1;
	if (!data || mf_json_type(data) != MF_J_OBJECT) {
		mf_fail(err, MF_E_VAULT_ANSWER, "the answer for '%s' has no data", ref->path);
		mf_err_why(err, "'data' is %s", data ? mf_json_type_name(mf_json_type(data)) : "missing");
		return -1;
	}
	meta = versioned(data);
	if (meta && read_versioned(out, data, meta, ref, now, err))
		return -1;
	if (!meta)
		out->data = data;
	if (mf_json_size(out->data) > FIELDS_MAX) {
		mf_fail(err, MF_E_FETCH_LIMIT, "'%s' has more than %d fields", ref->path, FIELDS_MAX);
		return -1;
	}
	return check_version(out, ref, err);
}

/* -- what the server says in words */

/* "1 error occurred:\n\t* permission denied\n\n" -> "permission denied" */
static void tidy(char *s)
{
	char *w = s, *r = s;
	char *head = strstr(s, " occurred:");

	if (head && head - s < 24 && s[0] >= '0' && s[0] <= '9')
		r = head + strlen(" occurred:");
	while (*r == ' ' || *r == '\n' || *r == '\t' || *r == '*')
		r++;
	while (*r) {
		if (*r == '\n' || *r == '\t' || *r == '\r' || *r == ' ') {
			bool item = false;

			for (; *r == '\n' || *r == '\t' || *r == '\r' || *r == ' ' || (*r == '*' && r[1] == ' '); r++)
				item |= *r == '*';
			if (*r) {
				if (item)
					*w++ = ';';
				*w++ = ' ';
			}
		} else {
			*w++ = *r++;
		}
	}
	*w = 0;
}

static void hide_headers(const struct mf_vault_headers *h, char *text)
{
	for (size_t i = 0; i < h->n; i++)
		mf_secret_hide(text, h->v[i].value);
}

void mf_vault_hide(const struct mf_cred *cred, char *text)
{
	const struct mf_vault_priv *priv = cred ? cred->priv : NULL;

	if (!cred || !text)
		return;
	mf_secret_hide(text, cred->token);
	if (!priv)
		return;
	mf_secret_hide(text, priv->identity);
	for (size_t i = 0; i < priv->n_sent; i++)
		mf_secret_hide(text, priv->sent[i]);
	hide_headers(&priv->extra, text);
	hide_headers(&priv->inline_auth, text);
}

void mf_vault_errors(char *out, size_t size, const struct mf_json *json, const struct mf_cred *cred)
{
	const struct mf_jnode *list = json ? mf_json_get_z(mf_json_root(json), "errors") : NULL;
	char text[2048];
	size_t n = 0;

	for (const struct mf_jnode *e = list ? mf_json_first(list) : NULL; e && n < sizeof(text) - 4; e = mf_json_next(e)) {
		struct mf_str s = mf_json_text(json, e);
		size_t room;

		if (mf_json_type(e) != MF_J_STRING)
			continue;
		if (n) {
			memcpy(text + n, "; ", 2);
			n += 2;
		}
		room = sizeof(text) - 1 - n;
		for (size_t i = 0; i < s.n && room--; i++)
			text[n++] = s.p[i] ? s.p[i] : '?';
	}
	text[n] = 0;
	mf_vault_hide(cred, text);
	tidy(text);
	snprintf(out, size, "%s", text);
	mf_wipe(text, sizeof(text));
}

enum mf_vault_word mf_vault_word_of(const struct mf_json *json)
{
	const struct mf_jnode *list = json ? mf_json_get_z(mf_json_root(json), "errors") : NULL, *first;
	char text[256];

	if (!list || mf_json_type(list) != MF_J_ARRAY)
		return MF_VAULT_SILENT;
	mf_vault_errors(text, sizeof(text), json, NULL);
	if (strstr(text, "invalid token") || strstr(text, "bad token") || strstr(text, "token expired"))
		return MF_VAULT_ENDED;
	/* a policy's refusal comes as a list of "1 error occurred", the token's own as the bare words */
	first = mf_json_first(list);
	return first && mf_str_is(mf_json_text(json, first), "permission denied") ? MF_VAULT_UNKNOWN : MF_VAULT_SILENT;
}

bool mf_vault_bad_token(const struct mf_json *json)
{
	return mf_vault_word_of(json) != MF_VAULT_SILENT;
}

bool mf_vault_own_answer(const struct mf_json *json)
{
	const struct mf_jnode *root = json ? mf_json_root(json) : NULL, *id = mf_json_get_z(root, "request_id");
	const struct mf_jnode *life = mf_json_get_z(root, "lease_duration");

	return id && mf_json_type(id) == MF_J_STRING && mf_json_text(json, id).n > 0 && life && mf_json_type(life) == MF_J_NUMBER &&
	       mf_json_get_z(root, "lease_id") && mf_json_get_z(root, "data");
}

bool mf_vault_unavailable(long status, const char *what, const char *text, struct mf_err *err)
{
	static const struct {
		long status;
		const char *why, *hint;
	} states[] = {
		{ 412, "it has not caught up with the login yet", "retry later" },
		{ 429, "too many requests, or a standby node that does not serve", "raise the quota, or retry later" },
		{ 472, "a standby for disaster recovery", "use the address of the primary cluster" },
		{ 473, "a performance standby", "use the address of the active node or of the cluster" },
		{ 501, "it is not initialised", "initialise it, or correct 'vault.url'" },
		{ 503, "it is sealed, in maintenance, or starting", "unseal it, or retry later" },
	};
	size_t i = 0;

	while (i < MF_COUNT(states) && states[i].status != status)
		i++;
	if (i == MF_COUNT(states) && (status < 501 || status > 599))
		return false;
	mf_fail(err, MF_E_VAULT_UNAVAILABLE, "%s", what);
	err->retryable = true;
	mf_err_why(err, "status %ld: %s%s%s", status, i < MF_COUNT(states) ? states[i].why : "the server or a proxy failed", text[0] ? "; it says: " : "", text);
	if (i < MF_COUNT(states))
		mf_err_hint(err, "%s", states[i].hint);
	return true;
}
