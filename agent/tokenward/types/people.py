"""Groups of people in texts: their terms, and texts with other ones put in."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Swap:
    """A text as it would be about another group of people.

    ``was`` and ``became`` name the groups as ``AXIS:GROUP``: they are recorded, the text is not.
    """

    text: str = field(repr=False)
    was: str
    became: str


@dataclass(frozen=True, slots=True)
class Swapper:
    """Writes texts about other groups, to see whether a decision hangs on who is meant.

    ``of`` gets a text and how many swaps are wanted at most, drawn by chance but the same for the
    same text; it must be pure and linear in the text, and return none where it is not sure that the
    new text is as grammatical as the old one. It runs off the request's path.
    """

    name: str
    of: Callable[[str, int], Sequence[Swap]]
    description: str


@dataclass(frozen=True, slots=True)
class Grouping:
    """Tells which groups of people a text names, to see whether they are treated alike.

    ``of`` returns the names of the groups, none or several, such as ``religion:muslim``; it must be
    pure and linear in the text. ``tokenward evaluate --identity`` measures detectors by them.

    >>> sorted(Grouping("size", lambda text: {"long"} if len(text) > 9 else (), "").of("short"))
    []
    """

    name: str
    of: Callable[[str], Iterable[str]]
    description: str
