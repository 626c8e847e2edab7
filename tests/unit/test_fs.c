/* SPDX-License-Identifier: Apache-2.0 */
/* Files: links, types, modes, limits, wiping. */
#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>
#include <mayfly/fs.h>
#include <mayfly/reveal.h>
#include "failalloc.h"

static struct mf_err err;
static char dir[64], path[128], other[128];

static int setup(void **state)
{
	(void)state;
	memcpy(dir, "/tmp/test_fs.XXXXXX", 20);
	assert_non_null(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/file", dir);
	snprintf(other, sizeof(other), "%s/other", dir);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	chmod(dir, 0700);
	unlink(path);
	unlink(other);
	rmdir(path);
	rmdir(other);
	return rmdir(dir);
}

static void put(const char *name, const char *text, mode_t mode)
{
	int fd = open(name, O_WRONLY | O_CREAT | O_TRUNC, mode);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	close(fd);
	chmod(name, mode);
}

static void test_read(void **state)
{
	struct mf_buf b = MF_BUF(100);
	struct mf_secret *s = NULL;

	(void)state;
	put(path, "hello", 0600);
	assert_int_equal(mf_fs_read(&b, path, &err), 0);
	assert_string_equal(mf_buf_text(&b), "hello");
	assert_int_equal(mf_fs_read(&b, path, &err), 0);	/* appends */
	assert_string_equal(mf_buf_text(&b), "hellohello");
	assert_int_equal(mf_fs_read_secret(&s, path, 100, &err), 0);
	assert_str_is(mf_secret_reveal(s), "hello");
	mf_secret_freep(&s);
	assert_int_equal(symlink("file", other), 0);	/* a service account's token is a link */
	assert_int_equal(mf_fs_read_secret(&s, other, 5, &err), 0);
	mf_secret_freep(&s);
	assert_fails(mf_fs_read_secret(&s, path, 4, &err), err, "MF-BASE-02");
	assert_non_null(strstr(err.what, path));
	assert_null(s);
	b.max = 12;
	assert_fails(mf_fs_read(&b, path, &err), err, "MF-BASE-02");
	assert_string_equal(mf_buf_text(&b), "hellohello");
	mf_buf_free(&b);
	b = MF_BUF(100000);
	assert_int_equal(mf_fs_read(&b, "/proc/self/status", &err), 0);	/* a file whose size is said to be 0 */
	assert_true(b.n > 10);
	mf_buf_free(&b);
}

static void test_read_refused(void **state)
{
	struct mf_buf b = MF_BUF(100);
	struct mf_secret *s = NULL;

	(void)state;
	assert_fails(mf_fs_read(&b, path, &err), err, "MF-FS-03");
	assert_string_equal(err.why, strerror(ENOENT));
	assert_fails(mf_fs_read(&b, dir, &err), err, "MF-FS-03");
	assert_non_null(strstr(err.why, "a folder"));
	assert_fails(mf_fs_read(&b, "/dev/zero", &err), err, "MF-FS-03");
	assert_int_equal(mkfifo(path, 0600), 0);
	assert_fails(mf_fs_read_secret(&s, path, 10, &err), err, "MF-FS-03");	/* and does not wait for a writer */
	assert_non_null(strstr(err.why, "a pipe"));
	mf_buf_free(&b);
}

static void test_create(void **state)
{
	struct stat st;
	mode_t before = umask(0);
	int fd = mf_fs_create(path, &err);

	(void)state;
	assert_true(fd >= 0);
	assert_int_equal(fstat(fd, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	assert_true(fcntl(fd, F_GETFD) & FD_CLOEXEC);
	close(fd);
	umask(before);
	assert_fails(mf_fs_create(path, &err), err, "MF-FS-01");
	assert_int_equal(symlink("nowhere", other), 0);
	assert_fails(mf_fs_create(other, &err), err, "MF-FS-01");
	assert_fails(mf_fs_create("/nonexistent/x", &err), err, "MF-FS-01");
}

static void test_append(void **state)
{
	struct mf_buf b = MF_BUF(100);
	int fd;

	(void)state;
	assert_fails(mf_fs_append(path, &err), err, "MF-FS-02");	/* never created */
	put(path, "old\n", 0600);
	fd = mf_fs_append(path, &err);
	assert_true(fd >= 0);
	assert_int_equal(mf_fs_write(fd, "new\n", 4, path, &err), 0);
	close(fd);
	assert_int_equal(mf_fs_read(&b, path, &err), 0);
	assert_string_equal(mf_buf_text(&b), "old\nnew\n");
	mf_buf_free(&b);
	assert_int_equal(symlink("file", other), 0);
	assert_fails(mf_fs_append(other, &err), err, "MF-FS-04");
	unlink(other);
	assert_int_equal(mkfifo(other, 0600), 0);
	assert_true(mf_fs_append(other, &err) == -1);
	assert_fails(mf_fs_append("/dev/null", &err), err, "MF-FS-04");
	assert_true(mf_fs_append(dir, &err) == -1);
}

static void test_private_folder(void **state)
{
	char *a = NULL, *b = NULL;
	struct stat st;

	(void)state;
	assert_int_equal(mf_fs_mkdir_private(&a, dir, "mayfly-", &err), 0);
	assert_int_equal(mf_fs_mkdir_private(&b, dir, "mayfly-", &err), 0);
	assert_string_not_equal(a, b);
	assert_int_equal(strlen(a), strlen(dir) + 1 + 7 + 16);
	assert_int_equal(stat(a, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0700);
	rmdir(a);
	rmdir(b);
	free(a);
	free(b);
	a = (void *)1;
	assert_fails(mf_fs_mkdir_private(&a, "/nonexistent", "x", &err), err, "MF-FS-01");
	assert_ptr_equal(a, (void *)1);
}

static void test_own_folder(void **state)
{
	(void)state;
	assert_int_equal(mf_fs_own_dir(path, &err), 0);
	assert_int_equal(mf_fs_own_dir(path, &err), 0);
	chmod(path, 0710);
	assert_fails(mf_fs_own_dir(path, &err), err, "MF-FS-04");
	chmod(path, 0701);
	assert_fails(mf_fs_own_dir(path, &err), err, "MF-FS-04");
	chmod(path, 0700);
	assert_int_equal(symlink("file", other), 0);
	assert_fails(mf_fs_own_dir(other, &err), err, "MF-FS-04");
	assert_non_null(strstr(err.why, "a link"));
	unlink(other);
	put(other, "x", 0600);
	assert_fails(mf_fs_own_dir(other, &err), err, "MF-FS-04");
	assert_fails(mf_fs_own_dir("/nonexistent/x", &err), err, "MF-FS-01");
	if (geteuid() == 0) {
		assert_int_equal(chown(path, 65534, 65534), 0);
		assert_fails(mf_fs_own_dir(path, &err), err, "MF-FS-04");
		assert_non_null(strstr(err.why, "another user"));
	}
}

static volatile sig_atomic_t alarms;

static void on_alarm(int sig)
{
	(void)sig;
	alarms++;
}

/* A slow reader, a small pipe and signals: short writes and EINTR, and nothing lost. */
static void test_write_in_pieces(void **state)
{
	enum { N = 3000000 };
	const struct itimerval often = { .it_interval = { .tv_usec = 20000 }, .it_value = { .tv_usec = 20000 } };
	const struct itimerval never = { 0 };
	struct sigaction sa = { .sa_handler = on_alarm };
	char *text;
	int fds[2], status;
	pid_t pid;

	(void)state;
	assert_int_equal(pipe(fds), 0);
	pid = fork();
	if (pid == 0) {
		size_t total = 0;
		ssize_t got;
		char chunk[5000];

		close(fds[1]);
		while ((got = read(fds[0], chunk, sizeof(chunk))) > 0) {
			for (ssize_t i = 0; i < got; i++)
				if (chunk[i] != (char)((total + (size_t)i) % 251))
					_exit(1);
			total += (size_t)got;
			if (total % 7 == 0 && total < 1000000)
				usleep(1000);
		}
		_exit(total == N ? 0 : 2);
	}
	close(fds[0]);
	text = malloc(N);
	assert_non_null(text);
	for (size_t i = 0; i < N; i++)
		text[i] = (char)(i % 251);
	sigaction(SIGALRM, &sa, NULL);
	setitimer(ITIMER_REAL, &often, NULL);
	assert_int_equal(mf_fs_write(fds[1], text, N, "pipe", &err), 0);
	setitimer(ITIMER_REAL, &never, NULL);
	signal(SIGALRM, SIG_DFL);
	close(fds[1]);
	waitpid(pid, &status, 0);
	assert_int_equal(status, 0);
	free(text);
}

static void test_write_errors(void **state)
{
	struct mf_secret *s = mf_secret_new("se\0cret", 7);
	struct mf_buf b = MF_BUF(100);
	int fd = open("/dev/full", O_WRONLY);

	(void)state;
	assert_true(fd >= 0);
	assert_fails(mf_fs_write(fd, "x", 1, "the name", &err), err, "MF-FS-02");
	assert_string_equal(err.what, "'the name' cannot be written");
	assert_string_equal(err.why, strerror(ENOSPC));
	assert_int_equal(mf_fs_write(fd, NULL, 0, "x", &err), 0);
	close(fd);
	assert_fails(mf_fs_write(fd, "x", 1, "x", &err), err, "MF-FS-02");
	fd = mf_fs_create(path, &err);
	assert_int_equal(mf_fs_write_secret(fd, s, path, &err), 0);
	close(fd);
	assert_int_equal(mf_fs_read(&b, path, &err), 0);
	assert_int_equal(b.n, 7);
	assert_memory_equal(b.p, "se\0cret", 7);
	mf_buf_free(&b);
	mf_secret_free(s);
}

/* Another name for the same file shows what is left of it. */
static void test_wipe(void **state)
{
	struct mf_buf b = MF_BUF(20000);
	char *text = calloc(1, 10001);

	(void)state;
	memset(text, 'S', 10000);
	put(path, text, 0600);
	assert_int_equal(link(path, other), 0);
	assert_int_equal(mf_fs_wipe(path, &err), 0);
	assert_int_equal(access(path, F_OK), -1);
	assert_int_equal(mf_fs_read(&b, other, &err), 0);
	assert_int_equal(b.n, 10000);
	for (size_t i = 0; i < b.n; i++)
		assert_int_equal(b.p[i], 0);
	mf_buf_free(&b);
	free(text);
	assert_int_equal(mf_fs_wipe(path, &err), 0);		/* gone already */
	assert_int_equal(mf_fs_wipe("/nonexistent/x", &err), 0);
	put(path, "read-only", 0400);
	assert_int_equal(mf_fs_wipe(path, &err), 0);
	assert_int_equal(access(path, F_OK), -1);
}

static void test_wipe_is_careful(void **state)
{
	struct mf_buf b = MF_BUF(100);

	(void)state;
	put(path, "precious", 0600);
	assert_int_equal(symlink("file", other), 0);
	assert_int_equal(mf_fs_wipe(other, &err), 0);		/* the link goes, its target stays */
	assert_int_equal(access(other, F_OK), -1);
	assert_int_equal(mf_fs_read(&b, path, &err), 0);
	assert_string_equal(mf_buf_text(&b), "precious");
	mf_buf_free(&b);
	assert_fails(mf_fs_wipe(dir, &err), err, "MF-FS-04");
	assert_int_equal(mkfifo(other, 0600), 0);
	assert_fails(mf_fs_wipe(other, &err), err, "MF-FS-04");
}

static void test_random(void **state)
{
	unsigned char a[64] = { 0 }, b[64] = { 0 };
	char *big = calloc(1, 100000);

	(void)state;
	mf_random(a, sizeof(a));
	mf_random(b, sizeof(b));
	assert_memory_not_equal(a, b, sizeof(a));
	mf_random(big, 100000);
	assert_true(memchr(big + 90000, 7, 10000) != NULL);
	mf_random(a, 0);
	free(big);
}

static void test_join(void **state)
{
	static const struct { const char *dir, *name, *want; } cases[] = {
		{ "a", "b", "a/b" }, { "a/", "b", "a/b" }, { "/", "b", "/b" }, { "", "b", "/b" }, { "a", "", "a/" },
	};

	(void)state;
	for (size_t i = 0; i < MF_COUNT(cases); i++) {
		char *p = mf_path_join(cases[i].dir, cases[i].name);

		assert_string_equal(p, cases[i].want);
		free(p);
	}
}

static int body(void *ctx, struct mf_err *e)
{
	MF_CLEANUP(mf_buf_free) struct mf_buf b = MF_BUF(100000);
	MF_CLEANUP(mf_secret_freep) struct mf_secret *s = NULL;
	MF_CLEANUP(mf_freep) char *p = mf_path_join("/proc", "self/limits"), *made = NULL;

	(void)ctx;
	if (!p)
		return mf_fail_nomem(e);
	if (mf_fs_read(&b, p, e) || mf_fs_read_secret(&s, p, 100000, e) || mf_fs_mkdir_private(&made, dir, "x", e))
		return -1;
	rmdir(made);
	return 0;
}

static void test_out_of_memory(void **state)
{
	(void)state;
	mf_torture(body, NULL);
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(test_read), CASE(test_read_refused), CASE(test_create), CASE(test_append), CASE(test_private_folder),
		CASE(test_own_folder), CASE(test_write_in_pieces), CASE(test_write_errors), CASE(test_wipe),
		CASE(test_wipe_is_careful), CASE(test_random), CASE(test_join), CASE(test_out_of_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
