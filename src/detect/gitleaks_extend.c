/* SPDX-License-Identifier: Apache-2.0 */
/* Which files a config extends, before anything else of it is read: the process that reads it may open only what it was given. */
#include <unistd.h>

#include <mayfly/fs.h>
#include <mayfly/rules.h>
#include <mayfly/toml.h>
#include "gitleaks_conf.h"

/* gitleaks takes the path from where it runs; from where the file lies is what people mean otherwise. */
const char *mf_gl_extended(struct mf_pool *pool, const char *file, const char *path)
{
	const char *slash = file ? strrchr(file, '/') : NULL;
	const size_t dir = slash ? (size_t)(slash - file) + 1 : 0, n = strlen(path) + 1;
	char *beside;

	if (*path == '/' || !slash || access(path, F_OK) == 0)
		return path;
	beside = mf_rule_pool_get(pool, dir + n);
	if (beside) {
		memcpy(beside, file, dir);
		memcpy(beside + dir, path, n);
	}
	return beside;
}

/* The text of extend.path, or NULL when there is none; what is wrong with the file is said by who reads it whole. */
static const char *path_in(struct mf_pool *pool, const char *file, struct mf_str text)
{
	const struct mf_tnode *extend, *path;
	struct mf_toml *doc = NULL;
	struct mf_err none = { 0 };
	struct mf_str value = { NULL, 0 };
	char *copy = NULL;

	if (mf_toml_parse(&doc, file ? file : "", text.p, text.n, &none))
		return NULL;
	extend = mf_toml_get_nocase(mf_toml_root(doc), "extend");
	path = extend && mf_toml_type(extend) == MF_T_TABLE ? mf_toml_get_nocase(extend, "path") : NULL;
	if (path && mf_toml_type(path) == MF_T_STRING)
		value = mf_toml_text(path);
	if (value.n && !memchr(value.p, '\0', value.n) && (copy = mf_rule_pool_get(pool, value.n + 1)))
		memcpy(copy, value.p, value.n);
	mf_toml_free(doc);
	return copy;
}

int mf_rules_extended(const struct mf_rules_opts *opts, int (*fn)(void *ctx, const char *path, struct mf_err *err), void *ctx, struct mf_err *err)
{
	struct mf_pool pool = { 0 };
	const char *file = opts->config;
	struct mf_str text = opts->config_text;
	int rc = 0;

	for (unsigned depth = 0; depth < MF_GL_EXTEND_DEPTH && rc == 0 && (file || text.p); depth++) {
		struct mf_buf read = MF_BUF(MF_TOML_BYTES);
		struct mf_err none = { 0 };
		const char *next = NULL;

		if (text.p || mf_fs_read(&read, file, &none) == 0)
			next = path_in(&pool, file, text.p ? text : (struct mf_str){ mf_buf_text(&read), read.n });
		mf_buf_free(&read);
		text = (struct mf_str){ NULL, 0 };
		file = next ? mf_gl_extended(&pool, file, next) : NULL;
		if (file)
			rc = fn(ctx, file, err);
	}
	mf_rule_pool_free(&pool);
	return rc;
}
