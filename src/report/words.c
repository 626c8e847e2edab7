/* SPDX-License-Identifier: Apache-2.0 */
/* Names, places, days and sizes as every report writes them. */
#include "show.h"

#include <mayfly/clock.h>

const char *mf_show_id(const struct mf_finding *f)
{
	return f->rule ? f->rule->id : f->rule_id ? f->rule_id : "";
}

const char *mf_show_name(const struct mf_finding *f)
{
	return f->unnamed ? "" : f->fingerprint_id;
}

const char *mf_show_title(const struct mf_finding *f)
{
	const char *title = f->rule ? f->rule->title : f->title;

	return title && *title ? title : mf_show_id(f);
}

const char *mf_show_source(enum mf_source s)
{
	static const char *const names[] = {
		[MF_SRC_FILE] = "file", [MF_SRC_STAGED] = "staged", [MF_SRC_COMMIT] = "commit", [MF_SRC_MESSAGE] = "message",
		[MF_SRC_TAG] = "tag", [MF_SRC_UNREACHABLE] = "unreachable", [MF_SRC_STDIN] = "stdin",
	};

	return (unsigned)s < MF_COUNT(names) ? names[s] : "file";
}

const char *mf_show_pass(enum mf_pass p)
{
	static const char *const names[] = {
		[MF_PASS_NONE] = NULL, [MF_PASS_INLINE] = "inline", [MF_PASS_ALLOWLIST] = "allowlist", [MF_PASS_IGNORE_FILE] = "ignore-file",
		[MF_PASS_BASELINE] = "baseline", [MF_PASS_ACCEPTED] = "accepted",
	};

	return (unsigned)p < MF_COUNT(names) ? names[p] : NULL;
}

bool mf_show_expired(const struct mf_finding *f)
{
	return f->pass == MF_PASS_NONE && f->pass_until != 0;
}

void mf_show_place(struct mf_pen *p, const struct mf_finding *f, void (*put)(struct mf_pen *, struct mf_str))
{
	const char *id = f->commit ? f->commit : f->blob ? f->blob : "";

	if (f->repo) {
		put(p, mf_str(f->repo));
		mf_pen_puts(p, ": ");
	}
	if (f->path && *f->path) {
		put(p, mf_str(f->path));
		return;
	}
	mf_pen_puts(p, f->source == MF_SRC_MESSAGE ? "the message of commit " : f->source == MF_SRC_TAG ? "the message of tag " :
		       f->source == MF_SRC_STDIN ? "standard input" : "blob ");
	if (f->source != MF_SRC_STDIN)
		put(p, (struct mf_str){ id, strnlen(id, 10) });
}

int mf_show_path(struct mf_buf *out, const struct mf_finding *f, struct mf_err *err)
{
	const char *id = f->commit ? f->commit : f->blob ? f->blob : "unknown";

	if (f->repo && (mf_buf_puts(out, f->repo, err) || mf_buf_putc(out, '/', err)))
		return -1;
	if (f->path && *f->path)
		return mf_buf_puts(out, f->path, err);
	if (f->source == MF_SRC_STDIN)
		return mf_buf_puts(out, "stdin", err);
	if (mf_buf_puts(out, f->source == MF_SRC_MESSAGE ? "commit-message/" : f->source == MF_SRC_TAG ? "tag-message/" : "blob/", err))
		return -1;
	return mf_buf_puts(out, id, err);
}

void mf_show_day(char out[static 11], int64_t t)
{
	char whole[21];

	mf_time_format(whole, t);
	memcpy(out, whole, 10);
	out[10] = '\0';
}

void mf_show_bytes(char out[static 32], uint64_t n)
{
	static const char *const units[] = { "bytes", "kB", "MB", "GB", "TB", "PB", "EB" };
	double v = (double)n;
	size_t u = 0;

	for (; v >= 999.5 && u + 1 < MF_COUNT(units); u++)
		v /= 1000;
	if (u == 0)
		snprintf(out, 32, "%u %s", (unsigned)n, n == 1 ? "byte" : "bytes");
	else
		snprintf(out, 32, v < 9.95 ? "%.1f %s" : "%.0f %s", v, units[u]);
}

void mf_show_count(char out[static 32], uint64_t n)
{
	char digits[24];
	size_t len = (size_t)snprintf(digits, sizeof(digits), "%llu", (unsigned long long)n), to = 0;

	for (size_t i = 0; i < len; i++) {
		if (i && (len - i) % 3 == 0)
			out[to++] = ',';
		out[to++] = digits[i];
	}
	out[to] = '\0';
}

bool mf_show_is_url(const char *s)
{
	if (!s || (strncmp(s, "https://", 8) != 0 && strncmp(s, "http://", 7) != 0))
		return false;
	for (; *s; s++)
		if ((unsigned char)*s <= ' ' || (unsigned char)*s >= 0x7f || strchr("\"'<>\\^`{|}", *s))
			return false;
	return true;
}
