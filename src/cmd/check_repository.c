/* SPDX-License-Identifier: Apache-2.0 */
/* The repository's part of a check, in the scan's child: what files declare, and how long what the scan found lives. */
#include "check.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <mayfly/alloc.h>
#include <mayfly/declared.h>
#include <mayfly/fs.h>
#include <mayfly/places.h>
#include <mayfly/secret.h>

struct walk {
	struct mf_child *c;
	struct mf_check check;
	struct mf_declared *declared;
	char *bytes;		/* of MF_DECLARED_FILE_MAX + 1 */
};

/* -- files ------------------------------------------------------------------------------------------ */

static int take_file(struct walk *w, int fd, const char *path, bool known, enum mf_check_from from, struct mf_err *err)
{
	struct mf_str bytes = { .p = w->bytes };
	struct stat st;
	ssize_t n;

	if (fstat(fd, &st) == 0 && !S_ISREG(st.st_mode))
		return 0;
	/* all of it, or one byte more than is read of such */
	n = mf_fs_read_fd(fd, w->bytes, MF_DECLARED_FILE_MAX + 1);
	if (n < 0)
		return mf_check_note(&w->check, true, strerror(errno), NULL, err, "'%s' was not checked", path);
	bytes.n = (size_t)n;
	if (!known)
		return mf_declared_add(w->declared, &w->check, path, bytes, err);
	if (bytes.n > MF_DECLARED_FILE_MAX)
		return mf_check_note(&w->check, true, "it is larger than what is read of such files", NULL, err, "'%s' was not checked", path);
	return mf_places_file(&w->check, from, path, bytes, err);
}

static int on_file(void *ctx, const struct mf_file *f, struct mf_err *err)
{
	struct walk *w = ctx;
	const bool known = mf_places_knows(f->path);
	int fd, rc;

	if (w->c->s->env->stop && *w->c->s->env->stop)
		return mf_fail(err, MF_E_CMD_STOPPED, "the check was stopped");
	if (!known && !mf_declared_wants(f->path))
		return 0;
	if (f->kind == MF_FILE_LINK)
		return mf_check_note(&w->check, false, "it is a link, and what it leads to is looked at where that lies", NULL, err, "'%s' was not checked", f->path);
	if (f->kind != MF_FILE_REGULAR)
		return mf_check_note(&w->check, true, "it is no regular file", NULL, err, "'%s' was not checked", f->path);
	fd = openat(f->dir_fd, f->name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0)
		return mf_check_note(&w->check, true, strerror(errno), NULL, err, "'%s' was not checked", f->path);
	rc = take_file(w, fd, f->path, known, MF_CHECK_REPO, err);
	close(fd);
	return rc;
}

static void on_unreadable(void *ctx, const char *path, const char *why)
{
	struct walk *w = ctx;
	struct mf_err none;

	if (mf_check_note(&w->check, true, why, NULL, &none, "'%s' was not checked", path))
		return;
}

/* What a checkout has left in git's configuration is no file of the work tree, and is the job's. */
static int git_config(struct walk *w, const struct mf_target *t, struct mf_err *err)
{
	MF_CLEANUP(mf_freep) char *path = t->repo ? mf_path_join(mf_repo_info(t->repo)->common_dir, "config") : NULL;
	int fd, rc;

	if (!t->repo)
		return 0;
	if (!path)
		return mf_fail_nomem(err);
	fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0)
		return 0;
	rc = take_file(w, fd, ".git/config", true, MF_CHECK_HOME, err);
	close(fd);
	return rc;
}

static int walk_target(struct walk *w, const struct mf_target *t, struct mf_err *err)
{
	const struct mf_worktree_opts opts = { .ignored = w->c->s->ignored };
	struct mf_worktree_stats stats;
	const char *root = mf_target_root(t);

	if (!root || t->file)
		return 0;
	return git_config(w, t, err) || mf_worktree_walk(root, t->repo, &opts, on_file, on_unreadable, w, &stats, err) ||
		mf_declared_check(w->declared, &w->check, err) ? -1 : 0;
}

/* -- what the scan found ---------------------------------------------------------------------------- */

/* A file that was read for what it declares has said it already. */
static bool told(const struct mf_check_list *l, const struct mf_finding *f)
{
	for (size_t i = 0; i < l->n; i++)
		if (l->v[i].life.kind && l->v[i].line == f->line && mf_same_text(l->v[i].path, f->path))
			return true;
	return false;
}

/* A URL's password has no form of its own, and the URL tells whose it is. A host without a dot is one that a job or a developer starts. */
static struct mf_str value_of(const struct mf_finding *f)
{
	const struct mf_str secret = { f->secret, f->secret_n }, match = { f->match, f->match_n };
	const char *host = NULL;

	if (!f->rule || strcmp(f->rule->id, "url-credentials") != 0)
		return secret;
	for (size_t i = 0; i < match.n; i++)
		if (match.p[i] == '@')
			host = match.p + i;
	return host && memchr(host, '.', match.n - (size_t)(host - match.p)) ? match : secret;
}

static int add_finding(struct walk *w, const struct mf_finding *f, struct mf_err *err)
{
	const struct mf_life_hint hint = { .class_name = f->rule && f->rule->lifetime ? f->rule->lifetime : "api_key", .person = false };
	const struct mf_check_place at = { .from = MF_CHECK_REPO, .path = f->path, .line = f->line, .col = f->col, .end_line = f->end_line, .end_col = f->end_col };
	const struct mf_str secret = value_of(f);
	struct mf_check_item *item;

	if (f->pass != MF_PASS_NONE || secret.n == 0 || told(&w->check.list, f))
		return 0;
	if (mf_check_value(&w->check, &at, secret, &hint, &item, err))
		return -1;
	if (!item)
		return 0;
	/* by itself the key of a service account is any private key */
	if (f->rule && strcmp(f->rule->id, "gcp-service-account-key") == 0 && strcmp(item->rule, "private-key") == 0 &&
	    mf_check_kind_is(item, "gcp-service-account", err))
		return -1;
	/* what has no form of its own is called by the rule that found it */
	if (strcmp(item->rule, "credential") == 0 && f->title && mf_check_text(&item->title, err, "%s", f->title))
		return -1;
	if (item->life.kind)
		item->life.title = item->title;
	return mf_check_text(&item->why, err, "it is committed: everyone who can read the repository has it");
}

static int add_findings(struct walk *w, struct mf_err *err)
{
	for (size_t i = 0; i < w->c->findings.n; i++)
		if (add_finding(w, &w->c->findings.v[i], err))
			return -1;
	if (mf_notes_of_scan(w->c, err))
		return -1;
	for (size_t i = 0; i < w->c->notes.n; i++) {
		const struct mf_note *n = &w->c->notes.v[i];

		if (n->incomplete && mf_check_note(&w->check, true, n->why, n->hint, err, "%s", n->what))
			return -1;
	}
	return 0;
}

/* -- secrets in names ------------------------------------------------------------------------------- */

static int learn(struct walk *w, struct mf_err *err)
{
	const struct mf_check_list *l = &w->check.list;

	for (size_t i = 0; i < l->n; i++)
		if (mf_named_learn(w->c, l->v[i].path, err) || mf_named_learn(w->c, l->v[i].name, err) || mf_named_learn(w->c, l->v[i].why, err) ||
		    mf_named_learn(w->c, l->v[i].yaml, err))
			return -1;
	for (size_t i = 0; i < l->n_notes; i++)
		if (mf_named_learn(w->c, l->notes[i].what, err) || mf_named_learn(w->c, l->notes[i].why, err))
			return -1;
	return 0;
}

static int hidden(char **field, const struct mf_hide *hide, struct mf_err *err)
{
	MF_CLEANUP(mf_buf_free) struct mf_buf shown = MF_BUF(1 << 20);
	char *text;

	if (!*field)
		return 0;
	if (mf_hide_text(&shown, hide, mf_str(*field), (struct mf_str){ 0 }, err))
		return -1;
	text = mf_strdup(mf_buf_text(&shown));
	if (!text)
		return mf_fail_nomem(err);
	free(*field);
	*field = text;
	return 0;
}

/* Files, jobs and variables may be called by a secret, and a step that is shown anew may hold one that is no business of this check. */
static int hide_secrets(struct walk *w, struct mf_err *err)
{
	struct mf_check_list *l = &w->check.list;
	struct mf_hide *hide = NULL;
	int rc = learn(w, err) || mf_named_hide(&hide, w->c, &w->c->findings, err) ? -1 : 0;

	for (size_t i = 0; i < l->n && rc == 0; i++)
		rc = hidden(&l->v[i].path, hide, err) || hidden(&l->v[i].name, hide, err) || hidden(&l->v[i].why, hide, err) ||
			hidden(&l->v[i].yaml, hide, err) ? -1 : 0;
	for (size_t i = 0; i < l->n_notes && rc == 0; i++)
		rc = hidden(&l->notes[i].what, hide, err) || hidden(&l->notes[i].why, hide, err) ? -1 : 0;
	mf_hide_free(hide);
	return rc;
}

/* -- the child's and the parent's half -------------------------------------------------------------- */

static int all(struct walk *w, struct mf_err *err)
{
	const struct mf_scan *s = w->c->s;

	w->bytes = malloc(MF_DECLARED_FILE_MAX + 1);
	if (!w->bytes)
		return mf_fail_nomem(err);
	if (mf_declared_new(&w->declared, err))
		return -1;
	for (size_t i = 0; i < s->n_targets; i++)
		if (walk_target(w, &s->targets[i], err))
			return -1;
	if ((s->check->detect && add_findings(w, err)) || hide_secrets(w, err))
		return -1;
	return mf_check_answer_write(s->check, &w->check.list, err);
}

int mf_check_in_child(struct mf_child *c, struct mf_err *err)
{
	struct walk w = { .c = c };
	int rc;

	mf_checking_start(&w.check, c->s->check);
	rc = all(&w, err);
	mf_declared_free(w.declared);
	mf_check_list_free(&w.check.list);
	free(w.bytes);
	mf_wipe_stack();
	return rc;
}

int mf_check_repository(struct mf_checking *k, struct mf_err *err)
{
	MF_CLEANUP(mf_closep) int fd = mf_check_answer_open(err);
	struct mf_scan s = { .path = k->path, .mode = MF_SCAN_TREE, .check = k };
	struct mf_scan_result result;
	int rc = fd < 0 ? -1 : mf_scan_conf(&s, k->env, err);

	k->fd = fd;
	s.check_fd = fd;
	s.state_file = NULL;
	if (rc == 0)
		rc = mf_scan_targets(&s, err) || mf_scan_go(&s, &result, err) ? -1 : 0;
	mf_scan_free(&s);
	return rc == 0 ? mf_check_answer_read(k, fd, err) : -1;
}
