"""The formats of providers' keys, one row each: type, prefixes, what follows, and the check.

A prefix is a literal; the scan looks at what follows only where one begins. Where a row names
no check, the value must be random enough and no placeholder. A row with ``run`` has no greatest
length: it goes on as long as the characters of ``run`` do.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from tokenward_plugins.secrets.checks import (
    aws_score,
    checksum_score,
    digit_score,
    discord_score,
    jose_score,
    mixed_score,
    octopus_score,
    openai_score,
    random_score,
    varied_score,
)

LONGEST = 500
"""No format without ``run`` is longer."""


@dataclass(frozen=True, slots=True)
class Format:
    """How the keys of one provider look.

    ``body`` is a regular expression for what follows a prefix; a group named ``secret`` narrows the
    span. ``free`` prefixes may follow a letter or a digit; all others begin a word.
    """

    type: str
    prefixes: tuple[str, ...]
    body: str
    check: Callable[[str], float] = random_score
    run: str = ""
    free: bool = False

    @property
    def pattern(self) -> str:
        """Returns the expression of the whole value: what follows must not be more of the same."""
        heads = "|".join(re.escape(prefix) for prefix in self.prefixes)
        end = r"(?![\w-])" if r"\w-]" in self.body else "(?![A-Za-z0-9])"
        return f"(?:{heads}){self.body}{end}"


def row(type: str, prefixes: str, body: str, *rest: object, **more: object) -> Format:  # noqa: A002  # the field's name
    """Returns a format; prefixes are written with a space between them."""
    return Format(type, tuple(prefixes.split()), body, *rest, **more)  # type: ignore[arg-type]


FORMATS: tuple[Format, ...] = (
    row("ADOBE_CLIENT_SECRET", "p8e-", "[a-z0-9]{32}"),
    row("AGE_SECRET_KEY", "AGE-SECRET-KEY-1", "[02-9AC-HJ-NP-Z]{58}"),
    row("AIRTABLE_TOKEN", "pat", r"[A-Za-z0-9]{14}\.[a-f0-9]{64}"),
    row("ALIBABA_ACCESS_KEY", "LTAI", "[A-Za-z0-9]{17,20}", mixed_score),
    row("ANTHROPIC_API_KEY", "sk-ant-", r"(?:api|admin|oat|sid)\d\d-[\w-]{32,120}"),
    row("ARTIFACTORY_API_KEY", "AKCp", "[A-Za-z0-9]{69}"),
    row("ATLASSIAN_API_TOKEN", "ATATT3 ATCTT3", r"[\w=-]{100,250}"),
    row("AWS_ACCESS_KEY", "AKIA ASIA ABIA ACCA", "[A-Z0-9]{16}", aws_score),
    row("AWS_BEDROCK_KEY", "ABSK", "[A-Za-z0-9+/]{109,269}={0,2}", varied_score),
    row(
        "AWS_BEDROCK_KEY",
        "bedrock-api-key-YmVkcm9jay5hbWF6b25hd3MuY29t",
        "[A-Za-z0-9+/=]{16,}",
        varied_score,
        run="[A-Za-z0-9+/=_-]",
    ),
    row(
        "AZURE_CLIENT_SECRET",
        "Q~",
        r"(?<=[\w~.-]{3}[0-9]Q~)(?<![\w~.-]{4}[0-9]Q~)[\w~.-]{31,34}",
        free=True,
    ),
    row("AZURE_SAS_TOKEN", "sig=", "(?P<secret>[A-Za-z0-9%+/]{43,70}(?:%3[Dd]|=))"),
    row("AZURE_STORAGE_KEY", "AccountKey=", "(?P<secret>[A-Za-z0-9+/]{86}==)", varied_score),
    row(
        "AZURE_SERVICE_KEY",
        "SharedAccessKey= AccessKey=",
        "(?P<secret>[A-Za-z0-9+/]{42,84}={0,2})",
        varied_score,
    ),
    row("BITBUCKET_APP_PASSWORD", "ATBB", "[A-Za-z0-9]{28,32}", mixed_score),
    row("BREVO_API_KEY", "xkeysib- xsmtpsib-", "[a-f0-9]{64}-[A-Za-z0-9]{16}"),
    row("BUILDKITE_TOKEN", "bkua_", "[a-z0-9]{40}"),
    row("CIRCLECI_TOKEN", "CCIPAT_ CCIPRJ_", "[A-Za-z0-9]{22}_[a-f0-9]{40}"),
    row("CLICKHOUSE_KEY", "4b1d", "[A-Za-z0-9]{38}", mixed_score),
    row("CLOJARS_TOKEN", "CLOJARS_", "[a-z0-9]{60}"),
    row("CONTENTFUL_TOKEN", "CFPAT-", r"[\w-]{43}"),
    row("DATABRICKS_TOKEN", "dapi", "[a-f0-9]{32}(?:-[0-9])?"),
    row("DIGITALOCEAN_TOKEN", "dop_v1_ doo_v1_ dor_v1_", "[a-f0-9]{64}"),
    row(
        "DISCORD_BOT_TOKEN",
        "MD MT Mj Mz ND NT Nj Nz OD OT",
        r"[A-Za-z0-9_-]{21,26}\.[\w-]{6}\.[\w-]{27,38}",
        discord_score,
    ),
    row(
        "DISCORD_WEBHOOK",
        "discord.com/api/webhooks/ discordapp.com/api/webhooks/",
        r"[0-9]{17,20}/[\w-]{60,80}",
    ),
    row("DOCKER_TOKEN", "dckr_pat_ dckr_oat_", r"[\w-]{27,40}"),
    row("DOPPLER_TOKEN", "dp.", r"(?:pt|st|ct|sa|scim|audit)\.[A-Za-z0-9_.-]{40,60}", digit_score),
    row("DROPBOX_TOKEN", "sl.", r"[\w.-]{130,}", digit_score, run=r"[\w.-]"),
    row("DYNATRACE_TOKEN", "dt0c01. dt0s16.", r"[A-Z0-9]{8,24}\.[A-Z2-7]{64}"),
    row("EASYPOST_API_KEY", "EZAK EZTK", "[A-Za-z0-9]{54}", mixed_score),
    row("FACEBOOK_TOKEN", "EAA", "[A-Za-z0-9]{80,}", mixed_score, run="[A-Za-z0-9]"),
    row("FACEBOOK_TOKEN", "|", r"(?<=[0-9]{15}\|)[\w-]{27}", mixed_score, free=True),
    row("FIGMA_TOKEN", "figd_ figu_ figo_", r"[\w-]{40,44}"),
    row("FLUTTERWAVE_KEY", "FLWSECK-", "[a-z0-9]{32}-X"),
    row("FLY_TOKEN", "fo1_", r"[\w-]{43}"),
    row(
        "FLY_TOKEN", "fm1r_ fm1a_ fm2_", "[A-Za-z0-9+/=]{100,}", varied_score, run="[A-Za-z0-9+/=_]"
    ),
    row("GITHUB_TOKEN", "ghp_ gho_ ghu_ ghs_ ghr_", "[A-Za-z0-9]{36}", checksum_score),
    row("GITHUB_TOKEN", "github_pat_", "[A-Za-z0-9]{22}_[A-Za-z0-9]{59}"),
    row("GITLAB_TOKEN", "glpat- gldt- glrt- glft- glimt- glcbt-", r"[\w.-]{20,120}", digit_score),
    row("GITLAB_TOKEN", "glsoat- glffct-", r"[\w-]{20}", digit_score),
    row("GITLAB_TOKEN", "glptt-", r"[\w-]{40}", digit_score),
    row("GITLAB_TOKEN", "glagent-", r"[\w-]{50,64}", digit_score),
    row("GITLAB_TOKEN", "gloas-", "[a-f0-9]{64}"),
    row("GITLAB_TOKEN", "GR1348941", r"[\w-]{20,50}"),
    row("GOOGLE_API_KEY", "AIza", r"[\w-]{35}"),
    row("GOOGLE_OAUTH_SECRET", "GOCSPX-", r"[\w-]{28}"),
    row("GOOGLE_OAUTH_TOKEN", "ya29.", r"[\w-]{20,}", digit_score, run=r"[\w.-]"),
    row("GOOGLE_REFRESH_TOKEN", "1//0", r"[\w-]{35,120}"),
    row("GRAFANA_TOKEN", "glsa_", "[A-Za-z0-9]{32}_[A-Fa-f0-9]{8}"),
    row("GRAFANA_TOKEN", "glc_", "[A-Za-z0-9+/]{32,400}={0,3}", mixed_score),
    row("GROQ_API_KEY", "gsk_", "[A-Za-z0-9]{52}"),
    row("HASHICORP_TERRAFORM_TOKEN", ".atlasv1.", r"[\w=-]{60,70}", free=True),
    row("HASHICORP_VAULT_TOKEN", "hvs. hvb. hvr.", r"[\w-]{24,300}", digit_score),
    row("HASHICORP_VAULT_TOKEN", "s.", "[A-Za-z0-9]{24}", mixed_score),
    row("HEROKU_API_KEY", "HRKU-", r"AA[\w-]{58}"),
    row("HUGGING_FACE_TOKEN", "hf_", "[A-Za-z0-9]{34,37}"),
    row("HUGGING_FACE_TOKEN", "api_org_", "[A-Za-z]{34}"),
    row("INFRACOST_TOKEN", "ico-", "[A-Za-z0-9]{32}", mixed_score),
    row("INTRA42_SECRET", "s-s4t2ud- s-s4t2af-", "[a-f0-9]{64}"),
    row("JWT", "eyJ", r"[\w-]+\.[\w-]{2,}(?:\.[\w-]+){0,3}", jose_score, run=r"[\w.-]"),
    row("LANGFUSE_KEY", "sk-lf-", "[a-f0-9]{8}(?:-[a-f0-9]{4}){3}-[a-f0-9]{12}"),
    row("LANGSMITH_KEY", "lsv2_pt_ lsv2_sk_", "[a-f0-9]{32}_[a-f0-9]{10}"),
    row("LINEAR_API_KEY", "lin_api_ lin_oauth_", "[A-Za-z0-9]{40,64}"),
    row("MAILGUN_API_KEY", "key-", "[a-f0-9]{32}"),
    row("MAPBOX_SECRET", "sk.eyJ", r"[\w-]{50,200}\.[\w-]{20,30}"),
    row("NETLIFY_TOKEN", "nfp_ nfc_ nfu_", "[A-Za-z0-9]{36}"),
    row("NEW_RELIC_KEY", "NRAK- NRII- NRIQ-", r"[A-Za-z0-9_-]{27,32}"),
    row("NEW_RELIC_KEY", "NRJS- NRRA-", "[a-f0-9]{19,42}"),
    row("NOTION_TOKEN", "ntn_", "[0-9]{11}[A-Za-z0-9]{35}"),
    row("NOTION_TOKEN", "secret_", "[A-Za-z0-9]{43}", mixed_score),
    row("NPM_TOKEN", "npm_", "[A-Za-z0-9]{36}", checksum_score),
    row("NVIDIA_API_KEY", "nvapi-", r"[\w-]{60,70}", digit_score),
    row("OCTOPUS_API_KEY", "API-", "[A-Z0-9]{25,32}", octopus_score),
    row(
        "ONEPASSWORD_TOKEN",
        "ops_eyJ",
        "[A-Za-z0-9+/=_-]{200,}",
        varied_score,
        run="[A-Za-z0-9+/=_-]",
    ),
    row(
        "ONEPASSWORD_TOKEN",
        "A3-",
        "[A-Z0-9]{6}-(?:[A-Z0-9]{11}|[A-Z0-9]{6}-[A-Z0-9]{5})(?:-[A-Z0-9]{5}){3}",
    ),
    row("OPENAI_API_KEY", "sk-", r"(?!ant-|lf-|or-)[\w-]{20,250}", openai_score),
    row("OPENROUTER_API_KEY", "sk-or-v1-", "[a-f0-9]{64}"),
    row("OPENSHIFT_TOKEN", "sha256~", r"[\w-]{43}", mixed_score),
    row("PERPLEXITY_API_KEY", "pplx-", "[A-Za-z0-9]{48,56}"),
    row("PINECONE_API_KEY", "pcsk_", r"\w{50,80}"),
    row("PLANETSCALE_TOKEN", "pscale_tkn_ pscale_pw_ pscale_oauth_", r"[\w=.-]{32,64}"),
    row("POSTMAN_API_KEY", "PMAK-", "[a-f0-9]{24}-[a-f0-9]{34}"),
    row("PREFECT_TOKEN", "pnu_ pnb_", "[A-Za-z0-9]{36}"),
    row("PULUMI_TOKEN", "pul-", "[a-f0-9]{40}"),
    row("PYPI_TOKEN", "pypi-AgE", r"[\w-]{50,}", varied_score, run=r"[\w-]"),
    row("README_API_KEY", "rdme_", "[a-z0-9]{70}"),
    row("REPLICATE_TOKEN", "r8_", "[A-Za-z0-9]{37}"),
    row("RESEND_API_KEY", "re_", "[A-Za-z0-9]{8}_[A-Za-z0-9]{24}", mixed_score),
    row("RUBYGEMS_TOKEN", "rubygems_", "[a-f0-9]{48}"),
    row("SCALINGO_TOKEN", "tk-us- tk-eu-", r"[\w-]{48}"),
    row("SENDGRID_API_KEY", "SG.", r"[\w-]{16,32}\.[\w-]{32,64}"),
    row("SENTRY_TOKEN", "sntrys_eyJ", "[A-Za-z0-9+/=_]{60,}", varied_score, run="[A-Za-z0-9+/=_]"),
    row("SENTRY_TOKEN", "sntryu_", "[a-f0-9]{64}"),
    row("SHIPPO_TOKEN", "shippo_live_ shippo_test_", "[a-f0-9]{40}"),
    row("SHOPIFY_TOKEN", "shpat_ shpca_ shppa_ shpss_ shptka_", "[A-Fa-f0-9]{32}"),
    row(
        "SLACK_TOKEN",
        "xoxa- xoxb- xoxo- xoxp- xoxr- xoxs-",
        "[0-9]{6,14}(?:-[0-9]{6,14}){0,3}-(?=[0-9]*[A-Za-z])[A-Za-z0-9]{8,80}",
    ),
    row("SLACK_TOKEN", "xoxc- xoxd-", "[A-Za-z0-9%/+=-]{30,300}", digit_score),
    row("SLACK_TOKEN", "xoxe- xoxe.xoxp- xoxe.xoxb-", "[0-9][A-Za-z0-9-]{30,250}"),
    row("SLACK_TOKEN", "xapp-", "[0-9]-[A-Z0-9]{8,14}-[0-9]{8,16}-[A-Za-z0-9]{20,80}"),
    row(
        "SLACK_WEBHOOK",
        "hooks.slack.com/",
        "(?:services|workflows|triggers)/[A-Za-z0-9+/]{30,120}",
        mixed_score,
    ),
    row("SONAR_TOKEN", "sqp_ squ_ sqa_", "[A-Fa-f0-9]{40}"),
    row("SOURCEGRAPH_TOKEN", "sgp_", "(?:(?:local|[a-fA-F0-9]{16})_)?[a-fA-F0-9]{40}"),
    row("SQUARE_TOKEN", "sq0atp- sq0csp- sq0idp-", r"[\w-]{22,43}"),
    row("STRIPE_KEY", "sk_live_ sk_test_ rk_live_ rk_test_", "[A-Za-z0-9]{16,250}"),
    row("STRIPE_WEBHOOK_SECRET", "whsec_", "[A-Za-z0-9+/]{32,64}={0,2}"),
    row("SUPABASE_TOKEN", "sbp_ sb_secret_", r"[\w-]{31,40}"),
    row("TAILSCALE_KEY", "tskey-", r"[a-z]{3,10}-[A-Za-z0-9]{8,20}-[A-Za-z0-9]{20,50}"),
    row("TAVILY_API_KEY", "tvly-", "[A-Za-z0-9-]{32,48}", digit_score),
    row("TELEGRAM_BOT_TOKEN", ":AA", r"(?<=[0-9]{8}:AA)(?<![0-9]{11}:AA)[\w-]{33}", free=True),
    row("TWILIO_API_KEY", "SK", "[a-f0-9]{32}"),
    row("TYPEFORM_TOKEN", "tfp_", r"[\w.=-]{40,70}"),
    row("XAI_API_KEY", "xai-", "[A-Za-z0-9]{70,84}"),
    row(
        "ZAPIER_WEBHOOK",
        "hooks.zapier.com/hooks/catch/",
        "[0-9]{5,10}/[A-Za-z0-9]{6,10}",
        varied_score,
    ),
)
