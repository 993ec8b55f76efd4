"""What a run must have, at least, before the patterns of a type are tried on it."""

from __future__ import annotations

import re

HEX = "[0-9A-Fa-f]"
A = "[A-Za-z]"
CODE = "[A-Za-z0-9]"

SHAPES = {
    "ABA_ROUTING_NUMBER": (9, r"\d{9}|\d{4}-\d{4}-\d"),
    "AU_ABN": (11, r"\d{11}|\d\d.\d{3}.\d{3}"),
    "AU_ACN": (9, r"\d{9}|\d{3}.\d{3}.\d{3}"),
    "AU_MEDICARE": (10, r"[2-6]\d{9}|[2-6]\d{3}.\d{5}"),
    "AU_TFN": (9, r"\d{9}|\d{3}.\d{3}.\d{3}"),
    "BR_CNPJ": (2, rf"\d{{8}}/?\d{{4}}-?\d\d|/{CODE}{{4}}-\d\d"),
    "BR_CPF": (11, r"\d{9}-?\d\d|\d{3}[. ]\d{3}[. ]\d{3}"),
    "CA_POSTAL_CODE": (3, rf"{A}\d{A} ?\d"),
    "CA_SIN": (9, r"\d{9}|\d{3}[- ]\d{3}[- ]\d"),
    "CREDIT_CARD": (12, r"\d{4}"),
    "CRYPTO": (1, rf"(?:bc1|[13]){CODE}{{25}}"),
    "DATE_TIME": (1, r"\d[\-./]\d\d?[\-./]\d|\d/\d|\d-[A-Za-z]{3}|[A-Za-z]{3}-\d"),
    "DE_BSNR": (9, r"\d{9}"),
    "DE_FUEHRERSCHEIN": (8, rf"{A}{{2}}\d{{8}}"),
    "DE_HANDELSREGISTER": (1, r"[Hh][Rr][ABab]"),
    "DE_HEALTH_INSURANCE": (9, rf"{A}\d{{9}}"),
    "DE_ID_CARD": (1, rf"{CODE}{{8}}\d"),
    "DE_KFZ": (1, r"[^\W\d_][\s-][A-Za-z]{1,2}[\s-]\d"),
    "DE_LANR": (9, r"\d{9}"),
    "DE_PASSPORT": (1, rf"{CODE}{{8}}\d"),
    "DE_PLZ": (5, r"\d{5}"),
    "DE_SOCIAL_SECURITY": (11, r"\d{6} ?[A-Za-z] ?\d{3}"),
    "DE_TAX_ID": (11, r"\d{11}|\d\d \d{3} "),
    "DE_TAX_NUMBER": (9, r"\d{13}|\d/\d{3,4}/\d"),
    "DE_VAT_ID": (9, r"[Dd][Ee][\s.-]?\d{3}"),
    "ES_NIE": (7, rf"\d{{7}}-?{A}"),
    "ES_NIF": (7, rf"\d{{7}}-?{A}|\d\.\d{{3}}\.\d{{3}}-?{A}"),
    "ES_PASSPORT": (6, rf"{A}{{3}}\d{{6}}"),
    "FI_PERSONAL_IDENTITY_CODE": (9, r"\d{6}[-+A-Za-z]\d{3}"),
    "FR_NIR": (11, r"[1-478][ .-]?\d\d[ .-]?\d\d[ .-]?\d"),
    "FR_SIREN": (9, r"\d{3} ?\d{3} ?\d{3}"),
    "FR_SIRET": (14, r"\d{3} ?\d{3} ?\d{3} ?\d{5}"),
    "IBAN_CODE": (4, r"[A-Z]{2}\d{2}[ -]?[A-Z0-9]{4}"),
    "IN_AADHAAR": (12, r"\d{12}|\d{4}[- :]\d{4}"),
    "IN_GSTIN": (6, rf"\d\d{CODE}{{11}}[Zz]"),
    "IN_PAN": (4, r"\d{4}"),
    "IN_PASSPORT": (7, rf"{A}[1-9]\d\s?\d{{5}}"),
    "IN_VEHICLE_REGISTRATION": (3, rf"{A}\d|\d{A}"),
    "IN_VOTER": (7, rf"{A}{{3}}\d{{7}}"),
    "IP_ADDRESS": (0, rf"\d\.\d+\.\d+\.\d|::|:{HEX}*:"),
    "IT_DRIVER_LICENSE": (1, rf"{A}{CODE}{{7,9}}{A}"),
    "IT_FISCAL_CODE": (1, rf"{A}{{6}}{CODE}{{2}}{A}{CODE}{{2}}{A}"),
    "IT_IDENTITY_CARD": (5, rf"{A}\s?\d{{5}}|\d{{7}}{A}"),
    "IT_PASSPORT": (7, rf"{A}{{2}}\d{{7}}"),
    "IT_VAT_CODE": (11, r"\d"),
    "KR_BRN": (10, r"\d{10}|\d{3}-\d\d-\d{5}"),
    "KR_DRIVER_LICENSE": (12, r"\d\d[- ]?\d\d[- ]?\d{6}"),
    "KR_FRN": (13, r"\d{6}-?[5-8]\d{6}"),
    "KR_PASSPORT": (7, r"[MSRODmsrod]\d{3}"),
    "KR_RRN": (13, r"\d{6}-?[1-4]\d{6}"),
    "MAC_ADDRESS": (0, rf"{HEX}{{2}}([:-]){HEX}{{2}}\1|{HEX}{{4}}\.{HEX}{{4}}\."),
    "MEDICAL_LICENSE": (7, r"[A-Za-z][A-Za-z9]\d{7}"),
    "NG_NIN": (11, r"\d{11}"),
    "NG_VEHICLE_REGISTRATION": (3, rf"{A}[- ]?\d{{3}}{A}{{2}}"),
    "PH_PASSPORT": (7, rf"{A}\d{{7}}"),
    "PH_TIN": (9, r"\d{9}|\d{3}-\d{3}-\d{3}"),
    "PH_UMID": (12, r"\d{12}|\d{4}-\d{7}-\d"),
    "PL_PESEL": (11, r"\d{11}"),
    "SE_ORGANISATIONSNUMMER": (10, r"\d{6}-?\d{4}"),
    "SE_PERSONNUMMER": (10, r"\d{6}[-+]?\d{4}"),
    "SG_NRIC_FIN": (7, rf"{A}\d{{7}}{A}"),
    "SG_UEN": (6, rf"\d{{8}}|[TSRtsr]\d\d{A}{{2}}\d{{4}}"),
    "TH_TNIN": (13, r"\d{13}|\d[- ]\d{4}[- ]\d{5}"),
    "TR_LICENSE_PLATE": (4, rf"\d\d[\s-]?{A}{{1,3}}[\s-]?\d\d"),
    "TR_NATIONAL_ID": (11, r"\d{11}"),
    "UK_DRIVING_LICENCE": (6, rf"{A}[A-Za-z9]{{0,4}}\d{{6}}"),
    "UK_NHS": (10, r"\d{3}"),
    "UK_NINO": (6, rf"{A}{{2}} ?\d\d ?\d\d ?\d\d ?{A}"),
    "UK_PASSPORT": (7, rf"{A}{{2}}\d{{7}}"),
    "UK_POSTCODE": (1, rf"\d\s?\d{A}{{2}}|{A}\s?\d{A}{{2}}"),
    "UK_VEHICLE_REGISTRATION": (1, rf"\d[- ]?{A}{{1,3}}"),
    "US_BANK_NUMBER": (8, r"\d{8}"),
    "US_CLAIM_NUMBER": (6, r"\d{6}"),
    "US_DRIVER_LICENSE": (1, r"[A-Za-z]\d|\d[A-Za-z]|\d{6}"),
    "US_HEALTH_INSURANCE_MEMBER_ID": (1, rf"{A}-?{CODE}"),
    "US_ITIN": (9, r"9\d{2}"),
    "US_MBI": (5, rf"\d{A}{CODE}\d-?{A}{CODE}\d-?{A}{{2}}\d\d"),
    "US_NPI": (10, r"[12]\d{9}|[12]\d{3}[ -]\d{3}"),
    "US_PASSPORT": (8, r"\d{8}"),
    "US_PRESCRIPTION_NUMBER": (6, r"\d{6}"),
    "US_PRIOR_AUTHORIZATION_NUMBER": (6, r"\d{6}"),
    "US_PROVIDER_TAX_ID": (9, r"\d\d-\d{7}"),
    "US_REFERRAL_NUMBER": (6, r"\d{6}"),
    "US_SSN": (9, r"\d{3}(?:[ .-]\d\d[ .-]\d|-\d{6}|\d{6}|\d\d-\d)"),
    "UUID": (1, rf"{HEX}{{8}}-{HEX}{{4}}-"),
    "ZA_COMPANY_REGISTRATION": (10, r"\d{4}/\d{6}"),
    "ZA_DRIVER_LICENSE": (6, rf"\d{{6}}{CODE}*{A}"),
    "ZA_ID_NUMBER": (13, r"\d{13}"),
    "ZA_INCOME_TAX_NUMBER": (10, r"[01239]\d{9}"),
    "ZA_LICENSE_PLATE": (2, r"(?i:[gmlw]p|[zw]n|ec|nc|fs|nw)"),
    "ZA_MOBILE_NUMBER": (9, r"\d"),
    "ZA_PASSPORT": (8, r"[ADMTadmt]\d{8}"),
    "ZA_TELEPHONE_NUMBER": (9, r"\d"),
    "ZA_TRAFFIC_REGISTER_NUMBER": (13, r"\d{13}"),
    "ZA_VAT_NUMBER": (10, r"4\d{9}"),
}
"""For each type the least number of digits, and a shape that must be in the run."""


class _Gates(dict[str, tuple[int, re.Pattern[str]]]):
    """Compiles the shape of a type when it is asked for: few policies need many."""

    def __missing__(self, kind: str) -> tuple[int, re.Pattern[str]]:
        digits, shape = SHAPES[kind]
        gate = self[kind] = (digits, re.compile(shape))
        return gate


GATES = _Gates()
"""The gate of each type of ``NUMBERS``, with the shape as a pattern."""
