/* SPDX-License-Identifier: Apache-2.0 */
/* ci/identity: each way to a token against a small server on loopback, and each way to be without one. */
#include "unit.h"

#include <arpa/inet.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include <mayfly/clock.h>
#include <mayfly/enc.h>
#include <mayfly/identity.h>
#include <mayfly/reveal.h>
#include "failalloc.h"

#define CANARY "canary-5d1e"
#define AUD "https://vault.example.com"

/* -- tokens -- */

static void add_b64(char *out, const char *text)
{
	size_t at = strlen(out);

	at += mf_b64_encode(out + at, text, strlen(text), MF_B64_URL, false);
	out[at] = '\0';
}

/* A token with `life` seconds left; 0: without exp. */
static const char *make_token_for(char out[static 1024], const char *iss, const char *aud, int64_t life, const char *jti)
{
	char payload[400], exp[64] = "";
	size_t n;

	if (life)
		snprintf(exp, sizeof exp, ",\"iat\":%lld,\"exp\":%lld", (long long)mf_now(), (long long)(mf_now() + life));
	snprintf(payload, sizeof payload, "{\"iss\":\"%s\",\"sub\":\"s\",\"aud\":%s,\"jti\":\"%s\"%s}", iss, aud, jti, exp);
	out[0] = '\0';
	add_b64(out, "{\"alg\":\"RS256\"}");
	n = strlen(out);
	out[n] = '.';
	out[n + 1] = '\0';
	add_b64(out, payload);
	n = strlen(out);
	snprintf(out + n, 1024 - n, ".c2ln");
	return out;
}

static const char *make_token(char out[static 1024], const char *iss, int64_t life, const char *jti)
{
	return make_token_for(out, iss, "\"a\"", life, jti);
}

/* -- the server: answers in the order of the script, the last one again and again -- */

struct answer {
	int status;
	const char *type, *body;	/* body NULL: {"value": a token of `life` seconds} */
	int life;
};

static struct {
	int fd;
	unsigned port;
	pthread_t thread;
	const struct answer *script;
	size_t n;
	atomic_size_t asked;
	char seen[4096];		/* the last request's header */
} server;

static void reply(int fd, const struct answer *a)
{
	char token[1024], body[1200], head[256];

	if (a->body)
		snprintf(body, sizeof body, "%s", a->body);
	else
		snprintf(body, sizeof body, "{\"count\":1,\"value\":\"%s\"}", make_token(token, "https://i", a->life, "j"));
	snprintf(head, sizeof head, "HTTP/1.1 %d X\r\nContent-Type: %s\r\nContent-Length: %zu\r\nConnection: close\r\n\r\n",
		 a->status, a->type ? a->type : "application/json", strlen(body));
	if (send(fd, head, strlen(head), MSG_NOSIGNAL) > 0 && body[0])
		(void)!send(fd, body, strlen(body), MSG_NOSIGNAL);
}

static void *serve(void *arg)
{
	(void)arg;
	for (;;) {
		int fd = accept(server.fd, NULL, NULL);
		size_t n = 0;

		if (fd < 0)
			return NULL;
		memset(server.seen, 0, sizeof server.seen);
		while (n < sizeof server.seen - 1 && !strstr(server.seen, "\r\n\r\n")) {
			ssize_t got = recv(fd, server.seen + n, sizeof server.seen - 1 - n, 0);

			if (got <= 0)
				break;
			n += (size_t)got;
		}
		/* counted first: whoever has the answer may look at the count at once */
		n = server.asked++;
		reply(fd, &server.script[n < server.n ? n : server.n - 1]);
		close(fd);
	}
}

static int start_server(void **state)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t n = sizeof a;

	(void)state;
	server.fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (bind(server.fd, (struct sockaddr *)&a, n) || listen(server.fd, 8) || getsockname(server.fd, (struct sockaddr *)&a, &n))
		return -1;
	server.port = ntohs(a.sin_port);
	return pthread_create(&server.thread, NULL, serve, NULL);
}

static int stop_server(void **state)
{
	(void)state;
	shutdown(server.fd, SHUT_RDWR);
	pthread_join(server.thread, NULL);
	return close(server.fd);
}

/* -- one attempt -- */

static const char *const *vars;	/* "NAME", "value" pairs */
static char request_url[128];

#define VARS(...) ((const char *const[]){ __VA_ARGS__, NULL })
#define SCRIPT(...) ((const struct answer[]){ __VA_ARGS__ }), MF_COUNT(((const struct answer[]){ __VA_ARGS__ }))

static const char *fake_env(const char *name)
{
	for (const char *const *v = vars; v && *v; v += 2)
		if (strcmp(v[0], name) == 0)
			return v[1];
	return NULL;
}

/* The values as flags. */
static struct mf_conf *make_conf(const enum mf_key *keys, const char *const *values, size_t n)
{
	struct mf_conf *conf = NULL;
	struct mf_err err = { 0 };

	assert_int_equal(mf_conf_new(&conf, &err), 0);
	for (size_t i = 0; i < n; i++)
		assert_int_equal(mf_conf_set_flag(conf, keys[i], values[i], &err), 0);
	return conf;
}

static int get(struct mf_identity *id, const struct mf_conf *conf, const struct mf_job *job, const char *audience, struct mf_err *err)
{
	const struct mf_http_conf limits = { .tries = 2, .deadline_ms = 8000 };
	struct mf_http *http = NULL;
	int rc;

	*err = (struct mf_err){ 0 };
	assert_int_equal(mf_http_open(&http, &limits, err), 0);
	rc = mf_identity_get(id, conf, job, fake_env, http, audience, err);
	mf_http_close(http);
	/* whatever happened, no token is told */
	assert_null(strstr(err->what, "eyJ"));
	assert_null(strstr(err->why, "eyJ"));
	assert_null(strstr(err->why, CANARY));
	if (rc)
		assert_non_null(strstr(err->note, "no credential was requested and nothing was exported"));
	return rc;
}

static int ask_github(struct mf_identity *id, const struct answer *script, size_t n, const char *audience, struct mf_err *err)
{
	struct mf_job job = { .ci = MF_CI_GITHUB, .rules = MF_CI_GITHUB, .job_name = (char *)(uintptr_t)"deploy" };
	struct mf_conf *conf = make_conf(NULL, NULL, 0);
	int rc;

	server.script = script;
	server.n = n;
	server.asked = 0;
	snprintf(request_url, sizeof request_url, "http://127.0.0.1:%u/idtoken?api-version=2.0", server.port);
	vars = VARS("ACTIONS_ID_TOKEN_REQUEST_URL", request_url, "ACTIONS_ID_TOKEN_REQUEST_TOKEN", CANARY);
	rc = get(id, conf, &job, audience, err);
	mf_conf_free(conf);
	return rc;
}

/* -- GitHub -- */

static void test_github(void **state)
{
	struct mf_identity id;
	struct mf_err err;

	(void)state;
	assert_int_equal(ask_github(&id, SCRIPT({ .status = 200, .life = 300 }), AUD, &err), 0);
	assert_non_null(strstr(server.seen, "GET /idtoken?api-version=2.0&audience=https%3A%2F%2Fvault.example.com HTTP/1.1\r\n"));
	assert_non_null(strstr(server.seen, "\r\nAuthorization: Bearer " CANARY "\r\n"));
	assert_int_equal(id.source, MF_ID_GITHUB);
	assert_string_equal(id.origin, "GitHub Actions");
	assert_true(mf_str_is(id.claims.iss, "https://i"));
	assert_true(mf_secret_len(id.token) > 50);
	mf_identity_free(&id);
	assert_null(id.token);

	assert_int_equal(ask_github(&id, SCRIPT({ .status = 200, .life = 0 }), NULL, &err), 0);
	assert_non_null(strstr(server.seen, "GET /idtoken?api-version=2.0 HTTP/1.1\r\n"));
	mf_identity_free(&id);
}

static void test_github_asks_again(void **state)
{
	struct mf_identity id;
	struct mf_err err;

	(void)state;
	assert_int_equal(ask_github(&id, SCRIPT({ .status = 200, .life = 10 }, { .status = 200, .life = -5 }, { .status = 200, .life = 300 }),
				    AUD, &err), 0);
	assert_int_equal(server.asked, 3);
	mf_identity_free(&id);
	assert_int_equal(ask_github(&id, SCRIPT({ .status = 200, .life = 10 }), AUD, &err), -1);
	assert_int_equal(server.asked, 3);
	assert_string_equal(err.id, "MF-CI-06");
	assert_non_null(strstr(err.why, "about to expire"));
	assert_int_equal(err.code, MF_NO_IDENTITY);
	assert_false(mf_identity_is_absent(&err));
}

static void refused(const struct answer *script, size_t n, const char *id, enum mf_code code, size_t asked, const char *why, const char *hint)
{
	struct mf_identity who = { .source = MF_ID_FILE };
	struct mf_err err;

	assert_int_equal(ask_github(&who, script, n, AUD, &err), -1);
	print_message("%s: %s | %s | %s\n", err.id, err.what, err.why, err.hint);
	assert_string_equal(err.id, id);
	assert_int_equal(err.code, code);
	assert_non_null(strstr(err.what, "'" AUD "'"));
	assert_non_null(strstr(err.why, why));
	assert_non_null(strstr(err.hint, hint));
	assert_int_equal(server.asked, asked);
	assert_int_equal(err.retryable, code == MF_NETWORK);
	assert_false(mf_identity_is_absent(&err));
	/* untouched on failure */
	assert_int_equal(who.source, MF_ID_FILE);
	assert_null(who.token);
}

static void test_github_refuses(void **state)
{
	(void)state;
	refused(SCRIPT({ .status = 401, .body = "" }), "MF-CI-07", MF_REFUSED, 1, "answered 401", "not (or no longer) valid");
	refused(SCRIPT({ .status = 403, .body = "{\"message\":\"no way\"}" }), "MF-CI-07", MF_REFUSED, 1, "403: no way", "ACTIONS_ID_TOKEN");
	refused(SCRIPT({ .status = 400, .body = "{\"message\":\"Can't issue ID_TOKEN for job in 'Completed' state\"}" }),
		"MF-CI-07", MF_REFUSED, 1, "'Completed' state", "only while the job runs");
	refused(SCRIPT({ .status = 404, .body = "{}" }), "MF-CI-07", MF_REFUSED, 1, "404", "administrator");
	refused(SCRIPT({ .status = 403, .body = "{\"message\":\"token eyJhbGciOiJub25lIn0.e30.c2ln\"}" }), "MF-CI-07", MF_REFUSED, 1, "403", "valid");
	refused(SCRIPT({ .status = 503, .body = "" }), "MF-CI-08", MF_NETWORK, 2, "503, 2 times in a row", "later");
	refused(SCRIPT({ .status = 500, .body = "{\"message\":\"oops\"}" }), "MF-CI-08", MF_NETWORK, 2, "500: oops", "later");
}

static void test_github_answers_nonsense(void **state)
{
	(void)state;
	refused(SCRIPT({ .status = 200, .type = "text/html", .body = "<html>Log in" }), "MF-CI-10", MF_REFUSED, 1, "not with JSON (text/html, 12", "NO_PROXY");
	refused(SCRIPT({ .status = 200, .body = "" }), "MF-CI-10", MF_REFUSED, 1, "with nothing in it", "");
	refused(SCRIPT({ .status = 200, .body = "{}" }), "MF-CI-10", MF_REFUSED, 1, "no text 'value'", "");
	refused(SCRIPT({ .status = 200, .body = "{\"value\":7}" }), "MF-CI-10", MF_REFUSED, 1, "no text 'value'", "");
	refused(SCRIPT({ .status = 200, .body = "{\"value\":\"\"}" }), "MF-CI-10", MF_REFUSED, 1, "no text 'value'", "");
	refused(SCRIPT({ .status = 200, .body = "{\"value\":\"a\",\"value\":\"b\"}" }), "MF-CI-10", MF_REFUSED, 1, "JSON", "");
	refused(SCRIPT({ .status = 302, .body = "" }), "MF-CI-10", MF_REFUSED, 1, "302", "");
}

static void test_github_no_jwt(void **state)
{
	struct mf_identity id;
	struct mf_err err;

	(void)state;
	assert_int_equal(ask_github(&id, SCRIPT({ .status = 200, .body = "{\"value\":\"hello\"}" }), AUD, &err), -1);
	assert_string_equal(err.id, "MF-JWT-01");
	assert_non_null(strstr(err.what, "GitHub Actions: "));
}

static void test_github_plain_http(void **state)
{
	struct mf_job job = { .ci = MF_CI_GITHUB };
	struct mf_conf *conf = make_conf(NULL, NULL, 0);
	struct mf_identity id;
	struct mf_err err;

	(void)state;
	vars = VARS("ACTIONS_ID_TOKEN_REQUEST_URL", "http://192.0.2.1/x?y", "ACTIONS_ID_TOKEN_REQUEST_TOKEN", CANARY);
	assert_int_equal(get(&id, conf, &job, AUD, &err), -1);
	assert_non_null(strstr(err.what, "identity token for audience '" AUD "': "));
	assert_memory_equal(err.id, "MF-HTTP-", 8);
	mf_conf_free(conf);
}

/* -- without an identity -- */

static void absent(struct mf_job job, const char *const *v, const char *id, const char *why, const char *advice)
{
	struct mf_conf *conf = make_conf(NULL, NULL, 0);
	struct mf_identity who;
	struct mf_err err;

	vars = v;
	assert_int_equal(get(&who, conf, &job, AUD, &err), -1);
	print_message("%s: %s | %s | %s\n%s", err.id, err.what, err.why, err.hint, err.advice);
	assert_string_equal(err.id, id);
	assert_int_equal(err.code, MF_NO_IDENTITY);
	assert_true(mf_identity_is_absent(&err));
	assert_non_null(strstr(err.why, why));
	assert_string_equal(err.advice, advice);
	err = (struct mf_err){ 0 };
	assert_int_equal(mf_identity_possible(conf, &job, fake_env, NULL, &err), -1);
	assert_string_equal(err.id, id);
	mf_conf_free(conf);
}

#define TEXT(s) ((char *)(uintptr_t)(s))

static void test_github_without_permission(void **state)
{
	struct mf_job job = { .ci = MF_CI_GITHUB, .job_name = TEXT("deploy"), .event = TEXT("push"), .repository = TEXT("acme/shop") };

	(void)state;
	absent(job, VARS("GITHUB_WORKFLOW_REF", "acme/shop/.github/workflows/release.yml@refs/heads/main"), "MF-CI-01",
	       "ACTIONS_ID_TOKEN_REQUEST_URL is not set",
	       "# .github/workflows/release.yml (of a reusable workflow, also the job that calls it)\n"
	       "jobs:\n  deploy:\n    permissions:\n      id-token: write\n      contents: read\n");
	absent(job, VARS("ACTIONS_ID_TOKEN_REQUEST_URL", "https://x/"), "MF-CI-01", "ACTIONS_ID_TOKEN_REQUEST_TOKEN is not set",
	       "# the workflow (of a reusable workflow, also the job that calls it)\n"
	       "jobs:\n  deploy:\n    permissions:\n      id-token: write\n      contents: read\n");
	/* such a run has the base repository's permissions: it is only missing one */
	job.fork = TEXT("mallory/shop");
	job.event = TEXT("pull_request_target");
	absent(job, NULL, "MF-CI-01", "is not set in this job",
	       "# the workflow (of a reusable workflow, also the job that calls it)\n"
	       "jobs:\n  deploy:\n    permissions:\n      id-token: write\n      contents: read\n");
	job.event = TEXT("pull_request");
	absent(job, NULL, "MF-CI-02", "fork 'mallory/shop'", "# .mayfly.yml\non-no-identity: skip\n");
}

/* A container that a step starts lacks the runner's folders as well as its variables. */
static void test_github_in_a_container(void **state)
{
	const struct mf_job job = { .ci = MF_CI_GITHUB, .workspace = TEXT("/nonexistent/work") }, plain = { .ci = MF_CI_GITHUB, .workspace = TEXT("/") };
	struct mf_conf *conf = make_conf(NULL, NULL, 0);
	struct mf_identity id;
	struct mf_err err;

	(void)state;
	vars = NULL;
	assert_int_equal(get(&id, conf, &job, AUD, &err), -1);
	assert_non_null(strstr(err.note, "docker run -e ACTIONS_ID_TOKEN_REQUEST_URL"));
	assert_int_equal(get(&id, conf, &plain, AUD, &err), -1);
	assert_null(strstr(err.note, "docker"));
	mf_conf_free(conf);
}

static void test_gitlab_without_id_tokens(void **state)
{
	struct mf_job job = { .ci = MF_CI_GITLAB, .job_name = TEXT("deploy: [eu]"), .server_url = TEXT("https://gitlab.example.com") };
	char *none[] = { NULL }, **was = environ;

	(void)state;
	environ = none;
	absent(job, NULL, "MF-CI-01", "no variable of this job holds a token of 'https://gitlab.example.com'",
	       "# .gitlab-ci.yml\n\"deploy: [eu]\":\n  id_tokens:\n    VAULT_ID_TOKEN:\n      aud: https://vault.example.com\n");
	job.job_name = TEXT("deploy");
	absent(job, VARS("CI_CONFIG_PATH", "ci/main.yml"), "MF-CI-01", "no variable",
	       "# ci/main.yml\ndeploy:\n  id_tokens:\n    VAULT_ID_TOKEN:\n      aud: https://vault.example.com\n");
	environ = was;
}

static void test_elsewhere(void **state)
{
	const struct mf_job local = { .ci = MF_CI_LOCAL }, other = { .ci = MF_CI_OTHER };

	(void)state;
	absent(local, NULL, "MF-CI-01", "this is no CI job", "");
	absent(other, NULL, "MF-CI-01", "does not know how this CI", "");
	absent(other, VARS("CIRCLECI", "true"), "MF-CI-01", "CircleCI", "");
}

/* -- GitLab -- */

#define GITLAB "https://gitlab.example.com"

/* fake_env looks at pairs, the search at environ: the same variables in both */
static char lines[4][1200];
static const char *pairs[9];

static char **environment(const char *const *names, const char *const *values, size_t n)
{
	static char *env[5];

	memset(pairs, 0, sizeof pairs);
	for (size_t i = 0; i < n; i++) {
		snprintf(lines[i], sizeof lines[i], "%s=%s", names[i], values[i]);
		env[i] = lines[i];
		pairs[2 * i] = names[i];
		pairs[2 * i + 1] = values[i];
	}
	env[n] = NULL;
	return env;
}

static int gitlab_get(struct mf_identity *id, const char *const *names, const char *const *values, size_t n, struct mf_err *err)
{
	const struct mf_job job = { .ci = MF_CI_GITLAB, .job_name = TEXT("deploy"), .server_url = TEXT(GITLAB "/") };
	struct mf_conf *conf = make_conf(NULL, NULL, 0);
	char **was = environ;
	int rc;

	environ = environment(names, values, n);
	vars = pairs;
	rc = get(id, conf, &job, AUD, err);
	if (rc == 0) {
		struct mf_err e = { 0 };

		assert_int_equal(mf_identity_possible(conf, &job, fake_env, AUD, &e), 0);
	}
	environ = was;
	mf_conf_free(conf);
	return rc;
}

static void test_gitlab(void **state)
{
	struct mf_identity id;
	struct mf_err err;
	char a[1024], b[1024], c[1024];

	(void)state;
	make_token(a, GITLAB, 300, "a");
	make_token(b, GITLAB, 300, "b");
	make_token(c, "https://elsewhere.example", 300, "c");
	/* the same token under a second name, a job credential and somebody else's token do not confuse */
	assert_int_equal(gitlab_get(&id, (const char *[]){ "CI_JOB_JWT_V2", "VAULT_ID_TOKEN", "SAME", "OTHER" }, (const char *[]){ b, a, a, c }, 4, &err), 0);
	assert_string_equal(id.origin, "variable 'VAULT_ID_TOKEN'");
	assert_int_equal(id.source, MF_ID_GITLAB);
	assert_true(mf_str_is(mf_claim(&id.claims, "jti"), "a"));
	mf_identity_free(&id);
	assert_int_equal(gitlab_get(&id, (const char *[]){ "CI_JOB_TOKEN", "CI_REGISTRY_PASSWORD", "MY" }, (const char *[]){ b, b, a }, 3, &err), 0);
	assert_string_equal(id.origin, "variable 'MY'");
	mf_identity_free(&id);
}

/* A job that logs in at several servers has a token for each. */
static void test_gitlab_by_audience(void **state)
{
	struct mf_identity id;
	struct mf_err err;
	char a[1024], b[1024], c[1024];

	(void)state;
	make_token_for(a, GITLAB, "\"sts.amazonaws.com\"", 300, "a");
	make_token_for(b, GITLAB, "[\"other\",\"" AUD "/\"]", 300, "b");
	make_token_for(c, GITLAB, "\"" AUD ".example\"", 300, "c");
	assert_int_equal(gitlab_get(&id, (const char *[]){ "ONE", "TWO", "THREE" }, (const char *[]){ a, c, b }, 3, &err), 0);
	assert_string_equal(id.origin, "variable 'THREE'");
	mf_identity_free(&id);
	/* a single one is taken as it is: the server says what it thinks of its audience */
	assert_int_equal(gitlab_get(&id, (const char *[]){ "ONE" }, (const char *[]){ a }, 1, &err), 0);
	mf_identity_free(&id);
	/* two for one audience have the same claims */
	assert_int_equal(gitlab_get(&id, (const char *[]){ "ONE", "TWO", "THREE" }, (const char *[]){ a, make_token_for(c, GITLAB, "\"" AUD "\"", 300, "c"), b }, 3,
				    &err), 0);
	assert_string_equal(id.origin, "variable 'TWO'");
	mf_identity_free(&id);
}

static void test_gitlab_fails(void **state)
{
	struct mf_identity id;
	struct mf_err err;
	char a[1024], b[1024], old[1024];

	(void)state;
	make_token(a, GITLAB, 300, "a");
	make_token(b, GITLAB, 300, "b");
	assert_int_equal(gitlab_get(&id, (const char *[]){ "ONE", "TWO" }, (const char *[]){ a, b }, 2, &err), -1);
	assert_string_equal(err.id, "MF-CI-03");
	assert_non_null(strstr(err.why, "ONE (for 'a'), TWO (for 'a')"));
	assert_string_equal(err.hint, "say which one:  --token-env ONE");
	assert_false(mf_identity_is_absent(&err));

	make_token(a, "https://elsewhere.example", 300, "a");
	assert_int_equal(gitlab_get(&id, (const char *[]){ "ONE", "JUNK" }, (const char *[]){ a, "eyJ.x.y" }, 2, &err), -1);
	assert_string_equal(err.id, "MF-CI-01");
	assert_non_null(strstr(err.why, "'ONE', is from 'https://elsewhere.example'"));

	make_token(old, GITLAB, -100, "a");
	assert_int_equal(gitlab_get(&id, (const char *[]){ "ONE" }, (const char *[]){ old }, 1, &err), -1);
	assert_string_equal(err.id, "MF-CI-06");
	assert_non_null(strstr(err.why, "has expired (exp 2"));
	assert_non_null(strstr(err.why, ", now 2"));
	assert_non_null(strstr(err.hint, "cannot make another"));
}

/* -- named by the user -- */

static int ask_named(struct mf_identity *id, enum mf_ci ci, enum mf_key key, const char *value, struct mf_err *err)
{
	const struct mf_job job = { .ci = ci, .job_name = TEXT("deploy") };
	struct mf_conf *conf = make_conf(&key, &value, 1);
	int rc = get(id, conf, &job, AUD, err);

	mf_conf_free(conf);
	return rc;
}

static void test_token_env(void **state)
{
	struct mf_identity id;
	struct mf_err err;
	char a[1024];

	(void)state;
	make_token(a, "https://i", 300, "a");
	strncat(a, "\r\n", 3);
	vars = VARS("MY_TOKEN", a, "EMPTY", "");
	assert_int_equal(ask_named(&id, MF_CI_OTHER, MF_K_TOKEN_ENV, "MY_TOKEN", &err), 0);
	assert_int_equal(mf_secret_len(id.token), strlen(a) - 2);
	assert_string_equal(id.origin, "variable 'MY_TOKEN'");
	mf_identity_free(&id);
	assert_int_equal(ask_named(&id, MF_CI_OTHER, MF_K_TOKEN_ENV, "EMPTY", &err), -1);
	assert_string_equal(err.id, "MF-CI-04");
	assert_non_null(strstr(err.why, "'EMPTY'"));
	assert_non_null(strstr(err.hint, "--token-env"));
	/* on GitLab the name is that of an id_tokens entry */
	assert_int_equal(ask_named(&id, MF_CI_GITLAB, MF_K_TOKEN_ENV, "MY_ID", &err), -1);
	assert_string_equal(err.id, "MF-CI-01");
	assert_non_null(strstr(err.advice, "    MY_ID:\n      aud: " AUD "\n"));
}

static void test_token_file(void **state)
{
	char path[] = "/tmp/mf-test-identity-XXXXXX", a[1024];
	int fd = mkstemp(path);
	struct mf_identity id;
	struct mf_err err;

	(void)state;
	make_token(a, "https://i", 300, "a");
	strncat(a, "\n", 2);
	assert_int_equal(write(fd, a, strlen(a)), strlen(a));
	close(fd);
	assert_int_equal(ask_named(&id, MF_CI_LOCAL, MF_K_TOKEN_FILE, path, &err), 0);
	assert_int_equal(id.source, MF_ID_FILE);
	mf_identity_free(&id);
	unlink(path);
	assert_int_equal(ask_named(&id, MF_CI_LOCAL, MF_K_TOKEN_FILE, path, &err), -1);
	assert_string_equal(err.id, "MF-CI-04");
	assert_non_null(strstr(err.why, path));
	assert_false(mf_identity_is_absent(&err));
}

static void test_two_ways(void **state)
{
	const struct mf_job job = { .ci = MF_CI_OTHER };
	struct mf_conf *conf = NULL;
	struct mf_identity id;
	struct mf_err err = { 0 };
	char a[1024];

	(void)state;
	vars = VARS("MY_TOKEN", make_token(a, "https://i", 300, "a"));
	assert_int_equal(mf_conf_new(&conf, &err), 0);
	assert_int_equal(mf_conf_set_env(conf, MF_K_TOKEN_FILE, "/nonexistent", "MAYFLY_TOKEN_FILE", &err), 0);
	assert_int_equal(mf_conf_set_flag(conf, MF_K_TOKEN_ENV, "MY_TOKEN", &err), 0);
	/* the flag wins */
	assert_int_equal(get(&id, conf, &job, AUD, &err), 0);
	mf_identity_free(&id);
	assert_int_equal(mf_conf_set_flag(conf, MF_K_TOKEN_COMMAND, "true", &err), 0);
	assert_int_equal(get(&id, conf, &job, AUD, &err), -1);
	assert_string_equal(err.id, "MF-CI-03");
	assert_non_null(strstr(err.why, "'token-command'"));
	mf_conf_free(conf);
}

/* -- commands -- */

static int command(struct mf_identity *id, const char *text, struct mf_err *err)
{
	return ask_named(id, MF_CI_OTHER, MF_K_TOKEN_COMMAND, text, err);
}

static void test_command(void **state)
{
	struct mf_identity id;
	struct mf_err err;
	char a[1024], line[1200];
	int in[2], was = dup(STDIN_FILENO);

	(void)state;
	make_token(a, "https://i", 300, "a");
	/* standard input is empty, and not ours, which here never ends */
	assert_int_equal(pipe(in), 0);
	dup2(in[0], STDIN_FILENO);
	snprintf(line, sizeof line, "cat; echo %s", a);
	assert_int_equal(command(&id, line, &err), 0);
	dup2(was, STDIN_FILENO);
	close(was);
	close(in[0]);
	close(in[1]);
	assert_int_equal(mf_secret_len(id.token), strlen(a));
	assert_int_equal(id.source, MF_ID_COMMAND);
	mf_identity_free(&id);
}

static void broken(const char *text, const char *why)
{
	struct mf_identity id;
	struct mf_err err;

	assert_int_equal(command(&id, text, &err), -1);
	print_message("%s\n", err.why);
	assert_string_equal(err.id, "MF-CI-05");
	assert_non_null(strstr(err.why, why));
	assert_false(mf_identity_is_absent(&err));
}

static void test_command_fails(void **state)
{
	struct mf_identity id;
	struct mf_err err;

	(void)state;
	broken("exit 3", "exit code 3");
	broken("echo " CANARY "; exit 1", "exit code 1");
	broken("kill -9 $$", "signal 9");
	broken("true", "printed nothing");
	broken("no-such-program-here 2>/dev/null", "was not found");
	broken("while :; do echo 0123456789012345678901234567890123456789; done", "more than 64 KiB");
	assert_int_equal(command(&id, "echo " CANARY, &err), -1);
	assert_string_equal(err.id, "MF-JWT-01");
}

/* The whole group goes, not only the shell. */
static void test_command_limit(void **state)
{
	char text[256], path[] = "/tmp/mf-test-command-XXXXXX";
	enum mf_key keys[] = { MF_K_TOKEN_COMMAND, MF_K_TIMEOUT };
	const char *values[] = { text, "1s" };
	const struct mf_job job = { .ci = MF_CI_OTHER };
	int64_t start = mf_mono_ms();
	struct mf_conf *conf;
	struct mf_identity id;
	struct mf_err err;
	pid_t pid = 0;
	FILE *f;

	(void)state;
	close(mkstemp(path));
	snprintf(text, sizeof text, "sleep 60 & echo $! > %s; wait", path);
	conf = make_conf(keys, values, 2);
	assert_int_equal(get(&id, conf, &job, AUD, &err), -1);
	mf_conf_free(conf);
	assert_string_equal(err.id, "MF-CI-05");
	assert_non_null(strstr(err.why, "longer than the limit"));
	assert_in_range(mf_mono_ms() - start, 900, 10000);
	f = fopen(path, "r");
	assert_non_null(f);
	assert_int_equal(fscanf(f, "%d", &pid), 1);
	fclose(f);
	unlink(path);
	for (int i = 0; i < 100 && kill(pid, 0) == 0; i++) {
		char stat[64], line[256] = "";

		/* killed, and waiting for somebody to collect it */
		snprintf(stat, sizeof stat, "/proc/%d/stat", pid);
		f = fopen(stat, "r");
		if (!f)
			return;
		if (fgets(line, sizeof line, f) && strstr(line, ") Z")) {
			fclose(f);
			return;
		}
		fclose(f);
		usleep(20000);
	}
	assert_int_not_equal(kill(pid, 0), 0);
}

static void test_command_stops(void **state)
{
	const volatile int stop = SIGTERM;
	const struct mf_http_conf limits = { .stop = &stop };
	enum mf_key key = MF_K_TOKEN_COMMAND;
	const char *value = "sleep 60";
	const struct mf_job job = { .ci = MF_CI_OTHER };
	struct mf_conf *conf = make_conf(&key, &value, 1);
	struct mf_http *http = NULL;
	struct mf_identity id;
	struct mf_err err = { 0 };

	(void)state;
	assert_int_equal(mf_http_open(&http, &limits, &err), 0);
	assert_int_equal(mf_identity_get(&id, conf, &job, fake_env, http, AUD, &err), -1);
	assert_non_null(strstr(err.why, "told to stop"));
	mf_http_close(http);
	mf_conf_free(conf);
}

/* -- predictions -- */

static void subject(struct mf_job job, bool immutable, const char *want)
{
	char out[256];

	mf_identity_predict_sub(out, sizeof out, &job, immutable);
	assert_string_equal(out, want);
}

static void test_predict_sub(void **state)
{
	struct mf_job job = { .rules = MF_CI_GITHUB, .repository = TEXT("acme/shop"), .ref = TEXT("refs/heads/main"), .event = TEXT("push") };
	char small[12];

	(void)state;
	subject(job, false, "repo:acme/shop:ref:refs/heads/main");
	subject(job, true, "repo:acme@<owner id>/shop@<id>:ref:refs/heads/main");
	job.owner_id = TEXT("65");
	job.repository_id = TEXT("74");
	subject(job, true, "repo:acme@65/shop@74:ref:refs/heads/main");
	mf_identity_predict_sub(small, sizeof small, &job, false);
	assert_string_equal(small, "repo:acme/s");
	job.ref = TEXT("refs/tags/v1");
	subject(job, false, "repo:acme/shop:ref:refs/tags/v1");
	job.event = TEXT("pull_request");
	subject(job, false, "repo:acme/shop:pull_request");
	job.environment = TEXT("prod:eu");
	subject(job, false, "repo:acme/shop:environment:prod%3Aeu");
	subject(job, true, "repo:acme@65/shop@74:environment:prod%3Aeu");
	job = (struct mf_job){ .rules = MF_CI_GITLAB, .repository = TEXT("g/sub/p"), .ref = TEXT("refs/heads/main") };
	subject(job, false, "project_path:g/sub/p:ref_type:branch:ref:main");
	job.ref = TEXT("refs/tags/v1");
	subject(job, true, "project_path:g/sub/p:ref_type:tag:ref:v1");
	job.ref = NULL;
	subject(job, false, "");
	job.rules = MF_CI_OTHER;
	subject(job, false, "");
	subject((struct mf_job){ .rules = MF_CI_GITHUB }, false, "");
}

static void issuer(enum mf_ci rules, const char *server_url, const char *want)
{
	const struct mf_job job = { .rules = rules, .server_url = TEXT(server_url) };
	char out[256];

	mf_identity_predict_iss(out, sizeof out, &job);
	assert_string_equal(out, want);
}

static void test_predict_iss(void **state)
{
	(void)state;
	issuer(MF_CI_GITHUB, "https://github.com", "https://token.actions.githubusercontent.com");
	issuer(MF_CI_GITHUB, "https://acme.ghe.com", "https://token.actions.acme.ghe.com");
	issuer(MF_CI_GITHUB, "https://ghes.example.com", "https://ghes.example.com/_services/token");
	issuer(MF_CI_GITLAB, "https://gitlab.com", "https://gitlab.com");
	issuer(MF_CI_OTHER, "https://x", "");
	issuer(MF_CI_LOCAL, NULL, "");
}

/* -- when memory is out -- */

struct attempt {
	struct mf_conf *conf;
	struct mf_job job;
};

static int get_once(void *ctx, struct mf_err *err)
{
	struct attempt *a = ctx;
	struct mf_identity id;

	if (mf_identity_get(&id, a->conf, &a->job, fake_env, NULL, AUD, err))
		return -1;
	mf_identity_free(&id);
	return 0;
}

static void test_torture(void **state)
{
	struct attempt a = { .job = { .ci = MF_CI_GITLAB, .server_url = TEXT(GITLAB) } };
	enum mf_key key = MF_K_TOKEN_COMMAND;
	char text[1024], line[1100], **was = environ;
	const char *value = line;

	(void)state;
	make_token(text, GITLAB, 300, "a");
	snprintf(line, sizeof line, "echo %s", text);
	environ = environment((const char *[]){ "ONE", "OTHER" }, (const char *[]){ text, "eyJ.x.y" }, 2);
	vars = pairs;
	a.conf = make_conf(NULL, NULL, 0);
	mf_torture(get_once, &a);
	mf_conf_free(a.conf);
	environ = was;
	a.conf = make_conf(&key, &value, 1);
	mf_torture(get_once, &a);
	mf_conf_free(a.conf);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_github),
		cmocka_unit_test(test_github_asks_again),
		cmocka_unit_test(test_github_refuses),
		cmocka_unit_test(test_github_answers_nonsense),
		cmocka_unit_test(test_github_no_jwt),
		cmocka_unit_test(test_github_plain_http),
		cmocka_unit_test(test_github_without_permission),
		cmocka_unit_test(test_github_in_a_container),
		cmocka_unit_test(test_gitlab_without_id_tokens),
		cmocka_unit_test(test_elsewhere),
		cmocka_unit_test(test_gitlab),
		cmocka_unit_test(test_gitlab_by_audience),
		cmocka_unit_test(test_gitlab_fails),
		cmocka_unit_test(test_token_env),
		cmocka_unit_test(test_token_file),
		cmocka_unit_test(test_two_ways),
		cmocka_unit_test(test_command),
		cmocka_unit_test(test_command_fails),
		cmocka_unit_test(test_command_limit),
		cmocka_unit_test(test_command_stops),
		cmocka_unit_test(test_predict_sub),
		cmocka_unit_test(test_predict_iss),
		cmocka_unit_test(test_torture),
	};

	signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests(tests, start_server, stop_server);
}
