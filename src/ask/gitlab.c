/* SPDX-License-Identifier: Apache-2.0 */
/* Tokens of persons, projects and groups. Source: GitLab, "Personal access tokens API", GET /personal_access_tokens/self. */
#include "ask_priv.h"

#include <stdio.h>
#include <mayfly/clock.h>

static int request(struct mf_ask_call *c, struct mf_err *err)
{
	mf_ask_header(c, "PRIVATE-TOKEN", NULL, c->ask->secret);
	return mf_ask_url(c, c->ask->url, "/api/v4/personal_access_tokens/self", err);
}

/* A day: the token ends as it begins. */
static bool day(int64_t *out, struct mf_str s)
{
	char text[24];

	if (s.n != 10)
		return mf_time_parse(out, s);
	snprintf(text, sizeof(text), "%.10sT00:00:00Z", s.p);
	return mf_time_parse(out, mf_str(text));
}

static int take(struct mf_ask_call *c, const struct mf_resp *resp, struct mf_err *err)
{
	MF_CLEANUP(mf_json_freep) struct mf_json *json = NULL;
	struct mf_ask *a = c->ask;
	const struct mf_jnode *root, *scopes;
	struct mf_str created, ends, name;
	bool revoked;

	if (mf_ask_object(&json, resp, err))
		return -1;
	root = mf_json_root(json);
	if (mf_json_opt_str(&created, json, root, "created_at", "", err) || mf_json_opt_str(&ends, json, root, "expires_at", "", err) ||
	    mf_json_opt_str(&name, json, root, "name", "", err) || mf_json_opt_bool(&revoked, root, "revoked", false, err))
		return -1;
	/* an object of somebody else's has neither */
	if (!mf_json_get_z(root, "expires_at") || !mf_json_get_z(root, "scopes"))
		return mf_fail(err, MF_E_CHECK_ASK, "the answer has no 'expires_at': it is not from GitLab");
	if (created.n && !mf_time_parse(&a->issued, created))
		a->issued = 0;
	if (ends.n && !day(&a->expires, ends))
		return mf_fail(err, MF_E_CHECK_ASK, "'expires_at' in the answer is no date");
	a->no_end = ends.n == 0;
	scopes = mf_json_get_z(root, "scopes");
	mf_ask_text(a, a->subject, sizeof(a->subject), name);
	if (mf_json_type(scopes) == MF_J_ARRAY) {
		size_t n = (size_t)snprintf(a->note, sizeof(a->note), "its scopes:");
		char one[40];

		for (const struct mf_jnode *s = mf_json_first(scopes); s && n + 1 < sizeof(a->note); s = mf_json_next(s)) {
			mf_ask_text(a, one, sizeof(one), mf_json_text(json, s));
			n += (size_t)snprintf(a->note + n, sizeof(a->note) - n, " %s", one);
		}
	}
	if (revoked)
		return mf_fail(err, MF_E_CHECK_ASK, "GitLab says that it is revoked");
	return 0;
}

static bool refused(const struct mf_ask_call *c, const struct mf_resp *resp)
{
	(void)c;
	return resp->status == 401;
}

const struct mf_ask_kind mf_ask_gitlab = { .name = "gitlab", .url = "https://gitlab.com", .request = request, .take = take, .refused = refused };
