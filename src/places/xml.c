/* SPDX-License-Identifier: Apache-2.0 */
/* Maven's settings.xml and NuGet.config. Of XML only what these use is read: elements, attributes, text; no entities, so nothing can grow. */
#include "places_priv.h"

struct xml {
	struct mf_str rest;
	struct mf_str tag, attributes, text;	/* of the element that begins here, and what stands up to the next one */
	bool closes;
};

static bool of_tag(char c)
{
	return !mf_blank(c) && c != '/' && c != '>';
}

/* The text behind a tag, or what its CDATA section holds. */
static struct mf_str text_behind(struct mf_str rest)
{
	struct mf_str trimmed = mf_pl_left(rest);
	size_t end;

	if (mf_str_begins(trimmed, "<![CDATA[")) {
		trimmed = mf_pl_from(trimmed, 9);
		return mf_pl_head(trimmed, mf_pl_find(trimmed, "]]>"));
	}
	end = mf_pl_find(rest, "<");
	return mf_trim(mf_pl_head(rest, end));
}

/* Where a tag ends: a '>' in an attribute's quotes does not end it. */
static size_t tag_end(struct mf_str s)
{
	char quote = 0;

	for (size_t i = 0; i < s.n; i++) {
		if (quote)
			quote = s.p[i] == quote ? 0 : quote;
		else if (s.p[i] == '"' || s.p[i] == '\'')
			quote = s.p[i];
		else if (s.p[i] == '>')
			return i;
	}
	return s.n;
}

static bool next(struct xml *x)
{
	size_t at, n = 0;
	struct mf_str s;

	for (;;) {
		at = mf_pl_find(x->rest, "<");
		if (at == SIZE_MAX)
			return false;
		s = mf_pl_from(x->rest, at);
		if (mf_str_begins(s, "<!--")) {
			at = mf_pl_find(s, "-->");
			x->rest = mf_pl_from(s, at == SIZE_MAX ? s.n : at + 3);
		} else if (mf_str_begins(s, "<![CDATA[")) {
			at = mf_pl_find(s, "]]>");
			x->rest = mf_pl_from(s, at == SIZE_MAX ? s.n : at + 3);
		} else {
			break;
		}
	}
	s = mf_pl_from(s, 1);
	x->closes = s.n && s.p[0] == '/';
	s = mf_pl_from(s, x->closes);
	while (n < s.n && of_tag(s.p[n]))
		n++;
	x->tag = mf_pl_head(s, n);
	at = tag_end(s);
	x->attributes = mf_pl_head(mf_pl_from(s, n), at > n ? at - n : 0);
	x->rest = mf_pl_from(s, at + 1);
	x->text = text_behind(x->rest);
	return true;
}

/* An attribute's value; nothing where it is not there. */
static struct mf_str attribute(struct mf_str attributes, const char *name)
{
	struct mf_str rest = attributes, value, key;
	size_t at;
	char quote;

	while ((at = mf_pl_find(rest, "=")) != SIZE_MAX) {
		key = mf_trim(mf_pl_head(rest, at));
		rest = mf_pl_left(mf_pl_from(rest, at + 1));
		quote = rest.n ? rest.p[0] : 0;
		if (quote != '"' && quote != '\'')
			break;
		value = mf_pl_split(mf_pl_from(rest, 1), quote, &rest);
		if (mf_pl_is_caseless(key, name))
			return value;
	}
	return (struct mf_str){ 0 };
}

/* -- Maven ------------------------------------------------------------------------------------------ */

/* "{...}" is a password that the master password closes. */
static bool closed(struct mf_str v)
{
	size_t at = mf_pl_find(v, "{");

	return at != SIZE_MAX && (at == 0 || v.p[at - 1] != '\\') && mf_pl_find(mf_pl_from(v, at), "}") != SIZE_MAX;
}

static int maven_value(struct mf_pl *p, const struct xml *x, struct mf_str id)
{
	char name[MF_PL_NAME], field[32];
	const struct mf_pl_value v = { .name = name, .field = field, .value = x->text };

	mf_pl_name(name, id, '.', x->tag);
	mf_pl_z(field, sizeof(field), x->tag);
	return x->text.n && !closed(x->text) ? mf_pl_tell(p, &v, NULL) : 0;
}

/* The value of a header: GitLab's Private-Token, an Authorization. */
static int maven_header(struct mf_pl *p, const struct xml *x, struct mf_str id, struct mf_str header)
{
	char name[MF_PL_NAME], field[64];
	const struct mf_pl_value v = { .name = name, .field = field, .value = x->text };

	mf_pl_name(name, id, '.', header);
	mf_pl_z(field, sizeof(field), header);
	return x->text.n ? mf_pl_tell(p, &v, NULL) : 0;
}

/* The master password is in a form that the program can undo, with a key that is published: it is as good as plain. */
static int maven_master(struct mf_pl *p, const struct xml *x)
{
	const struct mf_pl_value v = { .name = "settingsSecurity.master", .field = "password", .class_name = "api_key", .value = x->text };

	return x->text.n ? mf_pl_tell(p, &v, NULL) : 0;
}

int mf_pl_maven(struct mf_pl *p)
{
	struct xml x = { .rest = p->text };
	struct mf_str id = { 0 }, header = { 0 };
	bool maven = false, server = false;

	while (next(&x)) {
		if (mf_str_is(x.tag, "settings") || mf_str_is(x.tag, "settingsSecurity"))
			maven = true;
		if (!maven)
			continue;
		if (mf_str_is(x.tag, "server") || mf_str_is(x.tag, "proxy")) {
			server = !x.closes;
			id = header = (struct mf_str){ 0 };
		}
		if (x.closes)
			continue;
		if (mf_str_is(x.tag, "id"))
			id = x.text;
		if (server && (mf_str_is(x.tag, "password") || mf_str_is(x.tag, "passphrase")) && maven_value(p, &x, id))
			return -1;
		if (mf_str_is(x.tag, "name"))
			header = x.text;
		if (server && mf_str_is(x.tag, "value") && header.n && maven_header(p, &x, id, header))
			return -1;
		if (mf_str_is(x.tag, "master") && maven_master(p, &x))
			return -1;
	}
	return 0;
}

/* -- NuGet ------------------------------------------------------------------------------------------ */

/* "Password" and the keys below <apikeys> are closed for one user of one machine; ClearTextPassword is what it says. */
int mf_pl_nuget(struct mf_pl *p)
{
	struct xml x = { .rest = p->text };
	struct mf_str source = { 0 };
	char name[MF_PL_NAME];

	while (next(&x)) {
		const struct mf_pl_value v = { .name = name, .field = "password", .value = attribute(x.attributes, "value") };
		struct mf_str key = attribute(x.attributes, "key");

		if (!mf_pl_is_caseless(x.tag, "add")) {
			source = x.tag;
			continue;
		}
		mf_pl_name(name, source, '.', key);
		if (mf_pl_is_caseless(key, "ClearTextPassword") && v.value.p && mf_pl_tell(p, &v, NULL))
			return -1;
	}
	return 0;
}
