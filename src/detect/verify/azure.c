/* SPDX-License-Identifier: Apache-2.0 */
/* Azure's identifiable keys: four characters name the service, and the last four bytes are a Marvin32 checksum with a seed of its own for each kind. */
#include "verify_priv.h"

#include <mayfly/hash.h>

/* Seeds are eight characters of text, read as a big-endian number. */
#define SEED(a, b, c, d, e, f, g, h) ((uint64_t)(a) << 56 | (uint64_t)(b) << 48 | (uint64_t)(c) << 40 | (uint64_t)(d) << 32 | \
	(uint64_t)(e) << 24 | (uint64_t)(f) << 16 | (uint64_t)(g) << 8 | (uint64_t)(h))

static const struct kind {
	char sign[5];
	const char *what;
	uint64_t seed;
} kinds[] = {
	{ "+ASt", "a storage account's key", SEED('D', 'e', 'f', 'a', 'u', 'l', 't', '0') },
	{ "AzCa", "an access key of Azure Cache for Redis", SEED('A', 'c', 'c', 'e', 's', 's', '0', '0') },
	{ "AzFu", "a key of one Azure function", SEED('F', 'u', 'n', 'c', 't', 'i', '0', '0') },
	{ "AzFu", "the master key of an Azure function app", SEED('M', 'a', 's', 't', 'e', 'r', '0', '0') },
	{ "AzFu", "a system key of an Azure function app", SEED('S', 'y', 's', 't', 'e', 'm', '0', '0') },
	{ "ACDb", "a Cosmos DB read-write key", SEED('M', 'a', 's', 't', 'R', 'W', '0', '0') },
	{ "ACDb", "a Cosmos DB read-only key", SEED('M', 'a', 's', 't', 'R', 'O', '0', '0') },
	{ "ACDb", "a Cosmos DB system key", SEED('S', 'y', 's', 't', 'R', 'W', '0', '0') },
	{ "ACDb", "a Cosmos DB system key, read-only", SEED('S', 'y', 's', 't', 'R', 'O', '0', '0') },
	{ "ACDb", "a Cosmos DB system key", SEED('S', 'y', 's', 'A', 'l', 'l', '0', '0') },
	{ "ACDb", "a Cosmos DB resource key", SEED('R', 'e', 's', 'o', 'u', 'r', '0', '0') },
	{ "ACDb", "a Cosmos DB data encryption key", SEED('E', 'n', 'c', 'r', 'y', 'p', '0', '0') },
	{ "+ABa", "a Batch account's key", SEED('A', 'b', 'A', 'c', 'c', 't', '0', '0') },
	{ "AzSe", "a query key of Azure AI Search", SEED('Q', 'u', 'e', 'r', 'y', '0', '0', '0') },
	{ "AzSe", "an admin key of Azure AI Search", SEED('P', 'A', 'd', 'm', 'i', 'n', '0', '0') },
	{ "+AMC", "a key of a classic ML web service", SEED('C', 'l', 'a', 's', 's', 'i', 'c', '0') },
	{ "+ASb", "a Service Bus key", 0 }, { "+AEh", "an Event Hubs key", 0 }, { "+ARm", "a Relay key", 0 },
	{ "+ACR", "a container registry's password", SEED('A', 'C', 'R', 'D', 'f', 'l', 't', '0') },
	{ "AIoT", "an IoT Hub's key", SEED('I', 'o', 'T', 'H', 'u', 'b', '0', '0') },
	{ "AIoT", "a key of the IoT device provisioning service", SEED('D', 'p', 's', 'K', 'e', 'y', '0', '0') },
	{ "AIoT", "an IoT device's key", SEED('D', 'e', 'v', 'i', 'c', 'e', '0', '0') },
	{ "APIM", "a direct management key of API Management", SEED('T', 'e', 'n', 'a', 'n', 't', '0', '0') },
	{ "APIM", "a subscription key of API Management", SEED('I', 'o', 'T', 'H', 'u', 'b', '0', '0') },
	{ "APIM", "a gateway key of API Management", SEED('G', 'a', 't', 'e', 'w', 'y', '0', '0') },
	{ "APIM", "a repository key of API Management", SEED('G', 'i', 't', 'K', 'e', 'y', '0', '0') },
	{ "AZEG", "an Event Grid key", SEED('S', 'e', 'n', 'd', 'R', 'e', 'c', 'v') },
	{ "+SQL", "a password of Azure SQL", SEED('U', 's', 'r', 'P', 'w', 'd', '0', '0') },
};

/* What may be done with a key of the three messaging services is in its seed. */
static const struct { const char *what; uint64_t seed; } messaging[] = {
	{ "to send", SEED('S', 'e', 'n', 'd', '0', '0', '0', '0') },
	{ "to listen", SEED('L', 'i', 's', 't', 'e', 'n', '0', '0') },
	{ "to manage", SEED('M', 'a', 'n', 'a', 'g', 'e', '0', '0') },
	{ "of the system", SEED('S', 'y', 's', 't', 'e', 'm', '0', '0') },
	{ "of any use", SEED('U', 'n', 'k', 'n', 'o', 'w', 'n', '0') },
};

static struct mf_str bare(struct mf_str s)
{
	while (s.n && s.p[s.n - 1] == '=')
		s.n--;
	return s;
}

static bool sealed(const unsigned char *raw, size_t n, uint64_t seed)
{
	return n > 8 && mf_v_le32(raw + n - 4) == mf_v_marvin(raw, n - 4, seed);
}

/* Redis keys have "P" for "+" and "F" for "/", put there after the checksum of the whole key was made. */
static bool sealed_redis(struct mf_str key, const unsigned char *raw, size_t n, uint64_t seed)
{
	unsigned char again[72];
	char text[100];
	uint32_t sum;

	if (n > sizeof(again) || n < 8)
		return false;
	memcpy(again, raw, n);
	sum = mf_v_marvin(raw, n, seed);
	for (size_t i = 0; i < 4; i++)
		again[n - 4 + i] = (unsigned char)(sum >> 8 * i);
	if (mf_b64_encode(text, again, n, MF_B64_STD, true) != key.n)
		return false;
	for (size_t i = 0; i < key.n; i++)
		if (key.p[i] != (text[i] == '+' ? 'P' : text[i] == '/' ? 'F' : text[i]))
			return false;
	return true;
}

static bool of_messaging(const struct mf_vin *in, const char *what, const unsigned char *raw, size_t n)
{
	for (size_t i = 0; i < MF_COUNT(messaging); i++) {
		if (!sealed(raw, n, messaging[i].seed))
			continue;
		mf_v_note(in, "%s %s", what, messaging[i].what);
		return true;
	}
	return false;
}

static bool of_kind(const struct mf_vin *in, const struct kind *k, const unsigned char *raw, size_t n)
{
	if (k->seed == 0)
		return of_messaging(in, k->what, raw, n);
	if (!sealed(raw, n, k->seed) && !(strcmp(k->sign, "AzCa") == 0 && sealed_redis(in->secret, raw, n, k->seed)))
		return false;
	mf_v_note(in, "%s", k->what);
	return true;
}

/* JQQJ9: the form before CASK, with year and month of its issue. The checksum covers the first 60 bytes and is written in base62 or base64. */
static bool of_annotated(const struct mf_vin *in, const unsigned char *raw, size_t n)
{
	struct mf_str key = bare(in->secret);
	uint32_t sum = n >= 60 ? mf_v_marvin(raw, 60, SEED('D', 'e', 'f', 'a', 'u', 'l', 't', '0')) : 0;
	const unsigned char bytes[4] = { (unsigned char)sum, (unsigned char)(sum >> 8), (unsigned char)(sum >> 16), (unsigned char)(sum >> 24) };
	uint32_t swapped = mf_v_be32(bytes);
	char b62[6], b64[8];
	size_t digits = 6, pad = 0;

	if ((key.n != 84 && key.n != 86) || key.p[58] < 'A' || key.p[58] > 'Z' || key.p[59] < 'A' || key.p[59] > 'L')
		return false;
	mf_v_in_base(b62, digits, swapped, mf_v_base62, 62);
	while (pad < 6 && b62[pad] == '0')	/* padded behind, not before */
		pad++;
	memmove(b62, b62 + pad, 6 - pad);
	memset(b62 + 6 - pad, '0', pad);
	mf_b64_encode(b64, bytes, 4, MF_B64_STD, true);
	in->facts->issued = mf_v_time(2024 + key.p[58] - 'A', key.p[59] - 'A' + 1, 1, 0, 0, 0);
	mf_v_note(in, "a key of the service %.4s", key.p + 76);
	return memcmp(key.p + 80, b62, key.n == 84 ? 4 : 5) == 0 || memcmp(key.p + 80, b64, key.n == 84 ? 4 : 5) == 0;
}

/* The key has a signature and no checksum that fits it: broken. No signature: a key of before. */
static enum mf_verdict_format identify(const struct mf_vin *in, const unsigned char *raw, size_t n)
{
	struct mf_str key = bare(in->secret);
	bool sign = false;

	if (mf_str_begins(mf_v_from(key, 52), "JQQJ9"))	/* keys are about whose checksum was made in a way that is not published */
		return of_annotated(in, raw, n) ? MF_FORMAT_VERIFIED : MF_FORMAT_PLAUSIBLE;
	for (size_t i = 0; key.n > 20 && i < MF_COUNT(kinds); i++) {
		if (memcmp(key.p + key.n - 10, kinds[i].sign, 4) != 0)
			continue;
		sign = true;
		if (of_kind(in, &kinds[i], raw, n))
			return MF_FORMAT_VERIFIED;
	}
	return sign ? MF_FORMAT_BROKEN : MF_FORMAT_PLAUSIBLE;
}

enum mf_verdict_format mf_vc_azure_identifiable(const struct mf_vin *in)
{
	unsigned char raw[128];
	size_t n;

	if (mf_known_example(in->secret))
		return mf_v_harmless(in, "the published key of an emulator");
	if (!mf_v_b64(raw, sizeof(raw), &n, in->secret))
		return MF_FORMAT_BROKEN;
	return identify(in, raw, n);
}

/* Entra ID's client secrets: three characters, 7Q~ or 8Q~, and for the latter the first three digits of a Marvin32 at the end. */
enum mf_verdict_format mf_vc_entra_secret(const struct mf_vin *in)
{
	static const char digits[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ1234567890.-_~";
	struct mf_str s = in->secret;
	char want[6];

	if (s.n < 37 || s.n > 40 || memcmp(s.p + 4, "Q~", 2) != 0)
		return MF_FORMAT_BROKEN;
	if (s.n != 40 || s.p[3] != '8')		/* the digit is a version; of others no checksum is known */
		return MF_FORMAT_PLAUSIBLE;
	mf_v_in_base(want, sizeof(want), mf_v_marvin((const unsigned char *)s.p, 37, SEED('A', 'a', 'd', 'P', 'w', 'd', '0', '0')), digits, 66);
	return memcmp(want, s.p + 37, 3) == 0 ? MF_FORMAT_VERIFIED : MF_FORMAT_BROKEN;
}

/* -- Azure DevOps ----------------------------------------------------------------------------------- */

/* 52 base32 digits hold 32 bytes; a CRC-32, turned by a number of the issuer's, lies in four of them. */
static bool devops_legacy(struct mf_str s)
{
	unsigned char raw[40], body[28];
	size_t n, k = 0;
	uint32_t told, crc;

	if (!mf_v_b32_decode(raw, sizeof(raw), &n, s) || n != 32)
		return false;
	for (size_t i = 0; i < n; i++)
		if (i != 2 && i != 7 && i != 8 && i != 22)
			body[k++] = raw[i];
	told = (uint32_t)raw[2] << 24 | (uint32_t)raw[7] << 16 | (uint32_t)raw[8] << 8 | raw[22];
	crc = mf_crc32(body, k);
	return told == (crc ^ 0xe0b9692dU) || told == (crc ^ 0x1019f92eU);
}

enum mf_verdict_format mf_vc_azure_devops_pat(const struct mf_vin *in)
{
	if (in->secret.n == 52)
		return devops_legacy(in->secret) ? MF_FORMAT_VERIFIED : MF_FORMAT_BROKEN;
	return mf_vc_azure_identifiable(in);
}
