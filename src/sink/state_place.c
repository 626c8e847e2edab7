/* SPDX-License-Identifier: Apache-2.0 */
/* Where the state file is: folders that every step of the job finds again from the same facts. */
#include "state.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>
#include <mayfly/alloc.h>
#include <mayfly/fs.h>

enum { KEY_MAX = 200 };

static const char *get(mf_getenv_fn env, const char *name)
{
	const char *v = env ? env(name) : NULL;

	return v && *v ? v : NULL;
}

/* Letters and digits of a fact; anything else becomes '-', so that no fact leads elsewhere. */
static void append_fact(char *key, const char *fact)
{
	size_t n = strlen(key);

	if (!fact)
		return;
	if (n + 1 < KEY_MAX)
		key[n++] = '-';
	for (; *fact && n + 1 < KEY_MAX; fact++) {
		const bool plain = (*fact >= '0' && *fact <= '9') || ((*fact | 32) >= 'a' && (*fact | 32) <= 'z') || *fact == '_';

		key[n++] = plain ? *fact : '-';
	}
	key[n] = '\0';
}

/* FNV-1a: tells texts apart that nobody chose to be alike; whoever could choose them is the job itself. */
static uint64_t mix(uint64_t sum, const char *text)
{
	do
		sum = (sum ^ (unsigned char)*text) * UINT64_C(0x100000001b3);
	while (*text++);
	return sum;
}

static void append_sum(char *key, const char *kind, uint64_t sum)
{
	char text[48];

	snprintf(text, sizeof(text), "%s-%016llx", kind, (unsigned long long)sum);
	append_fact(key, text);
}

/* What other CIs call a job. All that is set counts, since several of them have no variable that names a job alone. */
static bool append_other_job(char *key, mf_getenv_fn env)
{
	static const char *const names[] = {
		"APPVEYOR_JOB_ID", "BITBUCKET_STEP_UUID", "BUILDKITE_JOB_ID", "BUILD_BUILDID", "BUILD_NUMBER", "BUILD_TAG", "BUILD_URL",
		"CIRCLE_WORKFLOW_JOB_ID", "CIRRUS_TASK_ID", "CODEBUILD_BUILD_ID", "DRONE_BUILD_NUMBER", "DRONE_REPO",
		"DRONE_STAGE_NUMBER", "SEMAPHORE_JOB_ID", "SYSTEM_JOBID", "TEAMCITY_BUILDCONF_NAME", "TEAMCITY_PROJECT_NAME",
		"TRAVIS_JOB_ID",
	};
	uint64_t sum = UINT64_C(0xcbf29ce484222325);
	bool any = false;

	for (size_t i = 0; i < MF_COUNT(names); i++) {
		const char *value = get(env, names[i]);

		if (!value)
			continue;
		sum = mix(mix(sum, names[i]), value);
		any = true;
	}
	if (any)
		append_sum(key, "job", sum);
	return any;
}

/* Cuts the path down to the checkout that it is in, if it is in one. */
static void cut_to_checkout(char *path)
{
	MF_CLEANUP(mf_freep) char *at = mf_strdup(path);
	struct stat st;

	while (at && *at) {
		MF_CLEANUP(mf_freep) char *git = mf_path_join(at, ".git");

		if (git && lstat(git, &st) == 0) {
			path[strlen(at)] = '\0';
			return;
		}
		*strrchr(at, '/') = '\0';
	}
}

/* Where no job has a name, what was obtained for one project is not another's to end. */
static void append_folder(char *key)
{
	MF_CLEANUP(mf_freep) char *here = getcwd(NULL, 0);

	if (here && *here == '/')
		cut_to_checkout(here);
	append_sum(key, "dir", mix(UINT64_C(0xcbf29ce484222325), here ? here : ""));
}

size_t mf_state_folders(const struct mf_job *job)
{
	size_t n = 0;

	while (n < MF_COUNT(job->state_dirs) && job->state_dirs[n])
		n++;
	return n ? n : 1;
}

char *mf_state_folder(const struct mf_job *job, mf_getenv_fn env, size_t i)
{
	char key[KEY_MAX];

	snprintf(key, sizeof(key), "mayfly-%u", (unsigned)geteuid());
	switch (job->ci) {
	case MF_CI_GITHUB:
		append_fact(key, job->run_id);
		append_fact(key, job->run_attempt);
		append_fact(key, job->job_name);
		break;
	case MF_CI_GITLAB:
		append_fact(key, get(env, "CI_JOB_ID"));
		break;
	case MF_CI_OTHER:
		if (append_other_job(key, env))
			break;
		/* fall through */
	case MF_CI_LOCAL:
		append_folder(key);
		break;
	}
	return mf_path_join(job->state_dirs[i] ? job->state_dirs[i] : job->temp_dir ? job->temp_dir : "/tmp", key);
}
