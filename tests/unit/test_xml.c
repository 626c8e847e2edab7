/* SPDX-License-Identifier: Apache-2.0 */
/* XML answers: what is read of them, and everything that is refused. */
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <mayfly/xml.h>

static struct mf_err err;

static struct mf_xml *parse(const char *text)
{
	struct mf_xml *doc = NULL;

	/* a copy of its exact size, so that the sanitizer sees a byte too far */
	const size_t n = strlen(text);
	char *copy = malloc(n ? n : 1);

	memcpy(copy, text, n);
	err = (struct mf_err){ 0 };
	if (mf_xml_parse(&doc, copy, n, &err))
		doc = NULL;
	free(copy);
	return doc;
}

static void assert_text(const struct mf_xml *doc, const char *path, const char *want)
{
	const struct mf_xnode *n = mf_xml_get(mf_xml_root(doc), path);

	assert_non_null(n);
	assert_true(mf_str_is(mf_xml_text(n), want));
}

static void test_answer(void **state)
{
	struct mf_xml *doc = parse("\xef\xbb\xbf<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<!-- > -->\n<s:Answer xmlns:s='urn:x' a = \"b > &none;\">\n  <Result>\n"
				   "    <Id>A&amp;&#x41;&#66;&lt;\xc3\xa4</Id><Empty/><Second >x</Second\n>\n    <Second>y</Second>\n  </Result></s:Answer>\n<!-- end --> ");

	(void)state;
	assert_non_null(doc);
	assert_true(mf_str_is(mf_xml_name(mf_xml_root(doc)), "Answer"));
	assert_text(doc, "Result/Id", "A&AB<\xc3\xa4");
	assert_text(doc, "Result/Empty", "");
	assert_text(doc, "Result/Second", "x");
	assert_text(doc, "", "");
	assert_null(mf_xml_get(mf_xml_root(doc), "Result/Nothing/Id"));
	assert_true(mf_str_is(mf_xml_text(mf_xml_next(mf_xml_get(mf_xml_root(doc), "Result/Second"))), "y"));
	mf_xml_free(doc);
}

static void test_pieces(void **state)
{
	struct mf_xml *doc = parse("<a><b> one<!-- no -->two<![CDATA[<&amp;>]]]>&gt;</b><c><![CDATA[]]></c></a>");

	(void)state;
	assert_non_null(doc);
	assert_text(doc, "b", " onetwo<&amp;>]>");
	assert_text(doc, "c", "");
	mf_xml_free(doc);
}

static void test_refused(void **state)
{
	static const char *const texts[] = {
		"", " ", "text", "<", "<a", "<a>", "<a></b>", "<a/><b/>", "<a/>x", "</a>", "<a b></a>", "<a b=c></a>", "<a b='c></a>", "<a b='<'></a>", "<a b='c'd='e'/>",
		"<a>&none;</a>", "<a>&#0;</a>", "<a>&#xd800;</a>", "<a>&#x110000;</a>", "<a>&#99999999999;</a>", "<a>&#;</a>", "<a>&#x;</a>", "<a>&</a>", "<a>&amp</a>",
		"<!DOCTYPE a [<!ENTITY b \"bbbb\">]><a>&b;</a>", "<a><!DOCTYPE a></a>", "<a><!-- </a>", "<a><![CDATA[</a>", "<a>\xff</a>", "<?xml <a/>", "<1/>",
		"<a>x<b/></a>", "<a:/>", "<a:></a:>", "<a><b/>x</a>", "<a>half an ans",
	};

	(void)state;
	for (size_t i = 0; i < MF_COUNT(texts); i++) {
		struct mf_xml *doc = parse(texts[i]);

		if (doc)
			fail_msg("'%s' was read", texts[i]);
		assert_string_equal(err.id, "MF-XML-01");
	}
	assert_int_equal(mf_xml_parse(&(struct mf_xml *){ NULL }, "<a>\0</a>", 8, &err), -1);
}

static void test_limits(void **state)
{
	enum { MANY = 25000 };
	char *text = malloc(MANY * 7 + 10), *t = text;
	struct mf_xml *doc = NULL;

	(void)state;
	for (size_t i = 0; i < 40; i++)
		t += snprintf(t, 4, "<a>");
	assert_null(parse(text));
	assert_string_equal(err.id, "MF-XML-02");
	t = text + snprintf(text, 4, "<a>");
	for (size_t i = 0; i < MANY; i++)
		t += snprintf(t, 5, "<b/>");
	snprintf(t, 5, "</a>");
	assert_null(parse(text));
	assert_string_equal(err.id, "MF-XML-02");
	free(text);
	text = calloc(MF_XML_BYTES + 1, 1);
	assert_int_equal(mf_xml_parse(&doc, text, MF_XML_BYTES + 1, &err), -1);
	assert_string_equal(err.id, "MF-XML-02");
	free(text);
	mf_xml_free(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_answer),
		cmocka_unit_test(test_pieces),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_limits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
