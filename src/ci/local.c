/* SPDX-License-Identifier: Apache-2.0 */
/* A laptop: what the checkout tells about the CI job that would run for it. Nothing of the repository is executed. */
#include <git2.h>
#include <git2/sys/repository.h>
#include <stdlib.h>
#include <strings.h>
#include <unistd.h>

#include <mayfly/alloc.h>
#include "ci.h"

static int dup_str(char **out, struct mf_str s)
{
	*out = mf_strndup(s.p, s.n);
	return *out ? 0 : -1;
}

static struct mf_str cut(struct mf_str s, size_t from, size_t to)
{
	return (struct mf_str){ .p = s.p + from, .n = to - from };
}

static size_t find(struct mf_str s, char c)
{
	const char *p = s.n ? memchr(s.p, c, s.n) : NULL;

	return p ? (size_t)(p - s.p) : s.n;
}

static bool starts(struct mf_str s, const char *prefix)
{
	size_t n = strlen(prefix);

	return s.n > n && strncasecmp(s.p, prefix, n) == 0;
}

/* "/group/sub/project.git/" -> "group/sub/project" */
static struct mf_str tidy_path(struct mf_str path)
{
	while (path.n && path.p[0] == '/')
		path = cut(path, 1, path.n);
	while (path.n && path.p[path.n - 1] == '/')
		path.n--;
	if (path.n > 4 && memcmp(path.p + path.n - 4, ".git", 4) == 0)
		path.n -= 4;
	return path;
}

static bool plain(struct mf_str s)
{
	for (size_t i = 0; i < s.n; i++)
		if ((unsigned char)s.p[i] <= ' ' || s.p[i] == 0x7f)
			return false;
	return s.n > 0;
}

/* The last '@' ends the user's name and password, which must not be carried along. */
static struct mf_str drop_user(struct mf_str authority)
{
	for (size_t i = authority.n; i > 0; i--)
		if (authority.p[i - 1] == '@')
			return cut(authority, i, authority.n);
	return authority;
}

/* Host and path of a URL, or of ssh's short form. The port stays for http(s), where it names the web server too. */
static bool split_remote(struct mf_str remote, const char **scheme, struct mf_str *host, struct mf_str *path)
{
	static const char *const schemes[] = { "https://", "http://", "ssh://", "git+ssh://", "git://" };
	size_t i = 0, slash;

	while (i < MF_COUNT(schemes) && !starts(remote, schemes[i]))
		i++;
	*scheme = i == 1 ? "http://" : "https://";
	if (i == MF_COUNT(schemes)) {
		size_t colon = find(remote, ':');

		/* a path, or another scheme */
		if (colon == remote.n || find(remote, '/') < colon || starts(cut(remote, colon, remote.n), "://"))
			return false;
		*host = drop_user(cut(remote, 0, colon));
		*path = cut(remote, colon + 1, remote.n);
		return true;
	}
	remote = cut(remote, strlen(schemes[i]), remote.n);
	slash = find(remote, '/');
	if (slash == remote.n)
		return false;
	*host = drop_user(cut(remote, 0, slash));
	*path = cut(remote, slash, remote.n);
	if (i > 1)
		host->n = find(*host, ':');
	return true;
}

bool mf_job_remote(char **server_url, char **repository, struct mf_str remote)
{
	struct mf_str host, path;
	const char *scheme;
	char *url = NULL, *repo = NULL;
	struct mf_err err;
	char name[256];

	if (!plain(remote) || !split_remote(remote, &scheme, &host, &path))
		return false;
	path = tidy_path(path);
	if (!plain(path) || !plain(host) || host.n >= sizeof name || find(path, '/') == path.n)
		return false;
	memcpy(name, host.p, host.n);
	name[host.n] = '\0';
	if (mf_job_join(&url, scheme, name, &err) || dup_str(&repo, path)) {
		free(url);
		return false;
	}
	free(*server_url);
	free(*repository);
	*server_url = url;
	*repository = repo;
	return true;
}

static void read_origin(struct mf_job *job, git_repository *repo)
{
	git_remote *origin = NULL;
	const char *url;

	if (job->repository || git_remote_lookup(&origin, repo, "origin") != 0)
		return;
	url = git_remote_url(origin);
	if (url)
		mf_job_remote(&job->server_url, &job->repository, mf_str(url));
	git_remote_free(origin);
}

/* HEAD's own text: also right for a branch without a commit. A detached HEAD says nothing. */
static int read_head(struct mf_job *job, git_repository *repo, struct mf_err *err)
{
	git_reference *head = NULL;
	const char *target = NULL;
	int rc = 0;

	if (git_reference_lookup(&head, repo, "HEAD") != 0)
		return 0;
	if (git_reference_type(head) == GIT_REFERENCE_SYMBOLIC)
		target = git_reference_symbolic_target(head);
	/* what reftable repositories have in its place */
	if (target && strcmp(target, "refs/heads/.invalid") != 0)
		rc = mf_job_join(&job->ref, "", target, err);
	git_reference_free(head);
	return rc;
}

static bool has_file(git_repository *repo, const char *name)
{
	const char *dir = git_repository_workdir(repo);
	char *path;
	bool found;

	if (!dir)
		return false;
	path = mf_calloc(strlen(dir) + strlen(name) + 1, 1);
	if (!path)
		return false;
	memcpy(path, dir, strlen(dir));
	memcpy(path + strlen(dir), name, strlen(name));
	found = access(path, F_OK) == 0;
	free(path);
	return found;
}

static bool host_has(const char *url, const char *word)
{
	return url && strcasestr(url, word);
}

/* The host's name says most; a server of one's own shows only in the checkout's files. */
static enum mf_ci likely(const struct mf_job *job, git_repository *repo)
{
	if (host_has(job->server_url, "//github.com") || host_has(job->server_url, ".ghe.com"))
		return MF_CI_GITHUB;
	if (host_has(job->server_url, "gitlab"))
		return MF_CI_GITLAB;
	if (has_file(repo, ".gitlab-ci.yml"))
		return MF_CI_GITLAB;
	if (host_has(job->server_url, "github") || has_file(repo, ".github/workflows"))
		return MF_CI_GITHUB;
	return MF_CI_LOCAL;
}

/* Repositories with extensions that libgit2 does not know, or that belong to somebody else, are only read here. */
static void relax(void)
{
	static const char *extensions[] = { "objectformat", "worktreeconfig", "preciousobjects", "partialclone",
					    "refstorage", "relativeworktrees" };

	git_libgit2_opts(GIT_OPT_SET_EXTENSIONS, extensions, MF_COUNT(extensions));
	git_libgit2_opts(GIT_OPT_SET_OWNER_VALIDATION, 0);
}

int mf_job_fill_local(struct mf_job *job, const char *dir, struct mf_err *err)
{
	git_repository *repo = NULL;
	int rc = 0;

	if (job->ci != MF_CI_LOCAL)
		return 0;
	if (git_libgit2_init() < 0)
		return mf_fail_nomem(err);
	relax();
	if (git_repository_open_ext(&repo, dir ? dir : ".", 0, NULL) == 0) {
		read_origin(job, repo);
		rc = read_head(job, repo, err);
		job->rules = likely(job, repo);
		git_repository_free(repo);
	}
	git_libgit2_shutdown();
	return rc;
}
