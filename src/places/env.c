/* SPDX-License-Identifier: Apache-2.0 */
/* The job's variables: each by its value, and by a name that promises a credential. Values are never copied, however large. */
#include "places_priv.h"

#include <stdio.h>
#include <mayfly/clock.h>

/* For each key all variables are gone through: more than so many keys are told part by part. */
enum { KEYS_MAX = 64 };

static const char id_tail[] = "AWS_ACCESS_KEY_ID", secret_tail[] = "AWS_SECRET_ACCESS_KEY", token_tail[] = "AWS_SESSION_TOKEN";
/* aws configure export-credentials gives it as well */
static const char end_tail[] = "AWS_CREDENTIAL_EXPIRATION";

/* Names a file or a folder with credentials, which mf_places_home() reads: the name promises nothing of the value. */
static bool names_a_file(const char *name)
{
	static const char *const names[] = { "GOOGLE_APPLICATION_CREDENTIALS", "AWS_SHARED_CREDENTIALS_FILE", "AWS_CONFIG_FILE", "KUBECONFIG",
		"DOCKER_CONFIG", "AWS_WEB_IDENTITY_TOKEN_FILE", "AZURE_FEDERATED_TOKEN_FILE", "NETRC", "NPM_CONFIG_USERCONFIG",
		"CLOUDSDK_AUTH_CREDENTIAL_FILE_OVERRIDE", "GOOGLE_GHA_CREDS_PATH" };

	for (size_t i = 0; i < MF_COUNT(names); i++)
		if (mf_pl_is_caseless(mf_str(names[i]), name))
			return true;
	return false;
}

/* A name is "PREFIX" "TAIL" with the same prefix. */
static bool same_key(struct mf_str name, struct mf_str prefix, const char *tail)
{
	return name.n == prefix.n + strlen(tail) && memcmp(name.p, prefix.p, prefix.n) == 0 && mf_str_ends(name, tail);
}

/* One variable's parts; false: it is no pair. */
static bool take_apart(const char *entry, struct mf_str *name, struct mf_str *value)
{
	const char *eq = strchr(entry, '=');

	if (!eq || eq == entry)
		return false;
	*name = (struct mf_str){ .p = entry, .n = (size_t)(eq - entry) };
	*value = mf_str(eq + 1);
	return true;
}

/* The variable "PREFIX" "TAIL". */
static bool find(const char *const *env, struct mf_str prefix, const char *tail, struct mf_str *value)
{
	struct mf_str name;

	for (; *env; env++)
		if (take_apart(*env, &name, value) && same_key(name, prefix, tail))
			return true;
	*value = (struct mf_str){ 0 };
	return false;
}

/* AWS_ACCESS_KEY_ID and its kin, also as DEPLOY_AWS_ACCESS_KEY_ID: 1 when the name is of such a key and was dealt with; 0; -1. */
static int aws(struct mf_pl *p, const char *const *env, struct mf_str name, size_t *keys)
{
	const char *tail = mf_str_ends(name, id_tail) ? id_tail : mf_str_ends(name, secret_tail) ? secret_tail : mf_str_ends(name, token_tail) ? token_tail : NULL;
	const char *const tails[] = { id_tail, secret_tail, token_tail };
	char names[3][MF_PL_NAME];
	struct mf_pl_aws_key k = { 0 };
	struct mf_str prefix, end;
	bool has_id, has_secret, has_token;

	if (!tail || ++*keys > 3 * KEYS_MAX)
		return 0;
	prefix = mf_pl_head(name, name.n - strlen(tail));
	has_id = find(env, prefix, id_tail, &k.id);
	has_secret = find(env, prefix, secret_tail, &k.secret);
	has_token = find(env, prefix, token_tail, &k.token);
	if (find(env, prefix, end_tail, &end) && !mf_time_parse(&k.expires, end))
		k.expires = 0;
	/* told at the first of them that there is */
	if (tail != (has_id ? id_tail : has_secret ? secret_tail : token_tail))
		return 1;
	for (size_t i = 0; i < MF_COUNT(tails); i++)
		snprintf(names[i], sizeof(names[i]), "%.*s%s", (int)(prefix.n < 100 ? prefix.n : 100), prefix.p, tails[i]);
	k.name_id = has_id ? names[0] : NULL;
	k.name_secret = has_secret ? names[1] : NULL;
	k.name_token = has_token ? names[2] : NULL;
	return mf_pl_tell_aws(p, &k) ? -1 : 1;
}

static int one(struct mf_pl *p, const char *const *env, const char *entry, size_t *keys)
{
	struct mf_str name, value;
	char text[MF_PL_NAME];
	struct mf_pl_value v = { .name = text, .field = text };
	int rc;

	if (!take_apart(entry, &name, &value))
		return 0;
	p->c->list.variables++;
	rc = aws(p, env, name, keys);
	if (rc)
		return rc < 0 ? -1 : 0;
	/* GitHub sets each input of an action, also those that nobody gave */
	if (value.n == 0 && name.n > 6 && memcmp(name.p, "INPUT_", 6) == 0)
		return 0;
	mf_pl_z(text, sizeof(text), name);
	if (names_a_file(text))
		v.field = NULL;
	v.value = value;
	return mf_pl_tell(p, &v, NULL);
}

int mf_places_env(struct mf_check *c, const char *const *environ_, struct mf_err *err)
{
	struct mf_pl p = { .c = c, .from = MF_CHECK_ENV, .err = err };
	size_t keys = 0;

	for (const char *const *e = environ_; e && *e; e++)
		if (one(&p, environ_, *e, &keys))
			return -1;
	return 0;
}
