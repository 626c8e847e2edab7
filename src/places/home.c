/* SPDX-License-Identifier: Apache-2.0 */
/* The files that tools read, one by one; folders of which only some files are of interest. */
#include "home_priv.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <mayfly/alloc.h>
#include <mayfly/fs.h>
#include <mayfly/secret.h>

enum { FOLDER_MAX = 200 };	/* files of one folder */

static int read_as(struct mf_pl_home *h, const char *path, mf_pl_fn *read)
{
	char *shown = mf_pl_shown(h, path), *text;
	size_t n;
	int rc;

	if (!shown)
		return mf_fail_nomem(h->err);
	rc = mf_pl_open(h, path, shown, &text, &n);
	if (rc == 1) {
		struct mf_pl p = { .c = h->c, .from = MF_CHECK_HOME, .path = shown, .text = { .p = text, .n = n }, .err = h->err };

		rc = read(&p);
		mf_wipe_free(text, n + 1);
	}
	free(shown);
	return rc;
}

/* -- folders ---------------------------------------------------------------------------------------- */

static bool wanted(enum mf_pl_what what, struct mf_str name)
{
	if (name.p[0] == '.')
		return false;
	switch (what) {
	case MF_PL_SSH:
		return !mf_str_is(name, "config") && !mf_str_begins(name, "known_hosts") && !mf_str_begins(name, "authorized_keys") &&
		       (!mf_str_ends(name, ".pub") || mf_str_ends(name, "-cert.pub"));
	case MF_PL_JSON_CACHE:
		return mf_str_ends(name, ".json");
	case MF_PL_GIT_CREDENTIALS:
		return mf_str_begins(name, "git-credentials-") && mf_str_ends(name, ".config");
	case MF_PL_GCLOUD:
		return mf_str_begins(name, "config_");
	case MF_PL_ADC:
		return true;
	case MF_PL_FILE:
		break;
	}
	return false;
}

struct names {
	char **v;
	size_t n, cap;
};

static void names_free(struct names *s)
{
	for (size_t i = 0; i < s->n; i++)
		free(s->v[i]);
	free(s->v);
}

static int by_text(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Sorted, so that the list does not depend on the folder's order; more than FOLDER_MAX are told. */
static int names_of(struct names *out, struct mf_pl_home *h, const struct mf_pl_spot *s, DIR *dir, const char *shown)
{
	struct dirent *e;

	while ((e = readdir(dir))) {
		if (!wanted(s->what, mf_str(e->d_name)))
			continue;
		if (out->n == FOLDER_MAX)
			return mf_check_note(h->c, true, NULL, NULL, h->err, "%s has more than %d files: the others were not looked at", shown, FOLDER_MAX);
		if (mf_grow(&out->v, &out->cap, out->n + 1, sizeof(*out->v), h->err))
			return -1;
		out->v[out->n] = mf_strdup(e->d_name);
		if (!out->v[out->n])
			return mf_fail_nomem(h->err);
		out->n++;
	}
	if (out->n)
		qsort(out->v, out->n, sizeof(*out->v), by_text);
	return 0;
}

/* A key whose certificate lies beside it is told with it: the certificate says until when the key is of use. One that tells nothing counts for nothing. */
static int ssh_key(struct mf_pl_home *h, const char *path, mf_pl_fn *read)
{
	size_t n = strlen(path), before = h->c->list.n;
	char cert[4096];

	if (n + sizeof("-cert.pub") > sizeof(cert))
		return 0;
	memcpy(cert, path, n);
	memcpy(cert + n, "-cert.pub", sizeof("-cert.pub"));
	if (read_as(h, cert, read))
		return -1;
	if (h->c->list.n == before)
		return read_as(h, path, read);
	h->c->list.v[before].life.flags |= MF_LIFE_KEY_BESIDE;
	return 0;
}

static int one_of(struct mf_pl_home *h, const struct mf_pl_spot *s, const char *name)
{
	char *path = mf_path_join(s->path, name), *inner;
	int rc;

	if (path && s->what == MF_PL_ADC) {
		inner = mf_path_join(path, "adc.json");
		free(path);
		path = inner;
	}
	if (!path)
		return mf_fail_nomem(h->err);
	rc = s->what == MF_PL_SSH ? ssh_key(h, path, s->read) : read_as(h, path, s->read);
	free(path);
	return rc;
}

static int folder(struct mf_pl_home *h, const struct mf_pl_spot *s)
{
	struct names names = { 0 };
	char *shown = mf_pl_shown(h, s->path);
	DIR *dir = opendir(s->path);
	int rc = 0;

	if (!shown)
		rc = mf_fail_nomem(h->err);
	else if (dir)
		rc = names_of(&names, h, s, dir, shown);
	else if (errno != ENOENT && errno != ENOTDIR)
		rc = mf_check_note(h->c, true, strerror(errno), NULL, h->err, "%s cannot be read", shown);
	for (size_t i = 0; i < names.n && rc == 0; i++)
		rc = one_of(h, s, names.v[i]);
	names_free(&names);
	if (dir)
		closedir(dir);
	free(shown);
	return rc;
}

/* -- all of it -------------------------------------------------------------------------------------- */

static int spot(struct mf_pl_home *h, const struct mf_pl_spot *s)
{
	const struct mf_pl_kind *k;

	if (s->what != MF_PL_FILE)
		return folder(h, s);
	k = mf_pl_kind(s->path);
	return read_as(h, s->path, s->read ? s->read : k ? k->read : mf_pl_any);
}

/* One note for it instead of one for each file. */
static bool is_closed(const char *home)
{
	char *inner = mf_path_join(home, ".");
	struct stat st;
	bool closed = inner && lstat(inner, &st) && errno == EACCES;

	free(inner);
	return closed;
}

int mf_places_home(struct mf_check *c, const char *home, const char *(*getenv_fn)(const char *), const char *repository, struct mf_err *err)
{
	struct mf_pl_home h = { .c = c, .home = home, .err = err };
	struct mf_pl_spots s;
	bool closed = home && is_closed(home);
	int rc = closed ? mf_check_note(c, true, strerror(EACCES), NULL, err, "the home folder %s cannot be read", home) : 0;

	memset(&s, 0, sizeof(s));
	if (rc == 0)
		rc = mf_pl_spots(&s, closed ? NULL : home, getenv_fn, err);
	h.repository = repository ? realpath(repository, NULL) : NULL;
	for (size_t i = 0; i < s.n && rc == 0; i++)
		rc = spot(&h, &s.v[i]);
	mf_pl_spots_free(&s);
	free(h.repository);
	return rc;
}
