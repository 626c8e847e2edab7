/* SPDX-License-Identifier: Apache-2.0 */
/* Names that say that what they are given is no secret. A rule that knows its values by the vendor's name in front of them takes the ids, hashes and
 * revisions of that vendor's things for keys: they look the same, and only the name tells. */
#include "filter_priv.h"

/* The last word of a name that can be no secret's, whatever stands before it. */
static const char *const hard[] = {
	"id", "ids", "name", "names", "hash", "hashes", "digest", "checksum", "checksums", "fingerprint", "thumbprint", "etag", "commit", "rev", "revision", "sha", "sha1",
	"sha224", "sha256", "sha384", "sha512", "shasum", "md5", "sum", "crc", "crc32", "blake2", "blake2b", "blake3", "oid", "arn",
	"gitref", "gitsha", "githash", "gitcommit", "username", "hostname", "appname", "filename",
};

/* And those that are a thing's, unless the name speaks of a credential as well: the token of a project may end in "project". */
static const char *const soft[] = {
	"org", "orgs", "organization", "organisation", "project", "projects", "pipeline", "version", "release", "build", "trace", "traceparent", "span", "team", "tenant",
	"folder", "workspace", "region", "zone", "dyno", "issue", "event", "order", "deployment", "branch", "tag", "ref", "slug", "index", "model", "dataset", "bucket", "topic",
	"image", "volume", "cluster", "instance", "board", "guild", "uuid", "guid", "uid", "url", "uri", "path", "file", "dir", "domain", "email", "cursor",
};

/* What stands before "id" where a name has neither a capital nor a joint there: appid, CLIENTID. */
static const char *const of_ids[] = {
	"app", "client", "user", "account", "org", "project", "team", "tenant", "site", "order", "message", "trace", "span", "request", "group", "role", "guild", "channel",
	"device", "agent", "zone", "server", "service", "customer", "merchant", "partner", "product", "plan", "price", "event", "item", "board", "page", "list", "campaign",
	"workspace", "build", "job", "run", "task", "node", "bot", "owner", "object", "resource", "subscription", "deployment", "application",
};

/* Which of a project's copies: the word before it is the one that counts. */
static const char *const stages[] = { "prod", "production", "staging", "stage", "dev", "development", "test", "testing", "sandbox" };

static bool upper(char c)
{
	return c >= 'A' && c <= 'Z';
}

static bool of_name(char c)
{
	return mf_f_alnum(c) || mf_f_among(c, "_-.");
}

/* The last word of the name's first *n bytes, with the digits behind it; *n becomes where it begins. */
static struct mf_str last_word(struct mf_str name, size_t *n)
{
	size_t end, i;

	while (*n && !mf_f_alnum(name.p[*n - 1]))
		--*n;
	end = i = *n;
	while (i && mf_f_digit(name.p[i - 1]))
		i--;
	if (i && upper(name.p[i - 1])) {
		while (i && upper(name.p[i - 1]))
			i--;
	} else {
		while (i && mf_f_letter(name.p[i - 1]) && !upper(name.p[i - 1]))
			i--;
		i -= i && i < end && upper(name.p[i - 1]) && mf_f_letter(name.p[i]);
	}
	*n = i;
	return mf_f_head(mf_f_from(name, i), end - i);
}

static bool fused_id(struct mf_str word)
{
	return word.n > 2 && mf_f_ends(word, "id") && MF_F_IS(mf_f_head(word, word.n - 2), of_ids);
}

static bool names_credential(struct mf_str text)
{
	static const char *const words[] = { "key", "token", "secret", "pass", "pwd", "auth", "credential", "pat" };

	return MF_F_HAS(text, words);
}

/* SECRET_ID is half of a Vault login, and no name of one. */
static bool half_a_login(struct mf_str name)
{
	return mf_f_ends(name, "secret_id") || mf_f_ends(name, "secret-id") || mf_f_ends(name, "secretid");
}

static bool denies(struct mf_str name)
{
	size_t n = name.n;
	struct mf_str word = last_word(name, &n), bare;

	/* a number, or which copy it is, is not what the name is about */
	for (unsigned i = 0; i < 3 && word.n && n && (MF_F_IS(word, stages) || mf_f_classes(word) == MF_F_DIGIT); i++)
		word = last_word(name, &n);
	if (word.n == 0 || n == 0 || half_a_login(mf_f_head(name, n + word.n)))
		return false;
	bare = word;
	while (bare.n && mf_f_digit(bare.p[bare.n - 1]))
		bare.n--;
	if (MF_F_IS(word, hard) || MF_F_IS(bare, hard) || fused_id(bare))
		return true;
	return MF_F_IS(bare, soft) && !names_credential(name);
}

/* The identifier that the keyword at `match` is a part of. */
static struct mf_str first_name(struct mf_str match, struct mf_str line)
{
	const uintptr_t at = (uintptr_t)match.p, begin = (uintptr_t)line.p;
	size_t n = 0, before = 0, most;

	while (n < match.n && of_name(match.p[n]))
		n++;
	most = line.n && at > begin && at - begin < line.n ? (size_t)(at - begin) : 0;
	most = most < 64 ? most : 64;
	while (before < most && of_name(match.p[-1 - (ptrdiff_t)before]))
		before++;
	return (struct mf_str){ .p = match.p - before, .n = n + before };
}

/* The last identifier of the text, past quotes and signs. */
static struct mf_str last_name(struct mf_str text)
{
	size_t end = text.n, begin;

	while (end && !mf_f_alnum(text.p[end - 1]))
		end--;
	begin = end;
	while (begin && of_name(text.p[begin - 1]))
		begin--;
	return mf_f_head(mf_f_from(text, begin), end - begin);
}

/* The picture of a build's state in a README: its token can tell that state, and nothing else. */
static bool badge(struct mf_str match, struct mf_str line)
{
	const uintptr_t at = (uintptr_t)match.p, begin = (uintptr_t)line.p;
	size_t n = 0, most = line.n && at > begin && at - begin < line.n ? (size_t)(at - begin) : 0;
	struct mf_str url;

	most = most < 200 ? most : 200;
	while (n < most && !mf_f_among(match.p[-1 - (ptrdiff_t)n], " \t\n\"'()[]<>"))
		n++;
	url = (struct mf_str){ .p = match.p - n, .n = n };
	return mf_f_has(url, ".svg?") || mf_f_has(url, ".png?");
}

bool mf_name_denies(struct mf_str secret, struct mf_str match, struct mf_str line)
{
	const uintptr_t at = (uintptr_t)secret.p, begin = (uintptr_t)match.p;
	struct mf_str name, between, last;

	if (at < begin || at - begin > match.n)
		return false;
	if (badge(match, line))
		return true;
	name = first_name(match, line);
	between = mf_f_head(match, (size_t)(at - begin));
	between = mf_f_from(between, (size_t)(name.p + name.n - match.p));
	if (!names_credential(between) && !mf_f_has(between, "->") && !mf_f_has(between, "::"))
		return denies(name);
	/* the vendor's name, and behind it that of the credential */
	last = last_name(between);
	return last.n && (names_credential(last) || !names_credential(between)) && denies(last);
}
