r"""Compiles a pattern, and a second one that tells where its matches may still be open.

The second is the pattern with characters behind it that no text has. Nothing matches it whole, so
a partial match tells that some way through the pattern reaches the end of what was searched: there,
and only there, more text can change what is found. They are a class, because from a letter the
``regex`` module would reckon back where a match must begin, which misses some; and they are so many
that it need not look for a whole match first, which takes time squared in a long run.

The ends that take no character (``$``, ``\b``, ``\B``, ``\Z``) look at what follows only if they
are made to: a look-ahead before each does so.
"""

from __future__ import annotations

import re
import warnings
from dataclasses import dataclass
from typing import Any

from tokenward.errors import UsageError

NEVER = r"[^\x00-\U0010FFFF]{20000}"
"""Matches nothing, and needs more characters than are ever searched at once."""

TOUCH = r"(?=\n(?s:.)|(?s:.)|)"
"""Matches always, and at the end of what was searched only partially; so it does before ``\\n``."""

PIECE = re.compile(r"\(\?#[^)]*\)|\\[bBZ]|\\.|\[\^?\]?(?:\\.|[^\]\\])*\]|\$|\(\?<[=!]|.", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Probed:
    """A pattern, ready to search, and what tells where it is still open."""

    whole: Any
    open: Any


def touching(pattern: str) -> str:
    r"""Returns a pattern in which what takes no character looks at what follows.

    >>> touching(r"[$]\$\bx") == r"[$]\$(?:" + TOUCH + r"\b)x"
    True
    """

    def touch(piece: re.Match[str]) -> str:
        if piece[0] in ("(?<=", "(?<!"):  # behind a lazy repeat, it forgets that more may come
            return TOUCH + piece[0]
        return f"(?:{TOUCH}{piece[0]})" if piece[0] in ("$", r"\b", r"\B", r"\Z") else piece[0]

    return PIECE.sub(touch, pattern)


def probed(type_: str, pattern: str) -> Probed:
    """Compiles a type's pattern; raises ``UsageError`` where it cannot be used."""
    import regex  # noqa: PLC0415  # on demand

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of sets within sets, which mean what they say here
            verbose = re.compile(pattern).flags & re.VERBOSE
            whole = regex.compile(pattern)
            last = "\n" if verbose else ""  # a comment must not swallow the bracket
            opened = regex.compile(f"(?:{touching(pattern)}{last}){NEVER}")
    except (re.error, regex.error) as error:
        raise UsageError(
            f"detector 'regex': the pattern of {type_!r} is wrong at {error.pos}: {error.msg}"
        ) from None
    if whole.match("") is not None:
        raise UsageError(
            f"detector 'regex': the pattern of {type_!r} matches nothing at all; "
            "make at least one character of it obligatory"
        )
    return Probed(whole, opened)
