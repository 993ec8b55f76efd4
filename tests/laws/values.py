"""Made-up personal values of every type, with the check digits that they must have.

Each maker takes a ``random.Random`` and returns (lead, value): the words that stand before the
value, without which a type with weak patterns is not sure enough, and the value.
"""

from __future__ import annotations

import ipaddress
import string

from tests.laws.digits import base58check, bech32, chars, digits, luhn, mod97

UPPER, LOWER, HEX = string.ascii_uppercase, string.ascii_lowercase, "0123456789abcdef"
NAMES = "ann bo chloe dmitri emeka farah grace hugo ines joao kenji lena".split()
HOSTS = "example.com mail.example.org shop.example.co.uk example.net post.example.de".split()
GROUPS = {"": 0, " ": 4, "-": 4}
ACCOUNTS = {
    "DE": "dddddddddddddddddd", "GB": "UUUUdddddddddddddd", "FR": "dddddddddddddddddddddddd",
    "ES": "dddddddddddddddddddd", "NL": "UUUUdddddddddd", "CH": "ddddddddddddddddd",
    "AT": "dddddddddddddddd", "BE": "dddddddddddd", "PL": "dddddddddddddddddddddddd",
    "NO": "ddddddddddd", "SE": "dddddddddddddddddddd", "FI": "dddddddddddddd",
}  # fmt: skip
LONG_MAKE = 3


def grouped(value, separator, size=4):
    """Returns a value in groups."""
    return separator.join(value[at : at + size] for at in range(0, len(value), size))


def shaped(source, shape):
    """Returns random digits and capitals in a shape such as ``UUdd``."""
    return "".join(source.choice(string.digits if kind == "d" else UPPER) for kind in shape)


def card(source):
    prefix, length = source.choice([("4", 16), ("51", 16), ("34", 15), ("6011", 16), ("2221", 16)])
    number = luhn(prefix + digits(source, length - len(prefix) - 1))
    separator = source.choice(list(GROUPS)) if length == 16 else ""
    return "the card ", grouped(number, separator) if separator else number


def iban(source):
    country = source.choice(sorted(ACCOUNTS))
    made = mod97(country, shaped(source, ACCOUNTS[country]))
    return "the account ", grouped(made, " ") if source.random() < 0.5 else made


def email(source):
    name, host = source.choice(NAMES), source.choice(HOSTS)
    kind = source.randrange(6)
    local = {
        0: name,
        1: f"{name}.{source.choice(NAMES)}",
        2: f"{name}_{digits(source, 3)}",
        3: f"{name}+{source.choice(NAMES)}",
        4: f"{name}-{name}",
        LONG_MAKE + 2: "".join(source.choices(LOWER, k=64)),
    }[kind]
    return "write to ", f"{local}@{host}"


def phone(source):
    area, last = source.choice(["212", "415", "312", "646"]), f"01{digits(source, 2)}"
    forms = ["({0}) 555-{1}", "+1 {0} 555 {1}", "{0}-555-{1}", "+1-{0}-555-{1}", "+1{0}555{1}"]
    return "my phone is ", source.choice(forms).format(area, last)


def address(source):
    if source.random() < 0.5:
        return "the host ", ".".join(str(source.randrange(1, 255)) for _ in range(4))
    number = int(f"20010db8{chars(source, HEX[1:], 24)}", 16)
    return "the host ", str(ipaddress.IPv6Address(number))


def url(source):
    scheme, host = source.choice(["https://", "http://"]), source.choice(HOSTS)
    path = "/".join(
        source.choices(["a", "docs", "x-1", "page.html", "%20b"], k=source.randrange(4))
    )
    query = source.choice(["", "?id=7", "?a=b&c=d", "#top"])
    return "see ", f"{scheme}{host}/{path}{query}"


def ssn(source):
    area = source.choice(["536", "219", "457", "601", "123"])
    serial = digits(source, 4, first="123456789")
    return "social security number ", f"{area}-{source.randrange(1, 99):02d}-{serial}"


def itin(source):
    middle = source.choice([*range(70, 89), 90, 91, 92, *range(94, 100)])
    return "the itin is ", f"9{digits(source, 2)}-{middle}-{digits(source, 4, first='123456789')}"


def nhs(source):
    while True:
        body = digits(source, 9, first="4679")
        check = 11 - sum(int(d) * w for d, w in zip(body, range(10, 1, -1), strict=True)) % 11
        if check != 10:
            made = body + str(check % 11)
            return "his nhs number ", f"{made[:3]} {made[3:6]} {made[6:]}"


def mac(source):
    mark = source.choice(":-")
    return "mac address ", mark.join(chars(source, HEX[1:], 2) for _ in range(6))


def crypto(source):
    payload = bytes(source.randrange(256) for _ in range(20))
    if source.random() < 0.5:
        return "bitcoin wallet ", base58check(0, payload)
    bits = "".join(f"{byte:08b}" for byte in payload)
    words = [int(bits[at : at + 5], 2) for at in range(0, len(bits), 5)]
    return "bitcoin wallet ", bech32([0, *words])


def uuid(source):
    parts = (8, 4, 4, 4, 12)
    made = [chars(source, HEX, size) for size in parts]
    made[2], made[3] = f"4{made[2][1:]}", f"a{made[3][1:]}"
    return "the uuid ", "-".join(made)


def date(source):
    year, month, day = (
        source.randrange(1950, 2024),
        source.randrange(1, 13),
        source.randrange(1, 29),
    )
    form = source.choice(["{y}-{m:02d}-{d:02d}", "{m:02d}/{d:02d}/{y}"])
    return "the date ", form.format(y=year, m=month, d=day)


def license_of_a_doctor(source):
    while True:
        body = digits(source, 6)
        check = (sum(map(int, body[::2])) + 2 * sum(map(int, body[1::2]))) % 10
        return "his DEA certificate ", f"{source.choice('ABCM')}{source.choice(UPPER)}{body}{check}"


def bank(source):
    return "my bank account number is ", digits(source, 12, first="123456789")


def driver(source):
    return "driver license ", source.choice(UPPER) + digits(source, 7, first="123456789")


def us_passport(source):
    return "his US passport number is ", digits(source, 9, first="123456789")


def birthday(source):
    year, month, day = (
        source.randrange(1950, 2005),
        source.randrange(1, 13),
        source.randrange(1, 29),
    )
    form = source.choice(["{y}-{m:02d}-{d:02d}", "{m:02d}/{d:02d}/{y}"])
    return "date of birth: ", form.format(y=year, m=month, d=day)


def street(source):
    name = source.choice(["Maple", "Oak Hill", "Washington", "Elm"])
    kind = source.choice(["Street", "Avenue", "Road", "Lane"])
    return "lives at ", f"{source.randrange(10, 990)} {name} {kind}"


MAKERS = {
    "CREDIT_CARD": card,
    "CRYPTO": crypto,
    "DATE_OF_BIRTH": birthday,
    "DATE_TIME": date,
    "EMAIL_ADDRESS": email,
    "IBAN_CODE": iban,
    "IP_ADDRESS": address,
    "MAC_ADDRESS": mac,
    "MEDICAL_LICENSE": license_of_a_doctor,
    "PHONE_NUMBER": phone,
    "STREET_ADDRESS": street,
    "UK_NHS": nhs,
    "URL": url,
    "US_BANK_NUMBER": bank,
    "US_DRIVER_LICENSE": driver,
    "US_ITIN": itin,
    "US_PASSPORT": us_passport,
    "US_SSN": ssn,
    "UUID": uuid,
}
"""A maker for each type."""
