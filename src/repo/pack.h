/* SPDX-License-Identifier: Apache-2.0 */
/* A pack with its index, and the headers of its entries. */
#ifndef MF_REPO_PACK_H
#define MF_REPO_PACK_H

#include "idx.h"
#include "mapping.h"

enum { MF_PACK_HEADER = 12 };

struct mf_pack {
	char *path;		/* without its ending */
	struct mf_mapping idx_map, map;
	struct mf_idx idx;
	uint64_t end;		/* entries lie between MF_PACK_HEADER and this */
	uint32_t entries;	/* as its header says; an index that fits it has as many */
	uint32_t number;
	bool in_midx;
	bool own_idx;		/* the index is not the file's: it was made from a multi-pack index, and idx_map is memory */
};

/* Maps `path`.idx and `path`.pack. MF-GIT-02, MF-GIT-03, MF-GIT-04. */
int mf_pack_open(struct mf_pack *out, const char *path, size_t oid_len, struct mf_err *err) MF_MUST_USE;
/* The same with the bytes of an index instead of the file's. They are taken over: freed when it fails, too. */
int mf_pack_open_with(struct mf_pack *out, const char *path, size_t oid_len, unsigned char *idx, size_t n, struct mf_err *err) MF_MUST_USE;
void mf_pack_close(struct mf_pack *p);

/* The same over borrowed bytes, for tests. */
int mf_pack_parse(struct mf_pack *p, size_t oid_len, struct mf_err *err) MF_MUST_USE;

/* Whether every place that the index names lies among the pack's entries. */
bool mf_pack_places_ok(const struct mf_pack *p);

/* How many ids of the index have a place that an earlier one has, too: of an object that is misplaced so, another's content would be read. */
int mf_pack_shared(uint32_t *n, const struct mf_pack *p, struct mf_err *err) MF_MUST_USE;

/* How an entry is stored; 1 to 4 are enum mf_otype's. */
enum { MF_ENTRY_OFS = 6, MF_ENTRY_REF = 7 };
struct mf_entry {
	unsigned type;
	uint64_t size;			/* of the stream, expanded: of a delta, not of its result */
	uint64_t data;			/* where the stream begins */
	uint64_t base;			/* MF_ENTRY_OFS: where its base lies */
	const unsigned char *base_id;	/* MF_ENTRY_REF */
};

/* False when there is no entry at `off`. */
bool mf_entry_parse(struct mf_entry *out, const struct mf_pack *p, uint64_t off);

#endif
