/* SPDX-License-Identifier: Apache-2.0 */
/* What files of a repository declare: which credentials a CI definition hands to which step and how it could do without; what images, manifests and
 * policies hold. Files are added first, since one may use another, and then checked together. */
#ifndef MAYFLY_DECLARED_H
#define MAYFLY_DECLARED_H

#include <mayfly/check.h>

struct mf_declared;
int mf_declared_new(struct mf_declared **out, struct mf_err *err) MF_MUST_USE;
void mf_declared_free(struct mf_declared *d);

/* Whether a path (relative to the root, '/' between folders) may be one of these files: CI definitions of GitHub, GitLab, CircleCI, Azure Pipelines,
 * Bitbucket, Jenkins, Dockerfiles, YAML manifests, Vault policies, .env files, certificates and keys. */
bool mf_declared_wants(const char *path);
/* Adds one: the bytes are copied. More than MF_DECLARED_BYTES_MAX in all, or a file of more than MF_DECLARED_FILE_MAX, is left out with a note in `c`. */
#define MF_DECLARED_FILE_MAX ((size_t)1 << 20)
#define MF_DECLARED_BYTES_MAX ((size_t)64 << 20)
int mf_declared_add(struct mf_declared *d, struct mf_check *c, const char *path, struct mf_str bytes, struct mf_err *err) MF_MUST_USE;
/* Checks all of them; items in the order of paths and lines. A file that does not parse is a note. */
int mf_declared_check(struct mf_declared *d, struct mf_check *c, struct mf_err *err) MF_MUST_USE;

#endif
