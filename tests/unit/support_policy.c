/* SPDX-License-Identifier: Apache-2.0 */
#include "support_policy.h"

#include <stdio.h>
#include <stdlib.h>
#include <mayfly/alloc.h>

static const char *const aliases[] = { "old-password", "generic" };

const struct mf_rule policy_rules[4] = {
	{ .id = "token", .title = "a token", .severity = MF_SEV_HIGH },
	{ .id = "password", .title = "a password", .aliases = aliases, .n_aliases = 2, .severity = MF_SEV_LOW },
	{ .id = "tf-only", .title = "in Terraform", .path = "\\.tf$" },
	{ .id = "key", .title = "a key", .severity = MF_SEV_CRITICAL },
};

struct mf_cand make_cand(const struct mf_rule *rule, const char *secret, unsigned line)
{
	char text[200];
	struct mf_cand c = { .rule = rule, .line = line, .col = 5, .end_line = line, .end_col = 20, .entropy = 3.5 };

	c.secret = mf_strdup(secret);
	c.secret_n = strlen(secret);
	snprintf(text, sizeof(text), "k = %s", secret);
	c.match = mf_strdup(text);
	c.match_n = strlen(text);
	snprintf(text, sizeof(text), "  k = %s;", secret);
	c.text = mf_strdup(text);
	c.text_n = strlen(text);
	snprintf(c.facts.account, sizeof(c.facts.account), "account of %s", rule->id);
	return c;
}

int push_cand(struct mf_cands *list, struct mf_cand cand)
{
	struct mf_cand *v = mf_regrow(list->v, list->n + 1, sizeof(*v));

	if (!v || !cand.secret || !cand.match || !cand.text) {
		free(cand.secret);
		free(cand.match);
		free(cand.text);
		free(cand.member);
		free(cand.reason);
		list->v = v ? v : list->v;
		return -1;
	}
	list->v = v;
	list->v[list->n++] = cand;
	return 0;
}

struct mf_oid make_oid(unsigned n)
{
	struct mf_oid id = { 0 };

	/* not in the order of the numbers */
	for (size_t i = 0; i < 20; i++)
		id.b[i] = (unsigned char)(255 - n * 37 + i * 11);
	id.b[18] = (unsigned char)(n >> 8);
	id.b[19] = (unsigned char)n;
	return id;
}

static bool path_ok(void *ctx, const struct mf_rule *rule, const char *path)
{
	const size_t n = strlen(path);

	(void)ctx;
	return !rule->path || (n > 3 && strcmp(path + n - 3, ".tf") == 0);
}

static bool allowlisted(void *ctx, const struct mf_cand *c, const char *path, const char *commit, const char **why)
{
	(void)ctx;
	(void)c;
	*why = "the test's own";
	return (path && strncmp(path, "allow/", 6) == 0) || (commit && strncmp(commit, "77", 2) == 0);
}

const struct mf_ask policy_ask = { .path_ok = path_ok, .allowlisted = allowlisted };

static void show(FILE *to, const struct mf_finding *f)
{
	fprintf(to, "%s", f->path);
	for (size_t i = 0; i < f->n_more_paths; i++)
		fprintf(to, "+%s", f->more_paths[i]);
	fprintf(to, ":%u:%u-%u:%u %s %.*s src=%d repo=%s commit=%s blob=%s order=%llu versions=%llu pass=%d(%s) until=%lld", f->line, f->col,
		f->end_line, f->end_col, f->rule_id, (int)f->secret_n, f->secret, (int)f->source, f->repo ? f->repo : "", f->commit ? f->commit : "",
		f->blob ? f->blob : "", (unsigned long long)f->order, (unsigned long long)f->versions, (int)f->pass, f->pass_why ? f->pass_why : "",
		(long long)f->pass_until);
	fprintf(to, " by=%s<%s> at=%lld%+d m=%s [%.*s] [%.*s] %d %d %s %g %u %u id=%s\n", f->author ? f->author : "", f->email ? f->email : "",
		(long long)f->date, f->tz, f->message ? f->message : "", (int)f->match_n, f->match, (int)f->text_n, f->text, (int)f->format,
		(int)f->severity, f->facts.account, f->entropy, f->encoding, f->depth, f->fingerprint_id);
}

char *show_findings(const struct mf_findings *list)
{
	char *text = NULL;
	size_t n;
	FILE *to = open_memstream(&text, &n);

	if (!to)
		return NULL;
	for (size_t i = 0; i < list->n; i++)
		show(to, &list->v[i]);
	fclose(to);
	return text;
}
