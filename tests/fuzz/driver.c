/* SPDX-License-Identifier: Apache-2.0 */
/* Replays a corpus through a fuzz target without libFuzzer: each input as it is, then fixed mutations of it. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { INPUT_MAX_LEN = 1 << 20, TRUNCATIONS = 64, MUTATIONS = 256 };

/* there under ASan and UBSan, whose abort runs no atexit handler */
extern void __sanitizer_set_death_callback(void (*callback)(void)) __attribute__((weak));

static uint64_t rng_state;
static size_t runs;
static const char *current = "?";

/* splitmix64: the same mutations on every machine */
static uint64_t rng(void)
{
	uint64_t z = (rng_state += 0x9e3779b97f4a7c15u);

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
	return z ^ (z >> 31);
}

/* The copy has exactly the input's size, so that a sanitizer sees the first byte read past its end. */
static void feed(const uint8_t *data, size_t size)
{
	uint8_t *copy = malloc(size ? size : 1);

	if (!copy)
		abort();
	if (size)
		memcpy(copy, data, size);
	LLVMFuzzerTestOneInput(copy, size);
	free(copy);
	runs++;
}

static void truncations(const uint8_t *data, size_t size)
{
	size_t step = size / TRUNCATIONS + 1;

	for (size_t n = 0; n < size; n += step)
		feed(data, n);
}

static const uint8_t nasty[] = { 0x00, 0xff, 0x80, 0x7f, '\n', '\r', '"', '\\', '{', '[', '%', '\'', '$', 0xc0, ' ', ':' };

/* One to four edits: flip a bit, write a nasty byte, remove a run, repeat a run. */
static size_t mutate(uint8_t *buf, size_t size, size_t room)
{
	unsigned edits = 1 + (unsigned)(rng() % 4);

	while (edits-- && size) {
		size_t at = (size_t)(rng() % size);
		size_t len = 1 + (size_t)(rng() % 16);

		if (len > size - at)
			len = size - at;
		switch (rng() % 4) {
		case 0:
			buf[at] ^= (uint8_t)(1u << (rng() % 8));
			break;
		case 1:
			buf[at] = nasty[rng() % sizeof nasty];
			break;
		case 2:
			memmove(buf + at, buf + at + len, size - at - len);
			size -= len;
			break;
		default:
			if (size + len > room)
				break;
			memmove(buf + at + len, buf + at, size - at);
			size += len;
			break;
		}
	}
	return size;
}

static void mutations(const uint8_t *data, size_t size)
{
	size_t room = size + 256;
	uint8_t *buf = malloc(room);
	/* large inputs cost more for each round and gain little from it */
	unsigned rounds = size > 65536 ? MUTATIONS / 16 : MUTATIONS;

	if (!buf)
		abort();
	for (unsigned i = 0; i < rounds; i++) {
		if (size)
			memcpy(buf, data, size);
		feed(buf, mutate(buf, size, room));
	}
	free(buf);
}

static int replay(const char *path)
{
	struct stat st;
	uint8_t *data = NULL;
	size_t size = 0;
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0 || fstat(fd, &st) < 0 || st.st_size > INPUT_MAX_LEN) {
		fprintf(stderr, "%s: %s\n", path, fd < 0 ? strerror(errno) : "cannot be used as an input");
		if (fd >= 0)
			close(fd);
		return -1;
	}
	data = malloc((size_t)st.st_size + 1);
	if (!data)
		abort();
	for (;;) {
		ssize_t n = read(fd, data + size, (size_t)st.st_size - size);

		if (n <= 0)
			break;
		size += (size_t)n;
	}
	close(fd);
	current = path;
	rng_state = size;
	feed(data, size);
	truncations(data, size);
	mutations(data, size);
	free(data);
	return 0;
}

static int visible(const struct dirent *e)
{
	return e->d_name[0] != '.';
}

static int replay_folder(const char *dir, size_t *files)
{
	struct dirent **names = NULL;
	int n = scandir(dir, &names, visible, alphasort);
	int rc = 0;

	if (n < 0) {
		fprintf(stderr, "%s: %s\n", dir, strerror(errno));
		return -1;
	}
	for (int i = 0; i < n; i++) {
		char path[4096];

		snprintf(path, sizeof path, "%s/%s", dir, names[i]->d_name);
		if (replay(path) < 0)
			rc = -1;
		else
			++*files;
		free(names[i]);
	}
	free(names);
	return rc;
}

/* A crash says which input it came from; the sanitizers' own report follows. */
static void blame(void)
{
	if (current)
		fprintf(stderr, "last input: %s (run %zu)\n", current, runs);
}

int main(int argc, char **argv)
{
	size_t files = 0;

	if (argc < 2) {
		fprintf(stderr, "usage: %s CORPUS_FOLDER|FILE...\n", argv[0]);
		return 2;
	}
	atexit(blame);
	if (__sanitizer_set_death_callback)
		__sanitizer_set_death_callback(blame);
	feed((const uint8_t *)"", 0);
	for (int i = 1; i < argc; i++) {
		struct stat st;

		if (stat(argv[i], &st) == 0 && S_ISREG(st.st_mode)) {
			if (replay(argv[i]) < 0)
				return 1;
			files++;
		} else if (replay_folder(argv[i], &files) < 0) {
			return 1;
		}
	}
	if (!files) {
		fprintf(stderr, "no input: the corpus is empty\n");
		return 1;
	}
	current = NULL;
	printf("%zu files, %zu runs\n", files, runs);
	return 0;
}
