/* SPDX-License-Identifier: Apache-2.0 */
/* One request from its first try to its answer: retries, the one redirect, the deadline. */
#include <stdio.h>
#include <stdlib.h>

#include <mayfly/alloc.h>
#include <mayfly/clock.h>
#include <mayfly/log.h>

#include "net.h"

static void origin_text(char *out, size_t size, const struct mf_url *u)
{
	bool v6 = memchr(u->host.p, ':', u->host.n) != NULL;

	snprintf(out, size, "%s%.*s%s:%u", v6 ? "[" : "", (int)u->host.n, u->host.p, v6 ? "]" : "", (unsigned)u->port);
}

int mf_http_allows(const struct mf_url *u, bool allow_http, struct mf_err *err)
{
	char origin[300];

	if (u->scheme.n == 5 || u->loopback || allow_http)
		return 0;
	origin_text(origin, sizeof origin, u);
	mf_fail(err, MF_E_HTTP_PLAIN, "refusing plain http to '%s'", origin);
	mf_err_why(err, "what is sent there could be read on the way; without TLS only this machine itself is allowed");
	mf_err_hint(err, "write https:// in the URL, or allow it: --allow-http");
	mf_err_note(err, "nothing was sent");
	return -1;
}

static int aim(struct mf_call *c, const char *text, struct mf_err *err)
{
	struct mf_url u;
	const char *proxy;

	if (mf_url_parse(&u, text, err) < 0 || mf_http_allows(&u, c->h->conf.allow_http, err) < 0)
		return -1;
	c->url = u;
	c->url_text = text;
	origin_text(c->origin, sizeof c->origin, &u);
	proxy = mf_proxy_for(&c->h->proxy, &u);
	c->proxy_name[0] = '\0';
	if (proxy)
		mf_proxy_name(c->proxy_name, proxy);
	return 0;
}

void mf_call_open(struct mf_call *c, struct mf_http *h, const struct mf_req *req, struct mf_resp *resp, struct mf_err *err)
{
	*c = (struct mf_call){ .h = h, .req = req, .resp = resp, .err = err, .state = MF_CALL_DONE };
	*err = (struct mf_err){ .id = NULL };
	if (aim(c, req->url, err) < 0 || mf_request_check(req, err) < 0)
		return;
	if (mf_client_ready(h, &c->url, err) < 0 || mf_lines_build(&c->lines, req, err) < 0)
		return;
	c->started = c->due = mf_mono_ms();
	c->deadline = c->started + h->conf.deadline_ms;
	if (h->conf.end_ms && h->conf.end_ms < c->deadline)
		c->deadline = h->conf.end_ms;
	c->state = MF_CALL_WAITING;
}

void mf_call_hide(const struct mf_call *c, char *text)
{
	for (size_t i = 0; i < c->req->n_headers; i++)
		mf_secret_hide(text, c->req->headers[i].secret);
	mf_secret_hide(text, c->req->body);
	if (c->req->sigv4) {
		mf_secret_hide(text, c->req->sigv4->secret);
		mf_secret_hide(text, c->req->sigv4->token);
	}
}

/* A redirect makes an address of what the server says. */
void mf_call_shown(const struct mf_call *c, char out[static MF_NET_SHOWN], const char *url)
{
	size_t n = strcspn(url, "?#");

	if (url == c->req->url) {
		snprintf(out, MF_NET_SHOWN, "%.*s", (int)n, url);
		return;
	}
	n = n < MF_NET_SHOWN - 1 ? n : MF_NET_SHOWN - 1;
	memcpy(out, url, n);
	out[n] = '\0';
	mf_call_hide(c, out);
}

static void easy_drop(struct mf_call *c)
{
	if (!c->easy)
		return;
	curl_multi_remove_handle(c->h->multi, c->easy);
	curl_easy_cleanup(c->easy);
	c->easy = NULL;
	c->h->busy[c->slot] = false;
}

void mf_call_close(struct mf_call *c)
{
	easy_drop(c);
	mf_lines_free(&c->lines);
	mf_answer_clear(&c->answer);
	free(c->moved);
	c->moved = NULL;
}

static void finish(struct mf_call *c)
{
	mf_call_close(c);
	c->state = MF_CALL_DONE;
}

static void finish_nomem(struct mf_call *c)
{
	mf_fail_nomem(c->err);
	finish(c);
}

static bool slot_take(struct mf_call *c)
{
	for (unsigned i = 0; i < MF_NET_INFLIGHT; i++) {
		if (!c->h->busy[i]) {
			c->h->busy[i] = true;
			c->slot = i;
			return true;
		}
	}
	return false;
}

void mf_call_start(struct mf_call *c)
{
	int64_t left = c->deadline - mf_mono_ms();

	if (left <= 0) {
		mf_fault_error(c, MF_FAULT_TIMEOUT);
		finish(c);
		return;
	}
	if (!slot_take(c))
		return;	/* due again when one is free */
	c->easy = curl_easy_init();
	if (!c->easy) {
		c->h->busy[c->slot] = false;
		finish_nomem(c);
		return;
	}
	c->h->notes[c->slot] = (struct mf_tls_note){ .store = NULL };
	c->tries++;
	c->sends = 0;
	c->errbuf[0] = '\0';
	if (mf_answer_begin(&c->answer, c->h->conf.max_body, c->err) < 0) {
		finish(c);
		return;
	}
	c->answer.want = c->req->want;
	if (mf_transfer_setup(c, left) != CURLE_OK || curl_multi_add_handle(c->h->multi, c->easy) != CURLM_OK) {
		finish_nomem(c);
		return;
	}
	c->state = MF_CALL_RUNNING;
}

static void again(struct mf_call *c, int64_t wait_ms)
{
	easy_drop(c);
	mf_answer_clear(&c->answer);
	c->due = mf_mono_ms() + wait_ms;
	c->state = MF_CALL_WAITING;
}

/* Whether another try fits into the number of tries and the time; *wait_ms is the pause before it. */
static bool may_wait(struct mf_call *c, int64_t *wait_ms)
{
	int64_t left = c->deadline - mf_mono_ms(), asked = c->answer.retry_after;

	if (c->tries >= c->h->conf.tries)
		return false;
	*wait_ms = mf_retry_backoff_ms(c->tries);
	if (asked >= 0)
		*wait_ms = asked * 1000 + *wait_ms / 8;	/* not all at the same moment */
	if (*wait_ms < left)
		return true;
	if (asked >= 0)
		mf_warn("'%s' asks to wait %lld s, which is longer than the %lld s that are left: not tried again", c->origin,
			(long long)asked, (long long)(left > 0 ? left / 1000 : 0));
	return false;
}

static bool retry_later(struct mf_call *c, const char *why)
{
	int64_t wait_ms;

	if (!may_wait(c, &wait_ms))
		return false;
	mf_verbose("trying '%s' again in %lld ms (try %u of %u): %s", c->origin, (long long)wait_ms, c->tries + 1, c->h->conf.tries, why);
	again(c, wait_ms);
	return true;
}

/* -- redirects -- */

static int redirect_refused(struct mf_call *c, long status, const char *why)
{
	char to[MF_NET_SHOWN];
	struct mf_str shown = { .p = to };
	const char *at;

	mf_call_shown(c, to, c->answer.location);
	shown.n = strlen(to);
	at = memrchr(shown.p, '@', shown.n);
	if (at)
		shown = (struct mf_str){ .p = at + 1, .n = shown.n - (size_t)(at + 1 - shown.p) };
	mf_fail(c->err, MF_E_HTTP_REDIRECT, "'%s' redirects, and that was not followed", c->origin);
	mf_err_why(c->err, "it answered %ld with the location '%.*s'; %s", status, (int)(shown.n < 200 ? shown.n : 200), shown.p, why);
	mf_err_hint(c->err, "if the location is right, use it as the address");
	mf_call_sent(c);
	mf_err_note(c->err, "credentials were sent to '%s' only", c->origin);
	return -1;
}

static bool allowed_target(const struct mf_call *c, const struct mf_url *to)
{
	const char *const *list = c->h->conf.redirect_to;

	if (mf_url_same_origin(&c->url, to))
		return true;
	if (c->url.scheme.n == 5 && to->scheme.n != 5)
		return false;
	for (; list && *list; list++) {
		struct mf_err ignored;
		struct mf_url known;

		if (mf_url_parse(&known, *list, &ignored) == 0 && mf_url_same_origin(&known, to))
			return true;
	}
	return false;
}

/* A Location that begins with '/' stays at the origin; "//host" and relative paths are of no use to an API. */
static char *absolute(const struct mf_call *c)
{
	const char *to = c->answer.location;
	size_t n = sizeof "https://" + strlen(c->origin) + strlen(to);
	char *out;

	if (to[0] != '/' || to[1] == '/')
		return mf_strdup(to);
	out = malloc(n);
	if (out)
		snprintf(out, n, "%.*s://%s%s", (int)c->url.scheme.n, c->url.scheme.p, c->origin, to);
	return out;
}

static int follow(struct mf_call *c, long status)
{
	MF_CLEANUP(mf_freep) char *to = absolute(c);
	char shown[MF_NET_SHOWN];
	struct mf_err why;
	struct mf_url u;

	if (!to)
		return mf_fail_nomem(c->err);
	if (status != 307 && status != 308)
		return redirect_refused(c, status, "an API is not expected to do that: only 307 and 308 keep the request as it is");
	if (c->moved)
		return redirect_refused(c, status, "it was the second redirect");
	if (mf_url_parse(&u, to, &why) < 0) {
		mf_call_hide(c, why.why);
		return redirect_refused(c, status, why.why);
	}
	if (!allowed_target(c, &u))
		return redirect_refused(c, status, "it is neither the same address nor one that is configured");
	mf_call_shown(c, shown, to);
	mf_verbose("'%s' redirects to '%s'", c->origin, shown);
	if (aim(c, to, c->err) < 0)
		return -1;
	c->moved = to;
	to = NULL;
	return 0;
}

static bool is_redirect(const struct mf_call *c, long status)
{
	return (status == 301 || status == 302 || status == 303 || status == 307 || status == 308)
		&& c->answer.location && c->answer.location[0];
}

/* -- the end of a try -- */

static void deliver(struct mf_call *c, long status)
{
	struct mf_resp *r = c->resp;

	*r = (struct mf_resp){ .status = status, .body = c->answer.body, .tries = c->tries };
	r->retry_after = c->answer.retry_after > 0 ? (unsigned)c->answer.retry_after : 0;
	memcpy(r->content_type, c->answer.content_type, sizeof r->content_type);
	memcpy(r->request_id, c->answer.request_id, sizeof r->request_id);
	for (size_t i = 0; i < MF_WANTED; i++) {
		memcpy(r->wanted[i], c->answer.wanted[i], sizeof(r->wanted[i]));
		mf_call_hide(c, r->wanted[i]);
	}
	r->date = c->answer.date;
	mf_call_hide(c, r->content_type);
	mf_call_hide(c, r->request_id);
	c->answer.body = NULL;
	finish(c);
}

static void answered(struct mf_call *c)
{
	char why[32], shown[MF_NET_SHOWN];
	long status = 0;
	bool wanted;

	curl_easy_getinfo(c->easy, CURLINFO_RESPONSE_CODE, &status);
	mf_call_shown(c, shown, c->url_text);
	mf_debug("%s %s: %ld", c->req->method ? c->req->method : "GET", shown, status);
	if (is_redirect(c, status)) {
		if (follow(c, status) < 0)
			finish(c);
		else
			again(c, 0);
		return;
	}
	snprintf(why, sizeof why, "it answered %ld", status);
	wanted = mf_retry_status(c->req->retry, status) ||
		(c->req->again && c->req->retry != MF_RETRY_NEVER && c->req->again(status, c->answer.body));
	if (!wanted || !retry_later(c, why))
		deliver(c, status);
}

void mf_call_settle(struct mf_call *c, CURLcode rc)
{
	enum mf_fault f = mf_fault_of(c, rc);

	if (rc == CURLE_ABORTED_BY_CALLBACK && c->h->conf.stop && *c->h->conf.stop) {
		mf_call_cancel(c);
		return;
	}
	mf_call_hide(c, c->errbuf);
	if (f == MF_FAULT_NONE) {
		answered(c);
		return;
	}
	if (f == MF_FAULT_DNS)
		c->resolve_failures++;
	if (mf_fault_retry(c, f) && retry_later(c, c->errbuf[0] ? c->errbuf : "the connection was lost"))
		return;
	mf_fault_error(c, f);
	finish(c);
}

void mf_call_cancel(struct mf_call *c)
{
	mf_fail(c->err, MF_E_HTTP_CANCELLED, "the request to '%s' was cancelled", c->origin);
	mf_err_why(c->err, "the job was asked to stop");
	mf_call_sent(c);
	if (c->sends > 0)
		mf_err_note(c->err, "the server may have carried it out");
	finish(c);
}
