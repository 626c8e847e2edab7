/* SPDX-License-Identifier: Apache-2.0 */
/* The options that every command has, and one view of an option for the parser and the writers. */
#include <ctype.h>
#include <stdio.h>

#include "opt_priv.h"

const struct mf_opt mf_common_opts[] = {
	{ MF_OPT_KEY, .key = MF_K_CONFIG },
	{ MF_OPT_VALUE, .name = "format", .arg = "text|json", .choices = "text json", .brief = "how results are written",
	  .offset = offsetof(struct mf_common, format) },
	{ MF_OPT_SWITCH, .name = "dry-run", .letter = 'n', .brief = "show what would be done; change and request nothing",
	  .offset = offsetof(struct mf_common, dry_run) },
	{ MF_OPT_SWITCH, .name = "quiet", .letter = 'q', .brief = "warnings and errors only", .offset = offsetof(struct mf_common, quiet) },
	{ MF_OPT_SWITCH, .name = "verbose", .letter = 'v', .brief = "say more; twice: say what is sent, without secrets",
	  .offset = offsetof(struct mf_common, verbose) },
	{ MF_OPT_VALUE, .name = "color", .arg = "WHEN", .choices = "auto always never", .brief = "colour the text",
	  .offset = offsetof(struct mf_common, color) },
	{ MF_OPT_SWITCH, .name = "help", .letter = 'h', .brief = "show this help", .offset = offsetof(struct mf_common, help) },
	{ MF_OPT_END },
};

struct mf_flag mf_flag_of(const struct mf_opt *opt, bool common)
{
	struct mf_flag f = { .opt = opt, .name = opt->name, .letter = opt->letter, .choices = opt->choices, .brief = opt->brief,
			     .common = common };

	if (opt->kind == MF_OPT_VALUE || opt->kind == MF_OPT_LIST || opt->kind == MF_OPT_MAYBE)
		f.arg = opt->arg ? opt->arg : "VALUE";
	f.maybe = opt->kind == MF_OPT_MAYBE;
	f.repeats = opt->kind == MF_OPT_LIST;
	if (opt->kind != MF_OPT_KEY)
		return f;
	f.info = mf_key_info(opt->key);
	f.name = f.info->flag;
	f.letter = f.info->letter;
	f.brief = f.info->brief;
	f.choices = f.info->type == MF_KT_CHOICE ? f.info->choices : NULL;
	f.negatable = f.info->type == MF_KT_BOOL;
	f.on_by_default = f.negatable && f.info->fallback && strcmp(f.info->fallback, "true") == 0;
	f.repeats = f.info->type == MF_KT_LIST;
	if (!f.negatable)
		f.arg = f.info->arg ? f.info->arg : "VALUE";
	return f;
}

/* Whether one of the first n options of a command has this name, or this letter. */
static bool has_own(const struct mf_cmd *cmd, size_t n, const char *name, char letter)
{
	for (size_t i = 0; i < n; i++) {
		const struct mf_flag f = mf_flag_of(&cmd->opts[i], false);

		if (name ? f.name && strcmp(f.name, name) == 0 : letter && f.letter == letter)
			return true;
	}
	return false;
}

/* A common option that a command has its own of is left out; of one whose letter the command uses, the letter. */
static bool common_at(struct mf_flag *out, const struct mf_cmd *cmd, size_t own, size_t *at)
{
	for (; mf_common_opts[*at].kind != MF_OPT_END; ++*at) {
		*out = mf_flag_of(&mf_common_opts[*at], true);
		if (out->name && has_own(cmd, own, out->name, 0))
			continue;
		if (has_own(cmd, own, NULL, out->letter))
			out->letter = 0;
		return true;
	}
	return false;
}

bool mf_flag_next(struct mf_flag *out, const struct mf_cmd *cmd, size_t *i)
{
	size_t own = 0, at;

	while (cmd && cmd->opts && cmd->opts[own].kind != MF_OPT_END)
		own++;
	if (*i < own) {
		*out = mf_flag_of(&cmd->opts[(*i)++], false);
		return true;
	}
	at = *i - own;
	if (!common_at(out, cmd, own, &at))
		return false;
	*i = own + at + 1;
	return true;
}

bool mf_flag_is_file(const struct mf_flag *f)
{
	return f->arg && (strcmp(f->arg, "FILE") == 0 || strcmp(f->arg, "PATH") == 0);
}

enum mf_flag_group mf_flag_group(const struct mf_flag *f)
{
	static const struct {
		const char *begins;
		enum mf_flag_group group;
	} sections[] = {
		{ "SCAN_", MF_G_SCAN }, { "LIFETIME_", MF_G_CHECK }, { "VAULT_", MF_G_VAULT }, { "AWS_", MF_G_AWS }, { "GCP_", MF_G_GCP }, { "AZURE_", MF_G_AZURE },
		{ "GITHUB_", MF_G_MINT }, { "PUBLISH_", MF_G_MINT },
	};
	const char *path = f->info ? f->info->path : NULL;

	if (f->common)
		return MF_G_COMMON;
	if (!f->info)
		return MF_G_OWN;
	for (size_t i = 0; i < MF_COUNT(sections); i++)
		if (strncmp(f->info->symbol, sections[i].begins, strlen(sections[i].begins)) == 0)
			return sections[i].group;
	if (path && strncmp(path, "identity.", 9) == 0)
		return MF_G_IDENTITY;
	if (path && strncmp(path, "export.", 7) == 0)
		return MF_G_EXPORT;
	return MF_G_GENERAL;
}

const char *mf_flag_group_title(enum mf_flag_group g)
{
	static const char *const titles[] = {
		[MF_G_OWN] = "options", [MF_G_SCAN] = "scanning", [MF_G_CHECK] = "lifetimes", [MF_G_VAULT] = "Vault and OpenBao",
		[MF_G_AWS] = "AWS", [MF_G_GCP] = "Google Cloud", [MF_G_AZURE] = "Azure", [MF_G_MINT] = "GitHub and registries",
		[MF_G_IDENTITY] = "identity", [MF_G_EXPORT] = "export",
		[MF_G_GENERAL] = "general", [MF_G_COMMON] = "common options",
	};

	return titles[g];
}

void mf_flag_notes(char out[static 256], const struct mf_flag *f)
{
	const char *fallback = f->info ? f->info->fallback : NULL;
	size_t n = 0;

	out[0] = '\0';
	if (f->choices && !strchr(f->arg, '|')) {
		n += (size_t)snprintf(out, 256, ": ");
		for (const char *p = f->choices; *p && n < 200; p++) {
			if (*p == ' ')
				out[n++] = ',';
			out[n++] = *p;
		}
		out[n] = '\0';
	}
	if (fallback && !f->negatable && !strstr(f->brief, "(default"))
		snprintf(out + n, 256 - n, " (default: %s)", fallback);
	else if (f->on_by_default)
		snprintf(out + n, 256 - n, " (default: yes)");
}

bool mf_slot_next(struct mf_slot *out, const char **p)
{
	size_t n;

	*p += strspn(*p, " ");
	n = strcspn(*p, " ");
	if (n == 0)
		return false;
	*out = (struct mf_slot){ .name = { *p, n } };
	*p += n;
	if (out->name.p[0] == '[') {
		out->optional = true;
		out->name.p++;
		out->name.n -= 1 + (out->name.p[out->name.n - 2] == ']');
	}
	if (out->name.n > 3 && memcmp(out->name.p + out->name.n - 3, "...", 3) == 0) {
		out->repeats = true;
		out->name.n -= 3;
	}
	return true;
}
