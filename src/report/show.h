/* SPDX-License-Identifier: Apache-2.0 */
/* A finding as reports may show it. */
#ifndef MF_REPORT_SHOW_H
#define MF_REPORT_SHOW_H

#include <mayfly/hide.h>
#include <mayfly/report.h>
#include "pen.h"

/* Everything that one report needs to show findings; the texts of the last one are kept here. */
struct mf_show {
	const struct mf_findings *list;
	struct mf_hide *hide;		/* NULL: secrets are shown */
	struct mf_buf secret, match, text, free;
};
int mf_show_open(struct mf_show *s, const struct mf_findings *list, bool reveal, struct mf_err *err) MF_MUST_USE;
void mf_show_close(struct mf_show *s);

/* Where the secret stands in a text. */
struct mf_mark {
	size_t at, n;		/* n = 0: it is not there */
};

/* Texts are borrowed: those of the rule, and those of `s` until the next call. */
struct mf_shown {
	const char *id, *title;
	const char *opens, *revoke, *page;	/* of the rule; NULL when unknown */
	struct mf_str secret, match, text;	/* redacted. `text` is the match's lines, or less where these would tell more than is known to be harmless */
	struct mf_mark mark;			/* of the secret in text */
	bool at_line;				/* text is the file's: it begins in line f->line */
};
int mf_show_finding(struct mf_shown *out, struct mf_show *s, const struct mf_finding *f, struct mf_err *err) MF_MUST_USE;

/* A text of a commit, without secrets; borrowed until the next call. */
int mf_show_text(struct mf_str *out, struct mf_show *s, const char *text, struct mf_err *err) MF_MUST_USE;

/* -- words ------------------------------------------------------------------------------------------------ */

const char *mf_show_id(const struct mf_finding *f);
const char *mf_show_name(const struct mf_finding *f);	/* the id to accept it by, or "" */
const char *mf_show_title(const struct mf_finding *f);
const char *mf_show_source(enum mf_source s);	/* "commit" */
const char *mf_show_pass(enum mf_pass p);	/* "allowlist"; NULL for none */
bool mf_show_expired(const struct mf_finding *f);

/* "a.env", "the message of commit 3f2c1ab9d0", "standard input". A path of another repository begins with its name. */
void mf_show_place(struct mf_pen *p, const struct mf_finding *f, void (*put)(struct mf_pen *, struct mf_str));
/* The same as a path: for formats that know only files. */
int mf_show_path(struct mf_buf *out, const struct mf_finding *f, struct mf_err *err) MF_MUST_USE;

/* "2024-05-01"; `out` holds 11 bytes. */
void mf_show_day(char out[static 11], int64_t t);

/* "1.4 GB", and 1234567 as "1,234,567". */
void mf_show_bytes(char out[static 32], uint64_t n);
void mf_show_count(char out[static 32], uint64_t n);

/* Whether a text is an address that may be linked: http or https, and nothing that ends an attribute or a line. */
bool mf_show_is_url(const char *s);

#endif
