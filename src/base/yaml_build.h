/* SPDX-License-Identifier: Apache-2.0 */
/* The YAML tree while it is built, between yaml.c (parser and readers) and yaml_build.c (events to nodes). */
#ifndef MF_BASE_YAML_BUILD_H
#define MF_BASE_YAML_BUILD_H

#include <mayfly/yaml.h>
#include "yaml_map.h"

enum { MF_YAML_ANCHORS = 1000 };

struct fy_event;

struct mf_ynode {
	enum mf_ytype type;
	bool plain;
	struct mf_ypos pos;
	struct mf_str text;
	struct mf_ypair *pairs;		/* of a map, and of a sequence with key NULL */
	size_t n;
	size_t weight;			/* nodes when written out, this one included */
	unsigned height;		/* levels below and including this one */
};

struct mf_yblock {
	struct mf_yblock *next;
	max_align_t data[];
};

struct mf_yaml {
	struct mf_yblock *blocks;
	const struct mf_ynode *root;
};

struct mf_yframe {
	struct mf_ynode *node;
	const struct mf_ynode *key;	/* waits for its value */
	struct mf_ypairs pairs;
	size_t anchor;			/* index + 1 of the anchor that this container defines, or 0 */
};

struct mf_ybuilder {
	struct mf_yaml *doc;
	const char *name;
	struct mf_str input;
	struct mf_yframe stack[MF_YAML_DEPTH];
	unsigned depth;
	struct mf_yanchor {
		struct mf_str name;
		const struct mf_ynode *node;	/* NULL while it is being read */
	} anchors[MF_YAML_ANCHORS];
	size_t n_anchors, nodes;
	unsigned documents;
	struct mf_ypos last;
	struct mf_err *err;
};

/* Takes one event; -1 with b->err filled. */
int mf_yaml_event(struct mf_ybuilder *b, const struct fy_event *e) MF_MUST_USE;

/* MF-YAML-01 or -02 at a place (line 0: nowhere). Returns -1. */
int mf_yaml_fail_at(struct mf_ybuilder *b, enum mf_error e, struct mf_ypos pos, const char *fmt, ...) MF_PRINTF(4, 5);

#endif
