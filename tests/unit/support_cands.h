/* SPDX-License-Identifier: Apache-2.0 */
/* Candidates compared field by field; what differs is named, never shown. */
#ifndef MF_TESTS_SUPPORT_CANDS_H
#define MF_TESTS_SUPPORT_CANDS_H

#include <mayfly/detect.h>

static bool cands_same_bytes(const char *a, size_t n, const char *b, size_t m)
{
	return n == m && (n == 0 || memcmp(a, b, n) == 0);
}

/* The first field that differs, or NULL. */
static const char *cand_differs(const struct mf_cand *a, const struct mf_cand *b)
{
	const struct {
		const char *name;
		bool same;
	} fields[] = {
		{ "rule", a->rule == b->rule },
		{ "at", a->at == b->at },
		{ "end", a->end == b->end },
		{ "secret_at", a->secret_at == b->secret_at },
		{ "secret_end", a->secret_end == b->secret_end },
		{ "line", a->line == b->line },
		{ "col", a->col == b->col },
		{ "end_line", a->end_line == b->end_line },
		{ "end_col", a->end_col == b->end_col },
		{ "format", a->format == b->format },
		{ "facts.account", strcmp(a->facts.account, b->facts.account) == 0 },
		{ "facts.issued", a->facts.issued == b->facts.issued },
		{ "facts.expires", a->facts.expires == b->facts.expires },
		{ "facts.note", strcmp(a->facts.note, b->facts.note) == 0 },
		{ "facts.harmless", a->facts.harmless == b->facts.harmless },
		{ "entropy", memcmp(&a->entropy, &b->entropy, sizeof(a->entropy)) == 0 },
		{ "encoding", a->encoding == b->encoding },
		{ "depth", a->depth == b->depth },
		{ "secret", cands_same_bytes(a->secret, a->secret_n, b->secret, b->secret_n) },
		{ "match", cands_same_bytes(a->match, a->match_n, b->match, b->match_n) },
		{ "text", cands_same_bytes(a->text, a->text_n, b->text, b->text_n) },
		{ "shown", cands_same_bytes(a->shown, a->shown ? a->text_n : 0, b->shown, b->shown ? b->text_n : 0) },
		{ "member", mf_same_text(a->member, b->member) },
		{ "allowed", a->allowed == b->allowed },
		{ "reason", mf_same_text(a->reason, b->reason) },
	};

	for (size_t i = 0; i < MF_COUNT(fields); i++)
		if (!fields[i].same)
			return fields[i].name;
	return NULL;
}

/* The first candidate that differs, and in what; NULL when none does. One that only one list has differs in "presence". */
static const char *cands_differ(const struct mf_cands *a, const struct mf_cands *b, size_t *at)
{
	for (*at = 0; *at < a->n && *at < b->n; ++*at) {
		const char *what = cand_differs(&a->v[*at], &b->v[*at]);

		if (what)
			return what;
	}
	return a->n == b->n ? NULL : "presence";
}

#endif
