/* SPDX-License-Identifier: Apache-2.0 */
/* Lines for a person. A CI runner reads the same stream and takes some lines as commands, so that no text from outside
 * may begin one. */
#include <mayfly/log.h>

#include <pthread.h>
#include <stdlib.h>
#include <mayfly/text.h>

enum { LINE = 2048 };

#define RED "\033[1;31m"
#define YELLOW "\033[1;33m"
#define CYAN "\033[36m"
#define DIM "\033[2m"
#define BOLD "\033[1m"
#define OFF "\033[0m"

static struct {
	FILE *to;
	enum mf_level level;
	enum mf_dress dress;
} out = { .level = MF_LOG_NORMAL };

void mf_log_setup(FILE *to, enum mf_level level, enum mf_dress dress)
{
	out.to = to;
	out.level = level;
	out.dress = dress;
}

enum mf_level mf_log_level(void)
{
	return out.level;
}

bool mf_log_color(void)
{
	return out.dress == MF_DRESS_COLOR;
}

static const char *color(const char *c)
{
	return out.dress == MF_DRESS_COLOR ? c : "";
}

/* GitHub's runner takes "::name::" at the start of a line (after white space, Unicode's included), and "##[name]"
 * anywhere in it. */
static void put_harmless(const char *s, size_t n)
{
	size_t i = 0;

	while (i < n && (s[i] == ' ' || s[i] == '\t' || (unsigned char)s[i] >= 0x80))
		putc(s[i++], out.to);
	if (n - i >= 2 && s[i] == ':' && s[i + 1] == ':') {
		fputs(": :", out.to);
		i += 2;
	}
	for (; i < n; i++) {
		putc(s[i], out.to);
		if (s[i] == '#' && n - i >= 3 && s[i + 1] == '#' && s[i + 2] == '[')
			putc(' ', out.to);
	}
}

/* As data of a workflow command: https://github.com/actions/toolkit, packages/core/src/command.ts. */
static void put_escaped(const char *s)
{
	for (; *s; s++) {
		if (*s == '%')
			fputs("%25", out.to);
		else if (*s == '\r')
			fputs("%0D", out.to);
		else if (*s == '\n')
			fputs("%0A", out.to);
		else
			putc(*s, out.to);
		if (s[0] == '#' && s[1] == '#' && s[2] == '[')
			putc(' ', out.to);
	}
}

/* A plain line: `label` is ours, `text` may be anybody's. */
static void line(const char *c, const char *label, const char *text)
{
	fputs(color(c), out.to);
	if (*label) {
		fputs(label, out.to);
		fputs(color(OFF), out.to);
		put_harmless(text, strlen(text));
	} else {
		put_harmless(text, strlen(text));
		fputs(*c ? color(OFF) : "", out.to);
	}
	putc('\n', out.to);
}

static void command(const char *name, const char *text)
{
	fprintf(out.to, "::%s::", name);
	put_escaped(text);
	putc('\n', out.to);
}

static void MF_PRINTF(2, 0) say(enum mf_level level, const char *fmt, va_list ap)
{
	const bool github = out.dress == MF_DRESS_GITHUB;
	char text[LINE];

	if (!out.to)
		return;
	mf_text_vfmt(text, sizeof(text), false, fmt, ap);
	flockfile(out.to);
	if (level == MF_LOG_QUIET && github)
		command("warning", text);
	else if (level == MF_LOG_QUIET)
		line(YELLOW, "warning: ", text);
	else if (level == MF_LOG_DEBUG && github)
		command("debug", text);
	else
		line(level == MF_LOG_NORMAL ? "" : DIM, "", text);
	fflush(out.to);
	funlockfile(out.to);
}

#define SAYER(name, at)                                  \
	void name(const char *fmt, ...)                  \
	{                                                \
		va_list ap;                              \
							 \
		if (out.level < (at))                    \
			return;                          \
		va_start(ap, fmt);                       \
		say((at), fmt, ap);                      \
		va_end(ap);                              \
	}

SAYER(mf_warn, MF_LOG_QUIET)
SAYER(mf_info, MF_LOG_NORMAL)
SAYER(mf_verbose, MF_LOG_VERBOSE)
SAYER(mf_debug, MF_LOG_DEBUG)

static const struct {
	const char *label;
	size_t at;
} fields[] = {
	{ "why", offsetof(struct mf_err, why) },
	{ "sent", offsetof(struct mf_err, sent) },
	{ "help", offsetof(struct mf_err, hint) },
	{ "note", offsetof(struct mf_err, note) },
};

static const char *field(const struct mf_err *err, size_t i)
{
	return (const char *)err + fields[i].at;
}

static void put_lines(const char *s)
{
	while (*s) {
		size_t n = strcspn(s, "\n");

		put_harmless(s, n);
		putc('\n', out.to);
		s += n + (s[n] == '\n');
	}
}

static void annotation(const struct mf_err *err)
{
	fprintf(out.to, "::error title=%s::", err->id);
	put_escaped(err->what);
	for (size_t i = 0; i < MF_COUNT(fields); i++) {
		if (!*field(err, i))
			continue;
		fprintf(out.to, "%%0A%s: ", fields[i].label);
		put_escaped(field(err, i));
	}
	if (*err->advice) {
		fputs("%0A%0A", out.to);
		put_escaped(err->advice);
	}
	putc('\n', out.to);
}

void mf_log_error(const struct mf_err *err)
{
	if (!out.to || !err || !err->id)
		return;
	flockfile(out.to);
	fprintf(out.to, "%serror[%s]%s: %s", color(RED), err->id, color(OFF), color(BOLD));
	put_harmless(err->what, strlen(err->what));
	fprintf(out.to, "%s\n", color(OFF));
	for (size_t i = 0; i < MF_COUNT(fields); i++) {
		if (!*field(err, i))
			continue;
		fprintf(out.to, "%s  = %s:%s ", color(CYAN), fields[i].label, color(OFF));
		put_harmless(field(err, i), strlen(field(err, i)));
		putc('\n', out.to);
	}
	if (*err->advice) {
		putc('\n', out.to);
		put_lines(err->advice);
	}
	if (out.dress == MF_DRESS_GITHUB)
		annotation(err);
	fflush(out.to);
	funlockfile(out.to);
}

void mf_warn_err(const struct mf_err *err)
{
	mf_warn("%s%s%s", err->what, err->why[0] ? ": " : "", err->why);
}
