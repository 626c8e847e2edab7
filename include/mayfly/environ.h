/* SPDX-License-Identifier: Apache-2.0 */
/* What main() does before anything else: the environment loses what steers libraries, the process what leaks. */
#ifndef MAYFLY_ENVIRON_H
#define MAYFLY_ENVIRON_H

#include <mayfly/err.h>

/* Takes out of `environ` the variables that could make a linked library write a file, load one, or behave otherwise
 * than its caller said: SSLKEYLOGFILE, OPENSSL_*, GIT_*, CURL_* and their kin (the list is in environ.c). What acts
 * before main() (LD_*, GLIBC_TUNABLES) and what mayfly itself reads (proxies, SSL_CERT_FILE, TMPDIR) stays. The
 * original is kept. Called once, before any thread; without memory the variables go and the original is lost. */
void mf_environ_clean(void);

/* A variable as it was before mf_environ_clean(), or NULL. For the few places that honour one on purpose. */
const char *mf_environ_original(const char *name);

/* The value of a variable that mf_environ_clean() took out, else NULL: the job has it, although getenv() does not know it. */
const char *mf_environ_set_aside(const char *name);

/* The original environment, for the child of `exec`; borrowed. `environ` itself when nothing was cleaned. */
char *const *mf_environ_child(void);

/* For a child that has no business with the job's variables: overwrites the value of each, in the original environment too, but for the names
 * in `keep` (NULL ends), and takes them out. Not to be undone. */
void mf_environ_forget(const char *const *keep);

/* Not dumpable, no core file (the soft limit), umask 077, SIGPIPE and SIGXFSZ ignored, and descriptors 0 to 2 open onto
 * something, so that no file opened later becomes somebody's stderr. MF-BASE-04. */
int mf_process_harden(struct mf_err *err) MF_MUST_USE;

/* In a child between fork and exec: the core limit, the umask, SIGPIPE and SIGXFSZ as they were. Async-signal-safe. */
void mf_process_soften(void);

#endif
