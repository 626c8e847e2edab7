/* SPDX-License-Identifier: Apache-2.0 */
/* mayfly help: the program's or one command's help. */
#include "commands.h"

static const struct mf_opt opts[] = {
	{ .kind = MF_OPT_END },
};

/* "help exchange vault" and "help 'exchange vault'" mean the same. */
static int find(const struct mf_cmd **out, struct mf_env *env, const struct mf_args *args, struct mf_err *err)
{
	char *words[4] = { 0 };
	int used = 0;

	*out = NULL;
	if (args->n == 0)
		return 0;
	for (size_t i = 0; i < args->n && i < MF_COUNT(words) - 1; i++)
		words[i] = (char *)args->v[i];
	*out = mf_cmd_find(env->cmds, &used, words, err);
	return *out ? 0 : -1;
}

/* Whether the word is the first of several commands; they are listed. */
static bool group(struct mf_env *env, const char *word)
{
	const size_t n = strlen(word);
	bool any = false;

	for (size_t i = 0; env->cmds[i]; i++) {
		const struct mf_cmd *c = env->cmds[i];

		if (strncmp(c->name, word, n) != 0 || c->name[n] != ' ')
			continue;
		fprintf(env->out, "%smayfly %-18s %s\n", any ? "  " : "commands:\n  ", c->name, c->brief);
		any = true;
	}
	if (any)
		fprintf(env->out, "\nmayfly %s COMMAND --help says more of one\n", word);
	return any;
}

static int run(struct mf_env *env, const struct mf_args *args, struct mf_err *err)
{
	const struct mf_cmd *cmd;
	struct mf_buf text = MF_BUF(1 << 20);
	int rc;

	if (args->n == 1 && group(env, args->v[0]))
		return 0;
	rc = find(&cmd, env, args, err);

	if (rc == 0)
		rc = mf_opt_help(&text, cmd, env->cmds, err);
	if (rc == 0)
		fputs(mf_buf_text(&text), env->out);
	mf_buf_free(&text);
	return rc;
}

const struct mf_cmd mf_cmd_help = {
	.name = "help",
	.args = "[COMMAND]",
	.brief = "show the help of mayfly or of one command",
	.about = "The same text as --help.",
	.example = "mayfly help export\n",
	.opts = opts,
	.prints = true,
	.run = run,
};
