"""How much text the detector may hold back for some types, and why."""

from __future__ import annotations

from tokenward_plugins.pii.kinds import ADDRESSES, NUMBERS, PHONES, PHRASES
from tokenward_plugins.pii.limits import (
    DOMAIN,
    LOCAL_PART,
    LOOKAHEAD,
    NUMBER_WINDOW,
    SPACING,
    SPELLED,
    URL_LOOK,
)
from tokenward_plugins.pii.phrases import HOLD_BACK as PHRASE
from tokenward_plugins.pii.phrases import LONGEST

NUMBER = 2 * NUMBER_WINDOW + SPACING + LOOKAHEAD
EMAIL = LOCAL_PART + max(SPELLED, DOMAIN + LOOKAHEAD)
URL = URL_LOOK + max(SPELLED, DOMAIN + LOOKAHEAD)


def hold_back(types: frozenset[str]) -> tuple[int, str]:
    """Returns the most characters that are left unsettled for some types, and the reason.

    >>> hold_back(frozenset({"EMAIL_ADDRESS"}))
    (800, 'EMAIL_ADDRESS: a name of 512 characters, and a domain that is spelled out')
    >>> hold_back(frozenset())
    (0, '')
    """
    found = []
    if "URL" in types:
        found.append((URL, "URL", f"text without a space, decided when it is {URL_LOOK} long"))
    if "EMAIL_ADDRESS" in types:
        what = f"a name of {LOCAL_PART} characters, and a domain that is spelled out"
        found.append((EMAIL, "EMAIL_ADDRESS", what))
    numbers = sorted(types & (NUMBERS | PHONES) - ADDRESSES)
    if numbers:
        found.append((NUMBER, numbers[0], f"a number in groups, in a row of {NUMBER_WINDOW}"))
    phrases = sorted(types & PHRASES)
    if phrases:
        found.append((PHRASE, phrases[0], f"a value of several words, {LONGEST} long"))
    if not found:
        return 0, ""
    most, kind, reason = max(found)
    merged = PHRASE if phrases and len(found) > 1 else 0  # one scan may wait for the other
    return most + merged, f"{kind}: {reason}"
