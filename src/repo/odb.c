/* SPDX-License-Identifier: Apache-2.0 */
/* libgit2's object database. Only an objects folder is opened, never a repository: so neither its config nor the user's is read, and
 * owners and extensions are not asked for. */
#include "odb.h"

#include <pthread.h>
#include <stdlib.h>
#include <git2.h>
#include <mayfly/alloc.h>
#include "delta.h"

enum { CACHE_BYTES = 32 << 20 };

struct mf_odb {
	git_odb *odb;
};

static pthread_once_t once = PTHREAD_ONCE_INIT;
static bool started;

/* The library stays: its own thread locals do not survive being shut down and started again in all versions. */
static void start(void)
{
	started = git_libgit2_init() >= 0;
	if (!started)
		return;
	/* what we look for is damage, and a wrong hash is found by nobody but git fsck */
	git_libgit2_opts(GIT_OPT_ENABLE_STRICT_HASH_VERIFICATION, 0);
	git_libgit2_opts(GIT_OPT_SET_CACHE_MAX_SIZE, (ssize_t)CACHE_BYTES);
}

static int fail(struct mf_err *err, int code, const char *what)
{
	const git_error *e = git_error_last();

	if (e && e->klass == GIT_ERROR_NOMEMORY)
		return mf_fail_nomem(err);
	mf_fail(err, code == GIT_ENOTFOUND ? MF_E_GIT_MISSING : MF_E_GIT_DAMAGED, "%s", what);
	mf_err_why(err, "%s", e && e->message ? e->message : "libgit2 gives no reason");
	return -1;
}

int mf_odb_open(struct mf_odb **out, const char *objects, struct mf_err *err)
{
	struct mf_odb *o;
	int code;

	pthread_once(&once, start);
	if (!started)
		return mf_fail(err, MF_E_GIT_UNSUPPORTED, "libgit2 cannot be started");
	o = mf_calloc(1, sizeof(*o));
	if (!o)
		return mf_fail_nomem(err);
	code = git_odb_open(&o->odb, objects);
	if (code < 0) {
		free(o);
		return fail(err, code, "the object database cannot be opened");
	}
	*out = o;
	return 0;
}

void mf_odb_free(struct mf_odb *o)
{
	if (!o)
		return;
	git_odb_free(o->odb);
	free(o);
}

static int copy_out(struct mf_object *out, git_odb_object *obj, struct mf_err *err)
{
	const size_t n = git_odb_object_size(obj);
	unsigned char *p = malloc(n + MF_SLACK);

	if (!p)
		return mf_fail_nomem(err);
	memcpy(p, git_odb_object_data(obj), n);
	out->p = p;
	out->n = n;
	return 0;
}

int mf_odb_read(struct mf_object *out, struct mf_odb *o, const struct mf_oid *id, unsigned types, size_t max, struct mf_err *err)
{
	git_odb_object *obj;
	git_object_t type;
	git_oid oid;
	size_t n;
	int code, rc;

	git_oid_fromraw(&oid, id->b);
	code = git_odb_read_header(&n, &type, o->odb, &oid);
	if (code < 0)
		return fail(err, code, "an object cannot be read");
	if (type < GIT_OBJECT_COMMIT || type > GIT_OBJECT_TAG)
		return mf_fail(err, MF_E_GIT_DAMAGED, "an object has a type that is not known");
	if (!(types >> type & 1)) {
		*out = (struct mf_object){ .type = (enum mf_otype)type };
		return 0;
	}
	if (max && n > max)
		return mf_fail(err, MF_E_GIT_LIMIT, "an object of %zu bytes is larger than the limit of %zu", n, max);
	code = git_odb_read(&obj, o->odb, &oid);
	if (code < 0)
		return fail(err, code, "an object cannot be read");
	rc = copy_out(out, obj, err);
	if (rc == 0)
		out->type = (enum mf_otype)type;
	git_odb_object_free(obj);
	return rc;
}

static int add_id(const git_oid *oid, void *ctx)
{
	struct mf_oids *o = ctx;
	struct mf_oid id = { 0 };

	if (o->n == o->cap) {
		const size_t cap = o->cap ? o->cap * 2 : 1024;
		struct mf_oid *v = mf_regrow(o->v, cap, sizeof(*v));

		if (!v)
			return GIT_EUSER;
		o->v = v;
		o->cap = cap;
	}
	memcpy(id.b, oid->id, sizeof(oid->id));
	o->v[o->n++] = id;
	return 0;
}

/* Takes copies out and keeps the order, by a table of what was seen. */
static int make_unique(struct mf_oids *o, struct mf_err *err)
{
	size_t slots = 16, kept = 0;
	uint32_t *seen;

	if (o->n >= UINT32_MAX / 2)
		return mf_fail(err, MF_E_GIT_LIMIT, "the repository has more objects than can be listed");
	while (slots < o->n * 2)
		slots *= 2;
	seen = mf_calloc(slots, sizeof(*seen));
	if (!seen)
		return mf_fail_nomem(err);
	for (size_t i = 0; i < o->n; i++) {
		size_t at;

		memcpy(&at, o->v[i].b, sizeof(at));
		at *= 0x9e3779b97f4a7c15u;	/* ids that somebody made alike */
		for (at = at >> 20 & (slots - 1); seen[at]; at = (at + 1) & (slots - 1))
			if (memcmp(&o->v[seen[at] - 1], &o->v[i], sizeof(*o->v)) == 0)
				break;
		if (seen[at])
			continue;
		o->v[kept++] = o->v[i];
		seen[at] = (uint32_t)kept;
	}
	o->n = kept;
	free(seen);
	return 0;
}

int mf_odb_ids(struct mf_oids *out, struct mf_odb *o, struct mf_err *err)
{
	struct mf_oids ids = { 0 };
	const int code = git_odb_foreach(o->odb, add_id, &ids);
	int rc = code == GIT_EUSER ? mf_fail_nomem(err) : code < 0 ? fail(err, code, "the objects cannot be listed") : 0;

	if (rc == 0)
		rc = make_unique(&ids, err);
	if (rc)
		mf_oids_free(&ids);
	else
		*out = ids;
	return rc;
}
