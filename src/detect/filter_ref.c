/* SPDX-License-Identifier: Apache-2.0 */
/* What stands for a secret that is kept elsewhere, and code that computes one. */
#include "filter_priv.h"

/* Beginnings of expressions that read a variable, and of addresses in secret stores. One that ends in a letter or digit is followed by something else. */
static const char *const begins[] = {
	"process.env", "os.environ", "os.getenv", "getenv", "system.getenv", "env.", "env[", "env(", "env:", "$env", "import.meta", "secrets.", "vars.", "var.",
	"local.", "data.", "module.", "each.", "inputs.", "params.", "config.", "configuration", "settings.", "options.", "opts.", "props.", "this.", "self.",
	"cls.", "ctx.", "context.", "request.", "req.", "res.", "response.", "args.", "argv", "state.", "window.", "document.", "app.", "application.", "github.",
	"matrix.", "needs.", "steps.", "variables.", "parameters.", "resources.", "outputs.", "random_password", "random_string", "tls_private_key", "vault:",
	"vault/", "ssm:", "secretsmanager", "aws-sm", "aws-ssm", "gcp-sm", "azure-kv", "keyvault", "op://", "ref+", "sops:", "enc[", "enc(", "encrypted:", "{cipher}",
	"keyring:", "keychain:", "@env:", "@keychain:", "file:", "file(", "projects/", "arn:", "!ref", "!sub", "!getatt", "fn::", "!vault", "lookup(", "ansible", "hiera", "new ",
	"function", "async ", "await ", "lambda", "return ", "typeof ", "null", "none", "nil", "true", "false", "undefined", "string", "bytes", "byte[]", "optional",
	"required", "@param", "@inject", "@value", "credentials", "base64", "b64", "%env(", "$ansible_vault", "_.", "$.",
};

static bool begins_so(struct mf_str s)
{
	for (size_t i = 0; i < MF_COUNT(begins); i++) {
		size_t n = strlen(begins[i]);

		if (mf_f_begins(s, begins[i]) && (!mf_f_alnum(begins[i][n - 1]) || s.n == n || !mf_f_alnum(s.p[n])))
			return true;
	}
	return false;
}

/* name(...), name[...], a->b, a::b, a => b */
static bool expression(struct mf_str s)
{
	static const char *const marks[] = { "()", "=>", "->", "::", "&&", "||", "!==", "== ", " += ", "\\n\"", "\" +", "' +", ").", "](", "?.", "||=" };
	size_t n = 0;

	while (n < s.n && (mf_f_alnum(s.p[n]) || mf_f_among(s.p[n], "_.$")))
		n++;
	if (n && n < s.n && mf_f_among(s.p[n], "([") && mf_f_letter(s.p[0]))
		return true;
	return MF_F_HAS(s, marks);
}

/* a.b.c, each part an identifier: property access. A token's parts are not words. */
static bool property(struct mf_str s)
{
	size_t dots = 0, part = 0;

	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] == '.') {
			if (part == 0)
				return false;
			dots++;
			part = 0;
		} else if (mf_f_letter(s.p[i]) || s.p[i] == '_' || (part && mf_f_digit(s.p[i]))) {
			part++;
		} else {
			return false;
		}
	}
	return dots && part && mf_f_wordiness(s) > 0;
}

/* The value is cut out of code: an operator, a call or an index goes on behind it. */
static bool code_goes_on(const struct mf_value *v)
{
	char c = v->after.n ? v->after.p[0] : 0;

	if (v->quote)
		return false;
	if (c == '(' || c == '[' || mf_f_begins(v->after, "->") || mf_f_begins(v->after, "::"))
		return true;
	return c == '.' && v->after.n > 1 && mf_f_letter(v->after.p[1]) && !(v->classes & MF_F_DIGIT);
}

/* An anchor, a symbol, a tag: a sign and a name. Without quotes somebody's password may look so, in a file of settings. */
static bool marked_name(const struct mf_value *v)
{
	const struct mf_str name = mf_f_from(v->s, 1);

	if (v->quote || name.n == 0 || !mf_f_among(v->s.p[0], "&*@:!") || !mf_f_letter(name.p[0]) ||
	    mf_f_classes(name) & ~(unsigned)(MF_F_LOWER | MF_F_UPPER | MF_F_JOINT))
		return false;
	return mf_f_wordiness(name) > -4 * (int)name.n || !mf_f_setting(v);
}

/* arn:aws:secretsmanager:REGION:ACCOUNT:secret:NAME, of which the beginning may be too far away, and expressions for that. */
static bool in_arn(struct mf_str before)
{
	size_t digits = 0, n = before.n;

	while (n && mf_f_among(before.p[n - 1], "[("))
		n--;
	before = mf_f_head(before, n);
	if (!mf_f_ends(before, ":secret:"))
		return false;
	n -= strlen(":secret:");
	before = mf_f_head(before, n);
	while (digits < n && mf_f_digit(before.p[n - 1 - digits]))
		digits++;
	return digits == 12 || mf_f_ends(before, "{12}") || mf_f_has(before, "secretsmanager:");
}

const char *mf_f_reference(const struct mf_value *v)
{
	if (begins_so(v->s) || property(v->s))
		return "reference";
	if (expression(v->s) || code_goes_on(v))
		return "code";
	if (v->s.n > 1 && v->s.p[0] == '$' && !v->quote && mf_f_letter(v->s.p[1]))
		return "reference";
	if (marked_name(v))
		return "reference";
	return in_arn(v->before) ? "reference" : NULL;
}
