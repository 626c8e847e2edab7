/* SPDX-License-Identifier: Apache-2.0 */
/* Whose end is the job's: the runner's worker where one is among our ancestors, else the oldest of them below init, which is the shell or the terminal that everything comes from.
 * Where neither is there the file that the end of the job removes, and the longest life, have to do. */
#include "agent.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* Name, parent and start (clock ticks since boot) of /proc/PID/stat: proc(5). The name may hold anything, ')' too. */
static bool stat_of(int pid, char name[static 32], int *parent, unsigned long long *started)
{
	char path[48], text[1024], *open, *close;
	FILE *f;
	size_t n;

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	f = fopen(path, "re");
	if (!f)
		return false;
	n = fread(text, 1, sizeof(text) - 1, f);
	fclose(f);
	text[n] = '\0';
	open = strchr(text, '(');
	close = strrchr(text, ')');
	if (!open || !close || close < open)
		return false;
	snprintf(name, 32, "%.*s", (int)(close - open - 1 < 31 ? close - open - 1 : 31), open + 1);
	return sscanf(close + 1, " %*c %d %*d %*d %*d %*d %*u %*u %*u %*u %*u %*u %*u %*d %*d %*d %*d %*d %*d %llu", parent, started) == 2;
}

static bool is_worker(const char *name)
{
	static const char *const names[] = { "Runner.Worker", "gitlab-runner", "act", "buildkite-agent", "circleci-agent" };

	for (size_t i = 0; i < MF_COUNT(names); i++)
		if (strcmp(name, names[i]) == 0)
			return true;
	return false;
}

void mf_guard_find(struct mf_guard *g)
{
	int pid = getppid(), parent = 0;
	unsigned long long started;
	char name[32];

	*g = (struct mf_guard){ 0 };
	for (int depth = 0; depth < 64 && pid > 1 && stat_of(pid, name, &parent, &started); depth++) {
		*g = (struct mf_guard){ pid, started };
		if (is_worker(name))
			return;
		pid = parent;
	}
	/* in a container that is entered for each step the oldest one is the step's own, and would end too early */
	if (parent != 1)
		*g = (struct mf_guard){ 0 };
}

/* A number may be another process's by now. */
bool mf_guard_lives(const struct mf_guard *g)
{
	unsigned long long started;
	char name[32];
	int parent;

	return g->pid <= 1 || (stat_of(g->pid, name, &parent, &started) && started == g->started);
}
