/* SPDX-License-Identifier: Apache-2.0 */
/* Files in JSON: Docker's, Google's, Azure's, AWS's caches, Terraform's, Helm's; any other, whose members' names tell. */
#include "places_priv.h"

#include <stdlib.h>
#include <mayfly/alloc.h>
#include <mayfly/clock.h>
#include <mayfly/json.h>

/* -- places of nodes -------------------------------------------------------------------------------- */

struct spot {
	const struct mf_jnode *node;
	size_t at;
};

struct doc {
	struct mf_pl *p;
	struct mf_json *json;
	struct spot *spots;	/* by node */
	size_t n, cap;
	struct mf_str text;	/* without a byte order mark */
};

static size_t blanks(struct mf_str text, size_t at)
{
	while (at < text.n && (mf_blank(text.p[at]) || text.p[at] == ',' || text.p[at] == ':'))
		at++;
	return at;
}

static size_t behind_string(struct mf_str text, size_t at)
{
	for (at++; at < text.n && text.p[at] != '"'; at++)
		if (text.p[at] == '\\')
			at++;
	return at + 1;
}

/* The tree came of this very text, so its values lie in it in the same order. The parser bounds the depth. */
static int place(struct doc *d, const struct mf_jnode *n, size_t *at)
{
	enum mf_jtype type = mf_json_type(n);

	*at = blanks(d->text, *at);
	if (mf_grow(&d->spots, &d->cap, d->n + 1, sizeof(*d->spots), d->p->err))
		return -1;
	d->spots[d->n++] = (struct spot){ .node = n, .at = *at };
	if (type == MF_J_STRING) {
		*at = behind_string(d->text, *at);
		return 0;
	}
	if (type != MF_J_OBJECT && type != MF_J_ARRAY) {
		while (*at < d->text.n && !mf_blank(d->text.p[*at]) && !strchr(",]}", d->text.p[*at]))
			++*at;
		return 0;
	}
	++*at;
	for (const struct mf_jnode *m = mf_json_first(n); m; m = mf_json_next(m)) {
		if (type == MF_J_OBJECT)
			*at = behind_string(d->text, blanks(d->text, *at));
		if (place(d, m, at))
			return -1;
	}
	*at = blanks(d->text, *at) + 1;
	return 0;
}

static int by_node(const void *a, const void *b)
{
	uintptr_t x = (uintptr_t)((const struct spot *)a)->node, y = (uintptr_t)((const struct spot *)b)->node;

	return (x > y) - (x < y);
}

static void doc_free(struct doc *d)
{
	mf_json_free(d->json);
	free(d->spots);
	memset(d, 0, sizeof(*d));
}

/* 1; 0: it is none, which was told; -1. */
static int doc_open(struct doc *d, struct mf_pl *p)
{
	size_t at = 0;

	memset(d, 0, sizeof(*d));
	d->p = p;
	d->text = mf_str_begins(p->text, "\xef\xbb\xbf") ? mf_pl_from(p->text, 3) : p->text;
	if (mf_trim(d->text).n == 0)
		return 0;
	if (mf_json_parse(&d->json, d->text.p, d->text.n, p->err))
		return mf_pl_broken(p, "JSON");
	if (place(d, mf_json_root(d->json), &at)) {
		doc_free(d);
		return -1;
	}
	qsort(d->spots, d->n, sizeof(*d->spots), by_node);
	return 1;
}

static void where(struct doc *d, const struct mf_jnode *n, struct mf_pl_value *v)
{
	const struct spot key = { .node = n };
	const struct spot *s = bsearch(&key, d->spots, d->n, sizeof(key), by_node);

	if (!s)
		return;
	mf_pl_where(d->p, d->text.p + s->at, &v->line, &v->col);
}

static struct mf_str member(const struct doc *d, const struct mf_jnode *n, const char *key)
{
	const struct mf_jnode *m = mf_json_get_z(n, key);

	return m ? mf_json_text(d->json, m) : (struct mf_str){ 0 };
}

/* Tells the text of a node. */
static int tell(struct doc *d, const struct mf_jnode *n, const char *name, const char *field, int64_t issued, int64_t expires)
{
	struct mf_pl_value v = { .name = name, .field = field, .issued = issued, .expires = expires };

	if (!n || mf_json_type(n) != MF_J_STRING)
		return 0;
	v.value = mf_json_text(d->json, n);
	where(d, n, &v);
	return mf_pl_tell(d->p, &v, NULL);
}

/* -- any document ----------------------------------------------------------------------------------- */

static int walk(struct doc *d, const struct mf_jnode *n, const char *before)
{
	struct mf_str key = mf_json_key(n);
	char name[MF_PL_NAME], field[64];

	mf_pl_name(name, mf_str(before), '.', key);
	if (mf_json_type(n) == MF_J_STRING) {
		mf_pl_z(field, sizeof(field), key);
		return tell(d, n, name, field, 0, 0);
	}
	if (mf_json_type(n) != MF_J_OBJECT && mf_json_type(n) != MF_J_ARRAY)
		return 0;
	for (const struct mf_jnode *m = mf_json_first(n); m; m = mf_json_next(m))
		if (walk(d, m, name))
			return -1;
	return 0;
}

int mf_pl_json(struct mf_pl *p)
{
	struct doc d;
	int rc = doc_open(&d, p);

	if (rc == 1)
		rc = walk(&d, mf_json_root(d.json), "");
	doc_free(&d);
	return rc < 0 ? -1 : 0;
}

/* -- one credential: Google's ----------------------------------------------------------------------- */

/* The whole document is what is known; the place is that of its secret. */
int mf_pl_whole_json(struct mf_pl *p)
{
	static const char *const keys[] = { "private_key", "refresh_token", "type" };
	struct mf_pl_value v = { .line = 1, .col = 1 };
	struct doc d;
	int rc = doc_open(&d, p);

	if (rc == 1) {
		v.value = d.text;
		for (size_t i = 0; i < MF_COUNT(keys) && !v.name; i++) {
			const struct mf_jnode *m = mf_json_get_z(mf_json_root(d.json), keys[i]);

			if (m) {
				v.name = keys[i];
				where(&d, m, &v);
			}
		}
		rc = mf_pl_tell(p, &v, NULL);
	}
	doc_free(&d);
	return rc < 0 ? -1 : 0;
}

/* gcloud's SQLite file: what it holds is JSON in its cells. */
int mf_pl_gcloud_db(struct mf_pl *p)
{
	static const struct { const char *head, *field; } of[] = { { "\"refresh_token\": \"", "refresh_token" }, { "\"private_key\": \"", "private_key" },
		{ "\"access_token\": \"", "access_token" } };
	static const char set[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_.-";
	struct mf_str rest, value;
	size_t at;

	/* access_tokens.db has them as they are, between other columns: where one ends is not to be seen, and says nothing of its life */
	for (rest = p->text; (at = mf_pl_find(rest, "ya29.")) != SIZE_MAX;) {
		struct mf_pl_value v = { .name = "access_token", .field = "access_token", .value = mf_pl_from(rest, at) };

		for (v.value.n = 0; at + v.value.n < rest.n && rest.p[at + v.value.n] && strchr(set, rest.p[at + v.value.n]); v.value.n++)
			;
		if ((at == 0 || rest.p[at - 1] != '"') && mf_pl_tell(p, &v, NULL))
			return -1;
		rest = mf_pl_from(rest, at + v.value.n);
	}
	for (size_t i = 0; i < MF_COUNT(of); i++) {
		for (rest = p->text; (at = mf_pl_find(rest, of[i].head)) != SIZE_MAX;) {
			struct mf_pl_value v = { .name = of[i].field, .field = of[i].field };

			value = mf_pl_split(mf_pl_from(rest, at + strlen(of[i].head)), '"', &rest);
			v.value = value;
			if (value.n && mf_pl_tell(p, &v, NULL))
				return -1;
		}
	}
	return 0;
}

/* -- Docker, Podman, Helm --------------------------------------------------------------------------- */

static int registry(struct doc *d, const struct mf_jnode *one)
{
	static const char *const fields[] = { "auth", "identitytoken", "registrytoken", "password" };
	char name[MF_PL_NAME];
	/* `auth` holds the password already */
	bool both = member(d, one, "auth").n > 0;

	for (size_t i = 0; i < MF_COUNT(fields); i++) {
		const struct mf_jnode *m = mf_json_get_z(one, fields[i]);

		if (!m || mf_json_text(d->json, m).n == 0 || (both && i == 3))
			continue;
		mf_pl_name(name, mf_json_key(one), '.', mf_str(fields[i]));
		/* with an identity token, `auth` is a user without a password */
		if (tell(d, m, name, i == 0 ? "auth" : i == 3 ? "password" : "registry_token", 0, 0))
			return -1;
	}
	return 0;
}

int mf_pl_docker(struct mf_pl *p)
{
	const struct mf_jnode *root, *auths, *headers;
	struct doc d;
	int rc = doc_open(&d, p);

	if (rc == 1) {
		root = mf_json_root(d.json);
		auths = mf_json_get_z(root, "auths");
		headers = mf_json_get_z(root, "HttpHeaders");
		rc = 0;
		/* .dockercfg is what `auths` holds today */
		if (!auths && mf_str_ends(mf_str(p->path), ".dockercfg"))
			auths = root;
		for (const struct mf_jnode *m = auths ? mf_json_first(auths) : NULL; m && rc == 0; m = mf_json_next(m))
			rc = registry(&d, m);
		if (rc == 0 && headers)
			rc = walk(&d, headers, "");
	}
	doc_free(&d);
	return rc < 0 ? -1 : 0;
}

/* -- Azure ------------------------------------------------------------------------------------------ */

static int64_t seconds(struct mf_str s)
{
	int64_t v = 0;

	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] < '0' || s.p[i] > '9' || i > 11)
			return 0;
		v = v * 10 + (s.p[i] - '0');
	}
	return v;
}

/* "2026-01-02 03:04:05.678901" is local time, "2026-01-02T03:04:05Z" is not. A job's clock is UTC. */
static int64_t date(struct mf_str s)
{
	char text[40];
	int64_t at;

	if (mf_time_parse(&at, s))
		return at;
	if (s.n < 19 || s.n > 30)
		return seconds(s);
	mf_pl_z(text, sizeof(text) - 1, mf_pl_head(s, 19));
	text[10] = 'T';
	memcpy(text + 19, "Z", 2);
	return mf_time_parse(&at, mf_str(text)) ? at : 0;
}

static int msal_entry(struct doc *d, const struct mf_jnode *n, const char *group)
{
	struct mf_str expires = member(d, n, "expires_on");
	char name[MF_PL_NAME];

	mf_pl_name(name, mf_str(group), '.', mf_str("secret"));
	return tell(d, mf_json_get_z(n, "secret"), name, group, seconds(member(d, n, "cached_at")), seconds(expires));
}

/* Identity tokens open nothing: they say who somebody is, and the cache keeps them as they were. */
int mf_pl_msal(struct mf_pl *p)
{
	static const char *const groups[] = { "AccessToken", "RefreshToken" };
	struct doc d;
	int rc = doc_open(&d, p);

	if (rc == 1) {
		rc = 0;
		for (size_t i = 0; i < MF_COUNT(groups); i++) {
			const struct mf_jnode *g = mf_json_get_z(mf_json_root(d.json), groups[i]);

			for (const struct mf_jnode *m = g ? mf_json_first(g) : NULL; m && rc == 0; m = mf_json_next(m))
				rc = msal_entry(&d, m, groups[i]);
		}
	}
	doc_free(&d);
	return rc < 0 ? -1 : 0;
}

/* One login of accessTokens.json or service_principal_entries.json: a service principal's secret stands in `accessToken` of the first. */
static int azure_entry(struct doc *d, const struct mf_jnode *n)
{
	bool principal = member(d, n, "servicePrincipalId").n > 0;
	int64_t expires = date(member(d, n, "expiresOn"));

	if (tell(d, mf_json_get_z(n, "accessToken"), "accessToken", principal ? "AZURE_CLIENT_SECRET" : "accessToken", 0, principal ? 0 : expires))
		return -1;
	if (tell(d, mf_json_get_z(n, "refreshToken"), "refreshToken", "refreshToken", 0, 0))
		return -1;
	if (tell(d, mf_json_get_z(n, "client_secret"), "client_secret", "AZURE_CLIENT_SECRET", 0, 0))
		return -1;
	/* a federated token is the CI's own, and `certificate` names a file */
	return tell(d, mf_json_get_z(n, "client_assertion"), "client_assertion", "client_assertion", 0, 0);
}

int mf_pl_azure_list(struct mf_pl *p)
{
	struct doc d;
	int rc = doc_open(&d, p);

	if (rc == 1) {
		rc = 0;
		for (const struct mf_jnode *m = mf_json_first(mf_json_root(d.json)); m && rc == 0; m = mf_json_next(m))
			rc = azure_entry(&d, m);
	}
	doc_free(&d);
	return rc < 0 ? -1 : 0;
}

/* -- caches of AWS ---------------------------------------------------------------------------------- */

static int sso(struct doc *d, const struct mf_jnode *n)
{
	static const char *const fields[] = { "accessToken", "refreshToken", "clientSecret" };
	static const char *const ends[] = { "expiresAt", NULL, "registrationExpiresAt" };

	for (size_t i = 0; i < MF_COUNT(fields); i++)
		if (tell(d, mf_json_get_z(n, fields[i]), fields[i], fields[i], 0, ends[i] ? date(member(d, n, ends[i])) : 0))
			return -1;
	return 0;
}

static int role(struct doc *d, const struct mf_jnode *n)
{
	struct mf_pl_aws_key k = { .id = member(d, n, "AccessKeyId"), .secret = member(d, n, "SecretAccessKey"), .token = member(d, n, "SessionToken"),
		.expires = date(member(d, n, "Expiration")), .name_id = "Credentials.AccessKeyId", .name_secret = "Credentials.SecretAccessKey",
		.name_token = "Credentials.SessionToken" };
	struct mf_pl_value v = { 0 };
	const struct mf_jnode *id = mf_json_get_z(n, "AccessKeyId");

	if (!id)
		return 0;
	where(d, id, &v);
	k.line = v.line;
	k.col = v.col;
	return mf_pl_tell_aws(d->p, &k);
}

/* ~/.aws/sso/cache and ~/.aws/cli/cache */
int mf_pl_sso(struct mf_pl *p)
{
	const struct mf_jnode *root, *inner;
	struct doc d;
	int rc = doc_open(&d, p);

	if (rc == 1) {
		root = mf_json_root(d.json);
		inner = mf_json_get_z(root, "Credentials");
		rc = inner ? role(&d, inner) : sso(&d, root);
	}
	doc_free(&d);
	return rc < 0 ? -1 : 0;
}
