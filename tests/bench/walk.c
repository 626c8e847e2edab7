/* SPDX-License-Identifier: Apache-2.0 */
/* What the walk over a repository's objects costs by itself. Built and run by hand, against a clone at PATH:
 *
 *	make && cc -O2 -g -std=c17 -D_GNU_SOURCE -Iinclude tests/bench/walk.c build/obj/release/libmayfly.a \
 *		$(pkg-config --libs libgit2 libdeflate openssl libcurl libcjson libfyaml libpcre2-8 libzstd) -o build/walk
 *	build/walk [-j THREADS] [-t TYPES] [-e odb] [-s I/N] [-m MIB] [-l] [-H] [-S] [-v] [-W] PATH
 *
 * TYPES is made of b(lobs), t(rees), c(ommits), g (tags); b unless given. -l prints "id type size" of each object, -H checks that the bytes
 * hash to the id, -S that each run that is said to be copied is in the base, -v prints what failed, -W does not watch memory. "new" are the bytes that no base has, "window" those with 24 more on both sides. */
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>
#include <openssl/evp.h>
#include <mayfly/history.h>

enum { WINDOW = 24, THREADS = 64 };

static const char *const type_name[] = { "none", "commit", "tree", "blob", "tag" };
static size_t oid_len;
static bool list, hash, spans, verbose;
static atomic_ulong wrong;
static atomic_long anon_peak;

struct context {
	uint64_t fresh, window, whole, unwanted;
	EVP_MD_CTX *md;
};

static double now(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void check_hash(struct context *c, const struct mf_view *v)
{
	char header[64];
	unsigned char got[32];
	unsigned n;

	EVP_DigestInit_ex(c->md, oid_len == 32 ? EVP_sha256() : EVP_sha1(), NULL);
	EVP_DigestUpdate(c->md, header, (size_t)snprintf(header, sizeof(header), "%s %zu", type_name[v->type], v->n) + 1);
	EVP_DigestUpdate(c->md, v->p, v->n);
	EVP_DigestFinal_ex(c->md, got, &n);
	if (memcmp(got, v->id.b, oid_len) != 0)
		atomic_fetch_add(&wrong, 1);
}

static void add_spans(struct context *c, const struct mf_view *v)
{
	size_t covered = 0;

	if (!v->spans) {
		c->whole += v->n;
		c->fresh += v->n;
		c->window += v->n;
		return;
	}
	for (size_t i = 0; i < v->n_spans; i++) {
		const struct mf_span *s = &v->spans[i];
		size_t from = s->at, to = s->at;

		if (s->from == MF_SPAN_NEW) {
			c->fresh += s->n;
			to += s->n;
		}
		from = from > WINDOW ? from - WINDOW : 0;
		to = to + WINDOW < v->n ? to + WINDOW : v->n;
		if (i == 0 && s->from != MF_SPAN_NEW)
			continue;
		if (from < covered)
			from = covered;
		if (to > from) {
			c->window += to - from;
			covered = to;
		}
	}
}

struct base {
	size_t n;
	unsigned char p[];
};

/* Keeps a copy for what is made from it. */
static void check_spans(const struct mf_view *v, void **keep)
{
	const struct base *b = v->base;
	struct base *mine = malloc(sizeof(*mine) + v->n);
	size_t at = 0, i = 0;

	for (; v->spans && i < v->n_spans && v->spans[i].at == at; at += v->spans[i++].n) {
		const struct mf_span *s = &v->spans[i];

		if (s->from != MF_SPAN_NEW && (s->from + s->n > b->n || memcmp(b->p + s->from, v->p + s->at, s->n) != 0))
			break;
	}
	if (v->spans && at != v->n)
		atomic_fetch_add(&wrong, 1);
	if (!mine)
		abort();
	mine->n = v->n;
	if (v->n)
		memcpy(mine->p, v->p, v->n);
	*keep = mine;
}

static void drop(void *ctx, void *keep)
{
	(void)ctx;
	free(keep);
}

static int visit(void *ctx, const struct mf_view *v, void **keep, struct mf_err *err)
{
	struct context *c = ctx;
	char hex[65];

	(void)err;
	*keep = NULL;
	if (spans)
		check_spans(v, keep);
	if (!v->wanted) {
		c->unwanted++;
		return 0;
	}
	add_spans(c, v);
	if (hash)
		check_hash(c, v);
	if (list) {
		mf_oid_hex(hex, &v->id, oid_len);
		printf("%s %s %zu\n", hex, type_name[v->type], v->n);
	}
	return 0;
}

static int failed(void *ctx, const struct mf_oid *id, const struct mf_err *why)
{
	char hex[65];

	(void)ctx;
	mf_oid_hex(hex, id, oid_len);
	if (verbose)
		fprintf(stderr, "%s: %s: %s: %s\n", hex, why->id, why->what, why->why);
	return 0;
}

/* The highest anonymous memory, looked at each millisecond. */
static void *watch(void *arg)
{
	(void)arg;
	for (;;) {
		FILE *f = fopen("/proc/self/status", "r");
		char line[256];
		long kib;

		while (f && fgets(line, sizeof(line), f))
			if (sscanf(line, "RssAnon: %ld", &kib) == 1 && kib > anon_peak)
				anon_peak = kib;
		if (f)
			fclose(f);
		usleep(1000);
	}
	return NULL;
}

static unsigned types_of(const char *s)
{
	unsigned types = 0;

	for (; *s; s++)
		types |= *s == 'b' ? 1u << MF_OBJ_BLOB : *s == 't' ? 1u << MF_OBJ_TREE : *s == 'c' ? 1u << MF_OBJ_COMMIT :
			 *s == 'g' ? 1u << MF_OBJ_TAG : 0;
	return types;
}

static void report(const struct mf_history_stats *s, const struct context *c, double wall, double cpu)
{
	uint64_t bytes = 0, objects = 0;

	for (size_t t = 0; t < 5; t++) {
		objects += s->objects[t];
		bytes += s->bytes[t];
	}
	fprintf(stderr, "wall %.3f s, cpu %.3f s, anonymous %.1f MiB\n", wall, cpu, (double)anon_peak / 1024);
	fprintf(stderr, "objects %llu, bytes %llu, new %llu, window %llu (whole %llu), unwanted %llu\n", (unsigned long long)objects,
		(unsigned long long)bytes, (unsigned long long)c->fresh, (unsigned long long)c->window, (unsigned long long)c->whole,
		(unsigned long long)c->unwanted);
	fprintf(stderr, "packs %llu, loose %llu, elsewhere %llu, failed %llu, fell back %d, wrong %lu\n",
		(unsigned long long)s->packs, (unsigned long long)s->loose, (unsigned long long)s->elsewhere, (unsigned long long)s->failed,
		s->fell_back, (unsigned long)wrong);
}

int main(int argc, char **argv)
{
	struct mf_history_opts o = { .threads = 1 };
	struct mf_visitor v = { .types = 1 << MF_OBJ_BLOB, .visit = visit, .drop = drop, .failed = failed };
	struct context c[THREADS] = { 0 };
	struct mf_history_stats s;
	struct mf_repo *r;
	struct mf_err err;
	void *ctxs[THREADS];
	pthread_t watcher;
	double wall, cpu;
	bool w = true;

	for (int opt; (opt = getopt(argc, argv, "j:t:e:s:m:lHSvW")) >= 0;) {
		switch (opt) {
		case 'j': o.threads = (unsigned)strtoul(optarg, NULL, 10); break;
		case 't': v.types = types_of(optarg); break;
		case 'e': o.engine = MF_ENGINE_ODB; break;
		case 's': sscanf(optarg, "%u/%u", &o.shard, &o.shards); break;
		case 'm': o.memory = strtoul(optarg, NULL, 10) << 20; break;
		case 'l': list = true; break;
		case 'H': hash = true; break;
		case 'S': spans = true; break;
		case 'v': verbose = true; break;
		case 'W': w = false; break;
		default: return 2;
		}
	}
	if (optind >= argc || o.threads > THREADS)
		return 2;
	for (size_t i = 0; i < THREADS; i++) {
		c[i].md = EVP_MD_CTX_new();
		ctxs[i] = &c[i];
	}
	if (w)
		pthread_create(&watcher, NULL, watch, NULL);
	wall = now(CLOCK_MONOTONIC);
	cpu = now(CLOCK_PROCESS_CPUTIME_ID);
	if (mf_repo_open(&r, argv[optind], NULL, &err)) {
		fprintf(stderr, "%s: %s: %s\n", err.id, err.what, err.why);
		return 1;
	}
	oid_len = mf_repo_info(r)->oid_len;
	if (mf_history_walk(r, &o, &v, ctxs, &s, &err)) {
		fprintf(stderr, "%s: %s: %s\n", err.id, err.what, err.why);
		return 1;
	}
	wall = now(CLOCK_MONOTONIC) - wall;
	cpu = now(CLOCK_PROCESS_CPUTIME_ID) - cpu;
	for (size_t i = 1; i < THREADS; i++) {
		c[0].fresh += c[i].fresh;
		c[0].window += c[i].window;
		c[0].whole += c[i].whole;
		c[0].unwanted += c[i].unwanted;
	}
	report(&s, &c[0], wall, cpu);
	mf_repo_free(r);
	return 0;
}
