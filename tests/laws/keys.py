"""Made-up secrets: keys of providers, private keys, tokens, passwords in URLs and assignments.

As in ``values``: a maker returns what stands before the value, and the value.
"""

from __future__ import annotations

import base64
import json
import re
import string

from tests.laws.digits import chars, crc62

ALPHABETS = {
    "A": string.ascii_letters + string.digits,
    "U": string.ascii_uppercase + string.digits,
    "L": string.ascii_lowercase + string.digits,
    "h": "0123456789abcdef",
    "d": string.digits,
    "w": string.ascii_letters + string.digits + "-_",
    "b": string.ascii_letters + string.digits + "+/",
    "t": string.ascii_uppercase + "234567",
}
PART = re.compile(r"\{([A-Za-z])(\d+)\}")
LINE = 64

FORMS = {
    "ADOBE_CLIENT_SECRET": "p8e-{L32}",
    "ANTHROPIC_API_KEY": "sk-ant-api03-{w93}AA",
    "AWS_ACCESS_KEY": "AKIA{t16}",
    "CONTENTFUL_TOKEN": "CFPAT-{w43}",
    "DATABRICKS_TOKEN": "dapi{h32}",
    "DIGITALOCEAN_TOKEN": "dop_v1_{h64}",
    "DYNATRACE_TOKEN": "dt0c01.{t24}.{t64}",
    "FACEBOOK_TOKEN": "EAA{A180}",
    "FLY_TOKEN": "fm2_{b400}",
    "GITLAB_TOKEN": "glpat-{w20}",
    "GOOGLE_API_KEY": "AIza{w35}",
    "GOOGLE_OAUTH_TOKEN": "ya29.{w160}",
    "GRAFANA_TOKEN": "glsa_{A32}_{h8}",
    "HASHICORP_VAULT_TOKEN": "hvs.{w95}",
    "HUGGING_FACE_TOKEN": "hf_{A34}",
    "LANGFUSE_KEY": "sk-lf-{h8}-{h4}-{h4}-{h4}-{h12}",
    "LINEAR_API_KEY": "lin_api_{A40}",
    "MAILGUN_API_KEY": "key-{h32}",
    "NOTION_TOKEN": "ntn_{d11}{A35}",
    "ONEPASSWORD_TOKEN": "ops_eyJ{A700}",
    "OPENAI_API_KEY": "sk-proj-{w156}",
    "PERPLEXITY_API_KEY": "pplx-{A48}",
    "POSTMAN_API_KEY": "PMAK-{h24}-{h34}",
    "PYPI_TOKEN": "pypi-AgEIcHlwaS5vcmc{w150}",
    "README_API_KEY": "rdme_{L70}",
    "REPLICATE_TOKEN": "r8_{A37}",
    "RUBYGEMS_TOKEN": "rubygems_{h48}",
    "SENDGRID_API_KEY": "SG.{w22}.{w43}",
    "SHOPIFY_TOKEN": "shpat_{h32}",
    "SLACK_TOKEN": "xoxb-{d12}-{d13}-{A24}",
    "SLACK_WEBHOOK": "hooks.slack.com/services/T{U8}/B{U10}/{A24}",
    "SQUARE_TOKEN": "sq0atp-{w22}",
    "STRIPE_KEY": "sk_live_{A24}",
    "TELEGRAM_BOT_TOKEN": "{d10}:AA{w33}",
    "TWILIO_API_KEY": "SK{h32}",
    "XAI_API_KEY": "xai-{A80}",
}
"""Keys that begin in a way of their own; ``{A36}`` stands for 36 letters and digits, and so on."""


def filled(source, form):
    """Returns a form with random characters; all kinds of an alphabet are among them."""

    def some(part):
        kinds, size = ALPHABETS[part[1]], int(part[2])
        head = (kinds[0] + kinds[-1] + kinds[len(kinds) // 2] + "7")[: min(size, 4)]
        head = "".join(c if c in kinds else kinds[1] for c in head)
        return head + "".join(source.choices(kinds.replace("-", ""), k=size - len(head)))

    return PART.sub(some, form)


def jwt(source, length=160):
    """Returns a JSON web token of at least a length."""

    def part(value):
        return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")

    claims = {"sub": str(source.randrange(10**9)), "name": chars(source, ALPHABETS["A"], 8)}
    head, body = part({"alg": "HS256", "typ": "JWT"}), part(claims)
    return f"{head}.{body}.{filled(source, f'{{A{max(43, length - len(head) - len(body) - 2)}}}')}"


def pem(source, *, lines=8, indent="", newline="\n", kind="RSA PRIVATE KEY"):
    """Returns a private key of some lines, indented, and with line breaks as they are written."""
    body = [filled(source, f"{{b{LINE}}}") for _ in range(lines - 1)] + [filled(source, "{b46}==")]
    rows = [f"-----BEGIN {kind}-----", *body, f"-----END {kind}-----"]
    return (newline + indent).join(rows)


def _form(kind):
    return lambda source: ("the key ", filled(source, FORMS[kind]))


def _checked(prefix):
    return lambda source: ("token ", prefix + crc62(filled(source, "{A30}")))


def _key(source):
    layout = source.choice([{}, {"indent": "    "}, {"newline": "\\n"}])
    return "here: ", pem(source, lines=source.randrange(2, 6), **layout)


def _password(source):
    return filled(source, "{A12}").replace("0", "x") + "!"


KEY_MAKERS = {
    **{kind: _form(kind) for kind in FORMS},
    "GITHUB_TOKEN": _checked("ghp_"),
    "NPM_TOKEN": _checked("npm_"),
    "JWT": lambda source: ("Bearer ", jwt(source, source.choice([120, 300, 900]))),
    "PRIVATE_KEY": _key,
    "BASIC_AUTH_URL": lambda source: ("https://ann:", _password(source).rstrip("!")),
    "CONNECTION_STRING": lambda source: ("postgres://app:", _password(source).rstrip("!")),
    "SECRET_ASSIGNMENT": lambda source: ('password = "', _password(source)),
}
"""A maker for some thirty types, of every kind of form there is."""

BEHIND = {
    "BASIC_AUTH_URL": "@host.example.org/x",
    "CONNECTION_STRING": "@db.example.org:5432/main",
    "SECRET_ASSIGNMENT": '"',
}
"""What must stand behind a value of these types."""
