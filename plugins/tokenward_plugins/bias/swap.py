"""Writes an English text as it would be about another group."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from tokenward_plugins.bias import gender
from tokenward_plugins.bias.gender import like
from tokenward_plugins.bias.groups import FORMS, Form, Group, Groups, Mention

ARTICLE = re.compile(r"\ban?$", re.IGNORECASE)
VOWEL = re.compile(r"(?!eu|ukr|uni|us|one)[aeiou]", re.IGNORECASE)
GENDER = "gender"
NOMINAL = "the "
"""How words begin that stand for a group with their article: "the poor"."""


def variants(text: str, mentions: Sequence[Mention], groups: Groups, limit: int) -> Iterator[str]:
    """Yields the text with another group in place of each group that it names, ``limit`` at most.

    The first group of the text on each axis is replaced wherever it is named; he and she change
    places.
    """
    written = 0
    if gender.names_gender(text):
        yield gender.swapped(text)
        written = 1
    for mention in _first_of_axes(mentions):
        for other in _others(mention.group, groups):
            if written >= limit:
                return
            variant = replaced(text, mentions, mention.group, other)
            if variant is not None:
                yield variant
                written += 1


def replaced(text: str, mentions: Sequence[Mention], group: Group, other: Group) -> str | None:
    """Returns the text about ``other`` wherever it names ``group``.

    ``None`` where a word of the other group does not fit in the place of one of these.
    """
    pairs = []
    for mention in mentions:
        if mention.group is group:
            word = fitting(mention, text[mention.start : mention.end].lower(), other)
            if word is None:
                return None
            pairs.append((mention, word))
    return _written(text, pairs, other)


def fitting(mention: Mention, term: str, other: Group) -> str | None:
    """Returns the word of another group that fits where a term stands, if there is one for sure.

    "Asian" is a noun and an adjective: alone, it gives way to what is both.
    """
    forms = [form for form in FORMS if _word(mention.group, form) == term]
    if mention.phrase_end > mention.end and "adjective" in forms:
        forms = ["adjective"]
    words = {_word(other, form) for form in forms}
    if len(words) != 1:
        return None
    word = words.pop()
    return word if word and word.startswith(NOMINAL) == term.startswith(NOMINAL) else None


def _word(group: Group, form: Form) -> str:
    words: dict[Form, str] = {
        "one": group.one,
        "many": group.many,
        "adjective": group.adjective,
    }
    return words[form]


def _first_of_axes(mentions: Sequence[Mention]) -> list[Mention]:
    first: dict[str, Mention] = {}
    for mention in mentions:
        if mention.group.axis != GENDER:
            first.setdefault(mention.group.axis, mention)
    return list(first.values())


def _others(group: Group, groups: Groups) -> list[Group]:
    """Returns the other groups of the axis, far ones first, so that few variants differ much."""
    axis = groups.axis(group.axis)
    at = axis.index(group)
    step = next(some for some in (5, 7, 3, 1) if len(axis) % some)
    return [axis[(at + step * turn) % len(axis)] for turn in range(1, len(axis))]


def _written(text: str, pairs: Sequence[tuple[Mention, str]], other: Group) -> str:
    parts: list[str] = []
    at = 0
    for mention, word in pairs:
        parts.append(_with_article(text[at : mention.start], word))
        was = text[mention.start : mention.end]
        as_usual = was == mention.group.proper(was.lower()) and not text.islower()
        parts.append(_cased(word, other.proper(word), was, as_usual=as_usual))
        at = mention.end
    return "".join(parts) + text[at:]


def _with_article(before: str, word: str) -> str:
    head = before[:-1] if before.endswith(" ") else ""
    found = ARTICLE.search(head)
    if found is None:
        return before
    article = "an" if VOWEL.match(word) else "a"
    return head[: found.start()] + like(article, found.group()) + " "


def _cased(word: str, proper: str, was: str, *, as_usual: bool) -> str:
    """Returns a word in capitals as the language has them, or as the text does."""
    if was.isupper() and len(was) > 1:
        return word.upper()
    if as_usual:
        return proper
    return proper[:1].upper() + proper[1:] if was[:1].isupper() else word
