"""The words before a value that say what it is.

Presidio's enhancer adds 0.35 (at least up to 0.4) when one of the five words before a value,
common words not counted, contains a context word of the recognizer. It needs spaCy's tokens; here
the words are read from the text. One rule is stricter: a context word of at most three letters must
be the whole word, since "us" is in "status" and "lic" in "public". One is wider: several words in a
row count ("social insurance number"), where Presidio compares one word at a time.
"""

from __future__ import annotations

import re
from dataclasses import replace

from tokenward_plugins.pii.found import Found
from tokenward_plugins.pii.limits import CONTEXT, LABEL

BOOST = 0.35
LEAST = 0.4
WORDS = 5
NEAR = 64
SHORT = 3
MARKS = r"\u0300-\u036f\u0900-\u0903\u093a-\u094f\u0e31\u0e34-\u0e3a\u0e47-\u0e4e"
WORD = re.compile(rf"[^\W_](?:[^\W_]|[{MARKS}])*")
"""A word with the vowels and accents that some scripts write as marks."""
COMMON = frozenset(
    "a about after again all also am an and any are as at be been before being both but by"
    " can could did do does doing each else ever few first for from get give go had has have"
    " he her here hers him his how however i if in into is it its just last least made make"
    " many may me might mine more most much must my never next no nor not now of off on once"
    " one only or other our ours out over own per please put quite rather re really said same"
    " say see seem she should show since so some still such take than that the their them then"
    " there these they this those though through to too two under until up upon used using"
    " very via was we well were what when where which while who whole whom whose why will with"
    " within would yet you your yours".split()
)


def words_before(text: str, end: int) -> list[str]:
    """Returns the last words before an offset, in lower case, without common ones.

    >>> words_before("Please charge my Credit Card: ", 30)
    ['charge', 'credit', 'card']
    """
    low = max(0, end - CONTEXT)
    words = significant(text, max(low, end - NEAR), end)
    if len(words) <= WORDS:  # the first one may be a part of a word, and more may come before
        words = significant(text, low, end)
    return words[-WORDS:]


def significant(text: str, low: int, high: int) -> list[str]:
    """Returns the words between two offsets, in lower case, without common ones."""
    words = [word.lower() for word in WORD.findall(text, low, high)]
    return [word for word in words if word not in COMMON]


def normalized(name: str) -> str:
    """Returns a context word, or several in a row, as ``supporting`` compares them.

    >>> normalized("Driver's license"), normalized("goods and services tax")
    ('driver s license', 'goods services tax')
    """
    return " ".join(significant(name, 0, len(name))) or name.strip().lower()


def supporting(words: list[str], names: tuple[str, ...]) -> str:
    """Returns the first of a recognizer's context words that is among the words, or ``""``."""
    joined = " ".join(words)
    for name in names:
        if len(name) > SHORT or not name.isascii():
            if name in joined:
                return name
        elif name in words or name + "s" in words:
            return name
    return ""


def weighed(found: Found, text: str, *, context: bool) -> Found | None:
    """Returns a finding with the score that what stands before it gives it.

    ``None`` if a label is needed and is not there. ``context`` says whether words count.
    """
    if found.label is not None:
        low = max(0, found.start - LABEL)
        if found.label.search(text, low, found.start) is None:
            return None
    if not context or found.score >= 1 or not found.words:
        return found
    name = supporting(words_before(text, found.start), found.words)
    if not name:
        return found
    score = min(1.0, max(LEAST, found.named, round(found.score + BOOST, 4)))
    return replace(found, score=score, context=name)
