/* SPDX-License-Identifier: Apache-2.0 */
/* .terraformrc: `credentials "app.terraform.io" { token = "..." }` */
#include "places_priv.h"

/* The text between the first two quotes. */
static struct mf_str quoted(struct mf_str s)
{
	struct mf_str rest;

	mf_pl_split(s, '"', &rest);
	return mf_pl_split(rest, '"', &rest);
}

int mf_pl_terraformrc(struct mf_pl *p)
{
	struct mf_str rest = p->text, line, host = { 0 };
	char name[MF_PL_NAME];

	while (mf_pl_line(&rest, &line)) {
		struct mf_pl_value v = { .name = name, .field = "token" };
		size_t at;

		line = mf_trim(line);
		if (mf_str_begins(line, "#") || mf_str_begins(line, "//"))
			continue;
		if (mf_str_begins(line, "credentials "))
			host = quoted(line);
		at = mf_pl_find(line, "token");
		/* the whole block may stand in one line */
		if (at == SIZE_MAX || !mf_str_begins(mf_trim(mf_pl_from(line, at + 5)), "="))
			continue;
		v.value = quoted(mf_pl_from(line, at));
		mf_pl_name(name, host, '.', mf_str("token"));
		if (v.value.n && mf_pl_tell(p, &v, NULL))
			return -1;
	}
	return 0;
}
