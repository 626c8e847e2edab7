/* SPDX-License-Identifier: Apache-2.0 */
/* Writes one more line into .mayflyignore; what is there stays as it is, comments and order included. */
#include "accepted.h"

#include <stdio.h>
#include <stdlib.h>
#include <mayfly/alloc.h>
#include <mayfly/clock.h>
#include <mayfly/enc.h>
#include <mayfly/fs.h>

#define NAME ".mayflyignore"

enum { REASON_MOST = 1000 };

static int refuse(struct mf_err *err, const struct mf_finding *f, const char *why, const char *hint)
{
	mf_fail(err, MF_E_POL_ACCEPT, "the finding of rule '%s' in line %u of '%s' cannot be accepted", f->rule_id, f->line, f->path);
	mf_err_why(err, "%s", why);
	if (hint)
		mf_err_hint(err, "%s", hint);
	mf_err_note(err, "the ignore file was not changed");
	return -1;
}

/* Why a reason cannot stand in the file; NULL: it can. */
static const char *bad_reason(const char *reason)
{
	const struct mf_str text = mf_trim(mf_str(reason));

	if (!text.n)
		return "the reason is empty";
	if (text.n > REASON_MOST)
		return "the reason is longer than 1000 bytes";
	if (!mf_utf8_valid(text.p, text.n))
		return "the reason is not valid UTF-8";
	for (size_t i = 0; i < text.n; i++)
		if ((unsigned char)text.p[i] < 0x20 || text.p[i] == 0x7f)
			return "the reason has a line break or another control character";
	return NULL;
}

int mf_accepted_reason_ok(const char *reason, struct mf_err *err)
{
	const char *why = bad_reason(reason);

	if (!why)
		return 0;
	mf_fail(err, MF_E_POL_ACCEPT, "'--reason' cannot be written into .mayflyignore");
	mf_err_why(err, "%s", why);
	mf_err_hint(err, "one line of text, as in  --reason 'a test account without rights'");
	return -1;
}

static int check(const struct mf_finding *f, const char *reason, int64_t until, struct mf_err *err)
{
	const char *why = bad_reason(reason);

	if (f->redacted)
		return refuse(err, f, "its secret is not known, only its redacted form", "scan again, without a report to read from");
	if (why)
		return refuse(err, f, why, "--reason 'TEXT'");
	for (const char *p = f->rule_id; *p; p++)
		if (mf_blank(*p) || *p == 0x7f)
			return refuse(err, f, "the rule's id has white space in it", NULL);
	if (until && until < mf_now())
		return refuse(err, f, "the date is in the past", "--until takes the last day on which it is accepted");
	return until > 253402300799 ? refuse(err, f, "the date is too far away", NULL) : 0;
}

static int add_header(struct mf_buf *out, struct mf_accepted *a, struct mf_err *err)
{
	char text[2 * MF_SALT_NEW + 1];

	if (a->salt_n)
		return 0;
	if (!out->n && mf_buf_puts(out, "# Credentials that were looked at and accepted. Review each line: it lets a finding pass until its date.\n", err))
		return -1;
	mf_random(a->salt, MF_SALT_NEW);
	a->salt_n = MF_SALT_NEW;
	mf_hex_encode(text, a->salt, MF_SALT_NEW, false);
	text[2 * MF_SALT_NEW] = '\0';
	if (mf_buf_printf(out, err, "salt=%s\n", text))
		return -1;
	if (a->cost)
		return 0;
	a->cost = MF_COST;
	return mf_buf_printf(out, err, "cost=%u\n", a->cost);
}

static int add_line(struct mf_buf *out, const struct mf_finding *f, const char *id, const char *reason, int64_t until, struct mf_err *err)
{
	const struct mf_str text = mf_trim(mf_str(reason));
	char date[21] = "";

	if (until)
		mf_time_format(date, until);
	if (mf_buf_puts(out, id, err) || (until && mf_buf_printf(out, err, "  until=%.10s", date)) ||
	    mf_buf_printf(out, err, "  rule=%s  reason=\"", f->rule_id))
		return -1;
	for (size_t i = 0; i < text.n; i++)
		if (((text.p[i] == '"' || text.p[i] == '\\') && mf_buf_putc(out, '\\', err)) || mf_buf_putc(out, text.p[i], err))
			return -1;
	return mf_buf_puts(out, "\"\n", err);
}

/* Where line `number` of the text begins, and where the next one does. */
static void find_line(size_t *from, size_t *to, struct mf_str text, unsigned number)
{
	*from = *to = 0;
	for (unsigned i = 0; i < number && *to < text.n; i++) {
		const char *end = memchr(text.p + *to, '\n', text.n - *to);

		*from = *to;
		*to = end ? (size_t)(end - text.p) + 1 : text.n;
	}
}

static int write_all(struct mf_buf *out, struct mf_accepted *a, struct mf_str text, const struct mf_finding *f, const char *reason, int64_t until,
		     struct mf_err *err)
{
	size_t from = text.n, to = text.n;
	const struct mf_accepted_entry *old = NULL;
	char id[33];

	/* an id that is there already gets its new reason and date in place */
	if (a->salt_n) {
		if (mf_accepted_hash(id, a, f->rule_id, mf_finding_credential(f), err))
			return -1;
		old = mf_accepted_find(a, id);
	}
	if (old)
		find_line(&from, &to, text, old->line);
	if (mf_buf_add(out, text.p, from, err) || (out->n && out->p[out->n - 1] != '\n' && mf_buf_putc(out, '\n', err)))
		return -1;
	if (!a->salt_n && (add_header(out, a, err) || mf_accepted_hash(id, a, f->rule_id, mf_finding_credential(f), err)))
		return -1;
	return add_line(out, f, id, reason, until, err) || mf_buf_add(out, text.p + to, text.n - to, err) ? -1 : 0;
}

int mf_accepted_add(struct mf_buf *out, struct mf_str text, const struct mf_finding *f, const char *reason, int64_t until, struct mf_err *err)
{
	struct mf_buf made = MF_BUF(out->max);
	struct mf_accepted *a = NULL;
	int r;

	if (check(f, reason, until, err) || mf_accepted_read(&a, NAME, text, err))
		return -1;
	r = write_all(&made, a, text, f, reason, until, err);
	mf_accepted_free(a);
	if (r) {
		mf_buf_free(&made);
		return -1;
	}
	mf_buf_free(out);
	*out = made;
	return 0;
}
