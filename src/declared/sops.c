/* SPDX-License-Identifier: Apache-2.0 */
/* Files that SOPS encrypted long ago. It writes when into the file: as JSON (of any other file, too), at the end of a .env, in a section of an .ini; that
 * of YAML is read where its documents are. */
#include "ci.h"

#include <mayfly/clock.h>
#include <mayfly/json.h>

#define SOPS_MAX (INT64_C(90) * 86400)

/* By name, as reading every .json would be dear. */
static bool wants(const char *path)
{
	static const char *const words[] = { "secret", "sops", "encrypted", "creds", "credential", ".enc." }, *const ends[] = { ".enc", ".sops", ".ini" };
	const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;

	for (size_t i = 0; i < MF_COUNT(ends); i++)
		if (mf_dc_ends(name, ends[i]))
			return true;
	if (!mf_dc_ends(name, ".json") && !strstr(name, ".env"))
		return false;
	for (size_t i = 0; i < MF_COUNT(words); i++)
		if (strstr(name, words[i]))
			return true;
	return false;
}

int mf_dc_sops_old(struct mf_check *c, const struct mf_check_place *at, struct mf_str when, struct mf_err *err)
{
	struct mf_check_item *item;
	int64_t t;

	if (!mf_time_parse(&t, when) || c->now - t <= SOPS_MAX)
		return 0;
	if (mf_check_habit(c, at, "sops-old", &item, err))
		return -1;
	return item ? mf_check_text(&item->why, err, "it was encrypted %lld days ago, and its data key is at least that old", (long long)((c->now - t) / 86400)) : 0;
}

static int json(const struct mf_dc_file *f, struct mf_check *c, struct mf_err *err)
{
	struct mf_json *doc = NULL;
	struct mf_err why = { 0 };
	const struct mf_jnode *s;
	int rc = 0;

	if (!mf_dc_has(f->bytes, "\"sops\"") || mf_json_parse(&doc, f->bytes.p, f->bytes.n, &why))
		return 0;
	s = mf_json_get_z(mf_json_root(doc), "sops");
	if (mf_json_get_z(s, "mac")) {
		const struct mf_str when = mf_json_text(doc, mf_json_get_z(s, "lastmodified"));
		const size_t found = mf_dc_seek(f->bytes, 0, when);
		const struct mf_check_place at = mf_dc_at(f, MF_CHECK_REPO, found == SIZE_MAX ? 0 : found, when.n, "sops.lastmodified");

		rc = mf_dc_sops_old(c, &at, when, err);
	}
	mf_json_free(doc);
	return rc;
}

/* The value of a line `NAME = value`, blanks and quotes aside; n 0: it is another line. */
static struct mf_str value_of(struct mf_str line, const char *name)
{
	const size_t n = strlen(name);
	struct mf_str v = mf_trim(line);

	if (!mf_str_begins(v, name))
		return (struct mf_str){ 0 };
	v = mf_trim((struct mf_str){ .p = v.p + n, .n = v.n - n });
	if (!v.n || v.p[0] != '=')
		return (struct mf_str){ 0 };
	v = mf_trim((struct mf_str){ .p = v.p + 1, .n = v.n - 1 });
	if (v.n >= 2 && v.p[0] == '"' && v.p[v.n - 1] == '"')
		v = (struct mf_str){ .p = v.p + 1, .n = v.n - 2 };
	return v;
}

int mf_dc_sops(const struct mf_dc_file *f, struct mf_check *c, struct mf_err *err)
{
	struct mf_str line, when = { 0 };
	bool section = false, mac = false;
	size_t pos = 0;

	if (f->bytes.n && f->bytes.p[0] == '{')
		return json(f, c, err);
	if (!mf_dc_has(f->bytes, "sops"))
		return 0;
	while (mf_dc_line(f->bytes, &pos, &line)) {
		const struct mf_str s = mf_trim(line), v = value_of(s, section ? "lastmodified" : "sops_lastmodified");

		if (s.n && s.p[0] == '[')
			section = mf_str_is(s, "[sops]");
		when = v.n ? v : when;
		mac |= value_of(s, section ? "mac" : "sops_mac").n > 0;
	}
	if (mac && when.n) {
		const struct mf_check_place at = mf_dc_at(f, MF_CHECK_REPO, (size_t)(when.p - f->bytes.p), when.n, "sops.lastmodified");

		return mf_dc_sops_old(c, &at, when, err);
	}
	return 0;
}

static int check(const struct mf_declared *d, const struct mf_dc_file *f, struct mf_check *c, struct mf_err *err)
{
	(void)d;
	return mf_dc_sops(f, c, err);
}

const struct mf_dc_family mf_dc_encrypted = { .name = "file of SOPS", .quiet = true, .wants = wants, .check = check };
