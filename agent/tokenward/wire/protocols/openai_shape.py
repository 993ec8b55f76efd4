"""What chat and text completions have apart: where the text of a choice stands, and its frame."""

from __future__ import annotations

import time
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from tokenward.errors import UpstreamError
from tokenward.wire.on_block import OnBlock

Path = tuple[str | int, ...]
"""Where a text stands in a delta."""


@dataclass(frozen=True, slots=True)
class Shape:
    """One of the two; ``text`` is the name of the main text of a choice."""

    chat: bool

    @property
    def text(self) -> str:
        """The key of the answer's text."""
        return "content" if self.chat else "text"

    def container(self, choice: dict[str, Any], key: str) -> dict[str, Any]:
        """Returns where the texts of a choice stand: for chat in its message or delta."""
        inner = choice.get(key) if self.chat else choice
        if inner is None:
            return {}
        if not isinstance(inner, dict):
            raise UpstreamError(f"a choice whose {key} is no object")
        return inner

    def frame(self, ask_model: str | None, decision_id: str, *, stream: bool) -> dict[str, Any]:
        """Returns the frame of an answer that the model server never gave."""
        kind = "chat.completion" if self.chat else "text_completion"
        return {
            "id": f"{'chatcmpl' if self.chat else 'cmpl'}-{decision_id}",
            "object": f"{kind}.chunk" if stream and self.chat else kind,
            "created": int(time.time()),
            "model": ask_model or "",
        }

    def blocked(self, message: str, on_block: OnBlock) -> tuple[dict[str, Any], str]:
        """Returns what a blocked choice says, and its finish reason."""
        if on_block == "refusal" and self.chat:
            return {"content": None, "refusal": message}, "stop"
        reason = "stop" if on_block == "refusal" else "content_filter"
        return {self.text: message}, reason

    def delta(self, index: int, texts: dict[str, Any], finish: str | None = None) -> dict[str, Any]:
        """Returns a choice of an event."""
        if self.chat:
            return {"index": index, "delta": texts, "finish_reason": finish}
        return {"index": index, "text": "", **texts, "logprobs": None, "finish_reason": finish}


CHAT = Shape(chat=True)
TEXT = Shape(chat=False)


def nest(delta: dict[str, Any], path: Path, text: str) -> None:
    """Puts a text into a delta at its path.

    >>> delta = {}
    >>> nest(delta, ("details", 0, "text"), "so"); delta
    {'details': [{'index': 0, 'text': 'so'}]}
    """
    node: Any = delta
    for key, following in pairwise(path):
        if isinstance(key, int):
            part = next((one for one in node if one["index"] == key), None)
            if part is None:
                part = {"index": key}
                node.append(part)
            node = part
        else:
            node = node.setdefault(key, [] if isinstance(following, int) else {})
    node[path[-1]] = text
