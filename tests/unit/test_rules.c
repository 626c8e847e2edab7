/* SPDX-License-Identifier: Apache-2.0 */
/* Our rules: what their compiler takes and refuses, what it proves of keywords, the expression behind `assign`, templates; the set that is loaded
 * without a user's file, and its filters. */
#include "unit.h"

#include <stdio.h>
#include <mayfly/rules.h>
#include "../../src/detect/rules_book.h"
#include "failalloc.h"

static struct mf_err err;
static const char *const checks[] = { "crc32-base62", "jwt", NULL };

/* -- the compiler ---------------------------------------------------------------------------------------- */

#define HEAD "[[rule]]\nid = 'acme-token'\ntitle = 'Acme token'\nopens = 'all'\nrevoke = 'delete it'\nsource = 'https://acme.example/doc'\n"
#define TAIL "examples = ['a ${alnum:8}', 'b ${uuid}']\ncounter = ['c', 'd ${VAR} ${acme.key}']\n"
#define REGEX "keywords = ['acme_']\ncase = true\nregex = '''\\b(acme_[0-9a-z]{8})\\b'''\n"

struct seen { char text[2048]; };

static void complain(void *ctx, const struct mf_err *e)
{
	struct seen *s = ctx;

	snprintf(s->text, sizeof(s->text), "%s%s%s", *e->why ? e->why : e->what, *e->hint ? "; " : "", e->hint);
}

static void compile(struct mf_book *book, struct seen *seen, const char *text)
{
	*seen = (struct seen){ 0 };
	*book = (struct mf_book){ .checks = checks, .complain = complain, .ctx = seen };
	memset(&err, 0, sizeof(err));
	assert_int_equal(mf_book_add(book, "a.toml", mf_str(text), &err), 0);
	assert_int_equal(mf_book_finish(book, &err), 0);
}

static void test_a_rule(void **state)
{
	struct mf_book book;
	struct seen seen;
	const struct mf_rule *r;

	(void)state;
	compile(&book, &seen, "vendor = 'Acme'\n" HEAD REGEX TAIL "entropy = 3\naliases = ['acme-old']\ntags = ['x', 'y']\ncheck = 'jwt'\n"
		"severity = 'critical'\nlifetime = 'ssh'\ngroup = 1\nmax = 99\n");
	if (book.errors)
		fail_msg("%s", seen.text);
	assert_int_equal(book.n, 1);
	r = &book.rules[0].src.rule;
	assert_string_equal(r->id, "acme-token");
	assert_string_equal(r->vendor, "Acme");
	assert_string_equal(r->check, "jwt");
	assert_string_equal(r->lifetime, "ssh");
	assert_int_equal(r->severity, MF_SEV_CRITICAL);
	assert_int_equal(r->flags, MF_RULE_CASE | MF_RULE_BINARY | MF_RULE_DECODE);
	assert_int_equal(r->n_tags, 2);
	assert_true(r->entropy > 2.9 && r->entropy < 3.1);
	assert_int_equal(r->max, 99);
	assert_int_equal(r->group, 1);
	assert_int_equal(r->before, 0);
	assert_true(mf_rule_is(r, mf_str("acme-old")));
	assert_false(mf_rule_is(r, mf_str("acme")));
	mf_book_free(&book);
}

static void test_defaults(void **state)
{
	struct mf_book book;
	struct seen seen;
	const struct mf_rule *r;

	(void)state;
	compile(&book, &seen, HEAD "keywords = ['AcMe']\nassign = '[0-9a-f]{32}'\ngeneric = true\n" TAIL);
	assert_int_equal(book.errors, 0);
	r = &book.rules[0].src.rule;
	assert_string_equal(r->keywords[0], "acme");
	assert_string_equal(r->lifetime, "api_key");
	assert_int_equal(r->severity, MF_SEV_HIGH);
	assert_int_equal(r->flags, MF_RULE_GENERIC | MF_RULE_NEXT_LINE);
	assert_null(r->vendor);
	assert_true(r->before <= 2);
	/* what is asked of the bytes before the expression is */
	assert_int_equal(r->value.least, 32);
	/* Terraform has up to five lines between the name and the value, of characters that may take four bytes */
	assert_true(r->value.within > 200 && r->value.within < 8000);
	for (unsigned c = 0; c < 256; c++)
		assert_int_equal(r->value.bytes[c / 8] >> c % 8 & 1, (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'));
	mf_book_free(&book);
	compile(&book, &seen, HEAD "keywords = ['acme']\nassign = '[^a-z]{8,}'\n" TAIL);
	assert_int_equal(book.errors, 0);
	r = &book.rules[0].src.rule;
	assert_int_equal(r->value.least, 8);
	assert_true(r->value.within == SIZE_MAX);
	for (unsigned c = 0; c < 256; c++)
		assert_int_equal(r->value.bytes[c / 8] >> c % 8 & 1, c < 'a' || c > 'z');
	mf_book_free(&book);
	compile(&book, &seen, HEAD "path = '\\.p12$'\n" TAIL);
	assert_int_equal(book.errors, 0);
	assert_null(book.rules[0].src.rule.regex);
	mf_book_free(&book);
	compile(&book, &seen, HEAD "keywords = ['-----BEGIN']\ncase = true\ndecode = false\nblock = 'END'\nregex = '-----BEGIN(?s:.){10,}?END'\n" TAIL);
	assert_int_equal(book.errors, 0);
	assert_int_equal(book.rules[0].src.rule.flags, MF_RULE_CASE | MF_RULE_BINARY | MF_RULE_BLOCK);
	assert_int_equal(book.rules[0].src.rule.max, 16384);
	mf_book_free(&book);
}

/* Each with a part of what the compiler has to say. */
static void test_refused(void **state)
{
	static const char *const texts[][2] = {
		{ HEAD REGEX, "at least two entries in 'examples'" },
		{ HEAD REGEX "examples = ['a', 'b']\ncounter = ['c']\n", "at least two entries in 'counter'" },
		{ HEAD REGEX "examples = ['a', '${alnm:8}']\ncounter = ['c', 'd']\n", "a.toml:10:18: rule 'acme-token', examples: there are alnum" },
		{ HEAD REGEX "examples = ['a', '${alnum}']\ncounter = ['c', 'd']\n", "a number from 1 to 9999" },
		{ HEAD REGEX "examples = ['a', 'x ${']\ncounter = ['c', 'd']\n", "a ${ has no }" },
		{ HEAD REGEX "examples = ['a', '${token:nope}']\ncounter = ['c', 'd']\n", "the name of a structure check" },
		{ HEAD REGEX TAIL "entorpy = 3\n", "a.toml:12:11: a rule has no key 'entorpy'; did you mean 'entropy'?" },
		{ HEAD REGEX TAIL "entropy = 'x'\n", "a.toml:12:11: 'entropy' takes a number, not a string" },
		{ HEAD REGEX TAIL "entropy = 9\n", "between 0 and 8" },
		{ HEAD REGEX TAIL "check = 'jwtt'\n", "there is no structure check 'jwtt'; did you mean 'jwt'?" },
		{ HEAD REGEX TAIL "lifetime = 'api-key'\n", "there is no lifetime class 'api-key'; did you mean 'api_key'?" },
		{ HEAD REGEX TAIL "severity = 'bad'\n", "severity is critical, high, medium or low" },
		{ HEAD REGEX TAIL "group = 2\n", "no group of the number" },
		{ HEAD REGEX TAIL "each = 'x'\n", "'each' is for what is found in a block" },
		{ HEAD REGEX TAIL "assign = 'x'\n", "both 'regex' and 'assign'" },
		{ HEAD TAIL "keywords = ['acme']\n", "neither 'regex' nor 'assign'" },
		{ HEAD TAIL "regex = 'acme'\n", "it lacks 'keywords'" },
		{ HEAD TAIL "regex = 'acme('\nkeywords = ['acme']\n", "rule 'acme-token', regex: a regular expression is not valid" },
		{ HEAD TAIL "regex = 'ac'\nkeywords = ['ac']\n", "a keyword has 3 to 64 characters in one line, unlike 'ac'" },
		{ HEAD TAIL "regex = 'acme'\nkeywords = ['acme', 'acme']\n", "a keyword occurs twice" },
		{ HEAD TAIL "regex = 'acme|acne'\nkeywords = ['acme']\n", "this is the end of one that holds none: 'acne'" },
		{ HEAD TAIL "regex = 'Acme'\nkeywords = ['acme']\ncase = true\n", "holds none: 'Acme'" },
		{ HEAD TAIL "regex = '[a-z]+acme'\nkeywords = ['acme']\n", "is not bounded" },
		{ HEAD TAIL "regex = '[a-z]{600}acme'\nkeywords = ['acme']\n", "is not bounded" },
		{ HEAD TAIL "regex = '\\Aacme'\nkeywords = ['acme']\n", "tied to the beginning" },
		{ HEAD TAIL "regex = '(?:acme)?'\nkeywords = ['acme']\n", "matches no text at all" },
		{ HEAD TAIL "regex = 'x?acme'\nkeywords = ['acme']\nblock = 'END'\n", "begins with its keyword" },
		{ HEAD REGEX TAIL "required = [{ id = 'other' }]\n", "requires a rule that does not exist: 'other'" },
		{ HEAD REGEX TAIL "required = [{ id = 'other', line = 1 }]\n", "there are id, lines and columns" },
		{ HEAD REGEX TAIL HEAD REGEX TAIL, "rule 'acme-token' exists already, in a.toml:1" },
		{ HEAD REGEX TAIL "[[rule.allowlists]]\ndescription = 'x'\n", "at least one of commits" },
		{ HEAD REGEX TAIL "[[rule.allowlists]]\nregexe = ['x']\n", "an allowlist has no key 'regexe'; did you mean 'regexes'?" },
		{ "[[rule]]\nid = 'Acme_1'\ntitle = 'x'\nopens = 'x'\nrevoke = 'x'\nsource = 'https://x'\n" REGEX TAIL, "an id is made of" },
		{ "[[rule]]\nid = 'acme'\nopens = 'x'\nrevoke = 'x'\nsource = 'https://x'\n" REGEX TAIL, "it lacks 'title'" },
		{ "[[rule]]\nid = 'acme'\ntitle = 'x'\nopens = 'x'\nrevoke = 'x'\nsource = 'http://x'\n" REGEX TAIL, "takes an https:// URL" },
		{ "[[rule]]\ntitle = 'x'\n", "a.toml:1:3: a rule has no 'id'" },
		{ "vendors = 'x'\n" HEAD REGEX TAIL, "a file of rules has no key 'vendors'; did you mean 'vendor'?" },
		{ "vendor = 'x'\n", "at least one [[rule]]" },
		{ "x = \n", "a.toml:1:5: a value is expected" },
	};

	(void)state;
	for (size_t i = 0; i < MF_COUNT(texts); i++) {
		struct mf_book book;
		struct seen seen;

		compile(&book, &seen, texts[i][0]);
		if (book.errors != 1 || !strstr(seen.text, texts[i][1]))
			fail_msg("%u mistakes, '%s' instead of '%s'", book.errors, seen.text, texts[i][1]);
		mf_book_free(&book);
	}
}

#define RULE(id, more) "[[rule]]\nid = '" id "'\ntitle = 'x'\nopens = 'x'\nrevoke = 'x'\nsource = 'https://x'\n" REGEX TAIL more

static void test_several_files(void **state)
{
	struct seen seen = { 0 };
	struct mf_book book = { .checks = checks, .complain = complain, .ctx = &seen };

	(void)state;
	assert_int_equal(mf_book_add(&book, "b.toml", mf_str(RULE("b-two", "aliases = ['old', 'b-two']\n") RULE("b-one", "aliases = ['old']\n")), &err), 0);
	assert_int_equal(mf_book_add(&book, "a.toml", mf_str(RULE("a", "required = [{ id = 'b-one', lines = 3 }]\n")), &err), 0);
	assert_int_equal(mf_book_finish(&book, &err), 0);
	assert_int_equal(book.errors, 0);
	assert_int_equal(book.n, 3);
	assert_string_equal(book.rules[1].src.rule.id, "b-one");
	assert_true(book.rules[0].src.rule.required[0].lines == 3 && book.rules[0].src.rule.required[0].columns == SIZE_MAX);
	assert_int_equal(mf_book_add(&book, "c.toml", mf_str(RULE("c", "aliases = ['old']\n")), &err), 0);
	assert_int_equal(mf_book_finish(&book, &err), 0);
	assert_int_equal(book.errors, 3);	/* each of the three says so */
	assert_non_null(strstr(seen.text, "has the same alias: 'old'"));
	mf_book_free(&book);
}

static void test_short_keyword(void **state)
{
	struct mf_book book;
	struct seen seen;

	(void)state;
	compile(&book, &seen, HEAD TAIL "regex = 'AQE[0-9]{9}'\nkeywords = ['AQE']\ncase = true\n");
	assert_int_equal(book.errors, 0);
	assert_int_equal(book.rules[0].src.rule.flags, MF_RULE_CASE | MF_RULE_DECODE);	/* three characters are no shape in a binary file */
	mf_book_free(&book);
}

/* -- the proof ------------------------------------------------------------------------------------------- */

static size_t before_of(const char *regex, const char *a, const char *b, bool match_case)
{
	const char *const words[] = { a, b };
	const struct mf_rule r = { .regex = regex, .keywords = words, .n_keywords = b ? 2 : 1, .flags = match_case ? MF_RULE_CASE : 0 };
	char without[48];
	size_t before = 12345;

	assert_int_equal(mf_rule_prove(&r, &before, without, &err), 0);
	return *without ? 99999 : before;
}

static void test_proof(void **state)
{
	(void)state;
	assert_int_equal(before_of("acme", "acme", NULL, true), 0);
	assert_int_equal(before_of("x{2,5}acme", "acme", NULL, true), 5);
	assert_int_equal(before_of("(?:ab|abcd|)acme", "acme", NULL, true), 4);
	assert_int_equal(before_of("[^a]acme", "acme", NULL, true), 4);		/* one character, of up to four bytes */
	assert_int_equal(before_of("xacme|yyacorp", "acme", "acorp", true), 2);
	assert_int_equal(before_of("ac(?:me|orp)", "acme", "acorp", true), 0);
	assert_int_equal(before_of("aca{0,3}cme|acme", "acme", NULL, true), 99999);
	assert_int_equal(before_of("acacme", "acme", NULL, true), 2);
	assert_int_equal(before_of("(?i)acme", "acme", NULL, true), 99999);
	assert_int_equal(before_of("(?i)skacme", "skacme", NULL, false), 0);
	assert_int_equal(before_of("(?i)acme", "acme", NULL, false), 0);
	assert_int_equal(before_of("\\w*acme", "acme", NULL, true), SIZE_MAX);
	assert_int_equal(before_of("acme\\w*", "acme", NULL, true), 0);
	assert_int_equal(before_of("https://(?:www\\.|eu\\.)?acme\\.com/[a-z]+", "acme.com/", NULL, true), 12);
	assert_int_equal(before_of("[a-z]{4}", "acme", NULL, true), 99999);
}

static int torture_compile(void *ctx, struct mf_err *e)
{
	struct mf_book book = { .checks = checks };
	int rc = mf_book_add(&book, "a.toml", mf_str(ctx), e);

	rc = rc ? rc : mf_book_finish(&book, e);
	if (rc == 0)
		assert_int_equal(book.errors, 0);
	mf_book_free(&book);
	return rc;
}

static void test_torture_compile(void **state)
{
	(void)state;
	mf_torture(torture_compile, "vendor = 'x'\n" HEAD REGEX TAIL "aliases = ['x']\nrequired = [{ id = 'acme-token', columns = 2 }]\n"
				    "[[rule.allowlists]]\nregexes = ['x']\npaths = ['y']\nstopwords = ['Z']\ncommits = [' A ']\n");
	mf_torture(torture_compile, HEAD TAIL "keywords = ['acme']\nassign = '[0-9]{8}'\n");
}

/* -- assign ---------------------------------------------------------------------------------------------- */

static struct mf_regex *assign_regex(const char *value, const char *a, const char *b, bool match_case)
{
	MF_CLEANUP(mf_buf_free) struct mf_buf text = MF_BUF(1 << 16);
	const char *const words[] = { a, b };
	struct mf_regex *re;

	assert_int_equal(mf_rule_assign(&text, words, b ? 2 : 1, match_case, value, &err), 0);
	if (mf_regex_new(&re, mf_str(mf_buf_text(&text)), &err))
		fail_msg("%s: %s", err.what, err.why);
	return re;
}

/* The text with @ for a value of 32 hex digits: whether it is found in the given place. */
static bool finds(const struct mf_regex *re, const char *template)
{
	static const char value[] = "0123456789abcdef0123456789abcde7";
	struct mf_regex_run *run;
	struct mf_re_group g[2];
	const char *at = strchr(template, '@');
	char text[512];
	int rc;

	snprintf(text, sizeof(text), "%.*s%s%s", (int)(at - template), template, value, at + 1);
	assert_int_equal(mf_regex_run_new(&run, &err), 0);
	rc = mf_regex_find(re, run, text, strlen(text), 0, g, 2, &err);
	mf_regex_run_free(run);
	assert_true(rc >= 0);
	return rc == 1 && g[1].at == (size_t)(at - template) && g[1].end - g[1].at == 32;
}

static const char *const assigned[] = {
	"acmeKey =\n  \"@\";", "acme_key = (\r\n\t'@'\r\n)", "setAcmeKey(\n\tb\"@\",\n)", "acme_key: >-\n  @", "acme-key: |\r\n  @\r\n",
	"ACME_KEY=@", "export ACME_KEY=\"@\"", "acmeKey: '@'", "\"acme_key\": \"@\"", "\"acmeKey\":\"@\",", "acme-key: @", "set('acmeKey', '@')",
	"-Dacme.key=@", "--acme-token @", "--acme-token=@", "acme => @", "acme_key := \"@\"", "<add key=\"AcmeToken\" value=\"@\" />",
	"<string name=\"acme_token\">@</string>", "<acmeToken>@</acmeToken>", "{\"name\": \"acme_token\", \"value\": \"@\"}",
	"variable \"acme_token\" { default = \"@\" }", "setenv ACME_TOKEN @", "ENV ACME_TOKEN @", "#define ACME_TOKEN \"@\"", "os.environ[\"ACME_TOKEN\"] = \"@\"",
	"config['acme']['token'] = '@'", "const char *acme_token = \"@\";", "char acme_token[] = \"@\";", "static char acme_token[33] = \"@\"",
	"var acmeToken string = \"@\"", "var acmeToken: string = \"@\"", "let acme_token: &str = \"@\";", "process.env.ACME_KEY || \"@\"",
	"os.getenv(\"ACME_KEY\", \"@\")", "os.getenv(\"ACME_KEY\") or \"@\"", "ENV[\"ACME_KEY\"] ||= \"@\"", "${ACME_KEY:-@}", "myAcmeKey = \"@\"",
	"Acme.init(\"@\")", "new AcmeClient({ apiKey: '@' })", "acme: { token: \"@\" }", "Acme::Client.new(api_key: \"@\")", "$acme->setKey('@')",
	"Acme::setApiKey(\"@\");", "curl https://api.acme.com/v1 -H \"X-Api-Key: @\"", "https://api.acme.com/v1?api_key=@&x=1", "acme login --token @",
	"X-Acme-Token: @", "-H 'X-Acme-Auth: Token @'", "\"acme_auth\": \"Bearer @\"", "{\\\"acme_key\\\": \\\"@\\\"}", "acme_key=@\\n", "ACME_KEY=@;",
	"ACME_KEY=@ # x", "acme_token = String(\"@\")", "acme_key = \"\"\"@\"\"\"", "acmekey=@", "acmecorp_api_key: @", "| acme_key | @ |",
	"acmeToken .= \"@\"", "acmeToken ?\?= \"@\"", "acme_token ::= @", "acme_token ?= @", "acme_token += \"@\"", "acme_key: @.", "acme_key=(@)",
	"acme_key&quot;:&quot;@&quot;", "REACT_APP_ACME_KEY=@", "acme_api_key,@", "acme_key <- \"@\"", "acme = @\nnext line", "acmeToken := `@`", "acme_key=@\r\n",
	"- name: ACME_KEY\n  value: @", "- Name: ACME_KEY\r\n  Value: '@'\r\n", "{ name: ACME_KEY, value: @ }", "\"name\": \"ACME_KEY\",\n\"value\": \"@\"",
	"name = \"ACME_KEY\"\n  value = \"@\"", "<key>AcmeKey</key>\n\t<string>@</string>", "<key>AcmeKey</key><string>@</string>",
	"<name>acme.key</name>\n<value>@</value>", "acme_keys:\n  - @\n", "variable \"acme_key\" {\n  default = \"@\"\n}",
	"variable \"acme_key\" {\n  type        = string\n  description = \"a key\"\n  sensitive   = true\n  default     = \"@\"\n}",
	"Dim acmeKey As String = \"@\"", "(setq acme-key \"@\")", "{:acme-key \"@\"}", "{acme_key, <<\"@\">>}", "acmeKey '@'",
};

static const char *const not_assigned[] = {
	"tacme_key = \"@\"", "acme_key = \"@0\"", "acme_key = \"0@\"", "acme_key=@/x", "acme_key: @.png", "acme commit @", "acme==1.2.3 --hash=sha256:@",
	"\"acme\": \"git+ssh://x#@\"", "acme-@.js", "acme/@", "acme_url = \"https://x\", other_api_key = \"@\"", "\"acme_url\":\"https://x\",\"other_api_key\":\"@\"",
	"import acme from \"@-x\"", "acme_key = @${x}", "acme, @", "acme @", "acme.min.js?v=@", "acme_key =\n@", "acme_key:\n  @", "acme_key(\n@)", "set('acmeKey', @)",
	"- name: ACME_KEY\n  valueFrom: @", "- name: ACME_KEY\n  other: @", "- name: ACME_KEY\n\n  value: @", "acme_key\n@", "acme_key:\n  -@",
	"variable \"acme_key\" {\n  type = string\n}\nvariable \"x\" {\n  default = \"@\"\n}", "<key>AcmeKey</key>\n<data>@</data>",
};

static void test_assign(void **state)
{
	struct mf_regex *re = assign_regex("[0-9a-f]{32}", "acme", NULL, false);

	(void)state;
	for (size_t i = 0; i < MF_COUNT(assigned); i++)
		if (!finds(re, assigned[i]))
			fail_msg("not found: %s", assigned[i]);
	for (size_t i = 0; i < MF_COUNT(not_assigned); i++)
		if (finds(re, not_assigned[i]))
			fail_msg("found: %s", not_assigned[i]);
	mf_regex_free(re);
}

/* What goes on as a value ends none; else findings would be lost. */
static void test_assign_ends(void **state)
{
	struct mf_regex *re = assign_regex("[0-9a-f]{32}", "acme", NULL, false);

	(void)state;
	for (unsigned c = 1; c < 256; c++) {
		const char text[] = { 'a', 'c', 'm', 'e', '=', '@', (char)c, '\0' };

		if (c != '.' && finds(re, text) == mf_rule_value_goes_on((unsigned char)c))
			fail_msg("byte %02x", c);
	}
	assert_false(mf_rule_value_goes_on('.'));
	mf_regex_free(re);
}

static void test_assign_keywords(void **state)
{
	struct mf_regex *re = assign_regex("[0-9a-f]{32}", "x-ac.me", "-corp", false);

	(void)state;
	assert_true(finds(re, "X-AC.ME = @"));
	assert_true(finds(re, "a-Corp: @"));
	assert_false(finds(re, "x-acxme = @"));
	mf_regex_free(re);
	re = assign_regex("[0-9a-f]{32}", "ACME_KEY", NULL, true);
	assert_true(finds(re, "MY_ACME_KEY=@"));
	assert_false(finds(re, "acme_key=@"));
	mf_regex_free(re);
}

/* -- the set --------------------------------------------------------------------------------------------- */

static int load(struct mf_ruleset *set, const char *const *enable, size_t n_enable, const char *const *disable, size_t n_disable)
{
	const struct mf_rules_opts o = { .enable = n_enable ? enable : NULL, .n_enable = n_enable, .disable = disable, .n_disable = n_disable };

	memset(&err, 0, sizeof(err));
	return mf_rules_load(set, &o, &err);
}

static void test_builtin(void **state)
{
	struct mf_ruleset set;

	(void)state;
	assert_int_equal(load(&set, NULL, 0, NULL, 0), 0);
	assert_int_equal(set.n_rules, mf_n_builtin_rules);
	assert_string_equal(set.origin, "built in");
	for (size_t i = 0; i < set.n_rules; i++) {
		const struct mf_rule *r = set.rules[i];

		assert_true(i == 0 || strcmp(set.rules[i - 1]->id, r->id) < 0);
		assert_true(r->n_allow > 0 || r == &mf_builtin_rules[i]);
		assert_non_null(r->title);
		assert_false(r->flags & MF_RULE_USER);
	}
	mf_rules_free(&set);
	mf_rules_free(&set);
	mf_rules_free(NULL);
}

static void test_filters(void **state)
{
	const char *const pat[] = { "github-pat" }, *const two[] = { "github-pat-classic", "github-app-token" }, *const wrong[] = { "githb-pat" };
	struct mf_ruleset all, set;

	(void)state;
	assert_int_equal(load(&all, NULL, 0, NULL, 0), 0);
	assert_int_equal(load(&set, pat, 1, NULL, 0), 0);
	assert_int_equal(set.n_rules, 1);
	assert_string_equal(set.rules[0]->id, "github-pat-classic");
	assert_memory_not_equal(set.digest, all.digest, 32);
	mf_rules_free(&set);
	assert_int_equal(load(&set, NULL, 0, two, 2), 0);
	assert_int_equal(set.n_rules, all.n_rules - 3);
	mf_rules_free(&set);
	assert_int_equal(load(&set, two, 2, pat, 1), 0);
	assert_int_equal(set.n_rules, 2);
	mf_rules_free(&set);
	assert_fails(load(&set, wrong, 1, NULL, 0), err, "MF-RULE-02");
	assert_non_null(strstr(err.hint, "github-pat"));
	assert_fails(load(&set, NULL, 0, wrong, 1), err, "MF-RULE-02");
	mf_rules_free(&all);
}

static void test_digest_is_stable(void **state)
{
	struct mf_ruleset a, b;

	(void)state;
	assert_int_equal(load(&a, NULL, 0, NULL, 0), 0);
	assert_int_equal(load(&b, NULL, 0, NULL, 0), 0);
	assert_memory_equal(a.digest, b.digest, 32);
	mf_rules_free(&a);
	mf_rules_free(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_rule),
		cmocka_unit_test(test_defaults),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_several_files),
		cmocka_unit_test(test_short_keyword),
		cmocka_unit_test(test_proof),
		cmocka_unit_test(test_torture_compile),
		cmocka_unit_test(test_assign),
		cmocka_unit_test(test_assign_ends),
		cmocka_unit_test(test_assign_keywords),
		cmocka_unit_test(test_builtin),
		cmocka_unit_test(test_filters),
		cmocka_unit_test(test_digest_is_stable),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
