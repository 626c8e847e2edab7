/* SPDX-License-Identifier: Apache-2.0 */
/* What the drop-ins share: another action's inputs as values of our own keys. */
#include "inputs.h"

#include <stdio.h>
#include <stdlib.h>
#include <mayfly/alloc.h>

enum { LIST_MAX = 65536 };

static struct mf_str variable(const struct mf_inputs *in, const char *before, const char *input, bool underscores)
{
	char name[80];
	size_t n = (size_t)snprintf(name, sizeof(name), "%s", before);

	for (; *input && n < sizeof(name) - 1; input++)
		name[n++] = *input >= 'a' && *input <= 'z' ? (char)(*input - 'a' + 'A') : underscores && *input == '-' ? '_' : *input;
	name[n] = '\0';
	return mf_trim(mf_str(in->env(name)));
}

struct mf_str mf_in_get(const struct mf_inputs *in, const char *input)
{
	struct mf_str s = variable(in, "INPUT_", input, false);

	for (const char *const *v = in->variables; !s.n && v && *v; v++)
		if (strcmp(*v, input) == 0)
			s = variable(in, "", input, true);
	return s.n ? s : (struct mf_str){ 0 };
}

static bool among(struct mf_str s, const char *const words[static 3])
{
	for (int i = 0; i < 3; i++)
		if (s.n == strlen(words[i]) && strncasecmp(s.p, words[i], s.n) == 0)
			return true;
	return false;
}

static const char *const yes[] = { "true", "t", "1" }, *const no[] = { "false", "f", "0" };

bool mf_in_yes(const struct mf_inputs *in, const char *input, bool fallback)
{
	const struct mf_str s = mf_in_get(in, input);

	if (s.n && among(s, yes))
		return true;
	return s.n && among(s, no) ? false : fallback;
}

int mf_in_check_bools(const struct mf_inputs *in, const char *const *inputs, struct mf_err *err)
{
	for (; *inputs; inputs++) {
		const struct mf_str s = mf_in_get(in, *inputs);

		if (s.n && !among(s, yes) && !among(s, no))
			return mf_in_bad(err, *inputs, "it is true or false");
	}
	return 0;
}

int mf_in_bad(struct mf_err *err, const char *input, const char *why)
{
	mf_fail(err, MF_E_REF_VAULT_ACTION, "input '%s' cannot be used", input);
	mf_err_why(err, "%s", why);
	return -1;
}

int mf_in_set(const struct mf_inputs *in, enum mf_key key, struct mf_str value, const char *input, struct mf_err *err)
{
	char origin[80];
	char *text;
	int rc;

	if (memchr(value.p, 0, value.n)) {
		mf_fail(err, MF_E_REF_VAULT_ACTION, "input '%s' has a NUL byte in it", input);
		return -1;
	}
	text = mf_strndup(value.p, value.n);
	if (!text)
		return mf_fail_nomem(err);
	snprintf(origin, sizeof(origin), "input '%s'", input);
	rc = mf_conf_set_env(in->conf, key, text, origin, err);
	mf_wipe(text, value.n);
	free(text);
	return rc;
}

int mf_in_set_bool(const struct mf_inputs *in, enum mf_key key, bool value, const char *input, struct mf_err *err)
{
	return mf_in_set(in, key, mf_str(value ? "true" : "false"), input, err);
}

int mf_in_set_all(const struct mf_inputs *in, const struct mf_in_plain *v, size_t n, struct mf_err *err)
{
	for (size_t i = 0; i < n; i++) {
		const struct mf_str s = mf_in_get(in, v[i].input);

		if (s.n && mf_in_set(in, v[i].key, s, v[i].input, err))
			return -1;
	}
	return 0;
}

bool mf_in_next(struct mf_str *rest, bool commas, struct mf_str *entry)
{
	while (rest->n) {
		size_t n = 0;

		while (n < rest->n && rest->p[n] != '\n' && rest->p[n] != '\r' && !(commas && rest->p[n] == ','))
			n++;
		*entry = mf_trim((struct mf_str){ rest->p, n });
		n += n < rest->n;
		rest->p += n;
		rest->n -= n;
		if (entry->n)
			return true;
	}
	return false;
}

int mf_in_set_lines(const struct mf_inputs *in, enum mf_key key, const char *input, struct mf_err *err)
{
	struct mf_str rest = mf_in_get(in, input), entry;
	struct mf_buf list = MF_BUF(LIST_MAX);
	int rc = 0;

	while (rc == 0 && mf_in_next(&rest, true, &entry))
		rc = (list.n && mf_buf_putc(&list, ',', err)) || mf_buf_add(&list, entry.p, entry.n, err) ? -1 : 0;
	if (rc == 0 && list.n)
		rc = mf_in_set(in, key, (struct mf_str){ list.p, list.n }, input, err);
	mf_buf_free(&list);
	return rc;
}

int mf_in_name(struct mf_buf *out, struct mf_str text, bool upper, struct mf_err *err)
{
	if (text.n && text.p[0] >= '0' && text.p[0] <= '9' && mf_buf_putc(out, '_', err))
		return -1;
	for (size_t i = 0; i < text.n; i++) {
		const char c = text.p[i];
		const bool small = c >= 'a' && c <= 'z', other = !small && !(c >= 'A' && c <= 'Z') && !(c >= '0' && c <= '9');

		if (mf_buf_putc(out, other ? '_' : small && upper ? (char)(c - 'a' + 'A') : c, err))
			return -1;
	}
	return 0;
}

static int copy(char **out, const char *text, struct mf_err *err)
{
	*out = text ? mf_strdup(text) : NULL;
	return text && !*out ? mf_fail_nomem(err) : 0;
}

int mf_in_want(const struct mf_inputs *in, struct mf_want want, const struct mf_in_secret *secret, struct mf_err *err)
{
	snprintf(want.origin, sizeof(want.origin), "input '%s'", secret->input);
	if (mf_ref_parse(&want.ref, mf_str(secret->ref), err) || copy(secret->fields ? &want.prefix : &want.name, secret->name, err) || copy(&want.output, secret->output, err)) {
		mf_want_free(&want);
		return -1;
	}
	return mf_conf_add_want(in->conf, &want, err);
}
