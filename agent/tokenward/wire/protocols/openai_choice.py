"""One choice of a streamed answer: a guard for each of its texts."""

from __future__ import annotations

import time
from collections.abc import Iterable
from itertools import pairwise
from typing import Any

from tokenward.errors import UpstreamError
from tokenward.stream.guarded import GuardedStream
from tokenward.wire.json_text import KEY, is_name
from tokenward.wire.protocols.base import MAX_SPOKEN
from tokenward.wire.protocols.openai_calls import HeldCalls
from tokenward.wire.scan import Scanner

Path = tuple[str | int, ...]
MAX_CHANNELS = 256
MAIN = ("content", "text")


class Choice:
    """The texts of a choice by where they stand: ``content``, ``reasoning``, and so on.

    For each event: ``begin``, ``feed`` its texts, ``finish`` with the last one, then ``release``.
    """

    __slots__ = (
        "_places",
        "_scanner",
        "_size",
        "_streams",
        "began",
        "calls",
        "ended",
        "finishes",
        "held",
        "index",
        "roled",
        "spoken",
        "stopped",
        "text",
    )

    def __init__(self, index: int, scanner: Scanner) -> None:
        self.index = index
        self.calls: HeldCalls | None = None
        self.stopped = False
        """Whether a rule blocked it."""
        self.ended = False
        self.began = self.roled = False
        """Whether an event of it went out, and its role with it."""
        self.finishes = self.held = self.text = False
        """Of the present event: the last one; texts were taken out of it; some were let out."""
        self.spoken: list[str] = []
        self._size = 0
        self._scanner = scanner
        self._streams: dict[str | Path, GuardedStream] = {}
        self._places: list[tuple[dict[str, Any], str, GuardedStream]] = []

    def begin(self, *, finishes: bool) -> None:
        """Begins an event."""
        self.held = self.text = False
        self.finishes = finishes
        self._places.clear()

    def feed(
        self,
        container: dict[str, Any],
        key: str,
        value: str,
        waiting: list[GuardedStream],
        path: Path | None = None,
    ) -> None:
        """Takes a text of the event."""
        if not value:
            return
        stream = self._streams.get(path or key)
        if stream is None:
            stream = self._open(path or key)
        if self._scanner.feed("output", stream, value):
            waiting.append(stream)
        self._places.append((container, key, stream))
        self.held = True

    def feed_nested(self, value: Any, path: Path, waiting: list[GuardedStream]) -> None:
        """Takes the texts inside of a part of a delta; parts of a list go by their ``index``."""
        is_dict = isinstance(value, dict)
        pairs: Iterable[tuple[Any, Any]] = value.items() if is_dict else enumerate(value)
        for key, inner in pairs:
            if is_dict and KEY.fullmatch(key) is None:
                raise UpstreamError("a choice with a field whose name is no name")
            if isinstance(inner, str):
                if not is_dict:
                    raise UpstreamError("a list of bare texts in a delta")
                if not is_name(key, inner):
                    self.feed(value, key, inner, waiting, (*path, key))
            elif isinstance(inner, dict | list):
                number = inner.get("index", key) if isinstance(inner, dict) else key
                at = number if isinstance(key, int) and isinstance(number, int) else key
                self.feed_nested(inner, (*path, at), waiting)

    def _open(self, path: str | Path) -> GuardedStream:
        if len(self._streams) >= MAX_CHANNELS:
            raise UpstreamError("more texts side by side than can be followed")
        form = self._scanner.main_form if path in MAIN else "text"
        stream = self._streams[path] = self._scanner.open("output", form)
        return stream

    def finish(self, waiting: list[GuardedStream]) -> None:
        """Ends all texts."""
        finish = self._scanner.finish
        waiting += [one for one in self._streams.values() if finish("output", one)]

    def release(self, main: str) -> None:
        """Puts into the event what may leave of each of its texts; of the last event, nothing."""
        if self.finishes:
            for container, key, _ in self._places:
                container[key] = ""
            return
        started = time.perf_counter()
        for container, key, stream in self._places:
            text = container[key] = stream.release()
            if text:
                self.text = True
                if key == main:
                    self._speak(text)
            if stream.blocked:
                self.stopped = True
        self._scanner.spent("output", started)

    def single(self, *, chat: bool) -> str | None:
        """Returns the key of the present event's text where there is one, and nothing beside it."""
        if len(self._places) != 1 or self.finishes:
            return None
        container, key, stream = self._places[0]
        plain = self._streams.get(key) is stream and (not chat or len(container) == 1)
        return key if plain else None

    def pass_on(self, key: str, text: str) -> str:
        """Takes a text of a channel that runs already, and returns what may leave of it."""
        stream = self._streams[key]
        released = self._scanner.pass_on("output", stream, text)
        if released and key in MAIN:
            self._speak(released)
        self.stopped = stream.blocked
        return released

    def tail(self, main: str) -> dict[str, Any]:
        """Returns what the finished texts still held, as a delta."""
        delta: dict[str, Any] = {}
        for path, stream in self._streams.items():
            text = stream.release()
            if stream.blocked:
                self.stopped = True
            if not text:
                continue
            if path == main:
                self._speak(text)
            nest(delta, (path,) if isinstance(path, str) else path, text)
        return delta

    def _speak(self, text: str) -> None:
        if self.index == 0 and self._size < MAX_SPOKEN:
            self._size += len(text)
            self.spoken.append(text)

    @property
    def message(self) -> str | None:
        """The message of the rule that stopped one of the texts."""
        messages = (stream.message for stream in self._streams.values() if stream.blocked)
        return next(messages, None)

    def end(self) -> None:
        """Adds up what was decided, once."""
        if not self.ended:
            self.ended = True
            for stream in self._streams.values():
                self._scanner.fold("output", stream)


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
