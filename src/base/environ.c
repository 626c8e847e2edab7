/* SPDX-License-Identifier: Apache-2.0 */
/* The environment and the process, made safe at the start. */
#include <mayfly/environ.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>
#include <stdlib.h>
#include <mayfly/alloc.h>
#include <mayfly/secret.h>

extern char **environ;

/* A name, or with '*' at its end a prefix.
 *
 * Not here: LD_*, GLIBC_TUNABLES and MALLOC_* have acted before main(). HTTP(S)_PROXY, NO_PROXY, SSL_CERT_FILE,
 * SSL_CERT_DIR and CURL_CA_BUNDLE are read by net/ on purpose. RES_OPTIONS and LOCALDOMAIN only tune how names are
 * looked up, which administrators of containers rely on and TLS makes up for. TMPDIR: no linked library writes there. */
static const char *const set_aside[] = {
	"SSLKEYLOGFILE",		/* TLS: session keys into a file */
	"OPENSSL_*",			/* configuration, engines, providers: files that are loaded */
	"QLOGDIR", "CURL_HOME", "CURL_SSL_BACKEND", "CURL_DEBUG", "CURL_ENTROPY", "CURL_ALTSVC_HTTP",
	"NETRC",			/* another account's credentials */
	"GIT_*",			/* which repository, objects, configuration and helpers git code uses */
	"KRB5*", "GSS*", "LDAP*", "SASL_*", "P11_KIT_*", "NSS_*",	/* read by libraries of a shared libcurl */
	"MIMALLOC_*",			/* statistics and messages on stderr */
	"GCONV_PATH", "LOCPATH", "NLSPATH", "TZDIR", "GETCONF_DIR",	/* modules and tables to load */
	"HOSTALIASES", "RESOLV_*", "NIS_PATH",	/* files that rename hosts */
};

static struct {
	char **original;
	struct rlimit core;
	bool core_known;
	mode_t umask;
	void (*sigpipe)(int);
	void (*sigxfsz)(int);
	bool hardened;
} saved;

static bool matches(const char *variable, const char *pattern)
{
	const char *star = strchr(pattern, '*');
	size_t n = star ? (size_t)(star - pattern) : strlen(pattern);

	return strncmp(variable, pattern, n) == 0 && (star || variable[n] == '=' || variable[n] == '\0');
}

static bool goes(const char *variable)
{
	for (size_t i = 0; i < MF_COUNT(set_aside); i++)
		if (matches(variable, set_aside[i]))
			return true;
	return false;
}

void mf_environ_clean(void)
{
	size_t n = 0, kept = 0;

	if (!environ || saved.original)
		return;
	while (environ[n])
		n++;
	saved.original = mf_calloc(n + 1, sizeof(*saved.original));
	if (saved.original)
		memcpy(saved.original, environ, n * sizeof(*environ));
	for (size_t i = 0; i < n; i++)
		if (!goes(environ[i]))
			environ[kept++] = environ[i];
	environ[kept] = NULL;
}

char *const *mf_environ_child(void)
{
	return saved.original ? saved.original : environ;
}

const char *mf_environ_original(const char *name)
{
	char *const *e = mf_environ_child();
	const size_t n = strlen(name);

	for (; e && *e; e++)
		if (strncmp(*e, name, n) == 0 && (*e)[n] == '=')
			return *e + n + 1;
	return NULL;
}

static bool keeps(const char *const *keep, const char *variable)
{
	for (; *keep; keep++) {
		const size_t n = strlen(*keep);

		if (strncmp(variable, *keep, n) == 0 && variable[n] == '=')
			return true;
	}
	return false;
}

void mf_environ_forget(const char *const *keep)
{
	size_t kept = 0;

	for (char **e = saved.original; e && *e; e++)
		if (!keeps(keep, *e))
			mf_wipe(*e, strlen(*e));
	if (saved.original)
		saved.original[0] = NULL;
	for (size_t i = 0; environ && environ[i]; i++) {
		if (keeps(keep, environ[i]))
			environ[kept++] = environ[i];
		else
			mf_wipe(environ[i], strlen(environ[i]));
	}
	if (environ)
		environ[kept] = NULL;
}

const char *mf_environ_set_aside(const char *name)
{
	return getenv(name) ? NULL : mf_environ_original(name);
}

/* Nothing that is opened later may take the number of a closed descriptor; and what was closed stays useless: standard
 * input can only be written, the others can only be read, so that masks written to a closed log fail instead of vanish. */
static int fill_descriptor(int want, struct mf_err *err)
{
	int fd;

	if (fcntl(want, F_GETFD) >= 0 || errno != EBADF)
		return 0;
	fd = open("/dev/null", want == STDIN_FILENO ? O_WRONLY : O_RDONLY);
	if (fd < 0)
		fd = open("/", O_PATH);
	if (fd < 0)
		return mf_fail_errno(err, MF_E_BASE_SETUP, errno, "descriptor %d is closed and cannot be filled", want);
	if (fd == want)
		return 0;
	if (dup2(fd, want) < 0) {
		mf_fail_errno(err, MF_E_BASE_SETUP, errno, "descriptor %d is closed and cannot be filled", want);
		close(fd);
		return -1;
	}
	close(fd);
	return 0;
}

int mf_process_harden(struct mf_err *err)
{
	struct rlimit none;

	for (int fd = 0; fd <= 2; fd++)
		if (fill_descriptor(fd, err))
			return -1;
	if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0))
		return mf_fail_errno(err, MF_E_BASE_SETUP, errno, "the process cannot be made undumpable");
	if (saved.hardened)
		return 0;
	saved.core_known = getrlimit(RLIMIT_CORE, &saved.core) == 0;
	if (saved.core_known) {
		none = (struct rlimit){ .rlim_cur = 0, .rlim_max = saved.core.rlim_max };
		setrlimit(RLIMIT_CORE, &none);
	}
	saved.umask = umask(077);
	saved.sigpipe = signal(SIGPIPE, SIG_IGN);
	saved.sigxfsz = signal(SIGXFSZ, SIG_IGN);	/* a write past a limit fails, so that it can be taken back */
	saved.hardened = true;
	return 0;
}

void mf_process_soften(void)
{
	if (!saved.hardened)
		return;
	if (saved.core_known)
		setrlimit(RLIMIT_CORE, &saved.core);
	umask(saved.umask);
	if (saved.sigpipe != SIG_ERR)
		signal(SIGPIPE, saved.sigpipe);
	if (saved.sigxfsz != SIG_ERR)
		signal(SIGXFSZ, saved.sigxfsz);
}
