/* SPDX-License-Identifier: Apache-2.0 */
/* XML answers of servers, as far as they need it (XML 1.0, fifth edition): elements and their text. No document type, so no entities but the five
 * that XML itself has and characters by number: what grows while it is read cannot be written. */
#ifndef MAYFLY_XML_H
#define MAYFLY_XML_H

#include <mayfly/err.h>

struct mf_xml;
struct mf_xnode;	/* borrowed from the document */

enum { MF_XML_BYTES = 1 << 20, MF_XML_DEPTH = 32, MF_XML_NODES = 20000 };

/* UTF-8, one root element, every element closed, nothing after it. MF-XML-01 with the line for what is no XML or is more than this reads, MF-XML-02 past a limit.
 * The text itself is never quoted. The caller frees *out. */
int mf_xml_parse(struct mf_xml **out, const char *p, size_t n, struct mf_err *err) MF_MUST_USE;
void mf_xml_free(struct mf_xml *doc);
void mf_xml_freep(struct mf_xml **doc);

const struct mf_xnode *mf_xml_root(const struct mf_xml *doc);
struct mf_str mf_xml_name(const struct mf_xnode *n);	/* without a prefix; borrowed */
struct mf_str mf_xml_text(const struct mf_xnode *n);	/* its own characters, references undone, children left out; borrowed */

/* Its first child of that name, or NULL (also for a NULL node); a path of names leads further down: "Error/Code". */
const struct mf_xnode *mf_xml_get(const struct mf_xnode *n, const char *path);
const struct mf_xnode *mf_xml_first(const struct mf_xnode *n);
const struct mf_xnode *mf_xml_next(const struct mf_xnode *n);

#endif
