/* SPDX-License-Identifier: Apache-2.0 */
/* mayfly doctor: the identity that this job has, the forms that its subject may take, and whether a trust admits it. */
#include "commands.h"
#include "doctor.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>
#include <mayfly/alloc.h>
#include <mayfly/clock.h>
#include <mayfly/fs.h>
#include <mayfly/text.h>

enum { INPUT_MAX = 2 << 20, OUTPUT_MAX = 8 << 20 };

struct own_opts {
	const char *trust, *trust_text, *claims;
	bool online;
};

static const struct mf_opt opts[] = {
	{ .kind = MF_OPT_VALUE, .name = "trust", .arg = "FILE", .brief = "compare with the trust in FILE, - for standard input: JSON as the server's own tool prints it, or Google's attribute "
	  "condition", .offset = offsetof(struct own_opts, trust) },
	{ .kind = MF_OPT_VALUE, .name = "trust-text", .arg = "TEXT", .brief = "compare with this trust", .offset = offsetof(struct own_opts, trust_text) },
	{ .kind = MF_OPT_SWITCH, .name = "online", .brief = "compare with the trust that the server has, where the login may read it", .offset = offsetof(struct own_opts, online) },
	{ .kind = MF_OPT_VALUE, .name = "claims", .arg = "FILE", .brief = "take the claims (JSON) in FILE, - for standard input, instead of this job's",
	  .offset = offsetof(struct own_opts, claims) },
	MF_OPTS_VAULT,
	MF_OPTS_AWS,
	MF_OPTS_GCP,
	MF_OPTS_AZURE,
	MF_OPTS_IDENTITY,
	MF_OPTS_NET,
	{ .kind = MF_OPT_END },
};

/* -- inputs ----------------------------------------------------------------------------------------------- */

static int read_stdin(struct mf_buf *out, struct mf_err *err)
{
	char piece[4096];
	ssize_t n;

	while ((n = mf_fs_read_fd(STDIN_FILENO, piece, sizeof(piece))) > 0)
		if (mf_buf_add(out, piece, (size_t)n, err))
			return -1;
	return n < 0 ? mf_fail_errno(err, MF_E_FS_READ, errno, "standard input cannot be read") : 0;
}

static int read_input(struct mf_buf *out, const char *path, struct mf_err *err)
{
	*out = MF_BUF(INPUT_MAX);
	return strcmp(path, "-") == 0 ? read_stdin(out, err) : mf_fs_read(out, path, err);
}

static int find_provider(struct mf_doctor *d, const char *name, struct mf_err *err)
{
	static const struct { const struct mf_provider *provider; enum mf_trust_kind kind; } kinds[] = {
		{ &mf_provider_vault, MF_TRUST_VAULT }, { &mf_provider_aws, MF_TRUST_AWS }, { &mf_provider_gcp, MF_TRUST_GCP }, { &mf_provider_azure, MF_TRUST_AZURE },
	};

	for (size_t i = 0; i < MF_COUNT(kinds); i++)
		if (strcmp(kinds[i].provider->name, name) == 0) {
			d->provider = kinds[i].provider;
			d->kind = kinds[i].kind;
			return 0;
		}
	mf_fail(err, MF_E_OPT_VALUE, "there is no provider '%.40s'", name);
	mf_err_hint(err, "mayfly doctor takes vault, aws, gcp or azure");
	return -1;
}

static int check_opts(const struct mf_doctor *d, const struct own_opts *o, struct mf_err *err)
{
	const int trusts = !!o->trust + !!o->trust_text + o->online;

	if (trusts > 1)
		return mf_fail(err, MF_E_OPT_VALUE, "one trust at a time: --trust, --trust-text or --online");
	if (o->trust && o->claims && strcmp(o->trust, "-") == 0 && strcmp(o->claims, "-") == 0)
		return mf_fail(err, MF_E_OPT_VALUE, "standard input is one thing: the trust or the claims");
	if (trusts && !d->provider) {
		mf_fail(err, MF_E_OPT_VALUE, "whose trust is it?");
		mf_err_hint(err, "mayfly doctor vault|aws|gcp|azure --trust FILE");
		return -1;
	}
	return 0;
}

/* -- all of it -------------------------------------------------------------------------------------------- */

static int get_claims(struct mf_doctor *d, const struct own_opts *o, struct mf_err *err)
{
	struct mf_buf text;
	int rc;

	if (!o->claims)
		return mf_doctor_identity(d, err);
	d->source = "the claims that were given";
	rc = read_input(&text, o->claims, err) || mf_claims_parse(&d->claims, (struct mf_str){ text.p, text.n }, err) ? -1 : 0;
	mf_buf_free(&text);
	if (rc)
		mf_err_wrap(err, "the claims in '%s'", o->claims);
	return rc;
}

static int get_trust(struct mf_doctor *d, const struct own_opts *o, struct mf_err *err)
{
	struct mf_buf text = MF_BUF(INPUT_MAX);
	int rc;

	if (o->trust)
		rc = read_input(&text, o->trust, err);
	else if (o->trust_text)
		rc = mf_buf_puts(&text, o->trust_text, err);
	else if (o->online)
		rc = mf_doctor_fetch(d, &text, err);
	else
		return 0;
	if (rc == 0)
		rc = mf_trust_read(&d->trust, d->kind, (struct mf_str){ text.p, text.n }, err) || mf_trust_compare(d->trust, &d->claims, err) ? -1 : 0;
	mf_buf_free(&text);
	return rc;
}

static int verdict(const struct mf_doctor *d, struct mf_err *err)
{
	const struct mf_diff *v;
	size_t n, i = 0;

	if (!d->trust || mf_trust_admits(d->trust))
		return 0;
	v = mf_trust_diffs(d->trust, &n);
	while (i + 1 < n && v[i].kind != MF_DIFF_NO)
		i++;
	mf_fail(err, MF_E_TRUST_DIFFERS, "the trust does not admit this job");
	if (n)
		mf_err_why(err, "%s%s%s", v[i].claim[0] ? v[i].claim : "", v[i].claim[0] ? " differs" : v[i].why, v[i].claim[0] && v[i].why[0] ? ": " : "");
	if (n && v[i].claim[0] && v[i].why[0])
		mf_err_why(err, "%s: %s", v[i].claim, v[i].why);
	return -1;
}

static int run(struct mf_env *env, const struct mf_args *args, struct mf_err *err)
{
	const struct own_opts *o = env->opts;
	struct mf_doctor d = { .env = env };
	int rc = args->n ? find_provider(&d, args->v[0], err) : 0;

	if (rc == 0)
		rc = check_opts(&d, o, err) || get_claims(&d, o, err) || get_trust(&d, o, err) || mf_doctor_report(&d, err) || verdict(&d, err) ? -1 : 0;
	mf_trust_free(d.trust);
	if (d.who.token)
		mf_identity_free(&d.who);
	else
		mf_claims_free(&d.claims);
	return rc;
}

const struct mf_cmd mf_cmd_doctor = {
	.name = "doctor",
	.args = "[vault|aws|gcp|azure]",
	.brief = "show this job's identity, and compare it with the trust that is to admit it",
	.about =
		"Shows the claims of the job's identity token and every form that its subject may take: of a branch, a tag, a pull request, an environment, with and without ids. With a provider and "
		"a trust it says which claim differs and why (the case of letters, a slash, a wildcard where none is known, an audience, a subject that is too long), and writes the trust such that it "
		"admits this job. Without a trust it writes one for exactly this job. Outside of a job the claims are predicted from the repository. Nothing is exported, and the token is not shown.",
	.example =
		"mayfly doctor\n"
		"aws iam get-role --role-name deploy | mayfly doctor aws --trust -\n"
		"mayfly doctor gcp --trust-text \"assertion.repository == 'Acme/shop'\"\n"
		"mayfly doctor vault --online --vault-url https://vault.example.com --vault-role ci\n",
	.opts = opts,
	.opts_size = sizeof(struct own_opts),
	.needs = MF_NEEDS_NET | MF_NEEDS_TOKEN | MF_NEEDS_CONF,
	.prints = true,
	.run = run,
};
