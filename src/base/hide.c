/* SPDX-License-Identifier: Apache-2.0 */
/* Text of a server that may repeat what was sent to it: the secrets are cut out before anybody reads it. */
#include <mayfly/reveal.h>

void mf_secret_hide(char *text, const struct mf_secret *secret)
{
	static const char mark[] = "[cut]";
	struct mf_str s = secret ? mf_secret_reveal(secret) : (struct mf_str){ 0 };
	size_t gram = s.n < 16 ? s.n : 16, n = strlen(text);

	if (s.n < 4)
		return;
	for (size_t i = 0; i + gram <= n; i++) {
		const char *hit = memmem(s.p, s.n, text + i, gram);
		size_t len = gram, best = 0;

		/* of all places where the secret has these bytes, the one that goes on longest */
		for (; hit; hit = memmem(hit + 1, s.n - (size_t)(hit + 1 - s.p), text + i, gram)) {
			len = gram;
			while (i + len < n && (size_t)(hit - s.p) + len < s.n && hit[len] == text[i + len])
				len++;
			best = len > best ? len : best;
		}
		if (!best)
			continue;
		/* a secret of four bytes leaves less room than the mark takes */
		if (best < sizeof(mark) - 1) {
			memset(text + i, '*', best);
			continue;
		}
		memcpy(text + i, mark, sizeof(mark) - 1);
		memmove(text + i + sizeof(mark) - 1, text + i + best, n - i - best + 1);
		n = n - best + sizeof(mark) - 1;
		i += sizeof(mark) - 2;
	}
}
