/* SPDX-License-Identifier: Apache-2.0 */
/* The parent's half of a scan: opens what is written, confines the child, waits, moves results into place. It reads none of the repository's bytes
 * but its layout. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <mayfly/alloc.h>
#include <mayfly/fs.h>
#include "sandbox.h"
#include "scan.h"
#include "scan_state.h"

enum { STATE_KEY_MIN = 16 };

int mf_scan_conf(struct mf_scan *s, struct mf_env *env, struct mf_err *err)
{
	const struct mf_conf *c = env->conf;
	const char *key_env = mf_conf_str(c, MF_K_SCAN_STATE_KEY_ENV);
	size_t n_reports;
	const char *const *reports = mf_conf_list(c, MF_K_SCAN_REPORTS, &n_reports);

	s->env = env;
	s->rules_file = mf_conf_str(c, MF_K_SCAN_RULES);
	s->rules.enable = mf_conf_list(c, MF_K_SCAN_ENABLE, &s->rules.n_enable);
	s->rules.disable = mf_conf_list(c, MF_K_SCAN_DISABLE, &s->rules.n_disable);
	s->baseline_file = mf_conf_str(c, MF_K_SCAN_BASELINE);
	s->strict = mf_conf_bool(c, MF_K_SCAN_STRICT);
	s->ignored = mf_conf_bool(c, MF_K_SCAN_IGNORED);
	s->submodules = mf_conf_bool(c, MF_K_SCAN_SUBMODULES);
	s->max_bytes = (size_t)mf_conf_int(c, MF_K_SCAN_MAX_SIZE) << 20;
	s->threads = (unsigned)mf_conf_int(c, MF_K_SCAN_THREADS);
	s->detect.decode_depth = 3;
	s->detect.archive_depth = mf_conf_bool(c, MF_K_SCAN_ARCHIVES) ? 4 : 0;
	s->state_file = mf_conf_str(c, MF_K_SCAN_STATE);
	s->report.redact = 100;
	s->report.verbose = (unsigned)env->common.verbose;
	if (s->max_bytes == 0 || s->max_bytes > (size_t)4095 << 20)
		return mf_fail(err, MF_E_OPT_VALUE, "'--max-size' is from 1 to 4095");
	if (s->threads > 256)
		return mf_fail(err, MF_E_OPT_VALUE, "'--threads' is from 1 to 256");
	if (key_env) {
		s->state_key = env->getenv(key_env);
		if (!s->state_key || !*s->state_key) {
			mf_fail(err, MF_E_SCAN_STATE, "the variable '%s' with the state file's key is not set", key_env);
			mf_err_hint(err, "set it, or leave out --state-key-env");
			return -1;
		}
		if (strlen(s->state_key) < STATE_KEY_MIN) {
			mf_fail(err, MF_E_SCAN_STATE, "the state file's key, in the variable '%s', is shorter than %d bytes", key_env, STATE_KEY_MIN);
			mf_err_hint(err, "make one with  openssl rand -hex 32");
			return -1;
		}
	}
	for (size_t i = 0; i < n_reports && !env->common.dry_run && !s->check; i++)
		if (mf_output_add(s, reports[i], err))
			return -1;
	return 0;
}

/* -- what the child may read ---------------------------------------------------------------------------------- */

struct paths {
	const char **v;
	size_t n, cap;
	char **own;		/* of them, those that are copies */
	size_t n_own, cap_own;
	bool failed;
};

static void add(struct paths *p, const char *path)
{
	if (!path || p->failed)
		return;
	if (p->n == p->cap) {
		const char **more = mf_regrow(p->v, p->cap * 2 + 32, sizeof(*more));

		p->failed = !more;
		if (!more)
			return;
		p->v = more;
		p->cap = p->cap * 2 + 32;
	}
	p->v[p->n++] = path;
}

/* The checkout's own rules file counts where none was named. */
static int find_rules(struct mf_scan *s, char **own, struct mf_err *err)
{
	const char *root = s->n_targets ? mf_target_root(&s->targets[0]) : NULL;

	s->rules.config = s->rules_file;
	if (s->rules_file || s->no_own_rules || s->rules.config_text.p || !root || s->repos_file)
		return 0;
	*own = mf_path_join(root, ".gitleaks.toml");
	if (!*own)
		return mf_fail_nomem(err);
	if (access(*own, F_OK) == 0) {
		s->rules.config = *own;
		s->found_rules = true;
	}
	return 0;
}

/* One of git's files outside of the repository. Only files: a folder would open all that lies in it. */
static void add_file(void *ctx, const char *path, const char *why)
{
	struct paths *p = ctx;
	struct mf_err none;
	struct stat st;
	char *copy;

	if (why || p->failed || stat(path, &st) || !S_ISREG(st.st_mode))
		return;
	copy = mf_strdup(path);
	p->failed = !copy || mf_grow(&p->own, &p->cap_own, p->n_own + 1, sizeof(*p->own), &none);
	if (p->failed) {
		free(copy);
		return;
	}
	p->own[p->n_own++] = copy;
	add(p, copy);
}

struct extended {
	struct paths *p;
	const struct mf_scan *s;
};

/* A file that the rules extend: where a user has named the rules any, where the target brings them one that lies in it. */
static int add_extended(void *ctx, const char *path, struct mf_err *err)
{
	const struct extended *e = ctx;
	const char *root = e->s->n_targets ? mf_target_root(&e->s->targets[0]) : NULL;
	MF_CLEANUP(mf_freep) char *real = realpath(path, NULL), *top = root ? realpath(root, NULL) : NULL;
	const size_t n = top ? strlen(top) : 0;

	if (!real || (e->s->found_rules && (!top || strncmp(real, top, n) != 0 || real[n] != '/')))
		return 0;
	add_file(e->p, real, NULL);
	return e->p->failed ? mf_fail_nomem(err) : 0;
}

/* git's configuration, and the list of what a user always ignores, where files are scanned. */
static int add_lists(struct paths *p, const struct mf_scan *s, struct mf_err *err)
{
	for (size_t i = 0; i < s->n_targets && s->mode == MF_SCAN_TREE; i++)
		if (s->targets[i].repo && mf_worktree_files(s->targets[i].repo, add_file, p, err))
			return -1;
	return 0;
}

static void paths_free(struct paths *p)
{
	for (size_t i = 0; i < p->n_own; i++)
		free(p->own[i]);
	free(p->own);
	free(p->v);
}

static void collect_paths(struct paths *p, const struct mf_scan *s)
{
	for (size_t i = 0; i < s->n_targets; i++) {
		const char *const *more = NULL;
		size_t n = 0;

		add(p, s->targets[i].path);
		if (s->targets[i].repo)
			more = mf_repo_paths(s->targets[i].repo, &n);
		for (size_t j = 0; j < n; j++)
			add(p, more[j]);
	}
	add(p, s->rules.config);
	add(p, s->baseline_file);
	for (size_t i = 0; i < s->n_ignore_files; i++)
		add(p, s->ignore_files[i]);
	add(p, "/sys/devices/system/cpu");	/* how many processors there are */
	add(p, "/proc/self/cgroup");
}

/* -- accepting: the file is written by the child, and named by the parent ------------------------------------------- */

static int open_accept(struct mf_scan *s, struct mf_err *err)
{
	const char *root = s->n_targets ? mf_target_root(&s->targets[0]) : NULL;

	if (!s->accept)
		return 0;
	if (!root || s->repos_file) {
		mf_fail(err, MF_E_POL_ACCEPT, "nothing can be accepted here: there is no work tree for .mayflyignore");
		if (s->n_targets && s->targets[0].file)
			mf_err_hint(err, "'%.200s' is in no repository: scan the folder that it is in, or use " MF_ACCEPT_INSTEAD, s->path);
		return -1;
	}
	s->accept_path = mf_path_join(root, ".mayflyignore");
	if (!s->accept_path)
		return mf_fail_nomem(err);
	s->accept_fd = mf_temp_beside(&s->accept_temp, s->accept_path, 0644, err);
	return s->accept_fd < 0 ? -1 : 0;
}

static int keep_fds(int **out, size_t *n, const struct mf_scan *s, struct mf_err *err)
{
	int *fds = mf_calloc(s->n_outputs + 4, sizeof(*fds));

	if (!fds)
		return mf_fail_nomem(err);
	for (size_t i = 0; i < s->n_outputs; i++)
		if (s->outputs[i].fd > 2)
			fds[(*n)++] = s->outputs[i].fd;
	if (s->summary_fd)
		fds[(*n)++] = s->summary_fd;
	if (s->state_temp)
		fds[(*n)++] = s->state_fd;
	if (s->accept_temp)
		fds[(*n)++] = s->accept_fd;
	if (s->check)
		fds[(*n)++] = s->check_fd;
	*out = fds;
	return 0;
}

static int run_child(struct mf_scan *s, struct mf_scan_result *result, struct mf_err *err)
{
	MF_CLEANUP(mf_freep) char *own_rules = NULL;
	struct paths paths = { 0 };
	struct mf_sandbox box = { .stop = s->env->stop };
	int *fds = NULL;
	int rc = find_rules(s, &own_rules, err);

	if (rc == 0)
		rc = keep_fds(&fds, &box.n_keep, s, err);
	if (rc == 0) {
		collect_paths(&paths, s);
		rc = add_lists(&paths, s, err) || mf_rules_extended(&s->rules, add_extended, &(struct extended){ &paths, s }, err) ? -1 : 0;
		if (rc == 0 && paths.failed)
			rc = mf_fail_nomem(err);
	}
	if (rc == 0) {
		box.read = paths.v;
		box.n_read = paths.n;
		box.keep = fds;
		rc = mf_sandbox_run(&box, mf_scan_child, s, result, sizeof(*result), err);
	}
	paths_free(&paths);
	free(fds);
	s->rules.config = NULL;
	return rc;
}

/* -- the outcome --------------------------------------------------------------------------------------------------- */

int mf_scan_outcome(const struct mf_scan *s, const struct mf_scan_result *r, struct mf_err *err)
{
	if (r->findings) {
		mf_fail(err, MF_E_SCAN_FINDINGS, "%llu committed secret%s", (unsigned long long)r->findings, r->findings == 1 ? "" : "s");
		if (mf_scan_accepting(s) == MF_ACCEPT_NOT)
			mf_err_hint(err, "end each at its issuer first; then take it out, or let it pass by " MF_ACCEPT_INSTEAD);
		else
			mf_err_hint(err, "end each at its issuer first; then take it out, or let it pass%s:  mayfly scan %s--accept ID --reason TEXT",
				    mf_scan_accepting(s) == MF_ACCEPT_THERE ? " in a checkout" : "", mf_scan_accept_flags(s));
		return -1;
	}
	if (r->incomplete && s->strict) {
		mf_fail(err, MF_E_SCAN_INCOMPLETE, "the scan is incomplete, and '--strict' asks for all of it");
		mf_err_why(err, "the report names what could not be looked at");
		return -1;
	}
	return 0;
}

int mf_scan_go(struct mf_scan *s, struct mf_scan_result *result, struct mf_err *err)
{
	*result = (struct mf_scan_result){ 0 };
	if (mf_scan_accept_args(s, err) || open_accept(s, err) || mf_scan_state_read(s, err) || run_child(s, result, err))
		return -1;
	if (result->accepted)
		return mf_temp_commit(&s->accept_temp, s->accept_path, err);
	if (mf_outputs_commit(s, err) || mf_scan_state_commit(s, err))
		return -1;
	return mf_scan_outcome(s, result, err);
}

static void drop_temp(char **temp, int fd)
{
	if (!*temp)
		return;
	unlink(*temp);
	free(*temp);
	*temp = NULL;
	close(fd);
}

void mf_scan_free(struct mf_scan *s)
{
	for (size_t i = 0; i < s->n_outputs; i++) {
		drop_temp(&s->outputs[i].temp, s->outputs[i].fd);
		free(s->outputs[i].path);
	}
	for (size_t i = 0; i < s->n_targets; i++)
		mf_target_clear(&s->targets[i]);
	if (s->summary_fd)
		close(s->summary_fd);
	drop_temp(&s->state_temp, s->state_fd);
	drop_temp(&s->accept_temp, s->accept_fd);
	free(s->accept_path);
	free(s->accept_args);
	free(s->outputs);
	free(s->targets);
	free(s->from);
	free(s->to);
	free(s->auto_note);
	mf_buf_free(&s->state_text);
}
