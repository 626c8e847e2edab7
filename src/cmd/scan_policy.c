/* SPDX-License-Identifier: Apache-2.0 */
/* What lets findings of a scan pass: the baseline, ignore files, what was accepted. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <mayfly/alloc.h>
#include <mayfly/clock.h>
#include <mayfly/fs.h>
#include "scan.h"

/* Reads a file that may be missing; *found tells. */
int mf_read_optional(struct mf_buf *out, const char *path, bool *found, struct mf_err *err)
{
	struct stat st;

	*found = access(path, F_OK) == 0;
	if (!*found || mf_fs_read(out, path, err) == 0)
		return 0;
	if (lstat(path, &st) == 0 && S_ISLNK(st.st_mode)) {
		mf_err_why(err, "it is a link to what the scan may not read");
		mf_err_hint(err, "put the file itself there");
	}
	return -1;
}

static int read_ignore(struct mf_ignore **out, const char *path, struct mf_err *err)
{
	struct mf_buf text = MF_BUF(MF_SIDE_FILE_MAX);
	bool found;
	int rc = mf_read_optional(&text, path, &found, err);

	if (rc == 0 && found)
		rc = mf_ignore_read(out, path, (struct mf_str){ text.p, text.n }, err);
	mf_buf_free(&text);
	return rc;
}

static int read_accepted(struct mf_accepted **out, const char *path, struct mf_err *err)
{
	struct mf_buf text = MF_BUF(MF_SIDE_FILE_MAX);
	bool found;
	int rc = mf_read_optional(&text, path, &found, err);

	if (rc == 0 && found)
		rc = mf_accepted_read(out, path, (struct mf_str){ text.p, text.n }, err);
	mf_buf_free(&text);
	return rc;
}

static int read_in_root(struct mf_ignore **ignore, struct mf_accepted **accepted, const struct mf_target *t, struct mf_err *err)
{
	const char *root = mf_target_root(t);
	MF_CLEANUP(mf_freep) char *a = root ? mf_path_join(root, ".gitleaksignore") : NULL;
	MF_CLEANUP(mf_freep) char *b = root ? mf_path_join(root, ".mayflyignore") : NULL;

	if (!root)
		return 0;
	if (!a || !b)
		return mf_fail_nomem(err);
	return read_ignore(ignore, a, err) || read_accepted(accepted, b, err) ? -1 : 0;
}

static int read_baseline(struct mf_baseline **out, const char *path, struct mf_err *err)
{
	struct mf_buf text = MF_BUF(MF_SIDE_FILE_MAX);
	int rc = mf_fs_read(&text, path, err);

	if (rc == 0)
		rc = mf_baseline_read(out, path, (struct mf_str){ text.p, text.n }, err);
	mf_buf_free(&text);
	return rc;
}

int mf_scan_policy_open(struct mf_child *c, struct mf_err *err)
{
	size_t redacted;

	if (!c->s->baseline_file)
		return 0;
	if (read_baseline(&c->baseline, c->s->baseline_file, err))
		return -1;
	redacted = mf_baseline_redacted(c->baseline);
	return redacted && mf_note_add(&c->notes, false, "make the baseline anew with  mayfly scan --format json  (the first 1000 credentials have ids there)", NULL,
				       redacted == 1 ? "%zu secret of the baseline is redacted: it is compared by what is shown of it" :
				       "%zu secrets of the baseline are redacted: they are compared by what is shown of them", redacted) ? mf_fail_nomem(err) : 0;
}

/* Lines of ignore files that do nothing. */
static int note_bad(struct mf_child *c, const struct mf_ignore *ignore, struct mf_err *err)
{
	const char *first = NULL;
	const size_t bad = ignore ? mf_ignore_bad(ignore, &first) : 0;

	return bad && mf_note_add(&c->notes, false, "a fingerprint is COMMIT:PATH:RULE:LINE or PATH:RULE:LINE", first,
				  "%zu %s of an ignore file %s nothing", bad, bad == 1 ? "line" : "lines", bad == 1 ? "does" : "do") ? mf_fail_nomem(err) : 0;
}

static bool rule_exists(const struct mf_child *c, const char *id)
{
	for (size_t i = 0; i < c->rules.n_rules; i++)
		if (strcmp(c->rules.rules[i]->id, id) == 0)
			return true;
	for (size_t i = 0; i < mf_n_builtin_rules; i++)
		if (strcmp(mf_builtin_rules[i].id, id) == 0)
			return true;
	return false;
}

/* Entries for rules that nobody has: of a rule that was renamed, or a slip of the pen. */
static int note_rules(struct mf_child *c, const struct mf_accepted *accepted, struct mf_err *err)
{
	const char *rule, *first = NULL;
	unsigned line, first_line = 0;
	size_t n = 0;
	char why[160];

	for (size_t i = 0; accepted && (rule = mf_accepted_rule(accepted, i, &line)); i++) {
		if (rule_exists(c, rule))
			continue;
		first_line = n++ ? first_line : line;
		first = first ? first : rule;
	}
	if (!n)
		return 0;
	snprintf(why, sizeof(why), "line %u: there is no rule '%.80s'", first_line, first);
	return mf_note_add(&c->notes, false, NULL, why, "%zu %s of .mayflyignore %s nothing", n, n == 1 ? "line" : "lines", n == 1 ? "does" : "do") ?
	       mf_fail_nomem(err) : 0;
}

static bool has_output(const struct mf_scan *s, const char *const *names, size_t n)
{
	for (size_t i = 0; i < s->n_outputs; i++)
		for (size_t k = 0; k < n; k++)
			if (strcmp(s->outputs[i].reporter->name, names[k]) == 0)
				return true;
	return false;
}

/* An id takes some milliseconds. Reports that are kept have as many as anybody goes through, and a person who reads text gets a few. Shards are joined by them. */
size_t mf_scan_ids(const struct mf_scan *s)
{
	static const char *const kept[] = { "json", "sarif", "csv", "html" };

	return s->raw || s->accept ? SIZE_MAX : has_output(s, kept, MF_COUNT(kept)) ? MF_IDS_MANY : MF_IDS_FEW;
}

const char *mf_scan_ids_note(const char **hint, const struct mf_scan *s, const struct mf_verdict *v)
{
	static const char *const shown[] = { "text", "json", "sarif", "csv", "html" };
	const bool many = mf_scan_ids(s) == MF_IDS_MANY;

	if (!v->no_id || mf_scan_ids(s) == SIZE_MAX || !has_output(s, shown, MF_COUNT(shown)))
		return NULL;
	*hint = many ? "scan a part for its ids:  mayfly scan PATH" : "--format json has an id for as many as 1000";
	return many ? "only the first 1000 credentials of a repository have an id to accept them by here" :
		      "only the first 64 credentials of a repository have an id to accept them by here";
}

static int pass_own_files(const struct mf_scan *s, struct mf_findings *list, struct mf_err *err)
{
	for (size_t i = 0; i < list->n; i++) {
		struct mf_finding *f = &list->v[i];

		for (size_t k = 0; k < MF_COUNT(s->own_files) && !f->pass; k++) {
			if (!s->own_files[k] || !f->path || strcmp(s->own_files[k], f->path) != 0)
				continue;
			f->pass = MF_PASS_ALLOWLIST;
			f->pass_why = mf_strdup("the file is the rules or the baseline of this scan");
			if (!f->pass_why)
				return mf_fail_nomem(err);
		}
	}
	return 0;
}

int mf_scan_policy(struct mf_child *c, const struct mf_target *t, struct mf_findings *list, struct mf_err *err)
{
	struct mf_policy policy = { .now = mf_now(), .ids = mf_scan_ids(c->s), .baseline = c->baseline, .known = c->collect };
	struct mf_accepted *accepted = NULL;
	struct mf_ignore *ignore = NULL;
	struct mf_hide *hide = NULL;
	int rc = t ? read_in_root(&ignore, &accepted, t, err) : 0;

	for (size_t i = 0; rc == 0 && i < c->s->n_ignore_files; i++)
		rc = read_ignore(&ignore, c->s->ignore_files[i], err);
	policy.ignore = ignore;
	policy.accepted = accepted;
	if (rc == 0)
		rc = note_bad(c, ignore, err) || note_rules(c, accepted, err) ? -1 : 0;
	if (rc == 0 && c->s->each_path && t && t->repo && (ignore || c->baseline))
		rc = mf_scan_moved(t, list, err);
	if (rc == 0)
		rc = pass_own_files(c->s, list, err);
	if (rc == 0 && (ignore || c->baseline))
		rc = mf_named_hide(&hide, c, list, err);
	policy.hide = hide;
	if (rc == 0)
		rc = mf_policy_apply(&policy, list, err);
	if (rc == 0 && c->past)
		rc = mf_collect_remember_ids(c->past, c->collect, list, accepted, err);
	mf_hide_free(hide);
	mf_ignore_free(ignore);
	mf_accepted_free(accepted);
	return rc;
}
