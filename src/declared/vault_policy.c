/* SPDX-License-Identifier: Apache-2.0 */
/* Policies of Vault: path "..." { capabilities = [...] } in HCL, in the texts of Terraform's vault_policy, and as JSON. Other HCL has no such blocks. */
#include "ci.h"

#include <stdio.h>

#include <mayfly/json.h>

static bool wants(const char *path)
{
	const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;

	return mf_dc_ends(path, ".hcl") || mf_dc_ends(path, ".tf") || (mf_dc_ends(path, ".json") && strstr(name, "policy"));
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

/* What a block allows. */
struct allows {
	bool any, sudo, more;	/* anything; what only root may; more than reading */
};

static void allow(struct allows *a, struct mf_str word)
{
	static const char *const words[] = { "create", "update", "patch", "delete", "write", "sudo", "root" }, *const reading[] = { "read", "list", "subscribe" };

	for (size_t w = 0; w < MF_COUNT(words); w++)
		a->more |= mf_str_is(word, words[w]);
	for (size_t w = 0; w < MF_COUNT(reading); w++)
		a->any |= mf_str_is(word, reading[w]);
	a->any |= a->more;
	a->sudo |= mf_str_is(word, "sudo") || mf_str_is(word, "root");
}

static struct allows capabilities(struct mf_str block)
{
	struct allows a = { 0 };
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
		allow(&a, word);
		i = end;
	}
	return a;
}

static int tell(const struct mf_dc_file *f, struct mf_check *c, size_t at, size_t n, struct mf_str path, struct allows a, struct mf_err *err)
{
	struct mf_check_place place;
	struct mf_check_item *item;
	char name[160];

	/* tutorials give sudo to what needs none */
	if (!(everything(path) && a.any) && (!a.sudo || mf_str_is(path, "sys/health")))
		return 0;
	snprintf(name, sizeof(name), "%.*s", (int)(path.n < 150 ? path.n : 150), path.p);
	place = mf_dc_at(f, MF_CHECK_REPO, at, n, name);
	if (mf_check_habit(c, &place, "vault-policy-wide", &item, err))
		return -1;
	if (!item)
		return 0;
	return mf_check_text(&item->why, err, !everything(path) ? "it allows sudo, which opens the paths that only root may use%s" :
		a.more ? "whoever gets a token with this policy may change what is at every path%s" :
		"whoever gets a token with this policy may read what is at every path%s", everything(path) && a.sudo ? ", with sudo" : "");
}

/* -- JSON ------------------------------------------------------------------------------------------- */

static int member(const struct mf_dc_file *f, struct mf_check *c, const struct mf_json *doc, const struct mf_jnode *block, struct mf_err *err)
{
	const struct mf_jnode *list = mf_json_get_z(block, "capabilities");
	const struct mf_str path = mf_json_key(block);
	struct allows a = { 0 };
	char key[200];
	size_t at;

	if (path.n > 150)
		return 0;
	for (const struct mf_jnode *word = mf_json_first(list); word; word = mf_json_next(word))
		allow(&a, mf_json_text(doc, word));
	if (!list)
		allow(&a, mf_json_text(doc, mf_json_get_z(block, "policy")));
	snprintf(key, sizeof(key), "\"%.*s\"", (int)path.n, path.p);
	at = mf_dc_seek(f->bytes, 0, mf_str(key));
	return tell(f, c, at == SIZE_MAX ? 0 : at, at == SIZE_MAX ? 0 : strlen(key), path, a, err);
}

static int json(const struct mf_dc_file *f, struct mf_check *c, struct mf_err *err)
{
	struct mf_json *doc = NULL;
	struct mf_err why = { 0 };
	unsigned left = MF_DC_PER_FILE;
	int rc = 0;

	/* another tool's file, or none at all */
	if (!mf_dc_has(f->bytes, "\"path\"") || mf_json_parse(&doc, f->bytes.p, f->bytes.n, &why))
		return 0;
	for (const struct mf_jnode *m = mf_json_first(mf_json_get_z(mf_json_root(doc), "path")); m && left-- && rc == 0; m = mf_json_next(m))
		rc = member(f, c, doc, m, err);
	mf_json_free(doc);
	return rc;
}

/* -- HCL -------------------------------------------------------------------------------------------- */

/* The block behind a path's string: at i, or for a rule of Terraform's vault_policy_document the rest of the one that `path = "..."` stands in. */
static bool block_at(struct mf_str s, size_t *i, bool assigned, struct mf_str *block)
{
	if (!assigned && (*i >= s.n || s.p[*i] != '{'))
		return false;
	*block = (struct mf_str){ .p = s.p + *i };
	for (; *i < s.n && s.p[*i] != '}'; ++*i)
		block->n++;
	return true;
}

static int hcl(const struct mf_dc_file *f, struct mf_check *c, bool terraform, struct mf_err *err)
{
	const struct mf_str s = f->bytes;
	unsigned left = MF_DC_PER_FILE;

	for (size_t i = skip(s, 0); i < s.n && left; i = skip(s, i)) {
		const size_t begin = i;
		struct mf_str path, block;
		bool assigned;
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
		end = skip(s, i);
		assigned = terraform && end < s.n && s.p[end] == '=';
		if (!string(s, assigned ? skip(s, end + 1) : end, &path, &end))
			continue;
		i = skip(s, end);
		if (!block_at(s, &i, assigned, &block))
			continue;
		left--;
		if (tell(f, c, begin, end - begin, path, capabilities(block), err))
			return -1;
	}
	return 0;
}

static int check(const struct mf_declared *d, const struct mf_dc_file *f, struct mf_check *c, struct mf_err *err)
{
	const bool terraform = mf_dc_ends(f->path, ".tf");

	(void)d;
	if (mf_dc_ends(f->path, ".json"))
		return json(f, c, err);
	/* `path` is an argument of much else there */
	return terraform && !mf_dc_has(f->bytes, "vault_policy") ? 0 : hcl(f, c, terraform, err);
}

const struct mf_dc_family mf_dc_vault_policy = { .name = "Vault policy", .quiet = true, .wants = wants, .check = check };
