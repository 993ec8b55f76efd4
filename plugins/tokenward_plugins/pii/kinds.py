"""The types that the detector finds, and what belongs together."""

from __future__ import annotations

ADDRESSES = frozenset({"EMAIL_ADDRESS", "URL"})
"""Types whose values may begin with any word."""

NUMBERS = frozenset(
    {
        "CREDIT_CARD",
        "CRYPTO",
        "DATE_TIME",
        "IBAN_CODE",
        "IP_ADDRESS",
        "MAC_ADDRESS",
        "MEDICAL_LICENSE",
        "UK_NHS",
        "US_BANK_NUMBER",
        "US_DRIVER_LICENSE",
        "US_ITIN",
        "US_PASSPORT",
        "US_SSN",
        "UUID",
    }
)
"""Types that one pattern recognizer of Presidio each decides, on digits or hexadecimal digits."""

PHONE = "PHONE_NUMBER"

TYPES = ADDRESSES | NUMBERS | {PHONE}

GROUPED = frozenset({"CREDIT_CARD", "IBAN_CODE", "UK_NHS", "US_ITIN", "US_SSN", PHONE})
"""Types whose values may have spaces between their groups."""

NOT_PHONES = frozenset(
    {
        "CREDIT_CARD",
        "DATE_TIME",
        "IBAN_CODE",
        "IP_ADDRESS",
        "MAC_ADDRESS",
        "US_ITIN",
        "US_SSN",
        "UUID",
    }
)
"""Types whose digits are no phone number: looked for beside phones even where nobody asked."""
