/* SPDX-License-Identifier: Apache-2.0 */
/* A random history. */
#include "support_walk.h"

#include <stdio.h>
#include <mayfly/alloc.h>
#include <mayfly/fs.h>
#include "support_repo.h"
#include "unit.h"

uint32_t mf_test_random(struct mf_test_history *h, uint32_t below)
{
	uint64_t z = (h->seed += 0x9e3779b97f4a7c15u);

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
	return (uint32_t)((z ^ (z >> 31)) % below);
}

/* A few names at each level, so that folders share them and files move between them. */
static void make_paths(struct mf_test_history *h)
{
	static const char *const folders[] = { "", "a/", "a/b/", "a/b/c/", "b/", "b/a/", "lib/x-1/", "lib/x/" };

	for (size_t i = 0; i < MF_TEST_PATHS; i++)
		snprintf(h->path[i], sizeof(h->path[i]), "%s%c%zu.txt", folders[i % MF_COUNT(folders)], "fgh"[i % 3], i / 24);
}

static size_t text_of(char *out, size_t cap, unsigned content)
{
	return (size_t)snprintf(out, cap, "content %u\nand more of it\n", content);
}

static void grow_commit(struct mf_test_history *h, size_t i, int64_t skew)
{
	struct mf_test_commit *c = &h->commit[i];
	const size_t width = 12;
	const unsigned changes = mf_test_random(h, 5);

	c->n_parents = i == 0 ? 0 : mf_test_random(h, 60) == 0 ? 0 : mf_test_random(h, 4) ? 1 : mf_test_random(h, 8) ? 2 : 3;
	for (size_t p = 0; p < c->n_parents; p++) {
		c->parents[p] = i - 1 - mf_test_random(h, (uint32_t)(i < width ? i : width));
		for (size_t q = 0; q < p; q++)
			if (c->parents[q] == c->parents[p])
				c->n_parents = p;	/* git keeps each once */
	}
	c->date = 1600000000 + (int64_t)i * 3600 / 2;
	if (skew)
		c->date += (int64_t)mf_test_random(h, (uint32_t)(2 * skew)) - skew;
	if (c->n_parents)
		memcpy(c->content, h->commit[c->parents[0]].content, sizeof(c->content));
	for (size_t k = 0; c->n_parents > 1 && k < MF_TEST_PATHS; k++)
		if (mf_test_random(h, 3) == 0)
			c->content[k] = h->commit[c->parents[1]].content[k];
	for (unsigned k = 0; k < changes + (c->n_parents == 0) * 40; k++)
		c->content[mf_test_random(h, MF_TEST_PATHS)] = mf_test_random(h, 6) ? 1 + mf_test_random(h, h->contents - 1) : 0;
}

static void write_commit(const struct mf_test_history *h, size_t i, FILE *f)
{
	const struct mf_test_commit *c = &h->commit[i];
	char text[64];

	fprintf(f, "commit refs/heads/b%zu\nmark :%zu\ncommitter C%zu <c@example.com> %lld +0200\ndata 8\nmsg %03zu\n", i, i + 1, i,
		(long long)c->date, i % 1000);
	for (size_t p = 0; p < c->n_parents; p++)
		fprintf(f, "%s :%zu\n", p ? "merge" : "from", c->parents[p] + 1);
	fprintf(f, "deleteall\n");
	for (size_t k = 0; k < MF_TEST_PATHS; k++) {
		if (!c->content[k])
			continue;
		text_of(text, sizeof(text), c->content[k]);
		fprintf(f, "M 100644 inline %s\ndata %zu\n%s\n", h->path[k], strlen(text), text);
	}
}

static void read_marks(struct mf_test_history *h)
{
	char *text = mf_test_sh_out(h->dir, "cat marks"), *line, *next;

	for (line = text; *line; line = next) {
		const size_t mark = (size_t)strtoul(line + 1, NULL, 10);
		const char *hex = strchr(line, ' ') + 1;

		next = strchr(line, '\n') + 1;
		assert_in_range(mark, 1, h->n);
		assert_true(mf_oid_parse(&h->commit[mark - 1].id, (struct mf_str){ hex, 40 }, 20));
	}
	free(text);
}

struct mf_test_history *mf_test_history_new(uint64_t seed, size_t commits, unsigned contents, int64_t skew)
{
	struct mf_test_history *h = mf_calloc(1, sizeof(*h));
	char *script, text[64];
	FILE *f;

	assert_non_null(h);
	*h = (struct mf_test_history){ .seed = seed, .n = commits, .contents = contents, .dir = mf_test_dir() };
	h->commit = mf_calloc(commits, sizeof(*h->commit));
	h->blob = mf_calloc(contents, sizeof(*h->blob));
	assert_true(h->commit && h->blob);
	make_paths(h);
	script = mf_path_join(h->dir, "import");
	f = fopen(script, "w");
	assert_non_null(f);
	for (size_t i = 0; i < commits; i++) {
		grow_commit(h, i, skew);
		write_commit(h, i, f);
	}
	fclose(f);
	free(script);
	for (unsigned i = 1; i < contents; i++)
		h->blob[i] = mf_test_id(MF_OBJ_BLOB, text, text_of(text, sizeof(text), i), 20);
	mf_test_sh(h->dir, "git init -q --bare r; git -C r fast-import --quiet --date-format=raw --export-marks=$PWD/marks < import");
	mf_test_sh(h->dir, "git -C r repack -adfq --depth=50 --window=50");
	read_marks(h);
	return h;
}

void mf_test_history_free(struct mf_test_history *h)
{
	mf_test_rmdir(h->dir);
	free(h->commit);
	free(h->blob);
	free(h);
}

void mf_test_ancestors(const struct mf_test_history *h, bool *out, size_t of)
{
	memset(out, 0, h->n * sizeof(*out));
	out[of] = true;
	for (size_t i = of + 1; i-- > 0;)
		for (size_t p = 0; out[i] && p < h->commit[i].n_parents; p++)
			out[h->commit[i].parents[p]] = true;
}

bool mf_test_brings(const struct mf_test_history *h, size_t commit, size_t path)
{
	const struct mf_test_commit *c = &h->commit[commit];

	if (!c->content[path])
		return false;
	for (size_t p = 0; p < c->n_parents; p++)
		if (h->commit[c->parents[p]].content[path] == c->content[path])
			return false;
	return true;
}

static bool earlier(const struct mf_test_commit *a, const struct mf_test_commit *b)
{
	return a->date != b->date ? a->date < b->date : memcmp(&a->id, &b->id, sizeof(a->id)) < 0;
}

void mf_test_order(const struct mf_test_history *h, size_t *order)
{
	bool placed[MF_TEST_COMMITS] = { false };

	for (size_t n = 0; n < h->n; n++) {
		size_t best = SIZE_MAX;

		for (size_t i = 0; i < h->n; i++) {
			bool ready = !placed[i];

			for (size_t p = 0; p < h->commit[i].n_parents; p++)
				ready &= placed[h->commit[i].parents[p]];
			if (ready && (best == SIZE_MAX || earlier(&h->commit[i], &h->commit[best])))
				best = i;
		}
		assert_true(best != SIZE_MAX);
		placed[best] = true;
		order[n] = best;
	}
}
