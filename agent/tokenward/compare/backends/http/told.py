"""What a server tells of one answer, event by event, and when it came."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tokenward.compare.backends.base import Answer, Finish
from tokenward.compare.backends.http.calls import Reply, decode
from tokenward.compare.backends.http.failed import BROKEN, NONSENSE, Failed
from tokenward.errors import UpstreamError
from tokenward.wire.sse import EventReader, data_of

DONE = b"[DONE]"
SAID = ("content", "refusal")
"""Fields that hold what the user reads."""
THOUGHT = ("reasoning_content", "reasoning")
"""Fields whose text is generated, but no part of the answer."""
FILTER, LENGTHS, FAILURES = "content_filter", ("length", "max_tokens"), ("error", "abort")


@dataclass(slots=True)
class Told:
    """An answer as it grows, of a request that was sent at ``began``."""

    began: float
    parts: list[str] = field(default_factory=list)
    times: list[float] = field(default_factory=list)
    tokens: list[int] = field(default_factory=list)
    usage: Mapping[str, Any] = field(default_factory=dict)
    finish: str | None = None
    done: bool = False

    def read(self, reply: Reply) -> Answer:
        """Reads all that a server says, streamed or whole; raises `Failed` where it breaks off."""
        if reply.streamed:
            self._stream(reply)
        else:
            self._take(reply.decoded(), "message")
            self.times.clear()  # all at once says nothing about the first token
        if self.finish is None:
            raise Failed(BROKEN, again=True)
        return self._answer(time.perf_counter() - self.began)

    def _stream(self, reply: Reply) -> None:
        reader = EventReader()
        for piece in reply.pieces():
            try:
                events = reader.feed(piece)
            except UpstreamError:  # an event without an end
                raise Failed(NONSENSE) from None
            for event in events:
                data = data_of(event)
                self.done = self.done or data.strip() == DONE
                if data and not self.done:
                    self._take(decode(data), "delta")
            if self.done:
                return

    def _take(self, event: Any, place: str) -> None:
        if not isinstance(event, dict) or event.get("error"):
            raise Failed(BROKEN if isinstance(event, dict) else NONSENSE, again=True)
        if isinstance(event.get("usage"), dict):
            self.usage = event["usage"]
        choices = event.get("choices")
        choice = choices[0] if isinstance(choices, list) and choices else None
        if isinstance(choice, dict):
            self._choose(choice, place)

    def _choose(self, choice: Mapping[str, Any], place: str) -> None:
        said = choice.get(place)
        fields = said if isinstance(said, dict) else {"content": choice.get("text")}
        spoken, thought = texts(fields, SAID), texts(fields, THOUGHT)
        if any(spoken) or any(thought):
            self.times.append(time.perf_counter() - self.began)
        self.parts += spoken
        ids = choice.get("token_ids")
        self.tokens += [one for one in ids if type(one) is int] if isinstance(ids, list) else []
        if isinstance(choice.get("finish_reason"), str):
            self.finish = choice["finish_reason"]

    def _answer(self, seconds: float) -> Answer:
        counted = _count(self.usage.get("completion_tokens"))
        details = self.usage.get("prompt_tokens_details")
        if self.finish in FAILURES:
            raise Failed(BROKEN, again=True)
        finish: Finish = "length" if self.finish in LENGTHS else "stop"
        return Answer(
            text=whole("".join(self.parts)),
            finish=finish,
            count=counted or 0,
            prompt_count=_count(self.usage.get("prompt_tokens")) or 0,
            seconds=seconds,
            first=self.times[0] if self.times else None,
            gaps=tuple(b - a for a, b in zip(self.times, self.times[1:], strict=False)),
            tokens=tuple(self.tokens) or None,
            counted=counted is not None,
            filtered=self.finish == FILTER,
            cached=_count(details.get("cached_tokens")) if isinstance(details, dict) else None,
        )


def texts(fields: Mapping[str, Any], keys: Sequence[str]) -> list[str]:
    """Returns the texts that stand under some keys."""
    return [value for key in keys if isinstance(value := fields.get(key), str)]


def _count(value: Any) -> int | None:
    return value if type(value) is int and value >= 0 else None


def whole(text: str) -> str:
    r"""Returns a text that can be written: halves of characters joined, or replaced.

    >>> whole("\ud83d" + "\ude00"), whole("a\ud83d")
    ('😀', 'a\ufffd')
    """
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def failed(kind: str, seconds: float) -> Answer:
    """Returns the answer of a request that failed."""
    return Answer("", "error", 0, 0, seconds, error=kind, counted=False)


def refused(seconds: float) -> Answer:
    """Returns the empty answer of a request that a guard refused."""
    return Answer("", "stop", 0, 0, seconds, filtered=True)
