/* SPDX-License-Identifier: Apache-2.0 */
/* JSON Web Tokens (RFC 7519), and tokens that carry one. */
#include "verify_priv.h"

struct parts {
	struct mf_str header, payload, signature;
	size_t n;		/* how many: 3 signed, 5 encrypted */
};

static struct parts take_apart(struct mf_str s)
{
	struct parts p = { 0 };
	struct mf_str rest = s, part;

	while (rest.p && p.n < 6) {
		bool more = mf_v_has(rest, ".");

		part = mf_v_split(rest, '.', &rest);
		if (p.n == 0)
			p.header = part;
		else if (p.n == 1)
			p.payload = part;
		else
			p.signature = part;
		p.n++;
		if (!more)
			break;
	}
	return p;
}

/* How many bytes a signature has (RFC 7518 section 3.1); RSA's are as long as the key. */
static bool signature_fits(struct mf_str alg, struct mf_str signature)
{
	static const struct { const char *alg; size_t n; } sizes[] = {
		{ "HS256", 32 }, { "HS384", 48 }, { "HS512", 64 }, { "ES256", 64 }, { "ES256K", 64 }, { "ES384", 96 }, { "ES512", 132 }, { "EdDSA", 64 },
	};
	size_t bytes = signature.n / 4 * 3 + (signature.n % 4 ? signature.n % 4 - 1 : 0);

	if (!mf_v_all(signature, mf_b64_digit))
		return false;
	for (size_t i = 0; i < MF_COUNT(sizes); i++)
		if (mf_str_is(alg, sizes[i].alg))
			return bytes == sizes[i].n || (mf_str_is(alg, "EdDSA") && bytes == 114);
	if (mf_str_begins(alg, "RS") || mf_str_begins(alg, "PS"))
		return bytes >= 64;
	return bytes >= 16;
}

/* What manuals print: jwt.io's people, the tokens of RFC 7515 and RFC 7519, Supabase's own demo. */
static bool printed(const struct mf_json *doc, const struct mf_jnode *root)
{
	struct mf_str name = mf_v_member(doc, root, "name"), sub = mf_v_member(doc, root, "sub"), iss = mf_v_member(doc, root, "iss");

	if (mf_str_is(sub, "1234567890") && (name.n == 0 || mf_str_is(name, "John Doe") || mf_str_is(name, "Jane Doe") || mf_str_is(name, "John")))
		return true;
	if (mf_str_is(iss, "joe") && mf_json_get_z(root, "http://example.com/is_root"))
		return true;
	return mf_str_is(iss, "supabase-demo") || (mf_str_is(name, "John Doe") && mf_json_size(root) <= 3);
}

static void tell(const struct mf_vin *in, const struct mf_json *doc, const struct mf_jnode *root)
{
	struct mf_str iss = mf_v_member(doc, root, "iss");

	if (iss.n)
		mf_v_account(in, "issuer %.*s", MF_V_ARG(iss));
	in->facts->issued = mf_v_seconds(doc, root, "iat");
	in->facts->expires = mf_v_seconds(doc, root, "exp");
	if (mf_str_is(iss, "supabase") && mf_str_is(mf_v_member(doc, root, "role"), "anon"))
		mf_v_note(in, "a Supabase anon key: meant to be public");
	else if (mf_str_is(iss, "supabase") && mf_str_is(mf_v_member(doc, root, "role"), "service_role"))
		mf_v_note(in, "a Supabase service key: it passes every row rule");
	else if (mf_str_begins(iss, "kubernetes/serviceaccount"))
		mf_v_note(in, "a Kubernetes service account's token");
	else if (in->facts->expires == 0)
		mf_v_note(in, "it never expires");
}

static enum mf_verdict_format signed_token(const struct mf_vin *in, const struct parts *p, struct mf_str alg)
{
	MF_CLEANUP(mf_json_freep) struct mf_json *doc = NULL;
	enum mf_v_json got = mf_v_json_b64(&doc, p->payload);

	if (got != MF_V_JSON_OK || mf_json_type(mf_json_root(doc)) != MF_J_OBJECT)
		return mf_v_no_json(got);
	tell(in, doc, mf_json_root(doc));
	if (printed(doc, mf_json_root(doc)))
		return mf_v_harmless(in, "an example of a manual");
	if (mf_str_is(alg, "none") || mf_str_is(alg, "None") || mf_str_is(alg, "NONE"))
		return mf_v_harmless(in, "unsecured: anybody can make it");
	return signature_fits(alg, p->signature) ? MF_FORMAT_VERIFIED : MF_FORMAT_BROKEN;
}

static enum mf_verdict_format judge(const struct mf_vin *in, struct mf_str token)
{
	MF_CLEANUP(mf_json_freep) struct mf_json *header = NULL;
	struct parts p = take_apart(token);
	enum mf_v_json got;
	struct mf_str alg;

	if (p.n != 3 && p.n != 5)
		return MF_FORMAT_BROKEN;
	got = mf_v_json_b64(&header, p.header);
	if (got != MF_V_JSON_OK)
		return mf_v_no_json(got);
	alg = mf_v_member(header, mf_json_root(header), "alg");
	if (alg.n == 0)
		return MF_FORMAT_BROKEN;
	if (p.n == 3)
		return signed_token(in, &p, alg);
	mf_v_note(in, "encrypted: its claims cannot be read");
	return mf_v_member(header, mf_json_root(header), "enc").n ? MF_FORMAT_VERIFIED : MF_FORMAT_BROKEN;
}

enum mf_verdict_format mf_vc_jwt(const struct mf_vin *in)
{
	return judge(in, in->secret);
}

/* ghs_APPID_JWT: stateless, an hour long. */
enum mf_verdict_format mf_vc_github_app_jwt(const struct mf_vin *in)
{
	struct mf_str token, app = mf_v_split(mf_v_from(in->secret, 4), '_', &token);
	enum mf_verdict_format f;

	if (!mf_v_digits(app) || app.n > 18)
		return MF_FORMAT_BROKEN;
	f = judge(in, token);
	mf_v_account(in, "app %.*s", MF_V_ARG(app));
	mf_v_note(in, "a GitHub App's installation token: it lives an hour");
	return f;
}
