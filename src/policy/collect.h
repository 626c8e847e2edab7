/* SPDX-License-Identifier: Apache-2.0 */
/* What is kept of candidates until their places are known: small records whose texts are shared, since a history repeats them. */
#ifndef MF_POLICY_COLLECT_H
#define MF_POLICY_COLLECT_H

#include <pthread.h>
#include "policy.h"

enum { MF_KEPT_MAX = 2000000, MF_SITES_MAX = 1000000, MF_MESSAGE_MAX = 16 * 1024, MF_NAME_MAX = 1024 };
#define MF_TEXTS_MAX ((size_t)384 << 20)

/* One candidate; numbers are of mf_collect.texts unless said otherwise, MF_NONE for NULL. */
struct mf_kept {
	const struct mf_rule *rule;
	double entropy;
	uint32_t next;		/* the one before it in its group */
	uint32_t place;		/* of mf_collect.blobs, or of placed[] */
	uint32_t secret, match, text, shown, member, reason, facts;
	unsigned line, col, end_line, end_col;
	uint16_t encoding;
	uint8_t depth, format;
	bool placed, allowed;
};

/* Who made a commit; for placed candidates owned, of an origin borrowed. */
struct mf_who {
	const struct mf_oid *id;
	const char *author, *email, *message;
	int64_t date;
	int tz;
};

struct mf_placed {
	enum mf_source source;
	uint32_t path;		/* of texts */
	uint32_t blob;		/* of oids */
	uint32_t commit;	/* of commits and who[] */
	uint64_t order;
};

/* Ids that an earlier run has computed, of credentials that were found again. */
struct mf_known_ids {
	unsigned char tag[32];		/* of the salt and cost that they were made with */
	struct mf_intern keys;		/* rule's id, NUL, secret; numbers are those of v[] */
	char (*v)[33];
	size_t cap;
};

struct mf_collect {
	pthread_mutex_t lock;
	struct mf_intern texts, oids, commits;
	struct mf_intern groups;	/* (rule, secret) */
	uint32_t *heads;		/* of each group: its last candidate */
	size_t heads_cap;
	struct mf_kept *kept;
	size_t n_kept, kept_cap, kept_max, texts_max, sites_max;
	struct mf_oid *blobs;		/* to attribute */
	uint32_t *blob_oid;		/* their numbers in oids */
	size_t n_blobs, blobs_cap, blob_oid_cap;
	struct mf_intern blob_ids;	/* oids of blobs[], by the same numbers */
	struct mf_placed *placed;
	size_t n_placed, placed_cap;
	struct mf_who *who;
	struct mf_oid *who_id;
	size_t who_cap, who_id_cap;
	uint64_t dropped;
	struct mf_known_ids known;
	uint32_t *past_group;		/* by group: a number for it in what the next run reads, or MF_NONE; NULL: there is none */
};

/* The number of a blob among `blobs`, as one more of them. */
int mf_collect_place(uint32_t *place, struct mf_collect *c, const struct mf_oid *blob, struct mf_err *err) MF_MUST_USE;
/* Keeps a candidate whose texts are in there already. */
int mf_collect_link(struct mf_collect *c, const struct mf_kept *kept, struct mf_err *err) MF_MUST_USE;
/* Takes the ids over that a past has; `model` has a candidate for each of its groups, or MF_NONE. */
int mf_known_ids_take(struct mf_collect *c, const struct mf_past *p, const uint32_t *model, size_t groups, struct mf_err *err) MF_MUST_USE;
void mf_known_ids_free(struct mf_known_ids *k);
bool mf_collect_full(const struct mf_collect *c);

/* The questions to detect/, so that tests can answer them. */
struct mf_ask {
	bool (*path_ok)(void *ctx, const struct mf_rule *rule, const char *path);
	bool (*allowlisted)(void *ctx, const struct mf_cand *c, const char *path, const char *commit, const char **why);
	void *ctx;
};
int mf_collect_finish_asking(struct mf_findings *out, struct mf_collect *c, const struct mf_origins *origins, size_t oid_len, const struct mf_ask *ask,
			     enum mf_joining joining, struct mf_err *err) MF_MUST_USE;

#endif
