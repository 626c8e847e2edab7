/* SPDX-License-Identifier: Apache-2.0 */
/* What the confined child can do, by trying it. */
#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/landlock.h>
#include <linux/perf_event.h>
#include <netinet/in.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <sys/ipc.h>
#include <sys/mount.h>
#include <sys/msg.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <unistd.h>
#include <mayfly/fs.h>
#include "../../src/cmd/sandbox.h"
#include "support_repo.h"

static struct mf_err err;
static char *dir;
static int kept, other;
static long landlock;		/* the kernel's version of it; below 1: there is none */
static volatile int victim = 1;

static char path_[4][600];
static const char *at(unsigned i, const char *name)
{
	snprintf(path_[i], sizeof(path_[i]), "%s/%s", dir, name);
	return path_[i];
}

/* -- what is tried: 0 when it was done, -1 with errno when it was refused ----------------------------------------- */

static int done(long r)
{
	return r < 0 ? -1 : 0;
}

static int tcp(void) { return done(socket(AF_INET, SOCK_STREAM, 0)); }
static int udp(void) { return done(socket(AF_INET6, SOCK_DGRAM, 0)); }
static int unix_socket(void) { return done(socket(AF_UNIX, SOCK_STREAM, 0)); }
static int netlink(void) { return done(socket(AF_NETLINK, SOCK_RAW, 0)); }
static int vsock(void) { return done(socket(AF_VSOCK, SOCK_STREAM, 0)); }
static int raw(void) { return done(socket(AF_PACKET, SOCK_RAW, 0)); }
static int pair(void) { int fds[2]; return done(socketpair(AF_UNIX, SOCK_STREAM, 0, fds)); }
static int uring(void) { char params[120] = { 0 }; return done(syscall(425, 2, params)); }

static int exec_true(void)
{
	char *argv[] = { "true", NULL }, *envp[] = { NULL };

	return done(execve("/bin/true", argv, envp));	/* were it to run, the child would end before its result */
}

static int exec_at(void)
{
	char *argv[] = { "true", NULL }, *envp[] = { NULL };

	return done(syscall(SYS_execveat, AT_FDCWD, "/bin/true", argv, envp, 0));
}

static int fork_one(void)
{
	const pid_t pid = fork();

	if (pid == 0)
		_exit(0);
	return done(pid);
}

static int clone_one(void) { const long pid = syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0); if (pid == 0) _exit(0); return done(pid); }
static int clone3_one(void) { return done(syscall(435, NULL, 0)); }
#ifdef SYS_vfork
static int vfork_one(void) { const long pid = syscall(SYS_vfork); if (pid == 0) _exit(0); return done(pid); }
#else
static int vfork_one(void) { errno = EPERM; return -1; }
#endif

static int trace_me(void) { return done(ptrace(PTRACE_TRACEME, 0, NULL, NULL)); }
static int trace_parent(void) { return done(ptrace(PTRACE_ATTACH, getppid(), NULL, NULL)); }
static int read_parent(void)
{
	int there;
	const struct iovec here = { &there, sizeof(there) }, remote = { (void *)(uintptr_t)&victim, sizeof(there) };

	return done(process_vm_readv(getppid(), &here, 1, &remote, 1, 0));
}
static int write_parent(void)
{
	int zero = 0;
	const struct iovec here = { &zero, sizeof(zero) }, remote = { (void *)(uintptr_t)&victim, sizeof(zero) };

	return done(process_vm_writev(getppid(), &here, 1, &remote, 1, 0));
}
static int pidfd(void) { return done(syscall(434, getppid(), 0)); }
static int pidfd_get(void) { return done(syscall(438, 0, 0, 0)); }
static int parent_memory(void) { char p[64]; snprintf(p, sizeof(p), "/proc/%d/mem", getppid()); return done(open(p, O_RDONLY)); }
static int parent_environ(void) { char p[64]; snprintf(p, sizeof(p), "/proc/%d/environ", getppid()); return done(open(p, O_RDONLY)); }
static int signal_parent(void) { return done(kill(getppid(), 0)); }

static int new_namespace(void) { return done(unshare(CLONE_NEWUSER | CLONE_NEWNET)); }
static int enter_namespace(void) { return done(setns(0, 0)); }
static int mount_one(void) { return done(mount("none", at(0, "in"), "tmpfs", 0, NULL)); }
static int change_root(void) { return done(chroot(at(0, "in"))); }
static int bpf_one(void) { union bpf_attr a = { .map_type = BPF_MAP_TYPE_ARRAY, .key_size = 4, .value_size = 4, .max_entries = 1 }; return done(syscall(SYS_bpf, 0, &a, sizeof(a))); }
static int perf(void) { struct perf_event_attr a = { .size = sizeof(a), .type = PERF_TYPE_SOFTWARE }; return done(syscall(SYS_perf_event_open, &a, 0, -1, -1, 0)); }
static int key(void) { return done(syscall(SYS_add_key, "user", "mayfly-test", "x", 1, -2)); }
static int faults(void) { return done(syscall(SYS_userfaultfd, 1)); }

static int write_in(void) { return done(open(at(0, "in/file"), O_WRONLY)); }
static int append_in(void) { return done(open(at(0, "in/file"), O_WRONLY | O_APPEND)); }
static int cut_in(void) { return done(truncate(at(0, "in/file"), 0)); }
static int create_in(void) { return done(open(at(0, "in/new"), O_WRONLY | O_CREAT, 0600)); }
static int create_nameless(void) { return done(open(at(0, "in"), O_RDWR | O_TMPFILE, 0600)); }
static int create_in_tmp(void) { return done(open("/tmp/mayfly-test-sandbox", O_WRONLY | O_CREAT, 0600)); }
static int remove_in(void) { return done(unlink(at(0, "in/file"))); }
static int rename_in(void) { return done(rename(at(0, "in/file"), at(1, "in/moved"))); }
static int link_in(void) { return done(link(at(0, "in/file"), at(1, "in/link"))); }
static int symlink_in(void) { return done(symlink("file", at(0, "in/symlink"))); }
static int folder_in(void) { return done(mkdir(at(0, "in/folder"), 0700)); }
static int remove_folder_in(void) { return done(rmdir(at(0, "in/empty"))); }
static int fifo_in(void) { return done(mkfifo(at(0, "in/fifo"), 0600)); }
/* what Landlock leaves alone */
static int mode_in(void) { return done(chmod(at(0, "in/file"), 0666)); }
static int mode_by_descriptor(void) { const int fd = open(at(0, "in/file"), O_RDONLY); const int r = done(fchmod(fd, 0666)); close(fd); return r; }
static int owner_in(void) { return done(chown(at(0, "in/file"), getuid(), getgid())); }
static int owner_of_link(void) { return done(lchown(at(0, "in/leads-out"), getuid(), getgid())); }
static int time_in(void) { return done(utimensat(AT_FDCWD, at(0, "in/file"), NULL, 0)); }
static int attribute_in(void) { return done(setxattr(at(0, "in/file"), "user.mayfly", "x", 1, 0)); }
static int remove_attribute(void) { return done(removexattr(at(0, "in/file"), "user.mayfly")); }
static int shared_memory(void) { return done(shmget(IPC_PRIVATE, 4096, IPC_CREAT | 0600)); }
static int message_queue(void) { return done(msgget(IPC_PRIVATE, IPC_CREAT | 0600)); }
static int semaphore(void) { return done(semget(IPC_PRIVATE, 1, IPC_CREAT | 0600)); }
static int posix_queue(void) { return done(syscall(SYS_mq_open, "mayfly-test", O_RDWR | O_CREAT, 0600, NULL)); }

static int read_out(void) { return done(open(at(0, "out/file"), O_RDONLY)); }
static int list_out(void) { return done(open(at(0, "out"), O_RDONLY | O_DIRECTORY)); }
static int read_beside(void) { return done(open(at(0, "single.not"), O_RDONLY)); }
static int read_through_link(void) { return done(open(at(0, "in/leads-out"), O_RDONLY)); }
static int read_upwards(void) { return done(open(at(0, "in/../out/file"), O_RDONLY)); }
static int read_passwd(void) { return done(open("/etc/passwd", O_RDONLY)); }
static int other_descriptor(void) { return done(fcntl(other, F_GETFD)); }

static int read_in(void) { return done(open(at(0, "in/file"), O_RDONLY)); }
static int list_in(void) { return done(open(at(0, "in/empty"), O_RDONLY | O_DIRECTORY)); }
static int read_single(void) { return done(open(at(0, "single"), O_RDONLY)); }
static int write_kept(void) { return done(write(kept, "x", 1)); }
static int memory(void) { void *p = malloc(64 << 20); free(p); return p ? 0 : -1; }
static void *nothing(void *arg) { return arg; }
static int thread(void)
{
	pthread_t t;

	errno = pthread_create(&t, NULL, nothing, NULL);
	return errno ? -1 : pthread_join(t, NULL);
}

enum by { SECCOMP, LANDLOCK, SCOPE, CLOSED, ALLOWED };
#define TRY(fn, by) { #fn, fn, by }
static const struct {
	const char *name;
	int (*fn)(void);
	enum by by;
} tries[] = {
	TRY(tcp, SECCOMP), TRY(udp, SECCOMP), TRY(unix_socket, SECCOMP), TRY(netlink, SECCOMP), TRY(vsock, SECCOMP), TRY(raw, SECCOMP), TRY(pair, SECCOMP),
	TRY(uring, SECCOMP), TRY(exec_true, SECCOMP), TRY(exec_at, SECCOMP), TRY(fork_one, SECCOMP), TRY(vfork_one, SECCOMP), TRY(clone_one, SECCOMP),
	TRY(clone3_one, SECCOMP), TRY(trace_me, SECCOMP), TRY(trace_parent, SECCOMP), TRY(read_parent, SECCOMP), TRY(write_parent, SECCOMP),
	TRY(pidfd, SECCOMP), TRY(pidfd_get, SECCOMP), TRY(new_namespace, SECCOMP), TRY(enter_namespace, SECCOMP), TRY(mount_one, SECCOMP),
	TRY(change_root, SECCOMP), TRY(bpf_one, SECCOMP), TRY(perf, SECCOMP), TRY(key, SECCOMP), TRY(faults, SECCOMP),
	TRY(mode_in, SECCOMP), TRY(mode_by_descriptor, SECCOMP), TRY(owner_in, SECCOMP), TRY(owner_of_link, SECCOMP), TRY(time_in, SECCOMP),
	TRY(attribute_in, SECCOMP), TRY(remove_attribute, SECCOMP), TRY(shared_memory, SECCOMP), TRY(message_queue, SECCOMP), TRY(semaphore, SECCOMP),
	TRY(posix_queue, SECCOMP),
	TRY(parent_memory, LANDLOCK), TRY(parent_environ, LANDLOCK), TRY(write_in, LANDLOCK), TRY(append_in, LANDLOCK), TRY(cut_in, LANDLOCK),
	TRY(create_in, LANDLOCK), TRY(create_nameless, LANDLOCK), TRY(create_in_tmp, LANDLOCK), TRY(remove_in, LANDLOCK), TRY(rename_in, LANDLOCK),
	TRY(link_in, LANDLOCK), TRY(symlink_in, LANDLOCK), TRY(folder_in, LANDLOCK), TRY(remove_folder_in, LANDLOCK), TRY(fifo_in, LANDLOCK),
	TRY(read_out, LANDLOCK), TRY(list_out, LANDLOCK), TRY(read_beside, LANDLOCK), TRY(read_through_link, LANDLOCK), TRY(read_upwards, LANDLOCK),
	TRY(read_passwd, LANDLOCK), TRY(signal_parent, SCOPE), TRY(other_descriptor, CLOSED),
	TRY(read_in, ALLOWED), TRY(list_in, ALLOWED), TRY(read_single, ALLOWED), TRY(write_kept, ALLOWED), TRY(memory, ALLOWED), TRY(thread, ALLOWED),
};
_Static_assert(sizeof(tries) / sizeof(*tries) <= MF_SANDBOX_RESULT, "one byte each");

/* The errno of each, 0: done. */
static int try_all(void *ctx, void *result, struct mf_err *e)
{
	unsigned char *out = result;

	(void)ctx;
	(void)e;
	for (size_t i = 0; i < MF_COUNT(tries); i++) {
		errno = 0;
		out[i] = tries[i].fn() == 0 ? 0 : (unsigned char)errno;
	}
	return 0;
}

static bool as_it_should(enum by by, unsigned char got)
{
	switch (by) {
	case SECCOMP:
		return got == EPERM || got == ENOSYS;
	case LANDLOCK:
		return got == EACCES || landlock < 1;
	case SCOPE:
		return got == EPERM || landlock < 6;
	case CLOSED:
		return got == EBADF;
	case ALLOWED:
		break;
	}
	return got == 0;
}

static void test_what_the_child_can_do(void **state)
{
	unsigned char result[MF_SANDBOX_RESULT] = { 0 };
	const char *read[] = { at(2, "in"), at(3, "single"), "/nowhere" };
	struct mf_sandbox box = { .read = read, .n_read = MF_COUNT(read), .keep = &kept, .n_keep = 1 };
	char *in = strdup(read[0]), *single = strdup(read[1]);
	struct stat st;

	(void)state;
	read[0] = in;
	read[1] = single;
	assert_int_equal(mf_sandbox_run(&box, try_all, NULL, result, sizeof(result), &err), 0);
	for (size_t i = 0; i < MF_COUNT(tries); i++)
		if (!as_it_should(tries[i].by, result[i]))
			fail_msg("%s: %s", tries[i].name, result[i] ? strerror(result[i]) : "done");
	assert_int_equal(victim, 1);
	assert_int_equal(fstat(kept, &st), 0);
	assert_int_equal(st.st_size, 1);
	free(in);
	free(single);
}

/* Without the sandbox most of it can be done: so it is the sandbox that refuses it. */
static void test_what_it_could_do_without(void **state)
{
	static const char *const can[] = { "tcp", "unix_socket", "pair", "fork_one", "clone_one", "read_passwd", "write_in", "create_in", "read_out", "list_out",
					   "read_beside", "read_through_link", "read_upwards", "symlink_in", "folder_in", "signal_parent", "other_descriptor" };

	(void)state;
	for (size_t i = 0; i < MF_COUNT(can); i++)
		for (size_t k = 0; k < MF_COUNT(tries); k++)
			if (strcmp(can[i], tries[k].name) == 0 && tries[k].fn())
				fail_msg("%s: %s", can[i], strerror(errno));
}

static int fails(void *ctx, void *result, struct mf_err *e)
{
	(void)result;
	mf_fail(e, MF_E_GIT_NONE, "not %s\x1b[31m", (const char *)ctx);
	return -1;
}

static int dies(void *ctx, void *result, struct mf_err *e)
{
	(void)e;
	memset(result, 1, 8);
	raise(*(const int *)ctx);
	return 0;
}

static int leaves(void *ctx, void *result, struct mf_err *e)
{
	(void)ctx;
	(void)result;
	(void)e;
	_exit(0);
}

static void test_how_it_ends(void **state)
{
	static const int signals[] = { SIGKILL, SIGTERM, SIGALRM };
	struct mf_sandbox box = { 0 };

	(void)state;
	assert_fails(mf_sandbox_run(&box, fails, "here", NULL, 0, &err), err, "MF-GIT-01");
	assert_null(strchr(err.what, '\x1b'));
	for (size_t i = 0; i < MF_COUNT(signals); i++)
		assert_fails(mf_sandbox_run(&box, dies, (void *)(uintptr_t)&signals[i], NULL, 0, &err), err, "MF-SCAN-03");
	assert_fails(mf_sandbox_run(&box, leaves, NULL, NULL, 0, &err), err, "MF-SCAN-03");
}

static int set_up(void **state)
{
	(void)state;
	dir = mf_test_dir();
	landlock = syscall(444 /* landlock_create_ruleset */, NULL, 0, 1u /* its version */);
	mf_test_sh(dir, "mkdir -p in/empty out; for f in in/file out/file single single.not; do echo text > $f; done; ln -s ../out/file in/leads-out");
	kept = open(at(0, "kept"), O_WRONLY | O_CREAT, 0600);
	other = open(at(0, "out/file"), O_RDONLY);
	return kept < 0 || other < 0 ? -1 : 0;
}

static int take_down(void **state)
{
	(void)state;
	close(kept);
	close(other);
	mf_test_rmdir(dir);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_the_child_can_do), cmocka_unit_test(test_what_it_could_do_without), cmocka_unit_test(test_how_it_ends),
	};

	return cmocka_run_group_tests(tests, set_up, take_down);
}
