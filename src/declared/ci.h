/* SPDX-License-Identifier: Apache-2.0 */
/* What the CI definitions share: static credentials by the names that tools read, scripts that use or print them, what replaces them. */
#ifndef MAYFLY_DECLARED_CI_H
#define MAYFLY_DECLARED_CI_H

#include "declared_priv.h"

enum mf_dc_ci { MF_CI_GITLAB, MF_CI_CIRCLECI, MF_CI_AZURE, MF_CI_BITBUCKET, MF_CI_JENKINS, MF_CI_COUNT };
enum mf_dc_issuer { MF_IS_AWS, MF_IS_GCP, MF_IS_AZURE, MF_IS_VAULT, MF_IS_KUBE, MF_IS_TERRAFORM, MF_IS_NPM, MF_IS_DOCKER, MF_IS_GITHUB, MF_IS_GITLAB,
	MF_IS_PYPI, MF_IS_SSH, MF_IS_FIREBASE, MF_IS_ADDRESS, MF_IS_SERVICE, MF_IS_COUNT };

/* How many items one file may give: past it a reader has seen enough, and each costs a search for its line. */
enum { MF_DC_PER_FILE = 256 };
#define MF_DC_TEXT ((size_t)4 << 20)

/* One job of a definition while it is looked at. */
struct mf_dc_job {
	const struct mf_dc_file *file;
	struct mf_check *c;
	enum mf_dc_ci ci;
	char name[96];		/* as it is put in front of what replaces it */
	bool oidc;		/* logs in by the job's identity already */
	unsigned told;		/* bits of mf_dc_issuer: one item of each for a job */
	size_t first;		/* of the list, where this file's items begin */
	unsigned depth;
	size_t *bytes;		/* how much text is still looked at: aliases may repeat it */
	unsigned *left;		/* how many places are still looked for in this file: each costs a walk through it */
};

/* Text of a job, and where it begins in the file, whose spelling may be another (escapes): `line` and `col`, or `at` where line is 0. */
struct mf_dc_text {
	struct mf_str s;
	unsigned line, col;
	size_t at;
};

/* What replaces a static credential of this issuer in a job of that CI, as its own YAML (Groovy with Jenkins). `name`: the variable or command that was
 * seen, in `line`. */
int mf_dc_oidc(struct mf_buf *out, enum mf_dc_ci ci, enum mf_dc_issuer issuer, const char *job, const char *name, struct mf_str line,
	       struct mf_err *err) MF_MUST_USE;
void mf_dc_job_name(struct mf_dc_job *j, struct mf_str name);
/* Looks at a script or any other text of a job. */
int mf_dc_script(struct mf_dc_job *j, const struct mf_dc_text *t, struct mf_err *err) MF_MUST_USE;
/* Looks at a variable that is set to a literal. */
int mf_dc_variable(struct mf_dc_job *j, struct mf_str name, struct mf_str value, const struct mf_check_place *at, struct mf_err *err) MF_MUST_USE;
/* Tells a static credential of the job, once for an issuer; `name` is the variable or the command. */
int mf_dc_tell(struct mf_dc_job *j, enum mf_dc_issuer issuer, struct mf_str name, const struct mf_dc_text *t, struct mf_str line, struct mf_str seen,
	       struct mf_err *err) MF_MUST_USE;
/* Where `seen`, a part of a line of the text, stands in the file. */
struct mf_check_place mf_dc_seen(struct mf_dc_job *j, const struct mf_dc_text *t, struct mf_str line, struct mf_str seen, const char *name);
/* Whether text shows that the job logs in by its identity. */
bool mf_dc_uses_identity(struct mf_str s);
/* The same of all keys and texts below a node. */
bool mf_dc_node_identity(const struct mf_ynode *n, size_t *bytes, unsigned depth);
/* Looks at all below a node of a YAML definition. `key`: of the map that it stands in. */
int mf_dc_walk(struct mf_dc_job *j, const struct mf_ynode *n, struct mf_str key, bool variables, struct mf_err *err) MF_MUST_USE;

/* Identities of a cloud that jobs of several environments log in as. `jobs`: a map of them. GitHub's workflows count that were
 * checked before. */
int mf_dc_environments(const struct mf_declared *d, const struct mf_dc_file *f, const struct mf_ynode *jobs, struct mf_check *c, struct mf_err *err) MF_MUST_USE;
/* The issuer whose tools read a static credential from a variable of that name; MF_IS_COUNT: none. */
enum mf_dc_issuer mf_dc_issuer_of(struct mf_str variable);
/* Whether tools of a service, of which nothing else is known, read a token from a variable of that name. */
bool mf_dc_of_service(struct mf_str variable);
/* Whether a text is nothing but what the CI gives the job: $CI_JOB_TOKEN, $(System.AccessToken). */
bool mf_dc_jobs_own(struct mf_str text);
/* Whether a name promises a secret: its last word is PASSWORD, TOKEN, SECRET, ... and the CI does not make it for the job. */
bool mf_dc_secret_name(struct mf_str name);
/* A value that is none: a reference, a template, a word to be replaced, something short. */
bool mf_dc_placeholder(struct mf_str value);
/* mf_check_value() for a literal in a file: a value that only its name makes a credential has to look like one. */
int mf_dc_literal(struct mf_check *c, const struct mf_check_place *at, struct mf_str value, struct mf_check_item **item, struct mf_err *err) MF_MUST_USE;

/* Tells of a file that SOPS encrypted at a time (`when`) that is long ago. */
int mf_dc_sops_old(struct mf_check *c, const struct mf_check_place *at, struct mf_str when, struct mf_err *err) MF_MUST_USE;
/* The same of a file that is no YAML, where it is one of SOPS. */
int mf_dc_sops(const struct mf_dc_file *f, struct mf_check *c, struct mf_err *err) MF_MUST_USE;

/* -- text with positions ---------------------------------------------------------------------------- */

size_t mf_dc_offset(struct mf_str bytes, unsigned line, unsigned col);
/* The place of n bytes at an offset. */
struct mf_check_place mf_dc_at(const struct mf_dc_file *f, enum mf_check_from from, size_t at, size_t n, const char *name);
/* Where `what` stands in s from `from` on; SIZE_MAX: nowhere. */
size_t mf_dc_seek(struct mf_str s, size_t from, struct mf_str what);
bool mf_dc_has(struct mf_str s, const char *what);
/* Letters, digits and the underscore. */
bool mf_dc_word(char c);
/* Whether an item of this rule was told at that place already, from item `first` on; or the file has had its share. */
bool mf_dc_told(const struct mf_check *c, size_t first, const char *rule, const struct mf_check_place *at);

#endif
