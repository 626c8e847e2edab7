/* SPDX-License-Identifier: Apache-2.0 */
/* Scripts of a job, line by line: variables that hold static credentials, commands that take them, secrets that are printed. */
#include "ci.h"

#include <stdio.h>

/* A use of a variable in a line: $NAME, ${NAME}, $(NAME), $env:NAME, ${{ ...NAME }} by its last word. */
struct use {
	struct mf_str name;
	size_t at, n;		/* with the dollar */
	bool quoted;		/* in single quotes: the shell leaves it as it is */
	bool altered;		/* ${NAME:+x}, ${#NAME}, ${NAME:0:4}: not the value */
};

/* How long an address may be; how far before a line what it uses is looked for. */
enum { ADDRESS = 512, BEFORE = 8192 };

/* How far a line was read. */
struct uses {
	struct mf_str line;
	size_t at;
	bool single, twice;	/* in quotes */
};

/* Whether a variable is used at the dollar at i. */
static bool use_at(struct mf_str line, size_t i, bool single, struct use *u)
{
	size_t b = i + 1;

	if (b >= line.n)
		return false;
	if (line.p[b] == '{' || line.p[b] == '(')
		b++;
	else if (line.n - b > 4 && memcmp(line.p + b, "env:", 4) == 0)
		b += 4;
	*u = (struct use){ .name = { .p = line.p + b }, .at = i, .quoted = single };
	while (b + u->name.n < line.n && mf_dc_word(u->name.p[u->name.n]))
		u->name.n++;
	b += u->name.n;
	/* a command's output is no variable */
	if (!u->name.n || (line.p[i + 1] == '(' && (b >= line.n || line.p[b] != ')')))
		return false;
	u->altered = b < line.n && line.p[i + 1] == '{' && line.p[b] != '}' && !(line.p[b] == ':' && b + 1 < line.n && line.p[b + 1] == '-');
	u->n = b - i + (b < line.n && (line.p[i + 1] == '{' || line.p[i + 1] == '('));
	return true;
}

static bool next_use(struct uses *all, struct use *u)
{
	const struct mf_str line = all->line;

	while (all->at < line.n) {
		const size_t i = all->at++;

		if (line.p[i] == '\\')
			all->at++;
		else if (line.p[i] == '"' && !all->single)
			all->twice = !all->twice;
		else if (line.p[i] == '\'' && !all->twice)
			all->single = !all->single;
		else if (line.p[i] == '$' && use_at(line, i, all->single, u))
			return true;
	}
	return false;
}

/* -- commands --------------------------------------------------------------------------------------- */

/* Whether an option stands in the line, as a word of its own or with "=". */
static bool option(struct mf_str line, const char *name)
{
	const size_t n = strlen(name);

	for (size_t at = 0; (at = mf_dc_seek(line, at, mf_str(name))) != SIZE_MAX; at += n) {
		const char after = at + n < line.n ? line.p[at + n] : ' ';

		if ((at == 0 || mf_blank(line.p[at - 1])) && (mf_blank(after) || after == '=' || after == '"' || after == '$'))
			return true;
	}
	return false;
}

/* The password of docker login where it stands in the line itself. */
static struct mf_str written_password(struct mf_str line)
{
	static const char *const options[] = { " -p ", " --password ", " --password=" };

	for (size_t i = 0; i < MF_COUNT(options); i++) {
		const size_t at = mf_dc_seek(line, 0, mf_str(options[i]));
		struct mf_str v;

		if (at == SIZE_MAX)
			continue;
		v = (struct mf_str){ .p = line.p + at + strlen(options[i]), .n = line.n - at - strlen(options[i]) };
		for (size_t n = 0; n < v.n; n++)
			if (mf_blank(v.p[n]))
				v.n = n;
		/* an option, a command's output, %NAME% of cmd.exe */
		if (v.n && v.p[0] != '-' && v.p[0] != '`' && v.p[0] != '\\' && !memchr(v.p, '%', v.n) && !mf_dc_placeholder(v))
			return v;
	}
	return (struct mf_str){ 0 };
}

/* docker login with a stored password, in an argument or through the standard input. */
static int docker_login(struct mf_dc_job *j, const struct mf_dc_text *t, struct mf_str line, struct mf_err *err)
{
	struct uses all = { .line = line };
	struct use u;
	struct mf_str written;

	if (!mf_dc_has(line, "docker login") && !mf_dc_has(line, "podman login") && !mf_dc_has(line, "buildah login") && !mf_dc_has(line, "skopeo login"))
		return 0;
	/* a login that was just made, for minutes or hours */
	if (mf_dc_has(line, "get-login-password") || mf_dc_has(line, "print-access-token") || mf_dc_has(line, "expose-token"))
		return 0;
	/* Google's registries take a service account's key by these names */
	if (mf_dc_has(line, "_json_key"))
		return mf_dc_tell(j, MF_IS_GCP, mf_str("docker login"), t, line, mf_str("_json_key"), err);
	while (next_use(&all, &u))
		if (mf_dc_secret_name(u.name) && !mf_str_is(u.name, "CI_DEPLOY_PASSWORD"))
			return mf_dc_tell(j, MF_IS_DOCKER, u.name, t, line, (struct mf_str){ .p = line.p + u.at, .n = u.n }, err);
	written = written_password(line);
	return written.n ? mf_dc_tell(j, MF_IS_DOCKER, mf_str("docker login"), t, line, written, err) : 0;
}

/* No further back than an address is long. */
static size_t word_begins(struct mf_str line, size_t at)
{
	const size_t least = at > ADDRESS ? at - ADDRESS : 0;

	while (at > least && !mf_blank(line.p[at - 1]) && !strchr("\"'`<>", line.p[at - 1]))
		at--;
	return at;
}

/* https://user:$TOKEN@host/: who takes it is said by the host. */
static int address(struct mf_dc_job *j, const struct mf_dc_text *t, struct mf_str line, const struct use *u, struct mf_err *err)
{
	const size_t end = u->at + u->n;
	const struct mf_str host = { .p = line.p + end, .n = line.n - end };
	size_t n = 0, begin;
	struct mf_str name;

	if (host.n < 2 || host.p[0] != '@' || u->altered || u->at < 4 || (line.p[u->at - 1] != ':' && line.p[u->at - 1] != '/') ||
	    !(mf_dc_secret_name(u->name) || mf_str_ends(u->name, "PAT") || mf_str_ends(u->name, "KEY")))
		return 0;
	begin = word_begins(line, u->at);
	if (mf_dc_seek((struct mf_str){ .p = line.p + begin, .n = u->at - begin }, 0, mf_str("://")) == SIZE_MAX)
		return 0;
	while (n < host.n && n < ADDRESS && !mf_blank(host.p[n]) && !strchr("/\"'", host.p[n]))
		n++;
	name = (struct mf_str){ .p = host.p, .n = n };
	return mf_dc_tell(j, mf_dc_has(name, "github") ? MF_IS_GITHUB : mf_dc_has(name, "gitlab") || mf_dc_has(name, "CI_SERVER") ? MF_IS_GITLAB : MF_IS_ADDRESS,
		u->name, t, line, (struct mf_str){ .p = line.p + u->at, .n = u->n }, err);
}

/* NAME=$(...) in the lines before: what a command makes in the job. */
static bool made_here(struct mf_str script, struct mf_str line, struct mf_str name)
{
	const size_t before = (size_t)(line.p - script.p), from = before > BEFORE ? before - BEFORE : 0;

	script = (struct mf_str){ .p = script.p + from, .n = before - from + line.n };
	for (size_t at = 0; (at = mf_dc_seek(script, at, name)) != SIZE_MAX; at += name.n) {
		const struct mf_str rest = { .p = script.p + at + name.n, .n = script.n - at - name.n };

		if (mf_str_begins(rest, "=$(") || mf_str_begins(rest, "=\"$(") || mf_str_begins(rest, "=`"))
			return true;
	}
	return false;
}

static int commands(struct mf_dc_job *j, const struct mf_dc_text *t, struct mf_str line, struct mf_err *err)
{
	static const struct { const char *command; enum mf_dc_issuer issuer; } table[] = { { "aws configure set aws_secret_access_key", MF_IS_AWS },
		{ "gcloud auth activate-service-account", MF_IS_GCP }, { "az login --service-principal", MF_IS_AZURE } };

	for (size_t i = 0; i < MF_COUNT(table); i++) {
		const struct mf_str command = mf_str(table[i].command);

		if (!mf_dc_has(line, table[i].command))
			continue;
		if (table[i].issuer == MF_IS_AZURE && !option(line, "-p") && !option(line, "--password"))
			continue;
		if (mf_dc_tell(j, table[i].issuer, command, t, line, command, err))
			return -1;
	}
	return docker_login(j, t, line, err);
}

/* -- printing --------------------------------------------------------------------------------------- */

/* The line that says whether it is there, and not what it is. */
static int without_printing(const struct mf_dc_job *j, struct mf_check_item *item, const char *name, struct mf_err *err)
{
	struct mf_buf out = MF_BUF(4096);
	int rc = 0;

	for (const char *p = name; *p; p++)
		if (!mf_dc_word(*p))
			return 0;	/* a command that prints them all: there is no line in its place */
	if (!*name)
		return 0;
	if (j->ci == MF_CI_JENKINS)
		rc = mf_buf_printf(&out, err, "// %s\nsh 'test -n \"$%s\"'    // whether it is there, and not what it is\n", j->name, name);
	else
		rc = mf_buf_printf(&out, err, "# %s\n- %s'test -n \"$%s\"'    # whether it is there, and not what it is\n", j->name,
			j->ci == MF_CI_CIRCLECI ? "run: " : j->ci == MF_CI_AZURE ? "script: " : "", name);
	if (rc == 0)
		rc = mf_check_yaml(item, mf_buf_text(&out), err);
	mf_buf_free(&out);
	return rc;
}

static int habit(struct mf_dc_job *j, const struct mf_dc_text *t, struct mf_str line, struct mf_str name, struct mf_str seen, const char *why,
		 struct mf_err *err)
{
	struct mf_check_place at;
	struct mf_check_item *item;
	char text[128];

	if (!*j->left)
		return 0;
	--*j->left;
	snprintf(text, sizeof(text), "%.*s", (int)(name.n < 100 ? name.n : 100), name.p);
	at = mf_dc_seen(j, t, line, seen, text);
	if (mf_dc_told(j->c, j->first, "secret-echo", &at))
		return 0;
	if (mf_check_habit(j->c, &at, "secret-echo", &item, err))
		return -1;
	if (!item)
		return 0;
	if (why && mf_check_text(&item->why, err, "%s", why))
		return -1;
	return without_printing(j, item, text, err);
}

/* Where a word begins a command in the line. */
static size_t command_at(struct mf_str line, const char *word)
{
	const size_t n = strlen(word);

	for (size_t at = 0; (at = mf_dc_seek(line, at, mf_str(word))) != SIZE_MAX; at += n) {
		size_t b = at;

		while (b && (line.p[b - 1] == ' ' || line.p[b - 1] == '\t'))
			b--;
		if ((b == 0 || strchr(";&|{", line.p[b - 1]) || (b >= 2 && memcmp(line.p + b - 2, "- ", 2) == 0)) && at + n < line.n && line.p[at + n] == ' ')
			return at;
	}
	return SIZE_MAX;
}

/* Only what reaches the log: not what is piped, written to a file, taken by $(...), or a command for the runner that hides it. */
static int echoes(struct mf_dc_job *j, const struct mf_dc_text *t, struct mf_str line, struct mf_err *err)
{
	static const char *const words[] = { "echo", "printf", "Write-Host", "Write-Output" };
	struct use u;

	if (mf_dc_has(line, "add-mask") || mf_dc_has(line, "##vso[") || mf_dc_has(line, "issecret"))
		return 0;
	for (size_t w = 0; w < MF_COUNT(words); w++) {
		size_t at = command_at(line, words[w]), end = at;
		struct uses all = { .line = line };

		if (at == SIZE_MAX)
			continue;
		while (end < line.n && !strchr(";&|>", line.p[end]))
			end++;
		/* to the standard error is to the log as well, but a script that does so seldom means to */
		if (end < line.n && (line.p[end] == '>' || (line.p[end] == '|' && (end + 1 >= line.n || line.p[end + 1] != '|'))))
			continue;
		if (end >= line.n && line.n && line.p[line.n - 1] == '\\')
			continue;
		while (next_use(&all, &u) && u.at < end)
			if (u.at > at && !u.quoted && !u.altered && mf_dc_secret_name(u.name))
				return habit(j, t, line, u.name, (struct mf_str){ .p = line.p + at, .n = u.at + u.n - at }, NULL, err);
	}
	return 0;
}

/* Whether the shell prints each command from here on. */
static void tracing(struct mf_str line, bool *on)
{
	const struct mf_str s = mf_trim(line);

	if (mf_str_begins(s, "set +x") || mf_str_begins(s, "set +ex") || mf_str_begins(s, "{ set +x"))
		*on = false;
	else if (mf_str_begins(s, "set -") && s.n < 40) {
		for (size_t i = 5; i < s.n && s.p[i] != ' '; i++)
			*on |= s.p[i] == 'x';
		*on |= mf_dc_has(s, "xtrace");
	}
}

/* -- all -------------------------------------------------------------------------------------------- */

static int one_line(struct mf_dc_job *j, const struct mf_dc_text *t, struct mf_str line, bool traced, struct mf_err *err)
{
	struct uses all = { .line = line };
	struct use u;

	while (next_use(&all, &u)) {
		enum mf_dc_issuer issuer = mf_dc_issuer_of(u.name);
		const struct mf_str seen = { .p = line.p + u.at, .n = u.n };

		if (issuer == MF_IS_COUNT) {
			if (address(j, t, line, &u, err))
				return -1;
			continue;
		}
		if (u.altered || made_here(t->s, line, u.name))
			continue;
		if (mf_dc_tell(j, issuer, u.name, t, line, seen, err))
			return -1;
		if (traced && !u.quoted && habit(j, t, line, u.name, seen, "set -x prints each command, with the value of this variable in it", err))
			return -1;
	}
	return commands(j, t, line, err) || echoes(j, t, line, err) ? -1 : 0;
}

int mf_dc_script(struct mf_dc_job *j, const struct mf_dc_text *t, struct mf_err *err)
{
	size_t at = 0;
	struct mf_str line;
	bool traced = false;

	while (mf_dc_line(t->s, &at, &line)) {
		const struct mf_str s = mf_trim(line);

		if (!s.n || s.p[0] == '#' || mf_str_begins(s, "//"))
			continue;
		tracing(s, &traced);
		if (one_line(j, t, s, traced, err))
			return -1;
	}
	return 0;
}
