/* SPDX-License-Identifier: Apache-2.0 */
/* docker-credential-mayfly: Docker asks it for a registry's user and password whenever it needs them, so that no `docker login` leaves one behind in config.json. Source: docker's
 * credential helper protocol (docker-credential-helpers). */
#include "commands.h"
#include "once.h"

#include <stdlib.h>
#include <unistd.h>
#include <mayfly/alloc.h>
#include <mayfly/fs.h>

enum { SERVER_MAX = 2048 };

static const struct mf_opt opts[] = {
	MF_OPTS_AWS,
	MF_OPTS_GCP,
	MF_OPTS_AZURE,
	MF_OPTS_IDENTITY,
	MF_OPTS_NET,
	{ .kind = MF_OPT_END },
};

int mf_docker_argv(int *argc, char ***argv, struct mf_err *err)
{
	static char command[] = "docker-credential", program[] = "mayfly";
	const char *slash = *argc > 0 ? strrchr((*argv)[0], '/') : NULL, *name = slash ? slash + 1 : *argc > 0 ? (*argv)[0] : "";
	char **out;

	if (strcmp(name, "docker-credential-mayfly") != 0)
		return 0;
	out = mf_calloc((size_t)*argc + 2, sizeof(*out));
	if (!out)
		return mf_fail_nomem(err);
	out[0] = program;
	out[1] = command;
	for (int i = 1; i < *argc; i++)
		out[i + 1] = (*argv)[i];
	*argv = out;
	++*argc;
	return 1;
}

/* "https://123456789012.dkr.ecr.eu-west-1.amazonaws.com/v2/" -> the host */
static struct mf_str host_of(struct mf_str server)
{
	const char *scheme = server.n ? memmem(server.p, server.n, "://", 3) : NULL;
	size_t n = 0;

	if (scheme)
		server = (struct mf_str){ scheme + 3, server.n - (size_t)(scheme + 3 - server.p) };
	while (n < server.n && server.p[n] != '/')
		n++;
	return (struct mf_str){ server.p, n };
}

static int log_in(struct mf_env *env, const struct mf_provider *p, struct mf_str server, struct mf_err *err)
{
	MF_CLEANUP(mf_secret_freep) struct mf_secret *secret = NULL;
	MF_CLEANUP(mf_secret_freep) struct mf_secret *answer = NULL;
	struct mf_identity who = { 0 };
	struct mf_cred cred = { 0 };
	struct mf_http *http = NULL;
	const char *user = NULL;
	int rc = mf_once_login(&cred, &who, env, p, err) || mf_once_open(&http, env, p, err) || mf_registry_login(&user, &secret, &cred, http, host_of(server), err) ||
		 mf_registry_answer(&answer, server, user, secret, err) || mf_fs_write_secret(STDOUT_FILENO, answer, "standard output", err) ? -1 : 0;

	mf_http_close(http);
	mf_cred_free(&cred);
	mf_identity_free(&who);
	return rc;
}

/* What Docker takes for "ask somebody else": these very words on standard output. */
static int not_ours(struct mf_env *env, struct mf_err *err)
{
	fputs("credentials not found in native keychain\n", env->out);
	mf_fail(err, MF_E_CMD_REGISTRY, "this is no registry of AWS, Google Cloud or Azure");
	mf_err_hint(err, "name mayfly in 'credHelpers' of ~/.docker/config.json for single registries, and not as 'credsStore'");
	return -1;
}

static int get(struct mf_env *env, struct mf_err *err)
{
	char text[SERVER_MAX];
	size_t n = 0;
	ssize_t got;
	struct mf_str server;
	const struct mf_provider *p;

	if (mf_once_piped("Docker", "name it in 'credHelpers' of ~/.docker/config.json, and Docker calls it", err))
		return -1;
	while (n < sizeof(text) && (got = mf_fs_read_fd(STDIN_FILENO, text + n, sizeof(text) - n)) > 0)
		n += (size_t)got;
	server = mf_trim((struct mf_str){ text, n < sizeof(text) ? n : 0 });
	p = mf_registry_provider(host_of(server));
	return p ? log_in(env, p, server, err) : not_ours(env, err);
}

static int run(struct mf_env *env, const struct mf_args *args, struct mf_err *err)
{
	const char *what = args->n ? args->v[0] : "";

	if (strcmp(what, "get") == 0)
		return get(env, err);
	if (strcmp(what, "list") == 0) {
		fputs("{}\n", env->out);
		return 0;
	}
	/* there is nothing kept that could be forgotten */
	if (strcmp(what, "erase") == 0)
		return 0;
	mf_fail(err, MF_E_CMD_REGISTRY, strcmp(what, "store") == 0 ? "nothing is stored: each login is made when it is needed" : "what is asked for?");
	mf_err_hint(err, "Docker calls it with get, list or erase");
	return -1;
}

const struct mf_cmd mf_cmd_docker_credential = {
	.name = "docker-credential",
	.args = "get|list|erase|store",
	.brief = "Docker's credential helper for ECR, Artifact Registry and ACR",
	.about =
		"`docker login` writes a password into ~/.docker/config.json, where it stays. As a credential helper mayfly logs in by the job's identity whenever Docker needs a registry: link it as "
		"docker-credential-mayfly into a folder of PATH, and name it in credHelpers for each registry. Amazon's ECR, Google's Artifact Registry (and gcr.io) and Azure's ACR are known by "
		"their hosts; the logins are those of the sections aws, gcp and azure.",
	.example =
		"ln -s \"$(command -v mayfly)\" /usr/local/bin/docker-credential-mayfly\n"
		"# ~/.docker/config.json\n"
		"{ \"credHelpers\": { \"123456789012.dkr.ecr.eu-west-1.amazonaws.com\": \"mayfly\", \"europe-docker.pkg.dev\": \"mayfly\" } }\n",
	.opts = opts,
	.needs = MF_NEEDS_NET | MF_NEEDS_TOKEN | MF_NEEDS_CONF,
	.prints = true,
	.bare = true,
	.run = run,
};
