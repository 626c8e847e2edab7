/* SPDX-License-Identifier: Apache-2.0 */
#include "support_report.h"

#include <stdio.h>
#include <stdlib.h>
#include <mayfly/alloc.h>

static const char *const aws_aliases[] = { "aws-access-token" };
static const char *const pat_aliases[] = { "github-pat-alias", "github-pat" };
static const char *const aws_tags[] = { "cloud", "secret" };

const struct mf_rule mf_test_rules[4] = {
	{ .id = "aws-access-key-id", .title = "AWS access key", .vendor = "AWS", .opens = "the AWS account that issued it, with the rights of its user",
	  .revoke = "aws iam delete-access-key --access-key-id ID", .source = "https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_access-keys.html",
	  .aliases = aws_aliases, .n_aliases = 1, .tags = aws_tags, .n_tags = 2, .severity = MF_SEV_CRITICAL },
	{ .id = "github-classic-pat", .title = "GitHub personal access token (classic)", .opens = "every repository that its owner can reach",
	  .revoke = "Settings > Developer settings > Tokens (classic) > Delete", .source = "https://docs.github.com/en/authentication", .aliases = pat_aliases,
	  .n_aliases = 2, .severity = MF_SEV_HIGH },
	{ .id = "private-key", .title = "Private key", .opens = "whatever trusts its public half", .revoke = "replace the key pair, remove the public half everywhere",
	  .severity = MF_SEV_HIGH },
	{ .id = "generic-password", .title = "Password in an assignment", .opens = "", .severity = MF_SEV_MEDIUM },
};

const char mf_test_evil[] = "dir/\n::error::x,y%0A\x1b[31m\xe2\x80\xae]]>\"'</script><img src=x onerror=alert(1)>##[error]|`*_[a](http://e.example)@octocat #1\xff.txt";

void mf_test_secrets(struct mf_test_secrets *s)
{
	snprintf(s->aws, sizeof(s->aws), "%s%s", "AKIA", "QYLPMN5HHHFPZAM2");
	snprintf(s->pat, sizeof(s->pat), "%s%s", "ghp_", "16C7e42F292c6912E7710c838347Ae178B4a");
	snprintf(s->word, sizeof(s->word), "%s", "hunt3r2");
	snprintf(s->key, sizeof(s->key), "-----BEGIN %s PRIVATE KEY-----\n%s\n%s\n-----END %s PRIVATE KEY-----", "RSA",
		 "MIIEowIBAAKCAQEAx7hQ2mX1b9yQ0Zk3jv8pT2s5uW4nR6cE1fLgH0aJdKoPiVqB", "q3mX1b9yQ0Zk3jv8pT2s5uW4nR6cE1fLgH0aJdKoPiVqCMIIEowIBAAKCAQEAx7hQ",
		 "RSA");
}

static char *dup(const char *s)
{
	char *copy = mf_strdup(s);

	if (!copy)
		abort();
	return copy;
}

struct mf_finding mf_test_finding(const struct mf_rule *rule, const char *path, unsigned line, const char *secret, const char *format)
{
	struct mf_finding f = { .rule = rule, .source = MF_SRC_COMMIT, .line = line, .end_line = line, .date = 1714550400, .tz = 120, .order = 7, .entropy = 3.6464 };
	const char *at = strstr(format, "%s");
	const size_t before = (size_t)(at - format), n = strlen(secret), len = before + n + strlen(at + 2);

	f.rule_id = dup(rule->id);
	f.title = dup(rule->title);
	f.severity = rule->severity;
	f.path = dup(path);
	f.commit = dup("adadadadadadadadadadadadadadadadadadadad");
	f.blob = dup("b10bb10bb10bb10bb10bb10bb10bb10bb10bb10b");
	f.author = dup("Ada L");
	f.email = dup("ada@example.com");
	f.message = dup("add the configuration\n\nof production\n");
	f.secret = dup(secret);
	f.match = dup(secret);
	f.secret_n = f.match_n = n;
	f.text = malloc(len + 1);
	if (!f.text)
		abort();
	memcpy(f.text, format, before);
	memcpy(f.text + before, secret, n);
	memcpy(f.text + before + n, at + 2, strlen(at + 2) + 1);
	f.text_n = len;
	f.col = (unsigned)before + 1;
	f.end_col = (unsigned)(before + n);
	return f;
}

void mf_test_add(struct mf_findings *list, struct mf_finding f)
{
	struct mf_err err;

	if (mf_findings_add(list, &f, &err))
		abort();
}

static void no_commit(struct mf_finding *f, enum mf_source source)
{
	free(f->commit);
	free(f->author);
	free(f->email);
	free(f->message);
	f->commit = f->author = f->email = f->message = NULL;
	f->source = source;
	f->date = 0;
	f->order = 0;
	f->tz = 0;
}

static void hostile(struct mf_findings *list, const struct mf_test_secrets *s)
{
	struct mf_finding f = mf_test_finding(&mf_test_rules[1], mf_test_evil, 3, s->pat, "tok = \"%s\" # <b> ::error:: ]]> </script> \x1b[0m \xff");

	free(f.author);
	free(f.email);
	free(f.message);
	f.author = dup("=cmd|' /C calc'!A0 \xe2\x80\xae <script>");
	f.email = dup("evil\"@<b>.example");
	f.message = dup("::stop-commands::x\r\n\x1b[2J <script>alert(1)</script> \xff");
	mf_test_add(list, f);
	f = mf_test_finding(&mf_test_rules[3], "=HYPERLINK(\"http://e.example\")", 1, "p4ssw0rd-of-production", "password: %s");
	mf_test_add(list, f);
}

static void of_lines(struct mf_findings *list, const struct mf_test_secrets *s)
{
	struct mf_finding f = mf_test_finding(&mf_test_rules[2], "keys/deploy.pem", 2, s->key, "%s");

	no_commit(&f, MF_SRC_FILE);
	f.end_line = 5;
	f.end_col = 29;
	f.format = MF_FORMAT_VERIFIED;
	snprintf(f.facts.note, sizeof(f.facts.note), "the key is not encrypted");
	mf_test_add(list, f);
}

static void passing(struct mf_findings *list)
{
	struct mf_finding f = mf_test_finding(&mf_test_rules[3], "tests/fixtures.py", 12, "not-really-a-secret-1", "PASSWORD = '%s'  # mayfly:allow");

	f.pass = MF_PASS_INLINE;
	f.pass_why = dup("used in tests only, <b>never</b> deployed");
	mf_test_add(list, f);
	f = mf_test_finding(&mf_test_rules[3], "tests/fixtures.py", 13, "not-really-a-secret-2", "PASSWORD = '%s'");
	f.pass = MF_PASS_ACCEPTED;
	f.pass_why = dup("goes away with the old cluster");
	f.pass_until = 1800000000;
	snprintf(f.fingerprint_id, sizeof(f.fingerprint_id), "%s", "0123456789abcdef0123456789abcdef");
	mf_test_add(list, f);
	f = mf_test_finding(&mf_test_rules[3], "tests/fixtures.py", 14, "not-really-a-secret-3", "PASSWORD = '%s'");
	f.pass_why = dup("until the migration");
	f.pass_until = 1700000000;
	mf_test_add(list, f);
}

static void others(struct mf_findings *list, const struct mf_test_secrets *s)
{
	struct mf_finding f = mf_test_finding(&mf_test_rules[1], "", 4, s->pat, "used %s to push");

	f.source = MF_SRC_MESSAGE;
	mf_test_add(list, f);
	f = mf_test_finding(&mf_test_rules[1], "k8s/secret.yaml", 9, s->pat, "token: Z2hwXzE2Qzdl%s");
	no_commit(&f, MF_SRC_UNREACHABLE);
	f.encoding = MF_ENC_BASE64;
	f.depth = 1;
	f.format = MF_FORMAT_BROKEN;
	mf_test_add(list, f);
	f = mf_test_finding(&mf_test_rules[3], "settings.ini", 40, s->word, "db_password = %s ; the default");
	no_commit(&f, MF_SRC_STAGED);
	free(f.rule_id);
	free(f.title);
	f.rule = NULL;
	f.rule_id = dup("my-own-rule");
	f.title = dup("A rule of the \"user\" <b>");
	mf_test_add(list, f);
}

void mf_test_findings(struct mf_findings *list)
{
	struct mf_test_secrets s;
	struct mf_finding f;

	mf_test_secrets(&s);
	*list = (struct mf_findings){ 0 };
	f = mf_test_finding(&mf_test_rules[0], "deploy/prod.env", 14, s.aws, "AWS_ACCESS_KEY_ID=%s");
	f.format = MF_FORMAT_VERIFIED;
	snprintf(f.facts.account, sizeof(f.facts.account), "AWS account 123456789012");
	snprintf(f.fingerprint_id, sizeof(f.fingerprint_id), "%s", "00112233445566778899aabbccddeeff");
	f.versions = 3;
	f.more_paths = mf_calloc(5, sizeof(*f.more_paths));
	if (!f.more_paths)
		abort();
	for (f.n_more_paths = 0; f.n_more_paths < 5; f.n_more_paths++)
		f.more_paths[f.n_more_paths] = dup(f.n_more_paths == 2 ? "copy/\xff.env" : "copy/of.env");
	mf_test_add(list, f);
	hostile(list, &s);
	of_lines(list, &s);
	passing(list);
	others(list, &s);
	mf_findings_sort(list);
}

void mf_test_run(struct mf_run *run)
{
	static struct mf_note notes[2];
	static char whats[2][64] = { "3 files could not be read", "the clone is shallow" };
	static char why[] = "permission denied: 'a\nb', \"::error::c\", <script>", hint[] = "fetch-depth: 0";

	notes[0] = (struct mf_note){ whats[0], why, NULL, true };
	notes[1] = (struct mf_note){ whats[1], NULL, hint, false };
	*run = (struct mf_run){
		.version = "1.2.3", .mode = "history", .target = ".", .range = "A..B", .repository = "acme/shop", .ref = "refs/heads/main",
		.sha = "feedfeedfeedfeedfeedfeedfeedfeedfeedfeed", .server_url = "https://github.com", .category = "mayfly", .began = 1760000000,
		.took_ms = 1234, .files = 0, .blobs = 143210, .commits = 4711, .bytes = 3360000000, .matched_bytes = 390000000, .rules = 268,
		.rules_origin = "built in", .notes = notes, .n_notes = 2, .oid_len = 20,
	};
}

char *mf_test_render(const char *reporter, const struct mf_run *run, const struct mf_findings *list, const struct mf_report_opts *opts, size_t *n,
		     struct mf_err *err)
{
	const struct mf_reporter *r = mf_reporter_find(reporter, err);
	struct mf_verdict verdict;
	char *text = NULL;
	FILE *to = open_memstream(&text, n);

	if (!r || !to)
		abort();
	mf_verdict_of(&verdict, list);
	for (size_t i = 0; i < run->n_notes; i++)
		verdict.incomplete |= run->notes[i].incomplete;
	if (mf_report_write(r, to, run, list, &verdict, opts, err)) {
		fclose(to);
		free(text);
		return NULL;
	}
	fclose(to);
	return text;
}
