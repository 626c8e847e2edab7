/* SPDX-License-Identifier: Apache-2.0 */
/* The endpoint that AWS's programs ask for a session: AWS_CONTAINER_CREDENTIALS_FULL_URI. It hears loopback alone, wants the bearer that only this job's environment has, and a
 * caller of our own user where the kernel tells. Everybody on the machine can connect, so each client has a second, few bytes, and no way to hold up another one. */
#include "agent.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>
#include <mayfly/alloc.h>
#include <mayfly/clock.h>
#include <mayfly/fs.h>

enum { CLIENTS = 32, REQUEST_MAX = 8192, PATIENCE_MS = 2000 };

#define PATH "/credentials"

struct mf_client {
	int fd;			/* -1: free */
	int64_t until;
	size_t n;
	char request[REQUEST_MAX + 1];
};

int mf_serve_open(struct mf_serve *s, char *url, size_t size, struct mf_err *err)
{
	struct sockaddr_in at = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t n = sizeof(at);

	s->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (s->listener < 0 || bind(s->listener, (struct sockaddr *)&at, sizeof(at)) || listen(s->listener, CLIENTS) || getsockname(s->listener, (struct sockaddr *)&at, &n))
		return mf_fail_errno(err, MF_E_AGENT_START, errno, "no address on loopback for programs to ask");
	snprintf(url, size, "http://127.0.0.1:%d" PATH, ntohs(at.sin_port));
	return 0;
}

bool mf_serve_start(struct mf_serve *s)
{
	s->clients = mf_calloc(CLIENTS, sizeof(*s->clients));
	for (size_t i = 0; s->clients && i < CLIENTS; i++)
		s->clients[i].fd = -1;
	return s->clients != NULL;
}

static void hang_up(struct mf_client *c)
{
	if (c->fd >= 0)
		close(c->fd);
	c->fd = -1;
	mf_wipe(c->request, sizeof(c->request));
}

void mf_serve_close(struct mf_serve *s)
{
	for (size_t i = 0; s->clients && i < CLIENTS; i++)
		hang_up(&s->clients[i]);
	free(s->clients);
	s->clients = NULL;
	if (s->listener > 0)
		close(s->listener);
	mf_secret_free(s->answer);
	s->answer = NULL;
}

/* -- who asks --------------------------------------------------------------------------------------------- */

/* The user of the socket at the other end, by /proc/net/tcp: proc(5). 1 ours or root's, 0 somebody else's, -1 not told. */
static int peer_is_ours(int fd)
{
	struct sockaddr_in peer, own;
	socklen_t n = sizeof(peer), m = sizeof(own);
	char line[512];
	FILE *f;
	int found = -1;

	if (getpeername(fd, (struct sockaddr *)&peer, &n) || getsockname(fd, (struct sockaddr *)&own, &m) || !(f = fopen("/proc/net/tcp", "re")))
		return -1;
	while (found < 0 && fgets(line, sizeof(line), f)) {
		unsigned from, from_port, to, to_port, uid;

		if (sscanf(line, " %*u: %8x:%4x %8x:%4x %*x %*x:%*x %*x:%*x %*x %u", &from, &from_port, &to, &to_port, &uid) == 5 && from == peer.sin_addr.s_addr &&
		    from_port == ntohs(peer.sin_port) && to == own.sin_addr.s_addr && to_port == ntohs(own.sin_port))
			found = uid == getuid() || uid == 0;
	}
	fclose(f);
	return found;
}

/* The value of the header, without what stands around it. */
static struct mf_str header(const char *request, const char *name)
{
	const size_t n = strlen(name);

	for (const char *line = strstr(request, "\r\n"); line; line = strstr(line, "\r\n")) {
		line += 2;
		if (strncasecmp(line, name, n) == 0 && line[n] == ':')
			return mf_trim((struct mf_str){ line + n + 1, strcspn(line + n + 1, "\r\n") });
	}
	return mf_str("");
}

static bool knows(const struct mf_serve *s, const char *request)
{
	const struct mf_str value = header(request, "Authorization");
	struct mf_secret *given = mf_secret_new(value.p, value.n);
	const bool same = given && mf_secret_eq(given, s->token);

	mf_secret_free(given);
	return same;
}

/* -- answers ---------------------------------------------------------------------------------------------- */

static void answer(const struct mf_client *c, const char *status, const struct mf_secret *secret, const char *text)
{
	struct mf_err ignored = { 0 };
	char head[256];
	const int n = snprintf(head, sizeof(head), "HTTP/1.1 %s\r\nContent-Type: application/json\r\nCache-Control: no-store\r\nConnection: close\r\nContent-Length: %zu\r\n\r\n", status,
			       secret ? mf_secret_len(secret) : strlen(text));

	/* a caller that does not take it has hung up */
	if (mf_fs_write(c->fd, head, (size_t)n, "a client", &ignored) == 0 && (secret ? mf_fs_write_secret(c->fd, secret, "a client", &ignored) : mf_fs_write(c->fd, text, strlen(text), "a client", &ignored)))
		return;
}

enum mf_serve_verdict mf_serve_judge(const struct mf_serve *s, const char *request)
{
	static const char line[] = "GET " PATH " HTTP/1.";

	if (strncmp(request, line, sizeof(line) - 1) != 0)
		return MF_SERVE_NO_PATH;
	if (!knows(s, request))
		return MF_SERVE_STRANGER;
	return s->answer ? MF_SERVE_OK : MF_SERVE_NOTHING;
}

static void serve(struct mf_serve *s, const struct mf_client *c)
{
	char text[400];

	if (peer_is_ours(c->fd) == 0) {
		answer(c, "403 Forbidden", NULL, "{\"code\":\"Forbidden\",\"message\":\"another user's process\"}\n");
		return;
	}
	switch (mf_serve_judge(s, c->request)) {
	case MF_SERVE_NO_PATH:
		answer(c, "404 Not Found", NULL, "{\"code\":\"NotFound\",\"message\":\"no such path\"}\n");
		return;
	case MF_SERVE_STRANGER:
		answer(c, "401 Unauthorized", NULL, "{\"code\":\"Unauthorized\",\"message\":\"AWS_CONTAINER_AUTHORIZATION_TOKEN is another one\"}\n");
		return;
	case MF_SERVE_NOTHING:
		snprintf(text, sizeof(text), "{\"code\":\"Expired\",\"message\":\"%s\"}\n", s->trouble);
		answer(c, "503 Service Unavailable", NULL, text);
		return;
	case MF_SERVE_OK:
		s->asked = mf_mono_ms();
		answer(c, "200 OK", s->answer, NULL);
	}
}

/* -- the loop --------------------------------------------------------------------------------------------- */

static void take_client(struct mf_serve *s)
{
	const int fd = accept4(s->listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	struct mf_client *oldest = &s->clients[0];

	if (fd < 0)
		return;
	for (size_t i = 0; i < CLIENTS; i++) {
		if (s->clients[i].fd < 0) {
			oldest = &s->clients[i];
			break;
		}
		if (s->clients[i].until < oldest->until)
			oldest = &s->clients[i];
	}
	hang_up(oldest);
	*oldest = (struct mf_client){ .fd = fd, .until = mf_mono_ms() + PATIENCE_MS };
}

static void hear(struct mf_serve *s, struct mf_client *c)
{
	const ssize_t n = read(c->fd, c->request + c->n, REQUEST_MAX - c->n);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0) {
		hang_up(c);
		return;
	}
	c->n += (size_t)n;
	c->request[c->n] = '\0';
	if (strstr(c->request, "\r\n\r\n")) {
		serve(s, c);
		hang_up(c);
	} else if (c->n == REQUEST_MAX || strlen(c->request) < c->n) {
		hang_up(c);
	}
}

void mf_serve_wait(struct mf_serve *s, int ms)
{
	struct pollfd polled[CLIENTS + 1] = { { .fd = s->listener, .events = POLLIN } };
	const int64_t now = mf_mono_ms();

	for (size_t i = 0; i < CLIENTS; i++) {
		if (s->clients[i].fd >= 0 && s->clients[i].until <= now)
			hang_up(&s->clients[i]);
		polled[i + 1] = (struct pollfd){ .fd = s->clients[i].fd, .events = POLLIN };
	}
	if (poll(polled, CLIENTS + 1, ms) <= 0)
		return;
	for (size_t i = 0; i < CLIENTS; i++)
		if (polled[i + 1].revents && s->clients[i].fd >= 0)
			hear(s, &s->clients[i]);
	if (polled[0].revents)
		take_client(s);
}
