/* SPDX-License-Identifier: Apache-2.0 */
/* One finding: the candidate, its places and its commit, copied. */
#include "finish.h"

#include <stdlib.h>
#include <mayfly/alloc.h>
#include <mayfly/enc.h>

uint32_t mf_finish_oid(const struct mf_collect *c, const struct mf_kept *k)
{
	return k->placed ? c->placed[k->place].blob : c->blob_oid[k->place];
}

struct mf_cand mf_finish_cand(const struct mf_collect *c, const struct mf_kept *k)
{
	const struct mf_str secret = mf_intern_get(&c->texts, k->secret), match = mf_intern_get(&c->texts, k->match),
			    text = mf_intern_get(&c->texts, k->text), facts = mf_intern_get(&c->texts, k->facts);
	struct mf_cand cand = {
		.rule = k->rule, .line = k->line, .col = k->col, .end_line = k->end_line, .end_col = k->end_col,
		.format = (enum mf_verdict_format)k->format, .entropy = k->entropy, .encoding = k->encoding, .depth = k->depth,
		.secret = (char *)secret.p, .secret_n = secret.n, .match = (char *)match.p, .match_n = match.n,
		.text = (char *)text.p, .text_n = text.n, .member = (char *)mf_intern_get(&c->texts, k->member).p,
		.allowed = k->allowed, .reason = (char *)mf_intern_get(&c->texts, k->reason).p,
	};

	memcpy(&cand.facts, facts.p, sizeof(cand.facts));
	return cand;
}

struct mf_who mf_finish_who(const struct mf_finish *f, const struct mf_kept *k, uint32_t from)
{
	struct mf_who none = { 0 };
	const struct mf_commit *commit;

	if (k->placed) {
		const uint32_t id = f->c->placed[from].commit;

		if (id == MF_NONE)
			return none;
		none = f->c->who[id];
		none.id = &f->c->who_id[id];
		return none;
	}
	commit = from == MF_NONE ? NULL : f->origins->v[from].commit;
	return commit ? (struct mf_who){ .id = &commit->id, .author = commit->author, .email = commit->email, .message = commit->message,
					 .date = commit->date, .tz = commit->tz } : none;
}

void mf_finish_hex(char out[static 65], const struct mf_oid *id, size_t oid_len)
{
	mf_hex_encode(out, id->b, oid_len, false);
	out[2 * oid_len] = '\0';
}

enum mf_source mf_finish_source(const struct mf_finish *f, const struct mf_kept *k, uint32_t from)
{
	return k->placed ? f->c->placed[k->place].source : from == MF_NONE ? MF_SRC_UNREACHABLE : MF_SRC_COMMIT;
}

static char *copy(struct mf_str s)
{
	char *p = malloc(s.n + 1);

	if (!p)
		return NULL;
	if (s.n)
		memcpy(p, s.p, s.n);
	p[s.n] = '\0';
	return p;
}

/* NULL stays NULL; false when memory is out. */
static bool copy_text(char **to, const char *s, size_t max)
{
	*to = s ? mf_strndup(s, strnlen(s, max)) : NULL;
	return *to || !s;
}

static bool copy_paths(struct mf_finding *to, const struct mf_site *sites, size_t n)
{
	if (!copy_text(&to->path, sites[0].path, SIZE_MAX))
		return false;
	if (n == 1)
		return true;
	to->more_paths = mf_calloc(n - 1, sizeof(*to->more_paths));
	for (size_t i = 1; to->more_paths && i < n; i++) {
		if (!copy_text(&to->more_paths[i - 1], sites[i].path, SIZE_MAX))
			return false;
		to->n_more_paths++;
	}
	return to->more_paths != NULL;
}

static bool copy_who(struct mf_finding *to, const struct mf_who *who, size_t oid_len)
{
	char id[65];

	if (!who->id)
		return true;
	mf_finish_hex(id, who->id, oid_len);
	to->date = who->date;
	to->tz = who->tz;
	return copy_text(&to->commit, id, 64) && copy_text(&to->author, who->author, MF_NAME_MAX) && copy_text(&to->email, who->email, MF_NAME_MAX) &&
	       copy_text(&to->message, who->message, MF_MESSAGE_MAX);
}

static bool copy_texts(struct mf_finding *to, const struct mf_finish *f, const struct mf_kept *k)
{
	const struct mf_intern *t = &f->c->texts;
	const uint32_t oid = mf_finish_oid(f->c, k);
	char id[65] = "";

	if (oid != MF_NONE)
		mf_hex_encode(id, mf_intern_get(&f->c->oids, oid).p, f->oid_len, false);
	id[2 * f->oid_len] = '\0';
	to->secret = copy(mf_intern_get(t, k->secret));
	to->match = copy(mf_intern_get(t, k->match));
	to->text = copy(mf_intern_get(t, k->shown == MF_NONE ? k->text : k->shown));
	if (to->text && (k->encoding & (MF_ENC_BASE64 | MF_ENC_HEX | MF_ENC_PERCENT | MF_ENC_UNICODE)))
		mf_mask_encoded(to->text, to->text_n);
	return to->secret && to->match && to->text && copy_text(&to->rule_id, k->rule->id, SIZE_MAX) &&
	       copy_text(&to->title, k->rule->title, SIZE_MAX) && copy_text(&to->blob, *id ? id : NULL, 64);
}

static bool copy_again(struct mf_finding *to, const struct mf_finish *f, const struct mf_versions *versions)
{
	size_t n = 0;

	for (uint32_t i = versions->first; i != MF_NONE; i = versions->v[i].next)
		n++;
	if (n == 0)
		return true;
	to->again = mf_calloc(n, sizeof(*to->again));
	for (uint32_t i = versions->first; to->again && i != MF_NONE; i = versions->v[i].next) {
		const struct mf_kept *k = &f->c->kept[f->group[versions->v[i].cand]];
		const struct mf_who who = mf_finish_who(f, k, versions->v[i].from);

		if (!who.id)
			continue;
		mf_finish_hex(to->again[to->n_again].commit, who.id, f->oid_len);
		to->again[to->n_again++].line = k->line;
	}
	return to->again != NULL;
}

/* A critical finding whose checksum or structure is wrong may be real, and of an older form, but is not to be told among those that are not in doubt. */
static enum mf_severity severity(const struct mf_rule *rule, enum mf_verdict_format format)
{
	return format == MF_FORMAT_BROKEN && rule->severity == MF_SEV_CRITICAL ? MF_SEV_HIGH : rule->severity;
}

int mf_finish_add(void *ctx, const struct mf_site *sites, size_t n, const struct mf_versions *versions, struct mf_err *err)
{
	struct mf_finish *f = ctx;
	const struct mf_kept *k = &f->c->kept[f->group[sites[0].cand]];
	const struct mf_cand cand = mf_finish_cand(f->c, k);
	const struct mf_who who = mf_finish_who(f, k, sites[0].from);
	struct mf_finding to = {
		.rule = k->rule, .source = mf_finish_source(f, k, sites[0].from), .order = sites[0].order, .versions = versions->n,
		.line = k->line, .col = k->col, .end_line = k->end_line, .end_col = k->end_col,
		.secret_n = cand.secret_n, .match_n = cand.match_n, .text_n = cand.text_n,
		.format = cand.format, .severity = severity(k->rule, cand.format), .facts = cand.facts, .entropy = k->entropy,
		.encoding = k->encoding, .depth = k->depth, .pass = (enum mf_pass)(sites[0].realm >> 60),
	};

	if (!copy_texts(&to, f, k) || !copy_paths(&to, sites, n) || !copy_who(&to, &who, f->oid_len) || !copy_again(&to, f, versions) ||
	    !copy_text(&to.pass_why, to.pass ? mf_intern_get(&f->c->texts, sites[0].why).p : NULL, SIZE_MAX)) {
		mf_finding_free(&to);
		return mf_fail_nomem(err);
	}
	return mf_findings_add(f->out, &to, err);
}
