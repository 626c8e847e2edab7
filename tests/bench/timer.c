/* SPDX-License-Identifier: Apache-2.0 */
/* Runs commands in turn and prints for each run: its number, nanoseconds, peak memory in KiB, exit status,
 * microseconds of CPU (with its children).
 * timer ROUNDS COMMAND... [--- COMMAND...]...   A small parent, since a child's peak counts from before its exec. */
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>

extern char **environ;

static long long now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000LL + t.tv_nsec;
}

static int run(int number, char **argv, posix_spawn_file_actions_t *quiet)
{
	struct rusage usage;
	long long began = now_ns();
	int status;
	pid_t pid;

	if (posix_spawn(&pid, argv[0], quiet, NULL, argv, environ) != 0 || wait4(pid, &status, 0, &usage) != pid) {
		fprintf(stderr, "timer: cannot run %s\n", argv[0]);
		return -1;
	}
	printf("%d %lld %ld %d %lld\n", number, now_ns() - began, usage.ru_maxrss, status,
	       (usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1000000LL + usage.ru_utime.tv_usec + usage.ru_stime.tv_usec);
	return 0;
}

int main(int argc, char **argv)
{
	posix_spawn_file_actions_t quiet;
	char **commands[16];
	int n = 0;

	if (argc < 3)
		return 2;
	commands[n++] = argv + 2;
	for (int i = 2; i < argc; i++)
		if (strcmp(argv[i], "---") == 0 && n < 16) {
			argv[i] = NULL;
			commands[n++] = argv + i + 1;
		}
	posix_spawn_file_actions_init(&quiet);
	posix_spawn_file_actions_addopen(&quiet, 0, "/dev/null", O_RDONLY, 0);
	posix_spawn_file_actions_addopen(&quiet, 1, "/dev/null", O_WRONLY, 0);
	posix_spawn_file_actions_addopen(&quiet, 2, "/dev/null", O_WRONLY, 0);
	for (long round = strtol(argv[1], NULL, 10); round > 0; round--)
		for (int i = 0; i < n; i++)
			if (run(i, commands[i], &quiet))
				return 1;
	return 0;
}
