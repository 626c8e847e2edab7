/* SPDX-License-Identifier: Apache-2.0 */
/* Other YAML, document by document: Kubernetes Secrets, files that SOPS encrypted long ago, one cloud identity for several environments. */
#include "ci.h"

#include <stdio.h>
#include <stdlib.h>
#include <mayfly/alloc.h>
#include <mayfly/enc.h>

enum { DOCUMENTS = 1000, SECRETS = 200, IDENTITIES = 4 };

static bool wants(const char *path)
{
	return mf_dc_ends(path, ".yml") || mf_dc_ends(path, ".yaml");
}

/* -- one document ----------------------------------------------------------------------------------- */

struct document {
	const struct mf_dc_file *f;
	struct mf_check *c;
	unsigned before;	/* lines of the file before it */
	unsigned *left;
};

static struct mf_check_place place(const struct document *d, const struct mf_ynode *n, const char *name)
{
	struct mf_check_place at = mf_dc_place(d->f, MF_CHECK_REPO, n, name);

	at.line += d->before;
	return at;
}

/* A value of `data` in base64; *is: something stands there. */
static int value(const struct document *d, const struct mf_ynode *n, struct mf_str key, bool encoded, bool *is, struct mf_err *err)
{
	struct mf_str v = mf_trim(mf_dc_text(n));
	struct mf_check_place at;
	struct mf_err why = { 0 };
	char name[112], *plain = NULL;
	size_t plain_n = 0;
	int rc;

	if (!v.n || mf_dc_placeholder(v) || !*d->left)
		return 0;
	--*d->left;
	snprintf(name, sizeof(name), "%.*s", (int)(key.n < 100 ? key.n : 100), key.n ? key.p : "");
	at = place(d, n, name);
	if (encoded) {
		plain = mf_calloc(v.n / 4 * 3 + 4, 1);
		if (!plain)
			return mf_fail_nomem(err);
		if (mf_b64_decode(plain, &plain_n, v.p, v.n, MF_B64_STD, &why) == 0)
			v = (struct mf_str){ .p = plain, .n = plain_n };
	}
	*is |= v.n && !mf_dc_placeholder(v);
	rc = mf_dc_literal(d->c, &at, v, NULL, err);
	if (plain)
		explicit_bzero(plain, plain_n);
	free(plain);
	return rc;
}

static int values(const struct document *d, const struct mf_ynode *data, bool encoded, bool *is, struct mf_err *err)
{
	for (size_t i = 0; data && mf_yaml_type(data) == MF_Y_MAP && i < mf_yaml_size(data); i++)
		if (value(d, mf_yaml_at(data, i), mf_dc_text(mf_yaml_key_at(data, i)), encoded, is, err))
			return -1;
	return 0;
}

static int secret(const struct document *d, const struct mf_ynode *root, struct mf_err *err)
{
	const struct mf_str named = mf_dc_text(mf_dc_get(mf_dc_get(root, "metadata"), "name"));
	struct mf_check_place at;
	char name[256];
	bool is = false;

	if (values(d, mf_dc_get(root, "data"), true, &is, err) || values(d, mf_dc_get(root, "stringData"), false, &is, err))
		return -1;
	if (!is)
		return 0;
	snprintf(name, sizeof(name), "%.*s", (int)(named.n < 250 ? named.n : 250), named.n ? named.p : "Secret");
	at = place(d, mf_dc_get(root, "kind"), name);
	return mf_check_habit(d->c, &at, "kube-secret-committed", NULL, err);
}

static int objects(const struct document *d, const struct mf_ynode *root, unsigned depth, struct mf_err *err)
{
	const struct mf_ynode *s = mf_dc_get(root, "sops"), *items = mf_dc_get(root, "items"), *last = mf_dc_get(s, "lastmodified");

	if (s && last && mf_dc_get(s, "mac")) {
		struct mf_check_place at = place(d, last, "sops.lastmodified");

		return mf_dc_sops_old(d->c, &at, mf_dc_text(last), err);
	}
	if (mf_str_is(mf_dc_text(mf_dc_get(root, "kind")), "Secret") && mf_dc_get(root, "apiVersion"))
		return secret(d, root, err);
	for (size_t i = 0; depth < 2 && items && mf_yaml_type(items) == MF_Y_SEQ && i < mf_yaml_size(items); i++)
		if (objects(d, mf_yaml_at(items, i), depth + 1, err))
			return -1;
	return 0;
}

static int document(const struct document *d, struct mf_str text, struct mf_err *err)
{
	struct mf_err why = { 0 };
	struct mf_yaml *doc = NULL;
	int rc = 0;

	if (!mf_dc_has(text, "Secret") && !mf_dc_has(text, "sops"))
		return 0;
	if (mf_yaml_parse(&doc, d->f->path, text.p, text.n, &why))
		return 0;	/* a template, another tool's file */
	if (mf_yaml_root(doc))
		rc = objects(d, mf_yaml_root(doc), 0, err);
	mf_yaml_free(doc);
	return rc;
}

static bool separator(struct mf_str line)
{
	return mf_str_begins(line, "---") && (line.n == 3 || mf_blank(line.p[3]));
}

/* Each document without its "---", which may have text behind it: then it stays, as the parser knows one. */
static int documents(const struct mf_dc_file *f, struct mf_check *c, struct mf_err *err)
{
	unsigned left = SECRETS, line_no = 0;
	struct document d = { .f = f, .c = c, .left = &left };
	size_t at = 0, begin = 0, count = 0;
	struct mf_str line;

	for (size_t here = 0; mf_dc_line(f->bytes, &at, &line); here = at, line_no++) {
		if (!separator(line))
			continue;
		if (document(&d, (struct mf_str){ .p = f->bytes.p + begin, .n = here - begin }, err))
			return -1;
		if (++count >= DOCUMENTS)
			return 0;
		begin = at < f->bytes.n ? at : f->bytes.n;
		d.before = line_no + 1;
	}
	return begin < f->bytes.n ? document(&d, (struct mf_str){ .p = f->bytes.p + begin, .n = f->bytes.n - begin }, err) : 0;
}

/* -- environments ----------------------------------------------------------------------------------- */

static const char *const environments[] = { "dev", "development", "test", "qa", "uat", "staging", "stage", "preprod", "prod", "production" };

/* The folder of a path that names an environment; n 0: none. */
static struct mf_str environment(const char *path)
{
	for (const char *p = path, *slash; (slash = strchr(p, '/')); p = slash + 1)
		for (size_t i = 0; i < MF_COUNT(environments); i++)
			if ((size_t)(slash - p) == strlen(environments[i]) && strncmp(p, environments[i], (size_t)(slash - p)) == 0)
				return (struct mf_str){ .p = p, .n = (size_t)(slash - p) };
	return (struct mf_str){ 0 };
}

/* The same file of another environment that names the same identity. Told once, at the later of the two. */
static int shared(const struct mf_declared *d, const struct mf_dc_file *f, struct mf_check *c, struct mf_str env, struct mf_str id, struct mf_err *err)
{
	const char *rest = env.p + env.n;
	struct mf_check_place at;
	char other[1024], name[200];

	for (size_t i = 0; i < MF_COUNT(environments); i++) {
		const int n = snprintf(other, sizeof(other), "%.*s%s%s", (int)(env.p - f->path), f->path, environments[i], rest);
		const struct mf_dc_file *o = n > 0 && (size_t)n < sizeof(other) && strcmp(other, f->path) < 0 ? mf_dc_find(d, other) : NULL;
		struct mf_check_item *item;

		if (!o || mf_dc_seek(o->bytes, 0, id) == SIZE_MAX)
			continue;
		snprintf(name, sizeof(name), "%.*s", (int)(id.n < 190 ? id.n : 190), id.p);
		at = mf_dc_at(f, MF_CHECK_REPO, (size_t)(id.p - f->bytes.p), id.n, name);
		if (mf_check_habit(c, &at, "shared-service-account", &item, err))
			return -1;
		return item ? mf_check_text(&item->why, err, "'%s' uses it too, so that what runs in one environment may do what the other may", other) : 0;
	}
	return 0;
}

static int identities(const struct mf_declared *d, const struct mf_dc_file *f, struct mf_check *c, struct mf_err *err)
{
	static const char *const keys[] = { "eks.amazonaws.com/role-arn:", "iam.gke.io/gcp-service-account:", "azure.workload.identity/client-id:" };
	const struct mf_str env = environment(f->path);
	unsigned left = IDENTITIES;

	for (size_t k = 0; env.n && k < MF_COUNT(keys); k++)
		for (size_t at = 0; left && (at = mf_dc_seek(f->bytes, at, mf_str(keys[k]))) != SIZE_MAX; left--) {
			size_t pos = at += strlen(keys[k]);
			struct mf_str line, id;

			if (!mf_dc_line(f->bytes, &pos, &line))
				break;
			id = mf_trim(line);
			if (id.n >= 2 && (id.p[0] == '"' || id.p[0] == '\'') && id.p[id.n - 1] == id.p[0])
				id = (struct mf_str){ .p = id.p + 1, .n = id.n - 2 };
			/* a map in one line, a comment */
			for (size_t i = 0; i < id.n; i++)
				if (strchr(",}\"' ", id.p[i]))
					id.n = i;
			if (id.n >= 8 && !mf_dc_placeholder(mf_str_begins(id, "arn:") ? (struct mf_str){ .p = id.p + 4, .n = id.n - 4 } : id) &&
			    shared(d, f, c, env, id, err))
				return -1;
		}
	return 0;
}

static int check(const struct mf_declared *d, const struct mf_dc_file *f, struct mf_check *c, struct mf_err *err)
{
	return documents(f, c, err) || identities(d, f, c, err) ? -1 : 0;
}

const struct mf_dc_family mf_dc_manifest = { .name = "manifest", .quiet = true, .wants = wants, .check = check };
