/* SPDX-License-Identifier: Apache-2.0 */
/* A laptop: what the checkout tells about the CI job that would run for it. Nothing of the repository is executed. */
#include <git2.h>
#include <stdlib.h>
#include <strings.h>
#include <unistd.h>

#include <mayfly/alloc.h>
#include <mayfly/fs.h>
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

/* A checkout on disk; paths end in '/'. */
struct checkout {
	char *root;	/* the work tree */
	char *dir;	/* its own .git folder: HEAD is there */
	char *common;	/* the repository's: config is there; differs in a linked work tree */
};

static void free_checkout(struct checkout *c)
{
	free(c->root);
	free(c->dir);
	free(c->common);
}

/* The text of a small file without its line end, or NULL. */
static char *line_of(const char *dir, const char *name)
{
	struct mf_buf text = MF_BUF(4096);
	char *path = mf_path_join(dir, name);
	struct mf_err ignored;
	char *line = NULL;

	if (path && mf_fs_read(&text, path, &ignored) == 0)
		line = mf_buf_take(&text);
	if (line)
		line[strcspn(line, "\r\n")] = '\0';
	mf_buf_free(&text);
	free(path);
	return line;
}

static bool has_file(const char *dir, const char *name)
{
	char *path = mf_path_join(dir, name);
	bool found = path && access(path, F_OK) == 0;

	free(path);
	return found;
}

/* The nearest folder from here upwards that holds a .git. */
static char *find_root(const char *from)
{
	char *dir = realpath(from, NULL);

	while (dir && !has_file(dir, ".git")) {
		char *slash = strrchr(dir, '/');

		if (!slash || dir[1] == '\0') {
			free(dir);
			return NULL;
		}
		slash[slash == dir] = '\0';
	}
	return dir;
}

/* Follows a .git file (submodules, linked work trees) and `commondir`. */
static bool open_checkout(struct checkout *c, const char *from)
{
	git_buf found = { 0 };
	char *common = NULL;

	c->root = find_root(from);
	if (!c->root || git_repository_discover(&found, c->root, 0, NULL) != 0)
		return false;
	c->dir = mf_strdup(found.ptr);
	git_buf_dispose(&found);
	if (!c->dir)
		return false;
	common = line_of(c->dir, "commondir");
	c->common = common && *common != '/' ? mf_path_join(c->dir, common) : mf_strdup(common ? common : c->dir);
	free(common);
	return c->common;
}

/* Straight from the file. Opening the repository, and looking the remote up, makes libgit2 1.5 match every entry of the
 * configuration with an expression and lose 20 KB each time; and it refuses extensions that do not matter here. */
static void read_origin(struct mf_job *job, const struct checkout *c)
{
	char *path = mf_path_join(c->common, "config");
	git_config *file = NULL, *config = NULL;
	const char *url;

	if (path && git_config_open_ondisk(&file, path) == 0 && git_config_snapshot(&config, file) == 0 &&
	    git_config_get_string(&url, config, "remote.origin.url") == 0)
		mf_job_remote(&job->server_url, &job->repository, mf_str(url));
	git_config_free(config);
	git_config_free(file);
	free(path);
}

/* HEAD's own text: also right for a branch without a commit. A detached HEAD says nothing. */
static int read_head(struct mf_job *job, const struct checkout *c, struct mf_err *err)
{
	char *head = line_of(c->dir, "HEAD");
	const char *target = head && strncmp(head, "ref: refs/", 10) == 0 ? head + 5 : NULL;
	int rc = 0;

	/* what reftable repositories have in its place */
	if (target && strcmp(target, "refs/heads/.invalid") != 0 && plain(mf_str(target)))
		rc = mf_job_join(&job->ref, "", target, err);
	free(head);
	return rc;
}

static bool host_has(const char *url, const char *word)
{
	return url && strcasestr(url, word);
}

/* The host's name says most; a server of one's own shows only in the checkout's files. */
static enum mf_ci likely(const struct mf_job *job, const struct checkout *c)
{
	if (host_has(job->server_url, "//github.com") || host_has(job->server_url, ".ghe.com"))
		return MF_CI_GITHUB;
	if (host_has(job->server_url, "gitlab"))
		return MF_CI_GITLAB;
	if (has_file(c->root, ".gitlab-ci.yml"))
		return MF_CI_GITLAB;
	if (host_has(job->server_url, "github") || has_file(c->root, ".github/workflows"))
		return MF_CI_GITHUB;
	return MF_CI_LOCAL;
}

int mf_job_fill_local(struct mf_job *job, const char *dir, struct mf_err *err)
{
	struct checkout c = { 0 };
	int rc = 0;

	if (job->ci != MF_CI_LOCAL)
		return 0;
	if (git_libgit2_init() < 0)
		return mf_fail_nomem(err);
	if (open_checkout(&c, dir ? dir : ".")) {
		if (!job->repository)
			read_origin(job, &c);
		rc = read_head(job, &c, err);
		job->rules = likely(job, &c);
	}
	free_checkout(&c);
	git_libgit2_shutdown();
	return rc;
}
