/* SPDX-License-Identifier: Apache-2.0 */
/* The forms that a subject takes. GitHub: repo:OWNER/REPO and what the job is of, an environment before a pull request before the ref; with ids behind both names where the
 * repository is of July 2026 or later; or a template of the repository's own. GitLab: the project's path and the ref. */
#include "trust_priv.h"

#include <stdio.h>

struct forms {
	struct mf_sub_form *v;
	size_t n;
	struct mf_str actual;
};

/* GitHub writes a ':' in a value as %3A. */
static void put(char *out, size_t size, struct mf_str s, bool escape)
{
	size_t n = strlen(out);

	for (size_t i = 0; i < s.n && n + 4 < size; i++) {
		if (escape && s.p[i] == ':') {
			memcpy(out + n, "%3A", 3);
			n += 3;
		} else {
			out[n++] = s.p[i];
		}
	}
	out[n] = '\0';
}

static struct mf_sub_form *begin(struct forms *f, const char *name)
{
	struct mf_sub_form *form = f->n < MF_SUB_FORMS ? &f->v[f->n++] : NULL;

	if (form)
		*form = (struct mf_sub_form){ .name = name };
	return form;
}

static void end(struct forms *f, struct mf_sub_form *form)
{
	form->ours = mf_str_is(f->actual, form->sub);
	for (size_t i = 0; i + 1 < f->n; i++)
		if (strcmp(f->v[i].sub, form->sub) == 0) {
			f->n--;
			return;
		}
}

/* -- GitHub ----------------------------------------------------------------------------------------------- */

struct github {
	struct mf_str owner, name, owner_id, id, ref, environment, workflow;
};

static void repository(char *out, size_t size, const struct github *g, bool ids)
{
	put(out, size, mf_str("repo:"), false);
	put(out, size, g->owner, false);
	if (ids) {
		put(out, size, mf_str("@"), false);
		put(out, size, g->owner_id.n ? g->owner_id : mf_str("<owner id>"), false);
	}
	put(out, size, mf_str("/"), false);
	put(out, size, g->name, false);
	if (ids) {
		put(out, size, mf_str("@"), false);
		put(out, size, g->id.n ? g->id : mf_str("<id>"), false);
	}
}

static void github_form(struct forms *f, const char *name, const struct github *g, bool ids, const char *part, struct mf_str value, bool template)
{
	struct mf_sub_form *form = begin(f, name);

	if (!form)
		return;
	repository(form->sub, sizeof(form->sub), g, ids);
	put(form->sub, sizeof(form->sub), mf_str(part), false);
	put(form->sub, sizeof(form->sub), value, true);
	form->template = template || (ids && (!g->owner_id.n || !g->id.n));
	end(f, form);
}

static void github_forms(struct forms *f, const struct github *g, bool ids)
{
	static const char *const names[][5] = {
		{ "branch", "tag", "pull request", "environment", "reusable workflow" },
		{ "branch, with ids", "tag, with ids", "pull request, with ids", "environment, with ids", "reusable workflow, with ids" },
	};
	const bool tag = mf_str_begins(g->ref, "refs/tags/"), branch = mf_str_begins(g->ref, "refs/heads/");

	github_form(f, names[ids][0], g, ids, ":ref:", branch ? g->ref : mf_str("refs/heads/<branch>"), !branch);
	github_form(f, names[ids][1], g, ids, ":ref:", tag ? g->ref : mf_str("refs/tags/<tag>"), !tag);
	github_form(f, names[ids][2], g, ids, ":pull_request", mf_str(""), false);
	github_form(f, names[ids][3], g, ids, ":environment:", g->environment.n ? g->environment : mf_str("<environment>"), !g->environment.n);
	if (g->workflow.n)
		github_form(f, names[ids][4], g, ids, ":job_workflow_ref:", g->workflow, false);
}

static void github(struct forms *f, const struct mf_claims *c)
{
	const struct mf_str whole = mf_claim(c, "repository");
	const char *slash = memchr(whole.p, '/', whole.n);
	struct github g = {
		.owner_id = mf_claim(c, "repository_owner_id"), .id = mf_claim(c, "repository_id"), .ref = mf_claim(c, "ref"), .environment = mf_claim(c, "environment"),
		.workflow = mf_claim(c, "job_workflow_ref"),
	};
	/* a server of one's own has no ids in its subjects, unless the token shows that it has */
	const bool cloud = mf_str_begins(c->iss, "https://token.actions.") || c->iss.n == 0 || memchr(c->sub.p, '@', c->sub.n);

	if (!slash)
		return;
	g.owner = (struct mf_str){ whole.p, (size_t)(slash - whole.p) };
	g.name = (struct mf_str){ slash + 1, whole.n - g.owner.n - 1 };
	github_forms(f, &g, false);
	if (cloud)
		github_forms(f, &g, true);
}

/* -- GitLab ----------------------------------------------------------------------------------------------- */

static void gitlab_form(struct forms *f, const char *name, struct mf_str path, const char *type, struct mf_str ref, bool template)
{
	struct mf_sub_form *form = begin(f, name);

	if (!form)
		return;
	put(form->sub, sizeof(form->sub), mf_str("project_path:"), false);
	put(form->sub, sizeof(form->sub), path, false);
	put(form->sub, sizeof(form->sub), mf_str(type), false);
	put(form->sub, sizeof(form->sub), ref, false);
	form->template = template;
	end(f, form);
}

static void gitlab(struct forms *f, const struct mf_claims *c)
{
	const struct mf_str path = mf_claim(c, "project_path"), ref = mf_claim(c, "ref");
	const bool tag = mf_str_is(mf_claim(c, "ref_type"), "tag"), known = ref.n > 0;

	gitlab_form(f, "branch", path, ":ref_type:branch:ref:", known && !tag ? ref : mf_str("<branch>"), tag || !known);
	gitlab_form(f, "tag", path, ":ref_type:tag:ref:", known && tag ? ref : mf_str("<tag>"), !tag || !known);
}

size_t mf_trust_subs(struct mf_sub_form out[static MF_SUB_FORMS], const struct mf_claims *claims)
{
	struct forms f = { .v = out, .actual = claims->sub };
	bool ours = false;

	if (mf_claim(claims, "repository").n)
		github(&f, claims);
	else if (mf_claim(claims, "project_path").n)
		gitlab(&f, claims);
	for (size_t i = 0; i < f.n; i++)
		ours |= out[i].ours;
	/* a template of the repository's or the organization's own decides about it */
	if (!ours && claims->sub.n) {
		struct mf_sub_form *form;

		if (f.n == MF_SUB_FORMS)
			f.n--;
		form = begin(&f, f.n ? "custom" : "this token's");
		mf_diff_put(form->sub, sizeof(form->sub), claims->sub);
		form->ours = true;
	}
	return f.n;
}
