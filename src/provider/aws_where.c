/* SPDX-License-Identifier: Apache-2.0 */
/* Where AWS is: partitions, regions and the addresses of its services. */
#include "aws.h"

#include <stdio.h>

/* By how its regions begin; the first one takes all others. */
static const struct {
	const char *begins;
	struct mf_aws_partition partition;
} partitions[] = {
	{ "", { "aws", "amazonaws.com", "sts.amazonaws.com", "us-east-1", "iam.amazonaws.com" } },
	{ "cn-", { "aws-cn", "amazonaws.com.cn", "sts.amazonaws.com.cn", "cn-north-1", "iam.cn-north-1.amazonaws.com.cn" } },
	{ "us-gov-", { "aws-us-gov", "amazonaws.com", "sts.amazonaws.com", "us-gov-west-1", "iam.us-gov.amazonaws.com" } },
	{ "eusc-", { "aws-eusc", "amazonaws.eu", "sts.amazonaws.com", "eusc-de-east-1", "iam.eusc-de-east-1.amazonaws.eu" } },
	{ "us-iso-", { "aws-iso", "c2s.ic.gov", "sts.amazonaws.com", "us-iso-east-1", "iam.us-iso-east-1.c2s.ic.gov" } },
	{ "us-isob-", { "aws-iso-b", "sc2s.sgov.gov", "sts.amazonaws.com", "us-isob-east-1", "iam.us-isob-east-1.sc2s.sgov.gov" } },
	{ "eu-isoe-", { "aws-iso-e", "cloud.adc-e.uk", "sts.amazonaws.com", "eu-isoe-west-1", "iam.eu-isoe-west-1.cloud.adc-e.uk" } },
	{ "us-isof-", { "aws-iso-f", "csp.hci.ic.gov", "sts.amazonaws.com", "us-isof-south-1", "iam.us-isof-south-1.csp.hci.ic.gov" } },
};

const struct mf_aws_partition *mf_aws_partition_of(const char *region)
{
	for (size_t i = 1; i < MF_COUNT(partitions); i++)
		if (strncmp(region, partitions[i].begins, strlen(partitions[i].begins)) == 0)
			return &partitions[i].partition;
	return &partitions[0].partition;
}

const struct mf_aws_partition *mf_aws_partition_named(struct mf_str name)
{
	for (size_t i = 0; i < MF_COUNT(partitions); i++)
		if (mf_str_is(name, partitions[i].partition.name))
			return &partitions[i].partition;
	return NULL;
}

bool mf_aws_region_ok(const char *region)
{
	const size_t n = strlen(region);

	return n > 0 && n < MF_AWS_REGION && strspn(region, "abcdefghijklmnopqrstuvwxyz0123456789-") == n && region[0] != '-' && region[n - 1] != '-';
}

/* "" where none is named */
static int own_address(char out[static MF_AWS_HOST], const struct mf_conf *conf, enum mf_key own, struct mf_err *err)
{
	const char *url = mf_conf_str(conf, own);
	size_t n = url ? strlen(url) : 0;

	while (n && url[n - 1] == '/')
		n--;
	if (n >= MF_AWS_HOST)
		return mf_fail(err, MF_E_AWS_CONFIG, "%s: the address is too long", mf_conf_origin(conf, own));
	snprintf(out, MF_AWS_HOST, "%.*s", (int)n, n ? url : "");
	return 0;
}

int mf_aws_endpoint(char out[static MF_AWS_HOST], const struct mf_conf *conf, enum mf_key own, const char *service, const char *region, struct mf_err *err)
{
	if (own_address(out, conf, own, err))
		return -1;
	if (out[0])
		return 0;
	if (!region || !mf_aws_region_ok(region))
		return mf_fail(err, MF_E_AWS_CONFIG, "no region to ask %s in", service);
	snprintf(out, MF_AWS_HOST, "https://%s.%s.%s", service, region, mf_aws_partition_of(region)->suffix);
	return 0;
}

int mf_aws_iam(char out[static MF_AWS_HOST], const struct mf_conf *conf, const struct mf_aws_partition *partition, struct mf_err *err)
{
	if (own_address(out, conf, MF_K_AWS_IAM_URL, err))
		return -1;
	if (!out[0])
		snprintf(out, MF_AWS_HOST, "https://%s", partition->iam);
	return 0;
}

/* What stands before the next ':' */
static struct mf_str part(const char **at)
{
	const size_t n = strcspn(*at, ":");
	const struct mf_str s = { *at, n };

	*at += n + ((*at)[n] == ':');
	return s;
}

bool mf_aws_role_of(struct mf_aws_role *out, const char *arn)
{
	const char *at = arn, *slash;
	struct mf_str s;

	if (strlen(arn) >= MF_AWS_ARN || !mf_str_is(part(&at), "arn"))
		return false;
	out->partition = part(&at);
	if (!mf_str_begins(out->partition, "aws") || !mf_str_is(part(&at), "iam") || part(&at).n)
		return false;
	out->account = part(&at);
	if (out->account.n != 12 || strspn(out->account.p, "0123456789") != 12 || strncmp(at, "role/", 5) != 0)
		return false;
	slash = strrchr(at, '/');
	s = mf_str(slash + 1);
	out->name = s;
	for (const char *c = at + 5; *c; c++)
		if (*c <= ' ' || *c >= 0x7f || strchr("\"\\<>", *c))
			return false;
	return s.n > 0 && s.n <= 64;
}
