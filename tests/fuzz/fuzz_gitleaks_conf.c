/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as a .gitleaks.toml, added to our rules and in their place: what is accepted is complete and sorted. The first byte says which. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <mayfly/log.h>
#include <mayfly/rules.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define CHECK(condition) do { if (!(condition)) abort(); } while (0)

static void check_allow(const struct mf_allowlist *a)
{
	CHECK(a->n_regexes + a->n_paths + a->n_commits + a->n_stopwords > 0);
	for (size_t i = 0; i < a->n_regexes; i++)
		CHECK(a->regexes[i]);
	for (size_t i = 0; i < a->n_paths; i++)
		CHECK(a->paths[i]);
}

static void check_rule(const struct mf_rule *r)
{
	CHECK(r->id && *r->id && r->title && r->opens && r->revoke && r->source && r->lifetime);
	CHECK(r->regex || r->path);
	CHECK(mf_rule_is(r, mf_str(r->id)));
	for (size_t i = 0; i < r->n_allow; i++)
		check_allow(&r->allow[i]);
	for (size_t i = 0; i < r->n_keywords; i++)
		CHECK(r->keywords[i]);
}

static FILE *nowhere;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct mf_rules_opts o = { .gitleaks = size && data[0] == '#' };
	struct mf_ruleset set;
	struct mf_err err = { 0 };

	/* no file but the input is read */
	for (size_t i = 0; i + 4 <= size; i++)
		if (memcmp(data + i, "path", 4) == 0 && i + 5 < size && data[i + 4] != 's')
			return 0;
	if (!nowhere)
		nowhere = fopen("/dev/null", "we");
	CHECK(nowhere);
	mf_log_setup(nowhere, MF_LOG_QUIET, MF_DRESS_PLAIN);
	o.config_text = (struct mf_str){ .p = size ? (const char *)data : "", .n = size };
	if (mf_rules_load(&set, &o, &err)) {
		CHECK(err.id && *err.what);
		return 0;
	}
	for (size_t i = 0; i < set.n_rules; i++)
		check_rule(set.rules[i]);
	for (size_t i = 0; i < set.n_allow; i++)
		check_allow(&set.allow[i]);
	mf_rules_free(&set);
	return 0;
}
