/* SPDX-License-Identifier: Apache-2.0 */
/* The names in a folder. */
#include "worktree_priv.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>
#include <mayfly/alloc.h>

static int add(struct mf_names *names, const struct dirent *e, struct mf_err *err)
{
	const size_t n = strlen(e->d_name) + 1;

	if (mf_grow(&names->v, &names->cap, names->n + 1, sizeof(*names->v), err) ||
	    mf_grow(&names->bytes, &names->cap_bytes, names->n_bytes + n, 1, err))
		return -1;
	memcpy(names->bytes + names->n_bytes, e->d_name, n);
	names->v[names->n++] = (struct mf_name){ .at = names->n_bytes, .type = e->d_type };
	names->n_bytes += n;
	names->rules |= strcmp(e->d_name, ".gitignore") == 0;
	return 0;
}

static int compare(const void *a, const void *b, void *bytes)
{
	const struct mf_name *x = a, *y = b;

	return strcmp((const char *)bytes + x->at, (const char *)bytes + y->at);
}

static bool dots(const char *s)
{
	return s[0] == '.' && (s[1] == '\0' || (s[1] == '.' && s[2] == '\0'));
}

int mf_names_read(struct mf_names *out, int fd, struct mf_err *err)
{
	struct mf_names names = { 0 };
	const int own = fcntl(fd, F_DUPFD_CLOEXEC, 0);
	DIR *d = own < 0 ? NULL : fdopendir(own);
	const struct dirent *e;
	int failed = 0, r = 0;

	if (!d) {
		failed = errno;
		if (own >= 0)
			close(own);
		errno = failed;
		return failed == ENOMEM ? mf_fail_nomem(err) : 1;
	}
	while (r == 0 && (errno = 0, e = readdir(d)))
		if (!dots(e->d_name))
			r = add(&names, e, err);
	failed = r ? 0 : errno;
	closedir(d);
	if (r || failed) {
		mf_names_free(&names);
		errno = failed;
		return r ? -1 : 1;
	}
	if (names.n)
		qsort_r(names.v, names.n, sizeof(*names.v), compare, names.bytes);
	*out = names;
	return 0;
}

void mf_names_free(struct mf_names *names)
{
	free(names->bytes);
	free(names->v);
	*names = (struct mf_names){ 0 };
}
