/* SPDX-License-Identifier: Apache-2.0 */
/* The policy as data: what each class may live at most, and why; and the judgement of a credential by a maximum. */
#include <mayfly/lifetime.h>

enum { MIN = 60, H = 3600, D = 86400 };

/* Where the design has one figure, `strict` is the same, but for the two that it names a better one for. */
static const struct mf_life_rule rules[MF_LC_COUNT] = {
	[MF_LC_NONE] = { "none", NULL, MF_LIFE_FOREVER, MF_LIFE_FOREVER, 0, "it is public, or opens nothing by itself" },
	[MF_LC_CI_TOKEN] = { "ci_token", "ci_token", 60 * MIN, 15 * MIN, 0,
		"a job's token has to outlive the job and no more; most jobs end within the hour, and what leaks from a log is found by others within minutes" },
	[MF_LC_HUMAN_SESSION] = { "human_session", "human_session", 12 * H, 12 * H, 0,
		"a working day: a person can log in again, and a stolen laptop is not a key the next morning" },
	[MF_LC_SERVICE_TOKEN] = { "service_token", "service_token", 4 * H, 4 * H, 24 * H,
		"a machine renews without effort, so what limits it is the longest run that cannot renew" },
	[MF_LC_DATABASE] = { "database", "database", 24 * H, 24 * H, 30 * D,
		"a dynamic credential is made for one deployment; after a day the pool that uses it has been renewed" },
	[MF_LC_SSH] = { "ssh", "ssh", 8 * H, 8 * H, 90 * D, "a deployment or a night's batch; sshd does not ask anybody whether a certificate was revoked" },
	[MF_LC_SSH_PERSON] = { "ssh_person", "ssh", 30 * MIN, 30 * MIN, 90 * D, "a session outlives its certificate, so a person needs it only to log in" },
	[MF_LC_TLS] = { "tls", "tls", 90 * D, 72 * H, 30 * D,
		"longer than this nobody automates it, and revocation is not checked by most clients; it is renewed 60 days before its end" },
	[MF_LC_TLS_CA] = { "tls_ca", "tls_ca", (int64_t)5 * 365 * D + D, (int64_t)5 * 365 * D + D, 0,
		"it has to outlive what it signed, and an algorithm's last safe years cannot be foreseen much longer" },
	[MF_LC_SECRET_ID] = { "secret_id", "secret_id", 10 * MIN, 10 * MIN, 0, "it is used once, at the start of the job that it was made for" },
	[MF_LC_API_KEY] = { "api_key", "api_key", 90 * D, 90 * D, 90 * D,
		"where nothing shorter can be had, a quarter bounds what a copy that nobody knows of is worth" },
};

const struct mf_life_rule *mf_life_rule(enum mf_life_class class)
{
	return &rules[(unsigned)class < MF_LC_COUNT ? class : MF_LC_NONE];
}

enum mf_life_class mf_life_class_by_name(const char *name)
{
	for (size_t i = 0; name && i < MF_LC_COUNT; i++)
		if (strcmp(rules[i].name, name) == 0)
			return (enum mf_life_class)i;
	return MF_LC_NONE;
}

const char *mf_life_known_name(enum mf_life_known known)
{
	static const char *const names[] = { "unknown", "by format", "measured", "asked" };

	return (size_t)known < MF_COUNT(names) ? names[known] : names[0];
}

const char *mf_life_verdict_name(enum mf_life_verdict v)
{
	static const char *const names[] = { "ok", "too long", "expired", "unknown", "job-bound" };

	return (size_t)v < MF_COUNT(names) ? names[v] : names[MF_LV_UNKNOWN];
}

/* Issuers date a certificate back by a minute or two, for clocks that are behind: Vault's 90 days are 90 days and 30 seconds, ssh-keygen's eight
 * hours up to two minutes more. That much, and no more than a tenth, is not held against them. */
static bool too_long(const struct mf_life *life, int64_t max)
{
	int64_t slack = max / 10 < MF_LIFE_LEEWAY ? max / 10 : MF_LIFE_LEEWAY;

	if (life->known < MF_LIFE_MEASURED || !life->issued || life->lifetime == MF_LIFE_FOREVER)
		slack = 0;
	return life->lifetime > max && life->lifetime - max > slack;
}

/* What is bound to the job comes first: its end is the job's, whatever its own date says. Then what is over: it opens nothing any
 * more, however long it lived. */
enum mf_life_verdict mf_life_judge(const struct mf_life *life, int64_t max, int64_t job_max)
{
	bool longer = too_long(life, max);

	if (life->flags & MF_LIFE_JOB_BOUND)
		return job_max > 0 && too_long(life, job_max) && !(life->flags & MF_LIFE_AT_MOST) ? MF_LV_TOO_LONG : MF_LV_JOB_BOUND;
	if (life->flags & MF_LIFE_EXPIRED)
		return MF_LV_EXPIRED;
	if (max == MF_LIFE_FOREVER)
		return MF_LV_OK;
	if (life->lifetime < 0)
		return MF_LV_UNKNOWN;
	/* at most a day may be an hour */
	if (longer && (life->flags & MF_LIFE_AT_MOST))
		return MF_LV_UNKNOWN;
	return longer ? MF_LV_TOO_LONG : MF_LV_OK;
}
