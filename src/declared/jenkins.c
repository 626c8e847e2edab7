/* SPDX-License-Identifier: Apache-2.0 */
/* Jenkinsfiles: Groovy, read line by line; the whole file is one job. Credentials that Jenkins keeps are bound by name. */
#include "ci.h"


static bool wants(const char *path)
{
	const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;

	return strncmp(name, "Jenkinsfile", 11) == 0 || mf_dc_ends(path, ".jenkinsfile") || mf_dc_ends(path, ".Jenkinsfile");
}

/* The text between the first two quotes after `from`. */
static struct mf_str quoted(struct mf_str line, size_t from)
{
	for (size_t i = from; i < line.n; i++) {
		const char *end;

		if (line.p[i] != '\'' && line.p[i] != '"')
			continue;
		end = memchr(line.p + i + 1, line.p[i], line.n - i - 1);
		return end ? (struct mf_str){ .p = line.p + i + 1, .n = (size_t)(end - line.p) - i - 1 } : (struct mf_str){ 0 };
	}
	return (struct mf_str){ 0 };
}

/* The value of an argument: variable: 'NAME'. */
static struct mf_str argument(struct mf_str line, const char *name)
{
	size_t at = mf_dc_seek(line, 0, mf_str(name));

	return at == SIZE_MAX ? (struct mf_str){ 0 } : quoted(line, at + strlen(name));
}

/* What a binding to a variable of that name gives; of a file, the variable has its path. */
static enum mf_dc_issuer bound(struct mf_str name)
{
	if (mf_str_is(name, "GOOGLE_APPLICATION_CREDENTIALS"))
		return MF_IS_GCP;
	return mf_str_is(name, "KUBECONFIG") ? MF_IS_KUBE : mf_dc_issuer_of(name);
}

/* Steps that log in by a credential that Jenkins keeps: to a registry, unless it is a cloud's login that is made for the step, and to a cluster. */
static int registry(struct mf_dc_job *j, const struct mf_dc_text *t, struct mf_str line, struct mf_err *err)
{
	const struct mf_str with = mf_str("docker.withRegistry("), step = mf_str("withDockerRegistry("), kube = mf_str("withKubeConfig(");
	const size_t at = mf_dc_seek(line, 0, with);
	const bool second = at != SIZE_MAX && memchr(line.p + at, ',', line.n - at);

	if (mf_dc_seek(line, 0, kube) != SIZE_MAX && mf_dc_has(line, "credentialsId") && mf_dc_tell(j, MF_IS_KUBE, mf_str("withKubeConfig"), t, line, kube, err))
		return -1;
	if (mf_dc_has(line, "ecr:") || mf_dc_has(line, "gcr:"))
		return 0;
	if (second)
		return mf_dc_tell(j, MF_IS_DOCKER, mf_str("docker.withRegistry"), t, line, with, err);
	return mf_dc_has(line, "withDockerRegistry(") && mf_dc_has(line, "credentialsId") ?
		mf_dc_tell(j, MF_IS_DOCKER, mf_str("withDockerRegistry"), t, line, step, err) : 0;
}

/* withCredentials() and credentials('id') of a static kind. */
static int bindings(struct mf_dc_job *j, const struct mf_dc_text *t, struct mf_str line, struct mf_err *err)
{
	static const char *const aws[] = { "AmazonWebServicesCredentialsBinding", "aws(credentialsId", "withAWS(" };
	static const char *const arguments[] = { "variable:", "passwordVariable:", "secretKeyVariable:" };

	for (size_t i = 0; i < MF_COUNT(aws); i++) {
		/* withAWS() by itself takes what the agent has */
		if (!mf_dc_has(line, aws[i]) || mf_dc_has(line, "role") || (strcmp(aws[i], "withAWS(") == 0 && !mf_dc_has(line, "credentials")))
			continue;
		if (mf_dc_tell(j, MF_IS_AWS, mf_str("AWS_SECRET_ACCESS_KEY"), t, line, mf_str(aws[i]), err))
			return -1;
	}
	if (mf_dc_has(line, "azureServicePrincipal(") &&
	    mf_dc_tell(j, MF_IS_AZURE, mf_str("AZURE_CLIENT_SECRET"), t, line, mf_str("azureServicePrincipal("), err))
		return -1;
	if ((mf_dc_has(line, "sshUserPrivateKey(") || (mf_dc_has(line, "sshagent(") && (mf_dc_has(line, "['") || mf_dc_has(line, "[\"") || mf_dc_has(line, "credentials")))) &&
	    mf_dc_tell(j, MF_IS_SSH, mf_str("ssh"), t, line, mf_str(mf_dc_has(line, "sshagent(") ? "sshagent(" : "sshUserPrivateKey("), err))
		return -1;
	for (size_t i = 0; i < MF_COUNT(arguments); i++) {
		const struct mf_str name = argument(line, arguments[i]);
		const enum mf_dc_issuer issuer = bound(name);

		if (issuer != MF_IS_COUNT && mf_dc_tell(j, issuer, name, t, line, name, err))
			return -1;
	}
	return registry(j, t, line, err);
}

/* NAME = 'literal' and NAME = credentials('id') of an environment block. */
static int assignment(struct mf_dc_job *j, const struct mf_dc_text *t, struct mf_str line, struct mf_err *err)
{
	struct mf_str name = { .p = line.p }, rest, value;
	struct mf_check_place at;

	if (mf_str_begins(line, "def ")) {
		name.p += 4;
		line = (struct mf_str){ .p = line.p + 4, .n = line.n - 4 };
	}
	while (name.n < line.n && mf_dc_word(line.p[name.n]))
		name.n++;
	rest = mf_trim((struct mf_str){ .p = line.p + name.n, .n = line.n - name.n });
	if (!name.n || rest.n < 3 || rest.p[0] != '=' || rest.p[1] == '=')
		return 0;
	rest = mf_trim((struct mf_str){ .p = rest.p + 1, .n = rest.n - 1 });
	if (mf_str_begins(rest, "credentials(")) {
		const enum mf_dc_issuer issuer = bound(name);

		return issuer == MF_IS_COUNT ? 0 : mf_dc_tell(j, issuer, name, t, line, name, err);
	}
	value = rest.n && (rest.p[0] == '\'' || rest.p[0] == '"') ? quoted(rest, 0) : (struct mf_str){ 0 };
	if (!value.n || !*j->left)
		return 0;
	--*j->left;
	at = mf_dc_seen(j, t, line, value, NULL);
	return mf_dc_variable(j, name, value, &at, err);
}

static int check(const struct mf_declared *d, const struct mf_dc_file *f, struct mf_check *c, struct mf_err *err)
{
	size_t bytes = MF_DC_TEXT;
	unsigned left = MF_DC_PER_FILE;
	struct mf_dc_job j = { .file = f, .c = c, .ci = MF_CI_JENKINS, .first = c->list.n, .bytes = &bytes, .left = &left, .name = "the job",
		.oidc = mf_dc_uses_identity(f->bytes) };
	size_t at = 0;
	struct mf_str line;
	bool comment = false;

	(void)d;
	for (size_t begin = 0; mf_dc_line(f->bytes, &at, &line); begin = at) {
		const struct mf_str s = mf_trim(line);
		const struct mf_dc_text t = { .s = s, .at = begin };

		if (mf_str_begins(s, "/*"))
			comment = true;
		if (comment || !s.n || mf_str_begins(s, "//") || mf_str_begins(s, "#")) {
			comment &= !mf_dc_has(s, "*/");
			continue;
		}
		/* a pipeline's own step: what is in its quotes is the shell's */
		if (bindings(&j, &t, s, err) || assignment(&j, &t, s, err) || mf_dc_script(&j, &t, err))
			return -1;
	}
	return 0;
}

const struct mf_dc_family mf_dc_jenkins = { .name = "Jenkins", .wants = wants, .check = check };
