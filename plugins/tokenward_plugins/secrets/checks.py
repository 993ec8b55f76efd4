"""Checks that tell a key from what only looks like one; each is pure and linear in its value."""

from __future__ import annotations

import base64
import binascii
import math
import re
import zlib
from collections import Counter

BASE62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
CHECKSUM_LENGTH = 6
RANDOM_BITS = 2.0
"""Least entropy a character of a key: of 20 random hexadecimal digits it is above 3.

It only keeps out what is no key at all, for the prefix has told already."""
DISTINCT = 5
"""Least number of different characters, where a documented example key still counts as a key."""
FAILED = 0.6
"""The score of a value of the right form whose check sum is wrong: mistyped, or made up."""

MASKED = re.compile(r"([xX*.#•_0-])\1{5,}|(.)\2{9,}")
PLACEHOLDER = re.compile(
    r"(?i)your|example|placeholder|change[-_ ]?(?:me|this|it)|replace|insert|dummy|sample|redacted"
    r"|(?:secret|password|passwd|token|key|value)[-_ ]?(?:here|goes)|put[-_ ]|add[-_ ]your|fake"
    r"|my[-_ ]?(?:secret|password|token|api|key|access)|not[-_ ]?a?[-_ ]?(?:real|secret|password)"
    r"|enter[-_ ]|some[-_ ]?(?:secret|password|token|key)|test[-_ ]?(?:key|token)|x{5}"
    r"|\.{2}$|\.{3}|…"
)
TEMPLATE = re.compile(
    r"\$\{.*|\$\(.*|\$[A-Za-z_]\w*\$?|\{\{.*|\{[^{}]*\}|<.*|\[.*\]|%\(.*|%[^%]*%|%[sd@]|:\w+|\$\d"
    r"|@\w*\{.*|#\{.*|\*+|\.{2,}.*|-+|_+|\?+"
)
ROUTABLE = re.compile(r"\.[0-9a-z]{2}\.[0-9a-z]{2}([0-9a-z]{7})\Z")
ENCODED_HEAD = 64
JOSE = re.compile(rb'"(?:alg|typ|enc|kid|cty|x5[ctu]|jku|jwk|zip)"')


def entropy(value: str) -> float:
    """Returns the Shannon entropy of the characters, in bits each.

    >>> entropy("aaaa"), entropy("abcd")
    (0.0, 2.0)
    """
    size = len(value)
    counts = Counter(value).values()
    return sum(-n / size * math.log2(n / size) for n in counts) if size and len(counts) > 1 else 0.0


def is_placeholder(value: str) -> bool:
    """Tells whether a value stands for a secret that is to be filled in.

    >>> [is_placeholder(v) for v in ("your-key-here", "xxxxxxxx", "<token>", "${VAR}", "hunter2")]
    [True, True, True, True, False]
    """
    return bool(TEMPLATE.fullmatch(value) or PLACEHOLDER.search(value) or MASKED.search(value))


def random_score(value: str) -> float:
    """Returns 1 for what may be random, 0 for a placeholder or a repeated character.

    >>> random_score("sk-4fR9xQ2mTz7LbN1cVk8W"), random_score("sk-your-own-key-goes-here")
    (1.0, 0.0)
    """
    return float(entropy(value) >= RANDOM_BITS and not is_placeholder(value))


def digit_score(value: str) -> float:
    """Returns 1 for what may be random and has a digit: words joined by hyphens have none."""
    return random_score(value) if any(map(str.isdigit, value)) else 0.0


def varied_score(value: str) -> float:
    """Returns 1 for all but masks, so that keys of documents count too."""
    return float(len(set(value)) >= DISTINCT and not MASKED.search(value))


def aws_score(value: str) -> float:
    """Returns 1 for an access key id in base 32, less where a digit is not of that alphabet.

    >>> aws_score("AKIAIOSFODNN7EXAMPLE"), aws_score("AKIAIOSFODNN9EXAMPLE")
    (1.0, 0.8)
    """
    return varied_score(value) * (0.8 if re.search("[0189]", value[4:]) else 1.0)


def mixed_score(value: str) -> float:
    """Returns 1 for what may be random with letters of both cases and digits."""
    mixed = re.search("[a-z]", value) and re.search("[A-Z]", value) and re.search("[0-9]", value)
    return random_score(value) if mixed else 0.0


def twitter_score(value: str) -> float:
    """Returns 1 for what may be random behind the zeros that the token begins with."""
    return mixed_score(value.lstrip("A"))


def openai_score(value: str) -> float:
    """Returns 1 for a key after ``sk-``; words with hyphens are none.

    >>> openai_score("sk-learn-pipeline-of-many-steps"), openai_score("sk-proj-a8Kq02Lm51Zx")
    (0.0, 1.0)
    """
    body = value[3:]
    plain = body.isalpha() and (body.islower() or body.isupper() or body.istitle())
    if "-" in body and not any(map(str.isdigit, body)):
        return 0.0
    return 0.0 if plain else random_score(value)


def base62(number: int) -> str:
    """Returns a number in base 62, padded to the length of a check sum.

    >>> base62(61), base62(62)
    ('00000z', '000010')
    """
    digits = ""
    while number:
        number, digit = divmod(number, 62)
        digits = BASE62[digit] + digits
    return digits.rjust(CHECKSUM_LENGTH, "0")


def checksum_score(value: str) -> float:
    """Returns 1 where a GitHub or npm token ends with the check sum of its random part.

    The last six characters are the CRC-32 of those between prefix and check sum, in base 62. A
    likeness, of random characters or of words, counts less.

    >>> checksum_score("npm_" + "a" * 10 + "Zb3" * 6 + "q7" + base62(zlib.crc32(
    ...     b"a" * 10 + b"Zb3" * 6 + b"q7")))
    1.0
    """
    body = value.partition("_")[2]
    random, checksum = body[:-CHECKSUM_LENGTH], body[-CHECKSUM_LENGTH:]
    if base62(zlib.crc32(random.encode())) == checksum:
        return 1.0
    return max(FAILED * random_score(value), likeness_score(value))


def likeness_score(value: str) -> float:
    """Returns less than 1 for a token that has the form and is spelled of words, 0 for a mask.

    >>> likeness_score("xoxb-12345-67890-EXAMPLETOKEN"), likeness_score("xoxb-12345-xxxxxxxxxxxx")
    (0.6, 0.0)
    """
    body = value.replace("_", "-").rpartition("-")[2]
    return FAILED * (len(set(MASKED.sub("", body))) >= DISTINCT)


def grafana_score(value: str) -> float:
    """Returns 1 where a Grafana token ends with the check sum of what is before it.

    It is the CRC-32 in hexadecimal digits, lowest byte first.

    >>> grafana_score("glsa_" + "aB3xK9mQ" * 4 + "_16a44120")
    1.0
    """
    random, _, checksum = value.rpartition("_")
    real = zlib.crc32(random.encode()).to_bytes(4, "little").hex()
    return 1.0 if checksum.lower() == real else FAILED * random_score(value)


def gitlab_score(value: str) -> float:
    """Returns 1 for a GitLab token; less where it tells a length and the check sum is wrong.

    A routable token ends with ``.01.``, the length of its payload in two digits to the base 36 and
    the CRC-32 of all before it in seven.
    """
    found = ROUTABLE.search(value)
    if not found:
        return digit_score(value)
    real = zlib.crc32(value[: found.start(1)].encode())
    return 1.0 if int(found[1], 36) == real else FAILED * digit_score(value)


def encoded_key_score(value: str) -> float:
    """Returns 1 for the base 64 of a private key in PEM form.

    >>> encoded_key_score(base64.b64encode(b"-----BEGIN EC PRIVATE KEY-----").decode())
    1.0
    """
    head = value[: ENCODED_HEAD - ENCODED_HEAD % 4]
    try:
        first = base64.b64decode(head + "=" * (-len(head) % 4))
    except (binascii.Error, ValueError):
        return 0.0
    return float(b"PRIVATE KEY" in first)


def jose_score(value: str) -> float:
    """Returns 1 where the first part decodes to a header of JSON Object Signing and Encryption.

    >>> jose_score("eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0"), jose_score("eyJwbGFpbiI6MX0.eyJh")
    (1.0, 0.0)
    """
    part, dot, _ = value.partition(".")
    whole = len(part) // 4 * 4
    try:
        header = base64.urlsafe_b64decode(part[:whole])
        header += (
            base64.urlsafe_b64decode(part[whole:].ljust(4, "=")) if dot and part[whole:] else b""
        )
    except (binascii.Error, ValueError):
        return 0.0
    closed = header.endswith(b"}") or not dot
    return float(closed and JOSE.search(header) is not None)


def octopus_score(value: str) -> float:
    """Returns 1 for what is no hexadecimal number, as the identifiers of pages are."""
    return digit_score(value) if re.search("[G-Z]", value[4:]) else 0.0


def discord_score(value: str) -> float:
    """Returns 1 where the first part is the base 64 of a decimal number, as a bot's token is."""
    part = value.partition(".")[0]
    try:
        number = base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))
    except (binascii.Error, ValueError):
        return FAILED * random_score(value)
    return 1.0 if number.isdigit() else FAILED * random_score(value)
