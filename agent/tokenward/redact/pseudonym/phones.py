"""Phone numbers that authorities keep free for fiction, in the value's country and groups."""

from __future__ import annotations

import re
from typing import NamedTuple

from tokenward.redact.pseudonym.draw import Draw
from tokenward.redact.pseudonym.shape import digits_of, fill_digits

EXTENSION = re.compile(r"\s*(?:ext\.?|extension|x|#)\s*\d{1,6}\s*\Z", re.IGNORECASE)

AREAS = (
    "201 202 203 205 206 207 208 209 210 212 213 214 215 216 217 218 219 224 225 228 303 304 305 "
    "307 308 309 310 312 313 314 315 316 317 318 319 402 404 405 406 407 408 409 410 412 413 414 "
    "415 417 419 501 502 503 504 505 507 508 509 510 512 513 515 516 517 518 601 602 603 605 606 "
    "608 609 610 612 614 615 616 617 618 619 701 702 703 704 706 707 708 712 713 714 715 716 717"
).split()
UNITED_KINGDOM = (
    "1134960 1144960 1154960 1164960 1174960 1184960 1214960 1314960 1414960 1514960 1614960 "
    "2079460 1914980"
).split()
FRANCE = "19900 26191 35301 46571 53649".split()
GERMANY = "3023125 6990009 4066969".split()
AUSTRALIA = "25550 35550 75550 85550".split()
ANYWHERE = "55501"
SHORTEST = 7


class Country(NamedTuple):
    """A country's code, the digits of its numbers without it, and where the free ones begin."""

    code: str
    length: int
    fixed: tuple[str, ...]
    mobile: tuple[str, ...] = ()
    mobiles: str = ""
    """First digits of the mobile numbers."""


COUNTRIES = (
    Country("1", 10, tuple(f"{area}55501" for area in AREAS)),
    Country("44", 10, tuple(UNITED_KINGDOM), ("7700900",), "7"),
    Country("33", 9, tuple(FRANCE), ("63998",), "67"),
    Country("49", 10, tuple(GERMANY), ("17139200",), "1"),
    Country("61", 9, tuple(AUSTRALIA)),
)
CODES = re.compile(r"7|2[07]|3[0-469]|4[013-9]|5[1-8]|6[0-6]|8[1246]|9[0-58]|\d{3}")
"""Country codes of one and two digits; all others have three (ITU-T E.164)."""


def phone(value: str, draw: Draw) -> str | None:
    """Returns a number that rings nowhere; ``None`` where the value is too short for one."""
    digits = digits_of(EXTENSION.sub("", value))
    outside = "00" if digits.startswith("00") and "+" not in value else ""
    if "+" in value or outside:
        made = _international(digits[len(outside) :], draw)
    else:
        made = _national(digits, draw)
    if made is None:
        return None
    extension = draw.digits(len(digits_of(value)) - len(digits))
    return fill_digits(value, outside + made + extension)


def _international(digits: str, draw: Draw) -> str | None:
    for country in COUNTRIES:
        rest = digits.removeprefix(country.code)
        trunk = "0" if rest.startswith("0") else ""  # as in +44 (0)20
        if len(rest) < len(digits) and len(rest) - len(trunk) == country.length:
            return country.code + trunk + _free(country, rest[len(trunk) :], draw)
    code = CODES.match(digits)
    return _unknown(code[0] if code else "", digits, draw)


def _national(digits: str, draw: Draw) -> str | None:
    america, united_kingdom, france = COUNTRIES[:3]
    if len(digits) == america.length and digits[0] not in "01":
        return _free(america, digits, draw)
    if len(digits) == america.length + 1 and digits[0] == "1":
        return "1" + _free(america, digits[1:], draw)
    for country in (united_kingdom, france):
        if digits.startswith("0") and len(digits) == country.length + 1:
            return "0" + _free(country, digits[1:], draw)
    return _unknown("0" if digits.startswith("0") else "", digits, draw)


def _free(country: Country, number: str, draw: Draw) -> str:
    is_mobile = bool(country.mobile) and number[0] in country.mobiles
    begins = draw.of(country.mobile if is_mobile else country.fixed)
    return begins + draw.digits(country.length - len(begins))


def _unknown(begins: str, digits: str, draw: Draw) -> str | None:
    """Keeps the country's code; 555 01 is no beginning of a number in most numbering plans."""
    rest = len(digits) - len(begins) - len(ANYWHERE)
    if len(digits) < SHORTEST or rest < 1:
        return None
    return begins + ANYWHERE + draw.digits(rest)
