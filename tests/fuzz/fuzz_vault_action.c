/* SPDX-License-Identifier: Apache-2.0 */
/* vault-action's grammars: entries become wants whose parts hold together, or an error of ours. */
#include <stdint.h>
#include <stdlib.h>

#include <mayfly/conf.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define CHECK(condition) do { if (!(condition)) abort(); } while (0)

static void read_with(int (*add)(struct mf_conf *, struct mf_str, const struct mf_vault_action_rules *, struct mf_err *), struct mf_str text)
{
	static const struct mf_vault_action_rules rules = { .export_env = true, .encoding = "base64" };
	struct mf_conf *c;
	struct mf_err err = { 0 };

	CHECK(mf_conf_new(&c, &err) == 0);
	if (add(c, text, &rules, &err))
		CHECK(err.id && err.code == MF_USAGE);
	for (size_t i = 0; i < mf_conf_wants(c); i++) {
		const struct mf_want *w = mf_conf_want(c, i);

		CHECK(w->ref.scheme == MF_REF_VAULT && w->ref.compat && w->ref.path[0] && w->ref.path[0] != '/');
		CHECK(w->ref.select == MF_SEL_ALL ? !w->name : w->name && w->output);
		CHECK(w->ref.select != MF_SEL_KEY || w->ref.field);
	}
	mf_conf_free(c);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct mf_str text = { (const char *)data, size };

	read_with(mf_conf_add_vault_action, text);
	read_with(mf_conf_add_vault_pki, text);
	return 0;
}
