/* SPDX-License-Identifier: Apache-2.0 */
/* Command lines: the input's lines are arguments. What is no option's name must not come back in a message. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <mayfly/opt.h>

enum { ARGS_MAX = 64 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct own {
	const char *output, *level;
	int force;
};

static const struct mf_opt opts[] = {
	{ .kind = MF_OPT_VALUE, .name = "output", .letter = 'o', .arg = "FILE", .brief = "b", .offset = offsetof(struct own, output) },
	{ .kind = MF_OPT_VALUE, .name = "level", .choices = "low high", .brief = "b", .offset = offsetof(struct own, level) },
	{ .kind = MF_OPT_SWITCH, .name = "force", .letter = 'f', .brief = "b", .offset = offsetof(struct own, force) },
	{ .kind = MF_OPT_KEY, .key = MF_K_VAULT_URL },
	{ .kind = MF_OPT_KEY, .key = MF_K_VAULT_METHOD },
	{ .kind = MF_OPT_KEY, .key = MF_K_ALLOW_HTTP },
	{ .kind = MF_OPT_KEY, .key = MF_K_EXPORT_ALLOW_NAMES },
	{ .kind = MF_OPT_KEY, .key = MF_K_TIMEOUT },
	{ .kind = MF_OPT_END },
};
static const struct mf_cmd fetch = { .name = "fetch", .args = "[NAME=REF...]", .brief = "b", .opts = opts, .opts_size = sizeof(struct own) };
static const struct mf_cmd trade = { .name = "trade alpha", .args = "A [B]", .brief = "b" };
static const struct mf_cmd *const cmds[] = { &fetch, &trade, NULL };

static void check_error(const struct mf_err *err)
{
	if (!err->id || !*err->what || err->code != MF_USAGE)
		abort();
}

/* The copy ends in NUL; NUL bytes in it end an argument too, as execve would have it. */
static int split(char **argv, char *text, size_t size)
{
	int argc = 0;
	size_t at = 0;

	while (at < size && argc < ARGS_MAX - 1) {
		argv[argc++] = text + at;
		while (text[at] && text[at] != '\n')
			at++;
		text[at++] = '\0';
	}
	argv[argc] = NULL;
	return argc;
}

static void parse(const struct mf_cmd *cmd, int argc, char **argv)
{
	struct mf_err err = { 0 };
	struct mf_common common = { 0 };
	struct mf_conf *conf = NULL;
	struct mf_args rest = { 0 };
	struct own own = { 0 };

	if (mf_conf_new(&conf, &err))
		abort();
	if (mf_opt_parse(cmd, argc, argv, conf, &common, &own, &rest, &err))
		check_error(&err);
	for (size_t i = 0; i < rest.n; i++) {
		if (mf_conf_add_pair(conf, rest.v[i], i + 1, &err)) {
			check_error(&err);
			break;
		}
	}
	mf_args_free(&rest);
	mf_conf_free(conf);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct mf_err err = { 0 };
	char *text = malloc(size + 1), *argv[ARGS_MAX + 1] = { "fetch" };
	const struct mf_cmd *cmd;
	int argc, words = 0;

	if (!text)
		abort();
	if (size)
		memcpy(text, data, size);
	text[size] = '\0';
	argc = 1 + split(argv + 1, text, size);
	parse(&fetch, argc, argv);
	cmd = mf_cmd_find(cmds, &words, argv + 1, &err);
	if (cmd)
		parse(cmd, argc - words, argv + words);
	else
		check_error(&err);
	free(text);
	return 0;
}
