/* SPDX-License-Identifier: Apache-2.0 */
/* Values whose whole shape says what they are: UUIDs, numbers, dates, versions, addresses, paths, URLs. */
#include "filter_priv.h"

/* '9' stands for a digit, 'h' for a hexadecimal one, 'a' for a letter; anything else for itself. The text may go on where the pattern has ended. */
static bool fits(struct mf_str s, const char *pattern)
{
	size_t i = 0;

	for (; pattern[i]; i++) {
		char c = i < s.n ? s.p[i] : 0, p = pattern[i];

		if (p == '9' ? !mf_f_digit(c) : p == 'h' ? !mf_f_hex(c) : p == 'a' ? !mf_f_letter(c) : c != p)
			return false;
	}
	return true;
}

static bool only(struct mf_str s, const char *set)
{
	for (size_t i = 0; i < s.n; i++)
		if (!mf_f_among(s.p[i], set))
			return false;
	return s.n > 0;
}

static bool uuid(struct mf_str s)
{
	if (s.n == 38 && s.p[0] == '{')
		s = mf_f_head(mf_f_from(s, 1), 36);
	return s.n == 36 && fits(s, "hhhhhhhh-hhhh-hhhh-hhhh-hhhhhhhhhhhh");
}

/* Digits with signs, points, exponents and units; hexadecimal constants of a machine word or two. */
static bool number(struct mf_str s)
{
	static const char *const units[] = { "px", "em", "rem", "ms", "kb", "mb", "gb", "kib", "mib", "gib", "min", "hours", "days", "%", "pt", "vh", "vw", "fr" };

	if (mf_f_begins(s, "0x") && s.n <= 34)
		return only(mf_f_from(s, 2), "0123456789abcdefABCDEF_uUlL");
	if (mf_f_digit(s.p[0]))
		for (size_t i = 0; i < MF_COUNT(units); i++)
			if (mf_f_ends(s, units[i]))
				s = mf_f_head(s, s.n - strlen(units[i]));
	return only(s, "0123456789.,+-_eE:/ ") && mf_f_classes(s) & MF_F_DIGIT;
}

/* 2203u32, -1L, 1_000n: a literal in code, with its type. A password of a settings file may look so. */
static bool typed_number(const struct mf_value *v)
{
	static const char *const types[] = { "u8", "u16", "u32", "u64", "u128", "usize", "i8", "i16", "i32", "i64", "i128", "isize", "f32", "f64", "u", "l", "ul", "ll",
		"ull", "lu", "llu", "uz", "zu", "n", "f", "d", "m", "ui64", "i64", "uy", "us" };
	size_t n = v->s.n && mf_f_among(v->s.p[0], "+-");

	if (v->quote || n >= v->s.n || !mf_f_digit(v->s.p[n]) || mf_f_setting(v))
		return false;
	while (n < v->s.n && (mf_f_digit(v->s.p[n]) || mf_f_among(v->s.p[n], "_.")))
		n++;
	return MF_F_IS(mf_f_from(v->s, n), types);
}

/* Two numbers or more with points between them, and a short tail: -rc1, +build.7, .Final */
static bool version(struct mf_str s)
{
	size_t i = 0, points = 0, digits = 0;

	for (; i < s.n && (mf_f_digit(s.p[i]) || (s.p[i] == '.' && digits)); i++) {
		points += s.p[i] == '.';
		digits = s.p[i] == '.' ? 0 : digits + 1;
	}
	return points && s.n - i <= 16 && (i == s.n || mf_f_among(s.p[i], "-+_~") || digits == 0);
}

/* 2024-01-31, 2024-01-31T..., v1.2.3-rc1, 10.0.0.1, fe80::1, #a0b1c2 */
static bool stamp(struct mf_str s)
{
	struct mf_str t = mf_f_from(s, s.n && mf_f_among(s.p[0], "v^~=>"));

	if (fits(s, "9999-99-99") && (s.n == 10 || mf_f_among(s.p[10], "T _")))
		return true;
	if (s.n && s.p[0] == '#' && s.n <= 9 && only(mf_f_from(s, 1), "0123456789abcdefABCDEF"))
		return true;
	if (version(t))
		return true;
	return s.n >= 6 && s.n < 46 && mf_f_has(s, ":") && mf_f_has(s, "::") && only(s, "0123456789abcdefABCDEF:./");
}

/* What package managers put behind a package's name: npm:^7.0.4, npm:@scope/other@~1.2.3, workspace:>=2.0.0-rc.1, workspace:* */
static bool dependency(struct mf_str s)
{
	static const char *const protocols[] = { "npm:", "workspace:", "jsr:" };
	size_t i = 0, at = 0;

	while (i < MF_COUNT(protocols) && !mf_f_begins(s, protocols[i]))
		i++;
	if (i == MF_COUNT(protocols))
		return false;
	s = mf_f_from(s, strlen(protocols[i]));
	/* another package, whose own name may begin with one */
	for (size_t n = 1; n < s.n; n++)
		at = s.p[n] == '@' ? n + 1 : at;
	for (size_t n = 0; n + 1 < at; n++)
		if (!mf_f_alnum(s.p[n]) && !mf_f_among(s.p[n], "@/._-"))
			return false;
	for (s = mf_f_from(s, at), i = 0; i < 2 && s.n && mf_f_among(s.p[0], "v^~=<>"); i++)
		s = mf_f_from(s, 1);
	return version(s) || mf_str_is(s, "*") || (s.n == 0 && i);
}

static bool email(struct mf_str s)
{
	size_t at = mf_f_find(s, "@");

	return at != SIZE_MAX && at && mf_f_has(mf_f_from(s, at), ".") && !(mf_f_classes(mf_f_from(s, at + 1)) & (MF_F_SYMBOL | MF_F_BLANK)) && mf_f_letter(s.p[s.n - 1]);
}

static bool url(struct mf_str s)
{
	static const char *const begins[] = { "http:", "https:", "//", "www.", "mailto:", "urn:", "git@", "ssh:", "ftp:", "tcp:", "unix:", "data:", "s3:", "gs:" };
	size_t at = mf_f_find(s, "://");

	if (at != SIZE_MAX && at < 12)
		return !mf_f_has(mf_f_head(mf_f_from(s, at), 80), "@");
	return MF_F_BEGINS(s, begins);
}

static const char *const extensions[] = { ".json", ".pem", ".key", ".crt", ".cer", ".p12", ".pfx", ".jks", ".txt", ".yml", ".yaml", ".toml", ".ini", ".conf", ".cfg",
	".xml", ".js", ".ts", ".jsx", ".tsx", ".py", ".rb", ".go", ".java", ".php", ".html", ".css", ".md", ".env", ".properties", ".sh", ".so", ".exe", ".png", ".jpg",
	".svg", ".gif", ".com", ".org", ".net", ".io", ".dev", ".local", ".internal", ".cluster.local", ".pub", ".asc", ".gpg", ".p8", ".lock", ".log", ".tf", ".vue",
	".proto", ".sql", ".csv", ".enc", ".age", ".zip", ".gz", ".tgz", ".jar", ".map", ".woff", ".woff2", ".ttf", ".c", ".h", ".cc", ".cpp", ".hpp", ".rs", ".cs", ".lib", ".dll", ".obj", ".mk", ".in",
	".am", ".bat", ".ps1", ".vcxproj", ".xz", ".bz2" };

/* Base64 has slashes as well: it takes words between them. */
static bool path(struct mf_str s)
{
	static const char *const begins[] = { "./", "../", "~/", "c:\\", "d:\\", "\\\\", "/etc/", "/var/", "/usr/", "/home/", "/op" "t/", "/tmp/", "/run/", "/dev/", "/ro" "ot/",
		"/proc/", "/secrets", "/app/", "/api/", "/mnt/", "/srv/", "/bin/", "/vault/", "/v1/", "/v2/", "@/", "~" };

	if (MF_F_BEGINS(s, begins) || MF_F_ENDS(s, extensions))
		return true;
	return (mf_f_has(s, "/") || mf_f_has(s, "\\")) && mf_f_wordy(s);
}

/* Words with blanks between them: prose, translations, commands. */
static bool prose(const struct mf_value *v)
{
	size_t blanks = 0;

	for (size_t i = 0; i < v->s.n; i++)
		blanks += mf_blank(v->s.p[i]);
	return blanks > 1 || (blanks && mf_f_wordiness(v->s) > 0) || (blanks && (v->classes & MF_F_OTHER));
}

static bool markup(struct mf_str s)
{
	static const char *const marks[] = { "</", "/>", "<br", "&nbsp;", "&lt;", "&amp;", "rgb(", "rgba(", "url(", "var(--" };

	return mf_f_begins(s, "--") || MF_F_HAS(mf_f_head(s, 256), marks) ? !mf_f_has(s, "-----") : mf_f_begins(s, "<") || mf_f_begins(s, "&");
}

/* "#add-password", ".password-field": an element of a page, in words. */
static bool selector(const struct mf_value *v)
{
	static const char *const words[] = { "pass", "pwd", "key", "token", "secret", "login" };
	const struct mf_str name = mf_f_from(v->s, 1);

	if (!v->quote || v->s.n < 4 || !mf_f_among(v->s.p[0], "#.") || !mf_f_letter(name.p[0]) || mf_f_classes(name) & ~(unsigned)(MF_F_LOWER | MF_F_UPPER | MF_F_JOINT))
		return false;
	return MF_F_HAS(name, words) || (mf_f_has(name, "-") && mf_f_wordy(name));
}

static bool media_type(struct mf_str s)
{
	static const char *const begins[] = { "application/", "text/", "image/", "audio/", "video/", "font/", "multipart/" };

	return MF_F_BEGINS(s, begins);
}

const char *mf_f_shape(const struct mf_value *v)
{
	if (uuid(v->s))
		return "uuid";
	if (number(v->s) || typed_number(v))
		return "number";
	if (stamp(v->s) || dependency(v->s))
		return "version";
	if (email(v->s))
		return "address";
	if (url(v->s))
		return "url";
	if (media_type(v->s))
		return "media type";
	if (path(v->s))
		return "path";
	if (prose(v))
		return "text";
	return markup(v->s) || selector(v) ? "markup" : NULL;
}
