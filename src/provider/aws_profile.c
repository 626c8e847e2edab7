/* SPDX-License-Identifier: Apache-2.0 */
/* A session for AWS's own programs: a profile of the credentials file, and the JSON of credential_process and of the container endpoint. Sources: AWS CLI user guide, "Configuration and
 * credential file settings"; AWS SDKs and Tools reference, "Process credential provider", "Container credential provider". */
#include "aws.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <mayfly/clock.h>
#include <mayfly/environ.h>
#include <mayfly/fs.h>
#include <mayfly/reveal.h>

enum { FILE_MAX = 1 << 20, JSON_MAX = 64 << 10 };

static int put(struct mf_secret *out, const char *s, struct mf_err *err)
{
	return mf_secret_add(out, s, strlen(s), err);
}

/* -- the file --------------------------------------------------------------------------------------------- */

int mf_aws_old_profiles(struct mf_secret **out, struct mf_err *err)
{
	const char *own = getenv("AWS_SHARED_CREDENTIALS_FILE"), *home = getenv("HOME");
	char path[4096];

	*out = NULL;
	if (own && *own)
		snprintf(path, sizeof(path), "%s", own);
	else if (home && *home)
		snprintf(path, sizeof(path), "%s/.aws/credentials", home);
	else
		return 0;
	if (access(path, F_OK) && (errno == ENOENT || errno == ENOTDIR))
		return 0;
	return mf_fs_read_secret(out, path, FILE_MAX, err);
}

/* "[name]", with blanks inside of the brackets as well. */
static bool is_section(struct mf_str line, const char *name)
{
	struct mf_str s = mf_trim(line);

	if (s.n < 2 || s.p[0] != '[')
		return false;
	s = (struct mf_str){ s.p + 1, s.n - 1 };
	s.n = (size_t)((const char *)memchr(s.p, ']', s.n) ? (const char *)memchr(s.p, ']', s.n) - s.p : 0);
	return !name || mf_str_is(mf_trim(s), name);
}

/* All but the section of that name. */
static int copy_others(struct mf_secret *out, struct mf_str text, const char *name, struct mf_err *err)
{
	bool skip = false;

	while (text.n) {
		const char *end = memchr(text.p, '\n', text.n);
		const struct mf_str line = { text.p, end ? (size_t)(end + 1 - text.p) : text.n };

		if (is_section(line, NULL))
			skip = is_section(line, name);
		if (!skip && mf_secret_add(out, line.p, line.n, err))
			return -1;
		if (!end && !skip && put(out, "\n", err))
			return -1;
		text = (struct mf_str){ line.p + line.n, text.n - line.n };
	}
	return 0;
}

static int add_line(struct mf_secret *out, const char *name, const struct mf_secret *value, struct mf_err *err)
{
	return value && (put(out, name, err) || put(out, " = ", err) || mf_secret_join(out, value, err) || put(out, "\n", err)) ? -1 : 0;
}

int mf_aws_profile(struct mf_secret **out, const char *name, const struct mf_aws_keys *keys, const struct mf_secret *old, struct mf_err *err)
{
	struct mf_secret *s = mf_secret_empty(2 * FILE_MAX);

	if (!s)
		return mf_fail_nomem(err);
	if ((old && copy_others(s, mf_secret_reveal(old), name, err)) || put(s, "[", err) || put(s, name, err) || put(s, "]\n", err) ||
	    add_line(s, "aws_access_key_id", keys->id, err) || add_line(s, "aws_secret_access_key", keys->secret, err) || add_line(s, "aws_session_token", keys->token, err)) {
		mf_secret_free(s);
		return -1;
	}
	*out = s;
	return 0;
}

/* -- JSON ------------------------------------------------------------------------------------------------- */

static int add_member(struct mf_secret *out, const char *before, const struct mf_secret *value, struct mf_err *err)
{
	return value && (put(out, before, err) || mf_json_quote_secret(out, mf_secret_reveal(value), err)) ? -1 : 0;
}

int mf_aws_process(struct mf_secret **out, const struct mf_cred *cred, bool endpoint, struct mf_err *err)
{
	const struct mf_aws_priv *priv = cred->priv;
	struct mf_secret *s = mf_secret_empty(JSON_MAX);
	char expires[21], end[64] = "}\n";

	if (!s)
		return mf_fail_nomem(err);
	if (priv->keys.expires) {
		mf_time_format(expires, priv->keys.expires);
		snprintf(end, sizeof(end), ",\"Expiration\":\"%s\"}\n", expires);
	}
	if (put(s, endpoint ? "{" : "{\"Version\":1,", err) || add_member(s, "\"AccessKeyId\":", priv->keys.id, err) || add_member(s, ",\"SecretAccessKey\":", priv->keys.secret, err) ||
	    add_member(s, endpoint ? ",\"Token\":" : ",\"SessionToken\":", priv->keys.token, err) || put(s, end, err)) {
		mf_secret_free(s);
		return -1;
	}
	*out = s;
	return 0;
}
