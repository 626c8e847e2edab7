/* SPDX-License-Identifier: Apache-2.0 */
/* A git repository as files that may be hostile: where its parts are, and its objects by id. Everything is read with our own
 * readers, memory-mapped and bounds-checked, since libgit2 lacks some of what occurs (SHA-256, multi-pack indexes of other
 * folders, damaged packs). Nothing of the repository is executed, and nothing in it is written. */
#ifndef MAYFLY_REPO_H
#define MAYFLY_REPO_H

#include <mayfly/buf.h>

/* An object id: the first mf_repo_info.oid_len bytes count, the rest is zero, so that ids compare as wholes. */
struct mf_oid {
	unsigned char b[32];
};
/* One of 20 or 32 bytes. Lengths that the compiler knows: a call for so few costs more than they do. */
static inline struct mf_oid mf_oid_at(const unsigned char *p, size_t oid_len)
{
	struct mf_oid id = { { 0 } };

	if (oid_len == 20)
		memcpy(id.b, p, 20);
	else
		memcpy(id.b, p, 32);
	return id;
}

enum mf_otype { MF_OBJ_NONE, MF_OBJ_COMMIT, MF_OBJ_TREE, MF_OBJ_BLOB, MF_OBJ_TAG };	/* git's own numbers */

struct mf_repo;

/* Texts are absolute paths without links, owned by the repository. */
struct mf_repo_info {
	const char *git_dir, *common_dir;	/* the same but for a linked work tree */
	const char *work_tree;			/* NULL: bare */
	const char *index_file;
	size_t oid_len;				/* 20 (SHA-1) or 32 (SHA-256) */
	bool shallow, partial, grafts, replace;	/* what the repository may lack or show otherwise */
	bool reftable;				/* refs are not files: names cannot be resolved, ids can */
};

struct mf_repo_opts {
	const char *git_dir, *index_file;	/* as a hook got them in GIT_DIR and GIT_INDEX_FILE, or NULL */
};

/* Opens the repository that `path` (a folder, or a bare repository itself) lies in, looking upwards as git does, through .git files.
 * Ownership is not checked and unknown extensions are no error, since containers run as other users: objects
 * are only read. MF-GIT-01 when there is none (err->id says so, and callers may go on without one). */
int mf_repo_open(struct mf_repo **out, const char *path, const struct mf_repo_opts *opts, struct mf_err *err) MF_MUST_USE;
void mf_repo_free(struct mf_repo *r);
const struct mf_repo_info *mf_repo_info(const struct mf_repo *r);

/* Every folder that has to be readable: git dir, common dir, alternates' objects, work tree. Borrowed; for the sandbox. */
const char *const *mf_repo_paths(const struct mf_repo *r, size_t *n);

/* The folder that git looks for hooks in, which need not exist; *file is the configuration whose core.hooksPath says so, or NULL. The caller frees both. */
int mf_repo_hooks(char **dir, char **file, const struct mf_repo *r, struct mf_err *err) MF_MUST_USE;

/* One line for each thing that was noticed while opening and that a scan has to admit ("alternate '/x' cannot be read"). */
size_t mf_repo_notes(const struct mf_repo *r, const char *const **notes);

/* Hex text of an id: 2 * oid_len characters and a NUL. And back; false when it is none of that length. */
void mf_oid_hex(char out[static 65], const struct mf_oid *id, size_t oid_len);
bool mf_oid_parse(struct mf_oid *out, struct mf_str hex, size_t oid_len);

/* An object's bytes; owned by the caller. */
struct mf_object {
	enum mf_otype type;
	unsigned char *p;
	size_t n;
};
void mf_object_free(struct mf_object *o);

/* Reads objects one by one, from packs and loose files, with a small cache of delta bases; not shared between threads. */
struct mf_reader;
int mf_reader_new(struct mf_reader **out, const struct mf_repo *r, struct mf_err *err) MF_MUST_USE;
void mf_reader_free(struct mf_reader *rd);

/* MF-GIT-02 when the repository lacks it (a partial or shallow clone), MF-GIT-03 when it is damaged, MF-GIT-07 when it is larger than
 * `max` bytes (0: no limit). Replacements and grafts are not applied: what is stored is read. */
int mf_object_read(struct mf_object *out, struct mf_reader *rd, const struct mf_oid *id, size_t max, struct mf_err *err) MF_MUST_USE;

/* Whether the repository has the object, and its type and size without reading its bytes. Same errors. */
int mf_object_stat(enum mf_otype *type, size_t *size, struct mf_reader *rd, const struct mf_oid *id, struct mf_err *err) MF_MUST_USE;

#endif
