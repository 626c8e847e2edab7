/* SPDX-License-Identifier: Apache-2.0 */
/* Commits and tags, read as they are stored: whatever is broken in a person's line costs that line only. */
#include "commit.h"

#include <stdlib.h>
#include <mayfly/alloc.h>

static const char PARENT[] = "parent ";
enum { PARENT_N = sizeof(PARENT) - 1, TZ_MAX = 26 * 60 };
static const int64_t DATE_MAX = (int64_t)1 << 55;	/* dates can be subtracted */

/* As mf_oid_parse(), but for many: a table instead of comparisons. */
static bool hex_id(struct mf_oid *out, const char *hex, size_t oid_len)
{
	static const unsigned char value[256] = {
		['0'] = 16, ['1'] = 17, ['2'] = 18, ['3'] = 19, ['4'] = 20, ['5'] = 21, ['6'] = 22, ['7'] = 23, ['8'] = 24, ['9'] = 25,
		['a'] = 26, ['b'] = 27, ['c'] = 28, ['d'] = 29, ['e'] = 30, ['f'] = 31,
		['A'] = 26, ['B'] = 27, ['C'] = 28, ['D'] = 29, ['E'] = 30, ['F'] = 31,
	};
	const unsigned char *p = (const unsigned char *)hex;
	unsigned all = 16;

	for (size_t i = 0; i < oid_len; i++) {
		const unsigned high = value[p[2 * i]], low = value[p[2 * i + 1]];

		all &= high & low;
		out->b[i] = (unsigned char)(high << 4 | (low & 15));
	}
	return all != 0;
}

/* Takes "KEY HEX\n" off the front of `in`. */
static bool take_id(struct mf_oid *out, struct mf_str *in, const char *key, size_t oid_len)
{
	const size_t k = strlen(key), line = k + 2 * oid_len + 1;

	struct mf_oid id = { { 0 } };

	if (in->n < line || memcmp(in->p, key, k) != 0 || in->p[line - 1] != '\n' || !hex_id(&id, in->p + k, oid_len))
		return false;
	*out = id;
	in->p += line;
	in->n -= line;
	return true;
}

/* Takes one line off the front, without its newline; the last one may lack it. */
static struct mf_str take_line(struct mf_str *in)
{
	const char *end = in->n ? memchr(in->p, '\n', in->n) : NULL;
	const struct mf_str line = { in->p, end ? (size_t)(end - in->p) : in->n };
	const size_t used = line.n + (end != NULL);

	in->p += used;
	in->n -= used;
	return line;
}

/* Decimal digits at the front; what overflows counts as none. */
static bool take_number(int64_t *out, struct mf_str *in)
{
	int64_t v = 0;
	size_t i = 0;

	for (; i < in->n && in->p[i] >= '0' && in->p[i] <= '9'; i++)
		if (__builtin_mul_overflow(v, 10, &v) || __builtin_add_overflow(v, in->p[i] - '0', &v))
			return false;
	in->p += i;
	in->n -= i;
	*out = v;
	return i > 0;
}

/* "+0130" -> 90; anything else -> 0. */
static int zone(struct mf_str s)
{
	int64_t v;
	int minutes;
	const bool west = s.n && s.p[0] == '-';

	if (s.n < 5 || (s.p[0] != '+' && !west))
		return 0;
	s.p++;
	s.n--;
	if (!take_number(&v, &s) || v > 9999)
		return 0;
	minutes = (int)(v / 100 * 60 + v % 100);
	return minutes > TZ_MAX ? 0 : west ? -minutes : minutes;
}

/* The end of a person's line: "... <mail> 1700000000 +0100". The last '>' counts, since names hold anything. */
static void when(int64_t *date, int *tz, struct mf_str line)
{
	bool before = false;

	*date = 0;
	*tz = 0;
	for (size_t i = line.n; i-- > 0;) {
		if (line.p[i] != '>')
			continue;
		line.p += i + 1;
		line.n -= i + 1;
		break;
	}
	line = mf_trim(line);
	if (line.n && line.p[0] == '-') {
		before = true;
		line.p++;
		line.n--;
	}
	if (!take_number(date, &line) || *date > DATE_MAX) {
		*date = 0;
		return;
	}
	if (before)
		*date = -*date;
	*tz = zone(mf_trim(line));
}

/* Name and address of a person's line; "" for what is not there. */
static void who(struct mf_str *name, struct mf_str *mail, struct mf_str line)
{
	const char *open = line.n ? memchr(line.p, '<', line.n) : NULL;
	const char *close = open ? memchr(open, '>', (size_t)(line.p + line.n - open)) : NULL;

	*name = *mail = (struct mf_str){ "", 0 };
	if (!close)
		return;
	*name = mf_trim((struct mf_str){ line.p, (size_t)(open - line.p) });
	*mail = mf_trim((struct mf_str){ open + 1, (size_t)(close - open - 1) });
}

bool mf_commit_head(struct mf_commit_head *out, const unsigned char *p, size_t n, size_t oid_len)
{
	struct mf_str in = { (const char *)p, n }, line;
	struct mf_commit_head head = { 0 };
	const size_t step = PARENT_N + 2 * oid_len + 1;
	struct mf_oid id;
	int tz;

	if (!take_id(&head.tree, &in, "tree ", oid_len))
		return false;
	head.parents_at = n - in.n;
	while (head.n_parents < MF_PARENTS_MAX && take_id(&id, &in, PARENT, oid_len))
		head.n_parents++;
	if (head.n_parents * step > n)
		return false;
	while (in.n) {
		line = take_line(&in);
		if (line.n == 0)
			break;
		if (!mf_str_begins(line, "committer "))
			continue;
		when(&head.date, &tz, line);
		break;
	}
	*out = head;
	return true;
}

struct mf_oid mf_commit_parent(const struct mf_commit_head *head, const unsigned char *p, size_t oid_len, size_t i)
{
	const char *line = (const char *)p + head->parents_at + i * (PARENT_N + 2 * oid_len + 1);
	struct mf_oid id = { { 0 } };

	/* it parsed before */
	(void)hex_id(&id, line + PARENT_N, oid_len);
	return id;
}

/* What only reports need, from the rest of the headers; continuation lines begin with a blank and match no key. */
static void headers(struct mf_commit *c, const char *key, struct mf_str *name, struct mf_str *mail, struct mf_str *in)
{
	bool seen = false;

	*name = *mail = (struct mf_str){ "", 0 };
	while (in->n) {
		struct mf_str line = take_line(in);

		if (line.n == 0)
			return;
		if (seen || !mf_str_begins(line, key))
			continue;
		seen = true;
		line.p += strlen(key);
		line.n -= strlen(key);
		who(name, mail, line);
		when(&c->date, &c->tz, line);
	}
}

static int own_texts(struct mf_commit *c, struct mf_str name, struct mf_str mail, struct mf_str message, struct mf_err *err)
{
	c->author = mf_strndup(name.p, name.n);
	c->email = mf_strndup(mail.p, mail.n);
	c->message = malloc(message.n + 1);
	if (!c->author || !c->email || !c->message)
		return mf_fail_nomem(err);
	if (message.n)
		memcpy(c->message, message.p, message.n);
	c->message[message.n] = '\0';
	c->message_n = message.n;
	return 0;
}

static int own_parents(struct mf_commit *c, const struct mf_commit_head *head, const unsigned char *p, size_t oid_len, struct mf_err *err)
{
	if (!head->n_parents)
		return 0;
	c->parents = mf_calloc(head->n_parents, sizeof(*c->parents));
	if (!c->parents)
		return mf_fail_nomem(err);
	c->n_parents = head->n_parents;
	for (size_t i = 0; i < head->n_parents; i++)
		c->parents[i] = mf_commit_parent(head, p, oid_len, i);
	return 0;
}

int mf_commit_parse(struct mf_commit *out, const struct mf_oid *id, const unsigned char *p, size_t n, size_t oid_len, struct mf_err *err)
{
	struct mf_str in = { (const char *)p, n }, name, mail;
	struct mf_commit c = { .id = *id };
	struct mf_commit_head head;
	char hex[65];
	size_t skip;

	if (!mf_commit_head(&head, p, n, oid_len)) {
		mf_oid_hex(hex, id, oid_len);
		mf_fail(err, MF_E_GIT_DAMAGED, "commit %s is damaged", hex);
		mf_err_why(err, "it does not begin with a tree");
		return -1;
	}
	c.tree = head.tree;
	skip = head.parents_at + head.n_parents * (PARENT_N + 2 * oid_len + 1);
	in.p += skip;
	in.n -= skip;
	headers(&c, "author ", &name, &mail, &in);
	c.message_at = n - in.n;
	if (own_parents(&c, &head, p, oid_len, err) || own_texts(&c, name, mail, in, err)) {
		mf_commit_free(&c);
		return -1;
	}
	*out = c;
	return 0;
}

int mf_tag_parse(struct mf_commit *out, const struct mf_oid *id, const unsigned char *p, size_t n, struct mf_err *err)
{
	struct mf_str in = { (const char *)p, n }, name, mail;
	struct mf_commit c = { .id = *id };

	headers(&c, "tagger ", &name, &mail, &in);
	c.message_at = n - in.n;
	if (own_texts(&c, name, mail, in, err)) {
		mf_commit_free(&c);
		return -1;
	}
	*out = c;
	return 0;
}

void mf_commit_free(struct mf_commit *c)
{
	if (!c)
		return;
	free(c->parents);
	free(c->author);
	free(c->email);
	free(c->message);
	*c = (struct mf_commit){ 0 };
}

bool mf_tag_target(struct mf_oid *out, enum mf_otype *type, const unsigned char *p, size_t n, size_t oid_len)
{
	static const struct {
		const char *line;
		enum mf_otype type;
	} types[] = {
		{ "type commit", MF_OBJ_COMMIT }, { "type tree", MF_OBJ_TREE }, { "type blob", MF_OBJ_BLOB }, { "type tag", MF_OBJ_TAG },
	};
	struct mf_str in = { (const char *)p, n }, line;
	struct mf_oid id;

	if (!take_id(&id, &in, "object ", oid_len))
		return false;
	line = take_line(&in);
	for (size_t i = 0; i < MF_COUNT(types); i++) {
		if (!mf_str_is(line, types[i].line))
			continue;
		*out = id;
		*type = types[i].type;
		return true;
	}
	return false;
}
