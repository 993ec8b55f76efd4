"""Made-up numbers that states and offices outside of Europe give out, with their check digits.

As in ``values``: a maker returns the words before the value, and the value.
"""

from __future__ import annotations

import string

from tests.laws.digits import chars, day, digits, drawn, luhn, verhoeff, weighted

UPPER = string.ascii_uppercase


def reach(source, count, weights, modulus, remainder=0, first="123456789"):
    """Returns digits whose weighted sum leaves a remainder."""
    return drawn(
        source,
        lambda some: digits(some, count, first=first),
        lambda made: weighted(made, weights) % modulus == remainder,
    )


def abn(source):
    made = drawn(
        source,
        lambda some: digits(some, 11, first="123456789"),
        lambda made: weighted(made, (10, *range(1, 20, 2))) % 89 == 10,
    )
    return "the abn ", f"{made[:2]} {made[2:5]} {made[5:8]} {made[8:]}"


def acn(source):
    body = digits(source, 8, first="123456789")
    check = -weighted(body, range(8, 0, -1)) % 10
    return "the acn ", f"{body[:3]} {body[3:6]} {body[6:]}{check}"


def au_medicare(source):
    body = digits(source, 8, first="23456")
    check = weighted(body, (1, 3, 7, 9, 1, 3, 7, 9)) % 10
    return "medicare ", f"{body[:4]} {body[4:]}{check} {source.randrange(1, 9)}"


def tfn(source):
    made = reach(source, 9, (1, 4, 3, 7, 5, 8, 6, 9, 10), 11)
    return "the tfn ", f"{made[:3]} {made[3:6]} {made[6:]}"


def sin(source):
    made = luhn(digits(source, 8, first="12345679"))
    return "social insurance number ", f"{made[:3]}-{made[3:6]}-{made[6:]}"


def ca_post(source):
    letters = "ABCEGHJKLMNPRSTVXY"
    one, two, three = source.choice(letters), source.choice(letters), source.choice(letters)
    a, b, c = (source.randrange(10) for _ in range(3))
    return "postal code ", f"{one}{a}{two} {b}{three}{c}"


def aadhaar(source):
    made = verhoeff(digits(source, 11, first="23456789"))
    return "aadhaar ", f"{made[:4]} {made[4:8]} {made[8:]}"


def pan(source):
    return "permanent account number ", (
        f"{chars(source, UPPER, 3)}P{source.choice(UPPER)}{digits(source, 4)}{source.choice(UPPER)}"
    )


def gstin(source):
    return "gstin ", f"27{pan(source)[1]}1Z{source.choice(UPPER)}"


def in_passport(source):
    middle = f"{source.randrange(1, 10)}{source.randrange(10)} {digits(source, 4)}"
    return "indian passport ", f"{source.choice(UPPER)}{middle}{source.randrange(1, 10)}"


def in_plate(source):
    return (
        "vehicle registration ",
        f"KA{source.randrange(1, 9):02d}{chars(source, 'ABCDEFGH', 2)}{digits(source, 4, first='123456789')}",
    )


def voter(source):
    return (
        "voter ",
        f"{source.choice(UPPER)}{source.choice('ABCDGH')}{source.choice(UPPER)}{digits(source, 7)}",
    )


def brn(source):
    body = digits(source, 9, first="123456789")
    last = int(body[8]) * 5
    total = weighted(body[:8], (1, 3, 7, 1, 3, 7, 1, 3)) + last // 10 + last
    return "사업자등록번호 ", f"{body[:3]}-{body[3:5]}-{body[5:]}{-total % 10}"


def kr_driver(source):
    return (
        "운전면허 ",
        f"{source.randrange(11, 27)}-{digits(source, 2)}-{digits(source, 6)}-{digits(source, 2)}",
    )


def _kr_person(source, lead, kinds, base):
    region = f"{source.randrange(96):02d}"
    body = f"{day(source)}{source.choice(kinds)}{region}{digits(source, 3)}"
    check = (base - weighted(body, (2, 3, 4, 5, 6, 7, 8, 9, 2, 3, 4, 5)) % 11) % 10
    return lead, f"{body[:6]}-{body[6:]}{check}"


def rrn(source):
    return _kr_person(source, "RRN ", "1234", 11)


def frn(source):
    return _kr_person(source, "FRN ", "5678", 13)


def kr_passport(source):
    return "여권 ", f"M{digits(source, 3)}{source.choice(UPPER)}{digits(source, 4)}"


def nin(source):
    return "national identification number ", verhoeff(digits(source, 10, first="123456789"))


def ng_plate(source):
    return (
        "plate number ",
        f"{chars(source, UPPER, 3)}-{digits(source, 3)}{chars(source, UPPER, 2)}",
    )


def ph_passport(source):
    return "philippine passport ", f"P{digits(source, 7)}{source.choice(UPPER)}"


def ph_tin(source):
    weights = (9, 8, 7, 6, 5, 4, 3, 2)
    body = drawn(
        source,
        lambda some: digits(some, 8, first="123456789"),
        lambda made: weighted(made, weights) % 11 < 10,
    )
    made = f"{body}{weighted(body, weights) % 11}"
    return (
        "taxpayer identification number ",
        f"{made[:3]}-{made[3:6]}-{made[6:]}-{digits(source, 3)}",
    )


def umid(source):
    return "umid ", f"{digits(source, 4)}-{digits(source, 7)}-{digits(source, 1)}"


def nric(source):
    return "nric ", f"{source.choice('STFG')}{digits(source, 7)}{source.choice(UPPER)}"


def uen(source):
    body = digits(source, 8, first="12345")
    return "uen ", body + "XMKECAWLJDB"[weighted(body, (10, 4, 9, 3, 8, 2, 7, 1)) % 11]


def tnin(source):
    body = digits(source, 1, first="12345678") + "1" + digits(source, 10)
    rest = weighted(body, range(13, 1, -1)) % 11
    return "Thai National ID ", f"{body}{1 - rest if rest <= 1 else 11 - rest}"


def aba(source):
    return "aba routing ", reach(source, 9, (3, 7, 1) * 3, 10, first="0123")


def mbi(source):
    letters = "ACDEFGHJKMNPQRTUVWXY"
    a, b, c, d, e, f = (source.choice(letters) for _ in range(6))
    one, two, three, four, five = (source.randrange(1, 10) for _ in range(5))
    return "medicare beneficiary ", f"{one}{a}{b}{two}-{c}{d}{three}-{e}{f}{four}{five}"


def npi(source):
    body = drawn(source, lambda some: digits(some, 9, first="12"), lambda made: len(set(made)) > 2)
    return "npi number ", luhn(f"80840{body}")[5:]


def member_id(source):
    return "insurance member ", f"XYZ{digits(source, 9)}"


def za_company(source):
    return "company registration ", f"{source.randrange(1990, 2020)}/{digits(source, 6)}/07"


def za_driver(source):
    return "driving licence ", f"{digits(source, 8)}{chars(source, UPPER, 4)}"


def za_id(source):
    body = f"{day(source)}{digits(source, 4)}08"
    return "south african id ", luhn(body)


def za_tax(source):
    return "income tax ", digits(source, 10, first="0123")


def za_plate(source):
    return (
        "number plate ",
        f"{chars(source, UPPER, 2)}{digits(source, 2)}{chars(source, UPPER, 2)}GP",
    )


def za_passport(source):
    return "south african passport ", f"A{digits(source, 8)}"


def za_traffic(source):
    return "traffic register number ", drawn(
        source, lambda some: digits(some, 13), lambda made: made[2:4] > "12"
    )


def za_vat(source):
    return "vat number ", f"4{digits(source, 9)}"


def _two_checks(body, most):
    """Returns a Brazilian number with its two check digits; weights go from 2 to ``most``."""
    for _ in range(2):
        total = sum(int(d) * (2 + at % (most - 1)) for at, d in enumerate(reversed(body)))
        body += str((11 - total % 11) % 11 % 10)
    return body


def cpf(source):
    made = _two_checks(digits(source, 9, first="123456789"), 11)
    return "CPF ", f"{made[:3]}.{made[3:6]}.{made[6:9]}-{made[9:]}"


def cnpj(source):
    made = _two_checks(digits(source, 8, first="123456789") + "0001", 9)
    return "CNPJ ", f"{made[:2]}.{made[2:5]}.{made[5:8]}/{made[8:12]}-{made[12:]}"


def labelled(lead, mark):
    """Returns a maker of numbers of an office, which only what stands before them tells."""
    return lambda source: (lead, mark + digits(source, 9, first="123456789"))


def ein(source):
    return "provider tax id ", f"{source.choice(['12', '36', '54'])}-{digits(source, 7)}"


def za_mobile(source):
    return "cellular ", f"082 {digits(source, 3, first='23456')} {digits(source, 4)}"


def za_telephone(source):
    return "landline ", f"011 {digits(source, 3, first='4567')} {digits(source, 4)}"


WORLD_MAKERS = {
    "ABA_ROUTING_NUMBER": aba,
    "AU_ABN": abn,
    "AU_ACN": acn,
    "AU_MEDICARE": au_medicare,
    "AU_TFN": tfn,
    "BR_CNPJ": cnpj,
    "BR_CPF": cpf,
    "CA_POSTAL_CODE": ca_post,
    "CA_SIN": sin,
    "IN_AADHAAR": aadhaar,
    "IN_GSTIN": gstin,
    "IN_PAN": pan,
    "IN_PASSPORT": in_passport,
    "IN_VEHICLE_REGISTRATION": in_plate,
    "IN_VOTER": voter,
    "KR_BRN": brn,
    "KR_DRIVER_LICENSE": kr_driver,
    "KR_FRN": frn,
    "KR_PASSPORT": kr_passport,
    "KR_RRN": rrn,
    "NG_NIN": nin,
    "NG_VEHICLE_REGISTRATION": ng_plate,
    "PH_PASSPORT": ph_passport,
    "PH_TIN": ph_tin,
    "PH_UMID": umid,
    "SG_NRIC_FIN": nric,
    "SG_UEN": uen,
    "TH_TNIN": tnin,
    "US_CLAIM_NUMBER": labelled("medical claim number ", "CLM-"),
    "US_HEALTH_INSURANCE_MEMBER_ID": member_id,
    "US_MBI": mbi,
    "US_NPI": npi,
    "US_PRESCRIPTION_NUMBER": labelled("prescription number ", "RX-"),
    "US_PRIOR_AUTHORIZATION_NUMBER": labelled("prior authorization number ", "PA-"),
    "US_PROVIDER_TAX_ID": ein,
    "US_REFERRAL_NUMBER": labelled("referral number ", "REF-"),
    "ZA_COMPANY_REGISTRATION": za_company,
    "ZA_DRIVER_LICENSE": za_driver,
    "ZA_ID_NUMBER": za_id,
    "ZA_INCOME_TAX_NUMBER": za_tax,
    "ZA_LICENSE_PLATE": za_plate,
    "ZA_MOBILE_NUMBER": za_mobile,
    "ZA_PASSPORT": za_passport,
    "ZA_TELEPHONE_NUMBER": za_telephone,
    "ZA_TRAFFIC_REGISTER_NUMBER": za_traffic,
    "ZA_VAT_NUMBER": za_vat,
}
"""A maker for each type."""
