/* SPDX-License-Identifier: Apache-2.0 */
/* A seccomp filter (Documentation/userspace-api/seccomp_filter.rst): no sockets, no other programs or processes, nothing that reaches into other
 * processes or the kernel, nothing that changes files otherwise than by writing, which Landlock refuses. Refused calls fail with EPERM. */
#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include <mayfly/log.h>
#include "sandbox.h"

#if defined(__x86_64__)
#define ARCH AUDIT_ARCH_X86_64
#define X32 0x40000000u
#elif defined(__aarch64__)
#define ARCH AUDIT_ARCH_AARCH64
#endif

#ifdef ARCH
#define LOAD(field) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, field))
#define REFUSE(errnum) BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | (errnum))
#define ALLOW BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)
/* Calls are told by their number, which is loaded. */
#define NO(call) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_##call, 0, 1), REFUSE(EPERM)

static const struct sock_filter filter[] = {
	LOAD(arch),
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ARCH, 1, 0), REFUSE(EPERM),
	LOAD(nr),
#ifdef X32
	BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, X32, 0, 1), REFUSE(EPERM),
#endif
	NO(socket), NO(socketpair), NO(connect), NO(bind), NO(listen), NO(accept), NO(accept4), NO(sendto), NO(sendmsg), NO(sendmmsg),
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 425 /* io_uring_setup: the same on every machine */, 0, 1), REFUSE(EPERM),
	NO(execve), NO(execveat), NO(ptrace), NO(process_vm_readv), NO(process_vm_writev),
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 434 /* pidfd_open */, 0, 1), REFUSE(EPERM),
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 438 /* pidfd_getfd */, 0, 1), REFUSE(EPERM),
	NO(unshare), NO(setns), NO(mount), NO(umount2), NO(pivot_root), NO(chroot), NO(bpf), NO(perf_event_open), NO(userfaultfd),
	NO(add_key), NO(request_key), NO(keyctl), NO(init_module), NO(finit_module), NO(delete_module), NO(kexec_load), NO(open_by_handle_at),
	/* what Landlock leaves alone: modes, owners, times and attributes of files, and memory and queues that other processes can reach */
	NO(fchmod), NO(fchmodat), NO(fchown), NO(fchownat), NO(utimensat), NO(setxattr), NO(lsetxattr), NO(fsetxattr), NO(removexattr),
	NO(lremovexattr), NO(fremovexattr), NO(shmget), NO(shmat), NO(msgget), NO(semget), NO(mq_open),
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 452 /* fchmodat2 */, 0, 1), REFUSE(EPERM),
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 463 /* setxattrat */, 0, 1), REFUSE(EPERM),
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 466 /* removexattrat */, 0, 1), REFUSE(EPERM),
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 424 /* pidfd_send_signal */, 0, 1), REFUSE(EPERM),
	/* the older forms of some, which newer machines do without */
#ifdef SYS_fork
	NO(fork), NO(vfork), NO(chmod), NO(chown), NO(lchown), NO(utime), NO(utimes), NO(futimesat),
#endif
	/* threads are made by clone with CLONE_THREAD; the flags of clone3 cannot be seen here, and the C library does without it */
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 435 /* clone3 */, 0, 1), REFUSE(ENOSYS),
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_clone, 0, 3),
	LOAD(args[0]),
	BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, CLONE_THREAD, 1, 0), REFUSE(EPERM),
	ALLOW,
};
#endif

int mf_seccomp_no_network(struct mf_err *err)
{
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
		return mf_fail_errno(err, MF_E_SCAN_SANDBOX, errno, "the scan cannot be confined: no_new_privs");
#ifdef ARCH
	const struct sock_fprog program = { .len = (unsigned short)MF_COUNT(filter), .filter = (struct sock_filter *)(uintptr_t)filter };

	if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0) == 0)
		return 0;
	if (errno != EINVAL && errno != ENOSYS)
		return mf_fail_errno(err, MF_E_SCAN_SANDBOX, errno, "the scan cannot be confined: seccomp");
#endif
	mf_verbose("the kernel has no seccomp filters: the scan could open sockets");
	return 0;
}
