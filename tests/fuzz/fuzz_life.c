/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as a value of a job: the first byte chooses the name of its variable, the second what stands beside it. A byte 0x01 and one more stand for a
 * token that nobody issued. */
#include <stdint.h>
#include <stdlib.h>

#include <mayfly/enc.h>
#include <mayfly/lifetime.h>
#include "tokens.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define CHECK(condition) do { if (!(condition)) abort(); } while (0)
#define NOW INT64_C(1800000000)

static const char *const names[] = { NULL, "API_TOKEN", "GITHUB_TOKEN", "CI_JOB_TOKEN", "AWS_SECRET_ACCESS_KEY", "DB_PASSWORD", "VAULT_SECRET_ID", "auth", "" };

static void shown(const char *text, size_t room)
{
	size_t n = strnlen(text, room);

	CHECK(n < room && mf_utf8_valid(text, n));
	for (size_t i = 0; i < n; i++)
		CHECK((unsigned char)text[i] >= 0x20);
}

static void facts_hold(const struct mf_life *l)
{
	enum mf_life_verdict v = mf_life_judge(l, mf_life_rule(l->class)->max, 0);

	CHECK(l->title && (unsigned)l->class < MF_LC_COUNT && (unsigned)l->known <= MF_LIFE_MEASURED);
	shown(l->account, sizeof l->account);
	shown(l->subject, sizeof l->subject);
	shown(l->note, sizeof l->note);
	CHECK(l->lifetime >= -1 && l->remaining >= -1);
	CHECK((unsigned)v <= MF_LV_JOB_BOUND);
	if (l->flags & MF_LIFE_STATIC)
		CHECK(l->lifetime == MF_LIFE_FOREVER && l->expires == 0 && !(l->flags & MF_LIFE_EXPIRED));
	if (l->known == MF_LIFE_UNKNOWN)
		CHECK(l->lifetime == -1 && l->expires == 0);
	if (l->flags & MF_LIFE_EXPIRED)
		CHECK(l->known == MF_LIFE_MEASURED && l->expires && l->expires < NOW && l->remaining == 0);
	/* what has no end never passes as OK where there is a maximum, unless it is the job's */
	if (l->lifetime == MF_LIFE_FOREVER && l->class != MF_LC_NONE && !(l->flags & MF_LIFE_EXPIRED))
		CHECK(v == MF_LV_TOO_LONG || (l->flags & MF_LIFE_JOB_BOUND));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct mf_life life, again;
	struct mf_life_hint hint = { 0 };
	struct mf_err err = { 0 };
	struct mf_str value;
	char *bytes;

	if (size < 2)
		return 0;
	hint.name = names[data[0] % MF_COUNT(names)];
	hint.issued = data[1] & 1 ? NOW - 60 : 0;
	hint.expires = data[1] & 2 ? NOW + 3540 : 0;
	hint.person = data[1] & 4;
	hint.class_name = data[1] & 8 ? "service_token" : NULL;
	bytes = fuzz_expand(data + 2, size - 2, &value.n);
	value.p = bytes;
	CHECK(mf_life_measure(&life, value, &hint, NOW, &err) == 0);
	if (life.kind)
		facts_hold(&life);
	CHECK(mf_life_measure(&again, value, &hint, NOW, &err) == 0);
	CHECK(life.kind == again.kind && life.lifetime == again.lifetime && life.flags == again.flags && strcmp(life.note, again.note) == 0);
	free(bytes);
	return 0;
}
