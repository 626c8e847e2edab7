/* SPDX-License-Identifier: Apache-2.0 */
/* One try as libcurl sees it: every option that is set, in one place. */
#include <mayfly/reveal.h>

#include "net.h"

#define SET(easy, rc, option, value) ((rc) = (rc) ? (rc) : curl_easy_setopt((easy), (option), (value)))

/* libcurl sends a request again by itself when a kept connection turns out to be closed. A request that must not be
 * carried out twice is stopped there; what was cut then counts as a lost connection. */
static int before_send(void *call, char *ip, char *local_ip, int port, int local_port)
{
	struct mf_call *c = call;

	(void)ip, (void)local_ip, (void)port, (void)local_port;
	if (c->sends > 0 && c->req->retry != MF_RETRY_SAFE)
		return CURL_PREREQFUNC_ABORT;
	if (c->h->conf.stop && *c->h->conf.stop)
		return CURL_PREREQFUNC_ABORT;
	c->sends++;
	return CURL_PREREQFUNC_OK;
}

static CURLcode set_limits(struct mf_call *c, int64_t timeout_ms)
{
	CURL *e = c->easy;
	CURLcode rc = CURLE_OK;
	int64_t connect_ms = c->h->conf.connect_ms;

	SET(e, rc, CURLOPT_TIMEOUT_MS, (long)timeout_ms);
	SET(e, rc, CURLOPT_CONNECTTIMEOUT_MS, (long)(connect_ms < timeout_ms ? connect_ms : timeout_ms));
	SET(e, rc, CURLOPT_NOSIGNAL, 1L);
	SET(e, rc, CURLOPT_QUICK_EXIT, 1L);	/* a resolver that hangs does not hold up a cancelled job */
	SET(e, rc, CURLOPT_MAXFILESIZE_LARGE, (curl_off_t)c->h->conf.max_body);
	SET(e, rc, CURLOPT_PROTOCOLS_STR, "http,https");
	SET(e, rc, CURLOPT_DISALLOW_USERNAME_IN_URL, 1L);
	SET(e, rc, CURLOPT_FOLLOWLOCATION, 0L);
	return rc;
}

static CURLcode set_callbacks(struct mf_call *c)
{
	CURL *e = c->easy;
	CURLcode rc = CURLE_OK;

	SET(e, rc, CURLOPT_PRIVATE, (void *)c);
	SET(e, rc, CURLOPT_ERRORBUFFER, c->errbuf);
	SET(e, rc, CURLOPT_HEADERFUNCTION, mf_answer_header);
	SET(e, rc, CURLOPT_HEADERDATA, (void *)&c->answer);
	SET(e, rc, CURLOPT_WRITEFUNCTION, mf_answer_body);
	SET(e, rc, CURLOPT_WRITEDATA, (void *)&c->answer);
	SET(e, rc, CURLOPT_PREREQFUNCTION, before_send);
	SET(e, rc, CURLOPT_PREREQDATA, (void *)c);
	SET(e, rc, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
	SET(e, rc, CURLOPT_SHARE, c->h->share);
	return rc;
}

static CURLcode set_blob(CURL *e, CURLoption option, const struct mf_secret *pem)
{
	struct mf_str s = mf_secret_reveal(pem);
	/* the secret outlives the transfer */
	struct curl_blob blob = { .data = (void *)(uintptr_t)s.p, .len = s.n, .flags = CURL_BLOB_NOCOPY };

	return curl_easy_setopt(e, option, &blob);
}

static CURLcode set_client_cert(struct mf_call *c)
{
	CURL *e = c->easy;
	CURLcode rc = CURLE_OK;

	if (!c->h->cert)
		return CURLE_OK;
	rc = set_blob(e, CURLOPT_SSLCERT_BLOB, c->h->cert);
	if (!rc)
		rc = set_blob(e, CURLOPT_SSLKEY_BLOB, c->h->key);
	SET(e, rc, CURLOPT_SSLCERTTYPE, "PEM");
	SET(e, rc, CURLOPT_SSLKEYTYPE, "PEM");
	SET(e, rc, CURLOPT_KEYPASSWD, "");	/* an encrypted key is an error, never a question on the terminal */
	return rc;
}

static CURLcode set_tls(struct mf_call *c)
{
	CURL *e = c->easy;
	CURLcode rc = CURLE_OK;
	struct mf_tls_note *note = &c->h->notes[c->slot];
	bool verify = !c->h->conf.skip_verify;

	note->store = c->h->ca.store;
	SET(e, rc, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	SET(e, rc, CURLOPT_PROXY_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	SET(e, rc, CURLOPT_SSL_VERIFYPEER, verify ? 1L : 0L);
	SET(e, rc, CURLOPT_SSL_VERIFYHOST, verify ? 2L : 0L);
	/* none of libcurl's own: the store comes with the callback */
	SET(e, rc, CURLOPT_CAINFO, NULL);
	SET(e, rc, CURLOPT_CAPATH, NULL);
	SET(e, rc, CURLOPT_PROXY_CAINFO, NULL);
	SET(e, rc, CURLOPT_PROXY_CAPATH, NULL);
	SET(e, rc, CURLOPT_SSL_CTX_FUNCTION, mf_tls_setup);
	SET(e, rc, CURLOPT_SSL_CTX_DATA, (void *)note);
	return rc ? rc : set_client_cert(c);
}

static CURLcode set_body(struct mf_call *c)
{
	CURL *e = c->easy;
	CURLcode rc = CURLE_OK;
	const char *method = c->req->method ? c->req->method : "GET";
	bool post = strcmp(method, "POST") == 0, put = strcmp(method, "PUT") == 0 || strcmp(method, "PATCH") == 0;

	if (c->req->body) {
		struct mf_str s = mf_secret_reveal(c->req->body);

		SET(e, rc, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)s.n);
		SET(e, rc, CURLOPT_POSTFIELDS, s.p);
	} else if (post || put) {
		SET(e, rc, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)0);
		SET(e, rc, CURLOPT_POSTFIELDS, "");
	} else if (strcmp(method, "HEAD") == 0) {
		SET(e, rc, CURLOPT_NOBODY, 1L);
	}
	SET(e, rc, CURLOPT_CUSTOMREQUEST, method);
	SET(e, rc, CURLOPT_HTTPHEADER, c->lines.nodes);
	return rc;
}

CURLcode mf_transfer_setup(struct mf_call *c, int64_t timeout_ms)
{
	CURL *e = c->easy;
	const char *proxy = mf_proxy_for(&c->h->proxy, &c->url);
	CURLcode rc = CURLE_OK;

	SET(e, rc, CURLOPT_URL, c->url_text);
	SET(e, rc, CURLOPT_PATH_AS_IS, 1L);	/* the path was signed as it is */
	SET(e, rc, CURLOPT_PROXY, proxy ? proxy : "");
	SET(e, rc, CURLOPT_NOPROXY, "");
	SET(e, rc, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_2TLS);
	SET(e, rc, CURLOPT_PIPEWAIT, c->url.scheme.n == 5 ? 1L : 0L);
	if (!rc)
		rc = set_limits(c, timeout_ms);
	if (!rc)
		rc = set_callbacks(c);
	if (!rc && mf_needs_tls(c->h, &c->url))
		rc = set_tls(c);
	return rc ? rc : set_body(c);
}
