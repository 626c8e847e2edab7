/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of the AWS provider share. Sources: AWS STS API reference (2011-06-15); IAM user guide, "AWS STS session tags", "IAM and STS quotas";
 * AWS General Reference, "AWS service endpoints". */
#ifndef MAYFLY_PROVIDER_AWS_H
#define MAYFLY_PROVIDER_AWS_H

#include <mayfly/provider.h>

enum {
	MF_AWS_HOST = 300,		/* bytes of a service's address */
	MF_AWS_REGION = 40,		/* bytes of a region */
	MF_AWS_ARN = 2049,		/* of a role: 2048 characters */
	MF_AWS_ACCOUNT = 13,		/* 12 digits */
	MF_AWS_SESSION = 65,		/* of a session's name: 64 characters */
	MF_AWS_CHAIN = 8,		/* roles behind the first */
	MF_AWS_TAGS = 50,		/* of a session */
	MF_AWS_TEXT = 400		/* of what a server says */
};

enum mf_aws_source { MF_AWS_OIDC, MF_AWS_FILE, MF_AWS_ENVIRONMENT, MF_AWS_CONTAINER, MF_AWS_INSTANCE };

/* An access key, long-lived or of a session. */
struct mf_aws_keys {
	struct mf_secret *id, *secret, *token;	/* token: NULL for a key that is of no session */
	int64_t expires, ttl;		/* epoch seconds, seconds at issue; 0: not known */
};
void mf_aws_keys_free(struct mf_aws_keys *k);	/* wipes and zeroes it */

/* What hangs on mf_cred.priv. */
struct mf_aws_priv {
	struct mf_aws_keys keys;
	bool own;			/* the keys were obtained here; false for those that the job had */
	struct mf_secret *assertion;	/* the identity token: cut out of what servers say; NULL without one */
	char account[MF_AWS_ACCOUNT], arn[MF_AWS_ARN];	/* who the keys are */
	const struct mf_conf *conf;	/* borrowed */
};

/* -- aws.c -- */

enum mf_aws_source mf_aws_source(const struct mf_conf *conf);
bool mf_aws_machine(const struct mf_conf *conf);	/* MF_AWS_CONTAINER or MF_AWS_INSTANCE */
bool mf_aws_exports(const struct mf_conf *conf);

/* -- aws_where.c: partitions, regions, addresses -- */

/* One of AWS's partitions; all texts are static. */
struct mf_aws_partition {
	const char *name;		/* "aws-cn", as it stands in an ARN */
	const char *suffix;		/* "amazonaws.com.cn" */
	const char *audience;		/* that identity tokens for STS have by default */
	const char *home, *iam;		/* the region that requests to IAM are signed for, and IAM's host: there is one of each */
};
const struct mf_aws_partition *mf_aws_partition_of(const char *region);	/* of any region, "" too */
const struct mf_aws_partition *mf_aws_partition_named(struct mf_str name);	/* NULL: there is none */

bool mf_aws_region_ok(const char *region);	/* letters, digits and hyphens, as in a host's name */

/* The address of a service without a slash at its end: what `own` (a key of the configuration) says, or the region's. MF-AWS-01 when there is no region. */
int mf_aws_endpoint(char out[static MF_AWS_HOST], const struct mf_conf *conf, enum mf_key own, const char *service, const char *region, struct mf_err *err) MF_MUST_USE;

int mf_aws_iam(char out[static MF_AWS_HOST], const struct mf_conf *conf, const struct mf_aws_partition *partition, struct mf_err *err) MF_MUST_USE;

/* A role's ARN taken apart; views into it. false: it is none. */
struct mf_aws_role { struct mf_str partition, account, name; };	/* name: the last part of its path */
bool mf_aws_role_of(struct mf_aws_role *out, const char *arn);

/* -- aws_settings.c -- */

struct mf_aws_tag { struct mf_str key, value; bool optional; };

/* Tags of the configuration, the optional ones last. *n <= MF_AWS_TAGS. MF-AWS-01. */
int mf_aws_tags(struct mf_aws_tag out[static MF_AWS_TAGS], size_t *n, const struct mf_conf *conf, struct mf_err *err) MF_MUST_USE;

/* All that can be known to be wrong without a request. MF-AWS-01. */
int mf_aws_check(const struct mf_conf *conf, struct mf_err *err) MF_MUST_USE;

/* The session's name: the configured one, or what the claims say of repository and run. */
void mf_aws_session_name(char out[static MF_AWS_SESSION], const struct mf_conf *conf, const struct mf_claims *claims);

/* -- aws_sts.c: requests to STS -- */

/* What one role is asked for. */
struct mf_aws_ask {
	const char *role, *session;
	int64_t duration;		/* seconds */
	bool last;			/* the session is what the job gets: session policies go with it */
	bool first;			/* it begins a chain: tags go with it */
	bool lean;			/* without the optional tags */
};

/* Role by identity token, and by keys. `arn` gets the session's. On a refusal `err` is MF-AWS-02 with why, sent, hint and advice. */
int mf_aws_by_token(struct mf_aws_keys *out, char arn[static MF_AWS_ARN], const struct mf_aws_ask *ask, const struct mf_cred *cred, struct mf_http *http,
		    const struct mf_claims *claims, struct mf_err *err) MF_MUST_USE;
int mf_aws_by_keys(struct mf_aws_keys *out, char arn[static MF_AWS_ARN], const struct mf_aws_ask *ask, const struct mf_aws_keys *with, const struct mf_cred *cred,
		   struct mf_http *http, struct mf_err *err) MF_MUST_USE;

/* Whose keys these are: GetCallerIdentity. */
int mf_aws_who(char account[static MF_AWS_ACCOUNT], char arn[static MF_AWS_ARN], const struct mf_aws_keys *keys, const struct mf_cred *cred,
	       struct mf_http *http, struct mf_err *err) MF_MUST_USE;

/* -- aws_answer.c: what comes back -- */

/* Whether an answer with status 400 or more asks for another try: throttling, and an issuer that STS could not reach. */
bool mf_aws_again(long status, const struct mf_secret *body);

/* An error of AWS, in XML or JSON. code: "AccessDenied", "" where there is none; text: its words in one line, without what was sent as a secret. */
struct mf_aws_error { char code[64], text[MF_AWS_TEXT]; };
void mf_aws_read_error(struct mf_aws_error *out, const struct mf_secret *body, const struct mf_cred *cred);
/* The same of its parts, where one answer has several. */
void mf_aws_make_error(struct mf_aws_error *out, struct mf_str code, struct mf_str text, const struct mf_cred *cred);

/* Whether an answer says no more than to come again later; MF-AWS-04 for it, and MF-AWS-03 for an answer that nobody of AWS gave. */
bool mf_aws_busy(const struct mf_resp *resp);
int mf_aws_unavailable(const struct mf_resp *resp, const struct mf_aws_error *error, const char *what, struct mf_err *err);
int mf_aws_stranger(const struct mf_resp *resp, const char *service, struct mf_err *err);

/* `Credentials` and the session's ARN under the named result ("AssumeRoleResult"). `role`: whose session it has to be. MF-AWS-03. */
int mf_aws_read_keys(struct mf_aws_keys *out, char arn[static MF_AWS_ARN], const struct mf_secret *body, const char *result, const char *role, int64_t now,
		     struct mf_err *err) MF_MUST_USE;

int mf_aws_read_who(char account[static MF_AWS_ACCOUNT], char arn[static MF_AWS_ARN], const struct mf_secret *body, struct mf_err *err) MF_MUST_USE;

/* "123456789012" of an ARN; "" */
void mf_aws_account_of(char out[static MF_AWS_ACCOUNT], const char *arn);

/* In place. */
void mf_aws_hide(const struct mf_cred *cred, char *text);

/* -- aws_machine.c: ECS, EKS Pod Identity, EC2 -- */
int mf_aws_machine_check(const struct mf_conf *conf, struct mf_err *err) MF_MUST_USE;
int mf_aws_machine_keys(struct mf_aws_keys *out, const struct mf_conf *conf, struct mf_http *http, struct mf_err *err) MF_MUST_USE;
int mf_aws_read_machine(struct mf_aws_keys *out, const struct mf_json *json, int64_t now, struct mf_err *err) MF_MUST_USE;

/* -- aws_profile.c: files and texts for AWS's own programs -- */

/* A credentials file (INI) with these keys as a profile: what is in `old` stays, but for an earlier profile of that name. */
/* The file that there is (AWS_SHARED_CREDENTIALS_FILE, ~/.aws/credentials); *out NULL where there is none. MF-FS-.. where it cannot be read. */
int mf_aws_old_profiles(struct mf_secret **out, struct mf_err *err) MF_MUST_USE;
int mf_aws_profile(struct mf_secret **out, const char *name, const struct mf_aws_keys *keys, const struct mf_secret *old, struct mf_err *err) MF_MUST_USE;

/* -- aws_explain.c -- */

/* What is known of a refused login. */
struct mf_aws_refusal {
	long status;
	const struct mf_aws_error *error;
	const struct mf_claims *claims;	/* NULL: no identity token was sent */
	const char *role;
	const struct mf_conf *conf;
	int64_t date;			/* the server's time, or 0 */
	int64_t duration;
};
/* why, sent, hint, note and advice into an error that is filled. */
void mf_aws_explain(const struct mf_aws_refusal *r, struct mf_err *err);

/* -- aws_trust.c -- */
int mf_aws_trust(const struct mf_conf *conf, struct mf_http *http, const struct mf_identity *who, struct mf_buf *out, struct mf_err *err) MF_MUST_USE;

/* -- aws_login.c -- */

/* A login to look at a role with, and not to be handed over: the keys that the job or the machine has, as they are; where it has none, what mf_aws_exchange() gives. */
int mf_aws_looking(const struct mf_conf *conf, struct mf_http *http, const struct mf_identity *who, struct mf_cred *out, struct mf_err *err) MF_MUST_USE;
int mf_aws_exchange(const struct mf_conf *conf, struct mf_http *http, const struct mf_identity *who, struct mf_cred *out, struct mf_err *err) MF_MUST_USE;

#endif
