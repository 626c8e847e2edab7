/* SPDX-License-Identifier: Apache-2.0 */
/* The third verdict: how long what was obtained lives, before anything of it becomes visible. The login's token, each lease, what the values say of
 * themselves, and the age of stored ones. */
#include "session.h"

#include <mayfly/clock.h>
#include <mayfly/fs.h>
#include <mayfly/secret.h>
#include "check.h"

enum { PATH_LENGTH = 1024 };

struct judging {
	const struct mf_session *s;
	struct mf_check c;
	struct mf_reach reach;
};

/* Several values may be of one document. */
static bool listed(const struct judging *j, const char *rule, const char *name, const char *path)
{
	for (size_t i = 0; i < j->c.list.n; i++) {
		const struct mf_check_item *item = &j->c.list.v[i];

		if (mf_same_text(item->rule, rule) && (path ? mf_same_text(item->path, path) : mf_same_text(item->name, name)))
			return true;
	}
	return false;
}

/* -- the token -------------------------------------------------------------------------------------- */

/* Where it goes to the job, which can renew it. */
static bool handed_on(const struct mf_session *s, const struct mf_login *l)
{
	bool given = s->output != NULL;

	for (size_t i = 0; i < s->items.n; i++)
		given |= s->items.v[i].login == l->provider && !s->items.v[i].plain;
	return given;
}

/* Until when whoever has it can keep it alive. */
static int64_t token_end(const struct mf_session *s, const struct mf_login *l)
{
	const struct mf_cred *cred = &l->cred;
	const int64_t issued = cred->expires - cred->ttl;

	return cred->renewable && handed_on(s, l) && cred->max_ttl > cred->ttl ? issued + cred->max_ttl : cred->expires;
}

static int token_why(struct mf_check_item *item, const struct mf_session *s, const struct mf_login *l, struct mf_err *err)
{
	const struct mf_cred *cred = &l->cred;
	char ttl[32], most[32];

	if (cred->root)
		return mf_check_text(&item->why, err, "it has the policy 'root': it may do all, and make itself tokens without an end");
	if (cred->period)
		return mf_check_text(&item->why, err, "it is periodic: whoever has it can renew it without end");
	if (token_end(s, l) == cred->expires)
		return 0;
	mf_duration_format(ttl, cred->ttl);
	mf_duration_format(most, cred->max_ttl);
	return mf_check_text(&item->why, err, "it ends after %s, and whoever has it can renew it up to %s", ttl, most);
}

/* What a reader should know besides its end. */
static void token_note(struct mf_life *life, const struct mf_session *s, const struct mf_login *l)
{
	const struct mf_cred *cred = &l->cred;

	if (cred->num_uses)
		snprintf(life->note, sizeof(life->note), "it is good for %lld requests", (long long)cred->num_uses);
	else if (cred->renewable && handed_on(s, l) && !cred->bounded)
		snprintf(life->note, sizeof(life->note), "it can be renewed, and it may not be asked how long: it is judged by its present end");
	else if (cred->renewable && handed_on(s, l) && !cred->period && !cred->max_ttl)
		snprintf(life->note, sizeof(life->note), "it can be renewed as long as its role or mount lets it (token_max_ttl): it is judged by its present end");
}

static int of_token(struct judging *j, const struct mf_login *l, struct mf_err *err)
{
	const struct mf_cred *cred = &l->cred;
	const struct mf_check_place at = { .from = MF_CHECK_FETCHED, .name = cred->named };
	struct mf_life life = {
		.kind = cred->kind, .title = cred->title, .class = MF_LC_SERVICE_TOKEN, .known = MF_LIFE_MEASURED,
		.issued = cred->expires - cred->ttl, .expires = token_end(j->s, l),
	};
	struct mf_check_item *item;
	char fix[512];

	/* one that was there before is the job's, and was looked at with the job's variables */
	if (!cred->token || !cred->ours)
		return 0;
	if (cred->unlimited || cred->root || cred->period) {
		life.flags = MF_LIFE_STATIC;
		life.issued = 0;
	}
	mf_life_settle(&life, j->c.now);
	if (mf_check_life(&j->c, &at, &life, &item, err))
		return -1;
	if (!item)
		return 0;
	snprintf(item->life.subject, sizeof(item->life.subject), "%.120s", cred->subject ? cred->subject : "");
	token_note(&item->life, j->s, l);
	l->provider->shorten(cred, j->s->env->conf, fix, sizeof(fix));
	return token_why(item, j->s, l, err) || mf_check_text(&item->fix, err, "%s", fix) ? -1 : 0;
}

/* -- what the token may do besides -- */

static int reach_why(struct mf_buf *b, const struct mf_cred *cred, const struct mf_reach *r, struct mf_err *err)
{
	const struct {
		bool so;
		const char *before, *path, *after;
	} facts[] = {
		{ cred->default_only, "it has no policy but 'default': what it reads is open to each token of the server", "", "" },
		{ r->everything, "it may read paths that nobody has named: a policy has a wildcard at its top", "", "" },
		{ r->whole[0] && !r->everything, "it may read all in '", r->whole, "'" },
		{ r->written[0], "it may change '", r->written, "', which was only read" },
		{ r->sudo[0], "it has sudo on '", r->sudo, "'" },
	};

	for (size_t i = 0; i < MF_COUNT(facts); i++)
		if (facts[i].so && ((b->n && mf_buf_puts(b, "; ", err)) || mf_buf_printf(b, err, "%s%s%s", facts[i].before, facts[i].path, facts[i].after)))
			return -1;
	return 0;
}

/* A policy with what was used and nothing else. What would have to be escaped is left to the reader. */
static int policy_of(struct mf_check_item *item, const struct mf_items *items, struct mf_err *err)
{
	struct mf_buf b = MF_BUF(16 * 1024);
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < items->n_reads && i < 40; i++) {
		const struct mf_read *r = &items->reads[i];

		if (r->path[strcspn(r->path, "\"\\*+$")] == '\0')
			rc = mf_buf_printf(&b, err, "path \"%s\" { capabilities = [\"%s\"] }\n", r->path, r->writes ? "update" : "read");
	}
	if (rc == 0 && b.n)
		rc = mf_check_yaml(item, b.p, err);
	mf_buf_free(&b);
	return rc;
}

static int of_reach(struct judging *j, const struct mf_login *l, struct mf_err *err)
{
	const struct mf_check_place at = { .from = MF_CHECK_FETCHED, .name = l->cred.named };
	struct mf_buf why = MF_BUF(2048);
	struct mf_check_item *item;
	int rc = reach_why(&why, &l->cred, &j->reach, err);

	if (rc == 0 && why.n) {
		rc = mf_check_habit(&j->c, &at, "vault-role-wide", &item, err);
		if (rc == 0 && item)
			rc = mf_check_text(&item->why, err, "%s", why.p) || policy_of(item, &j->s->items, err) ? -1 : 0;
	}
	mf_buf_free(&why);
	return rc;
}

/* -- what was fetched ------------------------------------------------------------------------------- */

/* The reference without its field. */
static void document_of(char out[static PATH_LENGTH], const struct mf_item *item)
{
	snprintf(out, PATH_LENGTH, "%.*s", (int)strcspn(item->from, "#"), item->from);
}

static int of_lease(struct judging *j, const struct mf_item *from, struct mf_err *err)
{
	struct mf_life life = {
		.kind = "credential", .title = "a credential with a lease", .class = MF_LC_DATABASE,
		.known = from->lease_ttl ? MF_LIFE_MEASURED : MF_LIFE_UNKNOWN,
	};
	char document[PATH_LENGTH];
	const struct mf_check_place at = { .from = MF_CHECK_FETCHED, .name = document };
	struct mf_check_item *item;

	document_of(document, from);
	if (listed(j, life.kind, document, NULL))
		return 0;
	if (from->lease_ttl) {
		life.issued = from->expires - from->lease_ttl;
		life.expires = from->expires;
	}
	mf_life_settle(&life, j->c.now);
	if (mf_check_life(&j->c, &at, &life, &item, err))
		return -1;
	return item ? mf_check_text(&item->fix, err, "give the role of the engine that makes it default_ttl=1h and max_ttl=4h") : 0;
}

static int since_when(struct judging *j, struct mf_check_item *item, const struct mf_item *from, struct mf_err *err)
{
	char age[32];

	if (from->made)
		item->life.issued = j->c.now;
	if (from->created <= 0)
		return 0;
	item->life.issued = from->created;
	mf_duration_format(age, j->c.now > from->created ? j->c.now - from->created : 0);
	if (!from->version)
		return mf_check_text(&item->why, err, "it was written %s ago, and whoever has read it since then can still use it", age);
	return mf_check_text(&item->why, err, "its version %lld was written %s ago, and whoever has read it since then can still use it",
			     (long long)from->version, age);
}

/* Of a value that says nothing of itself: the document's age. */
static int of_document(struct judging *j, const struct mf_item *from, const char *document, struct mf_err *err)
{
	const struct mf_check_kind *kind = mf_check_kind("stored-secret");
	const struct mf_life life = {
		.kind = kind->kind, .title = kind->title, .class = kind->class, .known = MF_LIFE_UNKNOWN, .flags = MF_LIFE_STATIC,
		.lifetime = MF_LIFE_FOREVER, .remaining = MF_LIFE_FOREVER,
	};
	const struct mf_check_place at = { .from = MF_CHECK_FETCHED, .name = from->name, .path = document };
	struct mf_check_item *item;

	if (from->created <= 0 || listed(j, life.kind, NULL, document))
		return 0;
	if (mf_check_life(&j->c, &at, &life, &item, err))
		return -1;
	return item ? since_when(j, item, from, err) : 0;
}

/* A value is told by its form alone: each has a name that promises a credential. */
static int on_item(void *ctx, const struct mf_item *from, struct mf_str value, struct mf_err *err)
{
	const struct mf_life_hint hint = { .person = false };
	struct judging *j = ctx;
	char document[PATH_LENGTH];
	const struct mf_check_place at = { .from = MF_CHECK_FETCHED, .name = from->name, .path = document };
	struct mf_check_item *item;

	if (!from->fetched || from->plain)
		return 0;
	if (from->leased && of_lease(j, from, err))
		return -1;
	document_of(document, from);
	if (mf_check_value(&j->c, &at, value, &hint, &item, err))
		return -1;
	if (!item)
		return from->leased || from->made ? 0 : of_document(j, from, document, err);
	return mf_check_stored(item) ? since_when(j, item, from, err) : 0;
}

/* A user's password or a cloud's key that ends with its lease is no stored secret, whatever its form says. */
static bool not_of_a_lease(const struct mf_check_item *item, const void *ctx)
{
	const struct judging *j = ctx;

	return !mf_check_stored(item) || !listed(j, "credential", item->path, NULL);
}

static int collect(struct judging *j, struct mf_err *err)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < j->s->n_logins; i++) {
		const struct mf_login *l = &j->s->logins[i];

		rc = of_token(j, l, err) || (l->provider->reach && of_reach(j, l, err)) ? -1 : 0;
	}
	if (rc == 0)
		rc = mf_items_look(&j->s->items, on_item, j, err);
	mf_wipe_stack();
	if (rc == 0)
		mf_check_list_filter(&j->c.list, not_of_a_lease, j);
	return rc;
}

/* -- the outcome ------------------------------------------------------------------------------------ */

/* The drop-ins do what their model does: they say it, and fail only where that is asked for. */
static void only_warn(struct mf_check_list *l, struct mf_check_verdict *v)
{
	for (size_t i = 0; i < l->n; i++) {
		l->v[i].warns = l->v[i].warns || l->v[i].fails;
		l->v[i].fails = false;
	}
	v->warns += v->fails;
	v->fails = 0;
	v->too_many = false;
}

static int outcome(const struct mf_check_list *l, const struct mf_check_verdict *v, struct mf_err *err)
{
	if (v->fails == 0)
		return 0;
	mf_fail(err, MF_E_CHECK_LONG, "%zu credential%s that this run obtained live%s too long", v->fails, v->fails == 1 ? "" : "s",
		v->fails == 1 ? "s" : "");
	for (size_t i = 0; i < l->n; i++)
		if (l->v[i].fails) {
			mf_err_hint(err, "%.480s", mf_check_fix(&l->v[i]));
			break;
		}
	return -1;
}

/* The reports of the job's check are written anew, with what was obtained in them. */
static int report(struct mf_checking *k, const struct mf_check_policy *p, bool warn, struct mf_err *err)
{
	struct mf_check_list *all = k->env->checked;
	struct mf_check_verdict v;

	if (!all)
		return 0;
	if (mf_check_list_join(&k->list, all, err) || mf_check_judge(p, &k->list, &v, err))
		return -1;
	if (warn)
		only_warn(&k->list, &v);
	return mf_checking_files(k, &v, err);
}

static int judge(struct mf_checking *k, bool warn, struct mf_err *err)
{
	struct mf_err late = { 0 };
	struct mf_check_policy *p;
	struct mf_check_verdict v;
	int rc;

	if (mf_check_policy_new(&p, k->env->conf, mf_now(), err))
		return -1;
	rc = mf_check_judge(p, &k->list, &v, err);
	if (rc == 0 && warn)
		only_warn(&k->list, &v);
	if (rc == 0)
		rc = mf_checking_tell(k, &v, err);
	if (rc == 0)
		rc = outcome(&k->list, &v, err);
	if (report(k, p, warn, &late)) {
		if (rc)
			mf_warn_err(&late);
		else
			*err = late;
		rc = -1;
	}
	mf_check_policy_free(p);
	return rc;
}

/* What only the server knows: how long a token can be renewed, and what it may do. Asking is a use of a token that has only so many. */
static int ask(struct judging *j, struct mf_session *s, struct mf_login *l, struct mf_err *err)
{
	if (!l->provider->reach || !l->cred.token || !l->cred.ours || l->cred.num_uses)
		return 0;
	if (mf_session_go_on(s, err))
		return -1;
	if (!l->cred.batch && l->cred.renewable && handed_on(s, l) && l->provider->look_up(&l->cred, l->http, err))
		return -1;
	return l->cred.root ? 0 : l->provider->reach(&l->cred, l->http, s->items.reads, s->items.n_reads, &j->reach, err);
}

int mf_session_judge(struct mf_session *s, struct mf_err *err)
{
	const struct mf_conf *conf = s->env->conf;
	const bool warn = s->env->drop_in && !mf_conf_is_set(conf, MF_K_LIFETIME_ENABLED);
	struct mf_checking k = { .env = s->env, .path = ".", .stage = true, .began_ms = mf_mono_ms() };
	struct judging j = { .s = s };
	int rc;

	if (!mf_conf_bool(conf, MF_K_LIFETIME_ENABLED))
		return 0;
	for (size_t i = 0; !warn && i < s->n_logins; i++)
		if (ask(&j, s, &s->logins[i], err))
			return -1;
	mf_random(k.key, sizeof(k.key));
	mf_checking_start(&j.c, &k);
	rc = collect(&j, err);
	k.list = j.c.list;
	if (rc == 0)
		rc = judge(&k, warn, err);
	mf_checking_free(&k);
	return rc;
}
