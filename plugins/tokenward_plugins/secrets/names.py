"""Tells by its name whether a variable, key, header or option holds a secret."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple

from tokenward_plugins.secrets.triggers import NAMES, OTHERS, folded

NEAR = 64
"""A name begins at most so far before its sign."""
OWNERS = tuple(
    "api access auth private client encryption decryption signing master session account secret"
    " service license aes ssh jwt hmac webhook storage subscription deploy admin app application"
    " consumer developer shared crypto cipher security integration project personal heroku snyk"
    " mailchimp mailchimpe hubspot stripe openai anthropic twilio sendgrid datadog cloudflare"
    " mailgun okta sonar mistral cohere groq gemini deepseek rapidapi function host facebook"
    " unseal recovery stream ingestion write".split()
)
"""What makes a key a secret: no secret is the key of a map, or on a keyboard."""
NO_OWNERS = tuple(
    "primary foreign cache sort hash range partition row column unique index map dict group lookup"
    " item object data registry routing shard order search query filter pub public sitekey site"
    " reference config setting settings translation message i18n lang locale label event message"
    " field state store storagekey react vue list node parent child session_cache dedupe"
    " idempotency redis etag content file image asset".split()
)
"""Keys that are none, whatever their values look like."""
CORES: Mapping[str, re.Pattern[str]] = {
    "pass": re.compile(
        r"pass(?:word|wd|wort|phrase|code)|(?<![a-z])pass(?![a-z])|(?<=mot de )passe"
    ),
    "key": re.compile(r"key(?![a-z])"),
    "auth": re.compile(r"authorization|(?<=[\"'])auth(?=\\?[\"'])"),
    "login": re.compile(r"(?<=sonar[_.-])login|(?<=sonar)login"),
    "credential": re.compile(r"credentials?"),
    "contrase": re.compile(r"contrase[?n]a"),
    "clave": re.compile(r"clave(?![a-z])"),
    "арол": re.compile("(?<=[пП])арол"),
    "asło": re.compile("(?<=[hH])asło"),
    "lé": re.compile("(?<=[cC])lé[ _-](?:d.?)?(?i:api|accès|secrète)"),
    "chlüss": re.compile("(?i:(?<=api.s)|(?<=(?:pis|nss|gss|ims|fss)))chlüssel"),
    "密": re.compile("密[码碼钥鑰]"),
    "パス": re.compile("パスワード"),
    "비밀": re.compile("비밀번호"),
}
"""How the telling part of a name goes on, ASCII in lower case; what is not here is whole."""
REST = re.compile(
    r"[\w.\-\[\]$]{0,24}(?: [0-9]{1,2})?"
    r"(?: \([^()\n]{1,20}\)| (?:for|of|für|pour|para|von) [\w .@-]{1,32}?)?"
    r"(?: (?:is|ist|es|est|lautet))?(?:\\{0,3}[\"'`\])*]){0,4}[ \t]{0,8}[?+!]{0,3}\Z"
)
"""What may stand between it and the sign."""
SUFFIX = re.compile(r"[\w.\-\[\]$]{0,24}")
SEPARATORS = frozenset("_-. ")
PUBLIC = (".svg?", ".svg&", ".png?", ".png&")
"""What an image of the state of a project is asked with, which anyone may see."""
IDENTIFIER = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-.$"

OTHER_WORDS = re.compile(
    r"tokeniz|secretar|passeng|passag|passiv|compass|bypass|passport|public|csrf|xsrf|authentic"
    r"|keyword|(?:token|secret|password|credential)s\b|passing|passed|surpass|monkey|author(?!iz)"
)
"""Words that only begin like a name of a secret."""
ABOUT = tuple(
    "id ids name names file filename filepath path dir url uri endpoint type len length size count"
    " field label policy policies hint expiry expire expires expired expiration ttl version format"
    " class prefix suffix arn ref rotation manager provider vault store validator strength min max"
    " regex pattern limit budget usage used cost price rate index status enabled required header"
    " param params parameter parameters var scope issuer algorithm alg at is reset prompt text"
    " title placeholder message error hash hashed digest fingerprint checksum icon image color css"
    " selector event listener handler help rule rules".split()
)
"""How the name of something about a secret ends."""


class Name(NamedTuple):
    """The name of what may be a secret, and how its value must stand.

    ``quoted``: only in quotes; ``said``: in a sentence, so that it must begin with a word that is
    none of a sentence; ``weak``: the name alone hardly tells; ``strict``: words may stand so, too.
    """

    text: str
    quoted: bool = False
    said: bool = False
    weak: bool = False
    strict: bool = False


def tells(near: str) -> bool:
    """Tells whether a text has what all names contain.

    That is asked at each colon of a text, so it is spelt out: a loop takes three times as long.
    """
    low = near.lower() if near.isascii() else folded(near)
    return (
        "pass" in low or "token" in low or "secret" in low or "key" in low or "auth" in low
        or "pwd" in low or "credential" in low or "login" in low or "kennwort" in low
        or "contrase" in low or "clave" in low or "senha" in low
        or (not near.isascii() and (
            "арол" in near or "密" in near or "lé" in near or "chlüss" in near or "口令" in near
            or "パス" in near or "비밀" in near or "asło" in near
        ))
    )  # fmt: skip


def secret_name(near: str) -> Name | None:
    """Returns the name that ends a text, if a secret may have it.

    >>> names = map(secret_name, ("my.apiKey", "monkey", "MAX_TOKENS", "sort_key", "ACME_KEY"))
    >>> [name and name.text for name in names]
    ['my.apiKey', None, None, None, 'ACME_KEY']
    """
    lower = folded(near)
    for part in NAMES:
        if part in lower:
            name = _named(near, lower, part)
            if name is not None:
                return name
    if near.isascii():
        return None
    for _, part in OTHERS:
        name = _named(near, near, part) if part in near else None
        if name is not None:
            return name
    return None


def _named(near: str, lower: str, part: str) -> Name | None:
    """Returns the name in which a part is the last of its kind."""
    at = lower.rfind(part)
    core = CORES[part].match(lower, at) if part in CORES else None
    if core is None and part in CORES:
        return None
    end = core.end() if core else at + len(part)
    weak = part == "key" and not _owned(lower, at)
    if (weak and not _joined(near, lower, at)) or not REST.match(lower, end):
        return None
    suffix = SUFFIX.match(near, end)
    begin = len(near[:at].rstrip(IDENTIFIER))
    name = near[begin : suffix.end() if suffix else end].rstrip("].").lstrip("-.$[")
    whole = name.lower()
    if whole.endswith(ABOUT) or OTHER_WORDS.search(whole) or near.endswith(PUBLIC, 0, begin):
        return None
    return Name(name, weak=weak and near[at : at + 3] != "KEY")


def _owned(lower: str, at: int) -> bool:
    """Tells whether what is before a key makes it a secret."""
    return lower.endswith(OWNERS, 0, at - 1 if lower[at - 1 : at] in SEPARATORS else at)


def _joined(near: str, lower: str, at: int) -> bool:
    """Tells whether a key is named for something, and that is no map or table."""
    if at < 2 or not (near[at - 1] in "_-" or near[at].isupper()):  # noqa: PLR2004  # a letter and a sign
        return False
    end = at - 1 if near[at - 1] in "_-" else at
    return near[end - 1].isalnum() and not lower.endswith(NO_OWNERS, 0, end)
