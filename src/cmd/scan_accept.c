/* SPDX-License-Identifier: Apache-2.0 */
/* --accept: a finding of this scan becomes a line of .mayflyignore. */
#include <mayfly/fs.h>
#include "scan.h"

static const struct mf_finding *to_accept(struct mf_child *c, struct mf_err *err)
{
	const struct mf_finding *found = NULL;
	const size_t n = strlen(c->s->accept);

	for (size_t i = 0; i < c->findings.n; i++) {
		const struct mf_finding *f = &c->findings.v[i];

		if (n < 8 || strncmp(f->fingerprint_id, c->s->accept, n) != 0)
			continue;
		if (found && strcmp(found->fingerprint_id, f->fingerprint_id) != 0) {
			mf_fail(err, MF_E_POL_ACCEPT, "the id '%s' is that of several findings", c->s->accept);
			mf_err_hint(err, "write more of it");
			return NULL;
		}
		found = f;
	}
	if (!found) {
		mf_fail(err, MF_E_POL_ACCEPT, "no finding has the id '%s'", c->s->accept);
		mf_err_why(err, "an id is the 8 characters or more that a report shows for a finding of this scan");
		mf_err_hint(err, "run the same scan without --accept and take the id from its report");
	}
	return found;
}

enum mf_accepting mf_scan_accepting(const struct mf_scan *s)
{
	if (s->mode == MF_SCAN_STDIN)
		return MF_ACCEPT_NOT;
	return s->repos_file || (s->n_targets && !mf_target_root(&s->targets[0])) ? MF_ACCEPT_THERE : MF_ACCEPT_HERE;
}

const char *mf_scan_accept_flags(const struct mf_scan *s)
{
	/* what a range of a job finds is in the history of any clone, where its ends need not be */
	if (s->mode == MF_SCAN_HISTORY || s->mode == MF_SCAN_RANGE)
		return s->submodules ? "--history --submodules " : "--history ";
	return s->mode == MF_SCAN_STAGED ? "--staged " : s->submodules ? "--submodules " : "";
}

int mf_scan_accept(struct mf_child *c, struct mf_scan_result *result, struct mf_err *err)
{
	const struct mf_finding *f = to_accept(c, err);
	struct mf_buf old = MF_BUF(MF_SIDE_FILE_MAX), text = MF_BUF(MF_SIDE_FILE_MAX);
	bool found;
	int rc = f ? mf_read_optional(&old, c->s->accept_path, &found, err) : -1;

	if (rc == 0)
		rc = mf_accepted_add(&text, (struct mf_str){ old.p, old.n }, f, c->s->reason, c->s->until, err);
	if (rc == 0)
		rc = mf_fs_write(c->s->accept_fd, mf_buf_text(&text), text.n, c->s->accept_path, err);
	result->accepted = rc == 0;
	mf_buf_free(&old);
	mf_buf_free(&text);
	return rc;
}
