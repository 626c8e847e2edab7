/* SPDX-License-Identifier: Apache-2.0 */
/* The policy of a check by any configuration file: a judgement whose counts are those of its items, told by every report; or an error with a text. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <mayfly/check_report.h>
#include <mayfly/yaml.h>
#include "../../src/conf/conf_priv.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { NOW = 1780315200 };

static void must(int rc)
{
	if (rc)
		abort();
}

static void collect(struct mf_check *c)
{
	static const struct mf_life lives[] = {
		{ .kind = "aws-access-key", .title = "a key", .class = MF_LC_API_KEY, .flags = MF_LIFE_STATIC, .lifetime = MF_LIFE_FOREVER, .remaining = MF_LIFE_FOREVER },
		{ .kind = "jwt", .title = "a token", .class = MF_LC_SERVICE_TOKEN, .known = MF_LIFE_MEASURED, .issued = NOW - 9, .lifetime = 36000, .remaining = 35991 },
		{ .kind = "named", .title = "a name", .class = MF_LC_API_KEY, .flags = MF_LIFE_NAME_ONLY, .lifetime = -1, .remaining = -1 },
		{ .kind = "jwt", .title = "a job's", .class = MF_LC_CI_TOKEN, .flags = MF_LIFE_JOB_BOUND, .lifetime = 7200, .remaining = 60 },
	};
	static const char *const names[] = { "AWS_KEY", "A_TOKEN", NULL, "b" }, *const paths[] = { NULL, "a/b/c.env", "~/.x/y" };
	struct mf_err err;

	for (unsigned i = 0; i < 24; i++) {
		const struct mf_check_place at = { .from = (enum mf_check_from)(i % MF_CHECK_FROM_COUNT), .name = names[i % 4],
			.path = paths[i % 3], .line = i / 6, .col = i / 6, .end_line = i / 6, .end_col = 9 };

		must(mf_check_life(c, &at, &lives[(i / 2) % 4], NULL, &err));
		must(mf_check_habit(c, &at, i % 2 ? "secrets-all" : "secrets-inherit", NULL, &err));
	}
}

static void tell(const struct mf_check_list *l, const struct mf_check_verdict *v)
{
	static const struct mf_check_run run = { .version = "1" };
	static const struct mf_check_report_opts opts = { .verbose = 2 };
	struct mf_buf summary = MF_BUF(5000);
	struct mf_err err;

	for (const struct mf_check_reporter *r = mf_check_reporters; r->name; r++) {
		char *text = NULL;
		size_t n = 0;
		FILE *f = open_memstream(&text, &n);

		if (!f)
			abort();
		must(mf_check_report_write(r, f, &run, l, v, &opts, &err));
		must(fclose(f));
		free(text);
	}
	must(mf_check_report_summary(&summary, &run, l, v, &err));
	mf_buf_free(&summary);
}

static void judge(const struct mf_conf *conf)
{
	struct mf_check c = { .now = NOW };
	struct mf_check_policy *p = NULL;
	struct mf_check_verdict v;
	struct mf_err err = { 0 };

	if (mf_check_policy_new(&p, conf, NOW, &err)) {
		if (!*err.what || err.code == MF_BUG)
			abort();
		return;
	}
	collect(&c);
	must(mf_check_judge(p, &c.list, &v, &err));
	if (v.fails + v.warns + v.listed + v.off != c.list.n || v.over > v.fails)
		abort();
	for (size_t i = 0; i < c.list.n; i++) {
		const struct mf_check_item *item = &c.list.v[i];

		if ((item->fails && item->warns) || (item->mode == MF_CHECK_OFF && (item->fails || item->warns)) || (item->excuse_over && !item->fails))
			abort();
	}
	tell(&c.list, &v);
	mf_check_policy_free(p);
	mf_check_list_free(&c.list);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct mf_err err = { 0 };
	struct mf_yaml *doc = NULL;
	struct mf_conf *conf = NULL;

	must(mf_conf_new(&conf, &err));
	if (mf_yaml_parse(&doc, "f", (const char *)data, size, &err) == 0 && mf_conf_read_yaml(conf, "f", doc, &err) == 0)
		judge(conf);
	mf_yaml_free(doc);
	mf_conf_free(conf);
	return 0;
}
