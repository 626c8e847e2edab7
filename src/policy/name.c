/* SPDX-License-Identifier: Apache-2.0 */
/* Which credentials reports show an id of. */
#include "policy.h"

#include <stdlib.h>

struct names {
	struct mf_intern repos, keys;
	size_t *count, cap;	/* by repository: its credentials so far */
	size_t most;
};

/* Repository, rule and credential. What was redacted is known by its id, and without one has none to show. */
static int key_of(struct mf_buf *key, uint32_t repo, const struct mf_finding *f, struct mf_err *err)
{
	const struct mf_str what = f->redacted ? mf_str(f->fingerprint_id) : mf_finding_credential(f);

	key->n = 0;
	return mf_buf_add(key, &repo, sizeof(repo), err) || mf_buf_add(key, f->rule_id, strlen(f->rule_id) + 1, err) ||
	       mf_buf_add(key, what.p, what.n, err) ? -1 : 0;
}

static int name_one(struct names *s, struct mf_finding *f, struct mf_buf *key, struct mf_err *err)
{
	const size_t before = s->repos.n;
	uint32_t repo, n;

	if (mf_room(&s->count, s->repos.n, &s->cap, sizeof(*s->count), err) || mf_intern_add(&repo, &s->repos, mf_str(f->repo ? f->repo : ""), err))
		return -1;
	if (s->repos.n > before)
		s->count[repo] = 0;
	if (key_of(key, repo, f, err))
		return -1;
	f->unnamed = mf_intern_find(&s->keys, (struct mf_str){ key->p, key->n }) == MF_NONE;
	if (!f->unnamed || s->count[repo] == s->most)
		return 0;
	s->count[repo]++;
	f->unnamed = false;
	return mf_intern_add(&n, &s->keys, (struct mf_str){ key->p, key->n }, err);
}

int mf_findings_name(struct mf_findings *list, size_t most, struct mf_err *err)
{
	struct names s = { .most = most };
	struct mf_buf key = MF_BUF(SIZE_MAX / 4);
	int rc = 0;

	for (int passing = 0; passing < 2; passing++)
		for (size_t i = 0; i < list->n && rc == 0; i++)
			if ((list->v[i].pass != MF_PASS_NONE) == passing)
				rc = name_one(&s, &list->v[i], &key, err);
	mf_buf_free(&key);
	mf_intern_free(&s.keys);
	mf_intern_free(&s.repos);
	free(s.count);
	return rc;
}
