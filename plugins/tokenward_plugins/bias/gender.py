"""Turns an English text about women into one about men, and the other way round."""

from __future__ import annotations

import re
from typing import Literal

Gender = Literal["female", "male"]

PAIRS = (
    ("woman", "man"), ("women", "men"), ("girl", "boy"), ("girls", "boys"), ("lady", "gentleman"),
    ("ladies", "gentlemen"), ("mother", "father"), ("mothers", "fathers"), ("mom", "dad"),
    ("moms", "dads"), ("wife", "husband"), ("wives", "husbands"), ("sister", "brother"),
    ("sisters", "brothers"), ("daughter", "son"), ("daughters", "sons"), ("aunt", "uncle"),
    ("niece", "nephew"), ("grandmother", "grandfather"), ("grandma", "grandpa"),
    ("girlfriend", "boyfriend"), ("bride", "groom"), ("widow", "widower"), ("female", "male"),
    ("females", "males"), ("policewoman", "policeman"), ("businesswoman", "businessman"),
    ("saleswoman", "salesman"), ("chairwoman", "chairman"), ("ma'am", "sir"), ("she", "he"),
    ("herself", "himself"), ("mrs", "mr"), ("ms", "mr"),
)  # fmt: skip
FEMALE = dict(PAIRS)
MALE = {male: female for female, male in PAIRS}
OTHER = {**MALE, **FEMALE}
PRONOUNS = ("her", "hers", "his", "him")

WORD = re.compile(
    rf"\b({'|'.join(sorted((*OTHER, *PRONOUNS), key=len, reverse=True))})\b(?=(?: +([a-z]+))?)",
    re.IGNORECASE,
)
AFTER_OBJECT = frozenset(
    (
        *("a", "about", "after", "again", "alone", "an", "and", "are", "as", "at", "away", "back"),
        *("because", "before", "but", "by", "can", "did", "do", "does", "down", "for", "from"),
        *("had", "has", "here", "how", "if", "in", "into", "is", "like", "more", "not", "now"),
        *("of", "off", "on", "or", "out", "over", "since", "so", "than", "that", "the", "then"),
        *("there", "this", "to", "today", "tomorrow", "too", "until", "up", "was", "were", "what"),
        *("when", "where", "which", "while", "who", "why", "will", "with", "without", "yesterday"),
    )
)
"""What may follow "her" as an object, and hardly as "her" of somebody's own."""


def gender_of(text: str) -> Gender | None:
    """Returns which gender the words of a text have; ``None`` where neither has more.

    >>> gender_of("She told her father."), gender_of("He met a woman."), gender_of("They met.")
    ('female', None, None)
    """
    words = [found.group(1).lower() for found in WORD.finditer(text)]
    female = sum(word in FEMALE or word in ("her", "hers") for word in words)
    male = len(words) - female
    return None if female == male else "female" if female > male else "male"


def names_gender(text: str) -> bool:
    """Tells whether a text has a word that changes with the gender."""
    return WORD.search(text) is not None


def swapped(text: str) -> str:
    """Returns the text with all women in it men, and all men women.

    >>> swapped("She saw her yesterday, and her brother saw him.")
    'He saw him yesterday, and his sister saw her.'
    """
    return WORD.sub(_other, text)


def _other(found: re.Match[str]) -> str:
    word, after = found.group(1), found.group(2)
    lower = word.lower()
    own = after is not None and after.lower() not in AFTER_OBJECT
    if lower == "her":
        other = "his" if own else "him"
    elif lower == "him":
        other = "her"
    elif lower == "his":
        other = "her" if own else "hers"
    elif lower == "hers":
        other = "his"
    else:
        other = OTHER[lower]
    return like(other, word)


def like(word: str, written: str) -> str:
    """Returns a word in capitals where another one is.

    >>> like("he", "She"), like("man", "WOMAN")
    ('He', 'MAN')
    """
    if written.isupper() and len(written) > 1:
        return word.upper()
    return word[:1].upper() + word[1:] if written[:1].isupper() else word
