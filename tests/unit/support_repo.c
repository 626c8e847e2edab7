/* SPDX-License-Identifier: Apache-2.0 */
/* Repositories for unit tests. */
#include "support_repo.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <libdeflate.h>
#include <openssl/evp.h>
#include "unit.h"

char *mf_test_dir(void)
{
	const char *tmp = getenv("TMPDIR");
	char path[512], *real;

	snprintf(path, sizeof(path), "%s/mf-repo-XXXXXX", tmp && *tmp ? tmp : "/tmp");
	assert_non_null(mkdtemp(path));
	real = realpath(path, NULL);
	assert_non_null(real);
	return real;
}

void mf_test_rmdir(char *dir)
{
	mf_test_sh(dir, "d=$PWD; cd /; chmod -R u+w \"$d\"; rm -rf \"$d\"");
	free(dir);
}

static pid_t spawn(const char *dir, const char *script, int out)
{
	const pid_t pid = fork();

	if (pid)
		return pid;
	if (out >= 0)
		dup2(out, 1);
	if (chdir(dir))
		_exit(126);
	unsetenv("GIT_DIR");
	unsetenv("GIT_INDEX_FILE");
	unsetenv("GIT_WORK_TREE");
	setenv("GIT_CONFIG_GLOBAL", "/dev/null", 1);
	setenv("GIT_CONFIG_NOSYSTEM", "1", 1);
	setenv("GIT_AUTHOR_NAME", "A", 1);
	setenv("GIT_AUTHOR_EMAIL", "a@example.com", 1);
	setenv("GIT_AUTHOR_DATE", "1700000000 +0000", 1);
	setenv("GIT_COMMITTER_NAME", "A", 1);
	setenv("GIT_COMMITTER_EMAIL", "a@example.com", 1);
	setenv("GIT_COMMITTER_DATE", "1700000000 +0000", 1);
	execl("/bin/sh", "sh", "-ec", script, (char *)NULL);
	_exit(127);
}

static void wait_for(pid_t pid, const char *script)
{
	int status = -1;

	assert_true(pid > 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	if (!WIFEXITED(status) || WEXITSTATUS(status))
		fail_msg("status %d of: %.300s", status, script);
}

void mf_test_sh(const char *dir, const char *script)
{
	wait_for(spawn(dir, script, -1), script);
}

char *mf_test_sh_out(const char *dir, const char *script)
{
	char *text = malloc(65536);
	size_t n = 0, cap = 65536;
	ssize_t got;
	int fd[2];
	pid_t pid;

	assert_non_null(text);
	assert_int_equal(pipe2(fd, O_CLOEXEC), 0);
	pid = spawn(dir, script, fd[1]);
	close(fd[1]);
	while ((got = read(fd[0], text + n, cap - n - 1)) > 0) {
		n += (size_t)got;
		if (cap - n < 4096) {
			cap *= 2;
			text = realloc(text, cap);
			assert_non_null(text);
		}
	}
	close(fd[0]);
	text[n] = '\0';
	wait_for(pid, script);
	return text;
}

static struct mf_oid digest(size_t oid_len, const void *a, size_t a_n, const void *b, size_t b_n)
{
	EVP_MD_CTX *md = EVP_MD_CTX_new();
	struct mf_oid id = { 0 };

	assert_non_null(md);
	EVP_DigestInit_ex(md, oid_len == 32 ? EVP_sha256() : EVP_sha1(), NULL);
	EVP_DigestUpdate(md, a, a_n);
	EVP_DigestUpdate(md, b, b_n);
	EVP_DigestFinal_ex(md, id.b, NULL);
	EVP_MD_CTX_free(md);
	return id;
}

struct mf_oid mf_test_id(enum mf_otype type, const void *p, size_t n, size_t oid_len)
{
	static const char *const name[] = { "", "commit", "tree", "blob", "tag" };
	char header[64];
	const int len = snprintf(header, sizeof(header), "%s %zu", name[type], n);

	return digest(oid_len, header, (size_t)len + 1, p, n);
}

unsigned char *mf_test_zlib(const void *p, size_t n, int level, size_t *out_n)
{
	struct libdeflate_compressor *c = libdeflate_alloc_compressor(level);
	const size_t bound = libdeflate_zlib_compress_bound(c, n);
	unsigned char *out = malloc(bound);

	assert_non_null(out);
	*out_n = libdeflate_zlib_compress(c, p, n, out, bound);
	assert_true(*out_n > 0);
	libdeflate_free_compressor(c);
	return out;
}

static void put(struct mf_test_pack *k, const void *p, size_t n)
{
	k->p = realloc(k->p, k->n + n + 1);
	assert_non_null(k->p);
	memcpy(k->p + k->n, p, n);
	k->n += n;
}

static void put_byte(struct mf_test_pack *k, unsigned c)
{
	const unsigned char b = (unsigned char)c;

	put(k, &b, 1);
}

void mf_test_pack_begin(struct mf_test_pack *k, size_t oid_len)
{
	memset(k, 0, sizeof(*k));
	k->oid_len = oid_len;
	put(k, "PACK\0\0\0\2\0\0\0\0", 12);
}

static void put_header(struct mf_test_pack *k, unsigned type, size_t n)
{
	unsigned c = type << 4 | (n & 15);

	for (n >>= 4; n; n >>= 7) {
		put_byte(k, c | 0x80);
		c = n & 0x7f;
	}
	put_byte(k, c);
}

static void put_distance(struct mf_test_pack *k, uint64_t v)
{
	unsigned char b[10];
	size_t at = sizeof(b);

	b[--at] = v & 0x7f;
	while (v >>= 7)
		b[--at] = (unsigned char)(0x80 | (--v & 0x7f));
	put(k, b + at, sizeof(b) - at);
}

size_t mf_test_pack_add(struct mf_test_pack *k, unsigned type, const void *bytes, size_t n, size_t base, const struct mf_oid *base_id,
			const struct mf_oid *id)
{
	const size_t i = k->n_objects++, off = k->n;
	size_t z_n;
	unsigned char *z = mf_test_zlib(bytes, n, 6, &z_n);

	assert_true(i < MF_COUNT(k->object));
	k->object[i].off = off;
	k->object[i].id = id ? *id : mf_test_id((enum mf_otype)type, bytes, n, k->oid_len);
	put_header(k, type, n);
	if (type == 6)
		put_distance(k, off - k->object[base].off);
	else if (type == 7)
		put(k, base_id->b, k->oid_len);
	put(k, z, z_n);
	free(z);
	return i;
}

static void put32(FILE *f, uint64_t v)
{
	const unsigned char b[] = { (unsigned char)(v >> 24), (unsigned char)(v >> 16), (unsigned char)(v >> 8), (unsigned char)v };

	fwrite(b, 1, 4, f);
}

static int by_id(const void *a, const void *b)
{
	return memcmp(a, b, sizeof(struct mf_oid));
}

static void write_fanout(FILE *f, const struct mf_test_pack *k)
{
	for (unsigned c = 0; c < 256; c++) {
		size_t n = 0;

		while (n < k->n_objects && k->object[n].id.b[0] <= c)
			n++;
		put32(f, n);
	}
}

static void write_idx(FILE *f, const struct mf_test_pack *k, unsigned version, bool large)
{
	const unsigned char zero[64] = { 0 };

	if (version == 2)
		fwrite("\377tOc\0\0\0\2", 1, 8, f);
	write_fanout(f, k);
	for (size_t i = 0; i < k->n_objects; i++) {
		if (version == 1)
			put32(f, k->object[i].off);
		fwrite(k->object[i].id.b, 1, k->oid_len, f);
	}
	for (size_t i = 0; version == 2 && i < k->n_objects; i++)
		put32(f, 0);
	for (size_t i = 0; version == 2 && i < k->n_objects; i++)
		put32(f, large ? 0x80000000u | i : k->object[i].off);
	for (size_t i = 0; large && i < k->n_objects; i++) {
		put32(f, 0);
		put32(f, k->object[i].off);
	}
	fwrite(k->p + k->n - k->oid_len, 1, k->oid_len, f);
	fwrite(zero, 1, k->oid_len, f);
}

void mf_test_pack_write(struct mf_test_pack *k, const char *dir, const char *name, unsigned version, bool large)
{
	struct mf_oid sum;
	char path[1024];
	FILE *f;

	k->p[11] = (unsigned char)k->n_objects;
	sum = digest(k->oid_len, k->p, k->n, "", 0);
	put(k, sum.b, k->oid_len);
	qsort(k->object, k->n_objects, sizeof(k->object[0]), by_id);
	snprintf(path, sizeof(path), "%s/pack-%s.pack", dir, name);
	f = fopen(path, "w");
	assert_non_null(f);
	fwrite(k->p, 1, k->n, f);
	assert_int_equal(fclose(f), 0);
	snprintf(path, sizeof(path), "%s/pack-%s.idx", dir, name);
	f = fopen(path, "w");
	assert_non_null(f);
	write_idx(f, k, version, large);
	assert_int_equal(fclose(f), 0);
}

void mf_test_pack_free(struct mf_test_pack *k)
{
	free(k->p);
	memset(k, 0, sizeof(*k));
}
