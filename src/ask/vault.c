/* SPDX-License-Identifier: Apache-2.0 */
/* Tokens of Vault and OpenBao. Source: their API documents, "Token auth method", GET /auth/token/lookup-self. */
#include "ask_priv.h"

#include <stdio.h>
#include <mayfly/clock.h>

static int request(struct mf_ask_call *c, struct mf_err *err)
{
	mf_ask_header(c, "X-Vault-Token", NULL, c->ask->secret);
	mf_ask_header(c, "X-Vault-Request", "true", NULL);
	if (c->ask->ns && *c->ask->ns)
		mf_ask_header(c, "X-Vault-Namespace", c->ask->ns, NULL);
	return mf_ask_url(c, c->ask->url, "/v1/auth/token/lookup-self", err);
}

static bool root_policy(const struct mf_json *json, const struct mf_jnode *data)
{
	const struct mf_jnode *list = mf_json_get_z(data, "policies");

	for (const struct mf_jnode *p = list ? mf_json_first(list) : NULL; p; p = mf_json_next(p))
		if (mf_str_is(mf_json_text(json, p), "root"))
			return true;
	return false;
}

static int take(struct mf_ask_call *c, const struct mf_resp *resp, struct mf_err *err)
{
	MF_CLEANUP(mf_json_freep) struct mf_json *json = NULL;
	struct mf_ask *a = c->ask;
	const struct mf_jnode *data;
	int64_t ttl, created, period, uses;
	struct mf_str ends, name;
	bool root;

	if (mf_ask_object(&json, resp, err))
		return -1;
	data = mf_json_get_z(mf_json_root(json), "data");
	if (!data || mf_json_type(data) != MF_J_OBJECT)
		return mf_fail(err, MF_E_CHECK_ASK, "the answer has no 'data': it is not from Vault or OpenBao");
	if (mf_json_need_int(&ttl, json, data, "ttl", err) || mf_json_opt_int(&created, json, data, "creation_time", 0, err) ||
	    mf_json_opt_int(&period, json, data, "period", 0, err) || mf_json_opt_int(&uses, json, data, "num_uses", 0, err) ||
	    mf_json_opt_str(&ends, json, data, "expire_time", "", err) || mf_json_opt_str(&name, json, data, "display_name", "", err))
		return -1;
	root = root_policy(json, data);
	a->issued = created > 0 ? created : 0;
	if (ends.n && !mf_time_parse(&a->expires, ends))
		return mf_fail(err, MF_E_CHECK_ASK, "'expire_time' in the answer is no date");
	a->no_end = root || period > 0 || (ttl == 0 && a->expires == 0);
	if (a->no_end)
		a->expires = 0;
	mf_ask_text(a, a->subject, sizeof(a->subject), name);
	if (root)
		snprintf(a->note, sizeof(a->note), "it has the policy 'root'");
	else if (period > 0)
		snprintf(a->note, sizeof(a->note), "it is periodic: whoever has it can renew it without end");
	else if (uses > 0)
		snprintf(a->note, sizeof(a->note), "it is good for %lld more requests", (long long)uses);
	return 0;
}

/* 403 also comes from a policy without the right to look itself up, so it proves nothing. */
static bool refused(const struct mf_ask_call *c, const struct mf_resp *resp)
{
	(void)c;
	(void)resp;
	return false;
}

const struct mf_ask_kind mf_ask_vault = { .name = "vault", .request = request, .take = take, .refused = refused };
