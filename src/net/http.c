/* SPDX-License-Identifier: Apache-2.0 */
/* The engine: any number of requests, up to 64 of them in flight, one thread. */
#include <stdlib.h>

#include <mayfly/alloc.h>
#include <mayfly/clock.h>

#include "net.h"

#define GRACE_MS 2000

static bool stopped(const struct mf_http *h)
{
	return h->conf.stop && *h->conf.stop;
}

/* Starts what is due. Returns how many are not done, and how long nothing is to be started. */
static size_t start_due(struct mf_call *calls, size_t n, int64_t *wait_ms)
{
	int64_t now = mf_mono_ms();
	size_t open = 0;

	*wait_ms = MF_NET_TICK_MS;
	for (size_t i = 0; i < n; i++) {
		struct mf_call *c = &calls[i];

		if (c->state == MF_CALL_WAITING && c->due <= now)
			mf_call_start(c);
		else if (c->state == MF_CALL_WAITING && c->due - now < *wait_ms)
			*wait_ms = c->due - now;
		open += c->state != MF_CALL_DONE;
	}
	return open;
}

/* Settles what has ended; true when anything has. */
static bool collect(struct mf_http *h)
{
	bool any = false;
	CURLMsg *m;
	int left;

	while ((m = curl_multi_info_read(h->multi, &left))) {
		CURLcode rc = m->data.result;
		char *call = NULL;

		if (m->msg != CURLMSG_DONE || curl_easy_getinfo(m->easy_handle, CURLINFO_PRIVATE, &call) != CURLE_OK)
			continue;
		mf_call_settle((struct mf_call *)(void *)call, rc);
		any = true;
	}
	return any;
}

/* A request that was sent and cannot be repeated may bring something that has to be undone, such as a token: its answer
 * is waited for a little, so that nothing is left behind that nobody knows. What has not left yet does not leave any more. */
static void cancel(struct mf_call *calls, size_t n, int64_t since)
{
	bool patient = mf_mono_ms() - since < GRACE_MS;

	for (size_t i = 0; i < n; i++) {
		if (calls[i].state == MF_CALL_DONE)
			continue;
		if (!patient || calls[i].state != MF_CALL_RUNNING || !calls[i].sends || calls[i].req->retry != MF_RETRY_CONNECT)
			mf_call_cancel(&calls[i]);
	}
}

static void run(struct mf_http *h, struct mf_call *calls, size_t n)
{
	int64_t wait_ms, since = 0;
	int running;

	for (;;) {
		if (stopped(h)) {
			since = since ? since : mf_mono_ms();
			cancel(calls, n, since);
		}
		if (start_due(calls, n, &wait_ms) == 0)
			return;
		curl_multi_perform(h->multi, &running);
		if (!collect(h))
			curl_multi_poll(h->multi, NULL, 0, (int)wait_ms, NULL);
	}
}

int mf_http_do_all(struct mf_http *h, const struct mf_req *reqs, size_t n, struct mf_resp *resps, struct mf_err *errs)
{
	struct mf_call *calls;
	int rc = 0;

	if (n == 0)
		return 0;
	calls = mf_calloc(n, sizeof *calls);
	if (!calls) {
		for (size_t i = 0; i < n; i++)
			mf_fail_nomem(&errs[i]);
		return -1;
	}
	for (size_t i = 0; i < n; i++)
		mf_call_open(&calls[i], h, &reqs[i], &resps[i], &errs[i]);
	run(h, calls, n);
	for (size_t i = 0; i < n; i++) {
		mf_call_close(&calls[i]);
		rc = errs[i].id ? -1 : rc;
	}
	free(calls);
	return rc;
}

int mf_http_do(struct mf_http *h, const struct mf_req *req, struct mf_resp *resp, struct mf_err *err)
{
	struct mf_err own;

	if (mf_http_do_all(h, req, 1, resp, &own) == 0)
		return 0;
	*err = own;
	return -1;
}

void mf_resp_free(struct mf_resp *r)
{
	if (!r)
		return;
	mf_secret_free(r->body);
	*r = (struct mf_resp){ .body = NULL };
}
