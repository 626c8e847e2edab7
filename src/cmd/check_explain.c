/* SPDX-License-Identifier: Apache-2.0 */
/* One credential or one habit in plain words: what it is, where, why its maximum is what it is, and the steps away from it. */
#include <mayfly/alloc.h>
#include <mayfly/clock.h>
#include <mayfly/text.h>

#include "check_recipe.h"

enum { TEXT_MAX = 256 * 1024, NAMES_MAX = 256, NEAREST = 3, DEPTH_MAX = 3, COLUMNS = 120 };

struct explain {
	struct mf_buf text;
	struct mf_recipe_job job;
	const struct mf_check_item *item;	/* NULL: a name alone */
	unsigned step;
	bool code;	/* lines to paste stand right above */
	struct mf_err *err;
};

/* -- text from outside ------------------------------------------------------------------------------ */

/* An item's texts were cleaned when they were made; a line of a log may still not begin with a command of the runner's. */
static int add(struct explain *e, const char *label, const char *value)
{
	char text[1024];

	if (!value || !*value)
		return 0;
	snprintf(text, sizeof(text), "%s", value);
	mf_text_clean(text, false);
	mf_text_tame(text);
	return mf_buf_printf(&e->text, e->err, "  %-10s %s\n", label, text);
}

static int head(struct explain *e, const char *title)
{
	return mf_buf_printf(&e->text, e->err, "\n%s\n", title);
}

static int say(struct explain *e, const char *sentence)
{
	return sentence ? mf_buf_printf(&e->text, e->err, "  %s.\n", sentence) : 0;
}

static const char *span(char out[static 32], int64_t seconds)
{
	if (seconds == MF_LIFE_FOREVER)
		return "no end";
	if (seconds < 0)
		return "not known";
	if (seconds == 0)
		return "0s";
	mf_duration_format(out, seconds);
	return out;
}

/* -- an item ---------------------------------------------------------------------------------------- */

static int place(struct explain *e)
{
	static const char *const from[MF_CHECK_FROM_COUNT] = {
		[MF_CHECK_ENV] = "a variable of the job",
		[MF_CHECK_HOME] = "a file that tools read",
		[MF_CHECK_CI] = "a CI definition",
		[MF_CHECK_REPO] = "a file of the repository",
		[MF_CHECK_FETCHED] = "obtained by this run",
	};
	const struct mf_check_item *it = e->item;
	char line[32] = "", text[1024];

	if (it->line)
		snprintf(line, sizeof(line), ":%u", it->line);
	snprintf(text, sizeof(text), "%s%s%s%s%s (%s)", it->path ? it->path : "", it->path ? line : "", it->path && it->name ? ", " : "",
		it->name ? it->name : "", it->path || it->name ? "" : "a place without a name",
		(unsigned)it->from < MF_CHECK_FROM_COUNT ? from[it->from] : "elsewhere");
	return add(e, "where", text) || add(e, "shown as", it->shown) ? -1 : 0;
}

static const char *how_known(const struct mf_check_item *it)
{
	const struct mf_life *life = &it->life;
	static const char *const by[] = {
		[MF_LIFE_UNKNOWN] = "its end is known to its issuer alone: --online asks those that can be asked",
		[MF_LIFE_BY_FORMAT] = "published for all credentials of this form",
		[MF_LIFE_MEASURED] = "measured from its own bytes or what stood beside them",
		[MF_LIFE_ASKED] = "said by its issuer, which was asked",
	};

	if (it->from == MF_CHECK_CI && !it->fingerprint[0] && life->known == MF_LIFE_UNKNOWN)
		return "the definition says where it goes, and has no value that could be measured";
	if (life->flags & MF_LIFE_NAME_ONLY)
		return "nothing but its name tells that it is a credential";
	if ((life->flags & MF_LIFE_STATIC) && life->known < MF_LIFE_MEASURED)
		return "credentials of this form have no end of their own";
	return (size_t)life->known < MF_COUNT(by) ? by[life->known] : by[0];
}

static int dates(struct explain *e, const struct mf_life *life)
{
	char at[21];

	if (life->issued) {
		mf_time_format(at, life->issued);
		if (add(e, "issued", at))
			return -1;
	}
	if (!life->expires)
		return 0;
	mf_time_format(at, life->expires);
	return add(e, "expires", at);
}

static int measured(struct explain *e)
{
	const struct mf_check_item *it = e->item;
	const struct mf_life *life = &it->life;
	bool limited = it->max > 0 && it->max != MF_LIFE_FOREVER;
	char one[32], text[256];

	snprintf(text, sizeof(text), "%s%s; %s", life->flags & MF_LIFE_AT_MOST ? "at most " : life->flags & MF_LIFE_AT_LEAST ? "at least " : "",
		span(one, life->lifetime), how_known(it));
	if (add(e, "whose", life->account) || add(e, "subject", life->subject) || place(e) || add(e, "lives", text) || dates(e, life) ||
	    add(e, "note", life->note))
		return -1;
	snprintf(text, sizeof(text), "%s%s%s", mf_life_verdict_name(it->verdict), limited ? ", at a maximum of " : "",
		limited ? span(one, it->max) : "");
	return add(e, "verdict", text) || add(e, "excused", it->excused) || (it->excuse_over && add(e, "", "that exception has expired")) ||
		add(e, "id", it->id) ? -1 : 0;
}

/* -- maxima ----------------------------------------------------------------------------------------- */

static int maximum(struct explain *e, enum mf_life_class class)
{
	const struct mf_life_rule *rule = mf_life_rule(class);
	char max[32], strict[32], rotate[32];

	if (head(e, "Why the maximum"))
		return -1;
	if (rule->max == MF_LIFE_FOREVER)
		return mf_buf_printf(&e->text, e->err, "  There is none: %s.\n", rule->reason);
	if (mf_buf_printf(&e->text, e->err, "  Class %s: %s by default (lifetime.max.%s), %s with lifetime.strict.\n", rule->name, span(max,
		rule->max),
			  rule->key ? rule->key : rule->name, span(strict, rule->strict)) || mf_buf_printf(&e->text, e->err, "  The reason: %s.\n",
				rule->reason))
		return -1;
	if (e->item && e->item->max != rule->max && e->item->max > 0 &&
	    mf_buf_printf(&e->text, e->err, "  Here it is %s, by the configuration.\n", span(max, e->item->max)))
		return -1;
	return rule->rotate ? mf_buf_printf(&e->text, e->err, "  What has to be stored is renewed after %s.\n", span(rotate, rule->rotate)) : 0;
}

/* -- steps ------------------------------------------------------------------------------------------ */

static int steps(struct explain *e, const struct mf_recipe_step *s, unsigned depth);

/* A sentence in lines that a terminal shows; what has no blank stays whole. */
static int lines(struct explain *e, const char *text)
{
	size_t column = 5;

	for (const char *p = text; *p; ) {
		size_t word = strcspn(p, " \n");

		if (column > 5 && column + word > COLUMNS) {
			if (mf_buf_puts(&e->text, "\n     ", e->err))
				return -1;
			column = 5;
		} else if (column > 5) {
			if (mf_buf_putc(&e->text, ' ', e->err))
				return -1;
			column++;
		}
		if (mf_buf_add(&e->text, p, word, e->err))
			return -1;
		column += word;
		p += word + strspn(p + word, " \n");
	}
	return mf_buf_putc(&e->text, '\n', e->err);
}

static int sentence(struct explain *e, const struct mf_recipe_step *s, unsigned depth)
{
	struct mf_buf text = MF_BUF(TEXT_MAX);
	bool counts = !s->goes_on && !s->more;
	int rc;

	if (counts)
		rc = mf_buf_printf(&e->text, e->err, "\n  %u. ", ++e->step);
	else	/* the heading of steps that are counted on, or more of the one before */
		rc = mf_buf_printf(&e->text, e->err, "%s%s", s->goes_on && !e->code ? "" : "\n", s->goes_on || depth ? "     " : "  ");
	e->code = s->code != NULL;
	if (rc == 0)
		rc = mf_recipe_expand(&e->job, &text, s->say, 0, e->err) || lines(e, mf_buf_text(&text)) ? -1 : 0;
	mf_buf_free(&text);
	return rc;
}

static int step(struct explain *e, const struct mf_recipe_step *s, unsigned depth)
{
	if (sentence(e, s, depth))
		return -1;
	if (s->code && (mf_buf_putc(&e->text, '\n', e->err) || mf_recipe_expand(&e->job, &e->text, s->code, 7, e->err)))
		return -1;
	return s->more && depth < DEPTH_MAX ? steps(e, s->more, depth + 1) : 0;
}

static int steps(struct explain *e, const struct mf_recipe_step *s, unsigned depth)
{
	for (; s->say; s++)
		if ((e->job.is & s->when) == s->when && step(e, s, depth))
			return -1;
	return 0;
}

static int yaml(struct explain *e)
{
	char *copy, *line, *next;
	int rc = 0;

	if (!e->item || !e->item->yaml)
		return 0;
	copy = mf_strdup(e->item->yaml);
	if (!copy)
		return mf_fail_nomem(e->err);
	mf_text_clean(copy, true);
	if (head(e, "In the place of these lines"))
		rc = -1;
	for (line = copy; rc == 0 && line && *line; line = next) {
		next = strchr(line, '\n');
		if (next)
			*next++ = '\0';
		mf_text_tame(line);
		rc = mf_buf_printf(&e->text, e->err, "  %s\n", line);
	}
	mf_freep(&copy);
	return rc;
}

static int recipe(struct explain *e, enum mf_check_remedy remedy)
{
	char title[512];

	snprintf(title, sizeof(title), "Steps, for %s%s%s", e->job.ci, e->job.repository[0] ? " and " : "", e->job.repository);
	mf_recipe_for(&e->job, remedy);
	return head(e, title) || steps(e, mf_recipe_steps(remedy), 0) || mf_buf_putc(&e->text, '\n', e->err) ||
		mf_recipe_missing(&e->job, &e->text, e->err) ? -1 : 0;
}

/* -- what is explained ------------------------------------------------------------------------------ */

/* For kinds that only their class is known of. */
static enum mf_check_remedy remedy_of(enum mf_life_class class)
{
	static const enum mf_check_remedy by[MF_LC_COUNT] = {
		[MF_LC_NONE] = MF_REMEDY_NONE,
		[MF_LC_CI_TOKEN] = MF_REMEDY_JOB,
		[MF_LC_HUMAN_SESSION] = MF_REMEDY_PERSON,
		[MF_LC_SERVICE_TOKEN] = MF_REMEDY_STORE,
		[MF_LC_DATABASE] = MF_REMEDY_DATABASE,
		[MF_LC_SSH] = MF_REMEDY_SSH,
		[MF_LC_SSH_PERSON] = MF_REMEDY_SSH,
		[MF_LC_TLS] = MF_REMEDY_TLS,
		[MF_LC_TLS_CA] = MF_REMEDY_CA,
		[MF_LC_SECRET_ID] = MF_REMEDY_VAULT_SECRET_ID,
		[MF_LC_API_KEY] = MF_REMEDY_STORE,
	};

	return (unsigned)class < MF_LC_COUNT ? by[class] : MF_REMEDY_STORE;
}

static int credential(struct explain *e, const char *name, const struct mf_check_kind *kind)
{
	const struct mf_check_item *it = e->item;
	enum mf_life_class class = it ? it->life.class : kind->class;
	const char *title = it && it->title ? it->title : kind ? kind->title : "a credential";

	if (mf_buf_printf(&e->text, e->err, "%s: %s\n", name, title) || (it && measured(e)) || head(e, "What it is") ||
	    say(e, kind ? kind->what : "nothing more is known of credentials of this kind") || (it && it->why && say(e, it->why)))
		return -1;
	if (maximum(e, class) || head(e, "What to do") || say(e, it ? mf_check_fix(it) : kind->fix) || yaml(e))
		return -1;
	return recipe(e, kind ? kind->remedy : remedy_of(class));
}

/* `rule` NULL: the item alone says what it is. */
static int habit(struct explain *e, const char *name, const struct mf_check_rule *rule)
{
	const struct mf_check_item *it = e->item;
	const char *title = it && it->title ? it->title : rule ? rule->title : "a habit of a file";

	if (mf_buf_printf(&e->text, e->err, "%s: %s\n", name, title) || (it && place(e)) || (it && add(e, "id", it->id)) ||
	    head(e, "Why it is told") || (rule && say(e, rule->why)) || (it && it->why && say(e, it->why)))
		return -1;
	return head(e, "What to do") || say(e, it ? mf_check_fix(it) : rule->fix) || yaml(e) ? -1 : 0;
}

static int class_alone(struct explain *e, enum mf_life_class class)
{
	if (mf_buf_printf(&e->text, e->err, "%s: a class of credentials\n", mf_life_rule(class)->name) || maximum(e, class) ||
	    head(e, "Kinds that are mostly of it"))
		return -1;
	for (const struct mf_check_kind *k = mf_check_known; k->kind; k++)
		if (k->class == class && mf_buf_printf(&e->text, e->err, "  %-28s %s\n", k->kind, k->title))
			return -1;
	return recipe(e, remedy_of(class));
}

static int unknown(const char *what, struct mf_err *err)
{
	const char *names[NAMES_MAX], *near[NEAREST] = { 0 };
	size_t n = 0, found = 0;

	for (const struct mf_check_kind *k = mf_check_known; k->kind && n < NAMES_MAX; k++)
		names[n++] = k->kind;
	for (const struct mf_check_rule *r = mf_check_rules; r->id && n < NAMES_MAX; r++)
		names[n++] = r->id;
	for (unsigned c = MF_LC_NONE + 1; c < MF_LC_COUNT && n < NAMES_MAX; c++)
		names[n++] = mf_life_rule((enum mf_life_class)c)->name;
	while (found < NEAREST && (near[found] = mf_nearest(what, names, n)) != NULL) {
		for (size_t i = 0; i < n; i++)
			if (names[i] == near[found]) {
				names[i] = names[--n];
				break;
			}
		found++;
	}
	mf_fail(err, MF_E_CHECK_EXPLAIN, "cannot explain '%s': it is no finding of this check, no kind of credential, no class and no rule", what);
	if (found)
		mf_err_hint(err, "did you mean '%s'%s%s%s%s%s%s?", near[0], found > 1 ? ", '" : "", found > 1 ? near[1] : "", found > 1 ? "'" : "",
			found > 2 ? ", '" : "", found > 2 ? near[2] : "", found > 2 ? "'" : "");
	else
		mf_err_hint(err, "mayfly check shows the id of each finding; docs/lifetimes.md lists kinds, classes and rules");
	return -1;
}

static int explain(struct explain *e, const char *what)
{
	const struct mf_check_item *it = e->item;
	const char *name = it ? (it->life.kind ? it->life.kind : it->rule) : what;
	const struct mf_check_kind *kind = mf_check_kind(name);
	const struct mf_check_rule *rule = kind ? NULL : mf_check_rule(name);
	enum mf_life_class class = it ? MF_LC_NONE : mf_life_class_by_name(name);

	if (kind || (it && it->life.kind))
		return credential(e, name, kind);
	if (rule || (it && name))
		return habit(e, name, rule);
	if (class != MF_LC_NONE)
		return class_alone(e, class);
	return unknown(name ? name : "", e->err);
}

int mf_check_explain(struct mf_env *env, const char *path, const struct mf_check_item *item, const char *what, FILE *to, struct mf_err *err)
{
	struct explain e = { .text = MF_BUF(TEXT_MAX), .item = item, .err = err };
	int rc = 0;

	/* without a checkout there is nothing to fill in, and the recipe is told all the same */
	if (env->job.ci == MF_CI_LOCAL && !env->job.repository && mf_job_fill_local(&env->job, path, err))
		return -1;
	mf_recipe_job(&e.job, env, item);
	rc = explain(&e, what);
	/* the stream's errors are looked at once, at the end of the process */
	if (rc == 0)
		fputs(mf_buf_text(&e.text), to);
	mf_buf_free(&e.text);
	return rc;
}
