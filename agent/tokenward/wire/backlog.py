"""Events of one running text that wait until what they say may leave."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from typing import Generic, Protocol, TypeVar

T = TypeVar("T")


class Stream(Protocol):
    """The guard of the text."""

    @property
    def held(self) -> int:
        """How many characters of what came are still held."""


MOST = 64
"""Events that wait as they came; the text of those before is said by the next one."""


class Backlog(Generic[T]):
    """Lets events leave as they came, if their text was let out as it came.

    An event whose text is held waits whole, and leaves whole. One of which a part may leave says
    that part at once, and the next one begins with the rest; blanks alone wait for their word.

    >>> stream = None  # which is asked only where a text was edited
    >>> backlog = Backlog[str]()
    >>> backlog.put("1", " ab", " ", stream), backlog.put("2", " cd", "ab ", stream)
    ([], [('1', None)])
    >>> backlog.rest("**")
    [('2', ' **')]
    """

    __slots__ = ("_debt", "_got", "_owed", "_queue", "edited")

    def __init__(self) -> None:
        self.edited = False
        """Whether anything was let out otherwise than it came."""
        self._queue: deque[tuple[T, str | None]] = deque()
        self._debt = ""  # what an event that has left did not say yet
        self._owed = ""  # all that came and has not left
        self._got = ""  # what may leave and has not

    @property
    def waits(self) -> bool:
        """Whether any event waits."""
        return bool(self._queue)

    def put(
        self, event: T, text: str, released: str, stream: Stream, flush: bool = False
    ) -> list[tuple[T | None, str | None]]:
        """Takes an event with its text, and what may leave now.

        Returns the events that leave, each with what it says; ``None`` for what it said when it
        came. With ``flush`` blanks do not wait.
        """
        if not self._queue and not self._got:  # nothing waits: the usual cases, at once
            if not self._debt and released == text:
                return [(event, None)]
            said = self._debt + text
            if released and said[: len(released)] == released and (flush or not released.isspace()):
                self._debt = self._owed = said[len(released) :]
                return [(event, released)]
        self._queue.append((event, text))
        self._owed += text
        self._got += released
        if len(self._queue) > MOST:
            _, first = self._queue.popleft()
            self._debt += first or ""
        return self._leaving(stream, flush) if self._got else []

    def at_word(self, word: str) -> tuple[str, list[tuple[T, str | None]]] | None:
        """Returns what an event that left owes, and those that wait, where only a word is held.

        ``None`` where anything else is: blanks before the word may wait with it.
        """
        owed, got = self._owed, self._got
        if owed[len(got) :] != word or (got and not got.isspace()):
            return None
        return self._debt, list(self._queue)

    def resume(self, word: str, debt: str, waiting: Iterable[tuple[T, str]]) -> None:
        """Goes on where only a word is held, with what an event owes and those that wait."""
        self._queue.clear()
        self._queue.extend(waiting)
        self._debt = debt
        self._owed = "".join([debt, *(text for _, text in self._queue if text is not None)])
        self._got = self._owed[: len(self._owed) - len(word)]

    def aside(self, event: T) -> list[tuple[T | None, str | None]]:
        """Takes an event without text: it keeps its place, unless another waits already."""
        if not self._queue or any(text is None for _, text in self._queue):
            return [(event, None)]
        self._queue.append((event, None))
        return []

    def rest(self, released: str) -> list[tuple[T | None, str | None]]:
        """Takes what may leave at last; what has no event to say it comes with ``None``."""
        self._got += released
        out = self._leaving(None, True)
        said = self._got
        out += _asides(self._queue)
        self._queue.clear()
        self._debt = self._owed = self._got = ""
        return [*out, (None, said)] if said else out

    def joined(self, text: str, released: str, stream: Stream) -> str:
        """Takes a text in an event that cannot wait; returns what that event says of it now."""
        got, owed = self._got + released, self._owed + text
        self.edited = self.edited or not owed.startswith(got)
        self._queue.clear()
        self._got = ""
        self._owed = self._debt = _end(owed, stream)
        return got

    def _leaving(self, stream: Stream | None, flush: bool) -> list[tuple[T | None, str | None]]:
        got, owed, debt, queue = self._got, self._owed, self._debt, self._queue
        if owed[: len(got)] != got:
            return self._edited(stream)
        out: list[tuple[T | None, str | None]] = []
        sent = 0
        while queue:
            event, text = queue[0]
            if text is not None:
                end = sent + len(debt) + len(text)
                if end > len(got):
                    break
                out.append((event, debt + text if debt else None))
                sent, debt = end, ""
            else:
                out.append((event, None))
            queue.popleft()
        rest = got[sent:]
        if queue and rest and (flush or not rest.isspace()):
            event, text = queue.popleft()
            out.append((event, rest))
            debt = f"{debt}{text}"[len(rest) :]
            sent, rest = len(got), ""
        self._debt, self._got, self._owed = debt, rest, owed[sent:]
        return out

    def _edited(self, stream: Stream | None) -> list[tuple[T | None, str | None]]:
        """Returns the last event that waits with all that may leave: it is not what came."""
        got, owed = self._got, self._owed
        self.edited = True
        last = next((event for event, text in reversed(self._queue) if text is not None), None)
        out = _asides(self._queue)
        self._queue.clear()
        self._owed = self._debt = _end(owed, stream)
        if last is None:
            return out
        self._got = ""
        return [*out, (last, got)]


def _asides(queue: Iterable[tuple[T, str | None]]) -> list[tuple[T | None, str | None]]:
    return [(event, None) for event, text in queue if text is None]


def _end(owed: str, stream: Stream | None) -> str:
    """Returns what is still held of what came."""
    held = stream.held if stream is not None else 0
    return owed[max(0, len(owed) - held) :] if held else ""
