/* SPDX-License-Identifier: Apache-2.0 */
/* Access tokens of Google. The token goes into the body: addresses are written to logs. Source: Google, "Using OAuth 2.0 to access Google APIs",
 * tokeninfo. */
#include "ask_priv.h"

#include <stdlib.h>

static int request(struct mf_ask_call *c, struct mf_err *err)
{
	return mf_ask_body(c, "access_token=", c->ask->secret, err) || mf_ask_url(c, c->ask->url, "/tokeninfo", err) ? -1 : 0;
}

/* Numbers come as texts. */
static bool number(int64_t *out, const struct mf_json *json, const struct mf_jnode *n)
{
	const struct mf_str s = n ? mf_json_text(json, n) : (struct mf_str){ 0 };
	int64_t v = 0;

	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] < '0' || s.p[i] > '9' || i >= 12)
			return false;
		v = v * 10 + (s.p[i] - '0');
	}
	*out = v;
	return s.n > 0;
}

static int take(struct mf_ask_call *c, const struct mf_resp *resp, struct mf_err *err)
{
	MF_CLEANUP(mf_json_freep) struct mf_json *json = NULL;
	struct mf_ask *a = c->ask;
	const struct mf_jnode *root, *who;

	if (mf_ask_object(&json, resp, err))
		return -1;
	root = mf_json_root(json);
	if (!number(&a->expires, json, mf_json_get_z(root, "exp")))
		return mf_fail(err, MF_E_CHECK_ASK, "'exp' in the answer is no time");
	who = mf_json_get_z(root, "email");
	if (!who)
		who = mf_json_get_z(root, "azp");
	if (who)
		mf_ask_text(a, a->subject, sizeof(a->subject), mf_json_text(json, who));
	return 0;
}

static bool refused(const struct mf_ask_call *c, const struct mf_resp *resp)
{
	(void)c;
	return resp->status == 400 || resp->status == 401;
}

const struct mf_ask_kind mf_ask_gcp = { .name = "gcp", .url = "https://oauth2.googleapis.com", .request = request, .take = take, .refused = refused };
