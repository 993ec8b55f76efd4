"""The types that the detector finds, and what belongs together."""

from __future__ import annotations

from tokenward_plugins.pii.sources import COUNTRIES, SOURCES

ADDRESSES = frozenset({"EMAIL_ADDRESS", "URL"})
"""Types whose values may begin with any word."""

PHONE = "PHONE_NUMBER"
PHONES = frozenset({PHONE, "ZA_MOBILE_NUMBER", "ZA_TELEPHONE_NUMBER"})
"""Types whose values libphonenumber finds."""

OWN = {
    "br": frozenset({"BR_CNPJ", "BR_CPF"}),
    "fr": frozenset({"FR_NIR", "FR_SIREN", "FR_SIRET"}),
}
"""Types of countries that Presidio does not have: decided by recognizers of ours."""

BIRTH = "DATE_OF_BIRTH"
STREET = "STREET_ADDRESS"
PHRASES = frozenset({BIRTH, STREET})
"""Types whose values are several words: found by grammars of ours."""

NUMBERS = frozenset(SOURCES) - ADDRESSES - PHONES | frozenset().union(*OWN.values())
"""Types that one pattern recognizer each decides, on digits or hexadecimal digits."""

TYPES = ADDRESSES | NUMBERS | PHONES | PHRASES

USUAL = ADDRESSES | {
    *("CREDIT_CARD", "CRYPTO", "DATE_TIME", "IBAN_CODE", "IP_ADDRESS", "MAC_ADDRESS", PHONE),
    *("MEDICAL_LICENSE", "UK_NHS", "US_BANK_NUMBER", "US_DRIVER_LICENSE", "US_ITIN"),
    *("US_PASSPORT", "US_SSN", "UUID"),
}
"""Types that most policies ask for: loaded at the start, so that no text waits for them."""

GROUPS = {
    **{word: frozenset(kinds) for word, kinds in COUNTRIES.items()},
    **OWN,
    "contact": frozenset({"EMAIL_ADDRESS", PHONE, "URL", STREET}),
    "financial": frozenset(
        {"ABA_ROUTING_NUMBER", "CREDIT_CARD", "CRYPTO", "IBAN_CODE", "US_BANK_NUMBER"}
    ),
}
"""Types by the words that stand for them in a policy: countries, and two uses."""

GROUPED = PHONES | {
    *("AU_ABN", "AU_ACN", "AU_MEDICARE", "AU_TFN", "BR_CPF", "CA_SIN", "CREDIT_CARD"),
    *("DE_SOCIAL_SECURITY", "DE_TAX_ID", "DE_VAT_ID", "FR_NIR", "FR_SIREN", "FR_SIRET"),
    *("IBAN_CODE", "IN_AADHAAR", "IN_PASSPORT", "IT_VAT_CODE", "KR_DRIVER_LICENSE", "TH_TNIN"),
    *("UK_NHS", "UK_NINO", "US_ITIN", "US_NPI", "US_SSN"),
}
"""Types whose values may have spaces between their groups of digits."""

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
