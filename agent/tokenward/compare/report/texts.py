"""Answers of both models side by side with what differs marked, where texts were asked for."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any

from markupsafe import Markup, escape

MOST_CHARS = 2000
WORDS = re.compile(r"\s*(?:\w+|[^\w\s])|\s+")


@dataclass(frozen=True, slots=True)
class Both:
    """The answers to a case, words that only one side has being marked."""

    case: str
    base: Markup
    optimized: Markup


def both(texts: Mapping[str, Any] | None) -> Iterator[Both]:
    """Yields the answers to each case that has one, cut where they are long; the same ones last."""
    pairs = [
        (str(case), _text(sides, "base"), _text(sides, "optimized"))
        for case, sides in (texts or {}).items()
    ]
    for case, base, optimized in sorted(pairs, key=lambda pair: pair[1] == pair[2]):
        if base is not None or optimized is not None:  # else the case was rated, and nothing said
            yield Both(case, *marked(base, optimized))


def marked(base: str | None, optimized: str | None) -> tuple[Markup, Markup]:
    """Returns both texts as HTML.

    >>> print(*marked("a cat", "a <dog>"))
    a<del> cat</del> a<ins> &lt;dog&gt;</ins>
    """
    if base is None or optimized is None:
        return _whole(base), _whole(optimized)
    sides = WORDS.findall(base), WORDS.findall(optimized)
    told: tuple[list[str], list[str]] = ([], [])
    # with junk: a broken model repeats itself, and all pairs of its words would be looked at
    matcher = SequenceMatcher(None, *sides, autojunk=True)
    for tag, *ends in matcher.get_opcodes():
        for words, name, out, (start, end) in zip(
            sides, ("del", "ins"), told, (ends[:2], ends[2:]), strict=True
        ):
            part = escape("".join(words[start:end]))
            if part:
                out.append(part if tag == "equal" else f"<{name}>{part}</{name}>")
    return Markup("".join(told[0])), Markup("".join(told[1]))  # noqa: S704  # escaped above


def _whole(text: str | None) -> Markup:
    return Markup("<em>no answer</em>") if text is None else escape(text)


def _text(sides: Any, side: str) -> str | None:
    found = sides.get(side) if isinstance(sides, Mapping) else None
    if not isinstance(found, str):
        return None
    return found if len(found) <= MOST_CHARS else f"{found[:MOST_CHARS]}…"
