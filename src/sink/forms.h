/* SPDX-License-Identifier: Apache-2.0 */
/* The pieces of the masker: what a value consists of, what is too weak to be masked, and how it can be spelled. */
#ifndef MAYFLY_SINK_FORMS_H
#define MAYFLY_SINK_FORMS_H

#include <mayfly/json.h>
#include <mayfly/mask.h>
#include "out.h"

/* -- weak.c ------------------------------------------------------------------------------------ */
enum mf_weak { MF_WEAK_NO, MF_WEAK_EMPTY, MF_WEAK_SHORT, MF_WEAK_COMMON, MF_WEAK_PUNCT };

/* Whether a part may be masked by itself. PUNCT: no letter or digit in it ("{", "---"), nothing that anyone would call secret
 * when it is a line of a longer value. */
enum mf_weak mf_weak(struct mf_str s);

/* Whether a key's name ("db_password", "AccountKey") says that its value is secret. */
bool mf_secretish(struct mf_str key);

/* -- parts.c ----------------------------------------------------------------------------------- */
enum mf_part_kind {
	MF_PART_WHOLE,		/* the value, trimmed */
	MF_PART_LEAF,		/* a secret of its own inside the value: a JSON leaf, a password in a URL */
	MF_PART_LINE,		/* a line, trimmed */
	MF_PART_BODY		/* text that only ever appears as it is: a line of a PEM body, a JSON string as written */
};

struct mf_part {
	enum mf_part_kind kind;
	struct mf_str s;	/* borrowed from the value, or from what `parts` keeps */
};

struct mf_parts {
	struct mf_part *v;
	size_t n, room;
	size_t lines;		/* of kind LINE */
	size_t weak;		/* parts that were left out because they are weak */
	bool whole;		/* the value is among them */
	bool over;		/* there were more than MF_MASK_CAP */
	struct mf_secret **kept;	/* copies that parts point into */
	size_t n_kept;
	struct mf_json **docs;
	size_t n_docs;
};

int mf_parts_split(struct mf_parts *out, struct mf_str value, struct mf_err *err) MF_MUST_USE;
void mf_parts_free(struct mf_parts *p);

/* -- parts_text.c: passwords inside a line of text ------------------------------------------------ */
/* Calls `found` for each: user:password@ of URLs, values of key=value and key: value whose key names a secret. */
typedef int (*mf_found_fn)(void *ctx, struct mf_str s, struct mf_err *err);
int mf_find_passwords(struct mf_str line, mf_found_fn found, void *ctx, struct mf_err *err) MF_MUST_USE;

/* Cuts the first line off `rest` (LF, CRLF or CR). */
bool mf_next_line(struct mf_str *rest, struct mf_str *line);

/* -- formset.c: distinct forms within limits ---------------------------------------------------- */
struct mf_formset {
	struct mf_secret **v;
	size_t n, room, bytes;
	uint16_t *slots;	/* open addressing; index + 1, 0 is free */
	uint64_t seed;
	bool full;		/* something did not fit */
};

int mf_formset_init(struct mf_formset *f, struct mf_err *err) MF_MUST_USE;

/* Takes ownership of `s` (NULL: fails as out of memory was reported). Duplicates and what is shorter than
 * MF_MASK_MIN are dropped. */
int mf_formset_add(struct mf_formset *f, struct mf_secret *s, struct mf_err *err) MF_MUST_USE;
void mf_formset_free(struct mf_formset *f);

/* -- spell*.c: one spelling of some bytes each ----------------------------------------------------- */
struct mf_spelling {
	const char *name;	/* for the documentation and the tests */
	void (*write)(struct mf_out *o, struct mf_str s, const struct mf_spelling *how);
	unsigned flags;
	const char *extra;	/* percent-encoding: characters that stay as they are */
	bool rare;		/* left out first when there are too many forms */
	bool bytes;		/* also for what is no text */
};
extern const struct mf_spelling mf_spellings[];
extern const size_t mf_n_spellings;

enum { MF_SPELL_UPPER = 1, MF_SPELL_PLUS = 2, MF_SPELL_TILDE = 4 };		/* percent */
enum { MF_JSON_SLASH = 1, MF_JSON_HTML = 2, MF_JSON_ASCII = 4, MF_JSON_NET = 8, MF_JSON_TWICE = 16 };

void mf_spell_json(struct mf_out *o, struct mf_str s, const struct mf_spelling *how);
void mf_spell_percent(struct mf_out *o, struct mf_str s, const struct mf_spelling *how);
void mf_spell_hex(struct mf_out *o, struct mf_str s, const struct mf_spelling *how);
void mf_spell_single(struct mf_out *o, struct mf_str s, const struct mf_spelling *how);
void mf_spell_double(struct mf_out *o, struct mf_str s, const struct mf_spelling *how);
void mf_spell_backslash(struct mf_out *o, struct mf_str s, const struct mf_spelling *how);
void mf_spell_ansi_c(struct mf_out *o, struct mf_str s, const struct mf_spelling *how);
void mf_spell_python(struct mf_out *o, struct mf_str s, const struct mf_spelling *how);
void mf_spell_xml(struct mf_out *o, struct mf_str s, const struct mf_spelling *how);

/* base64 of the bytes when `before` (0 to 2) other bytes precede them in a group: the characters that depend on nothing
 * but `s`, whatever precedes and follows. */
struct mf_secret *mf_spell_base64(struct mf_str s, unsigned before, bool url, struct mf_err *err);

/* Lines of `width` characters of a wrapped base64 or hex dump that begins with `s`; the last one holds also when more follows. */
int mf_spell_wrapped(struct mf_formset *f, struct mf_str s, size_t width, bool hex, struct mf_err *err) MF_MUST_USE;

#endif
