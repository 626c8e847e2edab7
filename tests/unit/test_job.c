/* SPDX-License-Identifier: Apache-2.0 */
/* ci/job: what each CI's variables, GitHub's event file and a checkout turn into. */
#include "unit.h"

#include <ftw.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include <mayfly/fs.h>
#include <mayfly/job.h>
#include "failalloc.h"

/* "NAME", "value" pairs of the test that runs */
static const char *const *vars;
static char dir[64];

#define VARS(...) ((const char *const[]){ __VA_ARGS__, NULL })

static const char *fake_env(const char *name)
{
	for (const char *const *v = vars; v && *v; v += 2)
		if (strcmp(v[0], name) == 0)
			return v[1];
	return NULL;
}

static void detect(struct mf_job *job, const char *const *v)
{
	struct mf_err err = { 0 };

	vars = v;
	assert_int_equal(mf_job_detect(job, fake_env, &err), 0);
}

static int make_dir(void **state)
{
	(void)state;
	snprintf(dir, sizeof dir, "/tmp/mf-test-job-XXXXXX");
	return mkdtemp(dir) ? 0 : -1;
}

static int drop(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

static int drop_dir(void **state)
{
	(void)state;
	return nftw(dir, drop, 16, FTW_DEPTH | FTW_PHYS);
}

/* Creates dir/name with the text; folders on the way are made. */
static const char *put(const char *name, const char *text)
{
	static char path[256];
	FILE *f;

	snprintf(path, sizeof path, "%s/%s", dir, name);
	for (char *p = path + strlen(dir) + 1; (p = strchr(p, '/')); p++) {
		*p = '\0';
		mkdir(path, 0700);
		*p = '/';
	}
	f = fopen(path, "w");
	assert_non_null(f);
	fputs(text, f);
	fclose(f);
	return path;
}

static void test_local(void **state)
{
	struct mf_job job;

	(void)state;
	detect(&job, VARS("HOME", "/home/u"));
	assert_int_equal(job.ci, MF_CI_LOCAL);
	assert_string_equal(job.temp_dir, "/tmp");
	assert_null(job.server_url);
	assert_null(job.env_file);
	mf_job_free(&job);
	assert_null(job.temp_dir);
	mf_job_free(NULL);

	detect(&job, VARS("TMPDIR", "/var/tmp", "CI", "false"));
	assert_int_equal(job.ci, MF_CI_LOCAL);
	assert_string_equal(job.temp_dir, "/var/tmp");
	mf_job_free(&job);
}

static void test_other(void **state)
{
	struct mf_job job;

	(void)state;
	detect(&job, VARS("CI", "true", "CIRCLECI", "true"));
	assert_int_equal(job.ci, MF_CI_OTHER);
	assert_int_equal(job.rules, MF_CI_OTHER);
	mf_job_free(&job);
	detect(&job, VARS("JENKINS_URL", "https://ci.example.com/"));
	assert_int_equal(job.ci, MF_CI_OTHER);
	mf_job_free(&job);
	assert_string_equal(mf_ci_name(MF_CI_GITHUB), "GitHub Actions");
	assert_string_equal(mf_ci_name(MF_CI_GITLAB), "GitLab CI");
}

static void test_github(void **state)
{
	struct mf_job job;

	(void)state;
	detect(&job, VARS("CI", "true", "GITHUB_ACTIONS", "true", "GITHUB_REPOSITORY", "octo-org/octo-repo",
		"GITHUB_REPOSITORY_ID", "74", "GITHUB_REPOSITORY_OWNER_ID", "65", "GITHUB_REF", "refs/heads/main",
		"GITHUB_SHA", "abc", "GITHUB_EVENT_NAME", "push", "GITHUB_JOB", "deploy", "GITHUB_RUN_ID", "1",
		"GITHUB_RUN_ATTEMPT", "2", "RUNNER_TEMP", "/runner/_temp", "GITHUB_WORKSPACE", "/runner/w",
		"GITHUB_ENV", "/e", "GITHUB_OUTPUT", "/o", "GITHUB_STATE", "/s", "GITHUB_STEP_SUMMARY", "/m",
		"RUNNER_DEBUG", "1", "MAYFLY_ACTION", "1", "GITHUB_SERVER_URL", "", "TMPDIR", "/elsewhere"));
	assert_int_equal(job.ci, MF_CI_GITHUB);
	assert_int_equal(job.rules, MF_CI_GITHUB);
	/* an empty variable is none */
	assert_string_equal(job.server_url, "https://github.com");
	assert_string_equal(job.repository, "octo-org/octo-repo");
	assert_string_equal(job.repository_id, "74");
	assert_string_equal(job.owner_id, "65");
	assert_string_equal(job.ref, "refs/heads/main");
	assert_string_equal(job.job_name, "deploy");
	assert_string_equal(job.run_attempt, "2");
	/* the runner's folder is cleaned with the job, TMPDIR is not */
	assert_string_equal(job.temp_dir, "/runner/_temp");
	assert_string_equal(job.env_file, "/e");
	assert_string_equal(job.summary_file, "/m");
	assert_true(job.debug);
	assert_true(job.action);
	assert_null(job.fork);
	mf_job_free(&job);

	detect(&job, VARS("GITHUB_ACTIONS", "true", "GITHUB_SERVER_URL", "https://ghes.example.com"));
	assert_string_equal(job.server_url, "https://ghes.example.com");
	assert_false(job.debug);
	mf_job_free(&job);
}

static void fork_of(const char *event, const char *text, const char *want)
{
	struct mf_job job;
	const char *path = put("event.json", text);

	detect(&job, VARS("GITHUB_ACTIONS", "true", "GITHUB_REPOSITORY", "acme/shop", "GITHUB_EVENT_NAME", event,
		"GITHUB_EVENT_PATH", path));
	if (want)
		assert_string_equal(job.fork, want);
	else
		assert_null(job.fork);
	mf_job_free(&job);
}

static void test_github_fork(void **state)
{
	static const char fork[] = "{\"number\":7,\"pull_request\":{\"head\":{\"repo\":{\"fork\":true,\"full_name\":\"mallory/shop\"}}}}";

	(void)state;
	fork_of("pull_request", fork, "mallory/shop");
	fork_of("pull_request_target", fork, "mallory/shop");
	/* a repository that is itself a fork, with a branch of its own */
	fork_of("pull_request", "{\"pull_request\":{\"head\":{\"repo\":{\"fork\":true,\"full_name\":\"acme/shop\"}}}}", NULL);
	fork_of("pull_request", "{\"pull_request\":{\"head\":{\"repo\":null}}}", "a deleted repository");
	fork_of("push", fork, NULL);
	/* what cannot be read says nothing, and stops nobody */
	fork_of("pull_request", "{\"pull_request\":", NULL);
	fork_of("pull_request", "", NULL);
	fork_of("pull_request", "[]", NULL);
}

static void bad_event(const char *text, const char *id)
{
	struct mf_job job = { 0 };
	struct mf_err err = { 0 };

	assert_int_equal(mf_job_read_event(&job, mf_str(text), &err), -1);
	assert_string_equal(err.id, id);
	assert_null(job.fork);
}

static void test_event_shapes(void **state)
{
	struct mf_job job = { 0 };
	struct mf_err err = { 0 };

	(void)state;
	bad_event("{\"pull_request\":{}}", "MF-CI-09");
	bad_event("{\"pull_request\":7}", "MF-CI-09");
	bad_event("{\"pull_request\":{\"head\":[]}}", "MF-CI-09");
	bad_event("{\"pull_request\":{\"head\":{\"repo\":{\"full_name\":3}}}}", "MF-CI-09");
	bad_event("{\"pull_request\":{\"head\":{\"repo\":{\"full_name\":\"\"}}}}", "MF-CI-09");
	bad_event("{\"pull_request\":{\"head\":{\"repo\":{\"full_name\":\"a\\u0000b\"}}}}", "MF-CI-09");
	bad_event("{\"pull_request\":{},\"pull_request\":{}}", "MF-JSON-01");
	assert_int_equal(mf_job_read_event(&job, mf_str("{\"ref\":\"refs/heads/main\"}"), &err), 0);
	assert_null(job.fork);
}

static void test_gitlab(void **state)
{
	struct mf_job job;
	char project[128], tmp[144];

	(void)state;
	snprintf(project, sizeof project, "%s/builds/g/p", dir);
	snprintf(tmp, sizeof tmp, "%s.tmp", project);
	put("builds/g/p.tmp/x", "");
	put("builds/g/p/x", "");
	detect(&job, VARS("CI", "true", "GITLAB_CI", "true", "CI_SERVER_URL", "https://gitlab.example.com", "CI_PROJECT_PATH", "g/sub/p",
		"CI_PROJECT_ID", "42", "CI_COMMIT_REF_NAME", "main", "CI_COMMIT_SHA", "abc", "CI_PIPELINE_SOURCE", "push",
		"CI_ENVIRONMENT_NAME", "prod", "CI_JOB_NAME", "deploy: [a]", "CI_PIPELINE_ID", "5", "CI_JOB_ID", "6",
		"CI_PROJECT_DIR", project));
	assert_int_equal(job.ci, MF_CI_GITLAB);
	assert_string_equal(job.server_url, "https://gitlab.example.com");
	assert_string_equal(job.repository, "g/sub/p");
	assert_string_equal(job.ref, "refs/heads/main");
	assert_string_equal(job.environment, "prod");
	assert_string_equal(job.job_id, "6");
	assert_string_equal(job.run_id, "5");
	assert_string_equal(job.temp_dir, tmp);
	assert_string_equal(job.state_dirs[0], tmp);
	assert_string_equal(job.state_dirs[1], "/tmp");
	assert_null(job.fork);
	mf_job_free(&job);

	detect(&job, VARS("GITLAB_CI", "true", "CI_COMMIT_TAG", "v1", "CI_COMMIT_REF_NAME", "v1", "CI_PROJECT_PATH", "g/p"));
	assert_string_equal(job.ref, "refs/tags/v1");
	assert_string_equal(job.server_url, "https://gitlab.com");
	mf_job_free(&job);
}

/* Files of ours may never lie in the checkout: caches and artifacts are made of it. */
static void test_gitlab_temp_outside_checkout(void **state)
{
	struct mf_job job;
	char project[128], inner[160], builds[96];

	(void)state;
	snprintf(builds, sizeof builds, "%s/b2", dir);
	snprintf(project, sizeof project, "%s/p", builds);
	snprintf(inner, sizeof inner, "%s/tmp", project);
	put("b2/p/tmp/x", "");
	detect(&job, VARS("GITLAB_CI", "true", "CI_PROJECT_DIR", project, "CI_BUILDS_DIR", builds));
	assert_string_equal(job.temp_dir, builds);
	mf_job_free(&job);
	/* the state's folders do not depend on what is there, nor on TMPDIR */
	detect(&job, VARS("GITLAB_CI", "true", "CI_PROJECT_DIR", "/nowhere/g/p", "CI_BUILDS_DIR", "/nowhere", "TMPDIR", dir));
	assert_string_equal(job.temp_dir, dir);
	assert_string_equal(job.state_dirs[0], "/nowhere/g/p.tmp");
	assert_string_equal(job.state_dirs[1], "/nowhere");
	assert_string_equal(job.state_dirs[2], "/tmp");
	mf_job_free(&job);
	detect(&job, VARS("CI", "true", "TMPDIR", dir, "XDG_RUNTIME_DIR", "relative"));
	assert_string_equal(job.state_dirs[0], "/tmp");
	assert_string_equal(job.state_dirs[1], dir);
	assert_null(job.state_dirs[2]);
	mf_job_free(&job);
	detect(&job, VARS("GITLAB_CI", "true", "CI_PROJECT_DIR", project, "CI_BUILDS_DIR", project, "TMPDIR", inner));
	assert_string_equal(job.temp_dir, "/tmp");
	mf_job_free(&job);
}

static void test_gitlab_fork(void **state)
{
	struct mf_job job;

	(void)state;
	detect(&job, VARS("GITLAB_CI", "true", "CI_PROJECT_PATH", "g/p", "CI_MERGE_REQUEST_SOURCE_PROJECT_PATH", "mallory/p"));
	assert_string_equal(job.fork, "mallory/p");
	mf_job_free(&job);
	detect(&job, VARS("GITLAB_CI", "true", "CI_PROJECT_PATH", "g/p", "CI_MERGE_REQUEST_SOURCE_PROJECT_PATH", "g/p"));
	assert_null(job.fork);
	mf_job_free(&job);
	/* the pipeline runs in the fork */
	detect(&job, VARS("GITLAB_CI", "true", "CI_PROJECT_PATH", "mallory/p", "CI_MERGE_REQUEST_SOURCE_PROJECT_PATH", "mallory/p",
		"CI_MERGE_REQUEST_PROJECT_PATH", "g/p"));
	assert_string_equal(job.fork, "mallory/p");
	mf_job_free(&job);
}

static void test_remotes(void **state)
{
	static const struct {
		const char *remote, *server, *repository;
	} cases[] = {
		{ "https://github.com/acme/shop.git", "https://github.com", "acme/shop" },
		{ "https://github.com/acme/shop/", "https://github.com", "acme/shop" },
		{ "https://user:pa@ss@gitlab.example.com:8443/g/sub/p.git", "https://gitlab.example.com:8443", "g/sub/p" },
		{ "http://localhost:3000/a/b", "http://localhost:3000", "a/b" },
		{ "git@github.com:acme/shop.git", "https://github.com", "acme/shop" },
		{ "github.com:acme/shop", "https://github.com", "acme/shop" },
		{ "ssh://git@ssh.example.com:2222/acme/shop.git", "https://ssh.example.com", "acme/shop" },
		{ "SSH://git@h/acme/shop", "https://h", "acme/shop" },
		{ "git://h/acme/shop", "https://h", "acme/shop" },
		{ "/srv/git/shop.git", NULL, NULL },
		{ "../shop", NULL, NULL },
		{ "file:///srv/git/shop.git", NULL, NULL },
		{ "ftp://h/a/b", NULL, NULL },
		{ "https://github.com", NULL, NULL },
		{ "https://github.com/", NULL, NULL },
		{ "https://github.com/shop", NULL, NULL },
		{ "https://user@/a/b", NULL, NULL },
		{ "https://h/a b/c", NULL, NULL },
		{ "git@h:/", NULL, NULL },
		{ "", NULL, NULL },
	};

	(void)state;
	for (size_t i = 0; i < MF_COUNT(cases); i++) {
		char *server = NULL, *repository = NULL;
		bool ok = mf_job_remote(&server, &repository, mf_str(cases[i].remote));

		print_message("remote %s\n", cases[i].remote);
		assert_int_equal(ok, cases[i].server != NULL);
		if (ok) {
			assert_string_equal(server, cases[i].server);
			assert_string_equal(repository, cases[i].repository);
		}
		free(server);
		free(repository);
	}
}

static void make_repository(const char *url, const char *head)
{
	char config[512];

	snprintf(config, sizeof config, "[core]\n\trepositoryformatversion = 1\n\tbare = false\n\tsshCommand = touch %s/ran\n"
		"[extensions]\n\tworktreeConfig = false\n\tunheardOf = 1\n[remote \"origin\"]\n\turl = %s\n\tfetch = +refs/heads/*:refs/remotes/origin/*\n",
		dir, url);
	put("repo/.git/config", config);
	put("repo/.git/HEAD", head);
	put("repo/.git/objects/x", "");
	put("repo/.git/refs/heads/x", "");
	put("repo/sub/file", "");
}

static void fill(struct mf_job *job, const char *sub)
{
	struct mf_err err = { 0 };
	char path[128];

	snprintf(path, sizeof path, "%s/%s", dir, sub);
	detect(job, VARS("HOME", dir));
	assert_int_equal(mf_job_fill_local(job, path, &err), 0);
}

static void test_fill_local(void **state)
{
	struct mf_job job;
	char ran[96];

	(void)state;
	make_repository("git@github.com:acme/shop.git", "ref: refs/heads/feature/x\n");
	fill(&job, "repo/sub");
	assert_string_equal(job.server_url, "https://github.com");
	assert_string_equal(job.repository, "acme/shop");
	assert_string_equal(job.ref, "refs/heads/feature/x");
	assert_int_equal(job.rules, MF_CI_GITHUB);
	assert_int_equal(job.ci, MF_CI_LOCAL);
	mf_job_free(&job);
	snprintf(ran, sizeof ran, "%s/ran", dir);
	assert_int_not_equal(access(ran, F_OK), 0);

	/* a server of one's own shows by the checkout's files; a detached HEAD has no branch */
	make_repository("https://token@git.example.com/g/p.git", "1234567890123456789012345678901234567890\n");
	put("repo/.gitlab-ci.yml", "");
	fill(&job, "repo");
	assert_string_equal(job.server_url, "https://git.example.com");
	assert_null(job.ref);
	assert_int_equal(job.rules, MF_CI_GITLAB);
	mf_job_free(&job);
}

/* A linked work tree has its HEAD for itself and the configuration elsewhere. */
static void test_fill_local_worktree(void **state)
{
	struct mf_job job;
	char link[160];

	(void)state;
	make_repository("https://github.com/acme/shop", "ref: refs/heads/main\n");
	snprintf(link, sizeof link, "gitdir: %s/repo/.git/worktrees/w\n", dir);
	put("tree/.git", link);
	put("repo/.git/worktrees/w/HEAD", "ref: refs/heads/other\n");
	put("repo/.git/worktrees/w/commondir", "../..\n");
	snprintf(link, sizeof link, "%s/tree/.git\n", dir);
	put("repo/.git/worktrees/w/gitdir", link);
	fill(&job, "tree");
	assert_string_equal(job.repository, "acme/shop");
	assert_string_equal(job.ref, "refs/heads/other");
	mf_job_free(&job);
}

static void test_fill_local_nothing(void **state)
{
	struct mf_job job;

	(void)state;
	put("plain/x", "");
	fill(&job, "plain");
	assert_null(job.repository);
	assert_null(job.ref);
	assert_int_equal(job.rules, MF_CI_LOCAL);
	mf_job_free(&job);
	make_repository("/srv/git/shop.git", "garbage");
	fill(&job, "repo");
	assert_null(job.repository);
	mf_job_free(&job);
	put("repo/.git/config", "[core\nnonsense");
	fill(&job, "repo");
	assert_null(job.repository);
	mf_job_free(&job);
}

static int detect_once(void *v, struct mf_err *err)
{
	struct mf_job job;

	vars = v;
	if (mf_job_detect(&job, fake_env, err))
		return -1;
	mf_job_free(&job);
	return 0;
}

static int fill_once(void *path, struct mf_err *err)
{
	struct mf_job job = { 0 };
	int rc = mf_job_fill_local(&job, path, err);

	mf_job_free(&job);
	return rc;
}

static void test_torture(void **state)
{
	const char *event = put("event.json", "{\"pull_request\":{\"head\":{\"repo\":{\"full_name\":\"mallory/shop\"}}}}");
	char path[128];

	(void)state;
	mf_torture(detect_once, (void *)(uintptr_t)VARS("GITHUB_ACTIONS", "true", "GITHUB_REPOSITORY", "acme/shop", "GITHUB_EVENT_NAME",
		"pull_request", "GITHUB_EVENT_PATH", event, "RUNNER_TEMP", "/t"));
	mf_torture(detect_once, (void *)(uintptr_t)VARS("GITLAB_CI", "true", "CI_PROJECT_PATH", "g/p", "CI_COMMIT_REF_NAME", "main",
		"CI_MERGE_REQUEST_SOURCE_PROJECT_PATH", "m/p"));
	make_repository("git@github.com:acme/shop.git", "ref: refs/heads/main\n");
	snprintf(path, sizeof path, "%s/repo/sub", dir);
	mf_torture_own(fill_once, path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_local),
		cmocka_unit_test(test_other),
		cmocka_unit_test(test_github),
		cmocka_unit_test(test_github_fork),
		cmocka_unit_test(test_event_shapes),
		cmocka_unit_test(test_gitlab),
		cmocka_unit_test(test_gitlab_temp_outside_checkout),
		cmocka_unit_test(test_gitlab_fork),
		cmocka_unit_test(test_remotes),
		cmocka_unit_test(test_fill_local),
		cmocka_unit_test(test_fill_local_worktree),
		cmocka_unit_test(test_fill_local_nothing),
		cmocka_unit_test(test_torture),
	};

	return cmocka_run_group_tests(tests, make_dir, drop_dir);
}
