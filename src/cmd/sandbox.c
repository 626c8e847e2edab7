/* SPDX-License-Identifier: Apache-2.0 */
/* The child: forked, stripped, confined, and watched. */
#include "sandbox.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <mayfly/environ.h>
#include <mayfly/log.h>
#include <mayfly/text.h>

/* The heap and the threads' stacks; mapped packs do not count. An allocator may reserve more than it uses. */
#define MEMORY_MAX ((rlim_t)6 << 30)

/* What the child tells: the error's id as its number, since a pointer of a process that was taken over is nothing to follow. */
struct answer {
	volatile int returned;
	int rc;
	unsigned error;			/* enum mf_error */
	struct mf_err err;
	unsigned char result[MF_SANDBOX_RESULT];
};

static unsigned number_of(const char *id)
{
	for (unsigned e = 0; e < MF_E_COUNT; e++)
		if (id && strcmp(mf_error_id(e), id) == 0)
			return e;
	return MF_E_BASE_BUG;
}

/* Closes all but the first three and those to keep, which are few. */
static void close_others(const struct mf_sandbox *box)
{
	unsigned from = 3;

	for (;;) {
		unsigned next = ~0u;

		for (size_t i = 0; i < box->n_keep; i++)
			if (box->keep[i] >= (int)from && (unsigned)box->keep[i] < next)
				next = (unsigned)box->keep[i];
		if (next > from && syscall(436 /* close_range */, from, next == ~0u ? next : next - 1, 0) && errno == ENOSYS)
			for (unsigned fd = from; fd < next && fd < 1024; fd++)
				close((int)fd);
		if (next == ~0u)
			return;
		from = next + 1;
	}
}

static const char *name_of(const struct mf_sandbox *box)
{
	return box->name ? box->name : "scan";
}

static int confine(const struct mf_sandbox *box, struct mf_err *err)
{
	static const char *const wanted[] = { "HOME", "XDG_CONFIG_HOME", NULL };
	const struct rlimit memory = { MEMORY_MAX, MEMORY_MAX };

	/* the parent's handlers only take a note, which nobody here would read while a call waits */
	signal(SIGINT, SIG_DFL);
	signal(SIGTERM, SIG_DFL);
	signal(SIGHUP, SIG_DFL);
	prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
	if (!box->keep_env)
		mf_environ_forget(wanted);
	close_others(box);
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
	if (setrlimit(RLIMIT_DATA, &memory))
		return mf_fail_errno(err, MF_E_SCAN_SANDBOX, errno, "the %s cannot be confined: the limit of memory", name_of(box));
#else
	(void)memory;
#endif
	/* seccomp sets no_new_privs, which Landlock wants, too; nothing of what it refuses is needed after it */
	return mf_seccomp_no_network(err) || mf_landlock_read_only(box->read, box->n_read, err) ? -1 : 0;
}

static void child(const struct mf_sandbox *box, int (*fn)(void *, void *, struct mf_err *), void *ctx, struct answer *a)
{
	struct mf_err err = { 0 };
	int rc = confine(box, &err);

	if (rc == 0)
		rc = fn(ctx, a->result, &err);
	fflush(NULL);
	a->rc = rc;
	a->error = number_of(err.id);
	a->err = err;
	a->returned = 1;
	_exit(0);
}

static int wait_for(pid_t pid, const volatile int *stop)
{
	int status = 0, told = 0;

	while (waitpid(pid, &status, 0) < 0) {
		if (errno != EINTR)
			return -1;
		if (stop && *stop && *stop != told) {
			told = *stop;
			kill(pid, told);
		}
	}
	return status;
}

static void take_text(char *out, size_t cap, const char *in, bool lines)
{
	memcpy(out, in, cap);
	out[cap - 1] = '\0';
	mf_text_clean(out, lines);
}

static int take_error(struct mf_err *err, const struct answer *a)
{
	const enum mf_error e = a->error < MF_E_COUNT ? (enum mf_error)a->error : MF_E_BASE_BUG;

	mf_fail(err, e, "%s", "");
	take_text(err->what, sizeof(err->what), a->err.what, false);
	take_text(err->why, sizeof(err->why), a->err.why, false);
	take_text(err->sent, sizeof(err->sent), a->err.sent, false);
	take_text(err->hint, sizeof(err->hint), a->err.hint, false);
	take_text(err->note, sizeof(err->note), a->err.note, false);
	take_text(err->advice, sizeof(err->advice), a->err.advice, true);
	return -1;
}

static int died(int status, const struct mf_sandbox *box, struct mf_err *err)
{
	const volatile int *stop = box->stop;

	if (stop && *stop) {
		mf_fail(err, MF_E_CMD_STOPPED, "stopped by signal %d", *stop);
		mf_err_why(err, "the job was cancelled");
		return -1;
	}
	if (status >= 0 && WIFSIGNALED(status) && WTERMSIG(status) == SIGALRM) {
		mf_fail(err, MF_E_SCAN_CHILD, "the scan took longer than '--timeout' allows");
		mf_err_note(err, "what it had found by then is not reported: take the repository as not scanned");
		mf_err_hint(err, "give it more seconds, or less to scan");
		return -1;
	}
	mf_fail(err, MF_E_SCAN_CHILD, "the %s ended before its result", name_of(box));
	if (status >= 0 && WIFSIGNALED(status))
		mf_err_why(err, "signal %d (%s)", WTERMSIG(status), strsignal(WTERMSIG(status)));
	mf_err_note(err, box->name ? "this says nothing about what was to be looked at: take it as not done" :
		    "this says nothing about the repository: take it as not scanned");
	mf_err_hint(err, "%sreport this with the command that was run", box->name ? "" : "try  --engine odb  and ");
	return -1;
}

int mf_sandbox_run(const struct mf_sandbox *box, int (*fn)(void *ctx, void *result, struct mf_err *err), void *ctx, void *result, size_t n,
		   struct mf_err *err)
{
	struct answer *a = mmap(NULL, sizeof(*a), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	int status, rc;
	pid_t pid;

	if (a == MAP_FAILED)
		return mf_fail_nomem(err);
	fflush(NULL);
	pid = fork();
	if (pid == 0)
		child(box, fn, ctx, a);
	if (pid < 0) {
		rc = mf_fail_errno(err, MF_E_SCAN_SANDBOX, errno, "the %s cannot be started", name_of(box));
		munmap(a, sizeof(*a));
		return rc;
	}
	status = wait_for(pid, box->stop);
	/* stopped is stopped, also when the child came to its end in the same moment */
	if (status != 0 || !a->returned || (box->stop && *box->stop))
		rc = died(status, box, err);
	else
		rc = a->rc ? take_error(err, a) : 0;
	if (result)
		memcpy(result, a->result, n < sizeof(a->result) ? n : sizeof(a->result));
	munmap(a, sizeof(*a));
	return rc;
}
