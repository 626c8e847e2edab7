/* SPDX-License-Identifier: Apache-2.0 */
/* The JSON Schema of .mayfly.yml for editors, written from the tables that the parser reads by. */
#include <stdio.h>

#include <mayfly/json.h>

#include "conf_priv.h"
#include "opt_priv.h"

#define NAME_PATTERN "^[A-Za-z_][A-Za-z0-9_]*$"
#define NUMBER "[1-9][0-9]{0,17}"
#define REF_PATTERN "^(vault://[^?#]+([?]version=" NUMBER ")?|azure-kv://[^?#]+([?]version=[A-Za-z0-9]+)?|" \
	"aws-sm://[^?#]+([?](version|stage|region)=[^&#]+(&(version|stage|region)=[^&#]+)*)?|" \
	"aws-ssm://[^?#]+([?](version=" NUMBER "|(stage|region)=[^&#]+)(&(version=" NUMBER "|(stage|region)=[^&#]+))*)?|" \
	"gcp-sm://[^?#]+([?](version|region)=[^&#]+(&(version|region)=[^&#]+)*)?|(env|file)://[^?#]+)(#.+)?$"
#define WHOLE_PATTERN "^(vault|azure-kv|aws-sm|aws-ssm|gcp-sm)://[^#]+$"
#define URL_PATTERN "^[Hh][Tt][Tt][Pp][Ss]?://[^ @\\\\]+$"
#define HEADER_PATTERN "^[!#$%&'*+.^_`|~0-9A-Za-z-]+:"
#define DATE_PATTERN "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"
/* at least one digit that is not 0, then seconds alone or numbers with units, the larger first */
#define DURATION_PATTERN "^(?=.*[1-9])([0-9]+|([0-9]+d)?([0-9]+h)?([0-9]+m)?([0-9]+s)?)$"

static void quoted(struct mf_page *o, const char *s)
{
	if (!o->failed && mf_json_quote(o->buf, mf_str(s), o->err))
		o->failed = true;
}

static void line(struct mf_page *o, int depth, const char *s)
{
	mf_pagef(o, "%*s%s\n", depth * 2, "", s);
}

static void pattern(struct mf_page *o, const char *s)
{
	mf_pagef(o, "\"pattern\": ");
	quoted(o, s);
}

static void enumeration(struct mf_page *o, const char *choices, bool null)
{
	mf_pagef(o, "\"enum\": [");
	for (const char *p = choices; *p; p += strspn(p, " ")) {
		size_t n = strcspn(p, " ");

		mf_pagef(o, "%s\"%.*s\"", p == choices ? "" : ", ", (int)n, p);
		p += n;
	}
	mf_pagef(o, null ? ", null]" : "]");
}

static void list_type(struct mf_page *o, const char *item_pattern)
{
	for (int many = 0; many < 2; many++) {
		mf_pagef(o, many ? ", { \"type\": \"array\", \"maxItems\": 1000, \"items\": " : "\"anyOf\": [");
		mf_pagef(o, "{ \"type\": \"string\", \"minLength\": 1");
		if (item_pattern) {
			mf_pagef(o, ", ");
			pattern(o, item_pattern);
		}
		mf_pagef(o, many ? " } }" : " }");
	}
	mf_pagef(o, ", { \"type\": \"null\" }]");
}

static void type(struct mf_page *o, enum mf_key k)
{
	const struct mf_key_info *info = mf_key_info(k);

	switch (info->type) {
	case MF_KT_BOOL:
		mf_pagef(o, "\"type\": [\"boolean\", \"null\"]");
		break;
	case MF_KT_INT:
		mf_pagef(o, "\"type\": [\"integer\", \"null\"], \"minimum\": 1, \"maximum\": 999999999");
		break;
	case MF_KT_COUNT:
		mf_pagef(o, "\"anyOf\": [{ \"type\": \"integer\", \"minimum\": 0, \"maximum\": 999999999 }, { ");
		enumeration(o, info->choices, true);
		mf_pagef(o, " }]");
		break;
	case MF_KT_DURATION:
		mf_pagef(o, "\"anyOf\": [{ \"type\": \"integer\", \"minimum\": 1 }, { \"type\": \"string\", ");
		pattern(o, DURATION_PATTERN);
		mf_pagef(o, " }, { \"type\": \"null\" }]");
		break;
	case MF_KT_CHOICE:
		enumeration(o, info->choices, true);
		break;
	case MF_KT_URL:
		mf_pagef(o, "\"type\": [\"string\", \"null\"], ");
		pattern(o, URL_PATTERN);
		break;
	case MF_KT_LIST:
		list_type(o, k == MF_K_VAULT_REDIRECT_TO ? URL_PATTERN : k == MF_K_VAULT_HEADERS ? HEADER_PATTERN : NULL);
		break;
	default:
		mf_pagef(o, "\"type\": [\"string\", \"null\"], \"minLength\": 1");
	}
}

static void fallback(struct mf_page *o, const struct mf_key_info *info)
{
	if (!info->fallback)
		return;
	mf_pagef(o, ", \"default\": ");
	if (info->type == MF_KT_BOOL || info->type == MF_KT_INT)
		mf_pagef(o, "%s", info->fallback);
	else
		quoted(o, info->fallback);
}

static void property(struct mf_page *o, int depth, enum mf_key k)
{
	const struct mf_key_info *info = mf_key_info(k);
	const char *dot = strrchr(info->path, '.');

	mf_pagef(o, "%*s", depth * 2, "");
	quoted(o, dot ? dot + 1 : info->path);
	mf_pagef(o, ": { \"description\": ");
	quoted(o, info->brief);
	mf_pagef(o, ", ");
	type(o, k);
	fallback(o, info);
	mf_pagef(o, " }");
}

/* The section of a key: "vault." of vault.url, "" at the top. */
static struct mf_str section_of(const struct mf_key_info *info)
{
	const char *dot = info->path ? strrchr(info->path, '.') : NULL;

	return (struct mf_str){ info->path, dot ? (size_t)(dot + 1 - info->path) : 0 };
}

static bool first_of_section(unsigned k)
{
	for (unsigned i = 0; i < k; i++) {
		if (mf_key_info(i)->path && mf_str_eq(section_of(mf_key_info(i)), section_of(mf_key_info(k))))
			return false;
	}
	return true;
}

static void limits(struct mf_page *o, int depth, const char *name, const char *brief)
{
	mf_pagef(o, ",\n%*s\"%s\": { \"description\": \"%s\", \"type\": [\"object\", \"null\"], \"maxProperties\": 1000, ", depth * 2, "", name, brief);
	mf_pagef(o, "\"additionalProperties\": { \"anyOf\": [{ \"type\": \"integer\", \"minimum\": 1 }, { \"type\": \"string\", ");
	pattern(o, DURATION_PATTERN);
	mf_pagef(o, " }] } }");
}

static void exceptions(struct mf_page *o, int depth)
{
	mf_pagef(o, ",\n%*s\"exceptions\": { \"description\": \"what may live longer, why, whose it is, and until which day\", ", depth * 2, "");
	mf_pagef(o, "\"type\": [\"array\", \"null\"], \"maxItems\": 1000, \"items\": { \"type\": \"object\", \"additionalProperties\": false, ");
	mf_pagef(o, "\"required\": [\"reason\", \"owner\", \"until\"], \"anyOf\": [");
	for (size_t i = 0; i < 5; i++)
		mf_pagef(o, "%s{ \"required\": [\"%s\"] }", i ? ", " : "", mf_exception_keys[i]);
	mf_pagef(o, "], \"properties\": { ");
	for (size_t i = 0; i < mf_n_exception_keys; i++) {
		mf_pagef(o, "%s\"%s\": { \"type\": \"string\", \"minLength\": 1, ", i ? ", " : "", mf_exception_keys[i]);
		if (strcmp(mf_exception_keys[i], "until") == 0)
			pattern(o, DATE_PATTERN);
		else
			mf_pagef(o, "\"maxLength\": 500, \"pattern\": \"[^ ]\"");
		mf_pagef(o, " }");
	}
	mf_pagef(o, " } } }");
}

/* What the table of keys does not have. */
static void lifetime_parts(struct mf_page *o, int depth)
{
	limits(o, depth, "names", "how long the variables, fields and secrets of these names or patterns may live");
	limits(o, depth, "paths", "how long the credentials in these files may live");
	mf_pagef(o, ",\n%*s\"mode\": { \"description\": \"what is done about a class, a kind of credential, or a rule\", ", depth * 2, "");
	mf_pagef(o, "\"type\": [\"object\", \"null\"], \"maxProperties\": 1000, \"additionalProperties\": { ");
	enumeration(o, "fail warn off", false);
	mf_pagef(o, " } }");
	exceptions(o, depth);
}

static void properties(struct mf_page *o, int depth, struct mf_str name);

/* A section in a section: "lifetime.max." in "lifetime.". */
static void inner(struct mf_page *o, int depth, struct mf_str outer, bool *any)
{
	for (unsigned k = 0; k < MF_K_COUNT; k++) {
		struct mf_str s = section_of(mf_key_info(k));

		if (s.n <= outer.n || memcmp(s.p, outer.p, outer.n) != 0 || !first_of_section(k))
			continue;
		mf_pagef(o, "%s%*s\"%.*s\": {\n", *any ? ",\n" : "", depth * 2, "", (int)(s.n - outer.n - 1), s.p + outer.n);
		*any = true;
		properties(o, depth + 1, s);
		mf_pagef(o, "%*s}", depth * 2, "");
	}
}

static void properties(struct mf_page *o, int depth, struct mf_str name)
{
	bool any = false;

	line(o, depth, "\"type\": [\"object\", \"null\"], \"additionalProperties\": false,");
	line(o, depth, "\"properties\": {");
	for (unsigned k = 0; k < MF_K_COUNT; k++) {
		if (!mf_key_info(k)->path || !mf_str_eq(section_of(mf_key_info(k)), name))
			continue;
		mf_pagef(o, any ? ",\n" : "");
		any = true;
		property(o, depth + 1, k);
	}
	inner(o, depth + 1, name, &any);
	if (mf_str_is(name, "lifetime."))
		lifetime_parts(o, depth + 1);
	mf_pagef(o, "\n%*s}\n", depth * 2, "");
}

/* Of the first level: a section with one in it is told with its outer one. */
static bool outermost(unsigned k)
{
	struct mf_str name = section_of(mf_key_info(k));

	return name.n && !memchr(name.p, '.', name.n - 1) && first_of_section(k);
}

static void section(struct mf_page *o, unsigned first)
{
	struct mf_str name = section_of(mf_key_info(first));

	mf_pagef(o, "    \"%.*s\": {\n", (int)name.n - 1, name.p);
	properties(o, 3, name);
	mf_pagef(o, "    },\n");
}

static void secret_entry(struct mf_page *o)
{
	static const char *const props[] = {
		"\"as\": { \"description\": \"a variable, or a file whose path is in the variable\", \"enum\": [\"env\", \"file\", null] }",
		"\"prefix\": { \"description\": \"take every field; their names get this prefix\", \"type\": [\"string\", \"null\"], "
			"\"pattern\": \"^([A-Za-z_][A-Za-z0-9_]*)?$\" }",
		"\"keep-case\": { \"description\": \"with prefix: do not turn the fields' names into upper case\", "
			"\"type\": [\"boolean\", \"null\"] }",
		"\"optional\": { \"description\": \"what does not exist is no error\", \"type\": [\"boolean\", \"null\"] }",
		"\"version\": { \"description\": \"version of the secret\", \"anyOf\": [{ \"type\": \"integer\", \"minimum\": 1, "
			"\"maximum\": 999999999999999999 }, { \"type\": \"string\", \"pattern\": \"^[A-Za-z0-9][A-Za-z0-9-]{0,63}$\" }, { \"type\": \"null\" }] }",
		"\"decode\": { \"description\": \"how the value is encoded\", \"enum\": [\"none\", \"base64\", \"hex\", null] }",
		"\"output\": { \"description\": \"name of the step's output, or false for none\", \"anyOf\": [{ \"type\": \"boolean\" }, "
			"{ \"type\": \"string\", \"pattern\": \"^[A-Za-z_][A-Za-z0-9_-]*$\" }, { \"type\": \"null\" }] }",
		"\"env\": { \"description\": \"false: set no variable, only the output\", \"type\": [\"boolean\", \"null\"] }",
	};
	static const char *const rules[] = {
		"\"allOf\": [",
		"  {",
		"    \"if\": { \"required\": [\"prefix\"], \"properties\": { \"prefix\": { \"type\": \"string\" } } },",
		"    \"then\": { \"properties\": { \"from\": { \"pattern\": \"" WHOLE_PATTERN "\" }, \"output\": { \"type\": [\"boolean\", \"null\"] } } },",
		"    \"else\": { \"properties\": { \"keep-case\": { \"type\": \"null\" } } }",
		"  },",
		"  {",
		"    \"if\": { \"required\": [\"version\"], \"properties\": { \"version\": { \"type\": [\"integer\", \"string\"] } } },",
		"    \"then\": { \"properties\": { \"from\": { \"pattern\": \"^(vault|azure-kv|aws-sm|aws-ssm|gcp-sm)://[^?#]+([?](region|stage)=[^#]+)?(#.+)?$\" } } }",
		"  },",
		"  { \"not\": { \"required\": [\"env\", \"output\"], \"properties\": { \"env\": { \"const\": false }, \"output\": { \"const\": false } } } }",
		"]",
	};

	mf_pagef(o, "            \"from\": { \"description\": \"where the value is\", \"type\": \"string\", ");
	pattern(o, REF_PATTERN);
	mf_pagef(o, " }");
	for (size_t i = 0; i < MF_COUNT(props); i++)
		mf_pagef(o, ",\n            %s", props[i]);
	mf_pagef(o, "\n");
	line(o, 5, "},");
	for (size_t i = 0; i < MF_COUNT(rules); i++)
		line(o, 5, rules[i]);
}

static void secrets(struct mf_page *o)
{
	line(o, 2, "\"secrets\": {");
	line(o, 3, "\"description\": \"the secrets to fetch, by the name of the variable they get\",");
	line(o, 3, "\"type\": [\"object\", \"null\"], \"maxProperties\": 2000,");
	line(o, 3, "\"propertyNames\": { \"pattern\": \"" NAME_PATTERN "\" },");
	line(o, 3, "\"additionalProperties\": {");
	line(o, 4, "\"anyOf\": [");
	mf_pagef(o, "          { \"type\": \"string\", ");
	pattern(o, REF_PATTERN);
	mf_pagef(o, " },\n          {\n");
	line(o, 5, "\"type\": \"object\", \"required\": [\"from\"], \"additionalProperties\": false,");
	line(o, 5, "\"properties\": {");
	secret_entry(o);
	line(o, 5, "}");
	line(o, 4, "]");
	line(o, 3, "}");
	line(o, 2, "}");
}

int mf_conf_schema(struct mf_buf *out, struct mf_err *err)
{
	struct mf_page o = { .buf = out, .err = err };

	line(&o, 0, "{");
	line(&o, 1, "\"$schema\": \"https://json-schema.org/draft/2020-12/schema\",");
	line(&o, 1, "\"title\": \".mayfly.yml\",");
	line(&o, 1, "\"description\": \"configuration of mayfly: credentials that live no longer than the job\",");
	line(&o, 1, "\"type\": [\"object\", \"null\"],");
	line(&o, 1, "\"additionalProperties\": false,");
	line(&o, 1, "\"properties\": {");
	for (unsigned k = 0; k < MF_K_COUNT; k++) {
		if (mf_key_info(k)->path && section_of(mf_key_info(k)).n == 0) {
			property(&o, 2, k);
			mf_pagef(&o, ",\n");
		}
	}
	for (unsigned k = 0; k < MF_K_COUNT; k++) {
		if (mf_key_info(k)->path && outermost(k))
			section(&o, k);
	}
	secrets(&o);
	line(&o, 1, "}");
	line(&o, 0, "}");
	return o.failed ? -1 : 0;
}
