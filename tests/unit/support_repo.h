/* SPDX-License-Identifier: Apache-2.0 */
/* Repositories for unit tests: made by git in a temporary folder, or packs built by hand. */
#ifndef MF_TESTS_SUPPORT_REPO_H
#define MF_TESTS_SUPPORT_REPO_H

#include <mayfly/repo.h>

/* A new folder below TMPDIR; the caller frees it with mf_test_rmdir(). */
char *mf_test_dir(void);
void mf_test_rmdir(char *dir);

/* Runs the text as `sh -e` in the folder, with git's own settings and identity fixed; fails the test when it fails. */
void mf_test_sh(const char *dir, const char *script);

/* What the script prints; to be freed. */
char *mf_test_sh_out(const char *dir, const char *script);

/* A pack and its index, built object by object. */
struct mf_test_pack {
	unsigned char *p;
	size_t n;
	struct {
		struct mf_oid id;
		uint64_t off;
	} object[64];
	size_t n_objects, oid_len;
};
void mf_test_pack_begin(struct mf_test_pack *k, size_t oid_len);
/* type 1 to 4; 6 with the index of an earlier object as base; 7 with a base's id. `id` NULL: computed (types 1 to 4). */
size_t mf_test_pack_add(struct mf_test_pack *k, unsigned type, const void *bytes, size_t n, size_t base, const struct mf_oid *base_id,
			const struct mf_oid *id);
/* Writes DIR/pack-NAME.pack and .idx of version 1 or 2; with `large` all offsets of version 2 stand in the table for 64 bits. */
void mf_test_pack_write(struct mf_test_pack *k, const char *dir, const char *name, unsigned version, bool large);
void mf_test_pack_free(struct mf_test_pack *k);

/* The id of an object. */
struct mf_oid mf_test_id(enum mf_otype type, const void *p, size_t n, size_t oid_len);

/* A zlib stream; to be freed. */
unsigned char *mf_test_zlib(const void *p, size_t n, int level, size_t *out_n);

#endif
