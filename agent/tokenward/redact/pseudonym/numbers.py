"""Numbers of cards, accounts and people that nobody has."""

from __future__ import annotations

from tokenward.redact.pseudonym.checksums import iban as check_digits
from tokenward.redact.pseudonym.checksums import luhn, modulus_11
from tokenward.redact.pseudonym.draw import Draw
from tokenward.redact.pseudonym.shape import digits_of, fill, fill_digits

CARDS = {"2": "222300", "3": "353011", "4": "400000", "5": "510510", "6": "601100"}
"""Beginnings of the numbers that payment services publish for tests, by a card's first digit."""
CARDS_OF_15 = "378282"
CARDS_OF_14 = "305693"
OTHER_CARDS = "400000"
CARD_LENGTHS = range(12, 20)

SSN_DIGITS = 9
ITIN_GROUPS = (*range(50, 66), *range(70, 89), *range(90, 93), *range(94, 100))
NEVER_ITIN_GROUPS = (66, 67, 68, 69, 89, 93)
NHS_DIGITS = 10

BANK = "0000"
BANK_LETTERS = "TEST"


def card(value: str, draw: Draw) -> str | None:
    """Returns a card's number from a test range, with its check digit, in the value's groups."""
    real = digits_of(value)
    if len(real) not in CARD_LENGTHS:
        return None
    begins = {14: CARDS_OF_14, 15: CARDS_OF_15}.get(len(real), CARDS.get(real[0], OTHER_CARDS))
    body = begins + draw.digits(len(real) - len(begins) - 1)
    return fill_digits(value, body + luhn(body))


def iban(value: str, draw: Draw) -> str | None:
    """Returns an account at a bank that does not exist, with its check digits."""
    real = "".join(c for c in value if c.isalnum()).upper()
    country, account = real[:2], real[4:]
    if not (
        country.isascii() and country.isalpha() and account.isascii() and len(account) > len(BANK)
    ):
        return None
    invented = "".join(
        _bank(place, c) if place < len(BANK) else _like(c, draw) for place, c in enumerate(account)
    )
    return fill(value, country + check_digits(country, invented) + invented)


def _bank(place: int, character: str) -> str:
    return (BANK if character.isdecimal() else BANK_LETTERS)[place]


def _like(character: str, draw: Draw) -> str:
    return draw.digits(1) if character.isdecimal() else chr(ord("A") + draw.below(26))


def social_security(value: str, draw: Draw) -> str | None:
    """Returns a US social security number with an area that is never given out (9xx)."""
    if len(digits_of(value)) != SSN_DIGITS:
        return None
    group = draw.below(ITIN_GROUPS[0] - 1) + 1  # from 50 on some are taxpayer numbers
    return fill_digits(value, f"9{draw.digits(2)}{group:02d}{draw.below(9999) + 1:04d}")


def taxpayer(value: str, draw: Draw) -> str | None:
    """Returns a US taxpayer number with a group that is never given out."""
    if len(digits_of(value)) != SSN_DIGITS:
        return None
    group = draw.of(NEVER_ITIN_GROUPS)
    return fill_digits(value, f"9{draw.digits(2)}{group:02d}{draw.below(9999) + 1:04d}")


def health_service(value: str, draw: Draw) -> str | None:
    """Returns a UK NHS number of the test range (999), with its check digit."""
    if len(digits_of(value)) != NHS_DIGITS:
        return None
    check = None
    while check is None:
        body = f"999{draw.digits(6)}"
        check = modulus_11(body)
    return fill_digits(value, body + check)
