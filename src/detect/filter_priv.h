/* SPDX-License-Identifier: Apache-2.0 */
/* The filters against what is no secret, one file for each sort of reason. Each returns a reason, or NULL. */
#ifndef MAYFLY_FILTER_PRIV_H
#define MAYFLY_FILTER_PRIV_H

#include <mayfly/verify.h>

/* A value with what stands around it: at most a few hundred bytes before and behind. */
struct mf_value {
	struct mf_str s;
	struct mf_str before, after;	/* on the same line */
	struct mf_str name;		/* what it is assigned to: the last identifier before it, or nothing */
	char quote;			/* that it stands in, or 0 */
	unsigned classes;		/* mf_f_classes() */
};

/* What occurs in a text; a mask. */
enum mf_f_class { MF_F_LOWER = 1, MF_F_UPPER = 2, MF_F_DIGIT = 4, MF_F_JOINT = 8 /* _ - . / */, MF_F_SYMBOL = 16, MF_F_BLANK = 32, MF_F_OTHER = 64 };
unsigned mf_f_classes(struct mf_str s);

/* Letters of ASCII only. */
static inline char mf_f_lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
}

static inline bool mf_f_letter(char c)
{
	return mf_f_lower(c) >= 'a' && mf_f_lower(c) <= 'z';
}

static inline bool mf_f_digit(char c)
{
	return c >= '0' && c <= '9';
}

static inline bool mf_f_alnum(char c)
{
	return mf_f_letter(c) || mf_f_digit(c);
}

static inline bool mf_f_hex(char c)
{
	return mf_f_digit(c) || (mf_f_lower(c) >= 'a' && mf_f_lower(c) <= 'f');
}

static inline struct mf_str mf_f_from(struct mf_str s, size_t at)
{
	at = at < s.n ? at : s.n;
	return (struct mf_str){ .p = s.n ? s.p + at : s.p, .n = s.n - at };
}

static inline struct mf_str mf_f_head(struct mf_str s, size_t n)
{
	return (struct mf_str){ .p = s.p, .n = n < s.n ? n : s.n };
}

/* Whether the byte is one of these; never for NUL. */
static inline bool mf_f_among(char c, const char *set)
{
	return c && strchr(set, c);
}

/* In any case of the letters; the words are given in lower case. */
bool mf_f_begins(struct mf_str s, const char *word);
bool mf_f_ends(struct mf_str s, const char *word);
bool mf_f_is(struct mf_str s, const char *word);
size_t mf_f_find(struct mf_str s, const char *word);	/* SIZE_MAX: nowhere */
bool mf_f_has(struct mf_str s, const char *word);
/* Between characters that are no letters. */
bool mf_f_has_word(struct mf_str s, const char *word);
bool mf_f_is_any(struct mf_str s, const char *const *words, size_t n);
bool mf_f_has_any(struct mf_str s, const char *const *words, size_t n);
bool mf_f_begins_any(struct mf_str s, const char *const *words, size_t n);
bool mf_f_ends_any(struct mf_str s, const char *const *words, size_t n);
#define MF_F_IS(s, list) mf_f_is_any((s), (list), MF_COUNT(list))
#define MF_F_HAS(s, list) mf_f_has_any((s), (list), MF_COUNT(list))
#define MF_F_BEGINS(s, list) mf_f_begins_any((s), (list), MF_COUNT(list))
#define MF_F_ENDS(s, list) mf_f_ends_any((s), (list), MF_COUNT(list))

/* How much better a model of words and identifiers explains the text than chance does, in quarters of a bit: above 0 for words. */
int mf_f_wordiness(struct mf_str s);
/* Whether it is above what random values of this length and alphabet reach. */
bool mf_f_wordy(struct mf_str s);

/* -- strong reasons, for every rule ----------------------------------------------------------------- */
const char *mf_f_template(const struct mf_value *v);
const char *mf_f_placeholder(const struct mf_value *v);

/* -- for values without a format of their own ------------------------------------------------------- */
const char *mf_f_reference(const struct mf_value *v);	/* a variable, a call, an address of a secret */
const char *mf_f_shape(const struct mf_value *v);	/* uuid, number, date, version, path, url, ... */
const char *mf_f_context(const struct mf_value *v);	/* hash, public key, image; a name that says it is none */
const char *mf_f_word(const struct mf_value *v);	/* words and low variety */
const char *mf_f_password(const struct mf_value *v);	/* instead of the last, where the name says it is a password */
bool mf_f_names_password(struct mf_str name);
bool mf_f_setting(const struct mf_value *v);		/* KEY=value, alone on its line */
bool mf_f_cut_out(const struct mf_value *v);		/* out of code or a sentence */

#endif
