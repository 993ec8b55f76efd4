"""Words before a value that name it, beside the ones of Presidio's recognizers.

Those know the language of their country, and English only here and there. A text about a number of
another country is as often in English, so the English words count for each; and a few that are
missing in the country's own language.
"""

from __future__ import annotations

MORE_WORDS = {
    "DE_BSNR": ("practice number",),
    "DE_FUEHRERSCHEIN": ("driver license", "drivers license"),
    "DE_HANDELSREGISTER": ("commercial register", "trade register", "company register"),
    "DE_HEALTH_INSURANCE": ("health insurance",),
    "DE_ID_CARD": ("id card",),
    "DE_KFZ": ("license plate", "licence plate", "number plate", "plate number", "registration"),
    "DE_LANR": ("physician number", "doctor number"),
    "DE_PLZ": ("postal code", "postcode", "zip code"),
    "DE_SOCIAL_SECURITY": ("social security", "pension insurance"),
    "DE_TAX_ID": ("tax id", "tax identification", "steuerident", "identifikationsnummer"),
    "DE_TAX_NUMBER": ("tax number", "tax no"),
    "ES_NIE": ("foreigner identity", "extranjero"),
    "ES_NIF": ("national id", "identity number", "tax id"),
    "FI_PERSONAL_IDENTITY_CODE": ("henkilöturvatunnus", "sotu", "social security", "identity code"),
    "IT_DRIVER_LICENSE": ("driver license", "driver's license", "driving licence"),
    "IT_FISCAL_CODE": ("fiscal code", "tax code"),
    "IT_IDENTITY_CARD": ("identity card", "id card"),
    "IT_PASSPORT": ("passport",),
    "IT_VAT_CODE": ("vat", "p iva"),
    "KR_DRIVER_LICENSE": ("driver license", "driver's license", "driving licence"),
    "KR_FRN": ("alien registration", "foreigner registration", "외국인등록"),
    "KR_RRN": ("주민등록번호", "주민번호", "resident registration"),
    "PL_PESEL": ("national id", "identity number"),
    "SE_ORGANISATIONSNUMMER": ("organisation number", "organization number", "company number"),
    "SE_PERSONNUMMER": ("personal number", "social security"),
    "TH_TNIN": ("บัตรประชาชน", "national id", "citizen id"),
    "ZA_DRIVER_LICENSE": ("driver license",),
}
