/* SPDX-License-Identifier: Apache-2.0 */
/* Secrets and parameters out of the answers of their services, taken apart strictly. */
#include "aws_read.h"

#include <stdio.h>
#include <stdlib.h>
#include <mayfly/alloc.h>
#include <mayfly/enc.h>
#include <mayfly/reveal.h>

enum { BINARY_MAX = 96 << 10, LIST_MAX = 64 << 20, RANDOM_END = 7 };

static int wrong(const struct mf_aws_read *r, const char *why, struct mf_err *err)
{
	mf_fail(err, MF_E_AWS_ANSWER, "cannot use the answer for '%s'", r->ref->path);
	mf_err_why(err, "%s", why);
	return -1;
}

static struct mf_str text_of(const struct mf_json *json, const struct mf_jnode *n, const char *key)
{
	const struct mf_jnode *m = mf_json_get_z(n, key);

	return m && mf_json_type(m) == MF_J_STRING ? mf_json_text(json, m) : (struct mf_str){ 0 };
}

/* Seconds with a fraction, or in the form of 1.6E9; 0 where it is none. */
static int64_t time_of(const struct mf_json *json, const struct mf_jnode *n, const char *key)
{
	const struct mf_jnode *m = mf_json_get_z(n, key);
	char text[40];
	struct mf_str s;
	double d;

	if (!m || mf_json_type(m) != MF_J_NUMBER)
		return 0;
	s = mf_json_text(json, m);
	if (s.n >= sizeof(text))
		return 0;
	memcpy(text, s.p, s.n);
	text[s.n] = '\0';
	d = strtod(text, NULL);
	return d > 0 && d < 253402300800.0 ? (int64_t)d : 0;
}

/* -- whether it is the one ---------------------------------------------------------------------------- */

/* An ARN may be asked for without the six random characters at its end. */
bool mf_aws_is_secret(const struct mf_aws_read *r, const struct mf_json *json, const struct mf_jnode *n)
{
	const struct mf_str name = text_of(json, n, "Name"), arn = text_of(json, n, "ARN"), want = r->item.name;

	if (!mf_str_begins(want, "arn:"))
		return mf_str_eq(name, want);
	return mf_str_eq(arn, want) || (arn.n == want.n + RANDOM_END && memcmp(arn.p, want.p, want.n) == 0 && arn.p[want.n] == '-');
}

/* Its name may come with the selector that was asked with. */
bool mf_aws_is_parameter(const struct mf_aws_read *r, const struct mf_json *json, const struct mf_jnode *n)
{
	const bool arn = mf_str_begins(r->item.name, "arn:");
	struct mf_str name = text_of(json, n, arn ? "ARN" : "Name");
	const char *selector = r->ref->version ? r->ref->version : r->ref->stage;
	const size_t tail = selector ? strlen(selector) + 1 : 0;

	if (tail && name.n == r->item.name.n + tail && name.p[r->item.name.n] == ':' && memcmp(name.p + r->item.name.n + 1, selector, tail - 1) == 0)
		name.n -= tail;
	return mf_str_eq(name, r->item.name) || (arn && mf_str_eq(text_of(json, n, "Name"), r->item.name));
}

static int check_secret(const struct mf_aws_read *r, const struct mf_json *json, const struct mf_jnode *n, struct mf_err *err)
{
	const struct mf_jnode *stages = mf_json_get_z(n, "VersionStages");

	if (!mf_aws_is_secret(r, json, n))
		return wrong(r, "it is about something else, by its name", err);
	if (r->ref->version && !mf_str_is(text_of(json, n, "VersionId"), r->ref->version))
		return wrong(r, "it is of another version than was asked for", err);
	if (!r->ref->stage)
		return 0;
	for (const struct mf_jnode *s = mf_json_first(stages); s; s = mf_json_next(s))
		if (mf_json_type(s) == MF_J_STRING && mf_str_is(mf_json_text(json, s), r->ref->stage))
			return 0;
	return wrong(r, "it is of a version without the stage that was asked for", err);
}

static int check_parameter(const struct mf_aws_read *r, const struct mf_json *json, const struct mf_jnode *n, int64_t version, struct mf_err *err)
{
	char number[24];

	if (!mf_aws_is_parameter(r, json, n))
		return wrong(r, "it is about something else, by its name", err);
	snprintf(number, sizeof(number), "%lld", (long long)version);
	return r->ref->version && strcmp(number, r->ref->version) != 0 ? wrong(r, "it is of another version than was asked for", err) : 0;
}

/* -- values ------------------------------------------------------------------------------------------- */

static int take_binary(struct mf_secret **out, const struct mf_aws_read *r, struct mf_str b64, struct mf_err *err)
{
	unsigned char *bytes;
	size_t n = 0;

	if (b64.n > BINARY_MAX)
		return wrong(r, "'SecretBinary' is larger than a secret can be", err);
	bytes = mf_calloc(b64.n + 4, 1);
	if (!bytes)
		return mf_fail_nomem(err);
	if (mf_b64_decode(bytes, &n, b64.p, b64.n, MF_B64_STD, err)) {
		mf_wipe_free(bytes, b64.n + 4);
		return wrong(r, "'SecretBinary' is no base64", err);
	}
	*out = mf_secret_new(bytes, n);
	mf_wipe_free(bytes, b64.n + 4);
	return *out ? 0 : mf_fail_nomem(err);
}

int mf_aws_take_secret(struct mf_aws_read *r, const struct mf_json *json, const struct mf_jnode *n, struct mf_err *err)
{
	const struct mf_jnode *text = mf_json_get_z(n, "SecretString"), *binary = mf_json_get_z(n, "SecretBinary");

	if (check_secret(r, json, n, err))
		return -1;
	if (text && mf_json_type(text) == MF_J_STRING) {
		r->doc->raw = mf_json_secret(json, text);
		if (!r->doc->raw)
			return mf_fail_nomem(err);
	} else if (!binary || mf_json_type(binary) != MF_J_STRING) {
		return wrong(r, "it has neither 'SecretString' nor 'SecretBinary'", err);
	} else if (take_binary(&r->doc->raw, r, mf_json_text(json, binary), err)) {
		return -1;
	}
	r->doc->created = time_of(json, n, "CreatedDate");
	return 0;
}

int mf_aws_take_parameter(struct mf_aws_read *r, const struct mf_json *json, const struct mf_jnode *n, struct mf_err *err)
{
	const struct mf_jnode *value = mf_json_get_z(n, "Value");
	int64_t version;

	if (!value || mf_json_type(value) != MF_J_STRING)
		return wrong(r, "it has no 'Value'", err);
	if (mf_json_opt_int(&version, json, n, "Version", 0, err)) {
		mf_err_wrap(err, "the answer for '%s'", r->ref->path);
		return -1;
	}
	if (check_parameter(r, json, n, version, err))
		return -1;
	r->doc->raw = mf_json_secret(json, value);
	if (!r->doc->raw)
		return mf_fail_nomem(err);
	r->doc->version = version;
	r->doc->created = time_of(json, n, "LastModifiedDate");
	return 0;
}

/* -- many --------------------------------------------------------------------------------------------- */

static int too_many(const struct mf_aws_read *r, int64_t most, struct mf_err *err)
{
	mf_fail(err, MF_E_AWS_LIMIT, "'%s' has more than %lld %s", r->ref->path, (long long)most, r->item.ssm ? "parameters" : "secrets");
	mf_err_why(err, "the limit of what one reference may read is there so that none reads all by mistake");
	mf_err_hint(err, "name more of it, or raise aws.limit");
	return -1;
}

/* A secret keeps its name; a parameter has what is below the path. */
static int key_of(struct mf_str *out, const struct mf_aws_read *r, const struct mf_json *json, const struct mf_jnode *n, struct mf_err *err)
{
	const struct mf_str name = text_of(json, n, "Name"), begin = r->item.name;

	if (name.n <= begin.n - !r->item.ssm || memcmp(name.p, begin.p, begin.n) != 0)
		return wrong(r, "it has a name that does not begin so", err);
	*out = r->item.ssm ? (struct mf_str){ name.p + begin.n, name.n - begin.n } : name;
	return 0;
}

static int value_of(const struct mf_jnode **out, const struct mf_aws_read *r, struct mf_str key, const struct mf_jnode *n, struct mf_err *err)
{
	const struct mf_jnode *v = mf_json_get_z(n, r->item.ssm ? "Value" : "SecretString");

	*out = v;
	if (v && mf_json_type(v) == MF_J_STRING)
		return 0;
	if (r->item.ssm || !mf_json_get_z(n, "SecretBinary"))
		return wrong(r, "one of them has no value", err);
	mf_fail(err, MF_E_AWS_ANSWER, "'%.*s' is binary, and cannot be one of '%s'", (int)(key.n < 300 ? key.n : 300), key.p, r->ref->path);
	mf_err_hint(err, "ask for it by its own name; it is then exported as it is, or with 'as: file'");
	return -1;
}

int mf_aws_take_list(struct mf_aws_read *r, const struct mf_json *json, const struct mf_jnode *list, int64_t most, struct mf_err *err)
{
	const struct mf_jnode *v;
	struct mf_str key;

	if (!list || mf_json_type(list) != MF_J_ARRAY)
		return wrong(r, r->item.ssm ? "it has no 'Parameters'" : "it has no 'SecretValues'", err);
	if (!r->list && !(r->list = mf_secret_empty(LIST_MAX)))
		return mf_fail_nomem(err);
	for (const struct mf_jnode *n = mf_json_first(list); n; n = mf_json_next(n)) {
		if (key_of(&key, r, json, n, err) || value_of(&v, r, key, n, err))
			return -1;
		if (r->found++ == (size_t)most)
			return too_many(r, most, err);
		if (mf_secret_add(r->list, r->found > 1 ? "," : "{", 1, err) || mf_json_quote_secret(r->list, key, err) || mf_secret_add(r->list, ":", 1, err) ||
		    mf_json_quote_secret(r->list, mf_json_text(json, v), err))
			return -1;
	}
	return 0;
}

int mf_aws_end_list(struct mf_aws_read *r, struct mf_err *err)
{
	if (r->found == 0) {
		r->doc->missing = true;
		mf_fail(err, MF_E_AWS_NOT_FOUND, "nothing at '%s'", r->ref->path);
		mf_err_why(err, "no %s of region '%s' %s '%.*s'", r->item.ssm ? "parameter" : "secret", r->item.region, r->item.ssm ? "is below" : "has a name that begins with",
			   (int)r->item.name.n, r->item.name.p);
		return -1;
	}
	if (mf_secret_add(r->list, "}", 1, err))
		return -1;
	if (mf_json_parse_secret(&r->doc->json, r->list, err)) {
		mf_err_wrap(err, "what '%s' stands for", r->ref->path);
		return -1;
	}
	r->doc->data = mf_json_root(r->doc->json);
	return 0;
}
