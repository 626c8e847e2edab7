/* SPDX-License-Identifier: Apache-2.0 */
/* vault-action's selectors, as far as they are paths: names, quoted names, indexes. The rest of JSONata is refused
 * with its position. Two rules of vault-action decide how a text is read: double quotes count for nothing, and a
 * selector without a dot is the name of a field as it stands. */
#include <mayfly/ref.h>

#include <stdlib.h>
#include <mayfly/alloc.h>
#include <mayfly/enc.h>

enum { STEPS_MAX = 64 };

struct reader {
	struct mf_str text;
	size_t at;
	struct mf_step *steps;
	size_t n;
};

static int refuse(const struct reader *r, size_t at, struct mf_err *err, const char *why)
{
	mf_fail(err, MF_E_REF_SELECTOR, "cannot use selector '%.*s'", (int)r->text.n, r->text.p);
	mf_err_why(err, "%s, at character %zu", why, at + 1);
	mf_err_hint(err, "mayfly reads names, `quoted names` and [indexes], joined by dots; it evaluates no other JSONata");
	return -1;
}

static int add_step(struct reader *r, struct mf_str name, int64_t index, struct mf_err *err)
{
	struct mf_step *grown;
	char *copy = NULL;

	if (r->n == STEPS_MAX)
		return refuse(r, r->at, err, "more than 64 steps");
	if (name.p && !(copy = mf_strndup(name.p, name.n)))
		return mf_fail_nomem(err);
	grown = mf_regrow(r->steps, r->n + 1, sizeof(*grown));
	if (!grown) {
		free(copy);
		return mf_fail_nomem(err);
	}
	r->steps = grown;
	r->steps[r->n++] = (struct mf_step){ .name = copy, .index = index };
	return 0;
}

static bool ends_name(char c)
{
	return strchr(".[]{}(),@#;:?+-*/%|=<>^&!~\"'`\\", c) != NULL;
}

/* `name` or 'name' */
static int read_quoted(struct reader *r, struct mf_err *err)
{
	char quote = r->text.p[r->at];
	size_t from = r->at + 1, to = from;

	while (to < r->text.n && r->text.p[to] != quote) {
		if (r->text.p[to] == '\\')
			return refuse(r, to, err, "an escape in a quoted name");
		to++;
	}
	if (to == r->text.n)
		return refuse(r, r->at, err, "a quote without its end");
	if (to == from)
		return refuse(r, r->at, err, "an empty name");
	if (add_step(r, (struct mf_str){ r->text.p + from, to - from }, 0, err))
		return -1;
	r->at = to + 1;
	return 0;
}

static int read_plain(struct reader *r, struct mf_err *err)
{
	static const char *const values[] = { "true", "false", "null", "function", "\xce\xbb" };
	size_t from = r->at;
	struct mf_str name;

	while (r->at < r->text.n && !ends_name(r->text.p[r->at]))
		r->at++;
	name = (struct mf_str){ r->text.p + from, r->at - from };
	if (name.n == 0)
		return refuse(r, from, err, from == r->text.n ? "a name is missing" : "an operator");
	if (name.p[0] == '$')
		return refuse(r, from, err, "a variable or function");
	if (name.p[0] >= '0' && name.p[0] <= '9')
		return refuse(r, from, err, "a number (put a name that begins with a digit into backticks)");
	for (size_t i = 0; i < MF_COUNT(values); i++)
		if (mf_str_is(name, values[i]))
			return refuse(r, from, err, "a literal (put a name like this into backticks)");
	return add_step(r, name, 0, err);
}

/* [3], [-1] */
static int read_index(struct reader *r, struct mf_err *err)
{
	size_t i = r->at + 1;
	bool minus = i < r->text.n && r->text.p[i] == '-';
	int64_t v = 0;
	size_t digits = 0;

	for (i += minus; i < r->text.n && r->text.p[i] >= '0' && r->text.p[i] <= '9'; i++, digits++)
		if (digits < 10)
			v = v * 10 + (r->text.p[i] - '0');
	if (digits == 0 || digits > 9 || i == r->text.n || r->text.p[i] != ']')
		return refuse(r, r->at, err, "a filter that is no index");
	r->at = i + 1;
	return add_step(r, (struct mf_str){ 0 }, minus ? -v : v, err);
}

static int read_steps(struct reader *r, struct mf_err *err)
{
	for (;;) {
		char c = r->at < r->text.n ? r->text.p[r->at] : 0;

		if (c == '`' || c == '\'' ? read_quoted(r, err) : read_plain(r, err))
			return -1;
		while (r->at < r->text.n && r->text.p[r->at] == '[')
			if (read_index(r, err))
				return -1;
		if (r->at == r->text.n)
			return 0;
		if (r->text.p[r->at] != '.')
			return refuse(r, r->at, err, "an operator");
		r->at++;
	}
}

static void drop_steps(struct reader *r)
{
	for (size_t i = 0; i < r->n; i++)
		free(r->steps[i].name);
	free(r->steps);
}

static int check_text(struct mf_str text, struct mf_err *err)
{
	struct reader r = { .text = text };

	if (text.n == 0 || text.n > MF_REF_FIELD_MAX) {
		mf_fail(err, MF_E_REF_SELECTOR, text.n ? "a selector is too long" : "a selector is empty");
		mf_err_why(err, "%zu bytes, the limit is %d", text.n, MF_REF_FIELD_MAX);
		return -1;
	}
	for (size_t i = 0; i < text.n; i++)
		if ((unsigned char)text.p[i] <= ' ' || text.p[i] == 0x7f || text.p[i] == '\\')
			return refuse(&r, i, err, "a space, control character or escape");
	if (!mf_utf8_valid(text.p, text.n))
		return refuse(&r, 0, err, "text that is not UTF-8");
	return 0;
}

/* Characters of names that are no path, as in `other-key`: what JSONata would take for more than a sum or a quotient is refused. */
static bool literal_name(struct mf_str text)
{
	for (size_t i = 0; i < text.n; i++)
		if (strchr("(){}[]$&<>=!,^|~?%*;'`", text.p[i]))
			return false;
	return true;
}

int mf_ref_parse_selector(struct mf_ref *out, struct mf_str text, bool *needs_name, struct mf_err *err)
{
	struct reader r = { .text = text };
	bool dotted, path;
	char *field = NULL;

	if (check_text(text, err))
		return -1;
	if (mf_str_is(text, "*") || mf_str_is(text, "**")) {
		out->select = MF_SEL_ALL;
		out->compat = true;
		*needs_name = false;
		return 0;
	}
	dotted = memchr(text.p, '.', text.n) != NULL;
	path = read_steps(&r, err) == 0;
	if (!path && (dotted || !literal_name(text) || err->id == mf_error_id(MF_E_BASE_NOMEM))) {
		drop_steps(&r);
		return -1;
	}
	if (!dotted && !(field = mf_strndup(text.p, text.n))) {
		drop_steps(&r);
		return mf_fail_nomem(err);
	}
	if (!path)
		memset(err, 0, sizeof(*err));
	out->compat = true;
	out->field = field;
	*needs_name = !path || (r.n > 1 && !r.steps[1].name);
	/* `name` and name[0], without a dot, are to vault-action the field of that very name; only where there is none,
	 * and vault-action fails, are they taken as what they look like */
	if (path && (dotted || r.n > 1 || strcmp(r.steps[0].name, field) != 0)) {
		out->select = MF_SEL_PATH;
		out->steps = r.steps;
		out->n_steps = r.n;
		return 0;
	}
	drop_steps(&r);
	out->select = MF_SEL_KEY;
	return 0;
}
