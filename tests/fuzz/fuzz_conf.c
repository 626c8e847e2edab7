/* SPDX-License-Identifier: Apache-2.0 */
/* .mayfly.yml, and the lines of secrets in a variable: any bytes give a configuration or an error with a text. */
#include <stdint.h>
#include <stdlib.h>

#include <mayfly/yaml.h>
#include "../../src/conf/conf_priv.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_error(int rc, const struct mf_err *err)
{
	if (rc && (!err->id || !*err->what || err->code == MF_BUG))
		abort();
}

static void as_file(const char *text, size_t n)
{
	struct mf_err err = { 0 };
	struct mf_yaml *doc = NULL;
	struct mf_conf *conf = NULL;

	if (mf_conf_new(&conf, &err))
		abort();
	check_error(mf_yaml_parse(&doc, "f", text, n, &err), &err);
	if (doc)
		check_error(mf_conf_read_yaml(conf, "f", doc, &err), &err);
	mf_yaml_free(doc);
	mf_conf_free(conf);
}

static void as_lines(const char *text, size_t n)
{
	struct mf_err err = { 0 };
	struct mf_conf *conf = NULL;

	if (mf_conf_new(&conf, &err))
		abort();
	check_error(mf_conf_add_lines(conf, (struct mf_str){ text, n }, "x", &err), &err);
	mf_conf_free(conf);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	as_file((const char *)data, size);
	as_lines((const char *)data, size);
	return 0;
}
