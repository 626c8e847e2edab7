/* SPDX-License-Identifier: Apache-2.0 */
/* Patterns of names and paths. */
#include "policy_priv.h"

/* Where matching goes on when it fails: behind the star, with the star taking more. */
struct star {
	const char *pattern, *text;
	bool folders;		/* it takes whole folders */
};

/* One byte more for the last '*', which ends at a slash; else for the last "**", or a folder more. */
static bool again(struct star *one, struct star *all, const char **pattern, const char **text)
{
	if (one->pattern && *one->text && *one->text != '/') {
		*pattern = one->pattern;
		*text = ++one->text;
		return true;
	}
	if (!all->pattern)
		return false;
	if (all->folders)
		all->text += strcspn(all->text, "/");
	if (!*all->text)
		return false;
	*one = (struct star){ .pattern = NULL };
	*pattern = all->pattern;
	*text = ++all->text;
	return true;
}

bool mf_check_glob(const char *pattern, const char *text)
{
	struct star one = { .pattern = NULL }, all = { .pattern = NULL };
	const char *const begin = pattern;

	if (!text)
		return false;
	while (*pattern || *text) {
		if (pattern[0] == '*' && pattern[1] == '*') {
			const bool whole = pattern == begin || pattern[-1] == '/';

			pattern += strspn(pattern, "*");
			all = (struct star){ .text = text, .folders = whole && *pattern == '/' };
			pattern += all.folders;
			all.pattern = pattern;
			one = (struct star){ .pattern = NULL };
		} else if (*pattern == '*') {
			one = (struct star){ .pattern = ++pattern, .text = text };
		} else if (*text && (*pattern == *text || (*pattern == '?' && *text != '/'))) {
			pattern++;
			text++;
		} else if (!again(&one, &all, &pattern, &text)) {
			return false;
		}
	}
	return true;
}
