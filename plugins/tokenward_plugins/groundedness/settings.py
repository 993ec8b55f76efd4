"""What a policy may say about groundedness and relevance."""

from __future__ import annotations

from dataclasses import dataclass

from tokenward.errors import UsageError, one_of

WITHOUT = ("pass", "fail")
SHORTEST, LONGEST = 1_000, 16_777_216


@dataclass(frozen=True)
class GroundednessSettings:
    """``without_context`` is what happens to an answer whose request has nothing to go by.

    ``pass`` notes that it was not measured; ``fail`` fails the detector, so that the rule's
    ``on_error`` decides. ``max_context`` are the characters of a request that are read, the
    documents first; beyond them it is only looked up whether a word stands there.
    """

    without_context: str = "pass"
    max_context: int = 300_000

    def __post_init__(self) -> None:
        where = "detector 'groundedness'"
        if self.without_context not in WITHOUT:
            raise UsageError(
                f"{where}: 'without_context' is {self.without_context!r}; {one_of(WITHOUT)}"
            )
        if not SHORTEST <= self.max_context <= LONGEST:
            raise UsageError(
                f"{where}: 'max_context' is {self.max_context}; use {SHORTEST} to {LONGEST}"
            )


@dataclass(frozen=True)
class RelevanceSettings:
    """A policy has nothing to say about relevance."""
