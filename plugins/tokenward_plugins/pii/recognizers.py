"""All recognizers of a detector, loaded once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from tokenward_plugins.pii.emails import EmailJudge
from tokenward_plugins.pii.kinds import NUMBERS, PHONE
from tokenward_plugins.pii.phones import PhoneJudge
from tokenward_plugins.pii.presidio import load_classes
from tokenward_plugins.pii.recognizer import PatternJudge
from tokenward_plugins.pii.urls import UrlJudge

GROUP = r"[- ]?\d{4}"
MORE_PATTERNS = {
    "CREDIT_CARD": (
        (
            rf"\b2(?:22[1-9]|2[3-9]\d|[3-6]\d\d|7[01]\d|720){GROUP * 3}\b",
            0.3,
            "Mastercard 2-series",
        ),
        (rf"\b[46]\d{{3}}{GROUP * 3}[- ]?\d{{3}}\b", 0.3, "19 digits"),
    ),
}
"""Cards in use that Presidio's pattern does not know; its check digits decide about them too."""


@dataclass(frozen=True, slots=True)
class Recognizers:
    """Presidio's recognizers of all types; they keep nothing of the texts that they see."""

    email: EmailJudge
    url: UrlJudge
    phone: PhoneJudge
    numbers: dict[str, PatternJudge]

    @classmethod
    def load(cls, regions: tuple[str, ...]) -> Recognizers:
        """Loads them; no network is used, then or later."""
        classes = load_classes()
        registered = load_suffixes()
        return cls(
            email=EmailJudge(classes["EMAIL_ADDRESS"](), registered),
            url=UrlJudge(classes["URL"](), registered),
            phone=PhoneJudge(classes[PHONE], regions),
            numbers={
                kind: PatternJudge(kind, classes[kind](), MORE_PATTERNS.get(kind, ()))
                for kind in sorted(NUMBERS)
            },
        )


def load_suffixes() -> Callable[[str], bool]:
    """Returns a function that tells whether a domain name ends in a public suffix.

    It reads the list that comes with ``tldextract``: Presidio's own e-mail check lets
    ``tldextract`` fetch a newer one at the first address.
    """
    from tldextract import TLDExtract  # noqa: PLC0415  (a fifth of a second)

    extract = TLDExtract(suffix_list_urls=(), cache_dir=None)
    extract("example.com")  # reads the list now
    return lambda domain: extract(domain).fqdn != ""
