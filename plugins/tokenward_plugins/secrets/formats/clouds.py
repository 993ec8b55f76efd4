"""Keys of clouds, hosts, networks and databases."""

from __future__ import annotations

from tokenward_plugins.secrets.checks import (
    aws_score,
    digit_score,
    mixed_score,
    random_score,
    varied_score,
)
from tokenward_plugins.secrets.formats.format import Format, row

BASE64 = "[A-Za-z0-9+/]"
NOT_MORE = "(?![+/=_-])"
LONG_RUN = f"{BASE64}{{20}}"

ROWS: tuple[Format, ...] = (
    row("ADAFRUIT_IO_KEY", "aio_", "[A-Za-z0-9]{28}", mixed_score),
    row("AIVEN_PASSWORD", "AVNS_", r"[\w-]{19,21}", digit_score),
    row("ALIBABA_ACCESS_KEY", "LTAI", "[A-Za-z0-9]{17,21}", mixed_score),
    row("AWS_ACCESS_KEY", "AKIA ASIA ABIA ACCA", "[A-Z0-9]{16}", aws_score),
    row("AWS_ACCESS_KEY", "A3T", "[A-Z0-9]{17}", aws_score),
    row("AWS_BEDROCK_KEY", "ABSK", f"{BASE64}{{109,269}}={{0,2}}", varied_score),
    row(
        "AWS_BEDROCK_KEY",
        "bedrock-api-key-YmVkcm9jay5hbWF6b25hd3MuY29t",
        "[A-Za-z0-9+/=]{16,}",
        varied_score,
        run="[A-Za-z0-9+/=_-]",
    ),
    row(
        "AWS_MWS_TOKEN", "amzn.mws.", "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
    ),
    row(
        "AZURE_CLIENT_SECRET",
        "",
        r"[\w~.-]{3}[0-9]Q~[\w~.-]{31,34}(?![~./+])",
        hint=r"[\w~.-]{3}[0-9]Q~",
    ),
    row("AZURE_STORAGE_KEY", "", rf"{BASE64}{{76}}\+ASt{BASE64}{{5}}[AQgw]==", hint=LONG_RUN),
    row(
        "AZURE_SERVICE_KEY",
        "",
        rf"{BASE64}{{76}}(?:ACDb|APIM|\+ABa|\+AMC){BASE64}{{5}}[AQgw]==",
        hint=LONG_RUN,
    ),
    row(
        "AZURE_SERVICE_KEY",
        "",
        rf"{BASE64}{{33}}(?:AIoT|AzCa|AZEG|\+ASb|\+AEh|\+ARm)[A-P]{BASE64}{{5}}=",
        hint=LONG_RUN,
    ),
    row(
        "AZURE_SERVICE_KEY",
        "",
        rf"{BASE64}{{42}}(?:AzSe|\+ACR)[A-D]{BASE64}{{5}}{NOT_MORE}",
        hint=LONG_RUN,
    ),
    row(
        "AZURE_SERVICE_KEY",
        "",
        "[A-Za-z0-9]{52}JQQJ9[9DH][A-Za-z0-9][A-L][A-Za-z0-9]{16}[A-Za-z][A-Za-z0-9]{7}"
        f"(?:[A-Za-z0-9]{{2}}==)?{NOT_MORE}",
        hint="[A-Za-z0-9]{20}",
    ),
    row("AZURE_DEVOPS_TOKEN", "", "[A-Za-z0-9]{76}AZDO[A-Za-z0-9]{4}", hint="[A-Za-z0-9]{20}"),
    row("AZURE_FUNCTION_KEY", "", r"[\w-]{44}AzFu[\w-]{5}[AQgw]==", hint=r"[\w-]{20}"),
    row("CLICKHOUSE_KEY", "4b1d", "[A-Za-z0-9]{38}", mixed_score),
    row("CLOUDFLARE_API_KEY", "cfk_ cfut_ cfat_", "[A-Za-z0-9]{40}[a-f0-9]{8}"),
    row("CLOUDFLARE_ORIGIN_KEY", "v1.0-", "[a-f0-9]{24}-[a-f0-9]{146}"),
    row("DATABRICKS_TOKEN", "dapi", "[a-f0-9]{32}(?:-[0-9])?"),
    row("DEFINED_NETWORKING_TOKEN", "dnkey-", r"[A-Za-z0-9=_-]{26}-[A-Za-z0-9=_-]{52}"),
    row("DIGITALOCEAN_TOKEN", "dop_v1_ doo_v1_ dor_v1_", "[a-f0-9]{64}"),
    row("FLY_TOKEN", "fo1_", r"[\w-]{43}"),
    row(
        "FLY_TOKEN", "fm1r_ fm1a_ fm2_", "[A-Za-z0-9+/=]{100,}", varied_score, run="[A-Za-z0-9+/=_]"
    ),
    row("GOOGLE_API_KEY", "AIza", r"[\w-]{35}"),
    row("GOOGLE_HMAC_KEY", "GOOG1E", "[A-Z0-9]{55}"),
    row("GOOGLE_OAUTH_SECRET", "GOCSPX-", r"[\w-]{28}"),
    row("GOOGLE_OAUTH_TOKEN", "ya29.", r"[\w-]{20,}", digit_score, run=r"[\w.-]"),
    row("GOOGLE_REFRESH_TOKEN", "1//0", r"[\w-]{35,120}"),
    row(
        "FIREBASE_SERVER_KEY",
        "",
        r"[\w-]{134}",
        head=r"AAAA[\w-]{7}",
        begin="AAAA",
        size=11,
        mark=":APA91b",
    ),
    row(
        "HASHICORP_TERRAFORM_TOKEN",
        "",
        r"[A-Za-z0-9]{14}\.atlasv1\.[\w=-]{60,70}",
        hint=r"[A-Za-z0-9]{14}\.atlas",
    ),
    row("HASHICORP_VAULT_TOKEN", "hvs. hvb. hvr.", r"[\w-]{24,300}", digit_score),
    row("HASHICORP_VAULT_TOKEN", "s.", "[A-Za-z0-9]{24}", mixed_score),
    row("HEROKU_API_KEY", "HRKU-", r"AA[\w-]{58}"),
    row(
        "MAXMIND_LICENSE_KEY",
        "",
        "[A-Za-z0-9]{6}_[A-Za-z0-9]{29}_mmk",
        hint="[A-Za-z0-9]{6}_[A-Za-z0-9]{13}",
    ),
    row("MONGODB_SERVICE_SECRET", "mdb_sa_sk_", r"[\w-]{40}"),
    row("NEON_API_KEY", "napi_", "[a-z0-9]{60,66}"),
    row("NETLIFY_TOKEN", "nfp_ nfc_ nfu_ nfo_ nfb_", "[A-Za-z0-9]{36}"),
    row("OPENSHIFT_TOKEN", "sha256~", r"[\w-]{43}", mixed_score),
    row("PLANETSCALE_TOKEN", "pscale_tkn_ pscale_pw_ pscale_oauth_", r"[\w=.-]{32,64}"),
    row("PULUMI_TOKEN", "pul-", "[a-f0-9]{40}"),
    row("RENDER_API_KEY", "rnd_", "[A-Za-z0-9]{28,40}", mixed_score),
    row("SCALINGO_TOKEN", "tk-us- tk-eu-", r"[\w-]{48}"),
    row("SUPABASE_TOKEN", "sbp_ sb_secret_", r"[\w-]{31,44}"),
    row("TAILSCALE_KEY", "tskey-", r"[a-z]{3,10}-[A-Za-z0-9]{8,20}-[A-Za-z0-9]{20,50}"),
    row("VERCEL_TOKEN", "vcp_ vci_ vca_ vcr_ vck_", "[A-Za-z0-9]{24,60}", mixed_score),
    row("VERCEL_TOKEN", "vercel_blob_rw_", "[A-Za-z0-9]{8,20}_[A-Za-z0-9]{24,40}"),
    row("YANDEX_API_KEY", "AQVN", r"[\w-]{35,38}", mixed_score),
    row("YANDEX_IAM_TOKEN", "t1.", r"[\w-]{40,300}={0,2}\.[\w-]{86}={0,2}", random_score),
)
