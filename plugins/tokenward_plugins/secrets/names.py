"""Tells by its name whether a variable, key or header holds a secret, and of which provider."""

from __future__ import annotations

import re
from dataclasses import dataclass

from tokenward_plugins.secrets.checks import entropy

GENERIC = "SECRET_ASSIGNMENT"

NAME = re.compile(
    r"(?i)(?:pass(?:word|wd|phrase|code)|pwd|[_.-]pass|secret|token|credentials?|authorization"
    r"|(?:api|access|auth|private|client|encryption|decryption|signing|master|session|account|secret"
    r"|service|license|aes|ssh|jwt|hmac|webhook|storage|subscription|heroku|snyk|mailchimpe?|hubspot"
    r"|stripe|openai|twilio|sendgrid|datadog|cloudflare|mailgun|okta|sonar)[ _.-]?key(?![a-z])"
    r"|sonar[_.-]?login|(?-i:[A-Z0-9]_KEY))"
    r"[\w.\-\[\]$]{0,24}(?:\\{0,3}[\"'`\])]){0,2}[ \t]{0,8}[?+:!]{0,3}\Z"
)
"""The end of what stands before ``=`` or ``:``, where that names a secret."""

PARTS = ("key", "pass", "token", "secret", "pwd", "credential", "auth", "login")
REACH = 56
"""A name's telling part begins at most so far before the sign."""

CURL = re.compile(r"\bcurl\b[^\n]*\s(?:-u|--user)[ =]?[\"']?[^\s:\"'/]{0,64}\Z")

LEAD = re.compile(r"[\w.\-$]{0,40}\Z")

NO_SECRET = re.compile(
    r"(?i)tokeniz|secretar|passeng|passage|passive|compass|bypass|passport|encompass|public|csrf|xsrf"
    r"|keyword|(?:token|secret|password|credential)s\b|passing|passed|surpass"
    r"|(?:[_.-]|\b|(?<=[a-z]))(?:ids?|names?|file(?:name|path)?|path|dir|ur[li]|endpoint|type|len"
    r"|length|size|count|field|label|polic(?:y|ies)|hint|expir\w*|ttl|version|format|class|prefix"
    r"|suffix|arn|ref|rotation|manager|provider|vault|store|validator|strength|min|max|regex|pattern"
    r"|limit|budget|usage|used|cost|price|rate|index|status|enabled|required|header|param\w*|var"
    r"|scope|issuer|algorithm|alg|at|is|reset|prompt|placeholder|text|title|message|error)\Z"
)

PASSWORD = re.compile(
    r"(?i)pass(?:word|wd|phrase|code|$|[_.\-\s])|pwd|_pass|secret|credential|_login"
)


@dataclass(frozen=True, slots=True)
class Named:
    """A provider whose keys have no mark of their own: the name and the form of the value tell."""

    type: str
    name: str
    value: str


PROVIDERS: tuple[Named, ...] = (
    Named("AWS_SECRET_KEY", r"aws|secret_?access_?key", r"[A-Za-z0-9/+]{40}"),
    Named("AZURE_CLIENT_SECRET", r"client_?secret", r"[\w~.-]{3}[0-9]Q~[\w~.-]{31,34}"),
    Named("CLOUDFLARE_API_KEY", r"cloudflare|^cf_", r"[a-f0-9]{37}|[\w-]{40}"),
    Named("DATADOG_API_KEY", r"datadog|^dd_", r"[a-f0-9]{32}|[a-f0-9]{40}"),
    Named("FACEBOOK_APP_SECRET", r"facebook|^fb_", r"[a-f0-9]{32}"),
    Named("HEROKU_API_KEY", r"heroku", r"(?i:[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})"),
    Named("MAILCHIMP_API_KEY", r"mailchimp", r"[0-9a-f]{32}-us[0-9]{1,2}"),
    Named("MAILGUN_API_KEY", r"mailgun", r"[0-9a-f]{32}-[0-9a-f]{8}-[0-9a-f]{8}"),
    Named("NPM_TOKEN", r"_authtoken", r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"),
    Named("OKTA_TOKEN", r"okta", r"00[\w=-]{40}"),
    Named("SNYK_TOKEN", r"snyk", r"(?i:[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})"),
    Named("SONAR_TOKEN", r"sonar", r"(?i:[a-z0-9=_-]{40})"),
    Named("TWILIO_AUTH_TOKEN", r"twilio", r"[a-f0-9]{32}"),
)

NAMED_TYPES = frozenset(row.type for row in PROVIDERS)
LEAST = 2.0


def secret_name(before: str) -> str | None:
    """Returns the name that ends a text, if a secret may be assigned to it.

    >>> [secret_name(t) for t in ("const API_KEY ", '"db_password"', "max_tokens ", "Order ")]
    ['API_KEY', 'db_password', None, None]
    """
    near = before[-REACH:].lower()
    if not any(part in near for part in PARTS):  # 0.3 us where the expression takes 40
        return None
    match = NAME.search(before, max(0, len(before) - REACH))
    if match is None:
        return None
    lead = LEAD.search(before, 0, match.start())
    name = ((lead[0] if lead else "") + match[0]).rstrip(" \t\"'`])\\?+:!")
    return None if NO_SECRET.search(name) else name.lstrip()


def curl_user(before: str) -> str | None:
    """Returns a name for what follows the colon of ``curl -u user:password``.

    >>> curl_user("curl -s -u 'ann"), curl_user("docker run -u 1000")
    ('curl_password', None)
    """
    return "curl_password" if "curl" in before and CURL.search(before) else None


def is_password(name: str) -> bool:
    """Tells whether a person may have chosen the value, so that it need not look random."""
    return PASSWORD.search(name) is not None


def provider_type(name: str, value: str) -> str | None:
    """Returns the type of a provider's key by its name and form.

    >>> provider_type("HEROKU_API_KEY", "0d2b4f6a-1c3e-4a5b-8d7f-9e0c1b2a3d4f")
    'HEROKU_API_KEY'
    """
    if entropy(value) < LEAST:
        return None
    for row in PROVIDERS:
        if re.search(row.name, name, re.IGNORECASE) and re.fullmatch(row.value, value):
            return row.type
    return None
