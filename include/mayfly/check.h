/* SPDX-License-Identifier: Apache-2.0 */
/* What `mayfly check` tells: credentials with what is known of their life, and habits of files that keep long-lived credentials alive. A list of plain
 * facts: no value of a credential is in it. */
#ifndef MAYFLY_CHECK_H
#define MAYFLY_CHECK_H

#include <mayfly/buf.h>
#include <mayfly/lifetime.h>

/* -- items ------------------------------------------------------------------------------------------ */

/* Where it was found. */
enum mf_check_from {
	MF_CHECK_ENV,		/* a variable of the job */
	MF_CHECK_HOME,		/* a file that tools read, outside of the repository */
	MF_CHECK_CI,		/* a CI definition in the repository */
	MF_CHECK_REPO,		/* any other file of the repository */
	MF_CHECK_FETCHED,	/* obtained or read by this run */
	MF_CHECK_FROM_COUNT
};

/* What is done about an item: the mode of its class or rule. */
enum mf_check_mode { MF_CHECK_FAIL, MF_CHECK_WARN, MF_CHECK_OFF };

/* Every text is owned by the list, UTF-8 without control characters (`yaml` has lines); NULL where there is none. */
struct mf_check_item {
	enum mf_check_from from;
	char *rule;		/* a credential's kind ("aws-access-key"), or the id of a rule below ("secrets-inherit") */
	char *title;		/* "a long-lived AWS access key" */
	char *name;		/* the variable, the field, the profile, the secret: "AWS_ACCESS_KEY_ID", "default.aws_secret_access_key" */
	char *path;		/* of the file: "~/.aws/credentials", in the repository relative to its root; NULL for variables */
	unsigned line, col, end_line, end_col;	/* from 1; 0: not known */
	struct mf_life life;	/* life.kind == rule for credentials; NULL: a habit of a file */
	char *shown;		/* a redacted head of the value: "AKIA****" */
	char fingerprint[17];	/* of the value, by a key that each run makes anew unless it is given one: equal values have equal ones; "" */
	char *why;		/* what makes it so here, a sentence without a full stop; NULL: the rule's or the kind's own */
	char *fix;		/* what to do, the same */
	char *yaml;		/* what replaces the lines at `line`, ready to paste */
	/* set by the policy, mf_check_judge() */
	char id[17];		/* stable between runs: of rule, place and name, never of the value; for --explain and exceptions */
	enum mf_life_verdict verdict;	/* of credentials */
	enum mf_check_mode mode;	/* what counts for it; MF_CHECK_OFF: not shown */
	bool fails, warns;	/* the outcome; neither: listed */
	int64_t max;		/* the maximum that it was compared with, MF_LIFE_FOREVER: none */
	char *excused;		/* an exception's "reason (owner, until DATE)"; NULL: none */
	bool excuse_over;	/* the exception has expired, and counts no more */
};

/* Something that could not be looked at, or that a reader has to know. */
struct mf_check_note {
	char *what, *why, *hint;	/* `why`, `hint` may be NULL */
	bool incomplete;
};

struct mf_check_list {
	struct mf_check_item *v;
	size_t n, cap;
	struct mf_check_note *notes;
	size_t n_notes, cap_notes;
	size_t variables, files;	/* looked at */
	bool full;			/* MF_CHECK_ITEMS_MAX was reached: there is a note */
};
enum { MF_CHECK_ITEMS_MAX = 5000, MF_CHECK_NOTES_MAX = 1000 };
void mf_check_list_free(struct mf_check_list *l);	/* zeroes it */
/* A stored secret that this run has read (from a reference, its path), without an end that its bytes tell: it ends when somebody replaces it, so
 * what counts is how old it is, from life.issued on. */
bool mf_check_stored(const struct mf_check_item *item);
/* Moves all of `from`, which is empty then, behind what `to` has. MF-BASE-01: both are as they were. */
int mf_check_list_join(struct mf_check_list *to, struct mf_check_list *from, struct mf_err *err) MF_MUST_USE;
/* Takes the items out that `keep` says no to. */
void mf_check_list_filter(struct mf_check_list *l, bool (*keep)(const struct mf_check_item *item, const void *ctx), const void *ctx);

/* -- collecting ------------------------------------------------------------------------------------- */

struct mf_check_place;

/* What one process collects into. */
struct mf_check {
	struct mf_check_list list;
	int64_t now;			/* seconds since 1970; what lives is measured at this time */
	bool person;			/* a person's machine, no CI job */
	unsigned char key[32];		/* of fingerprints */
	/* Is shown each item that a value became, with the value; NULL: nobody wants them. */
	int (*seen)(void *ctx, const struct mf_check_item *item, const struct mf_check_place *at, struct mf_str value, struct mf_err *err);
	void *seen_ctx;
};

/* A place: texts are borrowed and hostile; they are copied, cleaned and cut. */
struct mf_check_place {
	enum mf_check_from from;
	const char *name, *path;
	unsigned line, col, end_line, end_col;
	struct mf_str host;	/* whose credential it is, where the place says so: "gitlab.example.com" */
};

/* Measures a value (borrowed) found at a place and appends an item where it is a credential; *item (may be NULL) points at it until the next one is
 * added, NULL where it is none. `hint` may be NULL: then the place's name is the hint's. Whoever has called it wipes the stack at the end
 * (mf_wipe_stack). MF-BASE-01. */
int mf_check_value(struct mf_check *c, const struct mf_check_place *at, struct mf_str value, const struct mf_life_hint *hint,
		   struct mf_check_item **item, struct mf_err *err) MF_MUST_USE;
/* Appends an item for a credential whose facts are known from elsewhere (life->kind and title static), such as a secret that a workflow names. */
int mf_check_life(struct mf_check *c, const struct mf_check_place *at, const struct mf_life *life, struct mf_check_item **item, struct mf_err *err) MF_MUST_USE;
/* Makes an item one of another kind, of those below, with its title and class: where the place says what the bytes do not. */
int mf_check_kind_is(struct mf_check_item *item, const char *kind, struct mf_err *err) MF_MUST_USE;
/* Appends an item for a habit, by the id of a rule of mf_check_rules. */
int mf_check_habit(struct mf_check *c, const struct mf_check_place *at, const char *rule, struct mf_check_item **item, struct mf_err *err) MF_MUST_USE;
/* Replaces a text of an item by a formatted one, cleaned (`yaml`: lines stay) and at most 4 KiB. */
int mf_check_text(char **field, struct mf_err *err, const char *fmt, ...) MF_PRINTF(3, 4) MF_MUST_USE;
int mf_check_yaml(struct mf_check_item *item, const char *text, struct mf_err *err) MF_MUST_USE;	/* up to 16 KiB; `text` is copied */
/* Appends a note; `why` and `hint` may be NULL. */
int mf_check_note(struct mf_check *c, bool incomplete, const char *why, const char *hint, struct mf_err *err, const char *fmt, ...)
	MF_PRINTF(6, 7) MF_MUST_USE;

/* -- rules about habits ----------------------------------------------------------------------------- */

struct mf_check_rule {
	const char *id;		/* "secrets-inherit" */
	const char *title;	/* "all secrets are handed to a called workflow" */
	enum mf_check_mode mode;	/* the default */
	const char *why;	/* the risk, a sentence or two */
	const char *fix;	/* what to do */
};
extern const struct mf_check_rule mf_check_rules[];	/* by id; an entry without id ends */
const struct mf_check_rule *mf_check_rule(const char *id);	/* NULL: none */

/* -- kinds of credentials --------------------------------------------------------------------------- */

/* What can take a credential's place: one recipe each in `--explain`. */
enum mf_check_remedy {
	MF_REMEDY_NONE,		/* nothing to replace: public, or without a key in it */
	MF_REMEDY_JOB,		/* the CI made it for this job */
	MF_REMEDY_STORE,	/* a secret without a better form: out of the CI's settings, into Vault, with an age */
	MF_REMEDY_AWS,
	MF_REMEDY_AWS_SESSION,
	MF_REMEDY_SIGNED_URL,
	MF_REMEDY_GCP,
	MF_REMEDY_GCP_API_KEY,
	MF_REMEDY_AZURE,
	MF_REMEDY_AZURE_SAS,
	MF_REMEDY_AZURE_DEVOPS,
	MF_REMEDY_PERSON,	/* a person's login: none of a job's business */
	MF_REMEDY_VAULT,
	MF_REMEDY_VAULT_SECRET_ID,
	MF_REMEDY_VAULT_RECOVERY,
	MF_REMEDY_GITHUB,
	MF_REMEDY_GITLAB,
	MF_REMEDY_GITLAB_RUNNER,
	MF_REMEDY_KUBERNETES,
	MF_REMEDY_DATABASE,
	MF_REMEDY_NPM,
	MF_REMEDY_PYPI,
	MF_REMEDY_CRATES,
	MF_REMEDY_RUBYGEMS,
	MF_REMEDY_NUGET,
	MF_REMEDY_DOCKER,
	MF_REMEDY_ARTIFACTORY,
	MF_REMEDY_TERRAFORM,
	MF_REMEDY_SSH,
	MF_REMEDY_TLS,
	MF_REMEDY_CA,
	MF_REMEDY_SIGNING,
	MF_REMEDY_ENCRYPTION,
	MF_REMEDY_COUNT
};

/* What is true of all credentials of a kind. */
struct mf_check_kind {
	const char *kind;	/* as struct mf_life has it */
	const char *title;	/* "a long-lived AWS access key" */
	enum mf_life_class class;	/* that most of them are of */
	enum mf_check_remedy remedy;
	const char *what;	/* what it opens and how long, a sentence without a full stop */
	const char *fix;	/* what to do, the same */
};
extern const struct mf_check_kind mf_check_known[];	/* an entry without a kind ends */
const struct mf_check_kind *mf_check_kind(const char *kind);	/* NULL: none */

/* What to do about an item, a sentence without a full stop: its own, its kind's, its rule's, or its class's. Never NULL. */
const char *mf_check_fix(const struct mf_check_item *item);

/* -- between processes ------------------------------------------------------------------------------ */

/* The list as JSON, and read back from a process that may have been taken over: everything is checked, cut and cleaned. Appends to `out`. The policy's
 * fields are not in it. MF-CHECK-02 when it is no such text. */
int mf_check_write(struct mf_buf *out, const struct mf_check_list *l, struct mf_err *err) MF_MUST_USE;
int mf_check_read(struct mf_check_list *out, struct mf_str text, struct mf_err *err) MF_MUST_USE;

#endif
