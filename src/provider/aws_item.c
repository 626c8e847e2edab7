/* SPDX-License-Identifier: Apache-2.0 */
/* References of AWS: which service, which region, one or many. */
#include "aws_read.h"

#include <stdio.h>

/* arn:aws:secretsmanager:REGION:... */
static struct mf_str region_of(struct mf_str arn)
{
	const char *at = arn.p, *end = arn.p + arn.n;

	for (int colons = 0; at < end && colons < 3; at++)
		colons += *at == ':';
	return (struct mf_str){ at, at < end ? (size_t)((const char *)(memchr(at, ':', (size_t)(end - at)) ? memchr(at, ':', (size_t)(end - at)) : end) - at) : 0 };
}

void mf_aws_item_of(struct mf_aws_item *out, const struct mf_ref *ref, const struct mf_conf *conf)
{
	const char *set = mf_conf_str(conf, MF_K_AWS_REGION);
	const size_t n = strlen(ref->path);
	struct mf_str region = mf_str(ref->region ? ref->region : set ? set : "");

	*out = (struct mf_aws_item){ .ssm = ref->scheme == MF_REF_AWS_SSM, .many = n && ref->path[n - 1] == '*', .name = { ref->path, n } };
	out->name.n -= out->many;
	if (!ref->region && mf_str_begins(out->name, "arn:") && region_of(out->name).n)
		region = region_of(out->name);
	snprintf(out->region, sizeof(out->region), "%.*s", (int)(region.n < sizeof(out->region) ? region.n : 0), region.p);
}

static int check_ref(const struct mf_want *want, const struct mf_conf *conf, struct mf_err *err)
{
	const char *own = mf_aws_partition_of(mf_conf_str(conf, MF_K_AWS_REGION))->name;
	struct mf_aws_item item;

	mf_aws_item_of(&item, &want->ref, conf);
	if (!mf_aws_region_ok(item.region)) {
		mf_fail(err, MF_E_AWS_CONFIG, "'%s' has no region that could be asked", want->ref.path);
		mf_err_why(err, "asked for by %s", want->origin);
		return -1;
	}
	if (strcmp(mf_aws_partition_of(item.region)->name, own) == 0)
		return 0;
	mf_fail(err, MF_E_AWS_CONFIG, "'%s' is in region '%s', where the login is not valid", want->ref.path, item.region);
	mf_err_why(err, "the login is of the partition '%s', the region of '%s'; asked for by %s", own, mf_aws_partition_of(item.region)->name, want->origin);
	return -1;
}

int mf_aws_check_refs(const struct mf_conf *conf, struct mf_err *err)
{
	const int64_t limit = mf_conf_int(conf, MF_K_AWS_LIMIT);

	if (limit < 1 || limit > 2000) {
		mf_fail(err, MF_E_AWS_CONFIG, "%s: a limit is a number from 1 to 2000", mf_conf_origin(conf, MF_K_AWS_LIMIT));
		return -1;
	}
	for (size_t i = 0; i < mf_conf_wants(conf); i++)
		if ((mf_provider_aws.schemes & 1u << mf_conf_want(conf, i)->ref.scheme) && check_ref(mf_conf_want(conf, i), conf, err))
			return -1;
	return 0;
}
