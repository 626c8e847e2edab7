/* SPDX-License-Identifier: Apache-2.0 */
/* mayfly.1: each option once, by group; each command with the names of its options. */
#include <stdio.h>

#include "opt_priv.h"

#ifndef MF_VERSION
#define MF_VERSION "?"
#endif

enum { FILL_COLUMN = 58 };

/* One character as roff reads it: hyphens that are minus signs, backslashes, quotes. */
static void character(struct mf_page *o, char c)
{
	static const struct { char c; const char *name; } names[] = {
		{ '\\', "\\(rs" }, { '-', "\\-" }, { '\'', "\\(aq" }, { '^', "\\(ha" }, { '`', "\\(ga" }, { '~', "\\(ti" },
	};

	for (size_t i = 0; i < MF_COUNT(names); i++) {
		if (names[i].c == c) {
			mf_pagef(o, "%s", names[i].name);
			return;
		}
	}
	mf_page_add(o, &c, 1);
}

/* Lines that would be requests begin with an empty character. */
static void lines(struct mf_page *o, const char *s, bool fill)
{
	size_t column = 0;

	for (; *s; s++) {
		if (column == 0 && (*s == '.' || *s == '\''))
			mf_pagef(o, "\\&");
		column = *s == '\n' ? 0 : column + 1;
		if (fill && *s == ' ' && column > FILL_COLUMN && s[1] && s[1] != ' ') {
			mf_pagef(o, "\n");
			column = 0;
			continue;
		}
		character(o, *s);
	}
}

static void text(struct mf_page *o, const char *s)
{
	lines(o, s, true);
}

/* Paragraphs are separated by empty lines in the tables, and by .PP in roff. */
static void paragraphs(struct mf_page *o, const char *s)
{
	while (*s) {
		const char *end = strstr(s, "\n\n");
		size_t n = end ? (size_t)(end - s) : strlen(s);
		char part[2048];

		snprintf(part, sizeof(part), "%.*s", (int)n, s);
		n = strlen(part);
		while (n && part[n - 1] == '\n')
			part[--n] = '\0';
		text(o, part);
		s = end ? end + 2 : s + strlen(s);
		mf_pagef(o, *s ? "\n.PP\n" : "\n");
	}
}

static void option_name(struct mf_page *o, const struct mf_flag *f)
{
	if (f->letter)
		mf_pagef(o, "\\fB\\-%c\\fR, ", f->letter);
	mf_pagef(o, "\\fB\\-\\-");
	if (f->on_by_default)
		mf_pagef(o, "[no\\-]");
	text(o, f->name);
	mf_pagef(o, "\\fR");
}

static void option(struct mf_page *o, const struct mf_flag *f)
{
	char notes[256];

	mf_flag_notes(notes, f);
	mf_pagef(o, ".TP\n");
	option_name(o, f);
	if (f->arg) {
		mf_pagef(o, f->maybe ? "[=\\fI" : " \\fI");
		text(o, f->arg);
		mf_pagef(o, f->maybe ? "\\fR]" : "\\fR");
	}
	mf_pagef(o, "\n");
	text(o, f->brief);
	text(o, notes);
	if (f->repeats)
		mf_pagef(o, "; may be repeated");
	mf_pagef(o, "\n");
}

/* Whether a key is an option of an earlier command already. */
static bool seen_before(const struct mf_cmd *const *cmds, size_t upto, const struct mf_flag *f)
{
	struct mf_flag g;

	for (size_t c = 0; c < upto; c++) {
		for (size_t i = 0; mf_flag_next(&g, cmds[c], &i);) {
			if (g.info && f->info && g.info == f->info)
				return true;
		}
	}
	return false;
}

static void options_group(struct mf_page *o, const struct mf_cmd *const *cmds, enum mf_flag_group group)
{
	struct mf_flag f;
	bool any = false;

	for (size_t c = 0; cmds[c]; c++) {
		for (size_t i = 0; mf_flag_next(&f, cmds[c], &i);) {
			if (!f.name || mf_flag_group(&f) != group || (c && group == MF_G_COMMON) || seen_before(cmds, c, &f))
				continue;
			if (!any)
				mf_pagef(o, ".SS %s\n", mf_flag_group_title(group));
			any = true;
			option(o, &f);
		}
	}
}

static void command(struct mf_page *o, const struct mf_cmd *cmd)
{
	struct mf_flag f;
	bool any = false;

	mf_pagef(o, ".SS mayfly ");
	text(o, cmd->name);
	mf_pagef(o, "\n.B mayfly ");
	text(o, cmd->name);
	mf_pagef(o, "\n[\\fIOPTION\\fR...]");
	if (cmd->args && *cmd->args) {
		mf_pagef(o, " ");
		text(o, cmd->args);
	}
	mf_pagef(o, "\n.PP\n");
	paragraphs(o, cmd->about && *cmd->about ? cmd->about : cmd->brief);
	for (size_t i = 0; mf_flag_next(&f, cmd, &i) && !f.common;) {
		if (!f.name || !f.info)
			continue;
		mf_pagef(o, any ? ",\n" : ".PP\nOptions:\n");
		any = true;
		option_name(o, &f);
	}
	mf_pagef(o, any ? ".\n" : "");
	for (size_t i = 0; mf_flag_next(&f, cmd, &i) && !f.common;) {
		if (f.name && !f.info)
			option(o, &f);
	}
	if (!cmd->example || !*cmd->example)
		return;
	mf_pagef(o, ".PP\n.nf\n.RS 4\n");
	lines(o, cmd->example, false);
	mf_pagef(o, "%s.RE\n.fi\n", cmd->example[strlen(cmd->example) - 1] == '\n' ? "" : "\n");
}

/* Every variable: ours follow the options' names, others are listed with what they stand for. */
static void variables(struct mf_page *o)
{
	mf_pagef(o, ".SH ENVIRONMENT\n");
	text(o, "Every option of a configuration key can be set by MAYFLY_ and its name in upper case, with '_' for '-'. "
		"An empty variable counts as not set. These are read too, after it:\n");
	for (unsigned k = 0; k < MF_K_COUNT; k++) {
		const struct mf_key_info *info = mf_key_info(k);
		const char *p = info->env;

		if (info->flag)
			p += strcspn(p, " ");
		p += strspn(p, " ");
		if (!*p)
			continue;
		mf_pagef(o, ".TP\n\\fB");
		for (; *p; p++)
			mf_page_add(o, p, 1);
		mf_pagef(o, "\\fR\n");
		if (info->flag) {
			mf_pagef(o, "as ");
			text(o, "--");
			text(o, info->flag);
		} else {
			text(o, info->brief);
		}
		mf_pagef(o, "\n");
	}
	mf_pagef(o, ".TP\n\\fBNO_COLOR\\fR\n");
	text(o, "not empty: as --color never\n");
}

static const struct { int code; const char *means; } exits[] = {
	{ 0, "done" },
	{ 1, "something was found, or a credential lives too long" },
	{ 2, "usage or configuration" },
	{ 3, "the CI gives this job no identity" },
	{ 4, "refused by the server" },
	{ 5, "network; trying again may help" },
	{ 6, "the file system" },
	{ 7, "incomplete" },
	{ 70, "a bug in mayfly" },
	{ 130, "ended by SIGINT (143: by SIGTERM); what was obtained is revoked" },
};

static void ends(struct mf_page *o)
{
	mf_pagef(o, ".SH FILES\n.TP\n\\fB.mayfly.yml\\fR\n");
	text(o, "the configuration, in the folder where mayfly is started; a key named in other places as --vault-url is "
		"url below vault there\n");
	mf_pagef(o, ".SH EXIT STATUS\n");
	for (size_t i = 0; i < MF_COUNT(exits); i++) {
		mf_pagef(o, ".TP\n.B %d\n", exits[i].code);
		text(o, exits[i].means);
		mf_pagef(o, "\n");
	}
}

int mf_opt_man(struct mf_buf *out, const struct mf_cmd *const *cmds, struct mf_err *err)
{
	struct mf_page o = { .buf = out, .err = err };

	mf_pagef(&o, ".\\\" Made from the tables of options and commands.\n");
	mf_pagef(&o, ".TH MAYFLY 1 \"\" \"mayfly %s\" \"User Commands\"\n", MF_VERSION);
	mf_pagef(&o, ".SH NAME\nmayfly \\- credentials that live no longer than the job\n");
	mf_pagef(&o, ".SH SYNOPSIS\n.B mayfly\n\\fICOMMAND\\fR [\\fIOPTION\\fR...] [\\fIARGUMENT\\fR...]\n.br\n.B mayfly \\-\\-version\n");
	mf_pagef(&o, ".SH DESCRIPTION\n");
	text(&o, "mayfly runs in a CI job. It exchanges the job's OIDC identity for a short-lived credential, fetches secrets, masks "
		 "them in the log, hands them to the following steps, and revokes everything when the job ends.\n");
	mf_pagef(&o, ".SH COMMANDS\n");
	for (size_t i = 0; cmds[i]; i++)
		command(&o, cmds[i]);
	mf_pagef(&o, ".SH OPTIONS\nAn option beats a variable, a variable beats the file,\nthe file beats the default.\n");
	for (unsigned g = MF_G_SCAN; g < MF_G_COUNT; g++)
		options_group(&o, cmds, g);
	variables(&o);
	ends(&o);
	return o.failed ? -1 : 0;
}
