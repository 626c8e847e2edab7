/* SPDX-License-Identifier: Apache-2.0 */
/* What a GitLab job is made of, as far as the checkout has it. */
#include "gitlab_ci.h"

#include <glob.h>
#include <stdio.h>
#include <stdlib.h>

#include <mayfly/alloc.h>
#include <mayfly/fs.h>

enum { EXTENDS_DEPTH = 11 };	/* GitLab's own limit */

struct reading {
	struct mf_gci *g;
	const char *dir, *keyword;
	struct mf_err *err;
};

const struct mf_ynode *mf_gci_get(const struct mf_ynode *map, const char *key)
{
	if (!map || mf_yaml_type(map) != MF_Y_MAP)
		return NULL;
	for (size_t i = 0; i < mf_yaml_size(map); i++)
		if (mf_str_is(mf_yaml_text(mf_yaml_key_at(map, i)), key))
			return mf_yaml_at(map, i);
	return NULL;
}

static struct mf_str text(const struct mf_ynode *n)
{
	return n && mf_yaml_type(n) == MF_Y_SCALAR ? mf_yaml_text(n) : (struct mf_str){ 0 };
}

static int bad(const struct reading *r, const char *why)
{
	mf_fail(r->err, MF_E_CMD_GITLAB, "the '%s' of this GitLab job cannot be read", r->keyword);
	mf_err_why(r->err, "%s", why);
	return -1;
}

/* -- files ------------------------------------------------------------------------------------------- */

static int read_file(struct reading *r, const char *name);

/* Whether it was read, or is being read, already. */
static bool seen(const struct mf_gci *g, const char *name)
{
	for (size_t i = 0; i < g->n_files; i++)
		if (strcmp(g->files[i].name, name) == 0)
			return true;
	return false;
}

/* A pattern's files in the checkout. */
static int read_matches(struct reading *r, const char *pattern)
{
	MF_CLEANUP(mf_freep) char *whole = mf_path_join(r->dir, pattern);
	const size_t skip = strlen(r->dir) + 1;
	glob_t found = { 0 };
	int rc = 0;

	if (!whole)
		return mf_fail_nomem(r->err);
	if (glob(whole, 0, NULL, &found) == 0)
		for (size_t i = 0; rc == 0 && i < found.gl_pathc; i++)
			if (strlen(found.gl_pathv[i]) > skip)
				rc = read_file(r, found.gl_pathv[i] + skip);
	globfree(&found);
	return rc;
}

static int include(struct reading *r, const struct mf_ynode *e)
{
	static const char *const others[] = { "project", "component", "template", "remote" };
	struct mf_str local = mf_yaml_type(e) == MF_Y_MAP ? text(mf_gci_get(e, "local")) : text(e);
	char name[MF_GCI_NAME];

	for (size_t i = 0; i < MF_COUNT(others); i++)
		r->g->elsewhere |= mf_gci_get(e, others[i]) != NULL;
	while (local.n && local.p[0] == '/')
		local.p++, local.n--;
	/* a name with a variable is resolved where the pipeline is made, which has more of them than the job */
	if (local.n == 0 || local.n >= sizeof(name) || memchr(local.p, '\0', local.n) || memmem(local.p, local.n, "://", 3) || memchr(local.p, '$', local.n)) {
		r->g->elsewhere |= local.n != 0;
		return 0;
	}
	memcpy(name, local.p, local.n);
	name[local.n] = '\0';
	/* nothing outside of the checkout */
	if (strcmp(name, "..") == 0 || strncmp(name, "../", 3) == 0 || strstr(name, "/../"))
		return bad(r, "an include leads out of the repository");
	return strpbrk(name, "*?[") ? read_matches(r, name) : read_file(r, name);
}

static int read_includes(struct reading *r, const struct mf_ynode *root)
{
	const struct mf_ynode *inc = mf_gci_get(root, "include");
	const bool list = inc && mf_yaml_type(inc) == MF_Y_SEQ;

	for (size_t i = 0; inc && i < (list ? mf_yaml_size(inc) : 1); i++)
		if (include(r, list ? mf_yaml_at(inc, i) : inc))
			return -1;
	return 0;
}

static int parse(struct mf_yaml **doc, const struct reading *r, const char *name)
{
	MF_CLEANUP(mf_freep) char *whole = mf_path_join(r->dir, name);
	struct mf_buf bytes = MF_BUF(MF_YAML_BYTES);
	int rc;

	if (!whole)
		return mf_fail_nomem(r->err);
	rc = mf_fs_read(&bytes, whole, r->err);
	/* GitLab's own tag marks a list of names that stands for another job's part; a document before the jobs says what inputs there are */
	if (rc == 0 && bytes.n) {
		mf_yaml_blank_tag(bytes.p, bytes.n, "!reference");
		mf_yaml_blank_header(bytes.p, bytes.n, "spec");
	}
	if (rc == 0)
		rc = mf_yaml_parse(doc, name, bytes.p ? bytes.p : "", bytes.n, r->err);
	mf_buf_free(&bytes);
	return rc;
}

/* The including file's own words count more than those that it includes, so it comes after them. */
static int read_file(struct reading *r, const char *name)
{
	struct mf_gci *g = r->g;
	struct mf_gci_file file = { 0 };
	size_t at;

	if (seen(g, name))
		return 0;
	if (g->n_files == MF_GCI_FILES)
		return bad(r, "more than 64 files are included");
	file.name = mf_strdup(name);
	if (!file.name)
		return mf_fail_nomem(r->err);
	at = g->n_files++;
	g->files[at] = file;
	if (parse(&file.doc, r, name))
		return -1;
	g->files[at].doc = file.doc;
	if (read_includes(r, mf_yaml_root(file.doc)))
		return -1;
	file = g->files[at];
	memmove(&g->files[at], &g->files[at + 1], (g->n_files - at - 1) * sizeof(g->files[0]));
	g->files[g->n_files - 1] = file;
	return 0;
}

/* -- the job ----------------------------------------------------------------------------------------- */

static int gather(struct reading *r, struct mf_str name, unsigned depth);

static int add_layer(struct reading *r, const struct mf_ynode *node, const char *file)
{
	if (r->g->n_layers == MF_GCI_LAYERS)
		return bad(r, "it is made of more than 256 parts");
	r->g->layers[r->g->n_layers++] = (struct mf_gci_layer){ node, file };
	return 0;
}

/* `secrets: !reference [.base, secrets]`: the only list that may stand there. */
static int follow(struct reading *r, const struct mf_ynode *list, unsigned depth)
{
	if (depth > EXTENDS_DEPTH)
		return bad(r, "references lead in a circle, or through more than 11 jobs");
	if (mf_yaml_size(list) < 2 || !mf_str_is(text(mf_yaml_at(list, 1)), r->keyword) || mf_yaml_size(list) > 2)
		return bad(r, "a reference leads to something else than a job's own such keyword");
	for (size_t i = 0; i < r->g->n_files; i++) {
		const struct mf_str job = text(mf_yaml_at(list, 0));
		char key[MF_GCI_NAME];
		const struct mf_ynode *node;

		snprintf(key, sizeof(key), "%.*s", (int)job.n, job.p ? job.p : "");
		node = mf_gci_get(mf_gci_get(mf_yaml_root(r->g->files[i].doc), key), r->keyword);
		if (!node)
			continue;
		if (mf_yaml_type(node) == MF_Y_SEQ ? follow(r, node, depth + 1) : add_layer(r, node, r->g->files[i].name))
			return -1;
	}
	return 0;
}

/* The last file that says so decides what is extended; the keyword is merged out of all of them. */
static int gather_own(struct reading *r, const char *name, unsigned depth, bool *found)
{
	const struct mf_ynode *extends = NULL;

	for (size_t i = 0; i < r->g->n_files; i++) {
		const struct mf_ynode *job = mf_gci_get(mf_yaml_root(r->g->files[i].doc), name), *own = mf_gci_get(job, "extends");

		*found |= job != NULL;
		extends = own ? own : extends;
	}
	if (extends && mf_yaml_type(extends) == MF_Y_SEQ) {
		for (size_t i = 0; i < mf_yaml_size(extends); i++)
			if (gather(r, text(mf_yaml_at(extends, i)), depth + 1))
				return -1;
	} else if (extends && gather(r, text(extends), depth + 1)) {
		return -1;
	}
	for (size_t i = 0; i < r->g->n_files; i++) {
		const struct mf_ynode *node = mf_gci_get(mf_gci_get(mf_yaml_root(r->g->files[i].doc), name), r->keyword);

		if (node && (mf_yaml_type(node) == MF_Y_SEQ ? follow(r, node, depth) : add_layer(r, node, r->g->files[i].name)))
			return -1;
	}
	return 0;
}

static int gather(struct reading *r, struct mf_str name, unsigned depth)
{
	char key[MF_GCI_NAME];
	bool found = false;

	if (depth > EXTENDS_DEPTH)
		return bad(r, "'extends' leads in a circle, or through more than 11 jobs");
	if (name.n == 0 || name.n >= sizeof(key) || memchr(name.p, '\0', name.n))
		return bad(r, "'extends' names no job");
	memcpy(key, name.p, name.n);
	key[name.n] = '\0';
	if (gather_own(r, key, depth, &found))
		return -1;
	if (!found && depth)
		snprintf(r->g->lost, sizeof(r->g->lost), "%s", key);
	return 0;
}

static bool defined(const struct mf_gci *g, const char *name)
{
	for (size_t i = 0; i < g->n_files; i++)
		if (mf_gci_get(mf_yaml_root(g->files[i].doc), name))
			return true;
	return false;
}

/* A run of `parallel` is called "deploy 2/5", one of a matrix "deploy: [eu, blue]". */
static void job_of_run(const struct mf_gci *g, char name[static MF_GCI_NAME])
{
	char *cut = strstr(name, ": [");
	size_t n = strlen(name);

	if (defined(g, name))
		return;
	if (cut) {
		*cut = '\0';
		return;
	}
	while (n && ((name[n - 1] >= '0' && name[n - 1] <= '9') || name[n - 1] == '/'))
		n--;
	if (n && name[n - 1] == ' ' && strchr(name + n, '/'))
		name[n - 1] = '\0';
}

static int no_job(const struct reading *r, const char *name, const char *path)
{
	mf_fail(r->err, MF_E_CMD_GITLAB, "the job '%s' is not in '%s'", name, path);
	mf_err_why(r->err, r->g->elsewhere ? "nor in the files of the checkout that it includes; what it includes from elsewhere is not read" :
		   "nor in the files that it includes");
	mf_err_hint(r->err, "write what it needs into .mayfly.yml under 'secrets:'");
	return -1;
}

int mf_gci_read(struct mf_gci *out, const char *dir, const char *path, const char *name, const char *keyword, struct mf_err *err)
{
	struct reading r = { .g = out, .dir = dir, .keyword = keyword, .err = err };
	char job[MF_GCI_NAME];
	int rc;

	*out = (struct mf_gci){ 0 };
	snprintf(job, sizeof(job), "%.255s", name);
	rc = read_file(&r, path);
	if (rc == 0) {
		job_of_run(out, job);
		rc = defined(out, job) ? gather(&r, mf_str(job), 0) : no_job(&r, job, path);
	}
	if (rc)
		mf_gci_free(out);
	return rc;
}

void mf_gci_free(struct mf_gci *g)
{
	if (!g)
		return;
	for (size_t i = 0; i < g->n_files; i++) {
		free(g->files[i].name);
		mf_yaml_free(g->files[i].doc);
	}
	*g = (struct mf_gci){ 0 };
}
