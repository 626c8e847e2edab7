/* SPDX-License-Identifier: Apache-2.0 */
/* az, logged in as the job: it reads the identity token, or the client secret, from a file of ours (`@FILE`), so that no command line and no variable has it. */
#include "azure_cli.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>
#include <mayfly/alloc.h>
#include <mayfly/fs.h>
#include <mayfly/log.h>

enum { ARGUMENTS = 16 };

struct az {
	const char *argv[ARGUMENTS];
	size_t n;
};

static const char *text(const struct mf_session *s, enum mf_key k)
{
	const char *v = mf_conf_str(s->env->conf, k);

	return v && *v ? v : NULL;
}

static void add(struct az *az, const char *a, const char *b)
{
	if (az->n + 2 < ARGUMENTS && a)
		az->argv[az->n++] = a;
	if (az->n + 1 < ARGUMENTS && b)
		az->argv[az->n++] = b;
}

static int wait_for(pid_t pid, const char *what, struct mf_err *err)
{
	int status;

	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return mf_fail_errno(err, MF_E_CMD_AZ, errno, "cannot wait for az");
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return 0;
	if (WIFEXITED(status) && WEXITSTATUS(status) == 127) {
		mf_fail(err, MF_E_CMD_AZ, "there is no az to log in");
		mf_err_hint(err, "install Azure's command line on the runner, or leave 'azure.cli' out: SDKs and Terraform need no az");
		return -1;
	}
	mf_fail(err, MF_E_CMD_AZ, "az %s failed", what);
	mf_err_why(err, WIFSIGNALED(status) ? "signal %d" : "exit code %d; it says why above", WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status));
	return -1;
}

/* Its output is a list of subscriptions, which nobody asked for. */
static int start(struct mf_session *s, struct az *az, const char *what, struct mf_err *err)
{
	pid_t pid;

	az->argv[az->n] = NULL;
	fflush(s->env->out);
	fflush(s->env->err);
	pid = fork();
	if (pid < 0)
		return mf_fail_errno(err, MF_E_CMD_AZ, errno, "cannot start az");
	if (pid == 0) {
		const int null = open("/dev/null", O_RDWR | O_CLOEXEC);

		dup2(null, STDIN_FILENO);
		dup2(null, STDOUT_FILENO);
		execvp("az", (char *const *)az->argv);
		_exit(errno == ENOENT ? 127 : 126);
	}
	return wait_for(pid, what, err);
}

static const char *file_of(const struct mf_session *s, const char *name)
{
	for (size_t i = 0; i < s->n_files; i++) {
		const char *slash = strrchr(s->files[i], '/');

		if (slash && strcmp(slash + 1, name) == 0)
			return s->files[i];
	}
	return NULL;
}

/* "@/path/of/the/file": az reads any argument that begins so from there. */
static char *at_file(const char *path)
{
	char *out = path ? mf_calloc(strlen(path) + 2, 1) : NULL;

	if (out)
		snprintf(out, strlen(path) + 2, "@%s", path);
	return out;
}

static int secret_file(char **path, const struct mf_session *s, const struct mf_secret *secret, struct mf_err *err)
{
	MF_CLEANUP(mf_closep) int fd = -1;
	char name[64];

	snprintf(name, sizeof(name), "mayfly-az-%ld", (long)getpid());
	*path = mf_path_join(s->env->job.temp_dir, name);
	if (!*path)
		return mf_fail_nomem(err);
	fd = mf_fs_create(*path, err);
	return fd < 0 ? -1 : mf_fs_write_secret(fd, secret, *path, err);
}

static int set_cloud(struct mf_session *s, struct mf_err *err)
{
	static const struct { const char *ours, *name; } clouds[] = { { "usgovernment", "AzureUSGovernment" }, { "china", "AzureChinaCloud" } };
	const char *cloud = text(s, MF_K_AZURE_CLOUD);

	for (size_t i = 0; i < MF_COUNT(clouds) && cloud; i++)
		if (strcmp(cloud, clouds[i].ours) == 0) {
			struct az az = { .argv = { "az", "cloud", "set", "--output", "none" }, .n = 5 };

			add(&az, "--name", clouds[i].name);
			return start(s, &az, "cloud set", err);
		}
	return 0;
}

static int log_in(struct mf_session *s, struct mf_err *err)
{
	const struct mf_secret *secret = mf_conf_secret(s->env->conf, MF_K_AZURE_CLIENT_SECRET);
	struct az az = { .argv = { "az", "login", "--output", "none" }, .n = 4 };
	MF_CLEANUP(mf_freep) char *file = NULL;
	MF_CLEANUP(mf_freep) char *argument = NULL;
	struct mf_err wiping = { 0 };
	int rc = 0;

	if (mf_conf_bool(s->env->conf, MF_K_AZURE_MANAGED_IDENTITY)) {
		add(&az, "--identity", NULL);
		add(&az, text(s, MF_K_AZURE_CLIENT_ID) ? "--client-id" : NULL, text(s, MF_K_AZURE_CLIENT_ID));
	} else {
		add(&az, "--service-principal", NULL);
		add(&az, "--username", text(s, MF_K_AZURE_CLIENT_ID));
		add(&az, "--tenant", text(s, MF_K_AZURE_TENANT_ID));
		if (secret)
			rc = secret_file(&file, s, secret, err);
		argument = at_file(secret ? file : file_of(s, "AZURE_FEDERATED_TOKEN_FILE"));
		if (rc == 0 && !argument)
			rc = mf_fail(err, MF_E_CMD_AZ, "az has no identity token to log in with: it goes with azure.export");
		add(&az, secret ? "--password" : "--federated-token", argument);
	}
	add(&az, mf_conf_bool(s->env->conf, MF_K_AZURE_NO_SUBSCRIPTION) ? "--allow-no-subscriptions" : NULL, NULL);
	if (rc == 0)
		rc = start(s, &az, "login", err);
	if (file && mf_fs_wipe(file, &wiping))
		mf_warn_err(&wiping);
	return rc;
}

int mf_azure_cli(struct mf_session *s, struct mf_err *err)
{
	const char *subscription = text(s, MF_K_AZURE_SUBSCRIPTION_ID);
	struct az az = { .argv = { "az", "account", "set", "--output", "none" }, .n = 5 };
	bool azure = false;

	for (size_t i = 0; i < s->n_logins; i++)
		azure |= s->logins[i].provider == &mf_provider_azure;
	if (!azure || !s->exported || s->output || !mf_conf_bool(s->env->conf, MF_K_AZURE_CLI))
		return 0;
	if (set_cloud(s, err) || log_in(s, err))
		return -1;
	add(&az, "--subscription", subscription);
	return subscription ? start(s, &az, "account set", err) : 0;
}
