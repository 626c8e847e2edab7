/* SPDX-License-Identifier: Apache-2.0 */
/* Commits and trees: revisions by name, what a range of commits brings in, and which commit brought in which blob under which path. */
#ifndef MAYFLY_WALK_H
#define MAYFLY_WALK_H

#include <mayfly/history.h>

/* A commit or tag as far as reports need it; texts are owned, bytes as stored (any encoding). */
struct mf_commit {
	struct mf_oid id, tree;
	struct mf_oid *parents;
	size_t n_parents;
	char *author, *email;		/* "Ada L", "ada@example.com"; "" when the header is broken */
	int64_t date;			/* of the author, seconds since 1970 */
	int tz;				/* minutes east of UTC */
	char *message;			/* whole */
	size_t message_n;		/* its length: it may hold NULs */
	size_t message_at;		/* where it begins in the object's bytes */
};
int mf_commit_parse(struct mf_commit *out, const struct mf_oid *id, const unsigned char *p, size_t n, size_t oid_len, struct mf_err *err) MF_MUST_USE;
/* A tag's object in the same form: its tagger and message; no tree, no parents. */
int mf_tag_parse(struct mf_commit *out, const struct mf_oid *id, const unsigned char *p, size_t n, struct mf_err *err) MF_MUST_USE;
void mf_commit_free(struct mf_commit *c);

/* Calls `fn` for each annotated tag that a reference in refs/tags is, or is of, with the commit that it leads to; a tag of two references twice.
 * *unread: how many could not be followed, or, of a reftable, that none could. */
typedef int (*mf_tag_of_fn)(void *ctx, const struct mf_oid *tag, const struct mf_oid *commit, struct mf_err *err);
int mf_tags_each(const struct mf_repo *r, struct mf_reader *rd, mf_tag_of_fn fn, void *ctx, uint64_t *unread, struct mf_err *err) MF_MUST_USE;

/* One entry of a tree; the name is borrowed. False at the end, or when the tree is damaged (*bad). */
struct mf_tree_entry {
	unsigned mode;
	struct mf_str name;
	struct mf_oid id;
};
bool mf_tree_next(struct mf_tree_entry *e, const unsigned char *p, size_t n, size_t *at, size_t oid_len, bool *bad);

/* "HEAD", "main", "refs/tags/v1", "v1^{}", "HEAD~3", "abc123", a full id -> the id of a commit (tags are peeled). MF-GIT-05. */
int mf_rev_parse(struct mf_oid *out, const struct mf_repo *r, struct mf_reader *rd, const char *name, struct mf_err *err) MF_MUST_USE;
/* The same, and `fn` gets the object of each annotated tag that the name stands for, the outermost first; of none for "v1^{}" or "v1~2", which stand
 * for commits. */
typedef int (*mf_tag_fn)(void *ctx, const struct mf_oid *id, const struct mf_object *tag, struct mf_err *err);
int mf_rev_parse_tags(struct mf_oid *out, const struct mf_repo *r, struct mf_reader *rd, const char *name, mf_tag_fn fn, void *ctx, struct mf_err *err) MF_MUST_USE;

enum { MF_MODE_LINK = 0160000 };	/* a submodule in a tree or index */

/* A blob that is to be scanned, with where it is from. Borrowed. */
struct mf_place {
	const char *path;		/* relative to the root, '/' between parts, bytes as stored */
	unsigned mode;			/* 0100644, 0120000 (a link: its target is the content), 0160000 (a submodule: no blob) */
	const struct mf_oid *blob;	/* of a submodule: its commit, in another repository */
	const struct mf_commit *commit;	/* that brings it in; NULL: none (index) */
};
typedef int (*mf_place_fn)(void *ctx, const struct mf_place *place, struct mf_err *err);

/* What walking a range found missing. */
struct mf_range_stats {
	uint64_t commits, missing;	/* commits of the range; objects that the clone lacks, or has damaged */
	bool shallow;			/* the clone ends inside the range */
	bool cut;			/* a commit has more folders, or deeper ones, than are followed */
};

/* How many stored parents of grafted commits (info/grafts) are not there: git's clean-up removes what only a graft cuts off. */
int mf_grafts_missing(uint64_t *missing, const struct mf_repo *r, struct mf_err *err) MF_MUST_USE;

/* A range of commits: reachable from any of `to` and from none of `from`. */
struct mf_ends {
	const struct mf_oid *from, *to;
	size_t n_from, n_to;
};

/* Calls `fn` for each (blob, path) that a commit reachable from `to` and not from `from` brings in: it is in the commit's tree at that
 * path and in no parent's tree at that path; merges included. Oldest commit first; each (blob, path) once. `message` is called for each commit
 * of the range first. `from` NULL: everything reachable from `to`. */
int mf_range_walk(const struct mf_repo *r, const struct mf_oid *from, const struct mf_oid *to, mf_place_fn fn,
		  int (*message)(void *ctx, const struct mf_commit *commit, struct mf_err *err), void *ctx, struct mf_range_stats *stats,
		  struct mf_err *err) MF_MUST_USE;
/* The same for several ends. */
int mf_ends_walk(const struct mf_repo *r, const struct mf_ends *ends, mf_place_fn fn,
		 int (*message)(void *ctx, const struct mf_commit *commit, struct mf_err *err), void *ctx, struct mf_range_stats *stats,
		 struct mf_err *err) MF_MUST_USE;

/* Attribution: for each of `n` blobs, every path under which any commit has it, each with the first commit in topological order (parents
 * before children, then by date and id) that has it there. One pass over the trees, each once. */
struct mf_origin {
	size_t blob;			/* index into what was asked, or behind it: into `named` */
	char *path;			/* owned by the result */
	unsigned mode;
	const struct mf_commit *commit;	/* owned by the result */
	uint64_t order;			/* of the commit, in topological order: the same on each machine with the same objects */
};
struct mf_origins {
	struct mf_origin *v;		/* sorted by blob, order, path */
	size_t n;
	uint64_t failed, missing;	/* commits and trees that cannot be read; that a partial clone lacks */
	bool cut;			/* there are more paths than anybody wants: folders that hold each other many times over */
	const struct mf_oid *named;	/* blobs that were wanted for their paths alone; owned by the result */
	size_t n_named;
	const struct mf_oid *absent;	/* what commits and trees name and the database lacks, unless that is by design (a partial or shallow clone) */
	size_t n_absent;
	void *own;
};
/* Files that are wanted for their paths, whatever is in them. */
struct mf_naming {
	bool (*name)(const void *ctx, struct mf_str name);	/* may a file of this name be one, in some folder? Called from several threads */
	bool (*path)(const void *ctx, const char *path);	/* is it? */
	unsigned char ends[32];	/* a bit for each byte that such a name may end in: of others, name() is not asked */
	const void *ctx;
};
static inline bool mf_naming_may(const struct mf_naming *n, struct mf_str name)
{
	const unsigned char c = name.n ? (unsigned char)name.p[name.n - 1] : 0;

	return n && name.n && (n->ends[c >> 3] >> (c & 7) & 1) && n->name(n->ctx, name);
}
/* `past`, or NULL: what it knows is not read again, and it learns what is read, unless something of it cannot be.
 * `seen`, or NULL, are the commits of a walk of all of them, or of all that `past` does not know, with the same number of threads: they are not read again, and used up.
 * A blob that no commit reaches (only an unreachable tree, a tag of a blob, the index, or nothing) has no entry.
 * `naming`, or NULL: what else is wanted, the same each time that `past` is used. */
struct mf_seen;
int mf_attribute(struct mf_origins *out, const struct mf_repo *r, const struct mf_oid *blobs, size_t n, const struct mf_history_opts *opts,
		 struct mf_seen *seen, struct mf_past *past, const struct mf_naming *naming, struct mf_err *err) MF_MUST_USE;
void mf_origins_free(struct mf_origins *o);

/* Commits that a walk comes by, each thread adding those that it is given. */
int mf_seen_new(struct mf_seen **out, const struct mf_repo *r, unsigned threads, struct mf_err *err) MF_MUST_USE;
int mf_seen_add(struct mf_seen *s, unsigned thread, const struct mf_view *view, struct mf_err *err) MF_MUST_USE;
void mf_seen_free(struct mf_seen *s);

#endif
