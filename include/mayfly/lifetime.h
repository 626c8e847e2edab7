/* SPDX-License-Identifier: Apache-2.0 */
/* How long a credential lives: a value and what stands around it -> plain facts; facts and a maximum -> a verdict. Nothing here asks anybody: the
 * facts come from the bytes, or from what is published of their format. Times are seconds since 1970-01-01 UTC, durations are seconds. */
#ifndef MAYFLY_LIFETIME_H
#define MAYFLY_LIFETIME_H

#include <mayfly/err.h>

/* -- facts ------------------------------------------------------------------------------------------ */

/* What a maximum is set for; the names are those of `lifetime.max` in .mayfly.yml. A person's SSH certificate and a machine's have defaults of their
 * own. */
enum mf_life_class {
	MF_LC_NONE,		/* nothing to limit: it is public, or opens nothing by itself */
	MF_LC_CI_TOKEN,
	MF_LC_HUMAN_SESSION,
	MF_LC_SERVICE_TOKEN,
	MF_LC_DATABASE,
	MF_LC_SSH,
	MF_LC_SSH_PERSON,
	MF_LC_TLS,
	MF_LC_TLS_CA,
	MF_LC_SECRET_ID,
	MF_LC_API_KEY,
	MF_LC_COUNT
};

/* How its lifetime is known. */
enum mf_life_known {
	MF_LIFE_UNKNOWN,	/* it may end, but only its issuer knows when */
	MF_LIFE_BY_FORMAT,	/* published for all credentials of this form */
	MF_LIFE_MEASURED,	/* the bytes say it, or what stood beside them */
	MF_LIFE_ASKED		/* its issuer has said it */
};

enum {
	MF_LIFE_STATIC = 1,	/* no end of its own: it lives until somebody revokes it */
	MF_LIFE_JOB_BOUND = 2,	/* the CI issued it for this job, and it dies with it */
	MF_LIFE_AT_MOST = 4,	/* `lifetime` is the longest that this form can have */
	MF_LIFE_AT_LEAST = 8,	/* nothing says when it was issued: `lifetime` is counted from now */
	MF_LIFE_EXPIRED = 16,	/* over for more than MF_LIFE_LEEWAY */
	MF_LIFE_NOT_YET = 32,	/* valid from a time that has not come */
	MF_LIFE_ABSURD = 64,	/* its dates cannot be meant: the end before the beginning, milliseconds, a year past 2400 */
	MF_LIFE_ENCRYPTED = 128,	/* a password is needed to use it, or to read what it says */
	MF_LIFE_NAME_ONLY = 256,	/* nothing but its name tells that it is a credential */
	MF_LIFE_KEY_BESIDE = 512	/* a certificate with its private key in the same value */
};

#define MF_LIFE_FOREVER INT64_MAX	/* of `lifetime` and `remaining`: no end */
#define MF_LIFE_LEEWAY 300		/* how far two clocks may be apart */

/* Plain facts: nothing in it opens anything. Texts are UTF-8 without control characters. */
struct mf_life {
	const char *kind;	/* "aws-access-key", "jwt", ...: static; NULL: no credential */
	const char *title;	/* "a long-lived AWS access key": static */
	enum mf_life_class class;
	enum mf_life_known known;
	unsigned flags;		/* MF_LIFE_... */
	int64_t issued;		/* or valid from; 0: not known */
	int64_t expires;	/* 0: not known, or never (MF_LIFE_STATIC) */
	int64_t lifetime;	/* from issue to expiry; MF_LIFE_FOREVER; -1: not known */
	int64_t remaining;	/* from now on: 0 when it is over, MF_LIFE_FOREVER, -1: not known */
	char account[96];	/* whose it is: "AWS account 123456789012", "issuer https://..." */
	char subject[128];	/* whom or what it stands for: a JWT's sub, a certificate's subject, a user */
	char note[160];		/* what a reader should know besides, or "" */
};

/* What is known of a value from around it; all of it may be empty. */
struct mf_life_hint {
	const char *name;	/* of the variable, the field, or the file that it is all of: "API_TOKEN", "auth.token", ".vault-token" */
	const char *class_name;	/* the class of the rule that found it ("api_key"), for a value without a form of its own */
	int64_t issued, expires;	/* that stood beside it; used where its own bytes say nothing */
	bool person;		/* a person's machine, no CI job */
};

/* Larger values are not looked into; they come out as MF_LIFE_UNKNOWN, of kind "large-value". */
#define MF_LIFE_VALUE_MAX ((size_t)1024 * 1024)

/* Says what the n bytes of `value` (borrowed, hostile, any length) are and how long that lives, at the time `now`. It may be a credential by itself
 * or wrapped: in quotes, base64, "Bearer ...", a URL, a connection string, a JSON document, a PEM text with several blocks. Of several the worst is
 * told: one without an end, then one that is unknown, then the one that lives longest. `out->kind` is NULL where there is none, also for documented
 * examples and placeholders; a name that promises a credential and has an empty value comes out as MF_LIFE_UNKNOWN, not as nothing. `hint` may be
 * NULL. A clock before 2024 is not believed: nothing is counted from it then. Copies of the value are wiped; a caller who measured all wipes the
 * stack (mf_wipe_stack). MF-BASE-01 is the only error. */
int mf_life_measure(struct mf_life *out, struct mf_str value, const struct mf_life_hint *hint, int64_t now, struct mf_err *err) MF_MUST_USE;

/* Works out lifetime, remaining and the flags that depend on the time from known, issued, expires and MF_LIFE_STATIC. For those who learn the dates
 * elsewhere, such as from a server's answer. A lifetime by format (known is MF_LIFE_BY_FORMAT, lifetime > 0) is kept. */
void mf_life_settle(struct mf_life *life, int64_t now);

/* -- the policy ------------------------------------------------------------------------------------- */

/* One class's defaults, each with its reason in a sentence. */
struct mf_life_rule {
	const char *name;	/* "ci_token" */
	const char *key;	/* in .mayfly.yml, under lifetime.max: "ci_token"; two classes may share one; NULL: none */
	int64_t max, strict;	/* the default maximum, and the one of lifetime.strict */
	int64_t rotate;		/* how old a stored secret of this class may get, 0: no rule */
	const char *reason;
};

/* Never NULL; a value that is no class gives MF_LC_NONE's, which has no maximum (MF_LIFE_FOREVER). Static. */
const struct mf_life_rule *mf_life_rule(enum mf_life_class class);
/* The class of that name; MF_LC_NONE for any other text and NULL. */
enum mf_life_class mf_life_class_by_name(const char *name);
/* "unknown", "by format", "measured", "asked" */
const char *mf_life_known_name(enum mf_life_known known);

enum mf_life_verdict {
	MF_LV_OK,
	MF_LV_TOO_LONG,		/* also what has no end */
	MF_LV_EXPIRED,		/* opens nothing any more: told, no failure by itself */
	MF_LV_UNKNOWN,		/* nothing shows that it ends in time: to be asked, or to be excused by name */
	MF_LV_JOB_BOUND		/* listed, and passes */
};

/* Judges the facts against a maximum in seconds (MF_LIFE_FOREVER: none). `job_max` caps what is bound to the job, where its lifetime is known; 0: no
 * cap. A lifetime that equals its maximum is OK, and so is one that was measured and is longer by what issuers date back: a tenth, MF_LIFE_LEEWAY at
 * most. */
enum mf_life_verdict mf_life_judge(const struct mf_life *life, int64_t max, int64_t job_max);
/* "ok", "too long", "expired", "unknown", "job-bound" */
const char *mf_life_verdict_name(enum mf_life_verdict v);

#endif
