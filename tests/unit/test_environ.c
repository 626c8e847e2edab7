/* SPDX-License-Identifier: Apache-2.0 */
/* The cleaned environment and the hardened process, each in a child since both change the whole process. */
#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include <mayfly/environ.h>
#include "failalloc.h"

extern char **environ;

#define CHECK(condition) do { if (!(condition)) return __LINE__ % 255; } while (0)

static void in_child(int (*body)(void))
{
	int status;
	pid_t pid = fork();

	if (pid == 0)
		_exit(body());
	waitpid(pid, &status, 0);
	if (!WIFEXITED(status) || WEXITSTATUS(status))
		fail_msg("status %x: line %d (mod 255)", status, WEXITSTATUS(status));
}

static char *full[] = {
	"PATH=/bin", "SSLKEYLOGFILE=/x", "OPENSSL_CONF=/x", "OPENSSL_MODULES=/x", "OPENSSL_ia32cap=0", "GIT_DIR=/repo",
	"GIT_OBJECT_DIRECTORY=/x", "GIT_INDEX_FILE=", "GITHUB_ENV=/e", "GITHUB_TOKEN=t", "GITLAB_CI=true", "CURL_HOME=/x",
	"CURL_SSL_BACKEND=x", "CURL_CA_BUNDLE=/ca", "SSL_CERT_FILE=/ca", "HTTPS_PROXY=http://p", "https_proxy=http://p",
	"MIMALLOC_VERBOSE=1", "HOSTALIASES=/x", "GCONV_PATH=/x", "LD_PRELOAD=", "TMPDIR=/t", "SSLKEYLOGFILE_NOT=1",
	"KRB5_TRACE=/x", "LDAPRC=/x", "RES_OPTIONS=timeout:1", "NOEQUALS", "=odd", "SSLKEYLOGFILE", NULL
};

static const char *const kept[] = {
	"PATH", "GITHUB_ENV", "GITHUB_TOKEN", "GITLAB_CI", "CURL_CA_BUNDLE", "SSL_CERT_FILE", "HTTPS_PROXY", "https_proxy",
	"LD_PRELOAD", "TMPDIR", "SSLKEYLOGFILE_NOT", "RES_OPTIONS",
};

static const char *const gone[] = {
	"SSLKEYLOGFILE", "OPENSSL_CONF", "OPENSSL_MODULES", "OPENSSL_ia32cap", "GIT_DIR", "GIT_OBJECT_DIRECTORY",
	"GIT_INDEX_FILE", "CURL_HOME", "CURL_SSL_BACKEND", "MIMALLOC_VERBOSE", "HOSTALIASES", "GCONV_PATH", "KRB5_TRACE",
	"LDAPRC",
};

static int clean(void)
{
	char *before[MF_COUNT(full)];

	memcpy(before, full, sizeof(full));
	environ = full;
	CHECK(mf_environ_child() == full);
	CHECK(strcmp(mf_environ_original("GIT_DIR"), "/repo") == 0);
	mf_environ_clean();
	mf_environ_clean();	/* the second time changes nothing */
	for (size_t i = 0; i < MF_COUNT(kept); i++)
		CHECK(getenv(kept[i]));
	for (size_t i = 0; i < MF_COUNT(gone); i++) {
		CHECK(!getenv(gone[i]));
		CHECK(mf_environ_original(gone[i]));
	}
	CHECK(strcmp(mf_environ_original("GIT_DIR"), "/repo") == 0);
	CHECK(strcmp(mf_environ_original("GIT_INDEX_FILE"), "") == 0);
	CHECK(!mf_environ_original("GIT_DI") && !mf_environ_original("NOEQUALS") && !mf_environ_original("MISSING"));
	for (size_t i = 0; i < MF_COUNT(full); i++)
		CHECK(mf_environ_child()[i] == before[i]);
	return 0;
}

static int clean_without_memory(void)
{
	if (!mf_allocations_can_fail())
		return 0;
	environ = full;
	mf_fail_allocation(1);
	mf_environ_clean();
	CHECK(mf_allocation_failed());
	CHECK(!getenv("SSLKEYLOGFILE") && getenv("PATH"));
	CHECK(mf_environ_child() == environ);
	return 0;
}

static int clean_nothing(void)
{
	environ = NULL;
	mf_environ_clean();
	CHECK(!mf_environ_original("X"));
	return 0;
}

/* What a program that is started with the original environment sees. */
static int child_sees_original(void)
{
	int status;
	pid_t pid;

	environ = full;
	mf_environ_clean();
	pid = fork();
	if (pid == 0) {
		execle("/bin/sh", "sh", "-c", "test \"$GIT_DIR\" = /repo && test \"$SSLKEYLOGFILE\" = /x", (char *)NULL,
		       mf_environ_child());
		_exit(127);
	}
	waitpid(pid, &status, 0);
	CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	return 0;
}

static int harden(void)
{
	struct rlimit rl = { .rlim_cur = 4096, .rlim_max = RLIM_INFINITY };
	struct mf_err err;

	getrlimit(RLIMIT_CORE, &rl);
	rl.rlim_cur = rl.rlim_max;
	setrlimit(RLIMIT_CORE, &rl);
	umask(022);
	signal(SIGPIPE, SIG_DFL);
	CHECK(mf_process_harden(&err) == 0);
	CHECK(mf_process_harden(&err) == 0);
	CHECK(prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) == 0);
	getrlimit(RLIMIT_CORE, &rl);
	CHECK(rl.rlim_cur == 0);
	CHECK(umask(077) == 077);
	CHECK(signal(SIGPIPE, SIG_IGN) == SIG_IGN);
	CHECK(signal(SIGXFSZ, SIG_IGN) == SIG_IGN);
	mf_process_soften();
	getrlimit(RLIMIT_CORE, &rl);
	CHECK(rl.rlim_cur == rl.rlim_max);
	CHECK(umask(077) == 022);
	CHECK(signal(SIGPIPE, SIG_IGN) == SIG_DFL);
	CHECK(signal(SIGXFSZ, SIG_IGN) == SIG_DFL);
	return 0;
}

static int soften_alone(void)
{
	umask(022);
	mf_process_soften();
	CHECK(umask(022) == 022);
	return 0;
}

static int closed_descriptors(void)
{
	struct mf_err err;
	char c;
	int fd;

	close(0);
	close(1);
	close(2);
	CHECK(mf_process_harden(&err) == 0);
	for (fd = 0; fd <= 2; fd++)
		CHECK(fcntl(fd, F_GETFD) == 0);
	CHECK(read(0, &c, 1) <= 0);
	fd = open("/dev/null", O_RDONLY);
	CHECK(fd == 3);
	return 0;
}

static char empty[] = "/tmp/test_environ.XXXXXX";

/* As in a container FROM scratch, where /dev may be empty. */
static int closed_descriptors_without_dev(void)
{
	struct mf_err err;
	char c;

	CHECK(chroot(empty) == 0 && chdir("/") == 0);
	close(0);
	close(1);
	close(2);
	CHECK(mf_process_harden(&err) == 0);
	for (int fd = 0; fd <= 2; fd++)
		CHECK(fcntl(fd, F_GETFD) == 0);
	CHECK(read(0, &c, 1) < 0 && write(2, "x", 1) < 0);
	return 0;
}

static int closed_descriptor_that_stays_closed(void)
{
	const struct rlimit none = { 0, 0 };
	struct mf_err err = { 0 };

	close(1);
	CHECK(setrlimit(RLIMIT_NOFILE, &none) == 0);
	CHECK(mf_process_harden(&err) == -1);
	CHECK(strcmp(err.id, "MF-BASE-04") == 0 && err.code == MF_IO);
	CHECK(strstr(err.what, "descriptor 1 is closed") && strcmp(err.why, strerror(EMFILE)) == 0);
	return 0;
}

/* As under a seccomp profile that knows no prctl. */
static int no_prctl(void)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_prctl, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	const struct sock_fprog filter = { .len = MF_COUNT(code), .filter = code };
	struct mf_err err = { 0 };

	CHECK(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0);
	CHECK(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) == 0);
	CHECK(mf_process_harden(&err) == -1);
	CHECK(strcmp(err.id, "MF-BASE-04") == 0 && err.code == MF_IO);
	CHECK(strstr(err.what, "undumpable") && strcmp(err.why, strerror(EPERM)) == 0);
	return 0;
}

#define CHILD_TEST(f) static void test_##f(void **state) { (void)state; in_child(f); }
CHILD_TEST(clean)
CHILD_TEST(clean_without_memory)
CHILD_TEST(clean_nothing)
CHILD_TEST(child_sees_original)
CHILD_TEST(harden)
CHILD_TEST(soften_alone)
CHILD_TEST(closed_descriptors)
CHILD_TEST(closed_descriptor_that_stays_closed)
CHILD_TEST(no_prctl)

static void test_closed_descriptors_without_dev(void **state)
{
	(void)state;
	assert_non_null(mkdtemp(empty));
	if (geteuid() == 0)
		in_child(closed_descriptors_without_dev);
	rmdir(empty);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_clean), cmocka_unit_test(test_clean_without_memory),
		cmocka_unit_test(test_clean_nothing), cmocka_unit_test(test_child_sees_original),
		cmocka_unit_test(test_harden), cmocka_unit_test(test_soften_alone),
		cmocka_unit_test(test_closed_descriptors), cmocka_unit_test(test_closed_descriptors_without_dev),
		cmocka_unit_test(test_closed_descriptor_that_stays_closed), cmocka_unit_test(test_no_prctl),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
