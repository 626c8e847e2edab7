/* SPDX-License-Identifier: Apache-2.0 */
/* What is not worth masking: it would make the log unreadable, and nobody has to read a log to guess it. */
#include "forms.h"

#include <strings.h>

enum { DIGITS_MIN = 6 };	/* shorter numbers are ports, years, exit codes, sizes */

/* Each of these is in nearly every log for reasons of its own. */
static const char *const common[] = {
	/* values of booleans and of what is missing, in the languages that print them */
	"true", "false", "null", "none", "undefined", "enabled", "disabled", "default",
	/* names of environments and branches: in paths, host names and messages */
	"production", "prod", "staging", "stage", "development", "test", "tests", "testing", "main", "master", "latest",
	/* hosts and networks */
	"localhost", "localhost.localdomain", "127.0.0.1", "0.0.0.0", "example.com",
	/* accounts that every system has */
	"admin", "administrator", "root", "user", "username", "guest", "nobody", "runner", "ubuntu",
	/* words that stand in for a secret; masked, every message about a password would be unreadable */
	"password", "passwd", "secret", "token", "changeme", "example",
	/* protocols and programs */
	"http", "https", "postgres", "postgresql", "mysql", "redis", "docker", "github", "gitlab", "vault", "bash", "utf-8",
	/* log levels */
	"debug", "info", "warn", "warning", "error", "trace",
};

static bool is_common_word(struct mf_str s)
{
	for (size_t i = 0; i < MF_COUNT(common); i++)
		if (strlen(common[i]) == s.n && strncasecmp(common[i], s.p, s.n) == 0)
			return true;
	return false;
}

static bool is_alnum(unsigned char c)
{
	return (c >= '0' && c <= '9') || ((c | 32) >= 'a' && (c | 32) <= 'z') || c >= 0x80;
}

enum mf_weak mf_weak(struct mf_str s)
{
	bool digits = true, one = true, alnum = false;

	if (s.n == 0)
		return MF_WEAK_EMPTY;
	for (size_t i = 0; i < s.n; i++) {
		digits &= s.p[i] >= '0' && s.p[i] <= '9';
		one &= s.p[i] == s.p[0];
		alnum |= is_alnum((unsigned char)s.p[i]);
	}
	if (!alnum)
		return MF_WEAK_PUNCT;
	if (s.n < MF_MASK_MIN)
		return MF_WEAK_SHORT;
	if ((digits && s.n < DIGITS_MIN) || (one && s.n < 8) || is_common_word(s))
		return MF_WEAK_COMMON;
	return MF_WEAK_NO;
}

static bool contains(struct mf_str s, const char *word)
{
	const size_t n = strlen(word);

	for (size_t i = 0; i + n <= s.n; i++)
		if (strncasecmp(s.p + i, word, n) == 0)
			return true;
	return false;
}

bool mf_secretish(struct mf_str key)
{
	static const char *const words[] = {
		"pass", "pwd", "secret", "token", "key", "cred", "auth", "signature", "sas", "private",
	};

	for (size_t i = 0; i < MF_COUNT(words); i++)
		if (contains(key, words[i]))
			return true;
	return false;
}
