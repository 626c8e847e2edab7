/* SPDX-License-Identifier: Apache-2.0 */
/* Variables, and a home folder with all that may lie in one: links, FIFOs, folders, what cannot be read, what is too large. */
#include "unit.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>
#include <sys/stat.h>
#include <mayfly/clock.h>
#include <mayfly/places.h>
#include "failalloc.h"
#include "support_life.h"

#define NOW INT64_C(1800000000)	/* 2027-01-15T08:00:00Z */

static struct mf_check c;
static char home[64];
static const char *variable, *value;

static void begin(void)
{
	mf_check_list_free(&c.list);
	c = (struct mf_check){ .now = NOW };
}

static void count(size_t items, size_t notes)
{
	if (c.list.n == items && c.list.n_notes == notes)
		return;
	for (size_t i = 0; i < c.list.n; i++)
		print_error("%s:%u:%u %s %s\n", c.list.v[i].path, c.list.v[i].line, c.list.v[i].col, c.list.v[i].name, c.list.v[i].rule);
	for (size_t i = 0; i < c.list.n_notes; i++)
		print_error("note: %s: %s\n", c.list.notes[i].what, c.list.notes[i].why ? c.list.notes[i].why : "");
	fail_msg("%zu items and %zu notes, not %zu and %zu", c.list.n, c.list.n_notes, items, notes);
}

static const struct mf_check_item *item(size_t i, const char *path, const char *name, const char *rule)
{
	const struct mf_check_item *it = &c.list.v[i];

	assert_true(i < c.list.n);
	if (strcmp(it->name ? it->name : "", name) != 0 || strcmp(it->rule, rule) != 0 || strcmp(it->path ? it->path : "", path) != 0)
		fail_msg("%s %s %s, not %s %s %s", it->path, it->name, it->rule, path, name, rule);
	return it;
}

static void note(size_t i, const char *text)
{
	assert_true(i < c.list.n_notes && c.list.notes[i].incomplete);
	if (!strstr(c.list.notes[i].what, text))
		fail_msg("\"%s\" has no \"%s\"", c.list.notes[i].what, text);
}

static const char *gh(void)
{
	return life_sample("github-classic");
}

static const char *password(void)
{
	return life_text("%s%s", "vK7qz", "TgW2mRx9Lp");
}

/* -- variables -------------------------------------------------------------------------------------- */

static void env(const char *const *vars)
{
	struct mf_err err = { 0 };

	begin();
	assert_int_equal(mf_places_env(&c, vars, &err), 0);
}

static void test_one_key_of_aws(void **state)
{
	const char *id = life_text("AWS_ACCESS_KEY_ID=%s", life_sample("aws-key-id")), *secret = life_text("AWS_SECRET_ACCESS_KEY=%s", life_sample("aws-secret"));
	const char *id2 = life_text("PROD_AWS_ACCESS_KEY_ID=ASIA%s", life_sample("aws-key-id") + 4);
	const char *secret2 = life_text("PROD_AWS_SECRET_ACCESS_KEY=%s", life_sample("aws-secret"));
	const char *token2 = life_text("PROD_AWS_SESSION_TOKEN=%s", life_sample("aws-session-token"));
	const char *const vars[] = { secret, "AWS_REGION=eu-west-1", token2, id, id2, secret2, NULL },
		*const ends[] = { id2, secret2, "PROD_AWS_CREDENTIAL_EXPIRATION=2027-01-15T08:10:00+00:00", NULL }, *const alone[] = { secret, NULL };
	const struct mf_check_item *it;

	(void)state;
	env(vars);
	count(2, 0);
	assert_int_equal(c.list.variables, 6);
	it = item(0, "", "AWS_ACCESS_KEY_ID", "aws-access-key");
	assert_true(it->life.flags & MF_LIFE_STATIC);
	assert_string_equal(it->shown, "AKIA****");
	it = item(1, "", "PROD_AWS_ACCESS_KEY_ID", "aws-session-key");
	assert_int_equal(it->life.lifetime, 36 * 3600);
	env(ends);
	count(1, 0);
	assert_int_equal(c.list.v[0].life.remaining, 600);
	env(alone);
	count(1, 0);
	item(0, "", "AWS_SECRET_ACCESS_KEY", "aws-secret-key");
}

static void test_names_and_values(void **state)
{
	const char *const vars[] = { life_text("X=%s", gh()), "API_TOKEN=", life_text("DB_PASSWORD=%s", password()), "GOOGLE_APPLICATION_CREDENTIALS=creds.json",
		"REF_TOKEN=${OTHER}", "PATH=/usr/bin:/bin", "PWD=/builds", "=x", "nothing", "BAD_TOKEN=\xff\xfe\x80zq81hsy\xff", NULL };

	(void)state;
	env(vars);
	count(4, 0);
	item(0, "", "X", "github-pat-classic");
	assert_int_equal(item(1, "", "API_TOKEN", "named")->life.known, MF_LIFE_UNKNOWN);
	item(2, "", "DB_PASSWORD", "named");
	item(3, "", "BAD_TOKEN", "named");
	assert_int_equal(c.list.variables, 8);
}

static void only_job_bound(void)
{
	for (size_t i = 0; i < c.list.n; i++)
		if (!(c.list.v[i].life.flags & MF_LIFE_JOB_BOUND) && c.list.v[i].life.class != MF_LC_NONE)
			fail_msg("%s is told as %s", c.list.v[i].name, c.list.v[i].rule);
}

static void test_stock_github_job(void **state)
{
	const char *const vars[] = { life_text("GITHUB_TOKEN=ghs_%s", gh() + 4), "ACTIONS_CACHE_URL=https://acghubeus1.actions.githubusercontent.com/abc/",
		life_text("ACTIONS_RUNTIME_TOKEN=%s", life_jwt("{\"iss\":\"https://token.actions.githubusercontent.com\",\"ac\":\"[]\",\"scp\":\"Actions.Results:a:b\",\"exp\":1800021600,\"iat\":1800000000}")),
		life_text("ACTIONS_ID_TOKEN_REQUEST_TOKEN=%s", life_jwt("{\"iss\":\"https://token.actions.githubusercontent.com\",\"scp\":\"Actions.GenericRead:0\",\"exp\":1800021600,\"iat\":1800000000}")),
		"ACTIONS_ID_TOKEN_REQUEST_URL=https://run-actions-1-azure-eastus.actions.githubusercontent.com/1//idtoken/x/y?api-version=2.0", "CI=true",
		"ACCEPT_EULA=Y", "GITHUB_ACTIONS=true", "GITHUB_SHA=8843d7f92416211de9ebb963ff4ce28125932878", "GITHUB_REPOSITORY_ID=1296269",
		"GITHUB_WORKFLOW_REF=octo/x/.github/workflows/a.yml@refs/heads/main", "GITHUB_SERVER_URL=https://github.com",
		"GITHUB_ENV=/home/runner/work/_temp/_runner_file_commands/set_env_6f4e0d1c-1111-4b34-8a52-5d4a6e2f9c11",
		"RUNNER_TRACKING_ID=github_6f4e0d1c-3b5a-4b34-8a52-5d4a6e2f9c11", "RUNNER_TEMP=/home/runner/work/_temp", "HOME=/home/runner",
		"INVOCATION_ID=9b1c6bb0a5f24a4c9f0a6e5e4d3c2b1a", "JOURNAL_STREAM=8:18765", "SYSTEMD_EXEC_PID=612", "SHLVL=1",
		"EDGEWEBDRIVER=/usr/local/share/edge_driver", "DOTNET_SKIP_FIRST_TIME_EXPERIENCE=1", "DEBIAN_FRONTEND=noninteractive",
		"POWERSHELL_DISTRIBUTION_CHANNEL=GitHub-Actions-ubuntu22", "ImageVersion=20240721.1.0", "XDG_RUNTIME_DIR=/run/user/1001", NULL };

	(void)state;
	env(vars);
	count(3, 0);
	only_job_bound();
}

static void test_stock_gitlab_job(void **state)
{
	const char *const vars[] = { life_text("CI_JOB_TOKEN=glcbt-64_%s", password()), life_text("CI_REGISTRY_PASSWORD=glcbt-64_%s", password()),
		life_text("CI_DEPENDENCY_PROXY_PASSWORD=glcbt-64_%s", password()), life_text("CI_BUILD_TOKEN=glcbt-64_%s", password()),
		life_text("CI_REPOSITORY_URL=https://gitlab-ci-token:glcbt-64_%s@gitlab.com/acme/x.git", password()), "CI_REGISTRY_USER=gitlab-ci-token",
		"CI_RUNNER_SHORT_TOKEN=t1_xYz9k", "CI_SERVER_FQDN=gitlab.com", "CI_JOB_ID=7423498123", "CI_COMMIT_SHA=8843d7f92416211de9ebb963ff4ce28125932878",
		"CI_COMMIT_MESSAGE=api: rotate the token", "CI_JOB_JWT=", "CI_PAGES_URL=https://acme.gitlab.io/x", "CI_TEMPLATE_REGISTRY_HOST=registry.gitlab.com",
		"CI_SERVER_TLS_CA_FILE=/builds/acme/x.tmp/CI_SERVER_TLS_CA_FILE", "GITLAB_FEATURES=audit_events,blocked_issues", "GITLAB_USER_LOGIN=me",
		"FF_USE_FASTZIP=false", "CI_CONFIG_PATH=.gitlab-ci.yml", "HOME=/root", NULL };

	(void)state;
	env(vars);
	for (size_t i = 0; i < c.list.n; i++)
		if (strcmp(c.list.v[i].name, "CI_JOB_JWT") == 0)
			fail_msg("an empty CI_JOB_JWT is told");
	count(5, 0);
	only_job_bound();
}

static void test_a_very_large_variable(void **state)
{
	size_t n = (size_t)100 << 20;
	char *big = malloc(n);
	const char *const vars[] = { big, NULL };
	int64_t at = mf_mono_ms();

	(void)state;
	assert_non_null(big);
	memset(big, 'x', n);
	memcpy(big, "BIG_TOKEN=", 10);
	big[n - 1] = '\0';
	env(vars);
	count(1, 0);
	item(0, "", "BIG_TOKEN", "large-value");
	assert_true(mf_mono_ms() - at < 5000);
	free(big);
}

/* -- the home folder -------------------------------------------------------------------------------- */

static const char *getenv_one(const char *name)
{
	return variable && strcmp(name, variable) == 0 ? value : NULL;
}

static const char *at(const char *name)
{
	return life_text("%s/%s", home, name);
}

static void folder(const char *name)
{
	assert_int_equal(mkdir(at(name), 0700), 0);
}

static void file(const char *name, const char *text)
{
	int fd = open(at(name), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	size_t n = strlen(text);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, n), (ssize_t)n);
	close(fd);
}

static void look(const char *repository)
{
	struct mf_err err = { 0 };

	begin();
	assert_int_equal(mf_places_home(&c, home, getenv_one, repository, &err), 0);
}

static void remove_tree(const char *path)
{
	DIR *dir = opendir(path);
	struct dirent *e;
	char inner[512];
	struct stat st;

	while (dir && (e = readdir(dir))) {
		if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0)
			continue;
		snprintf(inner, sizeof inner, "%s/%s", path, e->d_name);
		if (lstat(inner, &st) == 0 && S_ISDIR(st.st_mode))
			remove_tree(inner);
		else
			unlink(inner);
	}
	if (dir)
		closedir(dir);
	rmdir(path);
}

static int new_home(void **state)
{
	(void)state;
	variable = value = NULL;
	snprintf(home, sizeof home, "/tmp/mf-places-XXXXXX");
	return mkdtemp(home) ? 0 : -1;
}

static int end_home(void **state)
{
	(void)state;
	remove_tree(home);
	mf_check_list_free(&c.list);
	return 0;
}

static void test_nothing_there(void **state)
{
	struct mf_err err = { 0 };

	(void)state;
	look(NULL);
	count(0, 0);
	begin();
	assert_int_equal(mf_places_home(&c, NULL, getenv_one, NULL, &err), 0);
	assert_int_equal(mf_places_home(&c, "/nonexistent/home", NULL, "/nonexistent", &err), 0);
	count(0, 0);
}

static void test_files(void **state)
{
	(void)state;
	file(".npmrc", life_text("//r.io/:_authToken=%s\n", gh()));
	file(".vault-token", life_sample("vault-token"));
	folder(".aws");
	folder(".aws/cli");
	folder(".aws/cli/cache");
	file(".aws/cli/cache/a.json", life_text("{\"Credentials\":{\"AccessKeyId\":\"ASIA%s\",\"SecretAccessKey\":\"%s\",\"SessionToken\":\"%s\",\"Expiration\":\"2027-01-15T08:10:00Z\"}}",
		life_sample("aws-key-id") + 4, life_sample("aws-secret"), life_sample("aws-session-token")));
	file(".aws/cli/cache/b.txt", gh());
	folder(".config");
	folder(".config/gcloud");
	folder(".config/gcloud/legacy_credentials");
	folder(".config/gcloud/legacy_credentials/me@acme.io");
	file(".config/gcloud/legacy_credentials/me@acme.io/adc.json", life_sample("gcp-service-account"));
	look(NULL);
	count(4, 0);
	assert_int_equal(item(0, "~/.aws/cli/cache/a.json", "Credentials.AccessKeyId", "aws-session-key")->life.remaining, 600);
	assert_int_equal(c.list.v[0].col, 32);
	item(1, "~/.config/gcloud/legacy_credentials/me@acme.io/adc.json", "private_key", "gcp-service-account");
	item(2, "~/.npmrc", "r.io/_authToken", "github-pat-classic");
	assert_int_equal(c.list.v[2].end_line, 1);
	assert_int_equal(c.list.v[2].end_col, c.list.v[2].col + strlen(gh()));
	item(3, "~/.vault-token", ".vault-token", "vault-service-token");
	assert_int_equal(c.list.files, 4);
}

/* A configuration holds a proxy's password at most, and says where the rest is. */
static void test_gcloud(void **state)
{
	(void)state;
	folder(".config");
	folder(".config/gcloud");
	folder(".config/gcloud/configurations");
	file(".config/gcloud/configurations/config_ci", life_text("[core]\naccount = a@b.c\n[auth]\ncredential_file_override = /k.json\n[proxy]\npassword = %s\n", gh()));
	file(".config/gcloud/configurations/config_default", "[core]\nproject = x\n");
	file(".config/gcloud/configurations/other", life_text("[proxy]\npassword = %s\n", gh()));
	look(NULL);
	count(1, 1);
	item(0, "~/.config/gcloud/configurations/config_ci", "proxy.password", "github-pat-classic");
	assert_string_equal(c.list.notes[0].what, "~/.config/gcloud/configurations/config_ci: credential_file_override is another file, /k.json");
}

static void test_ssh(void **state)
{
	(void)state;
	folder(".ssh");
	file(".ssh/id_ci", life_key());
	file(".ssh/id_short", life_key());
	file(".ssh/id_short-cert.pub", life_ssh_cert(1, (uint64_t)NOW - 60, (uint64_t)NOW + 840, "deploy"));
	file(".ssh/id_broken", life_key());
	file(".ssh/id_broken-cert.pub", "ssh-ed25519-cert-v01@openssh.com AAAA x\n");
	file(".ssh/id_ci.pub", "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAA me\n");
	file(".ssh/known_hosts", "github.com ssh-ed25519 AAAA\n");
	file(".ssh/odd name", life_key());
	folder(".ssh/sub");
	look(NULL);
	count(4, 1);
	item(0, "~/.ssh/id_broken", "id_broken", "ssh-private-key");
	item(1, "~/.ssh/id_ci", "id_ci", "ssh-private-key");
	assert_int_equal(item(2, "~/.ssh/id_short-cert.pub", "id_short-cert.pub", "ssh-user-certificate")->life.lifetime, 900);
	assert_true(c.list.v[2].life.flags & MF_LIFE_KEY_BESIDE);
	assert_int_equal(item(3, "~/.ssh/odd name", "odd name", "ssh-private-key")->life.class, MF_LC_SSH);
	note(0, "~/.ssh/sub is a folder");
}

static void test_what_is_no_file(void **state)
{
	int64_t begun = mf_mono_ms();

	(void)state;
	assert_int_equal(mkfifo(at(".npmrc"), 0600), 0);
	folder(".netrc");
	assert_int_equal(symlink("/dev/zero", at(".pypirc")), 0);
	assert_int_equal(symlink("/dev/null", at(".gitconfig")), 0);
	assert_int_equal(symlink(".vault-token", at(".vault-token")), 0);
	assert_int_equal(symlink("nowhere", at(".boto")), 0);
	look(NULL);
	count(0, 4);
	note(0, "~/.npmrc is a FIFO");
	note(1, "~/.pypirc is a device");
	note(2, "~/.netrc is a folder");
	note(3, "~/.vault-token cannot be read");
	assert_int_equal(c.list.files, 0);
	assert_true(mf_mono_ms() - begun < 2000);
}

static void test_links(void **state)
{
	(void)state;
	folder("dotfiles");
	file("dotfiles/npmrc", life_text("//r.io/:_authToken=%s\n", gh()));
	assert_int_equal(symlink("dotfiles/npmrc", at(".npmrc")), 0);
	assert_int_equal(symlink("dotfiles/npmrc", at(".yarnrc")), 0);
	look(NULL);
	/* two names of one file */
	count(1, 0);
	item(0, "~/.npmrc", "r.io/_authToken", "github-pat-classic");
	look(at("dotfiles"));
	count(0, 0);
	look(at("dotfile"));
	count(1, 0);
	if (geteuid() == 0) {
		assert_int_equal(chown(at("dotfiles/npmrc"), 12345, 12345), 0);
		look(NULL);
		count(0, 2);
		note(0, "a link to a file of somebody else");
	}
}

static void look_as(uid_t user)
{
	bool root = geteuid() == 0;

	assert_true(!root || (chown(home, user, user) == 0 && seteuid(user) == 0));
	look(NULL);
	assert_true(!root || seteuid(0) == 0);
}

/* Root reads all, and is somebody else for as long as it looks. */
static void test_unreadable(void **state)
{
	(void)state;
	file(".npmrc", life_text("//r.io/:_authToken=%s\n", gh()));
	assert_int_equal(chmod(at(".npmrc"), 0), 0);
	folder(".ssh");
	assert_int_equal(chmod(at(".ssh"), 0), 0);
	look_as(65534);
	count(0, 2);
	note(0, "~/.npmrc cannot be read");
	note(1, "~/.ssh cannot be read");
	assert_string_equal(c.list.notes[0].why, "Permission denied");
	assert_int_equal(c.list.files, 0);
	/* one note for a home folder that is closed, not one for each file */
	assert_int_equal(chmod(home, 0), 0);
	look_as(65534);
	assert_int_equal(chmod(home, 0700), 0);
	count(0, 1);
	note(0, "cannot be read");
}

static void test_large_file(void **state)
{
	(void)state;
	file(".npmrc", life_text("//r.io/:_authToken=%s\n", gh()));
	assert_int_equal(truncate(at(".npmrc"), (off_t)100 << 20), 0);
	look(NULL);
	count(1, 1);
	note(0, "~/.npmrc is larger than 1 MiB");
	assert_int_equal(c.list.v[0].line, 1);
}

static void test_many_files(void **state)
{
	(void)state;
	folder(".ssh");
	for (int i = 0; i < 250; i++)
		file(life_text(".ssh/f%d", i), "x");
	look(NULL);
	count(0, 1);
	note(0, "more than 200 files");
	assert_int_equal(c.list.files, 200);
}

static void test_variables_that_name_files(void **state)
{
	(void)state;
	file("a", life_text("users:\n- name: a\n  user: {token: %s}\n", gh()));
	file("b", life_text("users:\n- name: b\n  user: {token: %s}\n", gh()));
	variable = "KUBECONFIG";
	value = life_text("%s:relative:%s:%s/missing", at("a"), at("b"), home);
	look(NULL);
	count(2, 0);
	item(0, "~/a", "a.token", "github-pat-classic");
	item(1, "~/b", "b.token", "github-pat-classic");
	file("key.json", life_sample("gcp-service-account"));
	variable = "GOOGLE_APPLICATION_CREDENTIALS";
	value = at("key.json");
	look(NULL);
	count(1, 0);
	item(0, "~/key.json", "private_key", "gcp-service-account");
	folder("dc");
	file("dc/config.json", life_text("{\"auths\":{\"r.io\":{\"auth\":\"%s\"}}}", life_b64("ci:vK7qzTgW2mRx9Lp", 18)));
	variable = "DOCKER_CONFIG";
	value = at("dc");
	look(NULL);
	count(1, 0);
	item(0, "~/dc/config.json", "r.io.auth", "basic-auth");
	variable = "RUNNER_TEMP";
	value = home;
	file("git-credentials-1.config", life_text("[http \"https://github.com/\"]\n\textraheader = Authorization: token %s\n", gh()));
	look(NULL);
	count(1, 0);
	item(0, "~/git-credentials-1.config", "http.https://github.com/.extraheader", "github-pat-classic");
}

struct paths {
	size_t n;
	bool ssh, kube;
};

static int one_path(void *ctx, const char *path, struct mf_err *err)
{
	struct paths *p = ctx;

	(void)err;
	assert_int_equal(path[0], '/');
	p->n++;
	p->ssh |= strcmp(path, "/home/x/.ssh") == 0;
	if (strcmp(path, "/home/x/.kube/config") == 0) {
		assert_false(p->kube);
		p->kube = true;
	}
	return 0;
}

static void test_paths(void **state)
{
	struct paths p = { 0 };
	struct mf_err err = { 0 };

	(void)state;
	variable = "KUBECONFIG";
	value = "/home/x/.kube/config:/k";
	assert_int_equal(mf_places_paths("/home/x", getenv_one, one_path, &p, &err), 0);
	assert_true(p.ssh && p.kube && p.n > 40);
}

static int body(void *ctx, struct mf_err *err)
{
	struct mf_check own = { .now = NOW };
	int rc = mf_places_home(&own, ctx, NULL, "/tmp", err);

	mf_check_list_free(&own.list);
	return rc;
}

static int body_without_repository(void *ctx, struct mf_err *err)
{
	struct mf_check own = { .now = NOW };
	int rc = mf_places_home(&own, ctx, NULL, NULL, err);

	mf_check_list_free(&own.list);
	return rc;
}

static void test_memory(void **state)
{
	(void)state;
	file(".npmrc", life_text("//r.io/:_authToken=%s\n", gh()));
	folder(".ssh");
	file(".ssh/id_ci", life_key());
	folder(".netrc");
	mf_torture(body, home);
	mf_torture(body_without_repository, home);
}

static int done(void **state)
{
	(void)state;
	life_support_free();
	return 0;
}

#define HOME_TEST(fn) cmocka_unit_test_setup_teardown(fn, new_home, end_home)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_one_key_of_aws), cmocka_unit_test(test_names_and_values), cmocka_unit_test(test_stock_github_job),
		cmocka_unit_test(test_stock_gitlab_job), cmocka_unit_test(test_a_very_large_variable), HOME_TEST(test_nothing_there), HOME_TEST(test_files),
		HOME_TEST(test_gcloud), HOME_TEST(test_ssh), HOME_TEST(test_what_is_no_file), HOME_TEST(test_links), HOME_TEST(test_unreadable), HOME_TEST(test_large_file),
		HOME_TEST(test_many_files), HOME_TEST(test_variables_that_name_files), HOME_TEST(test_paths), HOME_TEST(test_memory),
	};

	return cmocka_run_group_tests(tests, NULL, done);
}
