/* SPDX-License-Identifier: Apache-2.0 */
/* Which files and folders below the home folder, and where variables point, are looked at. */
#ifndef MAYFLY_PLACES_HOME_PRIV_H
#define MAYFLY_PLACES_HOME_PRIV_H

#include "places_priv.h"

/* A file, or a folder of which some files are read. */
enum mf_pl_what { MF_PL_FILE, MF_PL_SSH, MF_PL_JSON_CACHE, MF_PL_ADC, MF_PL_GCLOUD, MF_PL_GIT_CREDENTIALS };

struct mf_pl_spot {
	char *path;
	mf_pl_fn *read;		/* of a file, or of a folder's files; NULL: by the name */
	enum mf_pl_what what;
};

struct mf_pl_spots {
	struct mf_pl_spot *v;
	size_t n, cap;
};
enum { MF_PL_SPOTS_MAX = 500 };

/* Each path once. */
int mf_pl_spots(struct mf_pl_spots *out, const char *home, const char *(*getenv_fn)(const char *), struct mf_err *err) MF_MUST_USE;
void mf_pl_spots_free(struct mf_pl_spots *s);

/* One process's look at them. */
struct mf_pl_home {
	struct mf_check *c;
	const char *home;
	char *repository;	/* without links, NULL: none */
	struct { unsigned long long dev, ino; } seen[1000];	/* files that were read: several paths may lead to one */
	size_t n_seen;
	struct mf_err *err;
};

/* A file's bytes: 1, with *text in memory of its own (mf_wipe_free(text, n + 1)); 0: it is not there, or was told; -1. */
int mf_pl_open(struct mf_pl_home *h, const char *path, const char *shown, char **text, size_t *n) MF_MUST_USE;
/* As it is told: "~/..." where it lies below the home folder. Freed by the caller; NULL when memory is out. */
char *mf_pl_shown(const struct mf_pl_home *h, const char *path);

#endif
