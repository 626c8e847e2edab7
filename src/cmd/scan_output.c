/* SPDX-License-Identifier: Apache-2.0 */
/* Files that a scan writes: created beside their place by the parent, filled by the child, moved into place once all is well. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <mayfly/alloc.h>
#include <mayfly/enc.h>
#include <mayfly/fs.h>
#include "scan.h"

enum { OUTPUTS_MAX = 32 };

static int cannot(struct mf_err *err, const char *path)
{
	mf_fail_errno(err, MF_E_REPORT_WRITE, errno, "'%s' cannot be written", path);
	return -1;
}

int mf_temp_beside(char **temp, const char *path, mode_t mode, struct mf_err *err)
{
	unsigned char raw[8];
	char hex[17] = "";
	const size_t n = strlen(path) + 32;
	char *name = mf_calloc(n, 1);
	struct stat st;
	int fd;

	if (!name)
		return mf_fail_nomem(err);
	if (stat(path, &st) == 0 && !S_ISREG(st.st_mode)) {
		free(name);
		mf_fail(err, MF_E_REPORT_WRITE, "'%s' cannot be written", path);
		mf_err_why(err, "it is no regular file");
		return -1;
	}
	mf_random(raw, sizeof(raw));
	mf_hex_encode(hex, raw, sizeof(raw), false);
	snprintf(name, n, "%s.%s.tmp", path, hex);
	fd = open(name, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0 || fchmod(fd, mode)) {
		cannot(err, path);
		if (fd >= 0)
			close(fd);
		free(name);
		return -1;
	}
	*temp = name;
	return fd;
}

int mf_temp_commit(char **temp, const char *path, struct mf_err *err)
{
	if (rename(*temp, path))
		return cannot(err, path);
	free(*temp);
	*temp = NULL;
	return 0;
}

/* The same name in the same folder, however it is spelled. */
static bool same_place(const char *a, const char *b)
{
	const char *x = strrchr(a, '/'), *y = strrchr(b, '/');
	MF_CLEANUP(mf_freep) char *in = x ? mf_strndup(a, (size_t)(x - a) + 1) : mf_strdup("."), *other = y ? mf_strndup(b, (size_t)(y - b) + 1) : NULL;
	struct stat s, t;

	if (strcmp(x ? x + 1 : a, y ? y + 1 : b) != 0)
		return false;
	return in && stat(in, &s) == 0 && stat(other ? other : ".", &t) == 0 && s.st_dev == t.st_dev && s.st_ino == t.st_ino;
}

int mf_output_add_as(struct mf_scan *s, const struct mf_reporter *reporter, const char *path, int fd, struct mf_err *err)
{
	struct mf_output o = { .reporter = reporter, .fd = fd };
	struct mf_output *all = mf_regrow(s->outputs, s->n_outputs + 1, sizeof(*all));

	if (!all)
		return mf_fail_nomem(err);
	s->outputs = all;
	if (s->n_outputs == OUTPUTS_MAX)
		return mf_fail(err, MF_E_REPORT_FORMAT, "more than %d reports are asked for", OUTPUTS_MAX);
	for (size_t i = 0; path && i < s->n_outputs; i++) {
		if (!all[i].path || !same_place(all[i].path, path))
			continue;
		mf_fail(err, MF_E_REPORT_WRITE, "two reports are to go to '%s'", path);
		mf_err_hint(err, "give each a file of its own");
		return -1;
	}
	if (path && strcmp(path, "-") != 0) {
		o.path = mf_strdup(path);
		if (!o.path)
			return mf_fail_nomem(err);
		/* readable for who collects artifacts: secrets are redacted unless the user asked otherwise */
		o.fd = mf_temp_beside(&o.temp, path, s->report.redact < 100 ? 0600 : 0644, err);
		if (o.fd < 0) {
			free(o.path);
			return -1;
		}
	}
	all[s->n_outputs++] = o;
	return 0;
}

static const struct mf_reporter *by_suffix(const char *path)
{
	const size_t n = strlen(path);

	for (size_t i = 0; mf_reporters[i]; i++) {
		const char *suffix = mf_reporters[i]->suffix;
		const size_t m = suffix ? strlen(suffix) : 0;

		if (!mf_reporters[i]->gitleaks && m && n > m && strcmp(path + n - m, suffix) == 0)
			return mf_reporters[i];
	}
	return NULL;
}

int mf_output_add(struct mf_scan *s, const char *spec, struct mf_err *err)
{
	const size_t n = strcspn(spec, "=");
	const struct mf_reporter *reporter;
	char name[32];

	if (!spec[n]) {
		reporter = by_suffix(spec);
		if (reporter)
			return mf_output_add_as(s, reporter, spec, STDOUT_FILENO, err);
		mf_fail(err, MF_E_REPORT_FORMAT, "the format of the report '%s' cannot be told", spec);
		mf_err_hint(err, "write FORMAT=FILE, as in  --report sarif=%s", spec);
		return -1;
	}
	if (n >= sizeof(name) || !spec[n + 1]) {
		mf_fail(err, MF_E_REPORT_FORMAT, "'--report' wants FORMAT=FILE");
		return -1;
	}
	memcpy(name, spec, n);
	name[n] = '\0';
	reporter = mf_reporter_find(name, err);
	return reporter ? mf_output_add_as(s, reporter, spec + n + 1, STDOUT_FILENO, err) : -1;
}

int mf_outputs_commit(struct mf_scan *s, struct mf_err *err)
{
	int rc = 0;

	for (size_t i = 0; i < s->n_outputs; i++) {
		struct mf_output *o = &s->outputs[i];
		struct mf_err first = { 0 };

		if (!o->temp)
			continue;
		if (fsync(o->fd) && errno != EINVAL && errno != EROFS)
			cannot(&first, o->path);
		else if (mf_temp_commit(&o->temp, o->path, &first) == 0)
			continue;
		if (rc == 0)
			*err = first;
		rc = -1;
	}
	return rc;
}
