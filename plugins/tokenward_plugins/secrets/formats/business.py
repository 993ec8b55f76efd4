"""Keys of services for messages, shops, payments, forms and customers."""

from __future__ import annotations

from tokenward_plugins.secrets.checks import (
    digit_score,
    discord_score,
    likeness_score,
    mixed_score,
    twitter_score,
    varied_score,
)
from tokenward_plugins.secrets.formats.format import Format, row

ENCODED = "(?:[A-Za-z0-9+/=-]|%2[BbFf]|%3[Dd])"
"""A character of base 64, or its code in a URL."""
UUID = "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"

ROWS: tuple[Format, ...] = (
    row("ADOBE_CLIENT_SECRET", "p8e-", "[a-z0-9-]{32}", digit_score),
    row("AIRTABLE_TOKEN", "pat", r"[A-Za-z0-9]{14}\.[a-f0-9]{64}"),
    row("APIFY_TOKEN", "apify_api_ apify_proxy_", "[A-Za-z0-9]{30,40}", mixed_score),
    row("ASANA_TOKEN", "2/", "[0-9]{10,20}/[0-9]{10,20}:[a-f0-9]{32}", inside=":"),
    row(
        "AUTHRESS_KEY",
        "sc_ ext_ scauth_ authress_",
        r"[a-z0-9]{5,30}\.[a-z0-9]{4,6}\.acc[_-][a-z0-9-]{10,32}\.[A-Za-z0-9+/_=-]{30,120}",
    ),
    row("BREVO_API_KEY", "xkeysib- xsmtpsib-", "[a-f0-9]{64}-[A-Za-z0-9]{16}"),
    row("CLICKUP_TOKEN", "pk_", "[0-9]{6,10}_[0-9A-Z]{32}"),
    row("CONTENTFUL_TOKEN", "CFPAT-", r"[\w-]{43}"),
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
    row("DROPBOX_TOKEN", "sl.", r"[\w.-]{130,}", digit_score, run=r"[\w.-]"),
    row("DUFFEL_API_TOKEN", "duffel_test_ duffel_live_", r"[A-Za-z0-9_=-]{43}"),
    row("EASYPOST_API_KEY", "EZAK EZTK", "[A-Za-z0-9]{54}", mixed_score),
    row("FACEBOOK_TOKEN", "EAA", "[A-Za-z0-9]{80,}", mixed_score, run="[A-Za-z0-9]"),
    row("FACEBOOK_TOKEN", "", r"[\w-]{27}", mixed_score, head="[0-9]{15,16}", size=15, mark="|"),
    row("FIGMA_TOKEN", "figd_ figu_ figo_ figor_ figoh_", r"[\w-]{40,44}"),
    row("FLEXPORT_TOKEN", "shltm_", r"[\w-]{40}"),
    row("FLUTTERWAVE_KEY", "FLWSECK- FLWSECK_TEST-", "[a-z0-9]{32}-X"),
    row("FRAMEIO_TOKEN", "fio-u-", r"[A-Za-z0-9_=-]{64}"),
    row("HUBSPOT_TOKEN", "pat-na1- pat-na2- pat-na3- pat-eu1- pat-ap1-", UUID),
    row("INTERCOM_TOKEN", "dG9rO", "[A-Za-z0-9+/]{54,58}={0,2}", mixed_score),
    row("LOB_API_KEY", "live_ test_", "[a-f0-9]{35}"),
    row("MAILCHIMP_API_KEY", "", r"[0-9a-f]{32}-us[0-9]{1,2}", hint="[0-9a-f]{20}"),
    row("MAILGUN_API_KEY", "key-", "[a-f0-9]{32}"),
    row("MAPBOX_SECRET", "sk.eyJ tk.eyJ", r"[\w-]{32,200}\.[\w-]{20,30}"),
    row("NOTION_TOKEN", "ntn_", "[0-9]{11}[A-Za-z0-9]{35}"),
    row("NOTION_TOKEN", "secret_", "[A-Za-z0-9]{43}", mixed_score),
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
    row("PAGARME_KEY", "ak_live_", "[A-Za-z0-9]{30}", mixed_score),
    row("PLAID_TOKEN", "access-sandbox- access-development- access-production-", UUID),
    row("RAMP_SECRET", "ramp_sec_", "[A-Za-z0-9]{48}"),
    row("RESEND_API_KEY", "re_", "[A-Za-z0-9]{8}_[A-Za-z0-9]{24}", mixed_score),
    row(
        "SALESFORCE_TOKEN",
        "",
        r"[A-Za-z0-9_.]{80,120}",
        mixed_score,
        head="00D[A-Za-z0-9]{12}",
        begin="00D",
        size=15,
        mark="!",
    ),
    row("SALESFORCE_TOKEN", "5AEP861", r"[A-Za-z0-9._=]{80,200}", mixed_score),
    row("SENDGRID_API_KEY", "SG.", r"[\w-]{16,32}\.[\w-]{32,64}"),
    row("SHIPPO_TOKEN", "shippo_live_ shippo_test_", "[a-f0-9]{40}"),
    row("SHOPIFY_TOKEN", "shpat_ shpca_ shppa_ shpss_ shptka_ shpua_", "[A-Fa-f0-9]{32}"),
    row(
        "SLACK_TOKEN",
        "xoxa- xoxb- xoxo- xoxp- xoxr- xoxs-",
        "[0-9]{1,14}(?:-[0-9]{5,14}){0,3}-(?=[A-Za-z]*[0-9])(?=[0-9]*[A-Za-z])[A-Za-z0-9]{8,80}",
    ),
    row(
        "SLACK_TOKEN",
        "xoxb- xoxp-",
        "[0-9]{5,14}(?:-[0-9]{5,14}){0,3}-[A-Za-z]{8,80}",
        likeness_score,
    ),
    row("SLACK_TOKEN", "xoxc- xoxd-", f"{ENCODED}{{30,140}}", digit_score),
    row("SLACK_TOKEN", "xoxe- xoxe.xoxp- xoxe.xoxb-", "[0-9][A-Za-z0-9-]{30,250}"),
    row("SLACK_TOKEN", "xapp-", "[0-9]-[A-Z0-9]{8,14}-[0-9]{8,16}-[A-Za-z0-9]{20,80}"),
    row(
        "SLACK_WEBHOOK",
        "hooks.slack.com/",
        "(?:services|workflows|triggers)/[A-Za-z0-9+/]{30,120}",
        mixed_score,
    ),
    row("SQUARE_TOKEN", "sq0atp- sq0csp- sq0idp-", r"[\w-]{22,43}"),
    row("SQUARE_TOKEN", "EAAA", r"[\w-]{60}", mixed_score),
    row(
        "STRIPE_KEY", "sk_live_ sk_test_ sk_prod_ rk_live_ rk_test_ rk_prod_", "[A-Za-z0-9]{16,250}"
    ),
    row("STRIPE_WEBHOOK_SECRET", "whsec_", "[A-Za-z0-9+/]{32,64}={0,2}"),
    row(
        "TEAMS_WEBHOOK",
        "webhook.office.com/webhookb2/ outlook.office.com/webhook/",
        rf"{UUID}@{UUID}/[A-Za-z]{{10,40}}/[0-9a-f]{{32}}/{UUID}(?:/[\w-]{{20,60}})?",
        inside="@",
    ),
    row("TELEGRAM_BOT_TOKEN", "", r"[\w-]{32,33}", head="(?:bot)?[0-9]{8,10}", size=8, mark=":AA"),
    row("TELEGRAM_BOT_TOKEN", "bot", r"(?P<secret>[0-9]{8,10}:AA[\w-]{32,33})", inside=":"),
    row("TWILIO_API_KEY", "SK", "[a-f0-9]{32}"),
    row("TWITTER_BEARER_TOKEN", "AAAAAAAAAAAAAAAAAAAAA", f"{ENCODED}{{60,110}}", twitter_score),
    row("TYPEFORM_TOKEN", "tfp_", r"[\w.=-]{40,70}"),
    row(
        "ZAPIER_WEBHOOK",
        "hooks.zapier.com/hooks/catch/",
        "[0-9]{5,10}/[A-Za-z0-9]{6,10}",
        varied_score,
    ),
    row("ZOHO_TOKEN", "1000.", r"[a-f0-9]{32}\.[a-f0-9]{32}"),
)
