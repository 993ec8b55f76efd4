"""What a number looks like, whatever its digits: which types can be written so.

A *signature* is a text with all its digits made zeros. For those in which numbers mostly are
written, the judges that may find something are known beforehand.
"""

from __future__ import annotations

import re
from functools import cache

from tokenward_plugins.pii.gates import SHAPES

ZEROS = str.maketrans("123456789", "0" * 9)
PART = re.compile(r"\\.|\{\d+(?:,\d*)?\}|\[\^?\]?[^\]]*\]|.")
LITERAL_DIGIT = re.compile(r"(?<!\\)\d")
COUNTRY = ("", "0-", "0 ", "+0 ", "+0-", "+0.")
AREA = ("(000) ", "(000)", "000-", "000 ", "000.")
LOCAL = ("000-0000", "000 0000", "000.0000")

USUAL = (
    *("0" * length for length in range(7, 20)),
    *(f"{country}{area}{local}" for country in COUNTRY for area in AREA for local in LOCAL),
    *(separator.join(("0000",) * 4) for separator in " -"),
    *("0000 000000 00000", "0000-000000-00000", "000-00-0000", "000 00 0000", "000-000-0000"),
    *("0000-00-00", "00.00.0000", "00/00/0000", "0000/00/00", "0000-00-00T00:00:00Z"),
    *("00:00:00", "000-0000", "00 00 00 00 00", "000 000", "000 000 000", "00-00", "0000-0000"),
)
"""Signatures of numbers that are short, or written in a usual way."""


def signature(text: str) -> str:
    """Returns a text with zeros for its digits.

    >>> signature("(212) 555-0147")
    '(000) 000-0000'
    """
    return text.translate(ZEROS)


@cache
def _relaxed(shape: str) -> re.Pattern[str]:
    return re.compile(relaxed(shape))


def relaxed(shape: str) -> str:
    r"""Returns a shape that takes any digit where another one takes some.

    >>> relaxed(r"[2-6]\d{3}.9|[A-Z0-9]{4}")
    '[0-92-6]\\d{3}.\\d|[0-9A-Z0-9]{4}'
    """
    out = []
    for match in PART.finditer(shape):
        part = match.group()
        if part.isdecimal():
            part = r"\d"
        elif part[0] == "[" and LITERAL_DIGIT.search(part):
            assert part[1] != "^"
            part = f"[0-9{part[1:]}"
        out.append(part)
    return "".join(out)


def may_hold(kind: str, sign: str) -> bool:
    """Tells whether a text with a signature may have a value of a type.

    >>> may_hold("CREDIT_CARD", "0000 0000 0000 0000"), may_hold("US_SSN", "(000) 000-0000")
    (True, False)
    """
    digits, shape = SHAPES[kind]
    return sign.count("0") >= digits and _relaxed(shape).search(sign) is not None
