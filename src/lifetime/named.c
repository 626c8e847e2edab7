/* SPDX-License-Identifier: Apache-2.0 */
/* What has no form of its own: its name tells that it is a credential, and nothing how long it lives. */
#include "life_priv.h"

#include <strings.h>

/* What a CI's runner sets for the job, in the forms that cannot be told otherwise. Other forms in these variables were recognised before. */
static const char job_names[] = "CI_JOB_TOKEN;CI_BUILD_TOKEN;CI_REGISTRY_PASSWORD;CI_DEPENDENCY_PROXY_PASSWORD;ACTIONS_RUNTIME_TOKEN;"
	"ACTIONS_ID_TOKEN_REQUEST_TOKEN;SYSTEM_ACCESSTOKEN;BUILDKITE_AGENT_ACCESS_TOKEN";

/* -- names ------------------------------------------------------------------------------------------ */

static bool among(struct mf_str word, const char *const *words, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (mf_lf_is_caseless(word, words[i]))
			return true;
	return false;
}

static bool part_of_word(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* The last word of a name, cut off it: of API_TOKEN "TOKEN", of apiToken "Token", of "auth.token" "token". */
static struct mf_str last_word(struct mf_str *name)
{
	size_t end = name->n, begin;
	struct mf_str word;

	while (end && !part_of_word(name->p[end - 1]))
		end--;
	begin = end;
	while (begin && part_of_word(name->p[begin - 1])) {
		begin--;
		/* a capital behind a small letter begins a word */
		if (begin && name->p[begin] >= 'A' && name->p[begin] <= 'Z' && name->p[begin - 1] >= 'a' && name->p[begin - 1] <= 'z')
			break;
	}
	word = (struct mf_str){ .p = name->p + begin, .n = end - begin };
	*name = mf_lf_head(*name, begin);
	return word;
}

/* PASSWORD, TOKEN and their kin by themselves; KEY only behind a word that says which. */
static bool promises(const char *text)
{
	static const char *const alone[] = { "password", "passwd", "pwd", "passphrase", "secret", "token", "credentials", "creds", "apikey", "pat",
		"pgpassword", "accesskey", "secretkey", "privatekey", "apitoken", "authtoken", "accesstoken" };
	static const char *const before_key[] = { "api", "access", "secret", "private", "auth", "account", "signing", "encryption", "deploy", "ssh",
		"license", "service", "master", "storage", "shared" };
	/* GitLab's CI_RUNNER_SHORT_TOKEN is the head of a token, to be shown */
	static const char *const no_secret[] = { "public", "max", "num", "count", "no", "has", "use", "with", "enable", "csrf", "short" };
	/* ... of which a document or an encoding is kept: CREDENTIALS_JSON */
	static const char *const kept_as[] = { "json", "base64", "b64" };
	struct mf_str name = mf_str(text), word = last_word(&name), before;

	if (among(word, kept_as, MF_COUNT(kept_as)))
		word = last_word(&name);
	before = last_word(&name);
	if (strcmp(text, "DOCKER_AUTH_CONFIG") == 0)	/* GitLab's, and a document */
		return true;

	if (among(before, no_secret, MF_COUNT(no_secret)) || strcmp(text, "PWD") == 0)	/* a shell's folder */
		return false;
	if (among(word, alone, MF_COUNT(alone)))
		return true;
	return mf_lf_is_caseless(word, "key") && among(before, before_key, MF_COUNT(before_key));
}

/* A password of a database is one by its name's other words. */
static enum mf_life_class class_of(const char *text)
{
	static const char *const databases[] = { "db", "database", "pg", "postgres", "postgresql", "mysql", "mariadb", "mongo", "mongodb", "redis",
		"mssql", "sql", "pgpassword", "oracle", "jdbc" };
	struct mf_str name = mf_str(text);

	while (name.n)
		if (among(last_word(&name), databases, MF_COUNT(databases)))
			return MF_LC_DATABASE;
	return MF_LC_API_KEY;
}

/* -- values ----------------------------------------------------------------------------------------- */

/* What a variable with such a name may hold that is none: a path, a reference, a switch, a number. */
static bool no_credential(struct mf_str v)
{
	static const char *const words[] = { "true", "false", "yes", "no", "none", "null", "on", "off", "0", "1" };

	if (among(v, words, MF_COUNT(words)) || (mf_lf_digits(v) && v.n < 6))
		return true;
	if (v.p[0] == '/' && !mf_lf_has(v, "+") && !mf_lf_has(v, "="))
		return true;
	if (mf_str_begins(v, "~/") || mf_str_begins(v, "./") || mf_str_begins(v, "../") || mf_str_begins(v, "${") ||
	    mf_str_begins(v, "$(") || mf_str_begins(v, "{{"))
		return true;
	if (mf_str_begins(v, "-----BEGIN ") || mf_str_begins(v, "ssh-") || mf_lf_has(mf_lf_head(v, 40), "://"))
		return true;
	return !mf_lf_uuid(v) && mf_not_a_secret(v, v, v, false) != NULL;
}

static int by_class(struct mf_lf *in)
{
	enum mf_life_class class = mf_life_class_by_name(in->hint->class_name);

	if (class == MF_LC_NONE || in->v.n == 0)
		return 0;
	mf_lf_is(in, "credential", "a credential", class == MF_LC_SSH && in->hint->person ? MF_LC_SSH_PERSON : class);
	return mf_lf_unknown(in);
}

int mf_lf_named(struct mf_lf *in)
{
	const char *name = in->hint->name;

	if (in->bare)
		return 0;
	if (in->v.n && mf_lf_named_one(in, job_names)) {
		mf_lf_is(in, "ci-job-token", "a token that the CI made for this job", MF_LC_CI_TOKEN);
		mf_lf_note(in, "it ends with its job");
		in->out->flags |= MF_LIFE_JOB_BOUND | MF_LIFE_NAME_ONLY;
		return mf_lf_unknown(in);
	}
	if (in->hint->class_name && by_class(in))
		return 1;
	if (!name || !promises(name) || (in->v.n && no_credential(in->v)))
		return 0;
	mf_lf_is(in, "named", "a credential by its name", class_of(name));
	in->out->flags |= MF_LIFE_NAME_ONLY;
	if (in->v.n == 0)
		mf_lf_note(in, "its value is empty here");
	return mf_lf_unknown(in);
}
