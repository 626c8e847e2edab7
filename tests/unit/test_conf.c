/* SPDX-License-Identifier: Apache-2.0 */
/* Configuration: the table, files good and bad, precedence, secrets to fetch, the schema and the page that go with it. */
#include "unit.h"

#include <dirent.h>
#include <stdio.h>
#include <unistd.h>

#include <mayfly/conf.h>
#include <mayfly/fs.h>
#include <mayfly/reveal.h>
#include <mayfly/yaml.h>
#include "../../src/conf/conf_priv.h"
#include "failalloc.h"

#define DATA "tests/data/conf"

static struct mf_err err;
static const struct mf_job local = { .ci = MF_CI_LOCAL };
static const struct mf_job github = { .ci = MF_CI_GITHUB };
static const struct mf_job action = { .ci = MF_CI_GITHUB, .action = true };

/* -- an environment of our own -- */

static const char *vars[40][2];

static const char *fake_env(const char *name)
{
	for (size_t i = 0; i < MF_COUNT(vars) && vars[i][0]; i++) {
		if (strcmp(vars[i][0], name) == 0)
			return vars[i][1];
	}
	return NULL;
}

static void set_env(const char *name, const char *value)
{
	size_t i = 0;

	while (vars[i][0] && strcmp(vars[i][0], name) != 0)
		i++;
	assert_true(i < MF_COUNT(vars));
	vars[i][0] = name;
	vars[i][1] = value;
}

/* -- a configuration and a file for each test -- */

static struct mf_conf *conf;
static char file[] = "/tmp/mayfly-test-conf-XXXXXX";

static int setup(void **state)
{
	(void)state;
	memset(vars, 0, sizeof(vars));
	memset(&err, 0, sizeof(err));
	return mf_conf_new(&conf, &err);
}

static int teardown(void **state)
{
	(void)state;
	mf_conf_free(conf);
	conf = NULL;
	return 0;
}

static void anew(void)
{
	mf_conf_free(conf);
	assert_int_equal(mf_conf_new(&conf, &err), 0);
}

static int make_file(void **state)
{
	int fd = mkstemp(file);

	(void)state;
	return fd < 0 || close(fd);
}

static int remove_file(void **state)
{
	(void)state;
	return unlink(file);
}

static int read_text(const char *text)
{
	FILE *f = fopen(file, "w");

	assert_non_null(f);
	fputs(text, f);
	assert_int_equal(fclose(f), 0);
	memset(&err, 0, sizeof(err));
	return mf_conf_read_file(conf, file, ".", &err);
}

static void read_env(const struct mf_job *job)
{
	memset(&err, 0, sizeof(err));
	if (mf_conf_read_env(conf, fake_env, job, &err))
		fail_msg("%s: %s", err.id, err.what);
}

static void assert_conf_str(enum mf_key k, const char *want)
{
	const char *got = mf_conf_str(conf, k);

	if (!want) {
		assert_null(got);
		return;
	}
	assert_non_null(got);
	assert_string_equal(got, want);
}

static bool says(const char *text)
{
	return strstr(err.what, text) || strstr(err.why, text) || strstr(err.hint, text) || strstr(err.sent, text);
}

/* -- the table -- */

static void test_table(void **state)
{
	(void)state;
	for (unsigned k = 0; k < MF_K_COUNT; k++) {
		const struct mf_key_info *info = mf_key_info(k);
		char input[64];

		assert_non_null(info->brief);
		assert_int_equal(strncmp(info->env, "MAYFLY_", 7), 0);
		mf_key_input(input, k);
		if (info->flag)
			assert_string_equal(info->flag, input);
		if (info->type == MF_KT_SECRET) {
			assert_null(info->path);
			assert_null(info->flag);
		}
		assert_int_equal(info->type == MF_KT_CHOICE, info->type == MF_KT_CHOICE && info->choices != NULL);
		/* sections are two levels deep, as the schema's writer expects */
		if (info->path && strchr(info->path, '.') && strchr(strchr(info->path, '.') + 1, '.'))
			assert_null(strchr(strchr(strchr(info->path, '.') + 1, '.') + 1, '.'));
		for (unsigned j = 0; j < k; j++) {
			const struct mf_key_info *other = mf_key_info(j);

			if (info->flag && other->flag)
				assert_string_not_equal(info->flag, other->flag);
			if (info->path && other->path)
				assert_string_not_equal(info->path, other->path);
			assert_true(!info->letter || info->letter != other->letter);
		}
	}
}

static void test_defaults(void **state)
{
	size_t n = 1;

	(void)state;
	assert_int_equal(mf_conf_int(conf, MF_K_TIMEOUT), 30);
	assert_true(mf_conf_bool(conf, MF_K_REVOKE));
	assert_true(mf_conf_bool(conf, MF_K_EXPORT_ENV));
	assert_false(mf_conf_bool(conf, MF_K_ALLOW_HTTP));
	assert_conf_str(MF_K_VAULT_METHOD, "jwt");
	assert_conf_str(MF_K_VAULT_URL, NULL);
	assert_null(mf_conf_secret(conf, MF_K_VAULT_TOKEN));
	assert_null(mf_conf_list(conf, MF_K_EXPORT_ALLOW_NAMES, &n));
	assert_int_equal(n, 0);
	assert_false(mf_conf_is_set(conf, MF_K_TIMEOUT));
	assert_string_equal(mf_conf_origin(conf, MF_K_TIMEOUT), "default");
	assert_string_equal(mf_conf_origin(conf, MF_K_VAULT_URL), "default");
	assert_int_equal(mf_conf_wants(conf), 0);
	assert_null(mf_conf_want(conf, 0));
	mf_conf_free(NULL);
	mf_want_free(NULL);
}

/* -- files -- */

static int is_yml(const struct dirent *e)
{
	size_t n = strlen(e->d_name);

	return n > 4 && strcmp(e->d_name + n - 4, ".yml") == 0;
}

static void each_file(const char *dir, void (*check)(const char *path))
{
	struct dirent **names;
	int n = scandir(dir, &names, is_yml, alphasort);

	assert_true(n > 5);
	for (int i = 0; i < n; i++) {
		char path[300];

		snprintf(path, sizeof(path), "%s/%s", dir, names[i]->d_name);
		free(names[i]);
		anew();
		memset(&err, 0, sizeof(err));
		check(path);
	}
	free(names);
}

static void check_good(const char *path)
{
	if (mf_conf_read_file(conf, path, ".", &err))
		fail_msg("%s: %s %s (%s)", path, err.id, err.what, err.why);
}

static void test_good_files(void **state)
{
	(void)state;
	each_file(DATA "/good", check_good);
}

/* The first line says what is wrong: "# ID LINE:COLUMN part of the message". */
static void check_bad(const char *path)
{
	char line[200] = "", id[20], at[360], where[20], text[160] = "";
	FILE *f = fopen(path, "r");
	char *note;

	assert_non_null(f);
	assert_non_null(fgets(line, sizeof(line), f));
	fclose(f);
	assert_true(sscanf(line, "# %19s %19s %159[^\n]", id, where, text) >= 2);
	note = strstr(text, "(schema:");
	if (note)
		*note = '\0';
	for (size_t n = strlen(text); n && text[n - 1] == ' '; n--)
		text[n - 1] = '\0';
	if (mf_conf_read_file(conf, path, ".", &err) == 0)
		fail_msg("%s: no error", path);
	snprintf(at, sizeof(at), "%s:%s", path, where);
	if (strcmp(err.id, id) != 0 || !says(at) || !says(text))
		fail_msg("%s: wanted %s %s '%s'\n got %s %s\n  why %s\n  hint %s", path, id, where, text, err.id, err.what, err.why, err.hint);
	assert_null(strstr(err.what, "hunter2"));
	assert_null(strstr(err.why, "hunter2"));
	assert_null(strstr(err.what, "not-a-real-token"));
	assert_int_equal(err.code, MF_USAGE);
}

static void test_bad_files(void **state)
{
	(void)state;
	each_file(DATA "/bad", check_bad);
}

static void test_every_key(void **state)
{
	(void)state;
	assert_int_equal(mf_conf_read_file(conf, DATA "/good/every-key.yml", ".", &err), 0);
	for (unsigned k = 0; k < MF_K_COUNT; k++) {
		if (mf_key_info(k)->path && !mf_conf_is_set(conf, k))
			fail_msg("%s is not set by every-key.yml", mf_key_info(k)->path);
	}
	assert_conf_str(MF_K_VAULT_URL, "HTTPS://vault.example.com:8200/base");
	assert_int_equal(mf_conf_int(conf, MF_K_TIMEOUT), 90);
	assert_int_equal(mf_conf_int(conf, MF_K_VAULT_JWT_TTL), 600);
	assert_int_equal(mf_conf_int(conf, MF_K_TRIES), 3);
	assert_false(mf_conf_bool(conf, MF_K_REVOKE));
	assert_true(mf_conf_bool(conf, MF_K_VAULT_OUTPUT_TOKEN));
	assert_string_equal(mf_conf_origin(conf, MF_K_TIMEOUT), DATA "/good/every-key.yml:3:10");
}

static void test_lifetime_parts(void **state)
{
	const struct mf_conf_exception *e;
	const struct mf_conf_limit *l;
	size_t n;

	(void)state;
	assert_int_equal(mf_conf_read_file(conf, DATA "/good/every-key.yml", ".", &err), 0);
	l = mf_conf_limits(conf, MF_CONF_NAMES, &n);
	assert_int_equal(n, 2);
	assert_string_equal(l[0].what, "LEGACY_TOKEN");
	assert_int_equal(l[0].max, 180 * 86400);
	assert_string_equal(l[1].what, "CI_*");
	assert_int_equal(l[1].max, 3600);
	assert_string_equal(l[1].origin, DATA "/good/every-key.yml:67:32");
	l = mf_conf_limits(conf, MF_CONF_PATHS, &n);
	assert_int_equal(n, 1);
	assert_string_equal(l[0].what, "deploy/**");
	l = mf_conf_limits(conf, MF_CONF_MODES, &n);
	assert_int_equal(n, 3);
	assert_string_equal(l[1].what, "jwt");
	assert_string_equal(l[1].mode, "off");
	e = mf_conf_exceptions(conf, &n);
	assert_int_equal(n, 2);
	assert_string_equal(e[0].kind, "aws-access-key");
	assert_null(e[0].path);
	assert_string_equal(e[0].day, "2026-12-31");
	assert_int_equal(e[0].until, 1798761599);	/* the last second of it */
	assert_string_equal(e[1].id, "0123456789abcdef");
	assert_string_equal(e[1].class_name, "api_key");
	assert_int_equal(mf_conf_int(conf, MF_K_LIFETIME_MAX_STATIC), 3);
	assert_int_equal(mf_conf_int(conf, MF_K_LIFETIME_MAX_TLS_CA), 1000 * 86400);
}

/* 0 is a number here, and a word may stand for one. */
static void test_count(void **state)
{
	(void)state;
	assert_int_equal(mf_conf_set_flag(conf, MF_K_LIFETIME_MAX_STATIC, "0", &err), 0);
	assert_true(mf_conf_is_set(conf, MF_K_LIFETIME_MAX_STATIC));
	assert_int_equal(mf_conf_int(conf, MF_K_LIFETIME_MAX_STATIC), 0);
	assert_int_equal(mf_conf_set_flag(conf, MF_K_LIFETIME_MAX_STATIC, "trend", &err), 0);
	assert_int_equal(mf_conf_int(conf, MF_K_LIFETIME_MAX_STATIC), -1);
	assert_int_equal(mf_conf_set_flag(conf, MF_K_LIFETIME_MAX_STATIC, "1234567890", &err), -1);
	assert_int_equal(mf_conf_set_flag(conf, MF_K_LIFETIME_MAX_STATIC, "", &err), -1);
}

static void test_lists(void **state)
{
	size_t n;
	const char *const *v;

	(void)state;
	assert_int_equal(mf_conf_read_file(conf, DATA "/good/every-key.yml", ".", &err), 0);
	v = mf_conf_list(conf, MF_K_VAULT_HEADERS, &n);
	assert_int_equal(n, 2);
	assert_string_equal(v[0], "X-One: 1");
	assert_string_equal(v[1], "X-Two:");
	assert_null(v[2]);
	v = mf_conf_list(conf, MF_K_EXPORT_ALLOW_NAMES, &n);
	assert_int_equal(n, 1);
	assert_string_equal(v[0], "NODE_OPTIONS");
	/* a variable: separated by blanks, commas and lines; then flags, which replace it and add up */
	set_env("MAYFLY_ALLOW_NAME", " A,B\r\n\n C D\n");
	read_env(&local);
	v = mf_conf_list(conf, MF_K_EXPORT_ALLOW_NAMES, &n);
	assert_int_equal(n, 4);
	assert_string_equal(v[3], "D");
	assert_int_equal(mf_conf_set_flag(conf, MF_K_EXPORT_ALLOW_NAMES, "E", &err), 0);
	assert_int_equal(mf_conf_set_flag(conf, MF_K_EXPORT_ALLOW_NAMES, "F", &err), 0);
	v = mf_conf_list(conf, MF_K_EXPORT_ALLOW_NAMES, &n);
	assert_int_equal(n, 2);
	assert_string_equal(v[0], "E");
	assert_string_equal(v[1], "F");
	/* a header has commas and blanks of its own */
	set_env("MAYFLY_VAULT_HEADERS", "Accept-Language: de, en\nX-Y: 1");
	read_env(&local);
	v = mf_conf_list(conf, MF_K_VAULT_HEADERS, &n);
	assert_int_equal(n, 2);
	assert_string_equal(v[0], "Accept-Language: de, en");
}

static void test_file_secrets(void **state)
{
	const struct mf_want *w;

	(void)state;
	assert_int_equal(mf_conf_read_file(conf, DATA "/good/secrets.yml", ".", &err), 0);
	assert_int_equal(mf_conf_wants(conf), 9);
	w = mf_conf_want(conf, 0);
	assert_string_equal(w->name, "A");
	assert_int_equal(w->ref.scheme, MF_REF_ENV);
	assert_string_equal(w->origin, DATA "/good/secrets.yml:2:3");
	assert_int_equal(w->as, MF_AS_ENV);
	w = mf_conf_want(conf, 3);
	assert_int_equal(w->as, MF_AS_FILE);
	assert_int_equal(w->decode, MF_DECODE_BASE64);
	assert_true(w->optional);
	assert_true(w->no_env);
	assert_false(w->no_output);
	assert_string_equal(w->output, "d-out");
	w = mf_conf_want(conf, 4);
	assert_null(w->name);
	assert_string_equal(w->prefix, "");
	assert_true(w->keep_case);
	assert_string_equal(w->ref.version, "7");
	w = mf_conf_want(conf, 5);
	assert_string_equal(w->ref.version, "8");
	assert_true(w->no_output);
	w = mf_conf_want(conf, 8);
	assert_string_equal(w->name, "I");
	assert_null(w->prefix);
	assert_null(w->output);
	assert_null(mf_conf_want(conf, 9));
}

static void test_design_example(void **state)
{
	const struct mf_want *w;

	(void)state;
	assert_int_equal(mf_conf_read_file(conf, DATA "/good/design.yml", ".", &err), 0);
	assert_int_equal(mf_conf_wants(conf), 3);
	w = mf_conf_want(conf, 1);
	assert_null(w->name);
	assert_string_equal(w->prefix, "DB_");
	assert_int_equal(w->ref.select, MF_SEL_ALL);
}

/* -- which file -- */

static void test_file_names(void **state)
{
	char dir[] = "/tmp/mayfly-test-dir-XXXXXX", path[64];
	FILE *f;

	(void)state;
	assert_non_null(mkdtemp(dir));
	/* none is fine, unless it was named */
	assert_int_equal(mf_conf_read_file(conf, NULL, dir, &err), 0);
	snprintf(path, sizeof(path), "%s/none.yml", dir);
	assert_fails(mf_conf_read_file(conf, path, dir, &err), err, "MF-CONF-06");
	assert_true(says("none.yml"));
	assert_fails(mf_conf_read_file(conf, dir, dir, &err), err, "MF-CONF-06");
	snprintf(path, sizeof(path), "%s/.mayfly.yaml", dir);
	f = fopen(path, "w");
	assert_non_null(f);
	fputs("timeout: 7\n", f);
	fclose(f);
	assert_fails(mf_conf_read_file(conf, NULL, dir, &err), err, "MF-CONF-06");
	assert_true(says(".mayfly.yml"));
	/* by name it may be called anything */
	assert_int_equal(mf_conf_read_file(conf, path, dir, &err), 0);
	assert_int_equal(mf_conf_int(conf, MF_K_TIMEOUT), 7);
	unlink(path);
	snprintf(path, sizeof(path), "%s/.mayfly.yml", dir);
	f = fopen(path, "w");
	assert_non_null(f);
	fputs("timeout: 8\n", f);
	fclose(f);
	assert_int_equal(mf_conf_read_file(conf, NULL, dir, &err), 0);
	assert_int_equal(mf_conf_int(conf, MF_K_TIMEOUT), 8);
	unlink(path);
	rmdir(dir);
}

static void test_long_keys(void **state)
{
	char text[4000];
	size_t n = 0;

	(void)state;
	n += (size_t)snprintf(text, sizeof(text), "vault: { ");
	memset(text + n, 'k', 3000);
	snprintf(text + n + 3000, sizeof(text) - n - 3000, ": 1 }\n");
	assert_int_equal(read_text(text), -1);
	assert_string_equal(err.id, "MF-CONF-01");
	/* a name cut at the table's width must not be taken for a known one */
	assert_int_equal(read_text("vault: { \"url\\0x\": \"https://v\" }\n"), -1);
	assert_string_equal(err.id, "MF-CONF-01");
}

/* -- precedence -- */

static void test_precedence(void **state)
{
	(void)state;
	set_env("INPUT_VAULT-ROLE", "from-input");
	set_env("MAYFLY_VAULT_ROLE", "from-env");
	set_env("VAULT_AUTH_ROLE", "from-other");
	set_env("VAULT_ADDR", "https://vault");
	set_env("BAO_ADDR", "https://bao");
	assert_int_equal(read_text("vault: { role: from-file, url: https://file, namespace: ns }\n"), 0);
	assert_conf_str(MF_K_VAULT_ROLE, "from-file");
	read_env(&action);
	assert_conf_str(MF_K_VAULT_ROLE, "from-env");
	assert_string_equal(mf_conf_origin(conf, MF_K_VAULT_ROLE), "MAYFLY_VAULT_ROLE");
	assert_conf_str(MF_K_VAULT_URL, "https://vault");
	assert_string_equal(mf_conf_origin(conf, MF_K_VAULT_URL), "VAULT_ADDR");
	assert_conf_str(MF_K_VAULT_NAMESPACE, "ns");
	assert_int_equal(mf_conf_set_flag(conf, MF_K_VAULT_ROLE, "from-flag", &err), 0);
	assert_conf_str(MF_K_VAULT_ROLE, "from-flag");
	assert_string_equal(mf_conf_origin(conf, MF_K_VAULT_ROLE), "--vault-role");
	/* whatever is read later, in whatever order */
	assert_int_equal(read_text("vault: { role: again }\n"), 0);
	read_env(&action);
	assert_conf_str(MF_K_VAULT_ROLE, "from-flag");
	assert_true(mf_conf_is_set(conf, MF_K_VAULT_ROLE));
}

static void test_inputs(void **state)
{
	(void)state;
	set_env("INPUT_VAULT-ROLE", "from-input");
	set_env("VAULT_AUTH_ROLE", "from-other");
	set_env("INPUT_VAULT-TOKEN", "input-token");
	set_env("VAULT_TOKEN", "env-token");
	set_env("INPUT_TO", "shell");
	read_env(&github);	/* GitHub, but not our action: its inputs are another action's */
	assert_conf_str(MF_K_VAULT_ROLE, "from-other");
	assert_conf_str(MF_K_EXPORT_TO, NULL);
	anew();
	read_env(&action);
	assert_conf_str(MF_K_VAULT_ROLE, "from-input");
	assert_string_equal(mf_conf_origin(conf, MF_K_VAULT_ROLE), "input 'vault-role'");
	assert_conf_str(MF_K_EXPORT_TO, "shell");
	assert_str_is(mf_secret_reveal(mf_conf_secret(conf, MF_K_VAULT_TOKEN)), "input-token");
	/* a drop-in's inputs have other meanings, and its model reads no VAULT_* variable */
	anew();
	set_env("MAYFLY_INPUTS", "vault-action");
	read_env(&action);
	assert_conf_str(MF_K_VAULT_ROLE, NULL);
	assert_null(mf_conf_secret(conf, MF_K_VAULT_TOKEN));
	anew();
	set_env("MAYFLY_INPUTS", "");
	read_env(&action);
	assert_conf_str(MF_K_VAULT_ROLE, "from-input");
}

static void test_empty_is_unset(void **state)
{
	(void)state;
	set_env("MAYFLY_VAULT_URL", "");
	set_env("INPUT_VAULT-URL", "");
	set_env("BAO_ADDR", "https://bao");
	set_env("VAULT_TOKEN", "");
	set_env("MAYFLY_TIMEOUT", "");
	set_env("INPUT_REVOKE", "");
	set_env("INPUT_SECRETS", "");
	read_env(&action);
	assert_conf_str(MF_K_VAULT_URL, "https://bao");
	assert_null(mf_conf_secret(conf, MF_K_VAULT_TOKEN));
	assert_false(mf_conf_is_set(conf, MF_K_VAULT_TOKEN));
	assert_int_equal(mf_conf_int(conf, MF_K_TIMEOUT), 30);
	assert_true(mf_conf_bool(conf, MF_K_REVOKE));
	/* --vault-namespace= takes back what the environment or the file say */
	set_env("VAULT_NAMESPACE", "ns");
	assert_int_equal(mf_conf_set_flag(conf, MF_K_VAULT_NAMESPACE, "", &err), 0);
	read_env(&action);
	assert_conf_str(MF_K_VAULT_NAMESPACE, NULL);
	assert_false(mf_conf_is_set(conf, MF_K_VAULT_NAMESPACE));
	assert_fails(mf_conf_set_flag(conf, MF_K_VAULT_URL, "", &err), err, "MF-URL-01");
	assert_fails(mf_conf_set_flag(conf, MF_K_CA_FILE, "", &err), err, "MF-OPT-03");
	assert_fails(mf_conf_set_flag(conf, MF_K_TIMEOUT, "", &err), err, "MF-OPT-03");
}

static void test_bad_env(void **state)
{
	static const struct { const char *name, *value, *id, *says; } cases[] = {
		{ "VAULT_SKIP_VERIFY", "maybe", "MF-CONF-03", "VAULT_SKIP_VERIFY: 'maybe' is neither" },
		{ "MAYFLY_TIMEOUT", "1 hour", "MF-CONF-03", "MAYFLY_TIMEOUT" },
		{ "INPUT_TIMEOUT", "-1", "MF-CONF-03", "input 'timeout'" },
		{ "MAYFLY_TRIES", "3x", "MF-CONF-03", "MAYFLY_TRIES" },
		{ "MAYFLY_TRIES", "1000000000", "MF-CONF-03", "MAYFLY_TRIES" },
		{ "MAYFLY_VAULT_METHOD", "oidc", "MF-CONF-03", "jwt approle" },
		{ "BAO_ADDR", "vault:8200", "MF-URL-01", "BAO_ADDR" },
		{ "MAYFLY_VAULT_HEADERS", "s3cr3t-without-a-name", "MF-CONF-03", "MAYFLY_VAULT_HEADERS" },
		{ "MAYFLY_VAULT_REDIRECT_TO", "https://ok, nonsense", "MF-URL-01", "MAYFLY_VAULT_REDIRECT_TO" },
		{ "MAYFLY_ON_NO_IDENTITY", "s3cr3t-that-is-longer-than-any-choice", "MF-CONF-03", "fail skip" },
	};

	(void)state;
	for (size_t i = 0; i < MF_COUNT(cases); i++) {
		anew();
		memset(vars, 0, sizeof(vars));
		set_env(cases[i].name, cases[i].value);
		assert_fails(mf_conf_read_env(conf, fake_env, &action, &err), err, cases[i].id);
		if (!says(cases[i].says))
			fail_msg("%s: %s (%s)", cases[i].name, err.what, err.why);
		assert_false(says("s3cr3t"));
	}
}

/* What a flag decides hides even nonsense below it. */
static void test_flag_hides_nonsense(void **state)
{
	(void)state;
	set_env("VAULT_SKIP_VERIFY", "nonsense");
	assert_int_equal(mf_conf_set_flag(conf, MF_K_VAULT_SKIP_VERIFY, "no", &err), 0);
	read_env(&local);
	assert_false(mf_conf_bool(conf, MF_K_VAULT_SKIP_VERIFY));
}

static void test_booleans(void **state)
{
	static const char *const yes[] = { "true", "TRUE", "True", "1", "yes", "on", "t", "T", "Y" };
	static const char *const no[] = { "false", "FALSE", "0", "no", "Off", "f", "N" };
	static const char *const none[] = { "2", "truee", "tru", "-1", " true", "null" };

	(void)state;
	for (size_t i = 0; i < MF_COUNT(yes); i++) {
		assert_int_equal(mf_conf_set_flag(conf, MF_K_ALLOW_HTTP, yes[i], &err), 0);
		assert_true(mf_conf_bool(conf, MF_K_ALLOW_HTTP));
	}
	for (size_t i = 0; i < MF_COUNT(no); i++) {
		assert_int_equal(mf_conf_set_flag(conf, MF_K_ALLOW_HTTP, no[i], &err), 0);
		assert_false(mf_conf_bool(conf, MF_K_ALLOW_HTTP));
	}
	for (size_t i = 0; i < MF_COUNT(none); i++)
		assert_fails(mf_conf_set_flag(conf, MF_K_ALLOW_HTTP, none[i], &err), err, "MF-OPT-03");
	assert_false(mf_conf_bool(conf, MF_K_ALLOW_HTTP));
}

/* A failure leaves what was there. */
static void test_failure_keeps_value(void **state)
{
	(void)state;
	assert_int_equal(mf_conf_set_flag(conf, MF_K_TIMEOUT, "5s", &err), 0);
	assert_fails(mf_conf_set_flag(conf, MF_K_TIMEOUT, "never", &err), err, "MF-OPT-03");
	assert_int_equal(mf_conf_int(conf, MF_K_TIMEOUT), 5);
	assert_true(says("--timeout"));
	assert_fails(mf_conf_set_flag(conf, MF_K_VAULT_TOKEN, "t", &err), err, "MF-BASE-03");
}

static void test_drop_in_rank(void **state)
{
	(void)state;
	set_env("MAYFLY_VAULT_ROLE", "env");
	read_env(&action);
	assert_int_equal(mf_conf_set_env(conf, MF_K_VAULT_ROLE, "drop-in", "input 'role'", &err), 0);
	assert_conf_str(MF_K_VAULT_ROLE, "drop-in");
	assert_string_equal(mf_conf_origin(conf, MF_K_VAULT_ROLE), "input 'role'");
	assert_int_equal(mf_conf_set_env(conf, MF_K_VAULT_SECRET_ID, "sid", "input 'secretId'", &err), 0);
	assert_int_equal(mf_secret_len(mf_conf_secret(conf, MF_K_VAULT_SECRET_ID)), 3);
	assert_conf_str(MF_K_VAULT_SECRET_ID, NULL);
	assert_true(mf_conf_is_set(conf, MF_K_VAULT_SECRET_ID));
}

/* -- NAME=REF -- */

static void test_pairs(void **state)
{
	const struct mf_want *w;

	(void)state;
	assert_int_equal(mf_conf_add_pair(conf, "A=vault://secret/data/x#y=z", 1, &err), 0);
	assert_int_equal(mf_conf_add_pair(conf, "DB_*=vault://database/creds/ro", 2, &err), 0);
	assert_int_equal(mf_conf_add_pair(conf, "*=vault://kv/data/all", 3, &err), 0);
	assert_int_equal(mf_conf_add_pair(conf, "W=vault://kv/data/all", 4, &err), 0);
	assert_int_equal(mf_conf_wants(conf), 4);
	w = mf_conf_want(conf, 0);
	assert_string_equal(w->name, "A");
	assert_string_equal(w->ref.field, "y=z");
	assert_string_equal(w->origin, "argument 1");
	w = mf_conf_want(conf, 1);
	assert_null(w->name);
	assert_string_equal(w->prefix, "DB_");
	assert_string_equal(mf_conf_want(conf, 2)->prefix, "");
	assert_string_equal(mf_conf_want(conf, 3)->name, "W");
	mf_conf_clear_wants(conf);
	assert_int_equal(mf_conf_wants(conf), 0);
	mf_conf_clear_wants(conf);
}

static void test_bad_pairs(void **state)
{
	static const struct { const char *pair, *id, *says; } cases[] = {
		{ "hunter2", "MF-CONF-05", "NAME=REF" },
		{ "", "MF-CONF-05", "NAME=REF" },
		{ "=vault://kv/data/x#hunter2", "MF-CONF-05", "NAME=REF" },
		{ "my-name=vault://kv/data/x#hunter2", "MF-CONF-05", "NAME=REF" },
		{ "9A=vault://kv/x", "MF-CONF-05", "NAME=REF" },
		{ "vault://kv/data/x#a=hunter2", "MF-CONF-05", "NAME=REF" },
		{ "A=hunter2", "MF-REF-01", "argument 7, 'A'" },
		{ "A=", "MF-REF-01", "argument 7, 'A'" },
		{ "A=https://user:hunter2@host/", "MF-REF-02", "argument 7, 'A'" },
		{ "A=gcp-sm://x", "MF-REF-01", "argument 7" },
		{ "A_*=vault://kv/data/x#f", "MF-CONF-05", "whole secret" },
		{ "A_*=env://HOME", "MF-CONF-05", "whole secret" },
	};

	(void)state;
	for (size_t i = 0; i < MF_COUNT(cases); i++) {
		assert_fails(mf_conf_add_pair(conf, cases[i].pair, 7, &err), err, cases[i].id);
		if (!says(cases[i].says) || !says("argument 7"))
			fail_msg("%s: %s (%s)", cases[i].pair, err.what, err.why);
		assert_false(says("hunter2"));
	}
	assert_int_equal(mf_conf_wants(conf), 0);
}

static void test_want_precedence(void **state)
{
	(void)state;
	set_env("MAYFLY_SECRETS", "# ours\nA=env://FROM_ENV\n\n  B: env://FROM_ENV # not a comment\r\n");
	read_env(&local);
	assert_int_equal(read_text("secrets: { A: env://FILE, C: env://FILE, D: env://FILE }\n"), 0);
	assert_int_equal(mf_conf_add_pair(conf, "D=env://ARG", 1, &err), 0);
	assert_int_equal(mf_conf_wants(conf), 4);
	assert_string_equal(mf_conf_want(conf, 0)->ref.path, "FROM_ENV");
	assert_string_equal(mf_conf_want(conf, 0)->origin, "MAYFLY_SECRETS line 2");
	assert_string_equal(mf_conf_want(conf, 1)->origin, "MAYFLY_SECRETS line 4");
	assert_string_equal(mf_conf_want(conf, 2)->name, "C");
	assert_string_equal(mf_conf_want(conf, 3)->ref.path, "ARG");
	assert_fails(mf_conf_add_pair(conf, "D=env://TWICE", 2, &err), err, "MF-CONF-05");
	assert_true(says("argument 1"));
	assert_true(says("argument 2"));
	assert_string_equal(mf_conf_want(conf, 3)->ref.path, "ARG");
}

static void test_lines(void **state)
{
	(void)state;
	set_env("INPUT_SECRETS", "secret/data/ci/deploy api_key | DEPLOY_API_KEY ; secret/data/ci/deploy db_password | DB_PASSWORD");
	read_env(&action);
	assert_int_equal(mf_conf_wants(conf), 2);
	assert_string_equal(mf_conf_want(conf, 0)->name, "DEPLOY_API_KEY");
	assert_string_equal(mf_conf_want(conf, 1)->ref.path, "secret/data/ci/deploy");
	/* the file's secret of the same name gives way to it */
	assert_int_equal(read_text("secrets: { DB_PASSWORD: env://FILE }\n"), 0);
	assert_int_equal(mf_conf_wants(conf), 2);
	assert_string_equal(mf_conf_want(conf, 1)->ref.path, "secret/data/ci/deploy");
	anew();
	assert_fails(mf_conf_add_lines(conf, mf_str("A=env://HOME\nhunter2\n"), "x", &err), err, "MF-CONF-05");
	assert_true(says("x line 2"));
	assert_false(says("hunter2"));
	anew();
	assert_fails(mf_conf_add_lines(conf, mf_str("A=env://X\nA: env://Y"), "x", &err), err, "MF-CONF-05");
	anew();
	assert_int_equal(mf_conf_add_lines(conf, mf_str("\n# nothing\n"), "x", &err), 0);
	assert_int_equal(mf_conf_wants(conf), 0);
}

static void test_too_many_wants(void **state)
{
	char pair[40];
	int rc = 0;
	unsigned i;

	(void)state;
	for (i = 0; i < 5000 && rc == 0; i++) {
		snprintf(pair, sizeof(pair), "N%u=env://X", i);
		rc = mf_conf_add_pair(conf, pair, i + 1, &err);
	}
	assert_int_equal(rc, -1);
	assert_string_equal(err.id, "MF-CONF-05");
	assert_int_equal(mf_conf_wants(conf), 2000);
}

/* A want is taken over whole, also when there is no room for it. */
static void test_add_want(void **state)
{
	struct mf_want w = { .name = strdup("A") };

	(void)state;
	assert_int_equal(mf_ref_parse(&w.ref, mf_str("env://X"), &err), 0);
	assert_int_equal(mf_conf_add_want(conf, &w, &err), 0);
	assert_null(w.name);
	w = (struct mf_want){ .name = strdup("A") };
	assert_int_equal(mf_conf_add_want(conf, &w, &err), 0);
	assert_int_equal(mf_conf_wants(conf), 2);
}

/* -- what is generated, and what is written by hand -- */

static void test_schema_is_current(void **state)
{
	struct mf_buf made = MF_BUF(1 << 20), committed = MF_BUF(1 << 20);

	(void)state;
	assert_int_equal(mf_conf_schema(&made, &err), 0);
	assert_int_equal(mf_fs_read(&committed, "docs/mayfly.schema.json", &err), 0);
	if (strcmp(mf_buf_text(&made), mf_buf_text(&committed)) != 0)
		fail_msg("docs/mayfly.schema.json is not what the tables say: make docs");
	mf_buf_free(&made);
	mf_buf_free(&committed);
}

static void must_have(const char *page, const char *what)
{
	char quoted[160];

	snprintf(quoted, sizeof(quoted), "`%s`", what);
	if (!strstr(page, quoted))
		fail_msg("docs/configuration.md does not have %s", quoted);
}

static void test_page_is_complete(void **state)
{
	struct mf_buf page = MF_BUF(1 << 20);
	char text[120];

	(void)state;
	assert_int_equal(mf_fs_read(&page, "docs/configuration.md", &err), 0);
	for (unsigned k = 0; k < MF_K_COUNT; k++) {
		const struct mf_key_info *info = mf_key_info(k);

		if (info->path)
			must_have(mf_buf_text(&page), info->path);
		if (info->flag) {
			snprintf(text, sizeof(text), "--%s", info->flag);
			must_have(mf_buf_text(&page), text);
		}
		for (const char *p = info->env; *p; p += strspn(p, " ")) {
			size_t n = strcspn(p, " ");

			/* MAYFLY_ names follow from the flags, which the page says */
			snprintf(text, sizeof(text), "%.*s", (int)n, p);
			if (!info->flag || p != info->env)
				must_have(mf_buf_text(&page), text);
			p += n;
		}
	}
	mf_buf_free(&page);
}

/* -- out of memory -- */

static int all_layers(void *ctx, struct mf_err *e)
{
	struct mf_conf *c = NULL;
	int rc = mf_conf_new(&c, e);

	if (rc)
		return -1;
	rc = mf_conf_read_env(c, fake_env, &action, e) || mf_conf_read_yaml(c, "f", ctx, e) ||
	     mf_conf_set_flag(c, MF_K_EXPORT_ALLOW_NAMES, "A", e) || mf_conf_set_flag(c, MF_K_EXPORT_ALLOW_NAMES, "B", e) ||
	     mf_conf_add_pair(c, "P_*=vault://kv/data/x", 1, e);
	mf_conf_free(c);
	return rc ? -1 : 0;
}

static int write_schema(void *ctx, struct mf_err *e)
{
	struct mf_buf b = MF_BUF(1 << 20);
	int rc = mf_conf_schema(&b, e);

	(void)ctx;
	mf_buf_free(&b);
	return rc;
}

/* The documents are parsed before: libfyaml itself does not survive a failed allocation without a leak. */
static struct mf_yaml *parse_file(const char *path)
{
	struct mf_buf text = MF_BUF(1 << 20);
	struct mf_yaml *doc = NULL;

	assert_int_equal(mf_fs_read(&text, path, &err), 0);
	assert_int_equal(mf_yaml_parse(&doc, path, text.p, text.n, &err), 0);
	mf_buf_free(&text);
	return doc;
}

static void test_torture(void **state)
{
	static const char *const files[] = { DATA "/good/every-key.yml", DATA "/good/secrets.yml" };

	(void)state;
	set_env("INPUT_SECRETS", "Z=env://HOME");
	set_env("VAULT_TOKEN", "t");
	set_env("MAYFLY_VAULT_HEADERS", "A: b\nC: d");
	for (size_t i = 0; i < MF_COUNT(files); i++) {
		struct mf_yaml *doc = parse_file(files[i]);

		mf_torture(all_layers, doc);
		mf_yaml_free(doc);
	}
	mf_torture(write_schema, NULL);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_table), TEST(test_defaults), TEST(test_good_files), TEST(test_bad_files), TEST(test_every_key), TEST(test_lists),
		TEST(test_lifetime_parts), TEST(test_count),
		TEST(test_file_secrets), TEST(test_design_example), TEST(test_file_names), TEST(test_long_keys), TEST(test_precedence),
		TEST(test_inputs), TEST(test_empty_is_unset), TEST(test_bad_env), TEST(test_flag_hides_nonsense), TEST(test_booleans),
		TEST(test_failure_keeps_value), TEST(test_drop_in_rank), TEST(test_pairs), TEST(test_bad_pairs), TEST(test_want_precedence),
		TEST(test_lines), TEST(test_too_many_wants), TEST(test_add_want), TEST(test_schema_is_current), TEST(test_page_is_complete),
		TEST(test_torture),
	};

	return cmocka_run_group_tests(tests, make_file, remove_file);
}
