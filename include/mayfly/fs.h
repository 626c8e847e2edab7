/* SPDX-License-Identifier: Apache-2.0 */
/* Careful files: no following of links, no guessing of modes, nothing lost without an error. */
#ifndef MAYFLY_FS_H
#define MAYFLY_FS_H

#include <sys/types.h>

#include <mayfly/buf.h>
#include <mayfly/secret.h>

/* Reads a whole regular file of at most `max` bytes (MF-FS-03, MF-BASE-02). The second form reads into a secret. */
int mf_fs_read(struct mf_buf *out, const char *path, struct mf_err *err) MF_MUST_USE;	/* the ceiling is out->max */
int mf_fs_read_secret(struct mf_secret **out, const char *path, size_t max, struct mf_err *err) MF_MUST_USE;

/* Creates a new file, 0600, O_EXCL|O_NOFOLLOW|O_CLOEXEC; returns the descriptor or -1. */
int mf_fs_create(const char *path, struct mf_err *err) MF_MUST_USE;

/* Opens an existing regular file for appending without following a link at the end; returns the descriptor or -1. */
int mf_fs_append(const char *path, struct mf_err *err) MF_MUST_USE;

/* A new 0700 folder `parent`/PREFIX + 16 random hex digits; the caller frees *path. */
int mf_fs_mkdir_private(char **path, const char *parent, const char *prefix, struct mf_err *err) MF_MUST_USE;

/* Uses `path` as a 0700 folder of ours: created when missing, refused (MF-FS-04) when it is a link, belongs
 * to somebody else or lets others in. */
int mf_fs_own_dir(const char *path, struct mf_err *err) MF_MUST_USE;

/* Reads until n bytes are there or there are no more: how many, -1 with errno. EINTR and short reads are dealt with. */
ssize_t mf_fs_read_fd(int fd, void *p, size_t n);

/* All bytes or an error; EINTR and short writes are dealt with. `name` is for the message. */
int mf_fs_write(int fd, const void *p, size_t n, const char *name, struct mf_err *err) MF_MUST_USE;

/* The same for a secret: the only way to a descriptor that does not need its bytes in the caller's hands. */
int mf_fs_write_secret(int fd, const struct mf_secret *s, const char *name, struct mf_err *err) MF_MUST_USE;

/* Overwrites a regular file with zeros, then unlinks it; a file that is gone already is no error; a link is
 * unlinked without being followed. */
int mf_fs_wipe(const char *path, struct mf_err *err) MF_MUST_USE;

/* n bytes from the kernel's generator; never fails (aborts if the kernel has none). */
void mf_random(void *p, size_t n);

/* "dir/name"; NULL when memory is out. */
char *mf_path_join(const char *dir, const char *name);

#endif
