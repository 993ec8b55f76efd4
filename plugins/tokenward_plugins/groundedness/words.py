"""Cuts English text into words, with a stem by which forms of a word are known to be one."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

WORD = re.compile(r"[^\W\d_]+(?:['\u2019](?!s\b)[^\W\d_]+)?|\d+(?:[.,:/\-]\d+)*", re.UNICODE)
SENTENCE_END = re.compile(r"(?<=[.!?\u2026])[\"'\u201d\u2019)\]]*\s+|\n+|\r+")

FUNCTION_WORDS = frozenset(
    """
    a about above after again all also am an and any are as at be because been before being below
    between both but by can could did do does doing down during each either else ever few for from
    further had has have having he her here hers herself him himself his how i if in into is it its
    itself just like many may me might more most much must my myself neither no nor not of off often
    on once only or other our ours ourselves out over own per rather same shall she should since so
    some such than that the their theirs them themselves then there these they this those though
    through to too under until up upon us very was we were what when where whether which while who
    whom whose why will with within without would yet you your yours yourself yourselves one s t d
    ll re ve m don didn doesn isn aren wasn weren won couldn shouldn wouldn can't won't don't
    """.split()
)
"""Words that carry no matter of their own."""

IRREGULAR = {
    "began": "begin", "begun": "begin", "bought": "buy", "brought": "bring", "built": "build",
    "came": "come", "children": "child", "chose": "choose", "chosen": "choose", "died": "die",
    "dying": "die", "fell": "fall", "fallen": "fall", "feet": "foot", "felt": "feel",
    "fought": "fight", "found": "find", "gave": "give", "given": "give", "gone": "go", "got": "get",
    "grew": "grow", "grown": "grow", "held": "hold", "kept": "keep", "knew": "know",
    "known": "know", "led": "lead", "left": "leave", "lost": "lose", "lying": "lie", "made": "make",
    "meant": "mean", "men": "man", "met": "meet", "paid": "pay", "people": "person", "ran": "run",
    "rose": "rise", "risen": "rise", "said": "say", "sang": "sing", "sat": "sit", "saw": "see",
    "seen": "see", "sent": "send", "shown": "show", "sold": "sell", "sought": "seek",
    "spent": "spend", "spoke": "speak", "spoken": "speak", "stood": "stand", "taken": "take",
    "taught": "teach", "teeth": "tooth", "thought": "think", "told": "tell", "took": "take",
    "went": "go", "wives": "wife", "women": "woman", "won": "win", "wore": "wear", "worse": "bad",
    "written": "write", "wrote": "write", "lives": "life", "better": "good", "best": "good",
    "bigger": "big", "biggest": "big",
}  # fmt: skip

SUFFIXES = (
    "izations", "ization", "ations", "ation", "ingly", "edly", "ements", "ement", "ments", "ment",
    "nesses", "ness", "ities", "ity", "ings", "ing", "ions", "ion", "ives", "ive", "ally", "ably",
    "ible", "able", "ous", "ies", "ied", "iest", "ier", "ily", "ers", "ors", "est", "ed", "er",
    "or", "es", "ly", "al", "s", "e", "y",
)  # fmt: skip
SHORTEST_STEM = 3


class Word(NamedTuple):
    """A word or number of a text, with its place in code points."""

    text: str
    start: int
    end: int
    stem: str

    @property
    def is_number(self) -> bool:
        """Whether it is written in digits."""
        return self.text[0].isdigit()

    @property
    def is_content(self) -> bool:
        """Whether it carries matter."""
        return self.stem not in FUNCTION_WORDS and (len(self.stem) > 1 or self.is_number)


@lru_cache(maxsize=65_536)
def stem_of(word: str) -> str:
    """Returns what the forms of a word have in common, nearly.

    >>> [stem_of(w) for w in ("recommendations", "recommends", "cities", "city", "making", "made")]
    ['recommend', 'recommend', 'cit', 'cit', 'mak', 'mak']
    """
    word = word.lower().replace("\u2019", "'")
    word = IRREGULAR.get(word, word)
    if word in FUNCTION_WORDS or not word.isalpha():
        return word
    for suffix in SUFFIXES:
        if word.endswith(suffix) and len(word) - len(suffix) >= SHORTEST_STEM:
            word = word[: -len(suffix)]
            break
    if len(word) > SHORTEST_STEM and word[-1] == word[-2] and word[-1] not in "aeiouls":
        word = word[:-1]
    if len(word) > SHORTEST_STEM and word[-1] in "ie":
        word = word[:-1]
    return word


def words_of(text: str) -> list[Word]:
    """Returns the words and numbers of a text.

    >>> [word.text for word in words_of("Ann's 1,000 cats don't purr.")]
    ['Ann', 's', '1,000', 'cats', "don't", 'purr']
    """
    return [
        Word(found[0], found.start(), found.end(), stem_of(found[0]))
        for found in WORD.finditer(text)
    ]


def sentences_of(text: str) -> list[str]:
    """Returns the sentences of a text, roughly.

    >>> sentences_of("It rained. We left.")
    ['It rained.', 'We left.']
    """
    return [one for one in (part.strip() for part in SENTENCE_END.split(text) if part) if one]
