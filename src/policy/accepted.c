/* SPDX-License-Identifier: Apache-2.0 */
/* .mayflyignore, read strictly: a line that is not understood would let something pass, or not, without anybody's notice. No error
 * quotes the file beyond a place. */
#include "accepted.h"

#include <stdio.h>
#include <stdlib.h>
#include <mayfly/alloc.h>
#include <mayfly/clock.h>
#include <mayfly/enc.h>
#include <mayfly/hash.h>

enum { ENTRIES_MOST = 100000 };

struct reader {
	struct mf_accepted *a;
	const char *name;
	const char *line;	/* the present one begins there */
	unsigned number;
	struct mf_err *err;
};

static int refuse(const struct reader *r, const char *at, const char *why)
{
	const size_t col = at >= r->line ? (size_t)(at - r->line) + 1 : 1;

	mf_fail(r->err, MF_E_POL_IGNORE, "'%s' cannot be read: line %u, column %zu", r->name, r->number, col);
	mf_err_why(r->err, "%s", why);
	mf_err_hint(r->err, "ID until=2027-01-31 rule=RULE reason=\"TEXT\"; mayfly scan --accept writes such lines");
	mf_err_note(r->err, "nothing was let pass because of this file");
	return -1;
}

static int hex_digit(char c)
{
	return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static int read_salt(struct reader *r, struct mf_str v)
{
	struct mf_accepted *a = r->a;

	if (a->salt_n)
		return refuse(r, r->line, "there is a salt already");
	if (v.n % 2 || v.n / 2 < MF_SALT_LEAST || v.n / 2 > MF_SALT_MOST)
		return refuse(r, v.p, "a salt has 16 to 128 hex digits");
	for (size_t i = 0; i < v.n; i += 2) {
		const int high = hex_digit(v.p[i]), low = hex_digit(v.p[i + 1]);

		if (high < 0 || low < 0)
			return refuse(r, v.p + i, "a salt is written in lower-case hex digits");
		a->salt[i / 2] = (unsigned char)(high << 4 | low);
	}
	a->salt_n = v.n / 2;
	return 0;
}

static int read_cost(struct reader *r, struct mf_str v)
{
	unsigned cost = 0;

	if (r->a->cost)
		return refuse(r, r->line, "there is a cost already");
	for (size_t i = 0; i < v.n && i < 7; i++) {
		if (v.p[i] < '0' || v.p[i] > '9')
			return refuse(r, v.p + i, "a cost is a number");
		cost = cost * 10 + (unsigned)(v.p[i] - '0');
	}
	if (v.n > 6 || cost < MF_COST_LEAST || cost > MF_COST_MOST)
		return refuse(r, v.p, "a cost is a number from 10000 to 500000");
	r->a->cost = cost;
	return 0;
}

/* The end of the day, so that the date itself still counts. */
static int read_until(struct reader *r, int64_t *out, struct mf_str v)
{
	char text[32];

	if (*out)
		return refuse(r, v.p, "'until' is given twice");
	if (v.n == 10)
		snprintf(text, sizeof(text), "%.10sT23:59:59Z", v.p);
	if (v.n != 10 || !mf_time_parse(out, mf_str(text)) || *out <= 0)
		return refuse(r, v.p, "'until' is a date such as 2027-01-31");
	return 0;
}

static int set_text(struct reader *r, char **to, struct mf_str v, const char *twice)
{
	if (*to)
		return refuse(r, v.p, twice);
	*to = mf_strndup(v.p, v.n);
	return *to ? 0 : mf_fail_nomem(r->err);
}

/* A quoted text in place of *rest; "\"" and "\\" are its escapes. */
static int read_quoted(struct reader *r, char **to, struct mf_str *rest)
{
	struct mf_buf text = MF_BUF(SIZE_MAX / 4);
	size_t i = 1;
	int bad = 0;

	if (*to)
		return refuse(r, rest->p, "'reason' is given twice");
	if (!rest->n || rest->p[0] != '"')
		return refuse(r, rest->p, "'reason' is a text in double quotes");
	for (; i < rest->n && rest->p[i] != '"' && !bad; i++) {
		if (rest->p[i] == '\\' && i + 1 < rest->n && (rest->p[i + 1] == '"' || rest->p[i + 1] == '\\'))
			i++;
		else if (rest->p[i] == '\\' || (unsigned char)rest->p[i] < 0x20 || rest->p[i] == 0x7f)
			bad = refuse(r, rest->p + i, "such a character cannot stand in a reason");
		bad = bad || mf_buf_putc(&text, rest->p[i], r->err);
	}
	if (!bad && i >= rest->n)
		bad = refuse(r, rest->p, "the quote is not closed");
	if (!bad && !mf_utf8_valid(mf_buf_text(&text), text.n))
		bad = refuse(r, rest->p, "the reason is not valid UTF-8");
	if (!bad && !mf_trim((struct mf_str){ mf_buf_text(&text), text.n }).n)
		bad = refuse(r, rest->p, "the reason is empty");
	if (!bad && !(*to = mf_buf_take(&text)))
		bad = mf_fail_nomem(r->err);
	mf_buf_free(&text);
	rest->p += bad ? 0 : i + 1;
	rest->n -= bad ? 0 : i + 1;
	return bad ? -1 : 0;
}

/* Up to white space. */
static struct mf_str word(struct mf_str *rest)
{
	struct mf_str w = { rest->p, 0 };

	while (w.n < rest->n && !mf_blank(rest->p[w.n]))
		w.n++;
	rest->p += w.n;
	rest->n -= w.n;
	return w;
}

static bool eat(struct mf_str *rest, const char *what)
{
	const size_t n = strlen(what);

	if (rest->n < n || memcmp(rest->p, what, n) != 0)
		return false;
	rest->p += n;
	rest->n -= n;
	return true;
}

static int read_id(struct reader *r, char out[static 33], struct mf_str v)
{
	if (v.n != 32)
		return refuse(r, v.p, "a line begins with an id of 32 hex digits, or is 'salt=' or 'cost='");
	for (size_t i = 0; i < v.n; i++)
		if (hex_digit(v.p[i]) < 0)
			return refuse(r, v.p + i, "an id is written in lower-case hex digits");
	memcpy(out, v.p, 32);
	out[32] = '\0';
	return 0;
}

static int read_fields(struct reader *r, struct mf_accepted_entry *e, struct mf_str rest)
{
	const char *end = rest.p;
	int bad = 0;

	for (rest = mf_trim(rest); rest.n && !bad; rest = mf_trim(rest)) {
		if (rest.p == end)
			return refuse(r, rest.p, "fields are separated by white space");
		if (eat(&rest, "until="))
			bad = read_until(r, &e->until, word(&rest));
		else if (eat(&rest, "rule="))
			bad = set_text(r, &e->rule, word(&rest), "'rule' is given twice");
		else if (eat(&rest, "reason="))
			bad = read_quoted(r, &e->reason, &rest);
		else
			return refuse(r, rest.p, "a field is 'until=', 'rule=' or 'reason='");
		end = rest.p;
	}
	if (bad)
		return -1;
	if (!e->rule || !*e->rule)
		return refuse(r, end, "'rule=' is missing");
	return e->reason ? 0 : refuse(r, end, "'reason=' is missing");
}

static void entry_free(struct mf_accepted_entry *e)
{
	free(e->rule);
	free(e->reason);
}

static int read_entry(struct reader *r, struct mf_str rest)
{
	struct mf_accepted_entry e = { .line = r->number };
	struct mf_accepted *a = r->a;
	uint32_t id, rule;
	int bad;

	if (!a->salt_n)
		return refuse(r, rest.p, "'salt=' has to come before the first id");
	if (a->n >= ENTRIES_MOST)
		return refuse(r, rest.p, "there are more than 100000 ids");
	bad = read_id(r, e.id, word(&rest)) || read_fields(r, &e, rest) || mf_room(&a->v, a->n, &a->cap, sizeof(*a->v), r->err) ||
	      mf_intern_add(&rule, &a->rules, mf_str(e.rule), r->err) || mf_intern_add(&id, &a->ids, (struct mf_str){ e.id, 32 }, r->err);
	if (!bad && id != a->n) {
		char why[64];

		snprintf(why, sizeof(why), "the id is in line %u already", a->v[id].line);
		bad = refuse(r, r->line, why);
	}
	if (bad) {
		entry_free(&e);
		return -1;
	}
	a->v[a->n++] = e;
	return 0;
}

static int read_line(struct reader *r, struct mf_str line)
{
	struct mf_str rest = mf_trim(line);

	if (!rest.n || rest.p[0] == '#')
		return 0;
	if (memchr(rest.p, '\0', rest.n))
		return refuse(r, memchr(rest.p, '\0', rest.n), "a NUL cannot stand here");
	if (eat(&rest, "salt="))
		return read_salt(r, rest);
	if (eat(&rest, "cost="))
		return r->a->n ? refuse(r, r->line, "'cost=' has to come before the first id") : read_cost(r, rest);
	return read_entry(r, rest);
}

int mf_accepted_read(struct mf_accepted **out, const char *name, struct mf_str text, struct mf_err *err)
{
	struct mf_accepted *a = mf_calloc(1, sizeof(*a));
	struct reader r = { .a = a, .name = name, .err = err };
	int bad = 0;

	if (!a || !(a->name = mf_strdup(name))) {
		free(a);
		return mf_fail_nomem(err);
	}
	if (text.n >= 3 && memcmp(text.p, "\xef\xbb\xbf", 3) == 0) {
		text.p += 3;
		text.n -= 3;
	}
	while (text.n && !bad) {
		const char *end = memchr(text.p, '\n', text.n);
		const size_t n = end ? (size_t)(end - text.p) : text.n;

		r.line = text.p;
		r.number++;
		bad = read_line(&r, (struct mf_str){ text.p, n });
		text.p += end ? n + 1 : n;
		text.n -= end ? n + 1 : n;
	}
	if (bad) {
		mf_accepted_free(a);
		return -1;
	}
	*out = a;
	return 0;
}

void mf_accepted_free(struct mf_accepted *a)
{
	if (!a)
		return;
	for (size_t i = 0; i < a->n; i++)
		entry_free(&a->v[i]);
	free(a->v);
	free(a->name);
	mf_intern_free(&a->ids);
	mf_intern_free(&a->rules);
	free(a);
}

const struct mf_accepted_entry *mf_accepted_find(const struct mf_accepted *a, const char *id)
{
	const uint32_t n = mf_intern_find(&a->ids, mf_str(id));

	return n == MF_NONE ? NULL : &a->v[n];
}

const char *mf_accepted_rule(const struct mf_accepted *a, size_t i, unsigned *line)
{
	if (i >= a->n)
		return NULL;
	*line = a->v[i].line;
	return a->v[i].rule;
}

bool mf_accepted_has_rule(const struct mf_accepted *a, const char *rule_id)
{
	return mf_intern_find(&a->rules, mf_str(rule_id)) != MF_NONE;
}

/* The salt, then the rule's id: one secret found by two rules has two ids. */
int mf_accepted_hash(char out[static 33], const struct mf_accepted *a, const char *rule_id, struct mf_str secret, struct mf_err *err)
{
	static const char fixed[] = "mayfly: no salt of its own";
	const bool own = a && a->salt_n;
	struct mf_buf salt = MF_BUF(SIZE_MAX / 4);
	unsigned char key[16];
	int r;

	r = mf_buf_add(&salt, own ? (const char *)a->salt : fixed, own ? a->salt_n : sizeof(fixed) - 1, err) || mf_buf_puts(&salt, rule_id, err) ||
	    mf_pbkdf2_sha256(key, sizeof(key), secret.p, secret.n, salt.p, salt.n, a && a->cost ? a->cost : MF_COST, err);
	mf_buf_free(&salt);
	if (r)
		return -1;
	mf_hex_encode(out, key, sizeof(key), false);
	out[32] = '\0';
	return 0;
}

int mf_accepted_id(char out[static 33], const struct mf_accepted *a, const struct mf_rule *rule, struct mf_str secret, struct mf_err *err)
{
	return mf_accepted_hash(out, a, rule->id, secret, err);
}
