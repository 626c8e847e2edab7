/* SPDX-License-Identifier: Apache-2.0 */
/* In the parent: which addresses may be asked, the questions, and what the answers change. Whoever writes a repository's .mayfly.yml could send a
 * person's tokens anywhere, so nothing of that file says where anything is sent. */
#include "check.h"

#include <errno.h>
#include <stdlib.h>
#include <strings.h>
#include <unistd.h>

#include <mayfly/alloc.h>
#include <mayfly/ask.h>
#include <mayfly/clock.h>
#include <mayfly/fs.h>
#include <mayfly/log.h>
#include <mayfly/provider.h>

enum { CLOCKS_APART = 300 };

struct question {
	struct mf_ask_record record;
	struct mf_ask ask;		/* url NULL: it is not asked */
};

struct asking {
	struct mf_checking *k;
	struct mf_check c;		/* has the list while it is at work */
	struct question *v;
	size_t n, cap;
};

/* -- where ------------------------------------------------------------------------------------------ */

static bool host_of(char out[static MF_URL_HOST], const char *url)
{
	struct mf_err ignored = { 0 };
	struct mf_url u;

	out[0] = '\0';
	if (mf_url_parse(&u, url, &ignored))
		return false;
	mf_url_host(out, &u);
	return true;
}

/* An API may have a name of its own below the host that people know. */
static bool serves(const char *url, const char *host)
{
	char own[MF_URL_HOST], api[MF_URL_HOST];

	if (!host[0])
		return true;
	if (!host_of(own, url))
		return false;
	snprintf(api, sizeof(api), "api.%.256s", host);
	return strcasecmp(own, host) == 0 || strcasecmp(own, api) == 0;
}

/* What the user listed comes first: the last of it that fits. */
static const char *listed(const struct mf_conf *conf, enum mf_issuer issuer, const char *host, bool *no_public)
{
	const char *name = mf_issuer_name(issuer), *found = NULL;
	size_t n;
	const char *const *v = mf_conf_list(conf, MF_K_ONLINE_HOSTS, &n);

	for (size_t i = 0; i < n; i++) {
		const size_t m = strcspn(v[i], "=");

		if (m != strlen(name) || memcmp(v[i], name, m) != 0)
			continue;
		if (strcmp(v[i] + m + 1, "none") == 0)
			*no_public = true;
		else if (serves(v[i] + m + 1, host))
			found = v[i] + m + 1;
	}
	return found;
}

static const char *address(const struct mf_conf *conf, enum mf_issuer issuer, const char *host)
{
	bool no_public = false;
	const char *url = listed(conf, issuer, host, &no_public);

	if (url || no_public)
		return url;
	url = mf_issuer_url(issuer);
	if (issuer == MF_ISSUER_VAULT)
		url = mf_conf_in_file(conf, MF_K_VAULT_URL) ? NULL : mf_conf_str(conf, MF_K_VAULT_URL);
	return url && *url && serves(url, host) ? url : NULL;
}

static int check_names(const struct mf_conf *conf, struct mf_err *err)
{
	size_t n;
	const char *const *v = mf_conf_list(conf, MF_K_ONLINE_HOSTS, &n);

	for (size_t i = 0; i < n; i++) {
		const struct mf_str name = { v[i], strcspn(v[i], "=") };

		if (mf_issuer_by_name(name) != MF_ISSUER_COUNT)
			continue;
		mf_fail(err, MF_E_CONF_VALUE, "%s: there is no issuer '%.*s'", mf_conf_origin(conf, MF_K_ONLINE_HOSTS), (int)(name.n > 40 ? 40 : name.n), name.p);
		mf_err_hint(err, "those that can be asked: aws, aws-iam, github, gitlab, vault, gcp");
		return -1;
	}
	return 0;
}

/* -- questions -------------------------------------------------------------------------------------- */

static const struct mf_check_item *item_of(const struct asking *a, const struct question *q)
{
	for (size_t i = 0; i < a->c.list.n; i++)
		if (strcmp(a->c.list.v[i].fingerprint, q->record.fingerprint) == 0)
			return &a->c.list.v[i];
	return NULL;
}

static const char *name_of(const struct mf_check_item *item)
{
	return item->name && *item->name ? item->name : item->path && *item->path ? item->path : item->rule;
}

static bool known(const struct asking *a, const struct mf_ask_record *r)
{
	for (size_t i = 0; i < a->n; i++)
		if (a->v[i].record.issuer == r->issuer && strcmp(a->v[i].record.fingerprint, r->fingerprint) == 0 &&
		    strcmp(a->v[i].record.host, r->host) == 0)
			return true;
	return false;
}

static int add(struct asking *a, struct mf_ask_record *r, struct mf_err *err)
{
	const struct mf_conf *conf = a->k->env->conf;
	struct question q = { .record = *r, .ask = { .issuer = r->issuer, .secret = r->read[0], .id = r->read[1], .token = r->read[2] } };

	/* the same one at several places is asked about once; what the child did not tell of is nobody's */
	if (known(a, r) || !item_of(a, &q)) {
		mf_ask_record_free(r);
		return 0;
	}
	if (mf_grow(&a->v, &a->cap, a->n + 1, sizeof(*a->v), err)) {
		mf_ask_record_free(r);
		return -1;
	}
	q.ask.url = address(conf, r->issuer, r->host);
	q.ask.ns = mf_conf_str(conf, MF_K_VAULT_NAMESPACE);
	/* of IAM only where the key is at home in the public partition, or where the user says */
	if (r->issuer == MF_ISSUER_AWS && q.ask.url && !q.ask.token)
		q.ask.url2 = r->host[0] ? listed(conf, MF_ISSUER_AWS_IAM, "", &(bool){ false }) : address(conf, MF_ISSUER_AWS_IAM, "");
	a->v[a->n++] = q;
	*r = (struct mf_ask_record){ 0 };
	return 0;
}

static int read_records(struct asking *a, int fd, struct mf_err *err)
{
	struct mf_ask_record r;
	int rc = 1;

	if (lseek(fd, 0, SEEK_SET) < 0)
		return mf_fail_errno(err, MF_E_SCAN_SANDBOX, errno, "the list of what is to be asked cannot be read");
	for (size_t i = 0; rc == 1 && i < MF_ASK_RECORDS_MAX; i++) {
		rc = mf_ask_record_read(fd, &r, err);
		if (rc == 1 && add(a, &r, err))
			rc = -1;
	}
	return rc < 0 ? -1 : 0;
}

/* Memory of a file that is closed is wiped by the kernel when somebody else gets it; so long is not waited. */
static void wipe_file(int fd)
{
	static const char zeros[65536];
	off_t end = lseek(fd, 0, SEEK_END);

	if (end <= 0 || lseek(fd, 0, SEEK_SET) < 0)
		return;
	for (off_t at = 0; at < end; at += (off_t)sizeof(zeros))
		if (write(fd, zeros, (size_t)(end - at < (off_t)sizeof(zeros) ? end - at : (off_t)sizeof(zeros))) < 0)
			return;
}

/* -- answers ---------------------------------------------------------------------------------------- */

static int not_listed(struct asking *a, const struct question *q, struct mf_err *err)
{
	const char *issuer = mf_issuer_name(q->record.issuer), *host = q->record.host;
	char what[400], hint[400], why[300];

	snprintf(what, sizeof(what), "nobody was asked about %.200s", name_of(item_of(a, q)));
	if (q->record.issuer == MF_ISSUER_VAULT) {
		snprintf(why, sizeof(why), "%s", mf_conf_in_file(a->k->env->conf, MF_K_VAULT_URL) ?
			 "the server's address is only in the repository's file, and whoever writes that could have the token sent anywhere" :
			 "the server's address is not known");
		snprintf(hint, sizeof(hint), "set VAULT_ADDR, or --online-host vault=https://...");
	} else {
		snprintf(why, sizeof(why), "it belongs to %.200s, which is not on the list of those that may be asked", host);
		/* the public server's API has a host of its own */
		if (q->record.issuer == MF_ISSUER_GITHUB && strcmp(host, "github.com") == 0)
			snprintf(hint, sizeof(hint), "--online-host github=https://api.github.com");
		else
			snprintf(hint, sizeof(hint), "--online-host %s=https://%.200s%s", issuer, host, q->record.issuer == MF_ISSUER_GITHUB ? "/api/v3" : "");
	}
	return mf_check_note(&a->c, false, why, hint, err, "%s", what);
}

static void settle(struct mf_check_item *item, const struct question *q, int64_t now)
{
	const struct mf_ask *r = &q->ask;
	struct mf_life *life = &item->life;
	char host[MF_URL_HOST];

	host_of(host, r->url);
	if (r->asked == MF_ASKED_REFUSED) {
		/* told and no more: another server of the same kind may take it */
		snprintf(life->note, sizeof(life->note), "%.80s refuses it: it has ended or was revoked there", host);
		return;
	}
	if (r->no_end) {
		life->flags |= MF_LIFE_STATIC;
		life->known = MF_LIFE_ASKED;
	} else if (r->expires) {
		life->flags &= ~(unsigned)(MF_LIFE_STATIC | MF_LIFE_AT_MOST);
		life->expires = r->expires;
		life->known = MF_LIFE_ASKED;
	}
	if (r->issued)
		life->issued = r->issued;
	if (r->account[0])
		snprintf(life->account, sizeof(life->account), "%s", r->account);
	if (r->subject[0])
		snprintf(life->subject, sizeof(life->subject), "%s", r->subject);
	if (r->note[0])
		snprintf(life->note, sizeof(life->note), "%s", r->note);
	mf_life_settle(life, now);
}

/* Whether the issuer's clock and ours cannot both be right. */
static bool apart(const struct mf_ask *r, int64_t now)
{
	return r->date && (r->date - now > CLOCKS_APART || now - r->date > CLOCKS_APART);
}

static int clock_note(struct asking *a, const struct mf_ask *r, int64_t now, struct mf_err *err)
{
	char theirs[21], ours[21], what[500], host[MF_URL_HOST];

	host_of(host, r->url);
	mf_time_format(theirs, r->date);
	mf_time_format(ours, now);
	snprintf(what, sizeof(what), "this machine's clock says %s, and that of %.200s %s", ours, host, theirs);
	return mf_check_note(&a->c, false, "what it was asked about was measured by its clock, all else by this machine's", "set the clock", err, "%s", what);
}

static int apply(struct asking *a, struct question *q, int64_t now, struct mf_err *err)
{
	const struct mf_ask *r = &q->ask;
	const bool far = apart(r, now);
	char what[300];

	if (!r->url)
		return not_listed(a, q, err);
	if (r->asked == MF_ASKED_NOT) {
		snprintf(what, sizeof(what), "no answer about %.200s", name_of(item_of(a, q)));
		return mf_check_note(&a->c, true, r->err.why[0] ? r->err.why : r->err.what, r->err.hint[0] ? r->err.hint : NULL, err, "%s", what);
	}
	for (size_t i = 0; i < a->c.list.n; i++)
		if (strcmp(a->c.list.v[i].fingerprint, q->record.fingerprint) == 0)
			settle(&a->c.list.v[i], q, far ? r->date : now);
	return far ? clock_note(a, r, now, err) : 0;
}

/* -- all of it -------------------------------------------------------------------------------------- */

static int plan_one(void *ctx, const char *method, const char *url, struct mf_err *err)
{
	(void)err;
	mf_info("would send %s %s about %s", method, url, (const char *)ctx);
	return 0;
}

static int plan(struct asking *a, struct mf_err *err)
{
	for (size_t i = 0; i < a->n; i++) {
		const struct mf_check_item *item = item_of(a, &a->v[i]);
		char what[300];

		snprintf(what, sizeof(what), "%.200s (%.60s)", name_of(item), item->rule);
		if (!a->v[i].ask.url) {
			if (not_listed(a, &a->v[i], err))
				return -1;
		} else if (mf_ask_plan(&a->v[i].ask, plan_one, what, err)) {
			return -1;
		}
	}
	if (a->n == 0)
		mf_info("no credential of the job has an issuer that can be asked");
	for (size_t i = 0; i < a->c.list.n_notes; i++)
		if (a->c.list.notes[i].hint)
			mf_info("%s: %s; %s", a->c.list.notes[i].what, a->c.list.notes[i].why ? a->c.list.notes[i].why : "", a->c.list.notes[i].hint);
	return 0;
}

/* Vault's own settings (CA, client certificate, namespace) are for Vault alone. */
static int http_of(struct mf_http **out, const struct mf_env *env, bool vault, struct mf_err *err)
{
	struct mf_http_conf conf = { 0 };

	if (vault ? mf_provider_vault.http_conf(&conf, env->conf, err) : mf_provider_http_conf(&conf, env->conf, err))
		return -1;
	conf.redirect_to = NULL;
	conf.max_body = 1 << 20;
	conf.stop = env->stop;
	return mf_http_open(out, &conf, err);
}

static bool is_asked(const struct question *q, bool vault)
{
	return q->ask.url && (q->record.issuer == MF_ISSUER_VAULT) == vault;
}

static int ask_some(struct asking *a, bool vault, struct mf_err *err)
{
	struct mf_ask *asks = mf_calloc(a->n ? a->n : 1, sizeof(*asks));
	struct mf_http *http = NULL;
	size_t n = 0;
	int rc = asks ? 0 : mf_fail_nomem(err);

	for (size_t i = 0; rc == 0 && i < a->n; i++)
		if (is_asked(&a->v[i], vault))
			asks[n++] = a->v[i].ask;
	if (rc == 0 && n)
		rc = http_of(&http, a->k->env, vault, err) || mf_ask_all(http, asks, n, err) ? -1 : 0;
	for (size_t i = 0, j = 0; rc == 0 && j < n; i++)
		if (is_asked(&a->v[i], vault))
			a->v[i].ask = asks[j++];
	mf_http_close(http);
	free(asks);
	return rc;
}

static int ask_all(struct asking *a, struct mf_err *err)
{
	const int64_t now = mf_now();

	if (ask_some(a, false, err) || ask_some(a, true, err))
		return -1;
	for (size_t i = 0; i < a->n; i++)
		if (apply(a, &a->v[i], now, err))
			return -1;
	return 0;
}

int mf_check_ask(struct mf_checking *k, struct mf_check_list *l, int fd, struct mf_err *err)
{
	struct asking a = { .k = k, .c = { .list = *l } };
	int rc = check_names(k->env->conf, err);

	if (rc == 0)
		rc = read_records(&a, fd, err);
	wipe_file(fd);
	if (rc == 0)
		rc = k->env->common.dry_run ? plan(&a, err) : ask_all(&a, err);
	for (size_t i = 0; i < a.n; i++)
		mf_ask_record_free(&a.v[i].record);
	free(a.v);
	*l = a.c.list;
	return rc;
}
