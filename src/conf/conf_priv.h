/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of conf/ share: the store of values with their ranks, and the tables. */
#ifndef MF_CONF_PRIV_H
#define MF_CONF_PRIV_H

#include <mayfly/conf.h>

/* A value replaces one of its own or of a lower rank. */
enum mf_rank { MF_RANK_DEFAULT, MF_RANK_FILE, MF_RANK_ENV, MF_RANK_FLAG };

struct mf_value {
	enum mf_rank rank;
	char *origin;			/* NULL: nothing here but the default */
	char *text;			/* NULL: not set */
	char **items;			/* of a list, NULL-terminated */
	size_t n_items;
	int64_t num;			/* of a number, a duration, a boolean */
	struct mf_secret *secret;
	bool ours;			/* set at some rank by more than a variable of another program */
};

struct mf_wanted {
	struct mf_want want;
	enum mf_rank rank;
	char *label;			/* what it is called where it was asked for, or NULL */
};

struct mf_conf {
	struct mf_value values[MF_K_COUNT];
	struct mf_wanted *wants;
	size_t n_wants, room;
	struct mf_conf_limit *limits[MF_CONF_LIMITS];
	size_t n_limits[MF_CONF_LIMITS];
	struct mf_conf_exception *exceptions;
	size_t n_exceptions;
};

/* conf_value.c: parses and stores, unless a higher rank is there already. `origin` goes into messages and is copied.
 * Out of a list's text come its entries. */
int mf_conf_put(struct mf_conf *c, enum mf_key k, enum mf_rank rank, const char *origin, struct mf_str text, struct mf_err *err) MF_MUST_USE;
int mf_conf_put_list(struct mf_conf *c, enum mf_key k, enum mf_rank rank, const char *origin, const struct mf_str *items, size_t n,
		     struct mf_err *err) MF_MUST_USE;
void mf_value_free(struct mf_value *v);

/* "true", "no", "1" in any case of letters; false when it is none. */
bool mf_bool_parse(bool *out, struct mf_str s);

/* A word of a space-separated list of choices. */
bool mf_choice_has(const char *choices, struct mf_str word);
/* The nearest choice to a word, copied to `out`; NULL when none is near. */
const char *mf_choice_nearest(char out[static 64], const char *choices, struct mf_str word);

/* conf_wants.c: as mf_conf_add_want, under what it is called where it was asked for. The higher rank's is kept; twice in one
 * rank is an error unless `repeats`. */
int mf_conf_want_put(struct mf_conf *c, struct mf_want *want, enum mf_rank rank, struct mf_str label, bool repeats,
		     struct mf_err *err) MF_MUST_USE;

struct mf_ynode;
/* conf_secrets.c: the `secrets` section. */
int mf_conf_read_secrets(struct mf_conf *c, const char *file, const struct mf_ynode *map, struct mf_err *err) MF_MUST_USE;

/* conf_lifetime.c: the parts of `lifetime` that are no single values. Whether `path` is one of them, read or failed in *rc. */
bool mf_conf_read_lifetime(struct mf_conf *c, const char *path, const char *file, const struct mf_ynode *n, int *rc, struct mf_err *err);
void mf_conf_free_lifetime(struct mf_conf *c);
extern const char *const mf_lifetime_parts[];	/* "lifetime.names", ... */
extern const size_t mf_n_lifetime_parts;
extern const char *const mf_exception_keys[];
extern const size_t mf_n_exception_keys;

/* conf_yaml.c: reading nodes. Each fails with FILE:LINE:COL in front and the key's name in quotes. */
#define MF_AT_MAX 400
void mf_at(char out[static MF_AT_MAX], const char *file, const struct mf_ynode *n);
enum mf_scalar { MF_SC_NONE, MF_SC_NULL, MF_SC_BOOL, MF_SC_INT, MF_SC_FLOAT, MF_SC_TEXT };
enum mf_scalar mf_scalar_kind(const struct mf_ynode *n);	/* YAML 1.2's core schema; MF_SC_NONE for a list or a map */
int mf_yaml_wrong_type(const char *file, const struct mf_ynode *n, const char *key, const char *needed, struct mf_err *err);
/* A text of at least one byte, without NUL; *out is a copy. */
int mf_yaml_need_text(char **out, const char *file, const struct mf_ynode *n, const char *key, struct mf_err *err) MF_MUST_USE;
int mf_yaml_need_bool(bool *out, const char *file, const struct mf_ynode *n, const char *key, struct mf_err *err) MF_MUST_USE;
int mf_yaml_unknown_key(const char *file, const struct mf_ynode *key, const char *section, const char *const *known, size_t n,
			struct mf_err *err);
int mf_yaml_key_text(char **out, const char *file, const struct mf_ynode *key, struct mf_err *err) MF_MUST_USE;

/* conf_file.c: a parsed file, `name` in messages. */
struct mf_yaml;
int mf_conf_read_yaml(struct mf_conf *c, const char *name, const struct mf_yaml *doc, struct mf_err *err) MF_MUST_USE;

/* What a key of the file's `secrets` entries may hold: for the parser's messages and for the schema. */
extern const char *const mf_secret_keys[];
extern const size_t mf_n_secret_keys;

/* A name that a variable can have. */
bool mf_env_name_valid(struct mf_str s);

#endif
