/* SPDX-License-Identifier: Apache-2.0 */
/* Revisions as people write them. */
#include <mayfly/walk.h>

#include <stdio.h>
#include "commit.h"
#include "refs.h"

enum { NAME_N = 1024, TAGS_MAX = 100, CANDIDATES = 64, SHOWN = 6 };
static const size_t COMMIT_MAX = (size_t)64 << 20;

struct rev {
	const struct mf_repo *r;
	struct mf_reader *rd;
	size_t oid_len;
	const char *name;	/* as it was given */
	mf_tag_fn tag;		/* of what the name stands for; NULL: nobody wants them */
	void *ctx;
};

static int refuse(const struct rev *v, struct mf_err *err, const char *why)
{
	mf_fail(err, MF_E_GIT_REVISION, "the revision '%s' cannot be found", v->name);
	mf_err_why(err, "%s", why);
	return -1;
}

/* Where the name of the reference or the id ends and "^1", "~3", "@{...}" begin. */
static size_t base_length(const char *s)
{
	size_t i = 0;

	for (; s[i] && s[i] != '^' && s[i] != '~' && s[i] != ':'; i++)
		if ((s[i] == '@' && s[i + 1] == '{') || (s[i] == '.' && s[i + 1] == '.'))
			break;
	return i;
}

static bool all_hex(struct mf_str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (!((s.p[i] >= '0' && s.p[i] <= '9') || ((s.p[i] | 32) >= 'a' && (s.p[i] | 32) <= 'f')))
			return false;
	return s.n > 0;
}

/* Beside references there are other files in the folder: "config" may well be a branch. */
static bool may_be_whole(struct mf_str s)
{
	static const char *const folders[] = { "refs/", "main-worktree/", "worktrees/" };

	for (size_t i = 0; i < MF_COUNT(folders); i++)
		if (s.n > strlen(folders[i]) && memcmp(s.p, folders[i], strlen(folders[i])) == 0)
			return true;
	for (size_t i = 0; i < s.n; i++)
		if (!((s.p[i] >= 'A' && s.p[i] <= 'Z') || s.p[i] == '_' || s.p[i] == '-'))
			return false;
	return true;
}

/* As a reference, in git's order. */
static int by_ref(struct mf_oid *out, bool *found, const struct rev *v, struct mf_str base, struct mf_err *err)
{
	static const char *const forms[] = {
		"%.*s", "refs/%.*s", "refs/tags/%.*s", "refs/heads/%.*s", "refs/remotes/%.*s", "refs/remotes/%.*s/HEAD",
	};
	char name[NAME_N + 32];

	*found = false;
	if (base.n >= NAME_N)
		return 0;
	for (size_t i = !may_be_whole(base); i < MF_COUNT(forms) && !*found; i++) {
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
		snprintf(name, sizeof(name), forms[i], (int)base.n, base.p);
#pragma GCC diagnostic pop
		if (mf_ref_read(out, found, v->r, name, err))
			return -1;
	}
	return 0;
}

static int ambiguous(const struct rev *v, const struct mf_oid *ids, size_t n, bool more, struct mf_err *err)
{
	char list[SHOWN * 70 + 16], hex[65];
	size_t at = 0;

	for (size_t i = 0; i < n && i < SHOWN; i++) {
		mf_oid_hex(hex, &ids[i], v->oid_len);
		at += (size_t)snprintf(list + at, sizeof(list) - at, "%s%s", i ? ", " : "", hex);
	}
	snprintf(list + at, sizeof(list) - at, "%s", more || n > SHOWN ? ", ..." : "");
	mf_fail(err, MF_E_GIT_REVISION, "the revision '%s' is ambiguous", v->name);
	mf_err_why(err, "it may be %s", list);
	mf_err_hint(err, "give more digits");
	return -1;
}

/* As the first digits of an id. Only what can lead to a commit counts. */
static int by_abbrev(struct mf_oid *out, bool *found, const struct rev *v, struct mf_str base, struct mf_err *err)
{
	struct mf_oid ids[CANDIDATES];
	size_t n, commits = 0, size;
	enum mf_otype type;
	struct mf_err why;
	bool more;

	*found = false;
	if (!all_hex(base))
		return 0;
	if (mf_abbrev_find(ids, &n, CANDIDATES, &more, v->rd, base, err))
		return -1;
	for (size_t i = 0; i < n; i++)
		if (mf_object_stat(&type, &size, v->rd, &ids[i], &why) == 0 && (type == MF_OBJ_COMMIT || type == MF_OBJ_TAG))
			ids[commits++] = ids[i];
	if (commits > 1 || more)
		return ambiguous(v, ids, commits, more, err);
	if (n && !commits)
		return refuse(v, err, "an object begins so, but it is neither a commit nor a tag");
	*found = commits == 1;
	if (*found)
		*out = ids[0];
	return 0;
}

static int by_name(struct mf_oid *out, const struct rev *v, struct mf_str base, struct mf_err *err)
{
	const struct mf_repo_info *info = mf_repo_info(v->r);
	bool found = false;

	if (mf_oid_parse(out, base, v->oid_len))
		return 0;
	if (base.n == 1 && base.p[0] == '@')
		base = mf_str("HEAD");
	if (!info->reftable && by_ref(out, &found, v, base, err))
		return -1;
	if (!found && by_abbrev(out, &found, v, base, err))
		return -1;
	if (found)
		return 0;
	if (info->reftable) {
		mf_fail(err, MF_E_GIT_REVISION, "the revision '%s' cannot be looked up", v->name);
		mf_err_why(err, "the repository keeps its references in a reftable, which is not read");
		mf_err_hint(err, "give the commit's id: git rev-parse '%s'", v->name);
		return -1;
	}
	refuse(v, err, "no reference and no commit has this name");
	if (info->shallow)
		mf_err_hint(err, "the clone is shallow: fetch more of the history (fetch-depth: 0)");
	return -1;
}

static int read_object(struct mf_object *o, const struct rev *v, const struct mf_oid *id, struct mf_err *err)
{
	if (mf_object_read(o, v->rd, id, COMMIT_MAX, err) == 0)
		return 0;
	mf_err_wrap(err, "the revision '%s' cannot be read", v->name);
	return -1;
}

/* Through tags to a commit, whose bytes are given too. */
static int peel(struct mf_object *out, struct mf_oid *id, const struct rev *v, struct mf_err *err)
{
	enum mf_otype type = MF_OBJ_NONE;
	struct mf_object o;

	for (unsigned i = 0; i < TAGS_MAX; i++) {
		struct mf_oid of;
		bool tag;
		int rc;

		if (read_object(&o, v, id, err))
			return -1;
		if (o.type == MF_OBJ_COMMIT) {
			*out = o;
			return 0;
		}
		of = *id;
		tag = o.type == MF_OBJ_TAG && mf_tag_target(id, &type, o.p, o.n, v->oid_len);
		rc = tag && v->tag ? v->tag(v->ctx, &of, &o, err) : 0;
		mf_object_free(&o);
		if (rc)
			return -1;
		if (!tag)
			return refuse(v, err, "it is no commit");
	}
	return refuse(v, err, "it is a tag of a tag of a tag, without end");
}

static int parent(struct mf_oid *id, const struct rev *v, size_t number, struct mf_err *err)
{
	struct mf_commit_head head;
	struct mf_object o;
	bool ok;

	if (peel(&o, id, v, err))
		return -1;
	ok = mf_commit_head(&head, o.p, o.n, v->oid_len);
	if (ok && number && number <= head.n_parents)
		*id = mf_commit_parent(&head, o.p, v->oid_len, number - 1);
	mf_object_free(&o);
	if (!ok)
		return refuse(v, err, "a commit on the way is damaged");
	if (number > head.n_parents)
		return refuse(v, err, head.n_parents ? "a commit on the way has fewer parents" : "the history ends before");
	return 0;
}

/* Decimal digits, 1 when there are none; false when there are too many. */
static bool take_number(size_t *out, const char **s)
{
	const char *from = *s;
	size_t v = 0;

	for (; **s >= '0' && **s <= '9'; ++*s)
		if (__builtin_mul_overflow(v, 10, &v) || __builtin_add_overflow(v, (size_t)(**s - '0'), &v))
			return false;
	*out = *s == from ? 1 : v;
	return true;
}

static int braces(const struct rev *v, const char **s, struct mf_err *err)
{
	static const char *const peels[] = { "{}", "{commit}", "{object}" };

	for (size_t i = 0; i < MF_COUNT(peels); i++) {
		if (strncmp(*s, peels[i], strlen(peels[i])) != 0)
			continue;
		*s += strlen(peels[i]);
		return 0;	/* the end peels anyhow, and so does each parent */
	}
	return refuse(v, err, "of the forms with braces only '^{}' and '^{commit}' are known");
}

/* "^", "^2", "~3", "^{}" one after another. */
static int suffixes(struct mf_oid *id, const struct rev *v, const char *s, struct mf_err *err)
{
	while (*s) {
		const char kind = *s++;
		size_t n;

		if (kind == '@')
			return refuse(v, err, "'@{...}' asks the reflog, which is not read");
		if (kind == ':')
			return refuse(v, err, "a file or a search is no commit");
		if (kind != '^' && kind != '~')
			return refuse(v, err, "it is no single revision");
		if (kind == '^' && *s == '{') {
			if (braces(v, &s, err))
				return -1;
			continue;
		}
		if (!take_number(&n, &s))
			return refuse(v, err, "a number in it is too large");
		if (kind == '^') {
			if (parent(id, v, n, err))
				return -1;
			continue;
		}
		for (; n; n--)
			if (parent(id, v, 1, err))
				return -1;
	}
	return 0;
}

int mf_rev_parse(struct mf_oid *out, const struct mf_repo *r, struct mf_reader *rd, const char *name, struct mf_err *err)
{
	return mf_rev_parse_tags(out, r, rd, name, NULL, NULL, err);
}

int mf_rev_parse_tags(struct mf_oid *out, const struct mf_repo *r, struct mf_reader *rd, const char *name, mf_tag_fn fn, void *ctx, struct mf_err *err)
{
	const struct mf_str base = { name, base_length(name) };
	const struct rev v = { .r = r, .rd = rd, .oid_len = mf_repo_info(r)->oid_len, .name = name, .tag = name[base.n] ? NULL : fn, .ctx = ctx };
	struct mf_object o;
	struct mf_oid id;

	if (!base.n)
		return refuse(&v, err, *name ? "it does not begin with a name or an id" : "it is empty");
	if (by_name(&id, &v, base, err) || suffixes(&id, &v, name + base.n, err) || peel(&o, &id, &v, err))
		return -1;
	mf_object_free(&o);
	*out = id;
	return 0;
}
