/* SPDX-License-Identifier: Apache-2.0 */
/* mayfly completion: the script that makes a shell complete our commands and options. */
#include "commands.h"

static const struct mf_opt opts[] = {
	{ .kind = MF_OPT_END },
};

static int run(struct mf_env *env, const struct mf_args *args, struct mf_err *err)
{
	struct mf_buf text = MF_BUF(1 << 20);
	int rc;

	rc = mf_opt_completion(&text, args->v[0], env->cmds, err);
	if (rc == 0)
		fputs(mf_buf_text(&text), env->out);
	mf_buf_free(&text);
	return rc;
}

const struct mf_cmd mf_cmd_completion = {
	.name = "completion",
	.args = "bash|zsh|fish",
	.brief = "print a shell's completion script",
	.about = "Prints the completion script for bash, zsh or fish.",
	.example =
		"mayfly completion bash > ~/.local/share/bash-completion/completions/mayfly\n"
		"mayfly completion fish > ~/.config/fish/completions/mayfly.fish\n",
	.opts = opts,
	.prints = true,
	.run = run,
};
