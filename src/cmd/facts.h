/* SPDX-License-Identifier: Apache-2.0 */
/* Facts for a person or for a program: the same calls make aligned text or one JSON object. */
#ifndef MAYFLY_CMD_FACTS_H
#define MAYFLY_CMD_FACTS_H

#include <stdio.h>
#include <mayfly/buf.h>

struct mf_facts {
	struct mf_buf text;
	bool json, list, first_in_group, first;
	const char *group;	/* text: the label of the group's first line */
	unsigned width;		/* text: of a fact's name; 0: 10 */
	unsigned column;	/* text, in a list: cells so far */
	unsigned notes;
	struct mf_buf said;	/* JSON: the notes, written at the end */
};

void mf_facts_init(struct mf_facts *f, bool json, size_t max);

/* A sentence for a person; in JSON an entry of "notes". */
int mf_facts_say(struct mf_facts *f, const char *sentence, struct mf_err *err) MF_MUST_USE;

/* A named group of name/value facts, or with a NULL name an entry of the list that is open. */
int mf_facts_open(struct mf_facts *f, const char *name, struct mf_err *err) MF_MUST_USE;
int mf_facts_list(struct mf_facts *f, const char *name, struct mf_err *err) MF_MUST_USE;

/* One fact; a NULL or empty value is left out. */
int mf_facts_add(struct mf_facts *f, const char *name, const char *value, struct mf_err *err) MF_MUST_USE;
int mf_facts_int(struct mf_facts *f, const char *name, int64_t value, struct mf_err *err) MF_MUST_USE;

/* Ends the entry, group or list that was opened last. */
int mf_facts_close(struct mf_facts *f, struct mf_err *err) MF_MUST_USE;

/* Writes everything, with a newline at the end. */
int mf_facts_write(struct mf_facts *f, FILE *to, struct mf_err *err) MF_MUST_USE;
void mf_facts_free(struct mf_facts *f);

#endif
