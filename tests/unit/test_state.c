/* SPDX-License-Identifier: Apache-2.0 */
/* The state between steps: it comes back as it was, and nothing hostile is believed. */
#include "unit.h"

#include <stdio.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <mayfly/reveal.h>
#include <mayfly/state.h>
#include "../../src/sink/state.h"
#include "failalloc.h"
#include "support_sink.h"

static struct mf_err err;
static char *saved;		/* STATE_mayfly */
static const char *build_tag;

static const char *environment(const char *name)
{
	if (strcmp(name, "STATE_mayfly") == 0)
		return saved;
	if (strcmp(name, "CI_JOB_ID") == 0)
		return "30/../2";	/* never leads elsewhere */
	return strcmp(name, "BUILD_TAG") == 0 ? build_tag : NULL;
}

/* A state of two credentials; borrowed texts, only the token is allocated. */
struct sample {
	struct mf_state s;
	struct mf_state_cred creds[2];
	char *leases[2], *files[2], *urls[1];
};

static void sample(struct sample *x, const char *token)
{
	memset(x, 0, sizeof(*x));
	x->leases[0] = "database/creds/app/abc\"d\n";
	x->leases[1] = "aws/creds/x";
	x->urls[0] = "https://other.example:8200";
	x->files[0] = "/tmp/a b/KUBECONFIG";
	x->files[1] = "/tmp/\xc3\xa4";
	x->creds[0] = (struct mf_state_cred){
		.provider = "vault", .url = "https://vault.example:8200", .ns = "team-a", .ca_file = "/etc/ca.pem",
		.token = mf_secret_new(token, strlen(token)), .accessor = "acc", .expires = 1893456000, .skip_verify = true, .ours = true,
		.leases = x->leases, .n_leases = 2, .redirect_to = x->urls, .n_redirect_to = 1,
		.headers = mf_secret_new("X-Gate: open\n", 13), .client_cert_pem = mf_secret_new("CERT", 4),
		.client_key_pem = mf_secret_new("KEY", 3),
	};
	x->creds[1] = (struct mf_state_cred){ .provider = "vault", .url = "http://127.0.0.1:1", .allow_http = true, .batch = true,
		.unlimited = true, .ours = true, .ca_pem = "-----BEGIN CERTIFICATE-----\nMII\n" };
	x->s = (struct mf_state){ .creds = x->creds, .n_creds = 2, .files = x->files, .n_files = 2 };
}

static void sample_end(struct sample *x)
{
	mf_secret_free(x->creds[0].token);
	mf_secret_free(x->creds[0].headers);
	mf_secret_free(x->creds[0].client_cert_pem);
	mf_secret_free(x->creds[0].client_key_pem);
}

static void assert_secret(const struct mf_secret *a, const struct mf_secret *b)
{
	assert_true(a && b ? mf_secret_eq(a, b) : a == b);
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
		assert_secret(a->token, b->token);
		assert_secret(a->headers, b->headers);
		assert_secret(a->client_cert_pem, b->client_cert_pem);
		assert_secret(a->client_key_pem, b->client_key_pem);
		assert_int_equal(a->n_redirect_to, b->n_redirect_to);
		for (size_t k = 0; k < a->n_redirect_to; k++)
			assert_string_equal(a->redirect_to[k], b->redirect_to[k]);
		assert_int_equal(a->expires, b->expires);
		assert_int_equal(a->skip_verify, b->skip_verify);
		assert_int_equal(a->allow_http, b->allow_http);
		assert_int_equal(a->batch, b->batch);
		assert_int_equal(a->unlimited, b->unlimited);
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
	sample_end(&x);
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
	sample_end(&x);
}

/* All that is saved is done. */
static void remove_all(struct mf_test_job *t)
{
	struct mf_state all;

	assert_int_equal(mf_state_load(&all, &t->job, environment, &err), 0);
	assert_int_equal(mf_state_remove(&all, &t->job, environment, NULL, &err), 0);
	mf_state_free(&all);
	assert_int_equal(mf_state_load(&all, &t->job, environment, &err), 0);
	assert_int_equal(all.n_files, 0);
	mf_state_free(&all);
}

static void assert_tokens(struct mf_test_job *t, size_t n)
{
	struct mf_state all;
	size_t found = 0;

	assert_int_equal(mf_state_load(&all, &t->job, environment, &err), 0);
	for (size_t i = 0; i < all.n_creds; i++)
		found += all.creds[i].token != NULL;
	assert_int_equal(found, n);
	mf_state_free(&all);
}

/* The variable that the post step gets. */
static char *entry(struct mf_test_job *t, size_t *count)
{
	struct mf_text file = mf_test_read(t->state_file);
	bool malformed;
	size_t n;
	char *text = mf_test_lookup(&n, file, "mayfly", &malformed, count);

	free(file.p);
	assert_non_null(text);
	return text;
}

static void test_github(void **state)
{
	struct mf_test_job t;
	size_t count;

	(void)state;
	mf_test_job_begin(&t, MF_CI_GITHUB);
	t.job.action = true;
	save(&t, "hvs.first-token");
	save(&t, "hvs.second-token");	/* the later entry counts */
	saved = entry(&t, &count);
	assert_int_equal(count, 2);
	assert_int_equal(mf_test_entries(t.temp), 0);
	assert_loads(&t, "hvs.second-token");
	free(saved);
	saved = NULL;
	/* undone by the main step itself: nothing is left to the post step */
	remove_all(&t);
	saved = entry(&t, &count);
	assert_tokens(&t, 0);
	free(saved);
	saved = NULL;
	mf_test_job_end(&t);
}

/* `uses: mayfly` and later `run: mayfly export`: the post step of the first has to end both. */
static void test_variable_and_file(void **state)
{
	struct mf_test_job t;
	size_t count;

	(void)state;
	mf_test_job_begin(&t, MF_CI_GITHUB);
	t.job.action = true;
	save(&t, "hvs.of-the-action");
	t.job.action = false;
	save(&t, "hvs.of-the-script");
	save(&t, "hvs.of-the-action");	/* known by both: once */
	t.job.action = true;
	saved = entry(&t, &count);
	assert_tokens(&t, 2);
	free(saved);
	/* a variable that cannot be read hides no file */
	saved = strdup("{");
	{
		struct mf_state all;

		assert_fails(mf_state_load(&all, &t.job, environment, &err), err, "MF-STATE-03");
		assert_int_equal(all.n_creds, 3);
		assert_int_equal(mf_state_remove(&all, &t.job, environment, NULL, &err), 0);
		mf_state_free(&all);
	}
	assert_int_equal(mf_test_entries(t.temp), 0);
	free(saved);
	saved = NULL;
	mf_test_job_end(&t);
}

/* What was not undone stays; of a token that was there before, each run has its leases. */
static void test_remove_part(void **state)
{
	struct mf_state_cred mine[2] = { 0 };
	struct mf_state part = { .creds = mine, .n_creds = 1 };
	char *one[1] = { "a/1" }, *two[1] = { "a/2" }, *files[1] = { "/tmp/f" };
	struct mf_test_job t;
	struct mf_state all;
	size_t left;

	(void)state;
	mf_test_job_begin(&t, MF_CI_GITLAB);
	mine[0] = (struct mf_state_cred){ .provider = "vault", .url = "https://v.example", .token = mf_secret_new("hvs.ready", 9),
		.leases = one, .n_leases = 1 };
	assert_int_equal(mf_state_save(&part, &t.job, environment, &err), 0);
	mine[0].leases = two;
	part.files = files;
	part.n_files = 1;
	assert_int_equal(mf_state_save(&part, &t.job, environment, &err), 0);
	assert_int_equal(mf_state_load(&all, &t.job, environment, &err), 0);
	assert_int_equal(all.n_creds, 1);
	assert_int_equal(all.creds[0].n_leases, 2);
	mf_state_free(&all);
	assert_int_equal(mf_state_remove(&part, &t.job, environment, &left, &err), 0);
	assert_int_equal(left, 1);
	assert_int_equal(mf_state_load(&all, &t.job, environment, &err), 0);
	assert_int_equal(all.n_files, 0);
	assert_int_equal(all.n_creds, 1);
	assert_int_equal(all.creds[0].n_leases, 1);
	assert_string_equal(all.creds[0].leases[0], "a/1");
	mf_state_free(&all);
	remove_all(&t);
	assert_int_equal(mf_test_entries(t.temp), 0);
	mf_secret_free(mine[0].token);
	mf_test_job_end(&t);
}

/* What a killed writer left is read, and wiped with the rest; half of a state is only wiped. */
static void test_leftovers(void **state)
{
	struct mf_test_job t;
	char *folder, path[256], fresh[256];

	(void)state;
	mf_test_job_begin(&t, MF_CI_GITLAB);
	save(&t, "hvs.token");
	folder = mf_state_folder(&t.job, environment, 0);
	snprintf(path, sizeof(path), "%s/state.json", folder);
	snprintf(fresh, sizeof(fresh), "%s/new-0011223344556677", folder);
	assert_int_equal(rename(path, fresh), 0);
	assert_tokens(&t, 1);
	snprintf(fresh, sizeof(fresh), "%s/new-8811223344556677", folder);
	mf_test_write(fresh, "{\"v\":1,\"creds\":[{\"token\":\"hvs.ha");
	assert_int_equal(chmod(fresh, 0600), 0);
	save(&t, "hvs.other");
	assert_tokens(&t, 2);
	assert_int_equal(mf_test_entries(t.temp), 2);
	mf_test_write(fresh, "x");
	remove_all(&t);
	assert_int_equal(mf_test_entries(t.temp), 0);
	/* what is not ours keeps the folder */
	save(&t, "hvs.token");
	snprintf(fresh, sizeof(fresh), "%s/other", folder);
	mf_test_write(fresh, "x");
	remove_all(&t);
	assert_int_equal(mf_test_entries(t.temp), 2);
	free(folder);
	mf_test_job_end(&t);
}

/* Runs at the same time lose nothing of each other. */
static void test_at_once(void **state)
{
	enum { RUNS = 12 };
	struct mf_test_job t;
	char token[32];

	(void)state;
	mf_test_job_begin(&t, MF_CI_GITLAB);
	for (int i = 0; i < RUNS; i++) {
		pid_t child = fork();

		assert_true(child >= 0);
		if (child == 0) {
			struct sample x;

			snprintf(token, sizeof(token), "hvs.token-%d", i);
			sample(&x, token);
			_exit(mf_state_save(&x.s, &t.job, environment, &err) ? 1 : 0);
		}
	}
	for (int i = 0; i < RUNS; i++) {
		int status;

		assert_true(wait(&status) > 0);
		assert_int_equal(status, 0);
	}
	assert_tokens(&t, RUNS);
	assert_int_equal(mf_test_entries(t.temp), 2);
	/* and those that remove, with one that saves */
	for (int i = 0; i < RUNS; i++) {
		pid_t child = fork();

		assert_true(child >= 0);
		if (child == 0) {
			struct sample x;

			snprintf(token, sizeof(token), i ? "hvs.token-%d" : "hvs.late", i);
			sample(&x, token);
			_exit((i ? mf_state_remove(&x.s, &t.job, environment, NULL, &err) : mf_state_save(&x.s, &t.job, environment, &err)) ? 1 : 0);
		}
	}
	for (int i = 0; i < RUNS; i++) {
		int status;

		assert_true(wait(&status) > 0);
		assert_int_equal(status, 0);
	}
	assert_tokens(&t, 2);
	remove_all(&t);
	assert_int_equal(mf_test_entries(t.temp), 0);
	mf_test_job_end(&t);
}

/* The folder that was best when it was saved may not be there later, and the other way round. */
static void test_places(void **state)
{
	struct mf_test_job t;
	char first[128];

	(void)state;
	mf_test_job_begin(&t, MF_CI_GITLAB);
	snprintf(first, sizeof(first), "%s/first", t.dir);
	t.job.state_dirs[0] = first;
	t.job.state_dirs[1] = t.work;
	save(&t, "hvs.in-the-second");
	assert_int_equal(mf_test_entries(t.work), 2);
	assert_int_equal(mf_test_entries(t.temp), 0);
	assert_int_equal(mkdir(first, 0700), 0);
	assert_tokens(&t, 1);
	save(&t, "hvs.in-the-first");
	assert_int_equal(mf_test_entries(first), 2);
	assert_tokens(&t, 2);
	remove_all(&t);
	assert_int_equal(mf_test_entries(first) + mf_test_entries(t.work), 0);
	mf_test_job_end(&t);
}

/* Two jobs of one user are told apart, by what the CI calls them or by where they work. */
static void test_keys(void **state)
{
	struct mf_test_job t;
	char *a, *b, here[256], sub[300];

	(void)state;
	assert_non_null(getcwd(here, sizeof(here)));
	mf_test_job_begin(&t, MF_CI_OTHER);
	build_tag = "jenkins-a-1";
	a = mf_state_folder(&t.job, environment, 0);
	build_tag = "jenkins-a-2";
	b = mf_state_folder(&t.job, environment, 0);
	assert_string_not_equal(a, b);
	free(b);
	assert_int_equal(chdir(t.work), 0);
	build_tag = "jenkins-a-1";
	b = mf_state_folder(&t.job, environment, 0);
	assert_string_equal(a, b);
	free(a);
	free(b);
	build_tag = NULL;
	a = mf_state_folder(&t.job, environment, 0);
	t.job.ci = MF_CI_LOCAL;
	b = mf_state_folder(&t.job, environment, 0);
	assert_string_equal(a, b);
	free(b);
	/* the whole checkout is one place */
	assert_int_equal(mkdir(".git", 0700), 0);
	assert_int_equal(mkdir("sub", 0700), 0);
	snprintf(sub, sizeof(sub), "%s/sub", t.work);
	assert_int_equal(chdir(sub), 0);
	b = mf_state_folder(&t.job, environment, 0);
	assert_string_equal(a, b);
	free(b);
	assert_int_equal(chdir(t.temp), 0);
	b = mf_state_folder(&t.job, environment, 0);
	assert_string_not_equal(a, b);
	free(a);
	free(b);
	assert_int_equal(chdir(here), 0);
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
	assert_int_equal(mf_state_remove(&empty, &t.job, environment, NULL, &err), 0);
	mf_state_free(&empty);
	save(&t, "hvs.token");
	save(&t, "hvs.token");
	folder = mf_state_folder(&t.job, environment, 0);
	assert_int_equal(strncmp(folder, t.temp, strlen(t.temp)), 0);
	assert_null(strchr(folder + strlen(t.temp) + 1, '/'));
	snprintf(path, sizeof(path), "%s/state.json", folder);
	assert_int_equal(lstat(folder, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0700);
	assert_int_equal(lstat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	assert_int_equal(mf_test_entries(t.temp), 2);	/* the folder and one file */
	assert_loads(&t, "hvs.token");
	remove_all(&t);
	assert_int_equal(mf_test_entries(t.temp), 0);
	remove_all(&t);
	free(folder);
	mf_test_job_end(&t);
}

static void refused(struct mf_test_job *t, const char *id)
{
	struct mf_state got;

	assert_fails(mf_state_load(&got, &t->job, environment, &err), err, id);
	mf_state_free(&got);
}

static void test_unsafe_files(void **state)
{
	struct mf_test_job t;
	char *folder, path[256], other[128];

	(void)state;
	mf_test_job_begin(&t, MF_CI_GITLAB);
	folder = mf_state_folder(&t.job, environment, 0);
	snprintf(path, sizeof(path), "%s/state.json", folder);
	snprintf(other, sizeof(other), "%s/other", t.dir);
	save(&t, "hvs.token");
	/* others may read it */
	assert_int_equal(chmod(path, 0644), 0);
	refused(&t, "MF-STATE-02");
	assert_int_equal(chmod(path, 0600), 0);
	assert_int_equal(chmod(folder, 0755), 0);
	refused(&t, "MF-STATE-02");
	assert_fails(mf_state_remove(&(struct mf_state){ 0 }, &t.job, environment, NULL, &err), err, "MF-STATE-02");
	assert_int_equal(chmod(folder, 0700), 0);
	/* a second name is no harm: nobody else could make one */
	assert_int_equal(link(path, other), 0);
	assert_loads(&t, "hvs.token");
	/* a link, a pipe, somebody else's */
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
		sample_end(&x);
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

/* GITHUB_STATE becomes a variable: what is too long for one goes into the file, which the post step reads too. */
static void test_too_large_for_a_variable(void **state)
{
	enum { MANY = 3000, PEM = 2 << 20 };
	static char *leases[MANY];
	char *pem = calloc(PEM, 1);
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
	assert_int_equal(file.n, 0);
	free(file.p);
	assert_tokens(&t, 1);
	x.creds[1].ca_pem = pem;
	assert_int_equal(mf_state_save(&x.s, &t.job, environment, &err), 0);
	/* and what is too long for that cannot be saved */
	memset(pem, 'A', PEM - 1);
	assert_fails(mf_state_save(&x.s, &t.job, environment, &err), err, "MF-STATE-01");
	assert_tokens(&t, 1);
	sample_end(&x);
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
	sample_end(&x);
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
		cmocka_unit_test(test_variable_and_file),
		cmocka_unit_test(test_remove_part),
		cmocka_unit_test(test_leftovers),
		cmocka_unit_test(test_at_once),
		cmocka_unit_test(test_places),
		cmocka_unit_test(test_keys),
		cmocka_unit_test(test_unsafe_files),
		cmocka_unit_test(test_hostile_text),
		cmocka_unit_test(test_too_large_for_a_variable),
		cmocka_unit_test(test_torture),
	};

	return cmocka_run_group_tests(tests, NULL, teardown);
}
