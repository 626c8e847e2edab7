/* SPDX-License-Identifier: Apache-2.0 */
/* What a token may do besides what it was used for, by sys/capabilities-self, which the default policy grants. Policies themselves cannot be read with
 * it; so the server is asked about the paths that were read, and about names that nobody has chosen: where those may be read, a wildcard lets them. */
#include "vault.h"

#include <stdio.h>
#include <stdlib.h>
#include <mayfly/alloc.h>
#include <mayfly/enc.h>
#include <mayfly/fs.h>
#include <mayfly/log.h>
#include <mayfly/reveal.h>

enum { READS_MAX = 100, BODY_MAX = 128 * 1024, PROBE = 20 };

struct question {
	const struct mf_read *reads;
	size_t n;
	char random[2 * PROBE + 1];	/* a name that nobody has chosen */
};

/* One request asks for all: a path, and what its base lets one reach; then the top. */
static char *probe_of(const struct question *q, const struct mf_read *r)
{
	const size_t n = r ? r->base : 0, size = n + 2 * sizeof(q->random) + 2;
	char *out = mf_calloc(size, 1);

	if (out)
		snprintf(out, size, "%.*s%s%s%s", (int)n, n ? r->path : "", q->random, n ? "" : "/", n ? "" : q->random);
	return out;
}

static int add(struct mf_secret *body, const char *path, struct mf_err *err)
{
	if (mf_secret_reveal(body).p[mf_secret_len(body) - 1] != '[' && mf_secret_add(body, ",", 1, err))
		return -1;
	return mf_json_quote_secret(body, mf_str(path), err);
}

static int add_probe(struct mf_secret *body, const struct question *q, const struct mf_read *r, struct mf_err *err)
{
	MF_CLEANUP(mf_freep) char *probe = probe_of(q, r);

	return probe ? add(body, probe, err) : mf_fail_nomem(err);
}

static int body_of(struct mf_secret **out, const struct question *q, struct mf_err *err)
{
	static const char head[] = "{\"paths\":[";
	struct mf_secret *body = mf_secret_empty(BODY_MAX);
	int rc;

	if (!body)
		return mf_fail_nomem(err);
	rc = mf_secret_add(body, head, sizeof(head) - 1, err) || add_probe(body, q, NULL, err);
	for (size_t i = 0; rc == 0 && i < q->n; i++)
		rc = add(body, q->reads[i].path, err) || (q->reads[i].base && add_probe(body, q, &q->reads[i], err));
	if (rc || mf_secret_add(body, "]}", 2, err)) {
		mf_secret_free(body);
		return -1;
	}
	*out = body;
	return 0;
}

static void name(char out[static 256], const char *path, size_t n)
{
	if (!out[0])
		snprintf(out, 256, "%.*s", (int)n, path);
}

static int of_read(struct mf_reach *out, const struct question *q, const struct mf_read *r, const struct mf_json *json, struct mf_err *err)
{
	const unsigned may = mf_vault_read_capabilities(json, r->path);
	MF_CLEANUP(mf_freep) char *probe = probe_of(q, r);

	if (!probe)
		return mf_fail_nomem(err);
	if ((may & MF_VAULT_MAY_CHANGE) && !r->writes)
		name(out->written, r->path, strlen(r->path));
	if (may & MF_VAULT_MAY_SUDO)
		name(out->sudo, r->path, strlen(r->path));
	/* a read that takes a write can be repeated under each name by whoever may write there */
	if (r->base && (mf_vault_read_capabilities(json, probe) & (r->writes ? MF_VAULT_MAY_CHANGE : MF_VAULT_MAY_READ)))
		name(out->whole, r->path, r->base);
	return 0;
}

static int judge(struct mf_reach *out, const struct question *q, const struct mf_json *json, struct mf_err *err)
{
	MF_CLEANUP(mf_freep) char *top = probe_of(q, NULL);

	if (!top)
		return mf_fail_nomem(err);
	out->told = true;
	out->everything = mf_vault_read_capabilities(json, top) & MF_VAULT_MAY_READ;
	for (size_t i = 0; i < q->n; i++)
		if (of_read(out, q, &q->reads[i], json, err))
			return -1;
	return 0;
}

int mf_vault_reach(const struct mf_cred *cred, struct mf_http *http, const struct mf_read *reads, size_t n, struct mf_reach *out, struct mf_err *err)
{
	struct question q = { .reads = reads, .n = n < READS_MAX ? n : READS_MAX };
	MF_CLEANUP(mf_json_freep) struct mf_json *json = NULL;
	struct mf_secret *body = NULL;
	unsigned char random[PROBE];
	long status;
	int rc;

	*out = (struct mf_reach){ 0 };
	mf_random(random, sizeof(random));
	mf_hex_encode(q.random, random, sizeof(random), false);
	if (body_of(&body, &q, err))
		return -1;
	rc = mf_vault_call(http, cred, "POST", "sys/capabilities-self", body, MF_RETRY_SAFE, &status, &json, err);
	mf_secret_free(body);
	if (rc) {
		mf_err_wrap(err, "cannot ask what the token may do");
		return -1;
	}
	if (status != 200 || !json) {
		mf_verbose("the token may not ask what it may do (status %ld)", status);
		return 0;
	}
	return judge(out, &q, json, err);
}
