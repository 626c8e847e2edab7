/* SPDX-License-Identifier: Apache-2.0 */
/* The cleanup helpers of base.h. */
#include <mayfly/base.h>

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

void mf_freep(void *pointer_to_pointer)
{
	void **p = pointer_to_pointer;

	free(*p);
	*p = NULL;
}

void mf_closep(int *fd)
{
	const int saved = errno;

	if (*fd >= 0)
		close(*fd);
	*fd = -1;
	errno = saved;
}
