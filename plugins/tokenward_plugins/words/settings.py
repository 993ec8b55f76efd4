"""What policies may write for the detectors of this package."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal


@dataclass(frozen=True)
class KeywordSettings:
    """``words``: a list of words and phrases for each type; ``case``: ``fold`` or ``exact``.

    ``files``: the path of a longer list for each type, with a word or a phrase a line, in UTF-8.
    """

    words: dict[str, list[str]] = field(default_factory=dict)
    files: dict[str, str] = field(default_factory=dict)
    case: Literal["fold", "exact"] = "fold"


@dataclass(frozen=True)
class PatternSettings:
    """``patterns``: a regular expression for each type; ``longest``: characters of a match.

    A longer match is found cut to ``longest`` characters, where that part matches: what only
    begins like a match, and goes on for longer, is let go.
    """

    patterns: dict[str, str] = field(default_factory=dict)
    longest: int = 256
