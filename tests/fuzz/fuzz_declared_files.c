/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as a file of a family that its first byte chooses: what is told lies in the file. */
#include <stdint.h>
#include <stdlib.h>

#include "../../src/declared/declared_priv.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define CHECK(condition) do { if (!(condition)) abort(); } while (0)

static const struct { const struct mf_dc_family *family; const char *path; } families[] = {
	{ &mf_dc_gitlab, ".gitlab-ci.yml" }, { &mf_dc_circleci, ".circleci/config.yml" }, { &mf_dc_azure, "azure-pipelines.yml" },
	{ &mf_dc_bitbucket, "bitbucket-pipelines.yml" }, { &mf_dc_jenkins, "Jenkinsfile" }, { &mf_dc_docker, "Dockerfile" },
	{ &mf_dc_manifest, "k8s/dev/secret.yaml" }, { &mf_dc_encrypted, "secret.json" }, { &mf_dc_vault_policy, "p.hcl" }, { &mf_dc_env_file, ".env" },
	{ &mf_dc_keys, "id_rsa" }, { &mf_dc_encrypted, ".env.enc" }, { &mf_dc_encrypted, "a.ini" }, { &mf_dc_vault_policy, "a.tf" },
	{ &mf_dc_vault_policy, "ci-policy.json" }, { &mf_dc_github, ".github/workflows/a.yml" },
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct mf_check c = { .now = INT64_C(1800000000) };
	struct mf_dc_file f = { 0 };
	struct mf_declared d = { .v = &f, .n = 1 };
	struct mf_err err = { 0 };
	unsigned lines = 1;

	if (size == 0)
		return 0;
	/* from '!' on, so that a corpus is text, and another family changes the choice of none */
	f.family = families[(uint8_t)(data[0] - '!') % MF_COUNT(families)].family;
	f.path = (char *)(uintptr_t)families[(uint8_t)(data[0] - '!') % MF_COUNT(families)].path;
	f.bytes = (struct mf_str){ .p = (const char *)data + 1, .n = size - 1 };
	for (size_t i = 1; i < size; i++)
		lines += data[i] == '\n';
	CHECK(f.family->wants(f.path));
	if (f.family->yaml && mf_yaml_parse(&f.yaml, f.path, f.bytes.p, f.bytes.n, &err))
		return 0;
	CHECK(f.family->check(&d, &f, &c, &err) == 0);
	for (size_t i = 0; i < c.list.n; i++) {
		CHECK(c.list.v[i].line >= 1 && c.list.v[i].line <= lines && c.list.v[i].col >= 1);
		CHECK(c.list.v[i].rule && c.list.v[i].title);
	}
	mf_check_list_free(&c.list);
	mf_yaml_free(f.yaml);
	return 0;
}
