"""Where the answer about a number differs from Presidio's on purpose: tables by type.

Further written forms, patterns that reached too far, what must not stand beside a value, and check
digits that say little. Each entry is a listed case of the differential test.
"""

from __future__ import annotations

import re

GROUP = r"[- ]?\d{4}"
CARD = (
    r"(?<=(?:card|karte|carte|tarjeta|carta|cartão|maestro|карт[аыеу])[^\w\n]{0,3}"
    r"(?:\w+[^\w\n]{1,3}){0,2})"
)
"""What must stand before a card number of twelve digits, at most two words from it."""
MORE = {
    "CREDIT_CARD": (
        (
            rf"\b2(?:22[1-9]|2[3-9]\d|[3-6]\d\d|7[01]\d|720){GROUP * 3}\b",
            0.3,
            "Mastercard 2-series",
        ),
        (rf"\b[46]\d{{3}}{GROUP * 3}[- ]?\d{{3}}\b", 0.3, "19 digits"),
        (r"\b2131[- ]?\d{6}[- ]?\d{5}\b", 0.3, "JCB, 15 digits"),
        (rf"{CARD}\b(?:5[0678]\d\d|6\d{{3}}|0604){GROUP * 2}\b", 0.3, "Maestro, 12 digits"),
    ),
    "DE_SOCIAL_SECURITY": ((r"\b\d{2} \d{6} [A-Z] \d{3}\b", 0.5, "in groups"),),
    "DE_TAX_ID": ((r"\b[1-9]\d \d{3} \d{3} \d{3}\b", 0.2, "in groups"),),
    "ES_NIE": ((r"\b[XYZ]-\d{7}-[A-Z]\b", 0.5, "with hyphens"),),
    "ES_NIF": ((r"\b\d{1,2}\.\d{3}\.\d{3}-?[A-Z]\b", 0.5, "with dots"),),
    "IT_VAT_CODE": ((r"\bIT ?\d{11}\b", 0.5, "with the country"),),
    "TH_TNIN": ((r"\b[1-8]([- ])\d{4}\1\d{5}\1\d{2}\1\d\b", 0.5, "in groups"),),
}
"""Written forms that Presidio's patterns do not know, as (pattern, score, name). Its check digits
decide about them too; they see the value without separators, and without the country's letters.
A pattern may begin with what must stand before a value: one in eighty numbers of twelve digits has
the beginning and the check digit of a card."""

WITHIN = r"[\w@#$%^?~\-]"
INSTEAD = {
    "PAN (Low)": rf"\b(?={WITHIN}{{0,9}}[A-Za-z])(?={WITHIN}{{0,6}}[0-9]{{4}}){WITHIN}{{10}}\b",
    "IT Vat code (piva)": r"\b(?:[0-9][ _]?){10}[0-9]\b",
    "Handelsregisternummer HRA/HRB": r"\bHR[AB] ?\d{1,6}\b",
    "Swedish Personnummer (Medium)": r"\b(?:\d{6}|\d{8})[-+]?\d{4}\b",
    "Swedish Personnummer (Very Weak)": r"(?:\d{6}|\d{8})[-+]?\d{4}",
}
"""Patterns by name that looked at all the text behind a value, took in the space behind it, or took
any number of spaces, or a length that no value has."""

WORD_LEFT = re.compile(r"[^\W_]\Z")
WORD_RIGHT = re.compile(r"[^\W_]")
FRACTION = re.compile(r"\d\.\Z")
DOTTED = re.compile(r"\.\d")
GROUP_LEFT = re.compile(r"\d[ :.\-]\Z")
GROUP_RIGHT = re.compile(r"[ :.\-]\d")
NEVER = re.compile(r"(?!)")
WORDS = (WORD_LEFT, WORD_RIGHT)
NEIGHBOURS = {
    "CRYPTO": WORDS,  # else it is found inside base64
    "FI_PERSONAL_IDENTITY_CODE": WORDS,
    "IN_AADHAAR": (GROUP_LEFT, GROUP_RIGHT),  # three of a card's four groups
    "IT_FISCAL_CODE": WORDS,
    "MEDICAL_LICENSE": WORDS,
    "PL_PESEL": WORDS,
    "SE_ORGANISATIONSNUMMER": WORDS,
    "SE_PERSONNUMMER": WORDS,
    "IP_ADDRESS": (FRACTION, DOTTED),  # version 1.2.3.4.5
    "DATE_TIME": (FRACTION, DOTTED),
    **dict.fromkeys(("IBAN_CODE", "MAC_ADDRESS", "US_SSN", "UUID"), (NEVER, NEVER)),
    **dict.fromkeys(
        ("CREDIT_CARD", "UK_NHS", "US_BANK_NUMBER", "US_DRIVER_LICENSE", "US_ITIN", "US_PASSPORT"),
        (FRACTION, NEVER),
    ),
}
"""What must not stand left and right of a value: longer words, dotted and decimal numbers."""
OTHER_NEIGHBOURS = (FRACTION, DOTTED)
"""The same for all types that are not in the table."""

SHORTER_ENDS = frozenset({"CREDIT_CARD", "IBAN_CODE"})
"""Types of which each shorter end is tried where the check digits refuse the longest."""

CAPITALS = frozenset(
    {
        *("DE_KFZ", "DE_VAT_ID", "IT_IDENTITY_CARD", "IT_VAT_CODE", "NG_VEHICLE_REGISTRATION"),
        *("TR_LICENSE_PLATE", "UK_VEHICLE_REGISTRATION", "ZA_LICENSE_PLATE"),
    }
)
"""Types whose letters must be capitals where there is a space in a value: "12 in 1990" is none."""

WEAK = 0.25
"""The most that a value of the following types scores without a word that names it."""

WEAK_DIGITS = frozenset(
    {
        *("ABA_ROUTING_NUMBER", "AU_ACN", "AU_MEDICARE", "AU_TFN", "CA_SIN", "DE_LANR"),
        *("DE_TAX_ID", "DE_TAX_NUMBER", "FR_SIREN", "FR_SIRET", "IN_AADHAAR"),
        *("IT_VAT_CODE", "KR_BRN", "KR_DRIVER_LICENSE", "KR_FRN", "KR_RRN", "NG_NIN"),
        *("SE_ORGANISATIONSNUMMER", "TH_TNIN", "UK_NHS", "US_NPI", "ZA_INCOME_TAX_NUMBER"),
        *("ZA_TRAFFIC_REGISTER_NUMBER", "ZA_VAT_NUMBER"),
    }
)
"""Types whose bare digits prove nothing: one number in ten passes the check, or there is none.
Every ISBN of ten digits is an NHS number, a time in milliseconds may be a tax number."""

SPACED_DIGITS = re.compile(r"[\d _]+")
GROUPED_WEAK = frozenset({"AU_ACN", "AU_TFN", "CA_SIN", "DE_TAX_ID", "FR_SIREN", "IT_VAT_CODE"})
"""Those of which the same holds with spaces in between: in groups of three, as long numbers are
written, or in any groups, as telephone numbers are."""

UNPROVEN = frozenset({"TR_LICENSE_PLATE", "ZA_DRIVER_LICENSE", "ZA_LICENSE_PLATE", "ZA_PASSPORT"})
"""Types of which Presidio checks the shape a second time, and nothing else."""


def says_little(kind: str, value: str) -> bool:
    """Tells whether a value is so common a shape that a right check digit does not prove it.

    >>> says_little("UK_NHS", "0306406152"), says_little("UK_NHS", "943 476 5919")
    (True, False)
    """
    if kind in UNPROVEN:
        return True
    if kind not in WEAK_DIGITS:
        return False
    return value.isdecimal() or (
        kind in GROUPED_WEAK and SPACED_DIGITS.fullmatch(value) is not None
    )
