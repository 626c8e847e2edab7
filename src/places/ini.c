/* SPDX-License-Identifier: Apache-2.0 */
/* Files of sections and pairs: AWS's, .pypirc, git's, boto's, properties of Java. */
#include "places_priv.h"

#include <stdio.h>
#include <stdlib.h>
#include <mayfly/clock.h>

enum { SECTION_MAX = 4096 };	/* its name is looked at with each pair */

/* -- lines ------------------------------------------------------------------------------------------ */

struct ini {
	struct mf_str rest, section, key, value;
	bool begins;	/* a section begins here; else there is a pair */
};

static bool comment(struct mf_str line)
{
	return line.n == 0 || line.p[0] == '#' || line.p[0] == ';' || line.p[0] == '!';
}

/* "[name]" and what stands behind it on the line, as git allows. */
static bool section(struct ini *i, struct mf_str *line)
{
	bool quoted = false;
	size_t n = 1;

	if (line->p[0] != '[')
		return false;
	for (; n < line->n && (quoted || line->p[n] != ']'); n++)
		quoted ^= line->p[n] == '"';
	i->section = mf_trim(mf_pl_head(mf_pl_from(mf_pl_head(*line, n), 1), SECTION_MAX));
	*line = mf_trim(mf_pl_from(*line, n + 1));
	i->begins = true;
	return true;
}

/* The next section or pair; of Java's properties `:` parts as well as `=`. */
static bool next(struct ini *i)
{
	struct mf_str line, value;
	size_t n;

	while (mf_pl_line(&i->rest, &line)) {
		i->begins = false;
		line = mf_trim(line);
		if (comment(line))
			continue;
		if (section(i, &line))
			return true;
		for (n = 0; n < line.n && line.p[n] != '=' && line.p[n] != ':'; n++)
			;
		value = mf_pl_from(line, n + 1);
		i->key = mf_trim(mf_pl_head(line, n));
		i->value = mf_trim(value);
		if (n < line.n && i->key.n)
			return true;
	}
	return false;
}

/* -- AWS -------------------------------------------------------------------------------------------- */

struct profile {
	struct mf_pl_aws_key key;
	char id[MF_PL_NAME], secret[MF_PL_NAME], token[MF_PL_NAME];
};

static int end_profile(struct mf_pl *p, struct profile *f)
{
	int rc = mf_pl_tell_aws(p, &f->key);

	memset(f, 0, sizeof(*f));
	return rc;
}

static void pair_of_profile(struct profile *f, const struct ini *i)
{
	struct mf_str profile = i->section;
	int64_t end;

	if (mf_str_begins(profile, "profile "))
		profile = mf_trim(mf_pl_from(profile, 8));
	if (mf_pl_is_caseless(i->key, "aws_access_key_id")) {
		mf_pl_name(f->id, profile, '.', i->key);
		f->key.id = i->value;
		f->key.name_id = f->id;
	} else if (mf_pl_is_caseless(i->key, "aws_secret_access_key")) {
		mf_pl_name(f->secret, profile, '.', i->key);
		f->key.secret = i->value;
		f->key.name_secret = f->secret;
	} else if (mf_pl_is_caseless(i->key, "aws_session_token") || mf_pl_is_caseless(i->key, "aws_security_token")) {
		mf_pl_name(f->token, profile, '.', i->key);
		f->key.token = i->value;
		f->key.name_token = f->token;
	} else if ((mf_pl_is_caseless(i->key, "expiration") || mf_pl_is_caseless(i->key, "aws_expiration") ||
		    mf_pl_is_caseless(i->key, "aws_session_expiration") || mf_pl_is_caseless(i->key, "x_security_token_expires")) &&
		   mf_time_parse(&end, i->value)) {
		f->key.expires = end;
	}
}

/* credential_process and sso_session name where to get one, and hold none. */
int mf_pl_aws(struct mf_pl *p)
{
	struct ini i = { .rest = p->text };
	struct profile f = { 0 };

	while (next(&i)) {
		if (!i.begins)
			pair_of_profile(&f, &i);
		else if (end_profile(p, &f))
			return -1;
	}
	return end_profile(p, &f);
}

/* -- pairs whose keys tell -------------------------------------------------------------------------- */

static int each_pair(struct mf_pl *p, const char *skip)
{
	struct ini i = { .rest = p->text };
	char name[MF_PL_NAME], field[64];

	while (next(&i)) {
		const struct mf_pl_value v = { .name = name, .field = field, .value = mf_pl_unquoted(i.value) };

		if (i.begins || (skip && mf_pl_is_caseless(i.key, skip)))
			continue;
		mf_pl_name(name, i.section, '.', i.key);
		mf_pl_z(field, sizeof(field), i.key);
		if (mf_pl_tell(p, &v, NULL))
			return -1;
	}
	return 0;
}

int mf_pl_pypirc(struct mf_pl *p)
{
	return each_pair(p, "username");
}

int mf_pl_properties(struct mf_pl *p)
{
	return each_pair(p, NULL);
}

/* A configuration of gcloud: a proxy's password, and the names of files that hold what it logs in with. */
int mf_pl_gcloud(struct mf_pl *p)
{
	static const char *const files[] = { "credential_file_override", "access_token_file", "context_aware_certificate_config_file_path" };
	struct ini i = { .rest = p->text };

	while (next(&i)) {
		for (size_t k = 0; k < MF_COUNT(files) && !i.begins; k++)
			if (mf_pl_is_caseless(i.key, files[k]) && i.value.n &&
			    mf_check_note(p->c, false, "only the files that tools read by themselves are opened", NULL, p->err, "%s: %s is another file, %.*s", p->path, files[k],
					  (int)(i.value.n < 200 ? i.value.n : 200), i.value.p))
				return -1;
	}
	return each_pair(p, NULL);
}

/* gs_oauth2_refresh_token, aws_secret_access_key, gs_secret_access_key */
int mf_pl_boto(struct mf_pl *p)
{
	return each_pair(p, NULL);
}

/* -- git -------------------------------------------------------------------------------------------- */

/* A value in quotes, or up to a comment. */
static struct mf_str git_value(struct mf_str v)
{
	size_t n = 0;

	if (v.n && v.p[0] == '"') {
		v = mf_pl_from(v, 1);
		while (n < v.n && v.p[n] != '"')
			n += v.p[n] == '\\' && n + 1 < v.n ? 2 : 1;
		return mf_pl_head(v, n);
	}
	while (n < v.n && v.p[n] != '#' && v.p[n] != ';')
		n++;
	return mf_trim(mf_pl_head(v, n));
}

/* Only what git hands on as a credential: headers, URLs with a password, sendemail's. */
static bool git_wants(const struct ini *i, struct mf_str value)
{
	return mf_pl_is_caseless(i->key, "extraheader") || mf_pl_is_caseless(i->key, "smtppass") || mf_pl_is_caseless(i->key, "password") ||
	       mf_pl_is_caseless(i->key, "token") || mf_pl_is_caseless(i->key, "oauthtoken") || mf_pl_find(value, "://") != SIZE_MAX ||
	       mf_pl_find(i->section, "://") != SIZE_MAX;
}

/* `[url "https://user:token@host/"]` holds one in its name. */
static int git_section(struct mf_pl *p, const struct ini *i)
{
	struct mf_str rest, kind = mf_pl_split(i->section, ' ', &rest);
	char name[64];
	const struct mf_pl_value v = { .name = name, .value = mf_pl_unquoted(rest) };

	if (mf_pl_find(rest, "://") == SIZE_MAX || mf_pl_find(rest, "@") == SIZE_MAX)
		return 0;
	mf_pl_z(name, sizeof(name), kind);
	return mf_pl_tell(p, &v, NULL);
}

/* The subsection may hold a password itself: of it only the host is told. */
static void git_name(char out[static MF_PL_NAME], const struct ini *i)
{
	struct mf_str rest, kind = mf_pl_split(i->section, ' ', &rest), sub = mf_pl_unquoted(rest);
	size_t at = mf_pl_find(sub, "@");
	char first[MF_PL_NAME];

	if (at != SIZE_MAX)
		sub = mf_pl_from(sub, at + 1);
	mf_pl_name(first, kind, '.', sub);
	mf_pl_name(out, mf_str(first), '.', i->key);
}

int mf_pl_git_config(struct mf_pl *p)
{
	struct ini i = { .rest = p->text };
	char name[MF_PL_NAME], field[64];

	while (next(&i)) {
		struct mf_pl_value v = { .name = name, .field = field, .value = git_value(i.value) };

		if (i.begins) {
			if (git_section(p, &i))
				return -1;
			continue;
		}
		if (!git_wants(&i, v.value))
			continue;
		git_name(name, &i);
		mf_pl_z(field, sizeof(field), i.key);
		if (mf_pl_tell(p, &v, NULL))
			return -1;
	}
	return 0;
}
