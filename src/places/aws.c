/* SPDX-License-Identifier: Apache-2.0 */
/* An access key of AWS: its id, its secret and its session token are one credential, and its id tells how long it lives. */
#include "places_priv.h"

#include <stdio.h>
#include <mayfly/alloc.h>
#include <mayfly/secret.h>

static bool plain(struct mf_str s)
{
	for (size_t i = 0; i < s.n; i++)
		if ((unsigned char)s.p[i] <= 0x20 || s.p[i] == '"' || s.p[i] == '\\' || (unsigned char)s.p[i] >= 0x7f)
			return false;
	return true;
}

/* As AWS's own tools print it, so that who asks the issuer has all of it, and equal keys of a variable and of a file have one fingerprint. Wiped and
 * freed by the caller: mf_wipe_free(*out, *n + 1). */
static int as_document(char **out, size_t *n, const struct mf_pl_aws_key *k, struct mf_err *err)
{
	size_t room = k->id.n + k->secret.n + k->token.n + 100;
	int len;

	*out = mf_calloc(room, 1);
	if (!*out)
		return mf_fail_nomem(err);
	len = snprintf(*out, room, "{\"AccessKeyId\":\"%.*s\",\"SecretAccessKey\":\"%.*s\"%s%.*s%s}", (int)k->id.n, k->id.p, (int)k->secret.n, k->secret.p,
		k->token.n ? ",\"SessionToken\":\"" : "", (int)k->token.n, k->token.n ? k->token.p : "", k->token.n ? "\"" : "");
	*n = len < 0 || (size_t)len >= room ? 0 : (size_t)len;
	return 0;
}

static int tell_whole(struct mf_pl *p, const struct mf_pl_aws_key *k, struct mf_check_item **item)
{
	struct mf_pl_value v = { .name = k->name_id, .field = "AWS_ACCESS_KEY", .expires = k->expires };
	size_t n = 0;
	char *text;
	int rc;

	if (as_document(&text, &n, k, p->err))
		return -1;
	v.value = (struct mf_str){ .p = text, .n = n };
	v.line = k->line;
	v.col = k->col;
	if (!v.line)
		mf_pl_where(p, k->id.p, &v.line, &v.col);
	rc = mf_pl_tell(p, &v, item);
	mf_wipe_free(text, n + 1);
	/* the document's head shows nothing */
	if (rc == 0 && *item)
		rc = mf_check_text(&(*item)->shown, p->err, "%.4s****", k->id.p);
	return rc;
}

static int tell_one(struct mf_pl *p, const struct mf_pl_aws_key *k, const char *name, const char *field, struct mf_str value)
{
	const struct mf_pl_value v = { .name = name, .field = field, .value = value, .line = k->line, .col = k->col,
		.expires = k->expires };

	return mf_pl_tell(p, &v, NULL);
}

static bool usable(struct mf_str s)
{
	return s.n > 0 && s.n <= 16384 && plain(s) && !mf_pl_reference(s);
}

int mf_pl_tell_aws(struct mf_pl *p, const struct mf_pl_aws_key *k)
{
	struct mf_pl_aws_key whole = *k;
	struct mf_check_item *item = NULL;

	if (!usable(whole.token))
		whole.token.n = 0;
	/* what stands for another kind of key, such as that of a store that speaks S3, is told by its parts */
	if (usable(k->id) && usable(k->secret) && k->id.n >= 16 && (mf_str_begins(k->id, "AKIA") || mf_str_begins(k->id, "ASIA")))
		return tell_whole(p, &whole, &item);
	if (k->id.n && tell_one(p, k, k->name_id, NULL, k->id))
		return -1;
	if (k->name_secret && tell_one(p, k, k->name_secret, "AWS_SECRET_ACCESS_KEY", k->secret))
		return -1;
	return k->name_token && tell_one(p, k, k->name_token, "AWS_SESSION_TOKEN", k->token) ? -1 : 0;
}
