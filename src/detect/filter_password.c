/* SPDX-License-Identifier: Apache-2.0 */
/* Passwords that people make up: short, and made of words, so that the model of words is no judge of them. What counts is whether somebody took the trouble:
 * a digit or a sign among the letters; and whether it is a value at all: in quotes, or alone behind the name in a file of settings. */
#include "filter_priv.h"

#define SHORTEST 6
#define LONGEST 64

bool mf_f_names_password(struct mf_str name)
{
	static const char *const words[] = { "password", "passwd", "passphrase", "passwort", "pwd", "senha", "contrasena", "mot_de_passe" };

	if (MF_F_HAS(name, words))
		return true;
	return mf_f_has_word(name, "pass") || mf_f_has_word(name, "pw") || mf_f_ends(name, "pass");
}

/* What tests, manuals and forms have for a password, with a few digits or signs behind it. */
bool mf_stock_password(struct mf_str s)
{
	static const char *const words[] = { "password", "passwd", "passw0rd", "p4ssw0rd", "p4ssword", "pa55word", "pa55w0rd", "p@ssw0rd", "p@ssword", "pass", "pwd", "pw", "secret", "supersecret", "topsecret", "test", "testing",
		"tester", "foo", "bar", "baz", "user", "username", "login", "sample", "demo", "mypass", "mypassword", "mysecret", "yourpassword", "newpassword", "oldpassword",
		"new_password", "old_password", "wrongpassword", "wrong_password", "badpassword", "validpassword", "invalidpassword", "somepassword", "thepassword",
		"userpassword", "dbpassword", "testpassword", "token", "key", "string", "value", "text", "hello", "hunter", "empty", "default", "strongpassword",
		"mystrongpassword", "securepassword", "verysecret", "fakepwd", "fakepassword", "fakepass",
		"credentials", "credential", "apikey", "api_key", "username_password", "auth", "correcthorsebatterystaple" };

	/* with digits behind them somebody means it */
	static const char *const bare[] = { "admin", "root", "toor", "guest", "nobody", "anonymous", "aladdin", "opensesame", "open sesame", "swordfish", "mellon", "letmein",
		"abc", "changeit", "geheim", "xyzzy", "anonymous@", "-anonymous@", "geheim$parole" };

	if (MF_F_IS(s, bare))
		return true;
	while (s.n > 3 && (mf_f_digit(s.p[s.n - 1]) || mf_f_among(s.p[s.n - 1], "!@#$.*?_-:")))
		s.n--;
	/* "hunter2" is a joke to everyone and a password to somebody: only the bare word is stock */
	return MF_F_IS(s, words) && !mf_f_is(s, "hunter");
}

/* utf8, sha256, oauth2: words with a digit that everybody writes. */
static bool technical(struct mf_str s)
{
	static const char *const words[] = { "sha1", "sha256", "sha1sum", "sha256sum", "sha512sum", "md5sum", "sha512", "sha384", "md5", "utf8", "utf-8", "base64", "base32", "oauth2", "oauth1", "x509", "http2", "ipv4", "ipv6",
		"argon2", "argon2id", "argon2i", "pbkdf2", "bcrypt", "scrypt", "aes256", "aes128", "rsa2048", "ed25519", "latin1", "iso8859", "i18n", "l10n", "a11y", "k8s", "s3",
		"ec2", "int32", "int64", "uint8", "uint32", "uint64", "float32", "float64", "h264", "mp3", "mp4", "log4j", "web3", "es6", "py3", "python3", "windows10" };

	return MF_F_IS(s, words);
}

/* KEY=value or key: value with nothing behind it: .env files, YAML, properties. */
bool mf_f_setting(const struct mf_value *v)
{
	struct mf_str before = mf_trim(v->before);
	char last = before.n ? before.p[before.n - 1] : 0;

	if (last != '=' && last != ':')
		return false;
	before = mf_trim(mf_f_head(before, before.n - 1));
	for (size_t i = 0; i < before.n; i++)
		if (!mf_f_alnum(before.p[i]) && !mf_f_among(before.p[i], "_-. \""))
			return false;
	return mf_trim(v->after).n == 0 || mf_f_among(mf_trim(v->after).p[0], "#,");
}

/* The argument of a call, a word in brackets, a part of a text in quotes: nothing that stands for itself. */
bool mf_f_cut_out(const struct mf_value *v)
{
	char before = v->before.n ? v->before.p[v->before.n - 1] : 0, after = v->after.n ? v->after.p[0] : 0;

	if (v->quote)
		return false;
	if (v->classes == MF_F_UPPER || mf_f_ends(v->before, " or "))
		return !mf_f_setting(v);
	return before == '(' || (mf_f_among(before, "\"'`") && after == ' ') || (before == ' ' && mf_f_among(after, "\"'`") && !mf_f_setting(v));
}

static unsigned kinds(unsigned classes)
{
	return !!(classes & MF_F_LOWER) + !!(classes & MF_F_UPPER) + !!(classes & MF_F_DIGIT) + !!(classes & (MF_F_SYMBOL | MF_F_OTHER));
}

/* Words joined by _ - . or by capitals, a constant's name, or letters alone: chance has to be much the better explanation of those. One word with digits
 * behind it is what people take for a password. */
static bool identifier(const struct mf_value *v)
{
	int n = (int)v->s.n;

	if (v->classes & (MF_F_SYMBOL | MF_F_OTHER))
		return false;
	if (v->classes & MF_F_JOINT || !(v->classes & MF_F_LOWER))
		return mf_f_wordiness(v->s) > -4 * n;
	return !(v->classes & MF_F_DIGIT) && mf_f_wordiness(v->s) > -4 * n - 10;
}

static bool code(struct mf_str s)
{
	return mf_f_has(s, "(") || mf_f_has(s, ";") || mf_f_has(s, "\"") || mf_f_has(s, "<") || mf_f_has(s, "{") || mf_f_has(s, "\\") || mf_f_has(s, "`") || mf_f_has(s, ",") ||
	       mf_f_has(s, "'");
}

const char *mf_f_password(const struct mf_value *v)
{
	if (v->s.n < SHORTEST || v->s.n > LONGEST)
		return v->s.n < SHORTEST ? "short" : mf_f_word(v);
	if (mf_stock_password(v->s) || technical(v->s))
		return "placeholder";
	if (identifier(v))
		return "word";
	if (code(v->s) && (!v->quote || kinds(v->classes) < 4))
		return "code";
	if (mf_f_cut_out(v))
		return "code";
	/* the report of a test, and a word in a list of such: ['TEXT', 'PASSWORD', 'CHECKBOX', ...] */
	if (mf_f_ends(mf_trim(v->before), "--- pass:"))
		return "text";
	if (v->classes == MF_F_UPPER && mf_f_ends(mf_trim(mf_f_head(v->before, v->before.n - !!v->quote)), ",") && v->after.n > 1 && v->after.p[1] == ',')
		return "word";
	if (!v->quote && !mf_f_setting(v) && (kinds(v->classes) < 3 || mf_f_wordiness(v->s) > 0))
		return "word";
	return NULL;
}
