"""Finds the frames in which a group is degraded.

The frames of ``frames.toml`` are a list of common forms, no more: what is said without one of them
is not found.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from importlib.resources import files

REPORTED = 0.3
"""Score of a frame that is denied, asked about or quoted."""

LOOK_BACK = 80
QUOTE = re.compile(r"[\"“”«»]")
DENIALS = ("not", "some", "not all", "few", "isn't", "never")
NAMED = re.compile(r"<(\w+)>")


@dataclass(frozen=True, slots=True)
class Frame:
    """A form of words about a group, with the score of a text that has it."""

    type: str
    score: float
    pattern: re.Pattern[str]


class Frames:
    """The frames, and what before or after a frame takes it back.

    >>> frames = Frames.load()
    >>> frames.found("all @many are lazy"), frames.found("it is a myth that all @many are lazy")
    ({'derogation': 0.9}, {'derogation': 0.3})
    """

    def __init__(self, frames: Iterable[Frame], words: Mapping[str, list[str]]) -> None:
        self._frames = tuple(frames)
        self._reporting = re.compile(rf"\b{_any_of(words['reporting'])}\b")
        self._victim = re.compile(rf"\b{_any_of(words['victim'])}\b")
        self._taken_back = re.compile(rf"\b{_any_of(words['taken_back'])}\b")

    @classmethod
    def load(cls) -> Frames:
        """Returns the frames of the package's ``frames.toml``."""
        tables = tomllib.loads(files(__package__).joinpath("frames.toml").read_text("utf-8"))
        words = tables["words"]
        parts = _parts(words)
        return cls(
            (
                Frame(entry["type"], entry["score"], _compiled(pattern, parts))
                for entry in tables["frame"]
                for pattern in entry["patterns"]
            ),
            words,
        )

    def found(self, reading: str) -> dict[str, float]:
        """Returns the highest score of each type over the frames of a text with replaced terms."""
        scores: dict[str, float] = {}
        for frame in self._frames:
            if scores.get(frame.type, 0.0) >= frame.score:
                continue
            for match in frame.pattern.finditer(reading):
                score = REPORTED if self._is_taken_back(reading, match) else frame.score
                scores[frame.type] = max(scores.get(frame.type, 0.0), score)
        return scores

    def _is_taken_back(self, text: str, match: re.Match[str]) -> bool:
        before = text[max(0, match.start() - LOOK_BACK) : match.start()]
        if self._reporting.search(before) is not None or self._victim.search(before) is not None:
            return True
        if before.rstrip().endswith(DENIALS):
            return True
        if self._taken_back.search(text, match.end(), match.end() + LOOK_BACK) is not None:
            return True
        # inside quotation marks: an odd number of them before it, one after it
        return len(QUOTE.findall(before)) % 2 == 1 and QUOTE.search(text, match.end()) is not None


def _any_of(words: Iterable[str]) -> str:
    return f"(?:{'|'.join(words)})"


def _parts(words: Mapping[str, list[str]]) -> dict[str, str]:
    parts = {name: _any_of(some) for name, some in words.items()}
    parts["filler"] = rf"(?:{parts['filler']} ){{0,3}}"
    parts["be"] = "(?:are|r|were|is|be)"
    parts["any"] = "@(?:many|one|adj)"
    return parts


def _compiled(pattern: str, parts: Mapping[str, str]) -> re.Pattern[str]:
    return re.compile(NAMED.sub(lambda found: parts[found.group(1)], pattern))
