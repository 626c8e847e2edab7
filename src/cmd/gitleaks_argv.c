/* SPDX-License-Identifier: Apache-2.0 */
/* gitleaks' command lines as ours: through a link of that name, with flags before the command, its commands' other names, and its spellings of flags:
 * --verbose=true, -vr FILE, -r=FILE, --log-opts --all, and the empty value of one that is not set. */
#include <stdio.h>
#include <stdlib.h>

#include <mayfly/alloc.h>

#include "commands.h"

static const struct { const char *theirs, *ours; } commands[] = {
	{ "git", "git" }, { "dir", "dir" }, { "file", "dir" }, { "directory", "dir" }, { "stdin", "stdin" }, { "detect", "detect" },
	{ "protect", "protect" }, { "version", "version" },
};

enum kind { TEXT, NUMBER, SWITCH, MAYBE };
static const struct flag { const char *name; char letter; enum kind kind; } flags[] = {
	{ "config", 'c', TEXT }, { "exit-code", 0, NUMBER }, { "report-path", 'r', TEXT }, { "report-format", 'f', TEXT }, { "report-template", 0, TEXT },
	{ "baseline-path", 'b', TEXT }, { "log-level", 'l', TEXT }, { "verbose", 'v', SWITCH }, { "no-color", 0, SWITCH }, { "no-banner", 0, SWITCH },
	{ "max-target-megabytes", 0, NUMBER }, { "ignore-gitleaks-allow", 0, SWITCH }, { "redact", 0, MAYBE }, { "enable-rule", 0, TEXT },
	{ "gitleaks-ignore-path", 'i', TEXT }, { "max-decode-depth", 0, NUMBER }, { "max-archive-depth", 0, NUMBER }, { "timeout", 0, NUMBER },
	{ "diagnostics", 0, TEXT }, { "diagnostics-dir", 0, TEXT }, { "platform", 0, TEXT }, { "staged", 0, SWITCH }, { "pre-commit", 0, SWITCH },
	{ "log-opts", 0, TEXT }, { "follow-symlinks", 0, SWITCH }, { "source", 's', TEXT }, { "no-git", 0, SWITCH }, { "pipe", 0, SWITCH },
	{ "help", 'h', SWITCH },
};

struct line {
	char **in;
	int n_in, at;
	int command;		/* where it stands; n_in: nowhere */
	const char *ours;	/* the command */
	char **out;
	size_t n;
	char *text;		/* room behind the array, for words that are made */
	size_t room;
	bool set[MF_COUNT(flags)];	/* switches */
	int exit_code;
	struct mf_err *err;
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

static const struct flag *by_name(const char *name, size_t n)
{
	for (size_t i = 0; i < MF_COUNT(flags); i++)
		if (strlen(flags[i].name) == n && memcmp(flags[i].name, name, n) == 0)
			return &flags[i];
	return NULL;
}

static const struct flag *by_letter(char letter)
{
	for (size_t i = 0; i < MF_COUNT(flags); i++)
		if (flags[i].letter == letter)
			return &flags[i];
	return NULL;
}

static bool alone(const struct flag *f)
{
	return f && (f->kind == SWITCH || f->kind == MAYBE);
}

/* Whether the word is a flag whose value is the next word. One that is not known is taken for such, as gitleaks takes it. */
static bool takes_next(const char *word)
{
	if (word[0] != '-' || !word[1])
		return false;
	if (word[1] == '-')
		return !strchr(word, '=') && strcmp(word, "--version") != 0 && !alone(by_name(word + 2, strlen(word + 2)));
	for (word++; *word && word[1] != '='; word++)
		if (!alone(by_letter(*word)))
			return !word[1];
	return false;
}

/* The first word that is neither a flag nor the value of one. */
static void find_command(struct line *l)
{
	int at = l->at;

	while (at < l->n_in && l->in[at][0] == '-' && l->in[at][1] && strcmp(l->in[at], "--") != 0)
		at += 1 + takes_next(l->in[at]);
	l->command = at < l->n_in && strcmp(l->in[at], "--") != 0 ? at : l->n_in;
}

static void push(struct line *l, const char *word)
{
	l->out[l->n++] = (char *)(uintptr_t)word;
}

/* "--name", or "--name=value" as one word. A text that is empty is one that is not set. */
static int push_flag(struct line *l, const struct flag *f, const char *value)
{
	const bool bare = f->kind == SWITCH;
	size_t n;

	if (f->kind == TEXT && !*value)
		return 0;
	n = (size_t)snprintf(l->text, l->room, "--%s%s%s", f->name, bare ? "" : "=", bare ? "" : value) + 1;
	if (n > l->room)
		return mf_fail(l->err, MF_E_BASE_BUG, "there is too little room for the arguments");
	push(l, l->text);
	l->text += n;
	l->room -= n;
	return 0;
}

/* As Go reads one. */
static int truth(struct line *l, const struct flag *f, const char *value)
{
	static const char *const words[] = { "0", "f", "F", "false", "FALSE", "False", "1", "t", "T", "true", "TRUE", "True" };

	for (size_t i = 0; i < MF_COUNT(words); i++)
		if (strcmp(words[i], value) == 0) {
			l->set[f - flags] = i >= MF_COUNT(words) / 2;
			return 0;
		}
	return mf_fail(l->err, MF_E_OPT_VALUE, "'--%s' is true or false", f->name);
}

/* `value` NULL: none stands in the same word. */
static int take(struct line *l, const struct flag *f, const char *value)
{
	if (f->kind == SWITCH)
		return truth(l, f, value ? value : "true");
	if (!value && f->kind == MAYBE) {
		value = "100";
	} else if (!value) {
		l->at += 1 + (l->at + 1 == l->command);
		if (l->at >= l->n_in) {
			mf_fail(l->err, MF_E_OPT_ARITY, "option '--%s' needs a value", f->name);
			return -1;
		}
		value = l->in[l->at];
	}
	return push_flag(l, f, value);
}

/* Those that are not known are left to the parser of options, which has ours as well. */
static int long_flag(struct line *l, const char *word)
{
	const size_t n = strcspn(word + 2, "=");
	const struct flag *f = by_name(word + 2, n);

	if (f)
		return take(l, f, word[2 + n] ? word + 3 + n : NULL);
	push(l, word);
	return 0;
}

/* -v, -vr FILE, -rFILE, -r=FILE */
static int letters(struct line *l, const char *word)
{
	for (const char *p = word + 1; *p; p++) {
		const struct flag *f = by_letter(*p);

		if (!f || (f->letter == 's' && strcmp(l->ours, "detect") != 0 && strcmp(l->ours, "protect") != 0)) {
			mf_fail(l->err, MF_E_OPT_UNKNOWN, "a letter of argument %d is no option of 'gitleaks %s'", l->at, l->ours);
			mf_err_hint(l->err, "mayfly gitleaks %s --help", l->ours);
			return -1;
		}
		if (p[1] == '=')
			return take(l, f, p + 2);
		if (!alone(f))
			return take(l, f, p[1] ? p + 1 : NULL);
		if (take(l, f, NULL))
			return -1;
	}
	return 0;
}

static int rest(struct line *l)
{
	for (; l->at < l->n_in; l->at++) {
		const char *word = l->in[l->at];
		int rc = 0;

		if (l->at == l->command)
			continue;
		if (strcmp(word, "--") == 0)
			break;
		if (word[0] == '-' && word[1] == '-')
			rc = long_flag(l, word);
		else if (word[0] == '-' && word[1])
			rc = letters(l, word);
		else
			push(l, *word ? word : ".");	/* gitleaks takes no path for the present one */
		if (rc)
			return -1;
	}
	for (size_t i = 0; i < MF_COUNT(flags); i++)
		if (l->set[i] && push_flag(l, &flags[i], ""))
			return -1;
	for (; l->at < l->n_in; l->at++)
		push(l, l->in[l->at]);
	return 0;
}

/* No command: the help, the version, or an error. */
static int without(struct line *l)
{
	const char *word = l->command < l->n_in ? l->in[l->command] : NULL;

	if (word && strcmp(word, "help") == 0) {
		const char *of = l->command + 1 < l->n_in ? ours(l->in[l->command + 1]) : NULL;

		push(l, "help");
		push(l, "gitleaks");
		if (of)
			push(l, of);
		return 0;
	}
	if (word && strcmp(word, "completion") == 0) {
		mf_fail(l->err, MF_E_OPT_COMMAND, "there is no completion for the name 'gitleaks'");
		mf_err_hint(l->err, "mayfly completion bash, zsh or fish");
		return -1;
	}
	if (word) {
		mf_fail(l->err, MF_E_OPT_COMMAND, "argument %d is no command of gitleaks", l->command);
		mf_err_hint(l->err, "git, dir, stdin, detect, protect or version");
		return -1;
	}
	for (int i = l->at; i < l->n_in; i++) {
		const char *flag = l->in[i];

		if (strcmp(flag, "--version") == 0) {
			push(l, "gitleaks");
			push(l, "version");
			return 0;
		}
		if (flag[0] == '-' && flag[1] == '-' && flag[2] && !by_name(flag + 2, strcspn(flag + 2, "="))) {
			l->exit_code = 126;
			return mf_fail(l->err, MF_E_OPT_UNKNOWN, "argument %d is no option of gitleaks", i);
		}
		i += takes_next(flag);
	}
	push(l, "help");
	push(l, "gitleaks");
	return 0;
}

static int rewrite(struct line *l)
{
	push(l, l->in[0]);
	find_command(l);
	l->ours = l->command < l->n_in ? ours(l->in[l->command]) : NULL;
	if (!l->ours)
		return without(l);
	push(l, "gitleaks");
	push(l, l->ours);
	return rest(l);
}

int mf_gitleaks_argv(int *argc, char ***argv, int *exit_code, struct mf_err *err)
{
	const bool link = *argc > 0 && is_gitleaks((*argv)[0]);
	struct line l = { .in = *argv, .n_in = *argc, .at = link ? 1 : 2, .exit_code = 1, .err = err };
	size_t words = MF_COUNT(flags) + 8;

	if (!link && !(*argc > 1 && strcmp((*argv)[1], "gitleaks") == 0))
		return 0;
	for (int i = 0; i < *argc; i++)
		words += strlen((*argv)[i]) + 1;
	/* each letter may be a flag of its own; the name of a flag has less than 32 */
	l.room = words * 32;
	l.out = mf_calloc(words, sizeof(*l.out) + 32);
	if (!l.out)
		return mf_fail_nomem(err);
	l.text = (char *)(l.out + words);
	if (rewrite(&l)) {
		*exit_code = l.exit_code;
		free(l.out);
		return -1;
	}
	*argv = l.out;
	*argc = (int)l.n;
	return 1;
}
