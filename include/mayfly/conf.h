/* SPDX-License-Identifier: Apache-2.0 */
/* Configuration: flags beat environment (MAYFLY_*, the action's INPUT_*, VAULT_*) beat .mayfly.yml beat defaults.
 * One table of keys says for each its place in the file, its flag, its variables, its type and its help;
 * the parser, --help, completion, the man page and the JSON Schema come from it. */
#ifndef MAYFLY_CONF_H
#define MAYFLY_CONF_H

#include <mayfly/buf.h>
#include <mayfly/job.h>
#include <mayfly/ref.h>
#include <mayfly/secret.h>

/* One symbol for each line of conf_keys.def: MF_K_VAULT_URL and so on. */
enum mf_key {
#define MF_KEY(symbol, ...) MF_K_##symbol,
#include <mayfly/conf_keys.def>
#undef MF_KEY
	MF_K_COUNT
};

enum mf_ktype { MF_KT_STRING, MF_KT_BOOL, MF_KT_INT, MF_KT_DURATION, MF_KT_URL, MF_KT_PATH, MF_KT_CHOICE, MF_KT_LIST, MF_KT_SECRET, MF_KT_COUNT };

struct mf_key_info {
	const char *symbol;		/* "VAULT_URL" */
	const char *path;		/* "vault.url" in the file; NULL: not in the file */
	const char *flag;		/* "vault-url"; also the action's input; NULL: none */
	char letter;			/* of the flag, or 0 */
	const char *env;		/* "MAYFLY_VAULT_URL VAULT_ADDR BAO_ADDR": in this order, space-separated */
	enum mf_ktype type;
	const char *choices;		/* "fail skip"; of a list: what separates entries besides a line's end, " ,"; of MF_KT_COUNT: the words that
					 * may stand for the number */
	const char *fallback;		/* the default's text, or NULL */
	const char *arg;		/* placeholder in help: "URL" */
	const char *brief;		/* one line of help */
};
const struct mf_key_info *mf_key_info(enum mf_key k);

/* The action's input of a key, "vault-url"; `out` holds 64 bytes. */
void mf_key_input(char out[static 64], enum mf_key k);

/* One of the secrets to fetch. */
enum mf_as { MF_AS_ENV, MF_AS_FILE };
struct mf_want {
	char *name;		/* the variable's name as written; with a reference to a whole secret: its fields as one JSON object.
				 * NULL: every field under its own name */
	char *prefix;		/* of every field's name where `name` is NULL, or NULL */
	bool keep_case;		/* names of fields are used as they are, not in upper case */
	bool optional;		/* a missing path or field is no error */
	bool no_env, no_output;	/* drop-ins: only outputs, or only variables */
	char *output;		/* name of the step output, or NULL */
	struct mf_ref ref;
	enum mf_as as;
	enum { MF_DECODE_NONE, MF_DECODE_BASE64, MF_DECODE_HEX, MF_ENCODE_BASE64, MF_ENCODE_HEX } decode;	/* MF_ENCODE_..: bytes that are handed on as such a text */
	char origin[160];	/* ".mayfly.yml:12:3", "argument 2", "input 'secrets' line 1" */
};

struct mf_conf;

/* Empty: only defaults. */
int mf_conf_new(struct mf_conf **out, struct mf_err *err) MF_MUST_USE;
void mf_conf_free(struct mf_conf *c);

/* The file's layer. `path` NULL: .mayfly.yml in `dir` when there is one. Unknown keys, wrong types: MF-CONF-.. with
 * file, line, column and the nearest known key. A section whose command this version lacks: MF-CONF-.. too. */
int mf_conf_read_file(struct mf_conf *c, const char *path, const char *dir, struct mf_err *err) MF_MUST_USE;

/* The environment's layer: MAYFLY_*, INPUT_* (of our own action), then the third-party names of the table; what is empty
 * counts as not set. The secrets of MAYFLY_SECRETS or of the input become wants, instead of the file's of the same name. */
int mf_conf_read_env(struct mf_conf *c, mf_getenv_fn env, const struct mf_job *job, struct mf_err *err) MF_MUST_USE;

/* A flag's value; `origin` is "--vault-url". */
int mf_conf_set_flag(struct mf_conf *c, enum mf_key k, const char *value, struct mf_err *err) MF_MUST_USE;

/* Sets a value as coming from `origin` at the environment's rank (drop-ins map their model's inputs with it). */
int mf_conf_set_env(struct mf_conf *c, enum mf_key k, const char *value, const char *origin, struct mf_err *err) MF_MUST_USE;

/* Adds one secret to fetch; takes over what `want` owns, also on failure. Names may repeat here: the drop-ins' models allow it. */
int mf_conf_add_want(struct mf_conf *c, struct mf_want *want, struct mf_err *err) MF_MUST_USE;
/* NAME=REF of a command line, `index` from 1; PREFIX*=REF takes every field of a whole secret.
 * A name that the file has too is taken from here; twice on one command line is an error. */
int mf_conf_add_pair(struct mf_conf *c, const char *pair, size_t index, struct mf_err *err) MF_MUST_USE;
/* A text of several: lines of NAME=REF or NAME: REF (empty lines and # comments are skipped), or vault-action's grammar. */
int mf_conf_add_lines(struct mf_conf *c, struct mf_str text, const char *origin, struct mf_err *err) MF_MUST_USE;
/* Forgets what the file and the environment asked for: arguments replace it. */
void mf_conf_clear_wants(struct mf_conf *c);

/* Values by type; NULL or the zero value when nothing was set and there is no default. Borrowed. */
const char *mf_conf_str(const struct mf_conf *c, enum mf_key k);
bool mf_conf_bool(const struct mf_conf *c, enum mf_key k);
int64_t mf_conf_int(const struct mf_conf *c, enum mf_key k);		/* also durations, in seconds; -1: a word of MF_KT_COUNT */
const char *const *mf_conf_list(const struct mf_conf *c, enum mf_key k, size_t *n);
const struct mf_secret *mf_conf_secret(const struct mf_conf *c, enum mf_key k);
bool mf_conf_is_set(const struct mf_conf *c, enum mf_key k);		/* by anything but the default */
bool mf_conf_in_file(const struct mf_conf *c, enum mf_key k);		/* the value in force is the file's, which lies in the repository */
/* Whether a file, a flag, an input or a variable of our own has set it, whatever value is in force: what other programs' variables say is not meant for us. */
bool mf_conf_is_ours(const struct mf_conf *c, enum mf_key k);
const char *mf_conf_origin(const struct mf_conf *c, enum mf_key k);	/* "--vault-url", "VAULT_ADDR", ".mayfly.yml:3:8", "default" */

size_t mf_conf_wants(const struct mf_conf *c);
const struct mf_want *mf_conf_want(const struct mf_conf *c, size_t i);

/* Whether a want sets a variable: neither it nor export.env says otherwise (a file's path is set in any case). */
bool mf_conf_want_env(const struct mf_conf *c, const struct mf_want *w);
void mf_want_free(struct mf_want *w);

/* What lifetime.names, lifetime.paths and lifetime.mode say, in the file's order. Borrowed. */
struct mf_conf_limit {
	char *what;		/* a name, a path, a pattern, a class */
	int64_t max;		/* names and paths: seconds */
	char *mode;		/* modes: "fail", "warn", "off" */
	char *origin;		/* ".mayfly.yml:12:3" */
};
enum mf_conf_limits { MF_CONF_NAMES, MF_CONF_PATHS, MF_CONF_MODES, MF_CONF_LIMITS };
const struct mf_conf_limit *mf_conf_limits(const struct mf_conf *c, enum mf_conf_limits which, size_t *n);

/* One of lifetime.exceptions: what is set of `name` to `class_name` has to match. */
struct mf_conf_exception {
	char *name, *path, *id, *kind, *class_name;	/* at least one */
	char *reason, *owner;
	int64_t until;		/* the end of that day */
	char day[11];		/* "2026-03-31" */
	char *origin;		/* ".mayfly.yml:20:5" */
};
const struct mf_conf_exception *mf_conf_exceptions(const struct mf_conf *c, size_t *n);

/* vault-action's `secrets` input: "path selector | NAME ; ..." with * and **, quoted and backtick names and
 * indexes. Anything else of JSONata is refused with its position (MF-REF-03), never evaluated differently. */
struct mf_vault_action_rules { bool export_env, ignore_not_found; const char *encoding; };
int mf_conf_add_vault_action(struct mf_conf *c, struct mf_str text, const struct mf_vault_action_rules *rules, struct mf_err *err) MF_MUST_USE;

/* vault-action's `pki` input: "path {JSON} ; ...": the object is posted to the path, and the certificate, key, CA and chain of the answer
 * become NAME_CERT, NAME_KEY, NAME_CA and NAME_CA_CHAIN, NAME being the path's last segment. */
int mf_conf_add_vault_pki(struct mf_conf *c, struct mf_str text, const struct mf_vault_action_rules *rules, struct mf_err *err) MF_MUST_USE;

/* The same of other actions: configure-aws-credentials and aws-secretsmanager-get-secrets; google-github-actions/auth and get-secretmanager-secrets; azure/login and
 * get-keyvault-secrets. MF-REF-04. */
int mf_conf_read_aws_inputs(struct mf_conf *c, mf_getenv_fn env, struct mf_err *err) MF_MUST_USE;
int mf_conf_read_gcp_inputs(struct mf_conf *c, mf_getenv_fn env, struct mf_err *err) MF_MUST_USE;
int mf_conf_read_azure_inputs(struct mf_conf *c, mf_getenv_fn env, struct mf_err *err) MF_MUST_USE;

/* Reads vault-action's inputs (INPUT_URL, INPUT_METHOD, ...) into the environment's layer. */
int mf_conf_read_vault_action(struct mf_conf *c, mf_getenv_fn env, struct mf_err *err) MF_MUST_USE;

/* The nearest of n names by edit distance, or NULL when none is near: for "did you mean". */
const char *mf_nearest(const char *name, const char *const *names, size_t n);

/* The JSON Schema (draft 2020-12) of .mayfly.yml, from the table. */
int mf_conf_schema(struct mf_buf *out, struct mf_err *err) MF_MUST_USE;

#endif
