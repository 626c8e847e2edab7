/* SPDX-License-Identifier: Apache-2.0 */
/* What the drop-ins share: another action's inputs as values of our own keys. */
#ifndef MAYFLY_CONF_INPUTS_H
#define MAYFLY_CONF_INPUTS_H

#include <mayfly/conf.h>

struct mf_inputs {
	struct mf_conf *conf;
	mf_getenv_fn env;
	const char *const *variables;	/* inputs in whose place a variable of their name counts as well, ROLE_TO_ASSUME for role-to-assume; ends with NULL; may be NULL */
};

/* An input without the white space around it, in upper case as the runner names it; {NULL,0} when it is not set. */
struct mf_str mf_in_get(const struct mf_inputs *in, const char *input);

/* "true", "t" and "1", or "false", "f" and "0", in any case; anything else is `fallback`. */
bool mf_in_yes(const struct mf_inputs *in, const char *input, bool fallback);

/* MF-REF-04 for the first of these inputs (the list ends with NULL) that is set to anything else. */
int mf_in_check_bools(const struct mf_inputs *in, const char *const *inputs, struct mf_err *err) MF_MUST_USE;

int mf_in_set(const struct mf_inputs *in, enum mf_key key, struct mf_str value, const char *input, struct mf_err *err) MF_MUST_USE;
int mf_in_set_bool(const struct mf_inputs *in, enum mf_key key, bool value, const char *input, struct mf_err *err) MF_MUST_USE;

/* Inputs that are taken over as they are, where they are set. */
struct mf_in_plain { const char *input; enum mf_key key; };
int mf_in_set_all(const struct mf_inputs *in, const struct mf_in_plain *v, size_t n, struct mf_err *err) MF_MUST_USE;

/* A list with one entry a line, as our lists have commas. */
int mf_in_set_lines(const struct mf_inputs *in, enum mf_key key, const char *input, struct mf_err *err) MF_MUST_USE;

/* MF-REF-04. */
int mf_in_bad(struct mf_err *err, const char *input, const char *why) MF_MUST_USE;

/* Cuts the next line or, with `commas`, the next entry between commas off, blanks around it gone; false at the end. Empty ones are left out. */
bool mf_in_next(struct mf_str *rest, bool commas, struct mf_str *entry);

/* A name for a variable: what is no letter, digit or '_' becomes '_', a digit at its beginning gets a '_' before it. */
int mf_in_name(struct mf_buf *out, struct mf_str text, bool upper, struct mf_err *err) MF_MUST_USE;

/* Asks for a secret: `want` has its switches; `ref` is parsed, `name` is the variable's or, with `fields`, what stands before the name of each field; `output` may be NULL. */
struct mf_in_secret { const char *ref, *name, *output, *input; bool fields; };
int mf_in_want(const struct mf_inputs *in, struct mf_want want, const struct mf_in_secret *secret, struct mf_err *err) MF_MUST_USE;

#endif
