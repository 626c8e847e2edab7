/* SPDX-License-Identifier: Apache-2.0 */
/* The table of keys, and what can be asked of it. */
#include <ctype.h>

#include "conf_priv.h"

static const struct mf_key_info keys[MF_K_COUNT] = {
#define MF_KEY(symbol, path, flag, letter, env, type, choices, fallback, arg, brief) \
	[MF_K_##symbol] = { #symbol, path, flag, letter, env, type, choices, fallback, arg, brief },
#include <mayfly/conf_keys.def>
#undef MF_KEY
};

const struct mf_key_info *mf_key_info(enum mf_key k)
{
	return &keys[(unsigned)k < MF_K_COUNT ? k : 0];
}

void mf_key_input(char out[static 64], enum mf_key k)
{
	const char *p = mf_key_info(k)->env + strlen("MAYFLY_");
	size_t n = 0;

	for (; *p && *p != ' ' && n < 63; p++)
		out[n++] = *p == '_' ? '-' : (char)tolower((unsigned char)*p);
	out[n] = '\0';
}

bool mf_env_name_valid(struct mf_str s)
{
	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];

		if (!(c == '_' || (c < 0x80 && isalpha(c)) || (i && c >= '0' && c <= '9')))
			return false;
	}
	return s.n > 0;
}
