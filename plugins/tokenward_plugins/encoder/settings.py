"""What a policy may set for the detector ``encoder``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from tokenward.errors import UsageError

EMBEDDED = "embedded"


@dataclass(frozen=True, slots=True)
class EncoderSettings:
    """Which model scores, which of its heads, and what it does with what it cannot judge.

    ``model`` is ``embedded`` or the folder of a model that ``encoder/train`` has written.
    ``heads`` names those whose labels are wanted; none named, all. ``unit`` is what is scored at
    once: long texts are scored in windows, and their number is allowed for. ``threads`` is how many
    threads a forward pass uses. ``max_windows`` bounds the windows of a text (64 tokens each): a
    longer one is an error, which ``on_error`` decides. So is a text in a language that the model
    does not know, unless ``other_languages`` is ``score``.

    >>> EncoderSettings(heads=("toxicity", "hate")).unit
    'sentence'
    """

    model: str = EMBEDDED
    heads: tuple[str, ...] = ()
    unit: Literal["sentence", "window", "text"] = "sentence"
    threads: int = 1
    max_windows: int = 256
    other_languages: Literal["error", "score"] = "error"

    def check(self) -> None:
        """Raises ``UsageError`` where a value makes no sense."""
        if not self.model:
            raise UsageError(f"encoder: model is empty; use {EMBEDDED!r} or the path of a folder")
        for name, value in (("threads", self.threads), ("max_windows", self.max_windows)):
            if value < 1:
                raise UsageError(f"encoder: {name} is {value}; use 1 or more")
