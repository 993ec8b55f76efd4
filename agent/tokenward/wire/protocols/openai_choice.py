"""One choice of a streamed answer: a guard for each of its texts."""

from __future__ import annotations

import time
from collections.abc import Iterable
from typing import Any

from tokenward.errors import UpstreamError
from tokenward.stream.guarded import GuardedStream
from tokenward.wire.backlog import Backlog
from tokenward.wire.json_text import KEY, Slot, is_name, slots
from tokenward.wire.protocols.base import MAX_SPOKEN
from tokenward.wire.protocols.calm_run import CalmRun
from tokenward.wire.protocols.openai_calls import HeldCalls
from tokenward.wire.protocols.openai_shape import Path, nest
from tokenward.wire.protocols.usual import Usual
from tokenward.wire.retold import Retold
from tokenward.wire.scan import Scanner
from tokenward.wire.sse import Frame

Came = bytes | tuple[bytes | Frame, dict[str, Any] | None, dict[str, Any]]
"""An event as it came: its bytes, itself if it was parsed, and where its text stands.

A usual one, which is not parsed, is its bytes alone.
"""
Leaving = list[tuple[Came | None, str, str | None]]
"""Events that leave, with the key of their text and what it says now, if that is another."""
MAX_CHANNELS = 256
MAIN = ("content", "text")
TRANSCRIPT = "transcript"


class Choice:
    """The texts of a choice by where they stand: ``content``, ``reasoning``, and so on.

    For each event: ``begin``, ``feed`` its texts, ``finish`` with the last one, then ``release``.
    """

    __slots__ = (
        "_attempts", "_backlogs", "_places", "_scanner", "_size", "_streams", "began", "called",
        "calls", "changed", "ended", "finishes", "held", "index", "main", "others", "roled",
        "spoken", "stopped", "text",
    )  # fmt: skip

    def __init__(self, index: int, scanner: Scanner, attempts: int = 0) -> None:
        self.index = index
        self.main: Retold | None = None
        """Its main text, where that may be taken back: so many ``attempts`` are allowed."""
        self.calls: HeldCalls | None = None
        self.stopped = False
        """Whether a rule blocked it."""
        self.ended = False
        self.began = self.roled = False
        """Whether an event of it went out, and its role with it."""
        self.finishes = self.held = self.text = self.changed = False
        """Of the present event: the last one; texts were taken out of it; some were let out."""
        self.called: tuple[dict[str, Any], list[str]] | None = None
        """Of the present event: where it has pieces of calls."""
        self.others: list[str] | None = None
        """Of the present event: tokens that were not chosen, if it has logprobs."""
        self.spoken: list[str] = []
        self._size = 0
        self._attempts = attempts
        self._scanner = scanner
        self._streams: dict[str | Path, GuardedStream] = {}
        self._backlogs: dict[GuardedStream, Backlog[Came]] = {}
        self._places: list[tuple[dict[str, Any], str, GuardedStream]] = []

    def begin(self, *, finishes: bool) -> None:
        """Begins an event."""
        self.held = self.text = self.changed = False
        self.called = self.others = None
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
        if self.main is not None and stream is self.main.stream:
            self.main.fed(value)
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

    def feed_whole(self, key: str, value: Any, waiting: list[GuardedStream]) -> list[Slot]:
        """Takes a part of a delta that comes whole; returns its texts, but for a transcript.

        What is said in audio is told in pieces.
        """
        spoken = value.get(TRANSCRIPT) if isinstance(value, dict) else None
        if not isinstance(spoken, str):
            return slots(value)
        self.feed(value, TRANSCRIPT, spoken, waiting, (key, TRANSCRIPT))
        return [one for one in slots(value) if one.key != TRANSCRIPT]

    def _open(self, path: str | Path) -> GuardedStream:
        if len(self._streams) >= MAX_CHANNELS:
            raise UpstreamError("more texts side by side than can be followed")
        form = self._scanner.main_form if path in MAIN else "text"
        if self._attempts and path in MAIN and self.alone:
            self.main = Retold(self._scanner, form, self._attempts)
            stream = self.main.stream
        else:
            stream = self._scanner.open("output", form)
            self._backlogs[stream] = Backlog()
        self._streams[path] = stream
        return stream

    def begin_run(self, key: str, usual: Usual) -> CalmRun | None:
        """Returns what takes the first events of a text, for which a guard is opened if need be."""
        waits = self._scanner.loaded.stages["output"].plan.calm_waits
        if waits and self._scanner.may_skip("output"):
            return CalmRun(usual, "", "", [])
        self._open(key)
        return self.calm_run(key, usual)

    @property
    def fresh(self) -> bool:
        """Whether it has said nothing yet."""
        return not (self._streams or self.calls or self.ended)

    @property
    def silent(self) -> bool:
        """Whether the present event has no text of it, and no piece of a call."""
        return not self._places and self.called is None

    def finish(self, waiting: list[GuardedStream]) -> None:
        """Ends all texts."""
        for stream in self._streams.values():
            if self.main is not None and stream is self.main.stream:
                waits = self.main.finish()
            else:
                waits = self._scanner.finish("output", stream)
            if waits:
                waiting.append(stream)

    # -- the way back -----------------------------------------------------------------------

    @property
    def asks(self) -> bool:
        """Whether its main text is to be taken back from some place on."""
        return self.main is not None and self.main.asks and not self.stopped

    @property
    def alone(self) -> bool:
        """Whether there is nothing beside its main text, or nothing yet."""
        return not self.calls and all(path in MAIN for path in self._streams)

    def follow(self) -> None:
        """Goes on with the stream that its main text has now."""
        assert self.main is not None
        self._places.clear()
        for path in self._streams:
            if path in MAIN:
                self._streams[path] = self.main.stream

    def _released(self, stream: GuardedStream) -> str:
        main = self.main
        if main is None or stream is not main.stream:
            text = stream.release()
        else:
            text = main.release()
            self.stopped = self.stopped or main.conflict
        self.stopped = self.stopped or stream.blocked
        return text

    # -- events out -------------------------------------------------------------------------

    def release(self, main: str) -> None:
        """Puts into the event what may leave of each of its texts; not of the last event."""
        if self.finishes:
            return
        started = time.perf_counter()
        for container, key, stream in self._places:
            text, backlog = self._released(stream), self._backlogs.get(stream)
            if backlog is not None:
                text = backlog.joined(container[key], text, stream)
            self.changed = self.changed or text != container[key]
            container[key] = text
            if text:
                self.text = True
                if key == main:
                    self._speak(text)
        self._scanner.spent("output", started)

    @property
    def only_calls(self) -> bool:
        """Whether all that the present event has are pieces of calls."""
        return self.called is not None and not (self._places or self.finishes or self.stopped)

    def drop_calls(self) -> None:
        """Takes the pieces of calls out of the present event, which says something else, too."""
        if self.called is not None and self.calls is not None:
            place, keys = self.called
            for key in keys:
                del place[key]
            self.calls.lose()

    def sole(self, came: tuple[bytes | Frame, dict[str, Any]]) -> Leaving | None:
        """Returns what may leave where the present event has one text, and may wait with it."""
        if len(self._places) != 1 or self.finishes or self.stopped or self.called:
            return None
        container, key, stream = self._places[0]
        roles = not self.roled and container.get("role")
        if self._streams.get(key) is not stream or stream not in self._backlogs or roles:
            return None
        started = time.perf_counter()
        text = self._released(stream)
        self._scanner.spent("output", started)
        if text and key in MAIN:
            self._speak(text)
        return self.put(key, (*came, container), container[key], text)

    def put(self, key: str, came: Came, text: str, released: str) -> Leaving:
        """Takes an event with one text, and what may leave; returns the events that leave."""
        stream = self._streams[key]
        backlog = self._backlogs.get(stream)
        if backlog is None:
            return [(came, key, None if released == text else released)] if released else []
        leaving = backlog.put(came, text, released, stream, flush=self.stopped)
        return [(one, key, said) for one, said in leaving]

    def aside(self, frame: Frame) -> Leaving | None:
        """Takes a comment, where text waits before it; returns the events that leave."""
        waiting = next((one for one in self._backlogs.values() if one.waits), None)
        if waiting is None:
            return None
        return [(one, "", said) for one, said in waiting.aside((frame, None, {}))]

    def single(self, *, chat: bool) -> str | None:
        """Returns the key of the present event's text where there is one, and nothing beside it."""
        if len(self._places) != 1 or self.finishes:
            return None
        container, key, stream = self._places[0]
        plain = self._streams.get(key) is stream and (not chat or len(container) == 1)
        return key if plain else None

    def pass_on(self, key: str, text: str, came: Came) -> list[tuple[Came | None, str | None]]:
        """Takes a text of a channel that runs already, and its event; returns what may leave."""
        stream, main, scanner = self._streams[key], self.main, self._scanner
        if stream.plan.units:
            released = scanner.pass_on(stream, text)
        else:  # as it does, without the call
            started = time.perf_counter()
            released = stream.pass_on(text)
            scanner.passing += time.perf_counter() - started
        self.stopped = stream.blocked
        if main is not None and stream is main.stream:
            main.fed(text)
            released = main.passed(released)
            self.stopped = self.stopped or main.conflict
        if released and self.index == 0 and self._size < MAX_SPOKEN and key in MAIN:
            self._size += len(released)  # as _speak() does, without the call
            self.spoken.append(released)
        backlog = self._backlogs.get(stream)
        if backlog is None:
            return [(came, None if released == text else released)] if released else []
        return backlog.put(came, text, released, stream, self.stopped)

    def calm_run(self, key: str, usual: Usual) -> CalmRun | None:
        """Returns what takes the next events of a channel, as long as what they say is calm."""
        stream = self._streams[key]
        word, backlog = stream.calm_word, self._backlogs.get(stream)
        held = backlog.at_word(word) if backlog is not None and word is not None else None
        return CalmRun.of(usual, word, *held) if word is not None and held is not None else None

    def end_run(self, key: str, run: CalmRun) -> None:
        """Tells the guard of a channel what went by."""
        stream = self._streams.get(key) or self._open(key)
        word, debt, waiting = run.rest
        started = time.perf_counter()
        released = stream.pass_calm(run.text, word, run.longest)
        self._scanner.passing += time.perf_counter() - started
        if released and key in MAIN:
            self._speak(released)
        self._backlogs[stream].resume(word, debt, waiting)

    def end_with(self, key: str, run: CalmRun) -> tuple[bytes, str] | None:
        """Ends its only text, calm from its beginning; returns what leaves, and what none says.

        ``None``, and nothing else, where there is more to end.
        """
        streams, text = self._streams, run.text
        if not streams:
            self._scanner.skip("output", len(text), run.longest)
            released: str | None = text
        else:
            released = streams[key].end_calm(text, run.longest) if len(streams) == 1 else None
        if released is None:
            return None
        if released and key in MAIN:
            self._speak(released)
        self.began = True
        self.end()
        return run.tail

    def tail(self, main: str) -> tuple[Leaving, dict[str, Any]]:
        """Returns the events that leave at the end, and what none of them says, as a delta.

        The last event says what is left of a text that it has a piece of.
        """
        leaving: Leaving = []
        delta: dict[str, Any] = {}
        for path, stream in self._streams.items():
            text = self._released(stream)
            if path == main and text:
                self._speak(text)
            left, rest = self._left(stream, text)
            leaving += [(one, path if isinstance(path, str) else "", said) for one, said in left]
            if rest:
                nest(delta, (path,) if isinstance(path, str) else path, rest)
        return leaving, delta

    def _left(
        self, stream: GuardedStream, text: str
    ) -> tuple[list[tuple[Came | None, str | None]], str]:
        """Returns what is left of a text: events that wait, and what none of them says."""
        backlog = self._backlogs.get(stream)
        if backlog is not None and not self._places:  # as where an event does no more than end it
            found = backlog.rest(text)
            rest = found.pop()[1] if found and found[-1][0] is None else ""
            self.changed = self.changed or bool(rest)
            return found, rest or ""
        place = next((one for one in self._places if one[2] is stream), None)
        own = ""
        last: Came | None = None
        if place is not None:
            own, place[0][place[1]] = place[0][place[1]], ""
            last = (b"", None, place[0])
        if backlog is None:
            self.changed = place is not None
            return [], text
        if last is None:
            found = backlog.rest(text)
        else:
            found = [*backlog.put(last, own, text, stream, flush=True), *backlog.rest("")]
        ends = (at for at, (one, _) in enumerate(found) if one is None or one is last)
        at = next(ends, len(found))
        rest = "".join(own if said is None else said for _, said in found[at:])
        self.changed = self.changed or rest != own
        if place is not None and rest and not self.stopped:
            place[0][place[1]], rest = rest, ""
            self.text = True
        return found[:at], rest

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
