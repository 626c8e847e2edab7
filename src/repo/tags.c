/* SPDX-License-Identifier: Apache-2.0 */
/* Which annotated tags lead to which commits: of all references in refs/tags, loose and packed. */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include <mayfly/alloc.h>
#include <mayfly/fs.h>
#include <mayfly/walk.h>
#include "commit.h"
#include "idmap.h"
#include "mapping.h"
#include "refs.h"

enum { NAME_N = 1024, DEPTH_MAX = 32, CHAIN_MAX = 100 };
static const uint32_t REFS_MAX = 1000000;
static const size_t TAG_MAX = (size_t)64 << 20;
static const char prefix[] = "refs/tags/";

struct tags {
	const struct mf_repo *r;
	const struct mf_repo_info *info;
	struct mf_reader *rd;
	struct mf_textmap loose;	/* names: what packed-refs has of them is out of date */
	mf_tag_of_fn fn;
	void *ctx;
	uint64_t unread;
	uint32_t refs;
};

static bool no_memory(const struct mf_err *e)
{
	return e->id == mf_error_id(MF_E_BASE_NOMEM);
}

/* What a reference has, through tags of tags. What leads to no commit is in no range. */
static int follow(struct tags *t, struct mf_oid id, struct mf_err *err)
{
	struct mf_oid chain[CHAIN_MAX];
	enum mf_otype type;
	struct mf_err why = { 0 };
	size_t n = 0, size;

	for (;;) {
		struct mf_object o;
		bool ok;

		if (mf_object_stat(&type, &size, t->rd, &id, &why))
			break;
		if (type == MF_OBJ_COMMIT) {
			for (size_t i = 0; i < n; i++)
				if (t->fn(t->ctx, &chain[i], &id, err))
					return -1;
			return 0;
		}
		if (type != MF_OBJ_TAG)
			return 0;
		if (n == CHAIN_MAX || mf_object_read(&o, t->rd, &id, TAG_MAX, &why))
			break;
		chain[n++] = id;
		ok = o.type == MF_OBJ_TAG && mf_tag_target(&id, &type, o.p, o.n, t->info->oid_len);
		mf_object_free(&o);
		if (!ok)
			break;
	}
	if (no_memory(&why))
		return mf_fail_nomem(err);
	/* a commit that the clone lacks is missed by the range itself, when it is in it */
	t->unread += !(n && why.id && strcmp(why.id, mf_error_id(MF_E_GIT_MISSING)) == 0);
	return 0;
}

/* One that is broken is told, and the others are looked at. */
static int loose_ref(struct tags *t, const char *name, struct mf_err *err)
{
	struct mf_err why = { 0 };
	struct mf_oid id;
	bool found, fresh;

	if (!mf_ref_name_ok(mf_str(name)))
		return 0;
	if (mf_ref_read(&id, &found, t->r, name, &why)) {
		t->unread++;
		return no_memory(&why) ? mf_fail_nomem(err) : 0;
	}
	if (!found)
		return 0;
	if (mf_textmap_add(&t->loose, name, strlen(name), &fresh) == MF_NUMBER_NONE)
		return mf_fail_nomem(err);
	return follow(t, id, err);
}

static int folder(struct tags *t, const char *name, unsigned depth, struct mf_err *err);

static int entry(struct tags *t, const char *dir, const char *name, unsigned depth, struct mf_err *err)
{
	char full[NAME_N];
	const size_t n = (size_t)snprintf(full, sizeof(full), "%s%s", dir, name);
	struct stat st;
	MF_CLEANUP(mf_freep) char *path = NULL;

	if (name[0] == '.' || n >= sizeof(full) - 1)
		return 0;	/* git takes neither for a reference */
	path = mf_path_join(t->info->common_dir, full);
	if (!path)
		return mf_fail_nomem(err);
	if (lstat(path, &st))
		return 0;	/* gone meanwhile */
	if (t->refs == REFS_MAX) {
		t->unread++;
		return 0;
	}
	t->refs++;
	if (!S_ISDIR(st.st_mode))
		return loose_ref(t, full, err);
	if (depth == DEPTH_MAX) {
		t->unread++;
		return 0;
	}
	full[n] = '/';
	full[n + 1] = '\0';
	return folder(t, full, depth + 1, err);
}

/* `name` ends in a slash. */
static int folder(struct tags *t, const char *name, unsigned depth, struct mf_err *err)
{
	MF_CLEANUP(mf_freep) char *path = mf_path_join(t->info->common_dir, name);
	struct dirent *e;
	DIR *d = path ? opendir(path) : NULL;
	int rc = 0;

	if (!path)
		return mf_fail_nomem(err);
	if (!d) {
		t->unread += errno != ENOENT && errno != ENOTDIR;
		return errno == ENOMEM ? mf_fail_nomem(err) : 0;
	}
	while (rc == 0 && (e = readdir(d)))
		rc = entry(t, name, e->d_name, depth, err);
	closedir(d);
	return rc;
}

static bool is_loose(struct tags *t, struct mf_str name, bool *failed)
{
	bool fresh;

	*failed = mf_textmap_add(&t->loose, name.p, name.n, &fresh) == MF_NUMBER_NONE;
	return !fresh;
}

static int packed_line(struct tags *t, struct mf_str line, struct mf_err *err)
{
	const size_t hex = 2 * t->info->oid_len;
	struct mf_str name;
	struct mf_oid id;
	bool failed;

	if (line.n <= hex + sizeof(prefix) || line.p[hex] != ' ' || memcmp(line.p + hex + 1, prefix, sizeof(prefix) - 1) != 0 ||
	    !mf_oid_parse(&id, (struct mf_str){ line.p, hex }, t->info->oid_len))
		return 0;
	name = (struct mf_str){ line.p + hex + 1, line.n - hex - 1 };
	if (t->refs == REFS_MAX) {
		t->unread++;
		return 0;
	}
	t->refs++;
	if (is_loose(t, name, &failed))
		return 0;
	return failed ? mf_fail_nomem(err) : follow(t, id, err);
}

static int packed(struct tags *t, struct mf_err *err)
{
	MF_CLEANUP(mf_freep) char *path = mf_path_join(t->info->common_dir, "packed-refs");
	struct mf_mapping map;
	struct mf_err why = { 0 };
	struct mf_str rest;
	int rc = 0;

	if (!path)
		return mf_fail_nomem(err);
	if (mf_mapping_open(&map, path, &why)) {
		t->unread += strcmp(why.id, mf_error_id(MF_E_GIT_MISSING)) != 0;
		return no_memory(&why) ? mf_fail_nomem(err) : 0;
	}
	rest = (struct mf_str){ (const char *)map.p, map.n };
	while (rest.n && rc == 0) {
		const char *end = memchr(rest.p, '\n', rest.n);
		const size_t n = end ? (size_t)(end - rest.p) : rest.n, used = n + (end != NULL);

		rc = packed_line(t, (struct mf_str){ rest.p, n }, err);
		rest.p += used;
		rest.n -= used;
	}
	mf_mapping_close(&map);
	return rc;
}

int mf_tags_each(const struct mf_repo *r, struct mf_reader *rd, mf_tag_of_fn fn, void *ctx, uint64_t *unread, struct mf_err *err)
{
	struct tags t = { .r = r, .info = mf_repo_info(r), .rd = rd, .fn = fn, .ctx = ctx };
	int rc = 0;

	if (t.info->reftable)
		t.unread = 1;
	else
		rc = folder(&t, prefix, 0, err) || packed(&t, err) ? -1 : 0;
	mf_textmap_free(&t.loose);
	*unread = t.unread;
	return rc;
}
