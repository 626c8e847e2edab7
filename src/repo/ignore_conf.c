/* SPDX-License-Identifier: Apache-2.0 */
/* Where the user's own ignore rules are. Of git's configuration only core.excludesFile is read. */
#include "ignore.h"

#include <stdio.h>
#include <stdlib.h>
#include <strings.h>
#include <mayfly/alloc.h>
#include <mayfly/fs.h>

enum { CONFIG_MAX = 1 << 20, VALUE_MAX = 4096 };

/* The value of "key = value" from behind the '=' to its end: quotes, escapes, comments. False when it is broken. */
static bool value(char out[static VALUE_MAX], struct mf_str *in)
{
	bool quoted = false;
	size_t n = 0, keep = 0;

	while (in->n && (*in->p == ' ' || *in->p == '\t')) {
		in->p++;
		in->n--;
	}
	for (; in->n && *in->p != '\n'; in->p++, in->n--) {
		char c = *in->p;

		if (c == '"') {
			quoted = !quoted;
			keep = n;
			continue;
		}
		if (!quoted && (c == '#' || c == ';'))
			break;
		if (c == '\\') {
			if (in->n < 2)
				return false;
			in->p++;
			in->n--;
			c = *in->p;
			if (c == '\n')
				continue;
			c = c == 'n' ? '\n' : c == 't' ? '\t' : c;
		}
		if (n + 1 >= VALUE_MAX)
			return false;
		out[n++] = c;
		if (quoted || !mf_blank(c))
			keep = n;
	}
	out[keep] = '\0';
	return !quoted && keep;
}

/* Takes a line that begins a section or sets a key; the rest of a line is left to the caller. */
static struct mf_str word(struct mf_str *in)
{
	struct mf_str w = { in->p, 0 };

	while (in->n && *in->p != '\n' && *in->p != '=' && *in->p != ']' && !mf_blank(*in->p)) {
		in->p++;
		in->n--;
		w.n++;
	}
	return w;
}

static bool is(struct mf_str s, const char *name)
{
	return s.n == strlen(name) && strncasecmp(s.p, name, s.n) == 0;
}

static void skip_line(struct mf_str *in)
{
	const char *end = in->n ? memchr(in->p, '\n', in->n) : NULL;
	const size_t used = end ? (size_t)(end - in->p) + 1 : in->n;

	in->p += used;
	in->n -= used;
}

/* The last core.excludesFile of a configuration file; false: none. */
static bool find_value(char out[static VALUE_MAX], struct mf_str in)
{
	char found[VALUE_MAX];
	bool core = false, any = false;

	while (in.n) {
		struct mf_str key;

		while (in.n && mf_blank(*in.p)) {
			in.p++;
			in.n--;
		}
		key = word(&in);
		if (key.n && key.p[0] == '[')
			core = is(key, "[core") && in.n && *in.p == ']';
		if (in.n && *in.p == ']') {	/* a key may follow on the line */
			in.p++;
			in.n--;
			continue;
		}
		while (in.n && (*in.p == ' ' || *in.p == '\t')) {
			in.p++;
			in.n--;
		}
		if (core && is(key, "excludesfile") && in.n && *in.p == '=') {
			in.p++;
			in.n--;
			if (value(found, &in)) {
				memcpy(out, found, sizeof(found));
				any = true;
			}
		}
		skip_line(&in);
	}
	return any;
}

/* "~/x" below the home folder; an absolute path as it is; NULL in *out for anything else. */
static int expand(char **out, const char *path, struct mf_err *err)
{
	const char *home = getenv("HOME");

	*out = NULL;
	if (path[0] == '~' && path[1] == '/' && home)
		*out = mf_path_join(home, path + 2);
	else if (path[0] == '/')
		*out = mf_strdup(path);
	else
		return 0;
	return *out ? 0 : mf_fail_nomem(err);
}

/* A configuration file that is missing, too long or unreadable says nothing. */
static int from_config(char **out, const char *file, struct mf_err *err)
{
	MF_CLEANUP(mf_buf_free) struct mf_buf text = MF_BUF(CONFIG_MAX);
	char path[VALUE_MAX];
	struct mf_err why;

	*out = NULL;
	if (mf_fs_read(&text, file, &why))
		return strcmp(why.id, mf_error_id(MF_E_BASE_NOMEM)) == 0 ? mf_fail_nomem(err) : 0;
	if (!find_value(path, (struct mf_str){ text.p, text.n }))
		return 0;
	return expand(out, path, err);
}

/* $XDG_CONFIG_HOME/git/NAME or ~/.config/git/NAME; NULL without a home. */
static int below_config_home(char **out, const char *name, struct mf_err *err)
{
	const char *xdg = getenv("XDG_CONFIG_HOME"), *home = getenv("HOME");
	char tail[64];

	*out = NULL;
	if (xdg && *xdg) {
		snprintf(tail, sizeof(tail), "git/%s", name);
		*out = mf_path_join(xdg, tail);
	} else if (home && *home) {
		snprintf(tail, sizeof(tail), ".config/git/%s", name);
		*out = mf_path_join(home, tail);
	} else {
		return 0;
	}
	return *out ? 0 : mf_fail_nomem(err);
}

int mf_ignore_user_file(char **path, const char *repo_config, struct mf_err *err)
{
	MF_CLEANUP(mf_freep) char *dot = NULL;
	MF_CLEANUP(mf_freep) char *xdg = NULL;
	const char *home = getenv("HOME");
	const char *files[4] = { repo_config, NULL, NULL, "/etc/gitconfig" };
	char *found = NULL;

	if (home && *home && !(dot = mf_path_join(home, ".gitconfig")))
		return mf_fail_nomem(err);
	if (below_config_home(&xdg, "config", err))
		return -1;
	files[1] = dot;
	files[2] = xdg;
	for (size_t i = 0; i < MF_COUNT(files) && !found; i++)
		if (files[i] && from_config(&found, files[i], err))
			return -1;
	if (!found && below_config_home(&found, "ignore", err))
		return -1;
	*path = found;
	return 0;
}
