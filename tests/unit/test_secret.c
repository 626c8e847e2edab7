/* SPDX-License-Identifier: Apache-2.0 */
/* Secrets and their arena: contents, wiping, limits, threads, what a child and a core file would see. */
#include "unit.h"

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>
#include <mayfly/reveal.h>
#include <mayfly/secret.h>
#include "failalloc.h"

/* ASan makes mlock do nothing. */
#ifdef __SANITIZE_ADDRESS__
enum { LOCKS = 0 };
#else
enum { LOCKS = 1 };
#endif

static struct mf_err err;

static int teardown(void **state)
{
	(void)state;
	mf_secret_close();
	return 0;
}

static void test_contents(void **state)
{
	struct mf_secret *s = mf_secret_new("a\0b", 3), *copy = mf_secret_dup(s), *empty = mf_secret_new(NULL, 0);

	(void)state;
	assert_int_equal(mf_secret_len(s), 3);
	assert_memory_equal(mf_secret_reveal(s).p, "a\0b", 4);
	assert_true(mf_secret_eq(s, copy));
	assert_true(mf_secret_reveal(s).p != mf_secret_reveal(copy).p);
	assert_false(mf_secret_eq(s, empty));
	assert_true(mf_secret_eq(empty, empty));
	assert_int_equal(mf_secret_len(empty), 0);
	assert_string_equal(mf_secret_reveal(empty).p, "");
	mf_secret_free(copy);
	copy = mf_secret_new("a\0c", 3);
	assert_false(mf_secret_eq(s, copy));
	assert_false(mf_secret_eq(s, NULL));
	mf_secret_freep(&copy);
	assert_null(copy);
	mf_secret_free(s);
	mf_secret_free(empty);
	mf_secret_free(NULL);
}

static void test_growth_and_ceiling(void **state)
{
	struct mf_secret *s = mf_secret_empty(5000);
	char text[5000];

	(void)state;
	for (size_t i = 0; i < sizeof(text); i++) {
		text[i] = (char)('A' + i % 26);
		assert_int_equal(mf_secret_add(s, &text[i], 1, &err), 0);
	}
	assert_int_equal(mf_secret_len(s), 5000);
	assert_memory_equal(mf_secret_reveal(s).p, text, 5000);
	assert_int_equal(mf_secret_reveal(s).p[5000], 0);
	assert_fails(mf_secret_add(s, "x", 1, &err), err, "MF-BASE-02");
	assert_fails(mf_secret_add(s, "x", SIZE_MAX, &err), err, "MF-BASE-02");
	assert_int_equal(mf_secret_len(s), 5000);
	assert_int_equal(mf_secret_add(s, NULL, 0, &err), 0);
	mf_secret_cut(s, 10);
	mf_secret_cut(s, 100);
	assert_int_equal(mf_secret_len(s), 10);
	assert_int_equal(mf_secret_reveal(s).p[10], 0);
	assert_int_equal(mf_secret_reveal(s).p[11], 0);
	mf_secret_free(s);
	s = mf_secret_new("abc", 3);
	assert_fails(mf_secret_add(s, "d", 1, &err), err, "MF-BASE-02");
	mf_secret_free(s);
	s = mf_secret_empty(0);
	assert_fails(mf_secret_add(s, "d", 1, &err), err, "MF-BASE-02");
	mf_secret_free(s);
}

static void test_join(void **state)
{
	struct mf_secret *a = mf_secret_empty(100000), *b = mf_secret_new("xy", 2);

	(void)state;
	assert_int_equal(mf_secret_join(a, b, &err), 0);
	assert_int_equal(mf_secret_join(a, b, &err), 0);
	for (int i = 0; i < 12; i++)	/* itself, through several moves */
		assert_int_equal(mf_secret_join(a, a, &err), 0);
	assert_int_equal(mf_secret_len(a), 4 << 12);
	for (size_t i = 0; i < mf_secret_len(a); i++)
		if (mf_secret_reveal(a).p[i] != "xy"[i & 1])
			fail_msg("byte %zu", i);
	mf_secret_free(a);
	mf_secret_free(b);
}

/* The block stays mapped after a free, so that what is left there can be looked at. */
static void test_wiped_on_free_and_growth(void **state)
{
	static const size_t sizes[] = { 1, 31, 32, 33, 500, 2047, 2048, 4095, 4096, 70000 };
	struct mf_secret *pin = mf_secret_new("pin", 3);

	(void)state;
	for (size_t i = 0; i < MF_COUNT(sizes); i++) {
		char *text = malloc(sizes[i]);
		struct mf_secret *s;
		const char *p, *moved;

		memset(text, 'S', sizes[i]);
		s = mf_secret_new(text, sizes[i]);
		p = mf_secret_reveal(s).p;
		mf_secret_free(s);
		for (size_t k = 0; k < sizes[i]; k++)
			assert_int_equal(p[k], 0);
		s = mf_secret_empty(1 << 20);
		assert_int_equal(mf_secret_add(s, text, sizes[i], &err), 0);
		p = mf_secret_reveal(s).p;
		do
			assert_int_equal(mf_secret_add(s, text, sizes[i], &err), 0);
		while ((moved = mf_secret_reveal(s).p) == p);
		assert_true(moved < p || moved >= p + sizes[i]);
		for (size_t k = 0; k < sizes[i]; k++)
			assert_int_equal(p[k], 0);
		mf_secret_free(s);
		free(text);
	}
	mf_secret_free(pin);
}

static void test_many_and_large(void **state)
{
	enum { N = 60, SIZE = 1 << 20 };
	struct mf_secret *s[N];
	char *text = malloc(SIZE);

	(void)state;
	for (int i = 0; i < N; i++) {
		memset(text, 'a' + i % 26, SIZE);
		s[i] = mf_secret_new(text, SIZE);
		assert_non_null(s[i]);
	}
	for (int i = 0; i < N; i++) {
		struct mf_str v = mf_secret_reveal(s[i]);

		assert_int_equal(v.p[0], 'a' + i % 26);
		assert_int_equal(v.p[SIZE - 1], 'a' + i % 26);
		assert_int_equal(v.p[SIZE], 0);
	}
	/* Holes are used again. */
	for (int round = 0; round < 20; round++) {
		for (int i = round & 1; i < N; i += 2)
			mf_secret_freep(&s[i]);
		for (int i = round & 1; i < N; i += 2) {
			s[i] = mf_secret_new(text, SIZE);
			assert_non_null(s[i]);
		}
	}
	assert_null(mf_secret_new(text, (size_t)300 << 20));
	assert_null(mf_secret_new(text, SIZE_MAX));
	for (int i = 0; i < N; i++)
		mf_secret_free(s[i]);
	free(text);
}

static uint32_t next_random(uint32_t *seed)
{
	*seed = *seed * 1664525u + 1013904223u;
	return *seed >> 8;
}

/* Random sizes and orders: blocks never overlap, each keeps its pattern. */
static void *churn(void *arg)
{
	enum { N = 200, ROUNDS = 20000 };
	struct mf_secret *s[N] = { 0 };
	unsigned char mark[N] = { 0 };
	uint32_t seed = (uint32_t)(uintptr_t)arg;
	char text[20000];

	for (int round = 0; round < ROUNDS; round++) {
		uint32_t i = next_random(&seed) % N;
		struct mf_str v = mf_secret_reveal(s[i]);

		for (size_t k = 0; k < v.n; k++)
			if ((unsigned char)v.p[k] != mark[i])
				return "a block was overwritten";
		mf_secret_freep(&s[i]);
		if (next_random(&seed) % 4) {
			size_t n = next_random(&seed) % (next_random(&seed) % 8 ? 300 : sizeof(text));

			mark[i] = (unsigned char)next_random(&seed);
			memset(text, mark[i], n);
			s[i] = mf_secret_new(text, n);
			if (!s[i])
				return "no memory";
		}
	}
	for (int i = 0; i < N; i++)
		mf_secret_free(s[i]);
	return NULL;
}

static void test_churn_in_threads(void **state)
{
	pthread_t threads[4];

	(void)state;
	for (size_t i = 0; i < MF_COUNT(threads); i++)
		assert_int_equal(pthread_create(&threads[i], NULL, churn, (void *)(uintptr_t)(i + 1)), 0);
	for (size_t i = 0; i < MF_COUNT(threads); i++) {
		void *problem;

		pthread_join(threads[i], &problem);
		if (problem)
			fail_msg("%s", (const char *)problem);
	}
}

static void test_close(void **state)
{
	struct mf_secret *s = mf_secret_new("abc", 3), *again;

	(void)state;
	mf_secret_close();
	mf_secret_close();
	assert_int_equal(mf_secret_len(s), 0);
	assert_int_equal(mf_secret_reveal(s).n, 0);
	assert_fails(mf_secret_add(s, "x", 1, &err), err, "MF-BASE-03");
	again = mf_secret_new("def", 3);	/* a new arena; the old handle is none of it */
	assert_int_equal(mf_secret_len(s), 0);
	mf_secret_free(s);
	assert_memory_equal(mf_secret_reveal(again).p, "def", 4);
	mf_secret_free(again);
}

/* In a forked child the arena holds zeros, or is not there at all. */
static void test_fork(void **state)
{
	struct mf_secret *s = mf_secret_new("canary", 6);
	const char *p = mf_secret_reveal(s).p;
	unsigned char resident;
	int status;
	pid_t pid = fork();

	(void)state;
	if (pid == 0) {
		if (mincore((void *)((uintptr_t)p & ~(uintptr_t)4095), 1, &resident))
			_exit(0);
		_exit(memcmp(p, "\0\0\0\0\0", 6) == 0 ? 0 : 1);
	}
	waitpid(pid, &status, 0);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
	assert_memory_equal(p, "canary", 6);
	mf_secret_free(s);
}

/* The one child that is to go on has everything, can make more, and its own children see nothing again. */
static void test_fork_that_keeps(void **state)
{
	struct mf_secret *s = mf_secret_new("canary", 6), *more;
	const char *p = mf_secret_reveal(s).p;
	unsigned char resident;
	int status;
	pid_t pid = mf_secret_fork();

	(void)state;
	if (pid == 0) {
		more = mf_secret_new("further", 7);
		if (memcmp(p, "canary", 6) != 0 || !more || memcmp(mf_secret_reveal(more).p, "further", 7) != 0)
			_exit(1);
		pid = fork();
		if (pid == 0)
			_exit(mincore((void *)((uintptr_t)p & ~(uintptr_t)4095), 1, &resident) || memcmp(p, "\0\0\0\0\0", 6) == 0 ? 0 : 1);
		waitpid(pid, &status, 0);
		_exit(WIFEXITED(status) ? WEXITSTATUS(status) : 1);
	}
	waitpid(pid, &status, 0);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
	assert_memory_equal(p, "canary", 6);
	mf_secret_free(s);
}

/* The flags of the mapping that holds `p`, from the kernel. */
static bool mapping_has(const void *p, const char *flag)
{
	FILE *f = fopen("/proc/self/smaps", "re");
	char line[512];
	unsigned long from, to;
	bool inside = false, found = false;

	assert_non_null(f);
	while (fgets(line, sizeof(line), f)) {
		if (sscanf(line, "%lx-%lx ", &from, &to) == 2)
			inside = (uintptr_t)p >= from && (uintptr_t)p < to;
		else if (inside && strncmp(line, "VmFlags:", 8) == 0)
			found = strstr(line, flag) != NULL;
	}
	fclose(f);
	return found;
}

static void test_mapping(void **state)
{
	struct mf_secret *s = mf_secret_new("canary", 6);
	const char *p = mf_secret_reveal(s).p;

	(void)state;
	assert_true(mapping_has(p, " dd"));	/* not in a core file */
	assert_true(mapping_has(p, " wf") || mapping_has(p, " dc"));
	if (LOCKS && !mf_secret_unlocked_reason())
		assert_true(mapping_has(p, " lo"));
	mf_secret_free(s);
}

/* Before the first block and after the last there is nothing to read. */
static void test_guard_pages(void **state)
{
	struct mf_secret *s;
	const char *p;
	int status;
	pid_t pid;

	(void)state;
	mf_secret_close();
	s = mf_secret_new("first", 5);
	p = mf_secret_reveal(s).p;
	pid = fork();
	if (pid == 0) {
		struct rlimit none = { 0 };

		setrlimit(RLIMIT_CORE, &none);
		signal(SIGSEGV, SIG_DFL);
		dup2(open("/dev/null", O_WRONLY), 2);
		_exit(*(volatile const char *)(((uintptr_t)p & ~(uintptr_t)4095) - 1));
	}
	waitpid(pid, &status, 0);
	assert_true(WIFSIGNALED(status) || WEXITSTATUS(status) != 0);
	mf_secret_free(s);
}

static int limited(void)
{
	struct rlimit rl = { .rlim_cur = 65536, .rlim_max = 65536 };
	struct mf_secret *small, *large;
	char *text = calloc(1, 1 << 20);

	/* Without the privilege to lock as much as one likes. */
	if (setrlimit(RLIMIT_MEMLOCK, &rl) || (geteuid() == 0 && setuid(65534)))
		return 2;
	mf_secret_close();
	small = mf_secret_new("small", 5);
	if (!small || mf_secret_unlocked_reason())
		return 3;
	large = mf_secret_new(text, 1 << 20);
	if (!large || (LOCKS && (!mf_secret_unlocked_reason() || !strstr(mf_secret_unlocked_reason(), "RLIMIT_MEMLOCK"))))
		return 4;
	return 0;
}

static void test_small_memlock(void **state)
{
	int status;
	pid_t pid = fork();

	(void)state;
	if (pid == 0)
		_exit(limited());
	waitpid(pid, &status, 0);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
}

static void test_wipe(void **state)
{
	char text[] = "secret";

	(void)state;
	mf_wipe(text, 3);
	assert_memory_equal(text, "\0\0\0ret", 7);
	mf_wipe(NULL, 0);
}

#ifndef __SANITIZE_ADDRESS__
enum { DEEP = 16000 };

static __attribute__((noinline)) uintptr_t leave_canary(void)
{
	volatile char deep[DEEP];

	for (size_t i = 0; i < sizeof(deep); i++)
		deep[i] = 'C';
	__asm__ volatile("" : : "r"(deep) : "memory");
	return (uintptr_t)deep;
}

/* Between the frames of the scrubber lie a few bytes that only hold return addresses. */
static void *wipe_in_thread(void *arg)
{
	const volatile char *p = (const volatile char *)leave_canary();
	size_t before = 0, after = 0;

	(void)arg;
	for (size_t i = 0; i < DEEP - 1000; i++)
		before += p[i] == 'C';
	mf_wipe_stack();
	for (size_t i = 0; i < DEEP - 1000; i++)
		after += p[i] == 'C';
	return before == DEEP - 1000 && after < 100 ? NULL : "the stack was not wiped";
}

static void test_wipe_stack(void **state)
{
	static const size_t stacks[] = { 0, 64 << 10, 128 << 10, 1 << 20 };
	void *problem = wipe_in_thread(NULL);

	(void)state;
	for (size_t i = 0; i < MF_COUNT(stacks); i++) {
		pthread_attr_t attr;
		pthread_t t;

		assert_null(problem);
		pthread_attr_init(&attr);
		if (stacks[i])
			pthread_attr_setstacksize(&attr, stacks[i]);
		assert_int_equal(pthread_create(&t, &attr, wipe_in_thread, NULL), 0);
		pthread_join(t, &problem);
		pthread_attr_destroy(&attr);
	}
	assert_null(problem);
}
#else
static void test_wipe_stack(void **state)
{
	(void)state;
	mf_wipe_stack();
}
#endif

static int body(void *ctx, struct mf_err *e)
{
	MF_CLEANUP(mf_secret_freep) struct mf_secret *a = mf_secret_new(ctx, 3), *b = NULL;

	if (!a)
		return mf_fail_nomem(e);
	b = mf_secret_dup(a);
	if (!b)
		return mf_fail_nomem(e);
	return 0;
}

static void test_out_of_memory(void **state)
{
	(void)state;
	mf_torture(body, "abc");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_contents), cmocka_unit_test(test_growth_and_ceiling), cmocka_unit_test(test_join),
		cmocka_unit_test(test_wiped_on_free_and_growth), cmocka_unit_test(test_many_and_large),
		cmocka_unit_test(test_churn_in_threads), cmocka_unit_test(test_close), cmocka_unit_test(test_fork), cmocka_unit_test(test_fork_that_keeps),
		cmocka_unit_test(test_mapping), cmocka_unit_test(test_guard_pages), cmocka_unit_test(test_small_memlock),
		cmocka_unit_test(test_wipe), cmocka_unit_test(test_wipe_stack), cmocka_unit_test(test_out_of_memory),
	};

	return cmocka_run_group_tests(tests, NULL, teardown);
}
