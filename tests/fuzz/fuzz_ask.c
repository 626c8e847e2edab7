/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as what the child wants to have asked about, and as what an issuer answers: the first byte says which. No answer gets a text out that has
 * control characters or the credential in it. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "../../src/ask/ask_priv.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define CHECK(condition) do { if (!(condition)) abort(); } while (0)
#define SECRET "a-credential-of-30-characters-"

static void records(const uint8_t *data, size_t size)
{
	struct mf_ask_record r;
	struct mf_err err = { 0 };
	int fd = memfd_create("fuzz", MFD_CLOEXEC), n = 0;

	CHECK(fd >= 0 && write(fd, data, size) == (ssize_t)size && lseek(fd, 0, SEEK_SET) == 0);
	while (n++ < 100 && mf_ask_record_read(fd, &r, &err) == 1) {
		CHECK(r.issuer < MF_ISSUER_COUNT && strlen(r.fingerprint) == 16 && strlen(r.host) < sizeof(r.host) && mf_secret_len(r.read[0]) > 0);
		mf_ask_record_free(&r);
	}
	close(fd);
}

static void text(const char *s, size_t size)
{
	CHECK(strnlen(s, size) < size && !strstr(s, SECRET));
	for (; *s; s++)
		CHECK((unsigned char)*s >= 0x20 && (unsigned char)*s < 0x7f);
}

static void answer(unsigned which, const uint8_t *data, size_t size)
{
	static const struct mf_ask_kind *const kinds[] = { &mf_ask_aws, &mf_ask_aws_iam, &mf_ask_github, &mf_ask_gitlab, &mf_ask_vault, &mf_ask_gcp };
	struct mf_secret *secret = mf_secret_new(SECRET, strlen(SECRET));
	struct mf_ask a = { .issuer = MF_ISSUER_GITHUB, .url = "https://x.example", .secret = secret, .id = secret, .token = secret };
	struct mf_ask_call c = { .ask = &a };
	struct mf_resp resp = { .status = 200, .body = mf_secret_new(data, size) };
	struct mf_err err = { 0 };

	CHECK(secret && resp.body);
	for (size_t i = 0; i < MF_WANTED; i++)
		snprintf(resp.wanted[i], sizeof(resp.wanted[i]), "%.*s", (int)(size < 200 ? size : 200), (const char *)data);
	if (kinds[which % MF_COUNT(kinds)]->take(&c, &resp, &err) == 0)
		CHECK(!a.no_end || a.expires == 0);
	resp.status = 403;
	kinds[which % MF_COUNT(kinds)]->refused(&c, &resp);
	text(a.account, sizeof(a.account));
	text(a.subject, sizeof(a.subject));
	text(a.note, sizeof(a.note));
	mf_secret_free(resp.body);
	mf_secret_free(secret);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size == 0 || size > 1 << 20)
		return 0;
	if (data[0] & 0x80)
		records(data + 1, size - 1);
	else
		answer(data[0], data + 1, size - 1);
	return 0;
}
