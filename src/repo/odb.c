/* SPDX-License-Identifier: Apache-2.0 */
/* libgit2's object database. Only objects folders and packs are opened, never a repository: so neither its config nor the user's is read, and
 * owners and extensions are not asked for. */
#include "odb.h"

#include <limits.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <git2.h>
#include <git2/sys/odb_backend.h>
#include <mayfly/alloc.h>
#include "delta.h"
#include "repo_priv.h"

enum { CACHE_BYTES = 32 << 20 };

enum { LOOSE = 1, PACKED = 2 };	/* the highest is asked first */

struct mf_odb {
	git_odb *odb;
	bool *has;	/* by pack of the store */
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

/* A backend that the library refuses is done without: what it would have given is read in the other way. */
static int add(git_odb *odb, git_odb_backend *b, int priority)
{
	const int code = git_odb_add_backend(odb, b, priority);

	if (code < 0)
		b->free(b);
	return code;
}

static void add_pack(struct mf_odb *o, const struct mf_pack *p)
{
	git_odb_backend *b;
	char name[PATH_MAX];

	if (p->own_idx || !mf_pack_places_ok(p) || (size_t)snprintf(name, sizeof(name), "%s.idx", p->path) >= sizeof(name))
		return;
	o->has[p->number] = git_odb_backend_one_pack(&b, name) == 0 && add(o->odb, b, PACKED) == 0;
}

static int fill(struct mf_odb *o, const struct mf_repo *r, const struct mf_store *s, struct mf_err *err)
{
	git_odb_backend *b;
	int code = git_odb_new(&o->odb);

	if (code < 0)
		return fail(err, code, "the object database cannot be opened");
	o->has = mf_calloc(s->n + 1, sizeof(*o->has));
	if (!o->has)
		return mf_fail_nomem(err);
	for (size_t i = 0; i < s->n; i++)
		add_pack(o, &s->packs[i]);
	for (size_t i = 0; i < r->odirs.n; i++)
		if (git_odb_backend_loose(&b, r->odirs.v[i], -1, 0, 0, 0) == 0)
			add(o->odb, b, LOOSE);
	return 0;
}

int mf_odb_open(struct mf_odb **out, const struct mf_repo *r, const struct mf_store *s, struct mf_err *err)
{
	struct mf_odb *o;

	pthread_once(&once, start);
	if (!started)
		return mf_fail(err, MF_E_GIT_UNSUPPORTED, "libgit2 cannot be started");
	o = mf_calloc(1, sizeof(*o));
	if (!o)
		return mf_fail_nomem(err);
	if (fill(o, r, s, err)) {
		mf_odb_free(o);
		return -1;
	}
	*out = o;
	return 0;
}

void mf_odb_free(struct mf_odb *o)
{
	if (!o)
		return;
	git_odb_free(o->odb);
	free(o->has);
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

static bool put(struct mf_oids *o, const unsigned char *id)
{
	if (o->n == o->cap) {
		const size_t cap = o->cap ? o->cap * 2 : 1024;
		struct mf_oid *v = mf_regrow(o->v, cap, sizeof(*v));

		if (!v)
			return false;
		o->v = v;
		o->cap = cap;
	}
	o->v[o->n++] = mf_oid_at(id, 20);
	return true;
}

static int add_id(const git_oid *oid, void *ctx)
{
	return put(ctx, oid->id) ? 0 : GIT_EUSER;
}

/* What we know and the library does not: of packs that it was not given; of all when it came to grief on its way through them. */
static bool add_unknown(struct mf_oids *o, const struct mf_odb *odb, const struct mf_sources *s, bool all)
{
	for (size_t i = 0; i < s->store->n; i++) {
		const struct mf_idx *x = &s->store->packs[i].idx;

		for (uint32_t pos = 0; (all || !odb->has[i]) && pos < x->n; pos++)
			if (!put(o, mf_idx_id(x, pos)))
				return false;
	}
	for (size_t i = 0; all && i < s->n_loose; i++)
		for (size_t k = 0; k < s->loose[i].n; k++)
			if (!put(o, s->loose[i].v[k].b))
				return false;
	return true;
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

int mf_odb_ids(struct mf_oids *out, struct mf_odb *o, const struct mf_sources *s, struct mf_err *err)
{
	struct mf_oids ids = { 0 };
	const int code = git_odb_foreach(o->odb, add_id, &ids);
	int rc = code == GIT_EUSER || !add_unknown(&ids, o, s, code < 0) ? mf_fail_nomem(err) : make_unique(&ids, err);

	if (rc)
		mf_oids_free(&ids);
	else
		*out = ids;
	return rc;
}
