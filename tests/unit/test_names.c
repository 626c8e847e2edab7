/* SPDX-License-Identifier: Apache-2.0 */
/* Names of variables: well-formed, not dangerous, not taken. */
#include "unit.h"

#include <stdlib.h>
#include <mayfly/environ.h>
#include <mayfly/sink.h>

static struct mf_err err;

static const char *environment(const char *name)
{
	return strcmp(name, "TAKEN") == 0 ? "" : NULL;
}

static const struct mf_sink_opts plain = { .env = environment };
static const struct mf_sink_opts loose = { .loose_names = true };

static void test_good(void **state)
{
	static const char *const names[] = {
		"A", "_", "a1", "DB_PASSWORD", "VAULT_TOKEN", "VAULT_ADDR", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "KUBECONFIG",
		"GITHUB_TOKEN", "GITLAB_TOKEN", "NPM_TOKEN", "PGPASSWORD", "DATABASE_URL", "DOCKER_CONFIG", "TF_VAR_x", "PATHS",
		"MY_PATH", "LD", "ENVIRONMENT", "CIRCLE_TOKEN", "GOOGLE_APPLICATION_CREDENTIALS", "TWINE_PASSWORD", "GIT_PASSWORD",
		"user", "home", "YARN_NPM_AUTH_TOKEN", "CARGO_REGISTRY_TOKEN", "CARGO_REGISTRIES_INTERN_TOKEN", "UV_PUBLISH_TOKEN",
		"UV_PUBLISH_PASSWORD", "HELM_REGISTRY_PASSWORD", "HELM_KUBETOKEN", "KUBECONFIG", "KUBE_TOKEN", "GOOGLE_CREDENTIALS",
		"JAVA_KEYSTORE_PASSWORD", "GPG_PASSPHRASE", "CODECOV_TOKEN", "POETRY_PYPI_TOKEN_PYPI", "GRADLE_PUBLISH_KEY", "JULIAHUB_TOKEN",
		"UV_INDEX_INTERN_PASSWORD",
	};

	(void)state;
	for (size_t i = 0; i < MF_COUNT(names); i++)
		if (mf_name_check(names[i], &plain, &err))
			fail_msg("'%s' is refused: %s", names[i], err.why);
}

static void test_malformed(void **state)
{
	char longest[258];

	(void)state;
	assert_fails(mf_name_check("", &plain, &err), err, "MF-SINK-02");
	assert_fails(mf_name_check("1A", &plain, &err), err, "MF-SINK-02");
	assert_fails(mf_name_check("A-B", &plain, &err), err, "MF-SINK-02");
	assert_int_equal(mf_name_check("A-B.c", &loose, &err), 0);
	assert_fails(mf_name_check("-A", &loose, &err), err, "MF-SINK-02");
	assert_fails(mf_name_check("A=B", &loose, &err), err, "MF-SINK-02");
	assert_fails(mf_name_check("A\nB", &loose, &err), err, "MF-SINK-02");
	assert_fails(mf_name_check("LD_PRELOAD", &loose, &err), err, "MF-SINK-03");
	assert_fails(mf_name_check("A B", &plain, &err), err, "MF-SINK-02");
	assert_fails(mf_name_check("A=B", &plain, &err), err, "MF-SINK-02");
	assert_fails(mf_name_check("A<<B", &plain, &err), err, "MF-SINK-02");
	assert_fails(mf_name_check("A\nB", &plain, &err), err, "MF-SINK-02");
	assert_null(strchr(err.what, '\n'));
	assert_fails(mf_name_check("\xc3\x84", &plain, &err), err, "MF-SINK-02");
	memset(longest, 'A', sizeof(longest));
	longest[256] = '\0';
	assert_fails(mf_name_check(longest, &plain, &err), err, "MF-SINK-02");
	longest[255] = '\0';
	assert_int_equal(mf_name_check(longest, &plain, &err), 0);
}

static void test_dangerous(void **state)
{
	static const char *const names[] = {
		"PATH", "path", "LD_PRELOAD", "LD_LIBRARY_PATH", "LD_ANYTHING", "DYLD_INSERT_LIBRARIES", "BASH_ENV", "ENV", "IFS",
		"SHELLOPTS", "BASHOPTS", "PS4", "PROMPT_COMMAND", "NODE_OPTIONS", "node_options", "PYTHONPATH", "PYTHONSTARTUP",
		"PYTHONHOME", "PERL5OPT", "PERL5LIB", "RUBYOPT", "JAVA_TOOL_OPTIONS", "_JAVA_OPTIONS", "JDK_JAVA_OPTIONS",
		"MAVEN_OPTS", "GRADLE_OPTS", "GIT_SSH_COMMAND", "GIT_CONFIG_COUNT", "GITHUB_ENV", "GITHUB_PATH", "RUNNER_TEMP",
		"ACTIONS_RUNTIME_TOKEN", "CI", "CI_JOB_TOKEN", "GITLAB_CI", "INPUT_ROLE", "STATE_mayfly", "HOME", "SHELL", "USER",
		"TMPDIR", "http_proxy", "HTTPS_PROXY", "no_proxy", "SSL_CERT_FILE", "EDITOR", "PAGER", "DOCKER_HOST",
		"BASH_FUNC_ls", "MAYFLY_CONFIG", "OPENSSL_CONF", "GLIBC_TUNABLES", "SSLKEYLOGFILE",
		"TAR_OPTIONS", "GOAUTH", "GOCACHEPROG", "GOTOOLCHAIN", "GOFLAGS", "CFLAGS", "CXXFLAGS", "CPPFLAGS", "LDFLAGS",
		"CMAKE_TOOLCHAIN_FILE", "CCACHE_PREFIX", "ERL_FLAGS", "ERL_AFLAGS", "YARN_RC_FILENAME", "R_PROFILE_USER", "R_ENVIRON",
		"JULIA_LOAD_PATH", "RUSTUP_TOOLCHAIN", "RUSTC_WRAPPER", "RUSTC", "RUSTDOCFLAGS", "UV_INDEX_URL", "HELM_PLUGINS",
		"KUBE_EDITOR", "WGETRC", "JAVA_OPTS", "ANT_ARGS", "ANT_OPTS", "GNUPGHOME", "GREP_OPTIONS", "INPUTRC", "BASH_LOADABLES_PATH",
	};
	struct mf_sink_opts open = plain;

	(void)state;
	for (size_t i = 0; i < MF_COUNT(names); i++) {
		assert_fails(mf_name_check(names[i], &plain, &err), err, "MF-SINK-03");
		assert_string_not_equal(err.why, "");
		/* opened by its own name, and by no other */
		open.allow_names = (const char *const[]){ "OTHER", names[i] };
		open.n_allow_names = 1;
		assert_int_equal(mf_name_check(names[i], &open, &err), -1);
		open.n_allow_names = 2;
		assert_int_equal(mf_name_check(names[i], &open, &err), 0);
	}
}

static void test_taken(void **state)
{
	struct mf_sink_opts over = plain, open = plain;

	(void)state;
	assert_fails(mf_name_check("TAKEN", &plain, &err), err, "MF-SINK-04");
	over.overwrite = true;
	assert_int_equal(mf_name_check("TAKEN", &over, &err), 0);
	assert_fails(mf_name_check("PATH", &over, &err), err, "MF-SINK-03");
	open.allow_names = (const char *const[]){ "TAKEN" };
	open.n_allow_names = 1;
	assert_fails(mf_name_check("TAKEN", &open, &err), err, "MF-SINK-04");
	open.env = NULL;
	assert_int_equal(mf_name_check("TAKEN", &open, &err), 0);
}

/* What was taken out of our own environment is still the job's. */
static void test_set_aside(void **state)
{
	struct mf_sink_opts over = plain;

	(void)state;
	setenv("GIT_PASSWORD", "old", 1);
	assert_int_equal(mf_name_check("GIT_PASSWORD", &plain, &err), 0);	/* as this test's environment has it */
	mf_environ_clean();
	assert_null(getenv("GIT_PASSWORD"));
	assert_fails(mf_name_check("GIT_PASSWORD", &plain, &err), err, "MF-SINK-04");
	over.overwrite = true;
	assert_int_equal(mf_name_check("GIT_PASSWORD", &over, &err), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good),
		cmocka_unit_test(test_malformed),
		cmocka_unit_test(test_dangerous),
		cmocka_unit_test(test_taken),
		cmocka_unit_test(test_set_aside),	/* the last one: it cleans the environment */
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
