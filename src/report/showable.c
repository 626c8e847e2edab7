/* SPDX-License-Identifier: Apache-2.0 */
/* A name that holds a found secret is shown with the redacted form in its place, in every report alike. Few runs have one: nothing is copied
 * before it is met. */
#include "showable.h"

#include <stdlib.h>
#include <mayfly/alloc.h>
#include <mayfly/hide.h>

struct make {
	struct mf_showable *v;
	const struct mf_hide *hide;
	struct mf_err *err;
	bool failed;
};

/* Takes over `p`, also on failure. */
static bool keep(struct make *m, void *p)
{
	struct mf_showable *v = m->v;

	if (p && mf_grow(&v->own, &v->cap_own, v->n_own + 1, sizeof(*v->own), m->err) == 0) {
		v->own[v->n_own++] = p;
		return true;
	}
	free(p);
	m->failed = true;
	return false;
}

/* The name as it may be shown; NULL: as it is. */
static char *shown(struct make *m, const char *name)
{
	char *out = NULL;

	if (!name || m->failed)
		return NULL;
	m->failed = mf_hide_name(&out, m->hide, name, m->err) != 0;
	return out && keep(m, out) ? out : NULL;
}

static bool put(struct make *m, char **name)
{
	char *out = shown(m, *name);

	*name = out ? out : *name;
	return out != NULL;
}

static void put_text(struct make *m, const char **text)
{
	char *out = shown(m, *text);

	*text = out ? out : *text;
}

static bool put_more(struct make *m, struct mf_finding *f)
{
	char **more = NULL;

	for (size_t i = 0; i < f->n_more_paths && !m->failed; i++) {
		char *out = shown(m, f->more_paths[i]);

		if (!out)
			continue;
		if (!more) {
			more = mf_calloc(f->n_more_paths, sizeof(*more));
			if (!more)
				mf_fail_nomem(m->err);
			if (!keep(m, more))
				return false;
			memcpy(more, f->more_paths, f->n_more_paths * sizeof(*more));
		}
		more[i] = out;
	}
	f->more_paths = more ? more : f->more_paths;
	return more != NULL;
}

/* Of a rule for a path alone it names the path. */
static bool put_match(struct make *m, struct mf_finding *f)
{
	if (f->secret_n || !put(m, &f->match))
		return false;
	f->match_n = strlen(f->match);
	return true;
}

static bool finding(struct make *m, struct mf_finding *f)
{
	bool any = put(m, &f->path);

	any |= put_more(m, f);
	any |= put(m, &f->repo);
	any |= put(m, &f->author);
	any |= put(m, &f->email);
	return put_match(m, f) || any;
}

static int findings(struct make *m, const struct mf_findings *list)
{
	struct mf_showable *v = m->v;

	for (size_t i = 0; i < list->n; i++) {
		struct mf_finding f = list->v[i];

		if (!finding(m, &f) && !m->failed)
			continue;
		if (m->failed)
			return -1;
		if (!v->copy) {
			v->copy = mf_calloc(list->n, sizeof(*v->copy));
			if (!v->copy)
				return mf_fail_nomem(m->err);
			memcpy(v->copy, list->v, list->n * sizeof(*v->copy));
			v->list.v = v->copy;
		}
		v->copy[i] = f;
	}
	if (v->copy)
		mf_findings_sort(&v->list);
	return 0;
}

static int run_texts(struct make *m, struct mf_run *run)
{
	const char **const texts[] = { &run->target, &run->range, &run->repository, &run->ref, &run->server_url, &run->category, &run->rules_origin };

	for (size_t i = 0; i < MF_COUNT(texts); i++)
		put_text(m, texts[i]);
	return m->failed ? -1 : 0;
}

int mf_showable_open(struct mf_showable *v, const struct mf_run *run, const struct mf_findings *list, struct mf_err *err)
{
	struct make m = { .v = v, .err = err };
	struct mf_hide *hide;
	int r;

	*v = (struct mf_showable){ .run = *run, .list = *list };
	if (mf_hide_new(&hide, list, run->secrets, run->n_secrets, err))
		return -1;
	m.hide = hide;
	r = run_texts(&m, &v->run) || findings(&m, list) ? -1 : 0;
	mf_hide_free(hide);
	if (r)
		mf_showable_close(v);
	return r;
}

void mf_showable_close(struct mf_showable *v)
{
	for (size_t i = 0; i < v->n_own; i++)
		free(v->own[i]);
	free(v->own);
	free(v->copy);
	*v = (struct mf_showable){ 0 };
}
