"""What the stream benchmark compares: ours, a guard without rules, and the best peer if it is there."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from tokenward import Guard

FLOOR = {"name": "no-rules", "rules": []}


@dataclass(frozen=True)
class Subject:
    """Opens streams: ``feed`` and ``finish`` return what leaves, ``held`` is what waits."""

    name: str
    open: Callable[[], Any]


class EngineStream:
    """Our stream as the sidecar and the generate hook drive it."""

    def __init__(self, engine: Any) -> None:
        self._engine, self.stream = engine, engine.open("output")

    def feed(self, chunk: str) -> str:
        self.stream.feed(chunk)
        self._engine.settle(self.stream)
        return self.stream.release()

    def finish(self) -> str:
        self.stream.finish()
        self._engine.settle(self.stream)
        return self.stream.release()

    @property
    def held(self) -> int:
        return self.stream.length - self.stream.settled


class PeerStream:
    """Cloakwall's redactor of streams, in its default settings."""

    def __init__(self, redactor: Any) -> None:
        from cloakwall.redact import StreamRedactor

        self.stream = StreamRedactor(redactor)

    def feed(self, chunk: str) -> str:
        return self.stream.feed(chunk).text

    def finish(self) -> str:
        return self.stream.flush().text

    @property
    def held(self) -> int:
        return len(self.stream._pending)


PEER = "cloakwall"


def subjects(policy: str) -> Iterator[Subject]:
    """Yields the guards to compare: ours by its engine and by its front door, the floor, the peer."""
    ours, floor = Guard.load(policy), Guard.load(FLOOR)
    yield Subject(policy, lambda: EngineStream(ours.engine))
    yield Subject("Guard.stream", ours.stream)
    yield Subject("no rules", lambda: EngineStream(floor.engine))
    if importlib.util.find_spec(PEER):
        from cloakwall.redact import Redactor

        redactor = Redactor()
        yield Subject(PEER, lambda: PeerStream(redactor))
