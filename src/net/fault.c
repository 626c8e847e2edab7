/* SPDX-License-Identifier: Apache-2.0 */
/* libcurl's result -> what went wrong, whether to try again, and the error that says so. */
#include <stdio.h>

#include <openssl/x509_vfy.h>

#include <mayfly/clock.h>

#include "net.h"

static bool says(const struct mf_call *c, const char *text)
{
	return strcasestr(c->errbuf, text) != NULL;
}

/* The alerts with which a server turns a client certificate down, or asks for one. */
static bool about_client_cert(const struct mf_call *c)
{
	return says(c, "alert certificate required") || says(c, "alert bad certificate") || says(c, "alert unknown ca")
		|| says(c, "alert certificate unknown") || says(c, "alert certificate expired")
		|| says(c, "alert certificate revoked") || says(c, "alert unsupported certificate")
		|| says(c, "alert access denied");
}

static enum mf_fault verification(const struct mf_call *c)
{
	switch (c->h->notes[c->slot].code) {
	case X509_V_OK: case X509_V_ERR_HOSTNAME_MISMATCH: case X509_V_ERR_IP_ADDRESS_MISMATCH:
		return MF_FAULT_TLS_NAME;
	case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT: case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
	case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT: case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
	case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE: case X509_V_ERR_CERT_UNTRUSTED:
	case X509_V_ERR_CERT_SIGNATURE_FAILURE:
		return MF_FAULT_TLS_CA;
	default:
		return MF_FAULT_TLS;
	}
}

static enum mf_fault handshake(const struct mf_call *c)
{
	if (says(c, "SYSCALL") || says(c, "reset by peer") || says(c, "unexpected eof") || says(c, "broken pipe"))
		return MF_FAULT_TLS_LOST;
	return about_client_cert(c) ? MF_FAULT_CLIENT_CERT : MF_FAULT_TLS;
}

static enum mf_fault stopped_by_us(const struct mf_call *c)
{
	switch (c->answer.reject) {
	case MF_REJECT_SIZE:
		return MF_FAULT_SIZE;
	case MF_REJECT_HEADER:
		return MF_FAULT_MALFORMED;
	default:
		return MF_FAULT_MEMORY;
	}
}

static long info(const struct mf_call *c, CURLINFO what)
{
	long v = 0;

	return curl_easy_getinfo(c->easy, what, &v) == CURLE_OK ? v : 0;
}

/* libcurl 7.88 calls a connection that was cut inside the header a success with an empty body. */
static enum mf_fault success(const struct mf_call *c)
{
	return c->answer.complete_head ? MF_FAULT_NONE : MF_FAULT_LOST;
}

static enum mf_fault lost(const struct mf_call *c)
{
	if (about_client_cert(c))
		return MF_FAULT_CLIENT_CERT;
	return c->answer.complete_head ? MF_FAULT_TRUNCATED : MF_FAULT_LOST;
}

enum mf_fault mf_fault_of(const struct mf_call *c, CURLcode rc)
{
	long connect = info(c, CURLINFO_HTTP_CONNECTCODE);

	if (rc != CURLE_OK && rc != CURLE_OPERATION_TIMEDOUT && connect && (connect < 200 || connect > 299))
		return MF_FAULT_PROXY_REFUSED;
	switch (rc) {
	case CURLE_OK:
		return success(c);
	case CURLE_COULDNT_RESOLVE_HOST:
		return MF_FAULT_DNS;
	case CURLE_COULDNT_RESOLVE_PROXY: case CURLE_PROXY:
		return MF_FAULT_PROXY;
	case CURLE_COULDNT_CONNECT:
		return c->proxy_name[0] ? MF_FAULT_PROXY : MF_FAULT_CONNECT;
	case CURLE_OPERATION_TIMEDOUT:
		return MF_FAULT_TIMEOUT;
	case CURLE_PEER_FAILED_VERIFICATION:
		return verification(c);
	case CURLE_SSL_CONNECT_ERROR:
		return handshake(c);
	case CURLE_SSL_CERTPROBLEM:
		return MF_FAULT_CLIENT_CERT;
	case CURLE_SSL_CIPHER: case CURLE_SSL_ENGINE_NOTFOUND: case CURLE_SSL_ENGINE_SETFAILED: case CURLE_USE_SSL_FAILED:
	case CURLE_SSL_CACERT_BADFILE: case CURLE_SSL_ISSUER_ERROR: case CURLE_SSL_INVALIDCERTSTATUS:
		return MF_FAULT_TLS;
	case CURLE_WRITE_ERROR:
		return stopped_by_us(c);
	case CURLE_FILESIZE_EXCEEDED:
		return MF_FAULT_SIZE;
	case CURLE_PARTIAL_FILE:
		return lost(c);
	case CURLE_WEIRD_SERVER_REPLY: case CURLE_UNSUPPORTED_PROTOCOL: case CURLE_BAD_CONTENT_ENCODING:
		return MF_FAULT_MALFORMED;
	case CURLE_OUT_OF_MEMORY:
		return MF_FAULT_MEMORY;
	default:
		return c->answer.reject ? stopped_by_us(c) : lost(c);
	}
}

bool mf_fault_retry(const struct mf_call *c, enum mf_fault f)
{
	long connect;

	if (c->req->retry == MF_RETRY_NEVER)
		return false;
	switch (f) {
	case MF_FAULT_DNS:	/* a resolver that just started may need a second; a wrong name stays wrong */
		return c->resolve_failures <= 1;
	case MF_FAULT_CONNECT: case MF_FAULT_PROXY: case MF_FAULT_TLS_LOST:
		return true;
	case MF_FAULT_PROXY_REFUSED:
		connect = info(c, CURLINFO_HTTP_CONNECTCODE);
		return connect == 429 || connect == 502 || connect == 503 || connect == 504;
	case MF_FAULT_TIMEOUT: case MF_FAULT_LOST: case MF_FAULT_TRUNCATED:
		return c->sends == 0 || c->req->retry == MF_RETRY_SAFE;
	default:
		return false;
	}
}

/* -- texts -- */

static void seconds(char out[static 32], int64_t ms)
{
	snprintf(out, 32, "%lld.%lld s", (long long)(ms / 1000), (long long)(ms % 1000 / 100));
}

void mf_call_sent(struct mf_call *c)
{
	char spent[32], shown[MF_NET_SHOWN];

	seconds(spent, mf_mono_ms() - c->started);
	mf_call_shown(c, shown, c->url_text);
	mf_err_sent(c->err, "%s %s, %u %s in %s%s%s%s", c->req->method ? c->req->method : "GET", shown,
		c->tries, c->tries == 1 ? "try" : "tries", spent, c->proxy_name[0] ? ", through the proxy '" : "", c->proxy_name,
		c->proxy_name[0] ? "'" : "");
}

/* The system's word ("Connection refused") says more than libcurl's, where there is one. */
static const char *curl_reason(const struct mf_call *c, const char *otherwise)
{
	long e = info(c, CURLINFO_OS_ERRNO);

	if (e && c->sends == 0)
		return strerror((int)e);
	return c->errbuf[0] ? c->errbuf : otherwise;
}

static void dns_error(struct mf_call *c)
{
	mf_fail(c->err, MF_E_HTTP_DNS, "cannot resolve the host '%.*s'", (int)c->url.host.n, c->url.host.p);
	mf_err_why(c->err, "the resolver knows no address for it");
	mf_err_hint(c->err, "check the name; in a container or behind a proxy check /etc/resolv.conf and HTTPS_PROXY");
}

static void connect_error(struct mf_call *c)
{
	mf_fail(c->err, MF_E_HTTP_CONNECT, "cannot connect to '%s'", c->origin);
	mf_err_why(c->err, "%s", curl_reason(c, "the connection was refused"));
	mf_err_hint(c->err, "check that the server listens there and that this runner may reach it (firewall, VPN, HTTPS_PROXY)");
}

static void proxy_error(struct mf_call *c)
{
	mf_fail(c->err, MF_E_HTTP_PROXY, "cannot reach '%s' through the proxy '%s'", c->origin, c->proxy_name);
	mf_err_why(c->err, "%s", curl_reason(c, "the proxy does not answer"));
	mf_err_hint(c->err, "check HTTPS_PROXY; hosts that need no proxy belong into NO_PROXY");
}

static void proxy_refused(struct mf_call *c)
{
	long code = info(c, CURLINFO_HTTP_CONNECTCODE);

	mf_fail(c->err, MF_E_HTTP_PROXY, "the proxy '%s' did not open a way to '%s'", c->proxy_name, c->origin);
	mf_err_why(c->err, "it answered %ld to CONNECT", code);
	/* tinyproxy says 401 where it should say 407 */
	mf_err_hint(c->err, code == 407 || code == 401 ? "put the proxy's user and password into HTTPS_PROXY (http://USER:PASSWORD@HOST:PORT)"
		: "ask for the host to be allowed there, or put it into NO_PROXY");
}

static curl_off_t micros(const struct mf_call *c, CURLINFO what)
{
	curl_off_t v = 0;

	return curl_easy_getinfo(c->easy, what, &v) == CURLE_OK ? v : 0;
}

static const char *phase(const struct mf_call *c)
{
	if (!c->easy)
		return c->tries ? "before the next try" : "before it was sent: the time for all requests together was over";
	if (c->sends > 0) {
		if (c->answer.complete_head)
			return "while the answer was arriving";
		return c->answer.lines ? "inside the answer's header" : "waiting for the answer";
	}
	if (micros(c, CURLINFO_NAMELOOKUP_TIME_T) == 0)
		return "resolving the host name";
	return c->h->notes[c->slot].handshake ? "in the TLS handshake" : "connecting";
}

static void timeout_error(struct mf_call *c)
{
	char spent[32];

	seconds(spent, mf_mono_ms() - c->started);
	mf_fail(c->err, MF_E_HTTP_TIMEOUT, "no answer from '%s' in time", c->origin);
	mf_err_why(c->err, "stopped after %s, %s (%zu bytes of it had come)", spent, phase(c),
		c->answer.body ? mf_secret_len(c->answer.body) : 0);
	if (!c->easy)
		return;
	mf_err_hint(c->err, c->sends ? "look at the server's load and logs" : "check that this runner may reach the server (firewall, VPN, HTTPS_PROXY)");
}

static void lost_error(struct mf_call *c)
{
	mf_fail(c->err, MF_E_HTTP_LOST, "lost the connection to '%s'", c->origin);
	mf_err_why(c->err, "%s", curl_reason(c, "it was closed before the answer's header was complete"));
	/* where the server insists on a certificate, its alert is often lost with the connection */
	if (c->h->notes[c->slot].asked)
		mf_err_hint(c->err, "the server asked for a client certificate: set VAULT_CLIENT_CERT and VAULT_CLIENT_KEY if it needs one");
	else
		mf_err_hint(c->err, "try again; if it stays, look at the server's and the load balancer's logs");
}

static void truncated_error(struct mf_call *c)
{
	mf_fail(c->err, MF_E_HTTP_TRUNCATED, "the answer of '%s' ended early", c->origin);
	mf_err_why(c->err, "%s; %zu bytes of the body had come", curl_reason(c, "the connection was closed"),
		mf_secret_len(c->answer.body));
	mf_err_hint(c->err, "try again; if it stays, look at the server's and the load balancer's logs");
}

static void name_error(struct mf_call *c)
{
	const struct mf_tls_note *note = &c->h->notes[c->slot];

	mf_fail(c->err, MF_E_HTTP_TLS_NAME, "the certificate of '%s' is for another name", c->origin);
	if (note->names[0])
		mf_err_why(c->err, "it is valid for %s", note->names);
	else
		mf_err_why(c->err, "it names no host");
	mf_err_hint(c->err, "use the name that the certificate has in the URL, or have '%.*s' added to the certificate",
		(int)c->url.host.n, c->url.host.p);
}

static void ca_error(struct mf_call *c)
{
	const struct mf_tls_note *note = &c->h->notes[c->slot];

	mf_fail(c->err, MF_E_HTTP_TLS_CA, "the certificate of '%s' comes from an unknown issuer", c->origin);
	mf_err_why(c->err, "issued by '%s' (%s); trusted are the CA certificates of %s", note->issuer,
		X509_verify_cert_error_string(note->code), c->h->ca.source);
	mf_err_hint(c->err, "name the issuer's certificate: --ca-file FILE, VAULT_CACERT, or vault.ca_file in .mayfly.yml");
}

static void tls_error(struct mf_call *c)
{
	const struct mf_tls_note *note = &c->h->notes[c->slot];

	mf_fail(c->err, MF_E_HTTP_TLS, "no TLS connection with '%s'", c->origin);
	if (note->code)
		mf_err_why(c->err, "%s, issued by '%s'", X509_verify_cert_error_string(note->code), note->issuer);
	else
		mf_err_why(c->err, "%s", curl_reason(c, "the handshake failed"));
	if (note->code == X509_V_ERR_CERT_NOT_YET_VALID)
		mf_err_hint(c->err, "check this machine's clock");
	else if (note->code == X509_V_ERR_CERT_HAS_EXPIRED)
		mf_err_hint(c->err, "the server's certificate has to be renewed");
	else if (says(c, "wrong version number"))
		mf_err_hint(c->err, "that port seems to speak plain http: check the port, or the scheme of the URL");
	else
		mf_err_hint(c->err, "TLS 1.2 or newer is needed; check the port and the server's TLS settings");
}

static void client_cert_error(struct mf_call *c)
{
	mf_fail(c->err, MF_E_HTTP_CLIENT_CERT, "the client certificate for '%s' cannot be used", c->origin);
	mf_err_why(c->err, "%s", curl_reason(c, "the server turned it down"));
	mf_err_hint(c->err, c->h->cert ? "check that certificate and key belong together, that the key has no passphrase, and that the server trusts the issuer"
		: "the server asks for a client certificate: set VAULT_CLIENT_CERT and VAULT_CLIENT_KEY");
}

static void size_error(struct mf_call *c)
{
	mf_fail(c->err, MF_E_HTTP_BODY_LIMIT, "the answer of '%s' is too large", c->origin);
	mf_err_why(c->err, "more than %zu bytes", c->h->conf.max_body);
	mf_err_hint(c->err, "check that the URL leads to the server that is meant");
}

static void malformed_error(struct mf_call *c)
{
	mf_fail(c->err, MF_E_HTTP_MALFORMED, "'%s' does not answer in HTTP", c->origin);
	if (c->answer.reject == MF_REJECT_HEADER)
		mf_err_why(c->err, "its header is longer than %d lines or %d bytes", MF_NET_HEADERS, MF_NET_HEADER_BYTES);
	else
		mf_err_why(c->err, "%s", curl_reason(c, "the answer cannot be read"));
	mf_err_hint(c->err, "check host and port: is it the server that is meant?");
}

static void fill(struct mf_call *c, enum mf_fault f)
{
	switch (f) {
	case MF_FAULT_NONE: case MF_FAULT_MEMORY:
		mf_fail_nomem(c->err);
		break;
	case MF_FAULT_DNS:
		dns_error(c);
		break;
	case MF_FAULT_CONNECT:
		connect_error(c);
		break;
	case MF_FAULT_PROXY:
		proxy_error(c);
		break;
	case MF_FAULT_PROXY_REFUSED:
		proxy_refused(c);
		break;
	case MF_FAULT_TIMEOUT:
		timeout_error(c);
		break;
	case MF_FAULT_LOST: case MF_FAULT_TLS_LOST:
		lost_error(c);
		break;
	case MF_FAULT_TRUNCATED:
		truncated_error(c);
		break;
	case MF_FAULT_TLS_NAME:
		name_error(c);
		break;
	case MF_FAULT_TLS_CA:
		ca_error(c);
		break;
	case MF_FAULT_TLS:
		tls_error(c);
		break;
	case MF_FAULT_CLIENT_CERT:
		client_cert_error(c);
		break;
	case MF_FAULT_SIZE:
		size_error(c);
		break;
	case MF_FAULT_MALFORMED:
		malformed_error(c);
		break;
	}
}

void mf_fault_error(struct mf_call *c, enum mf_fault f)
{
	fill(c, f);
	mf_call_sent(c);
	if (c->sends > 0 && c->req->retry != MF_RETRY_SAFE)
		mf_err_note(c->err, "the server may have carried the request out; it was not sent again");
	c->err->retryable = f == MF_FAULT_DNS || f == MF_FAULT_CONNECT || f == MF_FAULT_PROXY || f == MF_FAULT_TIMEOUT
		|| f == MF_FAULT_LOST || f == MF_FAULT_TLS_LOST || f == MF_FAULT_TRUNCATED;
}
