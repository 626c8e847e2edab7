/* SPDX-License-Identifier: Apache-2.0 */
/* The first commits of a shallow clone hold everything that came before them: who brought it in is not known. */
#include <mayfly/alloc.h>
#include <mayfly/fs.h>
#include "scan.h"

enum { SHALLOW_MAX = 64 << 20 };

static bool named_in(struct mf_str lines, const char *hex)
{
	const size_t n = strlen(hex);
	const char *at = lines.p;

	while (at && (at = memmem(at, lines.n - (size_t)(at - lines.p), hex, n))) {
		if (at == lines.p || at[-1] == '\n')
			return true;
		at++;
	}
	return false;
}

int mf_scan_boundary(const struct mf_target *t, struct mf_findings *list, struct mf_err *err)
{
	const struct mf_repo_info *info = t && t->repo ? mf_repo_info(t->repo) : NULL;
	MF_CLEANUP(mf_buf_free) struct mf_buf text = MF_BUF(SHALLOW_MAX);
	MF_CLEANUP(mf_freep) char *path = NULL;

	if (!info || !info->shallow || list->n == 0)
		return 0;
	path = mf_path_join(info->common_dir, "shallow");
	if (!path)
		return mf_fail_nomem(err);
	if (mf_fs_read(&text, path, err))
		return -1;
	for (size_t i = 0; i < list->n; i++) {
		struct mf_finding *f = &list->v[i];

		f->boundary = f->source == MF_SRC_COMMIT && f->commit && named_in((struct mf_str){ text.p, text.n }, f->commit);
	}
	return 0;
}
