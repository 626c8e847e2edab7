/* SPDX-License-Identifier: Apache-2.0 */
/* Every kind of credential has words and a recipe; the trust in it is this very job's, and nothing that would need quoting gets into a command. */
#include "unit.h"

#include <stdio.h>
#include <mayfly/json.h>
#include "failalloc.h"
#include "../../src/cmd/check_explain.h"

static char *text;
static size_t text_n;
static struct mf_err err;

static void forget(void)
{
	free(text);
	text = NULL;
	text_n = 0;
}

static int explain(const struct mf_job *job, const struct mf_check_item *item, const char *what)
{
	struct mf_env env = { .job = *job };
	FILE *to;
	int rc;

	forget();
	memset(&err, 0, sizeof(err));
	to = open_memstream(&text, &text_n);
	assert_non_null(to);
	rc = mf_check_explain(&env, ".", item, what, to, &err);
	assert_int_equal(fclose(to), 0);
	return rc;
}

/* Where `words` begin in the text; their blanks stand for any white space, since sentences are broken into lines. */
static const char *find(const char *words)
{
	for (const char *at = text; *at; at++) {
		const char *p = at, *w = words;

		while (*w && *p) {
			if (*w == ' ' && (*p == ' ' || *p == '\n')) {
				w += strspn(w, " ");
				p += strspn(p, " \n");
			} else if (*w == *p) {
				w++;
				p++;
			} else {
				break;
			}
		}
		if (!*w)
			return at;
	}
	return NULL;
}

static void has(const char *words)
{
	if (!find(words))
		fail_msg("no \"%s\" in:\n%s", words, text);
}

static void has_not(const char *words)
{
	if (find(words))
		fail_msg("\"%s\" in:\n%s", words, text);
}

/* A literal for a field that is not const. */
#define STR(s) ((char[]){ s })

static struct mf_job github(void)
{
	static char server[] = "https://github.com", repository[] = "acme/shop", id[] = "77", owner[] = "12", ref[] = "refs/heads/main",
		event[] = "push";

	return (struct mf_job){ .ci = MF_CI_GITHUB, .rules = MF_CI_GITHUB, .server_url = server, .repository = repository, .repository_id = id,
		.owner_id = owner, .ref = ref, .event = event };
}

static struct mf_job gitlab(void)
{
	static char server[] = "https://gitlab.com", repository[] = "acme/web/shop", id[] = "77", ref[] = "refs/heads/main", event[] = "push";

	return (struct mf_job){ .ci = MF_CI_GITLAB, .rules = MF_CI_GITLAB, .server_url = server, .repository = repository, .repository_id = id,
		.ref = ref, .event = event };
}

/* -- kinds ------------------------------------------------------------------------------------------ */

static void test_kinds(void **state)
{
	const struct mf_job jobs[] = { github(), gitlab(), { .ci = MF_CI_OTHER, .rules = MF_CI_OTHER } };
	size_t n = 0;

	(void)state;
	for (const struct mf_check_kind *k = mf_check_known; k->kind; k++, n++) {
		const struct mf_check_item item = { .life = { .kind = k->kind, .class = k->class } };

		if (n && strcmp(k[-1].kind, k->kind) >= 0)
			fail_msg("%s stands in the wrong place", k->kind);
		assert_ptr_equal(mf_check_kind(k->kind), k);
		assert_string_equal(mf_check_fix(&item), k->fix);
		assert_true(k->title[0] && k->what[0] && k->fix[0] && (unsigned)k->class < MF_LC_COUNT && (unsigned)k->remedy < MF_REMEDY_COUNT);
		assert_null(strchr("., ", k->fix[strlen(k->fix) - 1]));
		for (size_t i = 0; i < MF_COUNT(jobs); i++) {
			assert_int_equal(explain(&jobs[i], NULL, k->kind), 0);
			has(k->title);
			has(k->what);
			has(k->fix);
			has("\n  1. ");
			has("Why the maximum");
			has_not("%{");
			/* a command begins no line at which a runner would take it for its own */
			has_not("\n::");
		}
	}
	assert_true(n > 80);
	assert_null(mf_check_kind("aws-"));
	assert_null(mf_check_kind("zzz"));
	assert_null(mf_check_kind(NULL));
}

static bool kind_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
}

/* Literals of a kind's form with a title behind them: `"jwk", "a private JSON Web Key"`. */
static size_t kinds_of(const char *source, const char *file)
{
	size_t found = 0;

	for (const char *p = strchr(source, '"'); p; p = strchr(p + 1, '"')) {
		size_t n = 0;
		char kind[64];
		const char *after;

		while (kind_char(p[1 + n]) && n < sizeof(kind) - 1)
			n++;
		after = p + n + 1;
		if (n < 3 || *after != '"' || !(strncmp(after, "\", \"a ", 6) == 0 || strncmp(after, "\", \"an ", 7) == 0 || strncmp(after, "\", "
			"\"the ", 8) == 0))
			continue;
		snprintf(kind, sizeof(kind), "%.*s", (int)n, p + 1);
		if (!mf_check_kind(kind))
			fail_msg("%s measures \"%s\", which has no entry in src/check/fix.c", file, kind);
		found++;
	}
	return found;
}

static char *slurp(const char *path)
{
	FILE *f = fopen(path, "r");
	char *all = calloc(1, 256 * 1024);
	size_t n;

	assert_non_null(all);
	if (!f) {
		free(all);
		return NULL;
	}
	n = fread(all, 1, 256 * 1024 - 1, f);
	all[n] = '\0';
	fclose(f);
	return all;
}

/* The kinds are those that the measuring knows, by its sources: a new one without words fails here. */
static void test_all_measured(void **state)
{
	static const char *const files[] = { "aws", "azure", "cask", "connection", "form", "gcp", "github", "gitlab", "json", "jwt", "keystore",
		"measure",
		"named", "pem", "registry", "ssh", "url", "vault", "wrapped", "x509" };
	size_t found = 0;

	(void)state;
	for (size_t i = 0; i < MF_COUNT(files); i++) {
		char path[128];
		char *source;

		snprintf(path, sizeof(path), "src/lifetime/%s.c", files[i]);
		source = slurp(path);
		if (!source)
			skip();
		found += kinds_of(source, path);
		free(source);
	}
	assert_true(found > 80);
}

/* docs/lifetimes.md has a line for each kind, with its class, and one for each class and each rule. */
static void test_docs(void **state)
{
	char *docs = slurp("docs/lifetimes.md");

	(void)state;
	if (!docs)
		skip();
	for (const struct mf_check_kind *k = mf_check_known; k->kind; k++) {
		char row[96], class[48];
		const char *at, *end;

		snprintf(row, sizeof(row), "\n| `%s` |", k->kind);
		snprintf(class, sizeof(class), " %s |", mf_life_rule(k->class)->name);
		at = strstr(docs, row);
		end = at ? strchr(at + 1, '\n') : NULL;
		if (!end || strncmp(end - strlen(class), class, strlen(class)) != 0)
			fail_msg("docs/lifetimes.md has no line of %s that ends in%s", k->kind, class);
	}
	for (unsigned c = MF_LC_NONE + 1; c < MF_LC_COUNT; c++) {
		char row[48];

		snprintf(row, sizeof(row), "\n| `%s` |", mf_life_rule((enum mf_life_class)c)->name);
		if (!strstr(docs, row))
			fail_msg("docs/lifetimes.md has no line of %s", mf_life_rule((enum mf_life_class)c)->name);
	}
	for (const struct mf_check_rule *r = mf_check_rules; r->id; r++) {
		char name[64];

		snprintf(name, sizeof(name), "`%s`", r->id);
		if (!strstr(docs, name))
			fail_msg("docs/lifetimes.md does not name the rule %s", r->id);
	}
	free(docs);
}

/* -- trust ------------------------------------------------------------------------------------------ */

static void test_aws_github(void **state)
{
	struct mf_job job = github();
	struct mf_check_item item = { .from = MF_CHECK_ENV, .rule = STR("aws-access-key"), .title = STR("a long-lived AWS access key"),
		.name = STR("AWS_ACCESS_KEY_ID"), .shown = STR("AKIA****"), .max = 90 * 86400, .verdict = MF_LV_TOO_LONG,
		.life = { .kind = "aws-access-key", .class = MF_LC_API_KEY, .known = MF_LIFE_BY_FORMAT, .flags = MF_LIFE_STATIC,
			.lifetime = MF_LIFE_FOREVER,
			.remaining = MF_LIFE_FOREVER, .account = "AWS account 123456789012" } };

	(void)state;
	assert_int_equal(explain(&job, &item, NULL), 0);
	has("AWS account 123456789012");
	has("AWS_ACCESS_KEY_ID (a variable of the job)");
	has("too long, at a maximum of 90 d");
	has("Class api_key: 90 d by default");
	has("a quarter bounds what a copy");
	has("renewed after 90 d");
	has("--url https://token.actions.githubusercontent.com --client-id-list sts.amazonaws.com");
	has("\"Federated\": \"arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com\"");
	has("\"token.actions.githubusercontent.com:aud\": \"sts.amazonaws.com\"");
	has("\"token.actions.githubusercontent.com:sub\": [\"repo:acme/shop:ref:refs/heads/main\", \"repo:acme@12/shop@77:ref:refs/heads/main\"]");
	has("\"StringLike\": { \"token.actions.githubusercontent.com:sub\": \"repo:acme/shop:*\" }");
	has("role-to-assume: arn:aws:iam::123456789012:role/ci-acme-shop");
	has_not("AWS_ACCOUNT_ID ");
	has_not("id_tokens");
	/* nothing tells the account: a name stands for it, and a way to learn it */
	assert_int_equal(explain(&job, NULL, "aws-access-key"), 0);
	has("arn:aws:iam::AWS_ACCOUNT_ID:oidc-provider/");
	has("AWS_ACCOUNT_ID     aws sts get-caller-identity --query Account --output text");
	has("POLICY_ARN         a policy that allows");
}

static void test_own_servers(void **state)
{
	struct mf_job job = github();
	char ghes[] = "https://git.acme.io", own[] = "https://gitlab.acme.io";

	(void)state;
	job.server_url = ghes;
	assert_int_equal(explain(&job, NULL, "aws-access-key"), 0);
	has("oidc-provider/git.acme.io/_services/token\"");
	has("\"git.acme.io/_services/token:sub\": \"repo:acme/shop:ref:refs/heads/main\"");
	has("https://git.acme.io/_services/token/.well-known/openid-configuration");
	job = gitlab();
	job.server_url = own;
	assert_int_equal(explain(&job, NULL, "gcp-service-account"), 0);
	has("--issuer-uri=https://gitlab.acme.io ");
	has("--jwk-json-path");
	assert_int_equal(explain(&job, NULL, "npm-token"), 0);
	has("A job of https://gitlab.acme.io needs a token");
	job = gitlab();
	assert_int_equal(explain(&job, NULL, "npm-token"), 0);
	has_not("A job of");
	assert_int_equal(explain(&job, NULL, "gcp-service-account"), 0);
	has_not("--jwk-json-path");
}

static void test_gitlab(void **state)
{
	struct mf_job job = gitlab();

	(void)state;
	assert_int_equal(explain(&job, NULL, "aws-secret-key"), 0);
	has("\"gitlab.com:sub\": \"project_path:acme/web/shop:ref_type:branch:ref:main\"");
	has("id_tokens: { AWS_ID_TOKEN: { aud: sts.amazonaws.com } }");
	has_not("permissions:");
	assert_int_equal(explain(&job, NULL, "vault-service-token"), 0);
	has("\"user_claim\": \"project_path\"");
	has("\"bound_claims\": { \"project_path\": \"acme/web/shop\", \"ref\": \"main\", \"ref_type\": \"branch\" }");
	has("oidc_discovery_url=https://gitlab.com bound_issuer=https://gitlab.com");
	has("vault token revoke -self");
	assert_int_equal(explain(&job, NULL, "gcp-service-account"), 0);
	has("--attribute-condition=\"assertion.project_path=='acme/web/shop' && assertion.ref=='main' && assertion.ref_type=='branch'\"");
	has("workloadIdentityPools/ci-jobs/attribute.project_path/acme/web/shop'");
	assert_int_equal(explain(&job, NULL, "azure-client-secret"), 0);
	has("\"subject\": \"project_path:acme/web/shop:ref_type:branch:ref:main\"");
	has("\"issuer\": \"https://gitlab.com\"");
	assert_int_equal(explain(&job, NULL, "ssh-private-key"), 0);
	has("path \"ssh-ci/sign/ci-acme-web-shop\" { capabilities = [\"update\"] }");
	has("--vault-export-token");
	assert_int_equal(explain(&job, NULL, "npm-token"), 0);
	has("npm:registry.npmjs.org");
	assert_int_equal(explain(&job, NULL, "gitlab-pat"), 0);
	has("CI_JOB_TOKEN");
}

static void test_github(void **state)
{
	struct mf_job job = github();

	(void)state;
	assert_int_equal(explain(&job, NULL, "vault-service-token"), 0);
	has("vault write auth/jwt/role/ci - <<'EOF'");
	has("\"bound_claims\": { \"repository\": \"acme/shop\", \"repository_id\": \"77\", \"ref\": \"refs/heads/main\" }");
	has("\"token_ttl\": \"15m\"");
	has("\"bound_audiences\": [\"https://VAULT\"]");
	has("https://VAULT      the address of your Vault");
	assert_int_equal(explain(&job, NULL, "gcp-service-account"), 0);
	has("assertion.repository=='acme/shop' && assertion.ref=='refs/heads/main'");
	has("principalSet://iam.googleapis.com/projects/PROJECT_NUMBER/locations/global/workloadIdentityPools/ci-jobs/"
		"attribute.repository/acme/shop");
	assert_int_equal(explain(&job, NULL, "azure-client-secret"), 0);
	has("\"audiences\": [\"api://AzureADTokenExchange\"]");
	has("\"subject\": \"repo:acme/shop:ref:refs/heads/main\"");
	has("then it is repo:acme@12/shop@77:ref:refs/heads/main");
	assert_int_equal(explain(&job, NULL, "github-pat-classic"), 0);
	has("actions/create-github-app-token@COMMIT");
	assert_int_equal(explain(&job, NULL, "database-url"), 0);
	has("path \"database/creds/ci-acme-shop\" { capabilities = [\"read\"] }");
	has("DB_*=vault://database/creds/ci-acme-shop\n");
	assert_int_equal(explain(&job, NULL, "pypi-token"), 0);
	has("pypa/gh-action-pypi-publish");
	has("owner acme, repository shop, workflow WORKFLOW");
}

/* A tag's job is trusted as one; a pull request's never is. */
static void test_refs(void **state)
{
	struct mf_job job = github();
	char tag[] = "refs/tags/v1", merge[] = "refs/pull/7/merge", event[] = "pull_request";

	(void)state;
	job.ref = tag;
	assert_int_equal(explain(&job, NULL, "azure-client-secret"), 0);
	has("\"subject\": \"repo:acme/shop:ref:refs/tags/v1\"");
	job = gitlab();
	job.ref = tag;
	assert_int_equal(explain(&job, NULL, "vault-batch-token"), 0);
	has("\"ref\": \"v1\", \"ref_type\": \"tag\"");
	job = github();
	job.ref = merge;
	job.event = event;
	assert_int_equal(explain(&job, NULL, "vault-service-token"), 0);
	has("(repo:acme/shop:pull_request)");
	has("\"ref\": \"refs/heads/BRANCH\"");
	has("the branch whose jobs are let in");
	has_not("refs/pull/7");
	assert_int_equal(explain(&job, NULL, "aws-access-key"), 0);
	has("\"repo:acme/shop:ref:refs/heads/BRANCH\"");
	has("the branch whose jobs are let in");
}

/* A merge request's job runs on the branch's name, which is as little trusted. */
static void test_merge_request(void **state)
{
	struct mf_job job = gitlab();
	char ref[] = "refs/heads/feature", event[] = "merge_request_event";

	(void)state;
	job.ref = ref;
	job.event = event;
	assert_int_equal(explain(&job, NULL, "vault-service-token"), 0);
	has("\"ref\": \"BRANCH\", \"ref_type\": \"branch\"");
	assert_int_equal(explain(&job, NULL, "azure-client-secret"), 0);
	has("\"subject\": \"project_path:acme/web/shop:ref_type:branch:ref:BRANCH\"");
}

/* Documents to paste: each is JSON as it stands. */
static void test_documents(void **state)
{
	static const char *const kinds[] = { "aws-access-key", "azure-client-secret", "vault-service-token", "artifactory-reference" };
	const struct mf_job jobs[] = { github(), gitlab(), { .ci = MF_CI_OTHER, .rules = MF_CI_OTHER } };
	size_t n = 0;

	(void)state;
	for (size_t i = 0; i < MF_COUNT(jobs) * MF_COUNT(kinds); i++) {
		assert_int_equal(explain(&jobs[i / MF_COUNT(kinds)], NULL, kinds[i % MF_COUNT(kinds)]), 0);
		for (const char *at = strstr(text, "\n       {"); at; at = strstr(at + 1, "\n       {")) {
			const char *end = strstr(at, "}\n");
			struct mf_json *doc = NULL;

			/* its last brace begins a line, unless all of it stands on one */
			if (strchr(at + 1, '\n') < end)
				end = strstr(at, "\n       }\n") + strlen("\n       ");
			if (mf_json_parse(&doc, at, (size_t)(end + 1 - at), &err))
				fail_msg("%s: %s in %.*s", kinds[i % MF_COUNT(kinds)], err.why, (int)(end + 1 - at), at);
			mf_json_free(doc);
			n++;
		}
	}
	assert_int_equal(n, 12);
}

/* What a repository names itself reaches no command that it would change. */
static void test_hostile(void **state)
{
	struct mf_job job = github();
	char ref[] = "refs/heads/a'$(id)", repository[] = "acme/shop\"};rm", dash[] = "-rf";

	(void)state;
	job.ref = ref;
	job.owner_id = dash;
	for (const struct mf_check_kind *k = mf_check_known; k->kind; k++) {
		assert_int_equal(explain(&job, NULL, k->kind), 0);
		has_not("$(id)");
		has_not("-rf");
	}
	job.repository = repository;
	assert_int_equal(explain(&job, NULL, "aws-access-key"), 0);
	has_not(";rm");
	has("\"repo:OWNER/NAME:ref:refs/heads/BRANCH\"");
	has("this repository, with its owner or group");
}

static void test_no_ci(void **state)
{
	const struct mf_job job = { .ci = MF_CI_OTHER, .rules = MF_CI_OTHER };

	(void)state;
	assert_int_equal(explain(&job, NULL, "aws-access-key"), 0);
	has("https://ISSUER");
	has("the `sub` claim of this job's identity token");
	assert_int_equal(explain(&job, NULL, "vault-service-token"), 0);
	has("\"bound_subject\": \"SUBJECT\"");
}

/* -- names ------------------------------------------------------------------------------------------ */

static void test_names(void **state)
{
	const struct mf_job job = github();
	const struct mf_check_item declared = { .rule = STR("some-token"), .life = { .kind = "some-token", .class = MF_LC_DATABASE,
		.lifetime = -1 } };
	const struct mf_check_item habit = { .rule = STR("secrets-inherit"), .path = STR(".github/workflows/ci.yml"), .line = 7,
		.yaml = STR("secrets:\n  A: ${{ secrets.A }}\n::error::x\n"), .from = MF_CHECK_CI };
	const struct mf_check_item newer = { .rule = STR("new-habit"), .title = STR("what is new"), .why = STR("because of it"),
		.fix = STR("do that instead") };
	const struct mf_check_item bound = { .rule = STR("ci-job-token"), .verdict = MF_LV_JOB_BOUND, .max = MF_LIFE_FOREVER,
		.life = { .kind = "ci-job-token", .class = MF_LC_CI_TOKEN, .lifetime = -1 } };
	const struct mf_check_item own = { .rule = STR("jwt"), .fix = STR("do that"), .life = { .kind = "jwt", .class = MF_LC_SERVICE_TOKEN } };

	(void)state;
	assert_int_equal(explain(&job, NULL, "api_key"), 0);
	has("api_key: a class of credentials");
	has("github-pat-classic");
	assert_int_equal(explain(&job, NULL, "secrets-inherit"), 0);
	has(mf_check_rule("secrets-inherit")->why);
	assert_int_equal(explain(&job, &habit, NULL), 0);
	has(".github/workflows/ci.yml:7 (a CI definition)");
	has("  A: ${{ secrets.A }}");
	has_not("  ::error");
	assert_int_equal(explain(&job, &declared, NULL), 0);
	has("database engine");
	assert_string_equal(mf_check_fix(&habit), mf_check_rule("secrets-inherit")->fix);
	assert_string_equal(mf_check_fix(&own), "do that");
	assert_int_equal(explain(&job, &newer, NULL), 0);
	has("new-habit: what is new");
	has("because of it");
	has("do that instead");
	assert_int_equal(explain(&job, &bound, NULL), 0);
	has("verdict    job-bound\n");
	assert_int_equal(explain(&job, NULL, "aws-acces-key"), -1);
	assert_string_equal(err.id, "MF-CHECK-04");
	assert_int_equal(err.code, MF_USAGE);
	assert_non_null(strstr(err.hint, "'aws-access-key', '"));
	assert_int_equal(text_n, 0);
	assert_int_equal(explain(&job, NULL, "0123456789abcdef"), -1);
	assert_non_null(strstr(err.hint, "mayfly check shows the id"));
	assert_int_equal(explain(&job, NULL, ""), -1);
	forget();
}

/* -- memory ----------------------------------------------------------------------------------------- */

static int explain_all(void *ctx, struct mf_err *e)
{
	static const char *const what[] = { "ssh-private-key", "secrets-inherit", "tls" };
	struct mf_env env = { .job = github() };
	struct mf_check_item item = { .rule = STR("jwt"), .yaml = STR("a: b\n"), .life = { .kind = "jwt", .class = MF_LC_SERVICE_TOKEN } };

	for (size_t i = 0; i < MF_COUNT(what); i++)
		if (mf_check_explain(&env, ".", NULL, what[i], ctx, e))
			return -1;
	return mf_check_explain(&env, ".", &item, NULL, ctx, e);
}

static void test_memory(void **state)
{
	FILE *to = fopen("/dev/null", "w");

	(void)state;
	assert_non_null(to);
	assert_int_equal(setvbuf(to, NULL, _IONBF, 0), 0);
	mf_torture(explain_all, to);
	fclose(to);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_kinds),
		cmocka_unit_test(test_all_measured),
		cmocka_unit_test(test_docs),
		cmocka_unit_test(test_aws_github),
		cmocka_unit_test(test_own_servers),
		cmocka_unit_test(test_gitlab),
		cmocka_unit_test(test_github),
		cmocka_unit_test(test_refs),
		cmocka_unit_test(test_merge_request),
		cmocka_unit_test(test_documents),
		cmocka_unit_test(test_hostile),
		cmocka_unit_test(test_no_ci),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
