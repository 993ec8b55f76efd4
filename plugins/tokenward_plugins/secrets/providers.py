"""Keys without a form of their own: the provider is told by the name that they are given to."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable
from dataclasses import dataclass

from tokenward_plugins.secrets.checks import entropy, is_placeholder
from tokenward_plugins.secrets.urls import GUESSED

UUID = r"(?i:[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})"
LEAST = 2.0
SHORTEST = 20
"""No key of a provider is shorter, but for those of ``ONLY``."""


def login_score(value: str) -> float:
    """Returns 1 for the base 64 of a user and a password with a colon between.

    >>> login_score("YW5uOmh1bnRlcjI="), login_score("c29tZXRoaW5n")
    (1.0, 0.0)
    """
    try:
        plain = base64.b64decode(value, validate=True)
    except (binascii.Error, ValueError):
        return 0.0
    return float(0 < plain.find(b":") < len(plain) - 1 and plain.isascii())


def chosen_score(value: str) -> float:
    """Returns 1 for a user and a password that stand in for none.

    >>> chosen_score("f3a91b:d04c77"), chosen_score("username:password")
    (1.0, 0.0)
    """
    user, _, password = value.partition(":")
    stands_in = password.lower() in GUESSED or is_placeholder(user) or is_placeholder(password)
    return float(not stands_in)


def any_score(_: str) -> float:
    """Returns 1: the form says enough."""
    return 1.0


@dataclass(frozen=True, slots=True)
class Provider:
    """A provider's type, what the name must hold, and the form of the value."""

    type: str
    name: str
    value: str
    check: Callable[[str], float] = any_score


PROVIDERS: tuple[Provider, ...] = (
    Provider("ALGOLIA_API_KEY", r"algolia", r"[a-f0-9]{32}"),
    Provider("AWS_SESSION_TOKEN", r"aws.?session|security.?token", r"[A-Za-z0-9/+=]{100,}"),
    Provider("AWS_SECRET_KEY", r"aws|secret_?access_?key", r"[A-Za-z0-9/+]{40}"),
    Provider("AZURE_CLIENT_SECRET", r"client_?secret", r"[\w~.-]{3}[0-9]Q~[\w~.-]{31,34}"),
    Provider("AZURE_OPENAI_KEY", r"azure.{0,3}openai|openai.{0,3}azure", r"[a-f0-9]{32}"),
    Provider("AZURE_SAS_TOKEN", r"^sig$", r"[A-Za-z0-9%+/]{43,70}(?:%3[Dd]|=)"),
    Provider("AZURE_STORAGE_KEY", r"^(?:account|storage)_?key$", r"[A-Za-z0-9+/]{86}=="),
    Provider("AZURE_SERVICE_KEY", r"accesskey$", r"[A-Za-z0-9+/]{42,84}={0,2}"),
    Provider("BUNDLER_CREDENTIALS", r"^bundle$", r"[\w.%+-]+:[\w.%~-]{4,}", chosen_score),
    Provider("CLOUDFLARE_API_KEY", r"cloudflare|^cf_", r"[a-f0-9]{37}|[\w-]{40}"),
    Provider("CODECOV_TOKEN", r"codecov", UUID),
    Provider("COHERE_API_KEY", r"cohere|^co_api", r"[A-Za-z0-9]{40}"),
    Provider("DATADOG_API_KEY", r"datadog|^dd_", r"[a-f0-9]{32}|[a-f0-9]{40}"),
    Provider("DEEPGRAM_API_KEY", r"deepgram", r"[a-f0-9]{40}"),
    Provider("DISCORD_CLIENT_SECRET", r"discord", r"[\w-]{32}"),
    Provider("DOCKER_REGISTRY_AUTH", r"^auth$", r"[A-Za-z0-9+/]{8,}={0,2}", login_score),
    Provider("FACEBOOK_APP_SECRET", r"facebook|^fb_", r"[a-f0-9]{32}"),
    Provider("FASTLY_API_TOKEN", r"fastly", r"[\w-]{32}"),
    Provider("GITHUB_CLIENT_SECRET", r"github", r"[a-f0-9]{40}"),
    Provider("HEROKU_API_KEY", r"heroku", UUID),
    Provider("LINODE_TOKEN", r"linode", r"[a-f0-9]{64}"),
    Provider("MAILCHIMP_API_KEY", r"mailchimp", r"[0-9a-f]{32}-us[0-9]{1,2}"),
    Provider("MAILGUN_API_KEY", r"mailgun", r"[0-9a-f]{32}-[0-9a-f]{8}-[0-9a-f]{8}"),
    Provider("MISTRAL_API_KEY", r"mistral", r"[A-Za-z0-9]{32}"),
    Provider("NPM_TOKEN", r"_authtoken", r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"),
    Provider("OKTA_TOKEN", r"okta", r"00[\w=-]{40}"),
    Provider("PAGERDUTY_KEY", r"pager_?duty", r"[\w+-]{20}|[a-f0-9]{32}"),
    Provider("SNYK_TOKEN", r"snyk", UUID),
    Provider("SONAR_TOKEN", r"sonar", r"(?i:[a-z0-9=_-]{40})"),
    Provider("SUMO_ACCESS_ID", r"^sumo_id$", r"su[A-Za-z0-9]{12}"),
    Provider("TWILIO_AUTH_TOKEN", r"twilio", r"[a-f0-9]{32}"),
    Provider("TWITTER_SECRET", r"twitter", r"[A-Za-z0-9]{45}|[A-Za-z0-9]{50}"),
    Provider("VERCEL_TOKEN", r"vercel", r"[A-Za-z0-9]{24}"),
    Provider("WANDB_API_KEY", r"wandb", r"[a-f0-9]{40}"),
    Provider(
        "WIREGUARD_KEY", r"^(?:private|preshared)_?key$", r"[A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]="
    ),
)
PROVIDER_TYPES = frozenset(row.type for row in PROVIDERS)
ONLY = frozenset(("auth", "bundle", "sig", "sumo_id"))
"""Names of which nothing else is a secret."""


def provider_type(name: str, value: str) -> str | None:
    """Returns the type of a provider's key by its name and form.

    >>> provider_type("HEROKU_API_KEY", "0d2b4f6a-1c3e-4a5b-8d7f-9e0c1b2a3d4f")
    'HEROKU_API_KEY'
    """
    if (len(value) < SHORTEST and name not in ONLY) or entropy(value) < LEAST:
        return None
    for row in PROVIDERS:
        if re.search(row.name, name, re.IGNORECASE) and re.fullmatch(row.value, value):
            return row.type if row.check(value) else None
    return None
