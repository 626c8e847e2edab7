/* SPDX-License-Identifier: Apache-2.0 */
/* --help, for 80 columns. */
#include <stdio.h>

#include "opt_priv.h"

enum { TEXT_COLUMN = 30 };

#ifndef MF_VERSION
#define MF_VERSION "?"
#endif

/* "  -c, --config FILE" and the text beside it, or below when there is no room. */
static void write_option(struct mf_page *o, const struct mf_flag *f)
{
	char left[96], text[512], notes[256];
	int n = snprintf(left, sizeof(left), f->letter ? "  -%c, " : "      ", f->letter);

	n += snprintf(left + n, sizeof(left) - (size_t)n, "--%s%s", f->on_by_default ? "[no-]" : "", f->name);
	if (f->arg)
		n += snprintf(left + n, sizeof(left) - (size_t)n, f->maybe ? "[=%s]" : " %s", f->arg);
	mf_flag_notes(notes, f);
	snprintf(text, sizeof(text), "%s%s%s", f->brief, notes, f->repeats ? "; may be repeated" : "");
	mf_pagef(o, "%s", left);
	if (n + 2 > TEXT_COLUMN)
		mf_pagef(o, "\n%*s", TEXT_COLUMN, "");
	else
		mf_pagef(o, "%*s", TEXT_COLUMN - n, "");
	mf_page_wrap(o, text, TEXT_COLUMN, TEXT_COLUMN);
}

static void write_group(struct mf_page *o, const struct mf_cmd *cmd, enum mf_flag_group g)
{
	struct mf_flag f;
	bool any = false;

	for (size_t i = 0; mf_flag_next(&f, cmd, &i);) {
		if (!f.name || mf_flag_group(&f) != g)
			continue;
		if (!any)
			mf_pagef(o, "\n%s:\n", mf_flag_group_title(g));
		any = true;
		write_option(o, &f);
	}
}

/* The variables that have other names than the options: other tools' ones, and secrets, which have no option. */
static void write_variable(struct mf_page *o, const struct mf_flag *f)
{
	const char *names = f->info->env;
	char text[400];
	size_t n = 0;

	if (f->name)
		names += strcspn(names, " ");
	names += strspn(names, " ");
	if (!*names)
		return;
	for (const char *p = names; *p && n + 3 < sizeof(text); p++) {
		if (*p == ' ')
			text[n++] = ',';
		text[n++] = *p;
	}
	text[n] = '\0';
	mf_pagef(o, "  ");
	mf_page_wrap(o, text, 2, 4);
	mf_pagef(o, "%*s", TEXT_COLUMN, "");
	snprintf(text, sizeof(text), f->name ? "as --%s" : "%s", f->name ? f->name : f->brief);
	mf_page_wrap(o, text, TEXT_COLUMN, TEXT_COLUMN);
}

static void write_variables(struct mf_page *o, const struct mf_cmd *cmd)
{
	struct mf_flag f;
	bool any = false;

	for (size_t i = 0; mf_flag_next(&f, cmd, &i);) {
		if (!f.info || f.common)
			continue;
		if (!any) {
			mf_pagef(o, "\nvariables:\n  ");
			mf_page_wrap(o, "Options can be set by MAYFLY_ and their name (--vault-url: MAYFLY_VAULT_URL), by the action's "
				       "inputs of the same name, or in .mayfly.yml; in this order, after the command line. Others:", 2, 2);
		}
		any = true;
		write_variable(o, &f);
	}
}

static void write_example(struct mf_page *o, const char *example)
{
	if (!example || !*example)
		return;
	mf_pagef(o, "\nexample:\n");
	for (const char *p = example; *p;) {
		size_t n = strcspn(p, "\n");

		mf_pagef(o, n ? "  %.*s\n" : "%.*s\n", (int)n, p);
		p += n;
		p += *p == '\n';
	}
}

static void command_help(struct mf_page *o, const struct mf_cmd *cmd)
{
	char text[256];

	snprintf(text, sizeof(text), "mayfly %s: %s", cmd->name, cmd->brief);
	mf_page_wrap(o, text, 0, 4);
	mf_pagef(o, "\nusage: mayfly %s [OPTION...]%s%s\n", cmd->name, cmd->args && *cmd->args ? " " : "", cmd->args ? cmd->args : "");
	if (cmd->about && *cmd->about) {
		mf_pagef(o, "\n");
		mf_page_wrap(o, cmd->about, 0, 0);
	}
	for (unsigned g = 0; g < MF_G_COUNT; g++)
		write_group(o, cmd, g);
	write_variables(o, cmd);
	write_example(o, cmd->example);
}

static void program_help(struct mf_page *o, const struct mf_cmd *const *cmds)
{
	mf_pagef(o, "mayfly %s: credentials that live no longer than the job\n\n", MF_VERSION);
	mf_pagef(o, "usage: mayfly COMMAND [OPTION...] [ARGUMENT...]\n\ncommands:\n");
	for (size_t i = 0; cmds[i]; i++) {
		mf_pagef(o, "  %-16s  ", cmds[i]->name);
		mf_page_wrap(o, cmds[i]->brief, 20, 20);
	}
	write_group(o, NULL, MF_G_COMMON);
	mf_pagef(o, "      --version               show the version\n");
	mf_pagef(o, "\nmayfly help COMMAND tells more. Configuration: .mayfly.yml, see man mayfly\n");
}

int mf_opt_help(struct mf_buf *out, const struct mf_cmd *cmd, const struct mf_cmd *const *cmds, struct mf_err *err)
{
	struct mf_page o = { .buf = out, .err = err };

	if (cmd)
		command_help(&o, cmd);
	else
		program_help(&o, cmds);
	return o.failed ? -1 : 0;
}
