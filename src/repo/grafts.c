/* SPDX-License-Identifier: Apache-2.0 */
/* info/grafts: lines of a commit and the parents that it is to have instead of its own. They are not applied, but git's clean-up goes by them, so that the
 * real parents may be gone. */
#include <mayfly/walk.h>

#include <stdlib.h>
#include <mayfly/alloc.h>
#include "commit.h"
#include "repo_priv.h"

enum { GRAFTS_MAX = 16 << 20 };
static const size_t COMMIT_MAX = (size_t)64 << 20;

static int count_parents(uint64_t *missing, struct mf_reader *rd, const struct mf_oid *id, size_t oid_len, struct mf_err *err)
{
	struct mf_commit_head head;
	struct mf_object o;
	struct mf_err why = { 0 };
	int rc = 0;

	/* a commit that the clone lacks itself is some other's parent, or nobody's */
	if (mf_object_read(&o, rd, id, COMMIT_MAX, &why))
		return why.id == mf_error_id(MF_E_BASE_NOMEM) ? mf_fail_nomem(err) : 0;
	if (o.type != MF_OBJ_COMMIT || !mf_commit_head(&head, o.p, o.n, oid_len))
		head.n_parents = 0;
	for (size_t i = 0; rc == 0 && i < head.n_parents; i++) {
		const struct mf_oid parent = mf_commit_parent(&head, o.p, oid_len, i);
		enum mf_otype type;
		size_t size;

		if (mf_object_stat(&type, &size, rd, &parent, &why) == 0)
			continue;
		if (why.id == mf_error_id(MF_E_BASE_NOMEM))
			rc = mf_fail_nomem(err);
		++*missing;
	}
	mf_object_free(&o);
	return rc;
}

int mf_grafts_missing(uint64_t *missing, const struct mf_repo *r, struct mf_err *err)
{
	const struct mf_repo_info *info = mf_repo_info(r);
	MF_CLEANUP(mf_freep) char *text = NULL;
	struct mf_reader *rd;
	char *save = NULL;
	size_t n;
	int rc = 0;

	*missing = 0;
	if (!info->grafts)
		return 0;
	if (mf_repo_text(&text, &n, info->common_dir, "info/grafts", GRAFTS_MAX, err))
		return -1;
	if (mf_reader_new(&rd, r, err))
		return -1;
	for (char *line = text ? strtok_r(text, "\n", &save) : NULL; line && rc == 0; line = strtok_r(NULL, "\n", &save)) {
		struct mf_oid id;

		if (mf_oid_parse(&id, (struct mf_str){ line, strcspn(line, " \r") }, info->oid_len))
			rc = count_parents(missing, rd, &id, info->oid_len, err);
	}
	mf_reader_free(rd);
	return rc;
}
