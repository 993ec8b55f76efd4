"""Check digits and random characters for made-up values; every function is pure in its source."""

from __future__ import annotations

import hashlib
import string
import zlib

BASE58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
BASE62 = string.digits + string.ascii_uppercase + string.ascii_lowercase
BECH32 = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
VERHOEFF_TABLE = (
    "0123456789", "1234067895", "2340178956", "3401289567", "4012395678",
    "5987604321", "6598710432", "7659821043", "8765932104", "9876543210",
)  # fmt: skip
VERHOEFF_ORDER = (
    "0123456789", "1576283094", "5803796142", "8916043527",
    "9453126870", "4286573901", "2793806415", "7046913258",
)  # fmt: skip


def chars(source, alphabet, count):
    """Returns random characters; two of them at least differ where there are two."""
    while True:
        made = "".join(source.choices(alphabet, k=count))
        if count < 2 or len(set(made)) > 1:
            return made


def digits(source, count, *, first=string.digits):
    """Returns random digits; the first one is of a set."""
    return source.choice(first) + (chars(source, string.digits, count - 1) if count > 1 else "")


def day(source):
    """Returns a date of birth as six digits, year first."""
    year, month = source.randrange(50, 99), source.randrange(1, 13)
    return f"{year:02d}{month:02d}{source.randrange(1, 29):02d}"


def luhn(body):
    """Returns a number with its Luhn check digit.

    >>> luhn("411111111111111")
    '4111111111111111'
    """
    total = 0
    for place, digit in enumerate(reversed(body)):
        value = int(digit) * (2 - place % 2)
        total += value - 9 if value > 9 else value
    return body + str(-total % 10)


def weighted(body, weights):
    """Returns the sum of digits by weights."""
    return sum(int(digit) * weight for digit, weight in zip(body, weights, strict=True))


def drawn(source, make, good):
    """Draws until a value is good: where a check digit would be 10, there is no such value."""
    while True:
        made = make(source)
        if good(made):
            return made


def mod97(country, account):
    """Returns an IBAN with its check digits (ISO 13616).

    >>> mod97("DE", "370400440532013000")
    'DE89370400440532013000'
    """
    number = int("".join(str(int(character, 36)) for character in f"{account}{country}00"))
    return f"{country}{98 - number % 97:02d}{account}"


def iso7064(body):
    """Returns a number with its check digit by ISO 7064, MOD 11,10."""
    product = 10
    for digit in body:
        total = (int(digit) + product) % 10 or 10
        product = total * 2 % 11
    return body + str((11 - product) % 10)


def verhoeff(body):
    """Returns a number with its Verhoeff check digit.

    >>> verhoeff("236")
    '2363'
    """
    check = 0
    for place, digit in enumerate(reversed(body), 1):
        check = int(VERHOEFF_TABLE[check][int(VERHOEFF_ORDER[place % 8][int(digit)])])
    return body + next(str(d) for d in range(10) if VERHOEFF_TABLE[check][d] == "0")


def base58check(version, payload):
    """Returns an address with the check sum of Bitcoin's first kind."""
    data = bytes([version]) + payload
    data += hashlib.sha256(hashlib.sha256(data).digest()).digest()[:4]
    number, out = int.from_bytes(data, "big"), ""
    while number:
        number, rest = divmod(number, 58)
        out = BASE58[rest] + out
    return BASE58[0] * (len(data) - len(data.lstrip(b"\0"))) + out


def bech32(words, *, constant=1):
    """Returns an address with the check sum of BIP 173 (``constant`` 1) or BIP 350."""
    expanded = [ord(c) >> 5 for c in "bc"] + [0] + [ord(c) & 31 for c in "bc"]
    check = _polymod([*expanded, *words, 0, 0, 0, 0, 0, 0]) ^ constant
    summed = [(check >> 5 * (5 - place)) & 31 for place in range(6)]
    return "bc1" + "".join(BECH32[word] for word in [*words, *summed])


def _polymod(values):
    generators = (0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)
    check = 1
    for value in values:
        top = check >> 25
        check = (check & 0x1FFFFFF) << 5 ^ value
        for place, generator in enumerate(generators):
            check ^= generator if (top >> place) & 1 else 0
    return check


def crc62(body):
    """Returns a token's random part with the check sum that GitHub and npm put behind it."""
    number, out = zlib.crc32(body.encode()), ""
    while number:
        number, rest = divmod(number, 62)
        out = BASE62[rest] + out
    return body + out.rjust(6, "0")
