/* SPDX-License-Identifier: Apache-2.0 */
/* What the kinds share: their input, views, tables of forms. */
#ifndef MAYFLY_LIFE_PRIV_H
#define MAYFLY_LIFE_PRIV_H

#include <mayfly/json.h>
#include <mayfly/lifetime.h>
#include <mayfly/verify.h>

/* One value on its way through the kinds. */
struct mf_lf {
	struct mf_str v;
	const struct mf_life_hint *hint;	/* never NULL */
	int64_t now;
	unsigned depth;		/* of wrappings that were undone */
	bool bare;		/* the name is not this value's own: it promises nothing of it */
	struct mf_life *out;	/* cleared by who asks */
	struct mf_err *err;
};

/* How deep wrappings may lie in each other; how many values of one text are looked at. */
enum { MF_LF_DEPTH = 4, MF_LF_PARTS = 1000 };

/* 1: recognised, `out` is filled and settled (kind NULL: a documented example, nothing to tell); 0: not of this kind, `out` is untouched; -1: no
 * memory. */
typedef int mf_lf_fn(struct mf_lf *in);
mf_lf_fn mf_lf_jwt, mf_lf_aws, mf_lf_gcp, mf_lf_azure, mf_lf_vault, mf_lf_github, mf_lf_gitlab, mf_lf_registry, mf_lf_cask, mf_lf_pem, mf_lf_der,
	mf_lf_ssh_cert, mf_lf_keystore, mf_lf_signed_url, mf_lf_url, mf_lf_json, mf_lf_connection, mf_lf_wrapped, mf_lf_words, mf_lf_named;

/* Whether the second of two is worse, as mf_life_measure() has it. */
bool mf_lf_worse(const struct mf_life *than, const struct mf_life *life);
/* Measures a value that lies in another one: one level deeper, 0 at MF_LF_DEPTH. `out` holds what was found before and gets the worse of the two.
 * `name`: of the field that holds it; NULL: the outer one's, which promises nothing of it. 1: `out` has a kind now, or had one; 0; -1. */
int mf_lf_inner(struct mf_lf *in, struct mf_str v, const char *name);
/* -- forms ------------------------------------------------------------------------------------------ */

enum mf_lf_how { MF_LF_STATIC, MF_LF_UNKNOWN, MF_LF_FOR, MF_LF_AT_MOST };

/* Tokens that their first letters tell. */
struct mf_lf_form {
	const char *prefix;
	unsigned short min, max;	/* length with the prefix */
	const char *check;		/* of verify.h, or NULL */
	const char *kind, *title;
	enum mf_life_class class;
	enum mf_lf_how how;
	int64_t seconds;		/* of MF_LF_FOR and MF_LF_AT_MOST */
	const char *note;		/* or NULL */
};
/* The form that the value has, if any: also a token that ends in other characters than those of `[0-9A-Za-z_.=~+/-]` is none. */
const struct mf_lf_form *mf_lf_form(struct mf_str v, const struct mf_lf_form *table, size_t n);
/* Fills `out` from it and settles. Always 1. */
int mf_lf_take_form(struct mf_lf *in, const struct mf_lf_form *f);
/* Both, for a kind that is a table and nothing more. */
int mf_lf_by_form(struct mf_lf *in, const struct mf_lf_form *table, size_t n);

/* Begins `out`. */
void mf_lf_is(struct mf_lf *in, const char *kind, const char *title, enum mf_life_class class);
/* Ends it: no end of its own; only the issuer knows; what the dates say (both 0: unknown). Always 1. */
int mf_lf_static(struct mf_lf *in);
int mf_lf_unknown(struct mf_lf *in);
int mf_lf_measured(struct mf_lf *in, int64_t issued, int64_t expires);
/* For a documented example. Always 1. */
int mf_lf_nothing(struct mf_lf *in);

/* Runs a check of verify.h, and keeps what it tells (account, note, dates) in `out`. False when it is harmless. */
bool mf_lf_check(struct mf_lf *in, const char *check, struct mf_str secret, struct mf_str match);
/* Text of the value, made harmless and cut to its room. */
void mf_lf_text(char *out, size_t cap, const char *fmt, ...) MF_PRINTF(3, 4);
void mf_lf_account(struct mf_lf *in, const char *fmt, ...) MF_PRINTF(2, 3);
void mf_lf_subject(struct mf_lf *in, struct mf_str s);
/* The subject of a pair, unless the user may be the secret of the two: a service's token with "x" or nothing for a password. */
void mf_lf_user(struct mf_lf *in, struct mf_str user, struct mf_str password);
/* Put behind what is there already. */
void mf_lf_note(struct mf_lf *in, const char *fmt, ...) MF_PRINTF(2, 3);

/* -- X.509 ------------------------------------------------------------------------------------------ */

struct mf_lf_cert {
	int64_t from, to;	/* 0: cannot be read; `to` is 0 as well where there is no end */
	bool no_end;		/* RFC 5280's 99991231235959Z */
	bool ca, self_signed;
	bool signs;		/* its key usage names the signing of certificates */
	char subject[128];
};
/* 1; 0: these bytes do not begin with a certificate; -1. */
int mf_lf_cert(struct mf_lf_cert *out, const unsigned char *der, size_t n, struct mf_err *err);
bool mf_lf_is_pkcs12(const unsigned char *der, size_t n);
/* Fills `out` from it. `more`: how many others lie beside it; `key`: so does a private key. Always 1. */
int mf_lf_take_cert(struct mf_lf *in, const struct mf_lf_cert *cert, size_t more, bool key);
/* A private key without a certificate, in PEM: 1, or 0 where there is none in it. */
int mf_lf_take_key(struct mf_lf *in, struct mf_str block);

/* -- views ------------------------------------------------------------------------------------------ */

static inline struct mf_str mf_lf_from(struct mf_str s, size_t at)
{
	at = at < s.n ? at : s.n;
	return (struct mf_str){ .p = s.n ? s.p + at : s.p, .n = s.n - at };
}

static inline struct mf_str mf_lf_head(struct mf_str s, size_t n)
{
	return (struct mf_str){ .p = s.p, .n = n < s.n ? n : s.n };
}

bool mf_lf_begins_caseless(struct mf_str s, const char *prefix);
bool mf_lf_is_caseless(struct mf_str s, const char *text);
size_t mf_lf_find(struct mf_str s, const char *what);	/* SIZE_MAX: nowhere */
static inline bool mf_lf_has(struct mf_str s, const char *what)
{
	return mf_lf_find(s, what) != SIZE_MAX;
}
/* What stands before the first `c`, *rest behind it; all of s and an empty rest when there is none. */
struct mf_str mf_lf_split(struct mf_str s, char c, struct mf_str *rest);
/* Only characters of `set`, and not empty. */
bool mf_lf_all(struct mf_str s, const char *set);
bool mf_lf_digits(struct mf_str s);
/* 1 to 18 decimal digits. */
bool mf_lf_number(int64_t *out, struct mf_str s);
bool mf_lf_uuid(struct mf_str s);
/* Whether the hint's variable has one of these names (";A;B;"), whatever its case. */
bool mf_lf_named_one(const struct mf_lf *in, const char *names);

/* -- encodings -------------------------------------------------------------------------------------- */

/* base64 of either alphabet, padding optional, blanks skipped. 1 with *out (*n bytes) in memory of its own, for mf_wipe_free(*out, *n); 0: it is
 * none; -1. */
int mf_lf_b64(unsigned char **out, size_t *n, struct mf_str s, struct mf_err *err);
/* A JSON document: 1, 0 when it is none, -1. */
int mf_lf_parse(struct mf_json **doc, struct mf_str text, struct mf_err *err);
/* A member's text, or a view of nothing. */
struct mf_str mf_lf_member(const struct mf_json *doc, const struct mf_jnode *n, const char *key);
/* A parameter of a query or a list of such, decoded into `out` (NUL-terminated); false: not there, or longer. */
bool mf_lf_param(char *out, size_t cap, struct mf_str query, const char *name);
/* %XX undone; `out` holds s.n bytes. */
size_t mf_lf_unescape(char *out, struct mf_str s);
/* "20260102T030405Z" -> seconds; false otherwise. */
bool mf_lf_compact_time(int64_t *out, struct mf_str s);

#endif
