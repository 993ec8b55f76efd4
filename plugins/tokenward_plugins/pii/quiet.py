"""Text in which no value of some types can lie, taken in at the speed of one expression.

A *token* (see ``characters``) is quiet if it has no character without which no value is complete:
no digit, no ``@``, no colon or dot inside where types have them. So are numbers too short for any
of the types: a year, a price, a time of day. What is passed over never depends on where a text was
cut: a token is only quiet once the character behind it is known.
"""

from __future__ import annotations

import re

from tokenward_plugins.pii.beginnings import SPACED
from tokenward_plugins.pii.characters import (
    CLOSING,
    LEADS,
    MARKS,
    NUMBER_DOT,
    NUMBER_SPACE,
    WITHIN,
)
from tokenward_plugins.pii.gates import GATES
from tokenward_plugins.pii.kinds import GROUPED, NUMBERS, PHONES
from tokenward_plugins.pii.limits import SPACING, TOKEN
from tokenward_plugins.pii.phone_gates import LEAST_DIGITS
from tokenward_plugins.pii.signatures import may_hold

INNER = f"{NUMBER_DOT}{MARKS}"
BETWEEN = f"[{NUMBER_SPACE}{INNER}]"
JOIN = "|".join(
    rf"(?<=\d{f'[{INNER}]' * used})[{NUMBER_SPACE}]{BETWEEN}{{0,{SPACING - 1 - used}}}(?=\d)"
    for used in range(4)
)
"""What stands between two groups of digits, behind a token that ends with the first."""
JOINING = "|".join(
    rf"(?<=\d{f'[{INNER}]' * used})[{NUMBER_SPACE}]{BETWEEN}{{0,{SPACING - 1 - used}}}"
    for used in range(4)
)
"""The same, as long as the second group has not come."""
LEAD = rf"(?:\+[ \u00a0]?)?(?:[{LEADS}][ \u00a0]?\+?)?"
"""What may stand before the first digit of a phone number."""

WRITTEN_AT = r"[ ]?(?:\Z|(?:@|[aA](?:\Z|[tT]))(?:\Z|[ ]?(?:\Z|[)\]>}])))"
"""How "(at)" goes on behind its bracket."""
AT_OPEN = r"[(\[{<][ ]?(?:@|[aA][tT]?)?[ ]?"
"""The same, as far as it may have come."""
GOES_ON_AT = rf"[ ]{{0,2}}[(\[{{<]{WRITTEN_AT}|[ ]{{1,2}}(?:\Z|@|[aA](?:\Z|[tT](?:\Z|[ ])))"
"""How a mailbox name goes on behind a space, in an address spelled out."""
PLAIN = rf"[^{CLOSING}\d@:._\-+%]{{1,{TOKEN}}}+"
"""The simplest words: nothing in them is part of a mailbox name alone."""
SIZED = rf"(?=[{WITHIN}]{{1,{TOKEN}}}+[^{WITHIN}])"
"""A look ahead: the token is not so long that it is looked at whatever is in it."""
MOST = 6
"""Digits of a quiet number at most."""
WHOLE = tuple((rf"\d{{1,{most}}}+", "0" * most) for most in range(MOST, 0, -1))
DATE = r"(?:19|20)\d\d-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])"
TIME = r"[0-2]\d:[0-5]\d(?::[0-5]\dZ?)?"
COLONS = frozenset({"IP_ADDRESS", "MAC_ADDRESS"})
OTHERS = (
    (r"\d{1,4}+\.\d\d?+", "0000.00", frozenset[str]()),
    (r"[0-2]?\d:[0-5]\d(?::[0-5]\d)?", "00:00:00", COLONS),
    (DATE, "0000-00-00", frozenset[str]()),
    (f"{DATE}T{TIME}", "0000-00-00T00:00:00Z", COLONS | {"CREDIT_CARD", "US_SSN"}),
)
"""Forms of short numbers that are mostly nothing, the longest signature of each, and types whose
gates take it for more than it is: what is written so is none of theirs."""


def quiet(types: frozenset[str]) -> re.Pattern[str]:
    """Returns what quiet text matches, for types whose values may begin with any word.

    Group 1 is what is open at the end of the text: the last token, or a number that may go on.
    Where it takes no part, something that is not quiet begins at the end of the match.
    """
    parts = (
        *(rf"{PLAIN}[{_safe(types)}]++", f"[{_safe(types)}]++"),
        *_numbers(types),
        rf"{SIZED}{_word(types)}(?=[^{WITHIN}]){_not_at(types)}",
        *_mixed(types),
        *_leads(types),
    )
    groups = rf"(?:(?:{JOIN})[{WITHIN}]++)*+(?:{JOINING})?" if types & GROUPED else ""
    lead = LEAD if types & PHONES else ""
    at = rf"{AT_OPEN}|" if "EMAIL_ADDRESS" in types else ""
    return re.compile(rf"(?:{'|'.join(parts)})*+((?:{at}{lead}[{WITHIN}]*+{groups})\Z)?")


def passing(types: frozenset[str]) -> re.Pattern[str] | None:
    """Returns what may be passed over before a trigger is looked for: quiet numbers, and no others.

    For types of which no value may begin with any word.
    """
    numbers = _numbers(types)
    if not numbers:
        return None
    special = _special(types).replace("+", "")
    lead = rf"(?<![{LEADS}+])(?<![{LEADS}+][ \u00a0])" if types & PHONES else ""
    return re.compile(rf"(?:[^\d{special}]++|(?<![{WITHIN}]){lead}{numbers[0]})*+")


def _special(types: frozenset[str]) -> str:
    """Returns the characters that are looked at one by one, as the inside of a class."""
    out = "@" if "EMAIL_ADDRESS" in types else ""
    if types & {"URL", "IP_ADDRESS", "MAC_ADDRESS"}:
        out += ":"
    if types & {"URL", "MAC_ADDRESS"}:
        out += "."
    if "MAC_ADDRESS" in types:
        out += r"\-"
    return out + ("+" if types & PHONES else "")


def _word(types: frozenset[str]) -> str:
    """Returns words without a digit that have no value in them."""
    special = _special(types)
    parts = [rf"[^{CLOSING}\d{special}]++"]
    if "+" in special:
        parts.append(rf"\+(?![ \u00a0]?(?:[{LEADS}][ \u00a0]?\+?)?(?:\d|\Z))")
    if ":" in special:
        slash = "/|" if "URL" in types else ""
        pairs = "[0-9A-Fa-f:]" if "MAC_ADDRESS" in types else "[0-9A-Fa-f]{0,4}(?::|\\Z)"
        parts.append(rf":(?!{slash}{pairs}|\Z)")
    if "." in special:
        parts.append(r"\.(?=[\W_])")
    if "\\-" in special:
        parts.append(r"-(?<![A-Fa-f]{2}-[A-Fa-f]{2}-)")
    return f"(?:{'|'.join(parts)})++"


def _safe(types: frozenset[str]) -> str:
    """Returns the closing characters that no value begins with."""
    out = CLOSING
    if types & PHONES or "EMAIL_ADDRESS" in types:
        for old, new in (
            (r'"(),;<>?{}\[\]\\', r'"),;>?}\]\\'),
            (r"\uff00-\uff0f", r"\uff00-\uff07\uff09-\uff0f"),
            (r"\uff3b-\uff40", r"\uff3c-\uff40"),
        ):
            assert old in out
            out = out.replace(old, new)
    return out


def _not_at(types: frozenset[str]) -> str:
    """Returns a look ahead: behind a token no "(at)" follows, if it may be a mailbox name."""
    return f"(?:(?<=[.])|(?!{GOES_ON_AT}))" if "EMAIL_ADDRESS" in types else ""


def _end(types: frozenset[str]) -> str:
    """Returns a look ahead: a number ends here."""
    joined = rf"(?!{BETWEEN}{{1,{SPACING}}}(?:\d|\Z))" if types & GROUPED else ""
    return rf"(?=[^{WITHIN}]){joined}"


def _numbers(types: frozenset[str]) -> list[str]:
    if not _countable(types):
        return []
    whole = [form for form, sign in WHOLE if _harmless(sign, types)][:1]
    known = [form for form, sign, none in reversed(OTHERS) if _harmless(sign, types - none)] + whole
    return [rf"[:$#\-~]?+(?:{'|'.join(known)})[%*]{{0,2}}+{_end(types)}"] if known else []


def _mixed(types: frozenset[str]) -> list[str]:
    """Returns tokens with fewer digits than any value has."""
    fewest = [GATES[kind][0] for kind in types & NUMBERS - {"IP_ADDRESS", "MAC_ADDRESS"}]
    fewest += [LEAST_DIGITS] if types & PHONES else []
    most = min(*fewest, MOST + 1, 99) - 1
    if most < 1 or not _countable(types):
        return []
    other = rf"[^{CLOSING}\d{_special(types)}]*+"
    dots = rf"(?![{WITHIN}]*\.[{WITHIN}]*\.)"
    account = rf"[{WITHIN}]*(?<![A-Za-z0-9])[A-Z]{{2}}\d\d(?![{WITHIN}])"
    account = f"(?!{account})" if "IBAN_CODE" in types else ""
    digits = rf"(?:{other}\d){{1,{most}}}+{other}"
    return [rf"{account}{SIZED}{dots}{digits}{_end(types)}{_not_at(types)}"]


def _leads(types: frozenset[str]) -> list[str]:
    """Returns brackets behind which nothing begins."""
    written = WRITTEN_AT if "EMAIL_ADDRESS" in types else "(?!)"
    if types & PHONES:
        return [rf"[{LEADS}](?![ \u00a0]?\+?(?:\d|\Z)|{written})", rf"[{{<](?!{written})"]
    return [rf"[{LEADS}{{<](?!{written})"]


def _countable(types: frozenset[str]) -> bool:
    """Tells whether short numbers may be passed over: no value goes on behind them with letters."""
    return not types & SPACED.keys()


def _harmless(sign: str, types: frozenset[str]) -> bool:
    return not any(may_hold(kind, sign) for kind in types & NUMBERS)
