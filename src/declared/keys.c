/* SPDX-License-Identifier: Apache-2.0 */
/* Certificates, keys and key stores, each file as one value. */
#include "ci.h"

static bool wants(const char *path)
{
	static const char *const suffixes[] = { ".pem", ".crt", ".cer", ".key", ".p12", ".pfx", ".jks", "-cert.pub" };
	const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;

	for (size_t i = 0; i < MF_COUNT(suffixes); i++)
		if (mf_dc_ends(path, suffixes[i]))
			return true;
	return strncmp(name, "id_", 3) == 0 && !strchr(name, '.');
}

static int check(const struct mf_declared *d, const struct mf_dc_file *f, struct mf_check *c, struct mf_err *err)
{
	const char *slash = strrchr(f->path, '/');
	struct mf_check_place at = { .from = MF_CHECK_REPO, .path = f->path, .line = 1, .col = 1 };
	const struct mf_life_hint hint = { .name = slash ? slash + 1 : f->path };
	struct mf_life life;

	(void)d;
	if (!f->bytes.n)
		return 0;
	if (mf_life_measure(&life, f->bytes, &hint, c->now, err))
		return -1;
	/* a text in such a file that is none of its kinds is no credential by the file's name */
	if (!life.kind || (life.flags & MF_LIFE_NAME_ONLY) || life.class == MF_LC_NONE)
		return 0;
	return mf_check_value(c, &at, f->bytes, &hint, NULL, err);
}

const struct mf_dc_family mf_dc_keys = { .name = "certificate or key", .wants = wants, .check = check };
