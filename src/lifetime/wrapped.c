/* SPDX-License-Identifier: Apache-2.0 */
/* Values in other values: an authorization header, base64, and tokens somewhere in a text. */
#include "life_priv.h"

#include <mayfly/secret.h>

/* "user:password" of Basic authentication, or of a registry's `auth`. */
static int user_password(struct mf_lf *in, struct mf_str encoded, struct mf_str plain)
{
	struct mf_str password, user = mf_lf_split(plain, ':', &password);
	int rc;

	rc = mf_lf_inner(in, password, NULL);
	if (rc == 0)
		rc = mf_lf_inner(in, user, NULL);
	if (rc)
		return rc;
	mf_lf_is(in, "basic-auth", "a user's name and password", MF_LC_API_KEY);
	/* a key in the user's place needs no password; the check would take the pair for a form that nobody filled in */
	if (!(user.n >= 16 && password.n < 4) && !mf_lf_check(in, "basic-auth", encoded, encoded))
		return mf_lf_nothing(in);
	in->out->account[0] = '\0';
	mf_lf_user(in, user, password);
	return mf_lf_static(in);
}

static bool printable(struct mf_str s)
{
	for (size_t i = 0; i < s.n; i++)
		if ((unsigned char)s.p[i] < 0x20 || s.p[i] == 0x7f)
			return false;
	return s.n > 0;
}

/* `pair`: a user and a password are expected. Else only what begins as a document or a key does is believed to be in base64 on purpose. */
static int decoded(struct mf_lf *in, struct mf_str text, bool pair)
{
	unsigned char *raw = NULL;
	struct mf_str plain;
	size_t n = 0;
	int rc = mf_lf_b64(&raw, &n, text, in->err);

	if (rc <= 0)
		return rc;
	plain = (struct mf_str){ .p = (char *)raw, .n = n };
	if (pair && printable(plain) && mf_lf_has(plain, ":") && !mf_str_begins(plain, "{"))
		rc = user_password(in, text, plain);
	else if (mf_str_begins(plain, "{") || mf_lf_has(mf_lf_head(plain, 4096), "-----BEGIN ") || (n > 60 && raw[0] == 0x30 && (raw[1] & 0x80)) ||
		 (n > 4 && memcmp(raw, "\xfe\xed\xfe\xed", 4) == 0))
		rc = mf_lf_inner(in, plain, NULL);
	else
		rc = 0;
	mf_wipe_free(raw, n);
	return rc;
}

/* "Authorization: Basic ...", as git's extraheader has it; "Bearer ..."; "token ..." */
static int header(struct mf_lf *in)
{
	static const char *const schemes[] = { "bearer ", "token ", "private-token: ", "x-vault-token: ", "job-token: ", "x-api-key: " };
	struct mf_str v = in->v;

	if (mf_lf_begins_caseless(v, "authorization:") || mf_lf_begins_caseless(v, "proxy-authorization:")) {
		mf_lf_split(v, ':', &v);
		v = mf_trim(v);
	}
	if (mf_lf_begins_caseless(v, "basic "))
		return decoded(in, mf_trim(mf_lf_from(v, 6)), true);
	for (size_t i = 0; i < MF_COUNT(schemes); i++)
		if (mf_lf_begins_caseless(v, schemes[i]))
			return mf_lf_inner(in, mf_lf_from(v, strlen(schemes[i])), "token");
	return 0;
}

int mf_lf_wrapped(struct mf_lf *in)
{
	int rc = header(in);

	if (rc || in->v.n < 16)
		return rc;
	return decoded(in, in->v, mf_lf_named_one(in, "auth;_auth"));
}

/* -- words ------------------------------------------------------------------------------------------ */

static bool of_word(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '.' || c == '-' || c == '~';
}

/* A full stop that ends a sentence is no part of a token. */
static struct mf_str next_word(struct mf_str *rest)
{
	struct mf_str word;
	size_t n = 0;

	while (rest->n && !of_word(rest->p[0]))
		*rest = mf_lf_from(*rest, 1);
	while (n < rest->n && of_word(rest->p[n]))
		n++;
	word = mf_lf_head(*rest, n);
	*rest = mf_lf_from(*rest, n);
	while (word.n && word.p[word.n - 1] == '.')
		word.n--;
	return word;
}

/* Only what a prefix or a structure tells for sure: a text has many words. */
int mf_lf_words(struct mf_lf *in)
{
	static mf_lf_fn *const sure[] = { mf_lf_jwt, mf_lf_github, mf_lf_gitlab, mf_lf_aws, mf_lf_vault, mf_lf_gcp, mf_lf_registry };
	const struct mf_life_hint hint = { .name = in->hint->name };
	struct mf_str rest = in->v, word;
	size_t found = 0;

	while (rest.n && found < MF_LF_PARTS) {
		word = next_word(&rest);
		if (word.n < 16 || word.n == in->v.n)
			continue;
		for (size_t i = 0; i < MF_COUNT(sure); i++) {
			struct mf_life life = { 0 };
			struct mf_lf sub = { .v = word, .hint = &hint, .now = in->now, .depth = in->depth, .bare = true, .out = &life, .err = in->err };
			int rc = sure[i](&sub);

			if (rc < 0)
				return -1;
			if (rc == 0)
				continue;
			found++;
			if (mf_lf_worse(in->out, &life))
				*in->out = life;
			break;
		}
	}
	return in->out->kind != NULL;
}
