"""What policies may write for the detector ``topic``."""

from __future__ import annotations

from dataclasses import dataclass, field

BUILT_IN = (
    "medical", "legal", "financial", "politics", "religion", "weapons", "self_harm", "sexual",
    "gambling", "drugs",
)  # fmt: skip


@dataclass(frozen=True)
class TopicSettings:
    """``words``, ``examples``: topics of yours, by words that tell them and by sentences of them.

    ``allow``: what may be talked about; what is none of it is ``off_topic``. ``min_words``: words
    below which nothing is off topic.
    """

    words: dict[str, list[str]] = field(default_factory=dict)
    examples: dict[str, list[str]] = field(default_factory=dict)
    allow: list[str] = field(default_factory=list)
    min_words: int = 4
