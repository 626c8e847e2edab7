/* SPDX-License-Identifier: Apache-2.0 */
/* What the agent is made of: the address that programs ask, and the process whose end is its own. */
#ifndef MAYFLY_CMD_AGENT_SERVE_H
#define MAYFLY_CMD_AGENT_SERVE_H

#include <stdint.h>
#include <mayfly/base.h>
#include <mayfly/err.h>
#include <mayfly/secret.h>

/* agent_serve.c: one loopback address, one path, one bearer. */
struct mf_serve {
	int listener;
	const struct mf_secret *token;		/* what a request has to bring as Authorization */
	struct mf_secret *answer;		/* JSON, or NULL: nothing valid */
	char trouble[300];			/* then: why */
	int64_t asked;				/* mf_mono_ms of the last good request */
	struct mf_client *clients;
};
int mf_serve_open(struct mf_serve *s, char *url, size_t size, struct mf_err *err) MF_MUST_USE;
bool mf_serve_start(struct mf_serve *s);
/* What a request gets: its head up to the empty line, as text. */
enum mf_serve_verdict { MF_SERVE_OK, MF_SERVE_NOTHING, MF_SERVE_STRANGER, MF_SERVE_NO_PATH };
enum mf_serve_verdict mf_serve_judge(const struct mf_serve *s, const char *request);

/* Waits for up to `ms` and serves what comes. */
void mf_serve_wait(struct mf_serve *s, int ms);
void mf_serve_close(struct mf_serve *s);

/* agent_guard.c: the process whose end is the job's end. */
struct mf_guard { int pid; unsigned long long started; };
void mf_guard_find(struct mf_guard *g);
bool mf_guard_lives(const struct mf_guard *g);

#endif
