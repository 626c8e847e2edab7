/* SPDX-License-Identifier: Apache-2.0 */
/* Finding and mapping the files of a commit-graph. */
#include "commitgraph_files.h"

#include <stdio.h>
#include <stdlib.h>
#include <mayfly/alloc.h>
#include <mayfly/fs.h>
#include "repo_priv.h"

enum { LAYERS = 64, CHAIN_N = 16384 };

void mf_graph_free(struct mf_graph *g)
{
	if (!g)
		return;
	for (size_t i = 0; g->maps && i < g->n; i++)
		mf_mapping_close(&g->maps[i]);
	free(g->layers);
	free(g->maps);
	free(g);
}

static struct mf_graph *new_graph(void)
{
	struct mf_graph *g = mf_calloc(1, sizeof(*g));

	if (!g)
		return NULL;
	g->layers = mf_calloc(LAYERS, sizeof(*g->layers));
	g->maps = mf_calloc(LAYERS, sizeof(*g->maps));
	if (g->layers && g->maps)
		return g;
	mf_graph_free(g);
	return NULL;
}

/* On top of those that are there already. */
static bool put(struct mf_graph *g, struct mf_graph_layer layer)
{
	const struct mf_graph_layer *below = g->n ? &g->layers[g->n - 1] : NULL;

	layer.before = below ? below->before + below->n : 0;
	if (g->n == LAYERS || layer.n_bases != g->n || layer.n > (uint32_t)0x70000000 - layer.before)
		return false;
	g->layers[g->n++] = layer;
	return true;
}

int mf_graph_over(struct mf_graph **out, const struct mf_graph_layer *layers, size_t n, struct mf_err *err)
{
	struct mf_graph *g = new_graph();

	if (!g)
		return mf_fail_nomem(err);
	for (size_t i = 0; i < n; i++) {
		if (put(g, layers[i]))
			continue;
		mf_graph_free(g);
		g = NULL;
		break;
	}
	*out = g;
	return 0;
}

/* False in *ok when there is no such file, or one that does not fit on what is there. */
static int add_file(struct mf_graph *g, const char *dir, const char *name, size_t oid_len, bool *ok, struct mf_err *err)
{
	MF_CLEANUP(mf_freep) char *path = mf_path_join(dir, name);
	struct mf_graph_layer layer;
	struct mf_mapping map;
	struct mf_err why;

	*ok = false;
	if (!path)
		return mf_fail_nomem(err);
	if (mf_mapping_open(&map, path, &why))
		return 0;
	*ok = map.n && mf_graph_layer_parse(&layer, map.p, map.n, oid_len) && put(g, layer);
	if (*ok)
		g->maps[g->n - 1] = map;
	else
		mf_mapping_close(&map);
	return 0;
}

/* One layer of a chain, which may lie with an alternate. */
static int add_layer(struct mf_graph *g, const struct mf_repo *r, struct mf_str hash, bool *ok, struct mf_err *err)
{
	char name[160];

	snprintf(name, sizeof(name), "info/commit-graphs/graph-%.*s.graph", (int)hash.n, hash.p);
	for (size_t i = 0; i < r->odirs.n; i++)
		if (add_file(g, r->odirs.v[i], name, r->info.oid_len, ok, err) || *ok)
			return *ok ? 0 : -1;
	return 0;
}

/* A line each, the lowest first. */
static int add_chain(struct mf_graph *g, const struct mf_repo *r, const char *dir, bool *ok, struct mf_err *err)
{
	MF_CLEANUP(mf_freep) char *text = NULL;
	struct mf_err why;
	struct mf_oid hash;
	char *line, *next;
	size_t n;

	*ok = false;
	if (mf_repo_text(&text, &n, dir, "info/commit-graphs/commit-graph-chain", CHAIN_N, &why))
		return strcmp(why.id, mf_error_id(MF_E_BASE_NOMEM)) == 0 ? mf_fail_nomem(err) : 0;
	for (line = text; line && *line; line = next) {
		const size_t len = strcspn(line, "\n");

		next = line + len + (line[len] == '\n');
		*ok = mf_oid_parse(&hash, (struct mf_str){ line, len }, r->info.oid_len);
		if (*ok && add_layer(g, r, (struct mf_str){ line, len }, ok, err))
			return -1;
		if (!*ok)
			return 0;
	}
	return 0;
}

static void clear(struct mf_graph *g)
{
	while (g->n)
		mf_mapping_close(&g->maps[--g->n]);
}

int mf_graph_open(struct mf_graph **out, const struct mf_repo *r, struct mf_err *err)
{
	struct mf_graph *g;
	bool ok = false;

	*out = NULL;
	/* made with the history cut off elsewhere than it is now, perhaps */
	if (r->info.shallow)
		return 0;
	g = new_graph();
	if (!g)
		return mf_fail_nomem(err);
	for (size_t i = 0; i < r->odirs.n && !ok; i++) {
		if (add_file(g, r->odirs.v[i], "info/commit-graph", r->info.oid_len, &ok, err) ||
		    (!ok && add_chain(g, r, r->odirs.v[i], &ok, err))) {
			mf_graph_free(g);
			return -1;
		}
		if (!ok)
			clear(g);
	}
	if (ok)
		*out = g;
	else
		mf_graph_free(g);
	return 0;
}
