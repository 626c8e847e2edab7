/* SPDX-License-Identifier: Apache-2.0 */
/* From argv to a command and back to an exit code: the only place that ends the process. */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include <mayfly/alloc.h>
#include <mayfly/cmd.h>
#include <mayfly/environ.h>
#include <mayfly/secret.h>
#include <mayfly/sink.h>

static volatile int stop_signal;

static void on_signal(int sig)
{
	stop_signal = sig;
}

/* SA_RESTART is left out on purpose: a sleeping system call ends and its caller looks at the flag. */
static void catch_signals(void)
{
	struct sigaction sa = { .sa_handler = on_signal };

	sigemptyset(&sa.sa_mask);
	sigaction(SIGINT, &sa, NULL);
	sigaction(SIGTERM, &sa, NULL);
	sigaction(SIGHUP, &sa, NULL);
}

static const char *get_env(const char *name)
{
	return getenv(name);
}

/* What the CI's identity could be asked with goes away for a command that has no business with it. */
static void drop_unneeded(const struct mf_cmd *cmd)
{
	static const char *const token_vars[] = {
		"ACTIONS_ID_TOKEN_REQUEST_TOKEN", "ACTIONS_ID_TOKEN_REQUEST_URL",
		"ACTIONS_RUNTIME_TOKEN", "ACTIONS_RESULTS_URL",
	};

	if (cmd->needs & MF_NEEDS_TOKEN)
		return;
	for (size_t i = 0; i < MF_COUNT(token_vars); i++)
		unsetenv(token_vars[i]);
}

static bool want_color(const struct mf_env *env)
{
	const char *no_color = getenv("NO_COLOR");
	const char *term = getenv("TERM");

	if (env->common.color && strcmp(env->common.color, "always") == 0)
		return true;
	if (env->common.color && strcmp(env->common.color, "never") == 0)
		return false;
	if (no_color && *no_color)
		return false;
	return isatty(fileno(env->err)) && !(term && strcmp(term, "dumb") == 0);
}

static bool wants_json(const struct mf_env *env)
{
	return env->common.format && strcmp(env->common.format, "json") == 0;
}

/* Whether a program reads standard output: text to eval, JSON, a completion script. */
static bool stdout_is_result(const struct mf_env *env)
{
	const struct mf_sink *sink;
	struct mf_err none = { 0 };

	if (env->cmd->prints || wants_json(env))
		return true;
	return mf_sink_pick(&sink, mf_conf_str(env->conf, MF_K_EXPORT_TO), &env->job, &none) == 0 &&
		(sink->caps & MF_SINK_STDOUT);
}

/* GitHub's log interleaves two streams as it likes: there, all that a person reads goes to stdout, in order
 * with the workflow commands; unless a program reads stdout, whose text must not come from anywhere else. Called
 * again when the configuration has said where the variables go. */
static void choose_streams(struct mf_env *env)
{
	enum mf_level level = MF_LOG_NORMAL;
	enum mf_dress dress = MF_DRESS_PLAIN;

	if (env->job.ci == MF_CI_GITHUB && !env->cmd->prints) {
		dress = MF_DRESS_GITHUB;
		env->err = stdout_is_result(env) ? stderr : stdout;
		setvbuf(stdout, NULL, _IOLBF, 0);
	} else if (want_color(env)) {
		dress = MF_DRESS_COLOR;
	}
	if (env->cmd->bare)
		level = MF_LOG_ERRORS;
	else if (env->common.quiet)
		level = MF_LOG_QUIET;
	else if (env->common.verbose > 1)
		level = MF_LOG_DEBUG;
	else if (env->common.verbose || env->job.debug)
		level = MF_LOG_VERBOSE;
	mf_log_setup(env->err, level, dress);
}

/* `eval "$(mayfly export)"` succeeds when it is given nothing: a failure must be something that fails, too. */
static void fail_eval(const struct mf_env *env, const struct mf_err *err)
{
	if ((!env->cmd || env->cmd->evals) && !env->common.dry_run && env->err != stdout &&
	    (!wants_json(env) || err->id == mf_error_id(MF_E_CMD_FORMAT)) &&
	    !isatty(STDOUT_FILENO))
		printf("(exit %d)\n", (int)err->code);
}

static int read_conf(struct mf_env *env, struct mf_err *err)
{
	if (!(env->cmd->needs & MF_NEEDS_CONF))
		return 0;
	if (mf_conf_read_env(env->conf, env->getenv, &env->job, err))
		return -1;
	return mf_conf_read_file(env->conf, mf_conf_str(env->conf, MF_K_CONFIG), ".", err);
}

static int show_help(const struct mf_env *env, const struct mf_cmd *cmd, struct mf_err *err)
{
	struct mf_buf text = MF_BUF(1 << 20);
	int rc = mf_opt_help(&text, cmd, env->cmds, err);

	if (rc == 0)
		fputs(mf_buf_text(&text), stdout);
	mf_buf_free(&text);
	return rc;
}

static int configure_and_run(struct mf_env *env, const struct mf_args *rest, struct mf_err *err)
{
	int rc = read_conf(env, err);

	choose_streams(env);
	return rc ? rc : env->cmd->run(env, rest, err);
}

static int run_command(struct mf_env *env, int argc, char **argv, struct mf_err *err)
{
	struct mf_args rest = { 0 };
	int rc = -1;

	env->opts = env->cmd->opts_size ? mf_calloc(1, env->cmd->opts_size) : NULL;
	if (env->cmd->opts_size && !env->opts)
		return mf_fail_nomem(err);
	if (mf_opt_parse(env->cmd, argc, argv, env->conf, &env->common, env->opts, &rest, err) == 0) {
		choose_streams(env);
		drop_unneeded(env->cmd);
		rc = env->common.help ? show_help(env, env->cmd, err) : configure_and_run(env, &rest, err);
	}
	if (rc && env->cmd->exit_code)
		env->exit_code = env->cmd->exit_code(env, err);
	mf_args_free(&rest);
	free(env->opts);
	return rc;
}

/* What comes before a command: --version, --help, or nothing at all. Returns whether it was dealt with. */
static bool program_option(struct mf_env *env, int argc, char **argv, int *rc, struct mf_err *err)
{
	if (argc < 2) {
		mf_fail(err, MF_E_CMD_NONE, "no command given");
		mf_err_hint(err, "mayfly --help");
		*rc = -1;
		return true;
	}
	if (strcmp(argv[1], "--version") == 0 || strcmp(argv[1], "-V") == 0) {
		puts("mayfly " MF_VERSION);
		*rc = 0;
		return true;
	}
	if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0) {
		*rc = show_help(env, NULL, err);
		return true;
	}
	return false;
}

static int dispatch(struct mf_env *env, int argc, char **argv, struct mf_err *err)
{
	int words = 0, rc;

	if (program_option(env, argc, argv, &rc, err))
		return rc;
	env->cmd = mf_cmd_find(env->cmds, &words, argv + 1, err);
	if (!env->cmd || mf_conf_new(&env->conf, err))
		return -1;
	rc = run_command(env, argc - words, argv + words, err);
	mf_conf_free(env->conf);
	return rc;
}

/* A result that could not be written was not given: the caller must not take silence for success. */
static int finish_output(int rc, struct mf_err *err)
{
	if ((fflush(stdout) == 0 && !ferror(stdout)) || rc)
		return rc;
	return mf_fail_errno(err, MF_E_CMD_OUTPUT, errno, "cannot write to standard output");
}

/* An error is told somewhere: when standard output is the log and cannot be written, on standard error. */
static void tell(const struct mf_env *env, const struct mf_err *err)
{
	mf_log_error(err);
	if (env->err != stdout || (fflush(stdout) == 0 && !ferror(stdout)))
		return;
	mf_log_setup(stderr, mf_log_level(), MF_DRESS_PLAIN);
	mf_log_error(err);
}

int main(int argc, char **argv)
{
	struct mf_err err = { 0 };
	struct mf_env env = { .cmds = mf_cmds, .getenv = get_env, .stop = &stop_signal, .exit_code = -1 };
	int rc, rewritten = 0;

	mf_environ_clean();
	env.out = stdout;
	env.err = stderr;
	mf_log_setup(stderr, MF_LOG_NORMAL, MF_DRESS_PLAIN);
	catch_signals();
	rc = mf_process_harden(&err);
	if (rc == 0)
		rc = mf_job_detect(&env.job, env.getenv, &err);
	if (rc == 0)
		rewritten = mf_docker_argv(&argc, &argv, &err);
	if (rc == 0 && rewritten == 0)
		rewritten = mf_gitleaks_argv(&argc, &argv, &env.exit_code, &err);
	if (rewritten < 0)
		rc = -1;
	if (rc == 0)
		rc = dispatch(&env, argc, argv, &err);
	if (rc && rewritten >= 0)
		fail_eval(&env, &err);
	rc = finish_output(rc, &err);
	if (rc)
		tell(&env, &err);
	if (mf_secret_unlocked_reason())
		mf_info("secrets were not locked into memory and may have been swapped out: %s", mf_secret_unlocked_reason());
	mf_job_free(&env.job);
	mf_secret_close();
	mf_wipe_stack();
	if (rc && stop_signal)
		return 128 + stop_signal;
	if (rewritten > 0)
		free(argv);
	return rc == 0 ? 0 : env.exit_code >= 0 ? env.exit_code : (int)err.code;
}
