/* SPDX-License-Identifier: Apache-2.0 */
/* The files of a commit-graph. */
#ifndef MF_REPO_COMMITGRAPH_FILES_H
#define MF_REPO_COMMITGRAPH_FILES_H

#include "commitgraph.h"
#include "mapping.h"

struct mf_graph {
	struct mf_graph_layer *layers;	/* the lowest first */
	struct mf_mapping *maps;
	size_t n;
};

#endif
