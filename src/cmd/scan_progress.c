/* SPDX-License-Identifier: Apache-2.0 */
/* One line on a terminal for a scan that takes longer than a person notices. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include <mayfly/alloc.h>
#include <mayfly/clock.h>
#include "scan.h"

enum { FIRST_MS = 500, EVERY_MS = 100 };

struct mf_progress {
	struct mf_child *c;
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t over;
	bool stop, shown;
	int64_t began;
};

static void show(struct mf_progress *p)
{
	const double seconds = (double)(mf_mono_ms() - p->began) / 1000, mib = (double)p->c->done_bytes / (1 << 20);
	char line[160];
	const int n = snprintf(line, sizeof(line), "\r\033[Kscanning: %llu objects, %.0f MiB, %.0f MiB/s", (unsigned long long)p->c->done_blobs, mib,
			       seconds > 0 ? mib / seconds : 0);

	/* a terminal that is gone is no reason to fail */
	p->shown = n > 0 && write(STDERR_FILENO, line, (size_t)n) == n;
}

static void *run(void *arg)
{
	struct mf_progress *p = arg;
	int64_t next = p->began + FIRST_MS;

	pthread_mutex_lock(&p->lock);
	while (!p->stop) {
		struct timespec at = { 0 };

		clock_gettime(CLOCK_REALTIME, &at);
		at.tv_nsec += (long)EVERY_MS * 1000000;
		at.tv_sec += at.tv_nsec / 1000000000;
		at.tv_nsec %= 1000000000;
		pthread_cond_timedwait(&p->over, &p->lock, &at);
		if (!p->stop && mf_mono_ms() >= next)
			show(p);
	}
	pthread_mutex_unlock(&p->lock);
	return NULL;
}

struct mf_progress *mf_progress_start(struct mf_child *c)
{
	struct mf_progress *p = c->s->progress ? mf_calloc(1, sizeof(*p)) : NULL;

	if (!p)
		return NULL;
	p->c = c;
	p->began = mf_mono_ms();
	pthread_mutex_init(&p->lock, NULL);
	pthread_cond_init(&p->over, NULL);
	if (pthread_create(&p->thread, NULL, run, p) == 0)
		return p;
	free(p);
	return NULL;
}

void mf_progress_end(struct mf_progress *p)
{
	static const char clear[] = "\r\033[K";

	if (!p)
		return;
	pthread_mutex_lock(&p->lock);
	p->stop = true;
	pthread_cond_signal(&p->over);
	pthread_mutex_unlock(&p->lock);
	pthread_join(p->thread, NULL);
	if (p->shown && write(STDERR_FILENO, clear, sizeof(clear) - 1) < 0)
		p->shown = false;
	free(p);
}
