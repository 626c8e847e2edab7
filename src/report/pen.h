/* SPDX-License-Identifier: Apache-2.0 */
/* Where a report goes, and how text from outside gets there in each format. Nothing returns a result: the first failure
 * sticks, what follows does nothing, and mf_pen_end() tells. */
#ifndef MF_REPORT_PEN_H
#define MF_REPORT_PEN_H

#include <stdio.h>
#include <mayfly/buf.h>

struct mf_pen {
	FILE *to;		/* or */
	struct mf_buf *buf;
	struct mf_err *err;
	bool failed;
};

void mf_pen_add(struct mf_pen *o, const void *p, size_t n);
void mf_pen_puts(struct mf_pen *o, const char *s);
void mf_pen_printf(struct mf_pen *o, const char *fmt, ...) MF_PRINTF(2, 3);	/* numbers and names of ours: at most 400 bytes */
int mf_pen_end(struct mf_pen *o) MF_MUST_USE;					/* MF-REPORT-02 when a file could not be written */

/* One character of text from outside: its bytes (0: none is left), and what they mean; ill-formed bytes are U+FFFD, each. */
size_t mf_pen_next(uint32_t *cp, struct mf_str s, size_t at);

/* The text, cut before the character that does not fit into `most` bytes. */
struct mf_str mf_pen_first(const char *text, size_t most);

/* Control characters, and characters that reorder or hide text. */
bool mf_pen_hidden(uint32_t cp);

/* -- the formats' own spellings ------------------------------------------------------------------------ */

/* A line on a terminal or in a job's log: hidden characters and line ends are '?', and nothing is a command of a runner. */
void mf_pen_line(struct mf_pen *o, struct mf_str s);

/* A quoted JSON string; hidden characters are escaped. `go`: exactly as Go's encoding/json, which gitleaks uses. */
void mf_pen_json(struct mf_pen *o, struct mf_str s, bool go);
void mf_pen_json_z(struct mf_pen *o, const char *s);	/* null for NULL */

/* Element text and attribute values of XML 1.0. `go`: exactly as Go's encoding/xml; else hidden characters are U+FFFD,
 * and line ends and tabs stay when `lines` is set. */
enum mf_xml { MF_XML_GO, MF_XML_ATTR, MF_XML_TEXT };
void mf_pen_xml(struct mf_pen *o, struct mf_str s, enum mf_xml as);

/* Markdown where every sign that could mean something is a character reference; one line. */
void mf_pen_markdown(struct mf_pen *o, struct mf_str s);

/* A field of CSV. `go`: as Go's encoding/csv; else a spreadsheet takes it for text (a leading ' where it would be a formula). */
void mf_pen_csv(struct mf_pen *o, struct mf_str s, bool go);

/* GitHub's workflow commands: a message, one line of it, a property. */
enum mf_command { MF_COMMAND_MESSAGE, MF_COMMAND_LINE, MF_COMMAND_PROPERTY };
void mf_pen_command(struct mf_pen *o, struct mf_str s, enum mf_command as);

/* A path as a relative reference of RFC 3986. */
void mf_pen_uri(struct mf_pen *o, struct mf_str path);

#endif
