/* SPDX-License-Identifier: Apache-2.0 */
/* Ignore rules as gitignore(5) has them: one list per file that holds some. */
#ifndef MF_REPO_IGNORE_H
#define MF_REPO_IGNORE_H

#include "settings.h"

struct mf_exclude_rule {
	uint32_t at, n;		/* of the pattern in `text` */
	uint32_t literal;	/* how many of its bytes come before the first that is special */
	unsigned flags;
};

struct mf_exclude {
	char *text;
	struct mf_exclude_rule *rules;
	size_t n;
};

enum mf_exclude_verdict { MF_EXCLUDE_NONE, MF_EXCLUDE_OUT, MF_EXCLUDE_KEEP };

/* Parses a whole file. Nothing in it is an error: a pattern that makes no sense matches nothing. */
int mf_exclude_parse(struct mf_exclude *out, struct mf_str text, struct mf_err *err) MF_MUST_USE;
void mf_exclude_free(struct mf_exclude *ig);

/* What the last rule that matches says. The first `base` bytes of the path are the folder of the rules' file, its '/' included. Every step costs
 * one of `work`; when that is used up nothing matches any more, so that hostile patterns can delay a walk but never hide a file by that. */
enum mf_exclude_verdict mf_exclude_match(const struct mf_exclude *ig, struct mf_str path, size_t base, bool folder, uint64_t *work);

/* git's glob: `*`, `?` and [sets] within a part of the path, "**" over parts. In time of pattern times text, whatever they hold. */
bool mf_wildmatch(struct mf_str pattern, struct mf_str text, uint64_t *work);

/* Where the user's own excludes are: core.excludesFile of the repository's (NULL: none), of the user's or of the system's configuration, else
 * $XDG_CONFIG_HOME/git/ignore. NULL when nothing says so; the caller frees it. The file need not exist. `file` gets the configuration's files. */
int mf_exclude_user_file(char **path, const struct mf_repo_info *info, mf_setting_fn file, void *ctx, struct mf_err *err) MF_MUST_USE;

#endif
