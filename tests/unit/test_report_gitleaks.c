/* SPDX-License-Identifier: Apache-2.0 */
/* gitleaks' formats, as gitleaks 8.30.1 wrote them for a repository with the same findings. */
#include "unit.h"

#include <stdio.h>
#include "failalloc.h"
#include "support_report.h"

static struct mf_err err;
static struct mf_findings list;
static struct mf_run run;
static struct mf_report_opts opts;
static char secret[64];

static const char *const aliases[] = { "aws-access-token" };
static const struct mf_rule aws = { .id = "aws-key", .title = "Identified AWS \"credentials\" <risk>", .aliases = aliases, .n_aliases = 1 };
static const struct mf_rule path_only = { .id = "pkcs12-file", .title = "Found a PKCS #12 file" };

static int setup(void **state)
{
	static const char *const ids[] = { NULL };
	struct mf_finding f;

	(void)state;
	snprintf(secret, sizeof(secret), "%s%s", "AKIA", "QYLPMN5HHHFPZAM2");
	run = (struct mf_run){ .server_url = "https://github.com", .repository = "acme/shop" };
	opts = (struct mf_report_opts){ .redact = 0, .gitleaks_ids = ids };
	f = mf_test_finding(&aws, "dir, with \"q\"/b <x>.txt", 3, secret, "k=%s");
	f.entropy = 3.646439344671015;
	free(f.message);
	free(f.author);
	f.author = strdup("Ada \"L\" x");
	f.message = strdup("first \"line\" <b>&amp;\r\nsecond\n\n\nbody, second, tab\there\n\xe2\x80\xa8 \x01\n\n");
	mf_test_add(&list, f);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	mf_findings_free(&list);
	return 0;
}

static char *render(const char *format)
{
	size_t n;
	char *text = mf_test_render(format, &run, &list, &opts, &n, &err);

	assert_non_null(text);
	return text;
}

static void writes(const char *format, const char *want)
{
	char *text = render(format);

	assert_string_equal(text, want);
	free(text);
}

#define FILE_JSON "dir, with \\\"q\\\"/b \\u003cx\\u003e.txt"
#define COMMIT "adadadadadadadadadadadadadadadadadadadad"

static void test_json(void **state)
{
	(void)state;
	/* columns are one too high in every line but the first: so they are in gitleaks */
	writes("gitleaks-json",
	       "[\n {\n"
	       "  \"RuleID\": \"aws-access-token\",\n"
	       "  \"Description\": \"Identified AWS \\\"credentials\\\" \\u003crisk\\u003e\",\n"
	       "  \"StartLine\": 3,\n  \"EndLine\": 3,\n  \"StartColumn\": 4,\n  \"EndColumn\": 23,\n"
	       "  \"Match\": \"AKIA" "QYLPMN5HHHFPZAM2\",\n  \"Secret\": \"AKIA" "QYLPMN5HHHFPZAM2\",\n"
	       "  \"File\": \"" FILE_JSON "\",\n  \"SymlinkFile\": \"\",\n  \"Commit\": \"" COMMIT "\",\n"
	       "  \"Link\": \"https://github.com/acme/shop/blob/" COMMIT "/dir,%20with%20\\\"q\\\"/b%20\\u003cx\\u003e.txt#L3\",\n"
	       "  \"Entropy\": 3.6464393,\n  \"Author\": \"Ada \\\"L\\\" x\",\n  \"Email\": \"ada@example.com\",\n  \"Date\": \"2024-05-01T08:00:00Z\",\n"
	       "  \"Message\": \"first \\\"line\\\" \\u003cb\\u003e\\u0026amp; second\\n\\nbody, second, tab       here\\n\\u2028 \\u0001\",\n"
	       "  \"Tags\": [],\n"
	       "  \"Fingerprint\": \"" COMMIT ":" FILE_JSON ":aws-access-token:3\"\n"
	       " }\n]\n");
}

/* An entry for each path, with its own fingerprint. */
static void test_more_paths(void **state)
{
	static const char *const formats[] = { "gitleaks-json", "gitleaks-csv", "gitleaks-junit", "gitleaks-sarif" };
	struct mf_finding *f = &list.v[0];

	(void)state;
	f->more_paths = calloc(1, sizeof(char *));
	f->more_paths[f->n_more_paths++] = strdup("copied.txt");
	for (size_t i = 0; i < MF_COUNT(formats); i++) {
		char *text = render(formats[i]);

		assert_non_null(strstr(text, "copied.txt"));
		assert_non_null(strstr(text, i == 3 ? "\"uri\": \"copied.txt\"" : COMMIT ":copied.txt:aws-access-token:3"));
		if (i == 2)
			assert_non_null(strstr(text, "failures=\"2\" name=\"gitleaks\" tests=\"2\""));
		free(text);
	}
}

static void test_csv(void **state)
{
	(void)state;
	writes("gitleaks-csv",
	       "RuleID,Commit,File,SymlinkFile,Secret,Match,StartLine,EndLine,StartColumn,EndColumn,Author,Message,Date,Email,Fingerprint,Tags,Link\n"
	       "aws-access-token," COMMIT ",\"dir, with \"\"q\"\"/b <x>.txt\",,AKIA" "QYLPMN5HHHFPZAM2,AKIA" "QYLPMN5HHHFPZAM2,3,3,4,23,\"Ada \"\"L\"\" x\","
	       "\"first \"\"line\"\" <b>&amp; second\n\nbody, second, tab       here\n\xe2\x80\xa8 \x01\",2024-05-01T08:00:00Z,ada@example.com,"
	       "\"" COMMIT ":dir, with \"\"q\"\"/b <x>.txt:aws-access-token:3\",,"
	       "\"https://github.com/acme/shop/blob/" COMMIT "/dir,%20with%20\"\"q\"\"/b%20<x>.txt#L3\"\n");
}

static void test_empty(void **state)
{
	(void)state;
	list.v[0].pass = MF_PASS_INLINE;
	writes("gitleaks-json", "[]\n");
	writes("gitleaks-csv", "");
	writes("gitleaks-junit", "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n\t<testsuite failures=\"0\" name=\"gitleaks\" tests=\"0\" time=\"\"></testsuite>\n"
				 "</testsuites>");
	writes("gitleaks-sarif",
	       "{\n \"$schema\": \"https://json.schemastore.org/sarif-2.1.0.json\",\n \"version\": \"2.1.0\",\n \"runs\": [\n  {\n   \"tool\": {\n    \"driver\": {\n"
	       "     \"name\": \"gitleaks\",\n     \"semanticVersion\": \"v8.0.0\",\n     \"informationUri\": \"https://github.com/gitleaks/gitleaks\",\n"
	       "     \"rules\": []\n    }\n   },\n   \"results\": []\n  }\n ]\n}\n");
}

static void test_redact(void **state)
{
	char *text;

	(void)state;
	opts.redact = 100;
	text = render("gitleaks-json");
	assert_non_null(strstr(text, "\"Match\": \"REDACTED\",\n  \"Secret\": \"REDACTED\""));
	free(text);
	opts.redact = 30;
	text = render("gitleaks-json");
	assert_non_null(strstr(text, "\"Secret\": \"AKIA" "QYLPMN5HHH...\""));
	free(text);
	opts.redact = 88;	/* 2.4 characters are left */
	text = render("gitleaks-json");
	assert_non_null(strstr(text, "\"Secret\": \"AK...\""));
	free(text);
}

static void test_tags(void **state)
{
	char *text;

	(void)state;
	list.v[0].encoding = MF_ENC_BASE64 | MF_ENC_PERCENT | MF_ENC_ARCHIVE;
	list.v[0].depth = 2;
	text = render("gitleaks-json");
	assert_non_null(strstr(text, "\n  \"Tags\": [\n   \"decoded:percent\",\n   \"decoded:base64\",\n   \"decode-depth:2\"\n  ],\n"));
	free(text);
	text = render("gitleaks-csv");
	assert_non_null(strstr(text, ",decoded:percent decoded:base64 decode-depth:2,"));
	free(text);
}

/* Rules that look at the path only have neither secret nor line. */
static void test_path_only(void **state)
{
	struct mf_finding f = mf_test_finding(&path_only, "key.p12", 0, "file detected: key.p12", "%s");
	char *text;

	(void)state;
	f.secret_n = 0;
	f.secret[0] = '\0';
	f.col = f.end_col = f.end_line = 0;
	f.entropy = 0;
	mf_test_add(&list, f);
	opts.redact = 100;
	text = render("gitleaks-json");
	assert_non_null(strstr(text, "\"StartLine\": 0,\n  \"EndLine\": 0,\n  \"StartColumn\": 0,\n  \"EndColumn\": 0,\n  \"Match\": \"file detected: key.p12\",\n  \"Secret\": \"\","));
	assert_non_null(strstr(text, "/key.p12\",\n  \"Entropy\": 0,"));
	assert_non_null(strstr(text, ":key.p12:pkcs12-file:0\""));
	free(text);
}

static void link(const char *server, const char *path, unsigned last, const char *want)
{
	char *text;

	free(list.v[0].path);
	list.v[0].path = strdup(path);
	list.v[0].end_line = last;
	run.server_url = server;
	text = render("gitleaks-json");
	if (want ? !strstr(text, want) : strstr(text, "\"Link\"") != NULL)
		fail_msg("%s: %s", want ? want : "a link", text);
	free(text);
}

static void test_links(void **state)
{
	(void)state;
	link("https://github.com", "a.md", 3, "\"https://github.com/acme/shop/blob/" COMMIT "/a.md?plain=1#L3\"");
	link("https://github.com/", "a%b", 4, "\"https://github.com/acme/shop/blob/" COMMIT "/a%25b#L3-L4\"");
	link("https://github.com", "a.zip!b/c", 3, "\"https://github.com/acme/shop/blob/" COMMIT "/a.zip\"");
	link("https://gitlab.com", "a", 4, "\"https://gitlab.com/acme/shop/blob/" COMMIT "/a#L3-4\"");
	link("https://codeberg.org", "a.ipynb", 4, "\"https://codeberg.org/acme/shop/src/commit/" COMMIT "/a.ipynb?display=source#L3-L4\"");
	link("https://bitbucket.org", "a", 4, "\"https://bitbucket.org/acme/shop/src/" COMMIT "/a#lines-3:4\"");
	link("https://github.com.evil.example", "a", 3, NULL);
	link("https://git.example.com", "a", 3, NULL);
	link(NULL, "a", 3, NULL);
}

static void test_junit(void **state)
{
	char *text;

	(void)state;
	text = render("gitleaks-junit");
	assert_memory_equal(text, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n\t<testsuite failures=\"1\" name=\"gitleaks\" tests=\"1\" time=\"\">\n"
				  "\t\t<testcase classname=\"Identified AWS &#34;credentials&#34; &lt;risk&gt;\" file=\"dir, with &#34;q&#34;/b &lt;x&gt;.txt\" "
				  "name=\"aws-access-token has detected a secret in file dir, with &#34;q&#34;/b &lt;x&gt;.txt, line 3, at commit " COMMIT ".\" time=\"\">\n"
				  "\t\t\t<failure message=\"aws-access-token has", 400);
	assert_non_null(strstr(text, "\">{&#xA;&#x9;&#34;RuleID&#34;: &#34;aws-access-token&#34;,&#xA;&#x9;&#34;Description"));
	assert_non_null(strstr(text, "&#34;Tags&#34;: [],&#xA;&#x9;&#34;Fingerprint&#34;: "));
	assert_non_null(strstr(text, "&#34;&#xA;}</failure>\n\t\t</testcase>\n\t</testsuite>\n</testsuites>"));
	free(text);
}

static void test_sarif(void **state)
{
	const struct mf_rule *const rules[] = { &path_only, &aws, &aws };
	char *text;

	(void)state;
	run.all_rules = rules;
	run.rules = 3;
	text = render("gitleaks-sarif");
	assert_non_null(strstr(text, "     \"rules\": [\n      {\n       \"id\": \"aws-access-token\",\n       \"shortDescription\": {\n        \"text\": \"Identified AWS "
				     "\\\"credentials\\\" \\u003crisk\\u003e\"\n       }\n      },\n      {\n       \"id\": \"pkcs12-file\",\n"));
	assert_non_null(strstr(text, "   \"results\": [\n    {\n     \"message\": {\n      \"text\": \"aws-access-token has detected secret for file " FILE_JSON
				     " at commit " COMMIT ".\"\n     },\n     \"ruleId\": \"aws-access-token\",\n     \"locations\": [\n      {\n"
				     "       \"physicalLocation\": {\n        \"artifactLocation\": {\n         \"uri\": \"" FILE_JSON "\"\n        },\n"
				     "        \"region\": {\n         \"startLine\": 3,\n         \"startColumn\": 4,\n         \"endLine\": 3,\n"
				     "         \"endColumn\": 23,\n         \"snippet\": {\n          \"text\": \"AKIA" "QYLPMN5HHHFPZAM2\"\n"));
	assert_non_null(strstr(text, "     \"partialFingerprints\": {\n      \"commitSha\": \"" COMMIT "\",\n      \"email\": \"ada@example.com\",\n"
				     "      \"author\": \"Ada \\\"L\\\" x\",\n      \"date\": \"2024-05-01T08:00:00Z\",\n      \"commitMessage\": \"first"));
	assert_non_null(strstr(text, "\n     },\n     \"properties\": {\n      \"tags\": []\n     }\n    }\n   ]\n  }\n ]\n}\n"));
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_json, setup, teardown),
		cmocka_unit_test_setup_teardown(test_more_paths, setup, teardown),
		cmocka_unit_test_setup_teardown(test_csv, setup, teardown),
		cmocka_unit_test_setup_teardown(test_empty, setup, teardown),
		cmocka_unit_test_setup_teardown(test_redact, setup, teardown),
		cmocka_unit_test_setup_teardown(test_tags, setup, teardown),
		cmocka_unit_test_setup_teardown(test_path_only, setup, teardown),
		cmocka_unit_test_setup_teardown(test_links, setup, teardown),
		cmocka_unit_test_setup_teardown(test_junit, setup, teardown),
		cmocka_unit_test_setup_teardown(test_sarif, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
