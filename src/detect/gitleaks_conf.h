/* SPDX-License-Identifier: Apache-2.0 */
/* .gitleaks.toml: one file as it stands (gitleaks_conf.c), and what becomes of it together with what it extends (gitleaks_merge.c). */
#ifndef MF_DETECT_GITLEAKS_CONF_H
#define MF_DETECT_GITLEAKS_CONF_H

#include "gitleaks_value.h"
#include "rules_names.h"

/* Rules and global allowlists, growing in the pool. */
struct mf_rule_list {
	struct mf_rule_src *v;
	size_t n, cap;
	struct mf_allow_src **allow;
	size_t n_allow, cap_allow;
};

struct mf_gl_conf {
	const char *file;
	struct mf_rule_list own;
	const char *extend_path;
	struct mf_tpos extend_pos;
	bool use_default, says_use_default;
	struct mf_gl_list disabled;
};

int mf_rule_list_add(struct mf_rule_list *l, struct mf_pool *pool, const struct mf_rule_src *r, struct mf_err *err) MF_MUST_USE;
int mf_rule_list_allow(struct mf_rule_list *l, struct mf_pool *pool, struct mf_allow_src *a, struct mf_err *err) MF_MUST_USE;

/* All ids and aliases of a list's rules. */
int mf_rule_list_names(struct mf_names *out, const struct mf_rule_list *l, struct mf_pool *pool, struct mf_err *err) MF_MUST_USE;

int mf_gl_read(struct mf_gl_conf *out, struct mf_pool *pool, const char *file, struct mf_str text, struct mf_err *err) MF_MUST_USE;

/* gitleaks' own limit of a chain. */
enum { MF_GL_EXTEND_DEPTH = 2 };
/* Where a file is that `file` extends; NULL when memory is out. */
const char *mf_gl_extended(struct mf_pool *pool, const char *file, const char *path);

/* The rules that a config asks for. `ours`: what useDefault stands for; `always`: it is the base of every config that does not refuse it. */
int mf_gl_assemble(struct mf_rule_list *out, struct mf_pool *pool, const struct mf_gl_conf *conf, const struct mf_rule_list *ours, bool always,
		   struct mf_err *err) MF_MUST_USE;

/* All of our rules; their allowlists' expressions are not parsed yet. */
int mf_builtin_list(struct mf_rule_list *out, struct mf_pool *pool, struct mf_err *err) MF_MUST_USE;

#endif
