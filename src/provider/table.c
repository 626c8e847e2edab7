/* SPDX-License-Identifier: Apache-2.0 */
/* The providers that there are, and what they share. */
#include <mayfly/provider.h>

const struct mf_provider *const mf_providers[MF_PROVIDERS] = { &mf_provider_vault, &mf_provider_aws, &mf_provider_gcp, &mf_provider_azure,
							    &mf_provider_github, &mf_provider_publish };

const struct mf_provider *mf_provider_find(const char *name)
{
	for (size_t i = 0; name && i < MF_PROVIDERS; i++)
		if (strcmp(mf_providers[i]->name, name) == 0)
			return mf_providers[i];
	return NULL;
}

const struct mf_provider *mf_provider_of(enum mf_scheme scheme)
{
	for (size_t i = 0; i < MF_PROVIDERS; i++)
		if (mf_providers[i]->schemes & 1u << scheme)
			return mf_providers[i];
	return NULL;
}

bool mf_provider_reads(const struct mf_provider *p, const struct mf_conf *conf)
{
	for (size_t i = 0; i < mf_conf_wants(conf); i++)
		if (p->schemes & 1u << mf_conf_want(conf, i)->ref.scheme)
			return true;
	return false;
}

bool mf_provider_needed(const struct mf_provider *p, const struct mf_conf *conf)
{
	return p->wanted(conf) || mf_provider_reads(p, conf);
}

int mf_provider_http_conf(struct mf_http_conf *out, const struct mf_conf *conf, struct mf_err *err)
{
	int64_t timeout = mf_conf_int(conf, MF_K_TIMEOUT), tries = mf_conf_int(conf, MF_K_TRIES);

	if (timeout <= 0 || timeout > 86400)
		return mf_fail(err, MF_E_CONF_VALUE, "a timeout of %lld s cannot be used", (long long)timeout);
	*out = (struct mf_http_conf){
		.ca_file = mf_conf_str(conf, MF_K_CA_FILE),
		.allow_http = mf_conf_bool(conf, MF_K_ALLOW_HTTP),
		.deadline_ms = (unsigned)timeout * 1000,
		.tries = tries > 0 && tries <= 100 ? (unsigned)tries : 0,
	};
	return 0;
}
