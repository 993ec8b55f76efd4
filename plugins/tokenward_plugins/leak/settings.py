"""What a policy may set for the detector ``leak``."""

from __future__ import annotations

from dataclasses import dataclass

CANARY, PROMPT = "canary", "system_prompt"
TYPES = frozenset({CANARY, PROMPT})


@dataclass(frozen=True, slots=True)
class LeakSettings:
    """``canaries``: words that stand in the system prompt, and that no answer has a reason to say.

    ``words``: so many words of the system prompt in a row are a leak; twice as many score 1.

    >>> LeakSettings(canaries=("plover-4711-quartz",)).words
    12
    """

    canaries: tuple[str, ...] = ()
    words: int = 12
