/* SPDX-License-Identifier: Apache-2.0 */
/* Which command an argument list begins with. */
#include <stdio.h>

#include "opt_priv.h"

enum { CMDS_MAX = 64, WORD_MAX_LEN = 40 };

/* How many words of argv are the command's name: 0 when it begins otherwise. */
static int words_of(const struct mf_cmd *cmd, char **argv)
{
	const char *p = cmd->name;
	int n = 0;

	while (*p) {
		size_t len = strcspn(p, " ");

		if (!argv[n] || !mf_str_eq(mf_str(argv[n]), (struct mf_str){ p, len }))
			return 0;
		n++;
		p += len;
		p += *p == ' ';
	}
	return n;
}

/* "exchange" of "exchange vault" alone, or with a word that is none. */
static bool is_first_word(const struct mf_cmd *const *cmds, const char *word)
{
	for (size_t i = 0; cmds[i]; i++) {
		size_t n = strcspn(cmds[i]->name, " ");

		if (cmds[i]->name[n] && mf_str_is((struct mf_str){ cmds[i]->name, n }, word))
			return true;
	}
	return false;
}

static bool showable(const char *word)
{
	return strlen(word) <= WORD_MAX_LEN && strspn(word, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_") == strlen(word);
}

static void hint_nearest(const struct mf_cmd *const *cmds, const char *typed, struct mf_err *err)
{
	const char *names[CMDS_MAX], *near;
	size_t n = 0;

	for (; cmds[n] && n < CMDS_MAX; n++)
		names[n] = cmds[n]->name;
	near = mf_nearest(typed, names, n);
	if (near)
		mf_err_hint(err, "did you mean 'mayfly %s'?", near);
	else
		mf_err_hint(err, "mayfly --help");
}

static void list_second(const struct mf_cmd *const *cmds, const char *first, struct mf_err *err)
{
	char text[256] = "";
	size_t at = 0, n = strlen(first);

	for (size_t i = 0; cmds[i] && at < sizeof(text); i++) {
		if (strncmp(cmds[i]->name, first, n) == 0 && cmds[i]->name[n] == ' ')
			at += (size_t)snprintf(text + at, sizeof(text) - at, "%smayfly %s", at ? ", " : "", cmds[i]->name);
	}
	mf_err_hint(err, "%s", text);
}

static void unknown(const struct mf_cmd *const *cmds, char **argv, struct mf_err *err)
{
	char typed[2 * WORD_MAX_LEN + 2];

	if (is_first_word(cmds, argv[0])) {
		if (argv[1] && showable(argv[1]) && argv[1][0] != '-')
			mf_fail(err, MF_E_OPT_COMMAND, "unknown command '%s %s'", argv[0], argv[1]);
		else
			mf_fail(err, MF_E_OPT_COMMAND, "'mayfly %s' needs a second word", argv[0]);
		list_second(cmds, argv[0], err);
		return;
	}
	if (argv[0][0] == '-') {
		mf_fail(err, MF_E_OPT_COMMAND, "options come after the command");
		mf_err_hint(err, "mayfly COMMAND [OPTION...], or mayfly --help");
		return;
	}
	if (!showable(argv[0])) {
		mf_fail(err, MF_E_OPT_COMMAND, "argument 1 is no command");
		mf_err_hint(err, "mayfly --help");
		return;
	}
	mf_fail(err, MF_E_OPT_COMMAND, "unknown command '%s'", argv[0]);
	snprintf(typed, sizeof(typed), "%s", argv[0]);
	hint_nearest(cmds, typed, err);
	if (strncmp(err->hint, "did", 3) != 0 && argv[1] && showable(argv[1])) {
		snprintf(typed, sizeof(typed), "%s %s", argv[0], argv[1]);
		hint_nearest(cmds, typed, err);
	}
}

const struct mf_cmd *mf_cmd_find(const struct mf_cmd *const *cmds, int *words, char **argv, struct mf_err *err)
{
	if (!argv[0]) {
		mf_fail(err, MF_E_OPT_COMMAND, "no command given");
		mf_err_hint(err, "mayfly --help");
		return NULL;
	}
	for (size_t i = 0; cmds[i]; i++) {
		int n = words_of(cmds[i], argv);

		if (n) {
			*words = n;
			return cmds[i];
		}
	}
	unknown(cmds, argv, err);
	return NULL;
}
