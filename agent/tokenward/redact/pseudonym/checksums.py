"""Check digits, so that an invented number passes where the real one did."""

from __future__ import annotations

DOUBLED = (0, 2, 4, 6, 8, 1, 3, 5, 7, 9)
"""The sum of the digits of twice a digit."""


def luhn(digits: str) -> str:
    """Returns the last digit of a card's number (ISO/IEC 7812-1, annex B).

    >>> luhn("411111111111111")
    '1'
    """
    numbers = [int(digit) for digit in reversed(digits)]
    return str(-(sum(DOUBLED[n] for n in numbers[::2]) + sum(numbers[1::2])) % 10)


def iban(country: str, account: str) -> str:
    """Returns the two check digits of an IBAN (ISO 13616, by ISO/IEC 7064 mod 97-10).

    >>> iban("DE", "370400440532013000")
    '89'
    """
    number = "".join(str(int(c, 36)) for c in f"{account}{country}00")
    return f"{98 - int(number) % 97:02d}"


def modulus_11(digits: str) -> str | None:
    """Returns the last digit of an NHS number; ``None`` where there is none for these nine.

    >>> modulus_11("943476591"), modulus_11("999000000")
    ('9', None)
    """
    total = sum(int(digit) * weight for digit, weight in zip(digits, range(10, 1, -1), strict=True))
    check = -total % 11
    return str(check) if check < 10 else None  # noqa: PLR2004  # ten is no digit
