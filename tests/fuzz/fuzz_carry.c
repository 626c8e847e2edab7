/* SPDX-License-Identifier: Apache-2.0 */
/* Bytes as a text and a script that edits it, version after version: each version scanned by its changes has what it has when it is scanned whole.
 *
 * The first two bytes are the length of the text. Then each operation is a byte: below 0x80 that many new bytes follow; 0x80 to 0xbf copies from the
 * base, from where two bytes say, that many plus one times the next byte plus one; 0xc0 to 0xdf goes on copying behind the last copy, that many bytes
 * plus one; above, the version is complete, and the next is made from it. */
#include <stdint.h>

#include "../unit/support_cands.h"
#include "tokens.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { VERSION_MOST = 1 << 16, SPANS_MOST = 4096 };

static const char conf[] =
	"[extend]\nuseDefault = true\n"
	"[[rules]]\nid = 'pair'\nregex = '''pair_[a-f0-9]{8}'''\nkeywords = ['pair_']\n[[rules.required]]\nid = 'half'\nwithinLines = 2\n"
	"[[rules]]\nid = 'half'\nregex = '''half_[0-9]{6}'''\nkeywords = ['half_']\n"
	"[[rules]]\nid = 'bare'\nregex = '''zq[0-9]{5,9}\\b'''\n";

static struct mf_scanner *whole, *by_changes;

struct edited {
	char *p;		/* exactly n bytes once it is complete */
	size_t n;
	struct mf_span spans[SPANS_MOST];
	size_t n_spans;
};

static bool room(const struct edited *e, size_t n)
{
	return e->n_spans < SPANS_MOST && n <= VERSION_MOST - e->n;
}

static void put(struct edited *e, const char *p, size_t n, size_t from)
{
	if (n == 0 || !room(e, n))
		return;
	e->p = realloc(e->p, e->n + n);
	if (!e->p)
		abort();
	memcpy(e->p + e->n, p, n);
	e->spans[e->n_spans++] = (struct mf_span){ .at = e->n, .n = n, .from = from };
	e->n += n;
}

static void copy(struct edited *e, struct mf_str base, size_t *from, size_t n)
{
	if (*from >= base.n)
		return;
	n = n < base.n - *from ? n : base.n - *from;
	put(e, base.p + *from, n, *from);
	*from += n;
}

/* One operation; false at the end of a version. */
static bool operation(struct edited *e, struct mf_str base, size_t *from, const uint8_t **data, size_t *size)
{
	const uint8_t op = **data, *p = ++*data;
	size_t used = 0, n;

	--*size;
	if (op < 0x80) {
		char *fresh;

		used = op < *size ? op : *size;
		fresh = fuzz_expand(p, used, &n);
		put(e, fresh, n, MF_SPAN_NEW);
		free(fresh);
	} else if (op < 0xc0) {
		used = *size < 3 ? *size : 3;
		if (used == 3) {
			*from = base.n ? ((size_t)p[0] << 8 | p[1]) % base.n : 0;
			copy(e, base, from, (size_t)(op - 0x7f) * ((size_t)p[2] + 1));
		}
	} else if (op < 0xe0) {
		copy(e, base, from, (size_t)op - 0xbf);
	}
	*data += used;
	*size -= used;
	return op < 0xe0;
}

/* Scans both ways; *hits is of the base before and of this version behind. */
static void compare(const struct edited *e, struct mf_hits **hits)
{
	struct mf_view v = { .type = MF_OBJ_BLOB, .p = (const unsigned char *)e->p, .n = e->n, .spans = *hits ? e->spans : NULL, .n_spans = e->n_spans,
				   .base = *hits };
	struct mf_cands want = { 0 }, got = { 0 };
	struct mf_hits *keep = NULL;
	struct mf_err err = { 0 };
	size_t at;

	if (mf_scan(whole, (struct mf_str){ e->p, e->n }, NULL, &want, &err) || mf_scan_view(by_changes, &v, &got, &keep, &err))
		abort();
	if (cands_differ(&want, &got, &at))
		abort();
	v.last = true;
	mf_cands_clear(&got);
	if (mf_scan_view(by_changes, &v, &got, NULL, &err) || cands_differ(&want, &got, &at))
		abort();
	mf_cands_free(&want);
	mf_cands_free(&got);
	mf_hits_free(by_changes, *hits);
	*hits = keep;
}

static void set_up(void)
{
	struct mf_detector *d;

	if (whole)
		return;
	d = fuzz_detector(conf, &(struct mf_scan_opts){ .decode_depth = 3 });
	whole = fuzz_scanner(d);
	by_changes = fuzz_scanner(d);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct edited versions[2];
	struct mf_hits *hits = NULL;
	unsigned now = 0;
	size_t first, n;
	char *p;

	if (size < 2)
		return 0;
	set_up();
	first = (size_t)data[0] << 8 | data[1];
	data += 2;
	size -= 2;
	first = first < size ? first : size;
	p = fuzz_expand(data, first, &n);
	put(&versions[0], p, n, MF_SPAN_NEW);
	free(p);
	data += first;
	size -= first;
	compare(&versions[0], &hits);
	while (size) {
		const struct mf_str base = { versions[now].p, versions[now].n };
		struct edited *e = &versions[now ^= 1];
		size_t from = 0;

		free(e->p);
		e->p = NULL;
		e->n = e->n_spans = 0;
		while (size && operation(e, base, &from, &data, &size))
			;
		compare(e, &hits);
	}
	mf_hits_free(by_changes, hits);
	for (unsigned i = 0; i < 2; i++) {
		free(versions[i].p);
		versions[i].p = NULL;
		versions[i].n = versions[i].n_spans = 0;
	}
	return 0;
}
