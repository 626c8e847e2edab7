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

static int run(struct mf_env *env, const struct mf_args *args, struct mf_err *err)
{
	const struct mf_cmd *cmd;
	struct mf_buf text = MF_BUF(1 << 20);
	int rc = find(&cmd, env, args, err);

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
