/* SPDX-License-Identifier: Apache-2.0 */
/* GitLab CI: each job by itself, with what it extends in the same file; local includes as if they were written here. */
#include "ci.h"

#include <fnmatch.h>
#include <stdlib.h>
#include <mayfly/alloc.h>

enum { INCLUDES = 64, EXTENDS = 11, LOOKUPS = 1000 };

static bool wants(const char *path)
{
	const bool yaml = mf_dc_ends(path, ".yml") || mf_dc_ends(path, ".yaml");

	return mf_dc_is(path, ".gitlab-ci.yml") || mf_dc_ends(path, ".gitlab-ci.yml") || mf_dc_ends(path, ".gitlab-ci.yaml") ||
		(yaml && (strncmp(path, ".gitlab/ci/", 11) == 0 || strncmp(path, ".gitlab-ci/", 11) == 0));
}

static bool reserved(struct mf_str key)
{
	static const char *const words[] = { "workflow", "include", "stages", "image", "services", "cache", "spec", "variables" };

	for (size_t i = 0; i < MF_COUNT(words); i++)
		if (mf_str_is(key, words[i]))
			return true;
	return false;
}

static size_t member(const struct mf_ynode *n, struct mf_str key)
{
	for (size_t i = 0; i < mf_yaml_size(n); i++)
		if (mf_str_eq(mf_dc_text(mf_yaml_key_at(n, i)), key))
			return i;
	return SIZE_MAX;
}

/* secrets: fetches for the job what it names. */
static bool logs_in(const struct mf_ynode *job, size_t *bytes)
{
	return mf_dc_get(job, "secrets") || mf_dc_node_identity(job, bytes, 0);
}

/* The jobs of one file: whether each logs in by itself, and how many names are still looked up. */
struct jobs {
	const struct mf_ynode *root;
	bool *own;
	unsigned left;
};

static bool inherits(struct jobs *all, size_t job, unsigned depth)
{
	const struct mf_ynode *e;
	size_t n;

	if (job == SIZE_MAX || all->own[job])
		return job != SIZE_MAX;
	e = mf_dc_get(mf_yaml_at(all->root, job), "extends");
	n = e && mf_yaml_type(e) == MF_Y_SEQ ? mf_yaml_size(e) : 1;
	for (size_t i = 0; e && i < n && depth < EXTENDS && all->left; i++) {
		all->left--;
		if (inherits(all, member(all->root, mf_dc_text(mf_yaml_type(e) == MF_Y_SEQ ? mf_yaml_at(e, i) : e)), depth + 1))
			return true;
	}
	return false;
}

static int each(struct jobs *all, const struct mf_dc_job *like, struct mf_err *err)
{
	size_t bytes = *like->bytes;

	for (size_t i = 0; i < mf_yaml_size(all->root); i++)
		all->own[i] = logs_in(mf_yaml_at(all->root, i), &bytes);
	for (size_t i = 0; i < mf_yaml_size(all->root); i++) {
		const struct mf_str key = mf_dc_text(mf_yaml_key_at(all->root, i));
		struct mf_dc_job j = *like;

		if (reserved(key) && !mf_str_is(key, "variables"))
			continue;
		mf_dc_job_name(&j, key);
		j.oidc |= inherits(all, i, 0);
		if (mf_dc_walk(&j, mf_yaml_at(all->root, i), key, mf_str_is(key, "variables"), err))
			return -1;
	}
	return 0;
}

static int jobs(const struct mf_dc_file *f, const struct mf_ynode *root, bool oidc, size_t first, struct mf_check *c, struct mf_err *err)
{
	size_t bytes = MF_DC_TEXT;
	unsigned left = MF_DC_PER_FILE;
	const struct mf_dc_job like = { .file = f, .c = c, .ci = MF_CI_GITLAB, .oidc = oidc, .first = first, .bytes = &bytes, .left = &left };
	struct jobs all = { .root = root, .left = LOOKUPS };
	int rc;

	if (mf_yaml_type(root) != MF_Y_MAP || !mf_yaml_size(root))
		return 0;
	all.own = mf_calloc(mf_yaml_size(root), sizeof(*all.own));
	if (!all.own)
		return mf_fail_nomem(err);
	rc = each(&all, &like, err);
	free(all.own);
	return rc;
}

static bool by_identity(const struct mf_ynode *root)
{
	size_t bytes = MF_DC_TEXT;

	return mf_dc_get(mf_dc_get(root, "default"), "id_tokens") || mf_dc_node_identity(mf_dc_get(root, "default"), &bytes, 0);
}

/* -- reading ----------------------------------------------------------------------------------------- */

/* GitLab's own tag marks a list of names that stands for another job's part; the YAML reader knows the tags of YAML only. Blanks keep the columns. */
static int parse(struct mf_yaml **out, const struct mf_dc_file *f, struct mf_err *why, struct mf_err *err)
{
	char *text = mf_calloc(f->bytes.n + 1, 1);
	int rc;

	if (!text)
		return mf_fail_nomem(err);
	if (f->bytes.n)
		memcpy(text, f->bytes.p, f->bytes.n);
	mf_yaml_blank_tag(text, f->bytes.n, "!reference");
	mf_yaml_blank_header(text, f->bytes.n, "spec");
	rc = mf_yaml_parse(out, f->path, text, f->bytes.n, why);
	free(text);
	if (rc == 0)
		return 0;
	*out = NULL;
	if (why->id && strcmp(why->id, mf_error_id(MF_E_BASE_NOMEM)) == 0) {
		*err = *why;
		return -1;
	}
	return 0;
}

/* -- includes --------------------------------------------------------------------------------------- */

struct files {
	const struct mf_declared *d;
	const struct mf_dc_file *seen[INCLUDES];
	size_t n, first;
	bool oidc;
	bool more;		/* than INCLUDES files */
	bool elsewhere;		/* something was included that is not in the repository */
};

static int one(struct files *all, const struct mf_dc_file *f, struct mf_check *c, struct mf_err *err);

static int named(struct files *all, struct mf_str local, struct mf_check *c, struct mf_err *err)
{
	char name[512];

	while (local.n && local.p[0] == '/') {
		local.p++;
		local.n--;
	}
	if (!local.n || local.n >= sizeof(name) || memchr(local.p, '$', local.n) || memchr(local.p, '\0', local.n))
		return 0;
	memcpy(name, local.p, local.n);
	name[local.n] = '\0';
	if (!strchr(name, '*')) {
		const struct mf_dc_file *f = mf_dc_find(all->d, name);

		return f ? one(all, f, c, err) : 0;
	}
	for (size_t i = 0; i < all->d->n && !all->more; i++)
		if (fnmatch(name, all->d->v[i].path, strstr(name, "**") ? 0 : FNM_PATHNAME) == 0 && one(all, &all->d->v[i], c, err))
			return -1;
	return 0;
}

/* What another project, a component, a template or an address brings in is not in this repository. */
static bool elsewhere(const struct mf_ynode *e, struct mf_str text)
{
	static const char *const keys[] = { "project", "component", "template", "remote" };

	for (size_t i = 0; i < MF_COUNT(keys); i++)
		if (mf_dc_get(e, keys[i]))
			return true;
	return mf_dc_has(text, "://");
}

static int includes(struct files *all, const struct mf_ynode *root, struct mf_check *c, struct mf_err *err)
{
	const struct mf_ynode *inc = mf_dc_get(root, "include");
	const bool list = inc && mf_yaml_type(inc) == MF_Y_SEQ;

	for (size_t i = 0; inc && i < (list ? mf_yaml_size(inc) : 1) && !all->more; i++) {
		const struct mf_ynode *e = list ? mf_yaml_at(inc, i) : inc;
		const struct mf_str text = mf_yaml_type(e) == MF_Y_MAP ? mf_dc_text(mf_dc_get(e, "local")) : mf_dc_text(e);

		if (elsewhere(e, text))
			all->elsewhere = true;
		else if (named(all, text, c, err))
			return -1;
	}
	return 0;
}

/* What is a GitLab definition by its own name is looked at by itself; one that does not parse here is no news. */
static int one(struct files *all, const struct mf_dc_file *f, struct mf_check *c, struct mf_err *err)
{
	struct mf_err why = { 0 };
	struct mf_yaml *doc = NULL;
	int rc = 0;

	for (size_t i = 0; i < all->n; i++)
		if (all->seen[i] == f)
			return 0;
	if (wants(f->path) || (!mf_dc_ends(f->path, ".yml") && !mf_dc_ends(f->path, ".yaml")))
		return 0;
	if (all->n == INCLUDES) {
		all->more = true;
		return 0;
	}
	all->seen[all->n++] = f;
	if (parse(&doc, f, &why, err))
		return -1;
	if (doc && mf_yaml_root(doc))
		rc = jobs(f, mf_yaml_root(doc), all->oidc, all->first, c, err);
	if (rc == 0 && doc && mf_yaml_root(doc))
		rc = includes(all, mf_yaml_root(doc), c, err);
	mf_yaml_free(doc);
	return rc;
}

static int check(const struct mf_declared *d, const struct mf_dc_file *f, struct mf_check *c, struct mf_err *err)
{
	struct files all = { .d = d, .first = c->list.n };
	struct mf_err why = { 0 };
	struct mf_yaml *doc = NULL;
	const struct mf_ynode *root;
	int rc = 0;

	if (parse(&doc, f, &why, err))
		return -1;
	if (!doc)
		return mf_check_note(c, true, why.why, NULL, err, "'%s' was not checked", f->path);
	root = mf_yaml_root(doc);
	if (root) {
		all.oidc = by_identity(root);
		rc = jobs(f, root, all.oidc, all.first, c, err) || mf_dc_environments(d, f, root, c, err) || includes(&all, root, c, err) ? -1 : 0;
	}
	if (rc == 0 && all.elsewhere)
		rc = mf_check_note(c, false, "only what is in this repository is looked at", NULL, err,
			"'%s' includes definitions from elsewhere, whose jobs were not seen", f->path);
	if (rc == 0 && all.more)
		rc = mf_check_note(c, true, "it includes more than 64 files", NULL, err, "'%s' was not checked with all that it includes", f->path);
	mf_yaml_free(doc);
	return rc;
}

const struct mf_dc_family mf_dc_gitlab = { .name = "GitLab CI", .wants = wants, .check = check };
