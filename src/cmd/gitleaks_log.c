/* SPDX-License-Identifier: Apache-2.0 */
/* --log-opts: words of `git log` as commits to scan. No git is run: what selects commits by something else than their ancestry is refused. */
#include <stdlib.h>

#include <mayfly/alloc.h>

#include "commands.h"
#include "scan.h"

struct words {
	struct mf_scan *s;
	bool all, one, parents;
	char *from, *to;	/* owned */
	struct mf_err *err;
};

/* What changes how commits are shown or sorted, or leaves merges out, whose own content no other tool reads. */
static bool shows_only(const char *word)
{
	static const char *const words[] = {
		"--full-history", "--no-merges", "--first-parent", "--date-order", "--topo-order", "--author-date-order", "--reverse", "-p", "-u", "--patch",
		"-U0", "--unified=0", "-m", "-c", "--cc", "--no-renames", "-M", "--find-renames", "--diff-filter=tuxdb", "--no-color", "--decorate",
	};

	for (size_t i = 0; i < MF_COUNT(words); i++)
		if (strcmp(words[i], word) == 0)
			return true;
	return strncmp(word, "--diff-merges=", 14) == 0;
}

static int refuse(struct words *w, const char *word, const char *why)
{
	mf_fail(w->err, MF_E_OPT_VALUE, "'--log-opts' has '%.60s', %s", word, why);
	mf_err_hint(w->err, "name the commits instead:  --log-opts=A..B, --log-opts=HEAD~5.., --log-opts=-1  or  --log-opts=--all");
	return -1;
}

/* -1, -n 1, --max-count=1: more of them are the last by date, which no range is. */
static int count(struct words *w, const char *word, const char *digits)
{
	if (strcmp(digits, "1") != 0)
		return refuse(w, word, "which is no range of commits");
	w->one = true;
	return 0;
}

static int set(struct words *w, char **to, const char *text, size_t n, const char *word)
{
	if (*to)
		return refuse(w, word, "one more revision than a range has");
	*to = n ? mf_strndup(text, n) : mf_strdup("HEAD");
	return *to ? 0 : mf_fail_nomem(w->err);
}

/* A..B, ^A, B^!, B */
static int revision(struct words *w, const char *word)
{
	const char *dots = strstr(word, "..");
	const size_t n = strlen(word);

	if (dots && dots[2] == '.')
		return refuse(w, word, "commits of either side");
	if (dots)
		return set(w, &w->from, word, (size_t)(dots - word), word) || set(w, &w->to, dots + 2, strlen(dots + 2), word) ? -1 : 0;
	if (*word == '^')
		return set(w, &w->from, word + 1, n - 1, word);
	w->parents = n > 2 && strcmp(word + n - 2, "^!") == 0;
	return set(w, &w->to, word, w->parents ? n - 2 : n, word);
}

static int take(struct words *w, const char *word, bool *next_is_count)
{
	*next_is_count = false;
	if (strcmp(word, "--all") == 0) {
		w->all = true;
		return 0;
	}
	if (strcmp(word, "--first-parent") == 0)
		mf_info("--first-parent: commits of merged branches are scanned, too");
	if (shows_only(word))
		return 0;
	*next_is_count = strcmp(word, "-n") == 0 || strcmp(word, "--max-count") == 0;
	if (*next_is_count)
		return 0;
	if (strncmp(word, "--max-count=", 12) == 0)
		return count(w, word, word + 12);
	if (word[0] == '-' && word[1] >= '0' && word[1] <= '9')
		return count(w, word, word + 1);
	if (word[0] == '-' && word[1] == 'n')
		return count(w, word, word + 2);
	return word[0] == '-' ? refuse(w, word, "which only git log knows") : revision(w, word);
}

static int read_words(struct words *w, const char *text)
{
	bool number = false;
	char word[256];

	for (const char *p = text; *p;) {
		size_t n;

		p += strspn(p, " \t");
		n = strcspn(p, " \t");
		if (n == 0)
			break;
		if (n >= sizeof(word))
			return mf_fail(w->err, MF_E_OPT_VALUE, "a word of '--log-opts' is too long");
		memcpy(word, p, n);
		word[n] = '\0';
		p += n;
		if (number ? count(w, word, word) : take(w, word, &number))
			return -1;
		number = number && (strcmp(word, "-n") == 0 || strcmp(word, "--max-count") == 0);
	}
	return number ? refuse(w, "-n", "and no number") : 0;
}

/* git goes from HEAD where no commit is named. */
static int apply(struct words *w)
{
	struct mf_scan *s = w->s;

	if (w->all && (w->from || w->to || w->one))
		return refuse(w, "--all", "and less than all");
	if (w->all)
		return 0;
	if (!w->to && set(w, &w->to, "", 0, ""))
		return -1;
	if (w->parents && (w->from || w->one))
		return refuse(w, "^!", "and more that limits it");
	/* of a range -1 is its last commit */
	s->one = w->parents || w->one;
	s->from = s->one ? NULL : w->from;
	s->to = w->to;
	w->to = NULL;
	if (!s->one)
		w->from = NULL;
	s->changed = true;
	s->mode = MF_SCAN_RANGE;
	return 0;
}

int mf_gitleaks_log_opts(struct mf_scan *s, const char *text, struct mf_err *err)
{
	struct words w = { .s = s, .err = err };
	const int rc = read_words(&w, text) || apply(&w) ? -1 : 0;

	free(w.from);
	free(w.to);
	return rc;
}
