/* SPDX-License-Identifier: Apache-2.0 */
/* fetch: from wants to items, over a provider that answers from a table. */
#include "failalloc.h"
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <mayfly/alloc.h>
#include <mayfly/fetch.h>
#include <mayfly/reveal.h>

/* -- a provider without a server -- */

static const struct fake_doc {
	const char *path, *json;	/* json: the whole answer; "data" or "data.data" has the fields */
	const char *lease;
	bool missing;
} *fake_docs;
static size_t fetches, docs_asked;

static int fake_fill(struct mf_doc *doc, const struct fake_doc *f, struct mf_err *err)
{
	const struct mf_jnode *data;

	if (mf_json_parse(&doc->json, f->json, strlen(f->json), err))
		return -1;
	data = mf_json_get_z(mf_json_root(doc->json), "data");
	doc->data = mf_json_get_z(data, "metadata") ? mf_json_get_z(data, "data") : data;
	doc->version = 7;
	if (f->lease && !(doc->lease_id = mf_strdup(f->lease)))
		return mf_fail_nomem(err);
	return 0;
}

static int fake_fetch(struct mf_cred *cred, struct mf_http *http, const struct mf_ref *const *refs, size_t n, struct mf_doc *docs, struct mf_err *errs)
{
	int rc = 0;

	(void)cred;
	(void)http;
	fetches++;
	docs_asked += n;
	for (size_t i = 0; i < n; i++) {
		const struct fake_doc *f = fake_docs;

		docs[i] = (struct mf_doc){ 0 };
		errs[i] = (struct mf_err){ 0 };
		while (f && f->path && strcmp(f->path, refs[i]->path))
			f++;
		if (f && f->path && !f->missing) {
			fake_fill(&docs[i], f, &errs[i]);
		} else {
			docs[i].missing = true;
			mf_fail(&errs[i], MF_E_VAULT_NOT_FOUND, "nothing at '%s'", refs[i]->path);
		}
		rc |= errs[i].id ? -1 : 0;
	}
	return rc;
}

static const struct mf_provider fake = { .schemes = 1u << MF_REF_VAULT, .name = "fake", .fetch = fake_fetch };

static const char *fake_env(const char *name)
{
	static const char *const v[][2] = { { "PLAIN", "plain value" }, { "JSON", "{\"a\":{\"b\":\"deep\"},\"c\":5}" }, { "EMPTY", "" } };

	for (size_t i = 0; i < MF_COUNT(v); i++)
		if (strcmp(name, v[i][0]) == 0)
			return v[i][1];
	return NULL;
}

/* -- the wants of a test -- */

static struct mf_conf *conf;
static struct mf_items items;
static struct mf_err err;

static int setup(void **state)
{
	(void)state;
	memset(&err, 0, sizeof(err));
	memset(&items, 0, sizeof(items));
	fetches = docs_asked = 0;
	fake_docs = NULL;
	return mf_conf_new(&conf, &err);
}

static int teardown(void **state)
{
	(void)state;
	mf_items_free(&items);
	mf_conf_free(conf);
	return 0;
}

#define DOCS(...) ((const struct fake_doc[]){ __VA_ARGS__, { 0 } })

struct opts {
	const char *prefix;
	bool keep_case, optional;
	enum mf_as as;
	int decode;
};

static void want(const char *name, const char *ref, struct opts o)
{
	struct mf_want w = { .keep_case = o.keep_case, .optional = o.optional, .as = o.as, .decode = o.decode };

	w.name = name ? mf_strdup(name) : NULL;
	w.prefix = o.prefix ? mf_strdup(o.prefix) : NULL;
	snprintf(w.origin, sizeof(w.origin), "want %zu", mf_conf_wants(conf) + 1);
	if (mf_ref_parse(&w.ref, mf_str(ref), &err) || mf_conf_add_want(conf, &w, &err))
		fail_msg("%s: %s", err.what, err.why);
}

#define WANT(name, ref, ...) want(name, ref, (struct opts){ __VA_ARGS__ })

static void want_action(const char *text, bool ignore)
{
	const struct mf_vault_action_rules rules = { .export_env = true, .ignore_not_found = ignore };

	if (mf_conf_add_vault_action(conf, mf_str(text), &rules, &err))
		fail_msg("%s: %s", err.what, err.why);
}

static int fetch(void)
{
	struct mf_cred cred = { .provider = &fake };
	const struct mf_reader reader = { .cred = &cred };

	memset(&err, 0, sizeof(err));
	return mf_fetch(&items, conf, &reader, 1, fake_env, &err);
}

static void fetch_ok(void)
{
	if (fetch())
		fail_msg("%s: %s (%s)", err.id, err.what, err.why);
}

static void fetch_fails(const char *id, const char *part)
{
	assert_int_equal(fetch(), -1);
	assert_string_equal(err.id, id);
	if (!strstr(err.what, part) && !strstr(err.why, part) && !strstr(err.sent, part) && !strstr(err.hint, part))
		fail_msg("'%s' is not in '%s' (%s; %s; %s)", part, err.what, err.why, err.sent, err.hint);
	assert_int_equal(items.n, 0);
	assert_null(items.v);
}

static void assert_item(size_t i, const char *name, const char *value)
{
	assert_true(i < items.n);
	assert_string_equal(items.v[i].name, name);
	assert_str_is(mf_secret_reveal(items.v[i].value), value);
}

/* -- tests -- */

static void test_each_document_once(void **state)
{
	(void)state;
	fake_docs = DOCS({ "s/data/a", "{\"data\":{\"data\":{\"k\":\"v\",\"n\":1.50,\"o\":{\"x\":[1, \"\\u00e4\"]},\"t\":true},\"metadata\":{}}}", NULL, false },
			 { "db/creds/x", "{\"data\":{\"username\":\"u\"}}", "db/creds/x/1", false });
	WANT("A", "vault://s/data/a#k");
	WANT("B", "vault://s/data/a#n");
	WANT("C", "vault://s/data/a#/o/x/1");
	WANT("D", "vault://s/data/a#o");
	WANT("E", "vault://db/creds/x#username");
	WANT("F", "vault://s/data/a#t", .as = MF_AS_FILE);
	fetch_ok();
	assert_int_equal(fetches, 1);
	assert_int_equal(docs_asked, 2);
	assert_int_equal(items.n, 6);
	assert_item(0, "A", "v");
	assert_item(1, "B", "1.50");
	assert_item(2, "C", "\xc3\xa4");
	assert_item(3, "D", "{\"x\":[1,\"\xc3\xa4\"]}");
	assert_item(4, "E", "u");
	assert_item(5, "F", "true");
	assert_int_equal(items.v[5].as, MF_AS_FILE);
	assert_string_equal(items.v[2].from, "vault://s/data/a#/o/x/1");
	assert_int_equal(items.v[0].version, 7);
	assert_false(items.v[0].leased);
	assert_true(items.v[4].leased);
	assert_int_equal(items.n_leases, 1);
	assert_string_equal(items.leases[0], "db/creds/x/1");
}

static int look(void *ctx, const struct mf_item *item, struct mf_str value, struct mf_err *e)
{
	size_t *n = ctx;

	assert_string_equal(item->name, *n ? "B" : "A");
	assert_str_is(value, *n ? "u" : "v");
	return ++*n == 2 ? mf_fail(e, MF_E_BASE_BUG, "enough") : 0;
}

/* Each in its order, until one is not liked. */
static void test_look(void **state)
{
	size_t n = 0;

	(void)state;
	fake_docs = DOCS({ "s/data/a", "{\"data\":{\"data\":{\"k\":\"v\"},\"metadata\":{}}}", NULL, false },
			 { "db/creds/x", "{\"data\":{\"username\":\"u\"}}", "db/creds/x/1", false });
	WANT("A", "vault://s/data/a#k");
	WANT("B", "vault://db/creds/x#username");
	WANT("C", "env://PLAIN");
	fetch_ok();
	assert_true(items.v[0].fetched && items.v[1].fetched && !items.v[2].fetched);
	assert_int_equal(mf_items_look(&items, look, &n, &err), -1);
	assert_int_equal(n, 2);
}

static void test_whole_secrets(void **state)
{
	(void)state;
	fake_docs = DOCS({ "s/a", "{\"data\":{\"user-name\":\"u\",\"Pass.Word\":\"p\",\"nothing\":null,\"n\":5}}", NULL, false });
	WANT(NULL, "vault://s/a", .prefix = "DB_");
	WANT(NULL, "vault://s/a", .prefix = "x_", .keep_case = true);
	WANT("WHOLE", "vault://s/a");
	fetch_ok();
	assert_int_equal(docs_asked, 1);
	assert_item(0, "DB_USER_NAME", "u");
	assert_item(1, "DB_PASS_WORD", "p");
	assert_item(2, "DB_N", "5");
	assert_item(3, "x_user_name", "u");
	assert_item(4, "x_Pass_Word", "p");
	assert_item(6, "WHOLE", "{\"user-name\":\"u\",\"Pass.Word\":\"p\",\"nothing\":null,\"n\":5}");
	assert_int_equal(items.n, 7);
	assert_string_equal(items.v[0].from, "vault://s/a#user-name");
}

static void test_missing_fields(void **state)
{
	(void)state;
	fake_docs = DOCS({ "s/a", "{\"data\":{\"api_key\":\"u\",\"none\":null}}", NULL, false });
	WANT("A", "vault://s/a#apikey");
	fetch_fails("MF-FETCH-01", "did you mean 'api_key'?");
	assert_non_null(strstr(err.sent, "it has: 'api_key', 'none'"));
	assert_non_null(strstr(err.why, "want 1"));
	mf_conf_clear_wants(conf);
	WANT("A", "vault://s/a#none");
	fetch_fails("MF-FETCH-02", "null");
	mf_conf_clear_wants(conf);
	WANT("A", "vault://s/a#/api_key/x");
	fetch_fails("MF-FETCH-01", "/api_key/x");
	mf_conf_clear_wants(conf);
	WANT("A", "vault://s/a#apikey", .optional = true);
	WANT("B", "vault://s/a#api_key");
	WANT("C", "vault://s/gone#x", .optional = true);
	fetch_ok();
	assert_int_equal(items.n, 1);
}

/* All or nothing, and what was leased is handed over all the same. */
static void test_all_or_nothing(void **state)
{
	(void)state;
	fake_docs = DOCS({ "s/a", "{\"data\":{\"k\":\"u\"}}", "l/1", false }, { "s/b", "{\"data\":{\"k\":\"u\"}}", "l/2", false });
	WANT("A", "vault://s/a#k");
	WANT("B", "vault://s/gone#k");
	WANT("C", "vault://s/b#nope");
	fetch_fails("MF-VAULT-06", "s/gone");
	assert_int_equal(items.n_leases, 2);
	assert_non_null(strstr(err.note, "for 'B' (want 2)"));
	assert_non_null(strstr(err.note, "1 more failed"));
}

/* What fails without a request fails before one. */
static void test_local_comes_first(void **state)
{
	(void)state;
	fake_docs = DOCS({ "s/a", "{\"data\":{\"k\":\"u\"}}", "l/1", false });
	WANT("A", "vault://s/a#k");
	WANT("B", "env://NOT_SET");
	fetch_fails("MF-FETCH-05", "NOT_SET");
	assert_int_equal(fetches, 0);
}

static void test_env_and_file(void **state)
{
	char file[] = "/tmp/mf-test-fetch-XXXXXX", ref[80], fields[96];
	int fd = mkstemp(file);

	(void)state;
	assert_int_equal(write(fd, "{\"k\":\"v\"}\n\0x", 12), 12);
	snprintf(ref, sizeof(ref), "file://%s", file);
	WANT("A", "env://PLAIN");
	WANT("B", "env://JSON#/a/b");
	WANT("C", "env://EMPTY");
	WANT("D", "env://NOT_SET", .optional = true);
	WANT("E", ref);
	WANT("F", "file:///nonexistent/x", .optional = true);
	WANT(NULL, "env://JSON", .prefix = "J_");
	fetch_ok();
	assert_item(0, "A", "plain value");
	assert_item(1, "B", "deep");
	assert_item(2, "C", "");
	assert_int_equal(mf_secret_len(items.v[3].value), 12);
	assert_item(4, "J_A", "{\"b\":\"deep\"}");
	assert_item(5, "J_C", "5");
	mf_items_free(&items);
	mf_conf_clear_wants(conf);
	snprintf(fields, sizeof(fields), "%s#k", ref);
	WANT("A", fields);
	fetch_fails("MF-JSON-01", "");
	mf_conf_clear_wants(conf);
	WANT("A", "file:///nonexistent/x");
	fetch_fails("MF-FS-03", "/nonexistent/x");
	mf_conf_clear_wants(conf);
	WANT("A", "env://PLAIN#x");
	fetch_fails("MF-JSON-01", "PLAIN");
	close(fd);
	unlink(file);
}

static void test_names(void **state)
{
	(void)state;
	fake_docs = DOCS({ "s/a", "{\"data\":{\"k\":\"u\",\"a-b\":1,\"a_b\":2}}", NULL, false }, { "s/b", "{\"data\":{\"k\":\"u\",\"1\":\"x\"}}", NULL, false },
			 { "s/c", "{\"data\":{\"\xc3\xa4\":\"u\"}}", NULL, false }, { "s/d", "{\"data\":{\"k\":\"other\"}}", NULL, false });
	WANT("A", "vault://s/a#k");
	WANT("A", "vault://s/d#k");
	fetch_fails("MF-FETCH-03", "'vault://s/a#k' and 'vault://s/d#k'");
	mf_conf_clear_wants(conf);
	/* two fields that make one name */
	WANT(NULL, "vault://s/a", .prefix = "X_");
	fetch_fails("MF-FETCH-03", "X_A_B");
	mf_conf_clear_wants(conf);
	/* the same value twice is harmless */
	WANT("A", "vault://s/a#k");
	WANT("A", "vault://s/a#k");
	fetch_ok();
	assert_int_equal(items.n, 1);
	mf_items_free(&items);
	mf_conf_clear_wants(conf);
	WANT(NULL, "vault://s/b");
	fetch_fails("MF-FETCH-04", "field '1'");
	mf_conf_clear_wants(conf);
	WANT(NULL, "vault://s/c", .prefix = "X_");
	fetch_fails("MF-FETCH-04", "makes no name");
}

static void test_decoding(void **state)
{
	static const char *const bad[] = { "b", "h" };

	(void)state;
	fake_docs = DOCS({ "s/a", "{\"data\":{\"b64\":\"AAEC\\n/w==\",\"url\":\"-_8\",\"hex\":\"00fF\\n10\",\"b\":\"a*\",\"h\":\"abc\"}}", NULL, false });
	WANT("A", "vault://s/a#b64", .decode = MF_DECODE_BASE64);
	WANT("B", "vault://s/a#url", .decode = MF_DECODE_BASE64);
	WANT("C", "vault://s/a#hex", .decode = MF_DECODE_HEX);
	fetch_ok();
	assert_int_equal(mf_secret_len(items.v[0].value), 4);
	assert_memory_equal(mf_secret_reveal(items.v[0].value).p, "\0\1\2\xff", 4);
	assert_memory_equal(mf_secret_reveal(items.v[1].value).p, "\xfb\xff", 2);
	assert_memory_equal(mf_secret_reveal(items.v[2].value).p, "\0\xff\x10", 3);
	mf_items_free(&items);
	for (size_t i = 0; i < 2; i++) {
		char ref[32];

		snprintf(ref, sizeof(ref), "vault://s/a#%s", bad[i]);
		mf_conf_clear_wants(conf);
		WANT("A", ref, .decode = i ? MF_DECODE_HEX : MF_DECODE_BASE64);
		fetch_fails("MF-FETCH-06", "'A'");
	}
}

static void test_strings_are_kept_whole(void **state)
{
	(void)state;
	fake_docs = DOCS({ "s/a", "{\"data\":{\"k\":\"a\\u0000b\\n\",\"e\":\"\"}}", NULL, false });
	WANT("A", "vault://s/a#k");
	WANT("B", "vault://s/a#e");
	fetch_ok();
	assert_int_equal(mf_secret_len(items.v[0].value), 4);
	assert_memory_equal(mf_secret_reveal(items.v[0].value).p, "a\0b\n", 4);
	assert_int_equal(mf_secret_len(items.v[1].value), 0);
}

/* -- vault-action's way -- */

#define ACTION_DOC "{\"data\":{\"data\":{\"api_key\":\"k\",\"a\":{\"b\":[{\"c\":\"x\"},{\"c\":\"y\"}],\"n\":[[1,2]]},\"dot.ted\":\"d\",\"dash-ed\":\"h\"," \
		   "\"i[0]\":\"literal\",\"j\":[\"first\"],\"nil\":null,\"num\":12,\"obj\":{\"z\":1}},\"metadata\":{\"version\":1}}}"

static void test_action_selectors(void **state)
{
	(void)state;
	fake_docs = DOCS({ "s/data/a", ACTION_DOC, NULL, false });
	want_action("s/data/a api_key ; s/data/a a.b[0].c | C0 ; s/data/a a.b[-1].c | C1 ; s/data/a `dot.ted` ; s/data/a 'dot.ted' | D2 ;"
		    "s/data/a \"dash-ed\" ; s/data/a i[0] | LIT ; s/data/a j[0] | J ; s/data/a nil | NIL ; s/data/a num | NUM ; s/data/a obj | OBJ ;"
		    "s/data/a a.n[0][1] | N ; s/data/a obj.z[0] | ONE ; s/data/a `num` | TICK", false);
	fetch_ok();
	assert_int_equal(docs_asked, 1);
	assert_item(0, "API_KEY", "k");
	assert_string_equal(items.v[0].output, "api_key");
	assert_item(1, "C0", "x");
	assert_item(2, "C1", "y");
	assert_item(3, "DOT__TED", "d");
	assert_item(4, "D2", "d");
	assert_item(5, "DASHED", "h");
	assert_item(6, "LIT", "literal");
	assert_item(7, "J", "first");
	assert_item(8, "NIL", "null");
	assert_item(9, "NUM", "12");
	assert_item(10, "OBJ", "{\"z\":1}");
	assert_item(11, "N", "2");
	assert_item(12, "ONE", "1");
	assert_item(13, "TICK", "12");
}

/* Of entries that make one name the last one counts; each kind of name on its own. */
static void test_action_order(void **state)
{
	(void)state;
	fake_docs = DOCS({ "s/data/base", "{\"data\":{\"data\":{\"url\":\"base\",\"only\":\"o\",\"Mix\":\"m\"}}}", NULL, false },
			 { "s/data/app", "{\"data\":{\"data\":{\"url\":\"app\",\"mix\":\"n\"}}}", NULL, false });
	want_action("s/data/base * ; s/data/app *", false);
	fetch_ok();
	assert_int_equal(items.n, 4);
	for (size_t i = 0; i < items.n; i++) {
		const struct mf_item *it = &items.v[i];

		if (strcmp(it->output, "url") == 0)
			assert_str_is(mf_secret_reveal(it->value), "app");
		/* 'Mix' and 'mix' are two outputs and one variable */
		assert_int_equal(it->no_env, strcmp(it->output, "Mix") == 0);
		assert_false(it->no_output);
	}
	mf_items_free(&items);
	mf_conf_clear_wants(conf);
	/* what is not of that grammar still collides */
	WANT("URL", "vault://s/data/base#/data/url");
	want_action("s/data/app url", false);
	fetch_fails("MF-FETCH-03", "'URL'");
}

static void test_action_refusals(void **state)
{
	static const struct { const char *text, *id, *part; } cases[] = {
		{ "s/data/a a.b.c | N", "MF-FETCH-02", "names 'c' in an array" },
		{ "s/data/a a.b[9].c | N", "MF-FETCH-01", "no field 'a'" },
		{ "s/data/a \"dot.ted\" | N", "MF-FETCH-01", "no field 'dot'" },
		{ "s/data/a apikey", "MF-FETCH-01", "did you mean 'api_key'?" },
		{ "s/data/gone k", "MF-VAULT-06", "s/data/gone" },
	};

	(void)state;
	fake_docs = DOCS({ "s/data/a", ACTION_DOC, NULL, false });
	for (size_t i = 0; i < MF_COUNT(cases); i++) {
		mf_conf_clear_wants(conf);
		want_action(cases[i].text, false);
		fetch_fails(cases[i].id, cases[i].part);
	}
	/* ignoreNotFound is for paths, not for keys */
	mf_conf_clear_wants(conf);
	want_action("s/data/gone k ; s/data/a num", true);
	fetch_ok();
	assert_int_equal(items.n, 1);
	mf_items_free(&items);
	mf_conf_clear_wants(conf);
	want_action("s/data/a nope", true);
	fetch_fails("MF-FETCH-01", "nope");
}

static void test_action_wildcards(void **state)
{
	(void)state;
	fake_docs = DOCS({ "s/a", "{\"data\":{\"user-Name\":\"u\",\"p.q\":null}}", NULL, false }, { "s/v1", "{\"data\":{\"data\":{\"in\":\"1\"},\"out\":\"2\"}}", NULL, false });
	want_action("s/a * ; s/a ** | pre- ; s/v1 *", false);
	fetch_ok();
	assert_int_equal(items.n, 5);
	assert_item(0, "USERNAME", "u");
	assert_string_equal(items.v[0].output, "userName");
	assert_item(1, "P__Q", "null");
	assert_item(2, "preuserName", "u");
	assert_string_equal(items.v[2].output, "preuserName");
	/* `data` inside the data is the data, in KV version 1 too */
	assert_item(4, "IN", "1");
}

/* The same keys once in upper case and once as they are: variables differ, outputs are the same and so are their values. */
static void test_action_both_wildcards(void **state)
{
	(void)state;
	fake_docs = DOCS({ "s/a", "{\"data\":{\"foo\":\"bar\"}}", NULL, false });
	want_action("s/a * ; s/a **", false);
	fetch_ok();
	assert_int_equal(items.n, 2);
	assert_item(0, "FOO", "bar");
	assert_item(1, "foo", "bar");
	assert_false(items.v[0].no_output);
	assert_true(items.v[1].no_output);
}

static void test_pki(void **state)
{
	const struct mf_vault_action_rules rules = { .export_env = true };

	(void)state;
	fake_docs = DOCS({ "pki/issue/web", "{\"data\":{\"certificate\":\"C\",\"private_key\":\"K\",\"issuing_ca\":\"A\",\"ca_chain\":[\"A\",\"B\"]}}", NULL, false },
			 { "pki/issue/root", "{\"data\":{\"certificate\":\"C\",\"private_key\":\"K\",\"issuing_ca\":\"A\"}}", NULL, false });
	assert_int_equal(mf_conf_add_vault_pki(conf, mf_str("pki/issue/web {\"ttl\":\"1h\"} ; pki/issue/root {}"), &rules, &err), 0);
	fetch_ok();
	assert_int_equal(docs_asked, 2);
	assert_int_equal(items.n, 7);
	assert_item(0, "WEB_CERT", "C");
	assert_item(1, "WEB_KEY", "K");
	assert_item(3, "WEB_CA_CHAIN", "A\nB");
	assert_string_equal(items.v[3].output, "web_ca_chain");
}

/* All fields of a secret without any: an error, unless the secret may be missing. */
static void test_no_fields(void **state)
{
	(void)state;
	fake_docs = DOCS({ "s/empty", "{\"data\":{}}", NULL, false }, { "s/nulls", "{\"data\":{\"a\":null}}", NULL, false });
	WANT(NULL, "vault://s/empty", .prefix = "P_");
	fetch_fails("MF-FETCH-01", "'s/empty' has no fields");
	mf_conf_clear_wants(conf);
	WANT(NULL, "vault://s/nulls", .prefix = "P_");
	fetch_fails("MF-FETCH-01", "each is null");
	mf_conf_clear_wants(conf);
	WANT(NULL, "vault://s/empty", .prefix = "P_", .optional = true);
	WANT("WHOLE", "vault://s/empty");
	fetch_ok();
	assert_int_equal(items.n, 1);
	assert_item(0, "WHOLE", "{}");
}

/* export.env holds for whatever asked for the secret; a file's path is always a variable. */
static void test_no_variables(void **state)
{
	(void)state;
	fake_docs = DOCS({ "s/a", "{\"data\":{\"k\":\"v\",\"m\":\"w\"}}", NULL, false });
	WANT("A", "vault://s/a#k");
	WANT(NULL, "vault://s/a", .prefix = "P_");
	WANT("F", "vault://s/a#k", .as = MF_AS_FILE);
	assert_int_equal(mf_conf_set_env(conf, MF_K_EXPORT_ENV, "false", "MAYFLY_EXPORT_ENV", &err), 0);
	fetch_ok();
	assert_int_equal(items.n, 4);
	for (size_t i = 0; i < 3; i++) {
		assert_true(items.v[i].no_env);
		assert_false(items.v[i].no_output);
	}
	assert_false(items.v[3].no_env);
}

/* {"data":{"f0":"v",...}} */
static size_t many_fields(char *out, size_t size, size_t n)
{
	size_t len = (size_t)snprintf(out, size, "{\"data\":{");

	for (size_t i = 0; i < n; i++)
		len += (size_t)snprintf(out + len, size - len, "%s\"f%zu\":\"v\"", i ? "," : "", i);
	return len + (size_t)snprintf(out + len, size - len, "}}");
}

static void test_too_many(void **state)
{
	const size_t size = 64 * MF_ITEMS_MAX;
	char *json = malloc(size);

	(void)state;
	assert_in_range(many_fields(json, size, MF_ITEMS_MAX), 1, size - 1);
	fake_docs = DOCS({ "s/many", json, NULL, false }, { "s/one", "{\"data\":{\"k\":\"v\"}}", NULL, false });
	WANT(NULL, "vault://s/many", .prefix = "P_");
	fetch_ok();
	assert_int_equal(items.n, MF_ITEMS_MAX);
	mf_items_free(&items);
	WANT("ONE", "vault://s/one#k");
	fetch_fails("MF-FETCH-07", "more than 2000 values");
	free(json);
}

/* A server that gives fields the name of what it was sent. */
static void fake_hide(const struct mf_cred *cred, char *text)
{
	mf_secret_hide(text, cred->token);
}

static void test_repeated_names(void **state)
{
	static const char token[] = "hvs.CAESIRepeatedByTheServer0123456789";
	const struct mf_provider hides = { .schemes = 1u << MF_REF_VAULT, .name = "fake", .fetch = fake_fetch, .hide = fake_hide };
	struct mf_cred cred = { .provider = &hides, .token = mf_secret_new(token, sizeof(token) - 1) };
	const struct mf_reader reader = { .cred = &cred };
	char json[128];

	(void)state;
	snprintf(json, sizeof(json), "{\"data\":{\"%s\":\"v\",\"k\":\"w\"}}", token);
	fake_docs = DOCS({ "s/a", json, NULL, false });
	WANT("A", "vault://s/a#nope");
	assert_int_equal(mf_fetch(&items, conf, &reader, 1, fake_env, &err), -1);
	assert_non_null(strstr(err.sent, "'[cut]', 'k'"));
	mf_conf_clear_wants(conf);
	WANT(NULL, "vault://s/a", .prefix = "P_", .keep_case = true);
	assert_int_equal(mf_fetch(&items, conf, &reader, 1, fake_env, &err), -1);
	assert_string_equal(err.id, "MF-FETCH-04");
	assert_null(memmem(&err, sizeof(err), "Repeated", 8));
	mf_secret_free(cred.token);
}

/* -- torture -- */

static int torture_body(void *ctx, struct mf_err *e)
{
	struct mf_cred cred = { .provider = &fake };
	const struct mf_reader reader = { .cred = &cred };
	struct mf_items out = { 0 };
	int rc;

	(void)ctx;
	rc = mf_fetch(&out, conf, &reader, 1, fake_env, e);
	mf_items_free(&out);
	return rc;
}

static void test_torture(void **state)
{
	(void)state;
	fake_docs = DOCS({ "s/data/a", ACTION_DOC, "lease/1", false });
	want_action("s/data/a api_key ; s/data/a a.b[0].c | C0 ; s/data/a ** | P_", false);
	WANT("A", "vault://s/data/a#num");
	WANT("B", "env://JSON#/a/b");
	mf_torture(torture_body, NULL);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_each_document_once),
		TEST(test_look),
		TEST(test_whole_secrets),
		TEST(test_missing_fields),
		TEST(test_all_or_nothing),
		TEST(test_local_comes_first),
		TEST(test_env_and_file),
		TEST(test_names),
		TEST(test_decoding),
		TEST(test_strings_are_kept_whole),
		TEST(test_action_selectors),
		TEST(test_action_order),
		TEST(test_action_refusals),
		TEST(test_action_wildcards),
		TEST(test_action_both_wildcards),
		TEST(test_pki),
		TEST(test_no_fields),
		TEST(test_no_variables),
		TEST(test_too_many),
		TEST(test_repeated_names),
		TEST(test_torture),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
