/* SPDX-License-Identifier: Apache-2.0 */
/* Which finding an id of --accept names. Ids that were shown before the file had a salt name it, too: who accepts one finding after the other
 * has them from one report. */
#include "accepted.h"

#include "ids.h"

enum { ID_LEAST = 8, ID_MOST = 32 };

struct choice {
	const char *id;
	size_t n;
	const struct mf_finding *found;
	char whole[33];		/* its id */
};

static int several(const struct choice *c, struct mf_err *err)
{
	mf_fail(err, MF_E_POL_ACCEPT, "the id '%s' is that of several findings", c->id);
	mf_err_hint(err, "write more of it");
	return -1;
}

static int look_at(struct choice *c, const struct mf_finding *f, const char *id, struct mf_err *err)
{
	if (strncmp(id, c->id, c->n) != 0)
		return 0;
	if (c->found && strcmp(c->whole, id) != 0)
		return several(c, err);
	if (!c->found) {
		c->found = f;
		memcpy(c->whole, id, sizeof(c->whole));
	}
	return 0;
}

/* Under the salt of repositories without the file. */
static int look_before(struct choice *c, const struct mf_findings *list, struct mf_err *err)
{
	struct mf_ids ids = { 0 };
	uint32_t n;
	int rc = 0;

	for (size_t i = 0; i < list->n && rc == 0; i++)
		if (!list->v[i].redacted)
			rc = mf_ids_add(&n, &ids, &list->v[i], SIZE_MAX, err);
	if (rc == 0)
		rc = mf_ids_run(&ids, NULL, err);
	for (size_t i = 0; i < list->n && rc == 0; i++) {
		if (list->v[i].redacted)
			continue;
		rc = mf_ids_add(&n, &ids, &list->v[i], 0, err);
		if (rc == 0 && n != MF_NONE)
			rc = look_at(c, &list->v[i], ids.v[n].id, err);
	}
	mf_ids_free(&ids);
	return rc;
}

int mf_accepted_id_ok(const char *id, struct mf_err *err)
{
	const size_t n = strlen(id);

	if (n >= ID_LEAST && n <= ID_MOST && strspn(id, "0123456789abcdef") == n)
		return 0;
	/* not quoted: it may be the secret itself */
	mf_fail(err, MF_E_POL_ACCEPT, "what '--accept' is given is no id of a finding");
	mf_err_why(err, "an id is 8 to 32 hex digits, in lower case: the first ones, or all, of what a report shows behind --accept or as \"id\"");
	return -1;
}

static const struct mf_accepted_entry *entry_of(const struct choice *c, const struct mf_accepted *a)
{
	for (size_t i = 0; i < a->n; i++)
		if (strncmp(a->v[i].id, c->id, c->n) == 0)
			return &a->v[i];
	return NULL;
}

/* Nothing has it: as much as can be told of the reason. */
static int unknown(const struct choice *c, const struct mf_findings *list, const struct mf_accepted *a, struct mf_err *err)
{
	const struct mf_accepted_entry *e = entry_of(c, a);

	mf_fail(err, MF_E_POL_ACCEPT, "no finding of this scan has the id '%s'", c->id);
	if (e)
		mf_err_why(err, "line %u of %s accepts it already, and this scan did not come by it", e->line, a->name);
	else if (list->n == 0)
		mf_err_why(err, "this scan found nothing, neither what counts nor what passes");
	else
		mf_err_why(err, "this scan found %zu other%s%s", list->n, list->n == 1 ? "" : "s",
			   a->salt_n ? "; an id that was made with another salt than the one in .mayflyignore names nothing any more" : "");
	mf_err_hint(err, "run the scan that showed it again, with its options (--history, --staged, PATH) and without --accept; take the id from its report");
	mf_err_note(err, "the ignore file was not changed");
	return -1;
}

int mf_accepted_choose(const struct mf_finding **out, const struct mf_findings *list, const char *name, struct mf_str text, const char *id, struct mf_err *err)
{
	struct choice c = { .id = id, .n = strlen(id) };
	struct mf_accepted *a = NULL;
	int rc = 0;

	if (mf_accepted_id_ok(id, err) || mf_accepted_read(&a, name, text, err))
		return -1;
	for (size_t i = 0; i < list->n && rc == 0; i++)
		rc = look_at(&c, &list->v[i], list->v[i].fingerprint_id, err);
	if (rc == 0 && !c.found && (a->salt_n || a->cost))
		rc = look_before(&c, list, err);
	if (rc == 0 && !c.found)
		rc = unknown(&c, list, a, err);
	mf_accepted_free(a);
	*out = c.found;
	return rc;
}

bool mf_accepted_begins(struct mf_str text)
{
	struct mf_err none = { 0 };
	struct mf_accepted *a = NULL;
	bool begins;

	if (mf_accepted_read(&a, "", text, &none))
		return false;
	begins = a->salt_n == 0;
	mf_accepted_free(a);
	return begins;
}
