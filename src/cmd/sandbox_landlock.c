/* SPDX-License-Identifier: Apache-2.0 */
/* Landlock (Documentation/userspace-api/landlock.rst): read access to some paths, no TCP, no signals to others. The numbers are the kernel's, since older
 * headers lack the newer ones. */
#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <mayfly/log.h>
#include "sandbox.h"

#ifndef SYS_landlock_create_ruleset
#define SYS_landlock_create_ruleset 444
#define SYS_landlock_add_rule 445
#define SYS_landlock_restrict_self 446
#endif

/* All rights of each version of the interface: what is not handled is allowed. */
#define FS_V1 ((1ull << 13) - 1)	/* execute to make_sym */
#define FS_V2 (1ull << 13)		/* refer */
#define FS_V3 (1ull << 14)		/* truncate */
#define FS_V5 (1ull << 15)		/* ioctl_dev */
#define NET_V4 3ull			/* bind and connect of TCP */
#define SCOPE_V6 3ull			/* abstract unix sockets and signals */

struct ruleset {
	uint64_t fs, net, scope;
};

static int cannot(struct mf_err *err, const char *what)
{
	return mf_fail_errno(err, MF_E_SCAN_SANDBOX, errno, "the scan cannot be confined: %s", what);
}

static int allow(int set, const char *path, struct mf_err *err)
{
	struct landlock_path_beneath_attr rule = { 0 };
	struct stat st;
	int rc = 0;

	rule.parent_fd = open(path, O_PATH | O_CLOEXEC);
	if (rule.parent_fd < 0)
		return 0;
	if (fstat(rule.parent_fd, &st) == 0) {
		rule.allowed_access = LANDLOCK_ACCESS_FS_READ_FILE | (S_ISDIR(st.st_mode) ? LANDLOCK_ACCESS_FS_READ_DIR : 0);
		if (syscall(SYS_landlock_add_rule, set, LANDLOCK_RULE_PATH_BENEATH, &rule, 0))
			rc = cannot(err, "landlock_add_rule");
	}
	close(rule.parent_fd);
	return rc;
}

int mf_landlock_read_only(const char *const *paths, size_t n, struct mf_err *err)
{
	const long abi = syscall(SYS_landlock_create_ruleset, NULL, 0, 1u /* LANDLOCK_CREATE_RULESET_VERSION */);
	const struct ruleset attr = {
		.fs = FS_V1 | (abi >= 2 ? FS_V2 : 0) | (abi >= 3 ? FS_V3 : 0) | (abi >= 5 ? FS_V5 : 0),
		.net = abi >= 4 ? NET_V4 : 0,
		.scope = abi >= 6 ? SCOPE_V6 : 0,
	};
	int set, rc = 0;

	if (abi < 1) {
		mf_verbose("the kernel has no Landlock: the scan could read other files, too");
		return 0;
	}
	set = (int)syscall(SYS_landlock_create_ruleset, &attr, abi >= 6 ? 24 : abi >= 4 ? 16 : 8, 0);
	if (set < 0)
		return cannot(err, "landlock_create_ruleset");
	for (size_t i = 0; i < n && rc == 0; i++)
		rc = allow(set, paths[i], err);
	if (rc == 0 && syscall(SYS_landlock_restrict_self, set, 0))
		rc = cannot(err, "landlock_restrict_self");
	close(set);
	return rc;
}
