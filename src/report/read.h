/* SPDX-License-Identifier: Apache-2.0 */
/* Parts of the reader of our JSON report. */
#ifndef MF_REPORT_READ_H
#define MF_REPORT_READ_H

#include <mayfly/json.h>
#include <mayfly/report.h>

enum { MF_SHARDS_MAX = 10000 };

/* A report cut into its findings and what stands around them, since a document with all of them may have more nodes than a JSON
 * document of ours may. Everything is still parsed strictly, in pieces. */
struct mf_pieces {
	struct mf_buf frame;		/* the document with an empty array of findings */
	struct mf_str *v;		/* into the text: what may be one finding each */
	size_t n;
};
int mf_pieces_cut(struct mf_pieces *out, struct mf_str text, struct mf_err *err) MF_MUST_USE;
void mf_pieces_free(struct mf_pieces *p);

/* What a run's borrowed texts belong to. */
struct mf_read_own {
	char *version, *mode, *target, *range, *repository, *server_url, *ref, *sha, *rules_origin;
	struct mf_note *notes;
	size_t n_notes;
};
void mf_read_own_free(struct mf_read_own *o);

/* One report. */
struct mf_read_one {
	struct mf_read_own own;
	struct mf_run run;		/* its texts and notes are NULL: `own` has them */
	struct mf_findings findings;
	bool raw;
};
int mf_read_one(struct mf_read_one *o, struct mf_str text, struct mf_err *err) MF_MUST_USE;	/* free it on failure, too */
void mf_read_one_free(struct mf_read_one *o);

/* One finding; `oid_len` says how long its ids are (0: of either length, as in a report of several repositories). */
int mf_read_finding(struct mf_finding *out, struct mf_str text, size_t oid_len, struct mf_err *err) MF_MUST_USE;

/* A string member as a text of its own: NULL for null or none; one with NUL is refused. */
int mf_read_text(char **out, const struct mf_json *doc, const struct mf_jnode *n, const char *key, struct mf_err *err) MF_MUST_USE;
/* A whole number from 0 to `most`. */
int mf_read_count(uint64_t *out, const struct mf_json *doc, const struct mf_jnode *n, const char *key, uint64_t most, struct mf_err *err) MF_MUST_USE;
/* A time as our reports have it, 0 for null. */
int mf_read_time(int64_t *out, const struct mf_json *doc, const struct mf_jnode *n, const char *key, struct mf_err *err) MF_MUST_USE;

#endif
