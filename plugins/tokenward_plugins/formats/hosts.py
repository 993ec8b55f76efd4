"""Judges hosts: lists, addresses in numbers, shorteners, and names that only look like another."""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

URL = "url"
DENIED = "denied"
UNLISTED = "unlisted"
LOOK_ALIKE = "look_alike"
NUMERIC = "ip_host"
SHORTENER = "shortener"
CREDENTIALS = "credentials"
TYPES = frozenset({URL, DENIED, UNLISTED, LOOK_ALIKE, NUMERIC, SHORTENER, CREDENTIALS})

# decimal, octal and hexadecimal forms count too: browsers open them all
NUMBER = re.compile(r"(?:0x[0-9a-f]+|[0-9]+)(?:\.(?:0x[0-9a-f]+|[0-9]+)){0,3}|\[[0-9a-f:.]+\]")
LONGEST_HOST = 253

LOOKS = str.maketrans(
    "абвгдежзікмнорстухѕјԁԛԝүһԍցοαεικνρτυωγ01345$ı",
    "abbrdexzikmhopctyxsjdqwyhggoaeikvptuwyoieass" + "i",
)
DIGRAPHS = (("rn", "m"), ("vv", "w"), ("l", "i"))
"""What looks alike in most fonts; ``l`` and ``i`` are taken for one."""


@dataclass(frozen=True, slots=True)
class Lists:
    """The names that ``hosts.toml`` has."""

    shorteners: frozenset[str]
    known: frozenset[str]


@cache  # read when the first detector is made
def lists() -> Lists:
    """Returns the built-in lists."""
    text = files("tokenward_plugins.formats").joinpath("hosts.toml").read_text("utf-8")
    written = tomllib.loads(text)
    return Lists(frozenset(written["shorteners"]), frozenset(written["known"]))


def within(host: str, names: Iterable[str] | frozenset[str]) -> bool:
    """Tells whether a host is one of some names, or below one of them.

    >>> within("a.example.com", {"example.com"}), within("badexample.com", {"example.com"})
    (True, False)
    """
    labels = host.split(".")
    return any(".".join(labels[at:]) in names for at in range(len(labels)))


def written(host: str) -> str:
    """Returns a host as people see it: Punycode undone, small letters.

    >>> written("xn--pypal-4ve.com")
    'pаypal.com'
    """
    return ".".join(map(_label, host.lower().rstrip(".").split(".")))


def _label(label: str) -> str:
    if not label.startswith("xn--"):
        return label
    try:
        return label[4:].encode("ascii").decode("punycode").lower()
    except (UnicodeError, ValueError, OverflowError):
        return label


def skeleton(host: str) -> str:
    """Returns one form for all hosts that look the same.

    >>> skeleton("pаypa1.com") == skeleton("paypal.com"), skeleton("rnicrosoft.com")
    (True, 'microsoft.com')
    """
    plain = unicodedata.normalize("NFKD", host)
    plain = "".join(sign for sign in plain if not unicodedata.combining(sign)).translate(LOOKS)
    for one, other in DIGRAPHS:
        plain = plain.replace(one, other)
    return plain


class Judge:
    """Says what is to be said of a host, by the lists of one policy."""

    def __init__(self, allow: Iterable[str], deny: Iterable[str], protect: Iterable[str]) -> None:
        self._allow = frozenset(map(_name, allow))
        self._deny = frozenset(map(_name, deny))
        self._shorteners = lists().shorteners
        self._protected = lists().known | self._allow | frozenset(map(_name, protect))
        self._skeletons = frozenset(map(skeleton, self._protected))

    def types(self, host: str, *, credentials: bool) -> Iterator[str]:
        """Yields the types of a URL with this host."""
        yield URL
        seen = written(host[:LONGEST_HOST])
        if credentials:
            yield CREDENTIALS
        if within(seen, self._deny):
            yield DENIED
        if self._allow and not within(seen, self._allow):
            yield UNLISTED
        if within(seen, self._shorteners):
            yield SHORTENER
        if NUMBER.fullmatch(seen):
            yield NUMERIC
        elif self._looks_alike(seen):
            yield LOOK_ALIKE

    def _looks_alike(self, host: str) -> bool:
        """Tells whether a host is not a protected one, but looks like one or begins as one."""
        if within(host, self._protected):
            return False
        labels = host.split(".")
        if any(_mixes(label) for label in labels):
            return True
        tails = (".".join(labels[at:]) for at in range(len(labels) - 1))
        if any(skeleton(tail) in self._skeletons for tail in tails):
            return True
        return any(f".{name}." in f".{host}" for name in self._protected if name in host)


def _name(host: str) -> str:
    return written(host.removeprefix("*."))


def _mixes(label: str) -> bool:
    """Tells whether a label has Latin letters beside those of a script that imitates them."""
    scripts = {unicodedata.name(sign, "?").split()[0] for sign in label if sign.isalpha()}
    return "LATIN" in scripts and not scripts.isdisjoint({"CYRILLIC", "GREEK", "ARMENIAN"})
