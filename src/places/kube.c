/* SPDX-License-Identifier: Apache-2.0 */
/* kubeconfig: tokens, passwords, client certificates with their keys. A plugin (`exec`) gets one when it is needed; the file holds
 * none, unless among the variables that the plugin is given. */
#include "places_priv.h"

#include <mayfly/alloc.h>
#include <mayfly/enc.h>
#include <mayfly/secret.h>
#include <mayfly/yaml.h>

static const struct mf_ynode *get(const struct mf_ynode *n, const char *key)
{
	for (size_t i = 0; n && mf_yaml_type(n) == MF_Y_MAP && i < mf_yaml_size(n); i++)
		if (mf_str_is(mf_yaml_text(mf_yaml_key_at(n, i)), key))
			return mf_yaml_at(n, i);
	return NULL;
}

static struct mf_str text(const struct mf_ynode *n)
{
	return n && mf_yaml_type(n) == MF_Y_SCALAR ? mf_yaml_text(n) : (struct mf_str){ 0 };
}

static int tell(struct mf_pl *p, const struct mf_ynode *n, struct mf_str user, const char *key, struct mf_str value)
{
	char name[MF_PL_NAME];
	const struct mf_pl_value v = { .name = name, .field = key, .value = value, .line = mf_yaml_pos(n).line, .col = mf_yaml_pos(n).col };

	mf_pl_name(name, user, '.', mf_str(key));
	return mf_pl_tell(p, &v, NULL);
}

/* Appends the bytes of a base64 text, which may be folded: 1; 0: it is none; -1. */
static int decode(char *out, size_t *n, struct mf_str encoded, struct mf_err *err)
{
	struct mf_err ignored;
	char *plain = mf_calloc(encoded.n + 1, 1);
	size_t k = 0, more = 0;
	bool good;

	if (!plain)
		return mf_fail_nomem(err);
	for (size_t i = 0; i < encoded.n; i++)
		if (!mf_blank(encoded.p[i]))
			plain[k++] = encoded.p[i];
	good = k && mf_b64_decode(out + *n, &more, plain, k, MF_B64_STD, &ignored) == 0;
	mf_wipe_free(plain, encoded.n + 1);
	if (good)
		*n += more;
	return good;
}

/* The key with its certificate, which says until when it is of use. */
static int pair(struct mf_pl *p, struct mf_str user, const struct mf_ynode *cert, const struct mf_ynode *key)
{
	struct mf_str a = text(cert), b = text(key);
	size_t room = a.n + b.n + 16, n = 0;
	char *both;
	int rc;

	if (b.n == 0)
		return 0;
	rc = mf_pl_spend(p, room);
	if (rc <= 0)
		return rc;
	both = mf_calloc(room, 1);
	if (!both)
		return mf_fail_nomem(p->err);
	/* base64 that cannot be read is told as it stands */
	rc = decode(both, &n, a, p->err);
	if (rc == 1)
		both[n++] = '\n';
	if (rc >= 0)
		rc = decode(both, &n, b, p->err);
	if (rc >= 0)
		rc = tell(p, key, user, "client-key-data", rc == 1 ? (struct mf_str){ .p = both, .n = n } : b);
	mf_wipe_free(both, room);
	return rc;
}

/* id_token, access-token and their kin of what plugins were before `exec`. */
static int provider(struct mf_pl *p, struct mf_str user, const struct mf_ynode *config)
{
	static const char *const keys[] = { "id-token", "refresh-token", "access-token", "client-secret" };

	for (size_t i = 0; i < MF_COUNT(keys); i++) {
		const struct mf_ynode *n = get(config, keys[i]);

		if (text(n).n && tell(p, n, user, keys[i], text(n)))
			return -1;
	}
	return 0;
}

/* The variables of a plugin: what it logs in with. */
static int plugin(struct mf_pl *p, struct mf_str user, const struct mf_ynode *env)
{
	for (size_t i = 0; env && mf_yaml_type(env) == MF_Y_SEQ && i < mf_yaml_size(env); i++) {
		const struct mf_str name = text(get(mf_yaml_at(env, i), "name"));
		const struct mf_ynode *value = get(mf_yaml_at(env, i), "value");
		char key[MF_PL_NAME];

		mf_pl_z(key, sizeof(key), name);
		if (text(value).n && tell(p, value, user, key, text(value)))
			return -1;
	}
	return 0;
}

/* What lies in another file is not read: the file that names it cannot widen what is opened. */
static int other_file(struct mf_pl *p, struct mf_str user, const char *key, struct mf_str path)
{
	if (path.n == 0 || p->from != MF_CHECK_HOME)
		return 0;
	return mf_check_note(p->c, false, "only the files that tools read by themselves are opened", NULL, p->err, "%s: %s of '%.*s' is in another file, %.*s",
			     p->path, key, (int)(user.n < 60 ? user.n : 60), user.p, (int)(path.n < 200 ? path.n : 200), path.p);
}

static int one_user(struct mf_pl *p, const struct mf_ynode *entry)
{
	static const char *const plain[] = { "token", "password" };
	struct mf_str name = text(get(entry, "name"));
	const struct mf_ynode *user = get(entry, "user"), *n;

	for (size_t i = 0; i < MF_COUNT(plain); i++) {
		n = get(user, plain[i]);
		if (text(n).n && tell(p, n, name, plain[i], text(n)))
			return -1;
	}
	if (pair(p, name, get(user, "client-certificate-data"), get(user, "client-key-data")))
		return -1;
	if (provider(p, name, get(get(user, "auth-provider"), "config")) || plugin(p, name, get(get(user, "exec"), "env")))
		return -1;
	return other_file(p, name, "client-key", text(get(user, "client-key"))) || other_file(p, name, "tokenFile", text(get(user, "tokenFile"))) ? -1 : 0;
}

int mf_pl_kube(struct mf_pl *p)
{
	const struct mf_ynode *users;
	struct mf_yaml *doc;
	int rc = 0;

	if (mf_yaml_parse(&doc, p->path, p->text.p, p->text.n, p->err))
		return mf_pl_broken(p, "YAML");
	users = mf_yaml_root(doc) ? get(mf_yaml_root(doc), "users") : NULL;
	for (size_t i = 0; users && mf_yaml_type(users) == MF_Y_SEQ && i < mf_yaml_size(users) && rc == 0; i++)
		rc = one_user(p, mf_yaml_at(users, i));
	mf_yaml_free(doc);
	return rc;
}
