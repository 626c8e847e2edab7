/* SPDX-License-Identifier: Apache-2.0 */
/* URLs as this program needs them (RFC 3986): taken apart, checked, put together. Above both branches. */
#ifndef MAYFLY_URL_H
#define MAYFLY_URL_H

#include <mayfly/buf.h>

/* Views into the text that was parsed; path is "/" when there is none, an IPv6 host has no brackets. */
struct mf_url {
	struct mf_str scheme, host, path, query, fragment;	/* path with its '/', query without '?' */
	uint16_t port;						/* the scheme's default when absent */
	bool loopback;						/* 127.0.0.0/8, ::1 or localhost */
	bool link_local;					/* 169.254.0.0/16 (RFC 3927): a machine's metadata service */
};

/* http and https only; user info, control characters, spaces and empty hosts are refused (MF-URL-01). */
int mf_url_parse(struct mf_url *out, const char *url, struct mf_err *err) MF_MUST_USE;

/* "host", "host:8443", "[::1]:8443": as it stands in a URL and in a Host header, with the port where it is not the scheme's own. Cut to its room. */
enum { MF_URL_HOST = 300 };
void mf_url_host(char out[static MF_URL_HOST], const struct mf_url *u);

/* Same scheme, host (caseless) and port. */
bool mf_url_same_origin(const struct mf_url *a, const struct mf_url *b);

/* Appends one path segment, or a path whose '/' are kept, percent-encoded; no '/' is put before it. "." and ".."
 * segments are refused (MF-URL-01). */
int mf_url_add_segment(struct mf_buf *url, struct mf_str segment, struct mf_err *err) MF_MUST_USE;
int mf_url_add_path(struct mf_buf *url, struct mf_str path, struct mf_err *err) MF_MUST_USE;

/* Appends "?name=value" or "&name=value", encoded. */
int mf_url_add_query(struct mf_buf *url, const char *name, struct mf_str value, struct mf_err *err) MF_MUST_USE;

#endif
