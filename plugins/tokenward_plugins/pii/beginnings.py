"""How values of a type may begin before the first digit, and how they go on behind a space."""

from __future__ import annotations

SPACES = " \u00a0\u2007\u2009\u202f\u3000"
S = f"[{SPACES}]"
HEX = "[0-9A-Fa-f]"
A = "[A-Za-z]"
MONTHS = "jan feb mar apr may jun jul aug sep oct nov dec".split()
ICAO = "[CFGHJ-NPRTV-Zcfghj-nprtv-z]"
KFZ = "[A-ZÄÖÜ]"

BEGINNINGS = {
    "BR_CNPJ": r"[A-Z]{1,2}|[A-Z]{2}\.[A-Z]{0,3}|[A-Z]{2}\.[A-Z]{3}\.[A-Z]{0,3}"
    r"|[A-Z]{2}\.[A-Z]{3}\.[A-Z]{3}/[A-Z]{0,4}|[A-Z]{2}\.[A-Z]{3}\.[A-Z]{3}/[A-Z]{4}-",
    "CA_POSTAL_CODE": A,
    "CRYPTO": "bc?",
    "DATE_TIME": "(?i:" + "|".join(f"{m[0]}(?:{m[1]}(?:{m[2]}-?)?)?" for m in MONTHS) + ")",
    "DE_FUEHRERSCHEIN": f"{A}{{1,2}}",
    "DE_HANDELSREGISTER": f"[Hh](?:[Rr](?:[ABab]{S}?)?)?",
    "DE_HEALTH_INSURANCE": A,
    "DE_ID_CARD": f"{ICAO}{{1,8}}",
    "DE_KFZ": f"{KFZ}{{1,3}}(?:[{SPACES}-](?:[A-Z]{{1,2}}[{SPACES}-]?)?)?"
    f"|(?i:{KFZ}{{1,3}}(?:-(?:{A}{{1,2}}-?)?)?)",
    "DE_PASSPORT": f"{ICAO}{{1,8}}",
    "DE_VAT_ID": rf"[Dd](?:[Ee][.-]?)?|DE{S}",
    "ES_NIE": "[X-Zx-z]-?",
    "ES_PASSPORT": f"{A}{{1,3}}",
    "IBAN_CODE": "[A-Z]{1,2}",
    "IN_PAN": r"[\w@#$%^?~-]{1,6}",
    "IN_PASSPORT": A,
    "IN_VEHICLE_REGISTRATION": f"{A}{{1,3}}",
    "IN_VOTER": f"{A}{{1,3}}",
    "IP_ADDRESS": f"{HEX}{{0,4}}:|{HEX}{{1,4}}",
    "IT_DRIVER_LICENSE": f"{A}{{1,2}}",
    "IT_FISCAL_CODE": f"{A}{{1,15}}",
    "IT_IDENTITY_CARD": f"{A}{{1,2}}|[A-Z]{{2}}{S}",
    "IT_PASSPORT": f"{A}{{1,2}}",
    "IT_VAT_CODE": f"[Ii][Tt]?|IT{S}",
    "KR_PASSPORT": "[MSRODmsrod]",
    "MAC_ADDRESS": f"{HEX}{{1,2}}|{HEX}{{2}}[:-]{HEX}{{0,2}}|{HEX}{{3,4}}\\.?",
    "MEDICAL_LICENSE": f"{A}{{1,2}}",
    "NG_VEHICLE_REGISTRATION": f"{A}{{1,3}}|{A}{{3}}-|[A-Z]{{3}}{S}",
    "PH_PASSPORT": f"{A}{{1,2}}",
    "SG_NRIC_FIN": A,
    "SG_UEN": "[TSRtsr]",
    "UK_DRIVING_LICENCE": f"{A}{{1,5}}",
    "UK_NINO": f"{A}{{1,2}}|{A}{{2}}{S}",
    "UK_PASSPORT": f"{A}{{1,2}}",
    "UK_POSTCODE": f"{A}{{1,2}}|[Gg][Ii][Rr]{S}?",
    "UK_VEHICLE_REGISTRATION": f"{A}{{1,3}}|{A}{{3}}-|[A-Z]{{3}}{S}",
    "US_CLAIM_NUMBER": "(?i:c(?:l(?:m-?)?)?)",
    "US_DRIVER_LICENSE": f"{A}{{1,2}}",
    "US_HEALTH_INSURANCE_MEMBER_ID": f"{A}{{1,5}}-?{A}{{0,13}}",
    "US_PASSPORT": A,
    "US_PRESCRIPTION_NUMBER": "(?i:r(?:x-?)?)",
    "US_PRIOR_AUTHORIZATION_NUMBER": "(?i:p(?:a-?)?)",
    "US_REFERRAL_NUMBER": "(?i:r(?:e(?:f-?)?)?|i(?:n(?:f-?)?)?)",
    "UUID": f"{HEX}{{1,8}}|{HEX}{{8}}-{HEX}{{0,4}}|{HEX}{{8}}-{HEX}{{4}}-",
    "ZA_COMPANY_REGISTRATION": "(?i:ck?|[ktwbm]|nr?)",
    "ZA_LICENSE_PLATE": f"{A}{{1,4}}|[A-Z]{{2,3}}{S}",
    "ZA_PASSPORT": "[ADMTadmt]",
}
"""Patterns by type. Each set is closed under prefixes: what is open was open at each of its
characters, so the settled offset never has to go back. None is longer than LONGEST_BEGINNING."""

LONGEST_BEGINNING = 20
"""The longest of them, in characters."""

SPACED = {
    "CA_POSTAL_CODE": rf"{A}\d{A}",
    "DE_HANDELSREGISTER": "[Hh][Rr][ABab]",
    "DE_KFZ": f"{KFZ}{{1,3}}(?:[{SPACES}-][A-Z]{{1,2}})?",
    "DE_SOCIAL_SECURITY": rf"\d\d(?:{S}\d{{6}}(?:{S}[A-Za-z])?)?",
    "DE_VAT_ID": rf"DE(?:[{SPACES}.-]?\d{{3}}){{0,2}}",
    "FR_NIR": rf"[1-478][{SPACES}.-]?\d\d[{SPACES}.-]?\d\d[{SPACES}.-]?2[ABab]",
    "IT_IDENTITY_CARD": "[A-Z]{2}",
    "IT_VAT_CODE": "IT",
    "NG_VEHICLE_REGISTRATION": "[A-Z]{3}",
    "TR_LICENSE_PLATE": rf"\d\d(?:{S}?[A-Z]{{1,3}})?",
    "UK_NINO": rf"{A}{{2}}(?:{S}?\d\d){{0,3}}",
    "UK_POSTCODE": rf"{A}{{1,2}}\d{A}?|{A}{{1,2}}\d\d|[Gg][Ii][Rr]",
    "UK_VEHICLE_REGISTRATION": r"[A-Z]{2}\d\d|[A-Z]\d{1,3}"
    rf"|[A-Z]{{3}}(?:[{SPACES}-]?\d{{1,3}})?",
    "ZA_LICENSE_PLATE": rf"[A-Z]{{2,3}}(?:{S}?\d{{2,3}}(?:{S}?[A-Z]{{2}})?)?"
    rf"|\d{{2,3}}(?:{S}?[A-Z]{{2,3}})?",
}
"""What a value may be up to a space behind which it goes on, where a letter is on one side of it.
Spaces between digits need no entry: see ``GROUPED``."""

LONGEST_SPACED = 24
"""The longest of them, in characters."""

OVER_SPACES = frozenset(
    {
        *("DE_HANDELSREGISTER", "DE_KFZ", "DE_VAT_ID", "IT_IDENTITY_CARD", "IT_VAT_CODE"),
        *("NG_VEHICLE_REGISTRATION", "UK_NINO", "UK_POSTCODE", "UK_VEHICLE_REGISTRATION"),
        "ZA_LICENSE_PLATE",
    }
)
"""Types whose values may begin with a word of letters and a space: in text without a digit more
than its last word may be open, so that none of it may be kept from a scan."""
