/* SPDX-License-Identifier: Apache-2.0 */
/* SARIF: which findings fit, and the rules that they need. */
#include "sarif.h"

#include <stdlib.h>
#include <mayfly/alloc.h>

int mf_sarif_pick(const struct mf_finding ***out, size_t *n, const struct mf_findings *list, size_t max, struct mf_err *err)
{
	const struct mf_finding **v = mf_calloc(list->n + 1, sizeof(*v));
	size_t count = 0, room, picked = 0;

	if (!v)
		return mf_fail_nomem(err);
	for (size_t i = 0; i < list->n; i++)
		count += !list->v[i].pass;
	count = count < max ? count : max;
	room = max - count;
	for (size_t i = 0; i < list->n; i++) {
		size_t *left = list->v[i].pass ? &room : &count;

		if (*left) {
			--*left;
			v[picked++] = &list->v[i];
		}
	}
	*out = v;
	*n = picked;
	return 0;
}

static int by_id(const void *a, const void *b)
{
	const struct mf_finding *const *x = a, *const *y = b;

	return strcmp(mf_show_id(*x), mf_show_id(*y));
}

int mf_sarif_rules(struct mf_sarif_rules *out, const struct mf_finding *const *picked, size_t n, struct mf_err *err)
{
	const struct mf_finding **v = mf_calloc(n + 1, sizeof(*v));
	size_t kept = 0;

	if (!v)
		return mf_fail_nomem(err);
	for (size_t i = 0; i < n; i++)
		v[i] = picked[i];
	if (n)
		qsort(v, n, sizeof(*v), by_id);
	for (size_t i = 0; i < n; i++)
		if (kept == 0 || by_id(&v[kept - 1], &v[i]) != 0)
			v[kept++] = v[i];
	*out = (struct mf_sarif_rules){ v, kept };
	return 0;
}

size_t mf_sarif_rule(const struct mf_sarif_rules *rules, const struct mf_finding *f)
{
	const struct mf_finding *const *at = bsearch(&f, rules->v, rules->n, sizeof(*rules->v), by_id);

	return at ? (size_t)(at - (const struct mf_finding *const *)rules->v) : 0;
}

/* What GitHub sorts alerts by. */
static const char *score(enum mf_severity s)
{
	static const char *const scores[] = { [MF_SEV_LOW] = "3.0", [MF_SEV_MEDIUM] = "5.5", [MF_SEV_HIGH] = "8.0", [MF_SEV_CRITICAL] = "9.5" };

	return (unsigned)s < MF_COUNT(scores) ? scores[s] : "5.5";
}

static void text_object(struct mf_pen *p, const char *name, const char *text)
{
	mf_pen_printf(p, ",\n            \"%s\": {\"text\": ", name);
	mf_pen_json(p, mf_str(text), false);
	mf_pen_puts(p, "}");
}

static void help(struct mf_pen *p, const struct mf_rule *rule)
{
	mf_pen_puts(p, ",\n            \"help\": {\"text\": ");
	if (rule && rule->revoke && *rule->revoke) {
		struct mf_buf text = MF_BUF(1 << 16);

		if (mf_buf_printf(&text, p->err, "First revoke it: %s\nThen remove it; the history still holds it.", rule->revoke))
			p->failed = true;
		mf_pen_json(p, (struct mf_str){ mf_buf_text(&text), text.n }, false);
		mf_buf_free(&text);
	} else {
		mf_pen_json_z(p, "First revoke it where it was issued.\nThen remove it; the history still holds it.");
	}
	mf_pen_puts(p, "}");
}

static void tags(struct mf_pen *p, const struct mf_finding *f)
{
	size_t n;
	const char *const *list = mf_finding_tags(f, &n);

	mf_pen_puts(p, "[\"security\", \"secret\"");
	for (size_t i = 0; i < n; i++) {
		if (strcmp(list[i], "security") == 0 || strcmp(list[i], "secret") == 0)
			continue;
		mf_pen_puts(p, ", ");
		mf_pen_json_z(p, list[i]);
	}
	mf_pen_puts(p, "]");
}

static void one_rule(struct mf_pen *p, const struct mf_finding *f)
{
	const struct mf_rule *rule = f->rule;

	mf_pen_puts(p, "          {\n            \"id\": ");
	mf_pen_json_z(p, mf_show_id(f));
	text_object(p, "shortDescription", mf_show_title(f));
	text_object(p, "fullDescription", rule && rule->opens && *rule->opens ? rule->opens : mf_show_title(f));
	if (rule && mf_show_is_url(rule->source)) {
		mf_pen_puts(p, ",\n            \"helpUri\": ");
		mf_pen_json_z(p, rule->source);
	}
	help(p, rule);
	mf_pen_printf(p, ",\n            \"properties\": {\"security-severity\": \"%s\", \"tags\": ", score(rule ? rule->severity : f->severity));
	tags(p, f);
	mf_pen_puts(p, "}\n          }");
}

void mf_sarif_rules_write(struct mf_pen *p, const struct mf_sarif_rules *rules)
{
	for (size_t i = 0; i < rules->n; i++) {
		mf_pen_puts(p, i ? ",\n" : "\n");
		one_rule(p, rules->v[i]);
	}
	mf_pen_puts(p, rules->n ? "\n        ]" : "]");
}
