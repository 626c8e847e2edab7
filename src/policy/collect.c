/* SPDX-License-Identifier: Apache-2.0 */
/* Takes in candidates from any number of threads. */
#include "collect.h"

#include <stdio.h>
#include <stdlib.h>
#include <mayfly/alloc.h>

int mf_collect_new(struct mf_collect **out, struct mf_err *err)
{
	struct mf_collect *c = mf_calloc(1, sizeof(*c));

	if (!c)
		return mf_fail_nomem(err);
	if (pthread_mutex_init(&c->lock, NULL)) {
		free(c);
		return mf_fail_nomem(err);
	}
	c->kept_max = MF_KEPT_MAX;
	c->texts_max = MF_TEXTS_MAX;
	c->sites_max = MF_SITES_MAX;
	*out = c;
	return 0;
}

void mf_collect_free(struct mf_collect *c)
{
	if (!c)
		return;
	for (size_t i = 0; i < c->commits.n; i++) {
		free((char *)c->who[i].author);
		free((char *)c->who[i].email);
		free((char *)c->who[i].message);
	}
	mf_intern_free(&c->texts);
	mf_intern_free(&c->oids);
	mf_intern_free(&c->commits);
	mf_intern_free(&c->groups);
	mf_intern_free(&c->blob_ids);
	free(c->heads);
	free(c->kept);
	free(c->blobs);
	free(c->blob_oid);
	free(c->placed);
	free(c->who);
	free(c->who_id);
	free(c->past_group);
	mf_known_ids_free(&c->known);
	pthread_mutex_destroy(&c->lock);
	free(c);
}

static int add_text(uint32_t *id, struct mf_collect *c, const char *p, size_t n, struct mf_err *err)
{
	*id = MF_NONE;
	return p ? mf_intern_add(id, &c->texts, (struct mf_str){ p, n }, err) : 0;
}

static int add_texts(struct mf_kept *k, struct mf_collect *c, const struct mf_cand *cand, struct mf_err *err)
{
	struct mf_token_facts facts;

	/* field by field, so that equal facts are equal bytes */
	memset(&facts, 0, sizeof(facts));
	snprintf(facts.account, sizeof(facts.account), "%s", cand->facts.account);
	snprintf(facts.note, sizeof(facts.note), "%s", cand->facts.note);
	facts.issued = cand->facts.issued;
	facts.expires = cand->facts.expires;
	facts.harmless = cand->facts.harmless;
	if (add_text(&k->secret, c, cand->secret ? cand->secret : "", cand->secret_n, err) ||
	    add_text(&k->match, c, cand->match ? cand->match : "", cand->match_n, err) ||
	    add_text(&k->text, c, cand->text ? cand->text : "", cand->text_n, err) ||
	    add_text(&k->shown, c, cand->shown, cand->text_n, err) ||
	    add_text(&k->member, c, cand->member, cand->member ? strlen(cand->member) : 0, err) ||
	    add_text(&k->reason, c, cand->reason, cand->reason ? strlen(cand->reason) : 0, err) ||
	    add_text(&k->facts, c, (const char *)&facts, sizeof(facts), err))
		return -1;
	return 0;
}

/* The number of (rule, secret), and the head of its chain. */
static int find_group(uint32_t **head, struct mf_collect *c, const struct mf_kept *k, struct mf_err *err)
{
	char key[sizeof(k->rule) + sizeof(k->secret)];
	const size_t before = c->groups.n;
	uint32_t id;

	memcpy(key, &k->rule, sizeof(k->rule));
	memcpy(key + sizeof(k->rule), &k->secret, sizeof(k->secret));
	if (mf_room(&c->heads, before, &c->heads_cap, sizeof(*c->heads), err) ||
	    mf_intern_add(&id, &c->groups, (struct mf_str){ key, sizeof(key) }, err))
		return -1;
	*head = &c->heads[id];
	if (c->groups.n > before)
		**head = MF_NONE;
	return 0;
}

int mf_collect_link(struct mf_collect *c, const struct mf_kept *kept, struct mf_err *err)
{
	struct mf_kept k = *kept;
	uint32_t *head;

	if (mf_room(&c->kept, c->n_kept, &c->kept_cap, sizeof(*c->kept), err) || find_group(&head, c, &k, err))
		return -1;
	k.next = *head;
	*head = (uint32_t)c->n_kept;
	c->kept[c->n_kept++] = k;
	return 0;
}

static int keep(struct mf_collect *c, const struct mf_cand *cand, uint32_t place, bool placed, struct mf_err *err)
{
	struct mf_kept k = {
		.rule = cand->rule, .entropy = cand->entropy, .place = place, .line = cand->line, .col = cand->col,
		.end_line = cand->end_line, .end_col = cand->end_col, .encoding = (uint16_t)cand->encoding, .depth = (uint8_t)cand->depth,
		.format = (uint8_t)cand->format, .placed = placed, .allowed = cand->allowed,
	};

	return add_texts(&k, c, cand, err) || mf_collect_link(c, &k, err) ? -1 : 0;
}

bool mf_collect_full(const struct mf_collect *c)
{
	return c->n_kept >= c->kept_max || c->texts.bytes >= c->texts_max;
}

static int keep_all(struct mf_collect *c, const struct mf_cands *cands, uint32_t place, bool placed, struct mf_err *err)
{
	for (size_t i = 0; i < cands->n; i++) {
		if (mf_collect_full(c)) {
			c->dropped += cands->n - i;
			return 0;
		}
		if (keep(c, &cands->v[i], place, placed, err))
			return -1;
	}
	return 0;
}

static struct mf_str oid_bytes(const struct mf_oid *id)
{
	return (struct mf_str){ (const char *)id->b, sizeof(id->b) };
}

int mf_collect_place(uint32_t *place, struct mf_collect *c, const struct mf_oid *blob, struct mf_err *err)
{
	if (mf_room(&c->blobs, c->n_blobs, &c->blobs_cap, sizeof(*c->blobs), err) ||
	    mf_room(&c->blob_oid, c->n_blobs, &c->blob_oid_cap, sizeof(*c->blob_oid), err) ||
	    mf_intern_add(&c->blob_oid[c->n_blobs], &c->oids, oid_bytes(blob), err) ||
	    mf_intern_add(place, &c->blob_ids, oid_bytes(blob), err))
		return -1;
	if (*place == c->n_blobs)
		c->blobs[c->n_blobs++] = *blob;
	return 0;
}

int mf_collect_blob(struct mf_collect *c, const struct mf_oid *blob, struct mf_cands *cands, struct mf_err *err)
{
	uint32_t place;
	int r = 0;

	if (cands->n) {
		pthread_mutex_lock(&c->lock);
		r = mf_collect_place(&place, c, blob, err) || keep_all(c, cands, place, false, err) ? -1 : 0;
		pthread_mutex_unlock(&c->lock);
	}
	mf_cands_clear(cands);
	return r;
}

const struct mf_oid *mf_collect_blobs(const struct mf_collect *c, size_t *n)
{
	*n = c->n_blobs;
	return c->blobs;
}

uint64_t mf_collect_dropped(const struct mf_collect *c)
{
	return c->dropped;
}

static char *cut(const char *s, size_t max)
{
	return mf_strndup(s ? s : "", s ? strnlen(s, max) : 0);
}

static int add_commit(uint32_t *id, struct mf_collect *c, const struct mf_commit *commit, struct mf_err *err)
{
	struct mf_who w = { .date = commit->date, .tz = commit->tz };
	const size_t before = c->commits.n;

	*id = mf_intern_find(&c->commits, oid_bytes(&commit->id));
	if (*id != MF_NONE)
		return 0;
	if (mf_room(&c->who, before, &c->who_cap, sizeof(*c->who), err) || mf_room(&c->who_id, before, &c->who_id_cap, sizeof(*c->who_id), err))
		return -1;
	w.author = cut(commit->author, MF_NAME_MAX);
	w.email = cut(commit->email, MF_NAME_MAX);
	w.message = cut(commit->message, MF_MESSAGE_MAX);
	if (!w.author || !w.email || !w.message)
		mf_fail_nomem(err);
	else if (mf_intern_add(id, &c->commits, oid_bytes(&commit->id), err) == 0) {
		c->who[before] = w;
		c->who_id[before] = commit->id;
		return 0;
	}
	free((char *)w.author);
	free((char *)w.email);
	free((char *)w.message);
	return -1;
}

static int add_placed(uint32_t *id, struct mf_collect *c, enum mf_source source, const struct mf_place *place, uint64_t order, struct mf_err *err)
{
	struct mf_placed p = { .source = source, .blob = MF_NONE, .commit = MF_NONE, .order = order };
	const char *path = place->path ? place->path : "";

	if (add_text(&p.path, c, path, strlen(path), err) || mf_room(&c->placed, c->n_placed, &c->placed_cap, sizeof(*c->placed), err) ||
	    (place->blob && mf_intern_add(&p.blob, &c->oids, oid_bytes(place->blob), err)) ||
	    (place->commit && add_commit(&p.commit, c, place->commit, err)))
		return -1;
	*id = (uint32_t)c->n_placed;
	c->placed[c->n_placed++] = p;
	return 0;
}

int mf_collect_placed(struct mf_collect *c, enum mf_source source, const struct mf_place *place, uint64_t order, struct mf_cands *cands,
		      struct mf_err *err)
{
	uint32_t id;
	int r = 0;

	if (cands->n) {
		pthread_mutex_lock(&c->lock);
		r = add_placed(&id, c, source, place, order, err) || keep_all(c, cands, id, true, err) ? -1 : 0;
		pthread_mutex_unlock(&c->lock);
	}
	mf_cands_clear(cands);
	return r;
}
