"""Writes a text as it would be about another group, of the same axis or of another one."""

from __future__ import annotations

import random
import re

from tokenward_plugins.bias.groups import Form, Group, Groups, Mention
from tokenward_plugins.bias.swap import variants

ACROSS = frozenset(("orientation", "race", "religion", "nationality"))
"""Axes whose groups may stand for each other: a text about Sikhs, and the same about gays."""

ARTICLE = re.compile(r"\b(an?)( +)$", re.IGNORECASE)


class Swapper:
    """Swaps groups of people in texts, drawn anew each time."""

    def __init__(self, draw: random.Random) -> None:
        self._draw = draw
        self._groups = Groups.load()
        self._across = [group for group in self._groups.groups if group.axis in ACROSS]

    def swapped(self, text: str) -> str:
        """Returns the text about another group; the text itself where it names none."""
        lower = text.lower()
        if len(lower) != len(text):
            return text
        mentions = list(self._groups.mentions(lower))
        if not mentions:
            return text
        if mentions[0].group.axis in ACROSS and self._draw.random() < 0.5:
            return self._crossed(text, mentions)
        others = list(variants(text, mentions, self._groups, 4))
        return self._draw.choice(others) if others else text

    def _crossed(self, text: str, mentions: list[Mention]) -> str:
        """Returns the text with its groups replaced, each by one that is drawn of all axes."""
        instead: dict[Group, Group] = {}
        parts: list[str] = []
        at = 0
        for mention in mentions:
            if mention.group.axis not in ACROSS:
                continue
            other = instead.setdefault(mention.group, self._draw.choice(self._across))
            word = _word(other, mention.form)
            parts.append(_article(text[at : mention.start], word))
            parts.append(_cased(word, text[mention.start : mention.end]))
            at = mention.end
        return "".join(parts) + text[at:]


def _word(group: Group, form: Form) -> str:
    return group.word(form) or group.one


def _article(before: str, word: str) -> str:
    found = ARTICLE.search(before)
    if found is None:
        return before
    article = "an" if word[:1] in "aeiou" else "a"
    return before[: found.start()] + _cased(article, found.group(1)) + found.group(2)


def _cased(word: str, like: str) -> str:
    if like.isupper() and len(like) > 1:
        return word.upper()
    return word[:1].upper() + word[1:] if like[:1].isupper() else word
