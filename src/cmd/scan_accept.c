/* SPDX-License-Identifier: Apache-2.0 */
/* --accept: a finding of this scan becomes a line of .mayflyignore. */
#include <mayfly/fs.h>
#include "scan.h"

enum mf_accepting mf_scan_accepting(const struct mf_scan *s)
{
	if (s->mode == MF_SCAN_STDIN || (s->n_targets && s->targets[0].file))
		return MF_ACCEPT_NOT;
	return s->repos_file || (s->n_targets && !mf_target_root(&s->targets[0])) ? MF_ACCEPT_THERE : MF_ACCEPT_HERE;
}

const char *mf_scan_accept_flags(const struct mf_scan *s)
{
	if (s->accept_args)
		return s->accept_args;
	/* what a range of a job finds is in the history of any clone, where its ends need not be */
	if (s->mode == MF_SCAN_HISTORY || s->mode == MF_SCAN_RANGE)
		return s->submodules ? "--history --submodules " : "--history ";
	return s->mode == MF_SCAN_STAGED ? "--staged " : s->submodules ? "--submodules " : "";
}

/* As a shell reads it. What would break a line is left to the reader. */
static int add_path(struct mf_buf *to, const char *path, struct mf_err *err)
{
	static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_./+@%,:=-";
	const bool quote = path[strspn(path, plain)] != '\0';

	for (const char *p = path; *p; p++)
		if ((unsigned char)*p < 0x20 || *p == 0x7f)
			return mf_buf_puts(to, "PATH ", err);
	if ((*path == '-' && mf_buf_puts(to, "./", err)) || (quote && mf_buf_putc(to, '\'', err)))
		return -1;
	for (const char *p = path; *p; p++)
		if (*p == '\'' ? mf_buf_puts(to, "'\\''", err) : mf_buf_putc(to, *p, err))
			return -1;
	return mf_buf_puts(to, quote ? "' " : " ", err);
}

int mf_scan_accept_args(struct mf_scan *s, struct mf_err *err)
{
	struct mf_buf args = MF_BUF(1 << 20);

	if (!s->named || mf_scan_accepting(s) != MF_ACCEPT_HERE)
		return 0;
	if (mf_buf_puts(&args, mf_scan_accept_flags(s), err) || add_path(&args, s->path, err)) {
		mf_buf_free(&args);
		return -1;
	}
	s->accept_args = mf_buf_take(&args);
	return s->accept_args ? 0 : mf_fail_nomem(err);
}

int mf_scan_accept(struct mf_child *c, struct mf_scan_result *result, struct mf_err *err)
{
	const struct mf_finding *f = NULL;
	struct mf_buf old = MF_BUF(MF_SIDE_FILE_MAX), text = MF_BUF(MF_SIDE_FILE_MAX);
	bool found;
	int rc = mf_read_optional(&old, c->s->accept_path, &found, err);

	if (rc == 0)
		rc = mf_accepted_choose(&f, &c->findings, c->s->accept_path, (struct mf_str){ old.p, old.n }, c->s->accept, err);
	if (rc == 0)
		rc = mf_accepted_add(&text, (struct mf_str){ old.p, old.n }, f, c->s->reason, c->s->until, err);
	if (rc == 0)
		rc = mf_fs_write(c->s->accept_fd, mf_buf_text(&text), text.n, c->s->accept_path, err);
	result->accepted = rc == 0;
	result->new_ids = rc == 0 && mf_accepted_begins((struct mf_str){ old.p, old.n });
	mf_buf_free(&old);
	mf_buf_free(&text);
	return rc;
}
