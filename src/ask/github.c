/* SPDX-License-Identifier: Apache-2.0 */
/* GitHub says of each token with an end when that is, in a header of every answer. The limits are what costs nothing to ask for: they are free of the
 * limits themselves. Source: GitHub, "Getting started with the REST API", "Rate limits for the REST API"; github-authentication-token-expiration. */
#include "ask_priv.h"

#include <stdio.h>
#include <mayfly/clock.h>

static int request(struct mf_ask_call *c, struct mf_err *err)
{
	c->req.want[0] = "github-authentication-token-expiration";
	c->req.want[1] = "x-oauth-scopes";
	mf_ask_header(c, "Authorization", "Bearer ", c->ask->secret);
	mf_ask_header(c, "X-GitHub-Api-Version", "2022-11-28", NULL);
	mf_ask_header(c, "Accept", "application/vnd.github+json", NULL);
	return mf_ask_url(c, c->ask->url, "/rate_limit", err);
}

/* "2026-12-31 10:00:00 UTC", "2026-12-31 10:00:00 -0500" */
static bool date(int64_t *out, struct mf_str s)
{
	char text[32];
	int64_t zone = 0;

	if (s.n < 23 || s.p[10] != ' ' || s.p[19] != ' ')
		return false;
	snprintf(text, sizeof(text), "%.10sT%.8sZ", s.p, s.p + 11);
	if (!mf_time_parse(out, mf_str(text)))
		return false;
	s.p += 20;
	s.n -= 20;
	if (mf_str_is(s, "UTC"))
		return true;
	if (s.n != 5 || (s.p[0] != '+' && s.p[0] != '-'))
		return false;
	for (size_t i = 1; i < 5; i++) {
		if (s.p[i] < '0' || s.p[i] > '9')
			return false;
		zone = zone * (i == 3 ? 6 : 10) + (s.p[i] - '0');
	}
	zone *= 60;
	*out -= s.p[0] == '-' ? -zone : zone;
	return true;
}

static int take(struct mf_ask_call *c, const struct mf_resp *resp, struct mf_err *err)
{
	struct mf_ask *a = c->ask;
	char scopes[120];

	if (!resp->wanted[0][0])
		a->no_end = true;
	else if (!date(&a->expires, mf_str(resp->wanted[0])))
		return mf_fail(err, MF_E_CHECK_ASK, "the header github-authentication-token-expiration has no date that can be read");
	mf_ask_text(a, scopes, sizeof(scopes), mf_str(resp->wanted[1]));
	if (scopes[0])
		snprintf(a->note, sizeof(a->note), "its scopes: %s", scopes);
	return 0;
}

static bool refused(const struct mf_ask_call *c, const struct mf_resp *resp)
{
	(void)c;
	return resp->status == 401;
}

const struct mf_ask_kind mf_ask_github = { .name = "github", .url = "https://api.github.com", .request = request, .take = take, .refused = refused };
