"""Made-up numbers that states and offices of Europe give out, with their check digits.

As in ``values``: a maker returns the words before the value, and the value.
"""

from __future__ import annotations

import string

from tests.laws.digits import chars, day, digits, drawn, iso7064, luhn, weighted

UPPER = string.ascii_uppercase
CONSONANTS = "BCDFGHJKLMNPRSTVWZ"
ICAO = "CFGHJKLMNPRTVWXYZ"
NIF_LETTERS = "TRWAGMYFPDXBNJZSQVHLCKE"
HETU_MARKS = "0123456789ABCDEFHJKLMNPRSTUVWXY"
FISCAL_ODD = dict(
    zip(
        string.digits + UPPER,
        (1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3,
         6, 8, 12, 14, 16, 10, 22, 25, 24, 23),
        strict=True,
    )
)  # fmt: skip


def alternating(body):
    """Returns the sum of digits of products by 1, 2, 1, 2 ..."""
    products = (int(digit) * (1 + place % 2) for place, digit in enumerate(body))
    return sum(product // 10 + product % 10 for product in products)


def icao(body):
    """Returns a document number with the check digit of ICAO 9303."""
    values = (int(character, 36) for character in body)
    return body + str(sum(value * (7, 3, 1)[at % 3] for at, value in enumerate(values)) % 10)


def hetu(source):
    date = f"{source.randrange(1, 29):02d}{source.randrange(1, 13):02d}{source.randrange(10, 99)}"
    serial = digits(source, 3)
    return "hetu ", f"{date}-{serial}{HETU_MARKS[int(date + serial) % 31]}"


def bsnr(source):
    return "BSNR ", source.choice(["01", "35", "38", "72"]) + digits(source, 7)


def fuehrerschein(source):
    return "Führerschein ", f"{chars(source, UPPER, 2)}{digits(source, 8)}{source.choice(UPPER)}"


def handelsregister(source):
    return "Handelsregister ", f"HRB {digits(source, 5, first='123456789')}"


def kvnr(source):
    letter, body = source.choice(UPPER), digits(source, 8)
    number = f"{ord(letter) - 64:02d}{body}"
    return "Krankenkasse ", f"{letter}{body}{alternating(number) % 10}"


def personalausweis(source):
    return "Personalausweis ", icao(source.choice("LMPRTVWXY") + chars(source, ICAO, 7))


def kfz(source):
    return (
        "Kennzeichen ",
        f"{source.choice(['B', 'HH', 'M'])}-{chars(source, UPPER, 2)} {digits(source, 3, first='123')}",
    )


def lanr(source):
    body = digits(source, 6, first="123456789")
    return "LANR ", f"{body}{-weighted(body, (4, 9) * 3) % 10}{digits(source, 2)}"


def reisepass(source):
    return "Reisepass ", icao("C" + chars(source, ICAO + string.digits, 7))


def plz(source):
    return "Postleitzahl ", digits(source, 5, first="12345678")


def rvnr(source):
    date = f"{source.randrange(1, 29):02d}{source.randrange(1, 13):02d}{source.randrange(10, 99)}"
    letter, serial = source.choice(UPPER), digits(source, 2)
    body = f"{digits(source, 2, first='1234')}{date}"
    number = f"{body}{ord(letter) - 64:02d}{serial}"
    weights = (2, 1, 2, 5, 7, 1, 2, 1, 2, 1, 2, 1)
    products = (int(d) * w for d, w in zip(number, weights, strict=True))
    check = sum(product // 10 + product % 10 for product in products) % 10
    return "Rentenversicherung ", f"{body}{letter}{serial}{check}"


def steuer_id(source):
    body = drawn(
        source,
        lambda some: digits(some, 10, first="123456789"),
        lambda made: max(map(made.count, made)) <= 3,
    )
    return "IdNr ", iso7064(body)


def steuernummer(source):
    return "Steuernummer ", f"{digits(source, 3)}/{digits(source, 3)}/{digits(source, 5)}"


def ust_id(source):
    return "USt-IdNr ", "DE" + iso7064(digits(source, 8, first="123456789"))


def nie(source):
    first, body = source.randrange(3), digits(source, 7)
    return "NIE ", f"{'XYZ'[first]}{body}{NIF_LETTERS[int(f'{first}{body}') % 23]}"


def nif(source):
    body = digits(source, 8, first="123456789")
    return "DNI ", f"{body}{NIF_LETTERS[int(body) % 23]}"


def es_passport(source):
    return "pasaporte ", chars(source, UPPER, 3) + digits(source, 6)


def fiscal_code(source):
    birth = f"{source.randrange(50, 99)}{source.choice('ABCDEHLMPRT')}{source.randrange(11, 29)}"
    body = f"{chars(source, CONSONANTS, 6)}{birth}{source.choice('ABCDEFGH')}{source.randrange(101, 990)}"
    odd = sum(FISCAL_ODD[character] for character in body[::2])
    even = sum(int(c) if c.isdigit() else ord(c) - 65 for c in body[1::2])
    return "codice fiscale ", body + UPPER[(odd + even) % 26]


def it_driver(source):
    return (
        "patente di guida ",
        f"{chars(source, UPPER, 2)}{digits(source, 7)}{source.choice(UPPER)}",
    )


def it_identity(source):
    return (
        "carta d'identità ",
        f"{chars(source, UPPER, 2)}{digits(source, 5)}{chars(source, UPPER, 2)}",
    )


def it_passport(source):
    return "passaporto ", f"{chars(source, UPPER, 2)}{digits(source, 7)}"


def it_vat(source):
    return "partita iva ", luhn(digits(source, 10, first="123456789"))


def pesel(source):
    body = day(source) + digits(source, 4)
    return "PESEL ", f"{body}{-weighted(body, (1, 3, 7, 9, 1, 3, 7, 9, 1, 3)) % 10}"


def personnummer(source):
    body = day(source) + digits(source, 3)
    return "personnummer ", f"{body[:6]}-{luhn(body)[6:]}"


def orgnummer(source):
    made = luhn(f"55{source.randrange(20, 99)}{digits(source, 5)}")
    return "organisationsnummer ", f"{made[:6]}-{made[6:]}"


def tr_plate(source):
    return (
        "plaka ",
        f"{source.randrange(1, 81):02d} {chars(source, 'ABCDEFG', 2)} {digits(source, 3)}",
    )


def tckn(source):
    body = digits(source, 9, first="123456789")
    tenth = (sum(map(int, body[::2])) * 7 - sum(map(int, body[1::2]))) % 10
    return "TC kimlik no ", f"{body}{tenth}{(sum(map(int, body)) + tenth) % 10}"


def uk_driving(source):
    return "driving licence ", (
        f"{chars(source, UPPER, 5)}{digits(source, 1)}{source.randrange(1, 13):02d}"
        f"{source.randrange(1, 29):02d}{digits(source, 1)}{chars(source, UPPER, 2)}9{chars(source, UPPER, 2)}"
    )


def nino(source):
    made = f"{chars(source, 'ABCEHJLM', 2)} {digits(source, 2)} {digits(source, 2)} {digits(source, 2)}"
    return "national insurance ", f"{made} {source.choice('ABCD')}"


def uk_passport(source):
    return "british passport ", f"{chars(source, UPPER, 2)}{digits(source, 7)}"


def postcode(source):
    area = source.choice(["SW1A", "M1", "EC1A", "B33"])
    return "postcode ", f"{area} {source.randrange(10)}{chars(source, 'ABDEFGHJ', 2)}"


def uk_plate(source):
    return (
        "vehicle registration ",
        f"{chars(source, 'ABCDEFGH', 2)}{source.randrange(51, 75)} {chars(source, 'ABCDEFGH', 3)}",
    )


def nir(source):
    born = f"{source.choice('12')}{source.randrange(50, 99)}{source.randrange(1, 13):02d}"
    body = f"{born}{source.randrange(10, 95)}{digits(source, 6)}"
    return "sécurité sociale ", f"{body}{97 - int(body) % 97:02d}"


def siren(source):
    made = luhn(digits(source, 8, first="3456789"))
    return "SIREN ", f"{made[:3]} {made[3:6]} {made[6:]}"


def siret(source):
    return "SIRET ", luhn(siren(source)[1].replace(" ", "") + digits(source, 4))


EUROPE_MAKERS = {
    "DE_BSNR": bsnr,
    "DE_FUEHRERSCHEIN": fuehrerschein,
    "DE_HANDELSREGISTER": handelsregister,
    "DE_HEALTH_INSURANCE": kvnr,
    "DE_ID_CARD": personalausweis,
    "DE_KFZ": kfz,
    "DE_LANR": lanr,
    "DE_PASSPORT": reisepass,
    "DE_PLZ": plz,
    "DE_SOCIAL_SECURITY": rvnr,
    "DE_TAX_ID": steuer_id,
    "DE_TAX_NUMBER": steuernummer,
    "DE_VAT_ID": ust_id,
    "ES_NIE": nie,
    "ES_NIF": nif,
    "ES_PASSPORT": es_passport,
    "FI_PERSONAL_IDENTITY_CODE": hetu,
    "FR_NIR": nir,
    "FR_SIREN": siren,
    "FR_SIRET": siret,
    "IT_DRIVER_LICENSE": it_driver,
    "IT_FISCAL_CODE": fiscal_code,
    "IT_IDENTITY_CARD": it_identity,
    "IT_PASSPORT": it_passport,
    "IT_VAT_CODE": it_vat,
    "PL_PESEL": pesel,
    "SE_ORGANISATIONSNUMMER": orgnummer,
    "SE_PERSONNUMMER": personnummer,
    "TR_LICENSE_PLATE": tr_plate,
    "TR_NATIONAL_ID": tckn,
    "UK_DRIVING_LICENCE": uk_driving,
    "UK_NINO": nino,
    "UK_PASSPORT": uk_passport,
    "UK_POSTCODE": postcode,
    "UK_VEHICLE_REGISTRATION": uk_plate,
}
"""A maker for each type."""
