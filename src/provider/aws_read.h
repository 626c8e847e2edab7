/* SPDX-License-Identifier: Apache-2.0 */
/* What the files share that read Secrets Manager and Parameter Store. Sources: AWS Secrets Manager API reference (2017-10-17: GetSecretValue,
 * BatchGetSecretValue); AWS Systems Manager API reference (2014-11-06: GetParameter, GetParameters, GetParametersByPath). */
#ifndef MAYFLY_PROVIDER_AWS_READ_H
#define MAYFLY_PROVIDER_AWS_READ_H

#include "aws.h"

enum {
	MF_AWS_BATCH_SECRETS = 20, MF_AWS_BATCH_PARAMETERS = 10,	/* of one request: the services' own limits */
	MF_AWS_NEXT = 8192,		/* bytes of a page's token */
	MF_AWS_PAGES = 1000		/* of one list */
};

/* What a reference asks for. The name is a view into its path. */
struct mf_aws_item {
	bool ssm;			/* of Parameter Store; else of Secrets Manager */
	bool many;			/* whatever begins so (Secrets Manager), or lies below (Parameter Store) */
	struct mf_str name;		/* without '*' */
	char region[MF_AWS_REGION];
};
void mf_aws_item_of(struct mf_aws_item *out, const struct mf_ref *ref, const struct mf_conf *conf);

/* Regions and addresses of all references of the configuration. MF-AWS-01. */
int mf_aws_check_refs(const struct mf_conf *conf, struct mf_err *err) MF_MUST_USE;

enum mf_aws_op { MF_AWS_SECRET, MF_AWS_SECRETS, MF_AWS_SECRETS_LIKE, MF_AWS_PARAMETER, MF_AWS_PARAMETERS, MF_AWS_PARAMETERS_BELOW };

/* One request, and which of the references it is for. */
struct mf_aws_call {
	enum mf_aws_op op;
	size_t of[MF_AWS_BATCH_SECRETS], n;
	char *next;			/* where the page before ended, or NULL; owned */
	size_t page;
};

/* One reference on its way. */
struct mf_aws_read {
	const struct mf_ref *ref;
	struct mf_aws_item item;
	struct mf_doc *doc;
	struct mf_err *err;		/* without an id: it has not failed */
	struct mf_secret *list;		/* of many: the object that grows, without its end */
	size_t found;
	bool done;
};

/* -- aws_request.c -- */

/* The body of a call in JSON; NULL with `err`. */
struct mf_secret *mf_aws_request(const struct mf_aws_call *call, const struct mf_aws_read *reads, struct mf_err *err);
const char *mf_aws_target(enum mf_aws_op op);		/* the header X-Amz-Target */
unsigned mf_aws_room(enum mf_aws_op op);		/* references in one call */

/* -- aws_value.c: values out of answers -- */

/* A secret of `n`, an object with SecretString or SecretBinary, or a parameter with Value. MF-AWS-03 where it is something else, or about something else. */
int mf_aws_take_secret(struct mf_aws_read *r, const struct mf_json *json, const struct mf_jnode *n, struct mf_err *err) MF_MUST_USE;
int mf_aws_take_parameter(struct mf_aws_read *r, const struct mf_json *json, const struct mf_jnode *n, struct mf_err *err) MF_MUST_USE;

/* Whether `n` is what was asked for. */
bool mf_aws_is_secret(const struct mf_aws_read *r, const struct mf_json *json, const struct mf_jnode *n);
bool mf_aws_is_parameter(const struct mf_aws_read *r, const struct mf_json *json, const struct mf_jnode *n);

/* Each of a list into r->list; `most` is aws.limit. MF-AWS-03, MF-AWS-09. */
int mf_aws_take_list(struct mf_aws_read *r, const struct mf_json *json, const struct mf_jnode *list, int64_t most, struct mf_err *err) MF_MUST_USE;
/* The list becomes the document. */
int mf_aws_end_list(struct mf_aws_read *r, struct mf_err *err) MF_MUST_USE;

/* -- aws_denied.c -- */

/* Why one reference was refused, into r->err; `status` 200 for one of many. */
void mf_aws_denied(struct mf_aws_read *r, const struct mf_aws_error *error, const struct mf_resp *resp, enum mf_aws_op op, const struct mf_cred *cred);

/* -- aws_read.c -- */
int mf_aws_fetch(struct mf_cred *cred, struct mf_http *http, const struct mf_ref *const *refs, size_t n, struct mf_doc *docs, struct mf_err *errs) MF_MUST_USE;

#endif
