/* SPDX-License-Identifier: Apache-2.0 */
/* The background process: in a session of its own, with nothing of the step's streams open (an open pipe would hang the job). It sleeps until something is due, somebody asks, or the
 * job ends. */
#include "agent.h"
#include "once.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include <mayfly/alloc.h>
#include <mayfly/clock.h>
#include <mayfly/fs.h>
#include <mayfly/log.h>
#include <mayfly/text.h>

enum { TICK_MS = 500, RETRY_FIRST_MS = 1000, RETRY_MOST_MS = 60000 };

struct task {
	struct mf_login *login;
	bool renew;			/* else a new login */
	int64_t due, ends;		/* mf_mono_ms */
	int64_t pause;			/* to the next try after a failure */
	bool told;
};

struct agent {
	struct mf_session *s;
	const char *file;
	char dir[PATH_MAX];
	struct task tasks[MF_PROVIDERS];
	size_t n;
	int64_t began;
	bool files;			/* some are renewed, so that nobody asks for them */
};

/* -- files ------------------------------------------------------------------------------------------------ */

static bool is_there(const struct agent *a)
{
	return access(a->file, F_OK) == 0 || errno != ENOENT;
}

static int write_new(const char *path, const struct mf_secret *value, struct mf_err *err)
{
	MF_CLEANUP(mf_closep) int fd = -1;

	unlink(path);
	fd = mf_fs_create(path, err);
	return fd < 0 ? -1 : mf_fs_write_secret(fd, value, path, err);
}

/* Another file takes the name at once: who reads sees the old text or the new one. What the end of the job has removed stays removed. */
static int replace(const struct agent *a, const char *name, const struct mf_secret *value, struct mf_err *err)
{
	MF_CLEANUP(mf_freep) char *path = mf_path_join(a->dir, name);
	MF_CLEANUP(mf_freep) char *fresh = mf_path_join(a->dir, ".new");
	int rc;

	if (!path || !fresh)
		return mf_fail_nomem(err);
	if (access(path, F_OK))
		return 0;
	rc = write_new(fresh, value, err);
	if (rc == 0 && is_there(a) && rename(fresh, path))
		rc = mf_fail_errno(err, MF_E_FS_WRITE, errno, "'%s' cannot be replaced", path);
	unlink(fresh);
	return rc;
}

static int take_grant(void *ctx, const struct mf_grant *grant, struct mf_err *err)
{
	const struct agent *a = ctx;
	int rc = grant->fresh && grant->as == MF_AS_FILE ? replace(a, grant->name, grant->value, err) : 0;

	mf_secret_free(grant->value);
	return rc;
}

/* -- what is due ------------------------------------------------------------------------------------------ */

/* Half of a life, so that there is time for further tries before two thirds are over. */
static void succeed(struct task *t, int64_t life)
{
	const int64_t now = mf_mono_ms();

	t->pause = 0;
	t->told = false;
	t->ends = now + life * 1000;
	t->due = now + life * 500;
}

static int64_t life_of(const struct mf_cred *cred, const struct mf_identity *who, bool by_identity)
{
	const int64_t now = mf_now();
	int64_t life = cred->expires ? cred->expires - now : INT64_C(3600);

	/* the file is the identity token, which lives shorter */
	if (by_identity && who->token && who->claims.exp && who->claims.exp - now < life)
		life = who->claims.exp - now;
	return life > 1 ? life : 1;
}

static int log_in(struct agent *a, struct task *t, struct mf_err *err)
{
	const struct mf_provider *p = t->login->provider;
	struct mf_cred cred = { 0 };
	struct mf_identity who = { 0 };
	struct mf_secret *answer = NULL;
	int rc = mf_once_login(&cred, &who, a->s->env, p, err);

	if (rc == 0 && t->login->cred.serve_url)
		rc = p->endpoint(&answer, &cred, err);
	if (rc == 0)
		rc = p->hand_over(&cred, a->s->env->conf, false, take_grant, a, err);
	if (rc == 0) {
		if (answer) {
			mf_secret_free(a->s->serve.answer);
			a->s->serve.answer = answer;
			answer = NULL;
		}
		succeed(t, life_of(&cred, &who, !t->login->cred.serve_url && !p->endpoint));
	}
	mf_secret_free(answer);
	mf_cred_free(&cred);
	mf_identity_free(&who);
	return rc;
}

static int renew(struct agent *a, struct task *t, struct mf_err *err)
{
	struct mf_http *http = NULL;
	int64_t life = 0;
	size_t n;
	const char *const *leases = mf_login_leases(a->s, t->login, &n);
	int rc = mf_once_open(&http, a->s->env, t->login->provider, err);

	if (rc == 0)
		rc = t->login->provider->renew(&t->login->cred, http, leases, n, &life, err);
	mf_http_close(http);
	if (rc == 0)
		succeed(t, life > 1 ? life : 1);
	return rc;
}

/* Programs are told by the address, and the end of the job by the file. */
static void tell(struct agent *a, const struct mf_err *err)
{
	char text[1200];
	int fd;

	snprintf(text, sizeof(text), "%s%s%s (%s)\n", err->what, err->why[0] ? ": " : "", err->why, err->id ? err->id : "?");
	mf_text_clean(text, true);
	snprintf(a->s->serve.trouble, sizeof(a->s->serve.trouble), "%.*s", (int)strcspn(text, "\"\\\n"), text);
	fd = open(a->file, O_WRONLY | O_APPEND | O_CLOEXEC | O_NOFOLLOW);
	if (fd >= 0) {
		struct mf_err ignored = { 0 };

		if (mf_fs_write(fd, text, strlen(text), a->file, &ignored))
			mf_debug("%s", ignored.what);
		close(fd);
	}
}

static void work(struct agent *a, struct task *t)
{
	const int64_t now = mf_mono_ms();
	struct mf_err err = { 0 };

	if (now < t->due)
		return;
	if ((t->renew ? renew(a, t, &err) : log_in(a, t, &err)) == 0)
		return;
	t->pause = t->pause ? t->pause * 2 < RETRY_MOST_MS ? t->pause * 2 : RETRY_MOST_MS : RETRY_FIRST_MS;
	/* short lives leave no time for long pauses */
	if (t->ends > now && t->pause > (t->ends - now) / 4)
		t->pause = (t->ends - now) / 4 > 200 ? (t->ends - now) / 4 : 200;
	t->due = mf_mono_ms() + t->pause;
	if (mf_mono_ms() < t->ends || t->told)
		return;
	t->told = true;
	if (t->login->cred.serve_url) {
		mf_secret_free(a->s->serve.answer);
		a->s->serve.answer = NULL;
	}
	tell(a, &err);
}

/* -- its life --------------------------------------------------------------------------------------------- */

static bool over(const struct agent *a)
{
	const struct mf_conf *conf = a->s->env->conf;
	const int64_t now = mf_mono_ms(), idle = mf_conf_int(conf, MF_K_AGENT_IDLE) * 1000, asked = a->s->serve.asked > a->began ? a->s->serve.asked : a->began;

	return *a->s->env->stop || !is_there(a) || !mf_guard_lives(&a->s->guard) || now - a->began >= mf_conf_int(conf, MF_K_AGENT_LIFE) * 1000 ||
		(!a->files && a->s->serve.clients && now - asked >= idle);
}

static void nap(struct agent *a)
{
	const int64_t now = mf_mono_ms();
	int64_t ms = TICK_MS;

	for (size_t i = 0; i < a->n; i++)
		if (a->tasks[i].due - now < ms)
			ms = a->tasks[i].due > now ? a->tasks[i].due - now : 0;
	if (a->s->serve.clients) {
		mf_serve_wait(&a->s->serve, (int)ms);
	} else {
		const struct timespec t = { .tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000 };

		nanosleep(&t, NULL);
	}
}

/* Everything that the step had open stays with the step. */
static void detach(int keep)
{
	const int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	const long most = sysconf(_SC_OPEN_MAX);

	setsid();
	for (int fd = 0; fd <= 2 && null >= 0; fd++)
		dup2(null, fd);
	for (int fd = 3; fd < (most > 0 && most < 65536 ? most : 65536); fd++)
		if (fd != keep)
			close(fd);
	umask(077);
}

/* Until the first of them ends. */
static int64_t lease_life(const struct mf_session *s)
{
	int64_t life = INT64_MAX;

	for (size_t i = 0; i < s->items.n; i++)
		if (s->items.v[i].lease_ttl > 0 && s->items.v[i].lease_ttl < life)
			life = s->items.v[i].lease_ttl;
	return life == INT64_MAX ? 1 : life;
}

static void add_tasks(struct agent *a)
{
	for (size_t i = 0; i < a->s->n_logins; i++) {
		struct mf_login *l = &a->s->logins[i];
		const bool renews = mf_agent_renews(a->s, l);
		struct task *t = &a->tasks[a->n];

		if (!renews && !mf_agent_logs_in(a->s, l))
			continue;
		*t = (struct task){ .login = l, .renew = renews };
		succeed(t, renews && a->s->items.n_leases ? lease_life(a->s) : life_of(&l->cred, &l->who, !l->cred.serve_url && !l->provider->endpoint));
		a->files |= renews || !l->cred.serve_url;
		a->n++;
	}
}

_Noreturn void mf_agent_run(struct mf_session *s, const char *file)
{
	struct agent a = { .s = s, .file = file, .began = mf_mono_ms() };
	struct mf_err ignored = { 0 };
	const char *slash = strrchr(file, '/');

	mf_log_setup(NULL, MF_LOG_ERRORS, MF_DRESS_PLAIN);
	detach(s->serve.listener > 0 ? s->serve.listener : -1);
	snprintf(a.dir, sizeof(a.dir), "%.*s", (int)(slash - file), file);
	/* who asks meanwhile waits that long at most */
	if (mf_conf_set_flag(s->env->conf, MF_K_TIMEOUT, "5s", &ignored) || mf_conf_set_flag(s->env->conf, MF_K_TRIES, "2", &ignored))
		mf_debug("%s", ignored.what);
	if (s->serve.listener > 0 && !mf_serve_start(&s->serve))
		_exit(MF_IO);
	add_tasks(&a);
	while (!over(&a)) {
		nap(&a);
		for (size_t i = 0; i < a.n; i++)
			work(&a, &a.tasks[i]);
	}
	/* connections of the parent are not ours to end in an orderly way: what is secret is wiped, and the rest goes with the process */
	mf_serve_close(&s->serve);
	mf_secret_close();
	_exit(0);
}
