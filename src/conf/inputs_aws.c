/* SPDX-License-Identifier: Apache-2.0 */
/* The inputs of configure-aws-credentials and of aws-secretsmanager-get-secrets, as their own documentation has them. */
#include "inputs.h"

#include <stdio.h>
#include <mayfly/json.h>
#include <mayfly/log.h>

enum { TAGS_MAX = 65536, VALUE_MAX = 256, NAME_MAX_BYTES = 2048 };

static const struct mf_in_plain plain[] = {
	{ "aws-region", MF_K_AWS_REGION }, { "role-to-assume", MF_K_AWS_ROLE }, { "audience", MF_K_AWS_AUDIENCE }, { "aws-access-key-id", MF_K_AWS_KEY_ID },
	{ "aws-secret-access-key", MF_K_AWS_SECRET_KEY }, { "aws-session-token", MF_K_AWS_SESSION_TOKEN }, { "web-identity-token-file", MF_K_AWS_WEB_IDENTITY_FILE },
	{ "inline-session-policy", MF_K_AWS_SESSION_POLICY }, { "aws-profile", MF_K_AWS_PROFILE }, { "sts-endpoint", MF_K_AWS_STS_URL },
};

/* Seconds, as a duration of ours. */
static int set_seconds(const struct mf_inputs *in, enum mf_key key, const char *input, struct mf_err *err)
{
	const struct mf_str s = mf_in_get(in, input);
	char text[32];

	if (!s.n)
		return 0;
	if (s.n > 9 || strspn(s.p, "0123456789") < s.n)
		return mf_in_bad(err, input, "it is a number of seconds");
	snprintf(text, sizeof(text), "%.*ss", (int)s.n, s.p);
	return mf_in_set(in, key, mf_str(text), input, err);
}

/* -- where the login begins ------------------------------------------------------------------------------- */

/* Keys that are given come first, then a file; keys that only stand in the job's variables are left alone where its identity can be had. */
static const char *source_of(const struct mf_inputs *in, const char **input)
{
	const char *token = in->env("ACTIONS_ID_TOKEN_REQUEST_TOKEN");
	const bool ambient = mf_conf_secret(in->conf, MF_K_AWS_KEY_ID) && !mf_in_yes(in, "unset-current-credentials", false);

	*input = "role-to-assume";
	if (mf_in_get(in, "aws-access-key-id").n) {
		*input = "aws-access-key-id";
		return "environment";
	}
	if (mf_in_get(in, "web-identity-token-file").n) {
		*input = "web-identity-token-file";
		return "file";
	}
	if (mf_in_yes(in, "role-chaining", false)) {
		*input = "role-chaining";
		return "environment";
	}
	return ambient && (!mf_in_get(in, "role-to-assume").n || !token || !*token) ? "environment" : "oidc";
}

static int set_source(const struct mf_inputs *in, struct mf_err *err)
{
	const struct mf_str role = mf_in_get(in, "role-to-assume");
	const char *input, *source = source_of(in, &input);

	if (mf_in_yes(in, "force-skip-oidc", false) && role.n && !mf_in_get(in, "aws-access-key-id").n && strcmp(source, "file") != 0)
		return mf_in_bad(err, "force-skip-oidc", "without the job's identity a role needs aws-access-key-id or web-identity-token-file");
	if (role.n && !mf_str_begins(role, "arn:") && strcmp(source, "environment") != 0)
		return mf_in_bad(err, "role-to-assume", "an identity token says nothing of an account: give the role's ARN, arn:aws:iam::123456789012:role/NAME");
	return mf_in_set(in, MF_K_AWS_SOURCE, mf_str(source), input, err) ||
	       mf_in_set_bool(in, MF_K_AWS_USE_EXISTING, mf_in_get(in, "use-existing-credentials").n > 0 && mf_in_yes(in, "use-existing-credentials", true), "use-existing-credentials", err) ? -1 : 0;
}

/* -- tags ------------------------------------------------------------------------------------------------- */

static const struct { const char *key, *variable; bool optional; } usual_tags[] = {
	{ "Repository", "GITHUB_REPOSITORY", false }, { "Workflow", "GITHUB_WORKFLOW", false }, { "Action", "GITHUB_ACTION", false }, { "Actor", "GITHUB_ACTOR", false },
	{ "Commit", "GITHUB_SHA", false }, { "Branch", "GITHUB_REF", false }, { "EventName", "GITHUB_EVENT_NAME", true }, { "BaseRef", "GITHUB_BASE_REF", true },
	{ "HeadRef", "GITHUB_HEAD_REF", true }, { "RunId", "GITHUB_RUN_ID", true }, { "Job", "GITHUB_JOB", true }, { "TriggeringActor", "GITHUB_TRIGGERING_ACTOR", true },
};

static int add_tag(struct mf_buf *out, struct mf_str key, struct mf_str value, struct mf_err *err)
{
	return (out->n && mf_buf_putc(out, '\n', err)) || mf_buf_add(out, key.p, key.n, err) || mf_buf_putc(out, '=', err) || mf_buf_add(out, value.p, value.n, err) ? -1 : 0;
}

/* A variable of the runner: what no tag may have becomes '_', and 256 characters are the most. */
static int add_usual(struct mf_buf *out, const char *key, struct mf_str value, struct mf_err *err)
{
	char text[VALUE_MAX];
	size_t n = 0;

	for (; n < value.n && n < VALUE_MAX; n++) {
		const char c = value.p[n];
		const bool good = ((c | 0x20) >= 'a' && (c | 0x20) <= 'z') || (c >= '0' && c <= '9') || (c && strchr(" _.:/=+-@", c));

		text[n] = good ? c : '_';
	}
	return n ? add_tag(out, mf_str(key), (struct mf_str){ text, n }, err) : 0;
}

static bool is_usual(struct mf_str key)
{
	for (size_t i = 0; i < MF_COUNT(usual_tags); i++)
		if (mf_str_is(key, usual_tags[i].key))
			return true;
	return mf_str_is(key, "GitHub");
}

static int add_custom(const struct mf_inputs *in, struct mf_buf *tags, struct mf_err *err)
{
	const struct mf_str custom = mf_in_get(in, "custom-tags");
	MF_CLEANUP(mf_json_freep) struct mf_json *json = NULL;
	struct mf_err why = { 0 };

	if (!custom.n)
		return 0;
	if (mf_json_parse(&json, custom.p, custom.n, &why) || mf_json_type(mf_json_root(json)) != MF_J_OBJECT)
		return mf_in_bad(err, "custom-tags", "it is a JSON object of texts");
	for (const struct mf_jnode *t = mf_json_first(mf_json_root(json)); t; t = mf_json_next(t)) {
		const struct mf_str key = mf_json_key(t);

		if (mf_json_type(t) >= MF_J_ARRAY)
			return mf_in_bad(err, "custom-tags", "it is a JSON object of texts");
		if (is_usual(key))
			return mf_in_bad(err, "custom-tags", "one of its keys is that of a tag which each session has: GitHub, Repository, Workflow, Action, Actor, Commit, Branch, EventName, BaseRef, "
					 "HeadRef, RunId, Job, TriggeringActor");
		if (memchr(key.p, '=', key.n) || memchr(key.p, '\n', key.n))
			return mf_in_bad(err, "custom-tags", "a key has a character in it that cannot be given here");
		if (add_tag(tags, key, mf_json_text(json, t), err))
			return -1;
	}
	return 0;
}

static bool has_key(const struct mf_buf *tags, struct mf_str key)
{
	struct mf_str rest = { tags->p, tags->n }, line;

	while (mf_in_next(&rest, false, &line))
		if (line.n > key.n && line.p[key.n] == '=' && memcmp(line.p, key.p, key.n) == 0)
			return true;
	return false;
}

/* Those that there are: AWS refuses a key without its tag. */
static int set_transitive(const struct mf_inputs *in, const struct mf_buf *tags, const struct mf_buf *optional, struct mf_err *err)
{
	struct mf_str rest = mf_in_get(in, "transitive-tag-keys"), key;
	struct mf_buf list = MF_BUF(TAGS_MAX);
	int rc = 0;

	while (rc == 0 && mf_in_next(&rest, true, &key))
		if (has_key(tags, key) || has_key(optional, key))
			rc = (list.n && mf_buf_putc(&list, ',', err)) || mf_buf_add(&list, key.p, key.n, err) ? -1 : 0;
	if (rc == 0 && list.n)
		rc = mf_in_set(in, MF_K_AWS_TRANSITIVE_TAGS, (struct mf_str){ list.p, list.n }, "transitive-tag-keys", err);
	mf_buf_free(&list);
	return rc;
}

static int set_tags(const struct mf_inputs *in, struct mf_err *err)
{
	struct mf_buf tags = MF_BUF(TAGS_MAX), optional = MF_BUF(TAGS_MAX);
	int rc = add_tag(&tags, mf_str("GitHub"), mf_str("Actions"), err);

	for (size_t i = 0; i < MF_COUNT(usual_tags) && rc == 0; i++)
		rc = add_usual(usual_tags[i].optional ? &optional : &tags, usual_tags[i].key, mf_str(in->env(usual_tags[i].variable)), err);
	if (rc == 0)
		rc = add_custom(in, &tags, err) || mf_in_set(in, MF_K_AWS_SESSION_TAGS, (struct mf_str){ tags.p, tags.n }, "custom-tags", err) ||
		     (optional.n && mf_in_set(in, MF_K_AWS_OPTIONAL_TAGS, (struct mf_str){ optional.p, optional.n }, "role-skip-session-tagging", err)) ||
		     set_transitive(in, &tags, &optional, err) ? -1 : 0;
	mf_buf_free(&tags);
	mf_buf_free(&optional);
	return rc;
}

/* What is said of a role that is taken on by keys. An identity token has its tags in it, and STS takes no others with one: the model leaves them out as well. */
static int set_chained(const struct mf_inputs *in, struct mf_err *err)
{
	static const char *const chained[] = { "custom-tags", "transitive-tag-keys", "role-external-id" };
	const struct mf_str external = mf_in_get(in, "role-external-id");

	if (!mf_in_get(in, "role-to-assume").n)
		return 0;
	if (strcmp(mf_conf_str(in->conf, MF_K_AWS_SOURCE), "environment") == 0)
		return (external.n && mf_in_set(in, MF_K_AWS_EXTERNAL_ID, external, "role-external-id", err)) ||
		       (!mf_in_yes(in, "role-skip-session-tagging", false) && set_tags(in, err)) ? -1 : 0;
	for (size_t i = 0; i < MF_COUNT(chained); i++)
		if (mf_in_get(in, chained[i]).n)
			mf_warn("input '%s' counts for nothing: AWS takes it with keys, and not with an identity token", chained[i]);
	return 0;
}

/* -- what the job gets ------------------------------------------------------------------------------------- */

static int set_hand_over(const struct mf_inputs *in, struct mf_err *err)
{
	const bool configured = mf_in_get(in, "role-to-assume").n || mf_in_get(in, "aws-access-key-id").n || mf_in_get(in, "aws-profile").n || !mf_in_get(in, "secret-ids").n;

	/* outputs that say whose session it is are always there; keys are, where asked for */
	return mf_in_set_bool(in, MF_K_AWS_EXPORT, configured && mf_in_yes(in, "output-env-credentials", true), "output-env-credentials", err) ||
	       mf_in_set_bool(in, MF_K_AWS_OUTPUT, mf_in_yes(in, "output-credentials", false), "output-credentials", err) ||
	       mf_in_set_bool(in, MF_K_AWS_MASK_ACCOUNT, mf_in_yes(in, "mask-aws-account-id", false), "mask-aws-account-id", err) ? -1 : 0;
}

static int set_tries(const struct mf_inputs *in, struct mf_err *err)
{
	const struct mf_str most = mf_in_get(in, "retry-max-attempts");

	if (mf_in_yes(in, "disable-retry", false))
		return mf_in_set(in, MF_K_TRIES, mf_str("1"), "disable-retry", err);
	return most.n ? mf_in_set(in, MF_K_TRIES, most, "retry-max-attempts", err) : 0;
}

/* -- secret-ids -------------------------------------------------------------------------------------------- */

struct asked { struct mf_str alias, id; bool has_alias; };

/* "ALIAS,id", ",id" (an empty alias: the fields alone name the variables), "id", "prefix*". */
static struct asked split(struct mf_str entry)
{
	const char *comma = memchr(entry.p, ',', entry.n);

	if (!comma)
		return (struct asked){ .alias = mf_str(""), .id = entry };
	return (struct asked){ .alias = mf_trim((struct mf_str){ entry.p, (size_t)(comma - entry.p) }),
			       .id = mf_trim((struct mf_str){ comma + 1, entry.n - (size_t)(comma + 1 - entry.p) }), .has_alias = true };
}

/* The last part of an ARN without its six random characters, as the model names the variable. */
static struct mf_str plain_name(struct mf_str id)
{
	const char *at = mf_str_begins(id, "arn:") ? memmem(id.p, id.n, ":secret:", 8) : NULL;

	if (!at)
		return id;
	id = (struct mf_str){ at + 8, id.n - (size_t)(at + 8 - id.p) };
	if (id.n > 7 && id.p[id.n - 7] == '-')
		id.n -= 7;
	return id;
}

enum letters { AS_THEY_ARE, UPPER, LOWER };

static int add_secret(const struct mf_inputs *in, struct mf_str entry, bool fields, enum letters letters, struct mf_err *err)
{
	const struct asked a = split(entry);
	const bool many = a.id.n && a.id.p[a.id.n - 1] == '*';
	struct mf_buf ref = MF_BUF(NAME_MAX_BYTES), name = MF_BUF(NAME_MAX_BYTES);
	int rc;

	if (!a.id.n)
		return mf_in_bad(err, "secret-ids", "a line has no secret in it");
	rc = mf_buf_puts(&ref, "aws-sm://", err) || mf_buf_add(&ref, a.id.p, a.id.n, err) || (!many && mf_in_name(&name, a.has_alias && (fields || a.alias.n) ? a.alias : plain_name(a.id), letters == UPPER, err)) ||
	     (fields && !many && name.n && mf_buf_putc(&name, '_', err)) ? -1 : 0;
	for (size_t i = 0; letters == LOWER && i < name.n; i++)
		name.p[i] = (char)(name.p[i] >= 'A' && name.p[i] <= 'Z' ? name.p[i] + 32 : name.p[i]);
	if (rc == 0)
		rc = mf_in_want(in, (struct mf_want){ .keep_case = letters != UPPER, .no_output = true },
				&(struct mf_in_secret){ mf_buf_text(&ref), many ? NULL : mf_buf_text(&name), NULL, "secret-ids", many || fields }, err);
	mf_buf_free(&ref);
	mf_buf_free(&name);
	return rc;
}

static bool is_word(struct mf_str s, const char *word)
{
	return s.n == strlen(word) && strncasecmp(s.p, word, s.n) == 0;
}

static int set_secrets(const struct mf_inputs *in, struct mf_err *err)
{
	struct mf_str rest = mf_in_get(in, "secret-ids"), entry;
	const struct mf_str change = mf_in_get(in, "name-transformation");
	const enum letters letters = !change.n || is_word(change, "uppercase") ? UPPER : is_word(change, "lowercase") ? LOWER : AS_THEY_ARE;

	if (letters == AS_THEY_ARE && !is_word(change, "none"))
		return mf_in_bad(err, "name-transformation", "it is uppercase, lowercase or none");
	while (mf_in_next(&rest, false, &entry))
		if (add_secret(in, entry, mf_in_yes(in, "parse-json-secrets", false), letters, err))
			return -1;
	return 0;
}

int mf_conf_read_aws_inputs(struct mf_conf *c, mf_getenv_fn env, struct mf_err *err)
{
	/* the model's own list: keys of the job's variables are no input */
	static const char *const variables[] = {
		"aws-region", "role-to-assume", "web-identity-token-file", "role-chaining", "audience", "mask-aws-account-id", "role-duration-seconds", "role-external-id",
		"role-session-name", "role-skip-session-tagging", "transitive-tag-keys", "inline-session-policy", "managed-session-policies", "output-credentials",
		"unset-current-credentials", "disable-retry", "retry-max-attempts", "special-characters-workaround", "use-existing-credentials", "overwrite-aws-profile", NULL,
	};
	static const char *const bools[] = {
		"role-chaining", "mask-aws-account-id", "role-skip-session-tagging", "output-credentials", "output-env-credentials", "unset-current-credentials", "disable-retry",
		"special-characters-workaround", "force-skip-oidc", "overwrite-aws-profile", "parse-json-secrets", NULL,
	};
	const struct mf_inputs in = { .conf = c, .env = env, .variables = variables };
	const struct mf_str session = mf_in_get(&in, "role-session-name");

	if (mf_in_check_bools(&in, bools, err) || mf_in_set_all(&in, plain, MF_COUNT(plain), err) || set_source(&in, err) || set_seconds(&in, MF_K_AWS_DURATION, "role-duration-seconds", err) ||
	    set_seconds(&in, MF_K_TIMEOUT, "action-timeout-s", err) || set_tries(&in, err) || set_chained(&in, err) ||
	    mf_in_set(&in, MF_K_AWS_SESSION_NAME, session.n ? session : mf_str("GitHubActions"), "role-session-name", err) ||
	    mf_in_set_lines(&in, MF_K_AWS_SESSION_POLICIES, "managed-session-policies", err) ||
	    mf_in_set_lines(&in, MF_K_AWS_ACCOUNT_IDS, "allowed-account-ids", err) || set_hand_over(&in, err))
		return -1;
	return set_secrets(&in, err);
}
