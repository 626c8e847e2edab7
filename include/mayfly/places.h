/* SPDX-License-Identifier: Apache-2.0 */
/* Where a job keeps credentials: its variables, and the files that tools read. Values go to mf_check_value(), never elsewhere. */
#ifndef MAYFLY_PLACES_H
#define MAYFLY_PLACES_H

#include <mayfly/check.h>

/* Looks at each variable ("NAME=value" as in environ, NULL ends): by value, and by a name that promises a credential. */
int mf_places_env(struct mf_check *c, const char *const *environ_, struct mf_err *err) MF_MUST_USE;

/* Looks at the files that tools read below `home` (NULL: none) and where variables point them (AWS_SHARED_CREDENTIALS_FILE,
 * GOOGLE_APPLICATION_CREDENTIALS, KUBECONFIG, DOCKER_CONFIG, ...; `getenv_fn`). Links are followed to regular files that the user owns or
 * root does, anything else (FIFO, device, folder, socket) is told and not opened for reading; at most 1 MiB of a file is read. What lies below
 * `repository` (NULL: nothing does) is left to those who read the repository. A file that is missing is nothing to tell; one that cannot be read is a
 * note. */
int mf_places_home(struct mf_check *c, const char *home, const char *(*getenv_fn)(const char *), const char *repository, struct mf_err *err) MF_MUST_USE;

/* The folders and files that mf_places_home() may open: for the sandbox. `fn` gets each path once, existing or not. */
int mf_places_paths(const char *home, const char *(*getenv_fn)(const char *), int (*fn)(void *ctx, const char *path, struct mf_err *err), void *ctx,
		    struct mf_err *err) MF_MUST_USE;

/* A file of one of these kinds by its name, wherever it lies (".npmrc", "settings.xml", ".git/config"): for those in a repository. */
bool mf_places_knows(const char *path);
/* Its bytes (borrowed, hostile) -> items at `path`. MF-BASE-01 only: what does not parse is a note. */
int mf_places_file(struct mf_check *c, enum mf_check_from from, const char *path, struct mf_str bytes, struct mf_err *err) MF_MUST_USE;

#endif
