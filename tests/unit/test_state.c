/* SPDX-License-Identifier: Apache-2.0 */
/* The state between steps: it comes back as it was, and nothing hostile is believed. */
#include "unit.h"

#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>
#include <mayfly/reveal.h>
#include <mayfly/state.h>
#include "../../src/sink/state.h"
#include "failalloc.h"
#include "support_sink.h"

static struct mf_err err;
static char *saved;		/* STATE_mayfly */
static const char *runtime_dir;

static const char *environment(const char *name)
{
	if (strcmp(name, "STATE_mayfly") == 0)
		return saved;
	if (strcmp(name, "CI_JOB_ID") == 0)
		return "30/../2";	/* never leads elsewhere */
	return strcmp(name, "XDG_RUNTIME_DIR") == 0 ? runtime_dir : NULL;
}

/* A state of two credentials; borrowed texts, only the token is allocated. */
struct sample {
	struct mf_state s;
	struct mf_state_cred creds[2];
	char *leases[2], *files[2];
};

static void sample(struct sample *x, const char *token)
{
	memset(x, 0, sizeof(*x));
	x->leases[0] = "database/creds/app/abc\"d\n";
	x->leases[1] = "aws/creds/x";
	x->files[0] = "/tmp/a b/KUBECONFIG";
	x->files[1] = "/tmp/\xc3\xa4";
	x->creds[0] = (struct mf_state_cred){
		.provider = "vault", .url = "https://vault.example:8200", .ns = "team-a", .ca_file = "/etc/ca.pem",
		.token = mf_secret_new(token, strlen(token)), .accessor = "acc", .expires = 1893456000, .skip_verify = true, .ours = true,
		.leases = x->leases, .n_leases = 2,
	};
	x->creds[1] = (struct mf_state_cred){ .provider = "vault", .url = "http://127.0.0.1:1", .allow_http = true, .batch = true,
		.unlimited = true, .ours = true, .ca_pem = "-----BEGIN CERTIFICATE-----\nMII\n" };
	x->s = (struct mf_state){ .creds = x->creds, .n_creds = 2, .files = x->files, .n_files = 2 };
}

static void assert_same(const struct mf_state *got, const struct sample *want)
{
	assert_int_equal(got->n_creds, 2);
	assert_int_equal(got->n_files, 2);
	for (size_t i = 0; i < 2; i++) {
		const struct mf_state_cred *a = &got->creds[i], *b = &want->creds[i];

		assert_string_equal(a->provider, b->provider);
		assert_string_equal(a->url, b->url);
		assert_true(a->ns ? strcmp(a->ns, b->ns) == 0 : !b->ns);
		assert_true(a->ca_file ? strcmp(a->ca_file, b->ca_file) == 0 : !b->ca_file);
		assert_true(a->ca_pem ? strcmp(a->ca_pem, b->ca_pem) == 0 : !b->ca_pem);
		assert_true(a->token ? mf_secret_eq(a->token, b->token) : !b->token);
		assert_int_equal(a->expires, b->expires);
		assert_int_equal(a->skip_verify, b->skip_verify);
		assert_int_equal(a->allow_http, b->allow_http);
		assert_int_equal(a->batch, b->batch);
		assert_int_equal(a->unlimited, b->unlimited);
		assert_int_equal(a->ours, b->ours);
		assert_int_equal(a->ours, b->ours);
		assert_int_equal(a->n_leases, b->n_leases);
		for (size_t k = 0; k < a->n_leases; k++)
			assert_string_equal(a->leases[k], b->leases[k]);
		assert_string_equal(got->files[i], want->files[i]);
	}
}

static void save(struct mf_test_job *t, const char *token)
{
	struct sample x;

	sample(&x, token);
	if (mf_state_save(&x.s, &t->job, environment, &err))
		fail_msg("%s: %s (%s)", err.id, err.what, err.why);
	mf_secret_free(x.creds[0].token);
}

static void assert_loads(struct mf_test_job *t, const char *token)
{
	struct mf_state got;
	struct sample x;

	sample(&x, token);
	assert_int_equal(mf_state_load(&got, &t->job, environment, &err), 0);
	assert_same(&got, &x);
	mf_state_free(&got);
	mf_state_free(&got);
	mf_secret_free(x.creds[0].token);
}

static void test_github(void **state)
{
	struct mf_test_job t;
	struct mf_text file;
	size_t n, count;
	bool malformed;

	(void)state;
	mf_test_job_begin(&t, MF_CI_GITHUB);
	t.job.action = true;
	save(&t, "hvs.first-token");
	save(&t, "hvs.second-token");	/* the later entry counts */
	file = mf_test_read(t.state_file);
	saved = mf_test_lookup(&n, file, "mayfly", &malformed, &count);
	free(file.p);
	assert_non_null(saved);
	assert_int_equal(count, 2);
	assert_int_equal(mf_test_entries(t.temp), 0);
	assert_loads(&t, "hvs.second-token");
	assert_int_equal(mf_state_drop(&t.job, environment, &err), 0);
	free(saved);
	saved = NULL;
	mf_test_job_end(&t);
}

/* Without our post step there is nobody who would get GITHUB_STATE. */
static void test_github_without_action(void **state)
{
	struct mf_test_job t;
	struct mf_text file;

	(void)state;
	mf_test_job_begin(&t, MF_CI_GITHUB);
	save(&t, "hvs.token");
	file = mf_test_read(t.state_file);
	assert_int_equal(file.n, 0);
	free(file.p);
	assert_loads(&t, "hvs.token");
	mf_test_job_end(&t);
}

static void test_file(void **state)
{
	struct mf_state empty;
	struct mf_test_job t;
	char *folder, path[256];
	struct stat st;

	(void)state;
	mf_test_job_begin(&t, MF_CI_GITLAB);
	assert_int_equal(mf_state_load(&empty, &t.job, environment, &err), 0);
	assert_int_equal(empty.n_creds + empty.n_files, 0);
	mf_state_free(&empty);
	assert_int_equal(mf_state_drop(&t.job, environment, &err), 0);
	save(&t, "hvs.first-token");
	save(&t, "hvs.second-token");
	folder = mf_state_folder(&t.job, environment);
	assert_int_equal(strncmp(folder, t.temp, strlen(t.temp)), 0);
	assert_null(strchr(folder + strlen(t.temp) + 1, '/'));
	snprintf(path, sizeof(path), "%s/state.json", folder);
	assert_int_equal(lstat(folder, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0700);
	assert_int_equal(lstat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	assert_int_equal(mf_test_entries(t.temp), 2);	/* the folder and one file */
	assert_loads(&t, "hvs.second-token");
	assert_int_equal(mf_state_drop(&t.job, environment, &err), 0);
	assert_int_equal(mf_test_entries(t.temp), 0);
	assert_int_equal(mf_state_drop(&t.job, environment, &err), 0);
	free(folder);
	mf_test_job_end(&t);
}

static void test_local_place(void **state)
{
	struct mf_test_job t;
	char *folder;

	(void)state;
	mf_test_job_begin(&t, MF_CI_LOCAL);
	runtime_dir = t.work;
	folder = mf_state_folder(&t.job, environment);
	assert_int_equal(strncmp(folder, t.work, strlen(t.work)), 0);
	free(folder);
	runtime_dir = "relative";
	folder = mf_state_folder(&t.job, environment);
	assert_int_equal(strncmp(folder, t.temp, strlen(t.temp)), 0);
	free(folder);
	runtime_dir = NULL;
	mf_test_job_end(&t);
}

static void refused(struct mf_test_job *t, const char *id)
{
	struct mf_state got;

	assert_fails(mf_state_load(&got, &t->job, environment, &err), err, id);
}

static void test_unsafe_files(void **state)
{
	struct mf_test_job t;
	char *folder, path[256], other[128];

	(void)state;
	mf_test_job_begin(&t, MF_CI_GITLAB);
	folder = mf_state_folder(&t.job, environment);
	snprintf(path, sizeof(path), "%s/state.json", folder);
	snprintf(other, sizeof(other), "%s/other", t.dir);
	save(&t, "hvs.token");
	/* others may read it */
	assert_int_equal(chmod(path, 0644), 0);
	refused(&t, "MF-STATE-02");
	assert_int_equal(chmod(path, 0600), 0);
	assert_int_equal(chmod(folder, 0755), 0);
	refused(&t, "MF-STATE-02");
	assert_fails(mf_state_drop(&t.job, environment, &err), err, "MF-STATE-02");
	assert_int_equal(chmod(folder, 0700), 0);
	/* a second name, a link, a pipe, somebody else's */
	assert_int_equal(link(path, other), 0);
	refused(&t, "MF-STATE-02");
	assert_int_equal(unlink(path), 0);
	assert_int_equal(symlink(other, path), 0);
	refused(&t, "MF-STATE-02");
	assert_int_equal(unlink(path), 0);
	assert_int_equal(mkfifo(path, 0600), 0);
	refused(&t, "MF-STATE-02");
	assert_int_equal(unlink(path), 0);
	if (geteuid() == 0) {
		mf_test_write(path, "{}");
		assert_int_equal(chmod(path, 0600), 0);
		assert_int_equal(chown(path, 12345, 12345), 0);
		refused(&t, "MF-STATE-02");
		assert_int_equal(unlink(path), 0);
	}
	/* too large */
	mf_test_write(path, "");
	assert_int_equal(chmod(path, 0600), 0);
	assert_int_equal(truncate(path, (1 << 20) + 1), 0);
	refused(&t, "MF-STATE-02");
	/* the folder is a link, or something else */
	assert_int_equal(unlink(path), 0);
	assert_int_equal(rmdir(folder), 0);
	assert_int_equal(symlink(t.work, folder), 0);
	refused(&t, "MF-STATE-02");
	{
		struct sample x;

		sample(&x, "hvs.token");
		assert_fails(mf_state_save(&x.s, &t.job, environment, &err), err, "MF-STATE-01");
		mf_secret_free(x.creds[0].token);
		assert_int_equal(mf_test_entries(t.work), 0);
	}
	assert_int_equal(unlink(folder), 0);
	mf_test_write(folder, "x");
	refused(&t, "MF-STATE-02");
	free(folder);
	mf_test_job_end(&t);
}

static void test_hostile_text(void **state)
{
	static const char *const texts[] = {
		"x", "{", "[]", "{}", "null", "{\"v\":2,\"creds\":[],\"files\":[]}", "{\"v\":\"1\",\"creds\":[]}", "{\"v\":1}",
		"{\"v\":1,\"creds\":{}}", "{\"v\":1,\"creds\":[1]}", "{\"v\":1,\"creds\":[{}]}",
		"{\"v\":1,\"creds\":[{\"provider\":\"vault\"}]}", "{\"v\":1,\"creds\":[{\"provider\":1,\"url\":\"u\"}]}",
		"{\"v\":1,\"creds\":[{\"provider\":\"p\",\"url\":\"u\",\"token\":5}]}",
		"{\"v\":1,\"creds\":[{\"provider\":\"p\",\"url\":\"u\",\"expires\":\"x\"}]}",
		"{\"v\":1,\"creds\":[{\"provider\":\"p\",\"url\":\"u\",\"batch\":1}]}",
		"{\"v\":1,\"creds\":[{\"provider\":\"p\",\"url\":\"u\",\"leases\":{}}]}",
		"{\"v\":1,\"creds\":[{\"provider\":\"p\",\"url\":\"u\",\"leases\":[1]}]}",
		"{\"v\":1,\"creds\":[{\"provider\":\"p\",\"url\":\"u\\u0000v\"}]}", "{\"v\":1,\"creds\":[],\"files\":\"/etc\"}",
		"{\"v\":1,\"creds\":[],\"files\":[\"a\\u0000\"]}", "{\"v\":1,\"creds\":[],\"creds\":[]}",
		"{\"v\":1,\"creds\":[],\"files\":[]} x",
	};
	struct mf_state empty;
	struct mf_test_job t;

	(void)state;
	mf_test_job_begin(&t, MF_CI_GITHUB);
	for (size_t i = 0; i < MF_COUNT(texts); i++) {
		saved = strdup(texts[i]);
		refused(&t, "MF-STATE-03");
		free(saved);
	}
	saved = strdup("{\"v\":1,\"creds\":[],\"files\":[]}");
	assert_int_equal(mf_state_load(&empty, &t.job, environment, &err), 0);
	mf_state_free(&empty);
	free(saved);
	saved = NULL;
	mf_test_job_end(&t);
}

/* GITHUB_STATE becomes a variable: leases go first, then it is an error. */
static void test_too_large_for_a_variable(void **state)
{
	enum { MANY = 3000 };
	static char *leases[MANY];
	char *pem = calloc(200000, 1);
	struct mf_test_job t;
	struct mf_text file;
	struct sample x;

	(void)state;
	assert_non_null(pem);
	memset(pem, 'A', 199999);
	for (int i = 0; i < MANY; i++)
		leases[i] = "database/creds/app-readonly/0123456789abcdef0123456789";
	mf_test_job_begin(&t, MF_CI_GITHUB);
	t.job.action = true;
	sample(&x, "hvs.token");
	x.creds[0].leases = leases;
	x.creds[0].n_leases = MANY;
	assert_int_equal(mf_state_save(&x.s, &t.job, environment, &err), 0);
	file = mf_test_read(t.state_file);
	assert_true(file.n < MF_STATE_TEXT_MAX);
	assert_non_null(strstr(file.p, "hvs.token"));
	free(file.p);
	x.creds[1].ca_pem = pem;
	assert_fails(mf_state_save(&x.s, &t.job, environment, &err), err, "MF-STATE-01");
	mf_secret_free(x.creds[0].token);
	free(pem);
	mf_test_job_end(&t);
}

static int torture_body(void *ctx, struct mf_err *e)
{
	struct mf_test_job *t = ctx;
	struct mf_state got = { 0 };
	struct sample x;
	int r;

	sample(&x, "hvs.token");
	r = x.creds[0].token ? mf_state_save(&x.s, &t->job, environment, e) : mf_fail_nomem(e);
	if (r == 0)
		r = mf_state_load(&got, &t->job, environment, e);
	mf_state_free(&got);
	mf_secret_free(x.creds[0].token);
	return r;
}

static void test_torture(void **state)
{
	struct mf_test_job t;

	(void)state;
	mf_test_job_begin(&t, MF_CI_GITLAB);
	mf_torture(torture_body, &t);
	assert_int_equal(mf_test_entries(t.temp), 2);
	mf_test_job_end(&t);
}

static int teardown(void **state)
{
	(void)state;
	mf_secret_close();
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_github),
		cmocka_unit_test(test_github_without_action),
		cmocka_unit_test(test_file),
		cmocka_unit_test(test_local_place),
		cmocka_unit_test(test_unsafe_files),
		cmocka_unit_test(test_hostile_text),
		cmocka_unit_test(test_too_large_for_a_variable),
		cmocka_unit_test(test_torture),
	};

	return cmocka_run_group_tests(tests, NULL, teardown);
}
