"""Addresses in the networks that documentation may use."""

from __future__ import annotations

import re
import string

from tokenward.redact.pseudonym.draw import Draw
from tokenward.redact.pseudonym.people import FIRST, LAST
from tokenward.redact.pseudonym.shape import fill

DOMAINS = ("example.com", "example.org", "example.net")
"""Reserved for examples (RFC 2606)."""
IPV4 = re.compile(r"\d{1,3}(?:\.\d{1,3}){3}")
IPV4_NETWORKS = ("192.0.2", "198.51.100", "203.0.113")
"""Reserved for documentation (RFC 5737)."""
IPV6 = re.compile(r"[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*")
IPV6_NETWORK = "2001:db8"
"""Reserved for documentation (RFC 3849)."""
REST = re.compile(r"[/%:\]][\w/%:\]-]*|")
MAC_DIGITS = 12
LOCAL = "02"
"""First byte of an address that no manufacturer has given out (IEEE 802, locally administered)."""

SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://")
WORDS = (
    "amber anchor aspen atlas bay birch bloom bridge brook canyon cedar clover coral cove creek "
    "delta dune echo ember fern field fjord forest garden glade grove harbor hazel heron hill "
    "island ivy juniper lagoon lake lark laurel maple marsh meadow mesa moss north oak orchard "
    "pebble pine prairie quarry reed ridge river sage shore sierra spruce stone summit valley"
).split()


def email(value: str, draw: Draw) -> str:
    """Returns an address in one of the domains that are kept for examples."""
    del value
    name = f"{draw.of(FIRST)}.{draw.of(LAST)}".lower()
    number = "" if draw.attempt < 2 else str(draw.below(10 ** min(draw.attempt, 6)))  # noqa: PLR2004
    return f"{name}{number}@{draw.of(DOMAINS)}"


def url(value: str, draw: Draw) -> str:
    """Returns the address of a page below a domain that is kept for examples."""
    scheme = SCHEME.match(value)
    begins = scheme[0] if scheme else ""
    host = f"{draw.of(WORDS)}-{draw.of(WORDS)}.{draw.of(DOMAINS)}"
    parts = value[len(begins) :].partition("?")[0].split("/")[1:4]
    path = "".join(f"/{draw.of(WORDS)}{draw.digits(2)}" if part else "/" for part in parts)
    return begins + host + path


def ip(value: str, draw: Draw) -> str | None:
    """Returns an address of a network that is kept for documentation; a port or mask stays."""
    for pattern, make in ((IPV4, _ipv4), (IPV6, _ipv6)):
        found = pattern.match(value)
        if found is not None and REST.fullmatch(value, found.end()):
            return make(draw) + value[found.end() :]
    return None


def _ipv4(draw: Draw) -> str:
    return f"{draw.of(IPV4_NETWORKS)}.{draw.below(254) + 1}"


def _ipv6(draw: Draw) -> str:
    return f"{IPV6_NETWORK}:{draw.below(0xFFFF) + 1:x}::{draw.below(0xFFFF) + 1:x}"


def mac(value: str, draw: Draw) -> str | None:
    """Returns a locally administered hardware address, in the value's groups and case."""
    digits = [c for c in value if c.isalnum()]
    if len(digits) != MAC_DIGITS or any(c not in string.hexdigits for c in digits):
        return None
    made = f"{LOCAL}{draw.below(1 << 40):010x}"
    return fill(value, made.upper() if value.upper() == value else made)
