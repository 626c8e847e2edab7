/* SPDX-License-Identifier: Apache-2.0 */
/* From the path that a person writes to the API's: KV version 2 has /data/ after the mount, which `bao kv get` hides. */
#include "vault.h"

#include <stdlib.h>
#include <mayfly/alloc.h>

size_t mf_vault_data_at(const char *path)
{
	size_t index = 0;

	for (const char *s = path; *s; index++) {
		size_t n = strcspn(s, "/");

		if (index && n == 4 && memcmp(s, "data", 4) == 0)
			return index;
		s += n;
		s += *s == '/';
	}
	return 0;
}

char *mf_vault_data_path(const char *path, size_t mount_len)
{
	size_t n = strlen(path);
	char *out = mf_calloc(n + 6, 1);

	if (!out)
		return NULL;
	memcpy(out, path, mount_len);
	memcpy(out + mount_len, "data/", 5);
	memcpy(out + mount_len + 5, path + mount_len, n - mount_len);
	return out;
}

bool mf_vault_read_mount(char **mount, bool *kv, bool *kv2, const struct mf_json *json)
{
	const struct mf_jnode *data = mf_json_get_z(mf_json_root(json), "data"), *options = mf_json_get_z(data, "options");
	const struct mf_jnode *version = mf_json_get_z(options, "version");
	struct mf_err ignored = { 0 };
	struct mf_str path, type;

	if (mf_json_need_str(&path, json, data, "path", &ignored) || mf_json_need_str(&type, json, data, "type", &ignored))
		return false;
	if (path.n < 2 || path.n > MF_REF_PATH_MAX || path.p[path.n - 1] != '/' || memchr(path.p, 0, path.n))
		return false;
	*mount = mf_strndup(path.p, path.n);
	*kv = mf_str_is(type, "kv") || mf_str_is(type, "generic");
	*kv2 = *kv && version && mf_str_is(mf_json_text(json, version), "2");
	return *mount != NULL;
}
