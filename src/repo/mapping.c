/* SPDX-License-Identifier: Apache-2.0 */
/* A whole file, mapped for reading. */
#include "mapping.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

int mf_mapping_open(struct mf_mapping *out, const char *path, struct mf_err *err)
{
	/* a pipe or a device must not make us wait */
	MF_CLEANUP(mf_closep) int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	struct stat st;
	void *p = NULL;

	if (fd < 0 || fstat(fd, &st))
		return mf_fail_errno(err, errno == ENOENT ? MF_E_GIT_MISSING : MF_E_GIT_DAMAGED, errno, "'%s' cannot be read", path);
	if (!S_ISREG(st.st_mode)) {
		mf_fail(err, MF_E_GIT_DAMAGED, "'%s' cannot be read", path);
		mf_err_why(err, "it is no regular file");
		return -1;
	}
	if (st.st_size > 0) {
		p = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
		if (p == MAP_FAILED)
			return mf_fail_errno(err, MF_E_GIT_DAMAGED, errno, "'%s' cannot be mapped", path);
	}
	*out = (struct mf_mapping){ .p = p, .n = (size_t)st.st_size };
	return 0;
}

void mf_mapping_close(struct mf_mapping *m)
{
	if (m->p)
		munmap((void *)(uintptr_t)m->p, m->n);
	*m = (struct mf_mapping){ 0 };
}
