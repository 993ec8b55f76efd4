"""Which maker invents a value of which type."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from tokenward.redact.pseudonym import dates, network, numbers, people, phones
from tokenward.redact.pseudonym.draw import Draw
from tokenward.redact.pseudonym.shape import MOST, letters_and_digits, tame

Maker = Callable[[str, Draw], str | None]

MAKERS: Mapping[str, Maker] = {
    "CREDIT_CARD": numbers.card,
    "DATE": dates.moved,
    "DATE_OF_BIRTH": dates.moved,
    "DATE_TIME": dates.moved,
    "EMAIL_ADDRESS": network.email,
    "GPE": people.town,
    "IBAN_CODE": numbers.iban,
    "IP_ADDRESS": network.ip,
    "LOCATION": people.town,
    "MAC_ADDRESS": network.mac,
    "ORGANIZATION": people.company,
    "PERSON": people.person,
    "PHONE_NUMBER": phones.phone,
    "STREET_ADDRESS": people.street,
    "UK_NHS": numbers.health_service,
    "URL": network.url,
    "US_ITIN": numbers.taxpayer,
    "US_SSN": numbers.social_security,
}
ONLY_OWN = frozenset({"DATE", "DATE_OF_BIRTH", "DATE_TIME", "PERSON"})
"""Types of which a value that its maker cannot invent keeps no shape: it would be gibberish."""


def pseudonym(key: bytes, type_: str, value: str, attempt: int) -> str | None:
    """Returns an invented value; ``None`` where none can be made that looks like the type.

    >>> pseudonym(b"key", "US_SSN", "536-90-4399", 0)
    '989-13-0520'
    >>> pseudonym(b"key", "TICKET", "T-20719", 0), pseudonym(b"key", "TICKET", "T-2", 0)
    ('Y-42324', None)
    """
    if len(value) > MOST and type_ != "URL":
        return None
    draw = Draw(key, type_, value, attempt)
    maker = MAKERS.get(type_)
    made = maker(value, draw) if maker is not None else None
    if made is None and type_ not in ONLY_OWN:
        made = letters_and_digits(value, draw)
    made = tame(made) if made is not None else None
    return made if made != value else None
