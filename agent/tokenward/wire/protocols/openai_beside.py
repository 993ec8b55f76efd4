"""The texts of a streamed event beside those of its choices."""

from __future__ import annotations

from typing import Any

from tokenward.errors import UpstreamError
from tokenward.wire.json_text import KEY, NAME, STRUCTURAL, Slot, slots
from tokenward.wire.protocols.texts import PADDING

MAX_NAMES = 512
COMMON = frozenset(
    {
        "assistant", "chat.completion.chunk", "choices", "content", "created", "delta",
        "finish_reason", "id", "index", "logprobs", "model", "object", "role", "service_tier",
        "stop", "system_fingerprint", "text", "text_completion", "usage",
    }
)  # fmt: skip
"""Names, as keys and as values, that nearly all events have."""


class Beside:
    """Finds them, and remembers names that were looked at: events say the same ones again."""

    def __init__(self) -> None:
        self.names: set[str] = set()  # beside those

    def texts(self, event: dict[str, Any]) -> list[Slot]:
        """Returns the texts of an event, but for its choices and its padding."""
        odd: list[Slot] = []
        for key, value in event.items():
            if value.__class__ is str:
                if not self.is_name(key, value) and key != PADDING:
                    odd.append(Slot(event, key, value))
            elif value and key != "choices" and value.__class__ in (dict, list):
                odd += slots(value)
        if not COMMON.issuperset(event):
            odd += self._odd_keys(event)
        return odd

    def _odd_keys(self, event: dict[str, Any]) -> list[Slot]:
        new = [key for key in event if key not in COMMON and key not in self.names]
        odd = [Slot(event, key, key, is_key=True) for key in new if KEY.fullmatch(key) is None]
        if not odd and len(self.names) < MAX_NAMES:
            self.names.update(new)
        return odd

    def check_keys(self, value: dict[str, Any]) -> None:
        """Refuses a choice whose fields are no names: its texts go by them until its end."""
        if not COMMON.issuperset(value) and self._odd_keys(value):
            raise UpstreamError("a choice with a field whose name is no name")

    def is_name(self, key: str, value: str) -> bool:
        """Tells whether a string is a name and no text."""
        if key not in STRUCTURAL:
            return not value
        if value in COMMON or value in self.names:
            return True
        if value and NAME.fullmatch(value) is None:
            return False
        if len(self.names) < MAX_NAMES:
            self.names.add(value)
        return True
