/* SPDX-License-Identifier: Apache-2.0 */
/* A TCP forwarder on loopback that hands every byte on some milliseconds later: latency PORT MILLISECONDS, the delay of
 * each way. It prints the port that it listens on, and ends when its standard input does. */
#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define PAIRS 512
#define CHUNK 16384

struct chunk {
	struct chunk *next;
	double due;
	size_t n, sent;		/* n 0: the end of this direction */
	char bytes[];
};

/* One direction: what was read from `from` waits here until it is written to `to`. */
struct way {
	int from, to;
	int reading;
	struct chunk *first, **last;
};

static struct way ways[2 * PAIRS];
static size_t n_ways;
static double delay;

static double now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1e3 + t.tv_nsec / 1e6;
}

static int loopback(int port, int listening)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_port = htons((unsigned short)port) };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), one = 1;

	a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (fd < 0 || (listening ? bind(fd, (void *)&a, sizeof a) || listen(fd, 256) : connect(fd, (void *)&a, sizeof a)))
		return -1;
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
	return fd;
}

static void add_way(int from, int to)
{
	struct way *w = &ways[n_ways++];

	*w = (struct way){ .from = from, .to = to, .reading = 1 };
	w->last = &w->first;
}

static void accept_one(int listener, int port)
{
	int client = accept(listener, NULL, NULL), server, one = 1;

	if (client < 0)
		return;
	server = n_ways + 2 > 2 * PAIRS ? -1 : loopback(port, 0);
	if (server < 0) {
		close(client);
		return;
	}
	setsockopt(client, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
	add_way(client, server);
	add_way(server, client);
}

static void take(struct way *w)
{
	struct chunk *c = malloc(sizeof *c + CHUNK);
	ssize_t n = c ? read(w->from, c->bytes, CHUNK) : 0;

	if (!c)
		exit(1);
	*c = (struct chunk){ .due = now_ms() + delay, .n = n > 0 ? (size_t)n : 0 };
	w->reading = n > 0;
	*w->last = c;
	w->last = &c->next;
}

/* Writes what is due; returns in how many milliseconds the next is, -1: nothing waits. */
static double give(struct way *w)
{
	while (w->first && w->first->due <= now_ms()) {
		struct chunk *c = w->first;
		ssize_t n = c->n ? write(w->to, c->bytes + c->sent, c->n - c->sent) : 0;

		if (c->n == 0 || n < 0)
			shutdown(w->to, SHUT_WR);
		else if ((c->sent += (size_t)n) < c->n)
			continue;
		w->first = c->next;
		w->last = w->first ? w->last : &w->first;
		free(c);
	}
	return w->first ? w->first->due - now_ms() : -1;
}

/* Pairs of which both ways have ended make room. */
static void tidy(void)
{
	for (size_t i = 0; i + 1 < n_ways; ) {
		if (ways[i].reading || ways[i + 1].reading || ways[i].first || ways[i + 1].first) {
			i += 2;
			continue;
		}
		close(ways[i].from);
		close(ways[i].to);
		n_ways -= 2;
		for (int k = 0; k < 2 && i < n_ways; k++) {
			ways[i + k] = ways[n_ways + k];
			if (!ways[i + k].first)
				ways[i + k].last = &ways[i + k].first;
		}
	}
}

static int wait_ms(void)
{
	double soonest = 1000;

	for (size_t i = 0; i < n_ways; i++) {
		double left = give(&ways[i]);

		if (left >= 0 && left < soonest)
			soonest = left;
	}
	return soonest <= 0 ? 0 : (int)soonest + (soonest < 1000);
}

int main(int argc, char **argv)
{
	static struct pollfd polled[2 * PAIRS + 2];
	struct sockaddr_in a;
	socklen_t size = sizeof a;
	int listener = loopback(0, 1), port = argc == 3 ? (int)strtol(argv[1], NULL, 10) : 0;

	if (listener < 0 || !port || getsockname(listener, (void *)&a, &size))
		return 1;
	delay = strtod(argv[2], NULL);
	printf("%d\n", ntohs(a.sin_port));
	fflush(stdout);
	for (;;) {
		int ms = wait_ms();

		tidy();
		polled[0] = (struct pollfd){ .fd = 0, .events = POLLIN };
		polled[1] = (struct pollfd){ .fd = listener, .events = POLLIN };
		for (size_t i = 0; i < n_ways; i++)
			polled[i + 2] = (struct pollfd){ .fd = ways[i].reading ? ways[i].from : -1, .events = POLLIN };
		if (poll(polled, n_ways + 2, ms) < 0 && errno != EINTR)
			return 1;
		if (polled[0].revents)
			return 0;
		for (size_t i = n_ways; i-- > 0; )
			if (polled[i + 2].revents)
				take(&ways[i]);
		if (polled[1].revents)
			accept_one(listener, port);
	}
}
