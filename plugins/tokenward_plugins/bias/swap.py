"""Writes a sentence as it would be about another group."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from tokenward_plugins.bias.groups import Group, Groups, Mention

PRONOUNS = {
    "he": "she",
    "she": "he",
    "him": "her",
    "himself": "herself",
    "herself": "himself",
    "hers": "his",
    "mr": "ms",
    "ms": "mr",
    "mrs": "mr",
}
PRONOUN = re.compile(
    r"\b(he|she|him|her|his|hers|himself|herself|mr|ms|mrs)\b( +[a-z])?", re.IGNORECASE
)
PARTNER = {"woman": "man", "girl": "boy", "lady": "gentleman", "mother": "father"}
PARTNER |= {"wife": "husband", "female": "male"}
PARTNER |= {other: one for one, other in PARTNER.items()}
ARTICLE = re.compile(r"\ban?$", re.IGNORECASE)
GENDER = "gender"


def variants(text: str, mentions: Sequence[Mention], groups: Groups, limit: int) -> Iterator[str]:
    """Yields the text with another group in place of each group that it names, ``limit`` at most.

    The first group of the text on each axis is replaced wherever it is named; he and she change
    places.
    """
    written = 0
    if _has_gender(text, mentions):
        yield _swap_gender(text, mentions)
        written = 1
    for mention in _first_of_axes(mentions):
        for other in _others(mention.group, groups):
            if written >= limit:
                return
            same = [m for m in mentions if m.group is mention.group]
            yield _replaced(text, [(m, other.word(m.form)) for m in same])
            written += 1


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


def _has_gender(text: str, mentions: Sequence[Mention]) -> bool:
    return PRONOUN.search(text) is not None or any(m.group.axis == GENDER for m in mentions)


def _swap_gender(text: str, mentions: Sequence[Mention]) -> str:
    pairs = []
    for mention in mentions:
        partner = PARTNER.get(mention.group.one)
        if mention.group.axis == GENDER and partner is not None:
            word = _form_of(partner, mention.form)
            pairs.append((mention, word))
    return PRONOUN.sub(_other_pronoun, _replaced(text, pairs))


def _form_of(one: str, form: str) -> str:
    irregular = {"woman": "women", "man": "men", "lady": "ladies", "gentleman": "gentlemen"}
    if form == "adjective":
        return {"man": "male", "woman": "female"}.get(one, one)
    if form == "one":
        return one
    return irregular.get(one, "wives" if one == "wife" else f"{one}s")


def _other_pronoun(found: re.Match[str]) -> str:
    word, after = found.group(1), found.group(2) or ""
    lower = word.lower()
    if lower == "her":
        other = "his" if after else "him"
    elif lower == "his":
        other = "her" if after else "hers"
    else:
        other = PRONOUNS[lower]
    return _cased(other, word) + after


def _replaced(text: str, pairs: Sequence[tuple[Mention, str]]) -> str:
    parts: list[str] = []
    at = 0
    for mention, word in pairs:
        parts.append(_with_article(text[at : mention.start], word))
        parts.append(_cased(word, text[mention.start : mention.end]))
        at = mention.end
    return "".join(parts) + text[at:]


def _with_article(before: str, word: str) -> str:
    head = before[:-1] if before.endswith(" ") else ""
    found = ARTICLE.search(head)
    if found is None:
        return before
    article = "an" if word[:1] in "aeiou" else "a"
    return head[: found.start()] + _cased(article, found.group()) + " "


def _cased(word: str, like: str) -> str:
    if like.isupper() and len(like) > 1:
        return word.upper()
    return word[:1].upper() + word[1:] if like[:1].isupper() else word
