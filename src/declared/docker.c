/* SPDX-License-Identifier: Apache-2.0 */
/* Dockerfiles: a secret in ARG, ENV or COPY stays in the image, or in its history. */
#include "ci.h"

#include <ctype.h>
#include <stdio.h>
#include <strings.h>

enum { WORDS = 64, HERE = 8 };

/* One instruction: its words, still quoted, as they stand in the file. */
struct instruction {
	struct mf_str words[WORDS];
	size_t n;
};

struct reader {
	const struct mf_dc_file *f;
	struct mf_check *c;
	size_t at;
	char escape;
	unsigned left;
	unsigned here;	/* here-documents without an end that were looked through */
};

static bool wants(const char *path)
{
	const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;

	if (strncmp(name, "Dockerfile", 10) == 0)
		return name[10] == '\0' || name[10] == '.' || name[10] == '-' || name[10] == '_';
	if (strncmp(name, "Containerfile", 13) == 0)
		return name[13] == '\0' || name[13] == '.';
	return mf_dc_ends(name, ".Dockerfile") || mf_dc_ends(name, ".dockerfile");
}

static bool is(struct mf_str s, const char *word)
{
	return s.n == strlen(word) && strncasecmp(s.p, word, s.n) == 0;
}

/* Words of one line, quotes kept together; what is past WORDS is left out. */
static void words_of(struct instruction *in, struct mf_str s)
{
	for (size_t i = 0; i < s.n;) {
		const size_t begin = i;
		char quote = 0;

		if (mf_blank(s.p[i])) {
			i++;
			continue;
		}
		for (; i < s.n && (quote || !mf_blank(s.p[i])); i++) {
			if (quote)
				quote = s.p[i] == quote ? 0 : quote;
			else if (s.p[i] == '"' || s.p[i] == '\'')
				quote = s.p[i];
		}
		if (in->n < WORDS)
			in->words[in->n++] = (struct mf_str){ .p = s.p + begin, .n = i - begin };
	}
}

/* A here-document is the program's text, not the Dockerfile's: behind its last line. */
static void skip_here(struct reader *r, struct mf_str line)
{
	size_t at = mf_dc_seek(line, 0, mf_str("<<"));
	struct mf_str end, l;

	if (at == SIZE_MAX || r->here >= HERE)
		return;
	at += 2;
	at += at < line.n && line.p[at] == '-';
	at += at < line.n && (line.p[at] == '"' || line.p[at] == '\'');
	end = (struct mf_str){ .p = line.p + at };
	while (at + end.n < line.n && mf_dc_word(line.p[at + end.n]))
		end.n++;
	if (!end.n || isdigit((unsigned char)end.p[0]))
		return;
	for (at = r->at; mf_dc_line(r->f->bytes, &at, &l);)
		if (mf_str_eq(mf_trim(l), end)) {
			r->at = at;
			return;
		}
	r->here++;
}

/* The next instruction, with the lines that it goes on in; false at the end. */
static bool next(struct reader *r, struct instruction *in)
{
	struct mf_str line;
	bool more = true;

	in->n = 0;
	while (more && mf_dc_line(r->f->bytes, &r->at, &line)) {
		struct mf_str s = mf_trim(line);

		if (!s.n || s.p[0] == '#') {
			if (mf_str_begins(s, "# escape=`"))
				r->escape = '`';
			continue;
		}
		more = s.p[s.n - 1] == r->escape;
		s.n -= more;
		words_of(in, s);
		if (in->n && (is(in->words[0], "RUN") || is(in->words[0], "COPY") || is(in->words[0], "ADD")))
			skip_here(r, s);
	}
	return in->n > 0;
}

static struct mf_str unquoted(struct mf_str s)
{
	if (s.n >= 2 && (s.p[0] == '"' || s.p[0] == '\'') && s.p[s.n - 1] == s.p[0])
		return (struct mf_str){ .p = s.p + 1, .n = s.n - 2 };
	return s;
}

/* -- telling ---------------------------------------------------------------------------------------- */

static int yaml_env(struct mf_check_item *item, const char *name, struct mf_err *err)
{
	char text[1024], id[128];
	size_t n = 0;

	for (; name[n] && n < sizeof(id) - 1; n++)
		id[n] = (char)tolower((unsigned char)name[n]);
	id[n] = '\0';
	snprintf(text, sizeof(text), "# syntax=docker/dockerfile:1\nRUN --mount=type=secret,id=%s,env=%s COMMAND\n# docker build --secret id=%s,env=%s .\n", id, name,
		id, name);
	return mf_check_yaml(item, text, err);
}

static int tell(struct reader *r, const char *rule, struct mf_str name, struct mf_str seen, struct mf_err *err)
{
	struct mf_check_item *item;
	struct mf_check_place at;
	char text[112];

	if (!r->left)
		return 0;
	r->left--;
	snprintf(text, sizeof(text), "%.*s", (int)(name.n < 100 ? name.n : 100), name.p);
	at = mf_dc_at(r->f, MF_CHECK_REPO, (size_t)(seen.p - r->f->bytes.p), seen.n, text);
	if (mf_check_habit(r->c, &at, rule, &item, err))
		return -1;
	return item ? yaml_env(item, text, err) : 0;
}

/* A file goes to where the command looks for it, for as long as it runs. */
static int tell_copy(struct reader *r, struct mf_str source, const char *base, struct mf_err *err)
{
	struct mf_check_item *item;
	struct mf_check_place at;
	char text[1024], name[112];

	if (!r->left)
		return 0;
	r->left--;
	snprintf(name, sizeof(name), "%.*s", (int)(source.n < 100 ? source.n : 100), source.p);
	at = mf_dc_at(r->f, MF_CHECK_REPO, (size_t)(source.p - r->f->bytes.p), source.n, name);
	if (mf_check_habit(r->c, &at, "docker-secret-copy", &item, err))
		return -1;
	snprintf(text, sizeof(text), "# syntax=docker/dockerfile:1\nRUN --mount=type=secret,id=file,target=/run/%s COMMAND\n# docker build --secret id=file,src=%s .\n", base,
		name);
	return item ? mf_check_yaml(item, text, err) : 0;
}

/* -- ARG and ENV ------------------------------------------------------------------------------------ */

static bool secret(struct mf_str name)
{
	return mf_dc_secret_name(name) || mf_str_is(name, "GITHUB_TOKEN") || mf_str_is(name, "CI_JOB_TOKEN");
}

/* Whether a value hands on a variable that is secret by its name. */
static bool hands_on(struct mf_str v)
{
	for (size_t i = 0; i + 1 < v.n; i++) {
		struct mf_str name = { .p = v.p + i + 1 };

		if (v.p[i] != '$')
			continue;
		name.p += name.p[0] == '{';
		while (name.p + name.n < v.p + v.n && mf_dc_word(name.p[name.n]))
			name.n++;
		if (secret(name))
			return true;
	}
	return false;
}

static int variable(struct reader *r, bool env, struct mf_str name, struct mf_str raw, struct mf_err *err)
{
	const struct mf_str value = unquoted(raw);
	const struct mf_life_hint hint = { .name = "API_KEY" };
	const char *rule = env ? "docker-secret-env" : "docker-secret-arg";
	struct mf_check_item *item = NULL;
	struct mf_life life;
	char text[128];

	if (!name.n || name.n > 100)
		return 0;
	if (!value.n || memchr(value.p, '$', value.n))
		return secret(name) && (env ? hands_on(value) : !value.n) ? tell(r, rule, name, name, err) : 0;
	if (mf_dc_placeholder(value) || !r->left)
		return 0;
	snprintf(text, sizeof(text), "%.*s", (int)name.n, name.p);
	if (secret(name)) {
		if (mf_life_measure(&life, value, &hint, r->c->now, err))
			return -1;
		if (life.kind && value.n >= 6 && tell(r, rule, name, name, err))
			return -1;
	}
	if (r->left) {
		const struct mf_check_place at = mf_dc_at(r->f, MF_CHECK_REPO, (size_t)(value.p - r->f->bytes.p), value.n, text);

		r->left--;
		return mf_dc_literal(r->c, &at, value, &item, err);
	}
	return 0;
}

static int variables(struct reader *r, const struct instruction *in, struct mf_err *err)
{
	const bool env = is(in->words[0], "ENV");

	/* ENV NAME value, the old form */
	if (env && in->n >= 3 && !memchr(in->words[1].p, '=', in->words[1].n))
		return variable(r, true, in->words[1], in->words[2], err);
	for (size_t i = 1; i < in->n; i++) {
		const char *eq = memchr(in->words[i].p, '=', in->words[i].n);
		const size_t n = eq ? (size_t)(eq - in->words[i].p) : in->words[i].n;
		const struct mf_str name = { .p = in->words[i].p, .n = n };
		const struct mf_str value = { .p = eq ? eq + 1 : name.p + n, .n = eq ? in->words[i].n - n - 1 : 0 };

		if (variable(r, env, name, value, err))
			return -1;
	}
	return 0;
}

/* -- COPY and ADD ----------------------------------------------------------------------------------- */

/* .npmrc and the like are settings as well: a token in them is told by what is done about it in the same file. */
static bool settings(const struct reader *r, const char *base)
{
	return strcmp(base, ".npmrc") == 0 && !mf_dc_has(r->f->bytes, "TOKEN") && !mf_dc_has(r->f->bytes, "rm -f .npmrc") &&
		!mf_dc_has(r->f->bytes, "rm .npmrc") && !mf_dc_has(r->f->bytes, "rm -f ~/.npmrc");
}

static bool sensitive(const char *base)
{
	static const char *const names[] = { ".env", ".env.production", ".env.prod", ".env.local", ".npmrc", ".netrc", ".pypirc", ".git-credentials", "id_rsa",
		"id_ed25519", "id_ecdsa", "id_dsa", "credentials.json", "service-account.json", "service_account.json", "serviceAccountKey.json",
		"kubeconfig", ".dockerconfigjson", ".vault-token", ".aws", ".ssh" };

	for (size_t i = 0; i < MF_COUNT(names); i++)
		if (strcmp(base, names[i]) == 0)
			return true;
	return false;
}

static int copies(struct reader *r, const struct instruction *in, struct mf_err *err)
{
	for (size_t i = 1; i < in->n; i++)
		if (mf_str_begins(in->words[i], "--from="))
			return 0;	/* of another stage */
	for (size_t i = 1; i + 1 < in->n; i++) {
		struct mf_str source = unquoted(in->words[i]), base = { .p = NULL };
		char name[64];

		if (mf_str_begins(source, "--"))
			continue;
		if (mf_str_begins(source, "[")) {	/* the JSON form */
			source = (struct mf_str){ .p = source.p + 1, .n = source.n - 1 };
		}
		while (source.n && strchr("\",", source.p[source.n - 1]))
			source.n--;
		while (source.n && source.p[0] == '"')
			source = (struct mf_str){ .p = source.p + 1, .n = source.n - 1 };
		while (source.n && source.p[source.n - 1] == '/')
			source.n--;
		base = source;
		for (size_t k = 0; k < source.n; k++)
			if (source.p[k] == '/')
				base = (struct mf_str){ .p = source.p + k + 1, .n = source.n - k - 1 };
		if (!base.n || base.n >= sizeof(name))
			continue;
		memcpy(name, base.p, base.n);
		name[base.n] = '\0';
		if (!sensitive(name) && !(strcmp(name, "credentials") == 0 && mf_dc_has(source, ".aws/")))
			continue;
		if (!settings(r, name) && tell_copy(r, source, name, err))
			return -1;
	}
	return 0;
}

static int check(const struct mf_declared *d, const struct mf_dc_file *f, struct mf_check *c, struct mf_err *err)
{
	struct reader r = { .f = f, .c = c, .escape = '\\', .left = MF_DC_PER_FILE };
	struct instruction in;
	int rc = 0;

	(void)d;
	while (rc == 0 && next(&r, &in)) {
		if (is(in.words[0], "ARG") || is(in.words[0], "ENV"))
			rc = variables(&r, &in, err);
		else if (is(in.words[0], "COPY") || is(in.words[0], "ADD"))
			rc = copies(&r, &in, err);
	}
	return rc;
}

const struct mf_dc_family mf_dc_docker = { .name = "Dockerfile", .wants = wants, .check = check };
