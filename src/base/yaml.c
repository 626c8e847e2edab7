/* SPDX-License-Identifier: Apache-2.0 */
/* YAML documents: what is checked before libfyaml sees the text, its parser, and the reading of the tree. */
#include "yaml_build.h"

#include <stdlib.h>
#include <libfyaml.h>
#include <mayfly/alloc.h>
#include <mayfly/enc.h>

void mf_yaml_blank_tag(char *text, size_t n, const char *tag)
{
	const size_t len = strlen(tag);

	for (char *at = text; n && (at = memmem(at, n - (size_t)(at - text), tag, len)); at += len)
		memset(at, ' ', len);
}

/* "---" alone on a line. */
static bool separates(const char *line, const char *end)
{
	return end - line >= 3 && memcmp(line, "---", 3) == 0 && mf_trim((struct mf_str){ line + 3, (size_t)(end - line) - 3 }).n == 0;
}

void mf_yaml_blank_header(char *text, size_t n, const char *key)
{
	const size_t len = strlen(key);
	bool header = false;

	for (char *line = text, *stop = text + n; line < stop;) {
		char *end = memchr(line, '\n', (size_t)(stop - line));

		end = end ? end : stop;
		if (header && separates(line, end)) {
			for (char *c = text; c < end; c++)
				*c = *c == '\n' ? '\n' : ' ';
			return;
		}
		header |= (size_t)(end - line) > len && memcmp(line, key, len) == 0 && line[len] == ':';
		line = end < stop ? end + 1 : stop;
	}
}

void mf_yaml_free(struct mf_yaml *doc)
{
	struct mf_yblock *b;

	if (!doc)
		return;
	while ((b = doc->blocks)) {
		doc->blocks = b->next;
		free(b);
	}
	free(doc);
}

void mf_yaml_freep(struct mf_yaml **doc)
{
	mf_yaml_free(*doc);
	*doc = NULL;
}

/* -- driving the parser --------------------------------------------------------------------------------- */

/* The library reports through here instead of on stderr. */
static void silent(struct fy_diag *diag, void *user, const char *text, size_t n)
{
	(void)diag;
	(void)user;
	(void)text;
	(void)n;
}

static int syntax(struct mf_ybuilder *b, struct fy_diag *diag)
{
	void *at = NULL;
	const struct fy_diag_error *e = fy_diag_errors_iterate(diag, &at);
	struct mf_ypos pos = b->last;

	if (!e || !e->msg)	/* it does not say so either when memory is out */
		return mf_yaml_fail_at(b, MF_E_YAML_SYNTAX, pos, "the parser gives up here or soon after");
	if (e->line > 0)
		pos = (struct mf_ypos){ .line = (unsigned)e->line, .col = e->column > 0 ? (unsigned)e->column : 1 };
	return mf_yaml_fail_at(b, MF_E_YAML_SYNTAX, pos, "%s", e->msg);
}

static int pump(struct mf_ybuilder *b, struct fy_parser *parser, struct fy_diag *diag)
{
	for (;;) {
		struct fy_event *e = fy_parser_parse(parser);
		bool end;
		int r;

		if (!e)
			return fy_parser_get_stream_error(parser) ? syntax(b, diag) : 0;
		end = e->type == FYET_STREAM_END;
		r = mf_yaml_event(b, e);
		fy_parser_event_free(parser, e);
		if (r || end)
			return r;
	}
}

static int parse(struct mf_ybuilder *b, const char *p, size_t n)
{
	const struct fy_diag_cfg diag_cfg = { .output_fn = silent, .level = FYET_ERROR, .module_mask = ~0u };
	/* a list's closing bracket below its key is against the letter of YAML, and read by every CI */
	struct fy_parse_cfg cfg = { .flags = FYPCF_QUIET | FYPCF_COLLECT_DIAG | FYPCF_JSON_NONE | FYPCF_SLOPPY_FLOW_INDENTATION };
	struct fy_parser *parser = NULL;
	int r = -1;

	cfg.diag = fy_diag_create(&diag_cfg);
	if (cfg.diag) {
		fy_diag_set_collect_errors(cfg.diag, true);
		parser = fy_parser_create(&cfg);
	}
	if (parser && fy_parser_set_string(parser, p, n) == 0)
		r = pump(b, parser, cfg.diag);
	else
		mf_fail_nomem(b->err);
	fy_parser_destroy(parser);
	fy_diag_destroy(cfg.diag);
	for (unsigned i = 0; i < b->depth; i++)
		mf_ypairs_free(&b->stack[i].pairs);
	return r;
}

/* YAML 1.2's c-printable, which the library does not insist on. */
static bool printable(uint32_t cp)
{
	return cp == '\t' || cp == '\n' || cp == '\r' || cp == 0x85 || (cp >= 0x20 && cp < 0x7f) ||
	       (cp >= 0xa0 && cp != 0xfffe && cp != 0xffff);
}

static int precheck(struct mf_ybuilder *b, const char *p, size_t n)
{
	unsigned line = 1;
	uint32_t cp;

	if (n > MF_YAML_BYTES)
		return mf_yaml_fail_at(b, MF_E_YAML_LIMIT, (struct mf_ypos){ 0 }, "it is longer than %u bytes", MF_YAML_BYTES);
	for (size_t i = 0, from = 0, step; i < n; i += step) {
		step = mf_utf8_decode(&cp, p + i, n - i);
		if (step == 0 || !printable(cp))
			return mf_yaml_fail_at(b, MF_E_YAML_SYNTAX, (struct mf_ypos){ line, (unsigned)(i - from) + 1 },
				       step == 0 ? "it is not valid UTF-8" : cp == 0 ? "it holds a NUL byte" :
				       "it holds a control character");
		if (cp == '\n') {
			line++;
			from = i + 1;
		}
	}
	return 0;
}

int mf_yaml_parse(struct mf_yaml **out, const char *name, const char *p, size_t n, struct mf_err *err)
{
	MF_CLEANUP(mf_freep) struct mf_ybuilder *b = mf_calloc(1, sizeof(*b));
	MF_CLEANUP(mf_yaml_freep) struct mf_yaml *doc = mf_calloc(1, sizeof(*doc));

	if (!b || !doc)
		return mf_fail_nomem(err);
	b->name = name;
	b->err = err;
	b->doc = doc;
	b->last = (struct mf_ypos){ 1, 1 };
	if (precheck(b, p, n))
		return -1;
	if (n >= 3 && memcmp(p, "\xef\xbb\xbf", 3) == 0) {
		p += 3;
		n -= 3;
	}
	b->input = (struct mf_str){ .p = p, .n = n };
	if (n && parse(b, p, n))
		return -1;
	*out = doc;
	doc = NULL;
	return 0;
}

/* -- reading ------------------------------------------------------------------------------------------ */

const struct mf_ynode *mf_yaml_root(const struct mf_yaml *doc)
{
	return doc->root;
}

enum mf_ytype mf_yaml_type(const struct mf_ynode *n)
{
	return n ? n->type : MF_Y_NULL;
}

struct mf_ypos mf_yaml_pos(const struct mf_ynode *n)
{
	return n ? n->pos : (struct mf_ypos){ 1, 1 };
}

struct mf_str mf_yaml_text(const struct mf_ynode *n)
{
	return n ? n->text : (struct mf_str){ 0 };
}

bool mf_yaml_plain(const struct mf_ynode *n)
{
	return n && n->plain;
}

size_t mf_yaml_size(const struct mf_ynode *n)
{
	return n ? n->n : 0;
}

const struct mf_ynode *mf_yaml_at(const struct mf_ynode *n, size_t i)
{
	return n && i < n->n ? n->pairs[i].value : NULL;
}

const struct mf_ynode *mf_yaml_key_at(const struct mf_ynode *n, size_t i)
{
	return n && i < n->n ? n->pairs[i].key : NULL;
}
