/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <mayfly/alloc.h>
#include <mayfly/policy.h>
#define W __attribute__((weak))
W const char *mf_severity_name(enum mf_severity s) { static const char *const n[] = { "low", "medium", "high", "critical" }; return n[s]; }
W const char *mf_format_name(enum mf_verdict_format f) { static const char *const n[] = { "plausible", "verified-format", "format-broken" }; return n[f]; }
W const struct mf_rule mf_builtin_rules[1] = { { .id = "zzz" } };
W const size_t mf_n_builtin_rules = 1;
W int mf_redact(struct mf_buf *out, struct mf_str s, struct mf_err *err)
{
	struct mf_buf b = MF_BUF(out->max);
	size_t k = s.n >= 16 ? s.n / 10 : 0; if (k > 4) k = 4;
	if (mf_buf_add(&b, s.p, k, err) || mf_buf_puts(&b, "************", err) || mf_buf_add(&b, s.p + s.n - k, k, err)) { mf_buf_free(&b); return -1; }
	mf_buf_free(out); *out = b; return 0;
}
W int mf_redact_in(struct mf_buf *out, struct mf_str t, struct mf_str s, struct mf_err *err)
{
	struct mf_buf b = MF_BUF(out->max); (void)s;
	if (mf_buf_add(&b, t.p, t.n, err)) return -1;
	mf_buf_free(out); *out = b; return 0;
}
W int mf_fingerprint(struct mf_buf *out, const struct mf_finding *f, const char *id, struct mf_err *err)
{
	if (f->commit && (mf_buf_puts(out, f->commit, err) || mf_buf_putc(out, ':', err))) return -1;
	return mf_buf_puts(out, f->path, err) || mf_buf_printf(out, err, ":%s:%u", id, f->line) ? -1 : 0;
}
W void mf_finding_free(struct mf_finding *f)
{
	free(f->rule_id); free(f->title); free(f->path);
	for (size_t i = 0; i < f->n_more_paths; i++) free(f->more_paths[i]);
	free(f->more_paths); free(f->repo); free(f->commit); free(f->blob); free(f->author); free(f->email); free(f->message);
	free(f->secret); free(f->match); free(f->text); free(f->pass_why);
}
W void mf_findings_free(struct mf_findings *l) { for (size_t i = 0; i < l->n; i++) mf_finding_free(&l->v[i]); free(l->v); *l = (struct mf_findings){ 0 }; }
W int mf_findings_add(struct mf_findings *l, struct mf_finding *f, struct mf_err *err)
{
	if (l->n == l->cap) {
		struct mf_finding *v = mf_regrow(l->v, l->cap ? l->cap * 2 : 4, sizeof(*v));
		if (!v) { mf_finding_free(f); *f = (struct mf_finding){ 0 }; return mf_fail_nomem(err); }
		l->v = v; l->cap = l->cap ? l->cap * 2 : 4;
	}
	l->v[l->n++] = *f; *f = (struct mf_finding){ 0 }; return 0;
}
W void mf_verdict_of(struct mf_verdict *o, const struct mf_findings *l)
{
	*o = (struct mf_verdict){ 0 };
	for (size_t i = 0; i < l->n; i++) { if (l->v[i].pass) o->passed[l->v[i].pass]++; else { o->findings++; o->expired += l->v[i].pass_until != 0; } }
}
