/* SPDX-License-Identifier: Apache-2.0 */
/* Names of variables: which are none, which change how programs run, which exist already. */
#include <mayfly/sink.h>

#include <strings.h>
#include <mayfly/environ.h>

/* `*` stands for the rest of the name, `~` in front for either case of letters. What carries a credential or says where to
 * find one (VAULT_*, AWS_*, KUBECONFIG, PGPASSWORD, NPM_TOKEN, ...) is what people export and is not listed. */
static const struct {
	const char *pattern, *why;
} dangerous[] = {
	/* what is run, and from where */
	{ "~PATH", "it decides which programs are run" },
	{ "LD_*", "it makes every program load other code" },
	{ "DYLD_*", "it makes every program load other code" },
	{ "GCONV_PATH", "it makes programs load other code" },
	{ "LOCPATH", "it makes programs load other files" },
	{ "NLSPATH", "it makes programs load other files" },
	{ "GLIBC_TUNABLES", "it changes every program's memory allocator and loader" },
	{ "MALLOC_*", "it changes every program's memory allocator" },
	{ "OPENSSL_*", "it makes programs load another configuration or code for TLS" },
	{ "SSLKEYLOGFILE", "it makes programs write down the keys of their connections" },
	/* shells */
	{ "BASH_ENV", "every bash script would run the file first" },
	{ "ENV", "every shell would run the file first" },
	{ "ZDOTDIR", "every zsh would run files from there first" },
	{ "IFS", "it changes how shells take commands apart" },
	{ "CDPATH", "it changes where shells go" },
	{ "SHELLOPTS", "it changes how bash runs every script" },
	{ "BASHOPTS", "it changes how bash runs every script" },
	{ "BASH_FUNC_*", "it replaces commands by functions" },
	{ "BASH_XTRACEFD", "it changes where bash writes" },
	{ "POSIXLY_CORRECT", "it changes how programs read their arguments" },
	{ "PS1", "shells run commands in it" },
	{ "PS4", "shells run commands in it" },
	{ "PROMPT_COMMAND", "shells run it as a command" },
	{ "SHELL", "programs run it as the shell" },
	{ "HOME", "programs read their settings and keys from there" },
	{ "USER", "programs take it as the account's name" },
	{ "LOGNAME", "programs take it as the account's name" },
	{ "PWD", "shells take it as their folder" },
	{ "OLDPWD", "shells take it as their former folder" },
	{ "HOSTNAME", "programs take it as the machine's name" },
	{ "TMPDIR", "programs put their files there" },
	{ "TMP", "programs put their files there" },
	{ "TEMP", "programs put their files there" },
	{ "XDG_*", "programs read their settings from there" },
	{ "TERM", "programs take it as the terminal's kind" },
	{ "TERMINFO*", "programs load files from there" },
	/* interpreters */
	{ "~NODE_OPTIONS", "it makes every Node program run other code; GitHub refuses it too" },
	{ "NODE_PATH", "Node programs load code from there" },
	{ "NODE_EXTRA_CA_CERTS", "it changes which servers Node programs trust" },
	{ "NODE_TLS_REJECT_UNAUTHORIZED", "it switches off the check of servers' certificates" },
	{ "~NPM_CONFIG_*", "it changes what npm runs and from where it installs" },
	{ "PYTHON*", "it changes what Python programs load and run" },
	{ "YARN_*", "it changes what yarn runs and from where it installs" },
	{ "COREPACK_*", "it changes which package manager runs, and from where it comes" },
	{ "UV_*", "it changes which Python runs and from where uv installs" },
	{ "POETRY_HOME", "it decides which Poetry is run" },
	{ "PIP_*", "it changes from where pip installs" },
	{ "VIRTUAL_ENV", "it changes which Python programs run" },
	{ "PERL5*", "it makes Perl programs load and run other code" },
	{ "PERLLIB", "Perl programs load code from there" },
	{ "PERL_*", "it changes how Perl programs run" },
	{ "RUBYOPT", "it makes Ruby programs run other code" },
	{ "RUBYLIB", "Ruby programs load code from there" },
	{ "RUBYSHELL", "Ruby programs run it as the shell" },
	{ "GEM_HOME", "Ruby programs load code from there" },
	{ "GEM_PATH", "Ruby programs load code from there" },
	{ "BUNDLE_GEMFILE", "Bundler runs the file" },
	{ "PHPRC", "PHP programs read their settings from there" },
	{ "PHP_INI_SCAN_DIR", "PHP programs read their settings from there" },
	{ "LUA_INIT*", "every Lua program would run it first" },
	{ "LUA_PATH*", "Lua programs load code from there" },
	{ "LUA_CPATH*", "Lua programs load code from there" },
	{ "ERL_*", "every Erlang program would load or run other code" },
	{ "ELIXIR_ERL_OPTIONS", "every Elixir program would load or run other code" },
	{ "R_PROFILE*", "every R program would run the file first" },
	{ "R_ENVIRON*", "every R program reads its settings from there" },
	{ "R_HOME", "it decides which R is run" },
	{ "R_LIBS*", "R programs load code from there" },
	{ "JULIA_*", "it changes what Julia programs load and run" },
	{ "JAVA_TOOL_OPTIONS", "it makes every Java program load other code" },
	{ "_JAVA_OPTIONS", "it makes every Java program load other code" },
	{ "JDK_JAVA_OPTIONS", "it makes every Java program load other code" },
	{ "JAVA_HOME", "it decides which Java is run" },
	{ "CLASSPATH", "Java programs load code from there" },
	{ "MAVEN_OPTS", "Maven's Java would load other code" },
	{ "MAVEN_ARGS", "Maven would run other things" },
	{ "GRADLE_OPTS", "Gradle's Java would load other code" },
	{ "GRADLE_USER_HOME", "Gradle runs scripts from there" },
	{ "JAVA_OPTS", "Java programs would load other code" },
	{ "JAVACMD", "scripts run it as Java" },
	{ "ANT_*", "Ant would load other code" },
	{ "SBT_OPTS", "sbt's Java would load other code" },
	{ "DOTNET_*", "it makes .NET programs load other code" },
	{ "CORECLR_*", "it makes .NET programs load other code" },
	{ "COR_*", "it makes .NET programs load other code" },
	/* builds */
	{ "MAKEFLAGS", "make would run other things" },
	{ "MFLAGS", "make would run other things" },
	{ "MAKEFILES", "make would read these files first" },
	{ "CC", "builds run it as the compiler" },
	{ "CXX", "builds run it as the compiler" },
	{ "GOFLAGS", "the Go command would run other things" },
	{ "GOPROXY", "the Go command would load modules from there" },
	{ "GOENV", "the Go command reads its settings from there" },
	{ "GOROOT", "it decides which Go is run" },
	{ "GONOSUMDB", "it switches off the check of Go modules" },
	{ "GONOSUMCHECK", "it switches off the check of Go modules" },
	{ "GOSUMDB", "it changes the check of Go modules" },
	{ "GOINSECURE", "it switches off the check of Go modules" },
	{ "GOTOOLCHAIN", "it decides which Go is run, and from where it comes" },
	{ "GOAUTH", "the Go command runs it" },
	{ "GOCACHEPROG", "the Go command runs it" },
	{ "GOVCS", "it changes which programs the Go command runs" },
	{ "GOPATH", "the Go command loads code from there" },
	{ "GOBIN", "the Go command puts programs there" },
	{ "GOEXPERIMENT", "it changes what the Go command builds" },
	{ "RUSTC*", "cargo runs it as the compiler" },
	{ "RUSTUP_*", "it decides which Rust is run, and from where it comes" },
	{ "RUSTDOC*", "cargo runs it" },
	{ "RUSTFLAGS", "the Rust compiler would run other things" },
	{ "CFLAGS", "compilers would run or load other things" },
	{ "CXXFLAGS", "compilers would run or load other things" },
	{ "CPPFLAGS", "compilers would run or load other things" },
	{ "LDFLAGS", "linkers would load other things" },
	{ "CMAKE_*", "cmake would run or load other things" },
	{ "CTEST_*", "ctest would run other things" },
	{ "CCACHE_*", "ccache would run other things, or take objects from elsewhere" },
	{ "SCCACHE_*", "sccache would run other things, or take objects from elsewhere" },
	{ "PKG_CONFIG*", "builds would use other libraries" },
	{ "CARGO_HOME", "cargo reads its settings from there" },
	{ "CARGO_BUILD_*", "cargo would run other things" },
	{ "CARGO_TARGET_*", "cargo would run other things" },
	/* programs that run programs */
	{ "EDITOR", "programs run it" },
	{ "VISUAL", "programs run it" },
	{ "PAGER", "programs run it" },
	{ "MANPAGER", "programs run it" },
	{ "BROWSER", "programs run it" },
	{ "LESSOPEN", "less runs it" },
	{ "LESSCLOSE", "less runs it" },
	{ "GIT_*", "it changes what git runs and where; the few that hold credentials can be opened by name" },
	{ "SSH_ASKPASS*", "ssh runs it" },
	{ "TAR_OPTIONS", "tar would run other things" },
	{ "WGETRC", "wget reads its settings from there" },
	{ "GREP_OPTIONS", "grep would read other things" },
	{ "INPUTRC", "shells take the meaning of keys from there" },
	{ "BASH_LOADABLES_PATH", "bash loads code from there" },
	{ "GNUPGHOME", "gpg takes its keys and settings from there" },
	{ "KUBE_EDITOR", "kubectl runs it" },
	{ "KUBECTL_EXTERNAL_DIFF", "kubectl runs it" },
	{ "HELM_PLUGINS", "helm runs programs from there" },
	{ "HELM_BIN", "helm's plugins run it" },
	{ "HELM_CONFIG_HOME", "helm reads its settings from there" },
	{ "HELM_DATA_HOME", "helm runs programs from there" },
	{ "HELM_CACHE_HOME", "helm takes charts from there" },
	{ "HELM_REPOSITORY_CONFIG", "helm takes charts from where it says" },
	{ "HELM_REPOSITORY_CACHE", "helm takes charts from there" },
	{ "HELM_REGISTRY_CONFIG", "helm takes its registries' settings from there" },
	{ "HELM_KUBEAPISERVER", "helm would deploy to another cluster" },
	{ "SUDO_*", "sudo runs or believes it" },
	{ "RSYNC_RSH", "rsync runs it" },
	{ "CVS_RSH", "cvs runs it" },
	{ "SVN_SSH", "Subversion runs it" },
	{ "DOCKER_HOST", "docker would build and run on another machine" },
	{ "DOCKER_CONTEXT", "docker would build and run on another machine" },
	{ "TF_CLI_ARGS*", "Terraform would run with other arguments" },
	{ "TF_CLI_CONFIG_FILE", "Terraform loads providers as it says" },
	{ "ANSIBLE_*", "it changes which code Ansible loads; password files can be opened by name" },
	/* networks and trust */
	{ "~HTTP_PROXY", "all traffic would go there" },
	{ "~HTTPS_PROXY", "all traffic would go there" },
	{ "~ALL_PROXY", "all traffic would go there" },
	{ "~FTP_PROXY", "all traffic would go there" },
	{ "~NO_PROXY", "it decides which traffic goes past the proxy" },
	{ "SSL_CERT_FILE", "it changes which servers programs trust" },
	{ "SSL_CERT_DIR", "it changes which servers programs trust" },
	{ "CURL_CA_BUNDLE", "it changes which servers curl trusts" },
	{ "CURL_HOME", "curl reads its settings from there" },
	{ "REQUESTS_CA_BUNDLE", "it changes which servers Python programs trust" },
	{ "AWS_CA_BUNDLE", "it changes which servers AWS tools trust" },
	{ "AWS_ENDPOINT_URL*", "AWS tools would send their requests there" },
	{ "RES_OPTIONS", "it changes how names are resolved" },
	{ "LOCALDOMAIN", "it changes how names are resolved" },
	{ "HOSTALIASES", "it changes how names are resolved" },
	/* the CI itself */
	{ "CI", "it belongs to the CI" },
	{ "CI_*", "it belongs to GitLab" },
	{ "GITLAB_*", "it belongs to GitLab" },
	{ "FF_*", "it switches features of GitLab's runner" },
	{ "GITHUB_*", "it belongs to GitHub" },
	{ "RUNNER_*", "it belongs to GitHub's runner" },
	{ "ACTIONS_*", "it belongs to GitHub's runner" },
	{ "INPUT_*", "actions take it as an input" },
	{ "STATE_*", "actions take it as their saved state" },
	{ "MAYFLY_*", "it changes what mayfly does" },
};

/* Credentials under names that the table would take. */
static const char *const credentials[] = {
	"GITHUB_TOKEN", "GITLAB_TOKEN", "GIT_TOKEN", "GIT_USERNAME", "GIT_PASSWORD", "ANSIBLE_VAULT_PASSWORD",
	"YARN_NPM_AUTH_TOKEN", "YARN_NPM_AUTH_IDENT", "UV_PUBLISH_TOKEN", "UV_PUBLISH_USERNAME", "UV_PUBLISH_PASSWORD",
};

static bool matches(const char *pattern, const char *name)
{
	const bool any_case = pattern[0] == '~';
	const size_t len = strlen(pattern += any_case);
	const bool prefix = pattern[len - 1] == '*';
	const size_t n = prefix ? len - 1 : len + 1;	/* with the NUL */

	return (any_case ? strncasecmp(pattern, name, n) : strncmp(pattern, name, n)) == 0;
}

/* UV_INDEX_<NAME>_PASSWORD: names that the user gives to indexes are in the middle. */
static bool index_credential(const char *name)
{
	const size_t n = strlen(name);

	return strncmp(name, "UV_INDEX_", 9) == 0 && n > 18 &&
	       (strcmp(name + n - 9, "_PASSWORD") == 0 || strcmp(name + n - 9, "_USERNAME") == 0);
}

static const char *danger(const char *name)
{
	if (index_credential(name))
		return NULL;
	for (size_t i = 0; i < MF_COUNT(credentials); i++)
		if (strcmp(credentials[i], name) == 0)
			return NULL;
	for (size_t i = 0; i < MF_COUNT(dangerous); i++)
		if (matches(dangerous[i].pattern, name))
			return dangerous[i].why;
	return NULL;
}

/* A loose name may hold '-' and '.', too: no shell can read such a variable, other programs and the runner can. */
static bool well_formed(const char *name, bool loose)
{
	const char *p = name;

	if (!(*p == '_' || ((*p | 32) >= 'a' && (*p | 32) <= 'z')))
		return false;
	while (*p == '_' || ((*p | 32) >= 'a' && (*p | 32) <= 'z') || (*p >= '0' && *p <= '9') ||
	       (loose && (*p == '-' || *p == '.')))
		p++;
	return *p == '\0' && p - name <= 255;
}

static bool allowed(const char *name, const struct mf_sink_opts *opts)
{
	for (size_t i = 0; i < opts->n_allow_names; i++)
		if (strcmp(opts->allow_names[i], name) == 0)
			return true;
	return false;
}

int mf_name_check(const char *name, const struct mf_sink_opts *opts, struct mf_err *err)
{
	const char *why;

	if (!well_formed(name, opts->loose_names)) {
		mf_fail(err, MF_E_SINK_NAME, "'%s' cannot be the name of a variable", name);
		mf_err_why(err, "a name has letters, digits and '_', no digit first, at most 255 of them");
		mf_err_hint(err, "give the secret another name:  NAME: vault://...");
		mf_err_note(err, "nothing was exported");
		return -1;
	}
	why = allowed(name, opts) ? NULL : danger(name);
	if (why) {
		mf_fail(err, MF_E_SINK_DANGEROUS, "'%s' is not exported", name);
		mf_err_why(err, "%s", why);
		mf_err_hint(err, "give the secret another name or a prefix; if this very name is meant: --allow-name %s", name);
		mf_err_note(err, "nothing was exported");
		return -1;
	}
	if (!opts->overwrite && opts->env && (opts->env(name) || mf_environ_set_aside(name))) {
		mf_fail(err, MF_E_SINK_EXISTS, "the variable '%s' exists already", name);
		mf_err_why(err, "what comes after would get another value than it has now");
		mf_err_hint(err, "give the secret another name or a prefix, or replace it with --overwrite");
		mf_err_note(err, "nothing was exported");
		return -1;
	}
	return 0;
}
