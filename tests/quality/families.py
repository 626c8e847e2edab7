# SPDX-License-Identifier: Apache-2.0
"""Kinds of credentials as their vendors document them, written without a look at the rules: name -> (variable, maker of a token from dice)."""
import samples
from samples import ALNUM, DIGITS, KINDS, LOWER, UPPER, Dice

HEX, LOWALNUM, UPALNUM, B64, B64URL, B32 = (KINDS[k] for k in ("hex", "loweralnum", "upperalnum", "b64", "b64url", "b32"))
FAMILIES = {}


def mixed(d, alphabet, n):
    """As generators make them: of a longer value each class of the alphabet is there."""
    while True:
        text = d.pick(alphabet, n)
        if n < 12 or all(any(c in text for c in part) for part in (UPPER, LOWER, DIGITS) if part[0] in alphabet and part[1] in alphabet):
            return text


def family(name, variable, make):
    FAMILIES[name] = (variable, make)


def checked(name, check, variable):
    family(name, variable, lambda d: samples.MAKERS[check](d))


def parts(name, variable, *pieces):
    """Pieces are text, or (alphabet, length)."""
    family(name, variable, lambda d: "".join(p if isinstance(p, str) else mixed(d, *p) for p in pieces))


def uuid(d):
    h = d.bytes(16).hex()
    return f"{h[:8]}-{h[8:12]}-4{h[13:16]}-a{h[17:20]}-{h[20:]}"


# -- with a checksum or a structure ---------------------------------------------------------------------
checked("github-classic", "github-classic", "GITHUB_TOKEN")
checked("github-fine-grained", "github-fine", "GH_PAT")
checked("gitlab-routable", "gitlab-routable", "GITLAB_TOKEN")
checked("npm", "npm", "NPM_TOKEN")
checked("pypi", "pypi", "TWINE_PASSWORD")
checked("grafana-service-account", "grafana-sa", "GRAFANA_TOKEN")
checked("grafana-cloud", "grafana-cloud", "GRAFANA_CLOUD_KEY")
checked("atlassian", "atlassian", "JIRA_API_TOKEN")
checked("confluent", "confluent", "CONFLUENT_SECRET")
checked("vercel", "vercel", "VERCEL_TOKEN")
checked("zuplo", "zuplo", "ZUPLO_API_KEY")
checked("cloudflare", "cloudflare", "CLOUDFLARE_API_TOKEN")
checked("azure-storage-key", "azure-identifiable", "STORAGE_KEY")
checked("entra-client-secret", "entra-secret", "AZURE_CLIENT_SECRET")
checked("cask", "cask", "SERVICE_KEY")
checked("aws-key-id", "aws-key-id", "AWS_ACCESS_KEY_ID")
checked("aws-secret", "aws-secret", "AWS_SECRET_ACCESS_KEY")
checked("nats-nkey", "nats-nkey", "NATS_SEED")
checked("age", "age-secret", "SOPS_AGE_KEY")
checked("sentry", "sentry", "SENTRY_AUTH_TOKEN")
checked("1password", "onepassword-ops", "OP_SERVICE_ACCOUNT_TOKEN")
checked("mapbox-secret", "mapbox", "MAPBOX_TOKEN")
checked("jwt", "jwt", "SERVICE_TOKEN")
checked("openai-project", "openai", "OPENAI_API_KEY")
checked("anthropic", "anthropic", "ANTHROPIC_API_KEY")
checked("sendgrid", "sendgrid", "SENDGRID_API_KEY")
checked("stripe-live", "stripe", "STRIPE_SECRET_KEY")
checked("telegram", "telegram", "TELEGRAM_BOT_TOKEN")
checked("slack-bot", "slack", "SLACK_BOT_TOKEN")
checked("discord-bot", "discord", "DISCORD_TOKEN")
checked("vault", "vault-token", "VAULT_TOKEN")
checked("fly", "fly", "FLY_API_TOKEN")
checked("postman", "postman", "POSTMAN_API_KEY")
checked("artifactory-reference", "artifactory-reftkn", "ARTIFACTORY_TOKEN")
checked("artifactory-key", "artifactory-key", "ARTIFACTORY_API_KEY")
# -- with a prefix of their own -------------------------------------------------------------------------
parts("gitlab-classic", "GITLAB_TOKEN", "glpat-", (ALNUM, 20))
parts("gitlab-deploy", "DEPLOY_TOKEN", "gldt-", (ALNUM, 20))
parts("digitalocean", "DIGITALOCEAN_TOKEN", "dop_v1_", (HEX, 64))
parts("shopify", "SHOPIFY_TOKEN", "shpat_", (HEX, 32))
parts("google-api-key", "GOOGLE_API_KEY", "AIza", "Sy", (ALNUM, 33))
parts("google-oauth-secret", "GOOGLE_CLIENT_SECRET", "GOCSPX-", (ALNUM, 28))
parts("huggingface", "HF_TOKEN", "hf_", (LOWER + UPPER, 34))
parts("databricks", "DATABRICKS_TOKEN", "dapi", (HEX, 32))
parts("linear", "LINEAR_API_KEY", "lin_api_", (ALNUM, 40))
parts("notion", "NOTION_TOKEN", "ntn_", (DIGITS, 11), (ALNUM, 35))
parts("doppler", "DOPPLER_TOKEN", "dp.pt.", (ALNUM, 43))
parts("pulumi", "PULUMI_ACCESS_TOKEN", "pul-", (HEX, 40))
parts("terraform-cloud", "TFE_TOKEN", (ALNUM, 14), ".atlasv1.", (ALNUM, 67))
parts("planetscale", "PLANETSCALE_TOKEN", "pscale_tkn_", (ALNUM, 43))
parts("square", "SQUARE_SECRET", "sq0csp-", (ALNUM, 43))
parts("twilio-key", "TWILIO_API_KEY", "SK", (HEX, 32))
parts("mailchimp", "MAILCHIMP_API_KEY", (HEX, 32), "-us14")
parts("new-relic", "NEW_RELIC_API_KEY", "NRAK-", (UPALNUM, 27))
parts("dynatrace", "DT_API_TOKEN", "dt0c01.", (B32, 24), ".", (B32, 64))
parts("okta", "OKTA_API_TOKEN", "00", (ALNUM, 40))
parts("rubygems", "GEM_HOST_API_KEY", "rubygems_", (HEX, 48))
parts("crates", "CARGO_REGISTRY_TOKEN", "cio", (ALNUM, 32))
parts("docker-hub", "DOCKERHUB_TOKEN", "dckr_pat_", (ALNUM, 27))
parts("figma", "FIGMA_TOKEN", "figd_", (ALNUM, 40))
parts("airtable", "AIRTABLE_TOKEN", "pat", (ALNUM, 14), ".", (HEX, 64))
parts("groq", "GROQ_API_KEY", "gsk_", (ALNUM, 52))
parts("replicate", "REPLICATE_API_TOKEN", "r8_", (ALNUM, 37))
parts("tailscale", "TS_AUTHKEY", "tskey-auth-", (ALNUM, 12), "CNTRL-", (ALNUM, 32))
parts("sonarqube", "SONAR_TOKEN", "sqp_", (HEX, 40))
parts("netlify", "NETLIFY_AUTH_TOKEN", "nfp_", (ALNUM, 36))
parts("brevo", "BREVO_API_KEY", "xkeysib-", (HEX, 64), "-", (ALNUM, 16))
parts("supabase", "SUPABASE_ACCESS_TOKEN", "sbp_", (HEX, 40))
parts("buildkite", "BUILDKITE_AGENT_TOKEN", "bkua_", (HEX, 40))
parts("xai", "XAI_API_KEY", "xai-", (ALNUM, 80))
parts("perplexity", "PPLX_API_KEY", "pplx-", (ALNUM, 48))
parts("easypost", "EASYPOST_API_KEY", "EZAK", (ALNUM, 54))
parts("duffel", "DUFFEL_TOKEN", "duffel_live_", (ALNUM, 43))
parts("clojars", "CLOJARS_PASSWORD", "CLOJARS_", (LOWALNUM, 60))
parts("readme", "README_API_KEY", "rdme_", (LOWALNUM, 70))
parts("slack-webhook", "SLACK_WEBHOOK_URL", "https://hooks.slack.com/services/T", (UPALNUM, 10), "/B", (UPALNUM, 10), "/", (ALNUM, 24))
# -- more with a prefix of their own --------------------------------------------------------------------
parts("gitlab-runner", "RUNNER_TOKEN", "glrt-", (ALNUM, 20))
parts("gitlab-trigger", "TRIGGER_TOKEN", "glptt-", (HEX, 40))
parts("adobe", "ADOBE_CLIENT_SECRET", "p8e-", (ALNUM, 32))
parts("alibaba-key-id", "ALICLOUD_ACCESS_KEY", "LTAI", (ALNUM, 20))
parts("tencent-key-id", "TENCENTCLOUD_SECRET_ID", "AKID", (ALNUM, 32))
parts("contentful", "CONTENTFUL_MANAGEMENT_TOKEN", "CFPAT-", (ALNUM, 43))
parts("digitalocean-oauth", "DO_OAUTH_TOKEN", "doo_v1_", (HEX, 64))
parts("dropbox-short", "DROPBOX_TOKEN", "sl.B", (ALNUM, 140))
parts("flutterwave", "FLW_SECRET_KEY", "FLWSECK-", (HEX, 32), "-X")
parts("frameio", "FRAMEIO_TOKEN", "fio-u-", (ALNUM, 64))
parts("gocardless", "GOCARDLESS_TOKEN", "live_", (ALNUM, 40))
parts("infracost", "INFRACOST_API_KEY", "ico-", (ALNUM, 32))
parts("launchdarkly", "LAUNCHDARKLY_SDK_KEY", "sdk-", (HEX, 8), "-", (HEX, 4), "-4", (HEX, 3), "-a", (HEX, 3), "-", (HEX, 12))
parts("langfuse", "LANGFUSE_SECRET_KEY", "sk-lf-", (HEX, 8), "-", (HEX, 4), "-4", (HEX, 3), "-a", (HEX, 3), "-", (HEX, 12))
parts("langsmith", "LANGSMITH_API_KEY", "lsv2_pt_", (HEX, 32), "_", (HEX, 10))
parts("octopus", "OCTOPUS_API_KEY", "API-", (UPALNUM, 26))
parts("openai-service", "OPENAI_API_KEY", "sk-svcacct-", (ALNUM, 74), "T3BlbkFJ", (ALNUM, 74))
parts("openrouter", "OPENROUTER_API_KEY", "sk-or-v1-", (HEX, 64))
parts("prefect", "PREFECT_API_KEY", "pnu_", (ALNUM, 36))
parts("resend", "RESEND_API_KEY", "re_", (ALNUM, 8), "_", (ALNUM, 24))
parts("sentry-user", "SENTRY_TOKEN", "sntryu_", (HEX, 64))
parts("shippo", "SHIPPO_TOKEN", "shippo_live_", (HEX, 40))
parts("slack-user", "SLACK_USER_TOKEN", "xoxp-", (DIGITS, 12), "-", (DIGITS, 12), "-", (DIGITS, 12), "-", (HEX, 32))
parts("snyk", "SNYK_TOKEN", (HEX, 8), "-", (HEX, 4), "-4", (HEX, 3), "-a", (HEX, 3), "-", (HEX, 12))
parts("stripe-restricted", "STRIPE_KEY", "rk_live_", (ALNUM, 99))
parts("tavily", "TAVILY_API_KEY", "tvly-", (ALNUM, 32))
parts("wandb", "WANDB_API_KEY", (HEX, 40))
parts("cerebras", "CEREBRAS_API_KEY", "csk-", (LOWALNUM, 48))
parts("fireworks", "FIREWORKS_API_KEY", "fw_", (ALNUM, 24))
parts("neon", "NEON_API_KEY", "napi_", (LOWALNUM, 64))
parts("posthog-personal", "POSTHOG_KEY", "phx_", (ALNUM, 43))
parts("linode", "LINODE_TOKEN", (HEX, 64))
parts("jina", "JINA_API_KEY", "jina_", (HEX, 32), (ALNUM, 28))
parts("firecrawl", "FIRECRAWL_API_KEY", "fc-", (HEX, 32))
# -- known by their name --------------------------------------------------------------------------------
parts("datadog", "DD_API_KEY", (HEX, 32))
parts("heroku", "HEROKU_API_KEY", (HEX, 8), "-", (HEX, 4), "-4", (HEX, 3), "-a", (HEX, 3), "-", (HEX, 12))
parts("algolia-admin", "ALGOLIA_ADMIN_KEY", (HEX, 32))
parts("fastly", "FASTLY_API_TOKEN", (ALNUM, 32))
parts("mistral", "MISTRAL_API_KEY", (ALNUM, 32))
parts("pagerduty", "PAGERDUTY_TOKEN", "u+", (ALNUM, 18))
parts("twilio-auth", "TWILIO_AUTH_TOKEN", (HEX, 32))
parts("generic-key", "INTERNAL_API_KEY", (ALNUM, 32))
parts("generic-secret", "CLIENT_SECRET", (ALNUM, 40))
parts("database-password", "DB_PASSWORD", (ALNUM, 9), "#", (ALNUM, 7))


def value(name, context):
    return FAMILIES[name][1](Dice("quality", name, context))


def held_out(name):
    """Half of the names, which nobody looked at while the rules were tuned."""
    return Dice("held out", name).below(2) == 1
