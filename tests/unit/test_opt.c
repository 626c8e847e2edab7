/* SPDX-License-Identifier: Apache-2.0 */
/* Command lines: parsing, refusals, help, the man page and completion, with a table of our own. */
#include "unit.h"

#include <stdio.h>

#include <mayfly/opt.h>
#include <mayfly/reveal.h>
#include "failalloc.h"

struct own {
	const char *output, *level;
	int force;
};

static const struct mf_opt fetch_opts[] = {
	{ .kind = MF_OPT_VALUE, .name = "output", .letter = 'o', .arg = "FILE", .brief = "write to FILE", .offset = offsetof(struct own, output) },
	{ .kind = MF_OPT_VALUE, .name = "level", .arg = "LEVEL", .choices = "low high", .brief = "it's [a: \\ level]",
	  .offset = offsetof(struct own, level) },
	{ .kind = MF_OPT_SWITCH, .name = "force", .letter = 'f', .brief = "do it", .offset = offsetof(struct own, force) },
	{ .kind = MF_OPT_KEY, .key = MF_K_VAULT_URL },
	{ .kind = MF_OPT_KEY, .key = MF_K_VAULT_METHOD },
	{ .kind = MF_OPT_KEY, .key = MF_K_VAULT_TOKEN },
	{ .kind = MF_OPT_KEY, .key = MF_K_VAULT_K8S_TOKEN_FILE },
	{ .kind = MF_OPT_KEY, .key = MF_K_ALLOW_HTTP },
	{ .kind = MF_OPT_KEY, .key = MF_K_REVOKE },
	{ .kind = MF_OPT_KEY, .key = MF_K_EXPORT_ALLOW_NAMES },
	{ .kind = MF_OPT_KEY, .key = MF_K_TIMEOUT },
	{ .kind = MF_OPT_END },
};
static const struct mf_opt no_opts[] = { { .kind = MF_OPT_END } };

static const struct mf_cmd fetch = {
	.name = "fetch", .args = "[NAME=REF...]", .brief = "get things", .opts = fetch_opts, .opts_size = sizeof(struct own),
	.about = "A paragraph that is long enough to need a second line when it is shown in eighty columns, which is the width.\n\n"
		 ".And another one, whose first character is a roff request's.",
	.example = "mayfly fetch A=env://HOME\nmayfly fetch --force\n",
};
static const struct mf_cmd trade_a = { .name = "trade alpha", .args = "", .brief = "trade it", .opts = no_opts };
static const struct mf_cmd trade_b = { .name = "trade beta", .args = "FILE", .brief = "trade that", .opts = NULL };
static const struct mf_cmd shell_cmd = { .name = "completion", .args = "bash|zsh|fish", .brief = "a script", .opts = no_opts };
static const struct mf_cmd help_cmd = { .name = "help", .args = "[COMMAND]", .brief = "help", .opts = no_opts };
static const struct mf_cmd *const cmds[] = { &fetch, &trade_a, &trade_b, &shell_cmd, &help_cmd, NULL };

static struct mf_err err;
static struct mf_conf *conf;
static struct mf_common common;
static struct own own;
static struct mf_args rest;

static int setup(void **state)
{
	(void)state;
	memset(&common, 0, sizeof(common));
	memset(&own, 0, sizeof(own));
	return mf_conf_new(&conf, &err);
}

static int teardown(void **state)
{
	(void)state;
	mf_args_free(&rest);
	mf_conf_free(conf);
	return 0;
}

#define ARGC_MAX 16

/* Arguments separated by one blank each. */
static int parse(const struct mf_cmd *cmd, const char *line)
{
	static char text[4096];
	char *argv[ARGC_MAX + 1] = { text };
	int argc = 1;

	snprintf(text, sizeof(text), "cmd %s", line);
	for (char *p = strchr(text, ' '); p && *line && argc < ARGC_MAX; p = strchr(p, ' ')) {
		*p++ = '\0';
		argv[argc++] = p;
	}
	mf_args_free(&rest);
	memset(&err, 0, sizeof(err));
	return mf_opt_parse(cmd, argc, argv, conf, &common, &own, &rest, &err);
}

static bool says(const char *text)
{
	return strstr(err.what, text) || strstr(err.why, text) || strstr(err.hint, text);
}

static void test_forms(void **state)
{
	(void)state;
	assert_int_equal(parse(&fetch, "--output=a --vault-url https://v -nqvv -c conf.yml --allow-http"), 0);
	assert_string_equal(own.output, "a");
	assert_string_equal(mf_conf_str(conf, MF_K_VAULT_URL), "https://v");
	assert_string_equal(mf_conf_str(conf, MF_K_CONFIG), "conf.yml");
	assert_true(mf_conf_bool(conf, MF_K_ALLOW_HTTP));
	assert_int_equal(common.dry_run, 1);
	assert_int_equal(common.quiet, 1);
	assert_int_equal(common.verbose, 2);
	assert_int_equal(rest.n, 0);
	assert_int_equal(parse(&fetch, "-fob -cother --no-allow-http --no-revoke --format json --color=never"), 0);
	assert_string_equal(own.output, "b");
	assert_int_equal(own.force, 1);
	assert_string_equal(mf_conf_str(conf, MF_K_CONFIG), "other");
	assert_false(mf_conf_bool(conf, MF_K_ALLOW_HTTP));
	assert_false(mf_conf_bool(conf, MF_K_REVOKE));
	assert_string_equal(common.format, "json");
	assert_string_equal(common.color, "never");
	assert_int_equal(parse(&fetch, "--revoke=true --output ="), 0);
	assert_true(mf_conf_bool(conf, MF_K_REVOKE));
	assert_string_equal(own.output, "=");
}

static void test_arguments(void **state)
{
	(void)state;
	assert_int_equal(parse(&fetch, "A=env://X --force B=env://Y - -- --force -n"), 0);
	assert_int_equal(rest.n, 5);
	assert_string_equal(rest.v[0], "A=env://X");
	assert_string_equal(rest.v[1], "B=env://Y");
	assert_string_equal(rest.v[2], "-");
	assert_string_equal(rest.v[3], "--force");
	assert_string_equal(rest.v[4], "-n");
	assert_int_equal(own.force, 1);
	assert_int_equal(common.dry_run, 0);
	assert_int_equal(parse(&fetch, ""), 0);
	assert_int_equal(rest.n, 0);
	mf_args_free(&rest);
	mf_args_free(&rest);
	mf_args_free(NULL);
}

static void test_counts(void **state)
{
	(void)state;
	assert_fails(parse(&trade_a, "x"), err, "MF-OPT-02");
	assert_true(says("'mayfly trade alpha' takes no arguments"));
	assert_fails(parse(&trade_b, ""), err, "MF-OPT-02");
	assert_fails(parse(&trade_b, "a b"), err, "MF-OPT-02");
	assert_true(says("at most 1"));
	assert_int_equal(parse(&trade_b, "a"), 0);
	assert_int_equal(parse(&trade_b, "--help"), 0);
	assert_int_equal(common.help, 1);
	common.help = 0;
	assert_int_equal(parse(&help_cmd, "trade alpha"), 0);
	assert_fails(parse(&help_cmd, "a b c"), err, "MF-OPT-02");
	assert_fails(parse(&shell_cmd, ""), err, "MF-OPT-02");
}

static void test_refusals(void **state)
{
	static const struct { const char *line, *id, *says; } cases[] = {
		{ "--vault-ulr https://v", "MF-OPT-01", "did you mean '--vault-url'?" },
		{ "--vault-ulr=https://hunter2", "MF-OPT-01", "did you mean '--vault-url'?" },
		{ "--vault_url https://v", "MF-OPT-01", "did you mean '--vault-url'?" },
		{ "--no-allow-htpt", "MF-OPT-01", "did you mean '--no-allow-http'?" },
		{ "--completely-different", "MF-OPT-01", "mayfly fetch --help" },
		{ "--no-timeout", "MF-OPT-01", "unknown option '--no-timeout'" },
		{ "--no-output", "MF-OPT-01", "unknown option" },
		{ "-x", "MF-OPT-01", "unknown option '-x'" },
		{ "-fx", "MF-OPT-01", "unknown option '-x'" },
		{ "-xhunter2", "MF-OPT-01", "unknown option '-x'" },
		{ "-vault-url https://v", "MF-OPT-01", "did you mean '--vault-url'?" },
		{ "--vault-token hunter2", "MF-OPT-01", "set the variable MAYFLY_VAULT_TOKEN" },
		{ "--vault-token=hunter2", "MF-OPT-01", "set the variable MAYFLY_VAULT_TOKEN" },
		{ "--hunter2.is/the+password", "MF-OPT-01", "argument 1 is no option" },
		{ "-\x01", "MF-OPT-01", "argument 1 is no option" },
		{ "---", "MF-OPT-01", "" },
		{ "--=x", "MF-OPT-01", "argument 1" },
		{ "--output", "MF-OPT-02", "'--output' needs a value" },
		{ "--output --force", "MF-OPT-02", "--output=FILE" },
		{ "-o", "MF-OPT-02", "'--output' needs a value" },
		{ "-fo --", "MF-OPT-02", "'--output' needs a value" },
		{ "--force=yes", "MF-OPT-02", "'--force' takes no value" },
		{ "--no-revoke=hunter2", "MF-OPT-02", "'--no-revoke' takes no value" },
		{ "--level hunter2", "MF-OPT-03", "low high" },
		{ "--level hihg", "MF-OPT-03", "did you mean 'high'?" },
		{ "--level=", "MF-OPT-03", "'--level'" },
		{ "--output=", "MF-OPT-03", "'--output' is empty" },
		{ "--format xml", "MF-OPT-03", "'--format'" },
		{ "--allow-http=maybe", "MF-OPT-03", "--allow-http: 'maybe'" },
		{ "--timeout never", "MF-OPT-03", "--timeout" },
		{ "--vault-method aprole", "MF-OPT-03", "did you mean 'approle'?" },
		{ "--vault-url https://u:hunter2@v", "MF-URL-01", "--vault-url" },
	};

	(void)state;
	for (size_t i = 0; i < MF_COUNT(cases); i++) {
		assert_fails(parse(&fetch, cases[i].line), err, cases[i].id);
		if (!says(cases[i].says) || says("hunter2"))
			fail_msg("%s: %s\n  why %s\n  hint %s", cases[i].line, err.what, err.why, err.hint);
		assert_int_equal(err.code, MF_USAGE);
		assert_null(rest.v);
	}
}

static void test_repeated(void **state)
{
	size_t n;

	(void)state;
	assert_int_equal(parse(&fetch, "--allow-name A --output x --allow-name=B --output y"), 0);
	assert_string_equal(own.output, "y");
	assert_string_equal(mf_conf_list(conf, MF_K_EXPORT_ALLOW_NAMES, &n)[1], "B");
	assert_int_equal(n, 2);
}

/* -- commands -- */

static const struct mf_cmd *find(int *words, const char *a, const char *b)
{
	char first[64], second[64], *argv[3] = { first, second, NULL };

	snprintf(first, sizeof(first), "%s", a ? a : "");
	snprintf(second, sizeof(second), "%s", b ? b : "");
	if (!a)
		argv[0] = NULL;
	if (!b)
		argv[1] = NULL;
	memset(&err, 0, sizeof(err));
	*words = 0;
	return mf_cmd_find(cmds, words, argv, &err);
}

static void test_commands(void **state)
{
	static const struct { const char *a, *b, *says; } cases[] = {
		{ NULL, NULL, "no command" },
		{ "", NULL, "mayfly --help" },
		{ "fecth", NULL, "did you mean 'mayfly fetch'?" },
		{ "FETCH", NULL, "did you mean 'mayfly fetch'?" },
		{ "trade", NULL, "mayfly trade alpha, mayfly trade beta" },
		{ "trade", "alhpa", "unknown command 'trade alhpa'" },
		{ "trade", "--help", "mayfly trade alpha" },
		{ "traed", "alpha", "did you mean 'mayfly trade alpha'?" },
		{ "trade-alpha", NULL, "did you mean" },
		{ "--quiet", "fetch", "options come after the command" },
		{ "hunter2/with+signs", NULL, "argument 1 is no command" },
		{ "zzzzzzz", NULL, "mayfly --help" },
	};
	int words;

	(void)state;
	assert_ptr_equal(find(&words, "fetch", "trade"), &fetch);
	assert_int_equal(words, 1);
	assert_ptr_equal(find(&words, "trade", "beta"), &trade_b);
	assert_int_equal(words, 2);
	for (size_t i = 0; i < MF_COUNT(cases); i++) {
		assert_null(find(&words, cases[i].a, cases[i].b));
		assert_string_equal(err.id, "MF-OPT-04");
		if (!says(cases[i].says) && i != 8)
			fail_msg("%s: %s (%s)", cases[i].a, err.what, err.hint);
		assert_false(says("hunter2"));
	}
}

/* -- writers -- */

static char *text_of(int (*write)(struct mf_buf *, struct mf_err *))
{
	struct mf_buf b = MF_BUF(1 << 20);

	assert_int_equal(write(&b, &err), 0);
	return mf_buf_take(&b);
}

static int write_help(struct mf_buf *b, struct mf_err *e)
{
	return mf_opt_help(b, &fetch, cmds, e);
}

static int write_program_help(struct mf_buf *b, struct mf_err *e)
{
	return mf_opt_help(b, NULL, cmds, e);
}

static int write_man(struct mf_buf *b, struct mf_err *e)
{
	return mf_opt_man(b, cmds, e);
}

static int write_all_completions(struct mf_buf *b, struct mf_err *e)
{
	return mf_opt_completion(b, "bash", cmds, e) || mf_opt_completion(b, "zsh", cmds, e) || mf_opt_completion(b, "fish", cmds, e) ? -1 : 0;
}

static void assert_has(const char *text, const char *part)
{
	if (!strstr(text, part))
		fail_msg("'%s' is not in:\n%s", part, text);
}

static void assert_narrow(const char *text)
{
	for (const char *p = text; *p;) {
		size_t n = strcspn(p, "\n");

		if (n > 80)
			fail_msg("%zu columns: %.*s", n, (int)n, p);
		if (n && p[n - 1] == ' ')
			fail_msg("a blank at the end: %.*s|", (int)n, p);
		p += n + (p[n] == '\n');
	}
}

static void test_help(void **state)
{
	static const char *const parts[] = {
		"mayfly fetch: get things\n", "usage: mayfly fetch [OPTION...] [NAME=REF...]\n", "  -o, --output FILE", "      --vault-url URL",
		"jwt, approle, kubernetes", "(default: jwt)", "--[no-]revoke", "(default: 30s)", "may be repeated", "\nVault and OpenBao:\n",
		"\ncommon options:\n  -c, --config FILE", "  -h, --help", "VAULT_ADDR, BAO_ADDR", "MAYFLY_VAULT_TOKEN, VAULT_TOKEN, BAO_TOKEN",
		"\nexample:\n  mayfly fetch A=env://HOME\n",
	};
	char *text = text_of(write_help);

	(void)state;
	for (size_t i = 0; i < MF_COUNT(parts); i++)
		assert_has(text, parts[i]);
	assert_null(strstr(text, "--vault-token"));
	assert_narrow(text);
	free(text);
	text = text_of(write_program_help);
	assert_has(text, "  trade alpha ");
	assert_has(text, "--version");
	assert_narrow(text);
	free(text);
}

static void test_man(void **state)
{
	char *text = text_of(write_man);

	(void)state;
	assert_has(text, ".TH MAYFLY 1");
	assert_has(text, ".SS mayfly trade beta");
	assert_has(text, "\n\\&.And another");
	assert_has(text, "\\fB\\-\\-vault\\-url\\fR \\fIURL\\fR");
	assert_has(text, "it\\(aqs [a: \\(rs level]");
	assert_has(text, "VAULT_TOKEN BAO_TOKEN");
	free(text);
}

static void test_completion(void **state)
{
	struct mf_buf b = MF_BUF(1 << 20);
	char *text = text_of(write_all_completions);

	(void)state;
	assert_has(text, "--vault-url");
	assert_has(text, "--no-revoke");
	assert_has(text, "it'\\''s \\[a\\: \\\\ level\\]");
	assert_has(text, "it\\'s [a: \\\\ level]");
	assert_null(strstr(text, "--vault-token"));
	free(text);
	assert_fails(mf_opt_completion(&b, "bsh", cmds, &err), err, "MF-OPT-03");
	assert_true(says("did you mean 'bash'?"));
	assert_int_equal(b.n, 0);
	mf_buf_free(&b);
}

/* A ceiling that is reached is an error, not a text cut short. */
static void test_ceiling(void **state)
{
	struct mf_buf b = MF_BUF(500);

	(void)state;
	assert_fails(mf_opt_help(&b, &fetch, cmds, &err), err, "MF-BASE-02");
	mf_buf_free(&b);
	b = MF_BUF(500);
	assert_fails(mf_opt_man(&b, cmds, &err), err, "MF-BASE-02");
	mf_buf_free(&b);
}

static int torture_parse(void *ctx, struct mf_err *e)
{
	char *argv[] = { "fetch", "--vault-url", "https://v", "--allow-name", "A", "--allow-name=B", "X=env://Y", "--no-revoke", NULL };
	struct mf_conf *c = NULL;
	struct mf_args a = { 0 };
	int rc = mf_conf_new(&c, e);

	(void)ctx;
	if (rc == 0)
		rc = mf_opt_parse(&fetch, 8, argv, c, &common, &own, &a, e);
	mf_args_free(&a);
	mf_conf_free(c);
	return rc;
}

static int torture_write(void *ctx, struct mf_err *e)
{
	struct mf_buf b = MF_BUF(1 << 20);
	int rc = write_help(&b, e) || write_man(&b, e) || write_all_completions(&b, e);

	(void)ctx;
	mf_buf_free(&b);
	return rc ? -1 : 0;
}

static void test_torture(void **state)
{
	(void)state;
	mf_torture(torture_parse, NULL);
	mf_torture(torture_write, NULL);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_forms), TEST(test_arguments), TEST(test_counts), TEST(test_refusals), TEST(test_repeated), TEST(test_commands),
		TEST(test_help), TEST(test_man), TEST(test_completion), TEST(test_ceiling), TEST(test_torture),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
