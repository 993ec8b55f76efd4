"""The invented customers whose data the demo model has by heart."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

FIRST_NAMES = (
    "Anna", "Ben", "Carla", "David", "Elena", "Felix", "Grace", "Hugo", "Ines", "Jonas", "Karen",
    "Liam", "Maria", "Nils", "Olga", "Peter", "Rosa", "Søren", "Tina", "Wendy", "Zoë", "Aisha",
    "Emma", "José",
)  # fmt: skip
LAST_NAMES = (
    "Keller", "Moore", "Rossi", "Walker", "Petrova", "Braun", "Hill", "Martin", "Costa", "Weber",
    "Young", "Murphy", "Lopez", "Holm", "Ivanova", "Schmidt", "Greco", "Dahl", "Fischer", "Clark",
    "Maes", "Khan", "Stone", "Ortega",
)  # fmt: skip
ASCII = str.maketrans({"ø": "o", "ë": "e", "é": "e"})

CARD_PREFIXES = ("424242", "400000", "411111", "555555", "510510")
"""Payment providers publish numbers that begin so for tests; no bank issues them."""
MAIL_DOMAINS = ("example.com", "example.org", "example.net")
AREA_CODES = ("212", "312", "415", "617", "702", "206")
BANK_CODE = "99900100"
"""No German bank code begins with 9."""

SYSTEMS = ("billing", "warehouse", "newsletter", "payment", "reporting", "delivery")
ALPHANUMERIC = "ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz23456789"


@dataclass(frozen=True, slots=True)
class Customer:
    """One invented person; every number is valid in form and belongs to nobody."""

    name: str
    email: str
    phone: str
    card: str
    iban: str

    @property
    def first(self) -> str:
        """The first name, which no other customer has."""
        return self.name.split()[0]

    @property
    def ending(self) -> str:
        """The last four digits of the card."""
        return self.card[-4:]


def luhn_digit(digits: str) -> str:
    """Returns the check digit of ISO/IEC 7812-1 that completes a card number.

    >>> luhn_digit("424242424242424")
    '2'
    """
    doubled = [int(digit) * 2 for digit in digits[::-2]]
    total = sum(n - 9 if n > 9 else n for n in doubled) + sum(map(int, digits[-2::-2]))  # noqa: PLR2004 - the digit sum of a doubled digit
    return str(-total % 10)


def iban_check(country: str, account: str) -> str:
    """Returns the two check digits of ISO 13616 for a country and a basic account number.

    >>> iban_check("GB", "WEST12345698765432")
    '82'
    """
    number = "".join(str(int(character, 36)) for character in f"{account}{country}00")
    return f"{98 - int(number) % 97:02d}"


def customers() -> tuple[Customer, ...]:
    """Returns the customers, always the same."""
    random = Random(1729)  # noqa: S311 - invented data, nothing to protect
    lines = random.sample(range(100), len(FIRST_NAMES))
    names = zip(FIRST_NAMES, LAST_NAMES, lines, strict=True)
    return tuple(customer(f"{first} {last}", line, random) for first, last, line in names)


def customer(name: str, line: int, random: Random) -> Customer:
    """Invents the data of one person; ``line`` is the end of the phone number, 0 to 99."""
    return Customer(
        name=name,
        email=f"{name.lower().translate(ASCII).replace(' ', '.')}@{random.choice(MAIL_DOMAINS)}",
        phone=f"({random.choice(AREA_CODES)}) 555-01{line:02d}",
        card=card(random),
        iban=iban(random),
    )


def card(random: Random) -> str:
    """Invents a card number of sixteen digits, in groups of four."""
    digits = random.choice(CARD_PREFIXES) + "".join(random.choices("0123456789", k=9))
    digits += luhn_digit(digits)
    return " ".join(digits[at : at + 4] for at in range(0, 16, 4))


def iban(random: Random) -> str:
    """Invents a German IBAN of a bank that does not exist."""
    account = BANK_CODE + "".join(random.choices("0123456789", k=10))
    return f"DE{iban_check('DE', account)}{account}"


def api_keys() -> dict[str, str]:
    """Returns an invented test key for each of the shop's systems, always the same."""
    random = Random(1730)  # noqa: S311 - invented data, nothing to protect
    return {system: "sk_test_" + "".join(random.choices(ALPHANUMERIC, k=24)) for system in SYSTEMS}
