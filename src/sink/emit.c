/* SPDX-License-Identifier: Apache-2.0 */
/* Which sink, and its order of work: mask all, put all. */
#include <mayfly/sink.h>

static bool is_kind(const char *name, const char *kind)
{
	const size_t n = strlen(kind);

	return strncmp(name, kind, n) == 0 && (name[n] == ':' || name[n] == '\0');
}

const char *mf_sink_arg(const char *name)
{
	const char *colon = name ? strchr(name, ':') : NULL;

	return colon ? colon + 1 : NULL;
}

static int refuse_dotenv(struct mf_err *err)
{
	mf_fail(err, MF_E_SINK_DOTENV, "secrets are not written to a dotenv report");
	mf_err_why(err, "GitLab stores the report as an artifact, which anyone with access to the job can download");
	mf_err_hint(err, "fetch the secrets in the job that needs them:  eval \"$(mayfly export --unmasked-ok)\"");
	mf_err_note(err, "nothing was exported");
	return -1;
}

static int by_ci(const struct mf_sink **out, const struct mf_job *job, struct mf_err *err)
{
	if (job->ci == MF_CI_GITHUB) {
		*out = &mf_sink_github;
		return 0;
	}
	if (job->ci == MF_CI_GITLAB) {
		*out = &mf_sink_gitlab;
		return 0;
	}
	mf_fail(err, MF_E_SINK_NONE, "there is no place to export secrets to");
	mf_err_why(err, "this is no job of GitHub Actions or GitLab CI, and nothing is printed unless asked");
	mf_err_hint(err, "say where:  --to shell  (text for eval) or  --to file:PATH");
	return -1;
}

int mf_sink_pick(const struct mf_sink **out, const char *name, const struct mf_job *job, struct mf_err *err)
{
	static const struct mf_sink *const sinks[] = { &mf_sink_github, &mf_sink_gitlab, &mf_sink_shell };

	if (!name || !*name)
		return by_ci(out, job, err);
	if (is_kind(name, "dotenv"))
		return refuse_dotenv(err);
	if (is_kind(name, "file")) {
		*out = &mf_sink_file;
		return 0;
	}
	for (size_t i = 0; i < MF_COUNT(sinks); i++) {
		if (strcmp(name, sinks[i]->name) == 0) {
			*out = sinks[i];
			return 0;
		}
	}
	mf_fail(err, MF_E_SINK_NONE, "'%s' is no place to export secrets to", name);
	mf_err_hint(err, "one of: github, gitlab, shell, file:PATH");
	return -1;
}

/* A step output alone has a name of its own; a file is called like its variable. */
static bool shares_name(const struct mf_item *item)
{
	return !item->no_env || item->as == MF_AS_FILE;
}

/* Of two values under one name a program would get the one that happens to be the last. */
static int check_names(const struct mf_items *items, struct mf_err *err)
{
	for (size_t i = 1; i < items->n; i++) {
		for (size_t k = 0; k < i; k++) {
			const struct mf_item *a = &items->v[k], *b = &items->v[i];

			if (strcmp(a->name, b->name) || !shares_name(a) || !shares_name(b))
				continue;
			mf_fail(err, MF_E_SINK_TWICE, "two secrets are called '%s'", b->name);
			mf_err_sent(err, "%s and %s", a->from ? a->from : "one", b->from ? b->from : "another");
			mf_err_hint(err, "give one of them another name or a prefix");
			mf_err_note(err, "nothing was exported");
			return -1;
		}
	}
	return 0;
}

int mf_emit_prepare(const struct mf_sink *sink, void *st, const struct mf_items *items, struct mf_err *err)
{
	if (check_names(items, err))
		return -1;
	for (size_t i = 0; i < items->n && sink->mask; i++)
		if (!items->v[i].plain && sink->mask(st, &items->v[i], err))
			return -1;
	for (size_t i = 0; i < items->n; i++)
		if (sink->put(st, &items->v[i], err))
			return -1;
	return 0;
}
