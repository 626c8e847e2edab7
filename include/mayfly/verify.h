/* SPDX-License-Identifier: Apache-2.0 */
/* What can be known of a token offline: checksums, structure, what it says of itself; and what is no credential at all. */
#ifndef MAYFLY_VERIFY_H
#define MAYFLY_VERIFY_H

#include <mayfly/base.h>

enum mf_verdict_format { MF_FORMAT_PLAUSIBLE, MF_FORMAT_VERIFIED, MF_FORMAT_BROKEN };
const char *mf_format_name(enum mf_verdict_format f);	/* "plausible", "verified-format", "format-broken" */

/* What the bytes themselves tell; "" and 0 when they do not. Never holds a part of the secret that opens something. */
struct mf_token_facts {
	char account[96];		/* "AWS account 123456789012", "app 12345" */
	int64_t issued, expires;	/* seconds since 1970 */
	char note[160];			/* "the key is encrypted", "an example key of RFC 7517" */
	bool harmless;			/* a public key, a documented example, an empty container, text that chance made look so: no finding */
};

/* Runs the check of that name over a secret (`match`: the whole match, for checks that need its surroundings). An unknown name is a bug and gives
 * MF_FORMAT_PLAUSIBLE. */
enum mf_verdict_format mf_check_run(const char *name, struct mf_str secret, struct mf_str match, struct mf_token_facts *facts);
/* All names, NULL ends: the rules' compiler refuses others. */
extern const char *const mf_check_names[];

/* Shannon entropy in bits a byte. */
double mf_entropy(struct mf_str s);

/* Why a value is no credential ("placeholder", "template", "example", "uuid", "hash", "path", "word", "sequence", ...), a static text, or NULL. `generic`: the value has
 * no format of its own, so that words, identifiers and low variety count against it as well. `match` and `line` are what surrounds the value. */
const char *mf_not_a_secret(struct mf_str secret, struct mf_str match, struct mf_str line, bool generic);
/* Whether the name before the secret says that it is none (APP_ID, gitCommit, index.hash): for a match that begins with a part of that name. */
bool mf_name_denies(struct mf_str secret, struct mf_str match, struct mf_str line);
/* Whether a value without a digit is words, and not chosen by chance. */
bool mf_made_of_words(struct mf_str s);
/* What manuals, tests and forms have for a password; a key that everybody has, since a manual prints it. */
bool mf_stock_password(struct mf_str s);
bool mf_known_example(struct mf_str s);

#endif
