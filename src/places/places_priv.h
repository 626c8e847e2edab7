/* SPDX-License-Identifier: Apache-2.0 */
/* What the families of files share: a file on its way to its reader, views, places. */
#ifndef MAYFLY_PLACES_PRIV_H
#define MAYFLY_PLACES_PRIV_H

#include <mayfly/places.h>

/* One file. Texts are borrowed for as long as it is looked at. */
struct mf_pl {
	struct mf_check *c;
	enum mf_check_from from;
	const char *path;	/* as it is told: "~/.npmrc" */
	struct mf_str text;	/* all of it */
	struct mf_err *err;
	struct {
		const char *begin;	/* of a line that was found before; NULL: the first */
		unsigned line;
	} last;
	size_t spent;	/* bytes of values that were looked at: aliases of YAML can make many of a few */
};

/* A reader: 0 or -1 (no memory). */
typedef int mf_pl_fn(struct mf_pl *p);
mf_pl_fn mf_pl_aws, mf_pl_pypirc, mf_pl_git_config, mf_pl_git_credentials, mf_pl_netrc, mf_pl_npmrc, mf_pl_properties, mf_pl_docker, mf_pl_whole_json,
	mf_pl_msal, mf_pl_azure_list, mf_pl_json, mf_pl_sso, mf_pl_yaml, mf_pl_gh, mf_pl_kube, mf_pl_toml, mf_pl_maven, mf_pl_nuget, mf_pl_terraformrc,
	mf_pl_age, mf_pl_token, mf_pl_key, mf_pl_gcloud_db, mf_pl_gcloud, mf_pl_boto, mf_pl_pgpass, mf_pl_urls;

/* -- kinds of files --------------------------------------------------------------------------------- */

struct mf_pl_kind {
	const char *tail;	/* the path, or what it ends in behind a '/': ".aws/credentials" */
	mf_pl_fn *read;
	bool named;		/* the name alone tells it, wherever the file lies */
};
/* By the end of a path; NULL: none. */
const struct mf_pl_kind *mf_pl_kind(const char *path);
/* Looks for what has a form of its own, whatever the text is. */
int mf_pl_any(struct mf_pl *p);
/* The note for a text that is not of its form (p->err says why), unless memory is out: -1 then. What has a form of its own is looked for anyway. */
int mf_pl_broken(struct mf_pl *p, const char *form);

/* -- telling ---------------------------------------------------------------------------------------- */

/* One value. `name` is what is told of it, `field` what the library is told; NULL: the name promises nothing. */
struct mf_pl_value {
	const char *name, *field;
	const char *class_name;		/* of the hint: a value that is a credential for sure, whatever its form; NULL: not known */
	struct mf_str value;
	unsigned line, col;		/* of it, or of the quote before it; 0: where `value` lies in the text */
	int64_t issued, expires;
	struct mf_str host;		/* whose it is, where the file says so */
};
/* References to variables, commands and other files are none. *item may be NULL. */
int mf_pl_tell(struct mf_pl *p, const struct mf_pl_value *v, struct mf_check_item **item);
/* Counts n bytes: 1; 0, with a note the first time: more than a file of this size holds without aliases. What is no file has no limit. -1. */
int mf_pl_spend(struct mf_pl *p, size_t n);
/* A name of two or three parts with '.' or '/' between; a part may be empty. Cut to its room. */
enum { MF_PL_NAME = 200 };
void mf_pl_name(char out[static MF_PL_NAME], struct mf_str before, char between, struct mf_str behind);
/* "${NAME}", "$NAME", "$(command)", "%NAME%", "{{ ... }}" */
bool mf_pl_reference(struct mf_str v);
void mf_pl_where(struct mf_pl *p, const char *at, unsigned *line, unsigned *col);

/* -- AWS -------------------------------------------------------------------------------------------- */

/* An access key with all that belongs to it. Views into p->text, or into variables. */
struct mf_pl_aws_key {
	struct mf_str id, secret, token;
	int64_t expires;
	const char *name_id, *name_secret, *name_token;	/* as they are told */
	unsigned line, col;	/* of the id; 0: where it lies in p->text, if it does */
};
/* One item for all of it. */
int mf_pl_tell_aws(struct mf_pl *p, const struct mf_pl_aws_key *k);

/* -- views ------------------------------------------------------------------------------------------ */

static inline struct mf_str mf_pl_from(struct mf_str s, size_t at)
{
	at = at < s.n ? at : s.n;
	return (struct mf_str){ .p = s.n ? s.p + at : s.p, .n = s.n - at };
}

static inline struct mf_str mf_pl_head(struct mf_str s, size_t n)
{
	return (struct mf_str){ .p = s.p, .n = n < s.n ? n : s.n };
}

/* Without white space at its beginning; the end stays, so that a long text costs nothing. */
struct mf_str mf_pl_left(struct mf_str s);
/* What stands before the first `c`, *rest behind it; all of s and an empty rest when there is none. */
struct mf_str mf_pl_split(struct mf_str s, char c, struct mf_str *rest);
/* The next line of *rest, without its end; false: no more. */
bool mf_pl_line(struct mf_str *rest, struct mf_str *line);
bool mf_pl_is_caseless(struct mf_str s, const char *text);
size_t mf_pl_find(struct mf_str s, const char *what);	/* SIZE_MAX: nowhere */
/* Without one pair of quotes. */
struct mf_str mf_pl_unquoted(struct mf_str s);
/* Cut and NUL-terminated. */
void mf_pl_z(char *out, size_t cap, struct mf_str s);

#endif
