/* SPDX-License-Identifier: Apache-2.0 */
/* References to secrets: read, checked, compared and printed. */
#include "ref_priv.h"

#include <stdlib.h>
#include <mayfly/alloc.h>
#include <mayfly/conf.h>
#include <mayfly/enc.h>

static const char *const schemes[] = {
	[MF_REF_VAULT] = "vault", [MF_REF_ENV] = "env", [MF_REF_FILE] = "file",
	[MF_REF_AZURE_KV] = "azure-kv", [MF_REF_AWS_SM] = "aws-sm", [MF_REF_AWS_SSM] = "aws-ssm", [MF_REF_GCP_SM] = "gcp-sm",
};

#define SCHEMES "vault://, aws-sm://, aws-ssm://, gcp-sm://, azure-kv://, env:// or file://"

int mf_ref_bad(const struct mf_ref_part *p, size_t at, struct mf_err *err, const char *why)
{
	mf_fail(err, MF_E_REF_SYNTAX, "cannot read reference '%.*s'", (int)p->text.n, p->text.p);
	mf_err_why(err, "%s, at character %zu", why, at + 1);
	return -1;
}

static int unknown_scheme(struct mf_str text, size_t n, struct mf_err *err)
{
	char name[16] = "";
	const char *near;

	if (n < sizeof(name))
		memcpy(name, text.p, n);
	/* what stands after an unknown scheme may be a URL with a password: it is not shown */
	mf_fail(err, MF_E_REF_SCHEME, "unknown kind of reference '%s://'", name[0] ? name : "...");
	near = name[0] ? mf_nearest(name, schemes, MF_COUNT(schemes)) : NULL;
	if (near)
		mf_err_hint(err, "did you mean '%s://'?", near);
	else
		mf_err_hint(err, "references begin with " SCHEMES);
	return -1;
}

static bool scheme_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '+' || c == '.';
}

/* Reads "scheme://" and leaves `p` behind it. */
static int read_scheme(enum mf_scheme *out, struct mf_ref_part *p, struct mf_err *err)
{
	struct mf_str t = p->text;
	size_t n = 0;

	while (n < t.n && scheme_char(t.p[n]))
		n++;
	if (n == 0 || t.n - n < 3 || memcmp(t.p + n, "://", 3) != 0) {
		mf_fail(err, MF_E_REF_SYNTAX, "this is no reference: it has no scheme");
		mf_err_why(err, "%zu characters without '://' (not shown, since they may be a secret)", t.n);
		mf_err_hint(err, "write it as in vault://secret/data/ci/deploy#api_key");
		return -1;
	}
	for (size_t i = 0; i < MF_COUNT(schemes); i++)
		if (mf_str_is((struct mf_str){ t.p, n }, schemes[i])) {
			*out = (enum mf_scheme)i;
			p->at = n + 3;
			return 0;
		}
	return unknown_scheme(t, n, err);
}

/* Undoes percent-encoding of what `p` covers into a new string. */
static int decode(char **out, const struct mf_ref_part *p, size_t limit, const char *what, struct mf_err *err)
{
	MF_CLEANUP(mf_freep) char *s = mf_calloc(p->end - p->at + 1, 1);
	const char *t = p->text.p;
	size_t n = 0;

	if (!s)
		return mf_fail_nomem(err);
	for (size_t i = p->at; i < p->end; i++) {
		unsigned char c = (unsigned char)t[i];
		size_t from = i;

		if (c == '%') {
			int hi = p->end - i > 2 ? mf_hex_digit(t[i + 1]) : -1, lo = p->end - i > 2 ? mf_hex_digit(t[i + 2]) : -1;

			if (hi < 0 || lo < 0)
				return mf_ref_bad(p, i, err, "'%' without two hexadecimal digits (write %25 for a per cent sign)");
			c = (unsigned char)(hi * 16 + lo);
			i += 2;
		}
		if (c < 0x20 || c == 0x7f)
			return mf_ref_bad(p, from, err, "a control character");
		s[n++] = (char)c;
	}
	if (n > limit) {
		mf_fail(err, MF_E_REF_SYNTAX, "the %s of a reference is too long", what);
		mf_err_why(err, "%zu bytes, the limit is %zu", n, limit);
		return -1;
	}
	if (!mf_utf8_valid(s, n))
		return mf_ref_bad(p, p->at, err, "text that is not UTF-8");
	*out = s;
	s = NULL;
	return 0;
}

static int read_path(struct mf_ref *out, const struct mf_ref_part *p, struct mf_err *err)
{
	if (decode(&out->path, p, MF_REF_PATH_MAX, "path", err))
		return -1;
	return mf_ref_check_path(out, p, err);
}

static int read_fragment(struct mf_ref *out, const struct mf_ref_part *p, struct mf_err *err)
{
	if (p->at == p->end)
		return mf_ref_bad(p, p->at, err, "no field after '#'");
	if (decode(&out->field, p, MF_REF_FIELD_MAX, "field", err))
		return -1;
	out->select = out->field[0] == '/' ? MF_SEL_POINTER : MF_SEL_KEY;
	return 0;
}

static int parse(struct mf_ref *out, struct mf_str text, struct mf_err *err)
{
	struct mf_ref_part p = { .text = text };
	size_t hash, mark;

	if (read_scheme(&out->scheme, &p, err))
		return -1;
	hash = mf_ref_find(text, p.at, text.n, '#');
	mark = mf_ref_find(text, p.at, hash, '?');
	p.end = mark;
	if (read_path(out, &p, err))
		return -1;
	if (mark < hash) {
		p.at = mark + 1;
		p.end = hash;
		if (mf_ref_read_query(out, &p, err))
			return -1;
	}
	if (hash < text.n) {
		p.at = hash + 1;
		p.end = text.n;
		return read_fragment(out, &p, err);
	}
	return 0;
}

int mf_ref_parse(struct mf_ref *out, struct mf_str text, struct mf_err *err)
{
	struct mf_ref ref = { .select = MF_SEL_ALL };

	if (text.n > MF_REF_MAX) {
		mf_fail(err, MF_E_REF_SYNTAX, "a reference is too long");
		mf_err_why(err, "%zu bytes, the limit is %d", text.n, MF_REF_MAX);
		return -1;
	}
	if (parse(&ref, text, err)) {
		mf_ref_free(&ref);
		return -1;
	}
	*out = ref;
	return 0;
}

void mf_ref_free(struct mf_ref *ref)
{
	if (!ref)
		return;
	for (size_t i = 0; i < ref->n_steps; i++)
		free(ref->steps[i].name);
	free(ref->steps);
	free(ref->path);
	free(ref->version);
	free(ref->stage);
	free(ref->region);
	free(ref->query);
	free(ref->field);
	free(ref->post);
	*ref = (struct mf_ref){ .select = MF_SEL_ALL };
}

/* As it is but for what would be read differently. */
static int print_encoded(struct mf_buf *out, const char *s, const char *special, struct mf_err *err)
{
	for (; *s; s++) {
		unsigned char c = (unsigned char)*s;

		if (c <= ' ' || c == '%' || c == 0x7f || strchr(special, c)) {
			if (mf_buf_printf(out, err, "%%%02X", c))
				return -1;
		} else if (mf_buf_putc(out, (char)c, err)) {
			return -1;
		}
	}
	return 0;
}

/* vault-action's selectors have no form of ours: they are printed after the path, as in its own grammar. */
static int print_steps(struct mf_buf *out, const struct mf_ref *ref, struct mf_err *err)
{
	for (size_t i = 0; i < ref->n_steps; i++) {
		const struct mf_step *s = &ref->steps[i];
		int rc = s->name ? mf_buf_printf(out, err, "%s%s", i ? "." : "", s->name) :
				   mf_buf_printf(out, err, "[%lld]", (long long)s->index);

		if (rc)
			return -1;
	}
	return 0;
}

int mf_ref_print(struct mf_buf *out, const struct mf_ref *ref, struct mf_err *err)
{
	if (mf_buf_printf(out, err, "%s://", schemes[ref->scheme]) || print_encoded(out, ref->path, "?#", err))
		return -1;
	if (mf_ref_print_parameters(out, ref, err))
		return -1;
	switch (ref->select) {
	case MF_SEL_ALL:
		return 0;
	case MF_SEL_KEY:
	case MF_SEL_POINTER:
		if (mf_buf_putc(out, '#', err))
			return -1;
		return print_encoded(out, ref->field, "", err);
	case MF_SEL_PATH:
		if (mf_buf_putc(out, '#', err))
			return -1;
		return print_steps(out, ref, err);
	}
	return 0;
}

bool mf_ref_local(const struct mf_ref *ref)
{
	return ref->scheme == MF_REF_ENV || ref->scheme == MF_REF_FILE;
}

bool mf_ref_same_doc(const struct mf_ref *a, const struct mf_ref *b)
{
	return a->scheme == b->scheme && mf_same_text(a->path, b->path) && mf_same_text(a->version, b->version) &&
	       mf_same_text(a->stage, b->stage) && mf_same_text(a->region, b->region) && mf_same_text(a->query, b->query) && mf_same_text(a->post, b->post);
}
