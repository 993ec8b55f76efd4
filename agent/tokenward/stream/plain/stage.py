"""What both stages share: going from one candidate to the next, and copying what is between."""

from __future__ import annotations

import re

from tokenward.stream.plain.offsets import Offsets
from tokenward.stream.plain.room import Room

WAIT = -1
COPY = 0
LONGEST_TAIL = 320


class Stage:
    """Reads text and writes it with something undone; ``read`` and ``written`` count both.

    ``tail`` is the end of what was written. What a stage writes depends on what it has read, never
    on how that arrived: what more text could change waits for it.
    """

    find: re.Pattern[str]
    """Finds what may have to be undone, judged by the characters around it as they were read."""
    may: re.Pattern[str]
    """Matches the characters at which something may have to be undone."""

    __slots__ = (
        "_done", "_out", "_room", "_view", "_waiting", "goes_on", "offsets", "read", "tail",
        "written",
    )  # fmt: skip

    def __init__(self, room: Room) -> None:
        self.offsets = Offsets()
        self.read = 0
        self.written = 0
        self.tail = ""
        self.goes_on = False
        """Whether a run was undone up to the end, so that it may go on with the next character."""
        self._room = room
        self._waiting = ""
        self._view = ""
        self._done = 0
        self._out: list[str] = []

    @property
    def busy(self) -> bool:
        """Whether the next character cannot be judged by itself."""
        return bool(self._waiting) or self.goes_on

    @property
    def waiting(self) -> int:
        """How many characters that were fed wait for more."""
        return len(self._waiting)

    def passed(self, length: int, tail: str) -> None:
        """Takes note of text that was left alone: it counts, and ``tail`` is its end."""
        self.read += length
        self.written += length
        self.tail = tail
        self.goes_on = False

    def feed(self, text: str, *, ended: bool) -> str:
        """Returns what can be written now; ``ended`` says that no more comes."""
        if not text and not ended:
            return ""
        view = self._view = self.tail + self._waiting + text
        at = begin = self._done = len(self.tail)
        changed, self.goes_on = self.goes_on, False
        goes_on = changed
        while at < len(view):
            if not changed or self.may.match(view, at) is None:
                # a search sees what was read, so it must not begin behind something undone
                found = self.find.search(view, at)
                at = found.start() if found else len(view)
                if found is None:
                    break
            after = self._undo(view, at, goes_on=goes_on and at == begin, ended=ended)
            if after == WAIT:
                break
            changed = after != COPY
            at = after if changed else at + 1
        self._copy(at)
        self._waiting = view[at:]
        self.offsets.copy(self.written, self.read)
        self._view = ""
        written = "".join(self._out)
        self._out.clear()
        return written

    def _undo(self, view: str, at: int, *, goes_on: bool, ended: bool) -> int:
        """Undoes what begins here; returns where it ends, or that it is to wait or be copied."""
        raise NotImplementedError

    def _before(self, at: int) -> str:
        """Returns the end of what is written when all before an offset of the view is."""
        copied = self._view[max(self._done, at - LONGEST_TAIL) : at]
        return copied if len(copied) == LONGEST_TAIL else self.tail + copied

    def _last(self, at: int) -> str:
        """Returns the last character of that."""
        return self._view[at - 1] if at > self._done else self.tail[-1:]

    def _copy(self, at: int) -> None:
        """Copies the view up to an offset."""
        if at > self._done:
            self._write(self._view[self._done : at])
            self._done = at

    def _change(self, found: re.Match[str], characters: str) -> int:
        """Writes as many characters as were found; returns the end of them."""
        self._copy(found.start())
        self._write(characters)
        self._done = found.end()
        return self._done

    def _unit(self, found: re.Match[str], character: str) -> int:
        """Writes one character, or none, for those found, if there is room; returns their end."""
        self._copy(found.start())
        self._done = found.end()
        length = len(found[0])
        cost = length - len(character)
        if self._room.take(cost, at=self.read, least=cost) < cost:
            self._write(found[0])
        else:
            if character:
                self.offsets.unit(self.written, self.read, length)
                self._out.append(character)
                self.written += 1
                self.tail = (self.tail + character)[-LONGEST_TAIL:]
            self.read += length
        self._room.close(self.read)
        return self._done

    def _write(self, characters: str) -> None:
        """Writes one character for each that is read."""
        if characters:
            self.offsets.copy(self.written, self.read)
            self._out.append(characters)
            self.written += len(characters)
            self.read += len(characters)
            self.tail = (self.tail + characters[-LONGEST_TAIL:])[-LONGEST_TAIL:]
