"""Whether Markdown's signs stand inside a value: between digits, or in the domain of an address."""

from __future__ import annotations

import re

LONGEST_DOMAIN = 62
DOMAIN = re.compile(r"[!-~]@[A-Za-z0-9._\-]*\Z")
"""The domain of an e-mail address so far, at the end of a text."""
WITH_ENDING = re.compile(r"\.[A-Za-z]{2,24}\Z")

NUMBER_SIGNS = frozenset(("**", "~~", "`", "``", "__", "**`", "`**", "~~**", "**~~"))
DOMAIN_SIGNS = NUMBER_SIGNS | {"*"}
LONGEST_SIGNS = 4
LOOK = 6
"""What is looked at behind the signs: a separator, more signs, a digit."""

SEPARATOR = frozenset(" .-")
TO_GROUP = re.compile(r"[ .\-][*_`~]{0,4}[A-Z0-9]")
MAY_BE_TO_GROUP = re.compile(r"(?:[ .\-][*_`~]{0,4})?\Z")
GROUP, DIGIT, IN_LABEL = map(re.compile, ("[A-Z0-9]", "[0-9]", "[A-Za-z0-9]"))


def in_domain(before: str) -> bool:
    """Tells whether a text ends in the domain of an e-mail address, with or without its ending."""
    at = before.rfind("@", max(0, len(before) - LONGEST_DOMAIN - 1))
    return at > 0 and DOMAIN.match(before, at - 1) is not None


def may_be_inside(before: str) -> bool:
    """Tells whether a value may go on behind a text, over Markdown's signs."""
    if before[-1:] in SEPARATOR and GROUP.match(before[-2:-1]):
        return True
    return GROUP.match(before[-1:]) is not None or in_domain(before)


def stands_inside(before: str, signs: str, after: str, *, ended: bool) -> bool | None:
    """Tells whether signs stand inside a value; ``None`` if that depends on what follows.

    >>> stands_inside("4111", "**", "1111", ended=True), stands_inside("a", "**", "b", ended=True)
    (True, False)
    >>> stands_inside("ann@", "**", "", ended=False)
    """
    judged = (_inside_number(before, signs, after), _inside_domain(before, signs, after))
    if True in judged:
        return True
    return False if ended or None not in judged else None


def _inside_number(before: str, signs: str, after: str) -> bool | None:
    last = before[-1:]
    if signs not in NUMBER_SIGNS:
        return False
    if GROUP.match(last):
        if DIGIT.match(last) and DIGIT.match(after):
            return "_" not in signs  # which emphasise nothing between two digits
        if TO_GROUP.match(after):
            return True
        return None if MAY_BE_TO_GROUP.match(after) else False
    if last in SEPARATOR and GROUP.match(before[-2:-1]):
        return GROUP.match(after) is not None if after else None
    return False


def _inside_domain(before: str, signs: str, after: str) -> bool | None:
    begins = before[-1:] in {"@", "."}
    inside = begins or IN_LABEL.match(before[-1:])
    if signs not in DOMAIN_SIGNS or not inside or not in_domain(before):
        return False
    if not after:
        return None
    if IN_LABEL.match(after):
        return begins or WITH_ENDING.search(before[-26:]) is None
    return not begins and after[0] in ".-@"
