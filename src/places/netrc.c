/* SPDX-License-Identifier: Apache-2.0 */
/* Passwords by machine: .netrc and .git-credentials; files that are one token or one key; age's identities. */
#include "places_priv.h"

/* -- .netrc ----------------------------------------------------------------------------------------- */

/* A word, in quotes or not; white space of any kind parts them. */
static bool word(struct mf_str *rest, struct mf_str *out)
{
	size_t n = 0;

	while (rest->n && mf_blank(rest->p[0]))
		*rest = mf_pl_from(*rest, 1);
	if (rest->n == 0)
		return false;
	if (rest->p[0] == '"') {
		*rest = mf_pl_from(*rest, 1);
		while (n < rest->n && rest->p[n] != '"' && rest->p[n] != '\n')
			n += rest->p[n] == '\\' && n + 1 < rest->n ? 2 : 1;
		*out = mf_pl_head(*rest, n);
		*rest = mf_pl_from(*rest, n + 1);
		return true;
	}
	while (n < rest->n && !mf_blank(rest->p[n]))
		n++;
	*out = mf_pl_head(*rest, n);
	*rest = mf_pl_from(*rest, n);
	return true;
}

/* A macro's body ends at an empty line. */
static void skip_macro(struct mf_str *rest)
{
	struct mf_str line;

	while (mf_pl_line(rest, &line) && mf_trim(line).n)
		;
}

int mf_pl_netrc(struct mf_pl *p)
{
	struct mf_str rest = p->text, w, machine = { 0 }, line;
	char name[MF_PL_NAME];

	while (word(&rest, &w)) {
		if (w.n && w.p[0] == '#') {
			mf_pl_line(&rest, &line);
		} else if (mf_str_is(w, "macdef")) {
			skip_macro(&rest);
		} else if (mf_str_is(w, "default")) {
			machine = w;
		} else if (mf_str_is(w, "machine")) {
			word(&rest, &machine);
		} else if (mf_str_is(w, "login") || mf_str_is(w, "account")) {
			word(&rest, &w);
		} else if (mf_str_is(w, "password") && word(&rest, &w)) {
			const struct mf_pl_value v = { .name = name, .field = "password", .value = w, .host = machine };

			mf_pl_name(name, machine, '.', mf_str("password"));
			if (mf_pl_tell(p, &v, NULL))
				return -1;
		}
	}
	return 0;
}

/* -- .git-credentials ------------------------------------------------------------------------------- */

/* "https://user:password@host" on each line. */
int mf_pl_git_credentials(struct mf_pl *p)
{
	struct mf_str rest = p->text, line, host;
	char name[MF_PL_NAME];

	while (mf_pl_line(&rest, &line)) {
		struct mf_pl_value v = { .name = name, .value = mf_trim(line) };
		size_t at = 0;

		if (v.value.n == 0)
			continue;
		for (size_t i = 0; i < v.value.n; i++)
			at = v.value.p[i] == '@' ? i + 1 : at;
		host = at ? mf_pl_from(v.value, at) : (struct mf_str){ 0 };
		mf_pl_z(name, sizeof(name), host);
		v.host = mf_pl_head(host, mf_pl_find(host, "/"));
		if (mf_pl_tell(p, &v, NULL))
			return -1;
	}
	return 0;
}

/* URLs among other words: pip.conf, .condarc. */
int mf_pl_urls(struct mf_pl *p)
{
	struct mf_str rest = p->text, w, skipped;
	char name[MF_PL_NAME] = "";

	while (word(&rest, &w)) {
		struct mf_pl_value v = { .name = name, .value = w };

		if (w.n && (w.p[0] == '#' || w.p[0] == ';')) {
			mf_pl_line(&rest, &skipped);
		} else if (mf_pl_find(w, "://") == SIZE_MAX) {
			/* the word before the "=" is the one that says what it is */
			if (!mf_str_is(w, "=") && !mf_str_is(w, ":") && !mf_str_is(w, "-"))
				mf_pl_z(name, sizeof(name), w);
		} else {
			size_t eq = mf_pl_find(w, "="), url = mf_pl_find(w, "://");

			/* "index-url=https://..." */
			if (eq < url) {
				mf_pl_z(name, sizeof(name), mf_pl_head(w, eq));
				v.value = mf_pl_from(w, eq + 1);
			}
			if (mf_pl_tell(p, &v, NULL))
				return -1;
		}
	}
	return 0;
}

/* -- .pgpass ---------------------------------------------------------------------------------------- */

/* "host:port:database:user:password"; a backslash keeps a colon from parting. */
int mf_pl_pgpass(struct mf_pl *p)
{
	struct mf_str rest = p->text, line;
	char name[MF_PL_NAME];

	while (mf_pl_line(&rest, &line)) {
		struct mf_pl_value v = { .name = name, .field = "db_password" };
		struct mf_str unused, host = mf_pl_split(line, ':', &unused);
		size_t at = 0;

		if (line.n == 0 || line.p[0] == '#')
			continue;
		for (unsigned parts = 0; parts < 4 && at < line.n; at++) {
			if (line.p[at] == '\\' && at + 1 < line.n)
				at++;
			else
				parts += line.p[at] == ':';
		}
		v.value = mf_pl_from(line, at);
		mf_pl_name(name, host, '.', mf_str("password"));
		if (v.value.n && mf_pl_tell(p, &v, NULL))
			return -1;
	}
	return 0;
}

/* -- one value -------------------------------------------------------------------------------------- */

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

int mf_pl_token(struct mf_pl *p)
{
	const char *name = base_name(p->path);
	const struct mf_pl_value v = { .name = name, .field = mf_pl_find(mf_str(name), "token") == SIZE_MAX ? "token" : name, .value = mf_trim(p->text) };

	return v.value.n ? mf_pl_tell(p, &v, NULL) : 0;
}

/* A key or a certificate; what begins as neither is none. */
int mf_pl_key(struct mf_pl *p)
{
	struct mf_str head = mf_pl_head(p->text, 4096);
	const char *name = base_name(p->path);
	struct mf_pl_value v = { .name = name, .value = p->text };
	size_t at = mf_pl_find(head, "-----BEGIN ");
	struct mf_check_item *item;

	if (at == SIZE_MAX && !mf_str_begins(head, "PuTTY-User-Key-File-") && mf_pl_find(mf_pl_head(head, 60), "-cert-v01@openssh.com ") == SIZE_MAX &&
	    !mf_str_begins(head, "---- BEGIN SSH2 "))
		return 0;
	mf_pl_where(p, p->text.p + (at == SIZE_MAX ? 0 : at), &v.line, &v.col);
	if (mf_pl_tell(p, &v, &item))
		return -1;
	/* in PEM a key of SSH is any key */
	if (!item || strcmp(item->rule, "private-key") != 0)
		return 0;
	if (mf_check_kind_is(item, "ssh-private-key", p->err))
		return -1;
	item->life.class = p->c->person ? MF_LC_SSH_PERSON : item->life.class;
	return 0;
}

int mf_pl_age(struct mf_pl *p)
{
	struct mf_str rest = p->text, line;

	while (mf_pl_line(&rest, &line)) {
		const struct mf_pl_value v = { .name = base_name(p->path), .value = mf_trim(line) };

		if (mf_str_begins(v.value, "AGE-SECRET-KEY-") && mf_pl_tell(p, &v, NULL))
			return -1;
	}
	return 0;
}
