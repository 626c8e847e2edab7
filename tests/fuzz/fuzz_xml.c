/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as XML; what is accepted can be walked in full within the limits, and is text. */
#include <stdint.h>
#include <stdlib.h>

#include <mayfly/enc.h>
#include <mayfly/xml.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define CHECK(condition) do { if (!(condition)) abort(); } while (0)

static size_t visit(const struct mf_xnode *n, unsigned depth)
{
	const struct mf_str name = mf_xml_name(n), text = mf_xml_text(n);
	size_t nodes = 1;

	CHECK(depth < MF_XML_DEPTH && name.n);
	CHECK(mf_utf8_valid(name.p, name.n) && mf_utf8_valid(text.p, text.n));
	CHECK(!text.n || !memchr(text.p, '\0', text.n));
	for (n = mf_xml_first(n); n; n = mf_xml_next(n))
		nodes += visit(n, depth + 1);
	return nodes;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct mf_xml *doc;
	struct mf_err err = { 0 };

	if (mf_xml_parse(&doc, (const char *)data, size, &err)) {
		CHECK(err.id && err.what[0]);
		return 0;
	}
	CHECK(visit(mf_xml_root(doc), 0) <= MF_XML_NODES);
	mf_xml_free(doc);
	return 0;
}
