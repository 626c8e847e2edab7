/* SPDX-License-Identifier: Apache-2.0 */
/* Tokens out of the answers of Google's services, taken apart strictly. */
#include "gcp.h"

#include <mayfly/clock.h>

enum { TOKEN_MAX = 32768, LIFE_MAX = 13 * 3600 };

void mf_gcp_token_free(struct mf_gcp_token *t)
{
	mf_secret_free(t->token);
	*t = (struct mf_gcp_token){ 0 };
}

int mf_gcp_read_text(struct mf_secret **out, const struct mf_json *json, const char *member, struct mf_err *err)
{
	struct mf_str s;

	if (mf_json_need_str(&s, json, mf_json_root(json), member, err))
		return -1;
	if (s.n == 0 || s.n > TOKEN_MAX)
		return mf_fail(err, MF_E_GCP_ANSWER, "'%s' in the answer has %zu bytes", member, s.n);
	/* it goes into a header */
	for (size_t i = 0; i < s.n; i++)
		if ((unsigned char)s.p[i] <= ' ' || (unsigned char)s.p[i] >= 0x7f)
			return mf_fail(err, MF_E_GCP_ANSWER, "'%s' in the answer has a character that no token has", member);
	*out = mf_secret_new(s.p, s.n);
	return *out ? 0 : mf_fail_nomem(err);
}

static int set_life(struct mf_gcp_token *out, int64_t life, int64_t now, struct mf_err *err)
{
	if (life <= 0 || life > LIFE_MAX) {
		mf_gcp_token_free(out);
		mf_fail(err, MF_E_GCP_ANSWER, "the access token does not say how long it lives");
		mf_err_why(err, "its end is missing, has passed, or is more than %d hours away", LIFE_MAX / 3600);
		return -1;
	}
	out->ttl = life;
	out->expires = now + life;
	return 0;
}

int mf_gcp_read_oauth(struct mf_gcp_token *out, const struct mf_json *json, int64_t now, struct mf_err *err)
{
	const struct mf_jnode *root = mf_json_root(json);
	struct mf_str type;
	int64_t life;

	if (mf_json_need_str(&type, json, root, "token_type", err) || mf_json_opt_int(&life, json, root, "expires_in", 0, err))
		return -1;
	if (type.n != 6 || strncasecmp(type.p, "Bearer", 6) != 0)
		return mf_fail(err, MF_E_GCP_ANSWER, "the access token is of another type than Bearer");
	return mf_gcp_read_text(&out->token, json, "access_token", err) ? -1 : set_life(out, life, now, err);
}

int mf_gcp_read_access(struct mf_gcp_token *out, const struct mf_json *json, int64_t now, struct mf_err *err)
{
	struct mf_str end;
	int64_t at;

	if (mf_json_need_str(&end, json, mf_json_root(json), "expireTime", err) || mf_gcp_read_text(&out->token, json, "accessToken", err))
		return -1;
	return set_life(out, mf_time_parse(&at, end) ? at - now : 0, now, err);
}
