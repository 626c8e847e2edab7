/* SPDX-License-Identifier: Apache-2.0 */
/* The client: cheap to open, libcurl and OpenSSL are touched by the first request only. */
#include <stdlib.h>
#include <strings.h>

#include <mayfly/alloc.h>
#include <mayfly/fs.h>

#include "net.h"

enum { DEADLINE_MS = 30000, CONNECT_MS = 10000, TRIES = 5, MAX_BODY = 8 * 1024 * 1024, CLIENT_PEM_MAX = 256 * 1024 };

int mf_http_open(struct mf_http **out, const struct mf_http_conf *conf, struct mf_err *err)
{
	struct mf_http *h = mf_calloc(1, sizeof *h);

	if (!h)
		return mf_fail_nomem(err);
	if (conf)
		h->conf = *conf;
	h->conf.deadline_ms = h->conf.deadline_ms ? h->conf.deadline_ms : DEADLINE_MS;
	h->conf.connect_ms = h->conf.connect_ms ? h->conf.connect_ms : CONNECT_MS;
	h->conf.tries = h->conf.tries ? h->conf.tries : TRIES;
	h->conf.max_body = h->conf.max_body ? h->conf.max_body : MAX_BODY;
	if (mf_proxy_open(&h->proxy, err) < 0) {
		free(h);
		return -1;
	}
	*out = h;
	return 0;
}

const volatile int *mf_http_stop(const struct mf_http *h)
{
	return h->conf.stop;
}

void mf_http_close(struct mf_http *h)
{
	if (!h)
		return;
	/* connections first: they use the store */
	if (h->multi)
		curl_multi_cleanup(h->multi);
	if (h->share)
		curl_share_cleanup(h->share);
	mf_ca_free(&h->ca);
	mf_secret_free(h->cert);
	mf_secret_free(h->key);
	mf_proxy_close(&h->proxy);
	free(h);
}

static int library_init(struct mf_err *err)
{
	static bool done;

	if (done)
		return 0;
	/* openssl.cnf can name modules to load, and takes a millisecond to read */
	if (OPENSSL_init_ssl(OPENSSL_INIT_NO_LOAD_CONFIG, NULL) != 1 || curl_global_init(CURL_GLOBAL_ALL) != CURLE_OK)
		return mf_fail_nomem(err);
	done = true;
	return 0;
}

static int handles_init(struct mf_http *h, struct mf_err *err)
{
	if (h->multi)
		return 0;
	if (!h->share)
		h->share = curl_share_init();
	if (h->share)
		h->multi = curl_multi_init();
	if (!h->multi)
		return mf_fail_nomem(err);
	curl_share_setopt(h->share, CURLSHOPT_SHARE, CURL_LOCK_DATA_SSL_SESSION);
	curl_multi_setopt(h->multi, CURLMOPT_PIPELINING, (long)CURLPIPE_MULTIPLEX);
	curl_multi_setopt(h->multi, CURLMOPT_MAXCONNECTS, (long)MF_NET_INFLIGHT);
	curl_multi_setopt(h->multi, CURLMOPT_MAX_TOTAL_CONNECTIONS, (long)MF_NET_INFLIGHT);
	return 0;
}

static int read_pem(struct mf_secret **out, const struct mf_secret *given, const char *path, const char *what, struct mf_err *err)
{
	struct mf_err cause;

	if (given) {
		*out = mf_secret_dup(given);
		return *out ? 0 : mf_fail_nomem(err);
	}
	if (!path || !*path)
		return 0;
	if (mf_fs_read_secret(out, path, CLIENT_PEM_MAX, &cause) < 0) {
		mf_fail(err, MF_E_HTTP_CLIENT_CERT, "cannot read the client %s '%s'", what, path);
		mf_err_why(err, "%s", cause.why[0] ? cause.why : cause.what);
		return -1;
	}
	return 0;
}

/* A single file may hold both. */
static int client_cert(struct mf_http *h, struct mf_err *err)
{
	const struct mf_http_conf *conf = &h->conf;
	struct mf_secret *cert = NULL, *key = NULL;

	if (h->cert)
		return 0;
	if (read_pem(&cert, conf->client_cert_pem, conf->client_cert, "certificate", err) < 0)
		return -1;
	if (read_pem(&key, conf->client_key_pem, conf->client_key, "key", err) < 0)
		goto fail;
	if (key && !cert) {
		mf_fail(err, MF_E_HTTP_CLIENT_CERT, "a client key without a client certificate");
		mf_err_hint(err, "name the certificate too, or neither");
		goto fail;
	}
	if (cert && !key)
		key = mf_secret_dup(cert);
	if (cert && !key) {
		mf_fail_nomem(err);
		goto fail;
	}
	h->cert = cert;
	h->key = key;
	return 0;
fail:
	mf_secret_free(cert);
	mf_secret_free(key);
	return -1;
}

static bool tls_proxy(const struct mf_http *h, const struct mf_url *url)
{
	const char *proxy = mf_proxy_for(&h->proxy, url);

	return proxy && strncasecmp(proxy, "https://", 8) == 0;
}

bool mf_needs_tls(const struct mf_http *h, const struct mf_url *url)
{
	return url->scheme.n == 5 || tls_proxy(h, url);
}

int mf_client_ready(struct mf_http *h, const struct mf_url *url, struct mf_err *err)
{
	if (library_init(err) < 0 || handles_init(h, err) < 0)
		return -1;
	if (!mf_needs_tls(h, url))
		return 0;
	if ((!h->conf.skip_verify || tls_proxy(h, url)) && mf_ca_load(&h->ca, &h->conf, err) < 0)
		return -1;
	return client_cert(h, err);
}
