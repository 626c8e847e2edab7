/* SPDX-License-Identifier: Apache-2.0 */
/* Which CA certificates to trust: what the user named, the environment, the system's, the built-in ones. */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <mayfly/buf.h>
#include <mayfly/fs.h>
#include <mayfly/log.h>

#include "net.h"

enum { CA_FILE_MAX = 8 * 1024 * 1024, CA_DIR_FILES = 2000 };

static const char *const system_files[] = {
	"/etc/ssl/certs/ca-certificates.crt",			/* Debian, Ubuntu, Arch, Alpine */
	"/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",	/* Fedora, RHEL */
	"/etc/pki/tls/certs/ca-bundle.crt",			/* older RHEL */
	"/etc/ssl/ca-bundle.pem",				/* openSUSE */
	"/var/lib/ca-certificates/ca-bundle.pem",		/* SUSE */
	"/etc/ssl/cert.pem",					/* Alpine, BSD */
	"/etc/ssl/certs/ca-bundle.crt",
};

static int add_file(struct mf_ca *ca, const char *path, long *added, struct mf_err *err)
{
	struct mf_buf text = MF_BUF(CA_FILE_MAX);
	int rc = mf_fs_read(&text, path, err);

	if (rc == 0) {
		*added = mf_ca_index_add(ca->index, (struct mf_str){ .p = mf_buf_text(&text), .n = text.n });
		if (*added < 0)
			rc = mf_fail_nomem(err);
	}
	mf_buf_free(&text);
	return rc;
}

static int no_certificate(struct mf_err *err, const char *what, const char *path)
{
	mf_fail(err, MF_E_HTTP_CA, "no CA certificate in %s '%s'", what, path);
	mf_err_why(err, "it holds no PEM block 'CERTIFICATE' that can be read");
	mf_err_hint(err, "name a PEM file: --ca-file FILE, or vault.ca_file in .mayfly.yml");
	return -1;
}

/* A file that somebody named has to be there and to hold a certificate. */
static int named_file(struct mf_ca *ca, const char *path, const char *who, struct mf_err *err)
{
	struct mf_err cause;
	long added = 0;

	if (add_file(ca, path, &added, &cause) < 0) {
		mf_fail(err, MF_E_HTTP_CA, "cannot read the CA certificates '%s'", path);
		mf_err_why(err, "%s", cause.why[0] ? cause.why : cause.what);
		mf_err_sent(err, "the file was named by %s", who);
		return -1;
	}
	if (added == 0)
		return no_certificate(err, "the file", path);
	snprintf(ca->source, sizeof ca->source, "'%.120s' (%.40s)", path, who);
	return 0;
}

/* A name as c_rehash makes them: the hash of a subject and a number. */
static bool is_hash(const char *name)
{
	return strspn(name, "0123456789abcdef") == 8 && name[8] == '.' && name[9] >= '0' && name[9] <= '9';
}

static bool is_hash_dir(const char *path)
{
	DIR *d = opendir(path);
	struct dirent *e;
	bool found = false;

	while (d && !found && (e = readdir(d)))
		found = is_hash(e->d_name);
	if (d)
		closedir(d);
	return found;
}

/* Every PEM file of a folder. */
static int scan_dir(struct mf_ca *ca, const char *path, struct mf_err *err)
{
	DIR *d = opendir(path);
	struct dirent *e;
	long files = 0, total = 0;

	if (!d) {
		mf_fail(err, MF_E_HTTP_CA, "cannot read the folder of CA certificates '%s'", path);
		mf_err_why(err, "%m");
		mf_err_sent(err, "the folder was named by SSL_CERT_DIR");
		return -1;
	}
	while ((e = readdir(d)) && files < CA_DIR_FILES) {
		char file[4096];
		struct mf_err ignored;
		long added = 0;
		int n = snprintf(file, sizeof file, "%s/%s", path, e->d_name);

		if (e->d_name[0] == '.' || n < 0 || (size_t)n >= sizeof file)
			continue;
		if (e->d_type == DT_DIR)
			continue;
		files++;
		if (add_file(ca, file, &added, &ignored) == 0)
			total += added;
	}
	closedir(d);
	return total ? 0 : no_certificate(err, "the folder", path);
}

/* Where there are hashes OpenSSL finds an issuer by its name; reading some hundred files takes longer than the handshake. */
static int named_dir(struct mf_ca *ca, const char *path, struct mf_err *err)
{
	if (is_hash_dir(path))
		ca->hash_dir = path;
	else if (scan_dir(ca, path, err) < 0)
		return -1;
	snprintf(ca->source, sizeof ca->source, "'%.120s' (SSL_CERT_DIR)", path);
	return 0;
}

static int from_environment(struct mf_ca *ca, bool *found, struct mf_err *err)
{
	const char *file = getenv("SSL_CERT_FILE"), *dir = getenv("SSL_CERT_DIR"), *bundle = getenv("CURL_CA_BUNDLE");

	*found = true;
	if (file && *file) {
		if (named_file(ca, file, "SSL_CERT_FILE", err) < 0)
			return -1;
		return dir && *dir ? named_dir(ca, dir, err) : 0;
	}
	if (dir && *dir)
		return named_dir(ca, dir, err);
	if (bundle && *bundle)
		return named_file(ca, bundle, "CURL_CA_BUNDLE", err);
	*found = false;
	return 0;
}

static bool from_system(struct mf_ca *ca)
{
	for (size_t i = 0; i < MF_COUNT(system_files); i++) {
		struct mf_err ignored;
		long added = 0;

		if (access(system_files[i], R_OK) == 0 && add_file(ca, system_files[i], &added, &ignored) == 0 && added > 0) {
			snprintf(ca->source, sizeof ca->source, "'%s'", system_files[i]);
			return true;
		}
	}
	return false;
}

static int from_built_in(struct mf_ca *ca, struct mf_err *err)
{
	struct mf_str pem = { .p = (const char *)mf_ca_bundle, .n = mf_ca_bundle_len };

	if (mf_ca_bundle_len == 0 || mf_ca_index_add(ca->index, pem) <= 0) {
		mf_fail(err, MF_E_HTTP_CA, "no CA certificates on this machine");
		mf_err_why(err, "none of the usual files is there, '%s' and six others, and this build carries none", system_files[0]);
		mf_err_hint(err, "install the package 'ca-certificates', or name a file: --ca-file FILE or SSL_CERT_FILE");
		return -1;
	}
	mf_warn("no CA certificates on this machine: using the built-in ones of %s", mf_ca_bundle_date);
	snprintf(ca->source, sizeof ca->source, "the built-in bundle of %.40s", mf_ca_bundle_date);
	return 0;
}

static int choose(struct mf_ca *ca, const struct mf_http_conf *conf, struct mf_err *err)
{
	bool found = false;

	if (conf->ca_pem.n) {
		long n = mf_ca_index_add(ca->index, conf->ca_pem);

		snprintf(ca->source, sizeof ca->source, "the CA certificate that was given as text");
		return n > 0 ? 0 : n < 0 ? mf_fail_nomem(err) : no_certificate(err, "the text that was given as", "ca_pem");
	}
	if (conf->ca_file && *conf->ca_file)
		return named_file(ca, conf->ca_file, "the configuration", err);
	if (from_environment(ca, &found, err) < 0)
		return -1;
	if (found || from_system(ca))
		return 0;
	return from_built_in(ca, err);
}

int mf_ca_load(struct mf_ca *ca, const struct mf_http_conf *conf, struct mf_err *err)
{
	if (ca->store)
		return 0;
	mf_ca_free(ca);
	ca->index = mf_ca_index_new();
	if (!ca->index)
		return mf_fail_nomem(err);
	if (choose(ca, conf, err) < 0) {
		mf_ca_free(ca);
		return -1;
	}
	ca->store = mf_ca_index_store(ca->index);
	if (!ca->store || (ca->hash_dir && !X509_STORE_load_path(ca->store, ca->hash_dir))) {
		mf_ca_free(ca);
		return mf_fail_nomem(err);
	}
	return 0;
}

void mf_ca_free(struct mf_ca *ca)
{
	X509_STORE_free(ca->store);
	mf_ca_index_free(ca->index);
	*ca = (struct mf_ca){ .store = NULL };
}
