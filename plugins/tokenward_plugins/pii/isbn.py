"""Numbers of books, which are written in groups as telephone numbers are."""

from __future__ import annotations

import re

BEFORE = re.compile(r"(?:isbn(?:[- ]?1[03])?[:\s]{0,3})(97[89][- ]?)?\Z", re.IGNORECASE)
REACH = 20
TEN, THIRTEEN = 10, 13
NOT_DIGITS = re.compile(r"\D+")


def is_isbn(before: str, value: str) -> bool:
    """Tells whether a number after "ISBN" has the check digit of a book (ISO 2108).

    The last digit of ten may be an X, which is no part of a telephone number.

    >>> is_isbn("ISBN ", "0-306-40615-2"), is_isbn("ISBN 978-", "0-306-40615-7")
    (True, True)
    >>> is_isbn("ISBN ", "212-555-0143"), is_isbn("", "0306406152")
    (False, False)
    """
    label = BEFORE.search(before)
    if label is None:
        return False
    digits = [int(one) for one in NOT_DIGITS.sub("", (label[1] or "") + value)]
    if len(digits) == THIRTEEN:
        return sum(one * (3 if at % 2 else 1) for at, one in enumerate(digits)) % TEN == 0
    if len(digits) == TEN - 1:
        digits.append(TEN)
    return len(digits) == TEN and sum((TEN - at) * one for at, one in enumerate(digits)) % 11 == 0
