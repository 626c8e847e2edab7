/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as a file that tools read: the first byte chooses which. A byte 0x01 and one more stand for a token that nobody issued. */
#include <stdint.h>
#include <stdlib.h>

#include <mayfly/enc.h>
#include <mayfly/places.h>
#include "tokens.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define CHECK(condition) do { if (!(condition)) abort(); } while (0)
#define NOW INT64_C(1800000000)

static const char *const paths[] = {
	".aws/credentials", ".pypirc", ".boto", ".git/config", ".git-credentials", ".netrc", ".npmrc", ".yarnrc.yml", ".docker/config.json", ".dockercfg",
	"application_default_credentials.json", "gcloud/credentials.db", ".azure/msal_token_cache.json", ".azure/accessTokens.json",
	".terraform.d/credentials.tfrc.json", ".terraformrc", ".kube/config", ".config/gh/hosts.yml", ".vault-token", ".m2/settings.xml", "gradle.properties",
	"nuget.config", ".cargo/credentials.toml", "sops/age/keys.txt", ".pgpass", "of no kind", "pip.conf",
};

static void shown(const char *text)
{
	size_t n = text ? strlen(text) : 0;

	CHECK(n == 0 || mf_utf8_valid(text, n));
	for (size_t i = 0; i < n; i++)
		CHECK((unsigned char)text[i] >= 0x20);
}

/* A place lies in the text. */
static void within(const struct mf_check_item *it, const char *text, size_t n)
{
	unsigned line = 1, col = 1, widest = 1, last;

	for (size_t i = 0; i < n; i++) {
		col = text[i] == '\n' ? 1 : col + 1;
		line += text[i] == '\n';
		widest = col > widest ? col : widest;
	}
	/* U+2028 and a lone CR end a line for YAML alone */
	last = line;
	for (size_t i = 0; i < n; i++)
		last += text[i] == '\r' || (unsigned char)text[i] == 0xe2 || (unsigned char)text[i] == 0xc2;
	CHECK(it->line >= 1 && it->line <= last + 1 && it->col >= 1 && it->col <= widest + 1);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct mf_check c = { .now = NOW };
	struct mf_err err = { 0 };
	const char *path;
	struct mf_str text;
	char *bytes;

	if (size < 1)
		return 0;
	path = paths[data[0] % MF_COUNT(paths)];
	bytes = fuzz_expand(data + 1, size - 1, &text.n);
	text.p = bytes;
	CHECK(mf_places_file(&c, MF_CHECK_HOME, path, text, &err) == 0);
	CHECK(c.list.n <= MF_CHECK_ITEMS_MAX && c.list.n_notes <= MF_CHECK_NOTES_MAX);
	for (size_t i = 0; i < c.list.n; i++) {
		shown(c.list.v[i].name);
		shown(c.list.v[i].path);
		shown(c.list.v[i].shown);
		CHECK(c.list.v[i].rule && c.list.v[i].title && c.list.v[i].life.kind);
		if (text.n)
			within(&c.list.v[i], text.p, text.n);
	}
	for (size_t i = 0; i < c.list.n_notes; i++)
		shown(c.list.notes[i].what);
	mf_check_list_free(&c.list);
	free(bytes);
	return 0;
}
