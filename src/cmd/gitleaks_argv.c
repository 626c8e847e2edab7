/* SPDX-License-Identifier: Apache-2.0 */
/* gitleaks' command lines as ours: through a link of that name, with flags before the command, and its commands' other names. */
#include <stdlib.h>

#include <mayfly/alloc.h>

#include "commands.h"

static const struct { const char *theirs, *ours; } commands[] = {
	{ "git", "git" }, { "dir", "dir" }, { "file", "dir" }, { "directory", "dir" }, { "stdin", "stdin" }, { "detect", "detect" },
	{ "protect", "protect" }, { "version", "version" }, { "--version", "version" },
};

static const char *ours(const char *word)
{
	for (size_t i = 0; i < MF_COUNT(commands); i++)
		if (strcmp(commands[i].theirs, word) == 0)
			return commands[i].ours;
	return NULL;
}

static bool is_gitleaks(const char *argv0)
{
	const char *slash = argv0 ? strrchr(argv0, '/') : NULL;

	return argv0 && strcmp(slash ? slash + 1 : argv0, "gitleaks") == 0;
}

int mf_gitleaks_argv(int *argc, char ***argv, struct mf_err *err)
{
	const bool link = *argc > 0 && is_gitleaks((*argv)[0]);
	const int from = link ? 1 : 2;
	char **out;
	int n = 0, at;

	if (!link && !(*argc > 1 && strcmp((*argv)[1], "gitleaks") == 0))
		return 0;
	/* a command may stand behind flags; the first word that is one counts */
	for (at = from; at < *argc && !ours((*argv)[at]); at++)
		;
	out = mf_calloc((size_t)*argc + 3, sizeof(*out));
	if (!out)
		return mf_fail_nomem(err);
	out[n++] = (*argv)[0];
	out[n++] = (char *)(uintptr_t)"gitleaks";
	if (at < *argc)
		out[n++] = (char *)(uintptr_t)ours((*argv)[at]);
	for (int i = from; i < *argc; i++)
		if (i != at)
			out[n++] = (*argv)[i];
	*argv = out;
	*argc = n;
	return 1;
}
