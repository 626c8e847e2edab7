/* SPDX-License-Identifier: Apache-2.0 */
/* YAML through libfyaml. Aliases and merge keys are followed here, with limits on nodes and depth, and
 * never resolved by the library: some hundred bytes could take gigabytes. yaml.c and yaml_build.c are the only users of libfyaml. */
#ifndef MAYFLY_YAML_H
#define MAYFLY_YAML_H

#include <mayfly/err.h>

struct mf_yaml;
struct mf_ynode;	/* borrowed from the document */

enum mf_ytype { MF_Y_NULL, MF_Y_SCALAR, MF_Y_SEQ, MF_Y_MAP };

#define MF_YAML_BYTES (1u << 20)
#define MF_YAML_DEPTH 32
#define MF_YAML_NODES 20000

struct mf_ypos { unsigned line, col; };	/* both from 1 */

/* `name` is used in messages ("FILE:line:col: ..."). MF-YAML-01 syntax, duplicate keys, several documents; MF-YAML-02 limits. */
int mf_yaml_parse(struct mf_yaml **out, const char *name, const char *p, size_t n, struct mf_err *err) MF_MUST_USE;

/* Puts blanks in the place of a tag that only the text's own program knows ("!reference"), before it is parsed: lines and columns stay. In place. */
void mf_yaml_blank_tag(char *text, size_t n, const char *tag);

/* The same for a first document that has the key `key` at its top ("spec"), when a second one follows: a header that describes it. */
void mf_yaml_blank_header(char *text, size_t n, const char *key);

void mf_yaml_free(struct mf_yaml *doc);
void mf_yaml_freep(struct mf_yaml **doc);

const struct mf_ynode *mf_yaml_root(const struct mf_yaml *doc);	/* NULL for an empty document */
enum mf_ytype mf_yaml_type(const struct mf_ynode *n);
struct mf_ypos mf_yaml_pos(const struct mf_ynode *n);
struct mf_str mf_yaml_text(const struct mf_ynode *n);	/* a scalar's text; borrowed */
bool mf_yaml_plain(const struct mf_ynode *n);		/* a scalar without quotes: true, 3, null mean what they say */

/* Children with aliases followed and merge keys applied. */
size_t mf_yaml_size(const struct mf_ynode *n);
const struct mf_ynode *mf_yaml_at(const struct mf_ynode *n, size_t i);	/* the value */
const struct mf_ynode *mf_yaml_key_at(const struct mf_ynode *n, size_t i);	/* of a map */

#endif
