/* SPDX-License-Identifier: Apache-2.0 */
/* mayfly gitleaks: the commands, flags, exit codes and reports of gitleaks 8, on our engine. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <mayfly/alloc.h>
#include <mayfly/fs.h>

#include "commands.h"
#include "scan.h"

struct opts {
	int no_banner, no_color, ignore_allow, verbose, staged, pre_commit, follow_symlinks, no_git, from_pipe;
	const char *exit_code, *report_path, *report_format, *report_template, *baseline, *log_level, *max_megabytes, *redact, *ignore_path, *decode_depth,
		*archive_depth, *timeout, *diagnostics, *diagnostics_dir, *platform, *log_opts, *source, *config;
	struct mf_opt_list enable;
};

#define SWITCH(flag, l, field, text) { .kind = MF_OPT_SWITCH, .name = flag, .letter = l, .brief = text, .offset = offsetof(struct opts, field) }
#define VALUE(flag, l, a, field, text) { .kind = MF_OPT_VALUE, .name = flag, .letter = l, .arg = a, .brief = text, .offset = offsetof(struct opts, field) }

#define GLOBAL_OPTS \
	VALUE("config", 'c', "FILE", config, "rules file (default: GITLEAKS_CONFIG, GITLEAKS_CONFIG_TOML, .gitleaks.toml, then mayfly's rules)"), \
	VALUE("exit-code", 0, "N", exit_code, "exit code for leaks (default: 1)"), \
	VALUE("report-path", 'r', "FILE", report_path, "report file; '-' is standard output"), \
	VALUE("report-format", 'f', "FORMAT", report_format, "json, csv, junit or sarif (default: by the file's name)"), \
	VALUE("report-template", 0, "FILE", report_template, "not supported: Go templates need gitleaks"), \
	VALUE("baseline-path", 'b', "FILE", baseline, "leaks of this JSON report are let pass"), \
	VALUE("log-level", 'l', "LEVEL", log_level, "trace, debug, info, warn, error or fatal"), \
	SWITCH("verbose", 'v', verbose, "show each leak"), \
	SWITCH("no-color", 0, no_color, "no colours"), \
	SWITCH("no-banner", 0, no_banner, "accepted: there is no banner"), \
	VALUE("max-target-megabytes", 0, "N", max_megabytes, "leave out what is larger"), \
	SWITCH("ignore-gitleaks-allow", 0, ignore_allow, "gitleaks:allow comments count for nothing"), \
	{ .kind = MF_OPT_MAYBE, .name = "redact", .arg = "PERCENT", .brief = "how much of a secret is hidden; 0 shows it (default: 100)", \
	  .offset = offsetof(struct opts, redact) }, \
	{ .kind = MF_OPT_LIST, .name = "enable-rule", .arg = "ID", .brief = "look for this rule only", .offset = offsetof(struct opts, enable) }, \
	VALUE("gitleaks-ignore-path", 'i', "PATH", ignore_path, ".gitleaksignore, or the folder that holds it"), \
	VALUE("max-decode-depth", 0, "N", decode_depth, "how many layers of encoding are undone (default: 5)"), \
	VALUE("max-archive-depth", 0, "N", archive_depth, "how deep archives are opened (default: 0, not at all)"), \
	VALUE("timeout", 0, "SECONDS", timeout, "give up, with an error, after so long"), \
	VALUE("diagnostics", 0, "LIST", diagnostics, "accepted: nothing is written"), \
	VALUE("diagnostics-dir", 0, "DIR", diagnostics_dir, "accepted: nothing is written")

static const struct mf_opt git_opts[] = {
	GLOBAL_OPTS,
	VALUE("platform", 0, "NAME", platform, "accepted"),
	SWITCH("staged", 0, staged, "what is staged"),
	SWITCH("pre-commit", 0, pre_commit, "what is changed and not staged"),
	VALUE("log-opts", 0, "OPTIONS", log_opts, "a range of commits, A..B; --all"),
	{ .kind = MF_OPT_END },
};
static const struct mf_opt dir_opts[] = {
	GLOBAL_OPTS,
	SWITCH("follow-symlinks", 0, follow_symlinks, "accepted: links are not followed"),
	{ .kind = MF_OPT_END },
};
static const struct mf_opt stdin_opts[] = { GLOBAL_OPTS, { .kind = MF_OPT_END } };
static const struct mf_opt detect_opts[] = {
	GLOBAL_OPTS,
	VALUE("source", 's', "PATH", source, "what to scan (default: .)"),
	SWITCH("no-git", 0, no_git, "a folder, not a repository"),
	SWITCH("pipe", 0, from_pipe, "standard input"),
	VALUE("log-opts", 0, "OPTIONS", log_opts, "a range of commits, A..B; --all"),
	VALUE("platform", 0, "NAME", platform, "accepted"),
	SWITCH("follow-symlinks", 0, follow_symlinks, "accepted: links are not followed"),
	{ .kind = MF_OPT_END },
};
static const struct mf_opt protect_opts[] = {
	GLOBAL_OPTS,
	VALUE("source", 's', "PATH", source, "the repository (default: .)"),
	SWITCH("staged", 0, staged, "what is staged"),
	VALUE("log-opts", 0, "OPTIONS", log_opts, "accepted"),
	{ .kind = MF_OPT_END },
};

static int number(unsigned *out, const char *flag, const char *text, unsigned most, struct mf_err *err)
{
	char *end;
	unsigned long v;

	if (!text)
		return 0;
	v = strtoul(text, &end, 10);
	if (!*text || *text == '-' || *end || v > most)
		return mf_fail(err, MF_E_OPT_VALUE, "'--%s' takes a number up to %u", flag, most);
	*out = (unsigned)v;
	return 0;
}

/* "./a//" as "a". */
static void clean(char *path)
{
	size_t n = 0;

	for (const char *p = path; *p;) {
		const bool start = p == path || p[-1] == '/';

		if (start && p[0] == '.' && (p[1] == '/' || !p[1]))
			p += 1 + (p[1] == '/');
		else if (p != path && start && *p == '/')
			p++;
		else
			path[n++] = *p++;
	}
	path[n] = '\0';
}

/* The target's .gitleaks.toml, where nothing else was named; not that of the folder around it. Neither it nor the baseline is looked at. */
static int take_own_files(struct mf_scan *s, const struct opts *o, char *made[static 3], struct mf_err *err)
{
	struct stat st;

	made[0] = mf_path_join(s->path, ".gitleaks.toml");
	made[1] = o->config ? mf_strdup(o->config) : made[0] ? mf_strdup(made[0]) : NULL;
	made[2] = o->baseline ? mf_strdup(o->baseline) : NULL;
	if (!made[0] || !made[1] || (o->baseline && !made[2]))
		return mf_fail_nomem(err);
	s->no_own_rules = true;
	if (!s->rules_file && !s->rules.config_text.p && stat(made[0], &st) == 0) {
		s->rules_file = made[0];
		s->found_rules = true;
	}
	clean(made[1]);
	s->own_files[0] = made[1];
	if (made[2]) {
		clean(made[2]);
		s->own_files[1] = made[2];
	}
	return 0;
}

/* Without one of ours, the environment's: GITLEAKS_CONFIG, then GITLEAKS_CONFIG_TOML. */
static int take_config(struct mf_scan *s, const struct opts *o, char *made[static 2], struct mf_err *err)
{
	const char *file = o->config ? o->config : s->env->getenv("GITLEAKS_CONFIG"), *text = s->env->getenv("GITLEAKS_CONFIG_TOML");

	/* copies: the child forgets its environment */
	if (file && *file) {
		s->rules_file = made[1] = mf_strdup(file);
	} else if (text && *text) {
		made[1] = mf_strdup(text);
		s->rules.config_text = mf_str(made[1] ? made[1] : "");
	}
	if (((file && *file) || (text && *text)) && !made[1])
		return mf_fail_nomem(err);
	s->rules.gitleaks = true;
	return 0;
}

/* --enable-rule=a,b: cuts copies of the words, which *made and *names own. */
static int take_rules(struct mf_scan *s, const struct opts *o, char **made, const char ***names, struct mf_err *err)
{
	struct mf_buf all = MF_BUF(1 << 20);
	size_t n = 0;

	if (o->enable.n == 0)
		return 0;
	for (size_t i = 0; i < o->enable.n; i++)
		if (mf_buf_printf(&all, err, "%s%s", i ? "," : "", o->enable.v[i])) {
			mf_buf_free(&all);
			return -1;
		}
	*names = mf_calloc(all.n + 1, sizeof(**names));
	*made = mf_buf_take(&all);
	if (!*made || !*names)
		return mf_fail_nomem(err);
	for (char *p = *made, *end; p; p = end ? end + 1 : NULL) {
		end = strchr(p, ',');
		if (end)
			*end = '\0';
		if (*p)
			(*names)[n++] = p;
	}
	s->rules.enable = *names;
	s->rules.n_enable = n;
	return 0;
}

static bool is_word(const char *word, const char *const *of, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (strcasecmp(word, of[i]) == 0)
			return true;
	return false;
}

/* Links are made from the job's variables; a name that gitleaks refuses is refused. */
static int check_platform(const struct opts *o, struct mf_err *err)
{
	static const char *const names[] = { "unknown", "none", "github", "gitlab", "azuredevops", "gitea", "bitbucket" };

	if (!o->platform || is_word(o->platform, names, MF_COUNT(names)))
		return 0;
	mf_fail(err, MF_E_OPT_VALUE, "the value of '--platform' is none of its choices");
	mf_err_why(err, "it is one of: unknown none github gitlab azuredevops gitea bitbucket");
	return -1;
}

static int take_limits(struct mf_scan *s, const struct opts *o, struct mf_err *err)
{
	unsigned megabytes = 0, code;

	s->detect.decode_depth = 5;
	if (number(&megabytes, "max-target-megabytes", o->max_megabytes, 4000, err) ||
	    number(&s->detect.decode_depth, "max-decode-depth", o->decode_depth, 16, err) ||
	    number(&s->detect.archive_depth, "max-archive-depth", o->archive_depth, 16, err) || number(&s->timeout, "timeout", o->timeout, 1u << 30, err) ||
	    number(&code, "exit-code", o->exit_code, 255, err) || number(&s->report.redact, "redact", o->redact && *o->redact ? o->redact : NULL, 1000000, err))
		return -1;
	s->report.redact = s->report.redact < 100 ? s->report.redact : 100;
	if (megabytes)
		s->max_bytes = (size_t)megabytes * 1000000;
	return 0;
}

/* A folder stands for the file in it. */
static int take_ignore(struct mf_scan *s, const struct opts *o, const char *files[static 1], char *made[static 1], struct mf_err *err)
{
	const char *path = o->ignore_path ? o->ignore_path : ".";
	struct stat st;

	made[0] = mf_path_join(path, ".gitleaksignore");
	if (!made[0])
		return mf_fail_nomem(err);
	files[0] = stat(path, &st) == 0 && S_ISDIR(st.st_mode) ? made[0] : path;
	s->ignore_files = files;
	s->n_ignore_files = 1;
	return 0;
}

static int take_report(struct mf_scan *s, const struct opts *o, struct mf_err *err)
{
	static const char *const names[] = { "json", "csv", "junit", "sarif" };
	const char *format = o->report_format, *dot = o->report_path ? strrchr(o->report_path, '.') : NULL;
	char name[32];

	if ((format && strcasecmp(format, "template") == 0) || o->report_template) {
		mf_fail(err, MF_E_REPORT_FORMAT, "Go templates are not supported");
		mf_err_hint(err, "use json, csv, junit or sarif, or a format of  mayfly scan --report");
		return -1;
	}
	if (!format && dot && (strcasecmp(dot, ".csv") == 0 || strcasecmp(dot, ".sarif") == 0))
		format = dot + 1;
	if (o->verbose) {
		const struct mf_reporter *text = mf_reporter_find("text", err);

		if (!text || mf_output_add_as(s, text, NULL, STDOUT_FILENO, err))
			return -1;
	}
	if (!o->report_path)
		return 0;
	for (size_t i = 0; i < MF_COUNT(names); i++) {
		if (strcasecmp(format ? format : "json", names[i]) != 0)
			continue;
		const struct mf_reporter *r;

		snprintf(name, sizeof(name), "gitleaks-%s", names[i]);
		r = mf_reporter_find(name, err);
		return r ? mf_output_add_as(s, r, o->report_path, STDOUT_FILENO, err) : -1;
	}
	return mf_fail(err, MF_E_REPORT_FORMAT, "'%.20s' is no report format of gitleaks: json, csv, junit, sarif", format);
}

static void take_level(const struct mf_env *env, const struct opts *o)
{
	static const char *const quiet[] = { "warn", "err", "error", "fatal" }, *const normal[] = { "info" };
	const char *l = o->log_level ? o->log_level : "info";
	enum mf_level level = MF_LOG_NORMAL;

	if (is_word(l, quiet, MF_COUNT(quiet)))
		level = MF_LOG_QUIET;
	else if (strcasecmp(l, "debug") == 0)
		level = MF_LOG_VERBOSE;
	else if (strcasecmp(l, "trace") == 0)
		level = MF_LOG_DEBUG;
	mf_log_setup(env->err, level, MF_DRESS_PLAIN);
	if (level == MF_LOG_NORMAL && !is_word(l, normal, MF_COUNT(normal)))
		mf_warn("'--log-level' has a level that is not known: info is taken");
}

/* A folder's files are named with the folder, as gitleaks names them: "src/a" for `gitleaks dir ./src/`. */
static const char *clean_prefix(char out[static 4096], const char *path)
{
	size_t n;

	while (path[0] == '.' && path[1] == '/')
		path += 1 + strspn(path + 1, "/");
	n = (size_t)snprintf(out, 4096, "%s", path);
	while (n > 1 && n < 4096 && out[n - 1] == '/')
		out[--n] = '\0';
	return strcmp(out, ".") == 0 || n >= 4096 ? "" : out;
}

static int set_and_go(struct mf_env *env, struct mf_scan *s, const struct opts *o, struct mf_err *err)
{
	const char *ignore_files[1];
	const char **names = NULL;
	char *made[6] = { NULL };
	struct mf_scan_result result = { 0 };
	int rc;

	static const char *const first_alias[] = { NULL };

	take_level(env, o);
	s->report.gitleaks_ids = first_alias;
	s->detect.no_inline_allow = o->ignore_allow;
	s->baseline_file = o->baseline;
	s->warn = s->each_path = true;
	if (o->follow_symlinks)
		mf_warn("links are not followed: what they point to in the tree is scanned by itself");
	rc = take_config(s, o, made, err) || take_own_files(s, o, &made[3], err) || take_rules(s, o, &made[2], &names, err) || check_platform(o, err) || take_limits(s, o, err) || take_ignore(s, o, ignore_files, made, err) || take_report(s, o, err) || mf_scan_targets(s, err) ||
		mf_scan_go(s, &result, err) ? -1 : 0;
	if (rc == 0)
		mf_info(result.incomplete ? "no leaks found in what could be looked at" : "no leaks found");
	else if (err->id == mf_error_id(MF_E_SCAN_FINDINGS))
		mf_err_hint(err, "see them with -v, or in a report:  -r leaks.json");
	free(names);
	for (size_t i = 0; i < MF_COUNT(made); i++)
		free(made[i]);
	return rc;
}

static int start(struct mf_env *env, enum mf_scan_mode mode, const char *path, struct mf_err *err)
{
	const struct opts *o = env->opts;
	struct mf_scan s = { 0 };
	char prefix[4096];
	int rc = mf_scan_conf(&s, env, err);

	s.mode = mode;
	s.path = path ? path : ".";
	s.stdin_name = "";	/* gitleaks has no name for it */
	s.report.gitleaks_diff = s.changed = s.from_hook = mode == MF_SCAN_STAGED || o->pre_commit;
	if (mode == MF_SCAN_TREE && !o->pre_commit) {
		s.folder = s.ignored = true;
		s.prefix = clean_prefix(prefix, s.path);
	}
	if (rc == 0 && mode == MF_SCAN_HISTORY && o->log_opts)
		rc = mf_gitleaks_log_opts(&s, o->log_opts, err);
	if (rc == 0)
		rc = set_and_go(env, &s, o, err);
	mf_scan_free(&s);
	return rc;
}

static int run_git(struct mf_env *env, const struct mf_args *args, struct mf_err *err)
{
	const struct opts *o = env->opts;

	return start(env, o->staged ? MF_SCAN_STAGED : o->pre_commit ? MF_SCAN_TREE : MF_SCAN_HISTORY, args->n ? args->v[0] : NULL, err);
}

static int run_dir(struct mf_env *env, const struct mf_args *args, struct mf_err *err)
{
	return start(env, MF_SCAN_TREE, args->n ? args->v[0] : NULL, err);
}

static int run_stdin(struct mf_env *env, const struct mf_args *args, struct mf_err *err)
{
	(void)args;
	return start(env, MF_SCAN_STDIN, NULL, err);
}

static int run_detect(struct mf_env *env, const struct mf_args *args, struct mf_err *err)
{
	const struct opts *o = env->opts;

	(void)args;
	return start(env, o->from_pipe ? MF_SCAN_STDIN : o->no_git ? MF_SCAN_TREE : MF_SCAN_HISTORY, o->source, err);
}

static int run_protect(struct mf_env *env, const struct mf_args *args, struct mf_err *err)
{
	struct opts *o = env->opts;

	(void)args;
	o->pre_commit = 1;
	return start(env, o->staged ? MF_SCAN_STAGED : MF_SCAN_TREE, o->source, err);
}

/* Scripts that ask for the version compare it with 8. */
static int run_version(struct mf_env *env, const struct mf_args *args, struct mf_err *err)
{
	(void)args;
	(void)err;
	fputs("8.30.1\n", env->out);
	return 0;
}

/* 1 for leaks and for errors, 126 for a flag that is unknown; --exit-code is for leaks alone. */
static int exit_code(const struct mf_env *env, const struct mf_err *err)
{
	const struct opts *o = env->opts;
	unsigned code = 1;
	struct mf_err none = { 0 };

	if (err->id == mf_error_id(MF_E_OPT_UNKNOWN))
		return 126;
	if (err->id == mf_error_id(MF_E_SCAN_FINDINGS) && o && number(&code, "exit-code", o->exit_code, 255, &none))
		return 1;
	return (int)code;
}

#define COMMON .opts_size = sizeof(struct opts), .prints = true, .exit_code = exit_code
#define ABOUT "As gitleaks 8 does it, with its flags, exit codes and reports, on mayfly's engine and rules; see docs/gitleaks.md for what differs. "
const struct mf_cmd mf_cmd_gitleaks_git = {
	.name = "gitleaks git", .args = "[PATH]", .brief = "gitleaks 8: a repository's history", .about = ABOUT "Scans all of the history of the repository at PATH.",
	.example = "mayfly gitleaks git -r leaks.json\n", .opts = git_opts, .run = run_git, COMMON,
};
const struct mf_cmd mf_cmd_gitleaks_dir = {
	.name = "gitleaks dir", .args = "[PATH]", .brief = "gitleaks 8: a folder or file", .about = ABOUT "Scans the files below PATH.",
	.example = "mayfly gitleaks dir -v src\n", .opts = dir_opts, .run = run_dir, COMMON,
};
const struct mf_cmd mf_cmd_gitleaks_stdin = {
	.name = "gitleaks stdin", .args = "", .brief = "gitleaks 8: standard input", .about = ABOUT "Scans standard input.",
	.example = "cat log | mayfly gitleaks stdin\n", .opts = stdin_opts, .run = run_stdin, COMMON,
};
const struct mf_cmd mf_cmd_gitleaks_detect = {
	.name = "gitleaks detect", .args = "", .brief = "gitleaks 8: the older spelling of git, dir and stdin",
	.about = ABOUT "Scans a history, with --no-git a folder, with --pipe standard input.",
	.example = "mayfly gitleaks detect -s . --no-git\n", .opts = detect_opts, .run = run_detect, COMMON,
};
const struct mf_cmd mf_cmd_gitleaks_protect = {
	.name = "gitleaks protect", .args = "", .brief = "gitleaks 8: the older spelling of git --pre-commit",
	.about = ABOUT "Scans what is changed in tracked files and not staged, with --staged what is staged.",
	.example = "mayfly gitleaks protect --staged\n", .opts = protect_opts, .run = run_protect, COMMON,
};
const struct mf_cmd mf_cmd_gitleaks_version = {
	.name = "gitleaks version", .args = "", .brief = "gitleaks 8: the version whose behaviour this is", .about = ABOUT "Prints that version.",
	.example = "mayfly gitleaks version\n", .opts = stdin_opts, .run = run_version, COMMON,
};
