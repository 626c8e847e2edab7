/* SPDX-License-Identifier: Apache-2.0 */
/* OpenSSH's certificates (PROTOCOL.certkeys): "ssh-ed25519-cert-v01@openssh.com AAAA... comment". */
#include "life_priv.h"

#include <inttypes.h>
#include <mayfly/secret.h>

enum { USER = 1, HOST = 2, LONGEST = 64 * 1024 };

struct cursor {
	const unsigned char *p;
	size_t n;
};

static bool number(uint64_t *out, size_t bytes, struct cursor *c)
{
	if (c->n < bytes)
		return false;
	*out = 0;
	for (size_t i = 0; i < bytes; i++)
		*out = *out << 8 | c->p[i];
	c->p += bytes;
	c->n -= bytes;
	return true;
}

static bool string(struct mf_str *out, struct cursor *c)
{
	uint64_t n;

	if (!number(&n, 4, c) || n > c->n)
		return false;
	*out = (struct mf_str){ .p = (const char *)c->p, .n = (size_t)n };
	c->p += n;
	c->n -= (size_t)n;
	return true;
}

/* How many strings the public key has in a certificate of this kind; 0: not known. */
static unsigned key_fields(struct mf_str kind)
{
	static const struct { const char *kind; unsigned n; } kinds[] = {
		{ "ssh-ed25519-cert-v01@openssh.com", 1 }, { "sk-ssh-ed25519-cert-v01@openssh.com", 2 }, { "ssh-rsa-cert-v01@openssh.com", 2 },
		{ "rsa-sha2-256-cert-v01@openssh.com", 2 }, { "rsa-sha2-512-cert-v01@openssh.com", 2 }, { "ssh-dss-cert-v01@openssh.com", 4 },
		{ "ecdsa-sha2-nistp256-cert-v01@openssh.com", 2 }, { "ecdsa-sha2-nistp384-cert-v01@openssh.com", 2 },
		{ "ecdsa-sha2-nistp521-cert-v01@openssh.com", 2 }, { "sk-ecdsa-sha2-nistp256-cert-v01@openssh.com", 3 },
	};

	for (size_t i = 0; i < MF_COUNT(kinds); i++)
		if (mf_str_is(kind, kinds[i].kind))
			return kinds[i].n;
	return 0;
}

struct cert {
	uint64_t type, after, before;
	struct mf_str id, principals;
};

static bool read_cert(struct cert *out, struct mf_str kind, struct cursor c)
{
	struct mf_str inner, skipped;
	uint64_t serial;

	if (!string(&inner, &c) || !mf_str_eq(inner, kind) || !string(&skipped, &c))
		return false;
	for (unsigned i = key_fields(kind); i > 0; i--)
		if (!string(&skipped, &c))
			return false;
	return number(&serial, 8, &c) && number(&out->type, 4, &c) && string(&out->id, &c) && string(&out->principals, &c) && number(&out->after, 8, &c) &&
	       number(&out->before, 8, &c);
}

/* The first of them; an empty list is for everybody. */
static void tell_principal(struct mf_lf *in, struct mf_str list)
{
	struct cursor c = { .p = (const unsigned char *)list.p, .n = list.n };
	struct mf_str name;

	if (!string(&name, &c)) {
		mf_lf_note(in, "for every account: it names none");
		return;
	}
	mf_lf_account(in, "%s %.*s%s", in->out->class == MF_LC_TLS ? "host" : "account", (int)(name.n < 60 ? name.n : 60), name.p, c.n ? " and others" : "");
}

static int tell(struct mf_lf *in, const struct cert *c)
{
	/* a host's proves a server's name to a client, as a TLS certificate does, and lives as one */
	if (c->type == HOST)
		mf_lf_is(in, "ssh-host-certificate", "an SSH host certificate", MF_LC_TLS);
	else
		mf_lf_is(in, "ssh-user-certificate", "an SSH user certificate", in->hint->person ? MF_LC_SSH_PERSON : MF_LC_SSH);
	mf_lf_subject(in, c->id);
	tell_principal(in, c->principals);
	if (c->before == UINT64_MAX)
		in->out->issued = c->after <= INT64_MAX ? (int64_t)c->after : 0;
	if (c->before == UINT64_MAX)
		return mf_lf_static(in);
	/* 0 is "always" for the beginning; an end beyond int64_t is as good as the last second of it */
	mf_lf_measured(in, c->after <= INT64_MAX ? (int64_t)c->after : INT64_MAX,
		c->before == 0 ? 1 : c->before <= INT64_MAX ? (int64_t)c->before : INT64_MAX);
	if (in->out->flags & MF_LIFE_ABSURD)
		mf_lf_note(in, "its dates cannot be meant");
	return 1;
}

int mf_lf_ssh_cert(struct mf_lf *in)
{
	struct mf_str rest, kind = mf_lf_split(in->v, ' ', &rest), body = mf_lf_split(rest, ' ', &rest);
	unsigned char *raw = NULL;
	struct cert c = { 0 };
	size_t n = 0;
	int rc;

	if (!key_fields(kind) || body.n > LONGEST)
		return 0;
	rc = mf_lf_b64(&raw, &n, mf_lf_split(body, '\n', &rest), in->err);
	if (rc <= 0)
		return rc;
	if (read_cert(&c, kind, (struct cursor){ .p = raw, .n = n }) && (c.type == USER || c.type == HOST))
		rc = tell(in, &c);
	else
		rc = 0;
	mf_wipe_free(raw, n);
	return rc;
}
