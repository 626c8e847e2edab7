/* SPDX-License-Identifier: Apache-2.0 */
/* What gitleaks makes of the same finding: its ids, its columns, its form of a message, its links and its redaction. */
#include "gitleaks.h"

#include <stdlib.h>
#include <mayfly/clock.h>
#include "show.h"

const char *mf_leak_rule(const struct mf_rule *rule, const char *const *ids)
{
	if (!ids || rule->flags & MF_RULE_USER)
		return rule->id;
	for (size_t i = 0; i < rule->n_aliases; i++) {
		if (!ids[0])
			return rule->aliases[i];
		for (size_t k = 0; ids[k]; k++)
			if (strcmp(ids[k], rule->aliases[i]) == 0)
				return rule->aliases[i];
	}
	return rule->id;
}

/* The first bytes and dots, or a word instead. */
static int redacted(struct mf_buf *out, struct mf_str secret, unsigned percent, struct mf_err *err)
{
	size_t n, rest;

	if (secret.n == 0)
		return 0;
	if (percent == 0)
		return mf_buf_add(out, secret.p, secret.n, err);
	if (percent >= 100)
		return mf_buf_puts(out, "REDACTED", err);
	n = secret.n / 100 * (100 - percent) + secret.n % 100 * (100 - percent) / 100;
	rest = secret.n % 100 * (100 - percent) % 100;
	n += rest > 50 || (rest == 50 && n % 2);	/* a half goes to the even number */
	return mf_buf_add(out, secret.p, n, err) || mf_buf_puts(out, "...", err) ? -1 : 0;
}

static int replaced(struct mf_buf *out, struct mf_str text, struct mf_str secret, struct mf_str by, struct mf_err *err)
{
	size_t from = 0;

	for (size_t at = 0; secret.n && at + secret.n <= text.n;) {
		if (memcmp(text.p + at, secret.p, secret.n) != 0) {
			at++;
			continue;
		}
		if (mf_buf_add(out, text.p + from, at - from, err) || mf_buf_add(out, by.p, by.n, err))
			return -1;
		at += secret.n;
		from = at;
	}
	return from < text.n ? mf_buf_add(out, text.p + from, text.n - from, err) : 0;
}

/* gitleaks replaces the finding's own secret in its match only. Here it is replaced in the commit's texts too, and with full
 * redaction no other finding's secret stays in them. */
static int clean(struct mf_buf *b, const struct mf_hide *hide, struct mf_str own, struct mf_str by, struct mf_err *err)
{
	struct mf_buf mine = MF_BUF(SIZE_MAX / 4), all = MF_BUF(SIZE_MAX / 4);
	int r = replaced(&mine, (struct mf_str){ mf_buf_text(b), b->n }, own, by, err);

	if (r == 0 && hide)
		r = mf_hide_text(&all, hide, (struct mf_str){ mf_buf_text(&mine), mine.n }, (struct mf_str){ 0 }, err);
	if (r == 0) {
		mf_buf_free(b);
		*b = hide ? all : mine;
		mf_buf_free(hide ? &mine : &all);
		return 0;
	}
	mf_buf_free(&mine);
	mf_buf_free(&all);
	return -1;
}

static int secrets(struct mf_leak *l, const struct mf_finding *f, const struct mf_hide *hide, const struct mf_report_opts *opts, struct mf_err *err)
{
	const struct mf_str secret = { f->secret, f->secret ? f->secret_n : 0 }, match = { f->match, f->match ? f->match_n : 0 };
	const unsigned percent = f->redacted && opts->redact < 100 ? 0 : opts->redact;
	struct mf_str by;

	if (redacted(&l->secret, secret, percent, err) || mf_buf_add(&l->match, match.p, match.n, err))
		return -1;
	by = (struct mf_str){ mf_buf_text(&l->secret), l->secret.n };
	if (percent == 0)
		return 0;
	return clean(&l->match, hide, secret, by, err) || clean(&l->message, hide, secret, by, err) || clean(&l->author, hide, secret, by, err) ? -1 : 0;
}

/* -- the message: git log's form of it, as gitleaks reads that ------------------------------------------ */

static struct mf_str take_line(struct mf_str *rest)
{
	const char *end = rest->n ? memchr(rest->p, '\n', rest->n) : NULL;
	struct mf_str line = { rest->p, end ? (size_t)(end - rest->p) : rest->n };
	const size_t used = line.n + (end != NULL);

	rest->p += used;
	rest->n -= used;
	while (line.n && mf_blank(line.p[line.n - 1]))
		line.n--;
	return line;
}

/* git log shows tabs as blanks up to the next column of eight. */
static int put_line(struct mf_buf *out, struct mf_str line, struct mf_err *err)
{
	size_t column = 0;

	for (size_t i = 0; i < line.n; i++) {
		if (line.p[i] != '\t') {
			column += ((unsigned char)line.p[i] & 0xc0) != 0x80;
			if (mf_buf_putc(out, line.p[i], err))
				return -1;
			continue;
		}
		do {
			if (mf_buf_putc(out, ' ', err))
				return -1;
		} while (++column % 8);
	}
	return 0;
}

static int message(struct mf_buf *out, const char *text, struct mf_err *err)
{
	struct mf_str rest = mf_trim(mf_str(text)), line;
	bool title = true;

	for (bool first = true; rest.n; first = false) {
		line = take_line(&rest);
		if (title && line.n == 0) {
			title = false;
			while (rest.n && mf_blank(rest.p[0])) {
				struct mf_str ahead = rest;

				if (take_line(&ahead).n)
					break;
				rest = ahead;
			}
			if (mf_buf_putc(out, '\n', err))
				return -1;
			continue;
		}
		if (!first && mf_buf_putc(out, title ? ' ' : '\n', err))
			return -1;
		if (put_line(out, line, err))
			return -1;
	}
	return 0;
}

/* -- the link ----------------------------------------------------------------------------------------------- */

enum platform { UNKNOWN, GITHUB, GITLAB, GITEA, BITBUCKET };

static enum platform platform_of(const char *url)
{
	static const struct { const char *host; enum platform is; } hosts[] = {
		{ "github.com", GITHUB }, { "gitlab.com", GITLAB }, { "gitea.com", GITEA }, { "code.forgejo.org", GITEA }, { "codeberg.org", GITEA },
		{ "bitbucket.org", BITBUCKET },
	};
	const char *host = url ? strstr(url, "://") : NULL;

	for (size_t i = 0; host && i < MF_COUNT(hosts); i++) {
		const size_t n = strlen(hosts[i].host);

		if (strncmp(host + 3, hosts[i].host, n) == 0 && (host[3 + n] == '\0' || host[3 + n] == '/'))
			return hosts[i].is;
	}
	return UNKNOWN;
}

static bool has_suffix(struct mf_str s, const char *suffix)
{
	const size_t n = strlen(suffix);

	return s.n >= n && strncasecmp(s.p + s.n - n, suffix, n) == 0;
}

static int link_lines(struct mf_leak *l, enum platform is, struct mf_str path, struct mf_err *err)
{
	static const char *const one[] = { [GITHUB] = "#L%u", [GITLAB] = "#L%u", [GITEA] = "#L%u", [BITBUCKET] = "#lines-%u" };
	static const char *const to[] = { [GITHUB] = "-L%u", [GITLAB] = "-%u", [GITEA] = "-L%u", [BITBUCKET] = ":%u" };
	const bool rendered = has_suffix(path, ".ipynb") || has_suffix(path, ".md");
	char text[64];

	if (rendered && (is == GITHUB || is == GITEA) && mf_buf_puts(&l->link, is == GITHUB ? "?plain=1" : "?display=source", err))
		return -1;
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
	snprintf(text, sizeof(text), one[is], l->line);
	if (l->line && mf_buf_puts(&l->link, text, err))
		return -1;
	snprintf(text, sizeof(text), to[is], l->end_line);
#pragma GCC diagnostic pop
	return l->line != l->end_line ? mf_buf_puts(&l->link, text, err) : 0;
}

static int make_link(struct mf_leak *l, const struct mf_run *run, struct mf_err *err)
{
	const enum platform is = platform_of(run->server_url);
	const char *inner = strchr(l->file, '!');
	const struct mf_str path = { l->file, inner ? (size_t)(inner - l->file) : strlen(l->file) };
	size_t n = run->server_url ? strlen(run->server_url) : 0;

	if (is == UNKNOWN || !run->repository || !*l->commit)
		return 0;
	n -= run->server_url[n - 1] == '/';
	if (mf_buf_add(&l->link, run->server_url, n, err) ||
	    mf_buf_printf(&l->link, err, "/%s%s%s/", run->repository,
			  is == GITEA ? "/src/commit/" : is == BITBUCKET ? "/src/" : "/blob/", l->commit))
		return -1;
	for (size_t i = 0; i < path.n; i++)
		if (path.p[i] == ' ' || path.p[i] == '%' ? mf_buf_puts(&l->link, path.p[i] == ' ' ? "%20" : "%25", err)
							 : mf_buf_putc(&l->link, path.p[i], err))
			return -1;
	return inner ? 0 : link_lines(l, is, path, err);
}

/* -- all of it ------------------------------------------------------------------------------------------------ */

/* gitleaks counts columns from the line feed that ends the line before: in every line but the first they are one too high. */
static void positions(struct mf_leak *l, const struct mf_finding *f)
{
	l->line = f->line;
	l->end_line = f->end_line;
	l->col = f->col + (f->line > 1);
	l->end_col = f->end_col + (f->end_line > 1);
	if (f->line == 0)
		l->col = l->end_col = 0;
}

static void origin(struct mf_leak *l, const struct mf_finding *f, const struct mf_report_opts *opts)
{
	l->rule = f->rule ? mf_leak_rule(f->rule, opts->gitleaks_ids) : mf_show_id(f);
	l->description = mf_show_title(f);
	l->file = f->path ? f->path : "";
	l->commit = f->commit ? f->commit : "";
	l->email = f->email ? f->email : "";
	if (f->commit)
		mf_time_format(l->date, f->date);
	else if (opts->gitleaks_diff)
		snprintf(l->date, sizeof(l->date), "0001-01-01T00:00:00Z");
	l->entropy = f->entropy;
	l->tags = mf_finding_tags(f, &l->n_tags);
	l->encoding = f->encoding & (MF_ENC_BASE64 | MF_ENC_HEX | MF_ENC_PERCENT | MF_ENC_UNICODE);
	l->depth = f->depth;
}

int mf_leak_make(struct mf_leak *l, const struct mf_finding *f, const struct mf_run *run, const struct mf_hide *hide, const struct mf_report_opts *opts,
		 struct mf_err *err)
{
	*l = (struct mf_leak){ 0 };
	l->match.max = l->secret.max = l->author.max = l->message.max = l->fingerprint.max = l->link.max = SIZE_MAX / 4;
	origin(l, f, opts);
	positions(l, f);
	if ((f->author && mf_buf_puts(&l->author, f->author, err)) || (f->message && f->commit && message(&l->message, f->message, err)) || secrets(l, f, hide, opts, err) ||
	    mf_fingerprint(&l->fingerprint, f, l->rule, err) || make_link(l, run, err)) {
		mf_leak_free(l);
		return -1;
	}
	return 0;
}

void mf_leak_free(struct mf_leak *l)
{
	mf_buf_free(&l->match);
	mf_buf_free(&l->secret);
	mf_buf_free(&l->author);
	mf_buf_free(&l->message);
	mf_buf_free(&l->fingerprint);
	mf_buf_free(&l->link);
}
