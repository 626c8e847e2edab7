/* SPDX-License-Identifier: Apache-2.0 */
/* Logging: levels, dresses, and text that would like to be a command of the runner. */
#include "unit.h"

#include <stdio.h>
#include <mayfly/log.h>

static char *text;
static size_t size;
static FILE *to;

static void start(enum mf_level level, enum mf_dress dress)
{
	to = open_memstream(&text, &size);
	assert_non_null(to);
	mf_log_setup(to, level, dress);
}

static void expect(const char *want)
{
	fflush(to);
	assert_string_equal(text, want);
	mf_log_setup(NULL, MF_LOG_NORMAL, MF_DRESS_PLAIN);
	fclose(to);
	free(text);
}

static void everything(void)
{
	mf_warn("w%d", 1);
	mf_info("i%d", 2);
	mf_verbose("v%d", 3);
	mf_debug("d%d", 4);
}

static void test_levels(void **state)
{
	(void)state;
	everything();	/* nowhere yet */
	start(MF_LOG_QUIET, MF_DRESS_PLAIN);
	everything();
	expect("warning: w1\n");
	start(MF_LOG_NORMAL, MF_DRESS_PLAIN);
	everything();
	expect("warning: w1\ni2\n");
	start(MF_LOG_VERBOSE, MF_DRESS_PLAIN);
	everything();
	expect("warning: w1\ni2\nv3\n");
	start(MF_LOG_DEBUG, MF_DRESS_PLAIN);
	assert_int_equal(mf_log_level(), MF_LOG_DEBUG);
	everything();
	expect("warning: w1\ni2\nv3\nd4\n");
}

static void test_dresses(void **state)
{
	(void)state;
	start(MF_LOG_DEBUG, MF_DRESS_COLOR);
	everything();
	expect("\033[1;33mwarning: \033[0mw1\ni2\n\033[2mv3\033[0m\n\033[2md4\033[0m\n");
	start(MF_LOG_DEBUG, MF_DRESS_GITHUB);
	everything();
	expect("::warning::w1\ni2\nv3\n::debug::d4\n");
}

static void test_control_bytes(void **state)
{
	(void)state;
	start(MF_LOG_NORMAL, MF_DRESS_PLAIN);
	mf_info("a%sb", "\n::set-env name=X::y\r\033[2J");
	mf_warn("%s", "\n");
	expect("a?::set-env name=X::y??[2Jb\nwarning: ?\n");
}

static void test_no_command_from_outside(void **state)
{
	(void)state;
	start(MF_LOG_NORMAL, MF_DRESS_GITHUB);
	mf_info("%s", "::add-mask::x");
	mf_info("%s", "  \t ::stop-commands::x");
	mf_info("%s", "\xc2\xa0\xe3\x80\x80::x");
	mf_info("%s", " ##[add-mask]x ##[group] ###[x] #[");
	mf_info("%s", "a::b");
	mf_info("%s", ":");
	mf_info("%s", "");
	mf_warn("%s", "100% ::error::\n##[x]");
	mf_warn("%s", "%0A::add-mask::y");
	expect(": :add-mask::x\n  ? ::stop-commands::x\n\xc2\xa0\xe3\x80\x80: :x\n # #[add-mask]x # #[group] ## #[x] #[\na::b\n:\n\n"
	       "::warning::100%25 ::error::?# #[x]\n::warning::%250A::add-mask::y\n");
}

static void fill(struct mf_err *err)
{
	mf_fail(err, MF_E_FS_READ, "'%s' cannot be read", "a%0Ab");
	mf_err_why(err, "no such file");
	mf_err_sent(err, "aud=x");
	mf_err_hint(err, "create it");
	mf_err_note(err, "nothing was exported");
	mf_err_advice(err, "permissions:\n  id-token: write\n::add-mask::x\n");
}

static void test_error(void **state)
{
	struct mf_err err;

	(void)state;
	fill(&err);
	start(MF_LOG_QUIET, MF_DRESS_PLAIN);
	mf_log_error(&err);
	expect("error[MF-FS-03]: 'a%0Ab' cannot be read\n  = why: no such file\n  = sent: aud=x\n  = help: create it\n"
	       "  = note: nothing was exported\n\npermissions:\n  id-token: write\n: :add-mask::x\n");
	start(MF_LOG_QUIET, MF_DRESS_GITHUB);
	mf_log_error(&err);
	expect("error[MF-FS-03]: 'a%0Ab' cannot be read\n  = why: no such file\n  = sent: aud=x\n  = help: create it\n"
	       "  = note: nothing was exported\n\npermissions:\n  id-token: write\n: :add-mask::x\n"
	       "::error title=MF-FS-03::'a%250Ab' cannot be read%0Awhy: no such file%0Asent: aud=x%0Ahelp: create it%0A"
	       "note: nothing was exported%0A%0Apermissions:%0A  id-token: write%0A::add-mask::x%0A\n");
}

static void test_short_error(void **state)
{
	struct mf_err err = { 0 };

	(void)state;
	start(MF_LOG_QUIET, MF_DRESS_PLAIN);
	mf_log_error(&err);	/* not filled: nothing to say */
	mf_log_error(NULL);
	mf_fail(&err, MF_E_FS_READ, "x");
	mf_log_error(&err);
	expect("error[MF-FS-03]: x\n");
	start(MF_LOG_QUIET, MF_DRESS_COLOR);
	mf_log_error(&err);
	expect("\033[1;31merror[MF-FS-03]\033[0m: \033[1mx\033[0m\n");
}

static void test_long_line(void **state)
{
	char long_text[10000];

	(void)state;
	memset(long_text, 'x', sizeof(long_text));
	long_text[sizeof(long_text) - 1] = '\0';
	start(MF_LOG_NORMAL, MF_DRESS_PLAIN);
	mf_info("%s", long_text);
	fflush(to);
	assert_true(size > 2000 && size < 2100);
	assert_string_equal(text + size - 4, "...\n");
	mf_log_setup(NULL, MF_LOG_NORMAL, MF_DRESS_PLAIN);
	fclose(to);
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_levels), cmocka_unit_test(test_dresses), cmocka_unit_test(test_control_bytes),
		cmocka_unit_test(test_no_command_from_outside), cmocka_unit_test(test_error),
		cmocka_unit_test(test_short_error), cmocka_unit_test(test_long_line),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
