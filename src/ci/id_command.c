/* SPDX-License-Identifier: Apache-2.0 */
/* A token from a command of the user's own: its output goes straight into a secret, and it cannot outlive its time. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <mayfly/clock.h>
#include <mayfly/environ.h>
#include <mayfly/reveal.h>
#include "id.h"

struct run {
	pid_t pid;
	int fd;			/* its standard output */
	int64_t end;		/* by mf_mono_ms() */
	const volatile int *stop;
};

static int fail(struct mf_err *err, const char *why)
{
	mf_fail(err, MF_E_CI_COMMAND, "cannot get an identity token from the token command");
	mf_err_why(err, "%s", why);
	return -1;
}

/* Only calls that are safe after fork. */
static _Noreturn void child(const char *command, char *const *env, int out)
{
	const char *argv[] = { "sh", "-c", command, NULL };
	sigset_t none;
	int null;

	setpgid(0, 0);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	mf_process_soften();
	null = open("/dev/null", O_RDONLY);
	if (null < 0 || dup2(null, STDIN_FILENO) < 0 || dup2(out, STDOUT_FILENO) < 0)
		_exit(126);
#ifdef SYS_close_range
	syscall(SYS_close_range, 3U, ~0U, 0U);
#endif
	execve("/bin/sh", (char *const *)(uintptr_t)argv, env);
	_exit(127);
}

static int start(struct run *r, const char *command, struct mf_err *err)
{
	char *const *env = mf_environ_child();
	int pipes[2];

	if (pipe2(pipes, O_CLOEXEC))
		return mf_fail_errno(err, MF_E_CI_COMMAND, errno, "cannot start the token command");
	r->pid = fork();
	if (r->pid < 0) {
		int e = errno;

		close(pipes[0]);
		close(pipes[1]);
		return mf_fail_errno(err, MF_E_CI_COMMAND, e, "cannot start the token command");
	}
	if (r->pid == 0)
		child(command, env, pipes[1]);
	/* both sides set it, so that neither has to wait for the other */
	setpgid(r->pid, r->pid);
	close(pipes[1]);
	r->fd = pipes[0];
	return 0;
}

static int still_time(const struct run *r, struct mf_err *err)
{
	if (r->stop && *r->stop)
		return fail(err, "mayfly was told to stop while it ran");
	if (mf_mono_ms() >= r->end) {
		fail(err, "it ran longer than the limit");
		mf_err_hint(err, "--timeout sets the limit");
		return -1;
	}
	return 0;
}

/* One piece. 1: more may come, 0: the end. */
static int piece(struct mf_secret *out, const struct run *r, struct mf_err *err)
{
	char buf[4096];
	ssize_t n = read(r->fd, buf, sizeof buf);
	int rc = 1;

	if (n < 0)
		return errno == EINTR || errno == EAGAIN ? 1 : fail(err, "its output cannot be read");
	if (n == 0)
		return 0;
	if (mf_secret_add(out, buf, (size_t)n, err)) {
		rc = -1;
		if (err->code != MF_BUG)
			fail(err, "it printed more than 64 KiB");
	}
	mf_wipe(buf, sizeof buf);
	return rc;
}

static int collect(struct mf_secret *out, const struct run *r, struct mf_err *err)
{
	int rc = 1;

	while (rc > 0) {
		struct pollfd p = { .fd = r->fd, .events = POLLIN };

		if (still_time(r, err))
			return -1;
		/* short naps: a stop flag that was set just before the call would otherwise be seen late */
		if (poll(&p, 1, 100) > 0)
			rc = piece(out, r, err);
	}
	return rc;
}

/* It has closed its output; it may still take a while to end. */
static int reap(struct run *r, int *status, struct mf_err *err)
{
	const struct timespec nap = { .tv_nsec = 5 * 1000 * 1000 };

	for (;;) {
		pid_t got = waitpid(r->pid, status, WNOHANG);

		if (got == r->pid) {
			r->pid = 0;
			return 0;
		}
		if (got < 0 && errno != EINTR) {
			r->pid = 0;
			return fail(err, "its end was seen by somebody else");
		}
		if (still_time(r, err))
			return -1;
		nanosleep(&nap, NULL);
	}
}

static int judge(int status, const struct mf_secret *out, struct mf_err *err)
{
	mf_fail(err, MF_E_CI_COMMAND, "cannot get an identity token from the token command");
	if (WIFSIGNALED(status)) {
		mf_err_why(err, "it was ended by signal %d", WTERMSIG(status));
	} else if (WEXITSTATUS(status) != 0) {
		mf_err_why(err, "it ended with exit code %d%s", WEXITSTATUS(status),
			   WEXITSTATUS(status) == 127 ? " (a program in it was not found)" : "");
		mf_err_hint(err, "what it wrote to its standard error is above");
	} else if (mf_secret_len(out) == 0) {
		mf_err_why(err, "it printed nothing");
	} else {
		return 0;
	}
	return -1;
}

static void end(struct run *r)
{
	close(r->fd);
	if (!r->pid)
		return;
	kill(-r->pid, SIGKILL);
	while (waitpid(r->pid, NULL, 0) < 0 && errno == EINTR)
		;
}

int mf_id_command(struct mf_secret **out, const char *command, int64_t limit_ms, const volatile int *stop, struct mf_err *err)
{
	MF_CLEANUP(mf_secret_freep) struct mf_secret *raw = mf_secret_empty(MF_ID_TOKEN_MAX);
	struct run r = { .end = mf_mono_ms() + limit_ms, .stop = stop };
	int status = 0, rc;

	if (!raw)
		return mf_fail_nomem(err);
	if (start(&r, command, err))
		return -1;
	rc = collect(raw, &r, err);
	if (rc == 0)
		rc = reap(&r, &status, err);
	end(&r);
	if (rc || judge(status, raw, err))
		return -1;
	*out = mf_id_trim(mf_secret_reveal(raw));
	return *out ? 0 : mf_fail_nomem(err);
}
