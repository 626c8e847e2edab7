/* SPDX-License-Identifier: Apache-2.0 */
/* .mayfly.yml: walked by the table of keys. Everything wrong has a line and a column. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <mayfly/alloc.h>
#include <mayfly/clock.h>
#include <mayfly/fs.h>
#include <mayfly/yaml.h>

#include "conf_priv.h"

#define FILE_NAME ".mayfly.yml"

enum { PATH_LEN = 128, KNOWN_MAX = 64, NAME_LEN = 48, LIST_MAX = 1000 };

struct reader {
	struct mf_conf *conf;
	const char *file;
	struct mf_err *err;
};

/* The names that may stand at one level of the file. */
struct known {
	char names[KNOWN_MAX][NAME_LEN];
	const char *list[KNOWN_MAX];
	size_t n;
};

static void add_known(struct known *k, const char *path, const char *prefix)
{
	size_t skip = strlen(prefix), n;

	if (!path || strncmp(path, prefix, skip) != 0)
		return;
	n = strcspn(path + skip, ".");
	for (size_t i = 0; i < k->n; i++) {
		if (mf_str_is((struct mf_str){ path + skip, n }, k->names[i]))
			return;
	}
	if (n == 0 || n >= NAME_LEN || k->n == KNOWN_MAX)
		return;
	memcpy(k->names[k->n], path + skip, n);
	k->names[k->n][n] = '\0';
	k->list[k->n] = k->names[k->n];
	k->n++;
}

static void collect_known(struct known *k, const char *prefix)
{
	k->n = 0;
	for (unsigned i = 0; i < MF_K_COUNT; i++)
		add_known(k, mf_key_info(i)->path, prefix);
	if (!*prefix)
		add_known(k, "secrets", prefix);
	for (size_t i = 0; i < mf_n_lifetime_parts; i++)
		add_known(k, mf_lifetime_parts[i], prefix);
}

/* vault.token would be a secret in a file: its variable is named instead. */
static bool is_secret_key(const char *path, struct mf_err *err)
{
	char name[PATH_LEN + 8];
	size_t n = (size_t)snprintf(name, sizeof(name), "MAYFLY_%s", path);

	for (size_t i = 0; i < n && i < sizeof(name); i++) {
		if (name[i] == '.' || name[i] == '-')
			name[i] = '_';
		else if (name[i] >= 'a' && name[i] <= 'z')
			name[i] = (char)(name[i] - 'a' + 'A');
	}
	for (unsigned k = 0; k < MF_K_COUNT; k++) {
		const struct mf_key_info *info = mf_key_info(k);

		if (info->type == MF_KT_SECRET && mf_str_is((struct mf_str){ info->env, strcspn(info->env, " ") }, name)) {
			mf_err_why(err, "it is a secret, and secrets do not belong in a file");
			mf_err_hint(err, "set the variable %s", name);
			return true;
		}
	}
	return false;
}

/* `url` at the top, where `vault.url` was meant. */
static void hint_elsewhere(const char *name, struct mf_err *err)
{
	for (unsigned k = 0; k < MF_K_COUNT; k++) {
		const char *path = mf_key_info(k)->path;
		const char *last = path ? strrchr(path, '.') : NULL;

		if (last && strcmp(last + 1, name) == 0) {
			mf_err_hint(err, "did you mean '%s'? it belongs below '%.*s:'", path, (int)(last - path), path);
			return;
		}
	}
}

static int unknown(struct reader *r, const struct mf_ynode *key, const char *prefix, const char *path, const char *name)
{
	struct known *known = mf_calloc(1, sizeof(*known));
	char section[PATH_LEN];

	if (!known)
		return mf_fail_nomem(r->err);
	collect_known(known, prefix);
	snprintf(section, sizeof(section), "%.*s", (int)(*prefix ? strlen(prefix) - 1 : 0), prefix);
	mf_yaml_unknown_key(r->file, key, section, known->list, known->n, r->err);
	free(known);
	if (!is_secret_key(path, r->err) && !*r->err->hint)
		hint_elsewhere(name, r->err);
	return -1;
}

static int read_list(struct reader *r, enum mf_key k, const struct mf_ynode *n, const char *at)
{
	const char *path = mf_key_info(k)->path;
	size_t count = mf_yaml_type(n) == MF_Y_SEQ ? mf_yaml_size(n) : 1, made = 0;
	struct mf_str *items;
	char **texts;
	int rc = -1;

	if (mf_scalar_kind(n) != MF_SC_TEXT && mf_yaml_type(n) != MF_Y_SEQ)
		return mf_yaml_wrong_type(r->file, n, path, "text or a list of texts", r->err);
	if (count > LIST_MAX)
		return mf_fail(r->err, MF_E_CONF_VALUE, "%s: '%s' has more than %d entries", at, path, LIST_MAX);
	items = mf_calloc(count + 1, sizeof(*items));
	texts = mf_calloc(count + 1, sizeof(*texts));
	if (!items || !texts) {
		mf_fail_nomem(r->err);
		goto out;
	}
	for (; made < count; made++) {
		const struct mf_ynode *item = mf_yaml_type(n) == MF_Y_SEQ ? mf_yaml_at(n, made) : n;

		if (mf_yaml_need_text(&texts[made], r->file, item, path, r->err))
			goto out;
		items[made] = mf_str(texts[made]);
	}
	rc = mf_conf_put_list(r->conf, k, MF_RANK_FILE, at, items, count, r->err);
out:
	for (size_t i = 0; texts && i < made; i++)
		free(texts[i]);
	free(texts);
	free(items);
	return rc;
}

static int read_value(struct reader *r, enum mf_key k, const struct mf_ynode *n)
{
	const struct mf_key_info *info = mf_key_info(k);
	enum mf_scalar kind = mf_scalar_kind(n);
	MF_CLEANUP(mf_freep) char *text = NULL;
	char at[MF_AT_MAX];

	mf_at(at, r->file, n);
	if (kind == MF_SC_NULL)
		return 0;
	switch (info->type) {
	case MF_KT_LIST:
		return read_list(r, k, n, at);
	case MF_KT_BOOL:
		if (kind != MF_SC_BOOL)
			return mf_yaml_wrong_type(r->file, n, info->path, "true or false", r->err);
		return mf_conf_put(r->conf, k, MF_RANK_FILE, at, mf_yaml_text(n), r->err);
	case MF_KT_INT:
		if (kind != MF_SC_INT)
			return mf_yaml_wrong_type(r->file, n, info->path, "a whole number", r->err);
		return mf_conf_put(r->conf, k, MF_RANK_FILE, at, mf_yaml_text(n), r->err);
	case MF_KT_COUNT:
		if (kind != MF_SC_INT && kind != MF_SC_TEXT)
			return mf_yaml_wrong_type(r->file, n, info->path, "a whole number or a word", r->err);
		return mf_conf_put(r->conf, k, MF_RANK_FILE, at, mf_yaml_text(n), r->err);
	case MF_KT_DURATION:
		if (kind != MF_SC_INT && kind != MF_SC_TEXT)
			return mf_yaml_wrong_type(r->file, n, info->path, "a length of time such as 30s or 1h", r->err);
		return mf_conf_put(r->conf, k, MF_RANK_FILE, at, mf_yaml_text(n), r->err);
	default:
		if (mf_yaml_need_text(&text, r->file, n, info->path, r->err))
			return -1;
		return mf_conf_put(r->conf, k, MF_RANK_FILE, at, mf_str(text), r->err);
	}
}

static int find_key(const char *path)
{
	for (unsigned k = 0; k < MF_K_COUNT; k++) {
		const char *p = mf_key_info(k)->path;

		if (p && strcmp(p, path) == 0)
			return (int)k;
	}
	return -1;
}

/* The clouds' own tools write tenant_id where our keys have hyphens: in their sections both are read. */
static int find_spelled(const char *path)
{
	char hyphens[PATH_LEN];
	size_t i;

	if (strncmp(path, "azure.", 6) != 0 && strncmp(path, "gcp.", 4) != 0 && strncmp(path, "aws.", 4) != 0)
		return find_key(path);
	for (i = 0; path[i] && i < sizeof(hyphens) - 1; i++)
		hyphens[i] = path[i] == '_' ? '-' : path[i];
	hyphens[i] = '\0';
	return find_key(hyphens);
}

static bool begins_section(const char *known, const char *path)
{
	size_t n = strlen(path);

	return known && strncmp(known, path, n) == 0 && known[n] == '.';
}

static bool is_section(const char *path)
{
	for (unsigned k = 0; k < MF_K_COUNT; k++) {
		if (begins_section(mf_key_info(k)->path, path))
			return true;
	}
	return false;
}

static int walk(struct reader *r, const struct mf_ynode *map, const char *prefix);

static int walk_section(struct reader *r, const struct mf_ynode *n, const char *path)
{
	char prefix[PATH_LEN + 1];

	if (mf_scalar_kind(n) == MF_SC_NULL)
		return 0;
	if (mf_yaml_type(n) != MF_Y_MAP)
		return mf_yaml_wrong_type(r->file, n, path, "a map of keys", r->err);
	snprintf(prefix, sizeof(prefix), "%s.", path);
	return walk(r, n, prefix);
}

static int walk_entry(struct reader *r, const struct mf_ynode *key, const struct mf_ynode *n, const char *prefix, const char *name)
{
	char path[PATH_LEN] = "";
	int k, rc;

	if (strlen(name) < NAME_LEN && !strchr(name, '.'))
		snprintf(path, sizeof(path), "%.64s%.47s", prefix, name);
	if (strcmp(path, "secrets") == 0)
		return mf_conf_read_secrets(r->conf, r->file, n, r->err);
	if (mf_conf_read_lifetime(r->conf, path, r->file, n, &rc, r->err))
		return rc;
	k = find_spelled(path);
	if (k >= 0)
		return read_value(r, (enum mf_key)k, n);
	if (!*path || !is_section(path))
		return unknown(r, key, prefix, path, name);
	return walk_section(r, n, path);
}

static int walk(struct reader *r, const struct mf_ynode *map, const char *prefix)
{
	for (size_t i = 0; i < mf_yaml_size(map); i++) {
		MF_CLEANUP(mf_freep) char *name = NULL;
		const struct mf_ynode *key = mf_yaml_key_at(map, i);

		if (mf_yaml_key_text(&name, r->file, key, r->err) || walk_entry(r, key, mf_yaml_at(map, i), prefix, name))
			return -1;
	}
	return 0;
}

int mf_conf_read_yaml(struct mf_conf *c, const char *name, const struct mf_yaml *doc, struct mf_err *err)
{
	struct reader r = { .conf = c, .file = name, .err = err };
	const struct mf_ynode *root = mf_yaml_root(doc);

	if (!root || mf_scalar_kind(root) == MF_SC_NULL)
		return 0;
	if (mf_yaml_type(root) != MF_Y_MAP)
		return mf_yaml_wrong_type(name, root, "the file", "a map of keys", err);
	return walk(&r, root, "");
}

static int read_document(struct mf_conf *c, const char *name, const struct mf_buf *text, struct mf_err *err)
{
	MF_CLEANUP(mf_yaml_freep) struct mf_yaml *doc = NULL;

	if (mf_yaml_parse(&doc, name, mf_buf_text(text), text->n, err))
		return -1;
	return mf_conf_read_yaml(c, name, doc, err);
}

static int read_named(struct mf_conf *c, const char *path, const char *name, struct mf_err *err)
{
	struct mf_buf text = MF_BUF(MF_YAML_BYTES);
	char why[sizeof(err->why)];
	int rc = mf_fs_read(&text, path, err);

	if (rc) {
		snprintf(why, sizeof(why), "%s", *err->why ? err->why : err->what);
		mf_fail(err, MF_E_CONF_FILE, "cannot read the configuration file '%s'", name);
		mf_err_why(err, "%s", why);
	} else {
		rc = read_document(c, name, &text, err);
	}
	mf_buf_free(&text);
	return rc;
}

/* A file under the other usual ending would be ignored without a word. */
static int check_other_name(const char *dir, struct mf_err *err)
{
	MF_CLEANUP(mf_freep) char *path = mf_path_join(dir, ".mayfly.yaml");

	if (!path)
		return mf_fail_nomem(err);
	if (access(path, F_OK))
		return 0;
	mf_fail(err, MF_E_CONF_FILE, "'.mayfly.yaml' is not read, since the file's name is '" FILE_NAME "'");
	mf_err_hint(err, "git mv .mayfly.yaml " FILE_NAME);
	return -1;
}

int mf_conf_read_file(struct mf_conf *c, const char *path, const char *dir, struct mf_err *err)
{
	MF_CLEANUP(mf_freep) char *found = NULL;

	if (path)
		return read_named(c, path, path, err);
	found = mf_path_join(dir, FILE_NAME);
	if (!found)
		return mf_fail_nomem(err);
	if (access(found, F_OK) && errno == ENOENT)
		return check_other_name(dir, err);
	return read_named(c, found, strcmp(dir, ".") == 0 ? FILE_NAME : found, err);
}
