/* SPDX-License-Identifier: Apache-2.0 */
/* What the surroundings say: digests in lock files, public keys, embedded pictures, names of things that only point at a secret. */
#include "filter_priv.h"

/* -- digests ---------------------------------------------------------------------------------------- */

static bool digest_size(size_t n)
{
	return n == 32 || n == 40 || n == 56 || n == 64 || n == 96 || n == 128 || (n >= 7 && n <= 12);
}

static bool hex_only(struct mf_str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (!mf_f_hex(s.p[i]))
			return false;
	return s.n > 0;
}

/* Words that announce a digest or the name of a commit. */
static const char *const announces[] = {
	"sha1", "sha-1", "sha224", "sha256", "sha-256", "sha384", "sha512", "sha-512", "md5", "digest", "checksum", "integrity", "commit", "revision", "fingerprint",
	"thumbprint", "etag", "blake2", "blake3", "crc32", "resolved", "gitref", "git_ref", "githead", "tree ", "parent ", "object ", "\"oid\"", " oid", "narhash", "contenthash",
	"sri-", "rev =", "rev=", "rev:", "\"rev\"", "@sha", "hash", "buildid", "build_id", "traceid", "trace_id", "spanid",
	"requestid", "request_id", "md5sum", "sha1sum", "sha256sum",
};

/* A name that ends so is given a secret, whatever else the line speaks of. */
static bool names_secret(struct mf_str name)
{
	static const char *const ends[] = { "key", "secret", "token", "password", "passwd", "pwd", "salt", "credential", "credentials", "auth" };

	return MF_F_ENDS(name, ends);
}

static bool digest(const struct mf_value *v)
{
	static const char *const begins[] = { "sha1-", "sha256-", "sha384-", "sha512-", "sha256:", "sha512:", "sha1:", "md5:", "h1:", "md5-", "blake2b-" };
	struct mf_str near = v->before.n > 60 ? mf_f_from(v->before, v->before.n - 60) : v->before;

	if (MF_F_BEGINS(v->s, begins))
		return true;
	if (mf_f_ends(near, "sha256-") || mf_f_ends(near, "sha384-") || mf_f_ends(near, "sha512-") || mf_f_ends(near, "sha1-") || mf_f_ends(near, "h1:"))
		return true;
	return hex_only(v->s) && digest_size(v->s.n) && !names_secret(v->name) && MF_F_HAS(near, announces);
}

/* -- public things and data -------------------------------------------------------------------------- */

static bool public_key(const struct mf_value *v)
{
	static const char *const begins[] = { "ssh-rsa", "ssh-ed25519", "ecdsa-sha2", "sk-ssh", "aaaab3nzac1", "aaaac3nzac1", "aaaae2vjzhnh", "miibijanbgkq", "migfma0gcsq",
		"miicijanbgkq", "mfkwewyhkozi", "mcowbqydk2v", "miidd", "miifa", "miie+", "-----begin pub", "-----begin cert", "pk_live", "pk_test", "age1" };
	static const char *const names[] = { "public", "publishable", "pubkey", "pub_key", "pub-key", "site_key", "sitekey", "anon_key", "anonkey" };

	return MF_F_BEGINS(v->s, begins) || MF_F_HAS(v->name, names);
}

/* First characters of pictures, fonts, archives and documents in base64. */
static bool data(const struct mf_value *v)
{
	static const char *const begins[] = { "iVBORw0KGgo", "/9j/", "R0lGOD", "d09GRg", "d09GMg", "AAEAAAA", "T1RUTw", "PHN2Zy", "PD94bWw", "UklGR", "H4sI", "UEsDB", "JVBERi",
		"TVqQ", "AGFzbQ", "f0VMRg", "Qk0", "AAABAA", "SUkq", "PCFET0N", "PGh0bWw" };

	for (size_t i = 0; i < MF_COUNT(begins); i++)
		if (v->s.n >= 40 && strlen(begins[i]) <= v->s.n && memcmp(v->s.p, begins[i], strlen(begins[i])) == 0)
			return true;
	return mf_f_has(v->before, "base64,") || mf_f_has(v->before, "data:image") || mf_f_has(v->before, "data:font");
}

/* ...shop.svg?style=flat&token= */
static bool in_picture(struct mf_str before)
{
	size_t n = 0;

	while (n < before.n && !mf_f_among(before.p[before.n - n - 1], " \t\"'()[]<>"))
		n++;
	before = mf_f_from(before, before.n - n);
	return mf_f_has(before, ".svg?") || mf_f_has(before, ".png?");
}

/* The picture of a build's state in a README, with a token that can do nothing else; what a page sends along once. */
static bool passing(const struct mf_value *v)
{
	/* <meta name="csrf-token" content="..."> and hidden fields of forms: good for one visit of one page */
	if (mf_f_has(v->before, "csrf") || mf_f_has(v->before, "xsrf") || mf_f_has(v->before, "authenticity_token"))
		return true;
	return in_picture(v->before) || mf_f_begins(v->after, "&branch=");
}

/* -- names ------------------------------------------------------------------------------------------ */

/* A name that ends so holds what a secret is called, where it lies, or how it looks. */
static const char *const points_at[] = {
	"_name", "_id", "_url", "_uri", "_path", "_file", "_filename", "_dir", "_type", "_field", "_label", "_prefix", "_suffix", "_regex", "_pattern", "_format", "_length",
	"_size", "_policy", "_env", "_var", "_variable", "_header", "_param", "_parameter", "_arn", "_ref", "_version", "_count", "_limit", "_timeout", "_ttl", "_expiry",
	"_expires", "_algorithm", "_alg", "_endpoint", "_host", "_provider", "_class", "_message", "_error", "_hint", "_help", "_title", "_text", "_placeholder",
	"_description", "_column", "_table", "_index", "_store", "_manager", "_service", "_storage", "_hash", "_digest", "_checksum", "_fingerprint", "_code", "_status",
	"_kind", "_mode", "_enabled", "_required", "_rotation", "_input", "_button", "_link", "_selector", "_schema", "_strategy", "_handler", "_method", "_scope",
	"-name", "-id", "-url", "-uri", "-path", "-file", "-type", "-header", "-field", "-label", "-arn", "-ref", "-version",
	"Name", "Id", "ID", "Url", "URL", "Uri", "URI", "Path", "File", "FileName", "Dir", "Type", "Field", "Label", "Prefix", "Suffix", "Regex", "Pattern", "Format", "Length",
	"Size", "Policy", "Env", "Var", "Header", "Param", "Parameter", "Arn", "ARN", "Ref", "Version", "Count", "Limit", "Timeout", "Ttl", "TTL", "Expiry", "Expires",
	"Algorithm", "Endpoint", "Host", "Provider", "Class", "Message", "Error", "Hint", "Help", "Title", "Text", "Placeholder", "Description", "Column", "Table", "Index",
	"Store", "Manager", "Service", "Storage", "Hash", "Digest", "Checksum", "Fingerprint", "Code", "Status", "Kind", "Mode", "Enabled", "Required", "Input", "Button",
	"Link", "Selector", "Schema", "Strategy", "Handler", "Method", "Scope", "Factory", "Builder", "Util", "Utils", "Helper",
};

/* Keys of data structures, not of locks. */
static const char *const other_keys[] = {
	"primary_key", "foreign_key", "sort_key", "partition_key", "cache_key", "primarykey", "foreignkey", "sortkey", "partitionkey", "cachekey", "range_key", "hash_key",
	"row_key", "group_key", "object_key", "map_key", "dict_key", "config_key", "setting_key", "translation_key", "i18n_key", "locale_key", "message_key", "lookup_key",
	"csrf", "xsrf", "nonce", "hotkey", "hot_key", "keycode", "key_code", "shortcut", "keymap", "keyboard", "keyword", "monkey", "registry_key", "routing_key",
	"idempotency", "session_key_name", "sha_key", "trustedkey", "keystone", "pagination", "next_token", "nexttoken", "page_token",
	"pagetoken", "continuation", "cursor", "tokenizer", "tokenize", "token_count", "max_tokens", "maxtokens", "stop_token", "eos_token", "bos_token", "pad_token",
	"unk_token", "special_token", "authority", "authenticity_token", "cancellationtoken", "canceltoken", "syntax", "publickeytoken", "key_vault", "keyvault", "i18n", "encrypted", "ciphertext", "sealed",
};

static bool ends_as_written(struct mf_str name, const char *end)
{
	size_t n = strlen(end);

	if (name.n <= n || memcmp(name.p + name.n - n, end, n) != 0)
		return false;
	/* "Id" ends clientId, not SECRETId; "_id" any */
	return !mf_f_letter(end[0]) || (name.p[name.n - n - 1] >= 'a' && name.p[name.n - n - 1] <= 'z') || mf_f_digit(name.p[name.n - n - 1]);
}

static bool name_points(struct mf_str name)
{
	char low[96];

	if (name.n == 0 || name.n > sizeof(low))
		return false;
	if (MF_F_HAS(name, other_keys) || mf_f_is(name, "author") || mf_f_is(name, "authors"))
		return true;
	if (mf_f_ends(name, "secret_id") || mf_f_ends(name, "secretid"))	/* half of a Vault login, and no name of one */
		return false;
	for (size_t i = 0; i < name.n; i++)
		low[i] = mf_f_lower(name.p[i]);
	for (size_t i = 0; i < MF_COUNT(points_at); i++)
		if (ends_as_written(name, points_at[i]) || (!mf_f_letter(points_at[i][0]) && ends_as_written((struct mf_str){ .p = low, .n = name.n }, points_at[i])))
			return true;
	return false;
}

/* "AWS::ApiGateway::ApiKey": the name of a type, and what is said of it. */
static bool names_type(const struct mf_value *v)
{
	size_t begin = v->before.n;

	while (begin && !mf_f_alnum(v->before.p[begin - 1]))
		begin--;
	while (begin && (mf_f_alnum(v->before.p[begin - 1]) || v->before.p[begin - 1] == ':'))
		begin--;
	return v->before.n - begin > 5 && memcmp(v->before.p + begin, "AWS::", 5) == 0;
}

/* The letters of a command's options: argopts_pass="cCdHpPu". */
static bool names_options(struct mf_str name)
{
	static const char *const words[] = { "argopts", "getopt", "optstring", "shortopts", "short_opts" };

	return MF_F_HAS(name, words);
}

const char *mf_f_context(const struct mf_value *v)
{
	if (digest(v))
		return "hash";
	if (public_key(v))
		return "public key";
	if (data(v) || passing(v))
		return "data";
	return name_points(v->name) || names_type(v) || names_options(v->name) ? "name" : NULL;
}
