/* SPDX-License-Identifier: Apache-2.0 */
/* What the checks share: their input, digits and alphabets, facts. */
#ifndef MAYFLY_VERIFY_PRIV_H
#define MAYFLY_VERIFY_PRIV_H

#include <mayfly/enc.h>
#include <mayfly/json.h>
#include <mayfly/verify.h>

struct mf_vin {
	struct mf_str secret, match;
	struct mf_token_facts *facts;	/* zeroed before the check */
};

/* One for each line of checks.def. */
#define MF_CHECK(name, symbol) enum mf_verdict_format mf_vc_##symbol(const struct mf_vin *in);
#include "checks.def"
#undef MF_CHECK

/* No token is longer; a longer text is not looked at. */
#define MF_V_MAX ((size_t)64 * 1024)

/* -- views ------------------------------------------------------------------------------------------ */

static inline struct mf_str mf_v_from(struct mf_str s, size_t at)
{
	at = at < s.n ? at : s.n;
	return (struct mf_str){ .p = s.n ? s.p + at : s.p, .n = s.n - at };
}

static inline struct mf_str mf_v_head(struct mf_str s, size_t n)
{
	return (struct mf_str){ .p = s.p, .n = n < s.n ? n : s.n };
}

static inline struct mf_str mf_v_cut(struct mf_str s, size_t at, size_t n)
{
	return mf_v_head(mf_v_from(s, at), n);
}

/* Where `what` first stands in s, or SIZE_MAX. */
size_t mf_v_find(struct mf_str s, const char *what);
bool mf_v_has(struct mf_str s, const char *what);
/* What stands before the first `c`, with *rest behind it; all of s and an empty rest when there is none. */
struct mf_str mf_v_split(struct mf_str s, char c, struct mf_str *rest);

/* -- digits ----------------------------------------------------------------------------------------- */

/* A digit's value, or -1; hex and base64 are in enc.h. */
int mf_v_b62(char c);		/* 0-9A-Za-z */
int mf_v_b32(char c);		/* A-Z2-7, either case */
bool mf_v_all(struct mf_str s, int (*digit)(char));	/* also not empty */
bool mf_v_digits(struct mf_str s);

/* Decimal digits only, at most 18; false otherwise. */
bool mf_v_number(int64_t *out, struct mf_str s);
bool mf_v_hex32(uint32_t *out, struct mf_str s);

/* `v` in n digits of an alphabet of `base` characters, zero-padded, the highest first; what does not fit is cut off. */
void mf_v_in_base(char *out, size_t n, uint32_t v, const char *alphabet, unsigned base);
extern const char mf_v_base62[63];

/* base64 of either alphabet, padding optional, no white space; false for foreign characters, an impossible length, or more than `cap` bytes. */
bool mf_v_b64(unsigned char *out, size_t cap, size_t *n, struct mf_str s);
/* Whether the bits behind the last whole byte are zero, as every encoder leaves them. */
bool mf_v_b64_canonical(struct mf_str s);
/* The same into memory of its own, at most MF_V_MAX bytes of text; NULL with *nomem for lack of memory, else for malformed text. The caller frees it. */
unsigned char *mf_v_b64_new(size_t *n, struct mf_str s, bool *nomem);
bool mf_v_b32_decode(unsigned char *out, size_t cap, size_t *n, struct mf_str s);
/* Base58 of Bitcoin's alphabet, at most 128 characters. */
bool mf_v_b58_decode(unsigned char *out, size_t cap, size_t *n, struct mf_str s);

uint32_t mf_v_be32(const unsigned char *p);
uint32_t mf_v_le32(const unsigned char *p);

/* -- facts ------------------------------------------------------------------------------------------ */

void mf_v_account(const struct mf_vin *in, const char *fmt, ...) MF_PRINTF(2, 3);
void mf_v_note(const struct mf_vin *in, const char *fmt, ...) MF_PRINTF(2, 3);
/* Sets `harmless` with the reason, and gives MF_FORMAT_PLAUSIBLE for the caller to return. */
enum mf_verdict_format mf_v_harmless(const struct mf_vin *in, const char *why);
/* "%.*s" of a view, cut to what a fact may hold. */
#define MF_V_ARG(s) (int)((s).n < 90 ? (s).n : 90), (s).n ? (s).p : ""

/* Midnight and up: seconds since 1970 of a UTC date; month and day from 1. 0 when it is none. */
int64_t mf_v_time(int year, int month, int day, int hour, int minute, int second);

/* -- shared by several checks ----------------------------------------------------------------------- */

enum mf_v_json { MF_V_JSON_OK, MF_V_JSON_BAD, MF_V_JSON_NOMEM };
enum mf_v_json mf_v_json(struct mf_json **doc, struct mf_str text);
/* The JSON object in base64 of either alphabet. */
enum mf_v_json mf_v_json_b64(struct mf_json **doc, struct mf_str text);
/* The object in a text that may be quoted in another one (\" for "). */
enum mf_v_json mf_v_json_in(struct mf_json **doc, struct mf_str text);
/* A member's text, or a view of nothing. */
struct mf_str mf_v_member(const struct mf_json *doc, const struct mf_jnode *n, const char *key);
/* A number of whole seconds (or a text of digits), or 0. */
int64_t mf_v_seconds(const struct mf_json *doc, const struct mf_jnode *n, const char *key);
/* The verdict where the JSON is not there to be looked at. */
enum mf_verdict_format mf_v_no_json(enum mf_v_json got);

/* Marvin32 over n bytes. */
uint32_t mf_v_marvin(const unsigned char *p, size_t n, uint64_t seed);

/* The body of an armoured block: what stands between the line that begins with `begin` and the one with "-----END", undone of quotes, comment
 * marks and escaped line ends. */
struct mf_v_armor {
	struct mf_str label;		/* "RSA PRIVATE KEY" */
	char *b64;			/* owned */
	size_t n;
	bool encrypted;			/* "Proc-Type: 4,ENCRYPTED" */
	bool ended, foreign;		/* the end line was seen; what is no base64, such as an ellipsis */
	size_t longest;			/* run of base64 digits, whatever was made of the lines */
	char crc[4];			/* OpenPGP's checksum line, after the '=' */
	bool has_crc;
};
/* Whether there is no key in it at all: "...", "<your key>", "MIIE". */
static inline bool mf_v_armor_empty(const struct mf_v_armor *a)
{
	return a->n < 40 && a->longest < 24;
}
int mf_v_armor_read(struct mf_v_armor *a, struct mf_str text);	/* 1; 0: no such block; -1: no memory */
void mf_v_armor_free(struct mf_v_armor *a);

/* Whether these bytes are a private key in OpenSSH's own format; tells of what kind. */
bool mf_v_openssh_key(const struct mf_vin *in, const unsigned char *p, size_t n);

/* What is inside a DER-encoded private key. */
struct mf_v_der_key {
	const char *kind;		/* "RSA", "EC", "DSA", "Ed25519", ... or "" */
	unsigned bits;			/* of the modulus; 0 where that says nothing */
	bool encrypted, public_only;
};
bool mf_v_der_key(struct mf_v_der_key *out, const unsigned char *p, size_t n);

#endif
