/* SPDX-License-Identifier: Apache-2.0 */
/* Connection strings: "Name=value;Name=value" of Azure and ADO.NET, "name=value name=value" of libpq. */
#include "life_priv.h"

enum { PAIRS = 64, LONGEST = 8192 };

struct found {
	struct mf_str password, account_key, access_key, signature, user, host, name;
	size_t pairs;
};

/* The parameter names that mean the same. */
static struct mf_str *place_of(struct found *f, struct mf_str key)
{
	static const struct { const char *key; size_t at; } keys[] = {
		{ "password", offsetof(struct found, password) }, { "pwd", offsetof(struct found, password) },
		{ "accountkey", offsetof(struct found, account_key) },
		{ "sharedaccesskey", offsetof(struct found, access_key) }, { "sharedaccesssignature", offsetof(struct found, signature) },
		{ "user", offsetof(struct found, user) }, { "user id", offsetof(struct found, user) }, { "userid", offsetof(struct found, user) },
		{ "uid", offsetof(struct found, user) }, { "username", offsetof(struct found, user) }, { "host", offsetof(struct found, host) },
		{ "server", offsetof(struct found, host) }, { "data source", offsetof(struct found, host) }, { "datasource", offsetof(struct found, host) },
		{ "endpoint", offsetof(struct found, host) }, { "hostname", offsetof(struct found, host) }, { "accountname", offsetof(struct found, name) },
		{ "sharedaccesskeyname", offsetof(struct found, name) },
	};

	for (size_t i = 0; i < MF_COUNT(keys); i++)
		if (mf_lf_is_caseless(key, keys[i].key))
			return (struct mf_str *)((char *)f + keys[i].at);
	return NULL;
}

static void read_pairs(struct found *f, struct mf_str text)
{
	char between = mf_lf_has(text, ";") ? ';' : ' ';
	struct mf_str one, key, value, *place;

	for (size_t i = 0; i < PAIRS && text.n; i++) {
		one = mf_trim(mf_lf_split(text, between, &text));
		key = mf_trim(mf_lf_split(one, '=', &value));
		if (key.n == one.n || key.n == 0 || key.n > 40)
			continue;
		f->pairs++;
		place = place_of(f, key);
		if (place && place->n == 0)
			*place = mf_trim(value);
	}
}

static void who(struct mf_lf *in, const char *what, struct mf_str name)
{
	if (name.n)
		mf_lf_account(in, "%s%.*s", what, (int)(name.n < 80 ? name.n : 80), name.p);
}

static int azure_key(struct mf_lf *in, const struct found *f, struct mf_str key)
{
	bool storage = f->account_key.n > 0;
	int64_t issued;

	if (storage)
		mf_lf_is(in, "azure-storage-key", "a storage account's key of Azure", MF_LC_API_KEY);
	else
		mf_lf_is(in, "azure-access-key", "a shared access key of Azure", MF_LC_API_KEY);
	if (!mf_lf_check(in, "azure-identifiable", key, key) || mf_not_a_secret(key, key, key, false))
		return mf_lf_nothing(in);
	issued = in->out->issued;
	who(in, storage ? "storage account " : "policy ", f->name);
	in->out->issued = issued;
	return mf_lf_static(in);
}

int mf_lf_connection(struct mf_lf *in)
{
	struct found f = { 0 };

	if (in->v.n > LONGEST || !mf_lf_has(in->v, "="))
		return 0;
	read_pairs(&f, in->v);
	if (f.pairs < 2)
		return 0;
	if (f.signature.n)
		return mf_lf_inner(in, f.signature, NULL);
	if (f.account_key.n || f.access_key.n)
		return azure_key(in, &f, f.account_key.n ? f.account_key : f.access_key);
	if (f.password.n == 0 || (f.host.n == 0 && f.user.n == 0))
		return 0;
	if (mf_stock_password(f.password) || mf_not_a_secret(f.password, f.password, f.password, false))
		return mf_lf_nothing(in);
	mf_lf_is(in, "database-connection", "a connection string with a password", MF_LC_DATABASE);
	who(in, "", f.host);
	mf_lf_user(in, f.user, f.password);
	return mf_lf_static(in);
}
