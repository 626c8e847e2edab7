/* SPDX-License-Identifier: Apache-2.0 */
/* Policies of Vault in HCL: path "..." { capabilities = [...] }. Other HCL has no such blocks. */
#include "ci.h"

#include <stdio.h>

static bool wants(const char *path)
{
	return mf_dc_ends(path, ".hcl");
}

/* Blanks and comments. */
static size_t skip(struct mf_str s, size_t i)
{
	while (i < s.n) {
		if (mf_blank(s.p[i])) {
			i++;
		} else if (s.p[i] == '#' || (s.p[i] == '/' && i + 1 < s.n && s.p[i + 1] == '/')) {
			while (i < s.n && s.p[i] != '\n')
				i++;
		} else if (s.p[i] == '/' && i + 1 < s.n && s.p[i + 1] == '*') {
			const size_t end = mf_dc_seek(s, i + 2, mf_str("*/"));

			i = end == SIZE_MAX ? s.n : end + 2;
		} else {
			break;
		}
	}
	return i;
}

/* The text of a string that begins at i; *end behind its quote. */
static bool string(struct mf_str s, size_t i, struct mf_str *out, size_t *end)
{
	size_t e = i + 1;

	if (i >= s.n || s.p[i] != '"')
		return false;
	while (e < s.n && s.p[e] != '"' && s.p[e] != '\n')
		e += s.p[e] == '\\' && e + 1 < s.n ? 2 : 1;
	if (e >= s.n || s.p[e] != '"')
		return false;
	*out = (struct mf_str){ .p = s.p + i + 1, .n = e - i - 1 };
	*end = e + 1;
	return true;
}

/* Every path, or every path of each mount. */
static bool everything(struct mf_str path)
{
	return mf_str_is(path, "*") || mf_str_is(path, "+/*") || mf_str_is(path, "/*") || mf_str_is(path, "+/+/*");
}

/* What a block allows: sudo, more than reading. */
static void capabilities(struct mf_str block, bool *sudo, bool *more)
{
	static const char *const words[] = { "create", "update", "patch", "delete", "write", "sudo", "root" };
	size_t i = mf_dc_seek(block, 0, mf_str("capabilities"));

	if (i == SIZE_MAX)
		i = mf_dc_seek(block, 0, mf_str("policy"));
	while (i < block.n) {
		struct mf_str word;
		size_t end;

		i = skip(block, i);
		if (i < block.n && block.p[i] == ']')
			break;
		if (!string(block, i, &word, &end)) {
			i++;
			continue;
		}
		for (size_t w = 0; w < MF_COUNT(words); w++)
			*more |= mf_str_is(word, words[w]);
		*sudo |= mf_str_is(word, "sudo") || mf_str_is(word, "root");
		i = end;
	}
}

static int tell(const struct mf_dc_file *f, struct mf_check *c, size_t at, size_t n, struct mf_str path, bool sudo, struct mf_err *err)
{
	struct mf_check_place place;
	struct mf_check_item *item;
	char name[160];

	snprintf(name, sizeof(name), "%.*s", (int)(path.n < 150 ? path.n : 150), path.p);
	place = mf_dc_at(f, MF_CHECK_REPO, at, n, name);
	if (mf_check_habit(c, &place, "vault-policy-wide", &item, err))
		return -1;
	if (!item)
		return 0;
	return mf_check_text(&item->why, err, everything(path) ? "whoever gets a token with this policy may change what is at every path%s" :
		"it allows sudo, which opens the paths that only root may use%s", everything(path) && sudo ? ", with sudo" : "");
}

static int check(const struct mf_declared *d, const struct mf_dc_file *f, struct mf_check *c, struct mf_err *err)
{
	const struct mf_str s = f->bytes;
	unsigned left = MF_DC_PER_FILE;

	(void)d;
	for (size_t i = skip(s, 0); i < s.n && left; i = skip(s, i)) {
		const size_t begin = i;
		bool sudo = false, more = false;
		struct mf_str path, block;
		size_t end;

		if (string(s, i, &path, &end)) {
			i = end;
			continue;
		}
		while (i < s.n && mf_dc_word(s.p[i]))
			i++;
		if (i == begin) {
			i++;
			continue;
		}
		if (i - begin != 4 || memcmp(s.p + begin, "path", 4) != 0)
			continue;
		if (!string(s, skip(s, i), &path, &end))
			continue;
		i = skip(s, end);
		if (i >= s.n || s.p[i] != '{')
			continue;
		for (block = (struct mf_str){ .p = s.p + i }; i < s.n && s.p[i] != '}'; i++)
			block.n++;
		capabilities(block, &sudo, &more);
		/* tutorials give sudo to what needs none */
		if (!(everything(path) && more) && (!sudo || mf_str_is(path, "sys/health")))
			continue;
		left--;
		if (tell(f, c, begin, end - begin, path, sudo, err))
			return -1;
	}
	return 0;
}

const struct mf_dc_family mf_dc_vault_policy = { .name = "Vault policy", .wants = wants, .check = check };
